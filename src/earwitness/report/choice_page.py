"""The report on answers to questions with several choices: one page, as ``page`` makes it of searches."""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from earwitness import __version__
from earwitness.mmar.answers import EXTRACTORS
from earwitness.mmar.board import SOURCE
from earwitness.mmar.chance import groups_of
from earwitness.mmar.effects import OrderEffects, Shortcuts, order_effects, shortcuts
from earwitness.mmar.errormap import MISSING, PLACES
from earwitness.mmar.items import Items
from earwitness.mmar.marking import VERDICTS, Marked, marked
from earwitness.mmar.scorecard import Scorecard, SystemScore, scorecard
from earwitness.records import write_text
from earwitness.report import choice_charts as charts
from earwitness.report import choice_findings as findings
from earwitness.report.choice_findings import ALL, Answers, ArmResult
from earwitness.report.choice_items import Shown, item_data, sources
from earwitness.report.choice_maps import JudgedMap, map_rows
from earwitness.report.findings import Row, chances, interval, percent, points
from earwitness.report.frame import rendered
from earwitness.report.pieces import PALETTES, Palette, theme
from earwitness.rng import generator

__all__ = ["Making", "write_choice_report"]

_SECTIONS = (
    ("found", "What was found"),
    ("verdicts", "The systems, item by item counted"),
    ("layers", "Layers and modalities"),
    ("board", "Beside the published board"),
    ("differences", "How sure the differences are"),
    ("arms", "What the recording is worth"),
    ("orders", "Where a choice stands"),
    ("extractors", "Who reads the answers"),
    ("errors", "Heard, and reasoned?"),
    ("items", "The items, one by one"),
    ("made", "How this page was made"),
)
_FILTERS = (percent, points, interval, chances)
_FEWEST_ORDERS = 2
_PAIRS = 200  # in the table of differences: those that are surest


@dataclass(frozen=True)
class Making:
    """How the answers and the page came to be, for those who want to make them again."""

    command: str = ""
    """What the page was made with."""
    prompt: str = ""
    """In which words models were asked; empty where that is not known."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What else is known, by name."""


@dataclass(frozen=True)
class _Measured:
    """All that the page tells."""

    items: Items
    card: Scorecard
    shown: Sequence[Shown]
    """Systems whose answers can be read: those of the card, then other arms."""
    arms: Sequence[ArmResult]
    shortcuts: Mapping[str, Shortcuts]
    """By model."""
    orders: Sequence[OrderEffects]
    maps: Sequence[JudgedMap] = ()


def write_choice_report(
    path: Path,
    *,
    items: Items,
    answers: Sequence[Answers],
    extractor: str = "robust",
    seed: int = 0,
    maps: Sequence[JudgedMap] = (),
    making: Making | None = None,
) -> None:
    """Write the report.

    Parameters
    ----------
    path
        The HTML file to write.
    items
        What was asked.
    answers
        What came back, each asked in another way or of another model.
    extractor
        Which of the ``EXTRACTORS`` takes answers for choices.
    seed
        Of what is drawn at random: bootstraps.
    maps
        Where judge models found that systems go wrong.
    making
        How the answers and the page came to be.

    Raises
    ------
    ValueError
        When there are no answers, two sets of them have the same name, or there is no such extractor.
    MissingExtra
        When a package of the extra ``report`` is not installed.
    OutputError
        When the file cannot be written.
    """
    names = [each.name for each in answers]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"Expected answers under names of their own; got {names}.")
    found = replace(_measured(items, answers, extractor=extractor, seed=seed), maps=maps)
    rows: dict[str, list[Row]] = {
        "verdicts": findings.verdict_rows(found.card.systems),
        "layers": [row for system in found.card.systems for row in findings.cells(system)],
        "board": _board_rows(found),
        "arms": findings.gain_rows(found.arms),
        "orders": [row for effects in found.orders for row in findings.place_rows(effects)],
        "errors": [row for each in maps for row in map_rows(each)],
        "agreement": [row for system in found.card.systems for row in findings.agreement_rows(system)],
    }
    schemes = PALETTES.items()
    data = {
        "rows": rows,
        "themes": {scheme: theme(palette) for scheme, palette in schemes},
        "specs": {scheme: _specs(palette, found, rows) for scheme, palette in schemes},
    }
    places = {each.name: each.places for each in maps}
    sounds = sources(items, path, first=_telling(found))
    page = rendered(
        "choice.html",
        _words(found, rows, making or Making(), sounds=sounds.values()),
        sections=_SECTIONS,
        scripts=("page.js", "choice.js"),
        data={"page-data": data, "item-data": item_data(items, found.shown, sounds=sounds, places=places)},
        filters=_FILTERS,
        prefix="choice_",
    )
    write_text(path, page)


def _measured(items: Items, answers: Sequence[Answers], *, extractor: str, seed: int) -> _Measured:
    main = _main(answers)
    given = scorecard(items, {each.name: each.predictions for each in main}, extractor=extractor, seed=seed)
    card = replace(given, systems=tuple(findings.ranked(given.systems)))
    of_card = {system.name: system for system in card.systems}
    marks: dict[str, Marked] = {
        each.name: of_card[each.name].marked
        if each.name in of_card
        else marked(items, each.predictions, name=each.name, extractor=extractor)
        for each in answers
    }
    in_place = [each for each in answers if each.order == 0]
    by_name = {each.name: each for each in answers}
    ordered = [*(by_name[name] for name in of_card), *(each for each in in_place if each.name not in of_card)]
    turned = _by_way(answers, marks)
    return _Measured(
        items=items,
        card=card,
        shown=[
            Shown(
                marks[each.name],
                each.predictions,
                of_card[each.name].by_extractor if each.name in of_card else {},
            )
            for each in ordered
        ],
        arms=findings.arm_results(
            {(each.model, each.arm or "audio"): marks[each.name] for each in in_place}, seed=seed
        ),
        shortcuts={model: shortcuts(found) for (model, arm), found in turned.items() if arm == "text"},
        orders=[
            order_effects(found, rng=generator(seed, "mmar", "places", model, arm))
            for (model, arm), found in turned.items()
            if len(found) >= _FEWEST_ORDERS
        ],
    )


def _main(answers: Sequence[Answers]) -> list[Answers]:
    """Return what each model is ranked by: with the recording, or in the first way in which it was asked."""
    found: dict[str, Answers] = {}
    for each in answers:
        if each.order == 0 and (each.model not in found or each.arm in ("", "audio")):
            found[each.model] = each
    return list(found.values())


def _by_way(answers: Iterable[Answers], marks: Mapping[str, Marked]) -> dict[tuple[str, str], list[Marked]]:
    """Return the marks of each model and arm, for orders 0, 1, ... without a gap."""
    found: dict[tuple[str, str], list[Marked]] = {}
    for each in sorted(answers, key=lambda each: each.order):
        there = found.setdefault((each.model, each.arm), [])
        if each.order == len(there):
            there.append(marks[each.name])
    return found


def _board_rows(found: _Measured) -> list[Row]:
    board = findings.board_of(found.items)
    return [] if board is None else findings.board_rows(board, found.card.systems)


def _telling(found: _Measured) -> list[str]:
    """Return the ids of the items that tell systems apart; of one system, those that it gets wrong."""
    right = np.array([system.marked.right for system in found.card.systems])
    n_right = right.sum(axis=0)
    telling = (n_right > 0) & (n_right < len(right)) if len(right) > 1 else n_right == 0
    return [found.items.rows[place].id for place in np.flatnonzero(telling)]


def _specs(palette: Palette, found: _Measured, rows: Mapping[str, Sequence[Row]]) -> Row:
    systems = found.card.systems
    chance = 100 * systems[0].overall.chance
    used = {row["kind"] for row in rows["verdicts"]}
    layers, modalities = ([*groups_of(found.items, family), ALL] for family in ("layer", "modality"))
    letters = list(dict.fromkeys(row["letter"] for row in rows["orders"]))
    return {
        "verdicts": charts.verdicts(
            palette,
            names=[system.name for system in systems],
            kinds=[kind for kind in VERDICTS if kind in used],
            chance=chance,
        ),
        "layers": charts.layers(palette, name=systems[0].name, across=layers, down=modalities),
        "board": charts.board(palette, labels=[row["label"] for row in rows["board"]], chance=chance),
        "arms": charts.gains(palette, names=[row["name"] for row in rows["arms"]]),
        "orders": charts.places(palette, name=found.orders[0].name if found.orders else "", letters=letters),
        "errors": charts.error_places(
            palette,
            names=[each.name for each in found.maps],
            kinds={kind: at for at, kind in enumerate(PLACES) if any(row["kind"] == kind for row in rows["errors"])},
        ),
        "agreement": charts.share_matrix(palette, name=systems[0].name, across=list(EXTRACTORS), down=list(EXTRACTORS)),
    }


def _words(found: _Measured, rows: Mapping[str, Sequence[Row]], making: Making, *, sounds: Collection[str]) -> Row:
    """Return what the templates say."""
    card, items = found.card, found.items
    ranked = card.systems
    families = [family for family in ("sub-category", "language") if any(family in each.groups for each in ranked)]
    return {
        **{"items": items, "ranked": ranked, "verdicts": VERDICTS, "extractors": EXTRACTORS},
        **{"extractor": EXTRACTORS[card.extractor], "reading": findings.reading(card, found.arms)},
        "chance": ranked[0].overall.chance,
        "of_sources": len({item.source for item in items}),
        "cells": [_cells(system, rows["layers"]) for system in card.systems],
        "families": families,
        "marks": findings.MARKS,
        "small": findings.SMALL,
        **{"board": rows["board"], "board_source": SOURCE},
        "pairs": findings.pair_rows(card.pairs)[:_PAIRS],
        "n_pairs": len(card.pairs),
        **{"arms": found.arms, "shortcuts": found.shortcuts, "gains": rows["arms"], "orders": found.orders},
        **{"shown": found.shown, "n_sounds": len(sounds)},
        "n_inside": sum(sound.startswith("data:") for sound in sounds),
        **{"maps": found.maps, "places": PLACES, "missing": MISSING},
        "said_map": "; ".join(f"{row['name']}, {row['kind']}: {row['said']}" for row in rows["errors"]) + ".",
        "said_verdicts": "; ".join(f"{row['name']} {row['said']} {row['kind']}" for row in rows["verdicts"]) + ".",
        "making": making,
        "made": {
            "earwitness": __version__,
            "items": f"{items.path.name}, {len(items):,} items",
            "checksum of the items": items.sha256,
            "answers taken for choices by": f"{card.extractor}, version {EXTRACTORS[card.extractor].version}: "
            f"{EXTRACTORS[card.extractor].about}",
            "measured with": f"Python {platform.python_version()}, NumPy {np.__version__}",
            "command": making.command or "not recorded",
        },
    }


def _cells(system: SystemScore, rows: Sequence[Row]) -> Row:
    """Return the table of one system's layers and modalities, and what it says in a sentence."""
    mine = [row for row in rows if row["name"] == system.name]
    told = [row for row in mine if row["standing"] != "same" and ALL not in (row["layer"], row["modality"])]
    inner = [row for row in mine if ALL not in (row["layer"], row["modality"])]
    sides = {side: sum(row["standing"] == side for row in told) for side in ("above", "below")}
    small = sum(row["small"] for row in inner)
    said = (
        f"{system.name}: of {len(inner)} groups of one layer and modality, {sides['above']} stand above chance and "
        f"{sides['below']} below, after Holm’s correction; {small} have fewer than {findings.SMALL} items."
    )
    return {"name": system.name, "said": said, "rows": mine, "groups": system.groups}
