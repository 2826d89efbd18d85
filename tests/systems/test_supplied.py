"""Scores from files: whatever does not fit is refused when the file is opened, with numbers and names."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.errors import SystemFault
from earwitness.reasonaudio.folder import Benchmark
from earwitness.systems.base import clips_of
from earwitness.systems.supplied import supplied_scores


@pytest.fixture
def scores(bench: Benchmark, rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((len(bench.queries), len(bench.scenes))).astype(np.float32)


@pytest.fixture
def read(bench: Benchmark) -> Callable[..., np.ndarray]:
    """Open a file and ask for everything in two blocks that are out of order."""

    def ask(path: Path, **options: Any) -> np.ndarray:
        system, clips = supplied_scores(path, bench, **options), clips_of(bench)
        texts = [query.text for query in bench.queries]
        blocks = [system.retriever.scores(texts, clips.part(*part)) for part in ((70, len(clips)), (0, 70))]
        assert all(block.dtype == np.float32 for block in blocks)
        return np.concatenate(blocks[::-1], axis=1)

    return ask


def save(path: Path, matrix: np.ndarray, **said: Any) -> Path:
    np.save(path, matrix)
    if said:
        path.with_suffix(".json").write_text(json.dumps(said), encoding="utf-8")
    return path


def run_of(bench: Benchmark, scores: np.ndarray, *, depth: int | None = None) -> list[str]:
    """Return the lines of a TREC run, the best clips first."""
    lines = []
    for query, row in zip(bench.queries, scores, strict=True):
        for rank, clip in enumerate(np.argsort(-row)[:depth], start=1):
            lines.append(f"{query.query_id} Q0 {bench.scenes[clip].clip_id} {rank} {row[clip]:.9g} mine")
    return lines


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


# --- matrices ---


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_matrix_is_read_as_it_is(
    dtype: str, order: Any, scores: np.ndarray, read: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    stored = np.asarray(scores, dtype=dtype, order=order)
    assert np.array_equal(read(save(tmp_path / "clap.npy", stored)), stored.astype(np.float32))


def test_what_is_recorded_of_a_matrix(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    path = save(tmp_path / "clap.npy", scores)
    about = supplied_scores(path, bench).about
    assert (about.name, about.paradigm, about.reference, about.n_parameters) == ("clap", "other", False, None)
    assert about.version == hashlib.sha256(path.read_bytes()).hexdigest() and about.details == {}


def test_the_file_beside_a_matrix_tells_more(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    plain = supplied_scores(save(tmp_path / "clap.npy", scores), bench).about
    said = {"name": "CLAP", "paradigm": "CLIP-style", "n_parameters": 158_000_000, "model": {"revision": "8fa3"}}
    about = supplied_scores(save(tmp_path / "clap.npy", scores, **said), bench).about
    assert (about.name, about.paradigm, about.n_parameters) == ("CLAP", "CLIP-style", 158_000_000)
    assert about.details == {"model": {"revision": "8fa3"}}
    assert about.version != plain.version and about.version.startswith(plain.version)
    (tmp_path / "clap.json").write_text('{"paradigm": "reference"}')
    assert supplied_scores(tmp_path / "clap.npy", bench).about.reference


def test_a_matrix_in_another_order_is_put_right(
    bench: Benchmark, scores: np.ndarray, read: Callable[..., np.ndarray], rng: np.random.Generator, tmp_path: Path
) -> None:
    rows, columns = rng.permutation(len(scores)), rng.permutation(scores.shape[1])
    path = save(
        tmp_path / "a.npy",
        scores[rows][:, columns],
        query_ids=[bench.queries[row].query_id for row in rows],
        clip_ids=[bench.scenes[column].clip_id for column in columns],
    )
    assert np.array_equal(read(path), scores)
    path = save(tmp_path / "b.npy", scores[:, columns], clip_ids=[bench.scenes[c].clip_id for c in columns])
    assert np.array_equal(read(path), scores)


def test_a_bad_score_in_another_order_is_named_by_its_own_query_and_clip(
    bench: Benchmark, scores: np.ndarray, rng: np.random.Generator, tmp_path: Path
) -> None:
    rows, columns = rng.permutation(len(scores)), rng.permutation(scores.shape[1])
    scores[13, 21] = np.nan
    said = {"query_ids": [bench.queries[row].query_id for row in rows],
            "clip_ids": [bench.scenes[column].clip_id for column in columns]}  # fmt: skip
    query, clip = bench.queries[13].query_id, bench.scenes[21].clip_id
    row, column = rows.tolist().index(13), columns.tolist().index(21)
    message = rf"query '{query}' \(row {row}\) and clip '{clip}' \(column {column}\)"
    with pytest.raises(SystemFault, match=message):
        supplied_scores(save(tmp_path / "a.npy", scores[rows][:, columns], **said), bench)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s[1:], r"row for each of the 20 queries .* 200 clips .* shape \(20, 200\); got \(19, 200\)"),
        (lambda s: s[:, :-1], r"got \(20, 199\)"),
        (lambda s: s.T, r"got \(200, 20\)\. It looks transposed"),
        (lambda s: s.ravel(), r"got \(4000,\)"),
        (lambda s: s[None], r"got \(1, 20, 200\)"),
        (lambda s: s[:0], r"got \(0, 200\)"),
        (lambda s: np.float32(1), r"got \(\)"),
        (lambda s: s.astype(np.int64), r"must hold floats .*; got int64"),
        (lambda s: s > 0, r"must hold floats .*; got bool"),
        (lambda s: s.astype(np.complex64), r"must hold floats .*; got complex64"),
        (lambda s: s.astype(str), r"must hold floats"),
    ],
)
def test_a_matrix_of_another_shape_or_kind_is_refused(
    change: Any, message: str, bench: Benchmark, scores: np.ndarray, tmp_path: Path
) -> None:
    with pytest.raises(SystemFault, match=message):
        supplied_scores(save(tmp_path / "a.npy", change(scores)), bench)


@pytest.mark.parametrize(
    ("value", "dtype", "shown"),
    [(np.nan, "f4", "nan"), (np.inf, "f4", "inf"), (1e300, "f8", r"1e\+300"), (np.inf, "f2", "inf")],
)
def test_scores_that_are_no_numbers_are_named(
    value: float, dtype: str, shown: str, bench: Benchmark, scores: np.ndarray, tmp_path: Path
) -> None:
    matrix = scores.astype(dtype)
    matrix[3, 40], matrix[17, 2] = value, value
    query, clip = bench.queries[3].query_id, bench.scenes[40].clip_id
    message = rf"2 of 4,000 are not: the first is {shown} for query '{query}' \(row 3\) and clip '{clip}' \(column 40\)"
    with pytest.raises(SystemFault, match=message):
        supplied_scores(save(tmp_path / "a.npy", matrix), bench)


def test_a_clip_may_be_not_retrieved(
    bench: Benchmark, scores: np.ndarray, read: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    scores[4, 10:] = -np.inf
    assert np.array_equal(read(save(tmp_path / "a.npy", scores)), scores)
    scores[4] = -np.inf
    with pytest.raises(SystemFault, match=rf"no clip for 1 of the 20 queries: 1 \('{bench.queries[4].query_id}'\)"):
        read(save(tmp_path / "a.npy", scores))
    assert np.array_equal(read(tmp_path / "a.npy", missing="zero"), scores)


@pytest.mark.parametrize(
    "content", [b"", b"\x93NUMPY", b"no array at all", b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'shape': (20, 200)"]
)
def test_a_file_that_is_no_matrix(content: bytes, bench: Benchmark, tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(SystemFault, match=r"a\.npy' cannot be read as a \.npy file"):
        supplied_scores(tmp_path / "a.npy", bench)


def test_a_matrix_cut_short(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    path = save(tmp_path / "a.npy", scores)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SystemFault, match="cannot be read"):
        supplied_scores(path, bench)


def test_pickles_are_never_loaded(bench: Benchmark, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    np.save(tmp_path / "a.npy", np.array([[Trap()]], dtype=object), allow_pickle=True)
    with pytest.raises(SystemFault, match="cannot be read"):
        supplied_scores(tmp_path / "a.npy", bench)
    assert not (tmp_path / "sprung").exists()


def test_an_archive_is_no_matrix(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as file:
        np.savez(file, scores=scores)
    with pytest.raises(SystemFault, match="archive of arrays"):
        supplied_scores(tmp_path / "a.npy", bench)


def test_there_is_no_such_file(bench: Benchmark, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.npy", tmp_path):
        with pytest.raises(SystemFault, match="There is no file of scores"):
            supplied_scores(path, bench)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("[1]", r"a\.json' must hold one JSON object; got list"),
        ("{", r"a\.json' is not JSON"),
        ('{"name": ""}', "'name' must be a text; got ''"),
        ('{"name": 3}', "'name' must be a text; got '3'"),
        ('{"paradigm": "clip"}', "'paradigm' must be one of reference, two-stage, .*; got 'clip'"),
        ('{"paradigm": ["MLLM"]}', "'paradigm' must be one of"),
        ('{"n_parameters": 0}', "'n_parameters' must be a whole number above zero; got '0'"),
        ('{"n_parameters": 1.5}', "'n_parameters'"),
        ('{"n_parameters": true}', "'n_parameters'"),
        ('{"n_parameters": "7B"}', "'n_parameters'.*got '7B'"),
        ('{"query_ids": "all"}', "'query_ids' must be a list of texts"),
        ('{"clip_ids": [1, 2]}', "'clip_ids' must be a list of texts"),
        ('{"loss": [1, {"last": NaN}]}', "numbers that are finite"),
    ],
)
def test_a_bad_file_beside_the_scores(
    said: str, message: str, bench: Benchmark, scores: np.ndarray, tmp_path: Path
) -> None:
    path = save(tmp_path / "a.npy", scores)
    (tmp_path / "a.json").write_text(said)
    with pytest.raises(SystemFault, match=message):
        supplied_scores(path, bench)


def test_an_order_of_other_queries_or_clips_is_refused(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    queries = [query.query_id for query in bench.queries]
    clips = [scene.clip_id for scene in bench.scenes]
    for said, message in (
        (
            {"query_ids": [*queries[1:], "q-x"]},
            rf"20 queries .* 1 \('{queries[0]}'\) lacking, 1 \('q-x'\) unknown, 0 m",
        ),
        ({"query_ids": queries[:-1]}, rf"1 \('{queries[-1]}'\) lacking, 0 unknown, 0 more than once"),
        ({"clip_ids": clips[:-1] + clips[:1]}, rf"200 clips .* lacking, 0 unknown, 1 \('{clips[0]}'\) more than once"),
        ({"clip_ids": [*clips, clips[5]]}, rf"0 lacking, 0 unknown, 1 \('{clips[5]}'\) more than once"),
        ({"clip_ids": []}, r"200 \(.*, \.\.\.\) lacking"),
    ):
        with pytest.raises(SystemFault, match=message):
            supplied_scores(save(tmp_path / "a.npy", scores, **said), bench)


# --- TREC runs ---


def test_a_whole_run_is_the_matrix(
    bench: Benchmark, scores: np.ndarray, read: Callable[..., np.ndarray], rng: np.random.Generator, tmp_path: Path
) -> None:
    lines = run_of(bench, scores)
    shuffled = [lines[place] for place in rng.permutation(len(lines))]
    assert np.array_equal(read(write(tmp_path / "a.run", shuffled)), scores)
    # Tabs, spaces, empty lines and Windows' ends of lines are all the same to it.
    odd = ["", "  ", *(line.replace(" ", " \t") + "\r" for line in lines), ""]
    assert np.array_equal(read(write(tmp_path / "b.run", odd)), scores)


def test_clips_that_a_run_does_not_list_are_not_retrieved(
    bench: Benchmark, scores: np.ndarray, read: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    found = read(write(tmp_path / "a.txt", run_of(bench, scores, depth=10)))
    listed = found > -np.inf
    assert (listed.sum(axis=1) == 10).all()
    assert np.array_equal(found[listed], scores[listed])
    assert np.isneginf(found[~listed]).all()
    assert (scores[listed].reshape(20, 10).min(axis=1) > np.where(listed, -np.inf, scores).max(axis=1)).all()


def test_what_is_recorded_of_a_run(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    path = write(tmp_path / "mine.v2.run", run_of(bench, scores))
    assert supplied_scores(path, bench).about.name == "mine.v2"
    (tmp_path / "mine.v2.json").write_text('{"name": "Mine", "paradigm": "MLLM"}')
    about = supplied_scores(path, bench).about
    assert (about.name, about.paradigm) == ("Mine", "MLLM")


def test_queries_that_a_run_leaves_out(
    bench: Benchmark, scores: np.ndarray, read: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    gone = [query.query_id for query in bench.queries[2:6]]
    lines = [line for line in run_of(bench, scores, depth=30) if line.split()[0] not in gone]
    path = write(tmp_path / "a.run", lines)
    message = rf"no clip for 4 of the 20 queries: 4 \('{gone[0]}', '{gone[1]}', '{gone[2]}', \.\.\.\).*missing='zero'"
    with pytest.raises(SystemFault, match=message):
        supplied_scores(path, bench)
    found = read(path, missing="zero")
    assert np.isneginf(found[2:6]).all() and (np.delete(found, range(2, 6), axis=0) > -np.inf).any(axis=1).all()
    assert supplied_scores(path, bench, missing="zero").about.details["missing_queries"] == 4


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{q} Q0 {c} 1 0.5", r"line 3: expected the 6 columns .*; got 5"),
        ("{q} 0 {c} 1", r"line 3: expected the 6 columns .*; got 4"),
        ("{q} Q0 {c} 1 0.5 my run", r"line 3: expected the 6 columns .*; got 7"),
        ("{q} Q0 {c} 1 high mine", r"line 3: the score must be a finite number .*; got 'high'"),
        ("{q} Q0 {c} 1 nan mine", r"line 3: the score .*; got 'nan'"),
        ("{q} Q0 {c} 1 inf mine", r"line 3: the score .*; got 'inf'"),
        ("{q} Q0 {c} 1 -inf mine", r"line 3: the score .*; got '-inf'"),
        ("{q} Q0 {c} 1 1e39 mine", r"line 3: the score .*; got '1e39'"),
    ],
)
def test_a_malformed_line_is_named(
    line: str, message: str, bench: Benchmark, scores: np.ndarray, tmp_path: Path
) -> None:
    lines = run_of(bench, scores)
    lines[2] = line.format(q=lines[2].split()[0], c=lines[2].split()[2])
    with pytest.raises(SystemFault, match=message):
        supplied_scores(write(tmp_path / "a.run", lines), bench)


def test_the_same_pair_twice_is_refused(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    lines = run_of(bench, scores, depth=5)
    query, _, clip, *_ = lines[7].split()
    lines += [lines[7].replace("mine", "again"), lines[9]]
    message = rf"line 101: query '{query}' lists clip '{clip}' for the second time; 2 lines"
    with pytest.raises(SystemFault, match=message):
        supplied_scores(write(tmp_path / "a.run", lines), bench)


def test_a_run_for_another_benchmark_is_refused(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    lines = run_of(bench, scores)
    foreign = [*lines[:5], "q-x Q0 clip-001 1 0.5 mine", f"{bench.queries[0].query_id} Q0 doc-9 1 0.5 mine",
               "q-y Q0 doc-8 2 0.1 mine", *lines[5:]]  # fmt: skip
    message = (
        r"names 2 \('q-x', 'q-y'\) queries that the benchmark has not, first on line 6, and 1 \('doc-9'\) clips "
        r"that the benchmark has not, first on line 7: it is a run for another benchmark"
    )
    with pytest.raises(SystemFault, match=message):
        supplied_scores(write(tmp_path / "a.run", foreign), bench)
    # Not even when missing queries may count as wrong.
    with pytest.raises(SystemFault, match="another benchmark"):
        supplied_scores(tmp_path / "a.run", bench, missing="zero")


def test_files_that_are_no_runs(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    (tmp_path / "a.run.gz").write_bytes(gzip.compress(b"q Q0 c 1 1 t\n"))
    with pytest.raises(SystemFault, match="is compressed; unpack it first"):
        supplied_scores(tmp_path / "a.run.gz", bench)
    with (tmp_path / "a.scores").open("wb") as file:
        np.save(file, scores)
    with pytest.raises(SystemFault, match=r"neither \.npy nor a TREC run in UTF-8"):
        supplied_scores(tmp_path / "a.scores", bench)
    (tmp_path / "empty.run").touch()
    with pytest.raises(SystemFault, match="no clip for 20 of the 20 queries"):
        supplied_scores(tmp_path / "empty.run", bench)


def test_scores_are_asked_for_what_they_were_supplied_for(bench: Benchmark, scores: np.ndarray, tmp_path: Path) -> None:
    from systems.toy import toy_clips

    retriever = supplied_scores(save(tmp_path / "a.npy", scores), bench).retriever
    with pytest.raises(SystemFault, match="for 20 queries; asked for 1"):
        retriever.scores(["one"], clips_of(bench))
    with pytest.raises(SystemFault, match="No scores were supplied for clip 'toy-0'"):
        retriever.scores([query.text for query in bench.queries], toy_clips(2, prefix="toy"))
