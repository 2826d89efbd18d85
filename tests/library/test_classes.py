"""Words of a question and the class of AudioSet that they mean, for an index that a backbone made by itself."""

from __future__ import annotations

import pytest

from earwitness.errors import ReadingError
from earwitness.library.asking import QuestionReader
from earwitness.library.classes import Classes, resolver
from earwitness.listen.ontology import audioset
from earwitness.listen.vocabulary import Vocabulary
from earwitness.listen.yamnet import class_names

PAIRS = [(label, label) for label in Vocabulary(class_names(), audioset()).labels]
CLASSES = Classes(PAIRS)
HORN = "Vehicle horn, car horn, honking"


@pytest.mark.parametrize(
    ("phrase", "label"),
    [
        ("dog", "Dog"), ("dogs", "Dog"), ("a dog barks", "Bark"), ("barking", "Bark"), ("dogs bark", "Bark"),
        ("a dog barks in the distance", "Bark"), ("a car horn", HORN), ("honking", HORN), ("a car honks", HORN),
        ("people talking", "Speech"), ("people talk", "Speech"), ("speech", "Speech"), ("human voice", "Human voice"),
        ("voices", "Human voice"), ("music", "Music"), ("a baby cries", "Baby cry, infant cry"), ("rain", "Rain"),
        ("heavy rain", "Rain"), ("birds singing", "Bird"), ("birds sing", "Bird"), ("a robin sings", "Bird"),
        ("bird song", "Bird vocalization, bird call, bird song"), ("a door slams", "Slam"), ("glass breaks", "Shatter"),
        ("siren", "Siren"), ("sirens", "Siren"), ("police siren", "Police car (siren)"), ("thunder", "Thunder"),
        ("footsteps", "Walk, footsteps"), ("a cat meows", "Meow"), ("church bells", "Church bell"),
        ("church bells ringing", "Church bell"), ("a bell rings", "Bell"), ("applause", "Applause"),
        ("engine", "Engine"), ("a phone rings", "Telephone bell ringing"), ("a whale sings", "Whale vocalization"),
        ("a child speaks", "Child speech, kid speaking"), ("VEHICLE HORN, CAR HORN, HONKING", HORN),
        ("laughing", "Laughter"), ("frying", "Frying (food)"), ("a sheep bleats", "Sheep"), ("an owl hoots", "Owl"),
        ("wolf", "Canidae, dogs, wolves"),
    ],
)  # fmt: skip
def test_phrases_mean_what_people_mean_by_them(phrase: str, label: str) -> None:
    assert CLASSES(phrase).label == label


@pytest.mark.parametrize(
    ("phrase", "near"),
    [
        ("a man speaks", "Speech"),
        ("a donkey", "Livestock, farm animals, working animals"),
        ("a seagull", "Bird"),
        ("a keyboard", "Computer keyboard"),
        ("a baby", "Baby cry, infant cry"),
        ("rain with thunder", "Thunder"),
        ("a dog barks with music", "Bark"),
    ],
)
def test_what_nobody_listened_for_is_refused_with_what_is_near(phrase: str, near: str) -> None:
    found = CLASSES(phrase)
    assert found.label is None and near in found.near[:2]


def test_what_is_no_sound_is_refused() -> None:
    assert [CLASSES(phrase).label for phrase in ("a quux", "", "the", "dog or cat", "🐕", "x" * 10_000)] == [None] * 6


def test_every_label_means_itself() -> None:
    assert [CLASSES(label).label for label, _ in PAIRS] == [label for label, _ in PAIRS]
    assert [CLASSES(f"the {label.casefold()}").label for label, _ in PAIRS] == [label for label, _ in PAIRS]


def test_a_part_of_the_classes_is_enough() -> None:
    few = Classes([("Dog", "Dog"), ("Rain", "Rain"), ("Vehicle", "Vehicle")])
    assert few("a dog barks").label == "Dog" and few("rainfall").label == "Rain"
    assert few("a truck").label is None and few("a truck").near == ("Vehicle",)


def test_the_index_tells_who_finds_its_labels() -> None:
    assert isinstance(resolver("yamnet:0123", PAIRS), Classes)
    assert not isinstance(resolver("0123", PAIRS), Classes)


def test_questions_are_read() -> None:
    reader = QuestionReader(CLASSES, known=CLASSES.known)
    for text, constraint in {
        "a dog barks, then a car horn, no sirens": f'all(before(Bark, "{HORN}"), absent(Siren))',
        "music while someone sings": "overlap(Music, Singing)",
        f"{HORN} before thunder": f'before("{HORN}", Thunder)',
        "three barks": "count(Bark, at_least=3)",
        "speech without music": "all(present(Speech), absent(Music))",
    }.items():
        assert str(reader.read(text).constraint) == constraint
    with pytest.raises(ReadingError, match="'a man speaks' is no sound of this library; nearest: Speech"):
        reader.read("a man speaks before thunder")
