"""Cutting moments out of their recordings, each into a file of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import soundfile

from earwitness.errors import LibraryError, OutputError
from earwitness.library.moments import Moment, text_to_path
from earwitness.records import atomic_path

__all__ = ["cut_out"]

_LONGEST_NAME = 80
_DEEP = ("PCM_24", "PCM_32", "FLOAT", "DOUBLE")  # what FLAC keeps 24 bits of


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
        _cut(moment, path, library=library, around_s=around_s)
        files.append(path)
        if progress is not None:
            progress(place, len(moments))
    return tuple(files)


def _name(moment: Moment) -> str:
    """Return a recording's name without its suffix, as one that every system takes."""
    stem = Path(text_to_path(moment.path)).stem.encode("utf-8", "replace").decode()
    return re.sub(r'[\x00-\x1f<>:"/\\|?*\x7f]+', "_", stem).strip(" .")[:_LONGEST_NAME] or "recording"


def _cut(moment: Moment, path: Path, *, library: Path, around_s: float) -> None:
    source = library / text_to_path(moment.path)
    if not source.resolve().is_relative_to(library.resolve()):
        raise LibraryError(f"'{moment.path}' leads out of the library '{library}'.")
    try:
        with soundfile.SoundFile(source) as sound:
            first = max(0, round((moment.onset_us / 1e6 - around_s) * sound.samplerate))
            last = min(sound.frames, round((moment.offset_us / 1e6 + around_s) * sound.samplerate))
            sound.seek(min(first, sound.frames))
            samples = sound.read(max(0, last - first), dtype="float64", always_2d=True)
            rate, subtype = sound.samplerate, "PCM_24" if sound.subtype in _DEEP else "PCM_16"
    except (OSError, soundfile.LibsndfileError) as error:
        raise LibraryError(f"'{moment.path}' cannot be read in '{library}': {error}.") from error
    if not len(samples):
        raise LibraryError(
            f"'{moment.path}' ends before the moment at {moment.onset_us / 1e6:.2f} s: it changed since it was indexed."
        )
    with atomic_path(path) as partial:
        soundfile.write(partial, samples, rate, subtype=subtype, format="FLAC")
