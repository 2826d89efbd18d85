from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import ListenError
from earwitness.listen.head import Head, calibrated, fit_head, load_head, save_head
from earwitness.listen.scenes import rendered, targets, training_scenes
from earwitness.records import sha256_of_bytes
from earwitness.rng import generator
from earwitness.sounds.atoms import Atom

RATE = 8_000
HOP_S = 0.25
PITCHES = {"low": 300.0, "mid": 700.0, "high": 1_500.0, "top": 3_000.0}
LABELS = tuple(PITCHES)

Recordings = tuple[list[npt.NDArray[np.float32]], list[npt.NDArray[np.float32]]]


def _tone(label: str, ticks: int, number: int) -> Atom:
    """Return a sound that is little but its pitch: something that a small head can learn in a second."""
    rng = generator(0, "tone", label, number)
    times = np.arange(ticks * RATE // 100) / RATE
    wave = 3_000 * np.sin(2 * np.pi * PITCHES[label] * rng.uniform(0.99, 1.01) * times)
    pcm = np.rint(wave + 300 * rng.standard_normal(len(times))).astype(np.int16)
    name = f"{label}-{number}"
    return Atom(name, label, "train", "CC0", name, RATE, sha256_of_bytes(pcm.tobytes()), pcm, False)


def _bands(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A backbone for tests: the logarithm of the energy in 64 bands of each frame, and one band that is always 0."""
    frames = samples.reshape(-1, int(HOP_S * RATE))
    power = np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1]))[:, 1:]) ** 2
    bands = np.log(power[:, : 64 * (power.shape[1] // 64)].reshape(len(frames), 64, -1).mean(axis=2) + 1e-6)
    return np.pad(bands, ((0, 0), (0, 1))).astype(np.float32)


@cache
def _recordings(seed: int, n: int) -> Recordings:
    atoms = [_tone(label, ticks, 10 * seed + i) for label in LABELS for i, ticks in enumerate((60, 130, 210))]
    scenes = training_scenes(atoms, n=n, seed=seed)
    features = [_bands(samples) for samples in rendered(scenes, atoms, sample_rate=RATE)]
    return features, [targets(scene, LABELS, hop_s=HOP_S, n_frames=40) for scene in scenes]


@cache
def _fitted() -> Head:
    return fit_head(*_recordings(1, 100), seed=1, components=64, hidden=24, validation=_recordings(2, 20))


def _random_head(seed: int, *, context: int = 2, n_features: int = 5, n_labels: int = 3) -> Head:
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> npt.NDArray[np.float32]:
        return rng.standard_normal(shape).astype(np.float32)

    weights = (draw((2 * context + 1) * 4, 6), draw(6, n_labels))
    return Head(
        context, draw(n_features, 4), draw(4), weights, (draw(6), draw(n_labels)), draw(n_labels), draw(n_labels)
    )


def _slow_probs(head: Head, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """What a head says, frame by frame as its documentation has it."""
    said = []
    for frame in range(len(features)):
        near = np.clip(np.arange(frame - head.context, frame + head.context + 1), 0, len(features) - 1)
        out = np.concatenate([features[place].astype(np.float64) @ head.basis - head.shift for place in near])
        for place, (weight, bias) in enumerate(zip(head.weights, head.biases, strict=True)):
            out = (out if place == 0 else np.maximum(out, 0)) @ weight.astype(np.float64) + bias
        said.append(1 / (1 + np.exp(-(head.slope * out + head.offset))))
    return np.array(said)


# --- hearing ---


@pytest.mark.parametrize("context", [0, 1, 3])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_probs_are_what_the_documentation_says(context: int, n: int, rng: np.random.Generator) -> None:
    head = _random_head(n, context=context)
    features = rng.standard_normal((n, 5)).astype(np.float32)
    probs = head.probs(features)
    assert probs.dtype == np.float32
    np.testing.assert_allclose(probs, _slow_probs(head, features), atol=1e-5)


def test_long_recordings_are_heard_like_short_ones(rng: np.random.Generator) -> None:
    head = _random_head(1)
    features = rng.standard_normal((20_000, 5)).astype(np.float32)
    middle = slice(8_000, 8_400)  # over the edge of what is heard at once
    np.testing.assert_allclose(
        head.probs(features)[middle], _slow_probs(head, features[7_990:8_410])[10:-10], atol=1e-5
    )


@given(st.lists(st.integers(0, 6), max_size=8), st.integers(0, 3))
def test_a_stream_is_heard_like_a_whole(lengths: list[int], context: int) -> None:
    head = _random_head(3, context=context)
    features = np.random.default_rng(0).standard_normal((sum(lengths), 5)).astype(np.float32)
    blocks = np.split(features, np.cumsum(lengths)[:-1]) if lengths else []
    heard = np.concatenate([np.empty((0, 3), dtype=np.float32), *head.stream(iter(blocks))])
    np.testing.assert_allclose(heard, head.probs(features), atol=1e-6)


def test_a_stream_holds_no_more_than_a_block(rng: np.random.Generator) -> None:
    head, given_so_far, heard = _random_head(3, context=2), 0, 0

    def blocks():
        nonlocal given_so_far
        for _ in range(50):
            given_so_far += 4
            yield rng.standard_normal((4, 5)).astype(np.float32)

    for probs in head.stream(blocks()):
        heard += len(probs)
        assert given_so_far - heard <= 4
    assert heard == 200


def test_no_frames_are_heard_as_none() -> None:
    assert _random_head(1).probs(np.empty((0, 5), dtype=np.float32)).shape == (0, 3)


def test_certain_is_certain_and_nothing_overflows() -> None:
    head = replace(_random_head(1), slope=np.float32([1e4, -1e4, 0]), offset=np.float32([0, 0, -20]))
    probs = head.probs(np.ones((3, 5), dtype=np.float32))
    assert set(probs[:, :2].ravel()) <= {0.0, 1.0}
    np.testing.assert_allclose(probs[:, 2], np.exp(-20), rtol=1e-5)


def test_features_of_another_backbone_are_refused() -> None:
    with pytest.raises(ListenError, match=r"frames of 5 features.*got the shape \(3, 7\)"):
        _random_head(1).probs(np.zeros((3, 7), dtype=np.float32))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"context": 1}, "weight 0"),
        ({"context": -1}, "context -1"),
        ({"weights": ()}, "0 weights"),
        ({"shift": np.zeros(3, dtype=np.float32)}, "'shift' has the shape"),
        ({"slope": np.zeros(2, dtype=np.float32)}, "'(slope|offset)' has the shape"),
        ({"basis": np.zeros(4, dtype=np.float32)}, "shape"),
        ({"offset": np.zeros(3)}, "'offset' must hold finite float32"),
        ({"offset": np.full(3, np.nan, dtype=np.float32)}, "'offset' must hold finite float32"),
    ],
)
def test_arrays_that_make_no_head_are_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ListenError, match=why):
        replace(_random_head(1), **change)


# --- fitting ---


def test_a_fitted_head_hears_new_recordings_of_what_it_learned() -> None:
    features, truth = _recordings(3, 20)
    probs = np.concatenate([_fitted().probs(frames) for frames in features])
    sure = np.isin(np.concatenate(truth), (0.0, 1.0))
    right = (probs > 0.5) == (np.concatenate(truth) > 0.5)
    assert right[sure].mean() > 0.95
    # Above all where two sound at once.
    both = (np.concatenate(truth) == 1.0).sum(axis=1) == 2
    assert both.sum() > 20
    assert right[both].mean() > 0.9


def test_the_same_seed_gives_the_same_head() -> None:
    heads = [fit_head(*_recordings(1, 8), seed=seed, components=8, hidden=8) for seed in (1, 1, 2)]
    same, other = ([np.array_equal(a, b) for a, b in zip(heads[0].weights, h.weights, strict=True)] for h in heads[1:])
    assert all(same)
    assert not any(other)


def test_shares_are_learned_as_shares() -> None:
    # Where all frames look alike but one feature is noise, the best that can be said is how often a label is heard.
    rng = np.random.default_rng(0)
    features = [rng.standard_normal((500, 2)).astype(np.float32) for _ in range(8)]
    truth = [np.full((500, 2), [0.25, 0.6], dtype=np.float32) for _ in range(8)]
    probs = fit_head(features, truth, seed=1, context=0, hidden=4).probs(features[0])
    np.testing.assert_allclose(probs.mean(axis=0), [0.25, 0.6], atol=0.04)


def test_fitting_ends_when_what_is_held_out_is_heard_no_better() -> None:
    # Targets by chance: nothing that is learned of them holds for others.
    rng = np.random.default_rng(0)
    noise = [rng.standard_normal((40, 6)).astype(np.float32) for _ in range(10)]
    truth = [(rng.random((40, 2)) < 0.5).astype(np.float32) for _ in range(10)]
    told: list[tuple[int, int]] = []
    head = fit_head(
        noise[:5], truth[:5], seed=1, hidden=64, validation=(noise[5:], truth[5:]), progress=lambda *at: told.append(at)
    )
    watched = fit_head(noise[:5], truth[:5], seed=1, hidden=64)
    assert len(told) < 40
    assert told[-1][0] == told[-1][1]

    def loss(head: Head) -> float:
        probs = np.concatenate([head.probs(frames) for frames in noise[5:]])
        heard = np.concatenate(truth[5:])
        return float(-np.log(np.where(heard == 1, probs, 1 - probs)).mean())

    assert loss(head) < loss(watched)


def test_one_label_can_be_learned() -> None:
    features, truth = _recordings(1, 30)
    head = fit_head(features, [shares[:, 2:3] for shares in truth], seed=1, components=8, hidden=8)
    probs = np.concatenate([head.probs(frames) for frames in features])[:, 0]
    heard = np.concatenate(truth)[:, 2]
    assert probs[heard == 1].mean() > 0.7 > 0.3 > probs[heard == 0].mean()


def test_few_frames_are_enough_to_run() -> None:
    rng = np.random.default_rng(0)
    head = fit_head([rng.standard_normal((3, 50)).astype(np.float32)], [np.eye(3, 2, dtype=np.float32)], seed=1)
    assert head.basis.shape[1] <= 3
    assert head.probs(np.zeros((2, 50), dtype=np.float32)).shape == (2, 2)


def test_fitting_changes_nothing_that_it_is_given() -> None:
    features, truth = ([array.copy() for array in arrays] for arrays in _recordings(1, 3))
    for array in (*features, *truth):
        array.setflags(write=False)
    fit_head(features, truth, seed=1, components=4, hidden=4)


@pytest.mark.parametrize(
    ("features", "truth", "why"),
    [
        ([], [], "got 0 and 0"),
        ([np.zeros((3, 4))], [], "got 1 and 0"),
        ([np.zeros((3, 4))], [np.zeros((2, 1))], "Recording 0 of those to learn from"),
        ([np.ones((3, 4)), np.ones((3, 5))], [np.zeros((3, 1))] * 2, r"Recording 1 .* features \(n, 4\)"),
        ([np.ones((3, 4))] * 2, [np.zeros((3, 1)), np.zeros((3, 2))], r"Recording 1 .* targets \(n, 1\)"),
        ([np.zeros((0, 4))], [np.zeros((0, 1))], "one or more frames"),
        ([np.full((3, 4), np.inf)], [np.zeros((3, 1))], "not finite"),
        ([np.ones((3, 4))], [np.full((3, 1), 1.5)], "shares from 0 to 1"),
        ([np.ones((3, 4))], [np.full((3, 1), np.nan)], "shares from 0 to 1"),
        ([np.ones((3, 4))], [np.zeros((3, 1))], "the same in every frame"),
    ],
)
def test_recordings_that_cannot_be_learned_from_are_refused(features: list, truth: list, why: str) -> None:
    with pytest.raises(ListenError, match=why):
        fit_head(features, truth, seed=1)


def test_numbers_out_of_range_and_other_held_out_features_are_refused() -> None:
    features, truth = _recordings(1, 3)
    for name, number in (("context", -1), ("components", 0), ("hidden", 0)):
        with pytest.raises(ListenError, match=f"'{name}' must be"):
            fit_head(features, truth, seed=1, **{name: number})
    with pytest.raises(ListenError, match="as many features and labels"):
        fit_head(features, truth, seed=1, validation=([frames[:, 1:] for frames in features], truth))


# --- calibrating ---


def _drawn(head: Head, slope: float, offset: npt.NDArray[np.float64], n: int) -> Recordings:
    """Return recordings in which labels are heard as often as a line over the head's logits says."""
    rng = np.random.default_rng(5)
    features = [rng.standard_normal((200, head.n_features)).astype(np.float32) for _ in range(n)]
    odds = [slope * head.logits(frames) + offset for frames in features]
    return features, [(rng.random(each.shape) < 1 / (1 + np.exp(-each))).astype(np.float32) for each in odds]


def _plain_head(n_labels: int = 3) -> Head:
    head = _random_head(8, n_labels=n_labels)
    return replace(head, slope=np.full(n_labels, 0.2, dtype=np.float32), offset=np.zeros(n_labels, dtype=np.float32))


def test_calibration_finds_each_labels_line() -> None:
    head = _plain_head()
    features, truth = _drawn(head, 0.5, np.array([-1.0, 0.0, 1.0]), 60)
    found = calibrated(head, features, truth)
    np.testing.assert_allclose(found.slope, 0.1, atol=0.02)
    np.testing.assert_allclose(found.offset, [-1, 0, 1], atol=0.15)
    probs, heard = np.concatenate([found.probs(frames) for frames in features]), np.concatenate(truth)
    for low in (0.1, 0.3, 0.5, 0.7):
        inside = (probs >= low) & (probs < low + 0.2)
        assert abs(heard[inside].mean() - probs[inside].mean()) < 0.03


def test_calibrating_twice_is_calibrating_once() -> None:
    head = _plain_head()
    features, truth = _drawn(head, 0.5, np.zeros(3), 5)
    once = calibrated(head, features, truth)
    twice = calibrated(once, features, truth)
    np.testing.assert_array_equal(once.slope, twice.slope)
    np.testing.assert_array_equal(once.offset, twice.offset)


def test_a_label_with_little_to_go_by_stays_near_the_line_of_all() -> None:
    head = _plain_head()
    features, truth = _drawn(head, 0.5, np.zeros(3), 60)
    common = calibrated(head, features, truth)
    rare = [shares.copy() for shares in truth]
    for place, shares in enumerate(rare):
        shares[:, 2] = 0.0
        shares[0, 1] = 0.0
        if place == 0:
            shares[:3, 2] = 1.0
    found = calibrated(head, features, rare)
    # Ten thousand frames without it move its offset; three frames with it say nothing of its slope.
    assert found.slope[2] > 0
    never = [np.where(np.arange(3) == 2, 0.0, shares).astype(np.float32) for shares in truth]
    unheard = calibrated(head, features, never)
    assert abs(unheard.offset[2] - common.offset[:2].mean()) < 1.5
    assert np.isfinite(unheard.logits(features[0])).all()


def test_calibration_never_turns_a_label_round() -> None:
    head = _plain_head()
    features, truth = _drawn(head, -1.0, np.zeros(3), 20)
    assert (calibrated(head, features, truth).slope > 0).all()


def test_targets_of_other_labels_are_refused() -> None:
    features, truth = _recordings(3, 20)
    with pytest.raises(ListenError, match="hears 4 labels; got targets of 2"):
        calibrated(_fitted(), features, [shares[:, :2] for shares in truth])


# --- files ---


def test_a_head_comes_back_as_it_was(tmp_path: Path) -> None:
    save_head(_fitted(), tmp_path / "head.npz")
    again = load_head(tmp_path / "head.npz")
    features = _recordings(3, 20)[0][0]
    np.testing.assert_array_equal(again.probs(features), _fitted().probs(features))
    assert again.context == 4


def test_the_same_head_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        save_head(_random_head(1), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_is_not_a_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    with pytest.raises(ListenError, match=r"head\.npz' is missing"):
        load_head(path)
    save_head(_random_head(1), path)
    whole = path.read_bytes()
    with np.load(path) as file:
        arrays = dict(file)
    wrong = {
        "half of it": whole[: len(whole) // 2],
        "text": b"no head",
        "nothing": b"",
        "pickle": pickle.dumps({"weights": [1.0]}),
        "one bit": bytes([*whole[:900], whole[900] ^ 1, *whole[901:]]),
    }
    for data in wrong.values():
        path.write_bytes(data)
        with pytest.raises(ListenError, match=r"head\.npz' is not the head of a listener"):
            load_head(path)
    for change in (
        {"format": np.array("earwitness head 0")},
        {"basis": np.zeros((2, 2), dtype=np.float32)},
        {"context": np.array([1, 2])},
        {"context": np.array("two")},
        {"bias_0": np.full(6, np.inf, dtype=np.float32)},
        {"slope": np.array([{}], dtype=object)},
    ):
        np.savez(path, **{**arrays, **change})
        with pytest.raises(ListenError, match=r"head\.npz' is not the head of a listener"):
            load_head(path)
    del arrays["shift"]
    np.savez(path, **arrays)
    with pytest.raises(ListenError, match="shift"):
        load_head(path)
