"""Spectrograms: for pictures, and for whatever listens. Not for bytes that must be alike everywhere."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import fft

__all__ = ["log_mel", "mel_filters", "power_spectrogram"]

_BLOCK = 64  # frames
_SILENCE_DB = -100.0  # what a frame of digital silence is taken for


def power_spectrogram(samples: npt.NDArray[np.floating], *, window: int, hop: int) -> npt.NDArray[np.floating]:
    """Return the power of Hann-windowed frames.

    Parameters
    ----------
    samples
        One channel, shape (n,), float32 or float64. What is heard in 32 bits is worked out in 32 bits: twice as
        fast, and 120 dB below the loudest it errs by less than the noise of a recording.
    window, hop
        Length of a frame and distance between frames, in samples. Frame k is centred on sample ``k * hop``.

    Returns
    -------
    ndarray
        Shape (ceil(n / hop), window // 2 + 1), as precise as the samples. A full-scale sine has a power of 1 in its
        bin.
    """
    return np.concatenate([np.empty((0, window // 2 + 1), samples.dtype), *_powers(samples, window=window, hop=hop)])


def _powers(samples: npt.NDArray[np.floating], *, window: int, hop: int) -> Iterator[npt.NDArray[np.floating]]:
    """Yield the power of frames, some at a time: few enough to stay in the cache, which saves a third of the time."""
    padded = np.pad(samples, (window // 2, window))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop][: 1 + (len(samples) - 1) // hop]
    taper = np.hanning(window)
    taper = (taper * (2.0 / taper.sum())).astype(samples.dtype)
    for start in range(0, len(frames), _BLOCK):
        # SciPy's transform works in 32 bits where it is given 32 bits; that of older NumPy does not.
        spectrum = fft.rfft(frames[start : start + _BLOCK] * taper, axis=1, overwrite_x=True)
        power = np.square(spectrum.real)
        power += np.square(spectrum.imag)
        yield power


@functools.cache
def mel_filters(*, sample_rate: int, window: int, bands: int) -> npt.NDArray[np.float64]:
    """Return triangular filters, evenly spaced in mel from 40 Hz to half the sample rate (8 kHz at most).

    Returns
    -------
    ndarray
        Shape (window // 2 + 1, bands), read-only; mel after O'Shaughnessy, ``2595 log10(1 + f / 700)``.
    """
    top = min(8_000.0, sample_rate / 2)
    edges = _mel_to_hz(np.linspace(_hz_to_mel(40.0), _hz_to_mel(top), bands + 2))
    # Where a filter would be narrower than a bin, it takes the share of the bin that it covers.
    step = sample_rate / window
    bins = np.arange(window // 2 + 1) * step
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    up = (bins[:, None] - low) / np.maximum(centre - low, step)
    down = (high - bins[:, None]) / np.maximum(high - centre, step)
    filters = np.clip(np.minimum(up, down), 0.0, 1.0)
    filters.setflags(write=False)
    return filters


def log_mel(
    samples: npt.NDArray[np.floating],
    *,
    sample_rate: int,
    bands: int = 64,
    window_s: float = 0.032,
    hop_s: float = 0.01,
) -> npt.NDArray[np.floating]:
    """Return a log-mel spectrogram.

    Parameters
    ----------
    samples
        One channel in [-1, 1], shape (n,), float32 or float64.
    sample_rate
        Samples a second.
    bands
        How many mel bands.
    window_s, hop_s
        Length of a frame and distance between frames, in seconds.

    Returns
    -------
    ndarray
        Shape (frames, bands), in dB, as precise as the samples; -100 is silence.
    """
    window = round(window_s * sample_rate)
    filters = mel_filters(sample_rate=sample_rate, window=window, bands=bands).astype(samples.dtype)
    powers = _powers(samples, window=window, hop=round(hop_s * sample_rate))
    levels = np.concatenate([np.empty((0, bands), samples.dtype), *(power @ filters for power in powers)])
    np.maximum(levels, 10.0 ** (_SILENCE_DB / 10.0), out=levels)
    np.log10(levels, out=levels)
    levels *= 10.0
    # Once more, for in 32 bits the logarithm of the least power is a little below the least level.
    np.maximum(levels, _SILENCE_DB, out=levels)
    return levels


def _hz_to_mel(hz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hz / 700.0))


def _mel_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
