"""Downloads from a hub on this machine that breaks, changes its mind, lies and sends pages; none from elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earwitness.errors import BenchmarkError, OutputError
from earwitness.mmar.downloads import Hub, HubFile, Unreachable, is_whole
from mmar.hub import COMMIT, FakeHub, Told, git_sha1

DATASET = "BoJack/MMAR"
DATA = bytes(range(256)) * 5_000  # 1.28 MB: two blocks, and not the same from one offset to the next
FILES = {"big.gz": DATA, "small.json": b'{"a": 1}'}
CDN = "/cdn/big.gz"


def fetched(hub: FakeHub, folder: Path, name: str = "big.gz") -> Path:
    with Hub(DATASET, base=hub.base, wait_s=0.0) as opened:
        listing = opened.listing("main", names=FILES)
        opened.download(listing.files[name], folder / name, commit=listing.commit)
    return folder / name


def test_a_file_comes_by_way_of_another_address_and_is_compared(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with FakeHub(FILES) as hub, Hub(DATASET, base=hub.base) as opened:
        listing = opened.listing("refs/pr/1", names=FILES)
        assert listing.commit == COMMIT
        assert listing.files["big.gz"] == HubFile("big.gz", len(DATA), sha256=hashlib.sha256(DATA).hexdigest())
        assert listing.files["small.json"] == HubFile("small.json", 8, git_sha1=git_sha1(FILES["small.json"]))
        for name in FILES:
            opened.download(
                listing.files[name], tmp_path / name, commit=listing.commit, progress=lambda *x: told.append(x)
            )
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == FILES
    assert sorted(os.listdir(tmp_path)) == sorted(FILES)
    assert told[-2:] == [(len(DATA), len(DATA)), (8, 8)] and all(done <= wanted for done, wanted in told)
    assert hub.asked[0].path == f"/api/datasets/{DATASET}/revision/refs%2Fpr%2F1?blobs=true"
    assert all(each.headers["accept-encoding"] == "identity" for each in hub.asked)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, len(DATA) - 1), max_size=6))
def test_connections_that_break_anywhere_are_gone_on_with(tmp_path: Path, breaks: list[int]) -> None:
    """Each byte is sent once: what came before a break is not asked for again."""
    folder = tmp_path / hashlib.sha256(repr(breaks).encode()).hexdigest()[:12]
    with FakeHub(FILES, before=lambda path, _, nth: breaks[nth] if path == CDN and nth < len(breaks) else None) as hub:
        assert fetched(hub, folder).read_bytes() == DATA
        starts = [int(each.headers.get("range", "bytes=0-")[6:-1]) for each in hub.downloads("big.gz")]
    had = 0
    for start, length in zip(starts, [*breaks, None], strict=False):
        assert start == had
        had = len(DATA) if length is None else min(len(DATA), had + length)
    assert had == len(DATA) and os.listdir(folder) == ["big.gz"]


def test_it_is_given_up_when_nothing_comes_and_what_came_is_kept(tmp_path: Path) -> None:
    with FakeHub(FILES, before=lambda path, _, nth: (700 if nth == 0 else 0) if path == CDN else None) as hub:
        with pytest.raises(BenchmarkError, match=r"the connection broke.*\(tried 5 times; the 700 bytes that came are"):
            fetched(hub, tmp_path)
        assert not (tmp_path / "big.gz").exists()
        hub.before = None
        assert fetched(hub, tmp_path).read_bytes() == DATA
        assert hub.downloads("big.gz")[-1].headers["range"] == "bytes=700-"


def test_a_file_that_changes_in_the_middle_begins_anew(tmp_path: Path) -> None:
    """Its server says that it is another version by its ETag, and is asked to."""
    other = DATA[::-1]

    with FakeHub({"big.gz": other}) as hub:

        def before(path: str, headers: object, nth: int) -> int | None:
            if path == CDN and nth == 0:
                hub.etags["big.gz"] = '"old"'
                return 900
            hub.etags.pop("big.gz", None)
            return None

        hub.before = before
        assert fetched(hub, tmp_path).read_bytes() == other
        first, second = hub.downloads("big.gz")
    assert "range" not in first.headers
    assert second.headers["range"] == "bytes=900-" and second.headers["if-range"] == '"old"'


def test_a_part_of_another_version_is_found_out_by_the_checksum_and_fetched_again(tmp_path: Path) -> None:
    """Its server knows no ETag, and goes on with another file."""
    with FakeHub(FILES, before=lambda path, _, nth: 500_000 if path == CDN and nth == 0 else None) as hub:
        hub.etags["big.gz"] = "W/weak"
        with Hub(DATASET, base=hub.base, wait_s=0.0) as opened:
            file = opened.listing("main", names=FILES).files["big.gz"]
            part = tmp_path / f".big.gz.{file.sha256[:12]}.part"
            part.write_bytes(b"?" * 900)
            opened.download(file, tmp_path / "big.gz", commit=COMMIT)
        starts = [each.headers.get("range") for each in hub.downloads("big.gz")]
    assert (tmp_path / "big.gz").read_bytes() == DATA
    assert starts == ["bytes=900-", "bytes=500900-", None]


def test_parts_are_named_after_their_checksum(tmp_path: Path) -> None:
    broken = FakeHub(FILES, before=lambda path, _, nth: 900 if path == CDN and nth == 0 else 0)
    with broken as hub, pytest.raises(BenchmarkError):
        fetched(hub, tmp_path)
    with FakeHub({"big.gz": DATA[::-1]}) as hub:
        assert fetched(hub, tmp_path).read_bytes() == DATA[::-1]
        assert "range" not in hub.downloads("big.gz")[0].headers


def test_a_server_without_ranges_starts_over(tmp_path: Path) -> None:
    with FakeHub(FILES, before=lambda path, _, nth: 900 if path == CDN and nth == 0 else None) as hub:
        hub.ranges = False
        assert fetched(hub, tmp_path).read_bytes() == DATA


def test_a_wrong_checksum_is_an_error_and_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    with FakeHub(FILES) as hub:
        listing = hub.listing()
        hub.files["big.gz"] = DATA[:-1] + b"?"
        hub.listing = lambda: listing  # type: ignore[method-assign]
        with pytest.raises(BenchmarkError, match=hashlib.sha256(DATA).hexdigest()):
            fetched(hub, tmp_path)
        assert len(hub.downloads("big.gz")) == 2
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Told(404), "HTTP 404, there is no such file"),
        (Told(401), "HTTP 401.*set HF_TOKEN"),
        (Told(403), "HTTP 403.*set HF_TOKEN"),
        (Told(418), "HTTP 418; expected 200 or 206"),
        (
            Told(200, {"Content-Type": "text/html"}, b"<html>Sign in</html>"),
            "expected a file of 1280000 bytes; got text",
        ),
        (
            Told(200, {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(DATA))}, b"<"),
            "a page before",
        ),
        (Told(200, {}, b"x" * 10), "expected a file of 1280000 bytes; got .*, 10 bytes"),
        (Told(206, {"Content-Range": "bytes 5-9/1280000"}, b"xxxxx"), "asked for the bytes from 0 on"),
        (Told(206, {"Content-Range": "nonsense"}, b"xxxxx"), "asked for the bytes from 0 on"),
        (Told(302, {"Location": "http://example.org/x"}), "sends on to 'http://example.org/x'"),
        (Told(302, {"Location": "file:///etc/passwd"}), "sends on to 'file:///etc/passwd'"),
        (Told(302, {"Location": "http://[bad"}), "sends on to"),
        (Told(302, {"Location": CDN}), "sends on and on"),
    ],
    ids=lambda value: f"{value.status} {value.headers}" if isinstance(value, Told) else "",
)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, told: Told, said: str) -> None:
    with FakeHub(FILES, before=lambda path, *_: told if path == CDN else None) as hub:
        with pytest.raises(BenchmarkError, match=said):
            fetched(hub, tmp_path)
        assert len(hub.downloads("big.gz")) == (1 if told.headers.get("Location") != CDN else 7)
    assert not (tmp_path / "big.gz").exists()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_busy_server_is_asked_again(tmp_path: Path, status: int) -> None:
    with FakeHub(FILES, before=lambda _, __, nth: Told(status, {"Retry-After": "0"}) if nth < 2 else None) as hub:
        assert fetched(hub, tmp_path).read_bytes() == DATA
    with FakeHub(FILES, before=lambda *_: Told(status)) as hub:
        with pytest.raises(BenchmarkError, match=f"HTTP {status} \\(tried 5 times\\)"):
            fetched(hub, tmp_path)
        assert len(hub.asked) == 5


def test_a_server_with_less_than_was_downloaded(tmp_path: Path) -> None:
    """It answers 416 to the first; the part is dropped."""
    with FakeHub(FILES, before=lambda path, headers, nth: Told(416) if "range" in headers else None) as hub:
        part = tmp_path / f".big.gz.{hashlib.sha256(DATA).hexdigest()[:12]}.part"
        part.write_bytes(DATA[:900])
        assert fetched(hub, tmp_path).read_bytes() == DATA
        part.write_bytes(DATA + b"more than there is")
        (tmp_path / "big.gz").unlink()
        assert fetched(hub, tmp_path).read_bytes() == DATA
        assert "range" not in hub.downloads("big.gz")[-1].headers


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (Told(200, {"Content-Type": "text/html"}, b"<html>Sign in</html>"), "expected JSON; got text/html"),
        (Told(200, {"Content-Type": "application/json"}, b"{not json"), "expected JSON"),
        (Told(200, {"Content-Type": "application/json"}, b'{"sha": "x"}'), "expected a list of files"),
        (Told(200, {"Content-Type": "application/json"}, b"[]"), "expected a list of files"),
        (
            Told(
                200,
                {"Content-Type": "application/json"},
                b'{"sha": "x", "siblings": [{"rfilename": "big.gz", "size": 1}]}',
            ),
            "expected a list of files with their checksums",
        ),
        (
            Told(
                200,
                {"Content-Type": "application/json"},
                b'{"sha": "x", "siblings": [{"rfilename": "big.gz", "size": 1, "blobId": "%s"}]}' % (b"../" * 14)[:40],
            ),
            "expected a list of files with their checksums",
        ),
        (Told(404, {"Content-Type": "application/json"}, b'{"error": "no"}'), "no such file or revision"),
    ],
    ids=["page", "no json", "no files", "a list", "no checksum", "a path as checksum", "no revision"],
)
def test_a_listing_that_is_none(tmp_path: Path, told: Told, said: str) -> None:
    with FakeHub(FILES, before=lambda *_: told) as hub, pytest.raises(BenchmarkError, match=said):
        fetched(hub, tmp_path)


def test_files_that_nobody_wants_may_be_listed_in_any_way(tmp_path: Path) -> None:
    rows = [{"rfilename": "odd"}, {"rfilename": "big.gz", "size": len(DATA), "blobId": git_sha1(DATA)}]
    body = json.dumps({"sha": COMMIT, "siblings": rows}).encode()
    told = Told(200, {"Content-Type": "application/json; charset=utf-8"}, body)
    with FakeHub(FILES, before=lambda path, *_: told if path.startswith("/api/") else None) as hub:
        assert fetched(hub, tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("token", ["hf_\u00fc", "hf_a\nb", "hf_\x7f"])
def test_a_token_that_is_none_is_not_repeated(token: str) -> None:
    with pytest.raises(BenchmarkError, match="HF_TOKEN") as raised:
        Hub(DATASET, token=token)
    assert token not in str(raised.value)


def test_an_unreachable_hub_is_told_apart(tmp_path: Path) -> None:
    with FakeHub(FILES) as hub:
        base = hub.base
    with Hub(DATASET, base=base, wait_s=0.0) as opened, pytest.raises(Unreachable, match=r"Cannot reach 127\.0\.0\.1"):
        opened.listing("main", names=FILES)


def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with FakeHub(FILES) as hub, pytest.raises(OutputError, match="Cannot write"):
        fetched(hub, tmp_path / "file")


@pytest.mark.parametrize("base", ["http://example.org", "ftp://127.0.0.1", "127.0.0.1", "", "http://[", "https://"])
def test_only_https_and_this_machine(base: str) -> None:
    with pytest.raises(BenchmarkError, match="https://"):
        Hub(DATASET, base=base)


class Addresses:
    """Answers for any address, and keeps what it was sent: where a token may go cannot be tried on one machine."""

    def __init__(self, locations: dict[str, str]) -> None:
        self.locations = locations
        self.sent: list[tuple[str, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append((str(request.url), request.headers.get("authorization")))
        if "/api/" in request.url.path:
            rows = [{"rfilename": "x", "size": 3, "blobId": git_sha1(b"abc")}]
            data = json.dumps({"sha": COMMIT, "siblings": rows}).encode()
            return httpx.Response(200, headers={"Content-Type": "application/json"}, stream=httpx.ByteStream(data))
        if str(request.url) in self.locations:
            return httpx.Response(302, headers={"Location": self.locations[str(request.url)]})
        return httpx.Response(200, stream=httpx.ByteStream(b"abc"))


def test_a_token_is_sent_to_the_hub_alone(tmp_path: Path) -> None:
    at = f"https://huggingface.co/datasets/{DATASET}/resolve/{COMMIT}/x"
    cdn = "https://cdn.huggingface.co.example.org/x"
    addresses = Addresses({at: cdn, cdn: "https://cas-bridge.xethub.hf.co/x"})
    with Hub(DATASET, token="hf_secret", transport=httpx.MockTransport(addresses)) as hub:
        hub.download(hub.listing("main", names=["x"]).files["x"], tmp_path / "x", commit=COMMIT)
    assert (tmp_path / "x").read_bytes() == b"abc"
    assert [token for _, token in addresses.sent] == ["Bearer hf_secret", "Bearer hf_secret", None, None]
    mirror = Addresses({})
    with Hub(
        DATASET, base="https://mirror.example.org", token="hf_secret", transport=httpx.MockTransport(mirror)
    ) as hub:
        hub.listing("main", names=["x"])
    assert mirror.sent == [(f"https://mirror.example.org/api/datasets/{DATASET}/revision/main?blobs=true", None)]


@pytest.mark.parametrize("bodies", [[b"a", b"bc"], [b"", b"a", b"b", b"c"], [b"abcd"]])
def test_answers_that_say_no_length(tmp_path: Path, bodies: list[bytes]) -> None:
    """What ends early is gone on with, and what does not end is refused."""
    addresses = Addresses({})
    left = list(bodies)
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "/api/" in request.url.path:
            return addresses(request)
        start = request.headers.get("range")
        asked.append(start)
        said = {"Content-Range": f"bytes {start[6:]}2/3"} if start else {}
        return httpx.Response(206 if start else 200, headers=said, stream=httpx.ByteStream(left.pop(0)))

    with Hub(DATASET, wait_s=0.0, transport=httpx.MockTransport(answer)) as hub:
        file = hub.listing("main", names=["x"]).files["x"]
        if bodies == [b"abcd"]:
            with pytest.raises(BenchmarkError, match="expected 3 bytes; more come"):
                hub.download(file, tmp_path / "x", commit=COMMIT)
            assert not (tmp_path / "x").exists()
            return
        hub.download(file, tmp_path / "x", commit=COMMIT)
    assert (tmp_path / "x").read_bytes() == b"abc"
    had = [len(b"".join(bodies[:k])) for k in range(len(bodies))]
    assert asked == [f"bytes={start}-" if start else None for start in had]


@pytest.mark.parametrize("location", ["http://huggingface.co/x", "http://127.0.0.1/x", "//example.org:80/x", "/y"])
def test_https_never_becomes_http(tmp_path: Path, location: str) -> None:
    at = f"https://huggingface.co/datasets/{DATASET}/resolve/{COMMIT}/x"
    addresses = Addresses({at: location})
    with Hub(DATASET, token="hf_secret", transport=httpx.MockTransport(addresses)) as hub:
        file = hub.listing("main", names=["x"]).files["x"]
        if location.startswith("http:"):
            with pytest.raises(BenchmarkError, match="https://"):
                hub.download(file, tmp_path / "x", commit=COMMIT)
        else:
            hub.download(file, tmp_path / "x", commit=COMMIT)
    assert all(url.startswith("https://") for url, _ in addresses.sent)


def test_the_errors_hold_no_token(tmp_path: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403)

    opened = Hub(DATASET, token="hf_secret", transport=httpx.MockTransport(refuse))
    with opened as hub, pytest.raises(BenchmarkError) as raised:
        hub.listing("main", names=["x"])
    assert "hf_secret" not in str(raised.value) and "is HF_TOKEN a token that may read it?" in str(raised.value)


def test_whole_by_size_and_checksum(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    by_git, by_sha = git_sha1(b"abc"), hashlib.sha256(b"abc").hexdigest()
    assert is_whole(tmp_path / "x", HubFile("x", 3, git_sha1=by_git))
    assert is_whole(tmp_path / "x", HubFile("x", 3, sha256=by_sha))
    assert not is_whole(tmp_path / "x", HubFile("x", 3, git_sha1=by_sha[:40]))
    assert not is_whole(tmp_path / "x", HubFile("x", 4, sha256=by_sha))
    assert not is_whole(tmp_path / "none", HubFile("x", 3, sha256=by_sha))
    assert not is_whole(tmp_path, HubFile("x", tmp_path.stat().st_size, sha256=by_sha))
    # What `git hash-object` says of the same bytes.
    assert by_git == "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f"


def test_a_part_whose_note_is_spoiled_is_gone_on_with(tmp_path: Path) -> None:
    sha = hashlib.sha256(DATA).hexdigest()[:12]
    for note in ("{", "[]", json.dumps({"etag": 7}), json.dumps({"etag": 'W/"weak"'})):
        (tmp_path / f".big.gz.{sha}.part").write_bytes(DATA[:900])
        (tmp_path / f".big.gz.{sha}.json").write_text(note)
        with FakeHub(FILES) as hub:
            assert fetched(hub, tmp_path).read_bytes() == DATA
            (asked,) = hub.downloads("big.gz")
        assert asked.headers["range"] == "bytes=900-" and "if-range" not in asked.headers
        (tmp_path / "big.gz").unlink()
