"""What one clause of a question means: sounds, what is said of each, and one relation between them.

What is said must be what a constraint says exactly; where it is not, the clause is refused and the nearest one that
can be said is offered. A few forms deserve a word:

- "a dog at least 3 times before a bell" is ``before(dog, dog, dog, bell)``: events of one label never touch, so a chain
  of three is three events, the last of which ends before some bell. "exactly" and "at most" cannot be said so.
- "an alarm for at least 5 s while people talk" is ``overlap(alarm, talk, at_least=5)``: both at once, for so long.
- "a dog lasting 5 s before a bell" is refused: that the same dog is meant cannot be said.
- "a dog within 5 s of a bell" is either order within 5 s, or both at once.
- "no dog before a bell" denies the whole relation: no dog ends before any bell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from earwitness.errors import ConstraintError
from earwitness.library.grammar import Unread
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

__all__ = ["Amount", "Clause", "Heard", "Link", "meaning"]

_MOST_REPEATED = 50
_LONGEST_ORDER = 200
_MOST_CHOICES = 64
_ORDER = ("before", "after")


@dataclass(frozen=True)
class Amount:
    """How often, or for how long, a sound is heard."""

    way: str
    """``"times"``, or how a length was said: ``"for"``, ``"lasting"``, or ``"bare"`` without either."""
    option: str
    """``"at_least"``, ``"at_most"`` or ``"exactly"``."""
    value: float
    """The number of times, or of seconds."""
    first: bool = False
    """Whether it stands before the sound: "three dogs"."""


@dataclass(frozen=True)
class Heard:
    """One sound of a clause, or what stands in brackets in its place."""

    labels: tuple[str, ...]
    """Its label; several where brackets hold sounds joined by "or"; none where they hold anything else."""
    inner: Constraint | None
    """What stands in brackets."""
    start: int
    """The first character that says it."""
    end: int
    """The character behind the last one."""
    amounts: tuple[Amount, ...] = ()
    """What is said of it."""
    within: float | None = None
    """The greatest distance to the sound before it, in seconds, where one is said behind it."""
    together: bool = False
    """Whether "at once" is said behind it."""


@dataclass(frozen=True)
class Link:
    """What relates two neighbours."""

    way: str
    """``"before"``, ``"after"``, ``"overlap"``, ``"during"``, ``"through"``, ``"longer"``, ``"shorter"``, ``"near"`` or
    ``"between"``."""
    within: float | None = None
    """The greatest distance, in seconds."""
    then: bool = False
    """Whether it is "then", which goes on after what was said."""


@dataclass(frozen=True)
class Clause:
    """A sound, or sounds with relations between them."""

    heard: tuple[Heard, ...]
    """The sounds, in the order in which they are said."""
    links: tuple[Link, ...]
    """What stands between each two of them."""
    start: int
    """The first character that says it."""
    end: int
    """The character behind the last one."""
    joint: str = ""
    """What joins it to the clause before: ``","``, ``",or"``, ``"and"``, ``"or"``, or ``"with"`` for nothing at all;
    empty for the first."""
    denied: bool = False
    """Whether it is said not to be so."""
    either: bool = False
    """Whether "either" stands before it."""
    only: bool = False
    """Whether "only" stands before it."""

    @property
    def plain(self) -> bool:
        """Whether it is one sound, with nothing said behind it."""
        sound = self.heard[0]
        bare = not sound.together and sound.within is None and all(amount.first for amount in sound.amounts)
        return not self.links and sound.inner is None and bare


def meaning(clause: Clause) -> Constraint:
    """Return what a clause means.

    Raises
    ------
    Unread
        When no constraint says it, or several do; with the nearest ones.
    """
    try:
        found = _related(clause) if clause.links else _single(clause.heard[0])
    except ConstraintError as error:
        raise Unread(f"that has no meaning: {str(error).rstrip('.')}", clause.start, clause.end) from None
    except Unread as unread:
        if clause.denied:
            unread.offers = tuple(map(Not, unread.offers))
        raise
    if clause.denied:
        sound = clause.heard[0]
        if not clause.links and any(amount.way == "for" for amount in sound.amounts):
            raise Unread(
                "it may deny the sound or its length",
                *(clause.start, clause.end),
                offers=[Not(found), *(Absent(label) for label in sound.labels)],
            )
        if clause.links and clause.links[0].then and len(clause.links) == 1 and sound.labels and clause.heard[1].labels:
            apart = All((Absent(sound.labels[0]), _single(replace(clause.heard[1], within=None))))
            raise Unread(
                "what is not heard has no place in an order", clause.start, clause.end, offers=[Not(found), apart]
            )
        found = Absent(found.label) if isinstance(found, Present) and sound.inner is None else Not(found)
    return found


def _single(sound: Heard) -> Constraint:
    if sound.together or sound.within is not None:
        raise Unread("that needs two sounds", sound.start, sound.end)
    if sound.inner is not None:
        if sound.amounts:
            raise Unread("how often and how long can be said of one sound, not of brackets", sound.start, sound.end)
        return sound.inner
    found = tuple(_amounted(sound, amount) for amount in sound.amounts) or (Present(sound.labels[0]),)
    if len(found) > 1:
        raise Unread(
            "that the same events are so many and so long cannot be said", sound.start, sound.end, offers=[All(found)]
        )
    return found[0]


def _amounted(sound: Heard, amount: Amount) -> Constraint:
    (label,) = sound.labels
    if amount.way == "times":
        if amount.first and (amount.option, amount.value) == ("at_least", 1):
            return Present(label)
        return Count(label, **{amount.option: amount.value})  # type: ignore[arg-type]
    if amount.option == "exactly":
        offers = [Lasts(label, at_least=amount.value), Lasts(label, at_most=amount.value)]
        raise Unread("a length is at least or at most so long, never exactly", sound.start, sound.end, offers=offers)
    return Lasts(label, **{amount.option: amount.value})


# --- relations ---


def _related(clause: Clause) -> Constraint:
    """Return what a relation means, for each choice of sounds where brackets give several."""
    unfit = [sound for sound in clause.heard if not sound.labels]
    if unfit:
        sound = unfit[0]
        offers = []
        if isinstance(sound.inner, All) and len(unfit) == 1:
            each = [replace(sound, labels=(part.label,)) for part in sound.inner.inner if isinstance(part, Present)]
            if len(each) == len(sound.inner.inner):
                offers = [All(tuple(_related(_exchanged(clause, sound, one)) for one in each))]
        reason = "brackets beside a relation hold one sound, or several that 'or' joins"
        raise Unread(reason, sound.start, sound.end, offers=offers)
    if prod(len(sound.labels) for sound in clause.heard) > _MOST_CHOICES:
        raise Unread(f"it asks for more than {_MOST_CHOICES} choices at once", clause.start, clause.end)
    chosen = product(*([replace(sound, labels=(label,)) for label in sound.labels] for sound in clause.heard))
    found = tuple(dict.fromkeys(_relation(replace(clause, heard=heard)) for heard in chosen))
    return found[0] if len(found) == 1 else Any(found)


def _exchanged(clause: Clause, sound: Heard, other: Heard) -> Clause:
    return replace(clause, heard=tuple(other if each is sound else each for each in clause.heard))


def _relation(clause: Clause) -> Constraint:
    ways = {link.way for link in clause.links}
    if ways == {"before", "after"}:
        raise Unread("'before' and 'after' in one clause", clause.start, clause.end, offers=_turned(clause))
    between = [link.way for link in clause.links] == ["between"] * 2
    if len(ways) > 1 or (len(clause.links) > 1 and not ways <= set(_ORDER) and not between):
        pairs = zip(clause.heard, clause.links, clause.heard[1:], strict=False)
        apart = [replace(clause, heard=(a, b), links=(link,)) for a, link, b in pairs if link.way != "between"]
        raise Unread(
            "several relations in one clause; a comma or brackets part them",
            *(clause.start, clause.end),
            offers=[All(tuple(map(_relation, apart)))] if len(apart) == len(clause.links) else [],
        )
    if ways <= set(_ORDER):
        return _order(clause)
    at_least = None
    (way,) = ways
    if way == "overlap":
        clause, at_least = _shared(clause)
    _nothing_said(clause)
    if any(sound.within is not None for sound in clause.heard) or any(sound.together for sound in clause.heard):
        raise Unread("a distance or 'at once' cannot be said of this relation", clause.start, clause.end)
    return _between_two(way, [sound.labels[0] for sound in clause.heard], clause.links[0].within, at_least)


def _between_two(way: str, labels: Sequence[str], within: float | None, at_least: float | None) -> Constraint:
    a, b = labels[:2]
    if way == "overlap":
        return Overlap(a, b, at_least=at_least)
    if way in ("during", "through"):
        return During(a, b) if way == "during" else During(b, a)
    if way in ("longer", "shorter"):
        return Longer(a, b) if way == "longer" else Longer(b, a)
    if way == "between":
        return Before((b, a, labels[2]))
    return Any((Before((a, b), within=within), Before((b, a), within=within), Overlap(a, b)))


def _turned(clause: Clause) -> list[Constraint]:
    """Return both readings of "A after B before C"."""
    if len(clause.links) != 2 or any(sound.amounts for sound in clause.heard):
        return []
    a, b, c = (sound.labels[0] for sound in clause.heard)
    if clause.links[0].way == "after":
        return [Before((b, a, c)), All((Before((b, a)), Before((b, c))))]
    return [Before((c, a, b)), All((Before((a, b)), Before((c, b))))]


def _order(clause: Clause) -> Constraint:
    heard, bounds = list(clause.heard), [link.within for link in clause.links]
    for place, sound in enumerate(heard[:-1]):
        # "a dog at most 5 s before a bell" bounds the distance, not the dog.
        lengths = [amount for amount in sound.amounts if amount.way == "bare"]
        if len(lengths) == 1 and lengths[0].option == "at_most" and bounds[place] is None:
            bounds[place] = lengths[0].value
            heard[place] = replace(sound, amounts=tuple(each for each in sound.amounts if each is not lengths[0]))
        elif lengths:
            raise Unread(
                "a distance is at most so long, never at least or exactly",
                *(clause.start, clause.end),
                offers=[_chain(clause, heard, lengths[-1].value)],
            )
    said = {sound.within for sound in heard if sound.within is not None}
    if said and (len(said) > 1 or bounds != [None]):
        offer = _chain(clause, heard, max(said))
        raise Unread("which distance is meant is not clear", clause.start, clause.end, offers=[offer])
    within = next(iter(said)) if said else bounds[0]
    if not said and len(set(bounds)) > 1:
        offer = _chain(clause, heard, max(bound for bound in bounds if bound is not None))
        raise Unread("all distances of a chain must be the same", clause.start, clause.end, offers=[offer])
    _nothing_said(replace(clause, heard=tuple(heard)), times=True)
    repeated = [label for sound in heard for label in _repeated(clause, sound)]
    if len(repeated) > _LONGEST_ORDER:
        raise Unread(f"an order has at most {_LONGEST_ORDER} events", clause.start, clause.end)
    if within is not None and len(repeated) > len(heard):
        offer = Before(tuple(_turned_if(clause, repeated)))
        raise Unread("how often and within which distance, in one order", clause.start, clause.end, offers=[offer])
    return Before(tuple(_turned_if(clause, repeated)), within=within)


def _chain(clause: Clause, heard: Sequence[Heard], within: float | None) -> Constraint:
    return Before(tuple(_turned_if(clause, [sound.labels[0] for sound in heard])), within=within)


def _turned_if(clause: Clause, labels: Sequence[str]) -> Sequence[str]:
    return labels[::-1] if clause.links[0].way == "after" else labels


def _repeated(clause: Clause, sound: Heard) -> tuple[str, ...]:
    """Return the label as often as it is heard."""
    if not sound.amounts:
        return sound.labels
    amount = sound.amounts[0]
    if amount.option != "at_least" or len(sound.amounts) > 1:
        others = tuple(replace(each, amounts=()) for each in clause.heard)
        at_least = Amount("times", "at_least", max(amount.value, 1))
        nearest = tuple(replace(each, amounts=(at_least,)) if each.amounts else each for each in clause.heard)
        apart = tuple(_amounted(sound, each) for each in sound.amounts)
        offers = [
            _relation(replace(clause, heard=nearest)),
            All((_relation(replace(clause, heard=others)), *apart)),
        ]
        raise Unread("in an order a sound is heard at least so often", sound.start, sound.end, offers=offers)
    if amount.value > _MOST_REPEATED:
        raise Unread(f"in an order a sound is heard at most {_MOST_REPEATED} times", sound.start, sound.end)
    return sound.labels * int(amount.value)


def _shared(clause: Clause) -> tuple[Clause, float | None]:
    """Take what "for 5 s" says of two sounds at once."""
    found = [amount for sound in clause.heard for amount in sound.amounts if amount.way in ("for", "bare")]
    if len(found) != 1 or found[0].option != "at_least":
        return clause, None
    rest = tuple(
        replace(sound, amounts=tuple(amount for amount in sound.amounts if amount is not found[0]))
        for sound in clause.heard
    )
    return replace(clause, heard=rest), found[0].value


def _nothing_said(clause: Clause, *, times: bool = False) -> None:
    """Refuse what is said of one sound of a relation: that the same event is meant cannot be said."""
    wrong = [sound for sound in clause.heard for amount in sound.amounts if not times or amount.way != "times"]
    if wrong:
        bare = replace(clause, heard=tuple(replace(sound, amounts=()) for sound in clause.heard))
        apart = (_amounted(sound, amount) for sound in clause.heard for amount in sound.amounts)
        raise Unread(
            "that the same event is in this relation and so long or so frequent cannot be said",
            *(wrong[0].start, wrong[0].end),
            offers=[All((_relation(bare), *apart))],
        )
