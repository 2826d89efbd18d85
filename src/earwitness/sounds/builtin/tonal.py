"""Sounds with a pitch that is held or follows a tune: signals, voices, pipes, horns.

A ``Timbre`` is a source with its filter; ``Tone`` holds it, ``Notes`` plays a tune on it, ``Symbols`` plays letters
of an alphabet of chords, as modems and telephones do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    SILENT_DB,
    Array,
    add_at,
    amplitude,
    buzz,
    cosine,
    envelope,
    exp2,
    hiss,
    moving_noise,
    noise,
    normalised,
    path,
    phase_of,
    resonance,
    samples_in,
    shaped,
    sine,
    wander,
)
from earwitness.sounds.builtin.ranges import Range, number

__all__ = ["Formant", "Notes", "Symbols", "Timbre", "Tone", "resonant"]

Formant = tuple[Range, Range, float]
"""A resonance: centre in Hz, width in Hz, gain in dB."""


def resonant(
    x: Array, *, resonances: Sequence[tuple[Range, Range, Range]], scale: float = 1.0, beside: Array | None = None
) -> Array:
    """Pass ``x`` through resonances in parallel.

    Parameters
    ----------
    x
        What excites them, shape (n,).
    resonances
        Centre in Hz, width in Hz and gain in dB of each.
    scale
        Factor on all Hz.
    beside
        What they are added to, shape (n,); None is silence.
    """
    out = np.zeros(x.size) if beside is None else beside.copy()
    for centre, width, gain_db in resonances:
        hollow = resonance(x, frequency_hz=scale * number(centre), width_hz=scale * number(width))
        out += amplitude(number(gain_db)) * hollow
    return out


@dataclass(frozen=True)
class Timbre:
    """A source with its filter: what turns a pitch contour into samples of unit RMS."""

    rolloff: Range = 0.0
    """Each partial relative to the one below: 0 is a sine, 0.9 a buzz."""
    odd: bool = False
    """Odd partials only."""
    vibrato_hz: Range = 5.0
    """Rate of the vibrato."""
    vibrato_st: Range = 0.0
    """Half its depth, in semitones."""
    wander_st: Range = 0.03
    """Slow random drift of the pitch, in semitones."""
    rough_hz: Range = 70.0
    """Rate of the roughness."""
    rough: Range = 0.0
    """Depth of a fast amplitude modulation: 0 is smooth, 1 a rattle."""
    breath_db: Range = -80.0
    """Noise around the pitch, relative to the tone; at or below -60 there is none."""
    breath_width: Range = 0.3
    """Width of that noise, as a share of the pitch."""
    air_db: Range = -80.0
    """Broad noise (0.5 to 6 kHz, through the formants), relative to the tone; at or below -60 there is none."""
    formants: tuple[Formant, ...] = ()
    """Resonances that the source passes through, in parallel; none leaves it as it is."""

    def player(self, *, rng: np.random.Generator) -> Callable[[Array], Array]:
        """Draw one instrument of this kind: a function from a pitch contour in Hz to samples of unit RMS."""
        rolloff, speed, depth = (number(v) for v in (self.rolloff, self.vibrato_hz, self.vibrato_st))
        drift, rough_hz, rough = (number(v) for v in (self.wander_st, self.rough_hz, self.rough))
        breath_db, width = number(self.breath_db), number(self.breath_width)
        air_db = number(self.air_db)

        def play(pitch_hz: Array) -> Array:
            n = pitch_hz.size
            bend = drift * wander(n, rate_hz=3.0, rng=rng)
            if depth > 0:
                # Nobody begins a note with vibrato: it takes a quarter of a second to come.
                late = np.minimum(np.arange(n) / (0.25 * SAMPLE_RATE), 1.0)
                bend = bend + depth * late * sine(phase_of(np.full(n, speed), start=float(rng.random())))
            pitch = pitch_hz * exp2(bend / 12.0)
            phase = phase_of(pitch, start=float(rng.random()))
            tone = normalised(buzz(phase, top_hz=float(np.max(pitch)), rolloff=rolloff, odd=self.odd))
            if breath_db > SILENT_DB:
                centre = float(np.cumsum(pitch_hz)[-1]) / n
                tone = tone + amplitude(breath_db) * moving_noise(pitch, width_hz=max(40.0, width * centre), rng=rng)
            if air_db > SILENT_DB:
                tone = tone + amplitude(air_db) * hiss(n, low_hz=500.0, high_hz=6000.0, rng=rng)
            if rough > 0:
                rate = rough_hz * (1.0 + 0.2 * wander(n, rate_hz=20.0, rng=rng))
                tone = tone * (1.0 - rough * (0.5 + 0.5 * cosine(phase_of(rate))))
            if self.formants:
                tone = resonant(tone, resonances=self.formants, beside=0.02 * tone)
            return normalised(tone)

        return play


@dataclass(frozen=True)
class Tone:
    """One held tone or chord, for as long as is asked: dial tones, horns, whistles, organs."""

    pitch_hz: Range
    """The lowest pitch."""
    chord_st: tuple[Range, ...] = (0.0,)
    """Pitches held together, in semitones above the lowest."""
    timbre: Timbre = field(default_factory=Timbre)
    """The instrument."""
    sweep_st: Range = 0.0
    """How far a wail rises above the pitch, in semitones."""
    sweep_hz: Range = 0.3
    """How many wails a second."""
    attack_s: Range = 0.02
    """Time it takes to sound fully; its end takes as long."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        pitch, sweep = number(self.pitch_hz), number(self.sweep_st)
        contour = np.full(n, pitch)
        if sweep > 0:
            turn = phase_of(np.full(n, number(self.sweep_hz)), start=float(rng.random()))
            contour = pitch * exp2(sweep * (0.5 - 0.5 * cosine(turn)) / 12.0)
        out = np.zeros(n)
        play = self.timbre.player(rng=rng)
        for step in self.chord_st:
            out = out + play(contour * 2.0 ** (number(step) / 12.0))
        ends = number(self.attack_s)
        return out * envelope(n, attack_s=ends, release_s=ends)


@dataclass(frozen=True)
class Notes:
    """A tune on one timbre, repeated to fill the time: beepers, birds, pipes, brass, jingles."""

    pitch_hz: Range
    """Pitch of step 0."""
    timbre: Timbre = field(default_factory=Timbre)
    """The instrument."""
    steps_st: tuple[float, ...] = (0.0,)
    """The notes, in semitones above ``pitch_hz``, played in turn (or drawn, see ``drawn``)."""
    drawn: bool = False
    """Draw each note from ``steps_st`` instead of playing them in turn."""
    lengths: tuple[float, ...] = (1.0,)
    """Relative lengths of the notes, in turn."""
    note_s: Range = 0.3
    """Length of a note of relative length 1, its gap included."""
    sounding: Range = 0.9
    """The share of it that sounds; above 1 it overlaps the next note."""
    bend_st: tuple[float, ...] = (0.0,)
    """Bends of the pitch inside each note, in semitones, spread evenly over it."""
    spread_st: Range = 0.0
    """How far a note's pitch may stray, in semitones (drawn once a note, either way)."""
    attack_s: Range = 0.01
    """Rise and fall of each note."""
    once: bool = False
    """Play the steps once, to the end of the time, the last note longest."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        pitch, length_s = number(self.pitch_hz), number(self.note_s)
        sounding, ends_s = number(self.sounding), number(self.attack_s)
        play = self.timbre.player(rng=rng)
        out = np.zeros(n)
        at, index = 0, 0
        while at < n and not (self.once and index >= len(self.steps_st)):
            last = self.once and index == len(self.steps_st) - 1
            step = self.steps_st[index % len(self.steps_st)]
            if self.drawn:
                step = self.steps_st[int(rng.integers(len(self.steps_st)))]
            stray = number(self.spread_st) * (2.0 * float(rng.random()) - 1.0)
            whole = n - at if last else samples_in(length_s * self.lengths[index % len(self.lengths)])
            size = min(n - at, whole if last else max(240, round(whole * sounding)))
            if size >= 240:
                grain = play(pitch * exp2((path(self.bend_st, size) + (step + stray)) / 12.0))
                grain = grain * envelope(size, attack_s=ends_s, release_s=ends_s)
                # No player or bird gives all notes one force: they differ by up to 2 dB.
                add_at(out, grain=grain * amplitude(-2.0 * float(rng.random())), start=at)
            at += whole
            index += 1
        return out


@dataclass(frozen=True)
class Symbols:
    """Chords drawn from an alphabet, one after the other: a modem, a keypad."""

    alphabet_hz: tuple[tuple[float, ...], ...]
    """The chords."""
    symbol_s: Range
    """Length of a symbol, its gap included."""
    sounding: Range = 1.0
    """The share of it that sounds."""
    floor_db: float = -34.0
    """Level of the line's own noise."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        whole, sounding = samples_in(number(self.symbol_s)), number(self.sounding)
        count = math.ceil(n / whole)
        letters = rng.integers(len(self.alphabet_hz), size=count)
        voices = max(len(chord) for chord in self.alphabet_hz)
        out = np.zeros(n)
        for voice in range(voices):
            pitches = np.array([chord[voice % len(chord)] for chord in self.alphabet_hz])
            out = out + sine(phase_of(np.repeat(pitches[letters], whole)[:n]))
        if sounding < 1:
            gate = envelope(round(whole * sounding), attack_s=0.004, release_s=0.004)
            gates = np.tile(np.concatenate([gate, np.zeros(whole - gate.size)]), count)[:n]
            out = out * gates
        line = normalised(shaped(noise(n, rng=rng), low_hz=300.0, high_hz=3400.0))
        return np.asarray(out + amplitude(self.floor_db) * line)
