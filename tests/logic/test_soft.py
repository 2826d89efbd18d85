"""The soft evaluator is the probability of the claim: it equals the sum over all worlds, and the judge when certain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations, permutations, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from earwitness.errors import ConstraintError, LogicError
from earwitness.logic.constraint import (
    Absent,
    All,
    Any,
    Before,
    Constraint,
    Count,
    Not,
    Overlap,
    Present,
    labels_of,
    nodes_of,
)
from earwitness.logic.events import Event, Timeline
from earwitness.logic.judge import judge
from earwitness.logic.parsing import parse
from earwitness.logic.plan import EventTable
from earwitness.logic.soft import CertainEvidence, Evidence, Relation, min_max, order_blind, soft
from logic.strategies import LABELS, atoms, conjunctions, constraints, timelines, trees

Values = npt.NDArray[np.float64]
Fact = str | Relation

NEVER = -700.0
"""Below this, a logarithm stands for a probability of 0."""

A, B, C, R1, R2, R3 = 0.9, 0.7, 0.2, 0.6, 0.35, 0.85
"""Presence of the sounds a, b and c, and the relations of a claim in the order in which it names them."""

SCORERS = (soft, order_blind, min_max)


@dataclass
class Told:
    """Evidence that was told its probabilities, and remembers what it was asked."""

    facts: dict[Fact, Values]
    n_clips: int
    asked: Counter[Fact] = field(default_factory=Counter)

    def presence(self, label: str) -> Values:
        return self._answer(label)

    def relation(self, node: Relation) -> Values:
        return self._answer(node)

    def _answer(self, fact: Fact) -> Values:
        self.asked[fact] += 1
        return self.facts[fact]


def facts_of(*claims: Constraint) -> list[Fact]:
    """Return every label and every relation that the claims name."""
    nodes = [node for claim in claims for node in nodes_of(claim) if isinstance(node, Relation)]
    return list(dict.fromkeys([*(label for claim in claims for label in labels_of(claim)), *nodes]))


def told(*claims: Constraint, seed: int, n_clips: int = 4) -> Told:
    """Return evidence on claims: anything from 0 to 1, the ends and very small numbers included; not to be changed."""
    rng = np.random.default_rng(seed)
    facts = {}
    for fact in facts_of(*claims):
        values = rng.random(n_clips) ** rng.choice([0.1, 1.0, 20.0])
        values[rng.random(n_clips) < 0.1] = rng.choice([0.0, 1.0])
        values.setflags(write=False)
        facts[fact] = values
    return Told(facts, n_clips)


def one_clip(claim: str, **probabilities: float) -> Told:
    """Return evidence on one clip: labels by name, relations in the order in which the claim names them, as r1, r2."""
    nodes = [fact for fact in facts_of(parse(claim)) if not isinstance(fact, str)]
    named = {f"r{number}": node for number, node in enumerate(nodes, start=1)}
    return Told({named.get(name, name): np.array([value]) for name, value in probabilities.items()}, 1)


def in_worlds(claim: Constraint, world: dict[Fact, npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    """Say in which worlds a claim holds; a world says of every fact whether it is true."""
    if isinstance(claim, Not):
        return ~in_worlds(claim.inner, world)
    if isinstance(claim, All):
        return np.all([in_worlds(part, world) for part in claim.inner], axis=0)
    if isinstance(claim, Any):
        return np.any([in_worlds(part, world) for part in claim.inner], axis=0)
    heard = np.all([world[label] for label in claim.labels], axis=0)
    if isinstance(claim, Present):
        return heard
    if isinstance(claim, Absent) or (isinstance(claim, Count) and 0 in (claim.at_most, claim.exactly)):
        return ~heard
    if isinstance(claim, Count) and claim.at_least == 1:
        return heard
    if isinstance(claim, Count) and claim.at_most is not None:
        return np.where(heard, world[claim], True)
    return heard & world[claim]


def by_worlds(claim: Constraint, evidence: Told) -> Values:
    """Return the probability of a claim: the sum of those of all worlds in which it holds. Slow and obvious."""
    facts = facts_of(claim)
    worlds = np.array(list(product([False, True], repeat=len(facts))))
    weight = np.ones((len(worlds), evidence.n_clips))
    for column, fact in zip(worlds.T, facts, strict=True):
        weight *= np.where(column[:, None], evidence.facts[fact], 1.0 - evidence.facts[fact])
    return weight[in_worlds(claim, dict(zip(facts, worlds.T, strict=True)))].sum(axis=0)


def same(one: Values, other: Values) -> bool:
    """Whether two logarithms stand for the same probability, however small; below 1e-13 rounding may decide."""
    return bool(np.allclose(np.exp(one), np.exp(other), rtol=1e-9, atol=1e-13))


seeds = st.integers(0, 2**32 - 1)


def only_wants(node: Constraint) -> bool:
    """Whether all that is heard helps a constraint: nothing is excluded, and there cannot be too many."""
    return not isinstance(node, (Absent, Count)) or (isinstance(node, Count) and bool(node.at_least or node.exactly))


wanting = trees(atoms().filter(only_wants), denying=False)


# --- the meaning ---


@settings(max_examples=400)
@given(trees(most=6), seeds)
def test_it_is_the_sum_over_all_worlds(claim: Constraint, seed: int) -> None:
    evidence = told(claim, seed=seed)
    score = soft(claim, evidence)
    assert score.shape == (4,)
    assert score.dtype == np.float64
    assert np.isfinite(score).all()
    assert (score <= 0.0).all()
    # To nine digits however small it is: nothing gets lost between large numbers.
    np.testing.assert_allclose(np.exp(score), by_worlds(claim, evidence), rtol=1e-9, atol=1e-290)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("present(a)", A),
        ("absent(a)", 1 - A),
        ("before(a, b)", A * B * R1),
        ("before(a, b, a)", A * B * R1),
        ("before(a, b, c, within=2)", A * B * C * R1),
        ("overlap(a, b, at_least=1)", A * B * R1),
        ("during(a, b)", A * B * R1),
        ("longer(a, b)", A * B * R1),
        ("lasts(a, at_least=2)", A * R1),
        ("lasts(a, at_most=2)", A * R1),
        ("count(a, at_least=1)", A),
        ("count(a, at_least=2)", A * R1),
        ("count(a, exactly=2)", A * R1),
        ("count(a, exactly=0)", 1 - A),
        ("count(a, at_most=0)", 1 - A),
        ("count(a, at_most=2)", 1 - A + A * R1),
        # Each wanted sound once, whichever clauses name it.
        ("all(present(a), present(a))", A),
        ("all(before(a, b), overlap(b, c), present(a), longer(c, a))", A * B * C * R1 * R2 * R3),
        ("all(before(a, b), absent(c), absent(c))", A * B * R1 * (1 - C)),
        ("all(present(a), all(before(a, b), all(lasts(b, at_least=1))))", A * B * R1 * R2),
        # A relation is denied of sounds that are wanted, or fails for want of a sound.
        ("all(not(before(a, b)), present(a), present(b))", A * B * (1 - R1)),
        ("all(present(a), not(overlap(a, b)))", A * (1 - B * R1)),
        ("not(before(a, b))", 1 - A * B * R1),
        # Alternatives, with what they share counted once.
        ("any(present(a), present(b))", 1 - (1 - A) * (1 - B)),
        ("any(before(a, b), before(b, a))", A * B * (1 - (1 - R1) * (1 - R2))),
        ("any(before(a, b), before(a, c))", A * (1 - (1 - B * R1) * (1 - C * R2))),
        ("all(present(c), not(any(present(a), present(b))))", C * (1 - A) * (1 - B)),
        ("any(present(a), all(present(a), present(b)))", A),
        # What holds whatever is heard, and what never does.
        ("any(present(a), absent(a))", 1),
        ("all(before(a, b), not(before(a, b)))", 0),
        ("all(before(a, b), absent(a))", 0),
    ],
)
def test_formulas(claim: str, expected: float) -> None:
    evidence = one_clip(claim, a=A, b=B, c=C, r1=R1, r2=R2, r3=R3)
    assert np.exp(soft(parse(claim), evidence)).item() == pytest.approx(expected, rel=1e-12, abs=1e-300)


@settings(max_examples=300)
@given(constraints, st.lists(timelines, min_size=1, max_size=6))
def test_certain_evidence_is_the_judge(claim: Constraint, clips: list[Timeline]) -> None:
    evidence: Evidence = CertainEvidence(EventTable.from_timelines(clips))
    holds = [judge(claim, clip).holds for clip in clips]
    for scorer in (soft, min_max):
        score = scorer(claim, evidence)
        # To the last bit: what holds scores exactly 0.
        assert (score == 0.0).tolist() == holds
        assert (score < NEVER).tolist() == [not each for each in holds]
        assert np.isfinite(score).all()


@given(constraints, st.lists(timelines, min_size=1, max_size=6), seeds)
def test_a_relation_of_sounds_that_are_not_heard_does_not_matter(
    claim: Constraint, clips: list[Timeline], seed: int
) -> None:
    certain = CertainEvidence(EventTable.from_timelines(clips))
    rng = np.random.default_rng(seed)
    facts: dict[Fact, Values] = {}
    for fact in facts_of(claim):
        if isinstance(fact, str):
            facts[fact] = certain.presence(fact)
        else:
            heard = np.all([certain.presence(label) for label in fact.labels], axis=0)
            facts[fact] = np.where(heard, certain.relation(fact), rng.random(len(clips)))
    score = soft(claim, Told(facts, len(clips)))
    assert (score == 0.0).tolist() == [judge(claim, clip).holds for clip in clips]


# --- laws ---


@given(constraints, seeds)
def test_not_is_the_complement(claim: Constraint, seed: int) -> None:
    evidence = told(claim, seed=seed)
    for scorer in SCORERS:
        total = np.exp(scorer(claim, evidence)) + np.exp(scorer(Not(claim), evidence))
        np.testing.assert_allclose(total, 1.0, atol=1e-12)
        assert same(scorer(Not(Not(claim)), evidence), scorer(claim, evidence))


@given(st.lists(constraints, min_size=1, max_size=4), seeds, st.randoms(use_true_random=False))
def test_the_order_of_clauses_does_not_matter(clauses: list[Constraint], seed: int, random: object) -> None:
    evidence = told(*clauses, seed=seed)
    shuffled = list(clauses)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for join in (All, Any):
        for scorer in SCORERS:
            assert same(scorer(join(tuple(clauses)), evidence), scorer(join(tuple(shuffled)), evidence))


@given(trees(most=4), trees(most=4), seeds)
def test_claims_that_mean_the_same_score_the_same(one: Constraint, other: Constraint, seed: int) -> None:
    evidence = told(one, other, seed=seed)
    for scorer in SCORERS:
        assert same(scorer(Not(Any((one, other))), evidence), scorer(All((Not(one), Not(other))), evidence))
        assert same(scorer(Not(All((one, other))), evidence), scorer(Any((Not(one), Not(other))), evidence))
        assert same(scorer(All((one, one)), evidence), scorer(one, evidence))
        assert same(scorer(Any((one, one)), evidence), scorer(one, evidence))
        assert same(scorer(All((one, All((other, one)))), evidence), scorer(All((other, one)), evidence))
        assert same(scorer(Any((one, All((one, other)))), evidence), scorer(one, evidence))


@given(conjunctions, st.sampled_from(LABELS), seeds)
def test_a_sound_that_no_clause_names_is_one_more_factor(claim: Constraint, label: str, seed: int) -> None:
    assume(label not in labels_of(claim))
    evidence = told(claim, Present(label), seed=seed)
    with_it, without_it = (soft(All((claim, clause)), evidence) for clause in (Present(label), Absent(label)))
    presence = evidence.facts[label]
    assert same(with_it, soft(claim, evidence) + np.log(np.clip(presence, 1e-308, 1)))
    assert same(without_it, soft(claim, evidence) + np.log(np.clip(1.0 - presence, 1e-308, 1)))


@settings(max_examples=200)
@given(wanting, seeds, st.data())
def test_more_evidence_never_lowers_what_is_only_wanted(claim: Constraint, seed: int, data: st.DataObject) -> None:
    evidence = told(claim, seed=seed)
    fact = data.draw(st.sampled_from(facts_of(claim)))
    more = np.random.default_rng(seed).random(4)
    raised = Told({**evidence.facts, fact: np.maximum(evidence.facts[fact], more)}, 4)
    for scorer in SCORERS:
        assert (scorer(claim, raised) >= scorer(claim, evidence) - 1e-9).all()
        assert (np.exp(scorer(Not(claim), raised)) <= np.exp(scorer(Not(claim), evidence)) + 1e-12).all()


@given(conjunctions, st.sampled_from(LABELS), seeds)
def test_more_of_an_excluded_sound_never_helps(claim: Constraint, label: str, seed: int) -> None:
    assume(label not in labels_of(claim))
    claim = All((claim, Absent(label)))
    evidence = told(claim, seed=seed)
    raised = Told({**evidence.facts, label: np.sqrt(evidence.facts[label])}, 4)
    for scorer in SCORERS:
        assert (scorer(claim, raised) <= scorer(claim, evidence) + 1e-12).all()


# --- small numbers ---


def test_many_improbable_sounds_neither_run_out_of_numbers_nor_tie() -> None:
    names = [f"s{number}" for number in range(30)]
    facts = {name: np.array([1e-200, 1e-100, 1e-99]) for name in names}
    score = soft(All(tuple(map(Present, names))), Told(facts, 3))
    np.testing.assert_allclose(score, np.log([1e-200, 1e-100, 1e-99]) * 30, rtol=1e-12)


@pytest.mark.parametrize("claim", ["any(present(a), present(b))", "any(before(a, b), before(a, c), overlap(b, c))"])
def test_improbable_alternatives_keep_their_order(claim: str) -> None:
    evidence = told(parse(claim), seed=1, n_clips=2)
    evidence.facts.update({label: np.array([2e-40, 1e-40]) for label in "abc"})
    score = soft(parse(claim), evidence)
    assert score[0] > score[1] > NEVER


def test_a_clip_that_lacks_one_sound_stands_before_one_that_lacks_both() -> None:
    facts = {"a": np.array([1.0, 1.0, 0.0]), "b": np.array([1.0, 0.0, 0.0])}
    score = soft(parse("all(present(a), present(b))"), Told(facts, 3))
    assert score[0] == 0.0
    assert NEVER > score[1] > score[2]
    assert np.exp(score[1]) < 1e-307


def test_what_is_impossible_scores_the_same_in_every_order() -> None:
    clauses = [parse(text) for text in ("not(before(a, b))", "present(a)", "any(present(b), present(c))", "absent(c)")]
    facts: dict[Fact, Values] = {
        **{label: np.array([0.0, 1.0, 0.0, 1.0, 0.0]) for label in "ac"},
        "b": np.array([0.0, 0.0, 1.0, 1.0, 0.5]),
        Before(("a", "b")): np.array([0.0, 0.5, 0.5, 1.0, 0.5]),
    }
    scores = np.array([soft(All(order), Told(facts, 5)) for order in permutations(clauses)])
    np.testing.assert_allclose(scores, scores[:1].repeat(len(scores), axis=0), rtol=1e-12)


def test_claims_with_many_shared_sounds_are_still_exact() -> None:
    pairs = Any(tuple(All((Present(a), Present(b))) for a, b in combinations("abcdefghijkl", 2)))
    evidence = told(pairs, seed=5)
    assert same(soft(pairs, evidence), np.log(by_worlds(pairs, evidence)))


# --- what is asked of the evidence ---


@given(constraints, seeds)
def test_each_fact_is_asked_for_once(claim: Constraint, seed: int) -> None:
    for scorer in SCORERS:
        evidence = told(claim, seed=seed)
        scorer(claim, evidence)
        assert max(evidence.asked.values(), default=0) <= 1


@pytest.mark.parametrize("claim", ["present(a)", "count(a, at_least=1)", "not(count(a, at_most=0))"])
def test_relations_are_not_asked_for_when_presence_says_it_all(claim: str) -> None:
    for scorer in SCORERS:
        assert np.exp(scorer(parse(claim), one_clip(claim, a=0.3))).item() == pytest.approx(0.3)


@pytest.mark.parametrize("scorer", SCORERS)
def test_no_clips(scorer: object) -> None:
    claim = parse("any(before(a, b), not(absent(c)), count(a, at_most=3))")
    assert scorer(claim, told(claim, seed=0, n_clips=0)).shape == (0,)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("presence", "message"),
    [
        ([0.5, np.nan], r"The presence of 'a' must be from 0 to 1 in every clip; got nan in clip 1\."),
        ([-0.1, 0.5], r"The presence of 'a' must be from 0 to 1 in every clip; got -0\.1 in clip 0\."),
        ([0.5, 1.5], r"got 1\.5 in clip 1\."),
        ([0.5, np.inf], r"got inf in clip 1\."),
        ([0.5], r"The presence of 'a' must have one value for each of 2 clips; got shape \(1,\)\."),
        ([[0.5, 0.5]], r"got shape \(1, 2\)\."),
    ],
)
def test_what_is_no_probability_is_refused(presence: list[float], message: str) -> None:
    for scorer in SCORERS:
        with pytest.raises(LogicError, match=message):
            scorer(Present("a"), Told({"a": np.array(presence)}, 2))


def test_a_relation_that_is_no_probability_is_refused_by_its_text() -> None:
    claim = "before(a, b, within=2)"
    with pytest.raises(LogicError, match=r"The probability of before\(a, b, within=2\) must be from 0 to 1"):
        soft(parse(claim), one_clip(claim, a=1.0, b=1.0, r1=2.0))


def test_an_unknown_constraint_is_refused() -> None:
    for scorer in SCORERS:
        with pytest.raises(ConstraintError, match="Constraint is not a constraint that can be scored"):
            scorer(All((Present("a"), Constraint())), told(Present("a"), seed=0))


# --- baselines ---


@given(trees(most=6), seeds)
def test_order_blind_holds_every_relation_as_likely_as_not(claim: Constraint, seed: int) -> None:
    evidence = told(claim, seed=seed)
    coins = {fact: values if isinstance(fact, str) else np.full(4, 0.5) for fact, values in evidence.facts.items()}
    np.testing.assert_array_equal(order_blind(claim, evidence), soft(claim, Told(coins, 4)))
    assert not [fact for fact in evidence.asked if not isinstance(fact, str)]


def test_order_blind_ranks_by_presence_alone() -> None:
    there, back = Before(("a", "b")), Before(("b", "a"))
    rng = np.random.default_rng(3)
    evidence = Told({"a": rng.uniform(0.01, 0.99, 50), "b": rng.uniform(0.01, 0.99, 50)}, 50)
    ranks = np.argsort(evidence.facts["a"] * evidence.facts["b"], kind="stable")
    for claim in (there, back, Overlap("a", "b"), All((Not(there), Present("a"), Present("b")))):
        assert np.argsort(order_blind(claim, evidence), kind="stable").tolist() == ranks.tolist()
    np.testing.assert_array_equal(order_blind(there, evidence), order_blind(back, evidence))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("all(before(a, b), absent(c))", 0.6),
        ("all(present(a), present(b), present(b))", 0.7),
        ("any(present(b), present(c))", 0.7),
        ("not(any(present(b), present(c)))", 0.3),
        ("count(a, at_most=2)", 0.6),
        ("count(c, at_most=2)", 0.8),
        ("all(present(a), not(overlap(a, b)))", 0.4),
    ],
)
def test_min_max_lets_the_weakest_fact_decide(claim: str, expected: float) -> None:
    evidence = one_clip(claim, a=0.9, b=0.7, c=0.2, r1=0.6)
    assert np.exp(min_max(parse(claim), evidence)).item() == pytest.approx(expected)


def test_soft_prefers_what_is_right_throughout_where_min_max_sees_a_tie() -> None:
    claim = parse("before(a, b)")
    facts: dict[Fact, Values] = {"a": np.array([0.9, 0.6]), "b": np.array([0.6, 0.6]), claim: np.array([0.9, 0.6])}
    weakest = min_max(claim, Told(facts, 2))
    assert weakest[0] == weakest[1]
    score = soft(claim, Told(facts, 2))
    assert score[0] > score[1]


def test_certain_evidence_knows_what_is_there() -> None:
    evidence = CertainEvidence(EventTable.from_timelines([Timeline([Event(0, 1, "a"), Event(2, 3, "b")]), Timeline()]))
    assert evidence.n_clips == 2
    assert evidence.presence("a").tolist() == [1.0, 0.0]
    assert evidence.presence("never").tolist() == [0.0, 0.0]
    assert evidence.relation(Before(("a", "b"))).tolist() == [1.0, 0.0]
    assert evidence.relation(Before(("b", "a"))).dtype == np.float64
