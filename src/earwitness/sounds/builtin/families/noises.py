"""Noises and test signals: rows of the table."""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry, steady
from earwitness.sounds.builtin.noisy import Noise

__all__ = ["NOISES"]

NOISES: tuple[Entry, ...] = (
    steady(
        ("radio static", "radio static hissing", "noises", "Static"),
        Noise(bands=(((60, 120), (7000, 7600), 0.0),)),
    ),
)
"""Rows of the table of the built-in sounds."""
