"""Drawing the questions: forms of the recipe, filled with sounds for which they can be answered and broken."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from earwitness.errors import RecipeError
from earwitness.logic.constraint import Constraint, Lasts, Overlap, clauses_of, labels_of, nodes_of, renamed
from earwitness.logic.margins import Margins
from earwitness.reasonaudio.families import Limits, limited_nodes, plan_family
from earwitness.reasonaudio.recipe import Recipe
from earwitness.rng import generator
from earwitness.scenes.compose import Composer
from earwitness.scenes.pantry import LONGEST, Pantry
from earwitness.scenes.spec import TICKS_PER_S

__all__ = ["Question", "draw_questions"]

_FILL_TRIES = 60
_FAMILY_TRIES = 12
# More than a question is first given, so that one which is just possible is not lost by bad luck.
_PROOF_TRIES = 100
_ROUNDS = 20


@dataclass(frozen=True)
class Question:
    """One query before its clips are planned."""

    task: str
    """The task it belongs to."""
    constraint: Constraint
    """What it asks."""


def draw_questions(
    recipe: Recipe,
    composer: Composer,
    limits: Limits,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Question]:
    """Draw all questions, each proved answerable by composing a family for it.

    Parameters
    ----------
    recipe
        How many, and of which forms.
    composer
        Composes the trial families; its pantry learns which lengths to avoid.
    limits
        Learns every limit that a question names.
    seed
        The benchmark's seed.
    progress
        Called with the number of questions drawn and wanted.

    Returns
    -------
    list of Question
        Task after task; no two ask the same.

    Raises
    ------
    RecipeError
        When the bank cannot give so many different questions: which task is short, and by how much.
    """
    drawer = _Drawer(composer, limits)
    streams = {task: generator(seed, "questions", task) for task in recipe.forms}
    open_forms = {task: list(forms) for task, forms in recipe.forms.items()}
    found: dict[str, list[Question]] = {task: [] for task in recipe.forms}
    for _ in range(_ROUNDS):
        for task, forms in open_forms.items():
            while forms and len(found[task]) < recipe.queries_of(task):
                form = forms[len(found[task]) % len(forms)]
                constraint = drawer.filled(form, streams[task])
                if constraint is None:
                    forms.remove(form)
                else:
                    found[task].append(Question(task, constraint))
                if progress is not None:
                    progress(sum(map(len, found.values())), recipe.queries)
        # A limit that a later question named may have taken the ground from under an earlier one.
        lost = {task: drawer.lost(questions, streams[task]) for task, questions in found.items()}
        drawer.touched.clear()
        if not any(lost.values()):
            break
        found = {task: [q for q in questions if q not in lost[task]] for task, questions in found.items()}
    _check_number(recipe, found, len(composer.pantry.labels))
    return [question for task in recipe.forms for question in found[task]]


def _check_number(recipe: Recipe, found: Mapping[str, list[Question]], n_labels: int) -> None:
    short = [
        f"{task}: {recipe.queries_of(task)} asked for, {len(questions)} found, "
        f"short by {recipe.queries_of(task) - len(questions)}"
        for task, questions in found.items()
        if len(questions) < recipe.queries_of(task)
    ]
    if short:
        raise RecipeError(
            f"The bank cannot give the queries that recipe '{recipe.name}' asks for ({'; '.join(short)}). It has "
            f"{n_labels} labels with an atom. Add labels or recordings of other lengths, lower --queries, or change "
            "the recipe's forms."
        )


class _Drawer:
    """Fills forms with sounds, and remembers what was asked and at which limits."""

    def __init__(self, composer: Composer, limits: Limits) -> None:
        self.composer = composer
        self.pantry: Pantry = composer.pantry
        self.margins: Margins = composer.margins
        self.limits = limits
        self.asked: set[object] = set()
        self.touched: set[str] = set()
        self.proven: set[Constraint] = set()

    def filled(self, form: Constraint, rng: np.random.Generator) -> Constraint | None:
        """Return the form with sounds for which it can be answered and broken; None when none were found."""
        places = labels_of(form)
        labels = self.pantry.labels
        if len(places) > len(labels):
            return None
        for _ in range(_FILL_TRIES):
            names = self._names(form, places, rng)
            if names is None:
                continue
            constraint = renamed(form, names)
            if _meaning(constraint) in self.asked:
                continue
            if self._answerable(constraint, rng):
                self.asked.add(_meaning(constraint))
                self.limits.add(constraint)
                self.touched.update(label for node in limited_nodes(constraint) for label in node.labels)
                return constraint
        return None

    def lost(self, questions: Iterable[Question], rng: np.random.Generator) -> set[Question]:
        """Return the questions for which no family can be composed under all limits that are known by now.

        Only what bears on a question's own sounds can take its answer away; so those that are proven are not asked
        again while no new limit speaks of their sounds. A proof is a draw, and every further one might fail by chance.
        """
        lost = set()
        for question in questions:
            constraint = question.constraint
            if constraint in self.proven and self.touched.isdisjoint(labels_of(constraint)):
                continue
            family = plan_family(constraint, self.composer, self.limits, overlaps=0, tries=_PROOF_TRIES, rng=rng)
            if family is None:
                lost.add(question)
            else:
                self.proven.add(constraint)
        return lost

    def _names(self, form: Constraint, places: tuple[str, ...], rng: np.random.Generator) -> Mapping[str, str] | None:
        """Draw a different label for each placeholder, with the lengths that its limits need."""
        limits = {node.label: node for node in nodes_of(form) if isinstance(node, Lasts)}
        names: dict[str, str] = {}
        for place in sorted(places, key=lambda place: place not in limits):
            free = [
                label
                for label in self.pantry.labels
                if label not in names.values() and (place not in limits or self._has_both(label, limits[place]))
            ]
            if not free:
                return None
            names[place] = free[int(rng.integers(len(free)))]
        return names

    def _has_both(self, label: str, clause: Lasts) -> bool:
        """Whether a label comes clearly longer and clearly shorter than a limit, and has no other limit yet."""
        zone = self._zone(clause)
        return self.pantry.zone(label) in (None, zone) and (
            self.pantry.can(label, least=zone[1], most=LONGEST) and self.pantry.can(label, least=1, most=zone[0])
        )

    def _zone(self, clause: Lasts) -> tuple[int, int]:
        limit_s = clause.at_least if clause.at_least is not None else clause.at_most or 0.0
        low = math.floor(limit_s * (1 - self.margins.ratio) * TICKS_PER_S + 1e-6)
        high = math.ceil(limit_s * (1 + self.margins.ratio) * TICKS_PER_S - 1e-6)
        return low, high

    def _answerable(self, constraint: Constraint, rng: np.random.Generator) -> bool:
        zones = {node.label: self._zone(node) for node in nodes_of(constraint) if isinstance(node, Lasts)}
        if any(self.pantry.zone(label) not in (None, zone) for label, zone in zones.items()):
            return False
        trial = self.limits.extended(constraint)
        before = {label: self.pantry.zone(label) for label in zones}
        for label, (low, high) in zones.items():
            self.pantry.avoid(label, low=low, high=high)
        family = plan_family(constraint, self.composer, trial, overlaps=0, tries=_FAMILY_TRIES, rng=rng)
        if family is None:
            for label, old in before.items():
                low, high = old or (0, 0)
                self.pantry.avoid(label, low=low, high=high)
        return family is not None


def _meaning(constraint: Constraint) -> object:
    """Return what two constraints have in common when they ask the same in another order."""
    return frozenset(
        (Overlap, frozenset(clause.labels), clause.options) if isinstance(clause, Overlap) else clause
        for clause in clauses_of(constraint)
    )
