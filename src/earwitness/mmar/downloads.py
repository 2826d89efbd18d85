"""Files of a data set on a hub, downloaded over HTTPS, gone on with where it was stopped, and held to their checksums.

Nothing stands under its own name before its checksum is right. What was downloaded so far lies beside it, under a name
that holds that checksum, so that two versions of a file are never mixed.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote, urljoin

from earwitness.errors import BenchmarkError, OutputError
from earwitness.records import read_json, sha256_of_file, write_json

if TYPE_CHECKING:
    import httpx

__all__ = ["HUB", "Hub", "HubFile", "Listing", "Unreachable", "is_whole"]

HUB = "https://huggingface.co"
"""The hub that is asked, and the only one that is given ``HF_TOKEN``."""

_TOKEN_HOST = "huggingface.co"
_TRIES = 5  # in a row without a byte
_FIRST_TRIES = 3  # where there may be no network at all: nobody wants to wait to be told so
_LONGEST_WAIT_S = 60.0
_MOST_REDIRECTS = 8
_BLOCK = 2**20
_LARGEST_LISTING = 2**24
_BUSY = (408, 425, 429)

_Told = Callable[[int, int], None]


class Unreachable(BenchmarkError):
    """A hub that cannot be reached at all: no network, no such name, nothing listening."""


class _Again(Exception):
    """What may go well when it is tried again."""

    def __init__(self, reason: str, *, wait_s: float | None = None, reached: bool = True) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
        self.reached = reached


@dataclass(frozen=True)
class HubFile:
    """A file, as a hub describes it."""

    name: str
    """Its path in the data set."""
    n_bytes: int
    """Its size."""
    sha256: str = ""
    """The SHA-256 of its bytes, of files that the hub keeps apart for their size; else empty."""
    git_sha1: str = ""
    """What Git calls its content (a SHA-1 of its length and its bytes), of the others; else empty."""

    @property
    def checksum(self) -> str:
        """The one of the two that there is."""
        return self.sha256 or self.git_sha1


@dataclass(frozen=True)
class Listing:
    """The files of a data set at one commit."""

    commit: str
    """The commit, 40 digits."""
    files: Mapping[str, HubFile]
    """Each by its name."""


class Hub:
    """A hub that is asked for the files of one data set.

    Parameters
    ----------
    dataset
        ``OWNER/NAME``.
    base
        Its address: https, or http on this machine.
    token
        A user's token; it is sent to huggingface.co over https and nowhere else.
    wait_s
        How long to wait before trying again; twice as long each time that nothing came.
    transport
        What sends requests; None: the network.

    Raises
    ------
    BenchmarkError
        When the address is neither, or the token cannot be one.
    """

    def __init__(
        self,
        dataset: str,
        *,
        base: str = HUB,
        token: str | None = None,
        wait_s: float = 1.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        import httpx

        if token is not None and not (token.isascii() and token.isprintable()):
            raise BenchmarkError("The token in HF_TOKEN holds what no token does: other characters than ASCII's.")
        self.dataset, self.base = dataset, base.rstrip("/")
        self._token, self._wait_s = token, wait_s
        at = _address(self.base)
        if at is None or not _allowed(at, self.base):
            raise BenchmarkError(f"Expected the address of a hub that begins with https://; got {base!r}.")
        # A proxy that the environment names leads to the hub, and not back to this machine.
        self._client = httpx.Client(
            timeout=httpx.Timeout(30.0, connect=15.0), transport=transport, trust_env=not _here(at.host)
        )

    def __enter__(self) -> Hub:
        """Return it, to be closed at the end of a block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._client.close()

    def address(self, name: str, *, revision: str) -> str:
        """Return where a file can be downloaded."""
        return f"{self.base}/datasets/{self.dataset}/resolve/{quote(revision, safe='')}/{quote(name)}"

    def listing(self, revision: str, *, names: Collection[str]) -> Listing:
        """Return which of some files there are at a revision, with their sizes and checksums.

        Parameters
        ----------
        revision
            A commit, a branch or a tag.
        names
            The files.

        Raises
        ------
        Unreachable
            When there is no way to the hub.
        BenchmarkError
            When the hub has no such revision, lets nobody see it, or says what cannot be understood.
        """
        url = f"{self.base}/api/datasets/{self.dataset}/revision/{quote(revision, safe='')}?blobs=true"
        told = self._tried(lambda: self._json(url), lambda: 0)
        try:
            files = [_file(row) for row in told["siblings"] if row["rfilename"] in names]
            return Listing(str(told["sha"]), {file.name: file for file in files})
        except (KeyError, TypeError, ValueError) as error:
            raise BenchmarkError(
                f"{url}: expected a list of files with their checksums; got something else."
            ) from error

    def download(self, file: HubFile, path: Path, *, commit: str, progress: _Told | None = None) -> None:
        """Download a file, or go on with what was downloaded of it before, and put it in its place when it is right.

        Parameters
        ----------
        file
            From a listing.
        path
            Where to.
        commit
            Of the listing.
        progress
            _Told how many bytes there are, and how many are wanted.

        Raises
        ------
        Unreachable
            When there is no way to the hub.
        BenchmarkError
            When the hub gives something else than it said.
        OutputError
            When it cannot be written.
        """
        part = path.with_name(f".{path.name}.{file.checksum[:12]}.part")
        url = self.address(file.name, revision=commit)
        with _written(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            for again in (True, False):
                self._tried(lambda: self._go_on(url, file, part, progress), lambda: _size(part))
                if is_whole(part, file):
                    break
                part.unlink()
                _marks(part).unlink(missing_ok=True)
                if not again:
                    raise BenchmarkError(
                        f"{url}: expected the checksum {file.checksum}; what came has another, and so has what came "
                        "when all of it was asked for again: something on the way changes it."
                    )
            os.replace(part, path)
            _marks(part).unlink(missing_ok=True)

    def _tried(self, attempt: Callable[[], Any], so_far: Callable[[], int]) -> Any:
        """Return what an attempt gives, trying again as long as there is hope."""
        failed, had = 0, so_far()
        while True:
            try:
                return attempt()
            except _Again as error:
                now = so_far()
                failed, had = (1 if now > had else failed + 1), now
                if failed >= (_TRIES if error.reached or had else _FIRST_TRIES):
                    kind = BenchmarkError if error.reached else Unreachable
                    kept = f"; the {now} bytes that came are kept" if now else ""
                    raise kind(f"{error} (tried {failed} times{kept})") from error
                wait_s = self._wait_s * 2 ** (failed - 1) if error.wait_s is None else error.wait_s
                time.sleep(min(wait_s, _LONGEST_WAIT_S))

    def _json(self, url: str) -> Any:
        with self._asked(url, {}) as response:
            if "json" not in response.headers.get("content-type", ""):
                raise BenchmarkError(
                    f"{url}: expected JSON; got {_kind(response)}: is this the hub, or a page before it?"
                )
            data = b""
            for block in _body(response, url):
                data += block
                if len(data) > _LARGEST_LISTING:
                    raise BenchmarkError(f"{url}: the hub's list of files does not end.")
        try:
            return json.loads(data)
        except ValueError as error:
            raise _Again(f"{url}: expected JSON: {error}") from error

    def _go_on(self, url: str, file: HubFile, part: Path, progress: _Told | None) -> None:
        """Download what is not there yet of a file."""
        had = _size(part)
        if had > file.n_bytes:
            part.unlink()
            had = 0
        if had == file.n_bytes:
            part.touch()
            return
        headers = {}
        if had:
            headers["Range"] = f"bytes={had}-"
            etag = _etag_of(part)
            if etag:
                headers["If-Range"] = etag
        with self._asked(url, headers) as response:
            if response.status_code == 416:
                part.unlink(missing_ok=True)
                raise _Again(f"{url}: the hub has not so many bytes as were downloaded")
            start = _start(response, had, file, url)
            if "html" in response.headers.get("content-type", ""):
                raise BenchmarkError(
                    f"{url}: expected a file; got {_kind(response)}: is this the hub, or a page before it?"
                )
            write_json(_marks(part), {"etag": response.headers.get("etag", "")})
            with part.open("r+b" if start else "wb") as out:
                out.seek(start)
                _save(_body(response, url), out, file, url, progress)

    @contextmanager
    def _asked(self, url: str, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Give the answer to a request, redirects followed, with its body not read yet."""
        import httpx

        at = httpx.URL(url)
        for _ in range(_MOST_REDIRECTS):
            sent = {**headers, "Accept-Encoding": "identity", "User-Agent": "earwitness"}
            if self._token and at.scheme == "https" and at.host == _TOKEN_HOST:
                sent["Authorization"] = f"Bearer {self._token}"
            try:
                response = self._client.send(self._client.build_request("GET", at, headers=sent), stream=True)
            except httpx.TransportError as error:
                raise _Again(f"Cannot reach {at.host}: {_reason(error)}", reached=False) from error
            try:
                if not response.has_redirect_location:
                    _check(response, url, had_token=bool(self._token))
                    yield response
                    return
                told = response.headers["location"]
            finally:
                response.close()
            to = _address(told, base=str(at))
            if to is None or not _allowed(to, self.base):
                raise BenchmarkError(
                    f"{url}: the hub sends on to {told!r}: expected an address that begins with https://."
                )
            at = to
        raise BenchmarkError(f"{url}: the hub sends on and on, {_MOST_REDIRECTS} times.")


def is_whole(path: Path, file: HubFile) -> bool:
    """Return whether a file on disk is the one that a hub describes, by its size and its checksum."""
    if _size(path) != file.n_bytes or not path.is_file():
        return False
    if file.sha256:
        return sha256_of_file(path) == file.sha256
    digest = hashlib.sha1(f"blob {file.n_bytes}\0".encode(), usedforsecurity=False)
    with path.open("rb") as data:
        while block := data.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest() == file.git_sha1


def _file(row: Mapping[str, Any]) -> HubFile:
    large = row.get("lfs")
    if large:
        file = HubFile(str(row["rfilename"]), int(large["size"]), sha256=str(large["sha256"]).lower())
    else:
        file = HubFile(str(row["rfilename"]), int(row["size"]), git_sha1=str(row["blobId"]).lower())
    digits = 64 if large else 40
    if len(file.checksum) != digits or not set(file.checksum) <= set("0123456789abcdef"):
        raise ValueError(f"{file.checksum!r} is no checksum")
    return file


def _address(text: str, *, base: str = "") -> httpx.URL | None:
    """Return an address, perhaps relative to another; None where it is none."""
    import httpx

    try:
        return httpx.URL(urljoin(base, text))
    except (httpx.InvalidURL, ValueError):
        return None


def _allowed(url: httpx.URL, base: str) -> bool:
    """Return whether an address may be asked: by https; by http only on this machine, where the hub itself is so."""
    if url.scheme == "https" and url.host:
        return True
    return url.scheme == "http" and base.startswith("http://") and _here(url.host)


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check(response: httpx.Response, url: str, *, had_token: bool) -> None:
    """Refuse an answer that is an error."""
    status = response.status_code
    if status in (200, 206, 416):
        return
    if status >= 500 or status in _BUSY:
        after = response.headers.get("retry-after", "")
        raise _Again(f"{url}: HTTP {status}", wait_s=float(after) if after.isdecimal() else None)
    if status in (401, 403):
        need = "is HF_TOKEN a token that may read it?" if had_token else "set HF_TOKEN to a token that may read it."
        raise BenchmarkError(f"{url}: HTTP {status}, the hub lets not everyone read this: {need}")
    if status == 404:
        raise BenchmarkError(f"{url}: HTTP 404, there is no such file or revision.")
    raise BenchmarkError(f"{url}: HTTP {status}; expected 200 or 206.")


def _start(response: httpx.Response, had: int, file: HubFile, url: str) -> int:
    """Return at which byte an answer begins; refuse one to a file of another size."""
    if response.status_code == 200:
        start, told = 0, response.headers.get("content-length", "")
        size = int(told) if told.isdecimal() else file.n_bytes
    else:
        unit, _, rest = response.headers.get("content-range", "").partition(" ")
        first, _, total = rest.partition("/")
        begin = first.partition("-")[0]
        if unit != "bytes" or not begin.isdecimal() or int(begin) != had:
            raise BenchmarkError(
                f"{url}: asked for the bytes from {had} on; got {response.headers.get('content-range')!r}."
            )
        start, size = had, int(total) if total.isdecimal() else file.n_bytes
    if size != file.n_bytes:
        raise BenchmarkError(f"{url}: expected a file of {file.n_bytes} bytes; got {_kind(response)}, {size} bytes.")
    return start


def _save(blocks: Iterator[bytes], out: BinaryIO, file: HubFile, url: str, progress: _Told | None) -> None:
    for block in blocks:
        if out.tell() + len(block) > file.n_bytes:
            raise BenchmarkError(f"{url}: expected {file.n_bytes} bytes; more come.")
        out.write(block)
        if progress is not None:
            progress(out.tell(), file.n_bytes)
    if out.tell() < file.n_bytes:
        raise _Again(f"{url}: the connection ended at byte {out.tell()} of {file.n_bytes}")


def _body(response: httpx.Response, url: str) -> Iterator[bytes]:
    import httpx

    try:
        yield from response.iter_raw()  # as it comes: what was gathered would be lost when the connection breaks
    except httpx.TransportError as error:
        raise _Again(f"{url}: the connection broke: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return str(error).strip() or type(error).__name__


def _kind(response: httpx.Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0] or "a body of no kind"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _marks(part: Path) -> Path:
    """Return where it is written which version of a file a part is of, in its server's words."""
    return part.with_suffix(".json")


def _etag_of(part: Path) -> str:
    try:
        etag = read_json(_marks(part)).get("etag")
    except BenchmarkError:  # never written, or cut off: without it the part is gone on with, and its checksum decides
        return ""
    return etag if isinstance(etag, str) and etag.startswith('"') else ""


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"Cannot write '{path}': {error.strerror or error}. What was downloaded is kept.") from error
