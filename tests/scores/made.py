"""Benchmarks as arrays that tests write down by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from earwitness.logic.constraint import Absent, Constraint
from earwitness.scores.judged import Judged, Rows


def made(
    relevant: Sequence[Sequence[int]],
    negatives: Sequence[Sequence[int]] = (),
    *,
    n_clips: int,
    tasks: Sequence[str] = ("Negation",),
    task: Sequence[int] = (),
    pairs: Sequence[tuple[int, int, int]] = (),
    broken: Sequence[Constraint] = (),
) -> Judged:
    """Return a benchmark of which each query lists the clips that answer it and its hard negatives."""
    n_queries = len(relevant)
    positive, hard = (
        Rows.from_pairs([(q, c) for q, clips in enumerate(rows) for c in clips], n_queries=n_queries)
        for rows in (relevant, negatives)
    )
    return Judged(
        checksum="",
        query_ids=tuple(f"q{query}" for query in range(n_queries)),
        texts=tuple(f"query {query}" for query in range(n_queries)),
        constraints=(Absent("x"),) * n_queries,
        clip_ids=tuple(f"c{clip}" for clip in range(n_clips)),
        tasks=tuple(tasks),
        task=np.array(task or [0] * n_queries, dtype=np.intp),
        relevant=positive,
        negatives=hard,
        pairs=np.array(pairs, dtype=np.intp).reshape(-1, 3),
        pair_ids=tuple(f"p{pair}" for pair in range(len(pairs))),
        broken=tuple(broken) or (Absent("x"),) * len(pairs),
    )
