"""What is done with a bank before anything is decoded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.errors import BankError
from earwitness.sounds.audio import AudioFile
from earwitness.sounds.bank import (
    Bank,
    Ontology,
    Recording,
    check_entailment,
    check_label,
    check_labels,
    entailing_pairs,
    merge_banks,
    read_label_table,
    read_ontology,
    relabel,
    select_split,
    split_of,
)


def bank(*labels: str, name: str = "zoo", phrases: dict[str, str] | None = None, each: int = 1) -> Bank:
    recordings = tuple(
        Recording(label, f"{label}/{k}", "unknown", f"{label}/{k}.wav", AudioFile(Path(f"/{label}/{k}.wav")))
        for label in labels
        for k in range(each)
    )
    return Bank(name, recordings, phrases or {})


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_split_is_sixty_to_forty_and_never_changes() -> None:
    # Written down on purpose: when one of these changes, every benchmark and every fitted head change sides.
    assert [split_of(f"dog/{k}") for k in range(6)] == ["test", "train", "test", "train", "test", "test"]
    share = sum(split_of(str(k)) == "train" for k in range(10_000)) / 10_000
    assert share == pytest.approx(0.6, abs=0.02)


def test_a_bank_is_the_same_in_whatever_order_it_was_made() -> None:
    made = bank("dog", "cat", each=3)
    assert Bank("zoo", made.recordings[::-1]) == made
    assert made.labels == ("cat", "dog")


@pytest.mark.parametrize(
    ("label", "fault"),
    [
        ("", "empty"),
        (".", "folder above"),
        ("..", "folder above"),
        ("a/b", "slash"),
        ("a\\b", "slash"),
        ("a\nb", "control"),
        ("a\x7f", "control"),
        (" dog", "white space"),
        ("dog\u3000", "white space"),
        ("d" * 101, "101 characters"),
        ("dog\udcff", "not valid Unicode"),
    ],
)
def test_labels_that_cannot_name_a_folder(label: str, fault: str) -> None:
    with pytest.raises(BankError, match=fault):
        check_labels([label, "cat"])


@given(st.text(max_size=8))
def test_a_label_that_passes_names_one_folder_below(label: str) -> None:
    try:
        check_label(label)
    except BankError:
        return
    assert (Path("/bank") / label).parent == Path("/bank")
    assert (Path("/bank") / label).name == label


def test_labels_with_emoji_quotes_and_spaces_are_fine() -> None:
    check_labels(['a dog\'s "bark"', "🐕", "chien (aboiement)", "x" * 100])


def test_labels_that_differ_by_case_are_all_named() -> None:
    with pytest.raises(BankError, match="'CAT' / 'cat', 'DOG' / 'Dog' / 'dog'"):
        check_labels(["dog", "Dog", "DOG", "cat", "CAT", "cow"])


@pytest.mark.parametrize(("labels", "found"), [([], "none"), (["dog"], "only 'dog'")])
def test_one_label_is_no_bank(labels: list[str], found: str) -> None:
    with pytest.raises(BankError, match=f"at least two labels, found {found}"):
        check_labels(labels)


def test_banks_are_joined() -> None:
    merged = merge_banks([bank("dog", "cat", phrases={"dog": "a bark"}), bank("cow", name="farm")])
    assert merged.labels == ("cat", "cow", "dog")
    assert merged.phrases == {"dog": "a bark"}
    assert merged.name == "zoo + farm"
    alone = bank("dog")
    assert merge_banks([alone]) is alone


def test_a_label_in_two_banks_is_refused() -> None:
    with pytest.raises(BankError, match=r"'dog' \(in 'zoo' and 'farm'\).*label table"):
        merge_banks([bank("dog", "cat"), bank("dog", "cow", name="farm")])
    with pytest.raises(BankError, match="differ only by case: 'Dog' / 'dog'"):
        merge_banks([bank("dog", "cat"), bank("Dog", "cow", name="farm")])
    with pytest.raises(BankError, match="One phrase for different labels"):
        merge_banks([bank("dog", phrases={"dog": "a Hound"}), bank("wolf", phrases={"wolf": "a hound"})])
    with pytest.raises(BankError, match="No sound bank"):
        merge_banks([])


def test_splits_part_a_bank() -> None:
    whole = bank("dog", "cat", each=30, phrases={"dog": "a bark"})
    train, test = select_split(whole, split="train"), select_split(whole, split="test")
    assert {*train.recordings, *test.recordings} == {*whole.recordings}
    assert not {r.source for r in train.recordings} & {r.source for r in test.recordings}
    assert train.phrases == whole.phrases
    assert select_split(whole, split="all") is whole
    with pytest.raises(BankError, match="'train', 'test' or 'all', got 'dev'"):
        select_split(whole, split="dev")
    few = Bank("zoo", tuple(r for r in whole.recordings if r.label == "dog" or r in test.recordings))
    with pytest.raises(BankError, match="'train' of the bank 'zoo' holds 1 of its 2 labels"):
        select_split(few, split="train")


def test_a_label_table_renames_joins_and_phrases(tmp_path: Path) -> None:
    path = table(tmp_path, '\ufefflabel,name,phrase\ndog,hound,"a dog,  barking"\nwolf,hound,\n\ncat,,a meow\n')
    rows = read_label_table(path)
    assert [(row.label, row.name, row.phrase) for row in rows] == [
        ("dog", "hound", "a dog, barking"),
        ("wolf", "hound", ""),
        ("cat", "cat", "a meow"),
    ]
    before = bank("dog", "wolf", "cat", "cow", phrases={"wolf": "a howl", "cow": "a moo"})
    after = relabel(before, rows)
    assert after.labels == ("cat", "cow", "hound")
    assert after.phrases == {"hound": "a dog, barking", "cat": "a meow", "cow": "a moo"}
    assert {r.source for r in after.recordings} == {r.source for r in before.recordings}
    assert before.labels == ("cat", "cow", "dog", "wolf")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: expected label and perhaps name,phrase"),
        ("name,phrase\na,b\n", "line 1: expected label"),
        ("label,nom\na,b\n", "line 1: expected label"),
        ("label,label\na,b\n", "line 1: expected label"),
        ("label,name\ndog\n", "line 2: expected 2 fields, got 1"),
        ('label,name\ndog,"x\n', "line 2: malformed CSV"),
        ("label,name\ndog,a/b\n", "line 2: The label 'a/b'"),
        ("label,name\ndog,x\ndog,y\n", "line 3: the label 'dog' stands already in .* line 2"),
        ("label,name\n,x\nbee,y\n", "line 2: the bank 'zoo' has no label ''"),
        ("label,name\ndog,x\nbee,y\n", "line 3: the bank 'zoo' has no label 'bee'"),
        ("label,phrase\ndog,a sound\ncat,A Sound\n", "One phrase for different labels"),
        ("label,phrase\ndog,cat\n", "One phrase for different labels"),
        ("label,name,phrase\ndog,x,a\ncat,x,b\n", "'x' would have two phrases: 'b' .* and 'a'"),
        ("label,name\ndog,CAT\n", "differ only by case"),
        ("label,name\ndog,cat\n", "at least two labels"),
        ("label,phrase\ndog,a\x07b\n", "cannot be printed"),
    ],
)
def test_a_wrong_label_table_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(BankError, match=message):
        relabel(bank("dog", "cat"), read_label_table(path))


def test_a_label_table_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"label\n\xff\xfe")
    with pytest.raises(BankError, match=r"labels.csv' is not UTF-8 text \(byte 6\)"):
        read_label_table(path)
    with pytest.raises(BankError, match=r"Cannot read .*gone.csv"):
        read_label_table(tmp_path / "gone.csv")


def test_contradicting_phrases_of_joined_labels_need_a_word(tmp_path: Path) -> None:
    both = bank("dog", "wolf", "cat", phrases={"dog": "a bark", "wolf": "a howl"})
    with pytest.raises(BankError, match="'hound' would have two phrases: 'a bark'"):
        relabel(both, read_label_table(table(tmp_path, "label,name\ndog,hound\nwolf,hound\n")))


def write_ontology(tmp_path: Path, nodes: object) -> Path:
    path = tmp_path / "ontology.json"
    path.write_text(json.dumps(nodes), encoding="utf-8")
    return path


def test_entailing_labels_are_all_named(tmp_path: Path) -> None:
    nodes = [
        {"id": "1", "name": "Animal", "child_ids": ["2", "5"], "restrictions": []},
        {"id": "2", "name": "Dog", "child_ids": ["3"]},
        {"id": "3", "name": "Bark", "child_ids": []},
        {"id": "4", "name": "Rain", "child_ids": []},
        {"id": "5", "name": "Bird vocalization, bird call, bird song", "child_ids": []},
    ]
    tree = read_ontology(write_ontology(tmp_path, nodes))
    labels = ["animal", "bark", "Rain", "Bird_vocalization_and_bird_call_and_bird_song", "kazoo"]
    assert entailing_pairs(labels, tree) == (
        ("animal", "Bird_vocalization_and_bird_call_and_bird_song"),
        ("animal", "bark"),
    )
    with pytest.raises(BankError, match=r"'bark' is a kind of 'animal'\. Leave out the general ones \('animal'\)"):
        check_entailment(["animal", "bark", "Rain"], tree)
    check_entailment(["bark", "Rain", "kazoo"], tree)


def test_two_labels_for_one_node_entail_each_other() -> None:
    assert entailing_pairs(["car_horn", "car horn"], Ontology({"1": "Car horn"}, {"1": ()})) == (
        ("car horn", "car_horn"),
    )


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20))
def test_cycles_end_and_pairs_are_the_reachable_ones(edges: list[tuple[int, int]]) -> None:
    children = {str(k): tuple(str(b) for a, b in edges if a == k) for k in range(7)}
    tree = Ontology({str(k): f"n{k}" for k in range(7)}, children)
    reach = {(a, b) for a, b in edges}
    for _ in range(7):
        reach |= {(a, d) for a, b in reach for c, d in edges if b == c}
    expected = sorted((f"n{a}", f"n{b}") for a, b in reach if a != b)
    assert entailing_pairs([f"n{k}" for k in range(7)], tree) == tuple(expected)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ({}, "must be a list of nodes, got dict"),
        (["Dog"], "node 1: expected id, name and child_ids"),
        ([{"id": "1", "name": "Dog"}], "node 1: expected id, name and child_ids"),
        ([{"id": "1", "name": "Dog", "child_ids": [2]}], "node 1: expected id, name and child_ids"),
    ],
)
def test_what_is_no_ontology_is_refused(tmp_path: Path, nodes: object, message: str) -> None:
    with pytest.raises(BankError, match=message):
        read_ontology(write_ontology(tmp_path, nodes))


def test_an_ontology_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ontology.json"
    path.write_text("[", encoding="utf-8")
    with pytest.raises(BankError, match="is not JSON"):
        read_ontology(path)
    with pytest.raises(BankError, match="Cannot read the ontology"):
        read_ontology(tmp_path / "gone.json")
