"""Whether a sound is steady: the same from any part of it to any other, like a drone, a hiss or a drum roll.

Only such a sound may be cut short or looped to a wanted length. The decision is taken from the samples alone, so
that whoever has an atom's file comes to the same answer.

Levels are compared as integers. Spectra are transforms in float64, whose last bits differ between versions of NumPy.
That moves what is compared by less than 1e-9; the limits lie in gaps far wider: sounds that are steady (drones,
horns, engines, rain, a drum roll) differ from themselves by at most 1.7 dB and have a cosine of at least 0.93, single
calls of animals that are as even in level differ by 2.3 dB and more, two-tone sirens have a cosine below 0.9.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from earwitness.sounds.audio import FRAMES_PER_SECOND, frame_energy

__all__ = ["is_steady"]

_SHORTEST_FRAMES = FRAMES_PER_SECOND * 12 // 10  # 1.2 s: a whole second must be left to look at, without the ends
_BLOCK_FRAMES = 10  # levels are compared in blocks of 100 ms
_3_DB, _6_DB, _12_DB = 2, 4, 16  # as ratios of energy
_MOST_BELOW_PERCENT, _MOST_ABOVE_PERCENT = 5, 20
_TIMBRE_PIECE_S, _PITCH_PIECE_S = 0.5, 0.25
_WINDOW_S = 0.032
_WINDOWS_AT_ONCE = 1024  # the transform of a recording of many minutes must not fill the memory
_BAND_EDGES_HZ = (0, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700, 4400,
                  5300, 6400, 7700, 9500, 12000, 15500)  # fmt: skip
_HEARD_DB = 25.0  # bands this far below the strongest do not decide what is heard
_ALIKE_DB = 2.0
_ALIKE_COSINE = 0.92


def is_steady(pcm: npt.NDArray[np.int16], *, sample_rate: int) -> bool:
    """Say whether a sound can be cut to any shorter length, or looped, and be heard as the same event.

    It must last 1.2 s at least; its first and last 100 ms are left out. Of its 100 ms blocks at most 5 % lie more than
    3 dB below the median and none more than 6 dB (no gap, no swell), at most 20 % more than 3 dB above it and none
    more than 12 dB (a record may crackle over its hiss). The spectrum of each third and each half second, in the Bark
    bands within 25 dB of the strongest, differs from that of the whole by at most 2 dB RMS (timbre); the magnitudes of
    each quarter second, in bins of 31 Hz, have a cosine of at least 0.92 with those of the whole (pitch). A melody, a
    siren, a bell, a bark over a hum all fail.

    Parameters
    ----------
    pcm
        Samples, shape (n,), as an atom has them.
    sample_rate
        Samples a second; a multiple of 100.

    Examples
    --------
    >>> t = np.arange(32000) / 16000
    >>> hum = np.rint(3000 * np.sin(2 * np.pi * 120 * t)).astype(np.int16)
    >>> is_steady(hum, sample_rate=16000), is_steady((hum * (1 - t / 2)).astype(np.int16), sample_rate=16000)
    (True, False)
    """
    energy = frame_energy(pcm, sample_rate=sample_rate)
    if len(energy) < _SHORTEST_FRAMES:
        return False
    n_blocks = len(energy) // _BLOCK_FRAMES
    blocks = energy[: n_blocks * _BLOCK_FRAMES].reshape(-1, _BLOCK_FRAMES).sum(axis=1)[1:-1]
    block = sample_rate * _BLOCK_FRAMES // FRAMES_PER_SECOND
    return _level_is_even(blocks) and _spectrum_is_even(pcm[block : (n_blocks - 1) * block], sample_rate)


def _level_is_even(blocks: npt.NDArray[np.int64]) -> bool:
    median = int(np.sort(blocks)[len(blocks) // 2])
    below = int(np.count_nonzero(blocks * _3_DB < median))
    above = int(np.count_nonzero(blocks > median * _3_DB))
    return (
        median > 0
        and int(blocks.min()) * _6_DB >= median
        and int(blocks.max()) <= median * _12_DB
        and below * 100 <= _MOST_BELOW_PERCENT * len(blocks)
        and above * 100 <= _MOST_ABOVE_PERCENT * len(blocks)
    )


def _spectrum_is_even(pcm: npt.NDArray[np.int16], sample_rate: int) -> bool:
    bands, bins = _powers(pcm, sample_rate)
    whole_db, whole = _levels_db(bands), np.sqrt(bins.mean(axis=0))
    heard = whole_db > whole_db.max() - _HEARD_DB
    seconds = len(pcm) / sample_rate
    for piece in (*np.array_split(bands, 3), *np.array_split(bands, max(2, int(seconds / _TIMBRE_PIECE_S)))):
        if float(np.mean(np.square((_levels_db(piece) - whole_db)[heard]))) > _ALIKE_DB**2:
            return False
    for piece in np.array_split(bins, int(seconds / _PITCH_PIECE_S)):
        part = np.sqrt(piece.mean(axis=0))
        if float(np.sum(part * whole)) ** 2 < _ALIKE_COSINE**2 * float(np.sum(part**2)) * float(np.sum(whole**2)):
            return False
    return True


def _powers(pcm: npt.NDArray[np.int16], sample_rate: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the power in each band and each bin of 31 Hz, shape (windows, ...); windows of 32 ms overlap by half."""
    size = round(_WINDOW_S * sample_rate)
    edges = [round(edge * size / sample_rate) for edge in _BAND_EDGES_HZ if edge < sample_rate / 2]
    windows = np.lib.stride_tricks.sliding_window_view(pcm, size)[:: size // 2]
    shape = np.hanning(size)
    parts = []
    for start in range(0, len(windows), _WINDOWS_AT_ONCE):
        spectra = np.fft.rfft(windows[start : start + _WINDOWS_AT_ONCE] * shape, axis=1)
        parts.append(np.square(np.abs(spectra)))
    bins = np.concatenate(parts)
    return np.add.reduceat(bins, edges, axis=1), bins


def _levels_db(bands: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the mean level of each band re the whole spectrum, in dB, not below -120."""
    powers = bands.mean(axis=0)
    return np.asarray(10 * np.log10(powers / powers.sum() + 1e-12))
