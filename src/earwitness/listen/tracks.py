"""What can be measured on the posteriors of sounds over time: how long each lasts, and how two lie to each other.

Conventions
-----------
A *track* is the posterior of one label in one clip, divided by its greatest value there: two sounds that mask each
other look less present, but lie to each other as they do. Tracks stand in rows, shape (n, n_frames), float64; a row
is zero before its first frame and after its last.

Nothing here depends on when a clip begins or how much silence follows: all numbers are lengths and differences of
times, and a clip that is shorter than its neighbours may be filled up with zeros.

A *stretch* is a run of frames in which a track is at or above a threshold. Its edges lie where the straight line
between the centres of two frames crosses the threshold, so that they are finer than a frame.

The soft "before" of :func:`pair_numbers` asks for two moments, the second not earlier than the first: at the first A
was heard and is over, at the second B has not begun and is heard later. Unlike "A now and B later" it rejects overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from earwitness.errors import ListenError
from earwitness.logic.events import Timeline

__all__ = [
    "COUNT_NUMBERS",
    "GAP_NUMBERS",
    "LENGTH_NUMBERS",
    "PAIR_NUMBERS",
    "SHARED_NUMBERS",
    "THRESHOLDS",
    "Clips",
    "Tracks",
    "apart",
    "count_numbers",
    "crossing",
    "gaps_s",
    "lengths_s",
    "pair_numbers",
    "shared_s",
]

THRESHOLDS = (0.15, 0.3, 0.5, 0.7)
"""At which a track is cut into stretches."""

_Values = npt.NDArray[np.float64]

_CLOSED_S = (0.5, 1.0)
"""Pauses up to so long are filled before a stretch is measured: a masked sound goes on."""
_SOFT_S = 0.5
"""Differences of times count in full up to about this, and saturate beyond."""
_SHORTEST_S = 0.05
"""No length is taken to be shorter, so that its logarithm is finite."""
_HYSTERESIS = ((0.5, 0.3), (0.7, 0.3), (0.5, 0.1), (0.3, 0.1))
"""An event begins at the first number and ends below the second."""

LENGTH_NUMBERS = ("mass", *(f"length at {cut}" for cut in THRESHOLDS), *(f"closed over {s} s" for s in _CLOSED_S))
"""What ``lengths_s`` measures, in order."""
GAP_NUMBERS = tuple(f"gap at {cut}" for cut in THRESHOLDS)
"""What ``gaps_s`` measures, in order."""
SHARED_NUMBERS = ("least", "geometric", *(f"stretch of both at {cut}" for cut in THRESHOLDS), "closed")
"""What ``shared_s`` measures, in order."""
COUNT_NUMBERS = tuple(f"events from {begin} to {end}" for begin, end in _HYSTERESIS)
"""What ``count_numbers`` measures, in order."""
_EDGES = ("gap", "back", "meet", "lead", "trail", "inside", "around")
PAIR_NUMBERS = (
    *(f"{edge} at {cut}" for cut in THRESHOLDS for edge in _EDGES),
    *("before", "after", "shift", "together", "geometric", "window", "covered", "covering", "held", "holding"),
)
"""What ``pair_numbers`` measures, in order."""


_Ints = npt.NDArray[np.intp]
_Probs = npt.NDArray[np.float32]

_BLOCK_VALUES = 16_000_000
"""So many posteriors are looked at in one piece: 64 MB."""


class Clips:
    """The posteriors of many clips, all of one length or each of its own.

    Parameters
    ----------
    probs
        Shape (n_clips, n_frames, n_labels), or one array of shape (n_frames, n_labels) for each clip; float32, 0 to 1.
    labels
        The labels, one for each column.
    hop_s
        The time from one frame to the next, in seconds.

    Raises
    ------
    ListenError
        When the shapes do not fit, a label stands there twice, or a value is no probability.
    """

    def __init__(self, probs: _Probs | Sequence[_Probs], labels: Sequence[str], *, hop_s: float) -> None:
        self.labels = tuple(labels)
        self.hop_s = hop_s
        self._probs = probs
        if not hop_s > 0.0:
            raise ListenError(f"The time from one frame to the next must be above zero; got {hop_s} s.")
        if len(set(self.labels)) < len(self.labels):
            raise ListenError("Each label must stand for one column; got a label twice.")
        for first, block in self.blocks():
            if block.ndim != 3 or block.shape[1] < 1 or block.shape[2] != len(self.labels):
                raise ListenError(
                    f"The posteriors of clip {first} must have a frame or more, and a column for each of "
                    f"{len(self.labels)} labels; got shape {block.shape[1:]}."
                )
            # Written so that NaN is wrong too.
            if not (block.size == 0 or (block.min() >= 0.0 and block.max() <= 1.0)):
                raise ListenError(
                    f"Posteriors must be from 0 to 1; those of clip {first} or of one soon after are not."
                )

    @property
    def n_clips(self) -> int:
        """How many clips there are."""
        return len(self._probs)

    def check(self, timelines: Sequence[Timeline]) -> None:
        """Check that there is a timeline for each clip.

        Raises
        ------
        ListenError
            When there is not.
        """
        if len(timelines) != self.n_clips:
            raise ListenError(f"There must be a timeline for each of {self.n_clips} clips; got {len(timelines)}.")

    def column(self, label: str) -> int:
        """Return the number of a label's column.

        Raises
        ------
        ListenError
            When nothing is known of the label.
        """
        if label not in self.labels:
            known = ", ".join(self.labels[:8]) + (", ..." if len(self.labels) > 8 else "")
            raise ListenError(f"Nothing was listened for that is called '{label}'; known are: {known}.")
        return self.labels.index(label)

    def blocks(self) -> Iterator[tuple[int, _Probs]]:
        """Yield clips in pieces of moderate size: the number of the first, and shape (n, n_frames, n_labels)."""
        if isinstance(self._probs, np.ndarray):
            size = max(1, _BLOCK_VALUES // max(1, self._probs[:1].size))
            yield from ((first, self._probs[first : first + size]) for first in range(0, self.n_clips, size))
        else:
            yield from ((clip, probs[None]) for clip, probs in enumerate(self._probs))

    def rows(self, clips: _Ints, columns: _Ints) -> _Probs:
        """Return one column of one clip in each row, filled up with zeros where clips differ in length."""
        if isinstance(self._probs, np.ndarray):
            return self._probs[clips, :, columns]
        n_frames = max((len(self._probs[clip]) for clip in clips), default=1)
        rows = np.zeros((len(clips), n_frames), np.float32)
        for row, clip, column in zip(rows, clips, columns, strict=True):
            track = self._probs[clip][:, column]
            row[: len(track)] = track
        return rows


@dataclass(frozen=True)
class _Edges:
    """Where the stretches of tracks begin and end."""

    rise_s: _Values
    """The time at which a stretch begins, in the frame where it does; NaN in all others. Shape (n, n_frames)."""
    fall_s: _Values
    """The time at which a stretch ends, in its last frame; NaN in all others. Shape (n, n_frames)."""


@dataclass(frozen=True)
class _Stretches:
    """What there is to know of the stretches of each track at one threshold; all of shape (n,), seconds."""

    onset: _Values
    """Where the longest stretch begins."""
    offset: _Values
    """Where it ends."""
    first_fall: _Values
    """Where the first stretch ends."""
    last_rise: _Values
    """Where the last stretch begins."""
    mass: _Values
    """What the longest stretch holds, with one frame more on either side."""


@dataclass(frozen=True)
class Tracks:
    """The tracks of one sound, or of as many sounds as there are rows, with their stretches."""

    values: _Values
    """The tracks, 0 to 1, each with a greatest value of 1; shape (n, n_frames), float64."""
    peak: _Values
    """What each was divided by, 0 to 1; shape (n,), float64."""
    hop_s: float
    """The time from one frame to the next, in seconds."""
    stretches: tuple[_Stretches, ...]
    """The stretches at each of ``THRESHOLDS``."""

    @classmethod
    def of(cls, probs: npt.NDArray[np.floating], *, hop_s: float) -> Tracks:
        """Make tracks of posteriors, shape (n, n_frames), each of which is above zero somewhere."""
        raised = probs.astype(np.float64)
        peak = raised.max(axis=1)
        values = raised / peak[:, None]
        return cls(values, peak, hop_s, tuple(_stretches(values, cut, hop_s=hop_s) for cut in THRESHOLDS))

    def taken(self, rows: npt.NDArray[np.intp]) -> Tracks:
        """Return the tracks of some rows, in the order in which they are named."""
        stretches = tuple(
            _Stretches(*(part[rows] for part in (s.onset, s.offset, s.first_fall, s.last_rise, s.mass)))
            for s in self.stretches
        )
        return Tracks(self.values[rows], self.peak[rows], self.hop_s, stretches)


def crossing(before: _Values, after: _Values, threshold: float | _Values) -> _Values:
    """Return how far from the centre of one frame to that of the next the line between them crosses a threshold.

    Parameters
    ----------
    before, after
        The posteriors of neighbours, of any shape; one at or above the threshold, one below.
    threshold
        Where they are parted; one for all, or one for each.

    Returns
    -------
    numpy.ndarray
        Of the same shape, 0 to 1.
    """
    way: _Values = (threshold - before) / (after - before)
    return way


def apart(probs: _Probs) -> _Probs:
    """Return what each posterior is apart from all others: itself times one minus the greatest of them.

    Parameters
    ----------
    probs
        Posteriors, with the labels along the last axis.
    """
    if probs.shape[-1] < 2:
        return probs
    second, first = np.moveaxis(np.partition(probs, probs.shape[-1] - 2, axis=-1)[..., -2:], -1, 0)[..., None]
    others = np.where(probs == first, second, first)
    alone: _Probs = probs * (1.0 - others)
    return alone


def _edges(values: _Values, threshold: float, *, hop_s: float) -> _Edges:
    silence = np.zeros((len(values), 1))
    padded = np.concatenate((silence, values, silence), axis=1)
    above = padded >= threshold
    turns = above[:, 1:] != above[:, :-1]
    way = np.full(turns.shape, np.nan)
    way[turns] = crossing(padded[:, :-1][turns], padded[:, 1:][turns], threshold)
    time_s = (np.arange(turns.shape[1]) - 0.5 + way) * hop_s
    rise_s = np.where(above[:, 1:] & ~above[:, :-1], time_s, np.nan)[:, :-1]
    fall_s = np.where(above[:, :-1] & ~above[:, 1:], time_s, np.nan)[:, 1:]
    return _Edges(rise_s, fall_s)


def _carried(times: _Values) -> _Values:
    """Return for every frame the last time up to it that is no NaN; NaN before the first."""
    frames = np.arange(times.shape[1])
    last = np.maximum.accumulate(np.where(np.isnan(times), 0, frames), axis=1)
    return np.take_along_axis(times, last, axis=1)


def _stretches(values: _Values, threshold: float, *, hop_s: float) -> _Stretches:
    edges = _edges(values, threshold, hop_s=hop_s)
    begun_s = _carried(edges.rise_s)
    length_s = np.where(np.isnan(edges.fall_s), -1.0, edges.fall_s - begun_s)
    # The first of those that are equally long, wherever in the clip rounding errors may fall.
    longest = np.round(length_s, 6).argmax(axis=1)[:, None]
    begin = np.maximum.accumulate(np.where(np.isnan(edges.rise_s), 0, np.arange(values.shape[1])), axis=1)
    first = np.take_along_axis(begin, longest, axis=1)
    # A frame more on either side, which holds the slopes: position k of the running sum ends before frame k - 1.
    so_far = np.pad(np.cumsum(values, axis=1), ((0, 0), (2, 1)), mode="constant")
    so_far[:, -1] = so_far[:, -2]
    mass = np.take_along_axis(so_far, longest + 3, axis=1) - np.take_along_axis(so_far, first, axis=1)
    return _Stretches(
        onset=np.take_along_axis(begun_s, longest, axis=1)[:, 0],
        offset=np.take_along_axis(edges.fall_s, longest, axis=1)[:, 0],
        first_fall=np.fmin.reduce(edges.fall_s, axis=1),
        last_rise=np.fmax.reduce(edges.rise_s, axis=1),
        mass=mass[:, 0] * hop_s,
    )


def _longest_s(values: _Values, threshold: float, *, hop_s: float) -> _Values:
    """Return the length of the longest stretch of each row, shape (n,), seconds; 0 where there is none."""
    edges = _edges(values, threshold, hop_s=hop_s)
    length_s: _Values = np.where(np.isnan(edges.fall_s), 0.0, edges.fall_s - _carried(edges.rise_s)).max(axis=1)
    return length_s


def _closed(values: _Values, pause_s: float, *, hop_s: float) -> _Values:
    """Fill the pauses of each row that are no longer than this."""
    frames = 1 + max(1, round(pause_s / hop_s))
    # Filters look beyond the ends, where there is silence; without room for it they would eat what is at the ends.
    padded = np.pad(values, ((0, 0), (frames, frames)))
    dilated = maximum_filter1d(padded, frames, axis=1, mode="constant")
    # A window of even length leans to one side; the second filter must lean back.
    lean = -1 if frames % 2 == 0 else 0
    closed: _Values = minimum_filter1d(dilated, frames, axis=1, mode="constant", origin=lean)
    return closed[:, frames:-frames]


# --- one sound ---


def lengths_s(tracks: Tracks) -> _Values:
    """Return how long the longest event of each track lasts, as measured in several ways.

    Returns
    -------
    numpy.ndarray
        Shape (n, len(LENGTH_NUMBERS)), float64, seconds.
    """
    measured = [tracks.stretches[0].mass, *(stretch.offset - stretch.onset for stretch in tracks.stretches)]
    for pause_s in _CLOSED_S:
        closed = _closed(tracks.values, pause_s, hop_s=tracks.hop_s)
        measured.append(_longest_s(closed, 0.5, hop_s=tracks.hop_s))
    return _floored(measured)


def count_numbers(tracks: Tracks) -> _Values:
    """Return how many events each track holds, as counted in several ways.

    Returns
    -------
    numpy.ndarray
        Shape (n, len(COUNT_NUMBERS)), float64.
    """
    counted = []
    for begin, end in _HYSTERESIS:
        state = np.where(tracks.values >= begin, 1, np.where(tracks.values < end, -1, 0))
        frames = np.arange(state.shape[1])
        last = np.maximum.accumulate(np.where(state == 0, 0, frames), axis=1)
        sounding = np.take_along_axis(state, last, axis=1) == 1
        begun = np.diff(sounding.astype(np.int8), axis=1, prepend=0) == 1
        counted.append(begun.sum(axis=1))
    return np.stack(counted, axis=1).astype(np.float64)


# --- two sounds ---


def pair_numbers(a: Tracks, b: Tracks) -> _Values:
    """Return how the tracks of two sounds lie to each other, row by row.

    Returns
    -------
    numpy.ndarray
        Shape (n, len(PAIR_NUMBERS)), float64, within -4 and 4.
    """
    numbers: list[_Values] = []
    for x, y in zip(a.stretches, b.stretches, strict=True):
        lead, trail = x.onset - y.onset, y.offset - x.offset
        meet = np.minimum(x.offset, y.offset) - np.maximum(x.onset, y.onset)
        edges = (y.last_rise - x.first_fall, x.last_rise - y.first_fall, meet, lead, trail)
        numbers += [_saturated(each) for each in (*edges, np.minimum(lead, trail), np.minimum(-lead, -trail))]
    both, least = np.sqrt(a.values * b.values), np.minimum(a.values, b.values)
    a_mass, b_mass = a.values.sum(axis=1), b.values.sum(axis=1)
    lesser = np.minimum(a_mass, b_mass)
    numbers += [_soft_before(a.values, b.values), _soft_before(b.values, a.values), _shift(a, b)]
    numbers += [(a.values * b.values).sum(axis=1) / lesser, both.sum(axis=1) / lesser]
    numbers += [_best_window(both, _SOFT_S, hop_s=a.hop_s)]
    numbers += [least.sum(axis=1) / a_mass, least.sum(axis=1) / b_mass]
    numbers += [
        (a.values * _between(b.values)).sum(axis=1) / a_mass,
        (b.values * _between(a.values)).sum(axis=1) / b_mass,
    ]
    return np.stack(numbers, axis=1)


def gaps_s(a: Tracks, b: Tracks) -> _Values:
    """Return the shortest time from the end of a stretch of A to the start of a later one of B, at each threshold.

    Where no stretch of B comes later, it is how far the last one comes too early, below zero.

    Returns
    -------
    numpy.ndarray
        Shape (n, len(GAP_NUMBERS)), float64, seconds.
    """
    gaps = []
    for cut, x, y in zip(THRESHOLDS, a.stretches, b.stretches, strict=True):
        ended_s = _carried(_edges(a.values, cut, hop_s=a.hop_s).fall_s)
        gap_s = np.fmin.reduce(_edges(b.values, cut, hop_s=b.hop_s).rise_s - ended_s, axis=1)
        gaps.append(np.where(np.isnan(gap_s), y.last_rise - x.first_fall, gap_s))
    return np.stack(gaps, axis=1)


def shared_s(a: Tracks, b: Tracks) -> _Values:
    """Return how long two sounds are heard at the same time, as measured in several ways.

    Returns
    -------
    numpy.ndarray
        Shape (n, len(SHARED_NUMBERS)), float64, seconds.
    """
    least = np.minimum(a.values, b.values)
    measured = [least.sum(axis=1) * a.hop_s, np.sqrt(a.values * b.values).sum(axis=1) * a.hop_s]
    measured += [_longest_s(least, cut, hop_s=a.hop_s) for cut in THRESHOLDS]
    closed = [_closed(tracks.values, _CLOSED_S[0], hop_s=a.hop_s) for tracks in (a, b)]
    measured.append(_longest_s(np.minimum(*closed), 0.5, hop_s=a.hop_s))
    return _floored(measured)


def _floored(measured: Sequence[_Values]) -> _Values:
    return np.maximum(np.stack(measured, axis=1), _SHORTEST_S)


def _saturated(difference_s: _Values) -> _Values:
    return np.tanh(difference_s / _SOFT_S)


def _soft_before(a: _Values, b: _Values) -> _Values:
    silence = np.zeros((len(a), 1))
    heard = np.concatenate((silence, np.maximum.accumulate(a, axis=1)[:, :-1]), axis=1)
    coming = np.concatenate((np.maximum.accumulate(b[:, ::-1], axis=1)[:, ::-1][:, 1:], silence), axis=1)
    over = np.maximum.accumulate(heard * (1.0 - a), axis=1)
    best: _Values = (over * (1.0 - b) * coming).max(axis=1)
    return best


def _shift(a: Tracks, b: Tracks) -> _Values:
    """Return how far the centre of B lies after that of A, in units of their joint spread."""
    (a_centre, a_spread), (b_centre, b_spread) = (_centre_and_spread(t) for t in (a, b))
    return np.clip((b_centre - a_centre) / (a_spread + b_spread + a.hop_s), -4.0, 4.0)


def _centre_and_spread(tracks: Tracks) -> tuple[_Values, _Values]:
    # Squared, so that a low murmur all along the clip does not pull the centre to its middle.
    weight = tracks.values**2
    weight /= weight.sum(axis=1, keepdims=True)
    time_s = np.arange(weight.shape[1]) * tracks.hop_s
    centre = weight @ time_s
    return centre, np.sqrt((weight * (time_s - centre[:, None]) ** 2).sum(axis=1))


def _best_window(values: _Values, window_s: float, *, hop_s: float) -> _Values:
    """Return the greatest mean of each row over a window of this length."""
    frames = max(1, round(window_s / hop_s))
    so_far = np.cumsum(np.pad(values, ((0, 0), (frames, frames - 1))), axis=1)
    best: _Values = (so_far[:, frames:] - so_far[:, :-frames]).max(axis=1) / frames
    return best


def _between(values: _Values) -> _Values:
    """Return for every frame the level that is reached both before or in it and in or after it: masked parts filled."""
    return np.minimum(np.maximum.accumulate(values, axis=1), np.maximum.accumulate(values[:, ::-1], axis=1)[:, ::-1])
