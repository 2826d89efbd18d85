"""The published board: its data against the page that it is from, and the standings that the study found."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import BenchmarkError
from earwitness.mmar.board import (
    ALSO_CREDITED,
    BOARD,
    CHOICE_COUNTS,
    COLUMNS,
    RANDOM_GUESS,
    SECTIONS,
    WITHIN,
    Recomputed,
    also_credited,
    choice_counts,
    recomputed,
)
from earwitness.mmar.items import Items, read_items
from earwitness.mmar.official import official_matches
from earwitness.scores.stats import count_distribution, holm, poisson_binomial_test

NOT_TOLD = {
    *("SALMONN", "Qwen2-Audio", "Qwen2-Audio-Instruct", "Audio Flamingo", "GAMA"),
    *("Audio-CoT", "Mellow", "OpenOmni"),
}
BELOW = {
    *("Qwen-Audio-Chat", "Audio Flamingo 2 0.5B", "Audio Flamingo 2 1.5B", "Audio Flamingo 2 3B"),
    *("LTU", "LTU-AS", "GAMA-IT", "MU-LLaMA", "MusiLingo", "AnyGPT-chat"),
}


@pytest.fixture(scope="module")
def mmar(shared: Path) -> Items:
    return read_items(shared / "data" / "mmar")


@pytest.fixture(scope="module")
def board() -> Recomputed:
    return recomputed(None)


def test_the_rows_are_those_of_the_published_page(shared: Path) -> None:
    section, rows, guessing = "", [], []
    for line in (shared / "research" / "mmar_leaderboard.md").read_text(encoding="utf-8").splitlines():
        cells = [re.sub(r"[^\x00-\x7f]", "", cell).strip() for cell in line.strip().strip("|").split("|")]
        if found := re.match(r"\*\*.*\((\w+)s\)\*\*", cells[0]):
            section = found[1]
        elif len(cells) == 11 and re.fullmatch(r"[\d.]+", cells[3]):
            percent = tuple(map(float, cells[3:]))
            if section:
                rows.append((section, cells[0], cells[1].strip("-"), "✅" in line, percent))
            else:
                guessing.append(percent)
    assert len(rows) == 35
    assert rows == [
        (row.section, row.system, row.size, row.is_open, tuple(row.percent[name] for name in COLUMNS)) for row in BOARD
    ]
    assert guessing == [tuple(RANDOM_GUESS.values())]
    assert {row.section for row in BOARD} == set(SECTIONS)
    assert len({row.label for row in BOARD}) == 35


def test_the_kept_numbers_of_choices_are_those_of_the_metadata(mmar: Items, board: Recomputed) -> None:
    assert choice_counts(mmar) == CHOICE_COUNTS
    assert also_credited(mmar) == ALSO_CREDITED
    assert recomputed(mmar) == board
    assert recomputed(mmar, scorer="official") == recomputed(None, scorer="official")


def test_the_standings_are_those_of_the_study(board: Recomputed) -> None:
    assert board.columns["all"].lowest_above == 0.337
    assert board.columns["all"].highest_below == 0.251
    for correction in ("holm", "bonferroni", "one-sided"):
        assert board.counts("all", correction=correction) == {"above": 17, "same": 8, "below": 10}
    standings = {row.published.label: row.cells["all"].standing for row in board.rows}
    assert {name for name, each in standings.items() if each == "same"} == NOT_TOLD
    assert {name for name, each in standings.items() if each == "below"} == BELOW
    p = {row.published.label: row.cells["all"].p / 2 for row in board.rows}  # the study's are one-sided
    assert p["SALMONN"] == pytest.approx(0.008, abs=0.0005)
    assert p["MusiLingo"] == pytest.approx(5e-75, rel=0.05)


def test_every_test_is_the_exact_one_of_the_items(mmar: Items, board: Recomputed) -> None:
    chances = {name: [item.chance for item in mmar if name in ("all", item.modality)] for name in COLUMNS}
    for row in board.rows[::6]:
        for name, cell in row.cells.items():
            assert cell.n == len(chances[name])
            assert cell.p == pytest.approx(poisson_binomial_test(cell.right, chances[name]), rel=1e-9)


def test_a_row_at_the_bound_is_beyond_it(mmar: Items) -> None:
    """For alphas between the levels at which each row's own number right is the bound."""
    chances = [item.chance for item in mmar]
    for right, above in ((251, False), (237, False), (328, True), (368, True)):
        ways = count_distribution(chances)
        tail = float(ways[right:].sum() if above else ways[: right + 1].sum())
        found = recomputed(None, alpha=min(35 * tail * (1 + 1e-9), 0.999))
        bound = found.columns["all"].lowest_above if above else found.columns["all"].highest_below
        assert bound == right / 1000
        counts = found.counts("all", correction="one-sided")
        rows = [row.cells["all"].right for row in found.rows]
        expected = sum(each >= right for each in rows) if above else sum(each <= right for each in rows)
        assert counts["above" if above else "below"] == expected


@pytest.mark.parametrize("family", WITHIN)
def test_corrections_count_what_they_say(family: str) -> None:
    found = recomputed(None, family=family)
    for section in SECTIONS:
        for name in COLUMNS:
            mine = [row for row in found.rows if family != "section" or row.published.section == section]
            columns = COLUMNS if family == "table" else (name,)
            p = [row.cells[column].p for row in mine for column in columns]
            cells = [row.cells[column] for row in mine for column in columns]
            assert [cell.holm for cell in cells] == holm(p).tolist()
            assert [cell.bonferroni for cell in cells] == np.minimum(np.array(p) * len(p), 1.0).tolist()
    assert found.columns["all"].family == {"board": 35, "section": 18, "table": 280}[family]


def test_the_percentages_of_the_modalities_add_up(board: Recomputed) -> None:
    assert all(row.adds_up for row in board.rows)
    assert [row.published.label for row in board.rows if not row.fits] == ["Qwen3-Omni-Thinking"]
    kinds = [row.cells[name].rounding for row, name in board.misfits]
    assert (kinds.count("none"), kinds.count("twice")) == (2, 11)
    for row in board.rows:
        for cell in row.cells.values():
            exact = 100 * cell.right / cell.n
            assert abs(exact - cell.percent) <= 0.5 * 100 / cell.n + 1e-9  # no number of items is nearer
            assert (cell.rounding == "once") == (abs(exact - cell.percent) < 0.05 + 1e-9)


def test_the_official_scorer_is_kinder_to_guesses(mmar: Items, board: Recomputed) -> None:
    official = recomputed(None, scorer="official")
    guessed = [
        np.mean([item.gold in official_matches(choice, item.choices) for choice in item.choices]) for item in mmar
    ]
    assert official.columns["all"].chance == pytest.approx(np.mean(guessed))
    assert official.columns["all"].chance > board.columns["all"].chance
    assert official.counts("all") == board.counts("all")


def test_items_of_another_benchmark_are_refused(mmar: Items) -> None:
    short = dataclasses.replace(mmar, rows=mmar.rows[1:])
    with pytest.raises(
        BenchmarkError, match=r"does not hold the items of MMAR's board: it has 205 of 'music' instead of 206"
    ):
        recomputed(short)
    odd = dataclasses.replace(mmar.rows[0], modality="smell")
    with pytest.raises(BenchmarkError, match=r"1 of 'smell' instead of 0"):
        recomputed(dataclasses.replace(mmar, rows=(odd, *mmar.rows[1:])))


def test_other_choices_change_what_guessing_earns(mmar: Items, board: Recomputed) -> None:
    """If every item had four choices, some rows would stand otherwise."""
    four = tuple(dataclasses.replace(item, choices=tuple(f"{n}" for n in range(4)), gold=0) for item in mmar.rows)
    found = recomputed(dataclasses.replace(mmar, rows=four))
    assert found.columns["all"].chance == 0.25
    assert found.counts("all")["above"] > board.counts("all")["above"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "all"}, "family is one of board, section, table; got 'all'"),
        ({"scorer": "mine"}, "scorer is one of exact, official; got 'mine'"),
        ({"alpha": 0}, "Alpha must lie between 0 and 1; got 0"),
    ],
)
def test_options_that_there_are_not_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recomputed(None, **options)


def test_a_correction_that_there_is_not_is_refused(board: Recomputed) -> None:
    with pytest.raises(ValueError, match="holm, bonferroni or one-sided; got 'none'"):
        board.counts("all", correction="none")
