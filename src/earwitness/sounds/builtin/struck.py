"""Sounds that begin with a blow: bells, wood, glass, metal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SILENT_DB,
    Array,
    add_at,
    amplitude,
    decay,
    modal,
    noise,
    peaked,
    samples_in,
    shaped,
)
from earwitness.sounds.builtin.ranges import Range, number

__all__ = ["Strikes"]


@dataclass(frozen=True)
class Strikes:
    """A resonating body, struck once, to a beat or to a tune."""

    pitch_hz: Range
    """Frequency of the mode whose ratio is 1."""
    ratios: tuple[float, ...]
    """Frequencies of the modes relative to ``pitch_hz``."""
    t60_s: Range
    """How long the mode of ratio 1 rings."""
    damping: Range = 0.7
    """How much faster higher modes die: their ring goes as ratio to the power of minus this."""
    tilt_db: Range = -4.0
    """Gain of a mode for each doubling of its ratio."""
    click_db: Range = -20.0
    """Level of the contact's noise against the body's ring; at or below -60 there is none."""
    click_hz: tuple[float, float] = (800.0, 5000.0)
    """Band of the contact's noise."""
    click_s: Range = 0.02
    """How long the contact's noise rings (60 dB)."""
    every_s: Range = 0.0
    """Time between strikes; at 4 ms or less it strikes once."""
    jitter: Range = 0.0
    """How far a wait may differ from ``every_s``, as a share of it."""
    steps_st: tuple[float, ...] = (0.0,)
    """A tune: semitones above ``pitch_hz``, in turn."""
    uneven_db: Range = 2.0
    """Spread of the strikes' levels."""

    def times(self, n: int, *, rng: np.random.Generator) -> list[int]:
        """Draw the samples at which the body is struck."""
        every_s, jitter = number(self.every_s), number(self.jitter)
        at_s, strikes = 0.008, []
        while samples_in(at_s) < n - 480:
            strikes.append(samples_in(at_s))
            if every_s <= 0.004:
                break
            at_s += every_s * (1.0 + jitter * (2.0 * float(rng.random()) - 1.0))
        return strikes

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        pitch, t60_s = number(self.pitch_hz), number(self.t60_s)
        damping, tilt_db = number(self.damping), number(self.tilt_db)
        click_db, click_s = number(self.click_db), number(self.click_s)
        uneven_db = number(self.uneven_db)
        # A real body is never the ideal one: each recording has its own slightly mistuned modes.
        ratios = [r * (1.0 + 0.012 * (2.0 * float(rng.random()) - 1.0)) for r in self.ratios]
        gains = [amplitude(tilt_db * math.log2(max(r, 0.25)) - 3.0 * float(rng.random())) for r in self.ratios]
        clicks, blows = np.zeros(n), {step: np.zeros(n) for step in self.steps_st}
        contact = shaped(
            noise(samples_in(click_s), rng=rng), low_hz=self.click_hz[0], high_hz=self.click_hz[1]
        ) * decay(samples_in(click_s), t60_s=click_s)
        contact = peaked(contact)
        for k, at in enumerate(self.times(n, rng=rng)):
            force = amplitude(-uneven_db * float(rng.random()))
            blows[self.steps_st[k % len(self.steps_st)]][at] = force
            add_at(clicks, grain=force * contact, start=at)
        out = np.zeros(n)
        for step, blow in blows.items():
            base = pitch * 2.0 ** (step / 12.0)
            out = out + modal(
                blow,
                frequencies_hz=[base * r for r in ratios],
                t60_s=[t60_s * max(r, 0.2) ** -damping for r in ratios],
                gains=gains,
            )
        out = peaked(out)
        return out + amplitude(click_db) * clicks if click_db > SILENT_DB else out
