"""What tests of models behind servers share."""

from __future__ import annotations

from typing import Any

import pytest

from earwitness.errors import AnswerError
from earwitness.systems.addresses import GEMINI_KEYS, KEY, OPENAI_KEY, OPENAI_URL
from earwitness.systems.answerer import FAULTS, Answerer, Question
from earwitness.systems.chat import Settings

SECRET = "sk-proj-Zx93_kkQwertyUIOP-77aa"
QUICK: dict[str, Any] = {"timeout_s": 5.0, "tries": 3, "first_wait_s": 0.01}


def forget_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY, OPENAI_KEY, OPENAI_URL, *GEMINI_KEYS):
        monkeypatch.delenv(name, raising=False)


def settings(**options: Any) -> Settings:
    return Settings(**{**QUICK, **options})


def fault_of(answerer: Answerer, question: Question | None = None) -> AnswerError:
    """Return what is raised instead of an answer; nothing that was sent hangs on it."""
    with pytest.raises(AnswerError) as caught:
        answerer.answer(question or Question("What barks?"))
    error = caught.value
    assert error.kind in FAULTS
    assert error.__context__ is None and error.__cause__ is None
    assert error.detail.isprintable() and len(error.detail) < 900
    return error


def no_part_of(secret: str, text: str) -> bool:
    return not any(secret[i : i + 8] in text for i in range(len(secret) - 7))
