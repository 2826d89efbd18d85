"""Questions that nothing can answer: "rain without rain"."""

from __future__ import annotations

from earwitness.logic.constraint import (
    Absent,
    All,
    Any,
    Boolean,
    Constraint,
    Count,
    Lasts,
    Not,
    clauses_of,
    excluded_by,
)

__all__ = ["contradiction", "needed_by"]


def contradiction(constraint: Constraint) -> str | None:
    """Return why no recording can satisfy a constraint; None when no reason is found.

    It finds sounds that must and must not be heard, clauses beside their denial, and limits that exclude each other.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> contradiction(parse("all(before(rain, horn), absent(rain))"))
    "'rain' must and must not be heard"
    """
    if isinstance(constraint, Any):
        reasons = [contradiction(part) for part in constraint.inner]
        return reasons[0] if all(reasons) else None
    both = needed_by(constraint) & excluded_by(constraint)
    if both:
        return f"'{min(both)}' must and must not be heard"
    if not isinstance(constraint, All):
        return None
    clauses = clauses_of(constraint)
    for clause in clauses:
        if Not(clause) in clauses:
            return f"{clause} must and must not hold"
    return next(filter(None, map(contradiction, constraint.inner)), None) or _limits(clauses)


def _limits(clauses: tuple[Constraint, ...]) -> str | None:
    limits: dict[tuple[type[Constraint], str], tuple[float, float]] = {}
    for clause in clauses:
        if isinstance(clause, (Count, Lasts)):
            given = dict(clause.options)
            exactly = given.get("exactly")
            low, high = limits.get((type(clause), clause.label), (0.0, float("inf")))
            low = max(low, given.get("at_least", 0) if exactly is None else exactly)
            high = min(high, given.get("at_most", high) if exactly is None else exactly)
            limits[type(clause), clause.label] = low, high
            if low > high:
                return f"'{clause.label}' is to be at least {low:g} and at most {high:g}"
    return None


def needed_by(constraint: Constraint) -> frozenset[str]:
    """Return the labels that must be heard if the constraint is to hold.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> sorted(needed_by(parse("all(before(dog, horn), not(absent(cat)), any(present(a), present(b)))")))
    ['cat', 'dog', 'horn']
    """
    return _needed(constraint, holds=True)


def _needed(constraint: Constraint, *, holds: bool) -> frozenset[str]:
    if isinstance(constraint, Not):
        return _needed(constraint.inner, holds=not holds)
    if isinstance(constraint, Boolean):
        parts = [_needed(part, holds=holds) for part in constraint.inner]
        # All parts of a conjunction hold, and all of a disjunction that fails fail; else some part, unknown which.
        return frozenset().union(*parts) if isinstance(constraint, All) == holds else frozenset.intersection(*parts)
    if isinstance(constraint, Count):
        ((option, value),) = constraint.options
        heard = (
            (option != "at_most" and value > 0) if holds else (option == "at_most" or (option, value) == ("exactly", 0))
        )
    else:
        # Of the others only the denial of an absence asks for a sound.
        heard = not isinstance(constraint, Absent) if holds else isinstance(constraint, Absent)
    return frozenset(constraint.labels) if heard else frozenset()
