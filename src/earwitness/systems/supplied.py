"""Scores that were computed elsewhere: a matrix in ``.npy``, or a TREC run file.

Everything is checked when the file is opened, before any work. A file ``clap.npy`` may have a ``clap.json`` beside it,
one JSON object with any of

``name``          how the system is called
``paradigm``      one of ``base.PARADIGMS``
``n_parameters``  how many trained parameters it has
``query_ids``     the queries of the matrix's rows, where that is not the benchmark's order
``clip_ids``      the clips of the matrix's columns, likewise

and whatever else a reader should know.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.errors import BenchmarkError, SystemFault
from earwitness.reasonaudio.folder import Benchmark
from earwitness.records import read_json, sha256_of_file
from earwitness.systems.base import PARADIGMS, About, Clips, Scores, System, counted

__all__ = ["supplied_scores"]

_Matrix = npt.NDArray[np.floating[Any]]
_Ints = npt.NDArray[np.intp]

# Queries that are checked, or clips that are gathered, at a time.
_CHUNK = 256
_GZIP = b"\x1f\x8b"
_GREATEST = float(np.finfo(np.float32).max)
_COLUMNS = "query_id Q0 clip_id rank score tag"


def supplied_scores(path: Path, benchmark: Benchmark, *, missing: str = "refuse") -> System:
    """Return the system whose scores a file holds.

    Parameters
    ----------
    path
        ``.npy``: a matrix of floats, queries by clips, in the benchmark's order or in that of the file beside it.
        Anything else is read as a TREC run, ``query_id Q0 clip_id rank score tag``, in which clips that are not
        listed are not retrieved.
    benchmark
        What the scores are for.
    missing
        What becomes of a query without any retrieved clip: ``"refuse"`` the file, or ``"zero"``, which counts it as
        wrong.

    Raises
    ------
    SystemFault
        When the file cannot be read, has another shape, holds NaN, infinity or the same pair twice, names a query or
        a clip that the benchmark has not, or leaves out a query.
    """
    if not path.is_file():
        raise SystemFault(f"There is no file of scores '{path}'.")
    query_ids = tuple(query.query_id for query in benchmark.queries)
    clip_ids = tuple(scene.clip_id for scene in benchmark.scenes)
    beside = path.with_suffix(".json")
    said = _Sidecar(beside) if beside != path and beside.is_file() else None
    version = sha256_of_file(path) + (f", {sha256_of_file(beside)}" if said else "")
    if path.suffix.lower() == ".npy":
        matrix = _read_matrix(path)
        rows = _order(said, "query_ids", query_ids, what="queries", benchmark=benchmark)
        columns = _order(said, "clip_ids", clip_ids, what="clips", benchmark=benchmark)
        _check_shape(matrix, path, shape=(len(query_ids), len(clip_ids)), benchmark=benchmark)
    else:
        matrix = _read_run(path, query_ids, clip_ids)
        rows, columns = np.arange(len(query_ids)), np.arange(len(clip_ids))
    empty = _check_finite(matrix[:], path, query_ids=[query_ids[i] for i in np.argsort(rows)],
                          clip_ids=[clip_ids[i] for i in np.argsort(columns)])  # fmt: skip
    if empty and missing != "zero":
        raise SystemFault(
            f"'{path}' retrieves no clip for {len(empty):,} of the {len(query_ids):,} queries: {counted(empty)}. "
            "Add them, or count them as wrong with missing='zero' (--missing zero)."
        )
    about = About(
        name=said.name if said and said.name else path.stem,
        spec=f"scores:{path}",
        paradigm=said.paradigm if said else "other",
        reference=said is not None and said.paradigm == "reference",
        version=version,
        n_parameters=said.n_parameters if said else None,
        details={**(said.details if said else {}), **({"missing_queries": len(empty)} if empty else {})},
    )
    return System(about, _Supplied(matrix, rows, dict(zip(clip_ids, columns.tolist(), strict=True))))


class _Supplied:
    """Looks scores up."""

    def __init__(self, matrix: _Matrix, rows: _Ints, column_of: Mapping[str, int]) -> None:
        self._matrix = matrix
        self._rows = rows
        self._column_of = column_of

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        if len(texts) != len(self._rows):
            raise SystemFault(f"The scores were supplied for {len(self._rows):,} queries; asked for {len(texts):,}.")
        unknown = [name for name in clips.names if name not in self._column_of]
        if unknown:
            raise SystemFault(f"No scores were supplied for clip '{unknown[0]}'.")
        columns = np.array([self._column_of[name] for name in clips.names], dtype=np.intp)
        found = np.empty((len(texts), len(columns)), dtype=np.float32)
        # Rows of the file lie together, so they are read one after the other.
        for place, row in enumerate(self._rows):
            found[place] = self._matrix[row][columns]
        return found


class _Sidecar:
    """What the file beside the scores says of them."""

    def __init__(self, path: Path) -> None:
        try:
            said = read_json(path)
        except BenchmarkError as error:
            raise SystemFault(f"Beside the scores: {error}") from error
        self.path = path
        self.name = said.pop("name", None)
        self.paradigm = said.pop("paradigm", "other")
        self.n_parameters = said.pop("n_parameters", None)
        self.orders = {field: said.pop(field, None) for field in ("query_ids", "clip_ids")}
        self.details = said
        if self.name is not None and not (isinstance(self.name, str) and self.name):
            self._refuse("name", "a text", self.name)
        if self.paradigm not in PARADIGMS:
            self._refuse("paradigm", f"one of {', '.join(PARADIGMS)}", self.paradigm)
        whole = isinstance(self.n_parameters, int) and not isinstance(self.n_parameters, bool)
        if self.n_parameters is not None and not (whole and self.n_parameters > 0):
            self._refuse("n_parameters", "a whole number above zero", self.n_parameters)
        for field, order in self.orders.items():
            if order is not None and not (isinstance(order, list) and all(isinstance(each, str) for each in order)):
                self._refuse(field, "a list of texts", order)
        if not _is_finite(said):
            self._refuse("details", "numbers that are finite", "NaN or infinity")

    def _refuse(self, field: str, expected: str, got: object) -> None:
        raise SystemFault(f"'{self.path}': '{field}' must be {expected}; got {str(got)[:80]!r}.")


def _is_finite(value: object) -> bool:
    """Say whether a JSON value holds neither NaN nor infinity, which other readers of JSON refuse."""
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _order(said: _Sidecar | None, field: str, ids: Sequence[str], *, what: str, benchmark: Benchmark) -> _Ints:
    """Return where in the file each of the benchmark's queries or clips stands."""
    order = said.orders[field] if said else None
    if said is None or order is None:
        return np.arange(len(ids))
    place_of = {each: place for place, each in enumerate(order)}
    twice = sorted({each for place, each in enumerate(order) if place_of[each] != place})
    lacking = [each for each in ids if each not in place_of]
    unknown = sorted(place_of.keys() - set(ids))
    if twice or lacking or unknown:
        raise SystemFault(
            f"'{said.path}': '{field}' must be the {len(ids):,} {what} of '{benchmark.folder}', each once; "
            f"{counted(lacking)} lacking, {counted(unknown)} unknown, {counted(twice)} more than once."
        )
    return np.array([place_of[each] for each in ids], dtype=np.intp)


def _read_matrix(path: Path) -> _Matrix:
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise SystemFault(f"'{path}' cannot be read as a .npy file: {error}") from error
    if not isinstance(matrix, np.ndarray):
        matrix.close()
        raise SystemFault(f"'{path}' must hold one matrix; got an archive of arrays (.npz).")
    if matrix.dtype.kind != "f":
        raise SystemFault(f"'{path}' must hold floats (float16, float32 or float64); got {matrix.dtype}.")
    return matrix


def _check_shape(matrix: _Matrix, path: Path, *, shape: tuple[int, int], benchmark: Benchmark) -> None:
    if matrix.shape == shape:
        return
    turned = " It looks transposed: save scores.T." if matrix.shape == shape[::-1] else ""
    raise SystemFault(
        f"'{path}' must have a row for each of the {shape[0]:,} queries and a column for each of the {shape[1]:,} "
        f"clips of '{benchmark.folder}', shape {shape}; got {matrix.shape}.{turned}"
    )


def _check_finite(matrix: _Matrix, path: Path, *, query_ids: Sequence[str], clip_ids: Sequence[str]) -> list[str]:
    """Refuse NaN and what is infinite as float32; return the queries for which nothing was retrieved."""
    n_bad, first, empty = 0, "", []
    for start in range(0, len(matrix), _CHUNK):
        with np.errstate(over="ignore"):
            rows = np.asarray(matrix[start : start + _CHUNK], dtype=np.float32)
        bad = ~(rows < np.inf)
        if bad.any() and not first:
            row, column = map(int, np.argwhere(bad)[0])
            first = (
                f"the first is {matrix[start + row, column]} for query '{query_ids[start + row]}' (row {start + row}) "
                f"and clip '{clip_ids[column]}' (column {column})"
            )
        n_bad += int(bad.sum())
        empty += [query_ids[start + int(row)] for row in np.flatnonzero(np.isneginf(rows).all(axis=1))]
    if n_bad:
        raise SystemFault(
            f"'{path}': scores must be finite numbers that float32 can hold, or -inf for 'not retrieved'; "
            f"{n_bad:,} of {matrix.size:,} are not: {first}."
        )
    return empty


def _read_run(path: Path, query_ids: Sequence[str], clip_ids: Sequence[str]) -> npt.NDArray[np.float32]:
    """Read a TREC run; clips that are not listed have -inf."""
    row_of = {query: row for row, query in enumerate(query_ids)}
    column_of = {clip: column for column, clip in enumerate(clip_ids)}
    rows, columns, scores, lines = array("q"), array("q"), array("d"), array("q")
    unknown: dict[str, dict[str, int]] = {"queries": {}, "clips": {}}
    for line, query, clip, score in _run_lines(path):
        row, column = row_of.get(query), column_of.get(clip)
        if row is None:
            unknown["queries"].setdefault(query, line)
        elif column is None:
            unknown["clips"].setdefault(clip, line)
        else:
            rows.append(row)
            columns.append(column)
            scores.append(score)
            lines.append(line)
    told = [
        f"{counted(list(names))} {what} that the benchmark has not, first on line {min(names.values())}"
        for what, names in unknown.items()
        if names
    ]
    if told:
        raise SystemFault(f"'{path}' names {', and '.join(told)}: it is a run for another benchmark.")
    pairs = np.array(rows) * len(clip_ids) + np.array(columns)
    first = np.unique(pairs, return_index=True)[1]
    if len(first) < len(pairs):
        again = np.setdiff1d(np.arange(len(pairs)), first)
        raise SystemFault(
            f"'{path}', line {lines[again[0]]}: query '{query_ids[rows[again[0]]]}' lists clip "
            f"'{clip_ids[columns[again[0]]]}' for the second time; {len(again):,} lines of the file are such."
        )
    matrix = np.full((len(query_ids), len(clip_ids)), -np.inf, dtype=np.float32)
    matrix.flat[pairs] = np.array(scores, dtype=np.float32)
    return matrix


def _run_lines(path: Path) -> Iterator[tuple[int, str, str, float]]:
    """Yield the number of each line, and its query, clip and score."""
    with path.open("rb") as file:
        if file.read(2) == _GZIP:
            raise SystemFault(f"'{path}' is compressed; unpack it first.")
    try:
        with path.open(encoding="utf-8") as file:
            for line, text in enumerate(file, start=1):
                fields = text.split()
                if len(fields) == 6:
                    score = _number(fields[4])
                    if abs(score) <= _GREATEST:
                        yield line, fields[0], fields[2], score
                        continue
                    raise SystemFault(
                        f"'{path}', line {line}: the score must be a finite number that float32 can hold; "
                        f"got {fields[4]!r}."
                    )
                if fields:
                    raise SystemFault(
                        f"'{path}', line {line}: expected the 6 columns '{_COLUMNS}'; got {len(fields)}: "
                        f"{' '.join(fields)[:80]!r}."
                    )
    except UnicodeDecodeError as error:
        raise SystemFault(f"'{path}' is neither .npy nor a TREC run in UTF-8: {error}.") from error


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
