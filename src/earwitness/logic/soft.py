"""How probable it is that a constraint holds, from what a listener heard: ``judge`` for evidence that is not certain.

A constraint is made of *facts*: that a sound is heard, and that a relation holds where its sounds are heard. The
evidence gives each fact a probability, and facts are taken to be independent. Then the constraint has exactly one
probability, which :func:`soft` computes. For what a benchmark asks it is a product:

- the presence of each wanted sound, once, however many clauses name it;
- the probability of each relation, given that its sounds are heard;
- one minus the presence of each excluded sound.

It is the probability of the whole claim and is not put together from scores of its clauses. So claims that mean the
same score the same, however they are written: ``not`` is the complement, shared sounds are not squared, and "neither a
cat nor a cow" is "not (a cat or a cow)". This last law is why ``any`` is no maximum: beside a product that would break
it. Synonyms, which are anything but independent, are no matter of ``any``: they are one label when they come here.

What is not independent in truth is scored as if it were: ``before(a, b)`` of two single events excludes
``overlap(a, b)``, and a claim about both knows nothing of it.

Evidence of exactly 0 or 1 is taken at its word; that is how certain evidence gives what ``judge`` gives. A listener is
never that sure and should not say so: of clips in which the same fact is impossible, the logarithm is cut off at the
same place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from earwitness.errors import ConstraintError, LogicError
from earwitness.logic.constraint import (
    Absent,
    All,
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
)
from earwitness.logic.plan import EventTable, relevant

__all__ = ["CertainEvidence", "Evidence", "Relation", "min_max", "order_blind", "soft"]

_Values = npt.NDArray[np.float64]

Relation = Before | Overlap | During | Lasts | Longer | Count
"""What can be asked of sounds that are heard."""

# Stands for a probability of 0, of which there is no logarithm: exp of its logarithm, -708.4, is 0 to 307 places.
_LEAST = float(np.finfo(np.float64).tiny)


# --- evidence ---


class Evidence(Protocol):
    """What a listener knows of n clips, as probabilities from 0 to 1 in float64."""

    @property
    def n_clips(self) -> int:
        """How many clips there are."""
        ...

    def presence(self, label: str) -> _Values:
        """Return how probable it is that the label is heard, shape (n_clips,)."""
        ...

    def relation(self, node: Relation) -> _Values:
        """Return how probable it is that the node holds if its sounds are heard, shape (n_clips,).

        What it says of a clip in which they are not heard does not matter. It is not asked of counts that only ask
        whether the sound is there, such as ``count(A, at_least=1)``.
        """
        ...


@dataclass(frozen=True)
class CertainEvidence:
    """Evidence that knows all events, so that ``soft`` gives what ``judge`` gives."""

    table: EventTable
    """What is heard."""

    @property
    def n_clips(self) -> int:
        """How many clips there are."""
        return self.table.n_clips

    def presence(self, label: str) -> _Values:
        """Return 1 where the label is heard, else 0; shape (n_clips,)."""
        return relevant(Present(label), self.table).astype(np.float64)

    def relation(self, node: Relation) -> _Values:
        """Return 1 where the node holds, else 0; shape (n_clips,)."""
        return relevant(node, self.table).astype(np.float64)


@dataclass(frozen=True)
class _PresenceAlone:
    """Evidence of the same presence that knows nothing of relations."""

    inner: Evidence

    @property
    def n_clips(self) -> int:
        return self.inner.n_clips

    def presence(self, label: str) -> _Values:
        return self.inner.presence(label)

    def relation(self, node: Relation) -> _Values:
        return np.full(self.n_clips, 0.5)


# --- scores ---


def soft(constraint: Constraint, evidence: Evidence) -> _Values:
    """Return the logarithm of the probability that a constraint holds, for every clip.

    Parameters
    ----------
    constraint
        The claim.
    evidence
        What is known of n clips.

    Returns
    -------
    numpy.ndarray
        Natural logarithms, shape (n,), float64, at most 0 and always finite: independent factors of the claim that
        are impossible count -708.4 each, so that a clip that lacks one of two sounds stands before one that lacks
        both.

    Raises
    ------
    LogicError
        When the evidence gives something other than a probability for every clip.

    Examples
    --------
    >>> from earwitness.logic.events import Event, Timeline
    >>> from earwitness.logic.parsing import parse
    >>> clips = [Timeline([Event(0, 1, "dog"), Event(2, 3, "horn")]), Timeline([Event(0, 1, "dog")])]
    >>> score = soft(parse("before(dog, horn)"), CertainEvidence(EventTable.from_timelines(clips)))
    >>> np.exp(score).round(3).tolist()
    [1.0, 0.0]
    """
    known = _Known(evidence)
    score = np.zeros(evidence.n_clips)
    for factor in _factors(_formula(constraint, holds=True), every=True):
        score += _log(_probability(factor, known))
    return score


def order_blind(constraint: Constraint, evidence: Evidence) -> _Values:
    """Return what ``soft`` gives to a listener that hears sounds and knows nothing of order, overlap, length or number.

    Every relation is as likely as not. So clips stand in the order of the presence of their sounds, as with tags; and
    "not (a before b)" where both are heard ranks no worse than its contrary.

    Returns
    -------
    numpy.ndarray
        Natural logarithms, shape (n_clips,), float64.
    """
    return soft(constraint, _PresenceAlone(evidence))


def min_max(constraint: Constraint, evidence: Evidence) -> _Values:
    """Return the score of a constraint by minimum, maximum and complement: Gödel's logic, that of STL's robustness.

    The weakest fact decides. No probability, but put on the same scale as ``soft`` so that the two can be compared.

    Returns
    -------
    numpy.ndarray
        Natural logarithms, shape (n_clips,), float64.
    """
    return _log(_goedel(constraint, _Known(evidence)))


def _goedel(constraint: Constraint, known: _Known) -> _Values:
    if isinstance(constraint, Not):
        return 1.0 - _goedel(constraint.inner, known)
    if isinstance(constraint, Boolean):
        parts = [_goedel(part, known) for part in constraint.inner]
        every = isinstance(constraint, All)
    else:
        every, literals = _meaning(constraint)
        parts = [known.of(literal) for literal in literals]
    extreme = np.minimum if every else np.maximum
    least: _Values = extreme.reduce(parts)
    return least


def _log(probability: _Values) -> _Values:
    # No bound above: p + (1 - p) is never rounded past 1, and nothing here is greater than a sum of that form.
    return np.log(np.maximum(probability, _LEAST))


# --- what a constraint says, as facts ---

_Fact = str | Relation
"""That a label is heard, or that a relation holds if its sounds are heard."""


@dataclass(frozen=True)
class _Literal:
    """A fact, or its contrary."""

    fact: _Fact
    true: bool


@dataclass(frozen=True)
class _Join:
    """All of several formulas, or any; two or more, and no fact that stands alone is named again beside it."""

    every: bool
    parts: tuple[_Literal | _Join, ...]


_Formula = bool | _Literal | _Join


def _meaning(node: Constraint) -> tuple[bool, tuple[_Literal, ...]]:
    """Return the facts that a constraint without others inside is made of, and whether it needs all or any of them."""
    heard = tuple(_Literal(label, True) for label in node.labels)
    if isinstance(node, Present):
        return True, heard
    silent = tuple(_Literal(label, False) for label in node.labels)
    if isinstance(node, Absent):
        return True, silent
    if isinstance(node, Count):
        if 0 in (node.at_most, node.exactly):
            return True, silent
        if node.at_least == 1:
            return True, heard
        if node.at_most is not None:
            # Few enough when there is none.
            return False, (*silent, _Literal(node, True))
    if isinstance(node, Relation):
        return True, (*heard, _Literal(node, True))
    raise ConstraintError(f"{type(node).__name__} is not a constraint that can be scored.")


def _formula(constraint: Constraint, *, holds: bool) -> _Formula:
    """Return what a constraint says, or its contrary, with every contrary pushed down to the facts."""
    if isinstance(constraint, Not):
        return _formula(constraint.inner, holds=not holds)
    if isinstance(constraint, Boolean):
        return _joined(isinstance(constraint, All) == holds, (_formula(c, holds=holds) for c in constraint.inner))
    every, literals = _meaning(constraint)
    return _joined(every == holds, (_Literal(literal.fact, literal.true == holds) for literal in literals))


def _joined(every: bool, parts: Iterable[_Formula]) -> _Formula:
    """Join formulas and simplify: a fact that stands alone settles what the parts beside it say of it."""
    # Of "all" the other parts only matter where the fact is as it should be; of "any", where it is not.
    settled: dict[_Fact, bool] = {}
    literals: list[_Literal] = []
    joins: list[_Join] = []
    waiting = list(parts)[::-1]
    while waiting:
        part = _under(waiting.pop(), settled)
        if isinstance(part, bool):
            if part != every:
                return part
        elif isinstance(part, _Literal):
            settled[part.fact] = part.true == every
            literals.append(part)
            # What came earlier did not know this yet.
            waiting += joins[::-1]
            joins = []
        elif part.every == every:
            waiting += part.parts[::-1]
        else:
            joins.append(part)
    found: tuple[_Literal | _Join, ...] = (*literals, *joins)
    return _Join(every, found) if len(found) > 1 else found[0] if found else every


def _under(formula: _Formula, settled: Mapping[_Fact, bool]) -> _Formula:
    """Return what a formula still says when some facts are known."""
    if isinstance(formula, _Literal) and formula.fact in settled:
        return settled[formula.fact] == formula.true
    if isinstance(formula, _Join) and not settled.keys().isdisjoint(_facts(formula)):
        return _joined(formula.every, [_under(part, settled) for part in formula.parts])
    return formula


def _facts(formula: _Literal | _Join) -> Iterator[_Fact]:
    """Yield the fact of every literal, as often as it stands there."""
    if isinstance(formula, _Literal):
        yield formula.fact
    else:
        for part in formula.parts:
            yield from _facts(part)


def _factors(formula: _Formula, *, every: bool) -> list[_Formula]:
    """Return the formulas that share no fact, which joined by all, or by any, are the formula."""
    if not isinstance(formula, _Join) or formula.every != every:
        return [formula]
    groups: list[tuple[set[_Fact], list[_Literal | _Join]]] = []
    for part in formula.parts:
        facts, members = set(_facts(part)), [part]
        apart = []
        for group in groups:
            if facts.isdisjoint(group[0]):
                apart.append(group)
            else:
                facts |= group[0]
                members = group[1] + members
        groups = [*apart, (facts, members)]
    return [members[0] if len(members) == 1 else _Join(every, tuple(members)) for _, members in groups]


# --- probability ---


class _Known:
    """The probabilities of facts, each asked for once."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._asked: dict[_Fact, _Values] = {}

    def of(self, literal: _Literal) -> _Values:
        """Return how probable a fact or its contrary is, shape (n_clips,)."""
        fact = literal.fact
        if fact not in self._asked:
            self._asked[fact] = self._ask(fact)
        return self._asked[fact] if literal.true else 1.0 - self._asked[fact]

    def constant(self, holds: bool) -> _Values:
        """Return the probability of what holds whatever is heard, or never; shape (n_clips,)."""
        return np.full(self.evidence.n_clips, float(holds))

    def _ask(self, fact: _Fact) -> _Values:
        given = self.evidence.presence(fact) if isinstance(fact, str) else self.evidence.relation(fact)
        values = np.asarray(given, dtype=np.float64)
        what = f"The presence of '{fact}'" if isinstance(fact, str) else f"The probability of {fact}"
        if values.shape != (self.evidence.n_clips,):
            raise LogicError(
                f"{what} must have one value for each of {self.evidence.n_clips} clips; got shape {values.shape}."
            )
        wrong = ~((values >= 0.0) & (values <= 1.0))
        if wrong.any():
            clip = int(np.argmax(wrong))
            raise LogicError(f"{what} must be from 0 to 1 in every clip; got {values[clip]} in clip {clip}.")
        return values


def _probability(formula: _Formula, known: _Known) -> _Values:
    """Return the probability of a formula whose facts are independent, exactly, shape (n_clips,).

    Nothing small is ever the difference of two large numbers, so that what is improbable keeps its order.
    """
    if isinstance(formula, bool):
        return known.constant(formula)
    if isinstance(formula, _Literal):
        return known.of(formula)
    factors = _factors(formula, every=formula.every)
    if len(factors) == 1:
        return _by_cases(formula, known)
    total = _probability(factors[0], known)
    for factor in factors[1:]:
        part = _probability(factor, known)
        total = total * part if formula.every else total + (1.0 - total) * part
    return total


def _by_cases(formula: _Join, known: _Known) -> _Values:
    """Return the probability of a formula whose parts share facts: with one of these true, and with it false."""
    ((fact, _),) = Counter(_facts(formula)).most_common(1)
    with_it, without_it = (_probability(_under(formula, {fact: case}), known) for case in (True, False))
    return known.of(_Literal(fact, True)) * with_it + known.of(_Literal(fact, False)) * without_it
