"""From words to a choice: which choice a model's text is taken for, by each of several extractors.

An extractor names a choice or nothing, which is called UNPARSED: it never guesses, and is never given the gold answer.
How much a score owes to the extractor is seen by marking with all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earwitness.errors import BenchmarkError
from earwitness.mmar.final_part import after_thinking
from earwitness.mmar.official import official_in_order, official_matches
from earwitness.mmar.refusals import declines, is_error
from earwitness.mmar.robust import committed_choice, committed_letter

__all__ = ["EXTRACTORS", "Extractor", "extract", "is_refusal"]


@dataclass(frozen=True)
class Extractor:
    """A way of telling which choice a text means."""

    name: str
    """What it is called."""
    version: str
    """Changes when its verdicts may."""
    about: str
    """What it does, in one line."""


EXTRACTORS: Mapping[str, Extractor] = {
    each.name: each
    for each in (
        Extractor("official", "1", "sets of words, exactly as MMAR's own script compares them"),
        Extractor("official-fixed", "1", "the same, with the order of the words where sets cannot tell"),
        Extractor("letter", "1", "a letter in any of the forms that models are asked for, and nothing else"),
        Extractor("robust", "1", "the letter, the words or the number of the choice that a text commits itself to"),
    )
}
"""The extractors by name."""


def extract(name: str, text: str, choices: Sequence[str]) -> tuple[int, ...]:
    """Return the places of the choices that a text is taken for; none when it is UNPARSED.

    Parameters
    ----------
    name
        One of ``EXTRACTORS``. Only ``official`` may take a text for more than one choice, those that it cannot tell
        apart: it credits the gold answer when that is one of them.
    text
        All that a model said.
    choices
        What could be answered, in the order in which they were shown, which letters count in.

    Raises
    ------
    BenchmarkError
        When there is no such extractor.

    Examples
    --------
    >>> extract("robust", "It does not bark, so it is not a dog. The answer is (B).", ("a dog", "a cat"))
    (1,)
    >>> extract("robust", "It may be a dog or a cat.", ("a dog", "a cat"))
    ()
    """
    if name not in EXTRACTORS:
        raise BenchmarkError(f"There is no extractor {name!r}: expected one of {', '.join(EXTRACTORS)}.")
    if name == "official":
        return official_matches(text, choices)
    if name == "official-fixed":
        return official_in_order(text, choices)
    place = committed_letter(text, len(choices)) if name == "letter" else committed_choice(text, choices)
    return () if place is None else (place,)


def is_refusal(text: str) -> bool:
    """Return whether a text, its thinking aside, declines to answer; the message of a failed program does not.

    Examples
    --------
    >>> is_refusal("I'm sorry, but I cannot listen to audio."), is_refusal("B"), is_refusal("[ERROR] cannot connect")
    (True, False, False)
    """
    said = after_thinking(text)
    return not is_error(said) and declines(said)
