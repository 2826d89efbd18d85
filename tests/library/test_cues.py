from __future__ import annotations

import ctypes
import os
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.errors import LibraryError, OutputError
from earwitness.library.cues import Cue, check_wav, write_cues

CUES = [Cue(500_000, 750_000, "horn 🚗", ""), Cue(0, 10_000, "dog\nbarks", "confidence 0.5")]


@pytest.fixture
def recording(tmp_path: Path, rng: np.random.Generator) -> Path:
    path = tmp_path / "a.wav"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (8001, 1)), 8000, subtype="PCM_16")
    return path


def wav_chunks(path: Path) -> list[tuple[bytes, bytes]]:
    data = path.read_bytes()
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    chunks, place = [], 12
    while place < len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        chunks.append((name, data[place + 8 : place + 8 + size]))
        place += 8 + size + size % 2
    return chunks


class CuePoint(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_uint32) for name in ("id", "position", "chunk", "chunk_start", "block_start", "offset")),
        ("name", ctypes.c_char * 256),
    )


class CuePoints(ctypes.Structure):
    _fields_ = (("count", ctypes.c_uint32), ("points", CuePoint * 100))


def cues_by_libsndfile(path: Path) -> list[tuple[int, int, str]]:
    """The cues as libsndfile reads them: number, sample, name."""
    held = CuePoints()
    with soundfile.SoundFile(path) as file:
        where = soundfile._ffi.cast("void *", ctypes.addressof(held))
        assert soundfile._snd.sf_command(file._file, 0x10CE, where, ctypes.sizeof(held))  # SFC_GET_CUE
    points = held.points[: held.count]
    return [(point.id, point.offset, point.name.decode()) for point in points]


def test_cues_stand_in_a_copy_whose_samples_are_the_same(recording: Path, tmp_path: Path) -> None:
    before = recording.read_bytes()
    out = tmp_path / "out.wav"
    write_cues(recording, out, CUES)
    assert recording.read_bytes() == before
    np.testing.assert_array_equal(soundfile.read(out, dtype="int16")[0], soundfile.read(recording, dtype="int16")[0])
    with wave.open(str(out)) as ours, wave.open(str(recording)) as theirs:
        assert ours.getparams() == theirs.getparams()
        assert ours.readframes(9000) == theirs.readframes(9000)
    assert cues_by_libsndfile(out) == [(1, 0, "dog barks"), (2, 4000, "horn 🚗")]
    chunks = wav_chunks(out)
    assert chunks[:-2] == wav_chunks(recording)
    adtl = chunks[-1][1]
    assert adtl.startswith(b"adtl") and b"note\x13\0\0\0\1\0\0\0confidence 0.5\0" in adtl
    assert b"ltxt" + struct.pack("<III4sHHHH", 20, 2, 2000, b"rgn ", 0, 0, 0, 65001) in adtl


def test_cues_that_are_there_are_kept(recording: Path, tmp_path: Path) -> None:
    write_cues(recording, tmp_path / "once.wav", CUES)
    write_cues(tmp_path / "once.wav", tmp_path / "twice.wav", [Cue(250_000, 300_000, "cat", "")])
    names = [(1, 0, "dog barks"), (2, 4000, "horn 🚗"), (3, 2000, "cat")]
    assert cues_by_libsndfile(tmp_path / "twice.wav") == names
    assert [name for name, _ in wav_chunks(tmp_path / "twice.wav")].count(b"cue ") == 1


def test_other_chunks_are_kept_and_what_follows_the_end_is_not(recording: Path, tmp_path: Path) -> None:
    data = recording.read_bytes() + b"bext\3\0\0\0abc\0"
    path = tmp_path / "odd.wav"
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:] + b"ID3 and more that is no chunk")
    write_cues(path, tmp_path / "out.wav", CUES)
    chunks = wav_chunks(tmp_path / "out.wav")
    assert (b"bext", b"abc") in chunks
    assert [name for name, _ in chunks][-3:] == [b"bext", b"cue ", b"LIST"]


def test_the_last_frame_may_reach_beyond_the_end(recording: Path, tmp_path: Path) -> None:
    write_cues(recording, tmp_path / "out.wav", [Cue(1_000_000, 1_020_000, "dog", "")])
    assert struct.pack("<II", 1, 1) + b"rgn " in wav_chunks(tmp_path / "out.wav")[-1][1]


def test_a_cue_behind_the_end_is_refused(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"ends at 1\.000125 s, before a moment of 'dog' at 2\.000000 s"):
        write_cues(recording, tmp_path / "out.wav", [Cue(2_000_000, 3_000_000, "dog", "")])
    assert list(tmp_path.iterdir()) == [recording]


def test_the_recording_itself_is_never_written_to(recording: Path, tmp_path: Path) -> None:
    os.link(recording, tmp_path / "same.wav")
    for out in (recording, tmp_path / "same.wav"):
        with pytest.raises(OutputError, match="is the recording itself"):
            write_cues(recording, out, CUES)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", r"expected a WAV file \(RIFF\) up to 4 GB; got b'' at its start"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "got RF64, which holds more than 4 GB"),
        (b"riff\x2e\x91\xcf\x11", "got W64"),
        (b"fLaC....", "got FLAC"),
        (b"RIFF\x24\0\0\0AVI LIST", "got b'RIFF' at its start"),
        (b"RIFF\x04\0\0\0WAVE", "has no chunk 'data'"),
        (b"RIFF\xff\xff\xff\xffWAVEdata\x10\0\0\0abcd", "lacks 12 bytes that its header promises"),
    ],
)
def test_what_is_no_wav_is_refused(tmp_path: Path, content: bytes, match: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match=match):
        check_wav(path)


def test_what_libsndfile_cannot_decode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF\x10\0\0\0WAVEdata\x04\0\0\0abcd")
    with pytest.raises(LibraryError, match="cannot be decoded"):
        write_cues(path, tmp_path / "out.wav", CUES)


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(LibraryError, match="is not a file"):
        check_wav(tmp_path / "pipe.wav")
    with pytest.raises(LibraryError, match="No such file"):
        check_wav(tmp_path / "none.wav")


def test_a_copy_over_four_gigabytes_is_refused(recording: Path, tmp_path: Path) -> None:
    # A hole of almost 4 GB takes no space.
    data = recording.read_bytes()
    place, size = data.index(b"data"), 0xFFFF_FFFF - 100
    path = tmp_path / "large.wav"
    path.write_bytes(data[:4] + struct.pack("<I", 0xFFFF_FFFE) + data[8 : place + 4] + struct.pack("<I", size))
    with path.open("r+b") as file:
        file.truncate(place + 8 + size + 1)
    with pytest.raises(OutputError, match="with its cues; a WAV file holds 4 GB at most"):
        write_cues(path, tmp_path / "out.wav", CUES)
    assert not (tmp_path / "out.wav").exists()
