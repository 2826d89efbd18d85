"""A retrieval system in a page: it hears which sounds are there by their spectra, and knows nothing of logic.

``earwitness evaluate BENCH --system spectra=python:examples/spectra.py:Spectra --out RUN``

Every built-in sound has a mean spectrum. A clip is embedded as how well each of them fits its best moment, a text as
the sounds that it names. So "without", "before" and "while" change nothing: what remains is matching, heard for real.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from earwitness.sounds import builtin
from earwitness.sounds.spectrogram import log_mel

MOMENT = 25  # frames of 10 ms
UNHEARD = 1_000  # a variant of each sound that no benchmark of the built-in bank holds


def shapes(samples: npt.NDArray[np.float32], sample_rate: int) -> npt.NDArray[np.float64]:
    """Return the spectral shape of each quarter of a second, shape (moments, 64): level and loudness taken out."""
    frames = np.maximum(log_mel(samples.astype(np.float64), sample_rate=sample_rate), -80.0)
    moments = frames[: len(frames) // MOMENT * MOMENT].reshape(-1, MOMENT, frames.shape[1]).mean(axis=1)
    moments -= moments.mean(axis=1, keepdims=True)
    return moments / np.maximum(np.linalg.norm(moments, axis=1, keepdims=True), 1e-9)


class Spectra:
    """Embeds texts and clips in the space of the built-in sounds."""

    paradigm = "other"

    def __init__(self) -> None:
        self.phrases = builtin.phrases()
        self.templates = np.stack([self.template(label) for label in self.phrases])

    def template(self, label: str) -> npt.NDArray[np.float64]:
        """Return the mean shape of one recording of a sound."""
        audio = builtin.recording(label, UNHEARD).read()
        mean = shapes(audio.samples[:, 0], audio.sample_rate).mean(axis=0)
        return mean / np.linalg.norm(mean)

    def embed_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return which sounds each text names, shape (n, 200)."""
        named = [[phrase in text.lower() for phrase in self.phrases.values()] for text in texts]
        return np.array(named, np.float32) + 1e-6

    def embed_audio(self, audio: Sequence[npt.NDArray[np.float32]], sample_rate: int) -> npt.NDArray[np.float32]:
        """Return how well each sound fits its best moment in each clip, shape (n, 200)."""
        fits = [(shapes(samples, sample_rate) @ self.templates.T).max(axis=0) for samples in audio]
        return np.array([fit - fit.mean() for fit in fits], np.float32)
