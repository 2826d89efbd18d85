"""A server on this machine that answers as a model's server would, or as a bad one."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """What the server sends back."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}
    wait_s: float = 0.0
    """How long it thinks before it sends its body."""
    stall_s: float = 0.0
    """How long it thinks before it sends anything."""


class Request(NamedTuple):
    """What the server was sent."""

    path: str
    headers: Mapping[str, str]
    body: Any


def says(text: str) -> Reply:
    """Return the reply in which a model says a text."""
    message = {"role": "assistant", "content": text}
    return as_json({"id": "1", "object": "chat.completion", "choices": [{"index": 0, "message": message}]})


def as_json(value: object, *, status: int = 200, **headers: str) -> Reply:
    """Return a reply in JSON; ``Retry_After`` is the header Retry-After."""
    return Reply(json.dumps(value).encode(), status, {name.replace("_", "-"): each for name, each in headers.items()})


class ModelServer:
    """Gives its replies one after the other, the last one again and again, and keeps what it is asked.

    Parameters
    ----------
    keep_alive
        Whether a connection serves one request after the other.
    certificate
        A file with a certificate and its key, to speak https.
    """

    def __init__(self, *, keep_alive: bool = False, certificate: Path | None = None) -> None:
        self.replies: list[Reply] = []
        self.requests: list[Request] = []
        self.n_connections = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1" if keep_alive else "HTTP/1.0"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                outer.n_connections += 1
                super().setup()

            def do_POST(self) -> None:
                self._reply(self.rfile.read(int(self.headers["Content-Length"])))

            def do_GET(self) -> None:
                self._reply(b"null")

            def _reply(self, sent: bytes) -> None:
                outer.requests.append(Request(self.path, dict(self.headers), json.loads(sent)))
                reply = outer.replies.pop(0) if len(outer.replies) > 1 else outer.replies[0]
                time.sleep(reply.stall_s)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in reply.headers:
                    self.send_header("Content-Length", str(len(reply.body)))
                elif reply.headers["Content-Length"] != str(len(reply.body)):
                    self.close_connection = True
                self.end_headers()
                for start in range(0, len(reply.body), 2**16):
                    time.sleep(reply.wait_s)
                    try:
                        self.wfile.write(reply.body[start : start + 2**16])
                        self.wfile.flush()
                    except OSError:
                        return  # whoever asked has gone

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._scheme = "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
