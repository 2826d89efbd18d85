"""What the charts of all pages are made of: colours, axes and marks, as pieces of Vega-Lite specifications.

A chart is a plain dict that draws the rows called ``rows``; the page hands over the rows, so that the same ones serve
light and dark. Shares are percentages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

__all__ = [
    "NARROW",
    "PALETTES",
    "Palette",
    "Spec",
    "cell_fill",
    "chart",
    "height_of",
    "interval_rule",
    "mark_at",
    "names_above",
    "names_axis",
    "of_system",
    "percent_axis",
    "theme",
]

Spec = dict[str, Any]
Palette = Mapping[str, Any]

# Hues after Okabe and Ito, which remain apart for colour-blind readers, darkened or lightened until they reach 4.5:1
# against the page. Every colour is also told by a word, a place or a shape.
PALETTES: Mapping[str, Palette] = MappingProxyType(
    {
        "light": MappingProxyType(
            {
                "page": "#fdfdfc",
                "panel": "#f4f4f1",
                "line": "#d8d8d3",
                "text": "#1c1e21",
                "quiet": "#595f66",
                "accent": "#0b62ad",
                "good": "#006e51",
                "bad": "#b0420a",
                "paradigms": ("#646a73", "#0b62ad", "#b0420a", "#006e51", "#93307f", "#6f5900"),
                "faults": ("#c9ced4", "#0b62ad", "#d55e00", "#00805e", "#a2358f", "#9a7600", "#3a9bd1", "#3c424a"),
                "ramp": ("#f1f4f7", "#cfe0ef", "#93bfe0", "#4f93c8", "#1d66a8", "#0a3d73"),
                "on-low": "#000000",
                "on-high": "#ffffff",
                "ink-turns": 50.8,
            }
        ),
        "dark": MappingProxyType(
            {
                "page": "#15171a",
                "panel": "#1e2125",
                "line": "#3a3f46",
                "text": "#e8e9eb",
                "quiet": "#a3aab3",
                "accent": "#76b7f2",
                "good": "#4fc9a0",
                "bad": "#f59a5e",
                "paradigms": ("#a3aab3", "#76b7f2", "#f59a5e", "#4fc9a0", "#e391d3", "#d4bb55"),
                "faults": ("#4a5058", "#76b7f2", "#f08a45", "#3fbf95", "#e08acf", "#d4bb55", "#a8d8f5", "#d5d8dc"),
                "ramp": ("#20242a", "#21405f", "#285f92", "#3d84c2", "#76b1e2", "#c3e0f8"),
                "on-low": "#ffffff",
                "on-high": "#000000",
                "ink-turns": 29.5,
            }
        ),
    }
)
"""The colours of page and charts: what the style sheet calls ``--page``, ``--text`` and so on."""

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
NARROW = "width < 420"  # what a chart asks on a phone
_ROW, _FRAME = 30, 62  # pixels: of one row of a chart, and of the axis, its title and what stands over the rows


def theme(palette: Palette) -> Spec:
    """Return the configuration that all charts share."""
    axis = {
        "labelColor": palette["quiet"],
        "titleColor": palette["quiet"],
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelPadding": 6,
        "domain": False,
        "ticks": False,
        "gridColor": palette["line"],
        "gridOpacity": 0.7,
    }
    text = {"labelColor": palette["text"], "titleColor": palette["quiet"], "labelFontSize": 12, "titleFontSize": 12}
    return {
        "background": "transparent",
        "font": _FONT,
        "aria": False,  # the page describes each chart in words and as a table
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"labelColor": palette["text"], "labelLimit": 240},
        "legend": {
            **text,
            "orient": "top",
            "direction": "horizontal",
            "title": None,
            "symbolSize": 120,
            "offset": 20,
            "columns": 4,
        },
        "text": {"color": palette["text"], "fontSize": 12},
        "rule": {"color": palette["quiet"]},
    }


def chart(layers: Sequence[Spec], *, height: int, **more: Any) -> Spec:
    """Lay marks over one another; the height includes the axis."""
    return {
        "data": {"name": "rows"},
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        **more,
        "layer": list(layers),
    }


def height_of(n_rows: int, *, row: int = _ROW) -> int:
    """Return how high a chart of so many rows is, in pixels, its axis included."""
    return _FRAME + row * max(1, n_rows)


def percent_axis(field: str, *, title: str, top: float = 100.0, **more: Any) -> Spec:
    """Return a horizontal axis of percentages that ends at ``top``."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [0, top], "nice": False, "zero": True},
        "axis": {
            "tickCount": {"expr": NARROW + " ? 3 : 5"},
            "labelExpr": "datum.value > 100 ? '' : datum.label + ' %'",
        },
        **more,
    }


def names_axis(*, field: str = "name", order: Sequence[str] | None = None) -> Spec:
    """Return a vertical axis of names, in the order of the rows unless another one is given."""
    return {"field": field, "type": "nominal", "title": None, "sort": list(order) if order is not None else None}


def interval_rule(y: Spec, x: Spec, color: Any) -> Spec:
    """Return a thin line from ``low`` to ``high``, over bars of the same rows."""
    ends = {"x": {**x, "field": "low"}, "x2": {"field": "high"}}
    return {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": {"y": y, **ends, "color": {"value": color}}}


def mark_at(value: float, palette: Palette, *, words: str, axis: str = "x") -> list[Spec]:
    """Return a dashed line with a word at its end."""
    place = {axis: {"datum": value, "type": "quantitative"}}
    across = {"y": {"value": -6}} if axis == "x" else {"x": {"value": 4}}
    side = {"align": "left", "dx": 4} if axis == "x" else {"align": "left", "dy": -6}
    one: Spec = {"data": {"values": [{}]}}
    return [
        {**one, "mark": {"type": "rule", "strokeDash": [4, 3], "color": palette["quiet"]}, "encoding": place},
        {
            **one,
            "mark": {"type": "text", "text": words, "color": palette["quiet"], "fontSize": 11, **side},
            "encoding": {**place, **across},
        },
    ]


def of_system(name: str) -> dict[str, Any]:
    """Return what makes a chart show one system, the parameter ``system``."""
    return {"params": [{"name": "system", "value": name}], "transform": [{"filter": "datum.name === system"}]}


def names_above(palette: Palette, *, field: str, order: Sequence[str]) -> Spec:
    """Return an axis of names above the cells of a table; on a phone they stand aslant."""
    return {
        "field": field,
        "type": "nominal",
        "title": None,
        "sort": list(order),
        "axis": {
            "orient": "top",
            "labelColor": palette["text"],
            "grid": False,
            "labelAngle": {"expr": NARROW + " ? -50 : 0"},
            "labelAlign": {"expr": NARROW + " ? 'left' : 'center'"},
            "labelOverlap": False,
        },
    }


def cell_fill(palette: Palette) -> Spec:
    """Return the colour of a cell by its value in percent; the root shows differences in the lowest quarter."""
    return {
        "field": "value",
        "type": "quantitative",
        "legend": None,
        "scale": {"type": "sqrt", "domain": [0, 100], "range": list(palette["ramp"]), "interpolate": "rgb"},
    }
