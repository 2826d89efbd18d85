"""How sure a number is: intervals, exact tests against chance, and tests between systems.

Conventions
-----------
A value belongs to a query or to a pair. Its ``design`` says which values are related, because they rest on the same
clip, and which stratum each belongs to. The strata are the tasks, and the number that is estimated is the mean of the
tasks' means, so that each task weighs the same. Every test is two-sided, for *below chance* is a finding too. Nothing
is approximated by a normal distribution where the exact one can be had, and no p-value is 0.

Methods
-------
Errors from the pairs of values that are related after Aronow, Samii and Assenova, "Cluster-robust variance estimation
for dyadic data", Political Analysis 2015; what a family pulls its mean towards itself, and degrees of freedom, after
Bell and McCaffrey, "Bias reduction in standard errors for linear regression with multi-stage samples", Survey
Methodology 2002; intervals, and tests that count related values for less, after Korn and Graubard, "Confidence
intervals for proportions with small expected number of positive counts estimated from survey data", Survey Methodology
1998, and Wilson, JASA 1927; the correction for many tests after Holm, Scandinavian Journal of Statistics 1979.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.scores.design import Design

__all__ = [
    "Estimate",
    "count_distribution",
    "difference",
    "estimate",
    "holm",
    "minimum_detectable",
    "paired_permutation",
    "poisson_binomial_test",
    "two_option_test",
]

_Values = npt.NDArray[np.float64]

# Below this a standard error is what rounding leaves of zero: the values all lie at the same place.
_NO_SPREAD = 1e-12
# Differences are made integers whose sizes add up to this. Their sums are exact in float64 in whatever order they are
# added, and what rounding did to the differences before is far less than 1.
_WHOLE = 2.0**40
# Signs are drawn for so many permutations at a time, 16 MiB for a thousand families: few large products, for at the end
# of each one thread waits for the other.
_DRAWS_AT_ONCE = 2_048
# Distributions of so many counts are built side by side before they are convolved with each other.
_SIDE_BY_SIDE = 32
# What can happen has a p-value above 0, be it too small for a float.
_LEAST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval; all numbers are NaN when there was nothing to take a mean of."""

    value: float
    """The mean, or the mean of the strata's means."""
    low: float
    """The lower end of the interval; of a share at least 0."""
    high: float
    """The upper end of the interval; of a share at most 1."""
    se: float
    """The standard error; NaN where it cannot be known because one family fills a stratum."""
    n: int
    """How many values there were."""
    clusters: int
    """How many groups of them share nothing with each other."""


class _Spread(NamedTuple):
    """What related values tell about means, one for each row of values."""

    means: _Values  # (k,)
    squares: _Values  # (k,) the squared error over all pairs that are related
    within: _Values  # (k,) the same over pairs within families


def estimate(values: npt.ArrayLike, design: Design, *, level: float = 0.95) -> Estimate:
    """Return a mean of values between 0 and 1 with its interval.

    The interval is Wilson's, for as many independent values as would have this mean's standard error, with Student's
    quantile. It stays inside [0, 1]. Where no spread was seen (all values are 0, or 1, or alike), related values count
    as one, so that the interval is never a point. Where one family fills a whole stratum nothing is known of its
    spread, and the interval is [0, 1].

    Parameters
    ----------
    values
        Shape (n,), each in [0, 1].
    design
        Which of them are related, and their strata.
    level
        How often the interval should hold the true mean.

    Examples
    --------
    >>> found = estimate([1, 0, 1, 1], Design.of_families([0, 1, 2, 3]))
    >>> f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
    '0.75 [0.13, 0.98]'
    """
    _within(level, "level")
    known = _known(values, n=len(design), lowest=0.0, highest=1.0)
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, math.nan, 0, 0)
    mean, se = _mean_and_error(known, design)
    low, high = (0.0, 1.0) if math.isnan(se) else _wilson(mean, se, design, level)
    return Estimate(mean, low, high, se, len(known), design.n_clusters)


def difference(values: npt.ArrayLike, design: Design, *, level: float = 0.95) -> Estimate:
    """Return a mean of differences between two systems with its interval.

    Student's interval, inside [-1, 1], and never narrower than what rare differences would hide behind: if a share u of
    the values could have been missed altogether (the upper end of Wilson's interval for none among as many as are not
    related), a mean d could be anything from (1 - u) d - u to (1 - u) d + u.

    Parameters
    ----------
    values
        The first system's value less the second one's, shape (n,), each in [-1, 1].
    design, level
        As for ``estimate``.
    """
    _within(level, "level")
    known = _known(values, n=len(design), lowest=-1.0, highest=1.0)
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, math.nan, 0, 0)
    mean, se = _mean_and_error(known, design)
    low, high = (-1.0, 1.0) if math.isnan(se) else _student(mean, se, design, level)
    return Estimate(mean, low, high, se, len(known), design.n_clusters)


def minimum_detectable(se: float, *, power: float = 0.8, level: float = 0.95) -> float:
    """Return the smallest true difference that a two-sided test would find with the given power.

    Parameters
    ----------
    se
        The standard error of the difference.
    power
        How often the difference should be found.
    level
        One less the share of false alarms that is allowed.
    """
    from scipy.special import ndtri

    _within(level, "level")
    _within(power, "power")
    return float((ndtri(0.5 + level / 2) + ndtri(power)) * se)


def two_option_test(values: npt.ArrayLike, design: Design) -> float:
    """Return the two-sided p-value of a two-option test against 50 %.

    If a system has no preference, the wins and losses of each family might as well have come out the other way round.
    Of all ways to turn families round, this is the share in which wins and losses differ at least as much as they do:
    exact where families are independent; with one pair in each, and no ties, it is the binomial test. Where pairs have
    relatives in several families, what was seen counts for less; the same as in ``paired_permutation``. NaN when there
    are no values.

    Parameters
    ----------
    values
        1 for a win, 0 for a loss, 0.5 for a tie; shape (n,).
    design
        Which of them are related; strata do not matter.
    """
    known = _known(values, n=len(design))
    doubled = 2.0 * known - 1.0
    if not np.isin(doubled, (-1.0, 0.0, 1.0)).all():
        raise ValueError(f"A two-option test wants values of 0, 0.5 or 1; got {known[np.abs(doubled) % 1 > 0][:3]}.")
    if not len(known):
        return math.nan
    lead = np.rint(np.bincount(design.family, weights=doubled)).astype(np.intp)
    sizes, counts = np.unique(np.abs(lead[lead != 0]), return_counts=True)
    ways = np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        # How often each sum comes up among the families with this lead: multiples of it.
        spaced = np.zeros(size * count + 1)
        spaced[::size] = count_distribution(np.full(count, 0.5))
        ways = np.convolve(ways, spaced)
    total = len(ways) - 1
    seen = abs(int(lead.sum())) * float(_worth(doubled[None], design)[0])
    differs = np.abs(2 * np.arange(total + 1) - total) >= seen - 1e-9
    return min(1.0, float(ways[differs].sum()))


def count_distribution(probabilities: npt.ArrayLike) -> _Values:
    """Return how likely each number of successes is, shape (n + 1,), when each trial has its own probability.

    Only products of what is not negative are summed, so even a far tail is exact.

    Parameters
    ----------
    probabilities
        Of each trial; shape (n,).

    Examples
    --------
    >>> count_distribution([0.5, 0.5]).tolist()
    [0.25, 0.5, 0.25]
    """
    known = _known(probabilities, lowest=0.0, highest=1.0)
    n = len(known)
    trials = np.zeros(-(-n // _SIDE_BY_SIDE) * _SIDE_BY_SIDE)
    trials[:n] = known
    some = trials.reshape(-1, _SIDE_BY_SIDE)
    ways = np.zeros((len(some), _SIDE_BY_SIDE + 1))
    ways[:, 0] = 1.0
    for trial in some.T[:, :, None]:
        ways[:, 1:] = ways[:, 1:] * (1.0 - trial) + ways[:, :-1] * trial
        ways[:, :1] *= 1.0 - trial
    parts: list[_Values] = list(ways) or [np.ones(1)]
    while len(parts) > 1:
        joined = [np.convolve(parts[at], parts[at + 1]).astype(np.float64) for at in range(0, len(parts) - 1, 2)]
        parts = joined + parts[2 * len(joined) :]
    return parts[0][: n + 1]


def poisson_binomial_test(successes: float, probabilities: npt.ArrayLike) -> float:
    """Return the exact two-sided p-value of a number of successes, each of which had its own probability by chance.

    Twice the smaller tail, at most 1. A fraction of a success, the expected value of a tie, is rounded for each tail so
    that it grows: the p-value is never too small. NaN when there are no probabilities.

    Parameters
    ----------
    successes
        How many there were.
    probabilities
        Of each trial, by chance; shape (n,).

    Examples
    --------
    >>> poisson_binomial_test(3, [0.5, 0.5, 0.5])
    0.25
    """
    known = _known(probabilities, lowest=0.0, highest=1.0)
    if not 0 <= successes <= len(known) + 1e-9:
        raise ValueError(f"Of {len(known)} trials {successes} cannot have been successes.")
    if not len(known):
        return math.nan
    ways = count_distribution(known)
    count = round(float(successes), 9)  # a sum of ties may miss a whole number by what rounding leaves
    at_least, at_most = ways[math.floor(count) :].sum(), ways[: math.ceil(count) + 1].sum()
    can_be = np.count_nonzero(known == 1.0) <= count <= np.count_nonzero(known)
    return min(1.0, max(2.0 * float(min(at_least, at_most)), _LEAST if can_be else 0.0))


def paired_permutation(
    differences: npt.ArrayLike, design: Design, *, rng: np.random.Generator, draws: int = 9_999
) -> _Values:
    """Return two-sided p-values of mean differences between systems, by turning the signs of families at random.

    If two systems are alike, either might have been the other: the difference of each family might as well have had the
    other sign. Where families are related to one another in part, signs that are drawn for each by itself vary too
    little; what was seen is divided by how much too little (the root of the design effect), and by how much wider
    Student's distribution is for what that effect was estimated from. All comparisons see the same signs. The sums are
    taken in integers, so that what is equal counts as equal, and the same ``rng`` gives the same bits on every machine.

    Parameters
    ----------
    differences
        One comparison a row, one value a query; shape (k, n).
    design
        Which queries are related, and their strata: it is the mean of the strata's means that is tested.
    rng
        Where the signs come from.
    draws
        How many times signs are drawn.

    Returns
    -------
    numpy.ndarray
        Shape (k,), float64: (1 + b) / (1 + draws), where b of the draws differ at least as much as what was seen. NaN
        for means of nothing.
    """
    known = np.asarray(differences, dtype=np.float64)
    if known.ndim != 2 or known.shape[1] != len(design):
        raise ValueError(f"Expected differences of shape (k, {len(design)}) for this design; got {known.shape}.")
    if not np.isfinite(known).all():
        raise ValueError("Differences must be finite; some are NaN or infinite.")
    if not len(design):
        return np.full(len(known), math.nan)
    order = np.argsort(design.family, kind="stable")
    first = np.unique(design.family[order], return_index=True)[1]
    sums = np.add.reduceat((known * design.weight)[:, order], first, axis=1)
    size = np.abs(sums).sum(axis=1, keepdims=True)
    whole = np.rint(sums / np.where(size > 0, size, 1.0) * _WHOLE)
    total = whole.sum(axis=1, keepdims=True)
    # Making integers may have moved each family by a half: what is equal but for that, is equal.
    seen = np.abs(total) * _worth(known, design)[:, None] - len(first)
    found = np.zeros(len(known), dtype=np.intp)
    for start in range(0, draws, _DRAWS_AT_ONCE):
        some = min(_DRAWS_AT_ONCE, draws - start)
        bits = np.unpackbits(rng.integers(0, 256, (some, -(-len(first) // 8)), dtype=np.uint8), axis=1)
        # Turning signs is taking the sum over some of the families: twice that, less the sum over all.
        turned = 2.0 * (whole @ bits[:, : len(first)].T.astype(np.float64)) - total
        found += np.count_nonzero(np.abs(turned) >= seen, axis=1)
    return (1.0 + found.astype(np.float64)) / (1.0 + draws)


def holm(p_values: npt.ArrayLike) -> _Values:
    """Return p-values adjusted for there being many, shape (k,).

    NaN stays NaN, and is not counted: where there was nothing to test there was no test.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(given.shape, math.nan)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    stepped = given[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def _within(share: float, name: str) -> None:
    if not 0 < share < 1:
        raise ValueError(f"The {name} must lie between 0 and 1; got {share}.")


def _known(
    values: npt.ArrayLike, *, n: int | None = None, lowest: float = -math.inf, highest: float = math.inf
) -> _Values:
    """Return values as float64, or say which of them no mean can be taken of."""
    known = np.asarray(values, dtype=np.float64)
    if known.ndim != 1 or n not in (None, len(known)):
        wanted = "(n,)" if n is None else f"({n},), as the design has"
        raise ValueError(f"Expected values of shape {wanted}; got {known.shape}.")
    # A mean of means may exceed 1 by what rounding leaves.
    bad = np.flatnonzero(~(np.isfinite(known) & (known >= lowest - 1e-9) & (known <= highest + 1e-9)))
    if len(bad):
        range_text = f" from {lowest:g} to {highest:g}" if math.isfinite(lowest) else ""
        got = f"{len(bad)} of {len(known)} are not, the first is {known[bad[0]]} at place {bad[0]}"
        raise ValueError(f"Expected finite values{range_text}; {got}.")
    return np.clip(known, lowest, highest)


def _spread(values: _Values, design: Design) -> _Spread:
    """Return the means of the strata's means, with their squared errors from all pairs of values that are related.

    What two related values differ by from their strata's means adds to the squared error, as the product of both. That
    sum may come out below the one within families alone, even below 0, when there are few values; values that share a
    clip hardly ever turn against each other, so the larger of both is taken. Each is scaled so that it would be right
    on average if all values were independent. In one stratum of C equal families this is the factor C / (C - 1), with
    C - 1 degrees of freedom. NaN where a family fills a stratum.
    """
    size = np.bincount(design.stratum)
    means = np.stack([np.bincount(design.stratum, weights=each) for each in values]) / size
    if not (np.isfinite(design.pull).all() and design.form.freedom):
        unknown = np.full(len(values), math.nan)
        return _Spread(means.mean(axis=1), unknown, unknown)
    off = (values - means[:, design.stratum]) * design.weight * design.pull
    own = float(np.sum(design.weight**2))
    within = np.einsum("kn,nk->k", off, design.families @ off.T) * own / design.form_of_families.own
    if design.is_of_families:
        return _Spread(means.mean(axis=1), within, within)
    squares = np.einsum("kn,nk->k", off, design.related @ off.T) * own / design.form.own
    return _Spread(means.mean(axis=1), np.maximum(squares, within), within)


def _mean_and_error(values: _Values, design: Design) -> tuple[float, float]:
    spread = _spread(values[None], design)
    return float(spread.means[0]), math.sqrt(spread.squares[0])


def _worth(values: _Values, design: Design) -> _Values:
    """Return what each of some means counts for in a test that turns families by themselves, shape (k,); at most 1.

    Where no spread was seen, related values count as one; where nothing is known of the spread, the mean is worth 0.
    """
    from scipy.special import stdtrit

    if design.is_of_families:  # and the test is exact
        return np.ones(len(values))
    spread = _spread(values, design)
    if np.isnan(spread.squares).any():
        return np.zeros(len(values))
    seen = spread.within > _NO_SPREAD**2
    alike_within = 1.0 / float(design.weight @ (design.families @ design.weight))
    effect = np.where(seen, spread.squares / np.where(seen, spread.within, 1.0), alike_within / design.n_alike)
    wider = stdtrit(design.form.freedom, 0.975) / stdtrit(design.form_of_families.freedom, 0.975)
    worth: _Values = 1.0 / (max(float(wider), 1.0) * np.sqrt(effect))
    return worth


def _wilson(mean: float, se: float, design: Design, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    squared = float(stdtrit(design.form.freedom, 0.5 + level / 2)) ** 2
    variance = mean * (1.0 - mean)
    n = variance / se**2 if se > _NO_SPREAD else design.n_alike
    middle = (mean + squared / (2 * n)) / (1 + squared / n)
    half = math.sqrt(squared * (variance / n + squared / (4 * n * n))) / (1 + squared / n)
    return max(0.0, min(mean, middle - half)), min(1.0, max(mean, middle + half))


def _student(mean: float, se: float, design: Design, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    quantile = float(stdtrit(design.form.freedom, 0.5 + level / 2))
    unseen = quantile**2 / (design.n_alike + quantile**2)
    half = quantile * se
    low, high = min(mean - half, (1 - unseen) * mean - unseen), max(mean + half, (1 - unseen) * mean + unseen)
    return max(-1.0, low), min(1.0, high)
