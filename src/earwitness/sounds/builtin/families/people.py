"""Voices without words and what bodies do: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Grains
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
)
"""Rows of the table of the built-in sounds."""
