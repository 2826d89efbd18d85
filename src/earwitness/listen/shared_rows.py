"""A network on windows of samples, cut in two so that windows which overlap share the rows of their spectrogram.

YAMNet turns each window into rows of mel levels, 10 ms apart, before it looks at them. At a hop of 0.25 s four windows
hold the same row: worked out once, it saves a seventh of all the work, and each number comes out as it did.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.listen.base import Samples

__all__ = ["CutNetwork", "tensor_shape"]

_Array = npt.NDArray[np.float32]


class _Cut(NamedTuple):
    """Where a graph is cut."""

    pieces: int
    """The tensor of the samples that each row is made of, shape (n_rows, length)."""
    rows: int
    """The tensor of the rows, shape (n_rows, n_bands)."""
    picture: int
    """The tensor of the rows as the convolutions take them, shape (1, n_rows, n_bands, 1)."""


class CutNetwork:
    """A network with one graph from a window of samples to some tensors.

    A network without such rows, or whose rows are not the same in two windows, is heard window by window.

    Parameters
    ----------
    model
        The network, as ``ai_edge_litert.schema_py_generated`` reads it.
    outputs
        The places of the tensors that are wanted.
    """

    def __init__(self, model: Any, outputs: tuple[int, ...]) -> None:
        graph = model.subgraphs[0]
        (entry,), cut = graph.inputs, _cut(graph)
        whole = _Part(model, (entry,), outputs)
        self._n_samples = max(whole.shape)
        self._take(None, whole)
        if cut is not None:
            self._take(_Part(model, (cut.pieces,), (cut.rows,)), _Part(model, (cut.picture,), outputs))
            if not self._like(whole):
                self._take(None, whole)

    def _take(self, front: _Part | None, back: _Part) -> None:
        """Hear by two parts, or by one, to which a window is one row."""
        self._front, self._back = front, back
        self._n_rows, self._length = (1, self._n_samples) if front is None else front.shape
        self._step = 0 if front is None else (self._n_samples - self._length) // (self._n_rows - 1)

    def heard(self, samples: Samples, starts: npt.NDArray[np.intp]) -> Iterator[list[_Array]]:
        """Yield the wanted tensors of each window.

        Parameters
        ----------
        samples
            Shape (n,), contiguous.
        starts
            Where each window begins; all of it lies within the samples.
        """
        # A row is known by where it begins; without a cut a window is its only row.
        begins, place = np.unique(starts[:, None] + self._step * np.arange(self._n_rows), return_inverse=True)
        pieces = np.lib.stride_tricks.sliding_window_view(samples, self._length)
        rows = pieces[begins] if self._front is None else self._front.rows(pieces, begins)
        for of_window in place.reshape(len(starts), self._n_rows):
            yield self._back.run(rows[of_window])

    def _like(self, whole: _Part) -> bool:
        """Return whether two windows that overlap are heard as they are without a cut, number by number."""
        starts = np.array([0, 25 * self._step])
        noise = np.random.default_rng(0).normal(scale=0.1, size=self._n_samples + starts[1]).astype(np.float32)
        return all(
            np.array_equal(mine, other)
            for start, of_window in zip(starts, self.heard(noise, starts), strict=True)
            for mine, other in zip(of_window, whole.run(noise[start : start + self._n_samples]), strict=True)
        )


class _Part:
    """The part of a graph from one tensor to some others."""

    def __init__(self, model: Any, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> None:
        litert = importlib.import_module("ai_edge_litert.interpreter")
        graph = model.subgraphs[0]
        kept = graph.inputs, graph.outputs, graph.operators, model.signatureDefs
        graph.inputs, graph.outputs = (np.array(places, dtype=np.int32) for places in (inputs, outputs))
        graph.operators, model.signatureDefs = _needed(graph, inputs, outputs), None
        try:
            builder = importlib.import_module("flatbuffers").Builder(2**22)
            builder.Finish(model.Pack(builder), b"TFL3")
        finally:
            graph.inputs, graph.outputs, graph.operators, model.signatureDefs = kept
        self._interpreter = litert.Interpreter(model_content=bytes(builder.Output()), num_threads=1)
        self._interpreter.allocate_tensors()
        entry = self._interpreter.get_input_details()[0]
        # As a tuple of whole numbers: an array for a shape costs more than the copy of the values.
        self._input, self.shape = entry["index"], tuple(map(int, entry["shape"]))
        self._outputs = [each["index"] for each in self._interpreter.get_output_details()]

    def run(self, values: _Array) -> list[_Array]:
        """Return the outputs for values of as many numbers as the input has."""
        self._interpreter.set_tensor(self._input, values.reshape(self.shape))
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(place) for place in self._outputs]

    def rows(self, pieces: _Array, begins: npt.NDArray[np.intp]) -> _Array:
        """Return the row made of each of some pieces; the part takes so many at a time, and each for itself."""
        n_rows = self.shape[0]
        blocks = []
        for first in range(0, len(begins), n_rows):
            block = pieces[begins[first : first + n_rows]]
            missing = n_rows - len(block)
            (rows,) = self.run(np.pad(block, ((0, missing), (0, 0))) if missing else block)
            blocks.append(rows[: len(block)])
        return np.concatenate(blocks)


def _needed(graph: Any, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> list[Any]:
    """Return the operators that lead from some tensors to others, in their order."""
    wanted, needed = set(outputs), []
    for operator in reversed(graph.operators):
        if wanted & set(operator.outputs):
            wanted |= set(operator.inputs) - set(inputs)
            needed.append(operator)
    return needed[::-1]


def _cut(graph: Any) -> _Cut | None:
    """Return where a graph can be cut; None where it makes no rows of pieces of its window that lie evenly.

    Tensors are known by their shapes: each release has names and an order of its own.
    """
    window = max(tensor_shape(graph, graph.inputs[0]))
    made = {int(place): tensor_shape(graph, place) for operator in graph.operators for place in operator.outputs}
    picture = next((place for place, shape in made.items() if len(shape) == 4 and shape[3] == 1), None)
    if picture is None:
        return None
    _, n_rows, n_bands, _ = made[picture]
    of_rows = {place: shape[1] for place, shape in made.items() if len(shape) == 2 and shape[0] == n_rows > 1}
    pieces = [place for place, length in of_rows.items() if (window - length) % (n_rows - 1) == 0]
    rows = [place for place, length in of_rows.items() if length == n_bands]
    return _Cut(pieces[0], rows[-1], picture) if pieces and rows else None


def tensor_shape(graph: Any, tensor: int) -> tuple[int, ...]:
    """Return the shape of a tensor of a graph."""
    shape = graph.tensors[tensor].shape  # None for one number alone
    return () if shape is None else tuple(int(length) for length in shape)
