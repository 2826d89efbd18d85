"""Telephones and data: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.struck import Strikes
from earwitness.sounds.builtin.tonal import Notes, Symbols, Timbre, Tone

__all__ = ["TELEPHONY"]

_LINE_DB = -33.0  # a telephone line's own noise, under its tones

TELEPHONY: tuple[Entry, ...] = (
    Entry(
        *("sonar", "a sonar pinging", "signals", "Sonar", False, False, (1.0, 1.8)),
        Notes(
            pitch_hz=(1350, 1800),
            timbre=Timbre(wander_st=0.0, rolloff=0.03),
            once=True,
            attack_s=0.006,
            t60_s=(2.6, 3.6),
        ),
        room_s=(1.8, 2.6),
        room_db=(-15, -11),
    ),
    steady(
        ("dial tone", "a dial tone droning", "telephony", "Dial tone"),
        Tone(pitch_hz=(345, 355), chord_st=((3.9, 4.1), 0.0), timbre=Timbre(wander_st=0.0, air_db=(-42, -34))),
    ),
    Entry(
        *("busy tone", "a busy tone pulsing", "telephony", "Busy signal", False, True, (1.5, 5.0)),
        Notes(
            pitch_hz=(470, 500),
            timbre=Timbre(rolloff=0.18, rough=0.9, rough_hz=(130, 150), wander_st=0.0),
            note_s=(0.36, 0.52),
            sounding=(0.5, 0.58),
            attack_s=0.005,
            floor_db=_LINE_DB,
        ),
    ),
    Entry(
        *("touch-tones", "a number dialled in touch-tones", "telephony", "Telephone dialing, DTMF"),
        *(False, True, (1.2, 3.5)),
        Symbols(
            alphabet_hz=tuple((low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477)),
            symbol_s=(0.16, 0.3),
            sounding=(0.55, 0.75),
            floor_db=_LINE_DB,
        ),
    ),
    steady(
        ("modem", "a modem screeching", "telephony", None),
        Symbols(
            alphabet_hz=((980,), (1180,), (1650,), (1850,), (2100,)),
            symbol_s=(0.008, 0.016),
            stretch=(0.92, 1.08),
            scramble_db=(-9, -3),
        ),
    ),
    steady(
        ("telephone bell", "an old telephone ringing", "telephony", "Telephone bell ringing"),
        Strikes(
            pitch_hz=(1250, 1700),
            ratios=(1.0, 1.27, 2.41, 3.2, 4.1),
            t60_s=(0.3, 0.45),
            every_s=(0.042, 0.054),
            jitter=0.04,
            uneven_db=0.8,
            tilt_db=-2.0,
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
