"""The logistic regression finds what made the data, keeps its floors, and is drawn where it is told to."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.errors import ListenError
from earwitness.listen.logistic import Logistic, fit_logistic

TRUE = Logistic(np.array([2.0, -1.0, 0.0]), -0.5, 0.4)


def _rows(n: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    # Numbers of very different size, as log odds and seconds are.
    x = rng.normal(0.0, (1.0, 2.0, 30.0), (n, 3))
    return x, rng.random(n) < TRUE.probability(x)


def test_it_finds_the_weights_that_made_the_data() -> None:
    x, y = _rows(20_000)
    found = fit_logistic(x, y)
    np.testing.assert_allclose(found.weights, TRUE.weights, atol=0.1)
    assert found.bias == pytest.approx(TRUE.bias, abs=0.1)
    assert found.rate == y.mean()
    assert found.probability(x).mean() == pytest.approx(y.mean(), abs=1e-3)


def test_it_is_where_the_slope_of_the_loss_is_zero() -> None:
    x, y = _rows(500)
    found = fit_logistic(x, y, ridge=3.0)
    missing = y - found.probability(x)
    spread = x.std(axis=0)
    np.testing.assert_allclose((x - x.mean(axis=0)).T @ missing / spread, 3.0 * found.weights * spread, atol=1e-2)
    assert missing.sum() == pytest.approx(0.0, abs=1e-2)


def test_no_weight_falls_below_its_floor() -> None:
    x, y = _rows(2_000)
    found = fit_logistic(x, y, floor=np.array([0.0, 0.0, -np.inf]))
    assert found.weights[1] == 0.0
    assert found.weights[0] > 1.0


@pytest.mark.parametrize("ridge", [1e-3, 1e6])
def test_the_ridge_draws_it_to_the_other_model(ridge: float) -> None:
    x, y = _rows(2_000)
    other = Logistic(np.array([0.5, 0.5, 0.5]), 3.0, 0.5)
    found = fit_logistic(x, y, ridge=ridge, near=other)
    alone = fit_logistic(x, y, ridge=1e-3)
    wanted = other if ridge > 1 else alone
    np.testing.assert_allclose(found.weights, wanted.weights, atol=0.02)
    assert found.bias == pytest.approx(wanted.bias, abs=0.02)


def test_a_number_that_never_varies_says_nothing() -> None:
    x, y = _rows(500)
    x[:, 2] = 7.0
    found = fit_logistic(x, y)
    assert found.weights[2] == 0.0
    assert np.isfinite(found.bias)


def test_data_that_are_told_apart_perfectly_give_finite_weights() -> None:
    x = np.linspace(-1.0, 1.0, 50)[:, None]
    found = fit_logistic(x, x[:, 0] > 0)
    assert 0 < found.weights[0] < 1e3


@pytest.mark.parametrize("y", [np.zeros(5, bool), np.ones(5, bool), np.zeros(0, bool)])
def test_one_kind_of_rows_teaches_nothing(y: np.ndarray) -> None:
    with pytest.raises(ListenError, match="rows of both kinds"):
        fit_logistic(np.zeros((len(y), 2)), y)


def test_arrays_make_the_same_again() -> None:
    again = Logistic.from_arrays(TRUE.arrays(), n_numbers=3)
    assert (again.weights == TRUE.weights).all()
    assert (again.bias, again.rate) == (TRUE.bias, TRUE.rate)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": np.zeros(2)}, r"shape \(3,\)"),
        ({"bias": np.zeros(1)}, "one bias"),
        ({"weights": np.array([0.0, np.nan, 0.0])}, "finite"),
        ({"rate": np.array(1.5)}, "from 0 to 1"),
    ],
)
def test_arrays_of_something_else_are_refused(change: dict[str, np.ndarray], said: str) -> None:
    with pytest.raises(ListenError, match=said):
        Logistic.from_arrays(TRUE.arrays() | change, n_numbers=3)
    with pytest.raises(ListenError, match="missing: bias"):
        Logistic.from_arrays({"weights": TRUE.weights, "rate": np.array(0.5)}, n_numbers=3)
