"""Where a text names the choices of a question in their own words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from earwitness.mmar.words import CLAUSE, NONE, SENTENCE, Words, normal_text, split_words

__all__ = ["UNCLEAR", "Choices", "Mention", "choices_of", "letters_of", "smooth", "text_mentions"]

UNCLEAR = -1
"""The place of a mention of which it cannot be told which choice it means, or of a letter that no choice has."""


class Mention(NamedTuple):
    """Where a choice is named."""

    start: int
    """The first word."""
    end: int
    """Before which word it ends."""
    place: int
    """Which choice, or UNCLEAR."""
    lettered: bool
    """Whether its letter or its number names it, alone or beside its words."""


@dataclass(frozen=True)
class Choices:
    """The choices of a question, as they can be named."""

    texts: tuple[str, ...]
    """Their normal forms, without space around."""
    rows: tuple[Words, ...]
    """Their words."""
    whole: Mapping[str, int]
    """The place of each by all its words written together; UNCLEAR for what several have."""
    twins: Mapping[tuple[str, ...], tuple[int, ...]]
    """The places of each row of words."""
    counted: bool = True
    """Whether they can be named by their numbers too."""

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.texts)


@lru_cache(maxsize=4096)
def choices_of(choices: tuple[str, ...]) -> Choices:
    """Return choices as they can be named."""
    texts = tuple(normal_text(choice).strip() for choice in choices)
    rows = tuple(split_words(text) for text in texts)
    whole: dict[str, int] = {}
    twins: dict[tuple[str, ...], tuple[int, ...]] = {}
    for place, row in enumerate(rows):
        if row.keys:
            joined = "".join(row.keys)
            whole[joined] = UNCLEAR if joined in whole else place
            twins[tuple(row.keys)] = (*twins.get(tuple(row.keys), ()), place)
    return Choices(texts, rows, whole, twins)


@lru_cache(maxsize=64)
def letters_of(count: int) -> Choices:
    """Return choices that can be named by their letters alone."""
    return Choices(("",) * count, (split_words(""),) * count, {}, {}, counted=False)


def text_mentions(words: Words, choices: Choices) -> list[Mention]:
    """Return where choices are named in their own words, in order, each word in one mention at most.

    The longest wins. Where two lie across each other, or differ in signs alone and the text has the signs of neither,
    the mention is UNCLEAR.
    """
    joined = "\0" + "\0".join(words.keys) + "\0"
    offsets: Sequence[int] = list(accumulate((len(key) + 1 for key in words.keys), initial=0))
    found: list[Mention] = []
    for keys, places in choices.twins.items():
        needle = "\0" + "\0".join(keys) + "\0"
        inner = choices.rows[places[0]].breaks
        at = joined.find(needle)
        while at >= 0:
            start = bisect_left(offsets, at)
            end = start + len(keys)
            if all(words.breaks[start + k] < SENTENCE or inner[k] >= SENTENCE for k in range(1, len(keys))):
                found.append(Mention(start, end, _told_apart(words, start, end, choices, places), False))
            at = joined.find(needle, at + 1)
    return _longest(found)


def _told_apart(words: Words, start: int, end: int, choices: Choices, places: tuple[int, ...]) -> int:
    """Return which of the choices with the same words a text spells, sign by sign, or UNCLEAR."""
    if len(places) == 1:
        return places[0]
    spelled = words.text[words.starts[start] : words.ends[end - 1]]
    for form in (str, str.casefold):
        wanted = form(spelled)
        same = []
        for place in places:
            row = choices.rows[place]
            if form(row.text[row.starts[0] : row.ends[-1]]) == wanted:
                same.append(place)
        if len(same) == 1:
            return same[0]
    return UNCLEAR


def _longest(found: list[Mention]) -> list[Mention]:
    """Return mentions of which none lies in another; those that lie across each other become one that is UNCLEAR."""
    kept: list[Mention] = []
    for each in sorted(found, key=lambda mention: (mention.start, -mention.end)):
        last = kept[-1] if kept else None
        if last is None or each.start >= last.end:
            kept.append(each)
        elif each.end > last.end:
            kept[-1] = Mention(last.start, each.end, UNCLEAR, False)
    return kept


def smooth(words: Words, mentions: Sequence[Mention]) -> None:
    """Take the ends of sentences out of choices, and set one before a letter that stands before a choice.

    So a choice is never cut, and "A. dog B. cat" are two.
    """
    before = 0
    for mention in mentions:
        start = mention.start
        for place in range(start + 1, mention.end):
            words.breaks[place] = min(words.breaks[place], CLAUSE)
        begins = start > 0 and (words.breaks[start - 1] > NONE or before == start - 1)  # not "Part B: dog"
        before = mention.end
        lettered = start > 0 and words.raw[start - 1] == chr(ord("A") + mention.place)
        if begins and lettered and words.gap(start).lstrip("*_")[:1] in _LABELS:
            words.breaks[start] = min(words.breaks[start], CLAUSE)
            words.breaks[start - 1] = max(words.breaks[start - 1], SENTENCE)


_LABELS = (".", ")", ":")
