"""Scenes to learn from: composed by the composer of the benchmarks, from the recordings that may be learned from.

A scene to learn from is what a benchmark's clip is, with three differences. Every label is asked for in turn, so that
long sounds, for which there is seldom room, are heard as often as short ones. More scenes hold overlaps, for a sound
under another is what is hard to hear. And in some a label is heard more than once, so that counting can be learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from earwitness.errors import ListenError, RecipeError
from earwitness.listen.base import Samples
from earwitness.reasonaudio.families import Limits, compose_scene
from earwitness.reasonaudio.recipe import Recipe, load_recipe
from earwitness.rng import generator
from earwitness.scenes.compose import Composer, Shape
from earwitness.scenes.demands import Demands
from earwitness.scenes.pantry import Pantry
from earwitness.scenes.render import Renderer
from earwitness.scenes.spec import TICKS_PER_S, Scene
from earwitness.sounds.atoms import Atom
from earwitness.sounds.audio import from_pcm16

__all__ = ["rendered", "targets", "training_scenes"]

_TRIES_WITH_OVERLAPS = 40
_TRIES = 200


def training_scenes(
    atoms: Iterable[Atom],
    *,
    n: int,
    seed: int,
    recipe: Recipe | None = None,
    overlapping: float = 0.5,
    repeating: float = 0.1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Scene]:
    """Compose scenes to learn from.

    Parameters
    ----------
    atoms
        The sounds that may be learned from; never those of a benchmark that the listener is to be tested on.
    n
        How many scenes. The first of many are the same as a few.
    seed
        Any integer; the scenes depend on it, the atoms, the recipe and the shares alone.
    recipe
        What the scenes are like: length, number of events, levels, margins; ``paper`` when None.
    overlapping
        Share of the scenes in which one or two pairs of events are asked to overlap. Where the sounds of a scene do not
        allow it, none do.
    repeating
        Share of the scenes in which one label is heard two or three times.
    progress
        Called with the number of scenes done and wanted.

    Returns
    -------
    list of Scene
        Their scales are not known yet; :func:`rendered` finds them.

    Raises
    ------
    ListenError
        When there is no atom, or a number or a share is out of its range.
    RecipeError
        When no scene can hold one of the labels, and which.
    """
    if n < 1:
        raise ListenError(f"There must be at least one scene to learn from; got n = {n}.")
    for name, share in (("overlapping", overlapping), ("repeating", repeating)):
        if not 0.0 <= share <= 1.0:
            raise ListenError(f"'{name}' must be a share from 0 to 1; got {share}.")
    recipe = load_recipe("paper") if recipe is None else recipe
    pantry = Pantry(atoms)
    if not pantry.labels:
        raise ListenError("There must be at least one sound to learn from; got none.")
    composer = Composer(pantry, spec=recipe.scene, margins=recipe.margins, audible=recipe.audible)
    limits = Limits(recipe.margins)
    scenes: list[Scene] = []
    for place in range(n):
        rng = generator(seed, "training scene", place)
        turn, rank = divmod(place, len(pantry.labels))
        label = pantry.labels[int(generator(seed, "training labels", turn).permutation(len(pantry.labels))[rank])]
        overlaps = 1 + int(rng.integers(2)) if rng.random() < overlapping else 0
        number = 2 + int(rng.integers(2)) if rng.random() < repeating else 1
        scene = _composed(composer, limits, label, overlaps=overlaps, number=number, rng=rng)
        if scene is None:
            raise RecipeError(
                f"Recipe '{recipe.name}': no scene was found that holds '{label}', not even alone; its shortest sound "
                f"lasts {pantry.shortest(label) / TICKS_PER_S:g} s. Longer clips help."
            )
        scenes.append(replace(scene, clip_id=f"scene-{place + 1}"))
        if progress is not None:
            progress(len(scenes), n)
    return scenes


def _composed(
    composer: Composer, limits: Limits, label: str, *, overlaps: int, number: int, rng: np.random.Generator
) -> Scene | None:
    """Compose a scene that holds a label; with less in it where there is no room for all that was asked."""
    pairs = overlaps if composer.spec.polyphony > 1 else 0
    # In the last resort the label is heard alone: no label may be missing from what is learned.
    asked = ((pairs, number, False, _TRIES_WITH_OVERLAPS), (0, number, False, _TRIES), (0, 1, True, _TRIES))
    for wanted, times, alone, tries in asked:
        for _ in range(tries):
            demands = Demands()
            demands.hear(label, number=times)
            most = 1 if alone else min(int(composer.spec.events.sample(rng)), len(composer.pantry.labels))
            shape = Shape(composer.clip_ticks(rng), max(times, most), wanted)
            made = compose_scene(composer, demands, claims=(), limits=limits, shape=shape, like=None, rng=rng)
            if made is not None:
                return made[1]
    return None


def targets(scene: Scene, labels: Sequence[str], *, hop_s: float, n_frames: int) -> npt.NDArray[np.float32]:
    """Return what share of each frame each label is heard in.

    An event is heard from its onset to its offset, pauses within it included: that is how long the claims of a
    benchmark hold it to be.

    Parameters
    ----------
    scene
        The scene.
    labels
        The labels, one for each column. Events of other labels leave no trace.
    hop_s
        The time from one frame to the next, in seconds.
    n_frames
        How many frames. What lies behind the end of the scene is silent.

    Returns
    -------
    numpy.ndarray
        Shape (n_frames, n_labels), float32, 0 to 1.
    """
    column = {label: place for place, label in enumerate(labels)}
    sounding = np.zeros((scene.ticks, len(labels)), dtype=bool)
    for event in scene.events:
        if event.label in column:
            sounding[event.onset_tick : event.offset_tick, column[event.label]] = True
    # The time heard before each edge of a frame, exact between two ticks as well, for a tick is heard whole or not.
    heard = np.concatenate((np.zeros((1, len(labels))), np.cumsum(sounding, axis=0)))
    edges = np.clip(np.arange(n_frames + 1) * hop_s * TICKS_PER_S, 0, scene.ticks)
    whole = np.minimum(edges.astype(np.intp), scene.ticks - 1)
    before = heard[whole] + (edges - whole)[:, None] * sounding[whole]
    shares = np.diff(before, axis=0) / (hop_s * TICKS_PER_S)
    # A rounding error may carry a frame that is filled from edge to edge over 1.
    clipped: npt.NDArray[np.float32] = np.clip(shares, 0.0, 1.0).astype(np.float32)
    return clipped


def rendered(scenes: Iterable[Scene], atoms: Iterable[Atom], *, sample_rate: int) -> Iterator[Samples]:
    """Yield the audio of scenes, one after another, exactly as a benchmark would store it.

    Parameters
    ----------
    scenes
        The scenes.
    atoms
        The atoms that they were composed from.
    sample_rate
        Samples a second: that of the atoms.

    Yields
    ------
    numpy.ndarray
        Shape (n_samples,), float32, in [-1, 1].

    Raises
    ------
    ListenError
        When an atom has another sample rate.
    BenchmarkError
        When a scene names an atom that is not there.
    """
    by_id = {atom.atom_id: atom for atom in atoms}
    odd = next((atom for atom in by_id.values() if atom.sample_rate != sample_rate), None)
    if odd is not None:
        raise ListenError(
            f"Scenes at {sample_rate} Hz need atoms at {sample_rate} Hz; '{odd.atom_id}' has {odd.sample_rate} Hz."
        )
    renderer = Renderer(by_id, sample_rate=sample_rate)
    for scene in scenes:
        _, pcm = renderer.scaled(scene)
        yield from_pcm16(pcm)
