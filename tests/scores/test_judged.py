"""A benchmark as arrays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import BenchmarkError
from earwitness.reasonaudio.folder import Benchmark, PairRow, read_benchmark
from earwitness.scores.judged import Judged, Rows, checksum_of, judged


def test_rows_are_sorted_and_counted() -> None:
    rows = Rows.from_pairs([(2, 5), (0, 3), (2, 1), (0, 3)], n_queries=4)
    assert [rows.of(query).tolist() for query in range(4)] == [[3], [], [1, 5], []]
    assert (rows.count.tolist(), rows.query.tolist()) == ([1, 0, 2, 0], [0, 2, 2])


def test_arrays_say_what_the_folder_says(bench: Benchmark) -> None:
    arrays = judged(bench)
    assert arrays.query_ids == tuple(query.query_id for query in bench.queries)
    assert arrays.texts == tuple(query.text for query in bench.queries)
    assert arrays.tasks == ("Negation", "Order", "Overlap", "Duration", "Mix")
    assert [arrays.tasks[place] for place in arrays.task] == [query.task for query in bench.queries]
    for query in range(0, len(arrays.query_ids), 7):
        for rows, value in ((arrays.relevant, 1), (arrays.negatives, 0)):
            names = [arrays.clip_ids[clip] for clip in rows.of(query)]
            assert tuple(sorted(names)) == bench.with_relevance(arrays.query_ids[query], value)
    for (query, positive, negative), pair in zip(arrays.pairs, bench.pairs, strict=True):
        assert arrays.query_ids[query] == pair.query_id
        assert (arrays.clip_ids[positive], arrays.clip_ids[negative]) == (pair.positive, pair.negative)


def test_queries_that_share_a_planned_clip_are_related(bench: Benchmark) -> None:
    """Pair by pair, as the folder says it; queries that share one only through others are not."""
    clips: dict[str, set[str]] = {query.query_id: set() for query in bench.queries}
    for (query, clip), value in bench.qrels.items():
        clips[query] |= {clip} if value == 0 else set()
    first, second = bench.queries[0].query_id, bench.queries[-1].query_id
    clip = bench.with_relevance(first, 1)[0]
    link = PairRow("p", second, bench.queries[-1].task, clip, clip, bench.queries[-1].constraint)
    pairs = (*bench.pairs, replace(link, query_id=first), link)
    for pair in pairs:
        clips[pair.query_id] |= {pair.positive, pair.negative}
    arrays = judged(replace(bench, pairs=pairs))
    related = arrays.query_design.related.toarray()
    expected = [[bool(a & b) or a is b for b in clips.values()] for a in clips.values()]
    assert np.array_equal(related, expected) and related[0, -1]
    assert np.array_equal(arrays.query_design.stratum, arrays.task)


def test_pairs_that_share_a_clip_or_the_query_are_related(bench: Benchmark) -> None:
    arrays = judged(bench)
    things = [{pair.query_id, pair.positive, pair.negative} for pair in bench.pairs]
    assert np.array_equal(arrays.pair_design.related.toarray(), [[bool(a & b) for b in things] for a in things])
    assert np.array_equal(arrays.pair_design.stratum, arrays.pair_task)


def test_an_empty_benchmark_is_refused(bench: Benchmark) -> None:
    with pytest.raises(BenchmarkError, match="has no queries: there is nothing to evaluate"):
        judged(replace(bench, queries=()))
    with pytest.raises(BenchmarkError, match="has no clips"):
        judged(replace(bench, scenes=()))


def test_a_query_without_answer_is_refused(bench: Benchmark) -> None:
    query = bench.queries[3].query_id
    qrels = {key: value for key, value in bench.qrels.items() if key[0] != query or value == 0}
    with pytest.raises(BenchmarkError, match=f"no clip is relevant to query '{query}'"):
        judged(replace(bench, qrels=qrels))


def test_rows_about_what_there_is_not_are_refused(bench: Benchmark) -> None:
    with pytest.raises(BenchmarkError, match=r"name 'clip-x', which is not in"):
        judged(replace(bench, qrels={**bench.qrels, (bench.queries[0].query_id, "clip-x"): 1}))
    with pytest.raises(BenchmarkError, match=r"name 'query-x', which is not in"):
        judged(replace(bench, qrels={**bench.qrels, ("query-x", bench.scenes[0].clip_id): 1}))


def test_the_checksum_is_of_what_decides_a_score(bench_copy: Path) -> None:
    before = checksum_of(read_benchmark(bench_copy))
    (bench_copy / "README.md").write_text("another card", encoding="utf-8")
    assert checksum_of(read_benchmark(bench_copy)) == before
    for name in ("queries.jsonl", "qrels.tsv", "pairs.jsonl"):
        whole = (bench_copy / name).read_bytes()
        (bench_copy / name).write_bytes(whole[: whole.rindex(b"\n", 0, -1) + 1])
        assert checksum_of(read_benchmark(bench_copy)) != before, name
        (bench_copy / name).write_bytes(whole)
    assert checksum_of(read_benchmark(bench_copy)) == before


def test_arrays_are_named_once(bench: Benchmark) -> None:
    arrays: Judged = judged(bench)
    assert len(set(arrays.query_ids)) == len(arrays.query_ids) == len(arrays.task)
    assert arrays.pair_task.shape == (len(arrays.pairs),)
