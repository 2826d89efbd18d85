"""From a scene's numbers to samples, bit by bit the same on every machine.

Rendering makes no choice and takes no sum: it multiplies and adds float32 element by element, which IEEE 754 fixes,
and rounds once. Curves are made by division and square root, which it fixes too, and noise by adding integers. So
the SHA-256 of a clip's PCM16 is the same under every NumPy and on every processor.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from earwitness.errors import BenchmarkError
from earwitness.rng import generator
from earwitness.scenes.spec import TICKS_PER_S, Placed, Scene
from earwitness.sounds.atoms import Atom

__all__ = ["CEILING", "COLOURS", "NOISE_S", "Renderer", "fitted", "noise", "tick_power"]

CEILING = 29204.0
"""The largest sample of a mix, in PCM16 steps: -1 dBFS."""
COLOURS = ("white", "pink", "brown")
"""The noises that may lie under a scene."""
NOISE_S = 30
"""Length of each noise before it repeats, in seconds."""
_JOINT_TICKS = 5
_FADE_TICKS = 1
# 256 KiB of float32: two such blocks and the noise they are made from fit a second-level cache of 1 MiB.
_BLOCK = 65_536

_Samples = npt.NDArray[np.float32]


@lru_cache(maxsize=8)
def noise(colour: str, sample_rate: int) -> _Samples:
    """Return 30 s of a noise whose RMS is one PCM16 step.

    Parameters
    ----------
    colour
        ``"white"``: all frequencies alike. ``"pink"``: 3 dB less an octave (Voss and McCartney's sum of held random
        numbers). ``"brown"``: 6 dB less an octave (a random walk, without what lies below about 20 Hz).
    sample_rate
        Samples a second.

    Returns
    -------
    numpy.ndarray
        Shape (30 * sample_rate,), float32, read-only.
    """
    length = NOISE_S * sample_rate
    rng = generator(0, "background noise", colour)
    if colour == "white":
        steps = rng.integers(-32768, 32768, size=length)
    elif colour == "pink":
        held = [rng.integers(-32768, 32768, size=(length >> octave) + 1) for octave in range(13)]
        steps = np.zeros(length, dtype=np.int64)
        for octave, values in enumerate(held):
            steps += np.repeat(values, 1 << octave)[:length]
    elif colour == "brown":
        walk = np.cumsum(rng.integers(-32768, 32768, size=length + sample_rate // 20))
        total = np.concatenate(([0], np.cumsum(walk)))
        window = sample_rate // 20
        steps = walk[window // 2 :][:length] - (total[window:] - total[:-window])[:length] // window
    else:
        raise BenchmarkError(f"Background '{colour}' is unknown; expected one of {', '.join(COLOURS)}.")
    steps = steps - int(steps.sum()) // length
    # Integer sums are exact, so the level is the same everywhere.
    rms = math.sqrt(int((steps.astype(object) if colour == "brown" else steps).dot(steps)) / length)
    table = (steps / rms).astype(np.float32)
    table.flags.writeable = False
    return table


def tick_power(samples: npt.NDArray[np.number], *, tick: int) -> npt.NDArray[np.float64]:
    """Return the energy of each 10 ms of a sound, in squared PCM16 steps.

    Parameters
    ----------
    samples
        Shape (n * tick,).
    tick
        Samples in 10 ms.

    Returns
    -------
    numpy.ndarray
        Shape (n,), float64.
    """
    frames = samples.reshape(-1, tick).astype(np.float64)
    power: npt.NDArray[np.float64] = (frames * frames).sum(axis=1)
    return power


def fitted(samples: _Samples, n: int, *, tick: int) -> _Samples:
    """Return a sound at a given length: as it is, cut with a fade, or looped with cross-fades.

    Only steady sounds may be given another length than their own; whoever plans a scene sees to that.

    Parameters
    ----------
    samples
        The sound, shape (m,).
    n
        The length wanted, in samples.
    tick
        Samples in 10 ms.

    Returns
    -------
    numpy.ndarray
        Shape (n,), float32; ``samples`` itself when n == m.
    """
    if n == len(samples):
        return samples
    if n < len(samples):
        piece = samples[:n].copy()
    else:
        joint = min(_JOINT_TICKS * tick, len(samples) // 2)
        rise = np.sqrt((np.arange(joint) + 0.5) / joint).astype(np.float32)
        period = len(samples) - joint
        piece = np.zeros(n + len(samples), dtype=np.float32)
        piece[: len(samples)] = samples
        for start in range(period, n, period):
            piece[start : start + joint] *= rise[::-1]
            piece[start : start + joint] += samples[:joint] * rise
            piece[start + joint : start + len(samples)] = samples[joint:]
        piece = piece[:n]
    fade = _FADE_TICKS * tick
    piece[-fade:] *= ((np.arange(fade, 0, -1) - 0.5) / fade).astype(np.float32)
    return piece


def _repeated(table: _Samples, start: int, gain: np.float32, out: _Samples) -> None:
    """Fill ``out`` with a sound from a place on, over and over, at a gain."""
    at = 0
    while at < len(out):
        start %= len(table)
        piece = table[start : start + len(out) - at]
        np.multiply(piece, gain, out=out[at : at + len(piece)])
        at, start = at + len(piece), start + len(piece)


class Renderer:
    """Renders scenes from atoms that are held in memory.

    Parameters
    ----------
    atoms
        The atoms by their names.
    sample_rate
        Samples a second, a multiple of 100; that of the atoms.
    """

    def __init__(self, atoms: Mapping[str, Atom], *, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self._tick = sample_rate // TICKS_PER_S
        self._atoms = atoms
        self._floats: dict[str, _Samples] = {}
        self._block = np.empty(_BLOCK, dtype=np.float32)
        self._spare = np.empty(_BLOCK, dtype=np.float32)

    def mix(self, scene: Scene) -> _Samples:
        """Return the sum of background and events before scaling, in PCM16 steps; shape (n,), float32."""
        mix = np.empty(scene.ticks * self._tick, dtype=np.float32)
        for start, block in self._blocks(scene):
            mix[start : start + len(block)] = block
        return mix

    def scaled(self, scene: Scene) -> tuple[Scene, npt.NDArray[np.int16]]:
        """Return the scene with the scale that keeps it at or below -1 dBFS, 1 where it is so already, and the clip."""
        peak = max(max(float(block.max()), -float(block.min())) for _, block in self._blocks(scene))
        scene = replace(scene, scale=1.0 if peak <= CEILING else float(np.float32(CEILING / peak)))
        return scene, self.pcm(scene)

    def pcm(self, scene: Scene) -> npt.NDArray[np.int16]:
        """Return the clip.

        Returns
        -------
        numpy.ndarray
            Shape (n,), int16.

        Raises
        ------
        BenchmarkError
            When a sample would be clipped: the scale is not that of the scene.
        """
        pcm = np.empty(scene.ticks * self._tick, dtype=np.int16)
        scale = np.float32(scene.scale)
        for start, block in self._blocks(scene):
            np.multiply(block, scale, out=block)
            np.rint(block, out=block)
            # Not the other way round: what is not a number is neither above nor below.
            if not (block.max() <= 32767 and block.min() >= -32768):
                raise BenchmarkError(f"Clip '{scene.clip_id}' would be clipped: its scale {scene.scale} is wrong.")
            pcm[start : start + len(block)] = block
        return pcm

    def _blocks(self, scene: Scene) -> Iterator[tuple[int, _Samples]]:
        """Yield the mix block by block: each stays in the processor's cache until it is done with.

        A block is overwritten when the next one is asked for.
        """
        n = scene.ticks * self._tick
        gain = np.float32(scene.background.gain)
        table = noise(scene.background.colour, self.sample_rate)
        offset = scene.background.start_tick * self._tick
        events = [self._sounding(scene, event, n) for event in scene.events]
        for first in range(0, n, _BLOCK):
            last = min(first + _BLOCK, n)
            block = self._block[: last - first]
            _repeated(table, offset + first, gain, block)
            for start, end, samples, loudness in events:
                a, b = max(start, first), min(end, last)
                if a < b:
                    added = np.multiply(samples[a - start : b - start], loudness, out=self._spare[: b - a])
                    np.add(block[a - first : b - first], added, out=block[a - first : b - first])
            yield first, block

    def _sounding(self, scene: Scene, event: Placed, n: int) -> tuple[int, int, _Samples, np.float32]:
        start, end = event.onset_tick * self._tick, event.offset_tick * self._tick
        if not 0 <= start < end <= n:
            raise BenchmarkError(f"Clip '{scene.clip_id}': event '{event.label}' lies outside the clip.")
        return start, end, self._fitted(event), np.float32(event.gain)

    def stem(self, scene: Scene, event: Placed) -> _Samples:
        """Return one event alone, as loud as in the clip, in PCM16 steps.

        Returns
        -------
        numpy.ndarray
            Shape (n,), float32, zero outside the event.
        """
        stem = np.zeros(scene.ticks * self._tick, dtype=np.float32)
        sounding = stem[event.onset_tick * self._tick : event.offset_tick * self._tick]
        np.multiply(self._fitted(event), np.float32(event.gain), out=sounding)
        np.multiply(sounding, np.float32(scene.scale), out=sounding)
        return stem

    def backdrop(self, scene: Scene) -> _Samples:
        """Return the background alone, as loud as in the clip, in PCM16 steps; shape (n,), float32."""
        background = scene.background
        backdrop = np.empty(scene.ticks * self._tick, dtype=np.float32)
        start = background.start_tick * self._tick
        _repeated(noise(background.colour, self.sample_rate), start, np.float32(background.gain), backdrop)
        return np.multiply(backdrop, np.float32(scene.scale), out=backdrop)

    def _fitted(self, event: Placed) -> _Samples:
        samples = self._floats.get(event.atom_id)
        if samples is None:
            atom = self._atoms.get(event.atom_id)
            if atom is None:
                raise BenchmarkError(f"The atom '{event.atom_id}' of an event '{event.label}' does not exist.")
            samples = self._floats[event.atom_id] = atom.pcm.astype(np.float32)
        return fitted(samples, event.ticks * self._tick, tick=self._tick)
