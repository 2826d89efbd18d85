"""``earwitness mmar audit``: tables, JSON, and the items that need no ears."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer

from cli.conftest import Command
from earwitness.cli.app import mmar
from mmar.exam import exam

ROOT = Path(__file__).resolve().parent.parent.parent
COMMANDS = typer.main.get_command(mmar).commands


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """Forty questions of which the right choice says that it is."""
    rows = [
        {
            "id": f"item-{at}",
            "question": "What is it?",
            "choices": ["a dog", "a cat indeed"] if at % 2 else ["a dog indeed", "a cat"],
            "answer": "a cat indeed" if at % 2 else "a dog indeed",
            "modality": "sound",
            "category": "Signal Layer",
        }
        for at in range(40)
    ]
    path = tmp_path / "items.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_tables_say_what_is_found(run: Command, bench: Path) -> None:
    done = run("mmar", "audit", bench, "--draws", 3, "--items")
    assert done.code == 0
    for wanted in (
        "There is a language prior",
        "Rules that look at the choices",
        "A classifier of words: question and choices",
        "drawn at random (3 times)",
        "All priors agree on 40 items and are right on 40 of them; a guess would be on 20",
        "Items that need no ears",
        "item-39",
    ):
        assert wanted in done.out


def test_json_holds_all_of_it(run: Command, bench: Path) -> None:
    told = json.loads(run("mmar", "audit", bench, "--draws", 3, "--json").out)
    assert told["n"] == 40
    assert told["has_prior"] is True
    rules = {rule["name"]: rule for rule in told["rules"]}
    assert rules["longest"]["accuracy"]["value"] == 1.0
    assert rules["longest"]["standing"] == "above"
    assert rules["has a digit"]["decided"] == 0
    assert rules["has a digit"]["p"] == 1.0
    assert [each["name"] for each in told["classifiers"]] == ["question and choices", "choices alone"]
    assert told["classifiers"][0]["overall"]["right"] == 40
    assert told["classifiers"][0]["drawn"]["draws"] == 3
    assert told["classifiers"][1]["drawn"] is None
    assert "items" not in told
    items = json.loads(run("mmar", "audit", bench, "--draws", 0, "--json", "--items").out)["items"]
    assert {row["id"] for row in items} == {f"item-{at}" for at in range(40)}
    assert set(items[0]) == {"id", "probability", "chance", "rules"}


def test_what_cannot_be_audited_is_said(run: Command, tmp_path: Path) -> None:
    done = run("mmar", "audit", exam(tmp_path).path)
    assert done.code == 2
    assert "come from 4 recordings" in done.err
    assert run("mmar", "audit", tmp_path / "none").code == 2


def test_every_option_is_documented() -> None:
    text = (ROOT / "docs" / "mmar.md").read_text(encoding="utf-8")
    options = [name for option in COMMANDS["audit"].params for name in option.opts if name.startswith("--")]
    assert "--json" in options
    assert [name for name in options if name != "--help" and not re.search(rf"[` (]{name}[` )]", text)] == []
