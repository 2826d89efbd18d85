"""MMAR's published board as data, and recomputed: which rows are above chance, which below, and which are neither.

The board prints percentages, no answers. A percentage of a modality that has n items is a number right among n,
rounded; so the exact test against guessing can be made all the same, for each row as a whole and for each modality of
it.

What a row stands for is not known better than its file of answers, which was not published: a model that answers in
words that the official scorer does not read is counted as wrong, and stands below chance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from earwitness.errors import BenchmarkError
from earwitness.mmar.chance import critical_count, standing
from earwitness.mmar.items import MODALITIES, Items
from earwitness.mmar.official import official_matches
from earwitness.scores.stats import holm, poisson_binomial_test

__all__ = [
    "ALSO_CREDITED",
    "BOARD",
    "CHOICE_COUNTS",
    "COLUMNS",
    "RANDOM_GUESS",
    "SCORERS",
    "SECTIONS",
    "SOURCE",
    "WITHIN",
    "Cell",
    "Column",
    "Published",
    "Recomputed",
    "Row",
    "also_credited",
    "choice_counts",
    "recomputed",
]

_Values = npt.NDArray[np.float64]

SOURCE = "README.md of github.com/ddlBoJack/MMAR at commit eb0b2273, February 2026"
"""Where the percentages come from."""
COLUMNS = ("all", *MODALITIES)
"""What the board gives a percentage of."""
RANDOM_GUESS = dict(zip(COLUMNS, (29.3, 29.4, 25.9, 31.5, 25.0, 29.3, 31.1, 28.1), strict=True))
"""What the board gives as the score of guessing, in percent."""
SECTIONS = {
    "LALM": "large audio language models",
    "LARM": "large audio reasoning models",
    "OLM": "omni language models",
    "LLM": "language models that read a caption",
    "LRM": "reasoning models that read a caption",
}
"""The board's sections."""
CHOICE_COUNTS: Mapping[str, Mapping[int, int]] = {
    "sound": {2: 28, 3: 3, 4: 134},
    "music": {2: 8, 4: 195, 5: 2, 6: 1},
    "speech": {2: 76, 3: 2, 4: 216},
    "mix-sound-music": {4: 11},
    "mix-sound-speech": {2: 36, 3: 5, 4: 176, 5: 1},
    "mix-music-speech": {2: 20, 4: 62},
    "mix-sound-music-speech": {2: 3, 4: 21},
}
"""How many items of each modality have so many choices, in MMAR-meta.jsonl of February 2026."""
ALSO_CREDITED: Mapping[str, Mapping[tuple[int, int], int]] = {
    "sound": {(4, 2): 4},
    "music": {(4, 2): 2, (4, 3): 2, (4, 4): 3},
    "speech": {(4, 2): 6},
    "mix-sound-speech": {(4, 2): 2},
    "mix-music-speech": {(4, 2): 1},
}
"""How many items of each modality have so many choices of which the official scorer credits so many, the right one and
others that it cannot tell from it; the items of which it credits the right one alone are left out."""
SCORERS = ("exact", "official")
"""Who marks what is guessed: only the right choice counts, or whatever the official scorer credits."""
WITHIN = ("board", "section", "table")
"""What can be corrected for: the rows of the board, those of a row's section, or all rows and columns together."""

_ROUNDED = 0.05  # percent: a printed percentage is at most this far from what was rounded
# Some percentages were rounded to two places first, and then to one: 28.0488 to 28.05 to 28.1.
_ROUNDED_TWICE = 0.055


@dataclass(frozen=True)
class Published:
    """One row of the board, as it was published."""

    section: str
    """One of ``SECTIONS``."""
    system: str
    """What the board calls it."""
    size: str
    """How many parameters it has; empty where the board does not say."""
    is_open: bool
    """Whether the board marks it as open source."""
    percent: Mapping[str, float]
    """Accuracy in percent, for each of ``COLUMNS``."""
    later: bool
    """Whether it came to the board after the paper's first table of 30 models. This is inferred, not read: without
    these five, today's board has 30 rows."""

    @property
    def label(self) -> str:
        """The name, with the size where another row has the same name."""
        several = sum(row.system == self.system for row in BOARD) > 1
        return f"{self.system} {self.size}" if several else self.system


def _row(section: str, system: str, size: str, is_open: bool, percent: str, *, later: bool = False) -> Published:
    figures = dict(zip(COLUMNS, map(float, percent.split()), strict=True))
    return Published(section, system, size, is_open, figures, later)


# All, sound, music, speech, then the mixes in the order of MODALITIES.
BOARD: Sequence[Published] = (
    # LALM
    _row("LALM", "GPT-4o Audio", "", False, "63.5 53.9 51.0 70.4 63.6 72.5 62.2 75.0"),
    _row("LALM", "Omni-R1", "8.4B", True, "63.4 67.3 51.5 64.3 45.5 70.2 64.6 70.8", later=True),
    _row("LALM", "GPT-4o mini Audio", "", False, "50.6 38.8 35.9 58.8 45.5 60.1 57.3 50.0"),
    _row("LALM", "R1-AQA", "8.4B", True, "47.6 55.8 37.4 49.0 9.1 50.0 50.0 50.0", later=True),
    _row("LALM", "SALMONN", "7B", True, "32.8 30.9 29.6 34.4 9.1 37.6 28.1 37.5"),
    _row("LALM", "Qwen2-Audio", "8.4B", True, "30.4 33.9 23.3 33.0 9.1 33.0 26.8 33.3"),
    _row("LALM", "Qwen2-Audio-Instruct", "8.4B", True, "30.0 33.3 24.3 32.3 9.1 31.2 30.5 25.0"),
    _row("LALM", "Audio Flamingo", "2.2B", True, "26.6 32.7 21.8 24.8 18.2 30.3 24.4 25.0"),
    _row("LALM", "GAMA", "7B", True, "26.5 29.1 24.3 27.9 27.3 24.8 28.1 20.8"),
    _row("LALM", "Qwen-Audio-Chat", "8.4B", True, "23.5 27.9 20.4 22.1 9.1 25.2 25.6 20.8"),
    _row("LALM", "Audio Flamingo 2", "0.5B", True, "23.0 20.6 20.4 24.2 27.3 23.9 26.8 25.0"),
    _row("LALM", "Audio Flamingo 2", "1.5B", True, "22.9 26.7 20.9 22.8 9.1 22.9 23.2 20.8"),
    _row("LALM", "Audio Flamingo 2", "3B", True, "21.9 24.9 17.5 20.8 18.2 26.6 23.2 8.3"),
    _row("LALM", "LTU", "7B", True, "19.2 19.4 19.9 14.0 18.2 24.8 22.0 16.7"),
    _row("LALM", "LTU-AS", "7B", True, "19.0 20.0 14.1 19.1 9.1 20.6 28.1 12.5"),
    _row("LALM", "GAMA-IT", "7B", True, "17.4 22.4 16.0 12.2 36.4 22.5 14.6 12.5"),
    _row("LALM", "MU-LLaMA", "7B", True, "13.9 13.9 13.6 15.0 9.1 12.4 14.6 16.7"),
    _row("LALM", "MusiLingo", "7B", True, "6.6 9.1 7.3 4.1 9.1 6.9 7.3 8.3"),
    # LARM
    _row("LARM", "Qwen3-Omni-Thinking", "30B-A3B", True, "66.4 57.6 44.7 78.2 63.4 75.2 69.5 79.1", later=True),
    _row("LARM", "Audio-Reasoner", "8.4B", True, "36.8 43.6 33.5 33.0 45.5 42.7 31.7 25.0"),
    _row("LARM", "Audio-CoT", "8.4B", True, "31.3 35.8 25.2 34.0 9.1 30.7 30.5 37.5"),
    _row("LARM", "Mellow", "167M", True, "30.0 33.3 26.7 24.8 18.2 37.2 32.9 29.2"),
    # OLM
    _row("OLM", "Gemini 2.5 Pro", "", False, "74.7 67.3 56.8 82.0 100.0 84.9 80.5 66.7", later=True),
    _row("OLM", "Gemini 2.5 Flash", "", False, "68.4 60.0 53.4 77.2 63.6 76.2 69.5 75.0", later=True),
    _row("OLM", "Gemini 2.0 Flash", "", False, "65.6 61.2 51.0 72.1 81.8 72.5 65.9 70.8"),
    _row("OLM", "Qwen2.5-Omni", "10.7B", True, "56.7 58.8 40.8 59.9 54.5 61.9 67.1 58.3"),
    _row("OLM", "Qwen2.5-Omni", "5.5B", True, "53.8 53.9 46.1 53.7 36.4 60.1 57.3 58.3"),
    _row("OLM", "Baichuan-Omni-1.5", "11B", True, "40.7 41.2 33.0 40.5 36.4 48.6 39.0 41.7"),
    _row("OLM", "OpenOmni", "8B", True, "27.0 20.6 22.3 35.4 18.2 27.1 23.2 25.0"),
    _row("OLM", "AnyGPT-chat", "8B", True, "23.7 24.2 19.4 22.1 27.3 27.5 26.8 29.2"),
    # LLM
    _row("LLM", "Caption + GPT-4o", "", False, "50.7 46.1 40.3 60.9 27.3 53.7 46.3 45.8"),
    _row("LLM", "Caption + DeepSeek-V3", "671B", True, "47.6 42.4 40.8 56.1 18.2 50.0 45.1 37.5"),
    # LRM
    _row("LRM", "Caption + DeepSeek-R1", "671B", True, "55.5 46.7 49.5 62.6 45.5 58.7 56.1 54.2"),
    _row("LRM", "Caption + OpenAI o3", "", False, "54.7 49.7 41.8 64.0 36.4 60.1 52.4 54.2"),
    _row("LRM", "Caption + OpenAI o1", "", False, "53.0 48.5 43.2 63.6 18.2 56.9 45.1 45.8"),
)
"""The rows, in the order of the board."""


@dataclass(frozen=True)
class Cell:
    """One percentage of the board, tested."""

    percent: float
    """As published."""
    n: int
    """Of how many items."""
    right: int
    """How many of them that is."""
    rounding: str
    """``"once"`` when the percentage is that number, rounded; ``"twice"`` when it is after rounding to two places
    first; ``"none"`` when no number of items gives it."""
    p: float
    """Exact, two-sided, against chance; by itself."""
    bonferroni: float
    """After Bonferroni's correction."""
    holm: float
    """After Holm's correction."""
    standing: str
    """``"above"``, ``"same"`` or ``"below"`` chance at alpha, after Holm's correction."""
    standing_bonferroni: str
    """The same after Bonferroni's."""


@dataclass(frozen=True)
class Column:
    """What guessing earns in one column of the board."""

    name: str
    """One of ``COLUMNS``."""
    n: int
    """How many items it has."""
    chance: float
    """The share that guessing gets right."""
    family: int
    """How many tests the correction counts; the largest section where it is made within sections."""
    lowest_above: float
    """The lowest share right that is above chance in a one-sided test at alpha divided by ``family``; NaN if none
    is."""
    highest_below: float
    """The highest share right that is below chance in such a test; NaN if none is."""


@dataclass(frozen=True)
class Row:
    """One row of the board, tested."""

    published: Published
    """As it was published."""
    cells: Mapping[str, Cell]
    """For each of ``COLUMNS``."""

    @property
    def adds_up(self) -> bool:
        """Whether the numbers right of the modalities add up to that of all items."""
        return sum(self.cells[name].right for name in MODALITIES) == self.cells["all"].right

    @property
    def fits(self) -> bool:
        """Whether, besides, every percentage is a number of all items of its column, as it would hardly be of fewer."""
        return self.adds_up and all(cell.rounding != "none" for cell in self.cells.values())


@dataclass(frozen=True)
class Recomputed:
    """The board, tested against chance."""

    alpha: float
    """How often guessing may be told from chance anywhere in a family."""
    within: str
    """One of ``WITHIN``."""
    scorer: str
    """One of ``SCORERS``: who marks what is guessed."""
    chances: Mapping[str, Sequence[float]]
    """How probable guessing gets each item right, by modality."""
    columns: Mapping[str, Column]
    """By name, in the order of ``COLUMNS``."""
    rows: Sequence[Row]
    """In the order of the board."""

    def counts(self, column: str, *, correction: str = "holm") -> Mapping[str, int]:
        """Return how many rows stand above chance, at it and below it.

        Parameters
        ----------
        column
            One of ``COLUMNS``.
        correction
            ``"holm"``, ``"bonferroni"``, or ``"one-sided"``: two one-sided tests at alpha each, with Bonferroni's.
        """
        found = Counter(self._standing(row.cells[column], self.columns[column], correction) for row in self.rows)
        return {name: found[name] for name in ("above", "same", "below")}

    @cached_property
    def misfits(self) -> Sequence[tuple[Row, str]]:
        """The rows and columns whose percentage is not a number of items, rounded once."""
        return tuple((row, name) for row in self.rows for name in COLUMNS if row.cells[name].rounding != "once")

    @staticmethod
    def _standing(cell: Cell, column: Column, correction: str) -> str:
        if correction == "holm":
            return cell.standing
        if correction == "bonferroni":
            return cell.standing_bonferroni
        if correction != "one-sided":
            raise ValueError(f"A correction is holm, bonferroni or one-sided; got {correction!r}.")
        share = cell.right / cell.n
        return "above" if share >= column.lowest_above else "below" if share <= column.highest_below else "same"


def recomputed(items: Items | None, *, alpha: float = 0.05, family: str = "board", scorer: str = "exact") -> Recomputed:
    """Test every percentage of the board against chance.

    Parameters
    ----------
    items
        MMAR's items, whose choices say what guessing earns; None: ``CHOICE_COUNTS`` and ``ALSO_CREDITED``.
    alpha
        How often guessing may be told from chance anywhere in a family.
    family
        One of ``WITHIN``: what the corrections count.
    scorer
        One of ``SCORERS``: who marks what is guessed. The rows were marked by the official scorer, which is kinder to
        guesses too; the board's own row of guessing counts the right choice alone.

    Raises
    ------
    BenchmarkError
        When the items are not as many in each modality as MMAR's, so that a percentage is no number of them.
    ValueError
        When there is no such family or scorer, or alpha is not between 0 and 1.
    """
    for given, known, what in ((family, WITHIN, "family"), (scorer, SCORERS, "scorer")):
        if given not in known:
            raise ValueError(f"The {what} is one of {', '.join(known)}; got {given!r}.")
    if not 0 < alpha < 1:
        raise ValueError(f"Alpha must lie between 0 and 1; got {alpha}.")
    counts_of = CHOICE_COUNTS if items is None else choice_counts(items)
    credited = ALSO_CREDITED if items is None else also_credited(items)
    chances = _chances(counts_of, credited if scorer == "official" else {})
    right = [{name: round(row.percent[name] / 100 * len(chances[name])) for name in COLUMNS} for row in BOARD]
    p = np.array([[poisson_binomial_test(counts[name], chances[name]) for name in COLUMNS] for counts in right])
    family_of = _families(family)
    adjusted, times = np.empty_like(p), np.empty_like(p)
    for number in np.unique(family_of):
        mine = family_of == number
        adjusted[mine], times[mine] = holm(p[mine]), np.minimum(p[mine] * np.count_nonzero(mine), 1.0)
    rows = tuple(
        Row(
            published,
            {
                name: _cell(published.percent[name], counts[name], chances[name], tested, alpha=alpha)
                for name, tested in zip(COLUMNS, zip(*values, strict=True), strict=True)
            },
        )
        for published, counts, *values in zip(BOARD, right, p, times, adjusted, strict=True)
    )
    largest = int(np.bincount(family_of.ravel()).max())
    return Recomputed(
        alpha=alpha,
        within=family,
        scorer=scorer,
        chances={name: chances[name].tolist() for name in MODALITIES},
        columns={name: _column(name, chances[name], alpha=alpha, family=largest) for name in COLUMNS},
        rows=rows,
    )


def choice_counts(items: Items) -> Mapping[str, Mapping[int, int]]:
    """Return how many items of each modality have so many choices, as ``CHOICE_COUNTS`` has it.

    Raises
    ------
    BenchmarkError
        When a modality has not as many items as the board's, or there is one that the board has not.
    """
    found: dict[str, Counter[int]] = {name: Counter() for name in MODALITIES}
    for item in items:
        found.setdefault(item.modality, Counter())[len(item.choices)] += 1
    sizes = {name: sum(counts.values()) for name, counts in found.items()}
    wanted = {name: sum(counts.values()) for name, counts in CHOICE_COUNTS.items()}
    wrong = [
        f"{size} of {name!r} instead of {wanted.get(name, 0)}"
        for name, size in sizes.items()
        if size != wanted.get(name)
    ]
    if wrong:
        raise BenchmarkError(f"'{items.path}' does not hold the items of MMAR's board: it has {', '.join(wrong)}.")
    return {name: dict(sorted(counts.items())) for name, counts in found.items()}


def also_credited(items: Items) -> Mapping[str, Mapping[tuple[int, int], int]]:
    """Return how many items of each modality have choices that the official scorer cannot tell from the right one.

    As ``ALSO_CREDITED`` has it: by the number of choices, and how many of them are credited.
    """
    found: dict[str, Counter[tuple[int, int]]] = {}
    for item in items:
        credited = sum(item.gold in official_matches(choice, item.choices) for choice in item.choices)
        if credited > 1:
            found.setdefault(item.modality, Counter())[len(item.choices), credited] += 1
    return {name: dict(sorted(counts.items())) for name, counts in found.items()}


def _chances(
    counts: Mapping[str, Mapping[int, int]], credited: Mapping[str, Mapping[tuple[int, int], int]]
) -> Mapping[str, _Values]:
    """Return how probable guessing gets each item right, for each of ``COLUMNS``."""
    by_modality = {}
    for name in MODALITIES:
        left = Counter({(choices, 1): n for choices, n in counts[name].items()})
        for (choices, several), n in credited.get(name, {}).items():
            left[choices, 1] -= n
            left[choices, several] += n
        by_modality[name] = np.repeat([right / choices for choices, right in left], list(left.values()))
    return {"all": np.concatenate(list(by_modality.values())), **by_modality}


def _families(family: str) -> npt.NDArray[np.intp]:
    """Return the number of the family that each row and column belongs to, shape (rows, columns)."""
    shape = (len(BOARD), len(COLUMNS))
    if family == "table":
        return np.zeros(shape, dtype=np.intp)
    column = np.broadcast_to(np.arange(shape[1]), shape)
    if family == "board":
        return column.astype(np.intp)
    section = np.array([list(SECTIONS).index(row.section) for row in BOARD])
    return (section[:, None] * shape[1] + column).astype(np.intp)


def _cell(percent: float, right: int, chances: _Values, tested: tuple[float, float, float], *, alpha: float) -> Cell:
    alone, times, adjusted = map(float, tested)
    n, chance = len(chances), float(chances.mean())
    off = abs(100 * right / n - percent)
    rounding = "once" if off <= _ROUNDED + 1e-9 else "twice" if off <= _ROUNDED_TWICE else "none"
    return Cell(
        percent=percent,
        n=n,
        right=right,
        rounding=rounding,
        p=alone,
        bonferroni=times,
        holm=adjusted,
        standing=standing(right / n, chance, p=adjusted, alpha=alpha),
        standing_bonferroni=standing(right / n, chance, p=times, alpha=alpha),
    )


def _column(name: str, chances: _Values, *, alpha: float, family: int) -> Column:
    above, below = (critical_count(chances, alpha / family, above=side) for side in (True, False))
    n = len(chances)
    return Column(
        name=name,
        n=n,
        chance=float(chances.mean()),
        family=family,
        lowest_above=math.nan if above is None else above / n,
        highest_below=math.nan if below is None else below / n,
    )
