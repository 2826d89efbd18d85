"""Items that can be asked about, and models that answer as a test wants it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import ROOT
from earwitness.errors import AnswerError
from earwitness.mmar.items import Items, read_items
from earwitness.systems.answerer import Question, Reply
from earwitness.systems.base import About
from mmar.audio_items import samples, write_wave

__all__ = ["Model", "askable", "failing", "loopback", "of_choices", "wave_of"]


def wave_of(folder: Path, number: int) -> Path:
    return folder / "audio" / f"{number}.wav"


def askable(folder: Path, n: int = 6) -> Items:
    """Write items with a recording each into a folder and read them; every third has two choices, the others four."""
    return of_choices(folder, [2 if number % 3 == 2 else 4 for number in range(n)])


def of_choices(folder: Path, numbers: list[int]) -> Items:
    rows = []
    for number, n_choices in enumerate(numbers):
        write_wave(wave_of(folder, number), samples(800, 1 + number % 2, seed=number))
        choices = [f"sound {number}.{place}" for place in range(n_choices)]
        rows.append(
            {
                **{"id": f"item-{number}", "audio_path": f"audio/{number}.wav", "url": f"https://example.org/{number}"},
                **{"question": f"What is heard in {number}?", "choices": choices, "answer": choices[1]},
                **{"modality": "sound", "category": "Signal Layer"},
            }
        )
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_items(folder)


class Model:
    """Answers by a function of the question, and keeps what it was asked."""

    def __init__(
        self,
        says: Callable[[Question], str | Reply | Exception] = lambda question: "ANSWER: B",
        *,
        name: str = "toy",
        version: str = "1",
        wait_s: float = 0.0,
    ) -> None:
        self.about = About(name, f"python:toy:{name}", "MLLM", False, version)
        self.says, self.wait_s = says, wait_s
        self.asked: list[Question] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def answer(self, question: Question) -> Reply:
        with self._lock:
            self.asked.append(question)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            time.sleep(self.wait_s)
            said = self.says(question)
        finally:
            with self._lock:
                self.at_once -= 1
        if isinstance(said, Exception):
            raise said
        return Reply(said) if isinstance(said, str) else said


def failing(kind: str = "server") -> AnswerError:
    return AnswerError(kind, "as always")


@contextmanager
def loopback(*options: str) -> Iterator[str]:
    """Give the address of a server of its own process, see ``benchmarks/asking_server.py``."""
    command = [sys.executable, str(ROOT / "benchmarks" / "asking_server.py"), *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.stdin.close()
