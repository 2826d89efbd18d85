"""YAMNet: its weights are found or refused, its windows are where they should be, and it hears what is there."""

from __future__ import annotations

import importlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.errors import ListenError, OutputError
from earwitness.listen import yamnet
from earwitness.listen.logmel import LogMel
from earwitness.listen.models import at_rate
from earwitness.listen.yamnet import RELEASES, WINDOW, Layer, Yamnet, class_names
from earwitness.sounds.audio import read_audio, to_mono

RATE = 16_000
UNREACHABLE = "http://127.0.0.1:9/yamnet.tflite"


@pytest.fixture(scope="module")
def weights(shared: Path) -> Path:
    return shared / "data" / "models" / "yamnet.tflite"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no weights named, and no network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("EARWITNESS_YAMNET", raising=False)
    monkeypatch.setattr(yamnet, "ADDRESS", UNREACHABLE)
    return tmp_path / "cache" / "earwitness" / "yamnet.tflite"


def recording(shared: Path, folder: str) -> np.ndarray:
    path = sorted((shared / "data" / "sounds" / "animals" / folder).iterdir())[0]
    audio = read_audio(path)
    return at_rate(to_mono(audio.samples), audio.sample_rate)


def test_the_classes_are_those_of_audioset(shared: Path) -> None:
    names = class_names()
    assert len(names) == len(set(names)) == 521
    lines = (shared / "data" / "models" / "yamnet_class_map.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",", 2)[2].strip('"') for line in lines] == list(names)


@pytest.mark.parametrize(("folder", "name"), [("dog", "Dog"), ("cat", "Cat"), ("cow", "Moo"), ("sheep", "Sheep")])
def test_it_hears_what_is_there(shared: Path, weights: Path, folder: str, name: str) -> None:
    backbone = Yamnet(weights)
    scores = backbone.frames(recording(shared, folder)).scores.max(axis=0)
    best = [backbone.classes[place] for place in np.argsort(-scores)[:8]]
    assert name in best


@pytest.mark.parametrize("hop_s", [0.25, 1 / 3, 0.96])
def test_windows_are_centred_on_their_frames(shared: Path, weights: Path, hop_s: float) -> None:
    samples = recording(shared, "dog")[: 3 * RATE + 123]
    litert = importlib.import_module("ai_edge_litert.interpreter")
    plain = litert.Interpreter(str(weights), num_threads=1)
    plain.allocate_tensors()
    frames = Yamnet(weights, hop_s=hop_s).frames(samples)
    for t, scores in enumerate(frames.scores):
        begin = round((t + 0.5) * hop_s * RATE) - WINDOW // 2
        at = np.arange(begin, begin + WINDOW)
        inside = (at >= 0) & (at < len(samples))
        window = np.where(inside, samples[np.clip(at, 0, len(samples) - 1)], 0).astype(np.float32)
        plain.set_tensor(0, window[None])
        plain.invoke()
        expected = plain.get_tensor(plain.get_output_details()[0]["index"])[0]
        assert np.allclose(scores, expected, atol=1e-5)


def test_the_layers_agree(shared: Path, weights: Path) -> None:
    samples = recording(shared, "dog")
    layers: dict[Layer, np.ndarray] = {
        layer: Yamnet(weights, layer=layer, levels=False).frames(samples).features
        for layer in ("pooled", "middle", "steps")
    }
    steps = layers["steps"].reshape(-1, 3, 1_024)
    assert layers["pooled"].shape[1] == layers["middle"].shape[1] == 1_024
    assert np.array_equal(steps[:, 1], layers["middle"])
    assert np.allclose(steps.mean(axis=1), layers["pooled"], rtol=1e-3, atol=1e-4)
    with_levels = Yamnet(weights).frames(samples).features
    assert np.array_equal(with_levels[:, :1_024], layers["pooled"])
    assert np.array_equal(with_levels[:, 1_024:], LogMel().frames(samples).features)
    with pytest.raises(ListenError, match="layers are pooled, middle, steps; got 'deep'"):
        Yamnet(weights, layer="deep")  # type: ignore[arg-type]


def test_other_bytes_are_refused_with_both_digests(weights: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "yamnet.tflite"
    data = bytearray(weights.read_bytes())
    data[2_000_000] ^= 1
    damaged.write_bytes(data)
    digest = yamnet.sha256_of_bytes(bytes(data))
    with pytest.raises(ListenError) as refused:
        Yamnet(damaged)
    for part in (str(damaged), digest, *RELEASES, "4,078,224 bytes"):
        assert part in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "yamnet.tflite").write_bytes(content)
    with pytest.raises(ListenError, match="is not YAMNet, or is damaged"):
        Yamnet(tmp_path / "yamnet.tflite")


def test_missing_files_are_named(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ListenError, match=r"Cannot read YAMNet's weights from '.*nowhere': No such file"):
        Yamnet(tmp_path / "nowhere")
    monkeypatch.setenv("EARWITNESS_YAMNET", str(tmp_path))
    with pytest.raises(ListenError, match=r"Cannot read YAMNet's weights from .*: Is a directory"):
        Yamnet()


def test_the_environment_names_the_weights(weights: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARWITNESS_YAMNET", str(weights))
    assert Yamnet().model == weights
    assert not cache.exists()


def test_offline_it_says_what_to_do(cache: Path) -> None:
    with pytest.raises(ListenError) as refused:
        Yamnet()
    for part in (UNREACHABLE, "Connection refused", "--model", "EARWITNESS_YAMNET", str(cache)):
        assert part in str(refused.value)
    assert not cache.parent.exists()


def test_an_answer_that_is_not_http(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4_096)
                connection.sendall(b"220 mail.example ready\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        monkeypatch.setattr(yamnet, "ADDRESS", f"http://127.0.0.1:{server.getsockname()[1]}/yamnet.tflite")
        with pytest.raises(ListenError, match="cannot be had: 220 mail"):
            Yamnet()
        thread.join()


def test_weights_are_downloaded_once(weights: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamnet, "ADDRESS", weights.resolve().as_uri())
    assert Yamnet().model == cache
    assert cache.read_bytes() == weights.read_bytes()
    monkeypatch.setattr(yamnet, "ADDRESS", UNREACHABLE)
    assert Yamnet().model == cache
    assert [path.name for path in cache.parent.iterdir()] == [cache.name]


def test_a_wrong_download_is_not_kept(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page").write_text("<html>Please log in</html>")
    monkeypatch.setattr(yamnet, "ADDRESS", (tmp_path / "page").as_uri())
    with pytest.raises(ListenError, match=r"is not YAMNet, or is damaged: expected SHA-256 .* Nothing was kept"):
        Yamnet()
    assert not cache.exists()


def test_a_cache_that_cannot_be_written(weights: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.parent.parent.write_text("a file where the cache should be")
    monkeypatch.setattr(yamnet, "ADDRESS", weights.resolve().as_uri())
    with pytest.raises(OutputError, match="Cannot write"):
        Yamnet()


def changed(weights: Path, path: Path, change: Callable[[Any], None]) -> Path:
    """Write the network with something changed in its graph, which is not run."""
    schema = importlib.import_module("ai_edge_litert.schema_py_generated")
    network = schema.ModelT.InitFromPackedBuf(weights.read_bytes(), 0)
    change(network.subgraphs[0])
    builder = importlib.import_module("flatbuffers").Builder(0)
    builder.Finish(network.Pack(builder), b"TFL3")
    path.write_bytes(builder.Output())
    return path


def hears_a_second(graph: Any) -> None:
    graph.tensors[graph.inputs[0]].shape = np.array([1, 16_000], dtype=np.int32)


def gives_a_spectrogram(graph: Any) -> None:
    graph.outputs = graph.outputs[1:]


def pools_another_layer(graph: Any) -> None:
    for tensor in graph.tensors:
        if tensor.shape is not None and tuple(tensor.shape) == (1, 3, 2, 1_024):
            tensor.shape = np.array([1, 6, 1, 1_024], dtype=np.int32)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (hears_a_second, r"must turn 15600 samples into 521 scores; it turns \(1, 16000\) into \(1, 521\)"),
        (gives_a_spectrogram, r"must turn 15600 samples into 521 scores; it turns \(1, 15600\) into \(96, 64\)"),
        (pools_another_layer, "has no layer of three time steps and 1,024 channels that is pooled"),
    ],
)
def test_another_network_is_refused(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], None], complaint: str
) -> None:
    other = changed(weights, tmp_path / "other.tflite", change)
    monkeypatch.setitem(RELEASES, yamnet.sha256_of_bytes(other.read_bytes()), "as if it were known")
    with pytest.raises(ListenError, match=complaint):
        Yamnet(other)
