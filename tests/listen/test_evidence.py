"""Evidence: presence that keeps its laws, relations where they are worth working out, and both as the logic asks."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.errors import ListenError
from earwitness.listen import evidence
from earwitness.listen.evidence import HIGHEST_S, ClipEvidence, PresenceModel, fit_presence, presence_numbers
from earwitness.listen.relations import RelationModel, fit_relations
from earwitness.logic.constraint import Before, Count, Lasts, Overlap
from earwitness.logic.events import Event, Timeline
from earwitness.logic.parsing import parse
from earwitness.logic.plan import EventTable, relevant
from earwitness.logic.soft import soft
from listen import synthetic

HOP_S = 0.25
LABELS = ("ant", "bee", "cow", "dog")


def _clips(seed: int, n: int = 300, **kind: float) -> tuple[list[Timeline], np.ndarray]:
    rng = np.random.default_rng(seed)
    timelines = synthetic.timelines(n, LABELS, rng=rng)
    return timelines, synthetic.posteriors(timelines, LABELS, hop_s=HOP_S, rng=rng, **kind)


@pytest.fixture(scope="module")
def relations() -> RelationModel:
    timelines, probs = _clips(1)
    return fit_relations(probs, LABELS, timelines, hop_s=HOP_S, seed=1)


@pytest.fixture(scope="module", params=[False, True], ids=["by itself", "apart"])
def presence(request: pytest.FixtureRequest) -> PresenceModel:
    timelines, probs = _clips(1, noise=1.5, masked=0.9)
    return fit_presence(probs, LABELS, timelines, hop_s=HOP_S, apart=request.param)


def _evidence(probs, presence: PresenceModel, relations: RelationModel, **options: float) -> ClipEvidence:
    return ClipEvidence(probs, LABELS, hop_s=HOP_S, presence_model=presence, relation_model=relations, **options)


# --- presence ---


def test_the_numbers_are_means_of_the_highest_frames() -> None:
    # A second label that is always silent, so that the first stands apart as it stands.
    row = np.array([0.1, 0.9, 0.3, 0.5, 0.2, 0.0, 0.0, 0.4], np.float32)
    probs = np.stack((row, np.zeros_like(row)), axis=1)[None]
    levels = 1.0 / (1.0 + np.exp(-presence_numbers(probs, hop_s=0.5)[0, 0]))
    highest = np.sort(row)[::-1]
    # The clip lasts 4 s; what is missing of five is silence.
    wanted = [highest[0], highest[0], highest[:2].mean(), highest[:4].mean(), highest.sum() / 10]
    np.testing.assert_allclose(levels, [*wanted, *wanted], atol=1e-6)


def test_a_label_is_apart_from_the_greatest_of_the_others() -> None:
    probs = np.array([[[0.5, 0.2, 0.1]], [[0.5, 0.5, 0.4]]], np.float32)
    levels = 1.0 / (1.0 + np.exp(-presence_numbers(probs, hop_s=0.5)[:, :, len(HIGHEST_S)]))
    np.testing.assert_allclose(levels, [[0.4, 0.1, 0.05], [0.25, 0.25, 0.2]], atol=1e-6)
    alone = presence_numbers(probs[:, :, :1], hop_s=0.5)
    np.testing.assert_array_equal(alone[..., : len(HIGHEST_S)], alone[..., len(HIGHEST_S) :])


def test_pieces_of_a_recording_tell_what_the_whole_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    probs = np.random.default_rng(0).random((2, 50, 3)).astype(np.float32)
    whole = presence_numbers(probs, hop_s=HOP_S)
    monkeypatch.setattr(evidence, "_PIECE", 7)
    np.testing.assert_array_equal(presence_numbers(probs, hop_s=HOP_S), whole)


def test_presence_is_a_probability(presence) -> None:
    timelines, probs = _clips(2, noise=1.5, masked=0.9)
    told = presence.probability(probs, hop_s=HOP_S)
    heard = np.array([[label in timeline.by_label for label in LABELS] for timeline in timelines])
    assert np.mean((told - heard) ** 2) < 0.5 * heard.mean() * (1.0 - heard.mean())
    assert told.mean() == pytest.approx(heard.mean(), abs=0.05)
    assert told[heard].mean() > 0.8


def test_presence_only_grows_with_the_posterior(presence) -> None:
    _, probs = _clips(2, n=50)
    raised = probs.copy()
    rng = np.random.default_rng(0)
    for _ in range(200):
        clip, frame, label = (int(rng.integers(size)) for size in probs.shape)
        raised[clip, frame, label] = 1.0 - (1.0 - raised[clip, frame, label]) * rng.random()
    # Each label alone is raised, for it may well push others down.
    for label in range(len(LABELS)):
        own = probs.copy()
        own[:, :, label] = raised[:, :, label]
        before, after = (presence.probability(values, hop_s=HOP_S)[:, label] for values in (probs, own))
        assert (after >= before - 1e-9).all()
    assert (presence.weights >= 0.0).all()


@pytest.mark.parametrize(("before", "after"), [(3, 0), (0, 50), (40, 4000)])
def test_silence_changes_no_presence(presence, before: int, after: int) -> None:
    _, probs = _clips(2, n=20)
    padded = np.pad(probs[:, :15], ((0, 0), (before, after), (0, 0)))
    np.testing.assert_allclose(
        presence.probability(padded, hop_s=HOP_S), presence.probability(probs[:, :15], hop_s=HOP_S), atol=1e-9
    )


@pytest.mark.parametrize("known", [0, 3])
def test_a_label_seldom_heard_is_judged_much_like_the_rest(known: int) -> None:
    rng = np.random.default_rng(0)
    seldom = [
        Timeline(e for e in timeline.events if e.label != "dog" or place < known)
        for place, timeline in enumerate(_clips(1)[0])
    ]
    probs = synthetic.posteriors(seldom, LABELS, hop_s=HOP_S, rng=rng, noise=1.5, masked=0.9)
    model = fit_presence(probs, LABELS, seldom, hop_s=HOP_S)
    timelines, probs = _clips(2, noise=1.5, masked=0.9)
    heard = np.array(["dog" in timeline.by_label for timeline in timelines])
    told = model.probability(probs, hop_s=HOP_S)[:, 3]
    assert told[heard].mean() > 0.6
    assert told[~heard].mean() < 0.2


def test_a_strong_ridge_makes_all_labels_alike() -> None:
    timelines, probs = _clips(1, noise=1.5, masked=0.9)
    model = fit_presence(probs, LABELS, timelines, hop_s=HOP_S, ridge=1e6)
    np.testing.assert_allclose(model.weights, np.tile(model.weights[0], (4, 1)), atol=1e-3)


def test_the_plain_model_takes_posteriors_at_their_word() -> None:
    probs = np.full((1, 40, 2), 0.3, np.float32)
    probs[0, 5:7, 1] = 0.8
    told = PresenceModel.plain(("ant", "bee")).probability(probs, hop_s=HOP_S)
    np.testing.assert_allclose(told, [[0.3, 0.8]], atol=1e-6)


def test_presence_as_arrays(presence, tmp_path) -> None:
    np.savez(tmp_path / "presence.npz", **presence.arrays())
    with np.load(tmp_path / "presence.npz", allow_pickle=False) as stored:
        again = PresenceModel.from_arrays(stored)
    assert again.labels == presence.labels
    assert (again.weights == presence.weights).all()
    assert (again.bias == presence.bias).all()
    with pytest.raises(ListenError, match="missing: bias"):
        PresenceModel.from_arrays({name: presence.arrays()[name] for name in ("labels", "weights")})
    with pytest.raises(ListenError, match=rf"shape \(4, {2 * len(HIGHEST_S)}\)"):
        PresenceModel.from_arrays(presence.arrays() | {"weights": np.zeros((4, 2))})
    with pytest.raises(ListenError, match="finite"):
        PresenceModel.from_arrays(presence.arrays() | {"bias": np.full(4, np.nan)})


def test_presence_cannot_be_learned_from_nothing() -> None:
    probs = np.zeros((3, 40, 4), np.float32)
    with pytest.raises(ListenError, match="timeline for each of 3 clips; got 2"):
        fit_presence(probs, LABELS, [Timeline()] * 2, hop_s=HOP_S)
    with pytest.raises(ListenError, match="both kinds"):
        fit_presence(probs, LABELS, [Timeline()] * 3, hop_s=HOP_S)


# --- clips ---


CLAIMS = (
    "present(ant)",
    "all(present(ant), absent(bee))",
    "before(ant, bee)",
    "before(ant, bee, cow)",
    "all(before(ant, bee), absent(cow))",
    "overlap(cow, dog)",
    "all(overlap(ant, bee), before(bee, cow))",
    "during(ant, bee)",
    "longer(cow, ant)",
    "lasts(dog, at_least=2)",
    "lasts(dog, at_most=1)",
    "count(ant, exactly=2)",
    "count(ant, at_most=1)",
    "not(before(ant, bee))",
    "any(before(ant, bee), overlap(ant, bee))",
)


@pytest.mark.parametrize("claim", CLAIMS)
def test_claims_are_found_among_what_was_heard(presence, relations, claim: str) -> None:
    timelines, probs = _clips(7, n=400)
    constraint = parse(claim)
    truth = relevant(constraint, EventTable.from_timelines(timelines))
    score = soft(constraint, _evidence(probs, presence, relations))
    auc = (np.sign(score[truth][:, None] - score[~truth][None]).mean() + 1.0) / 2.0
    assert truth.sum() > 4
    assert auc > 0.95


def test_clips_of_any_lengths_are_told_as_if_filled_up(presence, relations) -> None:
    _, probs = _clips(3, n=30)
    lengths = np.random.default_rng(0).integers(20, 41, len(probs))
    cut = [clip[:length] for clip, length in zip(probs, lengths, strict=True)]
    filled = np.where(np.arange(40)[None, :, None] < lengths[:, None, None], probs, 0.0).astype(np.float32)
    one, other = (_evidence(values, presence, relations) for values in (cut, filled))
    for node in (Before(("ant", "bee"), within=2), Overlap("ant", "bee"), Lasts("cow", at_least=1)):
        np.testing.assert_allclose(one.relation(node), other.relation(node), atol=1e-9)
    np.testing.assert_allclose(one.presence("dog"), other.presence("dog"), atol=1e-9)


def test_where_sounds_are_faint_the_rate_is_told(presence, relations) -> None:
    _, probs = _clips(3, n=60)
    node = Before(("ant", "bee"))
    few, all_ = (_evidence(probs, presence, relations, faint=faint) for faint in (0.5, 0.0))
    heard = (presence.probability(probs, hop_s=HOP_S)[:, [LABELS.index("ant"), LABELS.index("bee")]] >= 0.5).all(axis=1)
    assert 0 < heard.sum() < 60
    np.testing.assert_allclose(few.relation(node)[heard], all_.relation(node)[heard], atol=1e-12)
    assert (few.relation(node)[~heard] == relations.kinds["before"].rate).all()


@pytest.mark.parametrize("probs", [np.zeros((3, 40, 4), np.float32), [np.zeros((1, 4), np.float32)] * 3, []])
def test_silence_and_no_clip_at_all_are_told_of(presence, relations, probs) -> None:
    heard = _evidence(np.zeros((0, 40, 4), np.float32) if len(probs) == 0 else probs, presence, relations, faint=0.0)
    for claim in CLAIMS:
        score = soft(parse(claim), heard)
        assert score.shape == (len(probs),)
        assert np.isfinite(score).all()


def test_a_listener_is_never_quite_sure(presence, relations) -> None:
    _, probs = _clips(3, n=30)
    weights = np.full(presence.weights.shape, 1e3)
    sure = PresenceModel(presence.labels, weights, presence.bias)
    heard = _evidence(probs, sure, relations)
    nodes = (Count("ant", exactly=0), Count("ant", at_least=1), Before(("ant", "bee")))
    told = np.stack([*map(heard.presence, LABELS), *map(heard.relation, nodes)])
    assert told.min() > 0.0
    assert told.max() < 1.0


def test_what_does_not_fit_is_refused(presence, relations) -> None:
    probs = np.zeros((2, 40, 4), np.float32)
    heard = _evidence(probs, presence, relations)
    with pytest.raises(ListenError, match="'yak'; known are: ant, bee, cow, dog"):
        heard.presence("yak")
    with pytest.raises(ListenError, match="'yak'"):
        heard.relation(Before(("ant", "yak")))
    with pytest.raises(ListenError, match="only one of them knows: yak"):
        _evidence(probs, PresenceModel.plain((*LABELS, "yak")), relations)
    with pytest.raises(ListenError, match="the order is another"):
        _evidence(probs, PresenceModel.plain(LABELS[::-1]), relations)


def test_nothing_given_is_changed(presence, relations) -> None:
    timelines, probs = _clips(3, n=30)
    probs.flags.writeable = False
    heard = _evidence(probs, presence, relations)
    heard.relation(Before(("ant", "bee")))
    fit_presence(probs, LABELS, timelines, hop_s=HOP_S)
    assert heard.presence("ant").shape == (30,)


def test_a_sound_is_held_to_be_as_likely_there_as_not(rng: np.random.Generator) -> None:
    """The same clips with a sound and without it, in other numbers, teach the same: how rare it was says nothing."""

    def clips(n: int, *, heard: bool) -> list[np.ndarray]:
        level = rng.normal(0.6 if heard else 0.4, 0.15, (n, 1, 2)) + rng.normal(0.0, 0.02, (n, 20, 2))
        return list(level.clip(0.01, 0.99).astype(np.float32))

    def learned(n_with: int, n_without: int) -> PresenceModel:
        events = [Event(0, 5, "a"), Event(0, 5, "b")]
        timelines = [Timeline(events)] * n_with + [Timeline()] * n_without
        probs = clips(n_with, heard=True) + clips(n_without, heard=False)
        return fit_presence(probs, ("a", "b"), timelines, hop_s=0.25)

    asked = np.stack(clips(300, heard=True) + clips(300, heard=False))
    found = [learned(400, n).probability(asked, hop_s=0.25)[:, 0] for n in (400, 4_000)]
    for probability in found:
        assert probability.mean() == pytest.approx(0.5, abs=0.03)
    assert found[0] == pytest.approx(found[1], abs=0.2)
