"""``earwitness index``: listen to a library once, so that it can be searched."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earwitness.cli.talk import progress_bars, say, say_json

__all__ = ["index"]


def index(
    library: Annotated[Path, typer.Argument(help="The folder of the recordings; folders in it are walked as well.")],
    out: Annotated[Path, typer.Option(help="The index's folder; one that is there is brought up to date.")],
    *,
    listener: Annotated[Path, typer.Option(help="A listener's folder, from 'earwitness fit'.")],
    model: Annotated[Path | None, typer.Option(help="The backbone's weights, where they are not in the cache.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Threads that listen; unless told, one for each core.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Listen to all recordings of a folder, and keep what was heard so that it can be searched."""
    from earwitness.library.indexing import index_library
    from earwitness.listen.fitted import load_listener
    from earwitness.parallel import usable_cores

    fitted = load_listener(listener, model=model)
    with progress_bars(quiet=False) as progress:
        done = index_library(library, out, listener=fitted, jobs=jobs or usable_cores(), progress=progress)
    if json:
        faults = [fault._asdict() for fault in done.faults]
        counts = {"heard": done.heard, "known": done.known, "gone": done.gone, "heard_s": done.seconds}
        say_json({"index": str(out), "labels": list(fitted.labels), **counts, "faults": faults})
        return
    for fault in done.faults:
        say(f"Left out: {fault.path!r}: {fault.reason}")
    left_out = f", {len(done.faults):,} left out" if done.faults else ""
    say(
        f"{out}: {done.heard + done.known:,} recordings, {done.heard:,} of them heard now ({done.seconds:,.0f} s of "
        f"audio), {done.gone:,} no longer there{left_out}."
    )
    say(f'Try it: earwitness search {out} "{fitted.labels[0]}"')
