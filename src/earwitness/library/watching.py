"""Keeping an index up to date while its library changes.

The library is looked at again and again, by walking through it: that works on every system and on network folders, from
where no system is told of what others change. While nothing changed, a look is all it costs: nothing is read, and
nothing is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from earwitness.errors import LibraryError
from earwitness.library.indexing import Done, index_library
from earwitness.library.store import open_index
from earwitness.library.walking import AudioPlace, Fault, walked
from earwitness.listen.hearing import LibraryListener
from earwitness.parallel import Progress

__all__ = ["Waiting", "watch_library"]

_PATIENCE_S = 600.0  # what has been quiet this long is no longer held up by what is still being written
_RESTS = 19  # times as long as a look took, between two looks: they take a twentieth of the time,
_LONGEST_REST_S = 60.0  # or more, where a look takes seconds

_Places = dict[str, AudioPlace | Fault]


class Waiting(NamedTuple):
    """Why an index is not brought up to date for now; told once for each reason."""

    reason: str | None
    """What is expected, and what came; None when there is no such reason any more."""


def watch_library(
    library: str | Path,
    out: str | Path,
    *,
    listener: LibraryListener,
    jobs: int = 1,
    every_s: float = 2.0,
    quiet_s: float = 5.0,
    progress: Callable[[], AbstractContextManager[Progress | None]] = nullcontext,
) -> Iterator[Done | Waiting]:
    """Bring an index up to date, and again whenever the library changes; without end, until nobody asks on.

    A library that is not there, cannot be opened, or holds no recording at all while the index has some is taken for a
    drive that is not mounted: it is waited for, and nothing is dropped from the index. So is a folder in it that could
    be opened before.

    Parameters
    ----------
    library, out, listener, jobs
        As ``index_library`` takes them.
    every_s
        How long to wait between two looks at the library, in seconds; longer when a look takes long.
    quiet_s
        How long what changed must have stayed as it is, in seconds: a file that is being written or copied is not. Ten
        minutes after another change, the library is indexed all the same.
    progress
        Opened for each pass; gives what is told of its work.

    Yields
    ------
    Done or Waiting
        What each pass did, and what is waited for.

    Raises
    ------
    LibraryError
        As ``index_library``, at the first pass; later ones are tried again, and told of.
    OutputError
        When the index cannot be written.
    """
    library, out = Path(library), Path(out)
    n_known = _indexed(library, out)
    before: _Places | None = None
    changes = _Changes(quiet_s)
    told: str | None = None
    while True:
        began = time.monotonic()
        done = reason = None
        cost_s = 0.0
        try:
            now = _looked_at(library, before or {}, n_known)
            cost_s = time.monotonic() - began
            if before is None or changes.are_quiet(before, now):
                with progress() as each:
                    done = index_library(library, out, listener=listener, jobs=jobs, progress=each)
                n_known = sum(isinstance(each, AudioPlace) for each in now.values())
                _looked_at(library, now, n_known)  # if its drive went meanwhile, what could not be heard is new again
                before = now
        except LibraryError as error:
            if before is None and not isinstance(error, _NotThere):
                raise
            cost_s = time.monotonic() - began
            reason = str(error)
        if done is not None:
            yield done
        if reason != told and (reason is not None or done is None):
            yield Waiting(reason)
        told = reason
        time.sleep(max(every_s, min(_RESTS * cost_s, _LONGEST_REST_S)))


class _NotThere(LibraryError):
    """A library, or a part of it, that was there before and may come back."""


def _indexed(library: Path, out: Path) -> int:
    """Return how many recordings of a library an index holds; 0 when there is none yet."""
    import pyarrow.parquet as pq

    if not (out / "index.json").exists():
        return 0
    index = open_index(out)
    if index.tables is None or index.library != library.resolve():
        return 0
    return int(pq.read_metadata(index.table("recordings")).num_rows)


def _looked_at(library: Path, before: _Places, n_known: int) -> _Places:
    """Return what is in a library, by path.

    Raises
    ------
    LibraryError
        When there is no library, and none was known.
    _NotThere
        When something that was there before may come back.
    """
    try:
        now: _Places = {each.path: each for each in walked(library)}
    except LibraryError as error:
        if not n_known:
            raise
        raise _NotThere(f"{error} Waiting for it; its recordings stay in the index.") from error
    if n_known and not any(isinstance(each, AudioPlace) for each in now.values()):
        raise _NotThere(
            f"'{library}' holds no recording, and held {n_known:,}: expected its drive to be mounted. Waiting for it. "
            "If they were deleted, say so by 'earwitness index' without --watch."
        )
    faults = [each for each in now.values() if isinstance(each, Fault) and each != before.get(each.path)]
    folders = {str(above) for path in before for above in PurePosixPath(path).parents} if faults else set()
    for fault in faults:
        if fault.path in folders:
            raise _NotThere(
                f"'{library / fault.path}' {fault.reason}. Waiting for it; its recordings stay in the index."
            )
    return now


class _Changes:
    """Since when each change is as it is."""

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._since: dict[tuple[str, AudioPlace | Fault | None], float] = {}

    def are_quiet(self, before: _Places, now: _Places) -> bool:
        """Return whether something changed, and it is time to index it."""
        if before == now:
            self._since = {}
            return False
        at = time.monotonic()
        # A recording that is no longer there is a change too: it may be on its way from one folder to another.
        changed = {(path, now.get(path)) for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
        self._since = {change: self._since.get(change, at) for change in changed}
        waits = [at - since for since in self._since.values()]
        return min(waits) >= self._quiet_s or max(waits) >= _PATIENCE_S
