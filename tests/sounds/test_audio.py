"""Decoding, measuring and shaping of samples."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from earwitness.errors import AudioError
from earwitness.sounds.audio import (
    AudioFile,
    faded,
    frame_energy,
    loudness_lufs,
    read_audio,
    resample,
    to_mono,
    to_pcm16,
)


def tone(rate: int, *, seconds: float = 0.5, hz: float = 440.0, level: float = 0.5) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)


def refused(path: Path) -> AudioError:
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    assert str(path) in caught.value.detail
    return caught.value


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate", "channels"),
    [
        ("wav", "PCM_U8", 8000, 1),
        ("wav", "PCM_16", 44100, 2),
        ("wav", "PCM_24", 192000, 8),
        ("wav", "PCM_32", 22050, 1),
        ("wav", "FLOAT", 48000, 3),
        ("wav", "DOUBLE", 96000, 1),
        ("flac", "PCM_16", 16000, 1),
        ("flac", "PCM_24", 96000, 8),
        ("ogg", "VORBIS", 44100, 2),
        ("mp3", "MPEG_LAYER_III", 44100, 1),
        ("aiff", "PCM_16", 32000, 2),
    ],
)
def test_every_format_depth_and_rate_is_read(
    tmp_path: Path, suffix: str, subtype: str, rate: int, channels: int
) -> None:
    path = tmp_path / f'a "quoted"\n name é🐕.{suffix}'
    samples = np.stack([tone(rate, hz=200 + 50 * k) for k in range(channels)], axis=1)
    soundfile.write(path, samples, rate, subtype=subtype)
    audio = read_audio(path)
    assert audio.sample_rate == rate
    assert audio.samples.shape[1] == channels
    assert audio.samples.dtype == np.float32
    if suffix != "mp3":  # an MP3 begins with the silence of its encoder
        assert np.max(np.abs(audio.samples - samples)) < 0.1
    with pytest.raises(ValueError, match="read-only"):
        audio.samples[0] = 1


def test_a_text_that_is_called_wav_is_not_decodable(tmp_path: Path) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("this is not audio\n" * 100)
    assert refused(path).reason == "not decodable"


@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3", "wav", "aiff"])
def test_garbage_is_not_decodable(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(bytes(range(256)) * 40)
    assert refused(path).reason == "not decodable"


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff", "ogg"])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_off_is_truncated(tmp_path: Path, suffix: str, kept: float) -> None:
    path = tmp_path / f"a.{suffix}"
    noise = 0.1 * np.random.default_rng(0).standard_normal(40000)
    soundfile.write(path, noise, 16000)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept)])
    assert refused(path).reason == "truncated"


def test_gigabytes_of_holes_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "huge.wav"
    with path.open("wb") as file:
        file.write(b"RIFF\xff\xff\xff\xffWAVEfmt ")
        file.truncate(3 * 2**30)
    start = time.process_time()
    assert refused(path).reason == "not decodable"
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("order", ["big", "little"])
def test_a_wav_from_a_pipe_has_no_length_and_is_read(tmp_path: Path, order: str) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16000), 16000, endian="BIG" if order == "big" else "LITTLE")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert len(read_audio(path).samples) == 8000


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_no_samples_are_empty(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.zeros(0), 16000)
    assert refused(path).reason == "empty"


def test_no_bytes_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    assert refused(path).reason == "empty"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_with_its_place(tmp_path: Path, bad: float) -> None:
    samples = np.zeros((16000, 2))
    samples[8000, 1] = bad
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 16000, subtype="FLOAT")
    error = refused(path)
    assert error.reason == "not finite"
    assert "0.500 s" in error.detail


def test_what_vanished_or_is_no_file_is_not_readable(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone.wav").reason == "not readable"
    assert refused(tmp_path).reason == "not readable"
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    assert refused(pipe).reason == "not readable"


def test_what_may_not_be_read_is_not_readable(tmp_path: Path, plain_user: None) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16000), 16000)
    path.chmod(0)
    assert refused(path).reason == "not readable"


def test_hours_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    with soundfile.SoundFile(path, "w", samplerate=8000, channels=1) as sound:
        for _ in range(17):
            sound.write(np.zeros(1_000_000, dtype=np.int16))
    assert refused(path).reason == "too long"


def test_a_file_reader_travels_and_notices_change(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16000), 16000)
    reader = AudioFile(path)
    before = reader.stamp()
    assert pickle.loads(pickle.dumps(reader)) == reader  # noqa: S301 - our own bytes
    assert np.array_equal(reader().samples, read_audio(path).samples)
    soundfile.write(path, tone(16000, seconds=0.6), 16000)
    assert reader.stamp() != before
    path.unlink()
    with pytest.raises(AudioError, match="not readable"):
        reader.stamp()


def test_mono_is_the_mean_of_the_channels(rng: np.random.Generator) -> None:
    samples = rng.standard_normal((100, 5)).astype(np.float32)
    samples.setflags(write=False)
    assert np.allclose(to_mono(samples), samples.mean(axis=1), atol=1e-6)
    assert to_mono(samples[:, 0]).dtype == np.float64


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000, 96000, 192000])
def test_resampling_keeps_a_tone_and_its_length(rate: int) -> None:
    changed = resample(tone(rate, seconds=1), from_rate=rate, to_rate=16000)
    assert abs(len(changed) - 16000) <= 1
    middle = slice(2000, 14000)
    assert np.max(np.abs(changed[:16000][middle] - tone(16000, seconds=1)[: len(changed)][middle])) < 1e-3


@pytest.mark.parametrize("rate", [7999, 192001])
def test_unusual_rates_are_refused(rate: int) -> None:
    with pytest.raises(AudioError, match=f"sample rate: {rate} Hz; expected 8000 to 192000"):
        resample(np.zeros(100), from_rate=rate, to_rate=16000)


def test_loudness_of_a_full_scale_sine_is_the_one_the_standard_states() -> None:
    # ITU-R BS.1770-4: a 0 dBFS sine of 997 Hz in one channel reads -3.01 LKFS.
    assert loudness_lufs(tone(48000, seconds=2, hz=997, level=1), sample_rate=48000) == pytest.approx(-3.01, abs=0.05)


def test_loudness_falls_back_to_rms() -> None:
    assert loudness_lufs(tone(16000, seconds=0.2, level=0.1), sample_rate=16000) == pytest.approx(-23.01, abs=0.01)
    assert loudness_lufs(np.full(16000, 1e-5), sample_rate=16000) == -100.0
    assert loudness_lufs(np.zeros(16000), sample_rate=16000) == -np.inf
    assert loudness_lufs(np.zeros(0), sample_rate=16000) == -np.inf


@given(hnp.arrays(np.int16, st.integers(0, 700)), st.sampled_from([8000, 16000, 44100]))
def test_frame_energy_is_exact(pcm: np.ndarray, rate: int) -> None:
    length = rate // 100
    expected = [
        sum(int(value) ** 2 for value in pcm[start : start + length])
        for start in range(0, len(pcm) - length + 1, length)
    ]
    assert frame_energy(pcm, sample_rate=rate).tolist() == expected


def test_frame_energy_holds_the_greatest_sum() -> None:
    pcm = np.full(480, -(2**24), dtype=np.int32)
    assert frame_energy(pcm, sample_rate=48000).tolist() == [480 * 2**48]


def test_fades_touch_the_ends_only() -> None:
    samples = np.ones(1000)
    samples.setflags(write=False)
    result = faded(samples, fade_in=100, fade_out=200)
    assert np.all(result[100:800] == 1)
    assert np.all(np.diff(result[:101]) > 0)
    assert np.all(np.diff(result[799:]) < 0)
    assert result[0] < 0.001
    assert result[-1] < 0.001
    assert np.array_equal(faded(samples, fade_in=0, fade_out=0), samples)


def test_sixteen_bits_round_trip_and_clip() -> None:
    every = np.arange(-32768, 32768).astype(np.int16)
    assert np.array_equal(to_pcm16(every / 32768), every)
    assert to_pcm16(np.array([2.0, -2.0])).tolist() == [32767, -32768]


def test_real_recordings_are_all_read(shared: Path) -> None:
    paths = sorted((shared / "data").glob("recordings/*.ogg"))
    assert len(paths) >= 10
    for path in paths:
        audio = read_audio(path)
        assert np.isfinite(audio.samples).all()
        assert len(audio.samples) == soundfile.info(path).frames
