"""What a recording draws from its row: a row holds ranges, a specimen holds the numbers that were drawn.

A row of the table is a tree of frozen dataclasses. A field of type ``Range`` is drawn once for a recording; one of
type ``Each`` is drawn anew for every note, blow or grain in it. Everything else is what the class of sounds has in
common.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar

import numpy as np

__all__ = ["SPLITS", "Each", "Range", "draw", "drawn", "number"]

SPLITS = ("train", "test")
"""The splits of a bank. Each draws from four fifths of a ``Range``; three fifths are common to both. The events of a
recording draw from the whole of an ``Each``, whatever its split."""

Range = Annotated[float | tuple[float, float], "once a recording"]
"""A number, or the (lowest, highest) that a recording draws one from: see ``draw``."""

Each = Annotated[float | tuple[float, float], "once an event"]
"""A number, or the (lowest, highest) that every event in a recording draws one from: see ``draw``."""

_OWN = 0.2  # the share of a range that only one split draws from

_Row = TypeVar("_Row")


def draw(span: float | tuple[float, float], *, rng: np.random.Generator) -> float:
    """Draw a number from a range: evenly in its logarithm when both ends are positive, else evenly.

    Examples
    --------
    >>> draw(3.0, rng=np.random.default_rng(1))
    3.0
    """
    return _at(span, float(rng.random())) if isinstance(span, tuple) else float(span)


def number(value: float | tuple[float, float]) -> float:
    """Return a value that ``drawn`` has drawn.

    Raises
    ------
    TypeError
        When it is a range still: a synthesiser of the table was called as it stands.
    """
    if isinstance(value, tuple):
        raise TypeError(f"expected a number that has been drawn, got the range {value!r}: see ranges.drawn")
    return float(value)


def drawn(
    row: _Row, *, rng: np.random.Generator, split: str | None = None, name: str = ""
) -> tuple[_Row, dict[str, float]]:
    """Draw every ``Range`` of a row; an ``Each`` stays, for the events of the recording to draw from.

    Parameters
    ----------
    row
        A dataclass; dataclasses and tuples in it are drawn too.
    rng
        Draws the numbers.
    split
        ``"train"`` or ``"test"`` draws from that split's part of each ``Range``; None from all of it.
    name
        What the row is called: with the field's own name it decides at which end of a range a split has its own part.

    Returns
    -------
    row
        The same with a number in place of each ``Range``.
    parameters : dict of str to float
        What was drawn, by the path of the field: ``{"timbre.rolloff": 0.71, "resonances.0.0": 523.1}``.
    """
    parameters: dict[str, float] = {}

    def visit(value: Any, hint: Any, path: str) -> Any:
        if hint == Range:
            if isinstance(value, tuple):
                share = _share(float(rng.random()), split, f"{name}/{path}")
                parameters[path] = value = _at(value, share)
            return value
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            hints = _hints(type(value))
            made = {f: visit(getattr(value, f), h, f"{path}.{f}" if path else f) for f, h in hints.items()}
            return dataclasses.replace(value, **made)
        if isinstance(value, tuple):
            return tuple(
                visit(item, item_hint, f"{path}.{k}")
                for k, (item, item_hint) in enumerate(zip(value, _of_items(hint, len(value)), strict=True))
            )
        return value

    return visit(row, type(row), ""), parameters


def _at(span: tuple[float, float], share: float) -> float:
    low, high = span
    value = low * (high / low) ** share if low > 0 else low + (high - low) * share
    return round(value, 9)


def _share(chance: float, split: str | None, name: str) -> float:
    """Return how far along its range a parameter lies."""
    if split is None:
        return chance
    # Which split has the lower end goes by a hash: no split is the low, short or loud one throughout.
    lower = SPLITS[hashlib.sha256(name.encode()).digest()[0] % 2]
    return (1.0 - _OWN) * chance + (0.0 if split == lower else _OWN)


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _of_items(hint: Any, count: int) -> Iterator[Any]:
    """Return the type of each item of a tuple, as the field that holds it declares."""
    while typing.get_origin(hint) is types.UnionType:  # "tuple[...] | None"
        hint = next(part for part in typing.get_args(hint) if typing.get_origin(part) is tuple)
    inner = typing.get_args(hint)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return iter([inner[0]] * count)
    return iter(inner if inner else [Any] * count)
