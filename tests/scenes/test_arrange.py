"""Events are placed inside the clip, in the order and with the overlaps that were asked for, whatever is asked for."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.logic.margins import Margins
from earwitness.rng import generator
from earwitness.scenes.arrange import arrange
from earwitness.scenes.demands import ENDLESS, Demands, Follows, Role, Shares

MARGINS = Margins()
GAP, SHARED = 25, 50
ROLES = [Role(label) for label in "ABCDE"]

pairs = st.sampled_from(list(combinations(ROLES, 2)))


@st.composite
def wishes(draw: st.DrawFn) -> tuple[dict[Role, int], Demands]:
    lengths = draw(st.fixed_dictionaries({role: st.integers(25, 300) for role in ROLES}))
    demands = Demands()
    for a, b in draw(st.lists(pairs, max_size=3, unique=True)):
        # Of two roles the first in the alphabet comes first, so that no circle can arise.
        least = draw(st.integers(GAP, 100))
        demands.follows.append(Follows(a, b, least, draw(st.sampled_from([least, least + 60, ENDLESS]))))
    related = {frozenset((follows.first, follows.then)) for follows in demands.follows}
    for a, b in draw(st.lists(pairs, max_size=2, unique=True)):
        if frozenset((a, b)) in related:
            continue
        one, other = draw(st.permutations([a, b]))
        least = draw(st.integers(SHARED, 90))
        most = draw(st.sampled_from([least + 20, ENDLESS]))
        demands.shares.append(Shares(one, other, least, most, draw(st.sampled_from([None, True, False]))))
    return lengths, demands


def joined(ties: set[frozenset[Role]]) -> dict[Role, set[Role]]:
    """Return, for each role, all that are tied to it, directly or through others."""
    group = {role: {role} for role in ROLES}
    for a, b in ties:
        both = group[a] | group[b]
        group.update(dict.fromkeys(both, both))
    return group


@given(wishes(), st.integers(300, 1500), st.integers(1, 3), st.integers(0, 2**32))
def test_what_is_placed_is_what_was_asked(
    wish: tuple[dict[Role, int], Demands], ticks: int, polyphony: int, seed: int
) -> None:
    lengths, demands = wish
    given_lengths, given_follows = dict(lengths), list(demands.follows)
    rng = generator(seed)
    onsets = arrange(lengths, demands, ticks=ticks, polyphony=polyphony, margins=MARGINS, rng=rng)
    assert (lengths, demands.follows) == (given_lengths, given_follows), "arguments are not changed"
    if onsets is None:
        return
    offsets = {role: onsets[role] + lengths[role] for role in ROLES}
    assert set(onsets) == set(ROLES)
    assert min(onsets.values()) >= 0
    assert max(offsets.values()) <= ticks
    tied = {frozenset((share.a, share.b)) for share in demands.shares}
    group = joined(tied)
    # Inside a block, of what overlaps or follows within a limit, the order is the whole scene's judge's to see.
    block = joined(tied | {frozenset(follows[:2]) for follows in demands.follows if follows.most < ENDLESS})
    for a, b in combinations(ROLES, 2):
        shared = min(offsets[a], offsets[b]) - max(onsets[a], onsets[b])
        if shared > 0:
            assert b in group[a], "only events that overlap a third in common may overlap unasked"
            assert shared >= SHARED
            assert abs(onsets[a] - onsets[b]) >= GAP
            assert abs(offsets[a] - offsets[b]) >= GAP
        else:
            assert -shared >= GAP
    for share in demands.shares:
        a, b = share.a, share.b
        shared = min(offsets[a], offsets[b]) - max(onsets[a], onsets[b])
        assert share.least <= shared <= share.most
        assert share.inside in (None, onsets[b] <= onsets[a] and offsets[a] <= offsets[b])
    for follows in demands.follows:
        if follows.then not in block[follows.first]:
            assert onsets[follows.then] - offsets[follows.first] >= GAP
    assert max(sum(onsets[b] <= onsets[a] < offsets[b] for b in ROLES) for a in ROLES) <= polyphony


@given(st.integers(0, 2**32), st.integers(GAP, 300), st.integers(0, 200))
def test_a_gap_lies_between_its_limits(seed: int, least: int, more: int) -> None:
    a, b, c = ROLES[:3]
    demands = Demands(follows=[Follows(a, b, least, least + more)])
    onsets = arrange({a: 100, b: 100, c: 50}, demands, ticks=1000, polyphony=2, margins=MARGINS, rng=generator(seed))
    assert onsets is not None
    assert least <= onsets[b] - onsets[a] - 100 <= least + more


@given(st.integers(0, 2**32), st.integers(GAP, 300))
def test_a_gap_without_upper_limit_keeps_its_lower_one(seed: int, least: int) -> None:
    a, b, c = ROLES[:3]
    demands = Demands(follows=[Follows(a, b, least)])
    onsets = arrange({a: 100, b: 100, c: 50}, demands, ticks=1000, polyphony=2, margins=MARGINS, rng=generator(seed))
    assert onsets is not None
    assert onsets[b] - onsets[a] - 100 >= least


def test_events_fill_a_clip_to_the_last_tick() -> None:
    lengths = {role: 100 for role in ROLES}
    full = 5 * 100 + 4 * GAP
    onsets = arrange(lengths, Demands(), ticks=full, polyphony=2, margins=MARGINS, rng=generator(0))
    assert onsets is not None
    assert sorted(onsets.values()) == [0, 125, 250, 375, 500]
    assert arrange(lengths, Demands(), ticks=full - 1, polyphony=2, margins=MARGINS, rng=generator(0)) is None


def test_a_circle_cannot_be_placed() -> None:
    a, b = ROLES[:2]
    circle = Demands(follows=[Follows(a, b, GAP), Follows(b, a, GAP)])
    assert arrange({a: 50, b: 50}, circle, ticks=1000, polyphony=2, margins=MARGINS, rng=generator(0)) is None


@pytest.mark.parametrize("share", [Shares(ROLES[0], ROLES[1], 80), Shares(ROLES[0], ROLES[1], 50, inside=True)])
def test_an_overlap_that_is_longer_than_its_events_cannot_be_placed(share: Shares) -> None:
    lengths = {ROLES[0]: 60, ROLES[1]: 70}
    demands = Demands(shares=[share])
    assert arrange(lengths, demands, ticks=1000, polyphony=2, margins=MARGINS, rng=generator(0)) is None


def test_orders_and_places_are_drawn() -> None:
    lengths = {role: 60 for role in ROLES[:3]}
    found = [
        arrange(lengths, Demands(), ticks=1000, polyphony=2, margins=MARGINS, rng=generator(seed))
        for seed in range(200)
    ]
    orders = {tuple(sorted(onsets, key=onsets.__getitem__)) for onsets in found if onsets}
    assert len(orders) == 6
    firsts = [min(onsets.values()) for onsets in found if onsets]
    lasts = [max(onsets.values()) + 60 for onsets in found if onsets]
    assert min(firsts) < 30, "a clip may begin with an event"
    assert max(lasts) > 970, "a clip may end with an event"
