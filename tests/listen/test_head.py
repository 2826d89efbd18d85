from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import ListenError
from earwitness.listen.head import Head, Layer, load_head, save_head
from listen.heads import fitted, random_convolution, random_head, recordings


def _slow_probs(head: Head, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """What a head says, frame by frame and network by network as its documentation has it."""
    components = features.astype(np.float64) @ head.basis - head.shift
    reach = np.arange(-head.context, len(features) + head.context)
    said = []
    for network in range(len(head.layers[0].weight)):
        frames = dict(zip(reach, components[np.clip(reach, 0, len(features) - 1)], strict=True))
        for place, layer in enumerate(head.layers):
            made = {}
            for frame in frames:
                taps = [
                    frame + (tap - layer.weight.shape[1] // 2) * layer.dilation for tap in range(layer.weight.shape[1])
                ]
                if not all(tap in frames for tap in taps):
                    continue
                out = layer.bias[network].astype(np.float64)
                for tap, weight in zip(taps, layer.weight[network], strict=True):
                    out = out + frames[tap] @ weight
                if place < len(head.layers) - 1:
                    out = np.maximum(out, 0) + (frames[frame] if layer.residual else 0)
                made[frame] = out
            frames = made
        said.append([frames[frame] for frame in range(len(features))])
    return 1 / (1 + np.exp(-(head.slope * np.mean(said, axis=0) + head.offset)))


# --- hearing ---


HEADS = {
    "no context": random_head(1, context=0),
    "a little": random_head(2, context=1),
    "more than there is": random_head(3, context=3),
    "three networks": random_head(4, n_networks=3),
    "convolutions": random_convolution(5),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("n", [1, 2, 20])
def test_probs_are_what_the_documentation_says(head: Head, n: int, rng: np.random.Generator) -> None:
    features = rng.standard_normal((n, 5)).astype(np.float32)
    probs = head.probs(features)
    assert probs.dtype == np.float32
    np.testing.assert_allclose(probs, _slow_probs(head, features), atol=1e-5)


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_long_recordings_are_heard_like_short_ones(head: Head, rng: np.random.Generator) -> None:
    features = rng.standard_normal((5_000, 5)).astype(np.float32)
    middle = slice(2_000, 2_100)  # over the edge of what is heard at once
    np.testing.assert_allclose(
        head.probs(features)[middle], _slow_probs(head, features[1_990:2_110])[10:-10], atol=1e-5
    )


@given(st.lists(st.integers(0, 6), max_size=8), st.sampled_from(sorted(HEADS)))
def test_a_stream_is_heard_like_a_whole(lengths: list[int], name: str) -> None:
    head = HEADS[name]
    features = np.random.default_rng(0).standard_normal((sum(lengths), 5)).astype(np.float32)
    blocks = np.split(features, np.cumsum(lengths)[:-1]) if lengths else []
    heard = np.concatenate([np.empty((0, 3), dtype=np.float32), *head.stream(iter(blocks))])
    np.testing.assert_allclose(heard, head.probs(features), atol=1e-6)


def test_a_stream_holds_no_more_than_a_block_and_the_context(rng: np.random.Generator) -> None:
    head, given_so_far, heard = random_head(3, context=2), 0, 0

    def blocks():
        nonlocal given_so_far
        for _ in range(50):
            given_so_far += 4
            yield rng.standard_normal((4, 5)).astype(np.float32)

    for probs in head.stream(blocks()):
        heard += len(probs)
        assert given_so_far - heard <= 4 + head.context
    assert heard == 200


def test_no_frames_are_heard_as_none() -> None:
    assert random_head(1).probs(np.empty((0, 5), dtype=np.float32)).shape == (0, 3)


def test_certain_is_certain_and_nothing_overflows() -> None:
    head = replace(random_head(1), slope=np.float32([1e4, -1e4, 0]), offset=np.float32([0, 0, -20]))
    probs = head.probs(np.ones((3, 5), dtype=np.float32))
    assert set(probs[:, :2].ravel()) <= {0.0, 1.0}
    np.testing.assert_allclose(probs[:, 2], np.exp(-20), rtol=1e-5)


def test_features_of_another_backbone_are_refused() -> None:
    with pytest.raises(ListenError, match=r"frames of 5 features.*got the shape \(3, 7\)"):
        random_head(1).probs(np.zeros((3, 7), dtype=np.float32))


def _changed(place: int, **change: object) -> tuple[Layer, ...]:
    """Return the layers of a head with one that is other than it was."""
    layers = list(random_head(1).layers)
    layers[place] = layers[place]._replace(**change)
    return tuple(layers)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"layers": ()}, "no layer"),
        ({"layers": _changed(0, weight=np.zeros((1, 4, 4, 6), dtype=np.float32))}, "layer 0 has 4 taps"),
        ({"layers": _changed(0, weight=np.zeros((1, 5, 3, 6), dtype=np.float32))}, "'weight 0' has the shape"),
        ({"layers": _changed(0, weight=np.zeros((5, 4, 6), dtype=np.float32))}, "'weight 0' .* 4 dimensions"),
        ({"layers": _changed(1, bias=np.zeros((2, 3), dtype=np.float32))}, "'(weight|bias) 1' has the shape"),
        ({"layers": _changed(0, dilation=0)}, "a dilation of 0"),
        ({"layers": _changed(1, residual=True)}, "turns 6 values into 3"),
        ({"shift": np.zeros(3, dtype=np.float32)}, "'shift' has the shape"),
        ({"slope": np.zeros(2, dtype=np.float32)}, "'(slope|offset)' has the shape"),
        ({"basis": np.zeros(4, dtype=np.float32)}, "shape"),
        ({"offset": np.zeros(3)}, "'offset' must hold finite float32"),
        ({"offset": np.full(3, np.nan, dtype=np.float32)}, "'offset' must hold finite float32"),
    ],
)
def test_arrays_that_make_no_head_are_refused(change: dict[str, object], why: str) -> None:
    with pytest.raises(ListenError, match=why):
        replace(random_head(1), **change)


# --- files ---


def test_a_head_comes_back_as_it_was(tmp_path: Path) -> None:
    save_head(fitted(), tmp_path / "head.npz")
    again = load_head(tmp_path / "head.npz")
    features = recordings(3, 20)[0][0]
    np.testing.assert_array_equal(again.probs(features), fitted().probs(features))
    assert again.context == 4
    save_head(random_convolution(1), tmp_path / "conv.npz")
    again = load_head(tmp_path / "conv.npz")
    assert again.context == 7
    assert [layer.residual for layer in again.layers] == [False, True, True, True, False]


def test_the_same_head_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        save_head(random_head(1), tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_is_not_a_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "head.npz"
    with pytest.raises(ListenError, match=r"head\.npz' is missing"):
        load_head(path)
    save_head(random_head(1), path)
    whole = path.read_bytes()
    with np.load(path) as file:
        arrays = dict(file)
    wrong = {
        "half of it": whole[: len(whole) // 2],
        "text": b"no head",
        "nothing": b"",
        "pickle": pickle.dumps({"weights": [1.0]}),
        "one bit": bytes([*whole[:900], whole[900] ^ 1, *whole[901:]]),
    }
    for data in wrong.values():
        path.write_bytes(data)
        with pytest.raises(ListenError, match=r"head\.npz' is not the head of a listener"):
            load_head(path)
    for change in (
        {"format": np.array("earwitness head 0")},
        {"basis": np.zeros((2, 2), dtype=np.float32)},
        {"dilation_0": np.array([1, 2])},
        {"dilation_0": np.array("two")},
        {"residual_1": np.array("no")},
        {"bias_0": np.full((1, 6), np.inf, dtype=np.float32)},
        {"slope": np.array([{}], dtype=object)},
    ):
        np.savez(path, **{**arrays, **change})
        with pytest.raises(ListenError, match=r"head\.npz' is not the head of a listener"):
            load_head(path)
    del arrays["shift"]
    np.savez(path, **arrays)
    with pytest.raises(ListenError, match="shift"):
        load_head(path)
