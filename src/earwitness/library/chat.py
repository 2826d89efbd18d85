"""One question to a language model behind the protocol of OpenAI's chat completions, and its answer as text.

Which address may be asked, whose key goes there, and what is said when there is no answer, is ``systems.servers``' to
know and ``systems.addresses``'.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earwitness.errors import AnswerError, LibraryError
from earwitness.systems.addresses import OPENAI, OPENAI_URL, OPENAI_VENDOR
from earwitness.systems.servers import Fault, Patience, Received, Server, declined, json_of, unusable

__all__ = ["MOST_BYTES", "ChatModel", "chat_model"]

MOST_BYTES = 2**20
"""The most bytes that are read of an answer."""

_MOST_NAME = 200
_LONGEST_WAIT_S = 30.0  # somebody waits for the answer


@dataclass(frozen=True)
class ChatModel:
    """A model, and the server that answers for it.

    Raises
    ------
    LibraryError
        When the address or the name is none that can be asked.
    """

    name: str
    """The model's name, as its server knows it."""
    base_url: str
    """The address in front of ``/chat/completions``: https, or http for this machine alone."""
    timeout_s: float = 120.0
    """How long one answer may take, in seconds."""
    tries: int = 3
    """How often a server is asked that is busy or at fault."""
    first_wait_s: float = 1.0
    """How long to wait before the second time, in seconds, give or take a half; twice as long before each further."""

    def __post_init__(self) -> None:
        if fault := unusable(self.name, self.base_url, patience=self._patience):
            raise LibraryError(fault)
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    @property
    def _patience(self) -> Patience:
        return Patience(self.timeout_s, self.tries, self.first_wait_s, _LONGEST_WAIT_S)

    def answer(self, messages: Sequence[Mapping[str, str]]) -> str:
        """Return what the model answers to a conversation, at temperature 0.

        Parameters
        ----------
        messages
            Each with its ``role`` and its ``content``.

        Raises
        ------
        LibraryError
            When the server cannot be reached, refuses, is too slow, or answers what is no answer. Its own words are
            told in it, without the key.
        """
        request: dict[str, object] = {"model": self.name, "messages": list(messages), "temperature": 0, "stream": False}

        def read(body: bytes) -> str | Fault:
            return _text_of(body, server)

        def mend(received: Received) -> bytes | None:
            # Some models have one temperature only, and take no word about it.
            if "temperature" not in request or declined(received, ["temperature"]) is None:
                return None
            del request["temperature"]
            return json.dumps(request).encode("ascii")

        body, who = json.dumps(request).encode("ascii"), f"The model {self.name!r}"
        with self._server() as server:
            try:
                # Somebody waits: what a server that is well sends once, it would send again.
                return server.ask("/chat/completions", body, who=who, read=read, mend=mend, stubborn=False)
            except AnswerError as error:
                fault = error.detail
        # Raised here, outside of every handler: no exception behind this one holds what was sent.
        raise LibraryError(fault)

    def hidden(self, text: str) -> str:
        """Return a text without the key, to be shown.

        Raises
        ------
        LibraryError
            When the key in the environment is none.
        """
        try:
            return self._server().hidden(text)
        except AnswerError as error:
            fault = error.detail
        raise LibraryError(fault)

    def _server(self) -> Server:
        return Server(self.base_url, OPENAI_VENDOR, patience=self._patience, most_bytes=MOST_BYTES)


def _text_of(body: bytes, server: Server) -> str | Fault:
    """Return the answer, or what is wrong."""
    sent = json_of(body)
    match sent:
        case {"choices": [{"message": {"content": str(text)}, "finish_reason": "length"}, *_]}:
            return Fault("unreadable", f"it was cut off for its length: {server.shown(text)}.")
        case {"choices": [{"message": {"refusal": str(refusal)}}, *_]} if refusal:
            return Fault("refused", f"it refuses: {server.shown(refusal)}.")
        case {"choices": [{"message": {"content": str(text)}}, *_]}:
            return text
    what = "what is not JSON" if sent is None else "JSON without choices[0].message.content"
    return Fault("unreadable", f"the server sends {what}: {server.shown(body.decode(errors='replace'))}.")


def chat_model(name: str, *, base_url: str | None = None, timeout_s: float = 120.0) -> ChatModel:
    """Return a model to be asked.

    Parameters
    ----------
    name
        The model's name, as its server knows it.
    base_url
        The address in front of ``/chat/completions``; None: that in the environment's ``OPENAI_URL``.
    timeout_s
        How long one answer may take, in seconds.

    Raises
    ------
    LibraryError
        When no address is named, or it is none that can be asked, or the key in the environment is none.
    """
    address = base_url or os.environ.get(OPENAI_URL)
    if not address:
        raise LibraryError(
            f"Where does the model {name[:_MOST_NAME]!r} answer? Name its address by --reader-url or in {OPENAI_URL}: "
            f"{OPENAI}, or http://localhost:11434/v1 for a server on this machine."
        )
    model = ChatModel(name, address, timeout_s=timeout_s)
    model.hidden("")  # a key that is none is told of now, before anything is asked
    return model
