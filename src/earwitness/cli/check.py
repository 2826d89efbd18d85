"""``earwitness mmar check``: whether every recording can be decoded to its end, before anyone is asked about it."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli.talk import progress_bars, say, say_json, say_table

if TYPE_CHECKING:
    from earwitness.mmar.recordings import Checked

__all__ = ["about_recordings", "check", "say_recordings"]

_SHOWN = 20
_FLAGS = {
    "stereo": "several channels",
    "long": "longer than 30 s, which many models do not hear to the end",
    "short": "shorter than 0.1 s",
    "silent": "nothing but zeros",
    "clipped": "cut off at full scale",
}


def check(
    mmar: Annotated[Path, typer.Argument(help="Items such as MMAR's: a file, or the folder that holds it.")],
    *,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Threads that decode; unless told, one for each core.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print what was found of each item's recording as JSON.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Draw no progress bar.")] = False,
) -> None:
    """Decode every recording to its end: channels, rate, seconds, checksum, and what is wrong."""
    from earwitness.mmar.items import read_items
    from earwitness.mmar.recordings import check_recordings
    from earwitness.parallel import usable_cores

    items = read_items(mmar)
    with progress_bars(quiet=quiet) as progress:
        checked = check_recordings(items, jobs=jobs or usable_cores(), progress=progress)
    if json:
        say_json({"items": str(items.path), "sha256": items.sha256, **about_recordings(checked)})
    else:
        say_recordings(str(items.path), checked)
    if any(each.fault for each in checked):
        raise typer.Exit(1)


def about_recordings(checked: Sequence[Checked]) -> dict[str, Any]:
    """Return what was found, as JSON has it."""
    faults = Counter(each.fault for each in checked if each.fault)
    flags = Counter(flag for each in checked for flag in each.flags)
    return {
        "n": len(checked),
        "usable": len(checked) - faults.total(),
        "faults": dict(faults),
        "flags": dict(flags),
        "recordings": [asdict(each) for each in checked],
    }


def say_recordings(name: str, checked: Sequence[Checked]) -> None:
    """Print what was found."""
    usable = [each for each in checked if not each.fault]
    hours = sum(each.seconds for each in usable) / 3600
    say(f"{name}: {len(checked):,} items, the recordings of {len(usable):,} can be used ({hours:.2f} hours).")
    if usable:
        seconds = [each.seconds for each in usable]
        middle = statistics.median(seconds)
        say(f"They last {min(seconds):.2f} to {max(seconds):.2f} s, half of them {middle:.2f} s or more.")
        kinds = Counter((each.sample_rate, each.channels) for each in usable)
        say_table(
            "Kinds",
            ("Hz", "channels", "items"),
            [(f"{rate}", channels, n) for (rate, channels), n in sorted(kinds.items())],
        )
    flags = Counter(flag for each in usable for flag in each.flags)
    for flag, what in _FLAGS.items():
        if flags[flag]:
            say(f"{flags[flag]:,} {what}{_named(usable, flag)}")
    faulty = [each for each in checked if each.fault]
    if faulty:
        shown = [(each.id, each.fault, each.detail) for each in faulty[:_SHOWN]]
        say_table(f"Cannot be used: {len(faulty):,}; their rows will be errors", ("item", "fault", "why"), shown)
        if len(faulty) > _SHOWN:
            say(f"... and {len(faulty) - _SHOWN:,} more; --json lists all.")


def _named(usable: Sequence[Checked], flag: str) -> str:
    """Return the items that have a flag, where they are few."""
    names = [each.id for each in usable if flag in each.flags]
    return f": {', '.join(names)}" if len(names) <= 3 else ""
