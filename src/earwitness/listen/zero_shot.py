"""Hearing sounds that nobody was fitted to: a backbone's own classes, judged whatever they are called.

The posterior of a phrase is the greatest score of the classes that it means. Which posteriors make a sound present,
how two of them lie to each other, and where events begin and end, is judged by one rule for all classes, learned from
scenes of the built-in sounds and kept in ``data/zero_shot_yamnet.npz``; ``benchmarks/fit_zero_shot.py`` made that file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError
from earwitness.listen.base import Backbone, Posteriors, Samples
from earwitness.listen.boxes import BoxModel, fit_boxes
from earwitness.listen.evidence import ClipEvidence, PresenceModel, fit_presence
from earwitness.listen.grounding import Grounding
from earwitness.listen.models import at_rate
from earwitness.listen.relations import RelationModel, fit_relations
from earwitness.logic.events import Timeline
from earwitness.records import atomic_path, sha256_of_bytes

__all__ = [
    "POWER",
    "ZERO_SHOT",
    "CommonRules",
    "ZeroShotListener",
    "common_rules",
    "fit_common_boxes",
    "fit_common_rules",
    "greatest",
]

ZERO_SHOT = ("yamnet",)
"""The backbones whose own classes can be asked for."""

_ONE_RULE = 1e9
"""A ridge that leaves no label weights of its own."""
_ANY = "any sound"
POWER = 0.7
"""Scores are raised to this first; chosen on training recordings, where 0.5 to 1 do about as well."""


@dataclass(frozen=True, eq=False)
class CommonRules:
    """What posteriors mean, whatever their labels."""

    weights: npt.NDArray[np.float64]
    """What each of ``presence_numbers`` adds to the log odds of a presence."""
    bias: float
    """The log odds where they are all zero."""
    relations: RelationModel
    """How probable a relation is if its sounds are heard."""
    box: BoxModel
    """Where events begin and end, and how sure they are; of one label, which stands for all."""

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the numbers that evidence depends on: those of presence and relations."""
        return _digest(self.weights, np.array(self.bias), *self.relations.arrays().values())

    @cached_property
    def boxes_digest(self) -> str:
        """The SHA-256 of the numbers that events depend on."""
        return _digest(*(self.box.arrays()[name] for name in ("levels", "edges", "weights", "bias")))

    def presence(self, labels: Sequence[str]) -> PresenceModel:
        """Return the model of presence of some labels: the same for each."""
        return PresenceModel(tuple(labels), np.tile(self.weights, (len(labels), 1)), np.full(len(labels), self.bias))

    def boxes(self, labels: Sequence[str]) -> BoxModel:
        """Return the model of boxes of some labels: the same for each."""
        weights, bias = np.tile(self.box.weights, (len(labels), 1)), np.tile(self.box.bias, len(labels))
        return replace(self.box, labels=tuple(labels), weights=weights, bias=bias)

    def save(self, path: Path) -> None:
        """Write them to a file of arrays.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        arrays |= {f"relations.{name}": values for name, values in self.relations.arrays().items()}
        arrays |= {f"boxes.{name}": values for name, values in self.box.arrays().items()}
        with atomic_path(path) as partial, partial.open("wb") as file:
            np.savez(file, weights=self.weights, bias=np.array(self.bias), **arrays)  # type: ignore[arg-type]


def _digest(*arrays: npt.NDArray[np.generic]) -> str:
    return sha256_of_bytes(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays))


def common_rules(backbone: str) -> CommonRules:
    """Return the rules that come with the package.

    Raises
    ------
    ListenError
        When there are none for this backbone.
    """
    if backbone not in ZERO_SHOT:
        raise ListenError(
            f"'{backbone}' cannot be asked for its own classes; {', '.join(ZERO_SHOT)} can. "
            "'earwitness fit' makes a listener of any backbone."
        )
    place = resources.files("earwitness.listen").joinpath("data", f"zero_shot_{backbone}.npz")
    with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        relations, boxes = (
            {name.removeprefix(part): arrays[name] for name in arrays.files if name.startswith(part)}
            for part in ("relations.", "boxes.")
        )
        return CommonRules(
            weights=arrays["weights"],
            bias=float(arrays["bias"]),
            relations=RelationModel.from_arrays(relations),
            box=BoxModel.from_arrays(boxes),
        )


def fit_common_rules(
    probs: Sequence[npt.NDArray[np.float32]],
    labels: Sequence[str],
    timelines: Sequence[Timeline],
    *,
    boxes: BoxModel,
    hop_s: float,
    seed: int,
) -> CommonRules:
    """Learn the rules from scenes whose events are known.

    Parameters
    ----------
    probs
        What was heard in them: for each scene an array of shape (n_frames, n_labels), see ``greatest``.
    labels
        The labels, one for each column.
    timelines
        What is in the scenes, one after another.
    boxes
        Where events begin and end, see ``fit_common_boxes``.
    hop_s
        The time from one frame to the next, in seconds.
    seed
        Draws which pairs are learned from where there are more than enough.

    Raises
    ------
    ListenError
        When nothing can be learned from them.
    """
    model = fit_presence(probs, labels, timelines, hop_s=hop_s, ridge=_ONE_RULE)
    return CommonRules(
        weights=model.weights.mean(axis=0),
        bias=float(model.bias.mean()),
        relations=fit_relations(probs, labels, timelines, hop_s=hop_s, seed=seed),
        box=boxes,
    )


def fit_common_boxes(
    probs: Sequence[npt.NDArray[np.float32]], labels: Sequence[str], timelines: Sequence[Timeline], *, hop_s: float
) -> BoxModel:
    """Learn one rule for the boxes of all labels from scenes whose events are known.

    A box is judged by what it is apart from all other labels, too. So what is learned from must be heard as it will be
    later: classes together with those above them, where that is what is listened for.

    Parameters
    ----------
    probs
        What was heard in them: for each scene an array of shape (n_frames, n_labels).
    labels
        The labels, one for each column.
    timelines
        What is in the scenes, one after another.
    hop_s
        The time from one frame to the next, in seconds.

    Returns
    -------
    BoxModel
        Of one label, which stands for all.

    Raises
    ------
    ListenError
        When nothing can be learned from them.
    """
    model = fit_boxes(probs, labels, timelines, hop_s=hop_s, ridge=_ONE_RULE)
    weights, bias = model.weights.mean(axis=0, keepdims=True), model.bias.mean(keepdims=True)
    return replace(model, labels=(_ANY,), weights=weights, bias=bias)


def greatest(
    scores: npt.NDArray[np.float32], classes: Sequence[str], groundings: Sequence[Grounding]
) -> npt.NDArray[np.float32]:
    """Return the posterior of each grounding: the greatest of its classes' scores, each times its weight.

    Parameters
    ----------
    scores
        The backbone's scores, shape (n_frames, n_classes).
    classes
        The names of its classes.
    groundings
        What is asked for.

    Returns
    -------
    numpy.ndarray
        Shape (n_frames, n_groundings), float32, 0 to 1.

    Raises
    ------
    ListenError
        When a grounding names a class that the backbone does not have.
    """
    column = {name: place for place, name in enumerate(classes)}
    found = np.empty((len(scores), len(groundings)), dtype=np.float32)
    for place, grounding in enumerate(groundings):
        strange = [name for name in grounding.classes if name not in column]
        if strange:
            raise ListenError(f"'{grounding.phrase}' is grounded to '{strange[0]}', which is no class of the backbone.")
        weights = np.array(list(grounding.classes.values()), dtype=np.float32)
        found[:, place] = (scores[:, [column[name] for name in grounding.classes]] * weights).max(axis=1) ** POWER
    return found


@dataclass(frozen=True, eq=False)
class ZeroShotListener:
    """Hears what phrases mean among a backbone's own classes."""

    groundings: Mapping[str, Grounding]
    """The classes that each label means."""
    backbone: Backbone
    """What hears them."""
    rules: CommonRules
    """What is made of their scores."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What it can hear."""
        return tuple(self.groundings)

    @property
    def hop_s(self) -> float:
        """The time from one frame to the next, in seconds."""
        return self.backbone.hop_s

    @cached_property
    def version(self) -> str:
        """What its posteriors depend on besides the samples."""
        meant = [(label, sorted(each.classes.items())) for label, each in self.groundings.items()]
        return f"{self.backbone.version}; classes {sha256_of_bytes(repr(meant).encode())}; power {POWER}"

    def listen(self, samples: Samples, sample_rate: int) -> Posteriors:
        """Return the posteriors of a recording: mono samples in [-1, 1] at any rate from 8 to 192 kHz."""
        frames = self.backbone.frames(at_rate(samples, sample_rate, to=self.backbone.sample_rate))
        probs = greatest(frames.scores, self.backbone.classes, list(self.groundings.values()))
        return Posteriors(self.labels, self.hop_s, probs)

    def evidence(self, heard: Sequence[Posteriors]) -> ClipEvidence:
        """Return what some clips say, for logic to be asked."""
        return ClipEvidence(
            [each.probs for each in heard],
            self.labels,
            hop_s=self.hop_s,
            presence_model=self.rules.presence(self.labels),
            relation_model=self.rules.relations,
        )
