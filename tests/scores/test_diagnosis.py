"""Where the error lies, beside slow and obvious ways to find it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.logic.constraint import Absent, Before, Constraint, Count, Present, clauses_of, kinds_of
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from earwitness.reasonaudio.folder import Benchmark
from earwitness.scenes.spec import Background, Placed, Scene
from earwitness.scores.design import Design
from earwitness.scores.diagnosis import (
    FAULTS,
    accuracy_with_reasoning,
    faults,
    first_faults,
    places_before_first,
    polarity_bias,
    reasoning_curve,
    retrieval_and_reasoning,
    task_means,
    wrong_first,
)
from earwitness.scores.judged import Judged, judged
from earwitness.scores.measures import Measure, per_query
from earwitness.scores.stats import two_option_test
from logic.strategies import conjunctions, constraints, timelines
from scores.made import made

ACC1 = Measure("Acc", 1)
NONE, MISSING, EXCLUDED, ORDER = range(4)
SEVERAL = FAULTS.index("several")


def scene(timeline: Timeline) -> Scene:
    events = [Placed(e.label, "atom", round(e.onset * 100), round(e.offset * 100), 1.0) for e in timeline.events]
    return Scene("clip", 10_000, Background("white", 0, 1.0), tuple(events))


def broken_in(bench: Benchmark, queries: list[Constraint], clips: list[Timeline]) -> list[list[str]]:
    """Return what each clip breaks of each query, in words."""
    arrays = replace(judged(bench), constraints=tuple(queries))
    codes = faults(replace(bench, scenes=tuple(map(scene, clips))), arrays)
    assert (codes.shape, codes.dtype) == ((len(queries), len(clips)), np.uint8)
    return [[FAULTS[code] for code in row] for row in codes]


CLIPS = {
    "a then b": Timeline([Event(0, 1, "a"), Event(2, 3, "b")]),
    "b then a": Timeline([Event(0, 1, "b"), Event(2, 5, "a")]),
    "a with b": Timeline([Event(0, 2, "a"), Event(1, 3, "b")]),
    "a alone": Timeline([Event(0, 4, "a")]),
    "b alone": Timeline([Event(0, 1, "b")]),
    "a a b": Timeline([Event(0, 1, "a"), Event(2, 3, "a"), Event(4, 5, "b")]),
    "all": Timeline([Event(0, 1, "b"), Event(2, 3, "c"), Event(4, 5, "a")]),
    "nothing": Timeline(),
}


@pytest.mark.parametrize(
    ("text", "clip", "fault"),
    [
        ("present(a)", "b alone", "sound missing"),
        ("all(present(a), absent(b))", "a with b", "excluded sound present"),
        ("all(present(a), absent(b))", "b alone", "sound missing"),
        ("all(present(a), absent(b))", "nothing", "sound missing"),
        ("absent(b)", "b alone", "excluded sound present"),
        ("count(b, exactly=0)", "b alone", "excluded sound present"),
        ("not(present(b))", "b alone", "excluded sound present"),
        ("not(all(present(a), present(b)))", "a with b", "excluded sound present"),
        ("not(absent(a))", "b alone", "sound missing"),
        ("before(a, b)", "b then a", "order"),
        ("before(a, b)", "a with b", "order"),
        ("before(a, b)", "a alone", "sound missing"),
        ("before(a, b, within=0.5)", "a then b", "order"),
        ("not(before(a, b))", "a then b", "order"),
        ("not(before(a, b))", "a alone", "none"),
        ("overlap(a, b)", "a then b", "overlap"),
        ("during(a, b)", "a with b", "overlap"),
        ("lasts(a, at_least=3)", "a then b", "duration"),
        ("lasts(a, at_most=3)", "a alone", "duration"),
        ("lasts(a, at_most=3)", "b alone", "sound missing"),
        ("longer(b, a)", "b then a", "duration"),
        ("count(a, exactly=2)", "a then b", "count"),
        ("count(a, exactly=2)", "b alone", "sound missing"),
        ("count(a, at_most=1)", "a a b", "count"),
        ("count(a, at_most=1)", "nothing", "none"),
        ("not(count(a, at_most=1))", "b alone", "sound missing"),
        ("all(before(a, b), absent(c))", "all", "several"),
        ("all(before(a, b), before(a, c))", "all", "order"),
        ("all(before(a, b), lasts(a, at_most=2))", "b then a", "several"),
        ("all(before(a, b), lasts(a, at_most=2))", "a alone", "sound missing"),
        ("any(before(a, b), absent(c))", "all", "several"),
        ("any(before(a, b), absent(c))", "a then b", "none"),
        ("any(present(a), present(b))", "nothing", "sound missing"),
        ("not(any(present(c), before(a, b)))", "a then b", "order"),
    ],
)
def test_what_a_clip_breaks(text: str, clip: str, fault: str, bench: Benchmark) -> None:
    assert broken_in(bench, [parse(text)], [CLIPS[clip]]) == [[fault]]


@given(queries=st.lists(constraints, min_size=1, max_size=3), clips=st.lists(timelines, min_size=1, max_size=4))
def test_nothing_is_broken_exactly_where_the_constraint_holds(
    queries: list[Constraint], clips: list[Timeline], bench: Benchmark
) -> None:
    found = broken_in(bench, queries, clips)
    for query, row in zip(queries, found, strict=True):
        assert [fault == "none" for fault in row] == [judge(query, clip).holds for clip in clips]


def obvious(query: Constraint, clip: Timeline) -> str:
    """Say what a clip breaks of clauses that must hold together, clause by clause."""
    broken = [clause for clause in clauses_of(query) if not judge(clause, clip).holds]
    if not broken:
        return "none"
    if any(not isinstance(c, Absent) and not set(c.labels) <= set(clip.by_label) for c in broken):
        return "sound missing"
    kinds = {
        "excluded sound present" if 0 in (getattr(c, "exactly", 1), getattr(c, "at_most", 1)) else kind.lower()
        for c in broken
        for kind in kinds_of(c)
    }
    kinds = {"excluded sound present" if kind == "negation" else kind for kind in kinds}
    return kinds.pop() if len(kinds) == 1 else "several"


@given(query=conjunctions, clips=st.lists(timelines, min_size=1, max_size=4))
def test_conjunctions_agree_with_a_look_at_each_clause(
    query: Constraint, clips: list[Timeline], bench: Benchmark
) -> None:
    assert broken_in(bench, [query], clips)[0] == [obvious(query, clip) for clip in clips]


def test_a_benchmark_is_diagnosed_as_it_was_planned(bench: Benchmark) -> None:
    arrays = judged(bench)
    codes = faults(bench, arrays)
    relevant = np.zeros(codes.shape, dtype=bool)
    relevant[arrays.relevant.query, arrays.relevant.clip] = True
    assert np.array_equal(codes == NONE, relevant)
    planned = {Absent: "excluded sound present", Before: "order"}
    for (query, _, negative), clause in zip(arrays.pairs, arrays.broken, strict=True):
        (kind,) = kinds_of(clause)
        assert FAULTS[codes[query, negative]] == planned.get(type(clause), kind.lower())
    # A hard negative holds every sound and breaks one clause.
    assert set(codes[arrays.negatives.query, arrays.negatives.clip]) <= set(range(EXCLUDED, SEVERAL))


# --- the first clip ---


def coded(*rows: list[int]) -> npt.NDArray[np.uint8]:
    return np.array(rows, dtype=np.uint8)


def of_codes(codes: npt.NDArray[np.uint8], **more: object) -> Judged:
    relevant = [np.flatnonzero(row == NONE).tolist() for row in codes]
    return made(relevant, n_clips=codes.shape[1], **more)  # type: ignore[arg-type]


def drawn(rng: np.random.Generator, *, levels: int, n_queries: int = 40, n_clips: int = 30):
    """Draw codes and scores of few levels, so that nearly all of them tie; some clips are not retrieved."""
    codes = rng.choice(len(FAULTS), p=[0.1, 0.5, *[0.4 / 6] * 6], size=(n_queries, n_clips)).astype(np.uint8)
    codes[:, 0] = NONE
    scores = rng.integers(0, levels, codes.shape).astype(np.float32)
    scores[scores == 0] = -np.inf
    task = rng.integers(0, 2, n_queries).tolist()
    codes.setflags(write=False)
    scores.setflags(write=False)
    return codes, scores, of_codes(codes, tasks=("Order", "Mix"), task=task)


def test_the_first_clip_is_shared_among_those_that_tie() -> None:
    codes = coded([NONE, MISSING, ORDER, ORDER], [NONE, MISSING, MISSING, MISSING], [NONE, MISSING, ORDER, ORDER])
    scores = np.array([[2, 1, 2, 2], [0, 5, 4, 3], [-np.inf] * 4], dtype=np.float32)
    shares = first_faults(scores, codes)
    assert shares[0, [NONE, ORDER]] == pytest.approx([1 / 3, 2 / 3])
    assert shares[1, MISSING] == 1.0
    assert not shares[2].any(), "nothing was retrieved, so nothing stands first"
    arrays = of_codes(codes, tasks=("Order", "Mix", "Count"), task=[0, 0, 1])
    found = wrong_first(scores, codes, arrays)
    assert found[0] == pytest.approx(shares[:2].mean(axis=0))
    assert found[1] == pytest.approx(0.0)
    assert np.isnan(found[2]).all(), "a task without queries has no shares"


@pytest.mark.parametrize("levels", [2, 4, 1000])
def test_nothing_broken_at_first_is_the_accuracy(levels: int, rng: np.random.Generator) -> None:
    codes, scores, arrays = drawn(rng, levels=levels)
    accuracy = per_query([ACC1], scores, arrays.relevant)[ACC1]
    assert first_faults(scores, codes)[:, NONE] == pytest.approx(accuracy, abs=1e-12)
    expected = task_means(accuracy, arrays)
    assert wrong_first(scores, codes, arrays)[:, NONE] == pytest.approx(expected, abs=1e-12)
    assert reasoning_curve(scores, codes, arrays)[:, 0] == pytest.approx(expected, abs=1e-12)


def test_means_leave_out_what_is_not_a_number() -> None:
    arrays = made([[0]] * 4, n_clips=2, tasks=("Order", "Mix"), task=[0, 0, 0, 1])
    found = task_means(np.array([1.0, 0.0, np.nan, np.nan]), arrays)
    assert found[0] == 0.5 and math.isnan(found[1])


def test_a_perfect_matcher_loses_to_reasoning_alone() -> None:
    codes = coded([NONE, ORDER, ORDER, MISSING], [NONE, NONE, NONE, EXCLUDED])
    arrays = of_codes(codes, pairs=[(0, 0, 1), (1, 0, 3)])
    found = retrieval_and_reasoning((codes != MISSING).astype(np.float32), codes, arrays)
    assert (found.tasks, found.matched[0], found.two_option[0]) == (("Negation",), 1.0, 0.5)
    assert found.accuracy[0] == pytest.approx((1 / 3 + 3 / 4) / 2)
    assert found.lost_to_reasoning[0] == pytest.approx(1 - found.accuracy[0])
    assert found.lost_to_matching[0] == 0.0
    assert found.right_where_matched[0] == pytest.approx(found.accuracy[0])


def test_a_pair_that_was_not_decided_leaves_its_task_without_a_number() -> None:
    codes = coded([NONE, ORDER], [NONE, ORDER], [NONE, MISSING])
    pairs = [(0, 0, 1), (1, 0, 1), (1, 2, 1)]
    codes = np.pad(codes, ((0, 0), (0, 1)), constant_values=MISSING)
    arrays = of_codes(codes, tasks=("Order", "Mix", "Overlap"), task=[0, 1, 2], pairs=pairs)
    scores = np.array([[2, 1, 0], [-np.inf, -np.inf, 1], [0, 1, 0]], dtype=np.float32)
    found = retrieval_and_reasoning(scores, codes, arrays)
    assert found.two_option.tolist() == pytest.approx([1.0, math.nan, math.nan], nan_ok=True)
    assert found.lost_to_matching.tolist() == [0.0, 1.0, 1.0]
    assert found.right_where_matched.tolist() == pytest.approx([1.0, math.nan, math.nan], nan_ok=True)


# --- polarity ---


def test_a_system_that_likes_what_is_excluded() -> None:
    pairs = [(query, 3 * query, 3 * query + 1) for query in range(6)]
    clauses = [Absent("x"), Count("x", exactly=0), parse("not(present(x))"), Absent("x"), Absent("x"), Before("xy")]
    arrays = made([[3 * query] for query in range(6)], n_clips=18, pairs=pairs, broken=clauses)
    scores = np.full((6, 18), -np.inf, dtype=np.float32)
    for query, row in enumerate([[0, 1, 2]] * 3 + [[1, 1, 1], [3, -1, 4], [9, 0, 0]]):
        scores[query, 3 * query : 3 * query + 3] = row
    bias = polarity_bias(scores, arrays)
    assert (bias.n, bias.undecided) == (5, 0), "the last pair does not turn on an excluded sound"
    assert bias.share == pytest.approx(3.5 / 5)
    assert bias.low < bias.share < bias.high
    assert bias.p == two_option_test([1, 1, 1, 0.5, 0], Design.of_families(range(5)))
    spread = np.std([0, 1, 2]), np.std([3, -1, 4])
    assert bias.difference == pytest.approx((3 / spread[0] + 0 - 4 / spread[1]) / 5)


def test_polarity_without_pairs_or_decision_is_not_a_number() -> None:
    without = polarity_bias(np.zeros((1, 2), np.float32), made([[0]], n_clips=2))
    assert (without.n, without.undecided) == (0, 0)
    assert all(map(math.isnan, (without.share, without.low, without.high, without.p, without.difference)))
    arrays = made([[0], [0]], n_clips=3, pairs=[(0, 0, 1), (1, 0, 1)])
    scores = np.array([[-np.inf, -np.inf, 1], [2, 4, -np.inf]], dtype=np.float32)
    half = polarity_bias(scores, arrays)
    assert (half.n, half.undecided) == (2, 1)
    assert math.isnan(half.share) and math.isnan(half.p)
    assert half.difference == pytest.approx(2.0), "the clip that was not retrieved has no part in the spread"


def test_the_references_and_an_excluded_sound(bench: Benchmark) -> None:
    arrays = judged(bench)
    codes = faults(bench, arrays)
    right = polarity_bias((codes == NONE).astype(np.float32), arrays)
    assert right.n > 0 and right.share == 0.0 and right.difference < 0.0
    blind = polarity_bias((codes != MISSING).astype(np.float32), arrays)
    assert (blind.share, blind.difference, blind.p) == (0.5, 0.0, 1.0)


# --- what if it could reason ---


@pytest.mark.parametrize(("wanted", "passed"), [(1, 0), (1, 4), (2, 3), (3, 2), (5, 0)])
def test_places_before_the_first_of_a_random_order(wanted: int, passed: int) -> None:
    orders = list(itertools.permutations([True] * wanted + [False] * passed))
    places = [order.index(True) for order in orders]
    expected = np.bincount(places, minlength=passed + 1) / len(orders)
    assert places_before_first(wanted, passed=passed) == pytest.approx(expected)


def orders_of(scores: npt.NDArray[np.float32]) -> Iterator[tuple[int, ...]]:
    """Yield every order of the retrieved clips in which greater scores come first."""
    levels = sorted(set(scores[scores > -np.inf].tolist()), reverse=True)
    tied = [itertools.permutations(np.flatnonzero(scores == level).tolist()) for level in levels]
    return (tuple(itertools.chain(*parts)) for parts in itertools.product(*tied))


def simulated(scores: npt.NDArray[np.float32], codes: npt.NDArray[np.uint8], q: float) -> float:
    """Return how often the answer is right, over every order of the tied and every choice of what is rejected."""
    right, n_orders = 0.0, 0
    for order in orders_of(scores):
        n_orders += 1
        # The chance that all clips so far were rejected.
        reached = 1.0
        for clip in order:
            rejected = q if codes[clip] >= EXCLUDED else 0.0
            right += reached * (1.0 - rejected) * (codes[clip] == NONE)
            reached *= rejected
    return right / n_orders if n_orders else 0.0


@pytest.mark.parametrize("levels", [2, 3, 100])
def test_the_curve_is_what_a_judge_of_the_clips_would_earn(levels: int, rng: np.random.Generator) -> None:
    for _ in range(20):
        codes, scores, _ = drawn(rng, levels=levels, n_queries=1, n_clips=6)
        weights = reasoning_curve(scores, codes, of_codes(codes))
        for q in (0.0, 0.3, 0.9, 1.0):
            expected = simulated(scores[0], codes[0], q)
            assert accuracy_with_reasoning(weights, rejecting=q) == pytest.approx([expected], abs=1e-12)


def test_the_curve_of_a_made_case() -> None:
    codes = coded([ORDER, ORDER, NONE, MISSING], [MISSING, ORDER, NONE, NONE], [NONE, ORDER, ORDER, ORDER])
    scores = np.array([[4, 3, 2, 1]] * 3, dtype=np.float32)
    arrays = of_codes(codes, tasks=("Order", "Mix"), task=[0, 0, 1])
    weights = reasoning_curve(scores, codes, arrays)
    assert weights.tolist() == [[0.0, 0.0, 0.5], [1.0, 0.0, 0.0]]
    assert accuracy_with_reasoning(weights, rejecting=0.5).tolist() == [0.125, 1.0]
    # With perfect reasoning only the query that matched wrongly is lost.
    assert accuracy_with_reasoning(weights, rejecting=1.0).tolist() == [0.5, 1.0]


def test_the_curve_rises_to_what_matching_allows(bench: Benchmark, rng: np.random.Generator) -> None:
    arrays = judged(bench)
    codes = faults(bench, arrays)
    matcher = (codes != MISSING).astype(np.float32)
    noisy = matcher + rng.normal(0, 0.4, codes.shape).astype(np.float32)
    curve = [accuracy_with_reasoning(reasoning_curve(noisy, codes, arrays), rejecting=q / 10) for q in range(11)]
    assert np.all(np.diff(curve, axis=0) >= 0)
    perfect = accuracy_with_reasoning(reasoning_curve(matcher, codes, arrays), rejecting=1.0)
    assert perfect == pytest.approx(np.ones(len(arrays.tasks)))
    # What is lacking at the end: a clip with a missing sound stands above every relevant one.
    relevant, missing = (np.where(codes == code, noisy, -np.inf).max(axis=1) for code in (NONE, MISSING))
    assert curve[-1] == pytest.approx(task_means((relevant > missing).astype(float), arrays))


def test_nothing_retrieved_earns_nothing() -> None:
    codes = coded([NONE, ORDER])
    weights = reasoning_curve(np.full((1, 2), -np.inf, np.float32), codes, of_codes(codes))
    assert weights.tolist() == [[0.0]]
    assert accuracy_with_reasoning(weights, rejecting=0.0).tolist() == [0.0]


def test_a_label_that_is_nowhere_heard_is_missing(bench: Benchmark) -> None:
    assert broken_in(bench, [Present("never"), Absent("never")], [CLIPS["a alone"]]) == [["sound missing"], ["none"]]
