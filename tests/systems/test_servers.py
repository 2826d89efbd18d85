"""A server that is slow, busy, broken or hostile is given up in time, and is told no more than is its own."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

import pytest

from earwitness.errors import SystemFault
from earwitness.systems.addresses import GEMINI, GEMINI_VENDOR, KEY, OPENAI, OPENAI_KEY, OPENAI_URL, hidden
from earwitness.systems.answerer import Question
from earwitness.systems.chat import ChatAnswerer
from earwitness.systems.servers import MOST_BYTES
from library.model_server import ModelServer, Reply, as_json, says
from systems.asked import SECRET, fault_of, forget_keys, no_part_of, settings
from systems.sound import noise_wav

GOOD = says("ANSWER: B").body


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_keys(monkeypatch)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.close()


def model(address: str, **options: float) -> ChatAnswerer:
    return ChatAnswerer("m", address, settings=settings(**options))


def read_request(connection: socket.socket) -> None:
    """Read one request whole: what is left unread would break the connection when it is closed."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(2**16)
        if not part:
            raise ConnectionError
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = int((head.lower().partition(b"content-length: ")[2].split() or [b"0"])[0])
    while len(body) < length:
        body += connection.recv(2**16)


@contextmanager
def speaking(*speeches: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection after the other, each by a function of its own, the last one again and again."""
    left = list(speeches)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(5.0)
                    try:
                        read_request(connection)
                        (left.pop(0) if len(left) > 1 else left[0])(connection)
                    except OSError:
                        pass  # whoever asked has gone

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(6.0)


def sends(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


def drips(head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            time.sleep(0.05)
            connection.sendall(drop)

    return speak


# --- in time ---


@pytest.mark.parametrize(
    "speech",
    [
        lambda connection: connection.recv(1) and None,
        drips(b"", b"H"),
        drips(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        drips(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b" "),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x"),
    ],
    ids=["silent", "status", "header", "headers", "body", "chunks", "chunk"],
)
def test_one_answer_has_one_deadline(speech: Callable[[socket.socket], None]) -> None:
    with speaking(speech) as address, model(address, timeout_s=0.4, tries=1) as asked:
        start = time.monotonic()
        error = fault_of(asked)
        took = time.monotonic() - start
    assert took < 2.0
    if error.kind == "timeout":
        assert "gave no answer: none came within 0.4 s." in error.detail and took > 0.35
    else:
        # Bytes that can begin no answer are told as soon as they are seen.
        assert error.kind == "server" and "illegal" in error.detail


def test_what_came_too_late_is_not_asked_for_again(server: ModelServer) -> None:
    server.replies = [says("B")._replace(stall_s=0.5)]
    with model(server.url, timeout_s=0.2) as asked:
        assert fault_of(asked).kind == "timeout"
    assert len(server.requests) == 1


def test_a_server_that_takes_nothing_in_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        with model(address, timeout_s=0.4, tries=1) as asked:
            start = time.monotonic()
            assert fault_of(asked, Question("What?", noise_wav(100.0))).kind == "timeout"
            assert time.monotonic() - start < 3.0


# --- encrypted ---


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate of this machine that nobody vouches for."""
    path, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate with")
    options = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-nodes"]
    files = ["-keyout", str(key), "-out", str(path)]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", *options, *files]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path


def test_a_certificate_is_checked(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(KEY, SECRET)
    server = ModelServer(keep_alive=True, certificate=certificate)
    server.replies = [says("ANSWER: B")]
    question = Question("What?", noise_wav(30.0))
    with model(server.url) as asked:
        error = fault_of(asked, question)
    assert error.kind == "server" and "certificate verify failed" in error.detail and "times" not in error.detail
    assert not server.requests
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with model(server.url) as asked:
        assert [asked.answer(question).text for _ in range(3)] == ["ANSWER: B"] * 3
        assert server.n_connections == 1 and server.requests[0].headers["Authorization"] == f"Bearer {SECRET}"
        data = server.requests[0].body["messages"][0]["content"][1]["input_audio"]["data"]
        assert base64.b64decode(data) == question.audio
    server.replies = [says(" " * 2**22)._replace(wait_s=0.05)]
    with model(server.url, timeout_s=0.5) as asked:
        start = time.monotonic()
        assert fault_of(asked).kind == "timeout" and time.monotonic() - start < 3.0
    server.close()


# --- broken ---


def head(length: int | None = None, *more: bytes) -> bytes:
    lines = [b"HTTP/1.1 200 OK", *more] + ([] if length is None else [b"Content-Length: %d" % length])
    return b"\r\n".join([*lines, b"", b""])


@pytest.mark.parametrize(
    ("speech", "kind", "words"),
    [
        (head(len(GOOD) + 10) + GOOD, "unreadable", f"but a part of it ({len(GOOD)} bytes): '{{"),
        (head(len(GOOD)) + GOOD[:20], "unreadable", "but a part of it (20 bytes)"),
        (head(None, b"Transfer-Encoding: chunked") + b"5\r\n{'a':\r\n", "unreadable", "but a part of it"),
        (head(None, b"Transfer-Encoding: chunked") + b"zz\r\n", "unreadable", "but a part of it (0 bytes)"),
        (head(3, b"Content-Encoding: gzip") + b"abc", "unreadable", "is coded as 'gzip': 'abc'"),
        (head(MOST_BYTES + 1) + b" " * (MOST_BYTES + 1), "unreadable", f"sends more than {MOST_BYTES:,} bytes"),
        (b"", "server", "disconnected"),
        (b"nonsense\r\n\r\n", "server", "illegal"),
        (b"HTTP/1.1 abc \x1b[31m\r\n\r\n", "server", "illegal"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 9, "server", "disconnected"),
    ],
)
def test_what_is_broken_is_asked_for_again(speech: bytes, kind: str, words: str) -> None:
    with speaking(sends(speech)) as address, model(address) as asked:
        error = fault_of(asked)
    assert error.kind == kind and words in error.detail
    assert error.detail.endswith("times.") or "more than" in error.detail
    if "more than" not in error.detail:
        whole = sends(head(len(GOOD)) + GOOD)
        with speaking(sends(speech), whole) as address, model(address) as asked:
            assert asked.answer(Question("What?", noise_wav())).text == "ANSWER: B"


def test_chunks_and_a_body_up_to_the_end_are_read() -> None:
    chunked = (
        head(None, b"Transfer-Encoding: chunked") + b"".join(b"1\r\n%c\r\n" % each for each in GOOD) + b"0\r\n\r\n"
    )
    for speech in (chunked, head(None, b"Connection: close") + GOOD):
        with speaking(sends(speech)) as address, model(address) as asked:
            assert asked.answer(Question("What?")).text == "ANSWER: B"


def test_no_server_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with model(f"http://127.0.0.1:{port}/v1") as asked:
        error = fault_of(asked)
    assert error.kind == "server" and "refused" in error.detail and error.detail.endswith("It was asked 3 times.")


# --- when to ask again ---


def test_a_server_says_when_to_ask_again(server: ModelServer) -> None:
    for wait in (lambda: "1", lambda: formatdate(time.time() + 2, usegmt=True)):
        server.replies = [Reply(b"", 429, {"Retry-After": wait()}), says("B")]
        start = time.monotonic()
        with model(server.url) as asked:
            assert asked.answer(Question("What?")).text == "B"
        assert 0.9 <= time.monotonic() - start < 6.0


def test_what_one_is_told_holds_for_all(server: ModelServer) -> None:
    server.replies = [Reply(b"", 429, {"Retry-After": "1"}), says("B")]
    with model(server.url) as asked:
        first = threading.Thread(target=asked.answer, args=(Question("first"),))
        start = time.monotonic()
        first.start()
        while not server.requests:
            time.sleep(0.01)
        time.sleep(0.1)
        asked.answer(Question("second"))
        assert time.monotonic() - start >= 0.9
        first.join()


def test_google_says_when_to_ask_again_in_the_body(server: ModelServer) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3600.5s"}]
    server.replies = [as_json({"error": {"message": "quota", "details": details}}, status=429)]
    with model(server.url) as asked:
        error = fault_of(asked)
    assert error.kind == "busy" and "It asks to be left alone for 3,600 s; ask again then." in error.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize("after", ["3600", "9" * 400, formatdate(time.time() + 9_999, usegmt=True)])
def test_a_server_that_wants_to_be_left_alone_is(server: ModelServer, after: str) -> None:
    server.replies = [Reply(b"", 503, {"Retry-After": after})]
    with model(server.url) as asked:
        assert "It asks to be left alone for " in fault_of(asked).detail
    assert len(server.requests) == 1


def test_waits_grow_and_are_spread(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class Clockless(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return False

    monkeypatch.setattr("earwitness.systems.servers.threading.Event", Clockless)
    server.replies = [Reply(b"", 500)]
    with model(server.url, tries=4, first_wait_s=1.0) as asked:
        monkeypatch.undo()
        for _ in range(8):
            fault_of(asked)
    assert len(waits) == 24 and len(set(waits)) == 24
    for place, base in enumerate((1.0, 2.0, 4.0)):
        assert all(0.5 * base <= wait <= 1.5 * base for wait in waits[place::3])


# --- the key ---


def echoes() -> list[Reply]:
    """Servers that send the key back, each in its own way."""
    inside = f"'{SECRET}', {SECRET[:-4]} and x{SECRET}y are wrong"
    long = "x" * 285 + SECRET  # is cut in the middle of the key
    bodies = [inside, long, json.dumps(inside), json.dumps({"error": {"message": long}}), json.dumps({"error": inside})]
    for message in ({"content": None, "refusal": inside}, {"content": 3, "x": inside}, {"content": inside}):
        bodies.append(json.dumps({"choices": [{"message": message, "finish_reason": "content_filter"}]}))
    statuses = (200, 400, 401, 403, 404, 413, 429, 500)
    return [Reply(body.encode(), status, {"X": SECRET}) for body in bodies for status in statuses]


@pytest.mark.parametrize("variable", [KEY, OPENAI_KEY])
def test_the_key_is_in_no_error(server: ModelServer, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, SECRET)
    monkeypatch.setenv(OPENAI_URL, server.url)
    with model(server.url, tries=1) as asked:
        for reply in echoes():
            server.replies = [reply]
            error = fault_of(asked)
            assert no_part_of(SECRET, str(error) + repr(error)), error
    assert all(request.headers["Authorization"] == f"Bearer {SECRET}" for request in server.requests)
    assert len(server.requests) == len(echoes())


def test_no_redirect_is_followed(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)
    other = ModelServer()
    other.replies = [says("B")]
    for status in (301, 302, 303, 307, 308):
        server.replies = [Reply(b"", status, {"Location": f"{other.url}/chat/completions?key={SECRET}"})]
        with model(server.url) as asked:
            error = fault_of(asked)
        assert error.kind == "rejected"
        assert f"points to another address ({status}), which is not followed" in error.detail
    other.close()
    assert not other.requests and len(server.requests) == 5


def test_this_machine_is_asked_without_a_proxy(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    server.replies = [says("B")]
    with model(server.url) as asked:
        assert asked.answer(Question("What?")).text == "B"


def test_the_environments_proxy_serves_https(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(KEY, SECRET)
    with speaking(sends(b"HTTP/1.1 403 Forbidden by the proxy\r\nContent-Length: 0\r\n\r\n")) as proxy:
        monkeypatch.setenv("https_proxy", proxy.removesuffix("/v1"))
        with model("https://models.example/v1") as asked:
            error = fault_of(asked)
    assert error.kind == "server" and "403 Forbidden by the proxy" in error.detail
    for none in ("socks5://me:pass-word-of-mine@localhost:1", "ftp://localhost"):
        monkeypatch.setenv("https_proxy", none)
        with model("https://models.example/v1") as asked:
            error = fault_of(asked)
        assert error.kind == "rejected" and "the proxy for https that the environment names" in error.detail
        assert "pass-word" not in str(error)


@pytest.mark.parametrize(
    ("variables", "address", "expected"),
    [
        ({KEY: "k"}, "https://a.org/v1", "k"),
        ({KEY: "k", OPENAI_KEY: "o"}, "https://a.org/v1", "k"),
        ({OPENAI_KEY: "o"}, "https://a.org/v1", ""),
        ({OPENAI_KEY: "o"}, OPENAI, "o"),
        ({OPENAI_KEY: "o"}, "https://api.openai.com:443/v2", "o"),
        ({OPENAI_KEY: "o"}, "https://api.openai.com.evil.org/v1", ""),
        ({OPENAI_KEY: "o"}, "https://api.openai.com:444/v1", ""),
        ({OPENAI_KEY: "o", OPENAI_URL: "https://a.org/v1"}, "https://a.org/v1", "o"),
        ({OPENAI_KEY: "o", OPENAI_URL: "https://a.org/v1"}, OPENAI, ""),
        ({"GEMINI_API_KEY": "g", OPENAI_KEY: "o"}, "https://a.org/v1", ""),
    ],
)
def test_a_key_goes_to_the_server_that_it_belongs_to(
    variables: dict[str, str], address: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    from earwitness.systems.addresses import OPENAI_VENDOR

    assert OPENAI_VENDOR.key(address) == expected


def test_googles_key_goes_to_google_and_no_other_goes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k")
    assert (GEMINI_VENDOR.key(GEMINI), GEMINI_VENDOR.key("https://a.org")) == ("", "k")
    monkeypatch.setenv("GOOGLE_API_KEY", "second")
    assert GEMINI_VENDOR.key(GEMINI) == "second"
    monkeypatch.setenv("GEMINI_API_KEY", "first")
    assert (GEMINI_VENDOR.key(GEMINI), GEMINI_VENDOR.key("https://a.org")) == ("first", "k")


def test_a_server_that_answers_nobody_without_a_key_is_not_asked() -> None:
    with model(OPENAI) as asked:
        error = fault_of(asked)
    assert error.kind == "rejected" and "no key was sent, for OPENAI_API_KEY is not set." in error.detail


def test_a_key_that_is_not_taken(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)
    server.replies = [as_json({"error": {"message": f"bad key {SECRET}"}}, status=401)]
    with model(server.url) as asked:
        error = fault_of(asked)
    assert (
        error.kind == "rejected" and "the server does not take the key (401). It says: 'bad key [key]" in error.detail
    )
    assert len(server.requests) == 1


def test_a_key_that_is_none_is_refused_unseen(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "a b")
    server.replies = [says("B")]
    with model(server.url) as asked:
        error = fault_of(asked)
    assert error.kind == "rejected" and f"{KEY} holds no key: expected ASCII without spaces" in error.detail
    assert "a b" not in error.detail and not server.requests


def test_several_keys_are_hidden() -> None:
    text = f"{SECRET[:12]}.. and another-key-of-mine, x"
    assert hidden(text, [SECRET, "", "another-key-of-mine", "x"]) == "[key] and [key] [key]"
    assert hidden(text, []) == text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://api.openai.com/v1", "is not encrypted"),
        ("http://10.0.0.7/v1", "is not encrypted"),
        ("https://me:secret@example.org", "no user, password"),
        ("https://example.org/v1?key=secret", "no user, password, query or fragment"),
        ("file:///etc/passwd", "is no address of a server"),
        ("https://[::1", "is damaged"),
        ("", "plain ASCII"),
    ],
)
def test_addresses_that_are_not(address: str, words: str) -> None:
    with pytest.raises(SystemFault) as caught:
        model(address)
    assert words in str(caught.value) and "secret" not in str(caught.value)
