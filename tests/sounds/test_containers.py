"""Sound in containers: what was put in comes out, and what is damaged is refused in words."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from earwitness.errors import AudioError
from earwitness.sounds import containers
from earwitness.sounds.audio import read_audio, stream_audio
from sounds.in_containers import write_container

RATE = 48_000


def tones(seconds: float = 1.0, *, rate: int = RATE, channels: int = 2) -> np.ndarray:
    """Return silence with a tone in its middle half, another one in each channel."""
    time_s = np.arange(round(seconds * rate)) / rate
    inside = (time_s >= seconds / 4) & (time_s < 3 * seconds / 4)
    return np.stack([0.4 * inside * np.sin(2 * np.pi * 500 * (n + 1) * time_s) for n in range(channels)], axis=1)


def refused(path: Path) -> AudioError:
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    assert repr(str(path)) in caught.value.detail
    return caught.value


LOSSY = [
    ("a.m4a", "aac", RATE, 2, None),
    ("a.MP4", "aac", 44_100, 1, "mp4"),
    ("a.3gp", "aac", 16_000, 1, None),
    ("a.webm", "libopus", RATE, 2, None),
    ("a.mkv", "libopus", RATE, 1, None),
    ("a.aac", "aac", RATE, 1, None),
    ("a.wma", "wmav2", 44_100, 2, None),
    ("a.avi", "ac3", RATE, 2, None),
    ("a.flv", "aac", 44_100, 1, None),
    ("a.ac3", "ac3", RATE, 2, None),
    ("a.mts", "aac", RATE, 1, "mpegts"),
]
LOSSLESS = [
    ("a.m4a", "alac", 44_100, 2, "ipod"),
    ("a.mka", "flac", 96_000, 1, None),
    ("a.mov", "pcm_s24le", 44_100, 2, None),
    ("a.caf", "pcm_s16be", 22_050, 1, None),
    ("a.wv", "wavpack", 44_100, 2, None),
    ("a.tta", "tta", 44_100, 1, None),
]


@pytest.mark.parametrize(("name", "codec", "rate", "channels", "format"), LOSSY)
def test_sound_comes_out_when_it_was_put_in(
    tmp_path: Path, name: str, codec: str, rate: int, channels: int, format: str | None
) -> None:
    path = write_container(tmp_path / "a 'b'\n é🐕" / name, tones(rate=rate, channels=channels), rate, codec=codec,
                           format=format)  # fmt: skip
    audio = read_audio(path)
    assert (audio.sample_rate, audio.samples.shape[1], audio.samples.dtype) == (rate, channels, np.float32)
    # An encoder adds silence to what it is given, and some begin with their own.
    assert rate * 0.95 <= len(audio.samples) <= rate * 1.1
    for channel in range(channels):
        loud = np.abs(audio.samples[:, channel]) > 0.2
        first, last = np.flatnonzero(loud)[[0, -1]] / rate
        assert first == pytest.approx(0.25, abs=0.06) and last == pytest.approx(0.75, abs=0.06)
        spectrum = np.abs(np.fft.rfft(audio.samples[int(0.35 * rate) : int(0.65 * rate), channel]))
        assert np.argmax(spectrum) / 0.3 == pytest.approx(500 * (channel + 1), rel=0.02)
    with pytest.raises(ValueError, match="read-only"):
        audio.samples[0] = 1


@pytest.mark.parametrize(("name", "codec", "rate", "channels", "format"), LOSSLESS)
def test_what_loses_nothing_gives_the_same_samples(
    tmp_path: Path, name: str, codec: str, rate: int, channels: int, format: str | None
) -> None:
    samples = tones(rate=rate, channels=channels)
    path = write_container(tmp_path / name, samples, rate, codec=codec, format=format)
    audio = read_audio(path)
    assert (audio.sample_rate, audio.samples.shape) == (rate, samples.shape)
    assert np.abs(audio.samples - samples).max() < 1 / 64  # some take eight bits
    with stream_audio(path) as stream:
        assert stream.duration_s == pytest.approx(1.0, abs=0.001)


def test_the_sound_of_a_film_is_heard_and_a_silent_film_is_empty(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        path = write_container(tmp_path / name, tones(channels=1), RATE, codec="aac", pictures=25)
        assert np.abs(read_audio(path).samples).max() > 0.2
    mute = write_container(tmp_path / "mute.mp4", tones()[:0], RATE, codec="aac", pictures=25)
    assert refused(mute).reason == "empty"


def test_a_long_one_comes_in_blocks_that_are_the_whole(tmp_path: Path) -> None:
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (600_000, 1))
    path = write_container(tmp_path / "a.mka", samples, RATE, codec="flac")
    with stream_audio(path) as audio:
        assert (audio.sample_rate, audio.duration_s) == (RATE, pytest.approx(12.5))
        blocks = list(audio.blocks)
    assert len(blocks) == 3 and all(block.dtype == np.float32 for block in blocks)
    np.testing.assert_array_equal(np.concatenate(blocks), read_audio(path).samples)
    assert np.abs(np.concatenate(blocks) - samples).max() < 1 / 16_000


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.m4a", "aac"), ("a.mov", "pcm_s16le"), ("a.webm", "libopus"), ("a.mka", "flac"), ("a.wma", "wmav2"),
     ("a.avi", "ac3"), ("a.caf", "pcm_s16be"), ("a.wv", "wavpack"), ("a.tta", "tta")],
)  # fmt: skip
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_off_is_truncated(tmp_path: Path, name: str, codec: str, kept: float) -> None:
    path = write_container(tmp_path / name, tones(), RATE if codec in ("libopus", "ac3") else 44_100, codec=codec)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert refused(path).reason == "truncated"


@pytest.mark.parametrize("name", ["a.aac", "a.flv"])
def test_a_frame_that_was_cut_in_two_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    path = write_container(tmp_path / name, tones(channels=1), RATE, codec="aac")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    error = refused(path)
    assert error.reason == "not decodable" and "beyond 0." in error.detail


def test_a_stream_of_an_unknown_kind_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    # Cut inside the description of its stream, which stands at the end.
    path = write_container(tmp_path / "a.mp4", tones(channels=1), RATE, codec="aac")
    whole = path.read_bytes()
    details = []
    for kept in range(whole.rindex(b"moov") + 4, len(whole), 16):
        path.write_bytes(whole[:kept])
        error = refused(path)
        assert error.reason == "truncated"
        details.append(error.detail)
    assert any("its sound is of an unknown kind" in detail for detail in details)


def test_streams_that_begin_inside_a_file_are_passed_over() -> None:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 64), np.int16), format="s16", layout="mono")
    frame.sample_rate = RATE

    def decode(sound: object) -> Iterator[av.AudioFrame]:
        yield frame
        raise IndexError("list index out of range")  # as PyAV does at the end of such files, by chance

    told = containers._Told("'a.mpg'", 0)
    assert list(containers._frames(SimpleNamespace(decode=decode), None, told)) == [frame]


def test_tags_need_not_be_unicode(tmp_path: Path) -> None:
    path = write_container(tmp_path / "a.mka", tones(), RATE, codec="flac")
    content = path.read_bytes()
    assert content.count(b"Lavf") > 1  # the tag that says who wrote it
    path.write_bytes(content.replace(b"Lavf", b"\xff\xfe\xe9\x80"))
    assert len(read_audio(path).samples) == RATE


def test_what_is_behind_the_last_box_is_no_loss(tmp_path: Path) -> None:
    path = write_container(tmp_path / "a.m4a", tones(), RATE, codec="aac")
    expected = read_audio(path).samples
    with path.open("ab") as file:
        file.write(b"\x7f\xff\xff\xffSEFT and what else a telephone adds")
    np.testing.assert_array_equal(read_audio(path).samples, expected)


def test_damage_of_any_kind_is_told_in_our_own_words(tmp_path: Path) -> None:
    wholes = [
        write_container(tmp_path / name, tones(0.3), RATE, codec=codec, pictures=pictures).read_bytes()
        for name, codec, pictures in (("a.m4a", "aac", 0), ("b.mkv", "libopus", 5), ("c.mp4", "alac", 5))
    ]
    rng = np.random.default_rng(5)
    reasons = set()
    for number in range(150):
        content = bytearray(wholes[number % len(wholes)])
        for at in rng.integers(min(len(content), 2_000) if number % 2 else len(content), size=12):
            content[at] = rng.integers(256)
        path = tmp_path / "damaged.mp4"
        path.write_bytes(content)
        try:
            read_audio(path)
        except AudioError as error:
            reasons.add(error.reason)
    assert {"truncated", "not decodable"} <= reasons <= {"truncated", "not decodable", "empty"}


def test_what_is_no_container_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("not a film\n" * 100)
    assert refused(path).reason == "not decodable"
    # A list that names another file is a format of FFmpeg's too.
    secret = write_container(tmp_path / "secret.m4a", tones(), RATE, codec="aac")
    path.write_text(f"ffconcat version 1.0\nfile {secret.name}\n")
    assert refused(path).reason == "not decodable"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret.name}\n#EXT-X-ENDLIST\n")
    assert refused(path).reason == "not decodable"
    path.write_bytes(b"")
    assert refused(path).reason == "empty"
    assert refused(tmp_path / "gone.mp4").reason == "not readable"
    os.mkfifo(tmp_path / "pipe.mp4")
    assert refused(tmp_path / "pipe.mp4").reason == "not readable"


def test_names_that_look_like_addresses_or_are_no_unicode_are_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = write_container(tmp_path / "a.m4a", tones(), RATE, codec="aac")
    for name in ("http:a.m4a", "-i.m4a", os.fsdecode(b"caf\xe9.m4a")):
        os.link(made, name)
        assert len(read_audio(name).samples) >= RATE


def test_without_pyav_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_container(tmp_path / "a.m4a", tones(), RATE, codec="aac")
    assert containers.lacking_for_containers() is None
    monkeypatch.setitem(__import__("sys").modules, "av", None)
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "av" else found(name))
    assert "pip install 'earwitness[containers]'" in (containers.lacking_for_containers() or "")
    assert "pip install 'earwitness[containers]'" in refused(path).detail


def test_hours_are_refused_before_they_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earwitness.sounds.audio._MOST_VALUES", 300_000)
    path = write_container(tmp_path / "a.mka", np.zeros((700_000, 1)), RATE, codec="flac")
    assert refused(path).reason == "too long"
