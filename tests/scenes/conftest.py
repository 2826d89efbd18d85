"""Atoms that need no files, and a composer of them."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.logic.margins import Margins
from earwitness.records import sha256_of_bytes
from earwitness.rng import generator
from earwitness.scenes.compose import Composer
from earwitness.scenes.pantry import Pantry
from earwitness.scenes.spec import Choice, Constant, SceneSpec, Uniform
from earwitness.sounds.atoms import Atom

RATE = 8_000
LABELS = tuple("ABCDEFGHIJ")


def make_atom(label: str, *, ticks: int, steady: bool = False, rate: int = RATE, number: int = 0) -> Atom:
    """Return an atom of noise whose RMS is 1,600 steps."""
    rng = generator(0, "atom", label, ticks, number)
    noise = np.clip(rng.standard_normal(ticks * rate // 100) * 1600, -29000, 29000)
    pcm = np.rint(noise).astype(np.int16)
    pcm.setflags(write=False)
    atom_id = f"{label}-{ticks}-{number}{'s' if steady else ''}"
    return Atom(atom_id, label, "train", "CC0", atom_id, rate, sha256_of_bytes(pcm.tobytes()), pcm, steady)


def make_spec(*, polyphony: int = 2, clip_s: float = 10.0) -> SceneSpec:
    """Return what scenes are like in these tests."""
    return SceneSpec(
        Constant(clip_s),
        Choice((2, 3, 4, 5)),
        Uniform(-6.0, 3.0),
        Uniform(-66.0, -54.0),
        ("white", "pink", "brown"),
        polyphony,
    )


@pytest.fixture(scope="session")
def atoms() -> list[Atom]:
    """Ten labels of eight calls from 0.3 to 3 s; two of them have a drone as well."""
    lengths = (30, 45, 60, 85, 120, 160, 220, 300)
    calls = [make_atom(label, ticks=ticks) for label in LABELS for ticks in lengths]
    return [*calls, make_atom("A", ticks=350, steady=True), make_atom("B", ticks=350, steady=True)]


@pytest.fixture
def pantry(atoms: list[Atom]) -> Pantry:
    """The atoms, with no length avoided."""
    return Pantry(atoms)


@pytest.fixture
def composer(pantry: Pantry) -> Composer:
    """A composer with the paper's margins."""
    return Composer(pantry, spec=make_spec(), margins=Margins(), audible=0.6)
