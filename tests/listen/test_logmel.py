"""Log-mel features against what they are said to be, worked out the slow way."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.listen.logmel import LogMel
from earwitness.sounds.spectrogram import log_mel

RATE = 16_000


@pytest.mark.parametrize("hop_s", [0.02, 0.025, 0.19, 0.2, 0.25, 1 / 3, 0.96])
def test_features_are_those_of_the_slow_way(rng: np.random.Generator, hop_s: float) -> None:
    samples = (rng.normal(size=round(17.3 * RATE)) * 0.1).astype(np.float32)
    features = LogMel(hop_s=hop_s).frames(samples).features
    column_s = 0.01 if hop_s < 0.2 else 0.02
    levels = log_mel(np.concatenate([samples, np.zeros(RATE)]), sample_rate=RATE, hop_s=column_s)
    times = np.arange(len(levels)) * column_s
    for t, row in enumerate(features):
        inside = levels[(times >= t * hop_s - 1e-9) & (times < (t + 1) * hop_s - 1e-9)]
        half = len(inside) // 2
        rise = inside[half:].mean(axis=0) - inside[:half].mean(axis=0)
        expected = np.concatenate([inside.mean(axis=0), inside.max(axis=0), rise])
        assert np.allclose(row, expected, atol=1e-3)


def test_an_onset_inside_a_frame_rises() -> None:
    samples = np.zeros(RATE, dtype=np.float32)
    samples[6_000:] = 0.3 * np.sin(2 * np.pi * 1_000 * np.arange(10_000) / RATE)
    rise = LogMel(hop_s=0.25).frames(samples).features[:, 128:]
    assert rise[1].max() > 50
    assert np.abs(rise[[0, 2]]).max() < 5


def test_silence_is_minus_a_hundred() -> None:
    features = LogMel().frames(np.zeros(RATE, dtype=np.float32)).features
    assert (features[:, :128] == -100).all()
    assert (features[:, 128:] == 0).all()
