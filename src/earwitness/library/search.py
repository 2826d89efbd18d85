"""Searching an index: a question is read, compiled to SQL, and answered by moments with the events that show each.

>>> from earwitness.library.search import open_library  # doctest: +SKIP
>>> library = open_library("my-index")  # doctest: +SKIP
>>> for moment in library.find(library.ask("a dog barks before a car horn, no siren")):  # doctest: +SKIP
...     print(moment.path, moment.onset_us / 1e6, moment.confidence)

Where a listener heard, moments are ranked by soft logic (``ranking``), and events show them; where people listened,
events are all there is, and certain.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from earwitness.errors import LibraryError, ReadingError
from earwitness.library.asking import Asked, QuestionReader
from earwitness.library.classes import resolver
from earwitness.library.moments import Moment, Provenance, Verdict, Witness
from earwitness.library.names import Names
from earwitness.library.quoting import quoted_text
from earwitness.library.ranking import LONG_S, NEAR_S, Passages, claims_of, ranked
from earwitness.library.sql import statement, witnessed
from earwitness.library.store import Index, open_index, read_rules
from earwitness.logic.constraint import Absent, Constraint, Not, labels_of

if TYPE_CHECKING:
    import duckdb

    from earwitness.library.fallback import FallbackReader

__all__ = ["SMALL", "Library", "open_library"]

SMALL = 2**23
"""Tables up to so many bytes are read when an index is opened, so that no question has to find its way in a file: those
are the events of about a hundred thousand clips."""
_DENSE_S = 600.0  # recordings this long may hold so many events of a label that pairs are not to be listed
_SPARE = 4  # passages of long recordings overlap, so some more of them are looked at
_MOST_LISTED = 20
_HEARD = 0.5  # a label is heard in a recording where it is more probable than not


class Library:
    """An index that is open to be searched. It sees the tables that were current when it was opened.

    Parameters
    ----------
    index
        The index.
    paths
        Search only recordings whose path is like this, with ``*``, ``?`` and ``[...]`` as in a shell; None: all.
    holding
        Search only recordings in which all of these labels are heard.

    Raises
    ------
    LibraryError
        When the index is unfinished, a file of it is damaged, or it knows no such label.
    """

    def __init__(self, index: Index, *, paths: str | None = None, holding: Collection[str] = ()) -> None:
        self.index = index
        _check_known(index, holding)
        self._database = _opened(index, paths, holding)
        self._rules = read_rules(index)
        labels = self._rows("SELECT label, phrase, n_events FROM labels ORDER BY label")
        self.labels: dict[str, int] = {label: n_events for label, _, n_events in labels}
        """How many events there are of each label."""
        self._phrases = [(label, phrase) for label, phrase, _ in labels]
        ((n_recordings, longest_us),) = self._rows("SELECT count(*), coalesce(max(duration_us), 0) FROM recordings")
        self.n_recordings: int = n_recordings
        """How many recordings are searched."""
        self._longest_s = longest_us / 1e6

    def ask(self, text: str, *, within_s: float | None = None, fallback: FallbackReader | None = None) -> Asked:
        """Read a question.

        Parameters
        ----------
        text
            A question in English, or the text form of a constraint.
        within_s
            How far apart, at most, sounds in an order are where the question does not say; 0: at any distance. None:
            ``NEAR_S`` where a recording is longer than ``LONG_S``, and else at any distance. A note says so.
        fallback
            A language model that is asked what the grammar does not understand. Show what it made of the question
            before it is searched for: ``fallback.told``.

        Raises
        ------
        ReadingError
            When it is not understood, naming the words and the nearest readings.
        LibraryError
            When the language model cannot be asked.
        """
        if within_s is None:
            within_s = NEAR_S if self._longest_s > LONG_S else 0.0
        try:
            return self._reader.read(text, within_s=within_s or None)
        except ReadingError as refusal:
            if fallback is None:
                raise
            return fallback.read(text, names=self._names, within_s=within_s or None, refusal=str(refusal))

    @cached_property
    def _names(self) -> Names:
        return resolver(self.index.listener, self._phrases)

    @cached_property
    def _reader(self) -> QuestionReader:
        return QuestionReader(self._names, known=self._names.known)

    def statement(self, asked: Asked, *, limit: int | None = 20) -> str:
        """Return the SQL that answers a question."""
        dense = self._longest_s > _DENSE_S
        return statement(asked.constraint, limit=limit, counts=self.labels, dense=dense)

    def find(self, asked: Asked, *, limit: int | None = 20, least: float = 0.0) -> list[Moment]:
        """Return the moments that answer a question, the best first.

        A recording of up to a minute is one moment at most; of longer ones there may be several, apart from each other.

        Parameters
        ----------
        asked
            The question.
        limit
            At most so many; None: all of them.
        least
            Leave out what is less probable.

        Returns
        -------
        list of Moment
            Each from the first of the events that show it to the end of the last; all that was looked at where no
            event shows it. Its confidence is the probability that the question holds there, by soft logic on what was
            heard frame by frame; its verdicts say how probable each clause is, so that a near miss tells which clause
            fails. Where people listened and not a model, only recordings in which the question holds, all as sure.

        Raises
        ------
        LibraryError
            When it is about a label that the index does not know, or a file of the index is damaged.
        """
        _check_known(self.index, labels_of(asked.constraint))
        if self._rules is None:
            return [moment for moment in self._shown_by_events(asked, limit) if (moment.confidence or 0.0) >= least]
        ranking = ranked(asked.constraint, database=self._database, index=self.index, rules=self._rules, limit=limit)
        n = int(np.count_nonzero(np.exp(ranking.score) >= least))
        if limit is not None:
            n = min(n, limit * (_SPARE if self._longest_s > LONG_S else 1))
        best = ranking.passages.taken(np.arange(n))
        shown = self._witnesses_in(best, asked.constraint)
        about = self._about(best.recording.tolist())
        claims = [(str(claim), isinstance(claim, Absent | Not)) for claim in claims_of(asked.constraint)]
        found: list[Moment] = []
        taken: dict[str, list[Moment]] = {}
        for place in range(n):
            path, _ = about[int(best.recording[place])]
            verdicts = [
                Verdict(clause, denied, float(probability))
                for (clause, denied), probability in zip(claims, ranking.claims[place], strict=True)
            ]
            moment = Moment(
                path,
                *_span(shown.get(place, ()), int(best.begin_us[place]), max(1, int(best.end_us[place]))),
                asked.text,
                confidence=min(1.0, float(np.exp(ranking.score[place]))),
                witness=tuple(shown.get(place, ())),
                verdicts=tuple(verdicts),
            )
            if not any(_meet(moment, other) for other in taken.get(path, ())):
                taken.setdefault(path, []).append(moment)
                found.append(moment)
        return found[:limit]

    def _shown_by_events(self, asked: Asked, limit: int | None) -> list[Moment]:
        """Return the moments that events show, one of each recording."""
        rows = self._rows(self.statement(asked, limit=limit))
        clauses = [str(clause) for clause in witnessed(asked.constraint)]
        found = [(recording, list(events)) for recording, events in groupby(rows, key=lambda row: row[0])]
        about = self._about([recording for recording, _ in found])
        return [_moment(about[recording], events, clauses, asked.text) for recording, events in found]

    def _witnesses_in(self, passages: Passages, constraint: Constraint) -> dict[int, list[Witness]]:
        """Return, for some passages, the events that show each clause of what must be heard, where there are any."""
        import pyarrow as pa

        columns = {"passage": pa.array(np.arange(len(passages.recording)))} | passages._asdict()
        self._database.register("given_passages", pa.table(columns))
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE passages AS SELECT passage AS recording FROM given_passages"
        )
        labels = ", ".join(map(quoted_text, labels_of(constraint)))
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE passage_events AS "
            "SELECT e.label, g.passage AS recording, e.onset_us, e.offset_us, e.confidence "
            "FROM given_passages AS g JOIN events AS e ON e.recording = g.recording "
            f"WHERE e.label IN ({labels}) AND e.onset_us < g.end_us AND e.offset_us > g.begin_us"
        )
        shown: dict[int, list[Witness]] = {}
        for clause in dict.fromkeys(witnessed(constraint)):
            sql = statement(clause, limit=None, events="passage_events", recordings="passages")
            for passage, _, _, _, label, onset_us, offset_us, _ in self._rows(sql):
                shown.setdefault(passage, []).append(Witness(str(clause), label, onset_us, offset_us))
        return shown

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


def open_library(folder: str | Path, *, paths: str | None = None, holding: Collection[str] = ()) -> Library:
    """Open an index to be searched.

    Parameters
    ----------
    folder
        The index, as ``earwitness index`` made it.
    paths, holding
        As for ``Library``.

    Raises
    ------
    LibraryError
        When it is no index, unfinished, or damaged.
    """
    return Library(open_index(folder), paths=paths, holding=holding)


def _opened(index: Index, paths: str | None, holding: Collection[str]) -> duckdb.DuckDBPyConnection:
    import duckdb

    database = duckdb.connect()
    # A table's file never changes: what is in it where need be found out only once.
    database.execute("SET parquet_metadata_cache = true")
    wanted = [] if paths is None else [f"path GLOB {quoted_text(paths)}"]
    for label in sorted(set(holding)):
        heard = f"label = {quoted_text(label)} AND probability >= {_HEARD}"
        wanted.append(f"recording IN (SELECT recording FROM all_presence WHERE {heard})")
    like = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    inside = " WHERE recording IN (SELECT recording FROM recordings)" if wanted else ""
    try:
        whole = {"labels": "labels"} | {name: f"all_{name}" for name in ("recordings", "events", "presence", "frames")}
        for name, table in whole.items():
            kind = "TABLE" if index.table(name).stat().st_size <= SMALL else "VIEW"
            database.execute(f"CREATE {kind} {table} AS SELECT * FROM read_parquet({_file(index.table(name))})")
        database.execute(f"CREATE VIEW recordings AS SELECT * FROM all_recordings{like}")
        for name in ("events", "presence", "frames"):
            database.execute(f"CREATE VIEW {name} AS SELECT * FROM all_{name}{inside}")
    except duckdb.Error as error:
        raise LibraryError(f"'{index.folder}' is damaged: {str(error).splitlines()[0]}") from error
    return database


def _file(path: Path) -> str:
    """Return a path for DuckDB's reader, which takes no character of it for a pattern."""
    return quoted_text(re.sub(r"([*?\[])", r"[\1]", str(path)))


def _moment(about: tuple[str, int], rows: list[tuple[Any, ...]], clauses: list[str], query: str) -> Moment:
    path, duration_us = about
    shown = tuple(_witnesses(rows, clauses))
    return Moment(path, *_span(shown, 0, max(1, duration_us)), query, confidence=float(rows[0][1]), witness=shown)


def _witnesses(rows: list[tuple[Any, ...]], clauses: list[str]) -> Iterator[Witness]:
    for _, _, clause, _, label, onset_us, offset_us, _ in rows:
        if clause >= 0:
            yield Witness(clauses[clause], label, onset_us, offset_us)


def _span(shown: Collection[Witness], begin_us: int, end_us: int) -> tuple[int, int]:
    """Return when what is shown begins and ends; all that was looked at where nothing is shown."""
    if not shown:
        return begin_us, end_us
    return min(each.onset_us for each in shown), max(each.offset_us for each in shown)


def _meet(one: Moment, other: Moment) -> bool:
    return one.onset_us < other.offset_us and other.onset_us < one.offset_us


def _check_known(index: Index, labels: Collection[str]) -> None:
    """Refuse labels that an index does not know."""
    strange = sorted(set(labels) - set(index.labels))
    if strange:
        more = f"; and {len(index.labels) - _MOST_LISTED:,} more" if len(index.labels) > _MOST_LISTED else ""
        known = "; ".join(index.labels[:_MOST_LISTED]) + more
        raise LibraryError(f"'{index.folder}' knows no label '{strange[0]}'; it knows {known}.")
