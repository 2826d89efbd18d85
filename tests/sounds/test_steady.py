"""What may be cut short and looped, and what may not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from earwitness.sounds.atoms import prepare_all
from earwitness.sounds.layouts import open_bank
from earwitness.sounds.steady import is_steady

RATE = 16000
T = np.arange(5 * RATE) / RATE


def noise(*, slope: float = 0.0) -> np.ndarray:
    """Return noise whose power falls with frequency like f ** -slope."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(len(T)))
    frequency = np.maximum(np.fft.rfftfreq(len(T), 1 / RATE), 20)
    coloured = np.fft.irfft(spectrum * frequency ** (-slope / 2), len(T))
    return coloured / np.abs(coloured).max()


def sine(hz: float | np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * np.cumsum(np.broadcast_to(hz, T.shape)) / RATE)


def bursts(period_s: float, length_s: float) -> np.ndarray:
    return (T % period_s < length_s).astype(float)


STEADY = {
    "white noise": noise(),
    "pink noise": noise(slope=1),
    "hum": sine(120),
    "chord": sine(220) + sine(277) + sine(330),
    "vibrato": sine(600 * (1 + 0.01 * sine(6))),
    "engine": np.sign(sine(25)) * noise(slope=1),
    "tremolo": sine(300) * (1 + 0.5 * sine(20)),
    "ringing": (sine(1000) + sine(1300)) * (0.3 + bursts(0.05, 0.025)),
    "hiss with crackle": noise() * (1 + 2 * ((T % 1 > 0.5) & (T % 1 < 0.51))),
}
CHANGING = {
    "bell": sine(700) * np.exp(-T),
    "swell": noise() * (0.1 + T),
    "siren": sine(800 + 300 * sine(0.5)),
    "two tones": sine(np.where(T % 1 < 0.5, 440.0, 554.0)),
    "glissando": sine(200 + 200 * T),
    "barks": noise() * bursts(0.8, 0.2) + 0.001 * noise(),
    "tick-tock": noise() * bursts(0.5, 0.02) + 0.02 * noise(slope=1),
    "slow tremolo": sine(300) * (1 + 0.9 * sine(3)),
    "a gap": noise() * ((T < 2) | (T > 2.2)),
    "a bark over a hum": 0.1 * sine(150) + 0.5 * noise() * ((T > 2) & (T < 2.2)),
    "silence": np.zeros_like(T),
}


def pcm(samples: np.ndarray) -> np.ndarray:
    result = np.rint(16000 * samples / max(1e-9, np.abs(samples).max())).astype(np.int16)
    result.setflags(write=False)
    return result


@pytest.mark.parametrize("name", STEADY)
@pytest.mark.parametrize("seconds", [1.3, 3, 5])
def test_what_is_steady(name: str, seconds: float) -> None:
    assert is_steady(pcm(STEADY[name])[: round(seconds * RATE)], sample_rate=RATE)


@pytest.mark.parametrize("name", CHANGING)
def test_what_is_not(name: str) -> None:
    assert not is_steady(pcm(CHANGING[name]), sample_rate=RATE)


def test_nothing_is_steady_that_leaves_less_than_a_second_to_look_at() -> None:
    hum = pcm(STEADY["hum"])
    shortest = RATE * 12 // 10
    assert is_steady(hum[:shortest], sample_rate=RATE)
    assert not is_steady(hum[: shortest - 1], sample_rate=RATE)
    assert not is_steady(hum[:0], sample_rate=RATE)


def test_level_does_not_matter() -> None:
    hum = pcm(STEADY["pink noise"])
    assert is_steady((hum // 50).astype(np.int16), sample_rate=RATE)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_real_sounds(shared: Path, rate: int) -> None:
    atoms = prepare_all(
        open_bank(shared / "data" / "sounds" / "studio"), sample_rate=rate, max_per_label=None, jobs=1
    ).atoms
    assert {atom.label for atom in atoms if atom.steady} == {"ambi_drone", "bass_hard_c", "drum_roll"}


def test_no_call_of_an_animal_and_no_word_is_steady(shared: Path) -> None:
    for bank in ("animals", "digits"):
        atoms = prepare_all(
            open_bank(shared / "data" / "sounds" / bank), sample_rate=RATE, max_per_label=None, jobs=1
        ).atoms
        assert len(atoms) > 200
        assert not [atom.atom_id for atom in atoms if atom.steady]
