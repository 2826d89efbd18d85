"""Alarms, signals and telephones: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.struck import Strikes
from earwitness.sounds.builtin.tonal import Notes, Symbols, Timbre, Tone

__all__ = ["SIGNALS"]

_LINE_DB = -33.0  # a telephone line's own noise, under its tones

SIGNALS: tuple[Entry, ...] = (
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
