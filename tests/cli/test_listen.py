"""``earwitness listen``: recordings to events."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.conftest import Command
from earwitness.listen.boxes import boxes_of
from earwitness.listen.fitted import FittedListener, save_listener
from listen.untaught import LABELS, untaught


@pytest.fixture(scope="module")
def listener() -> FittedListener:
    return untaught()


@pytest.fixture(scope="module")
def ear(listener: FittedListener, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("listeners") / "ear"
    save_listener(listener, folder)
    return folder


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two minutes and a bit of noise that swells and fades."""
    path = tmp_path_factory.mktemp("recordings") / "noise.flac"
    samples = np.random.default_rng(0).standard_normal(121 * 16_000 + 1_600)
    soundfile.write(path, samples * np.sin(np.arange(len(samples)) / 20_000) * 0.1, 16_000)
    return path


def test_events_are_those_of_the_whole_recording(
    run: Command, listener: FittedListener, ear: Path, recording: Path
) -> None:
    done = run("listen", recording, "--listener", ear, "--sure", "0.6", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["listener"], told["labels"]) == (str(ear), list(LABELS))
    (heard,) = told["recordings"]
    assert (heard["file"], heard["duration_s"]) == (str(recording), 121.1)
    samples, _ = soundfile.read(recording, dtype="float32")
    boxes = boxes_of(listener.listen(samples, 16_000).probs, LABELS, hop_s=0.25, model=listener.boxes)
    expected = sorted((box.onset_s, box.label, min(box.offset_s, 121.1)) for box in boxes if box.confidence >= 0.6)
    assert len(boxes) > len(expected) > 5
    assert [(each["onset_s"], each["label"], each["offset_s"]) for each in heard["events"]] == expected
    assert all(0.6 <= each["confidence"] <= 1 for each in heard["events"])
    everything = json.loads(run("listen", recording, "--listener", ear, "--sure", "0", "--json").out)
    assert len(everything["recordings"][0]["events"]) == len(boxes)


def test_a_table_is_for_people_and_a_label_track_for_audacity(
    run: Command, ear: Path, recording: Path, tmp_path: Path
) -> None:
    track = tmp_path / "labels" / "noise.txt"
    done = run("listen", recording, "--listener", ear, "--out", track)
    assert done.code == 0, done.err
    events = json.loads(run("listen", recording, "--listener", ear, "--json").out)["recordings"][0]["events"]
    rows = [line.split("\t") for line in track.read_text().splitlines()]
    assert [(float(onset), float(offset), label) for onset, offset, label in rows] == [
        (each["onset_s"], each["offset_s"], each["label"]) for each in events
    ]
    assert f"{len(events)} labels for Audacity." in done.out and "2:01.10" in done.out
    first = events[0]
    assert f"0:{first['onset_s']:05.2f}" in done.out and f"{first['confidence']:.2f}" in done.out


def test_several_recordings_are_told_one_after_another(
    run: Command, ear: Path, recording: Path, tmp_path: Path
) -> None:
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros((800, 2)), 8_000)
    done = run("listen", silence, recording, "--listener", ear, "--sure", "1", "--json")
    first, second = json.loads(done.out)["recordings"]
    assert (first["file"], first["duration_s"], first["events"]) == (str(silence), 0.1, [])
    assert (second["file"], second["events"]) == (str(recording), [])
    done = run("listen", silence, recording, "--listener", ear, "--sure", "1")
    assert "silence.wav, 0:00.10: none of 3 sounds was heard with a confidence of 1 or more." in done.out
    done = run("listen", silence, recording, "--listener", ear, "--out", tmp_path / "both.txt")
    assert done.code == 2 and "--out was given with 2 of them" in done.err
    assert not (tmp_path / "both.txt").exists()


def test_what_cannot_be_heard_is_refused(
    run: Command, listener: FittedListener, ear: Path, recording: Path, tmp_path: Path
) -> None:
    done = run("listen", tmp_path / "gone.wav", "--listener", ear)
    assert done.code == 2 and "gone.wav': No such file" in done.err
    done = run("listen", recording, "--listener", tmp_path)
    assert done.code == 2 and "is not a listener: it has no listener.json" in done.err
    done = run("listen", recording, "--listener", ear, "--sure", "1.5")
    assert done.code == 2


def test_nobody_need_fit_a_listener(run: Command, shared: Path) -> None:
    bird = shared / "data" / "recordings" / "456440__inspectorj__bird-whistling-robin-single-13.ogg"
    model = shared / "data" / "models" / "yamnet.tflite"
    done = run("listen", bird, "--listener", "yamnet", "--model", model, "--json")
    assert done.code == 0, done.err
    (heard,) = json.loads(done.out)["recordings"]
    assert "Bird" in {event["label"] for event in heard["events"]}
