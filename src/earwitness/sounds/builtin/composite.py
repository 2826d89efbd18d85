"""Sounds made of sounds: laid over each other, one after the other, repeated, or swelling and fading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    SILENT_DB,
    Array,
    add_at,
    amplitude,
    envelope,
    factors,
    hiss,
    levelled,
    path,
    samples_in,
)
from earwitness.sounds.builtin.ranges import Each, Range, draw, number

__all__ = ["Contour", "Layers", "Part", "Phases", "Repeated", "Synthesiser"]

Synthesiser = Callable[..., Array]
"""What renders a sound: called as ``synthesiser(n, rng=rng)``, returns shape (n,) float64 of any level."""

Part = tuple[Synthesiser, Range]
"""A synthesiser, and how loud it is: the RMS of its loudest 50 ms in dB, against the others'."""

_SHORTEST = 480  # samples: nothing is rendered into less than 10 ms
_ENDS_S = 0.003  # fade at both ends of each sound that is repeated


@dataclass(frozen=True)
class Layers:
    """Sounds at the same time: a hum under a rattle, rain on a roof."""

    parts: tuple[Part, ...]
    """The sounds."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        out = np.zeros(n)
        for synthesiser, level_db in self.parts:
            out = out + amplitude(number(level_db)) * levelled(synthesiser(n, rng=rng))
        return out


@dataclass(frozen=True)
class Phases:
    """Sounds one after the other: a creak and a thud, a scrape and a flame."""

    parts: tuple[tuple[Synthesiser, Range, Range], ...]
    """Each sound with its level, as in ``Layers``, and its share of the time."""
    merge_s: Range = 0.01
    """How long a sound runs on into the next one while it fades."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        out = np.zeros(n)
        shares = [number(share) for _, _, share in self.parts]
        merge = samples_in(number(self.merge_s))
        at, so_far = 0, 0.0
        for (synthesiser, level_db, _), share in zip(self.parts, shares, strict=True):
            so_far += share
            stop = round(n * so_far / sum(shares))
            size = min(n, stop + merge) - at
            if size >= _SHORTEST:
                grain = amplitude(number(level_db)) * levelled(synthesiser(size, rng=rng))
                add_at(out, grain=grain * envelope(size, attack_s=0.001, release_s=merge / SAMPLE_RATE), start=at)
            at = stop
        return out


@dataclass(frozen=True)
class Repeated:
    """A sound again and again, never twice the same: barks, ratchets, sneezes."""

    synthesiser: Synthesiser
    """The sound."""
    every_s: Range
    """Time from one to the next."""
    sounding: Each = 1.0
    """How long one lasts, as a share of that time; above 1 it overlaps the next."""
    jitter: Range = 0.05
    """How far a wait may differ from that time, as a share of it."""
    uneven_db: Range = 2.0
    """Spread of their levels."""
    floor_db: float = -80.0
    """Level of the noise that stays between them (the air, a line), in 0.1 to 4 kHz; at or below -60 there is none."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        every_s, jitter, uneven_db = number(self.every_s), number(self.jitter), number(self.uneven_db)
        out = np.zeros(n)
        at = 0
        while n - at >= _SHORTEST:
            whole = max(_SHORTEST, samples_in(every_s * (1.0 + jitter * (2.0 * float(rng.random()) - 1.0))))
            size = min(n - at, max(_SHORTEST, round(whole * draw(self.sounding, rng=rng))))
            grain = levelled(self.synthesiser(size, rng=rng)) * amplitude(-uneven_db * float(rng.random()))
            add_at(out, grain=grain * envelope(size, attack_s=_ENDS_S, release_s=_ENDS_S), start=at)
            at += whole
        if self.floor_db > SILENT_DB:
            out = out + amplitude(self.floor_db) * hiss(n, low_hz=100.0, high_hz=4000.0, rng=rng)
        return out


@dataclass(frozen=True)
class Contour:
    """A sound that swells and fades: something passes, a crowd rises, a wave breaks."""

    synthesiser: Synthesiser
    """The sound."""
    levels_db: tuple[Range, ...]
    """Its level at points spread evenly over its time; straight lines in dB between them."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        levels_db = path([number(level) for level in self.levels_db], n)
        return np.asarray(self.synthesiser(n, rng=rng) * factors(levels_db))
