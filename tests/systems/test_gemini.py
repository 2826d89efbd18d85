"""A Gemini model is sent what it is asked in Google's own form, and what it says is told apart."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from earwitness.errors import SystemFault
from earwitness.systems import gemini
from earwitness.systems.addresses import GEMINI, KEY
from earwitness.systems.answerer import Question
from earwitness.systems.gemini import GeminiAnswerer
from library.model_server import ModelServer, Reply, as_json
from systems.asked import SECRET, fault_of, forget_keys, no_part_of, settings
from systems.sound import noise_wav


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_keys(monkeypatch)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def model(server: ModelServer) -> Iterator[GeminiAnswerer]:
    address = server.url.replace("/v1", "/v1beta")
    with GeminiAnswerer("gemini-2.5-flash", address=address, settings=settings()) as model:
        yield model


def candidate(*parts: dict[str, Any], finish: str | None = "STOP", usage: object = None) -> Reply:
    one = {"content": {"role": "model", "parts": list(parts)}, "finishReason": finish, "index": 0}
    return as_json({"candidates": [one], "usageMetadata": usage, "modelVersion": "gemini-2.5-flash-001"})


# --- what is sent ---


def test_a_recording_arrives_bit_for_bit(
    server: ModelServer, model: GeminiAnswerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, SECRET)
    wav = noise_wav(1.0)
    server.replies = [candidate({"text": "ANSWER: B"})]
    assert model.answer(Question('What {barks}? "\u2603', wav)).text == "ANSWER: B"
    (request,) = server.requests
    assert request.path == "/v1beta/models/gemini-2.5-flash:generateContent"
    assert request.headers["x-goog-api-key"] == SECRET and "Authorization" not in request.headers
    data = request.body["contents"][0]["parts"][1]["inline_data"].pop("data")
    assert base64.b64decode(data, validate=True) == wav
    parts = [{"text": 'What {barks}? "\u2603'}, {"inline_data": {"mime_type": "audio/wav"}}]
    assert request.body == {"generationConfig": {"temperature": 0.0}, "contents": [{"role": "user", "parts": parts}]}


def test_settings_are_sent_and_merged(server: ModelServer) -> None:
    server.replies = [candidate({"text": "B"})]
    extra = {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}, "safetySettings": []}
    own = settings(temperature=None, max_tokens=9, extra=extra)
    with GeminiAnswerer("tunedModels/my own?x#%", address=server.url, settings=own) as model:
        model.answer(Question("What?"))
    (request,) = server.requests
    assert request.path == "/v1/tunedModels/my%20own%3Fx%23%25:generateContent"
    assert request.body == {
        "generationConfig": {"maxOutputTokens": 9, "thinkingConfig": {"includeThoughts": True}},
        "safetySettings": [],
        "contents": [{"role": "user", "parts": [{"text": "What?"}]}],
    }


def test_a_recording_that_is_too_large_is_not_sent(
    server: ModelServer, model: GeminiAnswerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies = [candidate({"text": "B"})]
    wav = noise_wav(1.0)
    monkeypatch.setattr(gemini, "MOST_SENT", 80_000)
    error = fault_of(model, Question("What?", wav))
    assert error.kind == "audio" and not server.requests
    assert "may have 80,000 bytes with the recording in it; this one has 85," in error.detail
    monkeypatch.setattr(gemini, "MOST_SENT", 90_000)
    assert model.answer(Question("What?", wav)).text == "B"


@pytest.mark.parametrize("name", ["", "m" * 201, "../x", "models//x", "models/"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(SystemFault, match="name of a"):
        GeminiAnswerer(name)


# --- what comes back ---


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (candidate({"text": "ANSWER: "}, {"text": "B"}), ("ANSWER: B", "", "stop")),
        (candidate({"text": "it barks", "thought": True}, {"text": "B"}), ("B", "it barks", "stop")),
        (candidate({"text": "half an"}, finish="MAX_TOKENS"), ("half an", "", "length")),
        (candidate({"text": "B"}, finish=None), ("B", "", "")),
        (candidate({"text": "B"}, {"functionCall": {}}, finish="OTHER"), ("B", "", "other")),
        (as_json({"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]}), ("", "", "length")),
        (as_json({"candidates": [{"finishReason": "STOP"}]}), ("", "", "stop")),
    ],
)
def test_what_a_model_says_is_told_apart(
    reply: Reply, expected: tuple[str, str, str], server: ModelServer, model: GeminiAnswerer
) -> None:
    server.replies = [reply]
    answer = model.answer(Question("What?"))
    assert (answer.text, answer.reasoning, answer.finish) == expected
    assert len(server.requests) == 1


def test_tokens_are_counted(server: ModelServer, model: GeminiAnswerer) -> None:
    details = [{"modality": "TEXT", "tokenCount": 50}, {"modality": "AUDIO", "tokenCount": 320}, "x"]
    usage = {"promptTokenCount": 370, "candidatesTokenCount": 10, "thoughtsTokenCount": 90, "totalTokenCount": 470}
    server.replies = [candidate({"text": "B"}, usage={**usage, "promptTokensDetails": details})]
    answer = model.answer(Question("What?"))
    assert answer.tokens == {"input": 370, "output": 100, "audio": 320, "reasoning": 90}
    assert answer.model == "gemini-2.5-flash-001"
    server.replies = [candidate({"text": "B"}, usage=[])]
    assert model.answer(Question("What?")).tokens == {}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (as_json({"promptFeedback": {"blockReason": "SAFETY"}}), "its server takes no such question: 'SAFETY'"),
        (as_json({"candidates": [{"finishReason": "SAFETY"}]}), "a filter of its server held it back: 'SAFETY'"),
        (candidate({"text": "some"}, finish="RECITATION"), "a filter of its server held it back: 'RECITATION'"),
        (candidate(finish="PROHIBITED_CONTENT"), "a filter of its server held it back"),
    ],
)
def test_what_was_filtered_is_not_asked_again(
    reply: Reply, words: str, server: ModelServer, model: GeminiAnswerer
) -> None:
    server.replies = [reply]
    error = fault_of(model)
    assert error.kind == "filtered" and words in error.detail and len(server.requests) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"<html>"), "sends what is not JSON: '<html>'"),
        (as_json({"candidates": []}), "sends JSON without candidates"),
        (as_json({"candidates": [{"content": {"parts": "B"}}]}), "no text in candidates[0].content.parts"),
        (as_json({"candidates": [{"content": {"parts": [{"text": 3}]}}]}), "no text in candidates[0].content.parts"),
        (as_json({"candidates": [{"finishReason": "MALFORMED_RESPONSE"}]}), "no text in candidates[0].content.parts"),
    ],
)
def test_what_is_no_answer_is_asked_for_again(
    reply: Reply, words: str, server: ModelServer, model: GeminiAnswerer
) -> None:
    server.replies = [reply]
    error = fault_of(model)
    assert error.kind == "unreadable" and words in error.detail and len(server.requests) == 3
    server.replies = [reply, candidate({"text": "B"})]
    assert model.answer(Question("What?")).text == "B"


def test_google_is_not_asked_without_a_key() -> None:
    error = fault_of(GeminiAnswerer("gemini-2.5-flash", settings=settings()))
    assert error.kind == "rejected"
    assert "no key was sent, for GEMINI_API_KEY or GOOGLE_API_KEY is not set." in error.detail


def test_the_key_is_nowhere_but_in_its_header(
    server: ModelServer, model: GeminiAnswerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", SECRET)  # is Google's, and goes to no other server
    server.replies = [as_json({"error": {"code": 400, "message": f"API key not valid: {SECRET}"}}, status=400)]
    error = fault_of(model)
    assert error.kind == "rejected" and "x-goog-api-key" not in server.requests[0].headers
    monkeypatch.setenv(KEY, SECRET)
    error = fault_of(model)
    assert "the server refuses (400). It says: 'API key not valid: [key]" in error.detail
    assert no_part_of(SECRET, str(error) + server.requests[-1].path + repr(model.about) + repr(vars(model)))
    assert server.requests[-1].headers["x-goog-api-key"] == SECRET


def test_what_is_recorded() -> None:
    about = GeminiAnswerer("gemini-2.5-flash", settings=settings()).about
    assert (about.name, about.spec, about.reference) == ("gemini-2.5-flash", "gemini:gemini-2.5-flash", False)
    assert about.details["server"] == GEMINI
    other = GeminiAnswerer("gemini-2.5-flash", settings=settings(temperature=1.0)).about
    assert other.version != about.version
