"""Fetching MMAR from a hub on this machine: whole, stopped, killed, offline, by hand, again."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from earwitness.errors import BenchmarkError, OutputError
from earwitness.mmar.fetch import ARCHIVE, DATASET, RECORD, REVISION, Fetched, fetch_mmar
from earwitness.records import sha256_of_bytes
from mmar.hub import COMMIT, FakeHub, Told, mmar_files, packed

META = "MMAR-meta.json"
N = 4


def fetch(hub: FakeHub, out: Path, *, metadata_only: bool = False) -> Fetched:
    return fetch_mmar(out, hub=hub.base, wait_s=0.0, metadata_only=metadata_only)


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


WHOLE = sorted([META, ARCHIVE, RECORD, ".fetch.lock", *(f"audio/clip{k}.wav" for k in range(N))])


def test_all_of_it(tmp_path: Path) -> None:
    files = mmar_files(N)
    told: list[tuple[str, int, int]] = []
    with FakeHub(files) as hub:
        done = fetch_mmar(tmp_path / "mmar", hub=hub.base, jobs=2, progress=lambda *x: told.append(x))
    assert done.commit == COMMIT and len(done.items) == N
    assert [(file.name, file.new, file.held) for file in done.files] == [(META, True, True), (ARCHIVE, True, True)]
    assert [file.sha256 for file in done.files] == [sha256_of_bytes(files[name]) for name in (META, ARCHIVE)]
    assert [each.fault for each in done.checked] == [""] * N
    assert [each.channels for each in done.checked] == [1, 2, 1, 2]
    assert names_in(tmp_path / "mmar") == WHOLE
    assert {stage for stage, _, _ in told} == {"download", "unpack", "recordings"}
    assert all(done <= wanted for _, done, wanted in told)
    assert hub.asked[0].path == f"/api/datasets/{DATASET}/revision/{REVISION}?blobs=true"


def test_again_nothing_is_downloaded_even_without_the_archive(tmp_path: Path) -> None:
    with FakeHub(mmar_files(N)) as hub:
        first = fetch(hub, tmp_path)
        (tmp_path / ARCHIVE).unlink()
        stamps = {name: (tmp_path / name).stat().st_mtime_ns for name in WHOLE if name.endswith(".wav")}
        again = fetch(hub, tmp_path)
        assert len(hub.downloads(ARCHIVE)) == 1 and len(hub.downloads(META)) == 1
        assert again.checked == first.checked
        assert [(file.name, file.new, file.held) for file in again.files] == [(META, False, True)]
        assert stamps == {name: (tmp_path / name).stat().st_mtime_ns for name in stamps}
        # A recording that was changed since is unpacked anew, for which the archive is needed.
        (tmp_path / "audio" / "clip2.wav").write_bytes((tmp_path / "audio" / "clip1.wav").read_bytes())
        assert fetch(hub, tmp_path).checked == first.checked
        assert len(hub.downloads(ARCHIVE)) == 2


def test_the_items_alone(tmp_path: Path) -> None:
    with FakeHub(mmar_files(N)) as hub:
        done = fetch(hub, tmp_path, metadata_only=True)
        assert names_in(tmp_path) == sorted([META, RECORD, ".fetch.lock"])
        assert len(done.items) == N and done.checked == () and not hub.downloads(ARCHIVE)
        assert len(fetch(hub, tmp_path).checked) == N
        # What is known of the recordings is not forgotten.
        fetch(hub, tmp_path, metadata_only=True)
        assert len(json.loads((tmp_path / RECORD).read_text())["recordings"]) == N
        fetch(hub, tmp_path)
        assert len(hub.downloads(ARCHIVE)) == 1


def test_a_newer_version_of_the_archive_is_fetched(tmp_path: Path) -> None:
    with FakeHub(mmar_files(N)) as hub:
        before = fetch(hub, tmp_path)
        hub.files = mmar_files(N, seconds=0.75)
        after = fetch(hub, tmp_path)
    assert [each.seconds for each in before.checked] == [0.5] * N
    assert [each.seconds for each in after.checked] == [0.75] * N


def test_what_is_recorded_of_the_archive_is_what_was_unpacked(tmp_path: Path) -> None:
    """Not what is listed while the items alone are fetched; and it is not forgotten where there is no hub."""
    files = mmar_files(N)
    with FakeHub(files) as hub:
        fetch(hub, tmp_path)
    (tmp_path / ARCHIVE).unlink()
    fetch_mmar(tmp_path, hub=hub.base, wait_s=0.0)  # nobody listens there now
    with FakeHub(files) as hub:
        fetch(hub, tmp_path)
        assert not hub.downloads(ARCHIVE)
        hub.files = mmar_files(N, seconds=0.75)
        fetch(hub, tmp_path, metadata_only=True)
        assert [each.seconds for each in fetch(hub, tmp_path).checked] == [0.75] * N


def test_items_with_rubrics_put_there_by_hand_are_kept(tmp_path: Path) -> None:
    """The authors' own file with rubrics is not on the hub; the hub's beside it would be the same items twice."""
    files = mmar_files(N)
    mine = "\n".join(json.dumps(row) for row in json.loads(files[META])) + "\n"
    (tmp_path / "MMAR-meta.jsonl").write_text(mine)
    with FakeHub(files) as hub:
        done = fetch(hub, tmp_path)
    assert done.items.path.name == "MMAR-meta.jsonl" and not (tmp_path / META).exists()
    assert [(file.name, file.held) for file in done.files] == [("MMAR-meta.jsonl", False), (ARCHIVE, True)]


def test_a_recording_that_lacks_is_told_and_asked_for_once(tmp_path: Path) -> None:
    files = mmar_files(N)
    rows = json.loads(files[META])
    rows.append({**rows[0], "id": "lost", "audio_path": "./audio/lost.wav"})
    rows.append({**rows[0], "id": "out", "audio_path": "../out.wav"})
    files[META] = json.dumps(rows).encode()
    with FakeHub(files) as hub:
        for _ in range(2):
            done = fetch(hub, tmp_path / "mmar")
            assert [each.fault for each in done.checked] == [*[""] * N, "missing", "outside"]
        assert len(hub.downloads(ARCHIVE)) == 1
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize("there", [(), (META,), (ARCHIVE,)])
def test_without_the_hub_it_says_what_to_do_by_hand(tmp_path: Path, there: tuple[str, ...]) -> None:
    files = mmar_files(N)
    with FakeHub(files) as hub:
        base = hub.base
    for name in there:
        (tmp_path / name).write_bytes(files[name])
    with pytest.raises(BenchmarkError) as raised:
        fetch_mmar(tmp_path, hub=base, wait_s=0.0)
    said = str(raised.value)
    assert "Cannot reach 127.0.0.1" in said and str(tmp_path) in said
    for name in (META, ARCHIVE):
        assert (f"{base}/datasets/{DATASET}/resolve/{REVISION}/{name}" in said) == (name not in there)
    for name in set(files) - set(there):
        (tmp_path / name).write_bytes(files[name])
    done = fetch_mmar(tmp_path, hub=base, wait_s=0.0)
    assert done.commit == "" and [each.fault for each in done.checked] == [""] * N
    assert [(file.name, file.held) for file in done.files] == [(META, False), (ARCHIVE, False)]
    # And again, with what was unpacked alone.
    (tmp_path / ARCHIVE).unlink()
    assert fetch_mmar(tmp_path, hub=base, wait_s=0.0).checked == done.checked
    (tmp_path / RECORD).unlink()
    assert fetch_mmar(tmp_path, hub=base, wait_s=0.0).checked == done.checked


def test_without_the_hub_the_items_alone(tmp_path: Path) -> None:
    with FakeHub({}) as hub:
        base = hub.base
    with pytest.raises(BenchmarkError) as raised:
        fetch_mmar(tmp_path, hub=base, wait_s=0.0, metadata_only=True)
    assert ARCHIVE not in str(raised.value)
    (tmp_path / META).write_bytes(mmar_files(N)[META])
    assert len(fetch_mmar(tmp_path, hub=base, wait_s=0.0, metadata_only=True).items) == N


def test_a_damaged_archive_by_hand(tmp_path: Path) -> None:
    files = mmar_files(N)
    with FakeHub(files) as hub:
        base = hub.base
    (tmp_path / META).write_bytes(files[META])
    (tmp_path / ARCHIVE).write_bytes(files[ARCHIVE][:-500])
    with pytest.raises(BenchmarkError, match="damaged, or not all there"):
        fetch_mmar(tmp_path, hub=base, wait_s=0.0)
    (tmp_path / ARCHIVE).write_bytes(packed({"audio/else.wav": b"x"}))
    with pytest.raises(BenchmarkError, match="holds none of the recordings"):
        fetch_mmar(tmp_path, hub=base, wait_s=0.0)


def test_a_revision_without_the_files(tmp_path: Path) -> None:
    with FakeHub({"README.md": b"x"}) as hub, pytest.raises(BenchmarkError, match=f"none of .*{META}"):
        fetch(hub, tmp_path)
    with FakeHub({META: mmar_files(1)[META]}) as hub, pytest.raises(BenchmarkError, match=f"no {ARCHIVE} at"):
        fetch(hub, tmp_path)


def test_items_that_cannot_be_scored_are_refused(tmp_path: Path) -> None:
    files = mmar_files(N) | {META: b'[{"id": "x", "question": "?", "choices": ["a", "b"], "answer": "c"}]'}
    with FakeHub(files) as hub, pytest.raises(BenchmarkError, match="not among the choices"):
        fetch(hub, tmp_path)


def test_two_at_a_time_are_refused(tmp_path: Path) -> None:
    said: list[str] = []

    def second(path: str, *_: object) -> None:
        if path.startswith("/cdn/") and not said:
            with pytest.raises(BenchmarkError) as raised:
                fetch_mmar(tmp_path, hub="http://127.0.0.1:9", wait_s=0.0)
            said.append(str(raised.value))

    with FakeHub(mmar_files(N), before=second) as hub:
        assert len(fetch(hub, tmp_path).checked) == N
    assert said == [f"Another process is fetching into '{tmp_path}'."]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with FakeHub({}) as hub, pytest.raises(OutputError, match="Cannot make"):
        fetch(hub, tmp_path / "file" / "mmar")


def test_a_disk_without_room_is_told_before_gigabytes_are_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shutil import _ntuple_diskusage

    monkeypatch.setattr("shutil.disk_usage", lambda _: _ntuple_diskusage(10**12, 10**12, 100))
    with FakeHub(mmar_files(N)) as hub:
        with pytest.raises(OutputError, match="GB free"):
            fetch(hub, tmp_path)
        assert not hub.downloads(META)


def test_a_token_is_taken_from_the_environment_and_not_sent_to_another_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", " hf_secret\n")
    with FakeHub(mmar_files(N)) as hub:
        fetch(hub, tmp_path)
        assert not any("authorization" in each.headers for each in hub.asked)


FETCH = """
import sys
from earwitness.mmar.fetch import fetch_mmar
print("begun", flush=True)
fetch_mmar(sys.argv[1], hub=sys.argv[2], wait_s=0.0)
"""


def test_killed_at_any_time_it_is_gone_on_with(tmp_path: Path) -> None:
    """What a killed one downloaded is not asked for again, and what is there under its name is whole."""
    files = mmar_files(20, seconds=10.0)  # 4 MB, noise: it does not pack
    rng = random.Random(7)

    def slowly(path: str, *_: object) -> Told | int | None:
        if path == f"/cdn/{ARCHIVE}":
            time.sleep(0.05)
            return 100_000 + rng.randrange(800_000)
        return None

    with FakeHub(files, before=slowly) as hub:
        killed = 0
        while killed < 3:
            command = [sys.executable, "-c", FETCH, str(tmp_path), hub.base]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
                assert process.stdout is not None and process.stdout.readline() == "begun\n"
                try:
                    process.wait(rng.uniform(0.05, 0.4))
                except subprocess.TimeoutExpired:
                    os.kill(process.pid, signal.SIGKILL)
                    killed += 1
                else:
                    assert process.returncode == 0, process.stderr and process.stderr.read()
                    break
            if (tmp_path / ARCHIVE).exists():
                assert (tmp_path / ARCHIVE).read_bytes() == files[ARCHIVE]
        hub.before = None
        done = fetch(hub, tmp_path)
        starts = [int(each.headers.get("range", "bytes=0-")[6:-1]) for each in hub.downloads(ARCHIVE)]
    assert killed >= 2
    assert [each.fault for each in done.checked] == [""] * 20
    assert starts == sorted(starts) and starts.count(0) <= 2
    assert not [name for name in names_in(tmp_path) if name.endswith((".part", ".partial"))]
