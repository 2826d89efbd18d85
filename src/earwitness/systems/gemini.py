"""A Gemini model behind Google's own protocol: a text and perhaps a recording in, its words out.

The key travels in a header, never in the address. What the model thinks comes in parts that are marked as thoughts, and
stands apart.
"""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any, Self

from earwitness.errors import AnswerError, SystemFault
from earwitness.systems.addresses import GEMINI, GEMINI_VENDOR
from earwitness.systems.answerer import Question, Reply
from earwitness.systems.chat import Settings, about_model, count, merged
from earwitness.systems.servers import Fault, Server, json_of, unusable

__all__ = ["MOST_SENT", "GeminiAnswerer"]

MOST_SENT = 100_000_000
"""The most bytes that Google takes of a request with the recording in it."""

# Why a candidate ended, where Google itself held the answer back.
_FILTERED = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY"}
_FINISHES = {"STOP": "stop", "MAX_TOKENS": "length"}


class GeminiAnswerer:
    """A Gemini model. Threads may share it; it is closed when nobody asks any more.

    Parameters
    ----------
    model
        The model's name, with or without ``models/``.
    address
        What stands before ``/models/``: https, or http for this machine alone.
    settings
        How it is asked; ``extra`` is merged into the request, for instance
        ``{"generationConfig": {"thinkingConfig": {"includeThoughts": True}}}``.

    Raises
    ------
    SystemFault
        When the address or the name is none that can be asked.
    """

    def __init__(self, model: str, *, address: str = GEMINI, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        if fault := unusable(model, address, patience=settings.patience):
            raise SystemFault(fault)
        named = model if "/" in model else f"models/{model}"
        if any(part in ("", ".", "..") for part in named.split("/")):
            raise SystemFault(f"The name of a Gemini model is one such as gemini-2.5-flash; got {model!r}.")
        self._model = model
        self._path = f"/{urllib.parse.quote(named)}:generateContent"
        self._settings = settings
        self._server = Server(address, GEMINI_VENDOR, patience=settings.patience)
        self.about = about_model(f"gemini:{model}", self._server.address, settings=settings)

    def __enter__(self) -> Self:
        """Return itself; it is closed at the end."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close every connection, and ask nothing a further time."""
        self._server.close()

    def answer(self, question: Question) -> Reply:
        """Return what the model says.

        Raises
        ------
        AnswerError
            When it gave no answer, or the recording is too large to be sent.
        """
        body = self.request(question)
        if len(body) > MOST_SENT:
            raise AnswerError(
                "audio",
                f"A request to the model {self._model!r} may have {MOST_SENT:,} bytes with the recording in it; "
                f"this one has {len(body):,}. Nothing was sent.",
            )
        return self._server.ask(self._path, body, who=f"The model {self._model!r}", read=self._reply)

    def request(self, question: Question) -> bytes:
        """Return the body of the request that a question is sent in, which holds no key."""
        # The recording is most of it, and is copied into it once.
        settings = self._settings
        config = {"temperature": settings.temperature, "maxOutputTokens": settings.max_tokens}
        said = {"generationConfig": {name: value for name, value in config.items() if value is not None}}
        rest = json.dumps(merged(said, settings.extra)).encode("ascii")[:-1]
        text = json.dumps({"text": question.text}).encode("ascii")
        head = rest + b', "contents": [{"role": "user", "parts": [' + text
        if question.audio is None:
            return head + b"]}]}"
        audio = base64.b64encode(question.audio)
        return b"".join((head, b', {"inline_data": {"mime_type": "audio/wav", "data": "', audio, b'"}}]}]}'))

    def _reply(self, body: bytes) -> Reply | Fault:
        """Return what a server sent as a reply, or what is wrong with it."""
        sent = json_of(body)
        match sent:
            case {"candidates": [{**candidate}, *_]}:
                pass
            case {"promptFeedback": {"blockReason": str(reason)}}:
                return Fault("filtered", f"its server takes no such question: {self._server.shown(reason)}.")
            case _:
                what = "what is not JSON" if sent is None else "JSON without candidates"
                shown = self._server.shown(body.decode(errors="replace"))
                return Fault("unreadable", f"the server sends {what}: {shown}.", "broken")
        finish = candidate.get("finishReason")
        if finish in _FILTERED:
            return Fault("filtered", f"a filter of its server held it back: {self._server.shown(finish)}.")
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        if not _is_parts(parts) and not (parts is None and finish in _FINISHES):
            shown = self._server.shown(body.decode(errors="replace"))
            return Fault("unreadable", f"the server sends no text in candidates[0].content.parts: {shown}.", "broken")
        parts = parts or []
        model = sent.get("modelVersion")
        return Reply(
            "".join(part.get("text", "") for part in parts if not part.get("thought")),
            reasoning="".join(part.get("text", "") for part in parts if part.get("thought")),
            finish=_FINISHES.get(finish, finish.lower()) if isinstance(finish, str) else "",
            tokens=_tokens(sent.get("usageMetadata")),
            model=model if isinstance(model, str) else "",
        )


def _is_parts(parts: Any) -> bool:
    return isinstance(parts, list) and all(
        isinstance(part, dict) and isinstance(part.get("text", ""), str) for part in parts
    )


def _tokens(usage: Any) -> Mapping[str, int]:
    """Return what a server counted; what was thought is a part of the output, as others count it."""
    said, thought = count(usage, "candidatesTokenCount"), count(usage, "thoughtsTokenCount")
    output = None if said is None and thought is None else (said or 0) + (thought or 0)
    details = usage.get("promptTokensDetails") if isinstance(usage, dict) else None
    heard = [
        number
        for each in (details if isinstance(details, list) else ())
        if isinstance(each, dict) and each.get("modality") == "AUDIO" and (number := count(each, "tokenCount"))
    ]
    counts = {
        "input": count(usage, "promptTokenCount"),
        "output": output,
        "audio": sum(heard) if heard else None,
        "reasoning": thought,
    }
    return {name: number for name, number in counts.items() if number is not None}
