"""The clips on the page are those that were judged, and their lanes say what is heard."""

from __future__ import annotations

import base64
import dataclasses
import io

import numpy as np
import pytest
import soundfile
from PIL import Image

from earwitness.logic.constraint import excluded_by, labels_of
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from earwitness.reasonaudio.folder import Benchmark, renderer_of
from earwitness.report.clips import Example, examples


@pytest.fixture(scope="module")
def found(bench: Benchmark) -> tuple[Example, ...]:
    return examples(bench)


def data_of(uri: str, kind: str) -> io.BytesIO:
    head, _, text = uri.partition(",")
    assert head == f"data:{kind};base64"
    return io.BytesIO(base64.b64decode(text, validate=True))


def test_there_is_one_for_each_task(found: tuple[Example, ...], bench: Benchmark) -> None:
    assert [example.task for example in found] == list(dict.fromkeys(pair.task for pair in bench.pairs))


def test_the_first_clip_answers_and_the_second_breaks_one_clause(found: tuple[Example, ...], bench: Benchmark) -> None:
    for example in found:
        constraint = bench.query_of[example.query_id].constraint
        positive, negative = (bench.scene_of[c.clip_id].timeline for c in (example.positive, example.negative))
        assert example.constraint == str(constraint)
        assert judge(constraint, positive)
        assert not judge(constraint, negative)
        assert not judge(parse(example.broken), negative)


def test_the_witness_is_of_the_clip_that_answers(found: tuple[Example, ...], bench: Benchmark) -> None:
    for example in found:
        events = {str(event) for event in bench.scene_of[example.positive.clip_id].timeline.events}
        assert set(example.witness) <= events
    assert any(example.witness for example in found)


def test_the_audio_is_what_was_judged(found: tuple[Example, ...], bench: Benchmark) -> None:
    renderer = renderer_of(bench.folder, bench.atoms_sha256)
    for example in found:
        for clip in (example.positive, example.negative):
            assert clip.audio is not None
            pcm, rate = soundfile.read(data_of(clip.audio, "audio/flac"), dtype="int16")
            assert rate == bench.sample_rate
            assert np.array_equal(pcm, renderer.pcm(bench.scene_of[clip.clip_id]))


def test_the_picture_shows_more_where_something_is_heard(found: tuple[Example, ...], bench: Benchmark) -> None:
    for example in found:
        clip = example.positive
        with Image.open(data_of(clip.picture, "image/png")) as image:
            assert image.size == (round(clip.duration_s * 50), 96)
            shade = np.asarray(image.convert("L"), dtype=float).mean(axis=0)
        heard = np.zeros(len(shade), dtype=bool)
        for event in bench.scene_of[clip.clip_id].timeline.events:
            heard[round(event.onset * 50) : round(event.offset * 50)] = True
        assert shade[heard].mean() > 1.2 * shade[~heard].mean()


def test_lanes_are_the_timeline_and_say_what_the_query_says(found: tuple[Example, ...], bench: Benchmark) -> None:
    roles = set()
    for example in found:
        constraint = bench.query_of[example.query_id].constraint
        for clip in (example.positive, example.negative):
            timeline = bench.scene_of[clip.clip_id].timeline
            spans = {lane.label: lane.spans for lane in clip.lanes}
            assert spans == {
                label: tuple((event.onset, event.offset) for event in timeline.of(label)) for label in timeline.by_label
            }
            for lane in clip.lanes:
                roles.add(lane.role)
                assert (lane.role == "excluded") == (lane.label in excluded_by(constraint))
                assert (lane.role == "other") == (lane.label not in labels_of(constraint))
    assert roles >= {"asked", "excluded"}


def test_audio_that_finds_no_room_is_left_out_and_the_rest_stays(bench: Benchmark) -> None:
    whole = examples(bench)
    first = sum(len(clip.audio or "") for clip in (whole[0].positive, whole[0].negative))
    found = examples(bench, audio_bytes=first)
    assert found[0] == whole[0]
    for example in found[1:]:
        assert example.positive.audio is None and example.negative.audio is None
        assert example.positive.picture and example.positive.lanes


def test_the_simplest_test_of_a_task_is_shown(found: tuple[Example, ...], bench: Benchmark) -> None:
    def n_events(*clips: str) -> int:
        return sum(len(bench.scene_of[clip].events) for clip in clips)

    for example in found:
        least = min(n_events(pair.positive, pair.negative) for pair in bench.pairs if pair.task == example.task)
        assert n_events(example.positive.clip_id, example.negative.clip_id) == least


def test_without_pairs_there_is_nothing_to_show(bench: Benchmark) -> None:
    assert examples(dataclasses.replace(bench, pairs=())) == ()
