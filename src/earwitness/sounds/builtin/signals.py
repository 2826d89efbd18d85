"""Sounds that are keyed on and off, and what a loudspeaker, a line or the open air does to a sound.

``Keyed`` sends dots and dashes, beeps and pauses; ``Through`` is the way from a source to the microphone: a band,
distortion, resonances, echoes, noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SILENT_DB,
    Array,
    add_at,
    amplitude,
    envelope,
    hiss,
    levelled,
    samples_in,
    shaped,
)
from earwitness.sounds.builtin.composite import Synthesiser
from earwitness.sounds.builtin.ranges import Range, number
from earwitness.sounds.builtin.tonal import Formant, resonant

__all__ = ["Echo", "Keyed", "Through"]

Echo = tuple[Range, Range]
"""A single reflection: how much later it comes, in seconds, and its level in dB."""


@dataclass(frozen=True)
class Keyed:
    """A sound switched on and off in patterns: morse code, an alarm clock, a pager."""

    synthesiser: Synthesiser
    """What is switched: it runs on in the pauses, heard as far as ``pause_db`` lets it."""
    patterns: tuple[tuple[float, ...], ...]
    """Patterns of lengths in units: on, off, on, off ..."""
    unit_s: Range
    """Length of a unit."""
    drawn: bool = False
    """Draw each pattern instead of sending them in turn."""
    jitter: Range = 0.0
    """How far a length may stray, as a share of it (a hand on the key)."""
    ends_s: Range = 0.004
    """Rise and fall of each on."""
    pause_db: Range = -80.0
    """How much of the sound stays in the pauses; at or below -60 there is nothing."""
    floor_db: Range = -80.0
    """Level of the noise under it all, against the sound; at or below -60 there is none."""
    floor_hz: tuple[float, float] = (150.0, 4000.0)
    """Band of that noise."""

    def gate(self, n: int, *, rng: np.random.Generator) -> Array:
        """Draw the switch's position: 1 is on, 0 is off."""
        unit, jitter, ends = number(self.unit_s), number(self.jitter), number(self.ends_s)
        out = np.zeros(n)
        at, index = 0, 0
        while at < n:
            which = int(rng.integers(len(self.patterns))) if self.drawn else index % len(self.patterns)
            for k, units in enumerate(self.patterns[which]):
                size = max(1, samples_in(units * unit * (1.0 + jitter * (2.0 * float(rng.random()) - 1.0))))
                if k % 2 == 0:
                    add_at(out, grain=envelope(size, attack_s=ends, release_s=ends), start=at)
                at += size
            index += 1
        return out

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        pause_db, floor_db = number(self.pause_db), number(self.floor_db)
        gate = self.gate(n, rng=rng)
        if pause_db > SILENT_DB:
            rest = amplitude(pause_db)
            gate = rest + (1.0 - rest) * gate
        out = levelled(self.synthesiser(n, rng=rng)) * gate
        if floor_db > SILENT_DB:
            low, high = self.floor_hz
            out = out + amplitude(floor_db) * hiss(n, low_hz=low, high_hz=high, rng=rng)
        return out


@dataclass(frozen=True)
class Through:
    """A sound by way of a loudspeaker, a line or a street: band, distortion, resonances, echoes, noise."""

    synthesiser: Synthesiser
    """The sound."""
    low_hz: Range = 0.0
    """Lower edge of what passes; 0 is open."""
    high_hz: Range = 0.0
    """Upper edge of what passes; 0 is open."""
    drive: Range = 0.0
    """Distortion, ahead of the band: 0 is clean, 1 is warm, 8 is broken."""
    resonances: tuple[Formant, ...] = ()
    """Resonances on top: a cone, a horn's mouth, a case."""
    echoes: tuple[Echo, ...] = ()
    """Single reflections: a wall, a hill."""
    noise_db: Range = -80.0
    """Noise at the microphone, against the sound's loudest 50 ms; at or below -60 there is none."""
    noise_hz: tuple[float, float] = (60.0, 3000.0)
    """Band of that noise."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        out = levelled(self.synthesiser(n, rng=rng))
        drive = number(self.drive)
        if drive > 0:
            out = out * (1.0 + drive) / (1.0 + drive * np.abs(out))
        low, high = number(self.low_hz), number(self.high_hz)
        out = shaped(out, low_hz=low, high_hz=high)
        out = resonant(out, resonances=self.resonances, beside=out)
        dry = out
        for delay_s, level_db in self.echoes:
            late = samples_in(number(delay_s))
            if late < n:
                out = out + amplitude(number(level_db)) * np.concatenate([np.zeros(late), dry[: n - late]])
        out = levelled(out)
        noise_db = number(self.noise_db)
        if noise_db > SILENT_DB:
            low, high = self.noise_hz
            out = out + amplitude(noise_db) * hiss(n, low_hz=low, high_hz=high, rng=rng)
        return out
