"""A third evaluator: every sound painted into frames of 10 ms, and the claims asked of the frames.

It shares nothing with ``judge`` and ``plan``: no events, no comparison of times, no slack. It knows the grid only.
"""

from __future__ import annotations

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
    Overlap,
    Present,
)
from earwitness.logic.events import Timeline

N_FRAMES = 256

Frames = npt.NDArray[np.bool_]
Run = tuple[int, int]


def painted(timeline: Timeline, label: str) -> Frames:
    """Return in which frames a label is heard."""
    frames = np.zeros(N_FRAMES, dtype=bool)
    for event in timeline.events:
        if event.label == label:
            frames[round(event.onset * 100) : round(event.offset * 100)] = True
    return frames


def runs(frames: Frames) -> list[Run]:
    """Return first and last frame of each stretch of sound."""
    found, first = [], None
    for number, heard in enumerate([*frames.tolist(), False]):
        if heard and first is None:
            first = number
        if not heard and first is not None:
            found.append((first, number - 1))
            first = None
    return found


def longest(frames: Frames) -> int:
    """Return how many frames the longest stretch of sound has."""
    return max((last - first + 1 for first, last in runs(frames)), default=0)


def holds(constraint: Constraint, timeline: Timeline) -> bool:
    """Say whether a constraint holds on a timeline whose times, and whose limits, lie on the grid."""
    heard = [painted(timeline, label) for label in constraint.labels]
    option, value = next(iter(constraint.options), (None, 0))
    limit = value if isinstance(constraint, Count) else round(value * 100)
    match constraint:
        case Present():
            return bool(heard[0].any())
        case Absent():
            return not heard[0].any()
        case Before():
            return _chain(heard, None if option is None else limit)
        case Overlap():
            return longest(heard[0] & heard[1]) >= max(limit, 1)
        case During():
            return any(heard[1][first : last + 1].all() for first, last in runs(heard[0]))
        case Lasts() if option == "at_least":
            return longest(heard[0]) >= limit
        case Lasts():
            return 0 < longest(heard[0]) <= limit
        case Longer():
            return bool(heard[1].any()) and longest(heard[0]) > longest(heard[1])
        case Count():
            number = len(runs(heard[0]))
            return {"at_least": number >= limit, "at_most": number <= limit, "exactly": number == limit}[str(option)]
        case All():
            return all(holds(part, timeline) for part in constraint.parts)
        case Any():
            return any(holds(part, timeline) for part in constraint.parts)
    return not holds(constraint.parts[0], timeline)


def _chain(heard: list[Frames], within: int | None) -> bool:
    """Walk every chain: from each run to every run of the next sound that starts after its last frame."""
    reached = runs(heard[0])
    for frames in heard[1:]:
        reached = [
            (first, last)
            for first, last in runs(frames)
            if any(
                before_last < first and (within is None or first - before_last - 1 <= within)
                for _, before_last in reached
            )
        ]
    return bool(reached)
