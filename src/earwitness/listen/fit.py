"""Fitting a listener to a sound bank: scenes are composed from its training recordings, heard, and learned from.

The recordings of each label are divided by their sources: from three quarters of them the head learns which sounds
are there, from the rest everything that must hold for recordings which the head has not heard is learned: how far its
word can be trusted, when a sound is in a clip at all, and what two tracks say of order, overlap and length.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from earwitness.errors import ListenError
from earwitness.listen.base import Backbone
from earwitness.listen.evidence import fit_presence
from earwitness.listen.fitted import FittedListener
from earwitness.listen.head import calibrated, fit_head
from earwitness.listen.relations import fit_relations
from earwitness.listen.scenes import rendered, targets, training_scenes
from earwitness.logic.wording import default_phrase
from earwitness.parallel import Progress, map_chunks, stage_of, worker_pool
from earwitness.scenes.spec import Scene
from earwitness.sounds.atoms import Atom, prepare_all
from earwitness.sounds.bank import Bank

__all__ = ["FitSettings", "fit_listener"]

_Array = npt.NDArray[np.float32]

_HELD_OUT = 4  # of so many sources one is held out
_CHUNK = 20
_SAMPLE_RATE = 16_000


@dataclass(frozen=True)
class FitSettings:
    """How a listener is fitted."""

    seed: int = 0
    """Any integer; the same seed, bank and backbone give the same listener."""
    scenes: int = 2_000
    """How many scenes the head learns from; a third as many are composed from the recordings held out."""
    jobs: int = 1
    """Worker processes; the result does not depend on it."""


class _Lesson(NamedTuple):
    """Scenes as they were heard, and what is true of them."""

    scenes: Sequence[Scene]
    features: list[_Array]
    targets: list[_Array]


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
        When a label has recordings of one source only, so that nothing can be held out.
    """
    preparation = prepare_all(
        bank,
        sample_rate=_SAMPLE_RATE,
        max_per_label=None,
        jobs=settings.jobs,
        progress=stage_of(progress, "recordings"),
    )
    atoms = preparation.atoms
    labels = tuple(sorted({atom.label for atom in atoms}))
    known, held = _divided(atoms)
    learn = _heard(known, labels, backbone, n=settings.scenes, part="learn", settings=settings, progress=progress)
    proof = _heard(held, labels, backbone, n=settings.scenes // 3, part="prove", settings=settings, progress=progress)
    # On small matrices BLAS threads wait for one another: one is five times quicker than two, and gives the same bits
    # on any number of cores.
    with threadpool_limits(limits=1, user_api="blas"):
        head = fit_head(
            learn.features,
            learn.targets,
            seed=settings.seed,
            validation=(proof.features, proof.targets),
            progress=stage_of(progress, "learning"),
        )
        head = calibrated(head, proof.features, proof.targets)
    probs = [head.probs(features) for features in proof.features]
    timelines = [scene.timeline for scene in proof.scenes]
    return FittedListener(
        labels=labels,
        phrases={label: bank.phrases.get(label) or default_phrase(label) for label in labels},
        backbone=backbone,
        head=head,
        presence=fit_presence(probs, labels, timelines, hop_s=backbone.hop_s),
        relations=fit_relations(probs, labels, timelines, hop_s=backbone.hop_s, seed=settings.seed),
        about={
            "seed": settings.seed,
            "scenes": {"learned from": len(learn.scenes), "held out": len(proof.scenes)},
            "atoms": {"learned from": len(known), "held out": len(held)},
        },
    )


def _divided(atoms: Sequence[Atom]) -> tuple[list[Atom], list[Atom]]:
    """Divide atoms by source: those to learn from, and those to hold out."""
    sources: dict[str, dict[str, list[Atom]]] = {}
    for atom in atoms:
        sources.setdefault(atom.label, {}).setdefault(atom.source, []).append(atom)
    known: list[Atom] = []
    held: list[Atom] = []
    for label, by_source in sorted(sources.items()):
        if len(by_source) < 2:
            raise ListenError(
                f"All usable recordings of '{label}' are of one source, '{next(iter(by_source))}', so that none can "
                "be held out to calibrate on; expected two sources or more for each label."
            )
        order = sorted(by_source, key=lambda source: hashlib.sha256(f"held out {source}".encode()).digest())
        n_held = max(1, round(len(order) / _HELD_OUT))
        for place, source in enumerate(order):
            (held if place < n_held else known).extend(by_source[source])
    return known, held


def _heard(
    atoms: Sequence[Atom],
    labels: Sequence[str],
    backbone: Backbone,
    *,
    n: int,
    part: str,
    settings: FitSettings,
    progress: Progress | None,
) -> _Lesson:
    """Compose scenes from atoms, and hear them."""
    seed = int.from_bytes(hashlib.sha256(f"{settings.seed} {part}".encode()).digest()[:4], "big")
    scenes = training_scenes(atoms, n=n, seed=seed, progress=stage_of(progress, f"{part}: scenes"))
    report = None if progress is None else functools.partial(_told, progress, f"{part}: hearing", len(scenes))
    with worker_pool(settings.jobs) as pool:
        features = map_chunks(
            pool,
            functools.partial(_frames, atoms=tuple(atoms), backbone=backbone),
            scenes,
            chunk=_CHUNK,
            progress=report,
        )
    hop_s = backbone.hop_s
    shares = [targets(scene, labels, hop_s=hop_s, n_frames=len(f)) for scene, f in zip(scenes, features, strict=True)]
    return _Lesson(scenes, features, shares)


def _told(progress: Progress, stage: str, wanted: int, done: int) -> None:
    progress(stage, done, wanted)


def _frames(scenes: Sequence[Scene], *, atoms: Sequence[Atom], backbone: Backbone) -> list[_Array]:
    return [backbone.frames(samples).features for samples in rendered(scenes, atoms, sample_rate=_SAMPLE_RATE)]
