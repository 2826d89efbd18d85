"""Toy systems: an embedder that hashes what it is given, and clips that are cheap to make."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from earwitness.systems.base import Clips

DIMENSIONS = 24
RATE = 8_000


class HashingEmbedder:
    """Sums a random vector for each word, or for each of a clip's samples; counts what it is asked."""

    def __init__(self, *, dimensions: int = DIMENSIONS) -> None:
        self.dimensions = dimensions
        self.texts: list[str] = []
        self.sounds = 0
        self.batches: list[int] = []

    def embed_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.texts += texts
        self.batches.append(len(texts))
        return np.stack([sum(self._vector(word) for word in text.lower().split()) for text in texts])

    def embed_audio(self, audio: Sequence[npt.NDArray[np.float32]], sample_rate: int) -> npt.NDArray[np.float32]:
        assert all(samples.dtype == np.float32 and samples.ndim == 1 for samples in audio)
        self.sounds += len(audio)
        self.batches.append(len(audio))
        return np.stack([self._vector(hashlib.sha256(samples.tobytes()).hexdigest()) for samples in audio])

    def _vector(self, word: str) -> npt.NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest(), "big")
        return np.random.default_rng(seed).standard_normal(self.dimensions).astype(np.float32)


def toy_clips(number: int, *, copies: int = 1, prefix: str = "clip") -> Clips:
    """Return clips of a few samples each; every ``copies`` of them hold the same audio under different names."""

    def render(name: str) -> npt.NDArray[np.int16]:
        place = int(name.rpartition("-")[2])
        return np.arange(place // copies, place // copies + 20, dtype=np.int16)

    names = [f"{prefix}-{place}" for place in range(number)]
    digests = [hashlib.sha256(render(name).tobytes()).hexdigest() for name in names]
    return Clips(names, digests, sample_rate=RATE, render=render)
