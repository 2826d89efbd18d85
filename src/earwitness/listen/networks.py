"""The networks that a head can be made of, and how they learn.

A ``Perceptron`` has one hidden layer, which sees a frame and its neighbours; scikit-learn fits it. A ``Convolution``
has layer upon layer, each of which sees farther, so that what sounds a second or two away helps to tell what is under
something louder; it takes torch to fit, and nothing but NumPy to hear.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError, import_extra
from earwitness.listen.head import Layer, padded
from earwitness.rng import generator, whole_number

__all__ = ["NETWORKS", "Convolution", "Learner", "Lesson", "Network", "Perceptron"]

_Array = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.intp]
_Arrays = Sequence[npt.NDArray[np.float32]]

# Of perceptrons.
_BATCH = 256  # frames
_LEAST_BATCHES = 100  # a round is all lessons, and few lessons several times over
_CHUNK = 16_384  # frames whose neighbours are laid out side by side at once: a bound on memory
_DECAY = 0.1

# Of convolutions.
_PIECE = 64  # frames that are learned from as one; a longer recording is several
_PIECES = 32  # a batch
_LEAST_BATCHES_OF_PIECES = 25
_RATE, _SHRINK = 2e-3, 1e-2  # of learning, and of weights
_DROPPED = 0.3  # what share of the components, and of what the last layer is given, is left out at random


class Lesson(NamedTuple):
    """Recordings, and what is heard in them."""

    features: _Arrays
    """Of each recording, shape (n_frames, n_features)."""
    targets: _Arrays
    """What share of each frame each label is heard in, shape (n_frames, n_labels), 0 to 1."""


class Learner(Protocol):
    """A network that is learning."""

    def learned(self) -> tuple[Layer, ...]:
        """Return its layers after one more round."""
        ...


class Network(Protocol):
    """A kind of network, and its size."""

    def check(self) -> None:
        """Refuse before any work what could not be learned after it.

        Raises
        ------
        MissingExtra
            When a package that it takes is not installed.
        """
        ...

    def learner(self, lesson: Lesson, *, seed: int) -> Learner:
        """Return a network with random weights that is going to learn from components and targets."""
        ...


def _check_sizes(least: int, **sizes: int) -> None:
    for name, size in sizes.items():
        if size < least:
            raise ListenError(f"'{name}' must be {least} or more; got {size}.")


def _rows(recordings: _Arrays, context: int) -> tuple[_Array, _Ints]:
    """Lay recordings out one after another, each with its outermost frames repeated, and say where its frames begin.

    A frame's neighbours are then the rows around it.
    """
    rows = np.concatenate([padded(frames, context) for frames in recordings])
    lengths = np.array([len(frames) + 2 * context for frames in recordings], dtype=np.intp)
    return rows, np.cumsum(lengths) - lengths + context


@dataclass(frozen=True)
class Perceptron:
    """One hidden layer that sees a frame and its neighbours."""

    context: int = 4
    """How many frames before and after a frame it sees."""
    hidden: int = 256
    """How many units the hidden layer has."""

    def __post_init__(self) -> None:
        _check_sizes(0, context=self.context)
        _check_sizes(1, hidden=self.hidden)

    def check(self) -> None:
        """Refuse nothing: scikit-learn is always there."""

    def learner(self, lesson: Lesson, *, seed: int) -> Learner:
        """Return one that is going to learn from components and targets."""
        return _LearningPerceptron(self, lesson, seed=seed)


class _LearningPerceptron:
    def __init__(self, size: Perceptron, lesson: Lesson, *, seed: int) -> None:
        from sklearn.neural_network import MLPClassifier

        self.context = size.context
        self.rows, starts = _rows(lesson.features, size.context)
        self.at = np.concatenate([np.arange(s, s + len(f)) for s, f in zip(starts, lesson.features, strict=True)])
        self.shares = np.concatenate(lesson.targets).astype(np.float32)
        self.rng = generator(seed, "head rounds")
        self.network = MLPClassifier(
            (size.hidden,),
            batch_size=min(_BATCH, len(self.at)),
            alpha=_DECAY,
            shuffle=False,  # the frames come in a new order every round
            random_state=whole_number(seed, "head weights"),
        )

    def learned(self) -> tuple[Layer, ...]:
        network, classes = self.network, np.arange(max(2, self.shares.shape[1]))
        for shown, heard in self._lessons():
            # A single label is an answer of yes or no to scikit-learn, several are a table of them.
            network.partial_fit(shown, heard[:, 0] if heard.shape[1] == 1 else heard, classes=classes)
        taps = (2 * self.context + 1, 1)
        # Copied, for scikit-learn goes on changing its own arrays.
        return tuple(
            Layer(
                np.array(weight, dtype=np.float32).reshape(1, n_taps, -1, weight.shape[1]),
                np.array(bias, dtype=np.float32)[None],
            )
            for weight, bias, n_taps in zip(network.coefs_, network.intercepts_, taps, strict=True)
        )

    def _lessons(self) -> Iterator[tuple[_Array, npt.NDArray[np.bool_]]]:
        """Yield all frames in a new order, few of them several times over, and whether each label is heard in each."""
        times = -(-_LEAST_BATCHES * self.network.batch_size // len(self.at))
        order = np.concatenate([self.rng.permutation(len(self.at)) for _ in range(times)])
        reach = np.arange(-self.context, self.context + 1)
        for chosen in np.array_split(order, -(-len(order) // _CHUNK)):
            shown = self.rows[self.at[chosen, None] + reach].reshape(len(chosen), -1)
            # scikit-learn takes a label as heard or not: drawn anew each round, a share comes out as a share.
            yield shown, self.rng.random((len(chosen), self.shares.shape[1]), dtype=np.float32) < self.shares[chosen]


@dataclass(frozen=True)
class Convolution:
    """Residual layers over time, between one that takes a frame's components and one that tells its labels."""

    channels: int = 128
    """How many values stand for a frame inside."""
    taps: int = 3
    """How many frames each layer sees, an odd number."""
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    """How far apart these frames are, layer by layer."""

    def __post_init__(self) -> None:
        dilations = {f"dilation {place}": dilation for place, dilation in enumerate(self.dilations)}
        _check_sizes(1, channels=self.channels, taps=self.taps, **dilations)
        if not self.taps % 2:
            raise ListenError(f"'taps' must be odd, so that one is in the middle; got {self.taps}.")

    def check(self) -> None:
        """Refuse to learn where torch is not installed."""
        _torch()

    def learner(self, lesson: Lesson, *, seed: int) -> Learner:
        """Return one that is going to learn from components and targets.

        Raises
        ------
        MissingExtra
            When torch is not installed.
        """
        return _LearningConvolution(self, lesson, seed=seed)


class _LearningConvolution:
    def __init__(self, size: Convolution, lesson: Lesson, *, seed: int) -> None:
        self.torch = _torch()
        self.size, self.seed, self.round = size, seed, 0
        self.context = sum(size.taps // 2 * dilation for dilation in size.dilations)
        rows, starts = _rows(lesson.features, self.context)
        self.width = min(_PIECE, max(map(len, lesson.features)))
        # Pieces as (first row, first row of the targets, frames); what one lacks of the width is not learned from.
        firsts = np.cumsum([0, *map(len, lesson.targets)])[:-1]
        self.pieces = np.array(
            [
                (start - self.context + at, first + at, min(self.width, len(shares) - at))
                for start, first, shares in zip(starts, firsts, lesson.targets, strict=True)
                for at in range(0, len(shares), self.width)
            ]
        )
        self.rows = self.torch.from_numpy(rows)
        self.shares = self.torch.from_numpy(np.concatenate(lesson.targets).astype(np.float32))
        with self._drawing("weights"):
            self.parts = self._built(rows.shape[1], self.shares.shape[1])
        self.optimizer = self.torch.optim.AdamW(self.parts.parameters(), lr=_RATE, weight_decay=_SHRINK)

    def _built(self, n_components: int, n_labels: int) -> Any:
        def layer(n_in: int, n_out: int, taps: int = 1, dilation: int = 1) -> Any:
            return self.torch.nn.Conv1d(n_in, n_out, taps, dilation=dilation)

        channels = self.size.channels
        middle = [layer(channels, channels, self.size.taps, dilation) for dilation in self.size.dilations]
        return self.torch.nn.ModuleList([layer(n_components, channels), *middle, layer(channels, n_labels)])

    def learned(self) -> tuple[Layer, ...]:
        loss = self.torch.nn.functional.binary_cross_entropy_with_logits
        times = -(-_LEAST_BATCHES_OF_PIECES * _PIECES // len(self.pieces))
        rng = generator(self.seed, "head rounds", self.round)
        order = np.concatenate([rng.permutation(len(self.pieces)) for _ in range(times)])
        with self._drawing("round", self.round):
            for chosen in np.array_split(order, -(-len(order) // _PIECES)):
                shown, shares, heard = self._shown(self.pieces[chosen])
                self.optimizer.zero_grad()
                loss(self._logits(shown)[heard], shares[heard]).backward()
                self.optimizer.step()
        self.round += 1
        return self._layers()

    def _shown(self, pieces: _Ints) -> tuple[Any, Any, Any]:
        """Return the components around some pieces, their targets, and which of their frames there are."""
        start, first, length = (self.torch.from_numpy(column)[:, None] for column in pieces.T)
        inside = self.torch.arange(self.width)
        rows = start + self.torch.arange(self.width + 2 * self.context)
        return (
            self.rows[rows.clamp(max=len(self.rows) - 1)],
            self.shares[(first + inside).clamp(max=len(self.shares) - 1)],
            inside < length,
        )

    def _logits(self, shown: Any) -> Any:
        """Return the logits, shape (n, width, n_labels), of components (n, width + 2 * context, n_components)."""
        first, *middle, last = self.parts
        nn = self.torch.nn.functional
        out = nn.relu(first(nn.dropout(shown.transpose(1, 2), _DROPPED)))
        for layer in middle:
            sums = nn.relu(layer(out))
            out = sums + out.narrow(2, (out.shape[2] - sums.shape[2]) // 2, sums.shape[2])
        return last(nn.dropout(out, _DROPPED)).transpose(1, 2)

    def _layers(self) -> tuple[Layer, ...]:
        found = []
        for place, part in enumerate(self.parts):
            weight, bias = (values.detach().numpy() for values in (part.weight, part.bias))
            residual = 0 < place < len(self.parts) - 1
            weight = np.ascontiguousarray(weight.transpose(2, 1, 0)[None], dtype=np.float32)
            found.append(Layer(weight, bias[None].copy(), part.dilation[0], residual))
        return tuple(found)

    @contextlib.contextmanager
    def _drawing(self, *names: str | int) -> Iterator[None]:
        """Draw from a stream of this name, on one thread: the result does not depend on the number of cores.

        What torch draws from elsewhere, and on how many threads, is left as it was.
        """
        threads = self.torch.get_num_threads()
        with self.torch.random.fork_rng(devices=[]):
            self.torch.manual_seed(whole_number(self.seed, "head", *names))
            self.torch.set_num_threads(1)
            try:
                yield
            finally:
                self.torch.set_num_threads(threads)


def _torch() -> Any:
    return import_extra("torch", extra="models", feature="Fitting a head of convolutions")


NETWORKS: dict[str, Network] = {"mlp": Perceptron(), "conv": Convolution()}
"""By name."""
