"""Where items are by what was heard and what was answered, and what a rubric says of a system."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from earwitness.mmar.errormap import MISSING, PAPER, PLACES, error_map
from earwitness.mmar.items import Items
from earwitness.mmar.marking import Mark, Marked, Prediction
from earwitness.mmar.rubriccard import rubric_card
from earwitness.mmar.rubrics import Judged, Judging, judge
from mmar.judges import Judge, judged_items, points_reply


def _given(folder: Path, *points: str, sources: list[str] | None = None) -> Judged:
    """Return what raters gave: of each item the points of each rater, as in "11010 11000"; "?" is unreadable."""
    items = judged_items(len(points), sources=sources)
    wrote = {item.id: Prediction("x", reasoning=f"<{item.id}>") for item in items}

    def rater(number: int) -> Judge:
        def says(text: str) -> str:
            (place,) = [place for place in range(len(points)) if f"<item-{place}>" in text]
            given = points[place].split()[number]
            return given if given == "?" else points_reply([int(each) for each in given])

        return Judge(f"rater {number}", says)

    raters = [rater(number) for number in range(len(points[0].split()))]
    return judge(items, wrote, raters, out=folder, judging=Judging(jobs=1, tries=1))


def _verdicts(items: Items, *verdicts: str) -> Marked:
    marks = {"right": Mark("right", 0), "wrong": Mark("wrong", 1)}
    return Marked("it", items, "robust", tuple(marks.get(each, Mark(each, None)) for each in verdicts))


def test_every_item_has_its_place(tmp_path: Path) -> None:
    # Two points are for what is heard, then one for knowledge, one for reasoning, one for the answer.
    judged = _given(tmp_path, "11111", "11001", "00111", "00000", "11111", "?", "?")
    found = error_map(
        judged, _verdicts(judged.items, "right", "wrong", "right", "wrong", "unparsed", "right", "missing")
    )
    assert found.place == (
        "heard and reasoned",
        "heard but failed to reason",
        "right for the wrong reason",
        "not heard",
        "no answer",
        "not judged",
        "no answer",
    )
    assert set(found.place) <= set(PLACES)
    assert sum(share.value for share in found.shares.values()) == pytest.approx(1)
    assert found.shares["no answer"].value == pytest.approx(2 / 7)
    assert all(share.low <= share.value <= share.high for share in found.shares.values())
    assert all(share.n == 7 for share in found.shares.values())


@pytest.mark.parametrize(
    ("points", "any", "half", "all"),
    [
        ("11000", True, True, True),
        ("10000", True, True, False),
        ("01000", True, True, False),
        ("00111", False, False, False),
    ],
)
def test_how_much_must_be_heard_is_said(tmp_path: Path, points: str, any: bool, half: bool, all: bool) -> None:
    judged = _given(tmp_path, points)
    for line, heard in (("any", any), ("half", half), ("all", all)):
        found = error_map(judged, _verdicts(judged.items, "right"), heard=line)
        assert found.place == (("heard and reasoned",) if heard else ("right for the wrong reason",))
        assert found.others[line]["heard and reasoned"] == float(heard)
    with pytest.raises(ValueError, match="any, half, all"):
        error_map(judged, _verdicts(judged.items, "right"), heard="most")


def test_a_point_counts_that_more_than_half_of_the_raters_gave(tmp_path: Path) -> None:
    judged = _given(tmp_path, "11000 00000", "11000 11000")
    assert error_map(judged, _verdicts(judged.items, "right", "right")).place == (
        "right for the wrong reason",
        "heard and reasoned",
    )


def test_a_wrong_answer_is_told_by_what_it_lacked_first(tmp_path: Path) -> None:
    judged = _given(tmp_path, "00000", "11000", "11100", "11111", "11110", "11111", "?", "11111", "11111")
    verdicts = ("wrong", "wrong", "wrong", "wrong", "wrong", "refused", "wrong", "right", "error")
    found = error_map(judged, _verdicts(judged.items, *verdicts))
    assert found.missing == (
        *("perception", "knowledge", "reasoning", "other", "other", "other", "not judged"),
        *("", ""),
    )
    assert set(found.wrong) == set(MISSING)
    assert found.wrong["other"].value == pytest.approx(3 / 7)
    assert sum(share.value for share in found.wrong.values()) == pytest.approx(1)
    assert found.wrong["perception"].n == 7, "the wrong answers alone"


def test_the_papers_split_is_the_one_that_it_reports() -> None:
    assert [round(100 * PAPER[name]) for name in ("perception", "reasoning", "knowledge", "other")] == [37, 20, 9, 34]


def test_who_is_never_wrong_lacks_nothing(tmp_path: Path) -> None:
    judged = _given(tmp_path, "11111", "00000")
    assert error_map(judged, _verdicts(judged.items, "right", "right")).wrong == {}


def test_the_gate_is_shown_apart(tmp_path: Path) -> None:
    judged = _given(tmp_path, "11111", "11000", "10000", "?")
    card = rubric_card(judged, _verdicts(judged.items, "right", "wrong", "right", "right"))
    assert card.ungated.score.value == pytest.approx((1 + 0.4 + 0.2 + 0) / 4)
    assert card.gated.score.value == pytest.approx((1 + 0 + 0.2 + 0) / 4)
    assert card.extractor == "robust"
    # What no rater judged earned nothing, and what it might have earned is told.
    assert card.ungated.highest == pytest.approx((1 + 0.4 + 0.2 + 1) / 4)
    assert card.gated.highest == pytest.approx((1 + 0 + 0.2 + 1) / 4)
    assert card.ungated.score.n == 4


def test_points_are_told_by_what_they_are_for_and_by_place(tmp_path: Path) -> None:
    judged = _given(tmp_path, "11000 10000", "10001 10001")
    card = rubric_card(judged, _verdicts(judged.items, "wrong", "right"))
    kinds = {row.name: row for row in card.kinds}
    assert {name: row.criteria for name, row in kinds.items()} == {
        "perception": 4,
        "knowledge": 2,
        "reasoning": 2,
        "answer": 2,
    }
    assert kinds["perception"].given == pytest.approx((1 + 0.5 + 1 + 0) / 4)
    assert kinds["answer"].given == pytest.approx(0.5)
    assert [row.given for row in card.places] == pytest.approx([1.0, 0.25, 0.0, 0.0, 0.5])
    assert kinds["answer"].agreement.alpha == 1.0
    assert math.isnan(kinds["knowledge"].agreement.alpha), "all marks are alike"
    assert card.agreement.units == 10
    assert card.agreement.same == pytest.approx(0.9)


def test_items_of_one_source_make_the_interval_wider(tmp_path: Path) -> None:
    points = ["11111", "00000"] * 12
    pairs = [f"source {place // 2 % 12}" for place in range(24)]
    related = [f"source {place % 2}-{place // 4}" for place in range(24)]
    alone, together = (
        rubric_card(judged, _verdicts(judged.items, *["right"] * 24))
        for judged in (
            _given(tmp_path / "a", *points, sources=pairs),
            _given(tmp_path / "b", *points, sources=related),
        )
    )
    width = [card.ungated.score.high - card.ungated.score.low for card in (alone, together)]
    assert width[1] > width[0]
    assert together.ungated.bootstrap.high - together.ungated.bootstrap.low > 0.2
    assert alone.ungated.bootstrap == pytest.approx((0.5, 0.5)), "each source is half right"


def test_the_same_seed_gives_the_same_card(tmp_path: Path) -> None:
    judged = _given(tmp_path, "11000 10000", "10001 10011", "00111 01110")
    marked = _verdicts(judged.items, "wrong", "right", "right")
    first, second = rubric_card(judged, marked, seed=4), rubric_card(judged, marked, seed=4)
    assert (first.gated, first.agreement, first.map.shares) == (second.gated, second.agreement, second.map.shares)
