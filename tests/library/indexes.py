"""Indexes of known events, for tests: nobody has to listen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from earwitness.library.accounts import Account, account_of
from earwitness.library.store import PEOPLE, RULES, Heard, Index, make_tables
from earwitness.library.walking import AudioPlace
from earwitness.listen.base import Posteriors
from earwitness.listen.boxes import BoxModel
from earwitness.listen.evidence import PresenceModel
from earwitness.listen.fitted import save_evidence
from earwitness.listen.hearing import Heard as Piece
from earwitness.listen.relations import RelationModel
from earwitness.logic.events import Timeline


def known_index(
    folder: Path, timelines: Mapping[str, Timeline], *, duration_s: float = 10.0, confidence: float = 0.9
) -> Index:
    """Make an index whose recordings hold these events, all equally sure."""
    labels = tuple(sorted({event.label for timeline in timelines.values() for event in timeline.events}))
    index = Index(folder, folder / "library", PEOPLE, labels, {label: f"a {label}" for label in labels}, 0.0, None)
    heard = Heard(folder)
    accounts = {}
    for path, timeline in timelines.items():
        events = sorted(timeline.events, key=lambda event: (event.label, event.onset))
        accounts[path] = Account(
            round(1e6 * duration_s),
            16_000,
            np.array([labels.index(event.label) for event in events], np.int16),
            np.array([round(1e6 * event.onset) for event in events], np.int64),
            np.array([round(1e6 * event.offset) for event in events], np.int64),
            np.full(len(events), confidence, np.float32),
            np.array([label in timeline.by_label for label in labels], np.float32),
            np.zeros(0, np.int16),
            np.zeros((0, 0), np.uint8),
        )
    if accounts:
        heard.add(accounts)
    found = [(AudioPlace(path, 1, 1), path) for path in timelines]
    return make_tables(index, heard, found=found, faults=[])


def heard_index(
    folder: Path,
    probs: Mapping[str, npt.NDArray[np.float32]],
    labels: tuple[str, ...],
    *,
    rules: tuple[PresenceModel, RelationModel, BoxModel],
    hop_s: float = 0.25,
) -> Index:
    """Make an index of recordings in which a listener heard these posteriors."""
    presence, relations, boxes = rules
    index = Index(
        folder, folder / "library", "a listener", labels, {label: f"a {label}" for label in labels}, hop_s, None
    )
    listener: Any = SimpleNamespace(labels=labels, hop_s=hop_s, presence=presence, boxes=boxes)
    heard = Heard(folder)
    accounts = {}
    for path, values in probs.items():
        length_s = len(values) * hop_s
        pieces = [Piece(Posteriors(labels, hop_s, values), length_s, length_s, 16_000)]
        with mock.patch("earwitness.library.accounts.hear_file", lambda *_, pieces=pieces: iter(pieces)):
            accounts[path] = account_of(listener, Path(path))
    heard.add(accounts)
    save_evidence(folder / RULES, presence=presence, relations=relations, boxes=boxes)
    return make_tables(index, heard, found=[(AudioPlace(path, 1, 1), path) for path in probs], faults=[])
