"""What a run would ask, send and cost, worked out without asking anyone.

Requests, seconds and bytes are exact: each row is made as it would be sent, and looked up among what is answered.
Tokens are estimates, and so is what they cost: servers count in their own ways.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from earwitness.errors import AnswerError
from earwitness.mmar.arms import open_arm
from earwitness.mmar.asked import CAPTIONERS, MODELS
from earwitness.mmar.asking import Terms, needed_captions, rows_of
from earwitness.mmar.budget import audio_rate
from earwitness.mmar.items import Items
from earwitness.mmar.ledger import Book, Row, read_book
from earwitness.mmar.preparing import Described, Preparing
from earwitness.mmar.prompts import PROMPTS, Prompt
from earwitness.mmar.sending import TYPICAL_ANSWER, Prepared, likely_tokens
from earwitness.records import slug_of
from earwitness.systems.answerer import Answerer

__all__ = ["Estimate", "assumptions", "estimated"]

_TYPICAL_CAPTION = 200  # tokens, where nobody has said yet what a recording holds


@dataclass(frozen=True)
class Estimate:
    """What one model would be asked in one arm."""

    name: str
    """The model, or the captioner."""
    spec: str
    """What it was opened with."""
    arm: str
    """The arm."""
    n_requests: int = 0
    """How many requests would be sent, had each an answer at once."""
    n_kept: int = 0
    """Rows that are answered, or for which the very same is sent for another."""
    n_faulty: int = 0
    """Rows that would be errors, for their recording cannot be sent."""
    seconds: float = 0.0
    """How long the recordings are that would be sent."""
    n_bytes: int = 0
    """How many bytes they are, as base64."""
    n_in: int = 0
    """About how many tokens of input."""
    n_out: int = 0
    """About how many tokens of output, at most as many as a model may give."""
    cost: float = 0.0
    """What these would cost, in the currency of the prices; 0 without prices."""


def estimated(
    items: Items,
    answerers: Sequence[Answerer],
    out: str | Path,
    *,
    arms: Sequence[str] = ("audio",),
    orders: int = 1,
    prompt: Prompt = PROMPTS["reason"],
    max_tokens: int | None = None,
    terms: Terms | None = None,
) -> tuple[Estimate, ...]:
    """Return what ``ask`` would do, without asking.

    Parameters
    ----------
    items, answerers, out, arms, orders, prompt, terms
        As for ``ask``. Nothing is written.
    max_tokens
        As many tokens an answer may have; None: no limit.

    Raises
    ------
    BenchmarkError
        When there is no such arm or item, or nobody describes recordings for an arm that wants it.
    """
    terms = terms or Terms()
    folder = Path(out)
    rows = rows_of(items, arms, orders=orders, only=terms.only)
    kinds = needed_captions(arms, terms)
    preparing = Preparing(items, {}, prompt, seed=terms.seed)
    n_out = TYPICAL_ANSWER if max_tokens is None else min(max_tokens, TYPICAL_ANSWER)
    jobs: list[tuple[Answerer, str, Sequence[Row], Callable[[Row], Prepared], frozenset[str]]] = []
    if terms.captioner is not None and kinds:
        names = dict.fromkeys(row.id for row in rows if open_arm(row.arm).described in kinds)
        recordings = [Row(name, kind, 0) for kind in kinds for name in names]
        jobs.append((terms.captioner, CAPTIONERS, recordings, preparing.describing(terms.captioner.about), frozenset()))
    unsaid = Described({}, {item.id: "" for item in items})
    heard = {**dict.fromkeys(kinds, unsaid), **terms.captions}
    for each in answerers:
        jobs.append((each, MODELS, rows, preparing.asking(each.about, heard), frozenset(kinds)))
    n_all, n_done = sum(len(each) for _, _, each, _, _ in jobs), 0
    found: dict[tuple[str, str, str], Estimate] = {}
    for answerer, kind, wanted, prepare, unknown in jobs:
        about = answerer.about
        book, seen = read_book(folder / kind / slug_of(about.name)), set[str]()
        for row in wanted:
            key = (kind, about.name, row.arm)
            before = found.setdefault(key, Estimate(about.name, about.spec, row.arm))
            more = _TYPICAL_CAPTION if row.arm in unknown else 0
            found[key] = _with(before, prepare, row, book=book, seen=seen, tokens=(more, n_out))
            n_done += 1
            if terms.progress is not None:
                terms.progress("estimating", n_done, n_all)
    budget = terms.budget
    return tuple(replace(each, cost=budget.cost(each.n_in, each.n_out)) for each in found.values())


def assumptions(estimates: Sequence[Estimate]) -> tuple[str, ...]:
    """Return, in sentences, what the tokens were estimated from."""
    specs = dict.fromkeys(each.spec for each in estimates if each.seconds)
    rates = [(spec, audio_rate(spec)) for spec in specs]
    said = [f"'{spec}': {rate.per_second:g} tokens a second of a recording ({rate.source})." for spec, rate in rates]
    return (
        *said,
        f"Text: four letters a token; answers: {TYPICAL_ANSWER} tokens, or --max-tokens where that is less. "
        "What a model thinks before it answers is not counted, and may cost many times as much.",
    )


def _with(
    before: Estimate,
    prepare: Callable[[Row], Prepared],
    row: Row,
    *,
    book: Book,
    seen: set[str],
    tokens: tuple[int, int],
) -> Estimate:
    """Return an estimate with one more row."""
    try:
        ready = prepare(row)
    except AnswerError:
        return replace(before, n_faulty=before.n_faulty + 1)
    if ready.key in book.answered or (ready.key in seen and not tokens[0]):
        return replace(before, n_kept=before.n_kept + 1)
    seen.add(ready.key)
    n_in, _ = likely_tokens(before.spec, ready)
    sent = ready.sent
    return replace(
        before,
        n_requests=before.n_requests + 1,
        seconds=before.seconds + (0.0 if sent is None else sent.seconds),
        n_bytes=before.n_bytes + (0 if sent is None else -(-sent.bytes // 3) * 4),
        n_in=before.n_in + n_in + tokens[0],
        n_out=before.n_out + tokens[1],
    )
