"""Drums, mallets and small percussion: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Pulses
from earwitness.sounds.builtin.struck import Strikes

__all__ = ["DRUMS"]

DRUMS: tuple[Entry, ...] = (
    Entry(
        *("marimba", "a marimba playing", "instruments", "Marimba, xylophone", False, True, (1.5, 5.0)),
        Strikes(
            pitch_hz=(200, 300),
            ratios=(1.0, 3.95, 9.2),
            t60_s=(0.5, 0.9),
            damping=1.1,
            tilt_db=-7.0,
            every_s=(0.13, 0.2),
            steps_st=(0.0, 5.0, 9.0, 12.0, 7.0, 4.0, 2.0),
            click_db=-22.0,
            click_hz=(300.0, 1800.0),
        ),
    ),
    Entry(
        *("gong", "a gong ringing", "drums", "Gong", False, False, (2.2, 4.5)),
        Strikes(
            pitch_hz=(75, 120),
            ratios=(1.0, 1.43, 1.92, 2.31, 2.84, 3.37, 4.1, 4.9, 5.7, 6.8, 8.1, 9.7, 11.9, 15.2, 18.7, 23.4, 29.1),
            t60_s=(6.0, 9.0),
            damping=(0.15, 0.3),
            tilt_db=(-1.5, 0.0),
            click_db=-2.0,
            click_hz=(150.0, 2500.0),
            click_s=(1.2, 2.0),
        ),
    ),
    steady(
        ("drum roll", "a snare drum rolling", "drums", "Drum roll"),
        Pulses(
            rate_hz=(26, 34),
            resonances=(((180, 230), 60, 6.0), ((1500, 2200), 2000, 4.0), ((3600, 4400), 3000, 8.0)),
            jitter=0.15,
            uneven_db=4.0,
            burst_s=(0.07, 0.1),
            noise_db=6.0,
        ),
    ),
    Entry(
        *("bass drum", "a bass drum thumping", "drums", "Bass drum", False, True, (0.6, 3.0)),
        Strikes(
            pitch_hz=(55, 75),
            ratios=(1.0, 1.6, 2.2),
            t60_s=(0.8, 1.2),
            damping=0.8,
            every_s=(0.22, 0.28),
            jitter=0.02,
            tilt_db=-8.0,
            click_db=-20.0,
            click_hz=(200.0, 1500.0),
        ),
        room_s=0.8,
        room_db=-10.0,
    ),
    Entry(
        *("cymbal", "a cymbal crashing", "drums", "Cymbal", False, False, (1.5, 3.0)),
        Strikes(
            pitch_hz=(290, 400),
            ratios=(1, 1.6, 2.3, 3.1, 3.7, 4.4, 5.3, 6.1, 7.2, 8.3, 9.1, 10.4, 11.8, 13.1, 14.9, 16.2, 17.7, 19.3),
            t60_s=(2.5, 3.5),
            damping=(0.0, 0.1),
            tilt_db=(0.0, 1.5),
            click_db=(0, 3),
            click_hz=(1500.0, 7500.0),
            click_s=(1.6, 2.4),
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
