"""Captions: written from a timeline, or read from a file of a model's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.errors import SystemFault
from earwitness.logic.events import Event, Timeline
from earwitness.reasonaudio.folder import Benchmark
from earwitness.systems.captions import caption_of, read_captions

PHRASES = {"dog": "a dog barking", "horn": "a car horn", "rain": "rain"}


@pytest.mark.parametrize(
    ("events", "caption"),
    [
        ([], "Silence for 10 seconds."),
        ([(0.5, 1.2, "dog")], "A dog barking from 0.5 to 1.2 seconds."),
        ([(0, 10, "rain")], "Rain throughout."),
        ([(0, 2, "rain")], "Rain from 0 to 2 seconds."),
        ([(4.25, 10, "rain")], "Rain from 4.25 seconds to the end."),
        (
            [(2, 3.1, "horn"), (0.5, 1.2, "dog")],
            "A dog barking from 0.5 to 1.2 seconds, then a car horn from 2 to 3.1 seconds.",
        ),
        ([(0, 2, "dog"), (2, 3, "horn")], "A dog barking from 0 to 2 seconds, then a car horn from 2 to 3 seconds."),
        (
            [(0, 2, "dog"), (1.99, 3, "horn")],
            "A dog barking from 0 to 2 seconds, while a car horn from 1.99 to 3 seconds.",
        ),
        # The last one starts after the horn has ended, but not after the rain.
        (
            [(0, 9, "rain"), (1, 2, "horn"), (4, 5, "dog")],
            "Rain from 0 to 9 seconds, while a car horn from 1 to 2 seconds, while a dog barking from 4 to 5 seconds.",
        ),
        (
            [(0, 1, "dog"), (3, 4, "dog")],
            "A dog barking from 0 to 1 seconds, then a dog barking from 3 to 4 seconds.",
        ),
        ([(0, 1, "electric_drill")], "An electric drill sound from 0 to 1 seconds."),
    ],
)
def test_a_caption_says_what_is_heard_and_when(events: list[tuple[float, float, str]], caption: str) -> None:
    assert caption_of(Timeline(Event(*event) for event in events), PHRASES, duration_s=10.0) == caption


def test_a_caption_names_every_sound_of_a_benchmark_with_the_words_of_its_queries(bench: Benchmark) -> None:
    for scene in bench.scenes:
        caption = caption_of(scene.timeline, bench.phrases, duration_s=scene.duration_s)
        places = [caption.lower().index(bench.phrases[event.label].lower()) for event in scene.timeline.events]
        assert len(scene.timeline.events) == caption.count("from") + caption.count("throughout")
        assert len(places) >= 2 and caption.endswith(".")


def write(path: Path, *rows: object) -> Path:
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def test_captions_are_read_as_they_are(tmp_path: Path) -> None:
    path = write(
        tmp_path / "c.jsonl",
        {"clip_id": "b", "caption": "Regen \u2028 fällt"},
        {"caption": "", "clip_id": "a"},
    )
    assert list(read_captions(path).items()) == [("b", "Regen \u2028 fällt"), ("a", "")]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["{"], r"c\.jsonl', line 1: not JSON"),
        ([{"clip_id": "a", "caption": "x"}, ""], r"line 2: not JSON"),
        ([{"clip_id": "a", "caption": "x"}, {"clip_id": "b"}], r"line 2: expected the fields .*'caption'.*got"),
        ([{"clip_id": "a", "caption": "x", "model": "y"}], r"line 1: expected the fields"),
        ([["a", "x"]], r"line 1: expected the fields .* got list"),
        ([{"clip_id": "a", "caption": None}], r"line 1: 'caption' must be text; got None"),
        ([{"clip_id": 7, "caption": "x"}], r"line 1: 'clip_id' must be text; got 7"),
        ([{"clip_id": "", "caption": "x"}], r"line 1: 'clip_id' must be text; got ''"),
        ([{"clip_id": "a", "caption": "x"}] * 2, r"line 2: clip 'a' has a caption already"),
    ],
)
def test_malformed_captions_are_named_with_their_line(rows: list[object], message: str, tmp_path: Path) -> None:
    with pytest.raises(SystemFault, match=message):
        read_captions(write(tmp_path / "c.jsonl", *rows))


def test_captions_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SystemFault, match=r"nowhere\.jsonl' is missing"):
        read_captions(tmp_path / "nowhere.jsonl")
    with pytest.raises(SystemFault, match="Cannot read"):
        read_captions(tmp_path)
    (tmp_path / "latin.jsonl").write_bytes(b'{"clip_id": "a", "caption": "\xe9"}\n')
    with pytest.raises(SystemFault, match="not UTF-8"):
        read_captions(tmp_path / "latin.jsonl")
