"""The run folder: what is written is read back or refused by name."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import RunError, SystemFault
from earwitness.reasonaudio.folder import Benchmark, read_benchmark
from earwitness.scores.judged import Judged, judged
from earwitness.scores.runs import Block, Run, create_run, open_run
from earwitness.systems.base import About, Clips, Scores, System, clips_of
from reasonaudio.conftest import contents

SIZE = 60
"""Clips of a block; 200 clips make four blocks, the last one smaller."""


class Silent:
    """A system that need not be asked here."""

    def scores(self, texts: object, clips: Clips) -> Scores:
        raise AssertionError("nobody asks")


def named(name: str, *, spec: str = "toy", version: str = "1") -> System:
    return System(About(name, spec, "other", False, version, 12, {"model": "toy", "layers": [1, 2]}), Silent())


@pytest.fixture(scope="module")
def known(bench: Benchmark) -> Judged:
    return judged(bench)


@pytest.fixture
def run(bench: Benchmark, known: Judged, tmp_path: Path) -> Run:
    return create_run(tmp_path / "run", bench, known, seed=3)


def blocks_of(run: Run, bench: Benchmark, known: Judged, system: System) -> tuple[Block, ...]:
    return run.record(system, clips_of(bench), texts=known.texts, block=SIZE)


def fill(run: Run, bench: Benchmark, known: Judged, system: System) -> Scores:
    """Record a system, and write scores that tell every place apart."""
    scores = np.arange(len(known.query_ids) * len(known.clip_ids), dtype=np.float32).reshape(len(known.query_ids), -1)
    for block in blocks_of(run, bench, known, system):
        run.write_block(system.about.name, block, scores[:, block.start : block.stop])
    return scores


def block_files(run: Run) -> list[Path]:
    return sorted(run.folder.glob("systems/*/blocks/*.npy"))


# --- what is written is read back ---


def test_scores_are_assembled_as_they_were_written(run: Run, bench: Benchmark, known: Judged) -> None:
    scores = fill(run, bench, known, named("toy"))
    again = open_run(run.folder, judged=known)
    assert np.array_equal(again.scores("toy"), scores)
    assert again.scores("toy").dtype == np.float32
    (recorded,) = again.systems
    assert recorded.about == named("toy").about
    assert (recorded.status, recorded.why, recorded.done, recorded.wanted) == ("complete", "", 200, 200)
    assert (again.seed, again.checksum) == (3, known.checksum)
    assert again.benchmark_folder == bench.folder


def test_a_block_is_a_numpy_file(run: Run, bench: Benchmark, known: Judged) -> None:
    scores = fill(run, bench, known, named("toy"))
    for block in run.blocks("toy"):
        loaded = np.load(run.folder / "systems" / "toy" / "blocks" / f"{block.key}.npy", allow_pickle=False)
        assert loaded.flags.c_contiguous and loaded.dtype == np.dtype("<f4")
        assert np.array_equal(loaded, scores[:, block.start : block.stop])


def test_a_key_depends_on_all_that_scores_depend_on(run: Run, bench: Benchmark, known: Judged) -> None:
    clips = clips_of(bench)
    digests = (*clips.sha256[:-1], "0" * 64)
    other_audio = Clips(clips.names, digests, sample_rate=clips.sample_rate, render=lambda name: np.zeros(1, np.int16))
    layouts = [
        run.record(named("a"), clips, texts=known.texts, block=SIZE),
        run.record(named("b", spec="other"), clips, texts=known.texts, block=SIZE),
        run.record(named("c", version="2"), clips, texts=known.texts, block=SIZE),
        run.record(named("d"), clips, texts=known.texts[::-1], block=SIZE),
    ]
    assert len({block.key for blocks in layouts for block in blocks}) == 16
    changed = run.record(named("e"), other_audio, texts=known.texts, block=SIZE)
    assert [a == b for a, b in zip(layouts[0], changed, strict=True)] == [True, True, True, False]


def test_systems_stand_in_the_order_in_which_they_came(run: Run, bench: Benchmark, known: Judged) -> None:
    names = ["zebra", "Ant", "mouse", "ant"]
    for name in names:
        blocks_of(run, bench, known, named(name))
    assert [each.about.name for each in open_run(run.folder).systems] == names


@pytest.mark.parametrize(
    "name", ["..", ".", "../../out", "/etc", "CLAP (630k)", "a" * 300, "Ω", "con.", "a\\b", "-", "<script>", "Toy"]
)
def test_any_name_stays_in_the_run(name: str, run: Run, bench: Benchmark, known: Judged) -> None:
    blocks_of(run, bench, known, named("toy"))
    before = contents(run.folder.parent)
    scores = fill(run, bench, known, named(name))
    new = set(contents(run.folder.parent)) - set(before)
    assert all(path.startswith("run/systems/") for path in new)
    assert len({path.split("/")[2] for path in new}) == 1
    assert not {path.split("/")[2].casefold() for path in new} & {"toy"}
    assert np.array_equal(run.scores(name), scores)


def test_a_system_keeps_its_blocks(run: Run, bench: Benchmark, known: Judged) -> None:
    first = blocks_of(run, bench, known, named("toy"))
    assert run.record(named("toy"), clips_of(bench), texts=known.texts, block=7) == first
    assert [(block.start, block.stop) for block in first] == [(0, 60), (60, 120), (120, 180), (180, 200)]
    whole = replace(named("whole"), whole_corpus=True)
    assert [(block.start, block.stop) for block in blocks_of(run, bench, known, whole)] == [(0, 200)]


# --- what is not whole ---


def test_a_system_with_some_blocks_is_partial(run: Run, bench: Benchmark, known: Judged) -> None:
    fill(run, bench, known, named("toy"))
    run._block_path("toy", run.blocks("toy")[1]).unlink()
    (recorded,) = run.systems
    assert (recorded.status, recorded.done, recorded.wanted) == ("partial", 140, 200)
    assert "only 140 of 200 clips have scores" in recorded.why
    with pytest.raises(RunError, match="no whole scores of system 'toy': only 140 of 200"):
        run.scores("toy")


def test_a_failure_is_recorded_once_and_the_latest_tells_why(run: Run, bench: Benchmark, known: Judged) -> None:
    block, other, *_ = blocks_of(run, bench, known, named("toy"))
    for at, message in ((block, "first"), (other, "second"), (block, "first")):
        run.add_failure("toy", block=at, error="ValueError", message=message, traceback=["here"])
    rows = run.failures("toy")
    assert [(row["block"], row["message"]) for row in rows] == [([60, 120], "second"), ([0, 60], "first")]
    (recorded,) = run.systems
    assert (recorded.status, recorded.why, recorded.done) == ("failed", "ValueError: first", 0)


def test_an_unknown_system_is_named(run: Run, bench: Benchmark, known: Judged) -> None:
    with pytest.raises(RunError, match="holds no system 'toy'; it holds none"):
        run.scores("toy")
    blocks_of(run, bench, known, named("clap"))
    with pytest.raises(RunError, match="holds no system 'toy'; it holds 'clap'"):
        run.scores("toy")


def _of(shape: tuple[int, int], dtype: str) -> Callable[[Path], None]:
    return lambda path: np.save(path, np.zeros(shape, dtype))


def flipped(data: bytes) -> bytes:
    return data[:999] + bytes([data[999] ^ 1]) + data[1000:]


def zipped() -> bytes:
    file = io.BytesIO()
    np.savez(file, a=np.zeros(3))
    return file.getvalue()


def turned(data: bytes) -> bytes:
    """Return a block that is whole, but of another shape and the same size."""
    other = data[:-32].replace(b"(20, 60)", b"(60, 20)", 1)
    return other + hashlib.sha256(other).digest()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "one bit": lambda path: path.write_bytes(flipped(path.read_bytes())),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "text": lambda path: path.write_text("not an array"),
    "zip": lambda path: path.write_bytes(zipped()),
    "pickle": lambda path: np.save(path, np.array([{}], dtype=object), allow_pickle=True),
    "turned": lambda path: path.write_bytes(turned(path.read_bytes())),
    "other shape": _of((20, 59), "<f4"),
    "float64": _of((20, 60), "<f8"),
    "without digest": _of((20, 60), "<f4"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_block_is_refused_by_name(damage: str, run: Run, bench: Benchmark, known: Judged) -> None:
    fill(run, bench, known, named("toy"))
    path = run._block_path("toy", run.blocks("toy")[0])
    DAMAGES[damage](path)
    assert len(block_files(run)) == 4
    with pytest.raises(
        RunError, match=r"is damaged: expected float32 scores of shape \(20, 60\).*clips 1 to 60"
    ) as got:
        run.scores("toy")
    assert str(path) in str(got.value)


# --- one name, one system ---


@pytest.mark.parametrize("field", ["spec", "version"])
def test_another_system_under_the_same_name_is_refused(field: str, run: Run, bench: Benchmark, known: Judged) -> None:
    fill(run, bench, known, named("toy"))
    before = contents(run.folder)
    other = named("toy", **{field: "new"})
    with pytest.raises(RunError, match=f"another system under the name 'toy': its {field} is .*--system LABEL="):
        blocks_of(run, bench, known, other)
    assert contents(run.folder) == before


def test_one_that_failed_may_come_back_mended(run: Run, bench: Benchmark, known: Judged) -> None:
    blocks_of(run, bench, known, named("other"))
    first, *_ = blocks_of(run, bench, known, named("toy"))
    run.write_block("toy", first, np.ones((20, 60), np.float32))
    run.add_failure("toy", block=first, error="ValueError", message="bug", traceback=[])
    blocks_of(run, bench, known, named("last"))
    scores = fill(run, bench, known, named("toy", version="2"))
    assert np.array_equal(run.scores("toy"), scores)
    assert [(each.about.name, each.status) for each in run.systems] == [
        *(("other", "partial"), ("toy", "complete"), ("last", "partial"))
    ]
    assert run._block_path("toy", first).is_file()


def test_an_old_version_s_failure_is_not_the_new_one_s(run: Run, bench: Benchmark, known: Judged) -> None:
    first, *_ = blocks_of(run, bench, known, named("toy"))
    run.add_failure("toy", block=first, error="ValueError", message="bug", traceback=[])
    blocks_of(run, bench, known, named("toy", version="2"))
    assert run.systems[0].status == "partial"
    assert len(run.failures("toy")) == 1


@pytest.mark.parametrize("details", [{"loss": float("nan")}, {"model": object()}, {1: {2: {3}}}])
def test_details_must_be_json(details: dict[str, object], run: Run, bench: Benchmark, known: Judged) -> None:
    system = System(replace(named("toy").about, details=details), Silent())
    with pytest.raises(SystemFault, match="System 'toy' says of itself what is not JSON"):
        blocks_of(run, bench, known, system)
    assert run.systems == []


# --- one run, one benchmark ---


def test_the_same_run_is_opened_again(run: Run, bench: Benchmark, known: Judged) -> None:
    assert create_run(run.folder, bench, known, seed=3) == run
    with pytest.raises(RunError, match="begun with the seed 3, got 4: give --seed 3"):
        create_run(run.folder, bench, known, seed=4)


def test_another_benchmark_is_refused_with_both_checksums(run: Run, bench: Benchmark, known: Judged) -> None:
    other = replace(known, checksum="0" * 64)
    for refuse in (
        lambda: run.check(other),
        lambda: open_run(run.folder, judged=other),
        lambda: create_run(run.folder, bench, other, seed=3),
    ):
        with pytest.raises(RunError, match="another benchmark, or on this one before it changed") as got:
            refuse()
        assert known.checksum in str(got.value) and "0" * 64 in str(got.value)


def test_a_folder_with_other_things_is_refused(bench: Benchmark, known: Judged, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match=r"not empty .it holds 'thesis.tex'"):
        create_run(tmp_path / "thesis", bench, known, seed=0)
    with pytest.raises(RunError, match=r"'.*file' is a file"):
        create_run(tmp_path / "file", bench, known, seed=0)
    assert sorted(contents(tmp_path)) == ["file", "thesis/thesis.tex"]


def test_what_a_killed_process_left_is_no_hindrance(bench: Benchmark, known: Judged, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "embeddings").mkdir(parents=True)
    (folder / ".run.json.123.partial").write_text('{"bench')
    run = create_run(folder, bench, known, seed=0)
    assert sorted(contents(folder)) == ["run.json"]
    fill(run, bench, known, named("toy"))
    for path in (folder / "systems" / "toy", folder / "systems" / "toy" / "blocks"):
        (path / ".x.123.partial").write_text("half")
    run.sweep(["toy", "unknown"])
    assert not list(folder.glob("**/.*"))


def test_a_run_and_its_benchmark_may_move_together(bench_copy: Path, known: Judged, tmp_path: Path) -> None:
    bench = read_benchmark(bench_copy)
    create_run(tmp_path / "runs" / "one", bench, known, seed=0)
    (tmp_path / "away").mkdir()
    for name in ("bench", "runs"):
        shutil.move(tmp_path / name, tmp_path / "away" / name)
    run = open_run(tmp_path / "away" / "runs" / "one")
    assert run.benchmark_folder == tmp_path / "away" / "bench"
    shutil.move(tmp_path / "away" / "bench", tmp_path / "bench")
    assert run.benchmark_folder == tmp_path / "bench"
    shutil.rmtree(tmp_path / "bench")
    with pytest.raises(RunError, match=r"is neither at .*away/bench' nor at .*--bench"):
        _ = run.benchmark_folder


# --- manifests that cannot be used ---


def test_what_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="nothing' is not a run: there is no such folder"):
        open_run(tmp_path / "nothing")
    with pytest.raises(RunError, match=r"is not a run: it has no run\.json"):
        open_run(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "must hold one JSON object"),
        ("{}", "its field 'checksum' holds 'nothing'"),
        ({"seed": "x"}, "its field 'seed' holds 'x'"),
        ({"counts": {"queries": 3}}, "'counts' must hold queries and clips"),
        ({"benchmark": {"absolute": "/"}}, "'benchmark' must hold absolute and relative"),
    ],
)
def test_a_damaged_run_json_is_named(text: str | dict[str, object], words: str, run: Run) -> None:
    path = run.folder / "run.json"
    path.write_text(text if isinstance(text, str) else json.dumps({**json.loads(path.read_text()), **text}))
    with pytest.raises(RunError, match=words) as got:
        open_run(run.folder)
    assert "run.json" in str(got.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON"),
        ({"spec": 3}, "its field 'spec' holds 3"),
        ({"name": "other"}, "is of system 'other', which belongs in 'other'"),
        ({"blocks": []}, "'blocks' must end at clip 200; they end at 0"),
        ({"blocks": [{"key": "../../x", "start": 0, "stop": 200}]}, "'blocks' must hold key, start and stop"),
        ({"blocks": [{"key": "0" * 64, "start": 5, "stop": 200}]}, "each starting where the last stops"),
    ],
)
def test_a_damaged_system_json_is_named(
    text: str | dict[str, object], words: str, run: Run, bench: Benchmark, known: Judged
) -> None:
    fill(run, bench, known, named("toy"))
    path = run.folder / "systems" / "toy" / "system.json"
    path.write_text(text if isinstance(text, str) else json.dumps({**json.loads(path.read_text()), **text}))
    with pytest.raises(RunError, match=words) as got:
        _ = run.systems
    assert str(path) in str(got.value)


def test_damaged_failures_are_named(run: Run, bench: Benchmark, known: Judged) -> None:
    blocks_of(run, bench, known, named("toy"))
    (run.folder / "systems" / "toy" / "failures.jsonl").write_text('{"error": "x"}\n')
    with pytest.raises(RunError, match=r"failures\.jsonl', line 1: expected the fields"):
        _ = run.systems
