"""From the judges that a user names to raters that differ: each judge sits several times, with a seed for each time.

A judge behind a server is asked by each of its raters with another seed, and with some chance in its replies; a model
of one's own takes no seed, so that its raters differ by what they are told alone: which rater they are, and the order
of the criteria.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from earwitness.errors import SystemFault
from earwitness.systems.answerer import Answerer, Question, Reply
from earwitness.systems.answerers import open_answerer
from earwitness.systems.chat import Settings
from earwitness.systems.registry import label_and_spec

__all__ = ["Rater", "open_raters"]


class Rater:
    """A judge in one of its seats.

    Parameters
    ----------
    judge
        Who answers.
    name
        What it is called in this seat.
    """

    def __init__(self, judge: Answerer, name: str) -> None:
        self.about = dataclasses.replace(judge.about, name=name)
        self._judge = judge

    def answer(self, question: Question) -> Reply:
        """Return what the judge says.

        Raises
        ------
        AnswerError
            When it gave no answer.
        """
        return self._judge.answer(question)

    def close(self) -> None:
        """Close the judge, where it can be."""
        close = getattr(self._judge, "close", None)
        if callable(close):
            close()


def open_raters(
    judges: Sequence[str],
    *,
    seats: int = 5,
    url: str | None = None,
    settings: Settings | None = None,
    seed: int | None = 0,
) -> tuple[Rater, ...]:
    """Open every judge for as many seats.

    Parameters
    ----------
    judges
        Each a ``SPEC`` or ``LABEL=SPEC``, see ``systems.answerers.ANSWERERS``.
    seats
        How many raters each judge makes.
    url
        Where judges behind a server answer, as for ``open_answerer``.
    settings
        How they are asked, but for the seed.
    seed
        What the first rater's request says as its seed, the next one says the next number; None: no seed is sent.

    Raises
    ------
    SystemFault
        When a judge cannot be opened, there is none, two are called the same, or there is no seat.
    """
    settings = settings or Settings()
    labels = [label_and_spec(text) for text in judges]
    if not labels or seats < 1:
        raise SystemFault(f"Judging needs a judge and a seat at least; got {len(labels)} judges, {seats} seats.")
    names = [label or _name_of(spec) for label, spec in labels]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SystemFault(f"Two judges are called '{twice[0]}': give one another name by --judge LABEL=SPEC.")
    raters: list[Rater] = []
    for name, (_, spec) in zip(names, labels, strict=True):
        # A model of one's own may hold weights, which fit once; nothing tells its seats apart but what they are told.
        own = open_answerer(spec) if spec.startswith("python:") else None
        for seat in range(seats):
            extra = {} if seed is None else _seeded(spec, seed + seat)
            with_seed = dataclasses.replace(settings, extra={**settings.extra, **extra})
            raters.append(Rater(own or open_answerer(spec, url=url, settings=with_seed), f"{name} {seat + 1}"))
    return tuple(raters)


def _name_of(spec: str) -> str:
    """Return what a judge is called where it has no label: its model, or its function."""
    kind, _, rest = spec.partition(":")
    return rest.rpartition(":")[2] if kind == "python" else rest or kind


def _seeded(spec: str, seed: int) -> dict[str, Any]:
    return {"generationConfig": {"seed": seed}} if spec.startswith("gemini:") else {"seed": seed}
