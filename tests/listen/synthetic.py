"""Clips whose events are known, and what a listener that is neither deaf nor perfect would make of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from earwitness.logic.events import Event, Timeline
from earwitness.logic.margins import Margins, timeline_faults

CLIP_S = 10.0


def timelines(n: int, labels: tuple[str, ...], *, rng: np.random.Generator, repeated: float = 0.3) -> list[Timeline]:
    """Draw clips of 10 s with two to four events that keep the benchmarks' margins; some hold a label repeatedly."""
    made: list[Timeline] = []
    while len(made) < n:
        number = int(rng.integers(2, 5))
        names = [str(name) for name in rng.choice(labels, number, replace=False)]
        if rng.random() < repeated:
            names[1:3] = [names[0]] * len(names[1:3])
        length = 0.5 * 10.0 ** rng.uniform(0.0, 0.9, number)
        onset = rng.uniform(0.0, CLIP_S - length)
        timeline = Timeline(map(Event, onset, onset + length, names))
        if len(timeline.events) == number and not timeline_faults(timeline, Margins()):
            made.append(timeline)
    return made


def posteriors(
    clips: list[Timeline],
    labels: tuple[str, ...],
    *,
    hop_s: float,
    rng: np.random.Generator,
    noise: float = 0.7,
    masked: float = 0.5,
) -> npt.NDArray[np.float32]:
    """Return trapezoids with slopes of half a second, lower where sounds overlap, under noise on the log odds."""
    time_s = (np.arange(round(CLIP_S / hop_s)) + 0.5) * hop_s
    heard = np.zeros((len(clips), len(time_s), len(labels)))
    for clip, timeline in enumerate(clips):
        for event in timeline.events:
            if event.label in labels:
                inside = np.minimum(time_s - event.onset, event.offset - time_s)
                column = heard[clip, :, labels.index(event.label)]
                np.maximum(column, rng.uniform(0.6, 1.0) * np.clip(inside / 0.5 + 0.5, 0.0, 1.0), out=column)
    others = heard.sum(axis=2, keepdims=True) - heard
    heard *= np.clip(1.0 - masked * others, 0.1, 1.0)
    level = np.clip(heard, 0.01, 0.99)
    odds = np.log(level / (1.0 - level)) + rng.normal(0.0, noise, level.shape)
    return (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)
