"""What every test may ask for, and the rule about skipped tests.

Set ``EARWITNESS_CI=1`` (``.ci/run`` does) and a skipped test fails, unless its reason is in ``MAY_SKIP_IN_CI``: on
the machine that decides, nothing is left out in silence.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("EARWITNESS_CI") == "1"

ROOT_USER = "root may read and write everything: no permission can be refused"
NO_NUMPY1 = "NumPy 1.26 does not run on Python 3.13 and later"
MAY_SKIP_IN_CI = frozenset({ROOT_USER, NO_NUMPY1})

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI or os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real recordings; it is never part of the repository."""
    folder = Path(os.environ.get("EARWITNESS_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"no real recordings at {folder / 'data'}: set EARWITNESS_SHARED")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    """Chance that is the same in every run."""
    return np.random.default_rng(20240607)


@pytest.fixture(scope="session")
def numpy1_python() -> Path:
    """The interpreter of an environment with NumPy 1.26; ``make test`` sets it up."""
    if sys.version_info >= (3, 13):
        pytest.skip(NO_NUMPY1)
    python = os.environ.get("EARWITNESS_NUMPY1")
    if not python:
        pytest.skip("EARWITNESS_NUMPY1 is not set: 'make test' sets it")
    return Path(python)


@pytest.fixture
def plain_user() -> None:
    """Skip a test about permissions when they do not bind this user."""
    if os.geteuid() == 0:
        pytest.skip(ROOT_USER)


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not (IN_CI and report.skipped) or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if reason not in MAY_SKIP_IN_CI:
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, and should have run here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge the skip of one test."""
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge the skip of a whole file."""
    report = yield
    _forbid_skip(report)
    return report
