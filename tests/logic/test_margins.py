"""Margins: what keeps them survives small errors of hearing, and what does not is named."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from earwitness.logic.constraint import Constraint, Count, Lasts, Longer
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import judge
from earwitness.logic.margins import Margins, claim_faults, timeline_faults
from earwitness.logic.parsing import parse
from logic.strategies import atoms, constraints, timelines, trees

DEFAULT = Margins()
EVEN = Margins(overlap_s=0.25)
SMALL = Margins(gap_s=0.05, overlap_s=0.05, ratio=0.1)


@st.composite
def clear_timelines(draw: st.DrawFn, margins: Margins) -> Timeline:
    """Draw a timeline that keeps its margins: edges far apart, paired into events in any way."""
    number = draw(st.integers(1, 4))
    gap = round(max(margins.gap_s, margins.overlap_s) * 100)
    steps = draw(st.lists(st.integers(gap + 1, 4 * gap), min_size=2 * number, max_size=2 * number))
    edges = [1.0 + sum(steps[: i + 1]) / 100 for i in range(2 * number)]
    order = draw(st.permutations(edges))
    label = st.sampled_from(["dog", "car horn", "all"])
    events = [Event(*sorted(order[2 * i : 2 * i + 2]), draw(label)) for i in range(number)]
    timeline = Timeline(events)
    assert not timeline_faults(timeline, margins)
    return timeline


@st.composite
def moved(draw: st.DrawFn, timeline: Timeline, less_than_s: float) -> Timeline:
    """Draw the timeline with every edge moved by its own amount, less than the one given."""
    most = max(int(less_than_s * 1e6) - 2, 0)
    extreme = st.one_of(st.sampled_from([-most, most]), st.integers(-most, most))
    return Timeline(
        Event(event.onset + draw(extreme) / 1e6, event.offset + draw(extreme) / 1e6, event.label)
        for event in timeline.events
    )


three = st.sampled_from(["dog", "car horn", "all"])
unlimited = trees(atoms(three).filter(lambda c: isinstance(c, Count) or not (c.options or isinstance(c, Longer))))


@settings(max_examples=300)
@given(st.data(), st.sampled_from([DEFAULT, EVEN, SMALL]), unlimited)
def test_relations_survive_errors_below_half_the_margin(data: st.DataObject, m: Margins, claim: Constraint) -> None:
    timeline = data.draw(clear_timelines(m))
    heard = data.draw(moved(timeline, min(m.gap_s, m.overlap_s) / 2))
    assert len(heard.events) == len(timeline.events)
    assert judge(claim, heard).holds == judge(claim, timeline).holds


def smallest_margin_s(claim: Constraint, timeline: Timeline, margins: Margins) -> float:
    """Return how far each edge may move: two edges make a length, four a comparison of lengths."""
    if isinstance(claim, Longer):
        lengths = [max((e.duration for e in timeline.of(label)), default=9.0) for label in claim.labels]
        return margins.ratio * min(lengths) / 4
    return margins.ratio * float(claim.options[0][1]) / 2


limited = atoms(three, st.integers(2, 60).map(lambda n: n / 20)).filter(
    lambda c: isinstance(c, Longer) or (bool(c.options) and not isinstance(c, Count))
)


@settings(max_examples=300)
@given(st.data(), st.sampled_from([DEFAULT, EVEN, SMALL]), limited)
def test_limits_survive_errors_below_half_the_margin(data: st.DataObject, m: Margins, claim: Constraint) -> None:
    timeline = data.draw(clear_timelines(m))
    assume(not claim_faults(claim, timeline, m))
    most_s = min(m.gap_s / 2, m.overlap_s / 2, smallest_margin_s(claim, timeline, m))
    heard = data.draw(moved(timeline, most_s))
    assert judge(claim, heard).holds == judge(claim, timeline).holds


@given(constraints, timelines, st.integers(0, 10**11))
def test_when_the_clip_starts_does_not_matter(claim: Constraint, timeline: Timeline, micros: int) -> None:
    later = timeline.shifted(micros / 1e6)
    assert len(timeline_faults(later, SMALL)) == len(timeline_faults(timeline, SMALL))
    assert len(claim_faults(claim, later, SMALL)) == len(claim_faults(claim, timeline, SMALL))


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ([(0, 1), (1.25, 2)], None),
        ([(0, 1), (1.249999, 2)], "a 0-1 s and b 1.25-2 s are 0.250 s apart, less than 0.25 s"),
        ([(0, 1), (1, 2)], "are 0.000 s apart"),
        ([(0, 1), (0.5, 2)], None),
        ([(0, 1), (0.51, 2)], "share 0.490 s, less than 0.5 s"),
        ([(0, 2), (0.25, 1.75)], None),
        ([(0, 2), (0.2, 1.7)], "start 0.200 s apart, less than 0.25 s"),
        ([(0, 2), (0.3, 1.8)], "end 0.200 s apart, less than 0.25 s"),
        ([(0.1, 0.4), (0.65, 1.0)], None),
    ],
)
def test_faults_of_a_timeline(events: list[tuple[float, float]], fault: str | None) -> None:
    (a, b) = (Event(*times, label) for times, label in zip(events, "ab", strict=True))
    found = timeline_faults(Timeline([a, b]), DEFAULT)
    if fault is None:
        assert found == []
    else:
        assert len(found) == 1
        assert fault in found[0]


def test_every_pair_is_looked_at() -> None:
    equal = [Event(0, 1, label) for label in "abc"]
    assert len(timeline_faults(Timeline(equal), DEFAULT)) == 6  # each pair starts together and ends together
    assert timeline_faults(Timeline([Event(0, 1, "a"), Event(1.1, 2, "a")]), DEFAULT)
    assert timeline_faults(Timeline(), DEFAULT) == []


@pytest.mark.parametrize(
    ("claim", "events", "fault"),
    [
        ("before(a, b, within=1)", ["a 0-1", "b 2.2-3"], None),
        ("before(a, b, within=1)", ["a 0-1", "b 1.8-3"], None),
        (
            "before(a, b, within=1)",
            ["a 0-1", "b 2.1-3"],
            "from a 0-1 s to b 2.1-3 s, 1.100 s, is too near to 1 s",
        ),
        ("before(a, b, within=1)", ["b 0-1", "a 1.9-3"], None),
        ("before(a, b, c, within=1)", ["a 0-1", "b 1.5-2", "c 3.1-4"], "the gap from b 1.5-2 s to c 3.1-4 s, 1.100 s"),
        ("before(a, b)", ["a 0-1", "b 2.1-3"], None),
        ("overlap(a, b, at_least=1)", ["a 0-3", "b 1.8-4"], None),
        ("overlap(a, b, at_least=1)", ["a 0-3", "b 2.2-4"], None),
        ("overlap(a, b, at_least=1)", ["a 0-3", "b 2.1-4"], "share, 0.900 s, is too near to 1 s"),
        ("overlap(a, b, at_least=1)", ["a 0-3", "b 3-4"], None),
        ("lasts(a, at_least=2)", ["a 0-2.4"], None),
        ("lasts(a, at_least=2)", ["a 0-1.6"], None),
        ("lasts(a, at_least=2)", ["a 0-2.39"], "the length of a 0-2.39 s, 2.390 s, is too near to 2 s"),
        ("lasts(a, at_most=2)", ["a 0-5", "a 6-8"], "the length of a 6-8 s"),
        ("longer(a, b)", ["a 0-1.2", "b 2-3"], None),
        ("longer(a, b)", ["a 0-1", "b 2-3.2"], None),
        ("longer(a, b)", ["a 0-1.19", "b 2-3"], "the length of a, 1.190 s, is too near to 1 s"),
        ("longer(a, b)", ["a 0-1.19", "a 2-5", "b 2-3"], None),
        ("longer(a, b)", ["a 0-1.19"], None),
        ("count(a, exactly=1)", ["a 0-1"], None),
        ("not(all(present(b), any(lasts(a, at_least=2))))", ["a 0-2"], "too near to 2 s"),
    ],
)
def test_faults_of_a_claim(claim: str, events: list[str], fault: str | None) -> None:
    split = [event.split() for event in events]
    timeline = Timeline([Event(*map(float, times.split("-")), label) for label, times in split])
    found = claim_faults(parse(claim), timeline, DEFAULT)
    assert len(found) == (fault is not None)
    assert all(str(fault) in sentence for sentence in found)


@given(st.integers(10**4, 10**8), st.integers(10**4, 10**8))
def test_a_clear_length_is_clear_of_its_limit(length: int, limit: int) -> None:
    clears = DEFAULT.clears(length / 1e6, limit / 1e6)
    assert clears == (10 * length >= 12 * limit - 5 or 10 * length <= 8 * limit + 5)
    assert DEFAULT.apart(length / 1e6, limit / 1e6) == (10 * max(length, limit) >= 12 * min(length, limit) - 5)
    assert not (clears and length == limit)


def test_a_claim_without_events_has_no_faults() -> None:
    assert claim_faults(Lasts("a", at_least=1), Timeline(), DEFAULT) == []
