"""Measure what asking a model costs besides its own time: a server on this machine that answers at once.

Run ``python benchmarks/asking_models.py``. It prints Markdown, and exits with 1 when a limit is passed. The server is a
process of its own that reads the request whole and sends a short answer; what a bare socket takes for the same exchange
is measured too, for most of the time is the way through the machine's own network.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import resource
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import soundfile

from earwitness.systems.answerer import Answerer, Question
from earwitness.systems.answerers import open_answerer
from earwitness.systems.chat import ChatAnswerer
from earwitness.systems.gemini import GeminiAnswerer
from measure import machine, table, verdict

BODY = b'{"model": "m", "choices": [{"message": {"content": "ANSWER: B"}, "finish_reason": "stop"}]}'
GEMINI = b'{"candidates": [{"content": {"parts": [{"text": "ANSWER: B"}]}, "finishReason": "STOP"}]}'
SECONDS, RATE = 10.0, 16_000
LIMIT_BODY_MS, LIMIT_ANSWER_MS = 1.0, 3.0

_Row = tuple[str, float, float | None]  # what, how many milliseconds it took, and the most that it may


def _serve(listening: socket.socket) -> None:
    """Answer every request on every connection at once."""

    def speak(connection: socket.socket) -> None:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                received = bytearray()
                while b"\r\n\r\n" not in received:
                    part = connection.recv(2**20)
                    if not part:
                        return
                    received += part
                head, _, rest = bytes(received).partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                left = length - len(rest)
                while left > 0:
                    left -= len(connection.recv(min(left, 2**20)))
                body = GEMINI if b":generateContent" in head[:200] else BODY
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    while True:
        connection, _ = listening.accept()
        threading.Thread(target=speak, args=(connection,), daemon=True).start()


def _wav() -> bytes:
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, round(SECONDS * RATE)).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _median_ms(call: Callable[[], object], n: int) -> float:
    call()
    took = []
    for _ in range(n):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    return statistics.median(took) * 1e3


def _cpu_ms(call: Callable[[], object], n: int) -> float:
    """Return the milliseconds of processor time a call, whatever else the machine does."""
    start = time.process_time()
    for _ in range(n):
        call()
    return (time.process_time() - start) / n * 1e3


def _bare(port: int, length: int) -> Callable[[], object]:
    """Return one exchange of the same size over a socket and nothing else."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent = b"POST /v1 HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length

    def exchange() -> None:
        connection.sendall(sent)
        connection.recv(2**16)

    return exchange


def _many(answerer: Answerer, wav: bytes, n: int) -> float:
    """Return the milliseconds an answer of several threads."""
    with ThreadPoolExecutor(8) as pool:
        start = time.perf_counter()
        list(pool.map(lambda number: answerer.answer(Question(f"What {number}?", wav)), range(n)))
        return (time.perf_counter() - start) / n * 1e3


def main() -> int:
    """Print the table; return 1 when something is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=300, help="answers for each row")
    n = parser.parse_args().n
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    process = multiprocessing.get_context("fork").Process(target=_serve, args=(listening,), daemon=True)
    process.start()
    url, wav = f"http://127.0.0.1:{port}/v1", _wav()
    bare_ms = _median_ms(_bare(port, len(wav) * 4 // 3 + 300), n)
    rows: list[_Row] = [("the same bytes over a bare socket", bare_ms, None)]
    for spec in ("openai:m", "gemini:m"):
        answerer = open_answerer(spec, url=url)
        assert isinstance(answerer, ChatAnswerer | GeminiAnswerer)
        rows += _rows(spec, answerer, wav, n)
        answerer.close()
    process.terminate()
    print(machine(), end="\n\n")
    print(f"A recording of {SECONDS:g} s at {RATE:,} Hz ({len(wav):,} bytes); the median of {n}.", end="\n\n")
    print(table(("what", "took", "target"), [_cells(*row) for row in rows]))
    print(f"\nMost memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB.")
    return int(any(limit is not None and took_ms > limit for _, took_ms, limit in rows))


def _rows(spec: str, answerer: ChatAnswerer | GeminiAnswerer, wav: bytes, n: int) -> list[_Row]:
    question, text = Question("What barks?", wav), Question("What barks?")
    return [
        (f"{spec}: the request's body", _median_ms(lambda: answerer.request(question), n), LIMIT_BODY_MS),
        (f"{spec}: one answer", _median_ms(lambda: answerer.answer(question), n), LIMIT_ANSWER_MS),
        (f"{spec}: one answer, processor time", _cpu_ms(lambda: answerer.answer(question), n), LIMIT_ANSWER_MS),
        (f"{spec}: one answer without a recording", _median_ms(lambda: answerer.answer(text), n), LIMIT_ANSWER_MS),
        (f"{spec}: one answer, of 8 threads", _many(answerer, wav, n), LIMIT_ANSWER_MS),
    ]


def _cells(what: str, took_ms: float, limit: float | None) -> tuple[str, ...]:
    return what, f"{took_ms:.2f} ms", "" if limit is None else f"<= {limit:g} ms: {verdict(took_ms, limit)}"


if __name__ == "__main__":
    sys.exit(main())
