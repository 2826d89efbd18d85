"""Resume: an evaluation that is killed with SIGKILL at random moments must end in the same bytes as one that is not.

``python benchmarks/kill_evaluate.py --bench demo/bench --kills 50``. The command line is run, killed and run again
into one folder until it ends by itself; then every file of the run and what ``earwitness compare --json`` prints are
compared with those of a run that was left alone, and a new folder is begun, until all kills are spent.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from measure import earwitness, table

BLOCK = 10

# A model of its own, which writes down whatever it is asked, and one that always fails.
MODEL = """
import time
import numpy as np

def scores(texts, clips):
    with open({log!r}, "a") as log:
        log.write(clips.names[0] + "\\n")
    time.sleep(0.02)
    columns = [int(digest[:8], 16) % 9973 for digest in clips.sha256]
    return np.outer([len(text) for text in texts], columns) % 9973.0

def broken(texts, clips):
    if clips.names[0] > "clip-0400":
        raise ValueError("as always")
    return np.zeros((len(texts), len(clips)))
"""


class Tally(NamedTuple):
    """What one evaluation went through."""

    kills: int
    amid: int  # of them, those that left some blocks and not all
    asked: int  # how often the model was asked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", default="demo/bench")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        log = work / "asked.log"
        (work / "model.py").write_text(MODEL.format(log=str(log)))
        straight = evaluation(options.bench, work, "straight")
        started = time.perf_counter()
        subprocess.run(straight, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took = time.perf_counter() - started
        expected = contents(work / "straight")
        blocks = len(log.read_text().splitlines())
        whole = len(list((work / "straight").glob("systems/*/blocks/*.npy")))
        tallies: list[Tally] = []
        different = 0
        while (left := options.kills - sum(tally.kills for tally in tallies)) > 0:
            log.unlink(missing_ok=True)
            run = work / f"killed-{len(tallies)}"
            moments = [chance.uniform(0, took) for _ in range(left)]
            kills, amid = killed(evaluation(options.bench, work, run.name), run, moments, whole=whole)
            tallies.append(Tally(kills, amid, len(log.read_text().splitlines())))
            found = contents(run)
            wrong = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
            for name in wrong:
                print(f"{run.name}: '{name}' differs", file=sys.stderr)
            different += bool(wrong)
    kills, amid = sum(tally.kills for tally in tallies), sum(tally.amid for tally in tallies)
    repeated = sum(tally.asked - blocks for tally in tallies)
    rows = [
        ("SIGKILL at a random moment", kills, f"{options.kills}"),
        ("of them with some blocks written and not all", amid, ""),
        ("evaluations that they were spread over", len(tallies), ""),
        ("files compared in each, the output of `compare --json` among them", len(expected), ""),
        ("evaluations that ended in other bytes", different, "0"),
        ("blocks asked for more than once, of 1 lost by a kill at most", repeated, f"<= {kills}"),
    ]
    print(table(("what", "measured", "wanted"), rows))
    if different or repeated > kills:
        sys.exit("a killed evaluation ended in other bytes, or repeated work")


def evaluation(bench: str, work: Path, name: str) -> list[str]:
    """Return the command that evaluates two references, a model and one that fails."""
    model = f"python:{work / 'model.py'}"
    systems = ("chance", "matcher", f"Mine={model}:scores", f"Broken One={model}:broken")
    named = [word for system in systems for word in ("--system", system)]
    return earwitness("evaluate", bench, *named, "--out", str(work / name), "--block", str(BLOCK))


def killed(command: list[str], run: Path, moments: Sequence[float], *, whole: int) -> tuple[int, int]:
    """Run a command and kill it after each of some seconds, until it ends by itself; return two of `Tally`."""
    kills = amid = 0
    for seconds in (*moments, None):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        if process.returncode == 0:
            break
        if process.returncode != -signal.SIGKILL:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        kills += 1
        amid += 0 < len(list(run.glob("systems/*/blocks/*.npy"))) < whole
    return kills, amid


def contents(run: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a run, and of what ``compare`` says of it."""
    files = {path.relative_to(run).as_posix(): path.read_bytes() for path in run.rglob("*") if path.is_file()}
    done = subprocess.run(earwitness("compare", str(run), "--json"), stdout=subprocess.PIPE, check=True)
    files["compare --json"] = done.stdout
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


if __name__ == "__main__":
    main()
