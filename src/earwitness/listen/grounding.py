"""Which of a listener's classes a phrase means: "a dog barking" is the class "Bark".

The match is by words. A class is meant when all words of its name stand in the phrase, or stand for words in it, and
when it tells what sounds: the noun of the phrase, its action where anyone may be the one who acts ("a person
sneezing"), or what is done ("paper being crumpled"). Words of the classes above and below speak for it too: a bark is
of dogs. Of several such classes the one that tells most of the phrase is taken, with all classes below it, and with
the class of the thing itself: where a dog is heard, it may be barking. Where no class is meant, or several that have
nothing to do with one another, the phrase is refused: nothing is guessed.

A grounding can be written to a file, edited, and given back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.errors import BenchmarkError, ListenError
from earwitness.listen.ontology import Ontology
from earwitness.listen.words import Phrase, meanings, parsed, stems
from earwitness.records import read_json, write_json

__all__ = ["Grounder", "Grounding", "Sentences", "read_groundings", "write_groundings"]

Sentences = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""A sentence model: gives a vector for each text, shape (n, d)."""

_FORMAT = 1
_MOST_SHOWN = 5
_NEAR = 0.67
"""The cosine from which a class counts as near to a phrase."""
_SAYS_NOTHING = frozenset({"sound", "vocalization"})
_AHEAD = 0.08
"""By so much a class must be nearer than the next that has nothing to do with it."""


@dataclass(frozen=True)
class Grounding:
    """The classes that a phrase means."""

    phrase: str
    """The phrase."""
    classes: Mapping[str, float]
    """What each class's posterior is multiplied by before the greatest is taken, 0 to 1."""
    why: Mapping[str, str]
    """Why each class is among them."""


@dataclass(frozen=True)
class _Name:
    """One of the names of a class, in stems."""

    own: frozenset[str]
    """All of these must be said."""
    other: frozenset[str]
    """What may be said besides: what stands in brackets behind the name."""
    said: str
    """The name as it is written."""


@dataclass(frozen=True)
class _Match:
    """A class that a phrase may mean."""

    name: str
    own: frozenset[str]
    """The words of the phrase that its name explains."""
    explained: frozenset[str]
    """Those, and the ones that other names around it explain."""
    exact: int
    """2 when its name stands in the phrase as it is, 1 when its words do, else 0; one less without its brackets."""
    why: str

    @property
    def rank(self) -> tuple[int, int]:
        return len(self.explained), len(self.own)


class Grounder:
    """Finds the classes that phrases mean.

    Parameters
    ----------
    classes
        The classes that a listener hears.
    ontology
        Which class is a kind of which; its other classes are known by name, so that "a donkey" is not taken for
        something else because the listener has no donkey. None for labels that stand side by side.
    phrases
        How queries say each class, where that is known: another name for it.
    sentences
        A sentence model, asked about phrases that words alone do not settle; None asks none.

    Examples
    --------
    >>> from earwitness.listen.ontology import audioset
    >>> grounder = Grounder(["Dog", "Bark", "Yip", "Siren"], audioset())
    >>> dict(grounder.ground("a dog barking").classes), dict(grounder.ground("a dog").classes)
    ({'Bark': 1.0, 'Dog': 1.0}, {'Dog': 1.0, 'Bark': 1.0, 'Yip': 1.0})
    """

    def __init__(
        self,
        classes: Iterable[str],
        ontology: Ontology | None = None,
        *,
        phrases: Mapping[str, str] | None = None,
        sentences: Sentences | None = None,
    ) -> None:
        self._heard = tuple(classes)
        self._ontology = ontology
        known = [each.name for each in ontology.classes if each.name not in self._heard] if ontology else []
        self._known = (*self._heard, *known)
        said = phrases or {}
        self._names = {name: _names(name, said.get(name)) for name in self._known}
        self._context = {name: self._words_around(name) for name in self._known}
        self._how_often: dict[str, int] = {}
        for name in self._known:
            for word in frozenset().union(*(each.own for each in self._names[name])):
                self._how_often[word] = self._how_often.get(word, 0) + 1
        self._sentences = sentences
        self._vectors: npt.NDArray[np.float32] | None = None

    def ground(self, phrase: str) -> Grounding:
        """Return the classes that a phrase means.

        Raises
        ------
        ListenError
            When no class is near enough, or several that have nothing to do with one another are; it names the nearest.
        """
        about = parsed(phrase)
        matches = [match for match in (self._match(name, about, phrase) for name in self._known) if match is not None]
        meant = [match for match in matches if _tells_what_sounds(match, about)]
        best = self._best(meant, about)
        found: dict[str, str] = {}
        for match in best:
            found |= self._heard_of(match, [each for each in meant if each.own & frozenset(about.thing[-1:])])
        if found:
            return Grounding(phrase, dict.fromkeys(found, 1.0), found)
        if self._sentences is not None and not meant:
            return self._by_sentences(phrase)
        raise ListenError(self._refusal(phrase, meant, matches))

    def _best(self, meant: Sequence[_Match], about: Phrase) -> list[_Match]:
        """Return the class that tells most of a phrase; several where they are children of one; none if unclear."""
        best = [match for match in meant if match.rank == max(each.rank for each in meant)]
        best = [match for match in best if not any(self._is_below(other.name, match.name) for other in best)]
        for better in (lambda match: bool(match.own & frozenset(about.action)), lambda match: match.exact):
            best = [match for match in best if better(match) == max(map(better, best))]
        parents = [self._parents(match.name) for match in best]
        return best if len(best) == 1 or (best and frozenset.intersection(*parents)) else []

    def _heard_of(self, match: _Match, things: Sequence[_Match]) -> dict[str, str]:
        """Return the heard classes that a match stands for, and why."""
        found = self._with_below(match.name, match.why)
        above = [each for each in things if self._is_below(match.name, each.name) and each.name in self._heard]
        # "a dog barking" is a bark, and where a dog is heard it may be that; "a cymbal crashing" is a cymbal, where
        # crash cymbals are no class of their own.
        found |= {each.name: f"{each.why}; '{match.name}' is a kind of it" for each in above}
        return found

    def _match(self, name: str, about: Phrase, phrase: str) -> _Match | None:
        """Return how a class fits a phrase, by the best of its names; None where no name is said in full."""
        best: _Match | None = None
        taken = {word: meanings(word) for word in about.words}
        for each in self._names[name]:
            own = frozenset(word for word, means in taken.items() if means & each.own)
            said = frozenset().union(*(taken[word] for word in own))
            if not each.own or not each.own <= said:
                continue
            brackets = frozenset(word for word, means in taken.items() if means & each.other)
            if each.other and not brackets and any(self._how_often[word] > 1 for word in each.own):
                continue  # "a keyboard": which of them the brackets would say
            around = frozenset(word for word, means in taken.items() if means & self._context[name])
            verbatim = re.search(rf"\b{re.escape(each.said)}\b", phrase, re.IGNORECASE) is not None
            if not verbatim and not own <= frozenset((*about.thing, *about.action)):
                continue  # where it happens is not what sounds
            literal = each.own <= frozenset(about.words)
            why = f"named '{each.said}'" if literal else f"'{' '.join(sorted(own))}' taken as '{each.said}'"
            exact = verbatim + literal - bool(each.other and not brackets)
            match = _Match(name, own, own | brackets | around, exact, why)
            if best is None or (match.rank, match.exact) > (best.rank, best.exact):
                best = match
        return best

    def _words_around(self, name: str) -> frozenset[str]:
        """Return the words of all names of a class, and of all classes above and below it."""
        around = {name}
        if self._ontology is not None and name in self._ontology.names:
            around |= self._ontology.below(name) | self._ontology.above(name)
        return frozenset(word for each in around for word in stems(each))

    def _is_below(self, name: str, other: str) -> bool:
        return self._ontology is not None and other in self._ontology.names and name in self._ontology.below(other)

    def _parents(self, name: str) -> frozenset[str]:
        return frozenset() if self._ontology is None else self._ontology.parents(name)

    def _with_below(self, name: str, why: str) -> dict[str, str]:
        """Return the classes that are heard among a class and all below it, and why."""
        found = {name: why} if name in self._heard else {}
        if self._ontology is not None and name in self._ontology.names:
            below = self._ontology.below(name)
            found |= {each: f"a kind of '{name}'" for each in self._heard if each in below}
        return found

    def _by_sentences(self, phrase: str) -> Grounding:
        """Ask the sentence model, which must be sure."""
        order, cosines = self._nearest(phrase)
        first = order[0]
        apart = [name for name in order[1:] if not self._is_below(name, first) and not self._is_below(first, name)]
        ahead = cosines[first] - (cosines[apart[0]] if apart else -1.0)
        if cosines[first] < _NEAR or ahead < _AHEAD:
            raise ListenError(
                f"'{phrase}' is no sound that this listener knows; nearest by meaning: "
                f"{', '.join(f'{name} ({cosines[name]:.2f})' for name in order[:_MOST_SHOWN])}. "
                f"A class must be at {_NEAR} or nearer, and {_AHEAD} ahead of the next."
            )
        found = self._with_below(first, f"near in meaning ({cosines[first]:.2f})")
        return Grounding(phrase, dict.fromkeys(found, 1.0), found)

    def _nearest(self, phrase: str) -> tuple[list[str], dict[str, float]]:
        assert self._sentences is not None
        if self._vectors is None:
            self._vectors = _unit(self._sentences([name.lower() for name in self._heard]))
        cosine = self._vectors @ _unit(self._sentences([phrase]))[0]
        order = [self._heard[i] for i in np.argsort(-cosine, kind="stable")]
        return order, {name: float(value) for name, value in zip(self._heard, cosine, strict=True)}

    def _refusal(self, phrase: str, meant: Sequence[_Match], matches: Sequence[_Match]) -> str:
        best = [match for match in meant if match.rank == max(each.rank for each in meant)]
        if len(best) > 1:
            names = ", ".join(match.name for match in best[:_MOST_SHOWN])
            return f"'{phrase}' may mean several sounds that have nothing to do with one another: {names}."
        if best:
            above = self._ontology.above(best[0].name) if self._ontology is not None else frozenset()
            near = [name for name in self._heard if name in above]
            return f"'{phrase}' means '{best[0].name}', which this listener does not hear" + (
                f"; it hears {', '.join(near[:_MOST_SHOWN])}, of which that is a kind." if near else "."
            )
        near = [match.name for match in sorted(matches, key=lambda match: match.rank, reverse=True)]
        near = list(dict.fromkeys((*near, *self._alike(phrase))))
        return f"'{phrase}' is no sound that this listener knows; nearest: {', '.join(near[:_MOST_SHOWN]) or 'none'}."

    def _alike(self, phrase: str) -> list[str]:
        """Return the classes with the most words in common with a phrase, or that are written most like it."""
        words = frozenset().union(*(meanings(word) for word in parsed(phrase).words))
        shared = {name: len(words & frozenset(stems(name))) for name in self._known}
        return [name for name in sorted(shared, key=lambda name: -shared[name]) if shared[name]]


def _names(name: str, phrase: str | None) -> tuple[_Name, ...]:
    """Return the names of a class: what stands between its commas, and how queries say it."""
    outside = re.sub(r"\([^)]*\)", "", name)
    brackets = " ".join(re.findall(r"\(([^)]*)\)", name))
    names = [
        _Name(frozenset(_telling(each)), frozenset(stems(brackets)), each.strip())
        for each in re.split(r", and |, ", outside)
    ]
    if "," in brackets:
        # A list of those that are meant: "Roaring cats (lions, tigers)".
        names += [_Name(frozenset(stems(each)), frozenset(), each.strip()) for each in brackets.split(",")]
    names += [_Name(frozenset(stems(name)), frozenset(), name)]
    if phrase is not None:
        about = parsed(phrase)
        names += [_Name(frozenset(about.words), frozenset(), phrase)]
        names += [_Name(frozenset(about.thing), frozenset(), phrase)] if about.thing and not about.anyone else []
    return tuple(each for each in dict.fromkeys(names) if each.own)


def _telling(name: str) -> tuple[str, ...]:
    """Return the words of a name without "sounds" and the like, unless it has no others."""
    words = stems(name)
    telling = tuple(word for word in words if word not in _SAYS_NOTHING)
    return telling if name.casefold().endswith("sounds") and telling else words


def _tells_what_sounds(match: _Match, about: Phrase) -> bool:
    """Return whether a class explains the word of the phrase that says what sounds."""
    if about.several:
        return match.own >= frozenset(about.thing)
    if about.thing and about.thing[-1] in match.explained:
        return True
    return (about.passive or about.anyone) and bool(match.own & frozenset(about.action))


def _unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return unit


# --- files ---


def write_groundings(path: Path, listener: str, groundings: Iterable[Grounding]) -> None:
    """Write groundings to a file that can be edited and read again.

    Parameters
    ----------
    path
        The file.
    listener
        What hears the classes: ``"yamnet"``, or the folder of a fitted listener.
    groundings
        The groundings.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    phrases = {each.phrase: {"classes": dict(each.classes), "why": dict(each.why)} for each in groundings}
    write_json(path, {"format": _FORMAT, "listener": listener, "phrases": phrases})


def read_groundings(path: Path) -> tuple[str, dict[str, Grounding]]:
    """Read a file of groundings: what hears the classes, and the grounding of each phrase.

    ``"why"`` may be missing.

    Raises
    ------
    ListenError
        When it is no such file, or a weight is not above 0 and at most 1.
    """
    try:
        content = read_json(path)
        listener, rows = content["listener"], content["phrases"]
        if content["format"] != _FORMAT:
            raise ListenError(f"'{path}' has the format {content['format']!r}; this version reads {_FORMAT}.")
        found = {
            phrase: Grounding(
                phrase,
                {str(name): float(weight) for name, weight in row["classes"].items()},
                dict(row.get("why", {})),
            )
            for phrase, row in rows.items()
        }
    except (BenchmarkError, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ListenError(f"'{path}' is not a file that 'earwitness ground --out' writes: {error!r}.") from error
    for grounding in found.values():
        wrong = [f"{name}: {weight}" for name, weight in grounding.classes.items() if not 0.0 < weight <= 1.0]
        if wrong or not grounding.classes:
            raise ListenError(
                f"'{path}': '{grounding.phrase}' needs classes with weights above 0, at most 1; got {wrong or 'none'}."
            )
    return str(listener), found
