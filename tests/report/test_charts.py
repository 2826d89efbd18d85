"""Charts compile, their colours can be read, and names do not cover each other."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import vl_convert

from earwitness.report import charts
from earwitness.report.charts import ROLES
from earwitness.report.pieces import PALETTES, Palette, Spec, theme
from earwitness.systems.base import PARADIGMS

TASKS = ("Negation", "Order")
NUMBERS = {"value": 30.0, "low": 20.0, "high": 41.0, "said": "30.0 %"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "comparison": [{"name": "a", "paradigm": "MLLM", **NUMBERS}],
    "heatmap": [{"name": "a", "task": "Order", **NUMBERS}],
    "gap": [{"name": "a", "task": "Order", "measure": "2AFC", **NUMBERS}],
    "faults": [{"name": "a", "task": "Order", "kind": "order", "place": 1, "share": 30.0, "said": "30.0 %"}],
    "polarity": [{"name": "a", **NUMBERS}],
    "size": [{"name": "a", "n_parameters": 7_000_000_000, "source": "published", "value": 16.9, "said": "16.9 %"}],
    "reasoning": [{"task": "Order", "measured": 10.0, "value": 20.0, "said": ""}],
    "alignment_map": [{"x": 0.1, "y": -0.4, "role": ROLES[1], "chosen": True, "said": "clip-1"}],
    "alignment_strip": [{"x": 0.1, "role": ROLES[1], "chosen": True, "said": "clip-1"}],
}


def specs(palette: Palette) -> dict[str, Spec]:
    return {
        "comparison": charts.comparison(palette, n_rows=1, paradigms=PARADIGMS, top=50.0, chance=0.6),
        "heatmap": charts.heatmap(palette, names=["a"], tasks=TASKS, measure="Acc@1"),
        "gap": charts.gap(palette, name="a", tasks=TASKS, measures=("Acc@1", "2AFC")),
        "faults": charts.faults(palette, name="a", tasks=TASKS, kinds={"right": 0, "order": 3}),
        "polarity": charts.polarity(palette, n_rows=1),
        "size": charts.size(palette, rows=ROWS["size"]),
        "reasoning": charts.reasoning(palette, tasks=TASKS),
        "alignment_map": charts.alignment_map(palette),
        "alignment_strip": charts.alignment_strip(palette),
    }


@pytest.mark.parametrize("scheme", PALETTES)
@pytest.mark.parametrize("name", ROWS)
def test_a_chart_is_drawn_with_all_its_rows(name: str, scheme: str) -> None:
    palette = PALETTES[scheme]
    spec = {**specs(palette)[name], "width": 600, "config": theme(palette), "datasets": {"rows": ROWS[name]}}
    compiled = vl_convert.vegalite_to_vega(spec)
    # Every field that an encoding asks for is in the rows: a misspelt one would draw nothing, and say nothing.
    asked = set(_fields(spec))
    own = {key for values in _own_values(spec) for key in values}
    assert asked <= set(ROWS[name][0]) | own
    assert "<svg" in vl_convert.vega_to_svg(compiled)


def _fields(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["field"]] if isinstance(value.get("field"), str) else []
        return own + [field for key, each in value.items() if key != "datasets" for field in _fields(each)]
    return [field for each in value for field in _fields(each)] if isinstance(value, list) else []


def _own_values(spec: Spec) -> list[dict[str, Any]]:
    return [values for layer in spec["layer"] for values in layer.get("data", {}).get("values", [])]


# --- colours ---


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))


def contrast(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""

    def luminance(colour: tuple[float, ...]) -> float:
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", PALETTES)
@pytest.mark.parametrize("ground", ["page", "panel"])
@pytest.mark.parametrize("ink", ["text", "quiet", "accent", "good", "bad"])
def test_text_can_be_read(scheme: str, ground: str, ink: str) -> None:
    assert contrast(rgb(PALETTES[scheme][ink]), rgb(PALETTES[scheme][ground])) >= 4.5


@pytest.mark.parametrize("scheme", PALETTES)
def test_marks_stand_out_from_the_page(scheme: str) -> None:
    palette = PALETTES[scheme]
    # The first fault is none: what is right stays in the background.
    for colour in (*palette["paradigms"], *palette["faults"][1:]):
        assert contrast(rgb(colour), rgb(palette["page"])) >= 3


@pytest.mark.parametrize("scheme", PALETTES)
@pytest.mark.parametrize("percent", range(101))
def test_numbers_in_a_heatmap_can_be_read(scheme: str, percent: int) -> None:
    palette = PALETTES[scheme]
    ramp = [rgb(colour) for colour in palette["ramp"]]
    place = (percent / 100) ** 0.5 * (len(ramp) - 1)
    below = min(int(place), len(ramp) - 2)
    cell = tuple(a + (b - a) * (place - below) for a, b in zip(ramp[below], ramp[below + 1], strict=True))
    ink = palette["on-high"] if percent > palette["ink-turns"] else palette["on-low"]
    assert contrast(cell, rgb(ink)) >= 4.5


def test_there_is_a_colour_for_every_paradigm_and_both_schemes_have_the_same_names() -> None:
    light, dark = PALETTES["light"], PALETTES["dark"]
    assert set(light) == set(dark)
    assert len(light["paradigms"]) == len(dark["paradigms"]) == len(PARADIGMS)
    assert len(set(light["paradigms"])) == len(PARADIGMS)


# --- places ---


def test_names_of_systems_of_one_size_do_not_cover_each_other() -> None:
    rows = [
        {"name": name, "n_parameters": 7e9, "source": "published", "value": value, "said": ""}
        for name, value in (("a", 16.9), ("b", 16.5), ("c", 12.6))
    ]
    spec = charts.size(PALETTES["light"], rows=rows)
    (names,) = (layer["data"]["values"] for layer in spec["layer"] if "data" in layer)
    heights = {each["name"]: each["at"] for each in names}
    assert heights["c"] < heights["b"] < heights["a"]
    assert all(b - a > 1 for a, b in itertools.pairwise(sorted(heights.values())))
    assert heights["c"] == 12.6


@pytest.mark.parametrize(("values", "end"), [([], 120), ([16.9], 20), ([18.0, 3.0], 30), ([0.0], 10), ([100.0], 120)])
def test_an_axis_leaves_room_behind_its_longest_bar(values: list[float], end: float) -> None:
    assert charts.axis_end(values) == end
