"""CLAP: embeddings of windows as features, and classes that are given as texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from earwitness.errors import ListenError
from earwitness.listen.base import Samples
from earwitness.listen.clap import Clap

RATE = 48_000
CLASSES = {"dog": "a dog barking", "rain": "the sound of rain falling", "cat": "a cat"}


def noise(n: int, *, seed: int = 1) -> Samples:
    return (np.random.default_rng(seed).normal(size=n) * 0.1).astype(np.float32)


@pytest.fixture(scope="module")
def clap(tiny_models: Path) -> Clap:
    return Clap(tiny_models / "clap", classes=CLASSES, device="cpu")


def direct(folder: Path, window: Samples, texts: list[str]) -> Any:
    """Return what transformers itself makes of one window and some texts."""
    processor = transformers.ClapProcessor(
        transformers.ClapFeatureExtractor.from_pretrained(folder), transformers.AutoTokenizer.from_pretrained(folder)
    )
    model = transformers.ClapModel.from_pretrained(folder).eval()
    given = processor(text=texts, audio=window, sampling_rate=RATE, padding=True, return_tensors="pt")
    with torch.inference_mode():
        return model(**given)


def test_a_frame_is_the_embedding_of_the_second_around_it(tiny_models: Path, clap: Clap) -> None:
    samples = noise(5 * RATE)
    frames = clap.frames(samples)
    assert (clap.sample_rate, clap.n_features, clap.classes) == (RATE, 12, ("dog", "rain", "cat"))
    assert np.linalg.norm(frames.features, axis=1) == pytest.approx(1, abs=1e-5)
    middle = round(9.5 * 0.25 * RATE)
    expected = direct(tiny_models / "clap", samples[middle - RATE // 2 : middle + RATE // 2], list(CLASSES.values()))
    assert frames.features[9] == pytest.approx(expected.audio_embeds[0].numpy(), abs=1e-5)
    assert frames.scores[9] == pytest.approx(expected.logits_per_audio[0].softmax(dim=-1).numpy(), abs=1e-4)


def test_classes_may_be_scored_each_alone(tiny_models: Path, clap: Clap) -> None:
    samples = noise(RATE)
    alone = Clap(tiny_models / "clap", classes=CLASSES, against="silence", device="cpu")
    assert alone.classes == clap.classes
    scores = alone.frames(samples).scores
    middle = round(1.5 * 0.25 * RATE)
    window = np.concatenate([np.zeros(RATE // 2, dtype=np.float32), samples])[middle : middle + RATE]
    logits = direct(tiny_models / "clap", window, [*CLASSES.values(), "silence"]).logits_per_audio[0].numpy()
    assert scores[1] == pytest.approx(1 / (1 + np.exp(logits[-1] - logits[:-1])), abs=1e-4)


def test_without_texts_there_are_no_classes(tiny_models: Path, clap: Clap) -> None:
    silent = Clap(tiny_models / "clap", device="cpu")
    assert silent.classes == ()
    frames = silent.frames(noise(RATE))
    assert frames.scores.shape == (4, 0)
    assert np.array_equal(frames.features, clap.frames(noise(RATE)).features)


def test_the_version_tells_the_texts(tiny_models: Path, clap: Clap) -> None:
    versions = {
        clap.version,
        Clap(tiny_models / "clap").version,
        Clap(tiny_models / "clap", classes=CLASSES | {"dog": "the dog"}).version,
        Clap(tiny_models / "clap", classes=CLASSES, against="silence").version,
        Clap(tiny_models / "clap", classes=CLASSES, hop_s=0.5).version,
        Clap(tiny_models / "fusing_clap", classes=CLASSES).version,
    }
    assert len(versions) == 6


def test_a_text_that_is_too_long_is_refused(tiny_models: Path) -> None:
    with pytest.raises(ListenError, match="text may have 38 tokens; it has more: 'dog dog"):
        Clap(tiny_models / "clap", classes={"dog": "dog " * 40})


def test_a_tokenizer_is_wanted_for_texts_alone(tiny_models: Path, tmp_path: Path) -> None:
    for file in (tiny_models / "clap").iterdir():
        if "tokenizer" not in file.name:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    assert Clap(tmp_path).frames(noise(10)).features.shape == (1, 12)
    with pytest.raises(ListenError, match=r"has no tokenizer\.json and no vocab\.json"):
        Clap(tmp_path, classes=CLASSES)


def test_a_model_that_fuses_leaves_nothing_to_chance(tiny_models: Path) -> None:
    """Its extractor calls one window of each batch longer than 10 s, whichever chance names."""
    backbone = Clap(tiny_models / "fusing_clap", device="cpu")
    samples = noise(3 * RATE)
    first = backbone.frames(samples).features
    for seed in range(4):
        np.random.seed(seed)  # noqa: NPY002 - the chance that the extractor takes
        assert np.array_equal(backbone.frames(samples).features, first)


@pytest.mark.parametrize("name", ["clap", "fusing_clap"])
def test_how_many_windows_at_a_time_changes_nothing(tiny_models: Path, name: str) -> None:
    samples = noise(3 * RATE)
    frames = [Clap(tiny_models / name, classes=CLASSES, batch=batch, device="cpu").frames(samples) for batch in (1, 8)]
    assert np.allclose(frames[0].features, frames[1].features, atol=1e-5)
    assert np.allclose(frames[0].scores, frames[1].scores, atol=1e-4)


def test_a_model_that_was_saved_with_its_processor_is_opened(tiny_models: Path, tmp_path: Path, clap: Clap) -> None:
    """Newer releases write one file for the processor, and none for its feature extractor."""
    folder = tiny_models / "clap"
    transformers.ClapProcessor(
        transformers.ClapFeatureExtractor.from_pretrained(folder), transformers.AutoTokenizer.from_pretrained(folder)
    ).save_pretrained(tmp_path)
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    assert not (tmp_path / "preprocessor_config.json").exists()
    samples = noise(RATE)
    again = Clap(tmp_path, classes=CLASSES, device="cpu").frames(samples)
    assert np.array_equal(again.features, clap.frames(samples).features)
    assert np.array_equal(again.scores, clap.frames(samples).scores)
