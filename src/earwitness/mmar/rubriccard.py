"""What a rubric says of a system: the score with and without the gate, points by kind, and how far raters agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.mmar.agreement import Agreement, agreement
from earwitness.mmar.chance import source_design
from earwitness.mmar.cues import KINDS, kinds_of
from earwitness.mmar.errormap import ErrorMap, error_map
from earwitness.mmar.items import Items
from earwitness.mmar.marking import Marked
from earwitness.mmar.paired import Interval, bootstrap_interval
from earwitness.mmar.rubrics import Judged
from earwitness.rng import generator
from earwitness.scores.stats import Estimate, estimate

__all__ = ["PointRow", "RubricCard", "RubricScore", "rubric_card"]

_Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RubricScore:
    """A mean share of points over all items that have a rubric."""

    score: Estimate
    """An item without any judgement earns nothing; the interval is of errors clustered by source."""
    bootstrap: Interval
    """The middle 95 % of the means among sources drawn with replacement."""
    highest: float
    """What it would be if every item without a judgement had earned all its points."""


@dataclass(frozen=True)
class PointRow:
    """The points of some criteria."""

    name: str
    """Which: one of ``KINDS``, or a place in the rubric, from 1."""
    criteria: int
    """How many there are."""
    known: int
    """How many of them some rater judged, or had nothing to judge."""
    given: float
    """The mean that raters gave these; NaN where none is known."""
    agreement: Agreement
    """How far raters agree on them."""


@dataclass(frozen=True)
class RubricCard:
    """What a rubric says of a system."""

    name: str
    """The system."""
    extractor: str
    """Whose verdicts are the gate."""
    judged: Judged
    """What raters gave."""
    right: npt.NDArray[np.bool_]
    """Whether each item that has a rubric was answered rightly, shape (n,): the gate."""
    ungated: RubricScore
    """Of the points alone."""
    gated: RubricScore
    """The same where an item that was not answered rightly earns nothing, as MMAR's own scorer has it."""
    kinds: tuple[PointRow, ...]
    """The points by what they are for."""
    places: tuple[PointRow, ...]
    """The points by their place in the rubric."""
    agreement: Agreement
    """How far raters agree on all points."""
    map: ErrorMap
    """Where the items are."""


def rubric_card(judged: Judged, marked: Marked, *, seed: int = 0, heard: str = "half") -> RubricCard:
    """Work out what a rubric says of a system.

    Parameters
    ----------
    judged
        What raters gave.
    marked
        The verdicts on the same answers.
    seed
        For the draws of bootstrap intervals.
    heard
        Which of ``errormap.HEARD`` makes an item heard.
    """
    verdicts = {item.id: mark.verdict for item, mark in zip(marked.items, marked.marks, strict=True)}
    right = np.array([verdicts[item.id] == "right" for item in judged.items], dtype=np.bool_)
    points = _Points(judged, seed)
    longest = max(len(item.rubric) for item in judged.items)
    kinds = [points.row(kind, points.kinds == kind) for kind in KINDS]
    return RubricCard(
        name=marked.name,
        extractor=marked.extractor,
        judged=judged,
        right=right,
        ungated=_score(judged, np.ones(len(right)), seed=seed),
        gated=_score(judged, right.astype(np.float64), seed=seed),
        kinds=tuple(row for row in kinds if row.criteria),
        places=tuple(points.row(str(number + 1), points.number == number) for number in range(longest)),
        agreement=points.row("all", points.number >= 0).agreement,
        map=error_map(judged, marked, heard=heard),
    )


def _score(judged: Judged, gate: _Values, *, seed: int) -> RubricScore:
    design = source_design(judged.items)
    values = judged.share * gate
    best = np.where(judged.judged, judged.share, 1.0) * gate
    rng = generator(seed, "rubric score")
    return RubricScore(estimate(values, design), bootstrap_interval(values, design, rng=rng), float(best.mean()))


class _Points:
    """All criteria of all items in one row."""

    def __init__(self, judged: Judged, seed: int) -> None:
        items: Items = judged.items
        self.kinds = np.array([kind.kind for item in items for kind in kinds_of(item)])
        self.number = np.array([number for item in items for number in range(len(item.rubric))])
        self._source = np.array([item.source for item in items for _ in item.rubric])
        self._marks = np.concatenate(judged.marks, axis=1)
        self._mean = np.concatenate(judged.points)
        self._seed = seed

    def row(self, name: str, chosen: npt.NDArray[np.bool_]) -> PointRow:
        """Return the points of the criteria that are chosen."""
        mean = self._mean[chosen]
        known = mean[~np.isnan(mean)]
        rng = generator(self._seed, "agreement", name)
        return PointRow(
            name=name,
            criteria=int(chosen.sum()),
            known=len(known),
            given=float(known.mean()) if len(known) else np.nan,
            agreement=agreement(self._marks[:, chosen], self._source[chosen], rng=rng),
        )
