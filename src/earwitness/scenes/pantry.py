"""Which sounds there are, and at which lengths each can be heard.

A sound that is not steady is heard whole, so its label comes in the lengths of its atoms. A steady one can be cut or
looped to any length within reason. Nothing is ever stretched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.scenes.demands import ENDLESS
from earwitness.scenes.render import fitted, tick_power
from earwitness.scenes.spec import TICKS_PER_S
from earwitness.sounds.atoms import Atom

__all__ = ["LONGEST", "SHORTEST_STEADY", "Pantry", "Sound"]

SHORTEST_STEADY = TICKS_PER_S // 2
"""The shortest length that a steady sound is cut to, in ticks."""
LONGEST = 8 * TICKS_PER_S
"""The longest length that a steady sound is looped to, in ticks: that of the longest atom."""
_USUAL = 4 * TICKS_PER_S


class Sound(NamedTuple):
    """An atom at a length."""

    atom: Atom
    """What is heard."""
    ticks: int
    """For how long."""


class Pantry:
    """The atoms of a benchmark, by label, with the lengths at which they may be used.

    Parameters
    ----------
    atoms
        All atoms.
    """

    def __init__(self, atoms: Iterable[Atom]) -> None:
        by_label: dict[str, list[Atom]] = {}
        for atom in sorted(atoms, key=lambda atom: atom.atom_id):
            by_label.setdefault(atom.label, []).append(atom)
        self._atoms: Mapping[str, list[Atom]] = dict(sorted(by_label.items()))
        self._ticks = {label: np.array([a.ticks for a in atoms]) for label, atoms in self._atoms.items()}
        self._steady = {label: np.array([a.steady for a in atoms]) for label, atoms in self._atoms.items()}
        self._zones: dict[str, tuple[int, int]] = {}
        self._least = {label: self.shortest(label) for label in self._atoms}
        self._power: dict[str, npt.NDArray[np.float64]] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that have an atom, sorted."""
        return tuple(self._atoms)

    def avoid(self, label: str, *, low: int, high: int) -> None:
        """Never use a label at a length strictly between two, in ticks: a query's limit lies there."""
        self._zones[label] = (low, high)
        self._least[label] = self.shortest(label)

    def zone(self, label: str) -> tuple[int, int] | None:
        """Return the lengths that are avoided for a label, in ticks."""
        return self._zones.get(label)

    def shortest(self, label: str, *, least: int = 1) -> int:
        """Return the shortest length of a label that is ``least`` or more, in ticks; ``ENDLESS`` when there is none."""
        low, high = self._zones.get(label, (0, 0))
        natural = self._ticks[label][~self._steady[label]]
        fitting = natural[(natural >= least) & ~((natural > low) & (natural < high))]
        shortest = int(fitting.min()) if len(fitting) else ENDLESS
        if self._steady[label].any():
            steady = max(least, SHORTEST_STEADY)
            steady = high if low < steady < high else steady
            shortest = min(shortest, steady if steady <= LONGEST else ENDLESS)
        return shortest

    def fitting(self, most: int) -> list[str]:
        """Return the labels that can be heard within ``most`` ticks, sorted."""
        return [label for label, least in self._least.items() if least <= most]

    def can(self, label: str, *, least: int, most: int) -> bool:
        """Whether a label can be heard at a length of ``least`` to ``most`` ticks."""
        return self.shortest(label, least=least) <= most

    def draw(self, label: str, *, least: int, most: int, rng: np.random.Generator) -> Sound | None:
        """Draw an atom of a label and a length of ``least`` to ``most`` ticks; None when there is none."""
        low, high = self._zones.get(label, (0, 0))
        ticks, steady = self._ticks[label], self._steady[label]
        spans = [(s, e) for s, e in self._steady_spans(least, most, low, high) if s <= e]
        natural = ~steady & (ticks >= least) & (ticks <= most) & ~((ticks > low) & (ticks < high))
        fitting = np.flatnonzero(natural | steady if spans else natural)
        if len(fitting) == 0:
            return None
        chosen = int(fitting[int(rng.integers(len(fitting)))])
        atom = self._atoms[label][chosen]
        if not atom.steady:
            return Sound(atom, atom.ticks)
        start, end = spans[int(rng.integers(len(spans)))]
        return Sound(atom, int(rng.integers(start, end + 1)))

    def power(self, sound: Sound) -> npt.NDArray[np.float64]:
        """Return the energy of each 10 ms of a sound, shape (ticks,), in squared PCM16 steps."""
        tick = len(sound.atom.pcm) // sound.atom.ticks
        if sound.ticks != sound.atom.ticks:
            return tick_power(fitted(sound.atom.pcm.astype(np.float32), sound.ticks * tick, tick=tick), tick=tick)
        power = self._power.get(sound.atom.atom_id)
        if power is None:
            power = self._power[sound.atom.atom_id] = tick_power(sound.atom.pcm, tick=tick)
        return power

    @staticmethod
    def _steady_spans(least: int, most: int, low: int, high: int) -> list[tuple[int, int]]:
        """Return the spans of lengths, first and last tick included, that a steady sound may be given."""
        start, end = max(least, SHORTEST_STEADY), min(most, LONGEST)
        spans = [(start, min(end, low)), (max(start, high), end)]
        # Very long drones leave no room for other events, so they are used only where they are asked for.
        return [(s, min(e, max(_USUAL, s + TICKS_PER_S))) for s, e in spans]
