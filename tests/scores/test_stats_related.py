"""Statistics where nearly all values hang together through others, and each is related to a few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import norm

from earwitness.scores import stats
from earwitness.scores.design import Design

Values = npt.NDArray[np.float64]


def few_clips(rng: np.random.Generator, *, n: int = 200, n_clips: int = 150, each: int = 4) -> npt.NDArray[np.intp]:
    """Queries on a few clips of their own choice, of which some are chosen by many."""
    popular = rng.permutation(np.arange(1, n_clips + 1) ** -0.5)
    chosen = [rng.choice(n_clips, each, replace=False, p=popular / popular.sum()) for _ in range(n)]
    return np.column_stack((np.repeat(np.arange(n), each), np.concatenate(chosen)))


def moved_by_clips(rests_on: npt.NDArray[np.intp], share: float, rng: np.random.Generator, *, n: int = 200) -> Values:
    """Normal values, of whose variance this share is the mean of what their clips do."""
    clips = rng.normal(size=rests_on[:, 1].max() + 1)
    by_clips = np.bincount(rests_on[:, 0], weights=clips[rests_on[:, 1]]) / np.sqrt(np.bincount(rests_on[:, 0]))
    return np.sqrt(share) * by_clips + np.sqrt(1 - share) * rng.normal(size=n)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("truth", [0.5, 0.9])
def test_coverage_where_all_values_hang_together(truth: float, share: float, rng: np.random.Generator) -> None:
    """The families' components would be a single one, and the interval 0 to 100 %."""
    rests_on = few_clips(rng)
    design = Design.of(rests_on, n=200)
    assert design.n_clusters < 5 and 5 < design.related.nnz / 200 < 40
    found = [
        stats.estimate((moved_by_clips(rests_on, share, rng) < norm.ppf(truth)).astype(float), design)
        for _ in range(800)
    ]
    covers = np.mean([e.low <= truth <= e.high for e in found])
    assert covers > 0.92
    assert covers < 0.995 or not share  # an error that allows for clips is cautious where they do nothing
    assert np.mean([e.high - e.low for e in found]) < 0.45
    if share == 1.0:
        alone = Design.of([], n=200)
        values = [(moved_by_clips(rests_on, share, rng) < norm.ppf(truth)).astype(float) for _ in range(400)]
        without = [stats.estimate(each, alone) for each in values]
        assert np.mean([e.low <= truth <= e.high for e in without]) < 0.85


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_false_alarms_where_all_values_hang_together(share: float, rng: np.random.Generator) -> None:
    rests_on = few_clips(rng)
    design = Design.of(rests_on, n=200)
    values = np.sign([moved_by_clips(rests_on, share, rng) for _ in range(600)])
    p = stats.paired_permutation(values, design, rng=rng, draws=499)
    two = [stats.two_option_test((each + 1) / 2, design) for each in values]
    assert np.mean(p <= 0.05) < 0.07 and np.mean(np.array(two) <= 0.05) < 0.07
    assert p == pytest.approx(two, abs=0.1)
    if share == 1.0:
        assert np.mean(stats.paired_permutation(values, Design.of([], n=200), rng=rng, draws=499) <= 0.05) > 0.15


def test_what_is_there_is_found_where_all_values_hang_together(rng: np.random.Generator) -> None:
    rests_on = few_clips(rng)
    design = Design.of(rests_on, n=200)
    wins = [(moved_by_clips(rests_on, 0.3, rng) < norm.ppf(0.75)).astype(float) for _ in range(60)]
    assert np.median([stats.two_option_test(each, design) for each in wins]) < 0.01
    assert np.median(stats.paired_permutation(np.array(wins) - 0.5, design, rng=rng, draws=999)) < 0.01


def test_the_error_is_never_below_the_one_within_families(rng: np.random.Generator) -> None:
    """A chain in which neighbours differ: the products of neighbours would make the squared error negative."""
    chain = Design.of([(0, 0), *((i, i - 1) for i in range(1, 40)), *((i, i) for i in range(39))], n=40)
    values = np.arange(40) % 2
    assert stats.estimate(values, chain).se == pytest.approx(stats.estimate(values, Design.of([], n=40)).se)


def test_nothing_is_found_where_nothing_is_known() -> None:
    """One value is related to two that are not related to each other, and a family fills the other stratum."""
    design = Design.of([(0, 0), (1, 0), (1, 1), (2, 1), (3, 2), (4, 2)], n=5, strata=[0, 0, 0, 1, 1])
    assert np.isnan(stats.estimate(np.ones(5), design).se)
    assert stats.two_option_test(np.ones(5), design) == 1.0
    assert stats.paired_permutation(np.ones((2, 5)), design, rng=np.random.default_rng(1)).tolist() == [1.0, 1.0]


def test_where_no_spread_is_seen_related_values_count_as_one() -> None:
    """Fifty wins that hang together in a ring, each related to two, are worth fewer than fifty, and more than one."""
    ring = Design.of([*((i, i) for i in range(50)), *((i, (i + 1) % 50) for i in range(50))], n=50)
    assert ring.n_alike == pytest.approx(50 / 3)
    p = stats.two_option_test(np.ones(50), ring)
    assert 2.0**-40 < p < 2.0**-10
