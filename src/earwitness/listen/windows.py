"""From a recording of any length to windows, each for a run of frames; and what all models on windows share."""

from __future__ import annotations

import functools
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from earwitness.listen.base import Frames, Samples, n_frames
from earwitness.listen.framing import batches, joined

__all__ = ["WindowedModel", "Windows", "windows"]


class Windows(NamedTuple):
    """Some consecutive frames, and the windows that they are heard in."""

    n_frames: int
    """How many frames; at least one."""
    samples: Samples
    """Shape (n_windows, length); each window serves the same number of frames, the last of a recording maybe fewer."""


def windows(
    blocks: Iterable[Samples], *, sample_rate: int, hop_s: float, length: int, frames_each: int
) -> Iterator[Windows]:
    """Cut a recording into windows; outside it there is silence.

    The windows are the same however the blocks were cut, and come in batches of about 16 s of the recording.

    Parameters
    ----------
    blocks
        The recording's samples, one block after the other; a block may have any length.
    sample_rate
        Samples a second.
    hop_s
        The time from one frame to the next.
    length
        How many samples a window has.
    frames_each
        How many frames a window serves; it is centred on them.

    Raises
    ------
    ListenError
        When a block is not one channel of floating-point samples, or is not finite.
    """
    heard = 0

    def frames_of(n_samples: int) -> int:
        return n_frames(n_samples, sample_rate=sample_rate, hop_s=hop_s)

    def counted() -> Iterator[Samples]:
        """Count the samples, and fill up the last frame, so that no rounding leaves it without its window."""
        nonlocal heard
        for block in blocks:
            heard += np.size(block)
            yield block
        rest = round(frames_of(heard) * hop_s * sample_rate) - heard
        yield np.zeros(max(0, rest), dtype=np.float32)

    step_s, first = frames_each * hop_s, 0
    for batch in batches(counted(), sample_rate=sample_rate, hop_s=step_s, margin=length // 2 + 1):
        count = min(batch.n_frames * frames_each, frames_of(heard) - first)
        if count <= 0:
            continue
        centres = [(batch.first + k + 0.5) * step_s * sample_rate for k in range(math.ceil(count / frames_each))]
        starts = [round(centre) - length // 2 - batch.start for centre in centres]
        yield Windows(count, np.stack([batch.samples[start : start + length] for start in starts]))
        first += count


class WindowedModel(ABC):
    """A backbone that hears windows of one length, several at a time; whoever makes one sets what is named here."""

    name: str
    version: str
    sample_rate: int
    hop_s: float
    n_features: int
    n_levels = 0
    classes: tuple[str, ...]

    _length: int
    """How many samples a window has."""
    _frames_each: int
    """How many frames a window serves."""
    _batch: int
    """How many windows are heard at a time."""
    _opened_as: tuple[str, dict[str, Any]]
    """Where the model lies, and the options: enough to open it anew."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the options: worker processes open the weights anew."""
        place, options = self._opened_as
        return functools.partial(type(self), **options), (place,)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return the same one: threads may hear with it at the same time, and weights are large."""
        return self

    def frames(self, samples: Samples) -> Frames:
        """Return the frames of a recording at ``sample_rate``, mono, of any length."""
        return joined(self.stream([samples]))

    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Yield the same frames, in constant memory."""
        for some in windows(
            blocks,
            sample_rate=self.sample_rate,
            hop_s=self.hop_s,
            length=self._length,
            frames_each=self._frames_each,
        ):
            parts = [self._heard(some.samples[k : k + self._batch]) for k in range(0, len(some.samples), self._batch)]
            features = np.concatenate([features for features, _ in parts]).reshape(-1, self.n_features)
            scores = np.repeat(np.concatenate([scores for _, scores in parts]), self._frames_each, axis=0)
            yield Frames(features[: some.n_frames], scores[: some.n_frames])

    @abstractmethod
    def _heard(self, samples: Samples) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return features (n_windows, frames_each, n_features) and scores (n_windows, n_classes) of windows."""
