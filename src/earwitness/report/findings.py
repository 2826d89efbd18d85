"""What the page says of the numbers: sentences, and the rows of its charts and tables.

Shares come in as 0 to 1 and leave as percent. A row is a dict of JSON values; what it is called by its chart is said
in ``charts``. NaN, "not measured", leaves as None in rows and as a dash in text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.reasonaudio.folder import Benchmark
from earwitness.report.charts import ROLES
from earwitness.rng import generator
from earwitness.scores import alignment as aligned
from earwitness.scores import diagnosis
from earwitness.scores.diagnosis import FAULTS
from earwitness.scores.judged import Judged
from earwitness.scores.measures import ACC1, TWO_OPTION, Measure
from earwitness.scores.published import PUBLISHED
from earwitness.scores.results import MEAN, Results, SystemResult
from earwitness.scores.stats import Estimate, holm
from earwitness.systems.base import About, Samples, clips_of
from earwitness.systems.embedding import EmbeddingCache, EmbeddingRetriever

__all__ = [
    "GAP_MEASURES",
    "KINDS",
    "Row",
    "Scores",
    "Vectors",
    "alignments",
    "bar",
    "bias_row",
    "cells",
    "chances",
    "chosen_for_pictures",
    "curve",
    "faults_of_first",
    "gap",
    "interval",
    "kept_vectors",
    "no_bias",
    "percent",
    "points",
    "reading",
    "sized",
    "spoken",
    "verdict",
]

Row = dict[str, Any]
Scores = npt.NDArray[np.float32]
Vectors = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]

GAP_MEASURES = ("Acc@1: match and reason", "2AFC: reason")
"""What stands beside each other in the gap between retrieval and reasoning."""
KINDS = ("right", *FAULTS[1:])
"""What the first clip can be: right, or a fault of ``diagnosis.FAULTS``."""
_ALPHA = 0.05
_NARROW = "\u202f"  # between a number and its percent sign, where no line breaks


# --- numbers as text ---


def percent(share: float, *, digits: int = 1) -> str:
    """Return a share in percent."""
    return "–" if math.isnan(share) else f"{100 * share:.{digits}f}"


def points(share: float) -> str:
    """Return a difference in points of a percent, with its sign."""
    return "–" if math.isnan(share) else f"{100 * share:+.1f}".replace("-", "−")


def interval(found: Estimate | diagnosis.PolarityBias) -> str:
    """Return both ends of an interval in percent; no line breaks between them."""
    return f"{percent(found.low)}\u2060–\u2060{percent(found.high)}"


def chances(p: float) -> str:
    """Return a p-value."""
    return "–" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _stated(found: Estimate | diagnosis.PolarityBias) -> str:
    value = found.value if isinstance(found, Estimate) else found.share
    return f"{percent(value)}{_NARROW}% ({interval(found)}{_NARROW}%)"


def _p(p: float) -> str:
    return f"p {chances(p)}" if p < 0.001 else f"p = {chances(p)}"


def _number(share: float) -> float | None:
    return None if math.isnan(share) else round(100.0 * float(share), 3)


def spoken(rows: Sequence[Row]) -> str:
    """Return what a chart of bars shows, for those who do not see it."""
    return "; ".join(f"{row['name']} {row['said']}" for row in rows) + "."


# --- what was found, in words ---


def reading(results: Results) -> list[str]:
    """Return what the numbers say, in sentences: who is best, whether that is sure, and what is below chance."""
    ranked = results.ranked
    found = _best(results) if ranked else ["Only references were evaluated: there is nothing to rank."]
    below = _below_a_coin(ranked)
    if below:
        found.append(
            f"Below chance is a finding too: {'; '.join(below)}. There a system prefers the clip that breaks the query "
            "(two-sided, after Holm’s correction over all tasks and systems)."
        )
    found += [_matching_alone(system) for system in results.shown if system.about.spec == "matcher"]
    failed = [system for system in results.systems if system.failure is not None]
    return found + [f"{system.about.name} has no scores: {system.failure}" for system in failed]


def _best(results: Results) -> list[str]:
    best, *others = results.ranked
    name, found, chance = best.about.name, best.estimates[ACC1][MEAN], results.chance[ACC1][MEAN]
    first = (
        f"{name} finds a right clip first most often of {len(others) + 1} systems"
        if others
        else f"{name} is the only system that is ranked"
    )
    p = best.p_chance[ACC1][MEAN]
    side = f"is {_side(found.value, chance)} chance" if p < _ALPHA else "cannot be told from chance"
    sentences = [
        f"{first}: its mean Acc@1 is {_stated(found)}, where guessing earns {percent(chance, digits=2)}{_NARROW}%. "
        f"That {side} ({_p(p)})."
    ]
    two_option = best.estimates.get(TWO_OPTION, {}).get(MEAN)
    if two_option is not None:
        p = best.p_chance[TWO_OPTION][MEAN]
        side = f"{_side(two_option.value, 0.5)} a coin’s 50{_NARROW}%" if p < _ALPHA else "not to be told from a coin"
        sentences.append(
            f"Of two clips that hold the same sounds it picks the right one in {_stated(two_option)} of the cases, "
            f"{side} ({_p(p)})."
        )
    return sentences + [_lead(results, name, other.about.name) for other in others[:1]]


def _lead(results: Results, first: str, second: str) -> str:
    c = next(c for c in results.comparisons if (c.measure, c.task) == (ACC1, MEAN) and {c.a, c.b} == {first, second})
    by = f"{percent(abs(c.difference))} points ({_p(c.p_holm)} after Holm’s correction)"
    if c.p_holm < _ALPHA:
        return f"It leads {second} by {by}."
    return (
        f"It stands before {second} by {by}: too little to call it better. On this benchmark a true difference of "
        f"{percent(c.detectable)} points would be found in four cases of five."
    )


def _matching_alone(system: SystemResult) -> str:
    two_option = system.estimates.get(TWO_OPTION, {}).get(MEAN)
    tested = "" if two_option is None else f" and is right in {_stated(two_option)} of the two-option tests"
    return (
        f"How far matching alone goes: {system.about.name}, which knows the sounds of each clip and does not reason, "
        f"has a mean Acc@1 of {_stated(system.estimates[ACC1][MEAN])}{tested}."
    )


def _below_a_coin(ranked: Sequence[SystemResult]) -> list[str]:
    tests = [
        (system, task, p)
        for system in ranked
        for task, p in system.p_chance.get(TWO_OPTION, {}).items()
        if task != MEAN
    ]
    if not tests:
        return []
    found = []
    for (system, task, _), p in zip(tests, holm([p for *_, p in tests]), strict=True):
        value = system.estimates[TWO_OPTION][task].value
        if p < _ALPHA and value < 0.5:
            tested = f"{percent(value)}{_NARROW}% of the two-option tests, {_p(float(p))}"
            found.append(f"{system.about.name} on {task} ({tested})")
    return found


def _side(value: float, chance: float) -> str:
    return "above" if value > chance else "below"


def verdict(system: SystemResult, measure: Measure, *, task: str, chance: float) -> str:
    """Return ``"above"`` or ``"below"`` chance by the value's own p, or nothing where they cannot be told apart."""
    p = system.p_chance.get(measure, {}).get(task, math.nan)
    return _side(system.estimates[measure][task].value, chance) if p < _ALPHA else ""


# --- systems compared ---


def _drawn(found: Estimate) -> Row:
    numbers = {"value": _number(found.value), "low": _number(found.low), "high": _number(found.high)}
    return {**numbers, "said": _stated(found)}


def bar(system: SystemResult) -> Row:
    """Return a row of ``charts.comparison``."""
    return {"name": system.about.name, "paradigm": system.about.paradigm, **_drawn(system.estimates[ACC1][MEAN])}


def cells(system: SystemResult, measure: Measure, *, tasks: Sequence[str]) -> list[Row]:
    """Return the rows of one system in ``charts.heatmap``."""
    found = system.estimates[measure]
    return [{"name": system.title, "task": task, **_drawn(found[task])} for task in tasks if task in found]


def sized(results: Results) -> list[Row]:
    """Return the rows of ``charts.size``: systems whose size is known, measured and published."""
    rows: list[Row] = [
        {
            **{"name": system.about.name, "n_parameters": system.about.n_parameters, "source": "measured here"},
            **_drawn(system.estimates[ACC1][MEAN]),
        }
        for system in results.ranked
        if system.about.n_parameters
    ]
    rows += [
        {
            **{"name": row.system, "n_parameters": row.n_parameters, "source": "published"},
            **{"value": round(row.mean_acc1, 3), "said": f"{row.mean_acc1:.1f}{_NARROW}%"},
        }
        for row in PUBLISHED
        if row.n_parameters
    ]
    return rows


# --- where the error lies ---


def gap(system: SystemResult, scores: Scores, *, faults: diagnosis.Codes, judged: Judged) -> Row:
    """Return what the page shows of one system's retrieval beside its reasoning.

    Returns
    -------
    dict
        Its name, the rows of ``charts.gap``, the lines of a table, and a sentence.
    """
    name = system.about.name
    both = diagnosis.retrieval_and_reasoning(scores, faults, judged)
    acc1, two_option = system.estimates[ACC1], system.estimates.get(TWO_OPTION, {})
    rows, lines = [], []
    for task, matched in zip(judged.tasks, both.matched, strict=True):
        measured = acc1[task], two_option.get(task)
        for measure, found in zip(GAP_MEASURES, measured, strict=True):
            rows += [] if found is None else [{"name": name, "task": task, "measure": measure, **_drawn(found)}]
        side = "not measured"
        if task in two_option:
            p = system.p_chance[TWO_OPTION][task]
            side = f"{verdict(system, TWO_OPTION, task=task, chance=0.5) or 'not told apart'} ({_p(p)})"
        lines.append({"task": task, "acc1": acc1[task], "afc": two_option.get(task), "matched": matched, "side": side})
    matched, right = float(np.mean(both.matched)), float(np.mean(both.accuracy))
    said = (
        f"{name}: the first clip holds every sound that is asked for in {percent(matched)}{_NARROW}% of the queries, "
        f"and is right in {percent(right)}{_NARROW}%. What lies between, {percent(matched - right)}{_NARROW}%, is lost "
        "to reasoning."
    )
    return {"name": name, "rows": rows, "lines": lines, "said": said}


def faults_of_first(name: str, scores: Scores, *, faults: diagnosis.Codes, judged: Judged) -> Row:
    """Return what the page shows of what one system's first clip breaks: name, rows, lines and a sentence."""
    shares = diagnosis.wrong_first(scores, faults, judged)
    rows = [
        {
            **{"name": name, "task": task, "kind": kind, "place": place},
            **{"share": _number(share), "said": f"{percent(share)}{_NARROW}%"},
        }
        for task, line in zip(judged.tasks, shares, strict=True)
        for place, (kind, share) in enumerate(zip(KINDS, line, strict=True))
        if share > 0
    ]
    mean = shares.mean(axis=0)
    worst = 1 + int(np.argmax(mean[1:]))
    said = f"{name}: over all tasks the first clip is right in {percent(mean[0])}{_NARROW}% of the queries"
    if mean[worst] > 0:
        said += f"; what is most often wrong is “{KINDS[worst]}” ({percent(mean[worst])}{_NARROW}%)"
    return {
        "name": name,
        "rows": rows,
        "lines": list(zip(judged.tasks, shares.tolist(), strict=True)),
        "said": f"{said}.",
    }


def bias_row(system: SystemResult, bias: diagnosis.PolarityBias) -> Row:
    """Return a row of ``charts.polarity``."""
    numbers = {"value": _number(bias.share), "low": _number(bias.low), "high": _number(bias.high)}
    return {"name": system.title, **numbers, "said": _stated(bias)}


def no_bias(bias: diagnosis.PolarityBias) -> str:
    """Return why there is no polarity bias to show."""
    if not bias.n:
        return "no two-option test of this benchmark turns on an excluded sound."
    return f"of {bias.undecided:,} of {bias.n:,} pairs that turn on an excluded sound it retrieved neither clip."


def curve(system: SystemResult, scores: Scores, *, faults: diagnosis.Codes, judged: Judged) -> list[Row]:
    """Return for each task, and their mean, 2AFC as measured and Acc@1 when 0 to 100 % of the traps are rejected."""
    weights = diagnosis.reasoning_curve(scores, faults, judged)
    steps = np.stack([diagnosis.accuracy_with_reasoning(weights, rejecting=q / 100) for q in range(101)], axis=1)
    two_option = system.estimates.get(TWO_OPTION, {})
    return [
        {
            "task": group,
            "two_option": _number(two_option[group].value) if group in two_option else None,
            "acc1": [_number(value) for value in line],
        }
        for group, line in zip((*judged.tasks, MEAN), [*steps, steps.mean(axis=0)], strict=True)
    ]


# --- alignment ---


class _Missing(Exception):
    """An embedding that is not kept."""


class _Kept:
    """An embedder that makes nothing: what is kept is all there is."""

    def embed_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        raise _Missing

    def embed_audio(self, audio: Sequence[Samples], sample_rate: int) -> npt.NDArray[np.float32]:
        raise _Missing


def kept_vectors(systems: Sequence[About], benchmark: Benchmark, *, folders: Sequence[Path]) -> dict[str, Vectors]:
    """Return the embeddings of all queries and clips, by the name of each system of which they are kept.

    Parameters
    ----------
    systems
        The systems; those that are not made of embeddings have none.
    benchmark
        Whose queries and clips.
    folders
        The caches to look in, one after another.

    Raises
    ------
    RunError
        When a file of a cache is damaged.
    """
    texts, clips = [query.text for query in benchmark.queries], clips_of(benchmark)
    found: dict[str, Vectors] = {}
    for cache in map(EmbeddingCache, folders):
        for about in (about for about in systems if about.name not in found):
            retriever = EmbeddingRetriever(_Kept(), f"{about.spec}\n{about.version}", cache)
            # Not one of them, or not all: the page then shows the system by its scores.
            with suppress(_Missing):
                found[about.name] = retriever.embeddings(texts, clips)
    return found


def chosen_for_pictures(judged: Judged) -> tuple[aligned.Chosen, ...]:
    """Return the five queries that are drawn with their clips: the same for every system, and every time."""
    return aligned.chosen_queries(judged, rng=generator(0, "report", "alignment"))


def alignments(
    systems: Sequence[SystemResult], scores: Mapping[str, Scores], *, vectors: Mapping[str, Vectors], judged: Judged
) -> list[Row]:
    """Return for each system the pictures of five queries, with the numbers on the way from measured to ideal."""
    chosen = chosen_for_pictures(judged)
    found = []
    for name in (system.about.name for system in systems) if chosen else ():
        own = vectors.get(name)
        course = aligned.course_to_ideal(scores[name], judged, cosines=own is not None)
        pictures = [*(() if own is None else aligned.pictures(*own, chosen=chosen))]
        pictures.append(aligned.strip(scores[name], chosen=chosen))
        found.append(
            {
                "name": name,
                "pictures": {picture.method: _moving(picture, judged) for picture in pictures},
                "queries": [
                    {
                        "text": judged.texts[each.query],
                        "auc": [_number(value) for value in course.auc[:, each.query]],
                        "margin": [round(float(value), 1) for value in course.margin[:, each.query]],
                    }
                    for each in chosen
                ],
                "auc": float(np.nanmean(course.auc[0])),
                "auc_ideal": float(np.nanmean(course.auc[-1])),
                "margin": float(np.nanmean(course.margin[0])),
                "silhouette": None if own is None else _known_mean(aligned.silhouettes(own[1], judged)),
            }
        )
    return found


def _known_mean(values: npt.NDArray[np.float64]) -> float | None:
    return None if np.isnan(values).all() else round(float(np.nanmean(values)), 3)


def _moving(picture: aligned.Picture, judged: Judged) -> list[Row]:
    columns = (picture.query, picture.clip, picture.role, picture.measured, picture.ideal)
    return [
        {
            "query": int(query),
            "role": ROLES[role],
            "said": judged.clip_ids[clip] if clip >= 0 else "the query",
            **{key: round(float(value), 4) for key, value in zip(("x", "y", "x1", "y1"), (*start, *end), strict=True)},
        }
        for query, clip, role, start, end in zip(*columns, strict=True)
    ]
