"""A model behind the protocol of OpenAI's chat completions: a text and perhaps a recording in, its words out.

What a model thinks before it answers stands apart where its server tells it apart (``reasoning_content`` or
``reasoning``, or parts of that kind). An answer that was cut off for its length is an answer; whether it says enough is
for others to judge.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from earwitness.errors import SystemFault
from earwitness.systems.addresses import OPENAI_VENDOR
from earwitness.systems.answerer import Question, Reply
from earwitness.systems.base import About
from earwitness.systems.servers import Fault, Patience, Received, Server, declined, json_of, unusable

__all__ = ["AUDIO_AS", "ChatAnswerer", "Settings", "about_model", "count", "merged"]

AUDIO_AS = ("input_audio", "audio_url")
"""How a request carries a recording: as OpenAI has it, or in an address that holds the data."""

_PATH = "/chat/completions"
_ITS_OWN = ("model", "messages", "contents", "stream")  # what a setting may not say in the place of what is asked
_REASONING = ("reasoning_content", "reasoning")
_AUDIO_HEAD = {
    "input_audio": b'{"type": "input_audio", "input_audio": {"format": "wav", "data": "',
    "audio_url": b'{"type": "audio_url", "audio_url": {"url": "data:audio/wav;base64,',
}
_AUDIO_TAIL = b'"}}'


@dataclass(frozen=True)
class Settings:
    """How models are asked.

    Raises
    ------
    SystemFault
        When a value makes no sense.
    """

    temperature: float | None = 0.0
    """How much chance there is in an answer; None leaves it to the server."""
    max_tokens: int | None = None
    """The longest answer, thinking included where the server counts it; None leaves it to the server."""
    audio_as: str = "input_audio"
    """One of ``AUDIO_AS``."""
    timeout_s: float = 300.0
    """How long one answer may take, from the connection to its last byte, in seconds."""
    tries: int = 5
    """How often a server is asked that is busy, at fault, or sends what is no answer."""
    first_wait_s: float = 1.0
    """How long to wait before the second time, in seconds, give or take a half; twice as long before each further."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else the request says: JSON values, merged into it."""

    def __post_init__(self) -> None:
        if self.audio_as not in AUDIO_AS:
            raise SystemFault(f"A recording is sent as {' or '.join(AUDIO_AS)}; got {self.audio_as!r}.")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise SystemFault(f"A temperature is a number from 0 to 2, or None; got {self.temperature!r}.")
        if self.max_tokens is not None and not self.max_tokens >= 1:
            raise SystemFault(f"The longest answer has one token at least; got max_tokens={self.max_tokens!r}.")
        if fault := unusable("any", OPENAI_VENDOR.home, patience=self.patience):
            raise SystemFault(fault)
        if taken := [name for name in _ITS_OWN if name in self.extra]:
            raise SystemFault(f"What else a request says cannot be its {' or '.join(map(repr, taken))}.")
        try:
            own = json.loads(json.dumps(dict(self.extra), allow_nan=False))
        except (TypeError, ValueError) as error:
            raise SystemFault(f"What else a request says must be what JSON can hold: {error}.") from error
        object.__setattr__(self, "extra", own)

    @property
    def patience(self) -> Patience:
        """How long and how often a server is asked."""
        return Patience(self.timeout_s, self.tries, self.first_wait_s)


class _Words(NamedTuple):
    """What the parts of a message say."""

    answer: str
    """What is said to the one who asked."""
    reasoning: str
    """What was thought before."""


class ChatAnswerer:
    """A model that is asked by chat completions. Threads may share it; it is closed when nobody asks any more.

    Parameters
    ----------
    model
        The model's name, as its server knows it.
    address
        What stands before ``/chat/completions``: https, or http for this machine alone.
    settings
        How it is asked.

    Raises
    ------
    SystemFault
        When the address or the name is none that can be asked.
    """

    def __init__(self, model: str, address: str, *, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        if fault := unusable(model, address, patience=settings.patience):
            raise SystemFault(fault)
        self._model = model
        self._settings = settings
        self._server = Server(address, OPENAI_VENDOR, patience=settings.patience)
        self._not_taken: tuple[str, ...] = ()
        self._noting = threading.Lock()
        self.about = about_model(
            f"openai:{model}", self._server.address, settings=settings, details={"audio_as": settings.audio_as}
        )

    @property
    def not_taken(self) -> tuple[str, ...]:
        """The settings that the model's server was found not to take: it was asked without them, or by another name."""
        return self._not_taken

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
            When it gave no answer.
        """

        def mend(received: Received) -> bytes | None:
            name = declined(received, [each for each in self._settled(left_out) if each != "max_completion_tokens"])
            if name is None:
                return None
            left_out.append(name)
            with self._noting:
                self._not_taken = tuple(dict.fromkeys((*self._not_taken, name)))
            return self._request(question, left_out)

        left_out = list(self._not_taken)
        body = self._request(question, left_out)
        return self._server.ask(_PATH, body, who=f"The model {self._model!r}", read=self._reply, mend=mend)

    def request(self, question: Question) -> bytes:
        """Return the body of the request that a question is sent in, which holds no key."""
        return self._request(question, self._not_taken)

    def _settled(self, left_out: Sequence[str]) -> dict[str, Any]:
        """Return the settings of a request, but for those that its server does not take."""
        settings = self._settings
        said: dict[str, Any] = {"temperature": settings.temperature, "max_tokens": settings.max_tokens}
        if "max_tokens" in left_out:
            # Models that think have the same setting by another name.
            said["max_completion_tokens"] = settings.max_tokens
        return {name: value for name, value in said.items() if value is not None and name not in left_out}

    def _request(self, question: Question, left_out: Sequence[str]) -> bytes:
        """Return the body of a request; the recording, which is most of it, is copied into it once."""
        said = merged({"model": self._model, **self._settled(left_out), "stream": False}, self._settings.extra)
        text = json.dumps({"type": "text", "text": question.text}).encode("ascii")
        head = json.dumps(said).encode("ascii")[:-1] + b', "messages": [{"role": "user", "content": [' + text
        if question.audio is None:
            return head + b"]}]}"
        audio = base64.b64encode(question.audio)
        return b"".join((head, b", ", _AUDIO_HEAD[self._settings.audio_as], audio, _AUDIO_TAIL, b"]}]}"))

    def _reply(self, body: bytes) -> Reply | Fault:
        """Return what a server sent as a reply, or what is wrong with it."""
        sent = json_of(body)
        match sent:
            case {"choices": [{"message": dict(message)} as choice, *_]}:
                pass
            case {"error": {"message": str(told)}} | {"error": str(told)}:
                return Fault("server", f"the server says: {self._server.shown(told)}.", "broken")
            case _:
                what = "what is not JSON" if sent is None else "JSON without choices[0].message"
                shown = self._server.shown(body.decode(errors="replace"))
                return Fault("unreadable", f"the server sends {what}: {shown}.", "broken")
        finish = choice.get("finish_reason")
        if isinstance(refusal := message.get("refusal"), str) and refusal:
            return Fault("refused", f"it refuses: {self._server.shown(refusal)}.")
        if finish == "content_filter":
            return Fault("filtered", f"a filter of its server held it back: {self._server.shown(str(message))}.")
        words = _words_of(message)
        # A message whose content is null is one in which the model says nothing, and would say it again.
        if words is None or ("content" not in message and not any(words)):
            shown = self._server.shown(body.decode(errors="replace"))
            return Fault("unreadable", f"the server sends no text in choices[0].message.content: {shown}.", "broken")
        model = sent.get("model")
        return Reply(
            words.answer,
            reasoning=words.reasoning,
            finish=finish if isinstance(finish, str) else "",
            tokens=_tokens(sent.get("usage")),
            model=model if isinstance(model, str) else "",
        )


def about_model(spec: str, address: str, *, settings: Settings, details: Mapping[str, Any] | None = None) -> About:
    """Return what is recorded of a model behind a server: all that its answers depend on besides what it is asked."""
    model = spec.partition(":")[2]
    asked = {
        "model": model,
        "server": address,
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        "extra": dict(settings.extra),
        **(details or {}),
    }
    return About(model, spec, "MLLM", False, json.dumps(asked, sort_keys=True), details=asked)


def merged(request: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with further settings; what both say is the further ones', but objects are merged.

    Examples
    --------
    >>> merged({"a": {"b": 1, "c": 2}}, {"a": {"c": 3}, "d": 4})
    {'a': {'b': 1, 'c': 3}, 'd': 4}
    """
    both = dict(request)
    for name, value in extra.items():
        before = both.get(name)
        both[name] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return both


def count(usage: Any, *names: str) -> int | None:
    """Return the whole number at a path of names, None where there is none."""
    for name in names:
        usage = usage.get(name) if isinstance(usage, dict) else None
    return usage if isinstance(usage, int) and not isinstance(usage, bool) and usage >= 0 else None


def _words_of(message: Mapping[str, Any]) -> _Words | None:
    """Return what a message says, None where its content is none."""
    reasoning = next((said for name in _REASONING if isinstance(said := message.get(name), str) and said), "")
    match message.get("content"):
        case None:
            return _Words("", reasoning)
        case str(answer):
            return _Words(answer, reasoning)
        case [*parts] if all(isinstance(part, dict) for part in parts):
            thought = "".join(_text_in(part) for part in parts if part.get("type") in ("thinking", "reasoning"))
            answer = "".join(_text_in(part) for part in parts if part.get("type") in ("text", "output_text"))
            return _Words(answer, reasoning or thought)
    return None


def _text_in(part: Mapping[str, Any]) -> str:
    """Return the text of a part, which some servers have in parts again."""
    for name in ("text", "thinking", "reasoning"):
        match part.get(name):
            case str(text):
                return text
            case [*parts]:
                return "".join(_text_in(each) for each in parts if isinstance(each, dict))
    return ""


def _tokens(usage: Any) -> dict[str, int]:
    """Return what a server counted."""
    counts = {
        "input": count(usage, "prompt_tokens"),
        "output": count(usage, "completion_tokens"),
        "audio": count(usage, "prompt_tokens_details", "audio_tokens"),
        "reasoning": count(usage, "completion_tokens_details", "reasoning_tokens"),
    }
    return {name: number for name, number in counts.items() if number is not None}
