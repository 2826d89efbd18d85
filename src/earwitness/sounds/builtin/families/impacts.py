"""Impacts by material: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.noisy import Grains
from earwitness.sounds.builtin.struck import Strikes

__all__ = ["IMPACTS"]

IMPACTS: tuple[Entry, ...] = (
    Entry(
        *("bouncing ball", "a ball bouncing to rest", "impacts", "Bouncing", False, False, (1.0, 1.5)),
        Strikes(
            pitch_hz=(280, 420),
            ratios=(1.0, 1.5, 2.3),
            t60_s=(0.06, 0.1),
            every_s=(0.24, 0.3),
            hurry=(0.8, 0.83),
            click_db=-12.0,
            click_hz=(500.0, 4000.0),
            uneven_db=0.0,
        ),
        room_s=(0.5, 0.7),
        room_db=(-11, -9),
    ),
    Entry(
        *("shattering glass", "a pane of glass shattering", "impacts", "Shatter", False, False, (0.8, 1.5)),
        Grains(
            density_hz=(280, 400),
            pitch_hz=(2300, 7000),
            t60_s=(0.01, 0.09),
            noisy=0.4,
            uneven_db=13.0,
            thinning_s=(1.8, 2.4),
        ),
        room_s=(0.6, 0.9),
        room_db=-8.0,
    ),
    Entry(
        *("anvil", "an anvil being hammered", "impacts", "Clang", False, True, (1.0, 3.5)),
        Strikes(
            pitch_hz=(1000, 1400),
            ratios=(1.0, 1.58, 2.13, 2.91, 3.66, 4.4, 5.3),
            t60_s=(0.9, 1.5),
            damping=0.4,
            tilt_db=(-1.0, 1.0),
            every_s=(0.22, 0.29),
            jitter=0.06,
            click_db=-5.0,
            click_s=0.03,
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
