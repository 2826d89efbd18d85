"""The audio files of a library: folders walked once each, in an order that is always the same."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from earwitness.errors import LibraryError
from earwitness.library.moments import path_to_text
from earwitness.sounds.containers import in_container, lacking_for_containers

__all__ = ["SUFFIXES", "AudioPlace", "Fault", "walked"]

SUFFIXES = frozenset(
    (".aif", ".aifc", ".aiff", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".rf64", ".w64", ".wav", ".wave")
)
"""Files whose names end so, in small or capital letters, are taken for recordings; and those in containers."""


class AudioPlace(NamedTuple):
    """A file that is taken for a recording."""

    path: str
    """From the library's folder, parts joined by ``/``, as a text of ``moments.path_to_text``."""
    n_bytes: int
    """Its size."""
    modified_ns: int
    """When it was last written to."""


class Fault(NamedTuple):
    """A file that is not in the index, and why."""

    path: str
    """From the library's folder, as a text of ``moments.path_to_text``."""
    reason: str
    """What was expected, and what came."""


def walked(library: Path) -> Iterator[AudioPlace | Fault]:
    """Yield the audio files of a folder and of all folders in it, in alphabetical order.

    Links are followed; a folder that is reached a second time, as in a loop of links, is passed over. Names that begin
    with a dot are passed over: they are other programs' own. Containers that need PyAV are faults where it is missing:
    gigabytes of film need not be read to be told that.

    Parameters
    ----------
    library
        The folder.

    Raises
    ------
    LibraryError
        When there is no such folder, or it cannot be opened: no recording of it is known to be gone.
    """
    if not os.path.isdir(library):  # and not Path.is_dir, which passes on the error of a network that is gone
        raise LibraryError(f"'{library}' is not a folder of recordings.")
    yield from _inside(library, "", seen=set(), lacking=lacking_for_containers())


def _inside(
    folder: Path, above: str, *, seen: set[tuple[int, int]], lacking: str | None
) -> Iterator[AudioPlace | Fault]:
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        if not above:
            raise LibraryError(f"'{folder}' cannot be opened: {error.strerror or error}.") from error
        yield Fault(path_to_text(above.removesuffix("/")), f"cannot be opened: {error.strerror or error}")
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = f"{above}{entry.name}"
        if _is_folder(entry):
            yield from _inside(folder / entry.name, f"{path}/", seen=seen, lacking=lacking)
        elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:
            yield _place(entry, path)
        elif in_container(entry.name):
            yield _place(entry, path) if lacking is None else Fault(path_to_text(path), lacking)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself; what has a recording's name is told of when it is opened
        return False


def _place(entry: os.DirEntry[str], path: str) -> AudioPlace | Fault:
    text = path_to_text(path)
    try:
        status = entry.stat()
    except OSError as error:  # a link that leads nowhere, or a file that has just gone
        return Fault(text, f"cannot be opened: {error.strerror or error}")
    if not stat.S_ISREG(status.st_mode):
        return Fault(text, "is not a file")
    return AudioPlace(text, status.st_size, status.st_mtime_ns)
