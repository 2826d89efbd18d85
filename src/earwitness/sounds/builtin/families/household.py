"""Doors and household: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.struck import Strikes

__all__ = ["HOUSEHOLD"]

HOUSEHOLD: tuple[Entry, ...] = (
    Entry(
        *("door knock", "a knock on a door", "impacts", "Knock", False, True, (0.5, 1.6)),
        Strikes(
            pitch_hz=(220, 320),
            ratios=(1.0, 1.63, 2.4, 3.5, 5.1),
            t60_s=(0.06, 0.1),
            damping=0.4,
            every_s=(0.15, 0.22),
            jitter=0.08,
            click_db=-1.0,
            click_hz=(500.0, 3500.0),
            uneven_db=3.0,
        ),
        room_s=(0.5, 0.8),
        room_db=(-11, -8),
    ),
)
"""Rows of the table of the built-in sounds."""
