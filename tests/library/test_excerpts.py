"""Moments cut out: the right samples, under names that every system takes, and nothing outside the library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.errors import LibraryError, OutputError
from earwitness.library.excerpts import cut_out
from earwitness.library.moments import Moment

RATE = 22_050


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    ramp = np.linspace(-0.9, 0.9, 10 * RATE)
    for name, subtype in (("deep/a.wav", "PCM_16"), ('b "two"?.flac', "PCM_24")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, np.stack([ramp, -ramp], axis=1), RATE, subtype=subtype)
    return folder


def test_each_moment_is_a_file_with_what_is_around_it(library: Path, tmp_path: Path) -> None:
    moments = [Moment("deep/a.wav", 4_000_000, 5_500_000, "q"), Moment('b "two"?.flac', 200_000, 9_900_000, "q")]
    told: list[tuple[int, int]] = []
    files = cut_out(moments, tmp_path / "out", library=library, progress=lambda *at: told.append(at))
    assert [file.name for file in files] == ["0001 a.flac", "0002 b _two_.flac"]
    assert told == [(1, 2), (2, 2)]
    whole, _ = soundfile.read(library / "deep" / "a.wav", dtype="int16")
    cut, rate = soundfile.read(files[0], dtype="int16")
    assert rate == RATE and cut.shape == (round(3.5 * RATE), 2)
    np.testing.assert_array_equal(cut, whole[3 * RATE : 3 * RATE + len(cut)])
    # The second reaches over both ends of its recording, and keeps its 24 bits.
    info = soundfile.info(files[1])
    assert (info.frames, info.subtype) == (10 * RATE, "PCM_24")
    deep, _ = soundfile.read(files[1], dtype="int32")
    np.testing.assert_array_equal(deep, soundfile.read(library / 'b "two"?.flac', dtype="int32")[0])


def test_nothing_is_overwritten_and_nothing_outside_is_read(library: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    with pytest.raises(OutputError, match="name a new or an empty folder"):
        cut_out([], tmp_path / "out", library=library)
    soundfile.write(tmp_path / "secret.wav", np.zeros(RATE), RATE)
    with pytest.raises(LibraryError, match="leads out of the library"):
        cut_out([Moment("../secret.wav", 0, 10_000, "q")], tmp_path / "a", library=library)


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        (Moment("gone.wav", 0, 10_000, "q"), "'gone.wav' cannot be read"),
        (Moment("deep/a.wav", 20_000_000, 21_000_000, "q"), "ends before the moment at 20.00 s"),
    ],
)
def test_recordings_that_changed_are_named(library: Path, tmp_path: Path, moment: Moment, message: str) -> None:
    with pytest.raises(LibraryError, match=message):
        cut_out([moment], tmp_path / "out", library=library)
