"""What a listener is given, and what it must give back.

A *backbone* turns samples into frames: features of a trained model, and the scores of its own classes where it has
some. A *listener* turns samples into posteriors: how probable it is, frame by frame, that each of its labels is heard.

Conventions
-----------
Frame ``t`` stands for the time ``[t * hop_s, (t + 1) * hop_s)``. A recording of ``n`` samples has
``max(1, ceil(n / sample_rate / hop_s))`` frames, whatever it holds. Probabilities are float32, 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

__all__ = ["Backbone", "Frames", "Listener", "Posteriors", "Samples", "n_frames"]

Samples = npt.NDArray[np.float32]


def n_frames(n_samples: int, *, sample_rate: int, hop_s: float) -> int:
    """Return how many frames a recording has.

    Examples
    --------
    >>> n_frames(160_000, sample_rate=16_000, hop_s=0.25), n_frames(0, sample_rate=16_000, hop_s=0.25)
    (40, 1)
    """
    # A microsecond of slack: 10 s must not become 41 frames because 0.1 s is no binary number.
    return max(1, math.ceil(n_samples / sample_rate / hop_s - 1e-6))


@dataclass(frozen=True)
class Frames:
    """What a backbone makes of a recording."""

    features: npt.NDArray[np.float32]
    """Shape (n_frames, n_features)."""
    scores: npt.NDArray[np.float32]
    """The backbone's own classes, 0 to 1; shape (n_frames, n_classes), where n_classes may be 0."""


@runtime_checkable
class Backbone(Protocol):
    """A trained model, or a fixed transform, that hears frame by frame."""

    name: str
    """How it is called: ``"yamnet"``, ``"logmel"``."""
    version: str
    """What its frames depend on: the SHA-256 of its weights, and its hop."""
    sample_rate: int
    """The rate that samples must have."""
    hop_s: float
    """The time from one frame to the next, in seconds."""
    n_features: int
    """How many features a frame has."""
    n_levels: int
    """How many of them, the last ones, only add the levels of the sound in the frame itself to what a model makes of it
    and its surroundings; 0 where there are none."""
    classes: tuple[str, ...]
    """The names of its own classes; none where it has none."""

    def frames(self, samples: Samples) -> Frames:
        """Return the frames of a recording at ``sample_rate``, mono, in [-1, 1], of any length, empty included."""
        ...

    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Yield the same frames as ``frames`` of the blocks joined, in constant memory."""
        ...


@dataclass(frozen=True)
class Posteriors:
    """How probable each label is at each moment."""

    labels: tuple[str, ...]
    """The labels, one for each column."""
    hop_s: float
    """The time from one frame to the next, in seconds."""
    probs: npt.NDArray[np.float32]
    """Shape (n_frames, n_labels), 0 to 1."""


@runtime_checkable
class Listener(Protocol):
    """Hears how probable each of its labels is at each moment."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What it can hear."""
        ...

    @property
    def hop_s(self) -> float:
        """The time from one frame to the next, in seconds."""
        ...

    @property
    def version(self) -> str:
        """What its posteriors depend on besides the samples."""
        ...

    def listen(self, samples: Samples, sample_rate: int) -> Posteriors:
        """Return the posteriors of a recording: mono samples in [-1, 1] at any rate."""
        ...
