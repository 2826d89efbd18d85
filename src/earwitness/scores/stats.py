"""How sure a number is: intervals, exact tests against chance, and tests between systems.

Conventions
-----------
A value belongs to a query or to a pair; values that share a cluster (a scene family) are not independent of one
another, and values of different clusters are. ``strata`` are the tasks: with them the number that is estimated is the
mean of the tasks' means, so that each task weighs the same. Every test is two-sided, for *below chance* is a finding
too. Nothing is approximated by a normal distribution where the exact one can be had, and no p-value is 0.

Methods
-------
Clustered errors after Bell and McCaffrey, "Bias reduction in standard errors for linear regression with multi-stage
samples", Survey Methodology 2002; intervals after Korn and Graubard, "Confidence intervals for proportions with small
expected number of positive counts estimated from survey data", Survey Methodology 1998, and Wilson, JASA 1927; the
correction for many tests after Holm, Scandinavian Journal of Statistics 1979.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "Estimate",
    "difference",
    "estimate",
    "holm",
    "minimum_detectable",
    "paired_permutation",
    "poisson_binomial_test",
    "two_option_test",
]

_Values = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.intp]

# Below this a standard error is what rounding leaves of zero: the values all lie at the same place.
_NO_SPREAD = 1e-12
# Differences are made integers whose sizes add up to this. Their sums are exact in float64 in whatever order they are
# added, and what rounding did to the differences before is far less than 1.
_WHOLE = 2.0**40
# Signs are drawn for so many permutations at a time, 16 MiB for a thousand clusters: few large products, for at the end
# of each one thread waits for the other.
_DRAWS_AT_ONCE = 2_048
# Distributions of so many counts are built side by side before they are convolved with each other.
_SIDE_BY_SIDE = 32


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
    """The standard error; NaN where it cannot be known because one cluster fills a stratum."""
    n: int
    """How many values there were."""
    clusters: int
    """How many clusters they came from."""


class _Spread(NamedTuple):
    """What the clusters tell about a mean."""

    mean: float
    se: float
    freedom: float  # how many independent differences the standard error rests on
    n_clusters: int
    n_alike: float  # how many equal clusters would weigh as these unequal ones do


class _Signs(NamedTuple):
    """The clusters' part in one mean of several comparisons, in integers."""

    used: _Ints  # the clusters that have a part in it
    whole: _Values  # (k, n_used)
    total: _Values  # (k, 1)

    @classmethod
    def of(cls, differences: _Values, weight: _Values, cluster: _Ints) -> _Signs:
        member = np.flatnonzero(weight)
        member = member[np.argsort(cluster[member], kind="stable")]
        used, first = np.unique(cluster[member], return_index=True)
        if not len(used):
            return cls(used, np.zeros((len(differences), 0)), np.zeros((len(differences), 1)))
        sums = np.add.reduceat(differences[:, member] * weight[member], first, axis=1)
        size = np.abs(sums).sum(axis=1, keepdims=True)
        whole = np.rint(sums / np.where(size > 0, size, 1.0) * _WHOLE)
        return cls(used, whole, whole.sum(axis=1, keepdims=True))

    def as_different(self, bits: npt.NDArray[np.uint8]) -> _Ints:
        """Return in how many draws each comparison differs from 0 at least as much as it does, shape (k,).

        Turning signs is taking the sum over some of the clusters: twice that, less the sum over all.
        """
        some = self.whole @ bits[:, self.used].T.astype(np.float64)
        # Making integers may have moved each cluster by a half: what is equal but for that, is equal.
        differs = np.abs(2.0 * some - self.total) >= np.abs(self.total) - len(self.used)
        count: _Ints = np.count_nonzero(differs, axis=1)
        return count


def estimate(
    values: npt.ArrayLike, clusters: npt.ArrayLike, *, strata: npt.ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Return a mean of values between 0 and 1 with its interval.

    The interval is Wilson's, for as many independent values as would have this mean's clustered standard error, with
    Student's quantile. It stays inside [0, 1]. Where no spread was seen (all values are 0, or 1, or alike), each
    cluster counts as one value, so that the interval is never a point. Where one cluster fills a whole stratum
    nothing is known of its spread, and the interval is [0, 1].

    Parameters
    ----------
    values
        Shape (n,), each in [0, 1].
    clusters
        The number of each value's cluster, shape (n,).
    strata
        The number of each value's stratum, shape (n,); None is one stratum.
    level
        How often the interval should hold the true mean.

    Examples
    --------
    >>> found = estimate([1, 0, 1, 1], clusters=[0, 1, 2, 3])
    >>> f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
    '0.75 [0.13, 0.98]'
    """
    _within(level, "level")
    known = _known(values, lowest=0.0, highest=1.0)
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, math.nan, 0, 0)
    spread = _spread(known, clusters, strata)
    low, high = (0.0, 1.0) if math.isnan(spread.se) else _wilson(spread, level)
    return Estimate(spread.mean, low, high, spread.se, len(known), spread.n_clusters)


def difference(
    values: npt.ArrayLike, clusters: npt.ArrayLike, *, strata: npt.ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    """Return a mean of differences between two systems with its interval.

    Student's interval with the clustered standard error, inside [-1, 1], and never narrower than what rare differences
    would hide behind: if a share u of the clusters could have been missed altogether (the upper end of Wilson's
    interval for none in so many clusters), a mean d could be anything from (1 - u) d - u to (1 - u) d + u.

    Parameters
    ----------
    values
        The first system's value less the second one's, shape (n,), each in [-1, 1].
    clusters
        The number of each value's cluster, shape (n,).
    strata, level
        As for ``estimate``.
    """
    _within(level, "level")
    known = _known(values, lowest=-1.0, highest=1.0)
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, math.nan, 0, 0)
    spread = _spread(known, clusters, strata)
    low, high = (-1.0, 1.0) if math.isnan(spread.se) else _student(spread, level)
    return Estimate(spread.mean, low, high, spread.se, len(known), spread.n_clusters)


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


def two_option_test(values: npt.ArrayLike, clusters: npt.ArrayLike) -> float:
    """Return the exact two-sided p-value of a two-option test against 50 %.

    If a system has no preference, the wins and losses of each cluster might as well have come out the other way
    round. Of all ways to turn clusters round, this is the share in which wins and losses differ at least as much as
    they do. With one pair in each cluster, and no ties, it is the binomial test. NaN when there are no values.

    Parameters
    ----------
    values
        1 for a win, 0 for a loss, 0.5 for a tie; shape (n,).
    clusters
        The number of each value's cluster, shape (n,).
    """
    known = _known(values)
    doubled = 2.0 * known - 1.0
    if not np.isin(doubled, (-1.0, 0.0, 1.0)).all():
        raise ValueError(f"A two-option test wants values of 0, 0.5 or 1; got {known[np.abs(doubled) % 1 > 0][:3]}.")
    if not len(known):
        return math.nan
    cluster, _ = _numbered(clusters, len(known))
    lead = np.rint(np.bincount(cluster, weights=doubled)).astype(np.intp)
    sizes, counts = np.unique(np.abs(lead[lead != 0]), return_counts=True)
    ways = np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        # How often each sum comes up among the clusters with this lead: multiples of it.
        spaced = np.zeros(size * count + 1)
        spaced[::size] = _count_distribution(np.full(count, 0.5))
        ways = np.convolve(ways, spaced)
    total = len(ways) - 1
    differs = np.abs(2 * np.arange(total + 1) - total) >= abs(int(lead.sum()))
    return min(1.0, float(ways[differs].sum()))


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
    ways = _count_distribution(known)
    count = round(float(successes), 9)  # a sum of ties may miss a whole number by what rounding leaves
    at_least, at_most = ways[math.floor(count) :].sum(), ways[: math.ceil(count) + 1].sum()
    return min(1.0, 2.0 * float(min(at_least, at_most)))


def paired_permutation(
    differences: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    weights: npt.ArrayLike,
    rng: np.random.Generator,
    draws: int = 9_999,
) -> _Values:
    """Return two-sided p-values of differences between systems, by turning the signs of whole clusters at random.

    If two systems are alike, either might have been the other: the difference of each cluster might as well have had
    the other sign. All comparisons see the same signs. The sums are taken in integers, so that what is equal counts as
    equal, and the same ``rng`` gives the same bits on every machine.

    Parameters
    ----------
    differences
        One comparison a row, one value a query; shape (k, n).
    clusters
        The number of each value's cluster, shape (n,).
    weights
        One mean a row, and what each query weighs in it; shape (g, n). A query that weighs 0 is left out.
    rng
        Where the signs come from.
    draws
        How many times signs are drawn.

    Returns
    -------
    numpy.ndarray
        Shape (k, g), float64: (1 + b) / (1 + draws), where b of the draws differ at least as much as what was seen.
        NaN for a mean of nothing.
    """
    known, weight = np.asarray(differences, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if known.ndim != 2 or weight.ndim != 2 or known.shape[1] != weight.shape[1]:
        raise ValueError(f"Expected differences (k, n) and weights (g, n); got {known.shape} and {weight.shape}.")
    if not (np.isfinite(known).all() and np.isfinite(weight).all()):
        raise ValueError("Differences and weights must be finite; some are NaN or infinite.")
    cluster, n_clusters = _numbered(clusters, known.shape[1])
    tests = [_Signs.of(known, each, cluster) for each in weight]
    found = np.zeros((len(known), len(tests)), dtype=np.intp)
    for start in range(0, draws, _DRAWS_AT_ONCE):
        some = min(_DRAWS_AT_ONCE, draws - start)
        bits = np.unpackbits(rng.integers(0, 256, (some, -(-n_clusters // 8)), dtype=np.uint8), axis=1)
        for place, test in enumerate(tests):
            found[:, place] += test.as_different(bits)
    p_values = (1.0 + found.astype(np.float64)) / (1.0 + draws)
    p_values[:, [not len(test.used) for test in tests]] = math.nan
    return p_values


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


def _known(values: npt.ArrayLike, *, lowest: float = -math.inf, highest: float = math.inf) -> _Values:
    """Return values as float64, or say which of them no mean can be taken of."""
    known = np.asarray(values, dtype=np.float64)
    if known.ndim != 1:
        raise ValueError(f"Expected values of shape (n,); got {known.shape}.")
    # A mean of means may exceed 1 by what rounding leaves.
    bad = np.flatnonzero(~(np.isfinite(known) & (known >= lowest - 1e-9) & (known <= highest + 1e-9)))
    if len(bad):
        range_text = f" from {lowest:g} to {highest:g}" if math.isfinite(lowest) else ""
        got = f"{len(bad)} of {len(known)} are not, the first is {known[bad[0]]} at place {bad[0]}"
        raise ValueError(f"Expected finite values{range_text}; {got}.")
    return np.clip(known, lowest, highest)


def _numbered(names: npt.ArrayLike, n: int) -> tuple[_Ints, int]:
    """Return clusters or strata numbered from 0 without a gap, and how many there are."""
    given = np.asarray(names)
    if given.shape != (n,):
        raise ValueError(f"There are {n} values; their clusters and strata must be as many, got shape {given.shape}.")
    different, number = np.unique(given, return_inverse=True)
    return number.reshape(n).astype(np.intp), len(different)


def _spread(values: _Values, clusters: npt.ArrayLike, strata: npt.ArrayLike | None) -> _Spread:
    """Return the mean of the strata's means, with its clustered error.

    What a cluster's values differ by from their strata's means adds up to its share of the error. A large cluster has
    pulled those means towards itself, which the division by ``rest`` undoes: exactly, if all values were independent.
    In one stratum of C equal clusters this is the factor C / (C - 1), with C - 1 degrees of freedom.
    """
    cluster, n_clusters = _numbered(clusters, len(values))
    stratum, n_strata = _numbered(np.zeros(len(values)) if strata is None else strata, len(values))
    size = np.bincount(stratum)
    means = np.bincount(stratum, weights=values) / size
    cell, shape = stratum * n_clusters + cluster, (n_strata, n_clusters)
    count = np.bincount(cell, minlength=n_strata * n_clusters).reshape(shape)
    off = np.bincount(cell, weights=values - means[stratum], minlength=n_strata * n_clusters).reshape(shape)
    size = size[:, None]
    share = count / size
    n_alike = n_strata**2 / float(np.sum(share.sum(axis=0) ** 2))
    if (count == size).any():
        return _Spread(float(means.mean()), math.nan, 0.0, n_clusters, n_alike)
    rest = np.sqrt(1.0 - share)
    se = math.sqrt(float(np.sum((off / (size * rest)).sum(axis=0) ** 2))) / n_strata
    # Degrees of freedom: the traces of the matrix that the squared error is a quadratic form of, if all values were
    # independent. ``own`` is its diagonal; elsewhere it is minus the product of two clusters' ``pull``.
    own = (share / size).sum(axis=0)
    pull = count / (size * rest * np.sqrt(size))
    squares = np.sum(own**2) + np.sum((pull @ pull.T) ** 2) - np.sum((pull**2).sum(axis=0) ** 2)
    return _Spread(float(means.mean()), se, float(own.sum() ** 2 / squares), n_clusters, n_alike)


def _wilson(spread: _Spread, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    squared = float(stdtrit(spread.freedom, 0.5 + level / 2)) ** 2
    mean, variance = spread.mean, spread.mean * (1.0 - spread.mean)
    n = variance / spread.se**2 if spread.se > _NO_SPREAD else spread.n_alike
    middle = (mean + squared / (2 * n)) / (1 + squared / n)
    half = math.sqrt(squared * (variance / n + squared / (4 * n * n))) / (1 + squared / n)
    return max(0.0, min(mean, middle - half)), min(1.0, max(mean, middle + half))


def _student(spread: _Spread, level: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    quantile = float(stdtrit(spread.freedom, 0.5 + level / 2))
    unseen = quantile**2 / (spread.n_alike + quantile**2)
    mean, half = spread.mean, quantile * spread.se
    low, high = min(mean - half, (1 - unseen) * mean - unseen), max(mean + half, (1 - unseen) * mean + unseen)
    return max(-1.0, low), min(1.0, high)


def _count_distribution(probabilities: _Values) -> _Values:
    """Return how likely each number of successes is, 0 to n; only sums of products, so even a far tail is exact."""
    n = len(probabilities)
    trials = np.zeros(-(-n // _SIDE_BY_SIDE) * _SIDE_BY_SIDE)
    trials[:n] = probabilities
    some = trials.reshape(-1, _SIDE_BY_SIDE)
    ways = np.zeros((len(some), _SIDE_BY_SIDE + 1))
    ways[:, 0] = 1.0
    for trial in some.T[:, :, None]:
        ways[:, 1:] = ways[:, 1:] * (1.0 - trial) + ways[:, :-1] * trial
        ways[:, :1] *= 1.0 - trial
    parts: list[_Values] = list(ways)
    while len(parts) > 1:
        joined = [np.convolve(parts[at], parts[at + 1]).astype(np.float64) for at in range(0, len(parts) - 1, 2)]
        parts = joined + parts[2 * len(joined) :]
    return parts[0][: n + 1]
