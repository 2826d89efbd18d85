"""Sounds of things that touch: bodies that clatter and bounce, surfaces that stick and slip, matter that breaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earwitness.sounds.builtin.blocks import (
    SAMPLE_RATE,
    SILENT_DB,
    Array,
    add_at,
    along,
    amplitude,
    cosine,
    exp2,
    factors,
    modal,
    noise,
    normalised,
    peaked,
    resonance,
    samples_in,
    shaped,
    smeared,
    wander,
)
from earwitness.sounds.builtin.ranges import Each, Range, draw, number
from earwitness.sounds.builtin.tonal import resonant

__all__ = ["Clatter", "Colour", "Fractures", "Friction"]

Colour = tuple[Range, Range, Range]
"""A resonance of what is rubbed or broken: centre in Hz, width in Hz, gain in dB."""

_SWAY_HZ = 5.0  # turns a second of the drift of what sticks and slips
_SLIP_S = 0.0002  # time that a slip takes: long is dull


@dataclass(frozen=True)
class Clatter:
    """Blows on several bodies, each tuned its own way, at random times and with bounces: keys, coins, dishes."""

    pitch_hz: Each
    """Frequency of a body's mode whose ratio is 1."""
    ratios: tuple[float, ...]
    """Frequencies of a body's modes relative to that."""
    t60_s: Each
    """How long that mode of a body rings."""
    density_hz: Range
    """Blows a second, on the average; 0 is one blow."""
    jitter: Range = 0.7
    """How far a blow may stray from an even beat, as a share of the time between blows; 1 is as rain falls."""
    bodies: int = 5
    """How many bodies there are."""
    stray: Range = 0.06
    """How far each mode of a body strays from its ratio, as a share."""
    damping: Range = 0.4
    """How much faster higher modes die: their ring goes as ratio to the power of minus this."""
    contact_s: Each = 0.0002
    """Time of contact in a blow: short is hard and bright."""
    touch_db: Range = -80.0
    """Level of the contact's noise against a blow's ring; at or below -60 there is none."""
    touch_hz: tuple[Range, Range] = (800.0, 6000.0)
    """Band of that noise."""
    touch_s: Range = 0.01
    """How long it rings (60 dB)."""
    uneven_db: Range = 12.0
    """Spread of the blows' levels."""
    clumps_db: Range = 0.0
    """Depth of the random swells in which blows come."""
    clumps_hz: Range = 4.0
    """How many swells a second."""
    bounces: int = 0
    """How often a body bounces from each blow."""
    bounce_s: Each = 0.1
    """Wait for its first bounce."""
    hurry: Each = 0.8
    """Each wait, and each bounce's strength, relative to the one before."""
    thinning_s: Range = 0.0
    """Time in which blows weaken by 60 dB; 0 is never."""

    def blows(self, n: int, *, rng: np.random.Generator) -> list[tuple[float, float]]:
        """Draw the times of the blows, in s, and their strengths."""
        density, uneven_db = number(self.density_hz), number(self.uneven_db)
        thinning, clumps_db = number(self.thinning_s), number(self.clumps_db)
        swell = wander(n, rate_hz=number(self.clumps_hz), rng=rng)
        count, jitter = max(1, round(density * n / SAMPLE_RATE)), number(self.jitter)
        drawn: list[tuple[float, float]] = []
        for k in range(count):
            at_s = 0.006 + ((k + jitter * (float(rng.random()) - 0.5)) / density if k > 0 else 0.0)
            level_db = -uneven_db * float(rng.random()) if k > 0 else 0.0
            level_db += 0.5 * clumps_db * (float(swell[min(n - 1, samples_in(at_s))]) - 1.0)
            level_db -= 60.0 * at_s / thinning if thinning > 0 else 0.0
            wait, hurry = draw(self.bounce_s, rng=rng), draw(self.hurry, rng=rng)
            force = amplitude(level_db)
            for _ in range(1 + self.bounces):
                drawn.append((at_s, force))
                at_s, wait, force = at_s + wait * (0.9 + 0.2 * float(rng.random())), wait * hurry, force * hurry
        return drawn

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        stray, damping = number(self.stray), number(self.damping)
        strikes = np.zeros((self.bodies, n))
        touches = np.zeros(n)
        for k, (at_s, force) in enumerate(self.blows(n, rng=rng)):
            at = samples_in(at_s)
            if at >= n:
                continue
            body = (k // (1 + self.bounces)) % self.bodies
            width = max(2, samples_in(draw(self.contact_s, rng=rng)))
            press = 1.0 - cosine(np.arange(0.5, width) / width)
            add_at(strikes[body], grain=force / width * press, start=at)
            touches[at] += force
        out = np.zeros(n)
        for strike in strikes:
            pitch, ring = draw(self.pitch_hz, rng=rng), draw(self.t60_s, rng=rng)
            ratios = [r * (1.0 + stray * (2.0 * float(rng.random()) - 1.0)) for r in self.ratios]
            out += modal(
                strike,
                frequencies_hz=[pitch * r for r in ratios],
                t60_s=[ring * max(r, 0.2) ** -damping for r in ratios],
                gains=[amplitude(-6.0 * float(rng.random())) for _ in ratios],
            )
        out = peaked(out)
        touch_db = number(self.touch_db)
        if touch_db > SILENT_DB:
            low, high = number(self.touch_hz[0]), number(self.touch_hz[1])
            rub = shaped(smeared(touches, t60_s=number(self.touch_s)) * noise(n, rng=rng), low_hz=low, high_hz=high)
            out = out + peaked(rub, peak=amplitude(touch_db))
        return out


@dataclass(frozen=True)
class Friction:
    """A body that sticks and slips along a surface: hinges, rubber, a zip's teeth, a fingernail."""

    rate_hz: Range
    """Slips a second where the path is at 0."""
    colours: tuple[Colour, ...]
    """What the slips ring."""
    path_st: tuple[Each, ...] = (0.0,)
    """How the rate moves in a stroke: semitones above ``rate_hz``, at points spread evenly over it."""
    path_db: tuple[Each, ...] = (0.0,)
    """How the level moves in a stroke."""
    stroke_s: Each = 0.0
    """Time of a stroke; 0 is one stroke, as long as the sound."""
    sway_st: Range = 1.0
    """Random drift of the rate."""
    jitter: Range = 0.1
    """How far a slip may stray, as a share of the time between slips."""
    uneven_db: Range = 4.0
    """Spread of the slips' levels."""
    dust_db: Range = -80.0
    """Level of the noise of each slip, against the slips; at or below -60 there is none."""
    dust_s: Range = 0.004
    """How long that noise lasts after a slip (60 dB)."""

    def paths(self, n: int, *, rng: np.random.Generator) -> tuple[Array, Array]:
        """Draw the rate in Hz and the level in dB, stroke after stroke."""
        shift, level = np.zeros(n), np.zeros(n)
        at = 0
        while at < n:
            stroke_s = draw(self.stroke_s, rng=rng)
            size = min(n - at, max(480, samples_in(stroke_s))) if stroke_s > 0 else n
            places = np.linspace(0.0, 1.0, max(480, samples_in(stroke_s)) if stroke_s > 0 else n)[:size]
            for out, points in ((shift, self.path_st), (level, self.path_db)):
                out[at : at + size] = along([draw(point, rng=rng) for point in points], places=places)
            at += size
        shift = shift + number(self.sway_st) * wander(n, rate_hz=_SWAY_HZ, rng=rng)
        return number(self.rate_hz) * exp2(shift / 12.0), level

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        jitter, uneven_db, dust_db = number(self.jitter), number(self.uneven_db), number(self.dust_db)
        rate, level_db = self.paths(n, rng=rng)
        turns = np.cumsum(rate) / SAMPLE_RATE
        count = max(1, int(turns[-1]))
        marks = np.arange(count) + 0.5 + jitter * (2.0 * rng.random(count) - 1.0)
        places = np.minimum(np.interp(marks, turns, np.arange(n)), n - 2.0)
        whole = places.astype(np.int64)
        strength = factors(level_db[whole] - uneven_db * rng.random(count))
        slips = np.zeros(n)
        np.add.at(slips, whole, strength * (1.0 - (places - whole)))
        np.add.at(slips, whole + 1, strength * (places - whole))
        source = shaped(slips, high_hz=0.35 / _SLIP_S)
        if dust_db > SILENT_DB:
            cloud = smeared(slips, t60_s=number(self.dust_s)) * noise(n, rng=rng)
            source = normalised(source) + amplitude(dust_db) * normalised(cloud)
        return normalised(resonant(source, resonances=self.colours))


@dataclass(frozen=True)
class Fractures:
    """Matter that gives way in many small cracks, most faint and a few loud: paper, twigs, foil, cloth."""

    density_hz: Range
    """Cracks a second, on the average."""
    colours: tuple[Colour, ...]
    """What a crack sounds like."""
    heavy_db: Range = 5.0
    """How far cracks tower over the faintest, on the average: their energies follow a power law, up to 40 dB."""
    clumps_db: Range = 12.0
    """Depth of the random swells in which cracks come."""
    clumps_hz: Range = 6.0
    """How many swells a second."""
    shimmer_db: Range = 6.0
    """How far each resonance swells and fades on its own."""
    crack_s: Range = 0.002
    """How long a crack lasts (60 dB)."""
    loud_db: tuple[Range, ...] = (0.0,)
    """How the level moves, at points spread evenly over the sound's time."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> Array:
        """Render ``n`` samples."""
        count = max(4, round(number(self.density_hz) * n / SAMPLE_RATE))
        places = np.minimum(((np.arange(count) + rng.random(count)) * (n / count)).astype(np.int64), n - 1)
        levels_db = np.minimum(number(self.heavy_db) * rng.standard_exponential(count), 40.0)
        swell = wander(n, rate_hz=number(self.clumps_hz), rng=rng)
        levels_db = levels_db + 0.5 * number(self.clumps_db) * swell[places]
        levels_db = levels_db + along([number(level) for level in self.loud_db], places=places / n)
        cracks = np.zeros(n)
        np.add.at(cracks, places, factors(levels_db) * np.where(rng.random(count) < 0.5, -1.0, 1.0))
        cracks = cracks + 0.5 * smeared(np.abs(cracks), t60_s=number(self.crack_s)) * noise(n, rng=rng)
        shimmer = number(self.shimmer_db)
        out = np.zeros(n)
        for centre, width, gain_db in self.colours:
            own = 0.5 * shimmer * wander(n, rate_hz=1.7 * number(self.clumps_hz), rng=rng) + number(gain_db)
            tinted = resonance(cracks, frequency_hz=number(centre), width_hz=number(width))
            out = out + tinted * factors(own)
        return out
