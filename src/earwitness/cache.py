"""Arrays by key, kept in a folder from one process to the next: what was worked out once is not worked out again.

The cache is a folder of batches that are only ever added, each of them whole or not there at all. A file is named after
its own contents, so that damage is noticed::

    CACHE/<identity's SHA-256>/<file's own SHA-256>.npz   keys (n, 32) uint8, arrays (n, ..., d) float32
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.errors import OutputError, RunError
from earwitness.records import atomic_path, sha256_of_bytes

__all__ = ["ArrayCache", "Arrays", "key_of"]

Arrays = npt.NDArray[np.float32]

_KEY_BYTES = 32
# So much of what was read is held: what is asked for again and again is read once, and a great cache takes no memory.
_HELD_BYTES = 2**26


def key_of(*parts: str) -> bytes:
    """Return what an array is kept under: 32 bytes, others for other texts."""
    return hashlib.sha256(json.dumps(parts).encode()).digest()


@dataclass
class _Known:
    """What is known of one maker's arrays."""

    places: dict[bytes, tuple[Path, int]] = field(default_factory=dict)
    """In which file each lies, and in which row."""
    arrays: dict[bytes, Arrays] = field(default_factory=dict)
    """Those that are kept in memory."""
    length: int | None = None
    """How many numbers their last axis holds; None while there is none."""


class ArrayCache:
    """Arrays by key, those of each maker apart; one maker's arrays are alike in the length of their last axis.

    Several processes may add to one folder at a time; each finds what was there when it first asked.

    Parameters
    ----------
    folder
        Where it is; made when something is first kept. None keeps arrays in memory only.
    holds
        What the arrays are called in messages, for instance ``"embeddings"``.
    damaged
        Told of each damaged file, which is then deleted, so that what it held is made again. None raises instead.
    """

    def __init__(self, folder: Path | None, *, holds: str, damaged: Callable[[str], None] | None = None) -> None:
        self.folder = folder
        self._holds = holds
        self._damaged = damaged
        self._known: dict[str, _Known] = {}
        self._held: OrderedDict[Path, tuple[list[bytes], Arrays]] = OrderedDict()
        self._held_bytes = 0

    def length(self, identity: str) -> int | None:
        """Return how many numbers the last axis of a maker's arrays holds; None while there is none.

        Raises
        ------
        RunError
            When a file of the cache is damaged, naming it.
        """
        return self._of(identity).length

    def found(self, identity: str, keys: Iterable[bytes]) -> dict[bytes, Arrays]:
        """Return those arrays of a maker that are there, by key; not to be changed.

        Raises
        ------
        RunError
            When a file of the cache is damaged, naming it.
        """
        known = self._of(identity)
        there = dict.fromkeys(key for key in keys if key in known.arrays or key in known.places)
        found = {key: known.arrays[key] for key in there if key in known.arrays}
        for key in there:
            # Looked up one by one: a file that was damaged since is forgotten, and so is what it held.
            if key not in found and key in known.places:
                path, row = known.places[key]
                batch = self._batch(path)
                if batch is None:
                    known.places = {each: place for each, place in known.places.items() if place[0] != path}
                else:
                    found[key] = batch[1][row]
        return found

    def add(self, identity: str, keys: Sequence[bytes], *, arrays: Arrays) -> None:
        """Keep a batch: on disk, whole or not at all, before this returns.

        Parameters
        ----------
        identity
            Who made the arrays, and of what version.
        keys
            32 bytes each, all different and none of them known yet.
        arrays
            Shape (n, ..., d), one for each key.
        """
        known = self._of(identity)
        known.length = arrays.shape[-1]
        if self.folder is None:
            known.arrays.update(zip(keys, arrays, strict=True))
            return
        table = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY_BYTES)
        buffer = io.BytesIO()
        np.savez(buffer, keys=table, arrays=arrays)
        data = buffer.getvalue()
        path = _folder_of(identity, self.folder) / f"{sha256_of_bytes(data)}.npz"
        with atomic_path(path) as partial:
            partial.write_bytes(data)
        self._hold(path, list(keys), arrays)
        known.places.update({key: (path, row) for row, key in enumerate(keys)})

    def _of(self, identity: str) -> _Known:
        if identity not in self._known:
            self._known[identity] = self._listed(identity)
        return self._known[identity]

    def _listed(self, identity: str) -> _Known:
        """Read every file of a maker once, and remember where what lies."""
        known = _Known()
        if self.folder is None:
            return known
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputError(f"The cache of {self._holds} '{self.folder}' must be a folder; it is a file.")
        # Sorted: should two processes have made the same at once, every later one takes the same of the two.
        for path in sorted(_folder_of(identity, self.folder).glob("*.npz")):
            batch = self._batch(path)
            if batch is None:
                continue
            keys, arrays = batch
            if known.length not in (None, arrays.shape[-1]):
                how = f"its vectors hold {arrays.shape[-1]} numbers, others {known.length}"
                raise RunError(self._complaint(path, how))
            known.length = arrays.shape[-1]
            for row, key in enumerate(keys):
                known.places.setdefault(key, (path, row))
        return known

    def _batch(self, path: Path) -> tuple[list[bytes], Arrays] | None:
        """Return the keys and arrays of a file; None when it was damaged, and is deleted now."""
        if path in self._held:
            self._held.move_to_end(path)
            return self._held[path]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise RunError(f"Cannot read the file of {self._holds} '{path}': {error.strerror or error}.") from error
        # What has its own SHA-256 for a name is what was written, so nothing below can fail.
        if sha256_of_bytes(data) != path.stem:
            complaint = self._complaint(path, "its contents are not what its name says")
            if self._damaged is None:
                raise RunError(complaint)
            path.unlink(missing_ok=True)
            self._damaged(complaint)
            return None
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            batch = [key.tobytes() for key in archive["keys"]], archive["arrays"]
        self._hold(path, *batch)
        return batch

    def _hold(self, path: Path, keys: list[bytes], arrays: Arrays) -> None:
        """Hold what was read or written last; let go of what was asked for longest ago."""
        self._held[path] = keys, arrays
        self._held_bytes += arrays.nbytes
        while self._held_bytes > _HELD_BYTES:
            _, (_, gone) = self._held.popitem(last=False)
            self._held_bytes -= gone.nbytes

    def _complaint(self, path: Path, how: str) -> str:
        remedy = "Delete it; what it held is then" if self._damaged is None else "It is deleted, and what it held is"
        return f"The file of {self._holds} '{path}' is damaged: {how}. {remedy} made again."


def _folder_of(identity: str, folder: Path) -> Path:
    return folder / sha256_of_bytes(identity.encode())[:32]
