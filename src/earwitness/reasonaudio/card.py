"""The dataset card of a benchmark: what it holds, how it was made, what it is good for and what it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from earwitness.reasonaudio.folder import QueryRow

__all__ = ["dataset_card"]


def dataset_card(
    about: Mapping[str, Any], *, name: str, atoms: Sequence[Mapping[str, Any]], queries: Sequence[QueryRow]
) -> str:
    """Return the text of a benchmark's ``README.md``.

    Parameters
    ----------
    about
        What ``benchmark.json`` holds, besides the checksums.
    name
        The benchmark's name.
    atoms
        The rows of ``atoms.parquet``.
    queries
        All queries.
    """
    sections = (_head(name, about), _tasks(about, queries), _files(name), _kept(about), _sounds(about, atoms), _LIMITS)
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


_LIMITS = (
    "## Limits",
    "",
    "Clips are composed, not found: rooms, microphones and habits of real scenes are missing. A sound stands where no "
    "one would expect it, so knowing the world does not help, and that is intended. Labels are as right as the bank's: "
    "a recording that holds another sound than its label says makes a wrong atom.",
)


def _head(name: str, about: Mapping[str, Any]) -> list[str]:
    counts, recipe = about["counts"], about["recipe"]
    return [
        "---",
        f"pretty_name: {name}",
        "tags: [audio, text-audio-retrieval, reasoning, synthetic-scenes]",
        "---",
        "",
        f"# {name}",
        "",
        "A ReasonAudio benchmark: text queries over composed clips, in which what answers a query is decided by logic "
        "over exact timelines. Every (query, clip) pair was judged; no label is an opinion.",
        "",
        *_table(
            ("", "number"),
            [
                ("clips", f"{counts['clips']:,} ({counts['sequences']:,} without overlapping events)"),
                ("events", f"{counts['events']:,}"),
                ("labels", f"{counts['labels']:,}"),
                ("atoms", f"{counts['atoms']:,}"),
                ("(query, clip) pairs judged", f"{counts['judged']:,}"),
                ("of them relevant", f"{counts['relevant']:,}"),
                ("sample rate", f"{recipe['sample_rate']:,} Hz"),
                ("recipe, seed, split", f"{recipe['name']}, {about['seed']}, {recipe['split']}"),
            ],
        ),
    ]


def _tasks(about: Mapping[str, Any], queries: Sequence[QueryRow]) -> list[str]:
    counts = about["counts"]
    rows = [(task, n, counts["pairs"].get(task, 0), _example(task, queries)) for task, n in counts["queries"].items()]
    return ["## Tasks", "", *_table(("task", "queries", "two-option pairs", "for instance"), rows)]


def _files(name: str) -> list[str]:
    return [
        "## Files",
        "",
        "- `atoms.parquet`, `atoms/<label>/<atom_id>.flac`: the sounds, each one event, loudness-normalised; "
        "`parameters` holds what a synthesised sound was made with.",
        "- `scenes.parquet`: for each clip its events `{label, atom_id, onset_s, offset_s, gain}`, its background, its "
        "scale, and the SHA-256 of its samples. A clip is rendered from these, bit by bit the same everywhere: "
        f"`earwitness export {name} OUT --format flac`.",
        "- `queries.jsonl`: text, paraphrases and constraint of each query.",
        "- `qrels.tsv`: TREC. Rows with 1 are all relevant pairs, rows with 0 the planned hard negatives; every pair "
        "without a row was judged too and is not relevant.",
        "- `pairs.jsonl`: two-option tests. Both clips hold the sounds; one breaks the clause `broken`.",
        "- `benchmark.json`: recipe, seed, versions, and the SHA-256 of every other file.",
        "",
        "Times are seconds, events are `[onset, offset)` on a grid of 10 ms. `earwitness verify` proves it all again "
        "from this folder alone.",
    ]


def _kept(about: Mapping[str, Any]) -> list[str]:
    margins = about["recipe"]["margins"]
    return [
        "## What is kept in every clip",
        "",
        f"- Two events that do not overlap are {margins['gap_s']:g} s apart or more; two that do share "
        f"{margins['overlap_s']:g} s or more.",
        f"- Every length is {margins['ratio']:.0%} or more away from any limit that a query names, and from any length "
        "that it is compared with.",
        "- A label does not overlap itself. Every event is heard over the rest of the mix. No sample is clipped.",
        "- The background is noise and holds no labelled event.",
    ]


def _sounds(about: Mapping[str, Any], atoms: Sequence[Mapping[str, Any]]) -> list[str]:
    recordings = ", ".join(f"{n:,} {what}" for what, n in about["counts"]["recordings"].items())
    return [
        "## Sounds",
        "",
        f"What became of the recordings: {recordings}.",
        "",
        *_table(("licence", "atoms"), sorted(Counter(row["licence"] for row in atoms).items())),
        "",
        "The licence and source of each atom are in `atoms.parquet`; who publishes the benchmark must honour them.",
    ]


def _example(task: str, queries: Sequence[QueryRow]) -> str:
    return next((query.text for query in queries if query.task == task), "")


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return lines + [f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
