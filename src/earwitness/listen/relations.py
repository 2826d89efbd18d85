"""How probable it is that a relation holds between sounds that are heard: learned, and blind to labels.

Two sounds that mask each other look less present than two apart. So presence and relation are scored apart, and a
relation is asked of clips in which its sounds are taken to be heard. What tells a relation is a handful of numbers
that ``tracks`` measures; how much each of them counts is learned from composed scenes, whose truth is known, over all
pairs of sounds alike. A relation learned from some labels therefore serves any other.

Kinds
-----
A relation is put together from facts of these kinds; the probabilities of its facts are multiplied.

``before``, ``overlap``, ``during``
    As in the constraint of that name, without options.
``within``, ``shared``
    Given that the one is before the other, that the gap is short enough; given that they overlap, that it is for long
    enough.
``longer``, ``lasts``
    Of the longest event of a label.
``again``
    That a label is heard ``n`` times or more, ``n`` from two.

What is measured of a track counts the less, the less sure it is that its sound is heard at all; how much less is
learned as well. The limits of ``within``, ``shared``, ``lasts`` and ``again`` have weights that cannot be negative,
so that a claim with a wider limit is never less probable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError
from earwitness.listen.logistic import Logistic, fit_logistic
from earwitness.listen.tracks import (
    COUNT_NUMBERS,
    GAP_NUMBERS,
    LENGTH_NUMBERS,
    PAIR_NUMBERS,
    SHARED_NUMBERS,
    Clips,
    Tracks,
    count_numbers,
    gaps_s,
    lengths_s,
    pair_numbers,
    shared_s,
)
from earwitness.logic.constraint import Before, Constraint, Count, During, Lasts, Longer, Overlap
from earwitness.logic.events import Event, Timeline
from earwitness.logic.plan import EventTable, LabelEvents, relevant
from earwitness.logic.soft import Relation
from earwitness.rng import generator

__all__ = ["KINDS", "RelationModel", "fit_relations"]

_Values = npt.NDArray[np.float64]
_Mask = npt.NDArray[np.bool_]
_Ints = npt.NDArray[np.intp]

_LEAST_PEAK = 1e-6
"""A track that is lower everywhere shows nothing."""
_MOST_ROWS = 40_000
"""A regression on some dozen numbers gains nothing from more rows than this."""
_RIDGE = 20.0
"""Pairs of one clip, and limits of one pair, are not rows of their own: some dozens of them count as one."""
_LIMITS = tuple((0.5 * 1.1 ** np.arange(23)).tolist())
"""Limits to learn from, 0.5 to 4.1 s, whatever the true length: a limit that is never far from it would tell it."""


# --- from tracks to numbers ---


# The limit stands among the numbers by itself too: lengths that are hard to hear are judged by what is usual.


def _against_gap(gap_s: _Values, limit_s: _Values) -> _Values:
    return np.concatenate((np.tanh((limit_s - gap_s) / 0.5), _log_ratio(limit_s, gap_s), np.log(limit_s)), axis=1)


def _against_length(length_s: _Values, limit_s: _Values) -> _Values:
    return np.concatenate((_log_ratio(length_s, limit_s), -np.log(limit_s)), axis=1)


def _against_count(counted: _Values, number: _Values) -> _Values:
    return np.clip(counted - number + 0.5, -2.0, 2.0)


def _log_ratio(x: _Values, y: _Values) -> _Values:
    ratio: _Values = np.clip(np.log(np.maximum(x, 0.05)) - np.log(np.maximum(y, 0.05)), -3.0, 3.0)
    return ratio


@dataclass(frozen=True)
class _Kind:
    """What a kind of fact is judged by."""

    measured: Callable[[Sequence[Tracks]], _Values]
    """What is measured of the tracks of the sounds, shape (n, m)."""
    names: tuple[str, ...]
    """The numbers that come of it."""
    against: Callable[[_Values, _Values], _Values] | None = None
    """What comes of the measures and a limit of shape (n, 1); None where there is no limit."""

    @property
    def n_numbers(self) -> int:
        # Each number twice, for what it counts anyway and for what it counts the more the surer; and how sure it is.
        return 2 * len(self.names) + 1

    @property
    def floor(self) -> _Values | None:
        """The least weights: what grows with the limit, or falls with it, does so for every track."""
        return None if self.against is None else np.append(np.zeros(2 * len(self.names)), -np.inf)

    def numbers(self, tracks: Sequence[Tracks], limit: _Values, *, rows: _Ints | slice) -> _Values:
        """Return what the regression is given: of so many rows of the tracks, each with a limit."""
        measured = self.measured(tracks)[rows]
        values = measured if self.against is None else self.against(measured, limit[:, None])
        sure = np.minimum.reduce([track.peak for track in tracks])[rows, None]
        return np.concatenate((values, values * sure, sure), axis=1)


_PAIRED = _Kind(lambda tracks: pair_numbers(tracks[0], tracks[1]), PAIR_NUMBERS)
_KINDS = {
    "before": _PAIRED,
    "overlap": _PAIRED,
    "during": _PAIRED,
    # From the last to the first, for a label may follow itself.
    "within": _Kind(
        lambda tracks: gaps_s(tracks[0], tracks[-1]),
        (*GAP_NUMBERS, *(f"log {name}" for name in GAP_NUMBERS), "limit"),
        _against_gap,
    ),
    "shared": _Kind(lambda tracks: shared_s(tracks[0], tracks[1]), (*SHARED_NUMBERS, "limit"), _against_length),
    "longer": _Kind(lambda tracks: _log_ratio(lengths_s(tracks[0]), lengths_s(tracks[1])), LENGTH_NUMBERS),
    "lasts": _Kind(lambda tracks: lengths_s(tracks[0]), (*LENGTH_NUMBERS, "limit"), _against_length),
    "again": _Kind(lambda tracks: count_numbers(tracks[0]), COUNT_NUMBERS, _against_count),
}

KINDS = tuple(_KINDS)
"""The kinds of facts."""


# --- from relations to facts ---


@dataclass(frozen=True)
class _Fact:
    """One of the things that a relation says."""

    kind: str
    labels: tuple[str, ...]
    limit: float = 0.0
    true: bool = True


def _facts(node: Constraint) -> Iterator[_Fact]:
    """Yield what a relation says, one thing after another; exact counts say two things and are none of these."""
    if isinstance(node, Before):
        yield from _order_facts(node)
    elif isinstance(node, Overlap):
        yield _Fact("overlap", node.labels)
        if node.at_least is not None:
            yield _Fact("shared", node.labels, node.at_least)
    elif isinstance(node, During):
        yield _Fact("during", node.labels)
    elif isinstance(node, Longer):
        yield _Fact("longer", node.labels)
    elif isinstance(node, Lasts):
        limit_s = node.at_least if node.at_least is not None else node.at_most
        yield _Fact("lasts", node.labels, limit_s or 0.0, node.at_least is not None)
    elif isinstance(node, Count) and node.at_least is not None:
        yield _Fact("again", node.labels, node.at_least)
    elif isinstance(node, Count) and node.at_most is not None:
        yield _Fact("again", node.labels, node.at_most + 1, False)
    else:
        raise ListenError(f"{node} is no relation between sounds that are heard.")


def _order_facts(node: Before) -> Iterator[_Fact]:
    # A label that follows itself is heard again; tracks cannot be before themselves.
    for label, times in ((label, len(list(same))) for label, same in groupby(node.sequence)):
        if times > 1:
            yield _Fact("again", (label,), times)
    for a, b in dict.fromkeys(zip(node.sequence, node.sequence[1:], strict=False)):
        if a != b:
            yield _Fact("before", (a, b))
        if node.within is not None:
            yield _Fact("within", (a, b) if a != b else (a,), node.within)


@dataclass(frozen=True)
class RelationModel:
    """How much each number counts for each kind of fact, whatever the labels."""

    kinds: Mapping[str, Logistic]
    """The regression of each kind; a kind that could not be learned is missing."""

    def probability(self, node: Relation, tracks: Mapping[str, Tracks]) -> _Values:
        """Return how probable it is that a relation holds if its sounds are heard.

        Parameters
        ----------
        node
            The relation.
        tracks
            The tracks of each label that it names: in row ``i`` those of clip ``i``.

        Returns
        -------
        numpy.ndarray
            Shape (n,), float64, 0 to 1.

        Raises
        ------
        ListenError
            When relations of this kind were not learned.
        """
        n = len(tracks[node.labels[0]].peak)

        def asked(fact: _Fact) -> _Values:
            # Heard at all is heard once.
            if fact.kind == "again" and fact.limit <= 1:
                return np.ones(n)
            heard = [tracks[label] for label in fact.labels]
            numbers = _KINDS[fact.kind].numbers(heard, np.full(n, fact.limit), rows=slice(None))
            return self._of(fact).probability(numbers)

        return _composed(node, asked)

    def rate(self, node: Relation) -> float:
        """Return how often relations of this kind hold: what is said of a clip in which there is nothing to go by."""
        return float(_composed(node, lambda fact: np.array(self._of(fact).rate)))

    def arrays(self) -> dict[str, _Values]:
        """Return it as plain arrays by name, from which ``from_arrays`` makes the same again."""
        return {
            f"{kind}.{name}": values
            for kind, logistic in self.kinds.items()
            for name, values in logistic.arrays().items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.float64]]) -> RelationModel:
        """Make it from plain arrays.

        Raises
        ------
        ListenError
            When they are not those of relations.
        """
        unknown = sorted({name.partition(".")[0] for name in arrays} - set(KINDS))
        if unknown:
            raise ListenError(f"Relations are of the kinds {', '.join(KINDS)}; got {', '.join(unknown)}.")
        kinds = {}
        for kind in KINDS:
            own = {name.partition(".")[2]: values for name, values in arrays.items() if name.startswith(f"{kind}.")}
            if own:
                kinds[kind] = Logistic.from_arrays(own, n_numbers=_KINDS[kind].n_numbers)
        return cls(kinds)

    def _of(self, fact: _Fact) -> Logistic:
        if fact.kind not in self.kinds:
            raise ListenError(
                f"'{fact.kind}' was not learned: among the scenes that this listener was fitted on, it held always or "
                f"never. Learned are: {', '.join(self.kinds)}."
            )
        return self.kinds[fact.kind]


def _composed(node: Relation, asked: Callable[[_Fact], _Values]) -> _Values:
    """Return the probability of a relation from those of its facts."""
    if isinstance(node, Count) and node.exactly is not None:
        as_many, more = (asked(_Fact("again", node.labels, node.exactly + extra)) for extra in (0, 1))
        exactly: _Values = np.maximum(as_many - more, 0.0)
        return exactly
    values = [asked(fact) if fact.true else 1.0 - asked(fact) for fact in _facts(node)]
    product: _Values = np.prod(values, axis=0)
    return product


# --- learning ---


def fit_relations(
    probs: npt.NDArray[np.float32] | Sequence[npt.NDArray[np.float32]],
    labels: Sequence[str],
    timelines: Sequence[Timeline],
    *,
    hop_s: float,
    seed: int,
) -> RelationModel:
    """Learn relations from clips whose events are known.

    Parameters
    ----------
    probs
        What was heard in them: shape (n_clips, n_frames, n_labels), or one array (n_frames, n_labels) for each clip.
        Best of recordings that the head was not fitted on, for on its own it is surer than it should be.
    labels
        The labels, one for each column.
    timelines
        What is in them, clip by clip. Events of other labels are left out.
    hop_s
        The time from one frame to the next, in seconds.
    seed
        Draws which pairs are learned from where there are more than enough.

    Returns
    -------
    RelationModel
        With every kind that held in some cases and failed in others.

    Raises
    ------
    ListenError
        When there is not one timeline for each clip, or no clip holds two sounds to learn from.
    """
    clips = Clips(probs, labels, hop_s=hop_s)
    clips.check(timelines)
    rng = generator(seed, "relations")
    kinds: dict[str, Logistic] = {}
    for example in (*_pair_examples(clips, timelines, rng), *_single_examples(clips, timelines, rng)):
        if 0 < np.count_nonzero(example.truth) < len(example.truth):
            kind = _KINDS[example.kind]
            numbers = kind.numbers(example.tracks, example.limit, rows=example.rows)
            kinds[example.kind] = fit_logistic(numbers, example.truth, ridge=_RIDGE, floor=kind.floor)
    if "before" not in kinds:
        raise ListenError(
            "Relations are learned from clips in which one sound is heard after another, and some in which none is; "
            f"{clips.n_clips} clips with {len(clips.labels)} labels are not both."
        )
    return RelationModel({kind: kinds[kind] for kind in KINDS if kind in kinds})


@dataclass(frozen=True)
class _Examples:
    """What one kind of fact is learned from."""

    kind: str
    tracks: Sequence[Tracks]
    rows: _Ints
    """Which rows of the tracks, one for each example."""
    limit: _Values
    """The limit of each example."""
    truth: _Mask
    """Whether it holds."""


def _pair_examples(clips: Clips, timelines: Sequence[Timeline], rng: np.random.Generator) -> Iterator[_Examples]:
    """Yield what to learn of two sounds."""
    found = [
        (clip, a, b) for clip, timeline in enumerate(timelines) for a, b in combinations(_known(clips, timeline), 2)
    ]
    pairs = [found[i] for i in _some(len(found), _MOST_ROWS // 2, rng)]
    # Both ways round, so that the longer is as often the first as the second.
    pairs += [(clip, b, a) for clip, a, b in pairs]
    shown, tracks = _tracks(clips, pairs)
    if not tracks:
        return
    table = _renamed([(timelines[pairs[row][0]], pairs[row][1:]) for row in shown])
    before, overlap = relevant(Before(("0", "1")), table), relevant(Overlap("0", "1"), table)
    truths = {"before": before, "overlap": overlap}
    truths |= {"during": relevant(During("0", "1"), table), "longer": relevant(Longer("0", "1"), table)}
    for kind, truth in truths.items():
        yield _Examples(kind, tracks, np.arange(len(shown)), np.zeros(len(shown)), truth)
    holds = [relevant(Before(("0", "1"), within=limit), table) for limit in _LIMITS]
    yield _limited("within", tracks, np.stack(holds, axis=1), among=before, rng=rng)
    holds = [relevant(Overlap("0", "1", at_least=limit), table) for limit in _LIMITS]
    yield _limited("shared", tracks, np.stack(holds, axis=1), among=overlap, rng=rng)


def _single_examples(clips: Clips, timelines: Sequence[Timeline], rng: np.random.Generator) -> Iterator[_Examples]:
    """Yield what to learn of one sound."""
    found = [(clip, label) for clip, timeline in enumerate(timelines) for label in _known(clips, timeline)]
    singles = [found[i] for i in _some(len(found), _MOST_ROWS, rng)]
    shown, tracks = _tracks(clips, singles)
    if not tracks:
        return
    table = _renamed([(timelines[singles[row][0]], singles[row][1:]) for row in shown])
    holds = [relevant(Lasts("0", at_least=limit), table) for limit in _LIMITS]
    yield _limited("lasts", tracks, np.stack(holds, axis=1), among=np.ones(len(shown), bool), rng=rng)
    numbers = (2, 3)
    again = [relevant(Count("0", at_least=number), table) for number in numbers]
    rows, limit = np.tile(np.arange(len(shown)), len(numbers)), np.repeat(np.array(numbers, np.float64), len(shown))
    yield _Examples("again", tracks, rows, limit, np.concatenate(again))


def _known(clips: Clips, timeline: Timeline) -> list[str]:
    return [label for label in timeline.by_label if label in clips.labels]


def _some(n: int, most: int, rng: np.random.Generator) -> _Ints:
    """Return all numbers below ``n``, or as many as are wanted of them, in order."""
    return np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))


def _tracks(clips: Clips, places: Sequence[tuple[int | str, ...]]) -> tuple[_Ints, list[Tracks]]:
    """Return which places show something of each of their sounds, and the tracks there, sound by sound."""
    if not places:
        return np.arange(0), []
    number, *names = zip(*places, strict=True)
    heard = [
        clips.rows(np.array(number, np.intp), np.array([clips.column(str(label)) for label in of_place], np.intp))
        for of_place in names
    ]
    rows = np.flatnonzero(np.minimum.reduce([track.max(axis=1) for track in heard]) > _LEAST_PEAK)
    return rows, [Tracks.of(track[rows], hop_s=clips.hop_s) for track in heard] if len(rows) else []


def _renamed(places: Sequence[tuple[Timeline, Sequence[str]]]) -> EventTable:
    """Return the events of each place's sounds, which are called "0", "1" ... everywhere."""
    columns: dict[str, LabelEvents] = {}
    for number in range(len(places[0][1])):
        events: list[tuple[int, Event]] = [
            (row, event) for row, (timeline, labels) in enumerate(places) for event in timeline.of(labels[number])
        ]
        columns[str(number)] = LabelEvents(
            np.array([row for row, _ in events], np.intp),
            np.array([event.onset for _, event in events]),
            np.array([event.offset for _, event in events]),
        )
    return EventTable(len(places), columns)


def _limited(kind: str, tracks: Sequence[Tracks], holds: _Mask, *, among: _Mask, rng: np.random.Generator) -> _Examples:
    """Return the examples of some rows with every limit, or as many as are wanted of them."""
    row, place = np.nonzero(np.broadcast_to(among[:, None], holds.shape))
    kept = _some(len(row), _MOST_ROWS, rng)
    row, place = row[kept], place[kept]
    return _Examples(kind, tracks, row, np.array(_LIMITS)[place], holds[row, place])
