"""Atoms: one clean, audible event from each recording, and the reason where there could be none.

A label that is provably right needs a sound that is there for as long as the label says. So a recording gives an
atom only when it holds exactly one stretch of activity, and the atom begins and ends where that can be heard
(``cutting.py``). Here atoms get their names, are prepared in worker processes, and go to and from disk.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import soundfile

from earwitness.errors import AudioError, BankError, BenchmarkError, SoundsError
from earwitness.parallel import map_chunks, worker_pool
from earwitness.records import atomic_path, write_text
from earwitness.sounds.audio import FRAMES_PER_SECOND, AudioFile, decode_flac, encode_flac
from earwitness.sounds.bank import Bank, Recording, check_label, split_of
from earwitness.sounds.cutting import cut_event
from earwitness.sounds.steady import is_steady

__all__ = [
    "Atom",
    "Preparation",
    "Rejection",
    "atom_rows",
    "check_sample_rate",
    "preparation_counts",
    "prepare",
    "prepare_all",
    "read_atoms",
    "write_atoms",
]

_CACHE_VERSION = 1  # raise whenever the preparation changes: kept preparations are then not used again
_CHUNK = 8  # recordings handed to a worker at once: few, so that Ctrl-C never waits long
_ROW_FIELDS = ("atom_id", "label", "split", "licence", "source", "sample_rate", "sha256")


@dataclass(frozen=True)
class Atom:
    """One event, ready to be placed. Two atoms are equal when their id and samples are."""

    atom_id: str
    """Its name: the label in safe letters, and eight hex digits of what it was made from."""
    label: str = field(compare=False)
    """What is heard."""
    split: str = field(compare=False)
    """``"train"`` or ``"test"``, by its source."""
    licence: str = field(compare=False)
    """The recording's licence."""
    source: str = field(compare=False)
    """The recording's source."""
    sample_rate: int = field(compare=False)
    """Samples a second; a multiple of 100."""
    sha256: str
    """Of its samples as 16-bit little-endian bytes, in hex."""
    pcm: npt.NDArray[np.int16] = field(compare=False, repr=False)
    """Its samples, shape (n,), read-only; n is a whole number of 10 ms frames."""
    steady: bool = field(compare=False)
    """Whether it can be cut short or looped and stay the same sound."""
    parameters: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)
    """What a synthesised recording was made with; empty for one that was recorded."""

    @property
    def ticks(self) -> int:
        """Its length in 10 ms frames."""
        return len(self.pcm) * FRAMES_PER_SECOND // self.sample_rate


class Rejection(NamedTuple):
    """A recording that gave no atom."""

    name: str
    """The recording's name."""
    label: str
    """Its label."""
    reason: str
    """A short word for the table."""
    detail: str
    """What was found and what was expected."""


@dataclass(frozen=True)
class Preparation:
    """What became of the recordings of a bank."""

    atoms: tuple[Atom, ...]
    """The atoms, sorted by id."""
    rejections: tuple[Rejection, ...]
    """The recordings that gave none, sorted by label and name."""
    not_needed: int = 0
    """How many recordings were not looked at, because their label had enough atoms."""


def check_sample_rate(sample_rate: int) -> None:
    """Refuse a sample rate on which 10 ms is no whole number of samples, or that no atom can have.

    Raises
    ------
    SoundsError
        When it is not a multiple of 100 from 8,000 to 48,000.
    """
    if not (8_000 <= sample_rate <= 48_000 and sample_rate % FRAMES_PER_SECOND == 0):
        raise SoundsError(f"The sample rate must be a multiple of 100 from 8000 to 48000 Hz, got {sample_rate}.")


def prepare(recording: Recording, *, sample_rate: int) -> Atom:
    """Cut the one event out of a recording.

    Parameters
    ----------
    recording
        What to decode.
    sample_rate
        Of the atom; a multiple of 100 from 8,000 to 48,000.

    Returns
    -------
    Atom
        0.25 to 8 s long; its first and last 10 ms are within 40 dB of its loudest.

    Raises
    ------
    AudioError
        Whose ``reason`` is one of ``read_audio``'s or ``cut_event``'s.
    SoundsError
        When the sample rate is not one that an atom can have.
    """
    check_sample_rate(sample_rate)
    return _atom(
        recording, cut_event(recording.read(), recording.name, sample_rate=sample_rate), sample_rate=sample_rate
    )


def _atom(recording: Recording, pcm: npt.NDArray[np.int16], *, sample_rate: int) -> Atom:
    pcm.setflags(write=False)
    return Atom(
        atom_id=_atom_id(recording),
        label=recording.label,
        split=split_of(recording.source),
        licence=recording.licence,
        source=recording.source,
        sample_rate=sample_rate,
        sha256=_sha256(pcm),
        pcm=pcm,
        steady=is_steady(pcm, sample_rate=sample_rate),
        parameters=recording.parameters,
    )


def _sha256(pcm: npt.NDArray[np.int16]) -> str:
    return hashlib.sha256(pcm.astype("<i2").tobytes()).hexdigest()


def _atom_id(recording: Recording) -> str:
    safe = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "-" for c in recording.label)
    made_from = json.dumps([recording.label, recording.source, recording.name])
    return f"{safe}-{hashlib.sha256(made_from.encode()).hexdigest()[:8]}"


class _Outcome(NamedTuple):
    """What one recording gave: an atom, or the reason why not."""

    atom: Atom | None
    reason: str
    detail: str


def prepare_all(
    bank: Bank,
    *,
    sample_rate: int,
    max_per_label: int | None,
    jobs: int,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Preparation:
    """Prepare the recordings of a bank.

    Parameters
    ----------
    bank
        The recordings.
    sample_rate
        Of the atoms; a multiple of 100 from 8,000 to 48,000.
    max_per_label
        How many atoms a label needs; all that it can give when None. Recordings are taken in the order of a hash of
        their source, so that the choice depends on nothing else, and are not looked at once there are enough.
    jobs
        Worker processes; 1 works in this one. The result does not depend on it.
    cache
        A folder in which finished preparations are kept as they come, so that a build that was killed goes on where
        it stopped. A recording whose content has changed is prepared again.
    progress
        Called with (done, known so far to be needed) after each few recordings.

    Raises
    ------
    BankError
        When the same samples appear under two labels (every pair of recordings is named), or ids collide.
    SoundsError
        When the sample rate is not one that an atom can have, a number is not positive, or a worker was killed.
    """
    check_sample_rate(sample_rate)
    for what, number in (("jobs", jobs), ("max_per_label", 1 if max_per_label is None else max_per_label)):
        if number < 1:
            raise SoundsError(f"{what} must be at least 1, got {number}.")
    waiting = _by_label(bank)
    chosen: dict[str, dict[str, tuple[Recording, Atom]]] = {label: {} for label in waiting}
    rejections: list[Rejection] = []
    done = 0
    task = functools.partial(_outcomes, sample_rate=sample_rate, cache=cache)
    with worker_pool(jobs) as pool:
        while wave := _next_wave(waiting, chosen, max_per_label):
            report = None if progress is None else functools.partial(_report, progress, done, done + len(wave))
            outcomes = map_chunks(pool, task, wave, chunk=_CHUNK, progress=report)
            done += len(wave)
            for recording, outcome in zip(wave, outcomes, strict=True):
                rejection = _take(recording, outcome, chosen[recording.label])
                if rejection:
                    rejections.append(rejection)
    pairs = [pair for of_label in chosen.values() for pair in of_label.values()]
    _check_distinct(pairs)
    return Preparation(
        atoms=tuple(sorted((atom for _, atom in pairs), key=lambda atom: atom.atom_id)),
        rejections=tuple(sorted(rejections, key=lambda rejection: (rejection.label, rejection.name))),
        not_needed=sum(map(len, waiting.values())),
    )


def _by_label(bank: Bank) -> dict[str, list[Recording]]:
    """Return each label's recordings in the order in which they are taken."""
    groups: dict[str, list[Recording]] = defaultdict(list)
    for recording in bank.recordings:
        groups[recording.label].append(recording)
    for group in groups.values():
        group.sort(key=lambda r: (hashlib.sha256(r.source.encode()).digest(), r.name))
    return dict(sorted(groups.items()))


def _next_wave(
    waiting: dict[str, list[Recording]], chosen: Mapping[str, Mapping[str, object]], max_per_label: int | None
) -> list[Recording]:
    """Take from every label as many recordings as it still lacks atoms, hence none that could turn out unneeded."""
    wave: list[Recording] = []
    for label, left in waiting.items():
        lacking = len(left) if max_per_label is None else max_per_label - len(chosen[label])
        wave.extend(left[:lacking])
        del left[:lacking]
    return wave


def _take(recording: Recording, outcome: _Outcome, chosen: dict[str, tuple[Recording, Atom]]) -> Rejection | None:
    if outcome.atom is None:
        return Rejection(recording.name, recording.label, outcome.reason, outcome.detail)
    twin = chosen.get(outcome.atom.sha256)
    if twin is not None:
        detail = f"{recording.name}: the same samples as {twin[0].name}"
        return Rejection(recording.name, recording.label, "duplicate", detail)
    chosen[outcome.atom.sha256] = (recording, outcome.atom)
    return None


def _check_distinct(pairs: Iterable[tuple[Recording, Atom]]) -> None:
    by_samples: dict[str, Recording] = {}
    by_id: dict[str, Recording] = {}
    contradictions = []
    for recording, atom in pairs:
        twin = by_samples.setdefault(atom.sha256, recording)
        if twin is not recording:
            contradictions.append(f"{twin.name!r} ({twin.label!r}) and {recording.name!r} ({recording.label!r})")
        other = by_id.setdefault(atom.atom_id, recording)
        if other is not recording:
            raise BankError(f"Two recordings give the id {atom.atom_id}: {other.name!r} and {recording.name!r}.")
    if contradictions:
        raise BankError(f"The same sound under two labels: {'; '.join(contradictions)}. Remove one of each pair.")


def _report(progress: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    progress(before + done, total)


def _outcomes(recordings: Sequence[Recording], *, sample_rate: int, cache: Path | None) -> list[_Outcome]:
    return [_outcome(recording, sample_rate=sample_rate, cache=cache) for recording in recordings]


def _outcome(recording: Recording, *, sample_rate: int, cache: Path | None) -> _Outcome:
    try:
        key = None if cache is None else _cache_key(recording, sample_rate=sample_rate)
        if cache is not None and key is not None:
            kept = _kept(recording, cache, key, sample_rate=sample_rate)
            if kept is not None:
                return kept
        outcome = _Outcome(prepare(recording, sample_rate=sample_rate), "", "")
    except AudioError as error:
        outcome = _Outcome(None, error.reason, error.detail)
        if error.reason == "not readable":  # it may be readable the next time, with the same stamp
            return outcome
    if cache is not None and key is not None:
        _keep(outcome, cache, key)
    return outcome


def _cache_key(recording: Recording, *, sample_rate: int) -> str | None:
    """Return what a kept preparation is found by, or None where a change of content could not be noticed."""
    if not isinstance(recording.read, AudioFile):
        return None
    file = recording.read
    made_from = json.dumps([_CACHE_VERSION, os.fspath(file.path), file.stamp(), recording.name, sample_rate])
    return hashlib.sha256(made_from.encode()).hexdigest()


def _keep(outcome: _Outcome, cache: Path, key: str) -> None:
    # The samples go first: an outcome without its samples cannot be found, samples without outcome are not looked for.
    if outcome.atom is not None:
        _write_flac(cache / f"{key}.flac", outcome.atom)
    digest = None if outcome.atom is None else outcome.atom.sha256
    line = json.dumps({"sha256": digest, "reason": outcome.reason, "detail": outcome.detail})
    write_text(cache / f"{key}.json", line)


def _kept(recording: Recording, cache: Path, key: str, *, sample_rate: int) -> _Outcome | None:
    """Return what was kept; None when there is nothing, or it is damaged and must be made again."""
    try:
        about = json.loads((cache / f"{key}.json").read_bytes())
        if about["sha256"] is None:
            return _Outcome(None, about["reason"], about["detail"])
        pcm, rate = decode_flac(cache / f"{key}.flac")
    except (OSError, ValueError, KeyError, TypeError, soundfile.LibsndfileError):
        return None
    if rate != sample_rate or _sha256(pcm) != about["sha256"]:
        return None
    return _Outcome(_atom(recording, pcm, sample_rate=sample_rate), "", "")


def _write_flac(path: Path, atom: Atom) -> None:
    with atomic_path(path) as partial:
        partial.write_bytes(encode_flac(atom.pcm, sample_rate=atom.sample_rate))


def preparation_counts(preparation: Preparation) -> list[tuple[str, int]]:
    """Return the table of what became of the recordings.

    Returns
    -------
    list of (str, int)
        ``("atom", n)``, then each reason with its count, the most frequent first, then ``("not needed", n)`` when
        recordings were not looked at. The counts add up to the recordings of the bank.
    """
    reasons = Counter(rejection.reason for rejection in preparation.rejections)
    table = [("atom", len(preparation.atoms)), *sorted(reasons.items(), key=lambda item: (-item[1], item[0]))]
    if preparation.not_needed:
        table.append(("not needed", preparation.not_needed))
    return table


def atom_rows(atoms: Iterable[Atom]) -> list[dict[str, Any]]:
    """Return the rows of ``atoms.parquet``, sorted by id.

    Returns
    -------
    list of dict
        ``atom_id``, ``label``, ``split``, ``licence``, ``source``, ``sample_rate`` and ``sha256`` of each; and its
        ``parameters`` as sorted (name, value) pairs, none for a sound that was recorded.
    """
    ordered = sorted(atoms, key=lambda atom: atom.atom_id)
    return [
        {name: getattr(atom, name) for name in _ROW_FIELDS} | {"parameters": sorted(atom.parameters.items())}
        for atom in ordered
    ]


def write_atoms(atoms: Iterable[Atom], folder: str | os.PathLike[str]) -> None:
    """Write each atom to ``atoms/<label>/<atom_id>.flac`` in a benchmark folder.

    Raises
    ------
    OutputError
        Naming the file, when it cannot be written.
    BenchmarkError
        When a label or an id would leave the folder.
    """
    for atom in atoms:
        _write_flac(_atom_path(Path(folder), atom.label, atom.atom_id), atom)


def read_atoms(folder: str | os.PathLike[str], rows: Iterable[Mapping[str, Any]]) -> dict[str, Atom]:
    """Read the atoms of a benchmark folder.

    Parameters
    ----------
    folder
        The benchmark folder.
    rows
        The rows of its ``atoms.parquet``.

    Returns
    -------
    dict of str to Atom
        By id, in the order of the rows. Whether an atom is steady is found again from its samples.

    Raises
    ------
    BenchmarkError
        Naming the file or row, when an atom is missing, damaged or not the one that the row describes.
    """
    atoms: dict[str, Atom] = {}
    for number, row in enumerate(rows, start=1):
        missing = [name for name in (*_ROW_FIELDS, "parameters") if name not in row]
        if missing:
            raise BenchmarkError(f"atoms.parquet row {number} lacks {', '.join(missing)}.")
        path = _atom_path(Path(folder), row["label"], row["atom_id"])
        if row["atom_id"] in atoms:
            raise BenchmarkError(f"atoms.parquet row {number}: the id {row['atom_id']!r} is there twice.")
        try:
            pcm, sample_rate = decode_flac(path)
        except OSError as error:
            raise BenchmarkError(f"Cannot read the atom {str(path)!r}: {error.strerror}.") from error
        except (soundfile.LibsndfileError, ValueError) as error:
            raise BenchmarkError(f"The atom {str(path)!r} is not mono audio: {error}.") from error
        _check_atom(path, pcm, sample_rate, row)
        pcm.setflags(write=False)
        steady = is_steady(pcm, sample_rate=sample_rate)
        about = {name: row[name] for name in _ROW_FIELDS} | {"parameters": dict(row["parameters"])}
        atoms[row["atom_id"]] = Atom(**about, pcm=pcm, steady=steady)
    return atoms


def _check_atom(path: Path, pcm: npt.NDArray[np.int16], sample_rate: int, row: Mapping[str, Any]) -> None:
    if sample_rate != row["sample_rate"]:
        raise BenchmarkError(f"The atom {str(path)!r} has {sample_rate} Hz, expected {row['sample_rate']}.")
    if _sha256(pcm) != row["sha256"]:
        raise BenchmarkError(f"The atom {str(path)!r} does not hold the samples of SHA-256 {row['sha256']}.")
    if len(pcm) == 0 or len(pcm) % (sample_rate // FRAMES_PER_SECOND):
        raise BenchmarkError(f"The atom {str(path)!r} has {len(pcm)} samples, expected whole frames of 10 ms.")


def _atom_path(folder: Path, label: str, atom_id: str) -> Path:
    try:
        check_label(label)
    except BankError as error:
        raise BenchmarkError(f"The atom {atom_id!r} cannot have a file: {error}") from error
    if not re.fullmatch(r"[A-Za-z0-9_-]+", atom_id):
        raise BenchmarkError(f"The id {atom_id!r} cannot name a file: expected letters, digits, '_' and '-'.")
    return folder / "atoms" / label / f"{atom_id}.flac"
