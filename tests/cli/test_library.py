"""``earwitness index`` and ``earwitness search``: from a folder of recordings to moments."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.conftest import Command
from earwitness.library import watching
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


def test_a_library_is_indexed_with_nothing_fitted(run: Command, tmp_path: Path, shared: Path) -> None:
    (tmp_path / "library").mkdir()
    bird = "456440__inspectorj__bird-whistling-robin-single-13.ogg"
    (tmp_path / "library" / "a.ogg").symlink_to(shared / "data" / "recordings" / bird)
    model = ("--model", shared / "data" / "models" / "yamnet.tflite")
    options = ("--out", tmp_path / "index", "--listener", "yamnet", *model)
    told = json.loads(run("index", tmp_path / "library", *options, "--json").out)
    assert told["heard"] == 1 and {"Bird", "Vehicle horn, car horn, honking", "Human voice"} <= set(told["labels"])
    found = json.loads(run("search", tmp_path / "index", "bird without speech", "--json").out)
    assert [moment["path"] for moment in found["moments"]] == ["a.ogg"]
    again = run("index", tmp_path / "library", "--out", tmp_path / "index", "--listener", tmp_path / "yamnet")
    assert again.code == 2 and "is not a listener" in " ".join(again.err.split())


def test_a_library_is_watched_until_ctrl_c(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_listener(untaught(), tmp_path / "ear")
    library, away = tmp_path / "library", tmp_path / "away"
    library.mkdir()

    def write(name: str) -> None:
        noise = np.random.default_rng(len(name)).uniform(-0.5, 0.5, 16_000)
        soundfile.write(library / name, noise, 16_000)

    write("a.wav")
    (library / "broken.ogg").write_bytes(b"OggS")
    happens = [lambda: write("new.wav"), None, lambda: library.rename(away), None, lambda: away.rename(library)]

    class Clock:
        """Hours pass in no time, and then comes Ctrl-C."""

        now = 0.0

        def monotonic(self) -> float:
            return self.now

        def sleep(self, seconds: float) -> None:
            self.now += 3_600
            if self.now > 3_600 * len(happens):
                raise KeyboardInterrupt
            what = happens[int(self.now / 3_600) - 1]
            if what is not None:
                what()

    options = ("--out", tmp_path / "index", "--listener", tmp_path / "ear", "--jobs", 1, "--watch")
    monkeypatch.setattr(watching, "time", Clock())
    done = run("index", library, *options)
    assert done.code == 130, done.err
    left_out, first, second, gone, back = done.out.splitlines()
    assert "Left out: 'broken.ogg'" in left_out
    assert "index: 1 recordings, 1 of them heard now (1 s of audio), 0 no longer there, 1 left out." in first
    assert "index: 2 recordings, 1 of them heard now (1 s of audio), 0 no longer there, 1 left out." in second
    assert "is not a folder of recordings" in gone and "Waiting no longer." in back
    (library / "new.wav").unlink()
    monkeypatch.setattr(watching, "time", Clock())
    told = [json.loads(line) for line in run("index", library, *options, "--json").out.splitlines()]
    assert [(each.get("heard"), each.get("known"), each.get("gone")) for each in told] == [
        (0, 1, 1), (1, 1, 0), (None, None, None), (None, None, None),
    ]  # fmt: skip
    assert "is not a folder" in told[2]["waiting"] and told[3]["waiting"] is None
    refused = run("index", library, "--out", tmp_path / "other", "--labels", library, "--watch")
    assert refused.code == 2 and "--watch cannot be given with --labels" in refused.err


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
