"""The paper's recipe from end to end: build, verify, export; time and memory of the whole commands.

Run ``python benchmarks/paper_recipe.py --sounds BANK [--sounds BANK ...] --work DIR``. The benchmark stays in DIR.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from pathlib import Path

from measure import earwitness, run, table, verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sounds", action="append", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    bench, audio = options.work / "paper", options.work / "paper-flac"
    options.work.mkdir(parents=True, exist_ok=True)
    sounds = [word for bank in options.sounds for word in ("--sounds", bank)]
    jobs = ("--jobs", options.jobs)
    build = run(earwitness("build", str(bench), *sounds, "--recipe", "paper", "--seed", options.seed, *jobs, "--force"))
    labels = run(earwitness("verify", str(bench), "--no-audio", *jobs))
    everything = run(earwitness("verify", str(bench), *jobs))
    shutil.rmtree(audio, ignore_errors=True)
    flac = run(earwitness("export", str(bench), str(audio), "--format", "flac", *jobs))
    size = sum(path.stat().st_size for path in audio.rglob("*.flac"))
    shutil.rmtree(audio)
    rows = [
        ("build: atoms, plan, 10,000,000 pairs judged, folder written", build, 60.0),
        ("verify --no-audio: both evaluators on all pairs", labels, 30.0),
        ("verify: every clip rendered and every event measured", everything, None),
        (f"export --format flac: {size / 1e9:.2f} GB", flac, 60.0),
    ]
    print(
        table(
            ("command", "wall s", "peak MiB, all processes", "target, wall"),
            [
                (
                    what,
                    f"{cost.wall_s:.1f}",
                    f"{cost.peak_mib:.0f}",
                    "" if limit is None else f"<= {limit:.0f} s: {verdict(cost.wall_s, limit)}",
                )
                for what, cost, limit in rows
            ],
        )
    )
    print(f"\nPeak memory of the build <= 2,048 MiB: {verdict(build.peak_mib, 2048)}.\n")
    _print_proof(bench, jobs)


def _print_proof(bench: Path, jobs: tuple[str, str]) -> None:
    report = subprocess.run(
        earwitness("verify", str(bench), *jobs, "--json"), capture_output=True, text=True, check=True
    )
    proof = json.loads(report.stdout)
    print(
        table(
            ("check", "looked at", "faults"),
            [(check["check"], f"{check['looked_at']:,}", len(check["faults"])) for check in proof["checks"]],
        )
    )
    quality = proof["quality"]
    print(
        "\n"
        + table(
            ("on the rendered audio", "value", "target"),
            [
                ("clipped clips", quality["clipped_clips"], "0"),
                ("worst onset or offset error", f"{quality['worst_onset_error_s'] * 1000:.0f} ms", "<= 10 ms"),
                ("labelled but silent time", f"{quality['silent_share']:.2%}", "<= 2 %"),
                (
                    "least audible event",
                    f"{quality['least_audible_share']:.0%} of its frames",
                    ">= 60 % less one frame",
                ),
            ],
        )
    )


if __name__ == "__main__":
    main()
