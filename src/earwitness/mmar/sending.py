"""The engine of a run: rows asked by several threads, each answer written down by the thread that got it, at once.

Each thread takes a row, makes what is sent of it, and sends it; so there are never more recordings in memory than
threads. What is answered already is not asked again: not for the same row, and not for another row for which the very
same would be sent. A server that is down stops all, rather than failing every row.
"""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from earwitness.errors import AnswerError, EarwitnessError
from earwitness.mmar.budget import Pace, Purse, audio_rate, tokens_of_text
from earwitness.mmar.ledger import Ledger, Row, Sent
from earwitness.mmar.orders import Order
from earwitness.parallel import usable_cores
from earwitness.systems.answerer import Answerer, Question, Reply

__all__ = ["OWN_DOING", "TYPICAL_ANSWER", "Prepared", "Sender", "Stopped", "likely_tokens"]

OWN_DOING = frozenset({"refused", "filtered"})
"""The kinds of ``AnswerError`` that are the model's own answer."""
TYPICAL_ANSWER = 300
"""As many tokens an answer is taken to have, before any is known."""

_ITEMS_OWN = "audio"  # the kind that says nothing of the next item
_NO_ONE = 3  # times the number of threads: as many rows in a row without any answer mean that nobody answers
_LEAST = 10  # rows, however few threads there are


@dataclass(frozen=True)
class Prepared:
    """A row that is ready to be sent."""

    question: Question
    """What is asked."""
    key: str
    """SHA-256 over what is sent and to whom."""
    shown: Order
    """The places of the choices in the order in which they are shown."""
    sent: Sent | None
    """What is heard; None where nothing is."""


@dataclass(frozen=True)
class Stopped:
    """Why rows were left that nobody was asked."""

    by: str
    """``"budget"`` or ``"faults"``."""
    why: str
    """The same in a sentence."""


_LEFT = Stopped("", "")  # a row that was not begun, because another of the threads stopped all


class Sender:
    """One model while it is asked.

    Parameters
    ----------
    answerer
        Who is asked.
    ledger
        Where its answers are written.
    prepare
        Makes what is sent of a row; raises an ``AnswerError`` of the kind ``audio`` where that cannot be done.
    jobs
        How many threads.
    pace, purse
        How fast, and for how much.
    """

    def __init__(
        self,
        answerer: Answerer,
        ledger: Ledger,
        *,
        prepare: Callable[[Row], Prepared],
        jobs: int,
        pace: Pace,
        purse: Purse,
    ) -> None:
        self.answerer, self.ledger, self.prepare = answerer, ledger, prepare
        self.jobs, self.pace, self.purse = jobs, pace, purse
        self.stopped: Stopped | None = None
        self._halt = threading.Event()
        self._lock = threading.Lock()
        # To make a recording takes a core and several times its bytes: more at a time than cores would gain nothing.
        self._making = threading.Semaphore(usable_cores())
        # What is being asked, by key, and the rows that wait for the same.
        self._flying: dict[str, list[tuple[Row, Order]]] = {}
        self._in_a_row: Counter[str] = Counter()
        self._told: queue.SimpleQueue[int | BaseException | None] = queue.SimpleQueue()

    def send(self, rows: Sequence[Row], *, done: Callable[[int], None], notice: Callable[[str], None]) -> None:
        """Ask for all rows, or until it must stop; ``stopped`` then says why.

        Ctrl-C waits for what is being asked and writes it down; a second one drops it.

        Parameters
        ----------
        rows
            What to ask; those that are answered are passed over.
        done
            Told how many rows are done, of those given.
        notice
            Told what must be known at once.
        """
        waiting = iter(rows)
        jobs = max(1, min(self.jobs, len(rows)))
        threads = [threading.Thread(target=self._work, args=(waiting,), daemon=True) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        try:
            self._follow(len(threads), done)
        except KeyboardInterrupt:
            self._halt.set()
            n_flying = len(self._flying)
            if n_flying:
                notice(f"Stopping when what is on its way has come ({n_flying}). Ctrl-C again drops it.")
            for thread in threads:
                thread.join()
            raise

    def _follow(self, n_threads: int, done: Callable[[int], None]) -> None:
        """Tell what is done until all threads have ended; raise what one of them raised."""
        n_done, fault = 0, None
        while n_threads:
            told = self._told.get()
            if told is None:
                n_threads -= 1
            elif isinstance(told, BaseException):
                fault = fault or told
            else:
                n_done += told
                done(n_done)
        if fault is not None:
            raise fault

    def _work(self, waiting: Iterator[Row]) -> None:
        try:
            while not self._halt.is_set():
                with self._lock:
                    row = next(waiting, None)
                if row is None:
                    break
                n_done = self._one(row)
                if n_done:
                    self._told.put(n_done)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the threads are waited for
            self._halt.set()
            self._told.put(error)
        finally:
            self._told.put(None)

    def _one(self, row: Row) -> int:
        """Bring one row to its end, and those that wait for the same; return how many that were."""
        try:
            with self._making:
                ready = self.prepare(row)
        except AnswerError as error:
            self.ledger.error(row, error, key="")
            return 1
        book = self.ledger.book
        with self._lock:
            last = book.last.get(row)
            if last is not None and not last.error and last.key == ready.key:
                return 1
            known = book.answered.get(ready.key)
            if known is None and ready.key in self._flying:
                self._flying[ready.key].append((row, ready.shown))
                return 0
            if known is None:
                self._flying[ready.key] = []
        if known is not None:
            self.ledger.again(row, known, shown=ready.shown)
            return 1
        return self._end(row, ready, self._ask(row, ready))

    def _ask(self, row: Row, ready: Prepared) -> AnswerError | Stopped | None:
        """Ask, and write down the answer; return why there is none."""
        n_in, n_out = likely_tokens(self.answerer.about.spec, ready)
        if not self.purse.take(n_in, n_out):
            return self._stop("budget", "The budget does not reach for another request.")
        tokens = None
        try:
            if not self.pace.wait(self._halt):
                return _LEFT
            reply = _checked(self.answerer.answer(ready.question))
            self.ledger.answer(row, reply, key=ready.key, shown=ready.shown, sent=ready.sent)
            tokens = reply.tokens
        except AnswerError as error:
            if error.kind not in OWN_DOING:
                return error
            self.ledger.refusal(row, error, key=ready.key, shown=ready.shown, sent=ready.sent)
        except EarwitnessError:
            # The disk or the run, and no fault of the model's.
            raise
        except Exception as error:  # noqa: BLE001 - a model of a user's own may raise anything, and it is told
            return AnswerError("model", f"{type(error).__name__}: {error}")
        finally:
            self.purse.give(tokens, n_in=n_in, n_out=n_out)
        return None

    def _end(self, row: Row, ready: Prepared, error: AnswerError | Stopped | None) -> int:
        """Let the rows that wait for the same have what came of it."""
        with self._lock:
            others = self._flying.pop(ready.key)
        if isinstance(error, Stopped):
            return 0
        if error is None:
            with self._lock:
                self._in_a_row.clear()
            answer = self.ledger.book.answered[ready.key]
            for other, shown in others:
                self.ledger.again(other, answer, shown=shown)
        else:
            for each in (row, *(other for other, _ in others)):
                self.ledger.error(each, error, key=ready.key)
            if error.kind != _ITEMS_OWN:
                self._count(error)
        return 1 + len(others)

    def _count(self, error: AnswerError) -> None:
        """Stop when nobody answers."""
        with self._lock:
            self._in_a_row[error.kind] += 1
            n = sum(self._in_a_row.values())
            kinds = ", ".join(f"{count} {kind}" for kind, count in self._in_a_row.most_common())
        if n >= max(_LEAST, _NO_ONE * self.jobs):
            self._stop("faults", f"{n} requests in a row had no answer ({kinds}). The last: {error.detail}")

    def _stop(self, by: str, why: str) -> Stopped:
        with self._lock:
            self.stopped = self.stopped or Stopped(by, why)
        self._halt.set()
        return self.stopped


def likely_tokens(model: str, ready: Prepared) -> tuple[int, int]:
    """Return about how many tokens of input and of output a row costs a model."""
    seconds = 0.0 if ready.sent is None else ready.sent.seconds
    return tokens_of_text(ready.question.text) + round(seconds * audio_rate(model).per_second), TYPICAL_ANSWER


def _checked(reply: Reply) -> Reply:
    """Return a reply that can be written down, or raise what is wrong with it."""
    texts = {"text": reply.text, "reasoning": reply.reasoning, "finish": reply.finish, "model": reply.model}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise AnswerError("unreadable", f"expected a text as its {name}; got {value!r}")
    for name, count in reply.tokens.items():
        if not isinstance(name, str) or not isinstance(count, int) or count < 0:
            raise AnswerError("unreadable", f"expected a whole number of {name!r} tokens; got {count!r}")
    return reply
