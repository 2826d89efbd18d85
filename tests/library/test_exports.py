from __future__ import annotations

import csv
import json
import os
import wave
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from earwitness import __version__
from earwitness.errors import LibraryError, OutputError
from earwitness.library.exports import CSV_COLUMNS, FORMATS, RAVEN_COLUMNS, export_moments
from earwitness.library.moments import Moment, Provenance, Witness

SHOWN = (Witness("before(dog, horn)", "dog", 1_000_000, 1_500_000), Witness("before(dog, horn)", "horn", 2, 1_000_002))
MOMENTS = [
    Moment("site/b.wav", 1_234_567, 2_000_000, "before(dog, horn)", 0.9, SHOWN),
    Moment("a.wav", 500_000, 750_000, 'says "wow"\n\tand, "more" 🐦', 0.25),
    Moment("a.wav", 0, 10_000, '"dog"'),
]
LENGTHS = {"a.wav": 1_000_000, "quiet.wav": 500_000, "site/b.wav": 3_000_000}
WHERE = Provenance(listener="yamnet 1", index="lib 2", query="before(dog, horn)")
SOURCE = f"earwitness {__version__}; listener yamnet 1; index lib 2; query before(dog, horn)"
FOLDERS = {"audacity", "jams", "reaper", "wav"}


@pytest.fixture
def library(tmp_path: Path, rng: np.random.Generator) -> Path:
    folder = tmp_path / "library"
    for path, length_us in LENGTHS.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / path, rng.uniform(-0.5, 0.5, length_us * 8000 // 1_000_000), 8000, subtype="PCM_16")
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def tab_rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def test_csv_holds_all_in_the_order_given(tmp_path: Path) -> None:
    done = export_moments(iter(MOMENTS), tmp_path / "m.csv", format="csv", provenance=WHERE)
    assert (done.format, done.files, done.moments) == ("csv", (tmp_path / "m.csv",), 3)
    with done.files[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [(row["path"], row["onset_s"], row["offset_s"], row["label"], row["confidence"]) for row in rows] == [
        ("site/b.wav", "1.234567", "2.000000", "before(dog, horn)", "0.9"),
        ("a.wav", "0.500000", "0.750000", 'says "wow"\n\tand, "more" 🐦', "0.25"),
        ("a.wav", "0.000000", "0.010000", '"dog"', ""),
    ]
    assert json.loads(rows[0]["witness"])[1] == {
        "clause": "before(dog, horn)",
        "label": "horn",
        "onset_s": 2e-6,
        "offset_s": 1.000002,
    }
    assert [row["witness"] for row in rows[1:]] == ["", ""]
    assert {row["source"] for row in rows} == {SOURCE}


def test_parquet_holds_all_exactly(tmp_path: Path) -> None:
    export_moments(MOMENTS, tmp_path / "m.parquet", format="parquet", provenance=WHERE)
    table = pq.read_table(tmp_path / "m.parquet")
    assert json.loads(table.schema.metadata[b"earwitness"]) == WHERE.as_dict()
    rows = table.to_pylist()
    read = [
        Moment(
            *(row[name] for name in ("path", "onset_us", "offset_us", "label")),
            None if row["confidence"] is None else round(row["confidence"], 6),
            tuple(Witness(**each) for each in row["witness"]),
        )
        for row in rows
    ]
    assert read == MOMENTS


@pytest.mark.parametrize("format", ["csv", "parquet", "raven"])
def test_nothing_found_is_a_table_without_rows(tmp_path: Path, format: str) -> None:
    assert export_moments([], tmp_path / "none", format=format).moments == 0
    if format == "parquet":
        assert pq.read_table(tmp_path / "none").num_rows == 0
    else:
        assert len((tmp_path / "none").read_text(encoding="utf-8").splitlines()) == 1


def test_raven_times_run_on_over_the_recordings(tmp_path: Path) -> None:
    export_moments(MOMENTS, tmp_path / "m.txt", format="raven", durations_us=LENGTHS, provenance=WHERE)
    header, *rows = tab_rows(tmp_path / "m.txt")
    assert tuple(header) == RAVEN_COLUMNS
    view = ["Spectrogram 1", "1"]
    hz = ["0.0", "8000.0"]
    wow = "says 'wow' and, 'more' 🐦"
    at_b = ["b.wav", "site/b.wav", "1.234567", "before(dog, horn)", "0.9", SOURCE]
    assert rows == [
        ["1", *view, "0.000000", "0.010000", *hz, "a.wav", "a.wav", "0.000000", "'dog'", "", SOURCE],
        ["2", *view, "0.500000", "0.750000", *hz, "a.wav", "a.wav", "0.500000", wow, "0.25", SOURCE],
        ["3", *view, "2.734567", "3.500000", *hz, *at_b],
    ]


def test_raven_has_whole_paths_of_a_known_library(tmp_path: Path) -> None:
    export_moments(MOMENTS, tmp_path / "m.txt", format="raven", durations_us=LENGTHS, library=tmp_path / "lib")
    assert tab_rows(tmp_path / "m.txt")[3][7:9] == ["b.wav", str(tmp_path / "lib" / "site" / "b.wav")]


# The package crowsetta calls pandas as the next pandas will not have it.
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")
def test_crowsetta_reads_the_selection_table(tmp_path: Path) -> None:
    import crowsetta

    export_moments(MOMENTS, tmp_path / "m.txt", format="raven", durations_us=LENGTHS, provenance=WHERE)
    boxes = crowsetta.formats.bbox.Raven.from_file(tmp_path / "m.txt", annot_col="Annotation").to_bbox()
    assert [(box.onset, box.offset, box.label, box.low_freq, box.high_freq) for box in boxes] == [
        (0.0, 0.01, "'dog'", 0.0, 8000.0),
        (0.5, 0.75, "says 'wow' and, 'more' 🐦", 0.0, 8000.0),
        (2.734567, 3.5, "before(dog, horn)", 0.0, 8000.0),
    ]


def test_audacity_has_a_label_track_for_each_recording(tmp_path: Path) -> None:
    done = export_moments(MOMENTS, tmp_path / "out", format="audacity")
    assert done.moments == 3
    assert names_in(tmp_path / "out") == ["a.wav.txt", "site/b.wav.txt"]
    assert tab_rows(tmp_path / "out" / "a.wav.txt") == [
        ["0.000000", "0.010000", '"dog"'],
        ["0.500000", "0.750000", 'says "wow" and, "more" 🐦'],
    ]


def test_crowsetta_reads_a_label_track(tmp_path: Path) -> None:
    import crowsetta

    (file,) = export_moments(MOMENTS[:1], tmp_path / "out", format="audacity").files
    read = crowsetta.formats.seq.AudSeq.from_file(file).to_seq(round_times=False)
    assert (read.onsets_s[0], read.offsets_s[0], read.labels[0]) == (1.234567, 2.0, "before(dog, horn)")


# The package jams validates by a call that jsonschema wants to be rid of.
@pytest.mark.filterwarnings("ignore:Passing a schema to Validator.iter_errors is deprecated:DeprecationWarning")
def test_jams_is_valid_and_holds_the_moments(tmp_path: Path) -> None:
    import jams

    export_moments(MOMENTS, tmp_path / "out", format="jams", durations_us=LENGTHS, provenance=WHERE)
    assert names_in(tmp_path / "out") == ["a.wav.jams", "site/b.wav.jams"]
    jam = jams.load(str(tmp_path / "out" / "site" / "b.wav.jams"), validate=True, strict=True)
    assert (jam.file_metadata.duration, jam.file_metadata.identifiers.path) == (3.0, "site/b.wav")
    (annotation,) = jam.annotations
    assert annotation.namespace == "segment_open"
    (hit,) = annotation.data
    assert (hit.time, hit.duration, hit.value, hit.confidence) == (1.234567, 0.765433, "before(dog, horn)", 0.9)
    assert annotation.annotation_metadata.corpus == "lib 2"
    assert dict(annotation.sandbox.earwitness) == WHERE.as_dict()
    assert annotation.sandbox.witness[0][0]["label"] == "dog"
    jam = jams.load(str(tmp_path / "out" / "a.wav.jams"), validate=True, strict=True)
    assert [hit.confidence for hit in jam.annotations[0].data] == [None, 0.25]
    assert "witness" not in jam.annotations[0].sandbox


def test_reaper_has_a_region_list_for_each_recording(tmp_path: Path) -> None:
    late = Moment("a.wav", 3_661_500_000, 3_662_000_000, "late, and\nlater")
    export_moments([*MOMENTS, late], tmp_path / "out", format="reaper")
    with (tmp_path / "out" / "a.wav.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["#", "Name", "Start", "End", "Length"],
            ["R1", '"dog"', "0:00.000000", "0:00.010000", "0:00.010000"],
            ["R2", 'says "wow" and, "more" 🐦', "0:00.500000", "0:00.750000", "0:00.250000"],
            ["R3", "late, and later", "1:01:01.500000", "1:01:02.000000", "0:00.500000"],
        ]


def test_wav_copies_have_cues_and_the_same_samples(tmp_path: Path, library: Path) -> None:
    before = {path: (library / path).read_bytes() for path in LENGTHS}
    export_moments(MOMENTS, tmp_path / "out", format="wav", library=library, provenance=WHERE)
    assert names_in(tmp_path / "out") == ["a.wav", "site/b.wav"]
    assert before == {path: (library / path).read_bytes() for path in LENGTHS}
    for name in ("a.wav", "site/b.wav"):
        with wave.open(str(tmp_path / "out" / name)) as ours, wave.open(str(library / name)) as theirs:
            assert ours.readframes(ours.getnframes()) == theirs.readframes(theirs.getnframes())
    assert f"confidence 0.9; {SOURCE}".encode() in (tmp_path / "out" / "site" / "b.wav").read_bytes()


def test_cues_are_not_written_into_the_library(library: Path) -> None:
    before = (library / "a.wav").read_bytes()
    with pytest.raises(OutputError, match="exists already"):
        export_moments(MOMENTS, library, format="wav", library=library)
    with pytest.raises(OutputError, match="is the recording itself"):
        export_moments(MOMENTS, library, format="wav", library=library, force=True)
    assert (library / "a.wav").read_bytes() == before


def test_a_recording_that_takes_no_cues_is_told_before_anything_is_written(tmp_path: Path, library: Path) -> None:
    (library / "site" / "b.wav").write_bytes(b"RF64\xff\xff\xff\xffWAVE")
    with pytest.raises(LibraryError, match="got RF64"):
        export_moments(MOMENTS, tmp_path / "out", format="wav", library=library)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("path", ["../a.wav", "/etc/passwd", "site/../../a.wav"])
def test_cues_are_not_read_from_outside_the_library(tmp_path: Path, library: Path, path: str) -> None:
    with pytest.raises(LibraryError, match="does not lie in the library"):
        export_moments([Moment(path, 0, 1, "dog")], tmp_path / "out", format="wav", library=library)
    with pytest.raises(LibraryError, match="Expected the folder of the recordings"):
        export_moments([Moment(path, 0, 1, "dog")], tmp_path / "out", format="wav")


def test_no_path_leads_out_of_the_folder_and_no_two_are_one_file(tmp_path: Path) -> None:
    paths = ["../../up.wav", "up.wav", "UP.wav", "/abs/x.wav", "..", "a/../b.wav", "file:na%EFve\n.wav"]
    out = tmp_path / "deep" / "out"
    done = export_moments([Moment(path, 0, 1, "dog") for path in paths], out, format="audacity")
    assert len(set(done.files)) == len(paths)
    assert all(file.is_file() and file.resolve().is_relative_to(out) for file in done.files)
    assert sorted(tmp_path.rglob("*.txt")) == sorted(done.files)
    assert {os.fsencode(file.name) for file in done.files if file.parent == out} == {
        *(b"up.wav.txt", b"UP.wav~2.txt", b"up.wav~3.txt", b"recording.txt", b"na\xefve\n.wav.txt")
    }


def test_absolute_paths_lose_what_they_share(tmp_path: Path) -> None:
    moments = [Moment(f"/home/me/lib/{name}", 0, 1, "dog") for name in ("x/a.wav", "y/a.wav")]
    export_moments(moments, tmp_path / "out", format="audacity")
    assert names_in(tmp_path / "out") == ["x/a.wav.txt", "y/a.wav.txt"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "site").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="leads out of"):
        export_moments(MOMENTS, tmp_path / "out", format="audacity", force=True)
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_there_is_replaced_on_request_only(tmp_path: Path, library: Path, format: str) -> None:
    def write(**options: bool) -> None:
        export_moments(MOMENTS, tmp_path / "out", format=format, durations_us=LENGTHS, library=library, **options)

    write()
    names = names_in(tmp_path)
    with pytest.raises(OutputError, match=r"exists already: name another place, or replace it with --force"):
        write()
    write(force=True)
    assert names_in(tmp_path) == names


@pytest.mark.parametrize("format", sorted(set(FORMATS) - FOLDERS))
def test_a_folder_is_not_replaced_by_a_file(tmp_path: Path, format: str) -> None:
    with pytest.raises(OutputError, match="is a folder; expected the name of a file"):
        export_moments([], tmp_path, format=format, force=True)


@pytest.mark.parametrize("format", ["raven", "jams"])
def test_a_length_that_is_not_known_is_told_before_anything_is_written(tmp_path: Path, format: str) -> None:
    with pytest.raises(LibraryError, match=r"The length of 'site/b\.wav' is not known"):
        export_moments(MOMENTS, tmp_path / "out", format=format, durations_us={"a.wav": 1_000_000})
    assert not list(tmp_path.iterdir())


def test_a_format_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"must be one of csv, parquet, .*; got 'midi'"):
        export_moments([], tmp_path / "out", format="midi")
