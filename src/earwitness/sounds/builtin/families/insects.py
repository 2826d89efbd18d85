"""Insects, frogs and what rattles: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Pulses
from earwitness.sounds.builtin.tonal import Timbre, Tone

__all__ = ["INSECTS"]

INSECTS: tuple[Entry, ...] = (
    Entry(
        *("cricket", "a cricket chirping", "insects", "Cricket", False, True, (1.2, 5.0)),
        Pulses(
            rate_hz=(70, 95),
            resonances=(((4200, 5000), 140, 0.0),),
            jitter=0.01,
            uneven_db=0.5,
            noise_db=-80.0,
            group_s=(0.26, 0.38),
            sounding=(0.6, 0.72),
            pause_db=-24.0,
        ),
        room_s=(0.4, 0.6),
        room_db=-12.0,
    ),
    steady(
        ("cicada", "a cicada droning", "insects", "Insect"),
        Pulses(
            rate_hz=(190, 260),
            resonances=(((5200, 5800), 900, 0.0), ((6500, 7000), 800, -2.0)),
            jitter=0.12,
            burst_s=0.004,
            noise_db=3.0,
            hiss_db=-12.0,
        ),
    ),
    steady(
        ("mosquito", "a mosquito whining", "insects", "Mosquito"),
        Tone(
            pitch_hz=(520, 680),
            timbre=Timbre(rolloff=(0.72, 0.84), wander_st=0.08, vibrato_hz=(9, 13), vibrato_st=0.15, air_db=(-22, -17)),
        ),
    ),
    Entry(
        *("frog", "a frog croaking", "frogs", "Croak", False, True, (1.0, 4.0)),
        Pulses(
            rate_hz=(85, 130),
            resonances=(((600, 800), 160, 0.0), ((1500, 2000), 400, 0.0), ((2800, 3300), 600, -6.0)),
            burst_s=0.01,
            group_s=(0.3, 0.4),
            sounding=(0.68, 0.78),
            rise=(0.2, 0.5),
            pause_db=-34.0,
        ),
        room_s=(0.5, 0.8),
        room_db=(-11, -8),
    ),
)
"""Rows of the table of the built-in sounds."""
