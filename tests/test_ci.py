"""The rule of .ci/run: a skip that is not allowed is a failure that names the test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT_USER

EXAMPLES = f"""
import pytest

def test_runs():
    pass

def test_allowed():
    pytest.skip({ROOT_USER!r})

def test_forgotten():
    pytest.skip("no such folder")

@pytest.mark.skipif(True, reason="not today")
def test_marked():
    pass
"""
WHOLE_FILE = 'import pytest; pytest.skip("left out", allow_module_level=True)'


@pytest.mark.parametrize(
    ("source", "in_ci", "exit_status", "expected"),
    [
        (EXAMPLES, "0", 0, ["1 passed, 3 skipped"]),
        (
            EXAMPLES,
            "1",
            1,
            ["test_forgotten was skipped", "test_marked was skipped", "1 failed, 1 passed"],
        ),
        (WHOLE_FILE, "1", 2, ["test_examples.py was skipped, and should have run here: left out"]),
    ],
)
def test_a_skip_fails_only_in_ci(
    tmp_path: Path, source: str, in_ci: str, exit_status: int, expected: list[str]
) -> None:
    shutil.copy(Path(__file__).parent / "conftest.py", tmp_path)
    (tmp_path / "test_examples.py").write_text(source, encoding="utf-8")
    # Workers of the outer run leave variables behind that would make the inner pytest one of them.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "."],
        cwd=tmp_path,
        env=kept | {"EARWITNESS_CI": in_ci},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == exit_status, done.stdout + done.stderr
    for words in expected:
        assert words in done.stdout
