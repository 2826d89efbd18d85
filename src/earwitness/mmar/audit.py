"""What a benchmark gives away without any model and without its recordings: the audit of its language.

A benchmark for listening should not be solved by reading it. Here are rules that look at the choices alone and a
classifier of words that is tested on videos it never saw, each against what a guess is worth. What they are right on
more often than a guess is a language prior: so much of any model's score needs no ears.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.mmar.chance import GroupScore, against_chance, source_design, standing
from earwitness.mmar.heuristics import HEURISTICS, Guessed, guessed
from earwitness.mmar.items import Items
from earwitness.mmar.priors import TextPrior, drawn_gold, text_prior, weighed
from earwitness.rng import generator
from earwitness.scores.stats import Estimate, estimate, holm, poisson_binomial_test

__all__ = ["BY", "Agreed", "Audit", "Classifier", "Drawn", "Rule", "Shortcut", "audit"]

BY = ("layer", "modality")
"""By what the classifier's score is taken apart."""


@dataclass(frozen=True)
class Rule:
    """What one rule came to."""

    name: str
    """Which of ``HEURISTICS``."""
    about: str
    """What it guesses."""
    decided: int
    """On how many items it prefers some choice."""
    right: float
    """On how many of those it is right; a choice that it shares with k others counts for one in k + 1."""
    chance: float
    """On how many of those a guess would be."""
    accuracy: Estimate
    """The share right of all items, a guess where it prefers none; the interval is of errors clustered by source."""
    p: float
    """Exact, two-sided, against a guess on the items on which it decides; 1 where it decides on none. Guesses that are
    shared among choices vary less than the test takes them to, so there it is on the safe side."""
    holm: float
    """The same, adjusted for there being many rules."""
    standing: str
    """``"above"``, ``"same"`` or ``"below"`` chance, by ``holm``."""


@dataclass(frozen=True)
class Drawn:
    """What the same classifier comes to where right answers were drawn at random."""

    draws: int
    """How often they were drawn."""
    mean: float
    """The mean share right; NaN without draws."""
    sd: float
    """Its standard deviation; NaN with fewer than two draws."""
    highest: float
    """The highest; NaN without draws."""
    p: float
    """How often, of all draws and the truth, it is as far from chance as the truth is; NaN without draws."""


@dataclass(frozen=True)
class Classifier:
    """What a classifier of words came to."""

    name: str
    """``"question and choices"`` or ``"choices alone"``."""
    overall: GroupScore
    """On all items. Its p is exact for guesses that were settled before; see ``drawn`` for what learning adds."""
    groups: Mapping[str, tuple[GroupScore, ...]]
    """By each of ``BY`` that the items know."""
    drawn: Drawn
    """The same for random answers."""
    prior: TextPrior
    """Its guesses."""


@dataclass(frozen=True)
class Shortcut:
    """An item that needs no ears: all priors take its right choice."""

    id: str
    """The item."""
    probability: float
    """How likely the classifier of question and choices took the right choice to be."""
    chance: float
    """How probable it is that a guess is right."""
    rules: tuple[str, ...]
    """The rules above chance that say the same."""


@dataclass(frozen=True)
class Agreed:
    """The items on which all priors take the same choice."""

    n: int
    """How many there are."""
    chance: float
    """How many of them would be right if answers had nothing to do with words."""
    p: float
    """Exact, two-sided: of so many right; NaN where there are none."""
    shortcuts: tuple[Shortcut, ...]
    """Those that are right, the surest first."""


@dataclass(frozen=True)
class Audit:
    """What a benchmark gives away."""

    items: Items
    """The benchmark."""
    rules: tuple[Rule, ...]
    """The rules, as they are told."""
    guesses: tuple[Guessed, ...]
    """What each of them guessed on each item."""
    classifiers: tuple[Classifier, ...]
    """Of question and choices, and of the choices alone."""
    agreed: Agreed
    """Where both classifiers and every rule above chance that decides say the same."""

    @property
    def has_prior(self) -> bool:
        """Whether anything here is above chance, or below it, by more than luck."""
        return any(rule.standing != "same" for rule in self.rules) or any(_tells(each) for each in self.classifiers)

    @property
    def finding(self) -> str:
        """What was found, in a few sentences."""
        best = self.classifiers[0]
        value, chance = best.overall.accuracy.value, best.overall.chance
        drawn = f", {best.drawn.p:.2g} among random answers" if best.drawn.draws else ""
        said = (
            f"a classifier of question and choices is right on {value:.1%} of the items, whose videos it never saw; a "
            f"guess is on {chance:.1%} (p = {best.overall.p:.1g}{drawn})"
        )
        telling = [f'"{rule.name}"' for rule in self.rules if rule.standing != "same"]
        rules = (
            f" Of {len(self.rules)} rules {len(telling)} tell more than luck{': ' * bool(telling)}{', '.join(telling)}."
        )
        if self.has_prior:
            return f"There is a language prior: {said}.{rules} So much of a score needs no ears."
        least = best.overall.detectable
        noticed = (
            "Of so few items not even a classifier that is always right would have been noticed"
            if math.isnan(least)
            else f"A classifier of {least:.1%} or more would have been noticed"
        )
        return f"No language prior was found: {said}.{rules} {noticed}."


def audit(
    items: Items, *, draws: int = 99, seed: int = 0, progress: Callable[[str, int, int], None] | None = None
) -> Audit:
    """Look for what a benchmark gives away.

    Parameters
    ----------
    items
        The benchmark; its recordings are not looked at.
    draws
        How often right answers are drawn at random, to see what the classifier of question and choices then comes to.
    seed
        For the draws, and for guesses between choices that read the same.
    progress
        Told ``("draws", done, wanted)``.

    Raises
    ------
    BenchmarkError
        When the items come from too few recordings to learn from some and guess the others.
    """
    # Imported here: scikit-learn and SciPy's optimizer are needed for nothing else that reads a benchmark.
    import scipy.optimize  # noqa: F401 - loaded, so that its threads are limited too
    from threadpoolctl import threadpool_limits

    if draws < 0:
        raise ValueError(f"Answers cannot be drawn {draws} times.")
    guesses = tuple(guessed(heuristic, items) for heuristic in HEURISTICS.values())
    rules = _rules(guesses, items)
    # The vectors are short: threads would wait for each other longer than they work.
    with threadpool_limits(limits=1, user_api="blas"):
        classifiers = (
            _classifier("question and choices", items, draws=draws, seed=seed, progress=progress),
            _classifier("choices alone", items, draws=0, seed=seed, progress=None),
        )
    telling = [guess for guess, rule in zip(guesses, rules, strict=True) if rule.standing == "above"]
    return Audit(items, rules, guesses, classifiers, _agreed(items, classifiers, telling))


def _tells(classifier: Classifier) -> bool:
    """Whether a classifier is off chance both by the exact test and, where answers were drawn, among those draws."""
    drawn = classifier.drawn
    return classifier.overall.standing != "same" and not (drawn.draws and drawn.p > max(0.05, 1 / (1 + drawn.draws)))


def _rules(guesses: tuple[Guessed, ...], items: Items) -> tuple[Rule, ...]:
    design = source_design(items)
    chances = np.array([item.chance for item in items])
    counts = [(float(guess.share[guess.decided].sum()), chances[guess.decided]) for guess in guesses]
    p_values = [poisson_binomial_test(right, chance) if len(chance) else 1.0 for right, chance in counts]
    rows = zip(guesses, counts, p_values, holm(p_values), strict=True)
    return tuple(
        Rule(
            name=guess.heuristic.name,
            about=guess.heuristic.about,
            decided=len(chance),
            right=right,
            chance=float(chance.sum()),
            accuracy=estimate(guess.share, design),
            p=p,
            holm=float(adjusted),
            standing=standing(right, float(chance.sum()), p=float(adjusted), alpha=0.05),
        )
        for guess, (right, chance), p, adjusted in rows
    )


def _classifier(
    name: str, items: Items, *, draws: int, seed: int, progress: Callable[[str, int, int], None] | None
) -> Classifier:
    choices = weighed(items, with_question=name == "question and choices")
    prior = text_prior(choices, seed=seed)
    shares = np.empty(draws)
    for draw in range(draws):
        gold = drawn_gold(items, rng=generator(seed, "audit", draw))
        shares[draw] = text_prior(choices, seed=seed, gold=gold).right.mean()
        if progress is not None:
            progress("draws", draw + 1, draws)
    (overall,) = against_chance(prior.right, items)
    known = [by for by in BY if any(getattr(item, by) for item in items)]
    groups = {by: against_chance(prior.right, items, by=by) for by in known}
    return Classifier(name, overall, groups, _drawn(shares, float(prior.right.mean()), overall.chance), prior)


def _drawn(shares: npt.NDArray[np.float64], seen: float, chance: float) -> Drawn:
    draws = len(shares)
    if not draws:
        return Drawn(0, np.nan, np.nan, np.nan, np.nan)
    # What rounding leaves of equal differences counts as equal.
    as_far = int((np.abs(shares - chance) >= abs(seen - chance) - 1e-12).sum())
    sd = float(shares.std(ddof=1)) if draws > 1 else np.nan
    return Drawn(draws, float(shares.mean()), sd, float(shares.max()), (1 + as_far) / (1 + draws))


def _agreed(items: Items, classifiers: tuple[Classifier, ...], telling: list[Guessed]) -> Agreed:
    """Return where both classifiers and every telling rule that decides take the same choice."""
    same, found = [], []
    for place, item in enumerate(items):
        choice, *others = (int(each.prior.choice[place]) for each in classifiers)
        deciding = [guess for guess in telling if guess.decided[place]]
        undecided = not all(each.prior.decided[place] for each in classifiers)
        others_differ = any(other != choice for other in others)
        if undecided or others_differ or any(choice not in guess.taken[place] for guess in deciding):
            continue
        same.append(item)
        if choice == item.gold:
            likely = float(classifiers[0].prior.probability[place][choice])
            found.append(Shortcut(item.id, likely, item.chance, tuple(guess.heuristic.name for guess in deciding)))
    chances = [item.chance for item in same]
    surest = sorted(found, key=lambda shortcut: (-shortcut.probability, shortcut.id))
    return Agreed(len(same), float(sum(chances)), poisson_binomial_test(len(found), chances), tuple(surest))
