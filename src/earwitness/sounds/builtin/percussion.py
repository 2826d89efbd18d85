"""What is beaten, shaken or chimed: a set of resonating bodies, the noise of each blow, and who strikes when.

``Percussion`` rings bodies by their modes, each blow with a mallet of some hardness and bursts of noise of its own
(snare wires, the shimmer of a cymbal, beads); a blow may be a cluster of small ones, as of a shaken rattle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SILENT_DB,
    Array,
    add_at,
    amplitude,
    cosine,
    decay,
    envelope,
    exp2,
    hiss,
    modal,
    peaked,
    samples_in,
)
from earwitness.sounds.builtin.ranges import Each, Range, draw, number

__all__ = ["Burst", "Mode", "Percussion"]

Mode = tuple[float, float, float]
"""A mode of a body: its frequency as a ratio, its level in dB, how long it rings against the mode of ring 1."""

Burst = tuple[Range, Range, Range, Range, Range]
"""Noise in each blow: lower and upper edge in Hz, rise and fall (60 dB) in seconds, level in dB against the ring."""

_VARIANTS = 2
"""How many different blows there are to each body: a mallet never hits the same spot."""


@dataclass(frozen=True)
class Percussion:
    """Bodies that are struck: once, in a rhythm, to a tune, or shaken."""

    pitch_hz: Range
    """Frequency of the mode whose ratio is 1, in the body of step 0."""
    modes: tuple[Mode, ...]
    """The modes of a body; none leaves its noise alone."""
    t60_s: Range
    """How long a mode of ring 1 rings."""
    bursts: tuple[Burst, ...] = ()
    """Noise in each blow."""
    contact_s: Range = 0.0005
    """How long mallet and body touch: 0.2 ms is steel on steel, 5 ms felt on a drum."""
    mistuned: Range = 0.01
    """How far the modes may lie from their ratios, as a share; drawn for each body."""
    split: Range = 0.0
    """How far each mode is split in two that beat against each other, as a share of its frequency."""
    spot_db: Range = 3.0
    """Spread of the modes' levels, drawn once a recording; from blow to blow they differ by 0.4 of it besides."""
    sag_st: Range = 0.0
    """How far the pitch starts above itself, in semitones (a slack skin)."""
    sag_s: Range = 0.08
    """Time in which it falls to a thousandth of that."""
    slower_low: Range = 0.0
    """How much longer lower bodies ring: the ring goes as the pitch to the power of minus this."""
    choke_s: Range = 0.0
    """A body is stopped by its next blow, fading in this time; 0 lets all ring on."""
    steps_st: tuple[float, ...] = (0.0,)
    """The bodies, in semitones above ``pitch_hz``, struck in turn (or drawn, see ``drawn``)."""
    drawn: bool = False
    """Draw the body of each blow instead of going through them in turn."""
    every_s: Range = 0.0
    """Time between blows; at 4 ms or less it strikes once."""
    jitter: Range = 0.0
    """How far a wait may differ from its time in the rhythm, as a share of it."""
    rhythm: tuple[float, ...] = (1.0,)
    """Relative times between blows, in turn."""
    accents_db: tuple[float, ...] = (0.0,)
    """Levels of the blows, in turn."""
    uneven_db: Range = 2.0
    """Spread of the blows' levels."""
    hits: Range = 1.0
    """Small blows that make up each blow (a shake of a rattle)."""
    spread_s: Each = 0.0
    """Time over which they are spread."""
    floor_db: Range = -80.0
    """Level of the place's own noise, against a blow's peak; at or below -60 there is none."""
    floor_hz: tuple[Range, Range] = (100.0, 4000.0)
    """Band of that noise."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        choke_s = number(self.choke_s)
        kits: dict[float, list[Array]] = {}
        spreads = self._ring(rng=rng)
        out = np.zeros(n)
        blows = self._blows(n, rng=rng)
        for k, (at, level, step) in enumerate(blows):
            if step not in kits:
                kits[step] = self._kit(n, step=step, spreads=spreads, rng=rng)
            grain = kits[step][int(rng.integers(len(kits[step])))]
            stop = min(n - at, grain.size)
            if choke_s > 0:
                later = [other for other, _, same in blows[k + 1 :] if same == step and other > at]
                if later:
                    stop = min(stop, later[0] - at + samples_in(choke_s))
                    grain = grain[:stop] * envelope(stop, attack_s=0.0, release_s=choke_s)
            add_at(out, grain=level * grain, start=at)
        floor_db = number(self.floor_db)
        if floor_db > SILENT_DB:
            low, high = (number(edge) for edge in self.floor_hz)
            out = out + amplitude(floor_db) * hiss(n, low_hz=low, high_hz=high, rng=rng)
        return out

    def _blows(self, n: int, *, rng: np.random.Generator) -> list[tuple[int, float, float]]:
        """Draw the blows: sample, strength and body of each, in order."""
        every_s, jitter = number(self.every_s), number(self.jitter)
        uneven_db, hits = number(self.uneven_db), round(number(self.hits))
        at_s, blows, index = 0.006, [], 0
        while samples_in(at_s) < n - 480:
            level = amplitude(self.accents_db[index % len(self.accents_db)] - uneven_db * float(rng.random()))
            spread = draw(self.spread_s, rng=rng)
            for k in range(hits):
                step = self.steps_st[(index * hits + k) % len(self.steps_st)]
                if self.drawn:
                    step = self.steps_st[int(rng.integers(len(self.steps_st)))]
                stray = 0.5 * spread * float(rng.random() + rng.random()) if hits > 1 else 0.0
                at = samples_in(at_s + stray)
                if at < n - 480:
                    strength = level * (amplitude(-12.0 * float(rng.random())) if hits > 1 else 1.0)
                    blows.append((at, strength, step))
            if every_s <= 0.004:
                break
            wait = every_s * self.rhythm[index % len(self.rhythm)]
            at_s += max(0.004, wait * (1.0 + jitter * (2.0 * float(rng.random()) - 1.0)))
            index += 1
        return sorted(blows)

    def _ring(self, *, rng: np.random.Generator) -> list[float]:
        """Draw how much stronger or weaker each mode is in this recording."""
        spot_db = number(self.spot_db)
        return [-spot_db * float(rng.random()) for _ in self.modes]

    def _kit(self, n: int, *, step: float, spreads: list[float], rng: np.random.Generator) -> list[Array]:
        """Render some blows on one body."""
        base = number(self.pitch_hz) * 2.0 ** (step / 12.0)
        ring_s = number(self.t60_s) * 2.0 ** (-step / 12.0 * number(self.slower_low))
        mistuned, split = number(self.mistuned), number(self.split)
        longest_s = max(
            [ring_s * ring for _, _, ring in self.modes] + [number(b[2]) + number(b[3]) for b in self.bursts]
        )
        size = min(n, samples_in(longest_s) + 480)
        tuned = [base * ratio * (1.0 + mistuned * (2.0 * float(rng.random()) - 1.0)) for ratio, _, _ in self.modes]
        halves = [split * (0.4 + 0.6 * float(rng.random())) for _ in self.modes]
        kit = []
        for _ in range(1 if self.every_s == 0.0 and round(number(self.hits)) == 1 else _VARIANTS):
            frequencies, rings, gains = [], [], []
            for (_, level_db, ring), spread_db, pitch, half in zip(self.modes, spreads, tuned, halves, strict=True):
                gain = amplitude(level_db + spread_db - 0.4 * number(self.spot_db) * float(rng.random()))
                parts = ((1.0, 1.0),) if split <= 0 else ((1.0 - 0.5 * half, 0.7), (1.0 + 0.5 * half, 0.3))
                for factor, share in parts:
                    frequencies.append(pitch * factor)
                    rings.append(ring_s * ring)
                    gains.append(gain * share)
            kit.append(self._blow(size, frequencies=frequencies, rings=rings, gains=gains, rng=rng))
        return kit

    def _blow(
        self, size: int, *, frequencies: list[float], rings: list[float], gains: list[float], rng: np.random.Generator
    ) -> Array:
        """Render one blow at full strength."""
        out = np.zeros(size)
        if frequencies:
            strike = np.zeros(size)
            touch = min(size, max(1, samples_in(number(self.contact_s))))
            strike[:touch] = (1.0 - cosine(np.arange(1.0, touch + 1.0) / (touch + 1.0))) / (touch + 1.0)
            out = modal(strike, frequencies_hz=frequencies, t60_s=rings, gains=gains)
            sag = number(self.sag_st)
            if sag != 0.0:
                fall = decay(size, t60_s=number(self.sag_s))
                # Read ahead faster while the skin is stretched.
                places = np.cumsum(exp2(sag / 12.0 * fall))
                out = np.interp(places, np.arange(size), out, right=0.0)
            out = peaked(out)
        for low, high, rise_s, fall_s, level_db in self.bursts:
            burst = hiss(size, low_hz=number(low), high_hz=number(high), rng=rng)
            rise = max(2, min(size, samples_in(number(rise_s))))
            shape = decay(size, t60_s=number(fall_s))
            shape[rise:] = shape[: size - rise].copy()
            shape[:rise] = np.linspace(0.0, 1.0, rise)
            out = out + 0.35 * amplitude(number(level_db)) * burst * shape
        fade = min(size, samples_in(0.01))
        out[size - fade :] *= np.linspace(1.0, 0.0, fade)
        return np.asarray(out)
