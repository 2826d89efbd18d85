"""The form of a row of the table: what a label is called, how it sounds, how long it lasts; and one recording of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from earwitness.errors import AudioError
from earwitness.sounds.builtin.blocks import SAMPLE_RATE, Array, envelope, room, samples_in, shaped, shelf, total
from earwitness.sounds.builtin.composite import Synthesiser
from earwitness.sounds.builtin.ranges import Range, drawn, number

__all__ = ["Entry", "Specimen", "specimen", "steady"]


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
    """Whether ``steady.is_steady`` holds of its recordings, so that they may be cut or looped to any length."""
    fills: bool
    """Whether it can be made to any length: steady sounds, and those that repeat by nature."""
    natural_s: Range
    """Its length when none is asked for."""
    synthesiser: Synthesiser
    """Renders it."""
    room_s: Range = 0.0
    """Reverberation time of the room around it; 0 is none."""
    room_db: Range = -10.0
    """Energy of the room's tail against the sound itself."""
    tilt_db: Range = (-3.0, 3.0)
    """The microphone: what is above 1.2 kHz is lifted by this much."""
    peak: Range = (0.5, 0.9)
    """The largest sample."""


def steady(names: tuple[str, str, str, str | None], synthesiser: Synthesiser) -> Entry:
    """Return the row of a steady sound: it lasts as long as is asked, and 3 to 7 s where nobody asks.

    Parameters
    ----------
    names
        Label, phrase, family and AudioSet class.
    synthesiser
        What renders it.
    """
    return Entry(*names, True, True, (3.0, 7.0), synthesiser)


@dataclass(frozen=True)
class Specimen:
    """One recording of a row, every range drawn, not rendered yet."""

    row: Entry
    """The row with numbers in place of ranges."""
    parameters: Mapping[str, float]
    """What was drawn, by field: ``{"natural_s": 3.2, "synthesiser.pitch_hz": 412.0, ...}``."""

    def render(self, rng: np.random.Generator, *, duration_s: float | None = None) -> Array:
        """Render it: at 48 kHz, shape (n,), its largest sample at ``row.peak``.

        Parameters
        ----------
        rng
            Draws what differs inside a recording: noise, the times of drops, the force of each blow.
        duration_s
            Its length; None takes its natural one.

        Raises
        ------
        AudioError
            When nothing is heard: every sample is 0.
        """
        row = self.row
        x = row.synthesiser(samples_in(number(row.natural_s) if duration_s is None else duration_s), rng=rng)
        if row.room_s != 0.0:
            x = room(x, t60_s=number(row.room_s), wet_db=number(row.room_db), rng=rng)
        x = shelf(shaped(x, low_hz=25.0, high_hz=8200.0), frequency_hz=1200.0, gain_db=number(row.tilt_db))
        release_s = 0.012 if row.steady else min(0.08, 0.1 * x.size / SAMPLE_RATE)
        x = x * envelope(x.size, attack_s=0.003, release_s=release_s)
        # The mean is taken out under a window, so that the ends stay at nought.
        window = envelope(x.size, attack_s=0.02, release_s=0.02)
        x = x - window * (total(x) / total(window))
        largest = float(np.max(np.abs(x)))
        if not largest > 0.0:
            text = f"built-in sound {row.label!r}: expected a largest sample above 0, got {largest} in {x.size} samples"
            raise AudioError("silent", text)
        return x * (number(row.peak) / largest)


def specimen(row: Entry, *, rng: np.random.Generator, split: str | None = None) -> Specimen:
    """Draw a recording of a row.

    Parameters
    ----------
    row
        A row of the table.
    rng
        Draws its numbers.
    split
        ``"train"`` or ``"test"`` draws from that split's part of each ``Range``; None from all of it.
    """
    numbers, parameters = drawn(row, rng=rng, split=split, name=row.label)
    return Specimen(numbers, parameters)
