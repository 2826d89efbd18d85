"""From English to a constraint: reads back everything that ``wording`` can write.

The sentence is matched against the templates of ``wording``, backwards, with the phrases of the known sounds in
their slots. Every way to read it is followed; a sentence that can be read in two ways is refused, not guessed at.

Where no sounds are known beforehand, a slot holds any phrase that holds none of the templates' own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any as AnyNode
from typing import NamedTuple

from earwitness.errors import ConstraintError, ReadingError
from earwitness.logic.constraint import All, Any, Before, Constraint, Not
from earwitness.logic.wording import FRAMES, NESTING, TEMPLATES, Template

__all__ = ["OpenReader", "Reader", "sound_name"]

_NUMBERS = {unit: re.compile(rf"([0-9]+(?:\.[0-9]+)?) {unit[:-1]}s?") for unit in ("seconds", "times")}
_LONGEST = 5_000
_DEEPEST = 50
# Two ways to read the same stretch are enough to know that it has no one meaning, and keep hostile text cheap.
_ENOUGH = 2

# What a phrase of an unknown sound is made of; commas, brackets and the full stop are the templates'.
_WORD = re.compile(r"[^\s,.()]+(?:\.[^\s,.()]+)*")
_MOST_WORDS = 12
_ARTICLES = ("a", "an", "the")
# Words of the templates that join the words of one sound as well: "music for children". What stands beside them in the
# templates tells the two apart.
_JOINING = ("and", "or", "by", "for")
_UNITS = ("second", "seconds", "time", "times")

_Readings = dict[int, list[AnyNode]]
"""What can start at one position: for each end in the text, what was read up to there."""


class Reader:
    """Reads sentences about a given set of sounds.

    Parameters
    ----------
    phrases
        The phrase of each label, such as ``{"dog": "a dog barking"}``.

    Raises
    ------
    ReadingError
        When two labels have the same phrase, or a phrase is empty.

    Examples
    --------
    >>> reader = Reader({"dog": "a dog barking", "horn": "a car horn"})
    >>> str(reader.read("Find a recording with a car horn after a dog barking."))
    'before(dog, horn)'
    """

    def __init__(self, phrases: Mapping[str, str]) -> None:
        labels: dict[str, str] = {}
        for label, phrase in phrases.items():
            key = _plain(phrase)
            if not key:
                raise ReadingError(f"The phrase of '{label}' is empty.")
            if key in labels:
                raise ReadingError(f"The labels '{labels[key]}' and '{label}' have the same phrase: '{phrase}'.")
            labels[key] = label
        self._labels = labels
        self._lengths = tuple(sorted({len(phrase) for phrase in labels}, reverse=True))
        longest_first = sorted(labels, key=len, reverse=True)
        self._phrase = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)") if labels else None

    def read(self, text: str) -> Constraint:
        """Read one sentence.

        Raises
        ------
        ReadingError
            When it is not a sentence of the known forms, can be read in two ways, is longer than 5,000 characters,
            or holds more than 50 brackets inside one another.
        """
        return _only_reading(text, lambda plain: _Sentence(plain, self._labels, self._lengths), self._obstacle)

    def _obstacle(self, sentence: _Sentence) -> str:
        legible, sounds = sentence.text, 0
        if self._phrase is not None:
            legible, sounds = self._phrase.subn(lambda match: f"[{self._labels[match.group()]}]", sentence.text)
        if not sounds:
            return "no known sound is named in it"
        return next(iter(sentence.meaningless), f"'{legible}' is not a form that is understood")


class OpenReader:
    """Reads sentences about sounds that nobody has named beforehand.

    A sound's label is its phrase, in small letters and without its article. A phrase has at most 12 words, and holds
    none of the words that the templates are made of, such as "before" or "without". It may be "dishes and pots", but
    "a dog and a cat" are two sounds.

    Examples
    --------
    >>> str(OpenReader().read("A dog barking before a car horn, without a siren."))
    'all(before("dog barking", "car horn"), absent(siren))'
    """

    def read(self, text: str) -> Constraint:
        """Read one sentence.

        Raises
        ------
        ReadingError
            When it is not a sentence of the known forms, can be read in two ways, is longer than 5,000 characters,
            or holds more than 50 brackets inside one another.
        """
        return _only_reading(text, _OpenSentence, self._obstacle)

    def _obstacle(self, sentence: _Sentence) -> str:
        return next(iter(sentence.meaningless), "it is not of a form that is understood")


def _only_reading(text: str, opened: Callable[[str], _Sentence], obstacle: Callable[[_Sentence], str]) -> Constraint:
    if len(text) > _LONGEST:
        raise ReadingError(f"A sentence has at most {_LONGEST} characters; got {len(text)}.")
    sentence = opened(_plain(text))
    found = sentence.readings()
    if len(found) > 1:
        raise ReadingError(f"{text!r} can be read in {len(found)} ways: {'; '.join(sorted(map(str, found)))}.")
    if not found:
        raise ReadingError(f"Cannot read {text!r}: {obstacle(sentence)}.")
    return found.pop()


def sound_name(phrase: str) -> str:
    """Return what ``OpenReader`` calls the sound of a phrase.

    Examples
    --------
    >>> sound_name("A dog  barking")
    'dog barking'
    """
    words = _plain(phrase).split(" ")
    return " ".join(words[1:] if len(words) > 1 and words[0] in _ARTICLES else words)


class _Said(NamedTuple):
    """What has been read of one template."""

    sounds: tuple[str, ...] = ()
    number: float | None = None


class _Sentence:
    """One sentence in small letters, with the rules by which it is read from any position."""

    def __init__(self, text: str, labels: Mapping[str, str], lengths: tuple[int, ...]) -> None:
        self.text = text
        self.meaningless: dict[str, None] = {}
        self._labels = labels
        self._lengths = lengths
        self._clauses_at: dict[tuple[int, bool], _Readings] = {}
        self._sounds_at: dict[int, list[tuple[int, str]]] = {}

    def readings(self) -> set[Constraint]:
        found: set[Constraint] = set()
        for start, end in _frames():
            if self.text.startswith(start) and self.text.endswith(end):
                found.update(self._clauses(len(start), 0).get(len(self.text) - len(end), ()))
        return found

    def _clauses(self, position: int, depth: int) -> _Readings:
        """One clause, or several joined by commas."""
        found: _Readings = {}
        single = NESTING["single"]
        if self.text.startswith(single, position):
            for end, part in _each(self._clause(position + len(single), depth, further=False)):
                _keep(found, end, All((part,)))
        first = self._clause(position, depth, further=False)
        for end, parts in _each(self._joined(first, ", ", lambda at: self._clause(at, depth, further=True))):
            _keep(found, end, parts[0] if len(parts) == 1 else All(parts))
        return found

    def _joined(self, first: _Readings, separator: str, following: Callable[[int], _Readings]) -> _Readings:
        """One or more of the same, with a separator between; as tuples."""
        found: _Readings = {}
        latest: _Readings = {}
        for end, part in _each(first):
            _keep(latest, end, (part,))
        while latest:
            longer: _Readings = {}
            for end, parts in _each(latest):
                _keep(found, end, parts)
                if self.text.startswith(separator, end):
                    for last, part in _each(following(end + len(separator))):
                        _keep(longer, last, (*parts, part))
            latest = longer
        return found

    def _clause(self, position: int, depth: int, *, further: bool) -> _Readings:
        if (position, further) not in self._clauses_at:
            found: _Readings = {}
            for template, lead, link in _patterns(further):
                for end, constraint in self._said(template, lead, link, position):
                    _keep(found, end, constraint)
            if not further:
                self._nested(found, position, depth)
            elif self.text.startswith("and ", position):
                self._nested(found, position + len("and "), depth)
            self._clauses_at[position, further] = found
        return self._clauses_at[position, further]

    def _nested(self, found: _Readings, position: int, depth: int) -> None:
        for end, inner in _each(self._bracketed(position, depth)):
            if isinstance(inner, All):
                _keep(found, end, inner)
        start = NESTING["not"].removesuffix("{}")
        if self.text.startswith(start, position):
            for end, inner in _each(self._bracketed(position + len(start), depth)):
                _keep(found, end, Not(inner))
        start = NESTING["any"].removesuffix("{}")
        if self.text.startswith(start, position):
            first = self._bracketed(position + len(start), depth)
            for end, choices in _each(self._joined(first, NESTING["or"], lambda at: self._bracketed(at, depth))):
                _keep(found, end, Any(choices))

    def _bracketed(self, position: int, depth: int) -> _Readings:
        if not self.text.startswith("(", position):
            return {}
        if depth == _DEEPEST:
            raise ReadingError(f"Cannot read {self.text!r}: more than {_DEEPEST} brackets stand inside one another.")
        inside = self._clauses(position + 1, depth + 1)
        return {end + 1: inner for end, inner in inside.items() if self.text.startswith(")", end)}

    def _said(
        self, template: Template, lead: tuple[str, ...], link: tuple[str, ...], position: int
    ) -> Iterator[tuple[int, Constraint]]:
        """Yield what one template makes of the words that start here."""
        latest = self._filled(lead, {position: [_Said()]})
        while latest:
            latest = self._filled(link, latest) if link else latest
            for end, said in _each(latest):
                try:
                    yield end, _built(template, said)
                except ConstraintError as error:
                    self.meaningless[f"'{self.text[position:end]}' has no meaning: {str(error).rstrip('.')}"] = None
            if not link:
                return

    def _filled(self, pieces: tuple[str, ...], before: _Readings) -> _Readings:
        """Go on from each end over literal words, sounds and numbers."""
        for piece in pieces:
            after: _Readings = {}
            for position, said in _each(before):
                for end, longer in self._piece(piece, position, said):
                    _keep(after, end, longer)
            before = after
        return before

    def _piece(self, piece: str, position: int, said: _Said) -> Iterator[tuple[int, _Said]]:
        if not piece.startswith("{"):
            if self.text.startswith(piece, position):
                yield position + len(piece), said
        elif piece[1:-1] in _NUMBERS:
            match = _NUMBERS[piece[1:-1]].match(self.text, position)
            if match and said.number in (None, float(match[1])):
                yield match.end(), said._replace(number=float(match[1]))
            elif match:
                self.meaningless[f"one limit was expected; got {said.number:g} and {match[1]}"] = None
        else:
            for end, label in self._sounds(position):
                yield end, said._replace(sounds=(*said.sounds, label))

    def _sounds(self, position: int) -> list[tuple[int, str]]:
        if position not in self._sounds_at:
            ends = (position + length for length in self._lengths)
            found = ((end, self._labels.get(self.text[position:end])) for end in ends if end <= len(self.text))
            self._sounds_at[position] = [(end, label) for end, label in found if label is not None]
        return self._sounds_at[position]


class _OpenSentence(_Sentence):
    """One sentence in whose slots any phrase may stand that holds none of the templates' own words."""

    def __init__(self, text: str) -> None:
        super().__init__(text, {}, ())

    def _sounds(self, position: int) -> list[tuple[int, str]]:
        if position not in self._sounds_at:
            self._sounds_at[position] = list(self._phrases(position))
        return self._sounds_at[position]

    def _phrases(self, position: int) -> Iterator[tuple[int, str]]:
        words: list[str] = []
        end = position
        while len(words) < _MOST_WORDS and (match := _WORD.match(self.text, end)):
            words.append(match.group())
            # A longer phrase would hold them too.
            if any(tuple(words[-len(own) :]) == own for own in _own_words()) or not _may_join(words):
                return
            if words[-1] not in (*_ARTICLES, *_JOINING):
                yield match.end(), sound_name(" ".join(words))
            if not self.text.startswith(" ", match.end()):
                return
            end = match.end() + 1


def _built(template: Template, said: _Said) -> Constraint:
    sounds = said.sounds
    if template.link is None:
        # The slots may stand in another order in the text than in the constraint.
        order = [int(slot) for slot in re.findall(r"\{([0-9])\}", template.text)]
        sounds = tuple(sounds[order.index(place)] for place in range(len(sounds)))
    options = {} if template.option is None else {template.option: said.number}
    arguments = (sounds,) if template.node is Before else sounds
    node: AnyNode = template.node
    constraint: Constraint = node(*arguments, **options)
    return constraint


def _each(readings: _Readings) -> Iterator[tuple[int, AnyNode]]:
    for end, values in readings.items():
        for value in values:
            yield end, value


def _keep(found: _Readings, end: int, value: AnyNode) -> None:
    values = found.setdefault(end, [])
    if len(values) < _ENOUGH and value not in values:
        values.append(value)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@lru_cache
def _frames() -> tuple[tuple[str, str], ...]:
    frames = []
    for frame in FRAMES:
        start, end = frame.casefold().split("{}")
        # The full stop may be missing.
        frames += [(start, end), (start, end.rstrip("."))]
    return tuple(frames)


@lru_cache
def _patterns(further: bool) -> tuple[tuple[Template, tuple[str, ...], tuple[str, ...]], ...]:
    """Return each template with the pieces of its form in this place, and those of its link."""
    return tuple(
        (template, _pieces(template.further_text if further else template.text), _pieces(template.link or ""))
        for template in TEMPLATES
    )


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(piece for piece in re.split(r"(\{\w+\})", text.casefold()) if piece)


@lru_cache
def _own_words() -> frozenset[tuple[str, ...]]:
    """Return the runs of words that the templates are made of: a phrase of a sound holds none of them."""
    texts = [text for each in TEMPLATES for text in (each.text, each.further_text, each.link or "")]
    pieces = (piece for text in (*texts, *FRAMES, *NESTING.values()) for piece in re.split(r"\{\w*\}", text))
    runs = (tuple(_WORD.findall(run)) for piece in pieces for run in piece.casefold().split(","))
    # "and never a cat" is no cat, and not another sound that is called "never a cat".
    own = {words for run in runs for words in (run, run[1:] if run[:1] == ("and",) else run) if words}
    return frozenset((own - {(word,) for word in _JOINING}) | {(word,) for word in _UNITS})


def _may_join(words: Sequence[str]) -> bool:
    """Return whether "and" stands inside one sound ("dishes and pots") and not between two ("a dog and a cat")."""
    return words[0] not in ("and", "or") and not (words[-1] in _ARTICLES and words[-2:-1] in (["and"], ["or"]))
