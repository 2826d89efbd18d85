"""Archives: what is wanted goes to its place, and nothing else anywhere, however the archive was made."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest

from earwitness.errors import BenchmarkError, OutputError
from earwitness.mmar.archives import unpack
from mmar.hub import packed

WAVES = {f"audio/{k}.wav": os.urandom(3_000 + k) for k in range(5)}


def places(folder: Path) -> dict[str, Path]:
    return {name.rpartition("/")[2]: folder / "audio" / name.rpartition("/")[2] for name in WAVES}


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def archive_of(folder: Path, data: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "x.tar.gz").write_bytes(data)
    return folder / "x.tar.gz"


@pytest.mark.parametrize("prefix", ["", "./", "some/folder/", "a/../a/"])
def test_what_is_wanted_is_found_by_its_name(tmp_path: Path, prefix: str) -> None:
    extra = {"README.md": b"hello", "audio/._0.wav": b"a shadow", "audio/.DS_Store": b"x", "audio/other.wav": b"y"}
    data = packed({f"{prefix}{name}": value for name, value in {**WAVES, **extra}.items()})
    archive = archive_of(tmp_path / "in", data)
    out = tmp_path / "out"
    if ".." in prefix:
        with pytest.raises(BenchmarkError, match="leads out of its folder"):
            unpack(archive, places(out))
        return
    told: list[tuple[int, int]] = []
    assert unpack(archive, places(out), progress=lambda *x: told.append(x)) == places(out).keys()
    assert everything_in(out) == WAVES
    assert told and told[-1][0] == told[-1][1] == len(data)


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "in", packed({"audio/0.wav": WAVES["audio/0.wav"]}))
    assert unpack(archive, places(tmp_path / "out")) == {"0.wav"}


def link(kind: bytes, to: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo("audio/0.wav")
    info.type, info.linkname = kind, to
    return info


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../0.wav", "leads out"),
        ("audio/../../0.wav", "leads out"),
        ("/audio/0.wav", "leads out"),
        ("C:\\0.wav", "leads out"),
        ("..\\0.wav", "leads out"),
        (link(tarfile.SYMTYPE, "/etc/passwd"), "no plain file"),
        (link(tarfile.SYMTYPE, "1.wav"), "no plain file"),
        (link(tarfile.LNKTYPE, "audio/1.wav"), "no plain file"),
        (link(tarfile.CHRTYPE, ""), "no plain file"),
        (link(tarfile.FIFOTYPE, ""), "no plain file"),
        (link(tarfile.GNUTYPE_SPARSE, ""), "no plain file"),
    ],
)
def test_what_leads_elsewhere_is_refused(tmp_path: Path, name: str | tarfile.TarInfo, said: str) -> None:
    info = tarfile.TarInfo(name) if isinstance(name, str) else name
    archive = archive_of(tmp_path / "in", packed({}, also=lambda tar: tar.addfile(info)))
    with pytest.raises(BenchmarkError, match=said):
        unpack(archive, places(tmp_path / "out"))
    assert everything_in(tmp_path) == {"in/x.tar.gz": archive.read_bytes()}


def test_a_file_twice_is_refused(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "in", packed({"a/0.wav": b"one", "b/0.wav": b"two"}))
    with pytest.raises(BenchmarkError, match=r"'0\.wav' twice"):
        unpack(archive, places(tmp_path / "out"))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "in", packed({"audio/0.wav": bytes(10**7), "notes": bytes(10**7)}))
    with pytest.raises(BenchmarkError, match="more than is allowed"):
        unpack(archive, places(tmp_path / "out"), most_bytes=10**6)
    assert everything_in(tmp_path / "out") == {}
    # Nothing but zeros behind the end of the archive.
    tail = archive_of(tmp_path / "in", gzip.compress(gzip.decompress(packed(WAVES)) + bytes(10**7)))
    with pytest.raises(BenchmarkError, match="goes on behind its last file"):
        unpack(tail, places(tmp_path / "out"), most_bytes=10**6)


def test_damage_anywhere_is_found(tmp_path: Path) -> None:
    whole = packed(WAVES)
    for at in range(0, len(whole), 997):
        cut = archive_of(tmp_path / "in", whole[:at])
        with pytest.raises(BenchmarkError, match="damaged, or not all there"):
            unpack(cut, places(tmp_path / "out"))
    for at in range(10, len(whole), 1499):  # a byte of the stream or of its checksum
        flipped = archive_of(tmp_path / "in", whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        with pytest.raises(BenchmarkError):
            unpack(flipped, places(tmp_path / "out"))
    checksum = archive_of(tmp_path / "in", whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:])
    with pytest.raises(BenchmarkError, match="damaged"):
        unpack(checksum, places(tmp_path / "out"))


@pytest.mark.parametrize("data", [b"", b"<html>not an archive</html>", gzip.compress(b"not a tar" * 200), b"\x1f\x8b"])
def test_what_is_no_archive(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(BenchmarkError, match="damaged, or not all there"):
        unpack(archive_of(tmp_path / "in", data), places(tmp_path / "out"))


def test_what_a_killed_one_left_is_cleared_and_what_is_there_is_written_anew(tmp_path: Path) -> None:
    out = tmp_path / "out" / "audio"
    out.mkdir(parents=True)
    (out / ".0.wav.123.partial").write_bytes(b"half")
    (out / "0.wav").write_bytes(b"spoiled")
    (out / "mine.wav").write_bytes(b"kept")
    unpack(archive_of(tmp_path / "in", packed(WAVES)), places(tmp_path / "out"))
    assert everything_in(tmp_path / "out") == {**WAVES, "audio/mine.wav": b"kept"}


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"a file")
    archive = archive_of(tmp_path / "in", packed(WAVES))
    with pytest.raises(OutputError, match="Cannot"):
        unpack(archive, {"0.wav": tmp_path / "out" / "0.wav"})


def test_memory_does_not_grow_with_a_file(tmp_path: Path) -> None:
    import tracemalloc

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        info = tarfile.TarInfo("audio/0.wav")
        info.size = 60_000_000
        with open("/dev/zero", "rb") as zeros:
            tar.addfile(info, zeros)
    archive = archive_of(tmp_path / "in", out.getvalue())
    tracemalloc.start()
    unpack(archive, places(tmp_path / "out"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "out" / "audio" / "0.wav").stat().st_size == 60_000_000
    assert peak < 15_000_000
