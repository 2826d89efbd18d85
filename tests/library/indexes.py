"""Indexes of known events, for tests: nobody has to listen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from earwitness.library.accounts import Account
from earwitness.library.store import Heard, Index, make_tables
from earwitness.library.walking import AudioPlace
from earwitness.logic.events import Timeline


def known_index(
    folder: Path, timelines: Mapping[str, Timeline], *, duration_s: float = 10.0, confidence: float = 0.9
) -> Index:
    """Make an index whose recordings hold these events, all equally sure."""
    labels = tuple(sorted({event.label for timeline in timelines.values() for event in timeline.events}))
    index = Index(folder, folder / "library", "known", labels, {label: f"a {label}" for label in labels}, 0.25, None)
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
