"""Measure what starting costs: CPU seconds (user and system) of a fresh interpreter, best of several runs.

Run ``python benchmarks/import_cost.py``. It exits with 1 when a limit of the design is passed.
"""

from __future__ import annotations

import resource
import subprocess
import sys

RUNS = 5
# What is run, and the most CPU seconds that it may take more than a bare interpreter.
CASES = {
    "python -c pass": (["-c", "pass"], None),
    "import earwitness": (["-c", "import earwitness"], 0.1),
    "earwitness --help": (
        ["-c", "import sys; sys.argv = ['earwitness', '--help']\nfrom earwitness.cli import main; main()"],
        0.4,
    ),
}


def cpu_seconds(arguments: list[str]) -> float:
    """Return the least CPU time that a fresh interpreter took for these arguments."""
    best = float("inf")
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return best


def main() -> int:
    """Print the table; return 1 when something is over its limit."""
    bare = cpu_seconds(CASES["python -c pass"][0])
    failed = False
    print(f"{'what':<20} {'CPU s':>7} {'over bare':>10} {'limit':>6}")
    for what, (arguments, limit) in CASES.items():
        seconds = cpu_seconds(arguments)
        over = limit is not None and seconds - bare > limit
        failed |= over
        print(f"{what:<20} {seconds:7.3f} {seconds - bare:10.3f} {limit or '':>6}{'  too slow' if over else ''}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
