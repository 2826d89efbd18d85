"""``earwitness build``: from recordings to a benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import complain, progress_bars, say, say_json, say_table

if TYPE_CHECKING:
    from earwitness.reasonaudio.build import BuildReport
    from earwitness.sounds.bank import Bank

__all__ = ["build"]

_MOST_SHOWN = 3


def build(
    out: Annotated[Path, typer.Argument(help="The benchmark folder to make.")],
    *,
    sounds: Annotated[
        list[str],
        typer.Option(
            "--sounds",
            help="A sound bank: 'builtin', a folder per label, a CSV manifest, ESC-50, FSD50K or UrbanSound8K. "
            "May be given several times.",
        ),
    ],
    recipe: Annotated[str, typer.Option(help="'paper', 'mini' or a TOML file.")] = "mini",
    clips: Annotated[int | None, typer.Option(help="How many clips, instead of the recipe's number.")] = None,
    queries: Annotated[int | None, typer.Option(help="How many queries, instead of the recipe's number.")] = None,
    pairs: Annotated[int | None, typer.Option(help="How many two-option pairs for each task.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same benchmark.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes; the result does not depend on it.")] = 1,
    sample_rate: Annotated[int, typer.Option(help="Samples a second: a multiple of 100 from 8000 to 48000.")] = 16_000,
    split: Annotated[str, typer.Option(help="Which recordings: 'train', 'test' or 'all'.")] = "all",
    labels: Annotated[
        Path | None, typer.Option(help="A label table: CSV with the columns label, name, phrase.")
    ] = None,
    ontology: Annotated[
        Path | None, typer.Option(help="An ontology in AudioSet's JSON form: refuse labels that entail each other.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a build that was stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a benchmark that is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Build a benchmark whose every label is a proof."""
    from earwitness.reasonaudio.build import BuildSettings
    from earwitness.reasonaudio.build import build as build_benchmark
    from earwitness.reasonaudio.recipe import load_recipe, with_counts

    wanted = with_counts(load_recipe(recipe), clips=clips, queries=queries, pairs=pairs)
    bank = _bank(sounds, split, labels, ontology)
    settings = BuildSettings(seed=seed, sample_rate=sample_rate, split=split, jobs=jobs)
    with progress_bars(quiet=False) as progress:
        report = build_benchmark(
            out, bank, recipe=wanted, settings=settings, resume=resume, force=force, progress=progress
        )
    if json:
        say_json(_as_json(report))
    else:
        _print(report)


def _bank(sounds: list[str], split: str, labels: Path | None, ontology: Path | None) -> Bank:
    from earwitness.sounds.bank import (
        check_entailment,
        check_labels,
        merge_banks,
        read_label_table,
        read_ontology,
        relabel,
        select_split,
    )
    from earwitness.sounds.layouts import open_bank

    bank = merge_banks([open_bank(path) for path in sounds])
    if labels is not None:
        bank = relabel(bank, read_label_table(labels))
    check_labels(bank.labels)
    if ontology is not None:
        check_entailment(bank.labels, read_ontology(ontology))
    return select_split(bank, split=split)


def _as_json(report: BuildReport) -> dict[str, object]:
    return {
        "folder": str(report.folder),
        "counts": dict(report.counts),
        "labels_without_atom": list(report.labels_without_atom),
        "rejected": [rejection._asdict() for rejection in report.preparation.rejections],
    }


def _print(report: BuildReport) -> None:
    counts, rejections = report.counts, report.preparation.rejections
    rows = []
    for reason, number in counts["recordings"].items():
        names = [rejection.name for rejection in rejections if rejection.reason == reason]
        shown = ", ".join(names[:_MOST_SHOWN]) + (", ..." if len(names) > _MOST_SHOWN else "")
        rows.append((reason, number, shown))
    say_table("Recordings", ("became", "number", "for instance"), rows)
    if report.labels_without_atom:
        complain(
            f"{len(report.labels_without_atom)} labels have no recording that gives an atom: "
            f"{', '.join(report.labels_without_atom)}."
        )
    say(
        f"{report.folder}: {counts['clips']:,} clips with {counts['events']:,} events of {counts['labels']} labels; "
        f"{sum(counts['queries'].values()):,} queries; {counts['judged']:,} pairs judged, {counts['relevant']:,} "
        f"relevant; {sum(counts['pairs'].values()):,} two-option pairs."
    )
