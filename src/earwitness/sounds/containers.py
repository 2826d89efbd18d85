"""Sound in containers that libsndfile does not open (MP4, Matroska, ADTS ...), decoded by PyAV when it is installed.

Of a file with several streams the first one of sound is decoded, those of pictures are not even read. FFmpeg tells what
a file is by its content, and some of what it knows are lists that name other files; so it is told the few formats that
are meant here.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import AudioError, MissingExtra, import_extra

if TYPE_CHECKING:
    import av

__all__ = ["CONTAINERS", "Track", "in_container", "lacking_for_containers", "open_track"]

CONTAINERS = frozenset(
    (
        *(".3g2", ".3gp", ".aac", ".ac3", ".amr", ".ape", ".asf", ".avi", ".awb", ".caf", ".eac3", ".flv", ".m2ts"),
        *(".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp4", ".mpeg", ".mpg", ".mts", ".tta", ".webm"),
        *(".wma", ".wmv", ".wv"),
    )
)
"""Files whose names end so, in small or capital letters, are opened by PyAV."""

# Whose headers say how long they are; of the others FFmpeg guesses it from the size.
_TELLING = frozenset(("ape", "asf", "avi", "caf", "flv", "matroska", "mov", "tta", "wv"))
_COUNTING = frozenset(("ape", "tta", "wv"))  # of them, those that count every sample
_OPENED = _TELLING | frozenset(("aac", "ac3", "amr", "amrnb", "amrwb", "eac3", "mp3", "mpeg", "mpegts"))
_SHORTEST_S = 0.001  # times are fractions of a stream's own unit
_BLOCK_FRAMES = 2**18
_INSTALL = "pip install 'earwitness[containers]'"

_Block = npt.NDArray[np.float32]


class Track(NamedTuple):
    """The sound of a container that is being decoded."""

    sample_rate: int
    """Samples a second, as they are decoded; headers may say half of it."""
    duration_s: float | None
    """How long it is, as its header says; None when that is not known."""
    blocks: Iterator[_Block]
    """Its samples, block after block, each of shape (n, channels), full scale at 1."""


def in_container(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is one for PyAV, by its name."""
    # A text at the name's end, and not Path.suffix, so that names which are not Unicode need no care.
    return os.path.splitext(os.fspath(path))[1].lower() in CONTAINERS


def lacking_for_containers() -> str | None:
    """Return what to install before containers can be opened; None when nothing is lacking."""
    if importlib.util.find_spec("av") is not None:
        return None
    return f"needs the package 'av': {_INSTALL}"


@contextmanager
def open_track(path: str | os.PathLike[str], where: str, *, missing: int) -> Iterator[Track]:
    """Open the first stream of sound in a file, to be decoded while this context lasts.

    Parameters
    ----------
    path
        The file.
    where
        How errors name it.
    missing
        By how many bytes it is shorter than it says.

    Raises
    ------
    AudioError
        ``"not readable"``, ``"not decodable"`` (also when PyAV is not installed), ``"truncated"`` or ``"empty"``.
    """
    try:
        av = import_extra("av", extra="containers", feature="Sound in a container")
    except MissingExtra as error:
        raise AudioError("not decodable", f"{where}: {error}") from error
    told = _Told(where, missing)
    # Tags need not be Unicode; from version 19 on PyAV takes them as they are.
    lenient = {} if int(av.__version__.partition(".")[0]) >= 19 else {"metadata_errors": "ignore"}
    try:
        # With the protocol in front, no name is taken for an address.
        container = av.open(
            f"file:{os.path.abspath(path)}", options={"format_whitelist": ",".join(sorted(_OPENED))}, **lenient
        )
    except av.error.FFmpegError as error:
        raise told.error(error) from error
    with container:
        sound = container.streams.audio[0] if container.streams.audio else None
        if sound is None:
            raise AudioError("truncated" if missing else "empty", f"{where} holds no stream of sound")
        if sound.codec_context is None:  # decoding such a one has crashed PyAV
            raise AudioError("truncated" if missing else "not decodable", f"{where}: its sound is of an unknown kind")
        for stream in container.streams:
            if stream is not sound:
                stream.discard = av.stream.Discard.all
        duration_s = _duration_s(container, sound)
        if container.format.name in _COUNTING:
            told = told._replace(expected_s=duration_s)
        frames = _frames(container, sound, told)
        first = next(frames, None)
        if first is None:
            raise AudioError("empty", f"{where} holds no samples")
        yield Track(first.sample_rate, duration_s, _blocks(first, frames))


class _Told(NamedTuple):
    """What errors about a file say."""

    where: str
    missing: int
    expected_s: float | None = None

    def error(self, error: av.error.FFmpegError, *, until_s: float = 0.0) -> AudioError:
        """Return what to raise for an error of FFmpeg's."""
        if self.is_short(until_s):
            return self.short(until_s)
        if isinstance(error, FileNotFoundError | PermissionError):
            return AudioError("not readable", f"{self.where}: {error.strerror}")
        beyond = f" cannot be decoded beyond {until_s:.3f} s" if until_s else ""
        return AudioError("not decodable", f"{self.where}{beyond}: {error.strerror}")

    def is_short(self, until_s: float) -> bool:
        """Return whether there is less than its header promises."""
        return bool(self.missing) or (self.expected_s is not None and until_s < self.expected_s - _SHORTEST_S)

    def short(self, until_s: float) -> AudioError:
        """Return what to raise when there is less."""
        if self.missing:
            return AudioError("truncated", f"{self.where} lacks {self.missing} bytes that its header promises")
        return AudioError("truncated", f"{self.where} ends at {until_s:.3f} of the {self.expected_s:.3f} s it promises")


def _duration_s(container: av.container.InputContainer, sound: av.AudioStream) -> float | None:
    if container.format.name.partition(",")[0] not in _TELLING:
        return None
    if sound.duration and sound.time_base:
        return float(sound.duration * sound.time_base)
    return container.duration / 1e6 if container.duration else None


def _frames(container: av.container.InputContainer, sound: av.AudioStream, told: _Told) -> Iterator[av.AudioFrame]:
    """Yield what is decoded, as long as it is all of one kind."""
    import av

    kind: tuple[int, int] | None = None
    n_read, until_s = 0, 0.0
    frames = container.decode(sound)
    while True:
        try:
            frame = next(frames, None)
        except av.error.FFmpegError as error:
            raise told.error(error, until_s=until_s) from error
        except IndexError:  # PyAV flushes streams that began inside the file; ours is before them, so it is at its end
            frame = None
        if frame is None:
            break
        if not frame.samples:
            continue
        now = (frame.sample_rate, len(frame.layout.channels))
        if kind is not None and now != kind:
            change = f"from {kind[0]} Hz and {kind[1]} channels to {now[0]} and {now[1]}"
            raise AudioError("not decodable", f"{told.where} changes {change} at {until_s:.3f} s")
        kind = now
        n_read += frame.samples
        until_s = n_read / frame.sample_rate
        yield frame
    if told.is_short(until_s):
        raise told.short(until_s)


def _blocks(first: av.AudioFrame, rest: Iterator[av.AudioFrame]) -> Iterator[_Block]:
    """Gather frames, which are a fiftieth of a second long, into blocks."""
    waiting, n_waiting = [_samples(first)], first.samples
    for frame in rest:
        waiting.append(_samples(frame))
        n_waiting += frame.samples
        if n_waiting >= _BLOCK_FRAMES:
            yield np.concatenate(waiting)
            waiting, n_waiting = [], 0
    if waiting:
        yield np.concatenate(waiting)


def _samples(frame: av.AudioFrame) -> _Block:
    """Return a frame's samples, shape (n, channels), full scale at 1."""
    values = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(frame.samples, -1)
    if values.dtype.kind == "f":
        return np.asarray(values, dtype=np.float32)
    if values.dtype == np.uint8:
        return (values.astype(np.float32) - np.float32(128)) / np.float32(128)
    return np.asarray(values / 2.0 ** (8 * values.dtype.itemsize - 1), dtype=np.float32)
