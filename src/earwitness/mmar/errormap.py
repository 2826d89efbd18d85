"""Where a model goes wrong: what it heard, by the rubric's points for perception, against what it answered.

An item is heard when the model got at least half of its points for perception, each from more than half of the raters.
With the verdict on the answer that makes four places: heard and reasoned; heard, but failed to reason; right for the
wrong reason; not heard. What has no place is counted apart: no answer could be marked, no rater judged it, or its
rubric asks for nothing that is heard.

Beside it stands a split of the wrong answers alone, by the first thing that is missing on the way to an answer:
perception, then knowledge, then reasoning; a wrong answer of which nothing is missing, or one that names no choice, is
"other". That is the nearest to the causes of error that MMAR's authors report, and not the same: theirs come from an
analysis of wrong answers, these from points of a rubric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.mmar.chance import source_design
from earwitness.mmar.cues import Kind, kinds_of
from earwitness.mmar.items import Items
from earwitness.mmar.marking import Marked
from earwitness.mmar.rubrics import Judged
from earwitness.scores.stats import Estimate, estimate

__all__ = ["HEARD", "MISSING", "PAPER", "PLACES", "ErrorMap", "error_map"]

_Values = npt.NDArray[np.float64]

PLACES = (
    "heard and reasoned",
    "heard but failed to reason",
    "right for the wrong reason",
    "not heard",
    "no answer",
    "not judged",
    "nothing to hear",
)
"""Where an item can be. The last three have no place among the first four: its answer names no choice, or there is
none; no rater judged it; its rubric has no point for perception."""
MISSING = ("perception", "reasoning", "knowledge", "other", "not judged")
"""What a wrong answer lacked first."""
PAPER: Mapping[str, float] = {"perception": 0.37, "reasoning": 0.20, "knowledge": 0.09, "other": 0.34}
"""What MMAR's authors report of wrong answers (arXiv:2505.13032): perceptual errors, reasoning errors, knowledge gaps,
and other errors, such as instructions that were not understood."""
HEARD: Mapping[str, float] = {"any": 0.0, "half": 0.5, "all": 1.0}
"""Which share of an item's points for perception makes it heard; of ``"any"``, one point."""

_ASKED = ("unparsed", "refused")  # the model was asked and named no choice
_MAJORITY = 0.5


@dataclass(frozen=True)
class ErrorMap:
    """Where the items of a rubric are for one system."""

    items: Items
    """The items that have a rubric."""
    heard: str
    """Which of ``HEARD`` made an item heard."""
    place: tuple[str, ...]
    """One of ``PLACES`` for each item."""
    shares: Mapping[str, Estimate]
    """The share of all items that is in each of ``PLACES``, with an interval clustered by source."""
    others: Mapping[str, Mapping[str, float]]
    """The share of all items in each of ``PLACES`` for each of ``HEARD``: how much hangs on where the line is drawn."""
    missing: tuple[str, ...]
    """One of ``MISSING`` for each item that was answered wrongly, empty for the others."""
    wrong: Mapping[str, Estimate]
    """The share of those that lacked each of ``MISSING`` first; beside ``PAPER``."""


def error_map(judged: Judged, marked: Marked, *, heard: str = "half") -> ErrorMap:
    """Put every item that has a rubric into its place.

    Parameters
    ----------
    judged
        What raters gave.
    marked
        The verdicts on the same answers.
    heard
        Which of ``HEARD`` makes an item heard.

    Raises
    ------
    ValueError
        When there is no such line.
    """
    if heard not in HEARD:
        raise ValueError(f"An item is heard by one of {', '.join(HEARD)}; got {heard!r}.")
    verdicts = {item.id: mark.verdict for item, mark in zip(marked.items, marked.marks, strict=True)}
    answers = [verdicts[item.id] for item in judged.items]
    kinds = [kinds_of(item) for item in judged.items]
    rows = list(zip(answers, kinds, judged.points, judged.judged.tolist(), strict=True))
    places = {line: tuple(_place(*row, line=line) for row in rows) for line in HEARD}
    missing = tuple(_missing(*row, line=heard) for row in rows)
    design = source_design(judged.items)
    wrong = np.flatnonzero([bool(each) for each in missing])
    of_wrong = design.among(wrong) if len(wrong) else None
    return ErrorMap(
        items=judged.items,
        heard=heard,
        place=places[heard],
        shares={name: estimate(_is(places[heard], name), design) for name in PLACES},
        others={line: {name: float(_is(found, name).mean()) for name in PLACES} for line, found in places.items()},
        missing=missing,
        wrong={} if of_wrong is None else {name: estimate(_is(missing, name)[wrong], of_wrong) for name in MISSING},
    )


def _is(found: Sequence[str], name: str) -> _Values:
    return np.array([each == name for each in found], dtype=np.float64)


def _place(verdict: str, kinds: Sequence[Kind], points: _Values, judged: bool, *, line: str) -> str:
    if verdict not in ("right", "wrong"):
        return "no answer"
    if not judged:
        return "not judged"
    heard = _is_heard(kinds, points, line)
    if heard is None:
        return "nothing to hear"
    if verdict == "right":
        return "heard and reasoned" if heard else "right for the wrong reason"
    return "heard but failed to reason" if heard else "not heard"


def _missing(verdict: str, kinds: Sequence[Kind], points: _Values, judged: bool, *, line: str) -> str:
    """Return what a wrong answer lacked first; empty where there is no wrong answer."""
    if verdict in _ASKED:
        return "other"
    if verdict != "wrong":
        return ""
    if not judged:
        return "not judged"
    if _is_heard(kinds, points, line) is False:
        return "perception"
    lacking = {kind.kind for kind, point in zip(kinds, points, strict=True) if point <= _MAJORITY}
    return next((kind for kind in ("knowledge", "reasoning") if kind in lacking), "other")


def _is_heard(kinds: Sequence[Kind], points: _Values, line: str) -> bool | None:
    """Whether an item was heard; None where its rubric has no point for perception.

    A point counts that more than half of the raters gave.
    """
    hearing = points[[kind.kind == "perception" for kind in kinds]]
    if not len(hearing):
        return None
    share = float((hearing > _MAJORITY).mean())
    return share > 0 and share >= HEARD[line]
