"""What arms and orders change: systems whose fault is known, and the numbers that must show it."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import PredictionsError
from earwitness.mmar.effects import OrderEffects, gain, order_effects, shortcuts
from earwitness.mmar.items import Item, Items
from earwitness.mmar.marking import Mark
from earwitness.mmar.orders import Order, cyclic_orders
from earwitness.scores.stats import poisson_binomial_test
from mmar.made import Chooses, guesser, in_orders, items_of, system

N = 400


@pytest.fixture(scope="module")
def items() -> Items:
    """As MMAR: mostly four choices, some two, a few three; the right one stands anywhere."""
    rng = np.random.default_rng(5)
    made = items_of([(4, 4, 4, 2, 3)[n % 5] for n in range(N)], sources=[f"{n // 2}" for n in range(N)])
    rows = tuple(dataclasses.replace(item, gold=int(rng.integers(len(item.choices)))) for item in made)
    return dataclasses.replace(made, rows=rows)


def effects(items: Items, chooses: Chooses, *, orders: int = 4) -> OrderEffects:
    return order_effects(in_orders(items, chooses, orders=orders), rng=np.random.default_rng(1))


def first_place(item: Item, order: Order) -> int:
    return order[0]


def knows(item: Item, order: Order) -> int:
    return item.gold


def test_who_knows_is_consistent_and_right_in_all_orders(items: Items) -> None:
    found = effects(items, knows)
    assert [(each.number, each.n, each.right) for each in found.orders] == [
        (0, 400, 400),
        (1, 400, 400),
        (2, 320, 320),
        (3, 240, 240),
    ]
    assert found.consistent.count == found.circular.count == 400
    assert 0 < found.circular.p < 1e-100
    assert all(place.chosen == place.gold == place.right and place.p == 1.0 for place in found.places)


def test_who_takes_the_first_place_is_right_once_and_never_consistent(items: Items) -> None:
    found = effects(items, first_place)
    assert found.consistent.count == found.circular.count == 0
    assert found.consistent.share.high < 0.05
    asked = 2 * 80 + 3 * 80 + 4 * 240
    first, *others = found.places
    assert (first.letter, first.shown, first.chosen, first.gold, first.right) == ("A", asked, asked, 400, 400)
    assert first.accuracy.value == 1.0
    assert all(place.chosen == place.right == 0 and place.gold > 0 for place in others)
    assert all(place.p_holm < 0.05 for place in found.places)


def test_who_takes_the_same_wrong_choice_is_consistent_and_has_no_liking_for_a_place(items: Items) -> None:
    found = effects(items, lambda item, order: (item.gold + 1) % len(item.choices))
    assert found.consistent.count == 400 and found.circular.count == 0
    assert all(place.chosen == place.gold and place.p == 1.0 for place in found.places)


def test_a_guesser_is_at_what_guessing_earns(items: Items, rng: np.random.Generator) -> None:
    found = effects(items, guesser(rng))
    sizes = np.array([len(item.choices) for item in items])
    assert found.circular.by_guessing == pytest.approx(np.mean((1 / sizes) ** sizes))
    assert found.consistent.by_guessing == pytest.approx(np.mean(sizes * (1 / sizes) ** sizes))
    assert found.circular.p == poisson_binomial_test(found.circular.count, (1 / sizes) ** sizes)
    assert min(found.circular.p, found.consistent.p) > 0.01
    assert min(place.p_holm for place in found.places) > 0.01


def test_a_liking_for_one_place_is_found_among_guesses(items: Items, rng: np.random.Generator) -> None:
    guess = guesser(rng)
    found = effects(items, lambda item, order: order[1] if rng.random() < 0.2 else guess(item, order))
    liked = found.places[1]
    assert liked.letter == "B" and liked.p_holm < 0.01 and liked.chosen > liked.expected
    assert liked.accuracy.value > max(found.places[at].accuracy.value for at in (0, 2, 3))


def test_the_test_of_places_is_wrong_no_more_often_than_it_says(rng: np.random.Generator) -> None:
    few = items_of([4] * 60, sources=[f"{n // 3}" for n in range(60)])
    least = [min(place.p_holm for place in effects(few, guesser(rng)).places) for _ in range(150)]
    assert np.mean(np.array(least) <= 0.05) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 150)


def test_an_item_without_an_answer_is_neither_consistent_nor_right_in_all_orders(items: Items) -> None:
    silent = {item.id for item in items.rows[:50]}
    found = effects(items, lambda item, order: None if item.id in silent and order[0] == 1 else item.gold, orders=2)
    assert found.unanswered == 50
    assert (found.consistent.n, found.consistent.count, found.circular.count) == (400, 350, 350)
    assert [(each.n, each.right) for each in found.orders] == [(400, 400), (400, 350)]
    assert sum(place.expected for place in found.places) == 750 and sum(place.gold for place in found.places) == 800


def test_items_that_are_silent_in_every_order_are_not_consistent(items: Items) -> None:
    found = effects(items, lambda item, order: None)
    assert found.consistent.count == 0 and found.unanswered == sum(each.n for each in found.orders)
    assert all(place.p == 1.0 for place in found.places)


@given(st.data())
@settings(max_examples=40)
def test_every_number_is_that_of_looking_at_each_item(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.sampled_from([2, 3, 4, 5]), min_size=2, max_size=6))
    orders = data.draw(st.integers(2, 5))
    few = items_of(sizes)
    answers = {
        (item.id, turn): data.draw(st.none() | st.integers(0, len(item.choices) - 1))
        for item in few
        for turn in range(min(orders, len(item.choices)))
    }
    marks = in_orders(
        few,
        lambda item, order: answers.get((item.id, cyclic_orders(item).index(order))),
        orders=orders,
    )
    found = order_effects(marks, rng=np.random.default_rng(1))
    of_item = {item.id: [each for (name, _), each in answers.items() if name == item.id] for item in few}
    assert found.consistent.count == sum(len(set(each)) == 1 and None not in each for each in of_item.values())
    assert found.circular.count == sum(set(each) == {0} for each in of_item.values())
    assert found.unanswered == sum(each is None for each in answers.values())
    shown = {key: cyclic_orders(few.by_id[key[0]])[key[1]] for key in answers}
    for at, place in enumerate(found.places):
        assert place.shown == sum(at < len(order) for order in shown.values())
        assert place.chosen == sum(at < len(shown[key]) and shown[key][at] == each for key, each in answers.items())
        assert place.gold == sum(at < len(order) and order[at] == 0 for order in shown.values())
        assert place.right == sum(at < len(shown[key]) and shown[key][at] == each == 0 for key, each in answers.items())
    assert shortcuts(marks).ids == tuple(name for name, each in of_item.items() if set(each) == {0})


def test_orders_of_ones_own_are_read(items: Items) -> None:
    """Both orders of an item may be given by hand; letters mean places in them."""
    two = items_of([3, 3])
    own: dict[str, list[Order]] = {"item-0": [(2, 1, 0), (1, 0, 2)], "item-1": [(0, 1, 2), (2, 0, 1)]}
    marks = [system(two, [True, False]), system(two, [True, True])]
    found = order_effects(marks, rng=np.random.default_rng(1), orders=own)
    assert [place.gold for place in found.places] == [1, 2, 1]
    assert [place.chosen for place in found.places] == [0, 3, 1]
    assert found.circular.count == 1
    with pytest.raises(ValueError, match=r"marks of 2 orders; the item 'item-1' has 3"):
        order_effects(marks, rng=np.random.default_rng(1), orders={**own, "item-1": [(0, 1, 2)] * 3})
    with pytest.raises(ValueError, match="each item is asked in two orders or more"):
        order_effects(marks, rng=np.random.default_rng(1), orders={**own, "item-1": [(0, 1, 2)]})


def test_one_order_tells_nothing(items: Items) -> None:
    with pytest.raises(ValueError, match="two orders or more"):
        effects(items, knows, orders=1)
    with pytest.raises(ValueError, match="one order or more; got none"):
        shortcuts([])


def test_shortcuts_in_one_order_are_mostly_luck_and_in_all_orders_are_not(
    items: Items, rng: np.random.Generator
) -> None:
    """Of 400 items 40 are known without ears; the rest is guessed."""
    known = {item.id for item in items.rows[:40]}
    guess = guesser(rng)
    marks = in_orders(items, lambda item, order: item.gold if item.id in known else guess(item, order), orders=4)
    once, always = shortcuts(marks[:1]), shortcuts(marks)
    assert once.solved.count > 120 and len(known & set(once.ids)) == 40
    assert once.solved.by_guessing == pytest.approx(np.mean([item.chance for item in items]))
    assert known < set(always.ids) and always.solved.count < 80
    assert always.solved.by_guessing < 0.08 and always.solved.p < 1e-4
    assert (once.orders, always.orders) == (1, 4)


def test_the_gain_of_audio_is_told_by_modality(rng: np.random.Generator) -> None:
    """Ears that help with speech alone."""
    kinds = ["speech", "music"] * 200
    some = items_of([4] * 400, modality=kinds)
    text = rng.random(400) < 0.3
    audio = np.where(np.array(kinds) == "speech", text | (rng.random(400) < 0.5), text)
    found = gain(system(some, audio, name="audio"), system(some, text, name="text"), rng=rng)
    assert (found.overall.first, found.overall.second) == ("audio", "text")
    assert found.overall.difference.value == pytest.approx(audio.mean() - text.mean())
    assert found.overall.p < 1e-6 and found.overall.difference.low > 0
    assert list(found.by_modality) == ["music", "speech"]
    speech, music = found.by_modality["speech"], found.by_modality["music"]
    assert speech.p_holm == 2 * speech.p > 0 and speech.n == 200
    assert music.p_holm == 1.0 and music.difference.value == 0.0


def test_arms_of_other_items_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(PredictionsError, match="not marked on the same items"):
        gain(system(items_of([4] * 3), [True] * 3), system(items_of([4] * 2), [True] * 2), rng=rng)


def test_marks_of_items_in_another_order_are_put_right(items: Items) -> None:
    one, two = in_orders(items, knows, orders=2)
    turned = dataclasses.replace(items, rows=items.rows[::-1])
    marks = tuple(Mark("right", item.gold) for item in turned)
    found = order_effects([one, dataclasses.replace(two, items=turned, marks=marks)], rng=np.random.default_rng(1))
    assert found.circular.count == 400
