"""Charts of questions with choices compile, and draw all their rows."""

from __future__ import annotations

from typing import Any

import pytest
import vl_convert

from earwitness.mmar.marking import VERDICTS
from earwitness.report import choice_charts as charts
from earwitness.report.pieces import PALETTES, Palette, Spec, theme
from report.test_charts import _fields, _own_values, contrast, rgb

ROWS: dict[str, list[dict[str, Any]]] = {
    "verdicts": [{"name": "a", "kind": "right", "place": 0, "share": 30.0, "said": "3 of 10"}],
    "layers": [
        {
            **{"name": "a", "layer": "Signal Layer", "modality": "sound", "n": 43, "value": 51.2, "label": "51.2 ▲"},
            **{"low": 19.0, "high": 47.0, "small": False, "said": "22 of 43"},
        }
    ],
    "board": [
        {"label": "a", "source": "published", "standing": "above", "value": 63.5, "low": None, "high": None, "said": ""}
    ],
    "gains": [{"name": "a: audio", "value": 12.0, "low": 5.0, "high": 19.0, "said": "+12.0 points"}],
    "places": [{"name": "a", "letter": "A", "kind": "chosen", "value": 30.0, "said": "3 of 10"}],
    "error_places": [{"name": "a", "kind": "not heard", "place": 3, "share": 30.0, "said": "30.0 %"}],
    "share_matrix": [{"name": "a", "row": "letter", "column": "robust", "value": 90.0, "said": "9 of 10"}],
}


def specs(palette: Palette) -> dict[str, Spec]:
    return {
        "verdicts": charts.verdicts(palette, names=["a"], kinds=["right"], chance=29.3),
        "layers": charts.layers(palette, name="a", across=["Signal Layer", "all"], down=["sound", "all"]),
        "board": charts.board(palette, labels=["a"], chance=29.3),
        "gains": charts.gains(palette, names=["a: audio"]),
        "places": charts.places(palette, name="a", letters=["A"]),
        "error_places": charts.error_places(palette, names=["a"], kinds={"not heard": 3}),
        "share_matrix": charts.share_matrix(palette, name="a", across=["robust"], down=["letter"]),
    }


@pytest.mark.parametrize("scheme", PALETTES)
@pytest.mark.parametrize("name", ROWS)
def test_a_chart_is_drawn_with_all_its_rows(name: str, scheme: str) -> None:
    palette = PALETTES[scheme]
    spec = {**specs(palette)[name], "width": 600, "config": theme(palette), "datasets": {"rows": ROWS[name]}}
    own = {key for values in _own_values(spec) for key in values}
    # A misspelt field would draw nothing, and say nothing.
    assert set(_fields(spec)) <= set(ROWS[name][0]) | own
    assert "<svg" in vl_convert.vega_to_svg(vl_convert.vegalite_to_vega(spec))


@pytest.mark.parametrize("scheme", PALETTES)
def test_verdicts_have_colours_of_their_own(scheme: str) -> None:
    colours = charts.verdict_colours(PALETTES[scheme])
    assert list(colours) == list(VERDICTS) and len(set(colours.values())) == len(VERDICTS)
    # What is missing stays in the background.
    for verdict in set(VERDICTS) - {"missing"}:
        assert contrast(rgb(colours[verdict]), rgb(PALETTES[scheme]["page"])) >= 3


@pytest.mark.parametrize("scheme", PALETTES)
def test_what_is_drawn_grey_can_be_read(scheme: str) -> None:
    assert contrast(rgb(PALETTES[scheme]["quiet"]), rgb(PALETTES[scheme]["panel"])) >= 4.5
