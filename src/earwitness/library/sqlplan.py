"""What a constraint asks for as tables, each made of those before it: the parts of an SQL statement.

``sql`` says what the tables mean and how the statement stays fast; this says how each clause is written. Where tables
are joined every column is named anew, for ClickHouse would keep the table's name in the column's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from earwitness.errors import LibraryError
from earwitness.library.quoting import quoted_text
from earwitness.logic.constraint import (
    Absent,
    All,
    Before,
    Boolean,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Not,
    Overlap,
    Present,
)

__all__ = [
    "EVENT",
    "Join",
    "Literal",
    "Node",
    "Plan",
    "Scope",
    "is_sparse",
    "literals_in",
    "pushed_inwards",
    "quoted_name",
    "together",
]

EVENT = ("onset_us", "offset_us", "confidence")
"""What a witness has besides its label."""


def quoted_name(name: str) -> str:
    """Return the name of a table as it is written; a dot parts schema and table.

    Raises
    ------
    LibraryError
        When the statement has a table of this name itself.
    """
    if re.fullmatch(r"best|[emprw][0-9]+", name, re.IGNORECASE):
        raise LibraryError(f"A statement calls tables of its own 'best', 'e1', 'r2' and so on; got the name {name!r}.")
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def _whole(seconds: float) -> int:
    """Return the whole microseconds of a constraint's number, which is rounded to them when it is made."""
    return round(seconds * 1_000_000)


# --- logic: "not" carried inwards, until each literal adds recordings or takes them away ---


@dataclass(frozen=True, eq=False)
class Literal:
    """A clause that must hold, or must not."""

    clause: Constraint
    """What is claimed; no recording without events satisfies it."""
    holds: bool
    """Whether it must hold, or must not."""


@dataclass(frozen=True, eq=False)
class Join:
    """Parts that must hold together, or of which one must."""

    parts: tuple[Literal | Join, ...]
    """What is joined."""
    every: bool
    """Whether all parts must hold, or some part."""


Node = Literal | Join
"""A constraint in terms of literals."""


def pushed_inwards(constraint: Constraint, *, holds: bool) -> Node:
    """Return the constraint, or its denial, in terms of literals."""
    if isinstance(constraint, Not):
        return pushed_inwards(constraint.inner, holds=not holds)
    if isinstance(constraint, Boolean):
        parts = tuple(pushed_inwards(part, holds=holds) for part in constraint.inner)
        return Join(parts, every=isinstance(constraint, All) == holds)
    if isinstance(constraint, Absent):
        return Literal(Present(constraint.label), not holds)
    if isinstance(constraint, Count) and constraint.at_most is not None:
        return Literal(Count(constraint.label, at_least=constraint.at_most + 1), not holds)
    if isinstance(constraint, Count) and constraint.exactly == 0:
        return Literal(Present(constraint.label), not holds)
    return Literal(constraint, holds)


def literals_in(node: Node) -> Iterator[Literal]:
    """Yield the literals in the order of the constraint's text."""
    if isinstance(node, Literal):
        yield node
    else:
        for part in node.parts:
            yield from literals_in(part)


def together(node: Node) -> Iterator[Node]:
    """Yield what must hold together: literals, and joins of which some part must hold."""
    if isinstance(node, Join) and node.every:
        for part in node.parts:
            yield from together(part)
    else:
        yield node


def is_sparse(node: Node) -> bool:
    """Whether it needs a sound to be heard, so that it can be found without a list of all recordings."""
    if isinstance(node, Literal):
        return node.holds
    return (any if node.every else all)(map(is_sparse, node.parts))


# --- the plan: common table expressions, each made of those before it ---


@dataclass(frozen=True)
class Scope:
    """Where a part of the constraint is looked for; it may be found elsewhere too, for who asks joins it again."""

    recordings: str | None
    """Table that holds each recording in question once; None: all recordings."""
    events: Mapping[str, str]
    """For some labels, a table that holds at least all of their events in these recordings."""


@dataclass
class Plan:
    """The tables of a statement: ``e`` events of a label, ``r`` recordings and scores, ``p`` pairs, ``w`` witnesses."""

    source: str
    """The name of the table of events, as it is written."""
    every_recording: str
    """The name of the table of recordings, as it is written."""
    rank: Mapping[str, int]
    """The lower, the sooner a label is looked up."""
    dense: bool
    """Whether pairs are found in one ordered pass over each recording."""
    tables: dict[str, str] = field(default_factory=dict)
    """Name and body of each, in order."""
    _kinds: Counter[str] = field(default_factory=Counter)
    """How many tables of each kind there are."""
    _heard: dict[Literal, Mapping[str, str]] = field(default_factory=dict)
    """The events in which each literal was looked for."""
    _parts: dict[Literal, list[str]] = field(default_factory=dict)
    """The parts of an ``any`` that each literal stands in: where they fail, it shows nothing."""

    def text(self, last: str) -> str:
        """Return the whole statement."""
        # DuckDB would read a label's events again for each use of their table: it takes a filtered scan for cheap.
        bodies = " ".join((*self.tables.values(), last))
        uses = Counter(re.findall(r"\b[a-z]+[0-9]*\b", bodies))
        tables = ",\n".join(
            f"{name} AS {'MATERIALIZED ' if uses[name] > 1 else ''}({body})" for name, body in self.tables.items()
        )
        return f"WITH {tables}\n{last}"

    def add(self, kind: str, body: str) -> str:
        """Add a table and return its name; the same text is the same table."""
        for name, known in self.tables.items():
            if known == body:
                return name
        self._kinds[kind] += 1
        name = f"{kind}{self._kinds[kind]}"
        self.tables[name] = body
        return name

    def heard(self, labels: Iterable[str], scope: Scope) -> dict[str, str]:
        """Return the tables of these labels' events, each joined to the recordings that the rarer ones leave."""
        found, left = dict(scope.events), scope.recordings
        wanted = [label for label in dict.fromkeys(labels) if label not in found]
        for label in sorted(wanted, key=self.rank.__getitem__):
            body = (
                "SELECT e.recording, e.onset_us, e.offset_us, CAST(e.confidence AS DOUBLE) AS confidence\n"
                f"  FROM {self.source} AS e WHERE e.label = {quoted_text(label)}"
            )
            body += "" if left is None else f" AND e.recording IN (SELECT c.recording FROM {left} AS c)"
            found[label] = left = self.add("e", body)
        return found

    def found(self, node: Node, scope: Scope) -> str:
        """Return the table of the recordings of the scope in which it holds, each once, with scores."""
        parts = list(together(node))
        literals = [part for part in parts if isinstance(part, Literal)]
        needed = [literal for literal in literals if literal.holds]
        events = self.heard((label for literal in needed for label in literal.clause.labels), scope)
        for literal in needed:
            self._heard[literal] = events
        found = self._joined([self._matches(literal.clause, events) for literal in needed])
        choices = [part for part in parts if isinstance(part, Join)]
        for choice in sorted(choices, key=is_sparse, reverse=True):
            if found is None and not is_sparse(choice):
                found = self._everything(scope)
            inner = Scope(found or scope.recordings, events)
            found = self._joined([*filter(None, [found]), self._any(choice, inner)])
        found = found or self._everything(scope)
        denied = []
        for literal in literals:
            if not literal.holds:
                here = self.heard(literal.clause.labels, Scope(found, events))
                known = isinstance(literal.clause, Present)  # whose events need not be gathered by recording
                denied.append(here[literal.clause.labels[0]] if known else self._matches(literal.clause, here))
        if not denied:
            return found
        without = " AND ".join(f"f.recording NOT IN (SELECT n.recording FROM {name} AS n)" for name in denied)
        return self.add("r", f"SELECT f.recording, f.score\n  FROM {found} AS f WHERE {without}")

    def _everything(self, scope: Scope) -> str:
        table = scope.recordings or self.every_recording
        return self.add("r", f"SELECT a.recording, CAST(1 AS DOUBLE) AS score\n  FROM {table} AS a")

    def _joined(self, names: Sequence[str]) -> str | None:
        """Return the recordings that are in all tables; their scores are multiplied."""
        first, *others = dict.fromkeys(names) or [None]
        if first is None or not others:
            return first
        score = " * ".join(f"{name}.score" for name in (first, *others))
        joins = "".join(f" JOIN {name} ON {name}.recording = {first}.recording" for name in others)
        return self.add("r", f"SELECT {first}.recording AS recording, {score} AS score\n  FROM {first}{joins}")

    def _any(self, choice: Join, scope: Scope) -> str:
        """Return the recordings in which some part holds; the best score counts."""
        names = []
        for part in choice.parts:
            names.append(self.found(part, scope))
            for literal in literals_in(part):
                self._parts.setdefault(literal, []).append(names[-1])
        if len(set(names)) == 1:
            return names[0]
        union = " UNION ALL ".join(f"SELECT p.recording, p.score FROM {name} AS p" for name in dict.fromkeys(names))
        return self.add("r", f"SELECT u.recording, MAX(u.score) AS score\n  FROM ({union}) AS u GROUP BY u.recording")

    def _matches(self, clause: Constraint, events: Mapping[str, str]) -> str:
        """Return the recordings in which one clause holds, with scores."""
        if isinstance(clause, (Before, Overlap, During)):
            last = self._chain(clause, events)[-1]
            return self.add("r", f"SELECT p.recording, MAX(p.score) AS score\n  FROM {last} AS p GROUP BY p.recording")
        if isinstance(clause, Longer):
            longest = [
                f"(SELECT e.recording, MAX({_LENGTH}) AS longest, MAX(e.confidence) AS score "
                f"FROM {events[label]} AS e GROUP BY e.recording)"
                for label in clause.labels
            ]
            return self.add(
                "r",
                f"SELECT x.recording AS recording, x.score * y.score AS score\n  FROM {longest[0]} AS x\n"
                f"  JOIN {longest[1]} AS y ON y.recording = x.recording WHERE x.longest > y.longest",
            )
        score, where, having = "MAX(e.confidence)", "", ""
        if isinstance(clause, Lasts) and clause.at_least is not None:
            where = f" WHERE {_LENGTH} >= {_whole(clause.at_least)}"
        elif isinstance(clause, Lasts) and clause.at_most is not None:
            having = f" HAVING MAX({_LENGTH}) <= {_whole(clause.at_most)}"
        elif isinstance(clause, Count):
            score = "AVG(e.confidence)"
            bound = f"= {clause.exactly}" if clause.at_least is None else f">= {clause.at_least}"
            having = f" HAVING COUNT(*) {bound}"
        table = events[clause.labels[0]]
        return self.add(
            "r", f"SELECT e.recording, {score} AS score\n  FROM {table} AS e{where} GROUP BY e.recording{having}"
        )

    def _chain(self, clause: Constraint, events: Mapping[str, str]) -> list[str]:
        """Return, for each role, the table of its events that a chain from the first role reaches.

        The score of an event is that of the best chain that ends with it. The last table may hold an event once for
        each event that it is related to: its score is all that is asked of it.
        """
        first, *others = clause.labels
        stages = [events[first]]
        for place, label in enumerate(others, start=1):
            x = _strength("x", place - 1)
            if self.dense and isinstance(clause, Before):
                body = _latest_before(stages[-1], x, events[label], clause.within)
            else:
                columns = f"y.recording AS recording, {_event('y')}"
                key = ", ".join(f"y.{column}" for column in ("recording", *EVENT))
                best, grouped = (x, "") if place == len(others) else (f"MAX({x})", f"\n  GROUP BY {key}")
                pairs = self._pairs(clause, stages[-1], events[label])
                body = f"SELECT {columns}, {best} * y.confidence AS score\n  FROM {pairs}{grouped}"
            stages.append(self.add("p", body))
        return stages

    def _pairs(self, clause: Constraint, before: str, after: str) -> str:
        """Return the source of each event ``x`` of one role with each ``y`` of the next that it is related to."""
        joined = f"{before} AS x JOIN {after} AS y ON y.recording = x.recording"
        if self.dense:
            joined = (
                f"{self.add('m', _meetings(before, after))} AS m\n"
                f"  JOIN {before} AS x ON x.recording = m.recording AND x.onset_us = m.x_onset_us\n"
                f"  JOIN {after} AS y ON y.recording = m.recording AND y.onset_us = m.y_onset_us"
            )
        return f"{joined}\n  WHERE {_related(clause)}"

    def witnesses(self, literal: Literal) -> list[tuple[str, str, str]]:
        """Return, for each role, its label, the table that shows it in the best recordings, and its columns' prefix."""
        clause, events = literal.clause, self._heard[literal]
        here = " AND ".join(
            f"y.recording IN (SELECT c.recording FROM {name} AS c)" for name in ("best", *self._parts.get(literal, ()))
        )
        if isinstance(clause, (Before, Overlap, During)):
            return self._chain_shown(clause, events, here)
        shown = []
        for label in clause.labels:
            source, order = f"{events[label]} AS y WHERE {here}", "y.confidence DESC"
            if isinstance(clause, Count):
                shown.append((label, self.add("w", f"SELECT y.recording, {_event('y')}\n  FROM {source}"), ""))
                continue
            if isinstance(clause, Lasts) and clause.at_least is not None:
                source += f" AND y.offset_us - y.onset_us >= {_whole(clause.at_least)}"
            elif isinstance(clause, (Lasts, Longer)):
                order = "y.offset_us - y.onset_us DESC"
            shown.append((label, self._first(source, _event("y"), f"{order}, y.onset_us"), ""))
        return shown

    def _chain_shown(self, clause: Constraint, events: Mapping[str, str], here: str) -> list[tuple[str, str, str]]:
        """Follow the best chain of each recording back from its last events."""
        stages, labels = self._chain(clause, events), clause.labels
        if self.dense and isinstance(clause, Before):
            last = self._first(f"{stages[-1]} AS y WHERE {here}", _event("y"), "y.score DESC, y.onset_us")
            shown = [(labels[-1], last, "")]
        else:
            source = f"{self._pairs(clause, stages[-2], events[labels[-1]])} AND {here}"
            order = f"{_strength('x', len(labels) - 2)} * y.confidence DESC, y.onset_us, x.onset_us"
            last = self._first(source, f"{_event('x', 'x_')}, {_event('y', 'y_')}", order)
            shown = [(labels[-2], last, "x_"), (labels[-1], last, "y_")]
        for place in reversed(range(len(labels) - len(shown))):
            _, name, prefix = shown[0]
            related = _related(clause).replace("y.", f"y.{prefix}")
            source = f"{stages[place]} AS x JOIN {name} AS y ON y.recording = x.recording WHERE {related}"
            order = f"{_strength('x', place)} DESC, x.onset_us"
            shown.insert(0, (labels[place], self._first(source, _event("x"), order), ""))
        return shown

    def _first(self, source: str, columns: str, order: str) -> str:
        """Return the first row of each recording in an order."""
        return self.add(
            "w",
            f"SELECT q.*\n  FROM (SELECT y.recording AS recording, {columns},\n"
            f"  ROW_NUMBER() OVER (PARTITION BY y.recording ORDER BY {order}) AS place\n"
            f"  FROM {source}) AS q WHERE q.place = 1",
        )


def _event(alias: str, prefix: str = "") -> str:
    return ", ".join(f"{alias}.{column} AS {prefix}{column}" for column in EVENT)


def _strength(alias: str, place: int) -> str:
    """Return the score of the best chain that ends with an event: in the first place, the event's own confidence."""
    return f"{alias}.{'score' if place else 'confidence'}"


_LENGTH = "e.offset_us - e.onset_us"


def _related(clause: Constraint) -> str:
    """Return when an event ``x`` of one role and ``y`` of the next are related, as ``logic.intervals`` has it."""
    if isinstance(clause, Before):
        within = "" if clause.within is None else f" AND y.onset_us - x.offset_us <= {_whole(clause.within)}"
        return f"x.offset_us <= y.onset_us{within}"
    if isinstance(clause, During):
        return "y.onset_us <= x.onset_us AND x.offset_us <= y.offset_us"
    if isinstance(clause, Overlap) and clause.at_least is not None:
        lengths = [f"{a}.offset_us - {b}.onset_us" for a in "xy" for b in "xy"]
        return " AND ".join(f"{length} >= {_whole(clause.at_least)}" for length in lengths)
    return "x.onset_us < y.offset_us AND y.onset_us < x.offset_us"


def _latest_before(table: str, score: str, after: str, within: float | None) -> str:
    """Return each event ``y`` with the best score of all ``x`` that end before it, in one pass over both by time.

    A range of time takes in all rows of the same moment, so an ``x`` that ends just when ``y`` starts is in it.
    """
    reach = "UNBOUNDED" if within is None else str(_whole(within))
    return (
        "SELECT y.recording, y.onset_us, y.offset_us, y.confidence, y.reached * y.confidence AS score\n"
        "  FROM (SELECT t.recording, t.onset_us, t.offset_us, t.confidence, t.role,"
        " MAX(CASE WHEN t.role = 0 THEN t.score END) OVER (PARTITION BY t.recording ORDER BY t.moment"
        f" RANGE BETWEEN {reach} PRECEDING AND CURRENT ROW) AS reached\n"
        "  FROM (SELECT x.recording, x.onset_us, x.offset_us, x.confidence, 0 AS role, x.offset_us AS moment,"
        f" {score} AS score FROM {table} AS x\n"
        "  UNION ALL SELECT y.recording, y.onset_us, y.offset_us, y.confidence, 1, y.onset_us, 0.0"
        f" FROM {after} AS y) AS t) AS y\n"
        "  WHERE y.role = 1 AND y.reached IS NOT NULL"
    )


def _meetings(table: str, after: str) -> str:
    """Return, whenever an event starts, the latest ``x`` and the latest ``y`` that have started.

    Events of one label do not touch, so of two that share time the one that started first is the latest of its label
    when the other starts: every pair that shares time is among these.
    """
    latest = ", ".join(
        f"MAX(CASE WHEN t.role = {role} THEN t.onset_us END) OVER (PARTITION BY t.recording ORDER BY t.onset_us"
        f" RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS {name}_onset_us"
        for role, name in enumerate("xy")
    )
    return (
        f"SELECT t.recording, {latest}\n  FROM (SELECT x.recording, x.onset_us, 0 AS role FROM {table} AS x"
        f" UNION ALL SELECT y.recording, y.onset_us, 1 FROM {after} AS y) AS t"
    )
