"""Proving the audio of a benchmark again: every clip rendered, every event measured in its own stem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import BenchmarkError
from earwitness.parallel import Progress, map_chunks, worker_pool
from earwitness.reasonaudio.audit import Audit, Finding
from earwitness.reasonaudio.folder import renderer_of
from earwitness.records import sha256_of_bytes
from earwitness.scenes.compose import active_frames, audible_frames
from earwitness.scenes.render import Renderer, tick_power
from earwitness.scenes.spec import TICKS_PER_S, Scene
from earwitness.sounds.atoms import Atom

__all__ = ["Quality", "audit_audio"]

_CHUNK = 50
_ONSET_TICKS = 1


@dataclass(frozen=True)
class Quality:
    """What was measured on the rendered audio."""

    clips: int
    """How many clips were rendered."""
    clipped_clips: int
    """How many have a sample at full scale."""
    worst_onset_error_s: float
    """The largest distance of a labelled onset or offset from the audible one, in seconds."""
    silent_share: float
    """Share of the labelled time that is more than 40 dB below the event's own loudest 10 ms."""
    least_audible_share: float
    """The smallest share of an event's active frames that are no more than 10 dB below the rest of the mix."""


class _Heard(NamedTuple):
    """What was measured on one clip."""

    faults: list[str]
    clipped: bool
    worst_error: int
    silent: int
    labelled: int
    audible: float


def audit_audio(audit: Audit, *, jobs: int, progress: Progress | None = None) -> tuple[list[Finding], Quality | None]:
    """Render every clip and measure it.

    Parameters
    ----------
    audit
        The benchmark.
    jobs
        Worker processes.
    progress
        Called with a check's name, the number of clips done and wanted.

    Returns
    -------
    tuple
        The findings, and what was measured; None when the atoms themselves are damaged.
    """
    bench = audit.benchmark
    try:
        atoms = bench.atoms()
    except BenchmarkError as error:
        return [Finding("atoms are whole", len(bench.atom_rows), (str(error),))], None
    findings = [
        Finding("atoms are whole", len(atoms), ()),
        Finding("only steady sounds are cut or looped", *_lengths(bench.scenes, atoms)),
    ]
    work = [(scene, bench.pcm_sha256[scene.clip_id]) for scene in bench.scenes]
    hear = partial(
        _hear_chunk,
        folder=bench.folder,
        atoms_sha256=bench.atoms_sha256,
        audible=audit.recipe.audible,
    )
    with worker_pool(jobs) as pool:
        report = None if progress is None else lambda done: progress("audio", done, len(work))
        heard = map_chunks(pool, hear, work, chunk=_CHUNK, progress=report)
    faults = tuple(fault for clip in heard for fault in clip.faults)
    findings.append(Finding("clips, onsets, offsets and audibility on rendered audio", len(heard), faults))
    labelled = sum(clip.labelled for clip in heard)
    return findings, Quality(
        clips=len(heard),
        clipped_clips=sum(clip.clipped for clip in heard),
        worst_onset_error_s=max((clip.worst_error for clip in heard), default=0) / TICKS_PER_S,
        silent_share=sum(clip.silent for clip in heard) / labelled if labelled else 0.0,
        least_audible_share=min((clip.audible for clip in heard), default=1.0),
    )


def _lengths(scenes: Sequence[Scene], atoms: Mapping[str, Atom]) -> tuple[int, tuple[str, ...]]:
    faults = tuple(
        f"scenes.parquet, clip '{scene.clip_id}': '{event.label}' lasts {event.ticks / TICKS_PER_S:g} s, but its atom, "
        f"which is not steady, {atoms[event.atom_id].ticks / TICKS_PER_S:g} s"
        for scene in scenes
        for event in scene.events
        if event.atom_id in atoms and event.ticks != atoms[event.atom_id].ticks and not atoms[event.atom_id].steady
    )
    return sum(len(scene.events) for scene in scenes), faults


def _hear_chunk(
    work: Sequence[tuple[Scene, str]],
    *,
    folder: Path,
    atoms_sha256: str,
    audible: float,
) -> list[_Heard]:
    renderer = renderer_of(folder, atoms_sha256)
    return [_hear(renderer, scene, digest, audible) for scene, digest in work]


def _hear(renderer: Renderer, scene: Scene, digest: str, audible: float) -> _Heard:
    where = f"scenes.parquet, clip '{scene.clip_id}'"
    try:
        pcm = renderer.pcm(scene)
    except BenchmarkError as error:
        return _Heard([f"{where}: {error}"], True, 0, 0, 0, 1.0)
    faults = []
    if sha256_of_bytes(pcm.astype("<i2", copy=False).data) != digest:
        faults.append(f"{where}: the rendered samples have another SHA-256 than pcm_sha256")
    clipped = bool(pcm.max() == 32767 or pcm.min() == -32768)
    if clipped:
        faults.append(f"{where}: a sample is clipped")
    tick = renderer.sample_rate // TICKS_PER_S
    stems = [tick_power(renderer.stem(scene, event), tick=tick) for event in scene.events]
    everything = sum(stems, tick_power(renderer.backdrop(scene), tick=tick))
    worst = silent = labelled = 0
    least = 1.0
    for event, stem in zip(scene.events, stems, strict=True):
        first, last, quiet = _extent(stem)
        distance = max(abs(first - event.onset_tick), abs(last - event.offset_tick))
        if distance > _ONSET_TICKS:
            faults.append(f"{where}: '{event.label}' is heard from tick {first} to {last}, labelled {event}")
        span = slice(event.onset_tick, event.offset_tick)
        heard, active = audible_frames(stem[span], everything[span] - stem[span])
        # One frame of grace, as for the onset: the plan summed the same energies in another order.
        if heard + 1 < audible * active:
            faults.append(f"{where}: '{event.label}' is heard in {heard} of its {active} active frames")
        worst, silent, labelled = max(worst, distance), silent + quiet, labelled + event.ticks
        least = min(least, heard / active if active else 0.0)
    return _Heard(faults, clipped, worst, silent, labelled, least)


def _extent(power: npt.NDArray[np.float64]) -> tuple[int, int, int]:
    """Return the first active 10 ms frame of a stem, the end of the last one, and how many between are not active."""
    active = np.flatnonzero(active_frames(power)) if power.max() > 0 else np.empty(0, np.intp)
    if len(active) == 0:
        return 0, 0, 0
    first, last = int(active[0]), int(active[-1]) + 1
    return first, last, last - first - len(active)
