"""What every benchmark measures with: wall time and memory of commands, CPU time of blocks; tables; the machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

TICK = os.sysconf("SC_PAGE_SIZE")


class Cost(NamedTuple):
    """What a command took."""

    wall_s: float
    peak_mib: float


def run(arguments: Sequence[str]) -> Cost:
    """Run a command; the peak is the largest sum of the resident sizes of all its processes, sampled every 50 ms."""
    start = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    peak = 0
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read() if process.stderr else ""))
    reader.start()
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(0.05)
    reader.join()
    if process.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{errors[0]}")
    return Cost(time.perf_counter() - start, peak / 2**20)


def _resident(pid: int) -> int:
    """Return the resident bytes of a process and all its descendants; pages they share count once for each."""
    total, waiting = 0, [pid]
    while waiting:
        each = waiting.pop()
        try:
            total += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * TICK
            for task in Path(f"/proc/{each}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError, IndexError):
            continue
    return total


def cpu_s(work: Callable[[], object], *, repeats: int = 5) -> float:
    """Return the median CPU time of a block, after one run that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return sorted(times)[len(times) // 2]


def each(work: Callable[[Any], object], things: Iterable[Any]) -> Callable[[], None]:
    """Return a block that does something with each of many things and keeps none of the results."""

    def block() -> None:
        for thing in things:
            work(thing)

    return block


def earwitness(*arguments: str) -> list[str]:
    """Return the command line that runs this package."""
    return [sys.executable, "-m", "earwitness", *arguments]


def machine() -> str:
    """Return one line about the machine and the day."""
    model = platform.processor() or "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return (
        f"{date.today().isoformat()}; {os.cpu_count()} cores of {model}, load {os.getloadavg()[0]:.1f} at the start; "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join(lines + [f"| {' | '.join(map(str, row))} |" for row in rows])


def estimates(of_groups: Mapping[str, Any], groups: Sequence[str]) -> list[str]:
    """Return what was estimated for each group, with its interval, in percent."""
    found = [of_groups[group] for group in groups]
    return [f"{100 * each.value:.1f} ({100 * each.low:.1f}-{100 * each.high:.1f})" for each in found]


def verdict(value: float, limit: float, *, least: bool = False) -> str:
    """Say whether a target is reached."""
    return "reached" if (value >= limit if least else value <= limit) else "MISSED"
