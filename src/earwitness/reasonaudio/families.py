"""A family of clips for one query: one that answers it, and for each clause one that only seems to.

The members differ in nothing but the claim: they hold the same sounds from the same atoms as far as the claim lets
them, as many events and as many overlaps. So a system cannot pass by counting events or hearing how dense a clip is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from earwitness.logic.constraint import (
    Before,
    Constraint,
    Lasts,
    Longer,
    Not,
    Overlap,
    breakable,
    broken,
    clauses_of,
    labels_of,
    nodes_of,
    reversed_clause,
)
from earwitness.logic.events import Timeline
from earwitness.logic.judge import judge
from earwitness.logic.margins import Margins, claim_faults, timeline_faults
from earwitness.scenes.compose import Cast, Composer, Shape
from earwitness.scenes.demands import Demands, demands_of
from earwitness.scenes.spec import Scene

__all__ = ["Family", "Limits", "Member", "compose_scene", "contrary", "limited_nodes", "plan_family"]

_SCENE_TRIES = 6


class Member(NamedTuple):
    """A hard negative of a family."""

    clause: int
    """Which clause it breaks."""
    scene: Scene
    """The clip."""


def contrary(constraint: Constraint) -> tuple[Constraint, ...]:
    """Return the reverse of each clause: where the constraint holds none of them may, so that every clause matters."""
    clauses = clauses_of(constraint)
    return tuple(reversed_clause(clauses[clause]) for clause in breakable(constraint))


@dataclass(frozen=True)
class Family:
    """Clips that are alike in all but one claim."""

    positive: Scene
    """The relevant clip."""
    negatives: tuple[Member, ...]
    """One hard negative for each clause that can be broken."""


def limited_nodes(constraint: Constraint) -> tuple[Constraint, ...]:
    """Return the parts of a constraint that name a limit or compare lengths."""
    return tuple(
        node
        for node in nodes_of(constraint)
        if isinstance(node, (Lasts, Longer)) or (isinstance(node, (Before, Overlap)) and node.options)
    )


class Limits:
    """Every limit that some query names; all scenes keep clear of all of them.

    Parameters
    ----------
    margins
        How clear.
    """

    def __init__(self, margins: Margins) -> None:
        self.margins = margins
        self._by_label: dict[str, dict[Constraint, None]] = {}
        self._asked: dict[Constraint, tuple[Constraint, ...]] = {}

    def add(self, constraint: Constraint) -> None:
        """Keep clear of the limits of one more query, and of clips that answer it and its reverse alike."""
        self._asked[constraint] = contrary(constraint)
        for node in limited_nodes(constraint):
            self._by_label.setdefault(node.labels[0], {})[node] = None

    def extended(self, constraint: Constraint) -> Limits:
        """Return these limits with those of one more query."""
        limits = Limits(self.margins)
        limits._by_label = {label: dict(nodes) for label, nodes in self._by_label.items()}
        limits._asked = dict(self._asked)
        limits.add(constraint)
        return limits

    def kept(self, timeline: Timeline) -> bool:
        """Whether a timeline keeps its margins, keeps clear of every limit, and answers no query both ways."""
        return not (self.faults(timeline) or self._both_ways(timeline))

    def faults(self, timeline: Timeline) -> list[str]:
        """Return every pair of events that hangs on a hair, and every length that is too near to a limit."""
        heard = timeline.by_label
        faults = timeline_faults(timeline, self.margins)
        for label in heard:
            for node in self._by_label.get(label, ()):
                if all(other in heard for other in node.labels):
                    faults += claim_faults(node, timeline, self.margins)
        return faults

    def _both_ways(self, timeline: Timeline) -> bool:
        """Whether some query holds together with the reverse of a clause: A B A answers "A before B" and "B before A".

        That takes a label that is heard twice, which scenes hold only where a query counts.
        """
        repeated = {label for label, events in timeline.by_label.items() if len(events) > 1}
        return bool(repeated) and any(
            not repeated.isdisjoint(labels_of(constraint))
            and judge(constraint, timeline)
            and any(judge(claim, timeline) for claim in against)
            for constraint, against in self._asked.items()
        )


def compose_scene(
    composer: Composer,
    demands: Demands,
    *,
    claims: Iterable[Constraint],
    limits: Limits,
    shape: Shape,
    like: tuple[Cast, Scene] | None,
    rng: np.random.Generator,
) -> tuple[Cast, Scene] | None:
    """Compose one scene that keeps clear of all limits and on which every claim holds.

    Parameters
    ----------
    composer
        Composes it.
    demands
        What it must hold.
    claims
        What must be true of it. Demands are a proposal; this is the proof.
    limits
        What it keeps clear of.
    shape
        How long it is, and how many events and overlaps it holds.
    like
        A scene, with its cast, that it differs from only where it must.
    rng
        Draws the rest.

    Returns
    -------
    tuple or None
        The cast and the scene; None when this draw did not succeed.
    """
    cast = composer.cast(demands, shape=shape, like=None if like is None else like[0], rng=rng)
    if cast is None:
        return None
    scene = composer.scene(cast, ticks=shape.ticks, like=None if like is None else like[1], rng=rng)
    if scene is None:
        return None
    timeline = scene.timeline
    shaped = len(scene.events) == shape.events and scene.overlaps == shape.overlaps
    holds = shaped and limits.kept(timeline) and all(judge(claim, timeline) for claim in claims)
    return (cast, scene) if holds else None


def plan_family(
    constraint: Constraint,
    composer: Composer,
    limits: Limits,
    *,
    overlaps: int,
    tries: int,
    rng: np.random.Generator,
) -> Family | None:
    """Compose a family for a query.

    Parameters
    ----------
    constraint
        What the query asks.
    composer
        Composes the scenes.
    limits
        What every scene keeps clear of.
    overlaps
        How many overlapping pairs each clip of the family holds; more when the constraint itself asks for more.
    tries
        How often to start anew.
    rng
        Draws everything.

    Returns
    -------
    Family or None
        None when no try succeeded.
    """
    for _ in range(tries):
        family = _one_family(constraint, composer, limits, overlaps, rng)
        if family is not None:
            return family
    return None


def _one_family(
    constraint: Constraint, composer: Composer, limits: Limits, overlaps: int, rng: np.random.Generator
) -> Family | None:
    claims = [constraint, *(broken(constraint, clause) for clause in breakable(constraint))]
    drafts = [demands_of(claim, margins=composer.margins, rng=rng) for claim in claims]
    demands = drafts[0]
    # The member that needs most sets the shape; strangers take the place of what the others do not need.
    least = max(len(draft.roles) for draft in drafts)
    events = max(least, min(int(composer.spec.events.sample(rng)), len(composer.pantry.labels) - 1))
    shape = Shape(composer.clip_ticks(rng), events, max(overlaps, *(len(draft.shares) for draft in drafts)))
    against = map(Not, contrary(constraint))
    made = compose_scene(
        composer, demands, claims=[constraint, *against], limits=limits, shape=shape, like=None, rng=rng
    )
    if made is None:
        return None
    negatives = []
    for clause, claim in zip(breakable(constraint), claims[1:], strict=True):
        for _ in range(_SCENE_TRIES):
            wanted = demands_of(claim, margins=composer.margins, rng=rng)
            negative = compose_scene(composer, wanted, claims=[claim], limits=limits, shape=shape, like=made, rng=rng)
            if negative is not None:
                negatives.append(Member(clause, negative[1]))
                break
        else:
            return None
    return Family(made[1], tuple(negatives))
