"""What the benchmarks of asking share: a server on this machine, and items whose recordings are made for them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).resolve().parent


@contextmanager
def server(*options: str) -> Iterator[str]:
    """Give the address of a server of its own process, which ends with the block."""
    command = [sys.executable, str(HERE / "asking_server.py"), *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.stdin.close()


def made_items(folder: Path, n: int, *, seconds: float = 10.0, sample_rate: int = 16000) -> Path:
    """Make items that differ, each with a recording of its own, and return their file."""
    (folder / "audio").mkdir(parents=True)
    rng = np.random.default_rng(7)
    rows = []
    for number in range(n):
        samples = rng.normal(0, 2000, round(seconds * sample_rate)).astype(np.int16)
        soundfile.write(folder / "audio" / f"{number}.wav", samples, sample_rate)
        choices = [f"a dog {number}", f"a cat {number}", "rain", "nothing of these"]
        rows.append(
            {
                **{"id": f"item-{number:04}", "audio_path": f"audio/{number}.wav", "modality": "sound"},
                **{"question": f"What is heard in number {number}?", "choices": choices, "answer": choices[number % 4]},
            }
        )
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def lines(path: Path) -> Sequence[str]:
    """Return the whole lines of a file that may be missing."""
    return path.read_text().splitlines() if path.is_file() else []
