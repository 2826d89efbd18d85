"""A listener from a bank to its scores: fitted, kept, read again, and asked; with features that need no download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import ListenError, SystemFault
from earwitness.listen.fit import FitSettings, fit_listener
from earwitness.listen.fitted import FittedListener, load_listener, save_listener
from earwitness.listen.models import open_backbone
from earwitness.listen.networks import NETWORKS, Convolution
from earwitness.reasonaudio.folder import Benchmark
from earwitness.scores.judged import judged
from earwitness.scores.measures import ACC1, per_pair, per_query
from earwitness.sounds.bank import Bank
from earwitness.systems.base import clips_of
from earwitness.systems.registry import open_system

SETTINGS = FitSettings(seed=1, scenes=60)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(NETWORKS, "conv", Convolution(channels=32, dilations=(1, 2)))
        yield


@pytest.fixture(scope="module", params=NETWORKS)
def listener(bank: Bank, request: pytest.FixtureRequest) -> FittedListener:
    return fit_listener(bank, open_backbone("logmel"), settings=replace(SETTINGS, network=request.param))


@pytest.fixture(scope="module")
def folder(listener: FittedListener, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("listeners") / "toy"
    save_listener(listener, out)
    return out


def test_it_hears_and_reasons(folder: Path, bench: Benchmark) -> None:
    arrays = judged(bench)
    system = open_system(f"listen:{folder}", bench)
    assert (system.about.paradigm, system.about.reference) == ("listening", False)
    scores = system.retriever.scores(arrays.texts, clips_of(bench))
    assert scores.shape == (len(arrays.texts), len(arrays.clip_ids)) and np.isfinite(scores).all()
    pairs = per_pair(scores, arrays.pairs)
    # Heard from its own recordings, so this is no measure of how well it hears; but not by chance either.
    assert pairs.mean() > 0.75
    assert per_query([ACC1], scores, arrays.relevant)[ACC1].mean() > 0.4


def test_it_is_kept_and_read_again(listener: FittedListener, folder: Path, rng: np.random.Generator) -> None:
    again = load_listener(folder)
    assert (again.labels, dict(again.phrases), again.version) == (
        listener.labels,
        dict(listener.phrases),
        listener.version,
    )
    noise = rng.standard_normal(40_000).astype(np.float32) * 0.1
    first, second = (each.listen(noise, 16_000) for each in (listener, again))
    assert first.probs.tobytes() == second.probs.tobytes()
    assert first.probs.shape == (10, len(listener.labels))
    for label in listener.labels:
        ours, theirs = (each.evidence([first]).presence(label) for each in (listener, again))
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(("n", "rate"), [(0, 16_000), (160, 16_000), (8_000, 8_000), (96_000, 192_000)])
def test_whatever_is_heard_gives_posteriors(listener: FittedListener, n: int, rate: int) -> None:
    heard = listener.listen(np.zeros(n, dtype=np.float32), rate)
    assert len(heard.probs) >= 1 and np.isfinite(heard.probs).all()
    assert 0 <= heard.probs.min() <= heard.probs.max() <= 1


def test_what_is_damaged_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ListenError, match=r"is not a listener: it has no listener\.json"):
        load_listener(tmp_path)
    for name in ("head.npz", "evidence.npz"):
        copy = tmp_path / f"broken {name}"
        copy.mkdir(parents=True)
        for path in folder.iterdir():
            data = path.read_bytes()
            (copy / path.name).write_bytes(data[:-7] if path.name == name else data)
        with pytest.raises(ListenError, match=rf"{name}' is damaged"):
            load_listener(copy)
    about = json.loads((folder / "listener.json").read_text())
    about["backbone"]["version"] = "another"
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "listener.json").write_text(json.dumps(about))
    with pytest.raises(ListenError, match="was fitted with the backbone logmel of version another"):
        load_listener(tmp_path)
    (tmp_path / "listener.json").write_text("{}")
    with pytest.raises(ListenError, match=r"listener\.json' is damaged"):
        load_listener(tmp_path)


def test_a_sound_that_it_does_not_know_is_refused_by_name(folder: Path, bench: Benchmark) -> None:
    system = open_system(f"listen:{folder}", bench)
    with pytest.raises(SystemFault, match="This listener knows 12 sounds"):
        system.retriever.scores(["A submarine surfacing."], clips_of(bench).part(0, 1))


def test_a_label_of_one_source_cannot_be_held_out(bank: Bank) -> None:
    first = next(r for r in bank.recordings if r.label == "owl")
    fewer = replace(bank, recordings=tuple(r for r in bank.recordings if r.label != "owl" or r == first))
    with pytest.raises(ListenError, match="All usable recordings of 'owl' are of one source"):
        fit_listener(fewer, open_backbone("logmel"), settings=SETTINGS)


def test_the_same_whatever_the_number_of_processes(bank: Bank, listener: FittedListener) -> None:
    settings = replace(SETTINGS, network=listener.about["network"], jobs=2)
    again = fit_listener(bank, open_backbone("logmel"), settings=settings)
    assert again.version == listener.version
