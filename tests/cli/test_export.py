from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from earwitness.cli import main
from earwitness.reasonaudio.export import FORMATS


def earwitness(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run the command line and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["earwitness", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_line_says_what_was_written(
    bench_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert earwitness(monkeypatch, "export", bench_folder, out, "--format", "audacity", "--jobs", 2) == 0
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    assert capsys.readouterr().out == f"{out}: 200 clips as audacity, 202 files, {size:.1f} MB.\n"
    assert len(list((out / "labels").iterdir())) == 200


def test_json_is_all_that_is_printed(
    bench_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earwitness(monkeypatch, "export", bench_folder, tmp_path / "out", "--format", "desed", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    size = sum(path.stat().st_size for path in (tmp_path / "out").iterdir())
    assert told == {"folder": str(tmp_path / "out"), "format": "desed", "clips": 200, "files": 4, "bytes": size}


def test_an_error_goes_to_standard_error_with_code_2(
    bench_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert earwitness(monkeypatch, "export", bench_folder, out, "--format", "desed") == 0
    capsys.readouterr()
    assert earwitness(monkeypatch, "export", bench_folder, out, "--format", "desed") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert f"error: '{out}' exists already" in told.err
    assert earwitness(monkeypatch, "export", bench_folder, out, "--format", "desed", "--force") == 0


def test_the_format_must_be_given(
    bench_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert earwitness(monkeypatch, "export", bench_folder, tmp_path / "out") == 2
    assert "--format" in capsys.readouterr().err


def test_help_names_every_format(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert earwitness(monkeypatch, "export", "--help") == 0
    told = capsys.readouterr().out
    assert all(f"'{format}'" in told for format in FORMATS)
