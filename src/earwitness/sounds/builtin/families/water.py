"""Water and weather: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Contour, Layers, Repeated
from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.flows import Blast, Bubbles, Rush, Turbulence
from earwitness.sounds.builtin.noisy import Grains, Noise, Whistling

__all__ = ["WATER"]

WATER: tuple[Entry, ...] = (
    steady(
        ("rain", "rain falling", "weather", "Rain"),
        Grains(
            density_hz=(110, 180),
            pitch_hz=(1800, 6500),
            t60_s=(0.004, 0.02),
            noisy=0.7,
            uneven_db=20.0,
            bed=(((400, 700), (6500, 7500), 4.0),),
        ),
    ),
    steady(
        ("brook", "a brook babbling", "water", "Stream"),
        Layers(
            (
                (
                    Bubbles(
                        rate_hz=(350, 550),
                        radius_mm=(0.7, 4.0),
                        rise=(0.0, 0.25),
                        swell=(0.4, 0.8),
                        uneven_db=12.0,
                        gush_db=(0, 2),
                        gush_hz=(6, 12),
                    ),
                    0.0,
                ),
                (
                    Turbulence(
                        (
                            ((150, 250), 700, -4.0, 2.0, (5, 10)),
                            (700, 2000, -6.0, 2.0, (5, 10)),
                            (2000, 6500, (-12, -6), 2.0, (5, 10)),
                        )
                    ),
                    (-6, -2),
                ),
            )
        ),
    ),
    Entry(
        *("dripping tap", "a tap dripping", "water", "Drip", False, True, (1.2, 4.0)),
        Layers(
            (
                (
                    Repeated(
                        Contour(
                            Bubbles(
                                rate_hz=(20, 60),
                                radius_mm=(0.8, 3.2),
                                rise=(0.0, 0.15),
                                swell=(0.5, 1.0),
                                ringing=(0.7, 1.3),
                                uneven_db=10.0,
                            ),
                            (0.0, -6.0, -20.0, -34.0),
                        ),
                        every_s=(0.2, 0.27),
                        jitter=0.08,
                        uneven_db=4.0,
                    ),
                    0.0,
                ),
                (Noise(((100, (900, 1600), 0.0),)), (-18, -12)),
                (Bubbles(rate_hz=(60, 140), radius_mm=(0.6, 2.5), rise=(0.0, 0.2)), (-16, -10)),
            )
        ),
    ),
    Entry(
        *("surf", "surf rolling in", "water", "Waves, surf", False, False, (3.0, 5.0)),
        Contour(
            Turbulence(
                (
                    ((50, 90), 300, (-4, 2), 5.0, 3.0),
                    (300, 1200, 0.0, 4.0, (4, 8)),
                    (1200, (5500, 7000), (-4, 0), 4.0, (6, 12)),
                ),
                together=0.4,
            ),
            ((-34, -28), (-14, -9), 0.0, (-6, -3), (-13, -9), (-28, -22)),
        ),
    ),
    Entry(
        *("wind", "wind howling", "weather", "Wind", False, True, (3.0, 5.5)),
        Contour(
            Layers(
                (
                    (
                        Turbulence(
                            (
                                ((45, 60), (170, 270), (-3, 1), (3, 5), (2.5, 5)),
                                (200, 800, (-4, 2), (4, 7), (3, 6.5)),
                                (800, (3200, 4000), (-15, -9), (5, 9), (4, 7)),
                            ),
                            together=(0.0, 0.5),
                            together_hz=(2, 5),
                            clip=(0.4, 0.8),
                        ),
                        0.0,
                    ),
                    (
                        Whistling(
                            pitch_hz=((330, 450), (650, 850)),
                            width=(0.3, 0.45),
                            wander_st=(3, 7),
                            wander_hz=(0.5, 1.2),
                            gust_db=(3, 6),
                            air_db=-30.0,
                        ),
                        (-14, -9),
                    ),
                ),
            ),
            ((-2, 0), (-8.5, -7.5), (-8.5, -7.5), (-1, 0), 0.0, (-2, 0)),
        ),
    ),
    Entry(
        *("thunder", "thunder rumbling", "weather", "Thunder", False, False, (2.0, 3.0)),
        Layers(
            (
                (
                    Blast(
                        push_s=(0.01, 0.03),
                        push_db=(-20, -8),
                        body_hz=((28, 45), (250, 600)),
                        body_s=(0.6, 1.6),
                        tail_hz=((28, 45), (150, 400)),
                        tail_s=(4.5, 6.5),
                        tail_db=(0, 6),
                        rolls_hz=(5, 10),
                        rolls_db=(6, 12),
                        crack_db=(-26, -16),
                        crack_s=(0.2, 0.6),
                        bloom_s=(0.05, 0.3),
                    ),
                    0.0,
                ),
                (Noise(((40, 300, 0.0), (300, 4500, -7.0))), (-32, -26)),
            )
        ),
    ),
    steady(
        ("waterfall", "a waterfall roaring", "water", "Waterfall"),
        Layers(
            (
                (
                    Turbulence(
                        (
                            ((50, 90), 250, (-6, -2), 2.0, 8.0),
                            (250, 800, -2.0, 2.0, 12.0),
                            (800, 2500, 0.0, 3.0, 16.0),
                            (2500, (6500, 7500), (-4, 0), 3.0, 20.0),
                        )
                    ),
                    0.0,
                ),
                (
                    Bubbles(rate_hz=(500, 800), radius_mm=(0.6, 3.0), rise=(0, 0.1), swell=0.6, uneven_db=12.0),
                    (-11, -6),
                ),
            )
        ),
    ),
    Entry(
        *("running tap", "a tap running into a basin", "water", "Water tap, faucet", True, True, (3.0, 6.0)),
        Layers(
            (
                (
                    Turbulence(
                        (
                            ((200, 260), 1500, (-10, -5), (1, 3), (8, 16)),
                            (1500, 4000, (-17, -12), (1, 3), (6, 12)),
                            (4000, (7200, 7700), (-11, -7), (1, 3), (6, 14)),
                        ),
                        together=(0.2, 0.5),
                    ),
                    0.0,
                ),
                (
                    Bubbles(
                        rate_hz=(100, 130),
                        radius_mm=(0.7, 4.8),
                        rise=(0.0, 0.4),
                        swell=(0.1, 0.3),
                        uneven_db=(9, 12),
                        ringing=(0.9, 1.4),
                        gush_db=(0, 1),
                        gush_hz=(3, 12),
                    ),
                    (2.5, 5),
                ),
            )
        ),
        room_s=(0.3, 0.7),
        room_db=(-7, -4.5),
        tilt_db=(-1, 3),
    ),
    Entry(
        *("pouring water", "water being poured into a glass", "water", "Pour", True, True, (2.5, 5.0)),
        Layers(
            (
                (
                    Bubbles(
                        rate_hz=(260, 380),
                        radius_mm=(0.7, 3.4),
                        rise=(0.0, 0.4),
                        swell=(0.3, 0.6),
                        uneven_db=(8, 10),
                        gush_db=(0, 0.5),
                        gush_hz=(5, 8),
                    ),
                    0.0,
                ),
                (
                    Turbulence(
                        (
                            ((200, 400), 2000, (-8, -2), (1, 3), (15, 30)),
                            (2000, (4200, 6500), (-7, -2), (2, 4), (15, 30)),
                        ),
                        together=0.5,
                    ),
                    (-13, -8),
                ),
            )
        ),
    ),
    Entry(
        *("boiling pot", "a pot boiling", "water", "Boiling", True, True, (2.5, 5.0)),
        Layers(
            (
                (
                    Bubbles(
                        rate_hz=(170, 220),
                        radius_mm=(1.0, 4.5),
                        rise=(0.0, 0.4),
                        swell=(0.2, 0.45),
                        uneven_db=(5, 7),
                        ringing=(0.6, 1.0),
                        gush_db=(0, 1),
                        gush_hz=(3, 12),
                    ),
                    0.0,
                ),
                (
                    Turbulence(
                        (
                            ((50, 150), 400, (-10, -3), (1, 3), (8, 20)),
                            (400, 2000, (-10, -2), (1, 3), (8, 20)),
                            (2000, (4000, 5500), (-8, -2), (1, 3), (8, 20)),
                        )
                    ),
                    (-9, -5),
                ),
            )
        ),
    ),
    Entry(
        *("splash", "a splash into a pool", "water", "Splash, splatter", False, False, (0.7, 1.4)),
        Layers(
            (
                (
                    Contour(
                        Turbulence(
                            (
                                ((80, 200), 700, (-10, -2), (2, 8), (8, 28)),
                                (700, 2500, (-8, 0), (2, 8), (8, 28)),
                                (2500, (6000, 7000), (-9, -2), (2, 8), (8, 28)),
                            )
                        ),
                        (0.0, (-8, -4), (-14, -9), (-20, -15), (-28, -22), -34.0),
                    ),
                    0.0,
                ),
                (
                    Contour(
                        Bubbles(
                            rate_hz=(80, 300),
                            radius_mm=(0.7, 5.0),
                            rise=(0.0, 0.4),
                            swell=(0.3, 0.7),
                            ringing=(0.7, 1.4),
                            gush_db=(2, 10),
                        ),
                        (-20.0, -4.0, 0.0, (-5, -2), (-8, -5), (-15, -10), -24.0),
                    ),
                    (-10, 0),
                ),
                (Noise(((50, (500, 1000), 0.0),)), (-38, -28)),
            )
        ),
    ),
    Entry(
        *("garden sprinkler", "a garden sprinkler spraying", "water", "Spray", False, True, (1.8, 4.0)),
        Layers(
            (
                (
                    Repeated(
                        Rush(
                            path_hz=((3000, 6000), (3000, 6000)),
                            path_db=(-14.0, 0.0, -3.0, -10.0, -22.0),
                            width=(0.4, 0.75),
                            air_hz=(1500, 7500),
                            air_db=-3.0,
                        ),
                        every_s=(0.33, 0.44),
                        jitter=0.03,
                        sounding=1.05,
                    ),
                    0.0,
                ),
                (Noise((((300, 1200), 7500, 0.0),)), (-13, -10)),
                (Bubbles(rate_hz=(50, 200), radius_mm=(0.5, 2.0)), (-24, -12)),
            )
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
