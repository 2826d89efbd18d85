"""Footsteps by surface: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.bodies import Treads
from earwitness.sounds.builtin.composite import Layers
from earwitness.sounds.builtin.contacts import Fractures
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.flows import Bubbles, Turbulence
from earwitness.sounds.builtin.noisy import Noise

__all__ = ["FOOTSTEPS"]

FOOTSTEPS: tuple[Entry, ...] = (
    Entry(
        *("footsteps on wood", "footsteps on a wooden floor", "footsteps", "Walk, footsteps", False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.36, 0.51),
            modes=(
                ((81, 101), (0.075, 0.093), 0.0),
                ((182, 227), (0.06, 0.075), (-4.7, -2.2)),
                ((354, 443), (0.03, 0.038), (-2.0, 0.5)),
                ((739, 924), (0.027, 0.033), (-7.9, -5.4)),
            ),
            jitter=(0.01, 0.04),
            contact_s=(0.00084, 0.0012),
            toe_s=(0.08, 0.16),
            toe_db=(-11.3, -9.7),
            slap_db=(-19.5, -17),
            slap_hz=((356, 446), (3620, 4530)),
            slap_s=(0.012, 0.015),
            matter=Noise(bands=(((477, 596), (2770, 3460), 0.0),)),
            matter_db=(-21.2, -18.5),
            press_s=(0.243, 0.279),
            press_db=(-40, -16, (-12.4, -10.6), 0.0, -6.0, -30),
            floor_db=(-47, -43),
        ),
        room_s=(0.454, 0.567),
        room_db=(-24.1, -21.6),
    ),
    Entry(
        *(
            "footsteps on marble",
            "high heels on a marble floor",
            "footsteps",
            "Walk, footsteps",
            False,
            True,
            (1.5, 3.5),
        ),
        Treads(
            every_s=(0.36, 0.51),
            modes=(
                ((257, 321), (0.013, 0.016), (-9.6, -7.1)),
                ((814, 1020), (0.011, 0.014), (-5.5, -3.0)),
                ((1810, 2260), (0.0091, 0.011), (-2.1, 0.4)),
                ((3760, 4690), (0.0089, 0.011), (-2.4, 0.1)),
                ((4960, 6200), (0.0087, 0.011), (-4.8, -1.2)),
            ),
            jitter=(0.01, 0.04),
            uneven_db=(0.8, 1.4),
            contact_s=(0.0005, 0.0009),
            toe_s=(0.08, 0.16),
            toe_db=(-5.2, -4),
            slap_db=(-27.6, -25.1),
            slap_hz=((267, 369), (5160, 6440)),
            slap_s=(0.0098, 0.012),
            matter=Noise(bands=(((796, 995), (4150, 5190), 0.0),)),
            matter_db=(-16.5, -14),
            press_s=(0.22, 0.253),
            press_db=(-30, -16, (-11.2, -9.7), 0.0, -6.0, -14),
        ),
        room_s=(1.03, 1.28),
        room_db=(-13.9, -11.4),
    ),
    Entry(
        *("footsteps on gravel", "footsteps on gravel", "footsteps", "Walk, footsteps", False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.36, 0.51),
            modes=(
                ((81.3, 102), (0.044, 0.055), 0.0),
                ((195, 244), (0.036, 0.045), (-2.2, 0.3)),
                ((397, 496), (0.023, 0.029), (-9.7, -7.2)),
                ((715, 894), (0.018, 0.022), (-11.1, -8.6)),
            ),
            jitter=(0.01, 0.04),
            uneven_db=(0.6, 1.3),
            contact_s=(0.0018, 0.0024),
            toe_s=(0.11, 0.2),
            toe_db=(-4.5, -2.8),
            slap_db=(-18.7, -15.6),
            slap_hz=((373, 466), (3110, 3890)),
            slap_s=(0.018, 0.023),
            matter=Fractures(
                density_hz=(1020, 1190),
                colours=(((930, 1160), 700, (-0.5, 1)), ((1390, 1730), 1300, 0.0), ((3910, 4890), 2400, (-5.1, -2.6))),
                heavy_db=(3.3, 4.0),
                clumps_db=(5.08, 6.34),
                clumps_hz=(15.3, 19.1),
                crack_s=(0.0037, 0.0051),
            ),
            matter_db=(8, 11),
            press_s=(0.345, 0.397),
            press_db=(-20, (-5.7, -4.2), 0.0, (-4.6, -3.1), (-5.3, -3.8), (-10.1, -8.6), (-13.8, -12.3), -24),
            floor_db=(-48, -45),
        ),
        room_s=(0.222, 0.277),
        room_db=(-17, -14),
    ),
    Entry(
        *(
            "footsteps on snow",
            "footsteps crunching through snow",
            "footsteps",
            "Walk, footsteps",
            False,
            True,
            (1.5, 3.5),
        ),
        Treads(
            every_s=(0.36, 0.54),
            modes=(((74, 93), (0.05, 0.07), 0.0),),
            jitter=(0.01, 0.06),
            uneven_db=(0.5, 1.5),
            contact_s=(0.008, 0.012),
            toe_s=(0.11, 0.2),
            toe_db=(-5, -3),
            matter=Fractures(
                density_hz=(1900, 3100),
                colours=(
                    ((640, 740), 500, (-3, -0.5)),
                    ((1300, 1450), 1000, (-0.8, 0.8)),
                    ((3600, 4200), 1800, (-7.5, -4.5)),
                ),
                heavy_db=(2, 2.8),
                clumps_db=(3.3, 6.5),
                clumps_hz=(19, 26),
                crack_s=(0.0027, 0.0036),
            ),
            matter_db=(5, 10),
            press_s=(0.38, 0.43),
            press_db=(-26, (-7, -4), 0.0, (-4, -2), (-7, -5), (-10, -8), -15, -24),
            floor_db=(-45, -41),
        ),
        room_s=(0.25, 0.31),
        room_db=(-24, -21),
    ),
    Entry(
        *(
            "footsteps on leaves",
            "footsteps rustling through dry leaves",
            "footsteps",
            "Walk, footsteps",
            False,
            True,
            (1.5, 3.5),
        ),
        Treads(
            every_s=(0.36, 0.48),
            modes=(
                ((78.5, 98.2), (0.048, 0.06), 0.0),
                ((155, 194), (0.035, 0.06), (-7.4, -3.1)),
                ((339, 424), (0.024, 0.034), (-4.3, 2.8)),
                ((767, 959), (0.012, 0.016), (-19.9, -10.6)),
            ),
            jitter=(0.01, 0.04),
            contact_s=(0.001, 0.0019),
            toe_s=(0.14, 0.2),
            toe_db=(-9.6, -8.0),
            slap_db=(-27.9, -22.4),
            slap_hz=((332, 427), (2650, 3600)),
            slap_s=(0.011, 0.016),
            matter=Fractures(
                density_hz=(983, 1130),
                colours=(
                    ((1010, 1260), 1000, (-1.5, 1.0)),
                    ((2920, 3640), 2000, 0.0),
                    ((5430, 6790), 3000, (-3.4, -0.9)),
                ),
                heavy_db=(3.5, 4.6),
                clumps_db=(8.16, 10.2),
                clumps_hz=(18.4, 23),
                crack_s=(0.0055, 0.0069),
            ),
            matter_db=(-1.0, 3.0),
            press_s=(0.36, 0.45),
            press_db=(
                (-22, -20.5),
                (-7.5, -6.0),
                (-2.5, -1.0),
                (-6.4, -4.9),
                (-7.0, -5.5),
                (-3.6, -2.1),
                (-5.8, -4.3),
                -24,
            ),
            floor_db=(-46, -42),
        ),
        room_s=(0.22, 0.276),
        room_db=(-24, -21.5),
    ),
    Entry(
        *(
            "footsteps in puddles",
            "footsteps splashing through puddles",
            "footsteps",
            "Walk, footsteps",
            False,
            True,
            (1.5, 3.5),
        ),
        Treads(
            every_s=(0.36, 0.51),
            modes=(
                ((75.6, 94.5), (0.039, 0.049), 0.0),
                ((215, 269), (0.026, 0.033), (-6.9, -4.4)),
                ((377, 471), (0.022, 0.027), (-7.0, -4.5)),
                ((757, 946), (0.014, 0.018), (-14.1, -11.6)),
            ),
            jitter=(0.01, 0.04),
            uneven_db=(0.6, 1.3),
            contact_s=(0.0011, 0.0017),
            toe_s=(0.11, 0.2),
            toe_db=(-4.3, -2.7),
            slap_db=(-12.8, -10.2),
            slap_hz=((434, 543), (3040, 3800)),
            slap_s=(0.02, 0.025),
            matter=Layers(
                parts=(
                    (Bubbles(rate_hz=(95, 140), radius_mm=(0.74, 1.1), rise=(0.06, 0.09)), 0.0),
                    (
                        Turbulence(
                            bands=(
                                (500, 1500, (-2.1, 0.4), 8.0, 20),
                                (1500, 3500, 0.0, 8.0, 25),
                                (3500, 7000, (-9.6, -7.1), 8.0, 30),
                            )
                        ),
                        (-5.5, -3.0),
                    ),
                )
            ),
            matter_db=(2.2, 3.66),
            press_s=(0.384, 0.441),
            press_db=(-26, (-7.8, -6.3), 0.0, (-4.0, -2.5), (-7.1, -5.6), (-9.8, -8.3), (-17, -15.5), -24),
            floor_db=(-47, -44),
        ),
        room_s=(0.29, 0.363),
        room_db=(-22.4, -19.9),
    ),
)
"""Rows of the table of the built-in sounds."""
