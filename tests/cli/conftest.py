"""What the tests of the command line share with those of benchmarks."""

from __future__ import annotations

from reasonaudio.conftest import (
    bank,
    bank_folder,
    bench,
    bench_copy,
    bench_folder,
    counted,
    recipe,
    small,
    small_copy,
    small_folder,
)

__all__ = [
    "bank",
    "bank_folder",
    "bench",
    "bench_copy",
    "bench_folder",
    "counted",
    "recipe",
    "small",
    "small_copy",
    "small_folder",
]
