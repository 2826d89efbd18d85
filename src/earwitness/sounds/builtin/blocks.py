"""The building blocks of the built-in sounds: sources, filters, resonators, envelopes and a small room.

Everything here works in float64 at one sample rate, on arrays of shape (n,). So that the rendered bytes are the same
under every NumPy and on every processor of one kind, whatever vector kernels they choose: sines and powers of two are
polynomials of plain sums and products, which IEEE 754 fixes to the last bit; filter coefficients come from ``math``;
and no matrix products are used, whose order of summation varies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import lfilter, sosfilt

__all__ = [
    "DOUBLING_DB",
    "LN_1000",
    "SAMPLE_RATE",
    "SILENT_DB",
    "Array",
    "add_at",
    "along",
    "amplitude",
    "buzz",
    "cosine",
    "decay",
    "energy",
    "envelope",
    "exp2",
    "factors",
    "factors_along",
    "hiss",
    "levelled",
    "modal",
    "moving_noise",
    "noise",
    "normalised",
    "path",
    "peaked",
    "phase_of",
    "resonance",
    "room",
    "samples_in",
    "shaped",
    "shelf",
    "sine",
    "smeared",
    "total",
    "wander",
]

SAMPLE_RATE = 48_000
"""Samples a second of everything that is synthesised here."""

SILENT_DB = -60.0
"""A level at or below this is silence: what has it is left out."""

DOUBLING_DB = 6.0206
"""The level of twice the amplitude."""

LN_1000 = math.log(1000.0)
"""What falls by 60 dB has fallen by this in its logarithm."""

_NYQUIST_GUARD_HZ = 7_600.0  # no harmonic is put above this: banks are resampled to 16 kHz by default

Array = npt.NDArray[np.float64]

_LOG2_1000 = math.log2(1000.0)
_EXP2 = tuple(math.log(2.0) ** k / math.factorial(k) for k in range(11))
_SINE = tuple((-1) ** k * (2.0 * math.pi) ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(9))


def samples_in(seconds: float) -> int:
    """Return the whole number of samples nearest to a time."""
    return round(seconds * SAMPLE_RATE)


def noise(n: int, *, rng: np.random.Generator) -> Array:
    """Return white Gaussian noise of unit variance, shape (n,)."""
    return np.asarray(rng.standard_normal(n))


def total(x: Array) -> float:
    """Return the sum, added from left to right: NumPy's own sum changes its order between versions."""
    return float(np.cumsum(x)[-1]) if x.size else 0.0


def energy(x: Array) -> float:
    """Return the sum of squares, added from left to right."""
    return total(x * x)


def normalised(x: Array) -> Array:
    """Return ``x`` scaled to an RMS of 1; silence stays silence."""
    power = energy(x)
    return np.asarray(x * math.sqrt(x.size / power)) if power > 0 else x.copy()


def amplitude(level_db: float) -> float:
    """Return the factor that a level in dB stands for."""
    return float(10.0 ** (level_db / 20.0))


def levelled(x: Array) -> Array:
    """Return ``x`` scaled so that its loudest 50 ms have an RMS of 1; silence stays silence."""
    size = min(x.size, samples_in(0.05))
    if size == 0:
        return x.copy()
    so_far = np.concatenate([[0.0], np.cumsum(x * x)])
    loudest = float(np.max(so_far[size:] - so_far[:-size]))
    return np.asarray(x * math.sqrt(size / loudest)) if loudest > 0 else x.copy()


def peaked(x: Array, *, peak: float = 1.0) -> Array:
    """Return ``x`` scaled to a largest sample of ``peak``; silence stays silence."""
    return np.asarray(x * peak / max(1e-9, float(np.max(np.abs(x)))))


def along(points: Sequence[float], *, places: Array) -> Array:
    """Return what lies at each place, 0 to 1, on straight lines through points that are spread evenly."""
    return np.asarray(np.interp(places, np.linspace(0.0, 1.0, len(points)), points))


def path(points: Sequence[float], n: int) -> Array:
    """Return straight lines through points that are spread evenly over ``n`` samples, shape (n,)."""
    return along(points, places=np.linspace(0.0, 1.0, n))


def wander(n: int, *, rate_hz: float, rng: np.random.Generator) -> Array:
    """Return a slow random control signal in [-1, 1], with a new target ``rate_hz`` times a second."""
    knots = max(2, math.ceil(n * rate_hz / SAMPLE_RATE) + 2)
    targets = 2.0 * rng.random(knots) - 1.0
    position = np.arange(n) * (rate_hz / SAMPLE_RATE) + float(rng.random())
    whole = np.minimum(position.astype(np.int64), knots - 2)
    part = position - whole
    part = part * part * (3.0 - 2.0 * part)
    return np.asarray(targets[whole] * (1.0 - part) + targets[whole + 1] * part)


def exp2(x: Array) -> Array:
    """Return 2 to the power of each value: within 1e-11 of the truth, and the same bits everywhere."""
    whole = np.rint(x)
    part = x - whole
    power = np.full(x.shape, _EXP2[-1])
    for coefficient in _EXP2[-2::-1]:
        power *= part
        power += coefficient
    return np.asarray(np.ldexp(power, whole.astype(np.int32)))


def factors(levels_db: Array) -> Array:
    """Return the factor that each level in dB stands for, as ``amplitude`` does for one."""
    return exp2(levels_db / DOUBLING_DB)


def factors_along(course: Array, *, depth_db: float) -> Array:
    """Return the factors of a level that follows a course: ``depth_db`` where the course is 1, 0 dB where it is 0."""
    return exp2(depth_db / DOUBLING_DB * course)


def sine(turns: Array) -> Array:
    """Return the sine of angles given in turns: within 1e-11 of the truth, and the same bits everywhere."""
    signed = turns - np.rint(turns)
    # The polynomial holds for a quarter turn; the second quarter is the first one mirrored.
    quarter = np.copysign(0.25 - np.abs(np.abs(signed) - 0.25), signed)
    square = quarter * quarter
    value = np.full(turns.shape, _SINE[-1])
    for coefficient in _SINE[-2::-1]:
        value *= square
        value += coefficient
    return np.asarray(value * quarter)


def cosine(turns: Array) -> Array:
    """Return the cosine of angles given in turns, as ``sine`` does."""
    return sine(turns + 0.25)


def phase_of(frequency_hz: Array, *, start: float = 0.0) -> Array:
    """Return the phase of an oscillator that follows a pitch contour, in turns, in [0, 1)."""
    turns = np.cumsum(frequency_hz) / SAMPLE_RATE + start
    return np.asarray(turns - np.floor(turns))


def buzz(phase: Array, *, top_hz: float, rolloff: float, odd: bool = False) -> Array:
    """Return a harmonic tone in closed form: each partial is ``rolloff`` times as strong as the one below it.

    Parameters
    ----------
    phase
        Phase of the fundamental, shape (n,), turns.
    top_hz
        The highest fundamental; it bounds the number of partials, so that none passes 7.6 kHz.
    rolloff
        0 is a sine, 0.9 a reedy buzz; below 1.
    odd
        Odd partials only (a hollow, square-wave timbre).

    Notes
    -----
    The finite sum of a^k sin(p + k d) over k = 0..N (Moorer, 1976), with d = p or 2 p.
    """
    stride = 2 if odd else 1
    last = max(0, int((_NYQUIST_GUARD_HZ / top_hz - 1.0) / stride))
    if rolloff <= 0 or last == 0:
        return sine(phase)
    step = stride * phase
    tail = rolloff ** (last + 1)
    above = sine(phase + (last + 1) * step) - rolloff * sine(phase + last * step)
    numerator = sine(phase) - tail * above
    if odd:  # else the term is the sine of nought
        numerator -= rolloff * sine(phase - step)
    return numerator / (1.0 + rolloff * rolloff - 2.0 * rolloff * cosine(step))


def _biquad(kind: str, frequency_hz: float, q: float) -> Array:
    """Return one second-order section (Bristow-Johnson's cookbook), shape (1, 6)."""
    omega = 2.0 * math.pi * min(max(frequency_hz, 10.0), 0.45 * SAMPLE_RATE) / SAMPLE_RATE
    cos, alpha = math.cos(omega), math.sin(omega) / (2.0 * q)
    if kind == "low":
        b = ((1.0 - cos) / 2.0, 1.0 - cos, (1.0 - cos) / 2.0)
    elif kind == "high":
        b = ((1.0 + cos) / 2.0, -(1.0 + cos), (1.0 + cos) / 2.0)
    else:
        b = (alpha, 0.0, -alpha)
    a0 = 1.0 + alpha
    row = [b[0] / a0, b[1] / a0, b[2] / a0, 1.0, -2.0 * cos / a0, (1.0 - alpha) / a0]
    return np.array([row], dtype=np.float64)


def shaped(x: Array, *, low_hz: float = 0.0, high_hz: float = 0.0) -> Array:
    """Keep what lies between two edges, at 24 dB an octave; an edge of 0 is left open."""
    sections = [_biquad("high", low_hz, q) for q in (0.541, 1.307) if low_hz > 0]
    sections += [_biquad("low", high_hz, q) for q in (0.541, 1.307) if high_hz > 0]
    return np.asarray(sosfilt(np.concatenate(sections), x)) if sections else x.copy()


def resonance(x: Array, *, frequency_hz: float, width_hz: float) -> Array:
    """Pass ``x`` through one resonance (unit gain at its centre)."""
    return np.asarray(sosfilt(_biquad("band", frequency_hz, max(0.3, frequency_hz / width_hz)), x))


def shelf(x: Array, *, frequency_hz: float, gain_db: float) -> Array:
    """Lift or lower what is above ``frequency_hz`` by ``gain_db`` (first order)."""
    k = math.tan(math.pi * frequency_hz / SAMPLE_RATE)
    gain = amplitude(gain_db)
    return np.asarray(lfilter([(k + gain) / (1 + k), (k - gain) / (1 + k)], [1.0, (k - 1) / (1 + k)], x))


def hiss(n: int, *, low_hz: float, high_hz: float, rng: np.random.Generator) -> Array:
    """Return band-limited noise of unit RMS, shape (n,)."""
    return normalised(shaped(noise(n, rng=rng), low_hz=low_hz, high_hz=high_hz))


def moving_noise(frequency_hz: Array, *, width_hz: float, rng: np.random.Generator) -> Array:
    """Return a narrow band of noise of unit RMS whose centre follows a contour: a whistle of air."""
    n = frequency_hz.size
    low = _biquad("low", width_hz / 2.0, 0.707)
    turn = phase_of(frequency_hz)
    across, ahead = sosfilt(low, rng.standard_normal((2, n)))
    return normalised(across * cosine(turn) + ahead * sine(turn))


def modal(strike: Array, *, frequencies_hz: list[float], t60_s: list[float], gains: list[float]) -> Array:
    """Ring a bank of decaying resonators with an excitation.

    Parameters
    ----------
    strike
        The excitation, shape (n,); an impulse of 1 rings mode k at the amplitude ``gains[k]``.
    frequencies_hz, t60_s, gains
        One value a mode; modes above 7.6 kHz are left out.
    """
    out = np.zeros(strike.size)
    for frequency, ring, gain in zip(frequencies_hz, t60_s, gains, strict=True):
        if frequency >= _NYQUIST_GUARD_HZ:
            continue
        omega = 2.0 * math.pi * frequency / SAMPLE_RATE
        radius = math.exp(-LN_1000 / (ring * SAMPLE_RATE))
        b = [0.0, gain * radius * math.sin(omega)]
        out += lfilter(b, [1.0, -2.0 * radius * math.cos(omega), radius * radius], strike)
    return out


def decay(n: int, *, t60_s: float) -> Array:
    """Return an envelope from 1 that falls by 60 dB in ``t60_s``, shape (n,)."""
    return exp2(np.arange(n, dtype=np.float64) * (-_LOG2_1000 / (t60_s * SAMPLE_RATE)))


def smeared(x: Array, *, t60_s: float) -> Array:
    """Let every sample of ``x`` ring on as an exponential that falls by 60 dB in ``t60_s``."""
    return np.asarray(lfilter([1.0], [1.0, -math.exp(-LN_1000 / (t60_s * SAMPLE_RATE))], x))


def envelope(n: int, *, attack_s: float, release_s: float) -> Array:
    """Return a plateau of 1 with raised-cosine ends, shape (n,)."""
    out = np.ones(n)
    rise, fall = min(samples_in(attack_s), n // 2), min(samples_in(release_s), n // 2)
    if rise > 0:
        out[:rise] *= 0.5 - 0.5 * cosine(np.arange(0.0, rise) / (2.0 * rise))
    if fall > 0:
        out[n - fall :] *= 0.5 + 0.5 * cosine(np.arange(1.0, fall + 1.0) / (2.0 * fall))
    return out


def add_at(out: Array, *, grain: Array, start: int) -> None:
    """Add a grain to ``out`` in place, cut where ``out`` ends."""
    stop = min(out.size, start + grain.size)
    if stop > start:
        out[start:stop] += grain[: stop - start]


def room(x: Array, *, t60_s: float, wet_db: float, rng: np.random.Generator) -> Array:
    """Add the tail of a small room, exponentially decaying noise: ``wet_db`` is its energy against the dry sound's."""
    n = samples_in(0.9 * t60_s)
    tail = shaped(noise(n, rng=rng), low_hz=120.0, high_hz=5500.0) * decay(n, t60_s=t60_s)
    tail[: samples_in(0.004)] = 0.0
    tail *= amplitude(wet_db) / math.sqrt(energy(tail))
    size = next_fast_len(x.size + n, real=True)
    a, b = rfft(x, size), rfft(tail, size)
    # The product is written out: NumPy's complex one fuses its steps on some processors and not on others.
    product = np.empty_like(a)
    product.real = a.real * b.real - a.imag * b.imag
    product.imag = a.real * b.imag + a.imag * b.real
    return np.asarray(x + irfft(product, size)[: x.size])
