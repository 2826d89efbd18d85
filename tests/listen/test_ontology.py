"""AudioSet's ontology: whole, and without a class that is a kind of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.errors import ListenError
from earwitness.listen.ontology import Ontology, SoundClass, audioset
from earwitness.listen.yamnet import class_names

PARENTS = Path(__file__).parents[2] / "benchmarks" / "audioset_parents.json"

# What the benchmarks' own table of parents says beyond the ontology: what is heard in what, though no kind of it.
OWN = {
    ("Musical instrument", "Tuning fork"),
    ("Church bell", "Change ringing (campanology)"),
    ("Vehicle", "Bicycle"),
    ("Vehicle", "Skateboard"),
    ("Train", "Train wheels squealing"),
    ("Train", "Railroad car, train wagon"),
    ("Liquid", "Slosh"),
    *(("Noise", name) for name in ("Static", "Environmental noise", "Sidetone", "Mains hum", "Distortion")),
}


def test_it_is_whole() -> None:
    ontology = audioset()
    assert len(ontology.classes) == len(ontology.names) == 632
    assert set(class_names()) <= ontology.names
    children = {child for each in ontology.classes for child in each.children}
    assert children < {each.id for each in ontology.classes}
    # Seven classes are a kind of no other.
    tops = [each.name for each in ontology.classes if not ontology.above(each.name)]
    assert tops == [each.name for each in ontology.classes if each.id not in children]
    assert len(tops) == 7


def test_no_class_is_above_and_below_another() -> None:
    ontology = audioset()
    for name in ontology.names:
        below = ontology.below(name)
        assert name not in below
        assert not below & ontology.above(name)
        assert all(name in ontology.above(each) for each in below)
        assert ontology.parents(name) <= ontology.above(name)


def test_the_parents_that_the_benchmarks_know_are_parents() -> None:
    parents = json.loads(PARENTS.read_text(encoding="utf-8"))
    told = {(parent, child) for parent, children in parents.items() for child in children}
    ontology = audioset()
    assert {(parent, child) for parent, child in told if parent not in ontology.parents(child)} <= OWN


def test_some_classes() -> None:
    ontology = audioset()
    assert ontology.parents("Bleat") == {"Goat", "Sheep"}
    assert "Animal" in ontology.above("Moo") and "Moo" in ontology.below("Animal")
    assert ontology.below("Moo") == frozenset()
    assert ontology.parents("Woof") == frozenset()
    for ask in (ontology.below, ontology.above):
        with pytest.raises(ListenError, match="no class 'Woof'"):
            ask("Woof")


@pytest.mark.parametrize(
    ("classes", "fault"),
    [
        ((SoundClass("a", "A", ("b",)), SoundClass("b", "B", ("a",))), "kind of itself"),
        ((SoundClass("a", "A", ("a",)),), "kind of itself"),
        ((SoundClass("a", "A", ("b",)),), "'b' that is no class"),
        ((SoundClass("a", "A", ()), SoundClass("a", "B", ())), "one id and one name"),
        ((SoundClass("a", "A", ()), SoundClass("b", "A", ())), "one id and one name"),
    ],
)
def test_what_is_no_ontology_is_refused(classes: tuple[SoundClass, ...], fault: str) -> None:
    with pytest.raises(ListenError, match=fault):
        Ontology(classes)
