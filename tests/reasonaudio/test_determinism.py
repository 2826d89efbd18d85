"""The same seed gives the same samples and the same questions under NumPy 1.26 and NumPy 2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from earwitness.reasonaudio.folder import read_benchmark
from earwitness.records import read_json, sha256_of_file
from reasonaudio.conftest import SEED

RUN = "from earwitness.cli import main; main()"
NAMES = ("queries.jsonl", "qrels.tsv", "pairs.jsonl", "README.md")


def built_by(python: Path, out: Path, sounds: str) -> Path:
    out.parent.mkdir()
    recipe = out.parent / "few.toml"  # of many sounds a few recordings each
    recipe.write_text("atoms_per_label = 2\n", encoding="utf-8")
    options = ["--recipe", str(recipe), "--clips", "50", "--queries", "5", "--pairs", "3", "--seed", str(SEED)]
    command = [str(python), "-W", "error::RuntimeWarning", "-c", RUN, "build", str(out), "--sounds", sounds, *options]
    # Without this the child would look for its packages where the parent has them.
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    return out


def numpy_of(folder: Path) -> str:
    return str(read_json(folder / "benchmark.json")["versions"]["numpy"])


@pytest.mark.parametrize("sounds", ["folder", "builtin"])
def test_numpy_1_and_2_build_the_same(sounds: str, numpy1_python: Path, bank_folder: Path, tmp_path: Path) -> None:
    bank = str(bank_folder) if sounds == "folder" else sounds
    old = built_by(numpy1_python, tmp_path / "old" / "bench", bank)
    new = built_by(Path(sys.executable), tmp_path / "new" / "bench", bank)
    assert numpy_of(old).startswith("1.26.")
    assert int(numpy_of(new).partition(".")[0]) >= 2
    ours, theirs = read_benchmark(new), read_benchmark(old)
    assert len(ours.pcm_sha256) == 50
    different = [clip for clip, digest in ours.pcm_sha256.items() if theirs.pcm_sha256.get(clip) != digest]
    assert different == []
    assert ours.scenes == theirs.scenes
    assert list(ours.atom_rows) == list(theirs.atom_rows)
    for name in NAMES:
        assert sha256_of_file(new / name) == sha256_of_file(old / name), name
