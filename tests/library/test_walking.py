"""What is found in a folder, beyond plain files: containers, links to themselves, folders that cannot be opened."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from earwitness.errors import LibraryError
from earwitness.library.excerpts import cut_out
from earwitness.library.indexing import index_library
from earwitness.library.moments import Moment
from earwitness.library.walking import AudioPlace, Fault, walked
from earwitness.listen.fitted import FittedListener
from listen.untaught import untaught
from sounds.in_containers import write_container

RATE = 44_100
NAMES = {"a.M4A": ("aac", "ipod"), "film.mp4": ("aac", None), "loss/less.mka": ("flac", None)}


@pytest.fixture(scope="module")
def listener() -> FittedListener:
    return untaught()


@pytest.fixture
def library(tmp_path: Path) -> Path:
    noise = np.random.default_rng(3).uniform(-0.5, 0.5, (3 * RATE, 2))
    for name, (codec, format) in NAMES.items():
        pictures = 75 if name == "film.mp4" else 0
        write_container(tmp_path / "library" / name, noise, RATE, codec=codec, format=format, pictures=pictures)
    soundfile.write(tmp_path / "library" / "plain.wav", noise, RATE)
    return tmp_path / "library"


def without_pyav(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "av" else found(name))


def test_containers_are_heard(library: Path, tmp_path: Path, listener: FittedListener) -> None:
    (library / "broken.webm").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(500))
    whole = (library / "a.M4A").read_bytes()
    (library / "cut.m4a").write_bytes(whole[: len(whole) // 2])
    done = index_library(library, tmp_path / "index", listener=listener, jobs=2)
    assert (done.heard, done.known) == (4, 0)
    assert {fault.path: fault.reason.partition(":")[0] for fault in done.faults} == {
        "broken.webm": "not decodable",
        "cut.m4a": "truncated",
    }
    rows = pq.read_table(done.index.table("recordings")).to_pylist()
    assert [row["path"] for row in rows] == ["a.M4A", "film.mp4", "loss/less.mka", "plain.wav"]
    for row in rows:
        # An encoder works in frames of 1,024 samples, and fills the last one.
        assert row["duration_us"] == pytest.approx(3e6, abs=1e6 * 2_048 / RATE)
        assert row["sample_rate"] == RATE


def test_without_pyav_containers_are_faults_that_say_what_to_install(
    library: Path, tmp_path: Path, listener: FittedListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_pyav(monkeypatch)
    done = index_library(library, tmp_path / "index", listener=listener)
    assert done.heard == 1
    reason = "needs the package 'av': pip install 'earwitness[containers]'"
    assert done.faults == tuple(Fault(name, reason) for name in sorted(NAMES))
    # Once it is installed, the same command hears them.
    monkeypatch.undo()
    done = index_library(library, tmp_path / "index", listener=listener)
    assert (done.heard, done.known, done.faults) == (3, 1, ())


def test_moments_are_cut_out_of_containers(library: Path, tmp_path: Path) -> None:
    moments = [Moment(name, 1_500_000, 2_000_000, "q") for name in ("loss/less.mka", "film.mp4")]
    files = cut_out(moments, tmp_path / "out", library=library, around_s=0.25)
    whole, _ = soundfile.read(library / "plain.wav")
    expected = whole[round(1.25 * RATE) : round(2.25 * RATE)]
    exact, rate = soundfile.read(files[0])
    assert rate == RATE
    np.testing.assert_allclose(exact, expected, atol=1e-4)
    lossy, rate = soundfile.read(files[1])
    assert rate == RATE and lossy.shape == expected.shape
    assert 0.5 < lossy.std() / expected.std() < 2
    with pytest.raises(LibraryError, match=r"ends before the moment at 20\.00 s"):
        cut_out([Moment("a.M4A", 20_000_000, 21_000_000, "q")], tmp_path / "more", library=library)
    (library / "a.M4A").write_bytes(b"no more")
    with pytest.raises(LibraryError, match=r"'a\.M4A' cannot be read in"):
        cut_out([Moment("a.M4A", 0, 1_000_000, "q")], tmp_path / "other", library=library)


def test_a_link_to_itself_is_told_of(library: Path) -> None:
    (library / "loop.wav").symlink_to("loop.wav")
    (library / "loop").symlink_to("loop")
    found = list(walked(library))
    assert len([each for each in found if isinstance(each, AudioPlace)]) == 4
    (fault,) = [each for each in found if isinstance(each, Fault)]
    assert fault.path == "loop.wav" and fault.reason.startswith("cannot be opened: Too many levels")


def test_a_library_that_cannot_be_opened_is_no_empty_library(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(folder: Path) -> object:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", failing)
    with pytest.raises(LibraryError, match="cannot be opened: Input/output error"):
        list(walked(library))
