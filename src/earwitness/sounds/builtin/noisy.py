"""Sounds made of noise, pulses and grains: weather, water, engines, insects, crowds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    SILENT_DB,
    Array,
    add_at,
    amplitude,
    cosine,
    decay,
    energy,
    envelope,
    exp2,
    factors,
    factors_along,
    hiss,
    moving_noise,
    noise,
    normalised,
    peaked,
    phase_of,
    resonance,
    samples_in,
    sine,
    smeared,
    wander,
)
from earwitness.sounds.builtin.ranges import Each, Range, draw, number
from earwitness.sounds.builtin.tonal import resonant

__all__ = ["Band", "Bursts", "Grains", "Noise", "Pulses", "Whistling"]

Band = tuple[Range, Range, float]
"""A band of noise: its lower and upper edge in Hz, and its level in dB."""

_DRIFT, _DRIFT_HZ = 0.01, 1.5  # of the rate of pulses: how far, as a share of it, and turns a second


@dataclass(frozen=True)
class Noise:
    """Bands of noise, with hums and whines in them: static, rain's bed, a vacuum cleaner."""

    bands: tuple[Band, ...]
    """Bands of noise."""
    whines: tuple[tuple[Range, float], ...] = ()
    """Steady tones in it: pitch in Hz, level in dB."""
    gust_db: Range = 0.0
    """Depth of its slow random changes of level."""
    gust_hz: Range = 1.0
    """How many a second."""
    chop_hz: Range = 0.0
    """Rate at which it is chopped (a rotor); 0 is not at all."""
    chop_db: Range = 0.0
    """How far the level falls between chops."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        out = np.zeros(n)
        for low, high, level_db in self.bands:
            edges = number(low), number(high)
            out = out + amplitude(level_db) * hiss(n, low_hz=edges[0], high_hz=edges[1], rng=rng)
        for pitch, level_db in self.whines:
            contour = number(pitch) * (1.0 + 0.004 * wander(n, rate_hz=2.0, rng=rng))
            out = out + amplitude(level_db) * math.sqrt(2.0) * sine(phase_of(contour))
        gust_db, chop_hz = number(self.gust_db), number(self.chop_hz)
        if gust_db > 0:
            swell = wander(n, rate_hz=number(self.gust_hz), rng=rng)
            out = out * factors_along(swell - 1.0, depth_db=0.5 * gust_db)
        if chop_hz > 0:
            rate = chop_hz * (1.0 + 0.01 * wander(n, rate_hz=2.0, rng=rng))
            turn = 0.5 + 0.5 * cosine(phase_of(rate, start=float(rng.random())))
            out = out * factors_along(1.0 - turn * turn, depth_db=-number(self.chop_db))
        return out


@dataclass(frozen=True)
class Whistling:
    """Air that resonates: bands of noise whose pitch and level wander together (wind)."""

    pitch_hz: tuple[Range, ...]
    """Centre of each band."""
    width: Range
    """Width of a band, as a share of its pitch."""
    wander_st: Range = 0.0
    """How far the pitch wanders, in semitones."""
    wander_hz: Range = 1.0
    """How many turns of it a second."""
    gust_db: Range = 0.0
    """How much fainter it is at the lowest pitch."""
    air_db: Range = -20.0
    """Broad low noise under it."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        depth, rate_hz = number(self.wander_st), number(self.wander_hz)
        gust_db, width = number(self.gust_db), number(self.width)
        course = wander(n, rate_hz=rate_hz, rng=rng)
        out = np.zeros(n)
        for pitch in self.pitch_hz:
            own = 0.7 * course + 0.3 * wander(n, rate_hz=1.7 * rate_hz, rng=rng)
            centre = number(pitch)
            out = out + moving_noise(centre * exp2(depth * own / 12.0), width_hz=width * centre, rng=rng)
        air = hiss(n, low_hz=60.0, high_hz=1500.0, rng=rng)
        out = normalised(out) + amplitude(number(self.air_db)) * air
        return np.asarray(out * factors_along(course - 1.0, depth_db=0.5 * gust_db))


@dataclass(frozen=True)
class Pulses:
    """A train of pulses through resonances: engines, insects, frogs, rattles."""

    rate_hz: Range
    """Pulses a second."""
    resonances: tuple[tuple[Range, Range, float], ...]
    """Resonances they excite: centre in Hz, width in Hz, gain in dB."""
    jitter: Range = 0.02
    """Spread of the time between pulses, as a share of it."""
    uneven_db: Range = 2.0
    """Spread of the pulses' levels."""
    cycle_db: tuple[float, ...] = (0.0,)
    """Levels of the pulses in turn (the cylinders of an engine)."""
    burst_s: Range = 0.002
    """Length of the noise burst of each pulse (60 dB)."""
    noise_db: Range = -10.0
    """Level of that noise in a pulse, against its click; at or below -60 there is none."""
    hiss_db: Range = -80.0
    """Level of steady noise through the same resonances; at or below -60 there is none."""
    group_s: Range = 0.0
    """Length of a group of pulses with its pause (a croak, a chirp); 0 is one endless train."""
    sounding: Range = 0.7
    """The share of a group that sounds."""
    pause_db: float = -30.0
    """Level that stays in the pauses between groups."""

    def times(self, n: int, *, rng: np.random.Generator) -> Array:
        """Draw the times of the pulses, in samples."""
        rate_hz, jitter = number(self.rate_hz), number(self.jitter)
        drift = rate_hz * (1.0 + _DRIFT * wander(n, rate_hz=_DRIFT_HZ, rng=rng))
        # In steps of 1/65536 Hz the running sum is exact: no error gathers over the seconds.
        turns = np.cumsum(np.round(drift * 65_536.0) / 65_536.0) / SAMPLE_RATE
        count = int(turns[-1])
        marks = np.arange(count) + 0.5 + jitter * (2.0 * rng.random(count) - 1.0)
        return np.interp(marks, turns, np.arange(n))

    def gate(self, n: int, *, rng: np.random.Generator) -> Array:
        """Draw the level contour of the groups."""
        group_s, sounding = number(self.group_s), number(self.sounding)
        floor = amplitude(self.pause_db)
        out = np.full(n, floor)
        at = 0
        while at < n:
            whole = samples_in(group_s * (0.94 + 0.12 * float(rng.random())))
            size = min(n - at, round(whole * sounding))
            level = amplitude(-2.0 * float(rng.random())) - floor
            out[at : at + size] += level * envelope(
                size, attack_s=0.25 * size / SAMPLE_RATE, release_s=0.35 * size / SAMPLE_RATE
            )
            at += whole
        return out

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        uneven_db, noise_db = number(self.uneven_db), number(self.noise_db)
        places = self.times(n, rng=rng)
        levels_db = -uneven_db * rng.random(places.size)
        levels_db += np.resize(np.array(self.cycle_db), places.size)
        levels = factors(levels_db)
        whole = np.minimum(places.astype(np.int64), n - 2)
        part = places - whole
        clicks = np.zeros(n)
        np.add.at(clicks, whole, levels * (1.0 - part))
        np.add.at(clicks, whole + 1, levels * part)
        source = clicks
        if noise_db > SILENT_DB:
            glow = smeared(clicks, t60_s=number(self.burst_s))
            source = source + amplitude(noise_db) * glow * noise(n, rng=rng)
        hiss_db = number(self.hiss_db)
        source = normalised(source)
        if hiss_db > SILENT_DB:
            source = source + amplitude(hiss_db) * noise(n, rng=rng)
        out = resonant(source, resonances=self.resonances)
        return out if self.group_s == 0.0 else normalised(out) * self.gate(n, rng=rng)


@dataclass(frozen=True)
class Bursts:
    """Bursts of noise with their own rise and fall: thunder, surf, chuffs, snares, strokes of a saw."""

    band_hz: tuple[Range, Range]
    """Band of the noise at its loudest."""
    every_s: Range
    """Time between bursts; 0 is a single one."""
    attack_s: Each
    """Rise of a burst."""
    t60_s: Each
    """Fall of a burst."""
    jitter: Range = 0.1
    """How far a wait may differ from ``every_s``, as a share of it."""
    uneven_db: Range = 2.0
    """Spread of the bursts' levels."""
    turns: tuple[float, ...] = (1.0,)
    """Factor on the band of each burst, in turn (the two strokes of a saw)."""
    bed_db: Range = -80.0
    """Steady noise in the same band; at or below -60 there is none."""
    teeth_hz: Range = 0.0
    """Rate of a rasp inside each burst; 0 is smooth."""
    body: tuple[tuple[Range, Range, float], ...] = ()
    """Resonances it excites besides: centre in Hz, width in Hz, gain in dB."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        low, high = number(self.band_hz[0]), number(self.band_hz[1])
        every_s, jitter, uneven = (number(v) for v in (self.every_s, self.jitter, self.uneven_db))
        bed_db = number(self.bed_db)
        contours = [np.zeros(n) for _ in self.turns]
        at_s, index = 0.006, 0
        while samples_in(at_s) < n - 480:
            attack_s = draw(self.attack_s, rng=rng)
            rise = max(2, samples_in(attack_s))
            fall = decay(n - samples_in(at_s), t60_s=draw(self.t60_s, rng=rng))
            shape = np.concatenate([np.linspace(0.0, 1.0, rise) ** 2, fall])
            level = amplitude(-uneven * float(rng.random()))
            add_at(contours[index % len(contours)], grain=level * shape, start=samples_in(at_s))
            index += 1
            if every_s <= 0:
                break
            at_s += every_s * (1.0 + jitter * (2.0 * float(rng.random()) - 1.0))
        out = np.zeros(n)
        for contour, factor in zip(contours, self.turns, strict=True):
            if bed_db > SILENT_DB:
                contour = contour + amplitude(bed_db)
            out = out + contour * hiss(n, low_hz=low * factor, high_hz=high * factor, rng=rng)
        teeth_hz = number(self.teeth_hz)
        if teeth_hz > 0:
            rate = teeth_hz * (1.0 + 0.15 * wander(n, rate_hz=6.0, rng=rng))
            out = out * (0.25 + 0.75 * (0.5 + 0.5 * cosine(phase_of(rate))) ** 2)
        return resonant(out, resonances=self.body, beside=out)


@dataclass(frozen=True)
class Grains:
    """Many small sounds at random times: drops, bubbles, crackles, claps, shards."""

    density_hz: Range
    """Grains a second, on the average."""
    pitch_hz: Each
    """Pitch of a grain."""
    t60_s: Each
    """Its decay."""
    glide_st: Each = 0.0
    """How far a grain's pitch moves while it falls by 60 dB, in semitones."""
    noisy: float = 0.0
    """0 makes grains of tone, 1 of noise in a band around the pitch."""
    uneven_db: Range = 20.0
    """Spread of the grains' levels."""
    thinning_s: Range = 0.0
    """Time in which the grains thin out to 8 % and weaken by 38 dB (a pane that falls); 0 is never."""
    bed: tuple[Band, ...] = ()
    """Bands of steady noise under them (level against the grains)."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        density, thinning = number(self.density_hz), number(self.thinning_s)
        uneven_db = number(self.uneven_db)
        seconds = n / SAMPLE_RATE
        # Grains on a jittered grid: as random as drops are, and the same number in every second.
        count = max(1, round(density * seconds))
        starts_s = (np.arange(count) + rng.random(count)) / density
        # A kit of grains is drawn once and used over and over at new times and levels.
        kit = [self._grain(rng=rng) for _ in range(min(count, 48))]
        out = np.zeros(n)
        which = rng.integers(len(kit), size=count)
        levels = factors(-uneven_db * rng.random(count))
        if thinning > 0:
            keep = rng.random(count) < exp2(-3.6 * starts_s / thinning)
            keep[0] = True
            levels = levels * keep * exp2(-6.3 * starts_s / thinning)
        for k in range(count):
            if levels[k] > 0:
                start = samples_in(0.004 + float(starts_s[k]))
                add_at(out, grain=float(levels[k]) * kit[int(which[k])], start=start)
        loudness = math.sqrt(energy(out) / n) if self.bed else 0.0
        for low, high, level_db in self.bed:
            edges = number(low), number(high)
            out = out + amplitude(level_db) * loudness * hiss(n, low_hz=edges[0], high_hz=edges[1], rng=rng)
        return out

    def _grain(self, *, rng: np.random.Generator) -> Array:
        """Draw one grain of unit peak or so."""
        pitch, t60_s = draw(self.pitch_hz, rng=rng), draw(self.t60_s, rng=rng)
        n = max(64, samples_in(t60_s))
        fall = decay(n, t60_s=t60_s) * envelope(n, attack_s=0.0005, release_s=0.1 * t60_s)
        glide = draw(self.glide_st, rng=rng) / 12.0
        contour = np.minimum(pitch * exp2(glide * np.arange(n) / n), 7_000.0)
        tone = sine(phase_of(contour, start=float(rng.random())))
        if self.noisy > 0:
            rough = resonance(noise(n, rng=rng), frequency_hz=pitch, width_hz=1.2 * pitch)
            tone = (1.0 - self.noisy) * tone + peaked(rough, peak=self.noisy)
        return tone * fall
