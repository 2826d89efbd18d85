"""The charts of the page, as Vega-Lite specifications.

A chart is a plain dict that draws the rows called ``rows``; the page hands over the rows, so that the same ones serve
light and dark. Shares are percentages. What a reader moves (a system, a task, a slider) is a parameter of the chart,
or its rows are replaced. All charts are as wide as their place on the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from earwitness.report.pieces import (
    NARROW,
    Palette,
    Spec,
    cell_fill,
    chart,
    height_of,
    interval_rule,
    mark_at,
    names_above,
    names_axis,
    of_system,
    percent_axis,
)

__all__ = [
    "ROLES",
    "alignment_map",
    "alignment_strip",
    "axis_end",
    "comparison",
    "faults",
    "gap",
    "heatmap",
    "polarity",
    "reasoning",
    "size",
]


def comparison(palette: Palette, *, n_rows: int, paradigms: Sequence[str], top: float, chance: float) -> Spec:
    """Draw systems as bars with intervals; rows hold name, paradigm, value, low, high, said.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    n_rows
        How many systems there are.
    paradigms
        All kinds of systems, in the order of the palette.
    top
        Where the axis ends, in percent.
    chance
        What guessing earns, in percent.
    """
    y, x = names_axis(), percent_axis("value", title="mean Acc@1", top=top)
    color = {
        "field": "paradigm",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(paradigms), "range": list(palette["paradigms"])},
    }
    tooltip = [{"field": field, "type": "nominal"} for field in ("name", "paradigm", "said")]
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "height": 16, "opacity": 0.6},
            "encoding": {"y": y, "x": x, "color": color, "tooltip": tooltip},
        },
        interval_rule(y, x, palette["text"]),
        {
            "mark": {"type": "text", "align": "left", "dx": 6},
            "encoding": {"y": y, "x": {**x, "field": "high"}, "text": {"field": "value", "format": ".1f"}},
        },
    ]
    return chart([*layers, *mark_at(chance, palette, words="chance")], height=height_of(n_rows))


def heatmap(palette: Palette, *, names: Sequence[str], tasks: Sequence[str], measure: str) -> Spec:
    """Draw a cell for each system and task with its number in it; rows hold name, task, value, said."""
    y = names_axis(order=names)
    x = names_above(palette, field="task", order=tasks)
    fill = cell_fill(palette)
    tooltip = [{"field": "name", "type": "nominal"}, {"field": "task", "type": "nominal"}]
    tooltip += [{"field": "said", "type": "nominal", "title": measure}]
    ink = {
        "condition": {"test": f"datum.value > {palette['ink-turns']}", "value": palette["on-high"]},
        "value": palette["on-low"],
    }
    text = {"field": "value", "type": "quantitative", "format": ".1f"}
    return chart(
        [
            {
                "mark": {"type": "rect", "stroke": palette["page"], "strokeWidth": 2, "cornerRadius": 3},
                "encoding": {"x": x, "y": y, "fill": fill, "tooltip": tooltip},
            },
            {"mark": "text", "encoding": {"x": x, "y": y, "text": text, "color": ink}},
        ],
        height=height_of(len(names)),
    )


def gap(palette: Palette, *, name: str, tasks: Sequence[str], measures: Sequence[str]) -> Spec:
    """Draw retrieval beside reasoning for one system; rows hold name, task, measure, value, low, high, said."""
    y = names_axis(field="task", order=tasks)
    x = percent_axis("value", title="right answers")
    beside = {"field": "measure", "type": "nominal", "sort": list(measures)}
    color = {
        "field": "measure",
        "type": "nominal",
        "scale": {"domain": list(measures), "range": [palette["accent"], palette["paradigms"][2]]},
    }
    shape = {**beside, "scale": {"domain": list(measures), "range": ["circle", "diamond"]}}
    place = {"y": y, "yOffset": beside, "color": color}
    tooltip = [{"field": field, "type": "nominal"} for field in ("task", "measure", "said")]
    return chart(
        [
            {
                "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
                "encoding": {**place, "x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {**place, "x": x, "shape": shape, "tooltip": tooltip},
            },
            *mark_at(50, palette, words="a coin"),
        ],
        height=height_of(len(tasks), row=52),
        **of_system(name),
    )


def faults(palette: Palette, *, name: str, tasks: Sequence[str], kinds: Mapping[str, int]) -> Spec:
    """Draw what the first clip breaks as stacked bars; rows hold name, task, kind, place, share, said.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    name
        The system that is drawn first.
    tasks
        The tasks, from above.
    kinds
        The kinds that occur, with the place of each one's colour.
    """
    color = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": list(kinds), "range": [palette["faults"][place] for place in kinds.values()]},
    }
    return chart(
        [
            {
                "mark": {"type": "bar", "height": 20, "stroke": palette["page"], "strokeWidth": 1},
                "encoding": {
                    "y": names_axis(field="task", order=tasks),
                    "x": percent_axis("share", title="queries", stack="zero"),
                    "color": color,
                    "order": {"field": "place", "type": "quantitative"},
                    "tooltip": [{"field": field, "type": "nominal"} for field in ("task", "kind", "said")],
                },
            }
        ],
        height=height_of(len(tasks)) + 30,
        **of_system(name),
    )


def polarity(palette: Palette, *, n_rows: int) -> Spec:
    """Draw how often an excluded sound raises the score; rows hold name, value, low, high, said."""
    y = names_axis()
    x = percent_axis("value", title="of the pairs")
    # Which side of a coin the whole interval lies on.
    color = {
        "condition": [
            {"test": "datum.low > 50", "value": palette["bad"]},
            {"test": "datum.high < 50", "value": palette["good"]},
        ],
        "value": palette["quiet"],
    }
    tooltip = [{"field": field, "type": "nominal"} for field in ("name", "said")]
    return chart(
        [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": color},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {"y": y, "x": x, "color": color, "tooltip": tooltip},
            },
            *mark_at(50, palette, words="no bias"),
        ],
        height=height_of(n_rows),
    )


def size(palette: Palette, *, rows: Sequence[Mapping[str, Any]]) -> Spec:
    """Draw size against score; rows hold name, n_parameters, value, source, said."""
    top = axis_end(row["value"] for row in rows)
    sizes = [row["n_parameters"] for row in rows] or [1e9]
    sources = ["measured here", "published"]
    x = {
        "field": "n_parameters",
        "type": "quantitative",
        "title": "parameters",
        "scale": {"type": "log", "nice": False, "domain": [min(sizes) / 30, max(sizes) * 3]},
        "axis": {
            "labelExpr": "datum.value >= 1e9 ? format(datum.value / 1e9, ',~g') + ' B' "
            ": format(datum.value / 1e6, '~g') + ' M'",
            "values": [10.0**power for power in range(3, 16)],
        },
    }
    y = percent_axis("value", title="mean Acc@1", top=top)
    of_source = {"field": "source", "type": "nominal"}
    color = {**of_source, "scale": {"domain": sources, "range": [palette["accent"], palette["paradigms"][2]]}}
    shape = {**of_source, "scale": {"domain": sources, "range": ["circle", "diamond"]}}
    tooltip = [{"field": field, "type": "nominal"} for field in ("name", "source", "said")]
    names = [
        {**{key: row[key] for key in ("name", "n_parameters", "source")}, "at": at} for row, at in _labels(rows, top)
    ]
    # On a phone there is room for the names of what was measured; the table under the chart has all.
    quiet = {"expr": f"{NARROW} && datum.source === 'published' ? 0 : 1"}
    return chart(
        [
            {
                "mark": {"type": "point", "size": 120, "strokeWidth": 2.5, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": color, "shape": shape, "tooltip": tooltip},
            },
            {
                "data": {"values": names},
                "mark": {
                    "type": "text",
                    "align": "right",
                    "baseline": "middle",
                    "dx": -11,
                    "limit": 150,
                    "opacity": quiet,
                },
                "encoding": {"x": x, "y": {**y, "field": "at"}, "text": {"field": "name"}},
            },
        ],
        height=360,
    )


def _labels(rows: Sequence[Mapping[str, Any]], top: float) -> list[tuple[Mapping[str, Any], float]]:
    """Return how high each point's name stands: at the point, or higher where it would cover another name."""
    line = 0.055 * top
    placed: list[tuple[Mapping[str, Any], float]] = []
    for row in sorted(rows, key=lambda row: float(row["value"])):
        near = [at for other, at in placed if 0.2 < other["n_parameters"] / row["n_parameters"] < 5]
        placed.append((row, max([row["value"], *(at + line for at in near)])))
    return placed


def reasoning(palette: Palette, *, tasks: Sequence[str]) -> Spec:
    """Draw Acc@1 as measured and as it would be; rows hold task, measured, value, said, and are replaced."""
    y = names_axis(field="task", order=tasks)
    x = percent_axis("value", title="Acc@1")
    tooltip = [{"field": field, "type": "nominal"} for field in ("task", "said")]
    return chart(
        [
            {
                "mark": {"type": "bar", "height": 18, "color": palette["ramp"][2]},
                "encoding": {"y": y, "x": x, "tooltip": tooltip},
            },
            {
                "mark": {"type": "bar", "height": 18, "color": palette["accent"]},
                "encoding": {"y": y, "x": {**x, "field": "measured"}, "tooltip": tooltip},
            },
        ],
        height=height_of(len(tasks)),
    )


ROLES = ("the query", "answers it", "breaks one clause")
"""What a point of an alignment is, in the order of ``alignment.ROLES``."""


def _roles(palette: Palette, *, roles: Sequence[str]) -> Spec:
    field = {"field": "role", "type": "nominal"}
    looks = ((palette["text"], "cross"), (palette["accent"], "circle"), (palette["bad"], "diamond"))
    look = dict(zip(ROLES, looks, strict=True))
    color = {**field, "scale": {"domain": list(roles), "range": [look[role][0] for role in roles]}}
    shape = {**field, "scale": {"domain": list(roles), "range": [look[role][1] for role in roles]}}
    return {"color": color, "shape": shape, "tooltip": [{"field": "said", "type": "nominal"}]}


def alignment_map(palette: Palette) -> Spec:
    """Draw queries and their clips in a plane; rows hold x, y, role, chosen, said, and are replaced."""
    scale = {"domain": [-1.06, 1.06], "nice": False}
    place = {
        name: {"field": name, "type": "quantitative", "title": None, "axis": None, "scale": scale} for name in "xy"
    }
    faint = {"condition": {"test": "datum.chosen", "value": 0.95}, "value": 0.16}
    size = {"condition": {"test": "datum.role === 'the query'", "value": 320}, "value": 120}
    encoding = {**place, **_roles(palette, roles=ROLES), "opacity": faint, "size": size}
    return chart([{"mark": {"type": "point", "filled": True}, "encoding": encoding}], height=400)


def alignment_strip(palette: Palette) -> Spec:
    """Draw the scores of a query's clips on a line for each role; rows hold x, role, chosen, said, and are replaced.

    The axis goes from the parameter ``low`` to the parameter ``high``.
    """
    x = {
        "field": "x",
        "type": "quantitative",
        "title": "score, in standard deviations of the query's scores",
        "scale": {"domain": [{"expr": "low"}, {"expr": "high"}], "nice": False, "zero": False},
        "axis": {"tickCount": 7},
    }
    roles = {**names_axis(field="role", order=ROLES[1:]), "axis": None}
    mark = {"type": "point", "filled": True, "size": 130, "opacity": 0.75}
    layer = {"mark": mark, "encoding": {"x": x, "y": roles, **_roles(palette, roles=ROLES[1:])}}
    return chart(
        [layer],
        height=170,
        transform=[{"filter": "datum.chosen"}],
        params=[{"name": "low", "value": -3}, {"name": "high", "value": 6}],
    )


def axis_end(values: Iterable[float]) -> float:
    """Return where an axis of percentages may end: a multiple of ten that leaves room behind the greatest value."""
    return max(10.0, 10.0 * math.ceil(1.15 * max(values, default=100.0) / 10.0))
