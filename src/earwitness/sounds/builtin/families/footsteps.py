"""Footsteps by surface: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.bodies import Treads
from earwitness.sounds.builtin.composite import Layers
from earwitness.sounds.builtin.contacts import Fractures
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.flows import Bubbles
from earwitness.sounds.builtin.noisy import Noise

__all__ = ["FOOTSTEPS"]

_SCUFF_DB = (-40.0, -16.0, (-12, -8), 0.0, -6.0, -30.0)  # a sole that slides a little between heel and toe

FOOTSTEPS: tuple[Entry, ...] = (
    Entry(
        *("footsteps on wood", "footsteps on a wooden floor", "footsteps", "Walk, footsteps", False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.355, 0.37),
            modes=(
                ((75, 97), (0.068, 0.095), 0.0),
                ((190, 220), (0.062, 0.085), (-5, -2)),
                ((340, 420), (0.033, 0.042), (-3, 0.5)),
                ((750, 900), (0.026, 0.04), (-7.5, -3.5)),
            ),
            jitter=(0.04, 0.06),
            contact_s=(0.001, 0.0025),
            toe_s=(0.085, 0.1),
            toe_db=(-11, -7),
            slap_db=(-18, -12),
            slap_hz=((290, 420), (3200, 4300)),
            slap_s=(0.0115, 0.017),
            matter=Noise(bands=(((470, 620), (3300, 4000), 0.0),)),
            matter_db=(-22, -15),
            press_s=(0.24, 0.31),
            press_db=_SCUFF_DB,
            floor_db=(-43, -38),
        ),
        room_s=(0.48, 0.65),
        room_db=(-22, -17),
    ),
    Entry(
        *("footsteps on marble", "high heels on a marble floor", "footsteps", "Walk, footsteps"),
        *(False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.35, 0.375),
            modes=(
                ((275, 320), (0.014, 0.018), (-8, -4.5)),
                ((860, 1000), (0.0125, 0.015), (-6, -2)),
                ((2000, 2150), (0.0092, 0.0114), (-2.5, 0)),
                ((4050, 4400), (0.0087, 0.0105), (-2, 0.3)),
                ((5600, 6000), (0.0085, 0.0105), (-5.5, 0)),
            ),
            jitter=(0.027, 0.034),
            uneven_db=(1.1, 1.7),
            contact_s=(0.00045, 0.0008),
            toe_s=(0.088, 0.096),
            toe_db=(-6.6, -5.7),
            slap_db=(-26, -22.5),
            slap_hz=((250, 420), (5500, 6100)),
            slap_s=(0.0085, 0.012),
            matter=Noise(bands=(((730, 930), (4500, 5150), 0.0),)),
            matter_db=(-18, -14.5),
            press_s=(0.22, 0.24),
            press_db=(-30.0, -16.0, (-12, -9), 0.0, -6.0, -14.0),
        ),
        room_s=(0.92, 1.25),
        room_db=(-13, -10.5),
    ),
    Entry(
        *("footsteps on gravel", "footsteps on gravel", "footsteps", "Walk, footsteps", False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.39, 0.42),
            modes=(((78, 86), (0.06, 0.071), 0.0),),
            jitter=(0.03, 0.046),
            contact_s=(0.0065, 0.0095),
            toe_s=(0.095, 0.125),
            toe_db=(-10, -7.5),
            matter=Fractures(
                density_hz=(800, 1250),
                colours=(((780, 1020), 700, (-2, 1)), ((1550, 1750), 1300, 0.0), ((4100, 4900), 2400, (-6, -2.5))),
                heavy_db=(3.6, 4.3),
                clumps_db=(5.2, 8.2),
                clumps_hz=(16.5, 22),
                crack_s=(0.003, 0.0045),
            ),
            matter_db=(4.5, 6.8),
            press_s=(0.29, 0.33),
            press_db=((-15, -11), (-1.2, -0.2), (-3.2, -2), (-7.2, -5.2), (-8, -6.5), (-2.5, -1.4), (-6.8, -5.4), -24.0),
            floor_db=(-41, -38),
        ),
        room_s=(0.21, 0.27),
        room_db=(-20, -17),
    ),
    Entry(
        *("footsteps on snow", "footsteps crunching through snow", "footsteps", "Walk, footsteps"),
        *(False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.43, 0.47),
            modes=(((82, 92), (0.056, 0.063), 0.0),),
            jitter=(0.025, 0.045),
            contact_s=(0.008, 0.0105),
            toe_s=(0.125, 0.145),
            toe_db=(-11, -9.4),
            matter=Fractures(
                density_hz=(2100, 2650),
                colours=(((640, 720), 500, (-2.4, -1)), ((1340, 1440), 1000, (-0.8, 0)), ((3700, 4000), 1800, (-7.6, -6.2))),
                heavy_db=(2.3, 2.8),
                clumps_db=(4.4, 6.5),
                clumps_hz=(20.5, 24),
                crack_s=(0.0026, 0.0031),
            ),
            matter_db=(9.5, 12),
            press_s=(0.335, 0.37),
            press_db=((-23, -20), (-5.6, -4), 0.0, (-4.2, -3.3), (-7.2, -6), (-4.1, -3), (-8.4, -6.3), -26.0),
            floor_db=(-41.5, -39),
        ),
        room_s=(0.27, 0.3),
        room_db=(-22.7, -21),
    ),
    Entry(
        *("footsteps on leaves", "footsteps rustling through dry leaves", "footsteps", "Walk, footsteps"),
        *(False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.385, 0.402),
            modes=(((84, 92), (0.05, 0.057), 0.0),),
            jitter=(0.025, 0.04),
            contact_s=(0.0056, 0.0075),
            toe_s=(0.112, 0.126),
            toe_db=(-9, -7.6),
            matter=Fractures(
                density_hz=(880, 1250),
                colours=(((1080, 1210), 1000, (-1.6, 0.5)), ((3250, 3600), 2000, 0.0), ((5900, 6300), 3000, (-2.5, -0.5))),
                heavy_db=(3.8, 4.4),
                clumps_db=(8.4, 10.2),
                clumps_hz=(17.5, 22.5),
                crack_s=(0.0055, 0.0075),
            ),
            matter_db=(7, 10.2),
            press_s=(0.36, 0.405),
            press_db=((-23, -20), (-7.2, -6), (-2, -1.4), (-6.4, -4.5), (-7.4, -6), (-3.6, -2.6), (-5.8, -4.3), -24.0),
            floor_db=(-40.5, -37.5),
        ),
        room_s=(0.24, 0.275),
        room_db=(-24, -22),
    ),
    Entry(
        *("footsteps in puddles", "footsteps splashing through puddles", "footsteps", "Walk, footsteps"),
        *(False, True, (1.5, 3.5)),
        Treads(
            every_s=(0.4, 0.418),
            modes=(((90, 102), (0.05, 0.055), 0.0),),
            jitter=(0.022, 0.03),
            contact_s=(0.0065, 0.009),
            toe_s=(0.125, 0.137),
            toe_db=(-8.7, -6),
            slap_db=(-15.5, -12.5),
            slap_hz=((400, 480), (2400, 2850)),
            slap_s=(0.024, 0.033),
            matter=Layers(
                (
                    (Bubbles(rate_hz=(130, 210), radius_mm=(0.7, 1.1), rise=(0.1, 0.135)), 0.0),
                    (
                        Fractures(
                            density_hz=(1700, 2200),
                            colours=(((980, 1150), 900, (-1, 0.5)), ((2080, 2290), 1500, 0.0), ((5000, 5350), 2500, (-6, -2.5))),
                            heavy_db=(3.2, 4.2),
                            clumps_db=(7.5, 9.5),
                            clumps_hz=(25, 30.5),
                            crack_s=(0.0035, 0.0047),
                        ),
                        (4, 7),
                    ),
                )
            ),
            matter_db=(2.5, 4.8),
            press_s=(0.31, 0.36),
            press_db=(-14.0, (-4.6, -3.6), 0.0, (-5, -3.8), (-6.7, -5.7), (-4.4, -3.6), (-7.6, -6.6), -22.0),
            floor_db=(-39.8, -38),
        ),
        room_s=(0.27, 0.31),
        room_db=(-22.4, -20.5),
    ),
)
"""Rows of the table of the built-in sounds."""
