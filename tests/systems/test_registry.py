"""From what a user names to a system, and what is said of names that are none."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import SystemFault
from earwitness.reasonaudio.folder import Benchmark
from earwitness.systems.base import clips_of
from earwitness.systems.registry import SPECS, open_system, open_systems


def matrix(path: Path, bench: Benchmark) -> Path:
    np.save(path, np.zeros((len(bench.queries), len(bench.scenes)), dtype=np.float32))
    return path


@pytest.mark.parametrize("name", [spec for spec in SPECS if ":" not in spec])
def test_a_plain_name_opens_a_reference(name: str, bench: Benchmark) -> None:
    about = open_system(name, bench).about
    assert (about.name, about.spec, about.reference) == (name, name, True) and about.version
    labelled = open_system(f" My one = {name} ", bench).about
    assert (labelled.name, labelled.spec, labelled.version) == ("My one", name, about.version)


def test_every_kind_has_a_line_of_help() -> None:
    assert all(line and "\n" not in line for line in SPECS.values())
    assert set(SPECS) == {
        *("chance", "matcher", "oracle", "reversed", "bm25", "bm25:FILE", "scores:FILE", "python:MODULE:NAME"),
        *("listen:FOLDER", "listen:yamnet", "listen:FILE.json"),
    }


def test_files_and_modules(bench: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    matrix(tmp_path / "clap.npy", bench)
    (tmp_path / "m.py").write_text("def score(texts, clips): return [[0.0] * len(clips)] * len(texts)\n")
    rows = [f'{{"clip_id": "{scene.clip_id}", "caption": "a dog"}}\n' for scene in bench.scenes]
    (tmp_path / "heard.jsonl").write_text("".join(rows))
    for text, name, spec, paradigm in (
        ("scores:clap.npy", "clap", "scores:clap.npy", "other"),
        ("CLAP, 2023=scores:clap.npy", "CLAP, 2023", "scores:clap.npy", "other"),
        ("python:./m.py:score", "score", "python:./m.py:score", "other"),
        ("mine=python:m:score", "mine", "python:m:score", "other"),
        ("bm25:heard.jsonl", "bm25 heard", "bm25:heard.jsonl", "two-stage"),
    ):
        system = open_system(text, bench)
        about = system.about
        assert (about.name, about.spec, about.paradigm, about.reference) == (name, spec, paradigm, False)
        scores = system.retriever.scores([query.text for query in bench.queries], clips_of(bench))
        assert scores.shape == (20, 200)
    sys.modules.pop("m")


def test_an_equals_sign_after_a_colon_belongs_to_the_file(bench: Benchmark, tmp_path: Path) -> None:
    path = matrix(tmp_path / "lr=0.1.npy", bench)
    assert open_system(f"scores:{path}", bench).about.name == "lr=0.1"
    labelled = open_system(f"tuned=scores:{path}", bench).about
    assert (labelled.name, labelled.spec) == ("tuned", f"scores:{path}")


def test_options_reach_the_systems(bench: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, clips = [query.text for query in bench.queries], clips_of(bench)
    guesses = [open_system("chance", bench, seed=seed).retriever.scores(texts, clips) for seed in (0, 0, 5)]
    assert np.array_equal(guesses[0], guesses[1]) and not (guesses[0] == guesses[2]).any()
    assert "seed 5" in open_system("chance", bench, seed=5).about.version
    (tmp_path / "empty.run").touch()
    with pytest.raises(SystemFault, match="no clip for 20 of the 20"):
        open_system(f"scores:{tmp_path}/empty.run", bench)
    open_system(f"scores:{tmp_path}/empty.run", bench, missing="zero")
    with pytest.raises(SystemFault, match="'missing' must be one of refuse, zero; got 'ignore'"):
        open_system("chance", bench, missing="ignore")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1]))
    embedder = open_system("python:systems.toy:HashingEmbedder", bench, embeddings=tmp_path / "kept")
    embedder.retriever.scores(texts[:2], clips.part(0, 2))
    assert len(list((tmp_path / "kept").rglob("*.npz"))) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("orcale", r"There is no system 'orcale'\. Did you mean oracle\? There are chance, matcher, oracle, .*NAME"),
        ("Chance", r"no system 'Chance'\. Did you mean chance\?"),
        ("BM25", r"Did you mean bm25 or bm25:FILE\?"),
        ("score:clap.npy", r"no system 'score:clap\.npy'\. Did you mean scores:FILE\?"),
        ("scores", r"no system 'scores'\. Did you mean scores:FILE\?"),
        ("scores:", r"no system 'scores:'\. Did you mean scores:FILE\?"),
        ("bm25:", r"Did you mean bm25 or bm25:FILE\?"),
        ("oracle:x", r"no system 'oracle:x'\. Did you mean oracle\?"),
        ("python", r"Did you mean python:MODULE:NAME\?"),
        ("zzzzzz", r"no system 'zzzzzz'\. There are"),
        ("", r"no system ''\. There are"),
        ("label=", r"no system 'label='\. There are"),
        ("label=zzz", r"no system 'zzz'\. There are"),
        ("=oracle", r"1 to 80 printable characters; got '' for '=oracle'"),
        ("a\tb=oracle", r"printable characters; got 'a\\tb'"),
        (f"{'x' * 81}=oracle", "1 to 80 printable"),
        ("clap.npy", r"no system 'clap\.npy'"),
    ],
)
def test_a_name_that_is_none(text: str, message: str, bench: Benchmark) -> None:
    with pytest.raises(SystemFault, match=message):
        open_system(text, bench)


def test_all_that_is_wrong_is_told_at_once(bench: Benchmark, tmp_path: Path) -> None:
    good = matrix(tmp_path / "good.npy", bench)
    texts = ["chance", "orcale", f"scores:{tmp_path}/none.npy", f"scores:{good}", "Chance=oracle", "python:a"]
    with pytest.raises(SystemFault) as told:
        open_systems(texts, bench)
    lines = str(told.value).splitlines()
    assert lines[0] == "4 of the 6 systems cannot be used:" and len(lines) == 5
    for part in ("no system 'orcale'", "none.npy'", "'chance' and 'Chance=oracle'", "python:a"):
        assert sum(part in line for line in lines[1:]) == 1


def test_names_must_differ(bench: Benchmark, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    one, two = matrix(tmp_path / "clap.npy", bench), matrix(tmp_path / "a" / "clap.npy", bench)
    message = rf"'scores:{one}' and 'scores:{two}' would both be called 'clap'; give one a label: LABEL=scores:{two}"
    with pytest.raises(SystemFault, match=message):
        open_systems([f"scores:{one}", f"scores:{two}"], bench)
    opened = open_systems([f"scores:{one}", f"second=scores:{two}"], bench)
    assert [system.about.name for system in opened] == ["clap", "second"]
    with pytest.raises(SystemFault, match="would both be called 'oracle'"):
        open_systems(["oracle", "matcher", "oracle"], bench)


def test_some_system_must_be_named(bench: Benchmark) -> None:
    with pytest.raises(SystemFault, match="No system was named; there are chance, "):
        open_systems([], bench)


def test_systems_come_in_the_order_in_which_they_were_named(bench: Benchmark) -> None:
    names = ["oracle", "chance", "bm25", "reversed"]
    assert [system.about.name for system in open_systems(names, bench, seed=3)] == names


def test_a_single_fault_is_told_as_it_is(bench: Benchmark) -> None:
    with pytest.raises(SystemFault, match=r"^There is no system 'orcale'"):
        open_systems(["chance", "orcale"], bench)
