"""Recordings: where they may lie, what is found of each, and that none of them takes another down."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import BenchmarkError
from earwitness.mmar.recordings import FAULTS, FLAGS, Checked, check_recordings, sound_path
from mmar.audio_items import items_in, samples, write_wave


def checked_one(folder: Path, path: str) -> Checked:
    (checked,) = check_recordings(items_in(folder, {"x": path}))
    return checked


def test_what_is_found_of_a_recording(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "audio" / "x.wav", samples(12_000, 2), 8_000)
    assert checked_one(tmp_path, "./audio/x.wav") == Checked(
        id="x",
        path="./audio/x.wav",
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        n_bytes=path.stat().st_size,
        channels=2,
        sample_rate=8_000,
        seconds=1.5,
        flags=("stereo",),
    )


@pytest.mark.parametrize(
    "name",
    [
        *("../x.wav", "audio/../../x.wav", "audio/..", "..", "/etc/passwd", "//server/x.wav"),
        *("C:\\x.wav", "C:/x.wav", "c:x.wav", "\\\\server\\share\\x.wav", "..\\x.wav", "audio\\..\\..\\x.wav"),
        *("audio/x\0.wav", "audio/\ud800.wav", "a" * 300 + "/x.wav", "x/" * 3000),
    ],
)
def test_a_path_that_leaves_the_folder_is_a_fault_and_nothing_is_opened(tmp_path: Path, name: str) -> None:
    write_wave(tmp_path / "x.wav", samples(800))
    folder = tmp_path / "items"
    write_wave(folder / "audio" / "good.wav", samples(800))
    items = items_in(folder, {"bad": name, "good": "audio/good.wav"})
    bad, good = check_recordings(items)
    if not name.startswith(("aaa", "x/x/")):  # too long for a path on some systems, and merely not there on others
        with pytest.raises(BenchmarkError, match="'bad'"):
            sound_path(items, items.rows[0])
        assert bad.fault == "outside"
    assert bad.fault in ("outside", "missing", "not readable") and bad.sha256 == "" and bad.seconds == 0
    assert good.fault == ""


def test_links_that_lead_out_are_refused_and_those_that_stay_are_followed(tmp_path: Path) -> None:
    secret = write_wave(tmp_path / "secret" / "x.wav", samples(800))
    folder = tmp_path / "items"
    inside = write_wave(folder / "audio" / "x.wav", samples(800))
    (folder / "file.wav").symlink_to(secret)
    (folder / "away").symlink_to(secret.parent)
    (folder / "here.wav").symlink_to(inside)
    (folder / "circle.wav").symlink_to(folder / "circle.wav")
    paths = {"a": "file.wav", "b": "away/x.wav", "c": "here.wav", "d": "circle.wav", "e": "away/none.wav"}
    items = items_in(folder, paths)
    faults = [each.fault for each in check_recordings(items)]
    assert faults[:3] == ["outside", "outside", ""] and faults[4] == "outside"
    assert faults[3] in ("outside", "not readable", "missing")
    assert sound_path(items, items.rows[2]) == inside.resolve()


def test_a_folder_that_is_itself_a_link_is_no_way_out(tmp_path: Path) -> None:
    write_wave(tmp_path / "real" / "audio" / "x.wav", samples(800))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert checked_one(tmp_path / "link", "audio/x.wav").fault == ""


def test_each_fault_by_its_kind_and_the_others_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "items"
    whole = write_wave(folder / "whole.wav", samples(8_000)).read_bytes()
    (folder / "cut.wav").write_bytes(whole[:-2_000])
    (folder / "tiny.wav").write_bytes(whole[:34])
    (folder / "header.wav").write_bytes(whole[:40] + bytes(4))
    (folder / "nothing.wav").write_bytes(b"")
    (folder / "page.wav").write_bytes(b"<!DOCTYPE html><html><body>Not found</body></html>" * 30)
    (folder / "folder.wav").mkdir()
    os.mkfifo(folder / "pipe.wav")
    nan = np.zeros((800, 1), dtype=np.float32)
    nan[700] = np.nan
    write_wave(folder / "nan.wav", nan, subtype="FLOAT")
    wanted = {
        "whole.wav": "",
        "cut.wav": "truncated",
        "tiny.wav": "not decodable",
        "header.wav": "empty",
        "nothing.wav": "empty",
        "page.wav": "not decodable",
        "folder.wav": "not readable",
        "pipe.wav": "not readable",
        "nan.wav": "not finite",
        "absent.wav": "missing",
        "": "no path",
    }
    items = items_in(folder, {f"item {name}": name for name in wanted})
    found = check_recordings(items, jobs=3)
    assert {each.path: each.fault for each in found} == wanted
    assert [each.id for each in found] == [item.id for item in items]
    assert set(wanted.values()) - {""} | {"outside"} == set(FAULTS)
    for each in found:
        assert bool(each.detail) == bool(each.fault)
        assert "0x" not in each.detail and (not each.path or each.path in each.detail or not each.fault)
    # Damaged files can be told from one another.
    assert {each.path for each in found if not each.sha256} == {"folder.wav", "pipe.wav", "absent.wav", ""}


def test_flags(tmp_path: Path) -> None:
    rate = 8_000
    square = np.where(np.arange(8_000) % 80 < 40, 32767, -32768).astype(np.int16)[:, None]
    peak = samples(8_000, level=0.01)
    peak[::500] = 32767
    made = {
        "stereo": samples(8_000, 2),
        "long": samples(30 * rate + 1),
        "exactly 30": samples(30 * rate),
        "short": samples(rate // 10 - 1),
        "not short": samples(rate // 10),
        "silent": np.zeros((8_000, 1), dtype=np.int16),
        "clipped": square,
        "peaks alone": peak,
    }
    for name, pcm in made.items():
        write_wave(tmp_path / f"{name}.wav", pcm, rate)
    found = check_recordings(items_in(tmp_path, {name: f"{name}.wav" for name in made}))
    flags = {each.id: each.flags for each in found}
    assert flags == {name: ((name,) if name in FLAGS else ()) for name in made}


def test_one_loud_second_before_long_silence_is_not_silent(tmp_path: Path) -> None:
    pcm = np.zeros((700_000, 1), dtype=np.int16)  # three blocks
    pcm[:8_000] = samples(8_000)
    write_wave(tmp_path / "x.wav", pcm, 48_000)
    assert checked_one(tmp_path, "x.wav").flags == ()


def test_what_several_items_name_is_decoded_once(tmp_path: Path) -> None:
    write_wave(tmp_path / "x.wav", samples(800))
    told: list[tuple[str, int, int]] = []
    items = items_in(tmp_path, {"a": "x.wav", "b": "x.wav", "c": "y.wav"})
    found = check_recordings(items, progress=lambda *args: told.append(args))
    assert [(each.id, each.fault) for each in found] == [("a", ""), ("b", ""), ("c", "missing")]
    assert found[0].sha256 == found[1].sha256
    assert told == [("recordings", 1, 2), ("recordings", 2, 2)]


def test_threads_change_nothing(tmp_path: Path) -> None:
    for k in range(12):
        write_wave(tmp_path / f"{k}.wav", samples(1_000 + k, 1 + k % 2, seed=k))
    items = items_in(tmp_path, {str(k): f"{k}.wav" for k in range(13)})
    assert check_recordings(items, jobs=1) == check_recordings(items, jobs=4)


def test_files_in_other_formats(tmp_path: Path) -> None:
    write_wave(tmp_path / "x.flac", samples(4_410), 44_100)
    write_wave(tmp_path / "x.mp3", samples(44_100), 44_100, subtype="MPEG_LAYER_III")
    flac, mp3 = check_recordings(items_in(tmp_path, {"f": "x.flac", "m": "x.mp3"}))
    assert (flac.sample_rate, flac.channels, flac.seconds) == (44_100, 1, 0.1)
    assert mp3.fault == "" and mp3.seconds == pytest.approx(1, abs=0.1)


MEMORY = """
import resource, sys
from earwitness.mmar.items import read_items
from earwitness.mmar.recordings import check_recordings
items = read_items(sys.argv[1])
small, large = items.rows
from dataclasses import replace
check_recordings(replace(items, rows=(small,)))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(found,) = check_recordings(replace(items, rows=(large,)))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(found.fault or "fine", found.seconds, found.flags, (after - before) // 1024)
"""


def test_a_file_of_hundreds_of_megabytes_takes_no_memory(tmp_path: Path) -> None:
    """A sparse file: its samples are zeros that lie nowhere on the disk."""
    rate, seconds = 48_000, 1_500
    n_bytes = rate * seconds * 4
    header = write_wave(tmp_path / "small.wav", np.zeros((rate, 2), dtype=np.int16), rate).read_bytes()[:44]
    with (tmp_path / "large.wav").open("wb") as file:
        file.write(header[:4] + (36 + n_bytes).to_bytes(4, "little") + header[8:40] + n_bytes.to_bytes(4, "little"))
        file.truncate(44 + n_bytes)
    items_in(tmp_path, {"s": "small.wav", "l": "large.wav"})
    done = subprocess.run([sys.executable, "-c", MEMORY, tmp_path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    said, grown = done.stdout.rsplit(maxsplit=1)
    assert said == "fine 1500.0 ('stereo', 'long', 'silent')"
    assert int(grown) < 40  # MiB, of a file of 275


def test_a_file_without_permission_is_a_fault(tmp_path: Path, plain_user: None) -> None:
    write_wave(tmp_path / "x.wav", samples(800)).chmod(0)
    assert checked_one(tmp_path, "x.wav").fault == "not readable"
