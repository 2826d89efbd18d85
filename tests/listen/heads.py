"""Heads, and recordings to learn them from, for tests."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from earwitness.listen.head import Head, Layer
from earwitness.listen.learning import fit_head
from earwitness.listen.networks import Convolution, Lesson, Network, Perceptron
from earwitness.listen.scenes import rendered, targets, training_scenes
from earwitness.records import sha256_of_bytes
from earwitness.rng import generator
from earwitness.sounds.atoms import Atom

RATE = 8_000
HOP_S = 0.25
PITCHES = {"low": 300.0, "mid": 700.0, "high": 1_500.0, "top": 3_000.0}
LABELS = tuple(PITCHES)

# Small enough to be learned in a second.
SMALL: dict[str, Network] = {"mlp": Perceptron(hidden=24), "conv": Convolution(channels=64, dilations=(1, 2))}

Recordings = tuple[list[npt.NDArray[np.float32]], list[npt.NDArray[np.float32]]]


def tone(label: str, ticks: int, number: int) -> Atom:
    """Return a sound that is little but its pitch: something that a small head can learn in a second."""
    rng = generator(0, "tone", label, number)
    times = np.arange(ticks * RATE // 100) / RATE
    wave = 3_000 * np.sin(2 * np.pi * PITCHES[label] * rng.uniform(0.99, 1.01) * times)
    pcm = np.rint(wave + 300 * rng.standard_normal(len(times))).astype(np.int16)
    name = f"{label}-{number}"
    return Atom(name, label, "train", "CC0", name, RATE, sha256_of_bytes(pcm.tobytes()), pcm, False)


def bands(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A backbone for tests: the logarithm of the energy in 64 bands of each frame, and one band that is always 0."""
    frames = samples.reshape(-1, int(HOP_S * RATE))
    power = np.abs(np.fft.rfft(frames * np.hanning(frames.shape[1]))[:, 1:]) ** 2
    bands = np.log(power[:, : 64 * (power.shape[1] // 64)].reshape(len(frames), 64, -1).mean(axis=2) + 1e-6)
    return np.pad(bands, ((0, 0), (0, 1))).astype(np.float32)


@cache
def recordings(seed: int, n: int) -> Recordings:
    atoms = [tone(label, ticks, 10 * seed + i) for label in LABELS for i, ticks in enumerate((60, 130, 210))]
    scenes = training_scenes(atoms, n=n, seed=seed)
    features = [bands(samples) for samples in rendered(scenes, atoms, sample_rate=RATE)]
    return features, [targets(scene, LABELS, hop_s=HOP_S, n_frames=40) for scene in scenes]


@cache
def fitted(network: str = "mlp") -> Head:
    return fit_head(
        Lesson(*recordings(1, 100)),
        network=SMALL[network],
        seed=1,
        components=64,
        validation=Lesson(*recordings(2, 20)),
    )


def random_head(seed: int, *, context: int = 2, n_features: int = 5, n_labels: int = 3, n_networks: int = 1) -> Head:
    """Return a perceptron, or several, whose weights mean nothing."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> npt.NDArray[np.float32]:
        return rng.standard_normal(shape).astype(np.float32)

    layers = (
        Layer(draw(n_networks, 2 * context + 1, 4, 6), draw(n_networks, 6)),
        Layer(draw(n_networks, 1, 6, n_labels), draw(n_networks, n_labels)),
    )
    return Head(draw(n_features, 4), draw(4), layers, draw(n_labels), draw(n_labels))


def random_convolution(seed: int, *, n_networks: int = 2) -> Head:
    """Return a head of residual layers whose weights mean nothing; it sees 7 frames to either side."""
    rng = np.random.default_rng(seed)

    def layer(n_taps: int, n_in: int, n_out: int, dilation: int = 1, residual: bool = False) -> Layer:
        weight = rng.standard_normal((n_networks, n_taps, n_in, n_out)) / np.sqrt(n_taps * n_in)
        bias = rng.standard_normal((n_networks, n_out))
        return Layer(weight.astype(np.float32), bias.astype(np.float32), dilation, residual)

    middle = [layer(3, 6, 6, dilation, True) for dilation in (1, 2, 4)]
    basis, shift = rng.standard_normal((5, 4)).astype(np.float32), np.zeros(4, np.float32)
    return Head(
        basis, shift, (layer(1, 4, 6), *middle, layer(1, 6, 3)), np.ones(3, np.float32), np.zeros(3, np.float32)
    )
