"""Earwitness beside scaper: the same atoms, the same machine, the same run.

Run ``python benchmarks/against_scaper.py --sounds FOLDER --scaper .venv-scaper/bin/python``; how to make that
environment stands in ``benchmarks/peers/README.md``. Both compose 10 s clips at 44.1 kHz from a background and four
events of 0.5 to 4 s. Both are timed with everything that a clip needs: Earwitness composes its scenes with margins,
audibility and judged claims within the time, and prepares its atoms before; what that costs is told beside it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from earwitness.logic.margins import Margins
from earwitness.reasonaudio.families import Limits, compose_scene
from earwitness.rng import generator
from earwitness.scenes.compose import Composer, Shape
from earwitness.scenes.demands import Demands
from earwitness.scenes.pantry import Pantry
from earwitness.scenes.render import Renderer, noise
from earwitness.scenes.spec import Constant, Scene, SceneSpec, Uniform
from earwitness.sounds.atoms import Atom, prepare_all
from earwitness.sounds.layouts import open_bank
from measure import cpu_s, each, table, verdict

RATE, SECONDS, EVENTS = 44_100, 10, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", required=True)
    parser.add_argument("--scaper", required=True)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    start = time.process_time()
    preparation = prepare_all(open_bank(options.sounds), sample_rate=RATE, max_per_label=None, jobs=1)
    prepared = time.process_time() - start
    atoms = [atom for atom in preparation.atoms if 50 <= atom.ticks <= 400]
    with tempfile.TemporaryDirectory() as folder:
        peer = _scaper(Path(folder), atoms, options)
        scenes, composing = _composed(atoms, max(options.clips, 500))
        renderer = Renderer({atom.atom_id: atom for atom in atoms}, sample_rate=RATE)
        finished = [renderer.scaled(scene)[0] for scene in scenes]
        rendering = cpu_s(each(renderer.pcm, finished), repeats=options.repeats) / len(scenes)
        wav = _with_files(renderer, finished, Path(folder) / "wav", "WAV", options.repeats)
        flac = _with_files(renderer, finished, Path(folder) / "flac", "FLAC", options.repeats)
        fast = _with_files(renderer, finished, Path(folder) / "fast", "FLAC", options.repeats, compression_level=0.0)
        costs = {"prepare": prepared, "compose": composing, "render": rendering, "wav": wav, "flac": flac, "fast": fast}
        _report(options, peer, atoms, costs)


def _report(options: argparse.Namespace, peer: dict, atoms: list[Atom], costs: dict[str, float]) -> None:
    """Print both tools' rates; ``costs`` are CPU seconds a clip, and for all atoms together."""
    memory, files = peer["in_memory"]["clips_per_cpu_s"], peer["with_files"]["clips_per_cpu_s"]
    rows = [
        ("scaper, in memory", memory, memory, None),
        ("Earwitness, render stored scenes, in memory", 1 / costs["render"], memory, 65),
        ("Earwitness, compose, judge and render, in memory", 1 / (costs["render"] + costs["compose"]), memory, None),
        ("scaper, WAV (32 bit) and JAMS", files, files, None),
        ("Earwitness, render, WAV (16 bit)", 1 / costs["wav"], files, 8),
        ("Earwitness, render, FLAC (16 bit, level 5)", 1 / costs["flac"], files, 8),
        ("Earwitness, render, FLAC (16 bit, level 0)", 1 / costs["fast"], files, 8),
        ("Earwitness, compose, judge, render, FLAC", 1 / (costs["flac"] + costs["compose"]), files, None),
    ]
    print(
        table(
            ("what", "clips per CPU-second", "ratio", "target"),
            [
                (
                    what,
                    f"{rate:,.1f}",
                    f"{rate / beside:.1f} x",
                    f">= {target} x: {verdict(rate / beside, target, least=True)}" if target else "",
                )
                for what, rate, beside, target in rows
            ],
        )
    )
    overlaps = peer["same_label_overlaps"]
    print(
        f"\n{len(atoms)} atoms of {len({atom.label for atom in atoms})} labels, the same for both. Preparing the "
        f"bank's atoms took Earwitness {costs['prepare']:.1f} CPU-seconds, once. Composing with margins, audibility "
        f"and judgement: {costs['compose'] * 1000:.2f} ms a clip. scaper {peer['versions'].get('scaper', '')}: "
        f"{peer['clipped_clips']} of {options.clips} clips beyond full scale, {overlaps['overlapping']} of "
        f"{overlaps['pairs']} event pairs are same-label overlaps; Earwitness: 0 and 0 by construction, and verified."
    )


def _scaper(folder: Path, atoms: list[Atom], options: argparse.Namespace) -> dict:
    for atom in atoms:
        (folder / "atoms" / atom.label).mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / "atoms" / atom.label / f"{atom.atom_id}.wav", atom.pcm, RATE, subtype="PCM_16")
    (folder / "background").mkdir()
    table_ = noise("brown", RATE) * np.float32(300.0)
    soundfile.write(folder / "background" / "brown.wav", table_.astype(np.int16), RATE, subtype="PCM_16")
    command = [options.scaper, str(Path(__file__).parent / "peers" / "scaper_clips.py")]
    command += ["--atoms", str(folder / "atoms"), "--background", str(folder / "background")]
    command += ["--clips", str(options.clips), "--seconds", str(SECONDS), "--seed", "1"]
    command += ["--repeats", str(options.repeats)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _composed(atoms: list[Atom], number: int) -> tuple[list[Scene], float]:
    spec = SceneSpec(Constant(SECONDS), Constant(EVENTS), Uniform(-6.0, 3.0), Uniform(-66.0, -54.0), ("brown",), 2)
    margins = Margins()
    composer = Composer(Pantry(atoms), spec=spec, margins=margins, audible=0.6)
    limits = Limits(margins)
    scenes: list[Scene] = []
    start = time.process_time()
    for place in range(number):
        rng = generator(1, "against scaper", place)
        made = None
        while made is None:
            shape = Shape(SECONDS * 100, EVENTS, int(rng.integers(2)))
            made = compose_scene(composer, Demands(), claims=(), limits=limits, shape=shape, like=None, rng=rng)
        scenes.append(made[1])
    return scenes, (time.process_time() - start) / number


def _with_files(
    renderer: Renderer, scenes: list[Scene], folder: Path, kind: str, repeats: int, **options: float
) -> float:
    folder.mkdir()

    def write() -> None:
        for place, scene in enumerate(scenes):
            path = folder / f"{place}.{kind.lower()}"
            soundfile.write(path, renderer.pcm(scene), RATE, format=kind, subtype="PCM_16", **options)

    return cpu_s(write, repeats=repeats) / len(scenes)


if __name__ == "__main__":
    main()
