"""From posteriors over time to evidence for logic: which sounds are heard in a clip, and how they lie to each other.

Whether a label is heard in a clip is judged by how high its posterior rises and for how long: by its greatest value
and the mean of its highest half second, second, two and five seconds. What a clip lacks of five seconds counts as
silence. So silence that follows changes nothing, and a long recording is not heard to hold everything because it is
long. Each label has weights of its own, drawn towards those of all labels together; none is negative, so that a
posterior that rises anywhere never makes its own label less probable.

The same can be asked of what a posterior is *apart* from all others: itself times one minus the greatest of them. A
label that only rises where another one is louder is often that other one misheard, and sometimes masked by it. Judged
so, what is present is found better, and what overlaps is told worse from what does not.

Before anything is heard, a label is held to be as likely there as not: whoever asks for a sound does so because some
recordings hold it, and how often it was in the scenes that were learned from says nothing of them. A listener that held
sounds to be rare would take each of two that mask one another for absent, and prefer clips in which they are apart.

What makes one sound of a clip doubtful makes the others and their relation doubtful too: they mask one another. Logic
multiplies as if each were doubted for reasons of its own, so presences are handed to it raised to a power below 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from earwitness.errors import ListenError
from earwitness.listen.logistic import Logistic, fit_logistic
from earwitness.listen.relations import RelationModel
from earwitness.listen.tracks import Clips, Tracks, apart
from earwitness.logic.events import Timeline
from earwitness.logic.soft import Relation

__all__ = ["HIGHEST_S", "SHARED", "ClipEvidence", "PresenceModel", "fit_presence", "presence_numbers"]

_Values = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.intp]
_Probs = npt.NDArray[np.float32]

HIGHEST_S = (0.0, 0.5, 1.0, 2.0, 5.0)
"""Of how many of its highest seconds a posterior's mean is taken; of one frame at least."""
_LEAST_LEVEL = 1e-4
"""Means nearer to 0 or 1 than this are taken to be this far, so that one frame cannot outweigh all else."""
_N_NUMBERS = 2 * len(HIGHEST_S)
_LEAST_PEAK = 1e-6
"""A track that is lower everywhere shows nothing."""
_RIDGE = 20.0
_PIECE = 4_096
"""So many frames are looked at in one piece."""
SHARED = 0.7
"""The power that presences are raised to where claims are told from their contraries. On recordings that were kept
apart to choose by, 0.7 raised the mean of two-option accuracy by 0.5 points with one head and by 0.9 with the other,
and took 0.2 and 0.1 of Acc@1; 0.5 raised it further, and took a point."""
_LEAST_DOUBT = 1e-9
"""Logic takes 0 and 1 at their word; a listener is never that sure."""


def presence_numbers(probs: _Probs, *, hop_s: float) -> _Values:
    """Return what tells whether labels are heard in clips.

    Parameters
    ----------
    probs
        Posteriors, shape (n, n_frames, n_labels).
    hop_s
        The time from one frame to the next, in seconds.

    Returns
    -------
    numpy.ndarray
        The log odds of the means of the highest frames, those of the posterior and then those of what it is apart
        from all others; shape (n, n_labels, 2 * len(HIGHEST_S)), float64.
    """
    frames = [max(1, round(seconds / hop_s)) for seconds in HIGHEST_S]
    found = [probs[:, :0], probs[:, :0]]
    # Piece by piece, so that a recording of a day needs little more memory than what was heard in it.
    for first in range(0, probs.shape[1], _PIECE):
        piece = probs[:, first : first + _PIECE]
        pairs = zip(found, (piece, apart(piece)), strict=True)
        found = [_highest(np.concatenate(pair, axis=1), most=max(frames)) for pair in pairs]
    numbers = []
    for highest in found:
        so_far = np.cumsum(highest, axis=1, dtype=np.float64)
        levels = [so_far[:, min(each, so_far.shape[1]) - 1] / each for each in frames]
        numbers += [np.clip(level, _LEAST_LEVEL, 1.0 - _LEAST_LEVEL) for level in levels]
    level = np.stack(numbers, axis=-1)
    odds: _Values = np.log(level) - np.log1p(-level)
    return odds


def _highest(values: _Probs, *, most: int) -> _Probs:
    """Return the highest values along the second axis, falling; as many as there are, or as are wanted."""
    kept = min(most, values.shape[1])
    return np.sort(np.partition(values, values.shape[1] - kept, axis=1)[:, -kept:], axis=1)[:, ::-1]


@dataclass(frozen=True)
class PresenceModel:
    """How probable it is that each label is heard in a clip, from its posterior there."""

    labels: tuple[str, ...]
    """The labels."""
    weights: _Values
    """What each of ``presence_numbers`` adds to the log odds, 0 or more, float64, shape (n_labels, n_numbers)."""
    bias: _Values
    """The log odds where they are all zero, shape (n_labels,), float64."""

    @classmethod
    def plain(cls, labels: Sequence[str]) -> PresenceModel:
        """Return the model that takes the mean of the highest half second at its word, where nothing can be learned."""
        weights = np.zeros((len(labels), _N_NUMBERS))
        weights[:, HIGHEST_S.index(0.5)] = 1.0
        return cls(tuple(labels), weights, np.zeros(len(labels)))

    def probability(self, probs: _Probs, *, hop_s: float) -> _Values:
        """Return the presence of each label in each clip, shape (n, n_labels), from (n, n_frames, n_labels)."""
        numbers = presence_numbers(probs, hop_s=hop_s)
        probability: _Values = expit(np.einsum("ncf,cf->nc", numbers, self.weights) + self.bias)
        return probability

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return it as plain arrays by name, from which ``from_arrays`` makes the same again."""
        return {"labels": np.array(self.labels, dtype=np.str_), "weights": self.weights, "bias": self.bias}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> PresenceModel:
        """Make it from plain arrays.

        Raises
        ------
        ListenError
            When they are not those of presence.
        """
        missing = sorted({"labels", "weights", "bias"} - set(arrays))
        if missing:
            raise ListenError(f"Presence needs labels, weights and bias; missing: {', '.join(missing)}.")
        labels = tuple(str(label) for label in arrays["labels"])
        weights, bias = (np.asarray(arrays[name], np.float64) for name in ("weights", "bias"))
        wanted = (len(labels), _N_NUMBERS)
        if weights.shape != wanted or bias.shape != wanted[:1]:
            raise ListenError(
                f"The presence of {len(labels)} labels needs weights of shape {wanted} and a bias of shape "
                f"{wanted[:1]}; got {weights.shape} and {bias.shape}."
            )
        if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
            raise ListenError("The weights and the bias of presence must be finite.")
        return cls(labels, weights, bias)


def fit_presence(
    probs: _Probs | Sequence[_Probs],
    labels: Sequence[str],
    timelines: Sequence[Timeline],
    *,
    hop_s: float,
    apart: bool = False,
    ridge: float = 50.0,
) -> PresenceModel:
    """Learn presence from clips whose events are known.

    Parameters
    ----------
    probs
        What was heard in them: shape (n_clips, n_frames, n_labels), or one array (n_frames, n_labels) for each clip.
        Best of recordings that the head was not fitted on, for on its own it is surer than it should be.
    labels
        The labels, one for each column.
    timelines
        What is in them, clip by clip.
    hop_s
        The time from one frame to the next, in seconds.
    apart
        Whether a label is judged by what its posterior is apart from all others too.
    ridge
        How strongly each label's weights are drawn to those of all labels together, as if by so many clips.

    Returns
    -------
    PresenceModel
        A label that is in none of the clips, or in all of them, is judged as all labels together are.

    Raises
    ------
    ListenError
        When there is not one timeline for each clip, or the clips hold all labels, or none.
    """
    clips = Clips(probs, labels, hop_s=hop_s)
    clips.check(timelines)
    numbers = np.zeros((clips.n_clips, len(clips.labels), _N_NUMBERS))
    for first, block in clips.blocks():
        numbers[first : first + len(block)] = presence_numbers(block, hop_s=hop_s)
    heard = np.array([[label in timeline.by_label for label in clips.labels] for timeline in timelines], dtype=bool)
    if not apart:
        # A number that never varies gets no weight.
        numbers[:, :, len(HIGHEST_S) :] = 0.0
    floor = np.zeros(_N_NUMBERS)
    together = fit_logistic(numbers.reshape(-1, _N_NUMBERS), heard.ravel(), ridge=_RIDGE, floor=floor)
    each: list[Logistic] = []
    for column in range(len(clips.labels)):
        known = 0 < np.count_nonzero(heard[:, column]) < clips.n_clips
        own = (numbers[:, column], heard[:, column])
        each.append(fit_logistic(*own, ridge=ridge, floor=floor, near=together) if known else together)
    bias = np.array([own.bias for own in each], dtype=np.float64) - logit(heard.mean())
    return PresenceModel(clips.labels, np.stack([own.weights for own in each]), bias)


class ClipEvidence:
    """What a listener knows of clips, as ``logic.soft`` asks for it.

    Parameters
    ----------
    probs
        What was heard in them: shape (n_clips, n_frames, n_labels), or one array (n_frames, n_labels) for each clip.
    labels
        The labels, one for each column.
    hop_s
        The time from one frame to the next, in seconds.
    presence_model
        Judges which sounds are heard; it knows these labels, in this order.
    relation_model
        Judges how they lie to each other.
    faint
        Relations are worked out for clips in which the presence of each of their sounds is at least this. Of all others
        they are said to hold as often as they do: the presence alone puts those clips last. One in a hundred is
        little for a sound that is held to be as likely there as not before it is heard.
    power
        What presences are raised to; 1 takes them at their word.

    Raises
    ------
    ListenError
        When the model of presence is that of other labels.
    """

    def __init__(
        self,
        probs: _Probs | Sequence[_Probs],
        labels: Sequence[str],
        *,
        hop_s: float,
        presence_model: PresenceModel,
        relation_model: RelationModel,
        faint: float = 1e-2,
        power: float = SHARED,
    ) -> None:
        self._clips = Clips(probs, labels, hop_s=hop_s)
        if presence_model.labels != self._clips.labels:
            strange = sorted(set(presence_model.labels) ^ set(self._clips.labels))
            raise ListenError(
                "The model of presence must know the labels that were listened for, in their order; "
                + (f"only one of them knows: {', '.join(strange[:8])}." if strange else "the order is another.")
            )
        self._model = relation_model
        self._presence = np.zeros((self.n_clips, len(self._clips.labels)))
        self._related = np.zeros(self._presence.shape, np.bool_)
        for first, block in self._clips.blocks():
            part = slice(first, first + len(block))
            probability = presence_model.probability(block, hop_s=hop_s)
            self._presence[part] = _doubted(probability**power)
            self._related[part] = (probability >= faint) & (block.max(axis=1) > _LEAST_PEAK)
        self._heard: dict[str, tuple[_Ints, Tracks]] = {}

    @property
    def n_clips(self) -> int:
        """How many clips there are."""
        return self._clips.n_clips

    def presence(self, label: str) -> _Values:
        """Return how probable it is that the label is heard, raised to the power; shape (n_clips,), float64.

        Raises
        ------
        ListenError
            When the label was not listened for.
        """
        return self._presence[:, self._clips.column(label)]

    def relation(self, node: Relation) -> _Values:
        """Return how probable it is that the node holds if its sounds are heard, shape (n_clips,), float64.

        Raises
        ------
        ListenError
            When a label was not listened for, or relations of this kind were not learned.
        """
        probability = np.full(self.n_clips, self._model.rate(node))
        clips = np.arange(self.n_clips)
        for label in dict.fromkeys(node.labels):
            clips = np.intersect1d(clips, self._tracks(label)[0], assume_unique=True)
        if len(clips):
            tracks = {}
            for label in node.labels:
                where, of_label = self._tracks(label)
                tracks[label] = of_label.taken(np.searchsorted(where, clips))
            probability[clips] = self._model.probability(node, tracks)
        return _doubted(probability)

    def _tracks(self, label: str) -> tuple[_Ints, Tracks]:
        """Return the clips in which a label may be heard, and its tracks there; measured when first asked for."""
        if label not in self._heard:
            column = self._clips.column(label)
            clips = np.flatnonzero(self._related[:, column])
            rows = self._clips.rows(clips, np.full(len(clips), column))
            self._heard[label] = clips, Tracks.of(rows, hop_s=self._clips.hop_s)
        return self._heard[label]


def _doubted(probability: _Values) -> _Values:
    return np.clip(probability, _LEAST_DOUBT, 1.0 - _LEAST_DOUBT)
