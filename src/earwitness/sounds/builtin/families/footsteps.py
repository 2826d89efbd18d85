"""Footsteps by surface: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.struck import Strikes

__all__ = ["FOOTSTEPS"]

FOOTSTEPS: tuple[Entry, ...] = (
    Entry(
        *("footsteps", "footsteps on a wooden floor", "footsteps", "Walk, footsteps", False, True, (1.2, 4.5)),
        Strikes(
            pitch_hz=(90, 130),
            ratios=(1.0, 1.7, 2.6, 4.1),
            t60_s=(0.06, 0.1),
            damping=0.5,
            every_s=(0.3, 0.36),
            rhythm=(0.25, 0.75),
            jitter=0.05,
            click_db=(0, 4),
            click_hz=(80.0, 900.0),
            click_s=(0.04, 0.07),
            uneven_db=4.0,
        ),
        room_s=(0.8, 1.1),
        room_db=(-4, -1),
    ),
)
"""Rows of the table of the built-in sounds."""
