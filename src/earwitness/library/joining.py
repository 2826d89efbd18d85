"""How clauses bind: commas, "and", "or", "without".

A comma binds weaker than "and" and "or", and what stands between two commas is one group. Inside a group "and" and "or"
bind equally, so that both together are refused with both readings; so is everything else that may bind in two ways:

- "a siren, an alarm or a horn": any of three, or a siren and one of the others;
- "a dog or a cat before a horn": whether the dog is before the horn, too;
- "no music and speech": whether speech is to be heard.

"either" and brackets say which is meant. "no music or speech" and "rain without thunder or wind" deny both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from earwitness.library.clauses import Clause, meaning
from earwitness.library.grammar import Unread
from earwitness.logic.constraint import All, Any, Constraint, Not, Overlap

__all__ = ["joined"]

_Join = Callable[[tuple[Constraint, ...]], Constraint]


def joined(clauses: Sequence[Clause]) -> Constraint:
    """Return what clauses mean together.

    Raises
    ------
    Unread
        When a clause cannot be said, or they bind in more than one way; it offers the readings.
    """
    for place, clause in enumerate(clauses):
        if clause.only:
            held = joined([replace(each, only=False) for each in clauses]) if place == 0 else None
            if held is None or (len(clauses) > 1 and isinstance(held, All)):
                raise Unread("'only' stands before a question of one clause", clause.start, clause.end)
            return All((held,))
    clauses = _denied_too(clauses)
    groups: list[list[Clause]] = []
    for clause in clauses:
        if not groups or clause.joint in (",", ",or"):
            groups.append([])
        groups[-1].append(clause)
    joints = [group[0].joint for group in groups[1:]]
    later_or = any(clause.joint.endswith("or") for group in groups[1:] for clause in group)
    one_choice = clauses[0].either and not any(clause.either for clause in clauses[1:])
    if one_choice and later_or and not any(clause.joint == "or" for clause in groups[0]):
        return _chosen_from(clauses)
    if ",or" in joints:
        found = [_group(group) for group in groups]
        if set(joints) == {",or"}:
            return Any(tuple(found))
        place = joints.index(",or")
        tail = Any(tuple(found[place:]))
        raise _ambiguous(clauses, [Any(tuple(found)), All((*found[:place], tail))])
    return _listed(groups)


def _denied_too(clauses: Sequence[Clause]) -> list[Clause]:
    """Let "no music or speech" deny both."""
    found: list[Clause] = []
    for clause in clauses:
        before = found[-1] if found else None
        if before is not None and before.denied and before.plain and clause.plain and not clause.denied:
            if clause.joint == "or":
                clause = replace(clause, denied=True, joint="and")
            elif clause.joint == "and":
                a, b = meaning(replace(before, denied=False)), meaning(clause)
                no_a, no_b = meaning(before), meaning(replace(clause, denied=True))
                raise _ambiguous([before, clause], [All((no_a, b)), All((no_a, no_b)), Not(All((a, b)))])
        found.append(clause)
    return found


def _chosen_from(clauses: Sequence[Clause]) -> Constraint:
    """Return "either a, b or c"."""
    last = max(place for place, clause in enumerate(clauses) if clause.joint.endswith("or"))
    for clause in clauses[1 : last + 1]:
        if clause.joint in ("and", "with") or clause.denied:
            raise Unread("brackets are needed around what 'either' chooses from", clause.start, clause.end)
    choice = Any(tuple(map(meaning, clauses[: last + 1])))
    rest = clauses[last + 1 :]
    if not rest:
        return choice
    others = joined([replace(rest[0], joint=""), *rest[1:]])
    return All((choice, *(others.inner if isinstance(others, All) and len(rest) > 1 else (others,))))


def _listed(groups: Sequence[Sequence[Clause]]) -> Constraint:
    """Return groups that commas join: all of them hold."""
    found: list[Constraint] = []
    for place, group in enumerate(groups):
        held = _group(group)
        ors = any(clause.joint == "or" for clause in group[1:])
        before = groups[place - 1] if place else []
        if ors and len(before) == 1 and before[0].plain and not any(clause.either for clause in group):
            choices = held.inner if isinstance(held, Any) else (held,)
            readings = [All((*found, held)), All((*found[:-1], Any((found[-1], *choices))))]
            raise _ambiguous([*before, *group], [_flat(reading) for reading in readings])
        found += held.inner if isinstance(held, All) and len(group) > 1 else (held,)
    return found[0] if len(found) == 1 else All(tuple(found))


def _flat(constraint: All) -> Constraint:
    return constraint.inner[0] if len(constraint.inner) == 1 else constraint


def _group(group: Sequence[Clause]) -> Constraint:
    """Return what stands between two commas."""
    if len(group) == 1:
        held = meaning(group[0])
        return Any((held,)) if group[0].either else held
    last = group[-1].heard[-1]
    if last.together and not group[-1].links:
        return _at_once(group)
    _check_neighbours(group)
    chosen = next((place for place, clause in enumerate(group) if clause.either), None)
    if chosen is not None:
        left, right = group[:chosen], group[chosen:]
        if any(clause.either for clause in right[1:]) or any(clause.joint == "or" for clause in group[: chosen + 1]):
            raise Unread("brackets are needed around what 'either' chooses from", group[0].start, group[-1].end)
        choices = Any(tuple(_all(part) for part in _parted(right, "or")))
        return All((*map(meaning, left), choices)) if left else choices
    ors = [clause.joint == "or" for clause in group[1:]]
    if all(ors):
        return Any(tuple(map(meaning, group)))
    if not any(ors):
        return All(tuple(map(meaning, group)))
    first = Any(tuple(_all(part) for part in _parted(group, "or")))
    second = All(tuple(_any(part) for part in _parted(group, "and", "with")))
    raise _ambiguous(group, [first, second])


def _parted(group: Sequence[Clause], *joints: str) -> list[list[Clause]]:
    parts: list[list[Clause]] = [[]]
    for clause in group:
        if clause.joint in joints and parts[-1]:
            parts.append([])
        parts[-1].append(clause)
    return parts


def _all(part: Sequence[Clause]) -> Constraint:
    return meaning(part[0]) if len(part) == 1 else All(tuple(map(meaning, part)))


def _any(part: Sequence[Clause]) -> Constraint:
    return meaning(part[0]) if len(part) == 1 else Any(tuple(map(meaning, part)))


def _at_once(group: Sequence[Clause]) -> Constraint:
    """Return "a and b at once for at least 5 s"."""
    first, second = group[0], group[-1]
    sound = second.heard[0]
    amounts = [each for each in sound.amounts if not each.first]
    lengths = [each for each in amounts if each.way in ("for", "bare") and each.option == "at_least"]
    fits = len(group) == 2 and second.joint == "and" and first.plain and not first.heard[0].amounts
    if not fits or first.denied or second.denied or amounts != lengths[:1] or len(amounts) < len(sound.amounts):
        raise Unread("'at once' is said of two sounds that 'and' joins", group[0].start, group[-1].end)
    if not (first.heard[0].labels and sound.labels) or sound.inner is not None:
        raise Unread("'at once' is said of sounds, not of brackets", group[0].start, group[-1].end)
    a, b = first.heard[0].labels[0], sound.labels[0]
    if a == b:
        raise Unread(f"both sounds are '{a}'", group[0].start, group[-1].end)
    return Overlap(a, b, at_least=lengths[0].value if lengths else None)


def _check_neighbours(group: Sequence[Clause]) -> None:
    """Refuse a sound beside a clause that it may belong to: "a dog or a cat before a horn"."""
    for one, two in pairwise(group):
        if two.joint == "with":
            if two.links and one.plain:
                relation = meaning(replace(two, heard=(one.heard[0], *two.heard[1:]), denied=False))
                lacking = meaning(replace(two, heard=two.heard[:1], links=()))
                raise _ambiguous([one, two], [All((meaning(one), meaning(two))), All((relation, lacking))])
            continue
        join: _Join = Any if two.joint == "or" else All
        behind = bool(two.links) or any(not amount.first for amount in two.heard[0].amounts)
        if one.plain and behind and not two.denied and not two.either:
            widened = replace(two, heard=(one.heard[0], *two.heard[1:]), denied=one.denied)
            if not two.links:
                kept = tuple(amount for amount in two.heard[0].amounts if not amount.first)
                widened = replace(widened, heard=(replace(one.heard[0], amounts=kept),))
            both = (meaning(widened), meaning(replace(two, denied=one.denied)))
            readings = [join((meaning(one), meaning(two))), All(both) if one.denied else join(both)]
            raise _ambiguous([one, two], readings)
        if one.links and two.plain and not two.denied:
            widened = replace(one, heard=(*one.heard[:-1], two.heard[0]))
            apart = join((meaning(one), meaning(two)))
            raise _ambiguous([one, two], [apart, join((meaning(one), meaning(widened)))])


def _ambiguous(clauses: Sequence[Clause], readings: Sequence[Constraint]) -> Unread:
    distinct = list(dict.fromkeys(readings))
    return Unread(f"it can be read in {len(distinct)} ways", clauses[0].start, clauses[-1].end, offers=distinct)
