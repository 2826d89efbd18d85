"""An index of what people labelled: it is found what ``judge`` says of the labels, and nothing is listened to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pytest
import soundfile

from earwitness.errors import LibraryError, ReadingError
from earwitness.library import labelled, store
from earwitness.library.indexing import index_library
from earwitness.library.labelled import index_labels
from earwitness.library.search import open_library
from earwitness.library.store import PEOPLE, open_index, writing
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from earwitness.sounds.audio import AudioStream
from listen.untaught import untaught

Row = tuple[float, float, str]


def record(path: Path, seconds: float = 10.0, *, rate: int = 8_000, format: str = "WAV") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        soundfile.write(file, np.zeros(round(seconds * rate), np.int16), rate, format=format)
    return path


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def track(rows: Sequence[Row]) -> str:
    return "".join(f"{onset}\t{offset}\t{label}\n" for onset, offset, label in rows)


def tables_of(out: Path) -> dict[str, list[tuple]]:
    """Everything that the current tables say."""
    index = open_index(out)
    names = ("recordings", "events", "presence", "labels", "faults")
    return {name: duckdb.sql(f"SELECT * FROM read_parquet('{index.table(name)}')").fetchall() for name in names}


def events_of(out: Path) -> list[tuple[str, int, int, str]]:
    index = open_index(out)
    return duckdb.sql(
        f"SELECT path, onset_us, offset_us, label FROM read_parquet('{index.table('events')}') "
        f"JOIN read_parquet('{index.table('recordings')}') USING (recording) ORDER BY ALL"
    ).fetchall()


def found(out: Path, constraint: str) -> set[str]:
    library = open_library(out)
    return {moment.path for moment in library.find(library.ask(constraint, within_s=0), limit=None)}


# --- what is found is what judge says ---

DOG, HORN, BIRD, ODD = "dog", "car horn", "🐦 robin", 'say "hi"\nthere'
LENGTH_S = 10.0


def made_library(folder: Path) -> dict[str, Timeline]:
    """Write recordings with labels in all formats, and return what the labels say."""
    rng = np.random.default_rng(5)
    timelines: dict[str, Timeline] = {}
    raven = ["Selection\tBegin Time (s)\tEnd Time (s)\tBegin File\tFile Offset (s)\tSpecies"]
    csv = ["path,onset_s,offset_s,label"]
    for number in range(60):
        path = f"site {number % 3}/r{number}.wav"
        record(folder / path, LENGTH_S)
        rows: list[Row] = []
        if number % 6:  # some have no label at all
            for _ in range(rng.integers(1, 9)):
                # On a grid, so that labels touch, and one in ten ends after the recording.
                onset = int(rng.integers(0, 19)) / 2
                length = float(rng.choice([0.0, 0.5, 1.0, 2.5, 4.0]))
                labels = (DOG, HORN, BIRD) if number % 3 < 2 else (DOG, HORN, BIRD, ODD)
                rows.append((onset, onset + length, str(rng.choice(labels))))
        timelines[path] = Timeline(
            Event(onset, min(max(offset, onset + 0.01), LENGTH_S), label) for onset, offset, label in rows
        )
        if number % 3 == 0 and rows:
            write(folder / path.replace(".wav", ".txt"), "\ufeff" + track(rows).replace(".", ","))
        for onset, offset, label in rows:
            if number % 3 == 1:
                raven.append(f"1\t{onset + 100}\t{offset + 100}\tr{number}.wav\t{onset}\t{label}")
            elif number % 3 == 2:
                csv.append(f'{path},{onset},{offset},"{label.replace(chr(34), chr(34) * 2)}"')
    write(folder.parent / "labels" / "all.selections.txt", "\n".join(raven) + "\n")
    write(folder.parent / "labels" / "all.csv", "\r\n".join(csv) + "\r\n")
    return timelines


CONSTRAINTS = [
    "present(dog)",
    "absent(dog)",
    "not(present(dog))",
    'present("🐦 robin")',
    'absent("🐦 robin")',
    'present("say \\"hi\\"\\nthere")',
    'absent("say \\"hi\\"\\nthere")',
    'before(dog, "car horn")',
    'before("car horn", dog)',
    'not(before(dog, "car horn"))',
    'before(dog, "car horn", within=1)',
    'before(dog, "car horn", "🐦 robin")',
    'before(dog, "car horn", "🐦 robin", within=2)',
    'overlap(dog, "car horn")',
    'overlap(dog, "car horn", at_least=1)',
    'not(overlap(dog, "🐦 robin"))',
    'during(dog, "car horn")',
    'during("🐦 robin", dog)',
    "lasts(dog, at_least=2.5)",
    "lasts(dog, at_most=0.5)",
    'longer(dog, "car horn")',
    'not(longer("car horn", dog))',
    "count(dog, exactly=2)",
    "count(dog, at_least=2)",
    "count(dog, at_most=1)",
    'count("car horn", exactly=0)',
    'all(before(dog, "car horn"), absent("🐦 robin"))',
    'any(before(dog, "car horn"), overlap(dog, "🐦 robin"))',
    'all(absent(dog), absent("car horn"), absent("🐦 robin"))',
    'not(any(present(dog), during("🐦 robin", "car horn")))',
    'all(count(dog, at_least=2), lasts("car horn", at_least=1), not(before("car horn", dog)))',
    'all(any(present(dog), present("🐦 robin")), not(all(present(dog), present("🐦 robin"))))',
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Timeline]]:
    folder = tmp_path_factory.mktemp("an [index]*")
    timelines = made_library(folder / "library")
    done = index_labels(folder / "library", folder / "index", labels=[folder / "library", folder / "labels"])
    assert done.imported.faults == () and done.faults == ()
    assert done.unlabelled == sum(not timeline.events for timeline in timelines.values()) > 0
    assert set(done.imported.matched) == {"file name", "Begin File", "path"}
    assert done.imported.cut > 0 and done.imported.widened > 0
    return folder / "index", timelines


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_what_is_found_is_what_holds(made: tuple[Path, dict[str, Timeline]], constraint: str) -> None:
    out, timelines = made
    expected = {path for path, timeline in timelines.items() if judge(parse(constraint), timeline)}
    assert found(out, constraint) == expected


def test_constraints_tell_recordings_apart(made: tuple[Path, dict[str, Timeline]]) -> None:
    _, timelines = made
    counts = [sum(bool(judge(parse(text), each)) for each in timelines.values()) for text in CONSTRAINTS]
    assert len(CONSTRAINTS) >= 30
    assert sum(0 < count < len(timelines) for count in counts) >= 30


def test_what_shows_an_answer_is_labelled_and_certain(made: tuple[Path, dict[str, Timeline]]) -> None:
    out, timelines = made
    library = open_library(out)
    moments = library.find(library.ask("a dog before a car horn", within_s=0), limit=None)
    assert moments
    for moment in moments:
        shown = {(each.onset_us / 1e6, each.offset_us / 1e6, each.label) for each in moment.witness}
        assert len(shown) == 2
        assert shown <= {(event.onset, event.offset, event.label) for event in timelines[moment.path].events}
        assert moment.confidence == 1.0


def test_the_tables_are_those_of_any_index(made: tuple[Path, dict[str, Timeline]]) -> None:
    out, timelines = made
    index = open_index(out)
    assert (index.listener, index.hop_s, index.labels) == (PEOPLE, 0.0, tuple(sorted((DOG, HORN, BIRD, ODD))))
    tables = tables_of(out)
    paths = [row[1] for row in tables["recordings"]]
    assert paths == sorted(timelines) and [row[0] for row in tables["recordings"]] == list(range(len(paths)))
    assert {row[-2:] for row in tables["recordings"]} == {(10_000_000, 8_000)}
    told = [
        (event.label, paths.index(path), round(event.onset * 1e6), round(event.offset * 1e6), 1.0)
        for path, timeline in timelines.items()
        for event in timeline.events
    ]
    assert tables["events"] == sorted(told)
    assert tables["presence"] == sorted({(label, recording, 1.0) for label, recording, *_ in told})
    counts = {label: sum(event[0] == label for event in told) for label in index.labels}
    assert [(label, n_events) for label, _, n_events in tables["labels"]] == sorted(counts.items())
    assert {phrase for _, phrase, _ in tables["labels"]} >= {DOG, HORN, 'say "hi" there'}
    assert tables["faults"] == []


# --- bringing it up to date ---


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Whose headers were read."""
    names: list[str] = []
    length = labelled._length
    monkeypatch.setattr(labelled, "_length", lambda path: names.append(path.name) or length(path))
    return names


def test_what_changed_is_as_if_made_anew(tmp_path: Path, read: list[str]) -> None:
    library, labels, out = tmp_path / "library", tmp_path / "labels", tmp_path / "index"
    for name in ("a.wav", "b.wav", "c.wav", "d.wav"):
        record(library / name)
    for name, label in (("a", "dog"), ("b", "horn"), ("c", "siren")):
        write(labels / f"{name}.txt", track([(1, 2, label)]))

    def again(measured: int, gone: int) -> list[str]:
        read.clear()
        done = index_labels(library, out, labels=labels)
        names = list(read)
        assert (done.measured, done.gone) == (measured, gone)
        fresh = tmp_path / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        index_labels(library, fresh, labels=labels)
        assert tables_of(out) == tables_of(fresh)
        assert open_index(out).labels == open_index(fresh).labels
        assert len(list((out / "heard").iterdir())) == 1
        assert len(list((out / "tables").iterdir())) == 1
        return names

    assert again(4, 0) == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert again(0, 0) == []
    # A table changes, one goes, one is new; a label goes with the only table that has it.
    write(labels / "a.txt", track([(1, 2, "dog"), (3, 4, "cow")]))
    (labels / "c.txt").unlink()
    write(labels / "d.txt", track([(0, 1, "dog")]))
    assert again(0, 0) == []
    assert open_index(out).labels == ("cow", "dog", "horn")
    assert found(out, "absent(dog)") == {"b.wav", "c.wav"}
    # A recording becomes shorter, one is moved, one goes, one is new and one is broken.
    record(library / "a.wav", 3.5)
    shutil.move(library / "b.wav", library / "e.wav")
    (library / "d.wav").unlink()
    record(library / "new.flac", 2, format="FLAC")
    write(library / "broken.ogg", b"OggS")
    assert again(3, 2) == ["a.wav", "broken.ogg", "e.wav", "new.flac"]
    assert events_of(out) == [("a.wav", 1_000_000, 2_000_000, "dog"), ("a.wav", 3_000_000, 3_500_000, "cow")]
    faults = [path for path, _ in tables_of(out)["faults"]]
    assert faults == sorted(["broken.ogg", str(labels / "b.txt"), str(labels / "d.txt")])


def test_tables_change_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "library" / "a.wav")
    labels, out = write(tmp_path / "a.txt", track([(1, 2, "dog")])), tmp_path / "index"
    index_labels(tmp_path / "library", out, labels=labels)
    write(labels, track([(1, 2, "cow")]))

    def failing(index: store.Index) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(store, "write_index", failing)
        with pytest.raises(OSError, match="the disk is full"):
            index_labels(tmp_path / "library", out, labels=labels)
    assert found(out, "present(dog)") == {"a.wav"}
    with writing(out), pytest.raises(LibraryError, match="is being written by another process"):
        index_labels(tmp_path / "library", out, labels=labels)
    index_labels(tmp_path / "library", out, labels=labels)
    assert found(out, "present(cow)") == {"a.wav"}


def test_labels_and_listeners_are_kept_apart(tmp_path: Path) -> None:
    library, labels = tmp_path / "library", tmp_path / "a.txt"
    record(library / "a.wav")
    write(labels, track([(1, 2, "dog")]))
    index_library(library, tmp_path / "heard", listener=untaught())
    with pytest.raises(LibraryError, match=r"holds what a listener heard \(version .*\) and not labels"):
        index_labels(library, tmp_path / "heard", labels=labels)
    index_labels(library, tmp_path / "labelled", labels=labels)
    with pytest.raises(LibraryError, match="holds labels that people made, and nobody listened"):
        index_library(library, tmp_path / "labelled", listener=untaught())
    record(tmp_path / "other" / "a.wav")
    with pytest.raises(LibraryError, match="is the index of"):
        index_labels(tmp_path / "other", tmp_path / "labelled", labels=labels)


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    record(tmp_path / "library" / "a.wav")
    labels = write(tmp_path / "a.txt", track([(1, 2, "dog")]))
    index = index_labels(tmp_path / "library", tmp_path / "index", labels=labels).index
    index.table("recordings").write_bytes(b"no table")
    with pytest.raises(LibraryError, match=r"recordings\.parquet' is damaged"):
        index_labels(tmp_path / "library", tmp_path / "index", labels=labels)


# --- recordings ---


def test_lengths_are_those_of_the_headers(tmp_path: Path) -> None:
    library = tmp_path / "library"
    record(library / "bat.wav", 0.5, rate=384_000)
    record(library / "a.flac", 2.25, format="FLAC")
    record(library / "b.ogg", 1.5, format="OGG")
    record(library / "c.mp3", 3, format="MP3", rate=16_000)
    index_labels(library, tmp_path / "index", labels=write(tmp_path / "a.txt", ""))
    lengths = {row[1]: (row[5], row[6]) for row in tables_of(tmp_path / "index")["recordings"]}
    assert lengths == {
        "a.flac": (2_250_000, 8_000),
        "b.ogg": (1_500_000, 8_000),
        "bat.wav": (500_000, 384_000),
        "c.mp3": (3_000_000, 16_000),
    }


def test_a_recording_that_does_not_say_how_long_it_is_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = labelled.stream_audio

    @contextmanager
    def untold(path: Path) -> Iterator[AudioStream]:
        with opened(path) as audio:
            yield audio._replace(duration_s=None)

    monkeypatch.setattr(labelled, "stream_audio", untold)
    record(tmp_path / "library" / "a.wav", 2.25)
    cut = record(tmp_path / "library" / "b.wav", 2).read_bytes()
    write(tmp_path / "library" / "b.wav", cut[:9_000])
    done = index_labels(tmp_path / "library", tmp_path / "index", labels=write(tmp_path / "a.txt", ""))
    assert [row[5] for row in tables_of(tmp_path / "index")["recordings"]] == [2_250_000]
    assert [(fault.path, fault.reason.split(":")[0]) for fault in done.faults] == [("b.wav", "truncated")]


def test_recordings_that_cannot_be_read_are_told_of_and_so_are_their_labels(tmp_path: Path) -> None:
    library = tmp_path / "library"
    for name in ("good", "cut", "nothing", "broken"):
        record(library / f"{name}.wav", 0 if name == "nothing" else 2)
        write(library / f"{name}.txt", track([(0.5, 1, "dog")]))
    cut = (library / "cut.wav").read_bytes()
    write(library / "cut.wav", cut[: len(cut) // 2])
    write(library / "broken.wav", b"RIFF")
    (library / "lost.wav").symlink_to(library / "nowhere.wav")
    done = index_labels(library, tmp_path / "index", labels=library)
    assert [fault.path for fault in done.faults] == ["broken.wav", "cut.wav", "lost.wav", "nothing.wav"]
    assert [fault.reason.split(":")[0] for fault in done.faults][1::2] == ["truncated", "empty"]
    assert {fault.expected for fault in done.imported.faults} == {"the name of a recording that can be read"}
    assert len(done.imported.faults) == 3
    assert events_of(tmp_path / "index") == [("good.wav", 500_000, 1_000_000, "dog")]
    assert len(tables_of(tmp_path / "index")["faults"]) == 7


def test_of_two_copies_one_may_be_labelled(tmp_path: Path) -> None:
    library = tmp_path / "library"
    for name in ("a.wav", "b.wav", "deep/a.wav", "na\udcefve 🐦\n.wav"):
        record(library / name)
    write(library / "a.txt", track([(0, 1, "dog")]))
    write(library / "deep" / "a.txt", track([(0, 1, "cow")]))
    write(library / "na\udcefve 🐦\n.txt", track([(2, 3, "dog")]))
    done = index_labels(library, tmp_path / "index", labels=library)
    assert done.unlabelled == 1 and done.imported.faults == ()
    strange = "file:na%EFve%20%F0%9F%90%A6%0A.wav"
    assert found(tmp_path / "index", "present(dog)") == {"a.wav", strange}
    assert found(tmp_path / "index", "absent(dog)") == {"b.wav", "deep/a.wav"}


# --- labels ---


def test_labels_beyond_the_end_are_told_of_or_cut(tmp_path: Path) -> None:
    record(tmp_path / "library" / "a.wav", 5)
    record(tmp_path / "library" / "tiny.wav", 0.004)
    rows = [(4.5, 7, "dog"), (5, 6, "dog"), (9, 9, "dog"), (4.995, 4.995, "cow"), (3, 2, "dog"), (1, 2, " \x07 ")]
    table = write(tmp_path / "labels" / "a.txt", track(rows))
    write(tmp_path / "labels" / "tiny.txt", track([(0.001, 2, "dog")]))
    done = index_labels(tmp_path / "library", tmp_path / "index", labels=table.parent)
    told = [(Path(fault.file).name, fault.line, fault.expected, fault.got) for fault in done.imported.faults]
    assert told == [
        ("a.txt", 2, "an onset before the end of 'a.wav' at 5.000000 s", "5.000000 s"),
        ("a.txt", 3, "an onset before the end of 'a.wav' at 5.000000 s", "9.000000 s"),
        ("a.txt", 5, "an offset that is not before the onset", "3.000000 to 2.000000 s"),
        ("a.txt", 6, "a label", "none"),
    ]
    assert tables_of(tmp_path / "index")["faults"][0] == (
        str(table),
        "line 2: expected an onset before the end of 'a.wav' at 5.000000 s; got 5.000000 s",
    )
    assert (done.imported.cut, done.imported.widened) == (2, 2)
    assert events_of(tmp_path / "index") == [
        ("a.wav", 4_500_000, 5_000_000, "dog"),
        ("a.wav", 4_990_000, 5_000_000, "cow"),
        ("tiny.wav", 0, 10_000, "dog"),
    ]


def test_the_same_table_twice_is_read_once(tmp_path: Path) -> None:
    record(tmp_path / "library" / "a.wav")
    table = write(tmp_path / "labels" / "a.txt", track([(0, 1, "dog"), (0.5, 2, "dog"), (2, 3, "dog"), (4, 5, "dog")]))
    (tmp_path / "link").symlink_to(tmp_path / "labels")
    given = [table, str(tmp_path / "labels"), tmp_path / "link", tmp_path / "labels" / ".." / "labels" / "a.txt"]
    done = index_labels(tmp_path / "library", tmp_path / "index", labels=given)
    assert (done.imported.files, done.imported.rows) == (1, 4)
    # The same labels in another file are said twice, and are the same events.
    write(tmp_path / "labels" / "a.selections.txt", table.read_bytes())
    done = index_labels(tmp_path / "library", tmp_path / "index", labels=given)
    assert (done.imported.files, done.imported.rows) == (2, 8)
    assert events_of(tmp_path / "index") == [
        ("a.wav", 0, 3_000_000, "dog"),
        ("a.wav", 4_000_000, 5_000_000, "dog"),
    ]


def test_labels_in_folders_behind_links_are_found_like_their_recordings(tmp_path: Path) -> None:
    library = tmp_path / "library"
    record(tmp_path / "outside" / "a.wav")
    write(tmp_path / "outside" / "a.txt", track([(0, 1, "dog")]))
    write(tmp_path / "outside" / ".old" / "a.txt", track([(0, 1, "cow")]))
    library.mkdir()
    (library / "other").symlink_to(tmp_path / "outside")
    (library / "other" / "loop").symlink_to(library)
    done = index_labels(library, tmp_path / "index", labels=library)
    assert (done.imported.files, done.unlabelled) == (1, 0)
    assert found(tmp_path / "index", "present(dog)") == {"other/a.wav"}


def test_labels_that_are_nearly_the_same_are_told_of(tmp_path: Path) -> None:
    record(tmp_path / "library" / "a.wav")
    rows = [(0, 1, "Dog"), (2, 3, "dog"), (4, 5, "big  dog"), (6, 7, "Big dog"), (8, 9, "cow")]
    table = write(tmp_path / "a.txt", track(rows))
    done = index_labels(tmp_path / "library", tmp_path / "index", labels=table)
    assert done.alike == (("Big dog", "big  dog"), ("Dog", "dog"))
    assert found(tmp_path / "index", "count(Dog, exactly=1)") == {"a.wav"}


def test_another_column_may_hold_the_labels(tmp_path: Path) -> None:
    record(tmp_path / "library" / "a.wav")
    header = "Begin Time (s)\tEnd Time (s)\tAnnotation\tCall\n"
    table = write(tmp_path / "a.txt", f"{header}0\t1\tno\tyes\n")
    index = index_labels(tmp_path / "library", tmp_path / "index", labels=table, label_column="Call").index
    assert index.labels == ("yes",)


def test_a_library_without_a_label_is_an_index_that_knows_no_sound(tmp_path: Path) -> None:
    record(tmp_path / "library" / "a.wav")
    done = index_labels(tmp_path / "library", tmp_path / "index", labels=write(tmp_path / "a.txt", ""))
    assert (done.recordings, done.unlabelled, done.index.labels) == (1, 1, ())
    with pytest.raises(ReadingError, match="is no sound of this library"):
        open_library(tmp_path / "index").ask("dog")
    (tmp_path / "library" / "a.wav").unlink()
    assert index_labels(tmp_path / "library", tmp_path / "index", labels=tmp_path / "a.txt").recordings == 0


def test_what_is_not_there_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    record(tmp_path / "library" / "a.wav")
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty" / "notes.md", "no labels")
    for library, labels, message in (
        ("nowhere", "empty", "is not a folder of recordings"),
        ("library", "nowhere", "does not exist; expected labels"),
        ("library", "empty", r"No labels in .*: expected \.txt, \.tsv or \.csv"),
    ):
        with pytest.raises(LibraryError, match=message):
            index_labels(tmp_path / library, tmp_path / "index", labels=tmp_path / labels)
    with pytest.raises(LibraryError, match="No labels in"):
        index_labels(tmp_path / "library", tmp_path / "index", labels=[])
    assert not (tmp_path / "index").exists()


def test_too_many_labels_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "library" / "a.wav")
    table = write(tmp_path / "a.txt", track([(n, n + 0.5, f"note {n}") for n in range(5)]))
    monkeypatch.setattr(labelled, "_MOST_LABELS", 4)
    with pytest.raises(LibraryError, match="Expected at most 4 different labels; got 5"):
        index_labels(tmp_path / "library", tmp_path / "index", labels=table)


def test_what_is_written_in_parts_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        record(tmp_path / "library" / f"{number}.wav")
        write(tmp_path / "library" / f"{number}.txt", track([(number, number + 1, f"sound {number % 2}")]))
    monkeypatch.setattr(labelled, "_VALUES_AT_ONCE", 4)
    told: list[tuple[str, int, int]] = []
    done = index_labels(
        tmp_path / "library",
        tmp_path / "index",
        labels=tmp_path / "library",
        progress=lambda *each: told.append(each),
    )
    assert [event[1:] for event in events_of(tmp_path / "index")] == [
        (n * 1_000_000, (n + 1) * 1_000_000, f"sound {n % 2}") for n in range(5)
    ]
    assert len(list((tmp_path / "index" / "heard").iterdir())) == 3
    assert told[-1] == ("labels", 5, 5) and ("lengths", 5, 5) in told
    assert done.imported.rows == 5
