"""Changing a benchmark by hand, checksums included, and looking for what ``verify`` finds of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from earwitness.reasonaudio.verify import Verification
from earwitness.records import sha256_of_file

Rows = list[dict[str, Any]]


def reseal(folder: Path) -> None:
    """Bring the checksums up to date, so that only what the files say can give a change away."""
    about = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "benchmark.json"]
    about["sha256"] = {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in paths}
    (folder / "benchmark.json").write_text(json.dumps(about), encoding="utf-8")


def change_about(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    about = json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))
    change(about)
    (folder / "benchmark.json").write_text(json.dumps(about), encoding="utf-8")


def change_rows(folder: Path, name: str, change: Callable[[Rows], object]) -> None:
    """Change the rows of a file, whatever its format, and its checksum."""
    path = folder / name
    if name.endswith(".parquet"):
        table = pq.read_table(path)
        rows = table.to_pylist()
        change(rows)
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    elif name.endswith(".jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        change(rows)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        columns = ("query", "iteration", "clip", "relevance")
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]
        change(rows)
        path.write_text("".join("\t".join(row.values()) + "\n" for row in rows), encoding="utf-8")
    reseal(folder)


def faults_of(verification: Verification) -> dict[str, list[str]]:
    return {finding.check: list(finding.faults) for finding in verification.findings if finding.faults}


def assert_found(verification: Verification, check: str, words: str) -> None:
    faults = faults_of(verification)
    assert check in faults, faults
    assert any(re.search(words, fault) for fault in faults[check]), faults[check]


PLAN, JUDGE = "qrels equal the vectorised evaluator", "qrels equal the slow evaluator"
HARD, ENOUGH = "hard negatives break exactly one clause", "relevant clips and hard negatives enough"
PAIRS, TEXTS, NAMES = "two-option pairs", "texts read back to their constraint", "names and references"
MARGINS, COUNTS, READ = "margins of every scene and limit", "recipe and counts", "files can be read"
SUMS, AUDIO = "checksums of every file", "clips, onsets, offsets and audibility on rendered audio"
