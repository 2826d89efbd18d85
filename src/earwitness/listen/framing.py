"""From a recording of any length, given whole or in blocks, to the batches from which a backbone makes frames.

The batches are the same however the blocks were cut, so what is computed from them is the same, bit by bit, and a
recording of a day takes no more memory than one of a minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from earwitness.errors import ListenError
from earwitness.listen.base import Frames, Samples, n_frames

__all__ = ["SHORTEST_HOP_S", "Batch", "batches", "checked_hop", "joined", "pieces"]

SHORTEST_HOP_S = 0.02
_LONGEST_HOP_S = 0.96  # what one window of YAMNet covers: a greater hop would leave moments that nobody hears
_BATCH_S = 16.0
_PIECE = 2**18


class Batch(NamedTuple):
    """Some consecutive frames, and the samples around them."""

    first: int
    """The first frame."""
    n_frames: int
    """How many frames; at least one."""
    start: int
    """The place in the recording of the first sample; negative before its start."""
    samples: Samples
    """From ``margin`` samples before the first frame to ``margin`` after the last; zero outside the recording."""


def checked_hop(hop_s: float) -> float:
    """Return a hop that frames can have.

    Raises
    ------
    ListenError
        When it is not between 0.02 and 0.96 s.
    """
    if not SHORTEST_HOP_S <= hop_s <= _LONGEST_HOP_S:
        raise ListenError(f"A hop is {SHORTEST_HOP_S} to {_LONGEST_HOP_S} s; got {hop_s}.")
    return float(hop_s)


def batches(blocks: Iterable[Samples], *, sample_rate: int, hop_s: float, margin: int) -> Iterator[Batch]:
    """Cut a recording into batches of about 16 s; the last is shorter.

    Outside the recording there is silence, and not its mirror image: so frames stay what they are when silence is
    appended, and no sound is heard twice.

    Parameters
    ----------
    blocks
        The recording's samples, one block after the other; a block may have any length.
    sample_rate
        Samples a second.
    hop_s
        The time from one frame to the next.
    margin
        How many samples are wanted beyond either end of the frames; at least one.

    Raises
    ------
    ListenError
        When a block is not one channel of floating-point samples, or is not finite.
    """
    length = max(1, round(_BATCH_S / hop_s))

    def edge(frame: int) -> int:
        return round(frame * hop_s * sample_rate)

    def cut(held: Samples, first: int, count: int) -> tuple[Batch, Samples]:
        """Take a batch from samples that begin with its margin; return it, and what the next begins with."""
        span = edge(first + count) - edge(first)
        return Batch(first, count, edge(first) - margin, held[: span + 2 * margin]), held[span:]

    held, first, heard = [np.zeros(margin, dtype=np.float32)], 0, 0
    for piece in pieces(blocks, sample_rate=sample_rate):
        held.append(piece)
        heard += len(piece)
        while edge(first + length) + margin <= heard:
            batch, rest = cut(np.concatenate(held), first, length)
            yield batch
            held, first = [rest], first + length
    total = n_frames(heard, sample_rate=sample_rate, hop_s=hop_s)
    held.append(np.zeros(edge(total) + margin - heard, dtype=np.float32))
    rest = np.concatenate(held)
    while first < total:
        batch, rest = cut(rest, first, min(length, total - first))
        yield batch
        first += batch.n_frames


def pieces(blocks: Iterable[Samples], *, sample_rate: int) -> Iterator[Samples]:
    """Check the blocks of a recording, and cut long ones, so that no long one is copied again and again.

    Raises
    ------
    ListenError
        When a block is not one channel of floating-point samples, or is not finite, with the time at which it is not.
    """
    heard = 0
    for block in blocks:
        samples = np.asarray(block)
        if samples.ndim != 1 or not np.issubdtype(samples.dtype, np.floating):
            raise ListenError(
                "A backbone hears one channel of floating-point samples, full scale at 1, shape (n,); "
                f"got {samples.dtype} of shape {samples.shape}."
            )
        for start in range(0, len(samples), _PIECE):
            piece = samples[start : start + _PIECE].astype(np.float32)
            finite = np.isfinite(piece)
            if not finite.all():
                at = heard + int(np.argmin(finite))
                raise ListenError(f"The recording holds NaN or infinity, first at {at / sample_rate:.3f} s.")
            heard += len(piece)
            yield piece


def joined(parts: Iterable[Frames]) -> Frames:
    """Return consecutive frames as one; at least one part is wanted."""
    every = list(parts)
    features = np.concatenate([part.features for part in every])
    return Frames(features, np.concatenate([part.scores for part in every]))
