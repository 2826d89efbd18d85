"""Posteriors of a library, recording by recording, in one file of bytes that is mapped and not read.

A search looks again at some hundred recordings of perhaps millions, so they must be found without reading the others:
``frames.parquet`` says where in ``frames.bin`` those of a recording begin, how many frames there are, and of which
labels. The bytes lie frame by frame, so that a part of a recording is one stretch of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import LibraryError
from earwitness.library.accounts import posteriors_in

__all__ = ["Frames", "write_frames"]

_Ints = npt.NDArray[np.int64]
_Probs = npt.NDArray[np.float32]


class _Place(NamedTuple):
    """Where the posteriors of a recording lie."""

    start: int
    n_frames: int
    framed: npt.NDArray[np.int16]


def write_frames(folder: Path, heard: Iterable[str], found: Sequence[str]) -> None:
    """Write the posteriors of a library's recordings.

    Parameters
    ----------
    folder
        Where the two files are written.
    heard
        The files of accounts, see ``store.Heard``.
    found
        The SHA-256 of each recording, by its number; several recordings may have one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    places: dict[str, _Place] = {}
    wanted, start = set(found), 0
    with (folder / "frames.bin").open("wb") as file:
        for path in heard:
            # A few rows at a time: those of long recordings are large.
            for batch in pq.ParquetFile(path).iter_batches(64, columns=["sha256", "framed", "frames"]):
                for row in zip(*(batch.column(name) for name in ("sha256", "framed", "frames")), strict=True):
                    digest, data = row[0].as_py(), row[2].as_buffer()
                    if digest not in wanted or digest in places:
                        continue
                    framed = np.array(row[1].as_py(), np.int16)
                    places[digest] = _Place(start, data.size // max(1, len(framed)), framed)
                    file.write(data)
                    start += data.size
    rows = [places[digest] for digest in found]
    pq.write_table(
        pa.table(
            {
                "recording": pa.array(np.arange(len(rows), dtype=np.int32)),
                "start": pa.array([place.start for place in rows], pa.int64()),
                "n_frames": pa.array([place.n_frames for place in rows], pa.int32()),
                "framed": pa.array([place.framed for place in rows], pa.list_(pa.int16())),
            }
        ),
        folder / "frames.parquet",
        compression="zstd",
    )


class Frames:
    """The posteriors of some recordings of a library.

    Parameters
    ----------
    folder
        That of the tables.
    rows
        Of each recording: its number, where it starts, its number of frames and its labels, as in ``frames.parquet``.

    Raises
    ------
    LibraryError
        When the file of bytes is missing, or shorter than the rows say.
    """

    def __init__(self, folder: Path, rows: Iterable[tuple[int, int, int, Sequence[int]]]) -> None:
        self._places = {
            recording: _Place(start, n_frames, np.array(framed, np.int16))
            for recording, start, n_frames, framed in rows
        }
        path = folder / "frames.bin"
        try:
            # An empty file cannot be mapped.
            size = path.stat().st_size
            # As a plain array: a thousand slices of a map cost more than what is in them.
            self._bytes = np.asarray(np.memmap(path, np.uint8, "r")) if size else np.zeros(0, np.uint8)
        except OSError as error:
            raise LibraryError(f"'{path}' cannot be read: {error.strerror or error}.") from error
        end = max((place.start + place.n_frames * len(place.framed) for place in self._places.values()), default=0)
        if end > size:
            raise LibraryError(f"'{path}' is damaged: expected {end:,} bytes or more; got {size:,}.")

    def of(self, recording: int, columns: Mapping[int, int], *, begin: int, out: _Probs) -> None:
        """Write the posteriors of a part of a recording where they are wanted.

        Parameters
        ----------
        recording
            Its number.
        columns
            The column in which each label is wanted.
        begin
            The first frame of the part.
        out
            Shape (n_frames, n_columns), zero: what is not kept stays so, and so does what lies behind the recording's
            end. The last column becomes the greatest posterior of all labels that are not wanted.
        """
        place = self._places[recording]
        n_kept, n = len(place.framed), min(place.n_frames - begin, len(out))
        if n <= 0 or not n_kept:
            return
        first = place.start + begin * n_kept
        kept = self._bytes[first : first + n * n_kept].reshape(n, n_kept)
        rest = []
        for at, label in enumerate(place.framed.tolist()):
            if label in columns:
                out[:n, columns[label]] = posteriors_in(kept[:, at])
            else:
                rest.append(at)
        if rest:
            out[:n, -1] = posteriors_in(kept[:, rest].max(axis=1))
