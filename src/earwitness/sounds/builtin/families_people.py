"""What people do, and what breaks, falls or is hit: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Grains
from earwitness.sounds.builtin.struck import Strikes
from earwitness.sounds.builtin.tonal import Notes, Timbre

__all__ = ["PEOPLE"]

_HUM = ((250.0, 90.0, 0.0), (1100.0, 200.0, -22.0), (2300.0, 300.0, -30.0))  # a closed mouth

PEOPLE: tuple[Entry, ...] = (
    Entry(
        *("whistling", "a person whistling a tune", "people", "Whistling", False, True, (1.5, 6.0)),
        Notes(
            pitch_hz=(950, 1300),
            timbre=Timbre(rolloff=0.03, breath_db=(-22, -15), breath_width=0.5, vibrato_hz=5.5, vibrato_st=(0.2, 0.4)),
            steps_st=(0.0, 2.0, 4.0, 7.0, 5.0, 4.0, 9.0, 7.0),
            lengths=(1.0, 0.5, 0.5, 1.5),
            note_s=(0.3, 0.42),
            sounding=1.06,
            bend_st=(-0.8, 0.0, 0.0, 0.0),
            attack_s=0.03,
        ),
    ),
    Entry(
        *("humming", "a person humming a tune", "people", "Humming", False, True, (1.5, 6.0)),
        Notes(
            pitch_hz=(120, 210),
            timbre=Timbre(rolloff=(0.7, 0.8), vibrato_st=(0.1, 0.3), wander_st=0.15, formants=_HUM),
            steps_st=(0.0, 4.0, 2.0, 5.0, 4.0, 0.0, -3.0),
            lengths=(1.0, 0.6, 0.6, 1.4),
            note_s=(0.4, 0.55),
            sounding=1.08,
            bend_st=(-0.6, 0.0, 0.0, 0.0),
            attack_s=0.04,
        ),
    ),
    steady(
        ("applause", "an audience applauding", "people", "Applause"),
        Grains(
            density_hz=(150, 220),
            pitch_hz=(800, 2600),
            t60_s=(0.02, 0.05),
            noisy=1.0,
            uneven_db=14.0,
            bed=((500, 4000, -10.0),),
        ),
    ),
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
    Entry(
        *("bouncing ball", "a ball bouncing to rest", "impacts", "Bouncing", False, False, (1.0, 1.5)),
        Strikes(
            pitch_hz=(280, 420),
            ratios=(1.0, 1.5, 2.3),
            t60_s=(0.06, 0.1),
            every_s=(0.24, 0.3),
            hurry=(0.8, 0.83),
            click_db=-12.0,
            click_hz=(500.0, 4000.0),
            uneven_db=0.0,
        ),
        room_s=(0.5, 0.7),
        room_db=(-11, -9),
    ),
    Entry(
        *("shattering glass", "a pane of glass shattering", "impacts", "Shatter", False, False, (0.8, 1.5)),
        Grains(
            density_hz=(280, 400),
            pitch_hz=(2300, 7000),
            t60_s=(0.01, 0.09),
            noisy=0.4,
            uneven_db=13.0,
            thinning_s=(1.8, 2.4),
        ),
        room_s=(0.6, 0.9),
        room_db=-8.0,
    ),
    Entry(
        *("anvil", "an anvil being hammered", "impacts", "Clang", False, True, (1.0, 3.5)),
        Strikes(
            pitch_hz=(1000, 1400),
            ratios=(1.0, 1.58, 2.13, 2.91, 3.66, 4.4, 5.3),
            t60_s=(0.9, 1.5),
            damping=0.4,
            tilt_db=(-1.0, 1.0),
            every_s=(0.22, 0.29),
            jitter=0.06,
            click_db=-5.0,
            click_s=0.03,
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
