"""A listener as a retrieval system: the text is read into a constraint, the audio is heard, and logic scores both.

The query's stored constraint is never looked at: a text that cannot be read, or names a sound that the listener does
not know, is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from earwitness.errors import ReadingError, SystemFault
from earwitness.listen.fitted import FittedListener, load_listener
from earwitness.logic.constraint import Constraint
from earwitness.logic.reading import Reader
from earwitness.logic.soft import soft
from earwitness.systems.base import About, Clips, Scores, System

__all__ = ["listening_system"]


def listening_system(folder: Path, *, model: Path | None = None) -> System:
    """Return the system that listens with a fitted listener.

    Parameters
    ----------
    folder
        What ``earwitness fit`` wrote.
    model
        The backbone's file of weights, where it is not where such files are kept.

    Raises
    ------
    ListenError
        When it cannot be read.
    """
    listener = load_listener(folder, model=model)
    about = About(
        name=f"listen {folder.name}",
        spec=f"listen:{folder}",
        paradigm="listening",
        reference=False,
        version=listener.version,
        details={"backbone": listener.backbone.name, "hop_s": listener.backbone.hop_s, "labels": len(listener.labels)},
    )
    return System(about, _Listening(listener))


class _Listening:
    """Reads, hears, and scores by logic."""

    def __init__(self, listener: FittedListener) -> None:
        self._listener = listener
        self._reader = Reader(listener.phrases)

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        constraints = [self._read(text) for text in texts]
        heard = [self._listener.listen(samples, clips.sample_rate) for samples in clips]
        evidence = self._listener.evidence(heard)
        return np.stack([soft(constraint, evidence) for constraint in constraints]).astype(np.float32)

    def _read(self, text: str) -> Constraint:
        try:
            return self._reader.read(text)
        except ReadingError as error:
            raise SystemFault(
                f"{error} This listener knows {len(self._listener.labels)} sounds: "
                f"{', '.join(list(self._listener.phrases.values())[:5])} ..."
            ) from error
