"""Exact search: the k nearest of a corpus to each query, by inner product, chunk by chunk.

For vectors of length 1 the inner product is the cosine. The whole score matrix is never held, so a corpus may be larger
than memory (a memory-mapped file, for instance). Nothing is approximated, and nothing is indexed beforehand: the time
is that of one matrix product.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import SystemFault

__all__ = ["Found", "top_k"]

_Vectors = npt.NDArray[np.floating]
_Scores = npt.NDArray[np.float32]
_Ints = npt.NDArray[np.intp]

# The vectors of a block: with 32, one pass for the blocks' maxima leaves few enough of them to sort.
_BLOCK = 32
# Few large products, for threads wait for each other at the end of each; yet no more than 32 MiB of scores at once.
_SCORES_AT_ONCE, _VECTORS_AT_ONCE = 2**23, 2**16


class Found(NamedTuple):
    """The best of a corpus for each query, the best first; of equal scores the lower index comes first."""

    indices: _Ints
    """Their places in the corpus, shape (n, min(k, m))."""
    scores: _Scores
    """Their inner products, shape (n, min(k, m)), float32."""


def top_k(queries: _Vectors, corpus: _Vectors, *, k: int, chunk: int | None = None) -> Found:
    """Return the k vectors of a corpus that have the greatest inner products with each query.

    Products are taken in float32. What is equal is what this product makes equal: it may differ from one taken over
    another number of vectors at once in the last bit.

    Parameters
    ----------
    queries
        Shape (n, d).
    corpus
        Shape (m, d); only ``chunk`` rows are read at a time.
    k
        How many to find, at least 1.
    chunk
        How many vectors are compared at once; memory grows with ``n * chunk``, not with m. None chooses some that
        make the product quick and take 32 MiB.

    Raises
    ------
    SystemFault
        When the shapes do not fit, or a product is NaN or ``+inf``, which names the query and the vector.

    Examples
    --------
    >>> found = top_k(np.eye(2), np.array([[0.6, 0.8], [1.0, 0.0], [0.8, 0.6]]), k=2)
    >>> found.indices.tolist()
    [[1, 2], [0, 2]]
    """
    if chunk is None:
        chunk = min(_VECTORS_AT_ONCE, _SCORES_AT_ONCE // max(len(queries), 1) + 1)
    if k < 1 or chunk < 1:
        raise ValueError(f"k and chunk must be at least 1; got {k} and {chunk}.")
    if queries.ndim != 2 or corpus.ndim != 2 or queries.shape[1] != corpus.shape[1]:
        raise SystemFault(f"Expected queries (n, d) and a corpus (m, d); got {queries.shape} and {corpus.shape}.")
    n, m, wanted = len(queries), len(corpus), np.ascontiguousarray(queries, dtype=np.float32)
    best = Found(np.zeros((n, 0), np.intp), np.zeros((n, 0), np.float32))
    room = np.empty(n * min(chunk, m), np.float32)
    for start in range(0, m, chunk):
        some = np.asarray(corpus[start : start + chunk], dtype=np.float32)
        products = room[: n * len(some)].reshape(n, len(some))
        with np.errstate(invalid="ignore", over="ignore"):  # looked for below, and told with its place
            np.matmul(wanted, some.T, out=products)
        best = _merged(best, products, start, k)
    return best


def _merged(best: Found, products: _Scores, start: int, k: int) -> Found:
    """Return the best of what was found before and of the products with one more chunk, which comes after it."""
    n, size = products.shape
    before = best.scores.shape[1]
    least = _least(products, start, k)
    if before == k:
        # What only equals the last of those found comes after it.
        least = np.maximum(least, np.nextafter(best.scores[:, -1], np.float32(np.inf)))
    query, place = _reaching(products, least, k)
    if before == k and not len(query):
        return best
    rows = np.concatenate((np.repeat(np.arange(n), before), query))
    indices = np.concatenate((best.indices.ravel(), place + start))
    scores = np.concatenate((best.scores.ravel(), products[query, place]))
    # Equal scores stay as they stand: those found before, then by place.
    order = np.lexsort((-scores, rows))
    count = np.bincount(rows, minlength=n)
    taken = order[(np.cumsum(count) - count)[:, None] + np.arange(min(k, before + size))]
    return Found(indices[taken], scores[taken])


def _least(products: _Scores, start: int, k: int) -> _Scores:
    """Return for each query a score that at least k of the chunk reach, or all of them, and few exceed; shape (n,).

    The k-th greatest of the maxima of blocks is one: fewer than ``k`` blocks hold a greater one.
    """
    n, size = products.shape
    block = _BLOCK if size >= 4 * k * _BLOCK else 1
    # A block holds one vector of each stretch, not neighbours: the maximum then runs over long rows. The vectors after
    # the last whole stretch are blocks of their own.
    whole = size // block * block
    greatest = np.concatenate(
        (products[:, :whole].reshape(n, block, whole // block).max(axis=1), products[:, whole:]), axis=1
    )
    if not (greatest < np.inf).all():
        query, place = np.argwhere(~(products < np.inf))[0]
        raise SystemFault(
            f"The inner product of query {query} and vector {start + place} of the corpus is {products[query, place]}; "
            "expected finite vectors."
        )
    depth = min(k, greatest.shape[1])
    return np.partition(greatest, greatest.shape[1] - depth, axis=1)[:, greatest.shape[1] - depth]


def _reaching(products: _Scores, least: _Scores, k: int) -> tuple[_Ints, _Ints]:
    """Return the queries and places of the products that reach the least, in order.

    Of those that only just reach it the first k are enough: however many tie, few are sorted.
    """
    query, place = np.divmod(np.flatnonzero(products >= least[:, None]), products.shape[1])
    just = products[query, place] == least[query]
    seen = np.concatenate(([0], np.cumsum(just)))
    rank = seen[1:] - seen[np.searchsorted(query, np.arange(len(least)))][query]
    wanted = ~just | (rank <= k)
    return query[wanted], place[wanted]
