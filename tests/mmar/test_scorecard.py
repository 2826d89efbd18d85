"""A score says how it came about: every item counts, and what the number hides is told beside it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from earwitness.mmar.answers import EXTRACTORS
from earwitness.mmar.chance import against_chance
from earwitness.mmar.items import Items, read_items
from earwitness.mmar.marking import VERDICTS, Prediction, marked
from earwitness.mmar.predictions import read_predictions
from earwitness.mmar.scorecard import Scorecard, scorecard
from earwitness.mmar.tables import score_tables, sentences, verdict_table
from mmar.exam import IDS, changed, exam, write_lines

MIXED = {
    IDS[0]: Prediction("a cat"),
    IDS[1]: Prediction("A"),
    IDS[2]: Prediction("it is hard to say"),
    IDS[4]: Prediction(None, error="timeout"),
}


@pytest.fixture(scope="module")
def published(shared: Path) -> Scorecard:
    items = read_items(shared / "data" / "mmar")
    files = sorted((shared / "data" / "mmar" / "predictions").iterdir())
    return scorecard(items, {path.stem: read_predictions(path, items).by_id for path in files[:3]})


@pytest.fixture
def items(tmp_path: Path) -> Items:
    return exam(tmp_path)


def test_the_denominator_is_every_item(items: Items) -> None:
    (score,) = scorecard(items, {"mixed": MIXED}).systems
    assert score.counts == dict(zip(VERDICTS, (1, 1, 1, 1, 0, 1), strict=True))
    assert (score.n_scored, score.n_unreadable) == (2, 3)
    assert (score.lowest, score.highest, score.coverage) == pytest.approx((1 / 5, 4 / 5, 3 / 5))
    assert (score.overall.n, score.overall.right, score.overall.accuracy.value) == (5, 1, pytest.approx(0.2))
    assert score.overall.accuracy.clusters == 4


def test_half_a_file_keeps_the_denominator(shared: Path, tmp_path: Path) -> None:
    items = read_items(shared / "data" / "mmar")
    whole = shared / "data" / "mmar" / "predictions" / "text.jsonl"
    half = tmp_path / "half.jsonl"
    half.write_text("".join(whole.read_text(encoding="utf-8").splitlines(keepends=True)[:500]), encoding="utf-8")
    full, part = scorecard(
        items, {path.stem: read_predictions(path, items).by_id for path in (whole, half)}, extractor="official"
    ).systems
    assert part.counts["missing"] == 500 and part.coverage == pytest.approx(0.5)
    assert part.overall.n == 1_000
    assert part.overall.accuracy.value == part.lowest == part.counts["right"] / 1_000 < full.lowest
    assert part.counts["right"] == int(full.marked.right[:500].sum())


def test_groups_are_those_that_the_items_name(items: Items, tmp_path: Path) -> None:
    (score,) = scorecard(items, {"mixed": MIXED}).systems
    assert list(score.groups) == ["layer", "modality", "sub-category", "language"]
    for family, groups in score.groups.items():
        expected = against_chance(score.marked.right, items, by=family)
        assert [(each.name, each.n, each.right, each.p) for each in groups] == [
            (each.name, each.n, each.right, each.p) for each in expected
        ]
    rows = [{name: row[name] for name in ("id", "question", "choices", "answer")} for row in changed(0)]
    bare = read_items(write_lines(tmp_path / "bare.jsonl", rows))
    (unnamed,) = scorecard(bare, {"mixed": MIXED}).systems
    assert unnamed.groups == {}
    assert unnamed.counts == score.counts


def test_every_extractor_marks_the_same_answers(published: Scorecard) -> None:
    for score in published.systems:
        assert list(score.by_extractor) == list(EXTRACTORS)
        assert score.by_extractor["robust"] is score.marked
        n = len(published.items)
        for name, card in score.by_extractor.items():
            given = [each.verdict for each in card.marks]
            again = score.by_extractor[name]
            assert sum(card.counts.values()) == n and card.marks == again.marks
            row = score.agreement[list(EXTRACTORS).index(name)]
            for other, agreeing in zip(score.by_extractor.values(), row, strict=True):
                assert agreeing == sum(a == b.verdict for a, b in zip(given, other.marks, strict=True)) / n
        rights = [card.counts["right"] for card in score.by_extractor.values()]
        assert score.spread == pytest.approx((max(rights) - min(rights)) / n)


def test_items_whose_verdict_depends_on_the_extractor_are_named(published: Scorecard) -> None:
    letters = next(score for score in published.systems if score.name == "letter")
    # A bare letter is an answer to whoever reads letters, and none to the official script.
    assert (
        letters.by_extractor["letter"].counts["right"] > 500 and letters.by_extractor["official"].counts["right"] == 0
    )
    assert len(letters.dependent) > 990
    for score in published.systems:
        agreed = [item.id for item in published.items if item.id not in set(score.dependent)]
        for name in agreed:
            at = list(published.items.by_id).index(name)
            assert len({card.marks[at].verdict for card in score.by_extractor.values()}) == 1
        assert set(score.disputed) <= set(score.dependent)


def test_an_answer_in_the_other_order_is_disputed(tmp_path: Path) -> None:
    items = exam(tmp_path)
    (score,) = scorecard(items, {"turned": {IDS[4]: Prediction("right to left")}}).systems
    assert score.disputed == score.dependent == (IDS[4],)
    assert score.by_extractor["official"].counts["right"] == 1 and score.by_extractor["robust"].counts["right"] == 0


def test_systems_are_compared_in_pairs_and_the_seed_decides_the_draws(published: Scorecard) -> None:
    names = [score.name for score in published.systems]
    assert [(pair.first, pair.second) for pair in published.pairs] == [
        (names[0], names[1]),
        (names[0], names[2]),
        (names[1], names[2]),
    ]
    some = dataclasses.replace(published.items, rows=published.items.rows[:80])
    given = {
        name: {item.id: Prediction(item.choices[(at % n == 0) - 1]) for at, item in enumerate(some)}
        for name, n in (("one", 2), ("other", 3))
    }
    first, again, other = (scorecard(some, given, seed=seed).pairs for seed in (1, 1, 2))
    assert first == again
    assert first[0].bootstrap != other[0].bootstrap and first[0].p == other[0].p


def test_an_extractor_that_is_none_is_refused(items: Items) -> None:
    with pytest.raises(ValueError, match="no extractor 'psychic'"):
        scorecard(items, {"mixed": MIXED}, extractor="psychic")


def test_all_of_it_is_json(published: Scorecard, items: Items) -> None:
    for card in (published, scorecard(items, {"mixed": MIXED, "none": {}})):
        value = json.loads(json.dumps(card.to_json(), allow_nan=False))
        assert value["benchmark"]["items"] == len(card.items)
        assert value["extractor"] == {"name": "robust", "version": EXTRACTORS["robust"].version}
        for told, score in zip(value["systems"], card.systems, strict=True):
            assert told["counts"] == dict(score.counts)
            assert told["accuracy"]["accuracy"]["value"] == score.lowest
            assert told["bounds"] == {"lowest": score.lowest, "highest": score.highest}
            assert [row["name"] for row in told["groups"]["layer"]] == [row.name for row in score.groups["layer"]]
            assert told["extractors"]["official"]["counts"] == dict(score.by_extractor["official"].counts)
            assert told["dependent"] == list(score.dependent)
        assert len(value["pairs"]) == len(card.pairs) == len(card.systems) * (len(card.systems) - 1) // 2


def test_tables_hold_what_the_card_holds(published: Scorecard) -> None:
    tables = {table.title: table for table in score_tables(published, families=("layer", "language"))}
    assert list(tables) == [
        "Right, by 'robust'",
        "Right % by layer",
        "Right % by language",
        "Right % by extractor",
        "Which is right more often",
    ]
    counts = verdict_table(published)
    assert counts.title == "1,000 items" and counts.head == ("system", *VERDICTS, "came %")
    for score, row in zip(published.systems, counts.rows, strict=True):
        assert row == (score.name, *score.counts.values(), f"{100 * score.coverage:.1f}")
    for score, row in zip(published.systems, tables["Right, by 'robust'"].rows, strict=True):
        assert row[1] == f"{100 * score.lowest:.1f}" and row[3] == "29.3" and row[5] == f"{100 * score.highest:.1f}"
    for at, row in enumerate(tables["Right % by layer"].rows):
        for score, cell in zip(published.systems, row[3:], strict=True):
            group = score.groups["layer"][at]
            assert row[:2] == (group.name, group.n)
            assert cell == f"{100 * group.accuracy.value:.1f} {dict(above='+', same=' ', below='-')[group.standing]}"
    for name, row in zip(EXTRACTORS, tables["Right % by extractor"].rows, strict=True):
        rights = [score.by_extractor[name].counts["right"] for score in published.systems]
        assert row == (name, *(f"{right / 10:.1f}" for right in rights))
    for pair, row in zip(published.pairs, tables["Which is right more often"].rows, strict=True):
        assert row[:3] == (f"{pair.first} / {pair.second}", pair.n_first_only, pair.n_second_only)
    assert all(len(row) == len(table.head) for table in tables.values() for row in table.rows)


def test_one_system_is_told_of_at_length(items: Items) -> None:
    tables = list(score_tables(scorecard(items, {"mixed": MIXED}), families=("modality",)))
    assert [table.title for table in tables] == ["Right, by 'robust'", "By modality", "By extractor, %"]
    assert [row[0] for row in tables[1].rows] == ["sound", "music", "speech"]
    assert [row[-1] for row in tables[1].rows] == ["same"] * 3
    assert [row[0] for row in tables[2].rows] == list(EXTRACTORS)
    assert tables[2].rows[-1][-1] == "100.0"
    assert list(score_tables(scorecard(items, {}), families=("modality",))) == []


def test_what_small_groups_can_tell_is_said(published: Scorecard, items: Items) -> None:
    (score, *_) = published.systems
    (table,) = [
        table
        for table in score_tables(dataclasses.replace(published, systems=(score,), pairs=()), families=("layer",))
        if table.title == "By layer"
    ]
    place = table.head.index("finds %")
    assert [row[place] for row in table.rows] == [f"{100 * each.detectable:.1f}" for each in score.groups["layer"]]
    small = list(score_tables(scorecard(items, {"mixed": MIXED}), families=("modality",)))[1]
    assert [row[place] for row in small.rows] == ["-"] * 3


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (1.0, "known is above chance: 100.0 % right, more than the 29.3 % that guessing earns."),
        (0.3, "known cannot be told from chance: 30.0 % right, the 29.3 % that guessing earns."),
        (0.1, "known is below chance: 10.0 % right, less than the 29.3 % that guessing earns."),
    ],
)
def test_a_sentence_says_how_a_system_stands_to_chance(published: Scorecard, share: float, said: str) -> None:
    items = published.items
    given = {
        item.id: Prediction(item.answer if at < share * len(items) else item.choices[item.gold - 1])
        for at, item in enumerate(items)
    }
    (score,) = scorecard(items, {"known": given}, extractor="official-fixed").systems
    told = list(sentences(score))
    assert told[0].startswith(said)
    assert not any(sentence.startswith("warning") for sentence in told)


def test_a_warning_says_when_the_format_is_measured(published: Scorecard) -> None:
    items = published.items
    for n_unread, warned in ((50, False), (51, True)):
        given = {item.id: Prediction(item.answer if at >= n_unread else "hm") for at, item in enumerate(items)}
        (score,) = scorecard(items, {"mute": given}, extractor="official").systems
        assert score.n_unreadable == n_unread
        found = [sentence for sentence in sentences(score) if sentence.startswith("warning")]
        assert bool(found) == warned
    assert found == [
        "warning: 5.1 % of the items of mute were not answered with a choice (51 unparsed, 0 refused, 0 error, 0 "
        "missing). This measures the format, not the hearing: had those all been right, it would be 100.0 %."
    ]


def test_a_run_that_failed_altogether_has_nothing_to_measure(items: Items) -> None:
    card = scorecard(items, {"failed": dict.fromkeys(IDS, Prediction(None, error="timeout"))})
    assert card.systems[0].n_scored == 0
    assert next(sentences(card.systems[0])).startswith("failed: 0 scored.")
    assert list(score_tables(card, families=("modality",))) == []
    both = scorecard(items, {"failed": {}, "mixed": MIXED})
    assert all("failed" not in str(table) for table in score_tables(both, families=("modality",)))
    (wrong,) = scorecard(items, {"wrong": {IDS[1]: Prediction("Yes")}}).systems
    assert (wrong.n_scored, wrong.lowest) == (1, 0.0)
    assert next(sentences(wrong)).startswith("wrong cannot be told from chance: 0.0 % right")
    assert card.systems[0].marked == marked(items, {name: Prediction(None, error="x") for name in IDS}, name="failed")
