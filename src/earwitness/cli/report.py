"""``earwitness report``: what runs measured, as one page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from earwitness.cli.talk import say, say_json

__all__ = ["report"]


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders that 'earwitness evaluate' made, of one benchmark.")],
    *,
    out: Annotated[Path, typer.Option(help="The page to write: one HTML file that works without any network.")],
    bench: Annotated[Path | None, typer.Option(help="The benchmark's folder, where it has moved since.")] = None,
    embeddings: Annotated[
        Path | None, typer.Option(help="Where embeddings were kept, if not in the runs: what evaluate was given.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print where the page is as JSON.")] = False,
) -> None:
    """Write a report: clips to play, charts and tables of what was measured, on one page."""
    from earwitness.report.findings import kept_vectors
    from earwitness.report.page import write_report
    from earwitness.scores.results import open_runs, results_of
    from earwitness.scores.runs import EMBEDDINGS

    opened = open_runs(runs, bench=bench)
    results, scores = results_of(opened)
    folders = [run.folder / EMBEDDINGS for run in opened.runs] if embeddings is None else [embeddings]
    vectors = kept_vectors(
        [s.about for s in results.systems if s.about.name in scores], opened.benchmark, folders=folders
    )
    said = ["earwitness", "report", *map(str, runs), "--out", str(out)]
    said += [] if bench is None else ["--bench", str(bench)]
    said += [] if embeddings is None else ["--embeddings", str(embeddings)]
    write_report(
        out, benchmark=opened.benchmark, results=results, scores=scores, vectors=vectors, command=shlex.join(said)
    )
    place = out.resolve()
    if json:
        say_json(
            {"report": str(place), "bytes": place.stat().st_size, "systems": [s.about.name for s in results.systems]}
        )
        return
    say(f"{out}: {len(results.systems)} systems, {place.stat().st_size / 1e6:.1f} MB; it needs no network.")
    say(f"open it: {place.as_uri()}")
