from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import LibraryError
from earwitness.library.exports import export_moments
from earwitness.library.imports import Imported, import_labels
from earwitness.library.moments import Moment, path_to_text
from earwitness.logic.events import Event, Timeline
from earwitness.sounds.labels import one_line

HEADER = "Selection\tView\tChannel\tBegin Time (s)\tEnd Time (s)\tLow Freq (Hz)\tHigh Freq (Hz)"


def rows_of(imported: Imported) -> list[tuple[str, int, int, str]]:
    return [tuple(row.values()) for row in imported.events.to_pylist()]


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


# --- there and back again ---

# Bytes that are no UTF-8 among them; no file is called like a folder, and none begins with a dot.
NAMES = (
    (st.binary(min_size=1, max_size=6) | st.text(max_size=5).map(lambda t: t.encode("utf-8", "surrogatepass")))
    .filter(lambda name: b"\0" not in name and b"/" not in name)
    .map(lambda name: os.fsdecode(b"r" + name + b".wav"))
)
AWKWARD = ["file:x.wav", "a/file:y.wav", "tab\t.wav", 'a/"q".wav', "a/n\nl.wav", "a/na\udcefve 🐦.wav", " b.wav"]
PATHS = st.lists(
    st.builds(os.path.join, st.sampled_from(["", "a", "a/b", "c d"]), NAMES) | st.sampled_from(AWKWARD),
    min_size=1,
    max_size=3,
    unique_by=str.casefold,
).map(lambda paths: [path_to_text(path) for path in paths])
LABELS = st.text(min_size=1, max_size=6).filter(one_line) | st.sampled_from(
    ['"', '"a"', "\\", "a\r\nb", "1.5", "NaN", "🐦"]
)


@st.composite
def libraries(draw: st.DrawFn) -> tuple[list[str], list[Moment]]:
    paths = draw(PATHS)
    times = st.tuples(st.integers(0, 3_000_000), st.integers(10_000, 2_000_000))
    events = draw(st.lists(st.tuples(st.sampled_from(paths), times, LABELS), max_size=6))
    return paths, [Moment(path, onset, onset + length, label) for path, (onset, length), label in events]


def normal_form(moments: list[Moment], label_of: Mapping[str, str]) -> list[tuple[str, int, int, str]]:
    """The events as ``Timeline`` joins them."""
    expected = []
    for path in {moment.path for moment in moments}:
        events = [
            Event(each.onset_us / 1e6, each.offset_us / 1e6, label_of[each.label])
            for each in moments
            if each.path == path
        ]
        expected += [(path, round(e.onset * 1e6), round(e.offset * 1e6), e.label) for e in Timeline(events).events]
    return sorted(expected)


AS_READ = {
    "csv": str.strip,
    "raven": lambda label: one_line(label).replace('"', "'"),
    "audacity": one_line,
}


@pytest.mark.parametrize("format", AS_READ)
@settings(max_examples=40)
@given(library=libraries())
def test_what_is_exported_is_imported(format: str, library: tuple[list[str], list[Moment]]) -> None:
    paths, moments = library
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out" if format == "audacity" else "out.txt")
        out.mkdir() if format == "audacity" else None
        export_moments(moments, out, format=format, durations_us=dict.fromkeys(paths, 5_000_000))
        imported = import_labels(out, paths)
    assert imported.faults == ()
    assert imported.rows == len(moments)
    label_of = {moment.label: AS_READ[format](moment.label) for moment in moments}
    assert rows_of(imported) == normal_form(moments, label_of)


def test_whole_paths_of_a_library_come_back(tmp_path: Path) -> None:
    paths = ["a.wav", "lib/a.wav", "lib/b.wav"]
    lengths = dict.fromkeys(paths, 1_000_000)
    moments = [Moment(path, 0, 20_000, path) for path in paths]
    export_moments(moments, tmp_path / "t.txt", format="raven", durations_us=lengths, library=tmp_path / "lib")
    imported = import_labels(tmp_path / "t.txt", paths, library=tmp_path / "lib")
    assert rows_of(imported) == [(path, 0, 20_000, path) for path in paths]


# --- Audacity ---


def test_a_label_track_with_and_without_frequencies(tmp_path: Path) -> None:
    track = "\ufeff0.5\t1.25\tdog\r\n\\\t100.0\t2000.5\r\n\r\n2,5\t3,0\thorn\r\n3e0\t4\tdog\r\n\\\t-1\t-1\r\n"
    imported = import_labels(write(tmp_path, {"a.txt": track}), ["a.wav"])
    assert imported.faults == ()
    assert rows_of(imported) == [
        ("a.wav", 500_000, 1_250_000, "dog"),
        ("a.wav", 2_500_000, 3_000_000, "horn"),
        ("a.wav", 3_000_000, 4_000_000, "dog"),
    ]


def test_labels_at_a_point_become_the_shortest_event(tmp_path: Path) -> None:
    track = "1\t1\tdog\n2\thorn\n3\t3.009999\tcat\n4\t4.01\tcat\n"
    imported = import_labels(write(tmp_path, {"a.txt": track}), ["a.wav"])
    assert (imported.faults, imported.rows, imported.widened) == ((), 4, 3)
    assert rows_of(imported) == [
        ("a.wav", 1_000_000, 1_010_000, "dog"),
        ("a.wav", 2_000_000, 2_010_000, "horn"),
        ("a.wav", 3_000_000, 3_010_000, "cat"),
        ("a.wav", 4_000_000, 4_010_000, "cat"),
    ]


@pytest.mark.parametrize(
    ("line", "expected", "got"),
    [
        ("1\t2", "onset, offset and label between tabs", r"'1\t2'"),
        ("1 2 dog", "onset, offset and label between tabs", "'1 2 dog'"),
        ("1\t2\tdog\tcat", "onset, offset and label between tabs", r"'1\t2\tdog\tcat'"),
        ("1\t2\t ", "a label", "none"),
        ("one\t2\tdog", "a time in seconds", "'one'"),
        ("nan\t2\tdog", "a time in seconds", "'nan'"),
        ("1_0\t20\tdog", "a time in seconds", "'1_0'"),
        ("1\t1e99\tdog", "a time in seconds, not of centuries", "'1e99'"),
        ("-0.5\t2\tdog", "an onset of zero or later", "-0.500000 s"),
        ("2\t1\tdog", "an offset that is not before the onset", "2.000000 to 1.000000 s"),
        ("\\\t1", "a label before its frequencies, low and high", r"'\\\t1'"),
        ("1\t2\td\udcffg", "text in UTF-8", r"'1\t2\td\udcffg'"),
    ],
)
def test_a_bad_row_is_told_and_the_others_are_used(tmp_path: Path, line: str, expected: str, got: str) -> None:
    track = f"0\t0.5\tdog\n\n{line}\n7\t8\tdog\n".encode("utf-8", "surrogateescape")
    imported = import_labels(write(tmp_path, {"a.txt": track}), ["a.wav"])
    (fault,) = imported.faults
    assert fault == (str(tmp_path / "a.txt"), 3, expected, got)
    assert str(fault) == f"{str(tmp_path / 'a.txt')!r} line 3: expected {expected}; got {got}."
    assert [row[1] for row in rows_of(imported)] == [0, 7_000_000]


def test_two_rows_of_frequencies_are_one_too_many(tmp_path: Path) -> None:
    imported = import_labels(write(tmp_path, {"a.txt": "0\t1\tdog\n\\\t1\t2\n\\\t1\t2\n"}), ["a.wav"])
    assert [fault.line for fault in imported.faults] == [3]


# --- Raven ---


@pytest.mark.parametrize("column", ["Annotation", "species", "Label", "Common Name"])
def test_a_table_of_one_recording(tmp_path: Path, column: str) -> None:
    rows = "1\tWaveform 1\t1\t0.5\t1.25\t0\t4000\tEATO\n1\tSpectrogram 1\t1\t0.5\t1.25\t0\t4000\tEATO\n"
    write(tmp_path, {"site/a.Table.1.selections.txt": f"{HEADER}\t{column}\n{rows}"})
    imported = import_labels(tmp_path, ["site/a.wav", "other/a.wav"])
    assert (imported.faults, imported.rows) == ((), 2)
    assert rows_of(imported) == [("site/a.wav", 500_000, 1_250_000, "EATO")]


def test_a_table_of_many_recordings(tmp_path: Path) -> None:
    table = (
        f"{HEADER}\tBegin File\tFile Offset (s)\tNote\tSpecies\n"
        "1\tSpectrogram 1\t1\t0.5\t1.0\t0\t1\ta.wav\t0.5\tx\tEATO\n"
        '2\tSpectrogram 1\t1\t10.25\t11.0\t0\t1\tb.wav\t0.25\tx\t"Robin, ""American"""\n'
    )
    imported = import_labels(write(tmp_path, {"t.txt": table}) / "t.txt", ["x/a.wav", "x/b.wav"])
    assert rows_of(imported) == [
        ("x/a.wav", 500_000, 1_000_000, "EATO"),
        ("x/b.wav", 250_000, 1_000_000, 'Robin, "American"'),
    ]


def test_a_named_column_of_labels(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": f"{HEADER}\tAnnotation\tCall\n1\tS\t1\t0\t1\t0\t1\tno\tyes\n"})
    assert rows_of(import_labels(tmp_path, ["a.wav"], label_column="call"))[0][3] == "yes"
    imported = import_labels(tmp_path, ["a.wav"], label_column="Sound")
    (fault,) = imported.faults
    assert (fault.line, fault.expected) == (1, "a column of labels called Sound")
    assert fault.got.startswith("the columns selection, view, channel, ")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("0\t1\tb.wav\tdog", "a File Offset (s), in a table of more than one recording"),
        ("0\t1\tc.wav\tdog", "the name of a recording of the library"),
        ("0\t1\tfile:%00\tdog", "the path of a recording"),
        ("0\t1\ta.wav\t", "a label"),
        ("0\t1\ta.wav", "a label"),
        ("1\t0\ta.wav\tdog", "an offset that is not before the onset"),
        ("\t0\ta.wav\tdog", "a time in seconds"),
        ("-1\t0\ta.wav\tdog", "an onset of zero or later"),
    ],
)
def test_a_bad_selection_is_told(tmp_path: Path, cells: str, expected: str) -> None:
    table = f"Begin Time (s)\tEnd Time (s)\tBegin File\tAnnotation\n0\t1\ta.wav\tdog\n{cells}\n5\t6\ta.wav\tdog\n"
    imported = import_labels(write(tmp_path, {"t.txt": table}), ["a.wav", "b.wav"])
    assert [(fault.line, fault.expected) for fault in imported.faults] == [(3, expected)]
    assert [row[1] for row in rows_of(imported)] == [0, 5_000_000]


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("s1/a.wav", "s1/a.wav"),
        (r"C:\field\s1\a.wav", "s1/a.wav"),
        ("/mnt/old/s2/a.wav", "s2/a.wav"),
        ("/mnt/s1/deep/a.wav", "s1/deep/a.wav"),
        ("file:///mnt/s2/a.wav", "s2/a.wav"),
        ("b.wav", "s1/b.wav"),
        ("/mnt/s9/c.wav", "c.wav"),
        ("../../s2/a.wav", "s2/a.wav"),
    ],
)
def test_recordings_are_found_by_what_other_machines_call_them(tmp_path: Path, named: str, found: str) -> None:
    known = ["s1/a.wav", "s2/a.wav", "s1/deep/a.wav", "s1/b.wav", "c.wav"]
    table = f"Begin Time (s)\tEnd Time (s)\tBegin Path\tAnnotation\n0\t1\t{named}\tdog\n"
    assert rows_of(import_labels(write(tmp_path, {"t.txt": table}), known))[0][0] == found


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("a.wav", "the name of one recording"),
        ("s9/a.wav", "the name of a recording of the library"),
        ("/etc/passwd", "the name of a recording of the library"),
        ("/", "the name of a recording of the library"),
        ("s9/b.wav", "the name of a recording of the library"),
    ],
)
def test_recordings_are_not_guessed(tmp_path: Path, named: str, expected: str) -> None:
    table = f"Begin Time (s)\tEnd Time (s)\tBegin Path\tAnnotation\n0\t1\t{named}\tdog\n"
    imported = import_labels(write(tmp_path, {"t.txt": table}), ["s1/a.wav", "s2/a.wav", "s1/b.wav"])
    assert [fault.expected for fault in imported.faults] == [expected]
    assert imported.events.num_rows == 0


# --- CSV ---


def test_csv_of_other_hands(tmp_path: Path) -> None:
    table = (
        'extra,LABEL,onset_s,offset_s,"path"\n1,"dog, big",0.5,1,a.wav\n'
        '\n2,cat,1\n3,cat,2,3,a.wav\n4,"cat" x,2,3,a.wav\n'
    )
    imported = import_labels(write(tmp_path, {"t.csv": table}), ["a.wav"])
    assert rows_of(imported) == [("a.wav", 500_000, 1_000_000, "dog, big"), ("a.wav", 2_000_000, 3_000_000, "cat")]
    assert [(fault.line, fault.expected) for fault in imported.faults] == [
        (4, "5 cells"),
        (6, "well-formed CSV (what follows is not read)"),
    ]


# --- files ---


def test_a_folder_is_read_with_all_its_folders(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.wav.txt": "0\t1\tdog\n",
            "x/b.TXT": "0\t1\tcat\n",
            "x/empty.txt": "",
            "x/.hidden.txt": "what?",
            "x/b.wav": "what?",
            "README.txt": "Labels by me.\n",
            "x/c.txt": "0\t1\tcow\n0\t1\tpig\n",
        },
    )
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.txt")
    imported = import_labels(tmp_path, ["a.wav", "a.flac", "x/b.wav", "x/empty.wav"])
    assert rows_of(imported) == [("a.wav", 0, 1_000_000, "dog"), ("x/b.wav", 0, 1_000_000, "cat")]
    assert imported.files == 5
    told = [(Path(fault.file).name, fault.line, fault.got) for fault in imported.faults]
    assert told == [("README.txt", 1, "'Labels by me.'"), ("c.txt", 1, "a file called 'c.txt'")]
    assert imported.faults[0].expected.startswith("a label track of Audacity (onset, offset and label between tabs)")


def test_a_file_may_be_told_its_recording(tmp_path: Path) -> None:
    file = write(tmp_path, {"Label Track.txt": "0\t1\tdog\n"}) / "Label Track.txt"
    assert rows_of(import_labels(file, ["s/a.wav"], recording="s/a.wav")) == [("s/a.wav", 0, 1_000_000, "dog")]
    assert len(import_labels(file, ["s/a.wav"]).faults) == 1
    with pytest.raises(LibraryError, match=r"'b\.wav' is not in the library"):
        import_labels(file, ["s/a.wav"], recording="b.wav")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0\t1\tdog\n".encode("utf-16"), "text in UTF-8"),
        (b"\0" * 5000, "text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "a label track"),
        (b"0\t1\t" + b"x" * (1 << 20), "lines of less than 1,048,576 characters"),
        (b"\n\n\n", None),
    ],
)
def test_what_holds_no_labels_is_told(tmp_path: Path, content: bytes, expected: str | None) -> None:
    imported = import_labels(write(tmp_path, {"a.txt": content}), ["a.wav"])
    assert imported.events.num_rows == 0
    assert imported.events.column_names == ["path", "onset_us", "offset_us", "label"]
    assert [fault.expected[: len(expected or "")] for fault in imported.faults] == ([expected] if expected else [])


@settings(max_examples=100)
@given(content=st.binary(max_size=60) | st.text('0123456789.\t\n\\"ab,-e', max_size=60).map(str.encode))
def test_no_content_breaks_the_reader(content: bytes) -> None:
    headers = [b"", f"{HEADER}\tAnnotation\n".encode(), b"path,onset_s,offset_s,label\n"]
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {f"{n}.txt": header + content for n, header in enumerate(headers)})
        imported = import_labels(Path(folder), ["0.wav", "1.wav", "2.wav"])
    assert imported.files == 3
    assert all(onset >= 0 and offset - onset >= 10_000 for _, onset, offset, _ in rows_of(imported))


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="does not exist"):
        import_labels(tmp_path / "none", ["a.wav"])
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LibraryError, match="neither a file nor a folder"):
        import_labels(tmp_path / "pipe", ["a.wav"])


def test_paths_that_are_no_texts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="as texts of path_to_text"):
        import_labels(tmp_path, ["na\udcefve.wav"])


@pytest.mark.usefixtures("plain_user")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "0\t1\tdog\n"})
    (tmp_path / "a.txt").chmod(0)
    assert import_labels(tmp_path, ["a.wav"]).faults[0].got == "Permission denied"
