"""What a point of a rubric is for: rules, and how often they are right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.mmar.cues import KINDS, Kind, coverage, kind_of, kinds_of
from earwitness.mmar.items import Criterion, Item, Items, read_items
from mmar.made import items_of

LABELS = Path(__file__).parent / "cue_labels.json"


@pytest.fixture(scope="module")
def published(shared: Path) -> Items:
    return read_items(shared / "data" / "mmar")


def _kind(name: str, done: str) -> Kind:
    return kind_of(Criterion(name, f"Award 1 point if the test-taker {done}", "why it is asked"))


@pytest.mark.parametrize(
    ("name", "done", "kind"),
    [
        ("Cue Identification: Owls", "identifies the call of an owl.", ("perception", "name")),
        ("Sound Identification", "recognizes the saw.", ("perception", "name")),
        ("Instrument Identification", "recognizes the oboe.", ("perception", "name")),
        ("Accent Recognition", "hears a Scottish accent.", ("perception", "name")),
        ("Number of knocks", "counts four knocks.", ("perception", "text")),
        ("Cultural Knowledge", "links the tune to a harvest feast.", ("knowledge", "name")),
        ("Professional Terminology", "recognizes terms of surgeons.", ("knowledge", "name")),
        ("Use of the Term", "uses knowledge of sailing.", ("knowledge", "text")),
        ("Integration of Multiple Cues", "combines the bell and the shout.", ("reasoning", "name")),
        ("Contextual Interpretation", "takes the pause as doubt.", ("reasoning", "name")),
        ("Elimination of Distractors", "eliminates the other places.", ("reasoning", "text")),
        ("The tone of it", "infers that she is annoyed.", ("reasoning", "text")),
        ("Speech Tone", "recognizes that the tone implies doubt.", ("reasoning", "text")),
        ("Final Answer Selection", "selects 'the harbour' as the final answer.", ("answer", "text")),
        ("Correct Conclusion", "ends at the harbour.", ("answer", "name")),
    ],
)
def test_a_point_is_told_by_its_name_or_its_text(name: str, done: str, kind: tuple[str, str]) -> None:
    assert _kind(name, done) == kind


def test_what_is_done_outweighs_what_it_is_called() -> None:
    assert _kind("Cue Identification", "selects 'a fox' as the answer.") == ("answer", "text")
    assert _kind("Sound Recognition", "rules out the train.") == ("reasoning", "text")
    # To select cues is no choice of an answer, and neither is attention that is selective.
    assert _kind("Selective Attention", "notes the whistle.").kind == "perception"


def test_to_be_looked_for_in_the_condition_only() -> None:
    criterion = Criterion("Whistle", "Choose 1 if the test-taker notices the whistle.", "")
    assert kind_of(criterion) == ("perception", "text")


def test_what_no_rule_knows_is_not_forced_into_a_kind() -> None:
    assert _kind("Flurb", "blorks the grump.") == ("other", "")
    assert kind_of(Criterion("", "", "")) == ("other", "")


def test_names_are_read_whatever_their_case() -> None:
    assert _kind("CUE IDENTIFICATION", "IDENTIFIES IT.") == _kind("cue identification", "identifies it.")


def test_coverage_counts_every_criterion_once() -> None:
    rubric = tuple(
        Criterion(name, f"Award 1 point if the test-taker {done}", "")
        for name, done in [("Cue Identification", "identifies it."), ("Flurb", "blorks."), ("It", "selects 'a'.")]
    )
    plain = Item("x", "?", ("a", "b"), 0, rubric=rubric)
    found = coverage(Items(Path("made.jsonl"), "", (plain, Item("y", "?", ("a", "b"), 0))))
    assert found.criteria == 3
    assert found.items == 1
    assert found.by == {"name": 1, "text": 1, "other": 1}
    assert found.kinds == {"perception": 1, "knowledge": 0, "reasoning": 0, "answer": 1, "other": 1}
    assert found.without == {"perception": 0, "knowledge": 1, "reasoning": 1, "answer": 0, "other": 0}
    assert kinds_of(plain)[1].kind == "other"


def test_a_benchmark_without_rubrics_has_no_criteria() -> None:
    found = coverage(items_of([2, 2]))
    assert (found.criteria, found.items) == (0, 0)


def test_nearly_every_criterion_of_mmar_has_a_kind(published: Items) -> None:
    found = coverage(published)
    assert (found.items, found.criteria) == (1_000, 5_000)
    assert sum(found.by.values()) == sum(found.kinds.values()) == 5_000
    assert found.by["other"] == found.kinds["other"] <= 10
    assert found.kinds["perception"] > 2_000
    # Nearly every item asks for something that is heard: the error map has a place for it.
    assert found.without["perception"] <= 10
    assert set(found.kinds) == set(KINDS)


def test_of_two_hundred_that_were_read_one_by_one_nine_in_ten_are_put_right(published: Items) -> None:
    """Drawn at random from items that were not looked at while the rules were written; each read with its verdict."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    pairs = [
        (kind_of(published.by_id[name].rubric[int(place)]).kind, kind)
        for name, places in labels.items()
        for place, kind in places.items()
    ]
    assert len(pairs) == 200
    assert sum(found == kind for found, kind in pairs) >= 180
