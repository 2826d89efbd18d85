"""Listeners on benchmarks of recordings that they have not learned from: how well they reason, and what it costs.

Run ``python benchmarks/listening.py --bank animals --shared ../shared --work FOLDER``. A listener is fitted to the
split `train` of the bank, a benchmark is built from the split `test`, and the same evidence is scored in three ways:

``animals``   ten labels of real recordings; recipe `paper` with 2,000 clips and 500 queries
``zero-shot`` eight of them, for which YAMNet has a class; nothing is fitted
``digits``    the ten animals and ten spoken digits, which are split by speaker
``builtin``   two hundred built-in sounds; recipe `paper` in full
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from earwitness.listen.base import Posteriors
from earwitness.listen.fitted import load_listener
from earwitness.listen.hearing import hear
from earwitness.logic.reading import Reader
from earwitness.logic.soft import min_max, order_blind, soft
from earwitness.reasonaudio.folder import Benchmark, read_benchmark
from earwitness.scores.judged import Judged, judged
from earwitness.scores.measures import ACC1, TWO_OPTION
from earwitness.scores.results import MEAN, Results, measured, open_runs, results_of
from earwitness.systems.base import About, clips_of
from measure import earwitness, estimates, run, table, verdict

WAYS = {"soft logic": soft, "order-blind": order_blind, "min and max (STL)": min_max}
UNKNOWN_TO_YAMNET = ("donkey", "monkey")


@dataclass(frozen=True)
class Case:
    """A bank, and what is to be reached on it."""

    counts: tuple[str, ...]
    floors: tuple[float, ...]  # 2AFC by task, in percent; none where it is only reported
    mean: float | None  # mean Acc@1
    fit_s: float | None


SCALED = ("--clips", "2000", "--queries", "500")
CASES = {
    "animals": Case(SCALED, (94, 98, 90, 90, 92), 70, 180),
    "zero-shot": Case(SCALED, (82, 93, 75, 70, 80), 40, None),
    "digits": Case(SCALED, (), None, None),
    "builtin": Case((), (), 50, 1_200),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bank", choices=CASES, required=True)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--head", choices=("mlp", "conv"), default="mlp", help="what is fitted")
    options = parser.parse_args()
    model = options.shared.resolve() / "data" / "models" / "yamnet.tflite"
    os.environ["EARWITNESS_YAMNET"] = str(model)
    case, sounds = CASES[options.bank], _banks(options.bank, options.shared.resolve() / "data" / "sounds", options.work)
    bench, folder = f"{options.work}/bench", f"{options.work}/listener"
    recipe = ("--recipe", "paper", *case.counts, "--seed", "1", "--jobs", "2")
    run(earwitness("build", bench, *sounds, "--split", "test", *recipe))
    benchmark = read_benchmark(bench)
    arrays = judged(benchmark)
    if options.bank == "zero-shot":
        rows, results = _zero_shot(bench, f"{options.work}/run")
    else:
        rows, results = _fitted(benchmark, arrays, ("--head", options.head, *sounds), folder, case, model)
    print(table(("what", "measured", "target"), rows) + "\n")
    _show(results, case)


def _banks(name: str, sounds: Path, work: Path) -> tuple[str, ...]:
    """Return the options that name the recordings; where some are left out, or split by speaker, of copies."""
    if name == "builtin":
        return ("--sounds", "builtin")
    if name == "animals":
        return ("--sounds", str(sounds / "animals"))
    animals = work / "animals"
    for folder in sorted((sounds / "animals").iterdir()):
        if folder.is_dir() and not (name == "zero-shot" and folder.name in UNKNOWN_TO_YAMNET):
            _copied(sorted(folder.iterdir()), animals / folder.name)
    if name == "zero-shot":
        return ("--sounds", str(animals))
    digits = work / "digits"
    with _made(digits / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label", "licence", "source"))
        for path in sorted((sounds / "digits").rglob("*.*")):
            if path.suffix in (".wav", ".ogg", ".flac"):
                _copied([path], digits / path.parent.name)
                # The file name says who speaks: jackson_3.ogg.
                writer.writerow((f"{path.parent.name}/{path.name}", path.parent.name, "CC BY-SA 4.0", _speaker(path)))
    return ("--sounds", str(animals), "--sounds", str(digits))


def _speaker(path: Path) -> str:
    return next(part for part in path.stem.split("_") if part.isalpha())


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _copied(paths: Sequence[Path], folder: Path) -> None:
    for path in paths:
        shutil.copyfile(path, _made(folder / path.name))


def _fitted(
    benchmark: Benchmark, arrays: Judged, how: tuple[str, ...], folder: str, case: Case, model: Path
) -> tuple[list[tuple[str, str, str]], Results]:
    """Fit as the options say, hear, and score in all ways."""
    fitting = run(earwitness("fit", *how, "--split", "train", "--seed", "1", "--jobs", "2", "--out", folder))
    listener, clips = load_listener(folder, model=model), clips_of(benchmark)
    start, cpu = time.perf_counter(), time.process_time()
    heard: Sequence[Posteriors] = hear(listener, clips, jobs=2)
    hearing, hearing_cpu = time.perf_counter() - start, time.process_time() - cpu
    seconds = sum(scene.duration_s for scene in benchmark.scenes)
    evidence, reader = listener.evidence(heard), Reader(listener.phrases)
    constraints = [reader.read(text) for text in arrays.texts]
    given, scoring = [], {}
    for name, way in WAYS.items():
        start = time.perf_counter()
        scores = np.stack([way(constraint, evidence) for constraint in constraints]).astype(np.float32)
        scoring[name] = time.perf_counter() - start
        given.append((About(name, name, "listening", reference=False, version=""), scores, ""))
    rows = [
        (f"fit to {len(listener.labels)} labels, {listener.about['scenes']:,} scenes, two cores",
         f"{fitting.wall_s:.0f} s, {fitting.peak_mib:,.0f} MiB",
         f"<= {case.fit_s:.0f} s: {verdict(fitting.wall_s, case.fit_s)}" if case.fit_s else ""),
        (f"hear {len(clips):,} clips, {seconds:,.0f} s; rendering included",
         f"{hearing:.0f} s, {seconds / hearing_cpu:.0f} x real time a core",
         f">= 250 x: {verdict(seconds / hearing_cpu, 250, least=True)}"),
        (f"score {len(constraints):,} queries on them by soft logic", f"{scoring['soft logic']:.1f} s",
         f"<= 60 s: {verdict(scoring['soft logic'], 60)}"),
    ]  # fmt: skip
    return rows, measured(given, arrays)


def _zero_shot(bench: str, out: str) -> tuple[list[tuple[str, str, str]], Results]:
    """Let YAMNet's own classes answer, as a user would."""
    asked = run(earwitness("evaluate", bench, "--system", "listen:yamnet", "--out", out))
    results, _ = results_of(open_runs([out]))
    return [("hear and score, two cores", f"{asked.wall_s:.0f} s, {asked.peak_mib:,.0f} MiB", "")], results


def _show(results: Results, case: Case) -> None:
    design = results.judged.query_design
    print(
        f"Each of {len(design):,} queries shares planned clips with {design.related.nnz / len(design) - 1:.1f} others "
        "on average; intervals are of 95 % and allow for that.\n"
    )
    for measure in (TWO_OPTION, ACC1):
        lines = [(s.about.name, *estimates(s.estimates[measure], results.groups)) for s in results.systems]
        if measure == TWO_OPTION and case.floors:
            lines.append(("*floor*", *(f">= {floor:g}" for floor in case.floors), ""))
        if measure == ACC1 and case.mean:
            lines.append(("*floor*", *[""] * (len(results.groups) - 1), f">= {case.mean:g}"))
        print(table((f"{measure}, % (95 %)", *results.groups), lines) + "\n")
    best = results.systems[0].estimates
    tasks = dict(zip(results.judged.tasks, case.floors, strict=False))
    missed = [task for task, floor in tasks.items() if 100 * best[TWO_OPTION][task].value < floor]
    mean = 100 * best[ACC1][MEAN].value
    told = f" (>= {case.mean:g}: {verdict(mean, case.mean, least=True)})" if case.mean else ""
    print(f"Floors missed in 2AFC: {', '.join(missed) or 'none'}; mean Acc@1 {mean:.1f}{told}.")


if __name__ == "__main__":
    main()
