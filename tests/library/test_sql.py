"""The SQL statement finds what ``judge`` says, shows witnesses that ``judge`` accepts, and takes labels as data."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import duckdb
import numpy as np
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import LibraryError
from earwitness.library.sql import COLUMNS, DIALECTS, statement, translated, witnessed
from earwitness.logic.constraint import (
    Absent,
    All,
    Any,
    Before,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Not,
    Overlap,
    Present,
    labels_of,
    renamed,
)
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from logic.strategies import LABELS, ODD_LABELS, atoms, constraints, odd_labels, timelines, trees
from logic.test_plan import FORMS

NASTY = (
    *ODD_LABELS,
    "x'; DROP TABLE events; --",
    "a\0b",
    "''",
    "\\'",
    "$$",
    "${x}",
    "%s",
    "?",
    "$1",
    "e1",
    "/* */",
    "';",
)


class Index:
    """The tables of an index, in memory, refilled for each example."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute(
            "CREATE TABLE recordings (recording INTEGER);"
            "CREATE TABLE events"
            " (label VARCHAR, recording INTEGER, onset_us BIGINT, offset_us BIGINT, confidence FLOAT)"
        )

    def fill(self, clips: Sequence[Timeline], confidences: Sequence[float] = (0.5, 0.9, 0.25, 1.0)) -> None:
        events = sorted((e.label, i, _us(e.onset), _us(e.offset)) for i, clip in enumerate(clips) for e in clip.events)
        rows = [(*event, confidences[place % len(confidences)]) for place, event in enumerate(events)]
        self.connection.execute("DELETE FROM events; DELETE FROM recordings")
        if clips:
            self.connection.executemany("INSERT INTO recordings VALUES (?)", [(i,) for i in range(len(clips))])
        if rows:
            self.connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()


def _us(seconds: float) -> int:
    return round(seconds * 1e6)


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    made = Index()
    yield made
    made.connection.close()


def relevant(constraint: Constraint, clips: Sequence[Timeline]) -> list[int]:
    return [i for i, clip in enumerate(clips) if judge(constraint, clip)]


def found(index: Index, constraint: Constraint, **options: object) -> list[int]:
    rows = index.rows(statement(constraint, limit=None, witnesses=False, **options))
    assert len({row[0] for row in rows}) == len(rows)
    return sorted(row[0] for row in rows)


def assert_shown(constraint: Constraint, rows: Sequence[tuple], clips: Sequence[Timeline]) -> None:
    """Every witness is an event of its recording; those of a clause together satisfy it."""
    clauses = witnessed(constraint)
    shown: dict[tuple[int, int], list[tuple[int, Event]]] = defaultdict(list)
    for recording, _, clause, role, label, onset_us, offset_us, confidence in rows:
        if clause == -1:
            assert (role, label, onset_us, offset_us, confidence) == (-1, None, None, None, None)
            continue
        event = Event(onset_us / 1e6, offset_us / 1e6, label)
        assert event in clips[recording].events
        shown[recording, clause].append((role, event))
    for (_, number), witnesses in shown.items():
        clause = clauses[number]
        roles = [role for role, _ in witnesses]
        named = clause.labels
        assert [event.label for _, event in witnesses] == [named[role] for role in roles]
        if clause.name != "count":
            assert roles == list(range(len(named)))
        assert judge(clause, Timeline(event for _, event in witnesses))


@settings(max_examples=40, deadline=None)
@given(st.lists(atoms(), min_size=1, max_size=6), st.lists(timelines, max_size=6), st.booleans())
def test_every_form_finds_what_the_judge_says(
    index: Index, claims: list[Constraint], clips: list[Timeline], dense: bool
) -> None:
    index.fill(clips)
    for claim in claims:
        for each in (claim, Not(claim)):
            assert found(index, each, dense=dense) == relevant(each, clips), each


@settings(max_examples=60, deadline=None)
@given(constraints, st.lists(timelines, max_size=6), st.booleans(), st.booleans())
def test_every_nesting_finds_what_the_judge_says_and_shows_why(
    index: Index, constraint: Constraint, clips: list[Timeline], dense: bool, counted: bool
) -> None:
    index.fill(clips)
    counts = dict(index.rows("SELECT label, COUNT(*) FROM events GROUP BY label")) if counted else None
    expected = relevant(constraint, clips)
    assert found(index, constraint, dense=dense, counts=counts) == expected
    rows = index.rows(statement(constraint, limit=None, dense=dense, counts=counts))
    assert sorted({row[0] for row in rows}) == expected
    assert_shown(constraint, rows, clips)


@pytest.mark.parametrize("text", FORMS)
@pytest.mark.parametrize("dense", [False, True])
def test_each_form_on_a_fixed_library(index: Index, text: str, dense: bool) -> None:
    constraint = parse(text)
    clips = [
        Timeline(),
        Timeline([Event(0, 0.3, "dog"), Event(0.3, 0.6, "7"), Event(0.7, 0.8, "dog")]),
        Timeline([Event(0.1, 0.2, "dog"), Event(0, 1, "7"), Event(2, 3, "all")]),
        Timeline([Event(0, 1, "dog"), Event(0, 1, "7")]),
        Timeline([Event(0, 1, "all")]),
    ]
    index.fill(clips)
    rows = index.rows(statement(constraint, limit=None, dense=dense))
    assert sorted({row[0] for row in rows}) == relevant(constraint, clips)
    assert_shown(constraint, rows, clips)


# --- whole microseconds ---


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("limit", [1.0, 1.0000004, 1.0000005, 1.0000006, 0.9999995, 0.3, 0.1 + 0.2, 0.7, 12345.678901])
@pytest.mark.parametrize("clause", ["lasts(a, at_least={})", "lasts(a, at_most={})", "before(a, b, within={})"])
def test_limits_agree_with_the_judge_to_the_microsecond(index: Index, clause: str, limit: float, dense: bool) -> None:
    constraint = parse(clause.format(f"{limit:.9f}"))
    clips = []
    for start_us in (0, 1, 333_333, 86_399_999_999):
        for length_us in range(_us(limit) - 2, _us(limit) + 3):
            lasting = Event(start_us / 1e6, (start_us + length_us) / 1e6, "a")
            after = lasting.offset + length_us / 1e6
            clips.append(Timeline([lasting, Event(after, after + 1, "b")]))
    index.fill(clips)
    expected = relevant(constraint, clips)
    assert 0 < len(expected) < len(clips)
    assert found(index, constraint, dense=dense) == expected


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize(
    "text", ["overlap(a, b)", "overlap(a, b, at_least=0.2)", "during(a, b)", "before(a, b)", "longer(a, b)"]
)
def test_edges_a_microsecond_apart_agree_with_the_judge(index: Index, text: str, dense: bool) -> None:
    b = (1_000_000, 1_500_000)
    near = [edge + by for edge in (800_000, 1_000_000, 1_200_000, 1_300_000, 1_500_000, 1_700_000) for by in (-1, 0, 1)]
    clips = [
        Timeline([Event(onset / 1e6, offset / 1e6, "a"), Event(b[0] / 1e6, b[1] / 1e6, "b")])
        for onset in near
        for offset in near
        if offset - onset >= 10_000
    ]
    index.fill(clips)
    expected = relevant(parse(text), clips)
    assert 0 < len(expected) < len(clips)
    assert found(index, parse(text), dense=dense) == expected


# --- labels are data ---

of_two_labels = trees(atoms(st.sampled_from(("dog", "7"))))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(NASTY), odd_labels), min_size=2, max_size=6, unique=True), of_two_labels)
def test_any_label_is_data(index: Index, names: list[str], constraint: Constraint) -> None:
    assert_label_is_data(index, names, constraint)


@pytest.mark.parametrize("name", NASTY)
def test_nasty_labels_are_data(index: Index, name: str) -> None:
    assert_label_is_data(index, [name, "other"], parse("all(before(dog, 7), not(before(7, dog)))"))


def assert_label_is_data(index: Index, names: list[str], constraint: Constraint) -> None:
    clips = [
        *(Timeline([Event(0, 1, name)]) for name in names),
        Timeline([Event(0, 1, names[0]), Event(1, 2, names[1])]),
        Timeline([Event(0, 1, names[1]), Event(1, 2, names[0])]),
    ]
    index.fill(clips)
    for claim in (All((Present(names[0]), Present(names[1]))), *map(Present, names)):
        rows = index.rows(statement(claim, limit=None))
        assert sorted({row[0] for row in rows}) == relevant(claim, clips)
        assert_shown(claim, rows, clips)
    called = renamed(constraint, {"dog": names[0], "7": names[1]})
    assert found(index, called) == relevant(called, clips)
    assert index.rows("SELECT COUNT(*) FROM recordings") == [(len(clips),)]


def test_a_label_that_utf8_cannot_hold_is_refused() -> None:
    with pytest.raises(LibraryError, match="UTF-8"):
        statement(Present("\ud800"))


# --- order, pages, tables ---


def test_the_score_is_the_product_of_the_best_witnesses(index: Index) -> None:
    index.connection.execute("DELETE FROM events; DELETE FROM recordings; INSERT INTO recordings VALUES (0), (1), (2)")
    index.connection.executemany(
        "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
        [
            ("a", 0, 0, 1000000, 0.5),
            ("a", 0, 2000000, 3000000, 1.0),
            ("b", 0, 1500000, 1900000, 0.5),
            ("a", 1, 0, 1000000, 0.75),
            ("b", 1, 1500000, 1900000, 0.5),
            ("c", 2, 0, 1000000, 0.25),
        ],
    )

    def scores(text: str) -> list[tuple[int, float]]:
        return [(row[0], row[1]) for row in index.rows(statement(parse(text), witnesses=False))]

    for dense in (False, True):
        rows = index.rows(statement(parse("before(a, b)"), dense=dense))
        assert rows == [
            (1, 0.375, 0, 0, "a", 0, 1000000, 0.75),
            (1, 0.375, 0, 1, "b", 1500000, 1900000, 0.5),
            (0, 0.25, 0, 0, "a", 0, 1000000, 0.5),
            (0, 0.25, 0, 1, "b", 1500000, 1900000, 0.5),
        ]
    assert scores("all(before(a, b), present(a))") == [(1, 0.28125), (0, 0.25)]
    assert scores("any(before(b, a), present(a))") == [(0, 1.0), (1, 0.75)]
    assert scores("count(a, at_least=1)") == [(0, 0.75), (1, 0.75)]
    assert scores("longer(a, b)") == [(0, 0.5), (1, 0.375)]
    assert scores("absent(a)") == [(2, 1.0)]
    assert scores("all(absent(c), not(absent(b)))") == [(0, 0.5), (1, 0.5)]


def chains(clause: Constraint, events: dict[str, list[tuple[Event, float]]]) -> Iterator[float]:
    """Yield the product of the confidences of every choice of one event for each role that satisfies the clause."""
    for chosen in itertools.product(*(events.get(label, []) for label in clause.labels)):
        pairs = itertools.pairwise(event for event, _ in chosen)
        if all(judge(_of_two(clause, a, b), Timeline([_called(a, "x"), _called(b, "y")])) for a, b in pairs):
            yield math.prod(confidence for _, confidence in chosen)


def _called(event: Event, label: str) -> Event:
    return Event(event.onset, event.offset, label)


def _of_two(clause: Constraint, a: Event, b: Event) -> Constraint:
    if isinstance(clause, Before):
        return Before(("x", "y"), within=clause.within)
    return renamed(clause, {a.label: "x", b.label: "y"})


def slow_score(clause: Constraint, events: dict[str, list[tuple[Event, float]]]) -> float:
    """Return the score of a clause that holds, as the module's text has it."""
    if isinstance(clause, (Before, Overlap, During)):
        return max(chains(clause, events))
    if isinstance(clause, Absent) or clause.labels[0] not in events or getattr(clause, "at_most", None) == 0:
        return 1.0
    best = [max(confidence for _, confidence in events[label]) for label in clause.labels]
    if isinstance(clause, Longer):
        return math.prod(best)
    if isinstance(clause, Count):
        own = [confidence for _, confidence in events[clause.label]]
        return 1.0 if clause.at_most is not None else sum(own) / len(own)
    if isinstance(clause, Lasts) and clause.at_least is not None:
        return max(sure for event, sure in events[clause.label] if judge(clause, Timeline([event])))
    return best[0]


CLAUSES = [
    *("present(a)", "before(a, b)", "before(a, b, within=0.1)", "before(a, b, c)", "before(a, b, a, b, within=0.3)"),
    *("overlap(a, b)", "overlap(a, b, at_least=0.1)", "during(a, b)", "longer(a, b)", "count(a, at_least=2)"),
    *("lasts(a, at_least=0.1)", "lasts(a, at_most=0.2)", "count(a, exactly=3)", "absent(a)", "count(a, at_most=1)"),
]


@pytest.fixture(scope="module")
def crowded() -> Iterator[Index]:
    made = Index()
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def heard(crowded: Index) -> list[dict[str, list[tuple[Event, float]]]]:
    """Fill the index with 80 crowded recordings; return the events of each, with confidences, by label."""
    rng = np.random.default_rng(7)
    clips = []
    for _ in range(80):
        onsets = rng.integers(0, 100, rng.integers(0, 16))
        clips.append(Timeline(Event(o / 100, (o + rng.integers(1, 25)) / 100, "abc"[rng.integers(3)]) for o in onsets))
    crowded.fill(clips, [float(each) for each in rng.random(997, dtype=np.float32)])
    found: list[dict[str, list[tuple[Event, float]]]] = [{} for _ in clips]
    for label, recording, onset_us, offset_us, confidence in crowded.rows("FROM events"):
        found[recording].setdefault(label, []).append((Event(onset_us / 1e6, offset_us / 1e6, label), confidence))
    return found


def timeline(events: dict[str, list[tuple[Event, float]]]) -> Timeline:
    return Timeline(event for of_label in events.values() for event, _ in of_label)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("text", CLAUSES)
def test_the_score_is_that_of_the_best_witnesses(crowded: Index, heard: list, text: str, dense: bool) -> None:
    clause = parse(text)
    rows = crowded.rows(statement(clause, limit=None, dense=dense))
    expected = {i: slow_score(clause, each) for i, each in enumerate(heard) if judge(clause, timeline(each))}
    assert len(expected) >= 5
    assert {row[0]: row[1] for row in rows} == pytest.approx(expected)
    assert [row[:2] for row in rows] == sorted((row[:2] for row in rows), key=lambda row: (-row[1], row[0]))
    shown = defaultdict(list)
    for row in rows:
        shown[row[0]] += [row[4:]] if row[2] == 0 else []
    for recording, witnesses in shown.items():
        if isinstance(clause, Longer) or text == "lasts(a, at_most=0.2)":
            for label, onset_us, offset_us, _ in witnesses:
                longest = max(event.duration for event, _ in heard[recording][label])
                assert offset_us - onset_us == _us(longest)
        elif not isinstance(clause, Count):
            assert math.prod(row[3] for row in witnesses) == pytest.approx(expected[recording])


@pytest.mark.parametrize(("join", "combined"), [(All, math.prod), (Any, max)])
@pytest.mark.parametrize("texts", [*itertools.combinations(CLAUSES[1:12:2], 3)])
def test_scores_of_clauses_are_joined(
    crowded: Index, heard: list, join: type, combined: Callable, texts: tuple
) -> None:
    clauses = tuple(map(parse, texts))
    expected = {}
    for recording, events in enumerate(heard):
        scores = [slow_score(clause, events) for clause in clauses if judge(clause, timeline(events))]
        if len(scores) == len(clauses) or (scores and join is Any):
            expected[recording] = combined(scores)
    rows = crowded.rows(statement(join(clauses), limit=None, witnesses=False))
    assert dict(rows) == pytest.approx(expected)


def test_pages_are_parts_of_the_whole(index: Index) -> None:
    index.fill([Timeline([Event(0, 1, "a")])] * 7)
    whole = index.rows(statement(Present("a"), limit=None, witnesses=False))
    pages = [index.rows(statement(Present("a"), limit=3, offset=at, witnesses=False)) for at in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [row for page in pages for row in page] == whole
    assert len(index.rows(statement(Present("a"), limit=3, offset=2))) == 3


@pytest.mark.parametrize(
    "options", [{"limit": -1}, {"limit": 1.5}, {"limit": True}, {"offset": -2}, {"offset": "1; x"}]
)
def test_pages_that_are_no_number_are_refused(options: dict) -> None:
    with pytest.raises(LibraryError, match="whole number"):
        statement(Present("a"), **options)


def test_other_tables(index: Index) -> None:
    index.fill([Timeline([Event(0, 1, "a")]), Timeline(), Timeline([Event(0, 1, "a")])])
    index.connection.execute(
        "CREATE OR REPLACE SCHEMA other; CREATE OR REPLACE TABLE other.heard AS FROM events;"
        'CREATE OR REPLACE VIEW other."odd ""name""" AS FROM recordings WHERE recording < 1'
    )
    names = {"events": "other.heard", "recordings": 'other.odd "name"'}
    assert found(index, Present("a"), **names) == [0, 2]
    assert found(index, Absent("never"), **names) == [0]


@settings(max_examples=20, deadline=None)
@given(constraints, st.lists(timelines, min_size=2, max_size=5))
def test_views_of_some_recordings(index: Index, constraint: Constraint, clips: list[Timeline]) -> None:
    index.fill(clips)
    for table in ("events", "recordings"):
        index.connection.execute(f"CREATE OR REPLACE VIEW even_{table} AS FROM {table} WHERE recording % 2 = 0")
    expected = [i for i in relevant(constraint, clips) if i % 2 == 0]
    assert found(index, constraint, events="even_events", recordings="even_recordings") == expected


def test_the_rarest_label_comes_first_and_no_other_is_read_unjoined() -> None:
    counts = {"often": 10_000, "some": 100}
    sql = statement(parse("all(absent(other), overlap(often, some), present(rare))"), counts=counts)
    reads = re.findall(r"FROM \"events\" AS e WHERE e\.label = '(\w+)'( AND)?", sql)
    assert reads == [("rare", ""), ("some", " AND"), ("often", " AND"), ("other", " AND")]
    assert '"recordings"' not in sql


@pytest.mark.parametrize("name", ["best", "E1", "w12"])
def test_names_of_the_statements_own_tables_are_refused(name: str) -> None:
    with pytest.raises(LibraryError, match=f"got the name '{name}'"):
        statement(Present("a"), events=name)


def test_a_statement_is_the_same_text_each_time() -> None:
    constraint = parse("all(before(f, e, d, c, b, a), any(present(g), absent(h)))")
    first = statement(constraint, counts={})
    assert re.findall(r"e\.label = '(\w)'", first) == list("fedcbagh")
    assert statement(constraint, counts=dict.fromkeys("abcdefgh", 7)) == first


# --- other dialects ---


def literals_of(tree: sqlglot.Expression) -> set[str]:
    return {literal.this for literal in tree.find_all(sqlglot.exp.Literal) if literal.is_string}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", FORMS)
@pytest.mark.parametrize("dense", [False, True])
def test_each_dialect_reads_its_own_statement(dialect: str, text: str, dense: bool) -> None:
    constraint = parse(text)
    sql = translated(statement(constraint, dense=dense), dialect)
    tree = sqlglot.parse_one(sql, read=dialect)
    assert tuple(tree.named_selects) == COLUMNS
    assert literals_of(tree) <= set(labels_of(constraint))
    assert "MATERIALIZED" not in sql
    for select in tree.find_all(sqlglot.exp.Select):
        # ClickHouse calls a column of a join "x.recording" unless it is told otherwise.
        assert not select.args.get("joins") or all(isinstance(each, sqlglot.exp.Alias) for each in select.expressions)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", [name for name in NASTY if "\0" not in name])
def test_each_dialect_takes_labels_as_data(dialect: str, name: str) -> None:
    sql = translated(statement(Lasts(name, at_least=1)), dialect)
    (tree,) = sqlglot.parse(sql, read=dialect)
    assert literals_of(tree) == {name}


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(LibraryError, match="clickhouse, trino, spark; got 'oracle'"):
        translated("SELECT 1", "oracle")


def test_labels_of_the_tests_are_many() -> None:
    assert len(LABELS) >= 6
    assert len(set(NASTY)) == len(NASTY)
