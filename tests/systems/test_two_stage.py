"""BM25 over captions: equal to the formula, the same in every process, and a file of captions that must fit."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import SystemFault
from earwitness.reasonaudio.folder import Benchmark
from earwitness.systems.base import clips_of
from earwitness.systems.captions import caption_of
from earwitness.systems.two_stage import heard_captions, true_captions

STOP_WORDS = set(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "if",
        "in",
        "into",
        "is",
        "it",
        "no",
        "not",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    ]
)


def words_of(text: str) -> list[str]:
    return [word for word in re.findall(r"\b\w\w+\b", text.lower()) if word not in STOP_WORDS]


def bm25(query: str, captions: list[str], *, k1: float = 1.5, b: float = 0.75) -> list[float]:
    """Robertson's weights with Lucene's inverse document frequency, word for word."""
    documents = [Counter(words_of(caption)) for caption in captions]
    mean = sum(document.total() for document in documents) / len(documents)
    scores = []
    for document in documents:
        score = 0.0
        for word in words_of(query):
            holding = sum(word in other for other in documents)
            idf = math.log(1 + (len(documents) - holding + 0.5) / (holding + 0.5))
            norm = k1 * (1 - b + b * document.total() / mean)
            score += idf * document[word] / (document[word] + norm) if word in document else 0.0
        scores.append(score)
    return scores


def write_captions(path: Path, captions: dict[str, str]) -> Path:
    rows = [json.dumps({"clip_id": clip, "caption": caption}) for clip, caption in captions.items()]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def captions(bench: Benchmark) -> dict[str, str]:
    return {s.clip_id: caption_of(s.timeline, bench.phrases, duration_s=s.duration_s) for s in bench.scenes}


def test_it_is_bm25(bench: Benchmark, captions: dict[str, str]) -> None:
    system = true_captions(bench)
    texts = [query.text for query in bench.queries[:6]] + ["Dog dog DOG!", "unheard-of words", "the a with not"]
    scores = system.retriever.scores(texts, clips_of(bench))
    for text, row in zip(texts, scores, strict=True):
        assert row == pytest.approx(bm25(text, list(captions.values())), rel=1e-5, abs=1e-6)
    assert scores[-3].any() and not scores[-2:].any()
    assert scores.dtype == np.float32
    assert system.whole_corpus and system.about.reference and system.about.paradigm == "reference"


def test_heard_captions_are_no_reference(bench: Benchmark, captions: dict[str, str], tmp_path: Path) -> None:
    # The file's order is not the benchmark's.
    path = write_captions(tmp_path / "whisper.jsonl", dict(reversed(captions.items())))
    system = heard_captions(path, bench)
    texts = [query.text for query in bench.queries]
    clips = clips_of(bench)
    assert np.array_equal(system.retriever.scores(texts, clips), true_captions(bench).retriever.scores(texts, clips))
    assert (system.about.name, system.about.paradigm, system.about.reference) == ("bm25 whisper", "two-stage", False)
    assert hashlib.sha256(path.read_bytes()).hexdigest() in system.about.version
    assert "BM25" in system.about.details["retrieval"]


def test_captions_that_say_nothing(bench: Benchmark, captions: dict[str, str], tmp_path: Path) -> None:
    silent = heard_captions(write_captions(tmp_path / "a.jsonl", dict.fromkeys(captions, "")), bench)
    clips = clips_of(bench)
    assert not silent.retriever.scores(["a dog", ""], clips).any()
    one = dict.fromkeys(captions, "") | {clips.names[3]: "a dog barking"}
    scores = heard_captions(write_captions(tmp_path / "b.jsonl", one), bench).retriever.scores(
        ["dog", "", "cat"], clips
    )
    assert np.flatnonzero(scores[0]).tolist() == [3] and scores[0, 3] > 0 and not scores[1:].any()
    assert scores.shape == (3, len(clips))


@pytest.mark.parametrize("change", ["lacking", "unknown", "both"])
def test_captions_of_other_clips_are_refused(
    change: str, bench: Benchmark, captions: dict[str, str], tmp_path: Path
) -> None:
    if change != "unknown":
        del captions["clip-001"], captions["clip-007"]
    if change != "lacking":
        captions["clip-x"] = "a dog"
    message = {
        "lacking": r"each of the 200 clips .*; 2 \('clip-001', 'clip-007'\) have none, and 0 are not",
        "unknown": r"; 0 have none, and 1 \('clip-x'\) are not clips of it",
        "both": r"; 2 \(.*\) have none, and 1 \('clip-x'\) are not clips of it",
    }[change]
    with pytest.raises(SystemFault, match=message):
        heard_captions(write_captions(tmp_path / "c.jsonl", captions), bench)


def test_an_empty_file_lacks_every_caption(bench: Benchmark, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").touch()
    with pytest.raises(SystemFault, match=r"200 \('clip-001', 'clip-002', 'clip-003', \.\.\.\) have none"):
        heard_captions(tmp_path / "c.jsonl", bench)


PROGRAM = """
import hashlib, sys
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.systems.base import clips_of
from earwitness.systems.two_stage import true_captions
bench = read_benchmark(sys.argv[1])
scores = true_captions(bench).retriever.scores([query.text for query in bench.queries], clips_of(bench))
print(hashlib.sha256(scores.tobytes()).hexdigest())
"""


def test_every_process_scores_alike_and_says_nothing(bench: Benchmark, bench_folder: Path) -> None:
    texts = [query.text for query in bench.queries]
    expected = true_captions(bench).retriever.scores(texts, clips_of(bench)).tobytes()
    for seed in ("0", "17"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(bench_folder)],
            capture_output=True, text=True, check=True, env=os.environ | {"PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert done.stdout.split() == [hashlib.sha256(expected).hexdigest()]
        assert done.stderr == ""
