"""``earwitness index`` and ``earwitness search``: from a folder of recordings to moments."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.conftest import Command
from earwitness.listen.fitted import save_listener
from library.indexes import known_index
from library.test_search import TIMELINES
from listen.untaught import untaught


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return known_index(tmp_path / "index", TIMELINES).folder


def test_a_library_is_indexed_and_searched(run: Command, tmp_path: Path) -> None:
    save_listener(untaught(), tmp_path / "ear")
    for name, seed in (("a.wav", 1), ("b.wav", 2)):
        (tmp_path / "library").mkdir(exist_ok=True)
        noise = np.random.default_rng(seed).standard_normal(48_000) * np.repeat([0.01, 0.3, 0.9], 16_000)
        soundfile.write(tmp_path / "library" / name, noise.clip(-1, 1), 16_000)
    (tmp_path / "library" / "broken.ogg").write_bytes(b"OggS")
    options = ("--out", tmp_path / "index", "--listener", tmp_path / "ear")
    done = run("index", tmp_path / "library", *options)
    assert done.code == 0, done.err
    assert "2 recordings, 2 of them heard now (6 s of audio), 0 no longer there, 1 left out" in " ".join(
        done.out.split()
    )
    assert "broken.ogg" in done.out
    told = json.loads(run("index", tmp_path / "library", *options, "--jobs", 1, "--json").out)
    assert (told["heard"], told["known"], told["gone"]) == (0, 2, 0)
    assert [fault["path"] for fault in told["faults"]] == ["broken.ogg"]
    cut = run("search", tmp_path / "index", "any(present(dog), absent(dog))", "--clips", tmp_path / "cut")
    assert "2 moments cut out" in cut.out
    assert len(list((tmp_path / "cut").glob("*.flac"))) == 2
    found = json.loads(run("search", tmp_path / "index", "any(present(dog), absent(dog))", "--json").out)
    assert {moment["path"] for moment in found["moments"]} == {"a.wav", "b.wav"}


def test_what_was_understood_is_shown_with_the_moments(run: Command, index: Path) -> None:
    done = run("search", index, "a dog before a horn, no siren")
    assert done.code == 0, done.err
    assert "Understood: dog before horn · no siren anywhere" in done.out
    assert "a.wav" in done.out and "b.wav" not in done.out
    assert "In none of 5 recordings." in run("search", index, "siren before dog").out
    found = json.loads(run("search", index, "dog", "--json", "--limit", 2).out)
    assert found["understood"] and len(found["moments"]) == 2
    assert found["moments"][0]["witness"][0]["label"] == "dog"
    assert "In none" in run("search", index, "dog", "--min-score", 0.95).out


def test_the_statement_is_shown(run: Command, index: Path) -> None:
    done = run("search", index, "dog before horn", "--explain")
    assert done.code == 0
    assert "SELECT" in done.out and "'dog'" in done.out


def test_moments_are_written_for_other_tools(run: Command, index: Path, tmp_path: Path) -> None:
    done = run("search", index, "dog before horn", "--out", tmp_path / "found.csv")
    assert done.code == 0, done.err
    assert "found.csv: 3 moments as csv" in done.out
    assert (tmp_path / "found.csv").read_text().count("\n") >= 3
    again = run("search", index, "dog before horn", "--out", tmp_path / "found.csv")
    assert again.code == 2


def test_what_cannot_be_searched_is_refused(run: Command, index: Path, tmp_path: Path) -> None:
    for arguments, message in (
        ((index, "a unicorn"), "is no sound of this library"),
        ((index, ""), "Cannot read"),
        ((tmp_path, "dog"), "is not an index"),
    ):
        done = run("search", *arguments)
        assert done.code == 2
        assert message in " ".join(done.err.split())
