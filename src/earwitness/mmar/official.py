"""The string match of MMAR's own script, exactly as it judges, and the same with the order of words put right.

The script compares sets of words: an answer is credited when all of its words are in the text and no word of another
choice is. Sets know no order, so that "From far to near" is credited for "From near to far"; of MMAR's wrong choices
28, in 20 items, are credited in that way. A letter alone is never credited.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import lru_cache

__all__ = ["official_in_order", "official_matches"]

_WORD = re.compile(r"\b\w+\b")
# Signs that set two choices apart whose words are the same: +3 and -3, 1.5 and 1:5.
_SIGNED = re.compile(r"\w+|[^\w\s]")


def official_matches(text: str, choices: Sequence[str]) -> tuple[int, ...]:
    """Return the places of all choices for which the script would credit the text, were they the answer.

    Parameters
    ----------
    text
        What a model said.
    choices
        What could be answered. One without any word is matched by every text that has words, none of them another's.

    Examples
    --------
    >>> official_matches("It moves from far to near.", ("From near to far", "From far to near", "It stays"))
    ()
    >>> official_matches("From far to near", ("From near to far", "From far to near", "It stays"))
    (0, 1)
    """
    said = set(_WORD.findall(text.lower()))
    if not said:
        return ()
    return tuple(
        place for place, (own, foreign) in enumerate(_sets(tuple(choices))) if own <= said and foreign.isdisjoint(said)
    )


def official_in_order(text: str, choices: Sequence[str]) -> tuple[int, ...]:
    """Return the place of the one choice that the script credits and whose words stand in the text in its order.

    Of several choices with the same words that one is meant which stands in the text word by word, sign by sign where
    words are not enough, and is no part of another that stands there; or else, whose words come in the text each as
    often and in the same order. Where that leaves none, or more than one, the text is taken for none. A choice without
    any word is never meant.

    Examples
    --------
    >>> official_in_order("From far to near", ("From near to far", "From far to near", "It stays"))
    (1,)
    """
    places = [place for place in official_matches(text, choices) if _WORD.search(choices[place])]
    if len(places) < 2:
        return tuple(places)
    for pattern in (_WORD, _SIGNED):
        said = pattern.findall(text.lower())
        rows = {place: pattern.findall(choices[place].lower()) for place in places}
        standing = _outermost({place: _runs(said, rows[place]) for place in places})
        if len(standing) == 1:
            return tuple(standing)
        if not standing:
            kept = [place for place, row in rows.items() if [word for word in said if word in set(row)] == row]
            return tuple(kept) if len(kept) == 1 else ()
    return ()


@lru_cache(maxsize=4096)
def _sets(choices: tuple[str, ...]) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Return of each choice its words, and the words of choices with other words that are not its own."""
    words = [frozenset(_WORD.findall(choice.lower())) for choice in choices]
    return tuple((own, frozenset().union(*(other - own for other in words if other != own))) for own in words)


def _runs(said: list[str], row: list[str]) -> list[tuple[int, int]]:
    """Return where the words of a row stand side by side, from a place to before another, ascending."""
    text, wanted = "\0" + "\0".join(said) + "\0", "\0" + "\0".join(row) + "\0"
    found = []
    start = text.find(wanted)
    while start >= 0:
        found.append((start, start + len(wanted)))
        start = text.find(wanted, start + 1)
    return found


def _outermost(runs: Mapping[int, list[tuple[int, int]]]) -> list[int]:
    """Return the places with a run that lies in no longer run of another place."""
    return [
        place
        for place, spans in runs.items()
        if any(not any(_lies_in(span, other) for other in runs.values() if other is not spans) for span in spans)
    ]


def _lies_in(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Return whether a run lies in a longer one of another place, whose runs are all of one length."""
    start, end = span
    before = bisect_right(others, start, key=lambda each: each[0])
    return before > 0 and others[before - 1][1] >= end and others[before - 1] != span
