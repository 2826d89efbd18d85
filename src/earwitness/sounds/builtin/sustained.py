"""Tones that last as long as somebody bows or blows: a ``Wave`` is the tone, ``Sustained`` plays a tune on it.

Contours of pitch and level are made at 1 kHz; the tone is read from tables of one period, soft and loud.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from scipy.fft import irfft

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
    noise,
    normalised,
    path,
    phase_of,
    samples_in,
    shaped,
    sine,
    wander,
)
from earwitness.sounds.builtin.instruments import Note, Tune, bodied, evened
from earwitness.sounds.builtin.ranges import Each, Range, draw, number
from earwitness.sounds.builtin.tonal import Formant, resonant

__all__ = ["Sustained", "Wave"]

_TOP_HZ = 20_000.0  # no partial of the highest note of a tune is put above this
_TABLE = 4096
_CONTROL = 48  # samples

_Tables = tuple[tuple[Array, Array], tuple[Array, Array]]


def _slow(n: int, *, rate_hz: float, rng: np.random.Generator) -> Array:
    """Return ``wander`` at the rate of control."""
    return wander(n, rate_hz=rate_hz * _CONTROL, rng=rng)


def _at_audio_rate(x: Array) -> Array:
    """Return a contour at the sample rate, in straight lines."""
    slope = np.append(x[1:], x[-1]) - x
    return np.asarray((x[:, None] + slope[:, None] * (np.arange(_CONTROL) / _CONTROL)).ravel())


@dataclass(frozen=True)
class Wave:
    """The tone of a bowed or blown instrument: partials that brighten with its level, and the player's hand."""

    slope_db: Range = -9.0
    """Level of the partials for each octave, when loud."""
    dull_db: Range = -6.0
    """How much more they fall for each octave, when soft."""
    fall_db: Range = 0.0
    """How much more they fall for each kHz."""
    even_db: Range = 0.0
    """Level of the even partials against that."""
    ripple_db: Range = 3.0
    """How unlike each other the partials are."""
    vibrato_hz: Range = 5.0
    """Rate of the vibrato."""
    vibrato_st: Range = 0.0
    """Half its depth in pitch, in semitones."""
    vibrato_db: Range = 0.0
    """Its depth in level."""
    wander_st: Range = 0.05
    """Slow drift of the pitch, in semitones."""
    jitter_st: Range = 0.02
    """Fast unsteadiness of the pitch, in semitones."""
    shimmer_db: Range = 0.5
    """Fast unsteadiness of the level."""
    rough_hz: Range = 60.0
    """Rate of a growl or flutter."""
    rough: Range = 0.0
    """Its depth, 0 to 1."""

    def tables(self, top_hz: float, *, rng: np.random.Generator) -> _Tables:
        """Draw one period of the tone, with its slopes, when soft and when loud, for pitches up to ``top_hz``."""
        count = max(1, min(int(_TOP_HZ / top_hz), _TABLE // 4))
        ripple = -number(self.ripple_db) * rng.random(count)
        out = []
        for slope in (number(self.slope_db) + number(self.dull_db), number(self.slope_db)):
            spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
            for k in range(1, count + 1):
                level = slope * math.log2(k) + number(self.fall_db) * k * top_hz / 1000.0 + float(ripple[k - 1])
                level += number(self.even_db) if k % 2 == 0 else 0.0
                spectrum.imag[k] = -amplitude(level)
            table = normalised(irfft(spectrum, _TABLE))
            out.append((table, np.roll(table, -1) - table))
        return out[0], out[1]

    def play(self, pitch_hz: Array, level: Array, *, tables: _Tables, rng: np.random.Generator) -> Array:
        """Render a pitch contour in Hz at a level contour in 0 to 1, both at the rate of control."""
        n = pitch_hz.size
        depth, sway = number(self.vibrato_st), number(self.vibrato_db)
        bend = number(self.wander_st) * _slow(n, rate_hz=2.0, rng=rng)
        bend = bend + number(self.jitter_st) * _slow(n, rate_hz=25.0, rng=rng)
        level_db = number(self.shimmer_db) * 0.5 * (_slow(n, rate_hz=15.0, rng=rng) - 1.0)
        if depth > 0 or sway > 0:
            rate = number(self.vibrato_hz) * (1.0 + 0.1 * _slow(n, rate_hz=2.0, rng=rng))
            swing = sine(phase_of(rate * _CONTROL, start=float(rng.random())))
            swing = swing * (0.75 + 0.25 * _slow(n, rate_hz=1.5, rng=rng))
            bend = bend + depth * swing
            level_db = level_db + 0.5 * sway * (swing - 1.0)
        loud = _at_audio_rate(level * factors(level_db))
        place = np.cumsum(_at_audio_rate(pitch_hz * exp2(bend / 12.0) * (_TABLE / SAMPLE_RATE)))
        place += _TABLE * float(rng.random())
        whole = np.floor(place)
        part = place - whole
        index = whole.astype(np.int64) & (_TABLE - 1)
        soft, hard = (table[index] + part * slope[index] for table, slope in tables)
        out = (soft + loud * loud * (hard - soft)) * loud
        rough = number(self.rough)
        if rough > 0:
            rate = number(self.rough_hz) * (1.0 + 0.15 * _slow(n, rate_hz=15.0, rng=rng))
            turns = phase_of(_at_audio_rate(rate), start=float(rng.random()))
            out = out * (1.0 - rough * (0.5 + 0.5 * cosine(turns)))
        return np.asarray(out)


@dataclass(frozen=True)
class Sustained:
    """Tones that last as long as somebody bows or blows: strings, woodwind, brass, reeds, pipes."""

    tune: Tune
    """What is played; the voices of a chord are played at the same time."""
    wave: Wave = field(default_factory=Wave)
    """The tone."""
    formants: tuple[Formant, ...] = ()
    """Resonances that it passes through, in parallel; none leaves it as it is."""
    direct_db: float = -30.0
    """What passes by the resonances."""
    modes: int = 0
    """Narrow resonances of a wooden body, drawn evenly over 200 Hz to 5 kHz."""
    modes_db: Range = 0.0
    """Their level."""
    even: bool = False
    """Whether differences of level between its notes are halved, in dB."""
    vowel: tuple[Formant, ...] = ()
    """Resonances that it moves to and back from (a mouth, a mute)."""
    vowel_hz: Range = 2.0
    """How many times a second it does."""
    sounding: Range = 1.0
    """The share of a note that sounds."""
    attack_s: Each = 0.04
    """Rise of a note."""
    release_s: Range = 0.05
    """Fall of a note."""
    floor: Range = 0.0
    """Level that stays between notes (a bow that turns, a slur), 0 to 1."""
    swell: tuple[Range, ...] = (1.0,)
    """Levels at points spread evenly over a note, 0 to 1."""
    scoop_st: Each = 0.0
    """How far below its pitch a note begins."""
    glide_s: Range = 0.02
    """How long the pitch takes from one note to the next."""
    players: int = 1
    """How many play each voice."""
    spread_st: Range = 0.1
    """How far apart they are tuned, in semitones."""
    spread_s: Range = 0.02
    """How far apart in time."""
    drones: tuple[tuple[Range, float], ...] = ()
    """Pitches held throughout: semitones above the tune's pitch, level in dB."""
    noise_db: Range = -80.0
    """Noise of breath or bow, against the tone; at or below -60 there is none."""
    noise_hz: tuple[Range, Range] = (600.0, 6000.0)
    """Band of that noise."""
    chiff_db: Range = -80.0
    """Noise at the start of a note, against its tone; at or below -60 there is none."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        frames = -(-n // _CONTROL)
        notes = self.tune.notes(n, rng=rng)
        base = number(self.tune.pitch_hz)
        out, every = np.zeros(frames * _CONTROL), np.zeros(frames)
        for voice in range(max(len(note.chord_st) for note in notes)):
            line = [note.chord_st[voice % len(note.chord_st)] for note in notes]
            tables = self.wave.tables(base * 2.0 ** ((max(line) + 0.7) / 12.0), rng=rng)
            for _ in range(self.players):
                pitch, level = self._contours(frames, notes=notes, line=line, rng=rng)
                out = out + self.wave.play(pitch, level, tables=tables, rng=rng)
                every = np.maximum(every, level)
        for step, level_db in self.drones:
            pitch = np.full(frames, base * 2.0 ** (number(step) / 12.0))
            tables = self.wave.tables(1.04 * float(pitch[0]), rng=rng)
            held = self.wave.play(pitch, np.full(frames, 0.9), tables=tables, rng=rng)
            out = out + amplitude(level_db) * held
        out = self._with_air(out[:n], notes=notes, level=_at_audio_rate(every)[:n], rng=rng)
        modes_db = number(self.modes_db)
        out = bodied(out, modes=self.modes, modes_db=modes_db, rng=rng)
        source, direct = out, amplitude(self.direct_db) * out
        if self.formants:
            out = direct + resonant(source, resonances=self.formants)
        if self.vowel:
            rate = number(self.vowel_hz) * (1.0 + 0.3 * wander(n, rate_hz=1.0, rng=rng))
            share = 0.5 + 0.5 * cosine(phase_of(rate, start=float(rng.random())))
            out = out * share + (direct + resonant(source, resonances=self.vowel)) * (1.0 - share)
        return evened(out, window=SAMPLE_RATE // 30) if self.even else out

    def _with_air(self, x: Array, *, notes: list[Note], level: Array, rng: np.random.Generator) -> Array:
        """Add the noise of breath or bow."""
        noise_db, chiff_db = number(self.noise_db), number(self.chiff_db)
        if max(noise_db, chiff_db) <= SILENT_DB:
            return x
        loudness = amplitude(noise_db) * level
        puff = decay(samples_in(0.12), t60_s=0.12)
        for note in notes:
            add_at(loudness, grain=amplitude(chiff_db) * note.level * puff, start=note.start)
        band = shaped(noise(x.size, rng=rng), low_hz=number(self.noise_hz[0]), high_hz=number(self.noise_hz[1]))
        # The tone gates its own noise: air flows, and a bow slips, in time with it.
        tone = normalised(x)
        return np.asarray(x + math.sqrt(energy(x) / x.size) * loudness * normalised(band) * (1.0 + 0.4 * tone))

    def _contours(
        self, n: int, *, notes: list[Note], line: list[float], rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Draw one player's pitch in Hz and level in 0 to 1, at the rate of control."""
        detune, late_s = (number(v) if self.players > 1 else 0.0 for v in (self.spread_st, self.spread_s))
        glide, sounding = max(1.0, samples_in(number(self.glide_s)) / _CONTROL), number(self.sounding)
        levels = [number(level) for level in self.swell]
        tuning = detune * (2.0 * float(rng.random()) - 1.0)
        knots: list[float] = [0.0]
        values: list[float] = [line[0]]
        level = np.zeros(n)
        for note, step in zip(notes, line, strict=True):
            late = samples_in(late_s * float(rng.random())) if note.start > 0 else 0
            start, stop = (note.start + late) // _CONTROL, note.stop // _CONTROL
            size = min(n - start, round(sounding * (stop - start)))
            if size < 10:
                continue
            scoop = draw(self.scoop_st, rng=rng)
            knots += [max(knots[-1], start), start + glide, max(start + glide, stop)]
            values += [step - scoop if scoop != 0 else values[-1], step, step]
            shape = path(levels, size) * envelope(
                size, attack_s=draw(self.attack_s, rng=rng) / _CONTROL, release_s=number(self.release_s) / _CONTROL
            )
            level[start : start + size] = np.maximum(level[start : start + size], note.level * shape)
        pitch_st = np.interp(np.arange(float(n)), np.array(knots), np.array(values))
        return number(self.tune.pitch_hz) * exp2((pitch_st + tuning) / 12.0), np.maximum(level, number(self.floor))
