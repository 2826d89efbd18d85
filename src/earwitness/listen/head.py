"""The head of a listener: from the features of a backbone to how probable each label is, frame by frame.

Features are scaled and turned to their principal components; small networks see the components of a frame and of its
neighbours and say how probable each label is; and a line a label makes their word as good as its share: of the frames
at 0.7, seven in ten are right. How it is learned stands in ``networks`` and ``learning``; hearing takes numpy alone.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError
from earwitness.records import atomic_path

__all__ = ["Head", "Layer", "load_head", "padded", "save_head"]

_FORMAT = "earwitness head 2"
_SINGLE = ("basis", "shift", "slope", "offset")  # the arrays that a head has one of
# 2,048 frames are eight minutes at 0.25 s: what a layer makes of them fits into 10 MB.
_BLOCK = 2_048

_Array = npt.NDArray[np.float32]


class Layer(NamedTuple):
    """A layer of some networks of one shape, each with weights of its own. All but the last are rectified."""

    weight: _Array
    """Shape (n_networks, n_taps, n_in, n_out), n_taps odd: what each of a row of frames around one adds to it, the
    earliest first."""
    bias: _Array
    """Shape (n_networks, n_out)."""
    dilation: int = 1
    """How far apart those frames are."""
    residual: bool = False
    """Whether the layer's input is added to what it makes of it; n_in and n_out are the same then."""

    @property
    def context(self) -> int:
        """How many frames before and after a frame it sees."""
        return int(self.weight.shape[1] // 2) * self.dilation


@dataclass(frozen=True, eq=False)
class Head:
    """Turns features into posteriors. All arrays are float32."""

    basis: _Array
    """Scaling and principal components in one, shape (n_features, n_components)."""
    shift: _Array
    """The mean frame in components, which is taken away, shape (n_components,)."""
    layers: tuple[Layer, ...]
    """What networks make of the components; their word is the mean of their logits."""
    slope: _Array
    """What that mean is multiplied by, shape (n_labels,)."""
    offset: _Array
    """What is then added, shape (n_labels,)."""

    def __post_init__(self) -> None:
        fault = _fault(self)
        if fault:
            raise ListenError(f"These arrays make no head: {fault}.")

    @property
    def context(self) -> int:
        """How many frames before and after a frame the networks see.

        At the edges of a recording the outermost frame stands for those that are missing.
        """
        return sum(layer.context for layer in self.layers)

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
            # What is ready waits for the next block, so that the last frames are no block of their own: a product with
            # a few frames takes nearly as long as one with many.
            if len(waiting) > 2 * self.context:
                yield _sigmoid(self._network(waiting))
                waiting = waiting[len(waiting) - 2 * self.context :]
            components = self.components(block)
            if len(components) and not begun:
                components = np.concatenate((np.repeat(components[:1], self.context, axis=0), components))
                begun = True
            waiting = np.concatenate((waiting, components))
        if begun:
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
        out = wide
        for layer in self.layers[:-1]:
            out = _rectified(layer, out)
        logits: _Array = _sums(self.layers[-1], out).mean(axis=0) * self.slope + self.offset
        return logits


def _rectified(layer: Layer, frames: _Array) -> _Array:
    """Return what a layer makes of all frames but the first and last ``context``."""
    out = _sums(layer, frames)
    np.maximum(out, 0.0, out=out)
    if layer.residual:
        out += frames[..., layer.context : layer.context + out.shape[-2], :]
    return out


def _sums(layer: Layer, frames: _Array) -> _Array:
    """Return the weighted sums of a layer, shape (n_networks, n_frames - 2 * context, n_out).

    Parameters
    ----------
    layer
        The layer.
    frames
        What it is given: shape (n_frames, n_in) for all networks, or (n_networks, n_frames, n_in).
    """
    n = frames.shape[-2] - 2 * layer.context
    starts = range(0, 2 * layer.context + 1, layer.dilation)
    # One product a tap, added up: side by side, the frames would take several times the memory.
    products = (frames[..., at : at + n, :] @ layer.weight[:, tap] for tap, at in enumerate(starts))
    out: _Array = next(products)
    for product in products:
        out += product
    out += layer.bias[:, None]
    return out


def _fault(head: Head) -> str | None:
    """Return why the arrays of a head do not fit together; None when they do."""
    if not head.layers:
        return "it has no layer"
    named = {"basis": (head.basis, 2), "shift": (head.shift, 1), "slope": (head.slope, 1), "offset": (head.offset, 1)}
    for place, layer in enumerate(head.layers):
        named |= {f"weight {place}": (layer.weight, 4), f"bias {place}": (layer.bias, 2)}
    for name, (array, dimensions) in named.items():
        if array.dtype != np.float32 or not np.isfinite(array).all():
            return f"'{name}' must hold finite float32 numbers"
        if array.ndim != dimensions or not array.size:
            return f"'{name}' has the shape {array.shape} where {dimensions} dimensions are needed, none of them 0"
    sizes = [head.basis.shape[1], *(layer.bias.shape[1] for layer in head.layers)]
    expected: dict[str, tuple[int, ...]] = {"shift": (sizes[0],), "slope": (sizes[-1],), "offset": (sizes[-1],)}
    n_networks = len(head.layers[0].bias)
    for place, (layer, (n_in, n_out)) in enumerate(zip(head.layers, pairwise(sizes), strict=True)):
        n_taps = layer.weight.shape[1]
        if layer.dilation < 1 or not n_taps % 2 or (layer.residual and n_in != n_out):
            return (
                f"layer {place} has {n_taps} taps, a dilation of {layer.dilation}, and turns {n_in} values into "
                f"{n_out}; expected odd taps, a dilation of 1 or more, and as many values where it is residual"
            )
        expected |= {f"weight {place}": (n_networks, n_taps, n_in, n_out), f"bias {place}": (n_networks, n_out)}
    for name, shape in expected.items():
        if (got := named[name][0].shape) != shape:
            return f"'{name}' has the shape {got} where the others need {shape}"
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
    arrays: dict[str, Any] = {"format": np.array(_FORMAT)}
    arrays |= {name: getattr(head, name) for name in _SINGLE}
    for place, layer in enumerate(head.layers):
        arrays |= {f"{name}_{place}": np.asarray(value) for name, value in layer._asdict().items()}
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
            layers=tuple(_layer(arrays, place) for place in range(n_layers)),
            **{name: arrays[name] for name in _SINGLE},
        )
    except FileNotFoundError:
        raise ListenError(f"'{path}' is missing.") from None
    except (*_UNREADABLE, ListenError) as error:
        raise ListenError(f"'{path}' is not the head of a listener: {error}.") from error


def _layer(arrays: dict[str, Any], place: int) -> Layer:
    weight, bias, dilation, residual = (arrays[f"{name}_{place}"] for name in Layer._fields)
    if dilation.dtype.kind != "i" or residual.dtype.kind != "b":
        raise ValueError(f"layer {place} has a dilation of {dilation} and is residual: {residual}")
    return Layer(weight, bias, int(dilation), bool(residual))
