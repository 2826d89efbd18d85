"""Guessing without listening and without thinking: rules that look at the choices alone, or at them and the question.

A rule gives every choice of an item a number, and guesses the choice with the highest. Where several share it, each is
guessed as often as the others, so that an item counts for the share of them that is right; where all choices share it,
the rule says nothing there, and that is counted. No rule knows a gold answer.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.mmar.items import Item, Items

__all__ = ["HEURISTICS", "Guessed", "Heuristic", "guessed", "words_of"]

_Values = npt.NDArray[np.float64]
_Numbers = Sequence[float]
_Rarity = Mapping[str, float]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_NUMBER_WORDS = {
    name: value
    for value, name in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
}
_SWEEPING = re.compile(
    r"\b(all|none|both|neither|any)\b.*\b(above|these|them|options?|choices|of)\b|^(all|none|both|neither)\b"
    r"|\b(cannot|can't|can not|unable to|impossible to) (be )?(determined?|tell|told|known?|say)\b"
    r"|\b(uncertain|unknown|unclear|not sure|no opinion)\b",
    re.IGNORECASE,
)


def words_of(text: str) -> list[str]:
    """Return the words of a text, in lower case.

    Examples
    --------
    >>> words_of("He didn't: 3 dogs!")
    ['he', "didn't", '3', 'dogs']
    """
    return _WORD.findall(text.lower())


@dataclass(frozen=True)
class Heuristic:
    """A rule that guesses without listening."""

    name: str
    """What it is called."""
    about: str
    """Which choice it takes, in a line."""
    numbers: Callable[[Item, _Rarity], _Numbers]
    """A number for each choice, from an item and how rare each word is among all choices of the benchmark."""


@dataclass(frozen=True)
class Guessed:
    """What a rule guessed on all items."""

    heuristic: Heuristic
    """The rule."""
    taken: tuple[tuple[int, ...], ...]
    """The places of the choices that it guesses alike, for each item."""
    share: _Values
    """How much of each guess is right, 0 to 1, shape (n,): less than 1 where several choices were guessed alike."""
    decided: npt.NDArray[np.bool_]
    """Whether the rule preferred any choice to another, shape (n,)."""


def guessed(heuristic: Heuristic, items: Items) -> Guessed:
    """Return what a rule guesses, and how much of it is right."""
    rarity = _rarity(items)
    taken = tuple(_highest(heuristic.numbers(item, rarity)) for item in items)
    pairs = list(zip(items, taken, strict=True))
    share = np.array([(item.gold in places) / len(places) for item, places in pairs])
    decided = np.array([len(places) < len(item.choices) for item, places in pairs], dtype=np.bool_)
    return Guessed(heuristic, taken, share, decided)


def _highest(numbers: _Numbers) -> tuple[int, ...]:
    """Return the places of the highest number."""
    top = max(numbers)
    return tuple(place for place, number in enumerate(numbers) if number == top)


def _rarity(items: Items) -> _Rarity:
    """Return how rare each word of a choice is: the logarithm of one in how many items it stands in."""
    seen = Counter(word for item in items for word in {word for choice in item.choices for word in words_of(choice)})
    return {word: math.log(len(items) / count) for word, count in seen.items()}


def _of_choice(number: Callable[[str], float]) -> Callable[[Item, _Rarity], _Numbers]:
    """Return a rule that looks at each choice by itself."""
    return lambda item, _: [number(choice) for choice in item.choices]


def _shared(first: str, second: str) -> float:
    """Return the share of two texts' words that both have."""
    one, other = set(words_of(first)), set(words_of(second))
    return len(one & other) / len(one | other) if one | other else 0.0


def _like_others(sign: float) -> Callable[[Item, _Rarity], _Numbers]:
    def numbers(item: Item, _: _Rarity) -> _Numbers:
        n = len(item.choices)
        alike = [[_shared(one, other) for other in item.choices] for one in item.choices]
        return [sign * round(sum(alike[one][other] for other in range(n) if other != one), 9) for one in range(n)]

    return numbers


def _of_question(sign: float) -> Callable[[Item, _Rarity], _Numbers]:
    def numbers(item: Item, _: _Rarity) -> _Numbers:
        asked = set(words_of(item.question))
        return [sign * len(asked & set(words_of(choice))) for choice in item.choices]

    return numbers


def _rare(sign: float) -> Callable[[Item, _Rarity], _Numbers]:
    def numbers(item: Item, rarity: _Rarity) -> _Numbers:
        found = [[rarity[word] for word in words_of(choice)] for choice in item.choices]
        return [sign * round(sum(each) / len(each), 9) if each else -math.inf for each in found]

    return numbers


def _value(choice: str) -> float | None:
    """Return the one number that a choice names, in digits or as a word; None where it names none, or several."""
    named = [float(each) for each in _DIGITS.findall(choice)]
    named += [float(_NUMBER_WORDS[word]) for word in words_of(choice) if word in _NUMBER_WORDS]
    return named[0] if len(named) == 1 else None


def _by_value(number: Callable[[float, Sequence[float]], float]) -> Callable[[Item, _Rarity], _Numbers]:
    """Return a rule for items all of whose choices name one number; it says nothing of the others."""

    def numbers(item: Item, _: _Rarity) -> _Numbers:
        values = [_value(choice) for choice in item.choices]
        known = [value for value in values if value is not None]
        return [number(value, known) for value in known] if len(known) == len(values) else [0.0] * len(values)

    return numbers


def _says(word: str) -> Callable[[Item, _Rarity], _Numbers]:
    """Return a rule for items of which a choice begins with "yes" and another with "no"."""

    def numbers(item: Item, _: _Rarity) -> _Numbers:
        first = [next(iter(words_of(choice)), "") for choice in item.choices]
        return [float({"yes", "no"} <= set(first) and each == word) for each in first]

    return numbers


def _in_place(place: int) -> Callable[[Item, _Rarity], _Numbers]:
    return lambda item, _: [float(at == place % len(item.choices)) for at in range(len(item.choices))]


def _in_alphabet(item: Item, _: _Rarity) -> _Numbers:
    first = min(choice.casefold() for choice in item.choices)
    return [float(choice.casefold() == first) for choice in item.choices]


HEURISTICS: Mapping[str, Heuristic] = {
    rule.name: rule
    for rule in (
        Heuristic("longest", "the choice with the most characters", _of_choice(len)),
        Heuristic("shortest", "the choice with the fewest characters", _of_choice(lambda choice: -len(choice))),
        Heuristic("most words", "the choice with the most words", _of_choice(lambda choice: len(words_of(choice)))),
        Heuristic("first place", "the choice that stands first", _in_place(0)),
        Heuristic("last place", "the choice that stands last", _in_place(-1)),
        Heuristic("like the others", "the choice that shares the most words with the others", _like_others(1.0)),
        Heuristic("odd one out", "the choice that shares the fewest words with the others", _like_others(-1.0)),
        Heuristic("words of the question", "the choice with the most words of the question", _of_question(1.0)),
        Heuristic("not of the question", "the choice with the fewest words of the question", _of_question(-1.0)),
        Heuristic("rare words", "the choice whose words are the rarest among all choices: the most specific", _rare(1)),
        Heuristic("common words", "the choice whose words are the most common among all choices", _rare(-1)),
        Heuristic(
            "has a digit",
            "a choice with a digit, where others have none",
            _of_choice(lambda c: bool(_DIGITS.search(c))),
        ),
        Heuristic("largest number", "the largest, where every choice names one number", _by_value(lambda v, _: v)),
        Heuristic("smallest number", "the smallest, where every choice names one number", _by_value(lambda v, _: -v)),
        Heuristic(
            "middle number",
            "the nearest to the median, where every choice names one number",
            _by_value(lambda value, known: -abs(value - float(np.median(known)))),
        ),
        Heuristic(
            "sweeping",
            'a choice such as "all of them", "neither" or "cannot be told"',
            _of_choice(lambda choice: bool(_SWEEPING.search(choice))),
        ),
        Heuristic("says yes", '"yes", where the choice is between yes and no', _says("yes")),
        Heuristic("says no", '"no", where the choice is between yes and no', _says("no")),
        Heuristic(
            "first in the alphabet", "the first in the alphabet: a control that should tell nothing", _in_alphabet
        ),
    )
}
"""The rules by name, in the order in which they are told."""
