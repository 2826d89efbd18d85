"""Fit a listener to real recordings, and let it answer a benchmark of other recordings of the same sounds.

Run ``python benchmarks/listening.py --sounds ../shared/data/sounds/animals --model ../shared/data/models/yamnet.tflite
--work FOLDER``. The listener is fitted to the split `train` of the bank, the benchmark is built from the split `test`:
recipe `paper` with 2,000 clips and 500 queries. Two other ways to score the same evidence stand beside it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from earwitness.listen.fitted import load_listener
from earwitness.logic.reading import Reader
from earwitness.logic.soft import min_max, order_blind, soft
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.scores.judged import judged
from earwitness.scores.measures import ACC1, TWO_OPTION
from earwitness.scores.results import MEAN, measured
from earwitness.systems.base import About, clips_of
from measure import earwitness, run, table, verdict

FLOORS = {"Negation": 94, "Order": 98, "Overlap": 90, "Duration": 90, "Mix": 92}
WAYS = {"soft logic": soft, "order-blind": order_blind, "min and max (STL)": min_max}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--scenes", type=int, default=1_500)
    options = parser.parse_args()
    bench, folder = f"{options.work}/bench", f"{options.work}/listener"
    counts = ("--recipe", "paper", "--clips", "2000", "--queries", "500", "--seed", "1", "--jobs", "2")
    run(earwitness("build", bench, "--sounds", options.sounds, "--split", "test", *counts))
    fitted = ("--model", str(options.model), "--scenes", str(options.scenes), "--seed", "1", "--jobs", "2")
    fitting = run(earwitness("fit", "--sounds", options.sounds, "--split", "train", *fitted, "--out", folder))

    benchmark = read_benchmark(bench)
    arrays, clips = judged(benchmark), clips_of(benchmark)
    listener = load_listener(folder, model=options.model)
    start = time.process_time()
    heard = [listener.listen(samples, clips.sample_rate) for samples in clips]
    hearing = time.process_time() - start
    seconds = sum(scene.duration_s for scene in benchmark.scenes)
    evidence, reader = listener.evidence(heard), Reader(listener.phrases)
    constraints = [reader.read(text) for text in arrays.texts]
    given, scoring = [], {}
    for name, way in WAYS.items():
        start = time.process_time()
        scores = np.stack([way(constraint, evidence) for constraint in constraints]).astype(np.float32)
        scoring[name] = time.process_time() - start
        given.append((About(name, name, "listening", reference=False, version=""), scores, ""))
    results = measured(given, arrays)
    rows = [
        (f"fit to {len(listener.labels)} labels, {options.scenes:,} scenes, two cores",
         f"{fitting.wall_s:.0f} s, {fitting.peak_mib:,.0f} MiB", f"<= 180 s: {verdict(fitting.wall_s, 180)}"),
        (f"hear {len(clips):,} clips, {seconds:,.0f} s, a core",
         f"{seconds / hearing:.0f} x real time", f">= 250 x: {verdict(seconds / hearing, 250, least=True)}"),
        (f"score {len(constraints):,} queries on them by soft logic", f"{scoring['soft logic']:.1f} s", ""),
    ]  # fmt: skip
    print(table(("what", "measured", "target"), rows) + "\n")
    for measure in (TWO_OPTION, ACC1):
        lines = [(s.about.name, *(_cell(s.estimates[measure][g]) for g in results.groups)) for s in results.systems]
        floors = [f">= {floor}" for floor in FLOORS.values()] if measure == TWO_OPTION else [""] * 5
        lines.append(("*floor*", *floors, "" if measure == TWO_OPTION else ">= 70"))
        print(table((f"{measure}, % (95 %)", *results.groups), lines) + "\n")
    best = results.systems[0].estimates
    missed = [t for t, floor in FLOORS.items() if 100 * best[TWO_OPTION][t].value < floor]
    mean = 100 * best[ACC1][MEAN].value
    print(
        f"Floors missed: {', '.join(missed) or 'none'}; mean Acc@1 {mean:.1f} (>= 70: {verdict(mean, 70, least=True)})."
    )


def _cell(estimate) -> str:
    return f"{100 * estimate.value:.1f} ({100 * estimate.low:.1f}-{100 * estimate.high:.1f})"


if __name__ == "__main__":
    main()
