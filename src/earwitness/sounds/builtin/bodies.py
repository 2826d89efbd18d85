"""What bodies do to what they touch, feet that come down and roll off; and the automatic gain of who records them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    SILENT_DB,
    Array,
    add_at,
    amplitude,
    cosine,
    factors,
    hiss,
    modal,
    noise,
    normalised,
    path,
    peaked,
    samples_in,
    shaped,
    smeared,
)
from earwitness.sounds.builtin.composite import Synthesiser
from earwitness.sounds.builtin.ranges import Each, Range, draw, number

__all__ = ["Evened", "Mode", "Treads"]

Mode = tuple[Range, Range, Range]
"""A mode of what is trodden on: frequency in Hz, time to fall by 60 dB in s, gain in dB."""


@dataclass(frozen=True)
class Treads:
    """Contacts of one limb after the other: a heel, a toe, and the matter that gives way under them meanwhile.

    A tread is a blow on the modes of the ground (the heel), a second one a little later (the toe), each with a slap of
    noise; and the sound of the matter (snow, gravel, food, water), which is heard as far as the tread presses on it.
    """

    every_s: Range
    """Time from one tread to the next."""
    modes: tuple[Mode, ...] = ()
    """Modes of the ground (none: it does not ring)."""
    jitter: Range = 0.05
    """How far a tread may come after the beat, as a share of ``every_s``."""
    uneven_db: Range = 3.0
    """Spread of their levels."""
    contact_s: Each = 0.004
    """Time of contact of a blow: long is soft and dull."""
    toe_s: Each = 0.12
    """Time from heel to toe."""
    toe_db: Range = -8.0
    """Level of the toe's blow against the heel's; at or below -60 there is none."""
    sides_st: Range = 1.0
    """How far the modes under the one foot may lie from those under the other, in semitones."""
    slap_db: Range = -80.0
    """Level of the noise of a blow against what it rings; at or below -60 there is none."""
    slap_hz: tuple[Range, Range] = (300.0, 4000.0)
    """Band of that noise."""
    slap_s: Range = 0.02
    """How long it lasts (60 dB)."""
    matter: Synthesiser | None = None
    """What gives way; None is nothing."""
    matter_db: Range = 0.0
    """Its level against the blows."""
    press_s: Each = 0.25
    """How long a tread presses on it."""
    press_db: tuple[Each, ...] = (-30.0, 0.0, -8.0, -4.0, -30.0)
    """How hard, at points spread evenly over that time."""
    floor_db: Range = -80.0
    """Noise of the place (0.08 to 3 kHz) against the loudest sample; at or below -60 there is none."""

    def times(self, n: int, *, rng: np.random.Generator) -> list[int]:
        """Draw the samples at which the treads begin."""
        every_s, jitter = number(self.every_s), number(self.jitter)
        beat_s, out = 0.008, list[int]()
        while samples_in(beat_s) < n - 480:
            late = jitter * float(rng.random()) if out else 0.0
            out.append(samples_in(beat_s + every_s * late))
            beat_s += every_s
        return [at for at in out if at < n - 480]

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        uneven_db, toe_db = number(self.uneven_db), number(self.toe_db)
        blows, touches, press = (np.zeros(n), np.zeros(n)), np.zeros(n), np.zeros(n)
        for k, at in enumerate(self.times(n, rng=rng)):
            force = amplitude(-uneven_db * float(rng.random()) if k > 0 else 0.0)
            later = at + samples_in(draw(self.toe_s, rng=rng))
            for start, level_db in ((at, 0.0), (later, toe_db)):
                if level_db > SILENT_DB:
                    width = max(2, samples_in(draw(self.contact_s, rng=rng)))
                    push = 1.0 - cosine(np.arange(0.5, width) / width)
                    add_at(blows[k % 2], grain=force * amplitude(level_db) / width * push, start=start)
                    add_at(touches, grain=np.full(1, force * amplitude(level_db)), start=start)
            if self.matter is not None:
                add_at(press, grain=force * self._press(rng=rng), start=at)
        out = self._ring(blows, rng=rng)
        slap_db = number(self.slap_db)
        if slap_db > SILENT_DB:
            low, high = number(self.slap_hz[0]), number(self.slap_hz[1])
            slap = smeared(touches, t60_s=number(self.slap_s)) * noise(n, rng=rng)
            out = out + amplitude(slap_db) * peaked(shaped(slap, low_hz=low, high_hz=high))
        if self.matter is not None:
            matter = normalised(self.matter(n, rng=rng)) * press
            out = out + amplitude(number(self.matter_db)) * peaked(matter)
        floor_db = number(self.floor_db)
        if floor_db > SILENT_DB:
            out = peaked(out) + amplitude(floor_db) * hiss(n, low_hz=80.0, high_hz=3000.0, rng=rng)
        return out

    def _press(self, *, rng: np.random.Generator) -> Array:
        """Draw how hard one tread presses, sample by sample."""
        size = max(480, samples_in(draw(self.press_s, rng=rng)))
        levels_db = path([draw(level, rng=rng) for level in self.press_db], size)
        ends = np.minimum(np.minimum(np.arange(size), np.arange(size)[::-1]) / (0.003 * SAMPLE_RATE), 1.0)
        return factors(levels_db) * ends

    def _ring(self, blows: tuple[Array, Array], *, rng: np.random.Generator) -> Array:
        """Ring the ground under either foot."""
        out = np.zeros(blows[0].size)
        for blow in blows:
            if not self.modes:
                break
            side = 2.0 ** (number(self.sides_st) * (float(rng.random()) - 0.5) / 12.0)
            out += modal(
                blow,
                frequencies_hz=[side * number(f) * (1.0 + 0.03 * float(rng.random())) for f, _, _ in self.modes],
                t60_s=[number(t60) for _, t60, _ in self.modes],
                gains=[amplitude(number(gain) - 2.0 * float(rng.random())) for _, _, gain in self.modes],
            )
        return peaked(out)


@dataclass(frozen=True)
class Evened:
    """A sound as a recorder with automatic gain takes it: what is faint is brought nearer to what is loud."""

    synthesiser: Synthesiser
    """The sound."""
    window_s: Range = 0.05
    """Time over which the level is followed, ahead and back."""
    knee_db: Range = -24.0
    """Half of the distance to the loudest is taken away down to this level; below it the gain stays as it is."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        x = np.asarray(self.synthesiser(n, rng=rng))
        pole = math.exp(-1.0 / (number(self.window_s) * SAMPLE_RATE))
        power = x * x
        # Followed once in each direction of time, so that the gain is neither late nor early.
        ahead = np.asarray(lfilter([1.0 - pole], [1.0, -pole], power[::-1]))[::-1]
        level = np.sqrt(0.5 * (ahead + lfilter([1.0 - pole], [1.0, -pole], power)))
        return np.asarray(x / np.sqrt(level + max(1e-9, amplitude(number(self.knee_db)) * float(np.max(level)))))
