"""Items are read whole or refused by name; nothing that cannot be scored slips in."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from earwitness.errors import BenchmarkError
from earwitness.mmar.items import LAYERS, MODALITIES, find_items, read_items
from earwitness.mmar.recordings import sound_path
from mmar.exam import IDS, ROWS, changed, exam, write_lines


def test_the_published_items_are_what_the_paper_says(shared: Path) -> None:
    items = read_items(shared / "data" / "mmar")
    assert len(items) == 1_000
    assert Counter(len(item.choices) for item in items) == {4: 815, 2: 171, 3: 10, 5: 3, 6: 1}
    assert Counter(item.layer for item in items) == dict(zip(LAYERS, (43, 404, 412, 141), strict=True))
    assert {item.modality for item in items} == set(MODALITIES)
    assert sum(item.chance for item in items) == pytest.approx(293.35)
    sources = Counter(item.source for item in items)
    assert len(sources) == 911 and max(sources.values()) == 8
    assert sum(count for count in sources.values() if count > 1) == 148
    assert all(len(item.rubric) == 5 and item.thinking for item in items)
    assert sum(bool(item.cues) for item in items) == 977


def test_what_a_row_says_is_what_the_item_has(tmp_path: Path) -> None:
    items = exam(tmp_path)
    first = items.rows[0]
    assert (first.id, first.question, first.choices) == (IDS[0], "What barks?", ("a dog", "a cat", "a horse", "a bird"))
    assert (first.gold, first.answer, first.chance) == (1, "a cat", 0.25)
    assert (first.layer, first.modality, first.sub_category, first.language) == (
        "Signal Layer",
        "sound",
        "Counting",
        "",
    )
    assert [item.source for item in items] == ["one", "two", "two", "six", "ten"]
    assert [item.id for item in items] == IDS == list(items.by_id)
    assert items.folder == tmp_path


def test_the_format_of_mmau_is_read(tmp_path: Path) -> None:
    row = {
        "id": "3fe64f3d",
        "audio_id": "./test-mini-audios/3fe64f3d.wav",
        "question": "What is heard?",
        "choices": ["rain", "wind"],
        "answer": "wind",
        "task": "sound",
        "sub-category": "Temporal Event Reasoning",
    }
    path = tmp_path / "mmau-test-mini.json"
    path.write_text(json.dumps([row], indent=4))
    (item,) = read_items(tmp_path)
    assert (item.audio_path, item.modality, item.sub_category) == (row["audio_id"], "sound", row["sub-category"])
    assert (item.layer, item.source, item.rubric) == ("", row["audio_id"], ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_changes_nothing(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS), encoding=encoding)
    assert [item.id for item in read_items(path)] == IDS


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (changed(2, answer="the flute"), r"item 3 \('two_.*gold answer 'the flute' is not among the choices"),
        (changed(2, answer="The drum"), r"item 3 .*gold answer 'The drum' is not among"),
        (changed(1, id=IDS[0]), rf"item 2 .*has the id '{IDS[0]}', which item 1 has already"),
        (changed(1, choices=["No"]), r"item 2 \('two_.*2 to 26 choices; got 1: \['No'\]"),
        (changed(1, choices=["No", " No"]), r"item 2 .*two choices are alike"),
        (changed(1, choices="Yes or No"), r"item 2 .*a list of texts as choices"),
        (changed(1, choices=["No", 3]), r"item 2 .*a list of texts as choices"),
        (changed(0, id=""), r"item 1: expected a text as 'id'"),
        (changed(0, id=7), r"item 1: expected a text as 'id'; got 7"),
        (changed(0, question=None), r"item 1 .*expected a text as 'question'"),
        (changed(0, answer=None), r"item 1 .*expected a text as 'answer'"),
        (changed(0, modality=["sound"]), r"item 1 .*expected a text as 'modality'"),
        (changed(0, cue="barking"), r"item 1 .*expected a list of texts as 'cue'"),
        (changed(0, rubric=[{"name": "Cue"}]), r"item 1 .*a criterion of its rubric has a name and a scoring_point"),
        ([], "holds no items"),
        ([["not", "an", "object"]], r"item 1: expected an object; got list"),
    ],
)
def test_what_cannot_be_scored_is_refused_by_name(tmp_path: Path, rows: list[Any], complaint: str) -> None:
    path = tmp_path / "items.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(BenchmarkError, match=complaint):
        read_items(path)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (json.dumps(changed(0, question="Où?"), ensure_ascii=False).encode("latin-1"), "not UTF-8"),
        (json.dumps(ROWS).encode("utf-16"), "not UTF-8"),
        ((json.dumps(ROWS[0]) + "\n" + json.dumps(ROWS[1])[:40]).encode(), "line 2: not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"", "holds no items"),
    ],
    ids=["latin-1", "utf-16", "torn", "too deep", "empty"],
)
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes, complaint: str) -> None:
    (tmp_path / "items.jsonl").write_bytes(data)
    with pytest.raises(BenchmarkError, match=complaint):
        read_items(tmp_path)


def test_a_place_without_items_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="is missing: expected a file of items"):
        find_items(tmp_path / "nowhere")
    with pytest.raises(BenchmarkError, match=r"holds no items: expected one of items\.jsonl"):
        find_items(tmp_path)
    path = write_lines(tmp_path / "items.jsonl", ROWS)
    assert find_items(tmp_path) == find_items(path) == path


def test_a_file_that_may_not_be_read_is_told_of(tmp_path: Path, plain_user: None) -> None:
    path = write_lines(tmp_path / "items.jsonl", ROWS)
    path.chmod(0)
    with pytest.raises(BenchmarkError, match=r"Cannot read .*Permission denied"):
        read_items(path)


def test_two_files_of_items_in_one_folder_are_not_guessed_between(tmp_path: Path) -> None:
    for name in ("items.jsonl", "MMAR-meta.jsonl"):
        write_lines(tmp_path / name, ROWS)
    with pytest.raises(BenchmarkError, match="items more than once"):
        find_items(tmp_path)


@pytest.mark.parametrize("climbs", ["../../secret.wav", "/etc/passwd", "audio/../../secret.wav"])
def test_a_recording_is_never_outside_the_folder_of_the_items(tmp_path: Path, climbs: str) -> None:
    folder = tmp_path / "mmar"
    folder.mkdir()
    (tmp_path / "secret.wav").write_bytes(b"RIFF")
    items = read_items(write_lines(folder / "items.jsonl", changed(0, audio_path=climbs)))
    assert items.rows[0].audio_path == climbs
    with pytest.raises(BenchmarkError, match=IDS[0]):
        sound_path(items, items.rows[0])
