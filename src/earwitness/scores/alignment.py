"""How a system lays a query, the clips that answer it and its hard negatives beside each other: numbers and pictures.

Conventions
-----------
The *positives* of a query are all clips that are relevant to it, its *hard negatives* those that were planned to break
one clause. A query without hard negatives has no numbers here: NaN. Scores are float32, shape (n_queries, n_clips), as
``measures.checked`` gives them; ``-inf``, "not retrieved", stands below every score and ties with itself.

Numbers, one for each query
---------------------------
``auc``         how often a positive scores above a hard negative, over all such pairs, ties half: Mann and Whitney's
                U over n1 n2; range 0 to 1, one half by chance
``margin``      the rank of the best hard negative less the rank of the best positive, in clips of the whole corpus;
                above 0 an answer is found first. The more there are of a kind, the better its best one is by luck
                alone; so of the more numerous kind as many are drawn as there are of the other. It is the expected
                value over all draws and over all orders of the tied; 0 by chance
``silhouette``  how far positives and hard negatives are two clusters in the space of the clips, by cosine distance,
                whatever the query (Rousseeuw 1987); range -1 to 1, 0 where they are mixed

From measured to ideal
----------------------
For a query the positives and the hard negatives are moved step by step to where they should be, along straight lines,
and all other clips stay. In a space of embeddings the ideal place of a positive is the query itself; that of a hard
negative is where it stands, without what it has in common with the query. Both lines are then made unit vectors
again. Where there are only scores, the ideal score of a positive is one standard deviation above the best clip, and
that of a hard negative is the median of all clips, or its own where that is lower.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import import_extra
from earwitness.records import atomic_path
from earwitness.scores.diagnosis import places_before_first
from earwitness.scores.judged import Judged
from earwitness.systems.base import Scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "NEGATIVE",
    "POSITIVE",
    "QUERY",
    "ROLES",
    "STEPS",
    "Chosen",
    "Course",
    "Picture",
    "chosen_queries",
    "course_to_ideal",
    "draw_alignment",
    "pictures",
    "silhouettes",
    "strip",
]

ROLES = ("query", "positive", "hard negative")
"""What a point of a picture is; a role is a place here."""
QUERY, POSITIVE, NEGATIVE = range(len(ROLES))
STEPS = tuple(step / 10 for step in range(11))
"""How far from measured (0) to ideal (1)."""

_Values = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.intp]

# Okabe and Ito's colours, which the colour-blind tell apart as well.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_SCORES = "scores"


# --- numbers ---


@dataclass(frozen=True)
class Course:
    """The numbers on the way from measured to ideal; ``diagnosis.task_means`` averages those of one step."""

    steps: tuple[float, ...]
    """How far: 0 is measured, 1 is ideal."""
    auc: _Values
    """The AUC of each query at each step, shape (n_steps, n_queries); NaN without hard negatives."""
    margin: _Values
    """The rank margin of each query at each step, shape (n_steps, n_queries)."""


def course_to_ideal(scores: Scores, judged: Judged, *, cosines: bool, steps: Sequence[float] = STEPS) -> Course:
    """Measure AUC and rank margin, of any system, while each query's clips are moved to where they should be.

    Parameters
    ----------
    scores
        Of all queries and clips.
    judged
        The benchmark.
    cosines
        Whether the scores are the cosines of embeddings, so that what moves are vectors; else the scores move.
    steps
        How far, 0 to 1.
    """
    t = np.asarray(steps, dtype=np.float64)[:, None]
    auc, margin = np.full((2, len(t), len(scores)), np.nan)
    for query in np.flatnonzero(judged.negatives.count).tolist():
        row = _finite(scores[query])
        mine, hard = judged.relevant.of(query), judged.negatives.of(query)
        if cosines:
            positives = _moved(row[mine], t, goal=np.ones(len(mine)), way=row[mine])
            # Without what it has in common, of a hard negative sqrt(1 - common ** 2) is left: its cosine with itself.
            common = np.clip(row[hard], 0.0, 1.0)
            negatives = _moved(row[hard], t, goal=row[hard] - common, way=np.sqrt(1.0 - common**2))
        else:
            best, ordinary = row.max() + _spread(row), np.minimum(row[hard], np.median(row))
            positives, negatives = (1.0 - t) * row[mine] + t * best, (1.0 - t) * row[hard] + t * ordinary
        auc[:, query] = _auc(positives, negatives)
        others = np.sort(np.delete(row, np.concatenate((mine, hard))))
        margin[:, query] = _best_rank(negatives, positives, others) - _best_rank(positives, negatives, others)
    return Course(tuple(steps), auc, margin)


def _spread(row: _Values) -> float:
    """Return the standard deviation of some scores, or 1 where they are all alike."""
    return float(np.std(row)) or 1.0


def _finite(row: Scores) -> _Values:
    """Return one query's scores as finite numbers: clips that were not retrieved stand below all others, alike."""
    retrieved = row > -np.inf
    if not retrieved.any():
        return np.zeros(len(row))
    known = row[retrieved].astype(np.float64)
    return np.where(retrieved, row, known.min() - _spread(known))


def _moved(cosines: _Values, t: _Values, *, goal: _Values, way: _Values) -> _Values:
    """Return the cosines of clips with a query on the way to where they should be, shape (n_steps, n_clips).

    ``goal`` are their cosines with it there, ``way`` the cosines between where they are and where they should be.
    """
    moved: _Values = ((1.0 - t) * cosines + t * goal) / _length(way, t)
    return moved


def _length(cosines: _Values, t: _Values) -> _Values:
    """Return how long the mean of two unit vectors is, weighted with 1 - t and t, given their cosine.

    Opposite vectors cancel half-way; there the cosine is 0, as that of two unrelated vectors.
    """
    squared = (1.0 - t) ** 2 + t**2 + 2.0 * t * (1.0 - t) * cosines
    length: _Values = np.sqrt(np.maximum(squared, np.finfo(np.float64).tiny))
    return length


def _auc(positives: _Values, negatives: _Values) -> _Values:
    """Return for each step how often a positive scores above a negative; both are of shape (n_steps, n)."""
    above, below = positives[:, :, None], negatives[:, None, :]
    auc: _Values = np.mean((above > below) + 0.5 * (above == below), axis=(1, 2))
    return auc


def _best_rank(of: _Values, against: _Values, others: _Values) -> _Values:
    """Return for each step the expected rank of the best of some clips, the first clip having rank 1.

    Of clips that are more than those they are set against, as many are drawn. ``others`` are ascending.
    """
    of = -np.sort(-of, axis=1)
    own_above, own_reached = _counts(of, of)
    rival_above, rival_reached = _counts(of, against)
    above = own_above + rival_above + len(others) - np.searchsorted(others, of, "right")
    reached = own_reached + rival_reached + len(others) - np.searchsorted(others, of, "left")
    # Of n tied clips, h of them among these, the i-th of the h is expected at place i (n + 1) / (h + 1).
    place, number = np.arange(of.shape[1]) - own_above + 1, own_reached - own_above
    rank = above + place * (reached - above + 1.0) / (number + 1.0)
    drawn = min(of.shape[1], against.shape[1])
    chances = places_before_first(drawn, passed=of.shape[1] - drawn)
    best: _Values = np.sum(rank[:, : len(chances)] * chances, axis=1)
    return best


def _counts(of: _Values, among: _Values) -> tuple[_Ints, _Ints]:
    """Return how many of some clips score above each of these, and how many at least as high, step by step."""
    mine, theirs = of[:, :, None], among[:, None, :]
    return np.count_nonzero(theirs > mine, axis=2), np.count_nonzero(theirs >= mine, axis=2)


def silhouettes(clip_vectors: npt.NDArray[np.floating], judged: Judged) -> _Values:
    """Return how far the positives and the hard negatives of each query are two clusters, by cosine distance.

    Parameters
    ----------
    clip_vectors
        The embedding of each clip, shape (n_clips, d).
    judged
        The benchmark.

    Returns
    -------
    numpy.ndarray
        Shape (n_queries,), -1 to 1; NaN where there are no hard negatives, or one of each kind only.

    Raises
    ------
    MissingExtra
        When scikit-learn is not installed.
    """
    metrics = import_extra("sklearn.metrics", extra="report", feature="The silhouette of embeddings")
    vectors = _unit(clip_vectors)
    values = np.full(len(judged.query_ids), np.nan)
    enough = (judged.negatives.count > 0) & (judged.negatives.count + judged.relevant.count > 2)
    for query in np.flatnonzero(enough).tolist():
        clips = np.concatenate((judged.relevant.of(query), judged.negatives.of(query)))
        kinds = np.arange(len(clips)) < judged.relevant.count[query]
        distance = np.clip(1.0 - vectors[clips] @ vectors[clips].T, 0.0, 2.0)
        np.fill_diagonal(distance, 0.0)  # scikit-learn wants it exact
        values[query] = metrics.silhouette_score(distance, kinds, metric="precomputed")
    return values


def _unit(vectors: npt.NDArray[np.floating]) -> _Values:
    """Return vectors at length 1; one without length stays as it is."""
    exact = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(exact, axis=1, keepdims=True)
    return exact / np.where(length > 0, length, 1.0)


# --- pictures ---


class Chosen(NamedTuple):
    """A query of a picture, with the clips that are drawn of it."""

    query: int
    """The number of the query."""
    positives: _Ints
    """Some of the clips that are relevant to it."""
    negatives: _Ints
    """Some of its hard negatives."""


@dataclass(frozen=True)
class Picture:
    """Points in the plane, measured and ideal; between them they move along straight lines."""

    method: str
    """``"PCA"``, ``"t-SNE"`` or ``"scores"``."""
    chosen: tuple[Chosen, ...]
    """The queries whose points these are."""
    query: _Ints
    """The query of each point, as a place in ``chosen``; shape (n_points,)."""
    clip: _Ints
    """The number of each point's clip; -1 for a query itself."""
    role: _Ints
    """What each point is, as a place in ``ROLES``."""
    measured: _Values
    """Where each point is, shape (n_points, 2). PCA and t-SNE: measured and ideal points together fill [-1, 1].
    Scores: standard deviations from the mean of the query's scores, and one line for each query downwards from 0."""
    ideal: _Values
    """Where it should be, shape (n_points, 2). PCA: the projection of its ideal vector. t-SNE keeps no directions, so
    there it is drawn: positives on the query, hard negatives straight away from it."""

    def at(self, t: float) -> _Values:
        """Return the points between measured (0) and ideal (1)."""
        between: _Values = (1.0 - t) * self.measured + t * self.ideal
        return between


def chosen_queries(judged: Judged, *, rng: np.random.Generator, number: int = 5, most: int = 20) -> tuple[Chosen, ...]:
    """Draw queries with hard negatives at random, one of each task in turn.

    Parameters
    ----------
    judged
        The benchmark.
    rng
        The source of chance.
    number
        How many; fewer where there are fewer.
    most
        How many clips of each kind are drawn of a query at most.
    """
    shuffled = rng.permutation(np.flatnonzero(judged.negatives.count))
    of_task = [list(shuffled[judged.task[shuffled] == task]) for task in range(len(judged.tasks))]
    turns = [queries[turn] for turn in range(number) for queries in of_task if turn < len(queries)]

    def some(clips: _Ints) -> _Ints:
        return np.sort(rng.permutation(clips)[:most])

    return tuple(
        Chosen(int(query), some(judged.relevant.of(query)), some(judged.negatives.of(query)))
        for query in turns[:number]
    )


def _points(chosen: Sequence[Chosen]) -> tuple[_Ints, _Ints, _Ints]:
    """Return query, clip and role of each point: for each query itself, its positives, its hard negatives."""
    rows = [
        (place, clip, role)
        for place, (_, positives, negatives) in enumerate(chosen)
        for role, clips in ((QUERY, (-1,)), (POSITIVE, positives), (NEGATIVE, negatives))
        for clip in clips
    ]
    query, clip, role = np.array(rows, dtype=np.intp).reshape(-1, 3).T
    return query, clip, role


def pictures(
    text_vectors: npt.NDArray[np.floating], clip_vectors: npt.NDArray[np.floating], *, chosen: Sequence[Chosen]
) -> tuple[Picture, Picture]:
    """Draw queries and their clips into the plane, by PCA and by t-SNE; the same input gives the same points.

    Parameters
    ----------
    text_vectors
        The embedding of each query, shape (n_queries, d).
    clip_vectors
        The embedding of each clip, shape (n_clips, d).
    chosen
        The queries, as ``chosen_queries`` returns them; at least one.

    Raises
    ------
    MissingExtra
        When scikit-learn is not installed.
    """
    manifold = import_extra("sklearn.manifold", extra="report", feature="Pictures of embeddings")
    query, clip, role = _points(chosen)
    own = _unit(text_vectors[[each.query for each in chosen]])[query]
    vectors = np.where((role == QUERY)[:, None], own, _unit(clip_vectors[clip]))
    common = np.maximum(np.sum(vectors * own, axis=1, keepdims=True), 0.0)
    ideal = np.where((role == NEGATIVE)[:, None], _unit(vectors - common * own), own)
    centre, axes = vectors.mean(axis=0), _principal_axes(vectors)
    pca, pca_ideal = (vectors - centre) @ axes, (ideal - centre) @ axes
    # Started from the PCA, as scikit-learn does by default, but exactly and without chance.
    start = pca / (np.std(pca[:, 0]) or 1.0) * 1e-4
    few = min(30.0, (len(vectors) - 1) / 3)
    tsne = manifold.TSNE(init=start, perplexity=few, method="exact", random_state=0).fit_transform(vectors)
    points = tuple(chosen), query, clip, role
    return (
        Picture("PCA", *points, *_scaled(pca, pca_ideal)),
        Picture("t-SNE", *points, *_scaled(tsne, _drawn_ideal(tsne, query, role))),
    )


def _principal_axes(vectors: _Values) -> _Values:
    """Return the two directions in which vectors differ most, shape (d, 2); each points to its largest part."""
    found = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)[2][:2]
    found *= np.sign(np.take_along_axis(found, np.abs(found).argmax(axis=1)[:, None], axis=1))
    # Vectors of one dimension have but one direction.
    axes: _Values = np.pad(found.T, ((0, 0), (0, 2 - len(found))))
    return axes


def _scaled(measured: _Values, ideal: _Values) -> tuple[_Values, _Values]:
    """Shift and scale both alike, in both directions alike, so that together they fill [-1, 1]."""
    both = np.concatenate((measured, ideal)).astype(np.float64)
    centre = (both.max(axis=0) + both.min(axis=0)) / 2
    half = float(np.abs(both - centre).max()) or 1.0
    return (measured - centre) / half, (ideal - centre) / half


def _drawn_ideal(measured: _Values, query: _Ints, role: _Ints) -> _Values:
    """Return positives on their query, and hard negatives in their direction but half the picture's width away."""
    own = measured[role == QUERY][query]
    way = measured - own
    distance = np.linalg.norm(way, axis=1, keepdims=True)
    far = float(np.ptp(measured, axis=0).max()) / 2
    direction = np.where(distance > 0, way / np.where(distance > 0, distance, 1.0), (1.0, 0.0))
    ideal: _Values = np.where((role == NEGATIVE)[:, None], own + direction * np.maximum(distance, far), own)
    return ideal


def strip(scores: Scores, *, chosen: Sequence[Chosen]) -> Picture:
    """Draw the scores of queries' clips onto one line for each query: for systems that have no embeddings.

    Parameters
    ----------
    scores
        Of all queries and clips.
    chosen
        The queries, as ``chosen_queries`` returns them.
    """
    query, clip, role = _points(chosen)
    query, clip, role = (column[role != QUERY] for column in (query, clip, role))
    measured, ideal = np.empty((2, len(query)))
    for place, each in enumerate(chosen):
        row = _finite(scores[each.query])
        row = (row - row.mean()) / _spread(row)
        mine = query == place
        own = row[clip[mine]]
        measured[mine] = own
        ideal[mine] = np.where(role[mine] == POSITIVE, row.max() + _spread(row), np.minimum(own, np.median(row)))
    # Positives a little above the line and hard negatives below it, so that neither hides the other.
    line = -query + np.where(role == POSITIVE, 0.15, -0.15)
    both = (np.stack((values, line), axis=1) for values in (measured, ideal))
    return Picture(_SCORES, tuple(chosen), query, clip, role, *both)


def draw_alignment(pictures: Sequence[Picture], path: Path, *, judged: Judged, title: str = "") -> None:
    """Draw pictures of the same queries beside each other into a PNG, as measured.

    Parameters
    ----------
    pictures
        One or more.
    path
        The file to write.
    judged
        The benchmark: what the queries ask.
    title
        What stands over all of it.

    Raises
    ------
    MissingExtra
        When matplotlib is not installed.
    """
    figure_module = import_extra("matplotlib.figure", extra="report", feature="Drawing the alignment")
    lines_module = import_extra("matplotlib.lines", extra="report", feature="Drawing the alignment")
    chosen = pictures[0].chosen
    width = 5.2 * max(2, len(pictures))
    said = [_said(judged, each.query, letters=int(12 * width)) for each in chosen]
    n_lines = sum(text.count("\n") + 1 for text in said)
    figure = figure_module.Figure(figsize=(width, 5.6 + 0.2 * n_lines), layout="constrained", dpi=110)
    for axes, picture in zip(figure.subplots(1, len(pictures), squeeze=False)[0], pictures, strict=True):
        _draw_picture(axes, picture, judged)
    shown = sorted({int(role) for picture in pictures for role in picture.role})
    roles = [lines_module.Line2D([], [], linestyle="", label=ROLES[role], **_style(role, "#555555")) for role in shown]
    queries = [
        lines_module.Line2D([], [], linestyle="", markersize=8, label=text, marker="s", color=_colour(place))
        for place, text in enumerate(said)
    ]
    for handles, at, heading in ((roles, "outside upper left", title), (queries, "outside lower left", "")):
        figure.legend(
            handles=handles, loc=at, title=heading, ncols=len(ROLES) if handles is roles else 1,
            fontsize=9, frameon=False, alignment="left", title_fontproperties={"weight": "bold", "size": 11},
        )  # fmt: skip
    with atomic_path(path) as partial:
        figure.savefig(partial, format="png")


def _colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]


def _said(judged: Judged, query: int, *, letters: int) -> str:
    """Return a query's task and text in lines of at most so many letters."""
    said = f"{judged.tasks[judged.task[query]]}: {judged.texts[query]}"
    # A dollar sign would begin a formula.
    return textwrap.fill(said, letters).replace("$", r"\$")


def _style(role: int, colour: str) -> dict[str, Any]:
    """Return how a point looks: a cross stays visible upon the light disc that it may share its place with."""
    if role == QUERY:
        return {"marker": "*", "markerfacecolor": colour, "markeredgecolor": "black", "markersize": 17}
    if role == POSITIVE:
        return {"marker": "o", "markerfacecolor": f"{colour}55", "markeredgecolor": colour, "markersize": 8}
    return {"marker": "x", "markeredgecolor": colour, "markeredgewidth": 1.8, "markersize": 6.5}


def _draw_picture(axes: Axes, picture: Picture, judged: Judged) -> None:
    # The queries come last, for they must not be hidden.
    for role in (POSITIVE, NEGATIVE, QUERY):
        for place in range(len(picture.chosen)):
            points = picture.measured[(picture.role == role) & (picture.query == place)]
            axes.plot(points[:, 0], points[:, 1], linestyle="", zorder=3, **_style(role, _colour(place)))
    axes.set_title(picture.method if picture.method != _SCORES else "Scores", fontsize=10, loc="left")
    if picture.method == _SCORES:
        axes.set_xlabel("standard deviations from the query's mean score", fontsize=9)
        axes.grid(axis="x", alpha=0.3)
        lines = range(len(picture.chosen))
        tasks = [judged.tasks[judged.task[each.query]] for each in picture.chosen]
        axes.set_yticks([-place for place in lines], labels=tasks)
        for place in lines:
            axes.axhline(-place, color=_colour(place), linewidth=0.8, alpha=0.5, zorder=1)
    else:
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.08)
    for side in axes.spines.values():
        side.set_color("#bbbbbb")
    axes.tick_params(labelsize=8, colors="#555555")
