"""Compare ways to cut events out of posteriors, and boxes with frames as evidence for logic.

Run ``python benchmarks/boxes.py --model ../shared/data/models/yamnet.tflite --listener LISTENER --bench BENCH``. The
listener was fitted to the split `train` of a bank, the benchmark was built from the split `test`. Each way is tuned on
every other clip of the benchmark and measured on the rest: by events that are found when more than half of each lies in
the other (as in PSDS at 0.5), and when the onset is within 200 ms and the offset within 200 ms or 20 % of the length.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from earwitness.listen.base import Posteriors
from earwitness.listen.boxes import Box, boxes_of, fit_boxes
from earwitness.listen.fitted import FittedListener, load_listener
from earwitness.listen.logistic import fit_logistic
from earwitness.listen.tracks import apart
from earwitness.logic.events import Timeline
from earwitness.logic.plan import EventTable, LabelEvents, relevant
from earwitness.logic.reading import Reader
from earwitness.logic.soft import Evidence, Relation, soft
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.scores.judged import Judged, judged
from earwitness.systems.base import clips_of
from measure import table

LEAST_PEAK = 0.05
Heard = list[npt.NDArray[np.float32]]
Boxes = list[tuple[Box, ...]]


# --- ways to cut ---


class Lesson(NamedTuple):
    """Clips whose events are known, and what was heard in them."""

    probs: Heard
    timelines: Sequence[Timeline]


def cutting(labels: Sequence[str], hop_s: float, lesson: Lesson, **tried: object) -> Callable[[Heard], Boxes]:
    """Return the way of ``listen.boxes`` with these settings to choose from."""
    model = fit_boxes(lesson.probs, labels, lesson.timelines, hop_s=hop_s, **tried)
    print(f"<!-- {model.levels} {model.share} {model.pause_s} {np.round(model.inward_s, 3).tolist()} -->")
    return lambda heard: [boxes_of(probs, labels, hop_s=hop_s, model=model) for probs in heard]


def change_points(track: npt.NDArray[np.float64], width: int, ratio: float, longest: int) -> list[tuple[float, float]]:
    """Return stretches between the steepest rises and falls, in frames (after Ebbers and others, arXiv 2406.04212).

    The mean of ``width`` frames to come, less that of as many past, has peaks where a sound begins and dips where it
    ends. Neighbours are one where the mean between them is above the lesser peak divided by ``ratio``.
    """
    so_far = np.cumsum(np.pad(track, (2 * width + 1, 2 * width)))
    step = so_far[2 * width :] - 2 * so_far[width:-width] + so_far[: -2 * width]
    edges: list[tuple[int, int]] = []
    for place in range(1, len(step) - 1):
        up = step[place] > 0 and step[place] >= step[place - 1] and step[place] > step[place + 1]
        down = step[place] < 0 and step[place] < step[place - 1] and step[place] <= step[place + 1]
        if up or down:
            side = 1 if up else -1
            if edges and edges[-1][1] == side:
                edges[-1] = max(edges[-1], (place, side), key=lambda edge: side * step[edge[0]])
            elif up or edges:
                edges.append((place, side))
    ends = [place for place, _ in edges]
    found = [list(pair) for pair in zip(ends[::2], ends[1::2], strict=False)]
    padded = np.pad(track, (width, width))
    found = [pair for pair in found if padded[pair[0] : pair[1]].max() >= LEAST_PEAK]
    while len(found) > 1:
        between = [
            padded[a:b].mean() * ratio / min(padded[s:a].max(), padded[b:e].max())
            if b > a and b - a <= longest
            else float(b == a)
            for (s, a), (b, e) in pairwise(found)
        ]
        place = int(np.argmax(between))
        if between[place] < 1.0:
            break
        found[place : place + 2] = [[found[place][0], found[place + 1][1]]]

    def fine(place: int, side: int) -> float:
        before, here, after = side * step[place - 1 : place + 2]
        bend = before - 2 * here + after
        return place - width + (0.5 * (before - after) / bend if bend < 0 else 0.0)

    return [(max(0.0, fine(a, 1)), min(len(track), fine(b, -1))) for a, b in found]


def changing(labels: Sequence[str], hop_s: float, lesson: Lesson) -> Callable[[Heard], Boxes]:
    """Return the way of change points, its confidence learned from the same numbers as that of boxes."""

    def drawn(heard: Heard, setting: tuple[int, float, int]) -> tuple[list[tuple[int, int, float, float]], list]:
        places, numbers = [], []
        for clip, probs in enumerate(heard):
            alone = apart(probs)
            for column in np.flatnonzero(probs.max(axis=0) >= LEAST_PEAK):
                for onset, offset in change_points(probs[:, column].astype(np.float64), *setting):
                    part = slice(int(onset), max(int(onset) + 1, int(np.ceil(offset))))
                    level = (probs[part, column].max(), probs[part, column].mean(), alone[part, column].mean())
                    level = np.clip(level, 1e-4, 1 - 1e-4)
                    places.append((clip, int(column), onset * hop_s, offset * hop_s))
                    numbers.append((*np.log(level / (1 - level)), np.log(max(offset - onset, 0.05) * hop_s)))
        return places, numbers

    def boxed(places: list, confidence: npt.NDArray[np.float64], n: int) -> Boxes:
        boxes: list[list[Box]] = [[] for _ in range(n)]
        for (clip, column, onset_s, offset_s), sure in zip(places, confidence, strict=True):
            boxes[clip].append(Box(labels[column], onset_s, offset_s, float(sure)))
        return [tuple(each) for each in boxes]

    best = None
    for setting in product((1, 2, 3), (1.2, 1.5, 2.0), (2, 4, 100)):
        places, numbers = drawn(lesson.probs, setting)
        boxes = boxed(places, np.ones(len(places)), len(lesson.probs))
        real = real_boxes(boxes, lesson.timelines)
        together = fit_logistic(np.array(numbers), real)
        boxes = boxed(places, together.probability(np.array(numbers)), len(lesson.probs))
        reached = average_precision(boxes, lesson.timelines)
        if best is None or reached > best[0]:
            best = reached, setting, np.array(numbers), np.array([place[1] for place in places]), real, together
    _, setting, numbers, column, real, together = best
    print(f"<!-- change points: {setting} -->")
    own = [
        fit_logistic(numbers[column == each], real[column == each], ridge=50.0, near=together)
        for each in range(len(labels))
    ]

    def way(heard: Heard) -> Boxes:
        places, numbers = drawn(heard, setting)
        sure = [own[place[1]].probability(np.array([row]))[0] for place, row in zip(places, numbers, strict=True)]
        return boxed(places, np.array(sure), len(heard))

    return way


# --- measures ---


def _half(box: Box, onset: float, offset: float) -> bool:
    shared_s = min(box.offset_s, offset) - max(box.onset_s, onset)
    return shared_s > 0.5 * (box.offset_s - box.onset_s) and shared_s > 0.5 * (offset - onset)


def _collar(box: Box, onset: float, offset: float) -> bool:
    return abs(box.onset_s - onset) <= 0.2 and abs(box.offset_s - offset) <= max(0.2, 0.2 * (offset - onset))


def matched(boxes: Boxes, timelines: Sequence[Timeline], rule: Callable) -> Iterator[tuple[int, int, object]]:
    """Yield clip, place of the box and its event, of as many boxes as can have an event each."""
    for clip, (own, timeline) in enumerate(zip(boxes, timelines, strict=True)):
        for label, events in timeline.by_label.items():
            places = [place for place, box in enumerate(own) if box.label == label]
            fits = np.array([[rule(own[p], e.onset, e.offset) for e in events] for p in places], dtype=float)
            if fits.size:
                for row, event in zip(*linear_sum_assignment(-fits), strict=True):
                    if fits[row, event]:
                        yield clip, places[row], events[event]


def real_boxes(boxes: Boxes, timelines: Sequence[Timeline]) -> npt.NDArray[np.bool_]:
    """Return which boxes are real, all clips joined."""
    found = {(clip, place) for clip, place, _ in matched(boxes, timelines, _half)}
    return np.array([(clip, place) in found for clip, own in enumerate(boxes) for place in range(len(own))], dtype=bool)


def average_precision(boxes: Boxes, timelines: Sequence[Timeline]) -> float:
    """Return the average precision of boxes ranked by confidence; which is real does not depend on where one cuts."""
    sure = np.array([box.confidence for own in boxes for box in own])
    real = real_boxes(boxes, timelines)[np.argsort(-sure, kind="stable")]
    precision = np.cumsum(real) / np.arange(1, len(real) + 1)
    return float(precision[real].sum()) / sum(len(timeline.events) for timeline in timelines)


def counts(boxes: Boxes, timelines: Sequence[Timeline], rule: Callable, *, least: float) -> npt.NDArray[np.intp]:
    """Return of each clip how many events were found, how many boxes are so sure, and how many events there are."""
    kept = [tuple(box for box in own if box.confidence >= least) for own in boxes]
    found = np.bincount([clip for clip, _, _ in matched(kept, timelines, rule)], minlength=len(boxes))
    return np.array([found, [len(own) for own in kept], [len(timeline.events) for timeline in timelines]]).T


def f1(numbers: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Return the F1 over all clips and labels, of counts of shape (..., n_clips, 3)."""
    found, boxes, events = np.moveaxis(numbers.sum(axis=-2), -1, 0)
    return 2 * found / (boxes + events)


def with_interval(numbers: npt.NDArray[np.intp]) -> str:
    """Return the F1 and its interval of 95 %, clips drawn again and again."""
    drawn = np.random.default_rng(0).integers(len(numbers), size=(400, len(numbers)))
    low, high = np.percentile(f1(numbers[drawn]), (2.5, 97.5))
    return f"{100 * f1(numbers):.1f} ({100 * low:.1f}-{100 * high:.1f})"


def measured(tuned: Boxes, lesson: Lesson, boxes: Boxes, timelines: Sequence[Timeline]) -> tuple[str, ...]:
    """Return a row of numbers; the confidence that a box must have is the one that was best in tuning."""
    least = np.linspace(0.05, 0.95, 19)
    shares = []
    for rule in (_half, _collar):
        reached = [float(f1(counts(tuned, lesson.timelines, rule, least=each))) for each in least]
        shares.append(with_interval(counts(boxes, timelines, rule, least=least[int(np.argmax(reached))])))
    off = [
        (abs(boxes[clip][place].onset_s - event.onset), abs(boxes[clip][place].offset_s - event.offset))
        for clip, place, event in matched(boxes, timelines, _half)
        if boxes[clip][place].confidence >= 0.5
    ]
    real, sure = real_boxes(boxes, timelines), np.array([box.confidence for own in boxes for box in own])
    bins = np.minimum((10 * sure).astype(int), 9)
    gaps = [abs(real[bins == b].mean() - sure[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return (
        *shares,
        f"{100 * average_precision(boxes, timelines):.1f}",
        *(" / ".join(f"{1000 * value:.0f}" for value in (np.median(side), np.mean(side))) for side in np.array(off).T),
        f"{sum(gaps):.3f}",
        f"{np.mean((sure - real) ** 2):.3f}",
        f"{len(sure) / len(boxes):.1f}",
    )


# --- boxes as evidence ---

MOST = 4  # boxes of a label that count, the surest first
SHAKES = 8


@dataclass
class BoxEvidence:
    """Expected truth over which boxes are there, and, where ``spread_s`` is above zero, over where their edges are."""

    boxes: Boxes
    spread_s: float = 0.0
    frames: Evidence | None = None
    """Where presence is taken from; from the boxes when None."""
    n_clips: int = field(init=False)

    def __post_init__(self) -> None:
        self.n_clips = len(self.boxes)

    def _of(self, clip: int, label: str) -> list[Box]:
        own = sorted((box for box in self.boxes[clip] if box.label == label), key=lambda box: -box.confidence)
        return sorted(own[:MOST], key=lambda box: box.onset_s)

    def presence(self, label: str) -> npt.NDArray[np.float64]:
        """Return how probable it is that there is a box."""
        if self.frames is not None:
            return self.frames.presence(label)
        absent = [np.prod([1 - box.confidence for box in self._of(c, label)]) for c in range(self.n_clips)]
        return np.clip(1.0 - np.array(absent), 1e-4, 1 - 1e-4)

    def relation(self, node: Relation) -> npt.NDArray[np.float64]:
        """Return how often the node holds where each of its labels has a box."""
        labels = tuple(dict.fromkeys(node.labels))
        return np.array([self._expected(node, {lb: self._of(c, lb) for lb in labels}) for c in range(self.n_clips)])

    def _expected(self, node: Relation, own: Mapping[str, list[Box]]) -> float:
        if not all(own.values()):
            return 0.5
        n = sum(map(len, own.values()))
        there = (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1
        sure = np.array([box.confidence for boxes in own.values() for box in boxes])
        weight = np.where(there, sure, 1.0 - sure).prod(axis=1)
        place, columns, heard = 0, {}, np.ones(len(there), bool)
        shakes = SHAKES if self.spread_s else 1
        rng = np.random.default_rng(0)
        for label, boxes in own.items():
            mine = there[:, place : place + len(boxes)]
            heard &= mine.any(axis=1)
            place += len(boxes)
            edges = np.array([(box.onset_s, box.offset_s) for box in boxes])
            moved = edges + rng.normal(0.0, 1.0, (shakes, *edges.shape)) * self.spread_s
            moved[:, :, 1] = np.maximum(moved[:, :, 1], moved[:, :, 0] + 0.05)
            world, box = np.nonzero(np.tile(mine, (shakes, 1)))
            onset, offset = moved[world // len(mine), box].T
            order = np.lexsort((onset, world))
            columns[label] = LabelEvents(world[order], onset[order], offset[order])
        holds = relevant(node, EventTable(shakes * len(there), columns)).reshape(shakes, -1).mean(axis=0)
        return float(np.clip((weight * heard * holds).sum() / (weight * heard).sum(), 1e-4, 1 - 1e-4))


@dataclass
class Both:
    """The presence of one, and the geometric mean of the odds of two."""

    one: Evidence
    other: Evidence

    @property
    def n_clips(self) -> int:
        """How many clips there are."""
        return self.one.n_clips

    def presence(self, label: str) -> npt.NDArray[np.float64]:
        """Return the presence that the first one gives."""
        return self.one.presence(label)

    def relation(self, node: Relation) -> npt.NDArray[np.float64]:
        """Return what both give, the odds averaged."""
        a, b = (np.clip(each.relation(node), 1e-9, 1 - 1e-9) for each in (self.one, self.other))
        odds = np.sqrt(a * b / ((1 - a) * (1 - b)))
        return odds / (1 + odds)


def two_option(arrays: Judged, listener: FittedListener, heard: list[Posteriors], boxes: Boxes) -> str:
    """Return the table of 2AFC for boxes and frames."""
    reader = Reader(listener.phrases)
    right: dict[str, list[float]] = {}
    for query, *pair in arrays.pairs:
        frames = listener.evidence([heard[clip] for clip in pair])
        own = [boxes[clip] for clip in pair]
        ways = {
            "frames: presence and relations learned": frames,
            "boxes alone": BoxEvidence(own),
            "boxes alone, edges within 0.2 s": BoxEvidence(own, 0.2),
            "presence of frames, relations of boxes": BoxEvidence(own, 0.0, frames),
            "the same, edges within 0.2 s": BoxEvidence(own, 0.2, frames),
            "relations of both": Both(frames, BoxEvidence(own, 0.2, frames)),
        }
        constraint = reader.read(arrays.texts[query])
        for name, way in ways.items():
            first, second = soft(constraint, way)
            right.setdefault(name, []).append(0.5 * (1.0 + np.sign(first - second)))
    rows = [("pairs", *(str(np.sum(arrays.pair_task == task)) for task in range(len(arrays.tasks))), "")]
    for name, values in right.items():
        means = [np.mean(np.array(values)[arrays.pair_task == task]) for task in range(len(arrays.tasks))]
        rows.append((name, *(f"{100 * mean:.1f}" for mean in means), f"{100 * np.mean(means):.1f}"))
    return table(("2AFC, %", *arrays.tasks, "mean"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("listener", "bench"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--heard", type=Path, help="a file that keeps what was heard in the benchmark")
    options = parser.parse_args()
    listener = load_listener(options.listener, model=options.model)
    labels, hop_s = listener.labels, listener.backbone.hop_s
    benchmark = read_benchmark(options.bench)
    clips, timelines = clips_of(benchmark), [scene.timeline for scene in benchmark.scenes]
    if options.heard is not None and options.heard.exists():
        heard = list(np.load(options.heard)["p"])
    else:
        heard = [listener.listen(samples, clips.sample_rate).probs for samples in clips]
        if options.heard is not None:
            np.savez(options.heard, p=np.stack(heard))
    lesson, others = Lesson(heard[::2], timelines[::2]), Lesson(heard[1::2], timelines[1::2])
    levels = [(0.05,), (0.1,), (0.2,), (0.3,), (0.5,)]
    ways = {
        "threshold": lambda: cutting(labels, hop_s, lesson, levels=levels, shares=(1.0,), pauses_s=(0.0,)),
        "hysteresis": lambda: cutting(labels, hop_s, lesson, levels=levels),
        "change points": lambda: changing(labels, hop_s, lesson),
        "levels": lambda: cutting(labels, hop_s, lesson),
    }
    rows, boxes = [], []
    for name, make in ways.items():
        start = time.process_time()
        way = make()
        taken = time.process_time() - start
        found = way(others.probs)
        rows.append((name, *measured(way(lesson.probs), lesson, found, others.timelines), f"{taken:.1f}"))
        boxes = way(heard)
    columns = ("F1 half", "F1 200 ms", "AP half", "onset, ms", "offset, ms", "calibration", "Brier", "a clip", "fit, s")
    print(table(("way", *columns), rows))
    print(
        "\nF1 with its interval of 95 %. Errors of edges: median / mean, of boxes surer than 0.5. "
        "Calibration: expected error in ten bins.\n"
    )
    posteriors = [Posteriors(labels, hop_s, probs) for probs in heard]
    print(two_option(judged(benchmark), listener, posteriors, boxes))


if __name__ == "__main__":
    main()
