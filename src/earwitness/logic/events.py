"""What was heard: an ``Event`` is one sound from its onset to its offset, a ``Timeline`` all events of a clip."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from earwitness.errors import EventError
from earwitness.logic.intervals import SHORTEST_S, at_least

__all__ = ["Event", "Timeline"]


@dataclass(frozen=True, order=True)
class Event:
    """One sound event, ``[onset, offset)``.

    Raises
    ------
    EventError
        When it has no label, starts before zero, is not finite, or is shorter than 10 ms.
    """

    onset: float
    """Start in seconds, zero or more."""
    offset: float
    """End in seconds, at least 10 ms after the onset; the moment itself is outside."""
    label: str
    """What is heard."""

    def __post_init__(self) -> None:
        onset, offset = round(float(self.onset), 6), round(float(self.offset), 6)
        if not self.label:
            raise EventError(f"An event from {onset} s to {offset} s has no label.")
        if not (onset >= 0.0 and math.isfinite(offset)):
            raise EventError(
                f"Event '{self.label}' must start at zero or later and end at a finite time; "
                f"got {self.onset} to {self.offset} s."
            )
        if not at_least(offset - onset, SHORTEST_S):
            raise EventError(
                f"Event '{self.label}' must last at least {SHORTEST_S} s; got {self.onset} to {self.offset} s."
            )
        object.__setattr__(self, "onset", onset)
        object.__setattr__(self, "offset", offset)

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return round(self.offset - self.onset, 6)

    def __str__(self) -> str:
        return f"{self.label} {self.onset:g}-{self.offset:g} s"


@dataclass(frozen=True, init=False)
class Timeline:
    """All sound events of one clip, in normal form.

    Events are sorted by (onset, offset, label), and events of one label that touch or overlap are one event.
    Hence two timelines are equal, and hash alike, exactly when the same is heard in both.

    Examples
    --------
    >>> Timeline([Event(1, 2, "dog"), Event(0, 1, "dog")]) == Timeline([Event(0, 2, "dog")])
    True
    """

    events: tuple[Event, ...]
    """The events, sorted, with no two of one label touching."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        object.__setattr__(self, "events", _normal(events))

    @cached_property
    def by_label(self) -> Mapping[str, tuple[Event, ...]]:
        """The events of each label that is heard, in time order."""
        found: dict[str, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.label, []).append(event)
        return {label: tuple(events) for label, events in found.items()}

    def of(self, label: str) -> tuple[Event, ...]:
        """Return the events of one label, in time order; empty when it is not heard."""
        return self.by_label.get(label, ())

    def restricted_to(self, labels: Collection[str]) -> Timeline:
        """Return the timeline of these labels' events alone."""
        return self._of_normal_events(tuple(event for event in self.events if event.label in labels))

    def shifted(self, by_s: float) -> Timeline:
        """Return the timeline that starts ``by_s`` seconds later."""
        return Timeline(Event(event.onset + by_s, event.offset + by_s, event.label) for event in self.events)

    @classmethod
    def _of_normal_events(cls, events: tuple[Event, ...]) -> Timeline:
        # Leaving out whole labels keeps the normal form, so it need not be made again.
        timeline = object.__new__(cls)
        object.__setattr__(timeline, "events", events)
        return timeline


def _normal(events: Iterable[Event]) -> tuple[Event, ...]:
    joined: list[Event] = []
    last_of: dict[str, int] = {}
    for event in sorted(events):
        place = last_of.get(event.label)
        if place is not None and event.onset <= joined[place].offset:
            if event.offset > joined[place].offset:
                joined[place] = Event(joined[place].onset, event.offset, event.label)
        else:
            last_of[event.label] = len(joined)
            joined.append(event)
    return tuple(sorted(joined))
