"""Learn what a backbone's scores mean, whatever their labels: the file ``listen/data/zero_shot_yamnet.npz``.

Run ``python benchmarks/fit_zero_shot.py --model ../shared/data/models/yamnet.tflite``. Scenes are composed from the
built-in sounds, whose licence allows it; those take part whose AudioSet class is found from their phrase. Two minutes
on one core. The same seed and weights give the same file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import earwitness.listen
from earwitness.errors import ListenError
from earwitness.listen.grounding import Grounder, Grounding
from earwitness.listen.ontology import audioset
from earwitness.listen.scenes import rendered, training_scenes
from earwitness.listen.yamnet import Yamnet
from earwitness.listen.zero_shot import fit_common_rules, greatest
from earwitness.parallel import one_blas_thread
from earwitness.sounds.atoms import prepare_all
from earwitness.sounds.builtin.table import TABLE
from earwitness.sounds.layouts import open_bank

SAMPLE_RATE, PER_LABEL = 16_000, 4
OUT = Path(earwitness.listen.__file__).parent / "data" / "zero_shot_yamnet.npz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--scenes", type=int, default=1_200)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    backbone = Yamnet(options.model)
    meant = groundings(Grounder(backbone.classes, audioset()))
    print(f"{len(meant)} of {len(TABLE)} built-in sounds are found by their phrase.")
    bank = open_bank("builtin")
    atoms = prepare_all(bank, sample_rate=SAMPLE_RATE, max_per_label=PER_LABEL, jobs=1).atoms
    scenes = training_scenes(atoms, n=options.scenes, seed=options.seed)
    probs = [
        greatest(backbone.frames(samples).scores, backbone.classes, list(meant.values()))
        for samples in rendered(scenes, atoms, sample_rate=SAMPLE_RATE)
    ]
    with one_blas_thread:
        rules = fit_common_rules(
            probs, list(meant), [scene.timeline for scene in scenes], hop_s=backbone.hop_s, seed=options.seed
        )
    rules.save(options.out)
    print(f"{options.out}: presence {np.round(rules.weights, 3).tolist()}, bias {rules.bias:.3f}.")


def groundings(grounder: Grounder) -> dict[str, Grounding]:
    """Return the groundings of the built-in sounds that are found to be what they are known to be."""
    found = {}
    for row in TABLE:
        try:
            grounding = grounder.ground(row.phrase)
        except ListenError:
            continue
        if row.audioset in grounding.classes:
            found[row.label] = grounding
    return found


if __name__ == "__main__":
    main()
