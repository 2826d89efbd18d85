"""Time ranx on a score matrix; runs in ranx's own environment and prints JSON.

``python ranx_measures.py FOLDER DEPTH REPEATS``: FOLDER holds ``scores.npy`` and ``relevant.json``. What is timed is
everything from the matrix to the four numbers: the best DEPTH of each query, dictionaries, ``Qrels``, ``Run``,
``evaluate``. One run before is not counted: ranx compiles itself then.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from ranx import Qrels, Run, evaluate

MEASURES = ["hit_rate@1", "ndcg@10", "recall@10", "mrr"]


def main() -> None:
    folder, depth, repeats = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    scores = np.load(folder / "scores.npy", allow_pickle=False)
    relevant = json.loads((folder / "relevant.json").read_text())
    qrels = {f"q{q}": {f"d{c}": 1 for c in clips} for q, clips in enumerate(relevant)}
    times = []
    for _ in range(repeats + 1):
        start = time.process_time()
        best = np.argpartition(-scores, depth, axis=1)[:, :depth]
        run = {f"q{q}": {f"d{c}": float(row[c]) for c in best[q].tolist()} for q, row in enumerate(scores)}
        found = evaluate(Qrels(qrels), Run(run), MEASURES)
        times.append(time.process_time() - start)
    print(json.dumps({"seconds": sorted(times[1:])[repeats // 2], "values": {k: float(v) for k, v in found.items()}}))


if __name__ == "__main__":
    main()
