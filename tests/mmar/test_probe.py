"""The probe: whether the end of a recording reaches a model is found out by its answers alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from earwitness.errors import AnswerError, BenchmarkError
from earwitness.mmar.probe import CUES, LENGTHS_S, PLACES, Heard, ProbeResult, probe
from earwitness.mmar.prompts import PROMPTS
from earwitness.rng import generator
from earwitness.scores.stats import holm
from earwitness.sounds import builtin
from earwitness.systems.answerer import Question, Reply
from earwitness.systems.answerers import open_answerer
from earwitness.systems.base import About
from mmar.audio_items import read_wave

LETTERS = "ABCDE"
SHORT = (5.0, 10.0, 20.0, 30.0, 31.0, 40.0)


@dataclass
class Ears:
    """Hears what a cut leaves of a recording: a sound in its first second, or in its last; else none of them."""

    cut: Callable[[npt.NDArray[np.int16], int], npt.NDArray[np.int16]]
    seen: list[Question] = field(default_factory=list)

    @property
    def about(self) -> About:
        return About("ears", "ears", "other", True, "1")

    def answer(self, question: Question) -> Reply:
        self.seen.append(question)
        assert question.audio is not None and question.gold is not None
        pcm, rate = read_wave(question.audio)
        heard = self.cut(pcm[:, 0], rate)
        second = heard[:rate] if "very beginning" in question.text else heard[-rate:]
        place = question.gold if np.abs(second.astype(int)).max() > 100 else question.choices.index("none of them")
        return Reply(f"I listened.\nANSWER: {LETTERS[place]}")


def first(seconds: float) -> Ears:
    return Ears(lambda pcm, rate: pcm[: round(seconds * rate)])


def row(result: ProbeResult, seconds: float, place: str) -> Heard:
    return next(each for each in result.rows if (each.seconds, each.place) == (seconds, place))


@pytest.mark.parametrize(
    ("cut_s", "verdict", "hears", "before"),
    [
        (30.0, "hears the end of 30 s, not of 31 s: the server or the model cuts at about 30 s", 30.0, 31.0),
        (25.0, "hears the end of 20 s, not of 30 s: the server or the model cuts between 20 and 30 s", 20.0, 30.0),
        (99.0, "hears the beginning and the end of all recordings, up to 40 s: nothing is cut", 40.0, None),
        (3.0, "does not hear the end even of 5 s, of which it hears the beginning", None, 5.0),
    ],
)
def test_where_it_is_cut_is_found(cut_s: float, verdict: str, hears: float | None, before: float | None) -> None:
    result = probe(first(cut_s), lengths=SHORT, n=6)
    assert (result.verdict, result.hears_to_s, result.cut_before_s) == (verdict, hears, before)
    assert {each.place for each in result.rows if not each.heard} <= {"end"}
    for each in result.rows:
        cut_off = each.place == "end" and each.seconds > cut_s
        assert each.right == (0 if cut_off else 6) and each.heard != cut_off
        assert each.errors == each.unparsed == 0


def test_the_fake_that_truncates_is_caught() -> None:
    result = probe(open_answerer("truncating:30"), lengths=LENGTHS_S)
    assert result.verdict == "hears the end of 30 s, not of 31 s: the server or the model cuts at about 30 s"
    assert "nothing is cut" in probe(open_answerer("oracle"), lengths=SHORT, n=5).verdict


@pytest.mark.parametrize("spec", ["random", "prior", "letter:A", "refuser"])
def test_of_a_model_that_does_not_listen_nothing_can_be_told(spec: str) -> None:
    result = probe(open_answerer(spec), lengths=(5.0, 31.0), n=10)
    assert result.verdict.startswith("cannot tell: it does not hear the sound at the beginning either (")
    assert result.hears_to_s is None and result.cut_before_s is None
    if spec == "refuser":
        assert all(each.unparsed == each.n and each.right == 0 for each in result.rows)


def test_a_model_that_guesses_is_rarely_taken_for_one_that_hears() -> None:
    heard = 0
    for seed in range(40):
        result = probe(open_answerer(f"random:{seed}"), lengths=(2.0, 3.0), n=4, seed=seed)
        heard += any(each.heard for each in result.rows)
    assert heard <= 5  # 2 of 40 are expected at most; 6 or more in one test of 70


def test_the_last_seconds_alone() -> None:
    result = probe(Ears(lambda pcm, rate: pcm[-30 * rate :]), lengths=SHORT, n=6)
    assert result.verdict == (
        "hears the end of all recordings, up to 40 s, and not the beginning from 31 s on: "
        "the server or the model cuts the beginning off"
    )


def test_one_that_hears_nothing_at_all_of_what_is_long() -> None:
    ears = Ears(lambda pcm, rate: pcm if len(pcm) <= 20 * rate else np.zeros_like(pcm))
    result = probe(ears, lengths=SHORT, n=6)
    assert result.verdict == "hears the end of 20 s, cannot tell from 30 s on: it does not hear its beginning either"
    assert (result.hears_to_s, result.cut_before_s) == (20.0, None)


def test_one_that_hears_only_what_is_long_is_unclear() -> None:
    ears = Ears(lambda pcm, rate: pcm[:rate] if len(pcm) == 10 * rate else pcm)
    result = probe(ears, lengths=(5.0, 10.0, 20.0), n=6)
    assert result.verdict == "unclear: it hears the end of longer recordings, and not that of 10 s; ask more questions"


class Failing:
    """Gives no answer to what is long."""

    about = About("failing", "failing", "other", True, "1")

    def __init__(self, longest_s: float) -> None:
        self._longest_s, self._ears = longest_s, first(1_000)

    def answer(self, question: Question) -> Reply:
        assert question.audio is not None
        if len(question.audio) > 44 + 32_000 * self._longest_s:
            raise AnswerError("rejected", "HTTP 413: too large")
        return self._ears.answer(question)


def test_recordings_that_are_refused_are_not_called_cut() -> None:
    result = probe(Failing(20), lengths=SHORT, n=6)
    assert result.verdict == "hears the end of 20 s, gives no answer to 30 s (rejected: HTTP 413: too large)"
    assert result.faults == {"rejected": "HTTP 413: too large"}
    assert row(result, 30.0, "end").errors == 6 and row(result, 30.0, "end").n == 6
    nothing = probe(Failing(0), lengths=(5.0,), n=3)
    assert nothing.verdict == "cannot tell: no question was answered (rejected: HTTP 413: too large)"


class Weak:
    """Is right so often at the end of what is longer than ten seconds, and so often at its beginning."""

    about = About("weak", "weak", "other", True, "1")

    def __init__(self, right: int, *, begin: int = 1_000) -> None:
        self._left = {"very end": right, "very beginning": begin}

    def answer(self, question: Question) -> Reply:
        assert question.audio is not None and question.gold is not None
        if len(question.audio) > 10 * 32_000 + 44:
            place = next(place for place in self._left if place in question.text)
            self._left[place] -= 1
            if self._left[place] < 0:
                return Reply("none of them")
        return Reply(f"ANSWER: {LETTERS[question.gold]}")


@pytest.mark.parametrize("right", range(11))
def test_a_cut_is_claimed_only_where_the_end_is_heard_less_than_the_beginning(right: int) -> None:
    result = probe(Weak(right), lengths=(10.0, 20.0), n=10)
    end = row(result, 20.0, "end")
    assert end.right == right and row(result, 20.0, "beginning").right == 10
    if end.heard:
        assert right >= 6 and "nothing is cut" in result.verdict
    else:
        assert right <= 7 and result.verdict.endswith("cuts between 10 and 20 s") == (right <= 6)


def test_where_too_few_were_asked_nothing_is_claimed() -> None:
    result = probe(Weak(5, begin=7), lengths=(10.0, 20.0), n=10)
    assert result.verdict == (
        "hears the end of 10 s, unclear of 20 s: 5 of 10 right at its end, 7 at its beginning; ask more questions"
    )
    assert (result.hears_to_s, result.cut_before_s) == (10.0, None)


def test_chance_is_exact_and_adjusted() -> None:
    result = probe(Weak(4), lengths=(10.0, 20.0), n=10)
    assert result.chance == 1 / len(CUES) == 0.25
    tails = [sum(math.comb(10, k) * 0.25**k * 0.75 ** (10 - k) for k in range(each.right, 11)) for each in result.rows]
    assert [each.p for each in result.rows] == pytest.approx(holm(tails).tolist(), rel=1e-9)


def recordings_of(lengths: Sequence[float], **options: int) -> list[Question]:
    ears = first(1_000)
    probe(ears, lengths=lengths, **options)
    return ears.seen


def test_the_recordings_hold_one_sound_where_they_say() -> None:
    questions = recordings_of((2.0, 7.5), n=8)
    assert len(questions) == 32
    for question in questions:
        assert question.audio is not None and question.gold is not None
        pcm, rate = read_wave(question.audio)
        seconds = len(pcm) / rate
        assert seconds in (2.0, 7.5) and rate == 16_000 and pcm.shape[1] == 1
        loud = np.flatnonzero(np.abs(pcm[:, 0].astype(int)) > 100) / rate
        if f"very {PLACES[0]}" in question.text:
            assert loud[0] > 0.04 and loud[-1] < 1.0
        else:
            assert seconds - 1.0 < loud[0] and loud[-1] < seconds - 0.04
        quiet = pcm[rate : len(pcm) - rate]
        assert np.abs(quiet).max(initial=1) <= 1
        assert sorted(question.choices) == sorted([*(builtin.entry(cue).phrase for cue in CUES), "none of them"])
        assert question.choices[question.gold] != "none of them"
        assert question.text.startswith("Listen to the audio")
        assert f"\n{LETTERS[question.gold]}. {question.choices[question.gold]}" in question.text
    assert len({question.audio for question in questions}) == 32
    assert {question.gold for question in questions} == set(range(5))


def test_another_prompt_and_the_same_recordings_every_time() -> None:
    ears = first(60.0)
    probe(ears, lengths=(5.0,), n=2, prompt=PROMPTS["letter"])
    assert all("Answer with the letter" in question.text for question in ears.seen)
    again = recordings_of((5.0,), n=2)
    assert [question.audio for question in ears.seen] == [question.audio for question in again]
    assert [question.audio for question in recordings_of((5.0,), n=2, seed=1)] != [each.audio for each in again]
    # Neither the other lengths nor the threads matter.
    more = recordings_of((5.0, 6.0), n=3, jobs=3)
    assert {question.audio for question in again} < {question.audio for question in more}


def test_the_sounds_can_be_told_apart() -> None:
    """By the nearest of their mean spectra, in 32 bands, of recordings that were not in the mean."""

    def bands(label: str, k: int) -> npt.NDArray[np.float64]:
        samples = builtin.sound(label, generator(k, "told apart", label), duration_s=0.9).samples[:, 0]
        power = np.square(np.abs(np.fft.rfft(samples)))[30:14_000]
        edges = np.geomspace(1, len(power), 33).astype(int)
        means = [power[a : max(b, a + 1)].mean() for a, b in pairwise(edges)]
        loud = 10 * np.log10(np.array(means) + 1e-9)
        return np.asarray(loud - loud.mean())

    heard = {label: np.array([bands(label, k) for k in range(12)]) for label in CUES}
    means = {label: rows[:6].mean(axis=0) for label, rows in heard.items()}
    right = [
        min(means, key=lambda other: float(np.square(means[other] - each).sum())) == label
        for label, rows in heard.items()
        for each in rows[6:]
    ]
    assert np.mean(right) >= 0.9


@pytest.mark.parametrize(
    ("lengths", "n"), [((), 1), ((1.0,), 1), ((5.0, math.nan), 1), ((math.inf,), 1), ((5.0,), 0), ((-5.0,), 1)]
)
def test_what_cannot_be_probed(lengths: tuple[float, ...], n: int) -> None:
    with pytest.raises(BenchmarkError, match="Expected"):
        probe(first(30.0), lengths=lengths, n=n)


def test_progress() -> None:
    told: list[tuple[str, int, int]] = []
    probe(first(30.0), lengths=(5.0,), n=2, progress=lambda *x: told.append(x))
    assert told == [("questions", k, 4) for k in range(1, 5)]


def test_what_a_model_raises_that_is_no_answer_error_is_not_swallowed() -> None:
    class Broken(Ears):
        def answer(self, question: Question) -> Reply:
            raise RuntimeError("a fault of the program")

    with pytest.raises(RuntimeError, match="a fault of the program"):
        probe(Broken(lambda pcm, rate: pcm), lengths=(5.0,), n=2)
