"""``earwitness fit``: from a bank to a listener that ``evaluate`` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Command
from earwitness.listen.networks import NETWORKS, Convolution


def test_a_listener_is_fitted_and_asked(
    run: Command, bank_folder: Path, small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NETWORKS, "conv", Convolution(channels=16, dilations=(1,)))
    options = ("--split", "all", "--listener", "logmel", "--head", "conv", "--scenes", "12", "--out", tmp_path / "ear")
    done = run("fit", "--sounds", bank_folder, *options, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (len(told["labels"]), told["scenes"], told["folder"]) == (12, 12, str(tmp_path / "ear"))
    assert told["network"] == "conv"
    assert told["heard"].keys() == set(told["labels"]) and all(0 < each <= 1 for each in told["heard"].values())
    asked = run("evaluate", small_folder, "--system", f"listen:{tmp_path / 'ear'}", "--out", tmp_path / "run", "--json")
    assert asked.code == 0, asked.err
    (system,) = json.loads(asked.out)["systems"].values()
    assert (system["paradigm"], system["reference"]) == ("listening", False)
    assert system["2AFC"]["mean"] > 0


def test_what_cannot_be_fitted_is_refused(run: Command, bank_folder: Path, tmp_path: Path) -> None:
    done = run("fit", "--sounds", bank_folder, "--listener", "ears", "--out", tmp_path / "ear")
    assert done.code == 2
    assert "There is no backbone 'ears'; there are yamnet, logmel, ast, clap." in done.err
    (tmp_path / "damaged.tflite").write_bytes(b"no model")
    done = run("fit", "--sounds", bank_folder, "--model", tmp_path / "damaged.tflite", "--out", tmp_path / "ear")
    assert done.code == 2
    assert "damaged.tflite" in done.err
    assert not (tmp_path / "ear").exists()
