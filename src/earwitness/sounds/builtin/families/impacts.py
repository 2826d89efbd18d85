"""Impacts by material: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.chips import Chip
from earwitness.sounds.builtin.composite import Contour, Layers, Phases, Repeated
from earwitness.sounds.builtin.contacts import Clatter, Fractures
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.noisy import Bursts, Grains, Noise

__all__ = ["IMPACTS"]

IMPACTS: tuple[Entry, ...] = (
    Entry(
        *("bouncing ball", "a ball bouncing to rest", "impacts", "Bouncing", False, False, (1.0, 1.8)),
        Layers(
            parts=(
                (
                    Clatter(
                        pitch_hz=(71.0, 110.0),
                        ratios=(1.0, 1.5, 2.3, 3.4),
                        t60_s=(0.04, 0.061),
                        density_hz=0.0,
                        bodies=1,
                        stray=(0.11, 0.19),
                        damping=(0.19, 0.4),
                        contact_s=(0.0047, 0.0076),
                        touch_db=(-8.7, -4.3),
                        touch_hz=((310.0, 460.0), (1940.0, 3050.0)),
                        touch_s=(0.0065, 0.011),
                        bounces=14,
                        bounce_s=(0.2, 0.42),
                        hurry=(0.8, 0.89),
                    ),
                    0.0,
                ),
                (
                    Noise(
                        bands=((100, 3000, 0.0),),
                    ),
                    (-36, -28),
                ),
            ),
        ),
        room_s=(1.0, 1.4),
        room_db=(-6.8, -4.0),
    ),
    Entry(
        *("shattering glass", "a pane of glass shattering", "impacts", "Shatter", False, False, (0.8, 1.5)),
        Grains(
            density_hz=(280, 400),
            pitch_hz=(2300, 7000),
            t60_s=(0.01, 0.09),
            noisy=0.4,
            uneven_db=(11, 15),
            thinning_s=(1.8, 2.4),
        ),
        room_s=(0.6, 0.9),
        room_db=(-10.0, -7.0),
    ),
    Entry(
        *("clinking glasses", "glasses clinking", "impacts", "Chink, clink", False, True, (0.8, 1.0)),
        Clatter(
            pitch_hz=(3200.0, 4500.0),
            ratios=(1.0, 1.74, 2.32),
            t60_s=(0.12, 0.23),
            density_hz=(6.4, 7.8),
            jitter=(0.8, 0.95),
            bodies=4,
            stray=(0.035, 0.06),
            damping=(0.4, 0.62),
            touch_db=(-11.9, -5.8),
            touch_hz=((1680.0, 2210.0), 7500.0),
            touch_s=(0.0043, 0.0073),
            uneven_db=(5.4, 7.6),
        ),
        room_s=(0.79, 1.1),
        room_db=(-9.4, -6.8),
    ),
    Entry(
        *("anvil", "an anvil being hammered", "impacts", "Clang", False, True, (0.75, 1.15)),
        Clatter(
            pitch_hz=(780.0, 1350.0),
            ratios=(1.0, 1.58, 2.13, 2.91, 3.66, 4.4, 5.3, 6.4, 7.7),
            t60_s=(0.6, 1.4),
            density_hz=(2.8, 4.8),
            jitter=(0.1, 0.25),
            bodies=1,
            stray=(0.077, 0.13),
            damping=(0.011, 0.18),
            contact_s=(0.00022, 0.00033),
            touch_db=(-2.6, 1.9),
            touch_hz=((1220.0, 1800.0), 7000.0),
            touch_s=(0.06, 0.13),
            uneven_db=(4.0, 6.0),
        ),
        room_s=(0.76, 1.0),
        room_db=(-8.6, -6.1),
    ),
    Entry(
        *("coin dropping", "a coin dropping on a table", "impacts", "Coin (dropping)", False, False, (0.75, 1.0)),
        Clatter(
            pitch_hz=(3990.0, 5330.0),
            ratios=(1.0, 1.36, 1.73, 2.1),
            t60_s=(0.063, 0.11),
            density_hz=0.0,
            bodies=1,
            stray=(0.061, 0.1),
            damping=(0.54, 0.74),
            touch_db=(1.0, 6.8),
            touch_hz=((1260.0, 2120.0), 7500.0),
            touch_s=(0.0054, 0.0096),
            bounces=26,
            bounce_s=(0.085, 0.21),
            hurry=(0.76, 0.85),
        ),
        room_s=(0.57, 0.78),
        room_db=(-9.2, -6.7),
    ),
    Entry(
        *("dishes", "dishes clattering", "impacts", "Dishes, pots, and pans", False, True, (0.75, 1.15)),
        Contour(
            Clatter(
                pitch_hz=(1670.0, 2880.0),
                ratios=(1.0, 1.52, 2.23, 2.7, 3.41, 4.2),
                t60_s=(0.05, 0.11),
                density_hz=(12.5, 16),
                jitter=(0.35, 0.6),
                bodies=6,
                stray=(0.085, 0.13),
                damping=(0.055, 0.16),
                contact_s=(0.00024, 0.00041),
                touch_db=(-1.5, 3.6),
                touch_hz=((370.0, 560.0), (4010.0, 4700.0)),
                touch_s=(0.027, 0.049),
                uneven_db=(8.5, 13),
                clumps_db=(2, 5),
                clumps_hz=(4, 5.5),
            ),
            levels_db=((-2, 0), (-1, 0), (-2, 0), (-4, -2)),
        ),
        room_s=(0.33, 0.47),
        room_db=(-3.5, -0.99),
    ),
    Entry(
        *("heavy thud", "a heavy thud", "impacts", "Thump, thud", False, False, (0.42, 0.52)),
        Clatter(
            pitch_hz=(76.8, 100.0),
            ratios=(1.0, 1.6, 2.4, 3.5, 5.0),
            t60_s=(0.17, 0.24),
            density_hz=0.0,
            bodies=1,
            damping=(0.59, 0.8),
            contact_s=(0.0014, 0.0024),
            touch_db=(-7.5, -2.5),
            touch_hz=((62.8, 81.2), (730.0, 1220.0)),
            touch_s=(0.085, 0.13),
            bounces=1,
            bounce_s=(0.036, 0.053),
            hurry=(0.43, 0.61),
        ),
        room_s=(0.48, 0.6),
        room_db=(-6.8, -5.2),
    ),
    Entry(
        *("slap", "a slap on the skin", "impacts", "Slap, smack", False, False, (0.3, 0.45)),
        Bursts(
            band_hz=((570.0, 860.0), (2740.0, 3880.0)),
            every_s=0.0,
            attack_s=(0.0011, 0.0017),
            t60_s=(0.13, 0.2),
            body=(((600.0, 830.0), (170.0, 250.0), 4.0), ((1640.0, 2020.0), (820.0, 1170.0), 4.0)),
        ),
        room_s=(0.76, 0.99),
        room_db=(-6.0, -4.0),
    ),
    Entry(
        *("whip crack", "a whip cracking", "impacts", "Whip", False, False, (0.4, 0.65)),
        Phases(
            parts=(
                (
                    Bursts(
                        band_hz=((690.0, 1080.0), (2140.0, 3040.0)),
                        every_s=0.0,
                        attack_s=(0.1, 0.14),
                        t60_s=0.4,
                    ),
                    (-15.0, -8.9),
                    (0.25, 0.3),
                ),
                (
                    Bursts(
                        band_hz=((1220.0, 1980.0), (5790.0, 6580.0)),
                        every_s=0.0,
                        attack_s=0.0005,
                        t60_s=(0.21, 0.47),
                        body=(((1930.0, 2700.0), (580.0, 940.0), 6.0),),
                    ),
                    0.0,
                    0.5,
                ),
            ),
            merge_s=0.002,
        ),
        room_s=(0.7, 1.1),
        room_db=(-9.7, -6.5),
    ),
    Entry(
        *("spring boing", "a spring going boing", "impacts", "Boing", False, False, (0.75, 1.3)),
        Chip(
            pitch_hz=(100.0, 150.0),
            note_s=20.0,
            wave="sine",
            slide_st=((7.1, 12.0), (-4.5, -2.5), (-2.5, -0.71), (-8.7, -6.5)),
            vibrato_hz=(13.3, 19.0),
            vibrato_st=(1.9, 3.0),
            ratio=(1.8, 2.3),
            index=(0.38, 0.54),
            t60_s=(0.92, 1.2),
        ),
        room_s=(0.28, 0.37),
        room_db=(-14.2, -11.8),
    ),
    Entry(
        *("paper crumpling", "paper being crumpled", "impacts", "Crumpling, crinkling", False, True, (0.75, 1.15)),
        Contour(
            Repeated(
                synthesiser=Fractures(
                    density_hz=(300, 480),
                    colours=(
                        ((870.0, 1020.0), (840.0, 1110.0), (-7.4, -5.2)),
                        ((1860.0, 2110.0), (1220.0, 1580.0), 0.0),
                        ((4050.0, 4480.0), (3070.0, 3760.0), (2.7, 4.7)),
                    ),
                    heavy_db=(3, 4),
                    clumps_db=(2, 5),
                    clumps_hz=(10.5, 13.6),
                    shimmer_db=(5.3, 7.4),
                    crack_s=(0.0061, 0.01),
                    loud_db=((-5.6, -3.8), (-0.98, -0.73), (-4.2, -3.0), (-11, -8)),
                ),
                every_s=(0.18, 0.23),
                sounding=(0.9, 1.0),
                jitter=(0.05, 0.12),
                uneven_db=(2, 3),
            ),
            levels_db=((-1, 0), (-1, 0), (-3, -1)),
        ),
        room_s=(0.26, 0.34),
        room_db=(-11.5, -9.5),
    ),
)
