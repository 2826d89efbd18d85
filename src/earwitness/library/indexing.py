"""Making an index, and bringing it up to date: what is new is heard, what moved is known again, what is gone goes.

A file whose size and time of change are as they were is taken to be as it was. Any other is read for its SHA-256: where
that is known, nothing is heard. So a library that was moved or renamed costs a reading, and one that grew by a file
costs that file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from earwitness.errors import AudioError, BenchmarkError, LibraryError, ListenError
from earwitness.library.accounts import Account, account_of
from earwitness.library.moments import text_to_path
from earwitness.library.store import RULES, Heard, Index, index_there, make_tables, write_index, writing
from earwitness.library.walking import AudioPlace, Fault, walked
from earwitness.listen.fitted import save_evidence
from earwitness.listen.hearing import LibraryListener, each_asked
from earwitness.parallel import Progress, one_blas_thread, stage_of
from earwitness.records import sha256_of_file

__all__ = ["Done", "index_library"]

_KEPT_AT_ONCE, _KEPT_EVERY_S = 256, 10.0  # what a kill can lose at most


@dataclass(frozen=True)
class Done:
    """What was done to bring an index up to date."""

    index: Index
    """The index, with its new tables."""
    heard: int
    """How many recordings were listened to."""
    known: int
    """How many were known already, by place or by content."""
    gone: int
    """How many are no longer there."""
    faults: tuple[Fault, ...]
    """The files that are not in the index."""
    seconds: float
    """How long the recordings that were listened to are, together."""


def index_library(
    library: str | Path,
    out: str | Path,
    *,
    listener: LibraryListener,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Done:
    """Listen to the recordings of a folder, and keep what was heard so that it can be searched.

    Parameters
    ----------
    library
        The folder of the recordings; folders in it are walked as well.
    out
        The index's folder. One that is there is brought up to date.
    listener
        Who listens.
    jobs
        Threads that listen.
    progress
        Called with a stage, how much is done and how much there is; what is heard is counted in bytes of its files.

    Raises
    ------
    LibraryError
        When there is no such folder, it holds no recording while the index knows some, the index is another
        listener's or another library's, it is damaged, or somebody else writes to it. A recording that cannot be
        heard is no error: it is told of among the faults.
    OutputError
        When the index cannot be written.
    """
    library, out = Path(library), Path(out)
    if not library.is_dir():
        raise LibraryError(f"'{library}' is not a folder of recordings.")
    with writing(out):
        index = _begun(library, out, listener)
        save_evidence(out / RULES, presence=listener.presence, relations=listener.relations, boxes=listener.boxes)
        before = _listed(index)
        heard = Heard(out)
        known = heard.known()
        faults: list[Fault] = []
        places: list[AudioPlace] = []
        for each in walked(library):
            if isinstance(each, Fault):
                faults.append(each)
            else:
                places.append(each)
        if before and not places and not faults:
            raise LibraryError(
                f"'{library}' holds no recording, and '{out}' knows {len(before):,} of it: perhaps a drive is not "
                "mounted. Nothing was dropped; if they are gone for good, delete the index."
            )
        digests = _digests(library, places, before, faults, stage_of(progress, "reading"))
        new = {digest: place for place, digest in digests.items() if digest not in known}
        lengths, refused = _hear(library, new, heard, listener, jobs=jobs, progress=stage_of(progress, "hearing"))
        faults += [Fault(place.path, refused[digest]) for place, digest in digests.items() if digest in refused]
        found = [(place, digest) for place, digest in digests.items() if digest not in refused]
        heard.forget({digest for _, digest in found})
        made = make_tables(index, heard, found=found, faults=faults)
    paths = {place.path for place in places}
    return Done(
        made,
        heard=len(lengths),
        known=sum(digest in known for _, digest in found),
        gone=sum(path not in paths for path in before),
        faults=tuple(sorted(faults)),
        seconds=sum(lengths.values()) / 1e6,
    )


def _begun(library: Path, out: Path, listener: LibraryListener) -> Index:
    """Return the index that is there, if it is this listener's of this library, or begin one."""
    index = index_there(library, out)
    if index is None:
        phrases = dict(listener.phrases)
        index = Index(out, library.resolve(), listener.version, listener.labels, phrases, listener.hop_s, None)
        write_index(index)
        return index
    if index.by_people:
        raise LibraryError(
            f"'{out}' holds labels that people made, and nobody listened: give a listener another --out."
        )
    if index.listener != listener.version:
        raise LibraryError(
            f"'{out}' is another listener's (version {index.listener[:12]}; got {listener.version[:12]}): give "
            "this one another --out, or delete the index."
        )
    return index


def _listed(index: Index) -> dict[str, tuple[AudioPlace, str]]:
    """Return the recordings that the current tables hold, by path, and the SHA-256 of each."""
    import pyarrow.parquet as pq

    if index.tables is None:
        return {}
    table = pq.read_table(index.table("recordings"), columns=["path", "n_bytes", "modified_ns", "sha256"])
    return {row["path"]: (AudioPlace(row["path"], row["n_bytes"], row["modified_ns"]), row["sha256"])
            for row in table.to_pylist()}  # fmt: skip


def _digests(
    library: Path,
    places: Iterable[AudioPlace],
    before: Mapping[str, tuple[AudioPlace, str]],
    faults: list[Fault],
    progress: Callable[[int, int], None] | None,
) -> dict[AudioPlace, str]:
    """Return the SHA-256 of each recording; files that changed are read, those that cannot be read are faults."""
    digests = {place: before[place.path][1] for place in places if before.get(place.path, (None,))[0] == place}
    rest = [place for place in places if place not in digests]
    wanted, done = sum(place.n_bytes for place in rest), 0
    for place in rest:
        try:
            digests[place] = sha256_of_file(library / text_to_path(place.path))
        except BenchmarkError as error:
            faults.append(Fault(place.path, str(error)))
        done += place.n_bytes
        if progress is not None:
            progress(done, wanted)
    return digests


def _hear(
    library: Path,
    new: Mapping[str, AudioPlace],
    heard: Heard,
    listener: LibraryListener,
    *,
    jobs: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[dict[str, int], dict[str, str]]:
    """Hear what is new and keep it; return how long each recording is, in microseconds, or why it was refused."""
    wanted, done = sum(place.n_bytes for place in new.values()), 0
    lengths: dict[str, int] = {}
    refused: dict[str, str] = {}
    waiting: dict[str, Account] = {}
    kept_at = time.monotonic()

    def asked(mine: LibraryListener, item: tuple[str, AudioPlace]) -> Account | str:
        try:
            return account_of(mine, library / text_to_path(item[1].path))
        except (AudioError, ListenError) as error:
            return str(error)

    try:
        with one_blas_thread:
            for (digest, place), said in each_asked(listener, new.items(), asked, jobs=min(jobs, len(new))):
                if isinstance(said, str):
                    refused[digest] = said
                else:
                    waiting[digest], lengths[digest] = said, said.duration_us
                done += place.n_bytes
                if progress is not None:
                    progress(done, wanted)
                if len(waiting) >= _KEPT_AT_ONCE or time.monotonic() - kept_at >= _KEPT_EVERY_S:
                    _keep(heard, waiting)
                    kept_at = time.monotonic()
    finally:
        _keep(heard, waiting)  # also when somebody stops it
    return lengths, refused


def _keep(heard: Heard, waiting: dict[str, Account]) -> None:
    if waiting:
        heard.add(waiting)
        waiting.clear()
