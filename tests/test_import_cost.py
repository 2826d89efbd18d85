"""Starting stays cheap: what is heavy is loaded only by what needs it.

Here only the loaded modules are looked at; the seconds are measured by ``benchmarks/import_cost.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {"scipy", "sklearn", "matplotlib", "pandas", "pyarrow", "soundfile", "soxr", "pyloudnorm", "torch"}

ASK_FOR_HELP = """
import contextlib, io, sys
from earwitness.cli import main
sys.argv = ["earwitness", "--help"]
help_text = io.StringIO()
with contextlib.redirect_stdout(help_text), contextlib.suppress(SystemExit):
    main()
assert "Usage" in help_text.getvalue(), help_text.getvalue()
"""


def _loaded_by(code: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter holds after some code."""
    code += "\nimport json, sys\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import earwitness", HEAVY | {"numpy", "rich", "typer"}),
        ("import earwitness.logic.events", HEAVY),
        (ASK_FOR_HELP, HEAVY),
    ],
    ids=["import earwitness", "import earwitness.logic.events", "earwitness --help"],
)
def test_nothing_heavy_is_loaded(code: str, unwanted: set[str]) -> None:
    loaded = _loaded_by(code)
    assert "earwitness" in loaded
    assert loaded & unwanted == set()
