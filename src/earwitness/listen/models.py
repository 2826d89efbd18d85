"""The backbones by name, and what brings a recording to the rate that they want."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from earwitness.errors import ListenError
from earwitness.listen.base import Backbone, Samples
from earwitness.listen.clap import DEFAULT_CLAP, Clap
from earwitness.listen.framing import pieces
from earwitness.listen.logmel import LogMel
from earwitness.listen.transformer import DEFAULT_CLASSIFIER, AudioClassifier
from earwitness.listen.yamnet import Yamnet
from earwitness.sounds.audio import resample

__all__ = ["BACKBONES", "at_rate", "open_backbone", "stream_at_rate"]

BACKBONES = ("yamnet", "logmel", "ast", "clap")
"""Their names."""


def open_backbone(name: str, *, hop_s: float = 0.25, model: Path | None = None) -> Backbone:
    """Open a backbone.

    Parameters
    ----------
    name
        One of ``BACKBONES``. ``ast`` and ``clap`` may say which model: ``ast:PLACE``, where the place is a folder or a
        model of a hub, ``OWNER/MODEL@COMMIT``. Every audio classifier of `transformers` is opened by ``ast``.
    hop_s
        The time from one frame to the next, 0.02 to 0.96 s.
    model
        Its file of weights, or its folder; None looks where such files are kept, and downloads what is not there.

    Raises
    ------
    ListenError
        When there is no such backbone, its weights cannot be had or are damaged, or the hop is out of range.

    Examples
    --------
    >>> backbone = open_backbone("logmel")
    >>> backbone.frames(np.zeros(160_000, dtype=np.float32)).features.shape
    (40, 192)
    """
    kind, _, place = name.partition(":")
    if kind == "ast":
        return AudioClassifier(model or place or DEFAULT_CLASSIFIER, hop_s=hop_s)
    if kind == "clap":
        return Clap(model or place or DEFAULT_CLAP, hop_s=hop_s)
    if name == "yamnet":
        return Yamnet(model, hop_s=hop_s)
    if name == "logmel":
        if model is not None:
            raise ListenError(f"The backbone 'logmel' has no weights; got the file '{model}'.")
        return LogMel(hop_s=hop_s)
    raise ListenError(f"There is no backbone '{name}'; there are {', '.join(BACKBONES)}.")


def at_rate(samples: npt.NDArray[np.floating], sample_rate: int, *, to: int = 16_000) -> Samples:
    """Return mono samples at another rate, as float32.

    Parameters
    ----------
    samples
        Shape (n,), full scale at 1; n may be 0.
    sample_rate
        Their rate, 8,000 to 192,000.
    to
        The rate wanted.

    Raises
    ------
    AudioError
        ``"sample rate"`` when either rate is outside that range.
    """
    return resample(samples.astype(np.float64), from_rate=sample_rate, to_rate=to).astype(np.float32)


def stream_at_rate(blocks: Iterable[Samples], sample_rate: int, *, to: int = 16_000) -> Iterator[Samples]:
    """Yield the same samples as ``at_rate`` of the blocks joined, in constant memory.

    Raises
    ------
    AudioError
        ``"sample rate"`` when either rate is not 8,000 to 192,000.
    ListenError
        When a block is not one channel of floating-point samples, or is not finite.
    """
    at_rate(np.zeros(0), sample_rate, to=to)  # refuses what it would refuse
    # Checked before: a resampler spreads a NaN over all that is near.
    blocks = pieces(blocks, sample_rate=sample_rate)
    if sample_rate == to:
        yield from blocks
        return
    resampler = soxr.ResampleStream(sample_rate, to, 1, dtype="float64", quality="HQ")
    for block in blocks:
        yield resampler.resample_chunk(block.astype(np.float64)).astype(np.float32)
    yield resampler.resample_chunk(np.zeros(0), last=True).astype(np.float32)
