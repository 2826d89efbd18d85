from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import Array, amplitude, levelled
from earwitness.sounds.builtin.composite import Contour, Layers, Phases, Repeated

RATE = 48_000


@dataclass(frozen=True)
class Flat:
    level: float

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        return np.full(n, self.level)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_levelled_goes_by_the_loudest_part():
    x = np.concatenate([np.full(RATE, 0.1), np.full(2400, 4.0), np.full(RATE, 0.1)])
    assert np.max(levelled(x)) == 1.0
    assert not levelled(np.zeros(10)).any() and levelled(np.zeros(0)).size == 0
    assert amplitude(20.0) == 10.0


def test_layers_sound_together_at_their_levels():
    out = Layers(((Flat(5.0), 0.0), (Flat(0.01), 20.0)))(4800, rng=rng())
    np.testing.assert_allclose(out, 11.0)


def test_phases_follow_each_other_and_share_the_time():
    out = Phases(((Flat(1.0), 0.0, 1.0), (Flat(1.0), -20.0, 3.0)), merge_s=0.01)(RATE, rng=rng())
    assert out.shape == (RATE,)
    np.testing.assert_allclose(out[1000:11_900], 1.0)
    np.testing.assert_allclose(out[13_000:47_000], 0.1)


def test_repeated_keeps_its_beat_and_its_pauses():
    out = Repeated(Flat(1.0), every_s=0.1, sounding=0.5, jitter=0.0, uneven_db=0.0)(RATE, rng=rng())
    for k in range(10):
        np.testing.assert_allclose(out[4800 * k + 300 : 4800 * k + 2100], 1.0)
        assert not out[4800 * k + 2400 : 4800 * (k + 1)].any()
    air = Repeated(Flat(1.0), every_s=0.1, sounding=0.5, jitter=0.0, floor_db=-30.0)(RATE, rng=rng())
    assert 0.01 < np.sqrt(np.mean(air[2400:4800] ** 2)) < 0.1


def test_contour_draws_straight_lines_in_decibels():
    out = Contour(Flat(1.0), (-40.0, 0.0, -40.0))(10_001, rng=rng())
    np.testing.assert_allclose(out[[0, 2500, 5000, 7500, 10_000]], [0.01, 0.1, 1.0, 0.1, 0.01], rtol=1e-3)
