"""Moments in the formats of other tools: label tracks, selection tables, region lists, cue markers.

What a format cannot hold is made harmless, never written broken: in ``audacity``, ``raven`` and ``reaper`` tabs, line
ends and control characters of a label become spaces; in ``raven`` its double quotes become single ones, because
Raven takes them as they are and most other readers as the start of a quoted cell.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TextIO

from earwitness.errors import LibraryError, OutputError
from earwitness.library.cues import Cue, check_wav, write_cues
from earwitness.library.moments import Moment, Provenance, path_to_text, path_to_uri, text_to_path
from earwitness.records import atomic_path, write_text
from earwitness.sounds.labels import (
    audacity_track,
    jams_annotation,
    jams_document,
    jams_observation,
    one_line,
    seconds_text,
)

if TYPE_CHECKING:
    import pyarrow

__all__ = ["CSV_COLUMNS", "FORMATS", "RAVEN_COLUMNS", "Exported", "export_moments"]

FORMATS: Mapping[str, str] = {
    "csv": "one table of all moments",
    "parquet": "one table of all moments, times in whole microseconds",
    "raven": "one selection table for Raven, of all recordings",
    "audacity": "a label track for each recording",
    "jams": "a JAMS file for each recording",
    "reaper": "a region list for each recording",
    "wav": "a copy of each recording with cue markers",
}
"""What can be written: the first three are a file, the others a folder."""

CSV_COLUMNS = ("path", "onset_s", "offset_s", "label", "confidence", "witness", "source")
"""The columns of ``csv``; the witness is JSON, the source one line."""

RAVEN_COLUMNS = (
    *("Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)"),
    *("Begin File", "Begin Path", "File Offset (s)", "Annotation", "Confidence", "Source"),
)
"""The columns of ``raven``."""

_SUFFIXES = {"audacity": ".txt", "jams": ".jams", "reaper": ".csv", "wav": ""}
_BATCH = 65_536
_US_PER_S = 1_000_000
# Raven wants a range of frequencies, which no event has: from the bottom to what any recording from 16 kHz on holds.
_LOW_HZ, _HIGH_HZ = "0.0", "8000.0"


@dataclass(frozen=True)
class Exported:
    """What was written."""

    format: str
    """As what, one of ``FORMATS``."""
    files: tuple[Path, ...]
    """The files."""
    moments: int
    """How many moments they hold."""


@dataclass(frozen=True)
class _Job:
    """What the writers must know besides the moments."""

    durations_us: Mapping[str, int]
    library: Path | None
    provenance: Provenance

    def duration_us(self, path: str) -> int:
        if path not in self.durations_us:
            raise LibraryError(f"The length of {path!r} is not known, which this format needs.")
        return self.durations_us[path]

    def file(self, path: str) -> Path:
        """Return the recording's file, which must lie in the library."""
        if self.library is None:
            raise LibraryError("Expected the folder of the recordings, to which cues are added; got none.")
        root = os.path.abspath(self.library)
        file = os.path.abspath(os.path.join(root, text_to_path(path)))
        if os.path.commonpath((root, file)) != root:
            raise LibraryError(f"The recording {path!r} does not lie in the library {root!r}.")
        return Path(file)


def export_moments(
    moments: Iterable[Moment],
    out: Path,
    *,
    format: str,
    durations_us: Mapping[str, int] | None = None,
    library: Path | None = None,
    provenance: Provenance | None = None,
    force: bool = False,
) -> Exported:
    """Write moments for another tool.

    Parameters
    ----------
    moments
        What a search found, or events. ``csv`` and ``parquet`` keep their order and never hold them all at once; the
        other formats sort them by recording and time.
    out
        The file to write, or the folder: see ``FORMATS``. In a folder, files are named as the recordings with a
        suffix, and lie in folders as the recordings do; nothing is written outside it. Names that differ by case
        alone get numbers.
    format
        One of ``FORMATS``.
    durations_us
        The length of each recording by its path, which ``jams`` and ``raven`` need, in microseconds. Raven's begin
        and end times run on over these recordings, laid end to end in this order: give those that are opened in
        Raven, in its order. ``File Offset (s)`` is the time in the recording.
    library
        The folder that paths of recordings start from; needed for ``wav``. With it ``raven`` has whole paths.
    provenance
        Where the moments came from; ``audacity`` and ``reaper`` have no place for it.
    force
        Replace files that are there.

    Raises
    ------
    LibraryError
        When a recording's length is not known, its path leads out of the library, or it cannot be given cues.
    OutputError
        When there is no such format, a file is there already or cannot be written.
    """
    if format not in FORMATS:
        raise OutputError(f"The format must be one of {', '.join(FORMATS)}; got {format!r}.")
    job = _Job(durations_us or {}, library, provenance or Provenance())
    if format in _TABLES:
        _check_free([out], force=force)
        return Exported(format, (out,), _TABLES[format](moments, out, job))
    of_path = _by_recording(moments)
    files = {path: out / place for path, place in _places(of_path, _SUFFIXES[format]).items()}
    _check_inside(files.values(), out)
    _check_free(files.values(), force=force)
    # What can be wrong with a recording as such is said before the first file is written.
    for path in of_path:
        _CHECKS[format](path, job)
    for path, file in files.items():
        _WRITERS[format](of_path[path], file, job)
    return Exported(format, tuple(files.values()), sum(map(len, of_path.values())))


# --- where files go ---


def _places(paths: Iterable[str], suffix: str) -> dict[str, PurePath]:
    """Return where each recording's file goes, inside the folder whatever the path says, and no two the same."""
    whole = {path: PurePath(text_to_path(path)) for path in paths}
    parts = {path: [part for part in pure.parts if part not in (pure.anchor, "..")] for path, pure in whole.items()}
    if parts and all(pure.anchor for pure in whole.values()):
        folders = zip(*(names[:-1] for names in parts.values()), strict=False)
        shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, folders))
        parts = {path: names[shared:] for path, names in parts.items()}
    places: dict[str, PurePath] = {}
    taken: set[str] = set()
    for path, names in parts.items():
        *above, name = names or ["recording"]
        place, number = PurePath(*above, name + suffix), 1
        # Some file systems take names that differ by case alone for the same.
        while str(place).casefold() in taken:
            number += 1
            place = PurePath(*above, f"{name}~{number}{suffix}")
        taken.add(str(place).casefold())
        places[path] = place
    return places


def _check_inside(files: Iterable[Path], out: Path) -> None:
    """Refuse to write through a link that leads out of the folder."""
    root = out.resolve()
    for file in files:
        if not file.parent.resolve().is_relative_to(root):
            raise OutputError(f"{str(file.parent)!r} leads out of {str(out)!r}: name another folder.")


def _check_free(files: Iterable[Path], *, force: bool) -> None:
    taken = [file for file in files if os.path.lexists(file)]
    if folders := [file for file in taken if file.is_dir()]:
        raise OutputError(f"{str(folders[0])!r} is a folder; expected the name of a file.")
    if taken and not force:
        more = f" and {len(taken) - 1:,} more" if len(taken) > 1 else ""
        raise OutputError(f"{str(taken[0])!r}{more} exists already: name another place, or replace it with --force.")


def _by_recording(moments: Iterable[Moment]) -> dict[str, list[Moment]]:
    """Return the moments of each recording in time order, recordings by path."""
    of_path: dict[str, list[Moment]] = {}
    for moment in moments:
        of_path.setdefault(moment.path, []).append(moment)
    for found in of_path.values():
        found.sort(key=lambda moment: (moment.onset_us, moment.offset_us, moment.label))
    return dict(sorted(of_path.items()))


# --- tables of all recordings ---


def _write_csv(moments: Iterable[Moment], out: Path, job: _Job) -> int:
    count = 0
    source = one_line(str(job.provenance))
    with atomic_path(out) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        # Lines end as in RFC 4180, and so every cell with either kind of line end is quoted.
        rows = csv.writer(file, lineterminator="\r\n")
        rows.writerow(CSV_COLUMNS)
        for moment in moments:
            times = seconds_text(moment.onset_us), seconds_text(moment.offset_us)
            witness = json.dumps(_witness(moment), ensure_ascii=False) if moment.witness else ""
            rows.writerow((moment.path, *times, moment.label, _confidence(moment), witness, source))
            count += 1
    return count


def _write_parquet(moments: Iterable[Moment], out: Path, job: _Job) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema().with_metadata({"earwitness": json.dumps(job.provenance.as_dict())})
    rest = iter(moments)
    count = 0
    with atomic_path(out) as partial, pq.ParquetWriter(partial, schema, compression="zstd") as writer:
        while batch := list(islice(rest, _BATCH)):
            rows = [
                {
                    **{name: getattr(moment, name) for name in schema.names[:-1]},
                    "witness": [{name: getattr(each, name) for name in each.__slots__} for each in moment.witness],
                }
                for moment in batch
            ]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            count += len(batch)
    return count


def _schema() -> pyarrow.Schema:
    import pyarrow as pa

    times = [("onset_us", pa.int64()), ("offset_us", pa.int64())]
    witness = pa.list_(pa.struct([("clause", pa.string()), ("label", pa.string()), *times]))
    return pa.schema(
        [("path", pa.string()), *times, ("label", pa.string()), ("confidence", pa.float32()), ("witness", witness)]
    )


def _write_raven(moments: Iterable[Moment], out: Path, job: _Job) -> int:
    of_path = _by_recording(moments)
    for path in of_path:
        job.duration_us(path)
    source = _raven_cell(str(job.provenance))
    number = starts_us = 0
    with atomic_path(out) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        _write_row(file, RAVEN_COLUMNS)
        for path, duration_us in job.durations_us.items():
            name, whole = _raven_paths(path, job)
            for moment in of_path.get(path, ()):
                number += 1
                times = seconds_text(starts_us + moment.onset_us), seconds_text(starts_us + moment.offset_us)
                row = (str(number), "Spectrogram 1", "1", *times, _LOW_HZ, _HIGH_HZ, name, whole)
                about = (_raven_cell(moment.label), _confidence(moment), source)
                _write_row(file, (*row, seconds_text(moment.onset_us), *about))
            starts_us += duration_us
    return number


def _write_row(file: TextIO, cells: Sequence[str]) -> None:
    file.write("\t".join(cells) + "\n")


def _raven_paths(path: str, job: _Job) -> tuple[str, str]:
    """Return the name and the path of a recording as cells; what no cell can hold is a URI."""
    whole = text_to_path(path)
    if job.library is not None:
        whole = str(job.file(path))
    cells = [PurePath(whole).name, whole]
    fits = path_to_text(whole) == whole and all(cell == _raven_cell(cell) for cell in cells)
    return (cells[0], cells[1]) if fits else (path_to_uri(cells[0]), path_to_uri(cells[1]))


def _raven_cell(text: str) -> str:
    return one_line(text).replace('"', "'")


def _confidence(moment: Moment) -> str:
    import numpy as np

    # As an index holds it: what is written reads back to the same 32 bits.
    return "" if moment.confidence is None else str(np.float32(moment.confidence))


def _witness(moment: Moment) -> list[dict[str, Any]]:
    return [
        {
            "clause": each.clause,
            "label": each.label,
            "onset_s": each.onset_us / _US_PER_S,
            "offset_s": each.offset_us / _US_PER_S,
        }
        for each in moment.witness
    ]


_TABLES: Mapping[str, Callable[[Iterable[Moment], Path, _Job], int]] = {
    "csv": _write_csv,
    "parquet": _write_parquet,
    "raven": _write_raven,
}


# --- a file for each recording ---


def _write_audacity(moments: Sequence[Moment], out: Path, job: _Job) -> None:
    write_text(out, audacity_track((each.onset_us, each.offset_us, each.label) for each in moments))


def _write_jams(moments: Sequence[Moment], out: Path, job: _Job) -> None:
    path = moments[0].path
    data = [jams_observation(each.onset_us, each.offset_us, each.label, confidence=each.confidence) for each in moments]
    about: dict[str, Any] = {"earwitness": job.provenance.as_dict()}
    if any(each.witness for each in moments):
        about["witness"] = [_witness(each) for each in moments]
    whole_us = job.duration_us(path)
    corpus = job.provenance.index
    annotation = jams_annotation("segment_open", data, corpus=corpus, duration_us=whole_us, sandbox=about)
    write_text(out, jams_document([annotation], title=path, duration_us=whole_us, identifiers={"path": path}))


def _write_reaper(moments: Sequence[Moment], out: Path, job: _Job) -> None:
    with atomic_path(out) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\r\n")
        rows.writerow(("#", "Name", "Start", "End", "Length"))
        for number, each in enumerate(moments, start=1):
            times = (each.onset_us, each.offset_us, each.offset_us - each.onset_us)
            rows.writerow((f"R{number}", one_line(each.label), *map(_clock, times)))


def _clock(time_us: int) -> str:
    """Return a time with a colon, which REAPER cannot take for measures and beats.

    Examples
    --------
    >>> _clock(3_725_500_000)
    '1:02:05.500000'
    """
    minutes, rest_us = divmod(time_us, 60 * _US_PER_S)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02d}" if hours else str(minutes)
    return f"{clock}:{seconds_text(rest_us).zfill(len('00.000000'))}"


def _write_wav(moments: Sequence[Moment], out: Path, job: _Job) -> None:
    def note(moment: Moment) -> str:
        sure = f"confidence {_confidence(moment)}; " if moment.confidence is not None else ""
        return sure + str(job.provenance)

    cues = [Cue(each.onset_us, each.offset_us, each.label, note(each)) for each in moments]
    write_cues(job.file(moments[0].path), out, cues)


_WRITERS: Mapping[str, Callable[[Sequence[Moment], Path, _Job], None]] = {
    "audacity": _write_audacity,
    "jams": _write_jams,
    "reaper": _write_reaper,
    "wav": _write_wav,
}

_CHECKS: Mapping[str, Callable[[str, _Job], object]] = {
    "audacity": lambda path, job: None,
    "jams": lambda path, job: job.duration_us(path),
    "reaper": lambda path, job: None,
    "wav": lambda path, job: check_wav(job.file(path)),
}
