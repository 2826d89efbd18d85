"""The audit of a benchmark's language: it finds what is there, nothing else, and never learns from the same video."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import BenchmarkError
from earwitness.mmar.audit import audit
from earwitness.mmar.items import Item, Items, read_items
from earwitness.mmar.priors import drawn_gold, text_prior, weighed

WORDS = [f"{first}{second}{third}" for first in "bdgk" for second in "aeiou" for third in "lmnrst"]


def _items(rows: list[Item]) -> Items:
    return Items(Path("made.jsonl"), "0" * 64, tuple(rows))


def _random_items(rng: np.random.Generator, n: int, *, per_source: int = 1, told: float = 0.0) -> Items:
    """Return items of random words; ``told`` of them have the word "surely" in their right choice, no other has."""
    rows = []
    for number in range(n):
        choices = [" ".join(rng.choice(WORDS, 3, replace=False)) for _ in range(4)]
        gold = int(rng.integers(4))
        if rng.random() < told:
            choices[gold] += " surely"
        question = f"Which {rng.choice(WORDS)}?"
        rows.append(Item(f"item-{number}", question, tuple(choices), gold, source=f"source {number // per_source}"))
    return _items(rows)


@pytest.fixture(scope="module")
def published(shared: Path) -> Items:
    return read_items(shared / "data" / "mmar")


def test_a_word_that_tells_the_answer_is_found(rng: np.random.Generator) -> None:
    found = audit(_random_items(rng, 300, told=0.5), draws=19)
    assert found.has_prior
    overall = found.classifiers[0].overall
    assert overall.standing == "above"
    assert overall.accuracy.low > 0.4
    assert found.classifiers[0].drawn.p == 0.05
    assert "There is a language prior" in found.finding
    assert len(found.agreed.shortcuts) > 100
    surest = found.agreed.shortcuts[0]
    item = found.items.by_id[surest.id]
    assert "surely" in item.answer
    assert surest.probability > surest.chance == 0.25


def test_where_words_tell_nothing_nothing_is_found(rng: np.random.Generator) -> None:
    found = audit(_random_items(rng, 400), draws=9)
    assert not found.has_prior
    assert found.classifiers[0].overall.standing == "same"
    assert found.finding.startswith("No language prior was found")
    assert f"{found.classifiers[0].overall.detectable:.1%}" in found.finding


def test_what_items_of_one_video_share_is_not_learned(rng: np.random.Generator) -> None:
    """Each video has words of its own for right and wrong choices: whoever learns from it knows all of its items."""
    rows = []
    for number in range(200):
        source = number // 4
        gold = int(rng.integers(4))
        choices = [f"{rng.choice(WORDS)} word{4 * source + (place - gold) % 4}" for place in range(4)]
        rows.append(Item(f"item-{number}", "Which?", tuple(choices), gold, source=f"source {source}"))
    items = _items(rows)
    assert text_prior(weighed(items)).right.mean() < 0.45
    alone = _items([replace(item, source=item.id) for item in items])
    assert text_prior(weighed(alone)).right.mean() > 0.9, "the test would see a leak"
    choices = weighed(items)
    parts = {item.source: set() for item in items}
    for item, part in zip(items, choices.part, strict=True):
        parts[item.source].add(int(part))
    assert {len(each) for each in parts.values()} == {1}


def test_gold_answers_are_not_among_the_numbers(rng: np.random.Generator) -> None:
    items = _random_items(rng, 60)
    other = _items([replace(item, gold=(item.gold + 1) % 4) for item in items])
    first, second = weighed(items), weighed(other)
    assert (first.numbers != second.numbers).nnz == 0
    assert first.part.tolist() == second.part.tolist()


def test_likelihoods_of_an_item_add_up_to_one_and_the_largest_is_taken(rng: np.random.Generator) -> None:
    items = _random_items(rng, 80, told=0.5)
    prior = text_prior(weighed(items))
    for each, choice in zip(prior.probability, prior.choice, strict=True):
        assert each.sum() == pytest.approx(1)
        assert each[choice] == pytest.approx(each.max(), abs=1e-8)
    assert prior.right.tolist() == [item.gold == choice for item, choice in zip(items, prior.choice, strict=True)]


def test_where_a_classifier_only_guesses_it_agrees_with_nothing() -> None:
    items = _items([Item(f"item-{at}", f"q{at}?", (f"a{at}", f"b{at}"), at % 2, source=f"{at}") for at in range(7)])
    found = audit(items, draws=2)
    assert (found.agreed.n, found.agreed.shortcuts) == (0, ())
    assert np.isnan(found.agreed.p)


def test_of_a_handful_of_items_nothing_could_be_found() -> None:
    items = _items([Item(f"item-{at}", "?", ("a", "b"), at % 2, source=f"{at}") for at in range(5)])
    assert "not even a classifier that is always right" in audit(items, draws=0).finding


def test_choices_that_read_the_same_are_guessed_among_evenly() -> None:
    items = _items(
        [Item(f"item-{at}", "?", ("Sing.", "sing", "SING!", "sing,"), 0, source=f"{at}") for at in range(400)]
    )
    prior = text_prior(weighed(items))
    assert np.bincount(prior.choice, minlength=4).min() > 70
    assert (text_prior(weighed(items), seed=1).choice != prior.choice).any()


def test_the_same_seed_gives_the_same_audit(rng: np.random.Generator) -> None:
    items = _random_items(rng, 120, per_source=2, told=0.2)
    first, second = audit(items, draws=3, seed=5), audit(items, draws=3, seed=5)
    assert first.rules == second.rules
    assert first.classifiers[0].drawn == second.classifiers[0].drawn
    assert first.agreed == second.agreed
    assert first.classifiers[0].prior.choice.tolist() == second.classifiers[0].prior.choice.tolist()


def test_drawn_answers_lie_among_the_choices(rng: np.random.Generator) -> None:
    items = _items([Item(f"item-{n}", "?", tuple(map(str, range(n))), 0, source=f"{n}") for n in range(2, 7)])
    drawn = np.array([drawn_gold(items, rng=rng) for _ in range(400)])
    assert drawn.max(axis=0).tolist() == [1, 2, 3, 4, 5]
    assert drawn.mean(axis=0) == pytest.approx([0.5, 1, 1.5, 2, 2.5], abs=0.25)


def test_without_draws_nothing_is_said_of_them(rng: np.random.Generator) -> None:
    found = audit(_random_items(rng, 60), draws=0)
    assert found.classifiers[0].drawn.draws == 0
    assert np.isnan(found.classifiers[0].drawn.p)
    with pytest.raises(ValueError, match="-1 times"):
        audit(found.items, draws=-1)


def test_progress_is_told(rng: np.random.Generator) -> None:
    told: list[tuple[str, int, int]] = []
    audit(_random_items(rng, 40), draws=2, progress=lambda *step: told.append(step))
    assert told == [("draws", 1, 2), ("draws", 2, 2)]


def test_items_of_too_few_recordings_cannot_be_learned_from() -> None:
    items = _items([Item(f"item-{at}", "?", ("a", "b"), 0, source=f"{at % 4}") for at in range(20)])
    with pytest.raises(BenchmarkError, match="come from 4 recordings, which cannot be put into 5 parts"):
        audit(items)


def test_mmaus_items_are_audited_as_well(tmp_path: Path, rng: np.random.Generator) -> None:
    rows = [
        {
            "id": item.id,
            "audio_id": f"./{item.id}.wav",
            "question": item.question,
            "choices": list(item.choices),
            "answer": item.answer,
            "task": ["sound", "music"][at % 2],
        }
        for at, item in enumerate(_random_items(rng, 40))
    ]
    (tmp_path / "mmau-test-mini.json").write_text(json.dumps(rows))
    found = audit(read_items(tmp_path), draws=0)
    assert list(found.classifiers[0].groups) == ["modality"]
    assert [row.n for row in found.classifiers[0].groups["modality"]] == [20, 20]


def test_on_mmar_there_is_a_language_prior(published: Items) -> None:
    found = audit(published, draws=3)
    asked, alone = found.classifiers
    assert (asked.name, alone.name) == ("question and choices", "choices alone")
    for each in found.classifiers:
        assert each.overall.n == 1_000
        assert each.overall.chance == pytest.approx(0.29335)
        # 38.4 and 38.2 % here; rounding on another machine may turn a guess or two.
        assert each.overall.accuracy.value == pytest.approx(0.383, abs=0.012)
        assert each.overall.p < 1e-6
        assert sum(row.n for row in each.groups["layer"]) == sum(row.n for row in each.groups["modality"]) == 1_000
    assert asked.drawn.highest < asked.overall.accuracy.value - 0.03
    standing = {rule.name: rule.standing for rule in found.rules if rule.standing != "same"}
    assert standing == {"largest number": "below", "middle number": "above", "says yes": "below", "says no": "above"}
    assert len(found.agreed.shortcuts) > found.agreed.chance + 60
    assert found.agreed.p < 1e-6
