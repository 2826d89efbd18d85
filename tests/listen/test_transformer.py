"""Audio classifiers of transformers: what a frame's features and scores are, for AST and for other architectures.

What every backbone promises is tested for AST and CLAP with the others, in test_backbones.py.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from earwitness.listen.base import Samples, n_frames
from earwitness.listen.models import open_backbone
from earwitness.listen.transformer import AudioClassifier
from listen.tiny_models import LABELS

RATE = 16_000
AST_WINDOW = 400 + 1_023 * 160  # 1,024 spectra of 400 samples, one each 160
STEP = 21  # frames of 0.25 s that fit best into half of it


def noise(n: int, *, seed: int = 1) -> Samples:
    return (np.random.default_rng(seed).normal(size=n) * 0.1).astype(np.float32)


@pytest.fixture(scope="module")
def ast(tiny_models: Path) -> AudioClassifier:
    return AudioClassifier(tiny_models / "ast", device="cpu")


def direct(tiny_models: Path, window: Samples) -> tuple[Any, Any]:
    """Return the last layer's values and the logits of one window, as transformers gives them."""
    extractor = transformers.ASTFeatureExtractor.from_pretrained(tiny_models / "ast")
    model = transformers.ASTForAudioClassification.from_pretrained(tiny_models / "ast")
    given = extractor(window, sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        last = model.audio_spectrogram_transformer(**given).last_hidden_state[0].numpy()
        return last, model(**given).logits[0].numpy()


def test_features_are_the_patches_of_a_frames_own_time(tiny_models: Path, ast: AudioClassifier) -> None:
    samples = noise(20 * RATE)
    frames = ast.frames(samples)
    # The second window serves frames 21 to 41, and is centred on them.
    middle_s = 1.5 * STEP * 0.25
    start = round(middle_s * RATE) - AST_WINDOW // 2
    last, logits = direct(tiny_models, samples[start : start + AST_WINDOW])
    assert last.shape == (2 + 2 * 101, 16)  # two tokens, then two rows of frequency with 101 columns of time each
    columns = (last[2:103] + last[103:]) / 2
    for frame in range(STEP, 2 * STEP):
        total, wanted = 0.0, np.zeros(16)
        for k, column in enumerate(columns):
            # A patch hears 16 spectra from the 10 k-th on; it stands for 0.1 s around its middle.
            middle = (start + 160 * (10 * k + 7.5) + 200) / RATE
            share = min(middle + 0.05, (frame + 1) * 0.25) - max(middle - 0.05, frame * 0.25)
            total += max(0.0, share)
            wanted += max(0.0, share) * column
        assert total == pytest.approx(0.25)
        assert frames.features[frame] == pytest.approx(wanted / 0.25, abs=1e-4)
        assert frames.scores[frame] == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-5)


def test_classes_are_the_models(ast: AudioClassifier) -> None:
    assert ast.classes == LABELS
    assert (ast.sample_rate, ast.n_features) == (RATE, 16)


def test_multi_label_models_score_each_class_alone(tiny_models: Path, ast: AudioClassifier) -> None:
    samples = noise(RATE)
    alone = ast.frames(samples).scores[0]
    of_all = AudioClassifier(tiny_models / "ast", scoring="softmax", device="cpu")
    assert of_all.version != ast.version
    odds = alone / (1 - alone)
    assert of_all.frames(samples).scores[0] == pytest.approx(odds / odds.sum(), abs=1e-5)


@pytest.mark.parametrize(("problem_type", "n_labels", "total"), [(None, 527, None), (None, 3, 1), ("single", 527, 1)])
def test_what_is_not_said_is_taken_from_the_number_of_classes(
    tmp_path: Path, problem_type: str | None, n_labels: int, total: float | None
) -> None:
    """AudioSet's classes are not exclusive, and the published AST does not say so."""
    config = transformers.ASTConfig(
        num_mel_bins=32,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        num_labels=n_labels,
        problem_type=problem_type and f"{problem_type}_label_classification",
    )
    transformers.ASTForAudioClassification(config).save_pretrained(tmp_path)
    transformers.ASTFeatureExtractor(num_mel_bins=32).save_pretrained(tmp_path)
    scores = AudioClassifier(tmp_path).frames(noise(100)).scores[0]
    assert scores.sum() == pytest.approx(total) if total else scores.sum() > 2


@pytest.mark.parametrize("name", ["wav2vec2", "whisper"])
def test_other_architectures_are_heard_in_time(tiny_models: Path, name: str) -> None:
    backbone = open_backbone(f"ast:{tiny_models / name}")
    assert (backbone.sample_rate, backbone.classes) == (RATE, LABELS)
    for n in (0, 160, 40 * RATE + 5):
        frames = backbone.frames(np.zeros(n, dtype=np.float32))
        assert frames.features.shape == (n_frames(n, sample_rate=RATE, hop_s=0.25), 16)
        assert frames.scores.sum(axis=1) == pytest.approx(1)
    for middle_s in (3.125, 20.0, 33.0):
        samples = np.zeros(40 * RATE, dtype=np.float32)
        samples[round((middle_s - 0.1) * RATE) :][: RATE // 5] = noise(RATE // 5)
        change = backbone.frames(samples).features - backbone.frames(np.zeros_like(samples)).features
        # The whole window hears of an event; its own moment hears most.
        times = (np.arange(160) + 0.5) * 0.25
        assert abs(times[np.linalg.norm(change, axis=1).argmax()] - middle_s) < 0.25 / 2 + 0.1


def test_how_many_windows_at_a_time_changes_nothing(tiny_models: Path, ast: AudioClassifier) -> None:
    samples = noise(20 * RATE)
    one = AudioClassifier(tiny_models / "ast", batch=1, device="cpu").frames(samples)
    assert np.allclose(one.features, ast.frames(samples).features, atol=1e-5)
    assert np.allclose(one.scores, ast.frames(samples).scores, atol=1e-6)


def test_threads_hear_the_same(ast: AudioClassifier) -> None:
    recordings = [noise(12 * RATE, seed=seed) for seed in range(4)]
    alone = [ast.frames(samples) for samples in recordings]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ast.frames, recordings * 2))
    for expected, got in zip(alone * 2, together, strict=True):
        assert np.array_equal(expected.features, got.features)


def test_nothing_is_left_to_chance(tiny_models: Path, ast: AudioClassifier) -> None:
    samples = noise(RATE)
    torch.manual_seed(1)
    first = ast.frames(samples).features
    torch.manual_seed(2)
    again = AudioClassifier(tiny_models / "ast", device="cpu").frames(samples).features
    assert np.array_equal(first, again)
