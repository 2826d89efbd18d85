"""Machines and engines: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Bursts, Noise, Pulses
from earwitness.sounds.builtin.struck import Strikes
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
