"""A ``SceneSpec`` is distributions, a ``Scene`` is numbers: all chance is spent here, and rendering makes no choice.

Times are whole ticks of 10 ms, which are whole samples at every sample rate that is a multiple of 100.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np

from earwitness.logic.events import Event, Timeline

__all__ = [
    "TICKS_PER_S",
    "Background",
    "Choice",
    "Constant",
    "Distribution",
    "Placed",
    "Scene",
    "SceneSpec",
    "Uniform",
    "db_to_gain",
    "seconds_to_ticks",
]

TICKS_PER_S = 100
"""Ticks a second: the grid of planned times is 10 ms."""


def seconds_to_ticks(seconds: float) -> int:
    """Return the nearest tick."""
    return round(seconds * TICKS_PER_S)


def db_to_gain(level_db: float) -> float:
    """Return the amplitude factor of a level, rounded to float32 so that storing it changes nothing."""
    return float(np.float32(10.0 ** (level_db / 20.0)))


class Distribution(Protocol):
    """Anything that a number can be drawn from."""

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        ...


@dataclass(frozen=True)
class Constant:
    """Always the same number."""

    value: float
    """The number."""

    def sample(self, rng: np.random.Generator) -> float:
        """Return the number; nothing is drawn."""
        return self.value


@dataclass(frozen=True)
class Uniform:
    """Any number of a range, all alike."""

    low: float
    """The least."""
    high: float
    """The greatest."""

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        return self.low + (self.high - self.low) * float(rng.random())


@dataclass(frozen=True)
class Choice:
    """One of several numbers."""

    values: Sequence[float]
    """The numbers."""
    weights: Sequence[float] | None = None
    """How often each is drawn, in proportion; all alike when None."""

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        if self.weights is None:
            return self.values[int(rng.integers(len(self.values)))]
        steps = np.cumsum(np.asarray(self.weights, dtype=np.float64))
        return self.values[int(np.searchsorted(steps, rng.random() * steps[-1], side="right"))]


@dataclass(frozen=True)
class SceneSpec:
    """What scenes may be like."""

    clip_s: Distribution
    """Length of the clip in seconds."""
    events: Distribution
    """How many events a scene holds."""
    level_db: Distribution
    """Level of each event over its normal loudness, in dB."""
    background_db: Distribution
    """Level of the background noise in dBFS (RMS)."""
    background_colours: tuple[str, ...]
    """Which noises may lie under the events."""
    polyphony: int
    """How many events may sound at one moment."""


@dataclass(frozen=True)
class Background:
    """The seeded noise under a scene; it can contain no labelled event."""

    colour: str
    """Which noise."""
    start_tick: int
    """Where in the noise the clip begins, in ticks."""
    gain: float
    """Amplitude factor of the noise, which has an RMS of one PCM16 step."""


@dataclass(frozen=True)
class Placed:
    """One event of a scene: which atom, when, and how loud."""

    label: str
    """What is heard."""
    atom_id: str
    """The atom that is heard."""
    onset_tick: int
    """Start, in ticks."""
    offset_tick: int
    """End, in ticks. An atom that is shorter than this is looped, a longer one is cut; only steady ones may be."""
    gain: float
    """Amplitude factor."""

    @property
    def ticks(self) -> int:
        """Length in ticks."""
        return self.offset_tick - self.onset_tick


@dataclass(frozen=True)
class Scene:
    """All numbers that make one clip."""

    clip_id: str
    """Its name."""
    ticks: int
    """Length of the clip, in ticks."""
    background: Background
    """The noise under it."""
    events: tuple[Placed, ...]
    """Its events, by onset."""
    scale: float = 1.0
    """Factor on the whole mix that keeps it below the ceiling."""

    @property
    def duration_s(self) -> float:
        """Length of the clip in seconds."""
        return self.ticks / TICKS_PER_S

    @property
    def timeline(self) -> Timeline:
        """What is heard in it."""
        return Timeline(
            Event(event.onset_tick / TICKS_PER_S, event.offset_tick / TICKS_PER_S, event.label) for event in self.events
        )

    @property
    def polyphony(self) -> int:
        """How many events sound at one moment at most."""
        edges = sorted((tick, step) for e in self.events for tick, step in ((e.onset_tick, 1), (e.offset_tick, -1)))
        sounding = most = 0
        for _, step in edges:
            sounding += step
            most = max(most, sounding)
        return most

    @property
    def overlaps(self) -> int:
        """How many pairs of events share time."""
        return sum(
            a.onset_tick < b.offset_tick and b.onset_tick < a.offset_tick for a, b in combinations(self.events, 2)
        )
