"""Logistic regression: from a few numbers that speak for or against something to how probable it is.

Small, because presence and relations need few numbers and many rows, and because two things are wanted that the usual
packages do not give: weights that may not fall below a floor, so that more evidence never makes a thing less
probable, and weights that are drawn towards those of another model, so that a label that was seldom heard is judged
like the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from earwitness.errors import ListenError

__all__ = ["Logistic", "fit_logistic"]

_Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Logistic:
    """A fitted logistic regression."""

    weights: _Values
    """What a unit of each number adds to the log odds, shape (n_numbers,), float64."""
    bias: float
    """The log odds where all numbers are zero."""
    rate: float
    """How often it was true of the rows that it was fitted on, 0 to 1: what is said where there is nothing to go by."""

    def probability(self, x: _Values) -> _Values:
        """Return how probable it is, shape (n,), from numbers of shape (n, n_numbers)."""
        probability: _Values = expit(x @ self.weights + self.bias)
        return probability

    def arrays(self) -> dict[str, _Values]:
        """Return it as plain arrays, from which ``from_arrays`` makes the same again."""
        return {"weights": self.weights, "bias": np.array(self.bias), "rate": np.array(self.rate)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.float64]], *, n_numbers: int) -> Logistic:
        """Make it from plain arrays.

        Raises
        ------
        ListenError
            When they are not those of a regression on so many numbers.
        """
        missing = sorted({"weights", "bias", "rate"} - set(arrays))
        if missing:
            raise ListenError(f"A logistic regression needs weights, bias and rate; missing: {', '.join(missing)}.")
        weights, bias, rate = (np.asarray(arrays[name], np.float64) for name in ("weights", "bias", "rate"))
        if weights.shape != (n_numbers,) or bias.shape != () or rate.shape != ():
            raise ListenError(
                f"A logistic regression on {n_numbers} numbers needs weights of shape ({n_numbers},), and one bias and "
                f"one rate; got shapes {weights.shape}, {bias.shape} and {rate.shape}."
            )
        if not (np.isfinite(weights).all() and np.isfinite(bias) and 0.0 <= rate <= 1.0):
            raise ListenError("A logistic regression needs finite weights and bias, and a rate from 0 to 1.")
        return cls(weights, float(bias), float(rate))


def fit_logistic(
    x: _Values,
    y: npt.NDArray[np.bool_],
    *,
    ridge: float = 1.0,
    floor: _Values | None = None,
    near: Logistic | None = None,
) -> Logistic:
    """Fit a logistic regression.

    Parameters
    ----------
    x
        The numbers, shape (n, n_numbers), float64.
    y
        Whether it was true, shape (n,), bool.
    ridge
        How strongly the weights, each for one standard deviation of its number, are drawn to zero, or to those of
        ``near``: as if by so many rows.
    floor
        The least weight of each number, which may be minus infinity; None for no limits.
    near
        The regression to be drawn to, bias included; its spread of the numbers is taken to be that of ``x``.

    Raises
    ------
    ListenError
        When it was never true, or always: then nothing can be learned.
    """
    if not 0 < np.count_nonzero(y) < len(y):
        raise ListenError(f"A logistic regression needs rows of both kinds; all {len(y)} are {bool(len(y) and y[0])}.")
    centre, spread = x.mean(axis=0), x.std(axis=0)
    # A number that never varies says nothing; with a spread of 1 the ridge leaves its weight where it is drawn to.
    spread = np.where(spread > 1e-9, spread, 1.0)
    z = (x - centre) / spread
    sign = np.where(y, 1.0, -1.0)
    goal = np.zeros(x.shape[1] + 1)
    if near is not None:
        goal[:-1], goal[-1] = near.weights * spread, near.bias + centre @ near.weights
    pull = np.full(len(goal), ridge)
    pull[-1] = 0.0 if near is None else ridge

    def loss(parameters: _Values) -> tuple[float, _Values]:
        agreement = sign * (z @ parameters[:-1] + parameters[-1])
        away = parameters - goal
        slope = -sign * expit(-agreement)
        gradient = np.concatenate((slope @ z, [slope.sum()])) + pull * away
        return float(np.logaddexp(0.0, -agreement).sum() + 0.5 * (pull * away) @ away), gradient

    bounds = None if floor is None else [*((least, None) for least in floor * spread), (None, None)]
    found = minimize(loss, goal, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    weights = found.x[:-1] / spread
    return Logistic(weights, float(found.x[-1] - centre @ weights), float(np.mean(y)))
