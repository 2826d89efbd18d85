"""From phrases to classes: what is meant is found, what is not known is refused, and files can be edited."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from earwitness.errors import ListenError, MissingExtra
from earwitness.listen.grounding import Grounder, Grounding, read_groundings, write_groundings
from earwitness.listen.ontology import audioset
from earwitness.listen.sentences import open_sentences
from earwitness.listen.words import meanings, parsed, stem, stems
from earwitness.listen.yamnet import class_names
from earwitness.sounds.builtin.table import TABLE

YAMNET = Grounder(class_names(), audioset())
LABELS = {"dog": "a dog barking", "cat": "a cat meowing", "air_fan": "an air fan sound", "lorry": "a lorry passing"}
FITTED = Grounder(LABELS, phrases=LABELS)


def meant(phrase: str, grounder: Grounder = YAMNET) -> set[str]:
    return set(grounder.ground(phrase).classes)


@pytest.mark.parametrize(
    ("phrase", "classes"),
    [
        ("a dog barking", {"Bark", "Dog"}),
        ("barking dogs", {"Bark", "Dog"}),
        ("A DOG BARK", {"Bark"}),
        ("a cow mooing", {"Moo", "Cattle, bovinae"}),
        ("rain", {"Rain", "Raindrop", "Rain on surface"}),
        ("the sound of a frog", {"Frog", "Croak"}),
        ("a frog sound", {"Frog", "Croak"}),
        ("the roar of a lion", {"Roar", "Roaring cats (lions, tigers)"}),
        ("a person sneezing", {"Sneeze"}),
        ("paper being crumpled", {"Crumpling, crinkling"}),
        ("water being poured into a glass", {"Pour", "Gush", "Trickle, dribble"}),
        ("a pane of glass shattering", {"Shatter", "Glass"}),
        ("wind howling", {"Wind"}),
        ("a bass drum thumping", {"Bass drum", "Drum"}),
        ("a chink and clink sound", {"Chink, clink"}),
        ("white noise", {"White noise", "Noise"}),
    ],
)
def test_what_a_phrase_means(phrase: str, classes: set[str]) -> None:
    found = YAMNET.ground(phrase)
    assert set(found.classes) == classes
    assert set(found.why) == set(found.classes) and all(found.why.values())
    assert set(found.classes.values()) == {1.0}


@pytest.mark.parametrize(
    ("phrase", "not_meant"),
    [("a car horn honking", "Car"), ("a dog barking", "Howl"), ("footsteps on gravel in the rain", "Rain")],
)
def test_what_a_phrase_does_not_mean(phrase: str, not_meant: str) -> None:
    assert not_meant not in meant(phrase)


@pytest.mark.parametrize(
    ("phrase", "complaint"),
    [
        ("a donkey braying", "means 'Donkey, ass', which this listener does not hear; it hears Animal, Livestock"),
        ("a monkey sound", "is no sound that this listener knows; nearest: none"),
        ("a washing machine", "is no sound that this listener knows; nearest: Drum machine"),
        ("a modem screeching", "nearest: Screech"),
        ("rain and wind", "is no sound that this listener knows; nearest: "),
        ("dog or cat", "is no sound that this listener knows; nearest: "),
        ("a dog and a cat", "is no sound that this listener knows; nearest: "),
        ("a keyboard clicking", "nearest: Clicking, .*Computer keyboard"),
        *((text, "is no sound that this listener knows; nearest: none") for text in ("", "a", "!", "the")),
    ],
)
def test_what_is_not_known_is_refused(phrase: str, complaint: str) -> None:
    with pytest.raises(ListenError, match=complaint):
        YAMNET.ground(phrase)


def test_two_sounds_that_have_nothing_to_do_with_one_another_are_not_one() -> None:
    grounder = Grounder(["Bank, river", "Bank, money"])
    with pytest.raises(ListenError, match="several sounds that have nothing to do with one another"):
        grounder.ground("a bank")


def test_the_built_in_sounds_are_mostly_found_and_seldom_mistaken() -> None:
    counted: Counter[str] = Counter()
    for row in TABLE:
        try:
            counted["found" if row.audioset in meant(row.phrase) else "other"] += 1
        except ListenError:
            counted["refused"] += 1
    assert counted["found"] >= 158, counted
    assert counted["other"] <= 13, counted


def test_every_class_is_found_by_its_own_name() -> None:
    assert [name for name in class_names() if name not in meant(name)] == []


def test_the_labels_of_a_fitted_listener() -> None:
    assert meant("a dog barking", FITTED) == {"dog"}
    assert meant("the dog", FITTED) == {"dog"}
    assert meant("a hound", FITTED) == {"dog"}
    assert meant("an air fan", FITTED) == {"air_fan"}
    with pytest.raises(ListenError, match="is no sound that this listener knows"):
        FITTED.ground("a car horn")


# --- words ---


@pytest.mark.parametrize(
    "forms",
    [
        *(("bark", "barks", "barked", "barking"), ("hum", "hums", "humming"), ("fly", "flies"), ("wolf", "wolves")),
        *(("sneeze", "sneezing"), ("whistle", "whistling"), ("dish", "dishes"), ("cry", "cries", "crying")),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_other_words_keep_apart() -> None:
    words = ("ring", "sing", "ping", "bus", "bush", "cat", "car", "card", "horn", "horse", "hen", "bell", "belt")
    assert len({stem(word) for word in words}) == len(words)
    assert stems("Dishes, pots, and pans") == ("dish", "pot", "pan")
    assert "insect" in meanings(stem("cicadas")) and meanings("zzz") == {"zzz"}


@pytest.mark.parametrize(
    ("text", "thing", "action", "passive", "anyone"),
    [
        ("a church bell tolling in the wind", "church bell", "tolling", False, False),
        ("a singing bowl humming", "singing bowl", "humming", False, False),
        ("crackling fire", "fire", "crackling", True, False),
        ("cards being shuffled", "cards", "shuffled", True, False),
        ("a person snapping fingers", "person", "snapping fingers", False, True),
        ("a flock of geese honking", "flock geese", "honking", False, False),
        ("the noise of a train", "train", "", False, False),
        ("", "", "", False, False),
    ],
)
def test_what_a_phrase_is_about(text: str, thing: str, action: str, passive: bool, anyone: bool) -> None:
    about = parsed(text)
    assert (about.thing, about.action, about.passive, about.anyone) == (stems(thing), stems(action), passive, anyone)


# --- sentence models ---


def toy(vectors: dict[str, tuple[float, float]]):
    def sentences(texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([vectors.get(text, (0.0, -1.0)) for text in texts], dtype=np.float32)

    return sentences


def test_a_sentence_model_is_asked_where_words_tell_nothing() -> None:
    model = toy({"dog": (2, 0), "siren": (0, 1), "a mutt": (1, 0.1), "a din": (1, 1), "a siren": (1, 0)})
    grounder = Grounder(["Dog", "Siren"], sentences=model)
    found = grounder.ground("a mutt")
    assert set(found.classes) == {"Dog"} and "near in meaning (1.00)" in found.why["Dog"]
    # As near to the one as to the other; far from both; and where words tell, it is not asked.
    for phrase in ("a din", "a quark"):
        with pytest.raises(ListenError, match="nearest by meaning"):
            grounder.ground(phrase)
    assert meant("a siren", grounder) == {"Siren"}
    with pytest.raises(ListenError, match="nearest: none"):
        Grounder(["Dog", "Siren"]).ground("a mutt")


def test_without_its_package_a_sentence_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtra, match=r"earwitness\[text\]"):
        open_sentences(tmp_path)


def test_a_folder_that_is_no_sentence_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match="is not the folder of a sentence model"):
        open_sentences(tmp_path)


def test_a_sentence_model_gives_each_text_the_same_vector_in_any_company(tmp_path: Path) -> None:
    import transformers

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "dog", "barks"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    transformers.BertModel(transformers.BertConfig(vocab_size=8, **sizes)).save_pretrained(tmp_path)
    sentences = open_sentences(tmp_path)
    alone, together = sentences(["dog"]), sentences(["a dog barks a dog", "dog"])
    assert together.shape == (2, 16) and together.dtype == np.float32
    np.testing.assert_allclose(alone[0], together[1], atol=1e-5)


# --- files ---


def test_a_file_can_be_edited_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "meant.json"
    write_groundings(path, "yamnet", [YAMNET.ground("a dog barking"), YAMNET.ground("rain")])
    listener, read = read_groundings(path)
    assert (listener, set(read)) == ("yamnet", {"a dog barking", "rain"})
    assert read["rain"] == YAMNET.ground("rain")
    content = json.loads(path.read_text())
    content["phrases"]["rain"] = {"classes": {"Rain": 1, "Stream": 0.5}}
    path.write_text(json.dumps(content))
    assert read_groundings(path)[1]["rain"] == Grounding("rain", {"Rain": 1.0, "Stream": 0.5}, {})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"format": 2, "listener": "yamnet", "phrases": {}}',
        '{"format": 1, "listener": "yamnet", "phrases": []}',
        '{"format": 1, "listener": "yamnet", "phrases": {"rain": {"classes": {}}}}',
        '{"format": 1, "listener": "yamnet", "phrases": {"rain": {"classes": {"Rain": 2}}}}',
        '{"format": 1, "listener": "yamnet", "phrases": {"rain": {"classes": {"Rain": 0}}}}',
        '{"format": 1, "listener": "yamnet", "phrases": {"rain": {"classes": {"Rain": "much"}}}}',
    ],
)
def test_what_is_no_such_file_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "meant.json"
    path.write_text(content)
    with pytest.raises(ListenError, match=r"meant\.json"):
        read_groundings(path)
    with pytest.raises(ListenError, match=r"missing\.json"):
        read_groundings(tmp_path / "missing.json")
