"""References that answer: right, by chance, or by a rule, and always in words that can be read."""

from __future__ import annotations

from collections import Counter

import pytest

from earwitness.errors import AnswerError, SystemFault
from earwitness.mmar.answers import extract, is_refusal
from earwitness.systems.answerer import Answerer, Question
from earwitness.systems.fakes import FAKES, REFUSAL, Fake, open_fake
from systems.sound import noise_wav

CHOICES = ("a dog", "a very long cat", "a horn", "rain")


def opened(spec: str) -> Fake:
    fake = open_fake(spec)
    assert fake is not None
    return fake


def said(spec: str, text: str = "What?", *, audio: bytes | None = None, choices: tuple[str, ...] = CHOICES) -> str:
    return opened(spec).answer(Question(text, audio, choices, gold=2)).text


@pytest.mark.parametrize("spec", ["oracle", "random", "random:3", "prior", "refuser", "letter:C", "truncating:2.5"])
def test_what_is_recorded(spec: str) -> None:
    fake = opened(spec)
    assert isinstance(fake, Answerer)
    about = fake.about
    assert (about.name, about.spec, about.paradigm, about.reference) == (spec, spec, "reference", True)
    assert spec in about.version and about.details["answer"] in FAKES.values()


def test_who_knows_is_right() -> None:
    assert said("oracle") == "ANSWER: C"
    with pytest.raises(AnswerError, match="needs the choices") as caught:
        opened("oracle").answer(Question("What?", choices=CHOICES))
    assert caught.value.kind == "model"


def test_guesses_are_uniform_and_the_same_for_the_same_text() -> None:
    counts = Counter(said("random", f"What {number}?") for number in range(4000))
    assert set(counts) == {f"ANSWER: {letter}" for letter in "ABCD"}
    assert all(900 < count < 1100 for count in counts.values())
    assert said("random", "x") == said("random:0", "x") == said("random:0", "x", audio=noise_wav())
    other = [said("random:1", f"What {number}?") == said("random:2", f"What {number}?") for number in range(4000)]
    assert 900 < sum(other) < 1100
    # Known values: the same on every machine and in every process.
    assert [said("random:7", text) for text in ("a", "b", "c")] == ["ANSWER: D", "ANSWER: C", "ANSWER: A"]
    with pytest.raises(AnswerError, match="this question has none"):
        said("random", choices=())


def test_the_longest_choice_whatever_the_order() -> None:
    assert said("prior") == "ANSWER: B"
    assert said("prior", choices=("bb", "aa", "c")) == "ANSWER: A"
    assert said("prior", choices=("aa", "bb", "c")) == "ANSWER: B"


def test_a_refusal_and_a_letter() -> None:
    assert said("refuser") == REFUSAL
    assert said("letter:A") == "ANSWER: A"
    assert said("letter:Z") == "ANSWER: Z"


@pytest.mark.parametrize(("spec", "place"), [("oracle", 2), ("prior", 1), ("letter:D", 3), ("letter:E", None)])
def test_what_they_say_can_be_read(spec: str, place: int | None) -> None:
    assert extract("robust", said(spec), CHOICES) == (() if place is None else (place,))


def test_a_refusal_is_read_as_one() -> None:
    assert is_refusal(REFUSAL) and extract("robust", REFUSAL, CHOICES) == ()


def test_who_hears_the_first_seconds_alone() -> None:
    spec = "truncating:1"
    guesses = {said(spec, f"What {number}?", audio=noise_wav(1.5)) for number in range(40)}
    assert len(guesses) == 4, "it guesses where more is heard than it hears"
    for number in range(8):
        assert said(spec, f"What {number}?", audio=noise_wav(1.0)) == "ANSWER: C"
        assert said(spec, f"What {number}?", audio=noise_wav(9.0, silent_after=0.9)) == "ANSWER: C"
        assert said("truncating:2", f"What {number}?", audio=noise_wav(1.5)) == "ANSWER: C"
    unheard = {said(spec, f"What {number}?") for number in range(40)}
    assert unheard == guesses, "without a recording it guesses"
    with pytest.raises(AnswerError, match="no WAV file") as caught:
        said(spec, audio=b"RIFF")
    assert caught.value.kind == "audio"


@pytest.mark.parametrize("spec", ["oracle:1", "prior:", "refuser:x", "letter", "truncating", "chance", "", "openai:m"])
def test_what_names_none(spec: str) -> None:
    assert open_fake(spec) is None


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("random:x", "followed by a whole number"),
        ("random:", "followed by a whole number"),
        ("letter:AB", "one letter from A to Z"),
        ("letter:a", "one letter from A to Z"),
        ("letter:", "one letter from A to Z"),
        ("truncating:x", "followed by seconds"),
        ("truncating:-1", "followed by seconds"),
        ("truncating:nan", "followed by seconds"),
        ("truncating:inf", "followed by seconds"),
    ],
)
def test_what_follows_the_colon_must_make_sense(spec: str, words: str) -> None:
    with pytest.raises(SystemFault, match=words):
        open_fake(spec)
