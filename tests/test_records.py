"""Our own files: what is written is read back, half of a file never appears, and a bad line is named."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import BenchmarkError, OutputError
from earwitness.records import (
    atomic_path,
    read_json,
    read_jsonl,
    read_table,
    read_tsv,
    sha256_of_bytes,
    sha256_of_file,
    write_json,
    write_jsonl,
    write_table,
    write_text,
    write_tsv,
)

SCHEMA = pa.schema([("name", pa.string()), ("numbers", pa.list_(pa.float64()))])

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), texts
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- round trips ---


@settings(max_examples=50)
@given(value=st.dictionaries(texts, values, max_size=4))
def test_json_comes_back(place: Path, value: dict[str, Any]) -> None:
    write_json(place / "one.json", value)
    assert read_json(place / "one.json") == value


@settings(max_examples=50)
@given(rows=st.lists(st.fixed_dictionaries({"a": values, "b": values}), max_size=4))
def test_jsonl_comes_back_line_by_line(place: Path, rows: list[dict[str, Any]]) -> None:
    write_jsonl(place / "rows.jsonl", rows)
    assert (place / "rows.jsonl").read_bytes().count(b"\n") == len(rows)
    assert read_jsonl(place / "rows.jsonl", columns=("a", "b")) == rows


@settings(max_examples=50)
@given(rows=st.lists(st.tuples(st.from_regex(r"[ -~]{1,6}", fullmatch=True), st.integers()), max_size=4))
def test_tsv_comes_back_as_text(place: Path, rows: list[tuple[str, int]]) -> None:
    write_tsv(place / "rows.tsv", rows)
    assert read_tsv(place / "rows.tsv", n_columns=2) == [[name, str(number)] for name, number in rows]


@settings(max_examples=50)
@given(
    rows=st.lists(st.fixed_dictionaries({"name": texts, "numbers": st.lists(st.floats(allow_nan=False), max_size=3)}))
)
def test_tables_come_back(place: Path, rows: list[dict[str, Any]]) -> None:
    write_table(place / "rows.parquet", rows, schema=SCHEMA)
    assert read_table(place / "rows.parquet", schema=SCHEMA) == rows


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    rows = [{"name": f"clip-{n}", "numbers": [n / 7, n * 1e9]} for n in range(500)]
    for name in ("a", "b"):
        write_table(tmp_path / f"{name}.parquet", rows, schema=SCHEMA)
        write_jsonl(tmp_path / f"{name}.jsonl", rows)
    assert sha256_of_file(tmp_path / "a.parquet") == sha256_of_file(tmp_path / "b.parquet")
    assert sha256_of_file(tmp_path / "a.jsonl") == sha256_of_file(tmp_path / "b.jsonl")


def test_text_is_utf8_with_plain_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "card.md", "Käuzchen\n")
    assert (tmp_path / "card.md").read_bytes() == "Käuzchen\n".encode()


def test_checksums_are_sha256(tmp_path: Path) -> None:
    content = bytes(range(256)) * 999
    (tmp_path / "file").write_bytes(content)
    assert sha256_of_file(tmp_path / "file") == sha256_of_bytes(content) == hashlib.sha256(content).hexdigest()
    assert sha256_of_bytes(memoryview(content)) == sha256_of_bytes(content)


# --- whole or not at all ---


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"
    with atomic_path(path) as partial:
        partial.write_text("half")
        assert not path.exists()
        assert partial.parent == path.parent
    assert names(path.parent) == ["file"]


def test_an_error_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def write_half() -> None:
        with atomic_path(path) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_json(path, {"a": 1}),
        lambda path: write_jsonl(path, [{"a": 1}]),
        lambda path: write_tsv(path, [("a", 1)]),
        lambda path: write_table(path, [{"name": "a", "numbers": []}], schema=SCHEMA),
    ],
    ids=["json", "jsonl", "tsv", "table"],
)
def test_a_full_disk_is_said_and_leaves_nothing(
    write: Any, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match=r"No space left while writing '.*file': free some, then go on"):
        write(tmp_path / "file")
    assert names(tmp_path) == []


def test_a_place_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"Cannot write '.*file/inside': "):
        write_text(tmp_path / "file" / "inside", "text")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=r"Cannot write '.*folder': "):
        write_text(tmp_path / "folder", "text")
    assert names(tmp_path) == ["file", "folder"]


def test_a_folder_without_permission_is_named(tmp_path: Path, plain_user: None) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    with pytest.raises(OutputError, match="Permission denied"):
        write_text(locked / "file", "text")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_say_is_not_written(number: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "file", {"a": number})
    assert names(tmp_path) == []


# --- what cannot be read ---


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not JSON"),
        (b"{", r"is not JSON: .* line 1 column 2"),
        (b'{\n"a": 1,\n"b" 2}', r"is not JSON: .* line 3"),
        (b"[1]", "must hold one JSON object; got list"),
        (b"\xff\xfe", "is not JSON"),
    ],
)
def test_bad_json_is_named(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(BenchmarkError, match=rf"a\.json'.*{words}|{words}") as caught:
        read_json(tmp_path / "a.json")
    assert "a.json" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{'a': 1}", "line 2: not JSON"),
        ("", "line 2: not JSON"),
        ('{"a": 1', "line 2: not JSON"),
        ('{"a": 1}', r"line 2: expected the fields \['a', 'b'\]; got \['a'\]"),
        ('{"a": 1, "b": 2, "c": 3}', r"line 2: expected the fields .* got \['a', 'b', 'c'\]"),
        ("[1, 2]", "line 2: expected the fields .* got list"),
        ("null", "line 2: expected the fields .* got NoneType"),
    ],
)
def test_a_bad_line_of_jsonl_is_named(line: str, words: str, tmp_path: Path) -> None:
    good = json.dumps({"a": 1, "b": 2})
    (tmp_path / "a.jsonl").write_text(f"{good}\n{line}\n{good}\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=words) as caught:
        read_jsonl(tmp_path / "a.jsonl", columns=("a", "b"))
    assert "a.jsonl" in str(caught.value)


@pytest.mark.parametrize("line", ["one", "one\ttwo\tthree", ""])
def test_a_bad_line_of_tsv_is_named(line: str, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(f"a\tb\n{line}\na\tb\n", encoding="utf-8")
    number = len(line.split("\t"))
    with pytest.raises(BenchmarkError, match=rf"a\.tsv', line 2: expected 2 columns, got {number}"):
        read_tsv(tmp_path / "a.tsv", n_columns=2)


def test_empty_files_hold_no_rows(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "a.jsonl", [])
    write_tsv(tmp_path / "a.tsv", [])
    assert read_jsonl(tmp_path / "a.jsonl", columns=("a",)) == []
    assert read_tsv(tmp_path / "a.tsv", n_columns=3) == []


def readers() -> list[Any]:
    return [
        read_json,
        lambda path: read_jsonl(path, columns=("a",)),
        lambda path: read_tsv(path, n_columns=1),
        lambda path: read_table(path, schema=SCHEMA),
    ]


@pytest.mark.parametrize("read", readers(), ids=["json", "jsonl", "tsv", "table"])
def test_what_is_missing_or_no_file_is_named(read: Any, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"file' is missing"):
        read(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BenchmarkError, match=r"folder"):
        read(tmp_path / "folder")


@pytest.mark.parametrize("read", readers()[1:3], ids=["jsonl", "tsv"])
def test_other_encodings_are_named(read: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes("Käuzchen\n".encode("latin-1"))
    with pytest.raises(BenchmarkError, match="is not UTF-8 text"):
        read(tmp_path / "file")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"name,numbers\n", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_no_parquet_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(BenchmarkError, match=r"a\.parquet' cannot be read as Parquet"):
        read_table(tmp_path / "a.parquet", schema=SCHEMA)


def test_truncated_parquet_is_named(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", [{"name": "a", "numbers": [1.0]}] * 100, schema=SCHEMA)
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(BenchmarkError, match="cannot be read as Parquet"):
        read_table(tmp_path / "a.parquet", schema=SCHEMA)


@pytest.mark.parametrize(
    "columns",
    [
        {"name": ["a"]},
        {"name": ["a"], "numbers": [[1.0]], "more": [1]},
        {"name": [1], "numbers": [[1.0]]},
        {"numbers": [[1.0]], "name": ["a"]},
    ],
    ids=["fewer", "more", "other type", "other order"],
)
def test_other_columns_are_named(columns: dict[str, list[Any]], tmp_path: Path) -> None:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(BenchmarkError, match=r"a\.parquet': expected the columns name: string"):
        read_table(tmp_path / "a.parquet", schema=SCHEMA)
