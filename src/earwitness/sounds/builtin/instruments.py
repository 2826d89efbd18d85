"""Musical instruments: strings that are plucked or struck, tones that are bowed or blown, and an amplifier.

A ``Tune`` says what is played; ``Strings`` and ``Sustained`` play it; ``Driven`` distorts what they play.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, next_fast_len

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    Array,
    add_at,
    amplitude,
    cosine,
    decay,
    energy,
    envelope,
    exp2,
    levelled,
    noise,
    normalised,
    phase_of,
    resonance,
    samples_in,
    shaped,
    sine,
    wander,
)
from earwitness.sounds.builtin.composite import Synthesiser
from earwitness.sounds.builtin.ranges import Each, Range, draw, number
from earwitness.sounds.builtin.tonal import Formant

__all__ = ["Driven", "Note", "Strings", "Sustained", "Tune", "Wave"]

_TOP_HZ = 7_600.0  # no partial of a wave is put above this: banks are resampled to 16 kHz by default
_HALF_RATE = SAMPLE_RATE // 2
_LEAD = 144  # samples at half the rate: what a zero-phase pluck spreads ahead of its time
_TABLE = 4096


class Note(NamedTuple):
    """A chord of a tune, when and how loud it is played."""

    start: int
    """Its first sample."""
    stop: int
    """The first sample of the next one."""
    chord_st: tuple[float, ...]
    """Its pitches, in semitones above the tune's."""
    level: float
    """Factor on its amplitude."""


@dataclass(frozen=True)
class Tune:
    """What is played: chords or notes in a rhythm, repeated from anywhere in the tune to fill the time."""

    pitch_hz: Range
    """Pitch of step 0."""
    chords_st: tuple[tuple[float, ...], ...] = ((0.0,),)
    """Chords in semitones above ``pitch_hz``, in turn; a chord of one is a note."""
    note_s: Range = 0.3
    """Length of a note of relative length 1."""
    lengths: tuple[float, ...] = (1.0,)
    """Relative lengths of the notes, in turn."""
    drawn: bool = False
    """Draw each chord instead of playing them in turn, never the same twice running."""
    rubato: Range = 0.03
    """How far a note's length may stray, as a share of it."""
    uneven_db: Range = 3.0
    """Spread of the notes' levels."""

    def notes(self, n: int, *, rng: np.random.Generator) -> list[Note]:
        """Draw what is played in ``n`` samples."""
        length_s, rubato, uneven_db = number(self.note_s), number(self.rubato), number(self.uneven_db)
        count = len(self.chords_st)
        first, index = int(rng.integers(count)), 0
        which, at = first, 0
        out = []
        while n - at > 480:
            stray = 1.0 + rubato * (2.0 * float(rng.random()) - 1.0)
            size = max(960, samples_in(length_s * self.lengths[(first + index) % len(self.lengths)] * stray))
            level = amplitude(-uneven_db * float(rng.random()))
            out.append(Note(at, at + size, self.chords_st[which], level))
            index += 1
            step = 1 + int(rng.integers(max(1, count - 1))) if self.drawn else 1
            which = (which + step) % count
            at += size
        return out


def _string(n: int, *, pitch_hz: float, t60_s: float, damping: float, corner_hz: float, position: float,
            stiffness: float) -> Array:  # fmt: skip
    """Return a plucked or struck stiff string at half the sample rate, shape (n,), its first 50 ms of unit RMS.

    Notes
    -----
    A digital waveguide in closed form, 1 / (1 - g e^-jp), where p is the phase a wave gains on its way along the string
    and back, and g what is left of it. It is computed on a circle outside the unit circle, so that its end, which
    wraps around to its beginning, has died away.
    """
    size = next_fast_len(n + 2 * _LEAD, real=True)
    bins = np.arange(size // 2 + 1.0)
    x = bins * (_HALF_RATE / size / pitch_hz)
    turns, hurry = x, np.ones(x.size)
    if stiffness > 0:
        root = np.sqrt(1.0 + 4.0 * stiffness * x * x)
        turns = np.sqrt((root - 1.0) / (2.0 * stiffness))
        hurry[1:] = x[1:] / (turns[1:] * root[1:])
    growth = math.log2(150.0) / size  # a sample
    loss = math.log2(1000.0) / (t60_s * pitch_hz)  # a round trip
    gain = exp2(-loss * (1.0 + (damping * pitch_hz / 1000.0) * x) - (growth * _HALF_RATE / pitch_hz) * hurry)
    along, across = 1.0 - gain * cosine(turns), gain * sine(turns)
    tone = sine((0.5 * position) * turns) / (along * along + across * across)
    slope = x * (pitch_hz / corner_hz)
    tone /= 1.0 + slope * slope
    spectrum = np.empty(x.size, dtype=np.complex128)
    spectrum.real, spectrum.imag = tone * across, tone * along
    out = np.roll(irfft(spectrum, size), _LEAD)[:n] * exp2(growth * (np.arange(n) - float(_LEAD)))
    head = out[: samples_in(0.025)]
    return np.asarray(out * math.sqrt(head.size / max(1e-30, energy(head))))


def _doubled(x: Array) -> Array:
    """Return ``x`` at twice the rate: what is below 9 kHz is kept."""
    out = np.zeros(2 * x.size)
    out[::2] = 2.0 * x
    return shaped(out, high_hz=9_000.0)


@dataclass(frozen=True)
class Strings:
    """Plucked or struck strings on a body: guitars, lutes, harps, keyboards."""

    tune: Tune
    """What is played."""
    strum_s: Range = 0.0
    """Time between the strings of a chord."""
    t60_s: Range = 2.0
    """How long the string of step 0 rings; one an octave higher rings 0.7 of that."""
    damping: Range = 1.0
    """How much faster high partials die: at 1 kHz by 1 plus this."""
    corner_hz: Each = (1000.0, 2000.0)
    """Corner of the pluck's low-pass: low for flesh and felt, high for a pick."""
    position: Range = 0.2
    """Where the string is plucked, as a share of its length."""
    stiffness: Range = 0.0
    """Inharmonicity of the string of step 0 (B of a stiff string)."""
    courses: int = 1
    """Strings to a note."""
    detune_st: Range = 0.06
    """How far the strings of a note are apart, in semitones."""
    held: Range = 1.3
    """How long a string is let ring, in notes."""
    mute_s: Range = 0.04
    """How quickly it is stopped then."""
    bend_st: Each = 0.0
    """How far below its pitch a note begins."""
    bend_s: Range = 0.1
    """How long it takes to come up to it."""
    vibrato_st: Range = 0.0
    """Half the depth of a vibrato, in semitones."""
    vibrato_hz: Range = 5.0
    """Its rate."""
    buzz_db: Range = -80.0
    """Level of the rattle of a string that grazes its bridge, an octave up and slow to fade; below -60 there is none."""
    contact_db: Range = -80.0
    """Noise of each pluck (a pick, a hammer, a key), against its note; below -60 there is none."""
    contact_hz: tuple[Range, Range] = (800.0, 5000.0)
    """Band of that noise."""
    contact_s: Range = 0.03
    """How long it rings (60 dB)."""
    low_hz: Range = 60.0
    """What is below is not radiated."""
    body: tuple[Formant, ...] = ()
    """Resonances of the body, added to the strings."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        strum_s, held, mute_s = number(self.strum_s), number(self.held), number(self.mute_s)
        strings, contacts = np.zeros(n // 2 + 1), np.zeros(n)
        contact_db, contact_s = number(self.contact_db), number(self.contact_s)
        for note in self.tune.notes(n, rng=rng):
            order = note.chord_st if float(rng.random()) < 0.7 else note.chord_st[::-1]
            for k, step in enumerate(order):
                start = (note.start + samples_in(0.004 + strum_s * k * (0.8 + 0.4 * float(rng.random())))) // 2
                size = min(strings.size - start, samples_in(held * (note.stop - note.start) / SAMPLE_RATE) // 2)
                if size < 600:
                    continue
                level = note.level * amplitude(-2.0 * float(rng.random())) / math.sqrt(len(order))
                grain = level * self._note(size, step=step, rng=rng)
                fade = min(size - 1, samples_in(mute_s) // 2)
                grain[size - fade :] *= np.linspace(1.0, 0.0, fade)
                add_at(strings, grain=grain, start=start)
                if contact_db > -60:
                    knock = noise(samples_in(contact_s), rng=rng) * decay(samples_in(contact_s), t60_s=contact_s)
                    add_at(contacts, grain=level * knock, start=2 * start + _LEAD)
        out = _doubled(strings)[:n]
        if contact_db > -60:
            band = shaped(contacts, low_hz=number(self.contact_hz[0]), high_hz=number(self.contact_hz[1]))
            out = out + amplitude(contact_db) * levelled(band) * math.sqrt(energy(out) / n)
        dry = out = shaped(out, low_hz=number(self.low_hz))
        for centre, width, gain_db in self.body:
            out = out + amplitude(gain_db) * resonance(dry, frequency_hz=number(centre), width_hz=number(width))
        return out

    def _note(self, n: int, *, step: float, rng: np.random.Generator) -> Array:
        """Render a note at half the sample rate."""
        ratio = 2.0 ** (step / 12.0)
        pitch = number(self.tune.pitch_hz) * ratio
        corner, detune = draw(self.corner_hz, rng=rng), number(self.detune_st)
        bend, bend_s = draw(self.bend_st, rng=rng), number(self.bend_s)
        vibrato, buzz_db = number(self.vibrato_st), number(self.buzz_db)
        play = functools.partial(
            _string,
            t60_s=number(self.t60_s) / math.sqrt(ratio),
            corner_hz=corner,
            position=number(self.position),
            stiffness=number(self.stiffness) * ratio,
        )
        size = n + n // 8 if bend != 0 or vibrato > 0 else n
        out = np.zeros(size)
        for k in range(self.courses):
            apart = (k - 0.5 * (self.courses - 1)) * detune * (0.7 + 0.6 * float(rng.random()))
            out += play(size, pitch_hz=pitch * 2.0 ** (apart / 12.0), damping=number(self.damping))
        if buzz_db > -60:
            late = np.minimum(np.arange(size) / (0.06 * _HALF_RATE), 1.0) * decay(size, t60_s=2.0)
            rattle = play(size, pitch_hz=pitch, damping=0.05 * number(self.damping))
            out += amplitude(buzz_db) * late * shaped(rattle, low_hz=1400.0)
        if size == n:
            return out
        time = np.arange(float(n))
        contour = -bend * np.maximum(0.0, 1.0 - time / (bend_s * _HALF_RATE))
        if vibrato > 0:
            turn = phase_of(np.full(n, 2.0 * number(self.vibrato_hz)), start=float(rng.random()))
            contour = contour + vibrato * np.minimum(time / (0.2 * _HALF_RATE), 1.0) * sine(turn)
        return np.asarray(np.interp(np.cumsum(exp2(contour / 12.0)), np.arange(float(size)), out))


@dataclass(frozen=True)
class Wave:
    """The tone of a bowed or blown instrument: partials that brighten with its level, noise, and the player's hand."""

    slope_db: Range = -9.0
    """Level of the partials for each octave, when loud."""
    dull_db: Range = -6.0
    """How much more they fall for each octave, when soft."""
    fundamental_db: Range = 0.0
    """Level of the first partial against that slope."""
    even_db: Range = 0.0
    """Level of the even partials against it."""
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
    noise_db: Range = -80.0
    """Noise of breath or bow, against the tone; below -60 there is none."""
    noise_hz: tuple[Range, Range] = (600.0, 6000.0)
    """Band of that noise."""
    rough_hz: Range = 60.0
    """Rate of a growl or flutter."""
    rough: Range = 0.0
    """Its depth, 0 to 1."""

    def tables(self, top_hz: float, *, rng: np.random.Generator) -> tuple[Array, Array]:
        """Draw one period of the tone when soft and when loud, of unit RMS, for pitches up to ``top_hz``."""
        count = max(1, min(int(_TOP_HZ / top_hz), _TABLE // 4))
        ripple = -number(self.ripple_db) * rng.random(count)
        out = []
        for slope in (number(self.slope_db) + number(self.dull_db), number(self.slope_db)):
            spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
            for k in range(1, count + 1):
                level = slope * math.log2(k) + float(ripple[k - 1])
                level += number(self.fundamental_db) if k == 1 else 0.0
                level += number(self.even_db) if k % 2 == 0 else 0.0
                spectrum.imag[k] = -amplitude(level)
            out.append(normalised(irfft(spectrum, _TABLE)))
        return out[0], out[1]

    def play(self, pitch_hz: Array, level: Array, *, tables: tuple[Array, Array], rng: np.random.Generator) -> Array:
        """Render a pitch contour in Hz at a level contour in 0 to 1."""
        n = pitch_hz.size
        depth, sway = number(self.vibrato_st), number(self.vibrato_db)
        bend = number(self.wander_st) * wander(n, rate_hz=2.0, rng=rng)
        bend = bend + number(self.jitter_st) * wander(n, rate_hz=25.0, rng=rng)
        if depth > 0 or sway > 0:
            rate = number(self.vibrato_hz) * (1.0 + 0.1 * wander(n, rate_hz=2.0, rng=rng))
            swing = sine(phase_of(rate, start=float(rng.random()))) * (0.75 + 0.25 * wander(n, rate_hz=1.5, rng=rng))
            bend = bend + depth * swing
            level = level * exp2(sway / 12.0412 * (swing - 1.0))
        level = level * exp2(number(self.shimmer_db) / 12.0412 * (wander(n, rate_hz=15.0, rng=rng) - 1.0))
        turns = phase_of(pitch_hz * exp2(bend / 12.0), start=float(rng.random()))
        position = turns * _TABLE
        whole = np.minimum(position.astype(np.int64), _TABLE - 1)
        part = position - whole
        soft, loud = (t[whole] + part * (np.roll(t, -1) - t)[whole] for t in tables)
        bright = level * level
        out = soft + bright * (loud - soft)
        noise_db, rough = number(self.noise_db), number(self.rough)
        if noise_db > -60:
            band = shaped(noise(n, rng=rng), low_hz=number(self.noise_hz[0]), high_hz=number(self.noise_hz[1]))
            out = out + amplitude(noise_db) * normalised(band) * (1.0 + 0.4 * out)
        if rough > 0:
            rate = number(self.rough_hz) * (1.0 + 0.15 * wander(n, rate_hz=15.0, rng=rng))
            out = out * (1.0 - rough * (0.5 + 0.5 * cosine(phase_of(rate, start=float(rng.random())))))
        return np.asarray(out * level)


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
    chiff_db: Range = -80.0
    """Noise at the start of a note, against its tone; below -60 there is none."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        notes = self.tune.notes(n, rng=rng)
        base = number(self.tune.pitch_hz)
        out, every = np.zeros(n), np.zeros(n)
        for voice in range(max(len(note.chord_st) for note in notes)):
            line = [note.chord_st[voice % len(note.chord_st)] for note in notes]
            tables = self.wave.tables(base * 2.0 ** ((max(line) + 0.7) / 12.0), rng=rng)
            for _ in range(self.players):
                pitch, level = self._contours(n, notes=notes, line=line, rng=rng)
                out = out + self.wave.play(pitch, level, tables=tables, rng=rng)
            every = np.maximum(every, level)
        for step, level_db in self.drones:
            pitch = base * 2.0 ** (number(step) / 12.0)
            tables = self.wave.tables(1.04 * pitch, rng=rng)
            held = self.wave.play(np.full(n, pitch), np.full(n, 0.9), tables=tables, rng=rng)
            out = out + amplitude(level_db) * held
        chiff_db = number(self.chiff_db)
        if chiff_db > -60:
            puffs = np.zeros(n)
            for note in notes:
                add_at(puffs, grain=note.level * decay(samples_in(0.12), t60_s=0.12), start=note.start)
            out = out + amplitude(chiff_db) * puffs * normalised(
                shaped(noise(n, rng=rng), low_hz=400.0, high_hz=6000.0)
            )
        if not self.formants:
            return out
        first = self._through(out, formants=self.formants)
        if not self.vowel:
            return first
        rate = number(self.vowel_hz) * (1.0 + 0.3 * wander(n, rate_hz=1.0, rng=rng))
        share = 0.5 + 0.5 * cosine(phase_of(rate, start=float(rng.random())))
        return np.asarray(first * share + self._through(out, formants=self.vowel) * (1.0 - share))

    def _through(self, x: Array, *, formants: tuple[Formant, ...]) -> Array:
        out = amplitude(self.direct_db) * x
        for centre, width, gain_db in formants:
            out = out + amplitude(gain_db) * resonance(x, frequency_hz=number(centre), width_hz=number(width))
        return out

    def _contours(
        self, n: int, *, notes: list[Note], line: list[float], rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Draw one player's pitch in Hz and level in 0 to 1."""
        detune = number(self.spread_st) if self.players > 1 else 0.0
        late_s = number(self.spread_s) if self.players > 1 else 0.0
        glide, sounding = max(48, samples_in(number(self.glide_s))), number(self.sounding)
        release_s = number(self.release_s)
        levels = np.array([number(level) for level in self.swell])
        tuning = detune * (2.0 * float(rng.random()) - 1.0)
        knots: list[float] = []
        values: list[float] = []
        level = np.zeros(n)
        for note, step in zip(notes, line, strict=True):
            start = note.start + (samples_in(late_s * float(rng.random())) if note.start > 0 else 0)
            size = min(n - start, round(sounding * (note.stop - note.start)))
            if size < 480:
                continue
            scoop = draw(self.scoop_st, rng=rng)
            knots += [start, start + glide, max(start + glide + 1, note.stop)]
            values += [step - scoop, step, step]
            shape = np.interp(np.linspace(0.0, 1.0, size), np.linspace(0.0, 1.0, levels.size), levels)
            shape = shape * envelope(size, attack_s=draw(self.attack_s, rng=rng), release_s=release_s)
            level[start : start + size] = np.maximum(level[start : start + size], note.level * shape)
        if knots:
            order = np.maximum.accumulate(np.array(knots, dtype=np.float64))
            path = np.interp(np.arange(float(n)), order, np.array(values))
        else:
            path = np.zeros(n)
        return number(self.tune.pitch_hz) * exp2((path + tuning) / 12.0), np.maximum(level, number(self.floor))


@dataclass(frozen=True)
class Driven:
    """A sound through an amplifier: driven until it clips, through a loudspeaker's band."""

    synthesiser: Synthesiser
    """The sound."""
    drive_db: Range = 20.0
    """Gain ahead of the clipping; 0 hardly clips."""
    bias: Range = 0.1
    """How unlike the two halves of a wave are clipped (even partials)."""
    band_hz: tuple[Range, Range] = (80.0, 5000.0)
    """The loudspeaker's band."""
    body: tuple[Formant, ...] = ()
    """Its resonances, added."""
    hum_db: Range = -80.0
    """Level of the amplifier's own noise, ahead of the clipping; below -60 there is none."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        x = levelled(self.synthesiser(n, rng=rng))
        hum_db = number(self.hum_db)
        if hum_db > -60:
            x = x + amplitude(hum_db) * noise(n, rng=rng)
        x = amplitude(number(self.drive_db)) * shaped(x, low_hz=90.0) + number(self.bias)
        x = x / (1.0 + np.abs(x))
        dry = out = shaped(x, low_hz=number(self.band_hz[0]), high_hz=number(self.band_hz[1]))
        for centre, width, gain_db in self.body:
            out = out + amplitude(gain_db) * resonance(dry, frequency_hz=number(centre), width_hz=number(width))
        return out
