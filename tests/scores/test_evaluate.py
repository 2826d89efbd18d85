"""Systems are asked block by block; what fails is told, and what is there is never asked for again."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.errors import (
    BenchmarkError,
    EarwitnessError,
    MissingExtra,
    OutputError,
    ReadingError,
    RunError,
    SoundsError,
    SystemFault,
)
from earwitness.reasonaudio.folder import Benchmark, read_benchmark, renderer_of
from earwitness.scores.evaluate import evaluate
from earwitness.scores.runs import open_run
from earwitness.systems.base import About, Clips, Scores, System
from reasonaudio.conftest import contents


class Toy:
    """Scores that depend on text and audio alone; remembers what it was asked, and fails where it is told to."""

    def __init__(self, failure: BaseException | None = None, *, after: int = 0) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.texts: set[tuple[str, ...]] = set()
        self.failure = failure
        self.after = after

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        self.asked.append(clips.names)
        self.texts.add(tuple(texts))
        if self.failure is not None and len(self.asked) > self.after:
            raise self.failure
        columns = [int(digest[:6], 16) for digest in clips.sha256]
        rows = [sum(map(ord, text)) for text in texts]
        return (np.outer(rows, columns) % 9973).astype(np.float32)


def named(name: str, retriever: Any, *, whole_corpus: bool = False) -> System:
    return System(About(name, f"toy:{name}", "other", False, "1"), retriever, whole_corpus)


def giving(make: Callable[[int, int], object]) -> System:
    """Return a system that gives what ``make`` makes of a number of texts and of clips."""

    class Giver:
        def scores(self, texts: Sequence[str], clips: Clips) -> Any:
            return make(len(texts), len(clips))

    return named("giver", Giver())


# --- what goes well ---


def test_every_clip_is_asked_for_once_and_in_order(bench: Benchmark, tmp_path: Path) -> None:
    toy, told = Toy(), []
    run = evaluate(bench, [named("toy", toy)], tmp_path / "run", block=60, progress=lambda *each: told.append(each))
    names = tuple(scene.clip_id for scene in bench.scenes)
    assert toy.asked == [names[:60], names[60:120], names[120:180], names[180:]]
    assert toy.texts == {tuple(query.text for query in bench.queries)}
    assert told == [("toy", done, 200) for done in (0, 60, 120, 180, 200)]
    assert run.scores("toy").shape == (20, 200)


@pytest.mark.parametrize("block", [1, 7, 200, 10_000])
def test_blocks_do_not_change_the_scores(block: int, bench: Benchmark, tmp_path: Path) -> None:
    toy = Toy()
    run = evaluate(bench, [named("toy", toy)], tmp_path / "run", block=block)
    whole = evaluate(bench, [named("toy", toy, whole_corpus=True)], tmp_path / "whole", block=block)
    assert len(toy.asked[-1]) == 200
    assert run.scores("toy").tobytes() == whole.scores("toy").tobytes()


@pytest.mark.parametrize("dtype", ["float16", "float64", "int64", "uint8", "bool", ">f4"])
def test_any_kind_of_number_is_taken(dtype: str, bench: Benchmark, tmp_path: Path) -> None:
    run = evaluate(bench, [giving(lambda n, m: np.eye(n, m).astype(dtype))], tmp_path / "run", block=200)
    assert np.array_equal(run.scores("giver"), np.eye(20, 200, dtype=np.float32))


def test_lists_and_what_is_not_retrieved_are_taken(bench: Benchmark, tmp_path: Path) -> None:
    lists = giving(lambda n, m: [[float("-inf")] * m] * n)
    run = evaluate(bench, [lists], tmp_path / "run")
    assert np.isneginf(run.scores("giver")).all()


def test_systems_are_added_to_a_run(bench: Benchmark, tmp_path: Path) -> None:
    first, second = Toy(), Toy()
    evaluate(bench, [named("a", first)], tmp_path / "run", block=100)
    run = evaluate(bench, [named("b", second), named("a", first)], tmp_path / "run", block=50)
    assert [(each.about.name, each.status) for each in run.systems] == [("a", "complete"), ("b", "complete")]
    assert (len(first.asked), len(second.asked)) == (2, 4)


def test_two_evaluations_may_fill_one_run(bench: Benchmark, tmp_path: Path) -> None:
    class Meanwhile(Toy):
        def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
            evaluate(bench, [named(f"other {len(self.asked)}", Toy())], tmp_path / "run", block=90)
            return super().scores(texts, clips)

    run = evaluate(bench, [named("toy", Meanwhile())], tmp_path / "run", block=100)
    assert [(each.about.name, each.status) for each in run.systems] == [
        *(("toy", "complete"), ("other 0", "complete"), ("other 1", "complete"))
    ]


# --- going on ---


def test_what_is_there_is_not_asked_for_again(bench: Benchmark, tmp_path: Path) -> None:
    class Stopped(BaseException):
        pass

    toy = Toy(Stopped(), after=2)
    with pytest.raises(Stopped):
        evaluate(bench, [named("toy", toy), named("next", Toy())], tmp_path / "run", block=60)
    stopped = open_run(tmp_path / "run")
    assert [(each.about.name, each.status, each.done) for each in stopped.systems] == [
        *(("toy", "partial", 120), ("next", "partial", 0))
    ]
    again = Toy()
    run = evaluate(bench, [named("toy", again), named("next", Toy())], tmp_path / "run", block=60)
    assert [len(names) for names in again.asked] == [60, 20]
    evaluate(bench, [named("toy", toy), named("next", Toy())], tmp_path / "run", block=60)
    straight = evaluate(bench, [named("toy", Toy()), named("next", Toy())], tmp_path / "straight", block=60)
    assert contents(run.folder) == contents(straight.folder)


def test_what_a_killed_process_left_half_written_is_removed(bench: Benchmark, tmp_path: Path) -> None:
    run = evaluate(bench, [named("toy", Toy()), named("other", Toy())], tmp_path / "run", block=60)
    before = contents(run.folder)
    half = [run.folder / "systems" / name / "blocks" / ".x.npy.1.partial" for name in ("toy", "other")]
    for path in half:
        path.write_bytes(b"half")
    evaluate(bench, [named("toy", Toy())], tmp_path / "run", block=60)
    assert [path.exists() for path in half] == [False, True]  # another process may be writing the other one
    half[1].unlink()
    assert contents(run.folder) == before


@pytest.mark.parametrize("size", [0, 100, -1])
def test_a_damaged_block_is_told_of_and_asked_for_again(size: int, bench: Benchmark, tmp_path: Path) -> None:
    system, told = named("toy", Toy()), []
    before = evaluate(bench, [system], tmp_path / "run", block=60)
    scores = before.scores("toy")
    path = before._block_path("toy", before.blocks("toy")[2])
    path.write_bytes(path.read_bytes()[:size])
    toy = Toy()
    run = evaluate(bench, [named("toy", toy)], tmp_path / "run", notice=told.append)
    assert np.array_equal(run.scores("toy"), scores)
    assert toy.asked == [tuple(scene.clip_id for scene in bench.scenes[120:180])]
    (said,) = told
    assert "System 'toy', clips 121 to 180: RunError" in said and str(path) in said
    (row,) = run.failures("toy")
    assert (row["block"], row["error"]) == ([120, 180], "RunError")


# --- what fails ---


def test_a_system_that_fails_halfway_is_a_row_and_the_others_go_on(bench: Benchmark, tmp_path: Path) -> None:
    broken, told = Toy(ValueError("shapes do not match"), after=1), []
    systems = [named("a", Toy()), named("broken", broken), named("z", Toy())]
    run = evaluate(bench, systems, tmp_path / "run", block=60, notice=told.append)
    assert [(each.about.name, each.status, each.done) for each in run.systems] == [
        *(("a", "complete", 200), ("broken", "failed", 60), ("z", "complete", 200))
    ]
    assert run.recorded("broken").why == "ValueError: shapes do not match"
    assert told == ["System 'broken', clips 61 to 120: ValueError: shapes do not match"]
    (row,) = run.failures("broken")
    assert (row["block"], row["error"], row["version"]) == ([60, 120], "ValueError", "1")
    assert "test_evaluate.py" in row["traceback"][-1] and "raise self.failure" in row["traceback"][-1]
    with pytest.raises(RunError, match="no whole scores of system 'broken': ValueError: shapes do not match"):
        run.scores("broken")


def test_what_failed_is_tried_again_from_where_it_failed(bench: Benchmark, tmp_path: Path) -> None:
    for _ in range(2):
        evaluate(bench, [named("toy", Toy(ValueError("busy"), after=0))], tmp_path / "run", block=60)
    evaluate(bench, [named("toy", Toy(ValueError("busy"), after=1))], tmp_path / "run", block=60)
    mended = Toy()
    run = evaluate(bench, [named("toy", mended)], tmp_path / "run", block=60)
    assert [len(names) for names in mended.asked] == [60, 60, 20]
    assert run.recorded("toy").status == "complete"
    assert [row["block"] for row in run.failures("toy")] == [[0, 60], [60, 120]]


@pytest.mark.parametrize(
    "failure",
    [
        *(SystemFault("wrong"), MissingExtra("no torch"), ReadingError("what?")),
        *(MemoryError(), RuntimeError(), OSError("gone"), SystemExit(3)),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_whatever_a_system_raises_is_its_failure(failure: BaseException, bench: Benchmark, tmp_path: Path) -> None:
    run = evaluate(bench, [named("toy", Toy(failure)), named("b", Toy())], tmp_path / "run")
    assert [each.status for each in run.systems] == ["failed", "complete"]
    assert run.recorded("toy").why.startswith(f"{type(failure).__name__}: ")


@pytest.mark.parametrize(
    "failure",
    [
        KeyboardInterrupt(),
        OutputError("disk full"),
        BenchmarkError("an atom is gone"),
        RunError("a damaged cache"),
        SoundsError("x"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_what_no_system_can_help_ends_the_evaluation(failure: BaseException, bench: Benchmark, tmp_path: Path) -> None:
    with pytest.raises(type(failure)):
        evaluate(bench, [named("a", Toy()), named("toy", Toy(failure, after=1))], tmp_path / "run", block=100)
    run = open_run(tmp_path / "run")
    assert [(each.status, each.done) for each in run.systems] == [("complete", 200), ("partial", 100)]
    assert run.failures("toy") == []


def test_a_lost_atom_is_the_benchmark_s_fault(bench_copy: Path, tmp_path: Path) -> None:
    class Listener:
        def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
            return np.outer(np.ones(len(texts)), [np.abs(samples).max() for samples in clips])

    bench = read_benchmark(bench_copy)
    heard = evaluate(bench, [named("ear", Listener())], tmp_path / "run", block=100).scores("ear")
    assert heard.max() <= 1 and heard.min() > 0
    sorted((bench_copy / "atoms").rglob("*.flac"))[0].unlink()
    renderer_of.cache_clear()
    with pytest.raises((BenchmarkError, SoundsError)):
        evaluate(bench, [named("ear", Listener())], tmp_path / "other")
    assert open_run(tmp_path / "other").failures("ear") == []


def spoiled(value: float, *, dtype: str = "float32") -> Callable[[int, int], object]:
    def make(n: int, m: int) -> object:
        scores = np.zeros((n, m), dtype)
        scores[3, 5] = value
        return scores

    return make


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda n, m: np.zeros((m, n)), "gave, for clip-001 to clip-050, scores of shape (50, 20); expected numbers of "
         "shape (20, 50), a row for each query and a column for each clip"),
        (lambda n, m: np.zeros(n * m), "scores of shape (1000,); expected numbers of shape (20, 50)"),
        (lambda n, m: np.zeros((n, m, 1)), "scores of shape (20, 50, 1)"),
        (lambda n, m: None, "NoneType of object"),
        (lambda n, m: [["0.5"] * m] * n, "list of <U3"),
        (lambda n, m: np.zeros((n, m), complex), "ndarray of complex128"),
        (lambda n, m: [[0.0] * m] * (n - 1) + [[0.0]], "inhomogeneous"),
        (spoiled(np.nan), "gave nan for query number 4 and clip 'clip-006'"),
        (spoiled(np.inf), "gave inf for query number 4 and clip 'clip-006'"),
        (spoiled(np.nan, dtype="float64"), "gave nan for query number 4 and clip 'clip-006'"),
        (spoiled(-1e300, dtype="float64"), "-1e+300"),
        (spoiled(1e39, dtype="float64"), "beyond what float32 holds"),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_is_told_with_numbers(
    make: Callable[[int, int], object], words: str, bench: Benchmark, tmp_path: Path
) -> None:
    run = evaluate(bench, [giving(make), named("b", Toy())], tmp_path / "run", block=50)
    assert words in run.recorded("giver").why
    assert [(each.status, each.done) for each in run.systems] == [("failed", 0), ("complete", 200)]


def test_a_full_disk_ends_the_evaluation_and_keeps_what_was_written(
    bench: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if len(list((tmp_path / "run").glob("systems/toy/blocks/*.npy"))) == 2:
            whole(path, data[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        evaluate(bench, [named("toy", Toy())], tmp_path / "run", block=60)
    monkeypatch.undo()
    assert not list((tmp_path / "run").glob("**/.*"))
    toy = Toy()
    assert evaluate(bench, [named("toy", toy)], tmp_path / "run", block=60).recorded("toy").status == "complete"
    assert len(toy.asked) == 2


# --- what is refused before anything is asked ---


@pytest.mark.parametrize(
    ("systems", "block", "error", "words"),
    [
        ([], 500, SystemFault, "no system to evaluate"),
        (["a", "b", "a"], 500, SystemFault, "Two systems are called 'a'"),
        (["a"], 0, RunError, "at least one clip; got 0"),
    ],
)
def test_bad_arguments_are_refused(
    systems: list[str], block: int, error: type[EarwitnessError], words: str, bench: Benchmark, tmp_path: Path
) -> None:
    toy = Toy()
    with pytest.raises(error, match=words):
        evaluate(bench, [named(name, toy) for name in systems], tmp_path / "run", block=block)
    assert toy.asked == [] and not (tmp_path / "run").exists()


@pytest.mark.parametrize("field", ["queries", "scenes"])
def test_an_empty_benchmark_is_refused(field: str, bench: Benchmark, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="there is nothing to evaluate"):
        evaluate(replace(bench, **{field: ()}), [named("toy", Toy())], tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_benchmark_that_changed_is_refused_with_both_checksums(bench_copy: Path, tmp_path: Path) -> None:
    toy = Toy()
    run = evaluate(read_benchmark(bench_copy), [named("toy", toy)], tmp_path / "run", block=60)
    before = contents(run.folder)
    rows = (bench_copy / "qrels.tsv").read_text().splitlines(keepends=True)
    (bench_copy / "qrels.tsv").write_text("".join(rows[::-1]))
    with pytest.raises(RunError, match=rf"it has the checksum {run.checksum}, the benchmark now has [0-9a-f]{{64}}"):
        evaluate(read_benchmark(bench_copy), [named("other", toy)], tmp_path / "run")
    assert contents(run.folder) == before and len(toy.asked) == 4


def test_another_system_of_that_name_is_refused_before_any_is_asked(bench: Benchmark, tmp_path: Path) -> None:
    evaluate(bench, [named("toy", Toy())], tmp_path / "run")
    first, other = Toy(), named("toy", Toy())
    with pytest.raises(RunError, match="another system under the name 'toy'"):
        evaluate(bench, [named("a", first), replace(other, about=replace(other.about, version="2"))], tmp_path / "run")
    assert first.asked == []


# --- killed ---

SCRIPT = """
import os, sys, time
from test_evaluate import Toy, named
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.scores.evaluate import evaluate

class Slow(Toy):
    def scores(self, texts, clips):
        time.sleep(0.004)
        with open(sys.argv[3], "a") as log:
            log.write(clips.names[0] + "\\n")
        return super().scores(texts, clips)

bench = read_benchmark(sys.argv[1])
sys.stdout.write("ready\\n")
sys.stdout.flush()
broken = Toy(ValueError("always"), after=0)
evaluate(bench, [named("first", Slow()), named("broken", broken), named("Last One", Slow())], sys.argv[2], block=4)
"""


def test_kill_9_at_any_moment_ends_in_the_same_bytes(bench_folder: Path, tmp_path: Path) -> None:
    def start(name: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SCRIPT, str(bench_folder), str(tmp_path / name), str(tmp_path / f"{name}.log")]
        there = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=there)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return process

    started = time.monotonic()
    with start("straight") as process:
        began = time.monotonic()
    took = time.monotonic() - began
    assert process.returncode == 0 and time.monotonic() - started < 60
    chance = random.Random(5)
    killed = 0
    for _ in range(5):
        with start("killed") as process:
            time.sleep(chance.uniform(0, took / 2))
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 2
    with start("killed") as process:
        pass
    assert process.returncode == 0
    assert contents(tmp_path / "killed") == contents(tmp_path / "straight")
    # A kill loses the block in hand at most.
    asked = (tmp_path / "killed.log").read_text().splitlines()
    assert len((tmp_path / "straight.log").read_text().splitlines()) == 100
    assert 100 <= len(asked) <= 100 + killed
