"""What is sent of a row: the text, the recording as its arm has it, and the key that both are remembered by.

In the arms ``caption`` and ``transcript`` no recording is sent, but what is told of it: read from a file, or asked of a
captioner, another model that hears each recording once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from earwitness.errors import AnswerError, AudioError, BenchmarkError
from earwitness.mmar.arms import Arm, arm_audio, open_arm, wav_info
from earwitness.mmar.items import Item, Items
from earwitness.mmar.ledger import Book, Row, Sent
from earwitness.mmar.orders import cyclic_orders
from earwitness.mmar.prompts import Prompt, prompt_text
from earwitness.mmar.recordings import Checked
from earwitness.mmar.sending import Prepared
from earwitness.records import sha256_of_bytes, sha256_of_file
from earwitness.systems.answerer import Question
from earwitness.systems.base import About, counted

__all__ = ["DESCRIBE", "Described", "Preparing", "heard_by", "read_described"]

DESCRIBE: Mapping[str, str] = {
    "caption": "Describe in detail what can be heard in this recording, from its beginning to its end: each sound, "
    "its source and how often it occurs; what is said, by whom and in which tone; music with its instruments, its "
    "style and its mood; where it may have been recorded. Say nothing that cannot be heard.",
    "transcript": "Write down every word that is spoken or sung in this recording, in the language in which it is "
    "said, with a new line for each change of speaker. Write nothing else; where there are no words, write: no words.",
}
"""What a captioner is told, by arm."""


@dataclass(frozen=True)
class Described:
    """What recordings hold, in words."""

    by: Mapping[str, str]
    """Who says so: a model's name, spec and version, or a file and its SHA-256."""
    texts: Mapping[str, str]
    """What is said, by item."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """Why nothing is said of other items."""
    left: frozenset[str] = frozenset()
    """Items of which nothing is said yet, because asking was stopped."""


def read_described(path: Path, items: Items) -> dict[str, Described]:
    """Read what is told of recordings: JSONL with ``id`` and ``caption`` or ``transcript``, or both.

    Returns
    -------
    dict
        By arm, for those of the two that the file holds.

    Raises
    ------
    BenchmarkError
        Naming the line that is none, an id that is no item's or stands twice, or when the file says nothing.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise BenchmarkError(f"Cannot read '{path}': {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BenchmarkError(f"'{path}' is not UTF-8 text: {error}.") from error
    texts: dict[str, dict[str, str]] = {arm: {} for arm in DESCRIBE}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"'{path}', line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BenchmarkError(f"{where}: not JSON: {error}.") from error
        told = {arm: row[arm] for arm in DESCRIBE if arm in row} if isinstance(row, dict) else {}
        if not told or not isinstance(row.get("id"), str) or not all(isinstance(text, str) for text in told.values()):
            raise BenchmarkError(
                f"{where}: expected texts as 'id' and as 'caption' or 'transcript'; got {line!r:.200}."
            )
        for arm, text in told.items():
            if row["id"] in texts[arm]:
                raise BenchmarkError(f"{where}: there is a {arm} of {row['id']!r} already.")
            texts[arm][row["id"]] = text
    unknown = sorted({name for each in texts.values() for name in each} - set(items.by_id))
    if unknown:
        raise BenchmarkError(f"'{path}': expected ids of items of '{items.path}'; {counted(unknown)} are none.")
    by = {"file": path.name, "sha256": sha256_of_file(path)}
    absent = f"'{path}' says nothing of it"
    found = {
        arm: Described(by, said, faults=dict.fromkeys(set(items.by_id) - set(said), absent))
        for arm, said in texts.items()
        if said
    }
    if not found:
        raise BenchmarkError(f"'{path}' holds no captions and no transcripts.")
    return found


def heard_by(captioner: About, book: Book, rows: Sequence[Row]) -> Described:
    """Return what a captioner said of the items of some rows.

    Parameters
    ----------
    captioner
        Who was asked.
    book
        What it gave back.
    rows
        What it was to be asked.
    """
    texts, faults, left = {}, {}, set()
    for row in rows:
        entry = book.last.get(row)
        if entry is None:
            left.add(row.id)
        elif entry.error or entry.text is None:
            faults[row.id] = f"'{captioner.name}' gave none ({entry.error or entry.refused}: {entry.message})"
        else:
            texts[row.id] = entry.text
    by = {"name": captioner.name, "spec": captioner.spec, "version": captioner.version}
    return Described(by, texts, faults, frozenset(left))


@dataclass(frozen=True)
class Preparing:
    """Makes what is sent of rows."""

    items: Items
    """What is asked about."""
    checked: Mapping[str, Checked]
    """What was found of each recording, by item; nothing where none is needed."""
    prompt: Prompt
    """In which words."""
    seed: int = 0
    """For the arms."""

    def asking(self, about: About, described: Mapping[str, Described]) -> Callable[[Row], Prepared]:
        """Return what makes that which a model is sent of a row.

        Parameters
        ----------
        about
            The model.
        described
            What recordings hold, by arm.
        """
        arms: dict[str, Arm] = {}

        def prepare(row: Row) -> Prepared:
            arm = arms.setdefault(row.arm, open_arm(row.arm))
            item = self.items.by_id[row.id]
            order = cyclic_orders(item)[row.order]
            text = prompt_text(self.prompt, item, order=order, heard=_heard(arm, item, described))
            choices = tuple(item.choices[place] for place in order)
            question = Question(text, self._audio(arm, item), choices, order.index(item.gold))
            return _prepared(question, about, order)

        return prepare

    def describing(self, about: About) -> Callable[[Row], Prepared]:
        """Return what makes that which a captioner is sent of a row."""
        whole = open_arm("audio")

        def prepare(row: Row) -> Prepared:
            question = Question(DESCRIBE[row.arm], self._audio(whole, self.items.by_id[row.id]))
            return _prepared(question, about, ())

        return prepare

    def _audio(self, arm: Arm, item: Item) -> bytes | None:
        if not arm.needs_audio:
            return None
        known = self.checked.get(item.id)
        if known is not None and known.fault:
            raise AnswerError("audio", f"{known.fault}: {known.detail}")
        try:
            return arm_audio(arm, item, self.items, seed=self.seed)
        except AudioError as error:
            raise AnswerError("audio", str(error)) from error


def _heard(arm: Arm, item: Item, described: Mapping[str, Described]) -> str | None:
    if arm.described is None:
        return None
    told = described[arm.described]
    if item.id not in told.texts:
        raise AnswerError("audio", f"There is no {arm.described}: {told.faults[item.id]}")
    return told.texts[item.id]


def _prepared(question: Question, about: About, order: tuple[int, ...]) -> Prepared:
    sent = None if question.audio is None else _sent(question.audio)
    parts = [question.text, None if sent is None else sent.sha256, about.spec, about.version]
    if about.reference:
        # What sees the truth answers by it.
        parts += [*question.choices, str(question.gold)]
    key = sha256_of_bytes(json.dumps(parts).encode())
    return Prepared(question, key, order, sent)


def _sent(audio: bytes) -> Sent:
    """Return what there is to say of a WAV file that an arm made."""
    info = wav_info(audio)
    if info is None:
        raise AnswerError("audio", f"what was to be sent is no WAV file: {audio[:12]!r} ...")
    seconds = info.frames / info.sample_rate
    return Sent(sha256_of_bytes(audio), len(audio), round(seconds, 6), info.channels, info.sample_rate)
