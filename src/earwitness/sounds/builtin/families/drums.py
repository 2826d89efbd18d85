"""Drums, mallets and small percussion: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.percussion import Mode, Percussion

__all__ = ["DRUMS"]

_SKIN: tuple[Mode, ...] = (
    (1.0, 0.0, 1.0),
    (1.59, -5.0, 0.7),
    (2.14, -8.0, 0.5),
    (2.3, -9.0, 0.5),
    (2.65, -11.0, 0.4),
    (2.92, -12.0, 0.35),
    (3.5, -14.0, 0.3),
)
"""An ideal membrane."""

_PLATE: tuple[Mode, ...] = (
    (1.0, 0.0, 1.0),
    (2.0, -3.0, 0.8),
    (2.03, -3.0, 0.8),
    (3.0, -4.5, 0.7),
    (3.9, -6.0, 0.65),
    (4.6, -6.5, 0.6),
    (5.2, -7.0, 0.6),
    (6.1, -8.0, 0.55),
    (7.3, -8.5, 0.5),
    (8.2, -9.0, 0.5),
    (9.9, -10.0, 0.45),
)
"""A plate of bronze with a turned rim."""

_FIRST = (0.0, *(-4.0,) * 40)
"""Levels of blows, the first of which is the loudest."""

DRUMS: tuple[Entry, ...] = (
    Entry(
        *("marimba", "a marimba playing", "mallets", "Marimba, xylophone", False, True, (1.5, 3.5)),
        Percussion(
            pitch_hz=(300, 480),
            modes=((1.0, 0.0, 1.0), (3.95, -9.0, 0.35), (9.2, -16.0, 0.15)),
            t60_s=(0.5, 0.9),
            bursts=((500, 2200, 0.001, (0.015, 0.03), (-13, -6)),),
            contact_s=(0.0003, 0.0007),
            slower_low=0.7,
            steps_st=(0.0, 5.0, 9.0, 12.0, 7.0, 4.0, 2.0),
            every_s=(0.095, 0.13),
            uneven_db=1.5,
        ),
        room_s=(0.4, 1.0),
        room_db=(-9, -5),
    ),
    Entry(
        *("gong", "a gong being struck", "drums", "Gong", False, False, (1.2, 2.2)),
        Percussion(
            pitch_hz=(140, 300),
            modes=_PLATE,
            t60_s=(2.3, 4.0),
            bursts=(
                ((230, 520), (1000, 1900), (0.004, 0.015), (0.55, 1.05), (-5, 0)),
                (1200, 4200, (0.02, 0.06), (0.55, 1.05), (-14, -8)),
            ),
            contact_s=(0.001, 0.0026),
            mistuned=0.02,
            split=(0.002, 0.01),
            spot_db=(1.5, 5),
            sag_st=(-1.6, -0.4),
            sag_s=(0.35, 0.8),
        ),
        room_s=(0.7, 1.1),
        room_db=(-16, -10),
    ),
    Entry(
        *("drum roll", "a snare drum rolling", "drums", "Drum roll", True, True, (2.0, 4.0)),
        Percussion(
            pitch_hz=(230, 310),
            modes=_SKIN,
            t60_s=(0.07, 0.13),
            bursts=((1200, 6500, 0.002, (0.13, 0.22), (-6, 2)), (270, 1080, 0.001, (0.06, 0.09), (-7, -3))),
            contact_s=(0.001, 0.002),
            every_s=(0.066, 0.077),
            jitter=(0.01, 0.035),
            accents_db=(0.0, -1.0),
            uneven_db=(0.5, 1.5),
        ),
        room_s=(0.3, 0.7),
        room_db=(-11, -7),
    ),
    Entry(
        *("bass drum", "a bass drum thumping", "drums", "Bass drum", False, True, (0.8, 2.5)),
        Percussion(
            pitch_hz=(50, 75),
            modes=_SKIN,
            t60_s=(0.4, 0.58),
            bursts=((800, 4000, 0.001, 0.02, (-14, -7)),),
            contact_s=(0.002, 0.0035),
            sag_st=(2, 5),
            sag_s=(0.05, 0.15),
            every_s=(0.22, 0.29),
            jitter=0.02,
            floor_db=(-52, -46),
            floor_hz=(100, 2000),
        ),
        room_s=(0.4, 1.0),
        room_db=(-9.5, -6.5),
    ),
    Entry(
        *("cymbal", "a cymbal crashing", "drums", "Cymbal", False, False, (1.0, 1.8)),
        Percussion(
            pitch_hz=(290, 400),
            modes=tuple(
                (r, 0.0, 1.0)
                for r in (1, 1.6, 2.3, 3.1, 3.7, 4.4, 5.3, 6.1, 7.2, 8.3, 9.1, 10.4, 11.8, 13.1, 14.9, 16.2, 17.7, 19.3)
            ),
            t60_s=(2.0, 3.0),
            bursts=((3000, 7800, 0.004, (1.0, 2.5), (0, 8)), (500, 3500, 0.002, (0.4, 1.0), (-6, 3))),
            contact_s=0.0004,
            mistuned=0.03,
        ),
        room_s=(0.3, 0.8),
        room_db=(-16, -8),
    ),
    Entry(
        *("timpani", "timpani being struck", "drums", "Timpani", False, True, (1.5, 3.5)),
        Percussion(
            pitch_hz=(75, 110),
            modes=(
                (1.0, 0.0, 1.0),
                (1.5, -2.0, 0.9),
                (1.98, -6.0, 0.7),
                (2.44, -10.0, 0.5),
                (0.85, -6.0, 0.2),
                (2.9, -13.0, 0.4),
            ),
            t60_s=(0.5, 1.0),
            bursts=((230, 1200, 0.002, (0.05, 0.13), (-10, -3)),),
            contact_s=(0.0012, 0.003),
            sag_st=(0.5, 1.6),
            steps_st=(0.0, 0.0, 0.0, 5.0),
            every_s=(0.28, 0.36),
            rhythm=(1.0, 0.5, 0.5, 1.0),
            accents_db=_FIRST,
        ),
        room_s=(0.7, 1.3),
        room_db=(-12, -6),
    ),
    Entry(
        *("tom-toms", "tom-toms being played", "drums", "Drum", False, True, (1.2, 2.5)),
        Percussion(
            pitch_hz=(85, 120),
            modes=_SKIN,
            t60_s=(0.5, 0.7),
            bursts=((400, 4000, 0.001, 0.03, (-16, -8)),),
            contact_s=(0.001, 0.002),
            sag_st=(1, 4),
            sag_s=(0.1, 0.25),
            slower_low=0.6,
            steps_st=(9.0, 9.0, 5.0, 5.0, 0.0, 0.0),
            every_s=(0.16, 0.2),
            rhythm=(1.0, 0.5, 0.5, 1.0, 1.2),
            accents_db=(0.0, *(-5.0, -2.0) * 20),
            uneven_db=1.0,
        ),
        room_s=(0.3, 0.8),
        room_db=(-11, -7),
    ),
    Entry(
        *("tabla", "tabla being drummed", "drums", "Tabla", False, True, (1.5, 3.0)),
        Percussion(
            pitch_hz=(260, 340),
            modes=((1.0, 0.0, 1.0), (2.0, -3.0, 0.8), (3.01, -6.0, 0.6), (4.0, -10.0, 0.4), (5.0, -14.0, 0.3)),
            t60_s=(0.55, 0.85),
            bursts=((600, 5000, 0.001, 0.02, (-14, -6)),),
            contact_s=(0.0005, 0.0015),
            sag_st=(0.3, 2.0),
            sag_s=(0.1, 0.3),
            steps_st=(0.0, 0.0, -16.0, 0.0, -16.0, -14.0),
            every_s=(0.12, 0.17),
            rhythm=(1.0, 1.0, 2.0, 1.0, 1.0),
            accents_db=(0.0, *(-6.0, -2.0, -4.0) * 20),
            uneven_db=1.0,
        ),
        room_s=(0.4, 0.7),
        room_db=(-9, -6.5),
    ),
    Entry(
        *("wood block", "a wood block being tapped", "drums", "Wood block", False, True, (1.2, 2.5)),
        Percussion(
            pitch_hz=(700, 1100),
            modes=((1.0, 0.0, 1.0), (1.6, -4.0, 0.7), (2.6, -8.0, 0.5), (3.9, -13.0, 0.3)),
            t60_s=(0.06, 0.12),
            bursts=((800, 5000, 0.0005, 0.01, -10),),
            contact_s=(0.0004, 0.0008),
            steps_st=(0.0, 0.0, 5.0),
            every_s=(0.15, 0.21),
        ),
        room_s=(0.55, 0.85),
        room_db=(-11, -8),
    ),
    Entry(
        *("tambourine", "a tambourine shaking", "drums", "Tambourine", False, True, (1.2, 2.5)),
        Percussion(
            pitch_hz=(3200, 4000),
            modes=((1.0, -3.0, 1.0), (1.33, 0.0, 1.0), (1.71, 0.0, 0.9), (2.05, 0.0, 0.8), (2.4, 0.0, 0.7)),
            t60_s=(0.09, 0.14),
            bursts=((3500, 7900, 0.001, (0.03, 0.08), (3, 8)),),
            contact_s=0.0001,
            mistuned=0.04,
            steps_st=(0.0, 1.0, 2.0, 3.0, -1.0),
            drawn=True,
            every_s=(0.15, 0.19),
            jitter=0.05,
            accents_db=(0.0, -3.0),
            uneven_db=1.5,
            hits=(12, 20),
            spread_s=(0.03, 0.05),
            floor_db=(-50, -45),
            floor_hz=(300, 6000),
        ),
        room_s=(0.45, 0.65),
        room_db=(-11, -8),
    ),
    Entry(
        *("castanets", "castanets clacking", "drums", "Percussion", False, True, (1.2, 2.5)),
        Percussion(
            pitch_hz=(1400, 2200),
            modes=((1.0, 0.0, 1.0), (1.45, -3.0, 0.8), (2.2, -5.0, 0.6), (3.1, -9.0, 0.4)),
            t60_s=(0.02, 0.05),
            bursts=((1500, 7000, 0.0005, 0.012, -5),),
            contact_s=0.0003,
            every_s=(0.06, 0.092),
            jitter=0.06,
            rhythm=(1.0, 1.0, 1.0, 2.0, 2.8),
            accents_db=(-6.0, -5.0, -4.0, 0.0, 0.0),
            uneven_db=4.0,
        ),
        room_s=(0.5, 0.85),
        room_db=(-11, -7),
    ),
    Entry(
        *("rimshot", "a rimshot on a snare", "drums", "Rimshot", False, False, (0.4, 0.6)),
        Percussion(
            pitch_hz=(190, 260),
            modes=(
                (1.0, -3.0, 1.0),
                (1.59, -5.0, 0.7),
                (2.14, -8.0, 0.5),
                (4.1, 0.0, 0.4),
                (7.3, -2.0, 0.25),
            ),
            t60_s=(0.3, 0.5),
            bursts=((1200, 7500, 0.001, (0.3, 0.5), (-2, 4)), (800, 7500, 0.0005, 0.02, (3, 8))),
            contact_s=(0.0003, 0.0006),
        ),
        room_s=(0.5, 0.9),
        room_db=(-9, -5),
    ),
)
"""Rows of the table of the built-in sounds."""
