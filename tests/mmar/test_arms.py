"""Arms: each is what it says it is, for any recording, in every process, whoever else is asked."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfreqz

from earwitness.errors import AudioError, BenchmarkError
from earwitness.mmar.arms import ARMS, Arm, arm_audio, open_arm, wav_bytes
from earwitness.mmar.items import Items, read_items
from earwitness.mmar.recordings import check_recordings
from mmar.audio_items import items_in, read_wave, samples, write_wave

WITH_AUDIO = [name for name in ARMS if open_arm(name).needs_audio]
SHAPED = ["silence", "noise", "reversed", "lowpass"]  # same length, channels and rate

recordings = st.tuples(
    st.integers(400, 3_000),  # samples
    st.integers(1, 3),  # channels
    st.sampled_from([8_000, 16_000, 44_100, 48_000]),
    st.floats(-85, 0),  # dB re full scale
    st.integers(0, 99),
)


def made(folder: Path, n: int, channels: int, rate: int, level_db: float, seed: int) -> tuple[Items, npt.NDArray]:
    pcm = samples(n, channels, level=10 ** (level_db / 20), seed=seed)
    write_wave(folder / "audio" / "x.wav", pcm, rate)
    write_wave(folder / "audio" / "y.wav", samples(500, seed=99), 8_000)
    return items_in(folder, {"x": "./audio/x.wav", "y": "./audio/y.wav"}), pcm


def sent(items: Items, arm: str, *, seed: int = 0, item: int = 0) -> bytes:
    data = arm_audio(open_arm(arm), items.rows[item], items, seed=seed)
    assert data is not None
    return data


def level_db(channel: npt.NDArray) -> float:
    return 10 * math.log10(float(np.square(channel.astype(np.float64)).mean()))


each_recording = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@each_recording
@given(recordings)
def test_length_channels_and_rate_are_kept(tmp_path: Path, recording: tuple[int, int, int, float, int]) -> None:
    items, pcm = made(tmp_path, *recording)
    for name in SHAPED:
        wave = read_wave(sent(items, name))
        assert wave.pcm.shape == pcm.shape and wave.rate == recording[2]
    mono = read_wave(sent(items, "mono"))
    assert mono.pcm.shape == (len(pcm), 1) and mono.rate == recording[2]
    assert not read_wave(sent(items, "silence")).pcm.any()


@each_recording
@given(recordings)
def test_noise_is_as_loud_in_each_channel(tmp_path: Path, recording: tuple[int, int, int, float, int]) -> None:
    items, pcm = made(tmp_path, *recording)
    noise = read_wave(sent(items, "noise")).pcm
    for channel in range(pcm.shape[1]):
        if pcm[:, channel].any():
            # Of so short a channel one sample is worth 0.02 dB where the channel is a few steps loud.
            assert abs(level_db(noise[:, channel]) - level_db(pcm[:, channel])) < 0.1
        else:
            assert not noise[:, channel].any()


@each_recording
@given(recordings)
def test_backwards_twice_is_the_recording(tmp_path: Path, recording: tuple[int, int, int, float, int]) -> None:
    items, pcm = made(tmp_path, *recording)
    once = sent(items, "reversed")
    assert np.array_equal(read_wave(once).pcm, pcm[::-1])
    (tmp_path / "audio" / "x.wav").write_bytes(once)
    assert np.array_equal(read_wave(sent(items, "reversed")).pcm, pcm)


@each_recording
@given(recordings, st.floats(0.001, 0.2))
def test_first_seconds(tmp_path: Path, recording: tuple[int, int, int, float, int], seconds: float) -> None:
    items, pcm = made(tmp_path, *recording)
    data = sent(items, f"first:{seconds:.4f}")
    wanted = round(float(f"{seconds:.4f}") * recording[2])
    assert np.array_equal(read_wave(data).pcm, pcm[: max(1, wanted)])
    if wanted >= len(pcm):
        assert data == (tmp_path / "audio" / "x.wav").read_bytes()


def test_first_that_is_longer_than_the_recording_is_the_recording(tmp_path: Path) -> None:
    items, _ = made(tmp_path, 800, 2, 8_000, -20, 1)
    assert sent(items, "first") == sent(items, "first:0.1") == sent(items, "audio")
    assert sent(items, "first:0.0999") != sent(items, "audio")


def test_all_arms_of_a_recording_differ(tmp_path: Path) -> None:
    items, _ = made(tmp_path, 16_000, 2, 8_000, -20, 1)
    arms = [name if name != "first" else "first:1" for name in WITH_AUDIO]
    assert len({sent(items, arm) for arm in arms}) == len(arms) == 8


def test_arms_without_a_recording_need_none(tmp_path: Path) -> None:
    items = items_in(tmp_path, {"x": "not there.wav", "y": "", "z": "../out.wav"})
    for name in ("text", "caption", "transcript"):
        arm = open_arm(name)
        assert not arm.needs_audio and arm.described == (None if name == "text" else name)
        assert [arm_audio(arm, item, items) for item in items] == [None] * 3


@pytest.mark.parametrize("name", WITH_AUDIO)
def test_a_recording_that_cannot_be_used_is_an_audio_error_of_its_kind(tmp_path: Path, name: str) -> None:
    whole = write_wave(tmp_path / "y.wav", samples(800)).read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[:-100])
    (tmp_path / "tiny.wav").write_bytes(whole[:34])
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    wanted = {
        "absent.wav": "missing",
        "": "no path",
        "../y.wav": "outside",
        "cut.wav": "truncated",
        "tiny.wav": "not decodable",
        "folder.wav": "not readable",
        "pipe.wav": "not readable",
    }
    for path, reason in wanted.items():
        items = items_in(tmp_path, {"x": path, "y": "y.wav"} if name != "other" else {"y": "y.wav", "x": path})
        with pytest.raises(AudioError) as raised:
            arm_audio(open_arm(name), items.rows[0], items)
        # An item without a recording has none that another could be given.
        assert raised.value.reason == ("no other" if name == "other" and not path else reason)


def test_untouched_bytes_of_a_wave_file_with_whole_numbers(tmp_path: Path) -> None:
    for k, subtype in enumerate(("PCM_16", "PCM_24", "PCM_32", "PCM_U8")):
        write_wave(tmp_path / f"{k}.wav", samples(800, 2) / 32768, subtype=subtype)
        items = items_in(tmp_path, {"x": f"{k}.wav"})
        assert sent(items, "audio") == (tmp_path / f"{k}.wav").read_bytes()
    soundfile.write(tmp_path / "wavex.wav", samples(800, 4), 8_000, format="WAVEX", subtype="PCM_16")
    data = (tmp_path / "wavex.wav").read_bytes()
    assert data[20:22] == b"\xfe\xff" and sent(items_in(tmp_path, {"x": "wavex.wav"}), "audio") == data
    soundfile.write(tmp_path / "wavex.wav", samples(800, 4) / 32768, 8_000, format="WAVEX", subtype="FLOAT")
    data = sent(items_in(tmp_path, {"x": "wavex.wav"}), "audio")
    assert data == wav_bytes(samples(800, 4), sample_rate=8_000)


def test_other_files_are_sent_as_16_bits_with_channels_and_rate(tmp_path: Path) -> None:
    pcm = samples(4_410, 2)
    write_wave(tmp_path / "a.wav", pcm / 32768, 44_100, subtype="FLOAT")
    write_wave(tmp_path / "b.flac", pcm, 44_100)
    write_wave(tmp_path / "c.aiff", pcm, 44_100)
    whole = write_wave(tmp_path / "d.wav", pcm, 44_100).read_bytes()
    # As programs leave it that write into a pipe: no length is known.
    (tmp_path / "d.wav").write_bytes(whole[:4] + b"\xff" * 4 + whole[8:40] + b"\xff" * 4 + whole[44:])
    for name in ("a.wav", "b.flac", "c.aiff", "d.wav"):
        data = sent(items_in(tmp_path, {"x": name}), "audio")
        assert data == whole, name


def test_other_chunks_are_no_reason_to_touch_a_file(tmp_path: Path) -> None:
    whole = write_wave(tmp_path / "x.wav", samples(800)).read_bytes()
    data = whole[:12] + b"LIST\x05\0\0\0odd!!\0" + whole[12:] + b"LIST\x02\0\0\0ab"
    data = data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]
    (tmp_path / "x.wav").write_bytes(data)
    items = items_in(tmp_path, {"x": "x.wav"})
    assert sent(items, "audio") == sent(items, "first:0.1") == data
    assert sent(items, "first:0.09987") == wav_bytes(samples(800)[:799], sample_rate=8_000)


def test_half_a_frame_at_the_end_is_not_passed_on(tmp_path: Path) -> None:
    pcm = samples(800, 2)
    whole = write_wave(tmp_path / "x.wav", pcm).read_bytes()
    data = whole[:40] + (len(whole) - 44 + 2).to_bytes(4, "little") + whole[44:] + b"ab"
    (tmp_path / "x.wav").write_bytes(data)
    assert sent(items_in(tmp_path, {"x": "x.wav"}), "audio") == whole


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["WAV", "WAVEX", "FLAC", "AIFF", "RF64"]),
    st.lists(st.tuples(st.integers(0, 79), st.integers(0, 255)), max_size=4),
    st.integers(0, 400),
)
def test_damaged_files_are_sent_or_refused_and_nothing_else(
    tmp_path: Path, format: str, changes: list[tuple[int, int]], kept: int
) -> None:
    soundfile.write(tmp_path / "x.wav", samples(80, 2), 8_000, format=format, subtype="PCM_16")
    data = bytearray((tmp_path / "x.wav").read_bytes())
    for at, value in changes:
        data[min(at, len(data) - 1)] = value
    (tmp_path / "x.wav").write_bytes(data[:kept])
    items = items_in(tmp_path, {"x": "x.wav"})
    (found,) = check_recordings(items)
    for name in ("audio", "silence"):
        try:
            wave = read_wave(sent(items, name))
        except AudioError as error:
            assert found.fault == error.reason
        else:
            assert not found.fault
            assert (len(wave.pcm) / wave.rate, wave.pcm.shape[1]) == (found.seconds, found.channels)


def test_what_exceeds_full_scale_is_clipped_and_what_is_not_finite_refused(tmp_path: Path) -> None:
    loud = np.array([[0.5], [1.5], [-3.0], [0.25]] * 100, dtype=np.float32)
    write_wave(tmp_path / "x.wav", loud, subtype="FLOAT")
    items = items_in(tmp_path, {"x": "x.wav"})
    assert read_wave(sent(items, "audio")).pcm[:4, 0].tolist() == [16384, 32767, -32768, 8192]
    loud[7] = np.inf
    write_wave(tmp_path / "x.wav", loud, subtype="FLOAT")
    with pytest.raises(AudioError, match="not finite"):
        sent(items, "audio")


def test_a_recording_that_no_server_takes_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    n_bytes = 2**30
    header = wav_bytes(np.zeros((1, 2), dtype=np.int16), sample_rate=48_000)[:40]
    with (tmp_path / "x.wav").open("wb") as file:
        file.write(header + n_bytes.to_bytes(4, "little"))
        file.truncate(44 + n_bytes)
    items = items_in(tmp_path, {"x": "x.wav"})
    for name in ("audio", "silence"):
        with pytest.raises(AudioError, match="too long"):
            sent(items, name)


@pytest.mark.parametrize("peak", [32767, 30_000, 20_000, 9_000, 3])
def test_noise_in_the_place_of_the_loudest_recordings_is_not_cut_off(tmp_path: Path, peak: int) -> None:
    """A square wave is as loud as its peaks: Gaussian noise of that level does not fit below full scale."""
    square = np.where(np.arange(20_000) % 80 < 40, peak, -peak).astype(np.int16)[:, None]
    write_wave(tmp_path / "x.wav", square)
    noise = read_wave(sent(items_in(tmp_path, {"x": "x.wav"}), "noise")).pcm[:, 0]
    assert abs(level_db(noise) - level_db(square)) < 0.01
    assert np.abs(noise.astype(int)).max() <= 32767
    if peak < 32767:  # at full scale itself all magnitudes are the peak
        assert np.count_nonzero(np.abs(noise.astype(int)) == 32767) < 20
    spectrum = np.square(np.abs(np.fft.rfft(noise.astype(float)))[1:-1])
    low, high = spectrum[: len(spectrum) // 2].mean(), spectrum[len(spectrum) // 2 :].mean()
    assert abs(10 * math.log10(low / high)) < 0.5  # white


def test_noise_is_drawn_by_seed_and_item_and_by_nothing_else(tmp_path: Path) -> None:
    pcm = samples(2_000, 2, seed=5)
    for name in ("x", "y", "z"):
        write_wave(tmp_path / f"{name}.wav", pcm)
    items = items_in(tmp_path, {name: f"{name}.wav" for name in ("x", "y", "z")})
    fewer = replace(items, rows=items.rows[1:])
    assert sent(items, "noise", item=1) == sent(fewer, "noise", item=0)
    assert sent(items, "noise", item=1) != sent(items, "noise", item=0)
    assert sent(items, "noise") != sent(items, "noise", seed=1)
    wave = read_wave(sent(items, "noise")).pcm.astype(float)
    assert abs(np.corrcoef(wave.T)[0, 1]) < 0.1  # channels are drawn apart


def test_mono_is_the_mean(tmp_path: Path) -> None:
    write_wave(tmp_path / "x.wav", np.array([[100, 200], [-3, 0], [32767, 32767], [1, 2]] * 50, dtype=np.int16))
    mono = read_wave(sent(items_in(tmp_path, {"x": "x.wav"}), "mono")).pcm
    assert mono[:4, 0].tolist() == [150, -2, 32767, 2]  # halves go to the even number


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_lowpass_is_a_butterworth_filter_twice_without_delay(tmp_path: Path, rate: int) -> None:
    impulse = np.zeros((rate, 1), dtype=np.int16)
    impulse[rate // 2] = 32767
    write_wave(tmp_path / "x.wav", impulse, rate)
    heard = read_wave(sent(items_in(tmp_path, {"x": "x.wav"}), "lowpass:1000")).pcm[:, 0].astype(float)
    assert abs(int(np.argmax(heard)) - rate // 2) == 0
    assert np.abs(heard[: rate // 2][::-1][: rate // 4] - heard[rate // 2 + 1 :][: rate // 4]).max() <= 1
    hz, response = np.fft.rfftfreq(rate, 1 / rate), np.abs(np.fft.rfft(heard)) / 32767
    _, wanted = sosfreqz(butter(8, 1000, fs=rate, output="sos"), worN=hz, fs=rate)
    assert np.abs(response - np.abs(wanted) ** 2).max() < 0.01
    assert 20 * math.log10(response[1000]) == pytest.approx(-6.02, abs=0.1)


def test_lowpass_at_the_edges(tmp_path: Path) -> None:
    square = np.where(np.arange(8_000) % 80 < 40, 32767, -32768).astype(np.int16)[:, None]
    items, pcm = made(tmp_path, 3_000, 2, 8_000, -20, 1)
    assert np.array_equal(read_wave(sent(items, "lowpass:4000")).pcm, pcm)  # nothing lies above
    write_wave(tmp_path / "audio" / "x.wav", square)
    loud = read_wave(sent(items, "lowpass:400")).pcm[:, 0]  # a square wave without its harmonics has higher peaks
    assert np.abs(loud.astype(int)).max() == 32767
    assert np.count_nonzero(np.abs(loud.astype(int)) >= 32766) < 200  # turned down, not cut off
    write_wave(tmp_path / "audio" / "x.wav", np.array([[7]], dtype=np.int16))
    for name in ("lowpass:1.5", "reversed", "mono", "noise", "silence", "first:0.00001", "audio"):
        assert read_wave(sent(items, name)).pcm.shape == (1, 1)


def test_others_are_given_once_each_and_never_of_the_same_source(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for trial in range(10):
        n = int(rng.integers(2, 40))
        sources = {str(k): f"video{rng.integers(0, max(2, n // 2)):02d}" for k in range(n)}
        greatest = max(list(sources.values()).count(source) for source in sources.values())
        for k in range(n):
            write_wave(tmp_path / f"{k}.wav", np.full((10, 1), k, dtype=np.int16))
        items = items_in(tmp_path, {str(k): f"{k}.wav" for k in range(n)}, sources=sources)
        if greatest == n:
            with pytest.raises(AudioError, match="no other"):
                sent(items, "other")
            continue
        given_to = [int(read_wave(sent(items, "other", item=k, seed=trial)).pcm[0, 0]) for k in range(n)]
        assert all(sources[str(k)] != sources[str(other)] for k, other in enumerate(given_to))
        if 2 * greatest <= n:
            assert sorted(given_to) == list(range(n))


def test_others_of_mmar(shared: Path) -> None:
    """Over MMAR's own items: everybody's recording is given once, whatever the order of the file."""
    from earwitness.mmar.arms import _others

    items = read_items(shared / "data" / "mmar")
    given_to = _others(items, 0)
    assert sorted(other.id for other in given_to.values()) == sorted(items.by_id)
    assert all(items.by_id[name].source != other.source for name, other in given_to.items())
    turned = replace(items, rows=items.rows[500:] + items.rows[:500])
    assert _others(turned, 0) == given_to
    again = _others(items, 1)
    assert sum(again[name].id == other.id for name, other in given_to.items()) < 10


def test_items_with_one_file_under_two_names_are_related(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_wave(tmp_path / f"{name}.wav", samples(100, seed=ord(name)))
    paths = {"1": "a.wav", "2": "a.wav", "3": "b.wav", "4": "b.wav", "5": ""}
    items = items_in(tmp_path, paths, sources={name: f"video{name}" for name in paths})
    for k in range(4):
        own = (tmp_path / items.rows[k].audio_path).read_bytes()
        assert sent(items, "other", item=k) != own
    with pytest.raises(AudioError, match="no path"):
        sent(items, "other", item=4)
    stranger = replace(items.rows[0], id="stranger")
    with pytest.raises(ValueError, match="not among"):
        arm_audio(open_arm("other"), stranger, items)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("audio", "audio", None),
        ("first", "first:10", 10.0),
        ("first:10.0", "first:10", 10.0),
        ("first:2.5", "first:2.5", 2.5),
        ("lowpass", "lowpass:1000", 1000.0),
        ("lowpass:08000", "lowpass:8000", 8000.0),
    ],
)
def test_arms_are_named_in_one_way(text: str, name: str, value: float | None) -> None:
    arm = open_arm(text)
    assert arm == Arm(name, name.partition(":")[0], value) == open_arm(arm.name)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Audio", "loud", "audio:1", "text:", "noise:pink", "first:", "first:0", "first:-1", "first:x"),
        *(
            "first:nan",
            "first:inf",
            "first:1e3",
            "lowpass:0.0",
            "lowpass:1",
            "lowpass: 5",
            "first:10:20",
            "lowpass:" + "9" * 400,
        ),
    ],
)
def test_what_is_no_arm_is_refused_by_name(text: str) -> None:
    with pytest.raises(BenchmarkError) as raised:
        open_arm(text)
    assert repr(text) in str(raised.value)


def test_every_arm_has_a_line_of_help() -> None:
    assert list(ARMS) == [
        *("audio", "silence", "noise", "other", "text", "caption", "transcript"),
        *("reversed", "mono", "lowpass", "first"),
    ]
    assert all(ARMS.values())


def test_the_header_of_a_wave_file() -> None:
    data = wav_bytes(samples(5, 6), sample_rate=44_100)
    assert data[:4] == b"RIFF" and int.from_bytes(data[4:8], "little") == len(data) - 8 == 96
    assert data[8:] == (
        b"WAVEfmt \x10\0\0\0\x01\0\x06\0"
        + (44_100).to_bytes(4, "little")
        + (44_100 * 12).to_bytes(4, "little")
        + b"\x0c\0\x10\0data\x3c\0\0\0"
        + samples(5, 6).tobytes()
    )
    assert np.array_equal(read_wave(data).pcm, samples(5, 6))


DIGESTS = """
import hashlib, json, sys
from earwitness.mmar.arms import ARMS, arm_audio, open_arm
from earwitness.mmar.items import read_items
items = read_items(sys.argv[1])
arms = [open_arm(name) for name in ARMS] + [open_arm("lowpass:300"), open_arm("first:0.5")]
print(json.dumps({
    f"{item.id} {arm.name}": hashlib.sha256(data).hexdigest()
    for item in items for arm in arms if (data := arm_audio(arm, item, items, seed=7)) is not None
}))
"""


def digests(python: Path, folder: Path) -> dict[str, str]:
    source = Path(__file__).resolve().parents[2] / "src"
    environment = {"PYTHONPATH": str(source), "PATH": "", "PYTHONHASHSEED": "random"}
    done = subprocess.run([python, "-c", DIGESTS, folder], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def varied(tmp_path: Path) -> Path:
    """Recordings of all the levels that noise is made for in its own way, in whole numbers and in fractions."""
    for k, level in enumerate((0.00002, 0.001, 0.05, 0.4, 3.0)):
        write_wave(tmp_path / f"{k}.wav", samples(20_000, 2, level=level, seed=k), 22_050)
    write_wave(tmp_path / "5.wav", samples(20_000, 2) / 70_000, 22_050, subtype="FLOAT")
    items_in(tmp_path, {str(k): f"{k}.wav" for k in range(6)})
    return tmp_path


GOLDEN = "918c649f527bfa878d33b51c08d5d16f4550dcb3e86d536f07980f4c340b6620"


def test_the_bytes_are_the_same_in_every_process_and_today_as_before(varied: Path) -> None:
    once = digests(Path(sys.executable), varied)
    items = read_items(varied)
    data = arm_audio(open_arm("noise"), items.rows[3], items, seed=7)
    assert data is not None and hashlib.sha256(data).hexdigest() == once["3 noise"]
    assert hashlib.sha256(json.dumps(once, sort_keys=True).encode()).hexdigest() == GOLDEN


def test_numpy_1_gives_the_same_bytes(varied: Path, numpy1_python: Path) -> None:
    old = digests(numpy1_python, varied)
    assert hashlib.sha256(json.dumps(old, sort_keys=True).encode()).hexdigest() == GOLDEN
