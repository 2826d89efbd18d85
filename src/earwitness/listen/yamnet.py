"""YAMNet as a backbone: a small network that was trained on AudioSet, run by LiteRT.

Its weights are not part of the package (4 MB, Apache-2.0). They are looked for, in this order: where the caller says,
where ``EARWITNESS_YAMNET`` says, in the user's cache; else they are downloaded into the cache, once. Whatever is found
must have a known SHA-256.
"""

from __future__ import annotations

import http.client
import importlib
import json
import math
import os
import urllib.request
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError
from earwitness.listen.base import Frames, Samples
from earwitness.listen.framing import Batch, batches, checked_hop, joined
from earwitness.listen.logmel import LogMel
from earwitness.listen.shared_rows import CutNetwork, tensor_shape
from earwitness.records import atomic_path, sha256_of_bytes

__all__ = ["ADDRESS", "RELEASES", "WINDOW", "Layer", "Yamnet", "cached_weights", "class_names", "find_weights"]

Layer = Literal["pooled", "middle", "steps"]
"""Which values of the network are a frame's features."""

RELEASES = {
    "469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194": "converted from TensorFlow models",
    "4d8b4a53282dc83ef04e3e7dbc4fbc98082e34e44ed798e16c3a0cdd4c584faf": "published by MediaPipe",
}
"""The SHA-256 of each file of weights that is accepted. The network is the same, its numbers are not quite: what was
fitted on one is not to be used with the other. What the benchmarks tell of YAMNet was measured on the first."""

ADDRESS = "https://storage.googleapis.com/mediapipe-models/audio_classifier/yamnet/float32/1/yamnet.tflite"
"""Where the weights are downloaded from: the second of the releases."""

WINDOW = 15_600
"""How many samples the network hears at once: 0.975 s."""

_RATE = 16_000
_CHANNELS = 1_024  # of the last layer before the pooling, and so of the pooled values
_VARIABLE = "EARWITNESS_YAMNET"
_TIMEOUT_S = 30
_MOST_BYTES = 2**26


def class_names() -> tuple[str, ...]:
    """Return the names of the 521 classes, in the order of the scores."""
    text = resources.files("earwitness.listen").joinpath("data", "yamnet_classes.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["names"])


def cached_weights() -> Path:
    """Return where downloaded weights lie: under ``XDG_CACHE_HOME``, else under ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "earwitness" / "yamnet.tflite"


def find_weights(model: Path | None) -> Path:
    """Return the file of weights, downloaded if it is nowhere.

    Parameters
    ----------
    model
        The file, where the caller knows it.

    Raises
    ------
    ListenError
        When it is nowhere and cannot be downloaded, or what was downloaded is not what was expected.
    OutputError
        When it cannot be written into the cache.
    """
    if model is not None:
        return Path(model)
    if named := os.environ.get(_VARIABLE):
        return Path(named)
    cached = cached_weights()
    if not cached.exists():
        data = _download(ADDRESS, cached)
        _release(data, where=f"'{ADDRESS}'", remedy="Nothing was kept")
        with atomic_path(cached) as partial:
            partial.write_bytes(data)
    return cached


def _download(address: str, cached: Path) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:
            data: bytes = answer.read(_MOST_BYTES)
            return data
    except (OSError, http.client.HTTPException) as error:  # urllib's own are of these: no network, too slow, not found
        raise ListenError(
            f"YAMNet's weights are not on this machine, and '{address}' cannot be had: "
            f"{getattr(error, 'reason', error)}. Fetch that file elsewhere, then say where it is by --model FILE or "
            f"by {_VARIABLE}=FILE, or put it at '{cached}'."
        ) from error


def _release(data: bytes, *, where: str, remedy: str) -> str:
    """Return the SHA-256 of weights that are known."""
    digest = sha256_of_bytes(data)
    if digest not in RELEASES:
        known = " or ".join(f"{known} ({what})" for known, what in RELEASES.items())
        raise ListenError(
            f"{where} is not YAMNet, or is damaged: expected SHA-256 {known}; "
            f"got {digest} ({len(data):,} bytes). {remedy}."
        )
    return digest


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ListenError(f"Cannot read YAMNet's weights from '{path}': {error.strerror or error}.") from error


class Yamnet:
    """YAMNet on windows of 0.975 s, each centred on its frame; silence is heard outside the recording.

    Parameters
    ----------
    model
        The file of weights; None looks for it, see ``find_weights``.
    hop_s
        The time from one frame to the next, 0.02 to 0.96 s.
    layer
        What is a frame's features. ``"pooled"`` is the embedding, 1,024 values that tell what is heard anywhere in
        the window. The layer before it has three time steps of 0.32 s and two halves of the spectrum; ``"steps"`` is
        these steps, one after the other, each the mean of its two halves: 3,072 values. ``"middle"`` is the step in
        the middle alone: 1,024 values. Heads that were fitted on the steps found frames a little better (mean average
        precision .766 against .755, real recordings, four seeds), and worse where sounds overlap (.695 against .703);
        that is not worth three times the memory, so the default is the embedding.
    levels
        Whether a frame's features end with the levels of its own mel bands, those of the backbone ``logmel``. YAMNet
        looks at a second at once; they tell when, and what is under a louder sound.

    Raises
    ------
    ListenError
        When the weights cannot be had, are not YAMNet's, or the hop or the layer is none.
    """

    name = "yamnet"
    sample_rate = _RATE

    def __init__(
        self, model: Path | None = None, *, hop_s: float = 0.25, layer: Layer = "pooled", levels: bool = True
    ) -> None:
        self.hop_s = checked_hop(hop_s)
        if layer not in get_args(Layer):
            raise ListenError(f"YAMNet's layers are {', '.join(get_args(Layer))}; got {layer!r}.")
        self.layer = layer
        self.model = find_weights(model)
        weights = _read(self.model)
        digest = _release(weights, where=f"'{self.model}'", remedy="Delete it, or name another file")
        self._levels = LogMel(hop_s=hop_s) if levels else None
        self.n_levels = LogMel.n_features if levels else 0
        self.version = f"yamnet 3, sha256 {digest}, {layer}{', levels' if levels else ''}, hop {self.hop_s!r} s"
        self._n_values = 3 * _CHANNELS if layer == "steps" else _CHANNELS
        self.n_features = self._n_values + self.n_levels
        self.classes = class_names()
        self._network = _network(weights, layer, n_classes=len(self.classes), path=self.model)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the options: worker processes open the weights anew."""
        return _opened, (self.model, self.hop_s, self.layer, self._levels is not None)

    def frames(self, samples: Samples) -> Frames:
        """Return the frames of a recording at 16 kHz, mono, of any length."""
        return joined(self.stream([samples]))

    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Yield the same frames, in constant memory."""
        for batch in batches(blocks, sample_rate=_RATE, hop_s=self.hop_s, margin=WINDOW // 2):
            yield self._heard(batch)

    def _heard(self, batch: Batch) -> Frames:
        features = np.empty((batch.n_frames, self.n_features), dtype=np.float32)
        scores = np.empty((batch.n_frames, len(self.classes)), dtype=np.float32)
        frames = np.arange(batch.first, batch.first + batch.n_frames)
        centres = np.rint((frames + 0.5) * self.hop_s * _RATE).astype(np.intp)
        starts = centres - WINDOW // 2 - batch.start
        for k, (of_frame, values) in enumerate(self._network.heard(batch.samples, starts)):
            features[k, : self._n_values] = self._features(values)
            scores[k] = of_frame[0]
        if self._levels is not None:
            features[:, self._n_values :] = self._levels.levels(batch)
        return Frames(features, scores)

    def _features(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        if self.layer == "pooled":
            return values.reshape(-1)
        steps: npt.NDArray[np.float32] = values[0].mean(axis=1)
        return steps.reshape(-1) if self.layer == "steps" else steps[1]


def _opened(model: Path, hop_s: float, layer: Layer, levels: bool) -> Yamnet:
    return Yamnet(model, hop_s=hop_s, layer=layer, levels=levels)


def _network(weights: bytes, layer: Layer, *, n_classes: int, path: Path) -> CutNetwork:
    """Open the network so that it gives two things: the scores, and the layer that is wanted.

    LiteRT can keep every layer's values instead, but is then a quarter slower.
    """
    schema = importlib.import_module("ai_edge_litert.schema_py_generated")
    model = schema.ModelT.InitFromPackedBuf(weights, 0)
    graph = model.subgraphs[0]
    samples, scores = (tensor_shape(graph, ends[0]) for ends in (graph.inputs, graph.outputs))
    if math.prod(samples) != WINDOW or math.prod(scores) != n_classes:
        raise ListenError(
            f"'{path}' must turn {WINDOW} samples into {n_classes} scores; it turns {samples} into {scores}."
        )
    steps, pooled = _pooling(graph, path)
    return CutNetwork(model, (int(graph.outputs[0]), pooled if layer == "pooled" else steps))


def _pooling(graph: Any, path: Path) -> tuple[int, int]:
    """Return the places of the last layer before the pooling, and of the pooled values.

    They are known by their shapes: each release has names and an order of its own.
    """
    for operator in reversed(graph.operators):
        before, after = operator.inputs[0], operator.outputs[0]
        shape, size = tensor_shape(graph, before), math.prod(tensor_shape(graph, after))
        if len(shape) == 4 and (shape[1], shape[3]) == (3, _CHANNELS) and size == _CHANNELS:
            return before, after
    raise ListenError(f"'{path}' has no layer of three time steps and {_CHANNELS:,} channels that is pooled.")
