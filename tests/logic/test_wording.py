"""English for constraints: every template in every frame, and what stands in the sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import WordingError
from earwitness.logic.constraint import (
    Absent,
    All,
    Before,
    Constraint,
    Count,
    During,
    Lasts,
    Longer,
    Overlap,
    Present,
)
from earwitness.logic.parsing import parse
from earwitness.logic.reading import Reader
from earwitness.logic.wording import FRAMES, TEMPLATES, default_phrase, paraphrases, word
from logic.strategies import LABELS, constraints

PHRASES = {"a": "a dog barking", "b": "a car horn", "c": "rain", "s": "a siren"}
FORMS: list[Constraint] = [
    Present("a"),
    Absent("a"),
    Before(("a", "b")),
    Before(("a", "b"), within=2),
    Overlap("a", "b"),
    Overlap("a", "b", at_least=0.5),
    During("a", "b"),
    Lasts("a", at_least=3),
    Lasts("a", at_most=1),
    Longer("a", "b"),
    Count("a", at_least=2),
    Count("a", at_most=1),
    Count("a", exactly=3),
]


class Chosen:
    """Stands in for a generator: takes the choices it is told, then the first, and remembers the alternatives."""

    def __init__(self, told: tuple[int, ...]) -> None:
        self.told = told
        self.taken: list[int] = []
        self.untried: list[tuple[int, ...]] = []

    def integers(self, number: int) -> int:
        place = len(self.taken)
        if place < len(self.told):
            self.taken.append(self.told[place])
        else:
            self.untried += [(*self.taken, other) for other in range(1, number)]
            self.taken.append(0)
        return self.taken[-1]


def every_outcome(say: Callable[[Chosen], str]) -> Iterator[str]:
    """Yield what is said under every sequence of choices."""
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        chosen = Chosen(waiting.pop())
        yield say(chosen)
        waiting += chosen.untried


def every_wording(constraint: Constraint) -> list[str]:
    return list(every_outcome(lambda chosen: word(constraint, PHRASES, rng=chosen)))  # type: ignore[arg-type]


def test_every_template_in_every_frame_reads_back() -> None:
    reader = Reader(PHRASES)
    said = {constraint: every_wording(constraint) for constraint in FORMS}
    sentences = [sentence for several in said.values() for sentence in several]
    assert len(sentences) == len(set(sentences)) == len(TEMPLATES) * len(FRAMES) > 0
    for constraint, several in said.items():
        for sentence in several:
            assert reader.read(sentence) == constraint, sentence


def test_every_template_after_a_comma_reads_back() -> None:
    reader = Reader(PHRASES)
    read = 0
    for form in FORMS:
        constraint = All((Present("c"), form))
        for sentence in every_wording(constraint):
            assert reader.read(sentence) == constraint, sentence
            read += 1
    presences = sum(template.node is Present for template in TEMPLATES)
    assert read == presences * len(TEMPLATES) * len(FRAMES) > 0


def test_every_chain_reads_back() -> None:
    reader = Reader(PHRASES)
    links = sum(template.link is not None for template in TEMPLATES)
    read = 0
    for within, sequence in product((None, 1.0), (("a", "b", "c"), ("a", "b", "a", "s", "s"))):
        for sentence in every_wording(Before(sequence, within=within)):
            assert reader.read(sentence) == Before(sequence, within=within), sentence
            read += 1
    assert read == 2 * links * len(FRAMES) > 0


def test_each_form_is_said_in_three_ways() -> None:
    ways = Counter((template.node, template.option) for template in TEMPLATES)
    said = {(type(form), form.options[0][0] if form.options else None) for form in FORMS}
    assert set(ways) == said
    few = {key for key, number in ways.items() if number < 3}
    # A number is one word, so that counts need fewer ways; they are no task of their own.
    assert {node for node, _ in few} <= {Count}
    assert min(ways.values()) >= 2


@given(st.lists(st.sampled_from(FORMS), min_size=1, max_size=3).map(tuple), st.integers(0, 2**32))
def test_a_sentence_looks_like_one(forms: tuple[Constraint, ...], seed: int) -> None:
    sentence = word(All(forms), PHRASES, rng=np.random.default_rng(seed))
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert sentence.count(".") - len(re.findall(r"\d\.\d", sentence)) == 1
    assert not re.search(r"[{}]|  | ,|\bNone\b", sentence)
    named = [phrase for label, phrase in PHRASES.items() if any(label in form.labels for form in forms)]
    assert all(phrase in sentence.lower() for phrase in named)
    assert not any(phrase in sentence.lower() for phrase in set(PHRASES.values()) - set(named))


@given(constraints, st.integers(0, 2**32))
def test_the_same_chance_gives_the_same_words(constraint: Constraint, seed: int) -> None:
    phrases = {label: f"sound {number}" for number, label in enumerate(LABELS)}
    one, other = (word(constraint, phrases, rng=np.random.default_rng(seed)) for _ in range(2))
    assert one == other


def test_without_a_frame() -> None:
    for seed in range(20):
        sentence = word(FORMS[2], PHRASES, rng=np.random.default_rng(seed), framed=False)
        assert not any(sentence.startswith(frame.split("{}")[0]) for frame in FRAMES[1:])
    assert FRAMES[0] == "{}."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lasts(a, at_least=1)", "1 second or"),
        ("lasts(a, at_least=2)", "2 seconds or"),
        ("lasts(a, at_least=0.5)", "0.5 seconds or"),
        ("lasts(a, at_least=0.000001)", "0.000001 seconds or"),
        ("lasts(a, at_least=100000)", "100000 seconds or"),
        ("count(a, at_least=1)", "1 time or"),
        ("count(a, at_least=10)", "10 times or"),
    ],
)
def test_numbers_and_units(text: str, said: str) -> None:
    assert any(said in sentence for sentence in every_wording(parse(text)))
    assert all(f" {said.rpartition(' ')[0]}" in sentence for sentence in every_wording(parse(text)))


@pytest.mark.parametrize("text", ["present(x)", "all(present(a), not(any(before(a, x))))", "before(a, b, x)"])
def test_a_label_without_phrase_is_named(text: str) -> None:
    with pytest.raises(WordingError, match="No phrase for the label 'x' of "):
        word(parse(text), PHRASES, rng=np.random.default_rng(0))


def test_paraphrases_differ_and_mean_the_same() -> None:
    reader = Reader(PHRASES)
    for form in FORMS:
        several = paraphrases(form, PHRASES, number=5, rng=np.random.default_rng(0))
        assert len(set(several)) == len(several) == 5
        assert {reader.read(sentence) for sentence in several} == {form}
        assert not any(several[0].startswith(frame.split("{}")[0]) for frame in FRAMES[1:])


def test_there_are_no_more_paraphrases_than_ways() -> None:
    ways = every_wording(Present("a"))
    several = paraphrases(Present("a"), PHRASES, number=500, rng=np.random.default_rng(0))
    assert sorted(several) == sorted(ways)


@pytest.mark.parametrize(
    ("label", "phrase"),
    [
        ("dog", "a dog sound"),
        ("Electric_Drill", "an electric drill sound"),
        ("bd_", "a bd sound"),
        ("car-horn (far)", "a car horn far sound"),
        ("one", "a one sound"),
        ("unicorn", "a unicorn sound"),
        ("umbrella", "an umbrella sound"),
        ("808", "a 808 sound"),
        ("птица", "a птица sound"),
        ("!!", 'a "!!" sound'),
    ],
)
def test_default_phrases(label: str, phrase: str) -> None:
    assert default_phrase(label) == phrase


def real_labels(shared: Path) -> list[str]:
    sounds = shared / "data" / "sounds"
    return sorted(folder.name for bank in ("animals", "digits", "studio") for folder in (sounds / bank).iterdir())


def test_default_phrases_of_real_banks_read_back(shared: Path) -> None:
    labels = real_labels(shared)
    assert len(labels) == len(set(labels)) == 155
    phrases = {label: default_phrase(label) for label in labels}
    reader = Reader(phrases)
    rng = np.random.default_rng(0)
    for a, b, c in zip(labels, labels[1:] + labels[:1], labels[2:] + labels[:2], strict=True):
        for constraint in (Present(a), All((Before((a, b, c)), Absent(b), Overlap(a, c), Lasts(c, at_least=1.5)))):
            sentence = word(constraint, phrases, rng=rng)
            assert reader.read(sentence) == constraint, sentence
