"""How fast clips are heard and what each part takes, what a cache saves, and what long recordings take in memory.

Run ``python benchmarks/hearing.py --bench BENCH --listener LISTENER --work FOLDER``: a benchmark of clips at 16 kHz and
a listener with YAMNet, as ``benchmarks/listening.py`` leaves them. Long recordings are noise, written in blocks.
"""

from __future__ import annotations

import argparse
import functools
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from ai_edge_litert.interpreter import Interpreter

from earwitness.listen.fitted import FittedListener, load_listener
from earwitness.listen.hearing import hear, posterior_cache
from earwitness.listen.models import at_rate
from earwitness.listen.yamnet import WINDOW, Yamnet
from earwitness.parallel import one_blas_thread, usable_cores
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.systems.base import Clips, clips_of
from measure import cpu_s, each, earwitness, run, table, verdict

RATE = 16_000
REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--listener", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=100, help="how many clips each part is measured on")
    parser.add_argument("--hours", type=float, nargs="*", default=[1, 4], help="how long the long recordings are")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    listener = load_listener(options.listener, model=options.model)
    clips = clips_of(read_benchmark(Path(options.bench)))
    print(parts(listener, clips.part(0, options.clips)) + "\n")
    print(many(listener, clips, options.work / "posteriors") + "\n")
    named = ("--listener", str(options.listener), *(("--model", str(options.model)) if options.model else ()))
    print(long(listener, options.hours, options.work, named))


def parts(listener: FittedListener, clips: Clips) -> str:
    """Measure what hearing is made of, each part alone."""
    samples = list(clips)
    seconds = sum(map(len, samples)) / RATE
    features = [listener.backbone.frames(each).features for each in samples]
    faster = [at_rate(each, RATE, to=44_100) for each in samples]
    with one_blas_thread:
        taken = {
            "rendering the clips": cpu_s(lambda: list(clips), repeats=REPEATS),
            "44.1 kHz to 16 kHz": cpu_s(each(lambda one: at_rate(one, 44_100), faster), repeats=REPEATS),
            "the bare interpreter": cpu_s(bare(listener, sum(map(len, features))), repeats=REPEATS),
            "backbone: frames, interpreter included": cpu_s(each(listener.backbone.frames, samples), repeats=REPEATS),
            "head": cpu_s(each(listener.head.probs, features), repeats=REPEATS),
        }
    whole = cpu_s(each(lambda one: listener.listen(one, RATE), samples), repeats=REPEATS)
    taken["listening: backbone and head"] = whole
    taken["hearing clips: rendering and listening"] = cpu_s(lambda: hear(listener, clips), repeats=REPEATS)
    rows = [(what, f"{cpu:.2f} s", f"{seconds / cpu:,.0f} x") for what, cpu in taken.items()]
    interpreter = taken["the bare interpreter"]
    head = (f"{len(clips):,} clips, {seconds:,.0f} s, a frame every {listener.hop_s:g} s", "CPU time", "real time")
    return (
        f"{table(head, rows)}\n\nListening a core: {seconds / whole:.0f} x real time "
        f"(>= 250: {verdict(seconds / whole, 250, least=True)}), {whole / interpreter:.2f} x the interpreter "
        f"(<= 1.2: {verdict(whole / interpreter, 1.2)})."
    )


def bare(listener: FittedListener, n_frames: int):
    """Return a block that runs the network on as many windows, and does nothing else."""
    assert isinstance(listener.backbone, Yamnet)
    interpreter = Interpreter(str(listener.backbone.model), num_threads=1)
    interpreter.allocate_tensors()
    entry = interpreter.get_input_details()[0]
    window = np.random.default_rng(0).normal(size=WINDOW).astype(np.float32).reshape(entry["shape"]) * np.float32(0.1)
    exits = [each["index"] for each in interpreter.get_output_details()]

    def block() -> None:
        for _ in range(n_frames):
            interpreter.set_tensor(entry["index"], window)
            interpreter.invoke()
            for place in exits:
                interpreter.get_tensor(place)

    return block


def many(listener: FittedListener, clips: Clips, folder: Path) -> str:
    """Measure the clips of a benchmark, heard for the first time and looked up."""
    rows = []
    for what in ("heard", "looked up"):
        told: list[tuple[str, int, int]] = []
        start, cpu = time.perf_counter(), time.process_time()
        hear(
            listener,
            clips,
            cache=posterior_cache(folder),
            jobs=usable_cores(),
            progress=functools.partial(_kept, told),
        )
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        full = wall * 10_000 / len(clips)
        target = f"<= 240 s: {verdict(full, 240)}" if what == "heard" else f"none heard: {verdict(len(told), 0)}"
        rows.append((what, f"{len(told):,}", f"{wall:.1f} s", f"{cpu:.1f} s", f"{full:.0f} s", target))
    size = sum(path.stat().st_size for path in folder.rglob("*.npz")) / 2**20
    head = (f"{len(clips):,} clips, {usable_cores()} threads", "heard", "wall", "CPU", "10,000 clips, wall", "target")
    return f"{table(head, rows)}\n\nThe cache takes {size:.1f} MiB, {size / len(clips) * 1024:.1f} KiB a clip."


def _kept(told: list[tuple[str, int, int]], *each: Any) -> None:
    told.append(each)


def long(listener: FittedListener, hours: list[float], work: Path, named: tuple[str, ...]) -> str:
    """Measure ``earwitness listen`` on recordings of some length."""
    rows = []
    for length in hours:
        path = work / "long.flac"
        noise(path, round(length * 3600))
        cost = run(earwitness("listen", str(path), *named, "--json"))
        limit = f"<= 2,048 MiB: {verdict(cost.peak_mib, 2_048)}"
        rows.append((f"{length:g} h", f"{cost.wall_s:.0f} s", f"{length * 3600 / cost.wall_s:.0f} x",
                     f"{cost.peak_mib:,.0f} MiB", limit))  # fmt: skip
        path.unlink()
    what = f"`earwitness listen`, FLAC at 16 kHz, {len(listener.labels)} labels"
    head = (what, "wall", "real time", "peak", "target")
    return table(head, rows)


def noise(path: Path, seconds: int) -> None:
    """Write noise whose level changes every minute, a minute at a time."""
    chance = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", RATE, 1, subtype="PCM_16") as file:
        for start in range(0, seconds, 60):
            level = chance.uniform(0.001, 0.3)
            file.write(chance.normal(scale=level, size=RATE * min(60, seconds - start)).clip(-1, 1).astype(np.float32))


if __name__ == "__main__":
    main()
