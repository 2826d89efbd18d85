"""What a model that answers questions about audio is given, what it must give back, and what is recorded of it.

A model is given a text and perhaps one recording, and nothing else. It gives text; which choice that text means is for
others to say. What it cannot answer it raises as an ``AnswerError``: the text of an error is never an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from earwitness.systems.base import About

__all__ = ["FAULTS", "Answerer", "Question", "Reply"]

FAULTS = ("refused", "filtered", "timeout", "busy", "server", "rejected", "unreadable", "model", "audio")
"""The kinds of ``AnswerError``: the model refuses; a filter of its server does; no answer in time; too many requests;
a server at fault (5xx, or none there); a request that it rejects (4xx: no key, no such model); a reply that is none; a
local model raised; a recording that cannot be sent. The first two are the model's own doing and are not asked again."""


@dataclass(frozen=True)
class Question:
    """What a model is asked once."""

    text: str
    """All that it is told in words."""
    audio: bytes | None = None
    """A whole WAV file, or None where it is asked without a recording."""
    choices: tuple[str, ...] = ()
    """The choices in the order in which the text shows them. For references; no other model is given them."""
    gold: int | None = None
    """The place of the right one among them. For references; no other model is given it."""


@dataclass(frozen=True)
class Reply:
    """What a model gave back, as it gave it."""

    text: str
    """Its answer: what it says to the one who asked."""
    reasoning: str = ""
    """What it thought before, where its server tells that apart; it is never searched for an answer."""
    finish: str = ""
    """Why it ended, in its server's words: ``"stop"``, ``"length"`` ..."""
    tokens: Mapping[str, int] = field(default_factory=dict)
    """What its server counted: ``"input"``, ``"output"``, and where it says so ``"audio"`` (of the input) and
    ``"reasoning"`` (of the output)."""
    model: str = ""
    """What its server calls the model that answered."""


@runtime_checkable
class Answerer(Protocol):
    """A model that answers questions. Several threads ask it at a time."""

    @property
    def about(self) -> About:
        """What is recorded of it."""
        ...

    def answer(self, question: Question) -> Reply:
        """Return what the model says.

        Raises
        ------
        AnswerError
            When it gave no answer; its ``kind`` is one of ``FAULTS``.
        """
        ...
