"""What each part of a listener is worth: it is fitted again with one part changed, and asked the same benchmark.

Run ``python benchmarks/ablation.py --shared ../shared --bench BENCH``. The benchmark was built from the split `test` of
the ten animals, as ``benchmarks/listening.py`` leaves it; each listener is fitted to the split `train`. Boxes in place
of frames are in ``benchmarks/boxes.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import numpy.typing as npt

from earwitness.listen import learning
from earwitness.listen.base import Backbone
from earwitness.listen.evidence import ClipEvidence
from earwitness.listen.fit import FitSettings, fit_listener
from earwitness.listen.hearing import hear
from earwitness.listen.logmel import LogMel
from earwitness.listen.networks import NETWORKS, Perceptron
from earwitness.listen.yamnet import Yamnet
from earwitness.logic.constraint import Constraint
from earwitness.logic.reading import Reader
from earwitness.logic.soft import Evidence, min_max, order_blind, soft
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.scores.judged import judged
from earwitness.scores.measures import ACC1, TWO_OPTION
from earwitness.scores.results import measured
from earwitness.sounds.bank import select_split
from earwitness.sounds.layouts import open_bank
from earwitness.systems.base import About, clips_of
from measure import estimates, table

SEED = 1
WAYS = {"order-blind": order_blind, "min and max (STL)": min_max}


@dataclass(frozen=True)
class Variant:
    """A listener with a part that is other than it would be."""

    part: str
    what: str
    backbone: Callable[[Path], Backbone]
    network: str = "mlp"
    calibrated: bool = True


def yamnet(*, hop_s: float = 0.25, levels: bool = True) -> Callable[[Path], Backbone]:
    return lambda model: Yamnet(model, hop_s=hop_s, levels=levels)


VARIANTS = (
    Variant("as fitted", "YAMNet with levels, mlp, calibrated, frames every 0.25 s, soft logic", yamnet()),
    Variant("backbone", "YAMNet alone", yamnet(levels=False)),
    Variant("backbone", "levels alone (logmel)", lambda model: LogMel()),
    Variant("head", "mlp that sees a frame alone", yamnet(), network="alone"),
    Variant("head", "conv", yamnet(), network="conv"),
    Variant("calibration", "none", yamnet(), calibrated=False),
    Variant("hop", "0.125 s", yamnet(hop_s=0.125)),
    Variant("hop", "0.5 s", yamnet(hop_s=0.5)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    data = options.shared.resolve() / "data"
    bank = select_split(open_bank(str(data / "sounds" / "animals")), split="train")
    benchmark = read_benchmark(options.bench)
    clips, arrays = clips_of(benchmark), judged(benchmark)
    NETWORKS["alone"] = Perceptron(context=0)
    given = []
    for variant in VARIANTS:
        print(f"{variant.part}: {variant.what} ...", file=sys.stderr)
        backbone = variant.backbone(data / "models" / "yamnet.tflite")
        settings = FitSettings(seed=SEED, network=variant.network, jobs=options.jobs)
        if variant.calibrated:
            listener = fit_listener(bank, backbone, settings=settings)
        else:
            # In this process alone, for workers would not know of the change.
            with mock.patch.object(learning, "calibrated", lambda head, *_: head):
                listener = fit_listener(bank, backbone, settings=FitSettings(seed=SEED, network=variant.network))
        heard = hear(listener, clips, jobs=options.jobs)
        evidence, reader = listener.evidence(heard), Reader(listener.phrases)
        constraints = [reader.read(text) for text in arrays.texts]
        given.append(scored(f"{variant.part}: {variant.what}", soft, evidence, constraints))
        if variant.part == "as fitted":
            given += [scored(f"logic: {name}", way, evidence, constraints) for name, way in WAYS.items()]
            word = ClipEvidence(
                [each.probs for each in heard],
                listener.labels,
                hop_s=listener.hop_s,
                presence_model=listener.presence,
                relation_model=listener.relations,
                power=1.0,
            )
            given.append(scored("presence: to the power of 1", soft, word, constraints))
    results = measured(given, arrays)
    for measure in (TWO_OPTION, ACC1):
        rows = [(s.about.name, *estimates(s.estimates[measure], results.groups)) for s in results.systems]
        print(table((f"{measure}, % (95 %)", *results.groups), rows) + "\n")
    print(
        "Logic apart, each row is a listener of its own; where intervals overlap much, the part may be worth nothing."
    )


def scored(
    name: str, way: Callable[..., npt.NDArray[np.float64]], evidence: Evidence, constraints: Sequence[Constraint]
) -> tuple[About, npt.NDArray[np.float32], str]:
    """Score all queries on the same evidence in one way."""
    scores = np.stack([way(constraint, evidence) for constraint in constraints]).astype(np.float32)
    return About(name, name, "listening", reference=False, version=""), scores, ""


if __name__ == "__main__":
    main()
