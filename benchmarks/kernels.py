"""What the inner loops cost on one core: rendering a clip, hashing it, encoding it, judging a (query, clip) pair.

Run ``python benchmarks/kernels.py --bench DIR`` on a benchmark that was built before.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import time

import numpy as np
import soundfile

from earwitness.logic.judge import judge
from earwitness.logic.plan import EventTable, relevance
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.scenes.render import Renderer
from measure import cpu_s, each, table, verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True)
    options = parser.parse_args()
    bench = read_benchmark(options.bench)
    renderer = Renderer(bench.atoms(), sample_rate=bench.sample_rate)
    scenes = bench.scenes
    render = cpu_s(each(renderer.pcm, scenes), repeats=3) / len(scenes)
    some = scenes[:500]
    clips = [renderer.pcm(scene) for scene in some]
    hashing = cpu_s(each(lambda pcm: hashlib.sha256(pcm.data), clips), repeats=3) / len(some)
    flac = cpu_s(each(lambda pcm: _flac(pcm, bench.sample_rate), clips), repeats=3) / len(some)
    floor = _floor(len(clips[0]))
    timelines = [scene.timeline for scene in scenes]
    events = EventTable.from_timelines(timelines)
    constraints = [query.constraint for query in bench.queries]
    pairs = len(constraints) * len(timelines)
    judged = pairs / cpu_s(lambda: relevance(constraints, events))
    start, slow = time.process_time(), 0
    for constraint in constraints[::20]:
        for timeline in timelines[::20]:
            judge(constraint, timeline)
            slow += 1
    slow_rate = slow / (time.process_time() - start)
    seconds = len(clips[0]) / bench.sample_rate
    print(
        table(
            ("one core", "measured", "target"),
            [
                (
                    f"render a clip of {seconds:g} s at {bench.sample_rate:,} Hz",
                    f"{render * 1000:.3f} ms CPU ({seconds / render:,.0f} x real time)",
                    f"<= 0.3 ms: {verdict(render, 0.0003)}",
                ),
                ("floor: write it once as float32, convert it to PCM16", f"{floor * 1000:.3f} ms CPU", ""),
                ("SHA-256 of its samples", f"{hashing * 1000:.3f} ms CPU", ""),
                ("encode it as FLAC", f"{flac * 1000:.2f} ms CPU", ""),
                (
                    "judge (query, clip) pairs by `plan`",
                    f"{judged / 1e6:,.0f} million a second",
                    f">= 50 million: {verdict(judged, 50e6, least=True)}",
                ),
                ("judge them by `judge`", f"{slow_rate / 1e6:.2f} million a second", ""),
            ],
        )
    )


def _flac(pcm: np.ndarray, sample_rate: int) -> None:
    soundfile.write(io.BytesIO(), pcm, sample_rate, format="FLAC", subtype="PCM_16")


def _floor(n: int) -> float:
    """Return the CPU time of touching a clip once: one multiplication, one conversion."""
    source, mix, pcm = np.ones(n, np.float32), np.empty(n, np.float32), np.empty(n, np.int16)

    def once() -> None:
        np.multiply(source, np.float32(0.5), out=mix)
        pcm[:] = mix

    return cpu_s(each(lambda _: once(), range(200))) / 200


if __name__ == "__main__":
    main()
