"""``earwitness score``: from files of predictions to verdicts, tables and JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Command
from earwitness.mmar.asked import begin
from earwitness.mmar.asking import Terms, ask
from earwitness.mmar.items import read_items
from earwitness.mmar.prompts import PROMPTS
from earwitness.systems.answerers import open_answerer
from mmar.exam import IDS, ROWS, changed, exam, write_lines

ANSWERS = ["a cat", "A", "it is hard to say", None, "[ERROR] 500"]
VERDICTS = [("right", "a cat"), ("wrong", "Yes"), ("unparsed", None), ("missing", None), ("error", None)]


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    folder = tmp_path / "mmar"
    folder.mkdir()
    return exam(folder).path


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    rows = [{"id": name, "answer_prediction": text} for name, text in zip(IDS, ANSWERS, strict=True)]
    return write_lines(tmp_path / "mine.jsonl", rows)


@pytest.fixture
def published(shared: Path) -> Path:
    return shared / "data" / "mmar"


def test_the_verdict_on_each_item_is_printed(run: Command, bench: Path, answers: Path) -> None:
    for benchmark in (bench, bench.parent):
        done = run("score", answers, "--benchmark", benchmark, "--json", "--items")
        assert (done.code, done.err) == (0, "")
        assert json.loads(done.out) == {
            "items": [
                {"id": name, "verdict": verdict, "choice": choice}
                for name, (verdict, choice) in zip(IDS, VERDICTS, strict=True)
            ]
        }
    lines = run("score", answers, "--benchmark", bench, "--items").out.splitlines()
    assert lines == [
        f"{name}\t{verdict}\t{choice or ''}" for name, (verdict, choice) in zip(IDS, VERDICTS, strict=True)
    ]


def test_several_systems_have_their_verdicts_by_name(run: Command, bench: Path, answers: Path) -> None:
    done = run("score", answers, f"again={answers}", "--benchmark", bench, "--json", "--items")
    value = json.loads(done.out)
    assert [system["name"] for system in value["systems"]] == ["mine", "again"]
    assert [[row["verdict"] for row in system["items"]] for system in value["systems"]] == [
        [v for v, _ in VERDICTS]
    ] * 2
    first = run("score", answers, f"again={answers}", "--benchmark", bench, "--items").out.splitlines()
    assert (first[0], first[5], len(first)) == (f"mine\t{IDS[0]}\tright\ta cat", f"again\t{IDS[0]}\tright\ta cat", 10)


@pytest.mark.parametrize("form", ["text", "letter", "sentence"])
def test_official_verdicts_are_those_of_the_official_script(run: Command, published: Path, form: str) -> None:
    path = published / "predictions" / f"{form}.jsonl"
    done = run("score", path, "--benchmark", published, "--extractor", "official", "--json", "--items")
    found = {row["id"]: row["verdict"] == "right" for row in json.loads(done.out)["items"]}
    recorded = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert found == {row["id"]: bool(row["official_match"]) for row in recorded}


def test_json_holds_the_score_and_what_was_read(run: Command, bench: Path, answers: Path) -> None:
    rows = [*map(json.loads, answers.read_text().splitlines()), {"id": "elsewhere", "answer_prediction": "A"}]
    write_lines(answers, [*rows, rows[0]])
    done = run("score", answers, "--benchmark", bench, "--json")
    value = json.loads(done.out)
    assert done.code == 0
    assert value["read"] == [
        {
            "name": "mine",
            "path": str(answers),
            "format": "mmar",
            "items": 5,
            "unknown": ["elsewhere"],
            "duplicates": [IDS[0]],
            "notes": [],
        }
    ]
    assert value["systems"][0]["counts"]["right"] == 1 and value["systems"][0]["scored"] == 2
    assert value["benchmark"]["items"] == 5


def test_people_are_told_what_was_read_and_how_it_stands(run: Command, bench: Path, answers: Path) -> None:
    rows = [*map(json.loads, answers.read_text().splitlines()), {"id": "elsewhere", "answer_prediction": "A"}]
    answers.write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[0]]) + '{"id": "x')
    out = run("score", answers, "--benchmark", bench, "--by", "language", "--by", "layer").out
    assert f"mine: 5 of 5 items in '{answers}' (mmar)." in out
    assert "note: 1 row of no item of the benchmark, not scored: 'elsewhere'." in out
    assert f"note: 1 item told of more than once: '{IDS[0]}'." in out
    assert "note: line 8, the last, is torn off and was left out:" in out
    verdicts = run("score", answers, "--benchmark", bench, "--items", "--json")
    assert "note: mine: 1 row of no item of the benchmark, not scored: 'elsewhere'.\n" in verdicts.err
    assert "note: mine: line 8, the last, is torn off" in verdicts.err
    assert [row["verdict"] for row in json.loads(verdicts.out)["items"]] == [verdict for verdict, _ in VERDICTS]
    assert "mine cannot be told from chance: 20.0 % right, the 36.7 % that guessing earns." in out
    assert "warning: 60.0 % of the items of mine were not answered with a choice" in out
    assert "This measures the format, not the hearing" in out
    assert "By language" in out and "By layer" in out and "By modality" not in out and "By extractor" in out


def test_several_systems_stand_side_by_side(run: Command, published: Path) -> None:
    files = [published / "predictions" / f"{form}.jsonl" for form in ("text", "letter")]
    out = run("score", *files, "--benchmark", published, "--extractor", "official").out
    assert "text is above chance: 62.3 % right, more than the 29.3 % that guessing earns." in out
    assert "letter is below chance: 0.0 % right, less than the 29.3 % that guessing earns." in out
    assert "Right % by layer" in out and "text / letter" in out


@pytest.mark.parametrize("options", [[], ["--json"], ["--items"], ["--items", "--json"]])
@pytest.mark.parametrize(
    "text", ["[LMMS_EVAL_REQUEST_FAILED after 5 retries] no route", "", None, "I cannot hear audio."]
)
def test_a_run_without_any_answer_exits_with_1(
    run: Command, bench: Path, tmp_path: Path, options: list[str], text: str | None
) -> None:
    path = write_lines(tmp_path / "failed.jsonl", [{"id": name, "answer_prediction": text} for name in IDS])
    done = run("score", path, "--benchmark", bench, *options)
    assert (done.code, done.err) == (1, "")
    if not options:
        assert "failed: 0 scored. No item was answered with one of its choices" in done.out
    if options == ["--json"]:
        system = json.loads(done.out)["systems"][0]
        assert (system["scored"], system["counts"]["right"], system["counts"]["wrong"]) == (0, 0, 0)


@pytest.mark.parametrize("options", [[], ["--json"], ["--items"]])
def test_answers_that_are_all_wrong_are_answers(run: Command, bench: Path, tmp_path: Path, options: list[str]) -> None:
    path = write_lines(tmp_path / "wrong.jsonl", [{"id": IDS[0], "answer_prediction": "a dog"}])
    assert run("score", path, "--benchmark", bench, *options).code == 0


def test_one_failed_system_among_others_exits_with_1(run: Command, bench: Path, answers: Path, tmp_path: Path) -> None:
    failed = write_lines(tmp_path / "failed.jsonl", [{"id": IDS[0], "answer_prediction": "[ERROR] 500"}])
    assert run("score", answers, failed, "--benchmark", bench).code == 1


def test_a_run_folder_is_scored_by_model_and_arm(run: Command, bench: Path, tmp_path: Path) -> None:
    items, folder = read_items(bench), tmp_path / "run"
    ask(items, [open_answerer("oracle"), open_answerer("guess=letter:A")], folder, arms=("text",), orders=2)
    value = json.loads(run("score", folder, "--benchmark", bench, "--json").out)
    assert [(system["name"], system["counts"]["right"]) for system in value["systems"]] == [("guess", 2), ("oracle", 5)]
    assert {note for read in value["read"] for note in read["notes"]} == {
        "1 more orders of the choices were asked, and are not part of this score"
    }
    ask(
        items,
        [open_answerer("oracle")],
        folder,
        arms=("text", "caption"),
        terms=Terms(captioner=open_answerer("prior")),
    )
    value = json.loads(run("score", f"who={folder}", "--benchmark", bench, "--json", "--items").out)
    assert [system["name"] for system in value["systems"]] == [
        "who/guess [text]",
        "who/oracle [text]",
        "who/oracle [caption]",
    ]


def test_a_run_in_which_nobody_was_asked_is_refused(run: Command, bench: Path, tmp_path: Path) -> None:
    begin(tmp_path / "run", read_items(bench), prompt=PROMPTS["reason"], seed=0)
    done = run("score", tmp_path / "run", "--benchmark", bench)
    assert done.code == 2 and "holds no answers yet: nobody was asked" in done.err


def test_unusual_files_are_read_as_told(run: Command, bench: Path, tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_bytes(f"id;said\n{IDS[0]};B\n".encode("utf-16"))
    done = run("score", path, "--benchmark", bench, "--field", "said", "--format", "csv", "--items", "--json")
    assert json.loads(done.out)["items"][0] == {"id": IDS[0], "verdict": "right", "choice": "a cat"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere.jsonl"], "'nowhere.jsonl' is missing: expected a file of predictions"),
        (["NAME=nowhere.jsonl"], "'nowhere.jsonl' is missing"),
        (["{answers}", "--extractor", "psychic"], "There is no extractor 'psychic'; expected one of official"),
        (["{answers}", "--format", "excel"], "There is no format 'excel'"),
        (["{answers}", "--by", "mood"], "Items are not grouped by 'mood'; expected layer, modality"),
        (["{answers}", "{answers}"], "Several systems are called mine: name them, as in NAME=FILE."),
        (["{answers}", "--field", "said"], "expected answers as 'said'; its fields are 'id', 'answer_prediction'"),
        (["{folder}"], "is not a run: it has no run.json"),
    ],
)
def test_bad_options_are_refused(
    run: Command, bench: Path, answers: Path, arguments: list[str], complaint: str
) -> None:
    filled = [each.format(answers=answers, folder=bench.parent) for each in arguments]
    done = run("score", *filled, "--benchmark", bench)
    assert (done.code, done.out) == (2, "")
    assert complaint in done.err


def test_bad_items_are_refused_by_name(run: Command, tmp_path: Path, answers: Path) -> None:
    path = write_lines(tmp_path / "items.jsonl", changed(2, answer="the flute"))
    done = run("score", answers, "--benchmark", path)
    assert done.code == 2 and f"item 3 ('{IDS[2]}'): the gold answer 'the flute' is not among the choices" in done.err


def test_a_file_whose_name_has_an_equals_sign_is_a_file(run: Command, bench: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "t=0.jsonl", [{**ROWS[0], "answer_prediction": "B"}])
    done = run("score", path, "--benchmark", bench, "--json")
    assert json.loads(done.out)["systems"][0]["name"] == "t=0"


def test_scoring_loads_neither_sound_nor_models(bench: Path, answers: Path) -> None:
    code = (
        "import sys\nfrom earwitness.cli import main\n"
        f"sys.argv = ['earwitness', 'score', {str(answers)!r}, '--benchmark', {str(bench)!r}, '--items']\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert not ended.code, ended.code\n"
        "heavy = {'torch', 'soundfile', 'sklearn', 'inspect_ai', 'httpx', 'pandas', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
