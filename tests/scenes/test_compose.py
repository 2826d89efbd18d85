"""Casting and levels: what a scene takes over from another, and that everything in it is heard."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.logic.judge import judge
from earwitness.logic.margins import Margins
from earwitness.logic.parsing import parse
from earwitness.rng import generator
from earwitness.scenes.compose import Cast, Composer, Shape, audible_frames
from earwitness.scenes.demands import Demands, demands_of
from earwitness.scenes.pantry import Pantry
from earwitness.scenes.render import Renderer, tick_power
from earwitness.scenes.spec import Scene
from earwitness.sounds.atoms import Atom
from scenes.conftest import RATE, make_atom, make_spec

MARGINS = Margins()


def made(composer: Composer, text: str, *, shape: Shape, seed: int = 0) -> tuple[Cast, Scene]:
    for turn in range(50):
        rng = generator(seed, "made", turn)
        demands = demands_of(parse(text), margins=MARGINS, rng=rng)
        cast = composer.cast(demands, shape=shape, like=None, rng=rng)
        scene = None if cast is None else composer.scene(cast, ticks=shape.ticks, like=None, rng=rng)
        if cast is not None and scene is not None:
            return cast, scene
    raise AssertionError(f"{text} could not be composed")


@pytest.mark.parametrize(
    ("event", "rest", "expected"),
    [
        ([100, 100, 100], [0, 0, 0], (3, 3)),
        ([100, 100, 100], [999, 1000, 1001], (2, 3)),
        ([10_000, 2, 1, 0], [0, 0, 0, 0], (3, 3)),
        ([10_000, 1, 0.99], [0, 10, 0], (2, 2)),
    ],
)
def test_frames_are_heard_to_ten_decibels_below_the_rest(
    event: list[float], rest: list[float], expected: tuple[int, int]
) -> None:
    assert audible_frames(np.array(event, float), np.array(rest, float)) == expected


@pytest.mark.parametrize("events", [2, 4, 6])
@pytest.mark.parametrize("overlaps", [0, 1, 2])
def test_a_scene_has_the_shape_that_was_asked_for(events: int, overlaps: int, composer: Composer) -> None:
    if events < 2 * overlaps + 2 and overlaps:
        events = 2 * overlaps + 2
    _, scene = made(composer, "before(A, B)", shape=Shape(1200, events, overlaps))
    assert len(scene.events) == events
    assert scene.ticks == 1200
    found = sum(
        a.onset_tick < b.offset_tick and b.onset_tick < a.offset_tick
        for i, a in enumerate(scene.events)
        for b in scene.events[i + 1 :]
    )
    assert found == overlaps
    assert len({event.label for event in scene.events}) == events, "a label sounds once"
    assert [event.onset_tick for event in scene.events] == sorted(event.onset_tick for event in scene.events)


def test_what_is_absent_is_never_drawn_as_a_stranger(composer: Composer) -> None:
    for seed in range(20):
        _, scene = made(composer, "all(present(A), absent(B))", shape=Shape(1500, 5, 0), seed=seed)
        assert "B" not in {event.label for event in scene.events}


def test_a_scene_like_another_keeps_its_sounds_levels_and_background(composer: Composer) -> None:
    kept = 0
    for seed in range(20):
        shape = Shape(1200, 4, 0)
        cast, scene = made(composer, "before(A, B)", shape=shape, seed=seed)
        rng = generator(seed, "like")
        other = composer.cast(
            demands_of(parse("before(B, A)"), margins=MARGINS, rng=rng), shape=shape, like=cast, rng=rng
        )
        assert other is not None
        assert other.sounds == cast.sounds
        again = composer.scene(other, ticks=shape.ticks, like=scene, rng=rng)
        if again is None:
            continue
        assert again.background == scene.background
        assert judge(parse("before(B, A)"), again.timeline)
        gains = [{event.atom_id: event.gain for event in each.events} for each in (scene, again)]
        kept += gains[0] == gains[1]
    assert kept >= 15, "levels change only where a sound would not be heard"


def test_one_drone_may_be_heard_twice_at_two_lengths() -> None:
    pantry = Pantry([make_atom("A", ticks=300, steady=True), make_atom("B", ticks=40)])
    composer = Composer(pantry, spec=make_spec(), margins=MARGINS, audible=0.6)
    lengths = set()
    for seed in range(5):
        _, scene = made(composer, "count(A, exactly=2)", shape=Shape(1500, 2, 0), seed=seed)
        assert {event.atom_id for event in scene.events} == {"A-300-0s"}
        lengths.add(len({event.ticks for event in scene.events}))
    assert 2 in lengths


@pytest.mark.parametrize("audible", [0.3, 0.6, 0.9])
def test_every_event_is_heard_over_the_rest_of_the_rendered_mix(audible: float, atoms: list[Atom]) -> None:
    quiet = [make_atom("K", ticks=200, steady=True)]
    composer = Composer(Pantry([*atoms, *quiet]), spec=make_spec(), margins=MARGINS, audible=audible)
    renderer = Renderer({atom.atom_id: atom for atom in [*atoms, *quiet]}, sample_rate=RATE)
    for seed in range(10):
        _, scene = made(composer, "all(overlap(A, B), during(C, K))", shape=Shape(1500, 4, 2), seed=seed)
        powers = [tick_power(renderer.stem(scene, event), tick=RATE // 100) for event in scene.events]
        total = sum(powers, tick_power(renderer.backdrop(scene), tick=RATE // 100))
        for event, power in zip(scene.events, powers, strict=True):
            span = slice(event.onset_tick, event.offset_tick)
            heard, active = audible_frames(power[span], total[span] - power[span])
            assert heard + 1 >= audible * active


def test_what_cannot_be_heard_is_not_composed(atoms: list[Atom]) -> None:
    loud = make_spec()
    shouting = type(loud)(
        loud.clip_s, loud.events, loud.level_db, type(loud.background_db)(-20.0, -20.0), ("white",), 2
    )
    composer = Composer(Pantry(atoms), spec=shouting, margins=MARGINS, audible=1.0)
    for seed in range(10):
        rng = generator(seed)
        cast = composer.cast(Demands(), shape=Shape(1000, 3, 0), like=None, rng=rng)
        assert cast is not None
        scene = composer.scene(cast, ticks=1000, like=None, rng=rng)
        if scene is None:
            break
    else:
        pytest.fail("noise at -20 dBFS must hide a sound at times")


def test_more_events_than_labels_cannot_be_cast() -> None:
    pantry = Pantry([make_atom("A", ticks=40), make_atom("B", ticks=40)])
    composer = Composer(pantry, spec=make_spec(), margins=MARGINS, audible=0.6)
    assert composer.cast(Demands(), shape=Shape(1000, 3, 0), like=None, rng=generator(0)) is None
    assert composer.cast(Demands(), shape=Shape(60, 2, 0), like=None, rng=generator(0)) is None


def test_the_length_of_a_clip_is_drawn(pantry: Pantry) -> None:
    spec = make_spec(clip_s=7.25)
    assert Composer(pantry, spec=spec, margins=MARGINS, audible=0.6).clip_ticks(generator(0)) == 725
