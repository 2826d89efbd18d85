"""Water, air and blasts: bubbles after Minnaert, turbulence, and what an explosion leaves behind.

``Bubbles`` are what water sounds of; ``Turbulence`` is a rush of air or water, or thousands of small contacts, each
band of it with its own flicker; ``Blast`` is a shock, a body and a rolling tail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import (
    DOUBLING_DB,
    LN_1000,
    SAMPLE_RATE,
    Array,
    add_at,
    amplitude,
    decay,
    envelope,
    exp2,
    factors,
    factors_along,
    hiss,
    levelled,
    moving_noise,
    noise,
    normalised,
    path,
    phase_of,
    samples_in,
    shaped,
    sine,
    wander,
)
from earwitness.sounds.builtin.ranges import Each, Range, draw, number

__all__ = ["Blast", "Bubbles", "Flicker", "Rush", "Turbulence"]

Flicker = tuple[Range, Range, Range, Range, Range]
"""A band of noise: lower and upper edge in Hz, level in dB, depth of its flicker in dB, flickers a second."""

_KIT = 96  # bubbles are drawn once and used again at new times and levels
_AIR_HZ_MM = 3260.0  # Minnaert: a bubble of air of 1 mm radius in water rings at 3.26 kHz


@dataclass(frozen=True)
class Bubbles:
    """Bubbles in water: each rings at a pitch and for a time that follow from its radius, and may rise as it shrinks.

    The formulas are those of van den Doel, Physically-based models for liquid sounds (2005).
    """

    rate_hz: Range
    """Bubbles a second."""
    radius_mm: Each
    """Radius of a bubble: 1 mm rings at 3.3 kHz for 20 ms, 5 mm at 650 Hz for 150 ms."""
    rise: Each = 0.0
    """How fast the pitch of a bubble rises, against its decay: 0.1 is a plip, 1 a bloop."""
    swell: Range = 1.0
    """How the level goes with the radius: a bubble of twice the size is louder by 2 to the power of this."""
    uneven_db: Range = 16.0
    """Spread of the levels of equal bubbles (their depth)."""
    ringing: Range = 1.0
    """Factor on how long they ring."""
    gush_db: Range = 0.0
    """Depth of the random surges of the rate and the level."""
    gush_hz: Range = 4.0
    """How many surges a second."""

    def times(self, n: int, *, rng: np.random.Generator) -> tuple[Array, Array]:
        """Draw the samples at which bubbles start, in order, and the surge at each, in dB below the strongest."""
        rate_hz, depth = number(self.rate_hz), number(self.gush_db)
        surge_db = 0.5 * depth * (wander(n, rate_hz=number(self.gush_hz), rng=rng) - 1.0)
        expected = np.cumsum(factors(surge_db))
        # The mean rate is what is asked for, whatever the surges.
        count = max(1, round(rate_hz * n / SAMPLE_RATE))
        marks = (np.arange(count) + rng.random(count)) * (float(expected[-1]) / count)
        at = np.interp(marks, expected, np.arange(float(n)))
        return at, surge_db[np.minimum(at.astype(np.int64), n - 1)]

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        places, surge_db = self.times(n, rng=rng)
        kit = [self._bubble(rng=rng) for _ in range(min(_KIT, places.size))]
        which = rng.integers(len(kit), size=places.size)
        levels = factors(surge_db - number(self.uneven_db) * rng.random(places.size))
        out = np.zeros(n)
        for at, bubble, level in zip(places.astype(np.int64), which, levels, strict=True):
            add_at(out, grain=level * kit[bubble], start=int(at))
        return out

    def _bubble(self, *, rng: np.random.Generator) -> Array:
        """Draw one bubble; a bubble of 1 mm starts at an amplitude of 1."""
        radius_mm = draw(self.radius_mm, rng=rng)
        pitch = _AIR_HZ_MM / radius_mm
        metres = radius_mm / 1000.0
        loss = (0.13 / metres + 0.0072 / (metres * math.sqrt(metres))) / number(self.ringing)
        n = max(96, samples_in(LN_1000 / loss))
        slope = draw(self.rise, rng=rng) * loss / SAMPLE_RATE
        contour = np.minimum(pitch * (1.0 + slope * np.arange(n)), 7_400.0)
        fall = decay(n, t60_s=LN_1000 / loss) * envelope(n, attack_s=0.0004, release_s=0.1 * n / SAMPLE_RATE)
        return amplitude(DOUBLING_DB * number(self.swell) * math.log2(radius_mm)) * sine(phase_of(contour)) * fall


@dataclass(frozen=True)
class Turbulence:
    """Bands of noise that flicker, each on its own and some together: spray, steam, leaves, wind on a microphone."""

    bands: tuple[Flicker, ...]
    """The bands."""
    together: Range = 0.0
    """The share of the flicker that all bands have in common."""
    together_hz: Range = 6.0
    """Flickers a second of that share."""
    clip: Range = 0.0
    """How hard the loudest is squeezed (a microphone that is overblown): 0 is not at all."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        share = number(self.together)
        common = wander(n, rate_hz=number(self.together_hz), rng=rng) if share > 0 else np.zeros(n)
        out = np.zeros(n)
        for low, high, level_db, depth_db, rate_hz in self.bands:
            band = amplitude(number(level_db)) * hiss(n, low_hz=number(low), high_hz=number(high), rng=rng)
            depth = number(depth_db)
            if depth > 0:
                own = wander(n, rate_hz=number(rate_hz), rng=rng) + 0.6 * wander(
                    n, rate_hz=2.7 * number(rate_hz), rng=rng
                )
                band = band * factors_along((1.0 - share) * own + 1.3 * share * common, depth_db=0.5 * depth)
            out = out + band
        clip = number(self.clip)
        if clip > 0:
            out = normalised(out)
            out = out / (1.0 + clip * np.abs(out))
        return out


@dataclass(frozen=True)
class Blast:
    """One explosion: the push of its shock, a body of noise, and a tail that rolls back from all around."""

    push_s: Range
    """Length of the shock's push (Friedlander's wave): 1 ms is a shot, 20 ms a cannon."""
    push_db: Range
    """Level of the push against the body."""
    body_hz: tuple[Range, Range]
    """Band of the body."""
    body_s: Range
    """How long the body rings (60 dB)."""
    tail_hz: tuple[Range, Range]
    """Band of the tail."""
    tail_s: Range
    """How long the tail rings (60 dB)."""
    tail_db: Range
    """Level of the tail against the body."""
    rolls_hz: Range = 6.0
    """Rolls of the tail a second (each a hill or a house that answers)."""
    rolls_db: Range = 10.0
    """Depth of the rolls."""
    crack_db: Range = -12.0
    """Level of the first bright crack against the body."""
    crack_s: Range = 0.03
    """How long the crack rings (60 dB)."""
    clip: Range = 1.0
    """How hard the recorder is overdriven: 0 is not at all."""
    bloom_s: Range = 0.0
    """How long the tail takes to gather."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        at = samples_in(0.004)
        size = max(64, n - at)
        push = max(8, samples_in(number(self.push_s)))
        lasts = min(size, 8 * push)
        x = np.arange(float(lasts)) / push
        shock = np.zeros(size)
        shock[:lasts] = (1.0 - x) * exp2(-1.442695 * x)
        crack = noise(size, rng=rng) * decay(size, t60_s=number(self.crack_s))
        out = amplitude(number(self.push_db)) * levelled(shock)
        out = out + amplitude(number(self.crack_db)) * levelled(shaped(crack, low_hz=900.0))
        out = out + levelled(self._noise(size, band=self.body_hz, rng=rng) * decay(size, t60_s=number(self.body_s)))
        depth = number(self.rolls_db)
        rolls = factors_along(wander(size, rate_hz=number(self.rolls_hz), rng=rng) - 1.0, depth_db=0.5 * depth)
        tail = self._noise(size, band=self.tail_hz, rng=rng) * decay(size, t60_s=number(self.tail_s)) * rolls
        bloom = number(self.bloom_s)
        if bloom > 0:
            tail = tail * np.minimum(np.arange(size) / (bloom * SAMPLE_RATE), 1.0)
        out = out + amplitude(number(self.tail_db)) * levelled(tail)
        clip = number(self.clip)
        if clip > 0:
            out = out / (1.0 + clip * np.abs(out))
        return np.concatenate([np.zeros(at), out])[:n]

    def _noise(self, n: int, *, band: tuple[Range, Range], rng: np.random.Generator) -> Array:
        return hiss(n, low_hz=number(band[0]), high_hz=number(band[1]), rng=rng)


@dataclass(frozen=True)
class Rush:
    """Air or water that rushes past: a band of noise whose pitch and level follow a path."""

    path_hz: tuple[Each, ...]
    """Centre of the band, at points spread evenly over the time."""
    path_db: tuple[Each, ...]
    """Its level, at points spread evenly over the time."""
    width: Range = 0.8
    """Width of the band, as a share of its first centre."""
    air_hz: tuple[Range, Range] = (200.0, 5000.0)
    """Band of the broad noise that goes with it."""
    air_db: Range = -8.0
    """Level of that noise."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        pitches = [draw(pitch, rng=rng) for pitch in self.path_hz]
        levels = [draw(level, rng=rng) for level in self.path_db]
        centre, level = path(pitches, n), path(levels, n)
        air = hiss(n, low_hz=number(self.air_hz[0]), high_hz=number(self.air_hz[1]), rng=rng)
        out = moving_noise(centre, width_hz=number(self.width) * pitches[0], rng=rng)
        return np.asarray((out + amplitude(number(self.air_db)) * air) * factors(level))
