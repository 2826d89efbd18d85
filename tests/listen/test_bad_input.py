"""Whatever a listener is given, it hears it or says in a sentence why it cannot."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from earwitness.errors import AudioError, ListenError, SystemFault
from earwitness.listen.fit import FitSettings, fit_listener
from earwitness.listen.fitted import FittedListener, load_listener, save_listener
from earwitness.listen.hearing import hear_file
from earwitness.listen.models import open_backbone
from earwitness.listen.yamnet import Yamnet
from earwitness.records import sha256_of_file
from earwitness.sounds.bank import Bank
from earwitness.systems.base import Clips
from earwitness.systems.registry import open_system
from listen.untaught import LABELS, untaught


@pytest.fixture(scope="module")
def listener() -> FittedListener:
    return untaught()


@pytest.fixture
def folder(listener: FittedListener, tmp_path: Path) -> Path:
    save_listener(listener, tmp_path / "ear")
    return tmp_path / "ear"


def n_heard(listener: FittedListener, path: Path) -> int:
    return sum(len(piece.posteriors.probs) for piece in hear_file(listener, path))


def written(path: Path, samples: Any, sample_rate: int = 16_000, **options: Any) -> Path:
    soundfile.write(path, np.asarray(samples), sample_rate, **options)
    return path


# --- recordings that are heard ---


@pytest.mark.parametrize(
    ("samples", "sample_rate", "frames"),
    [
        (np.zeros(160_000), 16_000, 40),
        (np.full(160, 0.1), 16_000, 1),
        (np.full(80, 0.1), 8_000, 1),
        (np.full(8_000, 0.1), 8_000, 4),
        (np.full(192_000, 0.1), 192_000, 4),
        (np.full((16_000, 2), 0.1), 16_000, 4),
        (np.full((16_000, 6), 0.1), 16_000, 4),
        (np.full(16_000, 4.0), 16_000, 4),
    ],
    ids=["silence", "10 ms", "10 ms at 8 kHz", "8 kHz", "192 kHz", "stereo", "six channels", "beyond full scale"],
)
def test_what_is_odd_is_heard(
    listener: FittedListener, samples: Any, sample_rate: int, frames: int, tmp_path: Path
) -> None:
    path = written(tmp_path / "odd.wav", samples, sample_rate, subtype="FLOAT")
    heard = np.concatenate([piece.posteriors.probs for piece in hear_file(listener, path)])
    assert heard.shape == (frames, len(LABELS))
    assert np.isfinite(heard).all() and heard.min() >= 0 and heard.max() <= 1


def test_yamnet_hears_nothing_in_silence(shared: Path) -> None:
    """Of its 521 classes none but silence itself."""
    yamnet = Yamnet(shared / "data" / "models" / "yamnet.tflite")
    scores = yamnet.frames(np.zeros(160_000, dtype=np.float32)).scores
    assert [yamnet.classes[place] for place in np.flatnonzero((scores > 0.5).any(axis=0))] == ["Silence"]


def test_both_channels_are_heard(listener: FittedListener, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal((16_000, 2)) * 0.1
    stereo = written(tmp_path / "stereo.wav", noise, subtype="DOUBLE")
    mono = written(tmp_path / "mono.wav", noise.mean(axis=1), subtype="DOUBLE")
    both, one = (next(hear_file(listener, path)).posteriors.probs for path in (stereo, mono))
    assert np.abs(both - one).max() < 1e-5


# --- recordings that are refused ---


def truncated(path: Path) -> None:
    written(path, np.zeros(16_000))
    path.write_bytes(path.read_bytes()[:-1_000])


def with_nan(path: Path) -> None:
    samples = np.zeros(30 * 44_100, dtype=np.float32)
    samples[20 * 44_100] = np.nan
    written(path, samples, 44_100, subtype="FLOAT")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda path: path.touch(), AudioError, r"empty: '.*bad\.wav' holds no bytes"),
        (lambda path: written(path, np.zeros(0)), AudioError, r"empty: '.*bad\.wav' holds no samples"),
        (lambda path: path.write_text("no sound"), AudioError, r"not decodable: '.*bad\.wav': "),
        (lambda path: None, AudioError, r"not readable: '.*bad\.wav': No such file"),
        (lambda path: path.mkdir(), AudioError, r"not readable: '.*bad\.wav' is not a file"),
        (truncated, AudioError, r"truncated: '.*bad\.wav' lacks 1000 bytes"),
        (with_nan, ListenError, r"'.*bad\.wav': The recording holds NaN or infinity, first at 20\.000 s\."),
        (
            lambda path: written(path, np.zeros(100), 4_000),
            AudioError,
            r"sample rate: '.*bad\.wav': 4000 Hz; expected 8000 to 192000",
        ),
    ],
    ids=["no bytes", "no samples", "text", "missing", "folder", "truncated", "NaN", "4 kHz"],
)
def test_what_is_no_recording_is_named(
    listener: FittedListener, make: Callable[[Path], object], error: type[Exception], message: str, tmp_path: Path
) -> None:
    make(tmp_path / "bad.wav")
    with pytest.raises(error, match=message):
        n_heard(listener, tmp_path / "bad.wav")


@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 44_100])
def test_samples_that_cannot_be_heard_are_refused_before_they_are_resampled(
    listener: FittedListener, sample_rate: int
) -> None:
    samples = np.zeros(30 * sample_rate, dtype=np.float32)
    samples[20 * sample_rate] = -np.inf
    with pytest.raises(ListenError, match=r"holds NaN or infinity, first at 20\.000 s"):
        listener.listen(samples, sample_rate)
    with pytest.raises(ListenError, match=r"one channel of floating-point samples.*got float32 of shape \(100, 2\)"):
        listener.listen(np.zeros((100, 2), dtype=np.float32), sample_rate)
    with pytest.raises(ListenError, match=r"full scale at 1.*got int16 of shape \(100,\)"):
        listener.listen(np.zeros(100, dtype=np.int16), sample_rate)  # type: ignore[arg-type]


# --- models ---


@pytest.mark.parametrize("content", [b"", b"no model at all", "damaged"], ids=["empty", "foreign", "damaged"])
def test_a_file_that_is_not_yamnet_is_named(content: bytes | str, shared: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    whole = (shared / "data" / "models" / "yamnet.tflite").read_bytes()
    path.write_bytes(whole[:-1] + b"\x01" if isinstance(content, str) else content)
    with pytest.raises(ListenError, match=r"model\.tflite' is not YAMNet, or is damaged: expected SHA-256 469be6a3"):
        open_backbone("yamnet", model=path)


@pytest.mark.parametrize("name", ["head.npz", "evidence.npz"])
def test_a_file_of_a_listener_that_is_damaged_or_gone_is_named(name: str, folder: Path) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])
    with pytest.raises(ListenError, match=rf"ear/{name}' is damaged: its SHA-256 is not the one in listener\.json"):
        load_listener(folder)
    (folder / name).unlink()
    with pytest.raises(ListenError, match=rf"ear' is damaged: '{name}' is missing"):
        load_listener(folder)


def resealed(folder: Path, **changes: Any) -> None:
    """Change ``listener.json``, so that the sums are right for whatever the files hold."""
    about = json.loads((folder / "listener.json").read_text())
    sums = {name: sha256_of_file(folder / name) for name in ("head.npz", "evidence.npz")}
    (folder / "listener.json").write_text(json.dumps(about | {"sha256": sums} | changes))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("head.npz", r"head\.npz' is not the head of a listener"),
        ("evidence.npz", r"evidence\.npz' is not the evidence of a listener: it is no archive of arrays"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"foreign", b"PK\x03\x04 no archive"])
def test_a_foreign_file_with_the_right_sum_is_named(name: str, message: str, content: bytes, folder: Path) -> None:
    (folder / name).write_bytes(content)
    resealed(folder)
    with pytest.raises(ListenError, match=message):
        load_listener(folder)


def test_files_of_two_listeners_do_not_make_one(folder: Path, tmp_path: Path) -> None:
    other = untaught(backbone="logmel", hop_s=0.1)
    save_listener(replace(other, labels=LABELS[::-1]), tmp_path / "turned")
    with pytest.raises(ListenError, match=r"do not belong together: the presence is of other labels"):
        load_listener(tmp_path / "turned")
    shutil.copy(folder / "evidence.npz", tmp_path / "turned" / "head.npz")
    resealed(tmp_path / "turned")
    with pytest.raises(ListenError, match=r"head\.npz' is not the head of a listener: its format is not"):
        load_listener(tmp_path / "turned")
    shutil.copy(folder / "head.npz", folder / "evidence.npz")
    resealed(folder)
    with pytest.raises(ListenError, match=r"Presence needs labels, weights and bias; missing: bias, labels, weights"):
        load_listener(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["dog", "rain"]}, "do not belong together: 2 labels, and phrases for 2 of them"),
        ({"labels": ["dog", "rain", "rain"]}, "do not belong together: 3 labels, and phrases for 2 of them"),
        ({"phrases": {}}, "do not belong together: 3 labels, and phrases for 0 of them"),
        (
            {"labels": ["dog", "rain"], "phrases": {"dog": "a dog", "rain": "rain"}},
            "do not belong together: 2 labels, and a head that hears 3",
        ),
        ({"labels": "dog"}, "it lacks, or does not hold as they were written: labels"),
        ({"phrases": 3, "backbone": {}}, "it lacks, or does not hold as they were written: phrases, backbone"),
        ({"format": 99}, "has the format 99; this version reads 3"),
        ({"backbone": {"name": "ears", "version": "1", "hop_s": 0.25}}, "There is no backbone 'ears'"),
        ({"backbone": {"name": "logmel", "version": "1", "hop_s": 7}}, r"A hop is 0\.02 to 0\.96 s; got 7"),
    ],
)
def test_a_description_that_is_not_of_its_files_is_refused(changes: Any, message: str, folder: Path) -> None:
    resealed(folder, **changes)
    with pytest.raises(ListenError, match=message):
        load_listener(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "\0"])
def test_a_description_that_is_no_json_is_refused(content: str, folder: Path) -> None:
    (folder / "listener.json").write_text(content)
    with pytest.raises(ListenError, match=r"ear' is damaged: '.*listener\.json' (is not JSON|must hold one JSON obj)"):
        load_listener(folder)


# --- banks and queries ---


def test_a_bank_with_one_recording_of_a_label_says_that_nothing_can_be_held_out(bank: Bank) -> None:
    first = next(recording for recording in bank.recordings if recording.label == "owl")
    fewer = replace(bank, recordings=tuple(each for each in bank.recordings if each.label != "owl" or each == first))
    with pytest.raises(ListenError, match=r"'owl' are of one source, '.*', so that none can be held out to calibrate"):
        fit_listener(fewer, open_backbone("logmel"), settings=FitSettings(scenes=12))


NO_CLIPS = Clips([], [], sample_rate=16_000, render=lambda name: np.zeros(0, dtype=np.int16))


@pytest.mark.parametrize(
    "text",
    ["A submarine surfacing.", "A submarine surfacing before a dog.", "A dog, without a submarine.", "dog", ""],
)
def test_a_query_about_a_sound_that_is_not_known_says_which_are(text: str, folder: Path, bench: Any) -> None:
    system = open_system(f"listen:{folder}", bench)
    with pytest.raises(SystemFault, match=rf"'{re.escape(text)}': .* a dog.*a rain.*a siren"):
        system.retriever.scores([text], NO_CLIPS)


def test_evidence_about_a_label_that_was_not_listened_for_names_those_that_were(listener: FittedListener) -> None:
    evidence = listener.evidence([listener.listen(np.zeros(16_000, dtype=np.float32), 16_000)])
    with pytest.raises(ListenError, match=r"called 'owl'; known are: dog, rain, siren"):
        evidence.presence("owl")
