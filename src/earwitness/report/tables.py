"""What was measured, as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.scores.alignment import Course
from earwitness.scores.diagnosis import FAULTS, PolarityBias, task_means
from earwitness.scores.measures import NDCG10, TWO_OPTION, Measure
from earwitness.scores.results import COMPARED, MEAN, Comparison, Results, SystemResult

__all__ = ["Table", "comparison_tables"]

_ALPHA = 0.05
_TITLES = {
    "Acc@1": "Acc@1, %: is the first of all clips right",
    "nDCG@10": "nDCG@10, %: are the first ten right",
    "2AFC": "2AFC, %: which of two clips that hold the same sounds",
}


@dataclass(frozen=True)
class Table:
    """One table, ready to be printed."""

    title: str
    """What it shows."""
    head: tuple[str, ...]
    """The names of its columns."""
    rows: tuple[tuple[str, ...], ...]
    """Its rows, as text."""
    note: str = ""
    """What a reader must know, below it."""


def comparison_tables(
    results: Results,
    *,
    wrong_first: dict[str, npt.NDArray[np.float64]],
    polarity: dict[str, PolarityBias],
    courses: dict[str, Course],
) -> Iterator[Table]:
    """Turn results into tables: each measure, what differs, and where the error lies.

    Parameters
    ----------
    results
        What was measured.
    wrong_first
        For each system what its first clip breaks, as ``diagnosis.wrong_first`` gives it.
    polarity
        For each system how the presence of an excluded sound moves its scores.
    courses
        For each system how its answers lie to its hard negatives, as measured: the first step of a course.
    """
    for measure in COMPARED:
        yield _measure_table(results, measure)
    failed = [system for system in results.systems if system.failure is not None]
    if failed:
        rows = tuple((system.about.name, str(system.failure)) for system in failed)
        yield Table("Systems without scores", ("system", "why"), rows)
    differences = [c for c in results.comparisons if c.task == MEAN]
    if differences:
        yield _difference_table(differences)
    yield _fault_table(results, wrong_first)
    known = {name: bias for name, bias in polarity.items() if bias.n > bias.undecided}
    if known:
        yield _polarity_table(known)
    yield _alignment_table(results, courses)


def _measure_table(results: Results, measure: Measure) -> Table:
    by_chance = results.chance.get(measure, {})
    groups = results.groups
    paper = measure != TWO_OPTION
    rows = []
    for system in results.shown:
        found = system.estimates.get(measure, {})
        cells = [_cell(results, system, measure, group) for group in groups]
        mean = found.get(MEAN)
        interval = f"{_short(mean.low)}-{_short(mean.high)}" if mean is not None else ""
        rows.append((system.title, *cells, interval, *([f"{system.paper_average:.1f}"] if paper else [])))
    guess = [f"{100 * by_chance[group]:.1f}" if group in by_chance else "" for group in groups]
    rows.append(("chance", *guess, "", *([_paper_chance(results)] if paper else [])))
    notes = ["In brackets: references, which see the truth or guess; they are not ranked."]
    if measure != NDCG10:
        notes.append("+ and - mark what is above and below chance, two-sided p < 0.05 each.")
    if paper:
        notes.append('"Avg." is the published table\'s column: Acc@1 and nDCG@10 taken together.')
    undecided = [f"{s.about.name} ({s.undecided:,})" for s in results.shown if s.undecided]
    if undecided and measure == TWO_OPTION:
        notes.append(f"No value where a run retrieved neither clip of some pairs: {', '.join(undecided)}.")
    head = ("system", *results.judged.tasks, "mean", "95 %", *(['"Avg."'] if paper else []))
    return Table(_TITLES[str(measure)], head, tuple(rows), " ".join(notes))


def _paper_chance(results: Results) -> str:
    return f"{50 * sum(results.chance[measure][MEAN] for measure in COMPARED[:2]):.1f}"


def _cell(results: Results, system: SystemResult, measure: Measure, group: str) -> str:
    """Return a mean in percent, with a mark where it is not what guessing earns."""
    estimate = system.estimates.get(measure, {}).get(group)
    if estimate is None:
        return ""
    p = system.p_chance.get(measure, {}).get(group, 1.0)
    side = "+" if estimate.value > results.chance[measure][group] else "-"
    return f"{100 * estimate.value:.1f}{side if p < _ALPHA else ' '}"


def _difference_table(differences: Sequence[Comparison]) -> Table:
    rows = tuple(
        (f"{c.a} - {c.b}", str(c.measure), *_points(c), _p(c.p_holm), f"{100 * c.detectable:.1f}") for c in differences
    )
    head = ("systems", "measure", "difference", "95 % interval", "p", "detectable")
    note = (
        "p: paired permutation of scene families, after Holm over all comparisons on the measure. Detectable: the "
        "smallest true difference that would be found in four cases of five."
    )
    return Table("Differences of the means over tasks, points", head, rows, note)


def _short(share: float) -> str:
    return "100" if share > 0.9995 else f"{100 * share:.1f}"


def _p(value: float) -> str:
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _points(c: Comparison) -> tuple[str, str]:
    return f"{100 * c.difference:+.1f}", f"{100 * c.low:+.1f} to {100 * c.high:+.1f}"


def _fault_table(results: Results, wrong_first: dict[str, npt.NDArray[np.float64]]) -> Table:
    rows = []
    for system in results.shown:
        shares = wrong_first[system.about.name].mean(axis=0)  # every task weighs the same
        rows.append((system.title, *(f"{100 * share:.1f}" for share in shares)))
    head = ("system", *("right" if fault == "none" else fault for fault in FAULTS))
    return Table("What the first clip breaks, % of queries", head, tuple(rows))


def _polarity_table(polarity: dict[str, PolarityBias]) -> Table:
    rows = tuple(
        (name, f"{100 * bias.share:.1f}", f"{bias.n:,}", _p(bias.p), f"{bias.difference:+.2f}")
        for name, bias in polarity.items()
    )
    note = "How often the clip that holds the excluded sound scores higher; 50 % means the sound does not matter."
    return Table("Polarity", ("system", "%", "pairs", "p", "difference, sd"), rows, note)


def _alignment_table(results: Results, courses: dict[str, Course]) -> Table:
    rows = []
    for system in results.shown:
        course = courses[system.about.name]
        auc, margin = (task_means(each[0], results.judged) for each in (course.auc, course.margin))
        cells = [f"{value:.2f}" for value in (*auc, np.nanmean(auc))]
        rows.append((system.title, *cells, f"{np.nanmean(margin):+,.1f}"))
    note = (
        "How often an answer scores above a hard negative of its query; the margin is how many places the best hard "
        "negative stands behind the best answer. A coin gets 0.50 and 0."
    )
    head = ("system", *results.judged.tasks, MEAN, "margin")
    return Table("Alignment: AUC of answers against hard negatives", head, tuple(rows), note)
