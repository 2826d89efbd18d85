"""A fitted listener, and the folder that it is kept in.

::

    LISTENER/
      listener.json    labels, phrases, backbone, what it was fitted on, SHA-256 of the other files
      head.npz         the head
      evidence.npz     presence and relations
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from earwitness import __version__
from earwitness.errors import BenchmarkError, ListenError
from earwitness.listen.base import Backbone, Posteriors, Samples
from earwitness.listen.evidence import ClipEvidence, PresenceModel
from earwitness.listen.head import Head, load_head, save_head
from earwitness.listen.models import at_rate, open_backbone
from earwitness.listen.relations import RelationModel
from earwitness.records import atomic_path, read_json, sha256_of_bytes, sha256_of_file, write_json

__all__ = ["FittedListener", "load_listener", "save_listener"]

_FORMAT = 1
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
    about: Mapping[str, Any] = field(default_factory=dict)
    """What it was fitted on, and how well it hears."""

    @cached_property
    def version(self) -> str:
        """What its posteriors depend on besides the samples."""
        head = self.head
        arrays = (head.basis, head.shift, *head.weights, *head.biases, head.slope, head.offset)
        parts = [self.backbone.version.encode(), *(np.ascontiguousarray(array).tobytes() for array in arrays)]
        return sha256_of_bytes(b"".join(parts))

    def listen(self, samples: Samples, sample_rate: int) -> Posteriors:
        """Return the posteriors of a recording: mono samples in [-1, 1] at any rate from 8 to 192 kHz."""
        frames = self.backbone.frames(at_rate(samples, sample_rate, to=self.backbone.sample_rate))
        return Posteriors(self.labels, self.backbone.hop_s, self.head.probs(frames.features))

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
    arrays: dict[str, Any] = {f"presence.{name}": values for name, values in listener.presence.arrays().items()}
    arrays |= {f"relations.{name}": values for name, values in listener.relations.arrays().items()}
    with atomic_path(folder / "evidence.npz") as partial, partial.open("wb") as file:
        np.savez(file, **arrays)
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
        When it is missing or damaged, or its backbone is not the one that it was fitted with.
    """
    folder = Path(folder)
    if not (folder / "listener.json").is_file():
        raise ListenError(f"'{folder}' is not a listener: it has no listener.json. 'earwitness fit' makes one.")
    try:
        about = read_json(folder / "listener.json")
        damaged = [name for name in _FILES if sha256_of_file(folder / name) != about["sha256"][name]]
        wanted, labels, phrases = about["backbone"], tuple(about["labels"]), dict(about["phrases"])
        if about["format"] != _FORMAT:
            raise ListenError(f"'{folder}' has the format {about['format']!r}; this version reads {_FORMAT}.")
        name, hop_s = str(wanted["name"]), float(wanted["hop_s"])
    except (BenchmarkError, KeyError, TypeError, ValueError, json.JSONDecodeError) as error:
        raise ListenError(f"'{folder / 'listener.json'}' is damaged: {error!r}.") from error
    if damaged:
        raise ListenError(f"'{folder / damaged[0]}' is damaged: its SHA-256 is not the one in listener.json.")
    backbone = open_backbone(name, hop_s=hop_s, model=model)
    if backbone.version != wanted["version"]:
        raise ListenError(
            f"'{folder}' was fitted with the backbone {name} of version {wanted['version']}; got {backbone.version}."
        )
    with np.load(folder / "evidence.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    parts = {
        part: {name.removeprefix(f"{part}."): values for name, values in arrays.items() if name.startswith(f"{part}.")}
        for part in ("presence", "relations")
    }
    return FittedListener(
        labels=labels,
        phrases=phrases,
        backbone=backbone,
        head=load_head(folder / "head.npz"),
        presence=PresenceModel.from_arrays(parts["presence"]),
        relations=RelationModel.from_arrays(parts["relations"]),
        about=about["about"],
    )
