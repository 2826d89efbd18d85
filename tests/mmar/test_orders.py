"""Over all its orders each choice of an item stands in each place once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.mmar.items import Item
from earwitness.mmar.orders import LETTERS, cyclic_orders


def _item(n: int) -> Item:
    return Item("x", "?", tuple(f"choice {place}" for place in range(n)), gold=0)


@given(st.integers(2, 12))
def test_each_choice_stands_in_each_place_once(n: int) -> None:
    orders = cyclic_orders(_item(n))
    assert orders[0] == tuple(range(n))
    assert [sorted(order) for order in orders] == [list(range(n))] * n
    assert [sorted(places) for places in zip(*orders, strict=True)] == [list(range(n))] * n


@given(st.integers(2, 12), st.integers(1, 20))
def test_a_limit_takes_the_first_orders(n: int, limit: int) -> None:
    assert cyclic_orders(_item(n), limit=limit) == cyclic_orders(_item(n))[:limit]


@pytest.mark.parametrize("limit", [0, -1])
def test_no_order_at_all_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match=f"one order at least; got a limit of {limit}"):
        cyclic_orders(_item(3), limit=limit)


def test_there_is_one_letter_a_place() -> None:
    assert len(set(LETTERS)) == len(LETTERS) == 26
