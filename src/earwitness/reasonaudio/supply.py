"""Supplying every query with clips: families of its own where there is room, clips of other queries where there is not.

A recipe with many queries and few clips cannot give each query three families. But a clip that was planned for one
query answers others, and breaks others in exactly one clause; with few labels it does so often. So each query is given
as many families as there is room for, then all are judged on all planned clips, and what is still missing is planned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from earwitness.errors import RecipeError
from earwitness.logic.constraint import Constraint, breakable, broken
from earwitness.logic.plan import EventTable, relevant
from earwitness.reasonaudio.families import Family, Limits, plan_family
from earwitness.reasonaudio.questions import Question
from earwitness.reasonaudio.recipe import Recipe
from earwitness.rng import generator
from earwitness.scenes.compose import Composer
from earwitness.scenes.spec import Scene

__all__ = ["LEAST_BROKEN", "LEAST_RELEVANT", "Served", "Supply", "plan_supply"]

LEAST_RELEVANT = 2
"""Every query has at least so many relevant clips."""
LEAST_BROKEN = 3
"""Every query has at least so many hard negatives for each clause that can be broken."""
# With overlaps a family may be impossible; without, it was proved possible once, if only just.
_TRIES_WITH_OVERLAPS = 150
_TRIES = 3_000


@dataclass
class Served:
    """Which clips serve one query, by their places in the supply. Filled step by step."""

    positives: list[int] = field(default_factory=list)
    """The relevant clips of its own families."""
    negatives: list[tuple[int, int]] = field(default_factory=list)
    """The hard negatives of its own families: the clause, and the clip."""
    also_relevant: list[int] = field(default_factory=list)
    """Relevant clips of other queries' families."""
    also_broken: list[tuple[int, int]] = field(default_factory=list)
    """Hard negatives among other queries' clips."""


@dataclass(frozen=True)
class Supply:
    """The planned clips, and what each query has of them."""

    scenes: tuple[Scene, ...]
    """All planned clips."""
    served: tuple[Served, ...]
    """What serves each query, in the order of the questions."""


def plan_supply(
    recipe: Recipe,
    questions: list[Question],
    composer: Composer,
    *,
    limits: Limits,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Supply:
    """Plan clips until every query has enough.

    Parameters
    ----------
    recipe
        How many clips there may be.
    questions
        The queries.
    composer
        Composes the clips.
    limits
        What every clip keeps clear of.
    seed
        The benchmark's seed.
    progress
        Called with the number of queries done and wanted.

    Raises
    ------
    RecipeError
        When the clips do not suffice, or for a query none could be composed: by how much, and for which.
    """
    one_each = sum(1 + len(breakable(question.constraint)) for question in questions)
    _check_room(recipe, len(questions), one_each)
    supplier = _Supplier(recipe, questions, composer, limits, seed)
    number = min(recipe.families, recipe.clips // one_each)
    # Tasks alternate, so that each gets its part of the clips with overlaps.
    order = _alternating(questions)
    for done, place in enumerate(order, start=1):
        for _ in range(number):
            supplier.add_family(place)
        if progress is not None:
            progress(done, len(questions))
    if number < max(LEAST_RELEVANT, LEAST_BROKEN):
        for place in order:
            supplier.share(place)
    _check_room(recipe, len(questions), len(supplier.scenes))
    return Supply(tuple(supplier.scenes), tuple(supplier.served))


def _check_room(recipe: Recipe, n_queries: int, needed: int) -> None:
    """Refuse a recipe that has fewer clips than its queries need."""
    if needed > recipe.clips:
        raise RecipeError(
            f"Recipe '{recipe.name}' asks for {recipe.clips} clips, but its {n_queries} queries need {needed} or more, "
            f"even when they share what they can: {LEAST_RELEVANT} relevant clips each, and {LEAST_BROKEN} hard "
            f"negatives for each clause. Short by {needed - recipe.clips} clips: raise --clips or lower --queries."
        )


def _alternating(questions: list[Question]) -> list[int]:
    """Return the questions' places, the first of each task before the second of any."""
    seen: Counter[str] = Counter()
    ranks = []
    for question in questions:
        ranks.append(seen[question.task])
        seen[question.task] += 1
    return sorted(range(len(questions)), key=lambda place: ranks[place])


class _Supplier:
    """Plans families and keeps account of what serves whom."""

    def __init__(
        self, recipe: Recipe, questions: list[Question], composer: Composer, limits: Limits, seed: int
    ) -> None:
        self.recipe, self.questions, self.composer, self.limits = recipe, questions, composer, limits
        self.streams = [generator(seed, "families", str(question.constraint)) for question in questions]
        self.scenes: list[Scene] = []
        self.served = [Served() for _ in questions]
        self.lent = Counter[int]()
        self.overlapping = 0
        self.table: EventTable | None = None

    def add_family(self, place: int) -> None:
        """Plan one more family for a query."""
        family = self._family(place)
        served = self.served[place]
        served.positives.append(self._added(family.positive))
        served.negatives += [(member.clause, self._added(member.scene)) for member in family.negatives]

    def share(self, place: int) -> None:
        """Give a query clips of others, and families of its own until it has enough."""
        constraint = self.questions[place].constraint
        served = self.served[place]
        while True:
            if self.table is None:
                self.table = EventTable.from_timelines(scene.timeline for scene in self.scenes)
            own = {*served.positives, *(clip for _, clip in served.negatives)}
            lacking = LEAST_BROKEN - len(served.positives)  # as many as hard negatives, to pair them, if there are
            served.also_relevant = self._borrowed(constraint, self.table, lacking, own)
            enough = len(served.positives) + len(served.also_relevant) >= LEAST_RELEVANT
            served.also_broken = []
            for clause in breakable(constraint):
                lacking = LEAST_BROKEN - sum(each == clause for each, _ in served.negatives)
                found = self._borrowed(broken(constraint, clause), self.table, lacking, own)
                served.also_broken += [(clause, clip) for clip in found]
                enough &= len(found) >= lacking
            if enough:
                self.lent.update({*served.also_relevant, *(clip for _, clip in served.also_broken)})
                return
            self.add_family(place)

    def _borrowed(self, wanted: Constraint, table: EventTable, number: int, own: set[int]) -> list[int]:
        """Return clips that others were planned for, those first that were lent least.

        A clip that served many queries would tie their results together: a benchmark of many queries would say no more
        than one of few.
        """
        found = [int(clip) for clip in np.flatnonzero(relevant(wanted, table)) if clip not in own]
        return sorted(found, key=lambda clip: (self.lent[clip], clip))[: max(0, number)]

    def _added(self, scene: Scene) -> int:
        self.scenes.append(scene)
        self.overlapping += scene.polyphony > 1
        self.table = None
        return len(self.scenes) - 1

    def _family(self, place: int) -> Family:
        constraint, rng = self.questions[place].constraint, self.streams[place]
        spare = self.recipe.clips - round(self.recipe.sequences * self.recipe.clips)
        behind = self.overlapping < (1.0 - self.recipe.sequences) * len(self.scenes)
        wanted = 1 + int(rng.integers(2)) if behind else 0
        wanted = min(wanted, spare) if self.recipe.scene.polyphony > 1 else 0
        for overlaps, tries in {wanted: _TRIES_WITH_OVERLAPS, 0: _TRIES}.items():
            family = plan_family(constraint, self.composer, self.limits, overlaps=overlaps, tries=tries, rng=rng)
            if family is not None:
                return family
        raise RecipeError(
            f"No scene was found in {_TRIES:,} tries for the query {constraint} that answers it, and for each "
            "clause one that breaks it. Longer clips, smaller margins or more recordings help."
        )
