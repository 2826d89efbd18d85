"""Krippendorff's alpha: his worked examples, a second way to work it out, and what can be said of it in general."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.mmar.agreement import UNMARKED, agreement, krippendorff_alpha


def _marks(*rows: str) -> list[list[int]]:
    """Return marks written as letters, a dot where a unit was left out."""
    return [[UNMARKED if letter == "." else ord(letter) for letter in row] for row in rows]


@pytest.mark.parametrize(
    ("rows", "alpha"),
    [
        # Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): two observers with two marks (A), two with
        # several (B), four with marks missing (C).
        (_marks("0100000010", "1110010000"), 0.095),
        (_marks("aabbdcccedda", "babbbccceddd"), 0.692),
        (_marks("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743),
    ],
    ids="ABC",
)
def test_worked_examples_of_its_author(rows: list[list[int]], alpha: float) -> None:
    assert krippendorff_alpha(rows) == pytest.approx(alpha, abs=5e-4)


def _by_pairs(rows: list[list[int]]) -> float:
    """Return alpha from its definition: every pair of marks of one unit, against every pair of all marks."""
    units = [[mark for mark in unit if mark != UNMARKED] for unit in zip(*rows, strict=True)]
    paired = [unit for unit in units if len(unit) > 1]
    everything = [mark for unit in paired for mark in unit]
    seen = sum(sum(a != b for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in paired) / max(
        1, len(everything)
    )
    expected = [a != b for a, b in itertools.permutations(everything, 2)]
    return 1 - seen / np.mean(expected) if any(expected) else math.nan


_TABLES = st.integers(1, 8).flatmap(
    lambda units: st.lists(
        st.lists(st.sampled_from([UNMARKED, 0, 1, 2]), min_size=units, max_size=units), min_size=1, max_size=5
    )
)


@given(_TABLES)
def test_it_is_what_its_definition_says(rows: list[list[int]]) -> None:
    assert krippendorff_alpha(rows) == pytest.approx(_by_pairs(rows), nan_ok=True, abs=1e-12)


@given(_TABLES)
def test_neither_raters_nor_units_nor_marks_have_an_order(rows: list[list[int]]) -> None:
    table = np.array(rows)
    raters, units = (
        np.random.default_rng(0).permutation(len(table)),
        np.random.default_rng(1).permutation(table.shape[1]),
    )
    other_names = np.where(table == UNMARKED, UNMARKED, 7 - table)
    assert krippendorff_alpha(other_names[raters][:, units]) == pytest.approx(
        krippendorff_alpha(table), nan_ok=True, abs=1e-12
    )


def test_raters_who_always_agree_have_one() -> None:
    assert krippendorff_alpha([[0, 1, 1, 0]] * 3) == 1.0


@pytest.mark.parametrize("rows", [[[0, 1, 1]], [[0, 0], [0, 0]], [[0, UNMARKED], [UNMARKED, 1]], [[], []]])
def test_nothing_can_be_told_of_marks_that_are_alike_or_alone(rows: list[list[int]]) -> None:
    assert math.isnan(krippendorff_alpha(rows))


def test_raters_who_throw_coins_have_about_none(rng: np.random.Generator) -> None:
    found = agreement(rng.integers(0, 2, (3, 4_000)), np.arange(4_000), rng=rng)
    assert abs(found.alpha) < 0.03
    assert found.interval.low < 0 < found.interval.high
    assert found.same == pytest.approx(0.5, abs=0.02)
    assert found.units == 4_000


def test_the_interval_knows_that_units_of_a_family_hang_together(rng: np.random.Generator) -> None:
    one = rng.integers(0, 2, 400)
    marks = np.stack([one, np.where(rng.random(400) < 0.8, one, 1 - one)])
    # Every unit ten times over: no more is known than before.
    copies, families = np.repeat(marks, 10, axis=1), np.repeat(np.arange(400), 10)
    alone = agreement(marks, np.arange(400), rng=np.random.default_rng(1)).interval
    related = agreement(copies, families, rng=np.random.default_rng(1)).interval
    careless = agreement(copies, np.arange(4_000), rng=np.random.default_rng(1)).interval
    assert related.high - related.low == pytest.approx(alone.high - alone.low, rel=0.1)
    assert careless.high - careless.low < 0.5 * (related.high - related.low)


def test_the_share_alike_counts_pairs_of_marks() -> None:
    assert agreement([[0, 0, 1], [0, 1, 1], [0, 1, UNMARKED]], [0, 1, 2], rng=np.random.default_rng(0)).same == (
        pytest.approx((3 * 1 + 3 / 3 + 2 * 1) / 8)
    )


def test_the_same_seed_gives_the_same_interval() -> None:
    marks, families = [[0, 1, 1, 0, 1], [0, 1, 0, 0, 1]], [0, 0, 1, 2, 3]
    first, second = (agreement(marks, families, rng=np.random.default_rng(5)) for _ in range(2))
    assert first == second


def test_a_table_is_wanted_and_a_family_for_each_unit() -> None:
    with pytest.raises(ValueError, match="table of raters and units"):
        krippendorff_alpha([0, 1])
    with pytest.raises(ValueError, match="Each of 2 units has one family; got 3"):
        agreement([[0, 1]], [0, 1, 2], rng=np.random.default_rng(0))
