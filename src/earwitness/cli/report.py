"""``earwitness report``: what runs measured, as one page."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import say, say_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from earwitness.mmar.items import Items
    from earwitness.report.choice_findings import Answers
    from earwitness.report.choice_page import Making
    from earwitness.report.findings import Vectors
    from earwitness.scores.results import Results

__all__ = ["report"]

_RUN = "run.json"


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Run folders that 'earwitness evaluate' made, of one benchmark; or files of predictions, with "
            "--bench; NAME=FILE calls a system NAME."
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="The page to write: one HTML file that works without any network.")],
    bench: Annotated[
        Path | None,
        typer.Option(help="The benchmark's folder, where it has moved since; of predictions the items: MMAR's file."),
    ] = None,
    embeddings: Annotated[
        Path | None, typer.Option(help="Where embeddings were kept, if not in the runs: what evaluate was given.")
    ] = None,
    alignment: Annotated[
        Path | None, typer.Option(help="Draw five queries with their clips, of the first system that embeds, as a PNG.")
    ] = None,
    extractor: Annotated[
        str | None,
        typer.Option(help="Of questions with choices: who takes answers for choices; 'robust' unless given."),
    ] = None,
    rubrics: Annotated[
        list[Path] | None,
        typer.Option(help="Of questions with choices: what 'earwitness mmar rubrics --json --items' printed."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print where the page is as JSON.")] = False,
) -> None:
    """Write a report: what was measured, with charts, tables, and clips to play, on one page."""
    said = ["earwitness", "report", *map(str, runs), "--out", str(out)]
    said += [] if bench is None else ["--bench", str(bench)]
    if any(_is_of_choices(path) for path in runs):
        _refuse({"--embeddings": embeddings, "--alignment": alignment}, what="questions with choices have none")
        said += [] if extractor is None else ["--extractor", extractor]
        said += [word for path in rubrics or () for word in ("--rubrics", str(path))]
        names = _of_choices(
            runs, out, bench=bench, extractor=extractor or "robust", rubrics=rubrics or (), command=shlex.join(said)
        )
    else:
        _refuse({"--extractor": extractor, "--rubrics": rubrics}, what="these runs hold no answers to choose from")
        said += [] if embeddings is None else ["--embeddings", str(embeddings)]
        names = _of_searches(
            runs, out, bench=bench, embeddings=embeddings, alignment=alignment, command=shlex.join(said)
        )
    place = out.resolve()
    if json:
        say_json({"report": str(place), "bytes": place.stat().st_size, "systems": names})
        return
    say(f"{out}: {len(names)} systems, {place.stat().st_size / 1e6:.1f} MB; it needs no network.")
    say(f"open it: {place.as_uri()}")


def _refuse(options: Mapping[str, object], *, what: str) -> None:
    from earwitness.errors import RunError

    given = [name for name, value in options.items() if value]
    if given:
        raise RunError(f"{' and '.join(given)} cannot be used here: {what}.")


def _of_searches(
    runs: Sequence[Path],
    out: Path,
    *,
    bench: Path | None,
    embeddings: Path | None,
    alignment: Path | None,
    command: str,
) -> list[str]:
    """Write the page about searches, and return the systems on it."""
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
    write_report(out, benchmark=opened.benchmark, results=results, scores=scores, vectors=vectors, command=command)
    if alignment is not None:
        _draw_alignment(alignment, results, vectors)
    return [system.about.name for system in results.systems]


def _draw_alignment(path: Path, results: Results, vectors: Mapping[str, Vectors]) -> None:
    from earwitness.errors import RunError
    from earwitness.report.findings import chosen_for_pictures
    from earwitness.scores.alignment import draw_alignment, pictures

    name = next((system.about.name for system in results.systems if system.about.name in vectors), None)
    if name is None:
        raise RunError("--alignment draws embeddings, and none of the systems has any: expected one with embed_texts.")
    drawn = pictures(*vectors[name], chosen=chosen_for_pictures(results.judged))
    draw_alignment(drawn, path, judged=results.judged, title=name)


# --- questions with choices ---


def _is_of_choices(path: Path) -> bool:
    """Return whether a path is a file of predictions, or a run of asked questions."""
    from earwitness.errors import BenchmarkError
    from earwitness.records import read_json

    place = _named(path)[1]
    if not place.is_dir():
        return place.is_file()
    try:
        return "items" in read_json(place / _RUN)
    except BenchmarkError:
        return False  # whoever opens it tells what is wrong


def _named(path: Path) -> tuple[str | None, Path]:
    """Return what a system is to be called, and where its answers are."""
    name, equals, rest = str(path).partition("=")
    return (name, Path(rest)) if equals and not path.exists() else (None, path)


def _of_choices(
    runs: Sequence[Path],
    out: Path,
    *,
    bench: Path | None,
    extractor: str,
    rubrics: Sequence[Path],
    command: str,
) -> list[str]:
    """Write the page about questions with choices, and return the systems on it."""
    from earwitness.errors import RunError
    from earwitness.mmar.answers import EXTRACTORS
    from earwitness.report.choice_maps import read_map
    from earwitness.report.choice_page import write_choice_report

    if extractor not in EXTRACTORS:
        raise RunError(f"There is no extractor '{extractor}'; expected one of {', '.join(EXTRACTORS)}.")
    maps = [read_map(path) for path in rubrics]
    items, answers, making = _answers(runs, bench=bench, command=command)
    names = [each.name for each in answers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RunError(f"Several systems are called {', '.join(twice)}: name them, as in NAME=FILE.")
    write_choice_report(out, items=items, answers=answers, extractor=extractor, maps=maps, making=making)
    return list(dict.fromkeys(each.model for each in answers))


def _answers(runs: Sequence[Path], *, bench: Path | None, command: str) -> tuple[Items, list[Answers], Making]:
    """Return what was asked, all answers to it, and how they came to be."""
    from earwitness.errors import RunError
    from earwitness.mmar.asked import open_asked
    from earwitness.mmar.items import read_items
    from earwitness.mmar.predictions import read_predictions
    from earwitness.report.choice_findings import Answers
    from earwitness.report.choice_page import Making

    items = None if bench is None else read_items(bench)
    answers: list[Answers] = []
    prompts: dict[str, str] = {}
    told: dict[str, str] = {}
    # Runs first: they know where their items are.
    for called, place in sorted(map(_named, runs), key=lambda each: not each[1].is_dir()):
        if place.is_dir():
            run = open_asked(place, items=items)
            items = run.items
            for each in run.systems:
                given = run.predictions(each.about.name, each.arm, each.order)
                answers.append(Answers(called or each.about.name, given, each.arm, each.order))
                told[called or each.about.name] = f"{each.about.spec}, version {each.about.version}, asked in '{place}'"
            prompts[run.prompt.template] = f"{run.prompt.name}, version {run.prompt.version}"
        elif items is None:
            raise RunError(
                f"Of which items is '{place}'? Expected --bench MMAR-meta.jsonl, or the folder that holds it."
            )
        else:
            read = read_predictions(place, items, name=called)
            answers.append(Answers(read.name, read.by_id))
            told[read.name] = f"'{read.path}' ({read.format}), {len(read.by_id):,} items"
    if items is None or not answers:
        raise RunError(f"No model was asked anything in {', '.join(map(str, runs))}: there is nothing to report.")
    told |= {f"prompt {number}": name for number, name in enumerate(prompts.values(), start=1)}
    return items, answers, Making(command, "\n\n".join(prompts), told)
