"""How much of a recording a model is given to hear: some servers cut it off, and say nothing.

A model is sent quiet recordings of several lengths with one clear sound in the last second, and is asked which sound is
heard at the very end. So that a model that is cut off is told from one that cannot tell such sounds at all, it is sent
as many with the sound in the first second. A sound counts as heard where it is named more often than by chance.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import AnswerError, BenchmarkError
from earwitness.mmar.answers import extract
from earwitness.mmar.arms import wav_bytes
from earwitness.mmar.items import Item
from earwitness.mmar.prompts import PROMPTS, Prompt, prompt_text
from earwitness.parallel import Progress
from earwitness.rng import generator
from earwitness.scores.stats import count_distribution, holm
from earwitness.sounds import builtin
from earwitness.sounds.audio import faded, resample, to_pcm16
from earwitness.systems.answerer import Answerer, Question

__all__ = ["CUES", "LENGTHS_S", "PLACES", "Heard", "ProbeResult", "probe"]

LENGTHS_S = (5.0, 10.0, 20.0, 30.0, 31.0, 40.0, 60.0, 120.0)
"""How long the recordings are."""
CUES = ("dog", "telephone bell", "piano", "yelping siren")
"""The built-in sounds that are to be told apart."""
PLACES = ("beginning", "end")
"""Where the sound is."""

_NONE = "none of them"
_RATE = 16_000  # what speech models hear at; a recording of two minutes is 4 MB
_CUE_S, _MARGIN_S = 0.9, 0.05
_BED = 1  # steps of 16 bits, -90 dBFS: no server takes it for an empty recording, and nothing is heard in it
_CUE_PEAK = 0.5
_VARIANTS = 8  # of each sound
_ALPHA = 0.05
_NARROW_S = 2.0  # a cut between two lengths that are no further apart is "at about"
_SHORTEST_S = 2.0  # so that the first second is not the last


@dataclass(frozen=True)
class Heard:
    """What a model heard of recordings of one length with the sound in one place."""

    seconds: float
    """How long they were."""
    place: str
    """One of ``PLACES``."""
    n: int
    """How many were asked about."""
    right: int
    """How often the sound was named that was there."""
    unparsed: int
    """How many answers named none of the choices."""
    errors: int
    """How many questions had no answer."""
    p: float
    """Of so many or more by chance, exact and one-sided, adjusted by Holm's method for all lengths and places."""

    @property
    def heard(self) -> bool:
        """Whether the sound was named more often than by chance, at 0.05."""
        return self.p < _ALPHA


@dataclass(frozen=True)
class ProbeResult:
    """What a model hears of recordings of several lengths."""

    rows: tuple[Heard, ...]
    """By length, the beginning before the end."""
    verdict: str
    """What follows, in words."""
    hears_to_s: float | None
    """The longest recording of which the end is heard, that of all shorter ones too; None when that cannot be told."""
    cut_before_s: float | None
    """The next longer one, of which the end is not heard; None when there is none, or it cannot be told."""
    chance: float
    """How probable it is that a guess is right, at best: all sounds are drawn alike, and one is always there."""
    faults: Mapping[str, str]
    """Why questions had no answer: of each kind of error, the first in full."""


class _Finding(NamedTuple):
    """What follows from what was heard, as in ``ProbeResult``."""

    verdict: str
    hears_to_s: float | None = None
    cut_before_s: float | None = None


class _Trial(NamedTuple):
    """One question."""

    seconds: float
    place: str
    number: int
    cue: int
    order: tuple[int, ...]


def probe(
    answerer: Answerer,
    *,
    lengths: Sequence[float] = LENGTHS_S,
    n: int = 10,
    seed: int = 0,
    prompt: Prompt | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> ProbeResult:
    """Find out whether the end of long recordings reaches a model.

    Parameters
    ----------
    answerer
        The model.
    lengths
        Of the recordings, in seconds, each 2 or more.
    n
        How many questions for each length, about the end and about the beginning each.
    seed
        Another seed makes other recordings, and shows the choices in another order.
    prompt
        In which words it is asked; None: ``"reason"``.
    jobs
        How many questions at a time.
    progress
        Told how many are answered.

    Raises
    ------
    BenchmarkError
        When a length or a number cannot be used.
    """
    wanted = sorted({float(each) for each in lengths})
    if not wanted or not all(_SHORTEST_S <= each < math.inf for each in wanted):
        raise BenchmarkError(f"Expected lengths of {_SHORTEST_S:g} seconds or more; got {list(lengths)}.")
    if n < 1:
        raise BenchmarkError(f"Expected one question or more for each length; got {n}.")
    trials = [_trial(each, place, number, seed) for each in wanted for place in PLACES for number in range(n)]
    asked = functools.partial(_asked, answerer, prompt=prompt or PROMPTS["reason"], seed=seed)
    outcomes: list[str | AnswerError] = []
    pool = ThreadPoolExecutor(jobs)
    try:
        for outcome in pool.map(asked, trials):
            outcomes.append(outcome)
            if progress is not None:
                progress("questions", len(outcomes), len(trials))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    chance = 1 / len(CUES)
    rows = _rows(trials, outcomes, chance=chance)
    faults: dict[str, str] = {}
    for outcome in outcomes:
        if isinstance(outcome, AnswerError):
            faults.setdefault(outcome.kind, outcome.detail)
    finding = _finding(rows, faults)
    return ProbeResult(rows, finding.verdict, finding.hears_to_s, finding.cut_before_s, chance, faults)


def _trial(seconds: float, place: str, number: int, seed: int) -> _Trial:
    rng = generator(seed, "mmar", "probe", f"{seconds:g}", place, number)
    order = rng.permutation(len(CUES) + 1).tolist()
    return _Trial(seconds, place, number, int(rng.integers(len(CUES))), tuple(order))


def _asked(answerer: Answerer, trial: _Trial, *, prompt: Prompt, seed: int) -> str | AnswerError:
    """Return ``"right"``, ``"wrong"`` or ``"unparsed"``, or why there is no answer."""
    choices = (*(builtin.entry(cue).phrase for cue in CUES), _NONE)
    question = f"Which of these sounds is heard at the very {trial.place} of the recording?"
    item = Item(f"probe-{trial.seconds:g}-{trial.place}-{trial.number}", question, choices, gold=trial.cue)
    shown = tuple(choices[place] for place in trial.order)
    try:
        reply = answerer.answer(
            Question(
                text=prompt_text(prompt, item, order=trial.order),
                audio=_recording(trial, seed),
                choices=shown,
                gold=trial.order.index(trial.cue),
            )
        )
    except AnswerError as error:
        return error
    places = extract("robust", reply.text, shown)
    if len(places) != 1:
        return "unparsed"
    return "right" if shown[places[0]] == item.answer else "wrong"


def _recording(trial: _Trial, seed: int) -> bytes:
    """Return a recording in which nothing is heard but one sound, in its first or its last second."""
    rng = generator(seed, "mmar", "probe", f"{trial.seconds:g}", trial.place, trial.number, "recording")
    pcm = rng.integers(-_BED, _BED, round(trial.seconds * _RATE), endpoint=True).astype(np.int16)
    cue = _cue(CUES[trial.cue], int(rng.integers(_VARIANTS)))
    margin = round(_MARGIN_S * _RATE)
    start = margin if trial.place == "beginning" else len(pcm) - margin - len(cue)
    pcm[start : start + len(cue)] += cue
    return wav_bytes(pcm[:, None], sample_rate=_RATE)


@functools.lru_cache(maxsize=64)
def _cue(label: str, variant: int) -> npt.NDArray[np.int16]:
    audio = builtin.sound(label, generator(0, "mmar", "probe", label, variant), duration_s=_CUE_S)
    samples = resample(audio.samples[:, 0].astype(np.float64), from_rate=audio.sample_rate, to_rate=_RATE)
    ramp = round(_MARGIN_S * _RATE)
    samples = faded(samples, fade_in=ramp // 10, fade_out=ramp)
    return to_pcm16(samples * (_CUE_PEAK / float(np.abs(samples).max())))


def _rows(trials: Sequence[_Trial], outcomes: Sequence[str | AnswerError], *, chance: float) -> tuple[Heard, ...]:
    """Count what came of each length and place."""
    groups: dict[tuple[float, str], list[str | AnswerError]] = {}
    for trial, outcome in zip(trials, outcomes, strict=True):
        groups.setdefault((trial.seconds, trial.place), []).append(outcome)
    right = [group.count("right") for group in groups.values()]
    tails = [
        float(count_distribution([chance] * len(group))[count:].sum())
        for group, count in zip(groups.values(), right, strict=True)
    ]
    return tuple(
        Heard(
            *key,
            n=len(group),
            right=count,
            unparsed=group.count("unparsed"),
            errors=sum(isinstance(outcome, AnswerError) for outcome in group),
            p=float(p),
        )
        for (key, group), count, p in zip(groups.items(), right, holm(tails), strict=True)
    )


def _finding(rows: Sequence[Heard], faults: Mapping[str, str]) -> _Finding:
    """Return what follows from all rows."""
    begins = [row for row in rows if row.place == "beginning"]
    ends = [row for row in rows if row.place == "end"]
    why = next((f"{kind}: {detail}" for kind, detail in faults.items()), "")
    if all(row.errors == row.n for row in rows):
        return _Finding(f"cannot tell: no question was answered ({why})")
    if not any(row.heard for row in rows):
        right, n = sum(row.right for row in begins), sum(row.n for row in begins)
        share = f"{right} of {n} right, {n / len(CUES):.0f} by chance"
        return _Finding(f"cannot tell: it does not hear the sound at the beginning either ({share})")
    known = next((place for place, row in enumerate(ends) if not row.heard), len(ends))
    if any(row.heard for row in ends[known:]):
        missed = ", ".join(f"{row.seconds:g} s" for row in ends if not row.heard)
        return _Finding(f"unclear: it hears the end of longer recordings, and not that of {missed}; ask more questions")
    to_s = ends[known - 1].seconds if known else None
    if known == len(ends):
        return _Finding(_whole(begins), to_s)
    return _at_the_cut(to_s, ends[known], begins[known], why)


def _at_the_cut(to_s: float | None, end: Heard, begin: Heard, why: str) -> _Finding:
    """Return what follows from the first length of which the end is not heard."""
    heard = f"hears the end of {to_s:g} s, " if to_s else ""
    length = f"{end.seconds:g} s"
    if end.errors == end.n:
        return _Finding(f"{heard}gives no answer to {length} ({why})", to_s, end.seconds)
    if not begin.heard:
        return _Finding(f"{heard}cannot tell from {length} on: it does not hear its beginning either", to_s)
    if not _fewer(end, begin):
        counts = f"{end.right} of {end.n} right at its end, {begin.right} at its beginning"
        return _Finding(f"{heard}unclear of {length}: {counts}; ask more questions", to_s)
    if to_s is None:
        return _Finding(f"does not hear the end even of {length}, of which it hears the beginning", None, end.seconds)
    near = end.seconds - to_s <= _NARROW_S
    where = f"at about {to_s:g} s" if near else f"between {to_s:g} and {length}"
    return _Finding(f"{heard}not of {length}: the server or the model cuts {where}", to_s, end.seconds)


def _fewer(end: Heard, begin: Heard) -> bool:
    """Return whether fewer are right at the end than at the beginning, by Fisher's exact test, one-sided, at 0.05."""
    right, n = end.right + begin.right, end.n + begin.n
    ways = sum(math.comb(end.n, x) * math.comb(begin.n, right - x) for x in range(end.right + 1) if x <= right)
    return ways / math.comb(n, right) < _ALPHA


def _whole(begins: Sequence[Heard]) -> str:
    """Return what follows when all ends are heard."""
    longest_s = begins[-1].seconds
    lost = next((row for row in begins if not row.heard), None)
    if lost is None:
        return f"hears the beginning and the end of all recordings, up to {longest_s:g} s: nothing is cut"
    return (
        f"hears the end of all recordings, up to {longest_s:g} s, and not the beginning from {lost.seconds:g} s on: "
        "the server or the model cuts the beginning off"
    )
