"""The only reader and writer of our own file formats: Parquet, JSONL, JSON, TSV; checksums; atomic writes.

A file appears under its name only when it is whole, so a killed process leaves no half of one.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.errors import BenchmarkError, OutputError

if TYPE_CHECKING:
    import pyarrow

__all__ = [
    "atomic_path",
    "read_json",
    "read_jsonl",
    "read_table",
    "read_tsv",
    "sha256_of_bytes",
    "sha256_of_file",
    "slug_of",
    "with_nulls",
    "write_json",
    "write_jsonl",
    "write_table",
    "write_text",
    "write_tsv",
]

_LONGEST_SLUG = 60


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a path to write to; the file moves to its own name when the block ends well.

    Raises
    ------
    OutputError
        When the disk is full or the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise _output_error(path, error) from error
    finally:
        # Where the folder could not be made or entered there is nothing to remove, and that is what must be told.
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def _output_error(path: Path, error: OSError) -> OutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(
            f"No space left while writing '{path}': free some, then go on with the same command ('build' and 'export' "
            "want --resume)."
        )
    return OutputError(f"Cannot write '{path}': {error.strerror or error}.")


def _input_error(path: Path, error: OSError) -> BenchmarkError:
    return BenchmarkError(f"Cannot read '{path}': {error.strerror or error}.")


def sha256_of_bytes(data: bytes | memoryview) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Raises
    ------
    BenchmarkError
        When the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _input_error(path, error) from error


def slug_of(name: str) -> str:
    """Return a folder's name for any name: the same where that is plain, else what is plain of it and a digest.

    Examples
    --------
    >>> slug_of("bm25"), slug_of("GPT 4o")
    ('bm25', 'gpt-4o.a84657e640eb')
    """
    if len(name) <= _LONGEST_SLUG and re.fullmatch("[a-z0-9][a-z0-9_-]*", name):
        return name
    plain = re.sub("[^a-z0-9_-]+", "-", name.lower()).strip("-")[:_LONGEST_SLUG] or "system"
    return f"{plain}.{sha256_of_bytes(name.encode())[:12]}"


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file."""
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def with_nulls(value: Any) -> Any:
    """Return a value as JSON can hold it: lists and objects in which every number that is not known is null."""
    if isinstance(value, dict):
        return {name: with_nulls(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_nulls(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write one JSON object, indented, for people to read as well."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read one JSON object.

    Raises
    ------
    BenchmarkError
        When the file is missing or is not one JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BenchmarkError(f"'{path}' is missing.") from None
    except OSError as error:
        raise _input_error(path, error) from error
    except ValueError as error:
        raise BenchmarkError(f"'{path}' is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise BenchmarkError(f"'{path}' must hold one JSON object; got {type(value).__name__}.")
    return value


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows))


def read_jsonl(path: Path, *, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Read one JSON object a line, each with exactly these fields.

    Raises
    ------
    BenchmarkError
        With the line at which something else was found.
    """
    rows = []
    for number, line in enumerate(_lines(path), start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BenchmarkError(f"'{path}', line {number}: not JSON: {error}.") from error
        if not isinstance(row, dict) or set(row) != set(columns):
            got = sorted(row) if isinstance(row, dict) else type(row).__name__
            raise BenchmarkError(f"'{path}', line {number}: expected the fields {list(columns)}; got {got}.")
        rows.append(row)
    return rows


def write_tsv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write rows of tab-separated values, without a header."""
    write_text(path, "".join("\t".join(map(str, row)) + "\n" for row in rows))


def read_tsv(path: Path, *, n_columns: int) -> list[list[str]]:
    """Read rows of tab-separated values, without a header.

    Raises
    ------
    BenchmarkError
        With the line that has another number of columns.
    """
    rows = []
    for number, line in enumerate(_lines(path), start=1):
        row = line.split("\t")
        if len(row) != n_columns:
            raise BenchmarkError(f"'{path}', line {number}: expected {n_columns} columns, got {len(row)}: {line!r}.")
        rows.append(row)
    return rows


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n").split("\n") if path.stat().st_size else []
    except FileNotFoundError:
        raise BenchmarkError(f"'{path}' is missing.") from None
    except OSError as error:
        raise _input_error(path, error) from error
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"'{path}' is not UTF-8 text: {error}.") from error


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], *, schema: pyarrow.Schema) -> None:
    """Write rows as Parquet, compressed with zstd."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with atomic_path(path) as partial:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), partial, compression="zstd")


def read_table(path: Path, *, schema: pyarrow.Schema) -> list[dict[str, Any]]:
    """Read Parquet rows, and insist on the schema.

    Raises
    ------
    BenchmarkError
        When the file is missing, is not Parquet, or has other columns or types.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise BenchmarkError(f"'{path}' is missing.") from None
    except (pa.ArrowException, OSError) as error:
        raise BenchmarkError(f"'{path}' cannot be read as Parquet: {error}.") from error
    if not table.schema.equals(schema):
        raise BenchmarkError(f"'{path}': expected the columns {schema.to_string()}; got {table.schema.to_string()}.")
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
