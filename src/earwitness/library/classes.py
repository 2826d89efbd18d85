"""From the words of a question to a class of AudioSet: "a dog barks" is ``Bark``, "people talking" is ``Speech``.

For an index whose labels are classes, each heard with all classes below it (``listen.vocabulary``). A phrase that is a
name of a class means it. What any other phrase means is found by ``listen.grounding``, and the label is the class that
holds just what was found there. What means no class, or several, or one that nobody listened for, is refused with the
nearest labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from earwitness.errors import ListenError
from earwitness.library.names import Names, Resolved
from earwitness.listen.grounding import Grounder
from earwitness.listen.ontology import audioset
from earwitness.listen.vocabulary import is_of_classes
from earwitness.listen.words import parsed, stems
from earwitness.logic.reading import sound_name

__all__ = ["Classes", "resolver"]

_MOST_NEAR = 5
_ALSO = {
    "ambulance": "Ambulance (siren)",
    "ambulance siren": "Ambulance (siren)",
    "honking": "Vehicle horn, car horn, honking",
    "phone ringing": "Telephone bell ringing",
    "phone rings": "Telephone bell ringing",
    "police siren": "Police car (siren)",
    "rainfall": "Rain",
    "running water": "Water",
    "snare": "Snare drum",
    "traffic": "Traffic noise, roadway noise",
    "voice": "Human voice",
    "whale": "Whale vocalization",
    "whale song": "Whale vocalization",
    "whale singing": "Whale vocalization",
    "whale sings": "Whale vocalization",
}
"""What people say, and the words of the classes do not tell."""


class Classes(Names):
    """Finds the class that a phrase means.

    Parameters
    ----------
    pairs
        Labels, each a class of AudioSet, with a phrase of each; the phrase may be the label itself.

    Examples
    --------
    >>> classes = Classes([(name, name) for name in ("Dog", "Bark", "Yip", "Vehicle horn, car horn, honking")])
    >>> classes("a dog barks").label, classes("car horns").label, classes("a donkey")
    ('Bark', 'Vehicle horn, car horn, honking', Resolved(label=None, near=()))
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        given = tuple(dict.fromkeys(pairs))
        super().__init__(given)
        labels = tuple(dict.fromkeys(label for label, _ in given))
        names = [*((label, label) for label in labels), *given]
        also = [(label, phrase) for phrase, label in _ALSO.items() if label in labels]
        self._names_of: tuple[dict[str, list[str]], ...] = ({}, {}, {})
        for label, name in (*names, *also):
            _add(self._names_of[0], sound_name(name), label)
            _add(self._names_of[1], "".join(stems(name)), label)
        for label, name in names:
            for part in _parts(name):
                _add(self._names_of[2], "".join(stems(part)), label)
        ontology = audioset()
        self._grounder = Grounder(labels, ontology)
        self._below = {
            label: frozenset(labels) & ontology.below(label) | {label}
            if label in ontology.names
            else frozenset({label})
            for label in labels
        }
        self._unheard: dict[str, list[str]] = {}
        for name in sorted(ontology.names.difference(labels)):
            above = sorted(
                ontology.above(name) & self._below.keys(), key=lambda label: (len(self._below[label]), label)
            )
            for said in (name, *_parts(name)) if above else ():
                self._unheard.setdefault("".join(stems(said)), above)

    def __call__(self, phrase: str) -> Resolved:
        """Return the class that a phrase means, or the nearest ones."""
        found = self._named(phrase)
        if found:
            return Resolved(found[0]) if len(found) == 1 else Resolved(None, tuple(found[:_MOST_NEAR]))
        for said in dict.fromkeys((_with_participle(phrase), phrase)):
            try:
                grounded = self._grounder.ground(said).classes
            except ListenError:
                continue  # the other form may say it; if none does, what is near is told
            label = self._just(frozenset(grounded))
            if label is not None:
                return self._alone(self._narrowed(label, said), said)
        joined = "".join(stems(phrase))
        like = super().__call__(phrase)
        near = dict.fromkeys((*self._unheard.get(joined, ()), *like.near, *filter(None, (like.label,))))
        return Resolved(None, tuple(near)[:_MOST_NEAR])

    def _named(self, phrase: str) -> list[str]:
        """Return the labels of which a phrase is a name."""
        joined = "".join(stems(phrase))
        keys = zip(self._names_of, (sound_name(phrase), joined, joined), strict=True)
        return next((table[key] for table, key in keys if key and key in table), [])

    def _alone(self, label: str, said: str) -> Resolved:
        """Return a label where no sound that has nothing to do with it is said to be with it: "rain with thunder"."""
        words = said.split()
        beside = (self._named(word) for word in words[words.index("with") :]) if "with" in words else ()
        others = [
            found[0]
            for found in beside
            if found and label not in self._below[found[0]] and found[0] not in self._below[label]
        ]
        return Resolved(None, (label, *others)) if others else Resolved(label)

    def _narrowed(self, label: str, said: str) -> str:
        """Return the class below a label that the first words name: in "church bells ringing", not any bell's."""
        words = said.split()
        first = (self._named(" ".join(words[:end])) for end in range(len(words) - 1, 0, -1))
        return next((found[0] for found in first if len(found) == 1 and found[0] in self._below[label]), label)

    def _just(self, grounded: frozenset[str]) -> str | None:
        """Return the class that is all that was grounded, but for classes above it: where a dog barks, a dog is."""
        for label in sorted(grounded, key=lambda label: -len(self._below[label])):
            below = self._below[label]
            if below <= grounded and all(label in self._below[other] for other in grounded - below):
                return label
        return None


def resolver(listener: str, pairs: Iterable[tuple[str, str]]) -> Names:
    """Return what finds the labels of an index.

    Parameters
    ----------
    listener
        The version of the listener that made it.
    pairs
        Its labels, with a phrase of each.
    """
    return Classes(pairs) if is_of_classes(listener) else Names(pairs)


def _with_participle(phrase: str) -> str:
    """Return a phrase with its verb as names of classes say it: "a dog barks in the wood" as "a dog barking in ..."."""
    action = parsed(phrase, clause=True).action[-1:]
    return " ".join(f"{action[0]}ing" if action and stems(word) == action else word for word in phrase.split())


def _parts(name: str) -> list[str]:
    """Return what stands between the commas of a name, brackets left out."""
    parts = re.split(r", and |, ", re.sub(r"\([^)]*\)", "", name))
    return parts if len(parts) > 1 else []


def _add(table: dict[str, list[str]], key: str, label: str) -> None:
    labels = table.setdefault(key, [])
    if label not in labels:
        labels.append(label)
