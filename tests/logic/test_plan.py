"""The vectorised evaluator equals the judge, clip by clip, at every size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.logic.constraint import All, Any, Constraint, Not
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from earwitness.logic.plan import EventTable, LabelEvents, relevance, relevant
from logic.painting import holds
from logic.strategies import LABELS, atoms, constraints, timelines

# One of every form and option, with limits that fall exactly on lengths of the grid.
FORMS = [
    *("present(dog)", "absent(dog)", "before(dog, 7)", "before(dog, dog)", "before(dog, 7, dog)"),
    *("before(dog, 7, within=0.1)", "before(dog, 7, all, within=0.5)", "overlap(dog, 7)"),
    *("overlap(dog, 7, at_least=0.1)", "during(dog, 7)", "lasts(dog, at_least=0.3)", "lasts(dog, at_most=0.3)"),
    *("longer(dog, 7)", "count(dog, at_least=2)", "count(dog, at_most=1)", "count(dog, exactly=2)"),
    *("count(dog, exactly=0)", "not(present(dog))", "all(before(dog, 7), absent(all))"),
    *("any(before(dog, 7), not(all(during(7, all), present(dog))))", "present(never)", "longer(dog, never)"),
    *(
        "absent(never)",
        "before(never, dog)",
        "overlap(dog, never)",
        "count(never, at_most=0)",
        "lasts(never, at_most=1)",
    ),
]
PARSED = [parse(text) for text in FORMS]


def frozen(table: EventTable) -> EventTable:
    """Return the table with arrays that cannot be changed."""
    for events in table.labels.values():
        for column in (events.clip, events.onset, events.offset):
            column.setflags(write=False)
    return table


def drawn_at_random(number: int, rng: np.random.Generator) -> list[Timeline]:
    """Return timelines of 0 to 12 events of up to 2 s on the grid; every tenth is empty."""
    found = []
    for clip in range(number):
        events = []
        for _ in range(0 if clip % 10 == 3 else int(rng.integers(0, 13))):
            onset = int(rng.integers(0, 200))
            offset = int(rng.integers(onset + 1, 202))
            events.append(Event(onset / 100, offset / 100, str(rng.choice(LABELS))))
        found.append(Timeline(events))
    return found


@settings(max_examples=300)
@given(st.lists(atoms(), min_size=1, max_size=6), st.lists(timelines, max_size=6))
def test_every_form_is_judged_alike(claims: list[Constraint], clips: list[Timeline]) -> None:
    found = relevance(claims, frozen(EventTable.from_timelines(clips)))
    assert found.shape == (len(claims), len(clips))
    assert found.dtype == np.bool_
    assert found.tolist() == [[judge(claim, clip).holds for clip in clips] for claim in claims]


@settings(max_examples=200)
@given(constraints, st.lists(timelines, min_size=1, max_size=8))
def test_trees_are_judged_alike(claim: Constraint, clips: list[Timeline]) -> None:
    found = relevant(claim, frozen(EventTable.from_timelines(clips)))
    assert found.tolist() == [judge(claim, clip).holds for clip in clips]


@pytest.mark.parametrize("number", [0, 1, 2, 255, 256, 257, 1500])
def test_the_number_of_clips_does_not_matter(number: int, rng: np.random.Generator) -> None:
    clips = drawn_at_random(number, rng)
    found = relevance(PARSED, frozen(EventTable.from_timelines(clips)))
    assert found.shape == (len(FORMS), number)
    for claim, row in zip(PARSED, found, strict=True):
        assert row.tolist() == [judge(claim, clip).holds for clip in clips], str(claim)
    if number == 1500:
        # The comparison means something: each claim about a sound that occurs is true here and false there.
        one_sided = [claim for claim, row in zip(FORMS, found, strict=True) if row.all() or not row.any()]
        assert all("never" in claim for claim in one_sided), one_sided
        few = slice(0, 200)
        assert found[:, few].tolist() == [[holds(claim, clip) for clip in clips[few]] for claim in PARSED]


@pytest.mark.parametrize("number", [1, 40, 300])
def test_the_number_of_events_in_a_clip_does_not_matter(number: int, rng: np.random.Generator) -> None:
    events = []
    for label, width in (("dog", 7), ("7", 5), ("all", 3)):
        onsets = np.cumsum(rng.integers(width + 1, 40, size=number))
        events += [Event(t / 100, (t + rng.integers(1, width)) / 100, label) for t in onsets.tolist()]
    crowded = Timeline(events)
    assert len(crowded.events) == 3 * number
    clips = [Timeline(), crowded, crowded.shifted(12345.678901), Timeline(events[:1]), crowded]
    for claim in PARSED:
        found = relevant(claim, EventTable.from_timelines(clips))
        assert found.tolist() == [judge(claim, clip).holds for clip in clips], str(claim)
        assert found[1] == found[2] == found[4]


@given(st.lists(timelines, max_size=5), constraints, st.randoms(use_true_random=False))
def test_the_order_of_clips_does_not_matter(clips: list[Timeline], claim: Constraint, random: object) -> None:
    order = list(range(len(clips)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found = relevant(claim, EventTable.from_timelines(clips))
    shuffled = relevant(claim, EventTable.from_timelines(clips[i] for i in order))
    assert shuffled.tolist() == found[order].tolist()


@given(st.lists(timelines, max_size=5), constraints, constraints)
def test_boolean_laws(clips: list[Timeline], one: Constraint, other: Constraint) -> None:
    table = EventTable.from_timelines(clips)
    a, b = relevant(one, table), relevant(other, table)
    assert relevant(All((one, other)), table).tolist() == (a & b).tolist()
    assert relevant(Any((one, other)), table).tolist() == (a | b).tolist()
    assert relevant(Not(one), table).tolist() == (~a).tolist()
    assert relevant(one, table).tolist() == a.tolist()


def test_a_table_holds_every_event_sorted_by_clip() -> None:
    clips = [Timeline([Event(2, 3, "dog"), Event(0, 1, "dog")]), Timeline(), Timeline([Event(1, 2, "dog")]), Timeline()]
    table = EventTable.from_timelines(clip for clip in clips)
    assert table.n_clips == 4
    assert set(table.labels) == {"dog"}
    assert table.of("dog").clip.tolist() == [0, 0, 2]
    assert table.of("dog").onset.tolist() == [0.0, 2.0, 1.0]
    assert table.of("dog").offset.tolist() == [1.0, 3.0, 2.0]
    assert len(table.of("cat").clip) == len(table.of("cat").onset) == 0


def test_a_table_of_arrays() -> None:
    dog = LabelEvents(np.array([1]), np.array([0.5]), np.array([1.0]))
    assert relevant(parse("lasts(dog, at_least=0.5)"), EventTable(3, {"dog": dog})).tolist() == [False, True, False]


def test_no_claims_and_no_clips() -> None:
    assert relevance([], EventTable.from_timelines([Timeline()])).shape == (0, 1)
    assert relevance(PARSED, EventTable.from_timelines([])).shape == (len(PARSED), 0)
