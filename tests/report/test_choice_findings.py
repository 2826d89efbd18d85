"""What the page says of answers is what was counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from earwitness.mmar.chance import critical_count
from earwitness.mmar.items import Item, Items
from earwitness.mmar.marking import VERDICTS, Prediction, marked
from earwitness.mmar.scorecard import Scorecard, scorecard
from earwitness.report import choice_findings as findings
from earwitness.report.choice_findings import ALL, SMALL, Answers
from earwitness.scores.stats import holm, poisson_binomial_test
from report.choices import BAD, answers_to, items_in, knowing


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Items:
    return items_in(tmp_path_factory.mktemp("items"))


@pytest.fixture(scope="module")
def card(items: Items) -> Scorecard:
    given = {each.name: each.predictions for each in answers_to(items) if each.arm in ("", "audio") and not each.order}
    return scorecard(items, given)


def test_a_name_tells_arm_and_order() -> None:
    names = [Answers("m", {}, arm, order).name for arm, order in (("", 0), ("audio", 0), ("text", 0), ("text", 2))]
    assert names == ["m", "m", "m [text]", "m [text, turned by 2]"]
    assert Answers("m", {}, "audio", 1).name == "m [turned by 1]"


def test_bars_of_verdicts_hold_every_item(card: Scorecard, items: Items) -> None:
    rows = findings.verdict_rows(card.systems)
    for system in card.systems:
        mine = [row for row in rows if row["name"] == system.name]
        assert {row["kind"]: round(row["share"] * len(items) / 100) for row in mine} == {
            verdict: n for verdict, n in system.counts.items() if n
        }
        assert sum(row["share"] for row in mine) == pytest.approx(100, abs=0.01)
        assert [row["place"] for row in mine] == sorted(VERDICTS.index(row["kind"]) for row in mine)


def test_cells_are_tested_against_chance_with_a_band(card: Scorecard, items: Items) -> None:
    system = card.systems[0]
    rows = findings.cells(system)
    inner = [row for row in rows if ALL not in (row["layer"], row["modality"])]
    p_values = []
    for row in inner:
        places = [n for n, item in enumerate(items) if (item.layer, item.modality) == (row["layer"], row["modality"])]
        chances = np.array([items.rows[place].chance for place in places])
        right = int(system.marked.right[places].sum())
        assert (row["n"], row["right"]) == (len(places), right)
        assert row["value"] == pytest.approx(100 * right / len(places), abs=0.001)
        assert row["small"] == (len(places) < SMALL)
        high = critical_count(chances, 0.025)
        assert row["high"] == pytest.approx(100 * (1 if high is None else (high - 1) / len(places)), abs=0.001)
        p_values.append(poisson_binomial_test(right, chances))
    assert [row["p"] for row in inner] == pytest.approx(list(holm(p_values)))
    assert sum(row["n"] for row in inner) == len(items)
    for row in rows:
        assert ("▲" in row["label"], "▼" in row["label"]) == (row["standing"] == "above", row["standing"] == "below")
    (corner,) = [row for row in rows if row["layer"] == row["modality"] == ALL]
    assert corner["right"] == system.counts["right"] and corner["standing"] == system.overall.standing


def test_the_board_stands_beside_its_own_items_only(items: Items) -> None:
    assert findings.board_of(items) is None


def test_the_board_is_ranked_with_what_was_measured(shared: Path) -> None:
    from earwitness.mmar.items import read_items

    whole = read_items(shared / "data" / "mmar")
    board = findings.board_of(whole)
    assert board is not None
    card = scorecard(whole, {"half": knowing(whole, 0.5)})
    rows = findings.board_rows(board, card.systems)
    assert len(rows) == 36
    assert [row["value"] for row in rows] == sorted((row["value"] for row in rows), reverse=True)
    (here,) = [row for row in rows if row["source"] == "measured here"]
    assert here["label"] == "half (here)" and here["value"] == pytest.approx(100 * card.systems[0].lowest)
    stands = {row["name"]: row["standing"] for row in rows}
    assert (stands["Gemini 2.5 Pro"], stands["Mellow"], stands["MusiLingo"]) == ("above", "same", "below")


def test_arms_are_compared_with_the_text_alone(items: Items) -> None:
    answers = answers_to(items)
    marks = {
        (each.model, each.arm or "audio"): marked(items, each.predictions, name=each.name)
        for each in answers
        if not each.order
    }
    found = {each.arm: each for each in findings.arm_results(marks)}
    assert list(found) == ["audio", "text", "silence"]
    assert found["text"].pair is None
    pair = found["audio"].pair
    assert pair is not None
    gain = (marks["omni", "audio"].counts["right"] - marks["omni", "text"].counts["right"]) / len(items)
    assert pair.difference.value == pytest.approx(gain)
    assert found["audio"].shortcuts == marks["omni", "text"].counts["right"]
    assert [row["arm"] for row in findings.gain_rows(list(found.values()))] == ["audio", "silence"]


def test_sentences_say_who_leads_and_who_cannot_be_read(card: Scorecard) -> None:
    said = " ".join(findings.reading(card, []))
    assert "omni is right on 80.0\u202f%" in said and "It leads words by" in said
    assert f"{BAD}: 1 unparsed" in said or f"{BAD}: 2 unparsed" in said
    assert "Had all of them been right" in said


def test_an_all_failed_run_claims_nothing(items: Items) -> None:
    failed = {item.id: Prediction(None, error="server: down") for item in items}
    said = findings.reading(scorecard(items, {"x": failed}), [])
    assert said[0] == "No system gave an answer that can be read: nothing was scored."
    assert f"x: {len(items)} error" in said[1]


def test_a_system_below_chance_is_told_why() -> None:
    rows = tuple(Item(f"i{n}", "?", ("a", "b"), 0) for n in range(40))
    items = Items(Path("x"), "0", rows)
    wrong = {item.id: Prediction("ANSWER: B") for item in rows}
    said = " ".join(findings.reading(scorecard(items, {"x": wrong}), []))
    assert "x is below chance (p < 0.001). Almost all of its answers could be read" in said


def test_agreement_of_extractors_is_whole(card: Scorecard) -> None:
    rows = findings.agreement_rows(card.systems[0])
    own = {(row["row"], row["column"]): row["value"] for row in rows}
    assert all(value == 100 for (a, b), value in own.items() if a == b)
    assert all(own[a, b] == own[b, a] for a, b in own)


def test_items_that_name_no_layer_are_one_cell() -> None:
    items = Items(Path("x"), "0", tuple(Item(f"i{n}", "?", ("a", "b"), 0) for n in range(3)))
    card = scorecard(items, {"x": {}})
    rows = findings.cells(card.systems[0])
    assert {(row["layer"], row["modality"], row["n"], row["right"]) for row in rows} == {
        ("none", "none", 3, 0),
        (ALL, ALL, 3, 0),
    }
