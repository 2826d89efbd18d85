"""``earwitness export``: audio and labels in other formats."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from earwitness.cli.talk import progress_bars, say, say_json

__all__ = ["export"]

_HELP = (
    "'flac' or 'wav': a file for each clip. 'webdataset': tar shards, and Parquet for the library datasets. 'jams': a "
    "file for each clip. 'desed': tables of events and durations. 'audacity': a label track for each clip."
)


def export(
    bench: Annotated[Path, typer.Argument(help="A benchmark folder.")],
    out: Annotated[Path, typer.Argument(help="The folder to make.")],
    *,
    format: Annotated[str, typer.Option("--format", help=_HELP)],
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes; the result does not depend on it.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an export that was stopped.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an export that is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write audio and labels in other formats."""
    from earwitness.reasonaudio.export import export as export_benchmark

    with progress_bars(quiet=False) as progress:
        report = export_benchmark(bench, out, format=format, jobs=jobs, resume=resume, force=force, progress=progress)
    if json:
        say_json({**asdict(report), "folder": str(report.folder)})
    else:
        what = f"{report.clips:,} clips as {report.format}, {report.files:,} files, {_size(report.bytes)}"
        say(f"{report.folder}: {what}.")


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
