"""Verifying: whatever is changed by hand in queries, labels and scenes is found, by what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from earwitness.logic.constraint import breakable, broken, clauses_of
from earwitness.logic.judge import judge
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.reasonaudio.verify import verify
from reasonaudio.tampering import (
    AUDIO,
    COUNTS,
    ENOUGH,
    HARD,
    JUDGE,
    MARGINS,
    NAMES,
    PAIRS,
    PLAN,
    READ,
    TEXTS,
    Rows,
    assert_found,
    change_rows,
)

# --- untouched ---


def test_an_untouched_benchmark_holds(bench_folder: Path) -> None:
    verification = verify(bench_folder)
    assert verification.faults == ()
    looked_at = {finding.check: finding.looked_at for finding in verification.findings}
    bench = read_benchmark(bench_folder)
    assert looked_at[PLAN] == looked_at[JUDGE] == 20 * 200
    assert looked_at[AUDIO] == 200
    assert looked_at[PAIRS] == 30
    assert looked_at[TEXTS] == sum(1 + len(query.paraphrases) for query in bench.queries)
    assert looked_at[HARD] == sum(value == 0 for value in bench.qrels.values())
    assert all(number > 0 for number in looked_at.values())
    quality = verification.quality
    assert quality is not None
    assert (quality.clips, quality.clipped_clips) == (200, 0)
    assert quality.worst_onset_error_s <= 0.01
    assert quality.silent_share <= 0.02
    assert 0.5 < quality.least_audible_share <= 1
    assert json.loads(json.dumps(verification.as_json()))["ok"] is True


def test_jobs_change_nothing(small_folder: Path) -> None:
    assert verify(small_folder, jobs=2) == verify(small_folder)


def test_jobs_change_nothing_where_much_is_wrong(small_copy: Path) -> None:
    def change(rows: Rows) -> None:
        for row in rows[::7]:
            row["events"][0]["onset_s"] = round(row["events"][0]["offset_s"] - 0.01, 2)
            row["scale"] = 0.5

    change_rows(small_copy, "scenes.parquet", change)
    change_rows(small_copy, "qrels.tsv", lambda rows: rows.pop(3))
    one, two = verify(small_copy), verify(small_copy, jobs=2)
    assert one.faults == two.faults
    assert len(one.faults) > 5


def test_without_audio_nothing_is_rendered(small_folder: Path) -> None:
    verification = verify(small_folder, audio=False)
    assert verification.quality is None
    assert AUDIO not in {finding.check for finding in verification.findings}
    assert verification.faults == ()


def test_progress_is_told(small_folder: Path) -> None:
    told: list[tuple[str, int, int]] = []
    verify(small_folder, progress=lambda *each: told.append(each))
    assert [stage for stage in dict.fromkeys(stage for stage, _, _ in told)] == ["labels", "judge", "audio"]
    assert told[-1] == ("audio", 80, 80)


def test_a_benchmark_may_be_moved(small_copy: Path, tmp_path: Path) -> None:
    moved = small_copy.rename(tmp_path / "under another name")
    assert verify(moved).faults == ()


# --- qrels ---


def line_of(folder: Path, *, relevance: str) -> int:
    lines = (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.endswith(f"\t{relevance}"))


@pytest.mark.parametrize("relevance", ["0", "1"])
def test_a_flipped_qrel_is_found(relevance: str, small_copy: Path) -> None:
    line = line_of(small_copy, relevance=relevance)
    other = {"0": "1", "1": "0"}[relevance]
    change_rows(small_copy, "qrels.tsv", lambda rows: rows[line - 1].update(relevance=other))
    verification = verify(small_copy, audio=False)
    verdict = "not relevant" if relevance == "0" else "relevant"
    for check, who in ((PLAN, "vectorised"), (JUDGE, "slow")):
        assert_found(verification, check, rf"^qrels\.tsv, line {line}: the {who} evaluator says .* is {verdict} to ")


def test_a_dropped_relevant_row_is_found(small_copy: Path) -> None:
    line = line_of(small_copy, relevance="1")
    change_rows(small_copy, "qrels.tsv", lambda rows: rows.pop(line - 1))
    verification = verify(small_copy, audio=False)
    assert_found(verification, PLAN, r"^qrels\.tsv, no line: .* is relevant to ")
    assert_found(verification, JUDGE, r"^qrels\.tsv, no line: .* is relevant to ")
    assert_found(verification, COUNTS, r"^benchmark\.json: counts\.relevant is \d+, but the files hold \d+")


def test_a_dropped_hard_negative_is_found(small_copy: Path) -> None:
    line = line_of(small_copy, relevance="0")
    change_rows(small_copy, "qrels.tsv", lambda rows: rows.pop(line - 1))
    assert_found(
        verify(small_copy, audio=False), ENOUGH, r"^queries\.jsonl, line 1: .* has 2 hard negatives for clause"
    )


def unrelated(folder: Path) -> tuple[str, str]:
    """Return a query and a clip without a row that breaks no clause of it alone."""
    bench = read_benchmark(folder)
    query = bench.queries[0]
    claims = [query.constraint, *(broken(query.constraint, clause) for clause in breakable(query.constraint))]
    return next(
        (query.query_id, scene.clip_id)
        for scene in bench.scenes
        if (query.query_id, scene.clip_id) not in bench.qrels
        and not any(judge(claim, scene.timeline) for claim in claims)
    )


@pytest.mark.parametrize(("relevance", "check"), [("1", PLAN), ("1", JUDGE), ("0", HARD)])
def test_an_added_row_is_found(relevance: str, check: str, small_copy: Path) -> None:
    query, clip = unrelated(small_copy)
    row = {"query": query, "iteration": "0", "clip": clip, "relevance": relevance}
    change_rows(small_copy, "qrels.tsv", lambda rows: rows.append(row))
    last = len((small_copy / "qrels.tsv").read_text().splitlines())
    assert_found(verify(small_copy, audio=False), check, rf"^qrels\.tsv, line {last}: .*{clip}.* {query}")


@pytest.mark.parametrize(
    ("field", "value", "check", "words"),
    [
        ("query", "order-99", NAMES, r"^qrels\.tsv, line 5: there is no query 'order-99'"),
        ("clip", "clip-99", NAMES, r"^qrels\.tsv, line 5: there is no .* clip 'clip-99'"),
        ("relevance", "2", READ, r"qrels\.tsv', line 5: the relevance must be 0 or 1; got '2'"),
        ("clip", "a\tb", READ, r"qrels\.tsv', line 5: expected 4 columns, got 5"),
    ],
)
def test_a_bad_row_is_named_by_its_line(field: str, value: str, check: str, words: str, small_copy: Path) -> None:
    change_rows(small_copy, "qrels.tsv", lambda rows: rows[4].update({field: value}))
    assert_found(verify(small_copy), check, words)


def test_a_row_that_is_there_twice_is_named(small_copy: Path) -> None:
    change_rows(small_copy, "qrels.tsv", lambda rows: rows.insert(9, dict(rows[3])))
    assert_found(verify(small_copy), READ, r"qrels\.tsv', line 10: the pair .* is there twice")


# --- pairs ---


def swap(rows: Rows) -> None:
    rows[1]["positive"], rows[1]["negative"] = rows[1]["negative"], rows[1]["positive"]


def test_a_swapped_pair_is_found(small_copy: Path) -> None:
    change_rows(small_copy, "pairs.jsonl", swap)
    verification = verify(small_copy, audio=False)
    assert_found(verification, PAIRS, r"^pairs\.jsonl, line 2: .* does not answer the query")
    assert_found(verification, PAIRS, r"^pairs\.jsonl, line 2: .* does not break .* and nothing else")


def test_another_broken_clause_is_found(small_copy: Path) -> None:
    bench = read_benchmark(small_copy)
    place, other = next(
        (place, str(clause))
        for place, pair in enumerate(bench.pairs)
        for clause in clauses_of(bench.query_of[pair.query_id].constraint)
        if clause != pair.broken and not str(clause).startswith("present")
    )
    change_rows(small_copy, "pairs.jsonl", lambda rows: rows[place].update(broken=other))
    assert_found(verify(small_copy, audio=False), PAIRS, rf"^pairs\.jsonl, line {place + 1}: .* does not break ")


@pytest.mark.parametrize(
    ("field", "value", "check", "words"),
    [
        ("broken", "absent(dog)", PAIRS, r"line 3: .*: absent\(dog\) is not a clause of the query that can be broken"),
        ("broken", "absent(dog", READ, r"pairs\.jsonl', line 3: 'broken': "),
        ("task", "Mix", PAIRS, r"^pairs\.jsonl, line 3: .* is of task Mix, but its query of Negation"),
        ("query_id", "order-99", NAMES, r"^pairs\.jsonl, line 3: the query or a clip does not exist"),
        ("positive", "clip-99", NAMES, r"^pairs\.jsonl, line 3: the query or a clip does not exist"),
        ("pair_id", "negation-pair-1", NAMES, r"^pairs\.jsonl: the pair 'negation-pair-1' is there 2 times"),
        ("negative", None, READ, r"pairs\.jsonl', line 3: 'negative' must be text; got None"),
        ("negative", ["clip-01"], READ, r"pairs\.jsonl', line 3: 'negative' must be text; got \['clip-01'\]"),
    ],
)
def test_a_changed_pair_is_named_by_its_line(field: str, value: Any, check: str, words: str, small_copy: Path) -> None:
    change_rows(small_copy, "pairs.jsonl", lambda rows: rows[2].update({field: value}))
    assert_found(verify(small_copy, audio=False), check, words)


def test_a_dropped_pair_is_found(small_copy: Path) -> None:
    change_rows(small_copy, "pairs.jsonl", lambda rows: rows.pop())
    assert_found(verify(small_copy, audio=False), COUNTS, r"counts\.pairs is .* but the files hold")


# --- queries ---


@pytest.mark.parametrize(
    ("field", "value", "check", "words"),
    [
        ("text", "Play something nice.", TEXTS, r"^queries\.jsonl, line 2: "),
        ("text", "", READ, r"queries\.jsonl', line 2: 'text' must be text; got ''"),
        ("text", 7, READ, r"queries\.jsonl', line 2: 'text' must be text; got 7"),
        ("paraphrases", None, READ, r"queries\.jsonl', line 2: 'paraphrases' must be text; got None"),
        ("paraphrases", ["Play something nice."], TEXTS, r"^queries\.jsonl, line 2: "),
        ("task", "Mix", TEXTS, r"^queries\.jsonl, line 2: .* is of task Order"),
        ("constraint", "before(dog, ", READ, r"queries\.jsonl', line 2: 'constraint': "),
        ("query_id", "negation-1", NAMES, r"^queries\.jsonl: the query 'negation-1' is there 2 times"),
    ],
)
def test_a_changed_query_is_named_by_its_line(field: str, value: Any, check: str, words: str, small_copy: Path) -> None:
    change_rows(small_copy, "queries.jsonl", lambda rows: rows[1].update({field: value}))
    assert_found(verify(small_copy, audio=False), check, words)


def test_a_text_that_says_another_query_is_found(small_copy: Path) -> None:
    def change(rows: Rows) -> None:
        rows[0]["text"] = rows[1]["text"]

    change_rows(small_copy, "queries.jsonl", change)
    assert_found(verify(small_copy, audio=False), TEXTS, r"^queries\.jsonl, line 1: '.*' reads .*, not ")


def test_a_changed_constraint_is_found_by_everyone(small_copy: Path) -> None:
    def change(rows: Rows) -> None:
        one = rows[1]["constraint"]
        assert one.startswith("before(")
        labels = one.removeprefix("before(").removesuffix(")").split(", ")
        rows[1]["constraint"] = f"before({', '.join([labels[1], labels[0], *labels[2:]])})"

    change_rows(small_copy, "queries.jsonl", change)
    verification = verify(small_copy, audio=False)
    assert_found(verification, TEXTS, r"^queries\.jsonl, line 2: '.*' reads before\(.*, not before\(")
    assert_found(
        verification, PLAN, r"^qrels\.tsv, line \d+: the vectorised evaluator says .* is not relevant to order-1"
    )
    assert_found(verification, JUDGE, r"^qrels\.tsv, line \d+: the slow evaluator says .* is not relevant to order-1")
    assert_found(verification, PAIRS, r"^pairs\.jsonl, line \d+: order-pair-\d: clip-\d+ does not answer the query")


# --- scenes ---


def test_a_shifted_onset_is_found_in_the_samples(small_copy: Path) -> None:
    def change(rows: Rows) -> None:
        event = rows[0]["events"][0]
        event["onset_s"] = round(event["onset_s"] + 0.01, 2)
        event["offset_s"] = round(event["offset_s"] + 0.01, 2)

    change_rows(small_copy, "scenes.parquet", change)
    words = r"^scenes\.parquet, clip 'clip-01': the rendered samples have another SHA-256 than pcm_sha256"
    assert_found(verify(small_copy), AUDIO, words)


def test_a_moved_event_is_found_in_the_labels(small_copy: Path) -> None:
    bench = read_benchmark(small_copy)
    pair = next(pair for pair in bench.pairs if pair.task == "Order")
    place = next(place for place, scene in enumerate(bench.scenes) if scene.clip_id == pair.positive)

    def change(rows: Rows) -> None:
        other = next(place for place, scene in enumerate(bench.scenes) if scene.clip_id == pair.negative)
        rows[place]["events"] = rows[other]["events"]

    change_rows(small_copy, "scenes.parquet", change)
    verification = verify(small_copy, audio=False)
    assert_found(verification, PLAN, rf"^qrels\.tsv, line \d+: .* {pair.positive} is not relevant to {pair.query_id}")
    assert_found(verification, PAIRS, rf"{pair.pair_id}: {pair.positive} does not answer the query")


def first(**fields: Any) -> Callable[[Rows], None]:
    """Return a change of the first event of the third clip."""
    return lambda rows: rows[2]["events"][0].update(fields)


def touch_itself(rows: Rows) -> None:
    event = rows[2]["events"][0]
    middle = round((event["onset_s"] + event["offset_s"]) / 2, 2)
    rows[2]["events"].insert(1, {**event, "onset_s": middle})
    rows[2]["events"][0]["offset_s"] = middle


def crowd(rows: Rows) -> None:
    rows[2]["events"] = [dict(event, onset_s=1.0, offset_s=2.0) for row in rows[2:6] for event in row["events"]]


def near(rows: Rows) -> None:
    one, other = rows[2]["events"][:2]
    length = one["offset_s"] - one["onset_s"]
    one["offset_s"] = round(other["onset_s"] - 0.05, 2)
    one["onset_s"] = round(one["offset_s"] - length, 2)
    if one["onset_s"] < 0:
        one["onset_s"] = 0.0


def loud(rows: Rows) -> None:
    for event in rows[2]["events"]:
        event["gain"] *= 100


def hidden(rows: Rows) -> None:
    rows[2]["events"][0]["gain"] = 1e-4


WRONG_SCENES: list[tuple[str, Callable[[Rows], Any], str, str]] = [
    ("gain", lambda rows: rows[2]["events"][0].update(gain=0.9), AUDIO, "clip 'clip-03': .* another SHA-256"),
    ("scale", lambda rows: rows[2].update(scale=0.9), AUDIO, "clip 'clip-03': .* another SHA-256"),
    ("sha", lambda rows: rows[2].update(pcm_sha256="0" * 64), AUDIO, "clip 'clip-03': .* another SHA-256"),
    ("background", lambda rows: rows[2]["background"].update(start_s=0.07), AUDIO, "clip 'clip-03': .* SHA-256"),
    ("colour", lambda rows: rows[2]["background"].update(colour="blue"), AUDIO, "'clip-03': Background 'blue' is unk"),
    ("loud", loud, AUDIO, "clip 'clip-03': Clip 'clip-03' would be clipped: its scale"),
    ("hidden", hidden, AUDIO, r"clip 'clip-03': '.*' is heard in \d+ of its \d+ active frames"),
    ("label", first(label="zebra"), NAMES, "clip 'clip-03': 'zebra' has no atom"),
    ("atom", first(atom_id="zebra-1"), NAMES, "clip 'clip-03': '.*' has no atom 'zebra-1'"),
    ("late", lambda rows: rows[2]["events"][-1].update(offset_s=11.0), NAMES, "clip 'clip-03': '.*' ends after the"),
    ("short clip", lambda rows: rows[2].update(duration_s=1.0), NAMES, "clip 'clip-03': '.*' ends after the clip"),
    ("twice", touch_itself, "same-label overlaps", "clip 'clip-03': two '.*' events touch or overlap"),
    ("crowd", crowd, COUNTS, r"clip 'clip-03': \d+ events sound at once"),
    ("near", near, MARGINS, r"clip 'clip-03': .* are 0\.050 s apart, less than 0\.25 s"),
    ("name", lambda rows: rows[2].update(clip_id="clip-02"), NAMES, "the clip 'clip-02' is there 2 times"),
    ("gone", lambda rows: rows.pop(2), COUNTS, "the recipe asks for 80 clips, but the files hold 79"),
    ("grid", first(onset_s=0.005), READ, "clip 'clip-03': 'onset_s' must lie on the grid of 10 ms"),
    ("negative", first(onset_s=-1.0), READ, "clip 'clip-03': 'onset_s' must lie on the grid of 10 ms"),
    ("backwards", first(onset_s=9.0, offset_s=8.0), READ, "clip 'clip-03': event '.*' must end after it starts"),
    ("null", first(gain=None), READ, "clip 'clip-03': 'gain' must be filled in and finite; got None"),
    ("nan", first(gain=float("nan")), READ, "clip 'clip-03': 'gain' must be filled in and finite; got nan"),
    ("endless", lambda rows: rows[2].update(duration_s=float("inf")), READ, "'duration_s' must be filled in and fini"),
    ("long", lambda rows: rows[2].update(duration_s=1e6), READ, "'duration_s' must lie on the grid .* 600 s"),
    ("no events", lambda rows: rows[2].update(events=None), READ, "clip 'clip-03': 'events' must be filled in"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "check", "words"), [case[1:] for case in WRONG_SCENES], ids=[c[0] for c in WRONG_SCENES]
)
def test_a_changed_scene_is_named(change: Callable[[Rows], Any], check: str, words: str, small_copy: Path) -> None:
    change_rows(small_copy, "scenes.parquet", change)
    assert_found(verify(small_copy), check, words)


def test_a_sound_that_is_not_steady_must_be_heard_whole(small_copy: Path) -> None:
    bench = read_benchmark(small_copy)
    steady = {atom.atom_id for atom in bench.atoms().values() if atom.steady}
    place, number = next(
        (place, number)
        for place, scene in enumerate(bench.scenes)
        for number, event in enumerate(scene.events)
        if event.atom_id not in steady
    )

    def change(rows: Rows) -> None:
        event = rows[place]["events"][number]
        event["offset_s"] = round(event["offset_s"] - 0.05, 2)

    change_rows(small_copy, "scenes.parquet", change)
    words = r"clip '.*': '.*' lasts .* s, but its atom, which is not steady, .* s"
    assert_found(verify(small_copy), "only steady sounds are cut or looped", words)
