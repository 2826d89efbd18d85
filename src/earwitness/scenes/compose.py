"""Composing a scene: which sounds at which lengths, where they lie, how loud they are, and whether each is heard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.logic.margins import Margins
from earwitness.scenes.arrange import arrange
from earwitness.scenes.demands import ENDLESS, Demands, Role, Shares
from earwitness.scenes.pantry import Pantry, Sound
from earwitness.scenes.render import NOISE_S, noise, tick_power
from earwitness.scenes.spec import (
    TICKS_PER_S,
    Background,
    Placed,
    Scene,
    SceneSpec,
    db_to_gain,
    seconds_to_ticks,
)

__all__ = ["MASKED_DB", "Cast", "Composer", "Shape", "active_frames", "audible_frames"]

MASKED_DB = -10.0
"""A frame of an event is heard while it is no more than this below the rest of the mix, in dB."""
_ACTIVE_DB = -40.0
_LEVEL_TRIES = 6
_FULL_SCALE = 32768.0


class Shape(NamedTuple):
    """What clips have in common that differ in nothing but a claim."""

    ticks: int
    """Length of the clip, in ticks."""
    events: int
    """How many events there are."""
    overlaps: int
    """How many pairs of events overlap."""


@dataclass(frozen=True)
class Cast:
    """The sounds of a scene before they are placed."""

    sounds: Mapping[Role, Sound]
    """The sound of each event."""
    demands: Demands
    """What they must do; extra overlaps included."""


def active_frames(power: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which frames are no more than 40 dB below the loudest, shape (n,); all when there is only silence."""
    active: npt.NDArray[np.bool_] = power >= power.max() * 10.0 ** (_ACTIVE_DB / 10.0)
    return active


def audible_frames(event: npt.NDArray[np.float64], rest: npt.NDArray[np.float64]) -> tuple[int, int]:
    """Return how many of an event's active frames are no more than 10 dB below everything else, and how many it has.

    Parameters
    ----------
    event
        Energy of the event in each 10 ms frame, shape (n,). Frames 40 dB below its loudest are not active.
    rest
        Energy of all that is heard besides, in the same frames, shape (n,).
    """
    active = active_frames(event)
    heard = event >= rest * 10.0 ** (MASKED_DB / 10.0)
    return int(np.count_nonzero(active & heard)), int(np.count_nonzero(active))


class Composer:
    """Composes scenes from a pantry.

    Parameters
    ----------
    pantry
        The sounds.
    spec
        What scenes are like.
    margins
        What every pair of events keeps.
    audible
        Share of an event's active frames that must be heard.
    """

    def __init__(self, pantry: Pantry, *, spec: SceneSpec, margins: Margins, audible: float) -> None:
        self.pantry = pantry
        self.spec = spec
        self.margins = margins
        self.audible = audible
        self._noise_power: dict[tuple[str, int], npt.NDArray[np.float64]] = {}
        self._gap = math.ceil(margins.gap_s * TICKS_PER_S - 1e-6)
        self._shared = math.ceil(margins.overlap_s * TICKS_PER_S - 1e-6)

    def cast(
        self,
        demands: Demands,
        *,
        shape: Shape,
        like: Cast | None,
        rng: np.random.Generator,
    ) -> Cast | None:
        """Choose the sounds of a scene.

        Parameters
        ----------
        demands
            What must be heard, and how.
        shape
            How long the clip is, and how many events and overlaps it holds; those that are not demanded are of other
            labels, drawn at random.
        like
            A cast whose sounds are taken over wherever they fit, so that two scenes differ in nothing but the claim.
        rng
            Draws the rest.

        Returns
        -------
        Cast or None
            None when this draw did not succeed.
        """
        if demands.contradictory:
            return None
        old = {} if like is None else like.sounds
        room = shape.ticks - self._gap * (max(shape.events, len(demands.roles)) - 1)
        sounds = self._demanded(demands, old, room, rng)
        if sounds is None:
            return None
        room -= sum(sound.ticks for sound in sounds.values())
        banned = {role.label for role in sounds} | demands.absent
        extras = [role for role in old if role.label not in banned]
        while len(sounds) < shape.events:
            role = extras.pop(0) if extras else self._other(banned, room, rng)
            if role is None:
                return None
            banned.add(role.label)
            sound = old.get(role)
            if sound is None or sound.ticks > room:
                sound = self.pantry.draw(role.label, least=1, most=room, rng=rng)
            if sound is not None:
                sounds[role] = sound
                room -= sound.ticks
        added = self._pairs(sounds, demands, shape.overlaps - len(demands.shares), rng)
        return None if added is None else Cast(sounds, replace(demands, shares=[*demands.shares, *added]))

    def scene(self, cast: Cast, *, ticks: int, like: Scene | None, rng: np.random.Generator) -> Scene | None:
        """Place the sounds of a cast, and set levels at which every event is heard; None when this draw failed."""
        onsets = arrange(
            {role: sound.ticks for role, sound in cast.sounds.items()},
            cast.demands,
            ticks=ticks,
            polyphony=self.spec.polyphony,
            margins=self.margins,
            rng=rng,
        )
        if onsets is None:
            return None
        background = like.background if like is not None else self._background(rng)
        gains = {} if like is None else {(e.label, e.atom_id): e.gain for e in like.events}
        events = tuple(
            Placed(
                role.label,
                sound.atom.atom_id,
                onsets[role],
                onsets[role] + sound.ticks,
                gains.get((role.label, sound.atom.atom_id)) or db_to_gain(self.spec.level_db.sample(rng)),
            )
            for role, sound in sorted(cast.sounds.items(), key=lambda item: onsets[item[0]])
        )
        # By length as well: of one steady atom, two events may be cut at different places.
        sounds = {(sound.atom.atom_id, sound.ticks): sound for sound in cast.sounds.values()}
        for _ in range(_LEVEL_TRIES):
            scene = Scene("", ticks, background, events)
            masked = self._masked(scene, sounds)
            if masked is None:
                return scene
            events = self._raised(events, masked, rng)
        return None

    def clip_ticks(self, rng: np.random.Generator) -> int:
        """Draw the length of a clip, in ticks."""
        return seconds_to_ticks(self.spec.clip_s.sample(rng))

    def _demanded(
        self, demands: Demands, old: Mapping[Role, Sound], room: int, rng: np.random.Generator
    ) -> dict[Role, Sound] | None:
        roles = list(demands.roles)
        limits = {role: demands.lengths.get(role.label, (1, ENDLESS)) for role in roles}
        for share in demands.shares:
            for role in (share.a, share.b):
                least = share.least if share.inside and role == share.a else share.least + self._gap
                limits[role] = (max(limits[role][0], least), limits[role][1])
        order = [roles[place] for place in rng.permutation(len(roles))]
        shortest = {role: self.pantry.shortest(role.label, least=limits[role][0]) for role in roles}
        spare = room + self._overlapped(demands, shortest) - sum(shortest.values())
        if spare < 0:
            return None
        # The shorter of two compared sounds comes first, so that the other can be drawn longer.
        rank = {role: sum(role.label == longer for longer, _ in demands.longer) for role in roles}
        sounds: dict[Role, Sound] = {}
        for role in sorted(order, key=lambda role: rank[role]):
            least, most = limits[role]
            for longer, shorter in demands.longer:
                if role.label == longer and Role(shorter) in sounds:
                    least = max(least, math.ceil(sounds[Role(shorter)].ticks * (1 + self.margins.ratio)))
            for share in demands.shares:
                if share.inside and role == share.b and share.a in sounds:
                    least = max(least, sounds[share.a].ticks + 2 * self._gap)
                elif share.inside and role == share.a and share.b in sounds:
                    most = min(most, sounds[share.b].ticks - 2 * self._gap)
            most = min(most, shortest[role] + spare)
            sound = old.get(role)
            if sound is None or not least <= sound.ticks <= most:
                sound = self.pantry.draw(role.label, least=least, most=most, rng=rng)
            if sound is None:
                return None
            sounds[role] = sound
            spare -= max(0, sound.ticks - shortest[role])
        return sounds

    @staticmethod
    def _overlapped(demands: Demands, lengths: Mapping[Role, int]) -> int:
        """Return how many ticks the demanded overlaps save at least."""
        return sum(min(share.least, lengths[share.a], lengths[share.b]) for share in demands.shares)

    def _other(self, banned: set[str], room: int, rng: np.random.Generator) -> Role | None:
        free = [label for label in self.pantry.fitting(room) if label not in banned]
        return Role(free[int(rng.integers(len(free)))]) if free else None

    def _pairs(
        self, sounds: Mapping[Role, Sound], demands: Demands, number: int, rng: np.random.Generator
    ) -> list[Shares] | None:
        """Choose pairs of events that overlap without being asked to; at least one of the two is not demanded."""
        if number <= 0:
            return []
        demanded = set(demands.roles)
        busy = {role for share in demands.shares for role in (share.a, share.b)}
        busy |= {role for link in demands.follows if link.most < ENDLESS for role in (link.first, link.then)}
        free = [role for role in sounds if role not in busy and sounds[role].ticks >= self._shared]
        free = [free[place] for place in rng.permutation(len(free))]
        added: list[Shares] = []
        while len(added) < number:
            pair = next(
                (
                    (a, b)
                    for i, a in enumerate(free)
                    for b in free[i + 1 :]
                    if not {a, b} <= demanded and self._can_overlap(sounds[a].ticks, sounds[b].ticks)
                ),
                None,
            )
            if pair is None:
                return None
            added.append(Shares(*pair, self._shared))
            free = [role for role in free if role not in pair]
        return added

    def _can_overlap(self, a: int, b: int) -> bool:
        least = self._shared + self._gap
        return min(a, b) >= least or max(a, b) >= min(a, b) + 2 * self._gap

    def _background(self, rng: np.random.Generator) -> Background:
        colours = self.spec.background_colours
        colour = colours[int(rng.integers(len(colours)))]
        start = int(rng.integers(NOISE_S * TICKS_PER_S))
        gain = db_to_gain(self.spec.background_db.sample(rng) + 20.0 * math.log10(_FULL_SCALE))
        return Background(colour, start, gain)

    def _raised(self, events: tuple[Placed, ...], masked: Placed, rng: np.random.Generator) -> tuple[Placed, ...]:
        """Draw the level of a masked event again, never lower, and those of what lies over it, never higher."""
        changed = []
        for event in events:
            gain = db_to_gain(self.spec.level_db.sample(rng))
            if event is masked:
                event = replace(event, gain=max(gain, event.gain))
            elif event.onset_tick < masked.offset_tick and masked.onset_tick < event.offset_tick:
                event = replace(event, gain=min(gain, event.gain))
            changed.append(event)
        return tuple(changed)

    def _masked(self, scene: Scene, sounds: Mapping[tuple[str, int], Sound]) -> Placed | None:
        """Return the first event that is not heard over the rest of the mix; None when all are."""
        if not scene.events:
            return None
        powers = [self.pantry.power(sounds[e.atom_id, e.ticks]) * e.gain**2 for e in scene.events]
        floor = self._floor(scene.background, next(iter(sounds.values())).atom.sample_rate)
        for event, power in zip(scene.events, powers, strict=True):
            rest = floor.take(range(event.onset_tick, event.offset_tick), mode="wrap")
            for other, masking in zip(scene.events, powers, strict=True):
                start = max(event.onset_tick, other.onset_tick)
                end = min(event.offset_tick, other.offset_tick)
                if other is not event and start < end:
                    rest[start - event.onset_tick : end - event.onset_tick] += masking[
                        start - other.onset_tick : end - other.onset_tick
                    ]
            heard, active = audible_frames(power, rest)
            if heard < self.audible * active:
                return event
        return None

    def _floor(self, background: Background, sample_rate: int) -> npt.NDArray[np.float64]:
        """Return the energy of the background in each 10 ms from the clip's start, until it repeats."""
        key = (background.colour, sample_rate)
        if key not in self._noise_power:
            self._noise_power[key] = tick_power(noise(*key), tick=sample_rate // TICKS_PER_S)
        return np.roll(self._noise_power[key], -background.start_tick) * background.gain**2
