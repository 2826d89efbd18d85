"""Sentences about sounds that nobody has named beforehand: read as the reader does that knows them, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import ReadingError
from earwitness.logic.constraint import Constraint, renamed
from earwitness.logic.reading import OpenReader, Reader, sound_name
from earwitness.logic.wording import FRAMES, TEMPLATES, default_phrase, word
from earwitness.sounds.builtin.table import TABLE
from logic.strategies import LABELS, atoms, constraints, labels, trees

PHRASES = [row.phrase for row in TABLE]
READER = OpenReader()

seconds = st.integers(1, 500).map(lambda frames: frames / 100)


@settings(max_examples=400)
@given(
    st.one_of(constraints, trees(atoms(labels, seconds), most=8)),
    st.lists(st.sampled_from(PHRASES), min_size=len(LABELS), max_size=len(LABELS), unique_by=sound_name),
    st.integers(0, 2**32),
)
def test_what_is_written_of_the_built_in_sounds_is_read_as_by_who_knows_them(
    constraint: Constraint, said: list[str], seed: int
) -> None:
    phrases = dict(zip(LABELS, said, strict=True))
    sentence = word(constraint, phrases, rng=np.random.default_rng(seed))
    known = Reader(phrases).read(sentence)
    assert READER.read(sentence) == renamed(known, {label: sound_name(phrase) for label, phrase in phrases.items()})


@pytest.mark.parametrize("phrase", [*PHRASES, *map(default_phrase, ("dog", "air_fan", "sea_waves", "zero"))])
@pytest.mark.parametrize("frame", FRAMES)
def test_every_phrase_stands_in_every_frame(phrase: str, frame: str) -> None:
    assert str(READER.read(frame.format(phrase))) == str(Reader({sound_name(phrase): phrase}).read(phrase))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (
            "A dog barking before a car horn, without a siren.",
            'all(before("dog barking", "car horn"), absent(siren))',
        ),
        ("the sound of footsteps on gravel", 'present("footsteps on gravel")'),
        (
            "Find a recording with rain at the same time as a frog, and never a cat.",
            "all(overlap(rain, frog), absent(cat))",
        ),
        ("No trace of THE dog", "absent(dog)"),
        ("Dishes and pots before rain, and a dog.", 'all(before("dishes and pots", rain), present(dog))'),
        ("either (rain) or (it is not so that (a dog before a cat))", "any(present(rain), not(before(dog, cat)))"),
    ],
)
def test_some_sentences(text: str, meaning: str) -> None:
    assert str(READER.read(text)) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a",
        "the.",
        "a dog before",
        "a dog and a cat",
        "a dog without a cat",
        "dishes and",
        "a dog or a cat",
        "a dog for two seconds",
        "a dog three times",
        "rain and pots and wind at once for no less than 2 seconds",
        "a dog before a cat after a cow",
        "only",
        "first a dog",
        "no trace of",
        "a dog, a cat",
        "a dog barking (loud)",
        "a dog for at least two seconds",
        " ".join(["word"] * 13),
        "a dog before a cat, then a cow, without",
    ],
)
def test_what_has_no_one_meaning_is_refused(text: str) -> None:
    with pytest.raises(ReadingError):
        READER.read(text)


def test_a_claim_that_cannot_be_is_refused_with_the_reason() -> None:
    with pytest.raises(ReadingError, match="has no meaning"):
        READER.read("a dog overlapping a dog")


def test_articles_do_not_make_other_sounds() -> None:
    assert READER.read("a dog before the cat") == READER.read("the dog before a cat") == READER.read("dog before cat")
    assert [sound_name(text) for text in ("A  dog", "the", "an owl", "dog")] == ["dog", "the", "owl", "dog"]


@settings(max_examples=300)
@given(st.text(alphabet="a .,()bé1", max_size=60))
def test_nothing_breaks_it(text: str) -> None:
    try:
        READER.read(text)
    except ReadingError as error:
        assert str(error)


def test_a_phrase_holds_no_words_of_a_template() -> None:
    # Were one missed, the sentence could be read in two ways, and would be refused.
    for template in TEMPLATES:
        filled = template.text.format("rain", "a dog", seconds="2 seconds", times="2 times")
        read = READER.read(filled + (template.link or "").format("a cat", seconds="2 seconds", times="2 times"))
        assert type(read) is template.node or template.link is not None
