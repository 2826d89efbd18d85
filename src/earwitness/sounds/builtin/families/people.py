"""Voices without words and what bodies do: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.bodies import Evened, Treads
from earwitness.sounds.builtin.calls import Crowd, Voice
from earwitness.sounds.builtin.composite import Contour, Layers, Phases
from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.flows import Turbulence
from earwitness.sounds.builtin.noisy import Grains
from earwitness.sounds.builtin.struck import Strikes
from earwitness.sounds.builtin.tonal import Notes, Timbre

__all__ = ["PEOPLE"]

_HUM = ((250, 90, 0.0), (1100, 200, -22.0), (2300, 300, -30.0))  # a closed mouth
_AH = ((700, 130, 0.0), (1150, 160, -4.0), (2600, 260, -12.0), (3500, 350, -18.0))
_EH = ((560, 110, 0.0), (1750, 180, -6.0), (2500, 260, -10.0), (3500, 350, -16.0))
_UH = ((580, 120, 0.0), (1200, 180, -8.0), (2400, 260, -16.0), (3400, 350, -22.0))
_OH = ((450, 110, 0.0), (900, 160, -5.0), (2500, 250, -14.0), (3200, 300, -18.0))
_AY = ((450, 110, 0.0), (1900, 220, -6.0), (2700, 280, -8.0), (3500, 350, -14.0))
_CRY = ((950, 220, 0.0), (1700, 260, -3.0), (3300, 400, -4.0), (4800, 600, -10.0))  # a mouth wide open
_PARTS = (  # bass, tenor and alto on one vowel
    ((600, 110, 0.0), (1050, 140, -6.0), (2600, 260, -14.0), (3100, 300, -16.0)),
    ((650, 120, 0.0), (1100, 140, -5.0), (2700, 260, -14.0), (3200, 300, -16.0)),
    ((700, 120, 0.0), (1150, 150, -5.0), (2800, 260, -12.0), (3300, 300, -14.0)),
)

PEOPLE: tuple[Entry, ...] = (
    Entry(
        *("whistling", "a person whistling a tune", "people", "Whistling", False, True, (1.5, 4.0)),
        Notes(
            pitch_hz=(1000, 1700),
            timbre=Timbre(
                rolloff=(0.0, 0.08),
                breath_db=(-20, -8),
                breath_width=(0.2, 0.8),
                air_db=(-36, -18),
                vibrato_hz=(4.5, 6.5),
                vibrato_st=(0.05, 0.5),
                wander_st=(0.05, 0.4),
            ),
            steps_st=(0.0, 2.0, 4.0, 7.0, 5.0, 4.0, 9.0, 7.0),
            lengths=(1.0, 0.5, 0.5, 1.5),
            note_s=(0.2, 0.55),
            sounding=(0.88, 1.06),
            bend_st=(-1.2, 0.0, 0.2, 0.0, -0.5),
            attack_s=(0.02, 0.05),
            spread_st=(0.0, 0.6),
        ),
        room_s=(0.3, 1.5),
        room_db=(-16, -4),
    ),
    Entry(
        *("humming", "a person humming a tune", "people", "Humming", False, True, (1.5, 4.0)),
        Evened(
            Voice(
                pitch_hz=(110, 330),
                vowels=(_HUM,),
                contour_st=(-1.0, 0.0, 0.0, 0.3, 0.0),
                levels_db=(-7.0, -2.0, 0.0, -1.0, -6.0),
                breath_db=((-21, -16),),
                breath_hz=(200, (2200, 3000)),
                tract=(0.93, 1.17),
                direct_db=(-43, -37),
                rolloff=(0.7, 0.76),
                bright_hz=(1300, 2300),
                vibrato_hz=(5.2, 5.7),
                vibrato_st=(0.22, 0.34),
                wander_st=(0.2, 0.33),
                jitter_st=(0.12, 0.28),
                every_s=(0.46, 0.59),
                sounding=(0.86, 0.92),
                spread_st=(2.6, 3.4),
                uneven_db=0.5,
            ),
            window_s=(0.05, 0.1),
            knee_db=-36.0,
        ),
        room_s=(0.3, 0.42),
        room_db=(-16, -12),
    ),
    Entry(
        *("snoring", "a person snoring", "people", "Snoring", False, True, (2.0, 4.0)),
        Evened(
            Voice(
                pitch_hz=(46, 63),
                vowels=(
                    ((350, 150, -3.0), (1000, 300, -4.0), (2200, 500, -8.0)),
                    ((500, 180, 0.0), (1200, 300, -1.0), (2600, 500, -5.0), (3800, 800, -10.0)),
                    ((400, 160, 0.0), (1000, 300, -6.0), (2200, 500, -12.0)),
                ),
                contour_st=(-2.0, 2.0, 3.0, 0.0),
                levels_db=(-8.5, -2.0, 0.0, 0.0, -1.0, -3.0, -9.0),
                breath_db=(-10.0, -9.0, -6.0, -6.0, -8.0, (-10, -8), (-11, -9)),
                tract=(0.97, 1.2),
                rolloff=(0.973, 0.984),
                jitter_st=(2.0, 3.3),
                jitter_hz=(36, 54),
                rough=(0.4, 0.8),
                rough_hz=(29, 43),
                every_s=(0.9, 1.6),
                sounding=(0.97, 1.0),
                late=0.06,
            ),
            window_s=(0.08, 0.12),
        ),
        room_s=(0.25, 0.42),
        room_db=(-15, -12),
    ),
    Entry(
        *("panting", "a person panting", "people", "Pant", False, True, (1.3, 3.0)),
        Voice(
            pitch_hz=(120, 260),
            vowels=(
                (((480, 570), 250, 0.0), ((1360, 1550), 400, -2.0), (2600, 500, -4.0), (4000, 900, -10.0)),
                (((830, 950), 300, 0.0), ((1260, 1390), 400, 0.0), (2600, 500, -5.0), (4200, 900, -10.0)),
                ((500, 250, 0.0), (1700, 400, -1.0), (2800, 500, -3.0), (4200, 900, -8.0)),
            ),
            contour_st=(0.0, 3.0, 0.0),
            levels_db=(-60.0, -60.0, (-35, -27), -60.0, -60.0, (-42, -34), -60.0),
            breath_db=(-24.0, (-6, -3.5), 0.0, (-14, -12), -20.0, (-5.8, -4.5), (-4.8, -3.5), -20.0),
            breath_hz=((165, 215), (5600, 7000)),
            tract=(0.9, 1.1),
            direct_db=(-32, -27),
            every_s=(0.45, 0.85),
            sounding=(0.98, 1.0),
            late=0.08,
            uneven_db=(1.8, 3.0),
        ),
        room_s=(0.28, 0.42),
        room_db=(-17, -13.5),
    ),
    Entry(
        *("coughing", "a person coughing", "people", "Cough", False, True, (0.8, 2.2)),
        Voice(
            pitch_hz=(175, 250),
            vowels=((*_AH, (4500, 900, -14.0)), _AH, _UH),
            contour_st=(4.0, 0.0, -3.0, -6.0),
            levels_db=(-8.0, (-11, -7), (-7.5, -3.5), -14.0, (-9, -6), -28.0),
            breath_db=(-4.0, 0.0, -8.0, -14.0, -12.0, -20.0),
            breath_hz=((330, 500), (5800, 6600)),
            tract=(0.98, 1.19),
            direct_db=(-30, -26),
            rolloff=(0.945, 0.972),
            bright_hz=(3500, 4600),
            jitter_st=(2.8, 4.0),
            rough=(0.35, 0.75),
            rough_hz=(55, 78),
            every_s=(0.3, 0.5),
            sounding=(0.72, 0.82),
            late=0.06,
            spread_st=2.0,
            uneven_db=(2.5, 4.0),
            ends_s=(0.0035, 0.005),
        ),
        room_s=(0.35, 0.5),
        room_db=(-11, -7.5),
    ),
    Entry(
        *("sneezing", "a person sneezing", "people", "Sneeze", False, False, (0.7, 1.3)),
        Phases(
            (
                (
                    Voice(
                        pitch_hz=(265, 320),
                        vowels=(_AH, _AH, _EH),
                        contour_st=(0.0, 3.0, 6.0),
                        levels_db=(-12.0, -8.0, -4.0),
                        breath_db=(-10.0, -8.0, -6.0),
                        tract=(0.92, 1.12),
                        jitter_st=(0.5, 0.8),
                    ),
                    (-6, -4),
                    (0.36, 0.44),
                ),
                (
                    Voice(
                        pitch_hz=(320, 410),
                        vowels=(
                            ((1800, 900, -4.0), (3800, 1500, 0.0), (5600, 2000, 0.0)),
                            ((700, 150, 0.0), (1400, 250, -2.0), (2800, 400, -4.0), (4500, 1200, -6.0)),
                            _UH,
                        ),
                        contour_st=(4.0, 2.0, -3.0, -8.0),
                        levels_db=((-22, -14), -2.0, -4.0, -14.0, -36.0),
                        breath_db=(0.0, (0.0, 1.7), -8.0, -16.0, -30.0),
                        breath_hz=(400, 7500),
                        tract=(1.0, 1.2),
                        direct_db=(-21, -17),
                        rolloff=(0.946, 0.96),
                        jitter_st=(1.1, 1.9),
                        rough=(0.2, 0.4),
                        ends_s=0.004,
                    ),
                    0.0,
                    (0.56, 0.68),
                ),
            )
        ),
        room_s=(0.48, 0.65),
        room_db=(-11, -8),
    ),
    Entry(
        *("laughing", "a person laughing", "people", "Laughter", False, True, (1.0, 2.8)),
        Voice(
            pitch_hz=(270, 430),
            vowels=(_UH, _AH, _AH, _UH),
            contour_st=(-1.0, 2.0, 1.0, -2.0),
            levels_db=(-40.0, -4.0, 0.0, -6.0, -30.0, -50.0),
            breath_db=((-16, -10), -20.0, -24.0, -20.0, (-16, -12)),
            breath_hz=(300, 6500),
            tract=(1.0, 1.23),
            rolloff=(0.948, 0.968),
            bright_hz=(3500, 5000),
            jitter_st=(0.45, 0.85),
            rough=(0.12, 0.3),
            every_s=(0.175, 0.22),
            sounding=(0.88, 0.96),
            late=0.1,
            spread_st=(0.7, 1.4),
            uneven_db=(2, 4),
            course_st=((1, 4), 0.0, (-6, -3)),
        ),
        room_s=(0.45, 0.7),
        room_db=(-15, -11),
    ),
    Entry(
        *("baby crying", "a baby crying", "people", "Baby cry, infant cry", False, True, (1.5, 3.5)),
        Evened(
            Voice(
                pitch_hz=(390, 500),
                vowels=(_CRY, ((1100, 220, 0.0), (1900, 260, -2.0), (3500, 400, -3.0), (5000, 600, -8.0)), _CRY),
                contour_st=(-3.0, (0.4, 2.4), (1.5, 3.4), (0.2, 1.2), -4.0),
                levels_db=(-10.0, -1.0, 0.0, -1.0, 0.0, -1.0, -2.0, -6.0, -60.0),
                breath_db=(-26.0, -26.0, -26.0, -24.0, -24.0, -22.0, (-18, -14), (-19, -16)),
                tract=(1.05, 1.23),
                rolloff=(0.945, 0.972),
                bright_hz=(4200, 7200),
                vibrato_st=(0.05, 0.3),
                jitter_st=(0.25, 0.65),
                rough=(0.15, 0.45),
                sub=(0.02, 0.22),
                every_s=(0.72, 0.9),
                sounding=(0.95, 1.0),
                late=0.1,
                spread_st=1.5,
                uneven_db=2.0,
            ),
            window_s=(0.08, 0.12),
            knee_db=-18.0,
        ),
        room_s=(0.35, 0.55),
        room_db=(-15, -11),
    ),
    Entry(
        *("screaming", "a person screaming", "people", "Screaming", False, False, (0.9, 2.0)),
        Voice(
            pitch_hz=(600, 1250),
            vowels=(_CRY, ((1100, 260, 0.0), (1700, 300, 0.0), (3100, 400, -3.0), (4200, 600, -6.0)), _CRY),
            contour_st=(-4.5, (0.5, 1.6), (0.8, 2.2), (-0.8, 0.5), (-5.5, -3.5)),
            levels_db=(-7.0, -1.0, 0.0, -1.0, -7.0),
            breath_db=((-28, -22),),
            tract=(0.9, 1.1),
            rolloff=(0.88, 0.925),
            bright_hz=(3300, 5000),
            jitter_st=(0.2, 0.4),
            rough=(0.3, 0.58),
            rough_hz=(80, 110),
            sub=(0.24, 0.44),
        ),
        room_s=(0.45, 0.9),
        room_db=(-13.5, -10),
    ),
    Entry(
        *("yodelling", "a person yodelling", "people", "Yodeling", False, True, (1.5, 3.5)),
        Evened(
            Voice(
                pitch_hz=(210, 400),
                vowels=(_AH, _OH, _AH, _AY),
                contour_st=(0.0, 0.0, 0.0, (7.8, 8.9), 9.0, (8.0, 9.3), 4.0, 4.0, 4.0, 12.0, 12.0, 12.0),
                levels_db=(6.0, 6.0, 5.0, 0.0, -2.0, 2.0, 2.0, 0.0, 2.0),
                breath_db=((-28, -21),),
                tract=(1.0, 1.22),
                rolloff=(0.942, 0.966),
                bright_hz=(2200, 3700),
                vibrato_hz=(5.4, 5.9),
                vibrato_st=(0.19, 0.32),
                wander_st=(0.2, 0.33),
                jitter_st=(0.18, 0.38),
                every_s=(1.25, 1.65),
                sounding=(0.945, 0.98),
                late=0.08,
                spread_st=(0.4, 1.0),
            ),
            window_s=(0.08, 0.15),
            knee_db=-36.0,
        ),
        room_s=(0.75, 1.15),
        room_db=(-11, -7.5),
    ),
    Entry(
        *("choir", "a choir singing", "people", "Choir", False, True, (2.0, 3.5)),
        Evened(
            Phases(
                tuple(
                    (
                        Layers(
                            tuple(
                                (
                                    Crowd(
                                        Voice(
                                            pitch_hz=pitch_hz,
                                            vowels=(vowel,),
                                            breath_db=((-40, -22),),
                                            tract=(0.9, 1.15),
                                            rolloff=(0.88, 0.97),
                                            bright_hz=(1500, 5000),
                                            vibrato_hz=(4.8, 6.2),
                                            vibrato_st=(0.1, 0.4),
                                            wander_st=(0.08, 0.25),
                                        ),
                                        voices=6,
                                        takes=1,
                                        spread_st=(0.12, 0.4),
                                        far_db=5.0,
                                    ),
                                    (-6, 0),
                                )
                                for pitch_hz, vowel in zip(chord, _PARTS, strict=True)
                            )
                        ),
                        (-1, 1),
                        (0.8, 1.2),
                    )
                    for chord in (((130, 180), (196, 250), (294, 340)), ((150, 205), (225, 285), (350, 400)))
                ),
                merge_s=(0.06, 0.15),
            ),
            window_s=(0.08, 0.15),
        ),
        room_s=(1.4, 2.8),
        room_db=(-6, 2),
    ),
    steady(
        ("applause", "an audience applauding", "people", "Applause"),
        Grains(
            density_hz=(300, 500),
            pitch_hz=(1050, 1950),
            t60_s=(0.022, 0.036),
            noisy=1.0,
            uneven_db=(14, 19),
            bed=(((650, 900), (2800, 3500), -4.0),),
        ),
    ),
    Entry(
        *("crowd cheering", "a crowd cheering", "people", "Cheering", False, True, (2.0, 3.5)),
        Contour(
            Evened(
                Layers(
                    (
                        (
                            Crowd(
                                Voice(
                                    pitch_hz=(520, 640),
                                    vowels=(
                                        ((600, 150, 0.0), (1100, 200, -3.0), (2700, 400, -8.0)),
                                        ((800, 150, 0.0), (1500, 200, -2.0), (3000, 400, -6.0), (4200, 800, -10.0)),
                                    ),
                                    contour_st=(-3.0, 2.0, (3.6, 5.0), 0.0, -5.0),
                                    levels_db=(-16.0, 0.0, 0.0, -4.0, -24.0),
                                    breath_db=((-13, -10),),
                                    rolloff=(0.918, 0.94),
                                    bright_hz=(3700, 5300),
                                    jitter_st=(0.3, 0.5),
                                    rough=(0.1, 0.2),
                                    every_s=(0.62, 0.78),
                                    sounding=(0.65, 0.78),
                                    late=0.3,
                                    spread_st=(3.0, 4.0),
                                ),
                                voices=14,
                                takes=2,
                                spread_st=(4.5, 5.7),
                                far_db=(8, 11),
                            ),
                            0.0,
                        ),
                        (
                            Turbulence(
                                bands=(
                                    ((370, 440), 1500, 0.0, 2.0, 6.0),
                                    ((1230, 1400), 3500, (-5, 0), 2.0, 6.0),
                                    (3000, 6500, (-13, -9), 3.0, 8.0),
                                )
                            ),
                            (-20, -14),
                        ),
                    )
                ),
                window_s=(0.05, 0.08),
            ),
            levels_db=((-8, -7.3), 0.0, (-0.5, 0), (-8, -7.3), (-0.5, 0), 0.0, (-8, -7.3)),
        ),
        room_s=(1.1, 1.5),
        room_db=(-10.5, -6),
    ),
    Entry(
        *("finger snapping", "a person snapping fingers", "people", "Finger snapping", False, True, (0.8, 2.4)),
        Strikes(
            pitch_hz=(1750, 2200),
            ratios=(0.62, 1.0, 1.45, 2.1),
            t60_s=(0.007, 0.0105),
            damping=(0.1, 0.4),
            tilt_db=(-5, -2),
            click_db=(-11, -5),
            click_hz=(1000.0, 6000.0),
            click_s=(0.0065, 0.01),
            every_s=(0.24, 0.4),
            jitter=(0.03, 0.07),
            uneven_db=(1.3, 2.5),
        ),
        room_s=(0.7, 1.0),
        room_db=(-11, -7.5),
    ),
    Entry(
        *("heartbeat", "a heart beating", "people", "Heart sounds, heartbeat", False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.48, 0.68),
            modes=(
                ((41, 50), (0.12, 0.2), 0.0),
                ((76, 95), (0.1, 0.16), (-6, 0)),
                ((145, 185), (0.05, 0.08), (-18, -10)),
            ),
            jitter=(0.02, 0.06),
            uneven_db=(1.5, 3.0),
            contact_s=(0.007, 0.012),
            toe_s=(0.25, 0.36),
            toe_db=(-5, -2),
            sides_st=0.3,
            slap_db=(-13, -6),
            slap_hz=((36, 46), (130, 190)),
            slap_s=(0.12, 0.24),
            floor_db=(-44, -39),
        ),
        room_s=(0.4, 0.6),
        room_db=(-14, -10),
    ),
)
"""Rows of the table of the built-in sounds."""
