"""MMAR's rubrics with judge models: several raters that differ, each point told apart, and how far they agree.

::

    OUT/
      judges/<slug>/   what each rater was asked and gave back, line by line, see ``ledger``

What a rater said is remembered by the text that it was sent and by what it is, so the same folder serves any number of
files of predictions, and nothing is judged twice. A reply that is no judgement is asked for anew, in other words, a few
times; then it counts as unreadable. Nothing is filled in: an item without any judgement earns no point, is counted, and
what the score would be if it had earned all is told beside.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import AnswerError, BenchmarkError, SystemFault
from earwitness.mmar.agreement import UNMARKED
from earwitness.mmar.budget import Budget, Pace, Purse, tokens_of_text
from earwitness.mmar.items import Item, Items
from earwitness.mmar.judging import LONGEST, PROMPT_VERSION, Judgement, Seat, judge_prompt, read_judgement
from earwitness.mmar.ledger import Book, Row, open_ledger
from earwitness.mmar.marking import Prediction
from earwitness.mmar.sending import Prepared, Sender
from earwitness.parallel import Progress
from earwitness.records import sha256_of_bytes, slug_of
from earwitness.systems.answerer import Answerer, Question
from earwitness.systems.base import About

__all__ = ["STATES", "Judged", "Judging", "Ruling", "judge", "requests_for", "trimmed_mean"]

_Values = npt.NDArray[np.float64]

STATES = ("judged", "unreadable", "refused", "error", "left", "nothing")
"""What can be said of a rater and an item: there is a judgement; no reply was one; the rater, or its server, declined;
there was a failure instead of a reply; it was not asked, because asking was stopped; there is nothing to judge, for the
model gave neither reasoning nor answer."""

_ARM = "judge"
_ENOUGH_TO_TRIM = 5


def _unheard(_: str) -> None:
    pass


@dataclass(frozen=True)
class Judging:
    """How raters are asked, where the usual way will not do."""

    jobs: int = 4
    """How many requests at a time."""
    tries: int = 3
    """How often a rater is asked whose reply is no judgement."""
    longest: int = LONGEST
    """As many characters of a reasoning, and of an answer, are shown to raters."""
    rate: float | None = None
    """At most so many requests a minute; None: no limit."""
    progress: Progress | None = None
    """Told of (rater, judgements done, judgements wanted)."""
    notice: Callable[[str], None] = _unheard
    """Told, in a sentence, what must be known at once."""

    def __post_init__(self) -> None:
        if self.jobs < 1 or self.tries < 1 or self.longest < 1:
            got = f"{self.jobs} jobs, {self.tries} tries, {self.longest} characters"
            raise SystemFault(f"Judging needs one job, one try and one character at least; got {got}.")


class Ruling(NamedTuple):
    """What is known of one rater and one item."""

    state: str
    """One of ``STATES``."""
    judgement: Judgement | None
    """What it gave; None unless ``"judged"``."""
    attempts: int
    """How many replies there are."""


@dataclass(frozen=True)
class Judged:
    """What raters gave for the predictions of one system."""

    items: Items
    """The items that have a rubric, in their order: they fix the denominator."""
    raters: tuple[str, ...]
    """What the raters are called."""
    rulings: tuple[tuple[Ruling, ...], ...] = field(repr=False)
    """For each rater what is known of each item."""

    @cached_property
    def states(self) -> tuple[tuple[str, ...], ...]:
        """One of ``STATES`` for each rater and item."""
        return tuple(tuple(each.state for each in row) for row in self.rulings)

    @cached_property
    def counts(self) -> tuple[Mapping[str, int], ...]:
        """How many items have each of ``STATES``, for each rater; they add up to the number of items."""
        return tuple({state: row.count(state) for state in STATES} for row in self.states)

    @cached_property
    def again(self) -> tuple[int, ...]:
        """Of how many items each rater was asked more than once, because a reply was no judgement."""
        return tuple(sum(each.attempts > 1 for each in row) for row in self.rulings)

    @cached_property
    def marks(self) -> tuple[npt.NDArray[np.int64], ...]:
        """For each item, what each rater gave each criterion, shape (raters, criteria): 0, 1, or ``UNMARKED``."""
        return tuple(
            np.array([self._row(rater, place, len(item.rubric)) for rater in self.rulings], dtype=np.int64)
            for place, item in enumerate(self.items)
        )

    @cached_property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Whether it is known what each item earned, shape (n,): there is a judgement, or nothing to judge."""
        return np.array([bool(row) for row in self._totals], dtype=np.bool_)

    @cached_property
    def share(self) -> _Values:
        """The share of its points that each item earned, shape (n,): the trimmed mean of its raters' sums.

        An item about which nothing is known has earned nothing; see ``judged``.
        """
        return np.array([trimmed_mean(row) if row else 0.0 for row in self._totals])

    @cached_property
    def points(self) -> tuple[_Values, ...]:
        """The mean of what raters gave each criterion of each item, shape (criteria,); NaN where none is known."""
        return tuple(_mean(table, nothing=self._nothing(place)) for place, table in enumerate(self.marks))

    def grounds(self, place: int) -> tuple[tuple[str, ...], ...]:
        """Return why each rater gave what it gave for one item; nothing where it gave no judgement."""
        given = [row[place].judgement for row in self.rulings]
        return tuple(() if each is None else each.grounds for each in given)

    @cached_property
    def _totals(self) -> list[list[float]]:
        """For each item the share of points of each rater that is known."""
        rows = []
        for place, table in enumerate(self.marks):
            known = table[(table != UNMARKED).all(axis=1)]
            rows.append([0.0] if self._nothing(place) else known.mean(axis=1).tolist())
        return rows

    def _nothing(self, place: int) -> bool:
        return all(row[place].state == "nothing" for row in self.rulings)

    def _row(self, rater: Sequence[Ruling], place: int, n: int) -> Sequence[int]:
        judgement = rater[place].judgement
        return judgement.points if judgement else [UNMARKED] * n


def trimmed_mean(values: Sequence[float]) -> float:
    """Return the mean of values; of five or more without the lowest and the highest.

    Examples
    --------
    >>> trimmed_mean([0.0, 0.4, 0.6, 0.8, 1.0]), trimmed_mean([0.0, 1.0])
    (0.6, 0.5)
    """
    if not values:
        raise ValueError("There is no mean of nothing.")
    ordered = sorted(values)
    middle = ordered[1:-1] if len(ordered) >= _ENOUGH_TO_TRIM else ordered
    return round(float(np.mean(middle)), 12)


def judge(
    items: Items,
    predictions: Mapping[str, Prediction],
    raters: Sequence[Answerer],
    *,
    out: str | Path,
    judging: Judging | None = None,
) -> Judged:
    """Have predictions judged, and keep every reply in a folder as soon as it is there.

    Parameters
    ----------
    items
        What was asked; those without a rubric are left out.
    predictions
        What the judged model gave back, by item.
    raters
        Who judges, each a name of its own; the same model may sit several times.
    out
        The folder: a new one, or one that is gone on with.
    judging
        How they are asked.

    Raises
    ------
    BenchmarkError
        When no item has a rubric.
    SystemFault
        When there is no rater, or two have one name.
    RunError
        When the folder is damaged, or another process writes it.
    OutputError
        When it cannot be written.
    """
    judging = judging or Judging()
    rows = tuple(item for item in items if item.rubric)
    if not rows:
        raise BenchmarkError(f"'{items.path}' has no rubrics: expected MMAR's metadata with a 'rubric' for each item.")
    names = [rater.about.name for rater in raters]
    if not names or len({name.casefold() for name in names}) < len(names):
        raise SystemFault(f"Raters must be one at least, and each have a name of its own; got {names}.")
    with_rubric = Items(items.path, items.sha256, rows)
    pace = Pace(judging.rate)
    found = []
    for number, rater in enumerate(raters, start=1):
        bench = _Bench(with_rubric, predictions, rater.about, Seat(number, len(raters)), judging)
        found.append(bench.sit(rater, Path(out) / "judges", pace))
    return Judged(with_rubric, tuple(names), tuple(found))


def requests_for(items: Items, predictions: Mapping[str, Prediction], n_raters: int) -> tuple[int, int]:
    """Return how many requests judging takes when all replies can be read, and about how many tokens of text."""
    wanted = [item for item in items if item.rubric and _is_something(predictions.get(item.id))]
    prompts = (judge_prompt(item, predictions[item.id], seat=Seat(1, n_raters)) for item in wanted)
    return len(wanted) * n_raters, sum(map(tokens_of_text, prompts)) * n_raters


class _Bench:
    """One rater, and all that it judges."""

    def __init__(
        self, items: Items, predictions: Mapping[str, Prediction], about: About, seat: Seat, judging: Judging
    ) -> None:
        self.items, self.predictions = items, predictions
        self.about, self.seat, self.judging = about, seat, judging

    def sit(self, rater: Answerer, folder: Path, pace: Pace) -> tuple[Ruling, ...]:
        """Ask the rater for every judgement that is missing, and return what is then known."""
        judging = self.judging
        wanted = [item for item in self.items if _is_something(self.predictions.get(item.id))]
        # Another temperature or seed makes another rater, whose replies must not be taken for this one's.
        place = folder / slug_of(f"{self.about.name} {self._digest()[:8]}")
        with open_ledger(place, self.about, asked={_ARM: {"orders": judging.tries}}) as ledger:
            for attempt in range(judging.tries):
                due = [item for item in wanted if self._due(item, ledger.book, attempt)]
                done = functools.partial(self._tell, before=len(wanted) - len(due), wanted=len(wanted))
                done(0)
                sender = Sender(
                    rater, ledger, prepare=self._prepare, jobs=judging.jobs, pace=pace, purse=Purse(Budget())
                )
                sender.send([Row(item.id, _ARM, attempt) for item in due], done=done, notice=judging.notice)
                if sender.stopped is not None:
                    judging.notice(f"'{self.about.name}': {sender.stopped.why} The same command goes on.")
                    break
            return tuple(self._found(item, ledger.book) for item in self.items)

    def _tell(self, done: int, *, before: int, wanted: int) -> None:
        if self.judging.progress is not None:
            self.judging.progress(self.about.name, before + done, wanted)

    def _digest(self) -> str:
        return sha256_of_bytes(json.dumps([self.about.spec, self.about.version]).encode())

    def _prepare(self, row: Row) -> Prepared:
        text, key = self._request(self.items.by_id[row.id], row.order)
        return Prepared(Question(text), key, (), None)

    def _request(self, item: Item, attempt: int) -> tuple[str, str]:
        """Return what the rater is told, and the key that its reply is remembered by."""
        prediction = self.predictions[item.id]
        text = judge_prompt(item, prediction, seat=self.seat, attempt=attempt, longest=self.judging.longest)
        return text, sha256_of_bytes(json.dumps([text, self._digest(), PROMPT_VERSION]).encode())

    def _replies(self, item: Item, book: Book) -> Iterator[Ruling]:
        """Yield what is known of each attempt, until one is a judgement or none is known."""
        for attempt in range(self.judging.tries):
            key = self._request(item, attempt)[1]
            entry = book.answered.get(key)
            if entry is None:
                last = book.last.get(Row(item.id, _ARM, attempt))
                failed = last is not None and last.key == key
                yield Ruling("error" if failed else "left", None, attempt)
                return
            if entry.text is None:
                yield Ruling("refused", None, attempt + 1)
                return
            try:
                judgement = read_judgement(entry.text, len(item.rubric))
            except AnswerError:
                yield Ruling("unreadable", None, attempt + 1)
            else:
                yield Ruling("judged", judgement, attempt + 1)
                return

    def _due(self, item: Item, book: Book, attempt: int) -> bool:
        """Whether an attempt is to be made: those before it were replies that are no judgements."""
        *_, last = self._replies(item, book)
        return last.state in ("error", "left") and last.attempts == attempt

    def _found(self, item: Item, book: Book) -> Ruling:
        if not _is_something(self.predictions.get(item.id)):
            return Ruling("nothing", None, 0)
        *_, last = self._replies(item, book)
        return last


def _is_something(prediction: Prediction | None) -> bool:
    """Whether a model gave anything that can be judged."""
    return prediction is not None and bool((prediction.text or "").strip() or prediction.reasoning.strip())


def _mean(table: npt.NDArray[np.int64], *, nothing: bool) -> _Values:
    """Return the mean of each criterion over the raters that gave a judgement."""
    if nothing:
        return np.zeros(table.shape[1])
    known = table[(table != UNMARKED).all(axis=1)]
    return known.mean(axis=0) if len(known) else np.full(table.shape[1], np.nan)
