"""``earwitness mmar rubrics``: from predictions and judges to scores, agreement and the error map."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer

from cli.conftest import Command
from earwitness.cli.app import mmar
from mmar.judges import NAMES

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = typer.main.get_command(mmar).commands

JUDGES = """
import json, pathlib, re

def _n(text):
    with pathlib.Path(__file__).with_name("calls").open("a") as file:
        file.write("x")
    return int(re.search(r"each of the (\\d+) criteria", text)[1])

def _reply(points):
    return json.dumps({"criteria": [{"number": n, "point": p, "ground": "seen"} for n, p in enumerate(points, 1)]})

def strict(text):
    return _reply([0] * _n(text))

def bell(text):
    return _reply([int("I hear a bell" in text)] * _n(text))

def mute(text):
    _n(text)
    return "five of five"

def down(text):
    raise RuntimeError("no memory")
"""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    rubric = [{"name": name, "scoring_point": wanted, "note": "", "choices": [0, 1]} for name, wanted in NAMES]
    rows = [
        {
            "id": f"item-{at}",
            "audio_path": f"./{at}.wav",
            "question": "Where is it?",
            "choices": ["a harbour", "a school", "a church"],
            "answer": "a harbour",
            "thinking": "A bell and gulls.",
            "cue": ["bell"],
            "rubric": rubric,
        }
        for at in range(3)
    ]
    path = tmp_path / "items.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "judges.py").write_text(JUDGES)
    return path


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    rows = [
        {"id": "item-0", "answer_prediction": "a harbour", "thinking_prediction": "I hear a bell and gulls."},
        {"id": "item-1", "answer_prediction": "a school", "thinking_prediction": "I hear children."},
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _arguments(bench: Path, answers: Path, *judges: str, raters: int = 2) -> list[object]:
    named = [word for judge in judges for word in ("--judge", f"python:{bench.parent / 'judges.py'}:{judge}")]
    out = ["--benchmark", bench, "--out", bench.parent / "out", "--raters", raters, "--jobs", 1]
    return ["mmar", "rubrics", answers, *out, *named]


def _calls(bench: Path) -> int:
    path = bench.parent / "calls"
    return len(path.read_text()) if path.exists() else 0


def test_tables_say_what_was_given_and_where_items_are(run: Command, bench: Path, answers: Path) -> None:
    done = run(*_arguments(bench, answers, "bell", raters=5), "--items")
    assert done.code == 0, done.err
    for wanted in (
        "mine: 3 items with a rubric; 3 of them judged. 2 predictions hold reasoning",
        "bell 5",
        "mean of raters without the lowest and the highest",
        "gated: right by",
        "Points by what they are for",
        "Krippendorff's alpha 1.00",
        "Where the items are",
        "heard and reasoned",
        "the paper",
        "not the same measure",
    ):
        assert wanted in done.out
    assert _calls(bench) == 10


def test_json_tells_every_point(run: Command, bench: Path, answers: Path) -> None:
    done = run(*_arguments(bench, answers, "bell", "strict"), "--json", "--items")
    told = json.loads(done.out)
    assert (told["n"], told["judged"], told["with_reasoning"], told["extractor"]) == (3, 3, 2, "robust")
    assert [rater["name"] for rater in told["raters"]] == ["bell 1", "bell 2", "strict 1", "strict 2"]
    assert {rater["judged"] for rater in told["raters"]} == {2}
    assert {rater["nothing"] for rater in told["raters"]} == {1}
    assert told["points"]["score"]["value"] == pytest.approx(0.5 / 3)
    assert told["gated"]["score"]["value"] == pytest.approx(0.5 / 3)
    first, second, third = told["items"]
    assert [each["given"] for each in first["criteria"]] == [0.5] * 5
    assert [each["kind"] for each in first["criteria"]] == [
        "perception",
        "perception",
        "knowledge",
        "reasoning",
        "answer",
    ]
    assert first["raters"][0]["points"] == [1] * 5
    assert first["raters"][0]["grounds"] == ["seen"] * 5
    # Half of the raters is not more than half.
    assert (first["place"], second["place"], third["place"]) == ("right for the wrong reason", "not heard", "no answer")
    assert second["lacked"] == "perception"
    assert third["raters"][0] == {"name": "bell 1", "state": "nothing", "points": None, "grounds": []}
    assert told["map"]["paper"] == {"perception": 0.37, "reasoning": 0.2, "knowledge": 0.09, "other": 0.34}


def test_the_same_command_asks_nothing_twice(run: Command, bench: Path, answers: Path) -> None:
    first = run(*_arguments(bench, answers, "bell"), "--json").out
    calls = _calls(bench)
    assert run(*_arguments(bench, answers, "bell"), "--json").out == first
    assert _calls(bench) == calls == 4


def test_what_would_be_asked_is_told_and_not_asked(run: Command, bench: Path, answers: Path) -> None:
    done = run(*_arguments(bench, answers, "bell", "strict"), "--dry-run")
    assert "8 requests at most, by 4 raters" in done.out
    told = json.loads(run(*_arguments(bench, answers, "bell", "strict"), "--dry-run", "--json").out)
    assert told["requests"] == 8
    assert told["tokens_in"] > 1_000
    assert _calls(bench) == 0
    assert not (bench.parent / "out").exists()


@pytest.mark.parametrize(("judge", "state"), [("mute", "unreadable"), ("down", "error")])
def test_judges_without_any_judgement_score_nothing(
    run: Command, bench: Path, answers: Path, judge: str, state: str
) -> None:
    done = run(*_arguments(bench, answers, judge))
    assert done.code == 1
    assert "Raters" in done.out and "Share of points" not in done.out
    done = run(*_arguments(bench, answers, judge), "--json")
    assert done.code == 1
    assert "No rater gave any judgement" in done.err
    told = json.loads(done.out)
    assert [rater[state] for rater in told["raters"]] == [2, 2]
    assert told["points"]["score"]["value"] == 0
    assert told["points"]["highest"] == pytest.approx(2 / 3)


def test_a_run_folder_can_be_judged(run: Command, bench: Path, tmp_path: Path) -> None:
    from earwitness.mmar.asking import ask
    from earwitness.mmar.items import read_items
    from earwitness.systems.answerers import open_answerers

    answerers = open_answerers(["oracle", "letter:B"])
    ask(read_items(bench), answerers, tmp_path / "run", arms=("text",))
    done = run(*_arguments(bench, tmp_path / "run", "strict"), "--json")
    assert done.code == 2
    assert "holds 2 models: name one with --model" in done.err
    told = json.loads(
        run(*_arguments(bench, tmp_path / "run", "bell"), "--model", "oracle", "--arm", "text", "--json").out
    )
    assert told["name"] == "oracle"
    assert told["judged"] == 3


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--extractor", "best"], "no extractor 'best'"),
        (["--heard", "most"], "heard by one of any, half, all"),
        (["--judge", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_is_said_before_anybody_is_asked(
    run: Command, bench: Path, answers: Path, more: list[str], why: str
) -> None:
    done = run(*_arguments(bench, answers, "bell"), *more)
    assert done.code == 2
    assert why in done.err
    assert _calls(bench) == 0


def test_items_without_a_rubric_cannot_be_judged(run: Command, bench: Path, answers: Path) -> None:
    rows = [json.loads(line) for line in bench.read_text().splitlines()]
    bench.write_text("".join(json.dumps({**row, "rubric": []}) + "\n" for row in rows))
    done = run(*_arguments(bench, answers, "bell"))
    assert done.code == 2
    assert "has no rubrics" in done.err


def test_every_option_is_documented() -> None:
    text = (ROOT / "docs" / "mmar.md").read_text(encoding="utf-8")
    options = [name for option in COMMANDS["rubrics"].params for name in option.opts if name.startswith("--")]
    assert "--json" in options
    assert [name for name in options if name != "--help" and not re.search(rf"[` (]{name}[` )]", text)] == []
