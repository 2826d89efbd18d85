"""A model's server is asked once, or a few times; what goes wrong is told, and the key is told to nobody else."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest

from earwitness.errors import LibraryError
from earwitness.library.chat import MOST_BYTES, ChatModel, chat_model
from earwitness.systems.addresses import KEY, OPENAI, OPENAI_KEY, OPENAI_URL
from library.model_server import ModelServer, Reply, as_json, says

SECRET = "sk-proj-Zx93_kkQwertyUIOP-77aa"
MESSAGES = [{"role": "user", "content": "hello"}]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY, OPENAI_KEY, OPENAI_URL):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.close()


def model(server: ModelServer, **options: float) -> ChatModel:
    return ChatModel("some-model", server.url, **{"first_wait_s": 0.01, "timeout_s": 5.0, **options})


def fault(server: ModelServer, *replies: Reply, **options: float) -> str:
    server.replies = list(replies)
    with pytest.raises(LibraryError) as caught:
        model(server, **options).answer(MESSAGES)
    assert caught.value.__context__ is None and caught.value.__cause__ is None
    return str(caught.value)


# --- what is asked, and what comes back ---


def test_the_request_is_one_of_the_protocol(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, f" {SECRET}\n")
    server.replies = [says("hi \u2603")]
    assert model(server).answer(MESSAGES) == "hi \u2603"
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert request.body == {"model": "some-model", "messages": MESSAGES, "temperature": 0, "stream": False}


def test_without_a_key_none_is_sent(server: ModelServer) -> None:
    server.replies = [says("hi")]
    assert ChatModel("some-model", f"{server.url}/").answer(MESSAGES) == "hi"
    assert "Authorization" not in server.requests[0].headers
    assert server.requests[0].path == "/v1/chat/completions"


def test_a_model_of_one_temperature_is_asked_at_it(server: ModelServer) -> None:
    refused = as_json({"error": {"message": "Unsupported value", "param": "temperature"}}, status=400)
    server.replies = [refused, says("hi")]
    assert model(server).answer(MESSAGES) == "hi"
    assert [request.body.get("temperature") for request in server.requests] == [0, None]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the server sends what is not JSON: ''"),
        (b"<html>\x1b[31m", "what is not JSON: '<html>\\x1b[31m'"),
        (b"\xff\xfe", "what is not JSON"),
        (b"[" * 100_000, "what is not JSON: '[[["),
        (b"[]", "JSON without choices[0].message.content: '[]'"),
        (b'{"choices": []}', "JSON without"),
        (b'{"choices": {"0": 1}}', "JSON without"),
        (b'{"choices": [{"message": {"content": null}}]}', "JSON without"),
        (b'{"choices": [{"message": {"content": [1]}}]}', "JSON without"),
        (b'{"choices": [{"message": {"content": null, "refusal": "I will not"}}]}', "it refuses: 'I will not'"),
        (
            b'{"choices": [{"message": {"content": "bef"}, "finish_reason": "length"}]}',
            "was cut off for its length: 'bef'",
        ),
    ],
)
def test_what_is_no_answer_is_refused(server: ModelServer, body: bytes, words: str) -> None:
    message = fault(server, Reply(body))
    assert words in message
    assert f"The model 'some-model' at '{server.url}' gave no answer:" in message
    assert message.isprintable() and len(message) < 700
    assert len(server.requests) == 1


def test_a_body_that_has_no_end_is_left(server: ModelServer) -> None:
    assert f"more than {MOST_BYTES:,} bytes" in fault(server, Reply(b"x" * (50 * MOST_BYTES)))


def test_a_body_shorter_than_announced_is_refused(server: ModelServer) -> None:
    cut = Reply(says("hi").body[:-5], headers={"Content-Length": "1000"})
    assert "gave no answer: the server sends what is not JSON but a part of it" in fault(server, cut)
    assert len(server.requests) == 1, "somebody waits: what is broken is told at once"


# --- refusals of the server ---


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "no key was sent, for EARWITNESS_API_KEY is not set (401). It says: 'go away'"),
        (403, "no key was sent, for EARWITNESS_API_KEY is not set (403)."),
        (404, "the server knows no such model, or no '/chat/completions' below that address (404). It says: 'go away'"),
        (400, "the server refuses (400). It says: 'go away'"),
        (204, "the server refuses (204)"),
    ],
)
def test_a_refusal_is_told_at_once(server: ModelServer, status: int, words: str) -> None:
    assert words in fault(server, as_json({"error": {"message": "go away"}}, status=status))
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [{"error": "go away"}, {"message": "go away"}, {"detail": "go away"}])
def test_the_words_of_other_servers_are_found(server: ModelServer, body: dict[str, str]) -> None:
    assert "It says: 'go away'" in fault(server, as_json(body, status=422))


def test_a_key_that_is_not_taken(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)
    assert "the server does not take the key (401)" in fault(server, as_json({}, status=401))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
def test_a_busy_server_is_asked_again(server: ModelServer, status: int) -> None:
    server.replies = [Reply(b"busy", status), Reply(b"busy", status), says("hi")]
    assert model(server).answer(MESSAGES) == "hi"
    assert len(server.requests) == 3


def test_a_server_that_stays_at_fault_is_left(server: ModelServer) -> None:
    assert "the server is at fault (500). It says: 'oh'. It was asked 3 times." in fault(server, Reply(b"oh", 500))
    assert len(server.requests) == 3
    assert "too many requests, or no credit is left (429)" in fault(server, Reply(b"", 429), tries=1)
    assert len(server.requests) == 4


def test_a_server_says_when_to_ask_again(server: ModelServer) -> None:
    server.replies = [Reply(b"", 429, {"Retry-After": "1"}), says("hi")]
    start = time.monotonic()
    assert model(server).answer(MESSAGES) == "hi"
    assert 1.0 <= time.monotonic() - start < 3.0


@pytest.mark.parametrize("after", ["3600", "9" * 400, formatdate(time.time() + 9_999, usegmt=True)])
def test_a_server_that_wants_to_be_left_alone_is(server: ModelServer, after: str) -> None:
    assert "It asks to be left alone for " in fault(server, Reply(b"", 503, {"Retry-After": after}))
    assert len(server.requests) == 1


@pytest.mark.parametrize("after", ["soon", "-5", "", "\u00b2", formatdate(0), "Mon, 99 Foo 99999 99:99:99 GMT"])
def test_a_time_that_is_none_is_passed_over(server: ModelServer, after: str) -> None:
    server.replies = [Reply(b"", 429, {"Retry-After": after}), says("hi")]
    assert model(server).answer(MESSAGES) == "hi"


# --- the way there ---


def test_a_slow_server_is_left(server: ModelServer) -> None:
    start = time.monotonic()
    assert "none came within 0.3 s" in fault(server, says("hi")._replace(wait_s=2.0), timeout_s=0.3)
    # One that sends a little again and again is no quicker.
    assert "none came within 0.5 s" in fault(server, Reply(b" " * MOST_BYTES, wait_s=0.2), timeout_s=0.5)
    assert time.monotonic() - start < 2.0
    assert len(server.requests) == 2


def test_no_server(server: ModelServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(LibraryError, match=r"gave no answer: .*[Rr]efused"):
        ChatModel("some-model", f"http://127.0.0.1:{port}/v1").answer(MESSAGES)


@pytest.mark.parametrize(
    "line", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc \x1b[31m\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 999]
)
def test_a_server_that_speaks_no_http(line: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(2**16)
                connection.sendall(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(LibraryError, match="gave no answer") as caught:
            ChatModel("some-model", f"http://127.0.0.1:{listening.getsockname()[1]}", timeout_s=5.0).answer(MESSAGES)
        thread.join()
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server: ModelServer, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)
    other = ModelServer()
    other.replies = [says("hi")]
    try:
        message = fault(server, Reply(b"", status, {"Location": f"{other.url}/chat/completions?key={SECRET}"}))
    finally:
        other.close()
    assert f"points to another address ({status}), which is not followed" in message
    assert SECRET not in message
    assert not other.requests


def test_this_machine_is_asked_without_a_proxy(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = ModelServer()
    proxy.replies = [says("proxied")]
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.replies = [says("hi")]
    try:
        assert model(server).answer(MESSAGES) == "hi"
    finally:
        proxy.close()
    assert not proxy.requests


# --- the key ---


def echoes() -> list[Reply]:
    """Servers that send the key back, each in its own way."""
    inside = f"'{SECRET}', {SECRET[:-4]} and x{SECRET}y are wrong"
    long = "x" * 285 + SECRET  # is cut in the middle of the key
    bodies = [inside, long, json.dumps(inside), json.dumps({"error": {"message": long}})]
    bodies.append(
        json.dumps({"error": {"message": "".join(f"\\u{ord(each):04x}" for each in SECRET)}}).replace("\\\\", "\\")
    )
    bodies.append(json.dumps({"choices": [{"message": {"content": inside}, "finish_reason": "length"}]}))
    bodies.append(json.dumps({"choices": [{"message": {"content": None, "refusal": inside}}]}))
    statuses = (200, 400, 401, 403, 404, 429, 500)
    return [Reply(body.encode(), status, {"X": SECRET}) for body in bodies for status in statuses]


@pytest.mark.parametrize("variable", [KEY, OPENAI_KEY])
def test_the_key_is_in_no_error(server: ModelServer, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, SECRET)
    monkeypatch.setenv(OPENAI_URL, server.url)
    for reply in echoes():
        message = fault(server, reply, tries=1)
        assert SECRET not in message
        assert not any(SECRET[i : i + 8] in message for i in range(len(SECRET) - 7)), message
    assert all(request.headers["Authorization"] == f"Bearer {SECRET}" for request in server.requests)


def test_the_key_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)
    asked = chat_model("some-model", base_url="http://localhost:1/v1")
    assert SECRET not in repr(asked) + repr(vars(asked))


def test_a_name_that_is_the_key_is_not_told(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, SECRET)
    server.replies = [Reply(b"", 404)]
    with pytest.raises(LibraryError) as caught:
        ChatModel(SECRET, server.url).answer(MESSAGES)
    assert SECRET not in str(caught.value)


def test_a_word_in_place_of_a_key_hides_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ChatModel("m", "http://localhost:1")
    assert asked.hidden("nothing to hide") == "nothing to hide"
    monkeypatch.setenv(KEY, "x")
    assert asked.hidden("expected x, or 'x'") == "expected [key], or '[key]'"


@pytest.mark.parametrize("key", ["a b", "a\nb", "schlüssel", "a\x00b".replace("\x00", "\x7f")])
def test_a_key_that_is_none_is_refused_unseen(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, key)
    with pytest.raises(LibraryError, match=f"{KEY} holds no key: expected ASCII without spaces") as caught:
        chat_model("m", base_url="http://localhost:1")
    assert key not in str(caught.value)


def test_openai_s_key_goes_to_no_other_server(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OPENAI_KEY, SECRET)
    message = fault(server, as_json({}, status=401))
    assert "no key was sent, for OPENAI_API_KEY belongs to another server: put the key of this one into EARW" in message
    assert "Authorization" not in server.requests[0].headers
    monkeypatch.setenv(OPENAI_URL, "https://[broken")
    assert "no key was sent" in fault(server, as_json({}, status=401))
    monkeypatch.setenv(OPENAI_URL, f"{server.url}/other")  # the same server
    assert "does not take the key" in fault(server, as_json({}, status=401))
    monkeypatch.setenv(KEY, "own-key-of-this-server")
    fault(server, as_json({}, status=401))
    assert server.requests[-1].headers["Authorization"] == "Bearer own-key-of-this-server"


# --- addresses and names ---


@pytest.mark.parametrize(
    "address",
    [
        *(
            "https://api.openai.com/v1",
            "https://example.org:8443/a/b/",
            "http://localhost:11434/v1",
            "HTTP://LOCALHOST",
        ),
        *(
            "http://127.0.0.1:8080",
            "http://127.8.9.10/v1",
            "http://[::1]:8000/v1",
            "https://10.0.0.7/v1",
            "https://[fd00::1]",
        ),
    ],
)
def test_addresses_that_are_asked(address: str) -> None:
    assert ChatModel("m", address).base_url == address.rstrip("/")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://api.openai.com/v1", "is not encrypted"),
        ("http://10.0.0.7/v1", "is not encrypted"),
        ("http://localhost.example.org", "is not encrypted"),
        ("http://127.0.0.1.example.org", "is not encrypted"),
        ("http://0.0.0.0:8080", "is not encrypted"),
        ("http://2130706433/", "is not encrypted"),
        ("http://localhost@example.org", "no user, password"),
        ("http://localhost\\@example.org", "no user, password"),
        ("https://me:secret@example.org", "no user, password"),
        ("https://example.org/v1?key=secret", "no user, password, query or fragment"),
        ("https://example.org/v1#secret", "no user, password, query or fragment"),
        ("https://example.org:secret/v1", "is damaged"),
        ("https://example.org:99999/v1", "is damaged"),
        ("https://[::1", "is damaged"),
        ("https://", "is no address of a server"),
        ("example.org/v1", "is no address of a server"),
        ("file:///etc/passwd", "is no address of a server"),
        ("ftp://example.org", "is no address of a server"),
        ("https://-a.org", "is no address of a server"),
        (f"https://{'a' * 64}.org", "is no address of a server"),
        ("https://exämple.org", "plain ASCII"),
        ("https://example.org/a b", "plain ASCII"),
        ("https://exam\nple.org", "plain ASCII"),
        ("", "plain ASCII"),
    ],
)
def test_addresses_that_are_not(address: str, words: str) -> None:
    with pytest.raises(LibraryError) as caught:
        ChatModel("m", address)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"name": ""},
        {"name": " "},
        {"name": "m" * 201},
        {"timeout_s": 0},
        {"timeout_s": float("nan")},
        {"tries": 0},
        {"first_wait_s": -1},
    ],
)
def test_models_that_are_none(options: dict[str, object]) -> None:
    with pytest.raises(LibraryError, match=r"name of a model has|some time and one try"):
        ChatModel(**{"name": "m", "base_url": OPENAI, **options})


def test_a_server_is_named_by_an_option_or_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LibraryError, match=r"Where does the model 'm' answer\? Name its address by --reader-url or in"):
        chat_model("m")
    monkeypatch.setenv(OPENAI_URL, "https://example.org/v1")
    assert chat_model("m").base_url == "https://example.org/v1"
    assert chat_model("m", base_url=OPENAI, timeout_s=7.0) == ChatModel("m", OPENAI, timeout_s=7.0)
