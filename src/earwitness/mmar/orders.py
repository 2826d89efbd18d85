"""In which order an item's choices are shown: as the file has them, and turned, so that each stands in every place."""

from __future__ import annotations

from earwitness.mmar.items import Item

__all__ = ["LETTERS", "Order", "cyclic_orders"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What the choices are called, in the order in which they are shown."""

Order = tuple[int, ...]
"""The places of an item's choices, in the order in which they are shown."""


def cyclic_orders(item: Item, *, limit: int | None = None) -> tuple[Order, ...]:
    """Return an item's choices in their own order, and turned by one, two ... places.

    Over all of them each choice stands in each place once, so that a model that likes a letter gains nothing by it.

    Parameters
    ----------
    item
        Whose choices.
    limit
        At most so many orders; None: as many as there are choices.

    Examples
    --------
    >>> cyclic_orders(Item("x", "?", ("one", "two", "three"), gold=0))
    ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    """
    n = len(item.choices)
    if limit is not None and limit < 1:
        raise ValueError(f"There is one order at least; got a limit of {limit}.")
    return tuple(tuple((place + turn) % n for place in range(n)) for turn in range(min(n, limit or n)))
