"""Alarms and signals: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Layers
from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Noise, Pulses
from earwitness.sounds.builtin.signals import Keyed, Through
from earwitness.sounds.builtin.struck import Strikes
from earwitness.sounds.builtin.tonal import Notes, Timbre, Tone

__all__ = ["ALARMS"]

ALARMS: tuple[Entry, ...] = (
    Entry(
        *("smoke alarm", "a smoke alarm beeping", "alarms", "Smoke detector, smoke alarm", False, True, (1.2, 3.0)),
        Notes(
            pitch_hz=(2950, 3350),
            timbre=Timbre(rolloff=(0.15, 0.45), odd=True, wander_st=0.01),
            note_s=(0.3, 0.44),
            sounding=(0.53, 0.63),
            attack_s=0.004,
        ),
        room_s=(0.7, 1.0),
        room_db=(-16, -12),
    ),
    Entry(
        *("two-tone siren", "a two-tone siren sounding", "alarms", "Ambulance (siren)", False, True, (2.0, 4.0)),
        Through(
            Notes(
                pitch_hz=(360, 640),
                timbre=Timbre(rolloff=(0.72, 0.87), formants=((1100, 900, 0.0), (1900, 1500, -6.0))),
                steps_st=(0.0, 5.0),
                note_s=(0.5, 0.75),
                sounding=1.0,
                attack_s=0.012,
            ),
            noise_db=(-28, -17),
        ),
        room_s=(0.9, 1.7),
        room_db=(-12, -5),
    ),
    Entry(
        *("wailing siren", "a siren wailing", "alarms", "Civil defense siren", False, True, (2.5, 5.0)),
        Through(
            Tone(
                pitch_hz=(400, 560),
                timbre=Timbre(rolloff=(0.55, 0.75), formants=((900, 900, 0.0), (2000, 1500, -4.0))),
                sweep_st=(11, 15),
                sweep_hz=(0.22, 0.4),
            ),
            noise_db=(-36, -26),
        ),
        room_s=(1.0, 1.8),
        room_db=(-10, -5),
    ),
    Entry(
        *("yelping siren", "a siren yelping", "alarms", "Police car (siren)", True, True, (2.0, 4.0)),
        Tone(
            pitch_hz=(500, 600),
            timbre=Timbre(rolloff=(0.4, 0.7), formants=((1100, 900, 0.0), (2200, 1500, -2.0))),
            sweep_st=(12, 16),
            sweep_hz=(3.0, 4.5),
        ),
        room_s=(0.9, 1.5),
        room_db=(-11, -5),
    ),
    Entry(
        *("reversing beeper", "a reversing truck beeping", "alarms", "Reversing beeps", False, True, (1.6, 3.5)),
        Through(
            Layers(
                (
                    (
                        Keyed(
                            Tone(
                                pitch_hz=(1020, 1350), timbre=Timbre(rolloff=(0.25, 0.5), wander_st=0.0), attack_s=0.002
                            ),
                            patterns=((1.0, 0.8),),
                            unit_s=(0.3, 0.36),
                            ends_s=(0.004, 0.014),
                        ),
                        0.0,
                    ),
                    (
                        Pulses(
                            rate_hz=(40, 60),
                            resonances=(
                                ((85, 120), 80, 0.0),
                                ((190, 260), 200, -2.0),
                                ((560, 800), 600, -3.0),
                                ((1500, 1900), 1500, -6.0),
                            ),
                            cycle_db=(0.0, -1.0, -0.5, -1.5, -0.2, -0.8),
                            burst_s=0.09,
                            noise_db=-8.0,
                            hiss_db=-6.0,
                        ),
                        (-12, -8.5),
                    ),
                )
            ),
            echoes=(((0.03, 0.1), (-17, -10)),),
        ),
        room_s=(0.6, 1.2),
        room_db=(-17, -12),
    ),
    Entry(
        *("kettle whistle", "a kettle whistling", "alarms", "Whistle", True, True, (2.0, 4.0)),
        Tone(
            pitch_hz=(1750, 2350),
            timbre=Timbre(
                rolloff=(0.05, 0.3), wander_st=0.0, breath_db=(-24, -15), breath_width=(0.1, 0.2), air_db=(-30, -26)
            ),
        ),
        room_s=(0.3, 0.6),
        room_db=(-17, -11),
    ),
    Entry(
        *("referee whistle", "a referee blowing a whistle", "alarms", "Whistle", True, True, (1.6, 2.6)),
        Tone(
            pitch_hz=(2700, 3500),
            timbre=Timbre(
                rolloff=(0.05, 0.25),
                vibrato_hz=(39, 50),
                vibrato_st=(0.15, 0.5),
                wander_st=0.0,
                rough=(0.18, 0.35),
                rough_hz=(26, 35),
                breath_db=(-22, -12),
                breath_width=(0.1, 0.18),
                air_db=(-34, -27),
            ),
        ),
        room_s=(0.5, 1.2),
        room_db=(-19, -12),
    ),
    Entry(
        *("factory whistle", "a factory whistle blowing", "alarms", "Steam whistle", True, True, (2.0, 4.0)),
        Through(
            Layers(
                (
                    (
                        Tone(
                            pitch_hz=(375, 480),
                            chord_st=(0.0, (3.5, 4.2), (6.8, 7.2)),
                            timbre=Timbre(
                                rolloff=(0.1, 0.38), wander_st=0.0, breath_db=(-20, -9), breath_width=(0.1, 0.3)
                            ),
                            attack_s=(0.03, 0.08),
                        ),
                        0.0,
                    ),
                    (Noise(bands=((500, (5000, 6500), 0.0),)), (-14, -8)),
                )
            ),
            echoes=(((0.1, 0.25), (-18, -12)),),
        ),
        room_s=(1.0, 2.0),
        room_db=(-16, -10),
    ),
    Entry(
        *("buzzer", "a buzzer sounding", "alarms", "Buzzer", True, True, (1.5, 3.0)),
        Through(
            Tone(pitch_hz=(200, 480), timbre=Timbre(rolloff=(0.84, 0.95), odd=True, wander_st=0.0)),
            low_hz=(250, 600),
            drive=(0.5, 4.0),
            resonances=(((900, 1500), 400, 6.0), ((2300, 3400), 700, 6.0)),
            noise_db=(-45, -30),
        ),
        room_s=(0.2, 0.5),
        room_db=(-15, -7),
    ),
    steady(
        ("car horn", "a car horn honking", "alarms", "Vehicle horn, car horn, honking"),
        Tone(
            pitch_hz=(320, 500),
            chord_st=(0.0, (4.1, 4.6)),
            timbre=Timbre(rolloff=(0.82, 0.9), wander_st=0.02, formants=((1500, 1500, 0.0), (2900, 1500, 3.0))),
        ),
    ),
    Entry(
        *("train horn", "a train horn blaring", "alarms", "Train horn", True, True, (2.0, 4.0)),
        Through(
            Tone(
                pitch_hz=(270, 325),
                chord_st=(0.0, (2.8, 3.2), (4.8, 5.2), (8.0, 9.0)),
                timbre=Timbre(rolloff=(0.69, 0.82), wander_st=0.004),
                attack_s=(0.03, 0.08),
            ),
            drive=(0.3, 2.0),
            high_hz=(4400, 6500),
            resonances=((900, 900, 12.0), (2000, 1500, 9.0)),
            noise_db=(-16, -9),
        ),
        room_s=(1.5, 2.5),
        room_db=(-8, -4),
    ),
    Entry(
        *("foghorn", "a foghorn blowing", "alarms", "Foghorn", True, True, (2.0, 4.0)),
        Through(
            Tone(
                pitch_hz=(118, 185),
                timbre=Timbre(
                    rolloff=(0.76, 0.89),
                    wander_st=0.0,
                    air_db=(-40, -28),
                    formants=((300, 200, 0.0), (620, 300, -3.0), (1300, 600, -8.0)),
                ),
                attack_s=(0.03, 0.06),
            ),
            high_hz=(1800, 4500),
            echoes=(((0.08, 0.15), (-16, -10)),),
            noise_db=(-29, -22),
        ),
        room_s=(1.0, 1.8),
        room_db=(-15, -9),
    ),
    Entry(
        *("car alarm", "a car alarm whooping", "alarms", "Car alarm", True, True, (2.0, 4.0)),
        Through(
            Notes(
                pitch_hz=(800, 1080),
                timbre=Timbre(rolloff=(0.5, 0.7), wander_st=0.0),
                bend_st=(0.0, 8.0, 12.0),
                note_s=(0.23, 0.36),
                sounding=1.0,
                attack_s=0.004,
            ),
            drive=(0.3, 2.0),
            echoes=(((0.05, 0.08), (-20, -11)),),
            noise_db=(-33, -22),
        ),
        room_s=(0.9, 1.2),
        room_db=(-12, -7),
    ),
    Entry(
        *("alarm clock", "an alarm clock beeping", "alarms", "Alarm clock", False, True, (1.4, 3.0)),
        Through(
            Keyed(
                Tone(pitch_hz=(1700, 2700), timbre=Timbre(rolloff=(0.2, 0.6), odd=True, wander_st=0.0), attack_s=0.002),
                patterns=((1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0),),
                unit_s=(0.05, 0.068),
            ),
            drive=(0.5, 3.0),
            noise_db=(-36, -26),
        ),
        room_s=(0.3, 0.7),
        room_db=(-16, -8),
    ),
    Entry(
        *("fire bell", "a fire bell clanging", "alarms", "Fire alarm", True, True, (2.2, 4.0)),
        Strikes(
            pitch_hz=(1200, 1650),
            ratios=(1.0, 1.6, 2.4, 2.9, 3.7, 4.6, 5.3),
            t60_s=(0.4, 0.6),
            every_s=(0.056, 0.068),
            jitter=(0.0, 0.002),
            uneven_db=(0.3, 0.9),
            tilt_db=(-3.0, 1.0),
            click_db=(-26, -10),
        ),
        room_s=(0.6, 1.4),
        room_db=(-20, -14),
    ),
    Entry(
        *("level crossing", "a level crossing bell ringing", "alarms", "Bell", False, True, (1.6, 3.5)),
        Strikes(
            pitch_hz=(760, 980),
            ratios=(0.5, 1.0, 1.19, 1.5, 2.0, 2.51, 3.0, 4.1, 5.4),
            t60_s=(0.6, 0.85),
            every_s=(0.22, 0.44),
            jitter=(0.0, 0.03),
            uneven_db=(0.5, 2.0),
            tilt_db=(-4.0, 0.0),
            click_db=(-28, -12),
        ),
        room_s=(0.7, 1.4),
        room_db=(-20, -14),
    ),
)
"""Rows of the table of the built-in sounds."""
