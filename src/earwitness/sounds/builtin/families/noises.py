"""Noises and test signals: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.composite import Layers
from earwitness.sounds.builtin.contacts import Fractures
from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Noise
from earwitness.sounds.builtin.tonal import Notes, Timbre, Tone

__all__ = ["NOISES"]

NOISES: tuple[Entry, ...] = (
    steady(
        ("radio static", "radio static hissing", "noises", "Static"),
        Layers(
            (
                (Noise((((60, 120), (5000, 6300), 0.0),)), 0.0),
                (
                    Fractures(
                        density_hz=(20, 150),
                        colours=((1500, 2500, 0.0), (3500, 3500, (-4, 4))),
                        heavy_db=(3, 4.5),
                        clumps_db=(6, 14),
                        clumps_hz=(2, 5),
                        crack_s=(0.0006, 0.0015),
                    ),
                    (-3, 3),
                ),
                (Noise((), whines=((50.0, 0.0), (100.0, 0.0), (150.0, -3.0), (250.0, -6.0))), (-28, -14)),
            )
        ),
    ),
    steady(
        ("white noise", "white noise", "noises", "White noise"),
        Noise((((25, 40), (7700, 8200), 0.0),)),
    ),
    steady(
        ("pink noise", "pink noise", "noises", "Pink noise"),
        Noise(
            (
                ((30, 40), 125, 0.0),
                (125, 250, -1.0),
                (250, 500, -1.0),
                (500, 1000, -1.0),
                (1000, 2000, -1.0),
                (2000, 4000, -1.0),
                (4000, 8000, -1.0),
            )
        ),
    ),
    steady(
        ("sine tone", "a sine tone", "noises", "Sine wave"),
        Tone(pitch_hz=(500, 1500), timbre=Timbre(wander_st=0.0), attack_s=(0.01, 0.06)),
    ),
    Entry(
        *("sweep tone", "a tone sweeping upwards", "noises", "Chirp tone", False, False, (3.5, 5.5)),
        Notes(
            pitch_hz=(170, 280),
            timbre=Timbre(wander_st=0.0),
            bend_st=(0.0, 10.9, 17.5, 22.3, 26.0, 29.1, 31.7, 34.0, 36.0),
            attack_s=(0.01, 0.05),
            once=True,
        ),
    ),
)
"""Rows of the table of the built-in sounds."""
