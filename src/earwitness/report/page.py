"""The report: one page that holds everything it shows, and works from a file without any network."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from earwitness import __version__
from earwitness.reasonaudio.folder import Benchmark
from earwitness.records import write_text
from earwitness.report import charts, findings
from earwitness.report.clips import examples
from earwitness.report.findings import KINDS, Row, Scores, Vectors
from earwitness.report.frame import rendered
from earwitness.report.pieces import PALETTES, Palette, theme
from earwitness.scores import diagnosis
from earwitness.scores.judged import Judged
from earwitness.scores.measures import ACC1, HEADLINE, NDCG10, TWO_OPTION
from earwitness.scores.published import CAVEAT, PUBLISHED, SOURCE
from earwitness.scores.results import COMPARED, MEAN, Results, SystemResult
from earwitness.systems.base import PARADIGMS

__all__ = ["write_report"]

_SECTIONS = (
    ("reading", "What was found"),
    ("tasks", "The tasks, to hear and to see"),
    ("building", "How the benchmark was built"),
    ("comparison", "The systems compared"),
    ("heatmaps", "Task by task"),
    ("gap", "Retrieval and reasoning"),
    ("faults", "What the wrong first clip breaks"),
    ("polarity", "Does “without” work?"),
    ("size", "Does bigger mean better?"),
    ("reasoning", "What if it could reason?"),
    ("alignment", "Where queries and clips lie"),
    ("published", "Beside what was published"),
    ("statistics", "How sure the differences are"),
    ("making", "How this page was made"),
)
_TASKS_TOLD = {
    "Negation": "A sound must be absent. The trap: the excluded sound is there too.",
    "Order": "One sound must end before another starts. The trap: the same sounds in another order, or too far apart.",
    "Overlap": "Two sounds must share time. The trap: the same sounds apart, or together for too short a time.",
    "Duration": "A sound must last, or outlast another. The trap: the same sounds, too short or too long.",
    "Mix": "Two kinds of reasoning at once. The trap breaks one of them.",
}
_REFERENCES_TOLD = {
    "chance": "guesses: a random score for each query and clip",
    "matcher": "knows which sounds are in each clip and nothing else: the best that matching can do without reasoning",
    "oracle": "knows the truth: what a perfect system earns",
    "reversed": "knows the truth and takes every order for what must not be: always wrong about order",
    "bm25": "reads captions that were written from the truth, and finds them by their words",
}
_FILTERS = (findings.percent, findings.points, findings.interval, findings.chances)
_HEATMAPS = ((ACC1, "acc1"), (NDCG10, "ndcg10"))


def write_report(
    path: Path,
    *,
    benchmark: Benchmark,
    results: Results,
    scores: Mapping[str, Scores],
    vectors: Mapping[str, Vectors] | None = None,
    command: str = "",
) -> None:
    """Write the report.

    Parameters
    ----------
    path
        The HTML file to write.
    benchmark
        The benchmark; some of its clips are rendered for the page.
    results
        What was measured on it.
    scores
        The scores of each system that has some, by its name.
    vectors
        The embeddings of all queries and of all clips, by the name of each system that has some.
    command
        What the page was made with, for those who want to make it again.

    Raises
    ------
    MissingExtra
        When a package of the extra ``report`` is not installed.
    OutputError
        When the file cannot be written.
    """
    judged, systems = results.judged, results.shown
    faults = diagnosis.faults(benchmark, judged)
    of = {system.about.name: system for system in systems}
    gaps = [findings.gap(of[name], scores[name], faults=faults, judged=judged) for name in of]
    broken = [findings.faults_of_first(name, scores[name], faults=faults, judged=judged) for name in of]
    biases = {name: diagnosis.polarity_bias(scores[name], judged) for name in of}
    known = {name: bias for name, bias in biases.items() if not math.isnan(bias.share)}
    groups = results.groups
    rows: dict[str, list[Row]] = {
        "comparison": [findings.bar(system) for system in results.ranked],
        "references": [findings.bar(system) for system in systems if system.about.reference],
        "gap": [row for each in gaps for row in each["rows"]],
        "faults": [row for each in broken for row in each["rows"]],
        "polarity": [findings.bias_row(of[name], bias) for name, bias in known.items()],
        "size": findings.sized(results),
        **{
            name: [row for system in systems for row in findings.cells(system, measure, tasks=groups)]
            for measure, name in _HEATMAPS
        },
    }
    alignments = findings.alignments(systems, scores, vectors=vectors or {}, judged=judged)
    curves = {name: findings.curve(of[name], scores[name], faults=faults, judged=judged) for name in of}
    data = {
        "rows": rows,
        "reasoning": curves,
        "alignment": alignments,
        "themes": {scheme: theme(palette) for scheme, palette in PALETTES.items()},
        "specs": {scheme: _specs(palette, results, rows) for scheme, palette in PALETTES.items()},
    }
    words = {
        **_words(results, systems),
        **_about(benchmark, judged, command=command),
        **{"examples": examples(benchmark), "gaps": gaps, "broken": broken, "kinds": KINDS},
        **{"biases": known, "biases_missing": {n: findings.no_bias(b) for n, b in biases.items() if n not in known}},
        **{"curves": list(curves), "alignments": alignments, "sized": rows["size"]},
        **{f"said_{name}": findings.spoken(rows[name]) for name in ("comparison", "references", "polarity")},
    }
    page = rendered(
        "page.html", words, sections=_SECTIONS, scripts=("page.js",), data={"page-data": data}, filters=_FILTERS
    )
    write_text(path, page)


def _specs(palette: Palette, results: Results, rows: Mapping[str, list[Row]]) -> Row:
    judged, systems = results.judged, results.shown
    first = systems[0].about.name if systems else ""
    names, groups = [system.title for system in systems], results.groups
    used = {row["kind"] for row in rows["faults"]}
    bars: Row = {"paradigms": PARADIGMS, "chance": 100 * results.chance[ACC1][MEAN]}
    top = {name: charts.axis_end(row["high"] for row in rows[name]) for name in ("comparison", "references")}
    return {
        **{name: charts.comparison(palette, n_rows=len(rows[name]), top=end, **bars) for name, end in top.items()},
        **{
            name: charts.heatmap(palette, names=names, tasks=groups, measure=str(measure))
            for measure, name in _HEATMAPS
        },
        "gap": charts.gap(palette, name=first, tasks=judged.tasks, measures=findings.GAP_MEASURES),
        "faults": charts.faults(
            palette, name=first, tasks=judged.tasks, kinds={kind: n for n, kind in enumerate(KINDS) if kind in used}
        ),
        "polarity": charts.polarity(palette, n_rows=len(rows["polarity"])),
        "size": charts.size(palette, rows=rows["size"]),
        "reasoning": charts.reasoning(palette, tasks=groups),
        "alignment-map": charts.alignment_map(palette),
        "alignment-strip": charts.alignment_strip(palette),
    }


def _words(results: Results, systems: Sequence[SystemResult]) -> Row:
    """Return what the templates say of the results."""
    judged, ranked = results.judged, results.ranked
    used = {system.about.paradigm for system in results.systems if not system.about.reference}
    unsized = [system.about.name for system in ranked if not system.about.n_parameters]

    def side(system: SystemResult, measure: Any, task: str) -> str:
        return findings.verdict(system, measure, task=task, chance=results.chance[measure].get(task, math.nan))

    return {
        **{"results": results, "judged": judged, "groups": results.groups, "side": side},
        **{"acc1": ACC1, "ndcg": NDCG10, "afc": TWO_OPTION, "measures": (*HEADLINE, TWO_OPTION)},
        **{"whole": systems, "ranked": ranked, "compared": COMPARED, "reading": findings.reading(results)},
        "references": [system for system in systems if system.about.reference],
        "failed": [system for system in results.systems if system.failure is not None],
        **{"paradigms": PARADIGMS, "used_paradigms": [paradigm for paradigm in PARADIGMS if paradigm in used]},
        **{"told": _TASKS_TOLD, "reference_told": _REFERENCES_TOLD},
        **{"published": PUBLISHED, "source": SOURCE, "caveat": CAVEAT},
        "any_measured_size": len(unsized) < len(ranked),
        "unsized": unsized + [f"{row.system} (published)" for row in PUBLISHED if not row.n_parameters],
    }


def _about(benchmark: Benchmark, judged: Judged, *, command: str) -> Row:
    """Return what the templates say of the benchmark, and of how the page was made."""
    about, name = benchmark.about, benchmark.folder.resolve().name
    versions = about.get("versions") or {}
    return {
        "name": name,
        "about": {
            **{"queries": len(judged.query_ids), "clips": len(judged.clip_ids), "pairs": len(judged.pairs)},
            "labels": len({row["label"] for row in benchmark.atom_rows}),
            "judged_pairs": len(judged.query_ids) * len(judged.clip_ids),
            "relatives": judged.query_design.related.nnz / len(judged.query_ids) - 1.0,
        },
        "steps": _steps(benchmark, judged),
        "made": {
            "earwitness": __version__,
            "benchmark": f"{name}, recipe {about['recipe'].get('name', '?')}, seed {about.get('seed', '?')}",
            "built with": ", ".join(f"{package} {version}" for package, version in versions.items()) or "unknown",
            "benchmark checksum": judged.checksum,
            "measured with": f"Python {platform.python_version()}, NumPy {np.__version__}",
            "command": command or "not recorded",
        },
    }


def _steps(benchmark: Benchmark, judged: Judged) -> list[tuple[str, int, str]]:
    """Return the stages of the benchmark's construction: what they made, how many, and how."""
    counts, clips = benchmark.about["counts"], len(benchmark.scenes)
    found = []
    if isinstance(counts.get("recordings"), dict):
        total = sum(counts["recordings"].values())
        whole = counts["recordings"].get("atom", 0)
        found = [
            ("recordings", total, f"{whole:,} were needed and hold one clean event; the rest is told with its reason")
        ]
    sequences = counts.get("sequences")
    form = "" if sequences is None else f"{sequences:,} sequences and {clips - sequences:,} overlaps; "
    per_task = ", ".join(f"{task} {np.count_nonzero(judged.task == t):,}" for t, task in enumerate(judged.tasks))
    n_judged = len(judged.query_ids) * clips
    return [
        *found,
        ("atoms", len(benchmark.atom_rows), "those of them that some clip holds, cut to the event"),
        ("clips", clips, f"{form}{sum(len(scene.events) for scene in benchmark.scenes):,} events with known times"),
        ("queries", len(judged.query_ids), per_task),
        ("judged pairs", n_judged, f"every query against every clip; {len(judged.relevant.clip):,} pairs match"),
        ("hard negatives", len(judged.negatives.clip), "planned: each breaks exactly one clause of its query"),
        ("two-option tests", len(judged.pairs), "a clip that answers, and one that holds the same sounds and does not"),
    ]
