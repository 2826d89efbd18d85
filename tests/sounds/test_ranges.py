from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.sounds.builtin.ranges import Each, Range, draw, drawn, number


@dataclass(frozen=True)
class Body:
    pitch_hz: Range
    ratios: tuple[float, float]
    resonances: tuple[tuple[Range, Range, float], ...] = ()
    hit_db: Each = (0.0, 6.0)
    chord: tuple[Range, ...] | None = None


@dataclass(frozen=True)
class Row:
    label: str
    inner: object
    parts: tuple[tuple[object, Range], ...] = ()
    length_s: Range = 1.0


ROW = Row(
    "bell",
    Body((100.0, 200.0), (1.0, 2.0), (((300.0, 400.0), 50.0, 3.0), (900.0, (20.0, 30.0), 4.0)), chord=((1.0, 2.0), 5)),
    parts=((Body((5.0, 6.0), (1.0, 2.0)), (-3.0, 3.0)),),
)


def test_every_range_is_drawn_and_nothing_else():
    row, parameters = drawn(ROW, rng=np.random.default_rng(1))
    assert set(parameters) == {
        *("inner.pitch_hz", "inner.resonances.0.0", "inner.resonances.1.1", "inner.chord.0"),
        *("parts.0.0.pitch_hz", "parts.0.1"),
    }
    assert isinstance(row.inner, Body)
    assert row.inner.pitch_hz == parameters["inner.pitch_hz"]
    assert row.inner.resonances[1] == (900.0, parameters["inner.resonances.1.1"], 4.0)
    assert row.inner.chord == (parameters["inner.chord.0"], 5)
    assert (row.label, row.length_s) == ("bell", 1.0)
    assert row.inner.ratios == (1.0, 2.0), "a pair that is no range"
    assert row.inner.hit_db == (0.0, 6.0), "drawn for each hit, later"


@given(seed=st.integers(0, 10_000))
def test_drawn_numbers_stay_in_their_ranges_and_go_by_the_generator(seed: int):
    row, parameters = drawn(ROW, rng=np.random.default_rng(seed), split="train", name="bell")
    assert 100 <= parameters["inner.pitch_hz"] <= 200
    assert -3 <= parameters["parts.0.1"] <= 3
    assert drawn(ROW, rng=np.random.default_rng(seed), split="train", name="bell") == (row, parameters)


def test_splits_share_three_fifths_of_a_range():
    seen = {
        split: sorted(
            drawn(ROW, rng=np.random.default_rng(seed), split=split, name="bell")[1]["parts.0.1"] for seed in range(500)
        )
        for split in ("train", "test")
    }
    lower, upper = sorted(seen.values())
    assert lower[0] == pytest.approx(-3.0, abs=0.05) and lower[-1] == pytest.approx(1.8, abs=0.05)
    assert upper[0] == pytest.approx(-1.8, abs=0.05) and upper[-1] == pytest.approx(3.0, abs=0.05)


def test_no_split_has_the_lower_end_throughout():
    rows = [drawn(ROW, rng=np.random.default_rng(k), split="train", name=str(k))[1]["parts.0.1"] for k in range(200)]
    assert min(rows) < -1.8 and max(rows) > 1.8


@given(low=st.floats(1e-3, 1e3), factor=st.floats(1.0, 100.0), seed=st.integers(0, 99))
def test_draw_stays_in_its_range(low: float, factor: float, seed: int):
    rng = np.random.default_rng(seed)
    assert low - 1e-9 <= draw((low, low * factor), rng=rng) <= low * factor * (1 + 1e-9) + 1e-9
    assert -low - 1e-9 <= draw((-low, low), rng=rng) <= low + 1e-9
    assert draw(low, rng=rng) == low


def test_a_range_that_was_not_drawn_is_refused():
    assert number(3) == 3.0
    with pytest.raises(TypeError, match=r"the range \(1.0, 2.0\)"):
        number((1.0, 2.0))
