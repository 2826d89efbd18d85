"""Intervals: Allen's relations against their textbook definitions, merging against painted frames."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.logic import intervals as iv
from earwitness.logic.intervals import Allen, allen, merged, to_resolution

# Allen's own definitions by the four edges: independent of the table of signs in the source.
TEXTBOOK = {
    Allen.BEFORE: lambda a, b, c, d: b < c,
    Allen.MEETS: lambda a, b, c, d: b == c,
    Allen.OVERLAPS: lambda a, b, c, d: a < c < b < d,
    Allen.STARTS: lambda a, b, c, d: a == c and b < d,
    Allen.DURING: lambda a, b, c, d: c < a and b < d,
    Allen.FINISHES: lambda a, b, c, d: c < a and b == d,
    Allen.EQUAL: lambda a, b, c, d: a == c and b == d,
    Allen.FINISHED_BY: lambda a, b, c, d: a < c and b == d,
    Allen.CONTAINS: lambda a, b, c, d: a < c and d < b,
    Allen.STARTED_BY: lambda a, b, c, d: a == c and d < b,
    Allen.OVERLAPPED_BY: lambda a, b, c, d: c < a < d < b,
    Allen.MET_BY: lambda a, b, c, d: d == a,
    Allen.AFTER: lambda a, b, c, d: d < a,
}
# What each becomes when time runs backwards.
MIRROR = {
    Allen.BEFORE: Allen.AFTER,
    Allen.MEETS: Allen.MET_BY,
    Allen.OVERLAPS: Allen.OVERLAPPED_BY,
    Allen.STARTS: Allen.FINISHES,
    Allen.STARTED_BY: Allen.FINISHED_BY,
    Allen.DURING: Allen.DURING,
    Allen.CONTAINS: Allen.CONTAINS,
    Allen.EQUAL: Allen.EQUAL,
}
MIRROR |= {image: relation for relation, image in MIRROR.items()}

interval = st.lists(st.integers(0, 12), min_size=2, max_size=2, unique=True).map(sorted)
micro_interval = st.tuples(st.integers(0, 10**11), st.integers(10**4, 10**9)).map(lambda t: [t[0], t[0] + t[1]])
pairs = st.one_of(st.tuples(interval, interval), st.tuples(micro_interval, micro_interval))


def rows(*edges: list[int]) -> np.ndarray:
    """Return intervals given in whole microseconds, in seconds."""
    return np.array(edges, dtype=np.float64) / 1e6


@given(pairs)
def test_exactly_one_of_allens_relations_holds(pair: tuple[list[int], list[int]]) -> None:
    a, b = pair
    holding = [relation for relation, defined in TEXTBOOK.items() if defined(*a, *b)]
    assert len(holding) == 1
    assert Allen(int(allen(rows(a), rows(b))[0])) is holding[0]


def test_every_relation_of_small_intervals_is_the_textbooks() -> None:
    edges = [[a, b] for a in range(6) for b in range(a + 1, 7)]
    a, b = (rows(*side) for side in zip(*[(x, y) for x in edges for y in edges], strict=True))
    found = allen(a, b)
    assert set(found.tolist()) == set(range(13))
    for k, relation in enumerate(found.tolist()):
        assert [r for r, defined in TEXTBOOK.items() if defined(*a[k], *b[k])] == [Allen(relation)]


@given(pairs)
def test_converse_and_mirror(pair: tuple[list[int], list[int]]) -> None:
    a, b = map(rows, pair)
    relation = Allen(int(allen(a, b)[0]))
    assert Allen(int(allen(b, a)[0])) is relation.converse
    assert relation.converse.converse is relation
    assert Allen(int(allen(-a[:, ::-1], -b[:, ::-1])[0])) is MIRROR[relation]


def test_allen_of_nothing() -> None:
    assert allen(np.empty((0, 2)), np.empty((0, 2))).shape == (0,)


@given(pairs)
def test_comparisons_are_allens(pair: tuple[list[int], list[int]]) -> None:
    a, b = map(rows, pair)
    relation = Allen(int(allen(a, b)[0]))
    (a0, a1), (b0, b1) = a[0], b[0]
    assert bool(iv.ends_before(a1, b0)) == (relation in {Allen.BEFORE, Allen.MEETS})
    assert bool(iv.share(a0, a1, b0, b1)) == (Allen.MEETS < relation < Allen.MET_BY)
    assert bool(iv.inside(a0, a1, b0, b1)) == (relation in {Allen.STARTS, Allen.DURING, Allen.FINISHES, Allen.EQUAL})
    assert bool(iv.share(a0, a1, b0, b1)) == bool(iv.share(b0, b1, a0, a1))


@given(pairs, st.integers(1, 10**7))
def test_shared_time_is_counted_in_whole_microseconds(pair: tuple[list[int], list[int]], limit: int) -> None:
    (a0, a1), (b0, b1) = pair
    shared = min(a1, b1) - max(a0, b0)
    for least in {limit, max(shared, 1), max(shared, 1) + 1}:
        found = iv.share_at_least(a0 / 1e6, a1 / 1e6, b0 / 1e6, b1 / 1e6, least / 1e6)
        assert bool(found) == (shared >= least)


@given(st.integers(0, 10**11), st.integers(1, 10**9), st.integers(-2, 2))
def test_lengths_are_compared_in_whole_microseconds(start: int, length: int, more: int) -> None:
    limit = max(length + more, 1)
    length_s = (start + length) / 1e6 - start / 1e6
    assert bool(iv.at_least(length_s, limit / 1e6)) == (length >= limit)
    assert bool(iv.at_most(length_s, limit / 1e6)) == (length <= limit)
    assert bool(iv.longer_than(length_s, limit / 1e6)) == (length > limit)


@given(st.lists(st.tuples(interval, interval), min_size=1, max_size=20), st.integers(1, 5))
def test_arrays_and_numbers_are_compared_alike(several: list[tuple[list[int], list[int]]], limit: int) -> None:
    a, b = rows(*[x for x, _ in several]), rows(*[y for _, y in several])
    columns = (a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    for function, extra in ((iv.share, ()), (iv.inside, ()), (iv.share_at_least, (limit / 1e6,))):
        together = function(*columns, *extra)
        assert together.tolist() == [bool(function(*map(float, row), *extra)) for row in zip(*columns, strict=True)]


@given(st.lists(interval, max_size=15), st.randoms())
def test_merged_covers_the_same_frames(edges: list[list[int]], random: object) -> None:
    given_intervals = np.array(edges, dtype=np.float64).reshape(-1, 2)
    given_intervals.setflags(write=False)
    found = merged(given_intervals)
    painted = np.zeros(13, dtype=bool)
    for onset, offset in edges:
        painted[onset:offset] = True
    steps = np.flatnonzero(np.diff(np.concatenate(([False], painted, [False]))))
    assert found.tolist() == steps.reshape(-1, 2).tolist()
    random.shuffle(edges)  # type: ignore[attr-defined]
    assert merged(np.array(edges, dtype=np.float64).reshape(-1, 2)).tolist() == found.tolist()


def test_merged_does_not_hand_out_its_argument() -> None:
    empty = np.empty((0, 2))
    assert merged(empty) is not empty


@pytest.mark.parametrize(("time", "kept"), [(0.1 + 0.2, 0.3), (1e-7, 0.0), (12345.6789014, 12345.678901)])
def test_times_are_rounded_to_microseconds(time: float, kept: float) -> None:
    assert to_resolution(time) == kept
    assert to_resolution(np.array([time])).tolist() == [kept]
