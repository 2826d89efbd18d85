"""Systems that the tests of the page make up, and a benchmark whose words are hostile."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from earwitness.logic.constraint import renamed
from earwitness.reasonaudio.folder import Benchmark
from earwitness.report.findings import Scores, Vectors
from earwitness.scores import diagnosis
from earwitness.scores.judged import Judged, judged
from earwitness.scores.results import Results, measured
from earwitness.systems.base import About

HOSTILE = '</script><script>window.hacked = true</script><img src=x onerror="window.hacked = true">'
"""What must be shown, and never run."""
HOSTILE_LABEL = "zip <i>&amp;</i>"


class Made(NamedTuple):
    """What ``write_report`` is given."""

    benchmark: Benchmark
    results: Results
    scores: Mapping[str, Scores]
    vectors: Mapping[str, Vectors]


def about(name: str, paradigm: str = "other", *, n_parameters: int | None = None) -> About:
    return About(name, f"python:{name}", paradigm, paradigm == "reference", "1", n_parameters)


def hostile(bench: Benchmark) -> Benchmark:
    """Return a benchmark with a label and queries that are HTML."""
    names = {"zip": HOSTILE_LABEL}
    scenes = [
        dataclasses.replace(
            scene, events=tuple(dataclasses.replace(e, label=names.get(e.label, e.label)) for e in scene.events)
        )
        for scene in bench.scenes
    ]
    queries = [
        dataclasses.replace(query, text=f"{query.text} {HOSTILE}", constraint=renamed(query.constraint, names))
        for query in bench.queries
    ]
    pairs = [dataclasses.replace(pair, broken=renamed(pair.broken, names)) for pair in bench.pairs]
    return dataclasses.replace(bench, scenes=tuple(scenes), queries=tuple(queries), pairs=tuple(pairs))


def made(bench: Benchmark, *, only: tuple[str, ...] | None = None, broken: str | None = "broken") -> Made:
    """Measure made-up systems of several kinds, and one that failed."""
    arrays = judged(bench)
    codes = diagnosis.faults(bench, arrays)
    rng = np.random.default_rng(1)
    shape = len(arrays.query_ids), len(arrays.clip_ids)
    matches, right, excluded = (codes != 1).astype(float), (codes == 0).astype(float), (codes == 2).astype(float)
    texts, clips = _vectors(arrays, matches + excluded, rng)
    systems = {
        "chance": (about("chance", "reference"), rng.standard_normal(shape)),
        "oracle": (about("oracle", "reference"), right),
        "embedding": (about("embedding", "MLLM", n_parameters=7_000_000_000), texts @ clips.T),
        "captions": (about("captions", "two-stage"), np.round(2 * matches + right + rng.standard_normal(shape))),
        "lover of sirens": (
            about("lover of sirens", "CLIP-style", n_parameters=190_000_000),
            matches + 3 * excluded + 0.3 * rng.standard_normal(shape),
        ),
        f"bad {HOSTILE}": (about(f"bad {HOSTILE}"), rng.standard_normal(shape)),
    }
    used = {name: value for name, value in systems.items() if only is None or name in only}
    scores = {name: value.astype(np.float32) for name, (_, value) in used.items()}
    given = [(who, scores[name], "") for name, (who, _) in used.items()]
    failed = [] if broken is None else [(about(broken, "MLLM"), None, f"ValueError: {HOSTILE}")]
    results = measured([*given, *failed], arrays)
    return Made(bench, results, scores, {"embedding": (texts, clips)} if "embedding" in used else {})


def _vectors(arrays: Judged, closeness: np.ndarray, rng: np.random.Generator) -> Vectors:
    """Return vectors of queries and clips that lie near where they belong together."""
    texts = rng.standard_normal((len(arrays.query_ids), 24))
    clips = 0.4 * closeness.T @ texts + rng.standard_normal((len(arrays.clip_ids), 24))
    texts, clips = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (texts, clips))
    return texts.astype(np.float32), clips.astype(np.float32)
