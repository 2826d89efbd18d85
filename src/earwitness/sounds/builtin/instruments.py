"""Musical instruments: tunes, strings that are plucked or struck, bodies, and an amplifier.

A ``Tune`` says what is played, ``Strings`` play it; ``Driven`` distorts what they play.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, next_fast_len
from scipy.signal import lfilter

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    SILENT_DB,
    Array,
    add_at,
    amplitude,
    cosine,
    decay,
    energy,
    exp2,
    levelled,
    noise,
    phase_of,
    resonance,
    samples_in,
    shaped,
    sine,
)
from earwitness.sounds.builtin.composite import Synthesiser
from earwitness.sounds.builtin.ranges import Each, Range, draw, number
from earwitness.sounds.builtin.tonal import Formant, resonant

__all__ = ["Driven", "Note", "Strings", "Tune", "bodied", "evened"]

_HALF_RATE = SAMPLE_RATE // 2
_RUBATO = 0.03  # how far notes of one length may differ, as a share of it
_VIBRATO_HZ = 5.0
_CONTACT_S = 0.03  # how long the noise of a pluck rings (60 dB)
_LEAD = 144  # samples at half the rate: what a zero-phase pluck spreads ahead of its time


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
    uneven_db: Range = 3.0
    """Spread of the notes' levels."""

    def notes(self, n: int, *, rng: np.random.Generator) -> list[Note]:
        """Draw what is played in ``n`` samples."""
        length_s, uneven_db = number(self.note_s), number(self.uneven_db)
        count = len(self.chords_st)
        first, index = int(rng.integers(count)), 0
        which, at = first, 0
        out = []
        while n - at > 480:
            stray = 1.0 + _RUBATO * (2.0 * float(rng.random()) - 1.0)
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


def bodied(x: Array, *, modes: int, modes_db: float, rng: np.random.Generator, scale: float = 1.0) -> Array:
    """Add to ``x`` narrow resonances that are drawn evenly over 200 Hz to 5 kHz; ``scale`` is on all Hz."""
    out = x
    for k in range(modes):
        centre_hz = scale * 200.0 * 25.0 ** ((k + float(rng.random())) / modes)
        hollow = resonance(x, frequency_hz=centre_hz, width_hz=(0.04 + 0.04 * float(rng.random())) * centre_hz)
        out = out + amplitude(modes_db) * (1.0 if k % 2 == 0 else -1.0) * hollow
    return out


def evened(x: Array, *, window: int) -> Array:
    """Halve the differences of level between one note and the next, in dB, as players and recordists do."""
    keep = math.exp(-1.0 / window)
    power = lfilter([1.0 - keep], [1.0, -keep], x * x)
    power = lfilter([1.0 - keep], [1.0, -keep], power[::-1])[::-1]
    return np.asarray(x / np.sqrt(np.sqrt(power + 1e-4 * energy(x) / x.size + 1e-30)))


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
    buzz_db: Range = -80.0
    """Level of the rattle of a string that grazes its bridge, slow to come and go; at or below -60 there is none."""
    contact_db: Range = -80.0
    """Noise of each pluck (a pick, a hammer, a key), against its note; at or below -60 there is none."""
    contact_hz: tuple[Range, Range] = (800.0, 5000.0)
    """Band of that noise."""
    low_hz: Range = 60.0
    """What is below is not radiated."""
    body: tuple[Formant, ...] = ()
    """Resonances of the body, added to the strings."""
    modes: int = 0
    """Narrow resonances besides, drawn evenly over 200 Hz to 5 kHz."""
    modes_db: Range = 0.0
    """Their level."""
    even: bool = False
    """Whether differences of level between its notes are halved, in dB."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        strum_s, held, mute_s = number(self.strum_s), number(self.held), number(self.mute_s)
        contact_db = number(self.contact_db)
        half = n // 2 + 1
        out, contacts = np.zeros(half), np.zeros(half)
        for note in self.tune.notes(n, rng=rng):
            order = note.chord_st if float(rng.random()) < 0.7 else note.chord_st[::-1]
            for k, step in enumerate(order):
                start = (note.start + samples_in(0.004 + strum_s * k * (0.8 + 0.4 * float(rng.random())))) // 2
                size = min(half - start, samples_in(held * (note.stop - note.start) / SAMPLE_RATE) // 2)
                if size < 600:
                    continue
                level = note.level * amplitude(-2.0 * float(rng.random())) / math.sqrt(len(order))
                grain = level * self._note(size, step=step, rng=rng)
                fade = min(size - 1, samples_in(mute_s) // 2)
                grain[size - fade :] *= np.linspace(1.0, 0.0, fade)
                add_at(out, grain=grain, start=start)
                if contact_db > SILENT_DB:
                    ring = samples_in(_CONTACT_S) // 2
                    knock = noise(ring, rng=rng) * decay(ring, t60_s=0.5 * _CONTACT_S)
                    add_at(contacts, grain=level * knock, start=start + _LEAD)
        if contact_db > SILENT_DB:
            # Filters are told twice the frequency at half the rate.
            low, high = 2.0 * number(self.contact_hz[0]), 2.0 * number(self.contact_hz[1])
            knocks = levelled(shaped(contacts, low_hz=low, high_hz=high))
            out = out + amplitude(contact_db) * math.sqrt(energy(out) / half) * knocks
        out = shaped(out, low_hz=2.0 * number(self.low_hz))
        wood = bodied(out, modes=self.modes, modes_db=number(self.modes_db), rng=rng, scale=2.0)
        out = wood + resonant(out, resonances=self.body, scale=2.0)
        return _doubled(evened(out, window=_HALF_RATE // 10) if self.even else out)[:n]

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
        if buzz_db > SILENT_DB:
            late = np.minimum(np.arange(size) / (0.06 * _HALF_RATE), 1.0) * decay(size, t60_s=2.0)
            rattle = play(size, pitch_hz=pitch, damping=0.05 * number(self.damping))
            out += amplitude(buzz_db) * late * shaped(rattle, low_hz=1400.0)
        if size == n:
            return out
        time = np.arange(float(n))
        contour = -bend * np.maximum(0.0, 1.0 - time / (bend_s * _HALF_RATE))
        if vibrato > 0:
            turn = phase_of(np.full(n, 2.0 * _VIBRATO_HZ), start=float(rng.random()))
            contour = contour + vibrato * np.minimum(time / (0.2 * _HALF_RATE), 1.0) * sine(turn)
        return np.asarray(np.interp(np.cumsum(exp2(contour / 12.0)), np.arange(float(size)), out))


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

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        x = levelled(self.synthesiser(n, rng=rng))
        x = amplitude(number(self.drive_db)) * shaped(x, low_hz=90.0) + number(self.bias)
        x = x / (1.0 + np.abs(x))
        out = shaped(x, low_hz=number(self.band_hz[0]), high_hz=number(self.band_hz[1]))
        return out + resonant(out, resonances=self.body)
