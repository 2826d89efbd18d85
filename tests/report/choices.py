"""Items and answers that the tests of a page about questions make up; some words are hostile."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import soundfile

from earwitness.mmar.items import LAYERS, MODALITIES, Items, read_items
from earwitness.mmar.marking import Prediction
from earwitness.mmar.orders import LETTERS, cyclic_orders
from earwitness.report.choice_findings import Answers
from earwitness.report.choice_maps import JudgedMap
from report.made import HOSTILE

N = 60
SILENT = 5
"""The item whose recording is not there."""
BAD = f"bad {HOSTILE}"
"""A system whose name and words are hostile."""


def items_in(folder: Path) -> Items:
    """Write items with recordings of a tenth of a second, in names that a link must quote."""
    (folder / "audio").mkdir(parents=True)
    rows = []
    for n in range(N):
        path = f"audio/a b#{n % 7}.wav"
        if n % 7 != SILENT:
            tone = 0.1 * np.sin(2 * np.pi * (300 + 50 * (n % 7)) * np.arange(1600) / 16_000)
            soundfile.write(folder / path, np.stack([tone, -tone], axis=1), 16_000)
        choices = [f"bell {n}", "drum", "dog", HOSTILE if n == 2 else "cat"][: 2 if n % 6 == 0 else 4]
        about = {"category": LAYERS[n % 3], "modality": MODALITIES[n % 4], "sub-category": "Counting", "language": "en"}
        asked = {"question": f"What is it, {n}? {HOSTILE if n == 1 else ''}", "choices": choices, "answer": choices[0]}
        rows.append({"id": f"item-{n}", "audio_path": path, **asked, **about})
    (folder / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_items(folder)


def knowing(items: Items, share: float, *, order: int = 0, form: str = "ANSWER: {}") -> dict[str, Prediction]:
    """Return the letters of a model that knows so many items, and takes the first choice of the others."""
    found = {}
    for n, item in enumerate(items):
        orders = cyclic_orders(item)
        if order < len(orders):
            turned = orders[order]
            place = turned.index(item.gold) if n < share * len(items) else 1
            found[item.id] = Prediction(form.format(LETTERS[place]), order=turned)
    return found


def answers_to(items: Items) -> list[Answers]:
    """Return a model asked in arms and orders, one that gives bare words, and one that is hostile."""
    arms = {"audio": 0.8, "text": 0.2, "silence": 0.25}
    found = [
        Answers("omni", knowing(items, share, order=order), arm, order)
        for arm, share in arms.items()
        for order in range(2 if arm == "audio" else 1)
    ]
    words = {item.id: Prediction(item.choices[0 if n % 2 else 1]) for n, item in enumerate(items)}
    given = {
        "item-0": Prediction(f"ANSWER: A\n{HOSTILE}", reasoning=f"thought {HOSTILE}"),
        "item-1": Prediction(None, error=f"timeout: {HOSTILE}"),
        "item-2": Prediction("I'm sorry, but I can't help with that."),
        "item-3": Prediction(f"It is loud. {HOSTILE}"),
        "item-4": Prediction(HOSTILE * 30),
    }
    return [*found, Answers("words", words), Answers(BAD, given)]


def map_of(name: str, items: Items) -> JudgedMap:
    """Return an error map of one system, in which every third item was not heard."""
    places = {item.id: "not heard" if n % 3 == 0 else "heard and reasoned" for n, item in enumerate(items)}
    shares = dict.fromkeys(
        (
            *("heard but failed to reason", "right for the wrong reason"),
            *("no answer", "not judged", "nothing to hear"),
        ),
        (0.0, 0.0, 0.1),
    )
    return JudgedMap(
        name=name,
        n=len(items),
        judged=len(items),
        heard="half",
        shares={"heard and reasoned": (2 / 3, 0.5, 0.8), "not heard": (1 / 3, 0.2, 0.5), **shares},
        wrong={"perception": (1.0, 0.9, 1.0)},
        paper={"perception": 0.37, "reasoning": 0.2, "knowledge": 0.09, "other": 0.34},
        places=places,
    )
