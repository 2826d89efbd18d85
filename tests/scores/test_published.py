"""The published rows: their means are those that the digest of the paper prints."""

from __future__ import annotations

import pytest

from earwitness.logic.constraint import TASKS
from earwitness.scores.published import CAVEAT, PUBLISHED, SOURCE
from earwitness.systems.base import PARADIGMS

# The digest's column "Avg.", system by system.
DIGEST_AVERAGE = {
    "Qwen2-Audio + BGE-M3": 0.3,
    "Qwen2-Audio + Qwen3-Embedding": 0.3,
    "Step-Audio + BGE-M3": 3.0,
    "Step-Audio + Qwen3-Embedding": 4.2,
    "CLAP": 8.0,
    "AudioCLIP": 1.4,
    "Wav2CLIP": 0.3,
    "LCO-Embedding-3B": 14.3,
    "LCO-Embedding-7B": 19.5,
    "e5-omni-7B": 15.0,
    "OmniEmbed-7B": 20.1,
}
# The rows whose "Avg." is not the mean of their ten figures: none.
DISAGREE: set[str] = set()


def test_every_row_is_whole() -> None:
    assert [row.system for row in PUBLISHED] == list(DIGEST_AVERAGE)
    for row in PUBLISHED:
        assert tuple(row.acc1) == tuple(row.ndcg10) == TASKS
        assert all(0 <= value <= 100 for value in (*row.acc1.values(), *row.ndcg10.values()))
        assert row.paradigm in PARADIGMS


def test_the_papers_average_is_the_mean_of_all_ten_figures() -> None:
    found = {row.system for row in PUBLISHED if abs(row.average - DIGEST_AVERAGE[row.system]) > 0.05 + 1e-9}
    assert found == DISAGREE


def test_the_best_mean_accuracy_is_not_the_best_average() -> None:
    best = max(PUBLISHED, key=lambda row: row.mean_acc1)
    assert (best.system, best.mean_acc1) == ("LCO-Embedding-7B", pytest.approx(16.9))
    assert max(PUBLISHED, key=lambda row: row.average).system == "OmniEmbed-7B"


def test_sizes_are_those_that_the_names_state() -> None:
    for row in PUBLISHED:
        stated = next((part for part in row.system.split("-") if part.endswith("B") and part[:-1].isdigit()), None)
        assert row.n_parameters == (None if stated is None else int(stated[:-1]) * 10**9)


def test_the_two_option_test_is_known_of_one_system() -> None:
    assert {row.system: dict(row.two_option) for row in PUBLISHED if row.two_option} == {
        "OmniEmbed-7B": {"Negation": 27.5, "Duration": 50.8}
    }


def test_the_source_is_named() -> None:
    assert "2605.03361" in SOURCE and "digest" in SOURCE
    assert "another instance" in CAVEAT
