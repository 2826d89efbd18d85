"""Two systems on the same items: by counting every case, by a second implementation, and by how often it is wrong."""

from __future__ import annotations

import dataclasses
import itertools
import math
import time

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from earwitness.errors import PredictionsError
from earwitness.mmar.items import Items
from earwitness.mmar.paired import aligned, all_pairs, bootstrap_interval, compared, mcnemar
from earwitness.scores.design import Design
from earwitness.scores.stats import holm
from mmar.made import items_of, system

Bools = npt.NDArray[np.bool_]
outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=10)


@given(outcomes)
def test_mcnemar_is_what_counting_every_case_gives(pairs: list[tuple[bool, bool]]) -> None:
    """Had the two been alike, either might have been the one that was right, on each item on which they differ."""
    a, b = np.array(pairs).T
    differing = int((a != b).sum())
    lead = abs(int(a.sum()) - int(b.sum()))
    ways = [abs(sum(signs)) >= lead for signs in itertools.product((-1, 1), repeat=differing)]
    assert mcnemar(a, b) == pytest.approx(sum(ways) / len(ways))
    assert mcnemar(a, b) == mcnemar(b, a)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_binomial_test(first: int, second: int) -> None:
    a, b = np.arange(first + second) < first, np.arange(first + second) >= first
    if first + second:
        assert mcnemar(a, b) == pytest.approx(binomtest(first, first + second).pvalue, rel=1e-9)


def test_mcnemar_of_nothing() -> None:
    assert math.isnan(mcnemar([], []))
    assert mcnemar([True, False], [True, False]) == 1.0


def test_a_comparison_counts_who_was_right_alone(rng: np.random.Generator) -> None:
    items = items_of([4] * 6)
    pair = compared(
        system(items, [True, True, True, True, False, False], name="ears"),
        system(items, [True, False, False, False, True, False], name="text"),
        rng=rng,
    )
    assert (pair.first, pair.second, pair.n, pair.n_first_only, pair.n_second_only) == ("ears", "text", 6, 3, 1)
    assert pair.difference.value == pytest.approx(2 / 6)
    assert pair.p == pair.p_holm == pytest.approx(0.625)
    assert pair.p_by_source == pytest.approx(pair.p)


def test_items_in_another_order_are_aligned_by_id(rng: np.random.Generator) -> None:
    items = items_of([4] * 40)
    shuffled = dataclasses.replace(items, rows=tuple(items.rows[place] for place in rng.permutation(40)))
    right = {item.id: bool(rng.random() < 0.5) for item in items}
    a, b = system(items, [True] * 40), system(shuffled, [right[item.id] for item in shuffled])
    assert aligned(a, b).right.tolist() == list(right.values())
    assert compared(a, b, rng=rng).n_first_only == 40 - sum(right.values())


def test_other_items_are_refused_and_named(rng: np.random.Generator) -> None:
    items = items_of([4] * 9)
    fewer = dataclasses.replace(items, rows=items.rows[:2])
    changed = dataclasses.replace(
        items, rows=(dataclasses.replace(items.rows[0], gold=2), *items.rows[1:], items_of([2] * 10).rows[9])
    )
    whole = system(items, [True] * 9, name="whole")
    with pytest.raises(PredictionsError, match=r"'item-2', .*'item-6' and 2 more of 'whole' missing from 'part'"):
        compared(whole, system(fewer, [True] * 2, name="part"), rng=rng)
    with pytest.raises(
        PredictionsError, match=r"'item-9' of 'other' missing from 'whole'; 'item-0' with other choices"
    ):
        compared(whole, system(changed, [True] * 10, name="other"), rng=rng)
    with pytest.raises(PredictionsError, match="not marked on the same items"):
        all_pairs([whole, whole, system(fewer, [True] * 2)], rng)


def test_holm_is_over_all_pairs(rng: np.random.Generator) -> None:
    items = items_of([4] * 200)
    systems = [system(items, rng.random(200) < share, name=str(share)) for share in (0.2, 0.35, 0.4, 0.8)]
    pairs = all_pairs(systems, rng)
    assert [(pair.first, pair.second) for pair in pairs] == list(
        itertools.combinations(["0.2", "0.35", "0.4", "0.8"], 2)
    )
    assert [pair.p_holm for pair in pairs] == holm([pair.p for pair in pairs]).tolist()
    assert any(pair.p_holm > pair.p for pair in pairs)
    assert all_pairs([], rng) == all_pairs(systems[:1], rng) == ()


def test_related_items_count_for_less(rng: np.random.Generator) -> None:
    """Ten recordings with four questions each, all decided alike, are ten observations to all but McNemar's test."""
    first = np.repeat(np.arange(10) < 9, 4)
    items = items_of([4] * 40, sources=[f"{n // 4}" for n in range(40)])
    pair = compared(system(items, first), system(items, ~first), rng=rng)
    assert pair.p == pytest.approx(binomtest(36, 40).pvalue)
    assert pair.p_by_source == pytest.approx(binomtest(9, 10).pvalue)
    assert pair.p < 1e-6 < 0.02 < pair.p_by_source
    # In steps of a fifth, for only whole recordings are drawn.
    assert pair.bootstrap.low == pytest.approx(0.4) and pair.bootstrap.high == pytest.approx(1.0)


def families_of(n: int, rng: np.random.Generator) -> list[str]:
    return [f"{number}" for number in np.sort(rng.integers(0, n // 2, n))]


def test_the_bootstrap_is_that_of_drawing_families_one_by_one(rng: np.random.Generator) -> None:
    families = families_of(80, rng)
    differences = rng.integers(-1, 2, 80).astype(float)
    design = Design.of_families(families)
    found = bootstrap_interval(differences, design, rng=rng, draws=20_000)
    groups = [differences[np.array(families) == name] for name in dict.fromkeys(families)]
    means = []
    for _ in range(20_000):
        drawn = rng.integers(0, len(groups), len(groups))
        means.append(sum(groups[at].sum() for at in drawn) / sum(len(groups[at]) for at in drawn))
    assert found == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.01)


def test_the_same_seed_gives_the_same_bits(rng: np.random.Generator) -> None:
    items = items_of([4] * 60, sources=families_of(60, rng))
    a, b = (system(items, rng.random(60) < 0.5) for _ in range(2))
    assert compared(a, b, rng=np.random.default_rng(3)) == compared(a, b, rng=np.random.default_rng(3))


def test_systems_that_never_differ_have_an_interval_that_is_no_point(rng: np.random.Generator) -> None:
    items = items_of([4] * 50)
    pair = compared(system(items, [True] * 50), system(items, [True] * 50), rng=rng)
    assert pair.p == pair.p_by_source == 1.0
    assert pair.bootstrap == (0.0, 0.0)
    assert pair.difference.low < 0 < pair.difference.high
    assert pair.detectable == pytest.approx(6 / 50)  # with six items, all of them one system's, p is 1/32


def test_differences_between_alike_systems_are_found_no_more_often_than_5_percent(rng: np.random.Generator) -> None:
    """Related items: a recording that one system cannot hear costs it all of its questions."""
    families = np.array([int(name) for name in families_of(300, rng)])
    items = items_of([4] * 300, sources=[str(name) for name in families])
    found, missed, p, by_source = 400, 0, [], []
    for _ in range(found):
        right = [rng.random(families.max() + 1)[families] < 0.5 for _ in range(2)]
        pair = compared(*(system(items, each) for each in right), rng=rng, draws=500)
        missed += not pair.difference.low <= 0 <= pair.difference.high
        p.append(pair.p)
        by_source.append(pair.p_by_source)
    limit = 0.05 + 2 * math.sqrt(0.05 * 0.95 / found)
    assert np.mean(np.array(by_source) <= 0.05) <= limit
    assert missed / found <= limit
    assert np.mean(np.array(p) <= 0.05) > 0.08  # which is why the other is given beside it


def test_what_is_detectable_is_found_four_times_in_five(rng: np.random.Generator) -> None:
    items = items_of([4] * 500)
    base = rng.random(500) < 0.5
    pair = compared(system(items, base), system(items, rng.permutation(base)), rng=rng)
    found = 0
    for _ in range(200):
        # As often apart as before, but the first now leads by what should be found.
        draw = rng.random(500)
        apart = pair.n_first_only / 500 + pair.n_second_only / 500
        first = draw < (apart + pair.detectable) / 2
        second = (draw >= (apart + pair.detectable) / 2) & (draw < apart)
        found += mcnemar(first, second) <= 0.05
    assert 0.70 < found / 200 < 0.90


def test_all_pairs_of_seven_systems_take_less_than_a_second(rng: np.random.Generator) -> None:
    items: Items = items_of([4] * 1000, sources=[str(n) for n in np.minimum(np.arange(1000), 910)])
    systems = [system(items, rng.random(1000) < 0.4 + 0.02 * n, name=str(n)) for n in range(7)]
    all_pairs(systems[:2], rng)
    start = time.process_time()
    assert len(all_pairs(systems, rng)) == 21
    assert time.process_time() - start < 1.0


def test_marks_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match=r"one mark an item; got shapes \(2,\) and \(3,\)"):
        mcnemar([True, False], [True, False, True])
