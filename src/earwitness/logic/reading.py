"""From English to a constraint: reads back everything that ``wording`` can write.

The sentence's sounds are found first, by their phrases; what remains is matched against the templates of ``wording``,
backwards. A sentence that can be read in two ways is refused, not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any as AnyNode

from earwitness.errors import ConstraintError, ReadingError
from earwitness.logic.constraint import All, Any, Before, Constraint, Not
from earwitness.logic.wording import FRAMES, NESTING, TEMPLATES, Template

__all__ = ["Reader"]

# Each phrase is replaced by one private-use character, so that no word of a phrase is taken for a word of a template.
_FIRST_SOUND = 0xF0000
_SOUND = r"([\U000F0000-\U000FFFFD])"
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_PARTS = {"seconds": rf"{_NUMBER} seconds?", "times": rf"{_NUMBER} times?"}
_MOST_SOUNDS = 0xFFFE


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
            if not key or len(labels) >= _MOST_SOUNDS:
                raise ReadingError(f"The phrase of '{label}' is empty, or there are over {_MOST_SOUNDS} of them.")
            if key in labels:
                raise ReadingError(f"The labels '{labels[key]}' and '{label}' have the same phrase: '{phrase}'.")
            labels[key] = label
        self._labels = tuple(labels.values())
        self._number = {key: number for number, key in enumerate(labels)}
        longest_first = sorted(labels, key=len, reverse=True)
        self._phrase = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)") if labels else None

    def read(self, text: str) -> Constraint:
        """Read one sentence.

        Raises
        ------
        ReadingError
            When it is not a sentence of the known forms, or can be read in two ways.
        """
        if re.search(_SOUND, text):
            raise ReadingError(f"Cannot read {text!r}: it holds characters for private use.")
        marked = self._marked(_plain(text))
        found = {constraint for frame in _frames() for constraint in self._framed(marked, *frame)}
        if len(found) == 1:
            return found.pop()
        if not found:
            raise ReadingError(f"Cannot read {text!r}: {self._obstacle(marked)}.")
        raise ReadingError(f"{text!r} can be read in {len(found)} ways: {'; '.join(sorted(map(str, found)))}.")

    def _marked(self, text: str) -> str:
        if self._phrase is None:
            return text
        return self._phrase.sub(lambda match: chr(_FIRST_SOUND + self._number[match.group()]), text)

    def _framed(self, text: str, start: str, end: str) -> Iterator[Constraint]:
        if text.startswith(start) and text.endswith(end):
            whole = len(text) - len(end)
            yield from (c for c, position in self._clauses(text, len(start)) if position == whole)

    def _clauses(self, text: str, position: int) -> Iterator[tuple[Constraint, int]]:
        """Yield every reading of what starts here: one clause, or several joined by commas."""
        single = NESTING["single"]
        if text.startswith(single, position):
            for part, end in self._clause(text, position + len(single), further=False):
                yield All((part,)), end
        for first, end in self._clause(text, position, further=False):
            yield first, end
            for others, last in self._further(text, end):
                yield All((first, *others)), last

    def _further(self, text: str, position: int) -> Iterator[tuple[tuple[Constraint, ...], int]]:
        if not text.startswith(", ", position):
            return
        for part, end in self._clause(text, position + 2, further=True):
            yield (part,), end
            for others, last in self._further(text, end):
                yield (part, *others), last

    def _clause(self, text: str, position: int, *, further: bool) -> Iterator[tuple[Constraint, int]]:
        for template, pattern in _patterns(further):
            match = pattern.match(text, position)
            if match:
                yield self._built(template, match), match.end()
        if further:
            if not text.startswith("and ", position):
                return
            position += len("and ")
        yield from self._nested(text, position)

    def _nested(self, text: str, position: int) -> Iterator[tuple[Constraint, int]]:
        for inner, end in self._bracketed(text, position):
            if isinstance(inner, All):
                yield inner, end
        start = NESTING["not"].removesuffix("{}")
        if text.startswith(start, position):
            for inner, end in self._bracketed(text, position + len(start)):
                yield Not(inner), end
        start = NESTING["any"].removesuffix("{}")
        if text.startswith(start, position):
            for choices, end in self._choices(text, position + len(start)):
                yield Any(choices), end

    def _choices(self, text: str, position: int) -> Iterator[tuple[tuple[Constraint, ...], int]]:
        for choice, end in self._bracketed(text, position):
            yield (choice,), end
            if text.startswith(NESTING["or"], end):
                for others, last in self._choices(text, end + len(NESTING["or"])):
                    yield (choice, *others), last

    def _bracketed(self, text: str, position: int) -> Iterator[tuple[Constraint, int]]:
        if text.startswith("(", position):
            for inner, end in self._clauses(text, position + 1):
                if text.startswith(")", end):
                    yield inner, end + 1

    def _built(self, template: Template, match: re.Match[str]) -> Constraint:
        sounds = re.findall(_SOUND, match.group())
        if template.link is None:
            # The slots may stand in another order in the text than in the constraint.
            order = [int(slot) for slot in re.findall(r"\{([0-9])\}", template.text)]
            sounds = [sounds[order.index(place)] for place in range(len(sounds))]
        labels = [self._labels[ord(sound) - _FIRST_SOUND] for sound in sounds]
        options: dict[str, AnyNode] = {}
        if template.option is not None:
            said = self._legible(match.group())
            numbers = {float(number) for number in re.findall(_NUMBER, match.group())}
            if len(numbers) > 1:
                raise ReadingError(f"One limit was expected in {said!r}; got {sorted(numbers)}.")
            options[template.option] = numbers.pop()
        arguments = (tuple(labels),) if template.node is Before else tuple(labels)
        node: AnyNode = template.node
        try:
            constraint: Constraint = node(*arguments, **options)
        except ConstraintError as error:
            raise ReadingError(f"{self._legible(match.group())!r} has no meaning: {error}") from error
        return constraint

    def _obstacle(self, marked: str) -> str:
        if not re.search(_SOUND, marked):
            return "no known sound is named in it"
        return f"'{self._legible(marked)}' is not a form that is understood"

    def _legible(self, marked: str) -> str:
        return re.sub(_SOUND, lambda match: f"[{self._labels[ord(match.group()) - _FIRST_SOUND]}]", marked)


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
def _patterns(further: bool) -> tuple[tuple[Template, re.Pattern[str]], ...]:
    patterns = []
    for template in TEMPLATES:
        pattern = _regex(template.further_text if further else template.text)
        if template.link is not None:
            pattern += f"(?:{_regex(template.link)})+"
        patterns.append((template, re.compile(pattern)))
    return tuple(patterns)


def _regex(text: str) -> str:
    pieces = re.split(r"(\{\w+\})", text)
    return "".join(_PARTS.get(p[1:-1], _SOUND) if p.startswith("{") else re.escape(p.casefold()) for p in pieces)
