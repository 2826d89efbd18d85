"""Asking: what Earwitness itself takes for an item, against a server on this machine that answers at once.

``python benchmarks/asking.py [--items 1000] [--repeats 3]``. Each item has a recording of 10 seconds at 16 kHz. The
seconds are those of the whole command but its start, from the first recording that is checked to the last answer that
is written, and those of the whole command; the server, which shares the machine, is among them. Memory is the peak of
the command's process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from asking_loopback import made_items, server
from measure import table

# In a process of its own, so that its memory is its own.
ASK = """
import json, resource, sys, time
from earwitness.mmar.asking import Terms, ask
from earwitness.mmar.items import read_items
from earwitness.systems.answerers import open_answerer
from earwitness.systems.chat import Settings
items, url, out, arm, jobs = sys.argv[1:]
rows = read_items(items)
model = open_answerer("openai:loopback", url=url, settings=Settings())
cpu = time.process_time()
began = time.perf_counter()
run = ask(rows, [model], out, arms=[arm], jobs=int(jobs))
wall = time.perf_counter() - began
cpu = time.process_time() - cpu
again = time.perf_counter()
ask(rows, [model], out, arms=[arm], jobs=int(jobs))
again = time.perf_counter() - again
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([wall, again, cpu, peak, run.outcomes[0].counts["answered"]]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name, server() as url:
        work = Path(name)
        items = made_items(work / "items", options.items)
        for arm, jobs in (("audio", 8), ("audio", 1), ("noise", 8), ("text", 8)):
            found = [measured(items, url, work / f"{arm}-{jobs}-{each}", arm, jobs) for each in range(options.repeats)]
            wall, again, cpu, peak, answered = min(found)
            if answered != options.items:
                sys.exit(f"only {answered} of {options.items} items were answered")
            wanted = ("<= 3", "<= 300") if (arm, jobs) == ("audio", 8) else ("", "")
            wall_ms, cpu_ms, again_ms = (f"{1e3 * seconds / options.items:.2f}" for seconds in (wall, cpu, again))
            rows.append((arm, jobs, wall_ms, wanted[0], cpu_ms, again_ms, f"{peak:.0f}", wanted[1]))
    head = ("arm", "jobs", "ms an item", "wanted", "CPU ms", "all answered before, ms", "peak MiB", "wanted")
    print(table(head, rows))


def measured(items: Path, url: str, out: Path, arm: str, jobs: int) -> list[float]:
    """Ask once into a new folder and again into the same; return seconds of both, of CPU, MiB, and answers."""
    command = [sys.executable, "-c", ASK, str(items), url, str(out), arm, str(jobs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
