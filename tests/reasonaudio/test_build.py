"""Building: the same seed gives the same bytes, and no accident leaves half a benchmark or costs a whole one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from earwitness.errors import BankError, BenchmarkError, OutputError, SoundsError
from earwitness.reasonaudio import build as building
from earwitness.reasonaudio.build import BuildSettings, build
from earwitness.reasonaudio.folder import FILES, read_benchmark
from earwitness.reasonaudio.recipe import Recipe, load_recipe, with_counts
from earwitness.reasonaudio.verify import verify
from earwitness.records import sha256_of_bytes
from earwitness.scenes.render import Renderer
from earwitness.sounds.bank import Bank, merge_banks, select_split
from earwitness.sounds.layouts import open_bank
from reasonaudio.conftest import SEED, contents, entries

SETTINGS = BuildSettings(seed=SEED)


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
    for name in set(FILES) - {"atoms.parquet"}:
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


def test_a_folder_that_exists_is_left_alone(build_small: Any, small_folder: Path, tmp_path: Path) -> None:
    out = shutil.copytree(small_folder, tmp_path / "bench")
    with pytest.raises(OutputError, match=r"bench' exists already: name another folder, or replace it with --force"):
        build_small(out)
    with pytest.raises(OutputError, match=r"is complete, and was built with other settings \(seed\)"):
        build_small(out, resume=True, seed=99)
    assert contents(out) == contents(small_folder)
    assert entries(tmp_path) == ["bench"]


def test_a_build_that_has_ended_may_be_resumed(
    build_small: Any, small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(small_folder, tmp_path / "bench")
    monkeypatch.setattr(building, "prepare_all", lambda *_, **__: pytest.fail("there is nothing left to do"))
    report = build_small(out, resume=True)
    assert report.counts["clips"] == 80
    assert contents(out) == contents(small_folder)


@pytest.mark.parametrize("record", ["", "{}", '{"recipe": 3}', '{"kind": "retrieval", "recipe": [], "versions": 1}'])
def test_a_damaged_benchmark_is_not_taken_for_a_finished_one(record: str, build_small: Any, tmp_path: Path) -> None:
    out = tmp_path / "bench"
    out.mkdir()
    (out / "benchmark.json").write_text(record)
    with pytest.raises(BenchmarkError, match="bench"):
        build_small(out, resume=True)


def test_force_replaces_a_benchmark(build_small: Any, small_folder: Path, tmp_path: Path) -> None:
    out = shutil.copytree(small_folder, tmp_path / "bench")
    (out / "note.txt").write_text("stale")
    build_small(out, seed=99, force=True)
    assert json.loads((out / "benchmark.json").read_text())["seed"] == 99
    assert not (out / "note.txt").exists()
    assert entries(tmp_path) == ["bench"]


@pytest.mark.parametrize("options", [{}, {"force": True}, {"resume": True}], ids=str)
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
