"""Scoring MMAR's 1,000 items: wall time of the whole command, with every statistic, beside that of starting Python.

Run ``python benchmarks/scoring.py --shared ../shared``. It exits with 1 when a limit of the design is passed, or when a
verdict of the official script is not met.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from measure import machine, table, verdict

RUNS = 5
LIMIT_S = 2.0
STARTS = {
    "python -c pass": ["-c", "pass"],
    "earwitness --version": ["-m", "earwitness", "--version"],
    "import scipy.special, scipy.sparse, scipy.optimize": ["-c", "import scipy.special, scipy.sparse, scipy.optimize"],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", default=os.environ.get("EARWITNESS_SHARED", "../shared"))
    mmar = Path(parser.parse_args().shared) / "data" / "mmar"
    files = sorted((mmar / "predictions").glob("*.jsonl"))
    print(machine(), end="\n\n")
    rows = [(f"`{what}`", f"{seconds(arguments):.2f}", "") for what, arguments in STARTS.items()]
    worst = 0.0
    for path in files:
        taken = seconds(score(path, mmar))
        worst = max(worst, taken)
        rows.append((f"`score {path.name}`", f"{taken:.2f}", f"<= {LIMIT_S:g}: {verdict(taken, LIMIT_S)}"))
    together = [*score(files[0], mmar), *map(str, files[1:])]
    rows.append((f"`score` of all {len(files)}, every pair compared", f"{seconds(together):.2f}", ""))
    print(f"Wall time, best of {RUNS}.\n")
    print(table(("what", "s", "target"), rows), end="\n\n")
    missed = sum(len(unlike(path, mmar)) for path in files)
    print(
        f"Verdicts of `--extractor official` unlike those of the official script: {missed} of {1_000 * len(files):,}."
    )
    return int(worst > LIMIT_S or missed > 0)


def score(path: Path, mmar: Path) -> list[str]:
    """Return the arguments that score a file."""
    return ["-m", "earwitness", "score", str(path), "--benchmark", str(mmar)]


def seconds(arguments: Sequence[str]) -> float:
    """Return the least wall time of a fresh interpreter with these arguments."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - start)
    return best


def unlike(path: Path, mmar: Path) -> list[str]:
    """Return the ids of the items that the official script was recorded to judge otherwise."""
    options = ["--extractor", "official", "--items", "--json"]
    # Exits with 1 when nothing was answered as the official script wants it.
    done = subprocess.run([sys.executable, *score(path, mmar), *options], check=False, stdout=subprocess.PIPE)
    found = {row["id"]: row["verdict"] == "right" for row in json.loads(done.stdout)["items"]}
    recorded = {row["id"]: bool(row["official_match"]) for row in map(json.loads, path.read_text("utf-8").splitlines())}
    return [name for name, right in recorded.items() if found[name] != right]


if __name__ == "__main__":
    sys.exit(main())
