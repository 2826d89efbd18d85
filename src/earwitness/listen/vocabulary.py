"""A listener that nobody fitted: all classes that a backbone knows by itself, each heard in its kinds too.

Every class of AudioSet that the backbone hears is a label. Its posterior is the greatest score of the class and of all
classes below it in the ontology: where a bark is heard, a dog is. So are some classes that the backbone does not hear
themselves, and that people ask for, such as human voices. Presence, relations and events are judged by the rules that
are common to all labels, see ``zero_shot``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.listen.base import Backbone, Posteriors, Samples
from earwitness.listen.boxes import BoxModel
from earwitness.listen.evidence import ClipEvidence, PresenceModel
from earwitness.listen.fitted import load_listener
from earwitness.listen.hearing import LibraryListener
from earwitness.listen.models import stream_at_rate
from earwitness.listen.ontology import Ontology, audioset
from earwitness.listen.relations import RelationModel
from earwitness.listen.yamnet import Yamnet
from earwitness.listen.zero_shot import POWER, ZERO_SHOT, CommonRules, common_rules
from earwitness.records import sha256_of_bytes

__all__ = ["Vocabulary", "VocabularyListener", "is_of_classes", "open_listener"]

_ASKED_FOR = (
    "Human sounds",
    "Human voice",
    "Human locomotion",
    "Human group actions",
    "Respiratory sounds",
    "Natural sounds",
    "Domestic sounds, home sounds",
)
"""The other classes above those that are heard are shelves, such as "Source-ambiguous sounds": nobody asks for them."""
_FORMAT = 1


class Vocabulary:
    """What a backbone's classes say, each with all classes below it.

    Parameters
    ----------
    classes
        The backbone's classes, in the order of its scores.
    ontology
        Which class is a kind of which. A class that is not in it stands for itself.

    Examples
    --------
    >>> words = Vocabulary(("Dog", "Bark", "Siren"), audioset())
    >>> words.labels
    ('Dog', 'Bark', 'Siren')
    >>> words.posteriors(np.array([[0.0, 1.0, 0.0]], np.float32)).tolist()
    [[1.0, 1.0, 0.0]]
    """

    def __init__(self, classes: Sequence[str], ontology: Ontology) -> None:
        column = {name: place for place, name in enumerate(classes)}
        members = {name: _heard_in(name, column, ontology) for name in (*classes, *_ASKED_FOR)}
        self.members: Mapping[str, tuple[str, ...]] = {name: heard for name, heard in members.items() if heard}
        """The classes in which each label is heard."""
        self.labels = tuple(self.members)
        """The classes, and those above them that somebody may ask for."""
        self._columns = np.array([column[name] for heard in self.members.values() for name in heard], np.intp)
        sizes = [len(heard) for heard in self.members.values()]
        self._first = np.cumsum([0, *sizes[:-1]])

    def posteriors(self, scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the posteriors of the labels, shape (n_frames, n_labels), from scores of shape (n_frames, n_classes).

        They are those of ``zero_shot.greatest`` with the members of each label.
        """
        # Raised first: 521 powers a frame, and not one for every member.
        found: npt.NDArray[np.float32] = np.maximum.reduceat((scores**POWER)[:, self._columns], self._first, axis=1)
        return found


def _heard_in(name: str, column: Mapping[str, int], ontology: Ontology) -> tuple[str, ...]:
    below = ontology.below(name) if name in ontology.names else frozenset()
    return tuple(each for each in column if each == name or each in below)


@dataclass(frozen=True, eq=False)
class VocabularyListener:
    """Hears all classes that a backbone knows by itself."""

    backbone: Backbone
    """What hears them."""
    rules: CommonRules
    """What is made of their scores."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the backbone's classes say."""
        return Vocabulary(self.backbone.classes, audioset())

    @property
    def labels(self) -> tuple[str, ...]:
        """What it can hear: names of classes, such as ``"Vehicle horn, car horn, honking"``."""
        return self.vocabulary.labels

    @property
    def phrases(self) -> Mapping[str, str]:
        """How queries say each label: as it is called."""
        return {label: label for label in self.labels}

    @property
    def hop_s(self) -> float:
        """The time from one frame to the next, in seconds."""
        return self.backbone.hop_s

    @cached_property
    def version(self) -> str:
        """What its posteriors and its events depend on besides the samples: ``"yamnet:"`` and a SHA-256."""
        parts = (
            _FORMAT,
            self.backbone.version,
            POWER,
            self.vocabulary.members,
            self.rules.digest,
            self.rules.boxes_digest,
        )
        return f"{self.backbone.name}:{sha256_of_bytes(repr(parts).encode())}"

    @cached_property
    def presence(self) -> PresenceModel:
        """How probable it is that a label is heard in a clip at all."""
        return self.rules.presence(self.labels)

    @property
    def relations(self) -> RelationModel:
        """How probable a relation is if its sounds are heard."""
        return self.rules.relations

    @cached_property
    def boxes(self) -> BoxModel:
        """Where events begin and end, and how sure they are."""
        return self.rules.boxes(self.labels)

    def listen(self, samples: Samples, sample_rate: int) -> Posteriors:
        """Return the posteriors of a recording: mono samples in [-1, 1] at any rate from 8 to 192 kHz."""
        probs = [heard.probs for heard in self.stream([samples], sample_rate)]
        return Posteriors(self.labels, self.hop_s, np.concatenate(probs))

    def stream(self, blocks: Iterable[Samples], sample_rate: int) -> Iterator[Posteriors]:
        """Yield the posteriors of one moment after the other: joined, those of ``listen``, in constant memory.

        Parameters
        ----------
        blocks
            The recording's samples, one block after the other; a block may have any length.
        sample_rate
            Samples a second, 8,000 to 192,000.
        """
        for frames in self.backbone.stream(stream_at_rate(blocks, sample_rate, to=self.backbone.sample_rate)):
            yield Posteriors(self.labels, self.hop_s, self.vocabulary.posteriors(frames.scores))

    def evidence(self, heard: Sequence[Posteriors]) -> ClipEvidence:
        """Return what some clips say, for logic to be asked."""
        return ClipEvidence(
            [each.probs for each in heard],
            self.labels,
            hop_s=self.hop_s,
            presence_model=self.presence,
            relation_model=self.relations,
        )


def is_of_classes(version: str) -> bool:
    """Return whether a listener's version is that of a ``VocabularyListener``: its labels are names of classes."""
    return version.partition(":")[0] in ZERO_SHOT


def open_listener(what: str | Path, *, model: Path | None = None) -> LibraryListener:
    """Open a listener that can index a library.

    Parameters
    ----------
    what
        The folder that ``earwitness fit`` wrote; or ``"yamnet"``, whose own classes are heard.
    model
        The backbone's file of weights, where it is not where such files are kept.

    Raises
    ------
    ListenError
        When it cannot be opened.
    """
    if str(what) in ZERO_SHOT:
        # Scores alone are asked for: without the levels of its bands it hears a tenth faster.
        return VocabularyListener(Yamnet(model, levels=False), common_rules(str(what)))
    return load_listener(what, model=model)
