"""A model behind chat completions is sent what it is asked, bit for bit, and what it says is told apart."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from earwitness.errors import AnswerError, SystemFault
from earwitness.systems.addresses import KEY
from earwitness.systems.answerer import Answerer, Question, Reply
from earwitness.systems.chat import ChatAnswerer, Settings, merged
from library.model_server import ModelServer, as_json, says
from library.model_server import Reply as Sent
from systems.asked import SECRET, fault_of, forget_keys, no_part_of, settings
from systems.sound import noise_wav


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_keys(monkeypatch)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    server = ModelServer(keep_alive=True)
    yield server
    server.close()


@pytest.fixture
def model(server: ModelServer) -> Iterator[ChatAnswerer]:
    with ChatAnswerer("some/model", server.url, settings=settings()) as model:
        yield model


def message(content: object, *, finish: object = "stop", usage: object = None, **more: object) -> Sent:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **more}, "finish_reason": finish}
    return as_json({"model": "some-model-0826", "choices": [choice], "usage": usage})


# --- what is sent ---


@pytest.mark.parametrize("channels", [1, 2])
def test_a_recording_arrives_bit_for_bit(channels: int, server: ModelServer, model: ChatAnswerer) -> None:
    wav = noise_wav(1.0, channels=channels)
    server.replies = [says("ANSWER: B")]
    text = 'What {barks}? "\u2603\n\\'
    assert model.answer(Question(text, wav)).text == "ANSWER: B"
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["Content-Type"] == "application/json" and "Authorization" not in request.headers
    sent = request.body["messages"][0]["content"][1].pop("input_audio")
    assert base64.b64decode(sent["data"], validate=True) == wav and sent["format"] == "wav"
    assert request.body == {
        "model": "some/model",
        "temperature": 0.0,
        "stream": False,
        "messages": [{"role": "user", "content": [{"type": "text", "text": text}, {"type": "input_audio"}]}],
    }


def test_a_recording_is_sent_as_an_address(server: ModelServer) -> None:
    wav = noise_wav()
    server.replies = [says("ANSWER: B")]
    with ChatAnswerer("m", server.url, settings=settings(audio_as="audio_url")) as model:
        model.answer(Question("What?", wav))
    part = server.requests[0].body["messages"][0]["content"][1]
    head, _, data = part["audio_url"]["url"].partition(",")
    assert part["type"] == "audio_url" and head == "data:audio/wav;base64"
    assert base64.b64decode(data, validate=True) == wav


def test_without_a_recording_text_alone_is_sent(server: ModelServer, model: ChatAnswerer) -> None:
    server.replies = [says("A")]
    model.answer(Question("What?", choices=("secret choice",), gold=0))
    assert server.requests[0].body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "What?"}]}]
    assert "secret choice" not in json.dumps(server.requests[0].body)


def test_settings_are_sent(server: ModelServer) -> None:
    server.replies = [says("A")]
    own = settings(temperature=None, max_tokens=7, extra={"seed": 3, "chat_template_kwargs": {"thinking": True}})
    with ChatAnswerer("m", f"{server.url}/", settings=own) as model:
        model.answer(Question("What?"))
    sent = server.requests[0].body
    del sent["messages"]
    thinking = {"thinking": True}
    assert sent == {"model": "m", "max_tokens": 7, "stream": False, "seed": 3, "chat_template_kwargs": thinking}


def test_further_settings_are_merged() -> None:
    request = {"a": {"b": 1, "c": [1]}, "d": 1}
    assert merged(request, {"a": {"c": 2}, "d": {"e": 3}}) == {"a": {"b": 1, "c": 2}, "d": {"e": 3}}
    assert request == {"a": {"b": 1, "c": [1]}, "d": 1}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"audio_as": "file"}, "input_audio or audio_url; got 'file'"),
        ({"temperature": -1}, "number from 0 to 2"),
        ({"temperature": float("nan")}, "number from 0 to 2"),
        ({"max_tokens": 0}, "one token at least; got max_tokens=0"),
        ({"timeout_s": 0}, "some time and one try at least"),
        ({"tries": 0}, "some time and one try at least"),
        ({"first_wait_s": -1}, "some time and one try at least"),
        ({"extra": {"messages": [], "stream": True}}, "cannot be its 'messages' or 'stream'"),
        ({"extra": {"a": float("nan")}}, "what JSON can hold"),
        ({"extra": {"a": b"b"}}, "what JSON can hold"),
    ],
)
def test_settings_that_make_no_sense(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SystemFault) as caught:
        Settings(**options)
    assert words in str(caught.value)


# --- what comes back ---


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (message("ANSWER: B"), ("ANSWER: B", "", "stop")),
        (message("half an ans", finish="length"), ("half an ans", "", "length")),
        (message("B", reasoning_content="it barks"), ("B", "it barks", "stop")),
        (message("B", reasoning="it barks", reasoning_content=None), ("B", "it barks", "stop")),
        (message(None, reasoning="it b", finish="length"), ("", "it b", "length")),
        (message(None, finish="length"), ("", "", "length")),
        (message(None), ("", "", "stop")),
        (message(None, tool_calls=[{"id": "1"}], finish="tool_calls"), ("", "", "tool_calls")),
        (message("", refusal=None), ("", "", "stop")),
        (message([{"type": "text", "text": "B"}], reasoning="it barks"), ("B", "it barks", "stop")),
        (message("B", finish=None), ("B", "", "")),
        (message([{"type": "text", "text": "ANSWER"}, {"type": "text", "text": ": B"}]), ("ANSWER: B", "", "stop")),
        (
            message(
                [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "it barks"}]},
                    {"type": "text", "text": "B"},
                    {"type": "audio", "data": "xx"},
                ]
            ),
            ("B", "it barks", "stop"),
        ),
    ],
)
def test_what_a_model_says_is_told_apart(
    reply: Sent, expected: tuple[str, str, str], server: ModelServer, model: ChatAnswerer
) -> None:
    server.replies = [reply]
    answer = model.answer(Question("What?"))
    assert (answer.text, answer.reasoning, answer.finish) == expected
    assert answer.model == "some-model-0826" and len(server.requests) == 1


def test_tokens_are_counted(server: ModelServer, model: ChatAnswerer) -> None:
    usage: dict[str, Any] = {
        "prompt_tokens": 250,
        "completion_tokens": 90,
        "prompt_tokens_details": {"audio_tokens": 200, "cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 80},
    }
    server.replies = [message("B", usage=usage)]
    counted = {"input": 250, "output": 90, "audio": 200, "reasoning": 80}
    assert model.answer(Question("What?")).tokens == counted
    server.replies = [message("B", usage={"prompt_tokens": "many", "completion_tokens": True, "x": [1]})]
    assert model.answer(Question("What?")).tokens == {}
    assert Reply("B").tokens == {}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (message(None, refusal="I cannot say"), "refused", "it refuses: 'I cannot say'"),
        (message("", refusal="I cannot say"), "refused", "it refuses"),
        (message("some", finish="content_filter"), "filtered", "a filter of its server held it back"),
        (message(None, finish="content_filter"), "filtered", "a filter of its server held it back"),
    ],
)
def test_what_is_the_models_own_doing_is_not_asked_again(
    reply: Sent, kind: str, words: str, server: ModelServer, model: ChatAnswerer
) -> None:
    server.replies = [reply]
    error = fault_of(model)
    assert error.kind == kind and words in error.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Sent(b"<html>502 \x1b[31m"), "unreadable", "sends what is not JSON: '<html>502 \\x1b[31m'"),
        (Sent(b""), "unreadable", "sends what is not JSON: ''"),
        (Sent(b"[" * 100_000), "unreadable", "sends what is not JSON: '[[["),
        (Sent(b'{"choices": []}'), "unreadable", "sends JSON without choices[0].message"),
        (Sent(b'{"choices": [{"message": "B"}]}'), "unreadable", "sends JSON without choices[0].message"),
        (as_json({"choices": [{"message": {}}]}), "unreadable", "no text in choices[0].message.content"),
        (message(3), "unreadable", "no text in choices[0].message.content"),
        (message([3]), "unreadable", "no text in choices[0].message.content"),
        (as_json({"error": {"message": "overloaded", "code": 502}}), "server", "the server says: 'overloaded'"),
        (Sent(b"oh", 500), "server", "the server is at fault (500). It says: 'oh'"),
        (Sent(b"", 429), "busy", "too many requests, or no credit is left (429)"),
        (Sent(b"", 408), "timeout", "the server refuses (408)"),
        (Sent(b"", 409), "busy", "the server refuses (409)"),
    ],
)
def test_what_may_pass_is_asked_again_and_then_told(
    reply: Sent, kind: str, words: str, server: ModelServer, model: ChatAnswerer
) -> None:
    server.replies = [reply]
    error = fault_of(model)
    assert error.kind == kind and words in error.detail
    assert error.detail.startswith(f"The model 'some/model' at '{server.url}' gave no answer: ")
    assert error.detail.endswith("It was asked 3 times.")
    assert len(server.requests) == 3
    server.replies = [reply, reply, says("ANSWER: B")]
    assert model.answer(Question("What?")).text == "ANSWER: B"


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, "rejected", "the server refuses (400). It says: 'go away'"),
        (401, "rejected", "no key was sent, for EARWITNESS_API_KEY is not set (401). It says: 'go away'"),
        (403, "rejected", "no key was sent, for EARWITNESS_API_KEY is not set (403)."),
        (404, "rejected", "the server knows no such model, or no '/chat/completions' below that address (404)."),
        (413, "audio", "the request is too large for the server (413)."),
        (422, "rejected", "the server refuses (422). It says: 'go away'"),
    ],
)
def test_a_request_that_is_rejected_is_not_sent_again(
    status: int, kind: str, words: str, server: ModelServer, model: ChatAnswerer
) -> None:
    server.replies = [as_json({"error": {"message": "go away"}}, status=status)]
    error = fault_of(model)
    assert error.kind == kind and words in error.detail
    assert len(server.requests) == 1


def test_no_credit_is_not_waited_for(server: ModelServer, model: ChatAnswerer) -> None:
    server.replies = [as_json({"error": {"message": "Pay.", "code": "insufficient_quota"}}, status=429)]
    error = fault_of(model)
    assert error.kind == "rejected" and "no credit is left (429). It says: 'Pay.'" in error.detail
    assert len(server.requests) == 1


# --- settings that a model does not take ---


def declines(name: str, *, param: bool = True) -> Sent:
    error: dict[str, Any] = {"message": f"Unsupported parameter: '{name}' is not supported with this model."}
    return as_json({"error": {**error, **({"param": name} if param else {})}}, status=400)


@pytest.mark.parametrize("param", [True, False])
def test_a_setting_that_is_not_taken_is_left_out_and_remembered(param: bool, server: ModelServer) -> None:
    server.replies = [declines("max_tokens", param=param), declines("temperature", param=param), says("B")]
    with ChatAnswerer("m", server.url, settings=settings(max_tokens=9)) as model:
        assert model.not_taken == ()
        assert model.answer(Question("What?", noise_wav())).text == "B"
        assert model.answer(Question("What?")).text == "B"
        assert model.not_taken == ("max_tokens", "temperature")
    sent = [{k: v for k, v in each.body.items() if k not in ("messages", "model")} for each in server.requests]
    assert sent == [
        {"temperature": 0.0, "max_tokens": 9, "stream": False},
        {"temperature": 0.0, "max_completion_tokens": 9, "stream": False},
        {"max_completion_tokens": 9, "stream": False},
        {"max_completion_tokens": 9, "stream": False},
    ]
    assert server.requests[2].body["messages"] == server.requests[0].body["messages"]


def test_a_server_that_declines_all_is_not_asked_for_ever(server: ModelServer) -> None:
    server.replies = [declines("temperature")]
    with ChatAnswerer("m", server.url, settings=settings()) as model:
        assert fault_of(model).kind == "rejected"
    assert len(server.requests) == 2


# --- many at a time ---


def test_threads_share_connections(server: ModelServer, model: ChatAnswerer) -> None:
    server.replies = [says("B")]
    wav = noise_wav()
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda number: model.answer(Question(f"What {number}?", wav)), range(40)))
    assert [reply.text for reply in replies] == ["B"] * 40
    texts = {each.body["messages"][0]["content"][0]["text"] for each in server.requests}
    assert texts == {f"What {number}?" for number in range(40)}
    assert server.n_connections <= 4


def test_who_waits_is_let_go_when_it_is_closed(server: ModelServer) -> None:
    server.replies = [Sent(b"", 429, {"Retry-After": "60"})]
    model = ChatAnswerer("m", server.url, settings=settings())
    caught: list[AnswerError] = []

    def ask() -> None:
        try:
            model.answer(Question("What?"))
        except AnswerError as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    while not server.requests:
        thread.join(0.01)
    model.close()
    thread.join(5.0)
    assert not thread.is_alive()
    assert caught[0].kind == "busy"
    assert "it is closed" in fault_of(model).detail
    assert len(server.requests) == 1


def test_what_is_on_its_way_is_received_when_it_is_closed(server: ModelServer) -> None:
    server.replies = [says("B")._replace(stall_s=0.3)]
    model = ChatAnswerer("m", server.url, settings=settings())
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(model.answer, Question("What?"))
        while not server.requests:
            pass
        model.close()
        assert asked.result(5.0).text == "B"


# --- what is recorded ---


def test_what_its_answers_depend_on_is_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)

    def version(model: str = "m", address: str = "https://a.org/v1", **options: Any) -> str:
        answerer = ChatAnswerer(model, address, settings=settings(**options))
        assert isinstance(answerer, Answerer)
        assert not answerer.about.reference and answerer.about.paradigm == "MLLM"
        assert no_part_of(SECRET, repr(answerer.about) + repr(answerer) + repr(vars(answerer)))
        return answerer.about.version

    other = [
        version("n"),
        version(address="https://b.org/v1"),
        version(temperature=1.0),
        version(max_tokens=5),
        version(audio_as="audio_url"),
        version(extra={"seed": 2}),
    ]
    assert len({version(), *other}) == 7
    assert version() == version(address="https://a.org/v1/", timeout_s=9.0, tries=9, first_wait_s=9.0)
