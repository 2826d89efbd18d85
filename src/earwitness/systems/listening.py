"""A listener as a retrieval system: the text is read into a constraint, the audio is heard, and logic scores both.

The query's stored constraint is never looked at: a text that cannot be read, or names a sound that the listener does
not know, is refused. A fitted listener knows the phrases of its labels. A backbone that is asked for its own classes
knows none beforehand: which classes a phrase means is found by ``grounding``, or said by a file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from earwitness.cache import ArrayCache
from earwitness.errors import ListenError, ReadingError, SystemFault
from earwitness.listen.base import Backbone, Listener, Posteriors
from earwitness.listen.evidence import ClipEvidence
from earwitness.listen.fitted import FittedListener, load_listener
from earwitness.listen.grounding import Grounder, Grounding, read_groundings
from earwitness.listen.hearing import hear, posterior_cache
from earwitness.listen.models import open_backbone
from earwitness.listen.ontology import audioset
from earwitness.listen.zero_shot import ZERO_SHOT, CommonRules, ZeroShotListener, common_rules
from earwitness.logic.constraint import Constraint, labels_of, renamed
from earwitness.logic.reading import OpenReader, Reader, sound_name
from earwitness.logic.soft import soft
from earwitness.parallel import usable_cores
from earwitness.records import sha256_of_file
from earwitness.systems.base import About, Clips, Scores, System

__all__ = ["listening_system"]


def listening_system(what: str | Path, *, model: Path | None = None, posteriors: Path | None = None) -> System:
    """Return the system that listens.

    Parameters
    ----------
    what
        The folder that ``earwitness fit`` wrote; or a backbone, which is asked for its own classes; or a JSON file
        that ``earwitness ground`` wrote, which names one of these and says what phrases mean.
    model
        The backbone's file of weights, where it is not where such files are kept.
    posteriors
        The folder in which posteriors are kept from one call to the next; None keeps them in memory only.

    Raises
    ------
    ListenError
        When it cannot be read.
    """
    given: Mapping[str, Grounding] | None = None
    listener = str(what)
    if listener.endswith(".json"):
        listener, read = read_groundings(Path(what))
        given = {sound_name(phrase): grounding for phrase, grounding in read.items()}
    cache = posterior_cache(posteriors)
    if listener in ZERO_SHOT:
        rules, backbone = common_rules(listener), open_backbone(listener, model=model)
        retriever: _Reasoning = _ZeroShot(backbone, rules, given or {}, cache)
        details: dict[str, Any] = {"backbone": backbone.name, "hop_s": backbone.hop_s, "labels": "open"}
        version = f"{backbone.version}; {rules.digest}"
    else:
        fitted = load_listener(Path(listener), model=model)
        retriever = _Fitted(fitted, cache) if given is None else _Grounded(fitted, given, cache)
        details = {"backbone": fitted.backbone.name, "hop_s": fitted.backbone.hop_s, "labels": len(fitted.labels)}
        # It names the sums of all other files, so whatever a listener answers by is in it.
        version = sha256_of_file(Path(listener) / "listener.json")
    if given is not None:
        version += f"; groundings {sha256_of_file(Path(what))}"
    name = f"listen {Path(what).stem if given is not None else Path(listener).name}"
    about = About(name, f"listen:{what}", "listening", reference=False, version=version, details=details)
    return System(about, retriever)


class _Hearer(Listener, Protocol):
    def evidence(self, heard: Sequence[Posteriors]) -> ClipEvidence: ...


class _Reasoning(Protocol):
    """Reads, hears, and scores by logic."""

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores: ...


def _scored(listener: _Hearer, constraints: Sequence[Constraint], clips: Clips, *, cache: ArrayCache) -> Scores:
    evidence = listener.evidence(hear(listener, clips, cache=cache, jobs=usable_cores()))
    return np.stack([soft(constraint, evidence) for constraint in constraints]).astype(np.float32)


class _Fitted:
    """A fitted listener that is asked for its own phrases."""

    def __init__(self, listener: FittedListener, cache: ArrayCache) -> None:
        self._listener = listener
        self._cache = cache
        self._reader = Reader(listener.phrases)

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        return _scored(self._listener, [self._read(text) for text in texts], clips, cache=self._cache)

    def _read(self, text: str) -> Constraint:
        try:
            return self._reader.read(text)
        except ReadingError as error:
            raise SystemFault(
                f"{error} This listener knows {len(self._listener.labels)} sounds: "
                f"{', '.join(list(self._listener.phrases.values())[:5])} ..."
            ) from error


class _Open:
    """Reads sentences about any sounds, and finds what each of these means."""

    def __init__(self, grounder: Grounder, given: Mapping[str, Grounding]) -> None:
        self._grounder = grounder
        self._found = dict(given)
        self._reader = OpenReader()

    def read(self, texts: Sequence[str]) -> tuple[list[Constraint], dict[str, Grounding]]:
        """Return the constraints, over phrases, and what each of their phrases means."""
        try:
            constraints = [self._reader.read(text) for text in texts]
            phrases = sorted({label for constraint in constraints for label in labels_of(constraint)})
            for phrase in phrases:
                if phrase not in self._found:
                    self._found[phrase] = self._grounder.ground(phrase)
        except (ReadingError, ListenError) as error:
            raise SystemFault(str(error)) from error
        return constraints, {phrase: self._found[phrase] for phrase in phrases}


class _ZeroShot:
    """A backbone that is asked for its own classes."""

    def __init__(
        self, backbone: Backbone, rules: CommonRules, given: Mapping[str, Grounding], cache: ArrayCache
    ) -> None:
        self._backbone = backbone
        self._rules = rules
        self._open = _Open(Grounder(backbone.classes, audioset()), given)
        self._cache = cache

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        constraints, groundings = self._open.read(texts)
        listener = ZeroShotListener(groundings, self._backbone, self._rules)
        return _scored(listener, constraints, clips, cache=self._cache)


class _Grounded:
    """A fitted listener that is asked for phrases of which a file says which labels they mean."""

    def __init__(self, listener: FittedListener, given: Mapping[str, Grounding], cache: ArrayCache) -> None:
        self._listener = listener
        self._open = _Open(Grounder(listener.labels, phrases=listener.phrases), given)
        self._cache = cache

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        constraints, groundings = self._open.read(texts)
        labels = {phrase: self._only_label(grounding) for phrase, grounding in groundings.items()}
        constraints = [renamed(constraint, labels) for constraint in constraints]
        return _scored(self._listener, constraints, clips, cache=self._cache)

    def _only_label(self, grounding: Grounding) -> str:
        labels = list(grounding.classes)
        if len(labels) != 1 or labels[0] not in self._listener.labels:
            raise SystemFault(
                f"'{grounding.phrase}' must mean one label of the listener; got {', '.join(labels)}. "
                f"Its labels are {', '.join(self._listener.labels[:5])} ..."
            )
        return labels[0]
