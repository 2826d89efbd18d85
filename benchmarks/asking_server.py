"""A server on this machine that answers as a model's server does, at once; or now and then as a bad one.

``python benchmarks/asking_server.py --log LOG [--faults SHARE] [--seed 0] [--think 0.0] [--port 0]`` prints its port
and serves until its standard input ends. Every request is a line of LOG, ``asked SHA``, and every answer that was
handed to the network whole is another, ``answered SHA``; SHA is of the text that was asked. With faults, that share of
all requests is met by one of these: nothing for a while, 429, 500, what is not JSON, or half a body.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import socket
import sys
import threading
import time

ANSWER = "I hear it clearly.\nANSWER: A"
BODY = json.dumps(
    {
        "id": "1",
        "object": "chat.completion",
        "model": "loopback-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 10},
    }
).encode()


def whole(body: bytes, *, status: str = "200 OK", more: str = "", length: int | None = None) -> bytes:
    """Return an answer as it goes over the network."""
    length = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n"
    return head.encode() + body


GOOD = whole(BODY)
BAD = {
    "429": whole(b'{"error": {"message": "slow down"}}', status="429 Too Many Requests", more="Retry-After: 0\r\n"),
    "500": whole(b"<html>oops</html>", status="500 Internal Server Error"),
    "garbage": whole(b"\x00\xff not JSON"),
    "half": whole(BODY[: len(BODY) // 2], length=len(BODY)),
    "stall": b"",
}
ENDS = ("half", "stall")  # after these the connection is closed


class Serving:
    """What all connections share."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.chance = random.Random(options.seed)
        self.lock = threading.Lock()
        self.log = os.open(options.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if options.log else None

    def serve(self, connection: socket.socket) -> None:
        """Answer one client until it goes away, or is sent away."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with connection, connection.makefile("rb", buffering=2**18) as incoming:
                while (body := read(incoming)) is not None and self.answer(connection, body):
                    pass
        except OSError:
            return  # the client was killed, which is what this is for

    def answer(self, connection: socket.socket, body: bytes) -> bool:
        """Answer one request; return whether the connection stays."""
        digest = self.note("asked", body)
        with self.lock:
            fault = self.chance.choice(list(BAD)) if self.chance.random() < self.options.faults else None
            think_s = self.options.think * self.chance.uniform(0.5, 1.5)
        if think_s:
            time.sleep(think_s)
        if fault == "stall":
            time.sleep(self.options.stall)
        connection.sendall(GOOD if fault is None else BAD[fault])
        if fault is None:
            self.note("answered", digest)
        return fault not in ENDS

    def note(self, what: str, said: bytes) -> bytes:
        """Write a line of the log, and return what names the request."""
        if self.log is None:
            return b""
        if what == "asked":
            text = json.loads(said)["messages"][0]["content"][0]["text"]
            said = hashlib.sha256(text.encode()).hexdigest().encode()
        os.write(self.log, what.encode() + b" " + said + b"\n")
        return said


def read(incoming: object) -> bytes | None:
    """Return the body of the next request; None when there is none, or not all of it."""
    length = 0
    while (line := incoming.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = incoming.read(length) if line else b""
    return body if line and len(body) == length else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", default="")
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--think", type=float, default=0.0)
    parser.add_argument("--stall", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    serving = Serving(options)
    listening = socket.create_server(("127.0.0.1", options.port), backlog=64)
    print(listening.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=serving.serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
