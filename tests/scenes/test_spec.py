"""Distributions, and the numbers of a scene."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.logic.events import Event, Timeline
from earwitness.rng import generator
from earwitness.scenes.spec import (
    Background,
    Choice,
    Constant,
    Placed,
    Scene,
    Uniform,
    db_to_gain,
    seconds_to_ticks,
)

BACKGROUND = Background("pink", 0, 1.0)


def scene(*spans: tuple[int, int, str]) -> Scene:
    events = tuple(Placed(label, f"{label}-1", onset, offset, 1.0) for onset, offset, label in spans)
    return Scene("clip", 1000, BACKGROUND, events)


def test_constant_draws_nothing() -> None:
    rng = generator(0)
    assert Constant(10.0).sample(rng) == 10.0
    assert rng.random() == generator(0).random()


def test_uniform_fills_its_range() -> None:
    rng = generator(0)
    drawn = [Uniform(-6.0, 3.0).sample(rng) for _ in range(1000)]
    assert -6.0 <= min(drawn) < -5.9
    assert 2.9 < max(drawn) < 3.0
    assert abs(np.mean(drawn) + 1.5) < 0.3


@pytest.mark.parametrize("weights", [None, (1, 2, 5)])
def test_choice_draws_by_its_weights(weights: tuple[float, ...] | None) -> None:
    rng = generator(0)
    drawn = [Choice((2, 4, 8), weights).sample(rng) for _ in range(4000)]
    expected = np.array(weights or (1, 1, 1)) / sum(weights or (1, 1, 1))
    found = [drawn.count(value) / 4000 for value in (2, 4, 8)]
    np.testing.assert_allclose(found, expected, atol=0.03)


@pytest.mark.parametrize(("level_db", "gain"), [(0.0, 1.0), (6.0206, 2.0), (-20.0, 0.1)])
def test_gain_of_a_level(level_db: float, gain: float) -> None:
    assert db_to_gain(level_db) == pytest.approx(gain, rel=1e-5)
    assert db_to_gain(level_db) == float(np.float32(db_to_gain(level_db))), "storing it as float32 changes nothing"


def test_every_tick_comes_back_from_seconds() -> None:
    assert all(seconds_to_ticks(tick / 100) == tick for tick in range(60_001))


def test_a_scene_is_its_timeline() -> None:
    one = scene((100, 250, "dog"), (200, 300, "horn"))
    assert one.timeline == Timeline([Event(1.0, 2.5, "dog"), Event(2.0, 3.0, "horn")])
    assert one.duration_s == 10.0
    assert one.events[0].ticks == 150


@pytest.mark.parametrize(
    ("spans", "polyphony"),
    [
        ((), 0),
        (((0, 10, "a"),), 1),
        (((0, 10, "a"), (10, 20, "b")), 1),
        (((0, 10, "a"), (9, 20, "b")), 2),
        (((0, 30, "a"), (5, 10, "b"), (10, 20, "c")), 2),
        (((0, 30, "a"), (5, 12, "b"), (10, 20, "c")), 3),
    ],
)
def test_polyphony_counts_what_sounds_at_once(spans: tuple[tuple[int, int, str], ...], polyphony: int) -> None:
    assert scene(*spans).polyphony == polyphony
