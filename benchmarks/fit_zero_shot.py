"""Learn what a backbone's scores mean, whatever their labels: the file ``listen/data/zero_shot_yamnet.npz``.

Run ``python benchmarks/fit_zero_shot.py --model ../shared/data/models/yamnet.tflite``. Scenes are composed from the
built-in sounds, whose licence allows it; those take part whose AudioSet class is found from their phrase. Boxes are
learned from the classes themselves, each with all below it, as an index hears them: of a sound whose class is known,
the class and all classes above it are events. Two minutes on one core. The same seed and weights give the same file,
but for the last bits of its numbers on another machine.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

import earwitness.listen
from earwitness.errors import ListenError
from earwitness.listen.grounding import Grounder, Grounding
from earwitness.listen.ontology import Ontology, audioset
from earwitness.listen.scenes import rendered, training_scenes
from earwitness.listen.vocabulary import Vocabulary
from earwitness.listen.yamnet import Yamnet
from earwitness.listen.zero_shot import fit_common_boxes, fit_common_rules, greatest
from earwitness.logic.events import Event, Timeline
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
    scores = [backbone.frames(samples).scores for samples in rendered(scenes, atoms, sample_rate=SAMPLE_RATE)]
    probs = [greatest(each, backbone.classes, list(meant.values())) for each in scores]
    timelines = [scene.timeline for scene in scenes]
    words = Vocabulary(backbone.classes, audioset())
    kinds = {row.label: kinds_of(row.audioset, audioset()) for row in TABLE if row.audioset is not None}
    true_of = [place for place, name in enumerate(words.labels) if any(name in each for each in kinds.values())]
    with one_blas_thread:
        boxes = fit_common_boxes(
            [words.posteriors(each)[:, true_of] for each in scores],
            [words.labels[place] for place in true_of],
            [of_kinds(timeline, kinds) for timeline in timelines],
            hop_s=backbone.hop_s,
        )
        rules = fit_common_rules(probs, list(meant), timelines, boxes=boxes, hop_s=backbone.hop_s, seed=options.seed)
    rules.save(options.out)
    print(f"{options.out}: presence {np.round(rules.weights, 3).tolist()}, bias {rules.bias:.3f}; boxes {boxes}.")


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


def kinds_of(name: str, ontology: Ontology) -> frozenset[str]:
    """Return a class and all classes above it: all that a sound of it is."""
    return ontology.above(name) | {name}


def of_kinds(timeline: Timeline, kinds: Mapping[str, frozenset[str]]) -> Timeline:
    """Return the events of classes that built-in sounds make; those of one class that touch are one event."""
    heard: dict[str, list[tuple[float, float]]] = {}
    for event in sorted(timeline.events, key=lambda event: event.onset):
        for name in kinds.get(event.label, ()):
            stretches = heard.setdefault(name, [])
            if stretches and event.onset <= stretches[-1][1]:
                onset, offset = stretches.pop()
                stretches.append((onset, max(offset, event.offset)))
            else:
                stretches.append((event.onset, event.offset))
    return Timeline(Event(onset, offset, name) for name in sorted(heard) for onset, offset in heard[name])


if __name__ == "__main__":
    main()
