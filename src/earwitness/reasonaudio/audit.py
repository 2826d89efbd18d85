"""Proving the labels of a benchmark again, from its files alone: each check walks all it is about and names faults.

What was planned is not believed. Every (query, clip) pair is judged by both evaluators, every pair and hard negative
by what ``logic`` says of it, every text by reading it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.errors import ConstraintError, LogicError, ReadingError, RecipeError
from earwitness.logic.constraint import (
    breakable,
    broken,
    clauses_of,
    labels_of,
    task_of,
)
from earwitness.logic.events import Timeline
from earwitness.logic.judge import judge
from earwitness.logic.plan import EventTable, relevance, relevant
from earwitness.logic.reading import Reader
from earwitness.parallel import Progress, map_chunks, worker_pool
from earwitness.reasonaudio.families import Limits, contrary
from earwitness.reasonaudio.folder import Benchmark
from earwitness.reasonaudio.recipe import Recipe, recipe_of
from earwitness.reasonaudio.supply import LEAST_BROKEN, LEAST_RELEVANT
from earwitness.sounds.bank import split_of

__all__ = ["Audit", "Finding", "audit_labels"]

_CHUNK = 25


@dataclass(frozen=True)
class Finding:
    """What one check looked at and what it found wrong."""

    check: str
    """What was checked."""
    looked_at: int
    """How many things."""
    faults: tuple[str, ...]
    """What is wrong, each with the file and line or the name of the clip."""


@dataclass(frozen=True)
class Audit:
    """A benchmark together with what its checks share."""

    benchmark: Benchmark
    """What is checked."""

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that the benchmark says it was made by."""
        values = dict(self.benchmark.about["recipe"])
        for field in ("name", "sample_rate", "split", "phrases"):
            values.pop(field, None)
        return recipe_of(values, name=str(self.benchmark.about["recipe"].get("name")), where="benchmark.json, 'recipe'")

    @cached_property
    def timelines(self) -> tuple[Timeline, ...]:
        """What is heard in every clip."""
        return tuple(scene.timeline for scene in self.benchmark.scenes)

    @cached_property
    def timeline_of(self) -> Mapping[str, Timeline]:
        """What is heard in a clip, by its name."""
        return {scene.clip_id: t for scene, t in zip(self.benchmark.scenes, self.timelines, strict=True)}

    @cached_property
    def table(self) -> EventTable:
        """The events of all clips."""
        return EventTable.from_timelines(self.timelines)

    @cached_property
    def planned(self) -> npt.NDArray[np.bool_]:
        """Whether each clip answers each query, by the vectorised evaluator."""
        return relevance([query.constraint for query in self.benchmark.queries], self.table)

    @cached_property
    def stated(self) -> npt.NDArray[np.bool_]:
        """Whether the qrels say that each clip answers each query."""
        query_at = {query.query_id: place for place, query in enumerate(self.benchmark.queries)}
        clip_at = {scene.clip_id: place for place, scene in enumerate(self.benchmark.scenes)}
        stated = np.zeros((len(self.benchmark.queries), len(self.benchmark.scenes)), dtype=np.bool_)
        for (query, clip), value in self.benchmark.qrels.items():
            if query in query_at and clip in clip_at:
                stated[query_at[query], clip_at[clip]] = value == 1
        return stated


def audit_labels(audit: Audit, *, jobs: int, progress: Progress | None = None) -> Iterator[Finding]:
    """Check everything that can be checked without audio.

    Parameters
    ----------
    audit
        The benchmark.
    jobs
        Worker processes for the slow evaluator.
    progress
        Called with a check's name, the number done and the number wanted.
    """
    checks: Sequence[tuple[str, Callable[[Audit], tuple[int, list[str]]]]] = (
        ("names and references", _references),
        ("recipe and counts", _counts),
        ("same-label overlaps", _same_label),
        ("margins of every scene and limit", _margins),
        ("qrels equal the vectorised evaluator", _qrels_by_plan),
        ("relevant clips and hard negatives enough", _enough),
        ("hard negatives break exactly one clause", _hard_negatives),
        ("every clause matters", _clauses_matter),
        ("two-option pairs", _pairs),
        ("texts read back to their constraint", _texts),
    )
    for done, (name, check) in enumerate(checks, start=1):
        looked_at, faults = check(audit)
        yield Finding(name, looked_at, tuple(faults))
        if progress is not None:
            progress("labels", done, len(checks))
    looked_at, faults = _qrels_by_judge(audit, jobs, None if progress is None else partial(progress, "judge"))
    yield Finding("qrels equal the slow evaluator", looked_at, tuple(faults))


def _references(audit: Audit) -> tuple[int, list[str]]:
    bench = audit.benchmark
    clips, queries = set(bench.scene_of), set(bench.query_of)
    atoms = {row["atom_id"]: row for row in bench.atom_rows}
    faults = []
    for what, names in (
        ("scenes.parquet: the clip", [scene.clip_id for scene in bench.scenes]),
        ("queries.jsonl: the query", [query.query_id for query in bench.queries]),
        ("pairs.jsonl: the pair", [pair.pair_id for pair in bench.pairs]),
        ("atoms.parquet: the atom", [row["atom_id"] for row in bench.atom_rows]),
    ):
        faults += [f"{what} '{name}' is there {n} times" for name, n in Counter(names).items() if n > 1]
    for scene in bench.scenes:
        for event in scene.events:
            row = atoms.get(event.atom_id)
            if row is None or row["label"] != event.label:
                faults.append(f"scenes.parquet, clip '{scene.clip_id}': '{event.label}' has no atom '{event.atom_id}'")
            if event.offset_tick > scene.ticks:
                faults.append(f"scenes.parquet, clip '{scene.clip_id}': '{event.label}' ends after the clip")
    for row in bench.atom_rows:
        if row["split"] != split_of(row["source"]):
            faults.append(f"atoms.parquet: the atom '{row['atom_id']}' is not of the split '{row['split']}'")
        if row["sample_rate"] != bench.sample_rate:
            faults.append(f"atoms.parquet: the atom '{row['atom_id']}' does not have {bench.sample_rate} Hz")
    for line, (query, clip) in enumerate(bench.qrels, start=1):
        if query not in queries or clip not in clips:
            faults.append(f"qrels.tsv, line {line}: there is no query '{query}' or no clip '{clip}'")
    for line, pair in enumerate(bench.pairs, start=1):
        if pair.query_id not in queries or not {pair.positive, pair.negative} <= clips:
            faults.append(f"pairs.jsonl, line {line}: the query or a clip does not exist")
    return len(bench.scenes) + len(bench.queries) + len(bench.qrels) + len(bench.pairs), faults


def _counts(audit: Audit) -> tuple[int, list[str]]:
    bench = audit.benchmark
    counts: Mapping[str, Any] = bench.about.get("counts", {})
    found = {
        "labels": len({row["label"] for row in bench.atom_rows}),
        "atoms": len(bench.atom_rows),
        "clips": len(bench.scenes),
        "sequences": sum(scene.polyphony <= 1 for scene in bench.scenes),
        "events": sum(len(scene.events) for scene in bench.scenes),
        "queries": dict(Counter(query.task for query in bench.queries)),
        "pairs": dict(Counter(pair.task for pair in bench.pairs)),
        "judged": len(bench.queries) * len(bench.scenes),
        "relevant": sum(bench.qrels.values()),
    }
    faults = [
        f"benchmark.json: counts.{name} is {counts.get(name)}, but the files hold {number}"
        for name, number in found.items()
        if counts.get(name) != number
    ]
    try:
        recipe = audit.recipe
    except RecipeError as error:
        return len(found), [*faults, str(error)]
    asked = {
        "clips": recipe.clips,
        "queries": {task: recipe.queries_of(task) for task in recipe.forms if recipe.queries_of(task)},
        "pairs": dict.fromkeys(recipe.forms, recipe.pairs) if recipe.pairs else {},
        "sequences": round(recipe.sequences * recipe.clips),
    }
    faults += [
        f"benchmark.json: the recipe asks for {number} {name}, but the files hold {found[name]}"
        for name, number in asked.items()
        if found[name] != number
    ]
    for scene in bench.scenes:
        if scene.polyphony > recipe.scene.polyphony:
            faults.append(f"scenes.parquet, clip '{scene.clip_id}': {scene.polyphony} events sound at once")
    return len(found) + len(bench.scenes), faults


def _same_label(audit: Audit) -> tuple[int, list[str]]:
    faults = []
    for scene in audit.benchmark.scenes:
        ends: dict[str, int] = {}
        for event in sorted(scene.events, key=lambda event: event.onset_tick):
            if event.onset_tick <= ends.get(event.label, -1):
                faults.append(f"scenes.parquet, clip '{scene.clip_id}': two '{event.label}' events touch or overlap")
            ends[event.label] = max(event.offset_tick, ends.get(event.label, -1))
    return sum(len(scene.events) for scene in audit.benchmark.scenes), faults


def _margins(audit: Audit) -> tuple[int, list[str]]:
    limits = Limits(audit.recipe.margins)
    for query in audit.benchmark.queries:
        limits.add(query.constraint)
    faults = [
        f"scenes.parquet, clip '{clip}': {fault}"
        for clip, timeline in audit.timeline_of.items()
        for fault in limits.faults(timeline)
    ]
    return len(audit.timelines), faults


def _qrels_by_plan(audit: Audit) -> tuple[int, list[str]]:
    return audit.planned.size, _differences(audit, audit.planned, "the vectorised evaluator")


def _differences(audit: Audit, judged: npt.NDArray[np.bool_], who: str) -> list[str]:
    bench = audit.benchmark
    lines = {pair: line for line, pair in enumerate(bench.qrels, start=1)}
    faults = []
    for query_at, clip_at in np.argwhere(judged != audit.stated):
        pair = bench.queries[query_at].query_id, bench.scenes[clip_at].clip_id
        place = f"line {lines[pair]}" if pair in lines else "no line"
        verdict = "relevant" if judged[query_at, clip_at] else "not relevant"
        faults.append(f"qrels.tsv, {place}: {who} says that {pair[1]} is {verdict} to {pair[0]}")
    return faults


def _enough(audit: Audit) -> tuple[int, list[str]]:
    bench = audit.benchmark
    negatives: dict[str, list[str]] = {}
    for (query_id, clip), value in bench.qrels.items():
        if value == 0:
            negatives.setdefault(query_id, []).append(clip)
    faults = []
    for line, (query, row) in enumerate(zip(bench.queries, audit.planned, strict=True), start=1):
        where = f"queries.jsonl, line {line}: {query.query_id}"
        if row.sum() < LEAST_RELEVANT:
            faults.append(f"{where} has {int(row.sum())} relevant clips, fewer than {LEAST_RELEVANT}")
        for clause in breakable(query.constraint):
            claim = broken(query.constraint, clause)
            number = sum(
                bool(judge(claim, audit.timeline_of[clip]))
                for clip in negatives.get(query.query_id, ())
                if clip in audit.timeline_of
            )
            if number < LEAST_BROKEN:
                faults.append(f"{where} has {number} hard negatives for clause {clause + 1}, not {LEAST_BROKEN}")
    return len(bench.queries), faults


def _hard_negatives(audit: Audit) -> tuple[int, list[str]]:
    bench = audit.benchmark
    faults = []
    looked_at = 0
    for line, ((query_id, clip), value) in enumerate(bench.qrels.items(), start=1):
        if value or query_id not in bench.query_of or clip not in audit.timeline_of:
            continue
        looked_at += 1
        constraint = bench.query_of[query_id].constraint
        timeline = audit.timeline_of[clip]
        broken_by = [i for i in breakable(constraint) if judge(broken(constraint, i), timeline)]
        if len(broken_by) != 1:
            faults.append(f"qrels.tsv, line {line}: {clip} does not break exactly one clause of {query_id}")
    return looked_at, faults


def _clauses_matter(audit: Audit) -> tuple[int, list[str]]:
    bench = audit.benchmark
    faults = []
    for line, (query, row) in enumerate(zip(bench.queries, audit.planned, strict=True), start=1):
        for claim in contrary(query.constraint):
            for place in np.flatnonzero(row & relevant(claim, audit.table)):
                clip = bench.scenes[place].clip_id
                faults.append(f"queries.jsonl, line {line}: {clip} answers {query.query_id}, but {claim} holds as well")
    return int(audit.planned.sum()), faults


def _pairs(audit: Audit) -> tuple[int, list[str]]:
    bench = audit.benchmark
    faults = []
    for line, pair in enumerate(bench.pairs, start=1):
        where = f"pairs.jsonl, line {line}: {pair.pair_id}"
        query = bench.query_of.get(pair.query_id)
        if query is None or pair.positive not in audit.timeline_of or pair.negative not in audit.timeline_of:
            continue  # named by the check of references
        if pair.task != query.task:
            faults.append(f"{where} is of task {pair.task}, but its query of {query.task}")
        if not judge(query.constraint, audit.timeline_of[pair.positive]):
            faults.append(f"{where}: {pair.positive} does not answer the query")
        try:
            claim = broken(query.constraint, clauses_of(query.constraint).index(pair.broken))
        except (ValueError, ConstraintError):
            faults.append(f"{where}: {pair.broken} is not a clause of the query that can be broken")
            continue
        if not judge(claim, audit.timeline_of[pair.negative]):
            faults.append(f"{where}: {pair.negative} does not break {pair.broken} and nothing else")
    return len(bench.pairs), faults


def _texts(audit: Audit) -> tuple[int, list[str]]:
    bench = audit.benchmark
    faults = []
    try:
        reader = Reader(bench.phrases)
    except ReadingError as error:
        return 0, [f"benchmark.json, recipe.phrases: {error}"]
    looked_at = 0
    for line, query in enumerate(bench.queries, start=1):
        if query.task != task_of(query.constraint):
            faults.append(f"queries.jsonl, line {line}: {query.query_id} is of task {task_of(query.constraint)}")
        for text in (query.text, *query.paraphrases):
            looked_at += 1
            try:
                understood = reader.read(text)
            except LogicError as error:
                faults.append(f"queries.jsonl, line {line}: {error}")
                continue
            if understood != query.constraint:
                faults.append(f"queries.jsonl, line {line}: {text!r} reads {understood}, not {query.constraint}")
    return looked_at, faults


# --- the slow evaluator on every pair ---


def _qrels_by_judge(audit: Audit, jobs: int, progress: Callable[[int, int], None] | None) -> tuple[int, list[str]]:
    bench = audit.benchmark
    constraints = [query.constraint for query in bench.queries]
    with worker_pool(jobs) as pool:
        rows = map_chunks(
            pool,
            partial(_judge_chunk, timelines=audit.timelines),
            constraints,
            chunk=_CHUNK if jobs == 1 else -(-len(constraints) // (4 * jobs)),
            progress=None if progress is None else lambda done: progress(done, len(constraints)),
        )
    judged = np.array(rows, dtype=np.bool_).reshape(len(constraints), len(bench.scenes))
    return judged.size, _differences(audit, judged, "the slow evaluator")


def _judge_chunk(constraints: Sequence[Any], *, timelines: Sequence[Timeline]) -> list[npt.NDArray[np.bool_]]:
    """Judge every constraint on every timeline.

    Only events of labels that the constraint names bear on it. So it is judged on each timeline restricted to them,
    and once for all timelines that hold none of them.
    """
    holding: dict[str, list[int]] = {}
    for place, timeline in enumerate(timelines):
        for label in timeline.by_label:
            holding.setdefault(label, []).append(place)
    rows = []
    for constraint in constraints:
        labels = labels_of(constraint)
        row = np.full(len(timelines), judge(constraint, Timeline()).holds)
        for place in {place for label in labels for place in holding.get(label, ())}:
            row[place] = judge(constraint, timelines[place]).holds
        rows.append(row)
    return rows
