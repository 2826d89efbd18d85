"""What a head learns, alone and in folds, and how far its word can be trusted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from earwitness.errors import ListenError
from earwitness.listen.head import Head
from earwitness.listen.learning import calibrated, fit_head, fit_heads
from earwitness.listen.networks import Convolution, Lesson, Network, Perceptron
from listen.heads import LABELS, SMALL, Recordings, fitted, random_head, recordings

# --- fitting ---


# With twelve tones to learn from, what a convolution sees of their neighbours misleads it more than it helps.
@pytest.mark.parametrize(("network", "least"), [("mlp", 0.9), ("conv", 0.7)])
def test_a_fitted_head_hears_new_recordings_of_what_it_learned(network: str, least: float) -> None:
    features, truth = recordings(3, 20)
    probs = np.concatenate([fitted(network).probs(frames) for frames in features])
    sure = np.isin(np.concatenate(truth), (0.0, 1.0))
    right = (probs > 0.5) == (np.concatenate(truth) > 0.5)
    assert right[sure].mean() > 0.95
    # Above all where two sound at once.
    both = (np.concatenate(truth) == 1.0).sum(axis=1) == 2
    assert both.sum() > 20
    assert right[both].mean() > least


@pytest.mark.parametrize("network", [Perceptron(hidden=8), Convolution(channels=8, dilations=(2,))])
def test_the_same_seed_gives_the_same_head(network: Network) -> None:
    heads = [fit_head(Lesson(*recordings(1, 8)), network=network, seed=seed, components=8) for seed in (1, 1, 2)]
    same, other = ([_alike(heads[0], head)] for head in heads[1:])
    assert all(same)
    assert not any(other)


def _alike(one: Head, other: Head) -> bool:
    return all(np.array_equal(a.weight, b.weight) for a, b in zip(one.layers, other.layers, strict=True))


@pytest.mark.parametrize("network", [Perceptron(context=0, hidden=4), Convolution(channels=4, dilations=(1,))])
def test_shares_are_learned_as_shares(network: Network) -> None:
    # Where all frames look alike but one feature is noise, the best that can be said is how often a label is heard.
    rng = np.random.default_rng(0)
    features = [rng.standard_normal((500, 2)).astype(np.float32) for _ in range(8)]
    truth = [np.full((500, 2), [0.25, 0.6], dtype=np.float32) for _ in range(8)]
    probs = fit_head(Lesson(features, truth), seed=1, network=network).probs(features[0])
    np.testing.assert_allclose(probs.mean(axis=0), [0.25, 0.6], atol=0.04)


def test_fitting_ends_when_what_is_held_out_is_heard_no_better() -> None:
    # Targets by chance: nothing that is learned of them holds for others.
    rng = np.random.default_rng(0)
    noise = [rng.standard_normal((40, 6)).astype(np.float32) for _ in range(10)]
    truth = [(rng.random((40, 2)) < 0.5).astype(np.float32) for _ in range(10)]
    told: list[tuple[int, int]] = []
    known, held_out = Lesson(noise[:5], truth[:5]), Lesson(noise[5:], truth[5:])
    head = fit_head(
        known, network=Perceptron(hidden=64), seed=1, validation=held_out, progress=lambda *at: told.append(at)
    )
    watched = fit_head(known, network=Perceptron(hidden=64), seed=1)
    assert len(told) < 40
    assert told[-1][0] == told[-1][1]

    def loss(head: Head) -> float:
        probs = np.concatenate([head.probs(frames) for frames in noise[5:]])
        heard = np.concatenate(truth[5:])
        return float(-np.log(np.where(heard == 1, probs, 1 - probs)).mean())

    assert loss(head) < loss(watched)


def test_one_label_can_be_learned() -> None:
    features, truth = recordings(1, 30)
    head = fit_head(
        Lesson(features, [shares[:, 2:3] for shares in truth]), seed=1, network=Perceptron(hidden=8), components=8
    )
    probs = np.concatenate([head.probs(frames) for frames in features])[:, 0]
    heard = np.concatenate(truth)[:, 2]
    assert probs[heard == 1].mean() > 0.7 > 0.3 > probs[heard == 0].mean()


def test_few_frames_are_enough_to_run() -> None:
    rng = np.random.default_rng(0)
    head = fit_head(
        Lesson([rng.standard_normal((3, 50)).astype(np.float32)], [np.eye(3, 2, dtype=np.float32)]),
        network=Perceptron(),
        seed=1,
    )
    assert head.basis.shape[1] <= 3
    assert head.probs(np.zeros((2, 50), dtype=np.float32)).shape == (2, 2)


def test_fitting_changes_nothing_that_it_is_given() -> None:
    features, truth = ([array.copy() for array in arrays] for arrays in recordings(1, 3))
    for array in (*features, *truth):
        array.setflags(write=False)
    fit_head(Lesson(features, truth), seed=1, network=Perceptron(hidden=4), components=4)


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
        fit_head(Lesson(features, truth), network=Perceptron(), seed=1)


def test_numbers_out_of_range_and_other_held_out_features_are_refused() -> None:
    features, truth = recordings(1, 3)
    with pytest.raises(ListenError, match="'components' must be"):
        fit_head(Lesson(features, truth), network=SMALL["mlp"], seed=1, components=0)
    with pytest.raises(ListenError, match="as many features and labels"):
        fit_head(
            Lesson(features, truth),
            network=SMALL["mlp"],
            seed=1,
            validation=Lesson([frames[:, 1:] for frames in features], truth),
        )


# --- calibrating ---


def _drawn(head: Head, slope: float, offset: npt.NDArray[np.float64], n: int) -> Recordings:
    """Return recordings in which labels are heard as often as a line over the head's logits says."""
    rng = np.random.default_rng(5)
    features = [rng.standard_normal((200, head.n_features)).astype(np.float32) for _ in range(n)]
    odds = [slope * head.logits(frames) + offset for frames in features]
    return features, [(rng.random(each.shape) < 1 / (1 + np.exp(-each))).astype(np.float32) for each in odds]


def _plain_head(n_labels: int = 3) -> Head:
    head = random_head(8, n_labels=n_labels)
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
    features, truth = recordings(3, 20)
    with pytest.raises(ListenError, match="hears 4 labels; got targets of 2"):
        calibrated(fitted(), features, [shares[:, :2] for shares in truth])


# --- folds ---


FOLDS = 3


def _folds() -> list[Lesson]:
    return [Lesson(*recordings(seed, 30)) for seed in range(1, FOLDS + 1)]


@pytest.mark.parametrize("network", SMALL)
def test_heads_of_folds_hear_what_is_new_to_all_of_them(network: str) -> None:
    head, heard = fit_heads(_folds(), seed=1, network=SMALL[network], components=64)
    assert len(head.layers[0].weight) == FOLDS
    features, truth = recordings(9, 20)
    probs, shares = np.concatenate([head.probs(frames) for frames in features]), np.concatenate(truth)
    sure = np.isin(shares, (0.0, 1.0))
    assert ((probs > 0.5) == (shares > 0.5))[sure].mean() > 0.95
    assert [[each.shape for each in fold] for fold in heard] == [[(40, len(LABELS))] * 30] * FOLDS


def test_what_is_held_out_is_heard_by_the_head_that_has_not_learned_from_it() -> None:
    """Targets by chance: a head is right of what it learned from and knows nothing of the rest."""
    rng = np.random.default_rng(0)
    folds = [
        Lesson(
            [rng.standard_normal((40, 30)).astype(np.float32) for _ in range(6)],
            [(rng.random((40, 2)) < 0.5).astype(np.float32) for _ in range(6)],
        )
        for _ in range(3)
    ]
    head, heard = fit_heads(folds, seed=1, network=Perceptron(context=0, hidden=64), components=30)
    held, known = [], []
    for fold, probs in zip(folds, heard, strict=True):
        truth = np.concatenate(fold.targets) > 0.5
        held.append(((np.concatenate(probs) > 0.5) == truth).mean())
        known.append(((np.concatenate([head.probs(f) for f in fold.features]) > 0.5) == truth).mean())
    assert max(held) < 0.57 < min(known)


@pytest.mark.parametrize("network", [Perceptron(hidden=6), Convolution(channels=6, dilations=(1, 3))])
def test_the_joined_head_says_the_mean_of_the_log_odds(network: Network) -> None:
    """Of what the heads say that were learned without each fold, for what each says of its fold was returned."""
    folds = _folds()
    head, heard = fit_heads(folds, seed=1, network=network, components=16)
    parts = [
        replace(head, layers=tuple(each._replace(weight=each.weight[[k]], bias=each.bias[[k]]) for each in head.layers))
        for k in range(FOLDS)
    ]
    for part, fold, of_fold in zip(parts, folds, heard, strict=True):
        np.testing.assert_allclose(part.probs(fold.features[3]), of_fold[3], atol=1e-5)
    frames = folds[0].features[0]
    mean = np.mean([part.logits(frames) for part in parts], axis=0)
    np.testing.assert_allclose(head.logits(frames), mean, atol=1e-4)


@pytest.mark.parametrize("network", [Perceptron(hidden=4), Convolution(channels=4, dilations=(1,))])
def test_folds_are_heard_alike_whatever_the_number_of_processes(network: Network) -> None:
    (one, probs), (two, again) = (
        fit_heads(_folds(), seed=1, network=network, components=8, jobs=jobs) for jobs in (1, 2)
    )
    assert _alike(one, two)
    assert all(np.array_equal(a, b) for x, y in zip(probs, again, strict=True) for a, b in zip(x, y, strict=True))


def test_one_fold_is_not_enough() -> None:
    with pytest.raises(ListenError, match="is tried on others; got 1 set of them"):
        fit_heads(_folds()[:1], network=SMALL["mlp"], seed=1)
