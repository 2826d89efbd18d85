"""``earwitness evaluate``: systems asked for every query and clip of a benchmark."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from earwitness.cli.compare import print_comparison
from earwitness.cli.talk import complain, progress_bars

__all__ = ["evaluate"]


def evaluate(
    bench: Annotated[Path, typer.Argument(help="A benchmark folder.")],
    *,
    system: Annotated[
        list[str],
        typer.Option(
            "--system",
            help="Who is asked: 'chance', 'matcher', 'oracle', 'reversed', 'bm25', 'bm25:CAPTIONS.jsonl', "
            "'scores:FILE' (.npy or a TREC run) or 'python:MODULE:NAME'; LABEL=SPEC calls it LABEL. "
            "May be given several times.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The run folder: a new one, or one to go on with.")],
    seed: Annotated[int, typer.Option(help="What 'chance' depends on; one seed for each run.")] = 0,
    missing: Annotated[
        str, typer.Option(help="A run file without some queries: 'refuse' it, or count each of them as 'zero'.")
    ] = "refuse",
    block: Annotated[int, typer.Option(min=1, help="How many clips a system is given at once.")] = 500,
    embeddings: Annotated[
        Path | None,
        typer.Option(help="Where what was embedded and heard is kept; RUN/embeddings unless given."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Ask systems for their scores, and compare them. Exits with 1 when every system failed.

    Going on with a run asks only for what is missing; what failed is tried again.
    """
    from earwitness.reasonaudio.folder import read_benchmark
    from earwitness.scores.evaluate import evaluate as evaluate_systems
    from earwitness.scores.results import opened
    from earwitness.scores.runs import EMBEDDINGS
    from earwitness.systems.registry import open_systems

    benchmark = read_benchmark(bench)
    # What a user's model prints is talk, and must not stand among the results.
    with redirect_stdout(sys.stderr):
        systems = open_systems(system, benchmark, seed=seed, missing=missing, embeddings=embeddings or out / EMBEDDINGS)
        with progress_bars(quiet=False) as progress:
            run = evaluate_systems(benchmark, systems, out, block=block, seed=seed, progress=progress, notice=complain)
    print_comparison(opened([run], benchmark), json=json)
    if all(run.recorded(each.about.name).status == "failed" for each in systems):
        raise typer.Exit(1)
