"""Plans: families that differ in nothing but the claim, complete judgements, and shortages said in numbers."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest

from earwitness.errors import RecipeError
from earwitness.logic.constraint import breakable, broken, clauses_of, labels_of, reversed_clause, task_of
from earwitness.logic.judge import judge
from earwitness.logic.margins import claim_faults, timeline_faults
from earwitness.reasonaudio.plan import Plan, plan_benchmark
from earwitness.reasonaudio.recipe import Recipe, load_recipe, recipe_of
from earwitness.scenes.pantry import Pantry
from earwitness.scenes.spec import Scene
from earwitness.sounds.atoms import Atom, prepare_all
from earwitness.sounds.bank import Bank
from reasonaudio.conftest import RATE, SEED

SMALL = {"clips": 60, "queries": 5, "pairs": 3}


@pytest.fixture(scope="session")
def atoms(bank: Bank) -> tuple[Atom, ...]:
    return prepare_all(bank, sample_rate=RATE, max_per_label=None, jobs=1).atoms


@pytest.fixture(scope="session")
def plan(recipe: Recipe, atoms: tuple[Atom, ...]) -> Plan:
    return plan_benchmark(recipe, Pantry(atoms), seed=SEED)


def changed(**values: Any) -> Recipe:
    """Return the paper's recipe with other fields; ``scene`` and ``margins`` are merged."""
    source = copy.deepcopy(dict(load_recipe("paper").source)) | SMALL
    for name, value in values.items():
        source[name] = {**source[name], **value} if name in ("scene", "margins") else value
    return recipe_of(source, name="mine", where="mine.toml")


def families(plan: Plan) -> list[tuple[Any, Scene, dict[int, Scene]]]:
    """Return (query, relevant clip, the clip that breaks each clause) of every family."""
    scene_of = {scene.clip_id: scene for scene in plan.scenes}
    found = []
    for query in plan.queries:
        clauses = breakable(query.question.constraint)
        for place, positive in enumerate(query.positives):
            members = query.negatives[place * len(clauses) : (place + 1) * len(clauses)]
            assert tuple(clause for clause, _ in members) == clauses
            found.append((query, scene_of[positive], {clause: scene_of[clip] for clause, clip in members}))
    return found


def check(plan: Plan, recipe: Recipe) -> None:
    """Assert everything that holds for every plan."""
    assert len(plan.scenes) == len({scene.clip_id for scene in plan.scenes}) == recipe.clips
    assert [scene.clip_id for scene in plan.scenes] == sorted(scene.clip_id for scene in plan.scenes)
    assert sum(scene.polyphony <= 1 for scene in plan.scenes) == round(recipe.sequences * recipe.clips)
    assert len(plan.queries) == len({str(query.question.constraint) for query in plan.queries}) == recipe.queries
    for scene in plan.scenes:
        assert scene.polyphony <= recipe.scene.polyphony
        assert timeline_faults(scene.timeline, recipe.margins) == []
        assert len(scene.timeline.events) == len(scene.events), "no event of a label touches another"
        for query in plan.queries:
            constraint = query.question.constraint
            if set(labels_of(constraint)) <= set(scene.timeline.by_label):
                assert claim_faults(constraint, scene.timeline, recipe.margins) == []
    for query, positive, negatives in families(plan):
        constraint = query.question.constraint
        assert judge(constraint, positive.timeline)
        for clause in breakable(constraint):
            assert not judge(reversed_clause(clauses_of(constraint)[clause]), positive.timeline)
        for clause, negative in negatives.items():
            assert judge(broken(constraint, clause), negative.timeline)
            assert not judge(constraint, negative.timeline)
            assert negative.ticks == positive.ticks
            assert negative.background == positive.background
            assert len(negative.events) == len(positive.events), f"{constraint}: counting events tells them apart"
            assert negative.overlaps == positive.overlaps, f"{constraint}: counting overlaps tells them apart"


def test_a_plan_is_sound(plan: Plan, recipe: Recipe) -> None:
    check(plan, recipe)


def test_every_query_has_its_clips(plan: Plan, recipe: Recipe) -> None:
    assert [query.question.task for query in plan.queries] == sorted(
        (query.question.task for query in plan.queries), key=list(recipe.forms).index
    )
    for query in plan.queries:
        constraint = query.question.constraint
        assert task_of(constraint) == query.question.task
        assert len(set(query.positives)) >= 2
        by_clause = Counter(clause for clause, _ in query.negatives)
        assert set(by_clause) == set(breakable(constraint))
        assert min(by_clause.values()) >= 3
    used = [clip for query in plan.queries for clip in (*query.positives, *(clip for _, clip in query.negatives))]
    assert len(used) == len(set(used)), "no clip is planned twice"


def test_the_judgements_are_complete_and_the_slow_evaluators(plan: Plan) -> None:
    assert plan.relevant.shape == (len(plan.queries), len(plan.scenes))
    for query, row in zip(plan.queries, plan.relevant, strict=True):
        judged = [judge(query.question.constraint, scene.timeline).holds for scene in plan.scenes]
        assert row.tolist() == judged


def test_members_of_a_family_share_their_sounds(plan: Plan) -> None:
    shared = total = 0
    for _, positive, negatives in families(plan):
        ours = Counter(event.atom_id for event in positive.events)
        for negative in negatives.values():
            shared += (ours & Counter(event.atom_id for event in negative.events)).total()
            total += len(negative.events)
    assert shared / total > 0.8, "another sound is heard only where the claim needs another length, or one more sound"


def test_pairs_are_of_one_family_and_turn_through_queries_and_clauses(plan: Plan, recipe: Recipe) -> None:
    assert Counter(pair.query.question.task for pair in plan.pairs) == dict.fromkeys(recipe.forms, recipe.pairs)
    assert len({(pair.positive, pair.negative) for pair in plan.pairs}) == len(plan.pairs)
    family_of = {
        (query.query_id, positive.clip_id): {clause: scene.clip_id for clause, scene in negatives.items()}
        for query, positive, negatives in families(plan)
    }
    for pair in plan.pairs:
        assert family_of[pair.query.query_id, pair.positive][pair.clause] == pair.negative
    for task in recipe.forms:
        turns = Counter(pair.query.query_id for pair in plan.pairs if pair.query.question.task == task)
        assert max(turns.values()) - min(turns.values()) <= 1
        assert len(turns) == min(recipe.pairs, recipe.queries_of(task))


def test_pair_members_hold_the_sounds_that_the_query_names(plan: Plan) -> None:
    scene_of = {scene.clip_id: scene for scene in plan.scenes}
    for pair in plan.pairs:
        constraint = pair.query.question.constraint
        held = scene_of[pair.negative].timeline.by_label
        excluded = {
            label for clause in clauses_of(constraint) if str(clause).startswith("absent") for label in clause.labels
        }
        broken_one = set(clauses_of(constraint)[pair.clause].labels)
        assert set(labels_of(constraint)) - excluded <= set(held)
        assert excluded & broken_one <= set(held)


def test_the_same_seed_is_the_same_plan(plan: Plan, recipe: Recipe, atoms: tuple[Atom, ...]) -> None:
    again = plan_benchmark(recipe, Pantry(reversed(atoms)), seed=SEED)
    assert (again.scenes, again.queries, again.pairs) == (plan.scenes, plan.queries, plan.pairs)
    other = plan_benchmark(recipe, Pantry(atoms), seed=SEED + 1)
    assert other.scenes != plan.scenes
    assert [query.question for query in other.queries] != [query.question for query in plan.queries]


def test_names_do_not_tell_what_a_clip_was_made_for(plan: Plan) -> None:
    positives = {clip for query in plan.queries for clip in query.positives}
    places = [place for place, scene in enumerate(plan.scenes) if scene.clip_id in positives]
    middle = sum(places) / len(places) / (len(plan.scenes) - 1)
    assert 0.35 < middle < 0.65


def test_progress_is_told(atoms: tuple[Atom, ...]) -> None:
    told: list[tuple[str, int, int]] = []
    plan_benchmark(changed(), Pantry(atoms), seed=1, progress=lambda *each: told.append(each))
    assert {stage for stage, _, _ in told} == {"questions", "families", "fillers"}
    assert all(0 <= done <= wanted for _, done, wanted in told)
    assert ("families", 5, 5) in told


# --- recipes of one's own ---


@pytest.mark.parametrize(
    "values",
    [
        {"forms": {"Mix": ["all(count(A, exactly=2), absent(B))"]}},
        {"forms": {"Mix": ["all(count(A, at_least=2), before(B, C))", "all(count(A, at_most=2), before(A, B))"]}},
        {"forms": {"Order": ["any(before(A, B), before(A, C))", "before(A, B, C)"]}},
        {"forms": {"Negation": ["all(present(A), not(present(B)))"]}},
        {"forms": {"Mix": ["not(before(A, B))", "not(all(before(A, B), absent(C)))"]}},
        {"forms": {"Mix": ["not(overlap(A, B))", "not(any(before(A, B), overlap(B, C)))"]}},
        {"forms": {"Overlap": ["during(A, B)"]}, "sequences": 0.2},
        {"forms": {"Duration": ["longer(A, B)", "all(present(B), lasts(A, at_most=1))"]}},
        {"forms": {"Overlap": ["all(overlap(A, B), overlap(B, C))"]}, "sequences": 0.0},
        {"forms": {"Overlap": ["all(overlap(A, B), overlap(B, C))"]}, "sequences": 0.1, "scene": {"polyphony": 3}},
        {"forms": {"Order": ["before(A, B)"]}, "sequences": 1.0, "scene": {"polyphony": 1}},
        {"scene": {"clip_s": {"uniform": [8.0, 14.0]}}},
        {"scene": {"clip_s": {"choice": [8.0, 12.0], "weights": [3, 1]}, "events": 3}},
        {"scene": {"audible": 1.0, "background": ["white"]}},
        {"margins": {"gap_s": 0.5, "overlap_s": 0.8, "ratio": 0.4}},
        {"families": 4, "queries": 3, "pairs": 0},
    ],
    ids=str,
)  # fmt: skip
def test_a_recipe_of_ones_own(values: dict[str, Any], atoms: tuple[Atom, ...]) -> None:
    recipe = changed(**values)
    plan = plan_benchmark(recipe, Pantry(atoms), seed=2)
    check(plan, recipe)
    asked = {task_of(query.question.constraint) for query in plan.queries}
    assert asked <= set(recipe.forms)
    if "clip_s" in values.get("scene", {}):
        assert len({scene.ticks for scene in plan.scenes}) > 1


def test_polyphony_three_is_used(atoms: tuple[Atom, ...]) -> None:
    forms = {"Overlap": ["all(overlap(A, B), overlap(B, C), overlap(A, C))"]}
    recipe = changed(forms=forms, sequences=0.0, scene={"polyphony": 3, "clip_s": 15, "events": 6}, queries=1, clips=20)
    plan = plan_benchmark(recipe, Pantry(atoms), seed=2)
    assert max(scene.polyphony for scene in plan.scenes) == 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"clips": 9}, r"but its 5 queries need \d+ or more, even when they share.*Short by \d+ clips"),
        ({"pairs": 10}, r"asks for 10 pairs a task, but the 1 Negation queries give 9; short by 1"),
        ({"forms": {"Order": ["before(A, B)"]}, "queries": 140, "clips": 900, "pairs": 0},
         r"Order: 140 asked for, 1[23]\d found, short by \d+.*has 12 labels"),
        ({"forms": {"Order": ["before(A, B, C, D, E, F, G, H, I, J, K, L, M)"]}}, "Order: 5 asked for, 0 found"),
        ({"forms": {"Duration": ["lasts(A, at_least=100)"]}}, "Duration: 5 asked for, 0 found, short by 5"),
        ({"forms": {"Order": ["before(A, A)"]}}, "Order: 5 asked for, 0 found, short by 5"),
        ({"scene": {"clip_s": 1.0}, "pairs": 0}, r"Overlap: 1 asked for, 0 found, short by 1"),
        ({"sequences": 1.0}, r"asks for 100% clips without overlaps, but its queries need \d+ clips with overlaps"),
        ({"forms": {"Overlap": ["all(overlap(A, B), overlap(B, C), overlap(A, C))"]}, "sequences": 0.0},
         "Overlap: 5 asked for, 0 found, short by 5"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_what_the_bank_cannot_give_is_said_in_numbers(
    values: dict[str, Any], words: str, atoms: tuple[Atom, ...]
) -> None:
    with pytest.raises(RecipeError, match=words):
        plan_benchmark(changed(**values), Pantry(atoms), seed=2)


def test_the_shortage_of_clips_adds_up(atoms: tuple[Atom, ...]) -> None:
    with pytest.raises(RecipeError) as caught:
        plan_benchmark(changed(clips=9, pairs=0), Pantry(atoms), seed=2)
    numbers = [int(word.strip(":,.")) for word in str(caught.value).split() if word.strip(":,.").isdigit()]
    asked, _, needed, *_, short = numbers
    assert needed - asked == short > 0


@pytest.mark.parametrize("clips", [28, 40])
def test_where_there_is_little_room_clips_are_shared(clips: int, atoms: tuple[Atom, ...]) -> None:
    recipe = changed(clips=clips, pairs=0)
    plan = plan_benchmark(recipe, Pantry(atoms), seed=2)
    check(plan, recipe)
    assert any(query.also_broken or query.also_relevant for query in plan.queries) == (clips < 40)
    timeline_of = {scene.clip_id: scene.timeline for scene in plan.scenes}
    for query in plan.queries:
        constraint = query.question.constraint
        assert len({*query.positives, *query.also_relevant}) >= 2
        by_clause = Counter(clause for clause, _ in (*query.negatives, *query.also_broken))
        assert set(by_clause) == set(breakable(constraint))
        assert min(by_clause.values()) >= 3
        assert all(judge(constraint, timeline_of[clip]) for clip in query.also_relevant)
        assert all(judge(broken(constraint, clause), timeline_of[clip]) for clause, clip in query.also_broken)
