"""How far raters agree beyond what luck would have them: Krippendorff's alpha for marks without an order.

Worked out from the coincidences of marks within units, so that a rater may have left units out; a unit that fewer than
two have marked says nothing. After Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011, whose worked
examples are among the tests. It is a few lines of NumPy, so no package is brought for it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.mmar.paired import Interval

__all__ = ["UNMARKED", "Agreement", "agreement", "krippendorff_alpha"]

_Values = npt.NDArray[np.float64]

UNMARKED = -1
"""The mark of a unit that a rater has left out."""

_DRAWS = 2_000


class Agreement(NamedTuple):
    """How far raters agree."""

    alpha: float
    """1: always; 0: as often as luck would have it; NaN where nothing can be told, for instance if all marks are
    alike."""
    interval: Interval
    """The middle 95 % of alpha among families of units drawn with replacement."""
    same: float
    """The share of pairs of marks of one unit that are alike; each unit counts for as many marks as it has. NaN without
    any."""
    units: int
    """How many units two raters or more have marked."""


def krippendorff_alpha(marks: npt.ArrayLike) -> float:
    """Return Krippendorff's alpha for marks without an order.

    Parameters
    ----------
    marks
        Whole numbers that name a mark, shape (raters, units); ``UNMARKED`` where a rater left a unit out.

    Returns
    -------
    float
        1 minus the disagreement seen over that expected by luck; at most 1. NaN where no unit has two marks, or all
        marks are alike: then there is nothing that raters could have disagreed about.

    Examples
    --------
    >>> round(krippendorff_alpha([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]), 3)
    0.095
    """
    return float(_alphas(_coincidences(marks).sum(axis=0)[None])[0])


def agreement(marks: npt.ArrayLike, families: npt.ArrayLike, *, rng: np.random.Generator) -> Agreement:
    """Return how far raters agree, with an interval for other families of units.

    Parameters
    ----------
    marks
        As for ``krippendorff_alpha``.
    families
        The name of each unit's family, shape (units,): units of one family are not independent.
    rng
        Where the draws of the interval come from.
    """
    by_unit = _coincidences(marks)
    family = np.unique(np.asarray(families), return_inverse=True)[1].reshape(-1)
    if len(family) != len(by_unit):
        raise ValueError(f"Each of {len(by_unit)} units has one family; got {len(family)}.")
    total = by_unit.sum(axis=0)
    n = float(total.sum())
    same = float(np.trace(total)) / n if n else math.nan
    return Agreement(
        alpha=float(_alphas(total[None])[0]),
        interval=_interval(by_unit, family, rng),
        same=same,
        units=int((by_unit.sum(axis=(1, 2)) > 0).sum()),
    )


def _coincidences(marks: npt.ArrayLike) -> _Values:
    """Return how often each mark goes with each other mark in each unit, shape (units, k, k), summing to its marks."""
    given = np.asarray(marks, dtype=np.int64)
    if given.ndim != 2:
        raise ValueError(f"Marks are a table of raters and units; got shape {given.shape}.")
    names = np.unique(given[given != UNMARKED])
    counts = (given[:, :, None] == names).sum(axis=0).astype(np.float64)
    several = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :] - np.eye(len(names)) * counts[:, None, :]
    paired: _Values = np.where(several > 1, 1.0 / np.maximum(several - 1, 1), 0.0)[:, None, None] * pairs
    return paired


def _alphas(coincidences: _Values) -> _Values:
    """Return alpha for each of some tables of coincidences, shape (draws, k, k)."""
    of_mark = coincidences.sum(axis=2)
    n = of_mark.sum(axis=1)
    expected = n**2 - (of_mark**2).sum(axis=1)
    seen = n - np.trace(coincidences, axis1=1, axis2=2)
    # Of marks that are all alike rounding may leave a little.
    told = expected > 1e-9
    alphas: _Values = np.where(told, 1.0 - (n - 1.0) * seen / np.where(told, expected, 1.0), np.nan)
    return alphas


def _interval(by_unit: _Values, family: npt.NDArray[np.intp], rng: np.random.Generator) -> Interval:
    n = int(family.max()) + 1 if len(family) else 0
    k = by_unit.shape[1]
    if not n or not k:
        return Interval(math.nan, math.nan)
    sums = np.zeros((n, k * k))
    np.add.at(sums, family, by_unit.reshape(len(by_unit), -1))
    alike, counts = np.unique(sums.round(9), axis=0, return_counts=True)
    drawn = rng.multinomial(n, counts / n, size=_DRAWS).astype(np.float64)
    alphas = _alphas((drawn @ alike).reshape(_DRAWS, k, k))
    known = alphas[~np.isnan(alphas)]
    if not len(known):
        return Interval(math.nan, math.nan)
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(float(low), float(high))
