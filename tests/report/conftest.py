"""What these tests share with those of benchmarks: one benchmark, built once."""

from __future__ import annotations

from reasonaudio.conftest import bank, bank_folder, bench, bench_copy, bench_folder, recipe
from report.browsing import browser, open_page

__all__ = ["bank", "bank_folder", "bench", "bench_copy", "bench_folder", "browser", "open_page", "recipe"]
