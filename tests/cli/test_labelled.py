"""``earwitness index --labels``: a library that people labelled, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.conftest import Command


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("a", "b", "c"):
        soundfile.write(folder / f"{name}.wav", np.zeros(80_000, np.int16), 8_000)
    (folder / "a.txt").write_text("0\t1\tdog\n2\t3\tcar horn\n9\t20\tDog\n5\t5\tdog\n")
    (folder / "b.txt").write_text("0\t1\tcar horn\n2\t3\tdog\n4\t3\tdog\n")
    (folder / "broken.wav").write_bytes(b"RIFF")
    return folder


def test_a_labelled_library_is_indexed_and_searched(run: Command, library: Path, tmp_path: Path) -> None:
    table = tmp_path / "raven.txt"
    header = "Begin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tSpecies\n"
    table.write_text(header + "0\t1\tc.wav\t7\tsiren\n" + "0\t1\tz.wav\t7\tsiren\n" * 7)
    options = ("--out", tmp_path / "index", "--labels", library, "--labels", table)
    done = run("index", library, *options)
    assert done.code == 0, done.err
    told = " ".join(done.out.split())
    assert "Left out: 'broken.wav': not decodable" in told
    assert "b.txt' line 3: expected an offset that is not before the onset; got 4.000000 to 3.000000 s." in told
    assert "raven.txt' line 7: expected the name of a recording of the library; got 'z.wav'." in told
    assert "line 8" not in told and "2 more of" in told
    assert "Taken for different sounds: 'Dog', 'dog'." in told
    assert "3 recordings, 0 of them without a label, 0 no longer there, 1 left out." in told
    assert "Labels: 7 in 3 files (matched: 6 by file name, 1 by Begin File)." in told
    assert "1 are marks without a length, taken as 10 ms, and 1 ended after their recording" in told
    assert f"earwitness search {tmp_path / 'index'} Dog" in told
    found = json.loads(run("search", tmp_path / "index", 'before(dog, "car horn")', "--json").out)
    assert [moment["path"] for moment in found["moments"]] == ["a.wav"]
    assert [moment["score"] for moment in found["moments"]] == [1.0]


def test_the_result_may_be_read_by_machines(run: Command, library: Path, tmp_path: Path) -> None:
    (library / "na\udcefve.txt").write_text("0\t1\tdog\n")
    told = json.loads(run("index", library, "--out", tmp_path / "index", "--labels", library, "--json").out)
    assert told["labels"] == ["Dog", "car horn", "dog"]
    assert (told["recordings"], told["measured"], told["unlabelled"], told["gone"]) == (3, 3, 1, 0)
    assert (told["label_files"], told["label_rows"], told["events"]) == (3, 6, 6)
    assert told["matched"] == {"file name": 6}
    assert (told["marks"], told["cut"], told["alike"]) == (1, 1, [["Dog", "dog"]])
    assert [fault["path"] for fault in told["faults"]] == ["broken.wav"]
    assert [(fault["line"], fault["got"]) for fault in told["label_faults"]] == [
        (3, "4.000000 to 3.000000 s"),
        (1, "a file called 'na\\udcefve.txt'"),
    ]
    again = json.loads(run("index", library, "--out", tmp_path / "index", "--labels", library, "--json").out)
    assert again == told | {"measured": 0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Give either --listener, who is to listen, or --labels, what people labelled."),
        (("--labels", ".", "--listener", "ear"), "--listener cannot be given with --labels"),
        (("--labels", ".", "--watch"), "--watch cannot be given with --labels"),
        (("--labels", ".", "--jobs", "2", "--model", "m"), "--model and --jobs cannot be given with --labels"),
        (("--listener", "ear", "--label-column", "Call"), "--label-column is of labels, and goes with --labels."),
        (("--labels", "nowhere"), "'nowhere' does not exist; expected labels, a file or a folder."),
    ],
)
def test_either_somebody_listens_or_somebody_labelled(
    run: Command, library: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    done = run("index", library, "--out", tmp_path / "index", *options)
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert not (tmp_path / "index").exists()
