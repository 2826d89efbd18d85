"""Building a benchmark: sounds to atoms, atoms to a plan, the plan to a folder whose checksums are its proof.

The folder is built beside its final place, as ``OUT.building``, and moves there when it is whole: nobody ever meets
half a benchmark, and a benchmark that is replaced is there until the new one is.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from earwitness import __version__
from earwitness.errors import BankError, BenchmarkError, OutputError, ReadingError
from earwitness.logic.constraint import clauses_of
from earwitness.logic.reading import Reader
from earwitness.logic.wording import default_phrase, paraphrases
from earwitness.parallel import Progress, map_chunks, stage_of, worker_pool
from earwitness.reasonaudio.card import dataset_card
from earwitness.reasonaudio.folder import (
    FILES,
    KIND,
    PairRow,
    QueryRow,
    read_benchmark,
    renderer_of,
    write_atom_table,
    write_pairs,
    write_qrels,
    write_queries,
    write_scenes,
)
from earwitness.reasonaudio.plan import Plan, plan_benchmark
from earwitness.reasonaudio.recipe import Recipe
from earwitness.records import read_json, sha256_of_bytes, sha256_of_file, write_json, write_text
from earwitness.rng import generator
from earwitness.scenes.pantry import Pantry
from earwitness.scenes.spec import Scene
from earwitness.sounds.atoms import (
    Atom,
    Preparation,
    atom_rows,
    preparation_counts,
    prepare_all,
    write_atoms,
)
from earwitness.sounds.bank import Bank

__all__ = ["BuildReport", "BuildSettings", "build"]

_CHUNK = 250
_PACKAGES = ("numpy", "pyarrow", "soundfile", "soxr", "pyloudnorm")


@dataclass(frozen=True)
class BuildSettings:
    """What a benchmark is built by, besides its bank and its recipe."""

    seed: int
    """Any integer; the same seed gives the same benchmark."""
    sample_rate: int = 16_000
    """Samples a second; a multiple of 100 from 8,000 to 48,000."""
    split: str = "all"
    """Which recordings of the bank are used: ``"train"``, ``"test"`` or ``"all"``."""
    jobs: int = 1
    """Worker processes; the result does not depend on it."""


@dataclass(frozen=True)
class BuildReport:
    """What was built."""

    folder: Path
    """Where it is."""
    counts: Mapping[str, Any]
    """How many of what; as in ``benchmark.json``."""
    preparation: Preparation
    """What became of the recordings; empty when the benchmark was there already."""
    labels_without_atom: tuple[str, ...]
    """Labels of the bank none of whose recordings gave an atom."""


def build(
    out: Path,
    bank: Bank,
    *,
    recipe: Recipe,
    settings: BuildSettings,
    resume: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> BuildReport:
    """Build a benchmark folder.

    Parameters
    ----------
    out
        Where it will be.
    bank
        The recordings, already of the split that the settings name.
    recipe
        What to ask, and what the scenes are like.
    settings
        Seed, sample rate, split and jobs.
    resume
        Go on with a build that was stopped.
    force
        Replace a benchmark that is there, and forget one that was stopped.
    progress
        Called with a stage's name, the number done and the number wanted.

    Raises
    ------
    OutputError
        When the place is taken, or cannot be written.
    RecipeError
        When the recipe asks for more than the bank can give.
    BankError
        When the bank contradicts itself, or its phrases cannot be read back.
    """
    identity = _identity(bank, recipe, settings)
    if resume and not force and (out / "benchmark.json").is_file():
        return _already_built(out, identity)
    work = _workshop(out, identity, resume=resume, force=force)
    cache = work / "cache"
    preparation = prepare_all(
        bank,
        sample_rate=settings.sample_rate,
        max_per_label=recipe.atoms_per_label,
        jobs=settings.jobs,
        cache=cache / "atoms",
        progress=stage_of(progress, "atoms"),
    )
    atoms, without = _chosen_atoms(bank, preparation, recipe, settings.seed)
    phrases = {label: bank.phrases.get(label) or default_phrase(label) for label in sorted({a.label for a in atoms})}
    reader = _reader(phrases)
    plan = plan_benchmark(recipe, Pantry(atoms), seed=settings.seed, progress=progress)
    queries = _worded(plan, recipe, phrases, reader, seed=settings.seed)
    used = {event.atom_id for scene in plan.scenes for event in scene.events}
    atoms = [atom for atom in atoms if atom.atom_id in used]
    write_atoms(atoms, work)
    write_atom_table(work, atoms)
    scenes, digests = _rendered(work, plan.scenes, settings, cache, progress)
    write_scenes(work, scenes, digests)
    write_queries(work, queries)
    write_qrels(work, _qrel_rows(plan))
    write_pairs(work, _pair_rows(plan))
    counts = _counts(plan, atoms, preparation)
    about = _about(recipe, settings, phrases, counts)
    write_text(work / "README.md", dataset_card(about, name=out.name, atoms=atom_rows(atoms), queries=queries))
    _publish(work, out, about, atoms, force=force)
    return BuildReport(out, counts, preparation, without)


# --- where the work is done ---


def _identity(bank: Bank, recipe: Recipe, settings: BuildSettings) -> dict[str, Any]:
    """Return what must be the same for a build to be gone on with."""
    recordings = json.dumps([(r.label, r.source, r.licence, r.name) for r in bank.recordings])
    return {
        "version": __version__,
        "recipe": {"name": recipe.name, **recipe.source},
        "seed": settings.seed,
        "sample_rate": settings.sample_rate,
        "split": settings.split,
        "phrases": dict(bank.phrases),
        "recordings": sha256_of_bytes(recordings.encode()),
    }


def _workshop(out: Path, identity: Mapping[str, Any], *, resume: bool, force: bool) -> Path:
    """Return the folder to build in, new or gone on with."""
    if out.exists() and not (force or resume):
        raise OutputError(f"'{out}' exists already: name another folder, or replace it with --force.")
    if out.exists() and not (out / "benchmark.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"'{out}' exists and is not a benchmark, so it will not be replaced: name another folder.")
    place = Path(os.path.abspath(out))
    work = place.with_name(f"{place.name}.building")
    note = work / "building.json"
    if work.exists() and not _is_workshop(work):
        raise OutputError(f"'{work}', where '{out}' would be built, is something else: name another folder.")
    if work.exists() and force:
        shutil.rmtree(work)
    if work.exists() and not resume:
        raise OutputError(f"'{work}' is a build that was stopped: go on with --resume, or begin anew with --force.")
    if work.exists() and note.is_file():
        begun = read_json(note)
        changed = sorted(key for key in identity if begun.get(key) != json.loads(json.dumps(identity[key])))
        if changed:
            raise OutputError(
                f"'{work}' was begun with other settings ({', '.join(changed)}): give the same ones to --resume, or "
                "begin anew with --force."
            )
    else:
        write_json(note, identity)
    return work


def _already_built(out: Path, identity: Mapping[str, Any]) -> BuildReport:
    """Return the report of a benchmark that is whole, when it is the one that was asked for."""
    about = read_benchmark(out).about
    versions = about.get("versions")
    version = versions.get("earwitness") if isinstance(versions, dict) else None
    have = {**about["recipe"], "seed": about.get("seed"), "version": version}
    want = {**identity, **identity["recipe"]}
    # Which recordings it was made from is not told by a benchmark; its own checksums vouch for what it holds.
    asked = (*identity["recipe"], "seed", "sample_rate", "split", "version")
    changed = sorted(key for key in asked if have.get(key) != json.loads(json.dumps(want[key])))
    if changed:
        raise OutputError(
            f"'{out}' is complete, and was built with other settings ({', '.join(changed)}): name another folder, or "
            "replace it with --force."
        )
    return BuildReport(out, about["counts"], Preparation((), ()), ())


def _is_workshop(folder: Path) -> bool:
    """Whether a folder was begun by a build, so that it may be gone on with or removed."""
    marks = ("building.json", "benchmark.json", ".building.json.")
    found = [path.name for path in folder.iterdir()] if folder.is_dir() else ["a file"]
    return not found or any(name.startswith(marks) for name in found)


def _publish(work: Path, out: Path, about: dict[str, Any], atoms: Sequence[Atom], *, force: bool) -> None:
    """Seal the folder with its checksums and move it to its place."""
    names = [*FILES, *sorted(f"atoms/{atom.label}/{atom.atom_id}.flac" for atom in atoms)]
    about["sha256"] = {name: sha256_of_file(work / name) for name in names}
    write_json(work / "benchmark.json", about)
    if out.exists() and not force and any(out.iterdir()):
        raise OutputError(f"'{out}' appeared while the benchmark was built; it stays in '{work}'.")
    whole = {*names, "benchmark.json", "building.json"}
    try:
        shutil.rmtree(work / "cache", ignore_errors=True)
        # What a process that was killed had half written, or had made of a recording that has changed since.
        for path in work.rglob("*"):
            if path.is_file() and path.relative_to(work).as_posix() not in whole:
                path.unlink()
        if out.is_symlink():
            out.unlink()
        elif out.exists():
            shutil.rmtree(out)
        (work / "building.json").unlink()
        work.rename(out)
    except OSError as error:
        raise OutputError(f"Cannot move '{work}' to '{out}': {error.strerror or error}.") from error


# --- what goes in it ---


def _chosen_atoms(
    bank: Bank, preparation: Preparation, recipe: Recipe, seed: int
) -> tuple[list[Atom], tuple[str, ...]]:
    heard = sorted({atom.label for atom in preparation.atoms})
    without = tuple(label for label in bank.labels if label not in heard)
    if len(heard) < 2:
        reasons = ", ".join(f"{n} {reason}" for reason, n in preparation_counts(preparation))
        raise BankError(
            f"The bank '{bank.name}' must give atoms of at least two labels; got {len(heard)} of {len(bank.labels)} "
            f"({reasons})."
        )
    if len(heard) > recipe.labels:
        drawn = generator(seed, "labels").permutation(len(heard))[: recipe.labels]
        heard = [heard[place] for place in sorted(drawn.tolist())]
    return [atom for atom in preparation.atoms if atom.label in heard], without


def _reader(phrases: Mapping[str, str]) -> Reader:
    try:
        return Reader(phrases)
    except ReadingError as error:
        raise BankError(f"{error} Give them different phrases in a label table (--labels).") from error


def _worded(plan: Plan, recipe: Recipe, phrases: Mapping[str, str], reader: Reader, *, seed: int) -> list[QueryRow]:
    rows = []
    for query in plan.queries:
        constraint = query.question.constraint
        rng = generator(seed, "wording", str(constraint))
        text, *others = paraphrases(constraint, phrases, number=1 + recipe.paraphrases, rng=rng)
        for said in (text, *others):
            try:
                understood = reader.read(said)
            except ReadingError as error:
                raise BankError(f"A phrase of the bank cannot be told from the words around it: {error}") from error
            if understood != constraint:
                raise BankError(
                    f"{said!r} says {constraint} but reads {understood}: a phrase of the bank is ambiguous."
                )
        rows.append(QueryRow(query.query_id, query.question.task, text, constraint, tuple(others)))
    return rows


def _qrel_rows(plan: Plan) -> list[tuple[str, str, int]]:
    names = [scene.clip_id for scene in plan.scenes]
    rows = []
    for query, relevant in zip(plan.queries, plan.relevant, strict=True):
        rows += [(query.query_id, names[place], 1) for place in relevant.nonzero()[0]]
        hard = {clip for _, clip in (*query.negatives, *query.also_broken)}
        rows += [(query.query_id, clip, 0) for clip in sorted(hard)]
    return rows


def _pair_rows(plan: Plan) -> list[PairRow]:
    return [
        PairRow(
            pair.pair_id,
            pair.query.query_id,
            pair.query.question.task,
            pair.positive,
            pair.negative,
            clauses_of(pair.query.question.constraint)[pair.clause],
        )
        for pair in plan.pairs
    ]


def _counts(plan: Plan, atoms: Sequence[Atom], preparation: Preparation) -> dict[str, Any]:
    return {
        "recordings": dict(preparation_counts(preparation)),
        "labels": len({atom.label for atom in atoms}),
        "atoms": len(atoms),
        "clips": len(plan.scenes),
        "sequences": sum(scene.polyphony <= 1 for scene in plan.scenes),
        "events": sum(len(scene.events) for scene in plan.scenes),
        "queries": dict(Counter(query.question.task for query in plan.queries)),
        "pairs": dict(Counter(pair.query.question.task for pair in plan.pairs)),
        "judged": int(plan.relevant.size),
        "relevant": int(plan.relevant.sum()),
    }


def _about(
    recipe: Recipe, settings: BuildSettings, phrases: Mapping[str, str], counts: Mapping[str, Any]
) -> dict[str, Any]:
    versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
    return {
        "kind": KIND,
        "recipe": {
            "name": recipe.name,
            "sample_rate": settings.sample_rate,
            "split": settings.split,
            **recipe.source,
            "phrases": dict(phrases),
        },
        "seed": settings.seed,
        "counts": counts,
        "versions": {"earwitness": __version__, **versions},
    }


# --- rendering, for the scale and the checksum of every clip ---


def _rendered(
    work: Path,
    scenes: Sequence[Scene],
    settings: BuildSettings,
    cache: Path,
    progress: Progress | None,
) -> tuple[list[Scene], list[str]]:
    render = partial(_render_chunk, folder=work, atoms_sha256=sha256_of_file(work / "atoms.parquet"), cache=cache)
    with worker_pool(settings.jobs) as pool:
        done = map_chunks(
            pool,
            render,
            scenes,
            chunk=_CHUNK,
            progress=None if progress is None else lambda n: progress("clips", n, len(scenes)),
        )
    return [replace(scene, scale=scale) for scene, (scale, _) in zip(scenes, done, strict=True)], [d for _, d in done]


def _render_chunk(
    scenes: Sequence[Scene],
    *,
    folder: Path,
    atoms_sha256: str,
    cache: Path,
) -> list[tuple[float, str]]:
    """Return the scale and the SHA-256 of each clip; what was rendered before a stop is taken from the cache."""
    key = sha256_of_bytes(repr((atoms_sha256, scenes)).encode())
    kept = cache / "clips" / f"{key}.json"
    if kept.is_file():
        try:
            return [(float(scale), str(digest)) for scale, digest in read_json(kept)["clips"]]
        except BenchmarkError:
            kept.unlink()  # damaged: the clips are rendered again
    renderer = renderer_of(folder, atoms_sha256)
    done = []
    for scene in scenes:
        scaled, pcm = renderer.scaled(scene)
        done.append((scaled.scale, sha256_of_bytes(pcm.astype("<i2", copy=False).data)))
    write_json(kept, {"clips": done})
    return done
