"""Planning a benchmark: its questions, the families of clips that answer and break them, and the rest at random.

Random clips almost never satisfy an order or an overlap, so clips are planned from the questions. Then every
question is judged on every clip, planned for it or not: the qrels are complete.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from earwitness.errors import RecipeError
from earwitness.logic.constraint import breakable
from earwitness.logic.plan import EventTable, relevance
from earwitness.parallel import Progress, stage_of
from earwitness.reasonaudio.families import Limits, compose_scene
from earwitness.reasonaudio.questions import Question, draw_questions
from earwitness.reasonaudio.recipe import Recipe
from earwitness.reasonaudio.supply import Supply, plan_supply
from earwitness.rng import generator
from earwitness.scenes.compose import Composer, Shape
from earwitness.scenes.demands import Demands
from earwitness.scenes.pantry import Pantry
from earwitness.scenes.spec import Scene

__all__ = ["Pair", "Plan", "PlannedQuery", "plan_benchmark"]

_FILLER_TRIES = 500


@dataclass(frozen=True)
class PlannedQuery:
    """A query with the clips that were planned for it."""

    query_id: str
    """Its name."""
    question: Question
    """What it asks."""
    positives: tuple[str, ...]
    """Clips planned to be relevant."""
    negatives: tuple[tuple[int, str], ...]
    """Clips planned to break one clause: its number, and the clip. Member ``k`` of each clause belongs to positive
    ``k``."""
    also_relevant: tuple[str, ...] = ()
    """Clips planned for other queries that answer this one too, where there was no room for its own."""
    also_broken: tuple[tuple[int, str], ...] = ()
    """Clips planned for other queries that break one clause of this one too."""


@dataclass(frozen=True)
class Pair:
    """A two-option test: which of two clips answers the query."""

    pair_id: str
    """Its name."""
    query: PlannedQuery
    """The query."""
    positive: str
    """The clip that answers it."""
    negative: str
    """The clip of the same family that breaks one clause."""
    clause: int
    """The clause that it breaks."""


@dataclass(frozen=True)
class Plan:
    """A benchmark before it is rendered."""

    scenes: tuple[Scene, ...]
    """All clips, by name; their scales are not known yet."""
    queries: tuple[PlannedQuery, ...]
    """All queries, task after task."""
    pairs: tuple[Pair, ...]
    """All two-option pairs, task after task."""
    relevant: npt.NDArray[np.bool_]
    """Whether each clip answers each query, shape (queries, clips)."""


def plan_benchmark(recipe: Recipe, pantry: Pantry, *, seed: int, progress: Progress | None = None) -> Plan:
    """Plan everything that chance decides.

    Parameters
    ----------
    recipe
        What to ask, and what the scenes are like.
    pantry
        The sounds.
    seed
        Any integer; the plan depends on it, the recipe and the sounds alone.
    progress
        Called with a stage's name, the number done and the number wanted.

    Raises
    ------
    RecipeError
        When the recipe asks for more than the bank can give: what is short, and by how much.
    """
    composer = Composer(pantry, spec=recipe.scene, margins=recipe.margins, audible=recipe.audible)
    limits = Limits(recipe.margins)
    questions = draw_questions(recipe, composer, limits, seed=seed, progress=stage_of(progress, "questions"))
    supply = plan_supply(recipe, questions, composer, limits=limits, seed=seed, progress=stage_of(progress, "families"))
    planned = list(supply.scenes)
    fillers = _plan_fillers(recipe, planned, composer, limits, seed=seed, progress=stage_of(progress, "fillers"))
    scenes, queries = _named(recipe, questions, supply, fillers, seed=seed)
    table = EventTable.from_timelines(scene.timeline for scene in scenes)
    relevant = relevance([query.question.constraint for query in queries], table)
    return Plan(scenes, queries, _draw_pairs(recipe, queries, seed=seed), relevant)


def _plan_fillers(
    recipe: Recipe,
    planned: list[Scene],
    composer: Composer,
    limits: Limits,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None,
) -> list[Scene]:
    """Compose the clips that no query asked for, so that the share of sequences comes out as the recipe says."""
    sequences = round(recipe.sequences * recipe.clips) - sum(scene.polyphony <= 1 for scene in planned)
    number = recipe.clips - len(planned)
    if not 0 <= sequences <= number:
        kind, short = ("with", number - sequences) if sequences > number else ("without", -sequences)
        raise RecipeError(
            f"Recipe '{recipe.name}' asks for {recipe.sequences:.0%} clips without overlaps, but its queries need "
            f"{abs(sequences - number) if sequences > number else short} clips {kind} overlaps more than that leaves. "
            "Raise --clips or change 'sequences'."
        )
    fillers: list[Scene] = []
    for place in range(number):
        rng = generator(seed, "filler", place)
        fillers.append(_filler(recipe, composer, limits, overlaps=place >= sequences, rng=rng))
        if progress is not None:
            progress(len(fillers), number)
    return fillers


def _filler(recipe: Recipe, composer: Composer, limits: Limits, *, overlaps: bool, rng: np.random.Generator) -> Scene:
    for _ in range(_FILLER_TRIES):
        events = min(int(recipe.scene.events.sample(rng)), len(composer.pantry.labels))
        shape = Shape(composer.clip_ticks(rng), events, (1 + int(rng.integers(2))) if overlaps else 0)
        made = compose_scene(composer, Demands(), claims=(), limits=limits, shape=shape, like=None, rng=rng)
        if made is not None:
            return made[1]
    raise RecipeError(
        f"No scene {'with' if overlaps else 'without'} overlaps was found in {_FILLER_TRIES} tries. Longer clips, "
        "fewer events or smaller margins help."
    )


def _named(
    recipe: Recipe, questions: list[Question], supply: Supply, fillers: list[Scene], *, seed: int
) -> tuple[tuple[Scene, ...], tuple[PlannedQuery, ...]]:
    """Give every clip and query its name. Names are drawn, so that they tell nothing of what a clip was made for."""
    width = len(str(recipe.clips))
    drawn = generator(seed, "clip names").permutation(recipe.clips)
    scenes = [
        replace(scene, clip_id=f"clip-{int(number) + 1:0{width}d}")
        for scene, number in zip((*supply.scenes, *fillers), drawn, strict=True)
    ]
    queries = []
    count: dict[str, int] = {}
    for question, served in zip(questions, supply.served, strict=True):
        count[question.task] = count.get(question.task, 0) + 1
        digits = len(str(recipe.queries_of(question.task)))
        queries.append(
            PlannedQuery(
                f"{question.task.lower()}-{count[question.task]:0{digits}d}",
                question,
                tuple(scenes[place].clip_id for place in served.positives),
                tuple((clause, scenes[place].clip_id) for clause, place in served.negatives),
                tuple(scenes[place].clip_id for place in served.also_relevant),
                tuple((clause, scenes[place].clip_id) for clause, place in served.also_broken),
            )
        )
    return tuple(sorted(scenes, key=lambda scene: scene.clip_id)), tuple(queries)


def _draw_pairs(recipe: Recipe, queries: tuple[PlannedQuery, ...], *, seed: int) -> tuple[Pair, ...]:
    """Draw the two-option pairs of each task: every query once before any query twice, all clauses in turn."""
    pairs: list[Pair] = []
    for task in recipe.forms:
        of_task = [query for query in queries if query.question.task == task]
        order = generator(seed, "pairs", task).permutation(len(of_task))
        options = [_options(of_task[int(place)], turn) for turn, place in enumerate(order)]
        drawn = [
            option
            for rank in range(max(map(len, options), default=0))
            for option in (each[rank] for each in options if rank < len(each))
        ][: recipe.pairs]
        if len(drawn) < recipe.pairs:
            raise RecipeError(
                f"Recipe '{recipe.name}' asks for {recipe.pairs} pairs a task, but the {len(of_task)} {task} queries "
                f"give {len(drawn)}; short by {recipe.pairs - len(drawn)}: raise --queries or lower --pairs."
            )
        digits = len(str(recipe.pairs))
        pairs += [
            Pair(f"{task.lower()}-pair-{number:0{digits}d}", *option) for number, option in enumerate(drawn, start=1)
        ]
    return tuple(pairs)


def _options(query: PlannedQuery, turn: int) -> list[tuple[PlannedQuery, str, str, int]]:
    """Return the pairs that a query can give, the clauses in turn and beginning with another for each query.

    Pairs within a family come first: they differ in nothing but the claim.
    """
    clauses = breakable(query.question.constraint)
    positives = (*query.positives, *query.also_relevant)
    negatives = (*query.negatives, *query.also_broken)
    by_clause = {clause: [clip for broken, clip in negatives if broken == clause] for clause in clauses}
    number = max(map(len, by_clause.values()))
    drawn = [
        (query, positive, by_clause[clause][(place + shift) % len(by_clause[clause])], clause)
        for shift in range(number)
        for step in range(len(clauses))
        for place, positive in enumerate(positives)
        for clause in (clauses[(turn + step + place) % len(clauses)],)
    ]
    return list(dict.fromkeys(drawn))
