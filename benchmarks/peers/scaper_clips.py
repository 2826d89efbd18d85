"""Measure scaper 1.6.5 on the clips that Earwitness is measured on, and print the result as JSON.

Run by the python of scaper's own virtual environment (see README.md), which does not hold Earwitness:

    .venv-scaper/bin/python benchmarks/peers/scaper_clips.py --atoms DIR --background DIR

A clip is one background file and ``EVENTS`` foreground events at 44.1 kHz, mono. Where scaper offers a
choice the cheaper or safer one is taken: the specification is built once and instantiated for every clip,
warnings are off, no pitch shift, no time stretch, and an event is never moved to fit into the clip.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import numpy as np
import scaper
import soundfile

SAMPLE_RATE = 44_100
EVENTS = 4
EVENT_S = (0.5, 4.0)
SNR_DB = (3.0, 15.0)
# The first is scaper's default. Every gain in a clip holds ref_db as a term, so the peak at another
# reference follows from the peak at this one.
REF_DBS = (-12, -20, -30, -40)
# An event is audible from its first 10 ms frame within 40 dB of its own loudest frame.
FRAME = SAMPLE_RATE // 100
AUDIBLE_DB = -40.0
PACKAGES = ("scaper", "soxbindings", "numpy", "pandas", "scipy", "soundfile", "pyloudnorm", "jams")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--atoms", type=Path, required=True, help="folder of WAV files, one folder per label")
    parser.add_argument("--background", type=Path, required=True, help="folder of WAV files, flat or per label")
    parser.add_argument("--clips", type=int, default=40, help="clips per repeat")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a clip")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="timed passes over the same clips")
    args = parser.parse_args()
    if args.seconds <= EVENT_S[1]:
        parser.error(f"--seconds must exceed the longest event, {EVENT_S[1]} s; got {args.seconds}")
    if args.clips < 1 or args.repeats < 1:
        parser.error(f"--clips and --repeats must be at least 1; got {args.clips} and {args.repeats}")
    for folder in (args.atoms, args.background):
        if problem := wav_problem(folder):
            parser.error(problem)
    json.dump(measure(args), sys.stdout, indent=2)
    print()


def wav_problem(folder: Path) -> str | None:
    """Say why scaper would fail on `folder` or resample from it; None where all is well."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if not files:
        return f"{folder}: no files"
    for path in files:
        if path.suffix.lower() != ".wav":
            return f"{path}: expected WAV files only, since scaper draws from every file it finds"
        info = soundfile.info(path)
        if (info.samplerate, info.channels) != (SAMPLE_RATE, 1):
            return f"{path}: expected {SAMPLE_RATE} Hz mono, got {info.samplerate} Hz, {info.channels} channels"
        if info.frames < FRAME:
            return f"{path}: expected at least {FRAME} samples, got {info.frames}"
    return None


def measure(args: argparse.Namespace) -> dict[str, object]:
    load_before = os.getloadavg()[0]
    quality = inspect_clips(args)  # untimed: it is also the warm-up
    in_memory, with_files, sizes = [], [], {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(args.repeats):  # alternating, so that a change in the machine's load hits both alike
            in_memory.append(timed(args, lambda sc, _: sc.generate(disable_instantiation_warnings=True)))
            with_files.append(timed(args, lambda sc, index: write_clip(sc, Path(folder, f"{index:06d}"))))
        for suffix in ("wav", "jams"):
            sizes[suffix] = round(statistics.fmean(p.stat().st_size for p in Path(folder).glob(f"*.{suffix}")))
    return {
        "tool": "scaper",
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "sox_backend": scaper.core.sox.__name__,
        "machine": {"cores": os.cpu_count(), "load_1_min": [load_before, os.getloadavg()[0]]},
        "settings": {name: getattr(args, name) for name in ("clips", "repeats", "seed", "seconds")}
        | {"sample_rate": SAMPLE_RATE, "events_per_clip": EVENTS, "event_s": EVENT_S, "snr_db": SNR_DB},
        "in_memory": speeds(in_memory, args.clips),
        "with_files": speeds(with_files, args.clips) | {"bytes_per_clip": sizes},
        **quality,
    }


def new_scaper(args: argparse.Namespace) -> scaper.Scaper:
    flat = any(path.is_file() for path in args.background.iterdir())
    labels = [args.background.name] if flat else []  # scaper reads an empty list as "any label"
    background = args.background.parent if flat else args.background
    sc = scaper.Scaper(args.seconds, str(args.atoms), str(background), random_state=args.seed)
    sc.sr, sc.ref_db = SAMPLE_RATE, REF_DBS[0]
    sc.add_background(label=("choose", labels), source_file=("choose", []), source_time=("const", 0))
    for _ in range(EVENTS):
        sc.add_event(
            label=("choose", []),
            source_file=("choose", []),
            source_time=("const", 0),
            event_time=("uniform", 0, args.seconds - EVENT_S[1]),
            event_duration=("uniform", *EVENT_S),
            snr=("uniform", *SNR_DB),
            pitch_shift=None,
            time_stretch=None,
        )
    return sc


def write_clip(sc: scaper.Scaper, stem: Path) -> None:
    sc.generate(f"{stem}.wav", f"{stem}.jams", disable_instantiation_warnings=True)


def timed(args: argparse.Namespace, make_clip: Callable[[scaper.Scaper, int], object]) -> tuple[float, float]:
    """Return the CPU and the wall seconds of one pass; children count, for scaper without soxbindings."""
    sc = new_scaper(args)
    wall, cpu = time.perf_counter(), cpu_s()
    for index in range(args.clips):
        make_clip(sc, index)
    return cpu_s() - cpu, time.perf_counter() - wall


def cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def speeds(passes: list[tuple[float, float]], clips: int) -> dict[str, object]:
    cpu, wall = zip(*passes, strict=True)
    return {
        "clips_per_cpu_s": round(clips / statistics.median(cpu), 2),
        "clips_per_wall_s": round(clips / statistics.median(wall), 2),
        "cpu_ms_per_clip": [round(1000 * s / clips, 2) for s in cpu],
        "wall_ms_per_clip": [round(1000 * s / clips, 2) for s in wall],
    }


def inspect_clips(args: argparse.Namespace) -> dict[str, object]:
    """Generate every clip once and look for clipping, silence under the labels and same-label overlaps."""
    sc = new_scaper(args)
    peaks, late_s, silent, labelled, clashes = [], [], 0, 0, 0
    for _ in range(args.clips):
        mix, _, events, stems = sc.generate(disable_instantiation_warnings=True)
        peaks.append(float(np.abs(mix).max()))
        for (onset_s, offset_s, _), stem in zip(events, stems[1:], strict=True):  # stem 0: the background
            active = audible_frames(stem[int(onset_s * SAMPLE_RATE) : int(offset_s * SAMPLE_RATE), 0])
            late_s.append((active.argmax() if active.any() else active.size) * FRAME / SAMPLE_RATE)
            labelled += active.size
            silent += int((~active).sum())
        for one, two in combinations(events, 2):
            clashes += one[2] == two[2] and one[0] < two[1] and two[0] < one[1]
    late = np.array(late_s)
    return {
        "clipped_clips": sum(peak > 1.0 for peak in peaks),
        "clipped_clips_at_ref_db": {
            str(db): sum(peak * 10 ** ((db - REF_DBS[0]) / 20) > 1.0 for peak in peaks) for db in REF_DBS
        },
        "events": late.size,
        "audible_after_labelled_onset": {
            "share_over_50_ms": round(float((late > 0.05).mean()), 3),
            "share_over_200_ms": round(float((late > 0.2).mean()), 3),
            "p95_s": round(float(np.percentile(late, 95)), 3),
            "max_s": round(float(late.max()), 3),
        },
        "labelled_but_silent_share": round(silent / labelled, 3),
        "same_label_overlaps": {"pairs": args.clips * EVENTS * (EVENTS - 1) // 2, "overlapping": clashes},
    }


def audible_frames(samples: np.ndarray) -> np.ndarray:
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME)
    rms = np.sqrt((frames**2).mean(axis=1))
    return (rms > 0) & (rms >= rms.max() * 10 ** (AUDIBLE_DB / 20))


if __name__ == "__main__":
    warnings.simplefilter("ignore", scaper.scaper_warnings.ScaperWarning)
    main()
