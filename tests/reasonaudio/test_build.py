"""Building: the same seed gives the same bytes, and no accident leaves half a benchmark or costs a whole one."""

from __future__ import annotations

import errno
import json
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

from earwitness.errors import BankError, EarwitnessError, OutputError, SoundsError
from earwitness.reasonaudio import build as building
from earwitness.reasonaudio.build import BuildReport, BuildSettings, build
from earwitness.reasonaudio.folder import FILES, read_benchmark
from earwitness.reasonaudio.recipe import Recipe, load_recipe, with_counts
from earwitness.reasonaudio.verify import verify
from earwitness.records import sha256_of_bytes, sha256_of_file
from earwitness.scenes.render import Renderer
from earwitness.sounds.bank import Bank, merge_banks, select_split
from earwitness.sounds.layouts import open_bank
from reasonaudio.conftest import SEED

SETTINGS = BuildSettings(seed=SEED)


def contents(folder: Path, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the SHA-256 of every file; the card names its folder, and benchmark.json holds the card's SHA-256."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    found = {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in paths}
    return {name: digest for name, digest in found.items() if name not in without}


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- what is built ---


def test_the_folder_is_as_designed(bench_folder: Path, recipe: Recipe) -> None:
    assert entries(bench_folder) == sorted([*FILES, "atoms", "benchmark.json"])
    about = json.loads((bench_folder / "benchmark.json").read_text(encoding="utf-8"))
    assert list(about) == ["kind", "recipe", "seed", "counts", "versions", "sha256"]
    assert (about["kind"], about["seed"]) == ("retrieval", SEED)
    assert about["sha256"] == contents(bench_folder, without=("benchmark.json",))
    assert {"earwitness", "numpy", "pyarrow", "soundfile", "soxr", "pyloudnorm"} <= set(about["versions"])
    assert about["counts"]["clips"] == recipe.clips
    assert sum(about["counts"]["queries"].values()) == recipe.queries
    assert set(about["counts"]["pairs"].values()) == {recipe.pairs}
    assert sum(about["counts"]["recordings"].values()) == 96


def test_every_pcm_sha256_is_that_of_the_rendered_clip(bench_folder: Path) -> None:
    bench = read_benchmark(bench_folder)
    renderer = Renderer(bench.atoms(), sample_rate=bench.sample_rate)
    for scene in bench.scenes:
        assert sha256_of_bytes(renderer.pcm(scene).tobytes()) == bench.pcm_sha256[scene.clip_id]
    assert len(set(bench.pcm_sha256.values())) == len(bench.scenes)


def test_atoms_that_no_clip_uses_are_left_out(bench_folder: Path) -> None:
    bench = read_benchmark(bench_folder)
    used = {event.atom_id for scene in bench.scenes for event in scene.events}
    assert {row["atom_id"] for row in bench.atom_rows} == used
    assert {path.stem for path in (bench_folder / "atoms").rglob("*.flac")} == used


def test_the_report_is_told(bank: Bank, small: Recipe, tmp_path: Path) -> None:
    stages: dict[str, list[tuple[int, int]]] = {}

    def told(stage: str, done: int, wanted: int) -> None:
        stages.setdefault(stage, []).append((done, wanted))

    report = build(tmp_path / "bench", bank, recipe=small, settings=SETTINGS, progress=told)
    assert list(stages) == ["atoms", "questions", "families", "fillers", "clips"]
    assert stages["clips"][-1] == (80, 80)
    assert report.folder == tmp_path / "bench"
    assert report.counts["clips"] == 80
    assert report.labels_without_atom == ()


# --- the same bytes ---


def test_the_same_seed_is_the_same_bytes_with_any_number_of_jobs(
    bank: Bank, recipe: Recipe, bench_folder: Path, tmp_path: Path
) -> None:
    again = build(tmp_path / "bench", bank, recipe=recipe, settings=replace(SETTINGS, jobs=2)).folder
    assert contents(again) == contents(bench_folder)


def test_another_seed_is_another_benchmark(bank: Bank, small: Recipe, small_folder: Path, tmp_path: Path) -> None:
    other = build(tmp_path / "bench", bank, recipe=small, settings=replace(SETTINGS, seed=SEED + 1)).folder
    ours, theirs = contents(small_folder), contents(other)
    for name in FILES:
        assert ours[name] != theirs[name]
    ours_pcm, theirs_pcm = (set(read_benchmark(folder).pcm_sha256.values()) for folder in (small_folder, other))
    assert not ours_pcm & theirs_pcm


def test_the_order_of_banks_does_not_matter(bank_folder: Path, small: Recipe, tmp_path: Path) -> None:
    for half, labels in (("one", ("hum", "brook", "dog", "owl")), ("two", ("organ", "zip", "frog", "alarm"))):
        for label in labels:
            shutil.copytree(bank_folder / label, tmp_path / half / label)
    one, two = open_bank(tmp_path / "one"), open_bank(tmp_path / "two")
    small = with_counts(small, clips=60)
    folders = [
        build(tmp_path / name / "bench", merge_banks(banks), recipe=small, settings=SETTINGS).folder
        for name, banks in (("a", [one, two]), ("b", [two, one]))
    ]
    assert contents(folders[0]) == contents(folders[1])


def test_where_the_bank_lies_does_not_matter(
    bank_folder: Path, small: Recipe, small_folder: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(bank_folder, tmp_path / "elsewhere" / "bank")
    again = build(tmp_path / "bench", open_bank(moved), recipe=small, settings=SETTINGS).folder
    assert contents(again) == contents(small_folder)


@pytest.mark.parametrize("sample_rate", [8_000, 44_100])
def test_other_sample_rates(sample_rate: int, bank: Bank, small: Recipe, tmp_path: Path) -> None:
    settings = replace(SETTINGS, sample_rate=sample_rate)
    folder = build(tmp_path / "bench", bank, recipe=with_counts(small, clips=45), settings=settings).folder
    verification = verify(folder)
    assert verification.faults == ()
    assert verification.quality is not None
    assert verification.quality.clips == 45
    assert {row["sample_rate"] for row in read_benchmark(folder).atom_rows} == {sample_rate}


@pytest.mark.parametrize("sample_rate", [22_050, 11_025, 7_900, 48_100, 0, -16_000])
def test_sample_rates_without_whole_ticks_are_refused(
    sample_rate: int, bank: Bank, small: Recipe, tmp_path: Path
) -> None:
    settings = replace(SETTINGS, sample_rate=sample_rate)
    with pytest.raises(SoundsError, match=f"multiple of 100 from 8000 to 48000 Hz, got {sample_rate}"):
        build(tmp_path / "bench", bank, recipe=small, settings=settings)
    assert not (tmp_path / "bench").exists()


def test_a_split_uses_its_own_recordings(bank: Bank, small: Recipe, tmp_path: Path) -> None:
    sources = {}
    for split in ("train", "test"):
        settings = replace(SETTINGS, split=split)
        part = select_split(bank, split=split)
        recipe = with_counts(small, clips=60, queries=2, pairs=0)
        bench = read_benchmark(build(tmp_path / split, part, recipe=recipe, settings=settings).folder)
        assert {row["split"] for row in bench.atom_rows} == {split}
        sources[split] = {row["source"] for row in bench.atom_rows}
    assert not sources["train"] & sources["test"]


# --- places that are taken ---


@pytest.fixture
def build_small(bank: Bank, small: Recipe) -> Any:
    def run(out: Path, *, seed: int = SEED, **options: Any) -> BuildReport:
        settings = BuildSettings(seed=seed, sample_rate=options.pop("sample_rate", 16_000))
        return build(out, bank, recipe=options.pop("recipe", small), settings=settings, **options)

    return run


def test_a_folder_that_exists_is_left_alone(build_small: Any, small_folder: Path, tmp_path: Path) -> None:
    out = shutil.copytree(small_folder, tmp_path / "bench")
    with pytest.raises(OutputError, match=r"bench' exists already: name another folder, or replace it with --force"):
        build_small(out)
    with pytest.raises(OutputError, match="is complete: there is nothing to resume"):
        build_small(out, resume=True)
    assert contents(out) == contents(small_folder)
    assert entries(tmp_path) == ["bench"]


def test_force_replaces_a_benchmark(build_small: Any, small_folder: Path, tmp_path: Path) -> None:
    out = shutil.copytree(small_folder, tmp_path / "bench")
    (out / "note.txt").write_text("stale")
    build_small(out, seed=99, force=True)
    assert json.loads((out / "benchmark.json").read_text())["seed"] == 99
    assert not (out / "note.txt").exists()
    assert entries(tmp_path) == ["bench"]


@pytest.mark.parametrize("options", [{}, {"force": True}, {"resume": True}, {"force": True, "resume": True}], ids=str)
@pytest.mark.parametrize("place", ["bench", "bench.building"])
def test_a_foreign_folder_is_never_touched(
    place: str, options: dict[str, bool], build_small: Any, tmp_path: Path
) -> None:
    precious = tmp_path / place / "thesis.tex"
    precious.parent.mkdir()
    precious.write_text("years of work")
    with pytest.raises(OutputError, match=f"{place}'"):
        build_small(tmp_path / "bench", **options)
    assert precious.read_text() == "years of work"
    assert entries(tmp_path) == [place]


@pytest.mark.parametrize("options", [{}, {"force": True}, {"resume": True}], ids=str)
@pytest.mark.parametrize("place", ["bench", "bench.building"])
def test_a_file_in_the_way_is_never_touched(
    place: str, options: dict[str, bool], build_small: Any, tmp_path: Path
) -> None:
    (tmp_path / place).write_text("years of work")
    with pytest.raises(OutputError, match=f"{place}'"):
        build_small(tmp_path / "bench", **options)
    assert (tmp_path / place).read_text() == "years of work"


def test_an_empty_folder_may_be_taken(build_small: Any, tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    with pytest.raises(OutputError, match="exists already"):
        build_small(tmp_path / "bench")
    build_small(tmp_path / "bench", force=True)
    assert verify(tmp_path / "bench").faults == ()


def test_a_link_is_replaced_and_what_it_leads_to_is_kept(build_small: Any, small_folder: Path, tmp_path: Path) -> None:
    kept = shutil.copytree(small_folder, tmp_path / "kept")
    (tmp_path / "bench").symlink_to(kept)
    build_small(tmp_path / "bench", force=True)
    assert contents(kept) == contents(small_folder)
    assert not (tmp_path / "bench").is_symlink()


def test_the_folder_above_is_made(build_small: Any, tmp_path: Path) -> None:
    build_small(tmp_path / "new" / "deeper" / "bench")
    assert entries(tmp_path / "new" / "deeper") == ["bench"]


def test_a_bank_that_gives_atoms_of_one_label_is_refused(bank_folder: Path, small: Recipe, tmp_path: Path) -> None:
    shutil.copytree(bank_folder / "dog", tmp_path / "bank" / "dog")
    (tmp_path / "bank" / "cat").mkdir()
    (tmp_path / "bank" / "cat" / "1.wav").write_text("meow")
    with pytest.raises(BankError, match=r"atoms of at least two labels; got 1 of 2 \(6 atom, 1 not decodable"):
        build(tmp_path / "bench", open_bank(tmp_path / "bank"), recipe=small, settings=SETTINGS)


def test_labels_without_an_atom_are_told(bank_folder: Path, small: Recipe, tmp_path: Path) -> None:
    shutil.copytree(bank_folder, tmp_path / "bank")
    (tmp_path / "bank" / "cat").mkdir()
    (tmp_path / "bank" / "cat" / "1.wav").write_text("meow")
    report = build(tmp_path / "bench", open_bank(tmp_path / "bank"), recipe=small, settings=SETTINGS)
    assert report.labels_without_atom == ("cat",)
    assert [(rejection.name, rejection.reason) for rejection in report.preparation.rejections] == [
        ("cat/1.wav", "not decodable")
    ]


def test_no_more_labels_than_the_recipe_has_are_used(bank: Bank, tmp_path: Path, small: Recipe) -> None:
    path = tmp_path / "few.toml"
    path.write_text('labels = 3\natoms_per_label = 4\n[forms]\nOrder = ["before(A, B)"]\n', encoding="utf-8")
    recipe = with_counts(load_recipe(str(path)), clips=40, queries=4, pairs=2)
    bench = read_benchmark(build(tmp_path / "bench", bank, recipe=recipe, settings=SETTINGS).folder)
    by_label: dict[str, int] = {}
    for row in bench.atom_rows:
        by_label[row["label"]] = by_label.get(row["label"], 0) + 1
    assert len(by_label) == 3
    assert max(by_label.values()) <= 4


# --- accidents ---


def full_after(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full after so many files have got their name."""
    replace_file, left = os.replace, iter(range(number))

    def replaced(*args: Any, **options: Any) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace_file(*args, **options)

    monkeypatch.setattr(os, "replace", replaced)


# In turn: the note, the kept preparations, the atoms, the kept clips, the tables, benchmark.json.
@pytest.mark.parametrize("share", [0.0, 0.4, 0.8, 0.97, 0.98, 0.9999])
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
        build(stopped, fewer, recipe=small, settings=SETTINGS, resume=True)


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


@pytest.mark.parametrize(
    ("stage", "jobs"), [("building.json", "1"), ("cache/atoms", "2"), ("atoms", "1"), ("cache/clips", "2")]
)
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


# --- real recordings ---


@pytest.fixture(scope="session")
def animals(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shared / "data" / "sounds" / "animals"
    recipe = with_counts(load_recipe("mini"), clips=180, queries=15, pairs=6)
    out = tmp_path_factory.mktemp("animals") / "bench"
    report = build(out, open_bank(folder), recipe=recipe, settings=BuildSettings(seed=3, jobs=2))
    assert report.counts["labels"] == 10
    return out


def test_real_recordings_give_a_benchmark_that_holds(animals: Path) -> None:
    verification = verify(animals)
    assert verification.faults == ()
    quality = verification.quality
    assert quality is not None
    assert (quality.clips, quality.clipped_clips) == (180, 0)
    assert quality.worst_onset_error_s <= 0.01
    assert quality.silent_share <= 0.02
    assert quality.least_audible_share > 0.55


def test_build_has_no_state_of_its_own(build_small: Any, small_folder: Path, tmp_path: Path) -> None:
    building._renderer.cache_clear()
    build_small(tmp_path / "a", seed=5)
    build_small(tmp_path / "b")
    assert contents(tmp_path / "b", without=("README.md", "benchmark.json")) == contents(
        small_folder, without=("README.md", "benchmark.json")
    )
