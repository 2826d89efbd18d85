"""Networks that learn: what they are given, what they leave alone, and what they hand over to be heard with."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from earwitness.errors import ListenError, MissingExtra
from earwitness.listen import networks
from earwitness.listen.fit import FitSettings, fit_listener
from earwitness.listen.head import Head
from earwitness.listen.logmel import LogMel
from earwitness.listen.networks import NETWORKS, Convolution, Lesson, Perceptron
from earwitness.sounds.bank import Bank

torch = pytest.importorskip("torch")

SMALL = Convolution(channels=8, taps=3, dilations=(1, 3))


def _lesson(*lengths: int) -> Lesson:
    """Return recordings of noise, in which a label is heard two frames after its component is high."""
    rng = np.random.default_rng(len(lengths))
    components = [rng.standard_normal((n, 5)).astype(np.float32) for n in lengths]
    targets = [(np.roll(frames[:, :2], 2, axis=0) > 0).astype(np.float32) for frames in components]
    for shares in targets:
        shares[:2] = 0.0
    return Lesson(components, targets)


def _head(layers: Any) -> Head:
    ones = np.ones(layers[-1].bias.shape[1], dtype=np.float32)
    return Head(np.eye(5, dtype=np.float32), np.zeros(5, dtype=np.float32), layers, ones, np.zeros_like(ones))


@pytest.mark.parametrize(
    ("size", "why"),
    [
        (lambda: Perceptron(context=-1), "'context' must be 0 or more; got -1"),
        (lambda: Perceptron(hidden=0), "'hidden' must be 1 or more"),
        (lambda: Convolution(channels=0), "'channels' must be 1 or more"),
        (lambda: Convolution(taps=4), "'taps' must be odd"),
        (lambda: Convolution(dilations=(1, 0)), "'dilation 1' must be 1 or more"),
    ],
)
def test_sizes_out_of_range_are_refused(size: Any, why: str) -> None:
    with pytest.raises(ListenError, match=why):
        size()


@pytest.mark.parametrize("network", [Perceptron(context=2, hidden=16), SMALL])
def test_what_lies_some_frames_away_is_learned_the_right_way_round(network: Any) -> None:
    learner = network.learner(_lesson(*[40] * 20), seed=1)
    for _ in range(40):
        layers = learner.learned()
    lesson = _lesson(*[60] * 5)
    probs = np.concatenate([_head(layers).probs(frames) for frames in lesson.features])
    # The wrong way round, or by the frame itself, it would be right by chance.
    assert ((probs > 0.5) == (np.concatenate(lesson.targets) > 0.5)).mean() > 0.8


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave nothing out at random, so that what is learned from can be compared with what is heard."""
    monkeypatch.setattr(networks, "_DROPPED", 0.0)
    return None


@pytest.mark.parametrize("lengths", [(40, 40, 40), (1,), (3, 64, 65, 130, 7)])
@pytest.mark.parametrize("size", [SMALL, Convolution(channels=4, taps=5, dilations=(2,)), Convolution(dilations=())])
@pytest.mark.usefixtures("whole")
def test_a_convolution_hears_as_it_learns(size: Convolution, lengths: tuple[int, ...]) -> None:
    """Recordings of any length: each frame is learned from once a round, with its own neighbours and targets."""
    lesson = _lesson(*lengths)
    learner: Any = size.learner(lesson, seed=3)
    head = _head(learner.learned())
    assert head.context == sum(dilation * (size.taps // 2) for dilation in size.dilations)
    shown, shares, heard = learner._shown(learner.pieces)
    assert int(heard.sum()) == sum(lengths)
    with torch.no_grad():
        logits = learner._logits(shown)[heard].numpy()
    expected = np.concatenate([head.logits(frames) for frames in lesson.features])
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    np.testing.assert_array_equal(shares[heard].numpy(), np.concatenate(lesson.targets))


def test_what_was_handed_over_does_not_change_when_more_is_learned() -> None:
    for network in (Perceptron(hidden=4), SMALL):
        learner = network.learner(_lesson(40, 40), seed=1)
        layers = learner.learned()
        before = [layer.weight.copy() for layer in layers]
        after = learner.learned()
        assert all(np.array_equal(old, layer.weight) for old, layer in zip(before, layers, strict=True))
        assert not any(np.array_equal(old, layer.weight) for old, layer in zip(before, after, strict=True))


def test_torch_is_left_as_it_was() -> None:
    def drawn() -> npt.NDArray[np.float32]:
        torch.manual_seed(5)
        learner = SMALL.learner(_lesson(40, 40), seed=1)
        learner.learned()
        values: npt.NDArray[np.float32] = torch.rand(4).numpy()
        return values

    threads = torch.get_num_threads()
    torch.manual_seed(5)
    np.testing.assert_array_equal(drawn(), torch.manual_seed(5) and torch.rand(4).numpy())
    assert torch.get_num_threads() == threads


def test_without_torch_it_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    bank = Bank("nothing", (), {})
    with pytest.raises(MissingExtra, match=r"head of convolutions needs the package 'torch': .*earwitness\[models\]'"):
        fit_listener(bank, LogMel(), settings=FitSettings(network="conv"))
    NETWORKS["mlp"].check()
    with pytest.raises(ListenError, match="The networks are mlp, conv; got 'rnn'"):
        fit_listener(bank, LogMel(), settings=FitSettings(network="rnn"))
