"""Writing built-in recordings to a folder that is a sound bank: audio, manifest, and what each was made with."""

from __future__ import annotations

import csv
import functools
import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import soundfile

from earwitness.errors import OutputError
from earwitness.parallel import map_chunks, out_of, worker_pool
from earwitness.records import atomic_path, read_json, write_json, write_jsonl, write_text
from earwitness.sounds import builtin
from earwitness.sounds.audio import resample, to_pcm16
from earwitness.sounds.bank import Recording, read_rows, split_of

__all__ = ["FORMATS", "WrittenBank", "write_recordings"]

FORMATS = ("flac", "wav")
"""What recordings can be written as: 16 bits either way."""

_CHUNK = 8


class WrittenBank(NamedTuple):
    """What was written."""

    folder: Path
    """The bank."""
    recordings: int
    """How many recordings it holds."""
    kept: int
    """How many of them were there before."""
    seconds: float
    """How long those that were rendered now last."""


def write_recordings(
    recordings: Sequence[Recording],
    folder: str | os.PathLike[str],
    *,
    format: str = "flac",
    sample_rate: int = builtin.SAMPLE_RATE,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> WrittenBank:
    """Render built-in recordings into a folder that can be used as a sound bank.

    The folder gets ``<label>/<k>.<format>``, ``manifest.csv`` (path, label, licence, source), ``parameters.jsonl``
    (what each was made with) and ``sounds.json`` (version of the sounds, format). Files that are there are kept,
    so that a run that was stopped goes on where it was, and more can be added later.

    Parameters
    ----------
    recordings
        From ``builtin.recordings`` or ``builtin.recording``.
    folder
        Where to; made when it is missing.
    format
        One of ``FORMATS``.
    sample_rate
        Of the files, in Hz.
    jobs
        Worker processes; the bytes do not depend on it.
    progress
        Called with (done, wanted).

    Raises
    ------
    OutputError
        When the folder holds something else, or sounds of another version, format or sample rate; or a file cannot be
        written.
    """
    if format not in FORMATS:
        raise OutputError(f"Expected the format {' or '.join(map(repr, FORMATS))}, got {format!r}.")
    out = Path(folder)
    about = {"sounds": "builtin", "version": builtin.VERSION, "format": format, "sample_rate": sample_rate}
    _claim(out, about)
    missing = [recording for recording in recordings if not (out / _path(recording, format)).exists()]
    work = functools.partial(_write_chunk, folder=out, format=format, sample_rate=sample_rate)
    with worker_pool(jobs if missing else 1) as pool:
        seconds = map_chunks(pool, work, missing, chunk=_CHUNK, progress=out_of(progress, len(missing)))
    held = _write_lists(recordings, out, format=format)
    return WrittenBank(out, held, held - len(missing), sum(seconds))


def _claim(folder: Path, about: dict[str, object]) -> None:
    """Make sure that a folder is ours to write to: empty, or begun with the same settings."""
    stamp = folder / "sounds.json"
    if stamp.exists():
        before = read_json(stamp)
        if before != about:
            changed = ", ".join(f"{k} {before.get(k)!r}, not {v!r}" for k, v in about.items() if before.get(k) != v)
            raise OutputError(f"{str(folder)!r} holds sounds of other settings: {changed}. Choose another folder.")
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = next(iter(sorted(folder.iterdir())), None)
    except OSError as error:
        raise OutputError(f"Cannot write to {str(folder)!r}: {error.strerror}.") from error
    if taken is not None:
        raise OutputError(f"{str(folder)!r} is not empty (it holds {taken.name!r}). Choose another folder.")
    write_json(stamp, about)


def _path(recording: Recording, format: str) -> str:
    return f"{recording.label}/{recording.name.rpartition('/')[2]}.{format}"


def _write_chunk(recordings: Sequence[Recording], *, folder: Path, format: str, sample_rate: int) -> list[float]:
    return [
        _write(recording, folder / _path(recording, format), format=format, sample_rate=sample_rate)
        for recording in recordings
    ]


def _write(recording: Recording, path: Path, *, format: str, sample_rate: int) -> float:
    audio = recording.read()
    samples = resample(audio.samples[:, 0].astype("float64"), from_rate=audio.sample_rate, to_rate=sample_rate)
    encoded = io.BytesIO()
    soundfile.write(encoded, to_pcm16(samples), sample_rate, format=format.upper(), subtype="PCM_16")
    with atomic_path(path) as partial:
        partial.write_bytes(encoded.getvalue())
    return len(samples) / sample_rate


def _write_lists(recordings: Sequence[Recording], folder: Path, *, format: str) -> int:
    """List these recordings and those that were listed before and are still there; return how many there are."""
    manifest = folder / "manifest.csv"
    listed = {_path(recording, format): recording for recording in recordings}
    if manifest.exists():
        for line, row in read_rows(manifest, required=("path", "label"), optional=("licence", "source")):
            variant = PurePosixPath(row["path"]).stem
            if not variant.isdecimal():
                raise OutputError(f"{str(manifest)!r} line {line}: {row['path']!r} is not one of our recordings.")
            # A list of what is not there would be a bank that cannot be read.
            if (folder / row["path"]).exists():
                listed.setdefault(row["path"], builtin.recording(row["label"], int(variant)))
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(("path", "label", "licence", "source"))
    ordered = sorted(listed.items(), key=lambda item: (item[1].label, int(PurePosixPath(item[0]).stem)))
    rows.writerows((path, r.label, r.licence, r.source) for path, r in ordered)
    write_jsonl(
        folder / "parameters.jsonl",
        (
            {"path": path, "label": r.label, "split": split_of(r.source), "parameters": dict(r.parameters)}
            for path, r in ordered
        ),
    )
    write_text(manifest, table.getvalue())
    return len(ordered)
