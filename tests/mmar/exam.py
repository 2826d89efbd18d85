"""A small benchmark and answers to it, for the tests of those who read and mark them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from earwitness.mmar.items import Items, read_items

ROWS: list[dict[str, Any]] = [
    {
        "id": f"{name}_00-00-0{at}_00-00-09",
        "audio_path": f"./audio/{name}.wav",
        "question": question,
        "choices": choices,
        "answer": answer,
        "modality": modality,
        "category": layer,
        "sub-category": "Counting",
        "language": language,
        "url": f"https://example.org/{name}",
    }
    for at, (name, question, choices, answer, modality, layer, language) in enumerate(
        [
            ("one", "What barks?", ["a dog", "a cat", "a horse", "a bird"], "a cat", "sound", "Signal Layer", None),
            ("two", "Is it loud?", ["Yes", "No"], "No", "music", "Perception Layer", "en"),
            (
                "two",
                "Which comes first?",
                ["the bell", "the horn", "the drum"],
                "the drum",
                "music",
                "Signal Layer",
                "zh|en",
            ),
            ("six", "How many {voices}?", ["2", "3", "4", "5"], "2", "speech", "Semantic Layer", "en"),
            ("ten", "Which way?", ["left to right", "right to left"], "left to right", "sound", "Signal Layer", None),
        ]
    )
]
"""Five items; two are of one source."""
IDS = [row["id"] for row in ROWS]


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def exam(folder: Path) -> Items:
    """Write the items into a folder and read them."""
    return read_items(write_lines(folder / "MMAR-meta.jsonl", ROWS))


def changed(at: int, **fields: Any) -> list[dict[str, Any]]:
    """Return the items with some fields of one of them changed; None leaves a field out."""
    rows = [dict(row) for row in ROWS]
    rows[at].update({name.replace("_of_", "-"): value for name, value in fields.items()})
    return rows
