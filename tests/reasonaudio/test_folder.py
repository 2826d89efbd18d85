"""The benchmark folder: what is written is read back, and another program can read it without this package."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from earwitness.errors import BenchmarkError
from earwitness.logic.parsing import parse
from earwitness.reasonaudio.folder import (
    Benchmark,
    PairRow,
    QueryRow,
    read_benchmark,
    write_atom_table,
    write_pairs,
    write_qrels,
    write_queries,
    write_scenes,
)
from earwitness.records import write_json
from earwitness.scenes.spec import Background, Placed, Scene, db_to_gain
from earwitness.sounds import builtin
from earwitness.sounds.atoms import Atom, write_atoms
from earwitness.sounds.cutting import cut_event

PHRASES = {"dog": "a dog barking", "Türklingel": "a doorbell"}


def some_scene(clip_id: str, *, scale: float) -> Scene:
    gain = db_to_gain(-3.3)
    events = (Placed("dog", "dog-1", 0, 57, gain), Placed("Türklingel", "T-rklingel-2", 29, 1229, gain))
    return Scene(clip_id, 1230, Background("brown", 2999, db_to_gain(31.7)), events, scale)


def write_folder(folder: Path) -> tuple[list[Scene], list[QueryRow], list[PairRow]]:
    pcm = np.arange(160, dtype=np.int16)
    atom = Atom(
        "dog-1", "dog", "train", "CC0", "somewhere", 16_000, hashlib.sha256(pcm.tobytes()).hexdigest(), pcm, False
    )
    scenes = [some_scene("clip-1", scale=1.0), some_scene("clip-2", scale=float(np.float32(0.7)))]
    constraint = parse('all(before(dog, "Türklingel", within=1.5), absent("brass band"))')
    queries = [QueryRow("mix-1", "Mix", "Find „it“.\u2028", constraint, ("Or\tso.", "Or so:\n"))]
    pairs = [PairRow("mix-pair-1", "mix-1", "Mix", "clip-1", "clip-2", parse('absent("brass band")'))]
    write_atom_table(folder, [atom])
    write_scenes(folder, scenes, ["a" * 64, "b" * 64])
    write_queries(folder, queries)
    write_qrels(folder, [("mix-1", "clip-1", 1), ("mix-1", "clip-2", 0)])
    write_pairs(folder, pairs)
    about = {"kind": "retrieval", "recipe": {"sample_rate": 16_000, "phrases": PHRASES}, "seed": 1, "counts": {}}
    write_json(folder / "benchmark.json", about)
    return scenes, queries, pairs


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    scenes, queries, pairs = write_folder(tmp_path)
    bench = read_benchmark(tmp_path)
    assert bench.scenes == tuple(scenes), "times and gains to the last bit"
    assert bench.queries == tuple(queries)
    assert bench.pairs == tuple(pairs)
    assert bench.qrels == {("mix-1", "clip-1"): 1, ("mix-1", "clip-2"): 0}
    assert bench.pcm_sha256 == {"clip-1": "a" * 64, "clip-2": "b" * 64}
    assert (bench.sample_rate, bench.phrases) == (16_000, PHRASES)
    assert bench.scene_of["clip-2"] == scenes[1]
    assert bench.query_of["mix-1"] == queries[0]
    assert bench.with_relevance("mix-1", 1) == ("clip-1",)
    assert bench.with_relevance("mix-1", 0) == ("clip-2",)
    assert bench.with_relevance("mix-2", 1) == ()
    assert [row["atom_id"] for row in bench.atom_rows] == ["dog-1"]
    assert read_benchmark(str(tmp_path)).scenes == bench.scenes


def test_parameters_of_a_synthesised_atom_are_read_back(tmp_path: Path) -> None:
    recording = builtin.recording("smoke alarm", 3)
    pcm = cut_event(recording.read(), recording.name, sample_rate=16_000)
    digest = hashlib.sha256(pcm.tobytes()).hexdigest()
    about = ("smoke-alarm-3", "smoke alarm", "train", recording.licence, recording.source, 16_000, digest)
    atom = Atom(*about, pcm, False, parameters=recording.parameters)
    write_atoms([atom], tmp_path)
    write_atom_table(tmp_path, [atom])
    write_scenes(tmp_path, [], [])
    write_queries(tmp_path, [])
    write_qrels(tmp_path, [])
    write_pairs(tmp_path, [])
    recipe = {"sample_rate": 16_000, "phrases": {"smoke alarm": "a smoke alarm beeping"}}
    write_json(tmp_path / "benchmark.json", {"kind": "retrieval", "recipe": recipe, "seed": 1, "counts": {}})
    back = read_benchmark(tmp_path).atoms()["smoke-alarm-3"]
    assert len(recording.parameters) > 3
    assert dict(back.parameters) == dict(recording.parameters), "to the last bit"
    assert np.array_equal(back.pcm, pcm)


def test_the_files_are_as_designed(bench_folder: Path, bench: Benchmark) -> None:
    assert pq.read_schema(bench_folder / "atoms.parquet").names == [
        *("atom_id", "label", "split", "licence", "source", "sample_rate", "sha256", "parameters")
    ]
    scenes = pq.read_table(bench_folder / "scenes.parquet")
    assert scenes.column_names == ["clip_id", "duration_s", "background", "scale", "pcm_sha256", "events"]
    event = scenes.to_pylist()[0]["events"][0]
    assert list(event) == ["label", "atom_id", "onset_s", "offset_s", "gain"]
    queries = [json.loads(line) for line in (bench_folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
    assert list(queries[0]) == ["query_id", "task", "text", "constraint", "paraphrases"]
    pairs = [json.loads(line) for line in (bench_folder / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert list(pairs[0]) == ["pair_id", "query_id", "task", "positive", "negative", "broken"]
    for line in (bench_folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, iteration, clip, relevance = line.split("\t")
        assert (query in bench.query_of, iteration, clip in bench.scene_of) == (True, "0", True)
        assert relevance in ("0", "1")


def test_labels_stand_in_quotes_when_they_must(bench_folder: Path) -> None:
    text = (bench_folder / "queries.jsonl").read_text(encoding="utf-8")
    constraints = [json.loads(line)["constraint"] for line in text.splitlines()]
    named = " ".join(constraints)
    assert '"air fan"' in named or '"bird-call"' in named
    assert '"dog"' not in named


def test_every_atom_is_a_file_of_its_own(bench_folder: Path, bench: Benchmark) -> None:
    for row in bench.atom_rows:
        pcm, rate = soundfile.read(bench_folder / "atoms" / row["label"] / f"{row['atom_id']}.flac", dtype="int16")
        assert rate == row["sample_rate"] == bench.sample_rate
        assert hashlib.sha256(pcm.tobytes()).hexdigest() == row["sha256"]


def test_times_lie_on_the_grid_of_ten_milliseconds(bench_folder: Path) -> None:
    for row in pq.read_table(bench_folder / "scenes.parquet").to_pylist():
        for event in row["events"]:
            for time_s in (event["onset_s"], event["offset_s"], row["duration_s"]):
                assert time_s == round(time_s * 100) / 100
            assert event["gain"] == float(np.float32(event["gain"]))


@pytest.mark.parametrize("where", ["nothing", "file"])
def test_what_is_no_folder_is_named(where: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(BenchmarkError, match=f"There is no benchmark folder '.*{where}'"):
        read_benchmark(tmp_path / where)


def test_the_card_tells_what_is_there(bench_folder: Path, bench: Benchmark) -> None:
    card = (bench_folder / "README.md").read_text(encoding="utf-8")
    counts = bench.about["counts"]
    assert card.startswith("---\n")
    assert "# bench\n" in card
    for number in (counts["events"], counts["judged"], counts["relevant"], bench.sample_rate):
        assert f"{number:,}" in card
    for task in counts["queries"]:
        example = next(query.text for query in bench.queries if query.task == task)
        assert f"| {task} |" in card
        assert example in card
