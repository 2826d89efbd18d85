"""The judge: by hand on named cases, against painted frames, and the laws that every verdict keeps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.logic.constraint import (
    Absent,
    All,
    Constraint,
    Longer,
    Not,
    labels_of,
)
from earwitness.logic.events import Event, Timeline
from earwitness.logic.intervals import Allen
from earwitness.logic.judge import broken_clauses, judge
from earwitness.logic.parsing import parse
from logic.painting import holds
from logic.strategies import atoms, constraints, grid_event, timelines, trees


def heard(text: str) -> Timeline:
    """Return the timeline of ``"a 0-1, b 2-3"``."""
    events = [part.split() for part in text.split(", ")] if text else []
    return Timeline([Event(*map(float, times.split("-")), label) for label, times in events])


TRUE = [
    ("present(a)", "a 0-1"),
    ("absent(a)", "b 0-1"),
    ("absent(a)", ""),
    ("before(a, b)", "a 0-1, b 1-2"),  # touching is before
    ("before(a, b)", "b 0-1, a 1-2, b 2-3"),
    ("before(a, a)", "a 0-1, a 2-3"),
    ("before(a, b, within=0.3)", "a 0-0.1, b 0.4-0.5"),  # 0.4 - 0.1 is more than 0.3 in binary
    ("before(a, b, within=0.000001)", "a 0-1, b 1-2"),
    ("before(a, b, c)", "a 0-1, b 2-3, c 4-5"),
    ("before(a, b, a)", "a 0-1, b 2-3, a 4-5"),
    # The first a and b lead nowhere: a chain may go over any of several events.
    ("before(a, b, c, within=1)", "a 0-1, b 1.5-1.8, a 2-2.5, b 3-4, c 5-6"),
    ("before(a, b, c, within=1)", "a 0-1, a 3-4, b 5-6, c 7-8"),
    ("overlap(a, b)", "a 0-1, b 0.99-2"),
    ("overlap(a, b)", "a 0-9, b 3-4"),
    ("overlap(a, b, at_least=0.3)", "a 0-0.4, b 0.1-1"),  # 0.4 - 0.1 is more than 0.3 in binary
    ("overlap(a, b, at_least=0.7)", "a 0.1-0.8, b 0-1"),  # 0.8 - 0.1 is less than 0.7 in binary
    ("during(a, b)", "a 1-2, b 0-3"),
    ("during(a, b)", "a 0-3, b 0-3"),
    ("during(a, b)", "a 0-1, a 5-6, b 4-7"),
    ("lasts(a, at_least=0.7)", "a 0.1-0.8"),
    ("lasts(a, at_least=2)", "a 0-1, a 2-4"),
    ("lasts(a, at_most=0.3)", "a 0.1-0.4, a 1-1.2"),
    ("longer(a, b)", "a 0-1, a 2-4, b 0-1.999999"),
    ("count(a, exactly=0)", "b 0-1"),
    ("count(a, at_most=0)", ""),
    ("count(a, at_least=2)", "a 0-1, a 2-3, a 4-5"),
    ("count(a, exactly=1)", "a 0-1, a 1-2"),  # touching events are one
    ("count(a, at_most=2)", "a 0-1, a 2-3"),
]
FALSE = [
    ("present(a)", "b 0-1"),
    ("present(a)", ""),
    ("absent(a)", "a 0-1"),
    ("before(a, b)", "b 0-1, a 1-2"),
    ("before(a, b)", "a 0-1, b 0.99-2"),
    ("before(a, b)", "a 0-1"),
    ("before(a, a)", "a 0-1"),
    ("before(a, a)", "a 0-1, a 0.5-2"),
    ("before(a, b, within=0.3)", "a 0-0.1, b 0.400001-0.5"),
    ("before(a, b, c)", "a 0-1, c 2-3, b 4-5"),
    ("before(a, b, a)", "a 0-1, b 2-3"),
    # Each gap holds for some pair, but not in one chain.
    ("before(a, b, c, within=1)", "a 0-1, b 1.5-2, b 5-6, c 6.5-7"),
    ("overlap(a, b)", "a 0-1, b 1-2"),
    ("overlap(a, b)", ""),
    ("overlap(a, b, at_least=0.3)", "a 0-0.4, b 0.100001-1"),
    # Two shares of 0.2 s are not one of 0.4 s.
    ("overlap(a, b, at_least=0.4)", "a 0-0.2, a 0.3-0.5, b 0-1"),
    ("during(a, b)", "a 0-3, b 1-2"),
    ("during(a, b)", "a 0-2, b 0-1, b 1.000001-3"),
    ("lasts(a, at_least=0.700001)", "a 0.1-0.8"),
    ("lasts(a, at_most=0.3)", "a 0-0.1, a 1-1.300001"),
    ("lasts(a, at_most=3)", "b 0-1"),
    ("lasts(a, at_least=0.01)", ""),
    ("longer(a, b)", "a 0.1-0.8, b 0-0.7"),
    ("longer(a, b)", "a 0-9"),
    ("longer(a, b)", "b 0-9"),
    ("count(a, at_least=1)", ""),
    ("count(a, exactly=1)", "a 0-1, a 2-3"),
    ("count(a, at_most=1)", "a 0-1, a 2-3"),
]


@pytest.mark.parametrize(("claim", "events", "truth"), [(*c, True) for c in TRUE] + [(*c, False) for c in FALSE])
def test_by_hand(claim: str, events: str, truth: bool) -> None:
    constraint, timeline = parse(claim), heard(events)
    verdict = judge(constraint, timeline)
    assert verdict.holds is truth
    assert bool(verdict) is truth
    assert verdict.constraint is constraint
    assert judge(Not(constraint), timeline).holds is not truth


@pytest.mark.parametrize(
    ("claim", "events", "witness"),
    [
        ("present(a)", "a 0-1, a 2-3", "a 0-1 s"),
        ("absent(a)", "a 2-3, b 0-1", "a 2-3 s"),
        ("absent(a)", "b 0-1", ""),
        ("before(a, b)", "b 0-1, a 1-2, b 2-3", "a 1-2 s, b 2-3 s"),
        ("before(a, b, c, within=1)", "a 0-1, a 3-4, b 5-6, c 7-8", "a 3-4 s, b 5-6 s, c 7-8 s"),
        ("overlap(b, a)", "a 0-2, b 1-3", "b 1-3 s, a 0-2 s"),
        ("lasts(a, at_most=1)", "a 0-1, a 2-4", "a 2-4 s"),
        ("longer(a, b)", "a 0-1, a 2-4, b 3-8", "a 2-4 s, b 3-8 s"),
        ("count(a, exactly=1)", "a 0-1, a 2-4", "a 0-1 s, a 2-4 s"),
        ("not(present(a))", "a 0-1", "a 0-1 s"),
        ("all(present(b), absent(a))", "a 0-1, b 2-3", "a 0-1 s"),
        ("all(present(b), present(a))", "a 0-1, b 2-3", "a 0-1 s, b 2-3 s"),
        ("any(present(c), present(a))", "a 0-1, b 2-3", "a 0-1 s"),
    ],
)
def test_witnesses_by_hand(claim: str, events: str, witness: str) -> None:
    assert ", ".join(map(str, judge(parse(claim), heard(events)).witness)) == witness


@settings(max_examples=300)
@given(atoms(), timelines)
def test_painted_frames_agree_on_every_form(constraint: Constraint, timeline: Timeline) -> None:
    assert judge(constraint, timeline).holds == holds(constraint, timeline)


@settings(max_examples=300)
@given(constraints, timelines)
def test_painted_frames_agree_on_trees(constraint: Constraint, timeline: Timeline) -> None:
    assert judge(constraint, timeline).holds == holds(constraint, timeline)


@settings(max_examples=200)
@given(constraints, timelines)
def test_only_the_named_sounds_matter(constraint: Constraint, timeline: Timeline) -> None:
    assert judge(constraint, timeline) == judge(constraint, timeline.restricted_to(labels_of(constraint)))


def moved(verdict_witness: tuple[Event, ...], micros: int) -> tuple[Event, ...]:
    return tuple(Event(e.onset + micros / 1e6, e.offset + micros / 1e6, e.label) for e in verdict_witness)


@settings(max_examples=300)
@given(
    constraints,
    timelines,
    st.one_of(st.integers(0, 10**8), st.sampled_from([1, 999_999, 12_345_678_901, 10**11 - 1])),
)
def test_when_the_clip_starts_does_not_matter(constraint: Constraint, timeline: Timeline, micros: int) -> None:
    here, later = judge(constraint, timeline), judge(constraint, timeline.shifted(micros / 1e6))
    assert later.holds == here.holds
    assert later.witness == moved(here.witness, micros)


@given(constraints, timelines)
def test_a_witness_was_heard(constraint: Constraint, timeline: Timeline) -> None:
    verdict = judge(constraint, timeline)
    assert set(verdict.witness) <= set(timeline.events)
    assert {event.label for event in verdict.witness} <= set(labels_of(constraint))
    assert [part.constraint for part in verdict.parts] == list(constraint.parts)
    assert [part.holds for part in verdict.parts] == [judge(part, timeline).holds for part in constraint.parts]


positive = trees(atoms().filter(lambda c: not isinstance(c, Absent)), most=4, denying=False)


@settings(max_examples=300)
@given(positive, st.lists(timelines, min_size=1, max_size=5))
def test_the_witness_alone_makes_a_positive_claim_true(constraint: Constraint, clips: list[Timeline]) -> None:
    for verdict in (judge(constraint, timeline) for timeline in clips):
        if verdict.holds:
            assert judge(constraint, Timeline(verdict.witness)).holds


@given(timelines, st.sampled_from(["dog", "all"]), st.sampled_from(["car horn", "7"]))
def test_overlap_is_symmetric_and_longer_is_not(timeline: Timeline, a: str, b: str) -> None:
    for option in ("", ", at_least=0.05"):
        one, other = (parse(f'overlap("{x}", "{y}"{option})') for x, y in ((a, b), (b, a)))
        assert judge(one, timeline).holds == judge(other, timeline).holds
    assert not (judge(Longer(a, b), timeline) and judge(Longer(b, a), timeline))


@given(grid_event(st.just("dog"), frames=8), grid_event(st.just("all"), frames=8))
def test_two_sounds_heard_once_are_in_exactly_one_order(dog: Event, other: Event) -> None:
    timeline = Timeline([dog, other])
    verdicts = [judge(parse(c), timeline).holds for c in ("before(dog, all)", "before(all, dog)", "overlap(dog, all)")]
    assert sum(verdicts) == 1


@pytest.mark.parametrize(
    ("relation", "b"),
    [
        (Allen.BEFORE, "3-4"),
        (Allen.MEETS, "2-4"),
        (Allen.OVERLAPS, "1.5-4"),
        (Allen.STARTS, "1-4"),
        (Allen.DURING, "0-4"),
        (Allen.FINISHES, "0-2"),
        (Allen.EQUAL, "1-2"),
        (Allen.FINISHED_BY, "1.5-2"),
        (Allen.CONTAINS, "1.2-1.8"),
        (Allen.STARTED_BY, "1-1.5"),
        (Allen.OVERLAPPED_BY, "0-1.5"),
        (Allen.MET_BY, "0-1"),
        (Allen.AFTER, "0-0.5"),
    ],
)
def test_the_claims_by_allens_relation(relation: Allen, b: str) -> None:
    timeline = heard(f"a 1-2, b {b}")
    assert judge(parse("before(a, b)"), timeline).holds == (relation in {Allen.BEFORE, Allen.MEETS})
    assert judge(parse("before(b, a)"), timeline).holds == (relation in {Allen.AFTER, Allen.MET_BY})
    assert judge(parse("overlap(a, b)"), timeline).holds == (Allen.MEETS < relation < Allen.MET_BY)
    inside = {Allen.STARTS, Allen.DURING, Allen.FINISHES, Allen.EQUAL}
    assert judge(parse("during(a, b)"), timeline).holds == (relation in inside)
    assert judge(parse("during(b, a)"), timeline).holds == (relation.converse in inside)


def test_a_long_chain_among_many_events_is_soon_found() -> None:
    # Followed one by one, the chains would be 10 to the power of 11.
    timeline = Timeline([Event(k, k + 0.5, "a") for k in range(60)])
    assert judge(parse("before(a, a, a, a, a, a, a, a, a, a)"), timeline)
    assert not judge(parse("before(a, a, a, a, a, a, a, a, a, a, b)"), timeline)


def test_which_clauses_fail() -> None:
    constraint = parse("all(before(a, b), all(absent(s), lasts(a, at_least=2)))")
    assert broken_clauses(constraint, heard("a 0-2, b 3-4")) == ()
    assert broken_clauses(constraint, heard("a 0-1, b 3-4, s 5-6")) == (1, 2)
    assert broken_clauses(constraint, Timeline()) == (0, 2)
    assert broken_clauses(All((constraint,)), heard("b 0-1, a 3-5")) == (0,)
