"""Recipes: every field is checked before any work, and every complaint names the file and the field."""

from __future__ import annotations

import copy
import re
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from earwitness.errors import RecipeError
from earwitness.logic.constraint import TASKS, breakable, labels_of, task_of
from earwitness.logic.margins import Margins
from earwitness.logic.parsing import parse
from earwitness.reasonaudio.recipe import RECIPES, Recipe, load_recipe, recipe_of, with_counts
from earwitness.scenes.spec import Choice, Constant, Uniform

PAPER = dict(load_recipe("paper").source)
DISTRIBUTION = [
    True,
    "ten",
    [],
    {},
    {"uniform": [1]},
    {"uniform": [9, 8]},
    {"uniform": [1, 2, 3]},
    {"uniform": [5, 6], "weights": [1, 1]},
    {"uniform": [5, 6], "choice": [5]},
    {"choice": []},
    {"choice": ["a"]},
    {"choice": [5, 6], "weights": [1]},
    {"choice": [5, 6], "weights": [1, 0]},
    {"choice": [5, 6], "weights": [1, -1]},
    {"choice": [5, 6], "weights": ["a", "b"]},
    {"choice": [5, 6], "wieghts": [1, 1]},
    {"normal": [5, 6]},
    float("nan"),
    float("inf"),
]
WHOLE = [1.5, "3", True, None, [], -1]
BAD: dict[str, list[Any]] = {
    "labels": [*WHOLE, 1],
    "atoms_per_label": [*WHOLE, 0],
    "clips": [*WHOLE, 0],
    "queries": [*WHOLE, 0],
    "pairs": WHOLE,
    "sequences": [-0.1, 1.1, "half", True, None, float("nan")],
    "families": [*WHOLE, 0],
    "paraphrases": WHOLE,
    "scene": [3, [], "dark"],
    "margins": [3, [], "wide"],
    "forms": [3, [], "all", {}],
    "scene.clip_s": [*DISTRIBUTION, 0.5, 601, {"uniform": [0.5, 10]}, {"choice": [10, 1000]}],
    "scene.events": [*DISTRIBUTION, 0, 51, {"choice": [0, 2]}],
    "scene.level_db": [*DISTRIBUTION, -41, 21],
    "scene.background_db": [*DISTRIBUTION, -121, -19],
    "scene.background": ["pink", [], ["blue"], ["pink", "blue"], [1], None],
    "scene.polyphony": [*WHOLE, 0],
    "scene.audible": [-0.1, 1.1, "most", True],
    "margins.gap_s": [0, -1, 11, "a", True],
    "margins.overlap_s": [0, -1, 11, "a", True],
    "margins.ratio": [0, 1.5, "a", True],
    "forms.Order": ["before(A, B)", [], [3], ["before(A, "], ["overlap(A, B)"], ["present(A)"], [""]],
    "forms.Mix": [["count(A, exactly=2)"], ["all(before(A, B), before(B, C))"]],
    "forms.Logic": [["before(A, B)"]],
}
CASES = [(field, value) for field, values in BAD.items() for value in values]


def changed(field: str, value: Any) -> dict[str, Any]:
    values = copy.deepcopy(PAPER)
    *tables, name = field.split(".")
    inner = values
    for table in tables:
        inner = inner[table]
    inner[name] = value
    return values


def every_field() -> set[str]:
    fields = set()
    for name, value in PAPER.items():
        fields.add(name)
        if isinstance(value, dict) and name != "forms":
            fields |= {f"{name}.{inner}" for inner in value}
    return fields


def write(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_field_is_tried() -> None:
    assert every_field() <= set(BAD)


@pytest.mark.parametrize(("field", "value"), CASES, ids=[f"{field}={value!r}" for field, value in CASES])
def test_a_bad_value_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_of(changed(field, value), name="bad", where="recipe 'bad.toml'")
    message = str(caught.value)
    assert message.startswith("recipe 'bad.toml'"), message
    assert field.split(".")[-1] in message
    assert field.split(".")[0] in message


@pytest.mark.parametrize("field", sorted(every_field()))
def test_a_missing_field_is_named(field: str) -> None:
    values = changed(field, None)
    *tables, name = field.split(".")
    del (values[tables[0]] if tables else values)[name]
    with pytest.raises(RecipeError, match=f"'{name}' must be .*; got 'nothing'"):
        recipe_of(values, name="bad", where="here")


def test_all_bad_values_are_refused_at_once() -> None:
    start = time.perf_counter()
    for field, value in CASES:
        with pytest.raises(RecipeError):
            recipe_of(changed(field, value), name="bad", where="here")
    assert (time.perf_counter() - start) / len(CASES) < 0.05, "milliseconds each, whatever the machine"


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("clip", "Did you mean 'clips'?"),
        ("scene.polifony", "Did you mean 'polyphony'?"),
        ("scene.backgrounds", "Did you mean 'background'?"),
        ("margins.gap", "Did you mean 'gap_s'?"),
        ("zzz", "Known: "),
    ],
)
def test_an_unknown_field_comes_with_a_hint(field: str, hint: str) -> None:
    with pytest.raises(RecipeError, match=re.escape(hint)) as caught:
        recipe_of(changed(field, 3), name="bad", where="here")
    assert f"'{field.split('.')[-1]}' is not a field of a recipe" in str(caught.value)


def test_a_form_of_another_task_says_which() -> None:
    with pytest.raises(RecipeError, match=r"\[forms\]: 'Order' must be constraints of that task, not of Overlap"):
        recipe_of(changed("forms.Order", ["overlap(A, B)"]), name="bad", where="here")
    with pytest.raises(RecipeError, match="not of Count; got 'count"):
        recipe_of(changed("forms.Mix", ["count(A, exactly=2)"]), name="bad", where="here")


# --- files ---


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clips = ?", r"mine\.toml' is not TOML: .*line 1"),
        ("[scene\nclip_s = 3", r"mine\.toml' is not TOML: .*line 1"),
        ("clips = 3\nclips = 4", r"mine\.toml' is not TOML"),
        ("clips = 0", r"recipe '.*mine\.toml': 'clips' must be a whole number, 1 or more; got 0"),
        ("[scene]\npolyphony = 0", r"recipe '.*mine\.toml', \[scene\]: 'polyphony' must be"),
        ('[forms]\nOrder = ["before(A)"]', r"mine\.toml', \[forms\], Order: .*before\(\.\.\.\) needs at least two"),
    ],
)
def test_a_bad_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=words):
        load_recipe(write(tmp_path, text))


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"mine\.toml' is not TOML"):
        load_recipe(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("papre", r"No recipe 'papre'.*Did you mean 'paper'\?"),
        ("", "No recipe '': expected paper, mini or a .toml file"),
        ("missing.toml", r"Cannot read the recipe 'missing\.toml': No such file"),
    ],
)
def test_an_unknown_name_is_refused(name: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        load_recipe(name)


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(RecipeError, match=r"Cannot read the recipe '.*folder\.toml'"):
        load_recipe(str(tmp_path / "folder.toml"))


def test_what_a_file_does_not_say_is_as_in_the_paper(tmp_path: Path) -> None:
    path = write(
        tmp_path, 'clips = 50\n[scene]\npolyphony = 3\n[margins]\ngap_s = 0.4\n[forms]\nOrder = ["before(A, B)"]'
    )
    recipe, paper = load_recipe(path), load_recipe("paper")
    assert recipe.name == "mine"
    assert recipe.clips == 50
    assert recipe.queries == paper.queries
    assert recipe.scene.polyphony == 3
    assert recipe.scene.clip_s == paper.scene.clip_s
    assert recipe.margins == Margins(0.4, paper.margins.overlap_s, paper.margins.ratio)
    assert recipe.forms == {"Order": (parse("before(A, B)"),)}, "forms are replaced as a whole"
    assert recipe_of(recipe.source, name="mine", where="its own record") == recipe


def test_distributions_are_read(tmp_path: Path) -> None:
    text = """
    [scene]
    clip_s = { uniform = [5, 12.5] }
    events = { choice = [2, 5] }
    level_db = { choice = [-3.0, 0.0], weights = [1, 3] }
    background_db = -60
    """
    scene = load_recipe(write(tmp_path, text)).scene
    assert scene.clip_s == Uniform(5.0, 12.5)
    assert scene.events == Choice((2, 5), None)
    assert scene.level_db == Choice((-3.0, 0.0), (1, 3))
    assert scene.background_db == Constant(-60)


# --- what comes with the package ---


@pytest.mark.parametrize("name", RECIPES)
def test_packaged_recipes_ask_all_tasks(name: str) -> None:
    recipe = load_recipe(name)
    assert tuple(recipe.forms) == TASKS
    for task, forms in recipe.forms.items():
        assert all(task_of(form) == task and breakable(form) for form in forms)
        assert all(labels_of(form) for form in forms)


def test_the_paper_is_the_papers() -> None:
    paper = load_recipe("paper")
    assert (paper.labels, paper.clips, paper.queries, paper.pairs) == (200, 10_000, 1_000, 120)
    assert (paper.sequences, paper.scene.clip_s, paper.families) == (0.6, Constant(10.0), 3)
    assert {paper.queries_of(task) for task in TASKS} == {200}
    events = paper.scene.events
    assert isinstance(events, Choice)
    assert (min(events.values), max(events.values)) == (2, 8)
    mini = load_recipe("mini")
    assert (mini.clips, mini.queries, mini.pairs) == (1_000, 100, 40)


def test_the_paper_recipe_is_plain_toml() -> None:
    import earwitness.reasonaudio

    text = (Path(earwitness.reasonaudio.__file__).parent / "recipes" / "paper.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == PAPER


# --- counts ---


def test_options_go_before_the_recipe() -> None:
    paper = load_recipe("paper")
    changed_counts = with_counts(paper, clips=70, pairs=0)
    assert (changed_counts.clips, changed_counts.queries, changed_counts.pairs) == (70, 1_000, 0)
    assert changed_counts.source["clips"] == 70
    assert with_counts(paper) is paper
    assert paper.clips == 10_000


@pytest.mark.parametrize("counts", [{"clips": 0}, {"queries": -1}, {"pairs": -1}])
def test_a_bad_option_is_named(counts: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match=f"the options: '{next(iter(counts))}' must be a whole number"):
        with_counts(load_recipe("paper"), **counts)


@pytest.mark.parametrize(("queries", "expected"), [(10, [2, 2, 2, 2, 2]), (13, [3, 3, 3, 2, 2]), (3, [1, 1, 1, 0, 0])])
def test_queries_are_shared_equally(queries: int, expected: list[int], recipe: Recipe) -> None:
    counted = with_counts(recipe, queries=queries)
    assert [counted.queries_of(task) for task in TASKS] == expected
