"""Moments played aloud: by a program that is really run, given nothing but our own words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from earwitness.errors import LibraryError
from earwitness.library import playing
from earwitness.library.moments import Moment
from earwitness.library.playing import PLAYERS, play

RATE = 8_000
NAMES = ("-f; touch pwned.wav", "$(touch pwned)\n'\".flac")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    ramp = np.linspace(-0.9, 0.9, 10 * RATE)
    for name in NAMES:
        soundfile.write(folder / name, ramp, RATE, format=name.rpartition(".")[2])
    return folder


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(playing, "_LEAST_SHARE", 0.0)  # these players copy a file, and that is quick
    return folder


def install(machine: Path, name: str, *, body: str = "") -> Path:
    """Install a player that keeps what it is given and what it hears; return the folder it keeps it in."""
    kept = machine.parent / f"kept by {name}"
    kept.mkdir()
    player = machine / name
    player.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib, shutil, sys\n"
        f"kept = pathlib.Path({str(kept)!r})\n"
        "number = len(list(kept.glob('*.json')))\n"
        "(kept / f'{number}.json').write_text(json.dumps(sys.argv[1:]))\n"
        "shutil.copy(sys.argv[-1], kept / f'{number}.wav')\n" + body
    )
    player.chmod(0o755)
    return kept


MOMENTS = [Moment(NAMES[0], 4_000_000, 5_000_000, "q"), Moment(NAMES[1], 200_000, 1_000_000, "q")]


def test_moments_are_played_one_after_the_other(library: Path, machine: Path, tmp_path: Path) -> None:
    kept = install(machine, "paplay")
    order: list[tuple[Moment, int]] = []
    n_played = play(
        MOMENTS, library=library, lead_s=0.5, tail_s=0.25,
        told=lambda moment: order.append((moment, len(list(kept.glob("*.wav"))))),
    )  # fmt: skip
    assert n_played == 2 and order == [(MOMENTS[0], 0), (MOMENTS[1], 1)]
    for number, (name, first, last) in enumerate(zip(NAMES, (3.5, 0.0), (5.25, 1.25), strict=True)):
        heard, rate = soundfile.read(kept / f"{number}.wav", dtype="int16")
        whole, _ = soundfile.read(library / name, dtype="int16")
        assert rate == RATE and soundfile.info(kept / f"{number}.wav").subtype == "PCM_16"
        np.testing.assert_allclose(heard, whole[round(first * RATE) : round(last * RATE)], atol=1)
        # It is told one file of ours, and nothing that came from a recording's name.
        (path,) = json.loads((kept / f"{number}.json").read_text())
        assert Path(path).name == "moment.wav" and not Path(path).exists()
    assert not list(tmp_path.rglob("pwned"))


def test_the_first_player_of_the_list_is_taken_with_its_options(library: Path, machine: Path) -> None:
    for name in reversed(PLAYERS):
        kept = install(machine, name)
        assert play(MOMENTS[:1], library=library) == 1
        (*options, path) = json.loads((kept / "0.json").read_text())
        assert tuple(options) == PLAYERS[name] and Path(path).is_absolute()


def test_no_player_is_told_with_those_looked_for(library: Path, machine: Path) -> None:
    with pytest.raises(LibraryError, match=r"looked for afplay, mpv, ffplay, paplay, pw-play, aplay"):
        play(MOMENTS, library=library)


def test_a_player_that_fails_or_does_not_end_is_told(
    library: Path, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(machine, "aplay", body="sys.exit('no such\\n  device')")
    with pytest.raises(LibraryError, match=r"aplay' did not play, code 1: no such device"):
        play(MOMENTS, library=library)
    install(machine, "ffplay", body="sys.stderr.write('no device')")
    with monkeypatch.context() as patched:
        patched.setattr(playing, "_LEAST_SHARE", 0.9)
        with pytest.raises(LibraryError, match=r"ffplay' did not play, code 0: no device"):
            play([Moment(NAMES[0], 0, 9_000_000, "q")], library=library)
    monkeypatch.setattr(playing, "_SLACK_S", -2.8)
    install(machine, "mpv", body="import time; time.sleep(60)")
    with pytest.raises(LibraryError, match=r"mpv' did not end: 0 s for 3\.0 s of sound"):
        play(MOMENTS, library=library)
    (machine / "afplay").write_text("#!/nowhere/at/all\n")
    (machine / "afplay").chmod(0o755)
    with pytest.raises(LibraryError, match=r"afplay' cannot be run: No such file"):
        play(MOMENTS, library=library)


def test_ctrl_c_ends_the_player_and_leaves_no_file(
    library: Path, machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setattr(playing.tempfile, "tempdir", str(own))
    # The player sends what a terminal would send, and then would play on for a minute.
    kept = install(
        machine,
        "mpv",
        body="import os, signal, time\nos.kill(os.getppid(), signal.SIGINT)\ntime.sleep(60)\n",
    )
    with pytest.raises(KeyboardInterrupt):
        play(MOMENTS, library=library)
    assert len(list(kept.glob("*.wav"))) == 1 and not list(own.iterdir())


def test_recordings_that_are_not_there_or_outside_are_told(library: Path, machine: Path) -> None:
    kept = install(machine, "mpv")
    for path, message in (("gone.wav", "cannot be read"), ("../x.wav", "leads out of the library")):
        with pytest.raises(LibraryError, match=message):
            play([Moment(path, 0, 10_000, "q")], library=library)
    assert not list(kept.iterdir())


def test_windows_plays_by_itself(library: Path, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, int]] = []
    there: list[bool] = []

    def heard(path: str | None, flags: int) -> None:
        asked.append((path and Path(path).name, flags))
        there.append(path is None or Path(path).exists())

    fake = SimpleNamespace(PlaySound=heard, SND_FILENAME=1, SND_ASYNC=2, SND_NODEFAULT=4)
    monkeypatch.setitem(sys.modules, "winsound", fake)
    monkeypatch.setattr(playing, "sys", SimpleNamespace(platform="win32"))
    slept: list[float] = []
    monkeypatch.setattr(playing, "time", SimpleNamespace(sleep=slept.append))
    assert play(MOMENTS[:1], library=library, lead_s=0.5, tail_s=0.5) == 1
    assert asked == [("moment.wav", 7), (None, 0)] and all(there)
    assert slept == [2.0]
