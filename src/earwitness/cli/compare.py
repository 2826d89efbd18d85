"""``earwitness compare``: what runs measured, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import say, say_json, say_table

if TYPE_CHECKING:
    from earwitness.scores.results import Opened

__all__ = ["compare", "print_comparison"]


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Run folders that 'earwitness evaluate' made, of one benchmark.")],
    *,
    bench: Annotated[Path | None, typer.Option(help="The benchmark's folder, where it has moved since.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Compare systems, of one run or of several."""
    from earwitness.scores.results import open_runs

    print_comparison(open_runs(runs, bench=bench), json=json)


def print_comparison(opened: Opened, *, json: bool) -> None:
    """Print what runs of one benchmark measured: tables, or one JSON object."""
    from earwitness.report.tables import comparison_tables
    from earwitness.scores.alignment import course_to_ideal
    from earwitness.scores.diagnosis import faults, polarity_bias, wrong_first
    from earwitness.scores.results import results_of

    results, scores = results_of(opened)
    if json:
        say_json(results.as_json())
        return
    arrays, codes = opened.judged, faults(opened.benchmark, opened.judged)
    tables = comparison_tables(
        results,
        wrong_first={name: wrong_first(each, codes, arrays) for name, each in scores.items()},
        polarity={name: polarity_bias(each, arrays) for name, each in scores.items()},
        # As measured, with which it begins, the course is the same for scores as for cosines.
        courses={name: course_to_ideal(each, arrays, cosines=False, steps=[0.0]) for name, each in scores.items()},
    )
    for table in tables:
        say_table(table.title, table.head, table.rows)
        if table.note:
            say(f"{table.note}\n")
