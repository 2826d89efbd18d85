"""Half-open intervals ``[onset, offset)``: every comparison of times in the project is one of these functions.

Each works element by element on floats and on float64 arrays alike, so the slow judge and the vectorised one
share one meaning of "before" and "overlaps" and differ in all else.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = [
    "RESOLUTION_S",
    "SHORTEST_S",
    "Allen",
    "allen",
    "at_least",
    "at_most",
    "ends_before",
    "inside",
    "longer_than",
    "merged",
    "share",
    "share_at_least",
    "to_resolution",
]

RESOLUTION_S = 1e-6
"""Times closer than this are the same time, in seconds."""
SHORTEST_S = 0.01
"""The shortest event, in seconds."""
_SLACK_S = RESOLUTION_S / 2

T = TypeVar("T", float, npt.NDArray[np.float64])


class Allen(IntEnum):
    """Allen's thirteen relations of one interval to another; exactly one holds for any pair.

    References
    ----------
    J. F. Allen, "Maintaining knowledge about temporal intervals", Communications of the ACM 26(11), 1983.
    """

    BEFORE = 0
    MEETS = 1
    OVERLAPS = 2
    STARTS = 3
    DURING = 4
    FINISHES = 5
    EQUAL = 6
    FINISHED_BY = 7
    CONTAINS = 8
    STARTED_BY = 9
    OVERLAPPED_BY = 10
    MET_BY = 11
    AFTER = 12

    @property
    def converse(self) -> Allen:
        """The relation seen from the other interval."""
        return Allen(12 - self)


def to_resolution(times: T) -> T:
    """Round times to whole microseconds, in seconds."""
    rounded: T = np.round(times, 6)
    return rounded


def ends_before(a_offset: T, b_onset: T) -> npt.NDArray[np.bool_] | bool:
    """Whether an event that ends at ``a_offset`` is before one that starts at ``b_onset``: touching counts."""
    return a_offset <= b_onset


def share(a_onset: T, a_offset: T, b_onset: T, b_offset: T) -> npt.NDArray[np.bool_] | bool:
    """Whether two intervals share more than zero time: touching does not count."""
    return (a_onset < b_offset) & (b_onset < a_offset)


def share_at_least(a_onset: T, a_offset: T, b_onset: T, b_offset: T, shared_s: float) -> npt.NDArray[np.bool_] | bool:
    """Whether two intervals share at least ``shared_s`` seconds, which must be more than zero."""
    # The shared time is the smallest of these four lengths; so neither min nor np.minimum is needed.
    return (
        at_least(a_offset - a_onset, shared_s)
        & at_least(b_offset - b_onset, shared_s)
        & at_least(a_offset - b_onset, shared_s)
        & at_least(b_offset - a_onset, shared_s)
    )


def inside(a_onset: T, a_offset: T, b_onset: T, b_offset: T) -> npt.NDArray[np.bool_] | bool:
    """Whether the first interval lies inside the second: common edges count, equal intervals too."""
    return (b_onset <= a_onset) & (a_offset <= b_offset)


def at_least(length_s: T, limit_s: float) -> npt.NDArray[np.bool_] | bool:
    """Whether a length reaches a limit, exactly at microsecond resolution."""
    return length_s >= limit_s - _SLACK_S


def at_most(length_s: T, limit_s: float) -> npt.NDArray[np.bool_] | bool:
    """Whether a length stays within a limit, exactly at microsecond resolution."""
    return length_s <= limit_s + _SLACK_S


def longer_than(a_length_s: T, b_length_s: T) -> npt.NDArray[np.bool_] | bool:
    """Whether the first length is greater, exactly at microsecond resolution."""
    return a_length_s > b_length_s + _SLACK_S


def allen(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.int8]:
    """Return Allen's relation of each interval ``a`` to the interval ``b`` in the same row.

    Parameters
    ----------
    a, b
        Intervals, shape (n, 2), seconds at microsecond resolution.

    Returns
    -------
    numpy.ndarray
        Values of :class:`Allen`, shape (n,).

    Examples
    --------
    >>> Allen(int(allen(np.array([[0.0, 1.0]]), np.array([[1.0, 2.0]]))[0])).name
    'MEETS'
    """
    onset, offset = np.sign(a[:, 0] - b[:, 0]), np.sign(a[:, 1] - b[:, 1])
    relation = np.empty(len(a), dtype=np.int8)
    # Where the intervals share time, the order of the onsets and of the offsets tells all nine relations.
    table = {
        (-1, -1): Allen.OVERLAPS,
        (-1, 0): Allen.FINISHED_BY,
        (-1, 1): Allen.CONTAINS,
        (0, -1): Allen.STARTS,
        (0, 0): Allen.EQUAL,
        (0, 1): Allen.STARTED_BY,
        (1, -1): Allen.DURING,
        (1, 0): Allen.FINISHES,
        (1, 1): Allen.OVERLAPPED_BY,
    }
    for (first, last), value in table.items():
        relation[(onset == first) & (offset == last)] = value
    relation[a[:, 1] == b[:, 0]] = Allen.MEETS
    relation[a[:, 1] < b[:, 0]] = Allen.BEFORE
    relation[a[:, 0] == b[:, 1]] = Allen.MET_BY
    relation[a[:, 0] > b[:, 1]] = Allen.AFTER
    return relation


def merged(intervals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Join intervals that touch or overlap.

    Parameters
    ----------
    intervals
        Shape (n, 2), seconds, in any order.

    Returns
    -------
    numpy.ndarray
        Shape (m, 2), m <= n, sorted, with a gap between any two.

    Examples
    --------
    >>> merged(np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 4.0]])).tolist()
    [[0.0, 2.0], [3.0, 4.0]]
    """
    if len(intervals) == 0:
        return intervals.copy()
    ordered = intervals[np.lexsort((intervals[:, 1], intervals[:, 0]))]
    reach = np.maximum.accumulate(ordered[:, 1])
    starts = np.concatenate(([True], ordered[1:, 0] > reach[:-1]))
    ends = np.concatenate((starts[1:], [True]))
    return np.column_stack((ordered[starts, 0], reach[ends]))
