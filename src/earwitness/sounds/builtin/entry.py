"""The form of a row of the table: what a label is called, how it sounds, how long it lasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from earwitness.sounds.builtin.blocks import Array, Range

__all__ = ["Entry", "steady"]


@dataclass(frozen=True)
class Entry:
    """One built-in sound: a label and the distribution of its recordings."""

    label: str
    """What manifests and timelines call it."""
    phrase: str
    """The noun phrase that a query says."""
    family: str
    """Which kind of sound it is: alarms, telephony, weather ..."""
    audioset: str | None
    """The AudioSet class that it is an instance of, as AudioSet's class map writes it; None where none fits."""
    steady: bool
    """Whether level and spectrum are constant, so that it may be cut or looped to any length."""
    fills: bool
    """Whether it can be made to any length: steady sounds, and those that repeat by nature."""
    natural_s: tuple[float, float]
    """Range of its lengths when none is asked for."""
    synthesiser: Callable[..., Array]
    """Renders it: called as ``synthesiser(n, rng=rng)``, returns shape (n,) float64 of any level."""
    room_s: Range = 0.0
    """Reverberation time of the room around it; 0 is none."""
    room_db: Range = -10.0
    """Energy of the room's tail against the sound itself."""


def steady(names: tuple[str, str, str, str | None], synthesiser: Callable[..., Array]) -> Entry:
    """Return the row of a steady sound: it lasts as long as is asked, and 3 to 7 s where nobody asks.

    Parameters
    ----------
    names
        Label, phrase, family and AudioSet class.
    synthesiser
        What renders it.
    """
    return Entry(*names, True, True, (3.0, 7.0), synthesiser)
