"""What is measured on tracks: against slow loops, on events whose lengths are known, and blind to time and silence."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import ListenError
from earwitness.listen import tracks as module
from earwitness.listen.tracks import (
    COUNT_NUMBERS,
    GAP_NUMBERS,
    LENGTH_NUMBERS,
    PAIR_NUMBERS,
    SHARED_NUMBERS,
    THRESHOLDS,
    Clips,
    Tracks,
    apart,
    count_numbers,
    gaps_s,
    lengths_s,
    pair_numbers,
    shared_s,
)

HOP_S = 0.25

levels = st.integers(0, 20).map(lambda value: value / 20)
rows = st.lists(levels, min_size=1, max_size=30).filter(lambda row: max(row) > 0).map(lambda row: np.array([row]))


def _track(*events: tuple[float, float], clip_s: float = 10.0, hop_s: float = HOP_S) -> Tracks:
    """Return a track whose every frame is heard for the share that the events take of it."""
    edges = np.arange(round(clip_s / hop_s) + 1) * hop_s
    shares = [np.diff(np.clip(edges, onset, offset)) / hop_s for onset, offset in events]
    return Tracks.of(np.sum(shares, axis=0)[None], hop_s=hop_s)


def _numbers(name: str, names: tuple[str, ...], values: np.ndarray) -> float:
    return float(values[0, names.index(name)])


# --- stretches ---


def _stretches_slowly(row: np.ndarray, threshold: float) -> list[tuple[float, float]]:
    """Return onset and offset of every stretch, by walking along the line between the centres of frames."""
    points = [(-0.5, 0.0), *((frame + 0.5, float(value)) for frame, value in enumerate(row)), (len(row) + 0.5, 0.0)]
    found: list[tuple[float, float]] = []
    onset = 0.0
    for (t, x), (u, y) in pairwise(points):
        if (x >= threshold) != (y >= threshold):
            time_s = (t + (u - t) * (threshold - x) / (y - x)) * HOP_S
            if y >= threshold:
                onset = time_s
            else:
                found.append((onset, time_s))
    return found


@given(rows)
@settings(max_examples=200)
def test_stretches_are_those_of_a_slow_walk(row: np.ndarray) -> None:
    made = Tracks.of(row, hop_s=HOP_S)
    for threshold, stretch in zip(THRESHOLDS, made.stretches, strict=True):
        slow = _stretches_slowly(made.values[0], threshold)
        assert stretch.offset[0] - stretch.onset[0] == pytest.approx(max(offset - onset for onset, offset in slow))
        assert any(np.allclose((stretch.onset[0], stretch.offset[0]), each) for each in slow)
        assert stretch.first_fall[0] == pytest.approx(slow[0][1])
        assert stretch.last_rise[0] == pytest.approx(slow[-1][0])
        onset, offset = stretch.onset[0] / HOP_S, stretch.offset[0] / HOP_S
        # The centre of a frame at the threshold is an edge itself.
        first, last = int(np.ceil(onset - 0.5 - 1e-9)), int(np.floor(offset - 0.5 + 1e-9))
        mass = made.values[0][max(0, first - 1) : last + 2].sum() * HOP_S
        assert stretch.mass[0] == pytest.approx(mass)


@pytest.mark.parametrize("event", [(2.0, 4.0), (2.1, 4.05), (0.0, 1.0), (8.9, 10.0), (0.0, 10.0)])
def test_edges_are_finer_than_a_frame(event: tuple[float, float]) -> None:
    made = _track(event)
    middle = made.stretches[THRESHOLDS.index(0.5)]
    assert (middle.onset[0], middle.offset[0]) == pytest.approx(event, abs=HOP_S / 5)
    assert _numbers("mass", LENGTH_NUMBERS, lengths_s(made)) == pytest.approx(event[1] - event[0], abs=1e-9)


@given(rows, st.sampled_from([0.25, 0.5, 0.75, 1.0]))
@settings(max_examples=100)
def test_pauses_are_filled_and_nothing_else(row: np.ndarray, pause_s: float) -> None:
    closed = module._closed(row, pause_s, hop_s=HOP_S)[0]
    assert (closed >= row[0] - 1e-12).all()
    assert closed.max() == row.max()
    frames = round(pause_s / HOP_S)
    # A frame is raised exactly where as high a level is reached on both sides, at most so many frames apart.
    for frame in range(len(row[0])):
        bridges = [
            min(row[0][i], row[0][j])
            for i in range(max(0, frame - frames), frame)
            for j in range(frame + 1, min(len(row[0]), i + frames + 2))
        ]
        assert closed[frame] == pytest.approx(max([row[0][frame], *bridges]))


def test_a_masked_sound_goes_on() -> None:
    lengths = lengths_s(_track((1.0, 3.0), (3.5, 6.0)))
    assert _numbers("closed over 0.5 s", LENGTH_NUMBERS, lengths) == pytest.approx(5.0)
    assert _numbers("length at 0.5", LENGTH_NUMBERS, lengths) == pytest.approx(2.5)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_events_are_counted(number: int) -> None:
    events = [(2.0 * place, 2.0 * place + 1.0) for place in range(number)]
    np.testing.assert_array_equal(count_numbers(_track(*events)), [[number] * len(COUNT_NUMBERS)])


def test_a_dip_is_no_end() -> None:
    row = np.array([[0.0, 1.0, 1.0, 0.4, 1.0, 1.0, 0.0]])
    assert count_numbers(Tracks.of(row, hop_s=HOP_S)).tolist() == [[1.0] * len(COUNT_NUMBERS)]


def test_a_posterior_is_apart_from_the_greatest_of_the_others() -> None:
    probs = np.array([[[0.5, 0.8, 0.25], [0.5, 0.5, 0.0]]], np.float32)
    expected = [[[0.5 * 0.2, 0.8 * 0.5, 0.25 * 0.2], [0.25, 0.25, 0.0]]]
    np.testing.assert_allclose(apart(probs), expected, atol=1e-7)
    np.testing.assert_array_equal(apart(probs[0]), apart(probs)[0])
    np.testing.assert_array_equal(apart(probs[0, :, :1]), probs[0, :, :1])


# --- pairs ---


@given(rows, rows)
@settings(max_examples=100)
def test_soft_before_is_that_of_slow_loops(a: np.ndarray, b: np.ndarray) -> None:
    n = min(a.shape[1], b.shape[1])
    x, y = a[0, :n], b[0, :n]
    best = 0.0
    for t in range(1, n):
        for u in range(t, n - 1):
            best = max(best, x[:t].max() * (1 - x[t]) * (1 - y[u]) * y[u + 1 :].max())
    assert module._soft_before(a[:, :n], b[:, :n])[0] == pytest.approx(best)


@pytest.mark.parametrize(("a", "b"), [((2.0, 5.0), (2.0, 5.0)), ((3.0, 4.0), (1.0, 6.0)), ((1.0, 4.0), (3.0, 6.0))])
def test_overlap_is_not_before(a: tuple[float, float], b: tuple[float, float]) -> None:
    numbers = pair_numbers(_track(a), _track(b))
    assert _numbers("before", PAIR_NUMBERS, numbers) < 0.01
    assert _numbers("after", PAIR_NUMBERS, numbers) < 0.01
    assert _numbers("gap at 0.5", PAIR_NUMBERS, numbers) < -0.7


def test_order_is_seen_from_both_sides() -> None:
    a, b = _track((1.0, 2.0)), _track((4.0, 6.0))
    there, back = pair_numbers(a, b), pair_numbers(b, a)
    for one, other in (("before", "after"), ("gap at 0.5", "back at 0.5"), ("inside at 0.3", "around at 0.3")):
        assert _numbers(one, PAIR_NUMBERS, there) == pytest.approx(_numbers(other, PAIR_NUMBERS, back))
    assert _numbers("before", PAIR_NUMBERS, there) == pytest.approx(1.0)
    assert _numbers("shift", PAIR_NUMBERS, there) == pytest.approx(-_numbers("shift", PAIR_NUMBERS, back))


def test_the_inner_sound_is_covered_even_where_it_masks_the_outer() -> None:
    inner, outer = _track((4.0, 6.0)), _track((2.0, 4.0), (6.0, 8.0))
    numbers = pair_numbers(inner, outer)
    assert _numbers("held", PAIR_NUMBERS, numbers) == pytest.approx(1.0)
    assert _numbers("holding", PAIR_NUMBERS, numbers) == pytest.approx(0.0)


def test_gap_and_shared_time_are_those_of_the_events() -> None:
    np.testing.assert_allclose(gaps_s(_track((1.0, 2.0)), _track((3.5, 5.0))), [[1.5] * len(GAP_NUMBERS)], atol=0.2)
    assert (gaps_s(_track((4.0, 5.0)), _track((1.0, 3.0))) < -3.5).all()
    repeated = _track((0.0, 1.0), (4.0, 5.0))
    np.testing.assert_allclose(gaps_s(repeated, _track((5.5, 7.0))), [[0.5] * len(GAP_NUMBERS)], atol=0.2)
    np.testing.assert_allclose(gaps_s(repeated, repeated), [[3.0] * len(GAP_NUMBERS)], atol=0.2)
    shared = shared_s(_track((1.0, 4.0)), _track((2.0, 6.0)))
    np.testing.assert_allclose(shared, [[2.0] * len(SHARED_NUMBERS)], atol=0.2)
    assert (shared_s(_track((1.0, 2.0)), _track((3.0, 4.0))) == 0.05).all()


# --- all of them ---


def _everything(a: Tracks, b: Tracks) -> np.ndarray:
    parts = [lengths_s(a), count_numbers(a), pair_numbers(a, b), gaps_s(a, b), shared_s(a, b)]
    named = (LENGTH_NUMBERS, COUNT_NUMBERS, PAIR_NUMBERS, GAP_NUMBERS, SHARED_NUMBERS)
    assert [part.shape for part in parts] == [(len(a.peak), len(names)) for names in named]
    return np.concatenate(parts, axis=1)


@given(rows, rows, st.integers(0, 9), st.integers(0, 9))
@settings(max_examples=100)
def test_silence_before_and_after_changes_nothing(a: np.ndarray, b: np.ndarray, before: int, after: int) -> None:
    n = max(a.shape[1], b.shape[1])
    tracks = [np.pad(row, ((0, 0), (0, n - row.shape[1]))) for row in (a, b)]
    padded = [np.pad(row, ((0, 0), (before, after))) for row in tracks]
    here, there = (_everything(*(Tracks.of(row, hop_s=HOP_S) for row in pair)) for pair in (tracks, padded))
    assert np.isfinite(here).all()
    np.testing.assert_allclose(there, here, atol=1e-9)


def test_rows_are_measured_each_for_itself() -> None:
    rng = np.random.default_rng(0)
    a, b = (Tracks.of(rng.random((7, 40)), hop_s=HOP_S) for _ in range(2))
    chosen = np.array([5, 2, 2])
    np.testing.assert_allclose(_everything(a, b)[chosen], _everything(a.taken(chosen), b.taken(chosen)), atol=1e-12)


def test_how_loud_a_track_is_changes_nothing_but_its_peak() -> None:
    row = np.random.default_rng(0).random((1, 40))
    quiet, loud = (Tracks.of(row * factor, hop_s=HOP_S) for factor in (0.25, 1.0))
    np.testing.assert_allclose(quiet.values, loud.values)
    assert quiet.peak[0] == pytest.approx(loud.peak[0] / 4)


# --- clips ---


def test_clips_of_any_lengths_are_filled_up() -> None:
    rng = np.random.default_rng(0)
    probs = [rng.random((n, 2)).astype(np.float32) for n in (3, 5, 1)]
    clips = Clips(probs, ("dog", "horn"), hop_s=HOP_S)
    rows = clips.rows(np.array([0, 1, 2]), np.array([1, 0, 1]))
    assert rows.shape == (3, 5)
    np.testing.assert_array_equal(rows[0], [*probs[0][:, 1], 0.0, 0.0])
    np.testing.assert_array_equal(rows[1], probs[1][:, 0])
    assert [first for first, _ in clips.blocks()] == [0, 1, 2]


def test_clips_come_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK_VALUES", 25)
    probs = np.zeros((5, 4, 3), np.float32)
    blocks = list(Clips(probs, "abc", hop_s=HOP_S).blocks())
    assert [(first, len(block)) for first, block in blocks] == [(0, 2), (2, 2), (4, 1)]


@pytest.mark.parametrize(
    ("probs", "labels", "hop_s", "said"),
    [
        (np.zeros((2, 4, 3)), "ab", 0.25, "column for each of 2 labels"),
        (np.zeros((2, 0, 2)), "ab", 0.25, "a frame or more"),
        ([np.zeros((4, 2)), np.zeros((4, 3))], "ab", 0.25, "clip 1"),
        (np.full((1, 4, 2), np.nan), "ab", 0.25, "from 0 to 1"),
        (np.full((1, 4, 2), 1.5), "ab", 0.25, "from 0 to 1"),
        (np.zeros((1, 4, 2)), "aa", 0.25, "twice"),
        (np.zeros((1, 4, 2)), "ab", 0.0, "above zero"),
    ],
)
def test_what_are_no_posteriors_is_refused(probs: object, labels: str, hop_s: float, said: str) -> None:
    with pytest.raises(ListenError, match=said):
        Clips(probs, labels, hop_s=hop_s)


def test_an_unknown_label_is_refused_with_what_is_known() -> None:
    with pytest.raises(ListenError, match="'cat'; known are: dog, horn"):
        Clips(np.zeros((1, 4, 2), np.float32), ("dog", "horn"), hop_s=HOP_S).column("cat")
