"""What was understood, in the fewest words: "dog before horn", "no siren anywhere".

Every chip is itself a question that reads back into the clause that it says.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from earwitness.library.grammar import is_one_sound
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
    clauses_of,
    labels_of,
)

__all__ = ["chips_of", "said"]

_BOUND = {"at_least": "at least", "at_most": "at most", "exactly": "exactly"}


def chips_of(constraint: Constraint) -> tuple[str, ...]:
    """Return one chip for each clause that must hold.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> chips_of(parse("all(before(dog, car_horn, within=10), absent(siren))"))
    ('dog before car horn within 10 s', 'no siren anywhere')
    """
    return tuple(said(clause) for clause in clauses_of(constraint))


def said(constraint: Constraint) -> str:
    """Return a constraint in the words of a question; its text form where a label has a double quote in it.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> said(parse("any(present(siren), present(alarm))"))
    'either siren or alarm'
    """
    if any(set(label) & set('"“”') or not label.strip() for label in labels_of(constraint)):
        return str(constraint)
    if isinstance(constraint, All):
        parts = [_inside(part) if isinstance(part, (All, Any)) else said(part) for part in constraint.inner]
        return ", ".join(parts) if len(parts) > 1 else f"only {parts[0]}"
    return _PHRASED[type(constraint)](constraint)


def _inside(constraint: Constraint) -> str:
    return said(constraint) if isinstance(constraint, Present) else f"({said(constraint)})"


def _sound(label: str) -> str:
    words = " ".join(label.replace("_", " ").split())
    return words if is_one_sound(words) else f'"{label}"'


def _seconds(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") + " s"


def _bound(constraint: Constraint) -> str:
    ((option, value),) = constraint.options
    times = f"{value} time{'' if value == 1 else 's'}"
    return f"{_BOUND[option]} {times if isinstance(constraint, Count) else _seconds(value)}"


def _before(constraint: Before) -> str:
    sounds = [_sound(label) for label in constraint.sequence]
    if constraint.within is not None:
        if len(sounds) == 2:
            return f"{sounds[0]} before {sounds[1]} within {_seconds(constraint.within)}"
        return f" followed within {_seconds(constraint.within)} by ".join(sounds)
    runs = [(sound, len(list(run))) for sound, run in groupby(sounds)]
    if len(runs) == 1:
        return " before ".join(sounds)
    return " before ".join(f"{sound} at least {number} times" if number > 1 else sound for sound, number in runs)


def _overlap(constraint: Overlap) -> str:
    a, b = map(_sound, constraint.labels)
    return f"{a} while {b}" if constraint.at_least is None else f"{a} and {b} at once for {_bound(constraint)}"


_PHRASED: dict[type[Constraint], Callable[..., str]] = {
    Present: lambda c: _sound(c.label),
    Absent: lambda c: f"no {_sound(c.label)} anywhere",
    Before: _before,
    Overlap: _overlap,
    During: lambda c: f"{_sound(c.a)} entirely during {_sound(c.b)}",
    Lasts: lambda c: f"{_sound(c.label)} for {_bound(c)}",
    Longer: lambda c: f"{_sound(c.a)} longer than {_sound(c.b)}",
    Count: lambda c: f"{_sound(c.label)} {_bound(c)}",
    Any: lambda c: "either " + " or ".join(map(_inside, c.inner)),
    Not: lambda c: f"not ({said(c.inner)})",
}
