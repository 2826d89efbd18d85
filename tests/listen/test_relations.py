"""Relations are learned from some labels and told of others; and they keep the laws that need no learning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np
import pytest

from earwitness.errors import ListenError
from earwitness.listen.relations import KINDS, RelationModel, fit_relations
from earwitness.listen.tracks import Tracks
from earwitness.logic.constraint import Before, Count, During, Lasts, Longer, Overlap, Present
from earwitness.logic.events import Event, Timeline
from earwitness.logic.plan import EventTable, relevant
from earwitness.logic.soft import Relation
from listen import synthetic

HOP_S = 0.25
LEARNED, ASKED = ("ant", "bee", "cow", "dog", "eel", "fox"), ("urn", "van", "wok", "xylophone", "yo-yo", "zip")

RELATIONS: dict[str, Callable[[str, str], Relation]] = {
    "before": lambda a, b: Before((a, b)),
    "before within 1.5 s": lambda a, b: Before((a, b), within=1.5),
    "overlap": Overlap,
    "overlap for 1 s": lambda a, b: Overlap(a, b, at_least=1),
    "during": During,
    "longer": Longer,
    "lasts 1 s": lambda a, b: Lasts(a, at_least=1),
    "lasts 3 s": lambda a, b: Lasts(a, at_least=3),
    "lasts at most 2 s": lambda a, b: Lasts(a, at_most=2),
    "twice or more": lambda a, b: Count(a, at_least=2),
    "twice": lambda a, b: Count(a, exactly=2),
    "after itself": lambda a, b: Before((a, a)),
}
every_relation = pytest.mark.parametrize("relation", RELATIONS.values(), ids=RELATIONS)


def _clips(labels: tuple[str, ...], seed: int, n: int = 400) -> tuple[list[Timeline], np.ndarray]:
    rng = np.random.default_rng(seed)
    timelines = synthetic.timelines(n, labels, rng=rng)
    return timelines, synthetic.posteriors(timelines, labels, hop_s=HOP_S, rng=rng)


@pytest.fixture(scope="module")
def model() -> RelationModel:
    timelines, probs = _clips(LEARNED, seed=1)
    return fit_relations(probs, LEARNED, timelines, hop_s=HOP_S, seed=1)


@pytest.fixture(scope="module")
def asked() -> tuple[list[Timeline], np.ndarray]:
    return _clips(ASKED, seed=2)


def _told(model: RelationModel, relation: Callable[[str, str], Relation], clips: tuple[list[Timeline], np.ndarray]):
    """Yield what is true and what is told of every sound or pair of sounds, in the clips that hold them."""
    timelines, probs = clips
    table = EventTable.from_timelines(timelines)
    for node in dict.fromkeys(relation(a, b) for a, b in permutations(ASKED, 2)):
        heard = np.flatnonzero(np.logical_and.reduce([relevant(Present(label), table) for label in node.labels]))
        tracks = {x: Tracks.of(probs[heard][:, :, ASKED.index(x)], hop_s=HOP_S) for x in node.labels}
        yield relevant(node, table)[heard], model.probability(node, tracks)


def _auc(truth: np.ndarray, told: np.ndarray) -> float:
    above = np.sign(told[truth][:, None] - told[~truth][None])
    return float((above.mean() + 1.0) / 2.0)


@every_relation
def test_relations_learned_from_some_labels_are_told_of_others(model, asked, relation) -> None:
    truth, told = map(np.concatenate, zip(*_told(model, relation, asked), strict=True))
    assert len(truth) > 300
    assert ((told >= 0.0) & (told <= 1.0)).all()
    assert _auc(truth, told) > 0.95
    # A probability: better than saying the rate, and as often true as it says.
    assert np.mean((told - truth) ** 2) < 0.5 * truth.mean() * (1.0 - truth.mean())
    assert told.mean() == pytest.approx(truth.mean(), abs=0.05)


@every_relation
def test_labels_are_only_names(model, asked, relation) -> None:
    tracks = [Tracks.of(asked[1][:50, :, column] + 1e-3, hop_s=HOP_S) for column in (0, 1)]
    one, other = (dict(zip(names, tracks, strict=True)) for names in (("urn", "van"), ("van", "urn")))
    np.testing.assert_array_equal(
        model.probability(relation("urn", "van"), one), model.probability(relation("van", "urn"), other)
    )


def _shaped(onset: float, offset: float, *, clip_s: float = 10.0) -> Tracks:
    time_s = (np.arange(round(clip_s / HOP_S)) + 0.5) * HOP_S
    inside = np.minimum(time_s - onset, offset - time_s)
    return Tracks.of(0.9 * np.clip(inside / 0.5 + 0.5, 0.0, 1.0)[None], hop_s=HOP_S)


@pytest.mark.parametrize(("a", "b"), [((3, 6), (3, 6)), ((4, 5), (2, 7)), ((2, 7), (4, 5)), ((2, 5), (3, 6))])
def test_what_overlaps_is_not_before(model, a: tuple[float, float], b: tuple[float, float]) -> None:
    tracks = {"a": _shaped(*a), "b": _shaped(*b)}
    assert model.probability(Before(("a", "b")), tracks)[0] < 0.02
    assert model.probability(Before(("b", "a")), tracks)[0] < 0.02
    assert model.probability(Overlap("a", "b"), tracks)[0] > 0.98


@every_relation
@pytest.mark.parametrize(("before", "after"), [(0, 40), (17, 0), (8, 400)])
def test_silence_changes_nothing(model, asked, relation, before: int, after: int) -> None:
    probs = asked[1][:20]
    told = []
    for values in (probs, np.pad(probs, ((0, 0), (before, after), (0, 0)))):
        tracks = {label: Tracks.of(values[:, :, place], hop_s=HOP_S) for place, label in enumerate(ASKED[:2])}
        told.append(model.probability(relation(*ASKED[:2]), tracks))
    np.testing.assert_allclose(told[1], told[0], atol=1e-9)


def _pair(asked) -> dict[str, Tracks]:
    return {label: Tracks.of(asked[1][:, :, place] + 1e-3, hop_s=HOP_S) for place, label in enumerate("ab")}


def test_wider_claims_are_never_less_probable(model, asked) -> None:
    tracks = _pair(asked)
    limits = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0)
    growing: list[list[Relation]] = [
        [*(Before(("a", "b"), within=limit) for limit in limits), Before(("a", "b"))],
        [*(Overlap("a", "b", at_least=limit) for limit in limits[::-1]), Overlap("a", "b")],
        [Lasts("a", at_least=limit) for limit in limits[::-1]],
        [Lasts("a", at_most=limit) for limit in limits],
        [Count("a", at_least=number) for number in (5, 4, 3, 2, 1)],
        [Count("a", at_most=number) for number in range(6)],
    ]
    for nodes in growing:
        told = np.stack([model.probability(node, tracks) for node in nodes])
        assert (np.diff(told, axis=0) >= -1e-12).all()


def test_what_must_add_up_adds_up(model, asked) -> None:
    tracks = _pair(asked)

    def told(node: Relation) -> np.ndarray:
        return model.probability(node, tracks)

    np.testing.assert_allclose(told(Lasts("a", at_least=2)) + told(Lasts("a", at_most=2)), 1.0)
    np.testing.assert_allclose(told(Count("a", at_least=3)) + told(Count("a", at_most=2)), 1.0)
    counts = sum(told(Count("a", exactly=number)) for number in range(1, 5))
    np.testing.assert_allclose(counts + told(Count("a", at_least=5)), 1.0)
    np.testing.assert_allclose(told(Longer("a", "b")) + told(Longer("b", "a")), 1.0, atol=0.02)
    assert (told(Count("a", exactly=0)) == 0.0).all()
    assert (told(Count("a", at_least=1)) == 1.0).all()


def test_a_chain_is_its_links(model, asked) -> None:
    tracks = _pair(asked) | {"c": Tracks.of(asked[1][:, :, 2] + 1e-3, hop_s=HOP_S)}
    links = [model.probability(Before(pair), tracks) for pair in (("a", "b"), ("b", "c"))]
    np.testing.assert_allclose(model.probability(Before(("a", "b", "c")), tracks), links[0] * links[1])
    thrice = model.probability(Count("a", at_least=3), tracks)
    np.testing.assert_allclose(model.probability(Before(("a", "a", "a")), tracks), thrice)
    np.testing.assert_allclose(model.probability(Before(("a", "a", "a", "b")), tracks), thrice * links[0])


def test_learning_is_the_same_again_and_blind_to_names(model) -> None:
    timelines, probs = _clips(LEARNED, seed=1)
    assert tuple(model.kinds) == KINDS
    renamed = [Timeline(Event(e.onset, e.offset, e.label.upper()) for e in timeline.events) for timeline in timelines]
    names = [label.upper() for label in LEARNED]
    again = fit_relations(list(probs), names, renamed, hop_s=HOP_S, seed=1)
    for name, values in model.arrays().items():
        np.testing.assert_array_equal(values, again.arrays()[name], err_msg=name)


def test_arrays_make_the_same_again(model, tmp_path) -> None:
    np.savez(tmp_path / "relations.npz", **model.arrays())
    with np.load(tmp_path / "relations.npz", allow_pickle=False) as stored:
        again = RelationModel.from_arrays(stored)
    assert again.arrays().keys() == model.arrays().keys()
    assert all((values == again.arrays()[name]).all() for name, values in model.arrays().items())
    with pytest.raises(ListenError, match="got nearer"):
        RelationModel.from_arrays({"nearer.weights": np.zeros(3)})
    with pytest.raises(ListenError, match="shape"):
        RelationModel.from_arrays(model.arrays() | {"before.weights": np.zeros(3)})


def _all_alone() -> Iterator[Timeline]:
    for place in range(20):
        yield Timeline([Event(1.0, 2.0 + place / 10, "ant")])


def test_what_was_not_in_the_scenes_is_not_claimed() -> None:
    timelines = list(_all_alone())
    probs = synthetic.posteriors(timelines, LEARNED, hop_s=HOP_S, rng=np.random.default_rng(0))
    with pytest.raises(ListenError, match="one sound is heard after another"):
        fit_relations(probs, LEARNED, timelines, hop_s=HOP_S, seed=1)
    with pytest.raises(ListenError, match="timeline for each of 20 clips; got 19"):
        fit_relations(probs, LEARNED, timelines[1:], hop_s=HOP_S, seed=1)
    rng = np.random.default_rng(3)
    once = synthetic.timelines(60, LEARNED, rng=rng, repeated=0.0)
    probs = synthetic.posteriors(once, LEARNED, hop_s=HOP_S, rng=rng)
    model = fit_relations(probs, LEARNED, once, hop_s=HOP_S, seed=1)
    assert "again" not in model.kinds
    track = {"a": _shaped(2, 4)}
    with pytest.raises(ListenError, match="'again' was not learned"):
        model.probability(Count("a", at_least=2), track)
    assert model.probability(Count("a", at_least=1), track).tolist() == [1.0]


def test_tracks_that_show_nothing_teach_nothing() -> None:
    rng = np.random.default_rng(3)
    timelines = synthetic.timelines(80, LEARNED, rng=rng)
    probs = synthetic.posteriors(timelines, LEARNED, hop_s=HOP_S, rng=rng)
    probs[::3] = 0.0
    model = fit_relations(probs, LEARNED, timelines, hop_s=HOP_S, seed=1)
    assert all(np.isfinite(values).all() for values in model.arrays().values())
