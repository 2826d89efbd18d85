"""Bells, chimes and clocks: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.struck import Strikes

__all__ = ["BELLS"]

BELLS: tuple[Entry, ...] = (
    Entry(
        *("church bell", "a church bell tolling", "bells", "Church bell", False, False, (2.5, 5.5)),
        Strikes(
            pitch_hz=(210, 420),
            ratios=(0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 3.0, 4.1, 5.4),
            t60_s=(4.5, 6.5),
            damping=(0.5, 0.7),
            tilt_db=(-1.0, 1.0),
            click_db=-14.0,
        ),
        room_s=(1.2, 2.0),
        room_db=-9.0,
    ),
    Entry(
        *("bicycle bell", "a bicycle bell ringing", "bells", "Bicycle bell", False, False, (0.7, 1.5)),
        Strikes(
            pitch_hz=(2500, 3300),
            ratios=(1.0, 1.015, 1.68, 2.35),
            t60_s=(0.7, 1.3),
            damping=0.5,
            every_s=(0.06, 0.1),
            rhythm=(1.0, 1.0, 2.2, 1.0, 1.0, 60.0),
            tilt_db=-2.0,
        ),
    ),
    Entry(
        *("doorbell chime", "a doorbell chiming", "bells", "Ding-dong", False, False, (1.4, 2.4)),
        Strikes(
            pitch_hz=(500, 640),
            ratios=(1.0, 2.76, 5.4),
            t60_s=(2.0, 3.0),
            damping=1.0,
            tilt_db=-9.0,
            every_s=(0.45, 0.6),
            rhythm=(1.0, 60.0),
            steps_st=(4.0, 0.0),
            click_db=-26.0,
        ),
    ),
    Entry(
        *("clock ticking", "a clock ticking", "clocks", "Tick-tock", False, True, (1.2, 4.0)),
        Strikes(
            pitch_hz=(2600, 3600),
            ratios=(1.0, 1.37, 2.2),
            t60_s=(0.012, 0.02),
            every_s=(0.19, 0.25),
            steps_st=(0.0, -4.0),
            click_db=-3.0,
            click_s=0.008,
            click_hz=(3000.0, 7500.0),
            uneven_db=1.0,
        ),
        room_s=(0.5, 0.8),
        room_db=(-10, -6),
    ),
    Entry(
        *("music box", "a music box playing", "instruments", None, False, True, (2.0, 6.0)),
        Strikes(
            pitch_hz=(1050, 1500),
            ratios=(1.0, 3.1, 5.2),
            t60_s=(0.8, 1.3),
            damping=0.9,
            tilt_db=-8.0,
            every_s=(0.16, 0.24),
            steps_st=(0.0, 4.0, 7.0, 12.0, 9.0, 7.0, 5.0, 4.0, 2.0),
            click_db=-24.0,
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
