"""What a page about questions with several choices says of the numbers: sentences, and the rows of charts and tables.

Shares come in as 0 to 1 and leave as percent in rows. A row is a dict of JSON values; what it is called by its chart is
said in ``choice_charts``. NaN leaves as None.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import BenchmarkError
from earwitness.mmar.answers import EXTRACTORS
from earwitness.mmar.board import Recomputed, recomputed
from earwitness.mmar.chance import GroupScore, critical_count, groups_of, standing
from earwitness.mmar.effects import OrderEffects
from earwitness.mmar.items import Items
from earwitness.mmar.marking import VERDICTS, Marked, Prediction
from earwitness.mmar.paired import Pair, compared
from earwitness.mmar.scorecard import Scorecard, SystemScore
from earwitness.report.findings import Row, chances, interval, percent, points
from earwitness.rng import generator
from earwitness.scores.stats import Estimate, holm, poisson_binomial_test

__all__ = [
    "ALL",
    "MARKS",
    "SMALL",
    "Answers",
    "ArmResult",
    "agreement_rows",
    "arm_results",
    "board_of",
    "board_rows",
    "cells",
    "gain_rows",
    "pair_rows",
    "place_rows",
    "ranked",
    "reading",
    "reading_of_extractors",
    "verdict_rows",
]

ALL = "all"
"""What the margins of layers and modalities are called."""
MARKS: Mapping[str, str] = {"above": "▲", "same": "", "below": "▼"}
"""How it is shown where a share stands to chance: by a shape."""
SMALL = 20
"""A group of fewer items than this is drawn grey: its share may be anything."""
_TOLD = {"above": "above chance", "same": "not told from chance", "below": "below chance"}
_ALPHA = 0.05
_MUCH = 0.05  # of the items unread, and it is said
_NAMED = 3  # systems of which each is said
_NARROW = "\u202f"


@dataclass(frozen=True)
class Answers:
    """What a model gave back, asked in one way."""

    model: str
    """The model."""
    predictions: Mapping[str, Prediction]
    """By item id."""
    arm: str = ""
    """What it was given in place of the recording; empty where nothing is known of that."""
    order: int = 0
    """By how many places its choices were turned."""

    @property
    def name(self) -> str:
        """What the page calls it."""
        told = [] if self.arm in ("", "audio") else [self.arm]
        told += [f"turned by {self.order}"] if self.order else []
        return f"{self.model} [{', '.join(told)}]" if told else self.model


# --- verdicts ---


def ranked(systems: Sequence[SystemScore]) -> list[SystemScore]:
    """Return systems, the best accuracy first."""
    return sorted(systems, key=lambda system: -system.overall.accuracy.value)


def _share(share: float) -> float | None:
    return None if math.isnan(share) else round(100.0 * share, 3)


def verdict_rows(systems: Sequence[SystemScore]) -> list[Row]:
    """Return a row for each system and verdict that it has."""
    rows = []
    for system in systems:
        n = len(system.marked.items)
        for place, verdict in enumerate(VERDICTS):
            count = system.counts[verdict]
            if count:
                said = f"{count:,} of {n:,}"
                rows.append(
                    {
                        **{"name": system.name, "kind": verdict, "place": place},
                        **{"share": _share(count / n), "said": said},
                    }
                )
    return rows


def _stated(group: GroupScore) -> str:
    return f"{percent(group.accuracy.value)}{_NARROW}% ({interval(group.accuracy)}{_NARROW}%)"


def _from_to(found: Estimate) -> str:
    return f"{points(found.low)} to {points(found.high)}"


def _p(p: float) -> str:
    return f"p {chances(p)}" if p < 0.001 else f"p = {chances(p)}"


# --- layers and modalities ---


def cells(system: SystemScore) -> list[Row]:
    """Return the cells of layers by modalities, with margins.

    Each cell is tested against chance, with Holm's correction over all cells; a margin is tested among its like. The
    band is what guessing earns in 95 cases of 100.
    """
    items, right = system.marked.items, system.marked.right
    guesses = np.array([item.chance for item in items])
    layers, modalities = groups_of(items, "layer"), groups_of(items, "modality")
    inner = {
        (layer, modality): np.intersect1d(in_layer, in_modality)
        for layer, in_layer in layers.items()
        for modality, in_modality in modalities.items()
    }
    inner = {names: places for names, places in inner.items() if len(places)}
    p_values = [poisson_binomial_test(int(right[places].sum()), guesses[places]) for places in inner.values()]
    corrected = dict(zip(inner, holm(p_values), strict=True))
    margins = {(group.name, ALL): group for group in system.groups.get("layer", ())}
    margins |= {(ALL, group.name): group for group in system.groups.get("modality", ())}
    margins[ALL, ALL] = system.overall
    rows = []
    for names, places in inner.items():
        share, chance, p = float(right[places].mean()), float(guesses[places].mean()), float(corrected[names])
        found = _Cell(*names, share, standing(share, chance, p=p, alpha=_ALPHA), p)
        rows.append(_cell_row(system.name, found, guesses[places]))
    for (layer, modality), group in margins.items():
        places = modalities.get(modality, layers.get(layer, np.arange(len(items))))
        found = _Cell(layer, modality, group.accuracy.value, group.standing, group.holm)
        rows.append(_cell_row(system.name, found, guesses[places]))
    return rows


class _Cell(NamedTuple):
    """How a system stands on the items of one layer and modality."""

    layer: str
    modality: str
    share: float
    standing: str
    p: float


def _cell_row(name: str, cell: _Cell, guesses: npt.NDArray[np.float64]) -> Row:
    n = len(guesses)
    low, high = critical_count(guesses, _ALPHA / 2, above=False), critical_count(guesses, _ALPHA / 2)
    ends = [0.0 if low is None else (low + 1) / n, 1.0 if high is None else (high - 1) / n]
    right = round(cell.share * n)
    return {
        **{"name": name, "layer": cell.layer, "modality": cell.modality, "n": n, "right": right},
        **{"value": _share(cell.share), "low": _share(ends[0]), "high": _share(ends[1])},
        **{"chance": _share(float(guesses.mean())), "standing": cell.standing, "p": cell.p, "small": n < SMALL},
        "label": f"{percent(cell.share)}{_NARROW}{MARKS[cell.standing]}".strip(),
        "said": f"{right} of {n} right, {_TOLD[cell.standing]} ({_p(cell.p)}); "
        f"guessing earns {percent(ends[0])} to {percent(ends[1])} %",
    }


# --- the board ---


def board_of(items: Items) -> Recomputed | None:
    """Return the published board, tested on these items; None where they are not those of the board."""
    try:
        return recomputed(items=items)
    except BenchmarkError:
        return None


def board_rows(board: Recomputed, systems: Sequence[SystemScore]) -> list[Row]:
    """Return the rows of the board and the systems measured here, the best first."""
    rows: list[Row] = [
        {
            **{"name": row.published.label, "source": "published", "value": row.published.percent["all"]},
            **{"standing": row.cells["all"].standing, "p": row.cells["all"].holm, "low": None, "high": None},
        }
        for row in board.rows
    ]
    rows += [
        {
            **{"name": system.name, "source": "measured here", "value": _share(system.overall.accuracy.value)},
            **{"standing": system.overall.standing, "p": system.overall.p},
            **{"low": _share(system.overall.accuracy.low), "high": _share(system.overall.accuracy.high)},
        }
        for system in systems
    ]
    for row in rows:
        row["said"] = f"{row['value']:.1f} %, {_TOLD[row['standing']]}"
        row["label"] = f"{row['name']} (here)" if row["source"] == "measured here" else row["name"]
    return sorted(rows, key=lambda row: (-row["value"], row["source"], row["name"]))


# --- arms ---


@dataclass(frozen=True)
class ArmResult:
    """What a model earns in one arm, and what that is beside the text alone."""

    model: str
    """The model."""
    arm: str
    """The arm."""
    marked: Marked
    """Its verdicts in the arm."""
    pair: Pair | None
    """The arm beside the text alone; None for the text alone, and where the model was not asked so."""
    shortcuts: int | None
    """How many items it gets right with the text alone; None where it was not asked so."""


def arm_results(answers: Mapping[tuple[str, str], Marked], *, seed: int = 0) -> list[ArmResult]:
    """Return what each arm of each model adds to the text alone, for models that were asked in several.

    Parameters
    ----------
    answers
        Verdicts by model and arm, choices in their own order.
    seed
        Of the bootstrap.
    """
    found = []
    arms_of = Counter(model for model, _ in answers)
    for (model, arm), marks in answers.items():
        if arms_of[model] == 1:
            continue
        text = answers.get((model, "text"))
        pair = None
        if text is not None and arm != "text":
            pair = compared(marks, text, rng=generator(seed, "mmar", "gains", model, arm))
        found.append(ArmResult(model, arm, marks, pair, None if text is None else text.counts["right"]))
    return found


def gain_rows(found: Sequence[ArmResult]) -> list[Row]:
    """Return a row for each arm that was compared."""
    rows = []
    for gain in found:
        if gain.pair is None:
            continue
        shown = gain.pair.difference
        rows.append(
            {
                **{"model": gain.model, "arm": gain.arm, "name": f"{gain.model}: {gain.arm}"},
                **{"value": _share(shown.value), "low": _share(shown.low), "high": _share(shown.high)},
                "said": f"{points(shown.value)} points ({_from_to(shown)}), {_p(gain.pair.p)}",
            }
        )
    return rows


# --- differences ---


def pair_rows(pairs: Sequence[Pair]) -> list[Row]:
    """Return a row for each pair of systems, the surest first."""
    return [
        {
            **{"first": pair.first, "second": pair.second, "difference": pair.difference.value},
            **{"low": pair.bootstrap.low, "high": pair.bootstrap.high, "p": pair.p, "p_holm": pair.p_holm},
            **{"first_only": pair.n_first_only, "second_only": pair.n_second_only, "detectable": pair.detectable},
        }
        for pair in sorted(pairs, key=lambda pair: (pair.p_holm, -abs(pair.difference.value)))
    ]


# --- what was found, in words ---


def reading(card: Scorecard, found: Sequence[ArmResult]) -> list[str]:
    """Return what the numbers say, in sentences."""
    answered = [system for system in ranked(card.systems) if system.n_scored]
    said = _best(card, answered)
    said += _told_from_chance(answered)
    said += _unread(card.systems)
    said += reading_of_extractors(answered)
    said += [_worth(gain) for gain in found if gain.pair is not None and gain.arm == "audio"]
    return said


def _best(card: Scorecard, answered: Sequence[SystemScore]) -> list[str]:
    if not answered:
        return ["No system gave an answer that can be read: nothing was scored."]
    best = answered[0]
    said = (
        f"{best.name} is right on {_stated(best.overall)} of {len(card.items):,} items; guessing earns "
        f"{percent(best.overall.chance)}{_NARROW}%."
    )
    if len(answered) == 1:
        return [said]
    second = answered[1]
    (pair,) = [each for each in card.pairs if {each.first, each.second} == {best.name, second.name}]
    gap = abs(pair.difference.value)
    sure = (
        f"That is sure ({_p(pair.p_holm)} after Holm’s correction)."
        if pair.p_holm < _ALPHA
        else f"That may be chance ({_p(pair.p_holm)} after Holm’s correction)."
    )
    return [said, f"It leads {second.name} by {100 * gap:.1f} points. {sure}"]


def _told_from_chance(answered: Sequence[SystemScore]) -> list[str]:
    said = []
    same = [system.name for system in answered if system.overall.standing == "same"]
    below = [system for system in answered if system.overall.standing == "below"]
    if same:
        said.append(f"Not told from guessing: {', '.join(same)}.")
    for system in below:
        unread = system.n_unreadable
        why = (
            f"{unread:,} of its answers could not be read, which is what that mostly means."
            if unread > _MUCH * len(system.marked.items)
            else "Almost all of its answers could be read, so it is drawn to wrong choices."
        )
        said.append(f"{system.name} is below chance ({_p(system.overall.p)}). {why}")
    return said


def _unread(systems: Sequence[SystemScore]) -> list[str]:
    """Return what could not be read, of the systems with the most of it."""
    found = [system for system in systems if system.n_unreadable > _MUCH * len(system.marked.items)]
    found.sort(key=lambda system: -system.n_unreadable)
    said = []
    for system in found[:_NAMED]:
        counts = [f"{system.counts[name]:,} {name}" for name in VERDICTS[2:] if system.counts[name]]
        said.append(
            f"{system.name}: {', '.join(counts)}. Had all of them been right, it would stand at "
            f"{percent(system.highest)}{_NARROW}% instead of {percent(system.lowest)}{_NARROW}%."
        )
    if len(found) > _NAMED:
        said.append(f"Of {len(found) - _NAMED} more systems, over {100 * _MUCH:.0f}{_NARROW}% could not be read.")
    return said


def reading_of_extractors(answered: Sequence[SystemScore]) -> list[str]:
    """Return what depends on who reads the answers, for the system on which most does."""
    if not answered:
        return []
    most = max(answered, key=lambda system: system.spread)
    if most.spread < 0.01:
        return ["Whoever reads the answers, no accuracy moves by a point."]
    shares = {name: card.counts["right"] / len(card.items) for name, card in most.by_extractor.items()}
    low, high = (choose(shares, key=lambda name: shares[name]) for choose in (min, max))
    return [
        f"Who reads the answers matters: {most.name} has {percent(shares[low])}{_NARROW}% by “{low}” and "
        f"{percent(shares[high])}{_NARROW}% by “{high}”, and {len(most.dependent):,} items change their verdict. "
        f"This page counts by “{most.marked.extractor}”, version {EXTRACTORS[most.marked.extractor].version}."
    ]


def _worth(gain: ArmResult) -> str:
    assert gain.pair is not None and gain.shortcuts is not None
    shown = gain.pair.difference
    side = "better" if shown.value > 0 else "worse"
    much = f"{abs(100 * shown.value):.1f} points {side}" if shown.value else "neither better nor worse"
    sure = f"{_p(gain.pair.p)}" if gain.pair.p < _ALPHA else f"which may be chance, {_p(gain.pair.p)}"
    return (
        f"With the recording {gain.model} is {much} than with the text alone "
        f"({_from_to(shown)}; {sure}). It gets {gain.shortcuts:,} items right without it."
    )


# --- orders and extractors ---


def place_rows(effects: OrderEffects) -> list[Row]:
    """Return a row for each place: how often a choice there was taken, and how often it was right."""
    rows = []
    for place in effects.places:
        for kind, count in (("chosen", place.chosen), ("right choice stood there", place.expected)):
            share = count / place.shown if place.shown else math.nan
            rows.append(
                {
                    **{"name": effects.name, "letter": place.letter, "kind": kind, "value": _share(share)},
                    "said": f"{count:,} of {place.shown:,} questions; {_p(place.p_holm)} after Holm’s correction",
                }
            )
    return rows


def agreement_rows(system: SystemScore) -> list[Row]:
    """Return the share of items with the same verdict, for each pair of extractors."""
    names = list(system.by_extractor)
    n = len(system.marked.items)
    return [
        {
            **{"name": system.name, "row": a, "column": b, "value": _share(share)},
            "said": f"{round(share * n):,} of {n:,} items have the same verdict",
        }
        for a, shares in zip(names, system.agreement, strict=True)
        for b, share in zip(names, shares, strict=True)
    ]
