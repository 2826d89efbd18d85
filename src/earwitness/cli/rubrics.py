"""``earwitness mmar rubrics``: how a model reasoned, judged point by point by other models."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earwitness.cli.talk import complain, progress_bars, say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from earwitness.mmar.agreement import Agreement
    from earwitness.mmar.errormap import ErrorMap
    from earwitness.mmar.items import Items
    from earwitness.mmar.marking import Prediction
    from earwitness.mmar.raters import Rater
    from earwitness.mmar.rubriccard import PointRow, RubricCard, RubricScore
    from earwitness.mmar.rubrics import Judged, Judging
    from earwitness.scores.stats import Estimate

__all__ = ["rubrics"]


_JUDGE = "Who judges: openai:MODEL, gemini:MODEL or python:MODULE:NAME; LABEL=SPEC. May be repeated."
_RATERS = "So many raters of each judge, each with a seed of its own."
_SEED = "The first rater's seed, the next has the next; and of intervals."
_NO_SEED = "Send no seed: for servers that do not take one."
_GATE = "Whose verdict is the gate: robust, letter, official, official-fixed."
_HEARD = "An item is heard by 'any', 'half' or 'all' points for perception."
_TRIES = "How often a rater is asked whose reply is no judgement."
_MODEL = "Of a run folder with several: which model is judged."
_OUT = "Where judgements are kept: a new folder, or one to go on with."
_PREDICTIONS = "A file of predictions with their reasoning, or a run folder of 'evaluate'."


def rubrics(
    predictions: Annotated[Path, typer.Argument(help=_PREDICTIONS)],
    *,
    benchmark: Annotated[Path, typer.Option(help="MMAR's metadata file, or the folder that holds it.")],
    judge: Annotated[list[str], typer.Option(help=_JUDGE)],
    out: Annotated[Path, typer.Option(help=_OUT)],
    raters: Annotated[int, typer.Option(min=1, help=_RATERS)] = 5,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="How much chance there is in a judgement.")] = 0.7,
    seed: Annotated[int, typer.Option(help=_SEED)] = 0,
    no_seed: Annotated[bool, typer.Option("--no-seed", help=_NO_SEED)] = False,
    max_tokens: Annotated[int, typer.Option(min=1, help="The longest reply in tokens, thinking included.")] = 4000,
    url: Annotated[str | None, typer.Option(help="Where judges answer; else OPENAI_BASE_URL says.")] = None,
    extractor: Annotated[str, typer.Option(help=_GATE)] = "robust",
    heard: Annotated[str, typer.Option(help=_HEARD)] = "half",
    tries: Annotated[int, typer.Option(min=1, help=_TRIES)] = 3,
    jobs: Annotated[int, typer.Option(min=1, help="How many requests at a time.")] = 4,
    rate: Annotated[float | None, typer.Option(min=0.01, help="At most so many requests a minute.")] = None,
    model: Annotated[str | None, typer.Option(help=_MODEL)] = None,
    arm: Annotated[str, typer.Option(help="Of a run folder: in which arm.")] = "audio",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be asked, and ask nothing.")] = False,
    items: Annotated[bool, typer.Option("--items", help="Tell of each item: its points and its place.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Draw no progress bar.")] = False,
) -> None:
    """Judge how a model reasoned, point by point, and map where it goes wrong.

    Stop it by Ctrl-C; the same command goes on. Exits with 1 when no rater gave any judgement.
    """
    from earwitness.mmar.items import read_items
    from earwitness.mmar.marking import marked
    from earwitness.mmar.raters import open_raters
    from earwitness.mmar.rubriccard import rubric_card
    from earwitness.mmar.rubrics import Judging
    from earwitness.systems.chat import Settings

    _check(extractor, heard)
    asked = read_items(benchmark)
    name, given = _given(predictions, asked, model=model, arm=arm)
    settings = Settings(temperature=temperature, max_tokens=max_tokens)
    sat = open_raters(judge, seats=raters, url=url, settings=settings, seed=None if no_seed else seed)
    if dry_run:
        _say_cost(asked, given, sat, json=json)
        return
    with progress_bars(quiet=quiet) as progress:
        judging = Judging(jobs=jobs, tries=tries, rate=rate, progress=progress, notice=_note)
        judged = _judged(asked, given, sat, out, judging)
    card = rubric_card(judged, marked(asked, given, name=name, extractor=extractor), seed=seed, heard=heard)
    if json:
        say_json(_told(card, given, items=items))
    else:
        _say(card, given)
        if items:
            _say_items(card)
    if not _is_judged(judged):
        complain("No rater gave any judgement: nothing is scored.")
        raise typer.Exit(1)


def _note(text: str) -> None:
    typer.echo(text, err=True)


def _check(extractor: str, heard: str) -> None:
    """Refuse what cannot be, before anybody is asked."""
    from earwitness.errors import PredictionsError
    from earwitness.mmar.answers import EXTRACTORS
    from earwitness.mmar.errormap import HEARD

    if extractor not in EXTRACTORS:
        raise PredictionsError(f"There is no extractor '{extractor}'; expected one of {', '.join(EXTRACTORS)}.")
    if heard not in HEARD:
        raise PredictionsError(f"An item is heard by one of {', '.join(HEARD)}; got '{heard}'.")


def _judged(items: Items, given: Mapping[str, Prediction], sat: Sequence[Rater], out: Path, judging: Judging) -> Judged:
    """Ask all raters, and close them."""
    from earwitness.mmar.rubrics import judge

    try:
        return judge(items, given, sat, out=out, judging=judging)
    finally:
        for each in sat:
            each.close()


def _given(place: Path, items: Items, *, model: str | None, arm: str) -> tuple[str, Mapping[str, Prediction]]:
    """Return the judged model's name, and what it gave back."""
    from earwitness.errors import PredictionsError
    from earwitness.mmar.asked import open_asked
    from earwitness.mmar.predictions import read_predictions

    if not (place / "run.json").is_file():
        read = read_predictions(place, items)
        return read.name, read.by_id
    run = open_asked(place, items=items)
    names = sorted({each.about.name for each in run.systems})
    if model is None and len(names) != 1:
        raise PredictionsError(f"'{place}' holds {len(names)} models: name one with --model ({', '.join(names)}).")
    name = names[0] if model is None else model
    return name, run.predictions(name, arm, 0)


def _say_cost(items: Items, given: Mapping[str, Prediction], sat: Sequence[Rater], *, json: bool) -> None:
    from earwitness.mmar.rubrics import requests_for

    n, tokens = requests_for(items, given, len(sat))
    names = [each.about.name for each in sat]
    if json:
        say_json({"raters": names, "requests": n, "tokens_in": tokens})
        return
    say(
        f"{n:,} requests at most, by {len(sat)} raters ({', '.join(names)}): about {tokens:,} tokens of text. "
        "Judgements that are kept already are not asked for again. Nothing was sent."
    )


def _say(card: RubricCard, given: Mapping[str, Prediction]) -> None:
    from earwitness.mmar.rubrics import STATES

    judged = card.judged
    n = len(judged.items)
    n_thought = sum(bool(given[item.id].reasoning) for item in judged.items if item.id in given)
    say(
        f"{card.name}: {n:,} items with a rubric; {int(judged.judged.sum()):,} of them judged. {n_thought:,} "
        "predictions hold reasoning apart from the answer."
    )
    seats = [
        (name, *(row[state] for state in STATES), again)
        for name, row, again in zip(judged.raters, judged.counts, judged.again, strict=True)
    ]
    told = {"left": "not asked", "nothing": "nothing there"}
    head = ("rater", *(told.get(state, state) for state in STATES), "asked again")
    say_table("Raters", head, seats)
    if not _is_judged(judged):
        return
    scores = {
        "points alone": card.ungated,
        f"gated: right by '{card.extractor}', else 0": card.gated,
    }
    say_table(
        f"Share of points, {_mean_of(len(judged.raters))}",
        ("score", "%", "95 %", "bootstrap", "if all unjudged were full"),
        [_score(name, score) for name, score in scores.items()],
    )
    columns = ("criteria", "known", "given %", "alpha", "95 %", "alike %")
    say_table("Points by what they are for", ("points for", *columns), [_points(row) for row in card.kinds])
    say_table("Points by place in the rubric", ("place", *columns), [_points(row) for row in card.places])
    if len(judged.raters) > 1:
        say(
            f"Raters agree with Krippendorff's alpha {_alpha(card.agreement)} on {card.agreement.units:,} points "
            f"({_percent(card.agreement.same)} % of pairs alike).\n"
        )
    else:
        say("There is one rater: how far judgements can be trusted is not known.\n")
    _say_map(card.map)


def _is_judged(judged: Judged) -> bool:
    """Whether any rater gave any judgement."""
    return any("judged" in row for row in judged.states)


def _mean_of(n: int) -> str:
    return "mean of raters without the lowest and the highest" if n >= 5 else "mean of raters"


def _say_map(found: ErrorMap) -> None:
    from earwitness.mmar.errormap import HEARD, PAPER

    say_table(
        f"Where the items are (heard: {found.heard} of the points for perception)",
        ("place", "items %", "95 %", *(f"if {line}" for line in HEARD)),
        [
            (name, _percent(share.value), _interval(share), *(_percent(found.others[line][name]) for line in HEARD))
            for name, share in found.shares.items()
        ],
    )
    if not found.wrong:
        say("No answer is wrong.")
        return
    n_wrong = sum(map(bool, found.missing))
    say_table(
        f"What {n_wrong:,} wrong answers lacked first",
        ("lacked", "%", "95 %", "the paper"),
        [
            (name, _percent(share.value), _interval(share), _percent(PAPER.get(name, math.nan)))
            for name, share in found.wrong.items()
        ],
    )
    say(
        "The paper's column is what MMAR's authors report from an analysis of wrong answers of their own: perceptual "
        "errors, reasoning errors, knowledge gaps, others. Here the rubric's points decide: it is near, and not the "
        "same measure."
    )


def _say_items(card: RubricCard) -> None:
    judged = card.judged
    say_table(
        "Items",
        ("item", "points %", "right", "place"),
        [
            (item.id, _percent(float(share)) if known else "", "yes" if right else "no", place)
            for item, share, known, right, place in zip(
                judged.items, judged.share, judged.judged, card.right, card.map.place, strict=True
            )
        ],
    )


def _told(card: RubricCard, given: Mapping[str, Prediction], *, items: bool) -> dict[str, Any]:
    from earwitness.mmar.errormap import PAPER

    judged = card.judged
    told: dict[str, Any] = {
        "name": card.name,
        "n": len(judged.items),
        "judged": int(judged.judged.sum()),
        "with_reasoning": sum(bool(given[item.id].reasoning) for item in judged.items if item.id in given),
        "extractor": card.extractor,
        "raters": [
            {"name": name, **row, "again": again}
            for name, row, again in zip(judged.raters, judged.counts, judged.again, strict=True)
        ],
        "points": asdict(card.ungated),
        "gated": asdict(card.gated),
        "kinds": [_row(row) for row in card.kinds],
        "places": [_row(row) for row in card.places],
        "agreement": card.agreement,
        "map": {
            "heard": card.map.heard,
            "shares": {name: asdict(share) for name, share in card.map.shares.items()},
            "by_line": card.map.others,
            "wrong": {name: asdict(share) for name, share in card.map.wrong.items()},
            "paper": PAPER,
        },
    }
    if items:
        told["items"] = [_item(card, place) for place in range(len(judged.items))]
    plain: dict[str, Any] = _plain(told)
    return plain


def _item(card: RubricCard, place: int) -> dict[str, Any]:
    from earwitness.mmar.cues import kinds_of

    judged = card.judged
    item = judged.items.rows[place]
    marks = judged.marks[place].tolist()
    return {
        "id": item.id,
        "right": bool(card.right[place]),
        "place": card.map.place[place],
        "lacked": card.map.missing[place] or None,
        "share": float(judged.share[place]) if judged.judged[place] else None,
        "criteria": [
            {"name": each.name, "kind": kind.kind, "given": float(given)}
            for each, kind, given in zip(item.rubric, kinds_of(item), judged.points[place], strict=True)
        ],
        "raters": [
            {"name": name, "state": states[place], "points": row if states[place] == "judged" else None, "grounds": why}
            for name, states, row, why in zip(judged.raters, judged.states, marks, judged.grounds(place), strict=True)
        ],
    }


def _row(row: PointRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "criteria": row.criteria,
        "known": row.known,
        "given": row.given,
        "agreement": row.agreement,
    }


def _score(name: str, score: RubricScore) -> tuple[str, ...]:
    bootstrap = f"{_percent(score.bootstrap.low)} to {_percent(score.bootstrap.high)}"
    return name, _percent(score.score.value), _interval(score.score), bootstrap, _percent(score.highest)


def _points(row: PointRow) -> tuple[object, ...]:
    found = row.agreement
    interval = "" if math.isnan(found.interval.low) else f"{found.interval.low:.2f} to {found.interval.high:.2f}"
    alpha = "" if math.isnan(found.alpha) else f"{found.alpha:.2f}"
    return row.name, row.criteria, row.known, _percent(row.given), alpha, interval, _percent(found.same)


def _alpha(found: Agreement) -> str:
    if math.isnan(found.alpha):
        return "not known (all marks are alike, or no two raters judged the same)"
    return f"{found.alpha:.2f} [{found.interval.low:.2f}, {found.interval.high:.2f}]"


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f}"


def _interval(estimate: Estimate) -> str:
    return "" if math.isnan(estimate.low) else f"{100 * estimate.low:.1f} to {100 * estimate.high:.1f}"


def _plain(told: Any) -> Any:
    """Return the same with null where a number is none: JSON has no NaN."""
    if hasattr(told, "_asdict"):
        return _plain(told._asdict())
    if isinstance(told, dict):
        return {name: _plain(value) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_plain(value) for value in told]
    return None if isinstance(told, float) and math.isnan(told) else told
