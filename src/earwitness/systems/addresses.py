"""Which addresses may be asked, and which keys are theirs.

The key comes from the environment at the moment of asking. It is kept in no object, and stands in no message: what a
server sends back is searched for it before any of it is shown. It goes to the one address that was named, and without
encryption it goes nowhere but to this machine itself.
"""

from __future__ import annotations

import ipaddress
import os
import re
import urllib.parse
from collections.abc import Collection
from dataclasses import dataclass

from earwitness.errors import AnswerError

__all__ = [
    "GEMINI",
    "GEMINI_KEYS",
    "GEMINI_VENDOR",
    "KEY",
    "OPENAI",
    "OPENAI_KEY",
    "OPENAI_URL",
    "OPENAI_VENDOR",
    "Vendor",
    "address_fault",
    "hidden",
    "keys_in_use",
]

KEY = "EARWITNESS_API_KEY"
"""The variable that holds the key of a server that was named."""
OPENAI_KEY = "OPENAI_API_KEY"
"""The variable whose key is used where ``KEY`` is not set, for the server that it belongs to and for no other."""
OPENAI_URL = "OPENAI_BASE_URL"
"""The variable that names the server where no option does."""
OPENAI = "https://api.openai.com/v1"
"""The server that ``OPENAI_KEY`` belongs to where ``OPENAI_URL`` is not set. It is never asked unless it is named."""
GEMINI_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
"""The variables that hold the key of Google's server; the first that is set is used."""
GEMINI = "https://generativelanguage.googleapis.com/v1beta"
"""Google's server. It is asked where no address is named."""

_SECRET = 8  # characters of a key in a row that are not to be seen; shorter ones are words that local servers ask for
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*\.?")


@dataclass(frozen=True)
class Vendor:
    """Whose protocol a server speaks, and which variables hold the key to the vendor's own server."""

    home: str
    """The address of the vendor's own server."""
    keys: tuple[str, ...]
    """The variables whose key belongs to that server; the first that is set is used."""
    url: str | None = None
    """The variable that names another address to which those keys belong."""
    unnamed: bool = False
    """Whether its server is asked where no address is named; ``KEY``, for servers that are named, is not sent there."""
    header: str = "Authorization"
    """The header in which the key is sent."""
    scheme: str = "Bearer "
    """What stands before the key."""

    def key(self, address: str) -> str:
        """Return the key that a server is to have, as the environment has it now; empty where there is none.

        Raises
        ------
        AnswerError
            When a variable holds what is no key.
        """
        at_home = self._at_home(address)
        named = "" if self.unnamed and at_home else _key_in(KEY)
        return named or next(filter(None, map(_key_in, self.keys if at_home else ())), "")

    def missing(self, address: str) -> str:
        """Return why there is no key for a server."""
        own = " or ".join(self.keys)
        if self._at_home(address) and _origin(address) == _origin(self.home):
            return f"for {own} is not set"
        if any(map(_key_in, self.keys)) and not self._at_home(address):
            return f"for {own} belongs to another server: put the key of this one into {KEY}"
        return f"for {KEY} is not set"

    def demands_key(self, address: str) -> bool:
        """Return whether a server is the vendor's own, which answers nobody without a key."""
        return _origin(address) == _origin(self.home)

    def _at_home(self, address: str) -> bool:
        named = os.environ.get(self.url) if self.url else None
        return _origin(address) == _origin(named or self.home)


OPENAI_VENDOR = Vendor(OPENAI, (OPENAI_KEY,), url=OPENAI_URL)
"""Servers that speak the protocol of OpenAI."""
GEMINI_VENDOR = Vendor(GEMINI, GEMINI_KEYS, unnamed=True, header="x-goog-api-key", scheme="")
"""Servers that speak the protocol of Gemini."""


def address_fault(address: str) -> str:
    """Return why an address is none to ask; empty where it is one. What may be a secret in it is not repeated."""
    if not re.fullmatch(r"[\x21-\x7e]+", address):
        return f"The address of a model's server is plain ASCII without spaces, such as {OPENAI}."
    try:
        parts = urllib.parse.urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return f"The address of a model's server is damaged; expected one such as {OPENAI}."
    if "@" in parts.netloc or parts.query or parts.fragment:
        return f"The address of a model's server holds no user, password, query or fragment: a key belongs into {KEY}."
    if parts.scheme not in ("http", "https") or not (_HOST.fullmatch(host) or _is_address(host)):
        return f"'{address}' is no address of a server; expected one such as {OPENAI}."
    if parts.scheme == "http" and not _is_this_machine(host):
        return (
            f"'{address}' is not encrypted: whoever is on the way could read the key and the question, and change the "
            "answer. Use https; http is for this machine alone (localhost, 127.0.0.1, [::1])."
        )
    return ""


def hidden(text: str, keys: Collection[str]) -> str:
    """Return a text without keys, to be shown.

    Words that hold a part of a key are left out as a whole. A key shorter than eight characters is no secret but a
    word that a local server asks for; it is left out where it stands alone.
    """
    for key in keys:
        text = _without(key, text)
    return text


def keys_in_use() -> list[str]:
    """Return every key that the environment holds, to be hidden in what comes from elsewhere."""
    return [os.environ.get(variable, "").strip() for variable in (KEY, OPENAI_KEY, *GEMINI_KEYS)]


def _without(key: str, text: str) -> str:
    if len(key) < _SECRET:
        return re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "[key]", text) if key else text
    parts = sorted({key[i : i + _SECRET] for i in range(len(key) - _SECRET + 1)})
    return re.sub(r"\S+", lambda word: "[key]" if any(part in word[0] for part in parts) else word[0], text)


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
        raise AnswerError("rejected", f"{variable} holds no key: expected ASCII without spaces.")
    return key
