"""One name, one stream, everywhere; another name, another stream."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.rng import generator

names = st.lists(st.one_of(st.text(max_size=5), st.integers(0, 9)), max_size=3)


@given(st.integers(-(2**70), 2**70), names)
def test_a_name_has_one_stream(seed: int, name: list[str | int]) -> None:
    assert generator(seed, *name).integers(2**62) == generator(seed, *name).integers(2**62)


@given(st.integers(0, 99), names, st.integers(0, 99), names)
def test_other_names_have_other_streams(
    seed: int, name: list[str | int], other_seed: int, other: list[str | int]
) -> None:
    same = (seed, name) == (other_seed, other) and list(map(type, name)) == list(map(type, other))
    assert (generator(seed, *name).integers(2**62) == generator(other_seed, *other).integers(2**62)) == same


@pytest.mark.parametrize(
    ("one", "other"), [(("a", "b"), ("ab",)), (("1",), (1,)), ((), ("",)), (("a,", "b"), ("a", ",b"))]
)
def test_names_do_not_run_together(one: tuple[str | int, ...], other: tuple[str | int, ...]) -> None:
    assert generator(0, *one).integers(2**62) != generator(0, *other).integers(2**62)


def test_drawing_from_one_leaves_the_other_alone() -> None:
    first = generator(1, "a")
    first.random(1000)
    assert generator(1, "b").random() == generator(1, "b").random()
    assert first.random() != generator(1, "a").random()


def test_a_numpy_integer_is_an_integer() -> None:
    assert generator(np.int64(3), "a").random() == generator(3, "a").random()  # type: ignore[arg-type]


def test_streams_are_even() -> None:
    drawn = np.array([generator(0, "clip", number).random() for number in range(2000)])
    counts, _ = np.histogram(drawn, bins=10, range=(0, 1))
    assert counts.min() > 150
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.07


def test_another_process_draws_the_same() -> None:
    code = "from earwitness.rng import generator; print(generator(7, 'scene', 3).integers(2**62))"
    # Hashes of strings differ from process to process; streams must not.
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {f"{generator(7, 'scene', 3).integers(2**62)}\n"}
