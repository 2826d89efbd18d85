"""Judges behind a server, and judging that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from earwitness.mmar.marking import Prediction
from earwitness.mmar.raters import open_raters
from earwitness.mmar.rubrics import Judging, judge
from earwitness.systems.chat import Settings
from mmar.judges import judged_items, keyword

KILLED = 2
SLOW = """
import json, pathlib, re, time

def slow(text):
    name = re.search(r"<(item-\\d+)>", text)[1]
    seat = re.search(r"rater (\\d)", text)[1]
    with pathlib.Path(__file__).with_name("calls").open("a") as file:
        file.write(f"{name} {seat}\\n")
    time.sleep(0.01)
    return json.dumps({"criteria": [{"number": n, "point": 1, "ground": ""} for n in range(1, 6)]})
"""
SCRIPT = """
import sys
from mmar.judges import judged_items
from earwitness.mmar.marking import Prediction
from earwitness.mmar.raters import open_raters
from earwitness.mmar.rubrics import Judging, judge
own, out, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
items = judged_items(n)
given = {item.id: Prediction("choice 0", reasoning=f"<{item.id}>") for item in items}
found = judge(items, given, open_raters([f"python:{own}:slow"], seats=2), out=out, judging=Judging(jobs=1))
assert [row["judged"] for row in found.counts] == [n, n], found.counts
"""


class _Handler(BaseHTTPRequestHandler):
    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body)
        text = body["messages"][0]["content"][0]["text"]
        message = {"role": "assistant", "content": keyword(text), "reasoning_content": "All five points!"}
        reply = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": {}, "model": "judge"}
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    handler = type("Handler", (_Handler,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_address[1]}/v1", handler.asked
        serving.shutdown()
        thread.join()


def test_a_served_judge_gets_text_alone_and_another_seed_for_each_rater(
    tmp_path: Path, server: tuple[str, list[dict[str, Any]]]
) -> None:
    url, asked = server
    items = judged_items(2)
    given = {item.id: Prediction("choice 0", reasoning=f"A bell, {item.id}.") for item in items}
    raters = open_raters(["openai:judge"], seats=3, url=url, settings=Settings(temperature=0.7), seed=11)
    found = judge(items, given, raters, out=tmp_path, judging=Judging(jobs=2))
    for each in raters:
        each.close()
    assert [row["judged"] for row in found.counts] == [2, 2, 2]
    assert found.marks[0].tolist() == [[1, 0, 0, 0, 0]] * 3
    assert sorted(body["seed"] for body in asked) == [11, 11, 12, 12, 13, 13]
    assert {body["temperature"] for body in asked} == {0.7}
    assert {part["type"] for body in asked for message in body["messages"] for part in message["content"]} == {"text"}
    assert len({json.dumps(body, sort_keys=True) for body in asked}) == 6


def test_kill_9_loses_no_judgement_and_asks_nothing_twice_that_was_kept(tmp_path: Path) -> None:
    n = 12
    (tmp_path / "own.py").write_text(SLOW)
    calls, out = tmp_path / "calls", tmp_path / "out"
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "own.py"), str(out), str(n)]
    kills = 0
    for turn in range(KILLED + 1):
        process = subprocess.Popen(command, cwd=Path(__file__).parent.parent, stderr=subprocess.PIPE)
        before = len(calls.read_text().splitlines()) if calls.exists() else 0
        while turn < KILLED and process.poll() is None:
            if calls.exists() and len(calls.read_text().splitlines()) >= before + 3:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.002)
        _, said = process.communicate(timeout=60)
        kills += process.returncode == -signal.SIGKILL
    assert process.returncode == 0, said.decode()
    assert kills == KILLED
    kept = [json.loads(line) for path in out.glob("judges/*/answers.jsonl") for line in path.read_text().splitlines()]
    assert len(kept) == len({(row["key"], row["id"]) for row in kept}) == 2 * n
    asked = calls.read_text().splitlines()
    # What was being answered when it was killed is all that may be asked again.
    assert len(set(asked)) == 2 * n
    assert len(asked) <= 2 * n + KILLED
