from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.errors import OutputError
from earwitness.sounds import builtin
from earwitness.sounds.bank import split_of
from earwitness.sounds.layouts import open_bank
from earwitness.sounds.writing import write_recordings

FEW = [builtin.recording(label, k) for label in ("gong", "rain") for k in (0, 1)]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("format", ["flac", "wav"])
def test_what_is_written_is_a_bank(tmp_path: Path, format: str) -> None:
    told = write_recordings(FEW, tmp_path / "bank", format=format, sample_rate=16_000)
    assert (told.recordings, told.kept) == (4, 0)
    bank = open_bank(str(tmp_path / "bank"))
    assert [(r.label, r.source, r.licence) for r in bank.recordings] == [
        (r.label, r.source, r.licence) for r in sorted(FEW, key=lambda r: r.name)
    ]
    lasting = 0.0
    for ours, theirs in zip(FEW, bank.recordings, strict=True):
        audio = theirs.read()
        assert audio.sample_rate == 16_000
        assert len(audio.samples) == pytest.approx(len(ours.read().samples) / 3, abs=1)
        lasting += len(audio.samples) / 16_000
    assert told.seconds == pytest.approx(lasting)
    rows = [json.loads(line) for line in (tmp_path / "bank" / "parameters.jsonl").read_text("utf-8").splitlines()]
    assert [row["parameters"] for row in rows] == [dict(r.parameters) for r in FEW]
    assert [row["split"] for row in rows] == [split_of(r.source) for r in FEW]


def test_samples_are_those_of_the_bank(tmp_path: Path) -> None:
    write_recordings(FEW[2:3], tmp_path)
    samples, rate = soundfile.read(tmp_path / "rain" / "0.flac")
    assert rate == builtin.SAMPLE_RATE
    np.testing.assert_allclose(samples, FEW[2].read().samples[:, 0], atol=1 / 32_768)


def test_a_stopped_run_goes_on_and_more_can_be_added(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    write_recordings(FEW, whole, jobs=2)
    write_recordings(FEW[:3], parts)
    (parts / "gong" / "1.flac").unlink()
    (parts / "manifest.csv").unlink()
    calls: list[tuple[int, int]] = []
    told = write_recordings(FEW, parts, progress=lambda done, wanted: calls.append((done, wanted)))
    assert (told.recordings, told.kept) == (4, 2)
    assert calls[-1] == (2, 2)
    assert tree(parts) == tree(whole)
    assert write_recordings(FEW[:1], parts).recordings == 4, "what was there stays listed"
    assert tree(parts) == tree(whole)


def test_what_is_gone_is_listed_no_more(tmp_path: Path) -> None:
    write_recordings(FEW, tmp_path)
    (tmp_path / "gong" / "1.flac").unlink()
    told = write_recordings(FEW[2:], tmp_path)
    assert (told.recordings, told.kept) == (3, 3)
    assert "gong/1.flac" not in (tmp_path / "manifest.csv").read_text("utf-8")
    assert len(open_bank(str(tmp_path)).recordings) == 3


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(OutputError, match=r"not empty \(it holds 'mine.txt'\)"):
        write_recordings(FEW, tmp_path)
    assert list(tree(tmp_path)) == ["mine.txt"]


def test_other_settings_need_another_folder(tmp_path: Path) -> None:
    write_recordings(FEW[2:3], tmp_path)
    with pytest.raises(OutputError, match="sample_rate 48000, not 16000"):
        write_recordings(FEW[:1], tmp_path, sample_rate=16_000)
    with pytest.raises(OutputError, match="Expected the format 'flac' or 'wav', got 'mp3'"):
        write_recordings(FEW[:1], tmp_path, format="mp3")


def test_a_manifest_of_another_kind_is_refused(tmp_path: Path) -> None:
    write_recordings(FEW[2:3], tmp_path)
    (tmp_path / "manifest.csv").write_text("path,label\nrain/mine.flac,rain\n")
    with pytest.raises(OutputError, match=r"line 2: 'rain/mine.flac' is not one of our recordings"):
        write_recordings(FEW[2:3], tmp_path)


def test_a_path_that_cannot_be_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        write_recordings(FEW[:1], tmp_path / "file" / "below")
    write_recordings(FEW[2:3], tmp_path / "bank")
    (tmp_path / "bank" / "gong").write_text("")
    with pytest.raises(OutputError, match=r"Cannot write '.*gong/0.flac': File exists"):
        write_recordings(FEW[:1], tmp_path / "bank")
