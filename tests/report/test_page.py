"""The page as text: everything is in it, everything is escaped, and a screen reader finds its way."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import MissingExtra, OutputError
from earwitness.reasonaudio.folder import Benchmark
from earwitness.report import page as page_module
from earwitness.report.page import write_report
from earwitness.scores.judged import judged
from earwitness.scores.measures import ACC1
from earwitness.scores.results import MEAN, measured
from report.made import HOSTILE, HOSTILE_LABEL, Made, about, hostile, made
from report.reading import Tree, data_of

MOST_BYTES = 6_000_000
SECTIONS = [
    *("reading", "tasks", "building", "comparison", "heatmaps", "gap", "faults", "polarity", "size"),
    *("reasoning", "alignment", "published", "statistics", "making"),
]


def written(given: Made, path: Path) -> str:
    write_report(
        path,
        benchmark=given.benchmark,
        results=given.results,
        scores=given.scores,
        vectors=given.vectors,
        command="earwitness report run",
    )
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def given(bench: Benchmark) -> Made:
    return made(hostile(bench))


@pytest.fixture(scope="module")
def text(given: Made, tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(given, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="module")
def tree(text: str) -> Tree:
    return Tree(text)


# --- what is in it ---


def test_every_section_is_there_in_order(tree: Tree) -> None:
    assert [each.attributes["id"] for each in tree.root.all("section")] == SECTIONS
    links = [each.attributes["href"] for each in tree.root.all("nav") for each in each.all("a")]
    assert links == [f"#{name}" for name in SECTIONS]


def test_it_is_small_enough_for_a_phone(text: str) -> None:
    assert len(text.encode()) < MOST_BYTES


def test_it_asks_nothing_of_any_network(tree: Tree) -> None:
    for element in tree.root.all():
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            target = element.attributes.get(name, "data:")
            assert target.startswith(("data:", "#")), f"<{element.tag} {name}={target[:80]}>"
    (policy,) = [e for e in tree.root.all("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy.attributes["content"].startswith("default-src 'none';")
    (style,) = tree.root.all("style")
    assert "url(" not in style.text and "@import" not in style.text


def test_references_are_apart_from_the_ranking(tree: Tree, given: Made) -> None:
    ranked = tree.by_id("ranked-systems").text
    assert all(system.about.name in ranked for system in given.results.ranked)
    assert "oracle" not in ranked and "chance" not in ranked
    rows = data_of(tree)["rows"]
    assert isinstance(rows, dict)
    assert [row["name"] for row in rows["comparison"]] == [s.about.name for s in given.results.ranked]
    assert [row["name"] for row in rows["references"]] == ["chance", "oracle"]


def test_what_a_reference_is_follows_from_how_it_was_opened(bench: Benchmark, tmp_path: Path) -> None:
    given = made(bench, only=("oracle",), broken=None)
    (oracle,) = given.results.systems
    renamed = dataclasses.replace(oracle, about=dataclasses.replace(oracle.about, name="all-knowing", spec="oracle"))
    results = dataclasses.replace(given.results, systems=(renamed,))
    given = given._replace(results=results, scores={"all-knowing": given.scores["oracle"]})
    assert "knows the truth" in Tree(written(given, tmp_path / "report.html")).by_id("comparison").text


def test_a_failure_is_a_row(tree: Tree) -> None:
    (row,) = [row for row in tree.by_id("ranked-systems").all("tr") if "broken" in row.text]
    assert "no scores: ValueError" in row.text


def test_the_papers_average_is_named_apart(tree: Tree, given: Made) -> None:
    best = given.results.ranked[0]
    head, row = list(tree.by_id("ranked-systems").all("tr"))[:2]
    named = dict(zip([cell.text for cell in head.children], [cell.text.split() for cell in row.children], strict=True))
    assert named["mean Acc@1"][0] == f"{100 * best.estimates[ACC1][MEAN].value:.1f}"
    assert named["paper’s “Avg.”"] == [f"{best.paper_average:.1f}"]


def test_the_counts_are_the_benchmarks(tree: Tree, given: Made) -> None:
    arrays = given.results.judged
    steps = {item.children[1].text: item.children[0].text for item in tree.by_id("building").all("li")}
    assert steps["clips"] == f"{len(arrays.clip_ids):,}"
    assert steps["judged pairs"] == f"{len(arrays.clip_ids) * len(arrays.query_ids):,}"
    assert steps["hard negatives"] == f"{len(arrays.negatives.clip):,}"
    assert steps["two-option tests"] == f"{len(arrays.pairs):,}"
    assert steps["recordings"] == f"{sum(given.benchmark.about['counts']['recordings'].values()):,}"


def test_published_rows_are_marked_and_stand_after_the_measured(tree: Tree, given: Made) -> None:
    first, second = tree.by_id("published").all("tbody")
    assert len(first.children) == len(given.results.ranked) and "published" not in first.text
    assert all("published" in row.text for row in second.children) and len(second.children) == 11


def test_how_it_was_made_is_told(tree: Tree, given: Made) -> None:
    told = tree.by_id("making").text
    assert given.results.judged.checksum in told and "earwitness report run" in told


def test_the_same_results_give_the_same_page(given: Made, text: str, tmp_path: Path) -> None:
    assert written(given, tmp_path / "again.html") == text


# --- what is not run ---


def test_what_comes_from_outside_is_escaped(text: str, tree: Tree) -> None:
    assert "<script>window" not in text and "<img src=x" not in text and HOSTILE_LABEL not in text
    assert len(list(tree.root.all("script"))) == 3
    assert not [image for image in tree.root.all("img") if image.attributes["src"] == "x"]


def test_what_was_escaped_is_shown_as_it_was(tree: Tree) -> None:
    assert f"bad {HOSTILE}" in tree.by_id("ranked-systems").text
    assert HOSTILE in tree.by_id("tasks").text
    options = [option.text for option in tree.by_id("gap-system").all("option")]
    assert f"bad {HOSTILE}" in options
    named = json.dumps(data_of(tree), ensure_ascii=False)
    assert json.dumps(f"bad {HOSTILE}", ensure_ascii=False) in named


def test_a_label_is_escaped_in_its_lane(bench: Benchmark, tmp_path: Path) -> None:
    # Whatever pair is shown, its labels are hostile.
    scenes = [
        dataclasses.replace(s, events=tuple(dataclasses.replace(e, label=f"{e.label}<b>") for e in s.events))
        for s in bench.scenes
    ]
    given = made(dataclasses.replace(bench, scenes=tuple(scenes)), only=("chance",), broken=None)
    tree = Tree(written(given, tmp_path / "report.html"))
    lanes = [each for each in tree.root.all("li") if "lane" in each.attributes.get("class", "")]
    assert lanes and all("<b>" in lane.text for lane in lanes)


def test_data_in_a_script_element_cannot_end_it(tree: Tree, text: str) -> None:
    start = text.index('id="page-data">') + len('id="page-data">')
    data = text[start : text.index("</script>", start)]
    assert "<" not in data
    assert json.loads(data) == data_of(tree)


# --- a screen reader ---


def test_headings_descend_one_at_a_time(tree: Tree) -> None:
    levels = [int(each.tag[1]) for each in tree.root.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_there_are_landmarks_and_a_way_to_the_content(tree: Tree) -> None:
    for tag in ("header", "nav", "main", "footer"):
        assert len(list(tree.root.all(tag))) == 1
    first = next(tree.root.all("a"))
    assert first.attributes["href"] == "#content" and tree.by_id("content").tag == "main"
    (html,) = tree.root.all("html")
    assert html.attributes["lang"] == "en"


def test_names_that_are_referred_to_exist_once(tree: Tree) -> None:
    ids = [each.attributes["id"] for each in tree.root.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    for element in tree.root.all():
        for name in ("for", "aria-labelledby", "aria-describedby"):
            assert set(element.attributes.get(name, "").split()) <= set(ids)


def test_every_control_has_a_label(tree: Tree) -> None:
    labelled = {label.attributes.get("for") for label in tree.root.all("label")}
    for control in tree.root.all("select", "input"):
        inside = control.parent is not None and control.parent.tag == "label"
        assert inside or control.attributes["id"] in labelled
    assert all(audio.attributes["aria-label"] for audio in tree.root.all("audio"))


def test_pictures_and_charts_have_words(tree: Tree) -> None:
    assert all(len(image.attributes["alt"]) > 20 for image in tree.root.all("img"))
    charts = [each for each in tree.root.all() if "data-chart" in each.attributes]
    assert len(charts) == 10
    for chart in charts:
        assert chart.attributes["role"] == "img" and len(chart.attributes["aria-label"]) > 30


def test_every_table_has_a_caption_and_scopes(tree: Tree) -> None:
    tables = list(tree.root.all("table"))
    assert len(tables) > 10
    for table in tables:
        assert table.children[0].tag == "caption" and table.children[0].text.strip()
        assert all(cell.attributes["scope"] in ("col", "row") for cell in table.all("th"))
        columns = sum(1 for _ in next(table.all("tr")).all("th"))
        for row in table.all("tr"):
            assert sum(int(cell.attributes.get("colspan", 1)) for cell in row.children) == columns, row.text


def test_what_moves_is_announced(tree: Tree) -> None:
    for name in ("reasoning-says", "alignment-says", "filter-says", "differences-say"):
        assert tree.by_id(name).attributes["role"] == "status"
    assert {e.attributes["data-panels"] for e in tree.root.all() if "aria-live" in e.attributes} == {"gap", "faults"}


def test_every_colour_of_the_style_sheet_is_in_the_palettes(tree: Tree) -> None:
    (style,) = tree.root.all("style")
    used, made_of = set(re.findall(r"var\(--([\w-]+)\)", style.text)), set(re.findall(r"--([\w-]+):", style.text))
    assert used <= made_of
    assert style.text.count("prefers-color-scheme: dark") == 1
    assert "prefers-reduced-motion" in style.text


# --- what is missing says why ---


def test_only_references(bench: Benchmark, tmp_path: Path) -> None:
    tree = Tree(written(made(bench, only=("chance", "oracle"), broken=None), tmp_path / "report.html"))
    assert [each.attributes["id"] for each in tree.root.all("section")] == SECTIONS
    assert "Only references were evaluated" in tree.by_id("comparison").text
    assert "No system was measured here" in tree.by_id("published").text
    assert "no two systems to compare" in tree.by_id("statistics").text


def test_only_failures(bench: Benchmark, tmp_path: Path) -> None:
    tree = Tree(written(made(bench, only=()), tmp_path / "report.html"))
    for name in ("heatmaps", "gap", "faults", "reasoning"):
        assert "No system has scores." in tree.by_id(name).text
    assert "No system has scores, or" in tree.by_id("alignment").text
    assert "No reference was evaluated" in tree.by_id("comparison").text
    assert "broken has no scores" in tree.by_id("reading").text


def test_no_pairs(bench: Benchmark, tmp_path: Path) -> None:
    tree = Tree(written(made(dataclasses.replace(bench, pairs=())), tmp_path / "report.html"))
    assert "no two-option tests" in tree.by_id("tasks").text
    assert "no two-option test of this benchmark turns on an excluded sound" in tree.by_id("polarity").text
    assert "not measured" in tree.by_id("gap").text


def test_a_run_that_retrieved_little(bench: Benchmark, tmp_path: Path) -> None:
    arrays = judged(bench)
    scores = np.full((len(arrays.query_ids), len(arrays.clip_ids)), -np.inf, dtype=np.float32)
    scores[:, 0] = 1
    results = measured([(about("shallow"), scores, "")], arrays)
    tree = Tree(written(Made(bench, results, {"shallow": scores}, {}), tmp_path / "report.html"))
    assert "it retrieved neither clip" in tree.by_id("polarity").text


def test_audio_without_room_says_so(bench: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = page_module.examples
    monkeypatch.setattr(page_module, "examples", lambda benchmark: whole(benchmark, audio_bytes=0))
    tree = Tree(written(made(bench, only=("chance",), broken=None), tmp_path / "report.html"))
    assert not list(tree.root.all("audio"))
    assert "would make this page too large" in tree.by_id("tasks").text


def test_a_missing_package_is_named(given: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    with pytest.raises(MissingExtra, match=r"'vl_convert': pip install 'earwitness\[report\]'"):
        written(given, tmp_path / "report.html")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(given: Made, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="Cannot write"):
        written(given, tmp_path / "file" / "report.html")
