"""A constraint is said to contradict itself only where no timeline satisfies it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from earwitness.library.contradiction import contradiction, needed_by
from earwitness.logic.constraint import Constraint, Not, excluded_by
from earwitness.logic.events import Timeline
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from logic.strategies import timelines, trees


@settings(max_examples=150)
@given(trees(most=6), timelines)
def test_no_timeline_satisfies_a_contradiction(constraint: Constraint, timeline: Timeline) -> None:
    heard = {event.label for event in timeline.events}
    if judge(constraint, timeline):
        assert contradiction(constraint) is None
        assert needed_by(constraint) <= heard
        assert not excluded_by(constraint) & heard
    else:
        assert needed_by(Not(constraint)) <= heard


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("all(present(a), absent(a))", "'a' must and must not be heard"),
        ("all(before(a, b), count(b, at_most=0))", "'b' must and must not be heard"),
        ("all(count(a, at_least=3), count(a, exactly=2))", "'a' is to be at least 3 and at most 2"),
        ("all(lasts(a, at_least=3), lasts(a, at_most=2))", "'a' is to be at least 3 and at most 2"),
        ("all(during(a, b), not(during(a, b)))", "during(a, b) must and must not hold"),
        ("any(all(present(a), absent(a)), all(present(b), absent(b)))", "'a' must and must not be heard"),
        ("any(all(present(a), absent(a)), present(b))", None),
        ("all(lasts(a, at_least=2), lasts(a, at_most=2))", None),
        ("all(not(before(a, b)), absent(a))", None),
    ],
)
def test_reasons(text: str, why: str | None) -> None:
    assert contradiction(parse(text)) == why
