"""A bank that the tests synthesise themselves, and one benchmark that is built from it once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from earwitness.reasonaudio.build import BuildReport, BuildSettings, build
from earwitness.reasonaudio.folder import Benchmark, read_benchmark
from earwitness.reasonaudio.recipe import Recipe, load_recipe, with_counts
from earwitness.records import sha256_of_file
from earwitness.rng import generator
from earwitness.sounds.bank import Bank
from earwitness.sounds.layouts import open_bank

RATE = 16_000
PER_LABEL = 8
SEED = 7
# Some labels are not bare words, so that they stand in quotes in every constraint.
DRONES = ("air fan", "brook", "hum", "organ")
CALLS = ("alarm", "bird-call", "chime", "dog", "frog", "knock", "owl", "zip")


def drone(label: str, number: int, *, seconds: float) -> npt.NDArray[np.float64]:
    """Return a steady sound: a chord of tones for two of the labels, a noise for the others."""
    rng = generator(0, "drone", label, number)
    time_s = np.arange(round(seconds * RATE)) / RATE
    if label in ("hum", "organ"):
        root_hz = {"hum": 110.0, "organ": 330.0}[label] * (1 + 0.05 * number)
        return sum(np.sin(2 * np.pi * root_hz * k * time_s + rng.uniform(0, 6)) / k for k in (1, 2, 3))
    noise = rng.standard_normal(len(time_s))
    return noise if label == "brook" else np.convolve(noise, np.ones(8) / 8, mode="same")


def call(label: str, number: int, *, seconds: float) -> npt.NDArray[np.float64]:
    """Return a sound that is not steady: a sweep that falls to a fifth of its level."""
    place = CALLS.index(label)
    time_s = np.arange(round(seconds * RATE)) / RATE
    start_hz, end_hz = 300.0 * 1.3**place, 300.0 * 1.3**place * (1.6 if number % 2 else 0.6)
    hertz = start_hz + (end_hz - start_hz) * time_s / seconds
    fall = 0.2 ** (time_s / seconds)
    return fall * np.sin(2 * np.pi * np.cumsum(hertz) / RATE) * (1 + 0.3 * np.sin(2 * np.pi * (5 + place) * time_s))


def write_bank(folder: Path) -> Path:
    """Write a folder per label: drones of 3 to 5 s, calls of 0.3 to 3 s."""
    for label in (*DRONES, *CALLS):
        (folder / label).mkdir(parents=True)
        for number in range(PER_LABEL):
            share = number / (PER_LABEL - 1)
            if label in DRONES:
                sound = drone(label, number, seconds=3.0 + 2.0 * share)
            else:
                sound = call(label, number, seconds=0.32 * (3.0 / 0.32) ** share)
            silence = np.zeros(RATE // 20)
            samples = np.concatenate((silence, 0.5 * sound / np.abs(sound).max(), silence))
            soundfile.write(folder / label / f"{number}.wav", samples, RATE, subtype="PCM_16")
    return folder


def contents(folder: Path, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the SHA-256 of every file; the card names its folder, and benchmark.json holds the card's SHA-256."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    found = {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in paths}
    return {name: digest for name, digest in found.items() if name not in without}


def entries(folder: Path) -> list[str]:
    """Return the names of what lies in a folder, sorted."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="session")
def bank_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder per label, to be read only."""
    return write_bank(tmp_path_factory.mktemp("sounds") / "bank")


@pytest.fixture(scope="session")
def bank(bank_folder: Path) -> Bank:
    """The bank in that folder."""
    return open_bank(bank_folder)


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    """What the paper asks, on 200 clips."""
    return with_counts(load_recipe("mini"), clips=200, queries=20, pairs=6)


@pytest.fixture(scope="session")
def bench_folder(bank: Bank, recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark folder, to be read only."""
    out = tmp_path_factory.mktemp("benchmarks") / "bench"
    return build(out, bank, recipe=recipe, settings=BuildSettings(seed=SEED)).folder


@pytest.fixture(scope="session")
def bench(bench_folder: Path) -> Benchmark:
    """That benchmark, read."""
    return read_benchmark(bench_folder)


@pytest.fixture
def bench_copy(bench_folder: Path, tmp_path: Path) -> Path:
    """A copy of the benchmark folder that a test may damage."""
    return Path(shutil.copytree(bench_folder, tmp_path / "bench"))


@pytest.fixture(scope="session")
def small() -> Recipe:
    """What the paper asks, on 80 clips."""
    return with_counts(load_recipe("mini"), clips=80, queries=5, pairs=3)


@pytest.fixture(scope="session")
def counted(bank: Bank, small: Recipe, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A small benchmark, and how many files got their name while it was built."""
    number = 0
    replace_file = os.replace

    def counting(*args: Any) -> None:
        nonlocal number
        number += 1
        replace_file(*args)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "replace", counting)
        out = tmp_path_factory.mktemp("small") / "bench"
        return build(out, bank, recipe=small, settings=BuildSettings(seed=SEED)).folder, number


@pytest.fixture(scope="session")
def small_folder(counted: tuple[Path, int]) -> Path:
    """The small benchmark's folder, to be read only."""
    return counted[0]


@pytest.fixture
def small_copy(small_folder: Path, tmp_path: Path) -> Path:
    """A copy of the small benchmark's folder that a test may damage."""
    return Path(shutil.copytree(small_folder, tmp_path / "bench"))


@pytest.fixture
def build_small(bank: Bank, small: Recipe) -> Callable[..., BuildReport]:
    """Build the small benchmark somewhere, with other options."""

    def run(out: Path, *, seed: int = SEED, **options: Any) -> BuildReport:
        settings = BuildSettings(seed=seed, sample_rate=options.pop("sample_rate", 16_000))
        return build(out, bank, recipe=options.pop("recipe", small), settings=settings, **options)

    return run
