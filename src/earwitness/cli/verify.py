"""``earwitness verify``: everything a benchmark claims, proved again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import progress_bars, say, say_json, say_table

if TYPE_CHECKING:
    from earwitness.reasonaudio.verify import Verification

__all__ = ["verify"]

_MOST_SHOWN = 10

_Bench = Annotated[Path, typer.Argument(help="A benchmark folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def verify(
    bench: _Bench,
    *,
    audio: Annotated[bool, typer.Option(help="Render every clip and measure it as well.")] = True,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes; the result does not depend on it.")] = 1,
    json: _Json = False,
) -> None:
    """Prove a benchmark again, from its folder alone. Exits with 1 when anything is wrong."""
    from earwitness.reasonaudio.verify import verify as verify_benchmark

    with progress_bars(quiet=False) as progress:
        verification = verify_benchmark(bench, audio=audio, jobs=jobs, progress=progress)
    if json:
        say_json(verification.as_json())
    else:
        _print(verification)
    if verification.faults:
        raise typer.Exit(1)


def _print(verification: Verification) -> None:
    rows = [(f.check, f.looked_at, len(f.faults) or "none") for f in verification.findings]
    say_table(f"{verification.folder}", ("check", "looked at", "faults"), rows)
    for finding in verification.findings:
        for fault in finding.faults[:_MOST_SHOWN]:
            say(f"{finding.check}: {fault}")
        if len(finding.faults) > _MOST_SHOWN:
            say(f"{finding.check}: and {len(finding.faults) - _MOST_SHOWN:,} more")
    quality = verification.quality
    if quality is not None:
        values = [
            ("clips rendered", f"{quality.clips:,}"),
            ("clipped clips", f"{quality.clipped_clips:,}"),
            ("worst onset or offset error", f"{quality.worst_onset_error_s * 1000:.0f} ms"),
            ("labelled but silent time", f"{quality.silent_share:.2%}"),
            ("least audible event", f"{quality.least_audible_share:.0%} of its frames over the rest less 10 dB"),
        ]
        say_table("Measured on the rendered audio", ("what", "value"), values)
    say("Everything holds." if not verification.faults else f"{len(verification.faults):,} faults.")
