"""Engines and machines: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Bursts, Noise, Pulses
from earwitness.sounds.builtin.tonal import Timbre, Tone

__all__ = ["MACHINES"]

MACHINES: tuple[Entry, ...] = (
    steady(
        ("engine idling", "a car engine idling", "machines", "Idling"),
        Pulses(
            rate_hz=(22, 32),
            resonances=(
                ((85, 120), 80, 0.0),
                ((190, 260), 200, -2.0),
                ((500, 800), 600, -5.0),
                ((1500, 2200), 1500, -8.0),
            ),
            cycle_db=(0.0, -1.0, -0.5, -1.5),
            burst_s=0.09,
            noise_db=-14.0,
            hiss_db=-12.0,
        ),
    ),
    steady(
        ("helicopter", "a helicopter hovering", "machines", "Helicopter"),
        Noise(
            bands=((50, (180, 260), 0.0), (200, (1000, 1600), -4.0)),
            whines=(((900, 1300), -26.0),),
            chop_hz=(17, 23),
            chop_db=(14, 20),
        ),
    ),
    steady(
        ("vacuum cleaner", "a vacuum cleaner running", "machines", "Vacuum cleaner"),
        Noise(
            bands=((150, 700, -2.0), (600, (4500, 6500), 0.0)),
            whines=(((300, 390), -2.0), ((620, 780), -5.0), ((1300, 1700), -8.0)),
        ),
    ),
    steady(
        ("mains hum", "mains hum", "machines", "Mains hum"),
        Tone(
            pitch_hz=(99.8, 120.2),
            timbre=Timbre(rolloff=(0.5, 0.66), wander_st=0.0, air_db=(-36, -28)),
            attack_s=0.01,
        ),
    ),
    steady(
        ("sewing machine", "a sewing machine stitching", "machines", "Sewing machine"),
        Pulses(
            rate_hz=(22, 30),
            resonances=(((700, 900), 500, 0.0), ((1900, 2500), 900, 3.0), ((4200, 5000), 1500, 2.0)),
            cycle_db=(0.0, -5.0),
            uneven_db=1.0,
            burst_s=(0.02, 0.03),
            noise_db=2.0,
            hiss_db=-22.0,
        ),
    ),
    Entry(
        *("steam train", "a steam train chuffing", "machines", "Train", False, True, (1.5, 5.0)),
        Bursts(
            band_hz=((350, 500), (2500, 3500)),
            every_s=(0.22, 0.34),
            jitter=0.03,
            attack_s=(0.06, 0.09),
            t60_s=(0.38, 0.5),
            turns=(1.0, 0.8),
            bed_db=-24.0,
            body=(((90, 130), 60, 0.0),),
        ),
        room_s=0.8,
        room_db=-12.0,
    ),
)
"""Rows of the table of the built-in sounds."""
