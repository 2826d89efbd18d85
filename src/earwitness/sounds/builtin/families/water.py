"""Water and weather: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Bursts, Grains, Whistling
from earwitness.sounds.builtin.tonal import Notes, Timbre

__all__ = ["WATER"]

WATER: tuple[Entry, ...] = (
    steady(
        ("rain", "rain falling", "weather", "Rain"),
        Grains(
            density_hz=(110, 180),
            pitch_hz=(1800, 6500),
            t60_s=(0.004, 0.02),
            noisy=0.7,
            uneven_db=20.0,
            bed=(((400, 700), (6500, 7500), 4.0),),
        ),
    ),
    steady(
        ("brook", "a brook babbling", "water", "Stream"),
        Grains(
            density_hz=(170, 220),
            pitch_hz=(500, 2800),
            t60_s=(0.012, 0.045),
            glide_st=(1.0, 7.0),
            uneven_db=12.0,
            bed=((300, (3000, 5000), -4.0),),
        ),
    ),
    Entry(
        *("dripping tap", "a tap dripping", "water", "Drip", False, True, (1.2, 4.0)),
        Notes(
            pitch_hz=(800, 1300),
            timbre=Timbre(wander_st=0.0),
            note_s=(0.22, 0.29),
            sounding=0.35,
            bend_st=(0.0, 5.0, 14.0),
            spread_st=2.0,
            attack_s=0.002,
            t60_s=(0.07, 0.11),
        ),
        room_s=(0.9, 1.3),
        room_db=(-11, -8),
    ),
    Entry(
        *("surf", "surf rolling in", "water", "Waves, surf", False, False, (3.0, 5.5)),
        Bursts(
            band_hz=((120, 200), (5500, 7000)),
            every_s=0.0,
            attack_s=(1.0, 1.8),
            t60_s=(4.5, 7.0),
            bed_db=-26.0,
        ),
    ),
    Entry(
        *("wind", "wind howling", "weather", "Wind", False, True, (3.0, 7.0)),
        Whistling(
            pitch_hz=((330, 520), (700, 1000)),
            width=(0.2, 0.3),
            wander_st=(6, 9),
            wander_hz=(0.9, 1.5),
            gust_db=(5, 7),
            air_db=(-13, -9),
        ),
    ),
    Entry(
        *("thunder", "thunder rumbling", "weather", "Thunder", False, False, (2.0, 3.2)),
        Bursts(
            band_hz=((28, 40), (200, 380)),
            every_s=(0.08, 0.13),
            jitter=0.5,
            attack_s=(0.02, 0.12),
            t60_s=(1.8, 3.0),
            uneven_db=4.0,
            fade_db_s=(8.0, 11.0),
            turns=(1.0, 2.6, 0.8),
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
