"""Margins: how far a timeline must be from the edge of every claim, so that no label hangs on a hair.

A benchmark keeps them in every scene and for every constraint, relevant or not, so that a label survives any
sensible threshold of perception, and any codec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any as AnyNode

from earwitness.logic.constraint import Before, Constraint, Lasts, Longer, Overlap
from earwitness.logic.events import Event, Timeline
from earwitness.logic.intervals import at_least, at_most, ends_before, share

__all__ = ["Margins", "claim_faults", "timeline_faults"]


@dataclass(frozen=True)
class Margins:
    """The smallest distances that are kept."""

    gap_s: float = 0.25
    """Between two events that do not overlap, and between the edges of two that do, in seconds."""
    overlap_s: float = 0.5
    """The time that two overlapping events share, in seconds."""
    ratio: float = 0.2
    """Between a length and a limit, or between two compared lengths, as a share of the limit or the shorter one."""

    def clears(self, length_s: float, limit_s: float) -> bool:
        """Whether a length is far enough from a limit, above or below."""
        return bool(at_least(length_s, limit_s * (1.0 + self.ratio)) or at_most(length_s, limit_s * (1.0 - self.ratio)))

    def apart(self, a_length_s: float, b_length_s: float) -> bool:
        """Whether two lengths are far enough from each other to be compared."""
        return bool(at_least(max(a_length_s, b_length_s), min(a_length_s, b_length_s) * (1.0 + self.ratio)))


def timeline_faults(timeline: Timeline, margins: Margins) -> list[str]:
    """Return every pair of events whose relation hangs on a hair, whatever is asked.

    Parameters
    ----------
    timeline
        The events of one clip.
    margins
        What must be kept.

    Returns
    -------
    list of str
        One sentence for each fault; empty when all is well.

    Examples
    --------
    >>> timeline_faults(Timeline([Event(0, 1, "dog"), Event(1.1, 2, "horn")]), Margins())
    ['dog 0-1 s and horn 1.1-2 s are 0.100 s apart, less than 0.25 s']
    """
    faults = []
    for a, b in combinations(timeline.events, 2):
        if share(a.onset, a.offset, b.onset, b.offset):
            shared_s = min(a.offset, b.offset) - max(a.onset, b.onset)
            if not at_least(shared_s, margins.overlap_s):
                faults.append(f"{a} and {b} share {shared_s:.3f} s, less than {margins.overlap_s:g} s")
            for edge, distance_s in (("start", abs(a.onset - b.onset)), ("end", abs(a.offset - b.offset))):
                if not at_least(distance_s, margins.gap_s):
                    faults.append(f"{a} and {b} {edge} {distance_s:.3f} s apart, less than {margins.gap_s:g} s")
        else:
            gap_s = max(a.onset, b.onset) - min(a.offset, b.offset)
            if not at_least(gap_s, margins.gap_s):
                faults.append(f"{a} and {b} are {gap_s:.3f} s apart, less than {margins.gap_s:g} s")
    return faults


def claim_faults(constraint: Constraint, timeline: Timeline, margins: Margins) -> list[str]:
    """Return every length that comes too near to a limit that the constraint names or a length it compares.

    Together with :func:`timeline_faults` this covers everything that the truth of the constraint depends on.
    """
    faults = list(_FAULTS[type(constraint)](constraint, timeline, margins)) if type(constraint) in _FAULTS else []
    for part in constraint.parts:
        faults += claim_faults(part, timeline, margins)
    return faults


def _before(c: Before, t: Timeline, m: Margins) -> Iterator[str]:
    if c.within is None:
        return
    for earlier, later in zip(c.sequence, c.sequence[1:], strict=False):
        for a in t.of(earlier):
            for b in t.of(later):
                if ends_before(a.offset, b.onset) and not m.clears(b.onset - a.offset, c.within):
                    yield _near(f"the gap from {a} to {b}", b.onset - a.offset, c.within)


def _overlap(c: Overlap, t: Timeline, m: Margins) -> Iterator[str]:
    if c.at_least is None:
        return
    for a in t.of(c.a):
        for b in t.of(c.b):
            shared_s = min(a.offset, b.offset) - max(a.onset, b.onset)
            if shared_s > 0 and not m.clears(shared_s, c.at_least):
                yield _near(f"the time that {a} and {b} share", shared_s, c.at_least)


def _lasts(c: Lasts, t: Timeline, m: Margins) -> Iterator[str]:
    limit_s = c.at_least if c.at_least is not None else c.at_most
    for event in t.of(c.label):
        if limit_s is not None and not m.clears(event.duration, limit_s):
            yield _near(f"the length of {event}", event.duration, limit_s)


def _longer(c: Longer, t: Timeline, m: Margins) -> Iterator[str]:
    def longest(events: tuple[Event, ...]) -> float:
        return max(event.duration for event in events)

    if t.of(c.a) and t.of(c.b):
        a_length_s, b_length_s = longest(t.of(c.a)), longest(t.of(c.b))
        if not m.apart(a_length_s, b_length_s):
            yield _near(f"the length of {c.a}", a_length_s, b_length_s)


def _near(what: str, length_s: float, limit_s: float) -> str:
    return f"{what}, {length_s:.3f} s, is too near to {limit_s:g} s"


_FAULTS: dict[type[Constraint], Callable[[AnyNode, Timeline, Margins], Iterator[str]]] = {
    Before: _before,
    Overlap: _overlap,
    Lasts: _lasts,
    Longer: _longer,
}
