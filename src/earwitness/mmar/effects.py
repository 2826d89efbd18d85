"""What an arm and an order change: what the audio adds, what is answered without it, what a choice's place does.

Conventions
-----------
Every share is of all items that were to be asked, whatever came back. An item that was not answered in some order is
not consistent, and not right in all orders.

An item is asked in at most as many orders as it has choices, so items with two choices have no third order; ``orders``
says which were to be asked. Under the cyclic orders each choice stands in each place once, so that a model that chooses
by place alone is right in one of them and a model that knows is right in all.

Guessing solves items too, without the audio as with it. How many it would solve is told beside each number; only what
is above it can be a shortcut, and with several orders little of it is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from earwitness.mmar.chance import groups_of, source_design
from earwitness.mmar.orders import LETTERS, Order, cyclic_orders
from earwitness.mmar.paired import Pair, aligned, compared, corrected, pair_of
from earwitness.scores.design import Design
from earwitness.scores.stats import Estimate, estimate, holm, paired_permutation, poisson_binomial_test

if TYPE_CHECKING:
    from earwitness.mmar.items import Item, Items
    from earwitness.mmar.marking import Marked

__all__ = [
    "AgainstGuessing",
    "Gain",
    "OrderEffects",
    "OrderScore",
    "PlaceScore",
    "Shortcuts",
    "gain",
    "order_effects",
    "shortcuts",
]

_FEWEST = 2  # orders in which a choice can stay or change

_Bools = npt.NDArray[np.bool_]
_Ints = npt.NDArray[np.intp]
_Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Gain:
    """What one arm adds to another, for instance the audio to the text alone."""

    overall: Pair
    """The two arms on all items."""
    by_modality: Mapping[str, Pair]
    """The same by modality; ``p_holm`` is corrected for the number of modalities."""


@dataclass(frozen=True)
class AgainstGuessing:
    """A number of items, beside how many it would be by guessing."""

    n: int
    """Of how many items."""
    count: int
    """How many of them."""
    share: Estimate
    """The share, with a 95 % interval from errors that are clustered by source."""
    by_guessing: float
    """The share of them that guessing would earn."""
    p: float
    """Exact, two-sided, against guessing."""


@dataclass(frozen=True)
class Shortcuts:
    """The items that are answered right without the audio."""

    orders: int
    """In how many orders the choices were shown at most; a shortcut is right in all of an item's orders."""
    solved: AgainstGuessing
    """How many there are, beside how many guessing would solve."""
    ids: tuple[str, ...]
    """Which."""


@dataclass(frozen=True)
class OrderScore:
    """Accuracy with the choices in one order."""

    number: int
    """Of the order; 0 is the items' own."""
    n: int
    """How many items have such an order."""
    right: int
    """How many of these are right."""
    accuracy: Estimate
    """The share, with a 95 % interval from errors that are clustered by source."""


@dataclass(frozen=True)
class PlaceScore:
    """What the place does in which a choice is shown."""

    letter: str
    """Of the place: ``"A"`` is the first."""
    shown: int
    """In how many of the questions that were asked some choice stood there."""
    gold: int
    """In how many of these the right choice stood there."""
    chosen: int
    """How often the choice there was taken."""
    expected: int
    """How often the right choice stood there in a question that was answered: what ``chosen`` is tested against."""
    right: int
    """How often the right choice stood there and was taken."""
    accuracy: Estimate
    """The share right where the right choice stood there; with a 95 % interval from errors clustered by source."""
    p: float
    """Two-sided, whether ``chosen`` differs from ``expected``: by turning the differences of whole sources round."""
    p_holm: float
    """The same after Holm's correction for the number of places."""


@dataclass(frozen=True)
class OrderEffects:
    """One system with the choices in several orders."""

    name: str
    """The system."""
    orders: tuple[OrderScore, ...]
    """One for each order."""
    unanswered: int
    """How many of the questions that were asked, items times orders, were not answered with one of the choices."""
    consistent: AgainstGuessing
    """On how many items the same choice was taken in all orders, right or wrong."""
    circular: AgainstGuessing
    """On how many items the right choice was taken in all orders: circular accuracy."""
    places: tuple[PlaceScore, ...]
    """One for each place."""


def gain(audio: Marked, other: Marked, *, rng: np.random.Generator) -> Gain:
    """Compare an arm with another one on the same items.

    Parameters
    ----------
    audio
        The marks with the audio.
    other
        The marks of the same system without it, or with something else instead.
    rng
        Where the bootstrap's draws come from.

    Raises
    ------
    PredictionsError
        When the two were marked on other items.
    """
    overall = compared(audio, other, rng=rng)
    design, without = source_design(audio.items), aligned(audio, other).right
    groups = groups_of(audio.items, "modality")
    pairs = [
        pair_of((audio.name, other.name), (audio.right[places], without[places]), design=design.among(places), rng=rng)
        for places in groups.values()
    ]
    return Gain(overall, dict(zip(groups, corrected(pairs), strict=True)))


def shortcuts(without: Sequence[Marked], *, orders: Mapping[str, Sequence[Order]] | None = None) -> Shortcuts:
    """Return the items that a system gets right without the audio, in every order in which they were asked.

    Parameters
    ----------
    without
        The marks of an arm without audio, one for each order.
    orders
        The orders that each item was to be asked in, by its id; None: its cyclic orders, as many as there are marks.

    Raises
    ------
    PredictionsError
        When they were not all marked on the same items.
    ValueError
        When there are no marks, or an item has more orders than there are marks.
    """
    asked = _questions(without, orders)
    found = _against_guessing(asked.in_all(asked.right), asked.by_guessing, asked.items)
    ids = tuple(item.id for item, yes in zip(asked.items, asked.in_all(asked.right), strict=True) if yes)
    return Shortcuts(len(without), found, ids)


def order_effects(
    systems: Sequence[Marked], *, rng: np.random.Generator, orders: Mapping[str, Sequence[Order]] | None = None
) -> OrderEffects:
    """Return what it does to one system in which order the choices are shown.

    Parameters
    ----------
    systems
        The marks of one system, for each order. What is marked for an item in an order that it has not is not looked
        at.
    rng
        Where the signs come from by which the places are tested.
    orders
        The orders that each item was to be asked in, by its id; None: its cyclic orders, as many as there are marks.

    Raises
    ------
    PredictionsError
        When they were not all marked on the same items.
    ValueError
        When an item has fewer than two orders, or more than there are marks.
    """
    asked = _questions(systems, orders)
    if asked.there.sum(axis=0).min() < _FEWEST:
        raise ValueError("What an order does is seen only where each item is asked in two orders or more.")
    design = source_design(asked.items)
    number = asked.there.sum(axis=0)
    same = asked.in_all(asked.choice == asked.choice[0]) & (asked.choice[0] >= 0)
    return OrderEffects(
        name=systems[0].name,
        orders=tuple(
            OrderScore(
                number=turn,
                n=int(there.sum()),
                right=int(right[there].sum()),
                accuracy=estimate(right[there].astype(np.float64), design.among(there)),
            )
            for turn, (there, right) in enumerate(zip(asked.there, asked.right, strict=True))
        ),
        unanswered=int((asked.there & (asked.choice < 0)).sum()),
        consistent=_against_guessing(same, asked.chance ** (number - 1), asked.items),
        circular=_against_guessing(asked.in_all(asked.right), asked.by_guessing, asked.items),
        places=_places(asked, design, rng=rng),
    )


@dataclass(frozen=True)
class _Questions:
    """Items asked in several orders, and what was answered: arrays of shape (orders, items)."""

    items: Items
    there: _Bools  # whether the item has this order
    choice: _Ints  # the place of the choice among the item's own; -1 where none was taken
    chosen: _Ints  # the same among the choices as they were shown
    gold: _Ints  # where the right choice was shown; -1 where the item has no such order
    right: _Bools

    @property
    def chance(self) -> _Values:
        return np.array([item.chance for item in self.items])

    @property
    def by_guessing(self) -> _Values:
        """How probable guessing gets each item right in all of its orders."""
        found: _Values = self.chance ** self.there.sum(axis=0)
        return found

    def in_all(self, holds: _Bools) -> _Bools:
        """Whether something holds in all orders that an item has."""
        return np.asarray((holds | ~self.there).all(axis=0))


def _questions(systems: Sequence[Marked], orders: Mapping[str, Sequence[Order]] | None) -> _Questions:
    if not systems:
        raise ValueError("Expected the marks of one order or more; got none.")
    items = systems[0].items
    marks = [aligned(systems[0], each).marks for each in systems]
    shape = (len(systems), len(items))
    there, right = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    choice, chosen, gold = (np.full(shape, -1, dtype=np.intp) for _ in range(3))
    for number, item in enumerate(items):
        for turn, order in enumerate(_orders(item, orders, limit=len(systems))):
            mark = marks[turn][number]
            there[turn, number], gold[turn, number] = True, order.index(item.gold)
            right[turn, number] = mark.verdict == "right"
            if mark.choice is not None:
                choice[turn, number], chosen[turn, number] = mark.choice, order.index(mark.choice)
    return _Questions(items, there, choice, chosen, gold, right)


def _orders(item: Item, orders: Mapping[str, Sequence[Order]] | None, *, limit: int) -> Sequence[Order]:
    if orders is None:
        return cyclic_orders(item, limit=limit)
    given = orders.get(item.id, ())
    if not 1 <= len(given) <= limit:
        raise ValueError(f"There are marks of {limit} orders; the item {item.id!r} has {len(given)}.")
    return given


def _against_guessing(holds: _Bools, by_guessing: _Values, items: Items) -> AgainstGuessing:
    count = int(holds.sum())
    return AgainstGuessing(
        n=len(holds),
        count=count,
        share=estimate(holds.astype(np.float64), source_design(items)),
        by_guessing=float(by_guessing.mean()),
        p=poisson_binomial_test(count, by_guessing),
    )


def _places(asked: _Questions, design: Design, *, rng: np.random.Generator) -> tuple[PlaceScore, ...]:
    """Return what each place does."""
    sizes = np.array([len(item.choices) for item in asked.items])
    answered = asked.chosen >= 0
    letters = range(sizes.max())
    differences = np.array(
        [((asked.chosen == at).sum(axis=0) - (answered & (asked.gold == at)).sum(axis=0)) for at in letters]
    )
    # How often an item was asked at most, so that its differences lie between -1 and 1.
    p = paired_permutation(differences / len(asked.there), design, rng=rng)
    turns, numbers = np.nonzero(asked.gold >= 0)
    of_questions = design.among(numbers)
    gold, right = asked.gold[turns, numbers], asked.right[turns, numbers].astype(np.float64)
    return tuple(
        PlaceScore(
            letter=LETTERS[at],
            shown=int((asked.there & (sizes > at)).sum()),
            gold=int((gold == at).sum()),
            chosen=int((asked.chosen == at).sum()),
            expected=int((answered & (asked.gold == at)).sum()),
            right=int(right[gold == at].sum()),
            accuracy=estimate(right[gold == at], of_questions.among(gold == at)),
            p=float(alone),
            p_holm=float(adjusted),
        )
        for at, alone, adjusted in zip(letters, p, holm(p), strict=True)
    )
