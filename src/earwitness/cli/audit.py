"""``earwitness mmar audit``: what a benchmark gives away without any model and without its recordings."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli.talk import progress_bars, say, say_json, say_table
from earwitness.records import with_nulls

if TYPE_CHECKING:
    from earwitness.mmar.audit import Audit, Classifier
    from earwitness.mmar.chance import GroupScore
    from earwitness.scores.stats import Estimate

__all__ = ["audit"]


def audit(
    benchmark: Annotated[Path, typer.Argument(help="MMAR's or MMAU's file of items, or its folder.")],
    *,
    draws: Annotated[
        int,
        typer.Option(min=0, help="How often answers are drawn at random, to see what the classifier makes of them."),
    ] = 99,
    seed: Annotated[int, typer.Option(help="For these draws.")] = 0,
    items: Annotated[
        bool, typer.Option("--items", help="List the items that need no ears: all priors take their right choice.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Draw no progress bar.")] = False,
) -> None:
    """Say how much of a benchmark can be solved by reading it: no model, no recordings."""
    from earwitness.mmar.audit import audit as audited
    from earwitness.mmar.items import read_items

    with progress_bars(quiet=quiet) as progress:
        found = audited(read_items(benchmark), draws=draws, seed=seed, progress=progress)
    if json:
        say_json(_told(found, items=items))
        return
    _say(found)
    if items:
        _say_shortcuts(found)


def _say(found: Audit) -> None:
    say(f"{found.items.path}: {len(found.items):,} items. {found.finding}\n")
    say_table(
        "Rules that look at the choices",
        ("rule", "says of", "right", "chance", "of all", "95 %", "p", "Holm", ""),
        [
            (
                rule.name,
                rule.decided,
                _percent(rule.right / rule.decided if rule.decided else math.nan),
                _percent(rule.chance / rule.decided if rule.decided else math.nan),
                _percent(rule.accuracy.value),
                _interval(rule.accuracy),
                _small(rule.p),
                _small(rule.holm),
                "" if rule.standing == "same" else rule.standing,
            )
            for rule in found.rules
        ],
    )
    for classifier in found.classifiers:
        rows = [
            _group(group) for group in (classifier.overall, *(row for by in classifier.groups.values() for row in by))
        ]
        head = ("group", "items", "right", "95 %", "chance", "p", "Holm", "")
        say_table(f"A classifier of words: {classifier.name}, on videos it never saw", head, rows)
        if classifier.drawn.draws:
            say(_drawn(classifier) + "\n")
    agreed = found.agreed
    say(
        f"All priors agree on {agreed.n:,} items and are right on {len(agreed.shortcuts):,} of them; a guess would be "
        f"on {agreed.chance:.0f} (p {_small(agreed.p, after='=')})."
    )


def _group(group: GroupScore) -> tuple[object, ...]:
    return (
        group.name,
        group.n,
        _percent(group.accuracy.value),
        _interval(group.accuracy),
        _percent(group.chance),
        _small(group.p),
        _small(group.holm),
        "" if group.standing == "same" else group.standing,
    )


def _drawn(classifier: Classifier) -> str:
    drawn = classifier.drawn
    spread = "" if math.isnan(drawn.sd) else f", standard deviation {100 * drawn.sd:.1f}"
    return (
        f"With right answers drawn at random ({drawn.draws} times) the same classifier is right on "
        f"{_percent(drawn.mean)} % on average{spread}, {_percent(drawn.highest)} % at most: "
        f"p {_small(drawn.p, after='=')}."
    )


def _say_shortcuts(found: Audit) -> None:
    by_id = found.items.by_id
    say_table(
        "Items that need no ears, the surest first",
        ("item", "right choice", "likely", "chance", "rules"),
        [
            (
                each.id,
                by_id[each.id].answer,
                _percent(each.probability),
                _percent(each.chance),
                ", ".join(each.rules),
            )
            for each in found.agreed.shortcuts
        ],
    )


def _told(found: Audit, *, items: bool) -> dict[str, Any]:
    agreed = found.agreed
    told = {
        "benchmark": str(found.items.path),
        "sha256": found.items.sha256,
        "n": len(found.items),
        "has_prior": found.has_prior,
        "finding": found.finding,
        "rules": [with_nulls(asdict(rule)) for rule in found.rules],
        "classifiers": [
            {
                "name": each.name,
                "overall": with_nulls(asdict(each.overall)),
                "groups": {by: [with_nulls(asdict(row)) for row in rows] for by, rows in each.groups.items()},
                "drawn": with_nulls(asdict(each.drawn)) if each.drawn.draws else None,
            }
            for each in found.classifiers
        ],
        "agreed": with_nulls({"n": agreed.n, "right": len(agreed.shortcuts), "chance": agreed.chance, "p": agreed.p}),
    }
    if items:
        told["items"] = [asdict(each) for each in agreed.shortcuts]
    return told


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f}"


def _interval(estimate: Estimate) -> str:
    return f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}"


def _small(p: float, *, after: str = "") -> str:
    """Return a p-value with three digits behind the point, or how small it is."""
    if math.isnan(p):
        return f"{after} none".strip()
    if p >= 0.0005:
        return f"{after} {p:.3f}".strip()
    return f"{after} {p:.0e}".strip()
