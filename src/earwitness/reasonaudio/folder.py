"""The benchmark folder: what its files hold, written and read.

::

    BENCH/
      benchmark.json   kind, recipe, seed, counts, versions, SHA-256 of every other file
      atoms.parquet    one row for each atom; its audio in atoms/<label>/<atom_id>.flac
      scenes.parquet   one row for each clip, with its events
      queries.jsonl    one query a line
      qrels.tsv        TREC: query_id 0 clip_id relevance. Every relevant pair has a row with 1, every planned hard
                       negative one with 0; all other pairs were judged too and are not relevant
      pairs.jsonl      one two-option test a line
      README.md        a dataset card
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from earwitness.errors import BenchmarkError, SoundsError
from earwitness.logic.constraint import Constraint
from earwitness.logic.parsing import parse
from earwitness.records import (
    read_json,
    read_jsonl,
    read_table,
    read_tsv,
    sha256_of_file,
    write_jsonl,
    write_table,
    write_tsv,
)
from earwitness.scenes.render import Renderer
from earwitness.scenes.spec import TICKS_PER_S, Background, Placed, Scene, seconds_to_ticks
from earwitness.sounds.atoms import Atom, atom_rows, check_sample_rate, read_atoms

__all__ = [
    "FILES",
    "KIND",
    "LONGEST_CLIP_S",
    "Benchmark",
    "PairRow",
    "QueryRow",
    "read_benchmark",
    "renderer_of",
    "write_atom_table",
    "write_pairs",
    "write_qrels",
    "write_queries",
    "write_scenes",
]

LONGEST_CLIP_S = 600
"""The longest clip that a recipe may ask for, in seconds."""
_LARGEST = 1e9
KIND = "retrieval"
FILES = ("atoms.parquet", "scenes.parquet", "queries.jsonl", "qrels.tsv", "pairs.jsonl", "README.md")
"""The files beside ``benchmark.json`` and the folder ``atoms``."""

_ATOMS = pa.schema(
    [
        ("atom_id", pa.string()),
        ("label", pa.string()),
        ("split", pa.string()),
        ("licence", pa.string()),
        ("source", pa.string()),
        ("sample_rate", pa.int32()),
        ("sha256", pa.string()),
        ("parameters", pa.map_(pa.string(), pa.float64())),
    ]
)
_EVENT = pa.struct(
    [
        ("label", pa.string()),
        ("atom_id", pa.string()),
        ("onset_s", pa.float64()),
        ("offset_s", pa.float64()),
        ("gain", pa.float64()),
    ]
)
_BACKGROUND = pa.struct([("colour", pa.string()), ("start_s", pa.float64()), ("gain", pa.float64())])
_SCENES = pa.schema(
    [
        ("clip_id", pa.string()),
        ("duration_s", pa.float64()),
        ("background", _BACKGROUND),
        ("scale", pa.float64()),
        ("pcm_sha256", pa.string()),
        ("events", pa.list_(_EVENT)),
    ]
)


@dataclass(frozen=True)
class QueryRow:
    """One query of a benchmark."""

    query_id: str
    """Its name."""
    task: str
    """The task it belongs to."""
    text: str
    """What is asked, in English."""
    constraint: Constraint
    """What is meant."""
    paraphrases: tuple[str, ...]
    """The same in other words."""


@dataclass(frozen=True)
class PairRow:
    """One two-option test of a benchmark."""

    pair_id: str
    """Its name."""
    query_id: str
    """The query."""
    task: str
    """The task of the query."""
    positive: str
    """The clip that answers the query."""
    negative: str
    """The clip that breaks one clause."""
    broken: Constraint
    """The clause that it breaks."""


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as it lies on disk; audio is read when it is asked for."""

    folder: Path
    """Where it is."""
    about: Mapping[str, Any]
    """What ``benchmark.json`` holds."""
    atom_rows: Sequence[Mapping[str, Any]]
    """The rows of ``atoms.parquet``."""
    scenes: tuple[Scene, ...]
    """All clips, by name."""
    pcm_sha256: Mapping[str, str]
    """The SHA-256 of each clip's PCM16 samples, by clip."""
    queries: tuple[QueryRow, ...]
    """All queries."""
    qrels: Mapping[tuple[str, str], int]
    """The relevance of every (query, clip) pair that has a row."""
    pairs: tuple[PairRow, ...]
    """All two-option tests."""

    @property
    def sample_rate(self) -> int:
        """Samples a second of every clip."""
        return int(self.about["recipe"]["sample_rate"])

    @property
    def phrases(self) -> Mapping[str, str]:
        """How queries say each label."""
        phrases: Mapping[str, str] = self.about["recipe"]["phrases"]
        return phrases

    @cached_property
    def scene_of(self) -> Mapping[str, Scene]:
        """The clips by their names."""
        return {scene.clip_id: scene for scene in self.scenes}

    @cached_property
    def query_of(self) -> Mapping[str, QueryRow]:
        """The queries by their names."""
        return {query.query_id: query for query in self.queries}

    @property
    def atoms_sha256(self) -> str:
        """The SHA-256 of ``atoms.parquet`` as it is now."""
        return sha256_of_file(self.folder / "atoms.parquet")

    def atoms(self) -> dict[str, Atom]:
        """Read the audio of all atoms, and check it."""
        return read_atoms(self.folder, self.atom_rows)

    def with_relevance(self, query_id: str, relevance: int) -> tuple[str, ...]:
        """Return the clips that have a row with this relevance for a query, sorted."""
        return tuple(sorted(c for (q, c), value in self.qrels.items() if q == query_id and value == relevance))


@lru_cache(maxsize=1)
def renderer_of(folder: Path, atoms_sha256: str) -> Renderer:
    """Return the renderer of a benchmark folder; kept for the next call, so that a worker reads the atoms once.

    Parameters
    ----------
    folder
        The folder; of its files ``atoms.parquet`` and the atoms must be there.
    atoms_sha256
        The SHA-256 of ``atoms.parquet``: another one means other atoms in the same place.
    """
    rows = read_table(folder / "atoms.parquet", schema=_ATOMS)
    return Renderer(read_atoms(folder, rows), sample_rate=rows[0]["sample_rate"] if rows else 16_000)


def write_atom_table(folder: Path, atoms: Sequence[Atom]) -> None:
    """Write ``atoms.parquet``."""
    write_table(folder / "atoms.parquet", atom_rows(atoms), schema=_ATOMS)


def write_scenes(folder: Path, scenes: Sequence[Scene], pcm_sha256: Sequence[str]) -> None:
    """Write ``scenes.parquet``."""
    rows = [
        {
            "clip_id": scene.clip_id,
            "duration_s": scene.duration_s,
            "background": {
                "colour": scene.background.colour,
                "start_s": scene.background.start_tick / TICKS_PER_S,
                "gain": scene.background.gain,
            },
            "scale": scene.scale,
            "pcm_sha256": digest,
            "events": [
                {
                    "label": event.label,
                    "atom_id": event.atom_id,
                    "onset_s": event.onset_tick / TICKS_PER_S,
                    "offset_s": event.offset_tick / TICKS_PER_S,
                    "gain": event.gain,
                }
                for event in scene.events
            ],
        }
        for scene, digest in zip(scenes, pcm_sha256, strict=True)
    ]
    write_table(folder / "scenes.parquet", rows, schema=_SCENES)


def write_queries(folder: Path, queries: Sequence[QueryRow]) -> None:
    """Write ``queries.jsonl``."""
    write_jsonl(
        folder / "queries.jsonl",
        (
            {
                "query_id": query.query_id,
                "task": query.task,
                "text": query.text,
                "constraint": str(query.constraint),
                "paraphrases": list(query.paraphrases),
            }
            for query in queries
        ),
    )


def write_qrels(folder: Path, rows: Sequence[tuple[str, str, int]]) -> None:
    """Write ``qrels.tsv`` from (query, clip, relevance)."""
    write_tsv(folder / "qrels.tsv", ((query, 0, clip, relevance) for query, clip, relevance in rows))


def write_pairs(folder: Path, pairs: Sequence[PairRow]) -> None:
    """Write ``pairs.jsonl``."""
    write_jsonl(
        folder / "pairs.jsonl",
        (
            {
                "pair_id": pair.pair_id,
                "query_id": pair.query_id,
                "task": pair.task,
                "positive": pair.positive,
                "negative": pair.negative,
                "broken": str(pair.broken),
            }
            for pair in pairs
        ),
    )


def read_benchmark(folder: str | Path) -> Benchmark:
    """Read a benchmark folder.

    Parameters
    ----------
    folder
        Its path.

    Raises
    ------
    BenchmarkError
        Naming the file, and the line where there is one, that is missing or malformed.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BenchmarkError(f"There is no benchmark folder '{folder}'.")
    if not (folder / "benchmark.json").is_file():
        raise BenchmarkError(f"'{folder}' is not a benchmark: it has no benchmark.json.")
    about = read_json(folder / "benchmark.json")
    if about.get("kind") != KIND:
        raise BenchmarkError(f"'{folder}' must be a benchmark of kind '{KIND}'; got {about.get('kind')!r}.")
    _check_about(about, folder / "benchmark.json")
    rows = read_table(folder / "scenes.parquet", schema=_SCENES)
    return Benchmark(
        folder=folder,
        about=about,
        atom_rows=_atom_rows(folder / "atoms.parquet"),
        scenes=tuple(_scene(row, folder) for row in rows),
        pcm_sha256={row["clip_id"]: row["pcm_sha256"] for row in rows},
        queries=tuple(_queries(folder)),
        qrels=_qrels(folder),
        pairs=tuple(_pairs(folder)),
    )


def _check_about(about: Mapping[str, Any], path: Path) -> None:
    recipe = about.get("recipe")
    if not (isinstance(recipe, dict) and {"sample_rate", "phrases"} <= set(recipe)):
        raise BenchmarkError(f"'{path}': 'recipe' must hold 'sample_rate' and 'phrases'.")
    try:
        check_sample_rate(recipe["sample_rate"])
    except (SoundsError, TypeError) as error:
        raise BenchmarkError(f"'{path}': 'recipe.sample_rate': {error}") from error
    phrases = recipe["phrases"]
    if not (isinstance(phrases, dict) and all(isinstance(phrase, str) and phrase for phrase in phrases.values())):
        raise BenchmarkError(f"'{path}': 'recipe.phrases' must give each label a text; got {phrases!r}.")
    if not isinstance(about.get("counts"), dict):
        raise BenchmarkError(f"'{path}': 'counts' must be a table; got {about.get('counts')!r}.")


def _atom_rows(path: Path) -> list[dict[str, Any]]:
    rows = read_table(path, schema=_ATOMS)
    for number, row in enumerate(rows, start=1):
        _check_filled(row, f"'{path}', row {number}")
    return rows


def _check_filled(row: Mapping[str, Any] | None, where: str) -> None:
    """Refuse null, empty text, and numbers that are not finite or beyond what float32 holds."""
    for field, value in (row or {"row": None}).items():
        if value is None or value == "" or (isinstance(value, float) and not abs(value) < _LARGEST):
            raise BenchmarkError(f"{where}: '{field}' must be filled in and finite; got {value!r}.")


def _scene(row: Mapping[str, Any], folder: Path) -> Scene:
    where = f"'{folder / 'scenes.parquet'}', clip '{row['clip_id']}'"
    for part in (row, row["background"], *(row["events"] or ())):
        _check_filled(part, where)
    events = []
    for event in row["events"]:
        onset, offset = (_on_grid(event[name], name, where) for name in ("onset_s", "offset_s"))
        if not 0 <= onset < offset:
            raise BenchmarkError(
                f"{where}: event '{event['label']}' must end after it starts; got {onset} to {offset}."
            )
        events.append(Placed(event["label"], event["atom_id"], onset, offset, event["gain"]))
    background = row["background"]
    return Scene(
        clip_id=row["clip_id"],
        ticks=_on_grid(row["duration_s"], "duration_s", where),
        background=Background(
            background["colour"], _on_grid(background["start_s"], "background.start_s", where), background["gain"]
        ),
        events=tuple(events),
        scale=row["scale"],
    )


def _on_grid(seconds: float, field: str, where: str) -> int:
    ticks = seconds_to_ticks(seconds)
    if ticks / TICKS_PER_S != seconds or not 0 <= seconds <= LONGEST_CLIP_S:
        raise BenchmarkError(
            f"{where}: '{field}' must lie on the grid of 10 ms between 0 and {LONGEST_CLIP_S} s; got {seconds!r} s."
        )
    return ticks


def _parsed(text: object, path: Path, line: int, field: str) -> Constraint:
    try:
        return parse(str(text))
    except ValueError as error:
        raise BenchmarkError(f"'{path}', line {line}: '{field}': {error}") from error


def _texts(row: Mapping[str, Any], path: Path, line: int) -> Mapping[str, Any]:
    """Refuse fields that are not text; paraphrases are a list of texts."""
    for field, value in row.items():
        said = value if field == "paraphrases" else [value]
        if not isinstance(said, list) or not all(isinstance(text, str) and text for text in said):
            raise BenchmarkError(f"'{path}', line {line}: '{field}' must be text; got {value!r}.")
    return row


def _queries(folder: Path) -> list[QueryRow]:
    path = folder / "queries.jsonl"
    columns = ("query_id", "task", "text", "constraint", "paraphrases")
    return [
        QueryRow(
            row["query_id"],
            row["task"],
            row["text"],
            _parsed(row["constraint"], path, line, "constraint"),
            tuple(row["paraphrases"]),
        )
        for line, content in enumerate(read_jsonl(path, columns=columns), start=1)
        for row in (_texts(content, path, line),)
    ]


def _pairs(folder: Path) -> list[PairRow]:
    path = folder / "pairs.jsonl"
    columns = ("pair_id", "query_id", "task", "positive", "negative", "broken")
    return [
        PairRow(**{**_texts(row, path, line), "broken": _parsed(row["broken"], path, line, "broken")})
        for line, row in enumerate(read_jsonl(path, columns=columns), start=1)
    ]


def _qrels(folder: Path) -> dict[tuple[str, str], int]:
    path = folder / "qrels.tsv"
    qrels: dict[tuple[str, str], int] = {}
    for line, (query, _, clip, relevance) in enumerate(read_tsv(path, n_columns=4), start=1):
        if relevance not in ("0", "1"):
            raise BenchmarkError(f"'{path}', line {line}: the relevance must be 0 or 1; got {relevance!r}.")
        if (query, clip) in qrels:
            raise BenchmarkError(f"'{path}', line {line}: the pair {query} {clip} is there twice.")
        qrels[query, clip] = int(relevance)
    return qrels
