"""Answerers that see the truth or guess: what every model is read against, and what a run is tried out with.

``oracle``              always right
``random[:SEED]``       a guess, the same whenever the same text is asked
``prior``               always the longest choice
``refuser``             refuses
``letter:A``            always the same letter, whether or not there is such a choice
``truncating:SECONDS``  hears the first seconds alone: right where nothing is heard after them, else it guesses

Each says ``ANSWER:`` and a letter, but for the one that refuses.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Callable, Mapping

import numpy as np

from earwitness import __version__
from earwitness.errors import AnswerError, SystemFault
from earwitness.systems.answerer import Question, Reply
from earwitness.systems.base import About

__all__ = ["FAKES", "REFUSAL", "Fake", "open_fake"]

FAKES: Mapping[str, str] = {
    "oracle": "always right, from the truth (reference)",
    "random[:SEED]": "guesses, the same for the same text (reference)",
    "prior": "always the longest choice (reference)",
    "refuser": "refuses every question (reference)",
    "letter:A": "always the letter A, or another (reference)",
    "truncating:SECONDS": "right where nothing is heard after so many seconds, else it guesses (reference)",
}
"""Every kind of them, with one line of help."""
REFUSAL = "I'm sorry, but I can't help with that."
"""What ``refuser`` says."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SILENT = 1e-4  # of full scale, -80 dB: what is softer is not heard


class Fake:
    """One that says what a rule says.

    Parameters
    ----------
    spec
        What it was opened with.
    what
        What it does, for whoever reads the results.
    rule
        From a question to the words of the answer.
    """

    def __init__(self, spec: str, what: str, rule: Callable[[Question], str]) -> None:
        version = f"earwitness {__version__}, {spec}"
        self.about = About(spec, spec, "reference", True, version, details={"answer": what})
        self._rule = rule

    def answer(self, question: Question) -> Reply:
        """Return what the rule says.

        Raises
        ------
        AnswerError
            When the question does not tell what the rule needs to know.
        """
        return Reply(self._rule(question), finish="stop", model=self.about.name)


def open_fake(spec: str) -> Fake | None:
    """Return the answerer that a spec names; None where it names none of ``FAKES``.

    Raises
    ------
    SystemFault
        When what follows the colon is not what it must be.
    """
    kind, colon, argument = spec.partition(":")
    rules: dict[str, Callable[[Question], str]] = {"oracle": _right, "prior": _longest, "refuser": _refusal}
    if kind in rules and not colon:
        return Fake(spec, FAKES[kind], rules[kind])
    if kind == "random":
        seed = _seed(argument if colon else "0")
        return Fake(spec, FAKES["random[:SEED]"], lambda question: _guess(question, seed))
    if kind == "letter" and colon:
        if len(argument) != 1 or argument not in _LETTERS:
            raise SystemFault(f"'letter' is followed by one letter from A to Z, such as letter:A; got {spec!r}.")
        return Fake(spec, FAKES["letter:A"], lambda question: _said(argument))
    if kind == "truncating" and colon:
        seconds = _seconds(argument)
        return Fake(spec, FAKES["truncating:SECONDS"], lambda question: _from_start(question, seconds))
    return None


def _said(letter: str) -> str:
    return f"ANSWER: {letter}"


def _shown(question: Question) -> tuple[str, ...]:
    if not question.choices:
        raise AnswerError("model", "A reference chooses among choices; this question has none.")
    return question.choices


def _right(question: Question) -> str:
    if question.gold is None or not question.choices:
        raise AnswerError("model", "A reference that sees the truth needs the choices and which one is right.")
    return _said(_LETTERS[question.gold])


def _guess(question: Question, seed: int) -> str:
    """Return a choice by a hash of the seed and the text: uniform, and the same in whatever order it is asked."""
    choices = _shown(question)
    digest = hashlib.sha256(f"{seed}\0{question.text}".encode(errors="surrogatepass")).digest()
    return _said(_LETTERS[int.from_bytes(digest, "big") % len(choices)])


def _longest(question: Question) -> str:
    # Of two that are as long, the later one in the alphabet, so that the order in which they are shown changes nothing.
    choices = _shown(question)
    return _said(_LETTERS[choices.index(max(choices, key=lambda choice: (len(choice), choice)))])


def _refusal(question: Question) -> str:
    return REFUSAL


def _from_start(question: Question, seconds: float) -> str:
    if question.audio is None or _last_heard(question.audio) > seconds:
        return _guess(question, 0)
    return _right(question)


def _last_heard(wav: bytes) -> float:
    """Return when a recording is last louder than silence, in seconds from its start; 0 where it never is."""
    # Imported here: most runs decode nothing in this process.
    import soundfile

    try:
        samples, sample_rate = soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AnswerError("audio", f"What was sent is no WAV file that can be decoded: {error}") from error
    heard = np.flatnonzero(np.abs(samples).max(axis=1) > _SILENT)
    return float((heard[-1] + 1) / sample_rate) if len(heard) else 0.0


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise SystemFault(f"'random' is followed by a whole number, such as random:7; got {text!r}.") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise SystemFault(f"'truncating' is followed by seconds, such as truncating:30; got {text!r}.")
    return seconds
