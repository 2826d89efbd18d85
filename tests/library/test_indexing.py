"""An index from first to last: made, grown, moved, shrunk, killed, and kept from two writers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest
import soundfile

from earwitness.errors import LibraryError
from earwitness.library import accounts, indexing, store
from earwitness.library.accounts import account_of, posteriors_in
from earwitness.library.indexing import index_library
from earwitness.library.store import open_index, writing
from earwitness.library.walking import AudioPlace, Fault, walked
from earwitness.listen.fitted import FittedListener
from earwitness.listen.hearing import hear_file
from listen.untaught import LABELS, untaught


@pytest.fixture(scope="module")
def listener() -> FittedListener:
    return untaught()


def _write(path: Path, seconds: float = 2.0, *, seed: int = 0) -> Path:
    """Write noise that comes and goes, so that the listener says now one thing and now another."""
    rng = np.random.default_rng(seed)
    level = np.repeat(rng.uniform(0.001, 1.0, int(4 * seconds) + 1), 4_000)[: int(16_000 * seconds)]
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, (rng.standard_normal(len(level)) * level).clip(-1, 1), 16_000)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    for seed, name in enumerate(("a.wav", "b.flac", "deep/er/c.ogg", "deep/d.WAV")):
        _write(folder / name, 2.0 + seed, seed=seed)
    (folder / "notes.txt").write_text("no audio")
    return folder


def _rows(out: Path, query: str) -> list[tuple]:
    index = open_index(out)
    for name in ("recordings", "events", "presence", "labels", "faults"):
        query = query.replace(f"<{name}>", f"read_parquet('{index.table(name)}')")
    return duckdb.sql(query).fetchall()


def _paths(out: Path) -> list[str]:
    return [path for (path,) in _rows(out, "SELECT path FROM <recordings> ORDER BY recording")]


# --- walking ---


def test_all_audio_files_are_found_once_in_order(library: Path) -> None:
    assert [each.path for each in walked(library)] == ["a.wav", "b.flac", "deep/d.WAV", "deep/er/c.ogg"]
    # A loop of links, a link to a folder outside, and one that leads nowhere.
    (library / "deep" / "loop").symlink_to(library)
    outside = library.parent / "outside"
    _write(outside / "e.wav")
    (library / "other").symlink_to(outside)
    (library / "lost.wav").symlink_to(library / "nowhere.wav")
    _write(library / ".hidden" / "f.wav")
    found = list(walked(library))
    assert [e.path for e in found if isinstance(e, AudioPlace)] == [
        "a.wav", "b.flac", "deep/d.WAV", "deep/er/c.ogg", "other/e.wav",
    ]  # fmt: skip
    assert [e for e in found if isinstance(e, Fault)] == [
        Fault("lost.wav", "cannot be opened: No such file or directory")
    ]


def test_names_of_all_kinds_are_taken(tmp_path: Path, listener: FittedListener) -> None:
    library = tmp_path / "library"
    names = ["line\nbreak.wav", "quo'te\".wav", "🐕.wav", "[a]*.wav"]
    for name in names:
        _write(library / name)
    os.rename(_write(library / "x.wav", seed=5), os.fsencode(library) + b"/caf\xe9.wav")
    done = index_library(library, tmp_path / "index", listener=listener)
    assert (done.heard, done.known, done.faults) == (2, 0, ())
    assert sorted(_paths(tmp_path / "index")) == sorted([*names, "file:caf%E9.wav"])


def test_what_is_no_folder_is_refused(tmp_path: Path, listener: FittedListener) -> None:
    with pytest.raises(LibraryError, match="is not a folder of recordings"):
        index_library(tmp_path / "nowhere", tmp_path / "index", listener=listener)
    assert not (tmp_path / "index").exists()


# --- accounts ---


def test_an_account_is_what_the_listener_says(library: Path, listener: FittedListener) -> None:
    path = library / "deep" / "er" / "c.ogg"
    account = account_of(listener, path)
    probs = np.concatenate([piece.posteriors.probs for piece in hear_file(listener, path)])
    assert (account.duration_us, account.sample_rate) == (4_000_000, 16_000)
    framed = [label for label in range(len(LABELS)) if probs[:, label].max() > 0.06]
    assert set(framed) <= set(account.framed.tolist())
    kept = posteriors_in(account.frames)
    # Steps of a sixteenth in log odds are never more than a 64th of a probability.
    np.testing.assert_allclose(kept, probs[:, account.framed], atol=1 / 120)
    presence = listener.presence.probability(probs[None], hop_s=listener.hop_s)[0]
    np.testing.assert_allclose(account.presence, presence, atol=1 / 60)
    assert len(account.label) > 0
    assert (account.offset_us - account.onset_us >= 10_000).all()
    assert account.offset_us.max() <= account.duration_us


def test_events_of_one_label_never_touch() -> None:
    from earwitness.listen.boxes import Box

    found = [
        Box("dog", 1.0, 2.0, 0.5),
        Box("dog", 2.0, 3.0, 0.9),
        Box("rain", 1.5, 2.5, 0.3),
        Box("dog", 3.995, 4.2, 0.4),
    ]
    label, onset_us, offset_us, confidence = accounts._events(found, LABELS, duration_us=4_000_000)
    assert label.tolist() == [0, 0, 1]
    assert onset_us.tolist() == [1_000_000, 3_990_000, 1_500_000]
    assert offset_us.tolist() == [3_000_000, 4_000_000, 2_500_000]
    np.testing.assert_allclose(confidence, [0.9, 0.4, 0.3])


# --- indexes ---


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_index_holds_what_was_heard(library: Path, tmp_path: Path, listener: FittedListener, jobs: int) -> None:
    told: list[tuple[str, int, int]] = []
    out = tmp_path / "index [1]*"
    done = index_library(library, out, listener=listener, jobs=jobs, progress=lambda *each: told.append(each))
    assert (done.heard, done.known, done.gone, done.faults) == (4, 0, 0, ())
    assert done.seconds == pytest.approx(2 + 3 + 4 + 5)
    assert _paths(out) == ["a.wav", "b.flac", "deep/d.WAV", "deep/er/c.ogg"]
    hearing = [(at, of) for stage, at, of in told if stage == "hearing"]
    assert hearing[-1][0] == hearing[-1][1] == sum(each.n_bytes for each in walked(library))
    for number, path in enumerate(_paths(out)):
        account = account_of(listener, library / path)
        events = _rows(out, f"SELECT label, onset_us, offset_us, confidence FROM <events> WHERE recording = {number}")
        assert events == [
            (LABELS[label], onset, offset, pytest.approx(confidence))
            for label, onset, offset, confidence in zip(
                account.label, account.onset_us, account.offset_us, account.confidence, strict=True
            )
        ]
        presence = dict(_rows(out, f"SELECT label, probability FROM <presence> WHERE recording = {number}"))
        expected = {label: p for label, p in zip(LABELS, account.presence, strict=True) if p >= 0.01}
        assert presence == pytest.approx(expected)
    counts = _rows(out, "SELECT label, phrase, n_events FROM <labels>")
    events = [label for (label,) in _rows(out, "SELECT label FROM <events>")]
    assert counts == [(label, f"a {label}", events.count(label)) for label in sorted(LABELS)]
    order = _rows(out, "SELECT label, recording, onset_us FROM <events>")
    assert order == sorted(order) and len(order) > 4


def test_only_what_is_new_is_heard(
    library: Path, tmp_path: Path, listener: FittedListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "index"
    index_library(library, out, listener=listener)
    before = _rows(out, "SELECT path, label, onset_us FROM <events> JOIN <recordings> USING (recording) ORDER BY ALL")
    read: list[str] = []
    digest = indexing.sha256_of_file
    monkeypatch.setattr(indexing, "sha256_of_file", lambda path: read.append(path.name) or digest(path))
    done = index_library(library, out, listener=listener)
    assert (done.heard, done.known, done.gone, read) == (0, 4, 0, [])
    # One is moved, one copied, one touched, one gone, and one is new.
    shutil.move(library / "a.wav", library / "deep" / "moved.wav")
    shutil.copy(library / "b.flac", library / "copy.flac")
    os.utime(library / "deep" / "d.WAV", (1, 1))
    (library / "deep" / "er" / "c.ogg").unlink()
    _write(library / "new.wav", seed=9)
    done = index_library(library, out, listener=listener)
    assert (done.heard, done.known, done.gone) == (1, 4, 2)
    assert sorted(read) == ["copy.flac", "d.WAV", "moved.wav", "new.wav"]
    assert _paths(out) == ["b.flac", "copy.flac", "deep/d.WAV", "deep/moved.wav", "new.wav"]
    after = _rows(out, "SELECT path, label, onset_us FROM <events> JOIN <recordings> USING (recording) ORDER BY ALL")
    moved = [("deep/moved.wav", *event) for path, *event in before if path == "a.wav"]
    assert moved and set(moved) <= set(after)
    # What was heard in the one that is gone is gone too, and of two copies there is one account.
    kept = duckdb.sql(f"SELECT count(*) FROM read_parquet('{out}/heard/*.parquet')").fetchall()
    assert kept == [(4,)]
    assert [path.name for path in (out / "tables").iterdir()] == ["2"]


def test_files_that_cannot_be_heard_are_told_of_and_stop_nothing(
    library: Path, tmp_path: Path, listener: FittedListener
) -> None:
    (library / "short.ogg").write_bytes(b"OggS" + bytes(30))
    (library / "again.ogg").write_bytes(b"OggS" + bytes(30))
    (library / "empty.wav").touch()
    huge = library / "huge.wav"
    with huge.open("wb") as file:  # a header that promises more than there is, and 3 GB of holes
        file.write(b"RIFF\xff\xff\xff\xffWAVEfmt ")
        file.truncate(3 * 2**30)
    done = index_library(library, tmp_path / "index", listener=listener)
    assert done.heard == 4
    assert [fault.path for fault in done.faults] == ["again.ogg", "empty.wav", "huge.wav", "short.ogg"]
    assert all(fault.reason for fault in done.faults)
    assert _rows(tmp_path / "index", "SELECT path FROM <faults>") == [(fault.path,) for fault in done.faults]


def test_a_file_that_vanishes_is_told_of(
    library: Path, tmp_path: Path, listener: FittedListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = indexing.account_of

    def vanishing(mine: FittedListener, path: Path) -> accounts.Account:
        if path.name == "b.flac":
            path.unlink()
        return asked(mine, path)

    monkeypatch.setattr(indexing, "account_of", vanishing)
    done = index_library(library, tmp_path / "index", listener=listener)
    assert (done.heard, [fault.path for fault in done.faults]) == (3, ["b.flac"])


@pytest.fixture
def _each_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(indexing, "_KEPT_AT_ONCE", 1)
    yield


@pytest.mark.usefixtures("_each_kept")
def test_what_was_heard_before_a_kill_is_not_heard_again(
    library: Path, tmp_path: Path, listener: FittedListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, heard = indexing.account_of, []

    def killed(mine: FittedListener, path: Path) -> accounts.Account:
        if len(heard) == 2:
            raise KeyboardInterrupt
        heard.append(path.name)
        return asked(mine, path)

    monkeypatch.setattr(indexing, "account_of", killed)
    out = tmp_path / "index"
    with pytest.raises(KeyboardInterrupt):
        index_library(library, out, listener=listener)
    with pytest.raises(LibraryError, match="is unfinished: finish it with the same"):
        open_index(out).table("events")
    monkeypatch.setattr(indexing, "account_of", asked)
    done = index_library(library, out, listener=listener)
    assert (done.heard, done.known) == (2, 2)


def test_tables_change_all_at_once(
    library: Path, tmp_path: Path, listener: FittedListener, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "index"
    index_library(library, out, listener=listener)
    _write(library / "new.wav", seed=9)

    def failing(index: store.Index) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(store, "write_index", failing)
        with pytest.raises(OSError, match="the disk is full"):
            index_library(library, out, listener=listener)
    assert "new.wav" not in _paths(out)  # the old tables, whole
    assert index_library(library, out, listener=listener).heard == 0
    assert "new.wav" in _paths(out)


def test_two_do_not_write_at_once(library: Path, tmp_path: Path, listener: FittedListener) -> None:
    out = tmp_path / "index"
    with writing(out), pytest.raises(LibraryError, match="is being written by another process"):
        index_library(library, out, listener=listener)
    assert index_library(library, out, listener=listener).heard == 4


def test_another_listener_or_library_is_refused(library: Path, tmp_path: Path, listener: FittedListener) -> None:
    out = tmp_path / "index"
    index_library(library, out, listener=listener)
    with pytest.raises(LibraryError, match="is another listener's"):
        index_library(library, out, listener=untaught(seed=1))
    _write(tmp_path / "elsewhere" / "a.wav")
    with pytest.raises(LibraryError, match="is the index of"):
        index_library(tmp_path / "elsewhere", out, listener=listener)


def test_damaged_indexes_are_named(library: Path, tmp_path: Path, listener: FittedListener) -> None:
    with pytest.raises(LibraryError, match=r"is not an index: it has no index\.json"):
        open_index(tmp_path)
    out = tmp_path / "index"
    index_library(library, out, listener=listener)
    told = (out / "index.json").read_text()
    for change, message in (
        (told[:40], "is damaged"),
        (told.replace('"format": 2', '"format": 9'), "has the format 9; this version reads 2"),
        (told.replace('"hop_s": 0.25', '"hop_s": "long"'), "is damaged: ValueError"),
        (told.replace('"labels"', '"lables"'), "is damaged: KeyError: 'labels'"),
    ):
        (out / "index.json").write_text(change)
        with pytest.raises(LibraryError, match=message):
            open_index(out)
    (out / "index.json").write_text(told)
    open_index(out).table("events").unlink()
    with pytest.raises(LibraryError, match=r"tables/0/events\.parquet is missing"):
        open_index(out)


def test_a_library_that_lost_everything_is_taken_for_a_drive_that_is_not_mounted(
    tmp_path: Path, library: Path, listener: FittedListener
) -> None:
    out = tmp_path / "index"
    index_library(library, out, listener=listener)
    away = tmp_path / "away"
    library.rename(away)
    library.mkdir()
    with pytest.raises(LibraryError, match=r"holds no recording, and .* knows [1-9]\d* of it: perhaps a drive"):
        index_library(library, out, listener=listener)
    library.rmdir()
    away.rename(library)
    again = index_library(library, out, listener=listener)
    assert (again.heard, again.gone) == (0, 0)


def test_an_empty_library_has_an_empty_index(tmp_path: Path, listener: FittedListener) -> None:
    (tmp_path / "library").mkdir()
    done = index_library(tmp_path / "library", tmp_path / "index", listener=listener)
    assert (done.heard, done.known) == (0, 0)
    assert _rows(tmp_path / "index", "SELECT count(*) FROM <events>") == [(0,)]
