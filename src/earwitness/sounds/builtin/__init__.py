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
from collections.abc import Sequence

import numpy as np

from earwitness.errors import AudioError, BankError
from earwitness.rng import generator
from earwitness.sounds.audio import Audio
from earwitness.sounds.bank import Recording, split_of
from earwitness.sounds.builtin.blocks import SAMPLE_RATE
from earwitness.sounds.builtin.entry import Entry, Specimen, specimen
from earwitness.sounds.builtin.ranges import SPLITS
from earwitness.sounds.builtin.table import TABLE

__all__ = ["LABELS", "SAMPLE_RATE", "VERSION", "Entry", "entry", "phrases", "recording", "recordings", "sound"]

VERSION = 2
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


def sound(label: str, rng: np.random.Generator, *, duration_s: float | None = None, split: str | None = None) -> Audio:
    """Make a new recording of a label.

    Parameters
    ----------
    label
        One of ``LABELS``.
    rng
        Draws everything about the recording.
    duration_s
        Its length, 0.3 to 10 s, to the nearest sample; None draws a natural one.
    split
        ``"train"`` or ``"test"`` draws what is drawn once a recording from that split's part of its range (four fifths
        of it, of which three are common to both); None from all of it. What is drawn for each event in a recording
        comes from the whole of its range in either split.

    Returns
    -------
    Audio
        Samples of shape (n, 1), peak at 0.9 or below, at 48 kHz: one segment that starts and ends quietly.

    Raises
    ------
    BankError
        When there is no such label or split.
    AudioError
        When the duration is out of range, or is asked of a sound that is over when it is over (``Entry.fills`` is
        false): a bell that is struck once, a pane that shatters.
    """
    row = entry(label)
    if split is not None and split not in SPLITS:
        raise BankError(f"built-in sound {label!r}: expected the split 'train' or 'test', got {split!r}")
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
    x = specimen(row, rng=rng, split=split).render(rng, duration_s=duration_s)
    return Audio(x.astype(np.float32)[:, None], SAMPLE_RATE)


def recordings(*, labels: Sequence[str] = LABELS, train: int = 6, test: int = 4) -> tuple[Recording, ...]:
    """Return the recordings of the bank, not rendered yet.

    There are as many variants of a label as anyone wants, numbered from 0. Which split a variant is of goes by the
    hash of its source, as in every bank, and decides which part of a range is drawn from (see ``sound``).

    Parameters
    ----------
    labels
        Whose; all of the bank when left out.
    train, test
        How many variants of each label there are of each split: the first ones. Variant k is the same whatever these
        are.

    Raises
    ------
    BankError
        When there is no such label, or a number is negative or both are 0.
    """
    if min(train, test) < 0 or train + test == 0:
        raise BankError(f"built-in bank: expected at least 1 variant of each label, got {train} train and {test} test")
    return tuple(recording(label, k) for label in labels for k in _variants(label, {"train": train, "test": test}))


def recording(label: str, k: int) -> Recording:
    """Return variant ``k`` of a label, not rendered yet, with the parameters that were drawn for it.

    Raises
    ------
    BankError
        When there is no such label, or ``k`` is negative.
    """
    if k < 0:
        raise BankError(f"built-in bank: expected a variant of {label!r} from 0 on, got {k}")
    return Recording(
        label=entry(label).label,
        source=_source(label, k),
        licence="CC0-1.0",
        name=f"builtin/{label}/{k}",
        read=functools.partial(_variant, label, k),
        parameters=_specimen(label, k).parameters,
    )


def _source(label: str, k: int) -> str:
    # The version is part of it: what was made by another version of the table is another recording.
    return f"builtin-{VERSION}/{label}/{k}"


def _variants(label: str, wanted: dict[str, int]) -> list[int]:
    """Return the first variants of a label that are of each split, in order."""
    left, chosen, k = dict(wanted), list[int](), 0
    while any(left.values()):
        split = split_of(_source(label, k))
        if left[split] > 0:
            left[split] -= 1
            chosen.append(k)
        k += 1
    return chosen


def _specimen(label: str, k: int) -> Specimen:
    rng = generator(0, "builtin", VERSION, label, k, "parameters")
    return specimen(entry(label), rng=rng, split=split_of(_source(label, k)))


def _variant(label: str, k: int) -> Audio:
    x = _specimen(label, k).render(generator(0, "builtin", VERSION, label, k, "samples"))
    return Audio(x.astype(np.float32)[:, None], SAMPLE_RATE)
