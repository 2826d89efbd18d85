"""Exporting a benchmark: its audio as files or shards, its labels in the formats of other tools.

The export is made beside its final place, as ``OUT.exporting``, and moves there when it is whole. It is made in parts
of some dozen clips; a part that is finished is noted with checksums, so that an export that was stopped, by whatever,
goes on with the parts that are missing or damaged.
"""

from __future__ import annotations

import re
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness import __version__
from earwitness.errors import BenchmarkError, OutputError
from earwitness.parallel import Progress, map_chunks, worker_pool
from earwitness.reasonaudio.folder import Benchmark, read_benchmark, renderer_of
from earwitness.reasonaudio.labels import audacity_labels, desed_durations, desed_events, jams_text
from earwitness.reasonaudio.shards import Clip, configs_yaml, encode, write_clip_table, write_query_tables, write_tar
from earwitness.records import atomic_path, read_json, sha256_of_bytes, sha256_of_file, write_json, write_text
from earwitness.scenes.render import Renderer

__all__ = ["FORMATS", "ExportReport", "export"]

FORMATS: Mapping[str, str] = {
    "flac": "a FLAC file for each clip",
    "wav": "a PCM16 WAV file for each clip",
    "webdataset": "tar shards for webdataset, and Parquet for the library datasets",
    "jams": "a JAMS file for each clip",
    "desed": "DESED's tables of events and durations",
    "audacity": "a label track for each clip",
}
"""What can be written."""

_NOTE = "export.json"
_PARTS = "parts"
_TABLES = "parquet"
_CLIPS_A_PART = 50
_CLIPS_A_SHARD = 250
_COPIED = ("queries.jsonl", "qrels.tsv", "pairs.jsonl", "scenes.parquet", "atoms.parquet")
_CLIP_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")

_AUDIO_FILES = (
    "- `queries.jsonl`, `qrels.tsv`, `pairs.jsonl`: the questions, as in the benchmark.",
    "- `scenes.parquet`: for each clip its events `{label, atom_id, onset_s, offset_s, gain}` and the SHA-256 of its "
    "samples (16-bit, little-endian).",
    "- `atoms.parquet`: the label, licence and source of each atom that is heard.",
)
_FILES: Mapping[str, Sequence[str]] = {
    "flac": ("- `audio/<clip_id>.flac`: the clips, mono, 16 bits.", *_AUDIO_FILES),
    "wav": ("- `audio/<clip_id>.wav`: the clips, mono, PCM16.", *_AUDIO_FILES),
    "webdataset": (
        f"- `clips-*.tar`: up to {_CLIPS_A_SHARD} clips each, as `<clip_id>.flac` and `<clip_id>.json` (events, "
        "duration, SHA-256 of the samples), for `webdataset`.",
        f"- `{_TABLES}/clips-*.parquet`: the same clips with the same FLAC bytes, for `datasets`. Who needs only one "
        "of both can delete the other.",
        f"- `{_TABLES}/queries.parquet`, `qrels.parquet`, `pairs.parquet`: the questions.",
        f"- `{_TABLES}/atoms.parquet`: the label, licence and source of each atom that is heard.",
        "",
        '`datasets.load_dataset(FOLDER, "clips")`, and so on for `queries`, `qrels`, `pairs` and `atoms`.',
    ),
    "jams": (
        "- `jams/<clip_id>.jams`: the events of a clip, in the namespaces `scaper` (with background and atoms) and "
        "`segment_open` (labels).",
    ),
    "desed": (
        "- `events.tsv`: filename, onset, offset, event_label; a clip is named as the WAV file of `--format wav`.",
        "- `durations.tsv`: filename, duration.",
    ),
    "audacity": ("- `labels/<clip_id>.txt`: onset, offset and label of each event; import as labels.",),
}
_TIMES = "Times are seconds, events are `[onset, offset)` on a grid of 10 ms. `export.json` says what was exported."


@dataclass(frozen=True)
class ExportReport:
    """What was exported."""

    folder: Path
    """Where it is."""
    format: str
    """As what."""
    clips: int
    """How many clips."""
    files: int
    """How many files."""
    bytes: int
    """How large they are together."""


@dataclass(frozen=True)
class _Job:
    """What a worker must know besides the clips."""

    bench: Path
    atoms_sha256: str
    sample_rate: int
    work: Path
    format: str


@dataclass(frozen=True)
class _Part:
    """Some clips that are written together."""

    number: int
    clips: tuple[Clip, ...]


def export(
    folder: Path,
    out: Path,
    *,
    format: str,
    jobs: int = 1,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Export a benchmark.

    Audio is rendered, and its samples are compared with ``pcm_sha256`` before they are encoded.

    Parameters
    ----------
    folder
        The benchmark folder.
    out
        Where the export will be.
    format
        One of ``FORMATS``.
    jobs
        Worker processes; the result does not depend on it.
    resume
        Go on with an export that was stopped.
    force
        Replace an export that is there, and forget one that was stopped.
    progress
        Called with the stage's name, the number of clips done and wanted.

    Raises
    ------
    OutputError
        When there is no such format, or the place is taken or cannot be written.
    BenchmarkError
        Naming the clip whose name cannot be a file's, or whose samples are not those that were promised.
    """
    if format not in FORMATS:
        raise OutputError(f"The format must be one of {', '.join(FORMATS)}; got {format!r}.")
    bench = read_benchmark(folder)
    _check_clip_ids(bench, format)
    work = _workshop(bench, out, _identity(bench, format), resume=resume, force=force)
    _write_parts(bench, work, format, jobs=jobs, progress=progress)
    _write_rest(bench, work, format)
    files, size = _publish(work, out.resolve(), force=force)
    return ExportReport(out, format, len(bench.scenes), files, size)


def _check_clip_ids(bench: Benchmark, format: str) -> None:
    """Refuse names that would leave the folder, or that some file system or tool would take for another's."""
    seen: dict[str, str] = {}
    for scene in bench.scenes:
        name = scene.clip_id
        where = f"'{bench.folder / 'scenes.parquet'}', clip {name!r}"
        if not isinstance(name, str) or not _CLIP_ID.fullmatch(name):
            raise BenchmarkError(
                f"{where}: the name must be letters, digits, '_', '-' and '.', and not begin with '.', to be a file's."
            )
        if format == "webdataset" and "." in name:
            raise BenchmarkError(f"{where}: webdataset takes what follows a '.' for the kind of file; rename the clip.")
        if name.lower() in seen:
            raise BenchmarkError(f"{where}: differs from clip {seen[name.lower()]!r} by case alone, or not at all.")
        seen[name.lower()] = name


# --- where the work is done ---


def _identity(bench: Benchmark, format: str) -> dict[str, Any]:
    """Return what must be the same for an export to be gone on with."""
    return {
        "format": format,
        "benchmark": bench.folder.resolve().name,
        "clips": len(bench.scenes),
        "sample_rate": bench.sample_rate,
        "sha256": {name: sha256_of_file(bench.folder / name) for name in ("benchmark.json", "scenes.parquet")},
        "earwitness": __version__,
    }


def _workshop(bench: Benchmark, out: Path, identity: Mapping[str, Any], *, resume: bool, force: bool) -> Path:
    """Return the folder to export into, new or gone on with."""
    place, source = out.resolve(), bench.folder.resolve()
    if place.is_relative_to(source) or source.is_relative_to(place):
        raise OutputError(f"'{out}' and the benchmark '{bench.folder}' lie in each other: name another folder.")
    work = place.with_name(f"{place.name}.exporting")
    for path in (out, work):
        if path.exists() and not _is_export(path):
            raise OutputError(f"'{path}' exists and is not an export, so it will not be replaced: name another folder.")
    if out.exists() and not force:
        done = "is complete: there is nothing to resume" if resume else "exists already: name another folder"
        raise OutputError(f"'{out}' {done}, or replace it with --force.")
    with _naming(work):
        if work.exists() and force:
            shutil.rmtree(work)
    if work.exists() and not resume:
        raise OutputError(f"'{work}' is an export that was stopped: go on with --resume, or begin anew with --force.")
    with _naming(work):
        for stray in work.rglob(".*.partial"):
            stray.unlink()
    if (work / _NOTE).is_file():
        begun = read_json(work / _NOTE)
        changed = sorted(key for key in identity if begun.get(key) != identity[key])
        if changed:
            raise OutputError(
                f"'{work}' was begun with another {', '.join(changed)}: resume with that, or begin anew with --force."
            )
    else:
        write_json(work / _NOTE, identity)
    return work


def _is_export(path: Path) -> bool:
    """Whether a folder is one that may be replaced: it has the note, or nothing at all but what was begun."""
    if path.is_symlink() or not path.is_dir():
        return False
    return (path / _NOTE).is_file() or all(inside.suffix == ".partial" for inside in path.iterdir())


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"Cannot replace '{path}': {error.strerror or error}.") from error


def _publish(work: Path, out: Path, *, force: bool) -> tuple[int, int]:
    """Move the folder to its place, and return how many files it has and how large they are."""
    old = out.with_name(f".{out.name}.replaced")
    with _naming(out):
        shutil.rmtree(work / _PARTS, ignore_errors=True)
        sizes = [path.stat().st_size for path in work.rglob("*") if path.is_file()]
        if out.exists():
            if not force:
                raise OutputError(f"'{out}' appeared while it was exported; the export stays in '{work}'.")
            if old.exists():
                shutil.rmtree(old)
            out.rename(old)
        work.rename(out)
        if old.exists():
            shutil.rmtree(old)
    return len(sizes), sum(sizes)


# --- what goes in it ---


def _write_parts(bench: Benchmark, work: Path, format: str, *, jobs: int, progress: Progress | None) -> None:
    if format == "desed":
        return
    clips = [(scene, bench.pcm_sha256[scene.clip_id]) for scene in bench.scenes]
    size = _CLIPS_A_SHARD if format == "webdataset" else _CLIPS_A_PART
    parts = [
        _Part(number, tuple(clips[start : start + size])) for number, start in enumerate(range(0, len(clips), size))
    ]
    job = _Job(bench.folder, bench.atoms_sha256, bench.sample_rate, work, format)

    def report(done: int) -> None:
        if progress is not None:
            progress("clips", min(done * size, len(clips)), len(clips))

    with worker_pool(jobs) as pool:
        map_chunks(pool, partial(_finish_parts, job=job), parts, chunk=1, progress=report)


def _finish_parts(parts: Sequence[_Part], *, job: _Job) -> list[None]:
    for part in parts:
        note = job.work / _PARTS / f"{part.number:05d}.json"
        if not _is_whole(note, job.work):
            write_json(note, _WRITERS[job.format](part, job))
    return [None] * len(parts)


def _is_whole(note: Path, work: Path) -> bool:
    if not note.is_file():
        return False
    try:
        return all((work / name).is_file() and _crc32(work / name) == crc for name, crc in read_json(note).items())
    except BenchmarkError:
        # The machine went down while the note was written: the part counts as not begun.
        return False


def _crc32(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return crc


def _write_audio(part: _Part, job: _Job) -> dict[str, int]:
    """Write the clips of a part, and return the CRC-32 of each file, as the other writers do."""
    renderer = renderer_of(job.bench, job.atoms_sha256)
    written = {}
    for clip in part.clips:
        name = f"audio/{clip[0].clip_id}.{job.format}"
        data = encode(_samples(clip, renderer, job), sample_rate=job.sample_rate, format=job.format)
        with atomic_path(job.work / name) as unfinished:
            unfinished.write_bytes(data)
        written[name] = zlib.crc32(data)
    return written


def _write_shard(part: _Part, job: _Job) -> dict[str, int]:
    renderer = renderer_of(job.bench, job.atoms_sha256)

    def flac(clip: Clip) -> bytes:
        return encode(_samples(clip, renderer, job), sample_rate=job.sample_rate, format="flac")

    tar, table = f"clips-{part.number:05d}.tar", f"{_TABLES}/clips-{part.number:05d}.parquet"
    write_tar(job.work / tar, part.clips, sample_rate=job.sample_rate, flac=flac)
    write_clip_table(job.work / table, part.clips, sample_rate=job.sample_rate, tar=job.work / tar)
    return {name: _crc32(job.work / name) for name in (tar, table)}


def _write_jams(part: _Part, job: _Job) -> dict[str, int]:
    corpus = job.bench.resolve().name
    texts = {f"jams/{scene.clip_id}.jams": jams_text(scene, corpus=corpus) for scene, _ in part.clips}
    return _write_texts(texts, job)


def _write_audacity(part: _Part, job: _Job) -> dict[str, int]:
    return _write_texts({f"labels/{scene.clip_id}.txt": audacity_labels(scene) for scene, _ in part.clips}, job)


def _write_texts(texts: Mapping[str, str], job: _Job) -> dict[str, int]:
    for name, text in texts.items():
        write_text(job.work / name, text)
    return {name: zlib.crc32(text.encode()) for name, text in texts.items()}


_WRITERS = {
    "flac": _write_audio,
    "wav": _write_audio,
    "webdataset": _write_shard,
    "jams": _write_jams,
    "audacity": _write_audacity,
}


def _samples(clip: Clip, renderer: Renderer, job: _Job) -> npt.NDArray[np.int16]:
    """Render a clip, and insist on its samples."""
    scene, promised = clip
    where = f"'{job.bench / 'scenes.parquet'}', clip '{scene.clip_id}'"
    try:
        pcm = renderer.pcm(scene)
    except BenchmarkError as error:
        raise BenchmarkError(f"{where}: {error}") from error
    digest = sha256_of_bytes(pcm.astype("<i2", copy=False).data)
    if digest != promised:
        raise BenchmarkError(f"{where}: the rendered samples have the SHA-256 {digest}, pcm_sha256 is {promised}.")
    return pcm


def _write_rest(bench: Benchmark, work: Path, format: str) -> None:
    """Write everything but the clips."""
    configs: list[str] = []
    if format in ("flac", "wav"):
        for name in _COPIED:
            with atomic_path(work / name) as unfinished:
                shutil.copyfile(bench.folder / name, unfinished)
    elif format == "webdataset":
        write_query_tables(work / _TABLES, bench)
        configs = configs_yaml(_TABLES, split="train" if bench.about["recipe"].get("split") == "train" else "test")
    elif format == "desed":
        write_text(work / "events.tsv", desed_events(bench.scenes))
        write_text(work / "durations.tsv", desed_durations(bench.scenes))
    write_text(work / "README.md", _card(bench, format, configs))


def _card(bench: Benchmark, format: str, configs: Sequence[str]) -> str:
    """Return the benchmark's dataset card with the files of the export instead of its own."""
    try:
        text = (bench.folder / "README.md").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BenchmarkError(f"'{bench.folder / 'README.md'}', the dataset card, cannot be read: {error}.") from error
    head, *sections = re.split(r"(?m)^(?=## )", text)
    sections = [section for section in sections if not section.startswith("## Files\n")]
    files = "\n".join(("## Files", "", *_FILES[format], "", _TIMES, "", ""))
    if configs:
        if not head.startswith("---\n"):
            head = f"---\n---\n\n{head}"
        head = "---\n" + "".join(f"{line}\n" for line in configs) + head.removeprefix("---\n")
    return head + files + "".join(sections)
