"""What the page says follows from the numbers."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from earwitness.reasonaudio.folder import Benchmark
from earwitness.report import findings
from earwitness.report.findings import KINDS, kept_vectors, reading
from earwitness.scores import diagnosis
from earwitness.scores.judged import judged
from earwitness.scores.measures import ACC1, TWO_OPTION
from earwitness.scores.results import MEAN, Comparison, Results
from earwitness.scores.stats import Estimate
from earwitness.systems.base import clips_of
from earwitness.systems.embedding import EmbeddingCache, embedded
from report.made import Made, about, made


@pytest.fixture(scope="module")
def given(bench: Benchmark) -> Made:
    return made(bench)


def words(results: Results) -> str:
    return " ".join(reading(results)).replace("\u202f", " ").replace("\u2060", "")


@pytest.mark.parametrize(
    ("share", "text"), [(0.169, "16.9"), (0.0, "0.0"), (1.0, "100.0"), (math.nan, "–"), (0.12345, "12.3")]
)
def test_shares_are_shown_in_percent(share: float, text: str) -> None:
    assert findings.percent(share) == text


@pytest.mark.parametrize(("p", "text"), [(0.0004, "< 0.001"), (0.03, "0.030"), (1.0, "1.000"), (math.nan, "–")])
def test_p_is_never_zero(p: float, text: str) -> None:
    assert findings.chances(p) == text


def test_differences_carry_their_sign() -> None:
    assert [findings.points(x) for x in (0.1, -0.1, math.nan)] == ["+10.0", "−10.0", "–"]


# --- the reading ---


def test_the_best_system_is_named_with_its_interval_and_chance(given: Made) -> None:
    best = given.results.ranked[0]
    found = best.estimates[ACC1][MEAN]
    text = words(given.results)
    assert text.startswith(f"{best.about.name} finds a right clip first most often of 4 systems")
    assert f"{100 * found.value:.1f} % ({100 * found.low:.1f}–{100 * found.high:.1f} %)" in text
    assert f"guessing earns {100 * given.results.chance[ACC1][MEAN]:.2f} %" in text
    assert "above chance" in text


def test_what_six_pairs_cannot_tell_is_not_said(given: Made) -> None:
    system = next(s for s in given.results.systems if s.about.name == "lover of sirens")
    assert system.estimates[TWO_OPTION]["Negation"].value == 0
    assert system.p_chance[TWO_OPTION]["Negation"] > 0.05
    assert "Below chance" not in words(given.results)


def test_a_system_that_is_surely_below_a_coin_is_named(given: Made) -> None:
    changed = []
    for system in given.results.systems:
        if system.about.name == "lover of sirens":
            surely = {**system.p_chance[TWO_OPTION], "Negation": 1e-9}
            system = dataclasses.replace(system, p_chance={**system.p_chance, TWO_OPTION: surely})
        changed.append(system)
    text = words(dataclasses.replace(given.results, systems=tuple(changed)))
    assert "Below chance is a finding too: lover of sirens on Negation (" in text


def test_references_are_not_said_to_be_best(given: Made) -> None:
    assert "oracle" not in words(given.results) and "chance finds" not in words(given.results)


def test_a_failure_is_said(given: Made) -> None:
    assert "broken has no scores: ValueError" in words(given.results)


def test_without_systems_nothing_is_ranked(bench: Benchmark) -> None:
    text = words(made(bench, only=("chance", "oracle"), broken=None).results)
    assert text == "Only references were evaluated: there is nothing to rank."


def test_how_far_matching_alone_goes_is_said(given: Made) -> None:
    systems = [
        dataclasses.replace(s, about=dataclasses.replace(s.about, name="tags", spec="matcher"))
        if s.about.name == "chance"
        else s
        for s in given.results.systems
    ]
    found = next(s for s in systems if s.about.spec == "matcher").estimates
    text = words(dataclasses.replace(given.results, systems=tuple(systems)))
    assert "How far matching alone goes: tags," in text
    assert f"a mean Acc@1 of {100 * found[ACC1][MEAN].value:.1f} %" in text
    assert f"right in {100 * found[TWO_OPTION][MEAN].value:.1f} %" in text
    assert "matching alone" not in words(given.results)


def test_one_system_leads_nobody(bench: Benchmark) -> None:
    text = words(made(bench, only=("embedding",), broken=None).results)
    assert text.startswith("embedding is the only system that is ranked: its mean Acc@1")
    assert "leads" not in text


@pytest.mark.parametrize(("p", "said"), [(0.001, "It leads"), (0.6, "too little to call it better")])
def test_a_lead_is_a_lead_only_beyond_chance(given: Made, p: float, said: str) -> None:
    first, second = given.results.ranked[:2]
    one = Comparison(second.about.name, first.about.name, ACC1, MEAN, -0.1, -0.2, 0.0, p, p, 0.15)
    text = words(dataclasses.replace(given.results, comparisons=(one,)))
    assert said in text and second.about.name in text and "10.0 points" in text


# --- rows ---


def test_rows_hold_what_was_measured(given: Made) -> None:
    system = given.results.ranked[0]
    row = findings.bar(system)
    assert row["value"] == pytest.approx(100 * system.estimates[ACC1][MEAN].value, abs=0.001)
    cells = findings.cells(system, ACC1, tasks=given.results.groups)
    assert [cell["task"] for cell in cells] == [*given.results.judged.tasks, MEAN]


def test_shares_of_what_the_first_clip_breaks_sum_to_one(given: Made) -> None:
    codes = diagnosis.faults(given.benchmark, given.results.judged)
    for name, scores in given.scores.items():
        found = findings.faults_of_first(name, scores, faults=codes, judged=given.results.judged)
        for task, shares in found["lines"]:
            assert sum(shares) == pytest.approx(1)
            drawn = [row for row in found["rows"] if row["task"] == task]
            assert sum(row["share"] for row in drawn) == pytest.approx(100, abs=0.01)
            assert {row["kind"] for row in drawn} <= set(KINDS)


def test_the_curve_starts_at_what_was_measured_and_never_falls(given: Made) -> None:
    arrays = given.results.judged
    codes = diagnosis.faults(given.benchmark, arrays)
    for system in given.results.shown:
        for line in findings.curve(system, given.scores[system.about.name], faults=codes, judged=arrays):
            assert line["acc1"][0] == pytest.approx(100 * system.estimates[ACC1][line["task"]].value, abs=0.001)
            assert len(line["acc1"]) == 101 and np.all(np.diff(line["acc1"]) >= -1e-9)


def test_the_gap_is_what_lies_between_matching_and_answering(given: Made) -> None:
    arrays = given.results.judged
    codes = diagnosis.faults(given.benchmark, arrays)
    oracle = next(s for s in given.results.systems if s.about.name == "oracle")
    found = findings.gap(oracle, given.scores["oracle"], faults=codes, judged=arrays)
    assert "What lies between, 0.0\u202f%, is lost to reasoning." in found["said"]
    for line in found["lines"]:
        p = oracle.p_chance[TWO_OPTION][line["task"]]
        assert line["side"].startswith("above (p" if p < 0.05 else "not told apart (p")
        assert line["matched"] == 1


def test_alignments_start_measured_and_end_ideal(given: Made) -> None:
    found = findings.alignments(given.results.shown, given.scores, vectors=given.vectors, judged=given.results.judged)
    assert [each["name"] for each in found] == [s.about.name for s in given.results.shown]
    for each in found:
        assert set(each["pictures"]) == ({"PCA", "t-SNE", "scores"} if each["name"] == "embedding" else {"scores"})
        assert (each["silhouette"] is not None) == (each["name"] == "embedding")
        for query in each["queries"]:
            assert len(query["auc"]) == len(query["margin"]) == 11
            assert query["auc"][-1] == pytest.approx(100)


def test_sizes_stand_where_they_are_known(given: Made) -> None:
    rows = findings.sized(given.results)
    assert {row["name"] for row in rows if row["source"] == "measured here"} == {"embedding", "lover of sirens"}
    assert {row["name"] for row in rows if row["source"] == "published"} >= {"LCO-Embedding-3B", "OmniEmbed-7B"}


def test_a_polarity_that_was_not_measured_is_explained() -> None:
    nan = math.nan
    none = diagnosis.PolarityBias(nan, nan, nan, n=0, undecided=0, p=nan, difference=nan)
    assert "no two-option test" in findings.no_bias(none)
    assert "3 of 10 pairs" in findings.no_bias(dataclasses.replace(none, n=10, undecided=3))


def test_a_verdict_needs_evidence(given: Made) -> None:
    system = given.results.ranked[0]
    sure = dataclasses.replace(
        system,
        p_chance={ACC1: {MEAN: 0.01}},
        estimates={ACC1: {MEAN: Estimate(0.2, 0.1, 0.3, 0.05, 10, 10)}},
    )
    assert findings.verdict(sure, ACC1, task=MEAN, chance=0.01) == "above"
    assert findings.verdict(sure, ACC1, task=MEAN, chance=0.5) == "below"
    unsure = dataclasses.replace(sure, p_chance={ACC1: {MEAN: 0.2}})
    assert findings.verdict(unsure, ACC1, task=MEAN, chance=0.01) == ""


# --- kept embeddings ---


class Toy:
    """Embeds by length: what it gives does not matter here."""

    def embed_texts(self, texts):  # type: ignore[no-untyped-def]
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    def embed_audio(self, audio, sample_rate):  # type: ignore[no-untyped-def]
        return np.array([[np.abs(sound).sum(), 1.0] for sound in audio], dtype=np.float32)


def test_embeddings_are_found_again_when_all_are_kept(bench: Benchmark, tmp_path: Path) -> None:
    toy, other = about("toy"), about("other")
    identity = f"{toy.spec}\n{toy.version}"
    texts = [query.text for query in bench.queries]
    cache = EmbeddingCache(tmp_path / "embeddings")
    of_texts = embedded(Toy(), texts, cache, identity=identity)
    folders = [tmp_path / "none", tmp_path / "embeddings"]
    assert kept_vectors([toy, other], bench, folders=folders) == {}
    of_clips = embedded(Toy(), clips_of(bench), cache, identity=identity)
    found = kept_vectors([toy, other], bench, folders=folders)
    assert list(found) == ["toy"]
    assert np.array_equal(found["toy"][0], of_texts) and np.array_equal(found["toy"][1], of_clips)
    assert len(judged(bench).clip_ids) == len(found["toy"][1])
