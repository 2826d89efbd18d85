"""From a constraint to English.

The templates below are the only place where the two meet: ``reading`` reads by the same table, backwards, so that
everything written here can be read back into an equal constraint.

A sentence is a frame around clauses: ``Find a recording with {a dog barking before a car horn}, {without a siren}.``
Each clause has a *lead* form for the first place and a *further* form after a comma.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from earwitness.errors import WordingError
from earwitness.logic.constraint import (
    Absent,
    All,
    Any,
    Before,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Not,
    Overlap,
    Present,
)

__all__ = ["FRAMES", "NESTING", "TEMPLATES", "Template", "default_phrase", "paraphrases", "word"]


class Template(NamedTuple):
    """One way to say one form of clause.

    Slots: ``{0}``, ``{1}`` are the labels' phrases, ``{seconds}`` and ``{times}`` the option with its unit.
    """

    node: type[Constraint]
    """The operator it says."""
    option: str | None
    """The keyword option it says, or None for the form without."""
    text: str
    """The lead form."""
    link: str | None = None
    """For a chain of labels: what is added for each further one, as ``{0}``."""
    further: str | None = None
    """The form after a comma, when it is not "and" with the lead form."""

    @property
    def further_text(self) -> str:
        """The form after a comma."""
        return self.further or f"and {self.text}"


FRAMES = (
    "{}.",
    "Find a recording with {}.",
    "A clip in which one hears {}.",
    "I am looking for {}.",
    "Search for audio of {}.",
)
"""What stands around a whole sentence; the first is the plain one."""

TEMPLATES = (
    Template(Present, None, "{0}"),
    Template(Present, None, "the sound of {0}"),
    Template(Present, None, "at least one instance of {0}"),
    Template(Absent, None, "no trace of {0}", further="without {0}"),
    Template(Absent, None, "nothing like {0}", further="but not {0}"),
    Template(Absent, None, "no sign of {0}", further="and never {0}"),
    Template(Absent, None, "the absence of {0}", further="in the absence of {0}"),
    Template(Before, None, "{0}", link=" before {0}"),
    Template(Before, None, "{0}", link=", then {0}"),
    Template(Before, None, "{0}", link=" followed by {0}"),
    Template(Before, None, "first {0}", link=", later {0}"),
    Template(Before, None, "{1} after {0}"),
    Template(Before, "within", "{0}", link=" followed within {seconds} by {0}"),
    Template(Before, "within", "{0}", link=", then no more than {seconds} later {0}"),
    Template(Before, "within", "{0}", link=" at most {seconds} before {0}"),
    Template(Overlap, None, "{0} overlapping {1}"),
    Template(Overlap, None, "{0} at the same time as {1}"),
    Template(Overlap, None, "{0} while {1} is heard"),
    Template(Overlap, None, "{0} together with {1}"),
    Template(Overlap, "at_least", "{0} overlapping {1} for at least {seconds}"),
    Template(Overlap, "at_least", "{0} together with {1} for {seconds} or more"),
    Template(Overlap, "at_least", "{0} and {1} at once for no less than {seconds}"),
    Template(During, None, "{0} entirely during {1}"),
    Template(During, None, "{0} starting and ending while {1} goes on"),
    Template(During, None, "{1} going on all through {0}"),
    Template(Lasts, "at_least", "{0} for at least {seconds}"),
    Template(Lasts, "at_least", "{0} lasting {seconds} or more"),
    Template(Lasts, "at_least", "{0} that goes on for {seconds} or longer"),
    Template(Lasts, "at_most", "{0} for at most {seconds}"),
    Template(Lasts, "at_most", "{0} lasting no longer than {seconds}"),
    Template(Lasts, "at_most", "{0} that is over within {seconds}"),
    Template(Longer, None, "{0} lasting longer than {1}"),
    Template(Longer, None, "{0} that goes on longer than {1}"),
    Template(Longer, None, "{1} lasting a shorter time than {0}"),
    Template(Count, "at_least", "{0} at least {times}"),
    Template(Count, "at_least", "{0} happening {times} or more"),
    Template(Count, "at_most", "{0} at most {times}"),
    Template(Count, "at_most", "{0} happening no more than {times}"),
    Template(Count, "exactly", "{0} exactly {times}"),
    Template(Count, "exactly", "{0} happening {times}, no more and no less"),
)
"""Every way to say a clause; at least three for each form that the tasks use."""

NESTING = {"not": "it is not so that {}", "any": "either {}", "or": " or ", "single": "only "}
"""How constraints inside one another are joined; whatever is not a single clause stands in brackets."""


def default_phrase(label: str) -> str:
    """Return the phrase of a label that was given none.

    Examples
    --------
    >>> default_phrase("electric_drill")
    'an electric drill sound'
    """
    words = " ".join(re.findall(r"[^\W_]+", label)).lower() or f'"{label}"'
    article = "an" if re.match(r"(?!one|uni|use|eu)[aeiou]", words) else "a"
    return f"{article} {words} sound"


def word(constraint: Constraint, phrases: Mapping[str, str], *, rng: np.random.Generator, framed: bool = True) -> str:
    """Say a constraint in English, in words drawn at random.

    Parameters
    ----------
    constraint
        What to say.
    phrases
        The phrase of each label that it names, such as ``"a dog barking"``.
    rng
        Draws the templates.
    framed
        Whether a frame may stand around the sentence; the plain one is used otherwise.

    Raises
    ------
    WordingError
        When a label has no phrase.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> phrases = {"dog": "a dog barking", "horn": "a car horn"}
    >>> word(parse("before(dog, horn)"), phrases, rng=np.random.default_rng(1), framed=False)
    'A dog barking followed by a car horn.'
    """
    frame = FRAMES[int(rng.integers(len(FRAMES)))] if framed else FRAMES[0]
    sentence = frame.format(_clauses(constraint, phrases, rng))
    capital = sentence[0].upper()
    # A dotless i would come back from its capital as another letter.
    return (capital if capital.casefold() == sentence[0].casefold() else sentence[0]) + sentence[1:]


def paraphrases(
    constraint: Constraint, phrases: Mapping[str, str], *, number: int, rng: np.random.Generator
) -> tuple[str, ...]:
    """Say a constraint in several ways, all different; the first is without a frame.

    Returns
    -------
    tuple of str
        At most ``number`` sentences; fewer when the templates have no more.
    """
    found = {word(constraint, phrases, rng=rng, framed=False): None}
    for _ in range(20 * number):
        if len(found) >= number:
            break
        found[word(constraint, phrases, rng=rng)] = None
    return tuple(found)


def _clauses(constraint: Constraint, phrases: Mapping[str, str], rng: np.random.Generator) -> str:
    if not isinstance(constraint, All):
        return _clause(constraint, phrases, rng, further=False)
    said = [_clause(part, phrases, rng, further=place > 0) for place, part in enumerate(constraint.inner)]
    return NESTING["single"] + said[0] if len(said) == 1 else ", ".join(said)


def _clause(constraint: Constraint, phrases: Mapping[str, str], rng: np.random.Generator, *, further: bool) -> str:
    if isinstance(constraint, All):
        text = f"({_clauses(constraint, phrases, rng)})"
    elif isinstance(constraint, Any):
        text = NESTING["any"].format(NESTING["or"].join(f"({_clauses(p, phrases, rng)})" for p in constraint.inner))
    elif isinstance(constraint, Not):
        text = NESTING["not"].format(f"({_clauses(constraint.inner, phrases, rng)})")
    else:
        return _filled(_chosen(constraint, rng), constraint, phrases, further=further)
    return f"and {text}" if further else text


def _chosen(constraint: Constraint, rng: np.random.Generator) -> Template:
    option = constraint.options[0][0] if constraint.options else None
    fitting = [
        template
        for template in TEMPLATES
        if template.node is type(constraint)
        and template.option == option
        and (template.link is not None or len(constraint.labels) <= 2)
    ]
    return fitting[int(rng.integers(len(fitting)))]


def _filled(template: Template, constraint: Constraint, phrases: Mapping[str, str], *, further: bool) -> str:
    missing = [label for label in constraint.labels if label not in phrases]
    if missing:
        raise WordingError(f"No phrase for the label '{missing[0]}' of {constraint}.")
    said = [" ".join(phrases[label].split()) for label in constraint.labels]
    units = _units(constraint)
    text = (template.further_text if further else template.text).format(*said, **units)
    if template.link is not None:
        text += "".join(template.link.format(phrase, **units) for phrase in said[1:])
    return text


def _units(constraint: Constraint) -> dict[str, str]:
    if not constraint.options:
        return {}
    ((_, value),) = constraint.options
    number = f"{value:.6f}".rstrip("0").rstrip(".")
    return {
        "seconds": f"{number} second{'' if value == 1 else 's'}",
        "times": f"{number} time{'' if value == 1 else 's'}",
    }
