"""Bring your own predictions: each row of a file is found its item, or is told of, and nothing is guessed.

A row belongs to the item whose id it has. Where it has none, it belongs to the one item that has its question and its
choices; or, in the logs of tools that number the rows of their own data set, to the item at that place, and then what
the row says of its question or its right answer must agree, for a place alone proves nothing.

A row that lists the choices, or holds the prompt in which they stood, tells in which order they were shown: letters
mean places in that order.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from earwitness.errors import PredictionsError
from earwitness.mmar.formats import FORMATS, Found, Row, read_rows
from earwitness.mmar.inspect_logs import read_inspect_log
from earwitness.mmar.items import Item, Items
from earwitness.mmar.marking import Prediction
from earwitness.mmar.orders import LETTERS, Order

__all__ = ["Predictions", "read_predictions"]

_NAMED = 5  # ids that a message names
_SHOWN = 60  # characters of a question that stands for an id
_LETTERED = re.compile(r"\(?([A-Z])\s*[.):]\s*(.*?)\s*$", re.DOTALL)
_LETTERED_LINE = re.compile(r"^\s*\(?([A-Z])\s*[.):][ \t]*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Predictions:
    """What one system gave back, as a file has it."""

    name: str
    """The system: what the file is called."""
    path: Path
    """The file."""
    format: str
    """Which of the ``FORMATS`` it has."""
    by_id: Mapping[str, Prediction]
    """What came back for each item that the file speaks of."""
    unknown: tuple[str, ...] = ()
    """What its other rows are called: ids, or questions, that no item has. They are not scored."""
    duplicates: tuple[str, ...] = ()
    """Ids that came several times with the same answer, or as a failure and then as an answer."""
    notes: tuple[str, ...] = ()
    """What else its reader should be told."""


def read_predictions(
    path: str | Path,
    items: Items,
    *,
    format: str | None = None,
    field: str | None = None,
    name: str | None = None,
) -> Predictions:
    """Read a file of predictions.

    Parameters
    ----------
    path
        The file.
    items
        What was asked.
    format
        One of the ``FORMATS``; None: told from the file.
    field
        The field that holds the answers, where it is none that the formats have.
    name
        What the system is called; None: as the file.

    Raises
    ------
    PredictionsError
        When the file cannot be read, is of no known format, answers an item twice and differently, speaks of no item
        at all, or is of another version of the benchmark; naming lines and items.
    MissingExtra
        For a log of Inspect AI when that is not installed.
    """
    path = Path(path)
    if format is not None and format not in FORMATS:
        raise PredictionsError(f"There is no format {format!r}; expected one of {', '.join(FORMATS)}.")
    if path.is_dir():
        raise PredictionsError(f"'{path}' is a folder: expected a file of predictions.")
    if format == "inspect" or (format is None and path.suffix == ".eval"):
        told: list[str] = []
        log = read_inspect_log(path, items=items, notice=told.append)
        rows = tuple(Row(f"'{path}'", each, id=key) for key, each in log.items())
        found = Found("inspect", rows, tuple(told))
    else:
        found = read_rows(path, format=format, field=field)
    finder, matched = _Finder(items), _Matched()
    for row in found.rows:
        matched.add(row, finder.find(row))
    notes = matched.checked(path)
    if not matched.by_id:
        raise PredictionsError(
            f"'{path}' speaks of none of the {len(items)} items of '{items.path}': it has {_some(matched.unknown)}. Is "
            "it of another benchmark?"
        )
    return Predictions(
        name=path.stem if name is None else name,
        path=path,
        format=found.format,
        by_id=matched.by_id,
        unknown=tuple(dict.fromkeys(matched.unknown)),
        duplicates=tuple(dict.fromkeys(matched.duplicates)),
        notes=(*found.notes, *notes),
    )


@dataclass
class _Matched:
    """What the rows of a file come to, gathered row by row."""

    by_id: dict[str, Prediction] = dataclasses.field(default_factory=dict)
    unknown: list[str] = dataclasses.field(default_factory=list)
    duplicates: list[str] = dataclasses.field(default_factory=list)
    differ: list[str] = dataclasses.field(default_factory=list)
    other_gold: list[str] = dataclasses.field(default_factory=list)
    other_choices: list[tuple[str, str]] = dataclasses.field(default_factory=list)  # an id, and a complaint

    def add(self, row: Row, item: Item | None) -> None:
        if item is None:
            self.unknown.append(row.id or " ".join(row.question.split())[:_SHOWN] or f"the row at place {row.place}")
            return
        order = row.prediction.order or _shown_order(row, item)
        if order is None:
            listed = f"{row.where}: its choices {list(row.choices)} are not those of {item.id!r}, {list(item.choices)}"
            self.other_choices.append((item.id, listed))
            return
        if row.gold and not _agrees(row.gold, item, order):
            self.other_gold.append(item.id)
        own = order == tuple(range(len(item.choices)))
        self._keep(item.id, replace(row.prediction, order=None if own else order))

    def _keep(self, name: str, new: Prediction) -> None:
        """Keep an answer; where there is one already, the one that says more."""
        before = self.by_id.get(name)
        if before is not None:
            self.duplicates.append(name)
            if None not in (before.text, new.text) and (before.text, before.order) != (new.text, new.order):
                self.differ.append(name)
        # What failed was asked again: what came then is the answer.
        if before is None or _told(new) > _told(before):
            self.by_id[name] = new

    def checked(self, path: Path) -> list[str]:
        """Return notes on what was gathered, or say why none of it can be scored."""
        if self.other_choices:
            names, complaints = zip(*self.other_choices, strict=True)
            raise PredictionsError(
                f"{complaints[0]}. {len(names)} rows of the file have other choices than their items ({_some(names)}): "
                "they come from another version of the benchmark."
            )
        if self.differ:
            raise PredictionsError(
                f"'{path}' answers {len(set(self.differ))} items more than once, and differently: "
                f"{_some(self.differ)}. Leave one answer for each, or score each run from a file of its own."
            )
        if not self.other_gold:
            return []
        return [
            f"{len(self.other_gold)} rows take another choice for the right one than the items do "
            f"({_some(self.other_gold)}): they come from another version of the benchmark"
        ]


def _told(prediction: Prediction) -> int:
    """Return how much a prediction says: nothing, a failure, that it was declined, or an answer."""
    if prediction.text is not None:
        return 3
    return 2 if prediction.refused else bool(prediction.error)


class _Finder:
    """Finds the item that a row belongs to."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._said = [(_plain(item.question), [_plain(choice) for choice in item.choices]) for item in items]
        self._by_question: dict[str, list[Item]] = defaultdict(list)
        for item, (question, _) in zip(items, self._said, strict=True):
            self._by_question[question].append(item)

    def find(self, row: Row) -> Item | None:
        """Return the item of a row, or None where there is none."""
        if row.id is not None:
            return self._items.by_id.get(row.id)
        if row.question:
            return self._of_question(row)
        if row.place is not None:
            return self._at_place(row, row.place)
        raise PredictionsError(f"{row.where}: neither an id nor a question says which item it answers.")

    def _of_question(self, row: Row) -> Item | None:
        asked = self._by_question.get(_plain(row.question), [])
        if row.choices:
            asked = [item for item in asked if _places(row.choices, item) is not None]
        if len(asked) > 1:
            names = _some(item.id for item in asked)
            raise PredictionsError(
                f"{row.where}: its question is that of {len(asked)} items ({names}), and it has no id."
            )
        return asked[0] if asked else None

    def _at_place(self, row: Row, place: int) -> Item | None:
        """Return the item at a place, when what the row says of it agrees, or else the only one that it speaks of."""
        told = _plain(row.prompt)
        item = self._items.rows[place] if 0 <= place < len(self._items) else None
        if told:
            spoken = [at for at, said in enumerate(self._said) if said[0] in told and all(c in told for c in said[1])]
            if place in spoken:
                return item
            if len(spoken) == 1:
                return self._items.rows[spoken[0]]
        elif item is not None and _agrees(row.gold, item, tuple(range(len(item.choices)))):
            return item
        elif item is None:
            return None
        raise PredictionsError(
            f"{row.where}: it is numbered {place}, and nothing in it shows that this is the item at that place, "
            f"{'beyond the last' if item is None else repr(item.id)}. Expected a row with the item's id, its prompt or "
            "its right answer."
        )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _shown_order(row: Row, item: Item) -> Order | None:
    """Return the order in which a row's choices were shown, or None where it lists others than the item has."""
    if row.choices:
        return _places(row.choices, item)
    order = None
    lines = _LETTERED_LINE.findall(row.prompt)[-len(item.choices) :]
    if [letter for letter, _ in lines] == list(LETTERS[: len(item.choices)]):
        order = _places([choice for _, choice in lines], item)
    return tuple(range(len(item.choices))) if order is None else order


def _places(shown: Sequence[str], item: Item) -> Order | None:
    """Return which of an item's choices were shown in which order, None where others were."""
    for given in (list(shown), _unlettered(shown)):
        for read in (str, _plain):
            wanted, got = list(map(read, item.choices)), list(map(read, given))
            if sorted(got) == sorted(wanted) and len(set(wanted)) == len(wanted):
                return tuple(wanted.index(choice) for choice in got)
    return None


def _unlettered(choices: Sequence[str]) -> list[str]:
    """Return choices without the letters before them, where each has the letter of its place."""
    parts = [_LETTERED.match(choice) for choice in choices]
    letters = [None if part is None else part[1] for part in parts]
    if letters != list(LETTERS[: len(choices)]):
        return list(choices)
    return [part[2] for part in parts if part is not None]


def _agrees(gold: str, item: Item, order: Order) -> bool:
    """Return whether a row takes the same choice for right as its item does, be it by letter or in words."""
    place, answer = order.index(item.gold), _plain(item.answer)
    letter = LETTERS[place : place + 1]
    return _plain(gold) in {answer, *map(_plain, (letter, f"({letter})", f"{letter}. {answer}"))}


def _some(names: Iterable[str]) -> str:
    listed = list(dict.fromkeys(names))
    return ", ".join(map(repr, listed[:_NAMED])) + (f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else "")
