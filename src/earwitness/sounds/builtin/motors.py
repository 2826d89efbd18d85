"""Sounds of what turns: engines that fire, electric motors that whine, and their speeding up and slowing down."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    SILENT_DB,
    Array,
    amplitude,
    cosine,
    exp2,
    factors,
    factors_along,
    hiss,
    noise,
    normalised,
    path,
    resonance,
    sine,
    wander,
)
from earwitness.sounds.builtin.ranges import Range, number
from earwitness.sounds.builtin.tonal import resonant

__all__ = ["Engine", "Motor", "speed_of"]

_BRUSH_HZ = (800.0, 7000.0)  # band of the noise of brushes


def speed_of(points_hz: tuple[Range, ...], n: int, *, sway: float, sway_hz: float, rng: np.random.Generator) -> Array:
    """Return the course of a speed of rotation, shape (n,), Hz.

    Parameters
    ----------
    points_hz
        The speed at points spread evenly over the time; straight lines between them.
    n
        Samples.
    sway, sway_hz
        Slow random drift of the speed, as a share of it, and how many turns of it a second.
    rng
        Draws the drift.
    """
    speed = path([number(point) for point in points_hz], n)
    return np.asarray(speed * (1.0 + sway * wander(n, rate_hz=sway_hz, rng=rng)))


@dataclass(frozen=True)
class Engine:
    """A combustion engine: the puffs of unequal cylinders through an exhaust, the ticks of valves."""

    speed_hz: tuple[Range, ...]
    """Firings a second, at points spread evenly over the time."""
    exhaust: tuple[tuple[Range, Range, Range], ...]
    """Resonances of pipe and silencer: centre in Hz, width in Hz, gain in dB."""
    cylinders: int = 4
    """How many fire in turn."""
    uneven_db: Range = 3.0
    """Spread of the cylinders' levels, the same in every turn."""
    lag: Range = 0.03
    """Spread of the cylinders' times, the same in every turn, as a share of the time between firings."""
    rough_db: Range = 2.0
    """Spread of the levels from firing to firing."""
    duty: Range = 0.3
    """How long a puff lasts, as a share of the time between firings."""
    puff_db: Range = -12.0
    """Level of the noise in a puff against its thrust."""
    puff_s: Range = 0.01
    """How long that noise lasts (60 dB), but no longer than until the next firing."""
    tick_db: Range = -80.0
    """Level of the valves' ticks, two a firing; at or below -60 there are none."""
    tick_hz: Range = 3000.0
    """Pitch of the ticks."""
    sway: Range = 0.01
    """Slow drift of the speed, as a share of it."""
    sway_hz: Range = 1.5
    """How many turns of that drift a second."""
    effort_db: Range = 0.0
    """How much louder it is at twice the speed."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        speed = speed_of(self.speed_hz, n, sway=number(self.sway), sway_hz=number(self.sway_hz), rng=rng)
        turns = np.cumsum(speed) / SAMPLE_RATE + float(rng.random())
        source = normalised(self._thrust(turns, rng=rng))
        out = normalised(resonant(source, resonances=self.exhaust))
        tick_db = number(self.tick_db)
        if tick_db > SILENT_DB:
            out = out + amplitude(tick_db) * normalised(self._ticks(turns, rng=rng))
        effort_db = number(self.effort_db)
        if effort_db != 0.0:
            # Twice the speed is one octave: the logarithm is taken of a few points, and read between them.
            low, high = float(np.min(speed)), float(np.max(speed)) + 1e-6
            grid = np.array([low + (high - low) * k / 32 for k in range(33)])
            levels = np.array([math.log2(point / high) for point in grid])
            out = out * factors_along(np.interp(speed, grid, levels), depth_db=effort_db)
        return out

    def _thrust(self, turns: Array, *, rng: np.random.Generator) -> Array:
        """Return the puffs of the cylinders before they pass the exhaust."""
        n, count = turns.size, int(turns[-1]) + 2
        own = -number(self.uneven_db) * rng.random(self.cylinders)
        lags = number(self.lag) * (2.0 * rng.random(self.cylinders) - 1.0)
        levels = factors(np.resize(own, count) - number(self.rough_db) * rng.random(count))
        turns = turns + np.interp(turns, np.arange(count), np.resize(lags, count))
        firing = np.clip(turns.astype(np.int64), 0, count - 1)
        since = np.clip((turns - firing) / number(self.duty), 0.0, 1.0)
        # A quick rise and a slower fall, with a swing below nought: a valve opens, the gas column bounces back.
        left = 1.0 - since
        puff = levels[firing] * since * left * left * (1.0 - 2.2 * since) * 8.0
        # Time since the firing, in samples, at the mean speed: near enough for a fade.
        waited = np.maximum(turns - firing, 0.0) * ((n - 1) / max(1e-9, float(turns[-1] - turns[0])))
        fade = exp2(waited * (-9.97 / (number(self.puff_s) * SAMPLE_RATE)))
        return np.asarray(puff + amplitude(number(self.puff_db)) * levels[firing] * fade * noise(n, rng=rng))

    def _ticks(self, turns: Array, *, rng: np.random.Generator) -> Array:
        """Return the ticks of the valves: two a firing, each of its own strength."""
        beats = 2.0 * turns
        whole = beats.astype(np.int64)
        strengths = rng.random(2 * self.cylinders)
        strikes = np.zeros(turns.size)
        first = np.flatnonzero(np.diff(whole) > 0) + 1
        strikes[first] = strengths[whole[first] % strengths.size] * (0.6 + 0.4 * rng.random(first.size))
        pitch = number(self.tick_hz)
        return resonance(strikes, frequency_hz=pitch, width_hz=0.3 * pitch) + 0.7 * resonance(
            strikes, frequency_hz=1.9 * pitch, width_hz=0.5 * pitch
        )


@dataclass(frozen=True)
class Motor:
    """An electric motor: tones at multiples of its rotation, the noise of its brushes, its case."""

    speed_hz: tuple[Range, ...]
    """Turns a second, at points spread evenly over the time."""
    orders: tuple[tuple[Range, Range], ...]
    """Tones: their frequency as a multiple of the speed (slots, blades, teeth of a gear), and level in dB."""
    flutter: Range = 0.02
    """Fast random changes of pitch (bearings, load), as a share of it."""
    flutter_hz: Range = 12.0
    """How many of them a second."""
    rough: Range = 0.3
    """How far the tones and the brushes' noise swell and fall once a turn: 0 not at all, 1 to nothing."""
    brush_db: Range = -80.0
    """Level of noise (0.8 to 7 kHz) chopped at ``brush_order`` times the speed; at or below -60 there is none."""
    brush_order: Range = 2.0
    """Chops a turn of that noise."""
    case: tuple[tuple[Range, Range, Range], ...] = ()
    """Resonances of the case, for the tones and the brushes: centre in Hz, width in Hz, gain in dB."""
    load: Range = 0.0
    """How far the speed sags, as a share of it, whenever the tool bites; the level rises as it does."""
    load_hz: Range = 1.5
    """How many times a second it may bite."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        load = number(self.load)
        bite = 0.5 + 0.5 * wander(n, rate_hz=number(self.load_hz), rng=rng)
        speed = speed_of(self.speed_hz, n, sway=0.003, sway_hz=2.0, rng=rng) * (1.0 - load * bite)
        speed = speed * (1.0 + number(self.flutter) * wander(n, rate_hz=number(self.flutter_hz), rng=rng))
        turns = np.cumsum(speed) / SAMPLE_RATE
        swell = 1.0 - number(self.rough) * (0.5 + 0.5 * cosine(turns))
        out = np.zeros(n)
        for order, level_db in self.orders:
            start = float(rng.random())
            out = out + amplitude(number(level_db)) * sine(number(order) * turns + start)
        out = normalised(out * swell)
        brush_db = number(self.brush_db)
        if brush_db > SILENT_DB:
            chop = 0.5 + 0.5 * cosine(number(self.brush_order) * turns)
            rasp = hiss(n, low_hz=_BRUSH_HZ[0], high_hz=_BRUSH_HZ[1], rng=rng) * (0.1 + chop * chop) * swell
            out = out + amplitude(brush_db) * normalised(rasp)
        out = normalised(resonant(out, resonances=self.case, beside=out))
        return np.asarray(out * (1.0 + 3.0 * load * bite))
