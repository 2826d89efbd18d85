"""Whether a file is as long as it says: by its chunks or pages, before anything is decoded."""

from __future__ import annotations

import os
from typing import BinaryIO

__all__ = ["missing_bytes"]

_MOST_CHUNKS = 4_096
_UNKNOWN_SIZE = 0x7FFF_0000  # writers that cannot seek back leave a length of this or more, or none at all


def missing_bytes(file: BinaryIO, n_bytes: int) -> int:
    """Return by how many bytes a WAV, AIFF or Ogg file is shorter than it says; leave the file at its start.

    libsndfile plays such files to where they end and says nothing. FLAC needs no look: its header counts samples.
    """
    head = file.read(12)
    end = 0
    if head[:4] in (b"RIFF", b"RIFX") and head[8:] == b"WAVE":
        end = _chunk_end(file, b"data", order="little" if head[:4] == b"RIFF" else "big")
    elif head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        end = _chunk_end(file, b"SSND", order="big")
    elif head[:4] == b"OggS":
        end = _last_page_end(file, n_bytes)
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
