"""The one table of the built-in sounds: a row says what a label is called, how it sounds, and how much it varies.

The rows stand in ``families_*.py``; a new sound is a new row. Its numbers are ranges, (lowest, highest), of which
each recording draws its own; its synthesiser is one of a dozen that know nothing of labels. Labels must not entail
each other (no "bird" beside "cuckoo"), and a phrase must read well in "X before Y" and "Y without X".

A recording must be one segment: where a sound repeats, its pauses are under 0.2 s, or a room or a line's noise keeps
the level in them above -40 dB of the loudest.
"""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.families_machines import MACHINES
from earwitness.sounds.builtin.families_music import MUSIC
from earwitness.sounds.builtin.families_nature import NATURE
from earwitness.sounds.builtin.families_people import PEOPLE
from earwitness.sounds.builtin.families_signals import SIGNALS

__all__ = ["TABLE"]

TABLE: tuple[Entry, ...] = (*SIGNALS, *MACHINES, *NATURE, *PEOPLE, *MUSIC)
"""Every built-in sound; the order is that of reading and means nothing."""
