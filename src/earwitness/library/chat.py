"""One question to a language model behind the protocol of OpenAI's chat completions, and its answer as text.

The key comes from the environment at the moment of asking. It is kept in no object, and stands in no message: what a
server sends back is searched for it before any of it is shown. It goes to the one address that was named: redirects
are not followed, and without encryption it goes nowhere but to this machine itself.
"""

from __future__ import annotations

import email.utils
import http.client
import ipaddress
import json
import os
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from earwitness.errors import LibraryError

__all__ = ["KEY", "MOST_BYTES", "OPENAI", "OPENAI_KEY", "OPENAI_URL", "ChatModel", "chat_model"]

KEY = "EARWITNESS_API_KEY"
"""The variable that holds the key of the named server."""
OPENAI_KEY = "OPENAI_API_KEY"
"""The variable whose key is used where ``KEY`` is not set, for the server that it belongs to and for no other."""
OPENAI_URL = "OPENAI_BASE_URL"
"""The variable that names the server where no option does."""
OPENAI = "https://api.openai.com/v1"
"""The server that ``OPENAI_KEY`` belongs to where ``OPENAI_URL`` is not set. It is never asked unless it is named."""
MOST_BYTES = 2**20
"""The most bytes that are read of an answer."""

_MOST_SHOWN = 300
_MOST_NAME = 200
_LONGEST_WAIT_S = 30.0
_TOO_MANY = 429
_BUSY = 500
_SECRET = 8  # characters of a key in a row that are not to be seen; shorter ones are words that local servers ask for
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*\.?")


class _Reply(NamedTuple):
    """What came back from a server."""

    status: int
    wait: str | None
    body: bytes


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
    """How long to wait before the second time, in seconds; twice as long before each further one."""

    def __post_init__(self) -> None:
        if not 0 < len(self.name.strip()) <= _MOST_NAME:
            raise LibraryError(f"The name of a model has 1 to {_MOST_NAME} characters; got {self.name[:_MOST_NAME]!r}.")
        if not (self.timeout_s > 0 and self.tries >= 1 and self.first_wait_s >= 0):
            raise LibraryError(
                "A model is given some time and one try at least; got "
                f"timeout_s={self.timeout_s!r}, tries={self.tries!r}, first_wait_s={self.first_wait_s!r}."
            )
        _check_address(self.base_url)
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

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
        fault, reply = self._asked(messages)
        text = None
        if reply is not None:
            text, fault = self._text_of(reply.body)
        if text is None:
            # Raised here, outside of every handler: no exception behind this one holds what was sent.
            raise LibraryError(self.hidden(f"The model {self.name!r} at '{self.base_url}' gave no answer: {fault}"))
        return text

    def hidden(self, text: str) -> str:
        """Return a text without the key, to be shown.

        Words that hold a part of the key are left out as a whole. A key shorter than eight characters is no secret
        but a word that a local server asks for; it is left out where it stands alone.
        """
        key = self._key()
        if len(key) < _SECRET:
            return re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "[key]", text) if key else text
        parts = sorted({key[i : i + _SECRET] for i in range(len(key) - _SECRET + 1)})
        return re.sub(r"\S+", lambda word: "[key]" if any(part in word[0] for part in parts) else word[0], text)

    def _shown(self, text: str) -> str:
        """Return a text from elsewhere to be shown: without the key, shortened, what does not print made visible."""
        text = self.hidden(text)
        return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")

    def _asked(self, messages: Sequence[Mapping[str, str]]) -> tuple[str, _Reply | None]:
        """Return what is wrong, or else the reply."""
        body: dict[str, object] = {"model": self.name, "messages": list(messages), "temperature": 0, "stream": False}
        fault = ""
        for trial in range(self.tries):
            reply = self._sent(body)
            if isinstance(reply, str):
                return reply, None
            if reply.status == http.client.BAD_REQUEST and "temperature" in body and _parameter(reply) == "temperature":
                # Some models have one temperature only, and take no word about it.
                del body["temperature"]
                reply = self._sent(body)
                if isinstance(reply, str):
                    return reply, None
            if reply.status == http.client.OK:
                return "", reply
            fault = self._refused(reply)
            if reply.status != _TOO_MANY and reply.status < _BUSY:
                return fault, None
            wait_s = max(_wait_of(reply.wait), self.first_wait_s * 2**trial)
            if wait_s > _LONGEST_WAIT_S:
                return f"{fault} It asks to be left alone for {wait_s:,.0f} s; ask again then.", None
            if trial + 1 < self.tries:
                time.sleep(wait_s)
        return f"{fault} It was asked {self.tries} times.", None

    def _sent(self, body: Mapping[str, object]) -> _Reply | str:
        """Return the reply to one request, or what is wrong."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "earwitness"}
        if key := self._key():
            headers["Authorization"] = f"Bearer {key}"
        data = json.dumps(body).encode("ascii")
        request = urllib.request.Request(f"{self.base_url}/chat/completions", data, headers, method="POST")
        deadline = time.monotonic() + self.timeout_s
        try:
            with _opener(self.base_url).open(request, timeout=self.timeout_s) as answer:
                read = _read(answer, deadline)
                return read if isinstance(read, str) else _Reply(answer.status, answer.headers["Retry-After"], read)
        except TimeoutError:
            return self._too_slow()
        except (OSError, http.client.HTTPException, ValueError) as error:  # the last of a proxy's address that is none
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                return self._too_slow()
            return f"{self._shown(str(getattr(reason, 'strerror', None) or reason))}."

    def _too_slow(self) -> str:
        return f"none came within {self.timeout_s:g} s."

    def _refused(self, reply: _Reply) -> str:
        """Return what a status says, with the server's own words."""
        words = _words_of(reply.body)
        said = f" It says: {self._shown(words)}." if words else ""
        if reply.status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
            sent = "the server does not take the key" if self._key() else f"no key was sent, {self._missing()}"
            return f"{sent} ({reply.status}).{said}"
        if reply.status == http.client.NOT_FOUND:
            return f"the server knows no such model, or no '/chat/completions' below that address (404).{said}"
        if reply.status == _TOO_MANY:
            return f"too many requests, or no credit is left (429).{said}"
        if http.client.MULTIPLE_CHOICES <= reply.status < http.client.BAD_REQUEST:
            return f"the server points to another address ({reply.status}), which is not followed: name that one."
        whose = "the server is at fault" if reply.status >= _BUSY else "the server refuses"
        return f"{whose} ({reply.status}).{said}"

    def _text_of(self, body: bytes) -> tuple[str | None, str]:
        """Return the answer, or None and what is wrong."""
        sent = _json_of(body)
        match sent:
            case {"choices": [{"message": {"content": str(text)}, "finish_reason": "length"}, *_]}:
                return None, f"it was cut off for its length: {self._shown(text)}."
            case {"choices": [{"message": {"refusal": str(refusal)}}, *_]} if refusal:
                return None, f"it refuses: {self._shown(refusal)}."
            case {"choices": [{"message": {"content": str(text)}}, *_]}:
                return text, ""
        what = "what is not JSON" if sent is None else "JSON without choices[0].message.content"
        return None, f"the server sends {what}: {self._shown(body.decode(errors='replace'))}."

    def _key(self) -> str:
        """Return the key that this server is to have, as the environment has it now; empty where there is none."""
        return _key_in(KEY) or (_key_in(OPENAI_KEY) if self._is_of_openai_key() else "")

    def _is_of_openai_key(self) -> bool:
        return _origin(self.base_url) == _origin(os.environ.get(OPENAI_URL) or OPENAI)

    def _missing(self) -> str:
        if _key_in(OPENAI_KEY) and not self._is_of_openai_key():
            return f"for {OPENAI_KEY} belongs to another server: put the key of this one into {KEY}"
        return f"for {KEY} is not set"


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


def _check_address(address: str) -> None:
    """Refuse what is no address; what may be a secret in it is not repeated."""
    if not re.fullmatch(r"[\x21-\x7e]+", address):
        raise LibraryError("The address of a model's server is plain ASCII without spaces, such as " + OPENAI + ".")
    try:
        parts = urllib.parse.urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise LibraryError(f"The address of a model's server is damaged; expected one such as {OPENAI}.") from None
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise LibraryError(
            f"The address of a model's server holds no user, password, query or fragment: a key belongs into {KEY}."
        )
    if parts.scheme not in ("http", "https") or not (_HOST.fullmatch(host) or _is_address(host)):
        raise LibraryError(f"'{address}' is no address of a server; expected one such as {OPENAI}.")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise LibraryError(
            f"'{address}' is not encrypted: whoever is on the way could read the key and the question, and change the "
            "answer. Use https; http is for this machine alone (localhost, 127.0.0.1, [::1])."
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    """Return what tells one server from another."""
    try:
        parts = urllib.parse.urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "", None, None  # an address that is none is no server's


def _key_in(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not re.fullmatch(r"[\x21-\x7e]*", key):
        # Its value is not repeated, wrong as it is.
        raise LibraryError(f"{variable} holds no key: expected ASCII without spaces.")
    return key


def _opener(address: str) -> urllib.request.OpenerDirector:
    """Return what sends one request: no redirects, no files, and every status is a reply.

    The environment's proxies serve https, which they cannot read. This machine is asked without them: a proxy would
    see the key.
    """
    opener = urllib.request.OpenerDirector()
    encrypted = urllib.parse.urlsplit(address).scheme == "https"
    handlers = (urllib.request.ProxyHandler(None if encrypted else {}), urllib.request.HTTPSHandler())
    for handler in (*handlers, urllib.request.HTTPHandler()):
        opener.add_handler(handler)
    return opener


def _read(answer: http.client.HTTPResponse, deadline: float) -> bytes | str:
    """Return what a server sends, or what is wrong with it: too much, or too slow."""
    data = bytearray()
    while part := answer.read1(2**16):
        data += part
        if len(data) > MOST_BYTES:
            return f"the server sends more than {MOST_BYTES:,} bytes."
        if time.monotonic() > deadline:
            raise TimeoutError
    return bytes(data)


def _json_of(body: bytes) -> Any:
    """Return the JSON that a server sent; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _words_of(body: bytes) -> str:
    """Return the words in which a server refuses."""
    match _json_of(body):
        case {"error": {"message": str(words)}} | {"error": str(words)} | {"message": str(words)}:
            return words
        case {"detail": str(words)}:
            return words
    return body.decode(errors="replace").strip()


def _parameter(reply: _Reply) -> str | None:
    """Return the parameter that a server refuses."""
    match _json_of(reply.body):
        case {"error": {"param": str(name)}}:
            return name
    return None


def _wait_of(value: str | None) -> float:
    """Return how many seconds a server asks to wait, by a number or by a date; 0 where it does not say."""
    if value is None:
        return 0.0
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value.strip()):
        return float(value)
    date = email.utils.parsedate_tz(value)
    try:
        return 0.0 if date is None else max(email.utils.mktime_tz(date) - time.time(), 0.0)
    except (ValueError, OverflowError):
        return 0.0  # a date that there is not
