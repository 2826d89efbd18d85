"""Two systems on the same items: which is right more often, and how sure that is.

Conventions
-----------
Only items on which one of the two is right and the other is not tell them apart. McNemar's exact test asks whether
those fall to either side as often as a coin does; it treats items as independent. Items about recordings of the same
source are not quite: the same comparison is therefore also made by turning whole sources round (``p_by_source``), and
the interval of the difference has errors that are clustered by source. Where few items share a source all three agree;
where they do not, ``p`` is the one that claims too much.

The bootstrap draws sources, each with all of its items. It knows nothing of what it was not shown: between systems that
never differ its interval is a point. The interval of ``difference`` never is.

Methods
-------
McNemar, Psychometrika 1947, with the binomial distribution; Holm, Scandinavian Journal of Statistics 1979; the
bootstrap of clusters after Davison and Hinkley, "Bootstrap methods and their application", 1997, section 3.8, with
percentiles.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import PredictionsError
from earwitness.mmar.chance import source_design
from earwitness.scores.design import Design
from earwitness.scores.stats import (
    Estimate,
    difference,
    holm,
    minimum_detectable,
    poisson_binomial_test,
    two_option_test,
)

if TYPE_CHECKING:
    from earwitness.mmar.items import Items
    from earwitness.mmar.marking import Marked

__all__ = [
    "Interval",
    "Pair",
    "aligned",
    "all_pairs",
    "bootstrap_interval",
    "compared",
    "corrected",
    "mcnemar",
    "mcnemar_of_counts",
    "pair_of",
]

_DRAWS = 10_000
_LEVEL = 0.95
_SHOWN = 5  # so many ids are named in a complaint


class Interval(NamedTuple):
    """From where to where a number may lie."""

    low: float
    """The lower end."""
    high: float
    """The upper end."""


@dataclass(frozen=True)
class Pair:
    """Two systems on the same items."""

    first: str
    """The first system's name."""
    second: str
    """The second's."""
    n: int
    """How many items there are."""
    n_first_only: int
    """On how many only the first is right."""
    n_second_only: int
    """On how many only the second is right."""
    difference: Estimate
    """The first's accuracy less the second's, with a 95 % interval from errors that are clustered by source."""
    bootstrap: Interval
    """The middle 95 % of the differences among sources drawn with replacement."""
    p: float
    """McNemar's exact test, two-sided: items count as independent."""
    p_by_source: float
    """The same with whole sources turned round, two-sided and exact: sources count as independent."""
    p_holm: float
    """``p`` after Holm's correction for all pairs that were compared together; for a pair by itself the same as
    ``p``."""
    detectable: float
    """The smallest true difference that such a comparison finds in 80 of 100 cases at 5 %, from the clustered error;
    never less than McNemar's test needs if one system alone is right on all items on which they differ."""


def mcnemar(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return the two-sided p-value of McNemar's exact test.

    Twice the smaller tail of the binomial distribution over the items on which exactly one of two systems is right; 1
    where there is none, NaN where there are no items.

    Parameters
    ----------
    a, b
        Whether each system was right on each item; bool, shape (n,).

    Examples
    --------
    >>> mcnemar([True] * 6 + [False] * 4, [False] * 10)
    0.03125
    """
    first, second = _both(a, b)
    if not len(first):
        return math.nan
    return mcnemar_of_counts(int((first & ~second).sum()), int((second & ~first).sum()))


@functools.lru_cache(maxsize=4096)
def mcnemar_of_counts(first_only: int, second_only: int) -> float:
    """Return the same, from the numbers of items on which only the first system was right, and only the second.

    Examples
    --------
    >>> mcnemar_of_counts(6, 0), mcnemar_of_counts(0, 0)
    (0.03125, 1.0)
    """
    trials = first_only + second_only
    return poisson_binomial_test(first_only, np.full(trials, 0.5)) if trials else 1.0


def compared(a: Marked, b: Marked, *, rng: np.random.Generator, draws: int = _DRAWS) -> Pair:
    """Compare two systems that were marked on the same items, in whatever order.

    Parameters
    ----------
    a, b
        Their marks.
    rng
        Where the bootstrap's draws come from.
    draws
        How many it makes.

    Raises
    ------
    PredictionsError
        When they were marked on other items, naming those that only one has, or that are not the same in both.
    """
    return pair_of(
        (a.name, b.name), (a.right, aligned(a, b).right), design=source_design(a.items), rng=rng, draws=draws
    )


def all_pairs(systems: Sequence[Marked], rng: np.random.Generator, *, draws: int = _DRAWS) -> tuple[Pair, ...]:
    """Compare each system with each that comes after it, with Holm's correction over all of these pairs.

    Parameters
    ----------
    systems
        Their marks.
    rng, draws
        As for ``compared``.

    Raises
    ------
    PredictionsError
        When they were not all marked on the same items.
    """
    if not systems:
        return ()
    design = source_design(systems[0].items)
    right = [aligned(systems[0], each).right for each in systems]
    pairs = [
        pair_of((systems[i].name, systems[j].name), (right[i], right[j]), design=design, rng=rng, draws=draws)
        for i, j in itertools.combinations(range(len(systems)), 2)
    ]
    return corrected(pairs)


def corrected(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Return pairs that were compared together, with Holm's correction for their being many."""
    adjusted = holm([pair.p for pair in pairs])
    return tuple(dataclasses.replace(pair, p_holm=float(p)) for pair, p in zip(pairs, adjusted, strict=True))


def pair_of(
    names: tuple[str, str],
    right: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    design: Design,
    rng: np.random.Generator,
    draws: int = _DRAWS,
) -> Pair:
    """Compare two systems by which items each got right.

    Parameters
    ----------
    names
        What they are called.
    right
        Whether each was right on each item; bool, shape (n,), in the same order.
    design
        Which items are related.
    rng, draws
        As for ``compared``.
    """
    first, second = _both(*right)
    differences = first.astype(np.float64) - second.astype(np.float64)
    p = mcnemar(first, second)
    found = difference(differences, design)
    return Pair(
        first=names[0],
        second=names[1],
        n=len(first),
        n_first_only=int((first & ~second).sum()),
        n_second_only=int((second & ~first).sum()),
        difference=found,
        bootstrap=bootstrap_interval(differences, design, rng=rng, draws=draws),
        p=p,
        p_by_source=two_option_test((1.0 + differences) / 2.0, design),
        p_holm=p,
        detectable=_detectable(found),
    )


def aligned(a: Marked, b: Marked) -> Marked:
    """Return the second system's marks in the order of the first one's items.

    Raises
    ------
    PredictionsError
        When they were marked on other items.
    """
    if a.items is b.items:
        return b
    _same_items(a, b)
    place = {item.id: number for number, item in enumerate(b.items)}
    return dataclasses.replace(b, items=a.items, marks=tuple(b.marks[place[item.id]] for item in a.items))


def bootstrap_interval(
    differences: npt.ArrayLike, design: Design, *, rng: np.random.Generator, draws: int = _DRAWS, level: float = _LEVEL
) -> Interval:
    """Return the middle of the mean differences among families drawn with replacement.

    Families that have as many items and the same sum are alike, so that a draw is a count of each kind: that is the
    same distribution, and quick.

    Parameters
    ----------
    differences
        Of each item, shape (n,).
    design
        Its families.
    rng
        Where the draws come from.
    draws
        How many.
    level
        How much of the middle.

    Returns
    -------
    Interval
        NaN for no items.
    """
    values = np.asarray(differences, dtype=np.float64)
    if not len(values):
        return Interval(math.nan, math.nan)
    sums, sizes = np.bincount(design.family, weights=values), np.bincount(design.family)
    kinds, counts = np.unique(np.column_stack((sums, sizes)), axis=0, return_counts=True)
    n_families = int(counts.sum())
    drawn = rng.multinomial(n_families, counts / n_families, size=draws).astype(np.float64)
    means = (drawn @ kinds[:, 0]) / (drawn @ kinds[:, 1])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _both(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    first, second = np.asarray(a), np.asarray(b)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"Both systems need one mark an item; got shapes {first.shape} and {second.shape}.")
    return first.astype(np.bool_), second.astype(np.bool_)


def _detectable(found: Estimate) -> float:
    """Return the smallest difference that such a comparison would find; NaN where there is no error to tell it by."""
    if math.isnan(found.se):
        return math.nan
    fewest = next((n for n in range(1, found.n + 1) if mcnemar_of_counts(n, 0) <= 1 - _LEVEL), None)
    return math.nan if fewest is None else max(minimum_detectable(found.se, level=_LEVEL), fewest / found.n)


def _same_items(a: Marked, b: Marked) -> None:
    """Say which items keep two systems from being compared."""
    mine, others = a.items.by_id, b.items.by_id
    problems = [
        f"{_named(absent)} of '{has}' missing from '{lacks}'"
        for absent, has, lacks in (
            ([each for each in mine if each not in others], a.name, b.name),
            ([each for each in others if each not in mine], b.name, a.name),
        )
        if absent
    ]
    unlike = [name for name in mine if name in others and not _alike(a.items, b.items, name)]
    if unlike:
        problems.append(f"{_named(unlike)} with other choices or another gold answer")
    if problems:
        raise PredictionsError(
            f"'{a.name}' and '{b.name}' were not marked on the same items, so they cannot be compared: "
            f"{'; '.join(problems)}."
        )


def _alike(a: Items, b: Items, name: str) -> bool:
    mine, other = a.by_id[name], b.by_id[name]
    return (mine.question, mine.choices, mine.gold) == (other.question, other.choices, other.gold)


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
    return f"{', '.join(map(repr, ids[:_SHOWN]))}{more}"
