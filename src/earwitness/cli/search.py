"""``earwitness search``: moments of a library in which a question holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.listen import clock
from earwitness.cli.talk import progress_bars, say, say_json, say_table

if TYPE_CHECKING:
    from earwitness.library.asking import Asked
    from earwitness.library.moments import Moment
    from earwitness.library.search import Library

__all__ = ["search"]


def search(
    index: Annotated[Path, typer.Argument(help="The index's folder, from 'earwitness index'.")],
    question: Annotated[str, typer.Argument(help='Such as "a dog barks before a car horn, with no siren".')],
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many moments.")] = 20,
    within: Annotated[
        float | None,
        typer.Option(
            min=0.0, help="Seconds between sounds in an order where the question does not say; 0: any distance."
        ),
    ] = None,
    path: Annotated[str | None, typer.Option(help="Only recordings whose path is like this: 'field/*.wav'.")] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="Only recordings in which this label is heard; several times: all of them.")
    ] = None,
    min_score: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Leave out moments that score less; those below 0.5 are near misses."),
    ] = 0.1,
    explain: Annotated[bool, typer.Option("--explain", help="Print the SQL in place of its answer.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the moments for another tool, as --format says.")] = None,
    format: Annotated[
        str, typer.Option(help="'csv', 'parquet', 'raven', 'audacity', 'jams', 'reaper' or 'wav' with cues.")
    ] = "csv",
    clips: Annotated[
        Path | None, typer.Option(help="Cut the moments out into this folder, a second more on either side.")
    ] = None,
    play: Annotated[bool, typer.Option("--play", help="Play the moments, one after the other.")] = False,
    reader: Annotated[
        str | None, typer.Option(help="A language model that reads questions which the grammar does not.")
    ] = None,
    reader_url: Annotated[
        str | None, typer.Option(help="Where it is asked, as OpenAI's is; else OPENAI_BASE_URL says.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Search for what a language model made of a question.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find the moments of a library in which what a question says was heard."""
    from earwitness.library.fallback import fallback_reader
    from earwitness.library.search import open_library

    fallback = fallback_reader(reader, base_url=reader_url) if reader is not None else None
    library = open_library(index, paths=path, holding=label or ())
    asked = library.ask(question, within_s=within, fallback=fallback)
    _show_reading(asked, ask=not (yes or json or explain))
    if explain:
        say(library.statement(asked, limit=limit))
        return
    moments = library.find(asked, limit=limit, least=min_score)
    written = [] if out is None else [_written(library, asked, moments, out, format)]
    if clips is not None:
        written.append(_cut(library, moments, clips))
    if json:
        say_json(_told(library, asked, moments))
    else:
        _say_moments(library, asked, moments, min_score=min_score)
        for line in written:
            say(line)
    if play:
        _play(library, moments)


def _told(library: Library, asked: Asked, moments: list[Moment]) -> dict[str, object]:
    return {
        "question": asked.text,
        "constraint": str(asked.constraint),
        "reader": asked.model,
        "understood": list(asked.chips),
        "notes": list(asked.notes),
        "recordings": library.n_recordings,
        "moments": [_about(moment) for moment in moments],
    }


def _say_moments(library: Library, asked: Asked, moments: list[Moment], *, min_score: float) -> None:
    say(f"Understood: {' · '.join(asked.chips)}" + (f" ({'; '.join(asked.notes)})" if asked.notes else ""))
    rows = [
        (each.path, clock(each.onset_us / 1e6), clock(each.offset_us / 1e6), f"{each.confidence:.2f}", _why(each),
         _doubts(each))
        for each in moments
    ]  # fmt: skip
    if rows:
        say_table(
            f"{len(rows):,} moment{'s' if len(rows) != 1 else ''}",
            ("recording", "from", "to", "score", "heard", "but"),
            rows,
        )
    else:
        least = "" if library.index.by_people else f" with a score of {min_score:g} or more"
        say(f"In none of {library.n_recordings:,} recordings{least}.")


def _show_reading(asked: Asked, *, ask: bool) -> None:
    """Say what a language model made of a question, and ask whether that is meant."""
    from earwitness.library.fallback import told

    if asked.model is None:
        return
    typer.echo(f"{told(asked)} ({' · '.join(asked.chips)})", err=True)
    if ask and sys.stdin.isatty() and not typer.confirm("Search for it?"):
        raise typer.Exit(1)


def _play(library: Library, moments: list[Moment]) -> None:
    from earwitness.library.playing import play

    def tell(moment: Moment) -> None:
        say(f"{moment.path} {clock(moment.onset_us / 1e6)}-{clock(moment.offset_us / 1e6)}: {_why(moment)}")

    play(moments, library=library.index.library, told=tell)


def _doubts(moment: Moment) -> str:
    """Return the clauses that fail, and those of which nobody can tell, each with how probable it is."""
    from earwitness.library.chips import said
    from earwitness.logic.parsing import parse

    return ", ".join(
        f"{each.told}: {said(parse(each.clause))} {each.probability:.2f}"
        for each in moment.verdicts
        if each.told != "holds"
    )


def _why(moment: Moment) -> str:
    shown = dict.fromkeys((each.label, each.onset_us, each.offset_us) for each in moment.witness)
    return ", ".join(
        f"{label} {clock(onset_us / 1e6)}-{clock(offset_us / 1e6)}" for label, onset_us, offset_us in shown
    )


def _about(moment: Moment) -> dict[str, object]:
    witness = [
        {"clause": e.clause, "label": e.label, "onset_s": e.onset_us / 1e6, "offset_s": e.offset_us / 1e6}
        for e in moment.witness
    ]
    times = {"onset_s": moment.onset_us / 1e6, "offset_s": moment.offset_us / 1e6}
    clauses = [{"clause": e.clause, "probability": e.probability, "told": e.told} for e in moment.verdicts]
    return {"path": moment.path, **times, "score": moment.confidence, "witness": witness, "clauses": clauses}


def _written(library: Library, asked: Asked, moments: list[Moment], out: Path, format: str) -> str:
    from earwitness.library.exports import export_moments

    done = export_moments(
        moments,
        out,
        format=format,
        durations_us=library.durations_us({moment.path for moment in moments}),
        library=library.index.library,
        provenance=library.provenance(asked),
    )
    return f"{out}: {done.moments:,} moments as {format}, files: {len(done.files):,}."


def _cut(library: Library, moments: list[Moment], folder: Path) -> str:
    from earwitness.library.excerpts import cut_out
    from earwitness.parallel import stage_of

    with progress_bars(quiet=False) as progress:
        files = cut_out(moments, folder, library=library.index.library, progress=stage_of(progress, "cutting"))
    return f"{folder}: {len(files):,} moments cut out."
