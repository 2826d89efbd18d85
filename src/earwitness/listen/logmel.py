"""Log-mel bands as a backbone: no training, no download, no classes of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from earwitness.listen.base import Frames, Samples
from earwitness.listen.framing import Batch, batches, checked_hop, joined
from earwitness.sounds.spectrogram import log_mel

__all__ = ["LogMel"]

_RATE, _BANDS = 16_000, 64
_COLUMN = 160  # samples from one column of the spectrogram to the next: 10 ms, which a frame of 20 ms has two of
_LONG_HOP_S = 0.2  # from here on twice as far: a dozen columns tell as much of a frame as two dozen
_WINDOW_S = 0.032
_LEAD = 2  # columns to either side whose windows reach into those that are wanted


class LogMel:
    """64 mel bands, and of each, within a frame: its mean, its maximum, and by how much it rises.

    Levels are in dB; -100 is digital silence. The rise is the mean of the frame's later half less that of its earlier
    half: an onset inside the frame, which no neighbouring frame tells of.

    Parameters
    ----------
    hop_s
        The time from one frame to the next, 0.02 to 0.96 s.

    Raises
    ------
    ListenError
        When the hop is outside that range.
    """

    name = "logmel"
    sample_rate = _RATE
    n_features = 3 * _BANDS
    n_levels = 0  # they add to nothing
    classes: tuple[str, ...] = ()

    def __init__(self, *, hop_s: float = 0.25) -> None:
        self.hop_s = checked_hop(hop_s)
        self._column = _COLUMN if hop_s < _LONG_HOP_S else 2 * _COLUMN
        self.version = f"logmel 2, hop {self.hop_s!r} s"

    def frames(self, samples: Samples) -> Frames:
        """Return the frames of a recording at 16 kHz, mono, of any length."""
        return joined(self.stream([samples]))

    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Yield the same frames, in constant memory."""
        margin = (_LEAD + 1) * self._column
        for batch in batches(blocks, sample_rate=_RATE, hop_s=self.hop_s, margin=margin):
            yield Frames(self.levels(batch), np.zeros((batch.n_frames, 0), dtype=np.float32))

    def levels(self, batch: Batch) -> npt.NDArray[np.float32]:
        """Return the features of some frames, shape (n_frames, n_features).

        Parameters
        ----------
        batch
            Samples that reach 60 ms or more beyond the frames on either side.
        """
        # The columns whose centres lie in each frame.
        edges = [self._first_column(batch.first + k) for k in range(batch.n_frames + 1)]
        begin = (edges[0] - _LEAD) * self._column - batch.start
        end = (edges[-1] + _LEAD) * self._column - batch.start
        levels = log_mel(
            batch.samples[begin:end],
            sample_rate=_RATE,
            bands=_BANDS,
            window_s=_WINDOW_S,
            hop_s=self._column / _RATE,
        )
        levels = levels[_LEAD : _LEAD + edges[-1] - edges[0]]
        starts = np.array(edges[:-1]) - edges[0]
        stops = np.array(edges[1:]) - edges[0]
        middles = (starts + stops) // 2
        earlier = np.add.reduceat(levels, np.ravel([starts, middles], order="F"))[::2]
        whole = np.add.reduceat(levels, starts)
        n_earlier, n_whole = (middles - starts)[:, None], (stops - starts)[:, None]
        rise = (whole - earlier) / (n_whole - n_earlier) - earlier / n_earlier
        parts = (whole / n_whole, np.maximum.reduceat(levels, starts), rise)
        features: npt.NDArray[np.float32] = np.concatenate(parts, axis=1, dtype=np.float32)
        return features

    def _first_column(self, frame: int) -> int:
        """Return the first column of the spectrogram that lies in a frame."""
        return math.ceil(frame * self.hop_s * _RATE / self._column - 1e-6)
