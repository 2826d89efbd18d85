from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from earwitness.errors import BenchmarkError, ListenError, RecipeError
from earwitness.listen.scenes import rendered, targets, training_scenes
from earwitness.logic.margins import timeline_faults
from earwitness.reasonaudio.recipe import Recipe, load_recipe, recipe_of
from earwitness.scenes.render import Renderer
from earwitness.scenes.spec import Background, Placed, Scene
from earwitness.sounds.atoms import Atom
from scenes.conftest import RATE, make_atom

LABELS = tuple("ABCDEF")
ATOMS = [make_atom(label, ticks=ticks) for label in LABELS for ticks in (60, 120, 220)]
BACKGROUND = Background("pink", 0, 1.0)


def _recipe(**scene: object) -> Recipe:
    source = load_recipe("paper").source
    return recipe_of({**source, "scene": {**source["scene"], **scene}}, name="own", where="here")


def _scene(*events: tuple[str, int, int], ticks: int = 1000) -> Scene:
    return Scene("c", ticks, BACKGROUND, tuple(Placed(label, label, a, b, 1.0) for label, a, b in events))


# --- composing ---


def test_scenes_are_what_the_recipe_says_they_are() -> None:
    recipe = load_recipe("paper")
    scenes = training_scenes(ATOMS, n=60, seed=1)
    atoms = {atom.atom_id: atom for atom in ATOMS}
    assert len({scene.clip_id for scene in scenes}) == 60
    for scene in scenes:
        assert scene.ticks == 1000
        assert 1 <= len(scene.events) <= 8
        assert scene.polyphony <= recipe.scene.polyphony
        assert timeline_faults(scene.timeline, recipe.margins) == []
        assert all(atoms[event.atom_id].label == event.label for event in scene.events)


def test_every_label_is_asked_for_in_turn() -> None:
    # So long that two of them have no room in one clip with much else.
    long = [make_atom("long", ticks=700), make_atom("longer", ticks=800)]
    scenes = training_scenes([*ATOMS, *long], n=80, seed=1)
    heard = Counter(label for scene in scenes for label in {event.label for event in scene.events})
    assert set(heard) == {*LABELS, "long", "longer"}
    assert min(heard.values()) >= 10


def test_half_of_the_scenes_hold_overlaps_and_a_tenth_a_label_that_repeats() -> None:
    scenes = training_scenes(ATOMS, n=300, seed=2)
    overlapping = sum(scene.overlaps > 0 for scene in scenes)
    repeating = sum(max(Counter(e.label for e in scene.events).values()) > 1 for scene in scenes)
    assert 120 <= overlapping <= 180
    assert 15 <= repeating <= 50


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_shares_are_the_callers(share: float) -> None:
    scenes = training_scenes(ATOMS, n=30, seed=3, overlapping=share, repeating=share)
    assert all((scene.overlaps > 0) == (share > 0) for scene in scenes)
    assert all((max(Counter(e.label for e in s.events).values()) > 1) == (share > 0) for s in scenes)


def test_the_first_scenes_of_many_are_those_of_a_few() -> None:
    assert training_scenes(ATOMS, n=12, seed=4)[:5] == training_scenes(ATOMS, n=5, seed=4)
    assert training_scenes(ATOMS, n=5, seed=4) != training_scenes(ATOMS, n=5, seed=5)


def test_the_order_of_the_atoms_changes_nothing() -> None:
    assert training_scenes(ATOMS[::-1], n=5, seed=4) == training_scenes(ATOMS, n=5, seed=4)


def test_sounds_that_are_too_short_to_overlap_are_heard_all_the_same() -> None:
    short = [make_atom(label, ticks=40) for label in LABELS]
    scenes = training_scenes(short, n=6, seed=1, overlapping=1.0)
    assert [scene.overlaps for scene in scenes] == [0] * 6


def test_one_label_is_enough() -> None:
    scenes = training_scenes([atom for atom in ATOMS if atom.label == "A"], n=8, seed=1)
    assert {event.label for scene in scenes for event in scene.events} == {"A"}


def test_a_recipe_without_overlaps_has_none() -> None:
    source = {**load_recipe("paper").source, "sequences": 1.0}
    recipe = recipe_of({**source, "scene": {**source["scene"], "polyphony": 1}}, name="own", where="here")
    assert not any(scene.overlaps for scene in training_scenes(ATOMS, n=10, seed=1, recipe=recipe, overlapping=1.0))


def test_a_label_that_fits_no_scene_is_named() -> None:
    with pytest.raises(RecipeError, match=r"no scene was found that holds 'Z'.*lasts 3 s"):
        training_scenes([*ATOMS, make_atom("Z", ticks=300)], n=7, seed=1, recipe=_recipe(clip_s=2.5))


def test_progress_is_told_scene_by_scene() -> None:
    told: list[tuple[int, int]] = []
    training_scenes(ATOMS, n=3, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_cannot_be_asked_for_is_refused() -> None:
    with pytest.raises(ListenError, match=r"at least one scene.*n = 0"):
        training_scenes(ATOMS, n=0, seed=1)
    with pytest.raises(ListenError, match="at least one sound"):
        training_scenes([], n=1, seed=1)
    with pytest.raises(ListenError, match=r"'overlapping' must be a share from 0 to 1; got 1\.5"):
        training_scenes(ATOMS, n=1, seed=1, overlapping=1.5)


# --- targets ---


def test_targets_are_shares_of_frames() -> None:
    scene = _scene(("A", 0, 100), ("B", 110, 130), ticks=200)
    heard = targets(scene, ["B", "A"], hop_s=0.25, n_frames=8)
    assert heard.dtype == np.float32
    assert heard[:, 1].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
    np.testing.assert_allclose(heard[:, 0], [0, 0, 0, 0, 0.6, 0.2, 0, 0], atol=1e-7)


def test_targets_are_those_of_a_count_of_moments() -> None:
    for scene in training_scenes(ATOMS, n=6, seed=9, repeating=0.5):
        for hop_s in (0.125, 0.163, 0.25, 0.48):
            n = int(np.ceil(scene.duration_s / hop_s - 1e-6))
            moments = (np.arange(n * 500) + 0.5) * hop_s / 500
            slow = np.zeros((n, len(LABELS)))
            for place, label in enumerate(LABELS):
                sounds = np.zeros(len(moments), dtype=bool)
                for event in scene.timeline.of(label):
                    sounds |= (event.onset <= moments) & (moments < event.offset)
                slow[:, place] = sounds.reshape(n, 500).mean(axis=1)
            np.testing.assert_allclose(targets(scene, LABELS, hop_s=hop_s, n_frames=n), slow, atol=0.005)


def test_frames_behind_the_end_are_silent_and_labels_nobody_asked_for_leave_no_trace() -> None:
    scene = _scene(("A", 150, 200), ("B", 0, 50), ticks=200)
    heard = targets(scene, ["A", "Z"], hop_s=0.5, n_frames=6)
    assert heard.tolist() == [[0, 0], [0, 0], [0, 0], [1, 0], [0, 0], [0, 0]]


def test_events_of_one_label_that_touch_count_once() -> None:
    assert targets(_scene(("A", 0, 60), ("A", 40, 100), ticks=100), ["A"], hop_s=0.5, n_frames=2).tolist() == [[1], [1]]


# --- rendering ---


def test_audio_is_what_a_benchmark_would_hold() -> None:
    scenes = training_scenes(ATOMS, n=3, seed=1)
    heard = list(rendered(scenes, ATOMS, sample_rate=RATE))
    renderer = Renderer({atom.atom_id: atom for atom in ATOMS}, sample_rate=RATE)
    for scene, samples in zip(scenes, heard, strict=True):
        assert samples.dtype == np.float32
        assert np.abs(samples).max() <= 1.0
        np.testing.assert_array_equal(samples * 32768, renderer.scaled(scene)[1])


def test_atoms_of_another_rate_are_refused() -> None:
    odd: list[Atom] = [*ATOMS, make_atom("A", ticks=50, rate=16_000, number=7)]
    with pytest.raises(ListenError, match=r"Scenes at 8000 Hz need atoms at 8000 Hz; 'A-50-7' has 16000 Hz"):
        next(rendered(training_scenes(ATOMS, n=1, seed=1), odd, sample_rate=RATE))


def test_a_scene_of_atoms_that_are_not_there_is_refused() -> None:
    scene = training_scenes(ATOMS, n=1, seed=1)[0]
    lost = replace(scene, events=(replace(scene.events[0], atom_id="gone"),))
    with pytest.raises(BenchmarkError, match="'gone'"):
        list(rendered([lost], ATOMS, sample_rate=RATE))
