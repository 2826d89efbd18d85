"""Asking models: what is sent, what is kept, what is asked again, and when it stops."""

from __future__ import annotations

import io
import json
import shutil
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from earwitness.errors import AnswerError, BenchmarkError, OutputError, RunError, SystemFault
from earwitness.mmar.asked import open_asked
from earwitness.mmar.asking import Run, Terms, ask
from earwitness.mmar.budget import Budget
from earwitness.mmar.items import Items, read_items
from earwitness.mmar.marking import marked
from earwitness.mmar.orders import LETTERS, cyclic_orders
from earwitness.mmar.prompts import PROMPTS, own_prompt, prompt_text
from earwitness.records import sha256_of_bytes
from earwitness.systems.answerer import Question, Reply
from earwitness.systems.answerers import open_answerer
from mmar.askable import Model, askable, failing, of_choices, wave_of


@pytest.fixture
def items(tmp_path: Path) -> Items:
    return askable(tmp_path / "items")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run"


def counts(run: Run, *, of: int = 0) -> dict[str, int]:
    return dict(run.outcomes[of].counts)


def written(out: Path, name: str = "toy", file: str = "answers.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "models" / name / file).read_text().splitlines()]


# --- what is sent and kept ---


def test_a_model_is_sent_the_recording_and_the_prompt(items: Items, out: Path) -> None:
    model = Model()
    run = ask(items, [model], out)
    assert counts(run) == {"answered": 6, "refused": 0, "error": 0, "not run": 0}
    assert {question.text for question in model.asked} == {prompt_text(PROMPTS["reason"], item) for item in items}
    by_text = {question.text: question.audio for question in model.asked}
    for number, item in enumerate(items):
        assert by_text[prompt_text(PROMPTS["reason"], item)] == wave_of(items.folder, number).read_bytes()


def test_what_was_sent_is_written_beside_each_answer(items: Items, out: Path) -> None:
    thought = Reply("B", reasoning="it purrs", finish="length", tokens={"input": 9, "output": 2}, model="toy-1")
    ask(items, [Model(lambda question: thought)], out)
    rows = {row["id"]: row for row in written(out)}
    assert list(rows) and len(rows) == 6
    for number, item in enumerate(items):
        audio = wave_of(items.folder, number).read_bytes()
        info = soundfile.info(io.BytesIO(audio))
        row = rows[item.id]
        assert row["sent"] == {
            **{"sha256": sha256_of_bytes(audio), "bytes": len(audio), "seconds": 0.1},
            **{"channels": info.channels, "sample_rate": 8000},
        }
        assert (row["text"], row["reasoning"], row["finish"], row["model"]) == ("B", "it purrs", "length", "toy-1")
        assert (row["tokens"], row["shown"]) == ({"input": 9, "output": 2}, list(range(len(item.choices))))
    assert {rows[item.id]["sent"]["channels"] for item in items} == {1, 2}


def test_the_run_says_what_it_was_asked_with(items: Items, out: Path) -> None:
    prompt = own_prompt("mine", "{question} {choices} Say a letter.")
    ask(items, [Model()], out, prompt=prompt, terms=Terms(seed=3))
    about = json.loads((out / "run.json").read_text())
    assert about["items"]["sha256"] == items.sha256 and about["items"]["count"] == 6
    assert about["prompt"] == {
        **{"name": "mine", "template": prompt.template, "lettered": True, "version": prompt.version}
    }
    assert about["seed"] == 3 and set(about["versions"]) == {"earwitness", "commit", "python", "numpy"}
    checked = [json.loads(line) for line in (out / "audio.jsonl").read_text().splitlines()]
    assert [row["id"] for row in checked] == [item.id for item in items]
    assert all(row["sha256"] and row["seconds"] == 0.1 and not row["fault"] for row in checked)


def test_reasoning_is_kept_apart_and_not_searched(items: Items, out: Path) -> None:
    ask(items, [Model(lambda question: Reply("I cannot tell.", reasoning="ANSWER: B"))], out)
    predictions = open_asked(out).predictions("toy", "audio", 0)
    assert all(each.reasoning == "ANSWER: B" and each.text == "I cannot tell." for each in predictions.values())
    assert marked(items, predictions, name="toy").counts["right"] == 0


def test_the_oracle_is_right_in_every_order_and_letter_is_not(tmp_path: Path, out: Path) -> None:
    items = of_choices(tmp_path / "items", [2, 3, 4, 5])
    run = ask(items, [open_answerer("oracle"), open_answerer("letter:B")], out, orders=5, arms=["text"])
    asked = run.asked()
    assert [each.order for each in asked.systems if each.about.name == "oracle"] == [0, 1, 2, 3, 4]
    for each in asked.systems:
        predictions = asked.predictions(each.about.name, each.arm, each.order)
        there = [item for item in items if each.order < len(item.choices)]
        assert set(predictions) == {item.id for item in there}
        assert sum(each.counts.values()) == len(there) == each.counts["answered"]
        right = marked(items, predictions, name="x", extractor="robust").right
        # Turned by k places, the second place shows the choice k + 1; the gold answer is the choice 1.
        oracle, turn = each.about.name == "oracle", each.order
        sizes = [len(item.choices) for item in items]
        expected = [turn < size and (oracle or (1 + turn) % size == 1) for size in sizes]
        assert right.tolist() == expected
        assert all(predictions[item.id].order == cyclic_orders(item)[each.order] for item in there)


def test_letters_count_in_the_order_that_was_shown(items: Items, out: Path) -> None:
    def by_text(question: Question) -> str:
        assert question.choices
        lines = question.text.splitlines()
        line = next(line for line in lines if line.endswith(".1") and line[1:3] == ". ")
        return f"ANSWER: {line[0]}"

    run = ask(items, [Model(by_text)], out, orders=4)
    for each in run.asked().systems:
        predictions = run.asked().predictions("toy", "audio", each.order)
        card = marked(items, predictions, name="toy", extractor="robust")
        assert card.counts["right"] == len(predictions) > 0
    letters = {row["text"][-1] for row in written(out)}
    assert letters == set(LETTERS[:4])


def test_arms_are_sent_what_they_are(items: Items, out: Path) -> None:
    model = Model()
    ask(items, [model], out, arms=["silence", "text", "first:0.05"], terms=Terms(only={"item-0"}))
    by_arm = {row["arm"]: row["sent"] for row in written(out)}
    assert by_arm["text"] is None
    assert by_arm["first:0.05"]["seconds"] == 0.05 and by_arm["silence"]["seconds"] == 0.1
    sounds = [question.audio for question in model.asked if question.audio is not None]
    assert any(not soundfile.read(io.BytesIO(sound))[0].any() for sound in sounds) and len(sounds) == 2


# --- going on ---


def test_what_is_answered_is_not_asked_again(items: Items, out: Path) -> None:
    ask(items, [Model()], out)
    before = written(out)
    again = Model()
    run = ask(items, [again], out)
    assert again.asked == [] and written(out) == before and counts(run)["answered"] == 6
    assert run.outcomes[0].n_asked == 0


def test_only_errors_are_asked_again_and_no_error_is_an_answer(items: Items, out: Path) -> None:
    bad = {"item-1", "item-4"}

    def some(question: Question) -> str | Exception:
        return failing("server") if any(name[-1] in question.text.split("?")[0] for name in bad) else "ANSWER: B"

    run = ask(items, [Model(some)], out)
    assert counts(run) == {"answered": 4, "refused": 0, "error": 2, "not run": 0}
    assert run.outcomes[0].errors == {"server": 2}
    predictions = run.asked().predictions("toy", "audio", 0)
    assert {name for name, each in predictions.items() if each.error} == bad
    assert all(predictions[name].text is None for name in bad)
    card = marked(items, predictions, name="toy")
    assert card.counts["error"] == 2 and sum(card.counts.values()) == 6
    again = Model()
    after = ask(items, [again], out)
    assert len(again.asked) == 2 and counts(after)["answered"] == 6 and counts(after)["error"] == 0
    assert {row["kind"] for row in written(out, file="errors.jsonl")} == {"server"}
    assert not any(each.error for each in after.asked().predictions("toy", "audio", 0).values())


@pytest.mark.parametrize("kind", ["refused", "filtered"])
def test_a_refusal_is_the_models_own_answer(items: Items, out: Path, kind: str) -> None:
    run = ask(items, [Model(lambda question: failing(kind))], out)
    assert counts(run) == {"answered": 0, "refused": 6, "error": 0, "not run": 0}
    assert all(each.refused and each.text is None for each in run.asked().predictions("toy", "audio", 0).values())
    again = Model()
    ask(items, [again], out)
    assert again.asked == [] and written(out, file="errors.jsonl") == []


def test_another_recording_is_asked_anew(items: Items, out: Path) -> None:
    ask(items, [Model()], out)
    first = wave_of(items.folder, 0).read_bytes()
    shutil.copy(wave_of(items.folder, 2), wave_of(items.folder, 0))
    changed = Model(lambda question: "ANSWER: A")
    run = ask(items, [changed], out)
    assert len(changed.asked) == 1 and changed.asked[0].audio == wave_of(items.folder, 2).read_bytes()
    assert run.asked().predictions("toy", "audio", 0)["item-0"].text == "ANSWER: A"
    # And back: what was answered then counts again, and nobody is asked.
    wave_of(items.folder, 0).write_bytes(first)
    back = Model(lambda question: "ANSWER: C")
    run = ask(items, [back], out)
    assert back.asked == []
    assert run.asked().predictions("toy", "audio", 0)["item-0"].text == "ANSWER: B"


def test_the_very_same_is_asked_once_and_counts_for_both_arms(items: Items, out: Path) -> None:
    model = Model(wait_s=0.01)
    run = ask(items, [model], out, arms=["audio", "first:30"])
    assert len(model.asked) == 6
    rows = written(out)
    assert Counter((row["arm"], row["asked"]) for row in rows if row["asked"]).total() == 6
    assert Counter(row["arm"] for row in rows) == {"audio": 6, "first:30": 6}
    for arm in ("audio", "first:30"):
        assert len(run.asked().predictions("toy", arm, 0)) == 6


def test_more_arms_and_orders_may_come_later(items: Items, out: Path) -> None:
    ask(items, [Model()], out, orders=2)
    more = Model()
    run = ask(items, [more], out, arms=["text"])
    assert len(more.asked) == 6
    there = {(each.arm, each.order) for each in run.asked().systems}
    assert there == {("audio", 0), ("audio", 1), ("text", 0)}


def test_models_are_apart(items: Items, out: Path) -> None:
    run = ask(items, [Model(name="One: a/b"), Model(lambda question: "A", name="two")], out)
    assert [each.about.name for each in run.outcomes] == ["One: a/b", "two"]
    asked = open_asked(out)
    assert {each.text for each in asked.predictions("One: a/b", "audio", 0).values()} == {"ANSWER: B"}
    assert {each.text for each in asked.predictions("two", "audio", 0).values()} == {"A"}
    assert all(path.parent == out / "models" for path in (out / "models").iterdir())


# --- recordings that cannot be used ---


def test_a_missing_recording_is_an_error_and_the_denominator_stays(items: Items, out: Path) -> None:
    wave_of(items.folder, 1).unlink()
    wave_of(items.folder, 3).write_bytes(b"no sound")
    told: list[str] = []
    model = Model()
    run = ask(items, [model], out, arms=["audio", "text"], terms=Terms(notice=told.append))
    assert len(model.asked) == 4 + 6
    by_arm = {each.arm: dict(each.counts) for each in run.asked().systems}
    assert by_arm["audio"] == {"answered": 4, "refused": 0, "error": 2, "not run": 0}
    assert by_arm["text"]["answered"] == 6
    errors = {row["id"]: row["message"] for row in written(out, file="errors.jsonl")}
    assert set(errors) == {"item-1", "item-3"} and "missing" in errors["item-1"]
    assert "2 of 6 recordings cannot be used" in told[0]
    card = marked(items, run.asked().predictions("toy", "audio", 0), name="toy")
    assert card.counts["error"] == 2 and len(card.right) == 6


def test_only_what_is_asked_about_is_checked_and_what_was_found_before_stays(items: Items, out: Path) -> None:
    for only, known in (({"item-2"}, [2]), ({"item-1"}, [1, 2]), (None, [0, 1, 2, 3, 4, 5])):
        ask(items, [Model()], out, terms=Terms(only=only))
        rows = [json.loads(line) for line in (out / "audio.jsonl").read_text().splitlines()]
        assert [row["id"] for row in rows] == [f"item-{number}" for number in known]


def test_a_path_that_climbs_out_is_never_opened(tmp_path: Path, out: Path) -> None:
    askable(tmp_path / "items", 2)
    shutil.copy(wave_of(tmp_path / "items", 0), tmp_path / "secret.wav")
    path = tmp_path / "items" / "items.jsonl"
    path.write_text(path.read_text().replace("audio/0.wav", "../secret.wav"))
    model = Model()
    run = ask(read_items(path), [model], out)
    assert counts(run)["error"] == 1 and len(model.asked) == 1
    assert "outside" in written(out, file="errors.jsonl")[0]["message"]


# --- when it stops ---


def test_a_run_in_which_every_call_fails_has_no_answer(items: Items, out: Path) -> None:
    run = ask(items, [Model(lambda question: failing())], out)
    card = marked(items, run.asked().predictions("toy", "audio", 0), name="toy")
    assert card.counts == {"right": 0, "wrong": 0, "unparsed": 0, "missing": 0, "refused": 0, "error": 6}


def test_a_server_that_is_down_stops_all(tmp_path: Path, out: Path) -> None:
    items = askable(tmp_path / "items", 60)
    told: list[str] = []
    model = Model(lambda question: failing())
    run = ask(items, [model], out, jobs=4, arms=["text"], terms=Terms(notice=told.append))
    stopped = run.outcomes[0].stopped
    assert stopped is not None and stopped.by == "faults" and "as always" in stopped.why
    assert 12 <= len(model.asked) <= 16
    assert counts(run)["not run"] == 60 - len(model.asked) and counts(run)["error"] == len(model.asked)
    assert any("The same command goes on" in each for each in told)
    assert counts(ask(items, [Model()], out, arms=["text"]))["answered"] == 60


def test_errors_among_answers_stop_nothing(tmp_path: Path, out: Path) -> None:
    items = askable(tmp_path / "items", 60)
    model = Model(lambda question: failing() if int(question.text.split("?")[0].split()[-1]) % 3 else "ANSWER: B")
    run = ask(items, [model], out, jobs=1, arms=["text"])
    assert run.outcomes[0].stopped is None and counts(run)["error"] == 40


def test_recordings_that_are_too_large_stop_nothing(tmp_path: Path, out: Path) -> None:
    model = Model(lambda question: failing("audio"))
    run = ask(askable(tmp_path / "items", 30), [model], out, jobs=1, arms=["text"])
    assert run.outcomes[0].stopped is None and counts(run)["error"] == 30


@pytest.mark.parametrize(
    ("budget", "answers"),
    [(Budget(tokens=350), 3), (Budget(money=0.35, price_in=900.0, price_out=1900.0), 3), (Budget(tokens=0), 0)],
)
def test_a_budget_stops_and_what_is_left_is_not_run(items: Items, out: Path, budget: Budget, answers: int) -> None:
    reply = Reply("ANSWER: B", tokens={"input": 90, "output": 10})
    # Before anything is known of a model, a request is taken for what the text and a typical answer come to.
    first = Budget(tokens=1000)
    if answers:
        ask(items, [Model(lambda question: reply)], out, arms=["text"], terms=Terms(budget=first, only={"item-0"}))
    run = ask(items, [Model(lambda question: reply)], out, arms=["text"], jobs=4, terms=Terms(budget=budget))
    assert counts(run) == {"answered": answers, "refused": 0, "error": 0, "not run": 6 - answers}
    stopped = run.outcomes[0].stopped
    assert stopped is not None and stopped.by == "budget"
    predictions = run.asked().predictions("toy", "text", 0)
    assert len(predictions) == answers
    assert marked(items, predictions, name="toy").counts["missing"] == 6 - answers
    assert run.cost == pytest.approx(budget.cost(90, 10) * answers)


def test_no_more_are_asked_at_once_than_jobs(tmp_path: Path, out: Path) -> None:
    model = Model(wait_s=0.01)
    ask(askable(tmp_path / "items", 24), [model], out, arms=["text"], jobs=5)
    assert model.most_at_once == 5


def test_a_pace_is_kept(items: Items, out: Path) -> None:
    import time

    began = time.monotonic()
    ask(items, [Model()], out, arms=["text"], terms=Terms(rate=1200.0))
    assert 5 * 0.05 <= time.monotonic() - began < 2


def test_a_model_of_a_users_own_may_raise_anything(items: Items, out: Path) -> None:
    run = ask(items, [Model(lambda question: ZeroDivisionError("oops"))], out)
    assert run.outcomes[0].errors == {"model": 6}
    assert written(out, file="errors.jsonl")[0]["message"] == "ZeroDivisionError: oops"


@pytest.mark.parametrize("reply", [Reply(None), Reply("x", tokens={"input": 0.5})])  # type: ignore[arg-type]
def test_a_reply_that_is_none_is_an_error(items: Items, out: Path, reply: Reply) -> None:
    assert ask(items, [Model(lambda question: reply)], out).outcomes[0].errors == {"unreadable": 6}


def test_a_full_disk_ends_it_and_what_was_answered_is_kept(
    items: Items, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    write, written_before = os.write, []

    def full(file: int, data: bytes) -> int:
        if data.startswith(b'{"n": 3'):
            return write(file, data[:20])
        written_before.append(data)
        return write(file, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OutputError, match=r"answers\.jsonl.*No space left.*the same command goes on"):
        ask(items, [Model()], out, jobs=2)
    monkeypatch.undo()
    lines = (out / "models" / "toy" / "answers.jsonl").read_bytes().splitlines(keepends=True)
    assert lines == written_before and len(lines) == 3
    again = Model()
    assert counts(ask(items, [again], out))["answered"] == 6 and len(again.asked) == 3


def test_ctrl_c_keeps_what_is_being_answered(tmp_path: Path, out: Path) -> None:
    items = askable(tmp_path / "items", 40)
    told: list[str] = []
    done: list[int] = []

    def interrupted(stage: str, n: int, wanted: int) -> None:
        done.append(n)
        if n >= 5:
            raise KeyboardInterrupt

    model, threads = Model(wait_s=0.02), threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        ask(items, [model], out, jobs=4, arms=["text"], terms=Terms(progress=interrupted, notice=told.append))
    rows = written(out)
    assert 5 <= len(rows) < 20 and len(rows) == len(model.asked)
    assert threading.active_count() == threads
    again = Model()
    ask(items, [again], out, arms=["text"])
    assert len(again.asked) == 40 - len(rows)


# --- what is refused ---


def test_what_cannot_be_asked_is_refused_before_anything_is_written(items: Items, out: Path) -> None:
    for error, match, options in (
        (SystemFault, "no model", {"answerers": []}),
        (SystemFault, "Two models are called 'toy'", {"answerers": [Model(), Model(name="Toy")]}),
        (BenchmarkError, "no arm 'smell'", {"arms": ["smell"]}),
        (BenchmarkError, "no item 'item-99'", {"terms": Terms(only=["item-99"])}),
        (BenchmarkError, "no item to ask about", {"terms": Terms(only=[])}),
        (BenchmarkError, "--captioner", {"arms": ["caption"]}),
        (RunError, "one order", {"orders": 0}),
        (RunError, "one order", {"jobs": 0}),
    ):
        given = {"answerers": [Model()], **options}
        with pytest.raises(error, match=match):
            ask(items, given.pop("answerers"), out, **given)
        assert not out.exists()


def test_other_items_prompt_seed_or_model_need_another_folder(items: Items, out: Path, tmp_path: Path) -> None:
    ask(items, [Model()], out)
    other = askable(tmp_path / "other", 3)
    with pytest.raises(RunError, match=rf"{items.sha256}.*{other.sha256}"):
        ask(other, [Model()], out)
    with pytest.raises(RunError, match="begun with the prompt 'reason'"):
        ask(items, [Model()], out, prompt=PROMPTS["letter"])
    with pytest.raises(RunError, match="begun with the seed 0, got 1"):
        ask(items, [Model()], out, terms=Terms(seed=1))
    unasked = Model(version="2")
    with pytest.raises(RunError, match="its version is '1', that of the one given is '2'"):
        ask(items, [unasked], out)
    assert unasked.asked == []


def test_a_model_that_never_answered_may_come_back_mended(items: Items, out: Path) -> None:
    ask(items, [Model(lambda question: failing("rejected"))], out)
    run = ask(items, [Model(version="2")], out)
    assert counts(run)["answered"] == 6 and run.asked().systems[0].about.version == "2"


def test_a_folder_that_is_no_run_is_left_alone(items: Items, out: Path) -> None:
    out.mkdir()
    (out / "thesis.tex").write_text("x")
    with pytest.raises(RunError, match=r"not a run, and not empty \(it holds 'thesis.tex'\)"):
        ask(items, [Model()], out)
    with pytest.raises(RunError, match=r"it has no run\.json"):
        open_asked(out)
    with pytest.raises(RunError, match="no such folder"):
        open_asked(out / "none")


def test_a_run_is_found_after_it_moved_with_its_items(tmp_path: Path) -> None:
    items = askable(tmp_path / "a" / "items", 2)
    ask(items, [Model()], tmp_path / "a" / "run")
    (tmp_path / "a").rename(tmp_path / "b")
    asked = open_asked(tmp_path / "b" / "run")
    assert len(asked.predictions("toy", "audio", 0)) == 2
    with pytest.raises(RunError, match="does not hold 'toy' in the arm 'text'"):
        asked.predictions("toy", "text", 0)
    with pytest.raises(RunError, match="with order 1"):
        asked.predictions("toy", "audio", 1)


def test_answers_do_not_depend_on_jobs(items: Items, tmp_path: Path) -> None:
    guess = [open_answerer("random")]
    runs = [ask(items, guess, tmp_path / f"run-{jobs}", arms=["noise", "other"], jobs=jobs) for jobs in (1, 7)]
    fields = ("id", "arm", "key", "text")
    rows = [sorted(tuple(row[name] for name in fields) for row in written(run.folder, "random")) for run in runs]
    assert rows[0] == rows[1] and len(rows[0]) == 12
    assert np.unique([row[2] for row in rows[0]]).size == 12


def test_a_detail_of_an_error_is_told(items: Items, out: Path) -> None:
    run = ask(items, [Model(lambda question: AnswerError("timeout", "none came within 3 s."))], out)
    assert run.asked().predictions("toy", "audio", 0)["item-0"].error == "timeout: none came within 3 s."
