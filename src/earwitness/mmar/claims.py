"""What was said of MMAR's published board, held against the board; and which of its rows can be told from each other.

A claim says of some rows that something holds. What it needs besides the percentages is told with it: which rows it is
read as being about, and how strict a test. Where readings differ in their outcome, each is told by itself.

Two rows were measured on the same items, but which items each got right was not published. From the numbers right in
each modality follows how many items at least, and at most, tell the two apart; and so between which two p-values
McNemar's exact test lies.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.mmar.board import COLUMNS, RANDOM_GUESS, Recomputed, Row
from earwitness.mmar.chance import critical_count, detectable_accuracy
from earwitness.mmar.items import MODALITIES
from earwitness.mmar.paired import mcnemar_of_counts
from earwitness.scores.stats import count_distribution

__all__ = [
    "CLAIMED_ALPHA",
    "CLAIMED_FAMILY",
    "OUTCOMES",
    "Claim",
    "PairBounds",
    "Sturdiness",
    "assumptions",
    "bounds",
    "claims",
    "every_pair",
    "neighbours",
    "sturdiness",
]

CLAIMED_ALPHA = 0.001
"""The alpha of the published claim."""
CLAIMED_FAMILY = 30
"""How many models the published claim corrects for."""
OUTCOMES = ("surely", "depends", "never")
"""Whether two rows are told apart: whichever items each got right, or depending on them, or never."""

_PAPER = "arXiv 2505.13032, as a public digest of it has it"
_HEARING = ("LALM", "LARM", "OLM")
_ALPHA = 0.05  # of comparisons of rows with each other
# A reasoning model and one that it was made from, or its maker's model that does not reason.
_COUNTERPARTS = (
    ("Audio-CoT", "Qwen2-Audio-Instruct"),
    ("Audio-Reasoner", "Qwen2-Audio-Instruct"),
    ("Caption + DeepSeek-R1", "Caption + DeepSeek-V3"),
    ("Caption + OpenAI o1", "Caption + GPT-4o"),
    ("Caption + OpenAI o3", "Caption + GPT-4o"),
)


@dataclass(frozen=True)
class Claim:
    """Something that was said of the board, in one reading."""

    text: str
    """What was said."""
    source: str
    """Where."""
    reading: str
    """Which rows, and which test, it is taken to mean here."""
    rows: tuple[str, ...]
    """The rows that it is about."""
    supported: bool
    """Whether the board's numbers are as the claim says."""
    against: tuple[str, ...]
    """The rows that are not as it says."""
    because: str
    """The numbers that decide it."""


@dataclass(frozen=True)
class Sturdiness:
    """How much the claim that no row is above chance depends on what was assumed."""

    nearest: str
    """The row that comes nearest to being above chance."""
    p: float
    """Its one-sided p-value: the claim holds in every test that is stricter than this."""
    above: Mapping[tuple[float, int], tuple[str, ...]]
    """For an alpha and a number of tests that Bonferroni's correction counts, the rows that are above chance."""
    lowest_chance: float
    """If guessing earned less than this share on every item, the nearest row would be above chance as claimed."""
    detectable: float
    """The lowest true accuracy that the claimed test finds above chance in 80 of 100 cases."""


@dataclass(frozen=True)
class PairBounds:
    """What is known of a comparison of two rows of which only numbers right are known."""

    first: str
    """The row with more right."""
    second: str
    """The other."""
    points: float
    """How many percentage points lie between them."""
    fewest: int
    """On how many items, at least, one is right and the other is not."""
    most: int
    """On how many, at most."""
    p_lowest: float
    """McNemar's p-value if they differ on as few items as can be."""
    p_unrelated: float
    """The same if, within each modality, what one gets right says nothing of the other."""
    p_highest: float
    """The same if they differ on as many items as can be."""
    outcome: str
    """One of ``OUTCOMES``, at 5 % and with Bonferroni's correction for all pairs that were looked at."""


def claims(board: Recomputed) -> tuple[Claim, ...]:
    """Return what was said of the board, each reading with whether the board supports it.

    Parameters
    ----------
    board
        The board, recomputed; what is claimed brings its own alpha and its own number of tests.
    """
    return (
        *(
            _none_above(board, rows=rows, reading=reading)
            for reading, rows in (
                (
                    "the open models of the section LALM that were in the paper's own table of 30 models",
                    _chosen(board, lambda row: row.published.section == "LALM" and not row.published.later),
                ),
                (
                    "the open models of the section LALM of today's board",
                    _chosen(board, lambda row: row.published.section == "LALM"),
                ),
                (
                    "all open models that hear (LALM, LARM, OLM) that were in the paper's own table",
                    _chosen(board, lambda row: row.published.section in _HEARING and not row.published.later),
                ),
            )
        ),
        _all_below(board),
        _reasoning_helps(board),
        _random_guess(board),
    )


def assumptions(board: Recomputed, official: Recomputed) -> tuple[str, ...]:
    """Return what the tests of the board take for granted, with what its own numbers say about it.

    Parameters
    ----------
    board
        The board, recomputed with the scorer ``"exact"``.
    official
        The same with the scorer ``"official"``.
    """
    unfit = [row.published.label for row in board.rows if not row.fits]
    twice = sum(row.cells[name].rounding == "twice" for row, name in board.misfits)
    never = len(board.misfits) - twice
    return (
        f"Every row was scored on all {board.columns['all'].n:,} items. In {len(board.rows) - len(unfit)} of "
        f"{len(board.rows)} rows each percentage is a number of all items of its modality, rounded, and these add up "
        "to that of all items; a row of which five items had been left out would fit so one time in 400. Not so: "
        f"{', '.join(unfit) or 'none'}.",
        f"Of {len(board.rows) * len(COLUMNS)} percentages {twice} are a number of items only after rounding twice, and "
        f"{never} are none: there the nearest number was taken.",
        "The items had the choices that today's metadata gives them; with them, guessing earns what the board says.",
        "The rows were marked by the official scorer. What it cannot read is wrong: so below chance mostly means "
        "unread answers. On some items it credits a wrong choice too; by it, guessing earns "
        f"{100 * official.columns['all'].chance:.1f} %, not {100 * board.columns['all'].chance:.1f} %. Tested against "
        f"that, {len(_moved(board, official, ('all',)))} of {len(board.rows)} rows and "
        f"{len(_moved(board, official, MODALITIES))} of {len(board.rows) * len(MODALITIES)} percentages of a modality "
        "stand otherwise.",
        f"Which {CLAIMED_FAMILY} models the paper's own table had is inferred, not read: today's board has as many "
        f"without {', '.join(row.published.label for row in board.rows if row.published.later)}.",
        "A guesser's answers are independent, and each row is one run; nothing is known of how a row varies from run "
        "to run, or from prompt to prompt.",
    )


def sturdiness(board: Recomputed) -> Sturdiness:
    """Return what the first reading of the claim that no open model is above chance depends on."""
    rows = _chosen(board, lambda row: row.published.section == "LALM" and not row.published.later)
    chances = _chances(board)
    p = {row.published.label: _at_least(row, chances) for row in rows}
    nearest = min(rows, key=lambda row: p[row.published.label])
    families = (1, len(rows), CLAIMED_FAMILY, len(board.rows))
    return Sturdiness(
        nearest=nearest.published.label,
        p=p[nearest.published.label],
        above={
            (alpha, family): tuple(name for name, each in p.items() if each <= alpha / family)
            for alpha, family in itertools.product((0.05, 0.01, CLAIMED_ALPHA), families)
        },
        lowest_chance=_lowest_chance(nearest, len(chances)),
        # Either tail of a two-sided test has half of its alpha.
        detectable=detectable_accuracy(chances, 2 * CLAIMED_ALPHA / CLAIMED_FAMILY),
    )


def bounds(first: Row, second: Row, *, alpha: float = _ALPHA) -> PairBounds:
    """Return what can be said of two rows without knowing which items each got right.

    Parameters
    ----------
    first, second
        Two rows, in either order.
    alpha
        How often two that are alike may be told apart.
    """
    if second.cells["all"].right > first.cells["all"].right:
        first, second = second, first
    a, b, n = (
        np.array([getattr(row.cells[name], what) for name in MODALITIES])
        for row, what in ((first, "right"), (second, "right"), (first, "n"))
    )
    # Of items on which only the second is right there are, in each modality, at least and at most so many.
    second_only = np.maximum(b - a, 0), b * (1 - a / n), np.minimum(b, n - a)
    lead = int((a - b).sum())
    losses = [round(float(only.sum())) for only in second_only]
    p = [mcnemar_of_counts(lead + each, each) for each in losses]
    return PairBounds(
        first=first.published.label,
        second=second.published.label,
        points=100 * lead / int(n.sum()),
        fewest=2 * losses[0] + lead,
        most=2 * losses[2] + lead,
        p_lowest=p[0],
        p_unrelated=p[1],
        p_highest=p[2],
        outcome="surely" if p[2] <= alpha else "depends" if p[0] <= alpha else "never",
    )


def neighbours(board: Recomputed) -> tuple[PairBounds, ...]:
    """Compare each row with the next lower one, over all sections, with Bonferroni's correction for their number."""
    rows = sorted(board.rows, key=lambda row: -row.cells["all"].right)
    return tuple(bounds(a, b, alpha=_ALPHA / (len(rows) - 1)) for a, b in itertools.pairwise(rows))


def every_pair(board: Recomputed) -> tuple[PairBounds, ...]:
    """Compare each row with each other one, with Bonferroni's correction for the number of pairs."""
    pairs = list(itertools.combinations(board.rows, 2))
    return tuple(bounds(a, b, alpha=_ALPHA / len(pairs)) for a, b in pairs)


def _moved(board: Recomputed, other: Recomputed, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Return the rows and columns that stand otherwise to chance on another board."""
    return [
        (row.published.label, name)
        for row, same in zip(board.rows, other.rows, strict=True)
        for name in columns
        if row.cells[name].standing != same.cells[name].standing
    ]


def _chosen(board: Recomputed, wanted: Callable[[Row], bool]) -> list[Row]:
    return [row for row in board.rows if row.published.is_open and wanted(row)]


def _chances(board: Recomputed) -> npt.NDArray[np.float64]:
    return np.concatenate([np.asarray(board.chances[name]) for name in MODALITIES])


def _at_least(row: Row, chances: npt.NDArray[np.float64]) -> float:
    """Return how probable guessing gets at least as many right."""
    return float(count_distribution(chances)[row.cells["all"].right :].sum())


def _lowest_chance(row: Row, n: int) -> float:
    """Return the chance, alike for all items, at which a row is just no longer above it as claimed."""
    from scipy.special import betaincinv

    # The upper tail of a binomial distribution is an incomplete beta function of its probability.
    right = row.cells["all"].right
    return float(betaincinv(right, n - right + 1, CLAIMED_ALPHA / CLAIMED_FAMILY))


def _labels(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(row.published.label for row in rows)


def _test_text() -> str:
    return f"exact one-sided test, Bonferroni's alpha {CLAIMED_ALPHA:g} over {CLAIMED_FAMILY} models"


def _none_above(board: Recomputed, *, rows: Sequence[Row], reading: str) -> Claim:
    chances = _chances(board)
    needed = critical_count(chances, CLAIMED_ALPHA / CLAIMED_FAMILY)
    above = [row for row in rows if needed is not None and row.cells["all"].right >= needed]
    best = max((row for row in rows if row not in above), key=lambda row: row.cells["all"].right)
    bar = "no number right is enough" if needed is None else f"{100 * needed / len(chances):.1f} % is needed"
    return Claim(
        text="None of the open-source audio language models is significantly better than random guessing.",
        source=_PAPER,
        reading=f"{reading}; {_test_text()}",
        rows=_labels(rows),
        supported=not above,
        against=_labels(above),
        because=f"{bar}; of {len(rows)} rows {len(above)} reach it. The best that does not is "
        f"{best.published.label} with {best.published.percent['all']} % (p = {_at_least(best, chances):.2g}).",
    )


def _all_below(board: Recomputed) -> Claim:
    rows = _chosen(board, lambda row: row.published.section == "LALM" and not row.published.later)
    chances = _chances(board)
    most = critical_count(chances, CLAIMED_ALPHA / CLAIMED_FAMILY, above=False)
    above = [row for row in rows if most is None or row.cells["all"].right > most]
    bar = "no number right is few enough" if most is None else f"at most {100 * most / len(chances):.1f} % is needed"
    return Claim(
        text="Open-source models perform significantly below random guessing.",
        source=_PAPER,
        reading="every open model of the section LALM that was in the paper's own table of 30 models; " + _test_text(),
        rows=_labels(rows),
        supported=not above,
        against=_labels(above),
        because=f"{bar}; {len(rows) - len(above)} of {len(rows)} rows have so few, {len(above)} do not. So these "
        "models are not at chance either: most are below it, where guessing hardly ever ends.",
    )


def _reasoning_helps(board: Recomputed) -> Claim:
    by_label = {row.published.label: row for row in board.rows}
    pairs = [(by_label[a], by_label[b]) for a, b in _COUNTERPARTS]
    found = [bounds(a, b, alpha=_ALPHA / len(pairs)) for a, b in pairs]
    not_sure = [pair.first for pair in found if pair.outcome != "surely"]
    ahead = sum(a.cells["all"].right > b.cells["all"].right for a, b in pairs)
    return Claim(
        text="Reasoning models consistently outperform their counterparts that do not reason.",
        source=_PAPER,
        reading="of each of five pairs (" + "; ".join(f"{a} and {b}" for a, b in _COUNTERPARTS) + ") the first has "
        "more items right, and McNemar's exact test says so whichever items they are, at 5 % over five pairs",
        rows=tuple(dict.fromkeys(itertools.chain.from_iterable(_COUNTERPARTS))),
        supported=ahead == len(pairs) and not not_sure,
        against=tuple(not_sure),
        because=f"{ahead} of {len(pairs)} have more right; {len(pairs) - len(not_sure)} are surely more than luck, "
        + "; ".join(
            f"{pair.first} {pair.points:+.1f} points, p {pair.p_lowest:.2g} to {pair.p_highest:.2g}" for pair in found
        )
        + ".",
    )


def _random_guess(board: Recomputed) -> Claim:
    off = {name: 100 * board.columns[name].chance - RANDOM_GUESS[name] for name in COLUMNS}
    wrong = tuple(name for name in COLUMNS if abs(off[name]) > 0.05 + 1e-9)
    return Claim(
        text="Random guessing earns what the row 'Random Guess' says.",
        source="the board",
        reading="one over the number of choices, averaged over the items of each modality, to 0.1 of a point",
        rows=("Random Guess",),
        supported=not wrong,
        against=wrong,
        because=f"the {len(COLUMNS)} percentages are off by {max(map(abs, off.values())):.3f} points at most.",
    )
