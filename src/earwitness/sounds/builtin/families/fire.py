"""Fire, air and blasts: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Layers, Phases, Repeated
from earwitness.sounds.builtin.contacts import Fractures
from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.flows import Blast, Rush, Turbulence
from earwitness.sounds.builtin.noisy import Noise
from earwitness.sounds.builtin.signals import Through
from earwitness.sounds.builtin.tonal import Timbre, Tone

__all__ = ["FIRE"]

FIRE: tuple[Entry, ...] = (
    steady(
        ("fire crackling", "a fire crackling", "fire and air", "Crackle"),
        Layers(
            (
                (
                    Fractures(
                        density_hz=(100, 160),
                        colours=(((1200, 2200), 1800, 0.0), ((3000, 4200), 3000, 0.0), ((5000, 6500), 3000, -4.0)),
                        heavy_db=(1.0, 1.5),
                        clumps_db=(1, 3),
                        crack_s=(0.004, 0.012),
                        shimmer_db=2.0,
                    ),
                    0.0,
                ),
                (
                    Turbulence(
                        (
                            ((40, 70), 250, 0.0, 2.0, 8.0),
                            (250, 1000, -6.0, 2.0, 8.0),
                            (1000, 5000, -12.0, 2.0, 8.0),
                        )
                    ),
                    (-7, -4.5),
                ),
            )
        ),
    ),
    steady(
        ("steam hissing", "steam hissing out", "fire and air", "Steam"),
        Turbulence(
            (
                ((1200, 2000), (3000, 3600), (-10, -6), 2.0, 15.0),
                ((3000, 3600), 5200, (-4, 0), 2.0, 20.0),
                (5200, (7200, 8000), 0.0, 2.0, 25.0),
                ((100, 200), 1000, (-26, -20), 2.0, 10.0),
            )
        ),
    ),
    steady(
        ("frying pan", "something frying in a pan", "fire and air", "Frying (food)"),
        Layers(
            (
                (
                    Through(
                        Fractures(
                            density_hz=(80, 180),
                            colours=(
                                ((1900, 2900), 2000, (-4, 2)),
                                ((3200, 4800), 2500, (-3, 3)),
                                ((5200, 6500), 3000, 0.0),
                            ),
                            heavy_db=(2, 2.8),
                            clumps_db=(2, 4),
                            crack_s=(0.003, 0.008),
                        ),
                        drive=(0.3, 0.7),
                    ),
                    0.0,
                ),
                (
                    Turbulence(
                        (
                            ((200, 400), 2500, (-20, -14), (0, 3), (4, 20)),
                            (2500, 5000, (-5, 0), (1, 4), (4, 12)),
                            (5000, 7500, (-9, -3), (0, 3), (4, 12)),
                        )
                    ),
                    (-7, -4),
                ),
            )
        ),
    ),
    Entry(
        *("bomb blast", "a bomb exploding", "fire and air", "Explosion", False, False, (1.5, 2.2)),
        Layers(
            (
                (
                    Blast(
                        push_s=(0.005, 0.02),
                        push_db=(-10, 2),
                        body_hz=((30, 60), (800, 1800)),
                        body_s=(1.5, 2.8),
                        tail_hz=((30, 60), (250, 600)),
                        tail_s=(3.5, 5.0),
                        tail_db=(-10, -4),
                        rolls_hz=(4, 8),
                        crack_db=(-14, -6),
                        crack_s=(0.15, 0.6),
                        clip=(2, 5),
                    ),
                    0.0,
                ),
                (
                    Fractures(
                        density_hz=(30, 90),
                        colours=(((300, 700), 500, 0.0), ((1200, 2500), 1800, (-8, 0))),
                        heavy_db=(3, 5),
                        crack_s=(0.01, 0.04),
                        loud_db=(-40.0, -10.0, 0.0, (-8, -3), (-16, -9), -24.0),
                    ),
                    (-18, -10),
                ),
                (Noise(((40, 300, 0.0), (300, 4000, -8.0))), (-46, -40)),
            )
        ),
    ),
    Entry(
        *("firework", "a firework bursting", "fire and air", "Fireworks", False, False, (1.8, 3.0)),
        Layers(
            (
                (
                    Phases(
                        (
                            (
                                Layers(
                                    (
                                        (
                                            Tone(
                                                pitch_hz=(1600, 2900),
                                                timbre=Timbre(
                                                    rolloff=(0.0, 0.3),
                                                    breath_db=(-6, 3),
                                                    breath_width=0.2,
                                                    wander_st=0.5,
                                                ),
                                            ),
                                            0.0,
                                        ),
                                        (Noise(((1000, 6000, 0.0),)), (-10, 0)),
                                    )
                                ),
                                (-18, -9),
                                (0.3, 0.5),
                            ),
                            (
                                Layers(
                                    (
                                        (
                                            Blast(
                                                push_s=(0.002, 0.01),
                                                push_db=(-14, 2),
                                                body_hz=((50, 100), (500, 2500)),
                                                body_s=(0.2, 0.8),
                                                tail_hz=((40, 90), (200, 1500)),
                                                tail_s=(1.0, 3.0),
                                                tail_db=(-20, -4),
                                                crack_db=(-18, -4),
                                                crack_s=(0.05, 0.35),
                                                clip=(1, 4),
                                            ),
                                            0.0,
                                        ),
                                        (
                                            Fractures(
                                                density_hz=(80, 400),
                                                colours=(((1000, 3000), 2000, 0.0), ((3000, 5000), 2500, (-6, 3))),
                                                heavy_db=(2, 4),
                                                clumps_db=(3, 10),
                                                clumps_hz=(2, 8),
                                                crack_s=(0.002, 0.01),
                                                loud_db=(-20.0, -4.0, 0.0, -6.0, -12.0, -20.0),
                                            ),
                                            (-16, -6),
                                        ),
                                    )
                                ),
                                0.0,
                                1.0,
                            ),
                        ),
                        merge_s=0.02,
                    ),
                    0.0,
                ),
                (Noise(((40, 300, 0.0), (300, 4000, -8.0))), (-42, -30)),
            )
        ),
        room_s=(0.8, 2.0),
        room_db=(-20, -10),
    ),
    Entry(
        *("cannon", "a cannon firing", "fire and air", "Artillery fire", False, False, (0.85, 1.4)),
        Layers(
            (
                (
                    Blast(
                        push_s=(0.004, 0.01),
                        push_db=(-14, 0),
                        body_hz=((35, 70), (500, 900)),
                        body_s=(0.25, 0.6),
                        tail_hz=((48, 75), (250, 550)),
                        tail_s=(1.0, 1.8),
                        tail_db=(-6, 2),
                        rolls_hz=(5, 8),
                        crack_db=(-16, -8),
                        crack_s=(0.05, 0.3),
                        clip=(2.5, 5),
                        bloom_s=(0.1, 0.3),
                    ),
                    0.0,
                ),
                (Noise(((40, 300, 0.0), (300, 4000, -8.0))), (-48, -40)),
            )
        ),
        tilt_db=(-1, 3),
    ),
    Entry(
        *("machine gun", "a machine gun firing", "fire and air", "Machine gun", True, True, (1.3, 3.0)),
        Layers(
            (
                (
                    Repeated(
                        Blast(
                            push_s=(0.0006, 0.002),
                            push_db=(-4, 5),
                            body_hz=((80, 150), (2300, 4000)),
                            body_s=(0.06, 0.14),
                            tail_hz=((80, 200), (400, 1200)),
                            tail_s=(0.6, 2.0),
                            tail_db=(-16, -8),
                            crack_db=(-7, 0),
                            crack_s=(0.02, 0.05),
                            clip=(1, 4),
                        ),
                        every_s=(0.088, 0.12),
                        sounding=(1.5, 4.0),
                        jitter=(0.01, 0.06),
                        uneven_db=(0, 1.8),
                    ),
                    0.0,
                ),
                (Noise(((40, 300, 0.0), (300, 4000, -8.0))), (-45, -25)),
            )
        ),
        room_s=(0.4, 1.8),
        room_db=(-19, -12),
    ),
    Entry(
        *("whoosh", "something whooshing past", "fire and air", "Whoosh, swoosh, swish", False, False, (0.5, 0.8)),
        Rush(
            path_hz=((500, 900), (1200, 2200), (600, 1000)),
            path_db=(-30.0, (-22, -18), (-10, -7), 0.0, (-5, -3), (-11, -8), -17.0, -24.0, -34.0),
            width=(0.8, 1.4),
            air_hz=((150, 300), (4000, 6500)),
            air_db=(-10, -4),
        ),
    ),
    Entry(
        *("balloon pop", "a balloon popping", "fire and air", "Burst, pop", False, False, (0.4, 0.55)),
        Blast(
            push_s=(0.0008, 0.0018),
            push_db=(2, 6),
            body_hz=((200, 350), (2500, 5500)),
            body_s=(0.04, 0.1),
            tail_hz=((150, 300), (2000, 4000)),
            tail_s=(0.7, 1.0),
            tail_db=(-18, -13),
            rolls_db=3.0,
            crack_db=(-8, -1),
            clip=(1, 3),
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
