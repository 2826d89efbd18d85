"""Doors and household: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Contour, Layers, Phases, Repeated
from earwitness.sounds.builtin.contacts import Clatter, Fractures, Friction
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.noisy import Grains, Noise

__all__ = ["HOUSEHOLD"]

HOUSEHOLD: tuple[Entry, ...] = (
    Entry(
        *("door knock", "a knock on a door", "household", "Knock", False, True, (0.6, 1.6)),
        Clatter(
            pitch_hz=(100.0, 150.0),
            ratios=(1.0, 1.63, 2.4, 3.5, 5.1, 7.3),
            t60_s=(0.085, 0.13),
            density_hz=(3.5, 7.0),
            bodies=1,
            damping=(0.5, 0.74),
            contact_s=(0.00051, 0.00084),
            touch_db=(-7.5, -3.0),
            touch_hz=((120.0, 180.0), (1000.0, 1510.0)),
            touch_s=(0.023, 0.039),
            uneven_db=(4.0, 6.0),
        ),
        room_s=(0.53, 0.68),
        room_db=(-5.5, -3.5),
    ),
    Entry(
        *("door slamming", "a door slamming", "household", "Slam", False, False, (0.45, 0.8)),
        Layers(
            parts=(
                (
                    Clatter(
                        pitch_hz=(68.1, 91.4),
                        ratios=(1.0, 1.6, 2.4, 3.5, 5.1, 7.3, 9.9),
                        t60_s=(0.083, 0.13),
                        density_hz=0.0,
                        bodies=1,
                        damping=(0.68, 1.0),
                        contact_s=(0.00028, 0.00054),
                        touch_db=(-0.98, 3.0),
                        touch_hz=((68.2, 90.2), (2860.0, 4750.0)),
                        touch_s=(0.064, 0.11),
                        bounces=2,
                        bounce_s=(0.072, 0.12),
                        hurry=(0.54, 0.78),
                    ),
                    0.0,
                ),
                (
                    Clatter(
                        pitch_hz=(1420.0, 2140.0),
                        ratios=(1.0, 1.6, 2.5),
                        t60_s=(0.022, 0.034),
                        density_hz=(18.7, 26.5),
                        bodies=3,
                        touch_db=0.0,
                        thinning_s=(0.32, 0.49),
                    ),
                    (-26.2, -20.2),
                ),
            ),
        ),
        room_s=(0.74, 1.1),
        room_db=(-7.0, -4.5),
    ),
    Entry(
        *("zipper", "a zipper being pulled", "household", "Zipper (clothing)", False, False, (0.43, 0.65)),
        Friction(
            rate_hz=(88.2, 130.0),
            colours=(
                ((1800.0, 2140.0), (1280.0, 1920.0), (-5.4, -2.4)),
                ((4180.0, 4700.0), (730.0, 1040.0), 0.0),
                ((5150.0, 5610.0), (920.0, 1270.0), (-0.01, 3.0)),
            ),
            path_st=(0.0, (-0.54, 6.0), (11.5, 19.5), (15.2, 22.7)),
            path_db=((-19.6, -15.1), (-7.0, -5.0), 0.0, (-10.8, -6.5)),
            sway_st=(0.77, 1.7),
            jitter=(0.022, 0.049),
            uneven_db=(1.4, 2.7),
            dust_db=(0.17, 8.7),
            dust_s=(0.0059, 0.013),
        ),
        room_s=(0.39, 0.55),
        room_db=(-14.4, -10.9),
    ),
    Entry(
        *("scissors", "scissors snipping", "household", "Scissors", False, True, (1.3, 3.0)),
        Repeated(
            synthesiser=Phases(
                parts=(
                    (
                        Friction(
                            rate_hz=(220.0, 320.0),
                            colours=(
                                ((2300.0, 2640.0), (910.0, 1330.0), 0.0),
                                ((4680.0, 5120.0), (820.0, 1170.0), (3.1, 5.0)),
                            ),
                            path_st=(0.0, (3.8, 7.6)),
                            path_db=((-8.7, -5.1), (-8.6, -6.8)),
                            jitter=(0.32, 0.38),
                            uneven_db=(9.8, 13.4),
                            dust_db=(10.0, 12.7),
                            dust_s=(0.01, 0.018),
                        ),
                        (-7.5, -4.5),
                        (0.41, 0.5),
                    ),
                    (
                        Clatter(
                            pitch_hz=(2430.0, 3030.0),
                            ratios=(1.0, 1.5, 2.2),
                            t60_s=(0.01, 0.017),
                            density_hz=0.0,
                            bodies=1,
                            touch_db=(-2.4, 1.2),
                            touch_hz=((1480.0, 1840.0), 7500.0),
                            touch_s=(0.0066, 0.011),
                        ),
                        (-8.4, -6.6),
                        0.4,
                    ),
                ),
            ),
            every_s=(0.2, 0.3),
            sounding=(0.74, 0.86),
            jitter=0.1,
            floor_db=-36.0,
        ),
        room_s=(0.34, 0.45),
        room_db=(-11.7, -9.3),
    ),
    Entry(
        *("cards shuffling", "cards being shuffled", "household", "Shuffling cards", False, True, (1.1, 2.2)),
        Friction(
            rate_hz=(45.0, 63.7),
            colours=(
                ((570.0, 750.0), (340.0, 500.0), (-8.0, -5.0)),
                ((2250.0, 2660.0), (1590.0, 2270.0), 0.0),
                ((4130.0, 4670.0), (2490.0, 3520.0), (-2.5, 0.53)),
            ),
            path_st=((-10.6, -6.1), (9.1, 12.6), (12.2, 17.2)),
            path_db=((-9.5, -6.0), (-2.5, -1.0), (-2.5, -1.0), (-10.0, -7.5)),
            stroke_s=(0.51, 0.72),
            jitter=(0.14, 0.2),
            uneven_db=(4.3, 7.5),
            dust_db=(10.6, 15.8),
            dust_s=(0.0078, 0.015),
        ),
        room_s=(0.3, 0.41),
        room_db=(-9.9, -6.9),
    ),
    Entry(
        *(
            "computer keyboard",
            "a computer keyboard clicking",
            "household",
            "Computer keyboard",
            False,
            True,
            (1.2, 3.5),
        ),
        Layers(
            parts=(
                (
                    Clatter(
                        pitch_hz=(1660.0, 3170.0),
                        ratios=(1.0, 1.8, 2.9, 4.1),
                        t60_s=(0.015, 0.031),
                        density_hz=(6.5, 9.3),
                        jitter=(0.85, 1.0),
                        bodies=8,
                        contact_s=(0.0002, 0.00039),
                        touch_db=(6.2, 11.8),
                        touch_hz=((710.0, 1210.0), (3090.0, 4000.0)),
                        touch_s=(0.017, 0.03),
                        uneven_db=(11.8, 18.6),
                        bounces=1,
                        bounce_s=(0.067, 0.098),
                        hurry=(0.32, 0.52),
                    ),
                    0.0,
                ),
                (
                    Noise(
                        bands=((80, 4000, 0.0),),
                    ),
                    (-24.4, -18.2),
                ),
            ),
        ),
        room_s=(0.25, 0.36),
        room_db=(-15.2, -11.3),
    ),
    Entry(
        *("chopping vegetables", "vegetables being chopped", "household", "Chopping (food)", False, True, (1.3, 3.0)),
        Layers(
            parts=(
                (
                    Clatter(
                        pitch_hz=(160.0, 230.0),
                        ratios=(1.0, 1.7, 2.6, 3.9, 5.4),
                        t60_s=(0.023, 0.034),
                        density_hz=(3.5, 8.0),
                        bodies=1,
                        contact_s=(0.00064, 0.0011),
                        touch_db=(1.8, 8.0),
                        touch_hz=((320.0, 480.0), (2440.0, 3290.0)),
                        touch_s=(0.026, 0.044),
                        uneven_db=(5.2, 7.5),
                    ),
                    0.0,
                ),
                (
                    Fractures(
                        density_hz=(62.2, 98.0),
                        colours=(((1690.0, 1980.0), 2000, 0.0), ((4890.0, 5350.0), 3000, 0.0)),
                        heavy_db=(3.5, 4.4),
                        clumps_db=(11.1, 14.2),
                        clumps_hz=(7.8, 9.9),
                    ),
                    (-13.4, -8.1),
                ),
                (
                    Noise(
                        bands=((80, 3000, 0.0),),
                    ),
                    (-34.0, -30.0),
                ),
            ),
        ),
        room_s=(0.28, 0.38),
        room_db=(-13.6, -11.1),
    ),
    Entry(
        *("stirring a cup", "a spoon stirring a cup", "household", "Stir", False, True, (1.2, 3.0)),
        Contour(
            Layers(
                parts=(
                    (
                        Clatter(
                            pitch_hz=(1190.0, 1600.0),
                            ratios=(1.0, 1.6, 2.3, 3.1),
                            t60_s=(0.046, 0.08),
                            density_hz=(4.5, 9.0),
                            bodies=2,
                            stray=(0.11, 0.17),
                            damping=(0.15, 0.23),
                            touch_db=(-4.4, -1.0),
                            touch_hz=((1000.0, 1290.0), 7500.0),
                            uneven_db=(6.5, 8.5),
                        ),
                        0.0,
                    ),
                    (
                        Friction(
                            rate_hz=(220.0, 320.0),
                            colours=(((1640.0, 1910.0), (1140.0, 1630.0), 0.0), ((5210.0, 5700.0), 2000, -3.0)),
                            path_db=((-10.0, -8.0), 0.0, (-15.4, -11.8)),
                            stroke_s=(0.4, 0.5),
                            jitter=0.45,
                            uneven_db=12.0,
                            dust_db=(6.1, 8.3),
                        ),
                        (-4.5, -2.6),
                    ),
                    (
                        Grains(
                            density_hz=(13.6, 20.4),
                            pitch_hz=(640.0, 860.0),
                            t60_s=(0.015, 0.021),
                            glide_st=(5.3, 7.4),
                        ),
                        (-25.0, -19.6),
                    ),
                ),
            ),
            levels_db=((-1, 0), (-1, 0), (-13, -11)),
        ),
        room_s=(0.28, 0.36),
        room_db=(-9.5, -7.2),
    ),
    Entry(
        *("toothbrush", "a toothbrush scrubbing", "household", "Toothbrush", False, True, (1.5, 3.2)),
        Friction(
            rate_hz=(100.0, 180.0),
            colours=(
                ((1140.0, 1410.0), (420.0, 540.0), (-7.7, -4.7)),
                ((2470.0, 2760.0), (520.0, 730.0), 0.0),
                ((4440.0, 4960.0), (2080.0, 2870.0), (-7.7, -4.8)),
            ),
            path_st=((-8.6, -6.2), (1.4, 3.3), (-11.2, -8.8)),
            path_db=((-28.3, -23.9), (-1.4, -0.43), (-2.9, -1.7), (-27.4, -23.0)),
            stroke_s=(0.22, 0.29),
            sway_st=(1.1, 1.6),
            jitter=(0.28, 0.33),
            uneven_db=(2.7, 4.2),
            dust_db=(8.8, 13.6),
            dust_s=(0.0073, 0.015),
        ),
        room_s=(0.42, 0.54),
        room_db=(-12.6, -11.0),
    ),
)
