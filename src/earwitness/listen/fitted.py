"""A fitted listener, and the folder that it is kept in.

::

    LISTENER/
      listener.json    labels, phrases, backbone, what it was fitted on, SHA-256 of the other files
      head.npz         the head
      evidence.npz     presence, relations and boxes
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from earwitness import __version__
from earwitness.errors import BenchmarkError, ListenError
from earwitness.listen.base import Backbone, Posteriors, Samples
from earwitness.listen.boxes import BoxModel
from earwitness.listen.evidence import ClipEvidence, PresenceModel
from earwitness.listen.head import Head, load_head, save_head
from earwitness.listen.models import open_backbone, stream_at_rate
from earwitness.listen.relations import RelationModel
from earwitness.parallel import one_blas_thread
from earwitness.records import atomic_path, read_json, sha256_of_bytes, sha256_of_file, write_json

__all__ = ["FittedListener", "load_evidence", "load_listener", "save_evidence", "save_listener"]

_FORMAT = 3
_FILES = ("head.npz", "evidence.npz")


@dataclass(frozen=True, eq=False)
class FittedListener:
    """Hears the labels that it was fitted to."""

    labels: tuple[str, ...]
    """What it can hear."""
    phrases: Mapping[str, str]
    """How queries say each label."""
    backbone: Backbone
    """What turns samples into features."""
    head: Head
    """What turns features into posteriors."""
    presence: PresenceModel
    """How probable it is that a label is heard in a clip at all."""
    relations: RelationModel
    """How probable a relation is if its sounds are heard."""
    boxes: BoxModel
    """Where events begin and end, and how sure they are."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What it was fitted on, and how well it hears."""

    @cached_property
    def version(self) -> str:
        """What its posteriors depend on besides the samples."""
        head = self.head
        values = [head.basis, head.shift, head.slope, head.offset, *(value for layer in head.layers for value in layer)]
        parts = [self.backbone.version.encode(), *(np.ascontiguousarray(array).tobytes() for array in values)]
        return sha256_of_bytes(b"".join(parts))

    @property
    def hop_s(self) -> float:
        """The time from one frame to the next, in seconds."""
        return self.backbone.hop_s

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
        frames = self.backbone.stream(stream_at_rate(blocks, sample_rate, to=self.backbone.sample_rate))
        heard = self.head.stream(each.features for each in frames)
        while True:
            with one_blas_thread:
                probs = next(heard, None)
            if probs is None:
                return
            yield Posteriors(self.labels, self.hop_s, probs)

    def evidence(self, heard: Sequence[Posteriors]) -> ClipEvidence:
        """Return what some clips say, for logic to be asked."""
        return ClipEvidence(
            [each.probs for each in heard],
            self.labels,
            hop_s=self.backbone.hop_s,
            presence_model=self.presence,
            relation_model=self.relations,
        )


def save_listener(listener: FittedListener, folder: str | Path) -> None:
    """Write a listener to a folder.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    folder = Path(folder)
    save_head(listener.head, folder / "head.npz")
    save_evidence(
        folder / "evidence.npz", presence=listener.presence, relations=listener.relations, boxes=listener.boxes
    )
    write_json(
        folder / "listener.json",
        {
            "format": _FORMAT,
            "earwitness": __version__,
            "labels": list(listener.labels),
            "phrases": dict(listener.phrases),
            "backbone": {
                "name": listener.backbone.name,
                "version": listener.backbone.version,
                "hop_s": listener.backbone.hop_s,
            },
            "about": dict(listener.about),
            "sha256": {name: sha256_of_file(folder / name) for name in _FILES},
        },
    )


def load_listener(folder: str | Path, *, model: Path | None = None) -> FittedListener:
    """Read a listener that ``save_listener`` wrote.

    Parameters
    ----------
    folder
        Where it is.
    model
        The backbone's file of weights, where it is not where such files are kept.

    Raises
    ------
    ListenError
        When it is missing or damaged, its files do not belong together, or its backbone is not the one that it was
        fitted with.
    """
    folder = Path(folder)
    told = _told(folder)
    wanted = told["backbone"]
    backbone = open_backbone(wanted["name"], hop_s=wanted["hop_s"], model=model)
    if backbone.version != wanted["version"]:
        raise ListenError(
            f"'{folder}' was fitted with the backbone {wanted['name']} of version {wanted['version']}; got "
            f"{backbone.version}."
        )
    presence, relations, boxes = load_evidence(folder / "evidence.npz")
    listener = FittedListener(
        labels=tuple(told["labels"]),
        phrases=told["phrases"],
        backbone=backbone,
        head=load_head(folder / "head.npz"),
        presence=presence,
        relations=relations,
        boxes=boxes,
        about=told["about"],
    )
    if fault := _fault(listener):
        raise ListenError(f"The files of '{folder}' do not belong together: {fault}. Fit the listener again.")
    return listener


def _told(folder: Path) -> dict[str, Any]:
    """Return what ``listener.json`` holds, after a look at whether that is whole and the other files are its own."""
    path = folder / "listener.json"
    if not path.is_file():
        raise ListenError(f"'{folder}' is not a listener: it has no listener.json. 'earwitness fit' makes one.")
    try:
        told = read_json(path)
    except BenchmarkError as error:
        raise ListenError(f"'{folder}' is damaged: {error}") from error
    if told.get("format", _FORMAT) != _FORMAT:
        raise ListenError(f"'{folder}' has the format {told['format']!r}; this version reads {_FORMAT}.")
    backbone, sums = told.get("backbone"), told.get("sha256")
    whole = {
        "format": "format" in told,
        "labels": isinstance(told.get("labels"), list) and all(isinstance(each, str) for each in told["labels"]),
        "phrases": isinstance(told.get("phrases"), dict),
        "about": isinstance(told.get("about"), dict),
        "backbone": isinstance(backbone, dict)
        and all(isinstance(backbone.get(name), str) for name in ("name", "version"))
        and isinstance(backbone.get("hop_s"), int | float),
        "sha256": isinstance(sums, dict) and all(name in sums for name in _FILES),
    }
    if not all(whole.values()):
        wrong = ", ".join(name for name, right in whole.items() if not right)
        raise ListenError(f"'{path}' is damaged: it lacks, or does not hold as they were written: {wrong}.")
    for name in _FILES:
        if not (folder / name).is_file():
            raise ListenError(f"'{folder}' is damaged: '{name}' is missing.")
        if sha256_of_file(folder / name) != told["sha256"][name]:
            raise ListenError(f"'{folder / name}' is damaged: its SHA-256 is not the one in listener.json.")
    return told


def save_evidence(path: Path, *, presence: PresenceModel, relations: RelationModel, boxes: BoxModel) -> None:
    """Write what posteriors are judged by to a file of plain arrays.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    arrays: dict[str, Any] = {f"presence.{name}": values for name, values in presence.arrays().items()}
    arrays |= {f"relations.{name}": values for name, values in relations.arrays().items()}
    arrays |= {f"boxes.{name}": values for name, values in boxes.arrays().items()}
    with atomic_path(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


def load_evidence(path: Path) -> tuple[PresenceModel, RelationModel, BoxModel]:
    """Read what ``save_evidence`` wrote.

    Raises
    ------
    ListenError
        When it is missing or damaged, or something else.
    """
    try:
        # Opened here, for NumPy leaves a damaged file open.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (AttributeError, EOFError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise ListenError(f"'{path}' is not the evidence of a listener: it is no archive of arrays.") from error
    parts = [
        {name.removeprefix(f"{part}."): values for name, values in arrays.items() if name.startswith(f"{part}.")}
        for part in ("presence", "relations", "boxes")
    ]
    return PresenceModel.from_arrays(parts[0]), RelationModel.from_arrays(parts[1]), BoxModel.from_arrays(parts[2])


def _fault(listener: FittedListener) -> str | None:
    """Return why the parts of a listener do not fit together; None when they do."""
    known = set(listener.labels)
    if set(listener.phrases) != known or len(known) != len(listener.labels):
        return f"{len(listener.labels)} labels, and phrases for {len(known & set(listener.phrases))} of them"
    if listener.head.n_labels != len(listener.labels):
        return f"{len(listener.labels)} labels, and a head that hears {listener.head.n_labels}"
    if listener.head.n_features != listener.backbone.n_features:
        return f"a backbone of {listener.backbone.n_features} features, and a head for {listener.head.n_features}"
    for part, labels in (("presence", listener.presence.labels), ("boxes", listener.boxes.labels)):
        if labels != listener.labels:
            return f"the {part} is of other labels, or in another order"
    return None
