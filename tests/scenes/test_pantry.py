"""What may be drawn: natural lengths for calls, any sensible length for drones, never one that a query forbids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.rng import generator
from earwitness.scenes.demands import ENDLESS
from earwitness.scenes.pantry import LONGEST, SHORTEST_STEADY, Pantry
from earwitness.scenes.render import tick_power
from earwitness.sounds.atoms import Atom
from scenes.conftest import RATE, make_atom

LENGTHS = (30, 60, 120, 250)


def small() -> Pantry:
    calls = [make_atom("call", ticks=ticks) for ticks in LENGTHS]
    both = [make_atom("both", ticks=30), make_atom("both", ticks=350, steady=True)]
    return Pantry([*both, make_atom("drone", ticks=350, steady=True), *calls])


@given(
    st.sampled_from(["call", "drone", "both"]),
    st.integers(1, 900),
    st.integers(0, 900),
    st.one_of(st.none(), st.tuples(st.integers(20, 400), st.integers(1, 200))),
    st.integers(0, 2**32),
)
def test_what_is_drawn_is_allowed_and_what_is_allowed_is_drawn(
    label: str, least: int, more: int, zone: tuple[int, int] | None, seed: int
) -> None:
    pantry = small()
    most = least + more
    low, high = (0, 0) if zone is None else (zone[0], zone[0] + zone[1])
    if zone is not None:
        pantry.avoid(label, low=low, high=high)
        assert pantry.zone(label) == (low, high)
    sound = pantry.draw(label, least=least, most=most, rng=generator(seed))
    assert (sound is not None) == pantry.can(label, least=least, most=most)
    if sound is None:
        return
    assert sound.atom.label == label
    assert least <= sound.ticks <= most
    assert not low < sound.ticks < high
    assert pantry.shortest(label, least=least) <= sound.ticks
    if sound.atom.steady:
        assert SHORTEST_STEADY <= sound.ticks <= LONGEST
    else:
        assert sound.ticks == sound.atom.ticks, "a sound that is not steady is heard whole"


def test_every_atom_and_both_sides_of_a_zone_are_drawn() -> None:
    pantry = small()
    pantry.avoid("drone", low=160, high=240)
    drawn = [pantry.draw("drone", least=1, most=ENDLESS, rng=generator(seed)) for seed in range(200)]
    lengths = [sound.ticks for sound in drawn if sound]
    assert min(lengths) < 70
    assert max(lengths) > 250
    calls = [pantry.draw("call", least=1, most=ENDLESS, rng=generator(seed)) for seed in range(100)]
    assert {sound.ticks for sound in calls if sound} == set(LENGTHS)


def test_shortest_and_fitting() -> None:
    pantry = small()
    assert pantry.labels == ("both", "call", "drone")
    assert pantry.shortest("call") == 30
    assert pantry.shortest("call", least=61) == 120
    assert pantry.shortest("call", least=251) == ENDLESS
    assert pantry.shortest("drone") == SHORTEST_STEADY
    assert pantry.shortest("drone", least=LONGEST + 1) == ENDLESS
    assert pantry.fitting(29) == []
    assert pantry.fitting(40) == ["both", "call"]
    pantry.avoid("call", low=20, high=70)
    assert pantry.fitting(69) == ["both", "drone"], "both lengths under 70 lie in the zone"
    pantry.avoid("call", low=0, high=0)
    assert pantry.fitting(40) == ["both", "call"], "a zone can be taken back"


@pytest.mark.parametrize("ticks", [50, 349, 350, 351, 700, 800])
def test_power_is_that_of_the_sound_at_its_length(ticks: int) -> None:
    pantry = small()
    sound = pantry.draw("drone", least=ticks, most=ticks, rng=generator(0))
    assert sound is not None
    power = pantry.power(sound)
    assert power.shape == (ticks,)
    same = min(ticks, 350) - 6  # the last ticks are faded or cross-faded
    np.testing.assert_array_equal(power[:same], tick_power(sound.atom.pcm, tick=RATE // 100)[:same])
    mean = power.mean() / (RATE // 100)
    assert 0.9 * 1600**2 < mean < 1.1 * 1600**2, "a loop is as loud as the sound"


def test_the_order_of_atoms_does_not_matter(atoms: list[Atom]) -> None:
    one, other = Pantry(atoms), Pantry(reversed(atoms))
    for seed in range(20):
        a = one.draw("A", least=1, most=ENDLESS, rng=generator(seed))
        assert a == other.draw("A", least=1, most=ENDLESS, rng=generator(seed))
