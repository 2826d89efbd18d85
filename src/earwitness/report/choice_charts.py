"""The charts of a page about questions with several choices, as Vega-Lite specifications; see ``pieces``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    "board",
    "error_places",
    "gains",
    "layers",
    "places",
    "share_matrix",
    "standings",
    "verdict_colours",
    "verdicts",
]

_SHAPES = {"above": "triangle-up", "same": "circle", "below": "triangle-down"}
_SOURCES = ("measured here", "published")


def verdict_colours(palette: Palette) -> Mapping[str, str]:
    """Return the colour of each verdict."""
    faults = palette["faults"]
    return {
        **{"right": palette["good"], "wrong": faults[2], "unparsed": faults[5]},
        **{"missing": faults[0], "refused": faults[4], "error": faults[7]},
    }


def verdicts(palette: Palette, *, names: Sequence[str], kinds: Sequence[str], chance: float) -> Spec:
    """Draw what became of all items, as stacked bars; rows hold name, kind, place, share, said.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    names
        The systems, from above.
    kinds
        The verdicts that occur, in their order.
    chance
        What guessing earns, in percent.
    """
    colours = verdict_colours(palette)
    color = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": list(kinds), "range": [colours[kind] for kind in kinds]},
    }
    bars = {
        "mark": {"type": "bar", "height": 20, "stroke": palette["page"], "strokeWidth": 1},
        "encoding": {
            "y": names_axis(order=names),
            "x": percent_axis("share", title="of all items", stack="zero"),
            "color": color,
            "order": {"field": "place", "type": "quantitative"},
            "tooltip": [{"field": field, "type": "nominal"} for field in ("name", "kind", "said")],
        },
    }
    return chart([bars, *mark_at(chance, palette, words="chance")], height=height_of(len(names)) + 34)


def error_places(palette: Palette, *, names: Sequence[str], kinds: Mapping[str, int]) -> Spec:
    """Draw where the items of a rubric are, as stacked bars; rows hold name, kind, place, share, said.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    names
        The systems, from above.
    kinds
        The places that occur, with the place of each one's colour.
    """
    faults = palette["faults"]
    looks = [palette["good"], faults[1], faults[4], faults[2], faults[7], faults[0], faults[5]]
    color = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": list(kinds), "range": [looks[at] for at in kinds.values()]},
        "legend": {"columns": {"expr": NARROW + " ? 2 : 3"}, "labelFontSize": {"expr": NARROW + " ? 10.5 : 12"}},
    }
    bars = {
        "mark": {"type": "bar", "height": 20, "stroke": palette["page"], "strokeWidth": 1},
        "encoding": {
            "y": names_axis(order=names),
            "x": percent_axis("share", title="of the items with a rubric", stack="zero"),
            "color": color,
            "order": {"field": "place", "type": "quantitative"},
            "tooltip": [{"field": field, "type": "nominal"} for field in ("name", "kind", "said")],
        },
    }
    return chart([bars], height=height_of(len(names)) + 66)


def layers(palette: Palette, *, name: str, across: Sequence[str], down: Sequence[str]) -> Spec:
    """Draw a cell for each layer and modality of one system.

    Rows hold name, layer, modality, value, label, n, low, high, small, said.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    name
        The system that is drawn first.
    across, down
        The layers and the modalities, with their margins.
    """
    x = names_above(palette, field="layer", order=across)
    x["axis"]["labelExpr"] = "replace(datum.label, ' Layer', '')"
    place = {"x": x, "y": names_axis(field="modality", order=down)}
    fill = {
        "condition": {"test": "datum.small", "value": palette["panel"]},
        **cell_fill(palette),
    }
    ink = {
        "condition": [
            {"test": "datum.small", "value": palette["quiet"]},
            {"test": f"datum.value > {palette['ink-turns']}", "value": palette["on-high"]},
        ],
        "value": palette["on-low"],
    }
    tooltip = [{"field": field, "type": "nominal"} for field in ("layer", "modality", "said")]
    band = "'guess ' + format(datum.low, '.0f') + '–' + format(datum.high, '.0f') + ' · n ' + datum.n"
    under = {"expr": f"{NARROW} ? 'n ' + datum.n : {band}"}
    return chart(
        [
            {
                "mark": {"type": "rect", "stroke": palette["page"], "strokeWidth": 2, "cornerRadius": 3},
                "encoding": {**place, "fill": fill, "tooltip": tooltip},
            },
            {
                "mark": {"type": "text", "dy": -7, "fontWeight": "bold"},
                "encoding": {**place, "text": {"field": "label"}, "color": ink},
            },
            {
                "mark": {"type": "text", "dy": 9, "fontSize": 10.5, "text": under},
                "encoding": {**place, "color": ink},
            },
        ],
        height=height_of(len(down), row=48),
        **of_system(name),
    )


def standings(palette: Palette) -> Mapping[str, Any]:
    """Return how it is shown where a share stands to chance: by shape, and who measured it by colour."""
    source = {"field": "source", "type": "nominal"}
    stands = {"field": "standing", "type": "nominal"}
    return {
        "color": {
            **source,
            "scale": {"domain": list(_SOURCES), "range": [palette["accent"], palette["paradigms"][0]]},
        },
        "shape": {**stands, "scale": {"domain": list(_SHAPES), "range": list(_SHAPES.values())}, "legend": None},
    }


def board(palette: Palette, *, labels: Sequence[str], chance: float) -> Spec:
    """Draw the published board and what was measured here; rows hold label, source, standing, value, low, high, said.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    labels
        The systems, from above.
    chance
        What guessing earns, in percent.
    """
    y, x = names_axis(field="label", order=labels), percent_axis("value", title="accuracy")
    tooltip = [{"field": field, "type": "nominal"} for field in ("label", "source", "said")]
    here = {"condition": {"test": "datum.source === 'measured here'", "value": 150}, "value": 70}
    point = {"type": "point", "filled": True, "opacity": 1}
    layers = [
        {**interval_rule(y, x, palette["accent"]), "transform": [{"filter": "isValid(datum.low)"}]},
        {
            "mark": point,
            "encoding": {"y": y, "x": x, "size": here, "tooltip": tooltip, **standings(palette)},
        },
        *mark_at(chance, palette, words="chance"),
    ]
    return chart(layers, height=height_of(len(labels), row=21) + 30)


def gains(palette: Palette, *, names: Sequence[str]) -> Spec:
    """Draw what arms add to the text alone; rows hold name, value, low, high, said, in points.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    names
        The arms, from above.
    """
    y = names_axis(order=names)
    x = {
        "field": "value",
        "type": "quantitative",
        "title": "points more than with the text alone",
        "axis": {"tickCount": {"expr": NARROW + " ? 4 : 9"}},
    }
    color = {
        "condition": [
            {"test": "datum.low > 0", "value": palette["good"]},
            {"test": "datum.high < 0", "value": palette["bad"]},
        ],
        "value": palette["quiet"],
    }
    tooltip = [{"field": field, "type": "nominal"} for field in ("name", "said")]
    layers = [
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}, "color": color},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
            "encoding": {"y": y, "x": x, "color": color, "tooltip": tooltip},
        },
        *mark_at(0, palette, words="no gain"),
    ]
    return chart(layers, height=height_of(len(names)))


def places(palette: Palette, *, name: str, letters: Sequence[str]) -> Spec:
    """Draw how often a choice was taken by its place; rows hold name, letter, kind, value, said.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    name
        The system that is drawn first.
    letters
        The places, from above.
    """
    kinds = ["chosen", "right choice stood there"]
    beside = {"field": "kind", "type": "nominal", "sort": kinds}
    color = {**beside, "scale": {"domain": kinds, "range": [palette["accent"], palette["paradigms"][0]]}}
    encoding = {
        "y": names_axis(field="letter", order=letters),
        "yOffset": beside,
        "x": percent_axis("value", title="of the questions that had such a place"),
        "color": color,
        "tooltip": [{"field": field, "type": "nominal"} for field in ("letter", "kind", "said")],
    }
    bars = {"mark": {"type": "bar", "opacity": 0.85}, "encoding": encoding}
    return chart([bars], height=height_of(len(letters), row=44) + 30, **of_system(name))


def share_matrix(palette: Palette, *, name: str, across: Sequence[str], down: Sequence[str]) -> Spec:
    """Draw a share for each pair of names, of one system; rows hold name, row, column, value, said.

    Parameters
    ----------
    palette
        One of ``PALETTES``.
    name
        The system that is drawn first.
    across, down
        The columns and the rows, in their order.
    """
    x = names_above(palette, field="column", order=across)
    place = {"x": x, "y": names_axis(field="row", order=down)}
    fill = cell_fill(palette)
    ink = {
        "condition": {"test": f"datum.value > {palette['ink-turns']}", "value": palette["on-high"]},
        "value": palette["on-low"],
    }
    tooltip = [{"field": field, "type": "nominal"} for field in ("row", "column", "said")]
    return chart(
        [
            {
                "mark": {"type": "rect", "stroke": palette["page"], "strokeWidth": 2, "cornerRadius": 3},
                "encoding": {**place, "fill": fill, "tooltip": tooltip},
            },
            {
                "mark": "text",
                "encoding": {
                    **place,
                    "text": {"field": "value", "type": "quantitative", "format": ".1f"},
                    "color": ink,
                },
            },
        ],
        height=height_of(len(down), row=36),
        **of_system(name),
    )
