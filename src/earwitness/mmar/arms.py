"""Arms: what a model is given in place of an item's recording, so that it can be told what the recording is worth.

Every arm is made from the recording alone, or from chance that is drawn from the seed and the item's name; the order of
the work, the other items that are asked and the number of threads change nothing. Samples are only added, multiplied
and rounded, so that the bytes are the same under every NumPy and on every processor of one kind.
"""

from __future__ import annotations

import functools
import math
import os
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import AudioError, BenchmarkError
from earwitness.mmar.items import Item, Items
from earwitness.mmar.recordings import HIGHEST_RATE, sound_path
from earwitness.rng import generator, whole_number
from earwitness.sounds.audio import stream_audio, to_mono, to_pcm16

__all__ = ["ARMS", "Arm", "WavInfo", "arm_audio", "open_arm", "wav_bytes", "wav_info"]

ARMS: Mapping[str, str] = {
    "audio": "the recording itself",
    "silence": "as many zeros: same length, channels and rate",
    "noise": "white noise of the same length, channels and rate, each channel as loud as it was",
    "other": "the recording of an item of another source",
    "text": "no recording",
    "caption": "no recording: what another model describes of it, in words",
    "transcript": "no recording: what another model writes down of its speech",
    "reversed": "the recording played backwards",
    "mono": "the mean of its channels",
    "lowpass": "only what lies below so many Hz, as in lowpass:1000",
    "first": "only its first seconds, as in first:10",
}
"""What can be asked for, and what it is."""

_DEFAULTS = {"lowpass": 1000.0, "first": 10.0}
_LEAST = {"lowpass": 1.0, "first": 0.0}  # a filter rings longer the lower it is, and nobody hears 1 Hz
_UNITS = {"lowpass": "Hz", "first": "seconds"}
_DESCRIBED = ("caption", "transcript")
_NUMBER = re.compile(r"\d+(\.\d+)?")

_MOST_BYTES = 2**28  # of PCM16: 23 minutes of stereo at 48 kHz, and more than any server takes
_FORMAT_PCM, _FORMAT_EXTENSIBLE = 1, 0xFFFE
_LOUDEST, _FULL = 32767, 32768.0
_GRID = 2**16  # noise is drawn as whole numbers, whose squares have one sum
_NEAR = 0.0005  # how far the energy of a noise may be from the energy that is wanted: 0.002 dB
_SECTIONS = 4  # of the low-pass: a Butterworth filter of order 8, forwards and backwards
_RINGING = 8  # periods of its corner, after which nothing of it is left

_Pcm = npt.NDArray[np.int16]


class WavInfo(NamedTuple):
    """What the head of a WAV file says."""

    frames: int
    """How many samples each channel has."""
    channels: int
    """How many there are."""
    sample_rate: int
    """Samples a second."""


@dataclass(frozen=True)
class Arm:
    """One way of being asked."""

    name: str
    """How it is written, for instance ``"noise"`` or ``"first:10"``."""
    kind: str
    """One of ``ARMS``."""
    value: float | None = None
    """Hz or seconds, for those that want it."""

    @property
    def needs_audio(self) -> bool:
        """Whether the model is sent a recording."""
        return self.kind not in ("text", *_DESCRIBED)

    @property
    def described(self) -> str | None:
        """What another model is asked for in place of the recording: ``"caption"``, ``"transcript"`` or None."""
        return self.kind if self.kind in _DESCRIBED else None


class _Sound(NamedTuple):
    """A decoded recording."""

    pcm: _Pcm
    """Shape (n, channels)."""
    sample_rate: int


def open_arm(text: str) -> Arm:
    """Return the arm that a text names.

    Parameters
    ----------
    text
        One of ``ARMS``; ``lowpass`` and ``first`` may be followed by a colon and a number.

    Raises
    ------
    BenchmarkError
        When there is no such arm, or its number is none.

    Examples
    --------
    >>> open_arm("first").name, open_arm("lowpass:500").value
    ('first:10', 500.0)
    """
    kind, colon, number = text.partition(":")
    if kind not in ARMS:
        raise BenchmarkError(f"There is no arm {text!r}; there are {', '.join(ARMS)}.")
    if kind not in _DEFAULTS:
        if colon:
            raise BenchmarkError(f"The arm {kind!r} takes no number; got {text!r}.")
        return Arm(kind, kind)
    if colon and not (_NUMBER.fullmatch(number) and _LEAST[kind] < float(number) < math.inf):
        raise BenchmarkError(f"Expected {kind}:{_UNITS[kind].upper()}, a number above {_LEAST[kind]:g}; got {text!r}.")
    value = float(number) if colon else _DEFAULTS[kind]
    return Arm(f"{kind}:{value:.12g}", kind, value)


def arm_audio(arm: Arm, item: Item, items: Items, *, seed: int = 0) -> bytes | None:
    """Return what a model is sent as an item's recording.

    Parameters
    ----------
    arm
        From ``open_arm``.
    item
        Whose question is asked.
    items
        All items of the file: ``other`` takes from them.
    seed
        Another seed gives other noise and other recordings of others.

    Returns
    -------
    bytes or None
        A whole WAV file of 16 bits, with the recording's channels and rate; for ``audio``, and for ``other``, the
        file's own bytes where it is a WAV file of whole numbers. None for an arm without a recording.

    Raises
    ------
    AudioError
        When a recording is needed and cannot be used.
    """
    if not arm.needs_audio:
        return None
    if arm.kind == "other":
        item = _other(item, items, seed)
    path = _place(item, items)
    if arm.kind in ("audio", "other"):
        return _as_sent(path)
    sound = _decoded(path)
    if arm.kind == "first":
        wanted = round(float(arm.value or 0) * sound.sample_rate)
        return _as_sent(path) if wanted >= len(sound.pcm) else _wav(sound._replace(pcm=sound.pcm[: max(1, wanted)]))
    return _wav(sound._replace(pcm=_changed(arm, sound, item=item, seed=seed)))


def wav_bytes(pcm: npt.NDArray[np.int16], *, sample_rate: int) -> bytes:
    """Return samples as a WAV file: a header of 44 bytes, and the samples.

    Parameters
    ----------
    pcm
        Shape (n, channels), int16.
    sample_rate
        Samples a second.
    """
    data = np.ascontiguousarray(pcm, dtype="<i2").tobytes()
    channels = pcm.shape[1]
    fields = (_FORMAT_PCM, channels, sample_rate, sample_rate * channels * 2, channels * 2, 16)
    head = b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, *fields)
    return head + b"data" + struct.pack("<I", len(data)) + data


def _wav(sound: _Sound) -> bytes:
    return wav_bytes(sound.pcm, sample_rate=sound.sample_rate)


def _place(item: Item, items: Items) -> Path:
    """Return where a recording lies, or why it cannot be used."""
    try:
        path = sound_path(items, item)
    except BenchmarkError as error:
        raise AudioError("outside" if item.audio_path else "no path", str(error)) from error
    if not path.exists():
        raise AudioError("missing", f"'{path}', the recording of item {item.id!r}, is not there")
    return path


def _as_sent(path: Path) -> bytes:
    """Return a file's own bytes where servers take them as they are; else the same sound as a WAV file."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise AudioError("not readable", f"'{path}' is not a file")
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size <= _MOST_BYTES:
                data = file.read()
                if wav_info(data) is not None:
                    return data
    except OSError as error:
        raise AudioError("not readable", f"'{path}': {error.strerror or error}") from error
    return _wav(_decoded(path))


def wav_info(data: bytes) -> WavInfo | None:
    """Return what the head of a WAV file says.

    Returns
    -------
    WavInfo or None
        None where it is no WAV file of whole numbers of 8 to 32 bits that holds all samples that its head counts.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at, frame, kind, channels, rate = 12, 0, 0, 0, 0
    while at + 8 <= len(data):
        name, (size,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        if name == b"fmt " and size >= 16 and at + 24 <= len(data):
            kind, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            if kind == _FORMAT_EXTENSIBLE and size >= 40 and at + 48 <= len(data):
                kind = struct.unpack_from("<H", data, at + 32)[0]
            if bits not in (8, 16, 24, 32) or frame != channels * bits // 8 or not 0 < rate <= HIGHEST_RATE:
                return None
        if name == b"data":
            whole = kind == _FORMAT_PCM and 0 < frame <= size <= len(data) - at - 8 and size % frame == 0
            return WavInfo(size // frame, channels, rate) if whole else None
        at += 8 + size + size % 2
    return None


def _decoded(path: Path) -> _Sound:
    """Return a recording as whole numbers of 16 bits; what exceeds full scale is clipped, as every player does."""
    blocks: list[_Pcm] = []
    n_bytes = 0
    with stream_audio(path) as audio:
        if audio.sample_rate > HIGHEST_RATE:
            raise AudioError("not decodable", f"'{path}' says that it has {audio.sample_rate:,} samples a second")
        for block in audio.blocks:
            if not np.isfinite(block).all():
                raise AudioError("not finite", f"'{path}' holds NaN or infinity")
            blocks.append(_whole(block))
            n_bytes += blocks[-1].nbytes
            expected = (audio.duration_s or 0.0) * audio.sample_rate * block.shape[1] * 2
            if max(n_bytes, expected) > _MOST_BYTES:
                raise AudioError("too long", f"'{path}' holds more than {_MOST_BYTES >> 20} MiB of samples of 16 bits")
    if not n_bytes:
        raise AudioError("empty", f"'{path}' holds no samples")
    return _Sound(np.concatenate(blocks), audio.sample_rate)


def _whole(block: npt.NDArray[np.float32]) -> _Pcm:
    """Return what ``to_pcm16`` does, without the detour by twice as many bytes: a float32 holds all that is needed."""
    scaled = np.rint(block * np.float32(_FULL))
    return np.asarray(np.clip(scaled, -_FULL, _LOUDEST, out=scaled), dtype=np.int16)


def _changed(arm: Arm, sound: _Sound, *, item: Item, seed: int) -> _Pcm:
    """Return the samples that an arm has in place of a recording's."""
    pcm = sound.pcm
    match arm.kind:
        case "silence":
            return np.zeros_like(pcm)
        case "noise":
            rng = generator(seed, "mmar", "noise", item.id)
            return np.stack([_noise_like(pcm[:, channel], rng) for channel in range(pcm.shape[1])], axis=1)
        case "reversed":
            return pcm[::-1]
        case "mono":
            return to_pcm16(to_mono(pcm / _FULL))[:, None]
        case "lowpass":
            return _low_passed(pcm, hz=float(arm.value or 0), sample_rate=sound.sample_rate)
    raise ValueError(f"The arm {arm.name!r} changes no samples.")


def _noise_like(channel: _Pcm, rng: np.random.Generator) -> _Pcm:
    """Return white noise with a channel's energy, none of it cut off at full scale.

    It is Gaussian where its peaks fit below full scale. Where they do not, in channels louder than about -14 dBFS, its
    magnitudes are uniform and its signs are chance: that is as white, and its peaks are 4.8 dB above its level. Where
    even those do not fit, the magnitudes are uniform from some least one on, and end at full scale.
    """
    wanted = int(np.square(channel, dtype=np.int64).sum())
    if not wanted:
        return np.zeros_like(channel)
    n = len(channel)
    noise = _scaled(np.rint(rng.standard_normal(n) * _GRID).astype(np.int64), wanted=wanted)
    if noise is None:
        drawn, signs = rng.integers(0, _GRID, n, endpoint=True), rng.integers(0, 2, n) * 2 - 1
        noise = _scaled(drawn * signs, wanted=wanted)
        return (_raised(drawn, wanted=wanted) * signs).astype(np.int16) if noise is None else noise
    return noise


def _scaled(shape: npt.NDArray[np.int64], *, wanted: int) -> _Pcm | None:
    """Return a noise with the energy that is wanted; None where its peaks would exceed full scale."""
    held, peak = int(np.square(shape).sum()), int(np.abs(shape).max())
    scale = math.sqrt(wanted / held) if held else 0.0
    if not held or scale * peak > _LOUDEST:
        return None
    if not _near(scale, shape, wanted=wanted):  # rounding changes the energy of what is a few steps loud
        low, high = 0.0, 4 * (scale + 1 / peak)
        while (middle := (low + high) / 2) not in (low, high) and not _near(high, shape, wanted=wanted):
            low, high = (middle, high) if _energy(middle, shape) < wanted else (low, middle)
        scale = high
    return np.asarray(np.rint(scale * shape), dtype=np.int16)


def _near(scale: float, shape: npt.NDArray[np.int64], *, wanted: int) -> bool:
    return abs(_energy(scale, shape) - wanted) <= _NEAR * wanted


def _energy(scale: float, shape: npt.NDArray[np.int64]) -> int:
    return int(np.square(np.rint(scale * shape).astype(np.int64)).sum())


def _raised(drawn: npt.NDArray[np.int64], *, wanted: int) -> npt.NDArray[np.float64]:
    """Return magnitudes up to full scale, raised from below until they have the energy that is wanted."""
    # A magnitude is u + m (1 - u) of full scale, u being drawn and m the least; the sum of their squares is quadratic.
    left = _GRID - drawn
    lowest, both, rest = (int((a * b).sum()) for a, b in ((drawn, drawn), (drawn, left), (left, left)))
    above = wanted / _LOUDEST**2 * _GRID**2 - lowest
    least = (math.sqrt(both * both + rest * max(0.0, above)) - both) / rest if rest else 1.0
    return np.rint((drawn + min(1.0, least) * left) * (_LOUDEST / _GRID))


def _low_passed(pcm: _Pcm, *, hz: float, sample_rate: int) -> _Pcm:
    """Return what lies below a frequency, which it halves (-6 dB); an octave above, nothing is left (-96 dB).

    The filter goes over the samples forwards and backwards, so that nothing is shifted in time; before and after them
    it meets silence. What would exceed full scale is turned down as a whole.
    """
    from scipy.signal import sosfilt

    if hz >= sample_rate / 2:
        return pcm
    tail = np.zeros((math.ceil(_RINGING * sample_rate / hz), pcm.shape[1]))
    sections = _butterworth(hz / sample_rate)
    forwards = sosfilt(sections, np.concatenate([pcm / _FULL, tail]), axis=0)
    filtered = sosfilt(sections, forwards[::-1], axis=0)[::-1][: len(pcm)]
    peak = float(np.abs(filtered).max())
    return to_pcm16(filtered if peak < _LOUDEST / _FULL else filtered * (_LOUDEST / _FULL / peak))


def _butterworth(frequency: float) -> npt.NDArray[np.float64]:
    """Return the sections of a low-pass for a frequency in cycles a sample, each of unit gain at zero."""
    k = math.tan(math.pi * frequency)
    rows = []
    for section in range(_SECTIONS):
        damping = 2 * math.cos(math.pi * (2 * section + 1) / (4 * _SECTIONS))
        whole = 1 + damping * k + k * k
        # Rounded, so that the last bits of a tangent or a cosine, which differ between systems, do not matter.
        a1, a2 = round(2 * (k * k - 1) / whole, 12), round((1 - damping * k + k * k) / whole, 12)
        b0 = (1 + a1 + a2) / 4
        rows.append((b0, 2 * b0, b0, 1.0, a1, a2))
    return np.array(rows)


def _other(item: Item, items: Items, seed: int) -> Item:
    """Return the item whose recording one is given in place of its own."""
    if not item.audio_path:
        raise AudioError(
            "no path", f"'{items.path}', item {item.id!r} names no recording in place of which to give one"
        )
    try:
        return _others(items, seed)[item.id]
    except KeyError:
        raise ValueError(f"The item {item.id!r} is not among those of '{items.path}'.") from None


@functools.lru_cache(maxsize=4)
def _others(items: Items, seed: int) -> Mapping[str, Item]:
    """Return for each item the one whose recording it is given: each is given once, none to an item of its own source.

    Related items stand side by side in an order by chance, and each is given the recording of the one that stands as
    far ahead as the greatest group is long. Where one group is more than half of all, its items share the others.
    """
    groups = sorted(_related(items), key=lambda group: min(_drawn(seed, item.id) for item in group))
    ring = [item for group in groups for item in sorted(group, key=lambda item: _drawn(seed, item.id))]
    longest = max(map(len, groups))
    if 2 * longest <= len(ring):
        return {item.id: ring[(place + longest) % len(ring)] for place, item in enumerate(ring)}
    if len(groups) == 1:
        raise AudioError("no other", f"all items of '{items.path}' are of one source: none has another's recording")
    given: dict[str, Item] = {}
    for group in groups:
        strangers = [item for other in groups if other is not group for item in other]
        given |= {item.id: strangers[place % len(strangers)] for place, item in enumerate(group)}
    return given


def _drawn(seed: int, name: str) -> tuple[int, str]:
    return whole_number(seed, "mmar", "other", name), name


def _related(items: Items) -> list[list[Item]]:
    """Return the items that have a recording, together with those of the same source or the same file."""
    group_of: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        if not item.audio_path:
            continue
        keys = ("source", item.source), ("file", item.audio_path)
        joined = [item]
        for group in {id(group): group for key in keys if (group := group_of.get(key)) is not None}.values():
            joined += group
        for each in joined:
            group_of[("source", each.source)] = group_of[("file", each.audio_path)] = joined
    return list({id(group): group for group in group_of.values()}.values())
