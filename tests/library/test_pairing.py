"""Which recording a table is of, and that none is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from earwitness.library.imports import Imported, import_labels
from earwitness.library.pairing import Recordings, Unusable

HEADER = "Begin Time (s)\tEnd Time (s)\tFile Offset (s)\tSpecies\t"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def holding(imported: Imported, label: str) -> list[str]:
    return [row["path"] for row in imported.events.to_pylist() if row["label"] == label]


@pytest.mark.parametrize("given", ["site 1/a.txt", "site 1", "."])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_table_beside_a_recording_is_of_that_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, absolute: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    library = tmp_path / "library" if absolute else Path("library")
    write(library / "site 1" / "a.txt", "0\t1\tdog\n")
    recordings = ["a.wav", "site 1/a.wav", "site 2/a.wav"]
    imported = import_labels(tmp_path / "library" / given, recordings, library=library)
    assert holding(imported, "dog") == ["site 1/a.wav"]
    assert imported.matched == {"file name": 1}


@pytest.mark.parametrize(
    ("place", "holds"),
    [("labels/s1", "s1/a.wav"), ("library/s2", "s2/a.wav"), ("library", "a.wav"), ("labels/new", None)],
)
def test_begin_file_is_of_the_folder_of_its_table_where_several_are_called_so(
    tmp_path: Path, place: str, holds: str | None
) -> None:
    table = f"{HEADER}Begin File\n0\t1\t0\tcow\tonly.wav\n0\t1\t0\tdog\ta.wav\n"
    write(tmp_path / place / "all.txt", table)
    recordings = ["a.wav", "s1/a.wav", "s2/a.wav", "s2/only.wav"]
    imported = import_labels(tmp_path / place.split("/")[0], recordings, library=tmp_path / "library")
    assert holding(imported, "cow") == ["s2/only.wav"]
    assert holding(imported, "dog") == ([] if holds is None else [holds])
    if holds is None:
        (fault,) = imported.faults
        assert (fault.line, fault.expected) == (3, "the name of one recording")
        assert fault.got == "'a.wav', which may be 'a.wav' or 's1/a.wav'"


def test_what_matched_each_label_is_counted(tmp_path: Path) -> None:
    row = "0\t1\t0\tdog\t"
    write(tmp_path / "t" / "1.txt", f"{HEADER}Begin Path\tBegin File\n{row}/mnt/x/a.wav\ta.wav\n{row}\tb.wav\n")
    write(tmp_path / "t" / "a.txt", f"{HEADER}Note\n{row}\n")
    write(tmp_path / "t" / "2.csv", "path,onset_s,offset_s,label\nx/a.wav,0,1,dog\nx/b.wav,0,1,dog\n")
    imported = import_labels(tmp_path / "t", ["x/a.wav", "x/b.wav"])
    assert imported.faults == ()
    assert imported.matched == {"Begin Path": 1, "Begin File": 1, "path": 2, "file name": 1}
    told = import_labels(tmp_path / "t" / "a.txt", ["x/a.wav", "x/b.wav"], recording="x/b.wav")
    assert told.matched == {"told": 1} and holding(told, "dog") == ["x/b.wav"]


def test_a_path_counts_more_than_what_is_beside(tmp_path: Path) -> None:
    write(tmp_path / "s1" / "t.txt", f"{HEADER}Begin File\n0\t1\t0\tdog\ts2/a.wav\n0\t1\t0\tcow\ts3\\a.wav\n")
    imported = import_labels(tmp_path, ["s1/a.wav", "s2/a.wav"], library=tmp_path)
    assert holding(imported, "dog") == ["s2/a.wav"]
    assert [fault.got for fault in imported.faults] == [repr("s3\\a.wav")]


def test_many_recordings_of_one_name_cost_no_more() -> None:
    # Looked through one by one, these are 4e8 comparisons: minutes.
    recordings = Recordings([f"deep/{n:05d}/take/a.wav" for n in range(20_000)], None)
    for n in range(20_000):
        assert recordings.of_file("a.txt", ("other", f"{n:05d}", "take")) == f"deep/{n:05d}/take/a.wav"
    with pytest.raises(Unusable) as told:
        recordings.of_file("a.txt", ("take",))
    assert (told.value.expected, told.value.got) == (
        "the name of one recording",
        "a file called 'a.txt', which may be 'deep/00000/take/a.wav' or 'deep/00001/take/a.wav'",
    )
