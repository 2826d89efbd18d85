"""What every command prints with: tables and JSON on standard output, progress and complaints on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

__all__ = ["complain", "progress_bars", "say", "say_json", "say_table"]

# A number as a table shows it, perhaps with a mark behind it; or nothing.
_NUMBER = re.compile(r"([<+-]?[\d.,]+|nan|)[ +-]?")

_MANY = 6


def say(text: str) -> None:
    """Print a line of a result."""
    Console(soft_wrap=True, highlight=False, markup=False).print(text)


def say_json(value: Mapping[str, Any], *, one_line: bool = False) -> None:
    """Print a result for machines; on one line when more are to come, which readers then have at once."""
    sys.stdout.write(json.dumps(value, indent=None if one_line else 2, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def say_table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table of a result; columns of numbers stand to the right."""
    # Many columns stand close, so that a table of five tasks and their mean fits into 80.
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        box=SIMPLE_HEAD,
        padding=(0, 0 if len(head) > _MANY else 1, 0, 0),
        pad_edge=False,
    )
    for place, name in enumerate(head):
        numeric = bool(rows) and all(_NUMBER.fullmatch(str(row[place])) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    Console(markup=False).print(table)


def complain(text: str) -> None:
    """Print an error."""
    console = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    console.print("error: ", style="bold red", end="")
    console.print(text)


@contextmanager
def progress_bars(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Give a function that is told (stage, done, wanted) and draws a bar for each stage; None when quiet."""
    if quiet:
        yield None
        return
    columns = (
        TextColumn("{task.description:>10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, wanted: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=wanted)
            bars.update(tasks[stage], completed=done, total=wanted)

        yield report
