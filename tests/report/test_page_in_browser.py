"""The page in a browser: it draws, its controls work, and it stays in its file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from earwitness.reasonaudio.folder import Benchmark
from earwitness.report.page import write_report
from earwitness.scores.measures import ACC1
from earwitness.scores.results import MEAN
from report.browsing import DRAWN, Open
from report.made import HOSTILE, Made, hostile, made

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def given(bench: Benchmark) -> Made:
    return made(hostile(bench))


@pytest.fixture(scope="module")
def report(given: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browser") / "report.html"
    write_report(path, benchmark=given.benchmark, results=given.results, scores=given.scores, vectors=given.vectors)
    return path


# --- as it opens ---


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_it_draws_without_a_word_of_complaint_and_asks_for_nothing(open_page: Open, width: int, scheme: str) -> None:
    opened = open_page(width=width, scheme=scheme)
    page = opened.page
    assert opened.said == []
    assert {url.partition(":")[0] for url in opened.asked} <= {"file", "data"}
    assert [url for url in opened.asked if url.startswith("file:")] == [page.url]
    charts = page.query_selector_all("[data-chart]")
    assert len(charts) == 10
    for chart in charts:
        drawn = chart.query_selector("svg").bounding_box()
        assert 250 < drawn["width"] <= width and drawn["height"] > 60


@pytest.mark.parametrize("width", [*WIDTHS, 768])
def test_nothing_is_wider_than_the_screen(open_page: Open, width: int) -> None:
    page = open_page(width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for details in page.query_selector_all("details"):
        details.evaluate("each => { each.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_both_schemes_have_their_own_colours_and_a_change_is_followed(open_page: Open) -> None:
    page = open_page(scheme="light").page
    ground = "getComputedStyle(document.body).backgroundColor"
    ink = "document.querySelector('[data-chart=comparison] svg text').getAttribute('fill')"
    light = page.evaluate(ground), page.evaluate(ink)
    page.uncheck("input[value=MLLM]")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{DRAWN} === '2'")
    dark = page.evaluate(ground), page.evaluate(ink)
    assert light[0] != dark[0] and light[1] != dark[1]
    # What was chosen stays chosen.
    assert "embedding" not in page.inner_text("[data-chart=comparison]")


def test_what_comes_from_outside_is_shown_and_not_run(open_page: Open) -> None:
    opened = open_page()
    assert opened.page.evaluate("window.hacked") is None
    assert f"bad {HOSTILE}" in opened.text("#ranked-systems")
    assert HOSTILE in opened.text("#tasks")
    opened.page.select_option("#gap-system", f"bad {HOSTILE}")
    opened.page.select_option("#reasoning-system", f"bad {HOSTILE}")
    opened.page.hover("[data-chart=comparison] svg path[fill]:nth-of-type(1)", force=True)
    assert f"bad {HOSTILE}" in opened.text("#reasoning-says")
    assert opened.page.evaluate("window.hacked") is None
    assert opened.said == []


def test_without_its_program_the_numbers_are_there(open_page: Open, given: Made) -> None:
    opened = open_page(script=False)
    assert "The chart needs JavaScript" in opened.text("#comparison")
    best = given.results.ranked[0]
    assert f"{100 * best.estimates[ACC1][MEAN].value:.1f}" in opened.text("#ranked-systems")
    # Nobody can choose, so every system is shown.
    assert all(s.about.name in opened.text("#gap") for s in given.results.ranked)
    assert len(opened.page.query_selector_all("#differences tr:visible")) == len(given.results.comparisons)


# --- controls ---


def test_a_paradigm_that_is_not_wanted_disappears(open_page: Open) -> None:
    opened = open_page()
    page = opened.page
    assert opened.text("#filter-says") == "5 of 5 systems shown"
    before = page.query_selector("[data-chart=comparison] svg").bounding_box()["height"]
    page.uncheck("input[value=MLLM]")
    assert opened.text("#filter-says") == "3 of 5 systems shown"
    page.wait_for_function("!document.querySelector('[data-chart=comparison]').textContent.includes('embedding')")
    shown = opened.text("#ranked-systems tbody")
    assert "embedding" not in shown and "broken" not in shown and "captions" in shown
    assert page.query_selector("[data-chart=comparison] svg").bounding_box()["height"] < before
    for box in page.query_selector_all("input[name=paradigm]"):
        box.set_checked(False)
    assert opened.text("#filter-says") == "0 of 5 systems shown"
    page.check("input[value=MLLM]")
    page.wait_for_function("document.querySelector('[data-chart=comparison]').textContent.includes('embedding')")
    assert opened.said == []


def test_reasoning_moves_accuracy_from_what_was_measured_upwards(open_page: Open, given: Made) -> None:
    opened = open_page()
    page = opened.page
    for system in given.results.ranked:
        page.select_option("#reasoning-system", system.about.name)
        means = []
        for step in ("0", "50", "100"):
            page.fill("#reasoning-slider", step)
            rows = page.query_selector_all("#reasoning-rows tr")
            cells = [[cell.inner_text() for cell in row.query_selector_all("th, td")] for row in rows]
            name, measured, then, reasoned, reasons = cells[-1]
            assert name == MEAN
            assert float(measured) == pytest.approx(100 * system.estimates[ACC1][MEAN].value, abs=0.06)
            assert float(reasons) == pytest.approx(
                float(reasoned) + int(step) / 100 * (100 - float(reasoned)), abs=0.11
            )
            means.append(float(then))
            assert opened.text("#reasoning-share") == f"{step} %"
            assert f"{float(then):.1f} %" in opened.text("#reasoning-says")
        assert means[0] == pytest.approx(100 * system.estimates[ACC1][MEAN].value, abs=0.06)
        assert means == sorted(means)
    assert means[-1] > means[0]


def test_the_bars_follow_the_slider(open_page: Open) -> None:
    page = open_page().page
    bars = (
        "[...document.querySelectorAll('[data-chart=reasoning] svg path')].map(each => each.getAttribute('d')).join()"
    )
    before = page.evaluate(bars)
    page.fill("#reasoning-slider", "100")
    page.wait_for_function(f"{bars} !== {before!r}")


def test_points_move_to_where_they_should_be(open_page: Open) -> None:
    opened = open_page()
    page = opened.page
    page.select_option("#alignment-system", "embedding")
    assert page.eval_on_selector_all("#alignment-picture option", "all => all.map(each => each.value)") == [
        *("PCA", "t-SNE", "scores"),
    ]
    marks = "[...document.querySelectorAll('[data-chart=alignment] svg path[transform]')].map(p => p.outerHTML).join()"
    for picture in ("scores", "t-SNE", "PCA"):
        page.fill("#alignment-slider", "0")
        page.select_option("#alignment-picture", picture)
        assert opened.text("#alignment-share") == "measured"
        assert opened.text("#alignment-says").startswith("As measured, a clip that answers")
        page.wait_for_timeout(300)
        before = page.evaluate(marks)
        page.fill("#alignment-slider", "10")
        assert "in 100.0 % of the cases" in opened.text("#alignment-says")
        page.wait_for_function(f"{marks} !== {before!r}")
    queries = page.eval_on_selector_all("#alignment-query option", "all => all.map(each => each.textContent)")
    assert len(queries) == 5
    page.select_option("#alignment-query", index=3)
    assert queries[3] in opened.text("#alignment-says")
    page.select_option("#alignment-system", "captions")
    assert page.input_value("#alignment-picture") == "scores"
    assert opened.said == []


@pytest.mark.parametrize("name", ["gap", "faults"])
def test_a_system_is_chosen(open_page: Open, name: str) -> None:
    opened = open_page()
    page = opened.page
    shown = f"#{name} [data-of]:visible"
    assert len(page.query_selector_all(shown)) == 1
    drawn = f"document.querySelector('[data-chart={name}] svg').outerHTML"
    before = page.evaluate(drawn)
    page.select_option(f"#{name}-system", "oracle")
    assert [each.get_attribute("data-of") for each in page.query_selector_all(shown)] == ["oracle"]
    assert opened.text(shown).startswith("oracle:")
    page.wait_for_function(f"{drawn} !== {before!r}")


def test_differences_are_filtered(open_page: Open, given: Made) -> None:
    opened = open_page()
    page = opened.page
    pairs = len({(c.a, c.b) for c in given.results.comparisons})
    assert opened.text("#differences-say") == f"{pairs} of {len(given.results.comparisons)} comparisons shown"
    page.select_option("#difference-measure", "2AFC")
    page.select_option("#difference-task", "Order")
    rows = [row.text_content() for row in page.query_selector_all("#differences tr:visible")]
    assert len(rows) == pairs and all("2AFC" in row and "Order" in row for row in rows)


# --- clips ---


def test_every_clip_loads_and_lasts_ten_seconds(open_page: Open) -> None:
    page = open_page().page
    page.wait_for_function("[...document.querySelectorAll('audio')].every(each => each.readyState >= 1)")
    found = page.eval_on_selector_all("audio", "all => all.map(each => [each.duration, each.error])")
    assert len(found) == 10
    assert all(duration == pytest.approx(10, abs=0.01) and error is None for duration, error in found)
    pictures = page.eval_on_selector_all(".stage img", "all => all.map(each => [each.complete, each.naturalWidth])")
    assert pictures == [[True, 500]] * 10


def test_a_line_runs_over_the_picture_and_one_clip_plays_at_a_time(open_page: Open) -> None:
    page = open_page().page
    page.wait_for_function("[...document.querySelectorAll('audio')].every(each => each.readyState >= 1)")
    heads = page.query_selector_all(".playhead")
    assert not any(head.is_visible() for head in heads)
    page.evaluate("document.querySelectorAll('audio')[0].currentTime = 5")
    page.wait_for_function("document.querySelector('.playhead').style.left === '50%'")
    assert heads[0].is_visible() and not heads[1].is_visible()
    page.evaluate("() => document.querySelectorAll('audio')[0].play()")
    page.wait_for_function("parseFloat(document.querySelector('.playhead').style.left) > 51")
    page.evaluate("() => document.querySelectorAll('audio')[1].play()")
    page.wait_for_function("document.querySelectorAll('audio')[0].paused")


def test_lanes_stand_under_what_they_name(open_page: Open) -> None:
    page = open_page().page
    for stage in page.query_selector_all(".stage"):
        picture = stage.query_selector("img").bounding_box()
        for item in stage.query_selector_all(".lane"):
            onset, offset = re.findall(r"([\d.]+)–([\d.]+)", item.query_selector(".lane-times").inner_text())[0]
            bar = item.query_selector("i").bounding_box()
            assert bar["x"] == pytest.approx(picture["x"] + picture["width"] * float(onset) / 10, abs=1)
            assert bar["x"] + bar["width"] == pytest.approx(picture["x"] + picture["width"] * float(offset) / 10, abs=1)


# --- keyboard ---


def test_every_control_is_reached_by_keyboard_and_shows_it(open_page: Open) -> None:
    page = open_page().page
    page.evaluate(
        "document.querySelectorAll('a, select, input, audio, summary, [tabindex=\"0\"]')"
        ".forEach((each, place) => { each.dataset.place = place; })"
    )
    visible = page.eval_on_selector_all(
        "[data-place]", "all => all.filter(each => each.checkVisibility()).map(each => each.dataset.place)"
    )
    reached: dict[str, bool] = {}
    for _ in range(6 * len(visible)):
        page.keyboard.press("Tab")
        place, outlined = page.evaluate(
            "() => { const at = document.activeElement;"
            " const ring = each => each && getComputedStyle(each).outlineStyle !== 'none';"
            " return [at.dataset.place ?? null, ring(at) || ring(at.closest('label'))]; }"
        )
        if place is None and reached:
            break
        reached[place] = outlined
    assert set(visible) <= set(reached)
    assert [place for place, outlined in reached.items() if not outlined] == []


def test_the_skip_link_leads_to_the_content(open_page: Open) -> None:
    page = open_page().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.query_selector(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_a_slider_moves_by_keys(open_page: Open) -> None:
    opened = open_page()
    opened.page.focus("#reasoning-slider")
    for _ in range(3):
        opened.page.keyboard.press("ArrowRight")
    assert opened.text("#reasoning-share") == "3 %"
    opened.page.keyboard.press("End")
    assert opened.text("#reasoning-share") == "100 %"
