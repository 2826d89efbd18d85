"""Cutting stretches out of posteriors that come in pieces: in constant memory, and the same however they are pieced.

What is loud and clear is cut at a high level, what is faint at a low one. There is a row of levels, and the highest one
that a stretch reaches says where it ends: where the posterior crosses a share of that level. Pauses up to a certain
length are part of it. So one rule finds the barks over a murmur and the murmur without barks, and no two stretches of
a label overlap.

Of what is past, one stretch for each label and level is kept, and a row of sums. The sums are taken in whole numbers,
which add up the same in any order.

Conventions
-----------
Times are in frames: frame ``t`` is centred at ``t + 0.5``. Before the first frame and after the last there is silence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.listen.tracks import apart, crossing

__all__ = ["Cutter", "Piece", "Stretches", "pieced"]

_Values = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]
_Probs = npt.NDArray[np.float32]

_UNIT = 2.0**24
"""Posteriors are summed in this part of one: whole numbers, that have room for centuries of frames."""
_SUMS = 2


class Stretches(NamedTuple):
    """Stretches of some labels, one in each row of all arrays."""

    column: _Ints
    """The label's column."""
    onset: _Values
    """Where it begins, in frames."""
    offset: _Values
    """Where it ends, in frames; infinite as long as it goes on."""
    peak: _Values
    """The greatest posterior in it."""
    begin: _Ints
    """Its first frame."""
    end: _Ints
    """The frame after its last one, or the next that will come."""
    before: _Ints
    """Sums of the posterior and of what it is apart from all others, up to its first frame; shape (n, 2)."""
    until: _Ints
    """The same up to its end, shape (n, 2)."""

    @property
    def means(self) -> _Values:
        """The mean of the posterior, and of what it is apart from all others, over all its frames; shape (n, 2)."""
        means: _Values = (self.until - self.before) / _UNIT / (self.end - self.begin)[:, None]
        return means

    def taken(self, rows: _Mask | npt.NDArray[np.intp]) -> Stretches:
        """Return some of the rows."""
        return Stretches(
            *(self.column[rows], self.onset[rows], self.offset[rows], self.peak[rows]),
            *(self.begin[rows], self.end[rows], self.before[rows], self.until[rows]),
        )

    @classmethod
    def joined(cls, parts: Sequence[Stretches]) -> Stretches:
        """Return the rows of all parts."""
        return cls._make(np.concatenate(same) for same in zip(*parts, strict=True))

    @classmethod
    def none(cls) -> Stretches:
        """Return no rows."""
        number, edge, sums = np.zeros(0, np.int64), np.zeros(0), np.zeros((0, _SUMS), np.int64)
        return cls(number, edge, edge, edge, number, number, sums, sums)


class Piece(NamedTuple):
    """Some frames, and what must be known of those before them."""

    values: _Values
    """The last frame before them, and the frames; label by label, shape (n_labels, 1 + n_frames)."""
    sums: _Ints
    """Sums up to each frame, and up to the one that will follow; shape (n_labels, 1 + n_frames, 2)."""
    first: int
    """The number of the first frame."""
    heard: int
    """How many frames the recording has so far; the silence that closes it is none."""

    @property
    def n_frames(self) -> int:
        """How many frames it has, with the silence."""
        return len(self.values[0]) - 1


def pieced(probs: Iterable[_Probs], *, n_labels: int) -> Iterator[Piece]:
    """Yield the pieces of a recording, and a frame of silence that closes it.

    Parameters
    ----------
    probs
        Posteriors, each of shape (n_frames, n_labels), 0 to 1; what has no frame is left out.
    n_labels
        How many labels there are.
    """
    last, sums, first = np.zeros((n_labels, 1)), np.zeros((n_labels, 1, _SUMS), np.int64), 0
    for each, heard in _closed(probs, n_labels=n_labels):
        values = each.T.astype(np.float64)
        parts = np.stack((values, apart(each).T.astype(np.float64)), axis=2)
        sums = np.concatenate((sums, sums + np.cumsum(np.rint(parts * _UNIT).astype(np.int64), axis=1)), axis=1)
        yield Piece(np.concatenate((last, values), axis=1), sums, first, heard)
        last, sums, first = values[:, -1:], sums[:, -1:], first + len(each)


def _closed(probs: Iterable[_Probs], *, n_labels: int) -> Iterator[tuple[_Probs, int]]:
    heard = 0
    for each in probs:
        heard += len(each)
        if len(each):
            yield each, heard
    yield np.zeros((1, n_labels), np.float32), heard


class Cutter:
    """Cuts the pieces of one recording, one after another.

    Parameters
    ----------
    levels
        Falling, 0 to 1. A stretch is cut at the highest of these that it reaches.
    share
        Its edges are where the posterior crosses this share of that level, 0 to 1.
    pause_frames
        Pauses up to this long are part of it.
    """

    def __init__(self, levels: Sequence[float], *, share: float, pause_frames: float) -> None:
        # Labels are cut at all levels in one go: each level has a row for each label. In a short clip the calls take
        # longer than the work.
        self._levels = np.array(levels, np.float64)
        self._uppers = np.array((math.inf, *levels[:-1]), np.float64)
        self._cuts = share * self._levels
        self._pause = pause_frames
        self._n_labels = 1
        self._waiting = Stretches.none()
        """For each row the stretch that goes on, or that may go on after a pause, if there is one."""

    def fed(self, piece: Piece) -> Stretches:
        """Return the stretches that are over now, of all that were not returned yet."""
        self._n_labels = len(piece.values)
        if not len(self._waiting.column) and piece.values.max(initial=0.0) < self._cuts.min():
            return self._waiting  # nothing goes on, and nothing begins: so it is at the end of most short clips
        goes_on = np.isinf(self._waiting.offset)
        found = _cut_up(piece, self._cuts, going_on=self._waiting.taken(goes_on))
        found = Stretches.joined([self._waiting.taken(~goes_on), found])
        if not len(found.column):
            return found
        found = found.taken(np.lexsort((found.onset, found.column)))
        parted = (np.diff(found.column) > 0) | (found.onset[1:] - found.offset[:-1] > self._pause)
        first = np.flatnonzero(np.append(True, parted))
        last = np.append(first[1:], len(found.column)) - 1
        merged = Stretches(
            column=found.column[first],
            onset=found.onset[first],
            offset=found.offset[last],
            peak=np.maximum.reduceat(found.peak, first),
            begin=found.begin[first],
            end=found.end[last],
            before=found.before[first],
            until=found.until[last],
        )
        # Nothing that follows begins before the centre of the last frame that is known.
        next_onset = piece.first + piece.n_frames - 0.5
        waits = np.append(np.diff(merged.column) > 0, True) & ~(next_onset - merged.offset > self._pause)
        self._waiting = merged.taken(waits)
        return self._reaching(merged.taken(~waits))

    def left(self) -> Stretches:
        """Return the stretches that are left when nothing follows."""
        left, self._waiting = self._reaching(self._waiting), Stretches.none()
        return left

    def _reaching(self, found: Stretches) -> Stretches:
        """Return, with their labels, the stretches that reach the level they were cut at, and not the next one."""
        level, label = np.divmod(found.column, self._n_labels)
        # What reaches the next level is cut there, and holds no other: its peak tells.
        reaches = (found.peak >= self._levels[level]) & (found.peak < self._uppers[level])
        return found._replace(column=label).taken(reaches)


class _Turns(NamedTuple):
    """Where posteriors cross a threshold."""

    row: _Ints
    place: _Ints
    """The first frame on the other side, counted from that of the piece."""
    time: _Values
    """When, in frames."""


def _turns(piece: Piece, cuts: _Values, *, where: _Mask) -> _Turns:
    row, place = np.nonzero(where)
    level, label = np.divmod(row, len(piece.values))
    way = crossing(piece.values[label, place], piece.values[label, place + 1], cuts[level])
    return _Turns(row, place, (piece.first + place - 0.5) + way)


def _cut_up(piece: Piece, cuts: _Values, *, going_on: Stretches) -> Stretches:
    """Return the stretches of a piece at or above each cut, those that were going on before it included.

    Their columns are rows: those of the first cut, a row for each label, then those of the next.
    """
    n_labels = len(piece.values)
    above = (piece.values >= cuts[:, None, None]).reshape(-1, piece.n_frames + 1)
    rises = _turns(piece, cuts, where=~above[:, :-1] & above[:, 1:])
    falls = _turns(piece, cuts, where=above[:, :-1] & ~above[:, 1:])
    # A stretch that was going on begins before all others of its row, and one that goes on ends after them: so in
    # the order of rows and times the first beginning belongs to the first end, and so on.
    went_on, goes_on = len(going_on.column), np.flatnonzero(above[:, -1])
    row = np.concatenate((going_on.column, rises.row))
    place = np.concatenate((np.zeros(went_on, np.int64), rises.place))
    begins = np.lexsort((place, row))
    row = row[begins]
    if not len(row):
        return Stretches.none()
    end_place = np.concatenate((falls.place, np.full(len(goes_on), piece.n_frames)))
    ends = np.lexsort((end_place, np.concatenate((falls.row, goes_on))))
    end_place, label = end_place[ends], row % n_labels
    # With a zero behind each label's last frame, so that the frame after the end is always there.
    flat = np.pad(piece.values[:, 1:], ((0, 0), (0, 1))).ravel()
    bounds = label[:, None] * (piece.n_frames + 1) + np.stack((place[begins], end_place), axis=1)
    peak = np.maximum.reduceat(flat, bounds.ravel())[::2]
    return Stretches(
        column=row,
        onset=np.concatenate((going_on.onset, rises.time))[begins],
        offset=np.concatenate((falls.time, np.full(len(goes_on), math.inf)))[ends],
        peak=np.maximum(peak, np.concatenate((going_on.peak, np.zeros(len(rises.row))))[begins]),
        begin=np.concatenate((going_on.begin, piece.first + rises.place))[begins],
        end=piece.first + end_place,
        before=np.concatenate((going_on.before, piece.sums[rises.row % n_labels, rises.place]))[begins],
        until=piece.sums[label, end_place],
    )
