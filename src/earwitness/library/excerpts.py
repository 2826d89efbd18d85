"""Cutting moments out of their recordings, each into a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

from earwitness.errors import AudioError, LibraryError, OutputError
from earwitness.library.moments import Moment, text_to_path
from earwitness.records import atomic_path
from earwitness.sounds.audio import stream_audio
from earwitness.sounds.containers import in_container

__all__ = ["Excerpt", "cut_out", "excerpt_of"]

_LONGEST_NAME = 80
_DEEP = ("PCM_24", "PCM_32", "FLOAT", "DOUBLE")  # what FLAC keeps 24 bits of


class Excerpt(NamedTuple):
    """A moment's samples, and what is around it."""

    samples: npt.NDArray[np.floating]
    """Shape (n, channels), full scale at 1, n >= 1."""
    sample_rate: int
    """Samples a second, as the recording has them."""
    subtype: str
    """How deep to write them so that nothing is lost, as soundfile says it."""


def cut_out(
    moments: Sequence[Moment],
    out: Path,
    *,
    library: Path,
    around_s: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Path, ...]:
    """Write each moment as FLAC, at the rate and with the channels of its recording.

    Parameters
    ----------
    moments
        The moments, the best first; a file's name begins with its place among them.
    out
        The folder to write to.
    library
        The folder that paths of recordings start from.
    around_s
        How much is kept before and after a moment, in seconds, where the recording has it.
    progress
        Called with how many are written, and how many there are.

    Raises
    ------
    LibraryError
        When a recording is not there, leads out of the library, or cannot be read.
    OutputError
        When the folder holds something already, or cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"'{out}' is there already: name a new or an empty folder.")
    files = []
    for place, moment in enumerate(moments, start=1):
        path = out / f"{place:04d} {_name(moment)}.flac"
        excerpt = excerpt_of(moment, library=library, before_s=around_s, after_s=around_s)
        with atomic_path(path) as partial:
            soundfile.write(partial, excerpt.samples, excerpt.sample_rate, subtype=excerpt.subtype, format="FLAC")
        files.append(path)
        if progress is not None:
            progress(place, len(moments))
    return tuple(files)


def _name(moment: Moment) -> str:
    """Return a recording's name without its suffix, as one that every system takes."""
    stem = Path(text_to_path(moment.path)).stem.encode("utf-8", "replace").decode()
    return re.sub(r'[\x00-\x1f<>:"/\\|?*\x7f]+', "_", stem).strip(" .")[:_LONGEST_NAME] or "recording"


def excerpt_of(moment: Moment, *, library: Path, before_s: float, after_s: float) -> Excerpt:
    """Read a moment, and what is before and after it where the recording has that.

    Parameters
    ----------
    moment
        The moment.
    library
        The folder that paths of recordings start from.
    before_s, after_s
        How much is read before and after it, in seconds.

    Raises
    ------
    LibraryError
        When the recording is not there, leads out of the library, cannot be read, or ends before the moment.
    """
    source = library / text_to_path(moment.path)
    if not source.resolve().is_relative_to(library.resolve()):
        raise LibraryError(f"'{moment.path}' leads out of the library '{library}'.")
    onset_s, offset_s = max(0.0, moment.onset_us / 1e6 - before_s), moment.offset_us / 1e6 + after_s
    try:
        excerpt = (_in_container if in_container(source) else _in_file)(source, onset_s, offset_s)
    except (AudioError, OSError, soundfile.LibsndfileError) as error:
        raise LibraryError(f"'{moment.path}' cannot be read in '{library}': {error}.") from error
    if not len(excerpt.samples):
        raise LibraryError(
            f"'{moment.path}' ends before the moment at {moment.onset_us / 1e6:.2f} s: it changed since it was indexed."
        )
    return excerpt


def _in_file(source: Path, onset_s: float, offset_s: float) -> Excerpt:
    with soundfile.SoundFile(source) as sound:
        first = min(round(onset_s * sound.samplerate), sound.frames)
        last = min(round(offset_s * sound.samplerate), sound.frames)
        sound.seek(first)
        samples = sound.read(last - first, dtype="float64", always_2d=True)
        return Excerpt(samples, sound.samplerate, "PCM_24" if sound.subtype in _DEEP else "PCM_16")


def _in_container(source: Path, onset_s: float, offset_s: float) -> Excerpt:
    # From the start, as the listener heard it: where a container says that a time is depends on its encoder's delay.
    with stream_audio(source) as audio:
        first, last = round(onset_s * audio.sample_rate), round(offset_s * audio.sample_rate)
        found: list[npt.NDArray[np.float32]] = []
        at = 0
        for block in audio.blocks:
            found.append(block[max(0, first - at) : max(0, last - at)])
            at += len(block)
            if at >= last:
                break
        return Excerpt(np.concatenate(found), audio.sample_rate, "PCM_24")
