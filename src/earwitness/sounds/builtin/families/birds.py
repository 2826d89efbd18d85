"""Birds: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.tonal import Notes, Timbre

__all__ = ["BIRDS"]

BIRDS: tuple[Entry, ...] = (
    Entry(
        *("cuckoo", "a cuckoo calling", "birds", "Bird vocalization, bird call, bird song", False, True, (0.8, 3.5)),
        Notes(
            pitch_hz=(500, 580),
            timbre=Timbre(rolloff=(0.04, 0.12), breath_db=(-24, -18)),
            steps_st=(4.0, 0.0),
            lengths=(0.85, 1.3),
            note_s=(0.26, 0.34),
            sounding=0.66,
            bend_st=(0.4, 0.0, -0.3),
            attack_s=0.03,
        ),
        room_s=(0.9, 1.3),
        room_db=(-15, -11),
    ),
    Entry(
        *("owl", "an owl hooting", "birds", "Owl", False, True, (1.5, 4.5)),
        Notes(
            pitch_hz=(310, 390),
            timbre=Timbre(rolloff=(0.03, 0.08), breath_db=(-18, -12), vibrato_st=0.0),
            lengths=(1.0, 0.45, 0.45, 1.6),
            note_s=(0.4, 0.55),
            sounding=0.88,
            bend_st=(-3.0, 0.0, 0.4, -2.5),
            attack_s=0.06,
        ),
        room_s=(0.9, 1.4),
        room_db=(-14, -11),
    ),
    Entry(
        *("songbird", "a songbird twittering", "birds", "Chirp, tweet", False, True, (1.0, 4.5)),
        Notes(
            pitch_hz=(3000, 3800),
            timbre=Timbre(wander_st=0.3),
            steps_st=(0.0, 3.0, 5.0, 7.0, 10.0),
            drawn=True,
            note_s=(0.09, 0.15),
            sounding=0.75,
            bend_st=(5.0, -4.0, 2.0),
            spread_st=2.0,
            attack_s=0.012,
        ),
        room_s=(0.4, 0.7),
        room_db=(-12, -8),
    ),
    Entry(
        *("crow", "a crow cawing", "birds", "Crow", False, True, (0.8, 3.5)),
        Notes(
            pitch_hz=(420, 540),
            timbre=Timbre(
                rolloff=(0.88, 0.93),
                rough=(0.5, 0.8),
                rough_hz=(60, 90),
                wander_st=0.6,
                air_db=(-9, -5),
                formants=((1250, 350, 0.0), (1900, 500, -3.0), (3600, 900, -9.0)),
            ),
            note_s=(0.42, 0.56),
            sounding=0.72,
            bend_st=(-2.0, 0.5, 0.0, -2.5),
            attack_s=0.04,
        ),
        room_s=(0.7, 1.0),
        room_db=(-10, -7),
    ),
)
"""Rows of the table of the built-in sounds."""
