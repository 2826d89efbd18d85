"""Intervals that cover as often as they say, and tests that agree with counting every case."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, poisson_binom
from scipy.stats import t as student

from earwitness.scores import stats
from earwitness.scores.design import Design
from earwitness.scores.stats import Estimate, count_distribution, holm, minimum_detectable, poisson_binomial_test

Values = npt.NDArray[np.float64]
Sample = tuple[Values, npt.NDArray[np.intp]]


def estimate(
    values: npt.ArrayLike, families: npt.ArrayLike, *, strata: npt.ArrayLike | None = None, level: float = 0.95
) -> Estimate:
    return stats.estimate(values, Design.of_families(families, strata=strata), level=level)


def difference(values: npt.ArrayLike, families: npt.ArrayLike) -> Estimate:
    return stats.difference(values, Design.of_families(families))


def two_option_test(values: npt.ArrayLike, families: npt.ArrayLike) -> float:
    return stats.two_option_test(values, Design.of_families(families))


def of_counts(successes: int, n: int) -> Estimate:
    """Estimate from independent successes and failures."""
    return estimate((np.arange(n) < successes).astype(float), np.arange(n))


def coverage(draw: Callable[[], Sample], truth: float, *, repeats: int = 800) -> float:
    """Return how often the interval of a fresh sample holds the truth."""
    found = [estimate(*draw()) for _ in range(repeats)]
    return sum(e.low <= truth <= e.high for e in found) / repeats


# Estimates.


def test_independent_values_have_the_textbook_error(rng: np.random.Generator) -> None:
    values = rng.random(40)
    found = estimate(values, rng.permutation(40))
    assert found.value == pytest.approx(values.mean())
    assert found.se == pytest.approx(values.std(ddof=1) / math.sqrt(40))
    assert (found.n, found.clusters) == (40, 40)


def test_the_interval_is_wilsons_with_students_quantile() -> None:
    """By hand: 150 of 200 have the error of 199 independent values."""
    n, p, t = 199, 0.75, student.ppf(0.975, 199)
    middle, half = p + t * t / (2 * n), t * math.sqrt(p * (1 - p) / n + t * t / (4 * n * n))
    found = of_counts(150, 200)
    assert found.low == pytest.approx((middle - half) / (1 + t * t / n))
    assert found.high == pytest.approx((middle + half) / (1 + t * t / n))
    wilson = binomtest(150, 200).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high), abs=0.001)


def test_equal_clusters_have_the_textbook_clustered_error(rng: np.random.Generator) -> None:
    values = rng.random((12, 5))
    found = estimate(values.ravel(), np.repeat(np.arange(12), 5))
    assert found.se == pytest.approx(values.mean(axis=1).std(ddof=1) / math.sqrt(12))
    assert found.clusters == 12


def test_values_that_repeat_within_a_cluster_are_one_observation(rng: np.random.Generator) -> None:
    values = rng.random(30)
    once, thrice = estimate(values, np.arange(30)), estimate(np.repeat(values, 3), np.repeat(np.arange(30), 3))
    assert (thrice.se, thrice.low, thrice.high) == pytest.approx((once.se, once.low, once.high))
    assert estimate(np.repeat(values, 3), np.arange(90)).se < 0.7 * once.se


def test_strata_weigh_alike_and_their_spread_counts_only_within(rng: np.random.Generator) -> None:
    a, b = rng.random(10), 0.2 * rng.random(40)
    found = estimate(np.r_[a, b], np.arange(50), strata=np.repeat([7, 3], [10, 40]))
    assert found.value == pytest.approx((a.mean() + b.mean()) / 2)
    assert found.se == pytest.approx(math.sqrt(a.var(ddof=1) / 10 + b.var(ddof=1) / 40) / 2)


def test_names_and_order_of_clusters_do_not_matter(rng: np.random.Generator) -> None:
    values, clusters, strata = rng.random(60), rng.integers(0, 20, 60), np.arange(60) % 3
    order = rng.permutation(60)
    renamed = 1000 - 7 * clusters[order]
    a, b = estimate(values, clusters, strata=strata), estimate(values[order], renamed, strata=-strata[order])
    assert (a.value, a.low, a.high, a.se) == pytest.approx((b.value, b.low, b.high, b.se))


def freedom_by_matrices(clusters: npt.NDArray[np.intp], strata: npt.NDArray[np.intp]) -> float:
    """Bell and McCaffrey's degrees of freedom, written with the n x n matrices that they are defined by."""
    design = (strata[:, None] == np.unique(strata)).astype(float)
    contrast = np.full(design.shape[1], 1 / design.shape[1])
    bread = np.linalg.inv(design.T @ design)
    off = np.eye(len(clusters)) - design @ bread @ design.T
    columns = []
    for cluster in np.unique(clusters):
        mine = clusters == cluster
        roots, vectors = np.linalg.eigh(off[np.ix_(mine, mine)])
        undone = vectors @ np.diag(roots**-0.5) @ vectors.T
        columns.append(off[:, mine] @ undone @ design[mine] @ bread @ contrast)
    products = np.array(columns) @ np.array(columns).T
    return float(np.trace(products) ** 2 / np.trace(products @ products))


@pytest.mark.parametrize("n_strata", [1, 3])
def test_degrees_of_freedom_are_those_of_the_matrices(n_strata: int, rng: np.random.Generator) -> None:
    """Clusters of all sizes, across strata. An end x of the interval tells: t² = (p - x)² n / (x (1 - x))."""
    clusters, strata = np.minimum(rng.geometric(0.1, 60), 15), np.arange(60) % n_strata
    found = estimate(rng.random(60), clusters, strata=strata)
    n = found.value * (1 - found.value) / found.se**2
    quantile = (found.high - found.value) * math.sqrt(n / (found.high * (1 - found.high)))
    assert quantile == pytest.approx(student.ppf(0.975, freedom_by_matrices(clusters, strata)), rel=1e-6)


def test_one_giant_family_widens_the_interval(rng: np.random.Generator) -> None:
    """A hundred clusters, one of which holds half of the values, are not worth a hundred."""
    even, giant = np.repeat(np.arange(100), 2), np.r_[np.zeros(101, int), np.arange(1, 100)]
    a, b = (estimate(np.ones(200), clusters) for clusters in (even, giant))
    assert a.clusters == b.clusters == 100
    assert b.low < a.low - 0.2
    assert coverage(lambda: (rng.random(200), giant), 0.5) > 0.93


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 0.1])
def test_the_interval_is_never_a_point(value: float) -> None:
    found = estimate(np.full(60, value), np.repeat(np.arange(20), 3))
    t = student.ppf(0.975, 19)
    assert found.value == pytest.approx(value)
    assert found.high - found.low > 0.15
    if value == 0:
        assert (found.low, found.high) == pytest.approx((0.0, t * t / (20 + t * t)))  # by clusters, not by values


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 9), st.integers(0, 2)),
        min_size=1,
        max_size=40,
    )
)
def test_the_interval_holds_the_mean_inside_0_and_1(rows: list[tuple[float, int, int]]) -> None:
    values, clusters, strata = (np.array(column) for column in zip(*rows, strict=True))
    found = estimate(values, clusters, strata=strata)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.high > found.low
    low, high = (estimate(values, clusters, strata=strata, level=0.5).low, estimate(values, clusters, level=0.5).high)
    assert found.low <= low and high <= 1


def test_nothing_is_known_of_a_stratum_that_one_cluster_fills() -> None:
    for found in (estimate([1.0], [4]), estimate([1, 0, 1, 1], [0, 1, 2, 2], strata=[0, 0, 1, 1])):
        assert (found.low, found.high) == (0.0, 1.0)
        assert math.isnan(found.se)


def test_nothing_has_no_mean() -> None:
    for found in (estimate([], []), difference([], [])):
        assert found.n == found.clusters == 0
        assert all(map(math.isnan, (found.value, found.low, found.high, found.se)))


@pytest.mark.parametrize(
    ("values", "clusters", "told"),
    [
        ([0.5, math.nan], [0, 1], "the first is nan at place 1"),
        ([0.5, 1.5], [0, 1], "from 0 to 1; 1 of 2 are not, the first is 1.5"),
        ([0.5, 0.5], [0], r"shape \(1,\), as the design has; got \(2,\)"),
        ([[0.5]], [0], r"shape \(1,\), as the design has; got \(1, 1\)"),
    ],
)
def test_what_no_mean_can_be_taken_of(values: list[float], clusters: list[int], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        estimate(values, clusters)


def test_levels_lie_between_0_and_1() -> None:
    with pytest.raises(ValueError, match=r"level must lie between 0 and 1; got 95"):
        estimate([0.5, 0.6], [0, 1], level=95)


# How often the interval covers.


@pytest.mark.parametrize("n", [20, 120, 200])
def test_coverage_of_independent_successes(n: int) -> None:
    """No simulation: each number of successes with its probability. 95 % on the whole, and nowhere far below."""
    found = [of_counts(k, n) for k in range(n + 1)]
    truths = np.linspace(0.005, 0.995, 199)
    covers = [sum(binom.pmf(k, n, p) for k, e in enumerate(found) if e.low <= p <= e.high) for p in truths]
    assert 0.95 < np.mean(covers) < 0.97
    assert min(covers) > 0.9


@pytest.mark.parametrize("truth", [0.03, 0.5, 0.9])
def test_coverage_of_clustered_successes(truth: float, rng: np.random.Generator) -> None:
    """Sixty families of four queries, most of which succeed or fail together."""

    def draw() -> Sample:
        chance = rng.beta(truth, 1 - truth, 60)
        return (rng.random((60, 4)) < chance[:, None]).astype(float).ravel(), np.repeat(np.arange(60), 4)

    assert 0.92 < coverage(draw, truth) < 0.985


def test_ignoring_the_clusters_would_not_cover(rng: np.random.Generator) -> None:
    def draw() -> Sample:
        chance = rng.beta(0.5, 0.5, 60)
        return (rng.random((60, 4)) < chance[:, None]).astype(float).ravel(), np.arange(240)

    assert coverage(draw, 0.5) < 0.9


def test_coverage_of_families_of_all_sizes(rng: np.random.Generator) -> None:
    clusters = np.repeat(np.arange(73), [1] * 60 + [5] * 10 + [20] * 3)

    def draw() -> Sample:
        return (rng.random(len(clusters)) < rng.beta(0.6, 1.4, 73)[clusters]).astype(float), clusters

    assert 0.90 < coverage(draw, 0.3) < 0.98


@pytest.mark.parametrize(("a", "b"), [(0.1, 0.9), (2.0, 3.0), (0.5, 50.0)])
def test_coverage_of_continuous_values(a: float, b: float, rng: np.random.Generator) -> None:
    """As nDCG is: many zeros, or a middling value, or reciprocal ranks near 0."""
    assert 0.92 < coverage(lambda: (rng.beta(a, b, 150), np.arange(150)), a / (a + b)) < 0.98


def test_coverage_of_a_mean_over_tasks(rng: np.random.Generator) -> None:
    """Five tasks of 20, one never right; queries of one family lie in two tasks."""
    chance, strata = np.repeat([0.0, 0.1, 0.3, 0.5, 0.9], 20), np.repeat(np.arange(5), 20)
    found = [estimate((rng.random(100) < chance).astype(float), np.arange(100) % 50, strata=strata) for _ in range(800)]
    assert 0.93 < sum(e.low <= 0.36 <= e.high for e in found) / 800 < 0.98


# Differences.


def test_a_difference_has_students_interval(rng: np.random.Generator) -> None:
    values = 2 * rng.random(50) - 1
    found = difference(values, np.arange(50))
    half = student.ppf(0.975, 49) * values.std(ddof=1) / math.sqrt(50)
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half))
    turned = difference(-values, np.arange(50))
    assert (turned.value, turned.low, turned.high) == pytest.approx((-found.value, -found.high, -found.low))


def test_systems_that_never_differed_may_differ_where_nobody_looked() -> None:
    same, opposite = difference(np.zeros(200), np.arange(200)), difference(np.ones(200), np.arange(200))
    t = student.ppf(0.975, 199)
    unseen = t * t / (200 + t * t)
    assert (same.low, same.high) == pytest.approx((-unseen, unseen))
    assert (opposite.low, opposite.high) == pytest.approx((1 - 2 * unseen, 1.0))
    assert same.se == opposite.se == 0


def test_coverage_of_rare_differences(rng: np.random.Generator) -> None:
    """Two systems that differ on one query in a hundred, mostly in one direction."""
    found = []
    for _ in range(500):
        where = rng.random(150) < 0.01
        found.append(difference(np.where(where, rng.choice([1.0, 1.0, 1.0, -1.0], 150), 0.0), np.arange(150)))
    assert sum(e.low <= 0.005 <= e.high for e in found) / 500 > 0.95


def test_minimum_detectable_is_detected_four_times_of_five(rng: np.random.Generator) -> None:
    assert minimum_detectable(0.01) == pytest.approx(0.01 * 2.8016, abs=1e-5)
    seen = rng.normal(minimum_detectable(1.0), 1.0, 20_000)
    assert np.mean(np.abs(seen) > 1.95996) == pytest.approx(0.8, abs=0.01)
    with pytest.raises(ValueError, match=r"power must lie between 0 and 1; got 1"):
        minimum_detectable(0.01, power=1.0)


# Against chance.


@pytest.mark.parametrize(("n", "wins"), [(1, 0), (10, 3), (10, 5), (120, 33), (501, 290), (2_000, 870)])
def test_pairs_by_themselves_have_the_binomial_test(n: int, wins: int, rng: np.random.Generator) -> None:
    values = rng.permutation((np.arange(n) < wins).astype(float))
    expected = binomtest(wins, n).pvalue
    assert two_option_test(values, np.arange(n)) == pytest.approx(expected, rel=1e-9)
    assert poisson_binomial_test(wins, np.full(n, 0.5)) == pytest.approx(expected, rel=1e-9)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 6)), min_size=1, max_size=25))
def test_two_options_by_turning_every_cluster_round(rows: list[tuple[float, int]]) -> None:
    values, clusters = (np.array(column) for column in zip(*rows, strict=True))
    leads = [round(2 * float((values[clusters == c] - 0.5).sum())) for c in np.unique(clusters)]
    turned = [abs(sum(s * x for s, x in zip(signs, leads, strict=True))) for signs in _signs(len(leads))]
    expected = np.mean([each >= abs(sum(leads)) for each in turned])
    assert two_option_test(values, clusters) == pytest.approx(expected)
    assert two_option_test(1 - values, clusters) == pytest.approx(expected)


def _signs(n: int) -> list[tuple[int, ...]]:
    return list(itertools.product((-1, 1), repeat=n))


def test_pairs_of_one_family_count_as_one() -> None:
    values, families = np.repeat((np.arange(40) < 30).astype(float), 3), np.repeat(np.arange(40), 3)
    assert two_option_test(values, families) == pytest.approx(binomtest(30, 40).pvalue)
    assert two_option_test(values, np.arange(120)) < 1e-6


def test_below_chance_is_a_finding() -> None:
    """The published 27.5 % on Negation, of 120 pairs."""
    assert two_option_test(np.arange(120) < 33, np.arange(120)) < 1e-5


def test_ties_alone_say_nothing() -> None:
    assert two_option_test(np.full(50, 0.5), np.arange(50)) == 1.0
    assert math.isnan(two_option_test([], []))
    values = np.r_[np.full(30, 0.5), np.ones(10)]
    assert two_option_test(values, np.arange(40)) == pytest.approx(2 / 2**10)


@pytest.mark.parametrize("bad", [0.25, math.nan, 2.0, -1.0])
def test_what_is_no_two_option_value(bad: float) -> None:
    with pytest.raises(ValueError, match=r"0, 0.5 or 1; got|Expected finite values"):
        two_option_test([1.0, bad], [0, 1])


@settings(max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.data())
def test_poisson_binomial_by_every_outcome(chances: list[float], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(chances)))
    low = high = 0.0
    for outcome in itertools.product((0, 1), repeat=len(chances)):
        weight = math.prod(p if hit else 1 - p for p, hit in zip(chances, outcome, strict=True))
        low += weight * (sum(outcome) <= count)
        high += weight * (sum(outcome) >= count)
    assert poisson_binomial_test(count, chances) == pytest.approx(min(1.0, 2 * min(low, high)), abs=1e-12)


def test_poisson_binomial_agrees_with_scipy_in_the_far_tail(rng: np.random.Generator) -> None:
    chances = 0.01 * rng.random(1_000)
    expected = 2 * poisson_binom(chances).pmf(np.arange(40, 120)).sum()
    assert expected < 1e-18
    assert poisson_binomial_test(40, chances) == pytest.approx(expected, rel=1e-6)


def test_a_fraction_of_a_success_makes_no_finding(rng: np.random.Generator) -> None:
    chances = 0.02 * rng.random(500)
    above, below = poisson_binomial_test(12, chances), poisson_binomial_test(1, chances)
    assert poisson_binomial_test(12.7, chances) == above < poisson_binomial_test(11, chances)
    assert poisson_binomial_test(0.3, chances) == below
    assert poisson_binomial_test(sum([0.1] * 120), chances) == above  # 11.999999999999986


def test_poisson_binomial_refuses_what_cannot_be() -> None:
    assert math.isnan(poisson_binomial_test(0, []))
    with pytest.raises(ValueError, match="Of 2 trials 3 cannot have been successes"):
        poisson_binomial_test(3, [0.5, 0.5])
    with pytest.raises(ValueError, match="from 0 to 1"):
        poisson_binomial_test(1, [0.5, 1.5])


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 500])
def test_the_distribution_of_a_count_is_scipys(n: int, rng: np.random.Generator) -> None:
    chances = rng.random(n)
    found = count_distribution(chances)
    assert found.shape == (n + 1,) and found.sum() == pytest.approx(1.0)
    if n:
        assert found == pytest.approx(poisson_binom(chances).pmf(np.arange(n + 1)), abs=1e-12)
    with pytest.raises(ValueError, match="from 0 to 1"):
        count_distribution([*chances, -0.1])


def test_only_what_cannot_happen_has_a_p_value_of_0() -> None:
    assert 0.0 < poisson_binomial_test(1_000, np.full(1_000, 0.25)) < 1e-300
    assert poisson_binomial_test(2, [1.0, 0.0]) == poisson_binomial_test(0, [1.0, 0.5]) == 0.0


# Between systems.


def permuted(
    differences: npt.ArrayLike,
    families: npt.ArrayLike,
    *,
    strata: npt.ArrayLike | None = None,
    seed: int = 1,
    draws: int = 9_999,
) -> Values:
    known = np.atleast_2d(np.asarray(differences, dtype=float))
    design = Design.of_families(families, strata=strata)
    return stats.paired_permutation(known, design, rng=np.random.default_rng(seed), draws=draws)


def test_permutation_approaches_the_count_of_all_signs(rng: np.random.Generator) -> None:
    differences, clusters = rng.normal(0.2, 1, (5, 30)), np.arange(30) % 9
    sums = np.array([differences[:, clusters == c].sum(axis=1) for c in range(9)])
    turned = np.abs(np.array(_signs(9)) @ sums)
    expected = np.mean(turned >= np.abs(sums.sum(axis=0)) - 1e-9, axis=0)
    assert permuted(differences, clusters, draws=60_000) == pytest.approx(expected, abs=0.012)


def test_permutation_is_the_two_option_test_where_both_apply(rng: np.random.Generator) -> None:
    values, clusters = rng.choice([0.0, 0.5, 1.0], 90, p=[0.3, 0.2, 0.5]), np.arange(90) % 40
    expected = two_option_test(values, clusters)
    assert 0.001 < expected == pytest.approx(permuted(values - 0.5, clusters, draws=60_000)[0], abs=0.01)


def test_the_same_seed_gives_the_same_bytes(rng: np.random.Generator) -> None:
    differences, clusters = rng.random((7, 300)) - 0.45, np.arange(300) % 90
    first, again = permuted(differences, clusters, seed=3), permuted(differences, clusters, seed=3)
    assert first.tobytes() == again.tobytes() != permuted(differences, clusters, seed=4).tobytes()
    alone = permuted(differences[4:5], clusters, seed=3)
    assert alone[0] == first[4]  # what else is compared changes nothing
    assert permuted(differences * 1e-7, clusters, seed=3).tobytes() == first.tobytes()
    assert permuted(-differences, clusters, seed=3).tobytes() == first.tobytes()


@pytest.mark.parametrize("unit", [1.0, 0.1, 1 / 7])
def test_equal_sums_are_equal_whatever_rounding_did(unit: float, rng: np.random.Generator) -> None:
    """Multiples of a unit, of which many sums tie: 1 + 1 + 1 and 3, or 0.1 + 0.2 and 0.3."""
    for _ in range(20):
        whole = rng.integers(-5, 6, 7)
        expected = np.mean(np.abs(np.array(_signs(7)) @ whole) >= abs(whole.sum()))
        assert permuted(unit * whole, np.arange(7), draws=20_000)[0] == pytest.approx(expected, abs=0.012)


def test_no_p_value_is_0_and_no_difference_is_no_finding() -> None:
    p = permuted([np.ones(500), np.zeros(500)], np.arange(500), draws=999)
    assert p.tolist() == [1 / 1000, 1.0]


def test_strata_weigh_alike_in_a_comparison(rng: np.random.Generator) -> None:
    """A difference in a task of ten counts as much as one in a task of ninety: by all sums of signs that are drawn."""
    task = np.repeat([4, 2], [10, 90])
    differences = np.where(task == 4, rng.normal(0.5, 1, 100), rng.normal(0, 1, 100))
    weighed = differences * np.where(task == 4, 1 / 20, 1 / 180)
    p = permuted(differences, np.arange(100), strata=task, draws=40_000)[0]
    turned = np.abs(rng.choice([-1, 1], (40_000, 100)) @ weighed)
    assert 0.001 < p == pytest.approx(np.mean(turned >= abs(weighed.sum())), abs=0.012)
    assert abs(p - permuted(differences, np.arange(100))[0]) > 0.02


def test_a_mean_of_nothing_has_no_p_value() -> None:
    assert np.isnan(permuted(np.zeros((2, 0)), [])).all()


def test_false_alarms_are_as_frequent_as_they_may_be(rng: np.random.Generator) -> None:
    """Families of three that succeed together; without the families there are twice as many alarms and more."""
    families = np.repeat(np.arange(50), 3)
    differences = np.repeat(rng.normal(size=(2_000, 50)), 3, axis=1)
    assert np.mean(permuted(differences, families, draws=499) <= 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.mean(permuted(differences, np.arange(150), draws=499) <= 0.05) > 0.15


def test_permutation_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"shape \(k, 3\) for this design; got \(1, 2\)"):
        permuted([[0.1, 0.2]], [0, 1, 2])
    with pytest.raises(ValueError, match="must be finite"):
        permuted([[0.1, math.nan]], [0, 1])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_by_its_definition(p_values: list[float]) -> None:
    """Rank by rank: the i-th smallest counts (m - i + 1) times, and none is smaller than one before it."""
    expected = [
        max(min(1.0, (len(p_values) - sum(q < p for q in p_values)) * p) for p in p_values if p <= mine)
        for mine in p_values
    ]
    assert holm(p_values) == pytest.approx(expected)


def test_holm_leaves_out_what_was_not_tested() -> None:
    found = holm([0.01, math.nan, 0.03])
    assert found[[0, 2]] == pytest.approx([0.02, 0.03])
    assert math.isnan(found[1])


def test_reading_this_file_does_not_import_scipy() -> None:
    code = "import sys, earwitness.scores.stats; print([m for m in sys.modules if m.startswith('scipy')])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
