"""The run folder: what systems scored on one benchmark, written block by block and never changed.

::

    RUN/
      run.json                    the benchmark (where, checksum, digests), seed, versions
      systems/<slug>/
        system.json               what is recorded of the system, and its blocks
        blocks/<key>.npy          float32, all queries by some clips; ``numpy.load`` opens it
        failures.jsonl            one line for each way in which it failed
      embeddings/                 what systems embedded and heard, for the next call

A file appears under its name only when it is whole, a block is named after everything its scores depend on, and
nothing holds a time: a run that was killed and gone on with ends in the same bytes as one that was not. Once a run is
begun, several processes may fill it at the same time, if each brings other systems.
"""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import earwitness
from earwitness.errors import BenchmarkError, RunError, SystemFault
from earwitness.reasonaudio.folder import Benchmark
from earwitness.records import atomic_path, read_json, read_jsonl, sha256_of_bytes, slug_of, write_json, write_jsonl
from earwitness.scores.judged import Judged
from earwitness.systems.base import About, Clips, Scores, System

__all__ = ["EMBEDDINGS", "STATUSES", "Block", "Recorded", "Run", "create_run", "open_run"]

STATUSES = ("complete", "partial", "failed")
"""A system has all its scores, has some, or was asked and could not answer."""

EMBEDDINGS = "embeddings"
"""The folder in a run where embeddings, and what listeners heard, are kept, unless another is named."""

_ABOUT = ("name", "spec", "paradigm", "reference", "version", "n_parameters", "details")
_FAILURE = ("spec", "version", "block", "error", "message", "traceback")
_Fields = Mapping[str, type | tuple[type, ...]]
_RUN_FIELDS: _Fields = {
    **dict.fromkeys(("checksum", "queries_sha256", "clips_sha256"), str),
    **dict.fromkeys(("benchmark", "counts", "versions"), dict),
    "seed": int,
}
_SYSTEM_FIELDS: _Fields = {
    **dict.fromkeys(("name", "spec", "paradigm", "version"), str),
    **dict.fromkeys(("reference", "whole_corpus"), bool),
    **dict.fromkeys(("details", "versions"), dict),
    "place": int,
    "n_parameters": (int, type(None)),
    "blocks": list,
}


class Block(NamedTuple):
    """Some of the clips, whose scores lie in one file."""

    key: str
    """SHA-256 over the system's spec and version, the texts, and the clips' audio."""
    start: int
    """The first clip."""
    stop: int
    """The clip after the last."""


@dataclass(frozen=True)
class Recorded:
    """What a run holds of one system."""

    about: About
    """Which system."""
    status: str
    """One of ``STATUSES``."""
    why: str
    """Why it is not complete; empty when it is."""
    done: int
    """How many clips have scores."""
    wanted: int
    """How many clips there are."""


@dataclass(frozen=True)
class Run:
    """A run folder."""

    folder: Path
    """Where it is."""
    about: Mapping[str, Any]
    """What ``run.json`` holds."""

    @property
    def seed(self) -> int:
        """The seed that the run was begun with."""
        return int(self.about["seed"])

    @property
    def checksum(self) -> str:
        """The checksum of the benchmark that the scores are for."""
        return str(self.about["checksum"])

    @property
    def benchmark_folder(self) -> Path:
        """Where the benchmark lies: as seen from the run, or else where it lay when the run was begun."""
        paths = self.about["benchmark"]
        places = [self.folder / paths["relative"], Path(paths["absolute"])]
        for place in places:
            if (place / "benchmark.json").is_file():
                return Path(os.path.normpath(place))
        raise RunError(
            f"The benchmark of the run '{self.folder}' is neither at '{os.path.normpath(places[0])}' nor at "
            f"'{places[1]}': say where it is with --bench."
        )

    def check(self, judged: Judged) -> None:
        """Refuse a benchmark that is not the one that the scores are for.

        Raises
        ------
        RunError
            With both checksums.
        """
        if judged.checksum != self.checksum:
            raise RunError(
                f"The run '{self.folder}' was scored on another benchmark, or on this one before it changed: it has "
                f"the checksum {self.checksum}, the benchmark now has {judged.checksum}. Evaluate again into another "
                "folder."
            )

    @property
    def systems(self) -> list[Recorded]:
        """What the run holds of each system, in the order in which they came."""
        return [self.recorded(name) for name in self._manifests()]

    def recorded(self, name: str) -> Recorded:
        """Return what the run holds of one system, by the files that are there."""
        manifest = self._manifest(name)
        blocks, wanted = _blocks_of(manifest), self._shape[1]
        done = sum(block.stop - block.start for block in blocks if self._block_path(name, block).is_file())
        about = About(**{field: manifest[field] for field in _ABOUT})
        if done == wanted:
            return Recorded(about, "complete", "", done, wanted)
        failures = [row for row in self.failures(name) if _is_same(row, about)]
        if failures:
            return Recorded(about, "failed", f"{failures[-1]['error']}: {failures[-1]['message']}", done, wanted)
        why = f"only {done:,} of {wanted:,} clips have scores: run 'earwitness evaluate' again to go on"
        return Recorded(about, "partial", why, done, wanted)

    def scores(self, name: str) -> Scores:
        """Return all scores of a system, shape (n_queries, n_clips).

        Raises
        ------
        RunError
            When there is no such system, it is not complete, or a block is damaged.
        """
        recorded = self.recorded(name)
        if recorded.status != "complete":
            raise RunError(f"The run '{self.folder}' has no whole scores of system '{name}': {recorded.why}.")
        scores = np.empty(self._shape, dtype=np.float32)
        for block in self.blocks(name):
            scores[:, block.start : block.stop] = self.read_block(name, block)
        return scores

    def blocks(self, name: str) -> tuple[Block, ...]:
        """Return the blocks that a system's scores are written in."""
        return _blocks_of(self._manifest(name))

    def has_block(self, name: str, block: Block) -> bool:
        """Return whether a block's file is there, whole or not."""
        return self._block_path(name, block).is_file()

    def read_block(self, name: str, block: Block) -> Scores:
        """Return the scores of one block, shape (n_queries, n_block_clips).

        Raises
        ------
        RunError
            Naming the file that is missing, damaged, or not what was written.
        """
        path = self._block_path(name, block)
        shape = (self._shape[0], block.stop - block.start)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise RunError(f"Cannot read '{path}': {error.strerror or error}.") from error
        head = _npy_head(shape)
        end = len(head) + 4 * shape[0] * shape[1]
        if not (data.startswith(head) and data[end:] == sha256(memoryview(data)[:end]).digest()):
            raise RunError(
                f"'{path}' is damaged: expected float32 scores of shape {shape} that end in their SHA-256, "
                f"{end + 32:,} bytes; got {len(data):,} bytes that are not. Run 'earwitness evaluate' again to ask "
                f"'{name}' for clips {block.start + 1:,} to {block.stop:,} once more."
            )
        return np.frombuffer(data, dtype="<f4", count=shape[0] * shape[1], offset=len(head)).reshape(shape)

    def write_block(self, name: str, block: Block, scores: Scores) -> None:
        """Write the scores of one block, which must have been checked."""
        head = _npy_head((self._shape[0], block.stop - block.start))
        data = head + np.ascontiguousarray(scores, dtype="<f4").tobytes()
        with atomic_path(self._block_path(name, block)) as partial:
            partial.write_bytes(data + sha256(data).digest())

    def failures(self, name: str) -> list[dict[str, Any]]:
        """Return how a system failed, the latest way last: spec, version, block, error, message, traceback."""
        path = self._system_folder(name) / "failures.jsonl"
        if not path.is_file():
            return []
        try:
            return read_jsonl(path, columns=_FAILURE)
        except BenchmarkError as error:
            raise RunError(str(error)) from error

    def add_failure(self, name: str, *, block: Block, error: str, message: str, traceback: Sequence[str]) -> None:
        """Record how a system failed; the same failure again moves to the end and is not another line."""
        manifest = self._manifest(name)
        row: dict[str, Any] = {"spec": manifest["spec"], "version": manifest["version"]}
        row |= {"block": [block.start, block.stop], "error": error, "message": message, "traceback": list(traceback)}
        before = self.failures(name)
        after = [*(other for other in before if other != row), row]
        if after != before:
            write_jsonl(self._system_folder(name) / "failures.jsonl", after)

    def record(self, system: System, clips: Clips, *, texts: Sequence[str], block: int) -> tuple[Block, ...]:
        """Record a system, or find it as it was recorded, and return the blocks to ask for.

        A system that is there keeps the blocks it was begun with, whatever ``block`` says. One that failed may come
        back mended, with another version: what the old one scored stays on disk and is not used.

        Raises
        ------
        RunError
            When another system is recorded under this name, and has not failed.
        SystemFault
            When what the system says of itself cannot be written as JSON.
        """
        about, path = system.about, self._system_folder(system.about.name) / "system.json"
        known = self._manifests().get(about.name)
        if known is not None and _is_same(known, about):
            return _blocks_of(known)
        if known is not None and self.recorded(about.name).status != "failed":
            field = "spec" if known["spec"] != about.spec else "version"
            raise RunError(
                f"The run '{self.folder}' holds another system under the name '{about.name}': its {field} is "
                f"'{known[field]}', that of the one given is '{getattr(about, field)}'. Give it another name with "
                f"--system LABEL={about.spec}, or evaluate into another folder."
            )
        blocks = _layout(system, clips, texts=texts, block=block)
        manifest = {
            "place": len(self._manifests()) if known is None else known["place"],
            **{field: getattr(about, field) for field in _ABOUT},
            "details": dict(about.details),
            "whole_corpus": system.whole_corpus,
            "versions": _versions(),
            "blocks": [each._asdict() for each in blocks],
        }
        try:
            write_json(path, manifest)
        except (TypeError, ValueError) as error:
            raise SystemFault(
                f"System '{about.name}' says of itself what is not JSON: expected text, finite numbers, lists and "
                f"tables in its details; got {manifest['details']!r} ({error})."
            ) from error
        return blocks

    def sweep(self, names: Sequence[str]) -> None:
        """Remove what a killed process left half written of some systems."""
        for name in names:
            for partial in sorted(self._system_folder(name).glob("**/.*.partial")):
                partial.unlink(missing_ok=True)

    @property
    def _shape(self) -> tuple[int, int]:
        counts = self.about["counts"]
        return counts["queries"], counts["clips"]

    def _system_folder(self, name: str) -> Path:
        return self.folder / "systems" / slug_of(name)

    def _block_path(self, name: str, block: Block) -> Path:
        return self._system_folder(name) / "blocks" / f"{block.key}.npy"

    def _manifest(self, name: str) -> dict[str, Any]:
        path = self._system_folder(name) / "system.json"
        if not path.is_file():
            names = ", ".join(f"'{other}'" for other in self._manifests()) or "none"
            raise RunError(f"The run '{self.folder}' holds no system '{name}'; it holds {names}.")
        return self._read_manifest(path)

    def _read_manifest(self, path: Path) -> dict[str, Any]:
        manifest = _read(path, _SYSTEM_FIELDS)
        if slug_of(manifest["name"]) != path.parent.name:
            raise RunError(
                f"'{path}' is of system '{manifest['name']}', which belongs in '{slug_of(manifest['name'])}'."
            )
        places = [0]
        for each in manifest["blocks"]:
            if not (isinstance(each, dict) and _is_block(each) and each["start"] == places[-1]):
                raise RunError(
                    f"'{path}': 'blocks' must hold key, start and stop, each starting where the last stops; got {each}."
                )
            places.append(each["stop"])
        if places[-1] != self._shape[1]:
            raise RunError(f"'{path}': 'blocks' must end at clip {self._shape[1]:,}; they end at {places[-1]:,}.")
        return manifest

    def _manifests(self) -> dict[str, dict[str, Any]]:
        """Return the manifests of all systems by name, in the order in which they came."""
        found = [self._read_manifest(path) for path in sorted((self.folder / "systems").glob("*/system.json"))]
        return {each["name"]: each for each in sorted(found, key=lambda each: (each["place"], each["name"]))}


def create_run(folder: Path, benchmark: Benchmark, judged: Judged, *, seed: int) -> Run:
    """Begin a run, or open the one that is there.

    Parameters
    ----------
    folder
        The run folder: missing, empty, or a run of this benchmark and seed.
    benchmark
        What will be scored.
    judged
        The same as arrays.
    seed
        What chance depends on, in systems and in tests.

    Raises
    ------
    RunError
        When the folder holds something else.
    """
    folder = Path(folder)
    if (folder / "run.json").is_file():
        run = open_run(folder, judged=judged)
        if run.seed != seed:
            raise RunError(
                f"The run '{folder}' was begun with the seed {run.seed}, got {seed}: give --seed {run.seed}, or "
                "evaluate into another folder."
            )
        return run
    if folder.exists() and not folder.is_dir():
        raise RunError(f"'{folder}' is a file: expected a run folder, or a place for one.")
    if folder.is_dir():
        partials = set(folder.glob(".run.json.*.partial"))
        others = sorted(path.name for path in {*folder.iterdir()} - partials if path.name != EMBEDDINGS)
        if others:
            raise RunError(f"'{folder}' is not a run, and not empty (it holds '{others[0]}'): name another folder.")
        for partial in partials:
            partial.unlink(missing_ok=True)
    place = benchmark.folder.resolve()
    about = {
        "benchmark": {"absolute": str(place), "relative": os.path.relpath(place, folder.resolve())},
        "checksum": judged.checksum,
        "queries_sha256": _digest([judged.query_ids, judged.texts]),
        "clips_sha256": _digest([judged.clip_ids, [benchmark.pcm_sha256[clip] for clip in judged.clip_ids]]),
        "counts": {"queries": len(judged.query_ids), "clips": len(judged.clip_ids), "pairs": len(judged.pairs)},
        "seed": seed,
        "versions": _versions(),
    }
    write_json(folder / "run.json", about)
    return Run(folder, about)


def open_run(folder: str | Path, *, judged: Judged | None = None) -> Run:
    """Open a run folder.

    Parameters
    ----------
    folder
        Its path.
    judged
        The benchmark that it must be of; None asks for no certain one.

    Raises
    ------
    RunError
        When there is no run, its manifest is damaged, or it is of another benchmark.
    """
    folder = Path(folder)
    if not (folder / "run.json").is_file():
        what = "it has no run.json" if folder.is_dir() else "there is no such folder"
        raise RunError(f"'{folder}' is not a run: {what}. 'earwitness evaluate BENCH --out {folder}' makes one.")
    about = _read(folder / "run.json", _RUN_FIELDS)
    for field, kind, names in (("benchmark", str, ("absolute", "relative")), ("counts", int, ("queries", "clips"))):
        if not all(isinstance(about[field].get(name), kind) for name in names):
            raise RunError(f"'{folder / 'run.json'}': '{field}' must hold {' and '.join(names)}; got {about[field]}.")
    run = Run(folder, about)
    if judged is not None:
        run.check(judged)
    return run


def _read(path: Path, fields: _Fields) -> dict[str, Any]:
    try:
        found = read_json(path)
    except BenchmarkError as error:
        raise RunError(str(error)) from error
    for name, kind in fields.items():
        if not isinstance(found.get(name, ...), kind):
            raise RunError(f"'{path}' is damaged: its field '{name}' holds {found.get(name, 'nothing')!r}.")
    return found


def _is_block(value: Mapping[str, Any]) -> bool:
    return (
        set(value) == set(Block._fields)
        and isinstance(value["key"], str)
        and re.fullmatch("[0-9a-f]{64}", value["key"]) is not None
        and isinstance(value["start"], int)
        and isinstance(value["stop"], int)
        and value["start"] < value["stop"]
    )


def _is_same(row: Mapping[str, Any], about: About) -> bool:
    """Return whether a manifest or a failure is of this very system: same spec and version, same scores."""
    return bool(row["spec"] == about.spec and row["version"] == about.version)


def _blocks_of(manifest: Mapping[str, Any]) -> tuple[Block, ...]:
    return tuple(Block(**each) for each in manifest["blocks"])


def _layout(system: System, clips: Clips, *, texts: Sequence[str], block: int) -> tuple[Block, ...]:
    about, asked = system.about, _digest(list(texts))
    size = len(clips) if system.whole_corpus else block

    parts = [(start, min(start + size, len(clips))) for start in range(0, len(clips), size)]
    keys = [_digest([about.spec, about.version, asked, clips.sha256[start:stop]]) for start, stop in parts]
    return tuple(Block(key, *part) for key, part in zip(keys, parts, strict=True))


def _digest(value: object) -> str:
    return sha256_of_bytes(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _versions() -> dict[str, str]:
    return {"earwitness": earwitness.__version__, "python": platform.python_version(), "numpy": np.__version__}


def _npy_head(shape: tuple[int, int]) -> bytes:
    """Return the head of a .npy file, format 1.0; written here, so that every NumPy gives the same bytes.

    The SHA-256 that ends the file stands behind what the head announces, and ``numpy.load`` does not read it.
    """
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    length = -(10 + len(text) + 1) % 64 + len(text) + 1
    return b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + text.ljust(length - 1).encode() + b"\n"
