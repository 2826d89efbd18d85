"""Sounds of game consoles: pulse waves, triangles and shift-register noise, in fast steps and slides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    Array,
    add_at,
    amplitude,
    decay,
    envelope,
    exp2,
    normalised,
    path,
    phase_of,
    samples_in,
    shaped,
    sine,
)
from earwitness.sounds.builtin.ranges import Each, Range, draw, number

__all__ = ["Chip"]

_Wave = Literal["pulse", "triangle", "sine", "noise"]


@dataclass(frozen=True)
class Chip:
    """A voice of a sound chip that plays notes, each with its own slide and flicker: jumps, zaps, bleeps, tunes."""

    pitch_hz: Range
    """Pitch of step 0."""
    steps_st: tuple[float, ...] = (0.0,)
    """The notes, in semitones above ``pitch_hz``, in turn; a note of -99 is a rest."""
    lengths: tuple[float, ...] = (1.0,)
    """Relative lengths of the notes, in turn."""
    note_s: Range = 0.12
    """Length of a note of relative length 1."""
    sounding: Each = 1.0
    """The share of it that sounds; above 1 it overlaps the next note."""
    once: bool = False
    """Play the steps once, the last note to the end of the time."""
    wave: _Wave = "pulse"
    """What it plays."""
    duty: Range = 0.5
    """The share of a cycle in which a pulse is high."""
    slide_st: tuple[Each, ...] = (0.0,)
    """The pitch inside each note: semitones, at points spread evenly over it."""
    arpeggio_st: tuple[float, ...] = (0.0,)
    """Pitches that a note flickers through."""
    arpeggio_hz: Range = 0.0
    """How many of them a second; 0 holds the note."""
    vibrato_hz: Range = 8.0
    """Rate of the vibrato."""
    vibrato_st: Each = 0.0
    """Half its depth, in semitones."""
    ratio: Each = 1.0
    """Pitch of a second oscillator that shakes the first one's (FM), relative to it."""
    index: Each = 0.0
    """How far it does, in cycles; 0 is not at all."""
    t60_s: Range = 0.0
    """Decay of each note; 0 holds it."""
    echo_s: Range = 0.0
    """Time after which it is heard again, fainter; 0 is never."""
    echo_db: Range = -8.0
    """Level of each echo against the one before."""

    def __post_init__(self) -> None:
        """Refuse a wave that there is not."""
        if self.wave not in get_args(_Wave):
            raise ValueError(f"Chip.wave: expected one of {', '.join(map(repr, get_args(_Wave)))}, got {self.wave!r}")

    def note(self, pitch_hz: float, size: int, *, rng: np.random.Generator) -> Array:
        """Render one note of peak 1."""
        bend = path([draw(value, rng=rng) for value in self.slide_st], size)
        arpeggio_hz = number(self.arpeggio_hz)
        seconds = np.arange(size) / SAMPLE_RATE
        if arpeggio_hz > 0:
            steps = np.array(self.arpeggio_st)
            bend = bend + steps[(seconds * arpeggio_hz).astype(np.int64) % steps.size]
        depth = draw(self.vibrato_st, rng=rng)
        if depth > 0:
            bend = bend + depth * sine(seconds * number(self.vibrato_hz))
        contour = np.clip(pitch_hz * exp2(bend / 12.0), 20.0, 12_000.0 if self.wave == "noise" else 6_000.0)
        phase = phase_of(contour)
        index = draw(self.index, rng=rng)
        if index > 0:
            phase = phase + index * sine(phase_of(contour * draw(self.ratio, rng=rng)))
            phase = phase - np.floor(phase)
        wave = self._wave(phase, contour, rng=rng)
        t60_s = number(self.t60_s)
        wave = wave * envelope(size, attack_s=0.002, release_s=0.004)
        return wave * decay(size, t60_s=t60_s) if t60_s > 0 else wave

    def _wave(self, phase: Array, contour: Array, *, rng: np.random.Generator) -> Array:
        if self.wave == "sine":
            return sine(phase)
        if self.wave == "triangle":
            return 4.0 * np.abs(phase - 0.5) - 1.0
        if self.wave == "noise":
            held = np.floor(np.cumsum(contour) / SAMPLE_RATE).astype(np.int64)
            return 2.0 * rng.random(int(held[-1]) + 1)[held] - 1.0
        # The edges of a pulse are drawn out over one sample, so that they do not jitter.
        duty, step = number(self.duty), contour / SAMPLE_RATE
        rise = np.minimum(phase / step, 1.0)
        fall = np.clip((phase - duty) / step, 0.0, 1.0)
        return 2.0 * (rise - fall) - 1.0

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        pitch, length_s = number(self.pitch_hz), number(self.note_s)
        out = np.zeros(n)
        at, index = 0, 0
        while at < n and not (self.once and index >= len(self.steps_st)):
            last = self.once and index == len(self.steps_st) - 1
            step = self.steps_st[index % len(self.steps_st)]
            whole = n - at if last else samples_in(length_s * self.lengths[index % len(self.lengths)])
            size = min(n - at, max(240, round(whole * draw(self.sounding, rng=rng))))
            if size >= 240 and step > -99:
                tuned = pitch * math.pow(2.0, step / 12.0)
                add_at(out, grain=self.note(tuned, size, rng=rng), start=at)
            at += whole
            index += 1
        echo = samples_in(number(self.echo_s))
        if echo > 0:
            again = out
            for _ in range(3):
                again = amplitude(number(self.echo_db)) * np.concatenate([np.zeros(min(n, echo)), again])[:n]
                out = out + again
        return normalised(shaped(out, high_hz=7_500.0))
