"""Learning a head: networks from recordings whose labels are known frame by frame, and a line a label to trust them by.

A label has few recordings, and a network knows them by heart after a few rounds. So it is watched on recordings that it
does not learn from, and stops when those are heard no better. ``fit_heads`` lets every recording serve both ends.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.linalg import block_diag

from earwitness.errors import ListenError
from earwitness.listen.head import Head, Layer
from earwitness.listen.networks import Lesson, Network
from earwitness.parallel import map_chunks, one_blas_thread, out_of, worker_pool
from earwitness.rng import generator, whole_number

__all__ = ["calibrated", "fit_head", "fit_heads"]

_Array = npt.NDArray[np.float32]
_Arrays = Sequence[npt.NDArray[np.float32]]

_SAMPLE = 16_384  # frames that the components are found from: enough, and a bound on time and memory
_ROUNDS = 40
_ROUNDS_UNWATCHED = 20
_PATIENCE = 3  # rounds without getting better
_LEAST_GAIN = 0.002  # what is better: a loss that is smaller by this share
_LEVELS = 0.15  # how loud levels are beside what a model makes of them: in full, they tell recordings apart

_FRAMES_OF_ONE_MIND = 6.0  # frames of one event err together, so that many count as one
_SLOPE_SPREAD, _OFFSET_SPREAD = 0.3, 1.0  # how far a label's line lies from that of all labels, as a rule
_LEAST_SLOPE = 0.05  # calibration may flatten what a label's scores say, but never turn it round


def fit_head(
    lesson: Lesson,
    *,
    network: Network,
    seed: int,
    components: int = 128,
    n_levels: int = 0,
    validation: Lesson | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Head:
    """Fit a head to recordings whose labels are known frame by frame.

    Parameters
    ----------
    lesson
        What to learn from. A share is learned as a share: a frame heard by half counts as heard every other time.
    network
        What is to learn.
    seed
        Any integer.
    components
        How many principal components stand for a frame; fewer where the features do not have so many.
    n_levels
        How many of the features, the last ones, only add levels to what a model makes of the sound.
    validation
        Features and targets of recordings that are not learned from. Fitting ends when they are heard no better, with
        the weights that heard them best. Without them it ends after a fixed number of rounds.
    progress
        Called with the number of rounds done, and how many there are at most.

    Returns
    -------
    Head
        Not calibrated: a line of slope 1 through 0 for each label.

    Raises
    ------
    ListenError
        When the arrays do not fit together, or a number is out of its range.
    """
    if components < 1:
        raise ListenError(f"'components' must be 1 or more; got {components}.")
    _check(*lesson, "to learn from")
    if validation is not None:
        _check(*validation, "held out")
        if _sizes(validation) != _sizes(lesson):
            raise ListenError("The recordings held out need as many features and labels as those to learn from.")
    projection = _projection(lesson.features, components, n_levels=n_levels, seed=seed)
    return _learned(projection, lesson, network=network, seed=seed, validation=validation, progress=progress)


def fit_heads(
    folds: Sequence[Lesson],
    *,
    network: Network,
    seed: int,
    components: int = 128,
    n_levels: int = 0,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Head, list[list[_Array]]]:
    """Fit a head for each fold, to all other folds, and join them to one that says what they say on average.

    So every recording is learned from by all heads but one, and what that one makes of it shows how recordings are
    heard that were not learned from: all of them serve both ends. Heads that learned from different recordings err
    differently, so that together they hear better than each.

    Parameters
    ----------
    folds
        Two or more sets of recordings, none of which has a source in common with another.
    network, seed, components, n_levels
        As for ``fit_head``.
    jobs
        Worker processes; the result does not depend on it.
    progress
        Called with the number of heads done and wanted.

    Returns
    -------
    Head
        The heads as one, calibrated: the mean of their log odds.
    list of list of numpy.ndarray
        For each fold and recording the posteriors, shape (n_frames, n_labels), of the head that has not learned from
        it, calibrated.

    Raises
    ------
    ListenError
        When there are fewer than two folds, or their arrays do not fit together.
    """
    if len(folds) < 2:
        raise ListenError(f"What is learned from some recordings is tried on others; got {len(folds)} set of them.")
    features = [f for fold in folds for f in fold.features]
    _check(features, [t for fold in folds for t in fold.targets], "to learn from")
    with one_blas_thread:
        basis, shift = _projection(features, components, n_levels=n_levels, seed=seed)
        # The components are found once: they are an eighth of the features, and all that the heads need of them.
        small = [Lesson([f.astype(np.float32) @ basis - shift for f in fold.features], fold.targets) for fold in folds]
    fit_one = functools.partial(_held_out, folds=small, network=network, seed=seed)
    with worker_pool(min(jobs, len(folds))) as pool:
        fitted = map_chunks(pool, fit_one, range(len(folds)), chunk=1, progress=out_of(progress, len(folds)))
    return _joined([head for head, _ in fitted], basis, shift), [probs for _, probs in fitted]


def _held_out(
    places: Sequence[int], *, folds: Sequence[Lesson], network: Network, seed: int
) -> list[tuple[Head, list[_Array]]]:
    """Return, for each of some folds, a calibrated head that has not learned from it, and what it hears in it."""
    n_components = folds[0].features[0].shape[1]
    as_it_is = np.eye(n_components, dtype=np.float32), np.zeros(n_components, dtype=np.float32)
    found = []
    for place in places:
        others = [fold for other, fold in enumerate(folds) if other != place]
        lesson = Lesson([f for fold in others for f in fold.features], [t for fold in others for t in fold.targets])
        held = folds[place]
        with one_blas_thread:
            head_seed = whole_number(seed, f"head {place}")
            head = _learned(as_it_is, lesson, network=network, seed=head_seed, validation=held)
            head = calibrated(head, held.features, held.targets)
            found.append((head, [head.probs(frames) for frames in held.features]))
    return found


def _joined(heads: Sequence[Head], basis: _Array, shift: _Array) -> Head:
    """Return heads on the same components as one: their networks side by side, whose word is the mean log odds."""
    told = [_calibrated_layers(head) for head in heads]
    layers = tuple(
        of_first._replace(
            weight=np.concatenate([layer.weight for layer in of_all]),
            bias=np.concatenate([layer.bias for layer in of_all]),
        )
        for of_first, of_all in zip(told[0], zip(*told, strict=True), strict=True)
    )
    return _plain(basis, shift, layers)


def _calibrated_layers(head: Head) -> tuple[Layer, ...]:
    """Return the layers of a head, with its calibration in the last of them."""
    *others, last = head.layers
    return (*others, last._replace(weight=last.weight * head.slope, bias=last.bias * head.slope + head.offset))


def _plain(basis: _Array, shift: _Array, layers: tuple[Layer, ...]) -> Head:
    """Return a head whose networks are taken at their word."""
    ones = np.ones(layers[-1].bias.shape[1], dtype=np.float32)
    return Head(basis, shift, layers, ones, np.zeros_like(ones))


def _learned(
    projection: tuple[_Array, _Array],
    lesson: Lesson,
    *,
    network: Network,
    seed: int,
    validation: Lesson | None,
    progress: Callable[[int, int], None] | None = None,
) -> Head:
    """Return a head on components that are known."""
    basis, shift = projection
    components = [frames.astype(np.float32, copy=False) @ basis - shift for frames in lesson.features]
    learner = network.learner(Lesson(components, lesson.targets), seed=seed)

    def another() -> Head:
        return _plain(basis, shift, learner.learned())

    if validation is not None:
        return _watched(another, validation, progress)
    for number in range(1, _ROUNDS_UNWATCHED + 1):
        head = another()
        if progress is not None:
            progress(number, _ROUNDS_UNWATCHED)
    return head


def _watched(another: Callable[[], Head], validation: Lesson, progress: Callable[[int, int], None] | None) -> Head:
    """Learn round by round until what is held out is heard no better; return the head that heard it best."""
    best, least_loss, idle, number = None, np.inf, 0, 0
    while best is None or (number < _ROUNDS and idle < _PATIENCE):
        head = another()
        loss = _mean_loss(head, validation)
        idle = 0 if loss < least_loss * (1.0 - _LEAST_GAIN) else idle + 1
        if best is None or loss < least_loss:
            best, least_loss = head, loss
        number += 1
        if progress is not None:
            progress(number, _ROUNDS)
    if progress is not None and number < _ROUNDS:
        progress(_ROUNDS, _ROUNDS)  # done, though sooner than it might have been
    return best


def _sizes(lesson: Lesson) -> tuple[int, int]:
    return lesson.features[0].shape[1], lesson.targets[0].shape[1]


def _check(features: _Arrays, targets: _Arrays, what: str) -> None:
    """Refuse recordings whose features and targets do not fit together."""
    if not len(features) or len(features) != len(targets):
        raise ListenError(
            f"The recordings {what} need features and targets, one array of each for a recording; got {len(features)} "
            f"and {len(targets)}."
        )
    n_features, n_labels = features[0].shape[-1], targets[0].shape[-1]
    for place, (frames, shares) in enumerate(zip(features, targets, strict=True)):
        if frames.shape != (len(shares), n_features) or shares.shape != (len(frames), n_labels) or not len(frames):
            raise ListenError(
                f"Recording {place} of those {what}: expected features (n, {n_features}) and targets (n, {n_labels}) "
                f"of one or more frames; got {frames.shape} and {shares.shape}."
            )
        if not np.isfinite(frames).all():
            raise ListenError(f"Recording {place} of those {what} has features that are not finite.")
        if not (shares.min(initial=0.0) >= 0.0 and shares.max(initial=0.0) <= 1.0):
            raise ListenError(f"Recording {place} of those {what} has targets that are not shares from 0 to 1.")


def _projection(features: _Arrays, components: int, *, n_levels: int, seed: int) -> tuple[_Array, _Array]:
    """Return what turns features into their principal components, and the mean frame in components.

    Levels have components of their own, half as many, and count less.
    """
    lengths = np.array([len(frames) for frames in features])
    drawn = generator(seed, "head sample").permutation(int(lengths.sum()))[:_SAMPLE]
    drawn.sort()
    starts = np.cumsum(lengths) - lengths
    sample = np.concatenate(
        [
            frames[drawn[np.searchsorted(drawn, start) : np.searchsorted(drawn, start + len(frames))] - start]
            for start, frames in zip(starts, features, strict=True)
        ]
    ).astype(np.float32)
    n_values = sample.shape[1] - n_levels
    parts = [_principal(sample[:, :n_values], components, seed=seed)]
    if n_levels:
        basis, shift = _principal(sample[:, n_values:], max(1, components // 2), seed=seed)
        parts.append((basis * np.float32(_LEVELS), shift * np.float32(_LEVELS)))
    return block_diag(*(basis for basis, _ in parts)).astype(np.float32), np.concatenate([shift for _, shift in parts])


def _principal(sample: _Array, components: int, *, seed: int) -> tuple[_Array, _Array]:
    """Return what turns features into their principal components, and the mean frame in components."""
    from sklearn.decomposition import PCA

    mean, spread = sample.mean(axis=0, dtype=np.float64), sample.std(axis=0, dtype=np.float64)
    # A feature that never changes says nothing, and must not be divided by next to nothing.
    scale = np.where(spread > 1e-6 * spread.max(initial=0.0), spread, np.inf)
    if not np.isfinite(scale).any():
        raise ListenError("The features are the same in every frame: there is nothing to learn from.")
    sample = ((sample - mean) / scale).astype(np.float32)
    pca = PCA(min(components, *sample.shape), random_state=whole_number(seed, "head components")).fit(sample)
    # All by one factor, which gives the first component a variance of 1. Brought to that variance each, late components
    # would be as loud as early ones, and they tell recordings apart rather than labels.
    basis = pca.components_.T / scale[:, None] / np.sqrt(pca.explained_variance_[0])
    return basis.astype(np.float32), ((mean + pca.mean_ * spread) @ basis).astype(np.float32)


def _mean_loss(head: Head, lesson: Lesson) -> float:
    """Return the cross-entropy of what a head says of recordings, a frame and label."""
    loss = sum(
        float((np.logaddexp(0.0, logits) - logits * shares).sum(dtype=np.float64))
        for logits, shares in zip(map(head.logits, lesson.features), lesson.targets, strict=True)
    )
    return loss / sum(shares.size for shares in lesson.targets)


# --- calibrating ---


def calibrated(head: Head, features: _Arrays, targets: _Arrays) -> Head:
    """Return the head with a line for each label that makes its probabilities come true.

    Platt's line is found for all labels together, then for each label near it: few events move a label's line little.
    A label that is never heard in these recordings keeps the line of all.

    Parameters
    ----------
    head
        The head; a calibration that it has is replaced.
    features
        Of each recording, none of which the head was fitted to, shape (n_frames, n_features).
    targets
        What share of each frame each label is heard in, shape (n_frames, n_labels), 0 to 1.

    References
    ----------
    Platt, "Probabilistic outputs for support vector machines", 1999.

    Raises
    ------
    ListenError
        When the arrays do not fit together or to the head.
    """
    _check(features, targets, "to calibrate on")
    if targets[0].shape[1] != head.n_labels:
        raise ListenError(f"This head hears {head.n_labels} labels; got targets of {targets[0].shape[1]}.")
    raw = replace(head, slope=np.ones_like(head.slope), offset=np.zeros_like(head.offset))
    logits = np.concatenate([raw.logits(frames) for frames in features]).astype(np.float64)
    shares = np.concatenate(targets).astype(np.float64)
    common = _line(logits.ravel(), shares.ravel(), near=(1.0, 0.0))
    lines = np.array(
        [
            _line(logits[:, label], shares[:, label], near=common) if shares[:, label].any() else common
            for label in range(head.n_labels)
        ],
        dtype=np.float32,
    )
    return replace(head, slope=lines[:, 0].copy(), offset=lines[:, 1].copy())


def _line(
    logits: npt.NDArray[np.float64], shares: npt.NDArray[np.float64], *, near: tuple[float, float]
) -> tuple[float, float]:
    """Return the slope and offset under which logits tell shares best, drawn towards a line that is known."""
    from scipy.optimize import minimize

    def cost(line: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        at = logits * line[0] + line[1]
        miss = 0.5 * (1.0 + np.tanh(0.5 * at)) - shares
        away = (line - near) / (_SLOPE_SPREAD, _OFFSET_SPREAD)
        total = (np.logaddexp(0.0, at) - at * shares).sum() / _FRAMES_OF_ONE_MIND + 0.5 * (away @ away)
        slant = np.array([miss @ logits, miss.sum()]) / _FRAMES_OF_ONE_MIND
        return float(total), slant + away / (_SLOPE_SPREAD, _OFFSET_SPREAD)

    found = minimize(cost, np.array(near), jac=True, method="L-BFGS-B", bounds=[(_LEAST_SLOPE, None), (None, None)])
    return float(found.x[0]), float(found.x[1])
