"""What MMAR gives away without its recordings, whether that finding can be trusted, and what judging costs.

Run ``python benchmarks/language_prior.py --shared ../shared``. The classifier is fitted with other penalties, other
parts and without the items that rules tell; it is given random answers many times over, to see how often its exact test
finds something there; and criteria are told apart beside two hundred that were read one by one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np
import scipy.optimize  # noqa: F401 - loaded, so that its threads are limited too
from threadpoolctl import threadpool_limits

from earwitness.mmar import priors
from earwitness.mmar.cues import KINDS, coverage, kind_of
from earwitness.mmar.heuristics import HEURISTICS, guessed
from earwitness.mmar.items import Items, read_items
from earwitness.mmar.marking import Prediction
from earwitness.mmar.rubrics import Judging, judge
from earwitness.rng import generator
from earwitness.scores.design import Design
from earwitness.scores.stats import estimate, poisson_binomial_test
from earwitness.systems.answerer import Question, Reply
from earwitness.systems.base import About
from measure import earwitness, run, table

LABELS = Path(__file__).parent.parent / "tests" / "mmar" / "cue_labels.json"
TELLING = ("largest number", "middle number", "says yes", "says no")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("EARWITNESS_SHARED", "../shared")))
    parser.add_argument("--draws", type=int, default=500)
    options = parser.parse_args()
    place = options.shared / "data" / "mmar"
    items = read_items(place)
    with threadpool_limits(limits=1, user_api="blas"):
        variants(items)
        calibration(items, options.draws)
    criteria(items)
    judging(items)
    cost = run(earwitness("mmar", "audit", str(place), "--quiet"))
    print(f"\n`earwitness mmar audit`, 1,000 items, 99 draws: {cost.wall_s:.1f} s, {cost.peak_mib:,.0f} MiB.")


def variants(items: Items) -> None:
    """Print what the classifier comes to, done otherwise."""
    told = np.zeros(len(items), dtype=bool)
    for rule in TELLING:
        told |= guessed(HEURISTICS[rule], items).decided
    rest = Items(items.path, items.sha256, tuple(item for item, some in zip(items, told, strict=True) if not some))
    rows = [
        ("as `earwitness mmar audit` does it", *scored(items)),
        ("choices alone", *scored(items, with_question=False)),
        *((f"penalty {ridge:g}", *scored(items, ridge=ridge)) for ridge in (0.3, 3.0, 10.0)),
        *((f"{folds} parts", *scored(items, folds=folds)) for folds in (3, 10)),
        (f"without the {told.sum()} items that ask for a number, or yes or no", *scored(rest)),
    ]
    print(table(("classifier", "items", "right %", "95 %", "chance %", "p"), rows))


def scored(
    items: Items, *, with_question: bool = True, ridge: float = priors.RIDGE, folds: int = priors.FOLDS
) -> tuple[str, ...]:
    with mock.patch.object(priors, "RIDGE", ridge):
        right = priors.text_prior(priors.weighed(items, with_question=with_question, folds=folds)).right
    chances = [item.chance for item in items]
    found = estimate(right.astype(float), Design.of_families([item.source for item in items]))
    return (
        f"{len(items):,}",
        f"{100 * found.value:.1f}",
        f"{100 * found.low:.1f} to {100 * found.high:.1f}",
        f"{100 * float(np.mean(chances)):.1f}",
        f"{poisson_binomial_test(right.sum(), chances):.0e}",
    )


def calibration(items: Items, draws: int) -> None:
    """Print what is found in answers that have nothing to do with words."""
    chances = np.array([item.chance for item in items])
    rows = []
    for name, with_question in (("question and choices", True), ("choices alone", False)):
        choices = priors.weighed(items, with_question=with_question)
        right = np.empty((draws, len(items)), dtype=bool)
        for draw in range(draws):
            gold = priors.drawn_gold(items, rng=generator(1, "calibration", draw))
            right[draw] = priors.text_prior(choices, gold=gold).right
        shares = right.mean(axis=1)
        found = [poisson_binomial_test(each.sum(), chances) for each in right]
        rows.append(
            (
                name,
                f"{100 * shares.mean():.2f}",
                f"{100 * shares.std(ddof=1):.2f}",
                f"{100 * shares.max():.1f}",
                *(f"{100 * np.mean(np.array(found) < alpha):.1f}" for alpha in (0.05, 0.01, 0.001)),
            )
        )
    spread = 100 * math.sqrt(float((chances * (1 - chances)).sum())) / len(items)
    print(
        f"\nRight answers drawn at random {draws} times: chance is {100 * chances.mean():.2f} %; guesses that "
        f"nothing was learned for would have a standard deviation of {spread:.2f}.\n"
    )
    print(table(("classifier", "mean %", "sd", "highest %", "p < 0.05, %", "p < 0.01, %", "p < 0.001, %"), rows))


def criteria(items: Items) -> None:
    """Print how criteria are told apart, and how often that is right."""
    found = coverage(items)
    told = ", ".join(f"{name} ({count:,})" for name, count in found.by.items())
    print(f"\n{found.criteria:,} criteria of {found.items:,} items, told by {told}:\n")
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    pairs = [
        (kind_of(items.by_id[name].rubric[int(place)]).kind, kind)
        for name, places in labels.items()
        for place, kind in places.items()
    ]
    rows = [
        (
            kind,
            f"{found.kinds[kind]:,}",
            f"{found.without[kind]:,}",
            sum(theirs == kind for _, theirs in pairs),
            sum(ours == theirs == kind for ours, theirs in pairs),
        )
        for kind in KINDS
    ]
    print(table(("kind", "criteria", "items without", "of 200 read one by one", "told the same"), rows))


class Keen:
    """A judge that replies at once, by a digest of what it is told."""

    about = About("keen", "python:keen", "reference", True, "1")

    def answer(self, question: Question) -> Reply:
        """Return points at random."""
        count = re.search(r"each of the (\d+) criteria", question.text)
        n = int(count[1]) if count else 0
        points = generator(0, question.text).integers(2, size=n).tolist()
        rows = [{"number": number, "point": point, "ground": "so"} for number, point in enumerate(points, start=1)]
        return Reply(json.dumps({"criteria": rows}))


def judging(items: Items) -> None:
    """Print what judging costs beside the judge."""
    given = {item.id: Prediction(item.answer, reasoning=item.thinking) for item in items}
    with tempfile.TemporaryDirectory() as work:
        times = []
        for _ in range(2):
            start = time.process_time()
            judge(items, given, [Keen()], out=work, judging=Judging(jobs=1))
            times.append(time.process_time() - start)
    print(
        f"\nJudging beside the judge: {1_000 * times[0] / len(items):.2f} ms of CPU time a judgement the first time, "
        f"{1_000 * times[1] / len(items):.2f} ms where it is kept already."
    )


if __name__ == "__main__":
    main()
