"""What the tests of the command line share with those of benchmarks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from earwitness.cli import main
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
    "Command",
    "Run",
    "bank",
    "bank_folder",
    "bench",
    "bench_copy",
    "bench_folder",
    "counted",
    "recipe",
    "run",
    "small",
    "small_copy",
    "small_folder",
]


class Run(NamedTuple):
    """What one run of the command line left behind."""

    code: int
    """Its exit code."""
    out: str
    """What it printed."""
    err: str
    """What it said besides."""


Command = Callable[..., Run]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process; an error that is not its own would fail the test."""

    def command(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["earwitness", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Run(int(ended.value.code or 0), captured.out, captured.err)

    return command
