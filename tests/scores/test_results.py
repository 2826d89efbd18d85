"""What was measured, over the references whose results are known beforehand."""

from __future__ import annotations

import json
import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from earwitness.logic.constraint import excluded_by, labels_of
from earwitness.reasonaudio.folder import Benchmark
from earwitness.scores.judged import Judged, judged
from earwitness.scores.measures import HEADLINE, TWO_OPTION, Measure, checked
from earwitness.scores.results import COMPARED, MEAN, Results, SystemResult, measured
from earwitness.systems.base import About, clips_of
from earwitness.systems.registry import open_systems

ACC1, NDCG10, R10 = (Measure.parse(text) for text in ("Acc@1", "nDCG@10", "R@10"))
REFERENCES = ("chance", "matcher", "oracle", "reversed")


class Found(NamedTuple):
    """Results, and what they were computed from."""

    results: Results
    scores: dict[str, npt.NDArray[np.float32]]

    def of(self, name: str) -> SystemResult:
        return next(system for system in self.results.systems if system.about.name == name)


@pytest.fixture(scope="module")
def arrays(bench: Benchmark) -> Judged:
    return judged(bench)


@pytest.fixture(scope="module")
def found(bench: Benchmark, arrays: Judged) -> Found:
    systems = open_systems(REFERENCES, bench, seed=3)
    scores = {s.about.name: checked(s.retriever.scores(arrays.texts, clips_of(bench)), system="") for s in systems}
    rng = np.random.default_rng(1)
    noisy = {
        f"noisy-{k}": scores["oracle"] + k * rng.standard_normal(scores["oracle"].shape, np.float32) for k in (1, 2)
    }
    given = [(system.about, scores[system.about.name], "") for system in systems]
    given += [(about(name), each, "") for name, each in noisy.items()]
    return Found(measured(given, arrays, seed=1), scores | noisy)


def about(name: str) -> About:
    return About(name, f"python:x:{name}", "other", reference=False, version="1")


def test_the_oracle_is_right_about_everything(found: Found, arrays: Judged) -> None:
    oracle = found.of("oracle")
    for measure in (*HEADLINE, TWO_OPTION):
        for name, estimate in oracle.estimates[measure].items():
            expected = 1.0
            if measure == R10:  # ten places cannot hold more than ten clips
                tasks = [k for k, task in enumerate(arrays.tasks) if name in (task, MEAN)]
                best = np.minimum(10, arrays.relevant.count) / arrays.relevant.count
                expected = float(np.mean([best[arrays.task == k].mean() for k in tasks]))
            assert estimate.value == pytest.approx(expected, abs=1e-12), (measure, name)
            assert estimate.low < 1.0, "an interval is never a point"


def test_reversed_is_always_wrong_about_order_and_right_about_the_rest(found: Found) -> None:
    two_option = found.of("reversed").estimates[TWO_OPTION]
    assert two_option["Order"].value == 0.0
    assert [two_option[task].value for task in ("Negation", "Overlap", "Duration")] == [1.0, 1.0, 1.0]
    # Below chance is a finding: p is the smallest that so many families allow, on the low side as on the high.
    p_low, p_high = (found.of(name).p_chance[TWO_OPTION]["Order"] for name in ("reversed", "oracle"))
    assert p_low == p_high == pytest.approx(2 * 0.5 ** two_option["Order"].clusters)


def test_the_matcher_earns_what_the_qrels_say(found: Found, bench: Benchmark, arrays: Judged) -> None:
    """Clips that hold every wanted sound tie; the expected share of relevant ones among them is Acc@1."""
    held = [frozenset(event.label for event in scene.events) for scene in bench.scenes]
    expected = []
    for query, constraint in enumerate(arrays.constraints):
        wanted = set(labels_of(constraint)) - excluded_by(constraint)
        tied = [clip for clip, labels in enumerate(held) if wanted <= labels]
        expected.append(len(set(tied) & set(arrays.relevant.of(query).tolist())) / len(tied))
    np.testing.assert_allclose(found.of("matcher").per_query[ACC1], expected, atol=1e-12)
    assert set(found.of("matcher").per_pair.tolist()) == {0.5}, "both clips hold the same wanted sounds"
    assert all(p == 1.0 for p in found.of("matcher").p_chance[TWO_OPTION].values())


def test_chance_lies_within_its_own_interval(found: Found) -> None:
    chance = found.of("chance")
    for measure in (ACC1, NDCG10, TWO_OPTION):
        for name, expected in found.results.chance[measure].items():
            assert chance.estimates[measure][name].low <= expected <= chance.estimates[measure][name].high, (
                measure,
                name,
            )
    assert chance.p_chance[TWO_OPTION][MEAN] > 0.05


def test_the_mean_weighs_every_task_alike_and_the_papers_average_is_another_number(found: Found) -> None:
    system = found.of("noisy-1")
    for measure in (ACC1, NDCG10, TWO_OPTION):
        tasks = [system.estimates[measure][task].value for task in found.results.judged.tasks]
        assert system.estimates[measure][MEAN].value == pytest.approx(float(np.mean(tasks)))
    ten = [system.estimates[m][task].value for m in (ACC1, NDCG10) for task in found.results.judged.tasks]
    assert system.paper_average == pytest.approx(100 * float(np.mean(ten)))
    assert system.paper_average != pytest.approx(100 * system.estimates[ACC1][MEAN].value)


def test_references_are_not_ranked(found: Found) -> None:
    assert [system.about.name for system in found.results.ranked] == ["noisy-1", "noisy-2"]


def test_comparisons_leave_no_pair_out_but_those_of_references(found: Found) -> None:
    names = {(c.a, c.b) for c in found.results.comparisons}
    assert names == {(r, n) for r in REFERENCES for n in ("noisy-1", "noisy-2")} | {("noisy-1", "noisy-2")}
    assert {c.measure for c in found.results.comparisons} == set(COMPARED)
    assert {c.task for c in found.results.comparisons} == {*found.results.judged.tasks, MEAN}
    for c in found.results.comparisons:
        a, b = (found.of(name).estimates[c.measure][c.task].value for name in (c.a, c.b))
        assert c.difference == pytest.approx(a - b, abs=1e-12)
        assert 1 / 10_000 <= c.p <= c.p_holm <= 1
        assert c.low <= c.difference <= c.high or math.isnan(c.low)


def test_a_difference_that_is_there_is_found_and_one_that_is_not_is_not(found: Found, arrays: Judged) -> None:
    means = {(c.a, c.b): c for c in found.results.comparisons if c.task == MEAN and c.measure == ACC1}
    assert means["oracle", "noisy-2"].p_holm < 0.05
    same = measured([(about("a"), found.scores["noisy-1"], ""), (about("b"), found.scores["noisy-1"], "")], arrays)
    assert {(c.difference, c.p, c.p_holm) for c in same.comparisons} == {(0.0, 1.0, 1.0)}


def test_same_seed_same_bytes(found: Found, arrays: Judged) -> None:
    given = [(system.about, found.scores[system.about.name], "") for system in found.results.systems]
    again = json.dumps(measured(given, arrays, seed=1).as_json(), sort_keys=True)
    assert again == json.dumps(found.results.as_json(), sort_keys=True)


def test_json_is_in_percent_and_has_the_intervals(found: Found) -> None:
    about_oracle = found.results.as_json()["systems"]["oracle"]  # type: ignore[index]
    assert about_oracle["Acc@1"] == dict.fromkeys((*found.results.judged.tasks, "mean"), 100.0)
    assert about_oracle["2AFC"]["Negation"] == 100.0
    low, high = about_oracle["ci"]["nDCG@10"]["Order"]
    assert 0 < low < high == 100.0
    assert about_oracle["reference"] is True
    json.dumps(found.results.as_json(), allow_nan=False)


def test_a_failure_is_a_row_and_the_others_go_on(found: Found, arrays: Judged) -> None:
    results = measured([(about("a"), None, "ValueError: no"), (about("b"), found.scores["noisy-1"], "")], arrays)
    failed, whole = results.systems
    assert (failed.failure, failed.estimates, whole.failure) == ("ValueError: no", {}, None)
    assert [system.about.name for system in results.ranked] == ["b"]
    assert results.comparisons == ()
    assert results.as_json()["systems"]["a"]["failure"] == "ValueError: no"  # type: ignore[index]
    assert math.isnan(failed.paper_average)


def test_a_run_that_does_not_decide_some_pairs_has_no_two_option_value(found: Found, arrays: Judged) -> None:
    scores = np.full_like(found.scores["oracle"], -np.inf)
    scores[:, :3] = 1.0
    results = measured([(about("deep"), scores, ""), (about("b"), found.scores["noisy-1"], "")], arrays)
    deep = results.systems[0]
    assert deep.undecided > 0
    assert TWO_OPTION not in deep.estimates and deep.p_chance[TWO_OPTION] == {}
    assert ACC1 in deep.estimates
    assert TWO_OPTION not in {c.measure for c in results.comparisons}
    json.dumps(results.as_json(), allow_nan=False)


def test_ties_at_the_top_are_counted(found: Found) -> None:
    assert found.of("noisy-1").tied_first == 0.0
    assert found.of("matcher").tied_first > 0.5


def test_means_are_not_rounded(found: Found, arrays: Judged) -> None:
    system = found.of("noisy-1")
    for place, task in enumerate(arrays.tasks):
        exact = math.fsum(system.per_query[NDCG10][arrays.task == place]) / np.count_nonzero(arrays.task == place)
        assert system.estimates[NDCG10][task].value == pytest.approx(exact, abs=1e-15)
