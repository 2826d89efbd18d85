"""What asking costs, and how fast it may go: prices, a budget that stops, requests a minute, an estimate beforehand."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from earwitness.errors import RunError

__all__ = ["AUDIO_RATES", "AudioRate", "Budget", "Pace", "Purse", "audio_rate", "tokens_of_text"]

_LETTERS_A_TOKEN = 4.0
_PER = 1e6  # prices are those of so many tokens


class AudioRate(NamedTuple):
    """How many tokens a second of a recording is taken to cost."""

    per_second: float
    """Tokens a second."""
    source: str
    """Where that is said, and when it was read."""


AUDIO_RATES: Mapping[str, AudioRate] = {
    "gemini": AudioRate(32.0, "Gemini API, 'Audio understanding' (ai.google.dev), read 2026-11"),
    "gpt": AudioRate(10.0, "one token for 100 ms of speech: told of OpenAI by others, its own page was not read"),
    "qwen3-omni": AudioRate(12.5, "80 ms a frame: told of Qwen3-Omni by others, its report was not read"),
    "qwen": AudioRate(25.0, "configuration of Qwen2.5-Omni: position_id_per_seconds 25, read 2026-11"),
    "voxtral": AudioRate(12.5, "Voxtral: 80 ms a token (Scaleway's model catalogue), read 2026-11"),
}
"""By what a model's name holds. They are estimates: what a server counts is written into every run."""

_ELSE = AudioRate(25.0, "nothing known of this model: 25 is in the middle of others")


def audio_rate(model: str) -> AudioRate:
    """Return how many tokens a second of a recording is taken to cost a model, by its name.

    Examples
    --------
    >>> audio_rate("openai:gpt-4o-audio-preview").per_second
    10.0
    """
    return next((rate for name, rate in AUDIO_RATES.items() if name in model.lower()), _ELSE)


def tokens_of_text(text: str) -> int:
    """Return about how many tokens a text is: a fourth of its letters, one at least for each that is not ASCII."""
    n_wide = len(text) - len(text.encode("ascii", errors="ignore"))
    return round((len(text) - n_wide) / _LETTERS_A_TOKEN + n_wide)


@dataclass(frozen=True)
class Budget:
    """What may be spent on a run, what was spent on it before included."""

    money: float | None = None
    """At most so much, in the currency of the prices; None: no limit."""
    tokens: int | None = None
    """At most so many tokens, of input and output together; None: no limit."""
    price_in: float = 0.0
    """Of a million tokens of input."""
    price_out: float = 0.0
    """Of a million tokens of output."""

    def __post_init__(self) -> None:
        """Refuse what can stop nothing.

        Raises
        ------
        RunError
            When money is limited and nothing costs any, or a number is below zero.
        """
        named = {"price of input": self.price_in, "price of output": self.price_out}
        named |= {"budget": self.money or 0.0, "budget of tokens": self.tokens or 0}
        for name, value in named.items():
            if not 0.0 <= value < float("inf"):
                raise RunError(f"The {name} must be a number, zero or greater; got {value}.")
        if self.money is not None and self.price_in == self.price_out == 0.0:
            raise RunError("A budget in money needs prices: give what a million tokens of input and of output cost.")

    def cost(self, n_in: float, n_out: float) -> float:
        """Return what tokens of input and output cost."""
        return (n_in * self.price_in + n_out * self.price_out) / _PER


class Purse:
    """What was spent of a budget, by several threads. What is being asked counts as much as an answer did on average.

    Parameters
    ----------
    budget
        What may be spent.
    spent
        Tokens of input and of output that were spent before.
    n_spent
        For how many answers.
    """

    def __init__(self, budget: Budget, *, spent: tuple[int, int] = (0, 0), n_spent: int = 0) -> None:
        self.budget = budget
        self.n_in, self.n_out = spent
        self._n = n_spent
        self._begun = 0
        self._changed = threading.Condition()

    @property
    def cost(self) -> float:
        """What was spent, in the currency of the prices."""
        return self.budget.cost(self.n_in, self.n_out)

    def take(self, n_in: int, n_out: int) -> bool:
        """Wait until a request may be begun; False when the budget does not reach for another.

        Parameters
        ----------
        n_in, n_out
            As many tokens it may cost, while nothing is known of other answers.
        """
        if self.budget.money is None and self.budget.tokens is None:
            return True
        with self._changed:
            while not self._reaches(n_in, n_out):
                if not self._begun:
                    return False
                # Those that are being asked may turn out cheaper than they were taken for.
                self._changed.wait()
            self._begun += 1
        return True

    def give(self, tokens: Mapping[str, int] | None, *, n_in: int, n_out: int) -> None:
        """Count what a request cost: what the server counted, else what it was taken for; None: it gave no answer."""
        with self._changed:
            self._begun = max(0, self._begun - 1)
            if tokens is not None:
                self._n += 1
                self.n_in += tokens.get("input", n_in)
                self.n_out += tokens.get("output", n_out)
            self._changed.notify_all()

    def _reaches(self, n_in: int, n_out: int) -> bool:
        each_in, each_out = (self.n_in / self._n, self.n_out / self._n) if self._n else (n_in, n_out)
        all_in, all_out = self.n_in + (self._begun + 1) * each_in, self.n_out + (self._begun + 1) * each_out
        if self.budget.tokens is not None and all_in + all_out > self.budget.tokens:
            return False
        return self.budget.money is None or self.budget.cost(all_in, all_out) <= self.budget.money


class Pace:
    """So many requests a minute, evenly, over all threads.

    Parameters
    ----------
    per_minute
        How many; None: as fast as it goes.
    """

    def __init__(self, per_minute: float | None) -> None:
        if per_minute is not None and not 0.0 < per_minute < float("inf"):
            raise RunError(f"There must be more than 0 requests a minute; got {per_minute}.")
        self._gap_s = 0.0 if per_minute is None else 60.0 / per_minute
        self._next_s = time.monotonic()
        self._lock = threading.Lock()

    def wait(self, stopped: threading.Event) -> bool:
        """Wait for the next turn; False when it was stopped meanwhile."""
        if not self._gap_s:
            return not stopped.is_set()
        with self._lock:
            now_s = time.monotonic()
            turn_s = max(now_s, self._next_s)
            self._next_s = turn_s + self._gap_s
        return not stopped.wait(max(0.0, turn_s - now_s))
