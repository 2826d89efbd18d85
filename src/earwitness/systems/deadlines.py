"""A transport for httpx in which a whole request, from the connection to the last byte of the answer, has one deadline.

The timeouts of httpx begin anew with every packet, so a server that sends a byte now and then would never be given up.
Here every step is given what is left of the time and no more. Requests are made by the thread that asks, so the
deadline is that thread's; the pool of connections is shared by all.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import certifi
import httpcore
import httpx

__all__ = ["CONNECT_S", "DeadlineTransport", "deadline"]

CONNECT_S = 15.0
"""How long a connection may take to be made, in seconds: a server that is there takes a tenth of a second."""

_KEPT = 64  # connections that wait for the next request
_KEPT_S = 4.0  # servers in Python close theirs after 5
_PART = 2**20  # bytes that are handed to the socket at a time

_time = threading.local()


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Give the requests of this thread so much time while this context lasts."""
    _time.end = time.monotonic() + seconds
    try:
        yield
    finally:
        del _time.end


def _left(timeout: float | None, late: type[Exception]) -> float:
    """Return how many seconds the next step may take."""
    left = float(_time.end - time.monotonic())
    if left <= 0:
        raise late
    return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    """A connection on which every step is given what is left of the time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In parts: what the socket does not take at once is copied anew for each further attempt.
        view = memoryview(buffer)
        for start in range(0, len(view), _PART):
            part = buffer if len(view) <= _PART else bytes(view[start : start + _PART])
            self._stream.write(part, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Makes connections of that kind."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        stream = self._backend.connect_tcp(host, port, left, local_address, socket_options)
        return _Stream(stream)


class _Body(httpx.SyncByteStream):
    """What a server sends after its headers."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _as_of_httpx():
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


class DeadlineTransport(httpx.BaseTransport):
    """Sends requests over pooled connections, each request within the ``deadline`` of its thread.

    Parameters
    ----------
    encrypted
        Whether connections are made by https, whose certificates are checked against those that the system trusts.
    proxy
        The address of an http or https proxy; None: none.

    Raises
    ------
    ValueError
        When the proxy's address is none.
    """

    def __init__(self, *, encrypted: bool, proxy: str | None = None) -> None:
        # To read certificates takes 20 ms; without encryption none is looked at.
        context = _trust() if encrypted else None
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            proxy=None if proxy is None else _proxy(proxy),
            max_connections=None,
            max_keepalive_connections=_KEPT,
            keepalive_expiry=_KEPT_S,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return the answer, whose body is still to be read."""
        url = request.url
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": {"connect": CONNECT_S}},
        )
        with _as_of_httpx():
            answer = self._pool.handle_request(sent)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def _trust() -> ssl.SSLContext:
    """Return what certificates are checked against: those of the system and of ``SSL_CERT_FILE``."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath or context.get_ca_certs()):
        # A Python that knows of none, as some on macOS: those that come with httpx.
        context.load_verify_locations(certifi.where())
    return context


def _proxy(address: str) -> httpcore.Proxy:
    try:
        proxy = httpx.Proxy(address)
    except httpx.InvalidURL:
        raise ValueError("no address") from None
    if proxy.url.scheme not in ("http", "https"):
        raise ValueError("no http proxy")
    url = httpcore.URL(
        scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=proxy.url.raw_path
    )
    return httpcore.Proxy(url, auth=proxy.raw_auth, headers=proxy.headers.raw)


@contextlib.contextmanager
def _as_of_httpx() -> Iterator[None]:
    """Raise what goes wrong below as what httpx raises."""
    try:
        yield
    except httpcore.ConnectTimeout as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error)) from error
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error)) from error
    except httpcore.ProxyError as error:
        raise httpx.ProxyError(str(error)) from error
    except httpcore.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.ReadError(str(error)) from error
