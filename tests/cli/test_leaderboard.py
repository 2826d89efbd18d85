"""``earwitness mmar leaderboard``: what it prints, for people and for machines."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.conftest import Command


@pytest.fixture(autouse=True)
def hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def test_the_board_is_shown_with_its_marks(run: Command) -> None:
    done = run("mmar", "leaderboard")
    assert done.code == 0 and done.err == ""
    rows = {line[:22].strip(): line for line in done.out.splitlines()}
    assert re.search(r"yes +<0\.001 +63\.4\+ 67\.3\+ 51\.5\+ +64\.3\+ +45\.5 ", rows["Omni-R1"])
    assert re.search(r"yes +0\.130 +32\.8  +30\.9 ", rows["SALMONN"])
    assert re.search(r"yes +<0\.001 +6\.6- +9\.1- +7\.3- ", rows["MusiLingo"])
    assert "33.7  40.6" in rows["above from"] and "25.1  18.8" in rows["below to"]
    said = " ".join(done.out.split())
    assert "Of 35 rows 17 are above chance, 8 cannot be told from it, and 10 are below it" in said
    assert "with two one-sided tests and Bonferroni's 17 / 8 / 10" in said
    assert said.count("NOT supported") == 4
    assert "supported, read as: the open models of the section LALM that were in the paper's own table" in said
    assert "Against it: Omni-R1, R1-AQA." in said
    assert "Which 30 models the paper's own table had is inferred" in said
    assert "Of 34 neighbours: surely 1, depends 11, never 22" in said
    assert "Neighbours on the board" not in said


def test_nothing_is_wider_than_a_hundred_columns(run: Command) -> None:
    lines = run("mmar", "leaderboard", "--pairs").out.splitlines()
    assert max(map(len, lines)) <= 100
    (line,) = [line for line in lines if line.startswith(" MU-LLaMA") and "MusiLingo" in line]
    assert line.split() == ["MU-LLaMA", "MusiLingo", "7.3", "73-205", "<0.001", "<0.001", "<0.001", "surely"]
    # No name is folded: a row of the table is a line.
    assert sum(line.rstrip().endswith(("never", "depends", "surely")) for line in lines) == 34


def test_the_metadata_says_the_same_as_what_is_kept(run: Command, shared: Path) -> None:
    kept, read = run("mmar", "leaderboard"), run("mmar", "leaderboard", "--benchmark", shared / "data" / "mmar")
    assert read.out == kept.out


def test_json_holds_all_of_it(run: Command) -> None:
    done = run("mmar", "leaderboard", "--json", "--alpha", "0.01", "--family", "table")
    told = json.loads(done.out)
    assert (told["alpha"], told["family"], len(told["rows"]), len(told["columns"])) == (0.01, "table", 35, 8)
    assert told["columns"][4]["highest_below"] is None
    assert told["counts"]["holm"]["all"] == {"above": 17, "same": 8, "below": 10}
    assert [claim["supported"] for claim in told["claims"]] == [True, False, False, False, False, True]
    assert len(told["assumptions"]) == 6
    assert (len(told["neighbours"]), len(told["pairs"])) == (34, 595)
    (salmonn,) = [row for row in told["rows"] if row["label"] == "SALMONN"]
    assert salmonn["cells"]["all"]["right"] == 328 and salmonn["open"] and not salmonn["later"]
    assert {"alpha": 0.05, "tests": 1, "rows": ["SALMONN"]} in told["sturdiness"]["above"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--alpha", "1.5"), "--alpha lies between 0 and 1; got 1.5"),
        (("--family", "rows"), "--family is one of board, section, table; got 'rows'"),
        (("--benchmark", "nowhere"), "'nowhere' is missing"),
    ],
)
def test_what_cannot_be_is_refused(run: Command, options: tuple[str, ...], message: str) -> None:
    done = run("mmar", "leaderboard", *options)
    assert done.code == 2 and message in done.err and not done.out


def test_items_of_another_benchmark_are_refused(run: Command, tmp_path: Path) -> None:
    row = {"id": "a", "question": "?", "choices": ["x", "y"], "answer": "x", "modality": "sound"}
    (tmp_path / "items.jsonl").write_text(json.dumps(row), encoding="utf-8")
    done = run("mmar", "leaderboard", "--benchmark", tmp_path)
    assert done.code == 2 and "does not hold the items of MMAR's board: it has 1 of 'sound' instead of 165" in done.err
