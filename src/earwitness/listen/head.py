"""The head of a listener: from the features of a backbone to how probable each label is, frame by frame.

Features are scaled and turned to their principal components; a small network sees the components of a frame and of its
neighbours and says how probable each label is; and a line a label makes its word as good as its share: of the frames
at 0.7, seven in ten are right. How it is learned stands in ``learning``; hearing takes numpy alone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError
from earwitness.records import atomic_path

__all__ = ["Head", "load_head", "padded", "save_head"]

_FORMAT = "earwitness head 1"
_SINGLE = ("basis", "shift", "slope", "offset")  # the arrays that a head has one of
# 8,192 frames are half an hour at 0.25 s: what a layer makes of them fits into 10 MB.
_BLOCK = 8_192

_Array = npt.NDArray[np.float32]


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
        wide = padded(self.components(features), self.context)
        logits = np.empty((n, self.n_labels), dtype=np.float32)
        for start in range(0, n, _BLOCK):
            stop = min(start + _BLOCK, n)
            logits[start:stop] = self._network(wide[start : stop + 2 * self.context])
        return logits

    def probs(self, features: _Array) -> _Array:
        """Return how probable each label is: as :meth:`logits`, 0 to 1."""
        return _sigmoid(self.logits(features))

    def stream(self, blocks: Iterable[_Array]) -> Iterator[_Array]:
        """Yield what :meth:`probs` gives of the blocks joined, in constant memory; blocks may have any length."""
        waiting = np.empty((0, self.basis.shape[1]), dtype=np.float32)
        begun = False
        for block in blocks:
            components = self.components(block)
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

    def components(self, features: _Array) -> _Array:
        """Return what the network is given of each frame, shape (n_frames, n_components).

        Raises
        ------
        ListenError
            When frames have another number of features.
        """
        if features.ndim != 2 or features.shape[1] != self.n_features:
            raise ListenError(
                f"This head hears frames of {self.n_features} features, shape (n, {self.n_features}); got the shape "
                f"{features.shape}: it was fitted to another backbone."
            )
        components: _Array = features.astype(np.float32, copy=False) @ self.basis - self.shift
        return components

    def _network(self, wide: _Array) -> _Array:
        """Return the logits of all frames but the first and last ``context``."""
        n = len(wide) - 2 * self.context
        first = self.weights[0].reshape(2 * self.context + 1, -1, self.weights[0].shape[1])
        # One product a neighbour, added up: side by side, the neighbours would take several times the memory.
        out = sum((wide[at : at + n] @ part for at, part in enumerate(first)), start=self.biases[0])
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


def padded(components: _Array, context: int) -> _Array:
    """Return a recording's frames with its outermost ones repeated; a recording without frames stays without.

    Parameters
    ----------
    components
        Shape (n_frames, n_components).
    context
        How often each end is repeated.
    """
    if not len(components):
        return components
    return np.pad(components, ((context, context), (0, 0)), mode="edge")


def _sigmoid(logits: _Array) -> _Array:
    # By the exponential of what is never positive: no overflow, and small probabilities keep their digits.
    small: _Array = np.exp(-np.abs(logits))
    probs: _Array = np.where(logits >= 0, np.float32(1.0), small) / (np.float32(1.0) + small)
    return probs


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
