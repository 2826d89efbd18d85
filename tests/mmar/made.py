"""Items and marks as a test wants them, made without a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from earwitness.mmar.items import Item, Items
from earwitness.mmar.marking import Mark, Marked
from earwitness.mmar.orders import Order, cyclic_orders

Chooses = Callable[[Item, Order], int | None]


def items_of(choices: Sequence[int], *, sources: Sequence[str] | None = None, **named: Sequence[str]) -> Items:
    """Return items with so many choices each; the first is right. ``named`` are other fields, one value an item."""
    rows = tuple(
        Item(
            id=f"item-{number}",
            question="Which?",
            choices=tuple(f"choice {place}" for place in range(n)),
            gold=0,
            source=sources[number] if sources else f"source-{number}",
            **{field: values[number] for field, values in named.items()},
        )
        for number, n in enumerate(choices)
    )
    return Items(Path("made.jsonl"), "0" * 64, rows)


def system(items: Items, right: Sequence[bool], *, name: str = "made") -> Marked:
    """Return a system that is right on some items and wrong on the others."""
    marks = [Mark("right", item.gold) if yes else Mark("wrong", 1) for item, yes in zip(items, right, strict=True)]
    return Marked(name, items, "robust", tuple(marks))


def in_orders(items: Items, chooses: Chooses, *, orders: int) -> list[Marked]:
    """Return a system asked in cyclic orders; ``chooses`` gives the place among the item's own choices, or None."""
    found = []
    for turn in range(orders):
        marks = []
        for item in items:
            shown = cyclic_orders(item)
            choice = chooses(item, shown[turn]) if turn < len(shown) else None
            verdict = "missing" if choice is None else "right" if choice == item.gold else "wrong"
            marks.append(Mark(verdict, choice))
        found.append(Marked("made", items, "robust", tuple(marks)))
    return found


def guesser(rng: np.random.Generator) -> Chooses:
    """Return who draws a choice, each time anew."""
    return lambda item, order: int(rng.integers(len(item.choices)))
