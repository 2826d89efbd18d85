"""A backbone's own classes as evidence: one rule for all labels, learned once, and kept with the package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import ListenError, SystemFault
from earwitness.listen.base import Frames, Listener, Posteriors, n_frames
from earwitness.listen.boxes import boxes_of
from earwitness.listen.grounding import Grounding, write_groundings
from earwitness.listen.zero_shot import ZeroShotListener, common_rules, fit_common_boxes, fit_common_rules, greatest
from earwitness.logic.events import Event, Timeline
from earwitness.logic.parsing import parse
from earwitness.logic.soft import soft
from earwitness.reasonaudio.build import BuildSettings, build
from earwitness.reasonaudio.folder import Benchmark, read_benchmark
from earwitness.reasonaudio.recipe import load_recipe, with_counts
from earwitness.sounds.layouts import open_bank
from earwitness.systems.base import clips_of
from earwitness.systems.registry import open_system

CLASSES = ("Dog", "Bark", "Siren")
DOG, SIREN = Grounding("dog", {"Dog": 1.0, "Bark": 0.5}, {}), Grounding("siren", {"Siren": 1.0}, {})
RULES = common_rules("yamnet")


class Loud:
    """A backbone whose scores are the levels of each quarter of a second, whichever the class."""

    name, version, sample_rate, hop_s, n_features, n_levels, classes = "loud", "loud 1", 16_000, 0.25, 1, 0, CLASSES

    def frames(self, samples):
        n = n_frames(len(samples), sample_rate=self.sample_rate, hop_s=self.hop_s)
        level = (
            np.abs(np.resize(np.append(samples, np.zeros(4_000, np.float32)), n * 4_000)).reshape(n, -1).mean(axis=1)
        )
        return Frames(level[:, None], np.stack([level, 1 - level, level / 2], axis=1).astype(np.float32))

    def stream(self, blocks):
        yield self.frames(np.concatenate(list(blocks)))


def tracks(*stretches: tuple[int, int], level: float = 0.6) -> np.ndarray:
    """One column of 40 frames for each stretch, which is loud in it."""
    probs = np.full((40, len(stretches)), 0.002, np.float32)
    for column, (start, end) in enumerate(stretches):
        probs[start:end, column] = level
    return probs


def evidence(*clips: np.ndarray):
    listener = ZeroShotListener({"dog": DOG, "siren": SIREN}, Loud(), RULES)
    return listener.evidence([Posteriors(listener.labels, 0.25, probs) for probs in clips])


def test_the_greatest_score_counts_times_its_weight() -> None:
    scores = np.array([[0.2, 0.1, 0.0], [0.1, 0.9, 1.0]], np.float32)
    found = greatest(scores, CLASSES, [DOG, SIREN])
    assert found.shape == (2, 2) and found.dtype == np.float32
    np.testing.assert_allclose(found ** (1 / 0.7), [[0.2, 0.0], [0.45, 1.0]], rtol=1e-5)
    with pytest.raises(ListenError, match="'cat' is grounded to 'Cat', which is no class of the backbone"):
        greatest(scores, CLASSES, [Grounding("cat", {"Cat": 1.0}, {})])


def test_it_is_a_listener() -> None:
    listener = ZeroShotListener({"dog": DOG, "siren": SIREN}, Loud(), RULES)
    assert isinstance(listener, Listener)
    heard = listener.listen(np.full(30_000, 0.5, np.float32), 16_000)
    assert heard.labels == ("dog", "siren") and heard.probs.shape == (8, 2) and heard.hop_s == 0.25
    assert 0 <= heard.probs.min() <= heard.probs.max() <= 1
    other = ZeroShotListener({"dog": Grounding("dog", {"Dog": 0.9}, {}), "siren": SIREN}, Loud(), RULES)
    assert other.version != listener.version


def test_the_rules_that_come_with_the_package_reason() -> None:
    apart, after, together = tracks((4, 10), (20, 26)), tracks((20, 26), (4, 10)), tracks((4, 14), (4, 14))
    one = tracks((4, 10), (0, 0))
    clips = evidence(apart, after, together, one)
    best = {text: int(np.argmax(soft(parse(text), clips))) for text in ("before(dog, siren)", "before(siren, dog)")}
    best |= {text: int(np.argmax(soft(parse(text), clips))) for text in ("overlap(dog, siren)", "absent(siren)")}
    assert list(best.values()) == [0, 1, 2, 3]


def test_more_evidence_never_makes_a_sound_less_probable() -> None:
    levels = [tracks((4, 10), (0, 0), level=level) for level in (0.01, 0.1, 0.3, 0.6, 0.9)]
    presence = evidence(*levels).presence("dog")
    assert np.all(np.diff(presence) > 0)
    lengths = evidence(*(tracks((4, 4 + n), (0, 0)) for n in (1, 2, 4, 8, 16))).presence("dog")
    assert np.all(np.diff(lengths) >= 0)


def test_labels_have_no_rules_of_their_own() -> None:
    # And what one clip's sounds are does not depend on which other sounds are asked for.
    both = evidence(tracks((4, 10), (20, 26)), tracks((20, 26), (4, 10)))
    assert both.presence("dog")[0] == both.presence("siren")[1]
    louder = tracks((4, 10), (0, 40))
    assert evidence(louder).presence("dog")[0] == evidence(tracks((4, 10), (0, 0))).presence("dog")[0]


def lesson(rng: np.random.Generator, *, n: int = 80) -> tuple[list[np.ndarray], list[Timeline]]:
    probs, timelines = [], []
    for _ in range(n):
        made = (rng.random((40, 3)) * 0.05).astype(np.float32)
        events = []
        for column, label in enumerate("abc"):
            if rng.random() < 0.6:
                start, length = int(rng.integers(0, 30)), int(rng.integers(3, 10))
                made[start : start + length, column] += 0.7
                events.append(Event(start * 0.25, (start + length) * 0.25, label))
        probs.append(made)
        timelines.append(Timeline(events))
    return probs, timelines


def with_murmurs(probs: list[np.ndarray], timelines: list[Timeline]) -> list[np.ndarray]:
    """Let what is not there be heard faintly, so that there is something to learn of how sure a box is."""
    found = []
    for each, timeline in zip(probs, timelines, strict=True):
        murmur = np.zeros_like(each)
        murmur[20:24, [label not in timeline.by_label for label in "abc"]] = 0.2
        found.append(each + murmur)
    return found


def test_rules_are_learned_and_kept(rng: np.random.Generator, tmp_path: Path) -> None:
    probs, timelines = lesson(rng)
    boxes = fit_common_boxes(with_murmurs(probs, timelines), "abc", timelines, hop_s=0.25)
    rules = fit_common_rules(probs, "abc", timelines, boxes=boxes, hop_s=0.25, seed=1)
    again = fit_common_rules(probs, "abc", timelines, boxes=boxes, hop_s=0.25, seed=1)
    assert rules.digest == again.digest != RULES.digest
    assert rules.boxes_digest == again.boxes_digest != RULES.boxes_digest
    rules.save(tmp_path / "rules.npz")
    with np.load(tmp_path / "rules.npz", allow_pickle=False) as kept:
        np.testing.assert_array_equal(kept["weights"], rules.weights)
        np.testing.assert_array_equal(kept["boxes.weights"], rules.box.weights)
    model = rules.presence("xy")
    assert model.labels == ("x", "y") and np.all(model.weights >= 0)
    heard = model.probability(np.stack([tracks((4, 10), (0, 0))]), hop_s=0.25)[0]
    assert heard[0] > 0.5 > heard[1]


def test_boxes_have_one_rule_for_all_labels(rng: np.random.Generator) -> None:
    probs, timelines = lesson(rng)
    probs = with_murmurs(probs, timelines)
    rules = replace(RULES, box=fit_common_boxes(probs, "abc", timelines, hop_s=0.25))
    model = rules.boxes("xyz")
    assert model.labels == ("x", "y", "z") and np.ptp(model.weights, axis=0).max() == 0 == np.ptp(model.bias)
    found = boxes_of(probs[0], "xyz", hop_s=0.25, model=model)
    events = {(dict(zip("abc", "xyz", strict=True))[event.label], event.onset) for event in timelines[0].events}
    assert events
    for label, onset in events:
        assert max(box.confidence for box in found if box.label == label and abs(box.onset_s - onset) < 0.3) > 0.9


def test_a_sound_is_as_likely_there_as_not(rng: np.random.Generator) -> None:
    # What is learned from scenes in which sounds are rare holds where they are not.
    probs, timelines = lesson(rng, n=200)
    rare = [(p, t) for p, t in zip(probs, timelines, strict=True) if len(t.by_label) <= 1 or rng.random() < 0.3]
    often, seldom = (
        fit_common_rules(p, "abc", t, boxes=RULES.box, hop_s=0.25, seed=1)
        for p, t in ((probs, timelines), tuple(zip(*rare, strict=True)))
    )
    clip = np.stack([tracks((4, 10), (0, 0), level=0.3)])
    values = [rules.presence("xy").probability(clip, hop_s=0.25) for rules in (often, seldom)]
    np.testing.assert_allclose(*values, atol=0.15)


def test_backbones_without_rules_are_refused() -> None:
    with pytest.raises(ListenError, match="'logmel' cannot be asked for its own classes; yamnet can"):
        common_rules("logmel")


# --- as a system ---


@pytest.fixture(scope="module")
def animals(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Benchmark:
    folder = tmp_path_factory.mktemp("zero shot") / "bench"
    sounds = tmp_path_factory.mktemp("animals")
    for label in ("cat", "cow", "dog", "frog"):
        (sounds / label).symlink_to(shared / "data" / "sounds" / "animals" / label)
    recipe = with_counts(load_recipe("mini"), clips=60, queries=10, pairs=5)
    build(folder, open_bank(sounds), recipe=recipe, settings=BuildSettings(seed=3))
    return read_benchmark(folder)


@pytest.fixture
def yamnet(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARWITNESS_YAMNET", str(shared / "data" / "models" / "yamnet.tflite"))


@pytest.mark.usefixtures("yamnet")
def test_real_recordings_are_found_by_the_texts_alone(animals: Benchmark, tmp_path: Path) -> None:
    texts = [query.text for query in animals.queries]
    system = open_system("listen:yamnet", animals, embeddings=tmp_path)
    assert (system.about.name, system.about.paradigm) == ("listen yamnet", "listening")
    scores = system.retriever.scores(texts, clips_of(animals))
    place = {scene.clip_id: i for i, scene in enumerate(animals.scenes)}
    row = {query.query_id: i for i, query in enumerate(animals.queries)}
    right = [
        scores[row[p.query_id], place[p.positive]] > scores[row[p.query_id], place[p.negative]] for p in animals.pairs
    ]
    assert np.mean(right) > 0.7

    # A file of groundings says otherwise: what is called a dog is a cat.
    write_groundings(tmp_path / "meant.json", "yamnet", [Grounding("a dog sound", {"Cat": 1.0, "Meow": 1.0}, {})])
    edited = open_system(f"listen:{tmp_path / 'meant.json'}", animals, embeddings=tmp_path)
    assert edited.about.name == "listen meant" and edited.about.version != system.about.version
    part = clips_of(animals).part(0, 3)
    asked = ("A dog sound.", "A frog sound.")
    plain, other = (each.retriever.scores(asked, part) for each in (system, edited))
    assert not np.array_equal(plain[0], other[0]) and np.array_equal(plain[1], other[1])


@pytest.mark.usefixtures("yamnet")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("A dog sound, without a donkey sound.", "means 'Donkey, ass', which this listener does not hear"),
        ("A dog sound without a cat sound.", "Cannot read"),
    ],
)
def test_what_cannot_be_read_or_heard_makes_it_fail(text: str, complaint: str, animals: Benchmark) -> None:
    system = open_system("listen:yamnet", animals)
    with pytest.raises(SystemFault, match=complaint):
        system.retriever.scores([text], clips_of(animals).part(0, 1))
