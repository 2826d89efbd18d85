from __future__ import annotations

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from earwitness.errors import SoundsError
from earwitness.sounds.sheet import Thumbnail, draw_sheet


def test_a_sheet_has_a_cell_for_each_sound(tmp_path: Path):
    rng = np.random.default_rng(1)
    noise = Thumbnail("noise", "noises", 0.1 * rng.standard_normal(48_000))
    silence = Thumbnail("silence", "none", np.zeros(48_000))
    tone = Thumbnail("tone", "signals", np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000))
    sizes = []
    for count in (1, 3, 7):
        path = tmp_path / f"{count}.png"
        draw_sheet([noise, silence, tone, noise, tone, noise, noise][:count], path, sample_rate=16_000, columns=3)
        image = matplotlib.image.imread(path)
        sizes.append(image.shape[:2])
        assert image[..., :3].std() > 0.05, "something is drawn"
    assert sizes[0][1] < sizes[1][1] == sizes[2][1], "at most three side by side"
    assert sizes[0][0] == sizes[1][0] < sizes[2][0]


def test_a_sheet_of_nothing_is_refused(tmp_path: Path):
    with pytest.raises(SoundsError, match=r"none\.png': expected at least one sound to draw, got none"):
        draw_sheet([], tmp_path / "none.png", sample_rate=16_000)


def test_the_same_sheet_each_time(tmp_path: Path):
    cell = Thumbnail("tone", "signals", np.sin(np.arange(16_000) / 5.0))
    for name in ("a.png", "b.png"):
        draw_sheet([cell], tmp_path / name, sample_rate=16_000, title="A sheet")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
