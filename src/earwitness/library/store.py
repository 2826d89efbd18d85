"""The folder of an index: what was heard, by content, and the tables that are searched, by name.

::

    INDEX/
      index.json             format, library, listener and its labels, which tables are current
      evidence.npz           how the listener judges its posteriors; not where people listened
      heard/N.parquet        what was heard in some recordings, by the SHA-256 of their bytes: only ever added
      tables/N/
        recordings.parquet   recording, path, sha256, n_bytes, modified_ns, duration_us, sample_rate
        events.parquet       label, recording, onset_us, offset_us, confidence; sorted by the first three
        presence.parquet     label, recording, probability; sorted likewise
        labels.parquet       label, phrase, n_events
        frames.parquet       recording, start, n_frames, framed: where its posteriors lie in
        frames.bin           posteriors, a byte each
        faults.parquet       path, reason
      lock                   held by whoever writes

Files under ``heard`` are whole or not there, so a kill loses only what was heard since the last of them. Tables are
made anew, whole, and become current when ``index.json`` names them, so a search sees the old ones or the new.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import numpy as np

from earwitness import __version__
from earwitness.errors import BenchmarkError, LibraryError, ListenError, OutputError
from earwitness.library.accounts import Account
from earwitness.library.frames import write_frames
from earwitness.library.quoting import quoted_text
from earwitness.library.walking import AudioPlace, Fault
from earwitness.listen.evidence import PresenceModel
from earwitness.listen.fitted import load_evidence
from earwitness.listen.relations import RelationModel
from earwitness.records import atomic_path, read_json, write_json

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = [
    "PEOPLE",
    "RULES",
    "Heard",
    "Index",
    "index_there",
    "make_tables",
    "open_index",
    "read_rules",
    "write_index",
    "writing",
]

PEOPLE = "labels"
"""What stands for the listener where there was none."""
RULES = "evidence.npz"
"""The file that says how a listener judges its posteriors."""

_FORMAT = 2
_LEAST_PRESENCE = 0.05  # presences below are not in the table: they would be most of it


@dataclass(frozen=True)
class Index:
    """An index, and whose ears it was made with."""

    folder: Path
    """Where it is."""
    library: Path
    """The folder of the recordings."""
    listener: str
    """The version of the listener; ``PEOPLE`` where people listened."""
    labels: tuple[str, ...]
    """What it can hear."""
    phrases: Mapping[str, str]
    """How each label is said."""
    hop_s: float
    """The time from one frame of posteriors to the next, in seconds; 0 where there are none."""
    tables: int | None
    """The number of the tables that are current; None while there are none."""

    @property
    def by_people(self) -> bool:
        """Whether people listened and no model."""
        return self.listener == PEOPLE

    def table(self, name: str) -> Path:
        """Return the file of a current table.

        Raises
        ------
        LibraryError
            When there are no tables yet.
        """
        if self.tables is None:
            raise LibraryError(f"'{self.folder}' is unfinished: finish it with the same 'earwitness index'.")
        return self.folder / "tables" / str(self.tables) / f"{name}.parquet"


def open_index(folder: str | Path) -> Index:
    """Read what an index says of itself.

    Raises
    ------
    LibraryError
        When the folder is no index, is damaged, or of another format.
    """
    folder = Path(folder)
    path = folder / "index.json"
    if not path.is_file():
        raise LibraryError(f"'{folder}' is not an index: it has no index.json. 'earwitness index' makes one.")
    try:
        told = read_json(path)
    except BenchmarkError as error:
        raise LibraryError(f"'{folder}' is damaged: {error}") from error
    if told.get("format") != _FORMAT:
        raise LibraryError(f"'{folder}' has the format {told.get('format')!r}; this version reads {_FORMAT}.")
    try:
        labels = tuple(str(label) for label in told["labels"])
        phrases = {label: str(told["phrases"][label]) for label in labels}
        tables = None if told["tables"] is None else int(told["tables"])
        library, hop_s = Path(told["library"]), float(told["hop_s"])
        index = Index(folder, library, str(told["listener"]), labels, phrases, hop_s, tables)
    except (KeyError, TypeError, ValueError) as error:
        raise LibraryError(f"'{path}' is damaged: {type(error).__name__}: {error}.") from error
    missing = [] if tables is None else [name for name in (*_TABLES, "frames") if not index.table(name).is_file()]
    if missing:
        raise LibraryError(f"'{folder}' is damaged: tables/{tables}/{missing[0]}.parquet is missing.")
    return index


def index_there(library: Path, out: Path) -> Index | None:
    """Return the index that is in a folder; None where there is none yet.

    Raises
    ------
    LibraryError
        When it is the index of another library, or as ``open_index``.
    """
    if not (out / "index.json").exists():
        return None
    index = open_index(out)
    if index.library != library.resolve():
        raise LibraryError(
            f"'{out}' is the index of '{index.library}'; got '{library.resolve()}': give it another --out."
        )
    return index


def write_index(index: Index) -> None:
    """Write what an index says of itself; from then on its tables are current."""
    write_json(
        index.folder / "index.json",
        {
            "format": _FORMAT,
            "earwitness": __version__,
            "library": str(index.library),
            "listener": index.listener,
            "labels": list(index.labels),
            "phrases": dict(index.phrases),
            "hop_s": index.hop_s,
            "tables": index.tables,
        },
    )


def read_rules(index: Index) -> tuple[PresenceModel, RelationModel] | None:
    """Return how an index's listener judges presence and relations; None where people listened.

    Raises
    ------
    LibraryError
        When the file is missing or damaged, or that of other labels.
    """
    if index.by_people:
        return None
    path = index.folder / RULES
    try:
        presence, relations, _ = load_evidence(path)
    except ListenError as error:
        raise LibraryError(f"'{index.folder}' is damaged: {error}") from error
    if presence.labels != index.labels:
        raise LibraryError(f"'{path}' is of other labels than the index.")
    return presence, relations


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Keep others from writing to an index while this lasts.

    Raises
    ------
    LibraryError
        When somebody writes to it already.
    OutputError
        When the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except filelock.Timeout:
        raise LibraryError(f"'{folder}' is being written by another process; wait until it is done.") from None
    except OSError as error:
        raise OutputError(f"Cannot write '{folder}': {error.strerror or error}.") from error
    try:
        yield
    finally:
        lock.release()


class Heard:
    """What was heard, by the SHA-256 of each recording's bytes.

    Parameters
    ----------
    folder
        That of the index.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "heard"
        numbers = [int(path.stem) for path in self.folder.glob("*.parquet") if path.stem.isdigit()]
        self._next = max(numbers, default=-1) + 1

    def files(self) -> list[str]:
        """Return the files, oldest first."""
        return [str(path) for path in sorted(self.folder.glob("*.parquet"))]

    def known(self) -> set[str]:
        """Return whose accounts there are.

        Raises
        ------
        LibraryError
            When a file is damaged, naming it.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        found: set[str] = set()
        for path in self.files():
            try:
                found.update(pq.read_table(path, columns=["sha256"])["sha256"].to_pylist())
            except (OSError, pa.ArrowException, KeyError) as error:
                raise LibraryError(
                    f"'{path}' is damaged: {error}. Delete it, and what it held is heard again."
                ) from error
        return found

    def add(self, accounts: Mapping[str, Account]) -> None:
        """Keep some accounts by SHA-256; they are on the disk, whole, before this returns."""
        import pyarrow.parquet as pq

        with atomic_path(self.folder / f"{self._next:08d}.parquet") as partial:
            pq.write_table(_rows(accounts), partial, compression="zstd")
        self._next += 1

    def forget(self, wanted: set[str]) -> None:
        """Drop the accounts of all other recordings: what is deleted from a library leaves its index."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        for path in map(Path, self.files()):
            digests = pq.read_table(path, columns=["sha256"])["sha256"]
            kept = pc.is_in(digests, pa.array(sorted(wanted), pa.string()))
            if pc.all(kept).as_py():
                continue
            left = pq.read_table(path).filter(kept)
            if len(left):
                with atomic_path(path) as partial:
                    pq.write_table(left, partial, compression="zstd")
            else:
                path.unlink()


def _rows(accounts: Mapping[str, Account]) -> pa.Table:
    import pyarrow as pa

    def lists(name: str, kind: pa.DataType) -> pa.Array:
        return pa.array([getattr(account, name) for account in accounts.values()], pa.list_(kind))

    return pa.table(
        {
            "sha256": pa.array(accounts, pa.string()),
            "duration_us": pa.array([each.duration_us for each in accounts.values()], pa.int64()),
            "sample_rate": pa.array([each.sample_rate for each in accounts.values()], pa.int32()),
            "label": lists("label", pa.int16()),
            "onset_us": lists("onset_us", pa.int64()),
            "offset_us": lists("offset_us", pa.int64()),
            "confidence": lists("confidence", pa.float32()),
            "presence": lists("presence", pa.float32()),
            "framed": lists("framed", pa.int16()),
            "frames": pa.array([each.frames.tobytes() for each in accounts.values()], pa.large_binary()),
        }
    )


# --- tables ---

_TABLES = {
    "recordings": """
        SELECT recording, path, sha256, n_bytes, modified_ns, duration_us, sample_rate
        FROM found ORDER BY recording
    """,
    "events": """
        SELECT labels.label AS label, recording, onset_us, offset_us, confidence
        FROM (
            SELECT found.recording, unnest(heard.label) AS place, unnest(heard.onset_us) AS onset_us,
                   unnest(heard.offset_us) AS offset_us, unnest(heard.confidence) AS confidence
            FROM found JOIN heard USING (sha256)
        ) JOIN labels USING (place)
        ORDER BY label, recording, onset_us
    """,
    "presence": """
        SELECT labels.label AS label, recording, probability
        FROM (
            SELECT found.recording, generate_subscripts(heard.presence, 1) - 1 AS place,
                   unnest(heard.presence) AS probability
            FROM found JOIN heard USING (sha256)
        ) JOIN labels USING (place)
        WHERE probability >= {least}
        ORDER BY label, recording
    """,
    "labels": """
        SELECT label, phrase, coalesce(n_events, 0) AS n_events
        FROM labels LEFT JOIN (
            SELECT place, count(*) AS n_events
            FROM (SELECT unnest(heard.label) AS place FROM found JOIN heard USING (sha256))
            GROUP BY place
        ) USING (place)
        ORDER BY label
    """,
    "faults": "SELECT path, reason FROM faults ORDER BY path",
}


def make_tables(
    index: Index, heard: Heard, *, found: Sequence[tuple[AudioPlace, str]], faults: Iterable[Fault]
) -> Index:
    """Make the tables of a library as it is now, and make them current.

    Parameters
    ----------
    index
        The index.
    heard
        What was heard; of every recording that is found.
    found
        The recordings, by path, and the SHA-256 of each.
    faults
        The files that are not in the index.
    """
    import duckdb

    number = 0 if index.tables is None else index.tables + 1
    folder = index.folder / "tables" / str(number)
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed here
    folder.mkdir(parents=True)
    with duckdb.connect() as database:
        _given(database, index, heard, found, faults)
        for name, query in _TABLES.items():
            text = query.format(least=_LEAST_PRESENCE)
            database.execute(
                f"COPY ({text}) TO {quoted_text(str(folder / f'{name}.parquet'))} (FORMAT parquet, COMPRESSION zstd)"
            )
    write_frames(folder, heard.files(), [digest for _, digest in sorted(found)])
    made = replace(index, tables=number)
    write_index(made)
    for old in (index.folder / "tables").iterdir():
        if old.name != str(number):
            with suppress(OSError):  # somebody may be reading it; the next run removes it
                shutil.rmtree(old)
    return made


def _given(
    database: duckdb.DuckDBPyConnection,
    index: Index,
    heard: Heard,
    found: Sequence[tuple[AudioPlace, str]],
    faults: Iterable[Fault],
) -> None:
    """Give a database what the tables are made of."""
    import pyarrow as pa
    from pyarrow import dataset

    places = sorted(found)
    database.register(
        "given",
        pa.table(
            {
                "recording": pa.array(np.arange(len(places), dtype=np.int32)),
                "path": pa.array([place.path for place, _ in places], pa.string()),
                "sha256": pa.array([digest for _, digest in places], pa.string()),
                "n_bytes": pa.array([place.n_bytes for place, _ in places], pa.int64()),
                "modified_ns": pa.array([place.modified_ns for place, _ in places], pa.int64()),
            }
        ),
    )
    database.register(
        "labels",
        pa.table(
            {
                "place": pa.array(np.arange(len(index.labels), dtype=np.int64)),
                "label": pa.array(index.labels, pa.string()),
                "phrase": pa.array([index.phrases[label] for label in index.labels], pa.string()),
            }
        ),
    )
    table = sorted(faults)
    database.register(
        "faults",
        pa.table(
            {
                "path": pa.array([fault.path for fault in table], pa.string()),
                "reason": pa.array([fault.reason for fault in table], pa.string()),
            }
        ),
    )
    # Not DuckDB's own reader: it would take a bracket or a star in the folder's name for a pattern.
    files = heard.files()
    database.register("heard", dataset.dataset(files, format="parquet") if files else _rows({}))
    database.execute(
        "CREATE TABLE found AS SELECT given.*, duration_us, sample_rate FROM given JOIN heard USING (sha256)"
    )
