"""What these tests share with those of benchmarks: one benchmark, built once."""

from __future__ import annotations

from reasonaudio.conftest import bank, bank_folder, bench, bench_copy, bench_folder, recipe

__all__ = ["bank", "bank_folder", "bench", "bench_copy", "bench_folder", "recipe"]
