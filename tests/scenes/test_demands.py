"""Demands, composed, give scenes of which the constraint is true: every form, and every way to break it."""

from __future__ import annotations

import pytest

from earwitness.logic.constraint import Constraint, breakable, broken
from earwitness.logic.judge import judge
from earwitness.logic.margins import Margins, claim_faults, timeline_faults
from earwitness.logic.parsing import parse
from earwitness.rng import generator
from earwitness.scenes.compose import Composer, Shape
from earwitness.scenes.demands import ENDLESS, Demands, Role, demands_of
from earwitness.scenes.pantry import Pantry
from earwitness.scenes.spec import Scene
from earwitness.sounds.atoms import Atom
from scenes.conftest import make_spec

MARGINS = Margins()
FORMS = [
    "present(A)",
    "absent(A)",
    "before(A, B)",
    "before(A, B, C)",
    "before(A, B, C, D)",
    "before(A, B, within=1.5)",
    "overlap(A, B)",
    "overlap(A, B, at_least=1)",
    "during(A, B)",
    "lasts(A, at_least=2)",
    "lasts(A, at_most=1)",
    "longer(A, B)",
    "count(A, at_least=2)",
    "count(A, at_most=2)",
    "count(A, at_most=0)",
    "count(A, exactly=0)",
    "count(A, exactly=1)",
    "count(A, exactly=3)",
    "any(before(A, B), overlap(A, C))",
    "any(absent(A), before(A, B))",
    "any(present(A), present(B))",
    "not(before(A, B))",
    "not(overlap(A, B))",
    "not(during(A, B))",
    "not(not(before(A, B)))",
    "not(any(before(A, B), overlap(B, C)))",
    "not(all(before(A, B), overlap(C, D)))",
    "all(before(A, B), absent(C))",
    "all(before(A, B), overlap(B, C))",
    "all(during(A, B), before(B, C))",
    "all(longer(A, B), before(A, B))",
    "all(longer(A, B), overlap(A, B))",
    "all(overlap(A, B), overlap(B, C))",
    "all(count(A, exactly=2), absent(B))",
    "all(count(A, exactly=2), before(B, C))",
    "all(any(before(A, B), before(A, C)), absent(D))",
    "all(lasts(A, at_least=2), lasts(B, at_most=1), before(A, B))",
]
CLAIMS = [(text, None) for text in FORMS]
CLAIMS += [(text, clause) for text in FORMS for clause in breakable(parse(text))]


def scenes_of(claim: Constraint, composer: Composer, *, number: int, margins: Margins = MARGINS) -> list[Scene]:
    scenes = []
    for turn in range(number):
        rng = generator(turn, "scene", str(claim))
        demands = demands_of(claim, margins=margins, rng=rng)
        shape = Shape(ticks=1000, events=max(4, len(demands.roles)), overlaps=len(demands.shares))
        cast = composer.cast(demands, shape=shape, like=None, rng=rng)
        scene = None if cast is None else composer.scene(cast, ticks=1000, like=None, rng=rng)
        scenes += [] if scene is None else [scene]
    return scenes


@pytest.mark.parametrize(("text", "clause"), CLAIMS, ids=[f"{t}-{'true' if c is None else c}" for t, c in CLAIMS])
def test_what_is_composed_is_what_was_claimed(text: str, clause: int | None, composer: Composer) -> None:
    constraint = parse(text)
    claim = constraint if clause is None else broken(constraint, clause)
    scenes = scenes_of(claim, composer, number=16)
    assert len(scenes) >= 4, "most draws must succeed, or planning never ends"
    for scene in scenes:
        timeline = scene.timeline
        assert len(timeline.events) == len(scene.events) >= 4 - ("count" in text)
        assert judge(claim, timeline)
        assert bool(judge(constraint, timeline)) == (clause is None)
        assert timeline_faults(timeline, MARGINS) == []
        assert claim_faults(claim, timeline, MARGINS) == []
        assert scene.polyphony <= composer.spec.polyphony


@pytest.mark.parametrize("margins", [Margins(0.5, 0.8, 0.4), Margins(0.01, 0.01, 0.01)], ids=["wide", "narrow"])
@pytest.mark.parametrize("text", ["before(A, B, within=2)", "overlap(A, B, at_least=1.2)", "during(A, B)"])
def test_other_margins_are_kept_as_well(text: str, margins: Margins, pantry: Pantry) -> None:
    composer = Composer(pantry, spec=make_spec(), margins=margins, audible=0.6)
    for claim in (parse(text), broken(parse(text), 0)):
        scenes = scenes_of(claim, composer, number=12, margins=margins)
        assert len(scenes) >= 3
        for scene in scenes:
            assert judge(claim, scene.timeline)
            assert timeline_faults(scene.timeline, margins) + claim_faults(claim, scene.timeline, margins) == []


@pytest.mark.parametrize("polyphony", [1, 2, 3])
def test_polyphony_is_the_recipes(polyphony: int, pantry: Pantry) -> None:
    composer = Composer(pantry, spec=make_spec(polyphony=polyphony), margins=MARGINS, audible=0.3)
    chain = parse("all(overlap(A, B), overlap(B, C), overlap(A, C))")
    scenes = scenes_of(chain, composer, number=40)
    assert all(judge(chain, scene.timeline) and scene.polyphony == 3 for scene in scenes)
    assert bool(scenes) == (polyphony == 3), "three sounds at once need a polyphony of three"
    one_after_another = scenes_of(parse("before(A, B)"), composer, number=5)
    assert len(one_after_another) == 5
    assert {scene.polyphony for scene in one_after_another} == {1}


def test_every_way_to_break_an_order_with_a_limit_is_drawn() -> None:
    claim = broken(parse("before(A, B, within=2)"), 0)
    drawn = [demands_of(claim, margins=MARGINS, rng=generator(turn)).follows[0] for turn in range(40)]
    ways = {(follows.first.label, follows.least) for follows in drawn}
    assert ways == {("A", 240), ("B", 25)}, "too late by a fifth, or the other way round with a gap"


def test_every_alternative_is_drawn_and_only_one_holds() -> None:
    claim = parse("any(before(A, B), before(C, D), before(E, F))")
    orders = {
        tuple(
            (follows.first.label, follows.then.label)
            for follows in demands_of(claim, margins=MARGINS, rng=generator(turn)).follows
        )
        for turn in range(40)
    }
    assert orders == {
        (("A", "B"), ("D", "C"), ("F", "E")),
        (("B", "A"), ("C", "D"), ("F", "E")),
        (("B", "A"), ("D", "C"), ("E", "F")),
    }


@pytest.mark.parametrize(
    "text",
    [
        "all(present(A), absent(A))",
        "all(lasts(A, at_least=3), lasts(A, at_most=2))",
        "all(before(A, B), absent(B))",
        "all(count(A, at_least=2), count(A, exactly=0))",
    ],
)
def test_what_cannot_be_is_contradictory(text: str, composer: Composer) -> None:
    demands = demands_of(parse(text), margins=MARGINS, rng=generator(0))
    assert demands.contradictory
    assert composer.cast(demands, shape=Shape(1000, 2, 0), like=None, rng=generator(0)) is None


def test_demands_gather() -> None:
    demands = Demands()
    assert demands.hear("A") == Role("A", 0)
    assert demands.hear("A", number=3) == Role("A", 2)
    assert demands.hear("A") == Role("A", 0)
    assert demands.roles == (Role("A", 0), Role("A", 1), Role("A", 2)), "a lower number takes nothing away"
    demands.limit("A", least=50)
    demands.limit("A", most=200)
    demands.limit("A", least=20)
    assert demands.lengths == {"A": (50, 200)}
    assert not demands.contradictory
    demands.limit("B", least=5, most=ENDLESS)
    demands.limit("B", most=4)
    assert demands.contradictory


def test_drawing_changes_no_atom(atoms: list[Atom], composer: Composer) -> None:
    before = [atom.sha256 for atom in atoms]
    scenes_of(parse("overlap(A, B)"), composer, number=5)
    assert [atom.sha256 for atom in atoms] == before
    assert all(not atom.pcm.flags.writeable for atom in atoms)
