"""The parts of a library that most probably hold what was asked, by what was heard in them frame by frame.

Events are a listener's best guess, one of many; posteriors hold all of it. So recordings are chosen by the presence of
the sounds, and those that may do are judged by the soft logic that benchmarks are judged by. A recording of up to a
minute is judged as a whole. Of a longer one, passages are: what lies around each event of the rarest sound that is
asked for, as far as the question reaches. What must not be heard must not be heard anywhere in the recording.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.library.frames import Frames
from earwitness.library.quoting import quoted_text
from earwitness.library.sqlplan import Literal, is_sparse, literals_in, pushed_inwards, together
from earwitness.library.store import Index
from earwitness.listen.evidence import ClipEvidence, PresenceModel
from earwitness.listen.relations import RelationModel
from earwitness.logic.constraint import Absent, Before, Constraint, Not, Present, labels_of
from earwitness.logic.soft import Evidence, Relation, order_blind, soft

if TYPE_CHECKING:
    import duckdb

__all__ = ["LONG_S", "NEAR_S", "Passages", "Ranking", "claims_of", "ranked"]

LONG_S = 60.0
"""Where a recording is longer than this, sounds in an order must be near each other unless the question says how near:
in an hour, nearly every sound is before every other."""
NEAR_S = 60.0
"""How near."""
_AROUND_S = 5.0  # what is heard of a passage before and after its sounds, to judge them by
_ANCHORS = 64  # passages of one recording, at most
_JUDGED, _JUDGED_EACH = 300, 10  # recordings that are judged: so many, or so many for each that is wanted

_VALUES = 2**24  # posteriors that are looked at at once: 64 MiB, whatever is asked of however many recordings

_Values = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


class Passages(NamedTuple):
    """Parts of recordings, each from one microsecond to another."""

    recording: _Ints
    """The number of each one's recording, shape (n,)."""
    begin_us: _Ints
    """Where it begins, shape (n,)."""
    end_us: _Ints
    """Where it ends, shape (n,)."""

    def taken(self, places: npt.NDArray[np.intp]) -> Passages:
        """Return some of them."""
        return Passages(*(column[places] for column in self))


@dataclass(frozen=True)
class Ranking:
    """Passages, the most probable first."""

    passages: Passages
    """The passages."""
    score: _Values
    """How probable it is that each holds what was asked, as a logarithm."""
    claims: _Values
    """How probable each of ``claims_of`` is in each, shape (n, n_claims)."""


def claims_of(constraint: Constraint) -> tuple[Constraint, ...]:
    """Return what a constraint says piece by piece, with every "not" carried inwards: what is heard and what is not.

    Examples
    --------
    >>> from earwitness.logic.parsing import parse
    >>> [str(claim) for claim in claims_of(parse("all(before(dog, horn), not(any(present(siren), longer(a, b))))"))]
    ['before(dog, horn)', 'absent(siren)', 'not(longer(a, b))']
    """
    claims: list[Constraint] = []
    for literal in literals_in(pushed_inwards(constraint, holds=True)):
        clause = literal.clause
        denied = Absent(clause.label) if isinstance(clause, Present) else Not(clause)
        claims.append(clause if literal.holds else denied)
    return tuple(claims)


def ranked(
    constraint: Constraint,
    *,
    database: duckdb.DuckDBPyConnection,
    index: Index,
    rules: tuple[PresenceModel, RelationModel],
    limit: int | None,
) -> Ranking:
    """Judge the recordings that may hold what was asked.

    Parameters
    ----------
    constraint
        What was asked.
    database
        Holds the tables ``recordings, events, presence, frames``.
    index
        Whose tables they are.
    rules
        How its listener judges presence and relations.
    limit
        How many are wanted: more are judged, the more of them. None: all recordings are judged.
    """
    n = None if limit is None else max(_JUDGED, _JUDGED_EACH * limit)
    presences = {label: _presence(database, label) for label in labels_of(constraint)}
    _register(database, _candidates(constraint, database, presences, n=n))
    passages, long = _passages(constraint, database)
    wanted = claims_of(constraint)
    score = np.empty(len(passages.recording))
    claims = np.empty((len(score), len(wanted)))
    if not len(score):
        return Ranking(passages, score, claims)
    rows = database.execute("SELECT recording, start, n_frames, framed FROM frames JOIN candidates USING (recording)")
    frames = Frames(index.table("frames").parent, rows.fetchall())
    anywhere = {
        label: np.where(long, _looked_up(presences[label], passages.recording), np.nan)
        for label in _never_wanted(constraint)
    }
    n_frames = np.ceil((passages.end_us - passages.begin_us) / 1e6 / index.hop_s - 1e-6).astype(np.int64)
    n_frames = np.maximum(n_frames, 1)
    for some in _together(n_frames, most=_VALUES // (len(labels_of(constraint)) + 1)):
        heard = _evidence(constraint, frames, passages.taken(some), n_frames[some], index=index, rules=rules)
        evidence = _Anywhere(heard, {label: values[some] for label, values in anywhere.items()})
        score[some] = soft(constraint, evidence)
        for column, claim in enumerate(wanted):
            claims[some, column] = np.exp(soft(claim, evidence))
    order = np.lexsort((passages.begin_us, passages.recording, -score))
    return Ranking(passages.taken(order), score[order], claims[order])


def _together(n_frames: _Ints, *, most: int) -> Iterator[npt.NDArray[np.intp]]:
    """Yield passages of about the same length, which are filled up by silence, that changes nothing; not too many."""
    size = np.ceil(np.log2(n_frames)).astype(np.int64)
    for each in np.unique(size):
        alike = np.flatnonzero(size == each)
        step = max(1, most >> int(each))
        yield from (alike[first : first + step] for first in range(0, len(alike), step))


# --- recordings ---


@dataclass(frozen=True)
class _Presences:
    """What is known of recordings before anything is looked at frame by frame."""

    of: Mapping[str, _Values]
    n_clips: int

    def presence(self, label: str) -> _Values:
        return self.of[label]

    def relation(self, node: Relation) -> _Values:
        return np.full(self.n_clips, 0.5)


def _candidates(
    constraint: Constraint,
    database: duckdb.DuckDBPyConnection,
    presences: Mapping[str, tuple[_Ints, _Values]],
    *,
    n: int | None,
) -> _Ints:
    """Return the recordings whose sounds may be what was asked, at most so many, by their number."""
    if is_sparse(pushed_inwards(constraint, holds=True)):
        pool = np.unique(np.concatenate([recordings for recordings, _ in presences.values()]))
    else:
        rows = database.execute("SELECT recording FROM recordings ORDER BY recording").fetchnumpy()
        pool = rows["recording"].astype(np.int64)
    if n is None or len(pool) <= n:
        return pool
    in_pool = {label: _looked_up(presence, pool) for label, presence in presences.items()}
    score = order_blind(constraint, _Presences(in_pool, len(pool)))
    return np.sort(pool[np.argpartition(-score, n)[:n]])


def _presence(database: duckdb.DuckDBPyConnection, label: str) -> tuple[_Ints, _Values]:
    """Return the recordings in which a label may be heard, and how probable that is."""
    query = f"SELECT recording, probability FROM presence WHERE label = {quoted_text(label)} ORDER BY recording"
    rows = database.execute(query).fetchnumpy()
    return rows["recording"].astype(np.int64), rows["probability"].astype(np.float64)


def _looked_up(presence: tuple[_Ints, _Values], recordings: _Ints) -> _Values:
    """Return how probable it is that a label is heard anywhere in each of some recordings."""
    known, probability = presence
    if not len(known):
        return np.zeros(len(recordings))
    at = np.minimum(np.searchsorted(known, recordings), len(known) - 1)
    return np.where(known[at] == recordings, probability[at], 0.0)


def _register(database: duckdb.DuckDBPyConnection, recordings: _Ints) -> None:
    """Give the database the recordings that are to be judged: a list among the parameters would take it far longer."""
    import pyarrow as pa

    database.register("candidates", pa.table({"recording": pa.array(recordings)}))


# --- passages ---


def _passages(constraint: Constraint, database: duckdb.DuckDBPyConnection) -> tuple[Passages, npt.NDArray[np.bool_]]:
    """Return the passages of the candidates, and whether each is of a long one."""
    query = "SELECT recording, duration_us FROM recordings JOIN candidates USING (recording) ORDER BY recording"
    rows = database.execute(query).fetchnumpy()
    number, duration_us = rows["recording"].astype(np.int64), rows["duration_us"].astype(np.int64)
    is_long = duration_us > 1e6 * LONG_S
    parts = [Passages(number[~is_long], np.zeros_like(number[~is_long]), duration_us[~is_long])]
    n_whole = len(parts[0].recording)
    if is_long.any():
        whole = Passages(number[is_long], np.zeros_like(number[is_long]), duration_us[is_long])
        # What may hold where nothing is heard has no place of its own in a recording.
        sparse = is_sparse(pushed_inwards(constraint, holds=True))
        parts.append(_around(constraint, database, whole) if sparse else whole)
    joined = Passages(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return joined, np.arange(len(joined.recording)) >= n_whole


def _around(constraint: Constraint, database: duckdb.DuckDBPyConnection, whole: Passages) -> Passages:
    """Return what lies around events of long recordings: of the rarest sound that must be heard, or of all that may."""
    import pyarrow as pa

    database.register("long_candidates", pa.table({"recording": pa.array(whole.recording)}))
    needed = _needed(constraint)
    listed = ", ".join(map(quoted_text, needed or _wanted(constraint)))
    rarest = "SELECT recording, arg_min(label, (n, label)) AS label FROM counted GROUP BY recording"
    query = (
        "WITH chosen AS (SELECT recording, label, onset_us, offset_us, confidence "
        f"FROM events JOIN long_candidates USING (recording) WHERE label IN ({listed})), "
        "counted AS (SELECT recording, label, count(*) AS n FROM chosen GROUP BY recording, label), "
        f"anchors AS ({rarest if needed else 'SELECT recording, label FROM counted'}) "
        "SELECT recording, onset_us, offset_us FROM chosen JOIN anchors USING (recording, label) "
        f"QUALIFY row_number() OVER (PARTITION BY recording ORDER BY confidence DESC, onset_us) <= {_ANCHORS} "
        "ORDER BY recording, onset_us"
    )
    rows = database.execute(query).fetchnumpy()
    number, reach_us = rows["recording"].astype(np.int64), _reach_us(constraint)
    end_us = whole.end_us[np.searchsorted(whole.recording, number)]
    return Passages(
        number,
        np.maximum(rows["onset_us"].astype(np.int64) - reach_us, 0),
        np.minimum(rows["offset_us"].astype(np.int64) + reach_us, end_us),
    )


def _needed(constraint: Constraint) -> list[str]:
    """Return the labels without which it never holds; empty where one sound or another will do."""
    parts = together(pushed_inwards(constraint, holds=True))
    literals = [part for part in parts if isinstance(part, Literal) and part.holds]
    return sorted({label for literal in literals for label in literal.clause.labels})


def _wanted(constraint: Constraint) -> list[str]:
    """Return the labels that something is wanted of."""
    literals = literals_in(pushed_inwards(constraint, holds=True))
    return sorted({label for literal in literals if literal.holds for label in literal.clause.labels})


def _never_wanted(constraint: Constraint) -> list[str]:
    """Return the labels that must not be heard, and are not asked for otherwise."""
    return sorted(set(labels_of(constraint)) - set(_wanted(constraint)))


def _reach_us(constraint: Constraint) -> int:
    """Return how far from one of its sounds the others may be."""
    clauses = [literal.clause for literal in literals_in(pushed_inwards(constraint, holds=True)) if literal.holds]
    reach_s = [
        (NEAR_S if clause.within is None else clause.within) * (len(clause.labels) - 1)
        for clause in clauses
        if isinstance(clause, Before)
    ]
    return round(1e6 * (_AROUND_S + max(reach_s, default=0.0)))


# --- evidence ---


@dataclass(frozen=True)
class _Anywhere:
    """Evidence of passages; what must not be heard must not be heard anywhere in their recordings."""

    inner: Evidence
    anywhere: Mapping[str, _Values]
    """How probable it is that a label is heard anywhere; NaN where the passage is all there is."""

    @property
    def n_clips(self) -> int:
        return self.inner.n_clips

    def presence(self, label: str) -> _Values:
        here = self.inner.presence(label)
        return np.fmax(here, self.anywhere[label]) if label in self.anywhere else here

    def relation(self, node: Relation) -> _Values:
        return self.inner.relation(node)


def _evidence(
    constraint: Constraint,
    frames: Frames,
    passages: Passages,
    n_frames: _Ints,
    *,
    index: Index,
    rules: tuple[PresenceModel, RelationModel],
) -> ClipEvidence:
    """Return what was heard in passages, of the labels that are asked for, beside the greatest of all others."""
    presence, relations = rules
    labels = sorted(labels_of(constraint))
    places = [index.labels.index(label) for label in labels]
    columns = {place: column for column, place in enumerate(places)}
    probs = np.zeros((len(n_frames), int(n_frames.max()), len(labels) + 1), np.float32)
    first = np.floor(passages.begin_us / 1e6 / index.hop_s + 1e-6).astype(np.int64)
    for row, (recording, begin) in enumerate(zip(passages.recording.tolist(), first.tolist(), strict=True)):
        frames.of(recording, columns, begin=begin, out=probs[row, : n_frames[row]])
    # What is apart from everything else is judged by the greatest of it alone, whichever label that is.
    rest = f"{', '.join(labels)}, and others"  # longer than any of them, and so none of them
    known = PresenceModel(
        (*labels, rest),
        np.vstack((presence.weights[places], np.zeros_like(presence.weights[:1]))),
        np.append(presence.bias[places], 0.0),
    )
    return ClipEvidence(
        probs, known.labels, hop_s=index.hop_s, presence_model=known, relation_model=relations, power=1.0
    )
