"""Predictions are found their items, in whatever file they come, or are told of."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import MissingExtra, PredictionsError
from earwitness.mmar.formats import FORMATS
from earwitness.mmar.items import Item, Items
from earwitness.mmar.marking import Prediction
from earwitness.mmar.orders import LETTERS
from earwitness.mmar.predictions import read_predictions
from mmar.exam import IDS, ROWS, exam, write_lines

ANSWERS = {IDS[0]: "B", IDS[1]: 'He says: "No".', IDS[2]: "the horn;\tor\nthe drum", IDS[3]: "因为 é", IDS[4]: ""}


@pytest.fixture
def items(tmp_path: Path) -> Items:
    return exam(tmp_path)


def _lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _told(row: Mapping[str, Any]) -> str:
    """Return a prompt as tools write it."""
    return f"{row['question']}\n" + "\n".join(f"{a}. {c}" for a, c in zip(LETTERS, row["choices"], strict=False))


def _mmar(answers: Mapping[str, str]) -> str:
    return _lines([{**row, "answer_prediction": answers[row["id"]], "thinking_prediction": "Hm."} for row in ROWS])


def _mmau(answers: Mapping[str, str]) -> str:
    return json.dumps([{**row, "model_output": answers[row["id"]]} for row in ROWS], indent=2)


def _mmau_readme(answers: Mapping[str, str]) -> str:
    return json.dumps([{"id": name, "model_prediction": text} for name, text in answers.items()])


def _object(answers: Mapping[str, str]) -> str:
    return json.dumps(answers, indent=1)


def _by_question(answers: Mapping[str, str]) -> str:
    kept = ("question", "choices")
    return _lines([{**{name: row[name] for name in kept}, "response": answers[row["id"]]} for row in ROWS])


def _lmms_old(answers: Mapping[str, str]) -> str:
    return _lines(
        [
            {
                "doc_id": at,
                "doc": {**row, "choices": [f"{a}. {c}" for a, c in zip(LETTERS, row["choices"], strict=False)]},
                "target": LETTERS[row["choices"].index(row["answer"])],
                "resps": [[answers[row["id"]]]],
                "filtered_resps": ["[invalid]"],
            }
            for at, row in enumerate(ROWS)
        ]
    )


def _lmms_oldest(answers: Mapping[str, str]) -> str:
    logs = [json.loads(line) for line in _lmms_old(answers).splitlines()]
    return json.dumps({"args": {"model": "qwen2_audio"}, "logs": logs}, indent=2)


def _lmms_new(answers: Mapping[str, str]) -> str:
    return _lines(
        [
            {
                "doc_id": 40 + at,
                "input": _told(row),
                "target": LETTERS[row["choices"].index(row["answer"])],
                "filtered_resps": [answers[row["id"]]],
                "mmar_accuracy": {"id": row["id"], "prediction": "A", "raw_response": "cut", "score": 0.0},
            }
            for at, row in enumerate(ROWS)
        ]
    )


def _ultraeval(answers: Mapping[str, str]) -> str:
    rows: list[dict[str, Any]] = []
    for at, row in reversed(list(enumerate(ROWS))):
        asked = [
            {"role": "user", "contents": [{"type": "audio", "value": "x.wav"}, {"type": "text", "value": _told(row)}]}
        ]
        answer = answers[row["id"]]
        said = json.dumps({"text": answer, "audio": "out.wav"}) if at % 2 else answer
        rows.append({"type": "prompt", "id": at, "data": {"content": asked}})
        rows.append({"type": "inference", "id": at, "data": {"content": said}})
        rows.append({"type": "post_process", "id": at, "data": {"content": "cut"}})
        rows.append({"type": "eval", "id": at, "data": {"match": 0, "pred": "cut", "ref": row["answer"]}})
    return _lines(rows)


def _csv(delimiter: str) -> Callable[[Mapping[str, str]], str]:
    def write(answers: Mapping[str, str]) -> str:
        cells = [[name, *('"{}"'.format(text.replace('"', '""')) for text in [text])] for name, text in answers.items()]
        return "\r\n".join(delimiter.join(row) for row in [["ID", " prediction "], *cells])

    return write


FILES = {
    "mmar": ("mmar", _mmar),
    "mmau": ("mmau", _mmau),
    "mmau as its README says": ("mmau", _mmau_readme),
    "one object": ("rows", _object),
    "by question": ("rows", _by_question),
    "lmms-eval with doc": ("lmms-eval", _lmms_old),
    "lmms-eval's logs": ("lmms-eval", _lmms_oldest),
    "lmms-eval without doc": ("lmms-eval", _lmms_new),
    "ultraeval": ("ultraeval", _ultraeval),
    "csv": ("csv", _csv(",")),
    "csv with semicolons": ("csv", _csv(";")),
    "tsv": ("csv", _csv("\t")),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("kind", FILES)
def test_the_same_answers_are_read_from_every_format(items: Items, tmp_path: Path, kind: str, encoding: str) -> None:
    expected, write = FILES[kind]
    path = tmp_path / "my model.txt"
    path.write_bytes(write(ANSWERS).encode(encoding))
    read = read_predictions(path, items)
    assert (read.name, read.format, read.path) == ("my model", expected, path)
    nothing = None if expected == "csv" else ""  # an empty cell is no answer
    assert {name: each.text for name, each in read.by_id.items()} == {**ANSWERS, IDS[4]: nothing}
    assert {(each.error, each.refused, each.order) for each in read.by_id.values()} == {("", False, None)}
    assert {each.reasoning for each in read.by_id.values()} == ({"Hm."} if kind == "mmar" else {""})
    assert (read.unknown, read.duplicates, read.notes) == ((), (), ())
    assert read_predictions(path, items, format=expected, name="other").by_id == read.by_id


def test_every_format_is_tried_here_or_needs_a_package() -> None:
    assert {kind for kind, _ in FILES.values()} == set(FORMATS) - {"inspect"}


@given(st.lists(st.none() | st.text(), min_size=3, max_size=3))
def test_any_text_comes_through_untouched(tmp_path_factory: pytest.TempPathFactory, texts: list[str | None]) -> None:
    folder = tmp_path_factory.mktemp("any")
    asked = Items(folder, "", tuple(Item(f"{n}", "?", ("a", "b"), gold=0) for n in range(3)))
    path = write_lines(folder / "p.jsonl", [{"id": f"{n}", "prediction": text} for n, text in enumerate(texts)])
    by_id = read_predictions(path, asked).by_id
    for n, text in enumerate(texts):
        failed = text is not None and text.lstrip().startswith(("[ERROR]", "[LMMS_EVAL_REQUEST_FAILED"))
        assert by_id[f"{n}"] == (Prediction(None, error=text.strip()[:200]) if failed and text else Prediction(text))


@pytest.mark.parametrize(
    "text",
    [
        "[LMMS_EVAL_REQUEST_FAILED after 5 retries] Connection refused",
        "[LMMS_EVAL_REQUEST_FAILED] 500",
        "[ERROR] 429 Resource has been exhausted",
        " [ERROR] B",
    ],
)
@pytest.mark.parametrize("kind", FILES)
def test_the_text_of_an_error_is_no_answer(items: Items, tmp_path: Path, kind: str, text: str) -> None:
    path = tmp_path / "failed.txt"
    path.write_text(FILES[kind][1](dict.fromkeys(IDS, text)), encoding="utf-8")
    by_id = read_predictions(path, items).by_id
    assert {(each.text, each.error) for each in by_id.values()} == {(None, text.strip())}
    assert len(by_id) == 5


def test_errors_that_stand_apart_are_errors(items: Items, tmp_path: Path) -> None:
    rows = [
        {"id": IDS[0], "prediction": None, "error": "timeout"},
        {"id": IDS[1], "prediction": "", "error": {"code": 500}},
        {"id": IDS[2], "prediction": "B", "error": "none to speak of"},
        {"id": IDS[3], "error": None},
        {"id": IDS[4], "prediction": None, "error": 0.3},
    ]
    by_id = read_predictions(write_lines(tmp_path / "p.jsonl", rows), items).by_id
    assert by_id == {
        IDS[0]: Prediction(None, error="timeout"),
        IDS[1]: Prediction(None, error='{"code": 500}'),
        IDS[2]: Prediction("B"),
        IDS[3]: Prediction(None),
        IDS[4]: Prediction(None),
    }


def test_a_text_that_speaks_of_errors_is_a_text(items: Items, tmp_path: Path) -> None:
    rows = [{"id": name, "prediction": text} for name, text in zip(IDS, ("[ERRORS] B", "B [ERROR]"), strict=False)]
    by_id = read_predictions(write_lines(tmp_path / "p.jsonl", rows), items).by_id
    assert [each.text for each in by_id.values()] == ["[ERRORS] B", "B [ERROR]"]


def test_what_ultraeval_logged_as_an_error_is_one_unless_it_was_asked_again(items: Items, tmp_path: Path) -> None:
    trace = "Traceback (most recent call last):\n  ...\nTimeoutError: no answer in time"
    rows = [
        {"type": "prompt", "id": 0, "data": {"content": _told(ROWS[0])}},
        {"type": "error", "id": 0, "data": {"info": trace}},
        {"type": "prompt", "id": 1, "data": {"content": _told(ROWS[1])}},
        {"type": "error", "id": 1, "data": {"info": trace}},
        {"type": "inference", "id": 1, "data": {"content": "A"}},
    ]
    by_id = read_predictions(write_lines(tmp_path / "p.jsonl", rows), items).by_id
    assert by_id == {IDS[0]: Prediction(None, error="TimeoutError: no answer in time"), IDS[1]: Prediction("A")}


@pytest.mark.parametrize("told", ["choices", "lettered", "prompt"])
def test_choices_that_were_shown_in_another_order_are_told_by_their_order(
    items: Items, tmp_path: Path, told: str
) -> None:
    shown = ["the drum", "the bell", "the horn"]
    row: dict[str, Any] = {"doc_id": 2, "doc": {"id": IDS[2], "choices": shown}, "filtered_resps": ["A"], "target": "A"}
    if told == "lettered":
        row["doc"]["choices"] = [f"({letter}) {choice} " for letter, choice in zip("ABC", shown, strict=True)]
    elif told == "prompt":
        row["doc"] = {"id": IDS[2]}
        row["input"] = "A. is a letter\n" + _told({"question": "Which?", "choices": shown}) + "\nAnswer with a letter."
    read = read_predictions(write_lines(tmp_path / "p.jsonl", [row]), items)
    assert read.by_id[IDS[2]].order == (2, 0, 1)
    assert read.notes == ()


def test_choices_are_the_same_in_other_case_and_spacing_unless_that_leaves_two_alike(tmp_path: Path) -> None:
    asked = Items(tmp_path, "", (Item("x", "?", ("A Dog", "a  cat"), gold=0), Item("y", "?", ("V", "v"), gold=0)))
    path = tmp_path / "p.jsonl"
    for name, shown, order in (("x", ["a cat", " a dog"], (1, 0)), ("y", ["v", "V"], (1, 0)), ("y", ["V", "v"], None)):
        write_lines(path, [{"id": name, "choices": shown, "prediction": "A"}])
        assert read_predictions(path, asked).by_id[name].order == order
    write_lines(path, [{"id": "y", "choices": ["V ", " v"], "prediction": "A"}])
    with pytest.raises(PredictionsError, match="other choices than their items"):
        read_predictions(path, asked)


def test_rows_of_a_shuffled_data_set_are_known_by_their_prompts(items: Items, tmp_path: Path) -> None:
    rows = [
        {"doc_id": at, "input": _told(row), "filtered_resps": [ANSWERS[row["id"]]]} for at, row in enumerate(ROWS[::-1])
    ]
    by_id = read_predictions(write_lines(tmp_path / "p.jsonl", rows), items).by_id
    assert {name: each.text for name, each in by_id.items()} == ANSWERS


def test_a_place_is_believed_when_the_right_answer_agrees(items: Items, tmp_path: Path) -> None:
    rows = [{"doc_id": at, "target": row["answer"], "filtered_resps": ["A"]} for at, row in enumerate(ROWS)]
    path = write_lines(tmp_path / "p.jsonl", rows)
    assert list(read_predictions(path, items).by_id) == IDS
    for lie in ({"target": "a dog"}, {"target": ""}, {"input": "Another question?"}, {"input": "What barks? a cat"}):
        write_lines(path, [{**rows[0], **lie}, *rows[1:]])
        with pytest.raises(PredictionsError, match=f"line 1: it is numbered 0, and nothing in it shows .*'{IDS[0]}'"):
            read_predictions(path, items)


def test_a_place_beyond_the_last_item_is_unknown(items: Items, tmp_path: Path) -> None:
    rows = [{"doc_id": at, "target": "B", "filtered_resps": ["A"]} for at in (0, 5)]
    read = read_predictions(write_lines(tmp_path / "p.jsonl", rows), items)
    assert (list(read.by_id), read.unknown) == ([IDS[0]], ("the row at place 5",))


def test_a_prompt_that_fits_two_items_proves_only_the_place_of_one(tmp_path: Path) -> None:
    asked = Items(tmp_path, "", tuple(Item(name, name, ("a", "b"), gold=0) for name in ("Which?", "Who?", "Why?")))
    row = {"doc_id": 2, "input": "Who? Which? a or b", "filtered_resps": ["A"]}
    path = write_lines(tmp_path / "p.jsonl", [{**row, "doc_id": 1}])
    assert list(read_predictions(path, asked).by_id) == ["Who?"]
    write_lines(path, [row])
    with pytest.raises(PredictionsError, match="line 1: it is numbered 2, and nothing in it shows"):
        read_predictions(path, asked)


def test_repeats_that_agree_are_one_answer(items: Items, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", [{"doc_id": 0, "doc": {"id": IDS[0]}, "resps": [["B", "B"]]}])
    assert read_predictions(path, items).by_id == {IDS[0]: Prediction("B")}


def test_unknown_ids_are_told_of_and_never_scored(items: Items, tmp_path: Path) -> None:
    rows = [{"id": name, "prediction": "A"} for name in ("elsewhere", IDS[0], "nowhere", "elsewhere")]
    read = read_predictions(write_lines(tmp_path / "p.jsonl", rows), items)
    assert (list(read.by_id), read.unknown) == ([IDS[0]], ("elsewhere", "nowhere"))


def test_a_file_of_another_benchmark_is_refused(items: Items, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", [{"id": f"q{n}", "prediction": "A"} for n in range(7)])
    with pytest.raises(PredictionsError, match=r"none of the 5 items .* it has 'q0', .*'q4' and 2 more"):
        read_predictions(path, items)


def test_rows_of_another_version_are_told_of_or_refused(items: Items, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", [{**ROWS[1], "answer": "Yes", "prediction": "No"}])
    assert read_predictions(path, items).notes == (
        f"1 rows take another choice for the right one than the items do ('{IDS[1]}'): they come from another version "
        "of the benchmark",
    )
    write_lines(
        path, [ROWS[0], {**ROWS[1], "choices": ["Yes", "No", "Maybe"]}, {**ROWS[2], "choices": ["x", "y", "z"]}]
    )
    refused = f"line 2: its choices .* are not those of '{IDS[1]}'.* 2 rows .* other choices .*'{IDS[2]}'"
    with pytest.raises(PredictionsError, match=refused):
        read_predictions(path, items, field="question")


def test_the_same_answer_twice_is_one(items: Items, tmp_path: Path) -> None:
    rows = [{"id": IDS[0], "prediction": text} for text in ("A", "A", "A")]
    read = read_predictions(write_lines(tmp_path / "p.jsonl", rows), items)
    assert (read.by_id, read.duplicates) == ({IDS[0]: Prediction("A")}, (IDS[0],))


def test_two_answers_to_one_item_are_refused(items: Items, tmp_path: Path) -> None:
    rows = [{"id": name, "prediction": text} for name in IDS[:2] for text in ("A", "B", "A")]
    path = write_lines(tmp_path / "p.jsonl", rows)
    with pytest.raises(
        PredictionsError, match=f"answers 2 items more than once, and differently: '{IDS[0]}', '{IDS[1]}'"
    ):
        read_predictions(path, items)


def test_the_same_letter_in_two_orders_is_two_answers(items: Items, tmp_path: Path) -> None:
    rows = [{**ROWS[1], "choices": shown, "prediction": "A"} for shown in (["Yes", "No"], ["No", "Yes"])]
    with pytest.raises(PredictionsError, match="answers 1 items more than once, and differently"):
        read_predictions(write_lines(tmp_path / "p.jsonl", rows), items)


def test_of_two_failures_the_first_is_kept_and_a_failure_says_more_than_nothing(items: Items, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    for texts in (["[ERROR] 1", "[ERROR] 2", None], [None, "[ERROR] 1", "[ERROR] 2"]):
        write_lines(path, [{"id": IDS[0], "prediction": text} for text in texts])
        assert read_predictions(path, items).by_id == {IDS[0]: Prediction(None, error="[ERROR] 1")}


@pytest.mark.parametrize("first", [None, "[ERROR] 500"])
def test_a_failure_that_was_asked_again_is_answered(items: Items, tmp_path: Path, first: str | None) -> None:
    for texts in ([first, "A"], ["A", first], [first, first, "A", first]):
        rows = [{"id": IDS[0], "prediction": text} for text in texts]
        read = read_predictions(write_lines(tmp_path / "p.jsonl", rows), items)
        assert (read.by_id, read.duplicates) == ({IDS[0]: Prediction("A")}, (IDS[0],))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("cut", [1, 2, 40, 41, 42])
def test_a_torn_last_line_is_left_out_and_told_of(items: Items, tmp_path: Path, cut: int, encoding: str) -> None:
    path = tmp_path / "p.jsonl"
    text = _mmar({**ANSWERS, IDS[4]: "€" * 40}).replace(', "thinking_prediction": "Hm."', "").removesuffix("\n")
    path.write_bytes(text.encode(encoding)[:-cut])
    read = read_predictions(path, items)
    assert list(read.by_id) == IDS[:4]
    assert len(read.notes) == 1 and read.notes[0].startswith('line 5, the last, is torn off and was left out: \'{"id"')


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"id": "a", "prediction": "A"}\n{"id": "b", "pred\n{"id": "c", "prediction": "A"}\n', "line 2: not JSON"),
        ('{"id": "a", "pred\n{"id": "c", "prediction": "A"}\n', "line 1: not JSON"),
        ('{"id": "a", "pred', "line 1: not JSON"),
        ('{"id": "a", "prediction": "A"}\n[1]\n{"id": "c"}\n', "line 2: expected an object; got list"),
        ('[{"id": "a", "prediction": "A"}', "p.jsonl': not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1, 2]", "item 1: expected an object; got int"),
        ("[]", "none of the formats"),
        ("", "is empty"),
        (' \n\t{"id": "a", "pred', "line 2: not JSON"),
        (" \n \n", "is empty"),
        ('{"id": "a", "verdict": "A"}\n', "its fields are 'id', 'verdict'. Expected the answer as one of answer_pred"),
        ('{"prediction": "A"}\n{"prediction": "B"}\n', "line 1: neither an id nor a question"),
        (f'{{"id": "{IDS[0]}", "prediction": 2}}\n', "line 1: expected a text as 'prediction'; got 2"),
        (f'{{"id": "{IDS[0]}", "prediction": ["A"]}}\n', "line 1: expected a text as 'prediction'; got"),
        ("id,\rprediction\nmine,0.7\n", "neither JSON nor a table"),
        ('{"type": "inference", "id": {}, "data": {"content": "A"}}\n', r"line 1: expected an id and a type; got \{\}"),
        ("model,accuracy\nmine,0.7\n", "neither JSON nor a table whose first line names an id"),
        (f'id,prediction\n{IDS[0]},"A"\n{IDS[1]},B,C\n', "line 3: expected 2 columns, as the header has; got 3"),
        (f'id,prediction\n{IDS[0]},"A\n', "line 2: not a table: unexpected end of data"),
        ('{"doc_id": 0, "resps": [["A", "B"]]}\n', "line 1: 2 different answers to one question"),
        ('{"doc_id": 0, "resps": [[-1.5]]}\n', "line 1: expected a text as the answer; got -1.5"),
        ('{"doc_id": 0, "resps": [["A"]]}\n{"id": "b"}\n', "line 2: expected a row of lmms-eval, with 'doc_id'"),
        (
            '{"type": "inference", "id": 0, "data": {"content": "A"}}\n'
            '{"type": "inference", "id": 0, "data": {"content": "B"}}\n',
            "line 2: another answer to question 0",
        ),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(items: Items, tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PredictionsError, match=complaint):
        read_predictions(path, items)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (_mmar(ANSWERS).encode().replace("é".encode(), b"\xe9"), r"line 4: not UTF-8 \(the byte 0xe9"),
        (_mmar(ANSWERS).encode() + _mmar(ANSWERS).encode("utf-16"), "line 6: not UTF-8"),
        (_mmar(ANSWERS).encode("utf-16") + b"\x00\xd8\x00\x00", "line 6: not UTF-16"),
        (_mmau(ANSWERS).encode("utf-16")[:-1], "not UTF-16"),
        (_mmar(ANSWERS).encode("utf-32"), "is UTF-32: save it as UTF-8"),
        (_mmar(ANSWERS).encode("utf-16-le"), "neither JSON nor a table|not JSON|not UTF-8"),
        (b"PK\x03\x04\xff\xff", "line 1: not UTF-8"),
    ],
    ids=["latin-1", "mixed", "bad utf-16", "torn utf-16", "utf-32", "utf-16 without a mark", "zip"],
)
def test_another_encoding_is_refused_with_its_line(items: Items, tmp_path: Path, data: bytes, complaint: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(data)
    with pytest.raises(PredictionsError, match=complaint):
        read_predictions(path, items)


def test_a_question_of_several_items_needs_an_id(tmp_path: Path) -> None:
    asked = Items(tmp_path, "", tuple(Item(name, "Which?", ("a", "b"), gold=0) for name in ("x", "y")))
    path = write_lines(tmp_path / "p.jsonl", [{"question": " which? ", "prediction": "a"}])
    with pytest.raises(
        PredictionsError, match=r"line 1: its question is that of 2 items \('x', 'y'\), and it has no id"
    ):
        read_predictions(path, asked)


def test_a_field_can_be_named_and_a_format_can_be_insisted_on(items: Items, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "p.jsonl", [{"id": IDS[0], "said": "A", "prediction": "B", "response": "C"}])
    assert read_predictions(path, items, field="said").by_id[IDS[0]].text == "A"
    read = read_predictions(path, items)
    assert read.by_id[IDS[0]].text == "B"
    assert read.notes == ("the answers were read from 'prediction', and not from 'response'",)
    with pytest.raises(
        PredictionsError, match="expected answers as 'heard'; its fields are 'id', 'said', 'prediction'"
    ):
        read_predictions(path, items, field="heard")
    with pytest.raises(PredictionsError, match="expected answers as answer_prediction; its fields are"):
        read_predictions(path, items, format="mmar")
    with pytest.raises(PredictionsError, match="no format 'excel'; expected one of mmar, mmau"):
        read_predictions(path, items, format="excel")


def test_numbers_may_be_ids(tmp_path: Path) -> None:
    asked = Items(tmp_path, "", (Item("7", "?", ("a", "b"), gold=0),))
    path = write_lines(tmp_path / "p.jsonl", [{"id": 7, "prediction": "a"}])
    assert list(read_predictions(path, asked).by_id) == ["7"]


def test_what_is_not_there_is_told_of(items: Items, tmp_path: Path) -> None:
    with pytest.raises(PredictionsError, match=r"Cannot read .*nowhere.jsonl.*No such file"):
        read_predictions(tmp_path / "nowhere.jsonl", items)
    with pytest.raises(PredictionsError, match="is a folder"):
        read_predictions(tmp_path, items)


def test_a_log_of_inspect_needs_inspect(items: Items, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai", None)
    with pytest.raises(MissingExtra, match=r"pip install 'earwitness\[inspect\]'"):
        read_predictions(tmp_path / "log.eval", items)


@given(st.data(), st.sampled_from(list(FILES)), st.sampled_from(["utf-8", "utf-16"]))
def test_whatever_befalls_a_file_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str, encoding: str
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    asked, path = exam(folder), folder / "p.txt"
    whole = bytearray(FILES[kind][1](ANSWERS).encode(encoding))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(len(whole) - 1, 0)))
        whole[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    path.write_bytes(whole[: data.draw(st.none() | st.integers(0, len(whole)))])
    try:
        read = read_predictions(path, asked)
    except PredictionsError as error:
        assert str(path) in str(error)
    else:
        assert set(read.by_id) <= set(IDS)


def test_a_log_of_inspect_is_read(items: Items, tmp_path: Path) -> None:
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec, write_eval_log
    from inspect_ai.model import ModelOutput

    samples = [
        EvalSample(id=name, epoch=1, input="?", target="A", output=ModelOutput.from_content("mock/model", text))
        for name, text in list(ANSWERS.items())[:3]
    ]
    spec = EvalSpec(
        created="2026-01-01T00:00:00+00:00", task="mine", dataset=EvalDataset(), model="mock/model", config=EvalConfig()
    )
    write_eval_log(EvalLog(eval=spec, samples=samples), str(tmp_path / "mine.eval"))
    read = read_predictions(tmp_path / "mine.eval", items)
    assert (read.name, read.format) == ("mine", "inspect")
    assert {name: each.text for name, each in read.by_id.items()} == {name: ANSWERS[name] for name in IDS[:3]}
