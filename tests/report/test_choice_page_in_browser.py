"""The page about questions in a browser: it draws, items are found in it, sounds play, and nothing hostile runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from earwitness.mmar.items import Items
from earwitness.mmar.marking import marked
from earwitness.report import choice_page
from earwitness.report.choice_items import sources
from earwitness.report.choice_page import write_choice_report
from report.browsing import Open
from report.choices import BAD, SILENT, N, answers_to, items_in, map_of
from report.made import HOSTILE

CHARTS = 6
"""Without the board, which is of other items."""


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Items:
    return items_in(tmp_path_factory.mktemp("items") / "set")


@pytest.fixture(scope="module")
def report(items: Items) -> Path:
    path = items.folder.parent / "report.html"
    with pytest.MonkeyPatch.context() as patch:
        # Room for one recording alone, so that both kinds are on the page.
        room = len(sources(items, path)["item-1"])
        patch.setattr(choice_page, "sources", lambda *given, **_: sources(*given, first=["item-1"], audio_bytes=room))
        write_choice_report(path, items=items, answers=answers_to(items), maps=[map_of(BAD, items)])
    return path


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_it_draws_without_a_word_of_complaint_and_asks_for_nothing(open_page: Open, width: int, scheme: str) -> None:
    opened = open_page(width=width, scheme=scheme)
    page = opened.page
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith("data:")] == [page.url]
    charts = page.query_selector_all("[data-chart]")
    assert len(charts) == CHARTS
    for chart in charts:
        drawn = chart.query_selector("svg").bounding_box()
        assert 250 < drawn["width"] <= width and drawn["height"] > 60
    for details in page.query_selector_all("details"):
        details.evaluate("each => { each.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_items_are_found_and_nothing_hostile_runs(open_page: Open, items: Items) -> None:
    opened = open_page()
    page = opened.page
    assert opened.text("#browse-says") == f"{N} of {N} items, the first 20 shown"
    page.click("#browse-more")
    assert opened.text("#browse-says") == f"{N} of {N} items, the first 40 shown"
    # One system: its words are open, and shown as they are.
    page.select_option("#browse-system", label=BAD)
    words = opened.text("#browse-items > li:nth-child(1)")
    assert f"ANSWER: A\n{HOSTILE}" in words and "✓ right: bell 0" in words and "By its rubric: not heard." in words
    assert f"timeout: {HOSTILE}" in opened.text("#browse-items > li:nth-child(2)")
    bad = marked(items, {each.name: each for each in answers_to(items)}[BAD].predictions, name=BAD)
    for verdict, n in bad.counts.items():
        page.select_option("#browse-verdict", verdict)
        assert opened.text("#browse-says").startswith(f"{n} of {N} items")
    page.select_option("#browse-verdict", "place:not heard")
    assert opened.text("#browse-says").startswith(f"{N // 3} of {N} items")
    page.select_option("#browse-verdict", "")
    page.fill("#browse-text", "IT IS LOUD")
    assert opened.text("#browse-says") == f"1 of {N} items"
    page.fill("#browse-text", "")
    page.select_option("#browse-layer", "Signal Layer")
    page.select_option("#browse-modality", "sound")
    n = sum(item.layer == "Signal Layer" and item.modality == "sound" for item in items)
    assert opened.text("#browse-says") == f"{n} of {N} items"
    assert page.evaluate("window.hacked") is None and opened.said == []


def test_a_number_leads_to_its_items(open_page: Open) -> None:
    opened = open_page()
    button = opened.page.query_selector("#extractors button[data-system=words]")
    button.click()
    assert opened.text("#browse-says").startswith(f"{button.inner_text()} of {N} items")
    opened.page.click("#arms button")
    assert opened.page.evaluate("document.activeElement.id") == "browse-verdict"
    assert opened.text("#browse-items > li:nth-child(1) summary").startswith("omni [text] ✓ right")


def test_recordings_play_from_the_page_and_from_beside_it(open_page: Open) -> None:
    opened = open_page()
    page = opened.page
    found = page.eval_on_selector_all("#browse-items audio", "all => all.map(each => each.getAttribute('src'))")
    assert len(found) == sum(n % 7 != SILENT for n in range(20))
    assert {source.partition(":")[0] for source in found if source.startswith("data:")} == {"data"}
    assert len([source for source in found if source.startswith("data:")]) == len(range(1, 20, 7))
    for number in (0, 1):  # a file beside the page, and one in it
        page.evaluate(f"document.querySelectorAll('#browse-items audio')[{number}].load()")
        page.evaluate(f"document.querySelectorAll('#browse-items audio')[{number}].preload = 'auto'")
        page.wait_for_function(f"document.querySelectorAll('#browse-items audio')[{number}].readyState >= 1")
        length = page.evaluate(f"document.querySelectorAll('#browse-items audio')[{number}].duration")
        assert 0.09 < length < 0.3
    assert opened.said == []


def test_a_system_is_chosen(open_page: Open) -> None:
    page = open_page().page
    drawn = "document.querySelector('[data-chart=layers] svg').outerHTML"
    before = page.evaluate(drawn)
    page.select_option("#layers-system", BAD)
    page.wait_for_function(f"{drawn} !== {before!r}")
    assert page.query_selector("#layers [data-of]:visible").get_attribute("data-of") == BAD


def test_without_its_program_the_numbers_are_there(open_page: Open) -> None:
    opened = open_page(script=False)
    assert "Choosing items needs JavaScript" in opened.text("#items")
    assert "omni" in opened.text("#verdicts tbody") and BAD in opened.text("#layers")
