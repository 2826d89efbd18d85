"""What every system must keep to, whichever it is: shape, dtype, blocks, and leaving alone what it was given."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from earwitness.listen.fit import FitSettings, fit_listener
from earwitness.listen.fitted import save_listener
from earwitness.listen.grounding import Grounding, write_groundings
from earwitness.listen.models import open_backbone
from earwitness.listen.yamnet import class_names
from earwitness.reasonaudio.folder import Benchmark
from earwitness.sounds.bank import Bank
from earwitness.systems.base import PARADIGMS, Clips, Retriever, System, clips_of
from earwitness.systems.registry import SPECS, open_system

MODEL = """
import numpy as np

def loudness(texts, clips):
    return np.outer([len(text) for text in texts], [float(np.abs(samples).mean()) for samples in clips])

class Centred:
    whole_corpus = True
    def scores(self, texts, clips):
        level = np.array([float(np.abs(samples).mean()) for samples in clips])
        return np.outer([len(text) for text in texts], level - level.sum() / max(1, len(level)))

class Embedder:
    def embed_texts(self, texts):
        return np.array([[len(text), text.count("e") + 1, 1] for text in texts], dtype=np.float32)
    def embed_audio(self, audio, sample_rate):
        return np.array([[np.abs(a).mean(), a.std(), len(a) / sample_rate] for a in audio], dtype=np.float64)
"""

KINDS = (
    *(spec for spec in SPECS if ":" not in spec),
    *("bm25:{folder}/heard.jsonl", "scores:{folder}/dense.npy", "scores:{folder}/shallow.run"),
    *(f"python:{{folder}}/conforming.py:{name}" for name in ("loudness", "Centred", "Embedder")),
    *("listen:{folder}/listener", "listen:{folder}/meant.json", "listen:{folder}/yamnet.json"),
)


@pytest.fixture(scope="module")
def texts(bench: Benchmark) -> tuple[str, ...]:
    return tuple(query.text for query in bench.queries)


@pytest.fixture(scope="module")
def folder(bench: Benchmark, bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("systems")
    listener = fit_listener(bank, open_backbone("logmel"), settings=FitSettings(seed=1, scenes=12))
    save_listener(listener, made / "listener")
    named = [Grounding(phrase, {label: 1.0}, {}) for label, phrase in bench.phrases.items()]
    write_groundings(made / "meant.json", str(made / "listener"), named)
    # What YAMNet's classes have to do with these sounds does not matter here.
    classes = zip(bench.phrases.values(), class_names(), strict=False)
    write_groundings(made / "yamnet.json", "yamnet", [Grounding(phrase, {name: 1.0}, {}) for phrase, name in classes])
    (made / "conforming.py").write_text(MODEL)
    scores = np.random.default_rng(1).standard_normal((len(bench.queries), len(bench.scenes))).astype(np.float32)
    np.save(made / "dense.npy", scores)
    with (made / "shallow.run").open("w") as run:
        for query, row in zip(bench.queries, scores, strict=True):
            for clip in np.argsort(-row)[:5]:
                run.write(f"{query.query_id} Q0 {bench.scenes[clip].clip_id} 1 {row[clip]} tag\n")
    rows = [{"clip_id": s.clip_id, "caption": " and ".join(e.label for e in s.events)} for s in bench.scenes]
    (made / "heard.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    known = set(sys.modules)
    yield made
    for new in set(sys.modules) - known:
        if new.startswith("_earwitness_"):
            del sys.modules[new]


@pytest.fixture(scope="module", params=KINDS)
def spec(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        if "yamnet" in request.param:
            weights = request.getfixturevalue("shared") / "data" / "models" / "yamnet.tflite"
            patch.setenv("EARWITNESS_YAMNET", str(weights))
        yield str(request.param).format(folder=folder)


@pytest.fixture(scope="module")
def system(spec: str, bench: Benchmark, folder: Path) -> System:
    return open_system(spec, bench, seed=4, embeddings=folder / "embeddings")


@pytest.fixture(scope="module")
def corpus(bench: Benchmark) -> Clips:
    return clips_of(bench)


@pytest.fixture(scope="module")
def whole(system: System, texts: tuple[str, ...], corpus: Clips) -> np.ndarray:
    return system.retriever.scores(texts, corpus)


def test_every_kind_is_here() -> None:
    assert {kind for kind in KINDS if ":" not in kind} == {spec for spec in SPECS if ":" not in spec}
    assert {kind.partition(":")[0] for kind in KINDS} == {spec.partition(":")[0] for spec in SPECS}


def test_scores_are_a_matrix_of_numbers(system: System, whole: np.ndarray) -> None:
    assert isinstance(system.retriever, Retriever)
    assert whole.shape == (20, 200) and whole.dtype == np.float32 and whole.flags.c_contiguous
    assert (whole < np.inf).all()
    if "shallow" not in system.about.spec:
        assert np.isfinite(whole).all()
    # A test that every system passes by saying nothing would be worth nothing.
    assert len(np.unique(whole)) > 1


@pytest.mark.parametrize("size", [1, 37, 100, 199])
def test_scores_do_not_hang_on_the_blocks(
    size: int, system: System, whole: np.ndarray, texts: tuple[str, ...], corpus: Clips
) -> None:
    starts = list(range(0, len(corpus), size))
    if size == 1:
        starts = starts[:5] + starts[-5:]
    blocks = [system.retriever.scores(texts, corpus.part(start, start + size)) for start in reversed(starts)][::-1]
    expected = [whole[:, start : start + size] for start in starts]
    same = all(np.array_equal(a, b) for a, b in zip(blocks, expected, strict=True))
    assert all(block.dtype == np.float32 for block in blocks)
    assert same != system.whole_corpus


def test_scores_are_the_same_each_time(
    spec: str, whole: np.ndarray, bench: Benchmark, folder: Path, texts: tuple[str, ...], corpus: Clips
) -> None:
    again = open_system(spec, bench, seed=4, embeddings=folder / "embeddings")
    assert np.array_equal(again.retriever.scores(list(texts), corpus), whole)
    assert np.array_equal(again.retriever.scores(list(texts), corpus), whole)


def test_what_is_given_back_is_the_callers(
    system: System, whole: np.ndarray, texts: tuple[str, ...], corpus: Clips
) -> None:
    first = system.retriever.scores(texts, corpus)
    first[:] = 7
    assert np.array_equal(system.retriever.scores(texts, corpus), whole)


def test_what_was_given_is_left_alone(system: System, bench: Benchmark, corpus: Clips) -> None:
    asked = [query.text for query in bench.queries]
    clips = clips_of(bench).part(0, 40)
    before = (list(asked), clips.names, clips.sha256, clips.sample_rate)
    system.retriever.scores(asked, clips)
    assert (asked, clips.names, clips.sha256, clips.sample_rate) == before


def test_what_is_recorded_can_be_written(system: System, spec: str) -> None:
    about = system.about
    assert about.spec == spec and about.name and about.version and about.paradigm in PARADIGMS
    assert about.reference == (about.paradigm == "reference")
    assert json.loads(json.dumps(asdict(about), allow_nan=False))["name"] == about.name


def test_an_empty_block_is_a_block(system: System, texts: tuple[str, ...], corpus: Clips) -> None:
    assert system.retriever.scores(texts, corpus.part(5, 5)).shape == (20, 0)


def test_naming_systems_loads_nothing_heavy() -> None:
    heavy = "('bm25s', 'sklearn', 'torch')"
    program = f"import sys, earwitness.systems.registry; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
