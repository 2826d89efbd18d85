"""Told from chance: what guessing would earn on the same items, exactly, and whether a number right differs from it.

Conventions
-----------
Whoever guesses gets an item of k choices right one time in k, so the number right among many is Poisson binomial, and
its distribution is computed, not approximated. Tests are two-sided: twice the smaller tail. Below chance is a finding
too; whoever knows nothing and answers is not below chance, so it mostly means answers that could not be read.

Rows that are tested together are a family: the layers, the modalities, the sub-categories, the languages. Two
corrections for their being many are given, Bonferroni's (p times the number of rows) and Holm's (which never finds
less). Holm's decides whether a row stands above chance or below.

The test treats items as independent, as guesses are, also at items about the same recording. The interval of the
accuracy does not: its errors are clustered by the source of the recordings.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.mmar.items import LAYERS, MODALITIES, Item, Items
from earwitness.scores.design import Design
from earwitness.scores.stats import Estimate, count_distribution, estimate, holm, poisson_binomial_test

__all__ = [
    "FAMILIES",
    "GroupScore",
    "against_chance",
    "critical_count",
    "detectable_accuracy",
    "groups_of",
    "source_design",
    "standing",
]

FAMILIES = ("layer", "modality", "sub-category", "language")
"""By what items can be grouped."""

_Places = npt.NDArray[np.intp]

_NONE = "none"  # where the items name no layer, modality, sub-category or language
_POWER = 0.8
_CLOSE = 1e-5  # a share of knowing is found to within this


@dataclass(frozen=True)
class GroupScore:
    """How many items of a group were right, beside what guessing would earn there."""

    name: str
    """The group; ``"all"`` where items were not grouped."""
    n: int
    """How many items it has."""
    right: int
    """How many of them were right."""
    chance: float
    """The share that guessing gets right."""
    accuracy: Estimate
    """The share right, with a 95 % interval from errors that are clustered by source."""
    p: float
    """Exact, two-sided, against chance; as if it were the only test."""
    bonferroni: float
    """The same times the number of groups, at most 1."""
    holm: float
    """The same after Holm's correction for the number of groups."""
    standing: str
    """``"above"``, ``"same"`` or ``"below"`` chance at alpha, after Holm's correction."""
    critical: float
    """The lowest share right that is above chance in a one-sided test at alpha; NaN where all right would not be."""
    critical_corrected: float
    """The same at alpha divided by the number of groups."""
    detectable: float
    """The lowest true accuracy that stands above chance in 80 of 100 such tests: see ``detectable_accuracy``;
    two-sided, at alpha divided by the number of groups. NaN where all right would not stand above chance."""


def against_chance(
    right: npt.ArrayLike, items: Items, *, by: str | None = None, alpha: float = 0.05
) -> tuple[GroupScore, ...]:
    """Return how each group of items stands against chance.

    Parameters
    ----------
    right
        Whether each item was right, shape (n,); whatever is not right counts against it.
    items
        The items, in the same order: all of them, for they fix the denominators.
    by
        One of ``FAMILIES``; None makes one row of all items.
    alpha
        How often it may happen that guessing is told from chance anywhere in the family.

    Raises
    ------
    ValueError
        When there is no such family, when alpha is not between 0 and 1, or when the marks are not one an item.
    """
    marks = np.asarray(right)
    if marks.shape != (len(items),) or marks.dtype != np.bool_:
        raise ValueError(f"Expected one bool for each of {len(items)} items; got {marks.dtype} of shape {marks.shape}.")
    if not 0 < alpha < 1:
        raise ValueError(f"Alpha must lie between 0 and 1; got {alpha}.")
    groups = groups_of(items, by)
    design = source_design(items)
    chances = np.array([item.chance for item in items])
    counts = {name: int(np.count_nonzero(marks[places])) for name, places in groups.items()}
    p = np.array([poisson_binomial_test(counts[name], chances[places]) for name, places in groups.items()])
    family = len(groups)
    rows = []
    for (name, places), alone, corrected in zip(groups.items(), p, holm(p), strict=True):
        guesses, n = chances[places], len(places)
        rows.append(
            GroupScore(
                name=name,
                n=n,
                right=counts[name],
                chance=float(guesses.mean()),
                accuracy=estimate(marks[places].astype(np.float64), design.among(places)),
                p=float(alone),
                bonferroni=min(1.0, float(alone) * family),
                holm=float(corrected),
                standing=standing(counts[name] / n, float(guesses.mean()), p=float(corrected), alpha=alpha),
                critical=_share(critical_count(guesses, alpha), n),
                critical_corrected=_share(critical_count(guesses, alpha / family), n),
                detectable=detectable_accuracy(guesses, alpha / family),
            )
        )
    return tuple(rows)


def groups_of(items: Items, by: str | None) -> Mapping[str, _Places]:
    """Return the places of the items of each group, by its name.

    Layers and modalities stand in MMAR's order, other groups by size. Each item has one layer, modality and
    sub-category. Of languages it may have several, as in ``"zh|en"``: it belongs to the group of each, so these groups
    overlap. Items that name nothing make the group ``"none"``.

    Parameters
    ----------
    items
        What is grouped.
    by
        One of ``FAMILIES``; None puts all items into one group, ``"all"``.

    Raises
    ------
    ValueError
        When there is no such family.
    """
    if by is None:
        return {"all": np.arange(len(items), dtype=np.intp)}
    if by not in FAMILIES:
        raise ValueError(f"Items are grouped by one of {', '.join(FAMILIES)}; got {by!r}.")
    found: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        for name in _names(item, by):
            found.setdefault(name, []).append(place)
    known = {name: place for place, name in enumerate({"layer": LAYERS, "modality": MODALITIES}.get(by, ()))}
    ordered = sorted(found, key=lambda name: (known.get(name, len(known)), -len(found[name]), name))
    return {name: np.array(found[name], dtype=np.intp) for name in ordered}


def source_design(items: Items) -> Design:
    """Return which items are related: those cut from the same source; an item that names none is by itself."""
    return Design.of_families([f"of {item.source}" if item.source else f"is {item.id}" for item in items])


def standing(accuracy: float, chance: float, *, p: float, alpha: float) -> str:
    """Return ``"above"``, ``"same"`` or ``"below"``: where a share right stands to chance, by a two-sided p-value."""
    if not p <= alpha:
        return "same"
    return "above" if accuracy > chance else "below"


def critical_count(chances: npt.ArrayLike, alpha: float, *, above: bool = True) -> int | None:
    """Return the number right from which on an exact one-sided test finds a difference from guessing.

    Parameters
    ----------
    chances
        How probable it is that guessing gets each item right; shape (n,).
    alpha
        How often guessing may reach that number.
    above
        Whether the lowest number above chance is wanted, or the highest below it.

    Returns
    -------
    int or None
        None where even all right, or none, happens more often by guessing.

    Examples
    --------
    >>> critical_count([0.25] * 11, 0.05), critical_count([0.5] * 4, 0.05)
    (6, None)
    """
    ways = count_distribution(chances)
    tail = np.cumsum(ways[::-1])[::-1] if above else np.cumsum(ways)
    rare = np.flatnonzero(tail <= alpha)
    if not len(rare):
        return None
    return int(rare[0] if above else rare[-1])


def detectable_accuracy(chances: npt.ArrayLike, alpha: float, *, power: float = _POWER) -> float:
    """Return the lowest true accuracy that an exact two-sided test finds above chance with the given power.

    Accuracy is thought of as knowing: a system knows the same share s of items of every kind and guesses the rest, so
    that it gets an item of chance c right with probability c + s (1 - c). What is returned is the mean of these over
    the items, for the lowest s at which the test finds it often enough.

    Parameters
    ----------
    chances
        How probable it is that guessing gets each item right; shape (n,).
    alpha
        Of the two-sided test: either tail has half of it.
    power
        How often the test should find it.

    Returns
    -------
    float
        Between chance and 1; NaN where even all right is not above chance.
    """
    return _detectable(np.asarray(chances, dtype=np.float64).tobytes(), alpha, power)


@functools.lru_cache(maxsize=256)  # many systems are told from chance on the same items
def _detectable(chances: bytes, alpha: float, power: float) -> float:
    guesses = np.frombuffer(chances)
    needed = critical_count(guesses, alpha / 2)
    if needed is None:
        return math.nan

    low, high = 0.0, 1.0
    # Halved by hand: scipy.optimize alone takes as long to import as all of this.
    while high - low > _CLOSE:
        knows = (low + high) / 2
        found = float(count_distribution(guesses + knows * (1.0 - guesses))[needed:].sum())
        low, high = (low, knows) if found >= power else (knows, high)
    return float(np.mean(guesses + high * (1.0 - guesses)))


def _names(item: Item, by: str) -> tuple[str, ...]:
    if by == "language":
        return tuple(dict.fromkeys(filter(None, item.language.split("|")))) or (_NONE,)
    name = {"layer": item.layer, "modality": item.modality, "sub-category": item.sub_category}[by]
    return (name or _NONE,)


def _share(count: int | None, n: int) -> float:
    return math.nan if count is None else count / n
