"""The one table of the built-in sounds: a row says what a label is called, how it sounds, and how much it varies.

The rows stand in ``families/``; a new sound is a new row. Its numbers are ranges, (lowest, highest), of which
each recording draws its own; its synthesiser is one of 33 that know nothing of labels. Labels must not entail
each other (no "bird" beside "cuckoo"), and a phrase must read well in "X before Y" and "Y without X".

A recording must be one segment: where a sound repeats, its pauses are under 0.2 s, or a room or a line's noise keeps
the level in them above -40 dB of the loudest.
"""

from __future__ import annotations

from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.families.alarms import ALARMS
from earwitness.sounds.builtin.families.bells import BELLS
from earwitness.sounds.builtin.families.birds import BIRDS
from earwitness.sounds.builtin.families.drums import DRUMS
from earwitness.sounds.builtin.families.fire import FIRE
from earwitness.sounds.builtin.families.footsteps import FOOTSTEPS
from earwitness.sounds.builtin.families.games import GAMES
from earwitness.sounds.builtin.families.household import HOUSEHOLD
from earwitness.sounds.builtin.families.impacts import IMPACTS
from earwitness.sounds.builtin.families.insects import INSECTS
from earwitness.sounds.builtin.families.machines import MACHINES
from earwitness.sounds.builtin.families.mammals import MAMMALS
from earwitness.sounds.builtin.families.noises import NOISES
from earwitness.sounds.builtin.families.people import PEOPLE
from earwitness.sounds.builtin.families.strings import STRINGS
from earwitness.sounds.builtin.families.telephony import TELEPHONY
from earwitness.sounds.builtin.families.tools import TOOLS
from earwitness.sounds.builtin.families.water import WATER
from earwitness.sounds.builtin.families.winds import WINDS

__all__ = ["TABLE"]

TABLE: tuple[Entry, ...] = (
    *ALARMS,
    *TELEPHONY,
    *BELLS,
    *DRUMS,
    *STRINGS,
    *WINDS,
    *MACHINES,
    *TOOLS,
    *WATER,
    *FIRE,
    *NOISES,
    *INSECTS,
    *BIRDS,
    *MAMMALS,
    *PEOPLE,
    *FOOTSTEPS,
    *IMPACTS,
    *HOUSEHOLD,
    *GAMES,
)
"""Every built-in sound; the order is that of reading and means nothing."""
