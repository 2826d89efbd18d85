"""One example for each task that can be played and seen: a query, a clip that answers it, one that breaks a clause.

Both clips are those of a two-option test. Their audio is FLAC of the very samples that were judged, inside the page.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import import_extra
from earwitness.logic.constraint import excluded_by, labels_of
from earwitness.logic.judge import judge
from earwitness.reasonaudio.folder import Benchmark, PairRow, QueryRow, renderer_of
from earwitness.scenes.spec import Scene
from earwitness.sounds.audio import encode_flac
from earwitness.sounds.spectrogram import log_mel

__all__ = ["AUDIO_BYTES", "Example", "Lane", "PlayableClip", "examples"]

AUDIO_BYTES = 4_000_000
"""How much audio a page holds, in characters of base64: a phone must load it, and a mail carry it."""

_BANDS, _HOP_S, _RANGE_DB = 96, 0.02, 70.0
_MOST_FRAMES = 1_000


class Lane(NamedTuple):
    """One label's line under a spectrogram."""

    label: str
    """What is heard."""
    role: str
    """``"asked"``, ``"excluded"`` or ``"other"``: what the query says of the label."""
    spans: tuple[tuple[float, float], ...]
    """Where it is heard, (onset, offset) in seconds."""


@dataclass(frozen=True)
class PlayableClip:
    """A clip as the page shows it."""

    clip_id: str
    """Its name."""
    duration_s: float
    """How long it is."""
    audio: str | None
    """FLAC as a data URI; None where the page has no room left for it."""
    picture: str
    """Its log-mel spectrogram, 40 Hz to 8 kHz, as a data URI of a PNG."""
    lanes: tuple[Lane, ...]
    """Its labels, in the order in which they are first heard."""


@dataclass(frozen=True)
class Example:
    """A query with a clip that answers it and one that almost does."""

    task: str
    """The task that it is an example of."""
    query_id: str
    """The query's name."""
    text: str
    """What is asked, in English."""
    constraint: str
    """What is meant."""
    broken: str
    """The clause that the second clip breaks."""
    witness: tuple[str, ...]
    """The events of the first clip that prove it right."""
    positive: PlayableClip
    """The clip that answers."""
    negative: PlayableClip
    """The clip that breaks one clause."""


def examples(benchmark: Benchmark, *, audio_bytes: int = AUDIO_BYTES) -> tuple[Example, ...]:
    """Return an example for each task that has two-option tests, in the order in which the tasks occur.

    Of a task's tests it is the one with the fewest events, which is the easiest to hear.

    Parameters
    ----------
    benchmark
        The benchmark.
    audio_bytes
        How many characters all audio together may take. An example whose two clips find no room has none.

    Raises
    ------
    MissingExtra
        When matplotlib is not installed.
    """
    left = audio_bytes
    found = []
    for pair in _simplest(benchmark):
        query = benchmark.query_of[pair.query_id]
        scenes = benchmark.scene_of[pair.positive], benchmark.scene_of[pair.negative]
        pcm = [_pcm(benchmark, scene) for scene in scenes]
        audio: list[str | None] = [_uri("audio/flac", encode_flac(p, sample_rate=benchmark.sample_rate)) for p in pcm]
        needed = sum(len(each) for each in audio if each is not None)
        if needed > left:
            audio = [None, None]
        else:
            left -= needed
        positive, negative = (
            PlayableClip(
                scene.clip_id,
                scene.duration_s,
                uri,
                _uri("image/png", _spectrogram(samples, sample_rate=benchmark.sample_rate)),
                tuple(_lanes(scene, query)),
            )
            for scene, samples, uri in zip(scenes, pcm, audio, strict=True)
        )
        proof = judge(query.constraint, scenes[0].timeline).witness
        found.append(
            Example(
                task=pair.task,
                query_id=pair.query_id,
                text=query.text,
                constraint=str(query.constraint),
                broken=str(pair.broken),
                witness=tuple(str(event) for event in proof),
                positive=positive,
                negative=negative,
            )
        )
    return tuple(found)


def _simplest(benchmark: Benchmark) -> list[PairRow]:
    """Return the test with the fewest events of each task; the first of those that have equally few."""

    def n_events(pair: PairRow) -> int:
        return sum(len(benchmark.scene_of[clip].events) for clip in (pair.positive, pair.negative))

    tasks = dict.fromkeys(pair.task for pair in benchmark.pairs)
    return [min((pair for pair in benchmark.pairs if pair.task == task), key=n_events) for task in tasks]


def _pcm(benchmark: Benchmark, scene: Scene) -> npt.NDArray[np.int16]:
    return renderer_of(benchmark.folder, benchmark.atoms_sha256).pcm(scene)


def _lanes(scene: Scene, query: QueryRow) -> Iterator[Lane]:
    named, excluded = labels_of(query.constraint), excluded_by(query.constraint)
    timeline = scene.timeline
    for label in timeline.by_label:
        spans = tuple((event.onset, event.offset) for event in timeline.of(label))
        yield Lane(label, _role(label, named, excluded), spans)


def _role(label: str, named: Collection[str], excluded: Collection[str]) -> str:
    return "excluded" if label in excluded else "asked" if label in named else "other"


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _spectrogram(pcm: npt.NDArray[np.int16], *, sample_rate: int) -> bytes:
    """Draw a log-mel spectrogram as a PNG of one pixel for each frame and band, low sounds at the bottom."""
    colormaps = import_extra("matplotlib", extra="report", feature="The report").colormaps
    image_module = import_extra("PIL.Image", extra="report", feature="The report")
    hop_s = max(_HOP_S, len(pcm) / sample_rate / _MOST_FRAMES)
    level_db = log_mel(pcm / 32_768.0, sample_rate=sample_rate, bands=_BANDS, window_s=0.064, hop_s=hop_s)
    share = np.clip((level_db - level_db.max()) / _RANGE_DB + 1.0, 0.0, 1.0)
    shades = np.ascontiguousarray(np.rint(255.0 * share).astype(np.uint8).T[::-1])
    image = image_module.fromarray(shades)
    image.putpalette(colormaps["magma"](np.arange(256), bytes=True)[:, :3].tobytes())
    file = io.BytesIO()
    image.save(file, format="PNG", optimize=True)
    return file.getvalue()
