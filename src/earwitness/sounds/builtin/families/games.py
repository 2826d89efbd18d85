"""Electronic games: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.tonal import Notes, Timbre

__all__ = ["GAMES"]

GAMES: tuple[Entry, ...] = (
    Entry(
        *("laser gun", "a laser gun zapping", "games", None, False, True, (0.5, 2.0)),
        Notes(
            pitch_hz=(380, 600),
            timbre=Timbre(rolloff=(0.6, 0.8), odd=True, wander_st=0.0),
            note_s=(0.24, 0.36),
            sounding=1.0,
            bend_st=(40.0, 22.0, 10.0, 2.0, -6.0),
            attack_s=0.004,
            t60_s=(0.8, 1.1),
        ),
        room_s=0.5,
        room_db=-14.0,
    ),
    Entry(
        *("game coin", "a video game coin chiming", "games", None, False, False, (0.5, 0.9)),
        Notes(
            pitch_hz=(940, 1050),
            timbre=Timbre(rolloff=(0.5, 0.65), odd=True, wander_st=0.0),
            steps_st=(0.0, 5.0),
            note_s=(0.07, 0.1),
            sounding=1.0,
            attack_s=0.003,
            t60_s=(0.9, 1.3),
            once=True,
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
