"""Error maps as ``earwitness mmar rubrics --json --items`` prints them, read again for the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from earwitness.errors import BenchmarkError, RunError
from earwitness.mmar.errormap import MISSING, PLACES
from earwitness.records import read_json
from earwitness.report.findings import Row, percent

__all__ = ["JudgedMap", "map_rows", "read_map"]


@dataclass(frozen=True)
class JudgedMap:
    """Where the items of a rubric are for one system, as raters judged it."""

    name: str
    """The system."""
    n: int
    """How many items have a rubric."""
    judged: int
    """How many of them some rater judged."""
    heard: str
    """Which share of an item's points for perception made it heard."""
    shares: Mapping[str, tuple[float, float, float]]
    """The share of all items in each of ``PLACES``, with its interval."""
    wrong: Mapping[str, tuple[float, float, float]]
    """The share of wrong answers that lacked each of ``MISSING`` first, with its interval; empty if none is."""
    paper: Mapping[str, float]
    """What MMAR's authors found reading wrong answers."""
    places: Mapping[str, str] = field(default_factory=dict)
    """The place of each item by id; empty where items were not printed."""


def read_map(path: Path) -> JudgedMap:
    """Read what ``earwitness mmar rubrics --json`` printed.

    Raises
    ------
    RunError
        When the file holds something else.
    """
    try:
        told = read_json(path)
    except BenchmarkError as error:
        raise RunError(str(error)) from error
    try:
        found = told["map"]
        places = {str(row["id"]): str(row["place"]) for row in told.get("items", [])}
        read = JudgedMap(
            name=str(told["name"]),
            n=int(told["n"]),
            judged=int(told["judged"]),
            heard=str(found["heard"]),
            shares={name: _estimate(found["shares"][name]) for name in PLACES},
            wrong={name: _estimate(found["wrong"][name]) for name in MISSING if name in found["wrong"]},
            paper={str(name): float(share) for name, share in found["paper"].items()},
            places=places,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunError(
            f"'{path}' is not what 'earwitness mmar rubrics --json --items' prints: {type(error).__name__}: {error}."
        ) from error
    strange = sorted(set(places.values()) - set(PLACES))
    if strange:
        raise RunError(f"'{path}' puts items into a place that there is not: {strange[0]!r}.")
    return read


def _estimate(told: Mapping[str, Any]) -> tuple[float, float, float]:
    value, low, high = (math.nan if told[name] is None else float(told[name]) for name in ("value", "low", "high"))
    return value, low, high


def map_rows(found: JudgedMap) -> list[Row]:
    """Return a row for each place that some item is in."""
    rows = []
    for place, (kind, (share, low, high)) in enumerate(found.shares.items()):
        if share > 0:
            said = f"{percent(share)} % of {found.n:,} items ({percent(low)} to {percent(high)} %)"
            row = {"name": found.name, "kind": kind, "place": place, "share": round(100 * share, 3), "said": said}
            rows.append(row)
    return rows
