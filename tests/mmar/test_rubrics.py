"""Raters and what they gave: nothing judged twice, nothing filled in, and what cannot be read is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import BenchmarkError, SystemFault
from earwitness.mmar.agreement import UNMARKED
from earwitness.mmar.marking import Prediction
from earwitness.mmar.raters import open_raters
from earwitness.mmar.rubrics import STATES, Judging, judge, requests_for, trimmed_mean
from earwitness.systems.chat import Settings
from mmar.judges import Judge, failing, judged_items, keyword, lenient, points_reply, strict
from mmar.made import items_of

ITEMS = judged_items(4)
GIVEN = {
    "item-0": Prediction("choice 0", reasoning="A bell and gulls, a harbour."),
    "item-1": Prediction("choice 1", reasoning="I hear a bell."),
    "item-2": Prediction(None, reasoning=""),
}
NO_PROGRESS = Judging(jobs=1)


def _raters(*says: Callable[[str], str]) -> list[Judge]:
    return [Judge(f"{each.__name__} {number}", each) for number, each in enumerate(says, start=1)]


def test_points_are_kept_apart_by_rater_and_criterion(tmp_path: Path) -> None:
    found = judge(ITEMS, GIVEN, _raters(strict, lenient, keyword), out=tmp_path, judging=NO_PROGRESS)
    assert found.raters == ("strict 1", "lenient 2", "keyword 3")
    assert found.marks[0].tolist() == [[0] * 5, [1] * 5, [1, 1, 0, 0, 0]]
    assert found.points[0] == pytest.approx([2 / 3, 2 / 3, 1 / 3, 1 / 3, 1 / 3])
    assert found.share[:2] == pytest.approx([(0 + 1 + 0.4) / 3, (0 + 1 + 0.2) / 3])
    assert found.grounds(1)[0] == ("ground 1", "ground 2", "ground 3", "ground 4", "ground 5")


def test_who_gave_nothing_earned_nothing_and_nobody_is_asked(tmp_path: Path) -> None:
    raters = _raters(lenient)
    found = judge(ITEMS, GIVEN, raters, out=tmp_path, judging=NO_PROGRESS)
    assert found.states == (("judged", "judged", "nothing", "nothing"),)
    assert len(raters[0].asked) == 2
    assert found.share[2:].tolist() == [0.0, 0.0]
    assert found.judged.tolist() == [True] * 4
    assert found.points[2].tolist() == [0.0] * 5
    assert (found.marks[2] == UNMARKED).all(), "no rater has marked it: agreement must not count it"


def test_nothing_is_judged_twice(tmp_path: Path) -> None:
    first = judge(ITEMS, GIVEN, _raters(strict, lenient), out=tmp_path, judging=NO_PROGRESS)
    again = _raters(strict, lenient)
    second = judge(ITEMS, GIVEN, again, out=tmp_path, judging=NO_PROGRESS)
    assert [each.asked for each in again] == [[], []]
    assert second.rulings == first.rulings


def test_only_what_was_written_anew_is_judged_anew(tmp_path: Path) -> None:
    judge(ITEMS, GIVEN, _raters(keyword), out=tmp_path, judging=NO_PROGRESS)
    changed = GIVEN | {"item-1": Prediction("choice 1", reasoning="I hear gulls.")}
    raters = _raters(keyword)
    found = judge(ITEMS, changed, raters, out=tmp_path, judging=NO_PROGRESS)
    assert len(raters[0].asked) == 1
    assert found.marks[1].tolist() == [[0, 1, 0, 0, 0]]
    # What was judged first is still there.
    back = _raters(keyword)
    assert judge(ITEMS, GIVEN, back, out=tmp_path, judging=NO_PROGRESS).marks[1].tolist() == [[1, 0, 0, 0, 0]]
    assert back[0].asked == []


def test_another_version_of_a_judge_is_another_rater(tmp_path: Path) -> None:
    judge(ITEMS, GIVEN, [Judge("it", strict)], out=tmp_path, judging=NO_PROGRESS)
    other = Judge("it", lenient, version="2")
    found = judge(ITEMS, GIVEN, [other], out=tmp_path, judging=NO_PROGRESS)
    assert len(other.asked) == 2
    assert found.share[0] == 1.0


def test_no_two_requests_are_alike(tmp_path: Path) -> None:
    raters = _raters(strict, strict, strict, strict, strict)
    judge(ITEMS, GIVEN, raters, out=tmp_path, judging=NO_PROGRESS)
    asked = [text for each in raters for text in each.asked]
    assert len(asked) == len(set(asked)) == 10


def _at_last(text: str) -> str:
    return points_reply([1] * 5) if "This is attempt 3" in text else "All points!"


def test_a_reply_that_is_no_judgement_is_asked_for_again_in_other_words(tmp_path: Path) -> None:
    rater = Judge("late", _at_last)
    found = judge(ITEMS, GIVEN, [rater], out=tmp_path, judging=NO_PROGRESS)
    assert found.states[0][:2] == ("judged", "judged")
    assert len(rater.asked) == len(set(rater.asked)) == 6
    assert found.again == (2,)
    again = Judge("late", _at_last)
    judge(ITEMS, GIVEN, [again], out=tmp_path, judging=NO_PROGRESS)
    assert again.asked == []


def test_what_stays_unreadable_is_counted_and_never_filled_in(tmp_path: Path) -> None:
    raters = [Judge("mute", lambda _: "5/5"), Judge("strict", strict)]
    found = judge(ITEMS, GIVEN, raters, out=tmp_path, judging=Judging(jobs=1, tries=2))
    assert found.counts[0] == dict.fromkeys(STATES, 0) | {"unreadable": 2, "nothing": 2}
    assert found.marks[0].tolist() == [[UNMARKED] * 5, [0] * 5]
    assert len(raters[0].asked) == 4
    alone = judge(ITEMS, GIVEN, raters[:1], out=tmp_path / "alone", judging=Judging(jobs=1, tries=2))
    assert alone.judged.tolist() == [False, False, True, True]
    assert alone.share[:2].tolist() == [0.0, 0.0]
    assert np.isnan(alone.points[0]).all()
    # With more patience it is asked on from where it was.
    more = Judge("mute", lambda text: points_reply([1] * 5))
    assert judge(ITEMS, GIVEN, [more], out=tmp_path / "alone", judging=Judging(jobs=1, tries=3)).share[0] == 1.0
    assert len(more.asked) == 2


def test_a_failure_is_no_judgement_and_is_tried_again_by_the_next_call(tmp_path: Path) -> None:
    told: list[str] = []
    down = Judge("it", failing("server"))
    found = judge(ITEMS, GIVEN, [down], out=tmp_path, judging=Judging(jobs=1, notice=told.append))
    assert found.states == (("error", "error", "nothing", "nothing"),)
    up = Judge("it", lenient)
    assert judge(ITEMS, GIVEN, [up], out=tmp_path, judging=NO_PROGRESS).states[0][:2] == ("judged", "judged")
    assert len(up.asked) == 2


def test_a_judge_that_declines_is_not_pressed(tmp_path: Path) -> None:
    found = judge(ITEMS, GIVEN, [Judge("it", failing("refused"))], out=tmp_path, judging=NO_PROGRESS)
    assert found.states[0][:2] == ("refused", "refused")
    again = Judge("it", lenient)
    assert judge(ITEMS, GIVEN, [again], out=tmp_path, judging=NO_PROGRESS).states[0][:2] == ("refused", "refused")
    assert again.asked == []


def test_ctrl_c_keeps_what_was_judged_and_the_next_call_goes_on(tmp_path: Path) -> None:
    items = judged_items(8)
    given = {item.id: Prediction("choice 0", reasoning=item.id) for item in items}
    interrupted = Judge("it", lenient)

    def progress(stage: str, done: int, wanted: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(items, given, [interrupted], out=tmp_path, judging=Judging(jobs=1, progress=progress))
    assert 3 <= len(interrupted.asked) <= 8
    rest = Judge("it", lenient)
    found = judge(items, given, [rest], out=tmp_path, judging=NO_PROGRESS)
    assert found.counts[0]["judged"] == 8
    assert not set(rest.asked) & set(interrupted.asked)
    assert len(rest.asked) + len(interrupted.asked) == 8


def test_a_line_that_a_killed_process_left_half_written_is_asked_again(tmp_path: Path) -> None:
    judge(ITEMS, GIVEN, [Judge("it", lenient)], out=tmp_path, judging=NO_PROGRESS)
    (path,) = tmp_path.glob("judges/*/answers.jsonl")
    path.write_bytes(path.read_bytes()[:-40])
    rest = Judge("it", lenient)
    assert judge(ITEMS, GIVEN, [rest], out=tmp_path, judging=NO_PROGRESS).counts[0]["judged"] == 2
    assert len(rest.asked) == 1


def test_progress_counts_what_is_there_already(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    for _ in range(2):
        judging = Judging(jobs=1, progress=lambda *step: told.append(step))
        judge(ITEMS, GIVEN, [Judge("it", lenient)], out=tmp_path, judging=judging)
    assert told[0] == ("it", 0, 2)
    assert ("it", 1, 2) in told
    assert told[-1] == ("it", 2, 2)
    assert all(wanted == 2 for _, _, wanted in told)


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([0.4], 0.4),
        ([0.0, 1.0], 0.5),
        ([0.0, 0.0, 0.0, 1.0], 0.25),
        ([1.0, 0.0, 0.4, 0.6, 0.8], 0.6),
        ([0.0, 0.0, 0.0, 0.0, 1.0], 0.0),
        ([0.2] * 6, 0.2),
    ],
)
def test_of_five_raters_or_more_the_lowest_and_the_highest_are_left_out(values: list[float], mean: float) -> None:
    assert trimmed_mean(values) == mean
    assert trimmed_mean(values[::-1]) == mean


def test_there_is_no_mean_of_no_rater() -> None:
    with pytest.raises(ValueError, match="no mean"):
        trimmed_mean([])


def test_what_cannot_be_judged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="has no rubrics"):
        judge(items_of([2]), {}, [Judge("it", strict)], out=tmp_path)
    with pytest.raises(SystemFault, match="one at least, and each have a name of its own"):
        judge(ITEMS, GIVEN, [], out=tmp_path)
    with pytest.raises(SystemFault, match="a name of its own"):
        judge(ITEMS, GIVEN, [Judge("it", strict), Judge("It", strict)], out=tmp_path)
    with pytest.raises(SystemFault, match="one job, one try and one character"):
        Judging(tries=0)


def test_what_it_takes_is_known_before() -> None:
    n, tokens = requests_for(ITEMS, GIVEN, 5)
    assert n == 10
    assert 10 * 300 < tokens < 10 * 1_500


def test_raters_of_one_judge_have_seeds_and_names_of_their_own() -> None:
    raters = open_raters(
        ["openai:judge", "G=gemini:flash"],
        seats=2,
        url="http://localhost:1",
        settings=Settings(temperature=0.7),
        seed=3,
    )
    assert [each.about.name for each in raters] == ["judge 1", "judge 2", "G 1", "G 2"]
    assert len({each.about.version for each in raters}) == 4
    assert raters[1].about.details["extra"] == {"seed": 4}
    assert raters[3].about.details["extra"] == {"generationConfig": {"seed": 4}}
    bare = open_raters(["openai:judge"], seats=1, url="http://localhost:1", seed=None)
    assert bare[0].about.details["extra"] == {}
    for each in (*raters, *bare):
        each.close()


def test_a_model_of_ones_own_is_opened_once_for_all_of_its_seats(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "class Own:\n    made = 0\n    def __init__(self):\n        Own.made += 1\n"
        "    def answer(self, text):\n        return str(Own.made)\n"
    )
    raters = open_raters([f"python:{tmp_path / 'own.py'}:Own"], seats=3)
    assert [each.about.name for each in raters] == ["Own 1", "Own 2", "Own 3"]
    found = judge(ITEMS, GIVEN, raters, out=tmp_path / "out", judging=Judging(jobs=1, tries=1))
    assert [row["unreadable"] for row in found.counts] == [2, 2, 2]
    texts = {
        line for path in tmp_path.glob("out/judges/*/answers.jsonl") for line in path.read_text().split('"text": "')[1:]
    }
    assert {text[0] for text in texts} == {"1"}


def test_raters_that_cannot_be_are_refused() -> None:
    with pytest.raises(SystemFault, match="a judge and a seat"):
        open_raters([])
    with pytest.raises(SystemFault, match="Two judges are called 'a'"):
        open_raters(["a=openai:x", "openai:a"], url="http://localhost:1")
