"""Asking models about items, into a run folder that is gone on with by the same call, and read by whoever scores it.

::

    RUN/
      run.json             the items (where, checksum), the prompt in full, the seed, versions
      audio.jsonl          what was found of each recording before anyone was asked
      models/<slug>/       what each model was asked and gave back, see ``ledger``
      captioners/<slug>/   the same of a model that describes recordings for others

A row is an item in an arm with an order of its choices. What was answered is never asked again while it is the same:
text, recording, model and settings make its key. Only what is missing or was an error is asked by the next call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from earwitness.errors import BenchmarkError, RunError, SystemFault
from earwitness.mmar.arms import Arm, open_arm
from earwitness.mmar.asked import CAPTIONERS, MODELS, Asked, begin, counts_of, open_asked
from earwitness.mmar.budget import Budget, Pace, Purse
from earwitness.mmar.items import Items
from earwitness.mmar.ledger import Row, open_ledger, read_book
from earwitness.mmar.preparing import Described, Preparing, heard_by
from earwitness.mmar.prompts import PROMPTS, Prompt
from earwitness.mmar.recordings import Checked, check_recordings
from earwitness.mmar.sending import Prepared, Sender, Stopped
from earwitness.parallel import Progress, usable_cores
from earwitness.records import read_jsonl, slug_of, write_jsonl
from earwitness.systems.answerer import Answerer
from earwitness.systems.base import About

__all__ = ["Outcome", "Run", "Terms", "ask", "needed_captions", "rows_of"]

_AUDIO = "audio.jsonl"


def _unheard(_: str) -> None:
    pass


@dataclass(frozen=True)
class Terms:
    """On what terms models are asked, where the usual ones will not do."""

    seed: int = 0
    """What the noise of arms, and whose recording another is, depend on."""
    only: Collection[str] | None = None
    """Ask about these items alone, one at least; the others are not run. None: about all."""
    captions: Mapping[str, Described] = field(default_factory=dict)
    """What recordings hold, for the arms ``"caption"`` and ``"transcript"``, by the arm."""
    captioner: Answerer | None = None
    """Who describes recordings for those arms, where ``captions`` does not."""
    rate: float | None = None
    """At most so many requests a minute; None: no limit."""
    budget: Budget = field(default_factory=Budget)
    """What may be spent."""
    progress: Progress | None = None
    """Told of (model, rows done, rows wanted)."""
    notice: Callable[[str], None] = _unheard
    """Told, in a sentence, what must be known at once."""


@dataclass(frozen=True)
class Outcome:
    """What came of asking one model."""

    about: About
    """Which model."""
    counts: Mapping[str, int]
    """How many of the rows that this call wanted have each of ``asked.COUNTS``."""
    errors: Mapping[str, int]
    """Those without an answer by kind, one of ``FAULTS``."""
    n_asked: int
    """How many answers this call brought; the others were there."""
    stopped: Stopped | None
    """Why rows were left; None when none were."""


@dataclass(frozen=True)
class Run:
    """A run, as a call left it."""

    folder: Path
    """Where it is."""
    items: Items
    """What was asked."""
    outcomes: tuple[Outcome, ...]
    """What came of it, for each model."""
    captioner: Outcome | None = None
    """The same of who described recordings; None where nobody was asked to."""
    cost: float = 0.0
    """What was spent on these models, before and now, in the currency of the prices."""

    def asked(self) -> Asked:
        """Return the run to be scored."""
        return open_asked(self.folder, items=self.items)


def ask(
    items: Items,
    answerers: Sequence[Answerer],
    out: str | Path,
    *,
    arms: Sequence[str] = ("audio",),
    orders: int = 1,
    prompt: Prompt = PROMPTS["reason"],
    jobs: int = 8,
    terms: Terms | None = None,
) -> Run:
    """Ask models about items, and write every answer into a run folder as soon as it is there.

    Parameters
    ----------
    items
        What to ask.
    answerers
        Whom; one after the other.
    out
        The run folder: a new one, or one of these items, this prompt and this seed, which is gone on with.
    arms
        What they are given in place of the recording, see ``ARMS``.
    orders
        With their choices in so many orders, of those that each item has.
    prompt
        In which words.
    jobs
        How many requests at a time.
    terms
        What else.

    Raises
    ------
    BenchmarkError
        When there is no such arm or item, or nobody describes recordings for an arm that wants it.
    SystemFault
        When nobody is asked, or two have one name.
    RunError
        When the folder is no run, one of other items, prompt or seed, or another process writes it.
    OutputError
        When it cannot be written.
    """
    terms = terms or Terms()
    _check(items, answerers, orders=orders, jobs=jobs, terms=terms)
    rows = rows_of(items, arms, orders=orders, only=terms.only)
    opened = {arm.name: arm for arm in map(open_arm, arms)}
    kinds = needed_captions(arms, terms)
    folder = Path(out)
    begin(folder, items, prompt=prompt, seed=terms.seed)
    checked = _checked(folder, items, [*opened.values()], jobs=jobs, terms=terms, describe=bool(kinds))
    preparing = Preparing(items, checked, prompt, seed=terms.seed)
    engine = _Engine(folder, answerers, jobs=jobs, terms=terms)
    heard, captioner = dict(terms.captions), None
    if kinds and terms.captioner is not None:
        captioner, said = engine.describe(terms.captioner, kinds, rows, preparing)
        heard |= said
    told = {name: heard[arm.described] for name, arm in opened.items() if arm.described is not None}
    outcomes = [
        engine.send(_Asking(each, engine.place(MODELS, each), rows, preparing.asking(each.about, heard), told))
        for each in answerers
    ]
    return Run(folder, items, tuple(outcomes), captioner, engine.purse.cost)


def rows_of(
    items: Items, arms: Sequence[str], *, orders: int = 1, only: Collection[str] | None = None
) -> tuple[Row, ...]:
    """Return what a model is to be asked, arm by arm and order by order.

    Parameters
    ----------
    items
        About what.
    arms
        In which arms.
    orders
        With the choices in so many orders; an item with fewer choices has fewer orders.
    only
        About these items alone; None: about all.

    Raises
    ------
    BenchmarkError
        When there is no such arm or item.
    """
    unknown = [] if only is None else sorted(set(only) - set(items.by_id))
    if unknown:
        raise BenchmarkError(f"'{items.path}' holds no item {unknown[0]!r}.")
    if only is not None and not only:
        raise BenchmarkError("There is no item to ask about: 'only' names none.")
    names = dict.fromkeys(open_arm(text).name for text in arms)
    return tuple(
        Row(item.id, name, order)
        for name in names
        for order in range(orders)
        for item in items
        if order < len(item.choices) and (only is None or item.id in only)
    )


def needed_captions(arms: Sequence[str], terms: Terms) -> tuple[str, ...]:
    """Return which of ``"caption"`` and ``"transcript"`` a captioner must be asked for.

    Raises
    ------
    BenchmarkError
        When there is no captioner.
    """
    kinds = dict.fromkeys(arm.described for text in arms if (arm := open_arm(text)).described is not None)
    wanted = tuple(str(kind) for kind in kinds if kind not in terms.captions)
    if wanted and terms.captioner is None:
        raise BenchmarkError(
            f"The arm '{wanted[0]}' wants a {wanted[0]} of each recording: give a file of them with --captions, or a "
            "model that hears them with --captioner."
        )
    return wanted


def _check(items: Items, answerers: Sequence[Answerer], *, orders: int, jobs: int, terms: Terms) -> None:
    """Refuse what cannot be asked, before anything is written."""
    if orders < 1 or jobs < 1:
        raise RunError(f"There must be one order and one job at least; got {orders} and {jobs}.")
    names = Counter(each.about.name.casefold() for each in answerers)
    if not names:
        raise SystemFault("There is no model to ask: give at least one.")
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise SystemFault(f"Two models are called '{twice[0]}': give one another name with --model LABEL=SPEC.")


def _checked(
    folder: Path, items: Items, arms: Sequence[Arm], *, jobs: int, terms: Terms, describe: bool
) -> dict[str, Checked]:
    """Check the recordings that will be needed, and write down what was found."""
    if not describe and not any(arm.needs_audio for arm in arms):
        return {}
    rows = tuple(item for item in items if terms.only is None or item.id in terms.only)
    # More threads than cores only wait for one another: eight on two cores take half as long again as two.
    found = check_recordings(replace(items, rows=rows), jobs=min(jobs, usable_cores()), progress=terms.progress)
    told = {each.id: {**vars(each), "flags": list(each.flags)} for each in found}
    path = folder / _AUDIO
    if path.is_file() and len(rows) < len(items):
        # What was found of the others, when they were asked about, stays.
        told = {row["id"]: row for row in read_jsonl(path, columns=list(next(iter(told.values()))))} | told
    write_jsonl(path, [told[item.id] for item in items if item.id in told])
    faulty = Counter(each.fault for each in found if each.fault)
    if faulty:
        kinds = ", ".join(f"{count:,} {fault}" for fault, count in faulty.most_common())
        terms.notice(
            f"{faulty.total():,} of {len(rows):,} recordings cannot be used ({kinds}): their rows are errors. "
            f"'{path}' names them."
        )
    return {each.id: each for each in found}


@dataclass(frozen=True)
class _Asking:
    """One model, and all that it is asked."""

    answerer: Answerer
    """Who is asked."""
    place: Path
    """Its folder."""
    rows: Sequence[Row]
    """What is wanted of it."""
    prepare: Callable[[Row], Prepared]
    """Makes what is sent of a row."""
    described: Mapping[str, Described]
    """What it is told of recordings, by arm; nothing for arms without."""

    @property
    def ready(self) -> list[Row]:
        """What can be asked: all but that of which a captioner has said nothing yet."""
        left = {arm: told.left for arm, told in self.described.items()}
        return [row for row in self.rows if row.id not in left.get(row.arm, ())]

    @property
    def asked(self) -> dict[str, dict[str, object]]:
        """What is recorded of it, by arm."""
        orders: dict[str, int] = {}
        for row in self.rows:
            orders[row.arm] = max(row.order + 1, orders.get(row.arm, 1))
        told = {arm: dict(described.by) for arm, described in self.described.items()}
        return {arm: {"orders": n, "described": told.get(arm)} for arm, n in orders.items()}


class _Engine:
    """What all models of a call share: the folder, the threads, the pace and the purse."""

    def __init__(self, folder: Path, answerers: Sequence[Answerer], *, jobs: int, terms: Terms) -> None:
        self.folder, self.jobs, self.terms = folder, jobs, terms
        self.pace = Pace(terms.rate)
        # What was spent before counts: a budget is a run's, however often it is gone on with.
        places = [self.place(MODELS, each) for each in answerers]
        places += [] if terms.captioner is None else [self.place(CAPTIONERS, terms.captioner)]
        books = [read_book(place) for place in places]
        spent = (sum(book.tokens["input"] for book in books), sum(book.tokens["output"] for book in books))
        self.purse = Purse(terms.budget, spent=spent, n_spent=sum(book.n_asked for book in books))

    def place(self, kind: str, answerer: Answerer) -> Path:
        """Return the folder of a model."""
        return self.folder / kind / slug_of(answerer.about.name)

    def describe(
        self, captioner: Answerer, kinds: Sequence[str], rows: Sequence[Row], preparing: Preparing
    ) -> tuple[Outcome, dict[str, Described]]:
        """Ask a captioner about the recordings of some rows, and return what it says of them, by kind."""
        names = dict.fromkeys(row.id for row in rows if open_arm(row.arm).described in kinds)
        wanted = [Row(name, kind, 0) for kind in kinds for name in names]
        place = self.place(CAPTIONERS, captioner)
        outcome = self.send(_Asking(captioner, place, wanted, preparing.describing(captioner.about), {}))
        book = read_book(place)
        by_kind = {kind: [row for row in wanted if row.arm == kind] for kind in kinds}
        return outcome, {kind: heard_by(captioner.about, book, each) for kind, each in by_kind.items()}

    def send(self, asking: _Asking) -> Outcome:
        """Ask one model, and return what came of it."""
        about, terms = asking.answerer.about, self.terms
        ready = asking.ready
        with open_ledger(asking.place, about, asked=asking.asked) as ledger:
            n_before = ledger.book.n_asked
            sender = Sender(
                asking.answerer, ledger, prepare=asking.prepare, jobs=self.jobs, pace=self.pace, purse=self.purse
            )

            def done(count: int) -> None:
                if terms.progress is not None:
                    terms.progress(about.name, count, len(ready))

            done(0)
            sender.send(ready, done=done, notice=terms.notice)
            book = ledger.book
        if sender.stopped is not None:
            terms.notice(f"'{about.name}': {sender.stopped.why} The same command goes on.")
        entries = [book.last[row] for row in asking.rows if row in book.last]
        errors = Counter(entry.error for entry in entries if entry.error)
        return Outcome(about, counts_of(book, asking.rows), errors, book.n_asked - n_before, sender.stopped)
