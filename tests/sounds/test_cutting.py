"""The cutting of one event: its ends, its level, and the reasons why there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import AudioError
from earwitness.sounds.audio import Audio, frame_energy, loudness_lufs
from earwitness.sounds.cutting import cut_event
from earwitness.sounds.layouts import open_bank

RATE = 16000


def noise(seconds: float, *, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return level * np.random.default_rng(seed).uniform(-1, 1, round(seconds * RATE))


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE))


def audio(*parts: np.ndarray, rate: int = RATE) -> Audio:
    samples = np.concatenate(parts).astype(np.float32)
    samples = samples.reshape(len(samples), -1)
    samples.setflags(write=False)
    return Audio(samples, rate)


def cut(*parts: np.ndarray) -> np.ndarray:
    return cut_event(audio(*parts), "here.wav", sample_rate=RATE)


def refused(*parts: np.ndarray) -> AudioError:
    with pytest.raises(AudioError) as caught:
        cut(*parts)
    assert caught.value.detail.startswith("here.wav: ")
    return caught.value


def decay(seconds: float, *, db_a_second: float, seed: int = 0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return noise(seconds, level=0.5, seed=seed) * 10 ** (-db_a_second * t / 20)


@given(st.integers(0, 40), st.integers(25, 90), st.integers(0, 40))
def test_an_event_is_found_to_the_frame(before: int, length: int, after: int) -> None:
    pcm = cut(silence(before / 100), noise(length / 100), silence(after / 100))
    assert len(pcm) == length * RATE // 100


@given(st.floats(0, 0.5), st.floats(0.3, 2), st.floats(10, 200), st.integers(0, 5))
def test_both_ends_are_heard(before: float, seconds: float, db_a_second: float, seed: int) -> None:
    try:
        pcm = cut(silence(before), decay(seconds, db_a_second=db_a_second, seed=seed), silence(0.2))
    except AudioError as error:
        assert error.reason == "too short"  # a quick decay: one of the two right answers
        return
    energy = frame_energy(pcm, sample_rate=RATE)
    assert min(energy[0], energy[-1]) * 10_000 >= energy.max()
    assert len(pcm) % (RATE // 100) == 0
    assert abs(int(pcm[0])) < 100
    assert abs(int(pcm[-1])) < 100


def test_loudness_is_the_same_for_loud_and_quiet() -> None:
    loud, quiet = (cut(noise(1, level=level)) for level in (0.9, 0.003))
    for pcm in (loud, quiet):
        assert loudness_lufs(pcm / 32768, sample_rate=RATE) == pytest.approx(-26, abs=0.2)
    assert np.max(np.abs(loud.astype(int) - quiet)) <= 2


def test_a_click_keeps_below_the_ceiling() -> None:
    click = noise(0.5, level=0.003)
    click[4000] = 0.9
    pcm = cut(click)
    assert np.abs(pcm.astype(int)).max() == pytest.approx(32768 * 10 ** (-1 / 20), abs=2)


def test_offset_and_size_beyond_full_scale_change_nothing() -> None:
    plain = cut(silence(0.2), noise(1), silence(0.2))
    shifted = cut(np.concatenate([silence(0.2), noise(1), silence(0.2)]) + 0.3)
    assert np.max(np.abs(plain.astype(int) - shifted)) <= 2
    huge = cut(*(1e6 * part for part in (silence(0.2), noise(1), silence(0.2))))
    assert np.max(np.abs(plain.astype(int) - huge)) <= 2


def test_channels_are_mixed_and_the_rate_is_changed() -> None:
    t = np.arange(48000) / 48000
    samples = np.stack([0.2 * np.sin(2 * np.pi * 300 * t)] * 8, axis=1).astype(np.float32)
    pcm = cut_event(Audio(samples, 48000), "x", sample_rate=RATE)
    assert pcm.shape == (RATE,)
    assert pcm.dtype == np.int16


@pytest.mark.parametrize("pause_s", [0.1, 0.3])
def test_a_short_pause_does_not_part_an_event(pause_s: float) -> None:
    assert len(cut(noise(4), silence(pause_s), noise(3.5))) == round((7.5 + pause_s) * RATE)


def test_a_long_pause_parts_it() -> None:
    error = refused(noise(1), silence(0.31), noise(1), silence(1), noise(0.5))
    assert error.reason == "several segments"
    assert "3 (0.00-1.00 s, 1.31-2.31 s, 3.31-3.81 s); expected one" in error.detail


def test_what_stays_below_thirty_db_is_no_event() -> None:
    faint = noise(0.5, level=0.1 * 10 ** (-35 / 20))
    assert len(cut(faint, silence(0.5), noise(1), silence(0.5), faint)) == RATE
    louder = noise(0.5, level=0.1 * 10 ** (-25 / 20))
    assert refused(louder, silence(0.5), noise(1)).reason == "several segments"


def test_pauses_inside_may_be_few_only() -> None:
    # 0.3 s of pause in 5.3 s is 5.7 %, in 6.3 s it is 4.8 %.
    error = refused(noise(2.5), silence(0.3), noise(2.5))
    assert error.reason == "too many pauses"
    assert "5.7 % of it lies below -40 dB; expected at most 5 %" in error.detail
    assert len(cut(noise(3), silence(0.3), noise(3))) == round(6.3 * RATE)


@pytest.mark.parametrize(
    ("parts", "reason", "text"),
    [
        ([silence(1)], "silent", "digital silence"),
        ([silence(1) + 0.5], "silent", "digital silence"),
        ([noise(1, level=0.0003)], "silent", "-74.5 dBFS; expected at least -70 dBFS"),
        ([noise(0.005)], "silent", "digital silence"),
        ([silence(0.5), noise(0.24), silence(0.5)], "too short", "0.24 s of activity; expected at least 0.25 s"),
        ([decay(8.5, db_a_second=4)], "too long", "and not steady; expected at most 8 s"),
    ],
)
def test_why_there_is_no_event(parts: list[np.ndarray], reason: str, text: str) -> None:
    error = refused(*parts)
    assert error.reason == reason
    assert text in error.detail


def test_a_long_steady_sound_gives_eight_seconds_from_its_middle() -> None:
    assert len(cut(noise(8))) == 8 * RATE
    assert len(cut(silence(1), noise(9.5), silence(1))) == 8 * RATE


def test_a_sound_above_the_band_leaves_no_noise_in_its_name() -> None:
    t = np.arange(2 * 44100) / 44100
    song = 0.3 * np.sin(2 * np.pi * 12000 * t) + 0.001 * np.random.default_rng(0).standard_normal(len(t))
    with pytest.raises(AudioError, match="above the band: bat: at 16000 Hz its peak falls by more than 12 dB"):
        cut_event(audio(song, rate=44100), "bat", sample_rate=RATE)
    assert len(cut_event(audio(song, rate=44100), "bat", sample_rate=44100)) == 2 * 44100


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_real_events_begin_and_end_where_they_are_heard(shared: Path, rate: int) -> None:
    counts = {"cut": 0, "refused": 0}
    for recording in open_bank(shared / "data" / "sounds" / "studio").recordings:
        try:
            pcm = cut_event(recording.read(), recording.name, sample_rate=rate)
        except AudioError:
            counts["refused"] += 1
            continue
        counts["cut"] += 1
        energy = frame_energy(pcm, sample_rate=rate)
        heard = energy * 10_000 >= energy.max()
        assert heard[0], recording.name
        assert heard[-1], recording.name
        assert np.count_nonzero(~heard) <= 0.05 * len(heard), recording.name
        assert 25 <= len(energy) <= 800
        assert len(pcm) == len(energy) * (rate // 100)
        assert np.abs(pcm.astype(int)).max() <= 32768 * 10 ** (-1 / 20) + 1
    assert counts["cut"] >= 110
    assert counts["refused"] >= 30
