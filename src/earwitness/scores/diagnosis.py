"""Where the error lies: what the first clip breaks, matching beside reasoning, and what perfect reasoning would earn.

Conventions
-----------
Scores are float32, shape (n_queries, n_clips), as ``measures.checked`` gives them; ``-inf`` is "not retrieved". What
ties counts at its expected value over all orders. Shares are 0 to 1.

Every clip stands to a query in one of three ways. It is *relevant*; or a sound that the query needs is *missing*; or
it is *confusable*: every sound is there and the logic is broken. To rank a clip with a missing sound first is an
error of matching, to rank a confusable one first is an error of reasoning.

What if it could reason
-----------------------
Let a system keep its ranking and be given a judge that looks at the clips from the top. The judge rejects each
confusable clip with probability q, independently, and leaves all others alone; the first clip that is not rejected
is the answer. It is right when the first clip that is not confusable is relevant and each of the c confusable clips
above it is rejected. With w[c] the share of the queries of which that is so,

    Acc@1(q) = sum over c of w[c] * q**c

At q = 0 this is the measured Acc@1. At q = 1 what is lacking to 1 are errors of matching alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.logic.constraint import (
    Absent,
    All,
    Before,
    Boolean,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Not,
    Overlap,
    Present,
    excluded_by,
)
from earwitness.logic.plan import EventTable, relevant
from earwitness.reasonaudio.folder import Benchmark
from earwitness.scores.judged import Judged
from earwitness.scores.measures import per_pair
from earwitness.scores.stats import estimate, two_option_test
from earwitness.systems.base import Scores

__all__ = [
    "FAULTS",
    "Codes",
    "PolarityBias",
    "Reasoning",
    "accuracy_with_reasoning",
    "faults",
    "first_faults",
    "places_before_first",
    "polarity_bias",
    "reasoning_curve",
    "retrieval_and_reasoning",
    "task_means",
    "wrong_first",
]

FAULTS = (
    "none",
    "sound missing",
    "excluded sound present",
    "order",
    "overlap",
    "duration",
    "count",
    "several",
)
"""What a clip can break of a query; a code of ``faults`` is a place here. ``"several"`` means several kinds."""

_Values = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]
_Mask = npt.NDArray[np.bool_]

_NONE, _MISSING, _EXCLUDED, _ORDER, _OVERLAP, _DURATION, _COUNT, _SEVERAL = range(len(FAULTS))
# Clips from this code on hold every sound that is needed.
_FIRST_CONFUSABLE = _EXCLUDED
_CODE: dict[type[Constraint], int] = {
    Present: _MISSING,
    Absent: _EXCLUDED,
    Before: _ORDER,
    Overlap: _OVERLAP,
    During: _OVERLAP,
    Lasts: _DURATION,
    Longer: _DURATION,
    Count: _COUNT,
}


# --- what a clip breaks ---


def faults(benchmark: Benchmark, judged: Judged) -> Codes:
    """Say for every query and every clip what the clip breaks of the query.

    A clause that is broken and names a sound that is not heard is broken by that alone. What a clip breaks as a whole:

    - nothing, exactly where ``logic.plan.relevant`` says that the constraint holds;
    - else "sound missing" where some broken clause lacks a sound that it needs, whatever else is broken;
    - else the kind of the broken clauses where all are of one kind, and "several" where they are not.

    Of an ``any`` every part is broken, or it would hold. A ``not`` that is broken is of the kind of what holds inside
    it; what is denied and heard is an excluded sound. Sounds of a clause that holds may be missing: "not (a before
    b)" is true where there is no b.

    Parameters
    ----------
    benchmark
        The benchmark: what is heard in each clip.
    judged
        The same as arrays: what each query means.

    Returns
    -------
    numpy.ndarray
        Places in ``FAULTS``, shape (n_queries, n_clips), uint8.
    """
    table = EventTable.from_timelines(scene.timeline for scene in benchmark.scenes)
    heard = {label: relevant(Present(label), table) for label in table.labels}
    codes = np.empty((len(judged.constraints), table.n_clips), dtype=np.uint8)
    for row, constraint in zip(codes, judged.constraints, strict=True):
        row[:] = _CODE_OF_KINDS[_kinds_broken(constraint, table, heard, holds=True)]
    return codes


def _code_of(kinds: int) -> int:
    """Return the code of a set of faults, given as one bit for each."""
    if kinds & 1 << _MISSING:
        return _MISSING
    found = [code for code in range(_EXCLUDED, _SEVERAL) if kinds & 1 << code]
    return _NONE if not found else found[0] if len(found) == 1 else _SEVERAL


_CODE_OF_KINDS: Codes = np.array([_code_of(kinds) for kinds in range(1 << _SEVERAL)], dtype=np.uint8)


def _kinds_broken(constraint: Constraint, table: EventTable, heard: Mapping[str, _Mask], *, holds: bool) -> Codes:
    """Return for each clip one bit for each kind of fault that keeps a constraint from being as ``holds`` says.

    There are none exactly where ``relevant(constraint, table) == holds``.
    """
    if isinstance(constraint, Not):
        return _kinds_broken(constraint.inner, table, heard, holds=not holds)
    if isinstance(constraint, Boolean):
        parts = [_kinds_broken(part, table, heard, holds=holds) for part in constraint.inner]
        kinds: Codes = np.bitwise_or.reduce(parts)
        # An "all" that should hold is broken by one part, and so is an "any" that should not; else every part must be.
        return kinds if isinstance(constraint, All) == holds else np.where(np.all(parts, axis=0), kinds, np.uint8(0))
    wrong = relevant(constraint, table) != holds
    complete = np.ones(table.n_clips, dtype=np.bool_)
    for label in dict.fromkeys(constraint.labels):
        complete &= heard.get(label, np.False_)
    code = _EXCLUDED if excluded_by(constraint if holds else Not(constraint)) else _CODE[type(constraint)]
    kind = np.where(complete, np.uint8(1 << code), np.uint8(1 << _MISSING))
    return np.where(wrong, kind, np.uint8(0))


# --- the first clip ---


def task_means(values: _Values, judged: Judged) -> _Values:
    """Return the mean over the queries of each task, without those that are NaN.

    Parameters
    ----------
    values
        One or more numbers for each query, shape (n_queries, ...).
    judged
        The benchmark.

    Returns
    -------
    numpy.ndarray
        Shape (n_tasks, ...); NaN where a task has no number.
    """
    return _means(values, judged.task, len(judged.tasks))


def _means(values: _Values, group: npt.NDArray[np.intp], n_groups: int) -> _Values:
    known = ~np.isnan(values)
    means = np.full((n_groups, *values.shape[1:]), np.nan)
    for place in range(n_groups):
        use = group == place
        number = known[use].sum(axis=0)
        np.divide(np.where(known[use], values[use], 0.0).sum(axis=0), number, out=means[place, ...], where=number > 0)
    return means


def first_faults(scores: Scores, faults: Codes) -> _Values:
    """Return for each query how probable each fault is of the clip that stands first.

    Returns
    -------
    numpy.ndarray
        Shape (n_queries, n_faults). A row sums to 1, or to 0 where no clip was retrieved; column 0 is Acc@1.
    """
    shares = np.zeros((len(scores), len(FAULTS)))
    for share, row, codes in zip(shares, scores, faults, strict=True):
        best = row.max()
        if best > -np.inf:
            share += np.bincount(codes[row == best], minlength=len(FAULTS))
            share /= share.sum()
    return shares


def wrong_first(scores: Scores, faults: Codes, judged: Judged) -> _Values:
    """Return what the clip that stands first breaks, as shares of the queries of each task.

    Returns
    -------
    numpy.ndarray
        Shape (n_tasks, n_faults), in the order of ``judged.tasks`` and ``FAULTS``; column 0 is Acc@1. What a row lacks
        to 1 are queries for which no clip was retrieved.
    """
    return task_means(first_faults(scores, faults), judged)


@dataclass(frozen=True)
class Reasoning:
    """Matching beside reasoning, for each task; each array has shape (n_tasks,)."""

    tasks: tuple[str, ...]
    """The tasks."""
    accuracy: _Values
    """Acc@1 over the whole corpus."""
    matched: _Values
    """The share of the queries whose first clip holds every sound that is needed, relevant or not."""
    two_option: _Values
    """2AFC over the task's pairs, where matching decides nothing; NaN where a pair was not decided or there is none."""

    @property
    def lost_to_matching(self) -> _Values:
        """The share of the queries whose first clip lacks a sound; or that found none."""
        return 1.0 - self.matched

    @property
    def lost_to_reasoning(self) -> _Values:
        """The gap: the share of the queries whose first clip holds every sound and breaks the logic."""
        return self.matched - self.accuracy

    @property
    def right_where_matched(self) -> _Values:
        """How often the first clip is relevant where it holds every sound; NaN where it never does."""
        right = np.full(len(self.tasks), np.nan)
        np.divide(self.accuracy, self.matched, out=right, where=self.matched > 0)
        return right


def retrieval_and_reasoning(scores: Scores, faults: Codes, judged: Judged) -> Reasoning:
    """Set Acc@1 over the whole corpus beside the two-option test, task by task."""
    shares = wrong_first(scores, faults, judged)
    pairs = per_pair(scores, judged.pairs)
    two_option = _means(pairs, judged.pair_task, len(judged.tasks))
    two_option[judged.pair_task[np.isnan(pairs)]] = np.nan
    matched = shares[:, _NONE] + shares[:, _FIRST_CONFUSABLE:].sum(axis=1)
    return Reasoning(judged.tasks, accuracy=shares[:, _NONE], matched=matched, two_option=two_option)


# --- polarity ---


@dataclass(frozen=True)
class PolarityBias:
    """Whether a sound that a query excludes raises the score; above one half it does, as if it were asked for."""

    share: float
    """How often the clip that holds the excluded sound scores higher than the one without, ties half; NaN where
    there is no such pair or one was not decided."""
    low: float
    """The lower end of its interval."""
    high: float
    """The upper end of its interval."""
    n: int
    """How many pairs turn on an excluded sound."""
    undecided: int
    """How many of them hold no retrieved clip."""
    p: float
    """Two-sided, exact, against one half."""
    difference: float
    """The mean score of the clip with the excluded sound less the other's, in standard deviations of the query's
    scores, over the pairs of which both clips were retrieved; NaN where there is none."""


def polarity_bias(scores: Scores, judged: Judged) -> PolarityBias:
    """Measure how an excluded sound moves the score, over all pairs of which the broken clause excludes one."""
    use = np.array([bool(excluded_by(clause)) for clause in judged.broken], dtype=np.bool_)
    pairs, design = judged.pairs[use], judged.pair_design.among(use)
    values = 1.0 - per_pair(scores, pairs)
    undecided = int(np.isnan(values).sum())
    difference = _mean_difference(scores, pairs)
    if undecided or not len(pairs):
        nan = float("nan")
        return PolarityBias(nan, nan, nan, n=len(pairs), undecided=undecided, p=nan, difference=difference)
    found = estimate(values, design)
    p = two_option_test(values, design)
    return PolarityBias(found.value, found.low, found.high, n=len(pairs), undecided=0, p=p, difference=difference)


def _mean_difference(scores: Scores, pairs: npt.NDArray[np.intp]) -> float:
    """Return the mean of the wrong clip's score less the right one's, in standard deviations of each query's scores."""
    differences = []
    for query, right, wrong in pairs:
        row = scores[query].astype(np.float64)
        if np.isfinite(row[right]) and np.isfinite(row[wrong]):
            spread = np.std(row[np.isfinite(row)])
            # Where all scores are equal there is no difference, in whatever unit.
            differences.append((row[wrong] - row[right]) / spread if spread > 0 else 0.0)
    return float(np.mean(differences)) if differences else float("nan")


# --- what if it could reason ---


def reasoning_curve(scores: Scores, faults: Codes, judged: Judged) -> _Values:
    """Return what Acc@1 would be if confusable clips were rejected, as the weights of a polynomial for each task.

    The module's head tells the model.

    Returns
    -------
    numpy.ndarray
        ``w``, shape (n_tasks, depth): the share of the task's queries whose first clip that is not confusable is
        relevant and stands below exactly ``c`` confusable ones. ``w[:, 0]`` is the measured Acc@1.
    """
    number = np.bincount(judged.task, minlength=len(judged.tasks))
    weights = np.zeros((len(judged.tasks), 1 + int(np.count_nonzero(faults >= _FIRST_CONFUSABLE, axis=1).max())))
    for task, row, codes in zip(judged.task, scores, faults, strict=True):
        confusable = codes >= _FIRST_CONFUSABLE
        best = row.max(where=~confusable, initial=-np.inf)
        if best == -np.inf:
            continue
        ties = np.bincount(codes[row == best], minlength=len(FAULTS))
        right, others = int(ties[_NONE]), int(ties[_NONE] + ties[_MISSING])
        if right:
            above = int(np.count_nonzero(confusable & (row > best)))
            among = places_before_first(others, passed=int(ties[_FIRST_CONFUSABLE:].sum()))
            weights[task, above : above + len(among)] += right / others * among / number[task]
    used = np.flatnonzero(weights.any(axis=0))
    return weights[:, : used[-1] + 1 if len(used) else 1]


def places_before_first(wanted: int, *, passed: int) -> _Values:
    """Return the chances that 0, 1, ... of ``passed`` things come before the first of ``wanted`` in a random order.

    Parameters
    ----------
    wanted
        How many things are waited for, at least one.
    passed
        How many others there are.

    Returns
    -------
    numpy.ndarray
        Shape (passed + 1,); the sum is 1.

    Examples
    --------
    >>> places_before_first(1, passed=3).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    step = np.arange(passed + 1)
    left = passed - step
    still = np.concatenate(([1.0], np.cumprod(left[:-1] / (left[:-1] + wanted))))
    chances: _Values = still * wanted / (left + wanted)
    return chances


def accuracy_with_reasoning(weights: _Values, *, rejecting: float) -> _Values:
    """Return Acc@1 of each task if confusable clips were rejected with this probability.

    Parameters
    ----------
    weights
        What ``reasoning_curve`` returns.
    rejecting
        The probability q, 0 to 1. A judge that is right in the two-option test with probability r, where the system
        itself is with r0, corresponds to q = (r - r0) / (1 - r0).
    """
    accuracy: _Values = weights @ np.power(rejecting, np.arange(weights.shape[1]))
    return accuracy
