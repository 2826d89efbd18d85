"""Verifying: whatever is changed by hand in atoms, files and the record is found, and opens nothing outside."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from earwitness.errors import BenchmarkError
from earwitness.reasonaudio.folder import FILES, read_benchmark
from earwitness.reasonaudio.verify import verify
from reasonaudio.tampering import (
    AUDIO,
    COUNTS,
    MARGINS,
    NAMES,
    READ,
    SUMS,
    TEXTS,
    Rows,
    assert_found,
    change_about,
    change_rows,
    reseal,
)

# --- atoms ---


def test_replaced_audio_is_found(small_copy: Path) -> None:
    one, other = sorted((small_copy / "atoms" / "dog").iterdir())[:2]
    shutil.copy(one, other)
    reseal(small_copy)
    assert_found(verify(small_copy), "atoms are whole", rf"{other.name}' does not hold the samples of SHA-256")


@pytest.mark.parametrize(
    ("fields", "check", "words"),
    [
        ({"sha256": "0" * 64}, "atoms are whole", "does not hold the samples of SHA-256 0000"),
        ({"sample_rate": 8_000}, NAMES, r"atoms\.parquet: the atom '.*' does not have 16000 Hz"),
        ({"split": "both"}, NAMES, r"atoms\.parquet: the atom '.*' is not of the split 'both'"),
        ({"label": "zebra"}, NAMES, r"clip '.*': '.*' has no atom"),
        ({"atom_id": "../../etc/passwd"}, NAMES, r"has no atom"),
        ({"licence": None}, READ, r"atoms\.parquet', row 1: 'licence' must be filled in"),
    ],
    ids=str,
)
def test_a_changed_atom_is_named(fields: dict[str, Any], check: str, words: str, small_copy: Path) -> None:
    change_rows(small_copy, "atoms.parquet", lambda rows: rows[0].update(fields))
    assert_found(verify(small_copy), check, words)


@pytest.mark.parametrize("label", ["..", "../..", "a/b"])
def test_a_label_that_climbs_out_opens_nothing(label: str, small_copy: Path) -> None:
    def change(rows: Rows) -> None:
        rows[0]["label"] = label

    change_rows(small_copy, "atoms.parquet", change)

    atom_id = read_benchmark(small_copy).atom_rows[0]["atom_id"]

    def rename_all(rows: Rows) -> None:
        for row in rows:
            for event in row["events"]:
                if event["atom_id"] == atom_id:
                    event["label"] = label

    change_rows(small_copy, "scenes.parquet", rename_all)
    assert_found(verify(small_copy), "atoms are whole", "cannot have a file: The label .* cannot be used as a folder")


@pytest.mark.parametrize("content", [b"", b"fLaC", b"not audio at all"])
def test_damaged_audio_is_named(content: bytes, small_copy: Path) -> None:
    path = min((small_copy / "atoms" / "dog").iterdir())
    path.write_bytes(content)
    reseal(small_copy)
    assert_found(verify(small_copy), "atoms are whole", rf"{path.name}' is not mono audio")


# --- files ---


@pytest.mark.parametrize("name", [*FILES, "atom"])
def test_a_changed_byte_is_found(name: str, small_copy: Path) -> None:
    path = small_copy / name if name != "atom" else min((small_copy / "atoms" / "dog").iterdir())
    path.write_bytes(path.read_bytes() + b"\n")
    named = path.relative_to(small_copy).as_posix()
    assert_found(verify(small_copy, audio=False), SUMS, f"^{re.escape(named)} has another SHA-256 than benchmark.json")


@pytest.mark.parametrize("name", [*FILES, "atom"])
def test_a_missing_file_is_found(name: str, small_copy: Path) -> None:
    path = small_copy / name if name != "atom" else min((small_copy / "atoms" / "dog").iterdir())
    path.unlink()
    verification = verify(small_copy)
    assert_found(verification, SUMS, f"^{re.escape(path.relative_to(small_copy).as_posix())} is missing")
    if name.endswith((".parquet", ".jsonl", ".tsv")):
        assert_found(verification, READ, rf"{re.escape(name)}' is missing")
    if name == "atom":
        assert_found(verification, "atoms are whole", rf"Cannot read the atom '.*{path.name}'")


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "atoms/dog/more.flac"])
def test_a_stray_file_is_found(name: str, small_copy: Path) -> None:
    (small_copy / name).write_text("more")
    assert_found(verify(small_copy, audio=False), SUMS, f"^{name} is not part of the benchmark")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../etc/passwd", "'../../etc/passwd' lies outside the folder"),
        ("/etc/passwd", "'/etc/passwd' lies outside the folder"),
        ("atoms/../../x", "lies outside the folder"),
        ("x\0y", r"^benchmark\.json: 'x\\x00y': "),
        ("x" * 300, r"^benchmark\.json: 'xxx"),
        ("", "is missing"),
        ("atoms", "atoms is missing"),
        ("nothing.txt", "nothing.txt is missing"),
    ],
)
def test_a_checksum_of_what_is_no_file_of_ours_is_named(name: str, words: str, small_copy: Path) -> None:
    change_about(small_copy, lambda about: about["sha256"].update({name: "0" * 64}))
    assert_found(verify(small_copy, audio=False), SUMS, words)


def test_a_link_that_leads_out_is_named(small_copy: Path, tmp_path: Path) -> None:
    shutil.copy(small_copy / "README.md", tmp_path / "card.md")
    (small_copy / "README.md").unlink()
    (small_copy / "README.md").symlink_to(tmp_path / "card.md")
    assert_found(verify(small_copy, audio=False), SUMS, "'README.md' lies outside the folder")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_summed_is_named(name: str, small_copy: Path) -> None:
    change_about(small_copy, lambda about: about["sha256"].pop(name))
    verification = verify(small_copy, audio=False)
    assert_found(verification, SUMS, f"'sha256' does not name {name}")
    assert_found(verification, SUMS, f"{name} is not part of the benchmark")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("queries.jsonl", b'{"query_id": "a"\n', r"queries\.jsonl', line 1: not JSON"),
        ("queries.jsonl", b'{"query_id": "a"}\n', r"queries\.jsonl', line 1: expected the fields"),
        ("queries.jsonl", b"\xff\n", r"queries\.jsonl' is not UTF-8 text"),
        ("pairs.jsonl", b"[]\n", r"pairs\.jsonl', line 1: expected the fields"),
        ("qrels.tsv", b"negation-1 0 clip-01 1\n", r"qrels\.tsv', line 1: expected 4 columns, got 1"),
        ("scenes.parquet", b"PAR1", r"scenes\.parquet' cannot be read as Parquet"),
        ("atoms.parquet", b"label,path\n", r"atoms\.parquet' cannot be read as Parquet"),
    ],
)
def test_a_malformed_file_is_one_finding(name: str, content: bytes, words: str, small_copy: Path) -> None:
    (small_copy / name).write_bytes(content)
    reseal(small_copy)
    verification = verify(small_copy)
    assert_found(verification, READ, words)
    assert len(verification.faults) == 1
    assert verification.quality is None


# --- benchmark.json ---


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        (lambda about: about.update(kind="choice"), READ, "must be a benchmark of kind 'retrieval'; got 'choice'"),
        (lambda about: about.pop("kind"), READ, "must be a benchmark of kind 'retrieval'; got None"),
        (lambda about: about.pop("sha256"), SUMS, "'sha256' must name every other file"),
        (lambda about: about.update(sha256=[]), SUMS, "'sha256' must name every other file"),
        (lambda about: about.pop("recipe"), READ, "'recipe' must hold 'sample_rate' and 'phrases'"),
        (lambda about: about.pop("counts"), READ, "'counts' must be a table; got None"),
        (lambda about: about["recipe"].update(sample_rate="16k"), READ, "'recipe.sample_rate': "),
        (lambda about: about["recipe"].update(sample_rate=22_050), READ, "multiple of 100 from 8000 to 48000 Hz, got"),
        (lambda about: about["recipe"].update(sample_rate=8_000), NAMES, "the atom '.*' does not have 8000 Hz"),
        (lambda about: about["recipe"].update(phrases={"dog": 3}), READ, "'recipe.phrases' must give each label a te"),
        (lambda about: about["recipe"]["phrases"].update(dog="a wolf"), TEXTS, r"queries\.jsonl, line \d: "),
        (lambda about: about["recipe"].update(clips=0), READ, "'clips' must be a whole number, 1 or more; got 0"),
        (lambda about: about["recipe"].update(clips=81), COUNTS, "asks for 81 clips, but the files hold 80"),
        (lambda about: about["recipe"].update(colour="red"), READ, "'colour' is not a field of a recipe"),
        (lambda about: about["recipe"]["scene"].update(audible=0.99), AUDIO, r"'.*' is heard in \d+ of its \d+ active"),
        (lambda about: about["recipe"]["margins"].update(gap_s=2.0), MARGINS, r"clip '.*': .* apart, less than 2 s"),
        (lambda about: about["recipe"]["margins"].update(ratio=0.9), MARGINS, r"clip '.*': .* is too near to"),
        (lambda about: about["counts"].update(events=3), COUNTS, r"counts\.events is 3, but the files hold \d+"),
        (lambda about: about["counts"].pop("judged"), COUNTS, r"counts\.judged is None, but the files hold 400"),
    ],
)  # fmt: skip
def test_a_changed_record_is_found(
    change: Callable[[dict[str, Any]], Any], check: str, words: str, small_copy: Path
) -> None:
    change_about(small_copy, change)
    assert_found(verify(small_copy), check, words)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"kind": retrieval}'])
def test_a_record_that_is_not_json_is_a_finding(content: str, small_copy: Path) -> None:
    (small_copy / "benchmark.json").write_text(content)
    assert_found(verify(small_copy), SUMS, r"benchmark\.json' (is not JSON|must hold one JSON object)")


@pytest.mark.parametrize("folder", ["nothing", "empty", "file"])
def test_what_is_no_benchmark_is_an_error(folder: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("text")
    with pytest.raises(BenchmarkError, match=f"'.*{folder}' is not a benchmark: it has no benchmark.json"):
        verify(tmp_path / folder)


def test_a_build_that_was_stopped_is_no_benchmark(small_copy: Path) -> None:
    (small_copy / "benchmark.json").rename(small_copy / "building.json")
    with pytest.raises(BenchmarkError, match="is not a benchmark"):
        verify(small_copy)
