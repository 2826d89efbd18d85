from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from cli.conftest import Command
from earwitness.sounds import builtin
from earwitness.sounds.layouts import open_bank


def test_list_shows_every_sound(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    told = run("sounds", "list")
    assert told.code == 0
    assert f"Built-in sounds: {len(builtin.LABELS)}" in told.out
    assert all(label in told.out for label in builtin.LABELS)


def test_list_as_json_and_by_family(run: Command) -> None:
    told = json.loads(run("sounds", "list", "--json").out)
    assert told["version"] == builtin.VERSION
    assert sorted(sound["label"] for sound in told["sounds"]) == list(builtin.LABELS)
    rain = next(sound for sound in told["sounds"] if sound["label"] == "rain")
    assert rain == {
        "label": "rain",
        "phrase": "rain falling",
        "family": "weather",
        "audioset": "Rain",
        "steady": True,
        "any_length": True,
    }
    weather = json.loads(run("sounds", "list", "--family", "weather", "--json").out)["sounds"]
    assert {sound["family"] for sound in weather} == {"weather"}
    wrong = run("sounds", "list", "--family", "whether")
    assert wrong.code == 2 and "no family 'whether'" in wrong.err and "weather" in wrong.err


def test_render_writes_a_bank(run: Command, tmp_path: Path) -> None:
    out = tmp_path / "bank"
    told = run("sounds", "render", out, "rain", "gong", "--train", 2, "--test", 1, "--format", "wav")
    assert told.code == 0 and f"{out}: 6 recordings, 6 of them new" in told.out
    assert open_bank(str(out)).labels == ("gong", "rain")
    again = run("sounds", "render", out, "rain", "--train", 1, "--test", 0, "--format", "wav", "--json")
    assert json.loads(again.out)["kept"] == 6
    assert run("sounds", "render", out, "rain").code == 2


def test_render_names_the_bank_as_a_shell_takes_it(run: Command, tmp_path: Path) -> None:
    told = run("sounds", "render", tmp_path / "my bank", "gong", "--train", 1, "--test", 0)
    assert told.code == 0 and f"--sounds '{tmp_path / 'my bank'}'" in told.out


def test_labels_of_no_family_that_is_asked_for_are_named(run: Command, tmp_path: Path) -> None:
    for command in ("render", "sheet"):
        told = run("sounds", command, tmp_path / "out", "rain", "gong", "--family", "alarms")
        assert told.code == 2 and "labels 'rain', 'gong' and families 'alarms': none is both" in told.err
    assert not (tmp_path / "out").exists()


def test_render_draws_nothing_but_what_is_asked_for(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    specimen = builtin.specimen
    monkeypatch.setattr(builtin, "specimen", lambda row, **rest: drawn.append(row.label) or specimen(row, **rest))
    assert run("sounds", "render", tmp_path / "bank", "gong", "--train", 1, "--test", 0).code == 0
    assert set(drawn) == {"gong"}


def test_render_names_what_is_wrong(run: Command, tmp_path: Path) -> None:
    told = run("sounds", "render", tmp_path / "bank", "rian")
    assert told.code == 2 and "'rain'" in told.err
    assert not (tmp_path / "bank").exists()
    told = run("sounds", "render", tmp_path / "bank", "rain", "--train", 0, "--test", 0)
    assert told.code == 2 and "at least 1 variant" in told.err
    assert run("sounds", "render", tmp_path / "bank", "rain", "--format", "mp3").code == 2


def test_sheet_draws_what_is_asked_for(run: Command, tmp_path: Path) -> None:
    told = run("sounds", "sheet", tmp_path / "sheet.png", "rain", "gong", "--variants", 2)
    assert told.code == 0 and (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    told = run("sounds", "sheet", tmp_path / "sheet.png", "rain", "--json")
    assert json.loads(told.out) == {"file": str(tmp_path / "sheet.png"), "sounds": 1, "variants": 1}


def test_sheet_tells_what_is_missing_before_it_renders(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    monkeypatch.setattr(builtin, "recording", lambda label, k: pytest.fail("rendered in vain"))
    told = run("sounds", "sheet", tmp_path / "sheet.png", "rain")
    assert told.code == 2 and "needs the package 'PIL'" in told.err


def player(folder: Path, script: str) -> None:
    path = folder / "aplay"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_play_hands_a_wav_to_a_player_and_leaves_nothing(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    for name in ("afplay", "pw-play", "paplay", "aplay"):
        path = tmp_path / name
        path.write_text(
            f'#!/bin/sh\nfor last; do :; done\ncp "$last" {tmp_path}/heard.wav\necho "$last" > {tmp_path}/name\n'
        )
        path.chmod(0o755)
    told = run("sounds", "play", "rain", "--seconds", 1.5)
    assert told.code == 0, told.err
    heard = (tmp_path / "heard.wav").read_bytes()
    assert heard.startswith(b"RIFF") and len(heard) == 44 + 2 * round(1.5 * 48_000)
    assert not Path((tmp_path / "name").read_text().strip()).exists()


def test_play_says_what_is_missing_or_went_wrong(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = run("sounds", "play", "rain")
    assert told.code == 2 and "aplay" in told.err and "sounds render OUT 'rain'" in told.err
    player(tmp_path, "echo no card >&2; exit 1")
    told = run("sounds", "play", "rain")
    assert told.code == 2 and "could not play it: no card" in told.err
    assert "'rain'" in run("sounds", "play", "rian").err
    assert "'gong' ends by itself: leave --seconds out" in run("sounds", "play", "gong", "--seconds", 2).err
