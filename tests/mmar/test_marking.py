"""Every item has one verdict, and none is made up."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.mmar.answers import EXTRACTORS
from earwitness.mmar.items import Item, Items, read_items
from earwitness.mmar.marking import VERDICTS, Mark, Prediction, mark, marked, marked_by_each
from earwitness.mmar.orders import LETTERS, cyclic_orders
from earwitness.mmar.predictions import read_predictions
from mmar.exam import IDS, exam

ITEM = Item("x", "Which?", ("a dog", "a cat", "a horse"), gold=1)
REFUSAL = "I'm sorry, but I can't listen to audio."


@pytest.fixture(scope="module")
def published(shared: Path) -> Items:
    return read_items(shared / "data" / "mmar")


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (Prediction("B"), Mark("right", 1)),
        (Prediction("a cat"), Mark("right", 1)),
        (Prediction("C"), Mark("wrong", 2)),
        (Prediction("a horse"), Mark("wrong", 2)),
        (Prediction("a ferret"), Mark("unparsed", None)),
        (Prediction(""), Mark("unparsed", None)),
        (Prediction(" \n"), Mark("unparsed", None)),
        (Prediction(REFUSAL), Mark("refused", None)),
        (Prediction(None), Mark("missing", None)),
        (None, Mark("missing", None)),
        (Prediction(None, error="timeout"), Mark("error", None)),
        (Prediction("B", error="timeout"), Mark("error", None)),
        (Prediction(None, error="timeout", refused=True), Mark("error", None)),
        (Prediction("B", refused=True), Mark("refused", None)),
        (Prediction(None, refused=True), Mark("refused", None)),
        (Prediction("", reasoning="The answer is B."), Mark("unparsed", None)),
        (Prediction(None, reasoning="The answer is B."), Mark("missing", None)),
    ],
)
def test_each_verdict_has_its_cause(prediction: Prediction | None, expected: Mark) -> None:
    assert mark(ITEM, prediction) == expected


@pytest.mark.parametrize("order", cyclic_orders(ITEM))
def test_letters_mean_places_in_the_order_that_was_shown(order: tuple[int, ...]) -> None:
    for place, letter in zip(order, LETTERS, strict=False):
        expected = Mark("right" if place == ITEM.gold else "wrong", place)
        for extractor, said in [("letter", letter), ("robust", f"{letter}. {ITEM.choices[place]}")]:
            assert mark(ITEM, Prediction(said, order=order), extractor=extractor) == expected
        for extractor in ("official", "official-fixed"):
            assert mark(ITEM, Prediction(ITEM.choices[place], order=order), extractor=extractor) == expected


@pytest.mark.parametrize("order", [(0, 1), (0, 0, 1), (1, 2, 3), (0, 1, 2, 2)])
def test_an_order_that_is_none_of_the_item_is_refused(order: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="does not show each of the 3 choices of 'x' once"):
        mark(ITEM, Prediction("A", order=order))


def test_official_is_right_when_the_gold_choice_is_among_those_it_cannot_tell_apart() -> None:
    item = Item("x", "Which way?", ("left to right", "right to left"), gold=0)
    assert mark(item, Prediction("right to left"), extractor="official") == Mark("right", 0)
    assert mark(item, Prediction("right to left"), extractor="official-fixed") == Mark("wrong", 1)


def test_official_names_the_first_of_wrong_choices_that_it_cannot_tell_apart() -> None:
    item = Item("x", "Which way?", ("up", "left to right", "right to left"), gold=0)
    assert mark(item, Prediction("right to left"), extractor="official") == Mark("wrong", 1)


def test_every_item_is_marked_whatever_there_is(tmp_path: Path) -> None:
    items = exam(tmp_path)
    card = marked(items, {IDS[1]: Prediction("No"), "of no item": Prediction("a cat")}, name="one")
    assert card.counts == dict.fromkeys(VERDICTS, 0) | {"right": 1, "missing": 4}
    assert card.right.dtype == np.bool_ and card.right.tolist() == [False, True, False, False, False]
    assert (card.name, card.extractor, card.items) == ("one", "robust", items)


def test_an_extractor_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no extractor 'psychic'; expected one of official"):
        marked(exam(tmp_path), {}, name="one", extractor="psychic")


@given(st.lists(st.none() | st.text(max_size=20), min_size=5, max_size=5), st.sampled_from(list(EXTRACTORS)))
def test_the_verdicts_add_up_and_are_the_same_again(texts: list[str | None], extractor: str) -> None:
    items = Items(Path("items.jsonl"), "", tuple(Item(f"{n}", "?", ITEM.choices, gold=n % 3) for n in range(5)))
    given_ = {item.id: Prediction(text) for item, text in zip(items, texts, strict=True)}
    cards = [marked(items, given_, name="one", extractor=extractor) for _ in range(2)]
    assert cards[0].marks == cards[1].marks
    assert sum(cards[0].counts.values()) == 5 and tuple(cards[0].counts) == VERDICTS
    assert cards[0].counts["missing"] == texts.count(None)
    assert all((each.choice is not None) == (each.verdict in ("right", "wrong")) for each in cards[0].marks)


@pytest.mark.parametrize("form", ["text", "letter", "letter_text", "sentence", "cot", "think"])
def test_official_gives_the_verdicts_of_the_official_script(published: Items, shared: Path, form: str) -> None:
    path = shared / "data" / "mmar" / "predictions" / f"{form}.jsonl"
    recorded = {
        row["id"]: bool(row["official_match"]) for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    }
    card = marked(published, read_predictions(path, published).by_id, name=form, extractor="official")
    assert len(recorded) == 1_000
    assert dict(zip(published.by_id, card.right.tolist(), strict=True)) == recorded


def test_all_extractors_at_once_give_what_each_gives(published: Items, shared: Path) -> None:
    some_items = dataclasses.replace(published, rows=published.rows[:100])
    for form in ("cot", "letter"):
        given_ = dict(read_predictions(shared / "data" / "mmar" / "predictions" / f"{form}.jsonl", published).by_id)
        some = list(given_)
        given_ |= {some[0]: Prediction(REFUSAL), some[1]: Prediction(None), some[2]: Prediction(None, error="x")}
        del given_[some[3]]
        by_each = marked_by_each(some_items, given_, name=form)
        assert by_each == {name: marked(some_items, given_, name=form, extractor=name) for name in EXTRACTORS}
        assert [each.verdict for each in by_each["robust"].marks[:4]] == ["refused", "missing", "error", "missing"]


@pytest.mark.parametrize("text", ["", "\n", REFUSAL, "I cannot determine the answer from the audio."])
@pytest.mark.parametrize("extractor", ["letter", "robust"])
def test_nothing_is_credited_for_no_answer(published: Items, extractor: str, text: str) -> None:
    card = marked(published, dict.fromkeys(published.by_id, Prediction(text)), name="silent", extractor=extractor)
    assert card.counts["right"] == card.counts["wrong"] == 0
    assert card.counts["refused" if text.strip() else "unparsed"] == 1_000


def test_a_run_in_which_every_call_failed_is_right_nowhere(published: Items) -> None:
    failed = Prediction(None, error="[LMMS_EVAL_REQUEST_FAILED after 5 retries] Connection refused")
    for extractor in EXTRACTORS:
        card = marked(published, dict.fromkeys(published.by_id, failed), name="failed", extractor=extractor)
        assert card.counts == dict.fromkeys(VERDICTS, 0) | {"error": 1_000}
