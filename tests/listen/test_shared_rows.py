"""A network cut in two gives number by number what it gives in one, and works each row of its spectrogram out once."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from ai_edge_litert.interpreter import Interpreter

from earwitness.listen import shared_rows
from earwitness.listen.shared_rows import CutNetwork, tensor_shape

WINDOW = 15_600


@pytest.fixture(scope="module")
def weights(shared: Path) -> Path:
    return shared / "data" / "models" / "yamnet.tflite"


@pytest.fixture
def model(weights: Path) -> Any:
    schema = importlib.import_module("ai_edge_litert.schema_py_generated")
    return schema.ModelT.InitFromPackedBuf(weights.read_bytes(), 0)


@pytest.fixture
def sounding() -> npt.NDArray[np.float32]:
    chance = np.random.default_rng(5)
    return (chance.standard_normal(40_000) * np.linspace(0.0, 0.4, 40_000)).astype(np.float32)


def scores_of(model: Any) -> tuple[int, ...]:
    return (int(model.subgraphs[0].outputs[0]),)


def window_by_window(weights: Path, samples: npt.NDArray[np.float32], starts: npt.NDArray[np.intp]) -> list[Any]:
    whole = Interpreter(str(weights), num_threads=1)
    whole.allocate_tensors()
    entry, exit_ = whole.get_input_details()[0], whole.get_output_details()[0]
    heard = []
    for start in starts:
        whole.set_tensor(entry["index"], samples[start : start + WINDOW].reshape(entry["shape"]))
        whole.invoke()
        heard.append(whole.get_tensor(exit_["index"]))
    return heard


@pytest.mark.parametrize(
    "starts",
    [
        np.arange(0, 24_000, 4_000),  # rows fall on rows
        np.arange(0, 24_000, 5_333),  # none does
        np.array([0]),
        np.array([24_400, 0, 8_000]),  # in any order, up to the last sample
    ],
)
def test_it_gives_what_the_whole_gives(
    weights: Path, model: Any, sounding: npt.NDArray[np.float32], starts: npt.NDArray[np.intp]
) -> None:
    heard = list(CutNetwork(model, scores_of(model)).heard(sounding, starts))
    for (mine,), other in zip(heard, window_by_window(weights, sounding, starts), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_rows_are_worked_out_once(
    model: Any, sounding: npt.NDArray[np.float32], monkeypatch: pytest.MonkeyPatch
) -> None:
    network, begins = CutNetwork(model, scores_of(model)), []
    worked_out = shared_rows._Part.rows

    def counted(part: Any, pieces: Any, wanted: npt.NDArray[np.intp]) -> Any:
        begins.extend(wanted)
        return worked_out(part, pieces, wanted)

    monkeypatch.setattr(shared_rows._Part, "rows", counted)
    list(network.heard(sounding, np.arange(0, 24_000, 4_000)))
    assert begins == [160 * row for row in range(96 + 5 * 25)]


@pytest.mark.parametrize("known", ["no rows", "other rows"])
def test_what_cannot_be_cut_is_heard_whole(
    weights: Path, model: Any, sounding: npt.NDArray[np.float32], monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    right = shared_rows._cut(model.subgraphs[0])
    assert right is not None
    # The levels before their logarithm are rows of the same shape, from which the network would hear something else.
    last = next(each for each in model.subgraphs[0].operators if right.rows in each.outputs)
    assert tensor_shape(model.subgraphs[0], last.inputs[0]) == (96, 64)
    wrong = right._replace(rows=int(last.inputs[0]))
    monkeypatch.setattr(shared_rows, "_cut", lambda _: None if known == "no rows" else wrong)
    starts = np.array([0, 4_000])
    heard = list(CutNetwork(model, scores_of(model)).heard(sounding, starts))
    for (mine,), other in zip(heard, window_by_window(weights, sounding, starts), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_the_model_is_left_as_it_was(model: Any) -> None:
    graph = model.subgraphs[0]
    before = list(graph.inputs), list(graph.outputs), list(graph.operators)
    CutNetwork(model, scores_of(model))
    assert (list(graph.inputs), list(graph.outputs), list(graph.operators)) == before
