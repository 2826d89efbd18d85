"""``earwitness fetch``: data sets that others publish, downloaded, unpacked and checked."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.check import about_recordings, say_recordings
from earwitness.cli.talk import progress_bars, say, say_json

if TYPE_CHECKING:
    from earwitness.mmar.fetch import Fetched

__all__ = ["app", "mmar"]

app = typer.Typer(
    name="fetch", help="Data sets that others publish: download, unpack and check them.", no_args_is_help=True
)


@app.callback()
def _root() -> None:
    """Keep ``fetch`` a group of commands while there is one."""


@app.command()
def mmar(
    out: Annotated[Path, typer.Option(help="The folder that gets the items, and the recordings in 'audio'.")],
    *,
    metadata_only: Annotated[bool, typer.Option("--metadata-only", help="The items alone: 700 kB, not 3 GB.")] = False,
    revision: Annotated[
        str | None, typer.Option(help="A commit, branch or tag of the data set; one known commit unless given.")
    ] = None,
    hub: Annotated[str | None, typer.Option(help="Another hub's address, such as a mirror's.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Threads that check; unless told, one for each core.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Draw no progress bar.")] = False,
) -> None:
    """Fetch MMAR's items and recordings; run it again to go on where it was stopped."""
    from earwitness.mmar.downloads import HUB
    from earwitness.mmar.fetch import REVISION, fetch_mmar
    from earwitness.parallel import usable_cores

    with progress_bars(quiet=quiet) as progress:
        fetched = fetch_mmar(
            out,
            metadata_only=metadata_only,
            revision=revision or REVISION,
            hub=hub or HUB,
            jobs=jobs or usable_cores(),
            progress=progress,
        )
    if json:
        say_json(_about(fetched))
    else:
        _say(fetched)
    if any(each.fault for each in fetched.checked):
        raise typer.Exit(1)


def _about(fetched: Fetched) -> dict[str, object]:
    told = {
        "folder": str(fetched.folder),
        "items": str(fetched.items.path),
        "commit": fetched.commit,
        "files": [asdict(file) for file in fetched.files],
        "n_items": len(fetched.items),
    }
    return told | about_recordings(fetched.checked) if fetched.checked else told


def _say(fetched: Fetched) -> None:
    for file in fetched.files:
        state = "downloaded" if file.new else "was there"
        held = "as the hub says it is" if file.held else "not compared with the hub's"
        say(f"{fetched.folder / file.name}: {file.n_bytes:,} bytes, {state}, {held}; SHA-256 {file.sha256}")
    say(f"{len(fetched.items):,} items" + (f", commit {fetched.commit}." if fetched.commit else "."))
    if fetched.checked:
        say_recordings(str(fetched.items.path), fetched.checked)
    say(f"Try it: earwitness mmar audit {fetched.folder}")
