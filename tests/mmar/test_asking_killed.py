"""Asking, killed by SIGKILL at any moment: nothing is lost, and nothing is asked again once its answer is written.

``benchmarks/asking_killed.py`` does the same to the command line, fifty times.
"""

from __future__ import annotations

import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from earwitness.mmar.asked import open_asked
from earwitness.mmar.prompts import PROMPTS, prompt_text
from mmar.askable import askable, loopback

SCRIPT = """
import sys
from earwitness.mmar.asking import ask
from earwitness.mmar.items import read_items
from earwitness.systems.answerers import open_answerer
from earwitness.systems.chat import Settings
items, url, out = sys.argv[1:]
settings = Settings(timeout_s=0.3, tries=2, first_wait_s=0.01)
run = ask(read_items(items), [open_answerer("openai:m", url=url, settings=settings)], out, jobs=4)
sys.exit(run.outcomes[0].counts["answered"] < 40)
"""
KILLS, N, JOBS = 5, 40, 4


def ids_in(out: Path) -> list[str]:
    """Return the item of each whole line of answers."""
    path = out / "models" / "m" / "answers.jsonl"
    return [json.loads(line)["id"] for line in path.read_text().split("\n")[:-1]] if path.is_file() else []


def test_kill_9_at_any_moment_loses_nothing_and_asks_nothing_twice(tmp_path: Path) -> None:
    items = askable(tmp_path / "items", N)
    names = {hashlib.sha256(prompt_text(PROMPTS["reason"], item).encode()).hexdigest(): item.id for item in items}
    out, log, chance = tmp_path / "run", tmp_path / "log", random.Random(3)
    known: set[str] = set()
    seen = killed = 0
    with loopback("--log", str(log), "--faults", "0.3", "--think", "0.05", "--stall", "0.5") as url:
        for _ in range(30):
            process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(items.path), url, str(out)])
            wanted, end = len(known) + chance.randrange(3), time.monotonic() + 60
            while killed < KILLS and len(ids_in(out)) < wanted and process.poll() is None:
                assert time.monotonic() < end
                time.sleep(0.005)
            if killed < KILLS:
                time.sleep(chance.uniform(0, 0.05))
                process.send_signal(signal.SIGKILL)
            assert process.wait(60) in (0, 1, -signal.SIGKILL)
            killed += process.returncode == -signal.SIGKILL
            asked = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
            assert not {names[sha] for what, sha in asked[seen:] if what == "asked"} & known
            seen = len(asked)
            there = ids_in(out)
            assert known <= set(there) and len(set(there)) == len(there)
            known = set(there)
            if process.returncode == 0:
                break
    assert killed == KILLS and len(known) == N
    delivered = Counter(sha for what, sha in asked if what == "answered")
    # What was on its way when the process died could only be asked again.
    assert set(delivered) == set(names) and sum(delivered.values()) - N <= JOBS * killed
    assert len(open_asked(out).predictions("m", "audio", 0)) == N
