"""Searching an index: what is found is what ``judge`` says, shown by the events that make it so."""

from __future__ import annotations

from pathlib import Path

import pytest

from earwitness.errors import LibraryError, ReadingError
from earwitness.library.moments import Witness
from earwitness.library.search import Library, open_library
from earwitness.library.store import Index
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import judge
from library.indexes import known_index

DOG, HORN, SIREN = "dog", "horn", "siren"
TIMELINES = {
    "a.wav": Timeline([Event(0, 1, DOG), Event(2, 3, HORN)]),
    "b.wav": Timeline([Event(0, 1, DOG), Event(2, 3, HORN), Event(5, 9, SIREN)]),
    "deep/c.wav": Timeline([Event(2, 3, DOG), Event(0, 1, HORN)]),
    "deep/d.wav": Timeline([Event(0, 1, DOG), Event(2, 2.5, DOG), Event(4, 5, DOG), Event(4.5, 9, HORN)]),
    "quiet.wav": Timeline(),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return known_index(tmp_path_factory.mktemp("an [index]*") / "it's", TIMELINES)


@pytest.fixture(scope="module")
def library(index: Index) -> Library:
    return open_library(index.folder)


@pytest.mark.parametrize(
    ("question", "constraint"),
    [
        ("a dog before a horn, no siren", "all(before(dog, horn), absent(siren))"),
        ("dog then horn", "before(dog, horn)"),
        ("three dogs", "count(dog, at_least=3)"),
        ("no dog", "absent(dog)"),
        ("a horn while a dog barks", None),
        ("horn longer than dog", "longer(horn, dog)"),
        ("siren for at least 3 seconds", "lasts(siren, at_least=3)"),
        ("not(any(present(siren), before(dog, horn)))", "not(any(present(siren), before(dog, horn)))"),
    ],
)
def test_what_is_found_is_what_holds(library: Library, question: str, constraint: str | None) -> None:
    asked = library.ask(question)
    if constraint is not None:
        assert str(asked.constraint) == constraint
    found = {moment.path: moment for moment in library.find(asked, limit=None)}
    assert set(found) == {path for path, timeline in TIMELINES.items() if judge(asked.constraint, timeline)}
    for path, moment in found.items():
        shown = {(each.label, each.onset_us / 1e6, each.offset_us / 1e6) for each in moment.witness}
        assert shown <= {(event.label, event.onset, event.offset) for event in TIMELINES[path].events}
        assert moment.label == question
        assert moment.confidence is not None and 0.9 ** len(shown) - 1e-6 <= moment.confidence <= 1.0


def test_a_moment_reaches_from_the_first_to_the_last_of_its_witnesses(library: Library) -> None:
    (moment,) = library.find(library.ask("a dog before a horn, no siren"), limit=1)
    assert (moment.path, moment.onset_us, moment.offset_us) == ("a.wav", 0, 3_000_000)
    assert moment.witness == (
        Witness("before(dog, horn)", DOG, 0, 1_000_000),
        Witness("before(dog, horn)", HORN, 2_000_000, 3_000_000),
    )
    quiet = {moment.path: moment for moment in library.find(library.ask("no dog"))}["quiet.wav"]
    assert (quiet.onset_us, quiet.offset_us, quiet.witness) == (0, 10_000_000, ())


def test_only_some_recordings_may_be_searched(index: Index) -> None:
    library = open_library(index.folder, paths="deep/*")
    assert library.n_recordings == 2
    assert [moment.path for moment in library.find(library.ask("dog"))] == ["deep/c.wav", "deep/d.wav"]
    assert open_library(index.folder, paths="' OR 1=1 --").n_recordings == 0


def test_in_long_recordings_an_order_is_near_unless_it_is_said(tmp_path: Path) -> None:
    far = Timeline([Event(0, 1, DOG), Event(200, 201, HORN)])
    near = Timeline([Event(0, 1, DOG), Event(50, 51, HORN)])
    library = open_library(known_index(tmp_path, {"far.wav": far, "near.wav": near}, duration_s=300).folder)
    asked = library.ask("dog before horn")
    assert str(asked.constraint) == "before(dog, horn, within=60)"
    assert any("60 s" in note for note in asked.notes)
    assert [moment.path for moment in library.find(asked)] == ["near.wav"]
    assert len(library.find(library.ask("dog before horn", within_s=0))) == 2
    assert len(library.find(library.ask("dog before horn within 500 seconds"))) == 2
    assert len(library.find(library.ask("dog before horn", within_s=20))) == 0


def test_what_cannot_be_asked_is_refused(library: Library) -> None:
    with pytest.raises(ReadingError, match="'unicorn' is no sound of this library"):
        library.ask("unicorn")
    with pytest.raises(ReadingError):
        library.ask("")
    with pytest.raises(ReadingError):
        library.ask("dog'; DROP TABLE events; --")


def test_an_empty_index_answers_nothing(tmp_path: Path) -> None:
    library = open_library(known_index(tmp_path, {"quiet.wav": Timeline()}).folder)
    with pytest.raises(ReadingError, match="is no sound of this library"):
        library.ask("dog")


def test_damaged_tables_are_named(tmp_path: Path) -> None:
    index = known_index(tmp_path, TIMELINES)
    index.table("events").write_bytes(b"no table")
    with pytest.raises(LibraryError, match="is damaged"):
        open_library(tmp_path)
