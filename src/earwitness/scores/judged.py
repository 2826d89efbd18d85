"""A benchmark as arrays: what is asked, what is relevant, which clips were planned to mislead, and who is related.

Conventions: queries and clips are numbered in the order of ``queries.jsonl`` and ``scenes.parquet``; every array of
the scores is indexed so. Relevance is binary and complete: every pair without a row in ``qrels.tsv`` was judged and
is not relevant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from earwitness.errors import BenchmarkError
from earwitness.logic.constraint import TASKS, Constraint
from earwitness.reasonaudio.folder import Benchmark
from earwitness.records import sha256_of_bytes, sha256_of_file
from earwitness.scores.design import Design

__all__ = ["CHECKED", "Judged", "Rows", "checksum_of", "judged"]

CHECKED = ("atoms.parquet", "scenes.parquet", "queries.jsonl", "qrels.tsv", "pairs.jsonl")
"""The files that decide what a score means."""

_Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Rows:
    """For each query some clips, row after row."""

    start: _Ints
    """Where the clips of each query start, shape (n_queries + 1,)."""
    clip: _Ints
    """The clips' numbers, ascending within a query."""

    @cached_property
    def count(self) -> _Ints:
        """How many clips each query has, shape (n_queries,)."""
        return np.diff(self.start)

    @cached_property
    def query(self) -> _Ints:
        """The query of each entry of ``clip``."""
        return np.repeat(np.arange(len(self.count)), self.count)

    def of(self, query: int) -> _Ints:
        """Return the clips of one query."""
        return self.clip[self.start[query] : self.start[query + 1]]

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[int, int]], *, n_queries: int) -> Rows:
        """Gather (query, clip) pairs in any order; twice the same pair counts once."""
        table = np.array(sorted(set(pairs)), dtype=np.intp).reshape(-1, 2)
        start = np.concatenate(([0], np.cumsum(np.bincount(table[:, 0], minlength=n_queries))))
        return cls(start.astype(np.intp), np.ascontiguousarray(table[:, 1]))


@dataclass(frozen=True)
class Judged:
    """What a benchmark asks and what is true of it, as arrays."""

    checksum: str
    """SHA-256 over the files that decide what a score means."""
    query_ids: tuple[str, ...]
    """The queries' names."""
    texts: tuple[str, ...]
    """What each query asks, in English."""
    constraints: tuple[Constraint, ...]
    """What each query means."""
    clip_ids: tuple[str, ...]
    """The clips' names."""
    tasks: tuple[str, ...]
    """The tasks that occur, in the order in which they are reported."""
    task: _Ints
    """The task of each query, as a place in ``tasks``; shape (n_queries,)."""
    relevant: Rows
    """The clips that answer each query; at least one."""
    negatives: Rows
    """The clips that were planned to break one clause of each query."""
    pairs: _Ints
    """The two-option tests: query, the clip that answers it, the clip that does not; shape (n_pairs, 3)."""
    pair_ids: tuple[str, ...]
    """Their names."""
    broken: tuple[Constraint, ...]
    """The clause that the second clip of each pair breaks."""

    @property
    def pair_task(self) -> _Ints:
        """The task of each pair, shape (n_pairs,)."""
        return self.task[self.pairs[:, 0]]

    @cached_property
    def query_design(self) -> Design:
        """Which queries share a clip that was planned for them, or a pair's clip; the strata are the tasks.

        What a system makes of such a clip bears on both queries.
        """
        negatives = np.column_stack((self.negatives.query, self.negatives.clip))
        rests_on = np.concatenate((negatives, self.pairs[:, [0, 1]], self.pairs[:, [0, 2]]))
        return Design.of(rests_on, n=len(self.query_ids), strata=self.task)

    @cached_property
    def pair_design(self) -> Design:
        """Which pairs share their query or a clip; the strata are the tasks."""
        number = np.arange(len(self.pairs))
        things = (len(self.clip_ids) + self.pairs[:, 0], self.pairs[:, 1], self.pairs[:, 2])
        rests_on = np.concatenate([np.column_stack((number, thing)) for thing in things])
        return Design.of(rests_on, n=len(self.pairs), strata=self.pair_task)


def checksum_of(benchmark: Benchmark) -> str:
    """Return the SHA-256 over the files that decide what a score means, as they are on disk now."""
    lines = [f"{sha256_of_file(benchmark.folder / name)}  {name}\n" for name in CHECKED]
    return sha256_of_bytes("".join(lines).encode())


def judged(benchmark: Benchmark) -> Judged:
    """Turn a benchmark into arrays.

    Raises
    ------
    BenchmarkError
        When it has no queries or clips, a query has no relevant clip, or a row names what there is not.
    """
    if not benchmark.queries or not benchmark.scenes:
        what = "queries" if not benchmark.queries else "clips"
        raise BenchmarkError(f"The benchmark '{benchmark.folder}' has no {what}: there is nothing to evaluate.")
    clip_of = {scene.clip_id: place for place, scene in enumerate(benchmark.scenes)}
    query_of = {query.query_id: place for place, query in enumerate(benchmark.queries)}

    def places(query: str, *clips: str) -> tuple[int, ...]:
        if query not in query_of or not clip_of.keys() >= set(clips):
            unknown = [name for name in clips if name not in clip_of] or [query]
            raise BenchmarkError(f"'{benchmark.folder}': qrels.tsv or pairs.jsonl name '{unknown[0]}', which is not in "
                                 "queries.jsonl or scenes.parquet; 'earwitness verify' says more.")  # fmt: skip
        return (query_of[query], *(clip_of[clip] for clip in clips))

    by_value: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for (query, clip), value in benchmark.qrels.items():
        at_query, at_clip = places(query, clip)
        by_value[value > 0].append((at_query, at_clip))
    n_queries = len(benchmark.queries)
    relevant, negatives = (Rows.from_pairs(by_value[value], n_queries=n_queries) for value in (True, False))
    if not relevant.count.all():
        query = benchmark.queries[int(np.argmin(relevant.count))].query_id
        raise BenchmarkError(f"'{benchmark.folder}': no clip is relevant to query '{query}', so nothing can be right.")
    found = {query.task for query in benchmark.queries}
    tasks = (*(task for task in TASKS if task in found), *sorted(found.difference(TASKS)))
    pairs = [places(pair.query_id, pair.positive, pair.negative) for pair in benchmark.pairs]
    return Judged(
        checksum=checksum_of(benchmark),
        query_ids=tuple(query_of),
        texts=tuple(query.text for query in benchmark.queries),
        constraints=tuple(query.constraint for query in benchmark.queries),
        clip_ids=tuple(clip_of),
        tasks=tasks,
        task=np.array([tasks.index(query.task) for query in benchmark.queries], dtype=np.intp),
        relevant=relevant,
        negatives=negatives,
        pairs=np.array(pairs, dtype=np.intp).reshape(-1, 3),
        pair_ids=tuple(pair.pair_id for pair in benchmark.pairs),
        broken=tuple(pair.broken for pair in benchmark.pairs),
    )
