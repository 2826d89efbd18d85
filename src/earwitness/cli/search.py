"""``earwitness search``: moments of a library in which a question holds."""

from __future__ import annotations

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
    min_score: Annotated[float, typer.Option(min=0.0, max=1.0, help="Leave out moments that score less.")] = 0.0,
    explain: Annotated[bool, typer.Option("--explain", help="Print the SQL in place of its answer.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the moments for another tool, as --format says.")] = None,
    format: Annotated[
        str, typer.Option(help="'csv', 'parquet', 'raven', 'audacity', 'jams', 'reaper' or 'wav' with cues.")
    ] = "csv",
    clips: Annotated[
        Path | None, typer.Option(help="Cut the moments out into this folder, a second more on either side.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find the moments of a library in which what a question says was heard."""
    from earwitness.library.search import open_library

    library = open_library(index, paths=path)
    asked = library.ask(question, within_s=within)
    if explain:
        say(library.statement(asked, limit=limit))
        return
    moments = [each for each in library.find(asked, limit=limit) if (each.confidence or 0.0) >= min_score]
    written = [] if out is None else [_written(library, asked, moments, out, format)]
    if clips is not None:
        written.append(_cut(library, moments, clips))
    if json:
        say_json(
            {
                "question": asked.text,
                "constraint": str(asked.constraint),
                "understood": list(asked.chips),
                "notes": list(asked.notes),
                "recordings": library.n_recordings,
                "moments": [_about(moment) for moment in moments],
            }
        )
        return
    say(f"Understood: {' · '.join(asked.chips)}" + (f" ({'; '.join(asked.notes)})" if asked.notes else ""))
    rows = [
        (each.path, clock(each.onset_us / 1e6), clock(each.offset_us / 1e6), f"{each.confidence:.2f}", _why(each))
        for each in moments
    ]
    if rows:
        say_table(f"{len(rows):,} moments", ("recording", "from", "to", "score", "heard"), rows)
    else:
        say(f"In none of {library.n_recordings:,} recordings.")
    for line in written:
        say(line)


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
    return {"path": moment.path, **times, "score": moment.confidence, "witness": witness}


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
