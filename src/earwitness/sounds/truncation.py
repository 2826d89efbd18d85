"""Whether a file is as long as it says: by its chunks, boxes or pages, before anything is decoded."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO

__all__ = ["missing_bytes"]

_MOST_CHUNKS = 4_096
_UNKNOWN_SIZE = 0x7FFF_0000  # writers that cannot seek back leave a length of this or more, or none at all
_MOST_BOXES = 65_536  # a film for streaming is in boxes of a second or two, and each box is a read
_MP4_BOXES = frozenset(b"ftyp styp pdin moov moof mfra mdat free skip wide meta uuid sidx".split())
_ASF_OBJECT = bytes.fromhex("b2758e66cf11a6d900aa0062ce6c")  # the end of the names of its header and its data
_SEGMENT = bytes.fromhex("18538067")  # the element of Matroska that holds all others


def missing_bytes(file: BinaryIO, n_bytes: int) -> int:
    """Return by how many bytes a file is shorter than it says; leave the file at its start.

    WAV, AIFF, Ogg, MP4, Matroska, ASF, AVI and CAF say it. libsndfile and FFmpeg play such files to where they end and
    say nothing. FLAC needs no look: its header counts samples.
    """
    head = file.read(12)
    end = 0
    if head[:4] in (b"RIFF", b"RIFX") and head[8:] == b"WAVE":
        end = _chunk_end(file, b"data", order="little" if head[:4] == b"RIFF" else "big")
    elif head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        end = _chunk_end(file, b"SSND", order="big")
    elif head[:4] == b"OggS":
        end = _last_page_end(file, n_bytes)
    elif head[:4] == b"RIFF" and head[8:] == b"AVI ":
        size = int.from_bytes(head[4:8], "little")
        end = 0 if size >= _UNKNOWN_SIZE else 8 + size
    elif head[4:8] in _MP4_BOXES:
        end = _last_box_end(file, n_bytes, start=0, size_of=_mp4_size)
    elif head[2:] == _ASF_OBJECT[:10]:
        end = _last_box_end(file, n_bytes, start=0, size_of=_asf_size)
    elif head[:4] == b"caff":
        end = _last_box_end(file, n_bytes, start=8, size_of=_caf_size)
    elif head[:4] == b"\x1a\x45\xdf\xa3":
        end = _segment_end(file)
    file.seek(0)
    return max(0, end - n_bytes)


def _chunk_end(file: BinaryIO, wanted: bytes, *, order: str) -> int:
    # Gigabytes of zeros are empty chunks, one behind the other: who has that many has no sound behind them.
    for _ in range(_MOST_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            break
        size = int.from_bytes(header[4:], "big" if order == "big" else "little")
        if header[:4] == wanted:
            return 0 if size >= _UNKNOWN_SIZE else file.tell() + size
        file.seek(size + size % 2, os.SEEK_CUR)
    return 0


def _last_box_end(file: BinaryIO, n_bytes: int, *, start: int, size_of: Callable[[bytes], int]) -> int:
    """Return where the last of the outermost boxes should end; 0 where it does not say, or is no box."""
    at = start
    for _ in range(_MOST_BOXES):
        if at >= n_bytes:
            return at
        file.seek(at)
        size = size_of(file.read(24))
        if size <= 0:
            return 0
        at += size
    return 0


def _mp4_size(header: bytes) -> int:
    # What else stands behind the last box is some camera's own, and says nothing about the sound.
    if header[4:8] not in _MP4_BOXES:
        return 0
    size = int.from_bytes(header[:4], "big")  # 0: to the end; 1: too long for 32 bits
    return int.from_bytes(header[8:16], "big") if size == 1 else size


def _asf_size(header: bytes) -> int:
    return int.from_bytes(header[16:24], "little") if header[2:16] == _ASF_OBJECT else 0


def _caf_size(header: bytes) -> int:
    size = int.from_bytes(header[4:12], "big", signed=True)
    return 12 + size if size >= 0 and header[:4].isalnum() else 0  # -1 while it is recorded


def _segment_end(file: BinaryIO) -> int:
    """Return where the segment of a Matroska file should end; 0 where that is not known, as in a live recording."""
    file.seek(0)
    head = file.read(4096)
    at = head.find(_SEGMENT)
    at += len(_SEGMENT)
    if at < len(_SEGMENT) or len(head) < at + 8 or not head[at]:
        return 0
    width = 9 - head[at].bit_length()  # as many bytes as there are zeros before the first one, and one more
    size = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
    return 0 if size == (1 << 7 * width) - 1 else at + width + size


def _last_page_end(file: BinaryIO, n_bytes: int) -> int:
    start = max(0, n_bytes - 2**16)  # an Ogg page is shorter than this
    file.seek(start)
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0:
        return 0
    n_segments = tail[page + 26] if len(tail) > page + 26 else 0
    lacing = tail[page + 27 : page + 27 + n_segments]
    # Lacing values that are themselves cut off count as one byte each: enough to know that something is missing.
    return start + page + 27 + n_segments + sum(lacing) + (n_segments - len(lacing))
