"""A clip as lanes: one line for each label, with bars where it is heard. For terminals; ``picture`` draws the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from earwitness.logic.events import Timeline
from earwitness.scenes.spec import Scene

__all__ = ["Lane", "lanes", "ruler"]

_FULL, _LEFT, _RIGHT, _EMPTY = "█", "▌", "▐", " "


class Lane(NamedTuple):
    """One label's line."""

    label: str
    """What is heard."""
    bar: str
    """The line, as many characters as asked for."""
    times: str
    """The spans in seconds."""


def lanes(scene: Scene, *, width: int) -> list[Lane]:
    """Return the lanes of a clip, in the order in which the labels are first heard.

    Parameters
    ----------
    scene
        The clip.
    width
        Characters from the clip's start to its end, 10 or more.
    """
    timeline = scene.timeline
    return [
        Lane(label, _bar(timeline, label, scene.duration_s, width), _times(timeline, label))
        for label in timeline.by_label
    ]


def ruler(duration_s: float, *, width: int) -> str:
    """Return a line of seconds over lanes of this width."""
    step = next(
        step for step in (1, 2, 5, 10, 20, 60, 120, 600) if duration_s / step <= max(1, width // 8) or step == 600
    )
    line = [" "] * (width + 8)
    for mark in range(0, int(duration_s) + 1, step):
        place = round(mark / duration_s * width)
        text = f"{mark}"
        line[place : place + len(text)] = text
    return "".join(line).rstrip() + " s"


def _bar(timeline: Timeline, label: str, duration_s: float, width: int) -> str:
    """Return a line of blocks, exact to half a character."""
    halves = [False] * (2 * width)
    for event in timeline.of(label):
        start = min(round(event.onset / duration_s * len(halves)), len(halves) - 1)
        end = max(start + 1, round(event.offset / duration_s * len(halves)))
        halves[start:end] = [True] * (min(end, len(halves)) - start)
    blocks = {(True, True): _FULL, (True, False): _LEFT, (False, True): _RIGHT, (False, False): _EMPTY}
    return "".join(blocks[left, right] for left, right in zip(halves[::2], halves[1::2], strict=True))


def _times(timeline: Timeline, label: str) -> str:
    spans: Sequence[str] = [f"{event.onset:.2f}-{event.offset:.2f}" for event in timeline.of(label)]
    return ", ".join(spans)
