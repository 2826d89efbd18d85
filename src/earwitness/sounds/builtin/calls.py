"""Voices of animals and people: a buzzing source and breath, through a throat whose vowel moves during each call."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    SILENT_DB,
    Array,
    along,
    amplitude,
    buzz,
    cosine,
    exp2,
    factors,
    factors_along,
    hiss,
    normalised,
    resonance,
    samples_in,
    shaped,
    sine,
    wander,
)
from earwitness.sounds.builtin.composite import Synthesiser
from earwitness.sounds.builtin.ranges import Each, Range, draw, number
from earwitness.sounds.builtin.tonal import Formant

__all__ = ["Crowd", "Voice", "Vowel"]

Vowel = tuple[Formant, ...]
"""Resonances of one position of a throat: centre in Hz, width in Hz, gain in dB."""

_Index = npt.NDArray[np.int64]

_RING_S = 0.06  # how long a resonance is heard after its vowel is over


@dataclass(frozen=True)
class Voice:
    """A call, or a phrase of calls, of something with a throat: a moo, a bark, a laugh, a scream, a hoot.

    The source (partials in closed form, and breath) follows a contour of pitch and two of level, and passes through
    a bank of resonances for each vowel; the outputs are cross-faded while the call goes from vowel to vowel. Contours
    are points spread evenly over each call. With ``every_s`` the call is repeated, and ``course_st`` and
    ``course_db`` run over the whole phrase.
    """

    pitch_hz: Range
    """Pitch that the contour is relative to."""
    vowels: tuple[Vowel, ...] = ()
    """What the throat passes through in a call, evenly spread (one: it stays so; none: no resonances)."""
    contour_st: tuple[Range, ...] = (0.0,)
    """Pitch at points evenly spread over a call, in semitones."""
    levels_db: tuple[Range, ...] = (0.0,)
    """Level of the voice at such points, straight lines of amplitude between them; at or below -60 it is silent."""
    breath_db: tuple[Range, ...] = (-26.0,)
    """Level of the breath (turbulence through the same throat) at such points, relative to a voice at 0 dB."""
    breath_hz: tuple[Range, Range] = (300.0, 6000.0)
    """Band of the breath."""
    tract: Range = 1.0
    """Factor on all resonances: above 1 is a smaller head."""
    sharp: bool = False
    """Each resonance is two in a row: deep valleys between narrow peaks."""
    lid_hz: Range = 0.0
    """Above this hardly anything comes out (24 dB an octave); 0 leaves it open."""
    direct_db: Range = -34.0
    """How much of the source comes out past the resonances."""
    rolloff: Range = 0.95
    """Each partial relative to the one below: 0 is a sine, 0.95 a buzz."""
    bright_hz: Range = 3000.0
    """Above this the voice falls by 6 dB an octave where it is loud."""
    soft_hz: Range = 700.0
    """Above this it falls by another 6 dB an octave where it is faint."""
    vibrato_hz: Range = 6.0
    """Rate of the vibrato and of the tremolo."""
    vibrato_st: Range = 0.0
    """Half the depth of the vibrato, in semitones."""
    tremolo_db: Range = 0.0
    """Depth of the tremolo: how much fainter it is between its peaks."""
    wander_st: Range = 0.15
    """Slow random drift of the pitch, in semitones either way."""
    jitter_st: Range = 0.1
    """Fast random unsteadiness of the pitch, in semitones either way: 0.1 is natural, 1 hoarse, 3 a roar."""
    jitter_hz: Range = 60.0
    """How many turns of it a second."""
    rough: Range = 0.0
    """Depth of an irregular fast amplitude modulation: 0 is smooth, 1 a rattle."""
    rough_hz: Range = 70.0
    """Rate of the roughness."""
    sub: Range = 0.0
    """Depth of a modulation at half the pitch, which weakens every second pulse of a voice that is pressed: 0 to 1."""
    every_s: Range = 0.0
    """Time from one call to the next; 0 makes one call of the whole time."""
    sounding: Each = 0.9
    """How long a call lasts, as a share of that time."""
    late: Range = 0.05
    """How far that time may differ from call to call, as a share of it."""
    spread_st: Range = 0.0
    """How far each call's pitch may stray, in semitones either way."""
    uneven_db: Range = 2.0
    """Spread of the calls' levels."""
    course_st: tuple[Range, ...] = (0.0,)
    """Pitch at points evenly spread over the whole phrase, in semitones, on top of each call's own."""
    course_db: tuple[Range, ...] = (0.0,)
    """Level at such points."""
    ends_s: Range = 0.012
    """Rise and fall of each call, whatever its levels."""
    floor_db: Range = -80.0
    """Noise of the place (0.1 to 4 kHz) under it all; at or below -60 there is none."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        call, place, gate = self._calls(n, rng=rng)
        count = int(call[-1]) + 1
        phrase = np.arange(n) / n
        strays = number(self.spread_st) * (2.0 * rng.random(count) - 1.0)
        forces = factors(-number(self.uneven_db) * rng.random(count))
        gate = gate * forces[call] * factors(_path(self.course_db, phrase))
        pitch = _path(self.contour_st, place) + _path(self.course_st, phrase) + strays[call]
        level = _path(self.levels_db, place, levels=True)
        voice = self._voice(pitch, level, rng=rng) * level
        breath = np.zeros(n)
        if max(number(b) for b in self.breath_db) > SILENT_DB:
            edges = number(self.breath_hz[0]), number(self.breath_hz[1])
            breath = hiss(n, low_hz=edges[0], high_hz=edges[1], rng=rng) * _path(self.breath_db, place, levels=True)
        out = self._throat((voice + breath) * gate, place)
        floor_db = number(self.floor_db)
        if floor_db > SILENT_DB:
            out = normalised(out) + amplitude(floor_db) * hiss(n, low_hz=100.0, high_hz=4000.0, rng=rng)
        return out

    def _calls(self, n: int, *, rng: np.random.Generator) -> tuple[_Index, Array, Array]:
        """Lay out the calls: for each sample the call's number, how far through it (0 to 1), and its gate."""
        call, place, gate = np.zeros(n, dtype=np.int64), np.ones(n), np.zeros(n)
        every_s, late, ends = number(self.every_s), number(self.late), max(8, samples_in(number(self.ends_s)))
        at, k = 0, 0
        while at < n:
            whole, size = n, n
            if every_s > 0:
                whole = max(480, samples_in(every_s * (1.0 + late * (2.0 * float(rng.random()) - 1.0))))
                size = max(480, round(whole * draw(self.sounding, rng=rng)))
            stop = min(n, at + size)
            # A call that the end would cut to less than a third is left out; a longer one is hurried.
            if k > 0 and stop - at < size // 3:
                break
            size = stop - at
            steps = np.arange(size)
            call[at:] = k
            place[at:stop] = steps / size
            place[stop:] = 1.0
            near = np.minimum(np.minimum(steps + 1.0, size - steps), ends) / ends
            gate[at:stop] = near * near * (3.0 - 2.0 * near)
            at, k = at + max(whole, size), k + 1
        return call, place, gate

    def _voice(self, pitch_st: Array, level: Array, *, rng: np.random.Generator) -> Array:
        """Render the source of a contour in semitones, of unit RMS or so."""
        n = pitch_st.size
        bend = number(self.wander_st) * wander(n, rate_hz=3.0, rng=rng)
        bend = bend + number(self.jitter_st) * wander(n, rate_hz=number(self.jitter_hz), rng=rng)
        vibrato_st, tremolo_db = number(self.vibrato_st), number(self.tremolo_db)
        swing = np.zeros(n)
        if vibrato_st > 0 or tremolo_db > 0:
            speed = number(self.vibrato_hz) * (1.0 + 0.15 * wander(n, rate_hz=3.0, rng=rng))
            swing = sine(np.cumsum(speed) / SAMPLE_RATE + float(rng.random()))
            bend = bend + vibrato_st * swing
        pitch = np.minimum(number(self.pitch_hz) * exp2((pitch_st + bend) / 12.0), 7000.0)
        turns = np.cumsum(pitch) / SAMPLE_RATE + float(rng.random())
        phase = turns - np.floor(turns)
        tone = normalised(buzz(phase, top_hz=float(np.max(pitch)), rolloff=number(self.rolloff)))
        bright = _dulled(tone, number(self.bright_hz))
        loud = np.minimum(level, 1.0)
        tone = loud * bright + (1.0 - loud) * _dulled(bright, number(self.soft_hz))
        sub, rough = number(self.sub), number(self.rough)
        if sub > 0:
            tone = tone * (1.0 - sub * (0.5 + 0.5 * cosine(0.5 * turns)))
        if rough > 0:
            rate = number(self.rough_hz) * (1.0 + 0.35 * wander(n, rate_hz=25.0, rng=rng))
            tone = tone * (1.0 - rough * (0.5 + 0.5 * cosine(np.cumsum(rate) / SAMPLE_RATE)))
        if tremolo_db > 0:
            tone = tone * factors_along(0.5 - 0.5 * swing, depth_db=-tremolo_db)
        return normalised(tone)

    def _throat(self, source: Array, place: Array) -> Array:
        """Pass the source through the vowels, one after the other in each call."""
        lid_hz = number(self.lid_hz)
        if lid_hz > 0:
            source = shaped(source, high_hz=lid_hz)
        if not self.vowels:
            return source
        tract, out = number(self.tract), amplitude(number(self.direct_db)) * source
        knots = np.linspace(0.0, 1.0, len(self.vowels))
        for k, vowel in enumerate(self.vowels):
            heard = source
            if len(self.vowels) > 1:
                share = np.zeros(len(self.vowels))
                share[k] = 1.0
                heard = source * np.interp(place, knots, share)
            sounds = np.flatnonzero(heard)
            if sounds.size == 0:
                continue
            span = slice(int(sounds[0]), min(source.size, int(sounds[-1]) + samples_in(_RING_S)))
            for centre, width, gain_db in vowel:
                peak = min(tract * number(centre), 7600.0)
                ring = resonance(heard[span], frequency_hz=peak, width_hz=number(width))
                if self.sharp:
                    ring = resonance(ring, frequency_hz=peak, width_hz=number(width))
                out[span] += amplitude(gain_db) * ring
        return out


@dataclass(frozen=True)
class Crowd:
    """Many of a kind at once: a few takes, played many times over from other places at other speeds."""

    synthesiser: Synthesiser
    """One of them."""
    voices: int = 12
    """How many there are."""
    takes: int = 4
    """How many are rendered; the others are these, transposed."""
    spread_st: Range = 3.0
    """How far a copy is transposed, in semitones either way."""
    far_db: Range = 8.0
    """Spread of their levels."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        spread, far_db = number(self.spread_st), number(self.far_db)
        kit = [normalised(self.synthesiser(n, rng=rng)) for _ in range(min(self.takes, self.voices))]
        out = np.zeros(n)
        steps = np.arange(n, dtype=np.float64)
        for k in range(self.voices):
            take = kit[k % len(kit)]
            speed = 2.0 ** (spread * (2.0 * float(rng.random()) - 1.0) / 12.0) if k >= len(kit) else 1.0
            where = steps * speed + float(rng.random()) * n if k > 0 else steps
            where = where - np.floor(where / n) * n
            out = out + amplitude(-far_db * float(rng.random())) * np.interp(where, steps, take)
        return out


def _path(points: tuple[Range, ...], place: Array, *, levels: bool = False) -> Array:
    """Return a contour's value at each place (0 to 1) between its evenly spread points; levels become factors."""
    values = [number(p) for p in points]
    if levels:
        values = [amplitude(v) if v > SILENT_DB else 0.0 for v in values]
    return along(values, places=place)


def _dulled(x: Array, edge_hz: float) -> Array:
    """Take 6 dB an octave off above an edge."""
    pole = math.exp(-2.0 * math.pi * min(edge_hz, 20_000.0) / SAMPLE_RATE)
    return np.asarray(lfilter([1.0 - pole], [1.0, -pole], x))
