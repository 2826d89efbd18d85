"""Hearing many clips, none of them twice; and recordings of any length, from their files.

What was heard is kept by the SHA-256 of the clip's audio, its sample rate and the listener's version: a clip under
another name, in another benchmark or another run, is not heard again, and a listener that changed finds nothing of the
old one. Each clip is kept as soon as it was heard, so that a kill loses only the clips in work.
"""

from __future__ import annotations

import copy
import os
import queue
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np

from earwitness.cache import ArrayCache, Arrays, key_of
from earwitness.errors import AudioError, ListenError
from earwitness.listen.base import Listener, Posteriors, Samples
from earwitness.listen.boxes import BoxModel
from earwitness.listen.evidence import ClipEvidence, PresenceModel
from earwitness.listen.relations import RelationModel
from earwitness.parallel import Progress, one_blas_thread
from earwitness.sounds.audio import stream_audio, to_mono

__all__ = [
    "Heard",
    "LibraryListener",
    "Recordings",
    "StreamListener",
    "each_asked",
    "hear",
    "hear_file",
    "posterior_cache",
]

L = TypeVar("L")
T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4  # so many things a thread are taken up before they are wanted


class StreamListener(Listener, Protocol):
    """A listener that hears recordings of any length, in constant memory."""

    def stream(self, blocks: Iterable[Samples], sample_rate: int) -> Iterator[Posteriors]:
        """Yield the posteriors of one moment after the other: joined, those of ``listen``."""
        ...


@runtime_checkable
class LibraryListener(StreamListener, Protocol):
    """A listener whose word can be kept, so that it can be searched."""

    @property
    def phrases(self) -> Mapping[str, str]:
        """How queries say each label."""
        ...

    @property
    def presence(self) -> PresenceModel:
        """How probable it is that a label is heard in a clip at all."""
        ...

    @property
    def relations(self) -> RelationModel:
        """How probable a relation is if its sounds are heard."""
        ...

    @property
    def boxes(self) -> BoxModel:
        """Where events begin and end, and how sure they are."""
        ...

    def evidence(self, heard: Sequence[Posteriors]) -> ClipEvidence:
        """Return what some clips say, for logic to be asked."""
        ...


class Recordings(Protocol):
    """Clips whose audio is made when it is asked for; one thread asks at a time."""

    @property
    def sha256(self) -> Sequence[str]:
        """The SHA-256 of each clip's samples."""
        ...

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        ...

    def __len__(self) -> int:
        """Return how many clips there are."""
        ...

    def __getitem__(self, place: int, /) -> Samples:
        """Return the samples of one clip: mono, full scale at 1."""
        ...


def posterior_cache(folder: Path | None) -> ArrayCache:
    """Return where posteriors are kept: in a folder, or in memory where it is None.

    A damaged file is warned of, deleted, and what it held is heard again.
    """
    return ArrayCache(folder, holds="posteriors", damaged=_warn)


def _warn(complaint: str) -> None:
    warnings.warn(complaint, RuntimeWarning, stacklevel=2)


def hear(
    listener: Listener,
    recordings: Recordings,
    *,
    cache: ArrayCache | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[Posteriors]:
    """Return what a listener hears in each of many clips.

    Parameters
    ----------
    listener
        Who hears.
    recordings
        The clips. Of those that hold the same audio, one is heard.
    cache
        Where posteriors are looked up and kept, see ``posterior_cache``; None hears everything.
    jobs
        Threads; the result does not depend on it. Each but the first hears with a deep copy of the listener, for a
        model may be asked by one thread at a time; models free Python's lock while they work.
    progress
        Called with a stage, how many clips are done and how many there are to do.

    Raises
    ------
    ListenError
        When a clip is nothing that can be heard.
    OutputError
        When the cache cannot be written.
    """
    cache = posterior_cache(None) if cache is None else cache
    identity = f"posteriors 1\n{listener.version}"
    keys = [key_of(identity, "audio", str(recordings.sample_rate), digest) for digest in recordings.sha256]
    probs = cache.found(identity, keys)
    first: dict[bytes, int] = {}
    for place, key in enumerate(keys):
        if key not in probs:
            first.setdefault(key, place)
    n_found = len(probs)

    def keep(place: int, heard: Arrays) -> None:
        cache.add(identity, [keys[place]], arrays=heard[None])
        probs[keys[place]] = heard
        if progress is not None:
            progress("hear", len(probs) - n_found, len(first))

    with one_blas_thread:
        _hear_each(listener, recordings, list(first.values()), jobs=jobs, keep=keep)
    return [Posteriors(listener.labels, listener.hop_s, probs[key]) for key in keys]


def _hear_each(
    listener: Listener, recordings: Recordings, places: Sequence[int], *, jobs: int, keep: Callable[[int, Arrays], None]
) -> None:
    """Hear the clips at some places, and hand each over in this thread."""
    making = threading.Lock()

    def heard(mine: Listener, place: int) -> Arrays:
        with making:
            samples = recordings[place]
        return mine.listen(samples, recordings.sample_rate).probs

    for place, probs in each_asked(listener, places, heard, jobs=min(jobs, len(places))):
        keep(place, probs)


def each_asked(listener: L, things: Iterable[T], asked: Callable[[L, T], R], *, jobs: int) -> Iterator[tuple[T, R]]:
    """Yield each of many things with what was heard of it, as soon as it was heard, in constant memory.

    Parameters
    ----------
    listener
        Who is asked. Each thread but the first asks a deep copy, for a model may be asked by one thread at a time;
        models free Python's lock while they work.
    things
        What is asked of; taken up only a little before it is wanted.
    asked
        Asks a listener; an error of its own ends everything.
    jobs
        Threads.
    """
    if jobs < 2:
        for thing in things:
            yield thing, asked(listener, thing)
        return
    idle: queue.SimpleQueue[L] = queue.SimpleQueue()
    for each in (listener, *(copy.deepcopy(listener) for _ in range(jobs - 1))):
        idle.put(each)

    def done(thing: T) -> tuple[T, R]:
        mine = idle.get()
        try:
            return thing, asked(mine, thing)
        finally:
            idle.put(mine)

    rest = iter(things)
    with ThreadPoolExecutor(jobs) as pool:
        waiting = {pool.submit(done, thing) for thing in islice(rest, _AHEAD * jobs)}
        try:
            while waiting:
                ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                waiting |= {pool.submit(done, thing) for thing in islice(rest, len(ready))}
                for future in ready:
                    yield future.result()
        finally:
            # After an error or Ctrl-C, what has not begun is not heard.
            pool.shutdown(cancel_futures=True)


class Heard(NamedTuple):
    """What was heard in some moments of a recording."""

    posteriors: Posteriors
    """How probable each label is at each of them."""
    until_s: float
    """How much of the recording is heard by now, in seconds; at last, how long it is."""
    duration_s: float | None
    """How long it is, as its header says; None when that is not known."""
    sample_rate: int
    """Samples a second, as the file has them."""


def hear_file(listener: StreamListener, path: str | os.PathLike[str]) -> Iterator[Heard]:
    """Yield what a listener hears in a recording of any length, decoded and heard piece by piece.

    Parameters
    ----------
    listener
        Who hears.
    path
        A WAV, FLAC, OGG, MP3 or AIFF file; several channels are mixed to one.

    Raises
    ------
    AudioError
        When it cannot be read to its end, or its sample rate is not 8 to 192 kHz.
    ListenError
        When it holds NaN or infinity.
    """
    where = repr(os.fspath(path))
    n_samples = n_frames = 0
    with stream_audio(path) as audio:

        def mono() -> Iterator[Samples]:
            nonlocal n_samples
            for block in audio.blocks:
                n_samples += len(block)
                yield to_mono(block).astype(np.float32)

        try:
            for posteriors in listener.stream(mono(), audio.sample_rate):
                n_frames += len(posteriors.probs)
                # The last frame may end after the recording does.
                until_s = min(n_frames * listener.hop_s, n_samples / audio.sample_rate)
                yield Heard(posteriors, until_s, audio.duration_s, audio.sample_rate)
        except ListenError as error:
            raise ListenError(f"{where}: {error}") from error
        except AudioError as error:
            if where in error.detail:
                raise
            raise AudioError(error.reason, f"{where}: {error.detail}") from error
