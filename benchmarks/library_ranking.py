"""How well a search ranks a library of real recordings: by soft logic and three baselines, for each form of question.

Run ``python benchmarks/library_ranking.py --bench BENCH --listener LISTENER --model WEIGHTS --work FOLDER``. The
listener was fitted to the split `train` of a bank, the benchmark was composed from the split `test`, as
``benchmarks/listening.py`` leaves them. Its clips are written as FLAC files and indexed, and each of its questions is
searched for. Average precision is over all clips in which the claim holds, planned or not. "Hard threshold" takes
events of a confidence of 0.5 or more for certain; "events" are all that the index holds, ranked by confidence.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from unittest import mock

import numpy as np
import numpy.typing as npt

from earwitness.library import ranking
from earwitness.library.asking import Asked
from earwitness.library.search import Library, open_library
from earwitness.library.sql import statement
from earwitness.logic.constraint import Constraint
from earwitness.logic.soft import min_max, order_blind
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.scores.judged import Judged, judged
from earwitness.scores.measures import Measure
from earwitness.scores.results import measured
from earwitness.systems.base import About
from measure import earwitness, estimates, run, table

AP = Measure("AP")
_Scores = npt.NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--listener", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    clips, index = options.work / "clips", options.work / "index"
    if not clips.is_dir():
        run(earwitness("export", options.bench, str(clips), "--format", "flac", "--jobs", "2"))
    audio = clips / "audio"
    heard = run(
        earwitness("index", str(audio), "--out", str(index), "--listener", options.listener, "--model", options.model)
    )
    library, arrays = open_library(index), judged(read_benchmark(options.bench))
    print(f"{library.n_recordings:,} clips indexed in {heard.wall_s:.0f} s, {heard.peak_mib:,.0f} MiB.\n")
    asked = [Asked(text, constraint, ()) for text, constraint in zip(arrays.texts, arrays.constraints, strict=True)]
    place = {f"{clip}.flac": number for number, clip in enumerate(arrays.clip_ids)}
    ways = {"soft logic (search)": by_search(library, asked, place)}
    for name, way in (("min and max (STL)", min_max), ("order-blind", order_blind)):
        with mock.patch.object(ranking, "soft", way):
            ways[name] = by_search(library, asked, place)
    ways["events, by confidence"] = by_events(library, arrays.constraints, place, least=0.0)
    ways["events, hard threshold"] = by_events(library, arrays.constraints, place, least=0.5)
    given = [(About(name, name, "search", reference=False, version=""), scores, "") for name, scores in ways.items()]
    results = measured(given, arrays)
    rows = [(each.about.name, *estimates(each.estimates[AP], results.groups)) for each in results.systems]
    print(table(("mean average precision, % (95 %)", *results.groups), rows) + "\n")
    print(reliability(ways["soft logic (search)"], arrays) + "\n")
    print(latency(library, asked))


def by_search(library: Library, asked: Sequence[Asked], place: dict[str, int]) -> _Scores:
    """Return what a search says of each clip."""
    scores = np.zeros((len(asked), len(place)), np.float32)
    for row, question in enumerate(asked):
        for moment in library.find(question, limit=None):
            scores[row, place[moment.path]] = moment.confidence
    return scores


def by_events(library: Library, constraints: Sequence[Constraint], place: dict[str, int], *, least: float) -> _Scores:
    """Return the confidence of the events that show a claim, 0 where it does not hold on the events."""
    database = library._database
    database.execute(f"CREATE OR REPLACE TEMP TABLE sure AS SELECT * FROM events WHERE confidence >= {least}")
    paths = dict(database.execute("SELECT recording, path FROM recordings").fetchall())
    scores = np.zeros((len(constraints), len(place)), np.float32)
    for row, constraint in enumerate(constraints):
        sql = statement(constraint, limit=None, witnesses=False, events="sure")
        for recording, score in database.execute(sql).fetchall():
            scores[row, place[paths[recording]]] = score
    return scores


def reliability(scores: _Scores, arrays: Judged) -> str:
    """Return how often claims hold of which a search says that they probably do."""
    holds = np.zeros(scores.shape, bool)
    for row in range(len(scores)):
        holds[row, arrays.relevant.of(row)] = True
    said, true = scores.ravel().astype(np.float64), holds.ravel()
    bins = np.minimum((said * 10).astype(int), 9)
    rows = [
        (f"{low / 10:.1f}-{low / 10 + 0.1:.1f}", f"{np.count_nonzero(bins == low):,}",
         f"{said[bins == low].mean():.2f}", f"{true[bins == low].mean():.2f}")
        for low in range(10) if (bins == low).any()
    ]  # fmt: skip
    off = sum(abs(said[bins == low].sum() - true[bins == low].sum()) for low in range(10)) / len(said)
    return (
        f"{table(('said', 'clips and questions', 'said, mean', 'true'), rows)}\n\n"
        f"Expected calibration error {off:.4f}, Brier score {np.mean((said - true) ** 2):.4f} (always saying how many "
        f"are true: {true.mean() * (1 - true.mean()):.4f})."
    )


def latency(library: Library, asked: Sequence[Asked]) -> str:
    """Return how long a question takes, warm, for the 100 best."""

    def times(answer: Callable[[Asked], object]) -> list[float]:
        found = []
        for question in asked:
            start = time.perf_counter()
            answer(question)
            found.append(1e3 * (time.perf_counter() - start))
        return found

    ways = {
        "reading the question": lambda q: library.ask(q.text),
        "the SQL on events alone": lambda q: library._rows(library.statement(q, limit=100)),
        "judged by soft logic, with witnesses": lambda q: library.find(q, limit=100),
    }
    rows = []
    for name, way in ways.items():
        times(way)
        taken = times(way)
        rows.append((name, f"{np.median(taken):.1f} ms", f"{np.percentile(taken, 95):.1f} ms"))
    return table((f"{len(asked)} questions, 100 best of {library.n_recordings:,} clips", "median", "95 %"), rows)


if __name__ == "__main__":
    main()
