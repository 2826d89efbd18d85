"""Electronic games: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.chips import Chip
from earwitness.sounds.builtin.composite import Layers
from earwitness.sounds.builtin.entry import Entry

__all__ = ["GAMES"]

GAMES: tuple[Entry, ...] = (
    Entry(
        *("laser gun", "a laser gun zapping", "games", "Sound effect", False, True, (0.6, 0.9)),
        Chip(
            pitch_hz=(450.0, 680.0),
            note_s=(0.21, 0.25),
            duty=(0.37, 0.49),
            slide_st=((21.7, 26.7), (16.6, 23.7), (3.9, 8.7), (-12.9, -7.5)),
            t60_s=(0.42, 0.51),
        ),
        room_s=(0.31, 0.45),
        room_db=(-13.6, -10.9),
    ),
    Entry(
        *("game coin", "a video game coin chiming", "games", "Beep, bleep", False, False, (0.7, 1.0)),
        Chip(
            pitch_hz=(1250, 1500),
            steps_st=(0.0, 5.0),
            note_s=(0.06, 0.1),
            once=True,
            duty=(0.25, 0.5),
            t60_s=(1.0, 1.6),
        ),
    ),
    Entry(
        *("game jump", "a video game jump", "games", "Sound effect", False, False, (0.4, 0.48)),
        Chip(
            pitch_hz=(150.0, 220.0),
            note_s=20.0,
            duty=(0.3, 0.45),
            slide_st=((-2.1, 2.1), (1.2, 4.2), (4.1, 7.4), (20.1, 27.4)),
            t60_s=(0.58, 0.94),
        ),
    ),
    Entry(
        *("power-up", "a power-up rising", "games", "Sound effect", False, False, (0.6, 0.72)),
        Chip(
            pitch_hz=(290.0, 410.0),
            steps_st=(
                0.0,
                4.0,
                7.0,
                12.0,
                2.0,
                6.0,
                9.0,
                14.0,
                4.0,
                8.0,
                11.0,
                16.0,
                7.0,
                11.0,
                14.0,
                19.0,
                9.0,
                13.0,
                16.0,
                21.0,
                12.0,
                16.0,
                19.0,
                24.0,
            ),
            note_s=(0.03, 0.039),
            duty=(0.26, 0.41),
            echo_s=(0.043, 0.06),
            echo_db=(-13.7, -10.1),
        ),
    ),
    Entry(
        *("chiptune", "a chiptune playing", "games", "Video game music", False, True, (2.5, 4.5)),
        Layers(
            parts=(
                (
                    Chip(
                        pitch_hz=(400, 850),
                        steps_st=(0, 4, 7, 12, 7, 9, 5, 4, 2, 5, 9, 14, 11, 7, 4, 2),
                        lengths=(1, 1, 1, 2, 1, 1, 1, 1, 2, 1),
                        note_s=(0.13, 0.17),
                        sounding=(0.81, 0.95),
                        duty=(0.27, 0.41),
                        vibrato_hz=(6.9, 8.3),
                        vibrato_st=(0.23, 0.38),
                        t60_s=(1.0, 1.8),
                        echo_s=(0.17, 0.25),
                        echo_db=(-12.9, -9.3),
                    ),
                    0.0,
                ),
                (
                    Chip(
                        pitch_hz=(70.0, 140.0),
                        steps_st=(0, 0, 12, 0, 5, 5, 17, 5, 7, 7, 19, 7),
                        note_s=(0.093, 0.12),
                        sounding=(0.65, 0.76),
                        wave="triangle",
                    ),
                    (-3.0, 1.2),
                ),
                (
                    Chip(
                        pitch_hz=(250, 460),
                        steps_st=(0.0, 5.0, 7.0, 0.0),
                        note_s=(0.54, 0.72),
                        duty=(0.16, 0.24),
                        arpeggio_st=(0.0, 4.0, 7.0),
                        arpeggio_hz=(24.4, 32.1),
                    ),
                    (-13.6, -8.8),
                ),
                (
                    Chip(
                        pitch_hz=(4580.0, 5840.0),
                        lengths=(1.0, 0.5, 0.5, 1.0),
                        note_s=(0.13, 0.17),
                        wave="noise",
                        t60_s=(0.078, 0.12),
                    ),
                    (-23.5, -17.5),
                ),
            ),
        ),
    ),
    Entry(
        *("flying saucer", "a flying saucer hovering", "games", "Sound effect", True, True, (2.0, 4.0)),
        Chip(
            pitch_hz=(480.0, 820.0),
            note_s=20.0,
            wave="sine",
            vibrato_hz=(9.1, 12.8),
            vibrato_st=(3.6, 6.2),
            ratio=(1.4, 2.6),
            index=(0.019, 0.17),
            echo_s=(0.1, 0.16),
            echo_db=(-13.4, -9.8),
        ),
        room_s=(0.93, 1.3),
        room_db=(-13.1, -10.1),
    ),
    Entry(
        *("teleporter", "a teleporter whirring up", "games", "Sound effect", False, False, (1.1, 1.3)),
        Chip(
            pitch_hz=(260.0, 410.0),
            note_s=20.0,
            wave="sine",
            slide_st=((-11.6, -8.0), (10.8, 15.6), (21.7, 27.6)),
            vibrato_hz=(14.4, 21.4),
            vibrato_st=(2.2, 4.6),
            ratio=(0.42, 0.84),
            index=(0.27, 0.61),
            echo_s=(0.044, 0.064),
            echo_db=(-7.8, -5.4),
        ),
        room_s=(1.2, 1.8),
        room_db=(-9.9, -7.2),
    ),
)
