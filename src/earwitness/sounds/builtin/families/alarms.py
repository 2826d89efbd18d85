"""Alarms and signals: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.tonal import Notes, Timbre, Tone

__all__ = ["ALARMS"]

ALARMS: tuple[Entry, ...] = (
    Entry(
        *("smoke alarm", "a smoke alarm beeping", "alarms", "Smoke detector, smoke alarm", False, True, (1.2, 4.0)),
        Notes(
            pitch_hz=(2950, 3350),
            timbre=Timbre(rolloff=(0.15, 0.45), odd=True, wander_st=0.01),
            note_s=(0.3, 0.44),
            sounding=(0.5, 0.62),
            attack_s=0.004,
        ),
        room_s=(0.7, 1.0),
        room_db=(-17, -12),
    ),
    Entry(
        *("two-tone siren", "a two-tone siren sounding", "alarms", "Ambulance (siren)", False, True, (2.0, 6.0)),
        Notes(
            pitch_hz=(410, 470),
            timbre=Timbre(rolloff=(0.75, 0.88), formants=((1100, 900, 0.0), (1900, 1500, -6.0))),
            steps_st=(0.0, 5.0),
            note_s=(0.6, 0.8),
            sounding=1.0,
            attack_s=0.012,
        ),
        room_s=(0.8, 1.4),
        room_db=(-16, -11),
    ),
    Entry(
        *("wailing siren", "a siren wailing", "alarms", "Civil defense siren", False, True, (2.5, 6.5)),
        Tone(
            pitch_hz=(420, 560),
            timbre=Timbre(rolloff=(0.55, 0.75), formants=((900, 900, 0.0), (2000, 1500, -4.0))),
            sweep_st=(11, 15),
            sweep_hz=(0.22, 0.4),
        ),
        room_s=(1.0, 1.6),
        room_db=(-10, -6),
    ),
    Entry(
        *("reversing beeper", "a reversing truck beeping", "alarms", "Reversing beeps", False, True, (1.5, 5.0)),
        Notes(
            pitch_hz=(1050, 1380),
            timbre=Timbre(rolloff=(0.3, 0.55), odd=True, wander_st=0.01),
            note_s=(0.5, 0.68),
            sounding=(0.64, 0.7),
            attack_s=0.006,
        ),
        room_s=(0.8, 1.1),
        room_db=(-16, -11),
    ),
    steady(
        ("kettle whistle", "a kettle whistling", "alarms", "Whistle"),
        Tone(
            pitch_hz=(2100, 2700),
            timbre=Timbre(
                rolloff=(0.1, 0.25), wander_st=0.0, breath_db=(-20, -15), breath_width=0.25, air_db=(-26, -22)
            ),
        ),
    ),
    steady(
        ("buzzer", "a buzzer sounding", "alarms", "Buzzer"),
        Tone(
            pitch_hz=(110, 190),
            timbre=Timbre(
                rolloff=(0.93, 0.96),
                wander_st=0.02,
                rough=(0.3, 0.6),
                rough_hz=(45, 65),
                formants=((900, 800, 0.0), (2400, 1200, 2.0)),
            ),
        ),
    ),
    steady(
        ("car horn", "a car horn honking", "alarms", "Vehicle horn, car horn, honking"),
        Tone(
            pitch_hz=(370, 430),
            chord_st=(0.0, (4.1, 4.6)),
            timbre=Timbre(rolloff=(0.82, 0.9), wander_st=0.02, formants=((1500, 1500, 0.0), (2900, 1500, 3.0))),
        ),
    ),
    steady(
        ("foghorn", "a foghorn blowing", "alarms", "Foghorn"),
        Tone(
            pitch_hz=(85, 130),
            timbre=Timbre(
                rolloff=(0.86, 0.92), air_db=(-30, -24), formants=((300, 200, 0.0), (620, 300, -3.0), (1300, 600, -8.0))
            ),
            attack_s=0.08,
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
