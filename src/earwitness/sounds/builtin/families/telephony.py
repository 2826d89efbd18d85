"""Telephones and data: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Layers, Phases
from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Noise, Pulses
from earwitness.sounds.builtin.signals import Keyed, Through
from earwitness.sounds.builtin.struck import Strikes
from earwitness.sounds.builtin.tonal import Notes, Symbols, Timbre, Tone

__all__ = ["TELEPHONY"]

_LINE_DB = -33.0  # a telephone line's own noise, under its tones

TELEPHONY: tuple[Entry, ...] = (
    steady(
        ("dial tone", "a dial tone droning", "telephony", "Dial tone"),
        Tone(pitch_hz=(345, 355), chord_st=((3.9, 4.1), 0.0), timbre=Timbre(wander_st=0.0, air_db=(-42, -34))),
    ),
    Entry(
        *("busy tone", "a busy tone pulsing", "telephony", "Busy signal", False, True, (1.5, 3.5)),
        Through(
            Keyed(
                Tone(
                    pitch_hz=(450, 500),
                    chord_st=(0.0, (4.4, 4.6)),
                    timbre=Timbre(rolloff=(0.0, 0.25), wander_st=0.0),
                ),
                patterns=((1.0, 1.0),),
                unit_s=(0.225, 0.26),
                floor_db=(-36, -32),
                floor_hz=(300.0, 3000.0),
            ),
            low_hz=300,
            high_hz=(3000, 3600),
            drive=(0.1, 0.8),
        ),
    ),
    Entry(
        *("touch-tones", "a number dialled in touch-tones", "telephony", "Telephone dialing, DTMF"),
        *(False, True, (1.2, 3.0)),
        Symbols(
            alphabet_hz=tuple((low, high) for low in (697, 770, 852, 941) for high in (1209, 1336, 1477)),
            symbol_s=(0.16, 0.3),
            sounding=(0.55, 0.75),
            floor_db=_LINE_DB,
        ),
    ),
    Entry(
        *("modem", "a modem screeching", "telephony", None, False, True, (2.0, 4.0)),
        Through(
            Phases(
                (
                    (Tone(pitch_hz=(2080, 2120), timbre=Timbre(wander_st=0.0), attack_s=0.004), -2.0, (0.6, 1.0)),
                    (
                        Symbols(alphabet_hz=((980,), (1180,), (1650,), (1850,)), symbol_s=(0.008, 0.016)),
                        0.0,
                        (0.8, 1.4),
                    ),
                    (
                        Tone(pitch_hz=(145, 155), timbre=Timbre(rolloff=(0.97, 0.99), wander_st=0.0), attack_s=0.004),
                        -4.0,
                        (0.4, 0.7),
                    ),
                    (Noise(bands=((600, 3200, 0.0),), whines=((1800, -12.0),)), -1.0, (1.0, 2.0)),
                )
            ),
            low_hz=(350, 450),
            high_hz=(3000, 3600),
            noise_db=(-40, -32),
            noise_hz=(300.0, 3400.0),
        ),
    ),
    Entry(
        *("telephone bell", "an old telephone ringing", "telephony", "Telephone bell ringing"),
        *(False, True, (1.5, 3.0)),
        Keyed(
            Strikes(
                pitch_hz=(1050, 1650),
                ratios=(1.0, 1.05, 2.1, 2.7, 3.4, 4.4),
                t60_s=(0.22, 0.45),
                every_s=(0.04, 0.053),
                jitter=(0.0, 0.06),
                uneven_db=(0.5, 2.0),
                tilt_db=(-0.5, 3.5),
                click_db=(-26, -10),
                steps_st=(0.0, 4.0),
            ),
            patterns=((0.4, 0.2),),
            unit_s=(0.8, 1.2),
            pause_db=(-34, -27),
        ),
        room_s=(0.3, 0.7),
        room_db=(-12, -7),
    ),
    Entry(
        *("mobile ringtone", "a mobile ringtone playing", "telephony", "Ringtone", False, True, (1.6, 3.5)),
        Through(
            Notes(
                pitch_hz=(780, 1150),
                timbre=Timbre(rolloff=(0.15, 0.5), odd=True, wander_st=0.0),
                steps_st=(0.0, 7.0, 4.0, 12.0, 9.0, 16.0, 7.0, 11.0, 2.0, 9.0),
                lengths=(1.0, 1.0, 2.0, 1.0, 1.0, 2.0),
                note_s=(0.1, 0.14),
                sounding=(0.8, 0.93),
                attack_s=0.004,
            ),
            low_hz=(300, 500),
            drive=(0.3, 2.0),
            noise_db=(-46, -36),
        ),
        room_s=(0.4, 0.7),
        room_db=(-15, -9),
    ),
    Entry(
        *("phone vibrating", "a phone vibrating on a table", "telephony", "Vibration", False, True, (1.6, 3.2)),
        Keyed(
            Layers(
                (
                    (
                        Pulses(
                            rate_hz=(120, 155),
                            resonances=(((190, 245), 120, 0.0), ((550, 800), 500, -4.0), ((2050, 2500), 2000, -10.0)),
                            jitter=(0.0, 0.08),
                            noise_db=(-20, -8),
                        ),
                        0.0,
                    ),
                    (Tone(pitch_hz=(120, 155), timbre=Timbre(rolloff=(0.3, 0.7))), (-12, -2)),
                )
            ),
            patterns=((5.0, 1.0),),
            unit_s=(0.09, 0.115),
            ends_s=(0.03, 0.05),
            floor_db=(-38, -32),
        ),
        room_s=(0.3, 0.5),
        room_db=(-11, -5),
    ),
    Entry(
        *("morse code", "morse code being sent", "telephony", "Beep, bleep", False, True, (1.5, 3.5)),
        Keyed(
            Tone(pitch_hz=(860, 1250), timbre=Timbre(rolloff=(0.2, 0.6), odd=True, wander_st=0.0), attack_s=0.002),
            patterns=(
                (1.0, 2.2),
                (3.0, 2.2),
                (1.0, 1.0, 3.0, 2.2),
                (3.0, 1.0, 1.0, 2.2),
                (1.0, 1.0, 1.0, 2.2),
                (3.0, 1.0, 3.0, 2.2),
                (1.0, 1.0, 1.0, 1.0, 1.0, 2.2),
                (3.0, 1.0, 1.0, 1.0, 3.0, 2.2),
            ),
            unit_s=(0.06, 0.085),
            drawn=True,
            jitter=(0.0, 0.1),
            ends_s=(0.002, 0.005),
            floor_db=(-36, -33),
        ),
        room_s=(0.2, 0.6),
        room_db=(-23, -15),
    ),
    Entry(
        *("sonar", "a sonar pinging", "telephony", "Sonar", False, False, (1.2, 1.6)),
        Through(
            Strikes(
                pitch_hz=(1060, 1350),
                ratios=(1.0, 0.99, 1.01, 0.98, 1.02, 0.97, 1.03, 0.96, 1.04),
                t60_s=(1.3, 1.6),
                damping=0.0,
                click_db=-80.0,
            ),
            echoes=(((0.5, 0.65), (-19, -11)),),
            noise_db=(-50, -43),
            noise_hz=(40.0, 900.0),
        ),
        room_s=(1.4, 2.2),
        room_db=(-14, -8),
    ),
)
"""Rows of the table of the built-in sounds."""
