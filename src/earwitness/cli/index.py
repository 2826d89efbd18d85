"""``earwitness index``: listen to a library once, or read what people labelled in it, so that it can be searched."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import progress_bars, say, say_json
from earwitness.errors import LibraryError

if TYPE_CHECKING:
    from earwitness.library.indexing import Done
    from earwitness.library.labelled import Labelled
    from earwitness.library.walking import Fault
    from earwitness.listen.hearing import LibraryListener

__all__ = ["index"]

_SHOWN = 5  # faults of one file of labels; one that names its recordings otherwise has as many as rows


def index(
    library: Annotated[Path, typer.Argument(help="The folder of the recordings; folders in it are walked as well.")],
    out: Annotated[Path, typer.Option(help="The index's folder; one that is there is brought up to date.")],
    *,
    listener: Annotated[
        str | None, typer.Option(help="'yamnet', or the folder of a listener that 'earwitness fit' made.")
    ] = None,
    labels: Annotated[
        list[Path] | None,
        typer.Option(help="In place of a listener: labels that people made, a file or a folder; several times."),
    ] = None,
    label_column: Annotated[
        str | None, typer.Option(help="The column of a selection table that holds the labels; with --labels.")
    ] = None,
    model: Annotated[Path | None, typer.Option(help="The backbone's weights, where they are not in the cache.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Threads that listen; unless told, one for each core.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until Ctrl-C: bring the index up to date when the library changes.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Listen to all recordings of a folder, or read what people labelled in them, so that it can be searched."""
    if labels or listener is None:
        told = {"--listener": listener, "--model": model, "--jobs": jobs, "--watch": watch or None}
        _check_labels(labels, [name for name, value in told.items() if value is not None])
        return _index_labels(library, out, labels or [], label_column=label_column, json=json)
    if label_column is not None:
        raise LibraryError("--label-column is of labels, and goes with --labels.")
    from earwitness.library.indexing import index_library
    from earwitness.listen.vocabulary import open_listener
    from earwitness.parallel import usable_cores

    opened = open_listener(listener, model=model)
    if watch:
        return _watch(library, out, opened, jobs=jobs or usable_cores(), json=json)
    with progress_bars(quiet=False) as progress:
        done = index_library(library, out, listener=opened, jobs=jobs or usable_cores(), progress=progress)
    if json:
        say_json(_about(done, out))
        return
    _say_done(done, out)
    say(f'Try it: earwitness search {out} "{opened.labels[0]}"')


def _about(done: Done, out: Path) -> dict[str, object]:
    faults = [fault._asdict() for fault in done.faults]
    counts = {"heard": done.heard, "known": done.known, "gone": done.gone, "heard_s": done.seconds}
    return {"index": str(out), "labels": list(done.index.labels), **counts, "faults": faults}


def _say_done(done: Done, out: Path, *, told: frozenset[Fault] = frozenset(), at: str = "") -> None:
    for fault in done.faults:
        if fault not in told:
            say(f"Left out: {fault.path!r}: {fault.reason}")
    left_out = f", {len(done.faults):,} left out" if done.faults else ""
    say(
        f"{at}{out}: {done.heard + done.known:,} recordings, {done.heard:,} of them heard now "
        f"({done.seconds:,.0f} s of audio), {done.gone:,} no longer there{left_out}."
    )


def _watch(library: Path, out: Path, listener: LibraryListener, *, jobs: int, json: bool) -> None:
    from earwitness.library.watching import Waiting, watch_library

    told: frozenset[Fault] = frozenset()
    bars = partial(progress_bars, quiet=False)
    for each in watch_library(library, out, listener=listener, jobs=jobs, progress=bars):
        at = f"{datetime.now():%H:%M:%S} "
        if isinstance(each, Waiting):
            if json:
                say_json({"index": str(out), "waiting": each.reason}, one_line=True)
            else:
                say(f"{at}{each.reason or 'Waiting no longer.'}")
        elif json:
            say_json(_about(each, out), one_line=True)
        else:
            _say_done(each, out, told=told, at=at)
            told = frozenset(each.faults)


def _check_labels(labels: list[Path] | None, others: list[str]) -> None:
    if not labels:
        raise LibraryError("Give either --listener, who is to listen, or --labels, what people labelled.")
    if others:
        raise LibraryError(f"{' and '.join(others)} cannot be given with --labels: nobody listens then.")


def _index_labels(library: Path, out: Path, labels: list[Path], *, label_column: str | None, json: bool) -> None:
    from earwitness.library.labelled import index_labels
    from earwitness.library.moments import path_to_text

    with progress_bars(quiet=False) as progress:
        done = index_labels(library, out, labels=labels, label_column=label_column, progress=progress)
    if not json:
        _say_labelled(done)
        return
    read = done.imported
    say_json(
        {
            "index": str(out),
            "labels": list(done.index.labels),
            **{name: getattr(done, name) for name in ("recordings", "measured", "unlabelled", "gone")},
            "label_files": read.files,
            "label_rows": read.rows,
            "events": read.events.num_rows,
            "matched": dict(read.matched),
            "marks": read.widened,
            "cut": read.cut,
            "alike": [list(names) for names in done.alike],
            "faults": [fault._asdict() for fault in done.faults],
            "label_faults": [fault._asdict() | {"file": path_to_text(fault.file)} for fault in read.faults],
        }
    )


def _say_labelled(done: Labelled) -> None:
    for fault in done.faults:
        say(f"Left out: {fault.path!r}: {fault.reason}")
    read = done.imported
    for file, faults in groupby(read.faults, key=lambda fault: fault.file):
        every = list(faults)
        for each in every[:_SHOWN]:
            say(f"Not used: {each}")
        if len(every) > _SHOWN:
            say(f"Not used: {len(every) - _SHOWN:,} more of {file!r}; --json shows all.")
    for names in done.alike:
        say(f"Taken for different sounds: {', '.join(map(repr, names))}.")
    left_out = f", {len(done.faults):,} left out" if done.faults else ""
    say(
        f"{done.index.folder}: {done.recordings:,} recordings, {done.unlabelled:,} of them without a label, "
        f"{done.gone:,} no longer there{left_out}."
    )
    matched = ", ".join(f"{count:,} by {rule}" for rule, count in read.matched.items())
    say(f"Labels: {read.rows:,} in {read.files:,} files{f' (matched: {matched})' if matched else ''}.")
    if read.widened or read.cut:
        say(
            f"Of these {read.widened:,} are marks without a length, taken as 10 ms, and {read.cut:,} ended after their "
            "recording and were cut."
        )
    if done.index.labels:
        say(f"Try it: earwitness search {done.index.folder} {quote(done.index.phrases[done.index.labels[0]])}")
