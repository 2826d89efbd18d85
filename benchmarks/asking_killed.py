"""Asking, killed: a run that is killed with SIGKILL at random moments loses nothing and asks nothing twice.

``python benchmarks/asking_killed.py [--kills 50] [--items 120]``. ``earwitness evaluate`` asks a server on this
machine that answers, stalls, sends 429, 500, what is no JSON and half a body. It is killed and started again into the
same folder until every row is answered; then a new folder is begun, until all kills are spent. The server writes down
what it was asked and what it answered whole, each with the text of the question, and that is compared with the lines
of the run after every kill.

An answer may be on its way when the process dies: delivered by the server, and not yet written. Only asking again can
bring it; these are counted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from asking_loopback import lines, made_items, server
from earwitness.mmar.asked import open_asked
from earwitness.mmar.items import Items, read_items
from earwitness.mmar.prompts import PROMPTS, prompt_text
from measure import earwitness, table

MANY = 30  # calls that end by themselves, before rows without an answer are called lost
TIMEOUT_S = 1.0


class Tally(NamedTuple):
    """What one run went through."""

    kills: int
    amid: int  # of them, those that left some rows answered and not all
    calls: int  # commands that ended by themselves, the last with every row answered
    lost: int  # rows without an answer at the end, or whose line went missing after it had been there
    twice: int  # requests for rows whose answer was in the run's folder already
    again: int  # answers that the server delivered whole more than once, for they were not yet written
    errors: int  # rows that were without an answer at some time
    lines: int  # lines of answers beyond one for each row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--items", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    tallies: list[Tally] = []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        items = read_items(made_items(work / "items", options.items, seconds=1.0))
        while (left := options.kills - sum(tally.kills for tally in tallies)) > 0:
            # Half of them while a command starts and begins, half while it is in the middle of its work.
            moments = [chance.choice((chance.uniform(0, 2), chance.uniform(0, 8))) for _ in range(left)]
            tallies.append(killed(items, work / f"run-{len(tallies)}", moments, seed=options.seed + len(tallies)))
    total = Tally(*(sum(each) for each in zip(*tallies, strict=True)))
    rows = [
        ("SIGKILL at a random moment", total.kills, f"{options.kills}"),
        ("of them with some rows answered and not all", total.amid, ""),
        (f"runs of {options.items} rows that they were spread over", len(tallies), ""),
        ("commands that ended by themselves, until all rows were answered", total.calls, ""),
        ("rows without an answer at the end, or whose answer vanished", total.lost, "0"),
        ("requests for what was answered and written", total.twice, "0"),
        ("lines of answers beyond one for each row", total.lines, "0"),
        ("rows that were an error at some time, and were asked again", total.errors, ""),
        ("answers that a kill met between the network and the disk", total.again, f"<= {8 * total.kills}"),
    ]
    print(table(("what", "measured", "wanted"), rows))
    if total.lost or total.twice or total.lines or total.again > 8 * total.kills:
        sys.exit("a killed run lost an answer, or asked twice for one that it had")


def killed(items: Items, run: Path, moments: Sequence[float], *, seed: int) -> Tally:
    """Ask until all rows are answered, and kill the command after each of some seconds."""
    log = run.with_suffix(".log")
    of_item = {text_sha(prompt_text(PROMPTS["reason"], item)): item.id for item in items}
    kills = amid = calls = lost = twice = 0
    known: set[str] = set()
    seen = 0
    waiting = list(moments)
    options = ("--log", str(log), "--faults", "0.35", "--think", "0.05", "--stall", "3", "--seed", str(seed))
    with server(*options) as url:
        command = earwitness("evaluate", str(items.path), "--model", "openai:m", "--url", url, "--out", str(run))
        command += ["--timeout", str(TIMEOUT_S), "--jobs", "8", "--json"]
        while calls < MANY and len(known) < len(items):
            ended = called(command, waiting.pop(0) if waiting else None)
            asked = [of_item[line.split()[1]] for line in lines(log)[seen:] if line.startswith("asked ")]
            twice += sum(each in known for each in asked)
            seen = len(lines(log))
            there = answered(items, run)
            lost += len(known - there)
            known = there
            kills += ended == -signal.SIGKILL
            calls += ended != -signal.SIGKILL
            amid += ended == -signal.SIGKILL and 0 < len(known) < len(items)
        delivered = Counter(line for line in lines(log) if line.startswith("answered "))
    errors = {json.loads(line)["id"] for line in lines(next(run.glob("models/*/errors.jsonl")))}
    written = lines(next(run.glob("models/*/answers.jsonl")))
    lost += len(items) - len(known)
    again = sum(count - 1 for count in delivered.values())
    return Tally(kills, amid, calls, lost, twice, again, len(errors), len(written) - len(known))


def called(command: Sequence[str], seconds: float | None) -> int:
    """Run a command, kill it after some seconds, and return how it ended."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return process.returncode
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return process.returncode


def answered(items: Items, run: Path) -> set[str]:
    """Return the items whose answer is in a run's folder."""
    if not (run / "run.json").is_file():
        return set()
    asked = open_asked(run, items=items)
    found = [asked.predictions(each.about.name, each.arm, each.order) for each in asked.systems]
    return {name for each in found for name, prediction in each.items() if not prediction.error}


def text_sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    main()
