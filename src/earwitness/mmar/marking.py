"""What each answer is worth: right, wrong, unparsed, missing, refused or error, one verdict for every item.

Every item of the benchmark has its verdict, whatever a file holds, so the denominator is the benchmark's. An error is
not an answer, and is not searched for one; neither is what a model thought before it answered. Nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.mmar.answers import EXTRACTORS, extract, is_refusal
from earwitness.mmar.items import Item, Items
from earwitness.mmar.orders import Order

__all__ = ["VERDICTS", "Mark", "Marked", "Prediction", "mark", "marked", "marked_by_each"]

VERDICTS = ("right", "wrong", "unparsed", "missing", "refused", "error")
"""What can be said of an item: its gold choice was named; another was; an answer names none; there is no answer; the
model declined; there was a failure instead of an answer."""


@dataclass(frozen=True)
class Prediction:
    """What a model gave back for one item."""

    text: str | None
    """Its answer, as it gave it; None where there is none."""
    error: str = ""
    """Why there is none: a failure of the network, of a server, of the model. Empty where nothing failed."""
    refused: bool = False
    """Whether the model, or a filter of its server, declined to answer, and said so apart from any text."""
    order: Order | None = None
    """The order in which the choices were shown, which letters count in; None: as the item has them."""
    reasoning: str = ""
    """What it thought before it answered; never searched for an answer."""


class Mark(NamedTuple):
    """The verdict on one item."""

    verdict: str
    """One of ``VERDICTS``."""
    choice: int | None
    """The place of the choice that the answer was taken for; None unless right or wrong."""


@dataclass(frozen=True)
class Marked:
    """The verdicts on all items of a benchmark for one system."""

    name: str
    """The system."""
    items: Items
    """The items."""
    extractor: str
    """Which of the ``EXTRACTORS`` took the answers for choices."""
    marks: tuple[Mark, ...]
    """One for each item, in the order of the items."""

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many items have each of the ``VERDICTS``; they add up to the number of items."""
        counts = dict.fromkeys(VERDICTS, 0)
        for each in self.marks:
            counts[each.verdict] += 1
        return counts

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether each item is right, shape (n,)."""
        return np.array([each.verdict == "right" for each in self.marks], dtype=np.bool_)


def mark(item: Item, prediction: Prediction | None, *, extractor: str = "robust") -> Mark:
    """Return the verdict on one item.

    Parameters
    ----------
    item
        What was asked.
    prediction
        What came back; None where there is nothing.
    extractor
        Which of the ``EXTRACTORS`` takes the text for a choice. ``official`` may take it for several that it cannot
        tell apart: then the item is right if the gold choice is one of them.
    """
    return _mark(item, prediction, extractor, {})


def _mark(item: Item, prediction: Prediction | None, extractor: str, declined: dict[str, bool]) -> Mark:
    """Return the verdict; ``declined`` keeps what was found of texts, for the next extractor."""
    if prediction is None:
        return Mark("missing", None)
    if prediction.error:
        return Mark("error", None)
    if prediction.refused:
        return Mark("refused", None)
    text = prediction.text
    if text is None:
        return Mark("missing", None)
    order = tuple(range(len(item.choices))) if prediction.order is None else prediction.order
    if sorted(order) != list(range(len(item.choices))):
        raise ValueError(
            f"The order {order} does not show each of the {len(item.choices)} choices of {item.id!r} once."
        )
    shown = [item.choices[place] for place in order]
    places = [order[place] for place in extract(extractor, text, shown)]
    if item.gold in places:
        return Mark("right", item.gold)
    if places:
        return Mark("wrong", min(places))
    if text not in declined:
        declined[text] = is_refusal(text)
    return Mark("refused" if declined[text] else "unparsed", None)


def marked(items: Items, predictions: Mapping[str, Prediction], *, name: str, extractor: str = "robust") -> Marked:
    """Return the verdicts on all items.

    Parameters
    ----------
    items
        What was asked, and so what counts: an item without a prediction is missing.
    predictions
        By item id; what has another id is left out.
    name
        The system.
    extractor
        Which of the ``EXTRACTORS`` takes texts for choices.

    Raises
    ------
    ValueError
        When there is no such extractor.
    """
    if extractor not in EXTRACTORS:
        raise ValueError(f"There is no extractor {extractor!r}; expected one of {', '.join(EXTRACTORS)}.")
    marks = tuple(mark(item, predictions.get(item.id), extractor=extractor) for item in items)
    return Marked(name, items, extractor, marks)


def marked_by_each(items: Items, predictions: Mapping[str, Prediction], *, name: str) -> dict[str, Marked]:
    """Return the verdicts on all items under each of the ``EXTRACTORS``: what ``marked`` returns, in less time.

    Parameters
    ----------
    items, predictions, name
        As for ``marked``.
    """
    marks: dict[str, list[Mark]] = {extractor: [] for extractor in EXTRACTORS}
    for item in items:
        prediction = predictions.get(item.id)
        declined: dict[str, bool] = {}
        for extractor, found in marks.items():
            found.append(_mark(item, prediction, extractor, declined))
    return {extractor: Marked(name, items, extractor, tuple(found)) for extractor, found in marks.items()}
