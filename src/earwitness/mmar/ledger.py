"""What a model was asked and gave back, in a folder to which lines are only ever added.

::

    models/<slug>/
      model.json       what is recorded of the model, and which arms and orders it was asked in
      answers.jsonl    one line for each answer, as it came; a refusal is an answer
      errors.jsonl     one line for each time that there was none: its kind and message, never an answer
      lock             held by the one process that writes

A line is written whole, by one call, as soon as the answer is there; what a killed process or a full disk left half
written of the last line is cut off when the folder is opened to be written again. Nothing holds a time. Lines of both
files are counted in one row of numbers, ``n``, so that it is known which of them was last.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import filelock

from earwitness.errors import AnswerError, BenchmarkError, OutputError, RunError
from earwitness.mmar.orders import Order
from earwitness.records import read_json, write_json
from earwitness.systems.answerer import Reply
from earwitness.systems.base import About

__all__ = ["Book", "Entry", "Ledger", "Row", "Sent", "open_ledger", "read_book", "read_model"]

_ANSWERS, _ERRORS, _MODEL = "answers.jsonl", "errors.jsonl", "model.json"
_ANSWER_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "n": int,
    **dict.fromkeys(("id", "arm"), str),
    "order": int,
    "shown": list,
    "key": str,
    "sent": (dict, type(None)),
    "asked": bool,
    "text": (str, type(None)),
    **dict.fromkeys(("reasoning", "finish", "model", "refused", "message"), str),
    "tokens": dict,
}
_ERROR_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "n": int,
    **dict.fromkeys(("id", "arm"), str),
    "order": int,
    **dict.fromkeys(("key", "kind", "message"), str),
}
_ABOUT = ("name", "spec", "paradigm", "reference", "version", "n_parameters", "details")
_SYNC_S = 1.0  # so often at most are lines made to outlast a power cut; a killed process loses none of them


class Row(NamedTuple):
    """One thing that a model is asked."""

    id: str
    """Which item."""
    arm: str
    """In which arm, for instance ``"audio"`` or ``"first:10"``."""
    order: int
    """With its choices turned by so many places."""


class Sent(NamedTuple):
    """What a model was given to hear."""

    sha256: str
    """Of the whole WAV file."""
    bytes: int
    """Its length."""
    seconds: float
    """How long it lasts."""
    channels: int
    """How many it has."""
    sample_rate: int
    """Samples a second."""


@dataclass(frozen=True)
class Entry:
    """What a folder holds of one row: the last answer or the last error."""

    n: int
    """Which line it is, counted over both files."""
    key: str
    """SHA-256 over what was sent and to whom; empty where nothing could be sent."""
    row: Row
    """Of what."""
    error: str = ""
    """Why there is no answer, one of ``FAULTS``; empty where there is one."""
    message: str = ""
    """The same in words, also of a refusal."""
    shown: Order = ()
    """The places of the choices in the order in which they were shown."""
    sent: Sent | None = None
    """What was heard; None where nothing was."""
    asked: bool = True
    """Whether it was asked for this row; else the same had been asked for another, and its answer was taken."""
    text: str | None = None
    """The answer; None where the model's server refused."""
    reasoning: str = ""
    """What it thought before."""
    finish: str = ""
    """Why it ended."""
    tokens: Mapping[str, int] = field(default_factory=dict)
    """What its server counted."""
    model: str = ""
    """What its server calls the model."""
    refused: str = ""
    """The kind of refusal, where the model's own server refused; else empty."""


class Book:
    """The lines of one model's folder, and which of them count.

    Parameters
    ----------
    entries
        In any order.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.last: dict[Row, Entry] = {}
        self.answered: dict[str, Entry] = {}
        self.tokens: dict[str, int] = {"input": 0, "output": 0}
        self.n_asked = 0
        self.n = 0
        for entry in sorted(entries, key=lambda entry: entry.n):
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Let a newer line count."""
        self.n = max(self.n, entry.n + 1)
        self.last[entry.row] = entry
        if entry.error:
            return
        self.answered.setdefault(entry.key, entry)
        if entry.asked:
            self.n_asked += 1
            for name in self.tokens:
                self.tokens[name] += entry.tokens.get(name, 0)


class Ledger:
    """A model's folder while it is written, by several threads of this process.

    Parameters
    ----------
    folder
        Which is locked, and whose files end in whole lines.
    book
        What it holds.
    """

    def __init__(self, folder: Path, book: Book) -> None:
        self.folder = folder
        self.book = book
        self._lock = threading.Lock()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._files = {name: os.open(folder / name, flags, 0o644) for name in (_ANSWERS, _ERRORS)}
        self._synced = time.monotonic()
        self._closed = False

    def answer(self, row: Row, reply: Reply, *, key: str, shown: Order, sent: Sent | None) -> Entry:
        """Write down an answer.

        Raises
        ------
        OutputError
            When the disk is full.
        """
        kept = Entry(0, key, row, shown=shown, sent=sent, text=reply.text, reasoning=reply.reasoning)
        kept = replace(kept, finish=reply.finish, tokens=dict(reply.tokens), model=reply.model)
        return self._add(_ANSWERS, kept)

    def refusal(self, row: Row, error: AnswerError, *, key: str, shown: Order, sent: Sent | None) -> Entry:
        """Write down that a model's own server refused, which is an answer and is not asked for again."""
        kept = Entry(0, key, row, message=error.detail, shown=shown, sent=sent, refused=error.kind)
        return self._add(_ANSWERS, kept)

    def again(self, row: Row, entry: Entry, *, shown: Order) -> Entry:
        """Write down for a row what was answered when the very same was sent for another."""
        return self._add(_ANSWERS, replace(entry, row=row, shown=shown, asked=False))

    def error(self, row: Row, error: AnswerError, *, key: str) -> Entry:
        """Write down that there is no answer, and why."""
        return self._add(_ERRORS, Entry(0, key, row, error=error.kind, message=error.detail))

    def close(self) -> None:
        """Make all lines outlast a power cut."""
        with self._lock:
            self._closed = True
            for file in self._files.values():
                os.fsync(file)
                os.close(file)

    def _add(self, name: str, entry: Entry) -> Entry:
        with self._lock:
            if self._closed:
                raise RunError(f"'{self.folder}' is closed: what came after Ctrl-C is dropped.")
            entry = replace(entry, n=self.book.n)
            self._write(name, _line_of(entry))
            self.book.add(entry)
        return entry

    def _write(self, name: str, line: bytes) -> None:
        """Write a line by one call: whole, or not at all."""
        file, path = self._files[name], self.folder / name
        before = os.fstat(file).st_size
        try:
            written = os.write(file, line)
            if written < len(line):
                os.ftruncate(file, before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if (now := time.monotonic()) - self._synced > _SYNC_S:
                os.fsync(file)
                self._synced = now
        except OSError as error:
            raise OutputError(
                f"Cannot write '{path}': {error.strerror or error}. What was answered before is kept; the same "
                "command goes on."
            ) from error


@contextmanager
def open_ledger(folder: Path, about: About, *, asked: Mapping[str, Mapping[str, Any]]) -> Iterator[Ledger]:
    """Open a model's folder to write, made where it is missing, and keep every other process from it.

    Parameters
    ----------
    folder
        That of the model.
    about
        Which model.
    asked
        What is asked of it, by arm: the number of orders, and what else is told of the arm.

    Raises
    ------
    RunError
        When another process writes it, it is of another model, or a line of it is damaged.
    OutputError
        When it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except filelock.Timeout:
        raise RunError(f"'{folder}' is being written by another process: wait until it is done, or stop it.") from None
    except OSError as error:
        raise OutputError(f"Cannot write '{folder}': {error.strerror or error}.") from error
    try:
        for partial in folder.glob(".*.partial"):
            partial.unlink(missing_ok=True)
        for name in (_ANSWERS, _ERRORS):
            _cut(folder / name)
        book = read_book(folder)
        _record(folder, about, book, asked)
        ledger = Ledger(folder, book)
        try:
            yield ledger
        finally:
            ledger.close()
    finally:
        lock.release()


def read_book(folder: Path) -> Book:
    """Read the lines of a model's folder; an unfinished last line is not one yet.

    Raises
    ------
    RunError
        Naming the line that is damaged.
    """
    return Book([*_lines(folder / _ANSWERS, _ANSWER_FIELDS), *_lines(folder / _ERRORS, _ERROR_FIELDS)])


def read_model(folder: Path) -> tuple[About, Mapping[str, Mapping[str, Any]]]:
    """Return which model a folder is of, and what was asked of it, by arm.

    Raises
    ------
    RunError
        When that is missing or damaged.
    """
    found = _manifest(folder / _MODEL)
    about: dict[str, Any] = {name: found.get(name) for name in _ABOUT}
    return About(**about), found["asked"]


def _record(folder: Path, about: About, book: Book, asked: Mapping[str, Mapping[str, Any]]) -> None:
    """Write what is recorded of a model, if it is new or is asked more than before."""
    path = folder / _MODEL
    known = _manifest(path) if path.is_file() else None
    if known is not None and any(known[name] != getattr(about, name) for name in ("name", "spec", "version")):
        if book.answered:
            other = next(name for name in ("name", "spec", "version") if known[name] != getattr(about, name))
            raise RunError(
                f"'{folder}' holds answers of another model under the name '{about.name}': its {other} is "
                f"'{known[other]}', that of the one given is '{getattr(about, other)}'. Call it otherwise with "
                f"--model LABEL={about.spec}, or ask into another folder."
            )
        known = None
    before: dict[str, dict[str, Any]] = {} if known is None else known["asked"]
    after = {arm: dict(told) for arm, told in before.items()}
    for arm, told in asked.items():
        there = before.get(arm, dict(told))
        others = {name: value for name, value in told.items() if name != "orders"}
        if others != {name: value for name, value in there.items() if name != "orders"}:
            raise RunError(
                f"'{folder}': in the arm '{arm}' the model was told of recordings by {there.get('described')}; now by "
                f"{told.get('described')}. Call the model otherwise with --model LABEL={about.spec}, or ask into "
                "another folder."
            )
        after[arm] = {**others, "orders": max(told["orders"], there["orders"])}
    manifest = {**{name: getattr(about, name) for name in _ABOUT}, "details": dict(about.details), "asked": after}
    if known != manifest:
        write_json(path, manifest)


def _manifest(path: Path) -> dict[str, Any]:
    try:
        found = read_json(path)
    except BenchmarkError as error:
        raise RunError(str(error)) from error
    kinds = {**dict.fromkeys(("name", "spec", "paradigm", "version"), str), "reference": bool}
    kinds |= {"details": dict, "asked": dict}
    for name, kind in kinds.items():
        if not isinstance(found.get(name), kind):
            raise RunError(f"'{path}' is damaged: its field '{name}' holds {found.get(name, 'nothing')!r}.")
    for arm, told in found["asked"].items():
        if not (isinstance(told, dict) and isinstance(told.get("orders"), int)):
            raise RunError(f"'{path}' is damaged: of the arm '{arm}' it holds {told!r}; expected a number of 'orders'.")
    return found


def _line_of(entry: Entry) -> bytes:
    fields = {**vars(entry), **entry.row._asdict()}
    if entry.error:
        fields["kind"] = entry.error
        line = {name: fields[name] for name in _ERROR_FIELDS}
    else:
        fields["sent"] = None if entry.sent is None else entry.sent._asdict()
        fields["tokens"] = dict(entry.tokens)
        line = {name: fields[name] for name in _ANSWER_FIELDS}
    try:
        return json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:
        # Half a surrogate pair, which a model may well give: JSON can say it in escapes, UTF-8 cannot.
        return json.dumps(line, allow_nan=False).encode() + b"\n"


def _lines(path: Path, fields: Mapping[str, type | tuple[type, ...]]) -> Iterator[Entry]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunError(f"Cannot read '{path}': {error.strerror or error}.") from error
    for number, line in enumerate(data.split(b"\n")[:-1], start=1):
        try:
            yield _entry(json.loads(line), fields)
        except (ValueError, TypeError, RecursionError) as error:
            raise RunError(f"'{path}', line {number}, is damaged: {error}.") from error


def _entry(line: Any, fields: Mapping[str, type | tuple[type, ...]]) -> Entry:
    """Return a line as what it stands for, or raise a ValueError that says what is wrong with it."""
    if not isinstance(line, dict) or set(line) != set(fields):
        got = sorted(line) if isinstance(line, dict) else type(line).__name__
        raise ValueError(f"expected the fields {', '.join(fields)}; got {got}")
    for name, kind in fields.items():
        if not isinstance(line[name], kind):
            raise ValueError(f"its field '{name}' holds {line[name]!r}")
    row = Row(line.pop("id"), line.pop("arm"), line.pop("order"))
    if "kind" in line:
        return Entry(line["n"], line["key"], row, error=line["kind"], message=line["message"])
    sent = None if line["sent"] is None else Sent(**line["sent"])
    return Entry(**{**line, "row": row, "sent": sent, "shown": tuple(line["shown"])})


def _cut(path: Path) -> None:
    """Cut off what a killed process left half written of the last line."""
    if not path.is_file():
        return
    try:
        with path.open("r+b") as file:
            data = file.read()
            tail = data[data.rfind(b"\n") + 1 :]
            file.truncate(len(data) - len(tail))
    except OSError as error:
        raise OutputError(f"Cannot mend '{path}': {error.strerror or error}.") from error
