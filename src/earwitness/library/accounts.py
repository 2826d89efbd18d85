"""What was heard in one recording, as an index keeps it: events, presences, and posteriors in a byte each.

Posteriors are kept of the labels that are heard at all, so that a search can look again at what lies around a moment.
A byte holds the log odds in steps of a sixteenth, from -8 to 8: finer than any listener is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from earwitness.listen.boxes import Box, streamed_boxes
from earwitness.listen.hearing import LibraryListener, hear_file
from earwitness.logic.intervals import SHORTEST_S

__all__ = ["LEAST_CONFIDENCE", "LEAST_POSTERIOR", "Account", "account_of", "posteriors_in"]

LEAST_CONFIDENCE = 0.02
"""Events of which a listener is less sure are not kept: they cost space, and no search would show them."""
LEAST_POSTERIOR = 0.05
"""Posteriors are kept of labels that reach this somewhere in the recording."""
_STEPS, _ZERO = 16, 128  # a byte's steps for one log odd, and what stands for 0

_Ints = npt.NDArray[np.int64]
_Probs = npt.NDArray[np.float32]


class Account(NamedTuple):
    """What was heard in a recording."""

    duration_us: int
    """How long it is, in microseconds."""
    sample_rate: int
    """Samples a second."""
    label: npt.NDArray[np.int16]
    """The place of each event's label among those of the listener, shape (n_events,), sorted by label and onset."""
    onset_us: _Ints
    """Shape (n_events,)."""
    offset_us: _Ints
    """Shape (n_events,); events of one label do not touch."""
    confidence: _Probs
    """How sure the listener is of each event, shape (n_events,)."""
    presence: _Probs
    """How probable it is that each label is heard anywhere, shape (n_labels,)."""
    framed: npt.NDArray[np.int16]
    """The labels whose posteriors are kept, shape (n_framed,)."""
    frames: npt.NDArray[np.uint8]
    """Their posteriors, shape (n_frames, n_framed): log odds in sixteenths, 128 for 0."""


def account_of(listener: LibraryListener, path: Path) -> Account:
    """Listen to a recording of any length.

    Parameters
    ----------
    listener
        Who hears.
    path
        The file.

    Raises
    ------
    AudioError
        When it cannot be read to its end, or its sample rate is not 8 to 192 kHz.
    ListenError
        When it holds NaN or infinity.
    """
    levels: list[npt.NDArray[np.uint8]] = []
    heard_s, sample_rate = 0.0, 0

    def pieces() -> Iterator[_Probs]:
        nonlocal heard_s, sample_rate
        for piece in hear_file(listener, path):
            heard_s, sample_rate = piece.until_s, piece.sample_rate
            levels.append(_levels(piece.posteriors.probs))
            yield piece.posteriors.probs

    boxes = streamed_boxes(pieces(), listener.labels, hop_s=listener.hop_s, model=listener.boxes)
    found = [box for box in boxes if box.confidence >= LEAST_CONFIDENCE]
    every = np.concatenate(levels)
    # A byte tells a posterior well enough for presence too, and a day of two hundred labels is 70 MB and not 280.
    presence = listener.presence.probability(posteriors_in(every)[None], hop_s=listener.hop_s)[0]
    framed = np.flatnonzero(every.max(axis=0) >= _levels(np.array([LEAST_POSTERIOR], np.float32))[0])
    label, onset_us, offset_us, confidence = _events(found, listener.labels, duration_us=round(1e6 * heard_s))
    return Account(
        duration_us=round(1e6 * heard_s),
        sample_rate=sample_rate,
        label=label,
        onset_us=onset_us,
        offset_us=offset_us,
        confidence=confidence,
        presence=presence.astype(np.float32),
        framed=framed.astype(np.int16),
        frames=np.ascontiguousarray(every[:, framed]),
    )


def posteriors_in(frames: npt.NDArray[np.uint8]) -> _Probs:
    """Return the posteriors that were kept, of the same shape, float32."""
    probs: _Probs = _POSTERIORS[frames]
    return probs


_POSTERIORS = expit((np.arange(256) - _ZERO) / _STEPS).astype(np.float32)


def _levels(probs: _Probs) -> npt.NDArray[np.uint8]:
    """Return the byte that stands for each posterior."""
    odds = logit(np.clip(probs, _POSTERIORS[0], _POSTERIORS[-1]))
    levels: npt.NDArray[np.uint8] = np.clip(np.rint(odds * _STEPS) + _ZERO, 0, 255).astype(np.uint8)
    return levels


def _events(
    found: Sequence[Box], labels: Sequence[str], *, duration_us: int
) -> tuple[npt.NDArray[np.int16], _Ints, _Ints, _Probs]:
    """Return the columns of events, inside the recording and apart from one another."""
    shortest_us = round(1e6 * SHORTEST_S)
    place = {label: number for number, label in enumerate(labels)}
    rows: list[tuple[int, int, int, float]] = []
    for box in sorted(found, key=lambda box: (place[box.label], box.onset_s)):
        # The last frame may end after the recording does, and edges that were moved may leave too little between them.
        offset_us = min(round(1e6 * box.offset_s), duration_us)
        onset_us = max(0, min(round(1e6 * box.onset_s), offset_us - shortest_us))
        offset_us = max(offset_us, onset_us + shortest_us)
        label = place[box.label]
        if rows and rows[-1][0] == label and onset_us <= rows[-1][2]:
            # What touches is one event, as in every timeline.
            _, before_us, until_us, confidence = rows.pop()
            onset_us, offset_us = min(before_us, onset_us), max(until_us, offset_us)
            rows.append((label, onset_us, offset_us, max(confidence, box.confidence)))
        else:
            rows.append((label, onset_us, offset_us, box.confidence))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return (
        np.array(columns[0], np.int16),
        np.array(columns[1], np.int64),
        np.array(columns[2], np.int64),
        np.array(columns[3], np.float32),
    )
