"""Captions of clips: written from the ground truth, or read from a file that a model wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from earwitness.errors import BenchmarkError, SystemFault
from earwitness.logic.events import Timeline
from earwitness.logic.wording import default_phrase
from earwitness.records import read_jsonl

__all__ = ["caption_of", "read_captions"]


def caption_of(timeline: Timeline, phrases: Mapping[str, str], *, duration_s: float) -> str:
    """Say what is heard in a clip, and when, in the order in which the sounds start.

    Parameters
    ----------
    timeline
        The clip's events.
    phrases
        How to say each label, as in the queries; a label without a phrase is named.
    duration_s
        The length of the clip, in seconds.

    Examples
    --------
    >>> from earwitness.logic.events import Event
    >>> timeline = Timeline([Event(0.5, 1.2, "dog"), Event(2, 4, "horn"), Event(3, 10, "rain")])
    >>> phrases = {"dog": "a dog barking", "horn": "a car horn", "rain": "rain"}
    >>> caption_of(timeline, phrases, duration_s=10)
    'A dog barking from 0.5 to 1.2 seconds, then a car horn from 2 to 4 seconds, while rain from 3 seconds to the end.'
    """
    if not timeline.events:
        return f"Silence for {duration_s:g} seconds."
    said: list[str] = []
    latest = 0.0
    for event in timeline.events:
        phrase = phrases.get(event.label) or default_phrase(event.label)
        to_the_end = event.offset >= duration_s
        if to_the_end and event.onset == 0:
            when = "throughout"
        elif to_the_end:
            when = f"from {event.onset:g} seconds to the end"
        else:
            when = f"from {event.onset:g} to {event.offset:g} seconds"
        link = "" if not said else "then " if event.onset >= latest else "while "
        said.append(f"{link}{phrase} {when}")
        latest = max(latest, event.offset)
    text = ", ".join(said)
    return f"{text[0].upper()}{text[1:]}."


def read_captions(path: Path) -> dict[str, str]:
    """Read captions that a model wrote: JSON lines with ``clip_id`` and ``caption``.

    An empty caption is one: the model heard nothing that it could say.

    Returns
    -------
    dict of str to str
        The captions by clip, in the order of the file.

    Raises
    ------
    SystemFault
        Naming the line that is malformed, or names a clip for the second time.
    """
    try:
        rows = read_jsonl(path, columns=("clip_id", "caption"))
    except BenchmarkError as error:
        raise SystemFault(f"Captions: {error}") from error
    captions: dict[str, str] = {}
    for line, row in enumerate(rows, start=1):
        for field, value in row.items():
            if not isinstance(value, str) or (field == "clip_id" and not value):
                raise SystemFault(f"Captions: '{path}', line {line}: '{field}' must be text; got {value!r}.")
        if row["clip_id"] in captions:
            raise SystemFault(f"Captions: '{path}', line {line}: clip '{row['clip_id']}' has a caption already.")
        captions[row["clip_id"]] = row["caption"]
    return captions
