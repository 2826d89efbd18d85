"""``earwitness mmar probe``: how long a recording may be before a model, or its server, hears no more of it."""

from __future__ import annotations

import sys
from contextlib import ExitStack, redirect_stdout
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import progress_bars, say, say_json, say_table

if TYPE_CHECKING:
    from earwitness.mmar.probe import ProbeResult

__all__ = ["probe"]


def probe(
    model: Annotated[
        str,
        typer.Option(help="Who is asked: 'openai:MODEL', 'gemini:MODEL', 'python:MODULE:NAME', or a reference."),
    ],
    *,
    url: Annotated[str | None, typer.Option(help="Where it is asked.")] = None,
    lengths: Annotated[
        str, typer.Option(help="Of the recordings, in seconds, with commas.")
    ] = "5,10,20,30,31,40,60,120",
    questions: Annotated[int, typer.Option(min=1, help="For each length, about its beginning and its end each.")] = 10,
    seed: Annotated[int, typer.Option(help="Another seed makes other recordings.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Requests at a time.")] = 4,
    audio_as: Annotated[
        str | None, typer.Option(help="How a request carries a recording: 'input_audio' or 'audio_url'.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Draw no progress bar.")] = False,
) -> None:
    """Find out whether the end of long recordings reaches a model; some servers cut it off and say nothing."""
    from earwitness.mmar.probe import probe as probed
    from earwitness.systems.answerers import open_answerer
    from earwitness.systems.chat import Settings

    wanted = _seconds(lengths)
    settings = Settings() if audio_as is None else Settings(audio_as=audio_as)
    # What a user's model prints is talk, and must not stand among the results.
    with ExitStack() as stack, redirect_stdout(sys.stderr):
        answerer = open_answerer(model, url=url, settings=settings)
        stack.callback(getattr(answerer, "close", lambda: None))
        with progress_bars(quiet=quiet) as progress:
            result = probed(answerer, lengths=wanted, n=questions, seed=seed, jobs=jobs, progress=progress)
    if json:
        say_json({"model": answerer.about.name, "spec": answerer.about.spec, **_about(result)})
    else:
        _say(answerer.about.name, result)
    if all(row.errors == row.n for row in result.rows):
        raise typer.Exit(1)


def _seconds(text: str) -> list[float]:
    from earwitness.errors import BenchmarkError

    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise BenchmarkError(f"Expected --lengths in seconds, with commas, such as 10,30,60; got {text!r}.") from None


def _about(result: ProbeResult) -> dict[str, object]:
    told = asdict(result)
    told["rows"] = [{**asdict(row), "heard": row.heard} for row in result.rows]
    return told


def _say(name: str, result: ProbeResult) -> None:
    rows = [
        (f"{row.seconds:g}", row.place, row.right, row.n, row.unparsed, row.errors, f"{row.p:.3g}", _word(row.heard))
        for row in result.rows
    ]
    head = ("seconds", "sound at the", "right", "of", "unparsed", "errors", "p (Holm)", "")
    say_table(f"{name}: which sound is heard at the beginning, and at the end?", head, rows)
    say(f"A guess is right {result.chance:.0%} of the time.")
    for kind, detail in result.faults.items():
        say(f"No answer, {kind}: {detail}")
    say(f"{name}: {result.verdict}.")


def _word(heard: bool) -> str:
    return "heard" if heard else ""
