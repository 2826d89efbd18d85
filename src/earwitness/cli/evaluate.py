"""``earwitness evaluate``: systems asked for every query and clip of a benchmark, or models asked every question."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

from earwitness.cli.answering import HELP, Wishes, evaluate_items
from earwitness.cli.compare import print_comparison
from earwitness.cli.talk import complain, progress_bars
from earwitness.errors import BenchmarkError

__all__ = ["evaluate"]

_OF_SYSTEMS = ("system", "missing", "block", "embeddings")  # options that models have no use for
_OF_BOTH = ("bench", "out", "seed", "json")


def evaluate(
    ctx: typer.Context,
    bench: Annotated[Path, typer.Argument(help="A benchmark folder; or items such as MMAR's, a file or its folder.")],
    *,
    out: Annotated[Path, typer.Option(help="The run folder: a new one, or one to go on with.")],
    system: Annotated[
        list[str] | None,
        typer.Option(
            "--system",
            help="Who is asked of a benchmark: 'chance', 'matcher', 'oracle', 'reversed', 'bm25', "
            "'bm25:CAPTIONS.jsonl', 'scores:FILE' (.npy or a TREC run) or 'python:MODULE:NAME'; LABEL=SPEC calls it "
            "LABEL. May be given several times.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="What 'chance' and arms depend on; one seed for each run.")] = 0,
    missing: Annotated[
        str, typer.Option(help="A run file without some queries: 'refuse' it, or count each of them as 'zero'.")
    ] = "refuse",
    block: Annotated[int, typer.Option(min=1, help="How many clips a system is given at once.")] = 500,
    embeddings: Annotated[
        Path | None,
        typer.Option(help="Where what was embedded and heard is kept; RUN/embeddings unless given."),
    ] = None,
    model: Annotated[list[str] | None, typer.Option("--model", help=HELP["model"])] = None,
    url: Annotated[str | None, typer.Option(help=HELP["url"])] = None,
    arm: Annotated[list[str] | None, typer.Option("--arm", help=HELP["arm"])] = None,
    orders: Annotated[int, typer.Option(min=1, help=HELP["orders"])] = 1,
    prompt: Annotated[str, typer.Option(help=HELP["prompt"])] = "reason",
    captions: Annotated[list[Path] | None, typer.Option("--captions", help=HELP["captions"])] = None,
    captioner: Annotated[str | None, typer.Option(help=HELP["captioner"])] = None,
    jobs: Annotated[int, typer.Option(min=1, help=HELP["jobs"])] = 8,
    rate: Annotated[float | None, typer.Option(help=HELP["rate"])] = None,
    budget: Annotated[float | None, typer.Option(min=0.0, help=HELP["budget"])] = None,
    budget_tokens: Annotated[int | None, typer.Option(min=0, help=HELP["budget_tokens"])] = None,
    price_in: Annotated[float, typer.Option(min=0.0, help=HELP["price_in"])] = 0.0,
    price_out: Annotated[float, typer.Option(min=0.0, help=HELP["price_out"])] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=HELP["dry_run"])] = False,
    limit: Annotated[int | None, typer.Option(min=1, help=HELP["limit"])] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help=HELP["only"])] = None,
    temperature: Annotated[float | None, typer.Option(min=0.0, help=HELP["temperature"])] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help=HELP["max_tokens"])] = None,
    extra: Annotated[str | None, typer.Option(help=HELP["extra"])] = None,
    audio_as: Annotated[str | None, typer.Option(help=HELP["audio_as"])] = None,
    timeout: Annotated[float | None, typer.Option(min=0.001, help=HELP["timeout"])] = None,
    extractor: Annotated[str, typer.Option(help=HELP["extractor"])] = "robust",
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Ask systems for their scores of a benchmark, or models the questions of items, and tell what came of it.

    Going on with a run asks only for what is missing; what failed is tried again. Exits with 1 when every system
    failed, or no model gave any answer.
    """
    given = dict(locals())
    if _is_of_systems(given):
        _evaluate_systems(bench, out, given)
    else:
        evaluate_items(bench, out, Wishes(**{name: given[name] for name in Wishes.__dataclass_fields__}))


def _is_of_systems(given: Mapping[str, Any]) -> bool:
    """Return whether a benchmark is meant, or else items; refuse options of the one for the other."""
    bench: Path = given["bench"]
    ctx: typer.Context = given["ctx"]
    of_systems = (bench / "benchmark.json").is_file() or (bool(given["system"]) and not given["model"])
    typed = [name for name in ctx.params if str(ctx.get_parameter_source(name)).endswith("COMMANDLINE")]
    foreign = [name for name in typed if name not in _OF_BOTH and (name in _OF_SYSTEMS) != of_systems]
    options = ", ".join(f"--{name.replace('_', '-')}" for name in foreign)
    if of_systems and (foreign or not given["system"]):
        raise BenchmarkError(
            f"'{bench}' is a retrieval benchmark, whose systems are named with --system"
            + (f"; {options} {'is' if len(foreign) == 1 else 'are'} for items of several choices." if foreign else ".")
        )
    if not of_systems and (foreign or not given["model"]):
        raise BenchmarkError(
            f"'{bench}' is no benchmark folder (it holds no benchmark.json), so it is taken for items of several "
            "choices, whose models are named with --model"
            + (f"; {options} {'is' if len(foreign) == 1 else 'are'} for a retrieval benchmark." if foreign else ".")
        )
    return of_systems


def _evaluate_systems(bench: Path, out: Path, given: Mapping[str, Any]) -> None:
    """Ask systems for their scores, and compare them."""
    from earwitness.reasonaudio.folder import read_benchmark
    from earwitness.scores.evaluate import evaluate as evaluate_systems
    from earwitness.scores.results import opened
    from earwitness.scores.runs import EMBEDDINGS
    from earwitness.systems.registry import open_systems

    benchmark = read_benchmark(bench)
    seed, kept = given["seed"], given["embeddings"] or out / EMBEDDINGS
    # What a user's model prints is talk, and must not stand among the results.
    with redirect_stdout(sys.stderr):
        systems = open_systems(given["system"], benchmark, seed=seed, missing=given["missing"], embeddings=kept)
        with progress_bars(quiet=False) as progress:
            run = evaluate_systems(
                benchmark, systems, out, block=given["block"], seed=seed, progress=progress, notice=complain
            )
    print_comparison(opened([run], benchmark), json=given["json"])
    if all(run.recorded(each.about.name).status == "failed" for each in systems):
        raise typer.Exit(1)
