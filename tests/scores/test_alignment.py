"""How queries, answers and hard negatives lie to each other, beside slow and obvious ways to find it."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.image import imread

from earwitness.errors import MissingExtra
from earwitness.reasonaudio.folder import Benchmark
from earwitness.scores.alignment import (
    NEGATIVE,
    POSITIVE,
    QUERY,
    STEPS,
    Chosen,
    chosen_queries,
    course_to_ideal,
    draw_alignment,
    pictures,
    silhouettes,
    strip,
)
from earwitness.scores.diagnosis import task_means
from earwitness.scores.judged import Judged, judged
from scores.made import made


class Measured(NamedTuple):
    auc: npt.NDArray[np.float64]
    margin: npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def arrays(bench: Benchmark) -> Judged:
    return judged(bench)


def alignment(scores: npt.NDArray[np.float32], arrays: Judged) -> Measured:
    """Return what is measured before anything is moved."""
    found = course_to_ideal(scores, arrays, cosines=False, steps=(0.0,))
    return Measured(found.auc[0], found.margin[0])


def relevance(arrays: Judged) -> npt.NDArray[np.float32]:
    scores = np.zeros((len(arrays.query_ids), len(arrays.clip_ids)), dtype=np.float32)
    scores[arrays.relevant.query, arrays.relevant.clip] = 1.0
    return scores


# --- numbers ---


def orders_of(scores: npt.NDArray[np.float32]) -> Iterator[list[int]]:
    """Yield every order of the clips in which greater scores come first."""
    tied = [np.flatnonzero(scores == level).tolist() for level in np.unique(scores)[::-1]]
    for parts in itertools.product(*map(itertools.permutations, tied)):
        yield list(itertools.chain(*parts))


def obvious_margin(scores: npt.NDArray[np.float32], positives: list[int], negatives: list[int]) -> float:
    """Return the margin as the mean over every order of the tied and every draw of equally many."""
    drawn = min(len(positives), len(negatives))
    draws = list(itertools.product(itertools.combinations(positives, drawn), itertools.combinations(negatives, drawn)))
    margins = [
        min(map(order.index, hard)) - min(map(order.index, mine)) for order in orders_of(scores) for mine, hard in draws
    ]
    return float(np.mean(margins))


@pytest.mark.parametrize("levels", [1, 2, 3, 100])
def test_numbers_agree_with_every_order_of_the_tied(levels: int, rng: np.random.Generator) -> None:
    for n_positives, n_negatives in ((1, 1), (3, 1), (1, 2), (2, 3)):
        clips = rng.permutation(7)
        positives, negatives = clips[:n_positives].tolist(), clips[n_positives : n_positives + n_negatives].tolist()
        scores = rng.integers(0, levels, (1, 7)).astype(np.float32)
        scores[scores == 0] = -np.inf
        scores.setflags(write=False)
        found = alignment(scores, made([positives], [negatives], n_clips=7))
        pairs = [(scores[0, a], scores[0, b]) for a in positives for b in negatives]
        assert found.auc[0] == pytest.approx(np.mean([(a > b) + (a == b) / 2 for a, b in pairs]))
        assert found.margin[0] == pytest.approx(obvious_margin(scores[0], positives, negatives))


def test_guessing_is_worth_a_half_and_no_margin(arrays: Judged, rng: np.random.Generator) -> None:
    shape = len(arrays.query_ids), len(arrays.clip_ids)
    flat = alignment(np.zeros(shape, np.float32), arrays)
    assert flat.auc == pytest.approx(0.5)
    assert flat.margin == pytest.approx(0.0)
    # Though there are far more positives than hard negatives in some queries and fewer in others.
    margins = np.array([alignment(rng.random(shape, np.float32), arrays).margin for _ in range(200)])
    error = margins.std(axis=0, ddof=1) / np.sqrt(len(margins))
    assert np.all(np.abs(margins.mean(axis=0)) < 4.5 * error)


def test_the_oracle_separates_and_its_contrary_confuses(arrays: Judged) -> None:
    right, wrong = (alignment(sign * relevance(arrays), arrays) for sign in (1, -1))
    assert (right.auc == 1.0).all() and (right.margin > 0).all()
    assert (wrong.auc == 0.0).all() and (wrong.margin < 0).all()


def test_a_query_without_hard_negatives_has_no_numbers() -> None:
    arrays = made([[0], [1]], [[1]], n_clips=3, tasks=("Order", "Mix"), task=[0, 1])
    found = alignment(np.array([[3, 2, 1]] * 2, dtype=np.float32), arrays)
    assert (found.auc[0], found.margin[0]) == (1.0, 1.0)
    assert np.isnan([found.auc[1], found.margin[1]]).all()
    assert np.isnan(task_means(found.auc, arrays)[1])


# --- from measured to ideal ---


def unit(vectors: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def embedded(arrays: Judged, rng: np.random.Generator, *, size: int = 8) -> tuple[npt.NDArray, npt.NDArray]:
    """Return unit vectors of all texts and clips: near the queries they answer, hard negatives on every side."""
    texts = unit(rng.standard_normal((len(arrays.query_ids), size)))
    clips = rng.standard_normal((len(arrays.clip_ids), size))
    np.add.at(clips, arrays.relevant.clip, texts[arrays.relevant.query])
    side = rng.choice([-1.0, 1.0], (len(arrays.negatives.clip), 1))
    np.add.at(clips, arrays.negatives.clip, side * texts[arrays.negatives.query])
    return texts.astype(np.float32), unit(clips).astype(np.float32)


@pytest.mark.parametrize("cosines", [False, True])
def test_the_way_begins_at_what_was_measured_and_ends_well(
    cosines: bool, arrays: Judged, rng: np.random.Generator
) -> None:
    texts, clips = embedded(arrays, rng)
    scores = texts @ clips.T
    course, measured = course_to_ideal(scores, arrays, cosines=cosines), alignment(scores, arrays)
    assert (course.steps, course.auc.shape) == (STEPS, (len(STEPS), len(arrays.query_ids)))
    assert np.array_equal(course.auc[0], measured.auc)
    assert np.array_equal(course.margin[0], measured.margin)
    assert (course.auc[-1] == 1.0).all() and (course.margin[-1] > 0).all()
    assert (np.diff(course.auc, axis=0) >= 0).all()


def test_cosines_move_as_the_vectors_do(arrays: Judged, rng: np.random.Generator) -> None:
    texts, clips = embedded(arrays, rng)
    course = course_to_ideal(texts @ clips.T, arrays, cosines=True)
    for step, t in enumerate(STEPS[1:-1], start=1):
        for query in range(0, len(texts), 9):
            text, moved = texts[query].astype(np.float64), clips.astype(np.float64)
            for clip in arrays.relevant.of(query):
                moved[clip] = (1 - t) * moved[clip] + t * text
            for clip in arrays.negatives.of(query):
                rest = moved[clip] - max(0.0, moved[clip] @ text) * text
                moved[clip] = (1 - t) * moved[clip] + t * rest / np.linalg.norm(rest)
            found = alignment((text @ unit(moved).T)[None].astype(np.float32), one_query(arrays, query))
            assert course.auc[step, query] == pytest.approx(found.auc[0])
            assert course.margin[step, query] == pytest.approx(found.margin[0], abs=1e-6)


def one_query(arrays: Judged, query: int) -> Judged:
    return made([arrays.relevant.of(query)], [arrays.negatives.of(query)], n_clips=len(arrays.clip_ids))


@pytest.mark.parametrize("value", [0.0, -np.inf])
def test_even_a_flat_system_can_be_moved(value: float, arrays: Judged) -> None:
    flat = np.full((len(arrays.query_ids), len(arrays.clip_ids)), value, dtype=np.float32)
    course = course_to_ideal(flat, arrays, cosines=False)
    assert course.auc[0] == pytest.approx(0.5)
    assert (course.auc[1:] == 1.0).all()


def test_vectors_that_are_one_or_opposite_can_be_moved() -> None:
    arrays = made([[0, 1]], [[2, 3]], n_clips=4)
    course = course_to_ideal(np.array([[1, -1, 1, -1]], dtype=np.float32), arrays, cosines=True)
    assert np.isfinite(course.auc).all() and np.isfinite(course.margin).all()
    assert course.auc[-1, 0] == 1.0


def test_a_hard_negative_that_is_far_away_stays_there() -> None:
    arrays = made([[0]], [[1]], n_clips=3)
    course = course_to_ideal(np.array([[0.5, -0.5, -0.25]], dtype=np.float32), arrays, cosines=True)
    assert (course.margin[:, 0] == 2.0).all()


# --- silhouettes ---


def test_silhouettes_are_what_they_are_defined_to_be(arrays: Judged, rng: np.random.Generator) -> None:
    _, clips = embedded(arrays, rng)
    found = silhouettes(7 * clips, arrays)
    for query in range(0, len(found), 11):
        both = [arrays.relevant.of(query), arrays.negatives.of(query)]
        values = []
        for mine, others in (both, both[::-1]):
            for clip in mine:
                within, between = (1 - unit(clips)[kind] @ unit(clips)[clip] for kind in (mine, others))
                a = within.sum() / (len(mine) - 1) if len(mine) > 1 else 0.0
                b = between.mean()
                values.append((b - a) / max(a, b) if len(mine) > 1 else 0.0)
        assert found[query] == pytest.approx(np.mean(values), abs=1e-6)


def test_silhouettes_of_two_clusters_of_a_heap_and_of_too_few() -> None:
    arrays = made([[0, 1], [0], [0]], [[2, 3], [1], []], n_clips=4)
    apart = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    assert silhouettes(apart, arrays)[0] == pytest.approx(1.0)
    assert silhouettes(np.ones((4, 2)), arrays)[0] == pytest.approx(0.0)
    assert np.isnan(silhouettes(apart, arrays)[1:]).all()


# --- pictures ---


def test_one_query_of_each_task_is_drawn_by_the_seed(arrays: Judged) -> None:
    chosen = chosen_queries(arrays, rng=np.random.default_rng(1), most=3)
    assert [arrays.tasks[arrays.task[each.query]] for each in chosen] == list(arrays.tasks)
    for each in chosen:
        assert set(each.positives) <= set(arrays.relevant.of(each.query))
        assert set(each.negatives) <= set(arrays.negatives.of(each.query))
        assert 0 < len(each.positives) <= 3 and 0 < len(each.negatives) <= 3
    again, other = (chosen_queries(arrays, rng=np.random.default_rng(seed), most=3) for seed in (1, 2))
    assert [each.query for each in again] == [each.query for each in chosen]
    assert [each.query for each in other] != [each.query for each in chosen]


def test_queries_without_hard_negatives_are_not_drawn() -> None:
    arrays = made([[0], [1], [2]], [[1], [], [0]], n_clips=3, tasks=("Order", "Mix"), task=[0, 0, 1])
    chosen = chosen_queries(arrays, rng=np.random.default_rng(0))
    assert [each.query for each in chosen] == [0, 2]
    assert chosen_queries(made([[0]], n_clips=1), rng=np.random.default_rng(0)) == ()


def test_pictures_hold_queries_answers_and_hard_negatives(arrays: Judged, rng: np.random.Generator) -> None:
    texts, clips = embedded(arrays, rng)
    chosen = chosen_queries(arrays, rng=rng, most=4)
    pca, tsne = pictures(texts, clips, chosen=chosen)
    assert (pca.method, tsne.method) == ("PCA", "t-SNE")
    for picture in (pca, tsne):
        both = np.concatenate((picture.measured, picture.ideal))
        assert np.abs(both).max() == pytest.approx(1.0)
        assert np.array_equal(np.bincount(picture.query), [1 + len(p) + len(n) for _, p, n in chosen])
        assert (picture.clip == -1).tolist() == (picture.role == QUERY).tolist()
        own = picture.measured[picture.role == QUERY][picture.query]
        positive, negative = picture.role == POSITIVE, picture.role == NEGATIVE
        assert picture.ideal[positive] == pytest.approx(own[positive])
        assert np.array_equal(picture.ideal[picture.role == QUERY], picture.measured[picture.role == QUERY])
        assert picture.at(0.0).tolist() == picture.measured.tolist()
        assert picture.at(0.5) == pytest.approx((picture.measured + picture.ideal) / 2)
        measured, ideal = (np.linalg.norm((each - own)[negative], axis=1) for each in (picture.measured, picture.ideal))
        if picture is tsne:
            assert (ideal >= measured - 1e-9).all()
    place = int(np.flatnonzero(pca.role == NEGATIVE)[0])
    assert pca.clip[place] == chosen[0].negatives[0]


def test_pca_keeps_the_distances_of_a_plane(rng: np.random.Generator) -> None:
    angles = rng.uniform(0, 6, 9)
    plane, _ = np.linalg.qr(rng.standard_normal((6, 2)))
    vectors = np.stack((np.cos(angles), np.sin(angles)), axis=1) @ plane.T
    chosen = (Chosen(0, np.arange(4), np.arange(4, 8)),)
    pca, _ = pictures(vectors[:1], vectors[1:], chosen=chosen)
    distances = [np.linalg.norm(points[:, None] - points[None], axis=2) for points in (vectors, pca.measured)]
    scale = distances[1].max() / distances[0].max()
    assert distances[1] == pytest.approx(scale * distances[0], abs=1e-9)


def test_tsne_keeps_neighbours_together(rng: np.random.Generator) -> None:
    arrays = made([[0, 1, 2, 3, 4]], [[5, 6, 7, 8, 9]], n_clips=10)
    clips = np.repeat(np.eye(8)[:2], 5, axis=0) + rng.normal(0, 0.05, (10, 8))
    _, tsne = pictures(np.eye(8)[2:3], clips, chosen=chosen_queries(arrays, rng=rng))
    one, other = (tsne.measured[tsne.role == role] for role in (POSITIVE, NEGATIVE))
    gap = np.linalg.norm(one.mean(axis=0) - other.mean(axis=0))
    assert gap > 1.5 * max(np.linalg.norm(part - part.mean(axis=0), axis=1).max() for part in (one, other))


DRAW = """
import numpy as np
from earwitness.scores.alignment import Chosen, pictures
rng = np.random.default_rng(5)
texts, clips = rng.standard_normal((3, 64)), rng.standard_normal((90, 64))
chosen = [Chosen(q, np.arange(30 * q, 30 * q + 15), np.arange(30 * q + 15, 30 * q + 30)) for q in range(3)]
print(*(picture.measured.tobytes().hex() for picture in pictures(texts, clips, chosen=chosen)))
"""


def test_pictures_are_the_same_in_another_process_with_other_threads() -> None:
    def drawn(threads: int) -> str:
        limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        command = [sys.executable, "-c", DRAW]
        return subprocess.run(command, env={**os.environ, **limits}, check=True, capture_output=True, text=True).stdout

    assert drawn(1) == drawn(2)


@pytest.mark.parametrize(
    ("texts", "clips"),
    [
        (np.ones((1, 4)), np.ones((2, 4))),
        (np.zeros((1, 4)), np.zeros((2, 4))),
        (np.ones((1, 1)), np.array([[1.0], [-1.0]])),
    ],
    ids=["all alike", "no length", "one dimension"],
)
def test_collapsed_embeddings_have_pictures(texts: npt.NDArray, clips: npt.NDArray) -> None:
    for picture in pictures(texts, clips, chosen=(Chosen(0, np.array([0]), np.array([1])),)):
        assert np.isfinite(picture.measured).all() and np.isfinite(picture.ideal).all()


def test_a_strip_shows_scores_in_standard_deviations() -> None:
    arrays = made([[0], [3]], [[1, 2], [0]], n_clips=4)
    scores = np.array([[3, 1, 5, 7], [-np.inf, 2, 4, -np.inf]], dtype=np.float32)
    scores.setflags(write=False)
    found = strip(scores, chosen=chosen_queries(arrays, rng=np.random.default_rng(0)))
    first = np.array([c.query for c in found.chosen]).tolist().index(0)
    mine = found.query == first
    assert found.clip[mine].tolist() == [0, 1, 2]
    assert found.role[mine].tolist() == [POSITIVE, NEGATIVE, NEGATIVE]
    spread = np.std([3, 1, 5, 7])
    assert found.measured[mine, 0] == pytest.approx((np.array([3, 1, 5]) - 4) / spread)
    assert found.ideal[mine, 0] == pytest.approx([3 / spread + 1, -3 / spread, 0.0])
    assert np.array_equal(found.measured[:, 1], found.ideal[:, 1])
    assert np.round(found.measured[mine, 1]).tolist() == [-first] * 3
    assert np.isfinite(found.measured).all(), "what was not retrieved has a place too, below all others"


def test_pictures_are_drawn(arrays: Judged, rng: np.random.Generator, tmp_path: Path) -> None:
    texts, clips = embedded(arrays, rng)
    chosen = chosen_queries(arrays, rng=rng)
    odd = replace(arrays, texts=tuple(f"a $_$ note, {'and more ' * 20}" for _ in arrays.texts))
    draw_alignment(pictures(texts, clips, chosen=chosen), tmp_path / "a.png", judged=odd, title="Toy")
    draw_alignment([strip(texts @ clips.T, chosen=chosen)], tmp_path / "b.png", judged=arrays)
    for name in ("a.png", "b.png"):
        image = imread(tmp_path / name)
        assert image.shape[1] == 1144 and image.shape[0] > 600
        colours = np.unique(image.reshape(-1, image.shape[2]).round(2), axis=0)
        assert len(colours) > 30
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "b.png"], "no unfinished file is left"


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("sklearn.manifold", "Pictures of embeddings needs the package 'sklearn': pip install 'earwitness.report.'"),
        ("sklearn.metrics", "The silhouette of embeddings needs the package 'sklearn'"),
        ("matplotlib.figure", "Drawing the alignment needs the package 'matplotlib'"),
    ],
)
def test_a_missing_extra_is_named(
    module: str, message: str, arrays: Judged, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    texts, clips = embedded(arrays, rng)
    chosen = chosen_queries(arrays, rng=rng)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=message):
        silhouettes(clips, arrays)
        draw_alignment(pictures(texts, clips, chosen=chosen), tmp_path / "a.png", judged=arrays)
