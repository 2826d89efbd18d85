"""The constraint: a claim about a timeline, as frozen data that prints and parses back.

One constraint is phrased as English (``wording``), judged (``judge``, ``plan``), broken clause by clause into hard
negatives (:func:`broken`), searched for and read from a user's sentence (``reading``). There is no second notion
of relevance anywhere.

Text form, with what each means::

    present(A)                      some A event exists
    absent(A)                       no A event exists
    before(A, B)                    some A ends no later than some B starts
    before(A, B, C, within=2)       a chain of witnesses, each gap at most 2 s
    overlap(A, B, at_least=1)       some A and some B share time, here at least 1 s
    during(A, B)                    some A lies inside some B
    lasts(A, at_least=3)            some A event is that long
    lasts(A, at_most=3)             A is present, and every A event is that short
    longer(A, B)                    both are present, and the longest A event is longer than the longest B event
    count(A, exactly=2)             number of A events; also at_least=, at_most=
    all(...)  any(...)  not(...)    boolean

A label stands bare when it holds only ASCII letters, digits and ``_``; otherwise in double quotes, as a JSON string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from earwitness.errors import ConstraintError

__all__ = [
    "TASKS",
    "Absent",
    "All",
    "Any",
    "Before",
    "Boolean",
    "Constraint",
    "Count",
    "During",
    "Lasts",
    "Longer",
    "Not",
    "Overlap",
    "Pair",
    "Present",
    "Single",
    "breakable",
    "broken",
    "clauses_of",
    "excluded_by",
    "kinds_of",
    "labels_of",
    "nodes_of",
    "renamed",
    "reversed_clause",
    "task_of",
]

TASKS = ("Negation", "Order", "Overlap", "Duration", "Mix")
"""The five reasoning tasks of ReasonAudio, in the order in which they are reported."""

_BARE_LABEL = re.compile(r"[A-Za-z0-9_]+\Z")


class Constraint:
    """Any node of a constraint tree; ``str`` gives its text form, ``parsing.parse`` reads it back."""

    name: ClassVar[str] = ""
    """The operator in the text form."""
    kind: ClassVar[str | None] = None
    """The kind of reasoning that it asks for; None for plain presence and for ``all`` and ``any``."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that this node itself names, in order."""
        return ()

    @property
    def parts(self) -> tuple[Constraint, ...]:
        """The constraints inside this one."""
        return ()

    @property
    def options(self) -> tuple[tuple[str, float | int], ...]:
        """The keyword options that are given, in order."""
        return ()

    def __str__(self) -> str:
        arguments = [*map(_label_text, self.labels), *map(str, self.parts)]
        arguments += [f"{name}={_number_text(value)}" for name, value in self.options]
        return f"{self.name}({', '.join(arguments)})"


def _label_text(label: str) -> str:
    return label if _BARE_LABEL.match(label) else json.dumps(label, ensure_ascii=False)


def _number_text(value: float | int) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _checked_labels(node: Constraint, labels: tuple[str, ...], *, distinct: bool) -> None:
    for label in labels:
        if not isinstance(label, str) or not label:
            raise ConstraintError(f"{node.name}(...) needs labels that are not empty; got {label!r}.")
    if distinct and len(set(labels)) < len(labels):
        raise ConstraintError(f"{node.name}(...) needs two different labels; got '{labels[0]}' twice.")


def _checked_seconds(node: Constraint, option: str, *, required: bool = False) -> None:
    value = getattr(node, option)
    if value is None and not required:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1e-6 <= round(value, 6) < 1e9:
        raise ConstraintError(f"{node.name}(..., {option}=) must be a positive number of seconds; got {value!r}.")
    object.__setattr__(node, option, round(float(value), 6))


def _one_option(node: Constraint, names: tuple[str, ...]) -> str:
    given = [name for name in names if getattr(node, name) is not None]
    if len(given) != 1:
        expected = " or ".join(f"{name}=" for name in names)
        raise ConstraintError(f"{node.name}(...) needs exactly one of {expected}; got {given or 'none'}.")
    return given[0]


@dataclass(frozen=True)
class Single(Constraint):
    """A constraint that speaks of one label."""

    label: str
    """The label it speaks of."""

    def __post_init__(self) -> None:
        _checked_labels(self, self.labels, distinct=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """The one label."""
        return (self.label,)


@dataclass(frozen=True)
class Pair(Constraint):
    """A constraint that relates two different labels."""

    a: str
    """The first label."""
    b: str
    """The second label."""

    def __post_init__(self) -> None:
        _checked_labels(self, self.labels, distinct=True)

    @property
    def labels(self) -> tuple[str, ...]:
        """The two labels, in order."""
        return (self.a, self.b)


@dataclass(frozen=True)
class Present(Single):
    """Some event of the label exists."""

    name = "present"


@dataclass(frozen=True)
class Absent(Single):
    """No event of the label exists."""

    name = "absent"
    kind = "Negation"


@dataclass(frozen=True)
class Before(Constraint):
    """A chain of events, each of which ends no later than the next one starts."""

    sequence: tuple[str, ...]
    """Two labels or more, in the order in which they are heard."""
    within: float | None = None
    """The longest gap between neighbours, in seconds."""

    name = "before"
    kind = "Order"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sequence", tuple(self.sequence))
        if len(self.sequence) < 2:
            raise ConstraintError(f"before(...) needs at least two labels; got {list(self.sequence)}.")
        _checked_labels(self, self.sequence, distinct=False)
        _checked_seconds(self, "within")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order in which they are heard."""
        return self.sequence

    @property
    def options(self) -> tuple[tuple[str, float | int], ...]:
        """``within``, when given."""
        return () if self.within is None else (("within", self.within),)


@dataclass(frozen=True)
class Overlap(Pair):
    """Some event of the one and some of the other share time."""

    at_least: float | None = None
    """The shortest shared time that counts, in seconds."""

    name = "overlap"
    kind = "Overlap"

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked_seconds(self, "at_least")

    @property
    def options(self) -> tuple[tuple[str, float | int], ...]:
        """``at_least``, when given."""
        return () if self.at_least is None else (("at_least", self.at_least),)


@dataclass(frozen=True)
class During(Pair):
    """Some event of the first label lies inside some event of the second."""

    name = "during"
    kind = "Overlap"


@dataclass(frozen=True)
class Lasts(Single):
    """Some event is that long; or the label is present and every event of it is that short."""

    at_least: float | None = None
    """The shortest length that counts, in seconds."""
    at_most: float | None = None
    """The greatest length that counts, in seconds."""

    name = "lasts"
    kind = "Duration"

    def __post_init__(self) -> None:
        super().__post_init__()
        _checked_seconds(self, _one_option(self, ("at_least", "at_most")), required=True)

    @property
    def options(self) -> tuple[tuple[str, float | int], ...]:
        """``at_least`` or ``at_most``."""
        return tuple((n, v) for n, v in (("at_least", self.at_least), ("at_most", self.at_most)) if v is not None)


@dataclass(frozen=True)
class Longer(Pair):
    """Both labels are present, and the longest event of the first is longer than the longest of the second."""

    name = "longer"
    kind = "Duration"


@dataclass(frozen=True)
class Count(Single):
    """The number of events of a label."""

    at_least: int | None = None
    """The smallest number that counts, 1 or more."""
    at_most: int | None = None
    """The greatest number that counts, 0 or more."""
    exactly: int | None = None
    """The only number that counts, 0 or more."""

    name = "count"
    kind = "Count"

    def __post_init__(self) -> None:
        super().__post_init__()
        option = _one_option(self, ("at_least", "at_most", "exactly"))
        value = getattr(self, option)
        lowest = 1 if option == "at_least" else 0
        # The bounds come first: neither infinity nor NaN can be made whole.
        if isinstance(value, (bool, str)) or not lowest <= value < 1e9 or value != int(value):
            raise ConstraintError(f"count(..., {option}=) must be a whole number of events; got {value!r}.")
        object.__setattr__(self, option, int(value))

    @property
    def options(self) -> tuple[tuple[str, float | int], ...]:
        """``at_least``, ``at_most`` or ``exactly``."""
        named = (("at_least", self.at_least), ("at_most", self.at_most), ("exactly", self.exactly))
        return tuple((n, v) for n, v in named if v is not None)


@dataclass(frozen=True)
class Boolean(Constraint):
    """A constraint that joins others."""

    inner: tuple[Constraint, ...]
    """The constraints that it joins."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "inner", tuple(self.inner))
        if not self.inner:
            raise ConstraintError(f"{self.name}(...) needs at least one constraint inside.")
        for part in self.inner:
            if not isinstance(part, Constraint):
                raise ConstraintError(f"{self.name}(...) needs constraints inside; got {part!r}.")

    @property
    def parts(self) -> tuple[Constraint, ...]:
        """The constraints that are joined."""
        return self.inner


@dataclass(frozen=True)
class All(Boolean):
    """Every constraint inside holds."""

    name = "all"


@dataclass(frozen=True)
class Any(Boolean):
    """Some constraint inside holds."""

    name = "any"


@dataclass(frozen=True)
class Not(Constraint):
    """The constraint inside does not hold."""

    inner: Constraint
    """What is denied."""

    name = "not"
    kind = "Negation"

    def __post_init__(self) -> None:
        if not isinstance(self.inner, Constraint):
            raise ConstraintError(f"not(...) needs one constraint inside; got {self.inner!r}.")

    @property
    def parts(self) -> tuple[Constraint, ...]:
        """The denied constraint."""
        return (self.inner,)


# --- what a constraint says of itself ---


def nodes_of(constraint: Constraint) -> Iterator[Constraint]:
    """Yield the constraint and every constraint inside it, outermost first."""
    yield constraint
    for part in constraint.parts:
        yield from nodes_of(part)


def labels_of(constraint: Constraint) -> tuple[str, ...]:
    """Return every label that the constraint names, each once, in the order of first mention."""
    return tuple(dict.fromkeys(label for node in nodes_of(constraint) for label in node.labels))


def clauses_of(constraint: Constraint) -> tuple[Constraint, ...]:
    """Return what must hold together: the parts of the outermost ``all``, or the constraint itself."""
    if isinstance(constraint, All):
        return tuple(clause for part in constraint.parts for clause in clauses_of(part))
    return (constraint,)


def kinds_of(constraint: Constraint) -> frozenset[str]:
    """Return the kinds of reasoning that the constraint asks for; plain presence is none."""
    return frozenset(node.kind for node in nodes_of(constraint) if node.kind is not None)


def task_of(constraint: Constraint) -> str:
    """Return the task that a constraint belongs to.

    Returns
    -------
    str
        One of :data:`TASKS`; ``"Count"`` when it only counts; ``"Presence"`` when it only asks for sounds.

    Examples
    --------
    >>> task_of(All((Before(("dog", "horn")), Absent("siren"))))
    'Mix'
    """
    kinds = kinds_of(constraint)
    return "Presence" if not kinds else "Mix" if len(kinds) > 1 else next(iter(kinds))


def reversed_clause(clause: Constraint) -> Constraint:
    """Return the clause that says the contrary: order turned round, the longer the shorter, present absent.

    No clip may satisfy a clause and its reverse at once if the clause is to mean anything there.
    """
    if isinstance(clause, Before):
        return Before(clause.sequence[::-1], within=clause.within)
    if isinstance(clause, (During, Longer)):
        return type(clause)(clause.b, clause.a)
    if isinstance(clause, Present):
        return Absent(clause.label)
    if isinstance(clause, Absent):
        return Present(clause.label)
    return clause.inner if isinstance(clause, Not) else Not(clause)


def excluded_by(constraint: Constraint) -> frozenset[str]:
    """Return the labels that must not be heard if the constraint is to hold.

    Examples
    --------
    >>> sorted(excluded_by(All((Present("dog"), Not(Any((Present("cat"), Present("cow"))))))))
    ['cat', 'cow']
    """
    return _excluded(constraint, holds=True)


def _excluded(constraint: Constraint, *, holds: bool) -> frozenset[str]:
    if isinstance(constraint, Not):
        return _excluded(constraint.inner, holds=not holds)
    if isinstance(constraint, Boolean):
        parts = [_excluded(part, holds=holds) for part in constraint.inner]
        # All parts of a conjunction hold, and all of a disjunction that fails fail; else some part, unknown which.
        return frozenset().union(*parts) if isinstance(constraint, All) == holds else frozenset.intersection(*parts)
    silent = (
        (isinstance(constraint, Absent) and holds)
        or (isinstance(constraint, Present) and not holds)
        or (isinstance(constraint, Count) and holds and 0 in (constraint.exactly, constraint.at_most))
        or (isinstance(constraint, Count) and not holds and constraint.at_least == 1)
    )
    return frozenset(constraint.labels) if silent else frozenset()


def broken(constraint: Constraint, clause_index: int) -> Constraint:
    """Return what a hard negative satisfies: one clause fails, all others hold, and the named sounds are heard.

    The sounds of the broken clause are heard even where it excludes them; sounds that another clause excludes are
    not, for that clause holds.

    Parameters
    ----------
    constraint
        The query's constraint.
    clause_index
        Which of :func:`clauses_of` fails.

    Raises
    ------
    ConstraintError
        When the clause is plain presence: it cannot fail while its sound is heard.
    """
    clauses = clauses_of(constraint)
    clause = clauses[clause_index]
    if not kinds_of(clause):
        raise ConstraintError(f"Clause {clause} only asks for sounds; it cannot fail while they are heard.")
    others = tuple(other for i, other in enumerate(clauses) if i != clause_index)
    excluded = frozenset().union(*map(excluded_by, others))
    heard = [label for label in labels_of(constraint) if label not in excluded]
    return All((*others, Not(clause), *map(Present, heard)))


def breakable(constraint: Constraint) -> tuple[int, ...]:
    """Return the numbers of the clauses that hard negatives can break: all but plain presence."""
    return tuple(i for i, clause in enumerate(clauses_of(constraint)) if kinds_of(clause))


def renamed(constraint: Constraint, names: Mapping[str, str]) -> Constraint:
    """Return the constraint with other labels; labels that are not in ``names`` stay."""
    if isinstance(constraint, Single):
        return replace(constraint, label=names.get(constraint.label, constraint.label))
    if isinstance(constraint, Pair):
        return replace(constraint, a=names.get(constraint.a, constraint.a), b=names.get(constraint.b, constraint.b))
    if isinstance(constraint, Before):
        return replace(constraint, sequence=tuple(names.get(label, label) for label in constraint.sequence))
    if isinstance(constraint, Boolean):
        return replace(constraint, inner=tuple(renamed(part, names) for part in constraint.inner))
    if isinstance(constraint, Not):
        return Not(renamed(constraint.inner, names))
    raise ConstraintError(f"{type(constraint).__name__} is not a constraint that can be renamed.")
