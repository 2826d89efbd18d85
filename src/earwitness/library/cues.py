"""Cue markers in a copy of a WAV file: where moments begin, how long they are, and what is heard.

The copy has the chunks ``cue `` (where) and ``LIST adtl`` (``labl`` the name, ``ltxt`` the length, ``note`` the rest)
behind all chunks of the original, whose samples and other chunks stay as they are; its own cues come first.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from earwitness.errors import LibraryError, OutputError
from earwitness.records import atomic_path
from earwitness.sounds.labels import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cue", "check_wav", "write_cues"]

_US_PER_S = 1_000_000
_LARGEST = 0xFFFF_FFFF
_BLOCK = 1 << 20
_CUE_POINT = struct.Struct("<II4sIII")
_UTF8 = 65001  # the number of UTF-8 among Windows code pages
_OTHERS = {
    b"RF64": "RF64, which holds more than 4 GB",
    b"BW64": "BW64, which holds more than 4 GB",
    b"RIFX": "RIFX, a WAV with its bytes the other way round",
    b"riff": "W64, which holds more than 4 GB",
    b"FORM": "AIFF",
    b"fLaC": "FLAC",
    b"OggS": "Ogg",
}


class Cue(NamedTuple):
    """A marker with a length."""

    onset_us: int
    """Where it begins, in microseconds."""
    offset_us: int
    """Where it ends, in microseconds."""
    label: str
    """Its name."""
    note: str
    """What else there is to say."""


class _Chunk(NamedTuple):
    """A chunk of the file."""

    id: bytes
    start: int
    """Where its content begins."""
    size: int
    """Length of the content, without the byte that makes it even."""


def check_wav(path: Path) -> None:
    """Refuse a file that cannot be given cues.

    Raises
    ------
    LibraryError
        When it cannot be read, is no WAV file, is RF64 or W64, or ends before its header says.
    """
    with _opened(path) as file:
        _chunks(file, path)


def write_cues(source: Path, out: Path, cues: Sequence[Cue]) -> None:
    """Copy a WAV file and add cues to the copy.

    Parameters
    ----------
    source
        The recording.
    out
        The copy; replaced when it is there.
    cues
        In any order. What reaches beyond the end of the recording is cut there.

    Raises
    ------
    LibraryError
        When the file cannot be given cues, or a cue begins behind its end.
    OutputError
        When the copy would be the file itself, would have more than 4 GB, or cannot be written.
    """
    if out.exists() and os.path.samefile(source, out):
        raise OutputError(f"{str(out)!r} is the recording itself: cues go into a copy, so name another folder.")
    sample_rate, n_samples = _measured(source)
    with _opened(source) as file:
        chunks = _chunks(file, source)
        points, texts = _cues_of(file, chunks)
        kept = [chunk for chunk in chunks if chunk.id != b"cue " and not _is_adtl(file, chunk)]
        number = max((_CUE_POINT.unpack(point)[0] for point in points), default=0)
        for cue in sorted(cues):
            first = _sample(cue.onset_us, sample_rate)
            if first >= n_samples:
                raise LibraryError(
                    f"{str(source)!r} ends at {n_samples / sample_rate:.6f} s, before a moment of {cue.label!r} at "
                    f"{cue.onset_us / _US_PER_S:.6f} s: it is not the file that was indexed."
                )
            number += 1
            points.append(_CUE_POINT.pack(number, first, b"data", 0, 0, first))
            texts += _texts(cue, number, min(_sample(cue.offset_us, sample_rate), n_samples) - first)
        # Names first: libsndfile, and whoever is built on it, reads none behind the first length or note.
        texts.sort(key=lambda text: not text.startswith(b"labl"))
        added = _chunk(b"cue ", struct.pack("<I", len(points)) + b"".join(points))
        added += _chunk(b"LIST", b"adtl" + b"".join(texts)) if texts else b""
        size = 4 + sum(8 + chunk.size + chunk.size % 2 for chunk in kept) + len(added)
        if size > _LARGEST:
            raise OutputError(
                f"{str(out)!r} would have {size + 8:,} bytes with its cues; a WAV file holds 4 GB at most."
            )
        with atomic_path(out) as partial, partial.open("wb") as copy:
            copy.write(struct.pack("<4sI4s", b"RIFF", size, b"WAVE"))
            for chunk in kept:
                _copy(file, chunk, copy)
            copy.write(added)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path.exists() and not path.is_file():  # opening a pipe would wait for ever
        raise LibraryError(f"{str(path)!r} is not a file.")
    try:
        file = path.open("rb")
    except OSError as error:
        raise LibraryError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
    with file:
        yield file


def _measured(path: Path) -> tuple[int, int]:
    """Return samples a second, and samples."""
    import soundfile

    check_wav(path)
    try:
        about = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise LibraryError(f"{str(path)!r} cannot be decoded: {error.error_string}") from error
    return about.samplerate, about.frames


def _chunks(file: BinaryIO, path: Path) -> list[_Chunk]:
    length = os.fstat(file.fileno()).st_size
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        got = _OTHERS.get(head[:4], f"{head[:4]!r} at its start")
        raise LibraryError(f"{str(path)!r} cannot be given cues: expected a WAV file (RIFF) up to 4 GB; got {got}.")
    said = 8 + int.from_bytes(head[4:8], "little")
    # What stands behind the end that the header gives is no chunk; a header that was never finished says nothing.
    end = said if 12 < said <= length else length
    chunks: list[_Chunk] = []
    place = 12
    while place + 8 <= end:
        file.seek(place)
        header = file.read(8)
        chunk = _Chunk(header[:4], place + 8, int.from_bytes(header[4:], "little"))
        if chunk.start + chunk.size > length:
            missing = chunk.start + chunk.size - length
            raise LibraryError(
                f"{str(path)!r} cannot be given cues: it lacks {missing:,} bytes that its header promises."
            )
        chunks.append(chunk)
        place = chunk.start + chunk.size + chunk.size % 2
    if not any(chunk.id == b"data" for chunk in chunks):
        raise LibraryError(f"{str(path)!r} cannot be given cues: it has no chunk 'data'.")
    return chunks


def _content(file: BinaryIO, chunk: _Chunk) -> bytes:
    file.seek(chunk.start)
    return file.read(chunk.size)


def _is_adtl(file: BinaryIO, chunk: _Chunk) -> bool:
    file.seek(chunk.start)
    return chunk.id == b"LIST" and chunk.size >= 4 and file.read(4) == b"adtl"


def _cues_of(file: BinaryIO, chunks: Sequence[_Chunk]) -> tuple[list[bytes], list[bytes]]:
    """Return the cue points that are there, and what is said of them."""
    points: list[bytes] = []
    texts: list[bytes] = []
    for chunk in chunks:
        if chunk.id == b"cue ":
            content = _content(file, chunk)[4:]
            whole = len(content) // _CUE_POINT.size * _CUE_POINT.size
            points += [content[start : start + _CUE_POINT.size] for start in range(0, whole, _CUE_POINT.size)]
        elif _is_adtl(file, chunk):
            texts += _split(_content(file, chunk)[4:])
    return points, texts


def _split(content: bytes) -> list[bytes]:
    """Return the chunks inside a list, whole."""
    texts = []
    place = 0
    while place + 8 <= len(content):
        (size,) = struct.unpack_from("<I", content, place + 4)
        texts.append(_chunk(content[place : place + 4], content[place + 8 : place + 8 + size]))
        place += 8 + size + size % 2
    return texts


def _sample(time_us: int, sample_rate: int) -> int:
    return (time_us * sample_rate + _US_PER_S // 2) // _US_PER_S


def _texts(cue: Cue, number: int, n_samples: int) -> list[bytes]:
    length = struct.pack("<II4sHHHH", number, n_samples, b"rgn ", 0, 0, 0, _UTF8)
    named = [(b"labl", cue.label), (b"note", cue.note)]
    texts = [
        _chunk(id, struct.pack("<I", number) + one_line(text).encode() + b"\0") for id, text in named if one_line(text)
    ]
    return [*texts, _chunk(b"ltxt", length)]


def _chunk(id: bytes, content: bytes) -> bytes:
    return id + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _copy(file: BinaryIO, chunk: _Chunk, copy: BinaryIO) -> None:
    copy.write(struct.pack("<4sI", chunk.id, chunk.size))
    file.seek(chunk.start)
    left = chunk.size
    while left:
        block = file.read(min(left, _BLOCK))
        if not block:
            raise LibraryError("The recording became shorter while it was copied.")
        copy.write(block)
        left -= len(block)
    copy.write(b"\0" * (chunk.size % 2))
