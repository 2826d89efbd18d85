"""The grammar of questions: from text to a tree, and what its numbers say.

The grammar itself stands in ``asking.lark``. It is parsed by lark's LALR parser, in time that grows with the length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib import resources

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from earwitness.logic.constraint import Constraint

__all__ = ["DEEPEST", "LONGEST", "Unread", "is_one_sound", "parsed_question", "read_number", "read_seconds"]

LONGEST = 5_000
"""The most characters that a question may have."""
DEEPEST = 50
"""The most brackets that may stand inside one another."""
_MOST_WORDS = 12
_MOST_SHOWN = 40

_NUMBERS = (
    *(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]),
    *("fifteen", "twenty", "thirty", "forty", "fifty", "sixty", "ninety"),
)
_VALUES = dict(zip(_NUMBERS, (*range(1, 13), 15, 20, 30, 40, 50, 60, 90), strict=True))
_VALUES |= {"a": 1, "an": 1, "once": 1, "twice": 2, "thrice": 3}
_NUMBER = re.compile(rf"half\s+an?|\d+(?:\.\d+)?|\b(?:{'|'.join(_VALUES)})\b", re.IGNORECASE)
_LENGTH = re.compile(rf"({_NUMBER.pattern})\s*-?\s*(ms|msec|milli|s|m|h)[a-z]*\b", re.IGNORECASE)
_UNIT_S = {"ms": 0.001, "msec": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Unread(Exception):
    """Why a question cannot be read, and where; told to its user as a ``ReadingError``.

    Parameters
    ----------
    reason
        What is wrong, as the end of a sentence.
    start, end
        The characters that it is about.
    offers
        Readings that are offered in its place.
    foreign
        Whether the words there are not known, so that the question may be read without them.
    near
        Names of sounds that may be meant by the words there.
    """

    def __init__(
        self,
        reason: str,
        start: int,
        end: int,
        *,
        offers: Sequence[Constraint] = (),
        foreign: bool = False,
        near: Sequence[str] = (),
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.start = start
        self.end = end
        self.offers = tuple(offers)
        self.foreign = foreign
        self.near = tuple(near)


@cache
def _lark() -> Lark:
    text = resources.files("earwitness.library").joinpath("asking.lark").read_text(encoding="utf-8")
    # The basic lexer takes the same words for the same everywhere, which a reader of refusals can follow.
    return Lark(text, parser="lalr", lexer="basic", start=["start", "words", "stray"], propagate_positions=True)


def parsed_question(text: str) -> Tree[Token]:
    """Return the tree of a question.

    Raises
    ------
    Unread
        When it is empty, too long, nested too deeply, or not of the grammar; it says at which characters.
    """
    if not text.strip():
        raise Unread("it is empty; ask for a sound, or for sounds in an order", 0, 0)
    if len(text) > LONGEST:
        raise Unread(f"it has {len(text)} characters; at most {LONGEST} are read", LONGEST, len(text))
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth > DEEPEST:
            raise Unread(f"more than {DEEPEST} brackets stand inside one another", place, place + 1)
    try:
        return _lark().parse(text, start="start")
    except UnexpectedInput as error:
        raise _unread(text, error) from None


def _unread(text: str, error: UnexpectedInput) -> Unread:
    token = error.token if isinstance(error, UnexpectedToken) else None
    if token is None or token.type == "$END":
        closing = isinstance(error, UnexpectedToken) and "RPAR" in error.expected
        missing = "a bracket was to close" if closing else "a sound was expected"
        return Unread(f"it ends where {missing}", len(text.rstrip()), len(text), foreign=True)
    start, end = token.start_pos or 0, token.end_pos or 0
    reason = f"'{token}' is not understood there"
    if token.type == "UNSAID":
        reason = f"what '{token}' means cannot be asked"
    elif token.type == "OTHER":
        # Signs that stand together are told together.
        end = start + len(text[start:].split(maxsplit=1)[0])
        reason = f"{text[start : min(end, start + _MOST_SHOWN)]!r} is not understood"
    return Unread(reason, start, end, foreign=True)


@lru_cache(maxsize=4096)
def is_one_sound(words: str) -> bool:
    """Return whether words are read as one sound: none of them is a word of the grammar.

    Examples
    --------
    >>> is_one_sound("car horn"), is_one_sound("rock and roll")
    (True, False)
    """
    if len(words.split()) > _MOST_WORDS:
        return False
    try:
        _lark().parse(words, start="words")
    except UnexpectedInput:
        return False
    return True


def read_number(text: str) -> float:
    """Return the first number that a text says, in digits or in words.

    Examples
    --------
    >>> read_number("three times"), read_number("twice"), read_number("half a"), read_number("2.5")
    (3.0, 2.0, 0.5, 2.5)
    """
    match = _NUMBER.search(text)
    assert match is not None, text
    found = match[0].casefold()
    if found.startswith("half"):
        return 0.5
    return float(_VALUES[found]) if found in _VALUES else float(found)


def read_seconds(text: str) -> float:
    """Return the first length that a text says, in seconds.

    Examples
    --------
    >>> read_seconds("500 ms"), read_seconds("two minutes"), read_seconds("half an hour"), read_seconds("1.5s")
    (0.5, 120.0, 1800.0, 1.5)
    """
    match = _LENGTH.search(text)
    assert match is not None, text
    return round(read_number(match[1]) * _UNIT_S[match[2].casefold()], 6)
