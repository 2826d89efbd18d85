"""Fire, air and blasts: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Grains

__all__ = ["FIRE"]

FIRE: tuple[Entry, ...] = (
    steady(
        ("fire crackling", "a fire crackling", "weather", "Crackle"),
        Grains(
            density_hz=(60, 80),
            pitch_hz=(900, 5500),
            t60_s=(0.004, 0.03),
            noisy=0.85,
            uneven_db=8.0,
            bed=((60, 400, -1.0), (400, 3000, -10.0)),
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
