"""Cutting stretches: against a slow walk, however the recording is pieced, and in constant memory."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.listen.stretches import Cutter, Stretches, pieced
from earwitness.listen.tracks import apart

LEVELS = (0.8, 0.3, 0.1)
SHARE = 0.5

# Among them the levels, their halves, and what is just below.
levels = st.sampled_from([0.0, 0.04, 0.05, 0.1, 0.14, 0.15, 0.25, 0.3, 0.39, 0.4, 0.6, 0.79, 0.8, 1.0])
heard = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.lists(levels, min_size=n, max_size=n), min_size=1, max_size=40).map(
        lambda rows: np.array(rows, np.float32)
    )
)
pauses = st.sampled_from([0.0, 0.7, 1.0, 2.5])


def _cut(pieces: list[np.ndarray], *, pause: float) -> Stretches:
    cutter = Cutter(LEVELS, share=SHARE, pause_frames=pause)
    fed = [cutter.fed(piece) for piece in pieced(pieces, n_labels=pieces[0].shape[1])]
    return Stretches.joined([*fed, cutter.left()])


def _rows(found: Stretches) -> list[tuple[float, ...]]:
    return sorted(zip(*(np.column_stack([part]).tolist() for part in found), strict=True))


def _runs_slowly(track: np.ndarray, threshold: float, *, pause: float) -> list[tuple[float, float]]:
    """Return onset and offset of every run, by walking along the line between the centres of frames."""
    points = [(-0.5, 0.0), *((frame + 0.5, float(value)) for frame, value in enumerate(track)), (len(track) + 0.5, 0.0)]
    found: list[list[float]] = []
    for (t, x), (u, y) in pairwise(points):
        if (x >= threshold) != (y >= threshold):
            time = t + (u - t) * (threshold - x) / (y - x)
            if y < threshold:
                found[-1][1] = time
            elif not (found and time - found[-1][1] <= pause):
                found.append([time, np.nan])
    return [(onset, offset) for onset, offset in found]


@given(heard, pauses)
@settings(max_examples=300)
def test_stretches_are_those_of_a_slow_walk(probs: np.ndarray, pause: float) -> None:
    found = _cut([probs], pause=pause)
    expected = []
    for column, track in enumerate(probs.T.astype(np.float64)):
        taken: list[tuple[float, float]] = []
        for level in LEVELS:
            for onset, offset in _runs_slowly(track, SHARE * level, pause=pause):
                inside = [f for f in range(len(track)) if onset <= f + 0.5 <= offset]
                # What holds a louder stretch is none.
                louder = any(onset <= a and b <= offset for a, b in taken)
                if not louder and track[inside].max() >= level:
                    taken.append((onset, offset))
                    alone = apart(probs)[inside, column]
                    expected.append(
                        (column, onset, offset, track[inside].max(), track[inside].mean(), float(alone.mean()))
                    )
    shown = np.column_stack((found.column, found.onset, found.offset, found.peak, found.means))
    order = np.lexsort((found.onset, found.column))
    np.testing.assert_allclose(shown[order], np.array(sorted(expected)).reshape(-1, 6), atol=1e-7)
    assert (found.begin <= found.onset + 0.5 + 1e-9).all()
    assert (found.offset - 0.5 <= found.end + 1e-9).all()


@given(heard, pauses, st.lists(st.integers(0, 40), max_size=8))
@settings(max_examples=300)
def test_pieces_give_the_stretches_of_the_whole(probs: np.ndarray, pause: float, cuts: list[int]) -> None:
    pieces = np.split(probs, sorted(min(cut, len(probs)) for cut in cuts))
    assert _rows(_cut(pieces, pause=pause)) == _rows(_cut([probs], pause=pause))


@given(heard, pauses)
@settings(max_examples=100)
def test_stretches_of_a_label_are_parted_by_more_than_a_pause(probs: np.ndarray, pause: float) -> None:
    found = _cut([probs], pause=pause)
    for column in range(probs.shape[1]):
        own = found.taken(found.column == column)
        order = np.argsort(own.onset)
        assert (own.onset[order][1:] - own.offset[order][:-1] > pause).all()


def test_barks_over_a_murmur_and_the_murmur_without_barks() -> None:
    murmur = np.full(12, 0.12, np.float32)
    barks = murmur.copy()
    barks[[2, 3, 8, 9]] = 0.9
    both = _cut([np.stack((murmur, barks), axis=1)], pause=1.0)
    assert both.column.tolist() == [1, 1, 0]
    np.testing.assert_allclose(both.peak, [0.9, 0.9, 0.12], atol=1e-6)
    np.testing.assert_allclose(both.offset - both.onset, [2.3, 2.3, 12.1], atol=0.1)


@pytest.mark.parametrize(("silent", "number"), [(2, 1), (3, 2)])
@pytest.mark.parametrize("cut", range(8))
def test_a_pause_that_is_just_short_enough_is_part_of_a_stretch(silent: int, number: int, cut: int) -> None:
    probs = np.array([0, 1, *[0] * silent, 1, 0, 0], np.float32)[:, None]
    cutter = Cutter((1.0,), share=0.5, pause_frames=2.0)
    pieces = pieced([probs[:cut], probs[cut:]], n_labels=1)
    found = Stretches.joined([*(cutter.fed(piece) for piece in pieces), cutter.left()])
    assert (found.onset[0], found.offset[-1]) == (1.0, 3.0 + silent)
    assert len(found.column) == number


def test_a_stretch_is_returned_when_a_pause_was_too_long() -> None:
    cutter = Cutter(LEVELS, share=SHARE, pause_frames=2.0)
    pieces = pieced((np.full((1, 1), value, np.float32) for value in (0, 1, 1, 0, 0, 0, 0, 0)), n_labels=1)
    # It ends before the centre of the frame numbered 3; 2 frames later it is over, and a frame is known by its centre.
    assert [len(cutter.fed(piece).column) for piece in pieces] == [0, 0, 0, 0, 0, 1, 0, 0, 0]


def test_memory_does_not_grow_with_the_recording(rng: np.random.Generator) -> None:
    pieces = [rng.random((64, 3), np.float32) for _ in range(4)]

    def peak(times: int) -> int:
        def repeated() -> Iterator[np.ndarray]:
            for _ in range(times):
                yield from pieces

        cutter, number = Cutter(LEVELS, share=SHARE, pause_frames=1.0), 0
        tracemalloc.start()
        for piece in pieced(repeated(), n_labels=3):
            number += len(cutter.fed(piece).column)
            # What NumPy leaves in cycles is no memory that is kept.
            gc.collect()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert number > 10 * times
        return most

    # Everything older is left out of the collecting, which is done often.
    gc.freeze()
    try:
        peak(2)
        assert peak(100) < 1.1 * peak(10)
    finally:
        gc.unfreeze()


def test_a_sound_that_never_ends_is_one_stretch() -> None:
    found = _cut([np.full((50, 1), 0.9, np.float32)] * 100, pause=1.0)
    assert found.column.tolist() == [0]
    assert (found.begin[0], found.end[0]) == (0, 5_000)
    # Whole numbers are summed, so that the mean of many is the mean of one.
    assert found.means[0, 0] == np.round(np.float32(0.9) * 2.0**24) / 2.0**24


def test_nothing_is_heard_in_silence() -> None:
    assert len(_cut([np.zeros((10, 2), np.float32)], pause=1.0).column) == 0
    assert len(_cut([np.zeros((0, 2), np.float32)], pause=1.0).column) == 0
