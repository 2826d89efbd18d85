"""``earwitness report``: what runs measured, as one page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import say, say_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from earwitness.report.findings import Vectors
    from earwitness.scores.results import Results

__all__ = ["report"]


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders that 'earwitness evaluate' made, of one benchmark.")],
    *,
    out: Annotated[Path, typer.Option(help="The page to write: one HTML file that works without any network.")],
    bench: Annotated[Path | None, typer.Option(help="The benchmark's folder, where it has moved since.")] = None,
    embeddings: Annotated[
        Path | None, typer.Option(help="Where embeddings were kept, if not in the runs: what evaluate was given.")
    ] = None,
    alignment: Annotated[
        Path | None, typer.Option(help="Draw five queries with their clips, of the first system that embeds, as a PNG.")
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
    if alignment is not None:
        _draw_alignment(alignment, results, vectors)
    place = out.resolve()
    if json:
        say_json(
            {"report": str(place), "bytes": place.stat().st_size, "systems": [s.about.name for s in results.systems]}
        )
        return
    say(f"{out}: {len(results.systems)} systems, {place.stat().st_size / 1e6:.1f} MB; it needs no network.")
    say(f"open it: {place.as_uri()}")


def _draw_alignment(path: Path, results: Results, vectors: Mapping[str, Vectors]) -> None:
    from earwitness.errors import RunError
    from earwitness.report.findings import chosen_for_pictures
    from earwitness.scores.alignment import draw_alignment, pictures

    name = next((system.about.name for system in results.systems if system.about.name in vectors), None)
    if name is None:
        raise RunError("--alignment draws embeddings, and none of the systems has any: expected one with embed_texts.")
    drawn = pictures(*vectors[name], chosen=chosen_for_pictures(results.judged))
    draw_alignment(drawn, path, judged=results.judged, title=name)
