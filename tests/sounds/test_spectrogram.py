from __future__ import annotations

import numpy as np
import pytest

from earwitness.sounds.spectrogram import log_mel, mel_filters, power_spectrogram

RATE = 16_000


def tone(hz: float, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)


def test_a_full_scale_sine_has_a_power_of_one_in_its_bin():
    power = power_spectrogram(tone(1000.0), window=512, hop=160)
    assert power.shape == (100, 257)
    assert power[50].argmax() == 32
    assert power[50, 32] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("hz", [200.0, 1000.0, 6000.0])
def test_a_tone_is_loudest_in_the_band_around_it(hz: float):
    filters = mel_filters(sample_rate=RATE, window=512, bands=64)
    level = log_mel(tone(hz), sample_rate=RATE)
    assert level.shape == (100, 64)
    assert level[50].argmax() == filters[round(hz / (RATE / 512))].argmax()


def test_filters_cover_every_frequency_and_cannot_be_changed():
    filters = mel_filters(sample_rate=RATE, window=512, bands=64)
    assert filters.shape == (257, 64)
    assert (filters.sum(axis=1)[3:250] > 0.3).all(), "no gaps"
    assert (filters.sum(axis=0) > 0).all(), "no empty band"
    with pytest.raises(ValueError):
        filters[0, 0] = 1.0


def test_silence_is_minus_100_db_and_levels_are_decibels():
    assert (log_mel(np.zeros(1600), sample_rate=RATE) == -100.0).all()
    loud, soft = (log_mel(tone(1000.0) * gain, sample_rate=RATE)[50].max() for gain in (1.0, 0.1))
    assert loud - soft == pytest.approx(20.0, abs=1e-6)
