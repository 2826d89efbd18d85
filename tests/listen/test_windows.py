"""Windows: each is centred on its frames, and there are as many frames as a recording has."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.listen.base import Samples, n_frames
from earwitness.listen.windows import windows

RATE = 1_000


def told(samples: Samples, *, hop_s: float, length: int, frames_each: int) -> tuple[int, Samples]:
    """Return how many frames, and all windows."""
    every = list(windows([samples], sample_rate=RATE, hop_s=hop_s, length=length, frames_each=frames_each))
    return sum(some.n_frames for some in every), np.concatenate([some.samples for some in every])


@pytest.mark.parametrize("n", [0, 1, 250, 251, 4_999, 5_000, 5_001, 16_000, 40_001])
@pytest.mark.parametrize(
    ("hop_s", "length", "frames_each"), [(0.25, 1_000, 1), (0.25, 10_001, 20), (1 / 3, 777, 2), (0.02, 9_000, 225)]
)
def test_windows_are_where_they_should_be(n: int, hop_s: float, length: int, frames_each: int) -> None:
    samples = (np.arange(n) + 1).astype(np.float32)
    count, every = told(samples, hop_s=hop_s, length=length, frames_each=frames_each)
    assert count == n_frames(n, sample_rate=RATE, hop_s=hop_s)
    assert len(every) == -(-count // frames_each)
    padded = np.concatenate([np.zeros(60_000, dtype=np.float32), samples, np.zeros(60_000, dtype=np.float32)])
    for k, window in enumerate(every):
        start = round((k + 0.5) * frames_each * hop_s * RATE) - length // 2
        assert np.array_equal(window, padded[60_000 + start : 60_000 + start + length])


def test_the_hop_may_be_any_number() -> None:
    """Where a frame ends between two samples, none is left without its window."""
    for hop_s in np.random.default_rng(5).uniform(0.02, 0.96, size=40):
        for n in (1, round(7 * hop_s * RATE), round(140 * hop_s * RATE), round(140 * hop_s * RATE) + 1):
            count, every = told(np.zeros(n, dtype=np.float32), hop_s=hop_s, length=200, frames_each=7)
            assert count == n_frames(n, sample_rate=RATE, hop_s=hop_s)
            assert len(every) == -(-count // 7)
