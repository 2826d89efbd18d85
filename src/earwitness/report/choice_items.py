"""The items of a page, one by one, as its program reads them: questions, verdicts, words, and sound where it is there.

Nothing is marked here again: verdicts come as they were counted. What models said is cut where all of it would make the
page too large, and then says how much is left out.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import numpy as np

from earwitness.errors import AudioError, BenchmarkError
from earwitness.mmar.items import Item, Items
from earwitness.mmar.marking import VERDICTS, Marked, Prediction
from earwitness.mmar.recordings import sound_path
from earwitness.report.findings import Row
from earwitness.sounds.audio import stream_audio

__all__ = ["AUDIO_BYTES", "WORDS", "Shown", "item_data", "sources"]

AUDIO_BYTES = 3_000_000
"""How much sound a page holds, in characters of base64; the other recordings are played from where they lie."""
WORDS = 3_000_000
"""How many characters of what models said a page holds, about."""
_FEWEST = 60  # characters of one answer that are always shown
_HEAD = 0.4  # of what is left of a long answer; the choice mostly stands at its end
_LONGEST_S = 60.0  # of a recording that is put into the page
_MP3_RATES = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000}


class Shown(NamedTuple):
    """A system whose answers can be read on the page."""

    marked: Marked
    """Its verdicts."""
    predictions: Mapping[str, Prediction]
    """What it gave back, by item."""
    by_extractor: Mapping[str, Marked]
    """Its verdicts under other extractors; empty where they were not asked for."""


def item_data(
    items: Items,
    systems: Sequence[Shown],
    *,
    sounds: Mapping[str, str],
    places: Mapping[str, Mapping[str, str]] | None = None,
    words: int = WORDS,
) -> Row:
    """Return what the browser of items reads.

    Parameters
    ----------
    items
        The items.
    systems
        Whose answers are shown.
    sounds
        Where each item's recording is played from, by id.
    places
        Where raters found each item to be, by system and id.
    words
        How many characters of what models said may be in it, about.
    """
    placed = places or {}
    most = max(_FEWEST, words // max(1, 2 * len(systems) * len(items)))
    return {
        "verdicts": list(VERDICTS),
        "items": [
            {
                **{"id": item.id, "q": item.question, "c": list(item.choices), "g": item.gold},
                **{"l": item.layer, "m": item.modality, "s": item.sub_category, "a": sounds.get(item.id)},
            }
            for item in items
        ],
        "systems": [_system(items, each, placed.get(each.marked.name, {}), most=most) for each in systems],
    }


def _system(items: Items, system: Shown, places: Mapping[str, str], *, most: int) -> Row:
    given = [system.predictions.get(item.id) for item in items]
    return {
        "name": system.marked.name,
        "v": _codes(system.marked),
        "c": [-1 if mark.choice is None else mark.choice for mark in system.marked.marks],
        "w": [None if each is None or each.text is None else _cut(each.text, most) for each in given],
        "t": [_cut(each.reasoning, most) if each is not None and each.reasoning else None for each in given],
        "e": [_cut(each.error, most) if each is not None and each.error else None for each in given],
        "p": [places.get(item.id) for item in items] if places else None,
        "x": {name: _codes(card) for name, card in system.by_extractor.items() if card is not system.marked},
    }


def _codes(card: Marked) -> str:
    """Return a digit for each item: the place of its verdict among ``VERDICTS``."""
    return "".join(str(VERDICTS.index(mark.verdict)) for mark in card.marks)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    head = int(_HEAD * most)
    tail = most - head
    return f"{text[:head]}\n[… {len(text) - most:,} more …]\n{text[-tail:]}"


def sources(items: Items, page: Path, *, first: Sequence[str] = (), audio_bytes: int = AUDIO_BYTES) -> dict[str, str]:
    """Return where the recording of each item is played from, for those whose recording is there.

    As many as find room are in the page itself, as MP3; the others are linked by their place beside the page.

    Parameters
    ----------
    items
        The items.
    page
        Where the page will lie.
    first
        Ids of the items whose recordings are put into the page first.
    audio_bytes
        How many characters these may take altogether.
    """
    there: dict[str, Path] = {}
    for item in items:
        path = _path(items, item)
        if path is not None:
            there[item.id] = path
    found: dict[str, str] = {}
    held: dict[Path, str] = {}
    left = audio_bytes
    for name in dict.fromkeys([*(name for name in first if name in there), *there]):
        path = there[name]
        if path not in held and left > 0:
            sound = _embedded(path)
            if sound is not None and len(sound) <= left:
                held[path] = sound
                left -= len(sound)
            elif sound is not None:
                left = 0  # full: what is still to come would only be tried in vain
        found[name] = held.get(path) or _link(path, page)
    return found


def _path(items: Items, item: Item) -> Path | None:
    try:
        path = sound_path(items, item)
    except BenchmarkError:
        return None
    return path if path.is_file() else None


def _link(path: Path, page: Path) -> str:
    """Return a link to a file that holds as long as page and file are moved together."""
    try:
        return quote(Path(os.path.relpath(path, page.resolve().parent)).as_posix())
    except ValueError:  # another drive
        return path.as_uri()


def _embedded(path: Path) -> str | None:
    """Return a recording as MP3 in a data URI; None where it cannot be had so."""
    import soundfile

    blocks, n = [], 0
    try:
        with stream_audio(path) as audio:
            rate = audio.sample_rate
            if rate not in _MP3_RATES:
                return None
            for block in audio.blocks:
                blocks.append(block)
                n += len(block)
                if n > _LONGEST_S * rate:
                    return None
    except AudioError:
        return None  # the page's player says so of the file itself
    if not n or blocks[0].shape[1] > 2:
        return None
    file = io.BytesIO()
    samples = np.clip(np.concatenate(blocks), -1.0, 1.0)
    soundfile.write(file, samples, rate, format="MP3", subtype="MPEG_LAYER_III")
    return f"data:audio/mpeg;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
