"""Reading and changing samples: decode, mix to mono, resample, measure, fade.

Everything here gives the same bytes under every NumPy from 1.26 on and on every processor of one kind: sums are
taken over integers, arrays are otherwise only multiplied and added element by element, and what must be summed in
floating point (loudness) is rounded to 0.01 dB before anything depends on it.
"""

from __future__ import annotations

import functools
import io
import math
import os
import stat
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyloudnorm
import soundfile
import soxr

from earwitness.errors import AudioError
from earwitness.sounds.containers import in_container, open_track
from earwitness.sounds.truncation import missing_bytes

__all__ = [
    "FRAMES_PER_SECOND",
    "Audio",
    "AudioFile",
    "AudioStream",
    "decode_flac",
    "encode_flac",
    "faded",
    "frame_energy",
    "from_pcm16",
    "loudness_lufs",
    "read_audio",
    "resample",
    "stream_audio",
    "to_mono",
    "to_pcm16",
]

FRAMES_PER_SECOND = 100
"""Levels are measured in frames of 10 ms, the grid on which every event lies."""

_LOWEST_RATE, _HIGHEST_RATE = 8_000, 192_000
_MOST_VALUES = 2**24  # 6 minutes of mono at 44.1 kHz: what is longer holds no single event, and fills the memory
_READ_FRAMES = 2**18
_PCM16_SCALE = 32768
_BLOCK_S = 0.4  # BS.1770 measures in blocks of 400 ms


_ENCODER = ThreadPoolExecutor(1)


class Audio(NamedTuple):
    """Decoded samples."""

    samples: npt.NDArray[np.float32]
    """Samples, shape (n, channels), full scale at 1."""
    sample_rate: int
    """Samples a second."""


class AudioStream(NamedTuple):
    """A file that is being decoded."""

    sample_rate: int
    """Samples a second."""
    duration_s: float | None
    """How long it is, as its header says; None when that is not known."""
    blocks: Iterator[npt.NDArray[np.float32]]
    """Its samples, block after block, each of shape (n, channels), full scale at 1."""
    missing: int
    """How many bytes it lacks that its header promises; where there are any, the blocks end in an error."""


@dataclass(frozen=True)
class AudioFile:
    """A file that is decoded when called: the ``read`` of a recording on disk, picklable."""

    path: Path
    """Where it lies."""

    def __call__(self) -> Audio:
        """Decode it."""
        return read_audio(self.path)

    def stamp(self) -> str:
        """Return what changes whenever the file's content may have: its size and time of change.

        Raises
        ------
        AudioError
            ``"not readable"`` when it has vanished.
        """
        try:
            status = os.stat(self.path)
        except OSError as error:
            raise AudioError("not readable", f"{_quoted(self.path)}: {error.strerror}") from error
        return f"{status.st_size}-{status.st_mtime_ns}"


def read_audio(path: str | os.PathLike[str]) -> Audio:
    """Decode a WAV, FLAC, OGG, MP3 or AIFF file of any depth and number of channels.

    The sound of other containers (``containers.CONTAINERS``: MP4, Matroska ...) is decoded when PyAV is installed.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Audio
        All its samples: float32, shape (n, channels), n >= 1, finite.

    Raises
    ------
    AudioError
        With the path in its detail; ``reason`` is ``"not readable"`` (vanished, a folder, no permission),
        ``"not decodable"`` (not audio, garbage in it, or PyAV lacks), ``"truncated"`` (it ends before its header says),
        ``"empty"`` (no samples), ``"not finite"`` (NaN or infinity) or ``"too long"`` (over 16 million values).
    """
    where = _quoted(path)
    if in_container(path):
        with stream_audio(path) as audio:
            return _finite(_gathered(audio.blocks, audio.sample_rate, where), audio.sample_rate, where)
    with _errors_told(where), _opened(path, where) as file:
        return _decode(file, where)


@contextmanager
def stream_audio(path: str | os.PathLike[str]) -> Iterator[AudioStream]:
    """Open a file that ``read_audio`` reads, of any length, to be decoded block by block while this context lasts.

    Raises
    ------
    AudioError
        As ``read_audio``, but for ``"too long"`` and ``"not finite"``; what is truncated is told at its end.
    """
    where = _quoted(path)
    with _errors_told(where):
        file = _opened(path, where)
    with file:
        with _errors_told(where):
            missing = missing_bytes(file, _size(file, where))
        if in_container(path):
            with open_track(path, where, missing=missing) as track:
                yield AudioStream(*track, missing)
            return
        with _sound(file, where, missing=missing) as sound:
            expected = _expected(sound)
            duration_s = None if expected is None else expected / sound.samplerate
            yield AudioStream(sound.samplerate, duration_s, _to_the_end(sound, where, missing=missing), missing)


def _to_the_end(sound: soundfile.SoundFile, where: str, *, missing: int) -> Iterator[npt.NDArray[np.float32]]:
    """Yield all blocks, or say that some are missing."""
    n_read = 0
    try:
        for block in _blocks(sound, where):
            n_read += len(block)
            yield block
    except soundfile.LibsndfileError as error:
        raise _undecodable(error, where, missing=missing) from error
    _check_end(sound, where, missing=missing, n_read=n_read)


@contextmanager
def _errors_told(where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AudioError("not readable", f"{where}: {error.strerror or error}") from error


def _opened(path: str | os.PathLike[str], where: str) -> BinaryIO:
    if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for ever
        raise AudioError("not readable", f"{where} is not a file")
    return open(path, "rb")


def _quoted(path: str | os.PathLike[str]) -> str:
    return repr(os.fspath(path))


def _decode(file: BinaryIO, where: str) -> Audio:
    missing = missing_bytes(file, _size(file, where))
    with _sound(file, where, missing=missing) as sound:
        sample_rate, channels = sound.samplerate, sound.channels
        try:
            samples = _read_all(sound, where)
        except soundfile.LibsndfileError as error:
            raise _undecodable(error, where, missing=missing) from error
        _check_end(sound, where, missing=missing, n_read=len(samples))
    return _finite(samples.reshape(-1, channels), sample_rate, where)


def _finite(samples: npt.NDArray[np.float32], sample_rate: int, where: str) -> Audio:
    finite = np.isfinite(samples)
    if not finite.all():
        first = int(np.flatnonzero(~finite.all(axis=1))[0])
        raise AudioError("not finite", f"{where} holds NaN or infinity, first at {first / sample_rate:.3f} s")
    samples.setflags(write=False)
    return Audio(samples, sample_rate)


def _gathered(blocks: Iterator[npt.NDArray[np.float32]], sample_rate: int, where: str) -> npt.NDArray[np.float32]:
    """Return all blocks as one array, if they are not too long for that."""
    gathered: list[npt.NDArray[np.float32]] = []
    n_read = 0
    for block in blocks:
        gathered.append(block)
        n_read += len(block)
        if n_read * block.shape[1] > _MOST_VALUES:
            raise AudioError("too long", f"{where} is more than {n_read / sample_rate:.0f} s long")
    return gathered[0] if len(gathered) == 1 else np.concatenate(gathered)


def _size(file: BinaryIO, where: str) -> int:
    n_bytes = os.fstat(file.fileno()).st_size
    if n_bytes == 0:
        raise AudioError("empty", f"{where} holds no bytes")
    return n_bytes


def _sound(file: BinaryIO, where: str, *, missing: int) -> soundfile.SoundFile:
    try:
        # By its number: given a Python file, libsndfile calls back, and a Ctrl-C that arrives in a callback is lost.
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        return soundfile.SoundFile(file.fileno(), closefd=False)
    except soundfile.LibsndfileError as error:
        raise _undecodable(error, where, missing=missing) from error


def _undecodable(error: soundfile.LibsndfileError, where: str, *, missing: int) -> AudioError:
    if missing:
        return AudioError("truncated", f"{where} lacks {missing} bytes that its header promises")
    return AudioError("not decodable", f"{where}: {error.error_string}")


def _expected(sound: soundfile.SoundFile) -> int | None:
    # A stream that was never finished says 2**63 - 1: nothing can be expected of that number.
    return sound.frames if sound.frames < 2**62 else None


def _check_end(sound: soundfile.SoundFile, where: str, *, missing: int, n_read: int) -> None:
    """Refuse a file that ended before its header says, or that holds nothing."""
    expected = _expected(sound)
    if missing:
        raise AudioError("truncated", f"{where} lacks {missing} bytes that its header promises")
    if expected is not None and n_read < expected:
        raise AudioError("truncated", f"{where} holds {n_read} of the {expected} samples its header promises")
    if n_read == 0:
        raise AudioError("empty", f"{where} holds no samples")


def _read_all(sound: soundfile.SoundFile, where: str) -> npt.NDArray[np.float32]:
    expected = _expected(sound)
    if expected is not None and expected * sound.channels > _MOST_VALUES:
        raise AudioError("too long", f"{where} is {expected / sound.samplerate:.0f} s long")
    return _gathered(_blocks(sound, where), sound.samplerate, where)


def _blocks(sound: soundfile.SoundFile, where: str) -> Iterator[npt.NDArray[np.float32]]:
    """Read to the end; a decoder that fails in the middle of a stream has met its early end, or damage."""
    expected = _expected(sound)
    n_read = 0
    while True:
        try:
            block = sound.read(_READ_FRAMES, dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            if expected is None or n_read >= expected:
                raise
            text = f"{where} cannot be decoded beyond sample {n_read} of {expected}: {error.error_string}"
            raise AudioError("truncated", text) from error
        yield block
        n_read += len(block)
        if len(block) < _READ_FRAMES:
            return


def to_mono(samples: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the mean of the channels.

    Parameters
    ----------
    samples
        Shape (n, channels) or (n,).

    Returns
    -------
    numpy.ndarray
        Shape (n,), float64; channels are added one after the other, so that the sum has one order.
    """
    if samples.ndim == 1:
        return samples.astype(np.float64)
    mixed = samples[:, 0].astype(np.float64)
    for channel in range(1, samples.shape[1]):
        mixed += samples[:, channel]
    mixed /= samples.shape[1]
    return mixed


def resample(samples: npt.NDArray[np.float64], *, from_rate: int, to_rate: int) -> npt.NDArray[np.float64]:
    """Change the sample rate by soxr at its setting HQ (aliases at -140 dB).

    Parameters
    ----------
    samples
        Shape (n,).
    from_rate, to_rate
        Samples a second, 8,000 to 192,000.

    Raises
    ------
    AudioError
        ``"sample rate"`` when either rate is outside that range.
    """
    for rate in (from_rate, to_rate):
        if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
            raise AudioError("sample rate", f"{rate} Hz; expected {_LOWEST_RATE} to {_HIGHEST_RATE}")
    if from_rate == to_rate:
        return samples
    return np.asarray(soxr.resample(samples, from_rate, to_rate, quality="HQ"), dtype=np.float64)


@functools.lru_cache(maxsize=8)
def _meter(sample_rate: int) -> pyloudnorm.Meter:
    return pyloudnorm.Meter(sample_rate, block_size=_BLOCK_S)


def loudness_lufs(samples: npt.NDArray[np.float64], *, sample_rate: int) -> float:
    """Return how loud mono samples are, rounded to 0.01 dB.

    From 400 ms on this is the integrated loudness of ITU-R BS.1770 (K-weighted, gated). What is shorter than one of
    its blocks, or has no block above its gate of -70 LUFS, is measured by its RMS in dB re full scale instead; for
    broadband sounds the two agree within about 2 dB.

    Parameters
    ----------
    samples
        Shape (n,), full scale at 1.
    sample_rate
        Samples a second.

    Returns
    -------
    float
        LUFS; ``-inf`` for digital silence.

    Examples
    --------
    >>> t = np.arange(16000) / 16000
    >>> loudness_lufs(0.1 * np.sin(2 * np.pi * 1000 * t), sample_rate=16000)
    -23.08
    """
    loudness = -math.inf
    if len(samples) >= round(_BLOCK_S * sample_rate):
        # The meter takes the logarithm of silent blocks, and the mean of no blocks, and warns of both.
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loudness = float(_meter(sample_rate).integrated_loudness(samples))
    if not math.isfinite(loudness):
        power = float(np.sum(np.square(samples))) / max(1, len(samples))
        loudness = 10 * math.log10(power) if power > 0 else -math.inf
    return round(loudness, 2)


def frame_energy(pcm: npt.NDArray[np.signedinteger], *, sample_rate: int) -> npt.NDArray[np.int64]:
    """Return the sum of squares of each whole 10 ms frame, exactly.

    Parameters
    ----------
    pcm
        Integer samples, shape (n,), at most 25 bits each and at most 192 kHz: no sum can overflow.
    sample_rate
        Samples a second, a multiple of 100.

    Returns
    -------
    numpy.ndarray
        Shape (n // (sample_rate / 100),), int64; samples beyond the last whole frame are left out.

    Examples
    --------
    >>> frame_energy(np.full(200, 3, dtype=np.int16), sample_rate=8000)
    array([720, 720])
    """
    length = sample_rate // FRAMES_PER_SECOND
    frames = pcm[: len(pcm) // length * length].reshape(-1, length).astype(np.int64)
    return np.asarray(np.square(frames).sum(axis=1), dtype=np.int64)


def faded(samples: npt.NDArray[np.float64], *, fade_in: int, fade_out: int) -> npt.NDArray[np.float64]:
    """Return the samples with smooth ends.

    The ramp is the polynomial 3t^2 - 2t^3 and not a cosine: products are the same bytes everywhere, cosines are not.

    Parameters
    ----------
    samples
        Shape (n,).
    fade_in, fade_out
        Length of either ramp in samples; neither longer than n.
    """
    result = samples.copy()
    result[:fade_in] *= _ramp(fade_in)
    result[len(result) - fade_out :] *= _ramp(fade_out)[::-1]
    return result


def _ramp(length: int) -> npt.NDArray[np.float64]:
    t = (np.arange(length, dtype=np.float64) + 0.5) / max(1, length)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def to_pcm16(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    """Return the nearest 16-bit integers of samples with full scale at 1; what exceeds full scale is clipped.

    Examples
    --------
    >>> to_pcm16(np.array([0.0, 0.5, -1.0, 1.0]))
    array([     0,  16384, -32768,  32767], dtype=int16)
    """
    return np.clip(np.rint(samples * _PCM16_SCALE), -_PCM16_SCALE, _PCM16_SCALE - 1).astype(np.int16)


def from_pcm16(pcm: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    """Return PCM16 samples as float32 in [-1, 1), exactly.

    Examples
    --------
    >>> from_pcm16(np.array([0, 16384, -32768], dtype=np.int16))
    array([ 0. ,  0.5, -1. ], dtype=float32)
    """
    return pcm.astype(np.float32) / np.float32(_PCM16_SCALE)


def encode_flac(pcm: npt.NDArray[np.int16], *, sample_rate: int) -> bytes:
    """Return samples as the bytes of a FLAC file, at libFLAC's own level 5.

    libsndfile does not write the file itself, because it is silent about a full disk when it closes one. It calls back
    for every block then, and a Ctrl-C that arrives in a callback is lost, with the block; Python gives Ctrl-C to the
    main thread alone, so this is done in another.
    """
    return _ENCODER.submit(_flac, pcm, sample_rate).result()


def _flac(pcm: npt.NDArray[np.int16], sample_rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, pcm, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def decode_flac(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Return the samples and the rate of a mono file of 16 bits.

    Raises
    ------
    OSError
        When it cannot be read.
    ValueError
        When it has several channels.
    soundfile.LibsndfileError
        When it is not audio.
    """
    with path.open("rb") as file:
        pcm, sample_rate = soundfile.read(file.fileno(), dtype="int16", always_2d=True, closefd=False)
    if pcm.shape[1] != 1:
        raise ValueError(f"{pcm.shape[1]} channels")
    return pcm[:, 0].copy(), sample_rate
