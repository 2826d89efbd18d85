"""Placing events in a clip: by construction, never by waiting for luck.

Events that must overlap form a cluster; clusters that must follow each other closely form a block; blocks are put
in a random order that keeps the demands, and what time is left is spread between them at random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from earwitness.logic.margins import Margins
from earwitness.scenes.demands import ENDLESS, Demands, Follows, Role, Shares
from earwitness.scenes.spec import TICKS_PER_S

__all__ = ["arrange"]

_CLUSTER_TRIES = 20

_Onsets = dict[Role, int]


def arrange(
    lengths: Mapping[Role, int],
    demands: Demands,
    *,
    ticks: int,
    polyphony: int,
    margins: Margins,
    rng: np.random.Generator,
) -> _Onsets | None:
    """Place events in a clip.

    Parameters
    ----------
    lengths
        The length of every event, in ticks; those of the demands and any others.
    demands
        Which events follow, overlap or keep apart. Events that are not said to overlap do not, unless they are in
        one cluster because both overlap with a third.
    ticks
        Length of the clip, in ticks.
    polyphony
        How many events may sound at one moment.
    margins
        What every pair of events keeps.
    rng
        Draws the order, the overlaps and the gaps.

    Returns
    -------
    dict or None
        The onset of every event, in ticks; None when this draw did not succeed.
    """
    gap = _ticks(margins.gap_s)
    placed = []
    for members in _clusters(list(lengths), demands.shares):
        cluster = _cluster(members, lengths, demands, polyphony=polyphony, margins=margins, rng=rng)
        if cluster is None:
            return None
        placed.append(cluster)
    blocks = _blocks(placed, lengths, demands.follows, gap, rng)
    order = None if blocks is None else _ordered(blocks, demands.follows, rng)
    if blocks is None or order is None:
        return None
    return _spread([blocks[place] for place in order], lengths, demands.follows, ticks, gap, rng)


def _ticks(seconds: float) -> int:
    return int(np.ceil(seconds * TICKS_PER_S - 1e-6))


def _clusters(roles: list[Role], shares: Sequence[Shares]) -> list[list[Role]]:
    """Return the events grouped by which overlap, directly or through others."""
    group = {role: [role] for role in roles}
    for share in shares:
        one, other = group[share.a], group[share.b]
        if one is not other:
            one.extend(other)
            for role in other:
                group[role] = one
    return list({id(members): members for members in group.values()}.values())


def _cluster(
    members: list[Role],
    lengths: Mapping[Role, int],
    demands: Demands,
    *,
    polyphony: int,
    margins: Margins,
    rng: np.random.Generator,
) -> _Onsets | None:
    """Place the events of one cluster relative to its start."""
    if len(members) == 1:
        return {members[0]: 0}
    for _ in range(_CLUSTER_TRIES):
        onsets = {members[0]: 0}
        waiting = members[1:]
        while waiting:
            tie = next(
                (s for s in demands.shares if (s.a in onsets) != (s.b in onsets)),
                None,
            )
            if tie is None:
                break
            new, old = (tie.b, tie.a) if tie.a in onsets else (tie.a, tie.b)
            reach = lengths[old] + lengths[new] - 2 * tie.least
            if reach < 0:
                return None
            onsets[new] = onsets[old] - lengths[new] + tie.least + int(rng.integers(reach + 1))
            waiting.remove(new)
        if _cluster_holds(onsets, lengths, demands, polyphony, margins):
            start = min(onsets.values())
            return {role: onset - start for role, onset in onsets.items()}
    return None


def _cluster_holds(
    onsets: _Onsets, lengths: Mapping[Role, int], demands: Demands, polyphony: int, margins: Margins
) -> bool:
    gap, least = _ticks(margins.gap_s), _ticks(margins.overlap_s)
    roles = list(onsets)
    wanted = {frozenset((share.a, share.b)): share for share in demands.shares}
    for i, a in enumerate(roles):
        for b in roles[i + 1 :]:
            shared = min(onsets[a] + lengths[a], onsets[b] + lengths[b]) - max(onsets[a], onsets[b])
            pair = frozenset((a, b))
            if pair in wanted and not _shares(wanted[pair], onsets, lengths, shared):
                return False
            if shared > 0:
                ends = abs(onsets[a] + lengths[a] - onsets[b] - lengths[b])
                if shared < least or abs(onsets[a] - onsets[b]) < gap or ends < gap or pair in demands.apart:
                    return False
            elif -shared < gap:
                return False
    return _most_at_once(onsets, lengths) <= polyphony


def _shares(share: Shares, onsets: _Onsets, lengths: Mapping[Role, int], shared: int) -> bool:
    a, b = share.a, share.b
    inside = onsets[b] <= onsets[a] and onsets[a] + lengths[a] <= onsets[b] + lengths[b]
    return share.least <= shared <= share.most and (share.inside is None or share.inside == inside)


def _most_at_once(onsets: _Onsets, lengths: Mapping[Role, int]) -> int:
    return max(sum(onsets[b] <= start < onsets[b] + lengths[b] for b in onsets) for start in onsets.values())


def _end(onsets: _Onsets, lengths: Mapping[Role, int]) -> int:
    return max(onset + lengths[role] for role, onset in onsets.items())


def _blocks(
    clusters: list[_Onsets],
    lengths: Mapping[Role, int],
    follows: Sequence[Follows],
    gap: int,
    rng: np.random.Generator,
) -> list[_Onsets] | None:
    """Join clusters that must follow each other within a limit, with the gap between them drawn."""
    blocks = list(clusters)
    for link in follows:
        if link.most >= ENDLESS:
            continue
        first = next(block for block in blocks if link.first in block)
        then = next(block for block in blocks if link.then in block)
        if first is then:
            continue  # whether the order holds inside the block is judged with the whole scene
        overhang = _end(first, lengths) - (first[link.first] + lengths[link.first]) + then[link.then]
        least, most = max(gap, link.least - overhang), link.most - overhang
        if least > most:
            return None
        start = _end(first, lengths) + int(rng.integers(least, most + 1))
        blocks = [block for block in blocks if block is not first and block is not then]
        blocks.append({**first, **{role: start + onset for role, onset in then.items()}})
    return blocks


def _ordered(blocks: list[_Onsets], follows: Sequence[Follows], rng: np.random.Generator) -> list[int] | None:
    """Return the blocks' numbers in a random order that keeps what must follow what; None when none does."""
    place_of = {role: place for place, block in enumerate(blocks) for role in block}
    earlier: dict[int, set[int]] = {place: set() for place in range(len(blocks))}
    for link in follows:
        if place_of[link.first] != place_of[link.then]:
            earlier[place_of[link.then]].add(place_of[link.first])
    order: list[int] = []
    while len(order) < len(blocks):
        ready = [place for place in range(len(blocks)) if place not in order and earlier[place] <= set(order)]
        if not ready:
            return None
        order.append(ready[int(rng.integers(len(ready)))])
    return order


def _spread(
    blocks: list[_Onsets],
    lengths: Mapping[Role, int],
    follows: Sequence[Follows],
    ticks: int,
    gap: int,
    rng: np.random.Generator,
) -> _Onsets | None:
    """Put the blocks one after another and spread the time that is left."""
    ends = [_end(block, lengths) for block in blocks]
    gaps = [0] + [gap] * (len(blocks) - 1)
    place_of = {role: place for place, block in enumerate(blocks) for role in block}
    for link in follows:
        first, then = place_of[link.first], place_of[link.then]
        if link.least > gap and first < then:
            between = sum(ends[first + 1 : then]) + sum(gaps[first + 1 : then + 1])
            between += ends[first] - blocks[first][link.first] - lengths[link.first] + blocks[then][link.then]
            gaps[int(rng.integers(first + 1, then + 1))] += max(0, link.least - between)
    left = ticks - sum(ends) - sum(gaps)
    if left < 0:
        return None
    cuts = np.sort(rng.integers(left + 1, size=len(blocks)))
    onsets: _Onsets = {}
    at = 0
    for block, end, before, cut, last in zip(blocks, ends, gaps, cuts, [0, *cuts], strict=False):
        at += before + int(cut - last)
        onsets.update({role: at + onset for role, onset in block.items()})
        at += end
    return onsets
