"""Folders of items with recordings, as tests want them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

from earwitness.mmar.items import Items, read_items

__all__ = ["Wave", "item_rows", "items_in", "read_wave", "samples", "write_wave"]


class Wave(NamedTuple):
    """A decoded WAV file."""

    pcm: npt.NDArray[np.int16]
    rate: int


def samples(n: int, channels: int = 1, *, level: float = 0.1, seed: int = 0) -> npt.NDArray[np.int16]:
    """Return noise of a level, as PCM16 of shape (n, channels)."""
    drawn = np.random.default_rng(seed).standard_normal((n, channels)) * level
    return np.clip(np.rint(drawn * 32768), -32768, 32767).astype(np.int16)


def write_wave(path: Path, pcm: npt.NDArray[Any], rate: int = 8_000, *, subtype: str = "PCM_16") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, pcm, rate, subtype=subtype)
    return path


def read_wave(data: bytes) -> Wave:
    """Decode a WAV file with a reader that is not ours."""
    pcm, rate = soundfile.read(BytesIO(data), dtype="int16", always_2d=True)
    return Wave(pcm, rate)


def item_rows(recordings: Mapping[str, str], *, sources: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return records of items, given the path of each one's recording; a source is what stands in their ids."""
    rows = []
    for name, path in recordings.items():
        row: dict[str, Any] = {"id": name, "audio_path": path, "question": "What is heard?"}
        row |= {"choices": ["a dog", "a cat", "rain"], "answer": "a cat"}
        if sources is not None:
            row |= {"id": f"{sources[name]}_00-00-{int(name):02d}_00-00-59", "url": "https://example.org"}
        rows.append(row)
    return rows


def items_in(folder: Path, recordings: Mapping[str, str], *, sources: Mapping[str, str] | None = None) -> Items:
    """Write a file of items into a folder and read it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row) for row in item_rows(recordings, sources=sources)]
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_items(folder)
