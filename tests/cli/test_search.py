"""``earwitness search`` on what a listener heard: near misses, filters, a language model's reading, playing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.conftest import Command
from earwitness.library import playing
from earwitness.listen.boxes import fit_boxes
from earwitness.listen.evidence import fit_presence
from earwitness.listen.relations import fit_relations
from library.indexes import heard_index
from library.model_server import ModelServer, says
from library.test_playing import install
from listen import synthetic

LABELS = ("ant", "bee", "cow", "dog")
HOP_S = 0.25
HEARD = {
    "both.wav": {"ant": (1, 3), "bee": (5, 8)},
    "behind.wav": {"bee": (1, 3), "ant": (5, 8)},
    "cow.wav": {"ant": (1, 3), "bee": (5, 8), "cow": (0, 9)},
    "nothing.wav": {},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(3)
    timelines = synthetic.timelines(200, LABELS, rng=rng)
    known = (synthetic.posteriors(timelines, LABELS, hop_s=HOP_S, rng=rng), LABELS, timelines)
    rules = (
        fit_presence(*known, hop_s=HOP_S),
        fit_relations(*known, hop_s=HOP_S, seed=1),
        fit_boxes(*known, hop_s=HOP_S),
    )
    probs = {path: np.full((40, len(LABELS)), 0.005, np.float32) for path in HEARD}
    for path, sounds in HEARD.items():
        for label, (onset, offset) in sounds.items():
            probs[path][4 * onset : 4 * offset, LABELS.index(label)] = 0.97
    folder = tmp_path_factory.mktemp("searched") / "index"
    heard_index(folder, probs, LABELS, rules=rules)
    (folder / "library").mkdir()
    for path in HEARD:
        soundfile.write(folder / "library" / path, np.linspace(-0.5, 0.5, 80_000), 8_000)
    return folder


def test_near_misses_tell_which_clause_fails(run: Command, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    done = run("search", made, "an ant before a bee, no cow", "--min-score", 0)
    assert done.code == 0, done.err
    lines = [line.split() for line in done.out.splitlines() if ".wav" in line]
    assert lines[0][0] == "both.wav" and float(lines[0][3]) > 0.8
    found = json.loads(run("search", made, "an ant before a bee, no cow", "--min-score", 0, "--json").out)
    told = {each["path"]: {clause["clause"]: clause["told"] for clause in each["clauses"]} for each in found["moments"]}
    assert told["both.wav"] == {"before(ant, bee)": "holds", "absent(cow)": "holds"}
    assert told["behind.wav"] == {"before(ant, bee)": "fails", "absent(cow)": "holds"}
    assert told["cow.wav"] == {"before(ant, bee)": "holds", "absent(cow)": "fails"}
    assert "fails: no cow anywhere 0.0" in " ".join(done.out.split())
    sure = json.loads(run("search", made, "an ant before a bee, no cow", "--min-score", 0.5, "--json").out)
    assert [each["path"] for each in sure["moments"]] == ["both.wav"]
    assert sure["moments"][0]["onset_s"] == pytest.approx(1, abs=0.5)
    assert sure["moments"][0]["offset_s"] == pytest.approx(8, abs=0.5)


def test_none_is_told_with_the_least_score(run: Command, made: Path) -> None:
    assert (
        "In none of 4 recordings with a score of 0.9 or more."
        in run("search", made, "two cows before three ants", "--min-score", 0.9).out
    )


def test_only_recordings_that_hold_a_label(run: Command, made: Path) -> None:
    found = json.loads(run("search", made, "ant", "--label", "cow", "--json").out)
    assert [each["path"] for each in found["moments"]] == ["cow.wav"] and found["recordings"] == 1
    assert run("search", made, "ant", "--label", "yak").code == 2


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with closing(ModelServer()) as server:
        yield server


def test_a_language_model_reads_what_the_grammar_does_not(
    run: Command, made: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARWITNESS_API_KEY", "a-secret")
    server.replies = [says("before(ant, bee)")]
    question = "would any formic creature precede whatever makes honey?"
    options = ("--reader", "canned", "--reader-url", server.url)
    assert run("search", made, question).code == 2 and not server.requests
    done = run("search", made, question, *options, "--json")
    assert done.code == 0, done.err
    assert "The model 'canned' reads it as: before(ant, bee)" in " ".join(done.err.split())
    found = json.loads(done.out)
    assert (found["reader"], found["constraint"]) == ("canned", "before(ant, bee)")
    assert {each["path"] for each in found["moments"]} >= {"both.wav", "cow.wav"}
    assert json.loads(run("search", made, "ant", *options, "--json").out)["reader"] is None
    assert len(server.requests) == 1


def test_moments_are_played(run: Command, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(playing, "_LEAST_SHARE", 0.0)  # this player copies a file, and that is quick
    kept = install(tmp_path / "bin", "paplay")
    done = run("search", made, "cow", "--min-score", 0.5, "--play")
    assert done.code == 0, done.err
    assert len(list(kept.glob("*.wav"))) == 1
    assert "cow.wav 0:00" in " ".join(done.out.split())
