"""The part of ``earwitness evaluate`` that asks models about items: what is wished for, asked, estimated and told."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from earwitness.cli.answered import print_estimates, print_run
from earwitness.cli.talk import complain, progress_bars

if TYPE_CHECKING:
    from earwitness.mmar.asking import Outcome, Terms
    from earwitness.mmar.items import Items
    from earwitness.parallel import Progress
    from earwitness.systems.answerer import Answerer

__all__ = ["HELP", "Wishes", "evaluate_items"]

HELP: Mapping[str, str] = {
    "model": "Who is asked about items: 'openai:MODEL', 'gemini:MODEL', 'python:MODULE:NAME', or a reference such as "
    "'random'; LABEL=SPEC calls it LABEL. May be given several times.",
    "url": "Where models are asked, as OpenAI's or Gemini's are.",
    "arm": "What a model is given: 'audio', 'silence', 'noise', 'other', 'text', 'caption', 'transcript', 'reversed', "
    "'mono', 'lowpass:HZ' or 'first:SECONDS'; 'audio' unless given. May be given several times.",
    "orders": "Ask each item with its choices in so many orders, turned by one, two ... places.",
    "prompt": "'reason', 'letter', 'text', or a file with places for {question} and {choices}.",
    "captions": "JSONL with id and caption or transcript, for the arms of these names. May be given several times.",
    "captioner": "A model that hears each recording once, and describes it for the arms 'caption' and 'transcript'.",
    "jobs": "Requests at a time.",
    "rate": "At most so many requests a minute.",
    "budget": "Stop before more than this is spent on the run, in the currency of the prices.",
    "budget_tokens": "Stop before more tokens than these are spent on the run, of input and output together.",
    "price_in": "Of a million tokens of input.",
    "price_out": "Of a million tokens of output.",
    "dry_run": "Ask nobody; tell what would be asked, sent and spent.",
    "limit": "Ask about the first so many items alone; the others are not run.",
    "only": "Ask about the item with this id alone. May be given several times.",
    "temperature": "How much chance there is in an answer; 0 unless given.",
    "max_tokens": "The longest answer, in tokens.",
    "extra": "A JSON object that is merged into each request, such as '{\"seed\": 1}'.",
    "audio_as": "How a request carries a recording: 'input_audio' or 'audio_url'.",
    "timeout": "How long one answer may take, in seconds.",
    "extractor": "Who takes answers for choices: 'robust', 'letter', 'official' or 'official-fixed'.",
}
"""One line for each option that models have, by name."""


@dataclass(frozen=True)
class Wishes:
    """The options that models have, as they were typed."""

    model: Sequence[str]
    """Who is asked."""
    url: str | None
    """Where."""
    arm: Sequence[str] | None
    """What they are given; None: the recording."""
    orders: int
    """In how many orders of the choices."""
    prompt: str
    """In which words, or the file that holds them."""
    captions: Sequence[Path] | None
    """Files that say what recordings hold."""
    captioner: str | None
    """Who says it where no file does."""
    jobs: int
    """Requests at a time."""
    rate: float | None
    """Requests a minute."""
    budget: float | None
    """What may be spent, in the currency of the prices."""
    budget_tokens: int | None
    """What may be spent, in tokens."""
    price_in: float
    """Of a million tokens of input."""
    price_out: float
    """Of a million tokens of output."""
    dry_run: bool
    """Whether nobody is to be asked."""
    limit: int | None
    """The first so many items alone."""
    only: Sequence[str] | None
    """These items alone."""
    temperature: float | None
    """Of the model."""
    max_tokens: int | None
    """Of an answer."""
    extra: str | None
    """What else a request says, in JSON."""
    audio_as: str | None
    """How recordings are sent."""
    timeout: float | None
    """Of one answer, in seconds."""
    extractor: str
    """Who takes answers for choices."""
    seed: int
    """What arms depend on."""
    json: bool
    """Whether the result is for machines."""


def evaluate_items(place: Path, out: Path, wishes: Wishes) -> None:
    """Ask models about items, and print what came of it; or with ``dry_run`` what would be asked.

    Raises
    ------
    EarwitnessError
        When the items or the options cannot be used.
    """
    from earwitness.errors import PredictionsError
    from earwitness.mmar.answers import EXTRACTORS
    from earwitness.mmar.asking import ask
    from earwitness.mmar.estimating import estimated
    from earwitness.mmar.items import read_items
    from earwitness.mmar.prompts import find_prompt

    if wishes.extractor not in EXTRACTORS:
        raise PredictionsError(f"There is no extractor '{wishes.extractor}'; expected one of {', '.join(EXTRACTORS)}.")
    items = read_items(place)
    prompt = find_prompt(wishes.prompt)
    asked: dict[str, Any] = {"arms": tuple(wishes.arm or ("audio",)), "orders": wishes.orders, "prompt": prompt}
    # What a user's model prints is talk, and must not stand among the results.
    with redirect_stdout(sys.stderr), ExitStack() as stack:
        answerers, captioner = _opened(wishes, stack)
        progress = stack.enter_context(progress_bars(quiet=False))
        terms = _terms(wishes, items, captioner, progress)
        if wishes.dry_run:
            estimates = estimated(items, answerers, out, **asked, max_tokens=wishes.max_tokens, terms=terms)
        else:
            try:
                run = ask(items, answerers, out, **asked, jobs=wishes.jobs, terms=terms)
            except KeyboardInterrupt:
                complain(f"Stopped. What was answered is kept in '{out}', and the same command goes on.")
                raise
    if wishes.dry_run:
        print_estimates(estimates, priced=wishes.price_in + wishes.price_out > 0, json=wishes.json)
        return
    print_run(run, extractor=wishes.extractor, priced=wishes.price_in + wishes.price_out > 0, json=wishes.json)
    # A model that gave no answer has no score; one that was given up is not done, whatever it scored.
    if any(_failed(outcome) for outcome in run.outcomes):
        raise typer.Exit(1)


def _opened(wishes: Wishes, stack: ExitStack) -> tuple[tuple[Answerer, ...], Answerer | None]:
    """Open all models and the captioner, to be closed with the stack."""
    from earwitness.systems.answerers import open_answerer, open_answerers
    from earwitness.systems.chat import Settings

    given: dict[str, Any] = {"temperature": wishes.temperature, "max_tokens": wishes.max_tokens}
    given |= {"audio_as": wishes.audio_as, "timeout_s": wishes.timeout, "extra": _extra(wishes.extra)}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    answerers = open_answerers(wishes.model, url=wishes.url, settings=settings)
    captioner = None
    if wishes.captioner is not None:
        captioner = open_answerer(wishes.captioner, url=wishes.url, settings=settings)
    for each in (*answerers, captioner):
        close = getattr(each, "close", None)
        if close is not None:
            stack.callback(close)
    return answerers, captioner


def _extra(text: str | None) -> dict[str, Any] | None:
    from earwitness.errors import SystemFault

    if text is None:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SystemFault(f"--extra must be a JSON object; got {text!r}: {error}.") from error
    if not isinstance(found, dict):
        raise SystemFault(f"--extra must be a JSON object; got {text!r}.")
    return found


def _terms(wishes: Wishes, items: Items, captioner: Answerer | None, progress: Progress | None) -> Terms:
    from earwitness.errors import BenchmarkError
    from earwitness.mmar.asking import Terms
    from earwitness.mmar.budget import Budget
    from earwitness.mmar.preparing import Described, read_described

    captions: dict[str, Described] = {}
    for path in wishes.captions or ():
        for arm, told in read_described(path, items).items():
            if arm in captions:
                raise BenchmarkError(f"Two files of --captions hold a {arm}: the second is '{path}'.")
            captions[arm] = told
    only = None
    if wishes.limit is not None or wishes.only:
        only = frozenset(wishes.only or (item.id for item in items.rows[: wishes.limit]))
    budget = Budget(wishes.budget, wishes.budget_tokens, wishes.price_in, wishes.price_out)
    return Terms(
        seed=wishes.seed,
        only=only,
        captions=captions,
        captioner=captioner,
        rate=wishes.rate,
        budget=budget,
        progress=progress,
        notice=complain,
    )


def _failed(outcome: Outcome) -> bool:
    """Return whether a model gave no answer, or was given up."""
    gave_up = outcome.stopped is not None and outcome.stopped.by == "faults"
    return gave_up or not outcome.counts["answered"] + outcome.counts["refused"]
