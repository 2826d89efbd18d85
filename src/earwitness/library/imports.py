"""Labels that people made with other tools, as the events of recordings: ground truth to search in.

Read are label tracks of Audacity (with and without rows of frequencies), selection tables of Raven (one for each
recording, or one for many) and the CSV that ``exports`` writes. A row that cannot be used is reported and left out;
all others are used. A label without length, or shorter than the shortest event (10 ms), is a mark of where something
begins: it becomes an event of 10 ms, so that order can be asked about, and is counted.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple, TextIO

from earwitness.errors import LibraryError
from earwitness.library.moments import path_to_text, text_to_path
from earwitness.logic.intervals import SHORTEST_S

if TYPE_CHECKING:
    import pyarrow

__all__ = ["LABEL_COLUMNS", "Fault", "Imported", "import_labels"]

LABEL_COLUMNS = ("Annotation", "Species", "Label", "Common Name")
"""What the column of labels may be called in a selection table; the first of these that is there is taken."""

_SUFFIXES = (".txt", ".tsv", ".csv")
_CSV_COLUMNS = ("path", "onset_s", "offset_s", "label")
_US_PER_S = 1_000_000
_SHORTEST_US = round(SHORTEST_S * _US_PER_S)
_LATEST_US = 2**53  # 285 years; beyond it a time is no longer exact in floating point
_TIME = re.compile(r"[+-]?\d{1,18}([.,]\d{0,30})?([eE][+-]?\d{1,2})?", re.ASCII)
_LONGEST_LINE = 1 << 20
_SHOWN = 80
_FORMATS = (
    "a label track of Audacity (onset, offset and label between tabs), a selection table of Raven (with the columns "
    f"Begin Time (s) and End Time (s)) or CSV with the columns {', '.join(_CSV_COLUMNS)}"
)


class Fault(NamedTuple):
    """A row, or a file, that could not be used."""

    file: str
    """The file."""
    line: int
    """The line, from 1."""
    expected: str
    """What should stand there."""
    got: str
    """What does."""

    def __str__(self) -> str:
        return f"{self.file!r} line {self.line}: expected {self.expected}; got {self.got}."


class Imported(NamedTuple):
    """What was read."""

    events: pyarrow.Table
    """Columns path (string, as the recording was given), onset_us, offset_us (int64) and label (string), sorted in
    this order; events of one label in one recording never touch, as in ``logic.events.Timeline``."""
    faults: tuple[Fault, ...]
    """What could not be used."""
    files: int
    """How many files were read."""
    rows: int
    """How many labels they hold that could be used."""
    widened: int
    """How many of these were shorter than the shortest event."""


class _Row(NamedTuple):
    line: int
    recording: str
    onset_us: int
    offset_us: int
    label: str


class _BadRow(Exception):
    """Why a row cannot be used."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(expected, got)
        self.expected = expected
        self.got = got


class _File(NamedTuple):
    """What the readers must know besides the lines."""

    recordings: _Recordings
    own: Callable[[], str]
    """Gives the recording that the file is of, by its name, or raises _BadRow."""
    label_column: str | None


def import_labels(
    labels: Path,
    recordings: Sequence[str],
    *,
    library: Path | None = None,
    label_column: str | None = None,
    recording: str | None = None,
) -> Imported:
    """Read labels that people made.

    A file that names no recording is of the one that is called like it: ``site/robin.txt``, ``site/robin.wav.txt`` and
    ``site/robin.Table.1.selections.txt`` are of ``site/robin.wav``. Where both file and recording lie in folders,
    the last folder must be called the same. The same holds for recordings that tables name, so a table is read on
    another machine than it was made on; whatever it names, nothing but the label files is opened.

    Parameters
    ----------
    labels
        A file, or a folder: all its ``.txt``, ``.tsv`` and ``.csv`` files are read, those in folders inside it too.
    recordings
        The paths of the library's recordings, as texts of ``path_to_text``.
    library
        The folder that these paths start from, for tables that name recordings by their whole path.
    label_column
        The column that holds the labels in selection tables; None takes the first of ``LABEL_COLUMNS``.
    recording
        One of ``recordings``: what a file that names none is of, whatever it is called.

    Raises
    ------
    LibraryError
        When there is no such file or folder, or ``recording`` is none of the recordings.
    """
    known = _Recordings(recordings, library)
    if recording is not None and recording not in known.texts:
        raise LibraryError(f"The recording {recording!r} is not in the library.")
    if not labels.exists():
        raise LibraryError(f"{str(labels)!r} does not exist; expected labels, a file or a folder.")
    if not (labels.is_dir() or labels.is_file()):
        raise LibraryError(f"{str(labels)!r} is neither a file nor a folder.")
    files = sorted(_label_files(labels)) if labels.is_dir() else [labels]
    root = labels if labels.is_dir() else labels.parent
    rows: list[_Row] = []
    faults: list[Fault] = []
    for path in files:
        name = path.relative_to(root)

        def own(name: Path = name) -> str:
            return known.of_file(name) if recording is None else recording

        for found in _read(path, _File(known, own, label_column)):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                rows.append(found)
    widened = [row for row in rows if row.offset_us - row.onset_us < _SHORTEST_US]
    return Imported(_table(rows), tuple(faults), len(files), len(rows), len(widened))


def _label_files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise LibraryError(f"Cannot read {error.filename!r}: {error.strerror}.") from error

    for place, _, names in os.walk(folder, onerror=refuse):
        for name in names:
            path = Path(place, name)
            # To open a pipe would wait for ever; what begins with a dot is no one's work.
            if name.lower().endswith(_SUFFIXES) and not name.startswith(".") and path.is_file():
                yield path


# --- which recording ---


class _Recordings:
    """The recordings of a library, found by what other tools call them."""

    def __init__(self, texts: Sequence[str], library: Path | None) -> None:
        self.texts = dict.fromkeys(texts)
        self._root = None if library is None else os.path.abspath(library)
        self._by_name: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._by_stem: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._found: dict[str, str] = {}
        for text in self.texts:
            path = text_to_path(text)
            if path_to_text(path) != text:
                raise LibraryError(f"Expected paths as texts of path_to_text; got {text!r}.")
            if self._root and os.path.isabs(path):
                path = os.path.relpath(path, self._root)
            parts = PurePath(path).parts
            if parts:
                self._by_name.setdefault(parts[-1], []).append((parts, text))
                self._by_stem.setdefault(PurePath(parts[-1]).stem, []).append((parts, text))

    def named(self, text: str) -> str:
        """Return the recording that a table names by its path or its name."""
        if text in self.texts:
            return text
        if text not in self._found:
            self._found[text] = self._nearest(text)
        return self._found[text]

    def _nearest(self, text: str) -> str:
        try:
            path = text_to_path(text)
        except LibraryError as error:
            raise _BadRow("the path of a recording", str(error)) from error
        inside = path_to_text(os.path.relpath(path, self._root)) if self._root and os.path.isabs(path) else ""
        if inside in self.texts:
            return inside
        # Tables travel: what was written on Windows has backslashes.
        parts = PurePath(path).parts
        if parts and parts[-1] not in self._by_name:
            parts = tuple(part for part in re.split(r"[\\/]", path) if part)
        return self._only(self._by_name.get(parts[-1], []) if parts else [], parts[:-1], repr(text))

    def of_file(self, name: Path) -> str:
        """Return the recording that a file of labels is called like."""
        prefix = name.name
        while (prefix := prefix.rpartition(".")[0]) != "":
            if candidates := self._by_name.get(prefix) or self._by_stem.get(prefix):
                return self._only(candidates, name.parts[:-1], f"a file called {name.name!r}")
        return self._only([], (), f"a file called {name.name!r}")

    def _only(self, candidates: Sequence[tuple[tuple[str, ...], str]], folders: tuple[str, ...], got: str) -> str:
        """Return the candidate in the most alike folders."""
        alike: dict[tuple[bool, int], list[str]] = {}
        for parts, text in candidates:
            above = [part for part in parts[:-1] if part not in (os.sep, ".", "..")]
            same = 0
            while same < min(len(above), len(folders)) and above[-1 - same] == folders[-1 - same]:
                same += 1
            if same or not above or not folders:
                alike.setdefault((above == list(folders), same), []).append(text)
        if not alike:
            raise _BadRow("the name of a recording of the library", got)
        best = alike[max(alike)]
        if len(best) > 1:
            raise _BadRow("the name of one recording", f"{got}, which may be {best[0]!r} or {best[1]!r}")
        return best[0]


# --- one file ---


def _read(path: Path, about: _File) -> Iterator[_Row | Fault]:
    """Yield what a file holds, row by row."""
    name = str(path)
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            kind = _kind(file)
        # A quoted cell of CSV keeps the line ends inside it; elsewhere any kind of line end will do.
        newline = "" if kind is _csv_rows else None
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline=newline) as file:
            yield from kind(_lines(file), name, about)
    except _BadRow as bad:
        yield Fault(name, 1, bad.expected, bad.got)
    except OSError as error:
        yield Fault(name, 1, "a file that can be read", error.strerror or str(error))


_Lines = Iterator[tuple[int, str]]


def _lines(file: TextIO) -> _Lines:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) >= _LONGEST_LINE:
            raise _BadRow(f"lines of less than {_LONGEST_LINE:,} characters", f"line {number}, which is longer")
        yield number, line


def _kind(file: TextIO) -> Callable[[_Lines, str, _File], Iterator[_Row | Fault]]:
    """Return the reader of a file, by its first lines."""
    head = [line for line, _ in zip(iter(lambda: file.readline(_LONGEST_LINE), ""), range(20), strict=False)]
    first = next((line for line in head if line.strip()), "")
    if "\0" in first or "\udcff\udcfe" in first or "\udcfe\udcff" in first:
        raise _BadRow("text in UTF-8", repr(first[:_SHOWN]))
    if {"begin time (s)", "end time (s)"} <= _columns(_cells(first)).keys():
        return _raven_rows
    if set(_CSV_COLUMNS) <= _columns(cell.strip('" \r\n') for cell in first.split(",")).keys():
        return _csv_rows
    if not first or any(len(cells := _cells(line)) > 1 and _TIME.fullmatch(cells[0]) for line in head):
        return _audacity_rows
    raise _BadRow(_FORMATS, repr(first.rstrip("\r\n")[:_SHOWN]))


def _cells(line: str) -> list[str]:
    """Return the cells of a line between tabs; spreadsheets put some of them into quotes."""
    cells = (cell.strip() for cell in line.rstrip("\r\n").split("\t"))
    return [cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in cells]


def _columns(header: Iterable[str]) -> dict[str, int]:
    """Return the place of each column by its name in lower case; of two with one name, the first."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(name.strip().lower(), place)
    return places


def _audacity_rows(lines: _Lines, name: str, about: _File) -> Iterator[_Row | Fault]:
    recording = about.own()
    follows = False
    for line, text in lines:
        if not text.strip():
            continue
        try:
            _check_text(text)
            cells = [cell.strip() for cell in text.split("\t")]
            if cells[0] == "\\":
                # The frequencies of the label above, which events do not have.
                if not follows or len(cells) != 3:
                    raise _BadRow("a label before its frequencies, low and high", repr(text.rstrip("\r\n")[:_SHOWN]))
                follows = False
                continue
            follows = True
            if len(cells) == 2 and not _TIME.fullmatch(cells[1]):
                cells.insert(1, cells[0])  # a label at a point, as Audacity reads it too
            if len(cells) != 3:
                raise _BadRow("onset, offset and label between tabs", repr(text.rstrip("\r\n")[:_SHOWN]))
            yield _row(line, recording, _time_us(cells[0]), offset_us=_time_us(cells[1]), label=cells[2])
        except _BadRow as bad:
            yield Fault(name, line, bad.expected, bad.got)


def _raven_rows(lines: _Lines, name: str, about: _File) -> Iterator[_Row | Fault]:
    header: dict[str, int] = {}
    label_column = ""
    own = only = ""
    for line, text in lines:
        if not text.strip():
            continue
        try:
            _check_text(text)
            cells = _cells(text)
            if not header:
                header = _columns(cells)
                own = "" if {"begin path", "begin file"} & header.keys() else about.own()
                label_column = _label_column(header, about.label_column)
                continue
            row = {column: cells[place] if place < len(cells) else "" for column, place in header.items()}
            recording = row.get("begin path") or row.get("begin file")
            found = about.recordings.named(recording) if recording else (own := own or about.own())
            onset_us, end_us = _time_us(row["begin time (s)"]), _time_us(row["end time (s)"])
            length_us = end_us - onset_us
            if row.get("file offset (s)"):
                # Begin and end times run on over the recordings that were open together.
                onset_us = _time_us(row["file offset (s)"])
            elif found != (only := only or found):
                raise _BadRow("a File Offset (s), in a table of more than one recording", "none")
            yield _row(line, found, onset_us, offset_us=onset_us + length_us, label=row[label_column])
        except _BadRow as bad:
            yield Fault(name, line, bad.expected, bad.got)
            if not label_column:
                return


def _label_column(header: Mapping[str, int], wanted: str | None) -> str:
    names = LABEL_COLUMNS if wanted is None else (wanted,)
    for name in names:
        if name.lower() in header:
            return name.lower()
    raise _BadRow(f"a column of labels called {' or '.join(names)}", f"the columns {', '.join(header)}")


def _csv_rows(lines: _Lines, name: str, about: _File) -> Iterator[_Row | Fault]:
    reader = csv.reader((text for _, text in lines), strict=True)
    header: dict[str, int] = {}
    width = line = 0
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
            if cells is None:
                return
            if not any(cells):
                continue
            if not header:
                header, width = _columns(cells), len(cells)
                continue
            if len(cells) != width:
                raise _BadRow(f"{width} cells", f"{len(cells)}")
            path, onset, offset, label = (cells[header[column]] for column in _CSV_COLUMNS)
            _check_text(path + label)
            found = about.recordings.named(path)
            yield _row(line, found, _time_us(onset), offset_us=_time_us(offset), label=label)
        except _BadRow as bad:
            yield Fault(name, line, bad.expected, bad.got)
        except csv.Error as error:
            yield Fault(name, line, "well-formed CSV (what follows is not read)", str(error))
            return


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _BadRow("text in UTF-8", repr(text.rstrip("\r\n")[:_SHOWN])) from None


def _time_us(text: str) -> int:
    """Return a time in microseconds, rounded to the nearest."""
    if not _TIME.fullmatch(text.strip()):
        raise _BadRow("a time in seconds", repr(text[:_SHOWN]))
    time_us = Decimal(text.strip().replace(",", ".")) * _US_PER_S
    if abs(time_us) > _LATEST_US:
        raise _BadRow("a time in seconds, not of centuries", repr(text[:_SHOWN]))
    return int(time_us.to_integral_value())


def _row(line: int, recording: str, onset_us: int, *, offset_us: int, label: str) -> _Row:
    if onset_us < 0:
        raise _BadRow("an onset of zero or later", f"{onset_us / _US_PER_S:.6f} s")
    if offset_us < onset_us:
        times = f"{onset_us / _US_PER_S:.6f} to {offset_us / _US_PER_S:.6f} s"
        raise _BadRow("an offset that is not before the onset", times)
    if not label.strip():
        raise _BadRow("a label", "none")
    return _Row(line, recording, onset_us, offset_us, label.strip())


# --- the events ---


def _table(rows: Iterable[_Row]) -> pyarrow.Table:
    """Return the rows as events in normal form."""
    import pyarrow as pa

    of_label: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in rows:
        span = row.onset_us, max(row.offset_us, row.onset_us + _SHORTEST_US)
        of_label.setdefault((row.recording, row.label), []).append(span)
    events: list[tuple[str, int, int, str]] = []
    for (recording, label), spans in of_label.items():
        onset_us, offset_us = min(spans)
        for next_onset_us, next_offset_us in sorted(spans):
            if next_onset_us > offset_us:
                events.append((recording, onset_us, offset_us, label))
                onset_us, offset_us = next_onset_us, next_offset_us
            offset_us = max(offset_us, next_offset_us)
        events.append((recording, onset_us, offset_us, label))
    events.sort()
    types = {"path": pa.string(), "onset_us": pa.int64(), "offset_us": pa.int64(), "label": pa.string()}
    columns = zip(*events, strict=True) if events else ((),) * len(types)
    return pa.table(
        [pa.array(column, type=type) for column, type in zip(columns, types.values(), strict=True)], list(types)
    )
