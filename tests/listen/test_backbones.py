"""What every backbone promises, and what those that there are do beyond it."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import AudioError, ListenError
from earwitness.listen.base import Backbone, Samples, n_frames
from earwitness.listen.models import BACKBONES, at_rate, open_backbone, stream_at_rate

RATE = 16_000
# A model on long windows may say of silence that it is the window's beginning or its end.
ALIKE_EVERYWHERE = ("yamnet", "logmel", "clap")


@pytest.fixture(scope="module", params=BACKBONES)
def backbone(request: pytest.FixtureRequest) -> Backbone:
    return opened(request, request.param)


def opened(request: pytest.FixtureRequest, name: str, *, hop_s: float = 0.25) -> Backbone:
    if name == "yamnet":
        model = request.getfixturevalue("shared") / "data" / "models" / "yamnet.tflite"
        return open_backbone(name, hop_s=hop_s, model=model)
    if name.startswith(("ast", "clap")):
        kind = name.partition(":")[0]
        return open_backbone(f"{kind}:{request.getfixturevalue('tiny_models') / kind}", hop_s=hop_s)
    return open_backbone(name, hop_s=hop_s)


def sound(n: int, *, seed: int = 1) -> Samples:
    """Noise that swells and fades, with a whistle."""
    t = np.arange(n) / RATE
    noise = np.random.default_rng(seed).normal(size=n) * 0.1 * (1 + np.sin(2 * np.pi * 0.7 * t))
    samples = (noise + 0.2 * np.sin(2 * np.pi * (700 * t + 40 * t * t))).astype(np.float32)
    samples.setflags(write=False)
    return samples


@pytest.mark.parametrize("n", [0, 1, 160, 3_999, 4_000, 4_001, 16_000, 37_777])
def test_shapes_and_ranges(backbone: Backbone, n: int) -> None:
    assert isinstance(backbone, Backbone)
    frames = backbone.frames(sound(n))
    expected = n_frames(n, sample_rate=backbone.sample_rate, hop_s=backbone.hop_s)
    assert frames.features.shape == (expected, backbone.n_features)
    assert frames.scores.shape == (expected, len(backbone.classes))
    assert frames.features.dtype == frames.scores.dtype == np.float32
    assert np.isfinite(frames.features).all()
    assert ((frames.scores >= 0) & (frames.scores <= 1)).all()


@pytest.mark.parametrize("name", ALIKE_EVERYWHERE)
def test_silence_is_the_same_everywhere(request: pytest.FixtureRequest, name: str) -> None:
    frames = opened(request, name).frames(np.zeros(3 * RATE, dtype=np.float32))
    assert np.isfinite(frames.features).all()
    assert (frames.features == frames.features[0]).all()


@pytest.mark.parametrize("hop_s", [0.25, 0.3, 1 / 3, 0.11])
@pytest.mark.parametrize("name", BACKBONES)
def test_a_stream_is_the_same_bit_by_bit(request: pytest.FixtureRequest, name: str, hop_s: float) -> None:
    backbone = opened(request, name, hop_s=hop_s)
    samples = sound(round(20.3 * RATE))
    whole = backbone.frames(samples)
    for sizes in ([1, 0, 7, 100_000], [16_000], [len(samples)], [0, 320]):
        parts = list(backbone.stream(blocks(samples, sizes)))
        assert np.array_equal(np.concatenate([part.features for part in parts]), whole.features)
        assert np.array_equal(np.concatenate([part.scores for part in parts]), whole.scores)


def blocks(samples: Samples, sizes: list[int]) -> Iterator[Samples]:
    """Cut samples into blocks of these lengths, the last of them again and again."""
    start = 0
    for size in sizes[:-1]:
        yield samples[start : start + size]
        start += size
    while start < len(samples):
        yield samples[start : start + sizes[-1]]
        start += sizes[-1]


def test_a_stream_of_nothing_is_one_frame_of_silence(backbone: Backbone) -> None:
    (nothing,) = backbone.stream([])
    assert np.array_equal(nothing.features, backbone.frames(np.zeros(10, dtype=np.float32)).features)


def test_appended_silence_changes_no_frame(backbone: Backbone) -> None:
    samples = sound(33_210)
    longer = np.concatenate([samples, np.zeros(70_000, dtype=np.float32)])
    before, after = backbone.frames(samples), backbone.frames(longer)
    assert np.array_equal(before.features, after.features[: len(before.features)])
    assert np.array_equal(before.scores, after.scores[: len(before.scores)])


@pytest.mark.parametrize("middle_s", [0.375, 3.125, 5.0, 9.875])
def test_a_frame_stands_for_its_own_time(backbone: Backbone, middle_s: float) -> None:
    rate = backbone.sample_rate
    samples = np.zeros(10 * rate, dtype=np.float32)
    begin, n = round((middle_s - 0.1) * rate), round(0.2 * rate)
    samples[begin : begin + n] = sound(n)[: len(samples) - begin]
    features = backbone.frames(samples).features
    change = np.linalg.norm(features - backbone.frames(np.zeros_like(samples)).features, axis=1) ** 2
    times = (np.arange(len(change)) + 0.5) * backbone.hop_s
    # What lies beyond the recording is not heard, so an event at its edge has only one side.
    tolerance = 0.1 if 1 < middle_s < 9 else 0.3
    assert abs((change * times).sum() / change.sum() - middle_s) < tolerance


def test_a_long_stream_takes_no_more_memory(backbone: Backbone) -> None:
    def peak(seconds: int) -> int:
        block = sound(backbone.sample_rate)
        tracemalloc.start()
        for _ in backbone.stream(block for _ in range(seconds)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(20)  # what is only made once
    assert peak(80) < 1.05 * peak(40)


@pytest.mark.parametrize(
    ("samples", "complaint"),
    [
        (np.zeros((100, 2), dtype=np.float32), r"shape \(n,\); got float32 of shape \(100, 2\)"),
        (np.zeros(100, dtype=np.int16), "floating-point samples.*got int16"),
        (np.r_[np.zeros(12_000), np.nan, np.zeros(5)].astype(np.float32), r"NaN or infinity, first at 0\.[27]50 s"),
    ],
    ids=["stereo", "integers", "NaN"],
)
def test_what_cannot_be_heard_is_refused(backbone: Backbone, samples: Samples, complaint: str) -> None:
    with pytest.raises(ListenError, match=complaint):
        backbone.frames(samples)


def test_where_a_stream_is_not_finite(backbone: Backbone) -> None:
    bad = np.array([0, np.inf], dtype=np.float32)
    with pytest.raises(ListenError, match=r"first at 32\.500 s"):
        list(backbone.stream([sound(32 * backbone.sample_rate), sound(backbone.sample_rate // 2 - 1), bad]))


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("hop_s", [0.0, 0.019, 1.0, -0.25, float("nan"), float("inf")])
def test_a_hop_out_of_range_is_refused(request: pytest.FixtureRequest, name: str, hop_s: float) -> None:
    with pytest.raises(ListenError, match=r"0\.02 to 0\.96 s; got"):
        opened(request, name, hop_s=hop_s)


def test_a_worker_process_can_be_sent_one(backbone: Backbone) -> None:
    again = pickle.loads(pickle.dumps(backbone))  # noqa: S301 - made here
    assert (again.name, again.version, again.hop_s) == (backbone.name, backbone.version, backbone.hop_s)
    samples = sound(16_000)
    assert np.array_equal(again.frames(samples).features, backbone.frames(samples).features)


def test_the_version_tells_the_hop(request: pytest.FixtureRequest, backbone: Backbone) -> None:
    assert backbone.version != opened(request, backbone.name, hop_s=0.2).version
    assert backbone.version == opened(request, backbone.name).version


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match="There is no backbone 'yammer'; there are yamnet, logmel"):
        open_backbone("yammer")
    with pytest.raises(ListenError, match="'logmel' has no weights; got the file"):
        open_backbone("logmel", model=tmp_path / "weights")


@pytest.mark.parametrize("sample_rate", [8_000, 11_025, 16_000, 44_100, 48_000, 192_000])
def test_any_rate_is_brought_to_the_one_wanted(sample_rate: int) -> None:
    t = np.arange(2 * sample_rate) / sample_rate
    tone = 0.5 * np.sin(2 * np.pi * 1_000 * t)
    heard = at_rate(tone, sample_rate)
    assert heard.dtype == np.float32
    assert len(heard) == 2 * RATE
    expected = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(2 * RATE) / RATE)
    assert np.abs(heard - expected)[800:-800].max() < 1e-3


@pytest.mark.parametrize("sample_rate", [8_000, 192_000])
@pytest.mark.parametrize("n", [0, 1, 80])
def test_short_clips_at_any_rate_are_heard(backbone: Backbone, sample_rate: int, n: int) -> None:
    frames = backbone.frames(at_rate(np.full(n, 0.1), sample_rate))
    assert len(frames.features) == 1


def test_rates_that_no_one_has_are_refused() -> None:
    with pytest.raises(AudioError, match="7999 Hz; expected 8000 to 192000"):
        at_rate(np.zeros(10), 7_999)
    with pytest.raises(AudioError, match="200000 Hz; expected 8000 to 192000"):
        list(stream_at_rate([np.zeros(10)], 200_000))


@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 44_100, 192_000])
def test_a_stream_at_another_rate_is_the_same(sample_rate: int) -> None:
    samples = np.random.default_rng(3).normal(size=3 * sample_rate + 17) * 0.1
    parts = list(stream_at_rate(blocks(samples.astype(np.float32), [5, 0, 1_000]), sample_rate))
    assert {part.dtype for part in parts} == {np.dtype(np.float32)}
    whole = at_rate(samples.astype(np.float32), sample_rate)
    assert len(np.concatenate(parts)) == len(whole)
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-5
