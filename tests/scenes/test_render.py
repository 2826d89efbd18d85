"""Rendering against the plainest arithmetic: a clip is the rounded sum of its parts, on every machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from earwitness.errors import BenchmarkError
from earwitness.rng import generator
from earwitness.scenes.render import CEILING, COLOURS, NOISE_S, Renderer, fitted, noise, tick_power
from earwitness.scenes.spec import Background, Placed, Scene, db_to_gain
from earwitness.sounds.atoms import Atom
from scenes.conftest import make_atom

RATES = (8_000, 16_000, 24_000, 32_000, 44_100, 48_000)
ROUNDING = 0.51  # half a step, and what float32 loses


def atoms_at(rate: int) -> dict[str, Atom]:
    atoms = [make_atom("dog", ticks=120, rate=rate), make_atom("rain", ticks=200, rate=rate, steady=True)]
    return {atom.atom_id: atom for atom in atoms}


def scene_of(*, gain: float = 1.0, ticks: int = 600, start_tick: int = 2950, colour: str = "pink") -> Scene:
    """Return a dog over rain: once looped, once cut, once whole; the background repeats inside the clip."""
    events = (
        Placed("rain", "rain-200-0s", 0, 300, gain),
        Placed("dog", "dog-120-0", 150, 270, gain * 0.7),
        Placed("rain", "rain-200-0s", 330, 390, gain * 1.3),
        Placed("dog", "dog-120-0", 480, 600, gain * 0.5),
    )
    return Scene("clip-1", ticks, Background(colour, start_tick, db_to_gain(30.0)), events)


def naive(scene: Scene, atoms: dict[str, Atom], rate: int) -> npt.NDArray[np.float64]:
    """Add everything up in float64, sample by sample."""
    tick = rate // 100
    table = noise(scene.background.colour, rate).astype(np.float64)
    places = (scene.background.start_tick * tick + np.arange(scene.ticks * tick)) % len(table)
    total = table[places] * scene.background.gain
    for event in scene.events:
        sound = fitted(atoms[event.atom_id].pcm.astype(np.float32), event.ticks * tick, tick=tick)
        total[event.onset_tick * tick : event.offset_tick * tick] += sound.astype(np.float64) * event.gain
    return total


@pytest.mark.parametrize("rate", RATES)
def test_a_clip_is_the_sum_of_its_parts(rate: int) -> None:
    atoms = atoms_at(rate)
    renderer = Renderer(atoms, sample_rate=rate)
    scene, pcm = renderer.scaled(scene_of())
    assert scene.scale == 1.0
    assert pcm.dtype == np.int16
    assert pcm.shape == (6 * rate,)
    assert np.abs(pcm - naive(scene, atoms, rate)).max() <= ROUNDING
    stems = [renderer.stem(scene, event) for event in scene.events]
    parts = np.sum([*stems, renderer.backdrop(scene)], axis=0, dtype=np.float64)
    assert np.abs(pcm - parts).max() <= ROUNDING
    np.testing.assert_array_equal(pcm, renderer.pcm(scene))


@pytest.mark.parametrize("gain", [5.0, 20.0, 300.0])
def test_a_loud_clip_is_scaled_to_the_ceiling(gain: float) -> None:
    atoms = atoms_at(8_000)
    renderer = Renderer(atoms, sample_rate=8_000)
    loud = scene_of(gain=gain)
    scene, pcm = renderer.scaled(loud)
    total = naive(loud, atoms, 8_000)
    assert scene.scale == pytest.approx(CEILING / np.abs(total).max(), rel=1e-5)
    assert scene.scale == float(np.float32(scene.scale)), "storing it changes nothing"
    assert np.abs(pcm.astype(np.int32)).max() == round(CEILING)
    assert np.abs(pcm - total * scene.scale).max() <= ROUNDING
    stems = [renderer.stem(scene, event) for event in scene.events]
    assert np.abs(pcm - sum(stems, renderer.backdrop(scene))).max() <= ROUNDING
    np.testing.assert_array_equal(pcm, renderer.pcm(scene))


def test_a_clip_below_the_ceiling_is_left_as_it_is() -> None:
    renderer = Renderer(atoms_at(8_000), sample_rate=8_000)
    scene, _ = renderer.scaled(scene_of(gain=0.01))
    assert scene.scale == 1.0


def test_the_ceiling_is_one_decibel_below_full_scale() -> None:
    assert round(20 * np.log10(CEILING / 32768), 3) == -1.0


def test_a_scene_without_events_is_its_background() -> None:
    renderer = Renderer({}, sample_rate=8_000)
    empty = Scene("quiet", 7000, Background("white", 100, 50.0), ())
    _, pcm = renderer.scaled(empty)
    assert len(pcm) == 70 * 8_000
    assert np.abs(pcm - renderer.backdrop(empty)).max() <= 0.5
    assert np.sqrt(np.mean(pcm.astype(float) ** 2)) == pytest.approx(50.0, rel=0.01)


def test_clips_of_any_length_in_any_order_give_the_same_samples() -> None:
    atoms = atoms_at(8_000)
    long, short = scene_of(ticks=1200), scene_of(gain=0.4, start_tick=3, colour="brown")
    used = Renderer(atoms, sample_rate=8_000)
    for scene in (short, long, short, long):
        np.testing.assert_array_equal(used.pcm(scene), Renderer(atoms, sample_rate=8_000).pcm(scene))


def test_rendering_changes_no_atom() -> None:
    atoms = atoms_at(8_000)
    before = {name: atom.pcm.copy() for name, atom in atoms.items()}
    Renderer(atoms, sample_rate=8_000).pcm(scene_of())
    for name, atom in atoms.items():
        np.testing.assert_array_equal(atom.pcm, before[name])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scale": 60.0}, "Clip 'clip-1' would be clipped: its scale 60.0 is wrong"),
        ({"scale": float("nan")}, "Clip 'clip-1' would be clipped: its scale nan is wrong"),
        ({"ticks": 599}, "Clip 'clip-1': event 'dog' lies outside the clip"),
        ({"events": (Placed("dog", "dog-120-0", -1, 119, 1.0),)}, "event 'dog' lies outside the clip"),
        ({"events": (Placed("dog", "dog-120-0", 50, 50, 1.0),)}, "event 'dog' lies outside the clip"),
        ({"events": (Placed("dog", "cat-1", 0, 120, 1.0),)}, "The atom 'cat-1' of an event 'dog' does not exist"),
        ({"events": (Placed("dog", "dog-120-0", 0, 120, float("nan")),)}, "would be clipped"),
        ({"events": (Placed("dog", "dog-120-0", 0, 120, 1e30),)}, "would be clipped"),
        ({"background": Background("blue", 0, 1.0)}, "Background 'blue' is unknown; expected one of white, pink"),
    ],
)
def test_what_cannot_be_rendered_is_refused(change: dict[str, object], words: str) -> None:
    renderer = Renderer(atoms_at(8_000), sample_rate=8_000)
    with pytest.raises(BenchmarkError, match=words):
        renderer.pcm(replace(scene_of(), **change))


# --- sounds at other lengths ---


def test_a_sound_at_its_own_length_is_itself() -> None:
    samples = np.arange(800, dtype=np.float32)
    assert fitted(samples, 800, tick=80) is samples


def test_a_cut_is_faded_over_ten_milliseconds() -> None:
    samples = np.full(800, 1000.0, dtype=np.float32)
    cut = fitted(samples, 400, tick=80)
    assert cut.shape == (400,)
    np.testing.assert_array_equal(cut[:320], samples[:320])
    assert np.all(np.diff(cut[319:]) < 0)
    assert 0 < cut[-1] < 10
    assert np.all(samples == 1000.0), "the sound itself is not changed"


@pytest.mark.parametrize("rate", [8_000, 44_100])
@pytest.mark.parametrize("ticks", [101, 149, 150, 195, 196, 333, 800])
@pytest.mark.parametrize("hertz", [97.3, 440.0, 1234.5])
def test_a_loop_has_no_clicks_and_the_right_length(hertz: float, ticks: int, rate: int) -> None:
    tick = rate // 100
    tone = (1000 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype(np.float32)
    tone.flags.writeable = False
    looped = fitted(tone, ticks * tick, tick=tick)
    assert looped.shape == (ticks * tick,)
    assert looped.dtype == np.float32
    np.testing.assert_array_equal(looped[: 94 * tick], tone[: 94 * tick])
    natural = np.abs(np.diff(tone)).max()
    # Two equally loud copies in a cross-fade are at most sqrt(2) louder; the fade itself bends by a little more.
    assert np.abs(np.diff(looped)).max() <= 1.5 * natural + 1000 * np.sqrt(1 / (5 * tick))
    assert np.abs(looped).max() <= 1000 * np.sqrt(2) + 1
    blocks = tick_power(looped[: -(2 * tick)], tick=tick)
    assert blocks.max() < 2.2 * np.median(blocks)


@pytest.mark.parametrize("ticks", [150, 400, 1000])
def test_a_loop_of_noise_is_even(ticks: int) -> None:
    atom = make_atom("rain", ticks=120, steady=True)
    looped = fitted(atom.pcm.astype(np.float32), ticks * 80, tick=80)
    power = tick_power(looped, tick=80)[: ticks - 1].reshape(-1)
    tenths = power[: len(power) // 10 * 10].reshape(-1, 10).mean(axis=1)
    assert tenths.max() < 1.5 * tenths.min(), "equal-power cross-fades leave no dip and no swell"


# --- noise ---


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("colour", COLOURS)
def test_noise_has_unit_level_and_no_offset(colour: str, rate: int) -> None:
    samples = noise(colour, rate)
    assert samples.shape == (NOISE_S * rate,)
    assert samples.dtype == np.float32
    wide = samples.astype(np.float64)
    assert np.sqrt(np.mean(wide**2)) == pytest.approx(1.0, abs=1e-4)
    assert abs(wide.mean()) < 1e-3
    assert np.abs(wide).max() < 6


@pytest.mark.parametrize(("colour", "slope_db"), [("white", 0.0), ("pink", -3.0), ("brown", -6.0)])
@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_noise_falls_by_its_colour(colour: str, slope_db: float, rate: int) -> None:
    samples = noise(colour, rate).astype(np.float64)
    size = 8192
    windows = samples[: len(samples) // size * size].reshape(-1, size) * np.hanning(size)
    power = np.mean(np.abs(np.fft.rfft(windows, axis=1)) ** 2, axis=0)
    hertz = np.arange(len(power)) * rate / size
    edges = 80.0 * 2.0 ** np.arange(0, np.log2(rate / 5 / 80))
    octaves = [power[(hertz >= low) & (hertz < 2 * low)].mean() for low in edges[:-1]]
    fall = np.polyfit(np.arange(len(octaves)), 10 * np.log10(octaves), 1)[0]
    assert fall == pytest.approx(slope_db, abs=0.35)
    rest = 10 * np.log10(octaves) - slope_db * np.arange(len(octaves))
    assert np.ptp(rest) < 2.5, "no octave stands out"


def test_noise_is_the_same_whenever_it_is_made() -> None:
    for colour in COLOURS:
        kept = noise(colour, 8_000)
        assert noise(colour, 8_000) is kept
        assert not kept.flags.writeable
        np.testing.assert_array_equal(noise.__wrapped__(colour, 8_000), kept)
    assert not np.array_equal(noise("white", 8_000), noise("pink", 8_000))


def test_noise_repeats_without_a_click() -> None:
    for colour in COLOURS:
        samples = noise(colour, 16_000)
        assert abs(samples[0] - samples[-1]) <= np.abs(np.diff(samples)).max() * 1.5


def test_tick_power_is_the_energy_of_each_frame() -> None:
    samples = generator(0).integers(-32768, 32768, size=800).astype(np.int16)
    frames = samples.astype(np.int64).reshape(10, 80)
    np.testing.assert_array_equal(tick_power(samples, tick=80), (frames**2).sum(axis=1))
