"""Blown and bowed instruments: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.tonal import Notes, Timbre, Tone

__all__ = ["WINDS"]

WINDS: tuple[Entry, ...] = (
    Entry(
        *("flute", "a flute playing", "instruments", "Flute", False, True, (1.5, 6.0)),
        Notes(
            pitch_hz=(500, 640),
            timbre=Timbre(
                rolloff=(0.3, 0.42), breath_db=(-22, -17), breath_width=1.2, air_db=(-30, -26), vibrato_st=(0.15, 0.3)
            ),
            steps_st=(0.0, 4.0, 7.0, 5.0, 9.0, 7.0, 2.0),
            lengths=(1.0, 0.5, 0.5, 1.5),
            note_s=(0.28, 0.42),
            sounding=0.95,
            attack_s=0.035,
        ),
        room_s=(0.8, 1.2),
        room_db=-12.0,
    ),
    Entry(
        *("trumpet", "a trumpet playing a fanfare", "instruments", "Trumpet", False, True, (1.5, 5.0)),
        Notes(
            pitch_hz=(330, 390),
            timbre=Timbre(
                rolloff=(0.78, 0.86), vibrato_st=(0.05, 0.15), formants=((1250, 900, 0.0), (2500, 1400, -4.0))
            ),
            steps_st=(0.0, 0.0, 5.0, 9.0, 5.0, 9.0, 12.0),
            lengths=(0.5, 0.5, 1.0, 1.0, 0.5, 0.5, 2.0),
            note_s=(0.26, 0.36),
            sounding=0.88,
            attack_s=0.02,
        ),
        room_s=(0.8, 1.3),
        room_db=-11.0,
    ),
    Entry(
        *("violin", "a violin playing", "instruments", "Violin, fiddle", False, True, (2.0, 6.0)),
        Notes(
            pitch_hz=(390, 520),
            timbre=Timbre(
                rolloff=(0.86, 0.91),
                vibrato_hz=(5.5, 6.5),
                vibrato_st=(0.3, 0.45),
                air_db=-32.0,
                formants=((480, 250, 0.0), (1000, 600, -2.0), (2900, 1500, -3.0)),
            ),
            steps_st=(0.0, 2.0, 3.0, 7.0, 5.0, 3.0, 2.0, -2.0),
            lengths=(1.0, 1.0, 0.5, 1.5),
            note_s=(0.5, 0.7),
            sounding=1.08,
            attack_s=0.06,
        ),
        room_s=(0.8, 1.3),
        room_db=-12.0,
    ),
    steady(
        ("pipe organ", "a pipe organ holding a chord", "instruments", "Organ"),
        Tone(
            pitch_hz=(125, 180),
            chord_st=(0.0, 7.01955, 12.0, 15.86314, 24.0),  # just intervals: nothing beats
            flutter_hz=(5.5, 6.5),
            flutter_db=(1.0, 2.5),
            timbre=Timbre(rolloff=(0.4, 0.55), wander_st=0.0, air_db=-38.0),
            attack_s=0.06,
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
