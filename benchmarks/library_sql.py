"""How long the SQL of a constraint takes on a synthetic library, beside a plain pandas join and SQLite with indexes.

Run ``python benchmarks/library_sql.py --clips 10000 1000000``. Clips of 10 s hold 8 events on average of 527 labels
whose frequencies fall as those of words do. The times are medians of warm runs for the 100 best recordings, from SQL
text to Python rows with every witness; the text itself takes less than a millisecond to write. "Common" asks for sounds
in 4, 3 and 1 of 100 clips, "frequent" for sounds in 1 of 3, 1 of 7 and 2 of 3 clips. SQLite runs the very same
statement; pandas gives the set of recordings alone, without order, score or witness.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas
import pyarrow
from pyarrow import parquet

from earwitness.library.search import SMALL
from earwitness.library.sql import statement
from earwitness.logic.parsing import parse
from measure import machine, table, verdict

N_LABELS, EVENTS_PER_CLIP, CLIP_US, GRID_US = 527, 8, 10_000_000, 10_000
ROW_GROUP = 122_880
LONG = 5
"""How many long recordings there are."""
FORMS = (
    "present({a})",
    "before({a}, {b})",
    "all(before({a}, {b}), absent({c}))",
    "all(overlap({a}, {b}, at_least=0.5), lasts({a}, at_least=1))",
    "longer({a}, {b})",
    "count({a}, at_least=2)",
)
SETS = {"common": (27, 45, 83), "frequent": (3, 8, 1)}
"""The ranks of the labels a, b and c."""
LIMITS_MS = {10_000: 10.0, 1_000_000: 50.0, 10_000_000: 250.0}
BYTES_PER_CLIP = 100


class Library(NamedTuple):
    """A synthetic index."""

    n_clips: int
    events: Path
    recordings: Path
    counts: dict[str, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, nargs="+", default=[10_000])
    parser.add_argument("--folder", type=Path, help="where the tables are kept for the next run")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--hours", type=int, default=0, help="also measure recordings that are so long")
    parser.add_argument("--others-up-to", type=int, default=1_000_000, help="clips for pandas and SQLite")
    options = parser.parse_args()
    print(f"{machine()}, DuckDB {duckdb.__version__}, pandas {pandas.__version__}, SQLite {sqlite3.sqlite_version}\n")
    with TemporaryDirectory() as passing:
        folder = options.folder or Path(passing)
        for n_clips in options.clips:
            start = time.perf_counter()
            library = made(n_clips, folder)
            print(f"{n_clips:,} clips, {sum(library.counts.values()):,} events: {time.perf_counter() - start:.1f} s")
            size = library.events.stat().st_size / n_clips
            print(f"{size:.0f} bytes a clip (<= {BYTES_PER_CLIP}): {verdict(size, BYTES_PER_CLIP)}\n")
            others = n_clips <= options.others_up_to
            print(measured(library, others=others, repeats=options.repeats), flush=True)
            print()
    if options.hours:
        print(f"{LONG} recordings of {options.hours} hours, one event of each of two labels in 17 s on average\n")
        print(measured_long(options.hours))


def measured(library: Library, *, others: bool, repeats: int) -> str:
    """Return the table of latencies of one library."""
    duck = opened(library)
    frame, lite = (in_pandas(library), in_sqlite(library)) if others else (None, None)
    limit = LIMITS_MS.get(library.n_clips)
    rows = []
    for name, ranks in SETS.items():
        names = {letter: label(rank) for letter, rank in zip("abc", ranks, strict=True)}
        for form in FORMS:
            constraint = parse(form.format(**{letter: f'"{text}"' for letter, text in names.items()}))
            sql = statement(constraint, counts=library.counts)
            bare = statement(constraint, counts=library.counts, witnesses=False)
            full_ms, rows_found = timed(lambda sql=sql: duck.execute(sql).fetchall(), repeats)
            bare_ms, found = timed(lambda sql=bare: duck.execute(sql).fetchall(), repeats)
            cells: list[str] = []
            if frame is not None and lite is not None:
                few = max(3, repeats // 5)
                pandas_ms, joined = timed(lambda form=form, names=names: PANDAS[form](frame, **names), few)
                lite_ms, lite_rows = timed(lambda sql=sql: lite.execute(sql).fetchall(), few)
                same = len(joined) >= len(found) and {row[0] for row in found} <= joined and lite_rows == rows_found
                cells = [f"{pandas_ms:.1f}", f"{lite_ms:.1f}", "yes" if same else "NO"]
            target = [verdict(full_ms, limit)] if limit else []
            rows.append(
                [name, f"`{form.format(a='a', b='b', c='c')}`", f"{full_ms:.1f}", *target, f"{bare_ms:.1f}", *cells]
            )
    head = ["sounds", "constraint", "DuckDB, ms", *([f"<= {limit:g} ms"] if limit else []), "without witnesses"]
    return table([*head, *(["pandas", "SQLite", "same"] if others else [])], rows)


def measured_long(hours: int) -> str:
    """Return the table of latencies with and without ``dense``."""
    rng = np.random.default_rng(1)
    connection = duckdb.connect()
    parts = []
    for name in ("a", "b"):
        columns = label_events(LONG * hours * 3600 // 17, LONG, rng, clip_us=hours * 3_600_000_000)
        names = ("recording", "onset_us", "offset_us", "confidence")
        parts.append(pyarrow.table({"label": [name] * len(columns[0]), **dict(zip(names, columns, strict=True))}))
    connection.register("events", pyarrow.concat_tables(parts))
    connection.register("recordings", pyarrow.table({"recording": np.arange(LONG, dtype=np.int32)}))
    rows = []
    for form in ("before(a, b)", "before(a, b, within=60)", "overlap(a, b, at_least=0.5)", "during(a, b)"):
        cells, found = [], []
        for dense in (False, True):
            sql = statement(parse(form), dense=dense)
            taken_ms, result = timed(lambda sql=sql: connection.execute(sql).fetchall(), 3)
            cells.append(f"{taken_ms:.0f}")
            found.append({row[0] for row in result})
        rows.append([f"`{form}`", *cells, "yes" if found[0] == found[1] else "NO"])
    return table(["constraint", "each pair, ms", "one pass (dense), ms", "same"], rows)


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Return the median milliseconds of warm runs, and the result."""
    result = work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * median(times), result


# --- the library ---


def label(rank: int) -> str:
    return f"sound {rank:03d}"


def made(n_clips: int, folder: Path) -> Library:
    """Write the tables, unless they are there."""
    events, recordings = folder / f"events_{n_clips}.parquet", folder / f"recordings_{n_clips}.parquet"
    if not (events.exists() and recordings.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        numbers = np.arange(n_clips, dtype=np.int32)
        parquet.write_table(
            pyarrow.table({"recording": numbers, "duration_us": np.full(n_clips, CLIP_US)}),
            recordings,
            compression="zstd",
        )
        write_events(n_clips, events)
    connection = duckdb.connect()
    rows = connection.execute(f"SELECT label, COUNT(*) FROM '{events}' GROUP BY label").fetchall()
    return Library(n_clips, events, recordings, dict(rows))


def write_events(n_clips: int, path: Path) -> None:
    """Write the events label by label, so that no sort of all is needed."""
    rng = np.random.default_rng(0)
    share = 1 / np.arange(1, N_LABELS + 1)
    numbers = rng.multinomial(n_clips * EVENTS_PER_CLIP, share / share.sum())
    schema = pyarrow.schema(
        [
            ("label", pyarrow.dictionary(pyarrow.int32(), pyarrow.string())),
            *(("recording", pyarrow.int32()), ("onset_us", pyarrow.int64()), ("offset_us", pyarrow.int64())),
            ("confidence", pyarrow.float32()),
        ]
    )
    names = pyarrow.array([label(rank) for rank in range(1, N_LABELS + 1)])
    encodings = dict.fromkeys(("recording", "onset_us", "offset_us"), "DELTA_BINARY_PACKED")
    waiting: list[pyarrow.RecordBatch] = []
    with parquet.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=["label"], column_encoding=encodings
    ) as writer:

        def flush() -> None:
            writer.write_table(pyarrow.Table.from_batches(waiting, schema).combine_chunks(), row_group_size=ROW_GROUP)
            waiting.clear()

        for rank in range(N_LABELS):
            columns = label_events(int(numbers[rank]), n_clips, rng)
            codes = pyarrow.array(np.full(len(columns[0]), rank, np.int32))
            labels = pyarrow.DictionaryArray.from_arrays(codes, names)
            waiting.append(pyarrow.record_batch([labels, *map(pyarrow.array, columns)], schema=schema))
            if sum(map(len, waiting)) >= ROW_GROUP:
                flush()
        if waiting:
            flush()


def label_events(
    number: int, n_clips: int, rng: np.random.Generator, *, clip_us: int = CLIP_US
) -> Sequence[np.ndarray]:
    """Return recordings, onsets, offsets and confidences of one label's events, in order, no two touching."""
    recording = rng.integers(0, n_clips, number)
    onset = rng.integers(0, (clip_us - 2_000_000) // GRID_US, number) * GRID_US
    start = np.sort(recording * clip_us + onset)
    end = start + rng.integers(10, 200, number) * GRID_US
    apart = np.ones(number, dtype=bool)
    apart[1:] = start[1:] > np.maximum.accumulate(end)[:-1]
    start, end = start[apart], end[apart]
    recording = start // clip_us
    confidence = rng.random(len(start), dtype=np.float32)
    return recording.astype(np.int32), start - recording * clip_us, end - recording * clip_us, confidence


# --- the engines ---


def opened(library: Library) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    # As when an index is opened to be searched.
    connection.execute("SET parquet_metadata_cache = true")
    for name, path in (("events", library.events), ("recordings", library.recordings)):
        kind = "TABLE" if path.stat().st_size <= SMALL else "VIEW"
        connection.execute(f"CREATE {kind} {name} AS FROM read_parquet('{path}')")
    return connection


def in_sqlite(library: Library) -> sqlite3.Connection:
    """Return the same table in SQLite, in memory, with an index that holds every column."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE events (label TEXT, recording INT, onset_us INT, offset_us INT, confidence REAL)")
    for batch in parquet.ParquetFile(library.events).iter_batches(100_000):
        columns = [column.to_pylist() for column in batch.columns]
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", zip(*columns, strict=True))
    connection.execute("CREATE INDEX by_label ON events (label, recording, onset_us, offset_us, confidence)")
    connection.execute("ANALYZE")
    return connection


def in_pandas(library: Library) -> pandas.DataFrame:
    return parquet.read_table(library.events).to_pandas()


def pandas_present(frame: pandas.DataFrame, a: str, **_: str) -> set[int]:
    return set(frame.recording[frame.label == a])


def pandas_pairs(frame: pandas.DataFrame, a: str, b: str) -> pandas.DataFrame:
    return frame[frame.label == a].merge(frame[frame.label == b], on="recording", suffixes=("", "_b"))


def pandas_before(frame: pandas.DataFrame, a: str, b: str, **_: str) -> set[int]:
    pairs = pandas_pairs(frame, a, b)
    return set(pairs.recording[pairs.offset_us <= pairs.onset_us_b])


def pandas_before_absent(frame: pandas.DataFrame, a: str, b: str, c: str) -> set[int]:
    return pandas_before(frame, a, b) - pandas_present(frame, c)


def pandas_overlap_lasts(frame: pandas.DataFrame, a: str, b: str, **_: str) -> set[int]:
    pairs = pandas_pairs(frame, a, b)
    shared = pairs[["offset_us", "offset_us_b"]].min(axis=1) - pairs[["onset_us", "onset_us_b"]].max(axis=1)
    long = frame[(frame.label == a) & (frame.offset_us - frame.onset_us >= 1_000_000)]
    return set(pairs.recording[shared >= 500_000]) & set(long.recording)


def pandas_longer(frame: pandas.DataFrame, a: str, b: str, **_: str) -> set[int]:
    lengths = frame.assign(length=frame.offset_us - frame.onset_us)
    longest = [lengths[lengths.label == each].groupby("recording").length.max() for each in (a, b)]
    both = pandas.concat(longest, axis=1, join="inner", keys=["a", "b"])
    return set(both.index[both.a > both.b])


def pandas_count(frame: pandas.DataFrame, a: str, **_: str) -> set[int]:
    numbers = frame.recording[frame.label == a].value_counts()
    return set(numbers.index[numbers >= 2])


PANDAS: dict[str, Callable[..., set[int]]] = dict(
    zip(
        FORMS,
        (pandas_present, pandas_before, pandas_before_absent, pandas_overlap_lasts, pandas_longer, pandas_count),
        strict=True,
    )
)


if __name__ == "__main__":
    main()
