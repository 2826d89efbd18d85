"""The statistics of questions with choices: how long they take, and whether they are wrong as often as they say.

Run ``python benchmarks/choice_statistics.py --items ../shared/data/mmar``; without ``--items`` a thousand made ones are
used, with MMAR's numbers of choices and shared sources.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.mmar.board import CHOICE_COUNTS, recomputed
from earwitness.mmar.chance import FAMILIES, against_chance, detectable_accuracy, source_design
from earwitness.mmar.claims import claims, every_pair
from earwitness.mmar.effects import order_effects
from earwitness.mmar.items import MODALITIES, Item, Items, read_items
from earwitness.mmar.marking import Mark, Marked
from earwitness.mmar.paired import all_pairs, bootstrap_interval, pair_of
from earwitness.scores.stats import poisson_binomial_test
from measure import cpu_s, table, verdict

Bools = npt.NDArray[np.bool_]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items")
    parser.add_argument("--draws", type=int, default=1_000, help="made systems, or pairs of them, for each share")
    options = parser.parse_args()
    items = read_items(options.items) if options.items else made()
    rng = np.random.default_rng(1)
    print(speed(items, rng), end="\n\n")
    print(coverage(items, rng, draws=options.draws), end="\n\n")
    print(pairs(items, rng, draws=options.draws), end="\n\n")
    print(power(items, rng, draws=options.draws), end="\n\n")
    print(left_out(rng, draws=20 * options.draws))


def made() -> Items:
    """Return a thousand items with MMAR's numbers of choices; 148 share a source with another, 59 sources in all."""
    rows, number = [], 0
    for modality in MODALITIES:
        for choices, n in CHOICE_COUNTS[modality].items():
            for _ in range(n):
                texts = tuple(map(str, range(choices)))
                rows.append(Item(str(number), "?", texts, 0, modality=modality, source=str(number)))
                number += 1
    shared = [dataclasses.replace(row, source=f"s{at % 59}") if at < 148 else row for at, row in enumerate(rows)]
    return Items(Path("made"), "", tuple(shared))


def of(items: Items, right: Sequence[bool] | Bools, name: str) -> Marked:
    marks = tuple(Mark("right", item.gold) if yes else Mark("wrong", 0) for item, yes in zip(items, right, strict=True))
    return Marked(name, items, "robust", marks)


def speed(items: Items, rng: np.random.Generator) -> str:
    """How long each thing takes."""
    n = len(items)
    chances = [item.chance for item in items]
    right = rng.random(n) < 0.4
    systems = [of(items, rng.random(n) < 0.4 + 0.02 * number, str(number)) for number in range(7)]
    turned = [
        Marked("g", items, "robust", tuple(Mark("wrong", int(rng.integers(len(item.choices)))) for item in items))
        for _ in range(4)
    ]
    design = source_design(items)
    differences = rng.integers(-1, 2, n).astype(float)
    found = (
        (f"exact test against chance, {n:,} items", lambda: poisson_binomial_test(int(right.sum()), chances), 0.010),
        (
            "against chance, all and four families of groups",
            lambda: [against_chance(right, items, by=by) for by in (None, *FAMILIES)],
            None,
        ),
        ("McNemar's test and its two companions, one pair", lambda: all_pairs(systems[:2], rng), None),
        ("10,000 draws of the bootstrap", lambda: bootstrap_interval(differences, design, rng=rng), 1.0),
        ("seven systems, 21 pairs", lambda: all_pairs(systems, rng), None),
        ("four orders of all items", lambda: order_effects(turned, rng=rng), None),
        ("the board: 280 tests", lambda: recomputed(None), None),
        ("the board: claims and 595 pairs", lambda: (claims(recomputed(None)), every_pair(recomputed(None))), None),
    )
    rows = []
    for name, work, target in found:
        seconds = cpu_s(work)
        limit = "" if target is None else f"<= {1000 * target:,.0f} ms: {verdict(seconds, target)}"
        rows.append((name, f"{1000 * seconds:,.2f} ms CPU", limit))
    return table(("one core", "measured", "target"), rows)


def coverage(items: Items, rng: np.random.Generator, *, draws: int) -> str:
    """How often an interval of the accuracy holds the true one, when items of a source are right or wrong together."""
    families = np.unique([item.source for item in items], return_inverse=True)[1]
    rows = []
    for share in (0.05, 0.3, 0.6, 0.95):
        inside, n = 0, max(draws // 4, 1)
        for _ in range(n):
            (row,) = against_chance(rng.random(families.max() + 1)[families] < share, items)
            inside += row.accuracy.low <= share <= row.accuracy.high
        rows.append((f"{100 * share:.0f} %", f"{100 * inside / n:.1f} %"))
    return table(("true accuracy, sources right or wrong as a whole", "95 % intervals that hold it"), rows)


def pairs(items: Items, rng: np.random.Generator, *, draws: int) -> str:
    """How often two systems that are alike are told apart at 5 %."""
    families = np.unique([item.source for item in items], return_inverse=True)[1]
    design = source_design(items)
    rows = []
    for told, together in (("each item by itself", False), ("sources right or wrong as a whole", True)):
        for share in (0.3, 0.9):
            found = []
            for _ in range(draws):
                size = families.max() + 1 if together else len(items)
                a, b = (rng.random(size) < share for _ in range(2))
                both = (a[families], b[families]) if together else (a, b)
                pair = pair_of(("a", "b"), both, design=design, rng=rng, draws=1_000)
                found.append(
                    (
                        pair.p <= 0.05,
                        pair.p_by_source <= 0.05,
                        not pair.difference.low <= 0 <= pair.difference.high,
                        not pair.bootstrap.low <= 0 <= pair.bootstrap.high,
                    )
                )
            rows.append((told, f"{100 * share:.0f} %", *(f"{100 * each:.1f} %" for each in np.mean(found, axis=0))))
    head = ("two alike systems", "accuracy", "McNemar", "by source", "interval without 0", "bootstrap without 0")
    return table(head, rows)


def power(items: Items, rng: np.random.Generator, *, draws: int) -> str:
    """How often a system with the accuracy that is called detectable is found, also if it knows items unevenly."""
    chances = np.array([item.chance for item in items])
    rows = []
    for n in (43, 141, len(items)):
        some = chances[:n]
        wanted = detectable_accuracy(some, 0.05)
        knows = (wanted - some.mean()) / (1 - some.mean())
        odds = some / (1 - some)
        factor = np.exp(np.linspace(0.0, 6.0, 60_001))
        means = np.array([np.mean(odds * each / (1 + odds * each)) for each in factor[::60]])
        shifted = odds * np.interp(wanted, means, factor[::60])
        kinds = (
            some + knows * (1 - some),  # as it is defined
            shifted / (1 + shifted),  # every item's odds of chance times the same
            np.full(n, wanted),  # every item alike
        )
        found = [np.mean([0 < _p(rng.random(n) < each, some) <= 0.05 for _ in range(draws)]) for each in kinds]
        rows.append((f"{n:,}", f"{100 * wanted:.1f} %", *(f"{100 * each:.0f} %" for each in found)))
    return table(("items", "detectable", "found: knows a share", "found: odds shifted", "found: all alike"), rows)


def _p(right: Bools, chances: npt.NDArray[np.float64]) -> float:
    return poisson_binomial_test(int(right.sum()), chances)


def left_out(rng: np.random.Generator, *, draws: int) -> str:
    """How often a row of the board would fit all items if some had been left out of it."""
    sizes = np.array([sum(CHOICE_COUNTS[name].values()) for name in MODALITIES])
    rows = []
    for dropped in (0, 1, 2, 5, 10, 30):
        fits = 0
        for _ in range(draws):
            right = rng.binomial(sizes, rng.uniform(0.15, 0.7))
            of_fewer = sizes - rng.multivariate_hypergeometric(sizes - right, dropped)
            percent = np.round(100 * right / of_fewer, 1)
            taken = np.rint(percent * sizes / 100)
            whole = round(100 * right.sum() / of_fewer.sum(), 1)
            fits += bool(np.all(np.abs(100 * taken / sizes - percent) <= 0.055)) and taken.sum() == round(10 * whole)
        rows.append((dropped, f"{100 * fits / draws:.2f} %"))
    return table(("items left out of 1,000", "rows whose percentages fit 1,000 all the same"), rows)


if __name__ == "__main__":
    main()
