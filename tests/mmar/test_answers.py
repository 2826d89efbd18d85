"""What a text is taken for: the official verdicts, texts written down with what they mean, and forms over MMAR."""

from __future__ import annotations

import importlib.util
import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import BenchmarkError
from earwitness.mmar.answers import EXTRACTORS, extract, is_refusal
from earwitness.mmar.items import Item, Items, read_items

FILES = ("cot", "letter", "letter_text", "sentence", "text", "think")


def _forms() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "response_forms.py"
    spec = importlib.util.spec_from_file_location("response_forms", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FORMS = _forms()
Form = Callable[[Item, int], str]


def _written() -> list[tuple[str, tuple[str, ...], int | None, str]]:
    """Return the texts that are written down: the extractor, the choices, the place that is meant, the text."""
    lines = (Path(__file__).parent / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [(row["extractor"], tuple(row["choices"]), row["place"], row["text"]) for row in rows]


WRITTEN = _written()


@pytest.fixture(scope="module")
def items(shared: Path) -> Items:
    return read_items(shared / "data" / "mmar")


def _reference(gold: str, prediction: str, choices: Sequence[str]) -> bool:
    """The rule of MMAR's script, from its description: sets of words, all of the answer's and none of the others'."""
    words = [set(re.findall(r"\b\w+\b", text.lower())) for text in (gold, prediction, *choices)]
    answer, said, others = words[0], words[1], words[2:]
    if not said:
        return False
    for other in others:
        for word in other:
            if other != answer and word not in answer and word in said:
                return False
    return all(word in said for word in answer)


# official


@pytest.mark.parametrize("name", FILES)
def test_official_gives_the_recorded_verdicts(items: Items, shared: Path, name: str) -> None:
    lines = (shared / "data" / "mmar" / "predictions" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1000
    wrong = []
    for row in map(json.loads, lines):
        item = items.by_id[row["id"]]
        if (item.gold in extract("official", row["answer_prediction"], item.choices)) != bool(row["official_match"]):
            wrong.append(row)
    assert not wrong


@pytest.mark.parametrize("name", FILES)
def test_robust_resolves_to_what_was_intended(items: Items, shared: Path, name: str) -> None:
    lines = (shared / "data" / "mmar" / "predictions" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [(json.loads(line), items.by_id[json.loads(line)["id"]]) for line in lines]
    meant = [[item.choices[k] for k in extract("robust", row["answer_prediction"], item.choices)] for row, item in rows]
    right = sum(found == [row["intended"]] for found, (row, _) in zip(meant, rows, strict=True))
    other = sum(bool(found) and found != [row["intended"]] for found, (row, _) in zip(meant, rows, strict=True))
    assert right >= 0.99 * len(rows)
    assert other == 0


word = st.sampled_from(
    ["near", "far", "to", "From", "not", "3", "1:3", "a", "B", "é", "猫", "don't", "x_y", "", "  ", "-"]
)
phrase = st.lists(word, max_size=5).map(" ".join)


@given(st.lists(phrase, min_size=2, max_size=5, unique=True), st.lists(word, max_size=12).map(" ".join) | st.text())
def test_official_is_the_rule_of_the_script(choices: list[str], text: str) -> None:
    expected = tuple(place for place, gold in enumerate(choices) if _reference(gold, text, choices))
    assert extract("official", text, choices) == expected


@given(st.lists(phrase, min_size=2, max_size=5, unique=True), st.lists(word, max_size=12).map(" ".join))
def test_official_fixed_only_tells_apart_what_official_names(choices: list[str], text: str) -> None:
    official, fixed = extract("official", text, choices), extract("official-fixed", text, choices)
    assert set(fixed) <= set(official)
    assert len(fixed) <= 1
    worded = [place for place in official if re.search(r"\w", choices[place])]
    if len(worded) <= 1:
        assert list(fixed) == worded


def test_official_fixed_takes_each_choice_for_itself(items: Items) -> None:
    credited = [
        (item.id, place)
        for item in items
        for place, choice in enumerate(item.choices)
        if place != item.gold and item.gold in extract("official", choice, item.choices)
    ]
    assert (len(credited), len({name for name, _ in credited})) == (28, 20)
    for item in items:
        for place, choice in enumerate(item.choices):
            if choice:
                assert extract("official-fixed", choice, item.choices) == (place,)
                assert extract("official-fixed", f"Answer: {choice}", item.choices) in ((place,), ())


def test_official_fixed_needs_the_order_to_be_clear() -> None:
    moves = ("From near to far", "From far to near", "It stays")
    assert extract("official-fixed", "He walks from far off to very near.", moves) == (1,)
    assert extract("official-fixed", "near far from to", moves) == ()
    assert extract("official-fixed", "From far to near, or from near to far", moves) == ()
    assert extract("official-fixed", "-3", ("+3", "-3")) == (1,)
    assert extract("official-fixed", "3", ("+3", "-3")) == ()
    assert extract("official-fixed", "Guitar, Piano, Guitar", ("Guitar, Piano", "Guitar, Piano, Guitar")) == (1,)
    assert extract("official", "what?", ("Entered", "")) == (1,)
    assert extract("official-fixed", "what?", ("Entered", "")) == ()


# letter and robust


@pytest.mark.parametrize("name", ["letter", "robust"])
def test_texts_are_taken_for_what_they_mean(name: str) -> None:
    rows = [row for row in WRITTEN if row[0] == name]
    assert len(rows) > 40
    assert len({row[2] for row in rows}) > 3
    expected = [(text, choices, () if place is None else (place,)) for _, choices, place, text in rows]
    wrong = [
        (text, choices, places, found)
        for text, choices, places in expected
        if (found := extract(name, text, choices)) != places
    ]
    assert not wrong


@pytest.mark.parametrize("form", FORMS.STUDY)
def test_the_forms_of_the_study(items: Items, form: str) -> None:
    """At least 99 % of what every choice of every item is rendered to is taken for it, and nothing for another."""
    credited, other, n = _shares(items.rows, FORMS.STUDY[form], "robust")
    assert n > 3600
    assert credited >= 0.99 * n
    assert other == 0


def test_further_forms(items: Items) -> None:
    """The same of a few items, but for the number of a choice where choices are numbers themselves."""
    by_number = {label for label in FORMS.ANSWERS if "{n}" in label or "{nth}" in label}
    assert len(by_number) == 3
    assert len(FORMS.ANSWERS) >= 100
    low = {}
    for label, form in FORMS.ANSWERS.items():
        credited, other, n = _shares(items.rows[::25], form, "robust")
        if credited < (0.9 if label in by_number else 0.99) * n or other:
            low[label] = (credited, other, n)
    assert not low


@pytest.mark.parametrize(
    "form", ["`B`", "`(B)`", "`**B**`", r"`\boxed{B}`", "The answer is B.", "`<think>...</think>` B"]
)
def test_letter_reads_the_forms_of_letters(items: Items, form: str) -> None:
    credited, other, n = _shares(items.rows[::3], FORMS.STUDY[form], "letter")
    assert (credited, other) == (n, 0)


def _shares(rows: Sequence[Item], form: Form, name: str) -> tuple[int, int, int]:
    """Return how many renderings are taken for the choice rendered, how many for another, and how many there are."""
    credited = other = n = 0
    for item in rows:
        for place, choice in enumerate(item.choices):
            if choice.strip():
                found = extract(name, form(item, place), item.choices)
                credited += found == (place,)
                other += found not in ((place,), ())
                n += 1
    return credited, other, n


@pytest.mark.parametrize("name", ["letter", "robust"])
@pytest.mark.parametrize("text", sorted(set(FORMS.UNANSWERED) - {"the question repeated"}))
def test_what_answers_nothing_is_taken_for_nothing(items: Items, text: str, name: str) -> None:
    taken = [item.choices for item in items.rows[::4] if extract(name, FORMS.UNANSWERED[text](item), item.choices)]
    assert not taken


def test_no_choice_is_taken_from_silence(items: Items) -> None:
    empty = [item for item in items if "" in item.choices]
    assert empty
    for item in empty:
        for text in ("", " ", "\n", '""', "''", "<think>x</think>", '{"answer": ""}', "<answer></answer>", "None."):
            for name in ("official-fixed", "letter", "robust"):
                assert extract(name, text, item.choices) == ()


@given(
    st.text() | st.lists(st.sampled_from([row[3] for row in WRITTEN]), min_size=1, max_size=3).map(" ".join),
    st.sampled_from([row[1] for row in WRITTEN]) | st.lists(st.text(max_size=6), min_size=2, max_size=5).map(tuple),
)
def test_any_text_is_one_choice_or_none(text: str, choices: tuple[str, ...]) -> None:
    for name in ("official-fixed", "letter", "robust"):
        found = extract(name, text, choices)
        assert len(found) <= 1
        assert all(0 <= place < len(choices) for place in found)
    assert isinstance(is_refusal(text), bool)


@given(st.permutations(["a dog", "a cat", "a big dog", "two birds", "silence"]), st.integers(0, 4))
def test_words_mean_the_same_in_every_order(choices: list[str], place: int) -> None:
    for form in ("{}", "The answer is {}.", "Not a horse, but {}.", "**{}**", '{{"answer": "{}"}}', "I hear {} here."):
        assert extract("robust", form.format(choices[place]), choices) == (place,)


def test_an_unknown_extractor_is_named() -> None:
    assert set(EXTRACTORS) == {"official", "official-fixed", "letter", "robust"}
    assert all(each.version and each.about and each.name == name for name, each in EXTRACTORS.items())
    with pytest.raises(BenchmarkError, match="no extractor 'best': expected one of official, official-fixed"):
        extract("best", "B", ("a", "b"))


# Refusals

DECLINING = (
    "I'm sorry, but I can't assist with that.",
    "I cannot listen to audio.",
    "As an AI language model, I don't have the ability to hear audio",
    "As a text-only model, I can\u2019t hear sounds.",
    "No audio was provided.",
    "There is no audio attached to your message",
    "The audio could not be loaded.",
    "I don't know",
    "Unable to determine.",
    "It is impossible to say from the recording.",
    "Please provide the audio file.",
    "I must decline to answer.",
    "抱歉，我无法听取音频。",
    "没有提供音频文件",
    "申し訳ございませんが、音声を再生できません。",
    "죄송하지만 오디오를 들을 수 없습니다.",
    "Lo siento, pero no puedo escuchar el audio.",
    "Je ne peux pas écouter l'audio.",
    "Es tut mir leid, aber ich kann das Audio nicht hören.",
    "Извините, я не могу прослушать аудио.",
    "Desculpe, não consigo ouvir o áudio.",
    "Mi dispiace, non posso ascoltare l'audio.",
)
OTHERWISE = (
    "",
    "B",
    "The answer is B",
    "No",
    "[ERROR] cannot connect: request timed out",
    "Error: 429 You are not able to send more requests",
    "The man is sorry that he can't come.",
    "She says: I'm sorry.",
    "The speaker cannot see the dog because it is dark.",
    "He refuses to answer the phone.",
    "<think>I cannot hear it well.</think> B",
)


@pytest.mark.parametrize("text", DECLINING)
def test_a_refusal_is_told(text: str) -> None:
    assert is_refusal(text)
    assert is_refusal(f"<think>The user wants an answer.</think>\n{text}")
    assert extract("robust", text, ("Yes", "No", "a dog", "3")) == ()


@pytest.mark.parametrize("text", OTHERWISE)
def test_what_is_no_refusal_is_not_taken_for_one(text: str) -> None:
    assert not is_refusal(text)


# Time

LONG = {
    "one word": "x" * 1_000_000,
    "blank": " " * 1_000_000,
    "lines": "A. Dog\nB. Cat\n" * 70_000,
    "a conclusion": "The dense forest is not near, so it may be a street. " * 19_000 + "\nANSWER: B",
    "the answer is": "the answer is " * 71_000,
    "boxes": "\\boxed{" * 142_000,
    "thinking": "<think>" * 142_000,
    "tags": "<answer>" * 125_000,
    "quotes": '"answer": "' * 90_000,
    "brackets": "(" * 1_000_000,
    "so": "So " * 333_000,
    "articles": "a " * 500_000,
    "choices": "Dense Forest, Open Grassland " * 34_000,
    "figures": "1," * 500_000,
    "signs": "选" * 1_000_000,
    "orders": "From near to far, from far to near. " * 28_000,
}
PLACES = ("Mountain Canyon", "Dense Forest", "From near to far", "From far to near")


@pytest.mark.parametrize("label", LONG)
def test_long_texts_take_little_time(label: str) -> None:
    for name in EXTRACTORS:
        start = time.process_time()
        extract(name, LONG[label], PLACES)
        assert time.process_time() - start < 1.0
    start = time.process_time()
    is_refusal(LONG[label])
    assert time.process_time() - start < 1.0


def test_the_end_of_a_long_text_is_read() -> None:
    assert extract("robust", LONG["a conclusion"], PLACES) == (1,)
    assert extract("robust", "The answer is D.\n" + LONG["blank"], PLACES) == (3,)
    assert extract("robust", "The answer is D.\n" + "and so on " * 100_000, PLACES) == (3,)
