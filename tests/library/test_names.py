"""The label that a phrase means: by its words, and refused where it is not near enough or may mean several."""

from __future__ import annotations

import pytest

from earwitness.errors import ReadingError
from earwitness.library.asking import QuestionReader
from earwitness.library.names import Names, Resolved


@pytest.mark.parametrize(
    ("pairs", "phrase", "label"),
    [
        ([("dog_bark", "dog_bark")], "the dog barks", "dog_bark"),
        ([("dog_bark", "dog_bark")], "a barking dog", "dog_bark"),
        ([("gun_shot", "gun_shot")], "gunshots", "gun_shot"),
        ([("Gunshot, gunfire", "")], "gunshots", "Gunshot, gunfire"),
        ([("Dog", "Dog"), ("Canidae, dogs, wolves", "")], "dogs", "Dog"),
        ([("rain", "rain")], "heavy rain on a roof", "rain"),
        ([("street_music", "")], "music", "street_music"),
        ([("scream", "a scream")], "a woman screams", "scream"),
        ([("A", "x"), ("a", "y")], "a", "a"),
        ([("car", "")], "a car horn", None),
        ([("car_horn", "")], "a car", None),
        ([("rain", ""), ("thunder", "")], "rain with thunder", None),
        ([("dog", "a dog"), ("puppy", "a dog")], "a dog", None),
        ([("dog", "")], "", None),
        ([], "dog", None),
        # A plural noun describes no other one, so what follows it is its verb; a singular one does.
        ([("sheep", "sheep")], "sheep bleat", "sheep"),
        ([("sheep", "sheep")], "a sheep bleats in the field", "sheep"),
        ([("dog", "")], "dogs bark", "dog"),
        ([("dog", "")], "a dog bowl", None),
        ([("bird", "")], "birds sing in the trees", "bird"),
        ([("bird", "")], "bird song", None),
        ([("speech", "people talking")], "people talk", "speech"),
        ([("woman", ""), ("scream", "")], "women scream", None),
        ([("scream", "")], "children scream", "scream"),
        ([("car", ""), ("horn", "")], "cars horn", None),
        ([("bus", "")], "bus stop", None),
        ([("glass", "")], "glass jar", None),
        ([("dog", ""), ("bark", "")], "dogs bark", None),
    ],
)
def test_names(pairs: list[tuple[str, str]], phrase: str, label: str | None) -> None:
    assert Names(pairs)(phrase).label == label


def test_near_names() -> None:
    assert Names([("dog", "a dog"), ("puppy", "a dog")])("a dog") == Resolved(None, ("dog", "puppy"))
    assert Names([("helicopter", ""), ("hen", "")])("helicoptre") == Resolved(None, ("helicopter",))


def test_the_nearest_labels_to_a_text() -> None:
    names = Names([("a", "x"), ("dog_bark", "a dog barking"), ("helicopter", ""), ("cat", "a cat"), ("dog", "a dog")])
    assert names.nearest("some dogs, barking at a helicoptre", 4) == ["dog_bark", "dog", "helicopter", "a"]
    assert names.nearest("", 10) == ["a", "dog_bark", "helicopter", "cat", "dog"]
    assert names.phrases == {
        "a": ("x",),
        "dog_bark": ("a dog barking",),
        "helicopter": (),
        "cat": ("a cat",),
        "dog": ("a dog",),
    }


def test_the_names_that_are_known_are_told_where_none_is_near() -> None:
    def refused(names: list[str], text: str) -> str:
        with pytest.raises(ReadingError) as caught:
            QuestionReader(Names([(name, "") for name in names]), known=names).read(text)
        return str(caught.value)

    known = refused(["dog", "a" * 1_000], "blorp, dog")
    assert known.endswith(f" Did you mean: dog? Names that it knows: dog; {'a' * 200}....")
    assert refused([], "dog").endswith(" It knows no sound.")
    assert "knows" not in refused(["dog"], "drog")
    assert "knows" not in refused(["dog"], "dog until dog")
