"""Unpacking an archive of recordings: only files that are wanted, each to its place, and nothing else on the disk."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from earwitness.errors import BenchmarkError, OutputError
from earwitness.records import atomic_path

__all__ = ["MOST_BYTES", "unpack"]

MOST_BYTES = 2**35
"""An archive that unpacks to more is refused: the recordings of MMAR are some gigabytes."""

_BLOCK = 2**20
_DAMAGED = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError)

_Told = Callable[[int, int], None]


def unpack(
    archive: Path, places: Mapping[str, Path], *, most_bytes: int = MOST_BYTES, progress: _Told | None = None
) -> frozenset[str]:
    """Unpack the files of a ``.tar.gz`` that are wanted; each appears under its name only when it is whole.

    A file is known by the last part of its path, for it is not certain in which folders an archive holds its files.
    Nothing in the archive says where on the disk anything goes.

    Parameters
    ----------
    archive
        The file.
    places
        Where each wanted file goes, by the last part of its path. What else there is stays packed.
    most_bytes
        Of all that is packed, unpacked.
    progress
        _Told how many of the archive's bytes are done, and how many there are.

    Returns
    -------
    frozenset of str
        Which of the wanted files there were.

    Raises
    ------
    BenchmarkError
        When it is damaged or ends too early, leads out of its folder, holds links or devices, a wanted file twice, or
        more bytes than it may.
    OutputError
        When a file cannot be written.
    """
    for folder in {place.parent for place in places.values()}:
        for left in folder.glob(".*.partial"):  # of one that was killed
            left.unlink()
    found: set[str] = set()
    try:
        size = archive.stat().st_size
        with archive.open("rb") as raw, gzip.open(raw) as data, tarfile.open(fileobj=data, mode="r|") as tar:
            unpacked = 0
            for member in tar:
                unpacked += member.size
                name = _checked(member, archive, too_many=unpacked > most_bytes)
                if member.isreg() and name in places:
                    if name in found:
                        raise BenchmarkError(f"'{archive}' holds {name!r} twice.")
                    _write(tar.extractfile(member), places[name])
                    found.add(name)
                if progress is not None:
                    progress(raw.tell(), size)
            _read_out(data, archive, most_bytes=most_bytes)
    except _DAMAGED as error:
        raise BenchmarkError(
            f"'{archive}' is damaged, or not all there: {str(error) or type(error).__name__}."
        ) from error
    except OSError as error:
        raise OutputError(f"Cannot unpack '{archive}': {error.strerror or error}.") from error
    return frozenset(found)


def _checked(member: tarfile.TarInfo, archive: Path, *, too_many: bool) -> str:
    """Return the last part of a member's path; refuse what no archive of recordings holds."""
    path = PurePosixPath(member.name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0][1:2] == ":"):
        raise BenchmarkError(
            f"'{archive}' holds {member.name!r}, which leads out of its folder; nothing of it is used."
        )
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise BenchmarkError(f"'{archive}' holds {member.name!r}, which is no plain file: a link, or a device.")
    if too_many:
        raise BenchmarkError(f"'{archive}' unpacks to more than is allowed; it is no archive of recordings.")
    return path.name


def _write(data: IO[bytes] | None, place: Path) -> None:
    assert data is not None  # of a regular file there is always some
    with atomic_path(place) as partial, partial.open("wb") as file:
        shutil.copyfileobj(data, file, _BLOCK)


def _read_out(data: gzip.GzipFile, archive: Path, *, most_bytes: int) -> None:
    """Read to the end of the packed stream: its checksum stands there."""
    left = most_bytes
    while block := data.read(_BLOCK):
        left -= len(block)
        if left < 0:
            raise BenchmarkError(f"'{archive}' goes on behind its last file.")
