"""``earwitness mmar leaderboard``: the published board, with what of it is above chance, and what was said of it."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli.talk import say, say_json, say_table
from earwitness.records import with_nulls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from earwitness.mmar.board import Recomputed
    from earwitness.mmar.claims import PairBounds

__all__ = ["leaderboard"]

_WIDE = 98
_MARKS = {"above": "+", "same": " ", "below": "-"}
_FAMILIES = {
    "board": "the rows of each column",
    "section": "the rows of each column in a section",
    "table": "all rows and columns",
}
_HEADS = ("all", "sound", "music", "speech", "so+mu", "so+sp", "mu+sp", "all 3")
_LEAST = 0.001  # a p-value below it is not told more closely in a table


def leaderboard(
    *,
    benchmark: Annotated[
        Path | None,
        typer.Option(
            help="MMAR's metadata file, or its folder: what guessing earns is then taken from its choices, not from "
            "the numbers of choices that are kept here."
        ),
    ] = None,
    alpha: Annotated[float, typer.Option(help="How often guessing may be told from chance, in a family.")] = 0.05,
    family: Annotated[
        str,
        typer.Option(
            help="What the corrections count: 'board', the rows of each column; 'section', those of a section; "
            "'table', all rows and columns."
        ),
    ] = "board",
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Show which neighbours on the board can be told from each other.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Recompute MMAR's published board: what is above chance, at it, below it, and which claims that bears out."""
    from earwitness.errors import BenchmarkError
    from earwitness.mmar.board import WITHIN, recomputed
    from earwitness.mmar.items import read_items

    if not 0 < alpha < 1:
        raise BenchmarkError(f"--alpha lies between 0 and 1; got {alpha:g}.")
    if family not in WITHIN:
        raise BenchmarkError(f"--family is one of {', '.join(WITHIN)}; got '{family}'.")
    items = None if benchmark is None else read_items(benchmark)
    board = recomputed(items, alpha=alpha, family=family)
    official = recomputed(items, alpha=alpha, family=family, scorer="official")
    if json:
        say_json(_told(board, official))
        return
    _say_board(board)
    _say_claims(board, official)
    _say_pairs(board, listed=pairs)


def _say_board(board: Recomputed) -> None:
    from earwitness.mmar.board import COLUMNS, SECTIONS, SOURCE

    columns = [board.columns[name] for name in COLUMNS]
    rows: list[tuple[object, ...]] = [
        ("items", "", "", *(f"{column.n:,} " for column in columns)),
        ("guessing", "", "", *(f"{100 * column.chance:.1f} " for column in columns)),
        ("above from", "", "", *(_percent(column.lowest_above) for column in columns)),
        ("below to", "", "", *(_percent(column.highest_below) for column in columns)),
    ]
    for section in SECTIONS:
        rows += [("", *[""] * 10), (f"{section}s", *[""] * 10)]
        for row in board.rows:
            if row.published.section == section:
                cells = [row.cells[name] for name in COLUMNS]
                told = (f"{cell.percent:.1f}{_MARKS[cell.standing]}" for cell in cells)
                rows.append((row.published.label, "yes" if row.published.is_open else "no", _p(cells[0].holm), *told))
    say_table("MMAR's published board, percent right", ("", "open", "p", *_HEADS), rows)
    sections = "; ".join(f"{section}s: {about}" for section, about in SECTIONS.items())
    _wrapped(
        f"+ above chance, - below it, at alpha {board.alpha:g}: exact two-sided tests with Holm's correction over "
        f"{_FAMILIES[board.within]}; p is that of the column 'all', corrected. 'above from' and 'below to' are the "
        f"bounds of one-sided tests with Bonferroni's correction for {columns[0].family}. so, mu, sp: sound, music, "
        f"speech. {sections}. Source: {SOURCE}.\n"
    )
    counts = board.counts("all")
    others = {name: tuple(board.counts("all", correction=name).values()) for name in ("bonferroni", "one-sided")}
    _wrapped(
        f"Of {len(board.rows)} rows {counts['above']} are above chance, {counts['same']} cannot be told from it, and "
        f"{counts['below']} are below it, which guessing hardly ever is: most likely their answers could not be read. "
        f"With Bonferroni's correction {_three(others['bonferroni'])}; with two one-sided tests and Bonferroni's "
        f"{_three(others['one-sided'])}.\n"
    )


def _say_claims(board: Recomputed, official: Recomputed) -> None:
    from earwitness.mmar.claims import CLAIMED_ALPHA, CLAIMED_FAMILY, assumptions, claims, sturdiness

    say("What was said of it")
    said = ""
    for claim in claims(board):
        if claim.text != said:
            _wrapped(f'"{claim.text}" ({claim.source})', indent=" ")
        said = claim.text
        _wrapped(f"{'supported' if claim.supported else 'NOT supported'}, read as: {claim.reading}.", indent="   ")
        _wrapped(f"{claim.because[0].upper()}{claim.because[1:]}", indent="     ")
        if claim.against:
            _wrapped(f"Against it: {', '.join(claim.against)}.", indent="     ")
    found = sturdiness(board)
    loose = [f"alpha {alpha:g} over {n}" for (alpha, n), above in found.above.items() if above]
    tests = ", ".join(str(n) for n in dict.fromkeys(n for _, n in found.above))
    _wrapped(
        f"The first holds for every test stricter than p = {found.p:.2g}, that of {found.nearest}; of alpha 0.05, 0.01 "
        f"and {CLAIMED_ALPHA:g} over {tests} tests it fails at {', '.join(loose) or 'none'}. It needs the choices to "
        f"be what they are: if guessing earned less than {100 * found.lowest_chance:.1f} %, {found.nearest} would be "
        f"above chance at alpha {CLAIMED_ALPHA:g} over {CLAIMED_FAMILY}. And not to be above chance is no proof of "
        f"guessing: a model whose true accuracy is {100 * found.detectable:.1f} % is found above chance in 80 of 100 "
        "such tests, one below that less often.\n",
        indent=" ",
    )
    say("What this rests on")
    for number, text in enumerate(assumptions(board, official), start=1):
        _wrapped(f"{number}. {text}", indent=" ", hang=3)


def _say_pairs(board: Recomputed, *, listed: bool) -> None:
    from earwitness.mmar.claims import OUTCOMES, every_pair, neighbours

    near, every = neighbours(board), every_pair(board)
    if listed:
        say("")
        say_table(
            "Neighbours on the board, told apart by McNemar's exact test?",
            ("first", "second", "points", "differ on", "p least", "p unrel.", "p most", "told"),
            [
                (
                    pair.first,
                    pair.second,
                    f"{pair.points:.1f}",
                    f"{pair.fewest}-{pair.most}",
                    *(_p(p) for p in (pair.p_lowest, pair.p_unrelated, pair.p_highest)),
                    pair.outcome,
                )
                for pair in near
            ],
        )
    counts = [Counter(pair.outcome for pair in each) for each in (near, every)]
    told = [", ".join(f"{name} {each[name]}" for name in OUTCOMES) for each in counts]
    say("")
    _wrapped(
        f"Which rows can be told from each other, at 5 % with Bonferroni's correction? Of {len(near)} neighbours: "
        f"{told[0]}; of all {len(every)} pairs: {told[1]}. 'surely' and 'never' hold whichever items each row got "
        "right; 'depends' needs the rows' answers."
    )


def _told(board: Recomputed, official: Recomputed) -> dict[str, Any]:
    """Return all of it as JSON can hold it."""
    from earwitness.mmar.board import COLUMNS, SOURCE
    from earwitness.mmar.claims import assumptions, claims, every_pair, neighbours, sturdiness

    found = sturdiness(board)
    told: dict[str, Any] = with_nulls(
        {
            "source": SOURCE,
            "alpha": board.alpha,
            "family": board.within,
            "columns": [dataclasses.asdict(board.columns[name]) for name in COLUMNS],
            "rows": [
                {
                    "label": row.published.label,
                    "section": row.published.section,
                    "system": row.published.system,
                    "size": row.published.size or None,
                    "open": row.published.is_open,
                    "later": row.published.later,
                    "fits": row.fits,
                    "cells": {name: dataclasses.asdict(row.cells[name]) for name in COLUMNS},
                }
                for row in board.rows
            ],
            "counts": {
                correction: {name: board.counts(name, correction=correction) for name in COLUMNS}
                for correction in ("holm", "bonferroni", "one-sided")
            },
            "official": {
                "chance": {name: official.columns[name].chance for name in COLUMNS},
                "counts": {name: official.counts(name) for name in COLUMNS},
            },
            "claims": [dataclasses.asdict(claim) for claim in claims(board)],
            "sturdiness": {
                **{name: getattr(found, name) for name in ("nearest", "p", "lowest_chance", "detectable")},
                "above": [{"alpha": alpha, "tests": n, "rows": rows} for (alpha, n), rows in found.above.items()],
            },
            "assumptions": assumptions(board, official),
            "neighbours": _pairs(neighbours(board)),
            "pairs": _pairs(every_pair(board)),
        }
    )
    return told


def _pairs(pairs: Sequence[PairBounds]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(pair) for pair in pairs]


def _wrapped(text: str, *, indent: str = "", hang: int = 0) -> None:
    end = "\n" if text.endswith("\n") else ""
    hanging = indent + " " * hang
    lines = textwrap.wrap(text.strip(), _WIDE, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False)
    say("\n".join(lines) + end)


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f} "


def _p(p: float) -> str:
    return f"<{_LEAST:g}" if p < _LEAST else f"{p:.3f}"


def _three(counts: Sequence[int]) -> str:
    return "{} / {} / {}".format(*counts)
