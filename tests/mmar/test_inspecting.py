"""Inspect AI asks what our own runs ask, and marks what they mark; nothing leaves this machine."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalLog
from inspect_ai.model import ContentAudio, ContentText, Model, ModelOutput, ModelUsage, get_model

from earwitness.errors import BenchmarkError, PredictionsError
from earwitness.mmar.answers import EXTRACTORS
from earwitness.mmar.arms import arm_audio, open_arm
from earwitness.mmar.asking import ask
from earwitness.mmar.inspect_logs import read_inspect_log
from earwitness.mmar.inspecting import mmar, samples_of, verdict, verdicts
from earwitness.mmar.items import Item, Items, read_items
from earwitness.mmar.marking import VERDICTS, Prediction, mark, marked
from earwitness.mmar.orders import LETTERS, cyclic_orders
from earwitness.mmar.prompts import PROMPTS, prompt_text
from earwitness.scores.stats import poisson_binomial_test
from earwitness.systems.answerers import open_answerer

# Of the packages that run an evaluation, not of ours: tenacity's old argument, and streams that anyio left open.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
N = 8
MISSING = 6
"""The item whose recording is not there."""
ANSWERS = (
    *("ANSWER: A", "I am not sure.\nANSWER: B", "**C**", "I'm sorry, but I can't help with that.", "", "The bell"),
    *("never asked", "Hmm, hard to say."),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Items with recordings in stereo, braces in their words, and two choices here and there."""
    path = tmp_path_factory.mktemp("items")
    (path / "audio").mkdir()
    rows = []
    for n in range(N):
        if n != MISSING:
            noise = np.random.default_rng(n).normal(0, 0.1, (400, 2))
            soundfile.write(path / "audio" / f"{n}.wav", noise, 8000, subtype="PCM_16")
        choices = ["The bell", "A {drum}", "A dog", "Nobody"][: 2 if n % 4 == 1 else 4]
        about = {"modality": "sound", "category": "Signal Layer", "sub-category": "Counting", "language": "en"}
        named = {"id": f"item-{n}", "audio_path": f"audio/{n}.wav"}
        rows.append(
            {**named, "question": f"What {{is}} it, {n}?", "choices": choices, "answer": choices[n % 2], **about}
        )
    (path / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def items(folder: Path) -> Items:
    return read_items(folder)


def answered(item: Item) -> str:
    return ANSWERS[int(item.id.removeprefix("item-"))]


def question_of(messages: list[Any]) -> str:
    (message,) = messages
    (text,) = [part.text for part in message.content if isinstance(part, ContentText)]
    return str(text)


def model_of(reply: Callable[[list[Any]], ModelOutput]) -> Model:
    def said(messages: list[Any], *_: Any) -> ModelOutput:
        output = reply(messages)
        # Without it Inspect would count tokens with a tokenizer from the network.
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    return get_model("mockllm/model", custom_outputs=said, memoize=False)


def speaking(items: Items) -> Model:
    """Return a model that knows an item by its question and answers it out of ``ANSWERS``."""
    of = {item.question: answered(item) for item in items}

    def reply(messages: list[Any]) -> ModelOutput:
        (text,) = [said for question, said in of.items() if question in question_of(messages)]
        return ModelOutput.from_content("mock", text)

    return model_of(reply)


def run(task: Any, model: Model, path: Path) -> EvalLog:
    (log,) = inspect_eval(task, model=model, display="none", log_dir=str(path), log_images=False)
    return log


# --- what is sent ---


def test_a_part_of_the_items_is_given_what_all_of_them_are(items: Items, folder: Path, tmp_path: Path) -> None:
    other = open_arm("other")
    some = list(mmar(items=str(folder), arm="other", first=2, cache=str(tmp_path)).dataset)
    assert [sample.id for sample in some] == [item.id for item in items.rows[:2]]
    for sample, item in zip(some, items.rows[:2], strict=True):
        (sound,) = [part for part in sample.input[0].content if isinstance(part, ContentAudio)]
        assert Path(sound.audio).read_bytes() == arm_audio(other, item, items)


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("arm", ["audio", "silence", "other", "text", "first:0.01"])
def test_text_and_audio_are_those_of_our_own_runs(items: Items, tmp_path: Path, arm: str, prompt: str) -> None:
    opened = open_arm(arm)
    samples = samples_of(items, opened, PROMPTS[prompt], orders=2, seed=3, folder=tmp_path)
    assert len(samples) == 2 * N
    expected = [(item, turn, order) for item in items for turn, order in enumerate(cyclic_orders(item, limit=2))]
    for sample, (item, turn, order) in zip(samples, expected, strict=True):
        (message,) = sample.input
        text, *sounds = message.content
        assert text.text == prompt_text(PROMPTS[prompt], item, order=order)
        assert sample.target == LETTERS[order.index(item.gold)]
        assert (sample.metadata["item"], sample.metadata["turn"]) == (item.id, turn)
        assert (sample.metadata["arm"], sample.metadata["layer"]) == (opened.name, "Signal Layer")
        if sample.metadata["fault"] or arm == "text":
            assert sounds == []
            continue
        (sound,) = sounds
        assert isinstance(sound, ContentAudio) and sound.format == "wav"
        assert Path(sound.audio).read_bytes() == arm_audio(opened, item, items, seed=3)
    faults = {sample.metadata["item"] for sample in samples if sample.metadata["fault"]}
    assert f"item-{MISSING}" in faults or arm in ("other", "text")


def test_a_recording_that_is_sent_as_it_is_is_not_copied(items: Items, tmp_path: Path) -> None:
    samples_of(items, open_arm("audio"), PROMPTS["reason"], folder=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


# --- what comes of it ---


@pytest.fixture(scope="module")
def log(folder: Path, items: Items, tmp_path_factory: pytest.TempPathFactory) -> EvalLog:
    path = tmp_path_factory.mktemp("log")
    return run(mmar(items=str(folder), orders=2, cache=str(path / "cache")), speaking(items), path)


def test_verdicts_are_those_of_our_own_marking(log: EvalLog, items: Items) -> None:
    assert log.samples is not None and len(log.samples) == 2 * N
    seen = set()
    for sample in log.samples:
        item = items.by_id[sample.metadata["item"]]
        order = tuple(sample.metadata["order"])
        fault = item.id == f"item-{MISSING}"
        given = Prediction(None, error="missing") if fault else Prediction(answered(item), order=order)
        expected = mark(item, given)
        (score,) = (sample.scores or {}).values()
        assert (score.metadata or {})["verdict"] == expected.verdict
        assert score.answer == (None if expected.choice is None else item.choices[expected.choice])
        assert score.value == {"right": "C", "wrong": "I"}.get(expected.verdict, "N")
        seen.add(expected.verdict)
    assert seen == {"right", "wrong", "unparsed", "refused", "error"}


def test_a_log_that_is_read_back_gives_the_same_verdicts(log: EvalLog, items: Items) -> None:
    for turn in (0, 1):
        told: list[str] = []
        found = marked(items, read_inspect_log(log.location, turn=turn, notice=told.append), name="x")
        assert told == [f"the choices stood in 2 orders; order {turn} was read"]
        said = {
            sample.metadata["item"]: (score.metadata or {})["verdict"]
            for sample in log.samples or []
            for score in (sample.scores or {}).values()
            if sample.metadata["turn"] == turn
        }
        assert {item.id: each.verdict for item, each in zip(items, found.marks, strict=True)} == said


def metrics(log: EvalLog) -> dict[str, float]:
    assert log.results is not None
    (score,) = log.results.scores
    return {name: each.value for name, each in score.metrics.items()}


def test_a_log_is_marked_anew_by_another_extractor(log: EvalLog, items: Items) -> None:
    from inspect_ai import score

    anew = score(log, verdict(extractor="letter"), display="none")
    found = {
        (str(sample.metadata["item"]), sample.metadata["turn"]): (each.metadata or {})["verdict"]
        for sample in anew.samples or []
        for each in (sample.scores or {}).values()
        if (each.metadata or {})["extractor"] == "letter"
    }
    for turn in (0, 1):
        by_letter = marked(items, read_inspect_log(log.location, turn=turn), name="x", extractor="letter")
        for item, expected in zip(items, by_letter.marks, strict=True):
            assert found[item.id, turn] == expected.verdict


def test_every_question_is_in_the_denominator(log: EvalLog, items: Items) -> None:
    found = metrics(log)
    counts = [marked(items, read_inspect_log(log.location, turn=turn), name="x").counts for turn in (0, 1)]
    for name in VERDICTS:
        shares = found["accuracy" if name == "right" else name]
        assert shares == pytest.approx(sum(each[name] for each in counts) / (2 * N))
    assert found["error"] == pytest.approx(1 / N)
    chances = [item.chance for item in items]
    assert found["chance"] == pytest.approx(np.mean(chances))
    assert found["p"] == pytest.approx(poisson_binomial_test(counts[0]["right"], chances))


def test_the_log_holds_no_audio_and_says_what_was_asked(log: EvalLog) -> None:
    assert Path(log.location).stat().st_size < 200_000
    about = log.eval.metadata or {}
    assert about["prompt"]["template"] == PROMPTS["reason"].template
    assert about["extractor"] == {"name": "robust", "version": EXTRACTORS["robust"].version}


def test_what_was_not_asked_is_missing(folder: Path, items: Items, tmp_path: Path) -> None:
    (log,) = inspect_eval(
        mmar(items=str(folder), cache=str(tmp_path)),
        model=speaking(items),
        display="none",
        log_dir=str(tmp_path),
        limit=2,
    )
    found = metrics(log)
    assert found["missing"] == pytest.approx((N - 2) / N)
    assert found["accuracy"] == pytest.approx(2 / N)
    assert sum(found["accuracy" if name == "right" else name] for name in VERDICTS) == pytest.approx(1)


def test_a_run_in_which_every_call_fails_scores_nothing_and_says_so(folder: Path, tmp_path: Path) -> None:
    def broken(messages: list[Any]) -> ModelOutput:
        raise RuntimeError("no server")

    log = run(mmar(items=str(folder), cache=str(tmp_path)), model_of(broken), tmp_path)
    assert log.status == "error"
    found = metrics(log)
    assert (found["accuracy"], found["error"]) == (0, 1)
    assert {each.error for each in read_inspect_log(log.location).values()} >= {"RuntimeError('no server')"}


def test_a_filter_of_the_server_is_a_refusal(folder: Path, tmp_path: Path) -> None:
    def filtered(messages: list[Any]) -> ModelOutput:
        return ModelOutput.from_content("mock", "ANSWER: A", stop_reason="content_filter")

    log = run(mmar(items=str(folder), cache=str(tmp_path), first=2), model_of(filtered), tmp_path)
    assert metrics(log)["refused"] == 1
    assert all(each.refused for each in read_inspect_log(log.location).values())


def test_repeated_questions_keep_the_denominator(folder: Path, items: Items, tmp_path: Path) -> None:
    (log,) = inspect_eval(
        mmar(items=str(folder), cache=str(tmp_path)),
        model=speaking(items),
        display="none",
        log_dir=str(tmp_path),
        epochs=2,
    )
    assert metrics(log)["error"] == pytest.approx(1 / N)
    assert metrics(log)["missing"] == 0
    first, second = (read_inspect_log(log.location, epoch=epoch) for epoch in (1, 2))
    assert first == second and len(first) == N
    told: list[str] = []
    read_inspect_log(log.location, notice=told.append)
    assert told == ["each item was asked 2 times; time 1 was read"]


# --- what cannot be ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "Expected -T items=FOLDER"),
        ({"items": "gone"}, "'gone' is missing"),
        ({"extractor": "guess"}, r"no extractor 'guess'; expected one of .*robust"),
        ({"prompt": "gone.txt"}, "no prompt 'gone.txt'; expected one of reason"),
        ({"arm": "loud"}, "no arm 'loud'"),
        ({"arm": "caption"}, "needs a caption of each recording"),
        ({"orders": 0}, "one order at least"),
    ],
)
def test_what_cannot_be_asked_is_said(folder: Path, tmp_path: Path, options: dict[str, Any], message: str) -> None:
    given = {"items": str(folder), "cache": str(tmp_path), **options} if options else {}
    with pytest.raises(BenchmarkError, match=message):
        mmar(**given)


def test_ones_own_prompt_is_read_from_a_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("{question} Say one: {choices}")
    task = mmar(items=str(folder), prompt=str(tmp_path / "short.txt"), first=1, cache=str(tmp_path))
    (sample,) = task.dataset
    assert question_of(sample.input).startswith("What {is} it, 0? Say one: A. The bell\nB. A {drum}")


@pytest.mark.parametrize("text", ["", "{}", "PK\3\4 no zip"])
@pytest.mark.parametrize("name", ["x.eval", "x.json"])
def test_what_is_no_log_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(PredictionsError, match="cannot be read as a log of Inspect AI"):
        read_inspect_log(tmp_path / name)


def test_an_item_that_is_answered_twice_is_refused(log: EvalLog, tmp_path: Path) -> None:
    from inspect_ai.log import read_eval_log, write_eval_log

    twice = read_eval_log(log.location)
    assert twice.samples is not None
    twice.samples[1].metadata["turn"] = 0
    write_eval_log(twice, str(tmp_path / "twice.json"))
    with pytest.raises(PredictionsError, match="answers 'item-0' more than once"):
        read_inspect_log(tmp_path / "twice.json")


def test_the_choices_of_somebody_elses_log_tell_their_order(log: EvalLog, items: Items, tmp_path: Path) -> None:
    from inspect_ai.log import read_eval_log, write_eval_log

    other = read_eval_log(log.location)
    assert other.samples is not None
    other.samples = [sample for sample in other.samples if sample.metadata["turn"] == 0]
    for sample in other.samples:
        sample.metadata = {"order": "of the day"}
        sample.choices = list(items.by_id[str(sample.id)].choices[::-1])
    write_eval_log(other, str(tmp_path / "other.json"))
    assert {each.order for each in read_inspect_log(tmp_path / "other.json").values()} == {None}
    found = read_inspect_log(tmp_path / "other.json", items=items)
    assert {key: each.order for key, each in found.items()} == {
        item.id: tuple(range(len(item.choices)))[::-1] for item in items
    }
    other.samples[0].choices = ["The bell", "A gong"]
    write_eval_log(other, str(tmp_path / "gong.json"))
    with pytest.raises(PredictionsError, match=r"it showed the choices .*gong"):
        read_inspect_log(tmp_path / "gong.json", items=items)


def test_metrics_of_scores_alone_count_what_they_have() -> None:
    from inspect_ai.scorer import SampleScore, Score

    score = Score(value="C", metadata={"verdict": "right"})
    found: Any = verdicts()([SampleScore(score=score, sample_id="a", sample_metadata={"choices": ["a", "b"]})])
    assert (found["accuracy"], found["missing"], found["chance"], found["p"]) == (1, 0, 0.5, 1)


# --- a server, and the command line ---


class Loopback:
    """An OpenAI-compatible server that answers everything with the same, and keeps what it was asked."""

    def __init__(self, text: str) -> None:
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                message = {"role": "assistant", "content": text}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
                about = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
                body = json.dumps({**about, "choices": [choice], "usage": usage}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    asked: list[dict[str, Any]]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Loopback]:
    loopback = Loopback("ANSWER: A")
    yield loopback
    loopback.close()


def test_both_ways_send_a_server_the_same_and_give_the_same_verdicts(
    server: Loopback, folder: Path, items: Items, tmp_path: Path
) -> None:
    script = Path(sys.executable).with_name("inspect")
    options = ["-T", f"items={os.path.relpath(folder, tmp_path)}", "-T", "cache=cache", "--no-log-images"]
    done = subprocess.run(
        [str(script), "eval", "earwitness/mmar", "--model", "openai-api/loop/m", *options, "--display", "plain"],
        cwd=tmp_path,
        env={**os.environ, "LOOP_API_KEY": "none", "LOOP_BASE_URL": server.url, "INSPECT_LOG_DIR": "logs"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accuracy" in done.stdout
    by_inspect = sorted(json.dumps(request["messages"], sort_keys=True) for request in server.asked)
    assert len(by_inspect) == N - 1
    settings = {key: server.asked[0].get(key) for key in ("temperature", "max_tokens")}
    # The same by our own run.
    server.asked.clear()
    ours = ask(items, [open_answerer("openai:m", url=server.url)], tmp_path / "run").asked()
    assert sorted(json.dumps(request["messages"], sort_keys=True) for request in server.asked) == by_inspect
    assert {key: server.asked[0].get(key) for key in ("temperature", "max_tokens")} == settings
    for request in server.asked:
        text, audio = request["messages"][0]["content"]
        (item,) = [item for item in items if text["text"] == prompt_text(PROMPTS["reason"], item)]
        assert (audio["type"], audio["input_audio"]["format"]) == ("input_audio", "wav")
        assert base64.b64decode(audio["input_audio"]["data"]) == arm_audio(open_arm("audio"), item, items)
    (path,) = (tmp_path / "logs").glob("*.eval")
    by_log = marked(items, read_inspect_log(path), name="x")
    by_run = marked(items, ours.predictions("m", "audio", 0), name="x")
    assert by_log.marks == by_run.marks
    assert by_log.counts["right"] == sum(item.gold == 0 for item in items if item.id != f"item-{MISSING}")
    assert by_log.counts["error"] == 1
