"""The built-in sound bank: procedural recordings, so that a benchmark can be built with no downloads.

Every label is a distribution: each generator gives a new recording of it, of another pitch, pace, material, room and
level contour. What there is stands in the table, and nothing else knows a label.

Examples
--------
>>> from earwitness.rng import generator
>>> rain = sound("rain", generator(1, "example"), duration_s=2.0)
>>> rain.samples.shape, rain.sample_rate
((96000, 1), 48000)
>>> entry("rain").phrase
'rain falling'
"""

from __future__ import annotations

import difflib
import functools
import math

import numpy as np

from earwitness.errors import AudioError, BankError
from earwitness.rng import generator
from earwitness.sounds.audio import Audio
from earwitness.sounds.bank import Recording
from earwitness.sounds.builtin.blocks import SAMPLE_RATE, Array, draw, envelope, room, samples_in, shaped, shelf
from earwitness.sounds.builtin.entry import Entry
from earwitness.sounds.builtin.table import TABLE

__all__ = ["LABELS", "SAMPLE_RATE", "VERSION", "Entry", "entry", "phrases", "recordings", "sound"]

VERSION = 1
"""Raised whenever a change of the table or of a synthesiser changes what a recording sounds like."""

LABELS: tuple[str, ...] = tuple(sorted(row.label for row in TABLE))
"""Every label, in alphabetical order."""

_SHORTEST_S, _LONGEST_S = 0.3, 10.0  # what may be asked for as a duration

_ROWS = {row.label: row for row in TABLE}


def entry(label: str) -> Entry:
    """Return the row of a label.

    Raises
    ------
    BankError
        When there is no such label; the message names the nearest ones.
    """
    if label not in _ROWS:
        near = difflib.get_close_matches(label, LABELS, n=3, cutoff=0.4)
        hint = f"; nearest: {', '.join(map(repr, near))}" if near else ""
        raise BankError(f"built-in bank: expected one of its {len(LABELS)} labels, got {label!r}{hint}")
    return _ROWS[label]


def phrases() -> dict[str, str]:
    """Return the noun phrase of every label, as queries say it."""
    return {label: _ROWS[label].phrase for label in LABELS}


def sound(label: str, rng: np.random.Generator, *, duration_s: float | None = None) -> Audio:
    """Make a new recording of a label.

    Parameters
    ----------
    label
        One of ``LABELS``.
    rng
        Draws everything about the recording.
    duration_s
        Its length, 0.3 to 10 s, to the nearest sample; None draws a natural one.

    Returns
    -------
    Audio
        Samples of shape (n, 1), peak at 0.9 or below, at 48 kHz: one segment that starts and ends quietly.

    Raises
    ------
    BankError
        When there is no such label.
    AudioError
        When the duration is out of range, or is asked of a sound that is over when it is over (``Entry.fills`` is
        false): a bell that is struck once, a pane that shatters.
    """
    row = entry(label)
    natural_s = draw(row.natural_s, rng=rng)
    if duration_s is not None:
        if not _SHORTEST_S <= duration_s <= _LONGEST_S:
            raise AudioError(
                "duration out of range",
                f"built-in sound {label!r}: expected {_SHORTEST_S} to {_LONGEST_S} s, got {duration_s!r}",
            )
        if not row.fills:
            raise AudioError(
                "not repeatable",
                f"built-in sound {label!r} ends by itself: expected duration_s=None, got {duration_s!r}",
            )
    n = samples_in(natural_s if duration_s is None else duration_s)
    x = row.synthesiser(n, rng=rng)
    if row.room_s != 0.0:
        x = room(x, t60_s=draw(row.room_s, rng=rng), wet_db=draw(row.room_db, rng=rng), rng=rng)
    return Audio(_finished(x, steady=row.steady, rng=rng).astype(np.float32)[:, None], SAMPLE_RATE)


def recordings(*, variants: int = 14) -> tuple[Recording, ...]:
    """Return every recording of the bank, not rendered yet.

    Parameters
    ----------
    variants
        How many recordings each label has, at least 1; variant k is the same whatever this is. With 14, both splits
        have two recordings or more of every label; with 10, a few labels have one test recording only.
    """
    if variants < 1:
        raise BankError(f"built-in bank: expected at least 1 variant of each label, got {variants}")
    return tuple(
        Recording(
            label=label,
            source=f"builtin/{label}/{k}",
            licence="CC0-1.0",
            name=f"builtin/{label}/{k}",
            read=functools.partial(_variant, label, k),
        )
        for label in LABELS
        for k in range(variants)
    )


def _variant(label: str, k: int) -> Audio:
    return sound(label, generator(0, "builtin", VERSION, label, k))


def _finished(x: Array, *, steady: bool, rng: np.random.Generator) -> Array:
    """Give a rendered sound its microphone, its level and its quiet ends."""
    tilt_db = 6.0 * float(rng.random()) - 3.0
    x = shelf(shaped(x, low_hz=25.0, high_hz=8200.0), frequency_hz=1200.0, gain_db=tilt_db)
    x = x * envelope(x.size, attack_s=0.003, release_s=0.012 if steady else min(0.08, 0.1 * x.size / SAMPLE_RATE))
    # The mean is taken out under a window, so that the ends stay at nought.
    window = envelope(x.size, attack_s=0.02, release_s=0.02)
    x = x - window * (math.fsum(x.tolist()) / math.fsum(window.tolist()))
    return x * ((0.5 + 0.4 * float(rng.random())) / float(np.max(np.abs(x))))
