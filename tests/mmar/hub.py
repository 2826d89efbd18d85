"""A hub on this machine, which gives files as the real one does, or fails as it is told to."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from earwitness.mmar.fetch import ARCHIVE, DATASET
from mmar.audio_items import item_rows, samples

__all__ = ["COMMIT", "Asked", "FakeHub", "Told", "git_sha1", "mmar_files", "packed"]

COMMIT = "c" * 40


class Asked(NamedTuple):
    """A request that arrived."""

    path: str
    headers: Mapping[str, str]


class Told(NamedTuple):
    """What is answered in place of the file: a status, headers, a body that may end before its length."""

    status: int = 200
    headers: Mapping[str, str] = {}
    body: bytes = b""


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def packed(files: Mapping[str, bytes], *, also: Callable[[tarfile.TarFile], None] | None = None) -> bytes:
    """Return a .tar.gz of files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        if also is not None:
            also(tar)
    return out.getvalue()


def mmar_files(n: int = 4, *, seconds: float = 0.5) -> dict[str, bytes]:
    """Return what a small MMAR has on a hub: the items as a list, and the archive of their recordings."""
    from earwitness.mmar.arms import wav_bytes

    rows = item_rows({f"clip{k}": f"./audio/clip{k}.wav" for k in range(n)})
    waves = {
        f"audio/clip{k}.wav": wav_bytes(samples(int(8_000 * seconds), 1 + k % 2, seed=k), sample_rate=8_000)
        for k in range(n)
    }
    return {"MMAR-meta.json": json.dumps(rows, indent=1).encode(), ARCHIVE: packed(waves)}


class FakeHub:
    """Serves files from a second address, as the real hub does; a test's function may answer first.

    Parameters
    ----------
    files
        Each by its name.
    before
        Given a request's path, its headers and which request for that path it is, from 0; returns what to answer, how
        many bytes to send before the connection breaks, or None for the file itself.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        before: Callable[[str, Mapping[str, str], int], Told | int | None] | None = None,
    ) -> None:
        self.files = dict(files)
        self.before = before
        self.asked: list[Asked] = []
        self.etags: dict[str, str] = {}
        self.ranges = True
        self._lock = threading.Lock()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                hub._answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def downloads(self, name: str) -> list[Asked]:
        """Return the requests for the bytes of a file."""
        return [each for each in self.asked if each.path == f"/cdn/{name}"]

    def listing(self) -> bytes:
        rows: list[dict[str, Any]] = []
        for name, data in self.files.items():
            row: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": git_sha1(data)}
            if name.endswith(".gz"):
                row["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 135}
            rows.append(row)
        return json.dumps({"id": DATASET, "sha": COMMIT, "siblings": rows}).encode()

    def _answer(self, to: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in to.headers.items()}
        with self._lock:
            nth = sum(each.path == to.path for each in self.asked)
            self.asked.append(Asked(to.path, headers))
        told = None if self.before is None else self.before(to.path, headers, nth)
        if isinstance(told, Told):
            _send(to, told)
            return
        if to.path.startswith(f"/api/datasets/{DATASET}/revision/"):
            _send(to, Told(200, {"Content-Type": "application/json"}, self.listing()))
            return
        resolve = f"/datasets/{DATASET}/resolve/{COMMIT}/"
        if to.path.startswith(resolve) and to.path.removeprefix(resolve) in self.files:
            _send(to, Told(302, {"Location": "/cdn/" + to.path.removeprefix(resolve)}))
        elif to.path.startswith("/cdn/"):
            self._file(to, to.path.removeprefix("/cdn/"), headers, broken_after=told)
        else:
            _send(to, Told(404, {"Content-Type": "text/html"}, b"<html>no</html>"))

    def _file(
        self, to: BaseHTTPRequestHandler, name: str, headers: Mapping[str, str], *, broken_after: int | None
    ) -> None:
        data = self.files[name]
        etag = self.etags.get(name, f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"')
        said = {"ETag": etag, "Content-Type": "application/octet-stream"}
        start = 0
        if self.ranges and "range" in headers and headers.get("if-range", etag) == etag:
            start = int(headers["range"].removeprefix("bytes=").partition("-")[0])
            if start >= len(data):
                _send(to, Told(416, {"Content-Range": f"bytes */{len(data)}"}))
                return
            said["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        body = data[start:]
        to.send_response(206 if start else 200)
        for key, value in {**said, "Content-Length": str(len(body))}.items():
            to.send_header(key, value)
        to.end_headers()
        if broken_after is None:
            to.wfile.write(body)
        else:
            to.wfile.write(body[:broken_after])
            to.close_connection = True


def _send(to: BaseHTTPRequestHandler, told: Told) -> None:
    to.send_response(told.status)
    for name, value in {"Content-Length": str(len(told.body)), **told.headers}.items():
        to.send_header(name, value)
    to.end_headers()
    to.wfile.write(told.body)
    if int(told.headers.get("Content-Length", len(told.body))) != len(told.body):
        to.close_connection = True
