"""``earwitness evaluate`` at the shell: what is printed, what is refused by name, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cli.conftest import Command, Run
from earwitness.reasonaudio.folder import Benchmark
from earwitness.scores.runs import open_run
from reasonaudio.conftest import contents

MODEL = """
import numpy as np

def scores(texts, clips):
    print("loading weights")
    return np.array([[float(int(digest[:4], 16) + len(text)) for digest in clips.sha256] for text in texts])

def broken(texts, clips):
    if clips.names[0] > "clip-100":
        raise ValueError("the model gave up")
    return scores(texts, clips)
"""


def refused(run: Run, *words: str) -> None:
    """Assert one plain complaint on standard error, and exit code 2."""
    assert run.code == 2, run.err
    assert run.out == ""
    assert "Traceback" not in run.err
    said = " ".join(run.err.split())
    for word in words:
        assert word in said, said


@pytest.fixture
def model(tmp_path: Path) -> str:
    """The path of a module with a model that works and one that does not."""
    (tmp_path / "my_model.py").write_text(MODEL)
    return f"python:{tmp_path / 'my_model.py'}"


# --- what goes well ---


def test_systems_are_compared(run: Command, bench_folder: Path, model: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    systems = ("--system", "oracle", "--system", "chance", "--system", f"Mine={model}:scores")
    done = run("evaluate", bench_folder, *systems, "--out", out)
    assert done.code == 0, done.err
    lines = [line.split() for line in done.out.splitlines()]
    assert ["(oracle)", *["100.0+"] * 6] in [line[:7] for line in lines]
    assert [line[0] for line in lines if line[:1] == ["Mine"]]
    assert "loading weights" not in done.out
    assert "loading weights" in done.err
    assert [(each.about.name, each.status) for each in open_run(out).systems] == [
        *(("oracle", "complete"), ("chance", "complete"), ("Mine", "complete"))
    ]


def test_json_alone_stands_on_standard_output(bench_folder: Path, model: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "earwitness", "evaluate", str(bench_folder), "--out", str(tmp_path / "run")]
    options = ["--system", f"{model}:scores", "--system", "matcher", "--system", f"{model}:broken", "--block", "50"]
    done = subprocess.run([*command, *options, "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["systems"]
    assert list(found) == ["scores", "matcher", "broken"]
    assert 0 <= found["matcher"]["Acc@1"]["mean"] <= 100
    assert found["matcher"]["2AFC"]["mean"] == 50
    assert found["broken"]["failure"] == "ValueError: the model gave up"


def test_a_run_is_gone_on_with(run: Command, bench_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    first = run("evaluate", bench_folder, "--system", "chance", "--out", out, "--block", 64, "--json")
    before = contents(out)
    again = run("evaluate", bench_folder, "--system", "chance", "--system", "bm25", "--out", out, "--json")
    assert (first.code, again.code) == (0, 0), again.err
    after = contents(out)
    assert {name: after[name] for name in before} == before
    assert len(list(out.glob("systems/chance/blocks/*.npy"))) == 4
    names = [json.loads(each.out)["systems"] for each in (first, again)]
    assert (list(names[0]), list(names[1])) == (["chance"], ["chance", "bm25"])
    assert names[0]["chance"] == names[1]["chance"]


def test_a_moved_benchmark_is_found_by_its_path(run: Command, bench_copy: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run("evaluate", bench_copy, "--system", "chance", "--out", out).code == 0
    moved = bench_copy.rename(tmp_path / "moved")
    done = run("evaluate", moved, "--system", "matcher", "--out", out)
    assert done.code == 0, done.err


# --- systems that fail ---


def test_a_system_that_fails_is_a_row(run: Command, bench_folder: Path, model: str, tmp_path: Path) -> None:
    systems = ("--system", f"Broken={model}:broken", "--system", "chance")
    done = run("evaluate", bench_folder, *systems, "--out", tmp_path / "run", "--block", 50)
    assert done.code == 0, done.err
    assert "System 'Broken', clips 101 to 150: ValueError: the model gave up" in done.err
    assert any(line.split()[:2] == ["Broken", "ValueError:"] for line in done.out.splitlines())
    assert "Traceback" not in done.err + done.out


def test_when_all_fail_the_exit_code_tells(run: Command, bench_folder: Path, model: str, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "run", "--block", 50)
    assert run("evaluate", bench_folder, "--system", "chance", *out).code == 0
    done = run("evaluate", bench_folder, "--system", f"{model}:broken", *out)
    assert done.code == 1
    assert "the model gave up" in done.err
    assert "(chance)" in done.out


def test_a_model_that_was_mended_comes_back(run: Command, bench_folder: Path, model: str, tmp_path: Path) -> None:
    options = ("--system", f"Mine={model}:broken", "--out", tmp_path / "run", "--block", 50)
    command = [sys.executable, "-m", "earwitness", "evaluate", str(bench_folder), *map(str, options)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    (tmp_path / "my_model.py").write_text(MODEL.replace('> "clip-100"', '> "clip-999"'))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert open_run(tmp_path / "run").recorded("Mine").status == "complete"
    (tmp_path / "my_model.py").write_text(MODEL)
    refused(run("evaluate", bench_folder, *options), "another system under the name 'Mine'", "LABEL=")


# --- what is refused ---


def saved(make: Callable[[int, int], np.ndarray]) -> Callable[[Path, Benchmark], Path]:
    def save(folder: Path, bench: Benchmark) -> Path:
        np.save(folder / "scores.npy", make(len(bench.queries), len(bench.scenes)))
        return folder / "scores.npy"

    return save


def run_file(folder: Path, bench: Benchmark) -> Path:
    (folder / "other.trec").write_text("q-of-another-1 Q0 clip-001 1 0.5 tag\n")
    return folder / "other.trec"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (saved(lambda n, m: np.zeros((m, n), np.float32)), ("(200, 20)", "(20, 200)")),
        (saved(lambda n, m: np.full((n, m), np.nan, np.float32)), ("nan",)),
        (run_file, ("q-of-another-1",)),
    ],
    ids=["wrong shape", "NaN", "other queries"],
)
def test_scores_that_cannot_be_used_are_refused(
    make: Callable[[Path, Benchmark], Path], words: tuple[str, ...], run: Command, bench: Benchmark, tmp_path: Path
) -> None:
    path = make(tmp_path, bench)
    done = run("evaluate", bench.folder, "--system", "chance", "--system", f"scores:{path}", "--out", tmp_path / "run")
    refused(done, path.name, *words)
    assert not (tmp_path / "run").exists()


def test_queries_that_a_run_file_misses_may_count_as_zero(run: Command, bench: Benchmark, tmp_path: Path) -> None:
    (tmp_path / "a.trec").write_text(f"{bench.queries[0].query_id} Q0 {bench.scenes[0].clip_id} 1 0.5 tag\n")
    command = ("evaluate", bench.folder, "--system", f"A=scores:{tmp_path / 'a.trec'}", "--out", tmp_path / "run")
    refused(run(*command), "a.trec", bench.queries[1].query_id)
    done = run(*command, "--missing", "zero", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["systems"]["A"]["MRR"]["mean"] <= 5


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--system", "chanse"), ("no system 'chanse'", "chance")),
        (("--system", "chance", "--system", "chance"), ("chance", "LABEL=")),
        (("--system", "chance", "--missing", "guess"), ("refuse, zero", "'guess'")),
        (("--system", "chance", "--block", "0"), ("--block",)),
        (("--system", "chance", "--seed", "x"), ("--seed",)),
        ((), ("--system",)),
    ],
)
def test_bad_options_are_named(
    options: tuple[str, ...], words: tuple[str, ...], run: Command, bench_folder: Path, tmp_path: Path
) -> None:
    refused(run("evaluate", bench_folder, *options, "--out", tmp_path / "run"), *words)
    assert not (tmp_path / "run").exists()


def test_another_seed_is_refused(run: Command, bench_folder: Path, tmp_path: Path) -> None:
    command = ("evaluate", bench_folder, "--system", "chance", "--out", tmp_path / "run")
    assert run(*command).code == 0
    refused(run(*command, "--seed", 1), "begun with the seed 0, got 1")


def test_a_changed_benchmark_is_refused_with_both_checksums(run: Command, bench_copy: Path, tmp_path: Path) -> None:
    command = ("evaluate", bench_copy, "--system", "chance", "--out", tmp_path / "run")
    assert run(*command).code == 0
    was = open_run(tmp_path / "run").checksum
    text = (bench_copy / "queries.jsonl").read_text()
    (bench_copy / "queries.jsonl").write_text(text.replace('"text": "', '"text": "Please: ', 1))
    refused(run(*command), "another benchmark, or on this one before it changed", was, "the benchmark now has")


def test_an_empty_benchmark_is_refused(run: Command, bench_copy: Path, tmp_path: Path) -> None:
    for name in ("queries.jsonl", "qrels.tsv", "pairs.jsonl"):
        (bench_copy / name).write_text("")
    done = run("evaluate", bench_copy, "--system", "chance", "--out", tmp_path / "run")
    refused(done, "has no queries: there is nothing to evaluate")


def test_places_that_cannot_be_used_are_named(run: Command, bench_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    system = ("--system", "chance", "--out")
    refused(run("evaluate", bench_folder, *system, tmp_path / "thesis"), "thesis' is not a run, and not empty")
    refused(
        run("evaluate", tmp_path / "nothing", *system, tmp_path / "run"), "There is no benchmark folder", "nothing'"
    )
    assert sorted(contents(tmp_path)) == ["thesis/thesis.tex"]
