"""Judging one constraint on one timeline: slow, obvious, and the meaning that the other evaluators must equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any as AnyNode

from earwitness.logic.constraint import (
    Absent,
    All,
    Any,
    Before,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Not,
    Overlap,
    Present,
    clauses_of,
)
from earwitness.logic.events import Event, Timeline
from earwitness.logic.intervals import (
    at_least,
    at_most,
    ends_before,
    inside,
    longer_than,
    share,
    share_at_least,
)

__all__ = ["Verdict", "broken_clauses", "judge"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a constraint holds on a timeline, and the events that show it."""

    constraint: Constraint
    """What was judged."""
    holds: bool
    """Whether it holds."""
    witness: tuple[Event, ...] = ()
    """Events that show why: the pair in order, the excluded sound that is there after all. Empty when the reason
    is that nothing was found."""
    parts: tuple[Verdict, ...] = ()
    """The verdicts on the constraints inside, in their order."""

    def __bool__(self) -> bool:
        return self.holds


def judge(constraint: Constraint, timeline: Timeline) -> Verdict:
    """Say whether a constraint holds on a timeline, and show why.

    Parameters
    ----------
    constraint
        The claim.
    timeline
        What was heard.

    Returns
    -------
    Verdict
        True or false in a boolean context, with the witness.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> verdict = judge(parse("before(dog, horn)"), Timeline([Event(0, 1, "dog"), Event(2, 3, "horn")]))
    >>> verdict.holds, [str(event) for event in verdict.witness]
    (True, ['dog 0-1 s', 'horn 2-3 s'])
    """
    return _JUDGES[type(constraint)](constraint, timeline)


def broken_clauses(constraint: Constraint, timeline: Timeline) -> tuple[int, ...]:
    """Return the numbers of the clauses that fail; none when the clip is relevant.

    A clip is a hard negative for clause ``i`` when ``judge(broken(constraint, i), timeline)`` holds: then this is
    ``(i,)``, and the named sounds are heard.
    """
    return tuple(i for i, clause in enumerate(clauses_of(constraint)) if not judge(clause, timeline))


def _present(c: Present, t: Timeline) -> Verdict:
    return Verdict(c, bool(t.of(c.label)), t.of(c.label)[:1])


def _absent(c: Absent, t: Timeline) -> Verdict:
    return Verdict(c, not t.of(c.label), t.of(c.label)[:1])


def _before(c: Before, t: Timeline) -> Verdict:
    chains: list[tuple[Event, ...]] = [(event,) for event in t.of(c.sequence[0])]
    for label in c.sequence[1:]:
        longer_chains = []
        for event in t.of(label):
            for chain in chains:
                gap_s = event.onset - chain[-1].offset
                if ends_before(chain[-1].offset, event.onset) and (c.within is None or at_most(gap_s, c.within)):
                    longer_chains.append((*chain, event))
                    break  # one way to reach this event is enough
        chains = longer_chains
    return Verdict(c, bool(chains), chains[0] if chains else ())


def _pair(c: Overlap | During, t: Timeline, related: Callable[[Event, Event], AnyNode]) -> Verdict:
    for a in t.of(c.a):
        for b in t.of(c.b):
            if related(a, b):
                return Verdict(c, True, (a, b))
    return Verdict(c, False)


def _overlap(c: Overlap, t: Timeline) -> Verdict:
    shared_s = c.at_least
    if shared_s is None:
        return _pair(c, t, lambda a, b: share(a.onset, a.offset, b.onset, b.offset))
    return _pair(c, t, lambda a, b: share_at_least(a.onset, a.offset, b.onset, b.offset, shared_s))


def _during(c: During, t: Timeline) -> Verdict:
    return _pair(c, t, lambda a, b: inside(a.onset, a.offset, b.onset, b.offset))


def _longest(t: Timeline, label: str) -> Event | None:
    return max(t.of(label), key=lambda event: event.duration, default=None)


def _lasts(c: Lasts, t: Timeline) -> Verdict:
    longest = _longest(t, c.label)
    if longest is None:
        return Verdict(c, False)
    length_s = longest.offset - longest.onset
    holds = at_least(length_s, c.at_least) if c.at_least is not None else at_most(length_s, c.at_most or 0.0)
    return Verdict(c, bool(holds), (longest,))


def _longer(c: Longer, t: Timeline) -> Verdict:
    a, b = _longest(t, c.a), _longest(t, c.b)
    if a is None or b is None:
        return Verdict(c, False)
    return Verdict(c, bool(longer_than(a.offset - a.onset, b.offset - b.onset)), (a, b))


def _count(c: Count, t: Timeline) -> Verdict:
    events = t.of(c.label)
    if c.at_least is not None:
        holds = len(events) >= c.at_least
    elif c.at_most is not None:
        holds = len(events) <= c.at_most
    else:
        holds = len(events) == c.exactly
    return Verdict(c, holds, events)


def _inner(c: Constraint, t: Timeline) -> tuple[Verdict, ...]:
    return tuple(judge(part, t) for part in c.parts)


def _witness(verdicts: tuple[Verdict, ...]) -> tuple[Event, ...]:
    return tuple(sorted({event for verdict in verdicts for event in verdict.witness}))


def _all(c: All, t: Timeline) -> Verdict:
    parts = _inner(c, t)
    holds = all(part.holds for part in parts)
    return Verdict(c, holds, _witness(tuple(part for part in parts if part.holds == holds)), parts)


def _any(c: Any, t: Timeline) -> Verdict:
    parts = _inner(c, t)
    holds = any(part.holds for part in parts)
    return Verdict(c, holds, _witness(tuple(part for part in parts if part.holds == holds)), parts)


def _not(c: Not, t: Timeline) -> Verdict:
    (part,) = _inner(c, t)
    return Verdict(c, not part.holds, part.witness, (part,))


_JUDGES: dict[type[Constraint], Callable[[AnyNode, Timeline], Verdict]] = {
    Present: _present,
    Absent: _absent,
    Before: _before,
    Overlap: _overlap,
    During: _during,
    Lasts: _lasts,
    Longer: _longer,
    Count: _count,
    All: _all,
    Any: _any,
    Not: _not,
}
