"""English read back: whatever is written is read, what has two meanings is refused, and nothing breaks the reader."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import ReadingError
from earwitness.logic.constraint import Before, Constraint, Not, Present, labels_of
from earwitness.logic.parsing import parse
from earwitness.logic.reading import Reader
from earwitness.logic.wording import FRAMES, NESTING, TEMPLATES, word
from logic.strategies import LABELS, atoms, constraints, labels, odd_labels, trees

PHRASES = dict(
    zip(
        LABELS,
        # None can be read as part of another with words of a template, though each tries.
        ["a dog barking", "a dog", "rain, then hail", "Straße (laut)", "ıslık {0}", "1 second of 2 times before noon"],
        strict=True,
    )
)
READER = Reader(PHRASES)
DOGS = Reader({"dog": "a dog barking", "horn": "a car horn", "cat": "a cat"})

sentence_seconds = st.one_of(
    st.integers(1, 500).map(lambda frames: frames / 100),
    st.integers(1, 10**12).map(lambda micros: micros / 1e6),
    st.sampled_from([1.0, 1e-6, 999_999_999.999999]),
)


@settings(max_examples=300)
@given(st.one_of(constraints, trees(atoms(labels, sentence_seconds), most=12)), st.integers(0, 2**32), st.booleans())
def test_what_is_written_is_read_back(constraint: Constraint, seed: int, framed: bool) -> None:
    sentence = word(constraint, PHRASES, rng=np.random.default_rng(seed), framed=framed)
    assert READER.read(sentence) == constraint


@given(constraints, st.integers(0, 2**32), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_and_space_do_not_matter(constraint: Constraint, seed: int, change: object) -> None:
    plain = {label: f"sound {'abcdefg'[number]}" for number, label in enumerate(LABELS)}
    sentence = word(constraint, plain, rng=np.random.default_rng(seed))
    reader = Reader({label: phrase.title() for label, phrase in plain.items()})
    assert reader.read(change(sentence).replace(" ", " \n\t ") + " ") == constraint  # type: ignore[operator]
    assert reader.read(sentence.removesuffix(".")) == constraint


# Words of the templates, frames and joints: phrases made of them are as easy to take for a template as can be.
WORDS = sorted({word for text in (*FRAMES, *NESTING.values()) for word in text.strip(".").split() if "{" not in word})
WORDS += sorted({word for t in TEMPLATES for word in f"{t.text} {t.link or ''}".split() if "{" not in word})
WORDS += ["1", "2.5 seconds", "3 times", "(", ")", "x", "y"]
hostile_phrase = st.one_of(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    st.text(min_size=1, max_size=6),
)


@settings(max_examples=300)
@given(trees(most=3), st.lists(hostile_phrase, min_size=6, max_size=6), st.integers(0, 2**32))
def test_no_phrase_leads_to_another_meaning(constraint: Constraint, phrases: list[str], seed: int) -> None:
    table = dict(zip(LABELS, phrases, strict=True))
    try:
        found = Reader(table).read(word(constraint, table, rng=np.random.default_rng(seed)))
    except ReadingError as error:
        assert "ways" in str(error) or "same phrase" in str(error) or "is empty" in str(error)
    else:
        assert found == constraint


@given(trees(atoms(odd_labels), most=4), st.integers(0, 2**32))
def test_labels_may_be_odd_when_phrases_are_plain(constraint: Constraint, seed: int) -> None:
    phrases = {label: f"noise number {number}" for number, label in enumerate(labels_of(constraint))}
    assert Reader(phrases).read(word(constraint, phrases, rng=np.random.default_rng(seed))) == constraint


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("a cat", "present(cat)"),
        ("A CAT.", "present(cat)"),
        ("Find a recording with a car horn after a dog barking.", "before(dog, horn)"),
        ("a cat, and a cat", "all(present(cat), present(cat))"),
        ("Only a cat", "all(present(cat))"),
        ("Search for audio of a cat overlapping a car horn for at least 1 second", "overlap(cat, horn, at_least=1)"),
        ("a cat for at least 1 seconds", "lasts(cat, at_least=1)"),
        ("a cat for at least 02.50 seconds", "lasts(cat, at_least=2.5)"),
        (
            "a cat happening 3 times, no more and no less, but not a car horn",
            "all(count(cat, exactly=3), absent(horn))",
        ),
        ("it is not so that (either (a cat) or (only a car horn))", "not(any(present(cat), all(present(horn))))"),
        (
            "first a cat, later a dog barking, later a cat, without a car horn",
            "all(before(cat, dog, cat), absent(horn))",
        ),
    ],
)
def test_sentences(sentence: str, text: str) -> None:
    assert DOGS.read(sentence) == parse(text)


@pytest.mark.parametrize(
    ("phrases", "sentence", "readings"),
    [
        (
            {"d": "a dog", "c": "a cat", "both": "a dog before a cat"},
            "a dog before a cat",
            ["before(d, c)", "present(both)"],
        ),
        ({"d": "a dog", "sound": "the sound of a dog"}, "the sound of a dog.", ["present(d)", "present(sound)"]),
        ({"d": "a dog", "stop": "a dog."}, "a dog.", ["present(d)", "present(stop)"]),
        (
            {"d": "a dog", "two": "a dog, and a dog"},
            "a dog, and a dog",
            ["all(present(d), present(d))", "present(two)"],
        ),
        (
            {"d": "a dog", "c": "a cat", "x": "a dog before a cat"},
            "it is not so that (a cat, and a dog before a cat)",
            ["not(all(present(c), before(d, c)))", "not(all(present(c), present(x)))"],
        ),
    ],
)
def test_two_meanings_are_refused_and_named(phrases: dict[str, str], sentence: str, readings: list[str]) -> None:
    with pytest.raises(ReadingError, match="can be read in 2 ways") as caught:
        Reader(phrases).read(sentence)
    assert str(caught.value).endswith(f"{'; '.join(readings)}.")


@pytest.mark.parametrize(
    "phrases",
    [
        {"r": "a recording"},
        {"r": "one", "s": "sound"},
        {"d": "a dog", "at": "a dog at"},
        {"d": "a dog", "the": "the sound"},
        {"d": "a dog", "and": "and"},
        {"d": " a  dog "},
        {"d": "a dog!", "q": '"!!"'},
        {"private": "\U000f0001"},
    ],
    ids=str,
)
def test_phrases_may_hold_the_words_of_templates(phrases: dict[str, str]) -> None:
    reader = Reader(phrases)
    for label in phrases:
        for seed in range(20):
            constraint = parse(f"all(present({label}), count({label}, at_least=2), not(absent({label})))")
            assert reader.read(word(constraint, phrases, rng=np.random.default_rng(seed))) == constraint


@pytest.mark.parametrize("phrase", ["", " ", "\n\t"])
def test_an_empty_phrase_is_refused(phrase: str) -> None:
    with pytest.raises(ReadingError, match="phrase of 'b' is empty"):
        Reader({"a": "a cat", "b": phrase})


@pytest.mark.parametrize("phrase", ["a cat", "A  Cat", " a cat\n"])
def test_two_equal_phrases_are_refused(phrase: str) -> None:
    with pytest.raises(ReadingError, match="labels 'a' and 'b' have the same phrase"):
        Reader({"a": "a cat", "b": phrase})


@pytest.mark.parametrize("sentence", ["", " ", ".", "Find a recording with .", "Find a recording with a fish.", "aaa"])
def test_an_unknown_sound(sentence: str) -> None:
    with pytest.raises(ReadingError, match="no known sound is named"):
        DOGS.read(sentence)
    with pytest.raises(ReadingError, match="no known sound is named"):
        Reader({}).read(sentence)


@pytest.mark.parametrize(
    ("sentence", "legible"),
    [
        ("a cat and a fish", "'[cat] and a fish'"),
        ("a cat before a fish", "'[cat] before a fish'"),
        ("a cat a car horn", "'[cat] [horn]'"),
        ("without a cat", "'without [cat]'"),
        ("a cat, a car horn", "'[cat], [horn]'"),
        ("a cats", "no known sound"),
        ("a caterpillar before a cat", "'a caterpillar before [cat]'"),
        ("a cat for at least two seconds", "'[cat] for at least two seconds'"),
        ("a cat for at least -2 seconds", "'[cat] for at least -2 seconds'"),
        ("a cat for at least 2", "'[cat] for at least 2'"),
        ("(a cat)", "'([cat])'"),
        ("it is not so that (a cat", "'it is not so that ([cat]'"),
        ("it is not so that a cat", "'it is not so that [cat]'"),
        ("either (a cat) or", "'either ([cat]) or'"),
        ("a cat..", "'[cat]..'"),
        ("Find a recording with Find a recording with a cat", "'find a recording with find a recording with [cat]'"),
    ],
)
def test_an_unknown_form(sentence: str, legible: str) -> None:
    with pytest.raises(ReadingError) as caught:
        DOGS.read(sentence)
    assert f"Cannot read {sentence!r}: {legible}" in str(caught.value)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("a cat overlapping a cat", "two different labels"),
        ("a cat lasting longer than a cat", "two different labels"),
        ("a cat for at least 0 seconds", "positive number of seconds; got 0"),
        (f"a cat for at least {'9' * 400} seconds", "positive number of seconds; got inf"),
        (f"a cat for at least {'9' * 4500} seconds", "positive number of seconds; got inf"),
        (f"a cat for at least 0.{'0' * 400}1 seconds", "positive number of seconds"),
        ("a cat exactly 1.5 times", "whole number of events; got 1.5"),
        ("a cat at least 0 times", "whole number of events; got 0"),
        (f"a cat exactly {'9' * 30} times", "whole number of events"),
        (f"a cat exactly {'9' * 4500} times", "whole number of events; got inf"),
        (
            "a cat followed within 1 second by a cat followed within 2 seconds by a cat",
            "one limit was expected; got 1 and 2",
        ),
    ],
)
def test_a_sentence_without_meaning(sentence: str, reason: str) -> None:
    with pytest.raises(ReadingError, match=reason):
        DOGS.read(sentence)


def test_one_limit_may_be_said_in_two_spellings() -> None:
    said = "a cat followed within 1 second by a dog barking followed within 1.0 seconds by a cat"
    assert DOGS.read(said) == Before(("cat", "dog", "cat"), within=1)


def test_random_unicode_is_refused() -> None:
    chance = random.Random(0)
    for _ in range(100):
        points = [chance.choice([chance.randrange(0xD800), chance.randrange(0xE000, 0x110000)]) for _ in range(40)]
        with pytest.raises(ReadingError, match="Cannot read"):
            READER.read("".join(map(chr, points)))


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from([*WORDS, *PHRASES.values(), ","])).map(" ".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        constraint = READER.read(text)
    except ReadingError:
        return
    assert READER.read(word(constraint, PHRASES, rng=np.random.default_rng(0))) == constraint


@pytest.mark.parametrize(
    "text",
    [
        *("x" * 10_000, "a cat " * 1700, "a cat, and " * 1000, "(" * 4000, "((((" * 1000, "((((" * 3000, ")" * 10_000),
        *("either (" * 600, "it is not so that (" * 250, "either (a cat) or " * 250, "only " * 900, "a cat, " * 700),
        "a cat" + " before a dog barking" * 200 + " before",
        "it is not so that (" * 51 + "a cat" + ")" * 51,
    ],
    ids=lambda text: f"{text[:20]}... {len(text)}",
)
def test_long_and_deep_texts_are_refused(text: str) -> None:
    with pytest.raises(ReadingError):
        DOGS.read(text)


def test_long_and_deep_texts_are_read() -> None:
    assert DOGS.read("it is not so that (" * 50 + "a cat" + ")" * 50) == parse("not(" * 50 + "present(cat)" + ")" * 50)
    assert DOGS.read("a cat" + " before a cat" * 350) == Before(("cat",) * 351)
    assert len(DOGS.read("a cat" + ", and a cat" * 400).parts) == 401
    assert len(DOGS.read("either (a cat)" + " or (a cat)" * 400).parts) == 401


def test_text_in_which_every_clause_has_two_meanings_is_refused_soon() -> None:
    # Followed one by one, these readings would be 2 to the power of 60.
    reader = Reader({"a": "a", "both": "a before a", "c": "c"})
    with pytest.raises(ReadingError, match="can be read in 2 ways"):
        reader.read("c" + ", and a before a" * 60)
    with pytest.raises(ReadingError, match="not a form"):
        reader.read("c" + ", and a before a" * 60 + ", c")


def test_a_reader_is_not_changed_by_reading() -> None:
    table = {"dog": "a dog"}
    reader = Reader(table)
    table["cat"] = "a cat"
    for _ in range(2):
        assert reader.read("it is not so that (a dog)") == Not(Present("dog"))
        with pytest.raises(ReadingError, match="no known sound"):
            reader.read("a cat")
