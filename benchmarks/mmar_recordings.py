"""What checking recordings and making arms costs, in time and memory, and how fast files are fetched and unpacked.

    python benchmarks/mmar_recordings.py

The recordings are noise, 30 s of stereo at 48 kHz in 16 bits, which is the most that an item of MMAR has; one is a
sparse file of 3 GB. The hub is on this machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RATE, SECONDS = 48_000, 30

HUGE = """
import resource, sys, time
from earwitness.mmar.items import read_items
from earwitness.mmar.recordings import check_recordings
items = read_items(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
(found,) = check_recordings(items)
print(time.perf_counter() - start, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, found.fault)
"""


def write_items(folder: Path, names: list[str]) -> None:
    """Write a file of items with these recordings."""
    row = {"question": "What is heard?", "choices": ["a", "b"], "answer": "a"}
    lines = [json.dumps({"id": name, "audio_path": f"{name}.wav", **row}) for name in names]
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def timed(folder: Path, n: int) -> None:
    """Print what checking and arms cost."""
    from earwitness.mmar.arms import ARMS, arm_audio, open_arm, wav_bytes
    from earwitness.mmar.items import read_items
    from earwitness.mmar.recordings import check_recordings

    rng = np.random.default_rng(1)
    for k in range(n):
        pcm = (rng.standard_normal((RATE * SECONDS, 2)) * 3000).astype(np.int16)
        (folder / f"{k}.wav").write_bytes(wav_bytes(pcm, sample_rate=RATE))
    write_items(folder, [str(k) for k in range(n)])
    items = read_items(folder)
    check_recordings(items)  # what was just written may be on its way to the disk
    print("| what | ms a recording |\n|---|---|")
    for jobs in (1, 2):
        start = time.perf_counter()
        assert not any(each.fault for each in check_recordings(items, jobs=jobs))
        print(f"| check, {jobs} thread{'s' * (jobs > 1)} | {1000 * (time.perf_counter() - start) / n:.1f} |")
    for name in ARMS:
        arm = open_arm(name)
        if arm.needs_audio:
            start = time.perf_counter()
            for item in items:
                arm_audio(arm, item, items)
            print(f"| arm `{arm.name}` | {1000 * (time.perf_counter() - start) / n:.1f} |")


def huge(folder: Path) -> None:
    """Print what a file of 3 GB costs."""
    from earwitness.mmar.arms import wav_bytes

    n_bytes = 3 * 10**9 // 4 * 4
    header = wav_bytes(np.zeros((1, 2), dtype=np.int16), sample_rate=RATE)[:40]
    with (folder / "huge.wav").open("wb") as file:
        file.write(header + n_bytes.to_bytes(4, "little"))
        file.truncate(44 + n_bytes)
    write_items(folder, ["huge"])
    done = subprocess.run([sys.executable, "-c", HUGE, folder], capture_output=True, text=True, check=True)
    seconds, mib, *fault = done.stdout.split()
    print(f"\nA recording of 3 GB: {float(seconds):.1f} s, {float(mib):.0f} MiB more memory, fault: {fault or 'none'}.")


def fetched(folder: Path, n: int) -> None:
    """Print how fast a hub on this machine is fetched from."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
    from earwitness.mmar.fetch import ARCHIVE, fetch_mmar
    from mmar.hub import FakeHub, mmar_files

    files = mmar_files(n, seconds=60.0)
    size = len(files[ARCHIVE]) / 1e6
    stages: dict[str, list[float]] = {}
    with FakeHub(files) as hub:
        start = time.perf_counter()
        fetch_mmar(
            folder, hub=hub.base, progress=lambda stage, *_: stages.setdefault(stage, []).append(time.perf_counter())
        )
        end = time.perf_counter()
    unpacking = stages["unpack"][-1] - stages["download"][-1]
    print(
        f"\nFetching {size:.0f} MB: {end - start:.1f} s, of them {unpacking:.1f} s its checksum and unpacking; "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB of memory in all, the hub's files too."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", type=int, default=40, help="How many recordings.")
    n = parser.parse_args().n
    with tempfile.TemporaryDirectory() as folder:
        for part, make in (("timed", timed), ("fetched", fetched)):
            (Path(folder) / part).mkdir()
            make(Path(folder) / part, n)
        (Path(folder) / "huge").mkdir()
        huge(Path(folder) / "huge")


if __name__ == "__main__":
    main()
