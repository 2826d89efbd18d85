"""A build that is interrupted: a full disk, Ctrl-C, kill -9. Going on with it ends in the same checksums."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from earwitness.errors import EarwitnessError, OutputError
from earwitness.reasonaudio.build import BuildSettings, build
from earwitness.reasonaudio.recipe import Recipe, load_recipe, with_counts
from earwitness.reasonaudio.verify import verify
from earwitness.scenes.render import Renderer
from earwitness.sounds.bank import Bank
from reasonaudio.conftest import SEED, contents, entries


def full_after(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full after so many files have got their name."""
    replace_file, left = os.replace, iter(range(number))

    def replaced(*args: Any, **options: Any) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace_file(*args, **options)

    monkeypatch.setattr(os, "replace", replaced)


# In turn: the note, the kept preparations, the atoms, the kept clips, the tables, benchmark.json.
@pytest.mark.parametrize("share", [0.0, 0.4, 0.8, 0.975, 0.9999])
def test_a_full_disk_loses_nothing(
    share: float, build_small: Any, counted: tuple[Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "bench"
    with monkeypatch.context() as patched:
        full_after(int(share * counted[1]), patched)
        with pytest.raises(OutputError, match="No space left"):
            build_small(out)
    assert not out.exists()
    build_small(out, resume=True)
    assert contents(out) == contents(counted[0])
    assert entries(tmp_path) == ["bench"]


def test_a_full_disk_keeps_the_benchmark_that_was_to_be_replaced(
    build_small: Any, small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(small_folder, tmp_path / "bench")
    full_after(200, monkeypatch)
    with pytest.raises(OutputError, match="No space left"):
        build_small(out, seed=99, force=True)
    assert contents(out) == contents(small_folder)


class Stopped(Exception):
    """Ctrl-C, where a test can put it."""


@pytest.fixture
def stopped(build_small: Any, tmp_path: Path) -> Iterator[Path]:
    """A build that was stopped while its clips were rendered."""

    def stop(stage: str, done: int, wanted: int) -> None:
        if stage == "clips":
            raise Stopped

    with pytest.raises(Stopped):
        build_small(tmp_path / "bench", progress=stop)
    assert entries(tmp_path) == ["bench.building"]
    yield tmp_path / "bench"


def test_a_stopped_build_is_gone_on_with(build_small: Any, small_folder: Path, stopped: Path) -> None:
    with pytest.raises(OutputError, match="is a build that was stopped: go on with --resume, or begin anew with"):
        build_small(stopped)
    build_small(stopped, resume=True)
    assert contents(stopped) == contents(small_folder)


def test_what_was_done_is_not_done_again(build_small: Any, stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def again(*_: object) -> None:
        raise AssertionError("this was done before the build was stopped")

    monkeypatch.setattr("earwitness.sounds.atoms.prepare", again)
    monkeypatch.setattr(Renderer, "scaled", again)
    build_small(stopped, resume=True)


def test_a_stopped_build_can_be_forgotten(build_small: Any, small_folder: Path, stopped: Path) -> None:
    build_small(stopped, force=True)
    assert contents(stopped) == contents(small_folder)


def test_half_written_files_are_not_published(build_small: Any, small_folder: Path, stopped: Path) -> None:
    work = stopped.with_name("bench.building")
    (work / ".scenes.parquet.4711.partial").write_bytes(b"PAR1")
    (work / "atoms" / "dog" / ".x.part").write_bytes(b"fLaC")
    (work / "atoms" / "dog" / "dog-00000000.flac").write_bytes(b"of a recording that has changed")
    build_small(stopped, resume=True)
    assert contents(stopped) == contents(small_folder)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"seed": 1}, r"\(seed\)"),
        ({"sample_rate": 8_000}, r"\(sample_rate\)"),
        ({"recipe": with_counts(load_recipe("mini"), clips=81, queries=5, pairs=3)}, r"\(recipe\)"),
        ({"seed": 1, "sample_rate": 8_000}, r"\(sample_rate, seed\)"),
    ],
    ids=["seed", "rate", "recipe", "two"],
)
def test_other_settings_are_not_mixed_in(
    options: dict[str, Any], named: str, build_small: Any, small_folder: Path, stopped: Path
) -> None:
    with pytest.raises(OutputError, match=f"was begun with other settings {named}: give the same ones to --resume"):
        build_small(stopped, resume=True, **options)
    build_small(stopped, resume=True)
    assert contents(stopped) == contents(small_folder)


def test_other_recordings_are_not_mixed_in(bank: Bank, small: Recipe, stopped: Path) -> None:
    fewer = replace(bank, recordings=bank.recordings[1:])
    with pytest.raises(OutputError, match=r"other settings \(recordings\)"):
        build(stopped, fewer, recipe=small, settings=BuildSettings(seed=SEED), resume=True)


@pytest.mark.parametrize("note", ["", "{", "[]", "{}"])
def test_a_damaged_note_is_named(note: str, build_small: Any, stopped: Path) -> None:
    stopped.with_name("bench.building").joinpath("building.json").write_text(note)
    with pytest.raises(EarwitnessError, match=r"building"):
        build_small(stopped, resume=True)
    build_small(stopped, force=True)


def test_a_damaged_cache_is_not_believed(build_small: Any, small_folder: Path, stopped: Path) -> None:
    for path in (stopped.with_name("bench.building") / "cache").rglob("*.*"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    build_small(stopped, resume=True)
    assert contents(stopped) == contents(small_folder)


def test_a_place_that_is_taken_meanwhile_is_left_alone(
    build_small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "bench"

    def taken(stage: str, done: int, wanted: int) -> None:
        if stage == "clips":
            out.mkdir(exist_ok=True)
            (out / "thesis.tex").write_text("years of work")

    with pytest.raises(OutputError, match="appeared while the benchmark was built; it stays in"):
        build_small(out, progress=taken)
    assert entries(out) == ["thesis.tex"]
    assert verify(tmp_path / "bench.building", audio=False).findings[1].faults == ()


COMMAND = [sys.executable, "-c", "from earwitness.cli import main; main()", "build"]


def command(out: Path, bank_folder: Path, *options: str) -> list[str]:
    counts = ["--clips", "80", "--queries", "5", "--pairs", "3", "--seed", str(SEED)]
    return [*COMMAND, str(out), "--sounds", str(bank_folder), *counts, *options]


def wait_for(paths: list[Path], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and not any(path.exists() for path in paths):
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize(("stage", "jobs"), [("building.json", "1"), ("cache/atoms", "2"), ("atoms", "1")])
def test_a_killed_build_is_gone_on_with(
    stage: str, jobs: str, bank_folder: Path, small_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "bench"
    work = tmp_path / "bench.building"
    with subprocess.Popen(command(out, bank_folder, "--jobs", jobs), stderr=subprocess.DEVNULL) as process:
        wait_for([work / stage, out], process)
        process.send_signal(signal.SIGKILL)
    if process.returncode == 0:
        pytest.fail("the build ended before it could be killed")
    done = subprocess.run(command(out, bank_folder, "--resume"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert contents(out) == contents(small_folder)
    assert entries(tmp_path) == ["bench"]


def test_ctrl_c_ends_quickly_and_keeps_the_work(bank_folder: Path, small_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "bench"
    work = tmp_path / "bench.building"
    with subprocess.Popen(command(out, bank_folder, "--jobs", "2"), stderr=subprocess.PIPE) as process:
        wait_for([work / "cache" / "atoms", out], process)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        took = time.monotonic() - started
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert took < 10
    assert entries(tmp_path) == ["bench.building"]
    done = subprocess.run(command(out, bank_folder, "--resume"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert contents(out) == contents(small_folder)
