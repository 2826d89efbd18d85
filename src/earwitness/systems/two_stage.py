"""Two stages: a caption for every clip, then text retrieval among the captions, here by BM25.

The words are what bm25s takes them to be by default: lower case, two letters or digits or more, without the 33 stop
words of Lucene. Those hold "no", "not", "with" and "then"; left in, they would only lower the rank of long captions,
for BM25 does not know what a word does to the next one. Words are not stemmed: captions from the ground truth say
each sound in the queries' own words, and captions that a model wrote are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from earwitness.errors import SystemFault
from earwitness.reasonaudio.folder import Benchmark
from earwitness.records import sha256_of_bytes, sha256_of_file
from earwitness.systems.base import About, Clips, Scores, System, counted
from earwitness.systems.captions import caption_of, read_captions

__all__ = ["heard_captions", "true_captions"]

_METHOD, _K1, _B = "lucene", 1.5, 0.75


def true_captions(benchmark: Benchmark) -> System:
    """Return BM25 over captions that are written from the ground truth: a reference.

    It is what a perfect captioner would make of the two stages.
    """
    captions = {
        scene.clip_id: caption_of(scene.timeline, benchmark.phrases, duration_s=scene.duration_s)
        for scene in benchmark.scenes
    }
    digest = sha256_of_bytes("\n".join(f"{clip}\t{caption}" for clip, caption in captions.items()).encode())
    return _system(captions, name="bm25", digest=digest, reference=True)


def heard_captions(path: Path, benchmark: Benchmark) -> System:
    """Return BM25 over captions that a model wrote.

    Parameters
    ----------
    path
        JSON lines with ``clip_id`` and ``caption``.
    benchmark
        What it will be asked about.

    Raises
    ------
    SystemFault
        When the file is malformed, a clip has no caption, or a caption has no clip.
    """
    captions = read_captions(path)
    known = [scene.clip_id for scene in benchmark.scenes]
    missing = [clip for clip in known if clip not in captions]
    unknown = sorted(captions.keys() - set(known))
    if missing or unknown:
        raise SystemFault(
            f"Captions: '{path}' must have one caption for each of the {len(known):,} clips of "
            f"'{benchmark.folder}'; {counted(missing)} have none, and {counted(unknown)} are not clips of it."
        )
    return _system(captions, name=f"bm25 {path.stem}", digest=sha256_of_file(path), reference=False)


def _system(captions: Mapping[str, str], *, name: str, digest: str, reference: bool) -> System:
    import bm25s

    about = About(
        name=name,
        spec="bm25",
        paradigm="reference" if reference else "two-stage",
        reference=reference,
        version=f"captions {digest}, bm25s {bm25s.__version__}",
        details={
            "captions": "ground truth" if reference else "heard",
            "retrieval": f"BM25 ({_METHOD}, k1={_K1}, b={_B}), English stop words, no stemming",
            "bm25s": bm25s.__version__,
        },
    )
    return System(about, _Bm25(captions), whole_corpus=True)


class _Bm25:
    """BM25 over captions; what a word is worth depends on all captions that are asked about."""

    def __init__(self, captions: Mapping[str, str]) -> None:
        self._captions = captions

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        import bm25s

        scores = np.zeros((len(texts), len(clips)), dtype=np.float32)
        corpus = bm25s.tokenize([self._captions[name] for name in clips.names], show_progress=False)
        if not corpus.vocab:
            return scores
        # With a vocabulary in the order of first mention, and not that of a set, sums are taken in one order.
        index = bm25s.BM25(method=_METHOD, k1=_K1, b=_B, backend="numpy")
        index.index(corpus, show_progress=False)
        for row, words in zip(scores, _words(texts), strict=True):
            if words:
                row[:] = index.get_scores(words)
        return scores


def _words(texts: Sequence[str]) -> Iterable[list[str]]:
    import bm25s

    words: Iterable[list[str]] = bm25s.tokenize(list(texts), return_ids=False, show_progress=False)
    return words
