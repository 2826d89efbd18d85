"""A backbone's own classes as a listener that nobody fitted: which labels it has, and that it can index a library."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import ListenError
from earwitness.library.accounts import account_of
from earwitness.listen.base import Listener
from earwitness.listen.fitted import save_listener
from earwitness.listen.grounding import Grounding
from earwitness.listen.hearing import LibraryListener
from earwitness.listen.ontology import audioset
from earwitness.listen.vocabulary import Vocabulary, VocabularyListener, is_of_classes, open_listener
from earwitness.listen.yamnet import class_names
from earwitness.listen.zero_shot import common_rules, greatest
from listen.untaught import untaught

WORDS = Vocabulary(class_names(), audioset())


@pytest.fixture(scope="module")
def listener(shared: Path) -> LibraryListener:
    return open_listener("yamnet", model=shared / "data" / "models" / "yamnet.tflite")


def test_every_class_is_a_label_and_so_are_those_above_that_people_ask_for() -> None:
    assert WORDS.labels[:521] == class_names()
    assert "Human voice" in WORDS.labels and "Source-ambiguous sounds" not in WORDS.labels
    assert set(WORDS.members["Siren"]) == {
        "Siren", "Civil defense siren", "Police car (siren)", "Ambulance (siren)", "Fire engine, fire truck (siren)",
    }  # fmt: skip
    assert "Speech" in WORDS.members["Human voice"] and "Bark" not in WORDS.members["Human voice"]


def test_a_label_is_the_greatest_of_what_is_below_it(rng: np.random.Generator) -> None:
    scores = rng.random((30, 521)).astype(np.float32) ** 6
    found = WORDS.posteriors(scores)
    groundings = [Grounding(label, dict.fromkeys(heard, 1.0), {}) for label, heard in WORDS.members.items()]
    np.testing.assert_allclose(found, greatest(scores, class_names(), groundings), rtol=1e-6)
    assert found.dtype == np.float32 and WORDS.posteriors(scores[:0]).shape == (0, len(WORDS.labels))
    column = {label: place for place, label in enumerate(WORDS.labels)}
    assert np.all(found[:, column["Animal"]] >= found[:, column["Dog"]])
    assert np.all(found[:, column["Dog"]] >= found[:, column["Bark"]])


def test_a_class_that_is_in_no_ontology_stands_for_itself() -> None:
    words = Vocabulary(("Bark", "doorbell of my own"), audioset())
    assert words.members == {"Bark": ("Bark",), "doorbell of my own": ("doorbell of my own",)}


def test_it_can_index_a_library(listener: LibraryListener) -> None:
    assert isinstance(listener, LibraryListener) and isinstance(listener, Listener)
    assert isinstance(untaught(), LibraryListener)
    assert listener.labels == listener.presence.labels == listener.boxes.labels == tuple(listener.phrases)
    assert is_of_classes(listener.version) and not is_of_classes(untaught().version)
    assert copy.deepcopy(listener).version == listener.version


def test_the_version_tells_what_events_depend_on(listener: LibraryListener) -> None:
    assert isinstance(listener, VocabularyListener)
    rules = common_rules("yamnet")
    other = VocabularyListener(
        listener.backbone, type(rules)(rules.weights, rules.bias + 1, rules.relations, rules.box)
    )
    assert other.version != listener.version == VocabularyListener(listener.backbone, rules).version


@pytest.mark.parametrize("rate", [16_000, 22_050])
def test_a_stream_is_heard_as_the_recording_is(listener: LibraryListener, rng: np.random.Generator, rate: int) -> None:
    samples = (rng.standard_normal(40 * rate) * np.repeat(rng.random(80), rate // 2)).clip(-1, 1).astype(np.float32)
    whole = listener.listen(samples, rate)
    blocks = np.split(samples, np.sort(rng.integers(0, len(samples), 7)))
    pieces = [each.probs for each in listener.stream(blocks, rate)]
    assert whole.labels == listener.labels and len(pieces) > 1
    np.testing.assert_array_equal(np.concatenate(pieces), whole.probs)
    assert len(listener.listen(samples[:0], rate).probs) == 1


def test_real_recordings_hold_what_they_are_known_to_hold(listener: LibraryListener, shared: Path) -> None:
    surest = {}
    for name in ("198-209-0000", "456440__inspectorj__bird-whistling-robin-single-13", "sorohanro_-_solo-trumpet-06"):
        account = account_of(listener, shared / "data" / "recordings" / f"{name}.ogg")
        told = zip(account.label, account.onset_us, account.offset_us, account.confidence, strict=True)
        surest[name[:6]] = {listener.labels[label]: (on, off) for label, on, off, sure in told if sure > 0.8}
        assert {"Dog", "Siren", "Rain"}.isdisjoint(surest[name[:6]])
    assert {"Speech", "Human voice"} <= surest["198-20"].keys() and "Bird" in surest["456440"]
    assert {"Trumpet", "Brass instrument", "Musical instrument", "Music"} <= surest["soroha"].keys()
    # The trumpet ends, and silence follows.
    assert 3.3e6 < surest["soroha"]["Trumpet"][1] < 3.8e6


def test_a_folder_is_opened_too(tmp_path: Path) -> None:
    save_listener(untaught(), tmp_path / "ear")
    assert open_listener(tmp_path / "ear").version == untaught().version
    with pytest.raises(ListenError, match="is not a listener"):
        open_listener("logmel")
