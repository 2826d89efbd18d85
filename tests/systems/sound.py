"""Recordings as models are sent them."""

from __future__ import annotations

import io

import numpy as np
import soundfile


def noise_wav(seconds: float = 0.1, *, channels: int = 2, silent_after: float | None = None) -> bytes:
    """Return a WAV file of noise at 16 kHz, no two channels alike; silence after a time, where one is given."""
    n = round(seconds * 16_000)
    samples = np.random.default_rng(7).uniform(-0.5, 0.5, (n, channels)).astype(np.float32)
    if silent_after is not None:
        samples[round(silent_after * 16_000) :] = 0
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="WAV", subtype="PCM_16")
    return file.getvalue()
