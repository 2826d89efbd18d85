"""Plucked and struck strings and keys: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.struck import Plucks

__all__ = ["STRINGS"]

STRINGS: tuple[Entry, ...] = (
    Entry(
        *("guitar", "an acoustic guitar strumming", "instruments", "Acoustic guitar", False, True, (1.5, 6.0)),
        Plucks(
            pitch_hz=(80, 100),
            chords_st=((0, 7, 12, 16, 19, 24), (5, 12, 17, 21, 24, 29), (7, 14, 19, 23, 26, 31)),
            every_s=(0.27, 0.32),
            strum_s=(0.012, 0.03),
            t60_s=(0.8, 1.2),
            brightness=(0.3, 0.8),
            body_hz=(95, 120),
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
