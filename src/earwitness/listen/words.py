"""English as far as the names of sounds need it: words without their endings, and what a phrase is about.

A phrase such as ``"a church bell tolling in the wind"`` has a *thing* (church bell; its last word, bell, is what
sounds), an *action* (tolling) and *circumstances* (in the wind).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["Phrase", "Taken", "meanings", "parsed", "stem", "stems"]

_SHORTEST_STEM = 3
_VOWEL = re.compile("[aeiouy]")


@cache
def _lists() -> Mapping[str, Any]:
    text = resources.files("earwitness.listen").joinpath("data", "words.json").read_text(encoding="utf-8")
    lists: Mapping[str, Any] = json.loads(text)
    return lists


@cache
def stem(word: str) -> str:
    """Return a word without its ending, so that "barks", "barked" and "barking" are one.

    Examples
    --------
    >>> stem("humming"), stem("hum"), stem("flies"), stem("glass")
    ('hum', 'hum', 'fly', 'glas')
    """
    word = _lists()["irregular"].get(word, word)
    if word.endswith(("ies", "ied")):
        word = word[:-3] + "y"
    elif word.endswith("s") and not word.endswith(("ss", "us")) and len(word) > _SHORTEST_STEM:
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= _SHORTEST_STEM and _VOWEL.search(rest):
            word = rest
            break
    word = word.removesuffix("e") if len(word) > _SHORTEST_STEM else word
    # "humming" would be "humm"; and "bell" is "bel" wherever it stands.
    return word[:-1] if len(word) > _SHORTEST_STEM and word[-1] == word[-2] else word


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def stems(text: str) -> tuple[str, ...]:
    """Return the words of a name without their endings, articles left out.

    Examples
    --------
    >>> stems("Walk, footsteps")
    ('walk', 'footstep')
    """
    return tuple(stem(word) for word in _tokens(text) if word not in _lists()["small"])


@cache
def _taken_as() -> Mapping[str, frozenset[str]]:
    return {stem(word): frozenset(stem(other) for other in others) for word, others in _lists()["taken_as"].items()}


Taken = frozenset[str]
"""What a word may be taken as: itself, and other words for it or for what it is a kind of."""


def meanings(word: str) -> Taken:
    """Return what a stem may be taken as, itself included.

    Examples
    --------
    >>> sorted(meanings("cow"))
    ['cattl', 'cow']
    """
    return _taken_as().get(word, frozenset()) | {word}


@dataclass(frozen=True)
class Phrase:
    """What a phrase is about, in stems."""

    thing: tuple[str, ...]
    """Its noun and what stands before it; the last is what sounds."""
    action: tuple[str, ...]
    """What it does, or what is done to it."""
    circumstances: tuple[str, ...]
    """Where, with what, how."""
    passive: bool
    """Whether the action is done to it: then the action is what is heard."""
    anyone: bool
    """Whether the thing says nothing of the sound: a person, something."""
    several: bool
    """Whether "and" or "or" stands in it: then a class must tell all of the thing."""

    @property
    def words(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((*self.thing, *self.action, *self.circumstances)))


def parsed(text: str, *, clause: bool = False) -> Phrase:
    """Return what a phrase is about.

    Parameters
    ----------
    text
        The phrase.
    clause
        Whether its last noun may be the verb of a short sentence: "a cat meows", "sheep bleat". In English a noun
        that describes another one is singular ("dog bark"), so what follows a plural is its verb ("dogs bark").

    Examples
    --------
    >>> about = parsed("a church bell tolling in the wind")
    >>> about.thing, about.action, about.circumstances
    (('church', 'bel'), ('tol',), ('wind',))
    """
    lists = _lists()
    words = [word for word in _tokens(text) if word not in lists["small"]]
    # "the sound of rain", "a rain sound": rain. But "white noise" is no white.
    if len(words) > 2 and words[0] in lists["heard"] and words[1] == "of":
        words = words[2:]
    if len(words) > 1 and words[-1] == "sound":
        words = words[:-1]
    words, measure = _without_measure(words)
    cut = next((i for i, word in enumerate(words) if i and word in lists["prepositions"]), len(words))
    core = _with_participle(words[:cut]) if clause else words[:cut]
    circumstances = [word for word in words[cut:] if word not in lists["prepositions"]]
    thing, action, passive = _divided(core)
    # Where a sentence is meant, "women scream" is as "a woman screams".
    nouns = {*thing[-1:], *(map(stem, thing[-1:]) if clause else ())}
    return Phrase(
        thing=tuple(map(stem, (*measure, *thing))),
        action=tuple(map(stem, action)),
        circumstances=tuple(map(stem, circumstances)),
        passive=passive,
        anyone=not nouns.isdisjoint(lists["anyone"]),
        several=not {"and", "or"}.isdisjoint(_tokens(text)),
    )


def _without_measure(words: list[str]) -> tuple[list[str], list[str]]:
    """Take "a pane of" from "a pane of glass shattering", and "the roar of" from "the roar of a lion"."""
    if "of" not in words[1:-1]:
        return words, []
    place = words.index("of", 1)
    before = words[:place]
    # "a knock on a door of glass" is about the knock.
    return (words, []) if set(before) & set(_lists()["prepositions"]) else (words[place + 1 :], before)


def _with_participle(core: list[str]) -> list[str]:
    """Return the words of a short sentence with its verb as a participle: "cats meow" as "cats meowing"."""
    if len(core) < 2:
        return core
    *subject, verb = core
    # "a woman screams"; "glass" is no verb.
    third = verb.endswith("s") and not verb.endswith(("ss", "us"))
    participle = verb.endswith("ing") and stem(verb) != verb  # which "sing" is not
    return [*subject, f"{stem(verb)}ing"] if third or (_is_plural(subject[-1]) and not participle) else core


def _is_plural(word: str) -> bool:
    regular = word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > _SHORTEST_STEM
    return regular or word in _lists()["plural"]


def _divided(core: list[str]) -> tuple[list[str], list[str], bool]:
    """Divide into the thing and its action, and say whether the action is done to it."""
    if "being" in core[1:]:
        verb = core.index("being", 1)
        return core[:verb], core[verb + 1 :], True
    participles = [i for i, word in enumerate(core) if word.endswith("ing") and stem(word) != word]
    # The first word that ends so describes the noun, as in "a singing bowl humming", where another one is the verb.
    if participles and participles[-1] > 0:
        return core[: participles[-1]], core[participles[-1] :], False
    if participles and len(core) > 1:
        return core[1:], core[:1], True
    return core, [], False
