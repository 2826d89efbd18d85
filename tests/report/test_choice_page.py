"""The page about questions as text: everything is in it, everything is escaped; and the command that writes it."""

from __future__ import annotations

import base64
import io
import itertools
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import soundfile
from typer.testing import CliRunner

from earwitness.errors import RunError
from earwitness.mmar.answers import EXTRACTORS
from earwitness.mmar.asking import ask
from earwitness.mmar.items import Items
from earwitness.mmar.marking import VERDICTS, Prediction, marked
from earwitness.report.choice_findings import Answers
from earwitness.report.choice_items import Shown, item_data, sources
from earwitness.report.choice_maps import map_rows, read_map
from earwitness.report.choice_page import Making, write_choice_report
from earwitness.systems.answerers import open_answerer
from report.choices import BAD, SILENT, N, answers_to, items_in, map_of
from report.made import HOSTILE
from report.reading import Tree, data_of

SECTIONS = [
    *("found", "verdicts", "layers", "board", "differences", "arms", "orders", "extractors", "errors", "items", "made"),
]


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Items:
    return items_in(tmp_path_factory.mktemp("items") / "set")


@pytest.fixture(scope="module")
def page(items: Items) -> Path:
    path = items.folder.parent / "report.html"
    making = Making("earwitness report x", f"Say {{question}} {HOSTILE}", {BAD: f"from {HOSTILE}"})
    write_choice_report(path, items=items, answers=answers_to(items), maps=[map_of(BAD, items)], making=making)
    return path


@pytest.fixture(scope="module")
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tree(text: str) -> Tree:
    return Tree(text)


def browsed(tree: Tree) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(tree.by_id("item-data").text)
    return value


# --- what is in it ---


def test_every_section_is_there_in_order(tree: Tree) -> None:
    assert [each.attributes["id"] for each in tree.root.all("section")] == SECTIONS
    assert [each.attributes["href"] for nav in tree.root.all("nav") for each in nav.all("a")] == [
        f"#{name}" for name in SECTIONS
    ]


def test_models_are_ranked_and_arms_are_not(tree: Tree) -> None:
    (table,) = tree.by_id("verdicts").all("tbody")
    assert [row.children[0].text for row in table.children] == ["omni", "words", BAD]


def test_counts_are_those_of_marking(tree: Tree, items: Items) -> None:
    (table,) = tree.by_id("verdicts").all("tbody")
    bad = {each.name: each for each in answers_to(items)}[BAD]
    counts = marked(items, bad.predictions, name=BAD).counts
    cells = [cell.text for cell in table.children[2].children]
    assert cells[4 : 4 + len(VERDICTS)] == [f"{counts[verdict]:,}" for verdict in VERDICTS]


def test_every_item_is_there_with_each_answer(tree: Tree, items: Items) -> None:
    data = browsed(tree)
    assert [each["id"] for each in data["items"]] == [item.id for item in items]
    assert [each["name"] for each in data["systems"]] == ["omni", "words", BAD, "omni [text]", "omni [silence]"]
    for answers, system in zip(
        [{each.name: each for each in answers_to(items)}[each["name"]] for each in data["systems"]],
        data["systems"],
        strict=True,
    ):
        card = marked(items, answers.predictions, name="x")
        assert "".join(str(VERDICTS.index(mark.verdict)) for mark in card.marks) == system["v"]
        assert [None if at < 0 else at for at in system["c"]] == [mark.choice for mark in card.marks]
    assert data["systems"][2]["p"][:2] == ["not heard", "heard and reasoned"]
    assert data["systems"][0]["p"] is None
    assert set(data["systems"][0]["x"]) == set(EXTRACTORS) - {"robust"}


def test_what_is_not_known_is_said(items: Items, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_choice_report(path, items=items, answers=[Answers("alone", {})])
    tree = Tree(path.read_text(encoding="utf-8"))
    for name, said in {
        "board": "These are not the 1,000 items",
        "differences": "There is one system",
        "arms": "asked in one way only",
        "orders": "in one order",
        "errors": "Nobody judged",
        "made": "is not known: the answers came as files",
    }.items():
        assert said in tree.by_id(name).text
    assert "nothing was scored" in tree.by_id("found").text


def test_the_same_answers_give_the_same_page(items: Items, text: str, page: Path) -> None:
    again = page.with_name("again.html")
    making = Making("earwitness report x", f"Say {{question}} {HOSTILE}", {BAD: f"from {HOSTILE}"})
    write_choice_report(again, items=items, answers=answers_to(items), maps=[map_of(BAD, items)], making=making)
    assert again.read_text(encoding="utf-8") == text


def test_answers_under_one_name_are_refused(items: Items, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="under names of their own"):
        write_choice_report(tmp_path / "x.html", items=items, answers=[Answers("a", {}), Answers("a", {})])


# --- what is not run ---


def test_what_comes_from_outside_is_escaped(text: str, tree: Tree) -> None:
    assert "<script>window" not in text and "<img src=x" not in text
    assert not list(tree.root.all("img"))
    assert BAD in tree.by_id("verdicts").text and HOSTILE in tree.by_id("made").text
    data = browsed(tree)
    assert HOSTILE in data["items"][1]["q"] and HOSTILE in data["items"][2]["c"]
    assert HOSTILE in data["systems"][2]["w"][0] and HOSTILE in data["systems"][2]["e"][1]
    for name in ("page-data", "item-data"):
        start = text.index(f'id="{name}">') + len(f'id="{name}">')
        assert "<" not in text[start : text.index("</script>", start)]
    assert data_of(tree)["rows"]


def test_only_files_beside_it_may_be_played(tree: Tree) -> None:
    (policy,) = [e for e in tree.root.all("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy"]
    assert policy.attributes["content"].startswith("default-src 'none';")
    assert "media-src data: file: 'self';" in policy.attributes["content"]


def test_headings_descend_and_controls_have_labels(tree: Tree) -> None:
    levels = [int(each.tag[1]) for each in tree.root.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in itertools.pairwise(levels))
    labelled = {label.attributes.get("for") for label in tree.root.all("label")}
    assert {control.attributes["id"] for control in tree.root.all("select", "input")} <= labelled
    ids = [each.attributes["id"] for each in tree.root.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))


# --- words and sounds ---


def test_long_words_are_cut_in_the_middle_and_say_so(items: Items) -> None:
    long = {item.id: Prediction("begin " + "x" * 5000 + " ANSWER: A") for item in items}
    shown = Shown(marked(items, long, name="x"), long, {})
    (system,) = item_data(items, [shown], sounds={}, words=60_000)["systems"]
    assert all(len(words) < 600 for words in system["w"])
    assert system["w"][0].startswith("begin xx") and system["w"][0].endswith("ANSWER: A")
    assert "more …]" in system["w"][0]
    (whole,) = item_data(items, [shown], sounds={}, words=10_000_000)["systems"]
    assert whole["w"][0] == long["item-0"].text


def test_recordings_are_in_the_page_as_long_as_there_is_room(items: Items, tmp_path: Path) -> None:
    page = tmp_path / "deep" / "report.html"
    found = sources(items, page, first=["item-3"])
    assert set(found) == {item.id for n, item in enumerate(items) if n % 7 != SILENT}
    head, _, body = found["item-0"].partition(",")
    assert head == "data:audio/mpeg;base64"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(body)))
    assert rate == 16_000 and samples.shape[1] == 2 and len(samples) >= 1600
    one = sources(items, page, first=["item-3"], audio_bytes=len(found["item-3"]))
    assert {name for name, source in one.items() if source.startswith("data:")} == {
        item.id for n, item in enumerate(items) if n % 7 == 3
    }
    linked = (page.parent / unquote(one["item-0"])).resolve()
    assert linked == (items.folder / "audio" / "a b#0.wav").resolve()
    assert "#" not in one["item-0"] and " " not in one["item-0"]


def test_a_recording_outside_the_folder_is_not_linked(items: Items, tmp_path: Path) -> None:
    (items.folder.parent / "secret.wav").write_bytes(b"RIFF")
    from dataclasses import replace

    rows = (replace(items.rows[0], audio_path="../secret.wav"), *items.rows[1:])
    assert "item-0" not in sources(Items(items.path, items.sha256, rows), tmp_path / "report.html")


# --- error maps ---


def told(items: Items) -> dict[str, Any]:
    made = asdict(map_of("omni", items))
    estimates = {
        part: {name: dict(zip(("value", "low", "high"), share, strict=True)) for name, share in made[part].items()}
        for part in ("shares", "wrong")
    }
    rows = [{"id": key, "place": place} for key, place in made["places"].items()]
    about = {"name": made["name"], "n": made["n"], "judged": made["judged"], "items": rows}
    return {**about, "map": {"heard": made["heard"], **estimates, "paper": made["paper"]}}


def test_a_map_is_read_as_it_was_printed(items: Items, tmp_path: Path) -> None:
    (tmp_path / "map.json").write_text(json.dumps(told(items)))
    read = read_map(tmp_path / "map.json")
    assert read == map_of("omni", items)
    assert [(row["kind"], row["share"]) for row in map_rows(read)] == [
        ("heard and reasoned", 66.667),
        ("not heard", 33.333),
    ]


@pytest.mark.parametrize("change", [{"map": {}}, {"n": None}, {"items": [{"id": "x", "place": "nowhere"}]}])
def test_what_is_no_map_is_refused(items: Items, tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "map.json").write_text(json.dumps({**told(items), **change}))
    with pytest.raises(RunError, match=r"mmar rubrics --json --items|a place that there is not"):
        read_map(tmp_path / "map.json")


# --- the command ---


def report(*words: str | Path) -> Any:
    from earwitness.cli.app import app

    return CliRunner().invoke(app, ["report", *map(str, words)])


def test_a_run_and_files_become_a_page(items: Items, tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "report.html"
    ask(items, [open_answerer("oracle"), open_answerer("letter:A")], run, arms=("audio", "text"), orders=2)
    (tmp_path / "file.jsonl").write_text(
        "".join(json.dumps({"id": item.id, "answer_prediction": item.answer}) + "\n" for item in items)
    )
    (tmp_path / "map.json").write_text(json.dumps(told(items)))
    found = report(run, f"mine={tmp_path / 'file.jsonl'}", "--out", out, "--rubrics", tmp_path / "map.json", "--json")
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["systems"] == ["letter:A", "oracle", "mine"]
    tree = Tree(out.read_text(encoding="utf-8"))
    # What has no recording is an error, with the recording, and can be right with the text alone.
    assert "the same choice in all orders" in tree.by_id("orders").text
    assert "Listen to the audio and answer the question." in tree.by_id("made").text
    n_silent = sum(n % 7 == SILENT for n in range(N))
    rows = {row.children[0].text: row for row in next(tree.by_id("verdicts").all("tbody")).children}
    assert rows["oracle"].children[-2].text == str(n_silent) and rows["mine"].children[-2].text == "0"
    assert "letter:A [text]" in [each["name"] for each in browsed(tree)["systems"]]


JUDGE = """
import json, re

def bell(text):
    wanted = int(re.search(r"each of the (\\d+) criteria", text)[1])
    point = int("I hear a bell" in text)
    return json.dumps({"criteria": [{"number": n, "point": point, "ground": "seen"} for n in range(1, wanted + 1)]})
"""


def test_what_judges_found_comes_onto_the_page(tmp_path: Path) -> None:
    from earwitness.cli.app import app

    heard = {"name": "Cue Identification: bell", "scoring_point": "Award 1 point if a bell is heard.", "note": ""}
    asked = {"question": "Where?", "choices": ["harbour", "school"], "answer": "harbour", "rubric": [heard]}
    lines = [json.dumps({"id": f"item-{n}", "audio_path": f"{n}.wav", **asked}) for n in range(3)]
    (tmp_path / "items.jsonl").write_text("\n".join(lines))
    thoughts = ("I hear a bell.", "I hear children.", "I hear a bell.")
    said = [
        json.dumps({"id": f"item-{n}", "answer_prediction": answer, "thinking_prediction": thoughts[n]})
        for n, answer in enumerate(("harbour", "school", "school"))
    ]
    (tmp_path / "mine.jsonl").write_text("\n".join(said))
    (tmp_path / "judge.py").write_text(JUDGE)
    words = ["mmar", "rubrics", tmp_path / "mine.jsonl", "--benchmark", tmp_path / "items.jsonl", "--raters", "1"]
    words += [
        "--judge",
        f"python:{tmp_path / 'judge.py'}:bell",
        "--out",
        tmp_path / "judged",
        "--json",
        "--items",
        "-q",
    ]
    printed = CliRunner().invoke(app, [str(word) for word in words])
    assert printed.exit_code == 0, printed.output
    (tmp_path / "map.json").write_text(printed.stdout)
    out = tmp_path / "report.html"
    found = report(
        tmp_path / "mine.jsonl", "--bench", tmp_path / "items.jsonl", "--rubrics", tmp_path / "map.json", "--out", out
    )
    assert found.exit_code == 0, found.output
    (system,) = browsed(Tree(out.read_text(encoding="utf-8")))["systems"]
    assert system["p"] == ["heard and reasoned", "not heard", "heard but failed to reason"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{file}"], "Of which items is"),
        (["{file}", "--bench", "{items}", "--extractor", "guess"], "There is no extractor 'guess'"),
        (["{file}", "{file}", "--bench", "{items}"], "Several systems are called file"),
        (["{file}", "--bench", "{items}", "--embeddings", "x"], "--embeddings cannot be used here"),
        (["gone", "--extractor", "robust"], "--extractor cannot be used here"),
    ],
)
def test_what_cannot_be_written_is_said(items: Items, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "file.jsonl").write_text(json.dumps({"id": "item-0", "answer_prediction": "drum"}) + "\n")
    places = {"file": tmp_path / "file.jsonl", "items": items.path}
    with pytest.raises(Exception, match=said):
        found = report(*(word.format(**places) for word in words), "--out", tmp_path / "x.html")
        raise found.exception
    assert not (tmp_path / "x.html").exists()
