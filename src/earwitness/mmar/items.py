"""Items: questions about recordings, each with choices of which one is right, from MMAR's own files and MMAU's.

A file is JSONL, one object a line, or JSON, one list of objects. Of MMAR are read ``id, audio_path, question, choices,
answer, modality, category, sub-category, language, url, thinking, cue, rubric``; MMAU calls the recording ``audio_id``
and the modality ``task``. The gold answer must be one of the choices: a gold that is not would be scored as something
else, or never.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from earwitness.errors import BenchmarkError
from earwitness.records import sha256_of_bytes

__all__ = ["LAYERS", "MODALITIES", "Criterion", "Item", "Items", "find_items", "read_items"]

LAYERS = ("Signal Layer", "Perception Layer", "Semantic Layer", "Cultural Layer")
"""MMAR's layers of reasoning, from the signal up."""
MODALITIES = (
    *("sound", "music", "speech"),
    *("mix-sound-music", "mix-sound-speech", "mix-music-speech", "mix-sound-music-speech"),
)
"""What MMAR's recordings hold, in the order of its board."""

_NAMES = ("items.jsonl", "MMAR-meta.jsonl", "MMAR-meta.json", "mmau-test-mini.json", "mmau-test.json")
_FEWEST, _MOST = 2, 26  # choices: each is shown with a letter
# What MMAR appends to the identity of a video: where the excerpt lies, or that it is made of several.
_EXCERPT = re.compile(r"_(\d{1,2}-\d\d-\d\d_.*|multi_segment.*|\d{1,2}-\d\d_\d{1,2}-\d\d)$")


@dataclass(frozen=True)
class Criterion:
    """One of the points that a rubric gives to a model's reasoning."""

    name: str
    """What it is about, for instance ``"Cue Identification: Throat Singing"``."""
    wanted: str
    """When the point is given."""
    note: str
    """Why it is asked for."""


@dataclass(frozen=True)
class Item:
    """A question about a recording."""

    id: str
    """Its name among the items."""
    question: str
    """What is asked."""
    choices: tuple[str, ...]
    """What can be answered, 2 to 26, no two alike; in four of MMAR's items one is empty."""
    gold: int
    """The place of the right choice."""
    audio_path: str = ""
    """The recording, as the file names it, below the folder of the items; empty where it names none."""
    modality: str = ""
    """What the recording holds, for instance one of ``MODALITIES``."""
    layer: str = ""
    """What kind of reasoning is wanted, for instance one of ``LAYERS``."""
    sub_category: str = ""
    """The same more closely."""
    language: str = ""
    """The languages that are spoken, joined by ``|``; empty where none is."""
    source: str = ""
    """What the recording was cut from: items of the same source are related."""
    thinking: str = ""
    """The reasoning of those who wrote the item."""
    cues: tuple[str, ...] = ()
    """What must be heard to answer."""
    rubric: tuple[Criterion, ...] = ()
    """What a model's reasoning is given points for."""

    @property
    def answer(self) -> str:
        """The right choice."""
        return self.choices[self.gold]

    @property
    def chance(self) -> float:
        """How probable it is that a guess is right."""
        return 1.0 / len(self.choices)


@dataclass(frozen=True)
class Items:
    """The items of one benchmark: they fix every denominator."""

    path: Path
    """The file that they were read from."""
    sha256: str
    """The SHA-256 of that file."""
    rows: tuple[Item, ...]
    """In the order of the file."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Item]:
        """Yield them in the order of the file."""
        return iter(self.rows)

    @property
    def folder(self) -> Path:
        """Where the paths of recordings begin."""
        return self.path.parent

    @cached_property
    def root(self) -> Path:
        """The same with every link resolved: no recording lies outside."""
        return self.folder.resolve()

    @cached_property
    def by_id(self) -> Mapping[str, Item]:
        """Each item by its id."""
        return {item.id: item for item in self.rows}


def find_items(place: str | Path) -> Path:
    """Return the file of items that a user means by a file or a folder.

    Raises
    ------
    BenchmarkError
        When there is none, or several.
    """
    place = Path(place)
    if place.is_file():
        return place
    if not place.is_dir():
        raise BenchmarkError(f"'{place}' is missing: expected a file of items such as MMAR-meta.jsonl, or its folder.")
    found = [place / name for name in _NAMES if (place / name).is_file()]
    if not found:
        raise BenchmarkError(f"'{place}' holds no items: expected one of {', '.join(_NAMES)}, or name the file itself.")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise BenchmarkError(f"'{place}' holds items more than once ({names}): name one of the files.")
    return found[0]


def read_items(place: str | Path) -> Items:
    """Read the items of a file, or of the one such file in a folder, and check every one.

    Raises
    ------
    BenchmarkError
        When the file cannot be read, or naming the items that cannot be scored: whose gold answer is not among the
        choices, with fewer than two choices or more than 26, or two that are alike, or with an id that another has.
    """
    path = find_items(place)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BenchmarkError(f"Cannot read '{path}': {error.strerror or error}.") from error
    rows: list[Item] = []
    places: dict[str, int] = {}
    for number, record in _records(path, data):
        where = f"'{path}', item {number}"
        item = _item(record, where)
        if item.id in places:
            raise BenchmarkError(f"{where} has the id {item.id!r}, which item {places[item.id]} has already.")
        places[item.id] = number
        rows.append(item)
    if not rows:
        raise BenchmarkError(f"'{path}' holds no items.")
    return Items(path, sha256_of_bytes(data), tuple(rows))


def _records(path: Path, data: bytes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield each record of a list or of lines, counted from 1."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"'{path}' is not UTF-8 text: {error}.") from error
    if text.lstrip().startswith("["):
        rows = _json(text, f"'{path}'")
    else:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        rows = [_json(line, f"'{path}', line {number}") for number, line in lines]
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BenchmarkError(f"'{path}', item {number}: expected an object; got {type(row).__name__}.")
        yield number, row


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BenchmarkError(f"{where}: not JSON: {error}.") from error


def _item(record: Mapping[str, Any], where: str) -> Item:
    """Return one item, or say what is wrong with it."""
    name = _text(record, "id", where)
    where = f"{where} ({name!r})"
    question = _text(record, "question", where)
    choices = record.get("choices")
    if not isinstance(choices, list) or not all(isinstance(each, str) for each in choices):
        raise BenchmarkError(f"{where}: expected a list of texts as choices; got {choices!r}.")
    if not _FEWEST <= len(choices) <= _MOST:
        raise BenchmarkError(f"{where}: expected {_FEWEST} to {_MOST} choices; got {len(choices)}: {choices!r:.200}.")
    if len({each.strip() for each in choices}) < len(choices):
        raise BenchmarkError(f"{where}: two choices are alike in {choices!r}.")
    gold = _text(record, "answer", where)
    if gold not in choices:
        raise BenchmarkError(f"{where}: the gold answer {gold!r} is not among the choices {choices!r}.")
    audio = _optional(record, "audio_path", where) or _optional(record, "audio_id", where)
    source = _EXCERPT.sub("", name) if record.get("url") else audio or name
    return Item(
        id=name,
        question=question,
        choices=tuple(choices),
        gold=choices.index(gold),
        audio_path=audio,
        modality=_optional(record, "modality", where) or _optional(record, "task", where),
        layer=_optional(record, "category", where),
        sub_category=_optional(record, "sub-category", where),
        language=_optional(record, "language", where),
        source=source,
        thinking=_optional(record, "thinking", where),
        cues=tuple(_list(record, "cue", where)),
        rubric=tuple(_criterion(each, where) for each in record.get("rubric") or ()),
    )


def _criterion(row: Any, where: str) -> Criterion:
    match row:
        case {"name": str(name), "scoring_point": str(wanted)}:
            return Criterion(name, wanted, str(row.get("note") or ""))
    raise BenchmarkError(f"{where}: a criterion of its rubric has a name and a scoring_point; got {row!r}.")


def _text(record: Mapping[str, Any], name: str, where: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BenchmarkError(f"{where}: expected a text as {name!r}; got {value!r}.")
    return value


def _optional(record: Mapping[str, Any], name: str, where: str) -> str:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise BenchmarkError(f"{where}: expected a text as {name!r}; got {value!r}.")
    return value or ""


def _list(record: Mapping[str, Any], name: str, where: str) -> Sequence[str]:
    value = record.get(name) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BenchmarkError(f"{where}: expected a list of texts as {name!r}; got {value!r}.")
    return value
