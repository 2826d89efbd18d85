"""The score of predictions, with all that a reader needs to trust it: counts, intervals, chance, other extractors.

The denominator is every item of the benchmark. What is not right counts as not right in the accuracy, and is told
apart: wrong, unparsed, missing, refused or error. The bounds say what the accuracy would be if all those that are
neither right nor wrong had been wrong, or right; far apart, the number measures the format and the network more than
the hearing.

Every answer is taken for a choice by every extractor, for the same answers may earn many points more under one than
under another. ``dependent`` names the items whose verdict changes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from earwitness.mmar.answers import EXTRACTORS
from earwitness.mmar.chance import FAMILIES, GroupScore, against_chance, groups_of
from earwitness.mmar.items import Items
from earwitness.mmar.marking import Marked, Prediction, marked_by_each
from earwitness.mmar.paired import Pair, all_pairs
from earwitness.records import with_nulls
from earwitness.rng import generator

__all__ = ["Scorecard", "SystemScore", "scorecard"]

_UNNAMED = {"none"}  # the only group of items that name no layer, modality ...
_UNREADABLE = ("unparsed", "missing", "refused", "error")


@dataclass(frozen=True)
class SystemScore:
    """What one system scored."""

    marked: Marked
    """Its verdicts under the extractor that was asked for."""
    overall: GroupScore
    """Its accuracy on all items, beside chance."""
    groups: Mapping[str, tuple[GroupScore, ...]]
    """The same by ``"layer"``, ``"modality"`` ..., for what the items name."""
    by_extractor: Mapping[str, Marked]
    """Its verdicts under each extractor."""

    @property
    def name(self) -> str:
        """The system."""
        return self.marked.name

    @property
    def counts(self) -> Mapping[str, int]:
        """How many items have each verdict."""
        return self.marked.counts

    @property
    def n_scored(self) -> int:
        """How many items were answered with one of the choices: right or wrong."""
        return self.counts["right"] + self.counts["wrong"]

    @property
    def n_unreadable(self) -> int:
        """How many items say nothing of what the system heard: unparsed, missing, refused or error."""
        return sum(self.counts[verdict] for verdict in _UNREADABLE)

    @property
    def coverage(self) -> float:
        """The share of the items that came back with a text, readable or not, or were declined."""
        return 1.0 - (self.counts["missing"] + self.counts["error"]) / len(self.marked.items)

    @property
    def lowest(self) -> float:
        """The accuracy if all that are neither right nor wrong had been wrong: the accuracy that is reported."""
        return self.counts["right"] / len(self.marked.items)

    @property
    def highest(self) -> float:
        """The accuracy if all that are neither right nor wrong had been right."""
        return (self.counts["right"] + self.n_unreadable) / len(self.marked.items)

    @cached_property
    def agreement(self) -> tuple[tuple[float, ...], ...]:
        """The share of items with the same verdict under two extractors; a row and a column for each of them."""
        verdicts = [[each.verdict for each in card.marks] for card in self.by_extractor.values()]
        n = len(self.marked.items)
        return tuple(tuple(sum(map(str.__eq__, a, b)) / n for b in verdicts) for a in verdicts)

    @cached_property
    def dependent(self) -> tuple[str, ...]:
        """The ids of the items whose verdict depends on the extractor."""
        columns = zip(*(card.marks for card in self.by_extractor.values()), strict=True)
        return tuple(
            item.id
            for item, marks in zip(self.marked.items, columns, strict=True)
            if len({each.verdict for each in marks}) > 1
        )

    @cached_property
    def disputed(self) -> tuple[str, ...]:
        """The ids of the items whose answer two extractors take for different choices."""
        columns = zip(*(card.marks for card in self.by_extractor.values()), strict=True)
        return tuple(
            item.id
            for item, marks in zip(self.marked.items, columns, strict=True)
            if len({each.choice for each in marks} - {None}) > 1
        )

    @property
    def spread(self) -> float:
        """How far apart the accuracies under the extractors are."""
        shares = [card.counts["right"] / len(card.items) for card in self.by_extractor.values()]
        return max(shares) - min(shares)


@dataclass(frozen=True)
class Scorecard:
    """What systems scored on the same items."""

    items: Items
    """The items."""
    extractor: str
    """Which extractor's verdicts are the score."""
    systems: tuple[SystemScore, ...]
    """In the order in which they were given."""
    pairs: tuple[Pair, ...]
    """Each system compared with each that comes after it."""

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON can hold it: a number that is not known is null."""
        return {
            "benchmark": {"path": str(self.items.path), "sha256": self.items.sha256, "items": len(self.items)},
            "extractor": {"name": self.extractor, "version": EXTRACTORS[self.extractor].version},
            "systems": [_system(each) for each in self.systems],
            "pairs": [with_nulls(dataclasses.asdict(pair)) for pair in self.pairs],
        }


def scorecard(
    items: Items, predictions: Mapping[str, Mapping[str, Prediction]], *, extractor: str = "robust", seed: int = 0
) -> Scorecard:
    """Score systems.

    Parameters
    ----------
    items
        What was asked.
    predictions
        For each system by name, what it gave back for each item by id.
    extractor
        Which of the ``EXTRACTORS`` takes answers for choices.
    seed
        Of what is drawn at random: the bootstrap of pairs.

    Raises
    ------
    ValueError
        When there is no such extractor.
    """
    if extractor not in EXTRACTORS:
        raise ValueError(f"There is no extractor {extractor!r}; expected one of {', '.join(EXTRACTORS)}.")
    systems = tuple(_scored(items, given, name=name, extractor=extractor) for name, given in predictions.items())
    pairs = all_pairs([each.marked for each in systems], generator(seed, "mmar", "pairs"))
    return Scorecard(items, extractor, systems, pairs)


def _scored(items: Items, given: Mapping[str, Prediction], *, name: str, extractor: str) -> SystemScore:
    by_extractor = marked_by_each(items, given, name=name)
    main = by_extractor[extractor]
    families = [family for family in FAMILIES if set(groups_of(items, family)) != _UNNAMED]
    return SystemScore(
        marked=main,
        overall=against_chance(main.right, items)[0],
        groups={family: against_chance(main.right, items, by=family) for family in families},
        by_extractor=by_extractor,
    )


def _system(score: SystemScore) -> dict[str, Any]:
    return {
        "name": score.name,
        "counts": dict(score.counts),
        "scored": score.n_scored,
        "coverage": score.coverage,
        "accuracy": with_nulls(dataclasses.asdict(score.overall)),
        "bounds": {"lowest": score.lowest, "highest": score.highest},
        "groups": {
            family: [with_nulls(dataclasses.asdict(group)) for group in groups]
            for family, groups in score.groups.items()
        },
        "extractors": {
            name: {
                "version": EXTRACTORS[name].version,
                "accuracy": card.counts["right"] / len(card.items),
                "counts": dict(card.counts),
            }
            for name, card in score.by_extractor.items()
        },
        "agreement": [list(row) for row in score.agreement],
        "dependent": list(score.dependent),
        "disputed": list(score.disputed),
    }
