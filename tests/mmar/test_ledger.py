"""A model's folder: what is written is read again, what was torn is cut off, and nobody else writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import AnswerError, OutputError, RunError
from earwitness.mmar.ledger import Book, Ledger, Row, Sent, open_ledger, read_book, read_model
from earwitness.records import slug_of
from earwitness.systems.answerer import Reply
from earwitness.systems.base import About

ABOUT = About("toy", "python:toy", "MLLM", False, "1", details={"is": "a toy"})
ASKED = {"audio": {"orders": 1, "described": None}}
SENT = Sent("ab" * 32, 1644, 0.1, 1, 8000)
ROW = Row("item-1", "audio", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "toy"


def answered(ledger: Ledger, row: Row = ROW, *, key: str = "k", text: str = "B") -> None:
    ledger.answer(row, Reply(text, tokens={"input": 7, "output": 1}), key=key, shown=(0, 1), sent=SENT)


def test_what_is_written_is_read_again(folder: Path) -> None:
    reply = Reply("B \u2028 \x00 \U0001f436", reasoning="so", finish="stop", tokens={"input": 3}, model="m")
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        first = ledger.answer(ROW, reply, key="k", shown=(1, 0), sent=SENT)
        second = ledger.refusal(Row("item-2", "text", 1), AnswerError("filtered", "no"), key="l", shown=(), sent=None)
        third = ledger.again(Row("item-3", "audio", 0), first, shown=(0, 1))
        fourth = ledger.error(Row("item-4", "audio", 0), AnswerError("busy", "later"), key="m")
    book = read_book(folder)
    assert book.last == {each.row: each for each in (first, second, third, fourth)}
    assert [each.n for each in (first, second, third, fourth)] == [0, 1, 2, 3] and book.n == 4
    assert book.answered == {"k": first, "l": second}
    assert (first.text, first.shown, first.sent, first.asked) == (reply.text, (1, 0), SENT, True)
    assert (third.text, third.shown, third.asked) == (reply.text, (0, 1), False)
    assert (second.text, second.refused, fourth.error, fourth.message) == (None, "filtered", "busy", "later")
    # What was taken over from another row cost nothing.
    assert book.tokens == {"input": 3, "output": 0} and book.n_asked == 2
    assert read_model(folder) == (ABOUT, ASKED)


@settings(max_examples=40)
@given(text=st.text(st.characters(codec=None)), reasoning=st.text())
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, text: str, reasoning: str) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        ledger.answer(ROW, Reply(text, reasoning=reasoning), key="k", shown=(), sent=None)
        answered(ledger, Row("next", "audio", 0))
    book = read_book(folder)
    assert (book.last[ROW].text, book.last[ROW].reasoning) == (text, reasoning)
    assert len((folder / "answers.jsonl").read_text(encoding="utf-8").split("\n")) == 3


@settings(max_examples=40)
@given(cut=st.integers(0, 10_000))
def test_a_torn_last_line_is_cut_off_wherever_it_was_torn(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        for number in range(3):
            answered(ledger, Row(f"item-{number}", "audio", 0), key=str(number))
    path = folder / "answers.jsonl"
    whole = path.read_bytes()
    data = whole[: cut % (len(whole) + 1)]
    path.write_bytes(data)
    n_whole = data.count(b"\n")
    # Who reads meanwhile sees whole lines alone.
    assert len(read_book(folder).last) == n_whole
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        assert path.read_bytes() == b"".join(whole.splitlines(keepends=True)[:n_whole])
        answered(ledger, Row("item-9", "audio", 0), key="9")
    book = read_book(folder)
    assert list(book.last) == [Row(f"item-{number}", "audio", 0) for number in (*range(n_whole), 9)]
    assert book.last[Row("item-9", "audio", 0)].n == n_whole


def test_the_newest_line_counts_in_whichever_file_it_stands(folder: Path) -> None:
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        answered(ledger, key="old recording")
        ledger.error(ROW, AnswerError("busy", "x"), key="new recording")
    assert read_book(folder).last[ROW].error == "busy"
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        answered(ledger, key="new recording", text="C")
    book = read_book(folder)
    assert book.last[ROW].text == "C" and set(book.answered) == {"old recording", "new recording"}


def test_threads_write_whole_lines(folder: Path) -> None:
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:

        def write(thread: int) -> None:
            for number in range(50):
                answered(ledger, Row(f"{thread}-{number}", "audio", 0), key=f"{thread}-{number}", text="x" * 5000)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    book = read_book(folder)
    assert len(book.last) == 400 and sorted(each.n for each in book.last.values()) == list(range(400))


HOLDER = """
import sys
from pathlib import Path
from earwitness.mmar.ledger import open_ledger
from earwitness.systems.base import About
about = About("toy", "python:toy", "MLLM", False, "1", details={"is": "a toy"})
with open_ledger(Path(sys.argv[1]), about, asked={"audio": {"orders": 1, "described": None}}):
    sys.stdout.write("held\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""


def test_nobody_else_writes_and_a_dead_process_holds_nothing(folder: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(RunError, match="being written by another process"):
            open_ledger(folder, ABOUT, asked=ASKED).__enter__()
        assert read_book(folder).last == {}
        process.kill()
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        answered(ledger)
    assert len(read_book(folder).last) == 1


def test_what_comes_after_the_end_is_dropped(folder: Path) -> None:
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        answered(ledger)
    with pytest.raises(RunError, match="is closed"):
        answered(ledger, Row("late", "audio", 0))
    assert list(read_book(folder).last) == [ROW]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda line: {**line, "order": "0"}, r"line 1, is damaged: its field 'order' holds '0'"),
        (lambda line: {**line, "more": 1}, r"line 1, is damaged: expected the fields n, "),
        (lambda line: {name: line[name] for name in line if name != "text"}, "expected the fields"),
        (lambda line: [line], "got list"),
        (lambda line: {**line, "sent": {"sha256": "x"}}, "line 1, is damaged"),
    ],
)
def test_a_damaged_line_is_named(folder: Path, change: object, match: str) -> None:
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        answered(ledger)
    path = folder / "answers.jsonl"
    path.write_text(json.dumps(change(json.loads(path.read_text()))) + "\n")  # type: ignore[operator]
    with pytest.raises(RunError, match=match):
        read_book(folder)
    path.write_bytes(b"\xff\xfe\n")
    with pytest.raises(RunError, match="line 1, is damaged"):
        read_book(folder)


def test_a_damaged_manifest_is_named(folder: Path) -> None:
    with open_ledger(folder, ABOUT, asked=ASKED):
        pass
    path = folder / "model.json"
    whole = json.loads(path.read_text())
    for change, match in (
        ({"version": 1}, "its field 'version' holds 1"),
        ({"asked": {"audio": 3}}, "of the arm 'audio' it holds 3"),
    ):
        path.write_text(json.dumps({**whole, **change}))
        with pytest.raises(RunError, match=match):
            read_model(folder)
    path.write_text("{")
    with pytest.raises(RunError, match="not JSON"):
        read_model(folder)


def test_orders_and_arms_only_grow(folder: Path) -> None:
    for asked in ({"audio": 3}, {"text": 1, "audio": 2}):
        told = {arm: {"orders": n, "described": None} for arm, n in asked.items()}
        with open_ledger(folder, ABOUT, asked=told):
            pass
    assert {arm: told["orders"] for arm, told in read_model(folder)[1].items()} == {"audio": 3, "text": 1}


def test_another_model_under_that_name_is_refused_once_there_are_answers(folder: Path) -> None:
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        ledger.error(ROW, AnswerError("rejected", "no key"), key="k")
    newer = replace(ABOUT, version="2")
    with open_ledger(folder, newer, asked=ASKED) as ledger:
        answered(ledger)
    with pytest.raises(RunError, match="LABEL=python:toy"):
        open_ledger(folder, ABOUT, asked=ASKED).__enter__()
    assert read_model(folder)[0] == newer


def test_a_folder_that_cannot_be_written(folder: Path, plain_user: None) -> None:
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(OutputError, match="Cannot write"):
        open_ledger(folder, ABOUT, asked=ASKED).__enter__()


def test_a_short_write_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with open_ledger(folder, ABOUT, asked=ASKED) as ledger:
        answered(ledger)
        monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:9]))
        with pytest.raises(OutputError, match="No space left"):
            answered(ledger, Row("item-2", "audio", 0), key="2")
        monkeypatch.undo()
        answered(ledger, Row("item-3", "audio", 0), key="3")
    assert [row.id for row in read_book(folder).last] == ["item-1", "item-3"]


@pytest.mark.parametrize("name", ["gpt-4o", "a/b", "A", "../..", "x" * 90, "模型", "."])
def test_a_slug_is_a_plain_name_of_its_own(name: str) -> None:
    slug = slug_of(name)
    assert slug == Path(slug).name and not slug.startswith(".") and slug.isascii() and len(slug) < 80
    assert (slug == name) == (name == "gpt-4o")


def test_an_empty_book() -> None:
    book = Book([])
    assert (book.n, book.last, book.tokens) == (0, {}, {"input": 0, "output": 0})
