"""Told from chance: by counting every case, by the published study's own numbers, and by how often it is wrong."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.mmar.board import COLUMNS, RANDOM_GUESS
from earwitness.mmar.chance import (
    FAMILIES,
    against_chance,
    critical_count,
    detectable_accuracy,
    groups_of,
    source_design,
    standing,
)
from earwitness.mmar.items import Items, read_items
from earwitness.scores.stats import count_distribution
from mmar.made import items_of

# Group, number of items, what guessing earns, and the lowest share right that is above chance: one-sided at 5 %, and
# with Bonferroni's correction for its family.
STUDY = {
    None: [("all", 1000, 29.3, 31.8, 31.8)],
    "layer": [
        ("Signal Layer", 43, 32.9, 46.5, 51.2),
        ("Perception Layer", 404, 27.2, 31.2, 32.4),
        ("Semantic Layer", 412, 31.4, 35.2, 36.7),
        ("Cultural Layer", 141, 28.4, 35.5, 37.6),
    ],
    "modality": [
        ("speech", 294, 31.5, 36.1, 38.4),
        ("music", 206, 25.9, 31.6, 34.0),
        ("sound", 165, 29.4, 35.8, 38.8),
        ("mix-sound-speech", 218, 29.3, 34.9, 37.2),
        ("mix-sound-music", 11, 25.0, 54.5, 72.7),
    ],
}


@pytest.fixture(scope="module")
def mmar(shared: Path) -> Items:
    return read_items(shared / "data" / "mmar")


def by_counting(chances: list[float]) -> list[float]:
    """How probable each number right is, by writing out every way of being right and wrong."""
    ways = [0.0] * (len(chances) + 1)
    for right in itertools.product((False, True), repeat=len(chances)):
        ways[sum(right)] += math.prod(p if yes else 1 - p for p, yes in zip(chances, right, strict=True))
    return ways


@pytest.mark.parametrize("by", STUDY, ids=str)
def test_the_critical_accuracies_are_those_of_the_study(mmar: Items, by: str | None) -> None:
    found = {row.name: row for row in against_chance(np.zeros(len(mmar), dtype=bool), mmar, by=by)}
    for name, n, chance, critical, corrected in STUDY[by]:
        row = found[name]
        assert row.n == n
        assert round(100 * row.chance, 1) == chance
        assert round(100 * row.critical, 1) == critical
        assert round(100 * row.critical_corrected, 1) == corrected


def test_what_is_detectable_in_the_smallest_layer_is_far_from_chance(mmar: Items) -> None:
    (signal, *_) = against_chance(np.zeros(len(mmar), dtype=bool), mmar, by="layer")
    assert (signal.name, round(100 * signal.detectable, 1)) == ("Signal Layer", 58.6)


def test_chance_by_modality_is_the_boards_row_of_guessing(mmar: Items) -> None:
    everywhere = np.ones(len(mmar), dtype=bool)
    rows = (*against_chance(everywhere, mmar), *against_chance(everywhere, mmar, by="modality"))
    assert [row.name for row in rows] == list(COLUMNS)
    assert {row.name: round(100 * row.chance, 1) for row in rows} == RANDOM_GUESS


def test_every_item_is_in_a_group_of_each_family(mmar: Items) -> None:
    for by in FAMILIES:
        groups = groups_of(mmar, by)
        assert set(np.concatenate(list(groups.values()))) == set(range(len(mmar)))
        total = sum(map(len, groups.values()))
        assert total > len(mmar) if by == "language" else total == len(mmar)


def test_an_item_counts_in_each_of_its_languages_and_in_none_without() -> None:
    items = items_of([4] * 4, language=["zh|en", "en", "", "en|zh|zh"])
    assert {name: places.tolist() for name, places in groups_of(items, "language").items()} == {
        "en": [0, 1, 3],
        "zh": [0, 3],
        "none": [2],
    }


@given(st.lists(st.sampled_from([2, 3, 4, 6]), min_size=1, max_size=9), st.data())
def test_p_values_are_those_of_counting_every_case(choices: list[int], data: st.DataObject) -> None:
    items = items_of(choices)
    right = data.draw(st.lists(st.booleans(), min_size=len(choices), max_size=len(choices)))
    (row,) = against_chance(np.array(right), items)
    ways = by_counting([1 / n for n in choices])
    count = sum(right)
    assert row.p == pytest.approx(min(1.0, 2 * min(sum(ways[count:]), sum(ways[: count + 1]))))
    assert row.bonferroni == row.holm == row.p
    assert row.standing == standing(count / len(choices), row.chance, p=row.p, alpha=0.05)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=9), st.floats(0.001, 0.5), st.booleans())
def test_critical_counts_are_the_first_that_are_rare(chances: list[float], alpha: float, above: bool) -> None:
    ways = by_counting(chances)
    found = critical_count(chances, alpha, above=above)
    tail = [sum(ways[k:] if above else ways[: k + 1]) for k in range(len(ways))]
    rare = [k for k, p in enumerate(tail) if p <= alpha]
    near = any(abs(p - alpha) < 1e-12 for p in tail)
    assert near or found == ((min(rare) if above else max(rare)) if rare else None)


@given(st.lists(st.sampled_from([2, 3, 4, 5]), min_size=1, max_size=60), st.sampled_from([0.05, 0.01]))
@settings(max_examples=40)
def test_a_detectable_accuracy_is_found_with_its_power_and_a_lower_one_is_not(choices: list[int], alpha: float) -> None:
    chances = np.array([1 / n for n in choices])
    found = detectable_accuracy(chances, alpha)
    needed = critical_count(chances, alpha / 2)
    if needed is None:
        assert math.isnan(found)
        return
    assert chances.mean() < found <= 1.0
    knows = (found - chances.mean()) / (1 - chances.mean())
    power = [count_distribution(chances + s * (1 - chances))[needed:].sum() for s in (knows - 1e-3, knows + 1e-3)]
    assert power[0] < 0.8 < power[1] or (found > 0.999 and power[0] < 0.8)


def test_what_happens_just_as_often_as_alpha_is_rare_enough() -> None:
    assert critical_count([0.5], 0.5) == 1 and critical_count([0.5], 0.49) is None
    assert critical_count([0.5, 0.5], 0.25, above=False) == 0
    assert standing(1.0, 0.5, p=0.05, alpha=0.05) == "above" and standing(0.0, 0.5, p=0.05, alpha=0.05) == "below"


def test_holm_decides_and_never_finds_less_than_bonferroni() -> None:
    """Four layers of which three are far above chance: the fourth needs no correction any more."""
    layers = ["a", "b", "c", "d"]
    items = items_of([4] * 160, layer=[layers[number // 40] for number in range(160)])
    right = np.concatenate([np.arange(40) < count for count in (38, 37, 36, 17)])
    rows = against_chance(right, items, by="layer")
    last = rows[3]
    assert last.p < 0.05 < last.bonferroni
    assert last.holm == last.p and last.standing == "above"
    assert all(row.p <= row.holm <= row.bonferroni for row in rows)


def test_below_chance_is_told_too() -> None:
    (row,) = against_chance(np.zeros(100, dtype=bool), items_of([4] * 100))
    assert row.standing == "below" and 0 < row.p < 1e-10
    assert row.accuracy.value == 0.0 and 0.0 < row.accuracy.high < 0.1


def test_all_right_has_a_p_value_above_zero() -> None:
    (row,) = against_chance(np.ones(1000, dtype=bool), items_of([4] * 1000))
    assert row.standing == "above" and 0.0 < row.p < 1e-300


def test_a_group_too_small_to_tell_anything_says_so() -> None:
    (row,) = against_chance(np.array([True, True]), items_of([4, 2]))
    assert row.standing == "same"
    assert math.isnan(row.critical) and math.isnan(row.critical_corrected) and math.isnan(row.detectable)


def test_the_interval_knows_of_shared_sources() -> None:
    """Fifty recordings, each asked about four times with the same outcome, are fifty observations."""
    outcome = np.repeat(np.arange(50) % 2 == 0, 4)
    apart = against_chance(outcome, items_of([4] * 200))[0]
    together = against_chance(outcome, items_of([4] * 200, sources=[f"{n // 4}" for n in range(200)]))[0]
    assert together.accuracy.clusters == 50
    assert together.accuracy.se == pytest.approx(2 * apart.accuracy.se, rel=0.02)
    assert together.p == apart.p


def test_items_that_name_no_source_are_not_related() -> None:
    items = items_of([4] * 30, sources=["", "", "item-0", *[f"s{n}" for n in range(27)]])
    assert source_design(items).n_clusters == 30


def test_guessing_is_told_from_chance_no_more_often_than_alpha(mmar: Items, rng: np.random.Generator) -> None:
    """A thousand guessers: at most 5 % of them have any modality away from chance, and not next to none."""
    chances = np.array([item.chance for item in mmar])
    groups = groups_of(mmar, "modality")
    bounds = {
        name: (
            critical_count(chances[places], 0.05 / 14, above=True),
            critical_count(chances[places], 0.05 / 14, above=False),
        )
        for name, places in groups.items()
    }
    guessed = rng.random((1000, len(mmar))) < chances
    found = np.zeros(1000, dtype=bool)
    for name, places in groups.items():
        counts, (high, low) = guessed[:, places].sum(axis=1), bounds[name]
        found |= (counts >= (math.inf if high is None else high)) | (counts <= (-1 if low is None else low))
    assert 0.01 < found.mean() <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 1000)


@pytest.mark.parametrize(
    ("right", "options", "message"),
    [
        ([True], {}, r"one bool for each of 2 items; got bool of shape \(1,\)"),
        ([1, 0], {}, "got int64"),
        ([True, False], {"by": "colour"}, "layer, modality, sub-category, language; got 'colour'"),
        ([True, False], {"alpha": 5.0}, "Alpha must lie between 0 and 1; got 5.0"),
    ],
)
def test_what_cannot_be_tested_is_refused(right: list[bool], options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        against_chance(right, items_of([2, 4]), **options)
