"""An outside listener, YAMNet, hears what the built-in sounds are meant to be. benchmarks/ measures all of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.sounds import builtin
from earwitness.sounds.audio import resample

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "yamnet.py"
SURE = ("smoke alarm", "touch-tones", "car horn", "rain", "helicopter", "chainsaw", "church bell", "duck", "zipper")


@pytest.fixture(scope="module")
def yamnet(shared: Path) -> Any:
    spec = importlib.util.spec_from_file_location("yamnet", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.Yamnet(shared / "data" / "models")


def scores(yamnet: Any, label: str) -> np.ndarray:
    heard = []
    for k in range(4):
        audio = builtin.recording(label, k).read()
        mono = resample(audio.samples[:, 0].astype(np.float64), from_rate=audio.sample_rate, to_rate=16_000)
        heard.append(yamnet.scores(mono.astype(np.float32)))
    return np.mean(heard, axis=0)


@pytest.mark.parametrize("label", SURE)
def test_an_outside_listener_hears_the_class(yamnet: Any, label: str) -> None:
    audioset = builtin.entry(label).audioset
    assert audioset is not None
    assert yamnet.rank(scores(yamnet, label), audioset) <= 5


def test_the_listener_is_no_yes_man(yamnet: Any) -> None:
    rain = scores(yamnet, "rain")
    assert all(
        yamnet.rank(rain, builtin.entry(label).audioset) > 20 for label in ("duck", "touch-tones", "church bell")
    )


def test_every_class_is_one_of_audioset(yamnet: Any) -> None:
    classes = {builtin.entry(label).audioset for label in builtin.LABELS} - {None}
    assert classes <= set(yamnet.classes)
    assert len(classes) > 150
