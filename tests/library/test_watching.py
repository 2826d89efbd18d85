"""An index that is kept up to date: when it is brought up to date, and above all when it is not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from earwitness.errors import LibraryError
from earwitness.library import watching
from earwitness.library.indexing import Done, index_library
from earwitness.library.store import open_index, writing
from earwitness.library.watching import Waiting, watch_library
from earwitness.listen.fitted import FittedListener
from listen.untaught import untaught

EVERY_S, QUIET_S = 2.0, 5.0


@pytest.fixture(scope="module")
def listener() -> FittedListener:
    return untaught()


def write(path: Path, *, seed: int = 0, seconds: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, round(8_000 * seconds))
    soundfile.write(path, noise, 8_000)
    return path


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for seed, name in enumerate(("a.wav", "deep/b.wav", "deep/c.wav")):
        write(tmp_path / "library" / name, seed=seed)
    return tmp_path / "library"


class Clock:
    """Time that passes when somebody sleeps, and in which things happen."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.plan: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        while self.plan and self.plan[0][0] <= self.now:
            self.plan.pop(0)[1]()
        if not self.plan and len(self.slept) > 10_000:
            raise AssertionError("nothing happens any more")

    def at(self, when_s: float, what: Callable[[], object]) -> None:
        self.plan = sorted([*self.plan, (when_s, what)], key=lambda each: each[0])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(watching, "time", made)
    return made


@pytest.fixture
def watch(library: Path, tmp_path: Path, listener: FittedListener, clock: Clock) -> Iterator[Done | Waiting]:
    return watch_library(library, tmp_path / "index", listener=listener, every_s=EVERY_S, quiet_s=QUIET_S)


def counts(done: Done | Waiting) -> tuple[int, int, int]:
    assert isinstance(done, Done), done
    return done.heard, done.known, done.gone


def paths(out: Path) -> list[str]:
    return pq.read_table(open_index(out).table("recordings"), columns=["path"])["path"].to_pylist()


def stop() -> None:
    raise KeyboardInterrupt


def test_each_change_is_one_pass_and_no_change_is_none(
    library: Path, tmp_path: Path, watch: Iterator[Done | Waiting], clock: Clock
) -> None:
    assert counts(next(watch)) == (3, 0, 0)
    clock.at(100, lambda: write(library / "new.wav", seed=7))
    assert counts(next(watch)) == (1, 3, 0)
    assert 100 + QUIET_S <= clock.now <= 100 + QUIET_S + 2 * EVERY_S
    assert set(clock.slept) == {EVERY_S}
    clock.at(200, lambda: shutil.move(library / "deep", library / "moved"))
    assert counts(next(watch)) == (0, 4, 2)
    clock.at(300, lambda: write(library / "a.wav", seed=8))
    assert counts(next(watch)) == (1, 3, 0)
    clock.at(400, (library / "new.wav").unlink)
    assert counts(next(watch)) == (0, 3, 1)
    assert paths(tmp_path / "index") == ["a.wav", "moved/b.wav", "moved/c.wav"]
    # An hour of nothing writes no tables.
    tables = open_index(tmp_path / "index").tables
    written = (tmp_path / "index" / "index.json").stat().st_mtime_ns
    clock.at(4_000, stop)
    with pytest.raises(KeyboardInterrupt):
        next(watch)
    assert open_index(tmp_path / "index").tables == tables
    assert (tmp_path / "index" / "index.json").stat().st_mtime_ns == written
    with writing(tmp_path / "index"):  # and the lock is free
        pass


def test_what_is_being_written_is_left_until_it_is_quiet(
    library: Path, watch: Iterator[Done | Waiting], clock: Clock
) -> None:
    next(watch)

    def grow() -> None:
        with (library / "slow.wav").open("ab") as file:
            file.write(content[file.tell() :][:1_000])

    content = write(library.parent / "slow.wav", seed=9).read_bytes()
    for step in range(len(content) // 1_000 + 1):
        clock.at(100 + 3 * step, grow)
    last_s = clock.plan[-1][0]
    assert counts(next(watch)) == (1, 3, 0)
    assert last_s + QUIET_S <= clock.now <= last_s + QUIET_S + 2 * EVERY_S


def test_a_file_that_never_rests_holds_the_others_up_for_ten_minutes(
    library: Path, watch: Iterator[Done | Waiting], clock: Clock
) -> None:
    next(watch)
    for step in range(1_000):
        clock.at(100 + 3 * step, lambda: write(library / "recorder.wav", seconds=clock.now / 10_000))
    clock.at(150, lambda: write(library / "other.wav", seed=5))
    assert counts(next(watch))[0] == 2
    assert 740 <= clock.now <= 770


def test_a_library_that_vanishes_is_waited_for(
    library: Path, tmp_path: Path, watch: Iterator[Done | Waiting], clock: Clock
) -> None:
    next(watch)
    away = tmp_path / "away"
    clock.at(100, lambda: library.rename(away))
    waiting = next(watch)
    assert isinstance(waiting, Waiting) and "is not a folder of recordings" in (waiting.reason or "")
    # A drive's folder often stays when the drive goes.
    clock.at(200, library.mkdir)
    waiting = next(watch)
    assert isinstance(waiting, Waiting) and "expected its drive to be mounted" in (waiting.reason or "")
    assert clock.now <= 210
    assert len(paths(tmp_path / "index")) == 3
    clock.at(1_000, lambda: (library.rmdir(), away.rename(library)))
    assert next(watch) == Waiting(None)
    clock.at(2_000, lambda: write(library / "new.wav", seed=7))
    assert counts(next(watch)) == (1, 3, 0)


def test_a_library_that_is_not_mounted_at_first_is_waited_for_if_it_is_known(
    library: Path, tmp_path: Path, listener: FittedListener, clock: Clock
) -> None:
    nowhere = watch_library(tmp_path / "nowhere", tmp_path / "other", listener=listener)
    with pytest.raises(LibraryError, match="is not a folder of recordings"):
        next(nowhere)
    index_library(library, tmp_path / "index", listener=listener)
    shutil.move(library, tmp_path / "away")
    library.mkdir()
    watch = watch_library(library, tmp_path / "index", listener=listener)
    assert isinstance(next(watch), Waiting)
    clock.at(100, lambda: (library.rmdir(), shutil.move(tmp_path / "away", library)))
    assert counts(next(watch)) == (0, 3, 0)


def test_a_drive_that_goes_while_it_is_heard_is_heard_when_it_is_back(
    library: Path, tmp_path: Path, watch: Iterator[Done | Waiting], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    next(watch)
    away = tmp_path / "away"
    hear = index_library

    def pulled(*arguments: Path, **options: object) -> Done:
        from earwitness.library import indexing

        asked = indexing.account_of

        def vanishing(*each: object) -> object:
            library.rename(away)
            return asked(*each)

        with monkeypatch.context() as patched:
            patched.setattr(indexing, "account_of", vanishing)
            return hear(*arguments, **options)

    monkeypatch.setattr(watching, "index_library", pulled)
    clock.at(100, lambda: write(library / "new.wav", seed=7))
    done = next(watch)
    assert counts(done) == (0, 3, 0) and [fault.path for fault in done.faults] == ["new.wav"]
    assert isinstance(next(watch), Waiting)
    monkeypatch.setattr(watching, "index_library", hear)
    clock.at(1_000, lambda: away.rename(library))
    assert counts(next(watch)) == (1, 3, 0)


def test_a_folder_that_cannot_be_opened_any_more_keeps_its_recordings(
    library: Path, tmp_path: Path, watch: Iterator[Done | Waiting], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    next(watch)
    scandir = os.scandir

    def failing(folder: Path) -> object:
        if Path(folder).name == "deep":
            raise OSError(5, "Input/output error")
        return scandir(folder)

    clock.at(100, lambda: monkeypatch.setattr(os, "scandir", failing))
    waiting = next(watch)
    assert isinstance(waiting, Waiting) and "deep' cannot be opened: Input/output error" in (waiting.reason or "")
    clock.at(200, lambda: write(library / "new.wav", seed=7))
    clock.at(500, lambda: monkeypatch.setattr(os, "scandir", scandir))
    assert next(watch) == Waiting(None)
    assert counts(next(watch)) == (1, 3, 0)
    assert clock.now >= 500


def test_a_pass_that_fails_is_told_once_and_tried_again(
    library: Path, watch: Iterator[Done | Waiting], clock: Clock, tmp_path: Path
) -> None:
    next(watch)
    held = writing(tmp_path / "index")
    clock.at(99, held.__enter__)
    clock.at(100, lambda: write(library / "new.wav", seed=7))
    clock.at(900, lambda: held.__exit__(None, None, None))
    waiting = next(watch)
    assert isinstance(waiting, Waiting) and "is being written by another process" in (waiting.reason or "")
    assert counts(next(watch)) == (1, 3, 0)
    assert clock.now <= 900 + watching._LONGEST_REST_S


def test_a_first_pass_that_cannot_be_made_ends_it(
    library: Path, tmp_path: Path, listener: FittedListener, clock: Clock
) -> None:
    index_library(library, tmp_path / "index", listener=untaught(seed=1))
    with pytest.raises(LibraryError, match="is another listener's"):
        next(watch_library(library, tmp_path / "index", listener=listener))


@pytest.mark.parametrize(("took_s", "apart_s"), [(0.05, EVERY_S), (1.0, 19.0), (30.0, 60.0)])
def test_looks_that_take_long_are_far_apart(
    watch: Iterator[Done | Waiting], clock: Clock, monkeypatch: pytest.MonkeyPatch, took_s: float, apart_s: float
) -> None:
    next(watch)
    walked = watching.walked

    def slow(folder: Path) -> Iterator[object]:
        clock.now += took_s
        return walked(folder)

    monkeypatch.setattr(watching, "walked", slow)
    clock.at(500, stop)
    with pytest.raises(KeyboardInterrupt):
        next(watch)
    assert len(clock.slept) > 3
    assert {round(slept_s, 6) for slept_s in clock.slept[1:]} == {apart_s}
