"""A scorecard in words and tables, for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from earwitness.mmar.chance import GroupScore
from earwitness.mmar.marking import VERDICTS
from earwitness.mmar.paired import Pair
from earwitness.mmar.scorecard import Scorecard, SystemScore

__all__ = ["ScoreTable", "score_tables", "sentences", "verdict_table"]

_MUCH = 0.05  # of the items; with more of them unread, the number measures something else than hearing
_MARKS = {"above": "+", "below": "-", "same": " "}
_TINY, _SMALL = 1e-99, 1e-3


@dataclass(frozen=True)
class ScoreTable:
    """One table, ready to be printed."""

    title: str
    """What it shows."""
    head: tuple[str, ...]
    """The names of its columns."""
    rows: tuple[tuple[str | int, ...], ...]
    """Its rows; shares are percentages as text."""
    note: str = ""
    """What a reader must know, below it."""


def verdict_table(card: Scorecard) -> ScoreTable:
    """Return how many items have each verdict, for every system."""
    return ScoreTable(
        f"{len(card.items):,} items",
        ("system", *VERDICTS, "came %"),
        tuple((each.name, *each.counts.values(), _percent(each.coverage)) for each in card.systems),
    )


def score_tables(card: Scorecard, *, families: Sequence[str]) -> Iterator[ScoreTable]:
    """Turn what was scored into tables: accuracy, groups, extractors, pairs.

    A system that answered no item with one of its choices was not scored, and stands in none of them.

    Parameters
    ----------
    card
        What systems scored.
    families
        By what items are grouped; families whose names the items do not have are left out.
    """
    systems = [each for each in card.systems if each.n_scored]
    if not systems:
        return
    yield ScoreTable(
        f"Right, by '{card.extractor}'",
        ("system", "right %", "95 % range", "chance %", "p", "at most %"),
        tuple((each.name, *_accuracy(each.overall), _p(each.overall.p), _percent(each.highest)) for each in systems),
    )
    named = [family for family in families if family in systems[0].groups]
    for family in named:
        table = _one_system(systems[0], family) if len(systems) == 1 else _several_systems(systems, family)
        yield table if family == named[-1] else replace(table, note="")
    yield _extractors(systems, card.extractor)
    names = {each.name for each in systems}
    pairs = [pair for pair in card.pairs if pair.first in names and pair.second in names]
    if pairs:
        yield _pairs(pairs)


def sentences(score: SystemScore) -> Iterator[str]:
    """Say in sentences how a system stands to chance, what its number leaves open, and what the extractor decides."""
    yield _standing(score)
    n = len(score.marked.items)
    if score.n_unreadable > _MUCH * n:
        counts = ", ".join(f"{score.counts[name]:,} {name}" for name in ("unparsed", "refused", "error", "missing"))
        yield (
            f"warning: {_percent(score.n_unreadable / n)} % of the items of {score.name} were not answered with a "
            f"choice ({counts}). This measures the format, not the hearing: had those all been right, it would be "
            f"{_percent(score.highest)} %."
        )
    if score.n_scored:
        shares = [card.counts["right"] / n for card in score.by_extractor.values()]
        yield (
            f"By other extractors {score.name} would have {_percent(min(shares))} to {_percent(max(shares))} %; "
            f"{_counted(score.disputed, 'answer')} {'is' if len(score.disputed) == 1 else 'are'} taken for different "
            "choices by different ones."
        )


def _standing(score: SystemScore) -> str:
    row = score.overall
    if not score.n_scored:
        return f"{score.name}: 0 scored. No item was answered with one of its choices: there is nothing to measure."
    right, chance = f"{_percent(row.accuracy.value)} % right", f"the {_percent(row.chance)} % that guessing earns"
    if row.standing == "above":
        return f"{score.name} is above chance: {right}, more than {chance}."
    if row.standing == "below":
        return (
            f"{score.name} is below chance: {right}, less than {chance}. Whoever knows nothing and answers earns that, "
            "so answers were not given, or not understood."
        )
    return f"{score.name} cannot be told from chance: {right}, {chance}."


def _one_system(score: SystemScore, family: str) -> ScoreTable:
    rows = [
        (row.name, row.n, *_accuracy(row), _percent(row.detectable), _p(row.holm), row.standing)
        for row in score.groups[family]
    ]
    return ScoreTable(
        f"By {family}",
        (family, "items", "right %", "95 % range", "chance %", "finds %", "p", "is"),
        tuple(rows),
        "finds %: the lowest true accuracy that is told from chance four times in five; - where even all right is not. "
        "p: after Holm's correction.",
    )


def _several_systems(systems: Sequence[SystemScore], family: str) -> ScoreTable:
    columns = [each.groups[family] for each in systems]
    rows: list[tuple[str | int, ...]] = [
        (
            row.name,
            row.n,
            _percent(row.chance),
            *(f"{_percent(column[at].accuracy.value)} {_MARKS[column[at].standing]}" for column in columns),
        )
        for at, row in enumerate(columns[0])
    ]
    return ScoreTable(
        f"Right % by {family}",
        (family, "items", "chance %", *(each.name for each in systems)),
        tuple(rows),
        "+ above chance, - below it, after Holm's correction for the groups of each system.",
    )


def _extractors(systems: Sequence[SystemScore], extractor: str) -> ScoreTable:
    names = list(systems[0].by_extractor)
    if len(systems) > 1:
        return ScoreTable(
            "Right % by extractor",
            ("extractor", *(each.name for each in systems)),
            tuple((name, *(_share(each, name, "right") for each in systems)) for name in names),
        )
    score = systems[0]
    same = score.agreement[names.index(extractor)]
    verdicts = ("right", "wrong", "unparsed", "refused")
    return ScoreTable(
        "By extractor, %",
        ("extractor", *verdicts, f"same as {extractor}"),
        tuple(
            (name, *(_share(score, name, verdict) for verdict in verdicts), _percent(agreeing))
            for name, agreeing in zip(names, same, strict=True)
        ),
    )


def _pairs(pairs: Sequence[Pair]) -> ScoreTable:
    rows = [
        (
            f"{pair.first} / {pair.second}",
            pair.n_first_only,
            pair.n_second_only,
            f"{100 * pair.difference.value:+.1f}",
            f"{100 * pair.difference.low:+.1f} to {100 * pair.difference.high:+.1f}",
            _p(pair.p_holm),
        )
        for pair in pairs
    ]
    return ScoreTable(
        "Which is right more often",
        ("pair", "only first", "only second", "points", "95 % interval", "p"),
        tuple(rows),
        "McNemar's exact test, with Holm's correction; errors clustered by the source of the recordings.",
    )


def _accuracy(group: GroupScore) -> tuple[str, str, str]:
    right = group.accuracy
    return _percent(right.value), f"{_percent(right.low)}-{_percent(right.high)}", _percent(group.chance)


def _share(score: SystemScore, extractor: str, verdict: str) -> str:
    return _percent(score.by_extractor[extractor].counts[verdict] / len(score.marked.items))


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f}"


def _p(p: float) -> str:
    if math.isnan(p):
        return "-"
    return f"<{_TINY:g}" if p < _TINY else f"{p:.1e}" if p < _SMALL else f"{p:.3f}"


def _counted(things: Sequence[str], name: str) -> str:
    return f"{len(things):,} {name}{'' if len(things) == 1 else 's'}"
