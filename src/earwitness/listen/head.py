"""The head of a listener: from the features of a backbone to how probable each label is, frame by frame.

Features are scaled and turned to their principal components; a small network sees the components of a frame and of its
neighbours and says how probable each label is; and a line a label makes its word as good as its share: of the frames
at 0.7, seven in ten are right. Fitting takes scikit-learn; hearing takes numpy alone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError
from earwitness.records import atomic_path
from earwitness.rng import generator

__all__ = ["Head", "calibrated", "fit_head", "load_head", "save_head"]

_FORMAT = "earwitness head 1"
_SINGLE = ("basis", "shift", "slope", "offset")  # the arrays that a head has one of
# 8,192 frames are half an hour at 0.25 s: what a layer makes of them fits into 10 MB.
_BLOCK = 8_192

_SAMPLE = 16_384  # frames that the components are found from: enough, and a bound on time and memory
_BATCH = 256
_CHUNK = 16_384  # frames whose neighbours are laid out side by side at once: a bound on memory
_LEAST_BATCHES = 100  # a round is all lessons, and few lessons several times over
_ROUNDS = 80
_ROUNDS_UNWATCHED = 20
_PATIENCE = 5  # rounds without getting better
_LEAST_GAIN = 0.002  # what is better: a loss that is smaller by this share
_DECAYS = (1.0, 0.1)  # first far more than is usual: the few recordings of a label are soon known by heart
_WORTH_LOOSENING = 0.05  # a smaller gain by the second holds for the few recordings held out, and for no others

_FRAMES_OF_ONE_MIND = 6.0  # frames of one event err together, so that many count as one
_SLOPE_SPREAD, _OFFSET_SPREAD = 0.3, 1.0  # how far a label's line lies from that of all labels, as a rule
_LEAST_SLOPE = 0.05  # calibration may flatten what a label's scores say, but never turn it round

_Array = npt.NDArray[np.float32]
_Arrays = Sequence[npt.NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Head:
    """Turns features into posteriors. All arrays are float32."""

    context: int
    """How many frames before and after a frame the network sees; at the edges the outermost frame stands for those
    that are missing."""
    basis: _Array
    """Scaling and principal components in one, shape (n_features, n_components)."""
    shift: _Array
    """The mean frame in components, which is taken away, shape (n_components,)."""
    weights: tuple[_Array, ...]
    """Of each layer, shape (n_in, n_out); the first takes the components of the earliest frame first."""
    biases: tuple[_Array, ...]
    """Of each layer, shape (n_out,)."""
    slope: _Array
    """What the network's logits are multiplied by, shape (n_labels,)."""
    offset: _Array
    """What is then added, shape (n_labels,)."""

    def __post_init__(self) -> None:
        fault = _fault(self)
        if fault:
            raise ListenError(f"These arrays make no head: {fault}.")

    @property
    def n_features(self) -> int:
        """How many features a frame must have."""
        return len(self.basis)

    @property
    def n_labels(self) -> int:
        """How many labels it hears."""
        return len(self.slope)

    def logits(self, features: _Array) -> _Array:
        """Return the calibrated log odds of each label.

        Parameters
        ----------
        features
            Shape (n_frames, n_features).

        Returns
        -------
        numpy.ndarray
            Shape (n_frames, n_labels), float32.

        Raises
        ------
        ListenError
            When frames have another number of features.
        """
        n = len(features)
        padded = _padded(self._components(features), self.context)
        logits = np.empty((n, self.n_labels), dtype=np.float32)
        for start in range(0, n, _BLOCK):
            stop = min(start + _BLOCK, n)
            logits[start:stop] = self._network(padded[start : stop + 2 * self.context])
        return logits

    def probs(self, features: _Array) -> _Array:
        """Return how probable each label is: as :meth:`logits`, 0 to 1."""
        return _sigmoid(self.logits(features))

    def stream(self, blocks: Iterable[_Array]) -> Iterator[_Array]:
        """Yield what :meth:`probs` gives of the blocks joined, in constant memory; blocks may have any length."""
        waiting = np.empty((0, self.basis.shape[1]), dtype=np.float32)
        begun = False
        for block in blocks:
            components = self._components(block)
            if len(components) and not begun:
                components = np.concatenate((np.repeat(components[:1], self.context, axis=0), components))
                begun = True
            waiting = np.concatenate((waiting, components))
            ready = len(waiting) - 2 * self.context
            if ready > 0:
                yield _sigmoid(self._network(waiting))
                waiting = waiting[ready:]
        if begun and self.context:
            yield _sigmoid(self._network(np.concatenate((waiting, np.repeat(waiting[-1:], self.context, axis=0)))))

    def _components(self, features: _Array) -> _Array:
        if features.ndim != 2 or features.shape[1] != self.n_features:
            raise ListenError(
                f"This head hears frames of {self.n_features} features, shape (n, {self.n_features}); got the shape "
                f"{features.shape}: it was fitted to another backbone."
            )
        components: _Array = features.astype(np.float32, copy=False) @ self.basis - self.shift
        return components

    def _network(self, padded: _Array) -> _Array:
        """Return the logits of all frames but the first and last ``context``."""
        n = len(padded) - 2 * self.context
        first = self.weights[0].reshape(2 * self.context + 1, -1, self.weights[0].shape[1])
        # One product a neighbour, added up: side by side, the neighbours would take several times the memory.
        out = sum((padded[at : at + n] @ part for at, part in enumerate(first)), start=self.biases[0])
        for weight, bias in zip(self.weights[1:], self.biases[1:], strict=True):
            out = np.maximum(out, 0.0) @ weight + bias
        logits: _Array = out * self.slope + self.offset
        return logits


def _fault(head: Head) -> str | None:
    """Return why the arrays of a head do not fit together; None when they do."""
    named = {"basis": head.basis, "shift": head.shift, "slope": head.slope, "offset": head.offset}
    named |= {f"weight {place}": weight for place, weight in enumerate(head.weights)}
    named |= {f"bias {place}": bias for place, bias in enumerate(head.biases)}
    for name, array in named.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            return f"'{name}' must hold finite float32 numbers"
    if head.context < 0 or not head.weights or len(head.weights) != len(head.biases):
        return f"context {head.context}, {len(head.weights)} weights and {len(head.biases)} biases"
    n_labels = len(head.slope) if head.slope.ndim == 1 else -1
    sizes = [(2 * head.context + 1) * (head.basis.shape[1] if head.basis.ndim == 2 else -1)]
    sizes += [len(bias) if bias.ndim == 1 else -1 for bias in head.biases]
    expected = {"shift": head.basis.shape[1:], "offset": (n_labels,), "slope": (sizes[-1],)}
    expected |= {f"weight {place}": size for place, size in enumerate(pairwise(sizes))}
    for name, shape in expected.items():
        if named[name].shape != tuple(shape):
            return f"'{name}' has the shape {named[name].shape} where the others need {tuple(shape)}"
    return None


def _padded(components: _Array, context: int) -> _Array:
    """Return a recording's frames with its outermost ones repeated; a recording without frames stays without."""
    if not len(components):
        return components
    return np.pad(components, ((context, context), (0, 0)), mode="edge")


def _sigmoid(logits: _Array) -> _Array:
    # By the exponential of what is never positive: no overflow, and small probabilities keep their digits.
    small: _Array = np.exp(-np.abs(logits))
    probs: _Array = np.where(logits >= 0, np.float32(1.0), small) / (np.float32(1.0) + small)
    return probs


# --- fitting ---


def fit_head(
    features: _Arrays,
    targets: _Arrays,
    *,
    seed: int,
    context: int = 4,
    components: int = 128,
    hidden: int = 256,
    validation: tuple[_Arrays, _Arrays] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Head:
    """Fit a head to recordings whose labels are known frame by frame.

    Parameters
    ----------
    features
        Of each recording, shape (n_frames, n_features).
    targets
        What share of each frame each label is heard in, shape (n_frames, n_labels), 0 to 1. A share is learned as a
        share: a frame heard by half counts as heard every other time.
    seed
        Any integer.
    context
        How many frames before and after a frame the network sees.
    components
        How many principal components stand for a frame; fewer where the features do not have so many.
    hidden
        How many units the hidden layer has.
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
    for name, number, least in (("context", context, 0), ("components", components, 1), ("hidden", hidden, 1)):
        if number < least:
            raise ListenError(f"'{name}' must be {least} or more; got {number}.")
    _check(features, targets, "to learn from")
    if validation is not None:
        _check(*validation, "held out")
        if (validation[0][0].shape[1], validation[1][0].shape[1]) != (features[0].shape[1], targets[0].shape[1]):
            raise ListenError("The recordings held out need as many features and labels as those to learn from.")
    basis, shift = _principal(features, components, seed=seed)
    n_labels = targets[0].shape[1]
    # A head with a network yet to come: it lays out the frames for the network just as it will when it hears.
    layer = np.zeros(((2 * context + 1) * len(shift), n_labels), dtype=np.float32), np.zeros(n_labels, dtype=np.float32)
    blank = Head(context, basis, shift, layer[:1], layer[1:], layer[1] + 1, layer[1])
    learner = _Learner(blank, features, targets, hidden=hidden, seed=seed)
    if validation is None:
        for number in range(1, _ROUNDS_UNWATCHED + 1):
            best = learner.learned(_DECAYS[0])
            if progress is not None:
                progress(number, _ROUNDS_UNWATCHED)
        return best
    return _watched(learner, validation, progress)


def _watched(
    learner: _Learner, validation: tuple[_Arrays, _Arrays], progress: Callable[[int, int], None] | None
) -> Head:
    """Learn until what is held out is heard no better; then go on from the best with the next decay."""
    best, least_loss, number = learner.head, np.inf, 0
    for decay in _DECAYS:
        if number:
            learner.go_back(best)
            least_loss *= 1.0 - _WORTH_LOOSENING
        idle = 0
        while number < _ROUNDS and idle < _PATIENCE:
            head = learner.learned(decay)
            loss = _mean_loss(head, *validation)
            idle = 0 if loss < least_loss * (1.0 - _LEAST_GAIN) else idle + 1
            if loss < least_loss:
                best, least_loss = head, loss
            number += 1
            if progress is not None:
                progress(number, _ROUNDS)
    if progress is not None and number < _ROUNDS:
        progress(_ROUNDS, _ROUNDS)  # done, though sooner than it might have been
    return best


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


def _principal(features: _Arrays, components: int, *, seed: int) -> tuple[_Array, _Array]:
    """Return what turns features into their principal components, and the mean frame in components."""
    from sklearn.decomposition import PCA

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
    mean, spread = sample.mean(axis=0, dtype=np.float64), sample.std(axis=0, dtype=np.float64)
    # A feature that never changes says nothing, and must not be divided by next to nothing.
    scale = np.where(spread > 1e-6 * spread.max(initial=0.0), spread, np.inf)
    if not np.isfinite(scale).any():
        raise ListenError("The features are the same in every frame: there is nothing to learn from.")
    sample = ((sample - mean) / scale).astype(np.float32)
    pca = PCA(min(components, *sample.shape), random_state=_whole(seed, "head components")).fit(sample)
    # All by one factor, which gives the first component a variance of 1. Brought to that variance each, late components
    # would be as loud as early ones, and they tell recordings apart rather than labels.
    basis = pca.components_.T / scale[:, None] / np.sqrt(pca.explained_variance_[0])
    return basis.astype(np.float32), ((mean + pca.mean_ * spread) @ basis).astype(np.float32)


def _whole(seed: int, name: str) -> int:
    """Return a seed for scikit-learn."""
    return int(generator(seed, name).integers(2**31))


class _Learner:
    """A network, and all frames of the recordings that it learns from."""

    def __init__(self, head: Head, features: _Arrays, targets: _Arrays, *, hidden: int, seed: int) -> None:
        from sklearn.neural_network import MLPClassifier

        self.head = head
        # One after another, each with its outermost frames repeated: a frame's neighbours are the rows around it.
        self.rows = np.concatenate([_padded(head._components(frames), head.context) for frames in features])
        self.shares = np.concatenate(targets).astype(np.float32)
        starts = np.cumsum([len(frames) + 2 * head.context for frames in features]) - 2 * head.context
        self.at = np.concatenate([np.arange(s - len(f), s) for s, f in zip(starts, features, strict=True)])
        self.rng = generator(seed, "head rounds")
        self.network = MLPClassifier(
            (hidden,),
            batch_size=min(_BATCH, len(self.at)),
            shuffle=False,  # the frames come in a new order every round
            random_state=_whole(seed, "head weights"),
        )

    def learned(self, decay: float) -> Head:
        """Return the head after one more round."""
        network, classes = self.network.set_params(alpha=decay), np.arange(max(2, self.head.n_labels))
        for shown, heard in self._lessons():
            # A single label is an answer of yes or no to scikit-learn, several are a table of them.
            network.partial_fit(shown, heard[:, 0] if heard.shape[1] == 1 else heard, classes=classes)
        # Copied, for scikit-learn goes on changing its own arrays.
        weights, biases = (
            tuple(np.array(a, dtype=np.float32) for a in b) for b in (network.coefs_, network.intercepts_)
        )
        return replace(self.head, weights=weights, biases=biases)

    def go_back(self, head: Head) -> None:
        """Go on from what was learned before."""
        for own, old in zip(self.network.coefs_ + self.network.intercepts_, head.weights + head.biases, strict=True):
            own[...] = old

    def _lessons(self) -> Iterator[tuple[_Array, npt.NDArray[np.bool_]]]:
        """Yield all frames in a new order, few of them several times over, and whether each label is heard in each."""
        times = -(-_LEAST_BATCHES * self.network.batch_size // len(self.at))
        order = np.concatenate([self.rng.permutation(len(self.at)) for _ in range(times)])
        reach = np.arange(2 * self.head.context + 1)
        for chosen in np.array_split(order, -(-len(order) // _CHUNK)):
            shown = self.rows[self.at[chosen, None] + reach].reshape(len(chosen), -1)
            # scikit-learn takes a label as heard or not: drawn anew each round, a share comes out as a share.
            yield shown, self.rng.random((len(chosen), self.shares.shape[1]), dtype=np.float32) < self.shares[chosen]


def _mean_loss(head: Head, features: _Arrays, targets: _Arrays) -> float:
    """Return the cross-entropy of what a head says of recordings, a frame and label."""
    loss = sum(
        float((np.logaddexp(0.0, logits) - logits * shares).sum(dtype=np.float64))
        for logits, shares in zip(map(head.logits, features), targets, strict=True)
    )
    return loss / sum(shares.size for shares in targets)


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


# --- files ---


def save_head(head: Head, path: Path) -> None:
    """Write a head to a file: plain arrays, and nothing that runs when it is read.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    arrays: dict[str, Any] = {"format": np.array(_FORMAT), "context": np.array(head.context)}
    arrays |= {name: getattr(head, name) for name in _SINGLE}
    arrays |= {f"weight_{place}": weight for place, weight in enumerate(head.weights)}
    arrays |= {f"bias_{place}": bias for place, bias in enumerate(head.biases)}
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


# What NumPy and zipfile raise over a file that is no archive, is damaged, or holds something else.
_UNREADABLE = (AttributeError, EOFError, KeyError, OSError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile)


def load_head(path: Path) -> Head:
    """Read a head that :func:`save_head` wrote.

    Raises
    ------
    ListenError
        When the file is missing, damaged, or not a head.
    """
    try:
        # Opened here, for NumPy leaves a damaged file open.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        if str(arrays.pop("format", "")) != _FORMAT:
            raise ValueError(f"its format is not '{_FORMAT}'")
        n_layers = sum(name.startswith("weight_") for name in arrays)
        return Head(
            context=int(arrays["context"]),
            weights=tuple(arrays[f"weight_{place}"] for place in range(n_layers)),
            biases=tuple(arrays[f"bias_{place}"] for place in range(n_layers)),
            **{name: arrays[name] for name in _SINGLE},
        )
    except FileNotFoundError:
        raise ListenError(f"'{path}' is missing.") from None
    except (*_UNREADABLE, ListenError) as error:
        raise ListenError(f"'{path}' is not the head of a listener: {error}.") from error
