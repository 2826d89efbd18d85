"""Searching an index: a question is read, compiled to SQL, and answered by moments with the events that show each.

>>> from earwitness.library.search import open_library  # doctest: +SKIP
>>> library = open_library("my-index")  # doctest: +SKIP
>>> for moment in library.find(library.ask("a dog barks before a car horn, no siren")):  # doctest: +SKIP
...     print(moment.path, moment.onset_us / 1e6, moment.confidence)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.errors import LibraryError
from earwitness.library.asking import Asked, QuestionReader
from earwitness.library.moments import Moment, Provenance, Witness
from earwitness.library.names import Names
from earwitness.library.quoting import quoted_text
from earwitness.library.sql import statement, witnessed
from earwitness.library.store import Index, open_index

if TYPE_CHECKING:
    import duckdb

__all__ = ["LONG_S", "NEAR_S", "Library", "open_library"]

LONG_S = 60.0
"""Where a recording is longer than this, sounds in an order must be near each other unless the question says how near:
in an hour, nearly every sound is before every other."""
NEAR_S = 60.0
"""How near."""
_DENSE_S = 600.0  # recordings this long may hold so many events of a label that pairs are not to be listed


class Library:
    """An index that is open to be searched. It sees the tables that were current when it was opened.

    Parameters
    ----------
    index
        The index.
    paths
        Search only recordings whose path is like this, with ``*``, ``?`` and ``[...]`` as in a shell; None: all.

    Raises
    ------
    LibraryError
        When the index is unfinished, or a table is damaged.
    """

    def __init__(self, index: Index, *, paths: str | None = None) -> None:
        self.index = index
        self._database = _opened(index, paths)
        labels = self._rows("SELECT label, phrase, n_events FROM labels ORDER BY label")
        self.labels: dict[str, int] = {label: n_events for label, _, n_events in labels}
        """How many events there are of each label."""
        self._phrases = [(label, phrase) for label, phrase, _ in labels]
        ((n_recordings, longest_us),) = self._rows("SELECT count(*), coalesce(max(duration_us), 0) FROM recordings")
        self.n_recordings: int = n_recordings
        """How many recordings are searched."""
        self._longest_s = longest_us / 1e6

    def ask(self, text: str, *, within_s: float | None = None) -> Asked:
        """Read a question.

        Parameters
        ----------
        text
            A question in English, or the text form of a constraint.
        within_s
            How far apart, at most, sounds in an order are where the question does not say; 0: at any distance. None:
            ``NEAR_S`` where a recording is longer than ``LONG_S``, and else at any distance. A note says so.

        Raises
        ------
        ReadingError
            When it is not understood, naming the words and the nearest readings.
        """
        if within_s is None:
            within_s = NEAR_S if self._longest_s > LONG_S else 0.0
        return self._reader.read(text, within_s=within_s or None)

    @cached_property
    def _reader(self) -> QuestionReader:
        names = Names(self._phrases)
        return QuestionReader(names, known=names.known)

    def statement(self, asked: Asked, *, limit: int | None = 20) -> str:
        """Return the SQL that answers a question."""
        dense = self._longest_s > _DENSE_S
        return statement(asked.constraint, limit=limit, counts=self.labels, dense=dense)

    def find(self, asked: Asked, *, limit: int | None = 20) -> list[Moment]:
        """Return the moments that answer a question, the best first: one of each recording in which it holds.

        Parameters
        ----------
        asked
            The question.
        limit
            At most so many; None: all of them.

        Returns
        -------
        list of Moment
            Each from the first of the events that show it to the end of the last, with the confidence of these events
            multiplied; the whole recording where nothing has to be heard.
        """
        rows = self._rows(self.statement(asked, limit=limit))
        clauses = [str(clause) for clause in witnessed(asked.constraint)]
        found = [(recording, list(events)) for recording, events in groupby(rows, key=lambda row: row[0])]
        about = self._about([recording for recording, _ in found])
        return [_moment(about[recording], events, clauses, asked.text) for recording, events in found]

    def durations_us(self, paths: Collection[str]) -> dict[str, int]:
        """Return the length of each of some recordings, in microseconds."""
        query = "SELECT path, duration_us FROM recordings WHERE path IN (SELECT unnest(?)) ORDER BY path"
        return dict(self._database.execute(query, [sorted(paths)]).fetchall())

    def provenance(self, asked: Asked) -> Provenance:
        """Return where the answers to a question come from, for exports."""
        return Provenance(listener=self.index.listener, index=str(self.index.folder), query=str(asked.constraint))

    def _about(self, recordings: list[int]) -> dict[int, tuple[str, int]]:
        """Return path and length of recordings."""
        if not recordings:
            return {}
        query = "SELECT recording, path, duration_us FROM recordings WHERE recording IN (SELECT unnest(?))"
        rows = self._database.execute(query, [recordings]).fetchall()
        return {recording: (path, duration_us) for recording, path, duration_us in rows}

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self._database.execute(query).fetchall()


def open_library(folder: str | Path, *, paths: str | None = None) -> Library:
    """Open an index to be searched.

    Parameters
    ----------
    folder
        The index, as ``earwitness index`` made it.
    paths
        As for ``Library``.

    Raises
    ------
    LibraryError
        When it is no index, unfinished, or damaged.
    """
    return Library(open_index(folder), paths=paths)


def _opened(index: Index, paths: str | None) -> duckdb.DuckDBPyConnection:
    import duckdb

    database = duckdb.connect()
    try:
        for name, view in (("recordings", "all_recordings"), ("events", "all_events"), ("labels", "labels")):
            database.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet({_file(index.table(name))})")
        like = "" if paths is None else f" WHERE path GLOB {quoted_text(paths)}"
        database.execute(f"CREATE VIEW recordings AS SELECT * FROM all_recordings{like}")
        inside = "" if paths is None else " WHERE recording IN (SELECT recording FROM recordings)"
        database.execute(f"CREATE VIEW events AS SELECT * FROM all_events{inside}")
    except duckdb.Error as error:
        raise LibraryError(f"'{index.folder}' is damaged: {str(error).splitlines()[0]}") from error
    return database


def _file(path: Path) -> str:
    """Return a path for DuckDB's reader, which takes no character of it for a pattern."""
    return quoted_text(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _moment(about: tuple[str, int], rows: list[tuple[Any, ...]], clauses: list[str], query: str) -> Moment:
    path, duration_us = about
    shown = list(_witnesses(rows, clauses))
    onset_us = min((each.onset_us for each in shown), default=0)
    offset_us = max((each.offset_us for each in shown), default=max(1, duration_us))
    return Moment(path, onset_us, offset_us, query, confidence=float(rows[0][1]), witness=tuple(shown))


def _witnesses(rows: list[tuple[Any, ...]], clauses: list[str]) -> Iterator[Witness]:
    for _, _, clause, _, label, onset_us, offset_us, _ in rows:
        if clause >= 0:
            yield Witness(clauses[clause], label, onset_us, offset_us)
