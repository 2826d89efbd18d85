"""What was said of the board, and what can be known of two rows of it without their answers."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.mmar.board import Recomputed, Row, recomputed
from earwitness.mmar.claims import (
    OUTCOMES,
    Claim,
    assumptions,
    bounds,
    claims,
    every_pair,
    neighbours,
    sturdiness,
)
from earwitness.mmar.items import MODALITIES
from earwitness.mmar.paired import mcnemar


@pytest.fixture(scope="module")
def board() -> Recomputed:
    return recomputed(None)


@pytest.fixture(scope="module")
def said(board: Recomputed) -> list[Claim]:
    return list(claims(board))


def test_no_open_model_of_the_papers_own_first_table_is_above_chance(said: list[Claim]) -> None:
    claim = said[0]
    assert claim.supported and claim.against == ()
    assert len(claim.rows) == 14 and {"SALMONN", "Qwen2-Audio", "LTU", "MusiLingo"} < set(claim.rows)
    assert not {"Omni-R1", "R1-AQA", "GPT-4o Audio"} & set(claim.rows)
    assert "35.1 % is needed; of 14 rows 0 reach it. The best that does not is SALMONN with 32.8 %" in claim.because


def test_the_claim_does_not_hold_of_todays_table_nor_of_all_open_models_that_hear(said: list[Claim]) -> None:
    assert [claim.text for claim in said[:3]] == [said[0].text] * 3
    assert not said[1].supported and said[1].against == ("Omni-R1", "R1-AQA")
    assert not said[2].supported
    assert set(said[2].against) == {*("Audio-Reasoner", "Qwen2.5-Omni 10.7B", "Qwen2.5-Omni 5.5B", "Baichuan-Omni-1.5")}


def test_the_board_less_the_later_rows_has_as_many_as_the_claim_corrects_for(board: Recomputed) -> None:
    assert sum(not row.published.later for row in board.rows) == 30


def test_most_but_not_all_of_them_are_below_chance(said: list[Claim]) -> None:
    claim = said[3]
    assert not claim.supported
    assert set(claim.against) == {"SALMONN", "Qwen2-Audio", "Qwen2-Audio-Instruct", "Audio Flamingo", "GAMA"}
    assert "at most 23.7 % is needed; 9 of 14 rows have so few" in claim.because


def test_reasoning_is_surely_worth_something_in_two_pairs_of_five(said: list[Claim]) -> None:
    claim = said[4]
    assert not claim.supported
    assert claim.against == ("Audio-CoT", "Caption + OpenAI o1", "Caption + OpenAI o3")
    assert "5 of 5 have more right; 2 are surely more than luck" in claim.because


def test_the_row_of_guessing_is_right_unless_the_choices_are_marked_by_the_official_scorer(said: list[Claim]) -> None:
    assert said[5].supported and not said[5].against
    kinder = claims(recomputed(None, scorer="official"))[5]
    assert not kinder.supported and "music" in kinder.against


def test_how_sturdy_the_claim_is(board: Recomputed) -> None:
    found = sturdiness(board)
    assert found.nearest == "SALMONN" and found.p == pytest.approx(0.0081, abs=5e-5)
    assert {(alpha, n): bool(rows) for (alpha, n), rows in found.above.items()} == {
        (alpha, n): found.p <= alpha / n for alpha in (0.05, 0.01, 0.001) for n in (1, 14, 30, 35)
    }
    assert found.above[0.05, 1] == ("SALMONN",)
    assert round(100 * found.lowest_chance, 1) == 27.0
    assert round(100 * found.detectable, 1) == 36.3


def test_the_lowest_chance_is_where_the_nearest_row_is_just_no_longer_above() -> None:
    from scipy.stats import binom

    found = sturdiness(recomputed(None))
    assert binom.sf(327, 1000, found.lowest_chance) == pytest.approx(0.001 / 30)


def test_what_is_assumed_is_told_with_what_the_board_says_of_it(board: Recomputed) -> None:
    told = assumptions(board, recomputed(None, scorer="official"))
    assert len(told) == 6
    assert "In 34 of 35 rows each percentage" in told[0] and told[0].endswith("Not so: Qwen3-Omni-Thinking.")
    assert "11 are a number of items only after rounding twice, and 2 are none" in told[1]
    assert "guessing earns 30.0 %, not 29.3 %" in told[3] and "0 of 35 rows and 4 of 245" in told[3]
    assert "without Omni-R1, R1-AQA, Qwen3-Omni-Thinking, Gemini 2.5 Pro, Gemini 2.5 Flash" in told[4]


def with_right(row: Row, right: Sequence[int], sizes: Sequence[int]) -> Row:
    """Return a row with other numbers right, of as many items as a test can write out."""
    cells = {
        name: dataclasses.replace(row.cells[name], right=count, n=size)
        for name, count, size in zip(MODALITIES, right, sizes, strict=True)
    }
    return dataclasses.replace(row, cells={"all": dataclasses.replace(row.cells["all"], right=sum(right)), **cells})


@given(st.data())
def test_the_bounds_are_those_of_every_way_to_be_right(data: st.DataObject) -> None:
    """Two modalities of up to four items: all sets of items with these numbers right."""
    sizes = [data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))]
    right = [[data.draw(st.integers(0, size)) for size in sizes] for _ in range(2)]
    rows = recomputed_rows()
    padded = [with_right(row, (*counts, *[0] * 5), (*sizes, *[1] * 5)) for row, counts in zip(rows, right, strict=True)]
    found = bounds(*padded)
    chosen = [
        [
            np.concatenate(parts)
            for parts in itertools.product(*(ways(n, k) for n, k in zip(sizes, counts, strict=True)))
        ]
        for counts in right
    ]
    p = [mcnemar(a, b) for a in chosen[0] for b in chosen[1]]
    differ = [int((a != b).sum()) for a in chosen[0] for b in chosen[1]]
    assert (found.fewest, found.most) == (min(differ), max(differ))
    assert (found.p_lowest, found.p_highest) == pytest.approx((min(p), max(p)))
    assert found.p_lowest <= found.p_unrelated + 1e-12 and found.p_unrelated <= found.p_highest + 1e-12


@functools.cache
def recomputed_rows() -> tuple[Row, Row]:
    rows = recomputed(None).rows
    return rows[0], rows[1]


def ways(n: int, right: int) -> list[np.ndarray]:
    return [np.isin(np.arange(n), places) for places in itertools.combinations(range(n), right)]


def test_neighbours_can_hardly_be_told_from_each_other(board: Recomputed) -> None:
    near = neighbours(board)
    assert len(near) == 34
    assert [pair.first for pair in near if pair.outcome == "surely"] == ["MU-LLaMA"]
    assert near[0].first == "Gemini 2.5 Pro" and near[-1].second == "MusiLingo"
    for pair in near:
        assert pair.points >= 0 and pair.fewest <= pair.most
        assert pair.p_lowest <= pair.p_unrelated + 1e-9 and pair.p_unrelated <= pair.p_highest + 1e-9 <= 1 + 1e-9
    for pair in near:
        wanted = "surely" if pair.p_highest <= 0.05 / 34 else "depends" if pair.p_lowest <= 0.05 / 34 else "never"
        assert pair.outcome == wanted
    every = every_pair(board)
    assert [sum(pair.outcome == outcome for pair in near) for outcome in OUTCOMES] == [1, 11, 22]
    assert [sum(pair.outcome == outcome for pair in every) for outcome in OUTCOMES] == [414, 138, 43]
