"""Measures: by hand, against every order of the tied, against trec_eval, and where other tools go wrong."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import MeasureError, SystemFault
from earwitness.scores.judged import Rows
from earwitness.scores.measures import (
    HEADLINE,
    TWO_OPTION,
    Measure,
    chance,
    checked,
    per_pair,
    per_query,
    tied_first,
)

MANY = tuple(map(Measure.parse, ("Acc@1", "Acc@3", "nDCG@1", "nDCG@3", "nDCG@10", "R@2", "R@10", "MRR", "AP")))


def rows(*relevant: list[int]) -> Rows:
    return Rows.from_pairs([(q, c) for q, clips in enumerate(relevant) for c in clips], n_queries=len(relevant))


def of_order(measure: Measure, hits: list[bool]) -> float:
    """Return a measure of one ranking, straight from its formula; hits in the order of the ranking."""
    total, depth = sum(hits), measure.depth or len(hits)
    found = [rank for rank, hit in enumerate(hits, start=1) if hit]
    match measure.name:
        case "Acc":
            return float(any(hits[:depth]))
        case "R":
            return sum(hits[:depth]) / total
        case "MRR":
            return 1.0 / found[0]
        case "AP":
            return sum(place / rank for place, rank in enumerate(found, start=1)) / total
        case _:
            gain = sum(1.0 / math.log2(rank + 1) for rank in found if rank <= depth)
            return gain / sum(1.0 / math.log2(rank + 1) for rank in range(1, min(total, depth) + 1))


def over_all_orders(measure: Measure, scores: list[float], relevant: list[int]) -> float:
    """Return the mean of a measure over every order of the clips that agrees with the scores."""
    levels = sorted(set(scores), reverse=True)
    tied = [[clip for clip, score in enumerate(scores) if score == level] for level in levels]
    orders = [
        [clip for part in parts for clip in part] for parts in itertools.product(*map(itertools.permutations, tied))
    ]
    return float(np.mean([of_order(measure, [clip in relevant for clip in order]) for order in orders]))


@pytest.mark.parametrize("text", ["Acc@1", "Acc@10", "nDCG@10", "R@10", "MRR", "AP", "2AFC"])
def test_measures_print_and_parse_back(text: str) -> None:
    assert str(Measure.parse(text)) == text
    assert Measure.parse(str(Measure.parse(text))) == Measure.parse(text)
    assert hash(Measure.parse(text)) == hash(Measure.parse(f" {text} "))


@pytest.mark.parametrize(
    "text", ["acc@1", "Acc", "nDCG", "MRR@10", "AP@5", "2AFC@1", "Acc@0", "R@-1", "R@1.5", "", "@10"]
)
def test_what_is_no_measure_is_refused(text: str) -> None:
    with pytest.raises(MeasureError, match=r"There is no measure|depth of a measure"):
        Measure.parse(text)


def test_by_hand() -> None:
    # Ranking of query 0: clips 3, 1, 0, 2; relevant 1 and 2. Of query 1: clips 0, 1, 2, 3; relevant 0.
    scores = np.array([[0.2, 0.5, 0.1, 0.9], [4, 3, 2, 1]], np.float32)
    values = per_query(MANY, scores, rows([1, 2], [0]))
    ideal = 1 + 1 / math.log2(3)
    expected = {
        "Acc@1": [0, 1],
        "Acc@3": [1, 1],
        "nDCG@1": [0, 1],
        "nDCG@3": [1 / math.log2(3) / ideal, 1],
        "nDCG@10": [(1 / math.log2(3) + 1 / math.log2(5)) / ideal, 1],
        "R@2": [0.5, 1],
        "R@10": [1, 1],
        "MRR": [0.5, 1],
        "AP": [(1 / 2 + 2 / 4) / 2, 1],
    }
    for measure in MANY:
        np.testing.assert_allclose(values[measure], expected[str(measure)], atol=1e-12, err_msg=str(measure))


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_ties_count_at_their_mean_over_all_orders(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    scores = [data.draw(st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=n, max_size=n)) for _ in range(2)]
    relevant = [data.draw(st.sets(st.integers(0, n - 1), min_size=1)) for _ in range(2)]
    values = per_query(MANY, np.array(scores, np.float32), rows(*map(sorted, relevant)))
    for measure in MANY:
        for query in range(2):
            expected = over_all_orders(measure, scores[query], sorted(relevant[query]))
            assert values[measure][query] == pytest.approx(expected, abs=1e-12), measure


@pytest.mark.parametrize("n_clips", [700, 4_000])  # below and above the size from which blocks give the bound
@pytest.mark.parametrize("levels", [1, 2, 5, 300, None])
def test_blocks_and_plain_sorting_agree(n_clips: int, levels: int | None) -> None:
    rng = np.random.default_rng(1)
    raw = rng.standard_normal((20, n_clips)) if levels is None else rng.integers(levels, size=(20, n_clips))
    scores = raw.astype(np.float32)
    relevant = [sorted(rng.choice(n_clips, size=int(rng.integers(1, 40)), replace=False).tolist()) for _ in range(20)]
    values = per_query(MANY, scores, rows(*relevant))
    for query, row in enumerate(scores):
        hit = np.isin(np.arange(n_clips), relevant[query])
        for measure in (m for m in MANY if m.depth is not None and m.name != "Acc"):
            assert values[measure][query] == pytest.approx(_level_by_level(measure, row, hit), abs=1e-12), measure
    if levels is None:
        for query, row in enumerate(scores):
            hits = np.isin(np.argsort(-row), relevant[query]).tolist()
            for measure in MANY:
                assert values[measure][query] == pytest.approx(of_order(measure, hits), abs=1e-12), measure


def _level_by_level(measure: Measure, row: npt.NDArray[np.float32], hit: npt.NDArray[np.bool_]) -> float:
    """Return R or nDCG when each place of a tie holds an equal share of its hits."""
    shares = np.empty(len(row))
    at = 0
    for level in np.unique(row)[::-1]:
        size = np.count_nonzero(row == level)
        shares[at : at + size] = np.mean(hit[row == level])
        at += size
    depth, ranks = measure.depth or 0, np.arange(1, len(row) + 1)
    if measure.name == "R":
        return float(shares[:depth].sum() / hit.sum())
    gains = 1 / np.log2(ranks + 1)
    return float((shares * gains)[:depth].sum() / gains[: min(depth, hit.sum())].sum())


def test_agrees_with_trec_eval_where_nothing_ties() -> None:
    rng = np.random.default_rng(2)
    scores = rng.permuted(np.tile(np.arange(3_000, dtype=np.float32), (40, 1)), axis=1)
    relevant = [sorted(rng.choice(3_000, size=int(rng.integers(1, 60)), replace=False).tolist()) for _ in range(40)]
    qrels = {f"q{q}": {f"d{c}": 1 for c in clips} for q, clips in enumerate(relevant)}
    run = {f"q{q}": {f"d{c}": float(s) for c, s in enumerate(row)} for q, row in enumerate(scores)}
    names = {"Acc@1": "success_1", "nDCG@10": "ndcg_cut_10", "R@10": "recall_10", "MRR": "recip_rank", "AP": "map"}
    asked = {"success.1", "ndcg_cut.10", "recall.10", "recip_rank", "map"}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, asked).evaluate(run)
    ours = per_query(HEADLINE, scores, rows(*relevant))
    for measure in HEADLINE:
        expected = [theirs[f"q{q}"][names[str(measure)]] for q in range(40)]
        np.testing.assert_allclose(ours[measure], expected, atol=1e-9, err_msg=str(measure))


class TestWhereOtherToolsGoWrong:
    """The rows of the table of edge cases, one test each."""

    def test_a_tie_does_not_depend_on_the_order_of_the_clips(self) -> None:
        scores = np.array([[1.0, 1.0]], np.float32)
        for clip in (0, 1):
            values = per_query(MANY[:1], scores, rows([clip]))
            assert values[Measure("Acc", 1)].tolist() == [0.5]

    def test_a_constant_encoder_earns_chance_on_the_two_option_test(self) -> None:
        pairs = np.array([[0, 0, 1], [0, 1, 0], [0, 2, 0]])
        assert per_pair(np.zeros((1, 3), np.float32), pairs).tolist() == [0.5, 0.5, 0.5]

    def test_a_constant_encoder_earns_chance_on_every_measure(self) -> None:
        relevant = rows([1], [0, 2, 3], [4, 5])
        values = per_query(MANY, np.zeros((3, 6), np.float32), relevant)
        by_chance = chance(MANY, relevant, n_clips=6)
        for measure in MANY:
            np.testing.assert_allclose(values[measure], by_chance[measure], atol=1e-12, err_msg=str(measure))
        np.testing.assert_allclose(by_chance[Measure("Acc", 1)], [1 / 6, 3 / 6, 2 / 6])

    def test_accuracy_is_not_recall_where_many_are_relevant(self) -> None:
        scores = np.arange(27, 0, -1, dtype=np.float32)[None]
        values = per_query([Measure("Acc", 1), Measure("R", 1)], scores, rows(list(range(20))))
        assert (values[Measure("Acc", 1)][0], values[Measure("R", 1)][0]) == (1.0, 1 / 20)

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    @pytest.mark.parametrize("place", [(0, 0), (1, 2)])
    def test_what_is_not_a_number_is_an_error_that_names_the_clip(self, bad: float, place: tuple[int, int]) -> None:
        scores = np.zeros((2, 3))
        scores[place] = bad
        with pytest.raises(
            SystemFault, match=rf"'clap' gave {bad} for query number {place[0] + 1} and clip 'c{place[1]}'"
        ):
            checked(scores, system="clap", clip_ids=["c0", "c1", "c2"])

    def test_all_nan_is_an_error_and_not_a_low_score(self) -> None:
        with pytest.raises(SystemFault, match="2 of 2 queries"):
            checked(np.full((2, 3), math.nan), system="broken")

    def test_scores_are_float32(self) -> None:
        scores = checked(np.array([[1.0, 1.0 + 1e-12]]), system="x")
        assert scores.dtype == np.float32
        assert per_query([Measure("Acc", 1)], scores, rows([0]))[Measure("Acc", 1)].tolist() == [0.5]

    def test_half_precision_scores_tie_and_are_counted(self) -> None:
        close = np.array([[0.72, 0.72 + 1e-4, 0.1], [0.5, 0.6, 0.7]])
        assert tied_first(checked(close.astype(np.float16), system="x")).tolist() == [True, False]
        assert tied_first(checked(close, system="x")).tolist() == [False, False]

    def test_what_was_not_retrieved_earns_nothing(self) -> None:
        nothing = np.full((1, 6), -np.inf, np.float32)
        for values in per_query(MANY, nothing, rows([1, 2])).values():
            assert values.tolist() == [0.0]
        some = nothing.copy()
        some[0, 5] = 3.0  # a run of depth 1, which holds a clip that is not relevant
        for values in per_query(MANY, some, rows([1, 2])).values():
            assert values.tolist() == [0.0]
        some[0, 2] = 2.0
        values = per_query(MANY, some, rows([1, 2]))
        assert (values[Measure("MRR")][0], values[Measure("AP")][0], values[Measure("R", 10)][0]) == (0.5, 0.25, 0.5)

    def test_a_pair_of_which_nothing_is_known_is_not_a_tie(self) -> None:
        scores = np.array([[-np.inf, -np.inf, 1.0]], np.float32)
        values = per_pair(scores, np.array([[0, 0, 1], [0, 2, 1], [0, 1, 2]]))
        np.testing.assert_array_equal(values, [np.nan, 1.0, 0.0])

    def test_a_query_that_is_missing_does_not_shorten_the_mean(self) -> None:
        scores = np.array([[1.0, 0.0], [-np.inf, -np.inf]], np.float32)
        values = per_query(MANY, scores, rows([0], [0]))
        for measure in MANY:
            assert values[measure].shape == (2,)
            assert values[measure][1] == 0.0

    def test_no_queries_give_no_values_and_not_a_number(self) -> None:
        for values in per_query(MANY, np.zeros((0, 5), np.float32), rows()).values():
            assert values.shape == (0,)
        assert per_pair(np.zeros((1, 2), np.float32), np.empty((0, 3), np.intp)).shape == (0,)


def test_the_same_whatever_the_order_of_the_clips() -> None:
    rng = np.random.default_rng(3)
    scores = rng.integers(50, size=(10, 3_000)).astype(np.float32)
    relevant = [sorted(rng.choice(3_000, size=20, replace=False).tolist()) for _ in range(10)]
    order = rng.permutation(3_000)
    place = np.argsort(order)
    first = per_query(MANY, scores, rows(*relevant))
    again = per_query(
        MANY, np.ascontiguousarray(scores[:, order]), rows(*[place[clips].tolist() for clips in relevant])
    )
    for measure in MANY:
        np.testing.assert_allclose(first[measure], again[measure], atol=1e-12, err_msg=str(measure))


def test_chance_is_the_mean_of_random_orders() -> None:
    rng = np.random.default_rng(4)
    relevant = rows([0, 1, 2], [5], list(range(12)))
    sums: dict[Measure, Any] = dict.fromkeys(MANY, 0.0)
    for _ in range(3_000):
        for measure, values in per_query(MANY, rng.random((3, 40), np.float32), relevant).items():
            sums[measure] = sums[measure] + values / 3_000
    for measure, values in chance(MANY, relevant, n_clips=40).items():
        np.testing.assert_allclose(sums[measure], values, atol=0.035, err_msg=str(measure))


def test_two_option_test_is_no_measure_of_queries() -> None:
    with pytest.raises(MeasureError, match="per_pair"):
        per_query([TWO_OPTION], np.zeros((1, 2), np.float32), rows([0]))
    with pytest.raises(MeasureError, match="a half"):
        chance([TWO_OPTION], rows([0]), n_clips=2)


def test_arguments_are_left_alone() -> None:
    scores = np.random.default_rng(5).random((4, 900), np.float32)
    scores.flags.writeable = False
    per_query(MANY, scores, rows([1], [2], [3], [4]))
    per_pair(scores, np.array([[0, 1, 2]]))
    assert checked(scores, system="x") is scores
