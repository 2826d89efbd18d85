"""Judging one constraint on many timelines at once; equal to ``judge`` on each.

An :class:`EventTable` holds the events of all clips, label by label, sorted by clip. A clause about two labels is
then a join of two short sorted lists, so the cost of a query grows with the number of clips in which its sounds
occur and not with the size of the collection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any as AnyNode

import numpy as np
import numpy.typing as npt

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
)
from earwitness.logic.events import Timeline
from earwitness.logic.intervals import at_least, at_most, ends_before, inside, longer_than, share, share_at_least

__all__ = ["EventTable", "LabelEvents", "relevance", "relevant"]

_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LabelEvents:
    """All events of one label, sorted by clip."""

    clip: npt.NDArray[np.intp]
    """The number of the clip of each event, shape (n,), ascending."""
    onset: npt.NDArray[np.float64]
    """Onsets in seconds, shape (n,), ascending within a clip."""
    offset: npt.NDArray[np.float64]
    """Offsets in seconds, shape (n,)."""


_NOTHING = LabelEvents(np.empty(0, np.intp), np.empty(0), np.empty(0))


@dataclass(frozen=True)
class EventTable:
    """The events of many clips, label by label."""

    n_clips: int
    """How many clips there are; a clip without events counts."""
    labels: Mapping[str, LabelEvents]
    """The events of each label that occurs."""

    @classmethod
    def from_timelines(cls, timelines: Iterable[Timeline]) -> EventTable:
        """Gather the events of timelines; clip ``i`` is the i-th timeline."""
        columns: dict[str, tuple[list[int], list[float], list[float]]] = {}
        clip = -1
        for clip, timeline in enumerate(timelines):
            for event in timeline.events:
                clips, onsets, offsets = columns.setdefault(event.label, ([], [], []))
                clips.append(clip)
                onsets.append(event.onset)
                offsets.append(event.offset)
        return cls(
            clip + 1,
            {
                label: LabelEvents(np.array(clips, np.intp), np.array(onsets), np.array(offsets))
                for label, (clips, onsets, offsets) in columns.items()
            },
        )

    def of(self, label: str) -> LabelEvents:
        """Return the events of one label; empty when it never occurs."""
        return self.labels.get(label, _NOTHING)


def relevant(constraint: Constraint, table: EventTable) -> _Mask:
    """Say for every clip whether a constraint holds on it.

    Parameters
    ----------
    constraint
        The claim.
    table
        The events of n clips.

    Returns
    -------
    numpy.ndarray
        Shape (n,), bool.

    Examples
    --------
    >>> from earwitness.logic.events import Event
    >>> table = EventTable.from_timelines([Timeline([Event(0, 1, "dog")]), Timeline()])
    >>> relevant(Absent("dog"), table).tolist()
    [False, True]
    """
    return _PLANS[type(constraint)](constraint, table)


def relevance(constraints: Sequence[Constraint], table: EventTable) -> _Mask:
    """Say for every constraint and every clip whether the one holds on the other: complete qrels.

    Returns
    -------
    numpy.ndarray
        Shape (n_constraints, n_clips), bool.
    """
    complete = np.empty((len(constraints), table.n_clips), dtype=np.bool_)
    for row, constraint in zip(complete, constraints, strict=True):
        row[:] = relevant(constraint, table)
    return complete


def _mask(table: EventTable, clips: npt.NDArray[np.intp]) -> _Mask:
    mask = np.zeros(table.n_clips, dtype=np.bool_)
    mask[clips] = True
    return mask


def _joined(a: LabelEvents, b: LabelEvents) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the indices of every pair of an A event and a B event in the same clip."""
    first = np.searchsorted(b.clip, a.clip, "left")
    number = np.searchsorted(b.clip, a.clip, "right") - first
    i = np.repeat(np.arange(len(a.clip)), number)
    j = np.arange(len(i)) + np.repeat(first - np.cumsum(number) + number, number)
    return i, j


def _present(c: Present, t: EventTable) -> _Mask:
    return _mask(t, t.of(c.label).clip)


def _absent(c: Absent, t: EventTable) -> _Mask:
    return ~_mask(t, t.of(c.label).clip)


def _before(c: Before, t: EventTable) -> _Mask:
    a = t.of(c.sequence[0])
    reached = np.ones(len(a.clip), dtype=np.bool_)
    for label in c.sequence[1:]:
        b = t.of(label)
        i, j = _joined(a, b)
        follows = reached[i] & ends_before(a.offset[i], b.onset[j])
        if c.within is not None:
            follows &= at_most(b.onset[j] - a.offset[i], c.within)
        reached = np.zeros(len(b.clip), dtype=np.bool_)
        reached[j[follows]] = True
        a = b
    return _mask(t, a.clip[reached])


def _overlap(c: Overlap, t: EventTable) -> _Mask:
    a, b = t.of(c.a), t.of(c.b)
    i, j = _joined(a, b)
    times = (a.onset[i], a.offset[i], b.onset[j], b.offset[j])
    related = share(*times) if c.at_least is None else share_at_least(*times, c.at_least)
    return _mask(t, a.clip[i[related]])


def _during(c: During, t: EventTable) -> _Mask:
    a, b = t.of(c.a), t.of(c.b)
    i, j = _joined(a, b)
    return _mask(t, a.clip[i[inside(a.onset[i], a.offset[i], b.onset[j], b.offset[j])]])


def _lasts(c: Lasts, t: EventTable) -> _Mask:
    events = t.of(c.label)
    length_s = events.offset - events.onset
    if c.at_least is not None:
        return _mask(t, events.clip[at_least(length_s, c.at_least)])
    too_long = ~np.asarray(at_most(length_s, c.at_most or 0.0))
    return _mask(t, events.clip) & ~_mask(t, events.clip[too_long])


def _longest(events: LabelEvents) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    """Return the clips that hold events, and the greatest length in each, in seconds."""
    if len(events.clip) == 0:
        return events.clip, events.onset
    first = np.flatnonzero(np.concatenate(([True], events.clip[1:] != events.clip[:-1])))
    return events.clip[first], np.maximum.reduceat(events.offset - events.onset, first)


def _longer(c: Longer, t: EventTable) -> _Mask:
    a_clip, a_length_s = _longest(t.of(c.a))
    b_clip, b_length_s = _longest(t.of(c.b))
    clips, i, j = np.intersect1d(a_clip, b_clip, assume_unique=True, return_indices=True)
    return _mask(t, clips[longer_than(a_length_s[i], b_length_s[j])])


def _count(c: Count, t: EventTable) -> _Mask:
    number = np.bincount(t.of(c.label).clip, minlength=t.n_clips)
    holds: _Mask
    if c.at_least is not None:
        holds = number >= c.at_least
    elif c.at_most is not None:
        holds = number <= c.at_most
    else:
        holds = number == c.exactly
    return holds


def _all(c: All, t: EventTable) -> _Mask:
    mask = relevant(c.inner[0], t)
    for part in c.inner[1:]:
        mask &= relevant(part, t)
    return mask


def _any(c: Any, t: EventTable) -> _Mask:
    mask = relevant(c.inner[0], t)
    for part in c.inner[1:]:
        mask |= relevant(part, t)
    return mask


def _not(c: Not, t: EventTable) -> _Mask:
    return ~relevant(c.inner, t)


_PLANS: dict[type[Constraint], Callable[[AnyNode, EventTable], _Mask]] = {
    Present: _present,
    Absent: _absent,
    Before: _before,
    Overlap: _overlap,
    During: _during,
    Lasts: _lasts,
    Longer: _longer,
    Count: _count,
    All: _all,
    Any: _any,
    Not: _not,
}
