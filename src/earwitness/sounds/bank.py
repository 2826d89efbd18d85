"""Sound banks: what recordings there are, what each one is called, and whose it is.

This file holds the types that every kind of bank gives; ``layouts.py`` reads them from disk. It also holds what is
done with a bank before anything is decoded: joining, splitting, renaming, and refusing labels that cannot stand
beside each other.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from earwitness.errors import BankError
from earwitness.sounds.audio import Audio

__all__ = [
    "Bank",
    "LabelRow",
    "Ontology",
    "Recording",
    "check_entailment",
    "check_label",
    "check_labels",
    "entailing_pairs",
    "merge_banks",
    "read_label_table",
    "read_ontology",
    "read_rows",
    "relabel",
    "select_split",
    "split_of",
]

_LONGEST_LABEL = 100


@dataclass(frozen=True)
class Recording:
    """One recording of one labelled sound, not decoded yet."""

    label: str
    """What is heard."""
    source: str
    """Where it comes from; recordings with one source are one recording for every split."""
    licence: str
    """Its licence, as the bank states it ("unknown" when it does not)."""
    name: str
    """What reports and errors call it: the path inside the bank, or ``builtin/rain/3``."""
    read: Callable[[], Audio]
    """Decodes it; picklable, so that worker processes can be given it."""
    parameters: Mapping[str, float] = field(default_factory=dict, hash=False)
    """What a recording that was synthesised was made with; empty for one that was recorded."""


def split_of(source: str) -> str:
    """Return ``"train"`` (60 %) or ``"test"`` (40 %) by a hash of the source and nothing else.

    There is no seed: every command that is given the same recordings divides them alike.
    """
    digest = hashlib.sha256(source.encode()).digest()
    return "train" if int.from_bytes(digest[:8], "big") % 10 < 6 else "test"


@dataclass(frozen=True)
class Bank:
    """Labelled recordings from one place."""

    name: str
    """What reports and errors call it."""
    recordings: tuple[Recording, ...]
    """Its recordings; sorted by label, name and source when the bank is made."""
    phrases: Mapping[str, str] = field(default_factory=dict)
    """How queries say a label ("dog" -> "a dog barking"), for the labels that have their own phrase."""

    def __post_init__(self) -> None:
        """Sort the recordings, so that banks with the same recordings are equal."""
        ordered = sorted(self.recordings, key=lambda recording: (recording.label, recording.name, recording.source))
        object.__setattr__(self, "recordings", tuple(ordered))

    @property
    def labels(self) -> tuple[str, ...]:
        """The distinct labels, sorted."""
        return tuple(sorted({recording.label for recording in self.recordings}))


def check_label(label: str) -> None:
    """Refuse a label that cannot name a folder everywhere.

    Raises
    ------
    BankError
        When it is empty, over 100 characters, ``.`` or ``..``, holds a slash, a backslash, a control character or
        what is not Unicode, or starts or ends with white space.
    """
    fault = None
    if not label:
        fault = "it is empty"
    elif len(label) > _LONGEST_LABEL:
        fault = f"it has {len(label)} characters, expected at most {_LONGEST_LABEL}"
    elif label in (".", ".."):
        fault = "it means a folder above"
    elif any(character in "/\\" for character in label):
        fault = "it holds a slash"
    elif any(ord(character) < 32 or 127 <= ord(character) < 160 for character in label):
        fault = "it holds a control character"
    elif any(0xD800 <= ord(character) < 0xE000 for character in label):
        fault = "it is not valid Unicode"
    elif label != label.strip():
        fault = "it starts or ends with white space"
    if fault:
        raise BankError(f"The label {label!r} cannot be used as a folder name: {fault}.")


def check_labels(labels: Iterable[str]) -> None:
    """Refuse a set of labels that cannot make a benchmark.

    Raises
    ------
    BankError
        When a label cannot name a folder, labels differ only by case (all of them are named), or there are fewer
        than two.
    """
    distinct = sorted(set(labels))
    for label in distinct:
        check_label(label)
    by_folded: dict[str, list[str]] = defaultdict(list)
    for label in distinct:
        by_folded[label.casefold()].append(label)
    alike = [" / ".join(map(repr, group)) for group in by_folded.values() if len(group) > 1]
    if alike:
        raise BankError(f"Labels that differ only by case: {', '.join(alike)}. A label table can join or rename them.")
    if len(distinct) < 2:
        found = f"only {distinct[0]!r}" if distinct else "none"
        raise BankError(f"A bank needs at least two labels, found {found}.")


def merge_banks(banks: Sequence[Bank]) -> Bank:
    """Return the union of several banks.

    Parameters
    ----------
    banks
        One or more; one alone is returned as it is.

    Raises
    ------
    BankError
        When there are none, when two have the same label (nobody has said that they mean the same sound by it), or
        when labels or phrases of different banks contradict each other.
    """
    if not banks:
        raise BankError("No sound bank was given, expected at least one.")
    if len(banks) == 1:
        return banks[0]
    owner: dict[str, str] = {}
    clashes = []
    for bank in banks:
        for label in bank.labels:
            if label in owner:
                clashes.append(f"{label!r} (in {owner[label]!r} and {bank.name!r})")
            owner.setdefault(label, bank.name)
    if clashes:
        raise BankError(
            f"The same label in two banks: {', '.join(clashes)}. Rename one of them with a label table, or list the "
            "recordings of both in one CSV manifest when they are the same sound."
        )
    recordings = tuple(recording for bank in banks for recording in bank.recordings)
    phrases = {label: phrase for bank in banks for label, phrase in bank.phrases.items()}
    merged = Bank(name=" + ".join(bank.name for bank in banks), recordings=recordings, phrases=phrases)
    check_labels(merged.labels)
    _check_phrases(merged)
    return merged


def select_split(bank: Bank, *, split: str) -> Bank:
    """Return the bank with the recordings of one split.

    Parameters
    ----------
    bank
        The whole bank.
    split
        ``"train"``, ``"test"`` or ``"all"``.

    Raises
    ------
    BankError
        When the split is another word, or leaves fewer than two labels.
    """
    if split not in ("train", "test", "all"):
        raise BankError(f"The split must be 'train', 'test' or 'all', got {split!r}.")
    if split == "all":
        return bank
    kept = tuple(recording for recording in bank.recordings if split_of(recording.source) == split)
    selected = _with_recordings(bank, kept)
    if len(selected.labels) < 2:
        raise BankError(
            f"The split {split!r} of the bank {bank.name!r} holds {len(selected.labels)} of its {len(bank.labels)} "
            "labels, expected at least two: it has too few sources."
        )
    return selected


def _with_recordings(bank: Bank, recordings: tuple[Recording, ...]) -> Bank:
    labels = {recording.label for recording in recordings}
    phrases = {label: phrase for label, phrase in bank.phrases.items() if label in labels}
    return replace(bank, recordings=recordings, phrases=phrases)


def _check_phrases(bank: Bank) -> None:
    by_phrase: dict[str, list[str]] = defaultdict(list)
    for label, phrase in sorted(bank.phrases.items()):
        by_phrase[phrase.casefold()].append(label)
    for label in bank.labels:  # a label without a phrase is said as it is written
        if label not in bank.phrases:
            by_phrase[label.replace("_", " ").casefold()].append(label)
    for phrase, labels in by_phrase.items():
        if len(labels) > 1:
            raise BankError(f"One phrase for different labels: {phrase!r} is said for {', '.join(map(repr, labels))}.")


def read_rows(path: Path, *, required: Sequence[str], optional: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Read a CSV file (UTF-8, with or without a byte order mark) that has a header.

    Parameters
    ----------
    path
        The file.
    required, optional
        The columns that it must and may have; no others.

    Yields
    ------
    tuple of int and dict
        The line on which a row starts, and its fields; optional columns that the file lacks are ``""``.

    Raises
    ------
    BankError
        Naming the file and the line, when it cannot be read or is malformed.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BankError(f"Cannot read {str(path)!r}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BankError(f"{str(path)!r} is not UTF-8 text (byte {error.start}).") from error
    expected = f"expected {','.join(required)}" + (f" and perhaps {','.join(optional)}" if optional else "")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    columns: list[str] | None = None
    try:
        for row in reader:
            start, line = line, reader.line_num + 1
            if not any(row):
                continue
            if columns is None:
                columns = [name.strip() for name in row]
                wrong = [name for name in columns if name not in (*required, *optional)]
                wrong += [name for name in required if name not in columns]
                if wrong or len(set(columns)) < len(columns):
                    raise BankError(f"{str(path)!r} line {start}: {expected}; got the header {','.join(columns)}.")
                continue
            if len(row) != len(columns):
                raise BankError(f"{str(path)!r} line {start}: expected {len(columns)} fields, got {len(row)}.")
            yield start, dict.fromkeys(optional, "") | dict(zip(columns, row, strict=True))
    except csv.Error as error:
        raise BankError(f"{str(path)!r} line {line}: malformed CSV: {error}.") from error
    if columns is None:
        raise BankError(f"{str(path)!r} is empty: {expected} in its first line.")


class LabelRow(NamedTuple):
    """One row of a label table."""

    label: str
    """The label as the bank has it."""
    name: str
    """What it becomes; the label itself when the table gives no name."""
    phrase: str
    """How queries say it; empty when the table gives no phrase."""
    where: str
    """The file and line, for errors."""


def read_label_table(path: str | os.PathLike[str]) -> tuple[LabelRow, ...]:
    """Read a CSV file ``label,name,phrase`` that renames labels and says how queries speak of them.

    Parameters
    ----------
    path
        The file; ``name`` and ``phrase`` may be empty or missing.

    Raises
    ------
    BankError
        Naming the file and line, when it is malformed or has a label twice.
    """
    rows: dict[str, LabelRow] = {}
    for line, fields in read_rows(Path(path), required=["label"], optional=["name", "phrase"]):
        where = f"{str(path)!r} line {line}"
        label, name = fields["label"].strip(), fields["name"].strip()
        phrase = " ".join(fields["phrase"].split())
        if label in rows:
            raise BankError(f"{where}: the label {label!r} stands already in {rows[label].where}.")
        try:
            check_label(name or label)
        except BankError as error:
            raise BankError(f"{where}: {error}") from error
        if not phrase.isprintable():
            raise BankError(f"{where}: the phrase {phrase!r} holds characters that cannot be printed.")
        rows[label] = LabelRow(label, name or label, phrase, where)
    return tuple(rows.values())


def relabel(bank: Bank, table: Sequence[LabelRow]) -> Bank:
    """Return the bank with its labels renamed, and phrased, by a table.

    Labels that are given the same name become one label: that is how synonyms are joined. Labels that the table does
    not name stay.

    Raises
    ------
    BankError
        When the table names a label that the bank lacks, gives one label two phrases or two labels one phrase, or
        leaves labels that cannot stand beside each other.
    """
    have = set(bank.labels)
    for row in table:
        if row.label not in have:
            raise BankError(f"{row.where}: the bank {bank.name!r} has no label {row.label!r}.")
    names = {row.label: row.name for row in table}
    given = {row.label: row.phrase for row in table if row.phrase}
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for label in bank.labels:
        phrase = given.get(label, bank.phrases.get(label))
        if phrase is not None:
            said[names.get(label, label)].setdefault(phrase, label)
    for name, origins in said.items():
        # What the table says goes before what the bank said of one of the labels that are joined.
        stated = {phrase: label for phrase, label in origins.items() if label in given} or origins
        if len(stated) > 1:
            both = " and ".join(f"{phrase!r} (for {label!r})" for phrase, label in stated.items())
            raise BankError(f"The label {name!r} would have two phrases: {both}. Give its rows the same phrase.")
        said[name] = stated
    renamed = Bank(
        name=bank.name,
        recordings=tuple(replace(r, label=names.get(r.label, r.label)) for r in bank.recordings),
        phrases={name: next(iter(origins)) for name, origins in said.items()},
    )
    check_labels(renamed.labels)
    _check_phrases(renamed)
    return renamed


@dataclass(frozen=True)
class Ontology:
    """Which sounds are kinds of which: AudioSet's ontology, or one of its form."""

    names: Mapping[str, str]
    """The name of each node, by its id."""
    children: Mapping[str, tuple[str, ...]]
    """The ids of the nodes right below each node."""


def read_ontology(path: str | os.PathLike[str]) -> Ontology:
    """Read an ontology in AudioSet's JSON form: a list of ``{"id", "name", "child_ids"}``.

    Raises
    ------
    BankError
        Naming the file and the entry, when it is not of that form.
    """
    where = repr(os.fspath(path))
    try:
        nodes = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise BankError(f"Cannot read the ontology {where}: {error.strerror}.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BankError(f"The ontology {where} is not JSON: {error}.") from error
    if not isinstance(nodes, list):
        raise BankError(f"The ontology {where} must be a list of nodes, got {type(nodes).__name__}.")
    names: dict[str, str] = {}
    children: dict[str, tuple[str, ...]] = {}
    for number, node in enumerate(nodes, start=1):
        ids = node.get("child_ids") if isinstance(node, dict) else None
        if not isinstance(ids, list) or not all(
            isinstance(text, str) for text in (node.get("id"), node.get("name"), *ids)
        ):
            raise BankError(f"The ontology {where}, node {number}: expected id, name and child_ids, got {node!r:.80}.")
        names[node["id"]] = node["name"]
        children[node["id"]] = tuple(ids)
    return Ontology(names, children)


def _spoken(name: str) -> str:
    """Return what is compared of a name: FSD50K writes AudioSet's "Boat, Water vehicle" with "_and_" for the comma."""
    return " ".join(name.replace("_", " ").replace(",", " and ").casefold().split())


def entailing_pairs(labels: Iterable[str], ontology: Ontology) -> tuple[tuple[str, str], ...]:
    """Return the pairs of labels of which one is a kind of the other.

    Names are compared without regard to case, with underscores as spaces and commas as "and". Labels that the
    ontology does not know entail nothing. An ontology with a cycle is read all the same.

    Parameters
    ----------
    labels
        The labels of a bank.
    ontology
        What is a kind of what.

    Returns
    -------
    tuple of (str, str)
        Sorted pairs (general, special), as ("Dog", "Bark"); two labels for one node are a pair as well.

    Examples
    --------
    >>> tree = Ontology({"1": "Dog", "2": "Bark"}, {"1": ("2",), "2": ()})
    >>> entailing_pairs(["bark", "dog", "rain"], tree)
    (('dog', 'bark'),)
    """
    nodes_of: dict[str, list[str]] = defaultdict(list)
    for node, name in ontology.names.items():
        nodes_of[_spoken(name)].append(node)
    labels_at: dict[str, set[str]] = defaultdict(set)
    distinct = sorted(set(labels))
    for label in distinct:
        for node in nodes_of.get(_spoken(label), ()):
            labels_at[node].add(label)
    pairs: set[tuple[str, str]] = set()
    for top, general in labels_at.items():
        seen = {top}
        waiting = [top]
        while waiting:
            below = [node for node in ontology.children.get(waiting.pop(), ()) if node not in seen]
            seen.update(below)
            waiting.extend(below)
        for node in seen:
            for label in labels_at.get(node, ()):
                pairs.update((one, label) for one in general if one != label and (node != top or one < label))
    return tuple(sorted(pairs))


def check_entailment(labels: Iterable[str], ontology: Ontology) -> None:
    """Refuse labels that entail each other: with "Dog" beside "Bark", "without a dog" would be a lie.

    Raises
    ------
    BankError
        Naming every pair.
    """
    pairs = entailing_pairs(labels, ontology)
    if pairs:
        listed = ", ".join(f"{special!r} is a kind of {general!r}" for general, special in pairs)
        counts = Counter(general for general, _ in pairs)
        advice = ", ".join(repr(general) for general in sorted(counts))
        raise BankError(f"Labels that entail each other: {listed}. Leave out the general ones ({advice}) or join them.")
