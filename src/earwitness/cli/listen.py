"""``earwitness listen``: what is heard in recordings, and when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from earwitness.cli.talk import progress_bars, say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import numpy.typing as npt

    from earwitness.listen.boxes import Box
    from earwitness.listen.hearing import LibraryListener

__all__ = ["clock", "listen"]


class _Heard(NamedTuple):
    """What was heard in a recording."""

    file: Path
    duration_s: float
    events: list[Box]
    """By onset."""


def listen(
    files: Annotated[list[Path], typer.Argument(help="Recordings of any length: WAV, FLAC, OGG, MP3 or AIFF.")],
    *,
    listener: Annotated[str, typer.Option(help="'yamnet', or the folder of a listener that 'earwitness fit' made.")],
    model: Annotated[Path | None, typer.Option(help="The backbone's weights, where they are not in the cache.")] = None,
    sure: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Events of which the listener is less sure are left out.")
    ] = 0.5,
    out: Annotated[
        Path | None, typer.Option(help="Write the events of one recording as a label track for Audacity.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Say what is heard in recordings, from when to when, and how sure that is."""
    from earwitness.errors import ListenError
    from earwitness.listen.vocabulary import open_listener
    from earwitness.records import write_text
    from earwitness.sounds.labels import audacity_track

    if out is not None and len(files) > 1:
        raise ListenError(f"A label track is of one recording; --out was given with {len(files)} of them.")
    opened = open_listener(listener, model=model)
    heard: list[_Heard] = []
    with progress_bars(quiet=False) as progress:
        for file in files:
            heard.append(_heard(opened, file, sure=sure, progress=progress))
    if out is not None:
        events = ((round(1e6 * each.onset_s), round(1e6 * each.offset_s), each.label) for each in heard[0].events)
        write_text(out, audacity_track(events))
    if json:
        recordings = [_about(each) for each in heard]
        say_json({"listener": listener, "labels": list(opened.labels), "recordings": recordings})
        return
    for each in heard:
        _say(each, opened, sure=sure)
    if out is not None:
        say(f"{out}: {len(heard[0].events):,} labels for Audacity.")


def _heard(
    opened: LibraryListener, file: Path, *, sure: float, progress: Callable[[str, int, int], None] | None
) -> _Heard:
    from earwitness.listen.boxes import streamed_boxes
    from earwitness.listen.hearing import hear_file

    duration_s = 0.0

    def pieces() -> Iterator[npt.NDArray[np.float32]]:
        nonlocal duration_s
        for piece in hear_file(opened, file):
            duration_s = piece.until_s
            if progress is not None and piece.duration_s is not None:
                progress(file.name, int(piece.until_s), int(piece.duration_s))
            yield piece.posteriors.probs

    boxes = streamed_boxes(pieces(), opened.labels, hop_s=opened.hop_s, model=opened.boxes)
    found = [box for box in boxes if box.confidence >= sure]
    # The last frame may end after the recording does.
    events = [replace(box, offset_s=min(box.offset_s, duration_s)) for box in found if box.onset_s < duration_s]
    return _Heard(file, duration_s, sorted(events, key=lambda event: (event.onset_s, event.label)))


def _about(heard: _Heard) -> dict[str, object]:
    events = [
        {"label": each.label, "onset_s": each.onset_s, "offset_s": each.offset_s, "confidence": each.confidence}
        for each in heard.events
    ]
    return {"file": str(heard.file), "duration_s": heard.duration_s, "events": events}


def _say(heard: _Heard, opened: LibraryListener, *, sure: float) -> None:
    title = f"{heard.file}, {clock(heard.duration_s)}"
    if not heard.events:
        say(f"{title}: none of {len(opened.labels)} sounds was heard with a confidence of {sure:g} or more.")
        return
    rows = [(clock(e.onset_s), clock(e.offset_s), e.label, f"{e.confidence:.2f}") for e in heard.events]
    say_table(title, ("from", "to", "sound", "sure"), rows)


def clock(seconds: float) -> str:
    """Return a time as people read it.

    Examples
    --------
    >>> clock(7.25), clock(3725.5)
    ('0:07.25', '1:02:05.50')
    """
    hundredths = round(100 * seconds)
    minutes, rest = divmod(hundredths, 6_000)
    hours, minutes = divmod(minutes, 60)
    before = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{before}:{rest / 100:05.2f}"
