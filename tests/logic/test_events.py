"""Events and timelines: normal form, and what is not an event."""

from __future__ import annotations

import itertools
import math
import pickle
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import EventError
from earwitness.logic.events import Event, Timeline
from logic.strategies import FRAME_S, LABELS, event_lists, labels, timelines


def painted(events: list[Event] | tuple[Event, ...]) -> dict[str, frozenset[int]]:
    """Return the frames of 10 ms in which each label is heard."""
    frames: dict[str, set[int]] = {}
    for event in events:
        heard = range(round(event.onset / FRAME_S), round(event.offset / FRAME_S))
        frames.setdefault(event.label, set()).update(heard)
    return {label: frozenset(heard) for label, heard in frames.items()}


@given(event_lists(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_given_does_not_matter(events: list[Event], random: Random) -> None:
    timeline = Timeline(events)
    shuffled = [*events, *events[:2]]
    random.shuffle(shuffled)
    assert Timeline(shuffled) == timeline
    assert hash(Timeline(shuffled)) == hash(timeline)


@given(event_lists(), event_lists())
def test_equality_is_what_is_heard(first: list[Event], second: list[Event]) -> None:
    assert (Timeline(first) == Timeline(second)) == (painted(first) == painted(second))
    assert painted(Timeline(first).events) == painted(first)


@given(event_lists())
def test_splitting_events_makes_no_difference(events: list[Event]) -> None:
    halves = []
    for event in events:
        middle = round((event.onset + event.offset) / 2, 2)
        if event.onset < middle < event.offset:
            halves += [Event(event.onset, middle, event.label), Event(middle, event.offset, event.label)]
        else:
            halves.append(event)
    assert Timeline(halves) == Timeline(events)


@given(timelines)
def test_normal_form(timeline: Timeline) -> None:
    assert list(timeline.events) == sorted(timeline.events)
    for label in LABELS:
        events = timeline.of(label)
        assert all(a.offset < b.onset for a, b in itertools.pairwise(events))
    assert Timeline(timeline.events) == timeline
    assert sorted(event for events in timeline.by_label.values() for event in events) == list(timeline.events)


@given(timelines, st.sets(labels))
def test_restriction_keeps_exactly_the_named(timeline: Timeline, kept: set[str]) -> None:
    restricted = timeline.restricted_to(kept)
    assert restricted == Timeline([event for event in timeline.events if event.label in kept])
    assert set(restricted.by_label) == set(timeline.by_label) & kept


@given(timelines, st.one_of(st.integers(0, 10**11), st.sampled_from([1, 12_345_678_901])))
def test_a_shift_is_undone_by_its_contrary(timeline: Timeline, micros: int) -> None:
    shifted = timeline.shifted(micros / 1e6)
    assert [round(e.onset * 1e6) for e in shifted.events] == [round(e.onset * 1e6) + micros for e in timeline.events]
    assert [e.duration for e in shifted.events] == [e.duration for e in timeline.events]
    assert shifted.shifted(-micros / 1e6) == timeline


def test_touching_events_of_one_label_are_one() -> None:
    halves = [Event(0.3, 0.6, "dog"), Event(0.1, 0.1 + 0.2, "dog")]
    assert Timeline(halves).events == (Event(0.1, 0.6, "dog"),)
    assert len(Timeline([Event(0, 1, "dog"), Event(1, 2, "cat")]).events) == 2
    assert len(Timeline([Event(0, 1, "dog"), Event(1.000001, 2, "dog")]).events) == 2


def test_a_merged_event_is_sorted_by_its_new_offset() -> None:
    timeline = Timeline([Event(0, 1, "dog"), Event(0.5, 3, "dog"), Event(0, 2, "cat")])
    assert timeline.events == (Event(0, 2, "cat"), Event(0, 3, "dog"))


def test_empty_timeline() -> None:
    assert Timeline() == Timeline([])
    assert Timeline().events == ()
    assert Timeline().of("dog") == ()
    assert Timeline().shifted(5.0) == Timeline()


def test_times_are_kept_to_the_microsecond() -> None:
    assert Event(0.1 + 0.2, 1.0, "dog") == Event(0.3, 1.0, "dog")
    assert Event(0.3, 1.0, "dog").duration == 0.7
    assert hash(Event(-0.0, 1, "dog")) == hash(Event(0, 1, "dog"))
    assert Event(-1e-9, 1, "dog").onset == 0.0


@pytest.mark.parametrize("length_s", [0.01, 0.1 + 0.2 - 0.29, 0.0099999])
def test_ten_milliseconds_are_an_event(length_s: float) -> None:
    assert Event(12345.678901, 12345.678901 + length_s, "dog").duration == 0.01


@pytest.mark.parametrize(
    ("onset", "offset", "message"),
    [
        (math.nan, 1.0, "finite"),
        (0.0, math.nan, "finite"),
        (math.inf, math.inf, "finite"),
        (0.0, math.inf, "finite"),
        (-math.inf, 1.0, "zero or later"),
        (-0.5, 1.0, "zero or later"),
        (-1e-6, 1.0, "zero or later"),
        (1.0, 1.0, "at least 0.01 s; got 1.0 to 1.0 s"),
        (2.0, 1.0, "at least 0.01 s"),
        (1.0, 1.009999, "at least 0.01 s"),
    ],
)
def test_what_is_not_an_event(onset: float, offset: float, message: str) -> None:
    with pytest.raises(EventError, match=f"'dog'.*{message}"):
        Event(onset, offset, "dog")


def test_an_event_has_a_label() -> None:
    with pytest.raises(EventError, match="no label"):
        Event(0, 1, "")


def test_a_shift_before_zero_is_refused() -> None:
    with pytest.raises(EventError, match="zero or later"):
        Timeline([Event(0, 1, "dog")]).shifted(-0.5)


def test_events_and_timelines_cannot_be_changed_and_can_be_sent() -> None:
    timeline = Timeline([Event(np.float64(0), np.float64(1), "dog")])
    assert timeline.of("dog")  # the cache that this fills is no part of the value
    assert pickle.loads(pickle.dumps(timeline)) == timeline  # noqa: S301 - our own bytes
    assert timeline == Timeline([Event(0, 1, "dog")])
    with pytest.raises(AttributeError, match="cannot assign"):
        timeline.events = ()  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot assign"):
        timeline.events[0].onset = 2.0  # type: ignore[misc]


def test_an_event_says_what_it_is() -> None:
    assert str(Event(0.25, 1.5, "car horn")) == "car horn 0.25-1.5 s"
