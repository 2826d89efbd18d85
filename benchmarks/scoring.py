"""Scoring MMAR's 1,000 items: the time of the whole command, with every statistic, beside that of starting Python.

Run ``python benchmarks/scoring.py --shared ../shared``. It exits with 1 when a limit of the design is passed, or when a
verdict of the official script is not met.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
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
    rows = []
    for what, arguments in STARTS.items():
        wall, cpu = seconds(arguments)
        rows.append((f"`{what}`", f"{wall:.2f}", f"{cpu:.2f}", ""))
    worst = 0.0
    for path in files:
        wall, cpu = seconds(score(path, mmar))
        worst = max(worst, wall)
        rows.append((f"`score {path.name}`", f"{wall:.2f}", f"{cpu:.2f}", f"<= {LIMIT_S:g}: {verdict(wall, LIMIT_S)}"))
    wall, cpu = seconds([*score(files[0], mmar), *map(str, files[1:])])
    rows.append((f"`score` of all {len(files)}, every pair compared", f"{wall:.2f}", f"{cpu:.2f}", ""))
    print(f"Best of {RUNS}; the target is that of the wall time.\n")
    print(table(("what", "wall s", "CPU s", "target"), rows), end="\n\n")
    missed = sum(len(unlike(path, mmar)) for path in files)
    print(
        f"Verdicts of `--extractor official` unlike those of the official script: {missed} of {1_000 * len(files):,}."
    )
    return int(worst > LIMIT_S or missed > 0)


def score(path: Path, mmar: Path) -> list[str]:
    """Return the arguments that score a file."""
    return ["-m", "earwitness", "score", str(path), "--benchmark", str(mmar)]


def seconds(arguments: Sequence[str]) -> tuple[float, float]:
    """Return the least wall time, and the least CPU time, that a fresh interpreter took for these arguments."""
    walls, cpus = [], []
    for _ in range(RUNS):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        walls.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return min(walls), min(cpus)


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
