"""What a retrieval system is given, what it must give back, and what is recorded of it.

A system is given the texts of the queries and the audio of the clips, and nothing else. It gives a score for every
pair; a greater score means a better match. Scores of a clip must not depend on which other clips are asked about in
the same call, unless the system asks to be given the whole corpus at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from earwitness.reasonaudio.folder import Benchmark

__all__ = ["PARADIGMS", "About", "Clips", "Embedder", "Retriever", "Samples", "Scores", "System", "clips_of", "counted"]

PARADIGMS = ("reference", "two-stage", "CLIP-style", "MLLM", "listening", "other")
"""What kinds of system there are: those that see the truth or guess; captions and text retrieval; one embedding for
text and audio, trained by contrast; embeddings of a multimodal language model; timelines that are heard and judged."""

Samples = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float32]


class Clips:
    """The clips of a corpus, or some of them: a sequence whose audio is rendered when it is asked for.

    Parameters
    ----------
    names
        The clips' names, which tell nothing of what is heard.
    sha256
        The SHA-256 of each clip's PCM16 samples: what a cache is keyed by.
    sample_rate
        Samples a second.
    render
        Turns a clip's name into PCM16 samples, shape (n,), int16.
    """

    def __init__(
        self,
        names: Sequence[str],
        sha256: Sequence[str],
        *,
        sample_rate: int,
        render: Callable[[str], npt.NDArray[np.int16]],
    ) -> None:
        self.names = tuple(names)
        self.sha256 = tuple(sha256)
        self.sample_rate = sample_rate
        self._render = render

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, place: int) -> Samples:
        """Return the samples of one clip, shape (n,), float32 in [-1, 1)."""
        from earwitness.sounds.audio import from_pcm16

        return from_pcm16(self._render(self.names[place]))

    def __iter__(self) -> Iterator[Samples]:
        """Render clip after clip; only one is held at a time."""
        return (self[place] for place in range(len(self)))

    def part(self, start: int, stop: int) -> Clips:
        """Return the clips from one place up to another."""
        names, sha256 = self.names[start:stop], self.sha256[start:stop]
        return Clips(names, sha256, sample_rate=self.sample_rate, render=self._render)


def clips_of(benchmark: Benchmark) -> Clips:
    """Return the corpus of a benchmark, in the order of ``scenes.parquet``."""
    # Who answers questions needs neither Parquet nor what renders clips.
    from earwitness.reasonaudio.folder import renderer_of

    names = [scene.clip_id for scene in benchmark.scenes]
    atoms_sha256 = benchmark.atoms_sha256

    def render(name: str) -> npt.NDArray[np.int16]:
        return renderer_of(benchmark.folder, atoms_sha256).pcm(benchmark.scene_of[name])

    digests = [benchmark.pcm_sha256[name] for name in names]
    return Clips(names, digests, sample_rate=benchmark.sample_rate, render=render)


@runtime_checkable
class Retriever(Protocol):
    """Scores every text against every clip."""

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        """Return the scores, shape (n_texts, n_clips); greater is better, ``-inf`` is "not retrieved".

        Parameters
        ----------
        texts
            The texts of all queries, in the benchmark's order.
        clips
            Some of the clips, or all.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """Puts texts and sounds into one space, in which near means alike."""

    def embed_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one vector for each text, shape (n, d)."""
        ...

    def embed_audio(self, audio: Sequence[Samples], sample_rate: int) -> npt.NDArray[np.float32]:
        """Return one vector for each sound, shape (n, d); ``audio`` holds float32 samples of any length."""
        ...


@dataclass(frozen=True)
class About:
    """What is recorded of a system; two systems with the same ``spec`` and ``version`` give the same scores."""

    name: str
    """How it is called in tables."""
    spec: str
    """What it was opened with, for instance ``"scores:clap.npy"``."""
    paradigm: str
    """One of ``PARADIGMS``."""
    reference: bool
    """Whether it sees the truth or only guesses; it is then never ranked among the others."""
    version: str
    """What its scores depend on besides text and audio: its code's or file's SHA-256, its seed, a model's revision."""
    n_parameters: int | None = None
    """How many trained parameters it has, where that is known."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What else a reader should know: model, prompt, libraries. JSON values only."""


@dataclass(frozen=True)
class System:
    """A system that is ready to be asked."""

    about: About
    """What is recorded of it."""
    retriever: Retriever
    """What is asked."""
    whole_corpus: bool = False
    """Whether it must be given all clips at once, because a score depends on the others."""


def counted(names: Sequence[str]) -> str:
    """Say how many there are and name the first, as complaints do.

    Examples
    --------
    >>> counted(["a", "b", "c", "d"])
    "4 ('a', 'b', 'c', ...)"
    """
    shown = ", ".join(f"'{name}'" for name in names[:3])
    return f"{len(names):,}" + (f" ({shown}{', ...' if len(names) > 3 else ''})" if names else "")
