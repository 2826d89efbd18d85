"""A listener that was never taught: it hears nonsense, but always the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from earwitness.listen.boxes import BoxModel
from earwitness.listen.evidence import PresenceModel
from earwitness.listen.fitted import FittedListener
from earwitness.listen.head import Head, Layer
from earwitness.listen.models import open_backbone
from earwitness.listen.relations import RelationModel

LABELS = ("dog", "rain", "siren")


def untaught(*, backbone: str = "logmel", seed: int = 0, hop_s: float = 0.25, **options: Path) -> FittedListener:
    """Return a listener whose head holds chance numbers: it hears nonsense, but always the same."""
    chance = np.random.default_rng(seed)
    opened = open_backbone(backbone, hop_s=hop_s, **options)

    def array(*shape: int) -> np.ndarray:
        return (chance.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)

    basis, noise = array(opened.n_features, 16), array(16_000) * np.float32(10)
    # What it hears of noise stands in the middle, so that it says now one thing and now another.
    shift = opened.frames(noise).features.mean(axis=0) @ basis
    layers = (
        Layer(array(9 * 16, 32).reshape(1, 9, 16, 32), array(1, 32)),
        Layer(array(32, len(LABELS)).reshape(1, 1, 32, len(LABELS)), array(1, len(LABELS))),
    )
    slope = np.ones(len(LABELS), dtype=np.float32)
    head = Head(basis, shift.astype(np.float32), layers, slope, array(len(LABELS)))
    return FittedListener(
        labels=LABELS,
        phrases={label: f"a {label}" for label in LABELS},
        backbone=opened,
        head=head,
        presence=PresenceModel.plain(LABELS),
        relations=RelationModel({}),
        boxes=BoxModel(
            LABELS,
            levels=(0.5,),
            share=0.5,
            pause_s=0.5,
            inward_s=(0.0, 0.0),
            weights=np.tile([1.0, 0.0, 0.0, 0.0], (len(LABELS), 1)),
            bias=np.full(len(LABELS), -7.0),
        ),
    )
