"""``earwitness verify`` at the shell: what is printed, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Command


def damage(folder: Path) -> None:
    path = folder / "qrels.tsv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:2] + lines[3:]), encoding="utf-8")


def test_a_benchmark_that_holds(run: Command, small_folder: Path) -> None:
    done = run("verify", small_folder)
    assert done.code == 0, done.err
    assert "Everything holds." in done.out
    for words in ("checksums of every file", "qrels equal the slow evaluator", "two-option pairs", "clipped clips"):
        assert words in done.out
    assert "none" in done.out


def test_a_benchmark_that_does_not_hold(run: Command, small_copy: Path) -> None:
    damage(small_copy)
    done = run("verify", small_copy)
    assert done.code == 1
    assert "Everything holds." not in done.out
    assert "checksums of every file: qrels.tsv has another SHA-256 than benchmark.json says" in done.out
    assert "qrels equal the slow evaluator: qrels.tsv, no line: the slow evaluator says" in done.out
    assert "faults." in done.out


def test_json_is_json(run: Command, small_folder: Path, small_copy: Path) -> None:
    good = run("verify", small_folder, "--json")
    assert good.code == 0
    report = json.loads(good.out)
    assert report["ok"] is True
    assert report["folder"] == str(small_folder)
    assert all(check["faults"] == [] and check["looked_at"] > 0 for check in report["checks"])
    assert report["quality"]["clips"] == 80
    damage(small_copy)
    bad = run("verify", small_copy, "--json", "--no-audio")
    assert bad.code == 1
    report = json.loads(bad.out)
    assert report["ok"] is False
    assert report["quality"] is None
    assert any(check["faults"] for check in report["checks"])


def test_no_audio_leaves_the_audio(run: Command, small_folder: Path) -> None:
    done = run("verify", small_folder, "--no-audio")
    assert done.code == 0
    assert "Measured on the rendered audio" not in done.out


def test_many_faults_are_counted_and_not_all_printed(run: Command, small_copy: Path) -> None:
    (small_copy / "qrels.tsv").write_text("", encoding="utf-8")
    done = run("verify", small_copy, "--no-audio")
    assert done.code == 1
    lines = [line for line in done.out.splitlines() if line.startswith("qrels equal the slow evaluator: ")]
    assert len(lines) == 11
    assert "more" in lines[-1]


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_what_is_no_benchmark_is_refused(name: str, run: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("verify", tmp_path / name)
    assert done.code == 2
    assert done.out == ""
    assert f"{name}' is not a benchmark: it has no benchmark.json" in " ".join(done.err.split())


def test_a_pipe_that_is_closed_is_no_error(small_folder: Path) -> None:
    command = f"'{sys.executable}' -c 'from earwitness.cli import main; main()' verify '{small_folder}' | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
