"""Rules that guess without listening: what each takes, and what they come to on MMAR."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.mmar.heuristics import HEURISTICS, guessed, words_of
from earwitness.mmar.items import Item, Items, read_items


def _items(*rows: tuple[str, tuple[str, ...]], gold: int = 0) -> Items:
    made = [Item(f"item-{at}", question, choices, gold) for at, (question, choices) in enumerate(rows)]
    return Items(Path("made.jsonl"), "0" * 64, tuple(made))


def _taken(rule: str, question: str, *choices: str) -> tuple[int, ...]:
    return guessed(HEURISTICS[rule], _items((question, choices))).taken[0]


@pytest.mark.parametrize(
    ("rule", "choices", "taken"),
    [
        ("longest", ("a cat", "an elephant", "a dog"), (1,)),
        ("shortest", ("a cat", "an elephant", "a dog"), (0, 2)),
        ("most words", ("a big red cat", "elephants", "dogs"), (0,)),
        ("first place", ("x", "y", "z"), (0,)),
        ("last place", ("x", "y", "z"), (2,)),
        ("like the others", ("a red cat", "a red dog", "music"), (0, 1)),
        ("odd one out", ("a red cat", "a red dog", "music"), (2,)),
        ("words of the question", ("a drum", "what a bell", "a horn"), (1,)),
        ("not of the question", ("what rings", "a bell", "it is what"), (1,)),
        ("has a digit", ("two", "3", "four"), (1,)),
        ("largest number", ("2 times", "seven times", "3"), (1,)),
        ("smallest number", ("2 times", "seven times", "3"), (0,)),
        ("middle number", ("2", "9", "5"), (2,)),
        ("middle number", ("2", "4", "5", "9"), (1, 2)),
        # Where a choice names no number, or two of them, nothing is said.
        ("largest number", ("2", "many"), (0, 1)),
        ("largest number", ("1:3", "3:1"), (0, 1)),
        ("sweeping", ("a dog", "Both of them", "a cat"), (1,)),
        ("sweeping", ("a dog", "Cannot be determined", "a cat"), (1,)),
        ("says no", ("Yes", "No"), (1,)),
        ("says yes", ("No, she is not", "Yes, she is"), (1,)),
        ("says no", ("No", "Maybe"), (0, 1)),
        ("first in the alphabet", ("cow", "Ant", "bee"), (1,)),
    ],
)
def test_a_rule_takes_the_choices_that_it_names(rule: str, choices: tuple[str, ...], taken: tuple[int, ...]) -> None:
    assert _taken(rule, "What rings?", *choices) == taken


def test_rare_words_are_those_of_few_items() -> None:
    items = _items(("?", ("the dog", "the gong")), ("?", ("the dog", "the cat")), ("?", ("the dog", "the owl")))
    assert guessed(HEURISTICS["rare words"], items).taken == ((1,), (1,), (1,))
    assert guessed(HEURISTICS["common words"], items).taken == ((0,), (0,), (0,))


def test_a_choice_without_words_is_neither_rare_nor_common() -> None:
    items = _items(("?", ("?!", "the gong")), ("?", ("", "the dog")))
    assert guessed(HEURISTICS["rare words"], items).taken == ((1,), (1,))
    assert guessed(HEURISTICS["common words"], items).taken == ((1,), (1,))


def test_choices_that_a_rule_cannot_tell_apart_share_the_guess() -> None:
    found = guessed(HEURISTICS["longest"], _items(("?", ("one", "two", "six", "x")), ("?", ("a", "b")), gold=1))
    assert found.share.tolist() == [1 / 3, 0.5]
    assert found.decided.tolist() == [True, False]


_CHOICES = st.lists(st.text(max_size=12), min_size=2, max_size=6, unique_by=str.strip)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text(min_size=1), _CHOICES.map(tuple)), min_size=1, max_size=4))
def test_over_all_places_of_the_right_choice_no_rule_does_better_than_a_guess(
    rows: list[tuple[str, tuple[str, ...]]],
) -> None:
    """No rule knows a gold answer: what it takes does not hang on it, and its shares add up to one."""
    made = [Item(f"item-{at}", question, choices, 0) for at, (question, choices) in enumerate(rows)]
    first = Items(Path("made.jsonl"), "", tuple(made))
    for rule in HEURISTICS.values():
        total = np.zeros(len(made))
        for gold in range(6):
            turned = [Item(each.id, each.question, each.choices, min(gold, len(each.choices) - 1)) for each in made]
            found = guessed(rule, Items(first.path, "", tuple(turned)))
            assert found.taken == guessed(rule, first).taken
            total += np.where([gold < len(each.choices) for each in made], found.share, 0.0)
        assert total == pytest.approx(1.0)


def test_words_keep_their_apostrophes_and_lose_all_else() -> None:
    assert words_of("She DIDN'T say \u201cno\u201d: 3.5 dogs_cats!") == [
        "she",
        "didn't",
        "say",
        "no",
        "3",
        "5",
        "dogs",
        "cats",
    ]


def test_on_mmar_length_tells_nothing(shared: Path) -> None:
    items = read_items(shared / "data" / "mmar")
    for rule, percent in (("longest", 29.9), ("shortest", 29.8)):
        # An audit that breaks no ties has 29.95 and 29.85.
        assert 100 * guessed(HEURISTICS[rule], items).share.mean() == pytest.approx(percent, abs=0.06)


def test_on_mmar_the_largest_number_is_hardly_ever_right(shared: Path) -> None:
    found = guessed(HEURISTICS["largest number"], read_items(shared / "data" / "mmar"))
    assert found.decided.sum() == 141
    assert found.share[found.decided].sum() < 10, "a guess would be right on 35"
