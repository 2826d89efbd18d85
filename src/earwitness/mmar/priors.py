"""What the words of a benchmark give away: a classifier of question and choices, tested on videos it never saw.

For each choice there are the words and pairs of words in it, and each of its words together with each word of the
question. A conditional logistic regression (McFadden, "Conditional logit analysis of qualitative choice behavior",
1974) weighs them so that the gold choice is the likeliest of its item. It is fitted to four fifths of the videos and
guesses the rest, five times over, so that no item is guessed by what was learned from its own video. Nothing is tuned:
the strength of the penalty is fixed, as for weights that are expected to be about 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from earwitness.errors import BenchmarkError
from earwitness.mmar.heuristics import words_of
from earwitness.mmar.items import Item, Items
from earwitness.rng import generator

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["FOLDS", "RIDGE", "TextPrior", "Weighed", "drawn_gold", "text_prior", "weighed"]

_Values = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.intp]

FOLDS = 5
"""Into how many parts the videos are put, each of which is guessed by what was learned from the others."""
RIDGE = 1.0
"""The penalty on half the sum of squared weights."""

_FEWEST_ITEMS = 3  # what stands in fewer was learned from one at most, when it is to tell about another
_STEPS = 200
_ENOUGH = 1e-5  # the relative gain of a step below which fitting ends


@dataclass(frozen=True)
class Weighed:
    """The choices of all items as numbers, and which part each item is in."""

    items: Items
    """The items."""
    numbers: sparse.csr_array
    """What stands in each choice, shape (all choices of all items, what can stand there)."""
    start: _Ints
    """Where each item's choices begin among all, and at the end their number; shape (n + 1,)."""
    part: _Ints
    """The part, from 0, in which each item is guessed, shape (n,); one source is in one part."""


@dataclass(frozen=True)
class TextPrior:
    """What the classifier guessed on all items."""

    probability: tuple[_Values, ...]
    """How likely it took each choice of each item to be right; of an item they add up to 1."""
    choice: _Ints
    """The choice that it took, shape (n,); between choices that read the same to it, one at random."""
    decided: npt.NDArray[np.bool_]
    """Whether it took that choice for likelier than every other, shape (n,)."""
    right: npt.NDArray[np.bool_]
    """Whether that is the gold choice, shape (n,)."""


def weighed(items: Items, *, with_question: bool = True, folds: int = FOLDS) -> Weighed:
    """Turn the choices of all items into numbers; gold answers are not looked at.

    Parameters
    ----------
    items
        The items.
    with_question
        Whether the words of a choice are also taken together with those of the question; else the question is unseen.
    folds
        Into how many parts the sources are put.

    Raises
    ------
    BenchmarkError
        When there are fewer sources than parts.
    """
    from scipy import sparse
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.model_selection import GroupKFold

    sources = np.unique([item.source for item in items], return_inverse=True)[1]
    if folds < 2 or sources.max() + 1 < folds:
        raise BenchmarkError(
            f"The items of '{items.path}' come from {sources.max() + 1} recordings, which cannot be put into {folds} "
            "parts to learn from some and guess the others."
        )
    rows = [_told(item, choice, with_question) for item in items for choice in item.choices]
    start = np.cumsum([0] + [len(item.choices) for item in items])
    numbers = sparse.csr_array(DictVectorizer().fit_transform(rows))
    of_item = sparse.csr_array((np.ones(start[-1]), np.arange(start[-1]), start))
    items_with = np.bincount((of_item @ numbers).tocsr().indices, minlength=numbers.shape[1])
    numbers = numbers[:, np.flatnonzero(items_with >= _FEWEST_ITEMS)]
    part = np.zeros(len(items), dtype=np.intp)
    for number, (_, held) in enumerate(GroupKFold(folds).split(sources, groups=sources)):
        part[held] = number
    return Weighed(items, numbers, start, part)


def _told(item: Item, choice: str, with_question: bool) -> dict[str, float]:
    """Return what stands in a choice, each with the number that it counts for."""
    words = words_of(choice)
    told = {word: 1.0 for word in words}
    told |= {f"{first} {second}": 1.0 for first, second in pairwise(("^", *words, "$"))}
    if with_question:
        # There are many of these; each counts for a little.
        told |= {f"{asked}|{word}": 0.3 for asked in set(words_of(item.question)) for word in set(words)}
    return told


def text_prior(choices: Weighed, *, seed: int = 0, gold: npt.ArrayLike | None = None) -> TextPrior:
    """Guess every item from its words, by what the words of other videos' items give away.

    Parameters
    ----------
    choices
        From ``weighed``.
    seed
        For guesses between choices that read the same.
    gold
        The place of each item's right choice, shape (n,); None: the gold answers. Others show what would be seen if
        answers had nothing to do with words.
    """
    places = np.array([item.gold for item in choices.items]) if gold is None else np.asarray(gold, dtype=np.intp)
    probability: list[_Values] = [np.empty(0)] * len(places)
    for held in range(int(choices.part.max()) + 1):
        known, start = _some(choices, np.flatnonzero(choices.part != held))
        weights = _fitted(known, start, places[choices.part != held])
        guess = np.flatnonzero(choices.part == held)
        asked, start = _some(choices, guess)
        likely = _softmax(asked @ weights, start)
        for at, place in enumerate(guess):
            probability[place] = likely[start[at] : start[at + 1]]
    likeliest = [_likeliest(each) for each in probability]
    named = zip(likeliest, choices.items, strict=True)
    taken = np.array([_one_of(best, seed, item.id) for best, item in named], dtype=np.intp)
    decided = np.array([len(best) == 1 for best in likeliest], dtype=np.bool_)
    return TextPrior(tuple(probability), taken, decided, taken == places)


def _some(choices: Weighed, wanted: _Ints) -> tuple[sparse.csr_array, _Ints]:
    """Return the numbers of some items' choices, and where each of these items begins."""
    first, size = choices.start[wanted], np.diff(choices.start)[wanted]
    start = np.r_[0, np.cumsum(size)]
    rows = np.arange(start[-1]) + np.repeat(first - start[:-1], size)
    return choices.numbers[rows], start


def _fitted(numbers: sparse.csr_array, start: _Ints, gold: _Ints) -> _Values:
    """Return the weights under which gold choices are the likeliest, less the penalty."""
    from scipy.optimize import minimize

    by_number = numbers.T.tocsr()
    golden = start[:-1] + gold
    wanted = by_number[:, golden].sum(axis=1)

    def loss(weights: _Values) -> tuple[float, _Values]:
        said = numbers @ weights
        likely = _softmax(said, start)
        fault = -float(np.log(likely[golden]).sum()) + 0.5 * RIDGE * float(weights @ weights)
        return fault, by_number @ likely - wanted + RIDGE * weights

    options = {"maxiter": _STEPS, "ftol": _ENOUGH, "maxcor": 5}
    weights: _Values = minimize(loss, np.zeros(numbers.shape[1]), jac=True, method="L-BFGS-B", options=options).x
    return weights


def _softmax(said: _Values, start: _Ints) -> _Values:
    """Return what adds up to 1 within each item."""
    size = np.diff(start)
    raised = np.exp(said - np.repeat(np.maximum.reduceat(said, start[:-1]), size))
    likely: _Values = raised / np.repeat(np.add.reduceat(raised, start[:-1]), size)
    return likely


def _likeliest(likely: _Values) -> _Ints:
    """Return the places of the likeliest choice, and of those that are as likely but for rounding."""
    return np.flatnonzero(likely >= likely.max() - 1e-9)


def _one_of(places: _Ints, seed: int, name: str) -> int:
    """Return one place, at random where there are several."""
    return int(places[0] if len(places) == 1 else generator(seed, "text prior", name).choice(places))


def drawn_gold(items: Items, *, rng: np.random.Generator) -> _Ints:
    """Return right choices drawn at random: answers that have nothing to do with the words."""
    return np.array([rng.integers(len(item.choices)) for item in items], dtype=np.intp)
