"""The recordings of items: where they lie, and whether each can be decoded to its end, before anyone is asked.

An item names its recording by a path below the folder of the items' file, and nothing outside that folder is ever
opened. A recording that cannot be used makes the rows of its items errors, and no others.
"""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import AudioError, BenchmarkError
from earwitness.mmar.items import Item, Items
from earwitness.parallel import Progress
from earwitness.records import sha256_of_file
from earwitness.sounds.audio import stream_audio

__all__ = ["FAULTS", "FLAGS", "HIGHEST_RATE", "LONG_S", "SHORT_S", "Checked", "check_recordings", "sound_path"]

FAULTS = (
    *("no path", "outside", "missing", "not readable"),
    *("not decodable", "truncated", "empty", "not finite"),
)
"""Why a recording cannot be used: its item names none; it lies outside the folder; it is not there; it is a folder, or
may not be read; it is no audio; it ends before its header says; it has no samples; it holds NaN or infinity."""
FLAGS = ("stereo", "long", "short", "silent", "clipped")
"""What is worth knowing of a recording that can be used: it has several channels; it is longer than ``LONG_S``, or
shorter than ``SHORT_S``; all its samples are zero; it stays at full scale for a while, many times."""
LONG_S = 30.0
"""Many models hear no more than so many seconds."""
SHORT_S = 0.1
"""Many models hear nothing in fewer seconds."""

HIGHEST_RATE = 1_000_000
"""A header that says more samples a second is damaged."""

_FULL_SCALE = 32767 / 32768
_CLIPPED = 10  # pairs of neighbours at full scale: a loud peak is one sample, one that was cut off is several


@dataclass(frozen=True)
class Checked:
    """What was found of the recording of one item."""

    id: str
    """Of the item."""
    path: str
    """As the item names it."""
    sha256: str = ""
    """Of the file's bytes; empty when it cannot be read."""
    n_bytes: int = 0
    """The size of the file."""
    channels: int = 0
    """How many it has; 0 when that is not known."""
    sample_rate: int = 0
    """Samples a second; 0 when that is not known."""
    seconds: float = 0.0
    """How long it is, by the samples that were decoded."""
    fault: str = ""
    """Why it cannot be used, one of ``FAULTS``; empty when it can."""
    detail: str = ""
    """The fault in full."""
    flags: tuple[str, ...] = ()
    """What is worth knowing of it, of ``FLAGS``."""


class _Heard(NamedTuple):
    """What was decoded."""

    channels: int
    sample_rate: int
    seconds: float
    silent: bool
    clipped: bool


def sound_path(items: Items, item: Item) -> Path:
    """Return where an item's recording lies, with links followed; whether it is there is not asked.

    Parameters
    ----------
    items
        Below whose folder it must lie.
    item
        Whose recording.

    Raises
    ------
    BenchmarkError
        When the item names none, or one outside the folder: by ``..``, from the root, of another drive, or by a link.
    """
    name = item.audio_path
    where = f"'{items.path}', item {item.id!r}"
    if not name:
        raise BenchmarkError(f"{where} names no recording.")
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or parts[0][1:2] == ":" or ".." in parts:
        raise BenchmarkError(f"{where}: expected a recording below '{items.folder}'; got {name!r}.")
    try:
        path = (items.root / name).resolve()
        inside = path.is_relative_to(items.root)
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # a circle of links; a name too long, with a zero byte, or not Unicode
        raise BenchmarkError(f"{where}: {name!r} is no path: {error}.") from error
    if not inside:
        raise BenchmarkError(f"{where}: expected a recording below '{items.folder}'; {name!r} leads to '{path}'.")
    return path


def check_recordings(items: Items, *, jobs: int = 1, progress: Progress | None = None) -> tuple[Checked, ...]:
    """Decode the recording of each item to its end, in memory that does not grow with its length.

    Parameters
    ----------
    items
        Whose recordings. What several items name is decoded once.
    jobs
        How many threads; the result does not depend on it.
    progress
        Told how many recordings are done.

    Returns
    -------
    tuple of Checked
        One for each item, in their order; none is left out.
    """
    names = list(dict.fromkeys(item.audio_path for item in items))
    first = {item.audio_path: item for item in reversed(items.rows)}
    lock = threading.Lock()
    done = 0

    def check(name: str) -> Checked:
        nonlocal done
        checked = _checked(items, first[name])
        with lock:
            done += 1
            if progress is not None:
                progress("recordings", done, len(names))
        return checked

    pool = ThreadPoolExecutor(jobs)
    try:
        by_name = dict(zip(names, pool.map(check, names), strict=True))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # a Ctrl-C waits for one recording, not for all
    return tuple(replace(by_name[item.audio_path], id=item.id) for item in items)


def _checked(items: Items, item: Item) -> Checked:
    """Return what there is to know of one recording."""
    about = Checked(item.id, item.audio_path)
    try:
        path = sound_path(items, item)
    except BenchmarkError as error:
        return replace(about, fault="outside" if item.audio_path else "no path", detail=str(error))
    try:
        if not path.exists():
            raise AudioError("missing", f"'{path}' is not there")
        # What is damaged has a checksum all the same, so that it can be told which damaged file it was.
        about = replace(about, **_file(path)) if path.is_file() else about
        heard = _heard(path)
    except AudioError as error:
        return replace(about, fault=error.reason, detail=error.detail)
    except (BenchmarkError, OSError) as error:
        return replace(about, fault="not readable", detail=f"'{path}': {error}")
    found = {
        "stereo": heard.channels > 1,
        "long": heard.seconds > LONG_S,
        "short": heard.seconds < SHORT_S,
        "silent": heard.silent,
        "clipped": heard.clipped,
    }
    flags = tuple(flag for flag in FLAGS if found[flag])
    return replace(about, channels=heard.channels, sample_rate=heard.sample_rate, seconds=heard.seconds, flags=flags)


def _file(path: Path) -> dict[str, Any]:
    return {"sha256": sha256_of_file(path), "n_bytes": path.stat().st_size}


def _heard(path: Path) -> _Heard:
    """Decode all of a file, block after block."""
    frames = channels = at_full_scale = 0
    silent = True
    with stream_audio(path) as audio:
        if audio.sample_rate > HIGHEST_RATE:
            raise AudioError("not decodable", f"'{path}' says that it has {audio.sample_rate:,} samples a second")
        for block in audio.blocks:
            # Two quick passes say all of most recordings: NaN and infinity come through both.
            low, high = float(block.min(initial=0.0)), float(block.max(initial=0.0))
            if not math.isfinite(high - low):
                raise AudioError(
                    "not finite", f"'{path}' holds NaN or infinity, after {frames / audio.sample_rate:.3f} s"
                )
            frames, channels = frames + len(block), block.shape[1]
            silent = silent and low == high == 0
            if max(-low, high) >= _FULL_SCALE:
                at_full_scale += _pairs(block)
    if not frames:
        raise AudioError("empty", f"'{path}' holds no samples")
    return _Heard(channels, audio.sample_rate, frames / audio.sample_rate, silent, at_full_scale >= _CLIPPED)


def _pairs(block: npt.NDArray[np.float32]) -> int:
    """Return how many neighbours in time are both at full scale, over all channels."""
    full = np.abs(block) >= _FULL_SCALE
    return int(np.count_nonzero(full[1:] & full[:-1]))
