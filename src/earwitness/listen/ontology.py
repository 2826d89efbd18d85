"""AudioSet's ontology: 632 classes of sounds, and which class is a kind of which.

Only names, ids and children are kept, in ``data/audioset.json`` (Google, CC BY-SA 4.0). A class may be a kind of
several others, as a bleat is of goats and of sheep; no class is a kind of itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from earwitness.errors import ListenError

__all__ = ["Ontology", "SoundClass", "audioset"]


@dataclass(frozen=True)
class SoundClass:
    """One class of sounds."""

    id: str
    """Its machine id, such as ``"/m/0bt9lr"``."""
    name: str
    """What it is called; synonyms stand behind commas: ``"Violin, fiddle"``."""
    children: tuple[str, ...]
    """The ids of the classes that are a kind of it."""


@dataclass(frozen=True)
class Ontology:
    """Classes of sounds by name, and what lies above and below each.

    Raises
    ------
    ListenError
        When two classes have one id or one name, a child is missing, or a class is a kind of itself.
    """

    classes: tuple[SoundClass, ...]
    """All of them."""

    def __post_init__(self) -> None:
        by_id = {each.id: each for each in self.classes}
        if len(by_id) < len(self.classes) or len({each.name for each in self.classes}) < len(self.classes):
            raise ListenError("An ontology must have one id and one name for each of its classes.")
        _ = self._below  # missing children and circles are found here

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all classes."""
        return frozenset(each.name for each in self.classes)

    @cached_property
    def _below(self) -> Mapping[str, frozenset[str]]:
        by_id = {each.id: each for each in self.classes}
        below: dict[str, frozenset[str]] = {}
        for each in self.classes:
            _descend(each, by_id, below, path=())
        return below

    @cached_property
    def _above(self) -> Mapping[str, frozenset[str]]:
        above: dict[str, set[str]] = {name: set() for name in self.names}
        for name, below in self._below.items():
            for under in below:
                above[under].add(name)
        return {name: frozenset(found) for name, found in above.items()}

    @cached_property
    def _parents(self) -> Mapping[str, frozenset[str]]:
        by_id = {each.id: each.name for each in self.classes}
        parents: dict[str, set[str]] = {}
        for each in self.classes:
            for child in each.children:
                parents.setdefault(by_id[child], set()).add(each.name)
        return {name: frozenset(found) for name, found in parents.items()}

    def below(self, name: str) -> frozenset[str]:
        """Return the names of all classes that are a kind of a class, children of children included.

        Raises
        ------
        ListenError
            When there is no such class.

        Examples
        --------
        >>> sorted(audioset().below("Cat"))
        ['Cat communication', 'Caterwaul', 'Growling', 'Hiss', 'Meow', 'Purr']
        """
        return self._below[self._known(name)]

    def above(self, name: str) -> frozenset[str]:
        """Return the names of all classes that a class is a kind of, parents of parents included.

        Raises
        ------
        ListenError
            When there is no such class.
        """
        return self._above[self._known(name)]

    def parents(self, name: str) -> frozenset[str]:
        """Return the names of the classes that a class is a direct kind of; none for one that is in no ontology."""
        return self._parents.get(name, frozenset())

    def _known(self, name: str) -> str:
        if name not in self.names:
            raise ListenError(f"The ontology has no class '{name}'.")
        return name


def _descend(
    node: SoundClass, by_id: Mapping[str, SoundClass], below: dict[str, frozenset[str]], *, path: tuple[str, ...]
) -> frozenset[str]:
    """Find what lies below a class, and keep it for all classes on the way."""
    if node.name in path:
        raise ListenError(f"In the ontology '{node.name}' is a kind of itself.")
    if node.name not in below:
        found: set[str] = set()
        for child in _children(node, by_id):
            found |= {child.name} | _descend(child, by_id, below, path=(*path, node.name))
        below[node.name] = frozenset(found)
    return below[node.name]


def _children(node: SoundClass, by_id: Mapping[str, SoundClass]) -> Iterable[SoundClass]:
    missing = [child for child in node.children if child not in by_id]
    if missing:
        raise ListenError(f"In the ontology '{node.name}' has a child '{missing[0]}' that is no class.")
    return (by_id[child] for child in node.children)


@cache
def audioset() -> Ontology:
    """Return AudioSet's ontology."""
    text = resources.files("earwitness.listen").joinpath("data", "audioset.json").read_text(encoding="utf-8")
    rows = json.loads(text)["classes"]
    return Ontology(tuple(SoundClass(row["id"], row["name"], tuple(row["children"])) for row in rows))
