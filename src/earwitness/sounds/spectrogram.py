"""Spectrograms: for pictures, and for whatever listens. Not for bytes that must be alike everywhere."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

__all__ = ["log_mel", "mel_filters", "power_spectrogram"]

_FLOOR = 1e-10  # -100 dB: what a frame of digital silence is taken for


def power_spectrogram(samples: npt.NDArray[np.floating], *, window: int, hop: int) -> npt.NDArray[np.float64]:
    """Return the power of Hann-windowed frames.

    Parameters
    ----------
    samples
        One channel, shape (n,).
    window, hop
        Length of a frame and distance between frames, in samples. Frame k is centred on sample ``k * hop``.

    Returns
    -------
    ndarray
        Shape (ceil(n / hop), window // 2 + 1). A full-scale sine has a power of 1 in its bin.
    """
    padded = np.pad(samples.astype(np.float64), (window // 2, window))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop][: 1 + (len(samples) - 1) // hop]
    taper = np.hanning(window)
    spectrum = np.fft.rfft(frames * taper, axis=1) * (2.0 / taper.sum())
    return np.asarray(spectrum.real**2 + spectrum.imag**2)


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
) -> npt.NDArray[np.float64]:
    """Return a log-mel spectrogram.

    Parameters
    ----------
    samples
        One channel in [-1, 1], shape (n,).
    sample_rate
        Samples a second.
    bands
        How many mel bands.
    window_s, hop_s
        Length of a frame and distance between frames, in seconds.

    Returns
    -------
    ndarray
        Shape (frames, bands), in dB; -100 is silence.
    """
    window = round(window_s * sample_rate)
    power = power_spectrogram(samples, window=window, hop=round(hop_s * sample_rate))
    bands_power = power @ mel_filters(sample_rate=sample_rate, window=window, bands=bands)
    return np.asarray(10.0 * np.log10(np.maximum(bands_power, _FLOOR)))


def _hz_to_mel(hz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hz / 700.0))


def _mel_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
