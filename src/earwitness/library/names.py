"""From the words of a question to the label that an index knows: "a dog barks" is ``dog_bark``.

The match is by words without their endings. What is not near enough is refused, with the nearest labels: nothing is
guessed. Another function of the same shape may take its place, such as one that asks a listener's ontology.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from earwitness.listen.words import meanings, parsed, stems
from earwitness.logic.reading import sound_name

__all__ = ["Names", "Resolve", "Resolved"]

_MOST_NEAR = 5
_MOST_LETTERS = 60
_MOST_STRANGE = 20
_SHORTEST_STRANGE = 4  # letters; "at" is like every cat
_ALIKE = 0.6


class Resolved(NamedTuple):
    """What a phrase means."""

    label: str | None
    """The label; None when no label is near enough, or several are."""
    near: tuple[str, ...] = ()
    """The nearest labels, nearest first, when there is no one label."""


Resolve = Callable[[str], Resolved]
"""Says which label a phrase means."""


@dataclass(frozen=True)
class _Name:
    """One name of a label."""

    label: str
    stems: frozenset[str]
    heads: frozenset[str]
    """The words that say what sounds."""


class Names:
    """Finds the label that a phrase means, by the words of labels and of their phrases.

    In this order: the label or the phrase itself; the same but for case, articles and ``_``; the same but for the
    endings of words ("barks", "barking") and the spaces between them; one of several names in one label ("Gunshot,
    gunfire" is either); a name that the phrase holds ("a big dog barking" is a dog barking) or
    that holds the phrase ("music" is street music), where it tells what sounds: a car horn is no car, but dogs bark and
    sheep bleat, for a plural noun describes no other one. A word that is left out so must not be the name of another
    label.

    Parameters
    ----------
    pairs
        Labels with a phrase of each, such as ``("dog", "a dog barking")``. A label may stand in several pairs; its
        phrase may be the label itself.

    Examples
    --------
    >>> names = Names([("dog_bark", "a dog barking"), ("car_horn", "a car horn"), ("rain", "rain")])
    >>> names("a dog barks").label, names("heavy rain").label, names("car")
    ('dog_bark', 'rain', Resolved(label=None, near=('car_horn',)))
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        given = tuple(dict.fromkeys(pairs))
        self._labels = tuple(dict.fromkeys(label for label, _ in given))
        names = dict.fromkeys([(label, label) for label in self._labels] + list(given))
        parts = dict.fromkeys((label, part) for label, name in names for part in _parts(name))
        self.known = tuple(dict.fromkeys(name for _, name in names if name.strip()))
        """All labels and phrases, each once."""
        self.phrases: dict[str, tuple[str, ...]] = {label: () for label in self._labels}
        """The phrases of each label, other than itself."""
        for label, name in names:
            if name.strip() and name != label:
                self.phrases[label] += (name,)
        self._exact: list[dict[str, list[str]]] = [{}, {}, {}, {}]
        self._names: list[_Name] = []
        self._with_stem: dict[str, list[int]] = {}
        for label in self._labels:
            _add(self._exact[0], label, label)
        for label, name in names:
            _add(self._exact[1], _plain(name), label)
            _add(self._exact[2], "".join(stems(name)), label)
        for label, part in parts:
            _add(self._exact[3], "".join(stems(part)), label)
        for label, name in names | parts:
            words = frozenset(stems(name))
            for word in words:
                self._with_stem.setdefault(word, []).append(len(self._names))
            self._names.append(_Name(label, words, _heads(name)))
        self._spelled = {_plain(label)[:_MOST_LETTERS]: label for label in self._labels}

    def __call__(self, phrase: str) -> Resolved:
        """Return the label that a phrase means, or the nearest ones."""
        words = stems(phrase)
        keys = (phrase, _plain(phrase), "".join(words), "".join(words))
        for table, key in zip(self._exact, keys, strict=True):
            found = table.get(key, []) if key else []
            if found:
                return Resolved(found[0]) if len(found) == 1 else Resolved(None, tuple(found[:_MOST_NEAR]))
        candidates = self._candidates(words)
        best = self._contained(phrase, frozenset(words), candidates)
        if len(best) == 1:
            return Resolved(best[0])
        shared = [self._names[i].label for i in candidates]
        alike = difflib.get_close_matches(_plain(phrase)[:_MOST_LETTERS], self._spelled, _MOST_NEAR, _ALIKE)
        near = dict.fromkeys((*best, *shared, *(self._spelled[each] for each in alike)))
        return Resolved(None, tuple(near)[:_MOST_NEAR])

    def nearest(self, text: str, number: int) -> list[str]:
        """Return so many labels, those first that a text may be about: by its words, then by their spelling."""
        words = stems(text)
        shared = [self._names[i].label for i in self._candidates(words)]
        unknown = (word for word in dict.fromkeys(words) if not meanings(word) & self._with_stem.keys())
        strange = [word for word in unknown if len(word) >= _SHORTEST_STRANGE][:_MOST_STRANGE]
        alike = (
            each for word in strange for each in difflib.get_close_matches(word, self._spelled, _MOST_NEAR, _ALIKE)
        )
        near = dict.fromkeys((*shared, *(self._spelled[each] for each in alike), *self._labels))
        return list(near)[:number]

    def _candidates(self, words: Iterable[str]) -> list[int]:
        """Return the names that share a word with a phrase, those that share most first."""
        shared: dict[int, int] = {}
        for word in dict.fromkeys(words):
            for i in {i for means in meanings(word) for i in self._with_stem.get(means, ())}:
                shared[i] = shared.get(i, 0) + 1
        return sorted(shared, key=lambda i: (-shared[i], i))

    def _contained(self, phrase: str, words: frozenset[str], candidates: Iterable[int]) -> list[str]:
        """Return the labels of which the phrase says most; none where it names another sound besides."""
        means = {word: meanings(word) for word in words}
        heads = _heads(phrase)
        ranked: dict[str, tuple[int, int]] = {}
        dropped: dict[str, frozenset[str]] = {}
        for i in candidates:
            name = self._names[i]
            told = frozenset(word for word in words if means[word] & name.stems)
            explained = frozenset().union(*(means[word] for word in told)) & name.stems
            whole = explained == name.stems and told & heads
            part = told == words and explained & name.heads
            rank = (len(told), len(words & name.stems))
            if (whole or part) and rank > ranked.get(name.label, (0, 0)):
                ranked[name.label], dropped[name.label] = rank, words - told
        best = [label for label, rank in ranked.items() if rank == max(ranked.values())]
        if len(best) == 1:
            # "rain with thunder" is not rain where thunder is a sound of its own.
            best += [label for word in sorted(dropped[best[0]]) for label in self._exact[2].get(word, [])]
        return list(dict.fromkeys(best))


def _plain(text: str) -> str:
    return sound_name(text.replace("_", " "))


def _parts(name: str) -> list[str]:
    """Return what stands between the commas of a name, brackets left out."""
    parts = re.split(r", and |, ", re.sub(r"\([^)]*\)", "", name))
    return [part.strip() for part in parts if part.strip()] if len(parts) > 1 else []


def _add(table: dict[str, list[str]], key: str, label: str) -> None:
    labels = table.setdefault(key, [])
    if label not in labels:
        labels.append(label)


def _heads(text: str) -> frozenset[str]:
    """Return the words that say what sounds: the noun that comes last, and what it does."""
    about = parsed(text.replace("_", " "), clause=True)
    heads = frozenset((*about.thing[-1:], *about.action))
    return frozenset(about.action) if about.anyone and about.action else heads
