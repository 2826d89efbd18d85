"""The label that a phrase means: by its words, and refused where it is not near enough or may mean several."""

from __future__ import annotations

import pytest

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
    ],
)
def test_names(pairs: list[tuple[str, str]], phrase: str, label: str | None) -> None:
    assert Names(pairs)(phrase).label == label


def test_near_names() -> None:
    assert Names([("dog", "a dog"), ("puppy", "a dog")])("a dog") == Resolved(None, ("dog", "puppy"))
    assert Names([("helicopter", ""), ("hen", "")])("helicoptre") == Resolved(None, ("helicopter",))
