"""What came of asking models about items, or would: printed as tables, or as one JSON object."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from earwitness.cli.score import print_scorecard
from earwitness.cli.talk import say, say_json, say_table
from earwitness.records import with_nulls

if TYPE_CHECKING:
    from earwitness.mmar.asked import Asked, AskedSystem
    from earwitness.mmar.asking import Outcome, Run
    from earwitness.mmar.effects import OrderEffects, Shortcuts
    from earwitness.mmar.estimating import Estimate
    from earwitness.mmar.marking import Marked
    from earwitness.mmar.paired import Pair
    from earwitness.mmar.scorecard import Scorecard

__all__ = ["print_estimates", "print_run"]

_TEXT = "text"  # the arm that the others are compared with


def print_run(run: Run, *, extractor: str, priced: bool, json: bool) -> None:
    """Print what became of every row of a run, and what the answers are worth.

    Parameters
    ----------
    run
        From ``ask``.
    extractor
        Who takes answers for choices.
    priced
        Whether anything has a price.
    json
        Whether it is for machines.
    """
    from earwitness.mmar.arms import ARMS, open_arm

    asked = run.asked()
    # Each arm by itself: models are compared where they were given the same.
    cards = {arm: _card(asked, arm, extractor) for arm in dict.fromkeys(each.arm for each in asked.systems)}
    begun = [_so_far(asked, each, extractor) for each in asked.systems if each.counts["not run"]]
    orders = list(_order_effects(asked, extractor))
    gains = list(_gains(asked, extractor))
    solved = dict(_shortcuts(asked, extractor))
    outcomes = [*([] if run.captioner is None else [run.captioner]), *run.outcomes]
    if json:
        say_json(
            {
                "run": str(run.folder),
                "asked": [_outcome(each) for each in outcomes],
                "cost": run.cost if priced else None,
                "so_far": begun,
                "arms": [{"arm": arm, **card.to_json()} for arm, card in cards.items()],
                "orders": [with_nulls(dataclasses.asdict(each)) for each in orders],
                "gains_over_text": [with_nulls(dataclasses.asdict(each)) for each in gains],
                "shortcuts": {name: with_nulls(dataclasses.asdict(each)) for name, each in solved.items()},
            }
        )
        return
    _print_outcomes(outcomes, cost=run.cost if priced else None)
    _print_so_far(begun)
    for arm, card in cards.items():
        if len(cards) > 1 and card.systems:
            say(f"--- {arm}: {ARMS[open_arm(arm).kind]} ---\n")
        print_scorecard(card)
    _print_effects(orders, gains)
    _print_shortcuts(solved)


def print_estimates(estimates: Sequence[Estimate], *, priced: bool, json: bool) -> None:
    """Print what would be asked, sent and spent.

    Parameters
    ----------
    estimates
        From ``estimated``.
    priced
        Whether anything has a price.
    json
        Whether it is for machines.
    """
    from earwitness.mmar.estimating import assumptions

    said = assumptions(estimates)
    total = sum(each.cost for each in estimates)
    if json:
        rows = [dataclasses.asdict(each) | ({} if priced else {"cost": None}) for each in estimates]
        say_json({"estimates": rows, "cost": total if priced else None, "assumptions": list(said)})
        return
    say_table(
        "Nobody was asked",
        ("model", "arm", "requests", "kept", "faulty", "seconds", "MB", "tokens in", "out", *(["cost"] * priced)),
        [
            (
                *(each.name, each.arm, each.n_requests, each.n_kept, each.n_faulty, f"{each.seconds:,.0f}"),
                *(f"{each.n_bytes / 1e6:.1f}", each.n_in, each.n_out, *([f"{each.cost:,.2f}"] * priced)),
            )
            for each in estimates
        ],
    )
    if priced:
        say(f"About {total:,.2f} in all, in the currency of the prices.")
    for sentence in said:
        say(f"Assumed: {sentence}")


def _names(asked: Asked) -> dict[tuple[str, str], str]:
    """Return what each model in each arm is called: by the arm too, where there are several."""
    several = len({each.arm for each in asked.systems}) > 1
    return {
        (each.about.name, each.arm): f"{each.about.name} [{each.arm}]" if several else each.about.name
        for each in asked.systems
    }


def _card(asked: Asked, arm: str, extractor: str) -> Scorecard:
    """Return what those models scored that were asked all items in an arm, with the choices in their own order."""
    from earwitness.mmar.scorecard import scorecard

    names = [each.about.name for each in asked.systems if _is_done(each) and (each.arm, each.order) == (arm, 0)]
    given = {name: asked.predictions(name, arm, 0) for name in names}
    return scorecard(asked.items, given, extractor=extractor, seed=asked.seed)


def _is_done(system: AskedSystem) -> bool:
    return not system.counts["not run"]


def _marked(asked: Asked, key: tuple[str, str], order: int, extractor: str) -> Marked:
    from earwitness.mmar.marking import marked

    return marked(asked.items, asked.predictions(*key, order), name=_names(asked)[key], extractor=extractor)


def _turned(asked: Asked, key: tuple[str, str], extractor: str) -> list[Marked]:
    """Return the marks of a model in an arm, one for each order; none while some of it is not done."""
    systems = [each for each in asked.systems if (each.about.name, each.arm) == key]
    done = all(map(_is_done, systems))
    return [_marked(asked, key, each.order, extractor) for each in systems] if done else []


def _order_effects(asked: Asked, extractor: str) -> Iterator[OrderEffects]:
    """Yield what orders do, for each model and arm that was asked in several."""
    from earwitness.mmar.effects import order_effects
    from earwitness.rng import generator

    for key in _names(asked):
        turned = _turned(asked, key, extractor)
        if len(turned) > 1:
            yield order_effects(turned, rng=generator(asked.seed, "evaluate", "orders", *key))


def _gains(asked: Asked, extractor: str) -> Iterator[Pair]:
    """Yield each arm compared with the text alone, for each model that was asked so too."""
    from earwitness.mmar.effects import gain
    from earwitness.rng import generator

    keys = [(each.about.name, each.arm) for each in asked.systems if not each.order and _is_done(each)]
    for name, arm in keys:
        if arm != _TEXT and (name, _TEXT) in keys:
            pair = [_marked(asked, (name, each), 0, extractor) for each in (arm, _TEXT)]
            yield gain(*pair, rng=generator(asked.seed, "evaluate", "gain", name, arm)).overall


def _shortcuts(asked: Asked, extractor: str) -> Iterator[tuple[str, Shortcuts]]:
    """Yield what each model gets right that was given the text alone."""
    from earwitness.mmar.effects import shortcuts

    for name, arm in _names(asked):
        if arm == _TEXT and (turned := _turned(asked, (name, arm), extractor)):
            yield name, shortcuts(turned)


def _print_outcomes(outcomes: Sequence[Outcome], *, cost: float | None) -> None:
    from earwitness.mmar.asked import COUNTS

    say_table(
        "Asked",
        ("model", *COUNTS, "of them now"),
        [(each.about.name, *(each.counts[name] for name in COUNTS), each.n_asked) for each in outcomes],
    )
    for each in outcomes:
        if each.errors:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(each.errors.items()))
            say(f"{each.about.name}: errors by kind: {kinds}. The same command asks these again.")
        if each.stopped is not None:
            say(f"{each.about.name}: {each.counts['not run']:,} not run. {each.stopped.why}")
    if cost is not None:
        say(f"Spent on this run: {cost:,.4f}, in the currency of the prices, by what servers counted.")
    say("")


def _so_far(asked: Asked, system: AskedSystem, extractor: str) -> dict[str, Any]:
    """Return the verdicts on a system that was not asked about all items: no score, for that is of all of them."""
    counts = _marked(asked, (system.about.name, system.arm), system.order, extractor).counts
    n_not_run = system.counts["not run"]
    return {
        **{"name": system.about.name, "arm": system.arm, "order": system.order},
        **{name: count for name, count in counts.items() if name != "missing"},
        "not_run": n_not_run,
    }


def _print_so_far(begun: Sequence[dict[str, Any]]) -> None:
    if begun:
        say_table(
            "So far, of those that are not done",
            [name.replace("_", " ") for name in begun[0]],
            [tuple(each.values()) for each in begun],
        )
        say("There is no score while items are not run: the same command goes on, without --limit or --only.\n")


def _print_effects(orders: Sequence[OrderEffects], gains: Sequence[Pair]) -> None:
    if orders:
        say_table(
            "With the choices in several orders",
            ("system", "orders", "same choice in all %", "right in all %", "by guessing %", "letters chosen"),
            [
                (
                    *(each.name, len(each.orders), f"{100 * each.consistent.share.value:.1f}"),
                    *(f"{100 * each.circular.share.value:.1f}", f"{100 * each.circular.by_guessing:.1f}"),
                    " ".join(f"{place.letter}:{place.chosen}" for place in each.places),
                )
                for each in orders
            ],
        )
    if gains:
        say_table(
            "What an arm adds to the text alone",
            ("arm", "points", "95 % range", "only with it", "only without", "p"),
            [
                (
                    *(each.first, f"{100 * each.difference.value:+.1f}"),
                    f"{100 * each.difference.low:+.1f} to {100 * each.difference.high:+.1f}",
                    *(each.n_first_only, each.n_second_only, f"{each.p:.2g}"),
                )
                for each in gains
            ],
        )


def _print_shortcuts(solved: Mapping[str, Shortcuts]) -> None:
    if not solved:
        return
    say_table(
        "Solved without the audio, in every order",
        ("system", "orders", "items", "%", "by guessing %", "p"),
        [
            (
                *(name, each.orders, each.solved.count, f"{100 * each.solved.share.value:.1f}"),
                *(f"{100 * each.solved.by_guessing:.1f}", f"{each.solved.p:.2g}"),
            )
            for name, each in solved.items()
        ],
    )
    say("--json lists these items. In one order most of them are luck: ask with --orders 4.\n")


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        **{"name": outcome.about.name, "spec": outcome.about.spec, "counts": dict(outcome.counts)},
        **{"errors": dict(outcome.errors), "answers_now": outcome.n_asked},
        "stopped": None if outcome.stopped is None else dataclasses.asdict(outcome.stopped),
    }
