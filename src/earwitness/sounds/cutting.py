"""Cutting one event out of decoded samples: where it begins and ends, how loud it is, and why there is none.

Conventions
-----------
Levels are energies of whole 10 ms frames, summed over integer samples, and thresholds are compared as integers:
every decision is the same under every NumPy and on every processor. "-40 dB" always means: re the loudest frame.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from earwitness.errors import AudioError
from earwitness.sounds.audio import (
    FRAMES_PER_SECOND,
    Audio,
    faded,
    frame_energy,
    loudness_lufs,
    resample,
    to_mono,
    to_pcm16,
)
from earwitness.sounds.steady import is_steady

__all__ = ["LOUDNESS_LUFS", "PEAK_DBFS", "cut_event"]

LOUDNESS_LUFS = -26.0
"""The loudness that an event is brought to, where its peaks allow it."""
PEAK_DBFS = -1.0
"""What no sample of an event exceeds."""

_SHORTEST_FRAMES = 25  # 0.25 s
_LONGEST_FRAMES = 800  # 8 s
_LONGEST_PAUSE_FRAMES = 30  # 0.3 s: what listeners still hear as one event
_QUIET = 10_000  # -40 dB: a frame below the loudest / this is silence
_COUNTS = 1_000  # -30 dB: a run of frames that stays below the loudest / this is no event of its own
_SILENT = 10_000_000  # -70 dBFS
_FLOOR_FRAMES = 30  # 0.3 s of a recording's own noise tell its level
_OVER_FLOOR = 4  # 6 dB over that noise a sound is heard to begin
_CLEAR, _CLEAR_BOTH_SIDES = 32, 16  # 15 and 12 dB: what is nearer to the loudest frame is part of the sound
_MOST_QUIET_PERCENT = 5
_FADE_IN_S, _FADE_OUT_S = 0.002, 0.010
_MOST_LOST = 4  # 12 dB: a bird whose song lies above the band would leave the noise of its garden as "bird"
_FINE = 2**23  # decisions before the gain are taken on 24-bit integers


def cut_event(audio: Audio, name: str, *, sample_rate: int) -> npt.NDArray[np.int16]:
    """Return the one event that a recording holds.

    The channels are mixed, the rate changed, DC removed; activity is found at -40 dB with hysteresis (a run of
    frames counts when it reaches -30 dB; pauses up to 0.3 s do not part it), and 6 dB over the recording's own noise
    where that is louder; loudness is brought to -26 LUFS while
    peaks stay below -1 dBFS; 2 ms fade in, 10 ms fade out; the ends are trimmed until the first and the last frame,
    fades and rounding included, are above -40 dB.

    Parameters
    ----------
    audio
        The decoded recording.
    name
        What errors call it.
    sample_rate
        Of the result; a multiple of 100.

    Returns
    -------
    numpy.ndarray
        int16, shape (n,), n a whole number of 10 ms frames, 0.25 to 8 s.

    Raises
    ------
    AudioError
        Whose ``reason`` is ``"silent"``, ``"several segments"``, ``"too short"``, ``"too long"``,
        ``"too many pauses"``, ``"above the band"`` or ``"sample rate"``.
    """
    mono = to_mono(audio.samples)
    resampled = resample(mono, from_rate=audio.sample_rate, to_rate=sample_rate)
    if _peak(mono) > _MOST_LOST * max(_peak(resampled), 1e-9):
        text = f"{name}: at {sample_rate} Hz its peak falls by more than 12 dB; expected a sound below half of that"
        raise AudioError("above the band", text)
    fine = _without_dc(resampled)
    first, last = _segment(frame_energy(fine, sample_rate=sample_rate), name, sample_rate=sample_rate)
    length = sample_rate // FRAMES_PER_SECOND
    if last - first > _LONGEST_FRAMES:
        whole = _levelled(fine[first * length : last * length], sample_rate=sample_rate)
        if not is_steady(to_pcm16(whole), sample_rate=sample_rate):
            seconds = (last - first) / FRAMES_PER_SECOND
            raise AudioError("too long", f"{name}: {seconds:.2f} s, and not steady; expected at most 8 s")
        first = (first + last - _LONGEST_FRAMES) // 2
        last = first + _LONGEST_FRAMES
    pcm = _trimmed(_levelled(fine[first * length : last * length], sample_rate=sample_rate), sample_rate=sample_rate)
    _check_body(pcm, name, sample_rate=sample_rate)
    return pcm


def _peak(samples: npt.NDArray[np.float64]) -> float:
    return float(np.max(np.abs(samples), initial=0.0))


def _without_dc(mono: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    """Return 24-bit integers with a mean of zero: from here on sums are exact."""
    # Float files may exceed full scale without limit; all that follows is relative, so they are scaled down.
    scaled = np.rint(mono * (_FINE / max(1.0, _peak(mono)))).astype(np.int64)
    total = int(scaled.sum())
    return (scaled - round(total / max(1, len(scaled)))).astype(np.int32)


def _segment(energy: npt.NDArray[np.int64], name: str, *, sample_rate: int) -> tuple[int, int]:
    """Return the first frame, and the frame after the last, of the only active stretch."""
    loudest = int(energy.max(initial=0))
    length = sample_rate // FRAMES_PER_SECOND
    if loudest * _SILENT < length * _FINE**2:
        level = f"{10 * math.log10(loudest / (length * _FINE**2)):.1f} dBFS" if loudest else "digital silence"
        raise AudioError("silent", f"{name}: its loudest 10 ms are {level}; expected at least -70 dBFS")
    active = np.flatnonzero(energy >= max(-(-loudest // _QUIET), _OVER_FLOOR * _noise_floor(energy)))
    starts = np.flatnonzero(np.diff(active, prepend=-2) > 1)
    segments: list[list[int]] = []
    for begin, end in zip(starts, [*starts[1:], len(active)], strict=True):
        first, last = int(active[begin]), int(active[end - 1]) + 1
        if int(energy[first:last].max()) * _COUNTS < loudest:
            continue
        if segments and first - segments[-1][1] <= _LONGEST_PAUSE_FRAMES:
            segments[-1][1] = last
        else:
            segments.append([first, last])
    if len(segments) > 1:
        spans = ", ".join(f"{first / 100:.2f}-{last / 100:.2f} s" for first, last in segments[:4])
        more = ", ..." if len(segments) > 4 else ""
        raise AudioError("several segments", f"{name}: {len(segments)} ({spans}{more}); expected one")
    first, last = segments[0]
    if last - first < _SHORTEST_FRAMES:
        raise AudioError("too short", f"{name}: {(last - first) / 100:.2f} s of activity; expected at least 0.25 s")
    return first, last


def _noise_floor(energy: npt.NDArray[np.int64]) -> int:
    """Return the energy of a frame of the recording's own noise; 0 when it has none that matters.

    Noise is what the recording falls back to. If its quietest 0.3 s are like others on both sides of its loudest
    frame, they are noise when 12 dB below it; on one side, when 15 dB below it. At the end alone they could be the tail
    of the sound, so they must neither rise nor fall, as a bell does.
    """
    if len(energy) < _FLOOR_FRAMES:
        return 0
    sums = np.concatenate(([0], np.cumsum(energy)))
    windows = sums[_FLOOR_FRAMES:] - sums[:-_FLOOR_FRAMES]
    start, loudest = int(windows.argmin()), int(energy.argmax())
    like = windows <= 2 * windows[start]
    before = bool(like[: max(0, loudest - _FLOOR_FRAMES + 1)].any())
    after = bool(like[loudest + 1 :].any())
    half = _FLOOR_FRAMES // 2
    first, second = (int(energy[at : at + half].sum()) for at in (start, start + half))
    even = 10 * max(first, second) <= 11 * min(first, second)
    clear = _CLEAR_BOTH_SIDES if before and after else _CLEAR
    level = int(windows[start]) // _FLOOR_FRAMES
    return level if (before or even) and level * clear <= int(energy.max()) else 0


def _levelled(fine: npt.NDArray[np.int32], *, sample_rate: int) -> npt.NDArray[np.float64]:
    """Return the samples, full scale at 1, at the loudness that atoms have."""
    samples = fine / _FINE
    gain_db = LOUDNESS_LUFS - loudness_lufs(samples, sample_rate=sample_rate)
    gain = min(math.pow(10, gain_db / 20), math.pow(10, PEAK_DBFS / 20) / _peak(samples))
    return np.asarray(samples * gain)


def _trimmed(samples: npt.NDArray[np.float64], *, sample_rate: int) -> npt.NDArray[np.int16]:
    """Fade and round, and drop frames from either end until both end frames are heard."""
    length = sample_rate // FRAMES_PER_SECOND
    fade_in, fade_out = round(_FADE_IN_S * sample_rate), round(_FADE_OUT_S * sample_rate)
    first, last = 0, len(samples) // length
    while last - first > 1:
        pcm = to_pcm16(faded(samples[first * length : last * length], fade_in=fade_in, fade_out=fade_out))
        energy = frame_energy(pcm, sample_rate=sample_rate)
        threshold = int(energy.max()) / _QUIET
        if energy[0] < threshold:
            first += 1
        elif energy[-1] < threshold:
            last -= 1
        else:
            return pcm
    return pcm


def _check_body(pcm: npt.NDArray[np.int16], name: str, *, sample_rate: int) -> None:
    energy = frame_energy(pcm, sample_rate=sample_rate)
    if len(energy) < _SHORTEST_FRAMES:
        raise AudioError("too short", f"{name}: {len(energy) / 100:.2f} s after trimming; expected at least 0.25 s")
    quiet = int(np.count_nonzero(energy < -(-int(energy.max()) // _QUIET)))
    if quiet * 100 > _MOST_QUIET_PERCENT * len(energy):
        share = 100 * quiet / len(energy)
        text = f"{name}: {share:.1f} % of it lies below -40 dB; expected at most {_MOST_QUIET_PERCENT} %"
        raise AudioError("too many pauses", text)
