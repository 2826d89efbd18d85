"""Labels that people made with other tools, as the events of recordings: ground truth to search in.

Read are label tracks of Audacity (with and without rows of frequencies), selection tables of Raven (one for each
recording, or one for many) and the CSV that ``exports`` writes. A row that cannot be used is reported and left out;
all others are used. A label without length, or shorter than the shortest event (10 ms), is a mark of where something
begins: it becomes an event of 10 ms, so that order can be asked about, and is counted. So is a label that ends after
its recording does, where the recording's length is known: it is cut there. One that begins after that is left out.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from earwitness.errors import LibraryError
from earwitness.library.pairing import Recordings, Unusable
from earwitness.logic.intervals import SHORTEST_S
from earwitness.sounds.labels import one_line

if TYPE_CHECKING:
    import pyarrow

__all__ = ["LABEL_COLUMNS", "Imported", "LabelFault", "LabelFile", "import_labels", "label_files"]

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


class LabelFault(NamedTuple):
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
    faults: tuple[LabelFault, ...]
    """What could not be used."""
    files: int
    """How many files were read."""
    rows: int
    """How many labels they hold that could be used."""
    widened: int
    """How many of these were shorter than the shortest event."""
    cut: int
    """How many of these ended after their recording."""
    matched: Mapping[str, int]
    """How many of these found their recording by what: ``"file name"`` (that of the file of labels), ``"Begin Path"``,
    ``"Begin File"``, ``"path"`` (the column of CSV), or ``"told"``."""


class LabelFile(NamedTuple):
    """A file that is taken for labels."""

    path: Path
    """Where it is."""
    within: Path
    """The folder in which it was looked for, or in which it lies."""


class _Row(NamedTuple):
    line: int
    recording: str
    onset_us: int
    offset_us: int
    label: str
    matched: str


class _File(NamedTuple):
    """What the readers must know besides the lines."""

    path: Path
    folders: tuple[str, ...]
    recordings: Recordings
    told: str | None
    label_column: str | None

    def own(self) -> tuple[str, str]:
        """Return the recording that the file is of, and by what."""
        if self.told is not None:
            return self.told, "told"
        return self.recordings.of_file(self.path.name, self.folders), "file name"


def import_labels(
    labels: Path | Sequence[Path],
    recordings: Sequence[str],
    *,
    library: Path | None = None,
    lengths_us: Mapping[str, int] | None = None,
    label_column: str | None = None,
    recording: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Read labels that people made.

    A file that names no recording is of the one that is called like it: ``site/robin.txt``, ``site/robin.wav.txt`` and
    ``site/robin.Table.1.selections.txt`` are of ``site/robin.wav``. Where both file and recording lie in folders,
    the last folder must be called the same. The same holds for recordings that tables name by their paths, so a table
    is read on another machine than it was made on. A recording that is named without a path ("Begin File") is the only
    one of that name, or of several the one in the folder of the table. What may be several is refused. Whatever tables
    name, nothing but the label files is opened.

    Parameters
    ----------
    labels
        A file, or a folder: all its ``.txt``, ``.tsv`` and ``.csv`` files are read, those in folders inside it too; or
        several of either.
    recordings
        The paths of the library's recordings, as texts of ``path_to_text``.
    library
        The folder that these paths start from, for tables that name recordings by their whole path, or lie in it.
    lengths_us
        How long each recording is, in microseconds; labels of others are left out. None when that is not known.
    label_column
        The column that holds the labels in selection tables; None takes the first of ``LABEL_COLUMNS``.
    recording
        One of ``recordings``: what a file that names none is of, whatever it is called.
    progress
        Called with how many files are read, and how many there are.

    Raises
    ------
    LibraryError
        When there is no such file or folder, or ``recording`` is none of the recordings.
    """
    known = Recordings(recordings, library)
    if recording is not None and recording not in known.texts:
        raise LibraryError(f"The recording {recording!r} is not in the library.")
    files = label_files(labels)
    rows: list[_Row] = []
    faults: list[LabelFault] = []
    counts: Counter[str] = Counter()
    matched: Counter[str] = Counter()
    for number, (path, within) in enumerate(files, start=1):
        for found in _read(_File(path, known.folders_of(path, within), known, recording, label_column)):
            if isinstance(found, LabelFault):
                faults.append(found)
                continue
            try:
                placed = _placed(found, lengths_us, counts)
            except Unusable as bad:
                faults.append(LabelFault(str(path), found.line, bad.expected, bad.got))
                continue
            rows.append(placed)
            matched[found.matched] += 1
        if progress is not None:
            progress(number, len(files))
    return Imported(_table(rows), tuple(faults), len(files), len(rows), counts["widened"], counts["cut"], dict(matched))


def label_files(labels: Path | Sequence[Path]) -> tuple[LabelFile, ...]:
    """Return the files of labels in a file, a folder, or several of either: each once, always in the same order.

    Links are followed, as for recordings; a folder that is reached a second time is passed over.

    Raises
    ------
    LibraryError
        When there is no such file or folder, or a folder cannot be read.
    """
    found: dict[str, LabelFile] = {}
    for given in [labels] if isinstance(labels, Path) else labels:
        if not given.exists():
            raise LibraryError(f"{str(given)!r} does not exist; expected labels, a file or a folder.")
        if not (given.is_dir() or given.is_file()):
            raise LibraryError(f"{str(given)!r} is neither a file nor a folder.")
        for path in sorted(_inside(given)) if given.is_dir() else [given]:
            # The last part stays as it is: a link that is called like a recording is of that recording.
            place = os.path.join(os.path.realpath(path.parent), path.name)
            found.setdefault(place, LabelFile(path, given if given.is_dir() else given.parent))
    return tuple(found.values())


def _inside(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise LibraryError(f"Cannot read {error.filename!r}: {error.strerror}.") from error

    seen: set[tuple[int, int]] = set()
    try:
        for place, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
            status = os.stat(place)
            if (status.st_dev, status.st_ino) in seen:
                folders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            # What begins with a dot is other programs' own.
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in names:
                path = Path(place, name)
                # To open a pipe would wait for ever.
                if name.lower().endswith(_SUFFIXES) and not name.startswith(".") and path.is_file():
                    yield path
    except OSError as error:  # a folder that may be listed and not entered, or has just gone
        refuse(error)


# --- one file ---


def _read(about: _File) -> Iterator[_Row | LabelFault]:
    """Yield what a file holds, row by row."""
    name = str(about.path)
    try:
        with about.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            kind = _kind(file)
        # A quoted cell of CSV keeps the line ends inside it; elsewhere any kind of line end will do.
        newline = "" if kind is _csv_rows else None
        with about.path.open(encoding="utf-8-sig", errors="surrogateescape", newline=newline) as file:
            yield from kind(_lines(file), name, about)
    except Unusable as bad:
        yield LabelFault(name, 1, bad.expected, bad.got)
    except OSError as error:
        yield LabelFault(name, 1, "a file that can be read", error.strerror or str(error))


_Lines = Iterator[tuple[int, str]]


def _lines(file: TextIO) -> _Lines:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) >= _LONGEST_LINE:
            raise Unusable(f"lines of less than {_LONGEST_LINE:,} characters", f"line {number}, which is longer")
        yield number, line


def _kind(file: TextIO) -> Callable[[_Lines, str, _File], Iterator[_Row | LabelFault]]:
    """Return the reader of a file, by its first lines."""
    head = [line for line, _ in zip(iter(lambda: file.readline(_LONGEST_LINE), ""), range(20), strict=False)]
    first = next((line for line in head if line.strip()), "")
    if "\0" in first or "\udcff\udcfe" in first or "\udcfe\udcff" in first:
        raise Unusable("text in UTF-8", repr(first[:_SHOWN]))
    if {"begin time (s)", "end time (s)"} <= _columns(_cells(first)).keys():
        return _raven_rows
    if set(_CSV_COLUMNS) <= _columns(cell.strip('" \r\n') for cell in first.split(",")).keys():
        return _csv_rows
    if not first or any(len(cells := _cells(line)) > 1 and _TIME.fullmatch(cells[0]) for line in head):
        return _audacity_rows
    raise Unusable(_FORMATS, repr(first.rstrip("\r\n")[:_SHOWN]))


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


def _audacity_rows(lines: _Lines, name: str, about: _File) -> Iterator[_Row | LabelFault]:
    recording, matched = about.own()
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
                    raise Unusable("a label before its frequencies, low and high", repr(text.rstrip("\r\n")[:_SHOWN]))
                follows = False
                continue
            follows = True
            if len(cells) == 2 and not _TIME.fullmatch(cells[1]):
                cells.insert(1, cells[0])  # a label at a point, as Audacity reads it too
            if len(cells) != 3:
                raise Unusable("onset, offset and label between tabs", repr(text.rstrip("\r\n")[:_SHOWN]))
            onset_us, offset_us = _time_us(cells[0]), _time_us(cells[1])
            yield _checked(_Row(line, recording, onset_us, offset_us, cells[2], matched))
        except Unusable as bad:
            yield LabelFault(name, line, bad.expected, bad.got)


def _raven_rows(lines: _Lines, name: str, about: _File) -> Iterator[_Row | LabelFault]:
    header: dict[str, int] = {}
    label_column = only = ""
    for line, text in lines:
        if not text.strip():
            continue
        try:
            _check_text(text)
            cells = _cells(text)
            if not header:
                header = _columns(cells)
                if not {"begin path", "begin file"} & header.keys():
                    about.own()  # or all rows would have the same fault
                label_column = _label_column(header, about.label_column)
                continue
            row = {column: cells[place] if place < len(cells) else "" for column, place in header.items()}
            recording, matched = _named(row, about)
            onset_us, end_us = _time_us(row["begin time (s)"]), _time_us(row["end time (s)"])
            length_us = end_us - onset_us
            if row.get("file offset (s)"):
                # Begin and end times run on over the recordings that were open together.
                onset_us = _time_us(row["file offset (s)"])
            elif recording != (only := only or recording):
                raise Unusable("a File Offset (s), in a table of more than one recording", "none")
            yield _checked(_Row(line, recording, onset_us, onset_us + length_us, row[label_column], matched))
        except Unusable as bad:
            yield LabelFault(name, line, bad.expected, bad.got)
            if not label_column:
                return


def _named(row: Mapping[str, str], about: _File) -> tuple[str, str]:
    """Return the recording that a selection is of, and by what."""
    if path := row.get("begin path"):
        return about.recordings.of_path(path), "Begin Path"
    if name := row.get("begin file"):
        return about.recordings.of_name(name, about.folders), "Begin File"
    return about.own()


def _label_column(header: Mapping[str, int], wanted: str | None) -> str:
    names = LABEL_COLUMNS if wanted is None else (wanted,)
    for name in names:
        if name.lower() in header:
            return name.lower()
    raise Unusable(f"a column of labels called {' or '.join(names)}", f"the columns {', '.join(header)}")


def _csv_rows(lines: _Lines, name: str, about: _File) -> Iterator[_Row | LabelFault]:
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
                raise Unusable(f"{width} cells", f"{len(cells)}")
            path, onset, offset, label = (cells[header[column]] for column in _CSV_COLUMNS)
            _check_text(path + label)
            recording = about.recordings.of_path(path)
            yield _checked(_Row(line, recording, _time_us(onset), _time_us(offset), label, "path"))
        except Unusable as bad:
            yield LabelFault(name, line, bad.expected, bad.got)
        except csv.Error as error:
            yield LabelFault(name, line, "well-formed CSV (what follows is not read)", str(error))
            return


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unusable("text in UTF-8", repr(text.rstrip("\r\n")[:_SHOWN])) from None


def _time_us(text: str) -> int:
    """Return a time in microseconds, rounded to the nearest."""
    if not _TIME.fullmatch(text.strip()):
        raise Unusable("a time in seconds", repr(text[:_SHOWN]))
    time_us = Decimal(text.strip().replace(",", ".")) * _US_PER_S
    if abs(time_us) > _LATEST_US:
        raise Unusable("a time in seconds, not of centuries", repr(text[:_SHOWN]))
    return int(time_us.to_integral_value())


def _checked(row: _Row) -> _Row:
    if row.onset_us < 0:
        raise Unusable("an onset of zero or later", _seconds(row.onset_us))
    if row.offset_us < row.onset_us:
        times = f"{row.onset_us / _US_PER_S:.6f} to {_seconds(row.offset_us)}"
        raise Unusable("an offset that is not before the onset", times)
    if not one_line(row.label):
        raise Unusable("a label", "none")
    return row._replace(label=row.label.strip())


def _seconds(time_us: int) -> str:
    return f"{time_us / _US_PER_S:.6f} s"


# --- the events ---


def _placed(row: _Row, lengths_us: Mapping[str, int] | None, counts: Counter[str]) -> _Row:
    """Return a label as an event of its recording: neither too short nor beyond its end; and count what was changed."""
    onset_us, offset_us = row.onset_us, row.offset_us
    length_us = None if lengths_us is None else lengths_us.get(row.recording)
    if lengths_us is not None and length_us is None:
        raise Unusable("the name of a recording that can be read", repr(row.recording))
    if length_us is not None and onset_us >= length_us:
        raise Unusable(f"an onset before the end of {row.recording!r} at {_seconds(length_us)}", _seconds(onset_us))
    if length_us is not None and offset_us > length_us:
        offset_us = length_us
        counts["cut"] += 1
    if offset_us - onset_us < _SHORTEST_US:
        counts["widened"] += 1
        offset_us = onset_us + _SHORTEST_US
        if length_us is not None and offset_us > length_us:
            onset_us = max(0, length_us - _SHORTEST_US)
            offset_us = onset_us + _SHORTEST_US
    return row._replace(onset_us=onset_us, offset_us=offset_us)


def _table(rows: Iterable[_Row]) -> pyarrow.Table:
    """Return the rows as events in normal form."""
    import pyarrow as pa

    of_label: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for row in rows:
        of_label.setdefault((row.recording, row.label), []).append((row.onset_us, row.offset_us))
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
