"""From words to a choice: what a model's text is taken for, by one of several extractors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earwitness.mmar.final_part import after_thinking
from earwitness.mmar.official import official_in_order, official_matches
from earwitness.mmar.refusals import declines
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
        Extractor("official", "1", "the string match of MMAR's own script: sets of words"),
        Extractor("official-fixed", "1", "the same, with the order of the words"),
        Extractor("letter", "1", "a letter alone, in the forms that models are asked for"),
        Extractor("robust", "1", "a letter, the words of a choice, or both, wherever the text commits itself"),
    )
}


def extract(name: str, text: str, choices: Sequence[str]) -> tuple[int, ...]:
    """Return the places of the choices that a text is taken for."""
    if name == "official":
        return official_matches(text, choices)
    if name == "official-fixed":
        return official_in_order(text, choices)
    place = committed_letter(text, len(choices)) if name == "letter" else committed_choice(text, choices)
    return () if place is None else (place,)


def is_refusal(text: str) -> bool:
    """Return whether a text declines to answer."""
    return declines(after_thinking(text))
