"""The measures beside pytrec_eval and ranx: the same scores, the same run, from the matrix to the numbers.

Run ``python benchmarks/retrieval_measures.py --ranx .venv-ranx/bin/python``; how to make that environment stands in
``benchmarks/peers/README.md``. 1,000 queries x 10,000 clips with 5 to 50 relevant clips each, as in
``research/retrieval_evaluation.md``. CPU time of one core; the conversions that the others force are part of it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

# One core, for all: set before numpy is loaded.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", NUMBA_NUM_THREADS="1")

import numpy as np
import pytrec_eval

from earwitness.scores.judged import Judged, Rows
from earwitness.scores.measures import HEADLINE, Measure, checked, per_query
from earwitness.scores.results import measured
from earwitness.systems.base import About
from measure import cpu_s, table, verdict

N_QUERIES, N_CLIPS, N_PAIRS = 1_000, 10_000, 600
FOUR = tuple(map(Measure.parse, ("Acc@1", "nDCG@10", "R@10", "MRR")))
TASKS = ("Negation", "Order", "Overlap", "Duration", "Mix")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranx", default=".venv-ranx/bin/python")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((N_QUERIES, N_CLIPS), dtype=np.float32)
    relevant = [np.sort(rng.choice(N_CLIPS, int(rng.integers(5, 51)), replace=False)).tolist() for _ in scores]
    for row, clips in zip(scores, relevant, strict=True):
        row[clips] += 2.0
    rows = Rows.from_pairs([(q, c) for q, clips in enumerate(relevant) for c in clips], n_queries=N_QUERIES)

    ours = cpu_s(lambda: per_query(FOUR, checked(scores, system="ours"), rows), repeats=9)
    average = cpu_s(lambda: per_query(HEADLINE, checked(scores, system="ours"), rows), repeats=options.repeats)
    floor = cpu_s(lambda: scores.max(), repeats=9)
    values = {str(m): float(v.mean()) for m, v in per_query(FOUR, scores, rows).items()}
    theirs, trec = _pytrec(scores, relevant)
    everything = _everything(scores, rows, rng)
    lines = [
        ("one pass over the matrix (the floor)", f"{1000 * floor:.1f} ms", "", ""),
        (
            "Acc@1, nDCG@10, R@10, full-depth MRR, NaN check",
            f"{1000 * ours:.1f} ms",
            f"<= 40 ms: {verdict(ours, 0.040)}",
            "",
        ),
        ("the same and AP", f"{1000 * average:.1f} ms", "", ""),
        (
            "2 systems: all measures, intervals, tests, comparisons",
            f"{1000 * everything:.0f} ms",
            f"<= 1 s: {verdict(everything, 1.0)}",
            "",
        ),
        (
            "pytrec_eval, full depth",
            f"{1000 * trec:,.0f} ms",
            f">= 80 x ours: {verdict(trec / ours, 80, least=True)}",
            f"{trec / ours:.0f} x",
        ),
    ]
    names = {"Acc@1": "success_1", "nDCG@10": "ndcg_cut_10", "R@10": "recall_10", "MRR": "recip_rank"}
    worst = max(abs(values[ours_name] - theirs[name]) for ours_name, name in names.items())
    ranx = _ranx(options, scores, relevant)
    if ranx is not None:
        ratio = ranx["seconds"] / ours
        reached = f">= 4 x ours: {verdict(ratio, 4, least=True)}"
        lines.append(("ranx, dictionaries, depth 100", f"{1000 * ranx['seconds']:,.0f} ms", reached, f"{ratio:.1f} x"))
    print(table(("1,000 queries x 10,000 clips, one core", "CPU time", "target", "beside ours"), lines))
    means = ", ".join(f"{name} {value:.6f}" for name, value in values.items())
    print(f"\nMean values: {means}; the greatest difference from pytrec_eval is {worst:.1e}.")
    if ranx is None:
        print("\nranx was left out: its environment is not on this machine.")


def _pytrec(scores: np.ndarray, relevant: list[list[int]]) -> tuple[dict[str, float], float]:
    start = time.process_time()
    qrels = {f"q{q}": {f"d{c}": 1 for c in clips} for q, clips in enumerate(relevant)}
    names = [f"d{c}" for c in range(scores.shape[1])]
    run = {f"q{q}": dict(zip(names, row.tolist(), strict=True)) for q, row in enumerate(scores)}
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"success.1", "ndcg_cut.10", "recall.10", "recip_rank"})
    found = evaluator.evaluate(run)
    means = {name: float(np.mean([each[name] for each in found.values()])) for name in found["q0"]}
    return means, time.process_time() - start


def _ranx(options: argparse.Namespace, scores: np.ndarray, relevant: list[list[int]]) -> dict | None:
    if not Path(options.ranx).exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "scores.npy", scores)
        (Path(folder) / "relevant.json").write_text(json.dumps(relevant))
        peer = Path(__file__).parent / "peers" / "ranx_measures.py"
        command = [options.ranx, str(peer), folder, "100", str(options.repeats)]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def _everything(scores: np.ndarray, rows: Rows, rng: np.random.Generator) -> float:
    """Return the CPU time of all that a comparison of two systems holds, from their matrices."""
    pairs = np.stack(
        [rng.integers(N_QUERIES, size=N_PAIRS), *(rng.integers(N_CLIPS, size=N_PAIRS) for _ in range(2))], axis=1
    )
    judged = Judged(
        checksum="", query_ids=("",) * N_QUERIES, texts=("",) * N_QUERIES, constraints=(), clip_ids=("",) * N_CLIPS,
        tasks=TASKS, task=np.repeat(np.arange(5), N_QUERIES // 5), relevant=rows, negatives=rows, pairs=pairs,
        pair_ids=("",) * N_PAIRS, broken=(),
    )  # fmt: skip
    other = scores + rng.standard_normal(scores.shape, dtype=np.float32)
    given = [(About(name, name, "other", False, ""), each, "") for name, each in (("a", scores), ("b", other))]
    return cpu_s(lambda: measured(given, judged), repeats=3)


if __name__ == "__main__":
    main()
