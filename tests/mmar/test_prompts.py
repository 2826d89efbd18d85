"""What models are told: the question and each choice once, in the order that was asked for, and nothing formatted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import BenchmarkError
from earwitness.mmar.items import Item
from earwitness.mmar.orders import cyclic_orders
from earwitness.mmar.prompts import PROMPTS, Prompt, own_prompt, prompt_text

BRACES = Item("x", "What is {choices} in {0}?", ("{question}", "100 %", "\\1 {}"), gold=0)


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=list(PROMPTS))
def test_braces_are_put_in_as_they_are(prompt: Prompt) -> None:
    text = prompt_text(prompt, BRACES)
    assert text.count("What is {choices} in {0}?") == 1
    assert all(text.count(choice) == 1 for choice in BRACES.choices)


def test_letters_name_places_in_the_order_that_is_shown() -> None:
    item = Item("x", " Which? ", ("one", "two", "three"), gold=2)
    for order in cyclic_orders(item):
        lines = prompt_text(PROMPTS["reason"], item, order=order).splitlines()
        shown = [f"{letter}. {item.choices[place]}" for letter, place in zip("ABC", order, strict=True)]
        assert lines[-4:] == ["Question: Which?", *shown]


def test_a_prompt_without_letters_quotes_the_choices() -> None:
    item = Item("x", "Which?", ("one", ""), gold=0)
    assert 'Choose one of these: "", "one".' in prompt_text(PROMPTS["text"], item, order=(1, 0))


def test_a_description_stands_before_the_question() -> None:
    text = prompt_text(PROMPTS["letter"], BRACES, heard=" A dog {barks}. ")
    assert text.startswith("What the recording holds, as it was described:\nA dog {barks}.\n\nWhat is {choices}")


@pytest.mark.parametrize("order", [(0, 1), (0, 1, 1), (0, 1, 2, 0)])
def test_an_order_that_is_none_is_refused(order: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="does not show each choice of 'x' once"):
        prompt_text(PROMPTS["letter"], BRACES, order=order)


@pytest.mark.parametrize("template", ["", "{question}", "{choices}", "{Question} {choices}"])
def test_an_own_prompt_has_both_places(template: str) -> None:
    with pytest.raises(BenchmarkError, match="'mine' has no place for"):
        own_prompt("mine", template)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_version_changes_with_the_text_and_only_with_it(first: str, second: str) -> None:
    made = [own_prompt("mine", f"{{question}}{text}{{choices}}") for text in (first, second)]
    assert (made[0].version == made[1].version) == (first == second)


def test_prompts_of_the_same_words_under_other_names_differ() -> None:
    one, other = (Prompt(name, "{question}{choices}") for name in ("one", "other"))
    assert one.version != other.version != Prompt("other", "{question}{choices}", lettered=False).version
