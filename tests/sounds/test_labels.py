from __future__ import annotations

import doctest
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.sounds import labels
from earwitness.sounds.labels import (
    audacity_track,
    jams_annotation,
    jams_document,
    jams_observation,
    one_line,
    seconds_text,
)


def test_the_examples_are_true() -> None:
    result = doctest.testmod(labels)
    assert result.attempted >= 3
    assert result.failed == 0


@given(text=st.text())
def test_one_line_is_one_cell(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert "\t" not in line
    assert "\0" not in line
    assert one_line(line) == line


@given(time_us=st.integers(0, 2**53))
def test_times_are_exact(time_us: int) -> None:
    whole, part = seconds_text(time_us).split(".")
    assert len(part) == 6
    assert int(whole + part) == time_us
    assert round(jams_observation(time_us // 2, time_us, "dog")["duration"] * 1e6) == time_us - time_us // 2


def test_a_label_cannot_break_its_row() -> None:
    assert audacity_track([(0, 1, "dog\tcat\r\n1\t2\tcow")]) == "0.000000\t0.000001\tdog cat 1 2 cow\n"


@pytest.mark.parametrize("confidence", [None, 0.25])
def test_jams_holds_what_it_is_given(confidence: float | None) -> None:
    observation = jams_observation(500_000, 750_000, "dog", confidence=confidence)
    annotation = jams_annotation("segment_open", [observation], corpus="here", duration_us=1_000_000, sandbox={"a": 1})
    value = json.loads(jams_document([annotation], title="t", duration_us=1_000_000, identifiers={"path": "t.wav"}))
    assert value["annotations"][0]["data"] == [
        {"time": 0.5, "duration": 0.25, "value": "dog", "confidence": confidence}
    ]
    assert value["annotations"][0]["sandbox"] == {"a": 1}
    assert value["file_metadata"]["identifiers"] == {"path": "t.wav"}
