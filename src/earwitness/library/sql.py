"""A constraint as one SQL statement that finds, among millions of recordings, those in which ``judge`` says it holds.

Conventions
-----------
Times are whole microseconds in 64-bit integers. ``judge`` compares seconds with half a microsecond of slack, and a
constraint's own numbers are kept to the microsecond, so comparing whole numbers gives exactly its answers.

A relation holds within one recording; touching is before, and is not overlap. Events of one label in one recording do
not touch, as in a ``Timeline``. No column holds NULL, no confidence is NaN.

How it stays fast
-----------------
1. What must be heard is fetched label by label, the rarest first; each further label is joined to the recordings that
   are left, so that no frequent label is read for its own sake.
2. What must not be heard only takes away: it is looked for among the recordings that are left. A constraint that asks
   for nothing to be heard starts from the recordings' table.
3. Joins are on equal recordings. For recordings that hold many events of a label, ``dense=True`` finds pairs in one
   ordered pass per recording, in time that grows with the events and not with the pairs. The answer is the same.
4. Witnesses are looked up for the recordings that are returned, and for no others.

Score
-----
A clause that needs a sound counts with the confidence of its best witness: the product over the events of a pair or
chain; for ``longer`` the product of each label's greatest confidence; for ``count`` the mean over the label's events;
else the greatest confidence of an event that fits. ``all`` multiplies, ``any`` takes the best part that holds, and
what must not be heard counts 1. It is a cheap order of what the events say and no probability.
"""

from __future__ import annotations

from collections.abc import Mapping

from earwitness.errors import LibraryError
from earwitness.library.quoting import quoted_text
from earwitness.library.sqlplan import (
    EVENT,
    Plan,
    Scope,
    is_sparse,
    literals_in,
    pushed_inwards,
    quoted_name,
)
from earwitness.logic.constraint import Constraint, labels_of

__all__ = ["COLUMNS", "DIALECTS", "statement", "translated", "witnessed"]

DIALECTS = ("clickhouse", "trino", "spark")
"""The engines that the statement is translated for; it is written for DuckDB."""

COLUMNS = ("recording", "score", "clause", "role", "label", "onset_us", "offset_us", "confidence")
"""The columns of a statement with witnesses; without them only the first two."""

_NO_EVENT = (
    "CAST(NULL AS VARCHAR) AS label, CAST(NULL AS BIGINT) AS onset_us, CAST(NULL AS BIGINT) AS offset_us,"
    " CAST(NULL AS DOUBLE) AS confidence"
)


def statement(
    constraint: Constraint,
    *,
    limit: int | None = 100,
    offset: int = 0,
    witnesses: bool = True,
    counts: Mapping[str, int] | None = None,
    events: str = "events",
    recordings: str = "recordings",
    dense: bool = False,
) -> str:
    """Return the SQL that finds the recordings in which a constraint holds, the best first.

    Labels stand in the text as string literals and not as parameters, for the text is shown to people, pasted into
    other tools and translated into dialects that disagree about parameters. A literal ends only at a single quote, and
    every quote in a label is doubled, so whatever a label holds is compared as data.

    Parameters
    ----------
    constraint
        The claim.
    limit
        At most so many recordings; None: all of them.
    offset
        Leave out so many of the best.
    witnesses
        Whether the events that show why are wanted.
    counts
        How many events each label has in the index, so that the rarest is looked up first; a label that is not named
        has none. None: not known, and labels are taken in the order in which the constraint names them.
    events, recordings
        Names of the tables, or views, of events (``label, recording, onset_us, offset_us, confidence``) and of
        recordings (``recording``, each once); a dot parts schema and table. To search some recordings only, name two
        views that hold no others.
    dense
        Whether recordings may hold hundreds of events of one label, as those of hours do.

    Returns
    -------
    str
        One statement. Its rows are :data:`COLUMNS`, one for each witness, sorted by score, recording, clause, role and
        onset: ``clause`` counts :func:`witnessed`, ``role`` the labels of that clause (all events of a ``count`` have
        role 0). Where a recording without any event may do, each has a row of clause -1 without label and times too.

    Raises
    ------
    LibraryError
        When a label cannot be written in UTF-8, ``limit`` or ``offset`` is not a whole number, or a table is called
        as one of the statement's own.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> print(statement(parse("lasts(dog, at_least=0.5)"), limit=10, witnesses=False))
    WITH e1 AS (SELECT e.recording, e.onset_us, e.offset_us, CAST(e.confidence AS DOUBLE) AS confidence
      FROM "events" AS e WHERE e.label = 'dog'),
    r1 AS (SELECT e.recording, MAX(e.confidence) AS score
      FROM e1 AS e WHERE e.offset_us - e.onset_us >= 500000 GROUP BY e.recording)
    SELECT f.recording, f.score
      FROM r1 AS f ORDER BY f.score DESC, f.recording LIMIT 10
    """
    page = _page(limit, offset)
    plan = Plan(quoted_name(events), quoted_name(recordings), _ranks(constraint, counts), dense)
    pushed = pushed_inwards(constraint, holds=True)
    found = plan.found(pushed, Scope(None, {}))
    order = "ORDER BY f.score DESC, f.recording"
    ranked = f"SELECT f.recording, f.score\n  FROM {found} AS f {order}{page}"
    if not witnesses:
        return plan.text(ranked)
    plan.tables["best"] = ranked
    rows = [] if is_sparse(pushed) else [f"SELECT b.recording, -1 AS clause, -1 AS role, {_NO_EVENT}\n  FROM best AS b"]
    for number, literal in enumerate(literal for literal in literals_in(pushed) if literal.holds):
        for role, (label, name, prefix) in enumerate(plan.witnesses(literal)):
            event = ", ".join(f"w.{prefix}{column} AS {column}" for column in EVENT)
            rows.append(
                f"SELECT w.recording, {number} AS clause, {role} AS role, {quoted_text(label)} AS label, {event}\n"
                f"  FROM {name} AS w"
            )
    union = "\nUNION ALL ".join(rows)
    columns = ", ".join(f"{'b' if name in COLUMNS[:2] else 't'}.{name} AS {name}" for name in COLUMNS)
    return plan.text(
        f"SELECT {columns}\n  FROM best AS b JOIN (\n{union}\n)"
        " AS t ON t.recording = b.recording\n  ORDER BY b.score DESC, b.recording, t.clause, t.role, t.onset_us"
    )


def witnessed(constraint: Constraint) -> tuple[Constraint, ...]:
    """Return the clauses for which a statement gives witnesses, in the order of their numbers.

    They are what must be heard, all of it or in some part of an ``any``, with ``not`` carried inwards:
    ``not(absent(A))`` asks for ``present(A)`` and ``not(count(A, at_most=1))`` for ``count(A, at_least=2)``.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> [str(clause) for clause in witnessed(parse("all(absent(siren), not(any(absent(dog), before(a, b))))"))]
    ['present(dog)']
    """
    return tuple(literal.clause for literal in literals_in(pushed_inwards(constraint, holds=True)) if literal.holds)


def translated(sql: str, dialect: str) -> str:
    """Return the statement in another engine's dialect, one of :data:`DIALECTS`.

    Raises
    ------
    LibraryError
        When there is no such dialect here.
    """
    if dialect not in DIALECTS:
        raise LibraryError(f"Statements are translated into {', '.join(DIALECTS)}; got {dialect!r}.")
    import sqlglot

    tree = sqlglot.parse_one(sql, read="duckdb")
    for table in tree.find_all(sqlglot.exp.CTE):
        table.set("materialized", None)  # DuckDB's own; the others decide for themselves
    # Not laid out again: a pretty printer has to touch the line breaks inside of labels.
    return tree.sql(dialect=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)


def _page(limit: int | None, offset: int) -> str:
    for name, value in (("limit", limit), ("offset", offset)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise LibraryError(f"The {name} of a statement must be a whole number, zero or more; got {value!r}.")
    return ("" if limit is None else f" LIMIT {limit}") + (f" OFFSET {offset}" if offset else "")


def _ranks(constraint: Constraint, counts: Mapping[str, int] | None) -> Mapping[str, int]:
    labels = labels_of(constraint)
    return {label: place if counts is None else counts.get(label, 0) for place, label in enumerate(labels)}
