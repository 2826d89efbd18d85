"""The systems that guess or see the truth: what each of them earns is known beforehand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import SystemFault
from earwitness.logic.constraint import (
    Absent,
    All,
    Any,
    Before,
    Constraint,
    Lasts,
    Not,
    Present,
    breakable,
    broken,
    clauses_of,
    excluded_by,
    kinds_of,
    labels_of,
)
from earwitness.logic.events import Timeline
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from earwitness.reasonaudio.folder import Benchmark
from earwitness.scores.judged import Judged, judged
from earwitness.scores.measures import HEADLINE, per_pair, per_query
from earwitness.scores.measures import chance as chance_values
from earwitness.systems.base import Clips, System, clips_of
from earwitness.systems.references import chance, matcher, mistaken_about_order, oracle, reversed_order
from logic.strategies import constraints, timelines

ACC, TRUE = HEADLINE[0], np.float32(1)


@pytest.fixture(scope="module")
def truth(bench: Benchmark) -> Judged:
    return judged(bench)


@pytest.fixture(scope="module")
def corpus(bench: Benchmark) -> Clips:
    return clips_of(bench)


def scores_of(system: System, truth: Judged, corpus: Clips) -> np.ndarray:
    return system.retriever.scores(truth.texts, corpus)


def test_the_oracle_is_always_right(bench: Benchmark, truth: Judged, corpus: Clips) -> None:
    scores = scores_of(oracle(bench), truth, corpus)
    expected = np.zeros_like(scores)
    expected[truth.relevant.query, truth.relevant.clip] = 1
    assert np.array_equal(scores, expected)
    assert per_pair(scores, truth.pairs).tolist() == [1.0] * len(truth.pairs)
    values = per_query(HEADLINE, scores, truth.relevant)
    assert all((values[measure] == 1).all() for measure in HEADLINE if str(measure) != "R@10")


def test_reversed_is_wrong_about_order_and_right_about_the_rest(bench: Benchmark, truth: Judged, corpus: Clips) -> None:
    scores = scores_of(reversed_order(bench), truth, corpus)
    values = per_pair(scores, truth.pairs)
    order = truth.pair_task == truth.tasks.index("Order")
    with_order = np.array(["Order" in kinds_of(constraint) for constraint in truth.constraints])
    assert order.sum() >= 3
    assert (values[order] == 0).all()
    assert (values[~with_order[truth.pairs[:, 0]]] == 1).all()
    # It never takes a relevant clip of a query with order for one.
    relevant_scores = scores[truth.relevant.query, truth.relevant.clip]
    assert (relevant_scores == ~with_order[truth.relevant.query]).all()
    # The queries themselves are of all forms: chains, and gaps with a bound.
    said = [str(c) for c, task in zip(truth.constraints, truth.task, strict=True) if truth.tasks[task] == "Order"]
    assert any("within" in text for text in said) and any(text.count(",") == 2 for text in said)


def order_pair(query: str, right: str, wrong: str) -> tuple[bool, bool]:
    """Return what reversed makes of the clip that answers and of the one that does not, each text a chain."""
    mistaken = mistaken_about_order(parse(query))
    return bool(judge(mistaken, timeline_of(right))), bool(judge(mistaken, timeline_of(wrong)))


def timeline_of(text: str) -> Timeline:
    """``"A . . B"``: one second for each place; a dot is silence."""
    from earwitness.logic.events import Event

    return Timeline(Event(place, place + 1, label) for place, label in enumerate(text.split()) if label != ".")


@pytest.mark.parametrize("wrong", [" ".join(p) for p in itertools.permutations("ABC") if "".join(p) != "ABC"])
def test_reversed_prefers_every_other_order_of_three(wrong: str) -> None:
    assert order_pair("before(A, B, C)", "A B C", wrong) == (False, True)


@pytest.mark.parametrize("wrong", ["B A", "A . . . B", "B . . . A"])
def test_reversed_prefers_a_gap_that_is_too_long(wrong: str) -> None:
    assert order_pair("before(A, B, within=1.5)", "A . B", wrong) == (False, True)


def test_reversed_wants_the_sounds_and_the_other_clauses() -> None:
    mistaken = mistaken_about_order(parse("all(before(A, B), absent(C), lasts(D, at_least=1))"))
    assert judge(mistaken, timeline_of("B A D"))
    assert not judge(mistaken, timeline_of("B D"))
    assert not judge(mistaken, timeline_of("B A"))
    assert not judge(mistaken, timeline_of("B A C D"))


def test_reversed_with_two_orders_takes_one_that_is_broken() -> None:
    query = "all(before(A, B), before(C, D))"
    assert order_pair(query, "A B C D", "B A C D") == (False, True)
    assert order_pair(query, "A B C D", "A B D C") == (False, True)


@given(constraints, timelines)
def test_reversed_is_never_right_about_a_constraint_with_order(constraint: Constraint, timeline: Timeline) -> None:
    mistaken = mistaken_about_order(constraint)
    if "Order" not in kinds_of(constraint):
        assert mistaken == constraint
        return
    assert not (judge(constraint, timeline) and judge(mistaken, timeline))
    # A hard negative of an order clause always satisfies it, unless another clause with order holds the exclusion.
    clauses = clauses_of(constraint)
    for index in breakable(constraint):
        if "Order" in kinds_of(clauses[index]) and judge(broken(constraint, index), timeline):
            others = [clause for clause in clauses if "Order" not in kinds_of(clause)]
            excluded = excluded_by(All(tuple(others))) if others else frozenset()
            heard = all(timeline.of(label) for label in labels_of(constraint) if label not in excluded)
            assert bool(judge(mistaken, timeline)) == heard


def test_the_matcher_knows_sounds_alone(bench: Benchmark, truth: Judged, corpus: Clips) -> None:
    scores = scores_of(matcher(bench), truth, corpus)
    for query, constraint in enumerate(truth.constraints):
        wanted = [label for label in labels_of(constraint) if label not in excluded_by(constraint)]
        for clip, name in enumerate(truth.clip_ids):
            heard = {event.label for event in bench.scene_of[name].events}
            assert scores[query, clip] == np.float32(len(heard & set(wanted))) / np.float32(len(wanted))
    # Both clips of a pair hold the wanted sounds, so it cannot choose between them.
    assert per_pair(scores, truth.pairs).tolist() == [0.5] * len(truth.pairs)


def test_the_matcher_earns_what_the_qrels_say(bench: Benchmark, truth: Judged, corpus: Clips) -> None:
    scores = scores_of(matcher(bench), truth, corpus)
    values = per_query((ACC,), scores, truth.relevant)[ACC]
    for query in range(len(truth.texts)):
        # Its first clips are those that hold all wanted sounds, and the relevant ones are among them.
        first = np.flatnonzero(scores[query] == TRUE)
        relevant = truth.relevant.of(query)
        assert set(relevant) <= set(first)
        assert values[query] == pytest.approx(len(relevant) / len(first))


def test_a_query_that_wants_no_sound_matches_all_clips_alike(bench: Benchmark) -> None:
    from dataclasses import replace

    query = replace(bench.queries[0], constraint=Absent("dog"))
    system = matcher(replace(bench, queries=(query,)))
    assert not system.retriever.scores([query.text], clips_of(bench)).any()


@pytest.mark.parametrize("make", [matcher, oracle, reversed_order])
def test_a_reference_is_asked_all_queries_in_their_order(make: object, bench: Benchmark, truth: Judged) -> None:
    system = make(bench)  # type: ignore[operator]
    clips = clips_of(bench).part(0, 3)
    with pytest.raises(SystemFault, match=r"all 20 queries .* got 19 texts"):
        system.retriever.scores(truth.texts[1:], clips)
    with pytest.raises(SystemFault, match="in their order"):
        system.retriever.scores(truth.texts[::-1], clips)
    foreign = Clips(["clip-x"], ["0" * 64], sample_rate=16_000, render=lambda name: np.zeros(1, np.int16))
    with pytest.raises(SystemFault, match="'clip-x'"):
        system.retriever.scores(truth.texts, foreign)


# --- chance ---


def many_clips(number: int) -> Clips:
    names = [f"clip-{place}" for place in range(number)]
    digests = [f"{place:064x}" for place in range(number)]
    return Clips(names, digests, sample_rate=16_000, render=lambda name: pytest.fail("chance listens"))


@pytest.fixture(scope="module")
def guessed(bench: Benchmark) -> np.ndarray:
    texts = [f"query {place}" for place in range(300)]
    return chance(bench, seed=1).retriever.scores(texts, many_clips(2_000))


def test_chance_is_uniform(guessed: np.ndarray) -> None:
    from scipy import stats

    assert guessed.dtype == np.float32 and guessed.min() >= 0 and guessed.max() < 1
    assert stats.kstest(guessed.ravel()[::7], "uniform").pvalue > 1e-3
    counts = np.bincount((guessed.ravel() * 256).astype(int), minlength=256)
    assert stats.chisquare(counts).pvalue > 1e-3
    # The low bits are as even as the high ones.
    low = np.bincount((guessed.ravel() * 2**24).astype(np.int64) % 64, minlength=64)
    assert stats.chisquare(low).pvalue > 1e-3


def test_chance_is_independent_between_queries_and_between_clips(guessed: np.ndarray) -> None:
    for table in (guessed, guessed.T[:300]):
        related = np.corrcoef(table)[np.triu_indices(len(table), 1)] * np.sqrt(table.shape[1])
        assert abs(related.std() - 1) < 0.02 and abs(related.mean()) < 0.02 and abs(related).max() < 6
    # Nor does the order of one query tell that of a pair of others: differences are independent too.
    differences = np.sign(guessed[:, ::2] - guessed[:, 1::2])
    related = np.corrcoef(differences)[np.triu_indices(len(guessed), 1)] * np.sqrt(differences.shape[1])
    assert abs(related.std() - 1) < 0.02 and abs(related).max() < 6


def test_chance_earns_chance(bench: Benchmark, truth: Judged, corpus: Clips) -> None:
    expected = {measure: values.mean() for measure, values in
                chance_values(HEADLINE, truth.relevant, n_clips=len(corpus)).items()}  # fmt: skip
    seeds = [per_query(HEADLINE, scores_of(chance(bench, seed=seed), truth, corpus), truth.relevant)
             for seed in range(200)]  # fmt: skip
    for measure in HEADLINE:
        means = np.array([values[measure].mean() for values in seeds])
        assert abs(means.mean() - expected[measure]) < 4 * means.std(ddof=1) / np.sqrt(len(means)), str(measure)


def test_chance_hangs_on_seed_text_and_audio_alone(bench: Benchmark) -> None:
    clips = many_clips(6)
    scores = chance(bench, seed=3).retriever.scores(["a", "b"], clips)
    renamed = Clips([f"other-{i}" for i in range(6)], clips.sha256, sample_rate=8_000, render=lambda name: None)
    assert np.array_equal(chance(bench, seed=3).retriever.scores(["b", "a"], renamed), scores[::-1])
    assert not np.isin(chance(bench, seed=4).retriever.scores(["a", "b"], clips), scores).any()
    # A golden value: what was recorded once must be found again by every later version.
    assert [f"{value:.7f}" for value in scores[0, :3]] == ["0.8896113", "0.0562950", "0.7548379"]


@given(st.integers(-(2**70), 2**70), st.text())
def test_any_seed_and_any_text_will_do(seed: int, text: str) -> None:
    scores = chance(None, seed=seed).retriever.scores([text, "\ud800"], many_clips(2))  # type: ignore[arg-type]
    assert scores.shape == (2, 2) and len(np.unique(scores)) == 4


def test_all_are_references(bench: Benchmark) -> None:
    for system in (chance(bench), matcher(bench), oracle(bench), reversed_order(bench)):
        assert system.about.reference and system.about.paradigm == "reference" and not system.whole_corpus
    assert chance(bench, seed=1).about.version != chance(bench, seed=2).about.version


def test_what_any_and_not_mean_to_it() -> None:
    either = Any((Before(("A", "B")), Lasts("C", at_least=1)))
    assert mistaken_about_order(either) == All((Not(either), Present("A"), Present("B"), Present("C")))
    denied = Not(Before(("A", "B")))
    assert mistaken_about_order(denied) == All((Not(denied), Present("A"), Present("B")))
