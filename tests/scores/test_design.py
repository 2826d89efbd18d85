"""Which values are related, against matrices that are written out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.scores.design import Design

RESTS_ON = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 12)), max_size=30)


@given(RESTS_ON)
def test_values_that_rest_on_the_same_thing_are_related(rests_on: list[tuple[int, int]]) -> None:
    things = [{thing for value, thing in rests_on if value == each} for each in range(9)]
    expected = [[bool(things[a] & things[b]) or a == b for b in range(9)] for a in range(9)]
    assert np.array_equal(Design.of(rests_on, n=9).related.toarray(), expected)


@given(RESTS_ON)
def test_families_are_related_to_the_very_same_values(rests_on: list[tuple[int, int]]) -> None:
    design = Design.of(rests_on, n=9)
    rows = design.related.toarray()
    alike = [[np.array_equal(a, b) for b in rows] for a in rows]
    assert np.array_equal(design.family[:, None] == design.family, alike)
    assert np.array_equal(design.families.toarray(), alike)


@given(RESTS_ON, st.sets(st.integers(0, 8), min_size=1))
def test_some_values_have_the_design_that_they_would_have_alone(
    rests_on: list[tuple[int, int]], members: set[int]
) -> None:
    places = sorted(members)
    design = Design.of(rests_on, n=9, strata=np.arange(9) % 3).among(places)
    alone = [(places.index(value), thing) for value, thing in rests_on if value in members]
    again = Design.of(alone, n=len(places), strata=np.array(places) % 3)
    assert np.array_equal(design.related.toarray(), again.related.toarray())
    assert np.array_equal(design.stratum, again.stratum)
    mask = np.isin(np.arange(9), places)
    assert np.array_equal(
        Design.of(rests_on, n=9).among(mask).related.toarray(), Design.of(rests_on, n=9).among(places).related.toarray()
    )


def test_clusters_hang_together_through_others() -> None:
    """0 and 2 share nothing, but both share with 1; 3 is alone."""
    chain = Design.of([(0, 7), (1, 7), (1, 8), (2, 8)], n=4)
    assert chain.related.toarray().tolist() == [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
    assert chain.n_clusters == 2
    assert len(np.unique(chain.family)) == 4
    assert chain.n_alike == pytest.approx(16 / 8)  # 8 of 16 pairs are related


@pytest.mark.parametrize("n_strata", [1, 3])
def test_the_traces_are_those_of_the_matrices(n_strata: int, rng: np.random.Generator) -> None:
    n = 40
    strata = np.arange(n) % n_strata
    design = Design.of(np.column_stack((rng.integers(0, n, 60), rng.integers(0, 30, 60))), n=n, strata=strata)
    assert (design.related.toarray() != design.families.toarray()).any()
    same = strata[:, None] == strata
    means_away = np.eye(n) - same / same.sum(axis=1)
    own_share = (same & (design.family[:, None] == design.family)).sum(axis=1) / same.sum(axis=1)
    weigh = np.diag(design.weight / np.sqrt(1 - own_share))
    assert design.weight == pytest.approx(1 / (n_strata * same.sum(axis=1)))
    forms = ((design.form, design.related), (design.form_of_families, design.families))
    for form, related in forms:
        matrix = means_away @ weigh @ related.toarray() @ weigh @ means_away
        assert form.own == pytest.approx(np.trace(matrix))
        assert form.freedom == pytest.approx(np.trace(matrix) ** 2 / np.trace(matrix @ matrix))


def test_values_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="There are 3 values, numbered from 0; got 1 to 3"):
        Design.of([(1, 0), (3, 0)], n=3)
    with pytest.raises(ValueError, match=r"must be as many, got shape \(2,\)"):
        Design.of([], n=3, strata=[0, 1])


def test_a_design_of_nothing() -> None:
    nothing: npt.NDArray[np.intp] = np.zeros((0, 2), dtype=np.intp)
    design = Design.of(nothing, n=0)
    assert len(design) == design.n_clusters == len(design.family) == 0
