"""From a constraint to what a scene must hold for it to be true: events, lengths, order, overlap.

Demands are a proposal. Whoever composes a scene by them judges the result, for only ``logic`` says what is true.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any as AnyNode
from typing import NamedTuple

import numpy as np

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
)
from earwitness.logic.margins import Margins
from earwitness.scenes.spec import TICKS_PER_S

__all__ = ["ENDLESS", "Demands", "Follows", "Role", "Shares", "demands_of"]

ENDLESS = 1 << 30
"""No upper limit, in ticks."""


class Role(NamedTuple):
    """One event that a scene must hold."""

    label: str
    """What is heard."""
    number: int = 0
    """Which event of that label it is."""


class Follows(NamedTuple):
    """One event ends before another starts."""

    first: Role
    """The earlier event."""
    then: Role
    """The later event."""
    least: int
    """The shortest gap, in ticks."""
    most: int = ENDLESS
    """The longest gap, in ticks."""


class Shares(NamedTuple):
    """Two events share time."""

    a: Role
    """The one event."""
    b: Role
    """The other event."""
    least: int
    """The shortest shared time, in ticks."""
    most: int = ENDLESS
    """The longest shared time, in ticks."""
    inside: bool | None = None
    """Whether the first lies inside the second; None when either will do."""


@dataclass
class Demands:
    """What a scene must hold. Filled step by step while a constraint is walked."""

    events: dict[str, int] = field(default_factory=dict)
    """How many events of each label."""
    absent: set[str] = field(default_factory=set)
    """Labels that must not be heard."""
    follows: list[Follows] = field(default_factory=list)
    """Pairs in order."""
    shares: list[Shares] = field(default_factory=list)
    """Pairs that overlap."""
    apart: set[frozenset[Role]] = field(default_factory=set)
    """Pairs that must not overlap."""
    lengths: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The shortest and the longest length of the events of a label, in ticks."""
    longer: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of labels of which the first is the longer."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Every event that must be there."""
        return tuple(Role(label, number) for label, n in self.events.items() for number in range(n))

    @property
    def contradictory(self) -> bool:
        """Whether they ask for a sound and for its absence, or for a length that does not exist."""
        return any(label in self.absent for label in self.events) or any(
            least > most for least, most in self.lengths.values()
        )

    def hear(self, label: str, *, number: int = 1) -> Role:
        """Ask for at least so many events of a label; return the last of them."""
        self.events[label] = max(number, self.events.get(label, 0))
        return Role(label, number - 1)

    def limit(self, label: str, *, least: int = 1, most: int = ENDLESS) -> None:
        """Narrow the lengths that the events of a label may have."""
        old_least, old_most = self.lengths.get(label, (1, ENDLESS))
        self.lengths[label] = (max(least, old_least), min(most, old_most))


def demands_of(constraint: Constraint, *, margins: Margins, rng: np.random.Generator) -> Demands:
    """Return one way to make a constraint true, with its margins.

    Parameters
    ----------
    constraint
        What must hold; for a hard negative, ``broken`` of the query's constraint.
    margins
        How far from every limit the scene must stay.
    rng
        Draws the way where there are several: which alternative holds, how an order is broken.
    """
    demands = Demands()
    _add(demands, constraint, True, margins, rng)
    return demands


def _add(demands: Demands, c: Constraint, truth: bool, margins: Margins, rng: np.random.Generator) -> None:
    _WAYS[type(c)](demands, c, truth, margins, rng)


def _above(limit_s: float, margins: Margins) -> int:
    return math.ceil(limit_s * (1.0 + margins.ratio) * TICKS_PER_S - 1e-6)


def _below(limit_s: float, margins: Margins) -> int:
    return math.floor(limit_s * (1.0 - margins.ratio) * TICKS_PER_S + 1e-6)


def _coin(rng: np.random.Generator) -> bool:
    return bool(rng.integers(2))


def _gap(margins: Margins) -> int:
    return math.ceil(margins.gap_s * TICKS_PER_S - 1e-6)


def _shared(margins: Margins) -> int:
    return math.ceil(margins.overlap_s * TICKS_PER_S - 1e-6)


def _presence(d: Demands, c: Present | Absent, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    if truth == isinstance(c, Present):
        d.hear(c.label)
    else:
        d.absent.add(c.label)


def _before(d: Demands, c: Before, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    seen: dict[str, int] = {}
    chain = []
    for label in c.sequence:
        seen[label] = seen.get(label, 0) + 1
        chain.append(d.hear(label, number=seen[label]))
    limits = [(_gap(m), ENDLESS if c.within is None else _below(c.within, m)) for _ in chain[1:]]
    if not truth and c.within is not None and _coin(rng):
        limits[int(rng.integers(len(limits)))] = (_above(c.within, m), ENDLESS)
    elif not truth:
        turned = list(range(len(chain)))
        while turned == sorted(turned):
            turned = [int(place) for place in rng.permutation(len(chain))]
        chain = [chain[place] for place in turned]
        limits = [(_gap(m), ENDLESS) for _ in limits]
    d.follows += [Follows(a, b, *limit) for a, b, limit in zip(chain, chain[1:], limits, strict=False)]


def _overlap(d: Demands, c: Overlap, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    a, b = d.hear(c.a), d.hear(c.b)
    if truth:
        d.shares.append(Shares(a, b, max(_shared(m), 0 if c.at_least is None else _above(c.at_least, m))))
    elif c.at_least is not None and _below(c.at_least, m) >= _shared(m) and _coin(rng):
        d.shares.append(Shares(a, b, _shared(m), _below(c.at_least, m)))
    else:
        d.apart.add(frozenset((a, b)))


def _during(d: Demands, c: During, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    a, b = d.hear(c.a), d.hear(c.b)
    if truth or _coin(rng):
        d.shares.append(Shares(a, b, _shared(m), inside=truth))
    else:
        d.apart.add(frozenset((a, b)))


def _lasts(d: Demands, c: Lasts, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    d.hear(c.label)
    limit_s = c.at_least if c.at_least is not None else c.at_most or 0.0
    if truth == (c.at_least is not None):
        d.limit(c.label, least=_above(limit_s, m))
    else:
        d.limit(c.label, most=_below(limit_s, m))


def _longer(d: Demands, c: Longer, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    d.hear(c.a)
    d.hear(c.b)
    d.longer.append((c.a, c.b) if truth else (c.b, c.a))


def _count(d: Demands, c: Count, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    if c.exactly is not None:
        number = c.exactly if truth else c.exactly + (1 if c.exactly == 0 or _coin(rng) else -1)
    elif c.at_least is not None:
        number = c.at_least + int(rng.integers(2)) if truth else c.at_least - 1
    else:
        most = c.at_most or 0
        number = int(rng.integers(most + 1)) if truth else most + 1
    if number:
        d.hear(c.label, number=number)
    else:
        d.absent.add(c.label)


def _all(d: Demands, c: All | Any, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    # A conjunction fails, and a disjunction holds, by exactly one part drawn at random: so that this part matters.
    usual = isinstance(c, All)
    odd = int(rng.integers(len(c.inner))) if truth != usual else None
    for place, part in enumerate(c.inner):
        _add(d, part, usual if place != odd else not usual, m, rng)


def _not(d: Demands, c: Not, truth: bool, m: Margins, rng: np.random.Generator) -> None:
    _add(d, c.inner, not truth, m, rng)


_WAYS: dict[type[Constraint], Callable[[Demands, AnyNode, bool, Margins, np.random.Generator], None]] = {
    Present: _presence,
    Absent: _presence,
    Before: _before,
    Overlap: _overlap,
    During: _during,
    Lasts: _lasts,
    Longer: _longer,
    Count: _count,
    All: _all,
    Any: _all,
    Not: _not,
}
