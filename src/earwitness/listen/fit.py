"""Fitting a listener to a sound bank: scenes are composed from its training recordings, heard, and learned from.

The recordings of each label are dealt out to folds by their sources, and scenes are composed within each fold. A head
is learned from all folds but one, for each fold in turn, and hears the fold that it does not know. From that everything
is learned that must hold for recordings which a head has not heard: how far its word can be trusted, when a sound is in
a clip at all, what two tracks say of order, overlap and length, and where events begin and end. The heads together hear
for the listener.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError
from earwitness.listen.base import Backbone, Samples
from earwitness.listen.boxes import fit_boxes
from earwitness.listen.evidence import ClipEvidence, fit_presence
from earwitness.listen.fitted import FittedListener
from earwitness.listen.hearing import each_asked
from earwitness.listen.learning import fit_heads
from earwitness.listen.networks import NETWORKS, Lesson
from earwitness.listen.relations import fit_relations
from earwitness.listen.scenes import rendered, targets, training_scenes
from earwitness.logic.events import Timeline
from earwitness.logic.wording import default_phrase
from earwitness.parallel import Progress, one_blas_thread, out_of, stage_of
from earwitness.scenes.spec import Scene
from earwitness.sounds.atoms import Atom, prepare_all
from earwitness.sounds.bank import Bank

__all__ = ["FitSettings", "fit_listener"]

_Array = npt.NDArray[np.float32]

_FOLDS = 4
_SCENES, _SCENES_A_LABEL = 2_000, 40


@dataclass(frozen=True)
class FitSettings:
    """How a listener is fitted."""

    seed: int = 0
    """Any integer; the same seed, bank and backbone give the same listener."""
    scenes: int | None = None
    """How many scenes are learned from; None for 2,000, or 40 a label where that is more."""
    network: str = "mlp"
    """What the head is made of, one of ``NETWORKS``."""
    jobs: int = 1
    """Threads that hear and processes that learn; the result does not depend on it."""


def fit_listener(
    bank: Bank, backbone: Backbone, *, settings: FitSettings, progress: Progress | None = None
) -> FittedListener:
    """Fit a listener to the recordings of a bank.

    Parameters
    ----------
    bank
        The recordings that may be learned from.
    backbone
        What hears them.
    settings
        Seed, number of scenes, worker processes.
    progress
        Called with a stage, how much is done and how much there is.

    Raises
    ------
    ListenError
        When there is no such network, or a label has recordings of one source only, so that nothing can be held out.
    MissingExtra
        When a package that the network takes is not installed.
    """
    network = NETWORKS.get(settings.network)
    if network is None:
        raise ListenError(f"The networks are {', '.join(NETWORKS)}; got {settings.network!r}.")
    network.check()
    rate = backbone.sample_rate
    preparation = prepare_all(
        bank, sample_rate=rate, max_per_label=None, jobs=settings.jobs, progress=stage_of(progress, "recordings")
    )
    labels = tuple(sorted({atom.label for atom in preparation.atoms}))
    folds = _folds(preparation.atoms)
    wanted = settings.scenes or max(_SCENES, _SCENES_A_LABEL * len(labels))
    composed = _composed(folds, n=wanted, seed=settings.seed, progress=stage_of(progress, "scenes"))
    lessons: list[Lesson] = []
    for place, (fold, scenes) in enumerate(zip(folds, composed, strict=True), start=1):
        stage = out_of(stage_of(progress, f"hearing {place} of {len(folds)}"), len(scenes))
        features = _heard(fold, scenes, backbone, jobs=settings.jobs, progress=stage)
        shares = [
            targets(scene, labels, hop_s=backbone.hop_s, n_frames=len(frames))
            for scene, frames in zip(scenes, features, strict=True)
        ]
        lessons.append(Lesson(features, shares))
    head, heard = fit_heads(
        lessons,
        network=network,
        seed=settings.seed,
        n_levels=backbone.n_levels,
        jobs=settings.jobs,
        progress=stage_of(progress, "learning"),
    )
    probs = [each for of_fold in heard for each in of_fold]
    timelines = [scene.timeline for scenes in composed for scene in scenes]
    known = (probs, labels, timelines)
    presence = fit_presence(*known, hop_s=backbone.hop_s)
    relations = fit_relations(*known, hop_s=backbone.hop_s, seed=settings.seed)
    evidence = ClipEvidence(probs, labels, hop_s=backbone.hop_s, presence_model=presence, relation_model=relations)
    return FittedListener(
        labels=labels,
        phrases={label: bank.phrases.get(label) or default_phrase(label) for label in labels},
        backbone=backbone,
        head=head,
        presence=presence,
        relations=relations,
        boxes=fit_boxes(*known, hop_s=backbone.hop_s),
        about={
            "network": settings.network,
            "seed": settings.seed,
            "scenes": len(timelines),
            "folds": len(folds),
            "recordings": len({(atom.label, atom.source) for atom in preparation.atoms}),
            "heard": _how_well(evidence, labels, timelines),
        },
    )


def _folds(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Deal atoms out to folds by source, each label's in turn; as many folds as a label has sources, at most four."""
    sources: dict[str, dict[str, list[Atom]]] = {}
    for atom in atoms:
        sources.setdefault(atom.label, {}).setdefault(atom.source, []).append(atom)
    for label, by_source in sorted(sources.items()):
        if len(by_source) < 2:
            raise ListenError(
                f"All usable recordings of '{label}' are of one source, '{next(iter(by_source))}', so that none can "
                "be held out to calibrate on; expected two sources or more for each label."
            )
    number = min(_FOLDS, max((len(by_source) for by_source in sources.values()), default=_FOLDS))
    folds: list[list[Atom]] = [[] for _ in range(number)]
    # Each label begins with another fold, so that labels with few sources are not all in the same ones.
    for place, (_, by_source) in enumerate(sorted(sources.items())):
        order = sorted(by_source, key=lambda source: hashlib.sha256(f"fold {source}".encode()).digest())
        for rank, source in enumerate(order):
            folds[(place + rank) % number] += by_source[source]
    return [fold for fold in folds if fold]


def _composed(
    folds: Sequence[Sequence[Atom]], *, n: int, seed: int, progress: Callable[[int, int], None] | None
) -> list[list[Scene]]:
    """Compose scenes within each fold, as many as its part of the atoms is of all."""
    n_atoms = sum(map(len, folds))
    numbers = [max(1, round(n * len(fold) / n_atoms)) for fold in folds]
    composed: list[list[Scene]] = []
    for place, (fold, number) in enumerate(zip(folds, numbers, strict=True)):
        fold_seed = int.from_bytes(hashlib.sha256(f"{seed} fold {place}".encode()).digest()[:4], "big")
        composed.append(training_scenes(fold, n=number, seed=fold_seed))
        if progress is not None:
            progress(sum(map(len, composed)), sum(numbers))
    return composed


def _heard(
    atoms: Sequence[Atom],
    scenes: Sequence[Scene],
    backbone: Backbone,
    *,
    jobs: int,
    progress: Callable[[int], None] | None,
) -> list[_Array]:
    """Return the features of each scene."""
    features: dict[int, _Array] = {}
    # By threads: processes would be sent the atoms and send back the features, which takes longer than hearing.
    sounding = enumerate(rendered(scenes, atoms, sample_rate=backbone.sample_rate))
    with one_blas_thread:
        for (place, _), found in each_asked(backbone, sounding, _features, jobs=min(jobs, len(scenes))):
            features[place] = found
            if progress is not None:
                progress(len(features))
    return [features[place] for place in range(len(scenes))]


def _features(backbone: Backbone, scene: tuple[int, Samples]) -> _Array:
    return backbone.frames(scene[1]).features


def _how_well(evidence: ClipEvidence, labels: Sequence[str], timelines: Sequence[Timeline]) -> Mapping[str, float]:
    """Return for each label how well scenes that hold it are told from others: average precision, 0 to 1.

    By heads that have not learned from those recordings; what was learned of presence has seen them.
    """
    from sklearn.metrics import average_precision_score

    found = {}
    for label in labels:
        holds = np.array([label in timeline.by_label for timeline in timelines])
        found[label] = round(float(average_precision_score(holds, evidence.presence(label))), 4)
    return found
