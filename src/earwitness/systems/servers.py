"""A model's server: how often it is asked, what is read of its answers, and what is said when there is none.

Redirects are not followed: the key is the named server's alone. How much is read, and for how long, is bounded.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import random
import re
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Self, TypeVar

import httpx

from earwitness.errors import AnswerError
from earwitness.systems.addresses import Vendor, address_fault, hidden
from earwitness.systems.deadlines import CONNECT_S, DeadlineTransport, deadline

__all__ = [
    "MOST_BYTES",
    "Fault",
    "Patience",
    "Received",
    "Server",
    "declined",
    "json_of",
    "unusable",
]

MOST_BYTES = 2**23
"""The most bytes that are read of an answer: a model that thinks at length sends a hundred thousand."""

_MOST_SHOWN = 300
_MOST_NAME = 200
_TOO_MANY = 429
_AT_FAULT = 500
# Statuses that another request may not meet, besides those of 500 and more: too slow to send, a conflict, too many.
_PASSING = {408: "timeout", 409: "busy", _TOO_MANY: "busy"}
_T = TypeVar("_T")


class Received(NamedTuple):
    """What came back from a server."""

    status: int
    """Its status."""
    body: bytes
    """What it sent."""
    wait: str | None
    """When it wants to be asked again, in its own words."""


class Fault(NamedTuple):
    """Why there is no answer."""

    kind: str
    """One of ``answerer.FAULTS``."""
    detail: str
    """In words, for whoever asked."""
    again: Literal["never", "busy", "broken"] = "never"
    """Whether another try may help: the server says that it is busy or at fault, or what it sent is no answer."""
    wait_s: float = 0.0
    """How long it asks to be left alone, in seconds."""


@dataclass(frozen=True)
class Patience:
    """How long and how often a server is asked."""

    timeout_s: float
    """How long one answer may take, from the connection to the last byte, in seconds."""
    tries: int
    """How often it is asked."""
    first_wait_s: float
    """How long to wait before the second time, in seconds, give or take a half; twice as long before each further."""
    longest_wait_s: float = 120.0
    """The longest that a server may ask to be left alone, in seconds: one that asks for more is given up."""


class Server:
    """A server that is asked, over connections that are kept for the next time. Threads may share it.

    Parameters
    ----------
    address
        What stands before the path of every request; one of which ``unusable`` has nothing to say.
    vendor
        Whose key it is to have.
    patience
        How long and how often it is asked.
    most_bytes
        The most bytes that are read of an answer.
    """

    def __init__(self, address: str, vendor: Vendor, *, patience: Patience, most_bytes: int = MOST_BYTES) -> None:
        self.address = address.rstrip("/")
        self._vendor = vendor
        self._patience = patience
        self._most_bytes = most_bytes
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()
        self._n_asking = 0
        self._closed = threading.Event()
        self._quiet_until = 0.0

    def __enter__(self) -> Self:
        """Return itself; it is closed at the end."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Ask nothing a further time. What is on its way is still received; who waits to ask again is told why it must.

        It may be called at any time, by any thread: whoever asks last closes the connections.
        """
        self._closed.set()
        self._close_if_idle()

    def _close_if_idle(self) -> None:
        with self._lock:
            if self._closed.is_set() and not self._n_asking and self._client is not None:
                self._client.close()
                self._client = None

    def ask(
        self,
        path: str,
        body: bytes,
        *,
        who: str,
        read: Callable[[bytes], _T | Fault],
        mend: Callable[[Received], bytes | None] | None = None,
        stubborn: bool = True,
    ) -> _T:
        """Send a request, again where that may help, and return what its answer says.

        Parameters
        ----------
        path
            What follows the address.
        body
            The request in JSON.
        who
            Who is asked, for messages.
        read
            Turns the body of an answer into what it says, or into what is wrong with it.
        mend
            Given a request that was refused, returns one to send in its place, or None.
        stubborn
            Whether to ask again too where the connection breaks or what comes is no answer; else only where the server
            says that it is busy or at fault.

        Raises
        ------
        AnswerError
            When there is no answer. The server's own words are told in it, without the key.
        """
        with self._lock:
            self._n_asking += 1
        try:
            told = self._asked(path, body, read=read, mend=mend, stubborn=stubborn)
        finally:
            with self._lock:
                self._n_asking -= 1
            self._close_if_idle()
        if isinstance(told, Fault):
            # Raised here, outside of every handler: no exception behind this one holds what was sent.
            raise AnswerError(told.kind, self.hidden(f"{who} at '{self.address}' gave no answer: {told.detail}"))
        return told

    def key(self) -> str:
        """Return the key that the server is to have, as the environment has it now; empty where there is none."""
        return self._vendor.key(self.address)

    def hidden(self, text: str) -> str:
        """Return a text without the key, to be shown."""
        return hidden(text, [self.key()])

    def shown(self, text: str) -> str:
        """Return a text from elsewhere to be shown: without the key, shortened, what does not print made visible."""
        text = self.hidden(text)
        return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")

    # --- trying ---

    def _asked(
        self,
        path: str,
        body: bytes,
        *,
        read: Callable[[bytes], _T | Fault],
        mend: Callable[[Received], bytes | None] | None,
        stubborn: bool,
    ) -> _T | Fault:
        """Return what the answer says, or what is wrong after the last try."""
        if not self.key() and self._vendor.demands_key(self.address):
            return Fault("rejected", f"no key was sent, {self._vendor.missing(self.address)}.")
        fault = Fault("server", "it is closed.")
        if self._closed.is_set():
            return fault
        for trial in range(self._patience.tries):
            received = self._sent(path, body)
            while mend is not None and isinstance(received, Received) and (other := mend(received)) is not None:
                body = other
                received = self._sent(path, body)
            told = received if isinstance(received, Fault) else self._refused(received, path) or read(received.body)
            if not isinstance(told, Fault) or told.again == "never" or (told.again == "broken" and not stubborn):
                return told
            fault = told
            if told.wait_s > self._patience.longest_wait_s:
                left_alone = f"It asks to be left alone for {told.wait_s:,.0f} s; ask again then."
                return told._replace(detail=f"{told.detail} {left_alone}")
            if trial + 1 < self._patience.tries and not self._rested(told, trial):
                return told
        times = f" It was asked {self._patience.tries} times." if self._patience.tries > 1 else ""
        return fault._replace(detail=f"{fault.detail}{times}")

    def _rested(self, fault: Fault, trial: int) -> bool:
        """Wait before another try; return whether there is to be one."""
        if fault.wait_s > 0:
            # What one thread was told holds for all that ask this server, until then.
            self._quiet_until = max(self._quiet_until, time.monotonic() + fault.wait_s)
        # Chance spreads those who were refused together; nothing that is recorded depends on it.
        wait_s = self._patience.first_wait_s * 2**trial * random.uniform(0.5, 1.5)
        return not self._closed.wait(wait_s)

    # --- one request ---

    def _sent(self, path: str, body: bytes) -> Received | Fault:
        """Return the answer to one request, or what is wrong."""
        quiet_s = self._quiet_until - time.monotonic()
        if quiet_s > 0 and self._closed.wait(quiet_s + self._patience.first_wait_s * random.uniform(0, 1)):
            return Fault("busy", "it asked to be left alone, and nobody waits any more.")
        headers = {"Content-Type": "application/json"}
        if key := self.key():
            headers[self._vendor.header] = f"{self._vendor.scheme}{key}"
        try:
            client = self._connected()
        except ValueError:
            return Fault("rejected", "the proxy for https that the environment names has no address of http or https.")
        try:
            with (
                deadline(self._patience.timeout_s),
                client.stream("POST", f"{self.address}{path}", content=body, headers=headers) as answer,
            ):
                return self._read(answer)
        except httpx.ConnectTimeout:
            if self._patience.timeout_s <= CONNECT_S:
                return self._too_slow()
            return Fault("server", f"it cannot be reached within {CONNECT_S:g} s.", "broken")
        except httpx.TimeoutException:
            return self._too_slow()
        except httpx.TransportError as error:
            told = f"{self.shown(str(error) or type(error).__name__)}."
            return Fault("server", told, "never" if "CERTIFICATE_VERIFY_FAILED" in told else "broken")

    def _connected(self) -> httpx.Client:
        """Return the client that holds the connections.

        The environment's proxies serve https, which they cannot read. This machine is asked without them: a proxy would
        see the key. Nothing else of the environment is looked at, no file of passwords above all.
        """
        with self._lock:
            if self._client is None:
                parts = urllib.parse.urlsplit(self.address)
                encrypted = parts.scheme == "https"
                served = encrypted and not urllib.request.proxy_bypass(parts.netloc)
                transport = DeadlineTransport(
                    encrypted=encrypted, proxy=urllib.request.getproxies().get("https") if served else None
                )
                # Uncompressed, for else a few bytes could become many.
                headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "earwitness"}
                self._client = httpx.Client(transport=transport, headers=headers, trust_env=False)
            return self._client

    def _read(self, answer: httpx.Response) -> Received | Fault:
        """Return what a server sends, or what is wrong with it: too much, too slow, broken off."""
        data = bytearray()
        broken = ""
        try:
            for part in answer.iter_raw():
                data += part
                if len(data) > self._most_bytes:
                    return Fault("unreadable", f"the server sends more than {self._most_bytes:,} bytes.")
        except httpx.TimeoutException:
            return self._too_slow()
        except httpx.TransportError:
            broken = f"the server sends what is not JSON but a part of it ({len(data):,} bytes)"
        encoding = answer.headers.get("Content-Encoding", "identity")
        if encoding.lower() != "identity":
            broken = f"the server sends what is not JSON but is coded as {self.shown(encoding)}"
        if broken and answer.status_code == http.client.OK:
            return Fault("unreadable", f"{broken}: {self.shown(data.decode(errors='replace'))}.", "broken")
        return Received(answer.status_code, bytes(data), answer.headers.get("Retry-After"))

    def _too_slow(self) -> Fault:
        # Not asked again: the model may be at work on it still, and an answer that comes too late is paid for too.
        return Fault("timeout", f"none came within {self._patience.timeout_s:g} s.")

    def _refused(self, received: Received, path: str) -> Fault | None:
        """Return what a status says; None where it says that there is an answer."""
        status = received.status
        if status == http.client.OK:
            return None
        words = _words_of(received.body)
        said = f" It says: {self.shown(words)}." if words else ""
        if status in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
            missing = self._vendor.missing(self.address)
            sent = "the server does not take the key" if self.key() else f"no key was sent, {missing}"
            return Fault("rejected", f"{sent} ({status}).{said}")
        if status == http.client.NOT_FOUND:
            told = f"the server knows no such model, or no '{path}' below that address (404).{said}"
            return Fault("rejected", told)
        if status == http.client.REQUEST_ENTITY_TOO_LARGE:
            return Fault("audio", f"the request is too large for the server (413).{said}")
        if http.client.MULTIPLE_CHOICES <= status < http.client.BAD_REQUEST:
            told = f"the server points to another address ({status}), which is not followed: name that one."
            return Fault("rejected", told)
        if status == _TOO_MANY and _no_credit(received.body):
            return Fault("rejected", f"no credit is left (429).{said}")
        wait_s = _wait_of(received)
        if status == _TOO_MANY:
            return Fault("busy", f"too many requests, or no credit is left (429).{said}", "busy", wait_s)
        if status >= _AT_FAULT:
            return Fault("server", f"the server is at fault ({status}).{said}", "busy", wait_s)
        told = f"the server refuses ({status}).{said}"
        if status in _PASSING:
            return Fault(_PASSING[status], told, "busy", wait_s)
        return Fault("rejected", told)


def unusable(model: str, address: str, *, patience: Patience) -> str:
    """Return why a model cannot be asked like this; empty where it can. What may be a secret is not repeated."""
    if not 0 < len(model.strip()) <= _MOST_NAME:
        return f"The name of a model has 1 to {_MOST_NAME} characters; got {model[:_MOST_NAME]!r}."
    if not (patience.timeout_s > 0 and patience.tries >= 1 and patience.first_wait_s >= 0):
        return (
            "A model is given some time and one try at least; got "
            f"timeout_s={patience.timeout_s!r}, tries={patience.tries!r}, first_wait_s={patience.first_wait_s!r}."
        )
    return address_fault(address)


def json_of(body: bytes) -> Any:
    """Return the JSON that a server sent; None where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def declined(received: Received, parameters: Collection[str]) -> str | None:
    """Return which of a request's parameters a server does not take, as it says; None where it is another matter."""
    if received.status not in (http.client.BAD_REQUEST, http.client.UNPROCESSABLE_ENTITY):
        return None
    match json_of(received.body):
        case {"error": {"param": str(name)}}:
            return name if name in parameters else None
    words = _words_of(received.body)
    if "support" not in words.lower():
        return None
    return next((name for name in parameters if re.search(rf"\b{re.escape(name)}\b", words)), None)


def _words_of(body: bytes) -> str:
    """Return the words in which a server refuses."""
    match json_of(body):
        case {"error": {"message": str(words)}} | {"error": str(words)} | {"message": str(words)}:
            return words
        case {"detail": str(words)}:
            return words
    return body.decode(errors="replace").strip()


def _no_credit(body: bytes) -> bool:
    """Return whether a server says that waiting does not help."""
    match json_of(body):
        case {"error": {"code": "insufficient_quota"}} | {"error": {"type": "insufficient_quota"}}:
            return True
    return False


def _wait_of(received: Received) -> float:
    """Return how many seconds a server asks to wait, by a number or by a date; 0 where it does not say."""
    value = received.wait
    if value is None:
        return _wait_in(received.body)
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value.strip()):
        return float(value)
    date = email.utils.parsedate_tz(value)
    try:
        return 0.0 if date is None else max(email.utils.mktime_tz(date) - time.time(), 0.0)
    except (ValueError, OverflowError):
        return 0.0  # a date that there is not


def _wait_in(body: bytes) -> float:
    """Return how many seconds Google's servers ask to wait, which say so in the body."""
    match json_of(body):
        case {"error": {"details": [*details]}}:
            for detail in details:
                said = detail.get("retryDelay") if isinstance(detail, dict) else None
                if isinstance(said, str) and (number := re.fullmatch(r"([0-9]+(\.[0-9]+)?)s", said)):
                    return float(number[1])
    return 0.0
