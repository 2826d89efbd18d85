"""Whatever JSON a server sends, it is a reply or a fault of a known kind, and nothing else is raised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from earwitness.errors import AnswerError
from earwitness.systems.answerer import FAULTS, Answerer, Question
from earwitness.systems.answerers import open_answerer
from library.model_server import ModelServer, as_json
from systems.asked import forget_keys, settings

VALUES = st.none() | st.booleans() | st.integers(-1, 10**20) | st.floats() | st.text(max_size=5)
VALUES |= st.sampled_from(["stop", "length", "content_filter", "STOP", "SAFETY", "MAX_TOKENS", "text", "thinking"])


def anything(*names: str) -> st.SearchStrategy[Any]:
    """Return JSON in which names that mean something stand where they should, or elsewhere."""
    keys = st.sampled_from(names)
    return st.recursive(
        VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
    )


CHAT = ("message", "content", "finish_reason", "refusal", "reasoning", "reasoning_content", "type", "text", "thinking")
GEMINI = ("content", "parts", "text", "thought", "finishReason", "promptFeedback", "blockReason", "tokenCount")
USAGE = ("prompt_tokens", "prompt_tokens_details", "audio_tokens", "promptTokenCount", "promptTokensDetails")


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    server = ModelServer(keep_alive=True)
    yield server
    server.close()


def check(server: ModelServer, answerer: Answerer, reply: object) -> bool:
    """Return whether there was an answer; it, or else the fault, is as it should be."""
    server.replies = [as_json(reply)]
    try:
        answer = answerer.answer(Question("What?"))
    except AnswerError as error:
        assert error.kind in FAULTS and str(error).isprintable()
        return False
    assert all(isinstance(each, str) for each in (answer.text, answer.reasoning, answer.finish, answer.model))
    assert all(type(number) is int and number >= 0 for number in answer.tokens.values())
    return True


@tried(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reply=anything("choices", "error", *CHAT),
    choices=st.lists(st.fixed_dictionaries({"message": anything(*CHAT), "finish_reason": VALUES}), max_size=2),
    content=anything(*CHAT),
    usage=anything(*USAGE),
)
def test_chat(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, reply: Any, choices: Any, content: Any, usage: Any
) -> None:
    forget_keys(monkeypatch)
    with open_answerer("openai:m", url=server.url, settings=settings(tries=1)) as answerer:
        check(server, answerer, reply)
        check(server, answerer, {"choices": choices, "usage": usage, "model": usage})
        whole = {"choices": [{"message": {"content": content, "reasoning": content}}], "usage": usage}
        assert check(server, answerer, whole) or not isinstance(content, str)


@tried(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reply=anything("candidates", *GEMINI),
    candidates=st.lists(st.fixed_dictionaries({"content": anything(*GEMINI), "finishReason": VALUES}), max_size=2),
    parts=st.lists(st.fixed_dictionaries({"text": st.text(), "thought": VALUES}), max_size=3),
    usage=anything(*USAGE, *GEMINI),
)
def test_gemini(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, reply: Any, candidates: Any, parts: Any, usage: Any
) -> None:
    forget_keys(monkeypatch)
    with open_answerer("gemini:m", url=server.url, settings=settings(tries=1)) as answerer:
        check(server, answerer, reply)
        check(server, answerer, {"candidates": candidates, "usageMetadata": usage, "modelVersion": usage})
        assert check(server, answerer, {"candidates": [{"content": {"parts": parts}}], "usageMetadata": usage})
