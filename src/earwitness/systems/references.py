"""Systems that guess or see the truth: the floor, the ceilings and the mirror that every other system is read against.

``chance``    an independent random score for every text and clip
``matcher``   the share of the wanted sounds that are there: what perfect matching without reasoning earns
``oracle``    1 where the constraint holds, else 0
``reversed``  the oracle, but for order: it asks for the sounds in any order except the one that was asked for

They tell a query by its place among the texts and a clip by its name; all but ``chance`` look both up in the benchmark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from earwitness import __version__
from earwitness.errors import SystemFault
from earwitness.logic.constraint import (
    All,
    Constraint,
    Not,
    Present,
    clauses_of,
    excluded_by,
    kinds_of,
    labels_of,
)
from earwitness.logic.plan import EventTable, relevance
from earwitness.reasonaudio.folder import Benchmark
from earwitness.systems.base import About, Clips, Scores, System

__all__ = ["chance", "matcher", "mistaken_about_order", "oracle", "reversed_order"]

_Judge = Callable[[Sequence[Constraint], EventTable], npt.NDArray[np.float32]]


def chance(benchmark: Benchmark, *, seed: int = 0) -> System:
    """Return the system that guesses.

    A score is a hash of the seed, the text and the clip's audio, uniform in [0, 1): the same in whatever blocks the
    clips are asked about, and independent of every other score.

    Parameters
    ----------
    benchmark
        What it will be asked about; nothing in it is looked at.
    seed
        Any whole number.
    """
    about = _about("chance", "a random score for every query and clip", version=f"seed {seed}", details={"seed": seed})
    return System(about, _Guesser(seed))


def matcher(benchmark: Benchmark) -> System:
    """Return the system that knows which sounds are in a clip, and nothing of when.

    A score is the share of the query's wanted sounds that occur; sounds that the query excludes are ignored.
    """
    what = "the share of the wanted sounds that occur, from the ground truth"
    return System(_about("matcher", what), _TruthReader(benchmark, _wanted_share))


def oracle(benchmark: Benchmark) -> System:
    """Return the system that is always right: 1 where the constraint holds, else 0."""
    what = "1 where the constraint holds on the ground truth, else 0"
    return System(_about("oracle", what), _TruthReader(benchmark, _holds))


def reversed_order(benchmark: Benchmark) -> System:
    """Return the system that is always wrong about order, and right about everything else.

    A score is 1 where ``mistaken_about_order`` holds, else 0.
    """
    what = "the oracle, asked for any order of the sounds but the right one"
    return System(_about("reversed", what), _TruthReader(benchmark, _holds_mistaken))


def mistaken_about_order(constraint: Constraint) -> Constraint:
    """Return what a constraint means to somebody who takes its order for what must not be.

    The clauses without order hold, the sounds that are not excluded are heard, and the clauses with order do not all
    hold. So a clip that is relevant never satisfies it, and a clip that breaks the order alone always does. To turn
    the order round would not be enough: "A, C, B" breaks ``before(A, B, C)`` and so does a gap too long for
    ``within=``, yet neither has the sounds in reverse, and the two clips of such a pair would tie.

    Examples
    --------
    >>> from earwitness.logic.constraint import Absent, Before
    >>> str(mistaken_about_order(All((Before(("dog", "horn")), Absent("siren")))))
    'all(absent(siren), not(before(dog, horn)), present(dog), present(horn))'
    >>> str(mistaken_about_order(Absent("siren")))
    'absent(siren)'
    """
    clauses = clauses_of(constraint)
    order = [clause for clause in clauses if "Order" in kinds_of(clause)]
    if not order:
        return constraint
    others = [clause for clause in clauses if "Order" not in kinds_of(clause)]
    excluded = excluded_by(All(tuple(others))) if others else frozenset()
    heard = [Present(label) for label in labels_of(constraint) if label not in excluded]
    denied = Not(order[0] if len(order) == 1 else All(tuple(order)))
    return All((*others, denied, *heard))


def _about(name: str, what: str, *, version: str = "", details: dict[str, object] | None = None) -> About:
    # The run is bound to the benchmark, so what is left to tell apart is the code.
    version = ", ".join(filter(None, (f"earwitness {__version__}", version)))
    return About(name, name, "reference", True, version, details={"score": what, **(details or {})})


class _Guesser:
    """A random score for every text and clip."""

    def __init__(self, seed: int) -> None:
        self._seed = int(seed)

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        asked = _words(f"{self._seed} text {text}" for text in texts)
        heard = _words(f"{self._seed} clip {digest}" for digest in clips.sha256)
        # A float32 holds 24 bits below 1.
        mixed = _mixed(_mixed(asked)[:, None] ^ heard) >> np.uint64(40)
        return mixed.astype(np.float32) * np.float32(2.0**-24)


def _words(texts: Iterable[str]) -> npt.NDArray[np.uint64]:
    """Return 64 bits for each text."""
    # JSON can hold half of a surrogate pair, which is no character.
    digests = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8] for text in texts]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _mixed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return the words after the finaliser of splitmix64: one changed bit changes each other bit half of the time."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


class _TruthReader:
    """Judges the benchmark's constraints on the ground truth of the clips that it is asked about."""

    def __init__(self, benchmark: Benchmark, judge: _Judge) -> None:
        self._texts = [query.text for query in benchmark.queries]
        self._constraints = [query.constraint for query in benchmark.queries]
        self._scene_of = benchmark.scene_of
        self._judge = judge

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        if list(texts) != self._texts:
            raise SystemFault(
                f"A reference must be asked all {len(self._texts):,} queries of its benchmark in their order; "
                f"got {len(texts):,} texts that are not those."
            )
        unknown = [name for name in clips.names if name not in self._scene_of]
        if unknown:
            raise SystemFault(f"A reference knows the clips of its benchmark alone; got '{unknown[0]}'.")
        table = EventTable.from_timelines(self._scene_of[name].timeline for name in clips.names)
        return self._judge(self._constraints, table)


def _holds(constraints: Sequence[Constraint], table: EventTable) -> npt.NDArray[np.float32]:
    return relevance(constraints, table).astype(np.float32)


def _holds_mistaken(constraints: Sequence[Constraint], table: EventTable) -> npt.NDArray[np.float32]:
    return _holds([mistaken_about_order(constraint) for constraint in constraints], table)


def _wanted_share(constraints: Sequence[Constraint], table: EventTable) -> npt.NDArray[np.float32]:
    shares = np.zeros((len(constraints), table.n_clips), dtype=np.float32)
    for row, constraint in zip(shares, constraints, strict=True):
        excluded = excluded_by(constraint)
        wanted = [label for label in labels_of(constraint) if label not in excluded]
        for label in wanted:
            row[np.unique(table.of(label).clip)] += 1
        # A query that wants no sound matches every clip alike.
        row /= max(1, len(wanted))
    return shares
