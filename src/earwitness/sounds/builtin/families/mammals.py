"""Mammals: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.tonal import Notes, Timbre

__all__ = ["MAMMALS"]

MAMMALS: tuple[Entry, ...] = (
    Entry(
        *("cow", "a cow mooing", "mammals", "Moo", False, False, (1.2, 2.4)),
        Notes(
            pitch_hz=(105, 150),
            timbre=Timbre(
                rolloff=(0.93, 0.96),
                rough=(0.1, 0.3),
                rough_hz=40.0,
                wander_st=0.4,
                air_db=(-16, -12),
                formants=(((450, 560), 120, 0.0), ((950, 1150), 180, -3.0), (2500, 400, -12.0)),
            ),
            bend_st=(-2.0, 1.0, 3.5, 3.5, 2.5, -1.0),
            once=True,
            attack_s=0.18,
            t60_s=(4.0, 6.0),
        ),
        room_s=0.8,
        room_db=-14.0,
    ),
)
"""Rows of the table of the built-in sounds."""
