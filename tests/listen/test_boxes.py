"""Boxes: where events are, how sure that is, in pieces as in the whole, and what is learned of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.errors import ListenError
from earwitness.listen.boxes import BOX_NUMBERS, Box, BoxModel, boxes_of, fit_boxes, streamed_boxes
from earwitness.logic.events import Event, Timeline
from listen.synthetic import posteriors, timelines

HOP_S = 0.25
LABELS = ("bird", "cat", "dog")


def _model(labels: tuple[str, ...] = LABELS, **changed: object) -> BoxModel:
    given: dict[str, object] = {
        "levels": (0.8, 0.3, 0.1),
        "share": 0.5,
        "pause_s": 0.5,
        "inward_s": (0.0, 0.0),
        "weights": np.tile([0.5, 0.5, 1.0, 0.3], (len(labels), 1)),
        "bias": np.zeros(len(labels)),
    }
    return BoxModel(labels, **(given | changed))


def _probs(*events: tuple[float, float, float], clip_s: float = 10.0) -> np.ndarray:
    """Return one column: every frame at the level of the events for the share that they take of it."""
    edges = np.arange(round(clip_s / HOP_S) + 1) * HOP_S
    column = sum(level * np.diff(np.clip(edges, onset, offset)) / HOP_S for onset, offset, level in events)
    return np.asarray(column, np.float32)[:, None]


def _one(probs: np.ndarray, **changed: object) -> tuple[Box, ...]:
    return boxes_of(probs, ("dog",), hop_s=HOP_S, model=_model(("dog",), **changed))


probabilities = st.integers(1, 40).flatmap(
    lambda n: st.lists(st.sampled_from([0.0, 0.04, 0.1, 0.2, 0.5, 0.9, 1.0]), min_size=3 * n, max_size=3 * n).map(
        lambda values: np.array(values, np.float32).reshape(-1, 3)
    )
)
moves = st.tuples(st.sampled_from([-2.0, -0.1, 0.0, 0.05, 3.0]), st.sampled_from([-2.0, -0.1, 0.0, 0.05, 3.0]))


# --- where they are ---


@pytest.mark.parametrize("event", [(2.0, 4.0), (2.1, 4.05), (5.55, 7.7), (0.0, 1.0), (8.9, 10.0), (0.0, 10.0)])
def test_edges_are_finer_than_a_frame(event: tuple[float, float]) -> None:
    (box,) = _one(_probs((*event, 1.0)), levels=(0.9,))
    assert (box.label, box.onset_s, box.offset_s) == ("dog", *(pytest.approx(edge, abs=HOP_S / 4) for edge in event))


def test_faint_boxes_are_kept_and_are_less_sure() -> None:
    loud, faint = _one(_probs((1.0, 3.0, 0.95), (6.0, 8.0, 0.12)))
    assert (loud.onset_s, faint.onset_s) == (pytest.approx(1.0, abs=0.1), pytest.approx(6.0, abs=0.1))
    assert 0.0 < faint.confidence < 0.1 < 0.9 < loud.confidence < 1.0


def test_a_pause_is_part_of_a_box_and_a_longer_one_is_not() -> None:
    assert len(_one(_probs((1.0, 3.0, 0.9), (3.5, 6.0, 0.9)))) == 1
    assert len(_one(_probs((1.0, 3.0, 0.9), (4.0, 6.0, 0.9)))) == 2


def test_what_another_label_drowns_is_less_sure() -> None:
    own, loud = _probs((2.0, 4.0, 0.5)), _probs((2.0, 4.0, 0.9))
    model = _model(("cat", "dog"))
    alone, drowned = (
        boxes_of(np.concatenate((own, other), axis=1), ("cat", "dog"), hop_s=HOP_S, model=model)[0]
        for other in (0.0 * loud, loud)
    )
    assert (alone.label, alone.onset_s, alone.offset_s) == (drowned.label, drowned.onset_s, drowned.offset_s)
    assert drowned.confidence < alone.confidence - 0.2


def test_each_label_is_judged_by_numbers_of_its_own() -> None:
    probs = np.repeat(_probs((2.0, 4.0, 0.5)), 2, axis=1)

    def sure(**changed: np.ndarray) -> list[float]:
        found = boxes_of(probs, ("cat", "dog"), hop_s=HOP_S, model=_model(("cat", "dog"), **changed))
        assert [box.label for box in found] == ["cat", "dog"]
        return [box.confidence for box in found]

    cat, dog = sure()
    assert cat == dog
    changed = sure(bias=np.array([0.0, 1.0]))
    assert changed[0] == cat
    assert changed[1] > dog
    longer = sure(weights=np.array([[0.5, 0.5, 1.0, 0.3], [0.5, 0.5, 1.0, 2.0]]))
    assert longer[0] == cat
    assert longer[1] > dog


@given(probabilities, moves, st.sampled_from([0.0, 0.25, 1.0]))
@settings(max_examples=200)
def test_boxes_of_a_label_do_not_overlap(probs: np.ndarray, inward_s: tuple[float, float], pause_s: float) -> None:
    found = boxes_of(probs, LABELS, hop_s=HOP_S, model=_model(inward_s=inward_s, pause_s=pause_s))
    assert [(box.label, box.onset_s) for box in found] == sorted((box.label, box.onset_s) for box in found)
    for box in found:
        assert 0.0 <= box.onset_s < box.offset_s <= len(probs) * HOP_S
        assert 0.0 < box.confidence < 1.0
    for one, other in pairwise(found):
        assert one.label != other.label or one.offset_s <= other.onset_s
    heard = {label for label, column in zip(LABELS, probs.T, strict=True) if column.max() >= 0.1}
    assert {box.label for box in found} == heard


@given(probabilities, st.integers(0, 20), st.integers(0, 20))
@settings(max_examples=100)
def test_silence_before_moves_boxes_and_silence_behind_changes_nothing(
    probs: np.ndarray, before: int, behind: int
) -> None:
    # What the beginning or the end of a recording cuts off is no event with two edges.
    probs[[0, -1]] = 0.0
    model = _model(inward_s=(0.05, -0.1))
    moved = boxes_of(np.pad(probs, ((before, behind), (0, 0))), LABELS, hop_s=HOP_S, model=model)
    still = boxes_of(probs, LABELS, hop_s=HOP_S, model=model)
    assert [(box.label, box.confidence) for box in moved] == [
        (box.label, pytest.approx(box.confidence, abs=2e-6)) for box in still
    ]
    for one, other in zip(moved, still, strict=True):
        assert one.onset_s - before * HOP_S == pytest.approx(other.onset_s, abs=2e-6)
        assert one.offset_s - before * HOP_S == pytest.approx(other.offset_s, abs=2e-6)


def test_edges_move_inwards_but_not_where_the_recording_cuts() -> None:
    (inner,) = _one(_probs((2.0, 4.0, 1.0)), inward_s=(0.1, 0.2))
    (plain,) = _one(_probs((2.0, 4.0, 1.0)))
    assert inner.onset_s == pytest.approx(plain.onset_s + 0.1)
    assert inner.offset_s == pytest.approx(plain.offset_s - 0.2)
    (whole,) = _one(_probs((0.0, 10.0, 1.0)), inward_s=(0.1, 0.2))
    assert (whole.onset_s, whole.offset_s) == (0.0, 10.0)


# --- in pieces ---


@given(probabilities, st.lists(st.integers(0, 40), max_size=8), moves)
@settings(max_examples=200)
def test_pieces_give_the_boxes_of_the_whole(probs: np.ndarray, cuts: list[int], inward_s: tuple[float, float]) -> None:
    model = _model(inward_s=inward_s)
    pieces = np.split(probs, sorted(min(cut, len(probs)) for cut in cuts))
    found = sorted(streamed_boxes(pieces, LABELS, hop_s=HOP_S, model=model), key=lambda box: (box.label, box.onset_s))
    assert tuple(found) == boxes_of(probs, LABELS, hop_s=HOP_S, model=model)


def test_a_long_recording_is_looked_at_in_pieces(rng: np.random.Generator) -> None:
    probs = rng.random((10_000, 3), np.float32)
    found = streamed_boxes([probs], LABELS, hop_s=HOP_S, model=_model())
    assert boxes_of(probs, LABELS, hop_s=HOP_S, model=_model()) == tuple(
        sorted(found, key=lambda box: (box.label, box.onset_s))
    )


def test_a_box_comes_as_soon_as_it_is_over() -> None:
    def heard() -> Iterator[np.ndarray]:
        yield from np.split(_probs((1.0, 2.0, 0.9), clip_s=4.0), 16)
        pytest.fail("the box was over, and more was asked for")

    box = next(streamed_boxes(heard(), ("dog",), hop_s=HOP_S, model=_model(("dog",))))
    assert box.offset_s == pytest.approx(2.0, abs=0.1)


# --- bad input ---


def test_a_recording_of_nothing_has_no_boxes() -> None:
    assert boxes_of(np.zeros((0, 3), np.float32), LABELS, hop_s=HOP_S, model=_model()) == ()
    assert boxes_of(np.zeros((1, 3), np.float32), LABELS, hop_s=HOP_S, model=_model()) == ()


@pytest.mark.parametrize(
    ("probs", "labels", "hop_s", "message"),
    [
        (np.zeros((4, 3), np.float32), ("cat", "bird", "dog"), HOP_S, "in their order; it knows bird, cat, dog"),
        (np.zeros((4, 2), np.float32), LABELS, HOP_S, r"a column for each of 3 labels; got shape \(4, 2\)"),
        (np.zeros(4, np.float32), LABELS, HOP_S, "a column for each of 3 labels"),
        (np.full((4, 3), np.nan, np.float32), LABELS, HOP_S, "must be from 0 to 1"),
        (np.full((4, 3), 1.5, np.float32), LABELS, HOP_S, "some of the 4 frames from 0 on"),
        (np.zeros((4, 3), np.float32), LABELS, 0.0, "above zero; got 0.0 s"),
    ],
)
def test_what_is_no_posterior_is_refused(
    probs: np.ndarray, labels: tuple[str, ...], hop_s: float, message: str
) -> None:
    with pytest.raises(ListenError, match=message):
        boxes_of(probs, labels, hop_s=hop_s, model=_model())


# --- the model as arrays ---


def test_arrays_make_the_same_model_again() -> None:
    model = _model(inward_s=(0.1, -0.2))
    again = BoxModel.from_arrays(model.arrays())
    assert (again.labels, again.levels, again.share) == (model.labels, model.levels, model.share)
    assert (again.pause_s, again.inward_s) == (model.pause_s, model.inward_s)
    np.testing.assert_array_equal(again.weights, model.weights)
    np.testing.assert_array_equal(again.bias, model.bias)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"bias": None}, "missing: bias"),
        ({"bias": np.zeros(2)}, r"a bias of shape \(3,\)"),
        ({"weights": np.zeros((3, 2))}, r"weights of shape \(3, 4\)"),
        ({"edges": np.zeros(3)}, "four numbers for their edges"),
        ({"weights": np.full((3, 4), np.inf)}, "must be finite"),
        ({"edges": np.array([0.5, np.nan, 0.0, 0.0])}, "must be finite"),
        ({"edges": np.array([1.5, 0.5, 0.0, 0.0])}, "a share"),
        ({"edges": np.array([0.5, -0.5, 0.0, 0.0])}, "a pause of 0 s or more"),
        ({"levels": np.array([0.1, 0.3])}, "levels from 1 down"),
        ({"levels": np.array([0.3, np.nan])}, "levels from 1 down"),
        ({"levels": np.zeros(0)}, "levels from 1 down"),
    ],
)
def test_arrays_of_something_else_are_refused(changed: dict[str, np.ndarray | None], message: str) -> None:
    arrays = {name: values for name, values in (_model().arrays() | changed).items() if values is not None}
    with pytest.raises(ListenError, match=message):
        BoxModel.from_arrays(arrays)


# --- learning ---


HEARD = ("bird", "cat", "cow", "dog")


def _lesson(n: int, *, seed: int) -> tuple[np.ndarray, list[Timeline]]:
    rng = np.random.default_rng(seed)
    clips = timelines(n, HEARD, rng=rng)
    return posteriors(clips, HEARD, hop_s=HOP_S, rng=rng, noise=1.2), clips


@pytest.fixture(scope="module")
def fitted() -> BoxModel:
    probs, clips = _lesson(200, seed=1)
    return fit_boxes(probs, HEARD, clips, hop_s=HOP_S)


def _real(box: Box, event: Event) -> bool:
    shared_s = min(box.offset_s, event.offset) - max(box.onset_s, event.onset)
    return shared_s > 0.5 * (box.offset_s - box.onset_s) and shared_s > 0.5 * event.duration


def test_events_are_found_where_they_are_and_confidence_is_how_often_boxes_are_real(fitted: BoxModel) -> None:
    probs, clips = _lesson(200, seed=2)
    confidence, real, late_s, found = [], [], [], 0
    for clip, timeline in zip(probs, clips, strict=True):
        for box in boxes_of(clip, HEARD, hop_s=HOP_S, model=fitted):
            events = [event for event in timeline.of(box.label) if _real(box, event)]
            confidence.append(box.confidence)
            real.append(len(events) == 1)
            found += len(events)
            late_s += [(box.onset_s - event.onset, event.offset - box.offset_s) for event in events]
    sure, truth = np.array(confidence), np.array(real)
    assert found > 0.9 * sum(len(timeline.events) for timeline in clips)
    tenth = np.minimum((10 * sure).astype(int), 9)
    inside = [tenth == number for number in range(10)]
    assert sum(abs((truth - sure)[each].sum()) for each in inside) / len(sure) < 0.03
    assert truth[sure > 0.8].mean() > 0.85 > 0.3 > truth[sure < 0.2].mean()
    assert np.abs(np.median(late_s, axis=0)).max() < 0.05
    assert np.median(np.abs(late_s)) < HOP_S / 2


def test_what_is_learned_does_not_depend_on_how_clips_are_given(fitted: BoxModel) -> None:
    probs, clips = _lesson(200, seed=1)
    again = fit_boxes(list(probs), HEARD, clips, hop_s=HOP_S)
    assert (again.levels, again.share, again.pause_s) == (fitted.levels, fitted.share, fitted.pause_s)
    np.testing.assert_array_equal(again.weights, fitted.weights)
    assert (fitted.weights[:, : BOX_NUMBERS.index("length")] >= 0.0).all()


def test_the_first_clip_and_the_hundredth_are_learned_from_alike() -> None:
    """Edges of events far along the reel are as exact as those of the first ones."""
    clip, events = _probs((2.1, 4.3, 0.9), (6.0, 7.0, 0.3)), Timeline([Event(2.1, 4.3, "dog")])
    few, many = (fit_boxes([clip] * n, ("dog",), [events] * n, hop_s=HOP_S, shares=(0.5,)) for n in (2, 100))
    assert few.inward_s == pytest.approx(many.inward_s, abs=1e-6)
    (dog, _) = boxes_of(clip, ("dog",), hop_s=HOP_S, model=many)
    assert (dog.onset_s, dog.offset_s) == (pytest.approx(2.1, abs=0.01), pytest.approx(4.3, abs=0.01))


@pytest.mark.parametrize(
    ("box", "event"),
    [((4.0, 5.0), None), ((4.0, 5.0), (4.0, 6.6)), ((3.5, 6.5), (4.0, 5.0)), ((3.5, 4.5), (5.0, 6.0))],
    ids=["of nothing", "too short", "too long", "elsewhere"],
)
def test_a_box_that_is_of_no_event_is_not_trusted(box: tuple[float, float], event: tuple[float, float] | None) -> None:
    heard = _probs((0.0, 2.0, 0.9), (*box, 0.3), (8.0, 10.0, 0.9))
    events = [(0.0, 2.0), (8.0, 10.0), *([event] if event else [])]
    clips = [Timeline(Event(*edges, "dog") for edges in events)] * 50
    model = fit_boxes([heard] * 50, ("dog",), clips, hop_s=HOP_S)
    first, faint, last = boxes_of(heard, ("dog",), hop_s=HOP_S, model=model)
    assert (first.onset_s, last.offset_s) == (0.0, 10.0)
    assert min(first.confidence, last.confidence) > 0.8 > 0.2 > faint.confidence


def test_a_box_that_is_most_of_an_event_is_trusted() -> None:
    heard = _probs((0.5, 1.0, 0.3), (4.0, 6.0, 0.3))
    clips = [Timeline([Event(4.5, 6.7, "dog")])] * 50
    model = fit_boxes([heard] * 50, ("dog",), clips, hop_s=HOP_S)
    nothing, dog = boxes_of(heard, ("dog",), hop_s=HOP_S, model=model)
    assert nothing.confidence < 0.2 < 0.8 < dog.confidence


def test_an_event_of_another_label_makes_no_box_real() -> None:
    heard = np.concatenate((_probs((2.0, 4.0, 0.9)), _probs((2.0, 4.0, 0.3))), axis=1)
    model = fit_boxes([heard], ("cat", "dog"), [Timeline([Event(2.0, 4.0, "cat")])], hop_s=HOP_S)
    cat, dog = boxes_of(heard, ("cat", "dog"), hop_s=HOP_S, model=model)
    assert cat.confidence > 0.5 > dog.confidence


def test_a_louder_box_is_never_less_sure() -> None:
    """Not even where the loud boxes of the scenes were all wrong."""
    heard = _probs((1.0, 2.0, 0.9), (5.0, 6.0, 0.3))
    model = fit_boxes([heard] * 50, ("dog",), [Timeline([Event(5.0, 6.0, "dog")])] * 50, hop_s=HOP_S)
    assert (model.weights[:, : BOX_NUMBERS.index("length")] >= 0.0).all()


def test_a_label_that_is_never_real_is_judged_as_all_together() -> None:
    probs, clips = _lesson(100, seed=3)
    labels = (*HEARD, "fox")
    # A fox is heard at the level of a bird, and is in none of the clips.
    heard = np.concatenate((probs, probs[::-1, :, :1]), axis=2)
    model = fit_boxes(heard, labels, clips, hop_s=HOP_S)
    together = fit_boxes(heard, labels, clips, hop_s=HOP_S, ridge=1e9)
    np.testing.assert_allclose(model.weights[4], together.weights[0], atol=1e-4)
    assert np.abs(model.weights[0] - model.weights[4]).max() > 0.01


def test_only_what_is_offered_is_tried() -> None:
    probs, clips = _lesson(50, seed=4)
    model = fit_boxes(probs, HEARD, clips, hop_s=HOP_S, levels=((0.3,),), shares=(1.0,), pauses_s=(0.0,))
    assert (model.levels, model.share, model.pause_s) == ((0.3,), 1.0, 0.0)


def test_events_of_other_labels_are_left_out(fitted: BoxModel) -> None:
    probs, clips = _lesson(200, seed=1)
    more = [Timeline([*clip.events, Event(1.0, 3.0, "whale")]) for clip in clips]
    np.testing.assert_array_equal(fit_boxes(probs, HEARD, more, hop_s=HOP_S).weights, fitted.weights)


def test_what_cannot_be_learned_is_said() -> None:
    probs, clips = _lesson(10, seed=5)
    with pytest.raises(ListenError, match="a timeline for each of 10 clips; got 9"):
        fit_boxes(probs, HEARD, clips[1:], hop_s=HOP_S)
    with pytest.raises(ListenError, match="in 10 clips with 4 labels and 0 events none are both"):
        fit_boxes(probs, HEARD, [Timeline()] * 10, hop_s=HOP_S)
    with pytest.raises(ListenError, match="some stretches are events and some are not"):
        fit_boxes(np.zeros_like(probs), HEARD, clips, hop_s=HOP_S)
