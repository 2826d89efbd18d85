"""Recipes: what a benchmark asks and what its scenes are like, read from TOML and checked before any work."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from earwitness.errors import ConstraintError, RecipeError
from earwitness.logic.constraint import TASKS, Constraint, breakable, task_of
from earwitness.logic.margins import Margins
from earwitness.logic.parsing import parse
from earwitness.scenes.render import COLOURS
from earwitness.scenes.spec import Choice, Constant, Distribution, SceneSpec, Uniform

__all__ = ["RECIPES", "Recipe", "load_recipe", "recipe_of", "with_counts"]

RECIPES = ("paper", "mini")
"""The recipes that come with the package."""

_BASE = "paper"


@dataclass(frozen=True)
class Recipe:
    """Everything that a benchmark is made by, besides its sounds and its seed."""

    name: str
    """What it is called."""
    labels: int
    """How many labels of the bank are used at most."""
    atoms_per_label: int
    """How many atoms a label has at most."""
    clips: int
    """How many clips there are."""
    queries: int
    """How many queries there are, shared equally among the tasks."""
    pairs: int
    """How many two-option pairs there are for each task."""
    sequences: float
    """Share of the clips in which no two events overlap."""
    families: int
    """How many relevant clips, each with a hard negative a clause, are planned for each query where there is room."""
    paraphrases: int
    """How many further texts each query has."""
    scene: SceneSpec
    """What the scenes are like."""
    audible: float
    """Share of an event's active frames that are no more than 10 dB below the rest of the mix."""
    margins: Margins
    """What every scene keeps."""
    forms: Mapping[str, tuple[Constraint, ...]]
    """What each task asks: constraints over placeholders."""
    source: Mapping[str, Any]
    """The recipe as TOML values, for the benchmark's own record."""

    def queries_of(self, task: str) -> int:
        """Return how many queries a task has; the first tasks have one more when it does not divide."""
        place = list(self.forms).index(task)
        return self.queries // len(self.forms) + (place < self.queries % len(self.forms))


def load_recipe(name_or_path: str) -> Recipe:
    """Read a recipe by name, or from a TOML file.

    Parameters
    ----------
    name_or_path
        One of :data:`RECIPES`, or the path of a ``.toml`` file. What a file does not say is as in ``paper``.

    Raises
    ------
    RecipeError
        With the file and the field that is wrong.
    """
    base = _packaged(_BASE)
    if name_or_path in RECIPES:
        return recipe_of(_merged(base, _packaged(name_or_path)), name=name_or_path, where=f"recipe '{name_or_path}'")
    path = Path(name_or_path)
    if path.suffix != ".toml":
        near = difflib.get_close_matches(name_or_path, RECIPES, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise RecipeError(f"No recipe '{name_or_path}': expected {', '.join(RECIPES)} or a .toml file.{hint}")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"Cannot read the recipe '{path}': {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe '{path}' is not TOML: {error}.") from error
    return recipe_of(_merged(base, values), name=path.stem, where=f"recipe '{path}'")


def with_counts(
    recipe: Recipe, *, clips: int | None = None, queries: int | None = None, pairs: int | None = None
) -> Recipe:
    """Return the recipe with other numbers of clips, queries and pairs a task; None leaves a number as it is."""
    counts = {name: n for name, n in (("clips", clips), ("queries", queries), ("pairs", pairs)) if n is not None}
    return recipe_of({**recipe.source, **counts}, name=recipe.name, where="the options") if counts else recipe


def recipe_of(values: Mapping[str, Any], *, name: str, where: str) -> Recipe:
    """Check the values of a recipe and make it.

    Parameters
    ----------
    values
        As read from TOML, complete.
    name
        What the recipe is called.
    where
        How errors name the place the values come from.
    """
    reader = _Reader(values, where)
    scene = reader.inside("scene")
    margins = reader.inside("margins")
    recipe = Recipe(
        name=name,
        labels=reader.whole("labels", least=2),
        atoms_per_label=reader.whole("atoms_per_label", least=1),
        clips=reader.whole("clips", least=1),
        queries=reader.whole("queries", least=1),
        pairs=reader.whole("pairs", least=0),
        sequences=reader.number("sequences", 0.0, 1.0),
        families=reader.whole("families", least=1),
        paraphrases=reader.whole("paraphrases", least=0),
        scene=SceneSpec(
            clip_s=scene.distribution("clip_s", 1.0, 600.0),
            events=scene.distribution("events", 1, 50),
            level_db=scene.distribution("level_db", -40.0, 20.0),
            background_db=scene.distribution("background_db", -120.0, -20.0),
            background_colours=scene.choices("background", COLOURS),
            polyphony=scene.whole("polyphony", least=1),
        ),
        audible=scene.number("audible", 0.0, 1.0),
        margins=Margins(
            gap_s=margins.number("gap_s", 0.01, 10.0),
            overlap_s=margins.number("overlap_s", 0.01, 10.0),
            ratio=margins.number("ratio", 0.01, 1.0),
        ),
        forms=reader.forms("forms"),
        source=dict(values),
    )
    for each in (reader, scene, margins):
        each.refuse_the_rest()
    if recipe.scene.polyphony == 1 and recipe.sequences < 1.0:
        raise reader.error("sequences", "1 where 'polyphony' is 1, for then no two events overlap", recipe.sequences)
    return recipe


def _packaged(name: str) -> dict[str, Any]:
    text = resources.files("earwitness.reasonaudio").joinpath("recipes", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    # Forms are replaced as a whole: a recipe that asks only about order must not be given the rest.
    merged = {**base, **over}
    for name in ("scene", "margins"):
        if isinstance(over.get(name), dict):
            merged[name] = {**base[name], **over[name]}
    return merged


class _Reader:
    """Takes the fields of one TOML table, one by one, and refuses what is left."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self.values = values
        self.where = where
        self.taken: set[str] = set()

    def error(self, field: str, expected: str, got: object) -> RecipeError:
        return RecipeError(f"{self.where}: '{field}' must be {expected}; got {got!r}.")

    def take(self, field: str, expected: str) -> Any:
        self.taken.add(field)
        if field not in self.values:
            raise self.error(field, expected, "nothing")
        return self.values[field]

    def inside(self, field: str) -> _Reader:
        value = self.take(field, "a table")
        if not isinstance(value, dict):
            raise self.error(field, "a table", value)
        return _Reader(value, f"{self.where}, [{field}]")

    def whole(self, field: str, *, least: int) -> int:
        expected = f"a whole number, {least} or more"
        value = self.take(field, expected)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.error(field, expected, value)
        return value

    def number(self, field: str, low: float, high: float) -> float:
        expected = f"a number from {low:g} to {high:g}"
        value = self.take(field, expected)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise self.error(field, expected, value)
        return float(value)

    def distribution(self, field: str, low: float, high: float) -> Distribution:
        expected = (
            f"a number from {low:g} to {high:g}, or {{ uniform = [low, high] }}, "
            "or { choice = [...], weights = [...] } of such"
        )
        value = self.take(field, expected)
        table = value if isinstance(value, dict) else {"choice": [value]}
        numbers = table.get("uniform", table.get("choice"))
        weights = table.get("weights")
        numeric = isinstance(numbers, list) and all(
            isinstance(n, (int, float)) and not isinstance(n, bool) and low <= n <= high for n in numbers
        )
        weighted = weights is None or (
            isinstance(weights, list)
            and isinstance(numbers, list)
            and len(weights) == len(numbers)
            and all(isinstance(w, (int, float)) and w > 0 for w in weights)
        )
        if not numeric or not numbers or not weighted or not set(table) <= {"uniform", "choice", "weights"}:
            raise self.error(field, expected, value)
        if "uniform" in table:
            if len(numbers) != 2 or numbers[0] > numbers[1] or weights is not None or "choice" in table:
                raise self.error(field, expected, value)
            return Uniform(*map(float, numbers))
        return Constant(numbers[0]) if len(numbers) == 1 else Choice(tuple(numbers), weights and tuple(weights))

    def choices(self, field: str, known: tuple[str, ...]) -> tuple[str, ...]:
        expected = f"a list of some of {', '.join(known)}"
        value = self.take(field, expected)
        if not isinstance(value, list) or not value or not all(each in known for each in value):
            raise self.error(field, expected, value)
        return tuple(value)

    def forms(self, field: str) -> dict[str, tuple[Constraint, ...]]:
        table = self.inside(field)
        forms = {}
        for task in table.values:
            texts = table.take(task, "a list of constraints")
            if task not in TASKS or not isinstance(texts, list) or not texts:
                raise table.error(task, f"one of {', '.join(TASKS)}, with a list of constraints", texts)
            forms[task] = tuple(self._form(table, task, text) for text in texts)
        if not forms:
            raise self.error(field, "a table of tasks with their constraints", {})
        return {task: forms[task] for task in TASKS if task in forms}

    def _form(self, table: _Reader, task: str, text: object) -> Constraint:
        try:
            constraint = parse(text if isinstance(text, str) else "")
        except ConstraintError as error:
            raise RecipeError(f"{table.where}, {task}: {error}") from error
        if task_of(constraint) != task:
            raise table.error(task, f"constraints of that task, not of {task_of(constraint)}", text)
        if not breakable(constraint):
            raise table.error(task, "constraints that can be broken", text)
        return constraint

    def refuse_the_rest(self) -> None:
        for field in self.values:
            if field not in self.taken:
                near = difflib.get_close_matches(field, sorted(self.taken), n=1)
                hint = f" Did you mean '{near[0]}'?" if near else f" Known: {', '.join(sorted(self.taken))}."
                raise RecipeError(f"{self.where}: '{field}' is not a field of a recipe.{hint}")
