"""The constraint tree: its text form, what it refuses, its tasks, and how its clauses are broken."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import ConstraintError
from earwitness.logic.constraint import (
    TASKS,
    Absent,
    All,
    Any,
    Before,
    Boolean,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Not,
    Overlap,
    Present,
    breakable,
    broken,
    clauses_of,
    excluded_by,
    kinds_of,
    labels_of,
    nodes_of,
    renamed,
    reversed_clause,
    task_of,
)
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import broken_clauses, judge
from earwitness.logic.margins import Margins, timeline_faults
from earwitness.logic.parsing import parse
from logic.strategies import atoms, conjunctions, constraints, labels, odd_labels, once_timelines, timelines, trees

A, B, S = Present("a"), Before(("a", "b")), Absent("s")


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (Present("dog"), "present(dog)"),
        (Absent("car horn"), 'absent("car horn")'),
        (Before(("a", "b")), "before(a, b)"),
        (Before(("a", "b", "a"), within=2), "before(a, b, a, within=2)"),
        (Overlap("a", "b"), "overlap(a, b)"),
        (Overlap("a", "b", at_least=0.1 + 0.2), "overlap(a, b, at_least=0.3)"),
        (During("a", "b"), "during(a, b)"),
        (Lasts("a", at_least=0.000001), "lasts(a, at_least=0.000001)"),
        (Lasts("a", at_most=123456789.123456), "lasts(a, at_most=123456789.123456)"),
        (Longer("a", "b"), "longer(a, b)"),
        (Count("a", at_least=10), "count(a, at_least=10)"),
        (Count("a", at_most=0), "count(a, at_most=0)"),
        (Count("a", exactly=2.0), "count(a, exactly=2)"),  # type: ignore[arg-type]
        (All((A, Not(Any((B, S))))), "all(present(a), not(any(before(a, b), absent(s))))"),
        (Present('say "ah"'), 'present("say \\"ah\\"")'),
        (Present("птица"), 'present("птица")'),
        (Present("7"), "present(7)"),
    ],
)
def test_text_form(constraint: Constraint, text: str) -> None:
    assert str(constraint) == text
    assert parse(text) == constraint


@given(constraints)
def test_equal_constraints_have_one_text(constraint: Constraint) -> None:
    again = pickle.loads(pickle.dumps(constraint))  # noqa: S301 - our own bytes
    assert again == constraint
    assert hash(again) == hash(constraint)
    assert str(again) == str(constraint)


@given(constraints, constraints)
def test_other_constraints_have_other_texts(one: Constraint, other: Constraint) -> None:
    assert (one == other) == (str(one) == str(other))


@pytest.mark.parametrize("make", [Present, Absent, lambda x: Lasts(x, at_least=1), lambda x: Count(x, exactly=1)])
@pytest.mark.parametrize("label", ["", None, 3, b"dog"])
def test_a_label_is_text(make: type[Constraint], label: object) -> None:
    with pytest.raises(ConstraintError, match="labels that are not empty"):
        make(label)  # type: ignore[call-arg]


@pytest.mark.parametrize("node", [Overlap, During, Longer])
def test_a_pair_is_of_two_labels(node: type[Overlap]) -> None:
    with pytest.raises(ConstraintError, match=rf"{node.name}.* two different labels; got 'a' twice"):
        node("a", "a")
    with pytest.raises(ConstraintError, match="not empty"):
        node("a", "")


@pytest.mark.parametrize("sequence", [(), ("a",), []])
def test_a_chain_has_two_labels(sequence: tuple[str, ...]) -> None:
    with pytest.raises(ConstraintError, match="at least two labels"):
        Before(sequence)


def test_a_chain_may_come_back() -> None:
    assert Before(["a", "b", "a"]).sequence == ("a", "b", "a")  # type: ignore[arg-type]


NO_SECONDS = [0, -1, 1e-7, 1e9, 999_999_999.9999999, math.nan, math.inf, -math.inf, True, "2", 10**400, [1]]


@pytest.mark.parametrize("value", NO_SECONDS)
@pytest.mark.parametrize(
    "make",
    [
        lambda v: Before(("a", "b"), within=v),
        lambda v: Overlap("a", "b", at_least=v),
        lambda v: Lasts("a", at_least=v),
        lambda v: Lasts("a", at_most=v),
    ],
)
def test_seconds_are_positive(make: type[Constraint], value: object) -> None:
    with pytest.raises(ConstraintError, match="a positive number of seconds; got"):
        make(value)  # type: ignore[call-arg]


@pytest.mark.parametrize("option", ["at_least", "at_most", "exactly"])
@pytest.mark.parametrize("value", [-1, 1.5, math.nan, math.inf, True, "2", 10**400, 1e9])
def test_counts_are_whole(option: str, value: object) -> None:
    with pytest.raises(ConstraintError, match=rf"count\(..., {option}=\) must be a whole number"):
        Count("a", **{option: value})  # type: ignore[arg-type]


def test_at_least_no_event_says_nothing() -> None:
    with pytest.raises(ConstraintError, match="whole number of events; got 0"):
        Count("a", at_least=0)


@pytest.mark.parametrize(
    ("make", "got"),
    [
        (lambda: Lasts("a"), "none"),
        (lambda: Lasts("a", at_least=1, at_most=2), r"\['at_least', 'at_most'\]"),
        (lambda: Count("a"), "none"),
        (lambda: Count("a", at_least=1, exactly=2), r"\['at_least', 'exactly'\]"),
    ],
)
def test_exactly_one_option(make: type[Constraint], got: str) -> None:
    with pytest.raises(ConstraintError, match=f"exactly one of .*got {got}"):
        make()


@pytest.mark.parametrize("node", [All, Any])
def test_booleans_join_constraints(node: type[Boolean]) -> None:
    with pytest.raises(ConstraintError, match="at least one constraint"):
        node(())
    with pytest.raises(ConstraintError, match="needs constraints inside; got 'a'"):
        node((A, "a"))  # type: ignore[arg-type]
    assert node([A, B]) == node((A, B))  # type: ignore[arg-type]


def test_not_denies_a_constraint() -> None:
    with pytest.raises(ConstraintError, match="one constraint inside; got 'a'"):
        Not("a")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("present(a)", "Presence"),
        ("all(present(a), present(b))", "Presence"),
        ("all(present(a), absent(b))", "Negation"),
        ("not(present(a))", "Negation"),
        ("before(a, b, within=2)", "Order"),
        ("all(before(a, b), before(b, c), present(d))", "Order"),
        ("during(a, b)", "Overlap"),
        ("any(overlap(a, b), during(a, b))", "Overlap"),
        ("longer(a, b)", "Duration"),
        ("all(lasts(a, at_least=3), present(b))", "Duration"),
        ("count(a, exactly=2)", "Count"),
        ("all(count(a, exactly=2), before(a, b))", "Mix"),
        ("all(before(a, b), absent(c))", "Mix"),
        ("not(before(a, b))", "Mix"),
    ],
)
def test_task(text: str, task: str) -> None:
    assert task_of(parse(text)) == task


@given(constraints)
def test_a_task_is_derived_from_the_kinds(constraint: Constraint) -> None:
    assert task_of(constraint) in {*TASKS, "Count", "Presence"}
    assert task_of(All((constraint, A))) == task_of(constraint)
    assert kinds_of(Not(constraint)) == kinds_of(constraint) | {"Negation"}


@given(constraints)
def test_what_a_constraint_names(constraint: Constraint) -> None:
    nodes = list(nodes_of(constraint))
    assert nodes[0] is constraint
    assert len(nodes) == sum(str(constraint).count(f"{name}(") for name in {node.name for node in nodes})
    named = labels_of(constraint)
    assert len(set(named)) == len(named)
    assert set(named) == {label for node in nodes for label in node.labels}


def test_labels_stand_in_the_order_of_first_mention() -> None:
    assert labels_of(parse("all(before(c, a), any(present(b), absent(a)))")) == ("c", "a", "b")


@given(conjunctions)
def test_nested_alls_have_the_same_clauses(conjunction: All) -> None:
    nested = All((conjunction.inner[0], All(conjunction.inner)))
    assert clauses_of(nested) == (conjunction.inner[0], *conjunction.inner)
    assert clauses_of(Any((conjunction,))) == (Any((conjunction,)),)


@given(trees(atoms(odd_labels)), odd_labels)
def test_renaming_and_back(constraint: Constraint, extra: str) -> None:
    there = {label: f"{i} {extra}" for i, label in enumerate(labels_of(constraint))}
    moved = renamed(constraint, there)
    assert labels_of(moved) == tuple(there.values())
    assert renamed(moved, {new: old for old, new in there.items()}) == constraint
    assert renamed(constraint, {}) == constraint


def test_renaming_two_labels_into_one_is_refused() -> None:
    with pytest.raises(ConstraintError, match="two different labels"):
        renamed(Overlap("a", "b"), {"b": "a"})


# --- every clause matters ---


@given(atoms(), timelines)
def test_a_clause_and_its_denial_never_hold_together(clause: Constraint, timeline: Timeline) -> None:
    assert judge(Not(clause), timeline).holds != judge(clause, timeline).holds


@settings(max_examples=300)
@given(trees(most=3), once_timelines())
def test_a_clause_and_its_reverse_never_hold_together(clause: Constraint, timeline: Timeline) -> None:
    if isinstance(clause, During):
        # Equal events lie inside each other; a scene's margins forbid them, see below.
        timeline = Timeline({(event.onset, event.offset): event for event in timeline.events}.values())
    assert not (judge(clause, timeline) and judge(reversed_clause(clause), timeline))


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        ("before(a, b, c, within=2)", "before(c, b, a, within=2)"),
        ("during(a, b)", "during(b, a)"),
        ("longer(a, b)", "longer(b, a)"),
        ("present(a)", "absent(a)"),
        ("absent(a)", "present(a)"),
        ("overlap(a, b, at_least=1)", "not(overlap(a, b, at_least=1))"),
        ("lasts(a, at_most=1)", "not(lasts(a, at_most=1))"),
        ("count(a, exactly=1)", "not(count(a, exactly=1))"),
        ("any(present(a), absent(b))", "not(any(present(a), absent(b)))"),
        ("not(before(a, b))", "before(a, b)"),
    ],
)
def test_the_reverse_of_each_form(text: str, contrary: str) -> None:
    assert str(reversed_clause(parse(text))) == contrary


def test_margins_forbid_the_one_case_in_which_a_reverse_holds() -> None:
    equal = Timeline([Event(1, 3, "a"), Event(1, 3, "b")])
    clause = During("a", "b")
    assert judge(clause, equal)
    assert judge(reversed_clause(clause), equal)
    assert timeline_faults(equal, Margins())


@given(constraints)
def test_the_reverse_of_a_reverse(clause: Constraint) -> None:
    back = reversed_clause(reversed_clause(clause))
    # not(before(a, b)) becomes before(a, b), whose own reverse is before(b, a): no way back.
    told_otherwise = (Before, During, Longer, Present, Absent, Not)
    assert back == clause or (isinstance(clause, Not) and isinstance(clause.inner, told_otherwise))


@settings(max_examples=300)
@given(conjunctions, timelines)
def test_a_relevant_clip_depends_on_every_clause(constraint: All, timeline: Timeline) -> None:
    clauses = clauses_of(constraint)
    failing = broken_clauses(constraint, timeline)
    assert judge(constraint, timeline).holds == (failing == ())
    assert failing == tuple(i for i, clause in enumerate(clauses) if not judge(clause, timeline).holds)
    for i, clause in enumerate(clauses):
        flipped = All((*clauses[:i], Not(clause), *clauses[i + 1 :]))
        assert judge(flipped, timeline).holds == (failing == (i,))


@settings(max_examples=300)
@given(conjunctions, st.one_of(timelines, once_timelines()))
def test_a_hard_negative_breaks_exactly_one_clause_and_holds_the_sounds(constraint: All, timeline: Timeline) -> None:
    clauses = clauses_of(constraint)
    assert breakable(constraint) == tuple(i for i, clause in enumerate(clauses) if not isinstance(clause, Present))
    for i in breakable(constraint):
        elsewhere = {label for k, other in enumerate(clauses) if k != i for label in excluded_by(other)}
        heard = all(timeline.of(label) for label in labels_of(constraint) if label not in elsewhere)
        hard = judge(broken(constraint, i), timeline).holds
        assert hard == (broken_clauses(constraint, timeline) == (i,) and heard)
        assert not (hard and judge(constraint, timeline))


def test_the_hard_negatives_of_a_mix() -> None:
    constraint = parse("all(before(a, b), absent(s))")
    a, b, s = Event(0, 1, "a"), Event(2, 3, "b"), Event(4, 5, "s")
    late_a = Event(4, 5, "a")
    assert judge(constraint, Timeline([a, b]))
    order, negation = broken(constraint, 0), broken(constraint, 1)
    assert judge(order, Timeline([b, late_a]))
    assert not judge(order, Timeline([b]))
    assert not judge(order, Timeline([b, late_a, s]))
    assert judge(negation, Timeline([a, b, s]))
    assert not judge(negation, Timeline([b, late_a, s]))


def test_plain_presence_cannot_be_broken() -> None:
    with pytest.raises(ConstraintError, match=r"present\(a\) only asks for sounds"):
        broken(All((A, S)), 0)
    assert breakable(All((A, S, Any((A, A)), Not(A)))) == (1, 3)


@settings(max_examples=300)
@given(constraints, st.lists(timelines, min_size=1, max_size=4))
def test_an_excluded_sound_is_never_heard_where_the_constraint_holds(c: Constraint, clips: list[Timeline]) -> None:
    for timeline in clips:
        assert not (judge(c, timeline) and any(timeline.of(label) for label in excluded_by(c)))


@given(labels)
def test_what_is_excluded(label: str) -> None:
    assert excluded_by(Absent(label)) == excluded_by(Not(Present(label))) == {label}
    assert excluded_by(All((A, Absent(label), S))) == {label, "s"}
    assert excluded_by(Any((Absent(label), All((S, Absent(label)))))) == {label}
    assert excluded_by(Any((Absent(label), A))) == frozenset()
