"""Bells, chimes and clocks: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Layers
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.noisy import Noise
from earwitness.sounds.builtin.percussion import Mode, Percussion

__all__ = ["BELLS", "FIRST"]

_CAST: tuple[Mode, ...] = (
    (0.5, -6.0, 1.6),
    (1.0, -2.0, 1.0),
    (1.19, 0.0, 1.0),
    (1.5, -8.0, 0.6),
    (2.0, 0.0, 0.8),
    (2.51, -5.0, 0.45),
    (2.66, -7.0, 0.4),
    (3.0, -3.0, 0.5),
    (4.1, -3.0, 0.4),
    (5.4, -6.0, 0.3),
    (6.8, -9.0, 0.22),
    (8.2, -12.0, 0.18),
)
"""A cast bell: hum, prime, tierce, quint, nominal, and what lies above."""

_BAR: tuple[Mode, ...] = ((1.0, 0.0, 1.0), (2.76, -10.0, 0.5), (5.4, -18.0, 0.25))
"""A free bar, as of a glockenspiel."""

_TUBE: tuple[Mode, ...] = (
    (0.5, -14.0, 1.2),
    (0.99, -6.0, 1.2),
    (1.5, -2.0, 1.1),
    (2.0, 0.0, 1.0),
    (2.52, -2.0, 0.8),
    (3.07, -5.0, 0.6),
    (3.65, -8.0, 0.5),
    (4.22, -10.0, 0.4),
    (5.4, -14.0, 0.3),
)
"""A hanging tube, as of an orchestra."""

FIRST = (0.0, *(-4.0,) * 40)
"""Levels of blows, the first of which is the loudest."""

BELLS: tuple[Entry, ...] = (
    Entry(
        *("church bell", "a church bell tolling", "bells", "Church bell", False, False, (1.5, 3.0)),
        Percussion(
            pitch_hz=(430, 760),
            modes=_CAST,
            t60_s=(2.5, 4.5),
            bursts=((800, 5000, 0.001, 0.03, -16),),
            contact_s=(0.0002, 0.0004),
            mistuned=0.01,
            split=(0.001, 0.004),
        ),
        room_s=(1.2, 2.5),
        room_db=(-12, -6),
    ),
    Entry(
        *("hand bell", "a hand bell being rung", "bells", "Bell", False, True, (1.2, 2.5)),
        Percussion(
            pitch_hz=(800, 1150),
            modes=((1.0, 0.0, 1.0), (2.4, -3.0, 0.6), (3.0, -2.0, 0.7), (4.6, -6.0, 0.4), (6.1, -8.0, 0.3)),
            t60_s=(0.55, 0.75),
            bursts=((2500, 7500, 0.001, 0.02, -14),),
            contact_s=(0.0002, 0.0004),
            split=(0.002, 0.01),
            every_s=(0.2, 0.28),
            jitter=0.08,
            rhythm=(1.12, 0.7),
            accents_db=(0.0, *(-6.0, -2.5) * 20),
            uneven_db=(0.5, 1.5),
        ),
        room_s=(0.3, 0.8),
        room_db=(-12, -7),
    ),
    Entry(
        *("bicycle bell", "a bicycle bell ringing", "bells", "Bicycle bell", False, False, (0.7, 1.2)),
        Percussion(
            pitch_hz=(2200, 2800),
            modes=((1.0, 0.0, 1.0), (1.68, -4.0, 0.6), (2.35, -8.0, 0.4), (0.42, -24.0, 0.3)),
            t60_s=(1.1, 1.6),
            bursts=((1500, 7000, 0.001, 0.02, -12),),
            contact_s=0.0002,
            split=(0.004, 0.015),
            every_s=(0.045, 0.09),
            jitter=0.1,
            rhythm=(1.0, 1.0, 1.0, 4.0, 1.0, 1.0, 1.0, 60.0),
            accents_db=(0.0, -1.0, -1.0, -5.0),
        ),
        room_s=(0.15, 0.4),
        room_db=(-16, -10),
    ),
    Entry(
        *("sleigh bells", "sleigh bells jingling", "bells", "Jingle bell", False, True, (1.5, 3.0)),
        Percussion(
            pitch_hz=(2700, 4200),
            modes=((1.0, 0.0, 1.0), (1.47, -5.0, 0.8), (1.94, -6.0, 0.6), (2.6, -10.0, 0.5)),
            t60_s=(0.4, 0.6),
            bursts=((4000, 7500, 0.001, 0.01, (-18, -8)),),
            contact_s=0.0002,
            mistuned=0.017,
            steps_st=(0.0, 0.3, 0.6, 0.9, 1.2, 1.5, -0.3, -0.6, -0.9, -1.2, -1.5),
            drawn=True,
            every_s=(0.195, 0.24),
            jitter=0.06,
            accents_db=FIRST,
            uneven_db=0.5,
            hits=(14, 20),
            spread_s=(0.125, 0.155),
            floor_db=(-52, -44),
        ),
        room_s=(0.2, 0.5),
        room_db=(-14, -8),
    ),
    Entry(
        *("cowbell", "a cowbell clonking", "bells", "Cowbell", False, True, (1.2, 3.0)),
        Percussion(
            pitch_hz=(520, 820),
            modes=(
                (1.0, -2.0, 1.0),
                (1.48, 0.0, 1.0),
                (2.3, -5.0, 0.6),
                (2.95, -6.0, 0.5),
                (4.1, -8.0, 0.4),
                (5.7, -10.0, 0.3),
            ),
            t60_s=(0.5, 0.7),
            bursts=((900, 5000, 0.001, 0.02, -10),),
            contact_s=(0.00012, 0.00022),
            split=(0.003, 0.008),
            every_s=(0.2, 0.26),
            jitter=(0.05, 0.2),
            uneven_db=(2, 4),
        ),
        room_s=(0.28, 0.38),
        room_db=(-12, -8),
    ),
    Entry(
        *("wind chimes", "wind chimes tinkling", "bells", "Wind chime", False, True, (2.0, 4.0)),
        Percussion(
            pitch_hz=(1250, 1900),
            modes=((1.0, 0.0, 1.0), (2.76, -4.0, 0.6), (5.4, -12.0, 0.3)),
            t60_s=(1.9, 2.8),
            bursts=((2500, 7000, 0.001, 0.01, -16),),
            contact_s=(0.0002, 0.0006),
            split=(0.001, 0.004),
            spot_db=2.0,
            slower_low=0.5,
            choke_s=0.03,
            steps_st=(0.0, 2.0, 4.0, 7.0, 9.0, 12.0, 14.0, 16.0),
            drawn=True,
            every_s=(0.055, 0.085),
            jitter=0.75,
            uneven_db=(1, 3),
        ),
        room_s=(0.3, 0.7),
        room_db=(-16, -10),
    ),
    Entry(
        *("doorbell chime", "a doorbell chiming", "bells", "Ding-dong", False, False, (1.3, 1.7)),
        Percussion(
            pitch_hz=(560, 720),
            modes=((1.0, 0.0, 1.0), (4.0, -14.0, 0.5), (9.0, -20.0, 0.25)),
            t60_s=(1.7, 2.2),
            bursts=((400, 3500, 0.001, (0.03, 0.06), (-9, -2)),),
            contact_s=(0.0004, 0.0006),
            split=(0.0005, 0.002),
            slower_low=(0.3, 0.6),
            steps_st=(4.0, 0.0),
            every_s=(0.45, 0.62),
            rhythm=(1.0, 60.0),
            accents_db=(0.0, -4.5),
            uneven_db=0.5,
        ),
        room_s=(0.4, 0.7),
        room_db=(-10, -6),
    ),
    Entry(
        *("grandfather clock", "a grandfather clock striking the hour", "clocks", "Bell", False, True, (2.5, 4.0)),
        Percussion(
            pitch_hz=(260, 400),
            modes=((1.0, 0.0, 1.0), (2.76, -5.0, 0.7), (5.4, -5.0, 0.4), (8.93, -8.0, 0.25), (13.3, -11.0, 0.15)),
            t60_s=(1.6, 2.6),
            bursts=((300, 3000, 0.001, 0.03, -8), (1500, 6000, 0.3, 0.5, -40)),
            contact_s=(0.0003, 0.0006),
            split=(0.001, 0.004),
            every_s=(0.5, 0.7),
            jitter=0.01,
            accents_db=FIRST,
            uneven_db=0.5,
        ),
        room_s=(0.4, 0.8),
        room_db=(-12, -6),
    ),
    Entry(
        *("clock ticking", "a clock ticking", "clocks", "Tick-tock", False, True, (1.2, 4.0)),
        Percussion(
            pitch_hz=(2500, 3700),
            modes=((1.0, 0.0, 1.0), (1.37, -8.0, 0.8), (2.2, -11.0, 0.5), (0.3, -12.0, 1.5)),
            t60_s=(0.035, 0.07),
            bursts=((1900, 7500, 0.0005, (0.006, 0.013), (2, 7)),),
            contact_s=0.0002,
            steps_st=(0.0, -4.0),
            every_s=(0.17, 0.31),
            rhythm=(1.0, 1.1),
            accents_db=(0.0, -3.0),
            uneven_db=1.0,
            hits=3,
            spread_s=(0.008, 0.02),
            floor_db=(-40, -30),
            floor_hz=((70, 150), (4000, 6000)),
        ),
        room_s=(0.12, 0.25),
        room_db=(-20, -13),
    ),
    Entry(
        *("tuning fork", "a tuning fork humming", "bells", "Tuning fork", False, False, (1.5, 3.0)),
        Percussion(
            pitch_hz=(256, 523),
            modes=((1.0, 0.0, 1.0), (6.27, -6.0, 0.15), (2.0, -25.0, 1.0)),
            t60_s=(5, 10),
            bursts=((500, 4000, 0.0005, 0.02, -10),),
            contact_s=(0.0005, 0.0015),
        ),
    ),
    Entry(
        *("singing bowl", "a singing bowl resonating", "bells", "Singing bowl", False, False, (2.5, 4.5)),
        Percussion(
            pitch_hz=(180, 400),
            modes=((1.0, 0.0, 1.0), (2.77, -4.0, 0.7), (5.18, -9.0, 0.4), (8.0, -16.0, 0.25)),
            t60_s=(8, 14),
            bursts=((200, 1500, 0.001, 0.05, -16),),
            contact_s=(0.001, 0.004),
            split=(0.008, 0.016),
        ),
        room_s=(0.4, 1.0),
        room_db=(-16, -10),
    ),
    Entry(
        *("glockenspiel", "a glockenspiel playing", "mallets", "Glockenspiel", False, True, (1.5, 3.5)),
        Percussion(
            pitch_hz=(900, 1300),
            modes=_BAR,
            t60_s=(1.0, 2.0),
            bursts=((3000, 7500, 0.0005, 0.015, -12),),
            contact_s=(0.0002, 0.0004),
            slower_low=0.5,
            steps_st=(0.0, 4.0, 7.0, 12.0, 11.0, 7.0, 9.0, 5.0),
            every_s=(0.2, 0.3),
            accents_db=FIRST,
        ),
        room_s=(0.6, 1.2),
        room_db=(-12, -7),
    ),
    Entry(
        *("music box", "a music box playing", "mallets", "Musical instrument", False, True, (2.0, 4.0)),
        Layers(
            parts=(
                (
                    Percussion(
                        pitch_hz=(1050, 1500),
                        modes=((1.0, 0.0, 1.0), (6.27, -16.0, 0.2), (2.0, -18.0, 0.6), (3.0, -22.0, 0.5)),
                        t60_s=(0.8, 1.6),
                        bursts=((1000, 6000, 0.0005, 0.01, -14),),
                        contact_s=0.0003,
                        slower_low=0.6,
                        steps_st=(0.0, 4.0, 7.0, 12.0, 9.0, 7.0, 5.0, 4.0, 2.0),
                        every_s=(0.16, 0.26),
                        accents_db=FIRST,
                        uneven_db=1.5,
                    ),
                    0.0,
                ),
                (Noise(bands=((800, 5000, 0.0),), chop_hz=(9, 16), chop_db=6.0), (-38, -30)),
            )
        ),
        room_s=(0.2, 0.5),
        room_db=(-14, -8),
    ),
)
"""Rows of the table of the built-in sounds."""
