"""Tools: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Bursts, Pulses
from earwitness.sounds.builtin.struck import Strikes

__all__ = ["TOOLS"]

TOOLS: tuple[Entry, ...] = (
    steady(
        ("chainsaw", "a chainsaw revving", "machines", "Chainsaw"),
        Pulses(
            rate_hz=(95, 140),
            resonances=(((380, 520), 300, 0.0), ((1100, 1500), 700, 2.0), ((2600, 3400), 1500, 0.0)),
            jitter=0.03,
            uneven_db=4.0,
            burst_s=0.008,
            noise_db=-10.0,
            hiss_db=-14.0,
            sway=0.05,
            sway_hz=4.0,
        ),
    ),
    Entry(
        *("handsaw", "a handsaw cutting wood", "machines", "Sawing", False, True, (1.5, 5.0)),
        Bursts(
            band_hz=((600, 900), (4500, 6000)),
            every_s=(0.24, 0.3),
            jitter=0.05,
            attack_s=(0.11, 0.14),
            t60_s=(0.25, 0.35),
            turns=(1.0, 0.68),
            bed_db=-22.0,
            teeth_hz=(90, 140),
            body=(((320, 450), 150, 4.0),),
        ),
    ),
    Entry(
        *("typewriter", "a typewriter clacking", "machines", "Typewriter", False, True, (1.2, 4.5)),
        Strikes(
            pitch_hz=(1200, 1700),
            ratios=(0.3, 1.0, 1.9, 2.7, 3.6),
            t60_s=(0.02, 0.04),
            damping=0.2,
            every_s=(0.13, 0.155),
            jitter=0.4,
            uneven_db=6.0,
            tilt_db=0.0,
            click_db=6.0,
            click_hz=(1500.0, 7000.0),
            click_s=(0.03, 0.05),
        ),
        room_s=(0.35, 0.5),
        room_db=(-8, -5),
    ),
)
"""Rows of the table of the built-in sounds."""
