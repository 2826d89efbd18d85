"""The documents say what is: their Python runs, their commands and options exist, their links lead somewhere."""

from __future__ import annotations

import doctest
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from earwitness.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS: dict[str, Any] = dict(vars(typer.main.get_command(app))["commands"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path) -> None:
    results = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert results.failed == 0
    assert results.attempted == page.read_text(encoding="utf-8").count(">>> ")


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


SUBCOMMANDS = {
    f"{name} {below}": command
    for name, group in COMMANDS.items()
    for below, command in getattr(group, "commands", {}).items()
}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_and_stands_in_the_readme(command: str) -> None:
    assert COMMANDS[command].help
    assert all(getattr(option, "help", None) for option in COMMANDS[command].params)
    assert f"`earwitness {command}" in PAGES[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(SUBCOMMANDS))
def test_every_subcommand_has_help_and_is_shown(command: str) -> None:
    assert SUBCOMMANDS[command].help
    assert all(getattr(option, "help", None) for option in SUBCOMMANDS[command].params)
    assert any(f"$ earwitness {command} " in page.read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize(
    ("command", "page"),
    [
        ("build", "building"),
        ("evaluate", "evaluating mmar"),
        ("compare", "evaluating"),
        ("report", "evaluating"),
        ("fit", "listening"),
        ("ground", "grounding"),
        ("listen", "listening"),
        ("score", "mmar"),
    ],
)
def test_every_option_is_documented(command: str, page: str) -> None:
    text = "".join((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in page.split())
    options = [name for option in COMMANDS[command].params for name in option.opts if name.startswith("--")]
    assert options
    assert [name for name in options if name != "--help" and not re.search(rf"[` ]{name}[` ]", text)] == []


def test_the_recipe_in_the_documents_is_one(tmp_path: Path) -> None:
    from earwitness.reasonaudio.recipe import load_recipe

    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "building.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "own.toml").write_text(text)
    assert set(load_recipe(str(tmp_path / "own.toml")).forms) == {"Order", "Mix"}


def test_the_readme_shows_both_commands_and_real_output_in_its_first_forty_lines() -> None:
    first = PAGES[0].read_text(encoding="utf-8").splitlines()[:40]
    assert any("make demo" in line for line in first) and any("make test" in line for line in first)
    assert any("relevant, one of" in line for line in first)
