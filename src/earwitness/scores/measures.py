"""Measures of retrieval, as values that print and parse back, and as one number for each query.

Conventions
-----------
_Scores are float32, shape (n_queries, n_clips); greater is better; ``-inf`` means "not retrieved" and earns nothing.
Documents that tie are in no order, so a measure is its *expected value over all orders* of the tied: a system that
gives one score to everything earns chance, whatever the clips are called. Relevance is binary.

Measures
--------
``Acc@k``   whether a relevant clip is among the first k; range 0 to 1
``nDCG@k``  discounted gain of the first k over the best possible one (Järvelin and Kekäläinen 2002, linear gain)
``R@k``     the share of the relevant clips that is among the first k; at most k / n where n > k are relevant
``MRR``     one over the rank of the first relevant clip, over the whole corpus
``AP``      average precision over the whole corpus
``2AFC``    whether the clip that answers scores above the one that does not: 1, 0, or a half when they tie

Expected values over ties after McSherry and Najork, "Computing information retrieval performance measures efficiently
in the presence of tied scores", ECIR 2008.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import MeasureError, SystemFault
from earwitness.scores.judged import Rows

__all__ = [
    "ACC1",
    "HEADLINE",
    "NDCG10",
    "TWO_OPTION",
    "Measure",
    "chance",
    "checked",
    "per_pair",
    "per_query",
    "tied_first",
]

_Scores = npt.NDArray[np.float32]
_Values = npt.NDArray[np.float64]

_WITH_DEPTH = ("Acc", "nDCG", "R")
_WHOLE = ("MRR", "AP", "2AFC")
# The clips of a block; with 64 a bound for the best 10 of 10,000 lets about 10 through.
_BLOCK = 64


@dataclass(frozen=True, order=True)
class Measure:
    """The name of a measure; ``str`` gives its text, ``Measure.parse`` reads it back."""

    name: str
    """``"Acc"``, ``"nDCG"``, ``"R"``, ``"MRR"``, ``"AP"`` or ``"2AFC"``."""
    depth: int | None = None
    """How many of the first clips count; None means all of them."""

    def __post_init__(self) -> None:
        if self.name not in (*_WITH_DEPTH, *_WHOLE) or (self.depth is None) != (self.name in _WHOLE):
            raise MeasureError(f"There is no measure '{self}'; expected Acc@k, nDCG@k, R@k, MRR, AP or 2AFC.")
        if self.depth is not None and self.depth < 1:
            raise MeasureError(f"The depth of a measure must be at least 1; got '{self}'.")

    def __str__(self) -> str:
        return self.name if self.depth is None else f"{self.name}@{self.depth}"

    @classmethod
    def parse(cls, text: str) -> Measure:
        """Read a measure as the field writes it.

        Examples
        --------
        >>> Measure.parse("nDCG@10")
        Measure(name='nDCG', depth=10)
        """
        found = re.fullmatch(r"([A-Za-z0-9]+?)(?:@([0-9]{1,9}))?", text.strip())
        if found is None:
            raise MeasureError(f"There is no measure '{text}'; expected Acc@k, nDCG@k, R@k, MRR, AP or 2AFC.")
        return cls(found[1], None if found[2] is None else int(found[2]))


ACC1, NDCG10 = Measure("Acc", 1), Measure("nDCG", 10)
"""The measures of the published table."""
HEADLINE = (ACC1, NDCG10, Measure("R", 10), Measure("MRR"), Measure("AP"))
"""The measures over the whole corpus that are reported, the published ones first."""
TWO_OPTION = Measure("2AFC")


class _Group(NamedTuple):
    """Sets of clips that tie, one to an entry; all arrays have the same shape."""

    query: npt.NDArray[np.intp]
    above: npt.NDArray[np.intp]  # how many clips score higher
    size: npt.NDArray[np.intp]  # how many tie
    hits: npt.NDArray[np.intp]  # how many of them are relevant
    hits_above: npt.NDArray[np.intp]  # how many relevant ones score higher


def checked(scores: npt.NDArray[np.floating], *, system: str, clip_ids: Sequence[str] | None = None) -> _Scores:
    """Return scores as float32, or say which is not a number.

    Raises
    ------
    SystemFault
        Naming the system, the row and the clip of the first NaN or ``+inf``. A broken model is not a bad one.
    """
    scores = np.ascontiguousarray(scores, dtype=np.float32)
    # The greatest of a row is NaN where one is NaN: one pass, and no second array.
    greatest = scores.max(axis=1, initial=-np.inf)
    bad = np.flatnonzero(~(greatest < np.inf))
    if len(bad):
        row = int(bad[0])
        column = int(np.flatnonzero(~(scores[row] < np.inf))[0])
        clip = f"clip '{clip_ids[column]}'" if clip_ids is not None else f"column {column}"
        raise SystemFault(
            f"System '{system}' gave {scores[row, column]} for query number {row + 1} and {clip}; expected finite "
            f"numbers, or -inf for 'not retrieved'. {len(bad):,} of {len(scores):,} queries hold such a score."
        )
    return scores


def per_query(measures: Sequence[Measure], scores: _Scores, relevant: Rows) -> dict[Measure, _Values]:
    """Return each measure of each query.

    Parameters
    ----------
    measures
        Any but ``2AFC``.
    scores
        Shape (n_queries, n_clips), as ``checked`` gives them.
    relevant
        The relevant clips of each query, at least one.

    Returns
    -------
    dict of Measure to numpy.ndarray
        Shape (n_queries,), float64, each in [0, 1].
    """
    values: dict[Measure, _Values] = {}
    depths = [measure.depth for measure in measures if measure.depth is not None]
    shallow = _first_groups(scores, relevant, depth=max(depths)) if depths else None
    deep = _all_groups(scores, relevant) if any(measure.name == "AP" for measure in measures) else None
    for measure in measures:
        if measure.name == "2AFC":
            raise MeasureError("2AFC is a measure of pairs: use per_pair.")
        if measure.name == "MRR":
            values[measure] = _reciprocal_rank(_best_groups(scores, relevant), len(scores))
        elif measure.name == "AP":
            assert deep is not None
            values[measure] = _summed(deep.query, _precisions(deep), len(scores)) / relevant.count
        else:
            assert shallow is not None and measure.depth is not None
            values[measure] = _SHALLOW[measure.name](shallow, measure.depth, relevant.count)
    return values


def per_pair(scores: _Scores, pairs: npt.NDArray[np.intp]) -> _Values:
    """Return the two-option test of each pair.

    Parameters
    ----------
    scores
        Shape (n_queries, n_clips), as ``checked`` gives them.
    pairs
        Query, the clip that answers, the clip that does not; shape (n_pairs, 3).

    Returns
    -------
    numpy.ndarray
        Shape (n_pairs,): 1, 0, or 0.5 for a tie. NaN where neither clip was retrieved: the run does not say.
    """
    right, wrong = scores[pairs[:, 0], pairs[:, 1]], scores[pairs[:, 0], pairs[:, 2]]
    values = np.where(right > wrong, 1.0, np.where(right < wrong, 0.0, 0.5))
    values[np.isneginf(right) & np.isneginf(wrong)] = np.nan
    return values


def chance(measures: Sequence[Measure], relevant: Rows, *, n_clips: int) -> dict[Measure, _Values]:
    """Return what each measure is worth to a system that guesses: its exact expected value, query by query.

    A guess is a random order, and so is one tie of everything.
    """
    n_queries, none = len(relevant.count), np.zeros(len(relevant.count), np.intp)
    everything = _Group(np.arange(n_queries), none, np.full(n_queries, n_clips), relevant.count, none)
    values: dict[Measure, _Values] = {}
    for measure in measures:
        if measure.name == "2AFC":
            raise MeasureError("2AFC is a measure of pairs; by chance it is a half.")
        if measure.name == "MRR":
            values[measure] = _reciprocal_rank(everything, n_queries)
        elif measure.name == "AP":
            values[measure] = _precisions(everything) / relevant.count
        else:
            assert measure.depth is not None
            values[measure] = _SHALLOW[measure.name](everything, measure.depth, relevant.count)
    return values


def tied_first(scores: _Scores) -> npt.NDArray[np.bool_]:
    """Return for each query whether more than one clip shares the highest score; shape (n_queries,)."""
    best = scores.max(axis=1, keepdims=True)
    tied: npt.NDArray[np.bool_] = np.count_nonzero(scores == best, axis=1) > 1
    return tied


def _summed(query: npt.NDArray[np.intp], values: _Values, n_queries: int) -> _Values:
    return np.bincount(query, weights=values, minlength=n_queries).astype(np.float64, copy=False)


def _grouped(query: npt.NDArray[np.intp], score: _Scores, hit: npt.NDArray[np.bool_], n_queries: int) -> _Group:
    """Gather entries, which hold the best of each query, into sets of equal score."""
    order = np.lexsort((-score, query))
    query, score, hit = query[order], score[order], hit[order]
    starts = np.ones(len(query), dtype=np.bool_)
    starts[1:] = (query[1:] != query[:-1]) | (score[1:] != score[:-1])
    first = np.flatnonzero(starts)
    size = np.diff(np.append(first, len(query)))
    before = np.concatenate(([0], np.cumsum(hit)))
    row_start = np.searchsorted(query, np.arange(n_queries))
    of = query[first]
    return _Group(
        of, first - row_start[of], size, before[first + size] - before[first], before[first] - before[row_start[of]]
    )


def _hits(
    relevant: Rows, query: npt.NDArray[np.intp], clip: npt.NDArray[np.intp], n_clips: int
) -> npt.NDArray[np.bool_]:
    """Return which entries are relevant, by looking each up among the sorted (query, clip) pairs."""
    known = relevant.query * n_clips + relevant.clip
    asked = query * n_clips + clip
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    found: npt.NDArray[np.bool_] = known[place] == asked
    return found


def _first_groups(scores: _Scores, relevant: Rows, *, depth: int) -> _Group:
    """Return the tied sets that hold the first ``depth`` clips of each query.

    Only the clips above the bound are looked at one by one, and those are few however many tie: the set that ties at
    the bound itself is merely counted.
    """
    n_queries, n_clips = scores.shape
    bound = _bound(scores, depth)
    query, clip = np.divmod(np.flatnonzero(scores > bound[:, None]), n_clips)
    score = scores[query, clip]
    better = _grouped(query, score, _hits(relevant, query, clip, n_clips), n_queries)
    above = np.bincount(query, minlength=n_queries)
    hits_above = np.bincount(better.query, weights=better.hits, minlength=n_queries).astype(np.intp)
    size = np.count_nonzero(scores >= bound[:, None], axis=1) - above
    at_bound = scores[relevant.query, relevant.clip] == bound[relevant.query]
    hits = np.bincount(relevant.query[at_bound], minlength=n_queries)
    level = _Group(np.arange(n_queries), above, size, hits, hits_above)
    retrieved = bound > -np.inf
    return _Group(*(np.concatenate((a, b[retrieved])) for a, b in zip(better, level, strict=True)))


def _bound(scores: _Scores, depth: int) -> _Scores:
    """Return for each query a score that at least ``depth`` clips reach and few exceed, shape (n_queries,).

    The ``depth``-th greatest of the maxima of blocks is such a score, found in one pass over the matrix: fewer than
    ``depth`` blocks hold a greater one, so fewer than ``depth`` times ``_BLOCK`` clips exceed it.
    """
    n_queries, n_clips = scores.shape
    if n_clips // _BLOCK < 4 * depth:
        depth = min(depth, n_clips)
        return np.partition(scores, n_clips - depth, axis=1)[:, n_clips - depth]
    # A block holds one clip of each stretch, not neighbours: the maximum then runs over long rows. The clips after
    # the last whole stretch are blocks of their own.
    whole = n_clips // _BLOCK * _BLOCK
    greatest = np.concatenate((scores[:, :whole].reshape(n_queries, _BLOCK, -1).max(axis=1), scores[:, whole:]), axis=1)
    return np.partition(greatest, greatest.shape[1] - depth, axis=1)[:, greatest.shape[1] - depth]


def _best_groups(scores: _Scores, relevant: Rows) -> _Group:
    """Return for each query the tied set of its best relevant clip; a query without a retrieved one has none."""
    mine = scores[relevant.query, relevant.clip]
    best = np.maximum.reduceat(mine, relevant.start[:-1])
    above = np.count_nonzero(scores > best[:, None], axis=1)
    size = np.count_nonzero(scores >= best[:, None], axis=1) - above
    hits = np.bincount(relevant.query[mine == best[relevant.query]], minlength=len(scores))
    query = np.flatnonzero(best > -np.inf)
    return _Group(query, above[query], size[query], hits[query], np.zeros(len(query), np.intp))


def _all_groups(scores: _Scores, relevant: Rows) -> _Group:
    """Return every tied set that holds a relevant clip, over the whole corpus."""
    parts = [np.empty((len(_Group._fields), 0), np.intp)]
    for query, row in enumerate(scores):
        wanted = np.unique(row[relevant.of(query)])
        wanted = wanted[wanted > -np.inf]
        ordered = np.sort(row)
        below, up_to = np.searchsorted(ordered, wanted), np.searchsorted(ordered, wanted, side="right")
        mine = np.sort(row[relevant.of(query)])
        mine_below, mine_up_to = np.searchsorted(mine, wanted), np.searchsorted(mine, wanted, side="right")
        parts.append(
            np.stack(
                [
                    np.full(len(wanted), query),
                    len(row) - up_to,
                    up_to - below,
                    mine_up_to - mine_below,
                    len(mine) - mine_up_to,
                ]
            )
        )
    return _Group(*np.concatenate(parts, axis=1))


def _accuracy(groups: _Group, depth: int, n_relevant: npt.NDArray[np.intp]) -> _Values:
    """Return the chance that some relevant clip is among the first ``depth``.

    It is in the first set with a hit that reaches into the first ``depth``: one less the chance that the places left
    there all go to clips that are not relevant.
    """
    use = (groups.hits > 0) & (groups.hits_above == 0) & (groups.above < depth)
    query, places = groups.query[use], np.minimum(depth - groups.above[use], groups.size[use])
    size, hits = groups.size[use], groups.hits[use]
    missed = np.ones(len(query))
    for place in range(int(places.max(initial=0))):
        share = np.clip((size - hits - place) / np.maximum(size - place, 1), 0.0, 1.0)
        missed *= np.where(place < places, share, 1.0)
    return _summed(query, 1.0 - missed, len(n_relevant))


def _recall(groups: _Group, depth: int, n_relevant: npt.NDArray[np.intp]) -> _Values:
    places = np.clip(depth - groups.above, 0, groups.size)
    return _summed(groups.query, groups.hits * places / groups.size, len(n_relevant)) / n_relevant


def _gain(groups: _Group, depth: int, n_relevant: npt.NDArray[np.intp]) -> _Values:
    ranks = np.arange(1, depth + 1)
    total = np.concatenate(([0.0], np.cumsum(1.0 / np.log2(ranks + 1))))
    first, last = np.minimum(groups.above, depth), np.minimum(groups.above + groups.size, depth)
    gain = groups.hits / groups.size * (total[last] - total[first])
    return _summed(groups.query, gain, len(n_relevant)) / total[np.minimum(n_relevant, depth)]


def _reciprocal_rank(groups: _Group, n_queries: int) -> _Values:
    """Return the expected reciprocal rank: the first of ``hits`` places drawn out of ``size`` below ``above``."""
    values = np.asarray(1.0 / (groups.above + 1.0), dtype=np.float64)
    for place in np.flatnonzero(groups.size > 1):
        above, size, hits = (int(column[place]) for column in (groups.above, groups.size, groups.hits))
        # The chance that the first hit is the j-th: j - 1 misses, then a hit; a product, taken step by step.
        step = np.arange(size - hits + 1)
        misses = np.concatenate(([1.0], np.cumprod((size - hits - step[:-1]) / (size - step[:-1]))))
        values[place] = np.sum(misses * hits / (size - step) / (above + 1.0 + step))
    return _summed(groups.query, values, n_queries)


def _precisions(groups: _Group) -> _Values:
    """Return the expected sum of the precisions at the relevant clips of each set."""
    size, hits, above, before = groups.size, groups.hits, groups.above, groups.hits_above
    sums = np.where(size == 1, hits * (before + 1.0) / (above + 1.0), 0.0)
    for place in np.flatnonzero(size > 1):
        n = int(size[place])
        step = np.arange(n)
        among = 1.0 + before[place] + step * (hits[place] - 1) / (n - 1)
        sums[place] = hits[place] / n * np.sum(among / (above[place] + 1.0 + step))
    return sums


_SHALLOW = {"Acc": _accuracy, "R": _recall, "nDCG": _gain}
