"""What these tests share with those of benchmarks: one benchmark, built once. And tiny models, saved once."""

from __future__ import annotations

from pathlib import Path

import pytest

from reasonaudio.conftest import bank, bank_folder, bench, bench_copy, bench_folder, recipe

__all__ = ["bank", "bank_folder", "bench", "bench_copy", "bench_folder", "recipe", "tiny_models"]


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models of transformers with random weights: ast, wav2vec2, whisper, clap, fusing_clap."""
    from listen import tiny_models as tiny  # imports torch, which few of these tests need

    folder = tmp_path_factory.mktemp("models")
    for name in ("ast", "wav2vec2", "whisper", "clap", "fusing_clap"):
        getattr(tiny, f"save_{name}")(folder / name)
    return folder
