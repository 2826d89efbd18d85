"""What was measured: every system's values, means with their intervals, chance, and what differs beyond chance.

Means are taken here and nowhere else. The mean over tasks weighs every task alike, as the published table does; its
column "Avg." is another number, the mean of Acc@1 and nDCG@10 together, and is called so.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import RunError
from earwitness.reasonaudio.folder import Benchmark, read_benchmark
from earwitness.rng import generator
from earwitness.scores.design import Design
from earwitness.scores.judged import Judged, judged
from earwitness.scores.measures import (
    ACC1,
    HEADLINE,
    NDCG10,
    TWO_OPTION,
    Measure,
    chance,
    per_pair,
    per_query,
    tied_first,
)
from earwitness.scores.runs import Run, open_run
from earwitness.scores.stats import (
    Estimate,
    difference,
    estimate,
    holm,
    minimum_detectable,
    paired_permutation,
    poisson_binomial_test,
    two_option_test,
)
from earwitness.systems.base import About

__all__ = [
    "COMPARED",
    "MEAN",
    "Comparison",
    "Opened",
    "Results",
    "SystemResult",
    "measured",
    "open_runs",
    "opened",
    "results_of",
]

MEAN = "mean"
"""The name of the mean over tasks, beside the names of the tasks."""
COMPARED = (ACC1, NDCG10, TWO_OPTION)
"""The measures on which systems are compared with each other."""
_DRAWS = 9_999

_Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SystemResult:
    """What was measured of one system."""

    about: About
    """Which system."""
    failure: str | None = None
    """Why it has no scores; everything below is then empty."""
    per_query: Mapping[Measure, _Values] = field(default_factory=dict)
    """Each measure of each query, shape (n_queries,), 0 to 1."""
    per_pair: _Values = field(default_factory=lambda: np.empty(0))
    """The two-option test of each pair, shape (n_pairs,): 1, 0, 0.5 for a tie, NaN where neither was retrieved."""
    estimates: Mapping[Measure, Mapping[str, Estimate]] = field(default_factory=dict)
    """The mean of each measure for each task and over the tasks, with its interval; 0 to 1."""
    p_chance: Mapping[Measure, Mapping[str, float]] = field(default_factory=dict)
    """Two-sided p of Acc@1 and 2AFC against guessing. A small one beside a low value means *below* chance."""
    tied_first: float = float("nan")
    """The share of queries in which more than one clip has the highest score."""
    undecided: int = 0
    """How many pairs hold no retrieved clip; 2AFC is then not reported."""

    @property
    def title(self) -> str:
        """Its name as tables and charts show it: in brackets when it is a reference."""
        return f"({self.about.name})" if self.about.reference else self.about.name

    @property
    def paper_average(self) -> float:
        """The published table's "Avg.": the mean of Acc@1 and nDCG@10 over all tasks together, in percent."""
        if self.failure is not None:
            return float("nan")
        return 100.0 * float(np.mean([self.estimates[measure][MEAN].value for measure in (ACC1, NDCG10)]))


@dataclass(frozen=True)
class Comparison:
    """Two systems on the same queries or pairs."""

    a: str
    """The first system."""
    b: str
    """The second one."""
    measure: Measure
    """What is compared."""
    task: str
    """A task, or ``"mean"``."""
    difference: float
    """The first less the second, -1 to 1."""
    low: float
    """The lower end of its interval."""
    high: float
    """The upper end of its interval."""
    p: float
    """Of the paired permutation test, two-sided."""
    p_holm: float
    """The same, after Holm over all comparisons on this measure."""
    detectable: float
    """The smallest true difference that this test would find in four cases of five."""


@dataclass(frozen=True)
class Results:
    """What was measured of all systems on one benchmark."""

    judged: Judged
    """The benchmark."""
    chance: Mapping[Measure, Mapping[str, float]]
    """What guessing earns on this very benchmark, for each task and over the tasks: the exact expected value."""
    systems: tuple[SystemResult, ...]
    """The systems, in the order in which they were given."""
    comparisons: tuple[Comparison, ...]
    """Every two systems of which one at least is no reference: on each of ``COMPARED``, by task and on the mean."""

    @property
    def ranked(self) -> tuple[SystemResult, ...]:
        """The systems that are no references and have scores, the best mean Acc@1 first."""
        whole = [s for s in self.systems if s.failure is None and not s.about.reference]
        return tuple(sorted(whole, key=lambda s: -s.estimates[ACC1][MEAN].value))

    @property
    def shown(self) -> tuple[SystemResult, ...]:
        """The systems that have scores, as tables and charts show them: the ranked ones, then the references."""
        return (*self.ranked, *(s for s in self.systems if s.failure is None and s.about.reference))

    @property
    def groups(self) -> tuple[str, ...]:
        """What means are taken over: each task, and all of them."""
        return (*self.judged.tasks, MEAN)

    def as_json(self) -> dict[str, object]:
        """Return everything as JSON values, in percent; NaN is None."""
        return {
            "benchmark": {
                "checksum": self.judged.checksum,
                "queries": len(self.judged.query_ids),
                "clips": len(self.judged.clip_ids),
                "pairs": len(self.judged.pairs),
                "chance": {
                    str(measure): {group: _percent(value) for group, value in each.items()}
                    for measure, each in self.chance.items()
                },
            },
            "systems": {system.about.name: _system_json(system) for system in self.systems},
            "comparisons": [_comparison_json(comparison) for comparison in self.comparisons],
        }


class Opened(NamedTuple):
    """Runs with the benchmark that they are of."""

    runs: tuple[Run, ...]
    """The runs."""
    benchmark: Benchmark
    """The benchmark, read and checked against every run."""
    judged: Judged
    """The same as arrays."""


def open_runs(folders: Sequence[str | Path], *, bench: str | Path | None = None) -> Opened:
    """Open runs of one benchmark, and the benchmark.

    Parameters
    ----------
    folders
        The run folders, at least one.
    bench
        Where the benchmark is; None looks where the first run says.

    Raises
    ------
    RunError
        When a folder is no run, or a run is of another benchmark: with both checksums.
    """
    runs = tuple(open_run(folder) for folder in folders)
    if not runs:
        raise RunError("There is no run to open: name at least one.")
    return opened(runs, read_benchmark(runs[0].benchmark_folder if bench is None else bench))


def opened(runs: Sequence[Run], benchmark: Benchmark) -> Opened:
    """Put runs together with their benchmark, where both have been read.

    Raises
    ------
    RunError
        When a run is of another benchmark, or this one has changed on disk: with both checksums.
    """
    arrays = judged(benchmark)
    for run in runs:
        run.check(arrays)
    return Opened(tuple(runs), benchmark, arrays)


def results_of(given: Opened, *, seed: int = 0) -> tuple[Results, dict[str, npt.NDArray[np.float32]]]:
    """Measure all systems of some runs of one benchmark.

    Parameters
    ----------
    given
        The runs; a system that several of them hold counts once.
    seed
        Of the permutation test.

    Returns
    -------
    tuple
        The results, and the scores of each system by its name.

    Raises
    ------
    RunError
        When two different systems have one name.
    """
    abouts: dict[str, About] = {}
    failures: dict[str, str] = {}
    scores: dict[str, npt.NDArray[np.float32]] = {}
    for run in given.runs:
        for recorded in run.systems:
            about = recorded.about
            known = abouts.setdefault(about.name, about)
            if (known.spec, known.version) != (about.spec, about.version):
                raise RunError(
                    f"'{run.folder}' and an earlier run both hold a system '{about.name}', but not the same one "
                    f"({known.spec} and {about.spec}). Evaluate one of them under another name: "
                    f"--system OTHER={about.spec}."
                )
            if recorded.status == "complete":
                scores[about.name] = run.scores(about.name)
            else:
                failures.setdefault(about.name, recorded.why)
    found = [(about, scores.get(name), failures.get(name, "")) for name, about in abouts.items()]
    return measured(found, given.judged, seed=seed), scores


def measured(
    given: Sequence[tuple[About, npt.NDArray[np.float32] | None, str]], judged: Judged, *, seed: int = 0
) -> Results:
    """Measure systems from their scores.

    Parameters
    ----------
    given
        For each system what is recorded of it, its scores of shape (n_queries, n_clips) as ``measures.checked`` gives
        them, and, where there are none, why.
    judged
        The benchmark.
    seed
        Of the permutation test.
    """
    by_chance, groups = _chances(judged), _groups(judged)
    systems = tuple(
        SystemResult(about, failure=why or "no scores")
        if scores is None
        else _measured(about, scores, judged, by_chance, groups)
        for about, scores, why in given
    )
    chances = {measure: {g.name: g.mean(each) for g in groups.of(measure)} for measure, each in by_chance.items()}
    return Results(judged, chances, systems, _compared(systems, groups, seed=seed))


class _Group(NamedTuple):
    """The things that a mean is taken over: the queries of a task or of all, or their pairs."""

    name: str
    member: npt.NDArray[np.bool_]
    design: Design

    def mean(self, values: _Values) -> float:
        """Return the mean of the members; over all tasks, the mean of their means."""
        return float(self.design.weight @ values[self.member])


class _Groups(NamedTuple):
    """The tasks that occur, then the mean over them."""

    of_queries: tuple[_Group, ...]
    of_pairs: tuple[_Group, ...]

    def of(self, measure: Measure) -> tuple[_Group, ...]:
        return self.of_pairs if measure == TWO_OPTION else self.of_queries


def _groups(judged: Judged) -> _Groups:
    def grouped(task: npt.NDArray[np.intp], design: Design) -> tuple[_Group, ...]:
        members = [(name, task == place) for place, name in enumerate(judged.tasks)]
        members.append((MEAN, np.ones(len(task), dtype=np.bool_)))
        return tuple(_Group(name, member, design.among(member)) for name, member in members if member.any())

    return _Groups(grouped(judged.task, judged.query_design), grouped(judged.pair_task, judged.pair_design))


def _chances(judged: Judged) -> dict[Measure, _Values]:
    values = chance(HEADLINE, judged.relevant, n_clips=len(judged.clip_ids))
    return {**values, TWO_OPTION: np.full(len(judged.pairs), 0.5)}


def _measured(
    about: About,
    scores: npt.NDArray[np.float32],
    judged: Judged,
    by_chance: Mapping[Measure, _Values],
    groups: _Groups,
) -> SystemResult:
    values = per_query(HEADLINE, scores, judged.relevant)
    pairs = per_pair(scores, judged.pairs)
    undecided = int(np.isnan(pairs).sum())
    p_chance = {
        ACC1: {
            g.name: poisson_binomial_test(float(values[ACC1][g.member].sum()), by_chance[ACC1][g.member])
            for g in groups.of_queries
        },
        TWO_OPTION: {g.name: two_option_test(pairs[g.member], g.design) for g in groups.of_pairs if not undecided},
    }
    # A run that does not say which of two clips is better has no 2AFC: no value is made up for it.
    known = values if undecided else {**values, TWO_OPTION: pairs}
    return SystemResult(
        about,
        per_query=values,
        per_pair=pairs,
        estimates={
            measure: {g.name: estimate(each[g.member], g.design) for g in groups.of(measure)}
            for measure, each in known.items()
        },
        p_chance=p_chance,
        tied_first=float(np.mean(tied_first(scores))),
        undecided=undecided,
    )


def _compared(systems: Sequence[SystemResult], groups: _Groups, *, seed: int) -> tuple[Comparison, ...]:
    found: list[Comparison] = []
    for measure in COMPARED:
        able = [s for s in systems if measure in s.estimates]
        both = [(a, b) for a, b in itertools.combinations(able, 2) if not (a.about.reference and b.about.reference)]
        if not both or not groups.of(measure):
            continue
        differences = np.stack([_values(a, measure) - _values(b, measure) for a, b in both])
        p = np.stack(
            [
                paired_permutation(
                    differences[:, g.member],
                    g.design,
                    rng=generator(seed, "paired permutation", str(measure), g.name),
                    draws=_DRAWS,
                )
                for g in groups.of(measure)
            ],
            axis=1,
        )
        adjusted = holm(p.ravel()).reshape(p.shape)
        for row, (a, b) in enumerate(both):
            for column, g in enumerate(groups.of(measure)):
                mean = difference(differences[row][g.member], g.design)
                found.append(
                    Comparison(
                        *(a.about.name, b.about.name, measure, g.name, mean.value, mean.low, mean.high),
                        *(float(p[row, column]), float(adjusted[row, column]), minimum_detectable(mean.se)),
                    )
                )
    return tuple(found)


def _values(system: SystemResult, measure: Measure) -> _Values:
    return system.per_pair if measure == TWO_OPTION else system.per_query[measure]


def _percent(share: float) -> float | None:
    """Return a share in percent, rounded to what a table of 10,000 queries could hold; None for NaN."""
    return None if math.isnan(share) else round(100.0 * share, 4)


def _system_json(system: SystemResult) -> dict[str, object]:
    about = system.about
    head: dict[str, object] = {
        "paradigm": about.paradigm,
        "reference": about.reference,
        "n_parameters": about.n_parameters,
        "spec": about.spec,
        "version": about.version,
    }
    if system.failure is not None:
        return {**head, "failure": system.failure}
    shown = {str(measure): each for measure, each in system.estimates.items()}
    return {
        **{name: {group: _percent(e.value) for group, e in each.items()} for name, each in shown.items()},
        "ci": {
            name: {group: [_percent(e.low), _percent(e.high)] for group, e in each.items()}
            for name, each in shown.items()
        },
        "p_chance": {str(measure): dict(each) for measure, each in system.p_chance.items()},
        "paper_avg": round(system.paper_average, 4),
        "tied_first": _percent(system.tied_first),
        "undecided_pairs": system.undecided,
        **head,
    }


def _comparison_json(comparison: Comparison) -> dict[str, object]:
    c = comparison
    return {
        **{"a": c.a, "b": c.b, "measure": str(c.measure), "task": c.task, "difference": _percent(c.difference)},
        **{"ci": [_percent(c.low), _percent(c.high)], "p": c.p, "p_holm": c.p_holm},
        "detectable": _percent(c.detectable),
    }
