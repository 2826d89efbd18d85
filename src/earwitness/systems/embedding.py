"""Systems that put texts and sounds into one space: batches, a cache that no kill can harm, and cosines.

A vector's key is a SHA-256 over who made it and of what: the embedder's identity and the text, or the identity, the
sample rate and the SHA-256 of the clip's samples. So what was embedded once, under whatever name and in whatever run,
is never embedded again, and a model that changed finds nothing of the old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.cache import ArrayCache, key_of
from earwitness.errors import SystemFault
from earwitness.parallel import Progress
from earwitness.systems.base import Clips, Embedder, Scores

__all__ = ["EmbeddingCache", "EmbeddingRetriever", "Vectors", "embedded"]

Vectors = npt.NDArray[np.float32]

# Clips whose cosines are taken at a time.
_CHUNK = 1024
_LONGEST_SHOWN = 60


class EmbeddingCache(ArrayCache):
    """Vectors by key, kept in a folder from one process to the next.

    Parameters
    ----------
    folder
        Where it is; made when something is first kept. None keeps vectors in memory only.
    """

    def __init__(self, folder: Path | None) -> None:
        super().__init__(folder, holds="embeddings")


def embedded(
    embedder: Embedder,
    items: Sequence[str] | Clips,
    cache: EmbeddingCache,
    *,
    identity: str,
    batch: int = 32,
    progress: Progress | None = None,
) -> Vectors:
    """Return the vectors of texts or clips, of length 1; only what the cache does not hold is embedded.

    Parameters
    ----------
    embedder
        What embeds. The same text, or the same audio, is given to it once.
    items
        Texts, or clips.
    cache
        Where vectors are looked up and kept, batch after batch.
    identity
        What the vectors depend on besides text and audio: the embedder's name, version and prompt.
    batch
        How many are embedded at a time.
    progress
        Called with a stage, how many are done and how many there are to do.

    Returns
    -------
    numpy.ndarray
        Shape (n, d), float32, each row of Euclidean length 1.

    Raises
    ------
    SystemFault
        When the embedder gives another number of vectors, or other lengths from time to time, or a vector that is
        zero or not finite; naming the text or the clip.
    RunError
        When the cache is damaged.
    """
    if batch < 1:
        raise SystemFault(f"A batch must hold at least 1; got {batch}.")
    keys = _keys(items, identity)
    known = cache.found(identity, keys)
    first: dict[bytes, int] = {}
    for place, key in enumerate(keys):
        if key not in known:
            first.setdefault(key, place)
    wanted = list(first.values())
    stage = "embed sounds" if isinstance(items, Clips) else "embed texts"
    for start in range(0, len(wanted), batch):
        places = wanted[start : start + batch]
        length = cache.length(identity)
        vectors = _checked(_asked(embedder, items, places), items, places, identity=identity, length=length)
        batch_keys = [keys[place] for place in places]
        cache.add(identity, batch_keys, arrays=vectors)
        known.update(zip(batch_keys, vectors, strict=True))
        if progress is not None:
            progress(stage, start + len(places), len(wanted))
    if not keys:
        return np.zeros((0, 0), dtype=np.float32)
    raw = np.stack([known[key] for key in keys]).astype(np.float64)
    unit: Vectors = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _keys(items: Sequence[str] | Clips, identity: str) -> list[bytes]:
    """Return what each vector is kept under."""
    if isinstance(items, Clips):
        return [key_of(identity, "audio", str(items.sample_rate), digest) for digest in items.sha256]
    return [key_of(identity, "text", text) for text in items]


def _asked(embedder: Embedder, items: Sequence[str] | Clips, places: Sequence[int]) -> object:
    if isinstance(items, Clips):
        return embedder.embed_audio([items[place] for place in places], items.sample_rate)
    return embedder.embed_texts([items[place] for place in places])


def _checked(
    given: Any, items: Sequence[str] | Clips, places: Sequence[int], *, identity: str, length: int | None
) -> Vectors:
    """Return vectors as float32, or say which is none."""
    what = "embed_audio" if isinstance(items, Clips) else "embed_texts"
    who = f"'{what}' of system '{identity.partition(chr(10))[0]}'"
    try:
        vectors = np.asarray(given)
    except (ValueError, TypeError, RuntimeError) as error:
        raise SystemFault(f"{who} must return an array of shape ({len(places)}, d); got {type(given).__name__}, "
                          f"of which none can be made: {error}") from error  # fmt: skip
    if vectors.ndim != 2 or len(vectors) != len(places) or vectors.shape[1] == 0 or vectors.dtype.kind not in "fiu":
        raise SystemFault(
            f"{who} must return numbers of shape ({len(places)}, d), one row for each of the {len(places)} it was "
            f"given; got {vectors.dtype} of shape {vectors.shape}."
        )
    if length not in (None, vectors.shape[1]):
        raise SystemFault(f"{who} returned vectors of {vectors.shape[1]} numbers; others of it hold {length}.")
    with np.errstate(over="ignore"):
        # A copy: an embedder may write its next batch into the array that it gave.
        vectors = np.array(vectors, dtype=np.float32, order="C")
    finite = np.isfinite(vectors).all(axis=1)
    bad = np.flatnonzero(~finite | ~vectors.any(axis=1))
    if len(bad):
        place = places[int(bad[0])]
        name = f"clip '{items.names[place]}'" if isinstance(items, Clips) else f"text {_shortened(items[place])!r}"
        fault = "is zero" if finite[bad[0]] else "holds NaN or infinity"
        raise SystemFault(f"{who} returned a vector for {name} that {fault}; it has no direction, so no cosine.")
    return vectors


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."


class EmbeddingRetriever:
    """Scores a text and a clip by the cosine of their vectors.

    Cosines are summed as float64 and rounded once, so that they do not hang on how the matrices are cut up, and equal
    vectors tie.

    Parameters
    ----------
    embedder
        What embeds.
    identity
        What its vectors depend on besides text and audio; its first line is the system's name in messages.
    cache
        Where vectors are kept.
    batch
        How many texts or sounds are embedded at a time.
    progress
        Called with a stage, how many are done and how many there are to do.
    """

    def __init__(
        self,
        embedder: Embedder,
        identity: str,
        cache: EmbeddingCache,
        *,
        batch: int = 32,
        progress: Progress | None = None,
    ) -> None:
        self._embedder = embedder
        self._identity = identity
        self._cache = cache
        self._batch = batch
        self._progress = progress

    def embeddings(self, texts: Sequence[str], clips: Clips) -> tuple[Vectors, Vectors]:
        """Return the vectors of texts and of clips, each of length 1, shapes (n_texts, d) and (n_clips, d)."""
        of_texts = self._embedded(texts)
        return of_texts, self._embedded(clips)

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        """Return the cosines, shape (n_texts, n_clips), in [-1, 1]."""
        of_texts, of_clips = self.embeddings(texts, clips)
        found = np.zeros((len(texts), len(clips)), dtype=np.float32)
        if not found.size:
            return found
        precise = of_texts.astype(np.float64)
        for start in range(0, len(clips), _CHUNK):
            found[:, start : start + _CHUNK] = precise @ of_clips[start : start + _CHUNK].T
        return np.clip(found, -1.0, 1.0, out=found)

    def _embedded(self, items: Sequence[str] | Clips) -> Vectors:
        return embedded(
            self._embedder, items, self._cache, identity=self._identity, batch=self._batch, progress=self._progress
        )
