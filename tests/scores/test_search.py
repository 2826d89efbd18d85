"""Exact search against sorting everything."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from earwitness.errors import SystemFault
from earwitness.scores.search import Found, top_k


def by_sorting(queries: npt.NDArray[np.floating], corpus: npt.NDArray[np.floating], k: int) -> Found:
    """Sort all products of each query; of equal ones the lower index comes first."""
    products = queries.astype(np.float32) @ corpus.astype(np.float32).T
    order = np.argsort(-products, axis=1, kind="stable")[:, :k]
    return Found(order, np.take_along_axis(products, order, axis=1))


def assert_same(found: Found, expected: Found) -> None:
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_array_equal(found.scores, expected.scores)
    assert found.scores.dtype == np.float32 and found.indices.dtype == np.intp


@st.composite
def small_vectors(draw: st.DrawFn) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Whole numbers, whose products are exact in any order of adding, and of which many tie."""
    n, m, d = draw(st.integers(0, 4)), draw(st.integers(0, 300)), draw(st.integers(1, 3))
    numbers = st.integers(-2, 2).map(np.float32)
    return draw(hnp.arrays(np.float32, (n, d), elements=numbers)), draw(
        hnp.arrays(np.float32, (m, d), elements=numbers)
    )


@given(small_vectors(), st.integers(1, 12), st.integers(1, 320))
def test_it_is_what_sorting_gives(
    vectors: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]], k: int, chunk: int
) -> None:
    queries, corpus = vectors
    assert_same(top_k(queries, corpus, k=k, chunk=chunk), by_sorting(queries, corpus, k))


@pytest.mark.parametrize("chunk", [None, 1, 7, 500, 1_999, 2_000, 2_001, 10_000])
@pytest.mark.parametrize("k", [1, 10, 100])
def test_chunks_change_nothing(k: int, chunk: int | None, rng: np.random.Generator) -> None:
    """Whole numbers again, in chunks that are searched by blocks and in others."""
    queries, corpus = (rng.integers(-9, 10, (n, 16)).astype(np.float32) for n in (5, 2_000))
    assert_same(top_k(queries, corpus, k=k, chunk=chunk), by_sorting(queries, corpus, k))


def test_unit_vectors_are_found_by_their_cosine(rng: np.random.Generator) -> None:
    corpus = rng.normal(size=(5_000, 64))
    corpus /= np.linalg.norm(corpus, axis=1, keepdims=True)
    found = top_k(corpus[100:140], corpus, k=5, chunk=1_024)
    assert found.indices[:, 0].tolist() == list(range(100, 140))
    assert found.scores[:, 0] == pytest.approx(1.0)
    expected = by_sorting(corpus[100:140], corpus, 5)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-6)


@pytest.mark.parametrize("order", ["rising", "falling", "equal"])
def test_orders_in_which_every_vector_beats_the_last(order: str) -> None:
    """A corpus that gets better and better, or worse and worse, or is all alike."""
    values = {"rising": np.arange(3_000), "falling": -np.arange(3_000), "equal": np.ones(3_000)}[order]
    corpus, queries = values.astype(np.float32)[:, None], np.array([[1.0], [-1.0], [0.0]], np.float32)
    for chunk in (64, 1_500, 4_000):
        assert_same(top_k(queries, corpus, k=10, chunk=chunk), by_sorting(queries, corpus, 10))


def test_a_corpus_smaller_than_k_is_all_found() -> None:
    found = top_k(np.eye(2), np.array([[1.0, 2.0], [3.0, 1.0]]), k=5)
    assert found.indices.tolist() == [[1, 0], [0, 1]]
    assert top_k(np.eye(2), np.zeros((0, 2)), k=5).indices.shape == (2, 0)
    assert top_k(np.zeros((0, 2)), np.eye(2), k=1).indices.shape == (0, 1)


def test_products_beyond_float32_that_are_merely_bad_come_last() -> None:
    corpus = np.array([[-3e38], [1.0], [2.0]], np.float32)
    found = top_k(np.array([[3.0]], np.float32), corpus, k=3, chunk=2)
    assert found.indices.tolist() == [[2, 1, 0]]
    assert found.scores[0, 2] == -np.inf


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", [3, 2_500, 2_999])
def test_what_is_not_finite_is_named(bad: float, place: int, rng: np.random.Generator) -> None:
    queries, corpus = rng.random((4, 3)) + 1, rng.random((3_000, 3))
    corpus[place, 1] = bad
    with pytest.raises(SystemFault, match=rf"query 0 and vector {place} of the corpus is {bad}; expected finite"):
        top_k(queries, corpus, k=2, chunk=1_000)
    with pytest.raises(SystemFault, match="query 2 and vector 0 of the corpus is nan"):
        top_k(np.where(np.arange(4)[:, None] == 2, np.nan, queries), corpus[:3], k=2)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(SystemFault, match=r"got \(2, 2\) and \(3, 3\)"):
        top_k(np.eye(2), np.eye(3), k=1)
    with pytest.raises(ValueError, match="at least 1; got 0 and 5"):
        top_k(np.eye(2), np.eye(2), k=0, chunk=5)


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path, rng: np.random.Generator) -> None:
    """A corpus that lies in a file, ten times as long; it is read chunk by chunk."""
    np.save(tmp_path / "corpus.npy", rng.random((50_000, 32), dtype=np.float32))
    corpus, queries = np.load(tmp_path / "corpus.npy", mmap_mode="r"), rng.random((20, 32))

    def peak(m: int) -> int:
        tracemalloc.start()
        try:
            top_k(queries, corpus[:m], k=10, chunk=1_000)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(5_000)  # imports and caches
    few, many = peak(5_000), peak(50_000)
    assert many < 1.2 * few < 1_000_000
