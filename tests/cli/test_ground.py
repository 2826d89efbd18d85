"""``earwitness ground``: shown, refused, written, and given back to ``evaluate``."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Command


def test_phrases_are_shown_with_their_classes(run: Command) -> None:
    done = run("ground", "a dog barking", "rain falling")
    assert done.code == 0, done.err
    for part in ("a dog barking", "Bark", "Raindrop", "named 'Dog'"):
        assert part in done.out


def test_what_is_refused_is_told_and_nothing_is_written(run: Command, tmp_path: Path) -> None:
    done = run("ground", "a dog barking", "a donkey braying", "--out", tmp_path / "meant.json")
    assert done.code == 2
    assert "Bark" in done.out and "means 'Donkey, ass', which this listener does not hear" in done.err
    assert not (tmp_path / "meant.json").exists()
    done = run("ground", "rain", "a monkey", "--json")
    told = json.loads(done.out)
    assert (done.code, list(told["phrases"]), list(told["refused"])) == (2, ["rain"], ["a monkey"])


def test_the_labels_of_a_fitted_listener_through_a_file(
    run: Command, bank_folder: Path, small_folder: Path, tmp_path: Path
) -> None:
    ear, meant = tmp_path / "ear", tmp_path / "meant.json"
    options = ("--split", "all", "--listener", "logmel", "--scenes", "12", "--out", ear)
    assert run("fit", "--sounds", bank_folder, *options).code == 0
    done = run("ground", "a hooting owl", "the dog", "--listener", ear, "--out", meant)
    assert done.code == 0, done.err
    content = json.loads(meant.read_text())
    assert content["listener"] == str(ear)
    assert {phrase: list(row["classes"]) for phrase, row in content["phrases"].items()} == {
        "a hooting owl": ["owl"],
        "the dog": ["dog"],
    }
    asked = run("evaluate", small_folder, "--system", f"listen:{meant}", "--out", tmp_path / "run", "--json")
    assert asked.code == 0, asked.err
    assert list(json.loads(asked.out)["systems"]) == ["listen meant"]
    assert run("ground", "a dog", "--listener", tmp_path / "nowhere").code == 2
