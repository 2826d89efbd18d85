"""A run of models that were asked about items: its manifest, and what it holds for whoever scores it."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import earwitness
from earwitness.errors import BenchmarkError, RunError
from earwitness.mmar.items import Items, read_items
from earwitness.mmar.ledger import Book, Row, read_book, read_model
from earwitness.mmar.marking import Prediction
from earwitness.mmar.prompts import Prompt
from earwitness.records import read_json, write_json
from earwitness.systems.base import About

__all__ = ["CAPTIONERS", "COUNTS", "MODELS", "Asked", "AskedSystem", "begin", "counts_of", "open_asked"]

MODELS = "models"
"""The folder in a run that holds a folder for each model."""
CAPTIONERS = "captioners"
"""The same for those that describe recordings."""
COUNTS = ("answered", "refused", "error", "not run")
"""What can have become of a row: there is an answer; the model's own server refused; there is none, for a fault; it was
not asked."""

_RUN = "run.json"
_PROMPT = ("name", "template", "lettered", "version")
_FIELDS: Mapping[str, type] = {**dict.fromkeys(("items", "prompt", "versions"), dict), "seed": int}


class AskedSystem(NamedTuple):
    """A model in one arm with one order of the choices: what is scored."""

    about: About
    """Which model."""
    arm: str
    """In which arm."""
    order: int
    """With choices turned by so many places."""
    counts: Mapping[str, int]
    """How many items have each of the ``COUNTS``; they add up to the items that have so many choices."""


class _Model(NamedTuple):
    """One model of a run."""

    about: About
    asked: Mapping[str, Mapping[str, Any]]
    book: Book


@dataclass(frozen=True)
class Asked:
    """A run folder, to be scored."""

    folder: Path
    """Where it is."""
    items: Items
    """What was asked."""
    prompt: Prompt
    """In which words."""
    seed: int
    """What arms depended on."""

    @cached_property
    def systems(self) -> tuple[AskedSystem, ...]:
        """Each model in each arm with each order that it was asked in."""
        found = []
        for about, asked, book in self._models.values():
            for arm, told in asked.items():
                for order in range(told["orders"]):
                    rows = [Row(item.id, arm, order) for item in self.items if order < len(item.choices)]
                    if rows:
                        found.append(AskedSystem(about, arm, order, counts_of(book, rows)))
        return tuple(found)

    def predictions(self, name: str, arm: str, order: int) -> Mapping[str, Prediction]:
        """Return what a model gave back, by item; what it was not asked has none.

        Parameters
        ----------
        name
            The model.
        arm
            In which arm.
        order
            With choices turned by so many places: 0 is as the items have them.

        Raises
        ------
        RunError
            When it was not asked so.
        """
        model = self._models.get(name)
        if model is None or arm not in model.asked or not 0 <= order < model.asked[arm]["orders"]:
            there = ", ".join(f"'{each.about.name}' ({each.arm}, {each.order})" for each in self.systems) or "none"
            raise RunError(
                f"The run '{self.folder}' does not hold '{name}' in the arm '{arm}' with order {order}; it "
                f"holds {there}."
            )
        entries = {item.id: model.book.last.get(Row(item.id, arm, order)) for item in self.items}
        found = {}
        for name, entry in entries.items():
            if entry is not None and entry.error:
                found[name] = Prediction(None, error=f"{entry.error}: {entry.message}")
            elif entry is not None:
                refused = bool(entry.refused)
                found[name] = Prediction(entry.text, refused=refused, order=entry.shown, reasoning=entry.reasoning)
        return found

    def book(self, name: str) -> Book:
        """Return all that is written of a model.

        Raises
        ------
        RunError
            When there is no such model.
        """
        if name not in self._models:
            raise RunError(f"The run '{self.folder}' holds no model '{name}'; it holds {', '.join(self._models)}.")
        return self._models[name].book

    @cached_property
    def _models(self) -> Mapping[str, _Model]:
        places = sorted(path.parent for path in (self.folder / MODELS).glob("*/model.json"))
        read = [_Model(*read_model(place), read_book(place)) for place in places]
        return {model.about.name: model for model in read}


def open_asked(folder: str | Path, *, items: Items | None = None) -> Asked:
    """Open a run folder to score it; it may be written meanwhile.

    Parameters
    ----------
    folder
        From ``earwitness evaluate ITEMS --model ...``.
    items
        What was asked; None: found where the run says.

    Raises
    ------
    RunError
        When there is no run, it is damaged, or it is of other items.
    """
    folder = Path(folder)
    about = _read(folder)
    items = _items_of(folder, about) if items is None else items
    if items.sha256 != about["items"]["sha256"]:
        raise RunError(
            f"The run '{folder}' is of other items, or of these before they changed: of a file with the SHA-256 "
            f"{about['items']['sha256']}; that of '{items.path}' is {items.sha256}. Ask into another folder."
        )
    told = about["prompt"]
    return Asked(folder, items, Prompt(told["name"], told["template"], lettered=told["lettered"]), about["seed"])


def begin(folder: Path, items: Items, *, prompt: Prompt, seed: int) -> None:
    """Begin a run, or make sure that the one that is there is of these items, this prompt and this seed.

    Raises
    ------
    RunError
        When it is not, or the folder holds something else.
    """
    if (folder / _RUN).is_file():
        there = open_asked(folder, items=items)
        if there.prompt != prompt:
            raise RunError(
                f"The run '{folder}' was begun with the prompt '{there.prompt.name}' ({there.prompt.version}); got "
                f"'{prompt.name}' ({prompt.version}): ask into another folder."
            )
        if there.seed != seed:
            raise RunError(
                f"The run '{folder}' was begun with the seed {there.seed}, got {seed}: give --seed {there.seed}, or "
                "ask into another folder."
            )
        return
    if folder.exists() and not folder.is_dir():
        raise RunError(f"'{folder}' is a file: expected a run folder, or a place for one.")
    partials = set(folder.glob(f".{_RUN}.*.partial"))
    others = sorted(path.name for path in {*folder.glob("*"), *folder.glob(".*")} - partials)
    if others:
        raise RunError(f"'{folder}' is not a run, and not empty (it holds '{others[0]}'): name another folder.")
    for partial in partials:
        partial.unlink(missing_ok=True)
    place = items.path.resolve()
    about = {
        "items": {
            **{"absolute": str(place), "relative": os.path.relpath(place, folder.resolve())},
            **{"sha256": items.sha256, "count": len(items)},
        },
        "prompt": {name: getattr(prompt, name) for name in _PROMPT},
        "seed": seed,
        "versions": {
            **{"earwitness": earwitness.__version__, "commit": _commit()},
            **{"python": platform.python_version(), "numpy": np.__version__},
        },
    }
    write_json(folder / _RUN, about)


def counts_of(book: Book, rows: Sequence[Row]) -> dict[str, int]:
    """Return how many rows have each of the ``COUNTS``."""
    counts = dict.fromkeys(COUNTS, 0)
    for row in rows:
        entry = book.last.get(row)
        if entry is None:
            counts["not run"] += 1
        elif entry.error:
            counts["error"] += 1
        else:
            counts["refused" if entry.refused else "answered"] += 1
    return counts


def _read(folder: Path) -> dict[str, Any]:
    path = folder / _RUN
    if not path.is_file():
        what = "it has no run.json" if folder.is_dir() else "there is no such folder"
        raise RunError(
            f"'{folder}' is not a run: {what}. 'earwitness evaluate ITEMS --model SPEC --out {folder}' makes one."
        )
    try:
        about = read_json(path)
    except BenchmarkError as error:
        raise RunError(str(error)) from error
    if "benchmark" in about and "items" not in about:
        raise RunError(f"'{folder}' is a run of retrieval systems: 'earwitness compare {folder}' tells of it.")
    for name, kind in _FIELDS.items():
        if not isinstance(about.get(name), kind):
            raise RunError(f"'{path}' is damaged: its field '{name}' holds {about.get(name, 'nothing')!r}.")
    wanted = {"items": ("absolute", "relative", "sha256", "count"), "prompt": _PROMPT}
    for name, fields in wanted.items():
        if not set(fields) <= set(about[name]):
            raise RunError(f"'{path}' is damaged: '{name}' must hold {', '.join(fields)}; got {about[name]}.")
    return about


def _items_of(folder: Path, about: Mapping[str, Any]) -> Items:
    told = about["items"]
    places = [Path(os.path.normpath(folder / told["relative"])), Path(told["absolute"])]
    place = next((place for place in places if place.is_file()), None)
    if place is None:
        raise RunError(
            f"The items of the run '{folder}' are neither at '{places[0]}' nor at '{places[1]}': say where they are."
        )
    return read_items(place)


def _commit() -> str | None:
    """Return the commit of this package where it runs from a checkout of its own; None where it is installed."""
    here = Path(earwitness.__file__).resolve().parent
    if not (here.parents[1] / ".git").exists():
        return None
    try:
        told = subprocess.run(
            ["git", "-C", str(here), "rev-parse", "HEAD"], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip()
