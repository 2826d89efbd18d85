from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from earwitness.errors import BenchmarkError, OutputError
from earwitness.reasonaudio import export as exporting
from earwitness.reasonaudio.export import FORMATS, export
from earwitness.reasonaudio.folder import Benchmark
from earwitness.reasonaudio.labels import audacity_labels, desed_durations, desed_events, jams_text
from earwitness.records import sha256_of_bytes
from earwitness.scenes.spec import Scene

# Dies by kill -9 when the first part is written.
KILLED = """
import os, signal, sys
from pathlib import Path
from earwitness.reasonaudio.export import export
def die(*progress): os.kill(os.getpid(), signal.SIGKILL)
export(Path(sys.argv[1]), Path(sys.argv[2]), format=sys.argv[3], progress=die)
"""

# No file can grow over 50 kB, as on a full disk.
CRAMPED = """
import resource, sys
from pathlib import Path
from earwitness.errors import OutputError
from earwitness.reasonaudio.export import export
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    export(Path(sys.argv[1]), Path(sys.argv[2]), format=sys.argv[3])
except OutputError as error:
    sys.exit(str(error))
"""


@pytest.fixture(scope="module")
def exported(bench_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the benchmark in a format, to be read only; each is made once."""
    root = tmp_path_factory.mktemp("exports")

    def give(format: str) -> Path:
        if not (root / format).exists():
            export(bench_folder, root / format, format=format)
        return root / format

    return give


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sha256_of_audio(file: Path | io.BytesIO, *, sample_rate: int) -> str:
    samples, rate = soundfile.read(file, dtype="int16")
    assert (samples.ndim, rate) == (1, sample_rate)
    return sha256_of_bytes(samples.astype("<i2").tobytes())


def events_of(scene: Scene) -> list[tuple[float, float, str]]:
    return [(e.onset_tick / 100, e.offset_tick / 100, e.label) for e in scene.events]


def edit_scenes(folder: Path, column: str, value: object, *, row: int = 3) -> None:
    path = folder / "scenes.parquet"
    table = pq.read_table(path)
    values = table.column(column).to_pylist()
    values[row] = value
    place = table.schema.get_field_index(column)
    pq.write_table(
        table.set_column(place, table.schema.field(column), pa.array(values, table.schema.types[place])), path
    )


# --- audio ---


@pytest.mark.parametrize("format", ["flac", "wav"])
def test_every_file_decodes_to_the_samples_that_were_promised(
    exported: Callable[[str], Path], bench: Benchmark, format: str
) -> None:
    files = sorted((exported(format) / "audio").iterdir())
    assert [path.name for path in files] == sorted(f"{scene.clip_id}.{format}" for scene in bench.scenes)
    for path in files:
        assert sha256_of_audio(path, sample_rate=bench.sample_rate) == bench.pcm_sha256[path.stem]


@pytest.mark.parametrize("format", ["flac", "wav"])
def test_audio_files_come_with_the_questions_as_they_are(
    exported: Callable[[str], Path], bench_folder: Path, format: str
) -> None:
    for name in ("queries.jsonl", "qrels.tsv", "pairs.jsonl", "scenes.parquet", "atoms.parquet"):
        assert (exported(format) / name).read_bytes() == (bench_folder / name).read_bytes()


def test_samples_other_than_promised_are_refused(bench_copy: Path, tmp_path: Path) -> None:
    edit_scenes(bench_copy, "pcm_sha256", "0" * 64)
    clip = pq.read_table(bench_copy / "scenes.parquet").column("clip_id")[3].as_py()
    with pytest.raises(BenchmarkError, match=f"clip '{clip}': the rendered samples have the SHA-256 .* is 0000"):
        export(bench_copy, tmp_path / "out", format="flac")
    assert not (tmp_path / "out").exists()


def test_a_wrong_scale_is_refused_by_name(bench_copy: Path, tmp_path: Path) -> None:
    edit_scenes(bench_copy, "scale", 1000.0)
    clip = pq.read_table(bench_copy / "scenes.parquet").column("clip_id")[3].as_py()
    with pytest.raises(BenchmarkError, match=rf"scenes.parquet', clip '{clip}': .*would be clipped"):
        export(bench_copy, tmp_path / "out", format="wav")


# --- shards and Parquet ---


def test_tar_shards_hold_pairs_of_members_without_date_or_owner(
    exported: Callable[[str], Path], bench: Benchmark
) -> None:
    with tarfile.open(exported("webdataset") / "clips-00000.tar") as tar:
        members = tar.getmembers()
        assert [m.name for m in members] == [f"{s.clip_id}.{kind}" for s in bench.scenes for kind in ("flac", "json")]
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}
        for scene in bench.scenes:
            about = json.loads(tar.extractfile(f"{scene.clip_id}.json").read())
            assert [(e["onset_s"], e["offset_s"], e["label"]) for e in about["events"]] == events_of(scene)
            assert about["duration_s"] == scene.duration_s
            audio = io.BytesIO(tar.extractfile(f"{scene.clip_id}.flac").read())
            assert sha256_of_audio(audio, sample_rate=bench.sample_rate) == about["pcm_sha256"]
            assert about["pcm_sha256"] == bench.pcm_sha256[scene.clip_id]


def test_parquet_holds_the_same_audio_and_says_that_it_is_audio(
    exported: Callable[[str], Path], bench: Benchmark
) -> None:
    table = pq.read_table(exported("webdataset") / "parquet" / "clips-00000.parquet")
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == table.column_names
    assert features["audio"] == {"sampling_rate": bench.sample_rate, "_type": "Audio"}
    assert features["events"][0]["onset_s"] == {"dtype": "float64", "_type": "Value"}
    with tarfile.open(exported("webdataset") / "clips-00000.tar") as tar:
        for row, scene in zip(table.to_pylist(), bench.scenes, strict=True):
            assert row["audio"] == {
                "bytes": tar.extractfile(f"{scene.clip_id}.flac").read(),
                "path": f"{scene.clip_id}.flac",
            }
            assert [(e["onset_s"], e["offset_s"], e["label"]) for e in row["events"]] == events_of(scene)


def test_parquet_holds_the_questions(exported: Callable[[str], Path], bench: Benchmark) -> None:
    tables = {
        name: pq.read_table(exported("webdataset") / "parquet" / f"{name}.parquet").to_pylist()
        for name in ("queries", "qrels", "pairs", "atoms")
    }
    assert [(row["query_id"], row["constraint"]) for row in tables["queries"]] == [
        (query.query_id, str(query.constraint)) for query in bench.queries
    ]
    assert {(row["query_id"], row["clip_id"]): row["relevance"] for row in tables["qrels"]} == bench.qrels
    assert [(row["positive"], row["broken"]) for row in tables["pairs"]] == [
        (pair.positive, str(pair.broken)) for pair in bench.pairs
    ]
    assert [row["licence"] for row in tables["atoms"]] == [row["licence"] for row in bench.atom_rows]


def test_the_card_tells_where_each_table_is(exported: Callable[[str], Path]) -> None:
    out = exported("webdataset")
    front = (out / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    configs = dict(re.findall(r"config_name: (\w+)\n(?:  default: true\n)?  data_files:\n.*\n    path: (.+)", front))
    assert list(configs) == ["clips", "queries", "qrels", "pairs", "atoms"]
    assert all(list(out.glob(pattern)) for pattern in configs.values())
    assert "pretty_name: bench" in front


@pytest.mark.parametrize("format", ["flac", "webdataset"])
def test_the_bytes_do_not_depend_on_the_jobs(
    bench_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setattr(exporting, "_CLIPS_A_SHARD", 60)
    for jobs in (1, 2):
        export(bench_folder, tmp_path / str(jobs), format=format, jobs=jobs)
    one = contents(tmp_path / "1")
    assert one == contents(tmp_path / "2")
    if format == "webdataset":
        assert {name for name in one if name.endswith(".tar")} == {f"clips-{n:05d}.tar" for n in range(4)}


# --- labels ---


def test_label_formats_hold_every_clip(exported: Callable[[str], Path], bench: Benchmark) -> None:
    for scene in bench.scenes:
        text = (exported("jams") / "jams" / f"{scene.clip_id}.jams").read_text(encoding="utf-8")
        assert text == jams_text(scene, corpus="bench")
        track = (exported("audacity") / "labels" / f"{scene.clip_id}.txt").read_text(encoding="utf-8")
        assert track == audacity_labels(scene)
    assert len(list((exported("jams") / "jams").iterdir())) == len(bench.scenes)
    assert len(list((exported("audacity") / "labels").iterdir())) == len(bench.scenes)
    assert (exported("desed") / "events.tsv").read_text(encoding="utf-8") == desed_events(bench.scenes)
    assert (exported("desed") / "durations.tsv").read_text(encoding="utf-8") == desed_durations(bench.scenes)


# --- the folder ---


@pytest.mark.parametrize("format", FORMATS)
def test_every_export_has_a_card_of_its_own_files(
    exported: Callable[[str], Path], bench_folder: Path, format: str
) -> None:
    card = (exported(format) / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\n")
    assert card.count("\n## Files\n") == 1
    assert "benchmark.json" not in card
    for section in ("## Tasks", "## Sounds", "## Limits"):
        assert section in card
    for name in re.findall(r"`([\w.]+\.(?:tsv|jsonl))`", card):
        assert (exported(format) / name).is_file()


def test_the_report_counts_what_is_there(bench_folder: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    report = export(
        bench_folder, tmp_path / "out", format="audacity", progress=lambda *arguments: told.append(arguments)
    )
    files = contents(tmp_path / "out")
    assert (report.folder, report.format, report.clips) == (tmp_path / "out", "audacity", 200)
    assert (report.files, report.bytes) == (len(files), sum(map(len, files.values())))
    assert told == [("clips", done, 200) for done in (50, 100, 150, 200)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_an_unknown_format_is_refused(bench_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="must be one of flac, wav, webdataset, jams, desed, audacity; got 'mp3'"):
        export(bench_folder, tmp_path / "out", format="mp3")


def test_an_export_that_is_there_is_replaced_only_by_force(bench_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(bench_folder, out, format="desed")
    with pytest.raises(OutputError, match=r"'.*out' exists already: .*--force"):
        export(bench_folder, out, format="audacity")
    with pytest.raises(OutputError, match=r"'.*out' is complete: there is nothing to resume"):
        export(bench_folder, out, format="desed", resume=True)
    assert (out / "events.tsv").is_file()
    # What a kill between the two moves of an earlier replacement leaves behind.
    (tmp_path / ".out.replaced").mkdir()
    (tmp_path / ".out.replaced" / "export.json").write_text("{}")
    export(bench_folder, out, format="audacity", force=True)
    assert not (out / "events.tsv").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize("taken", ["folder", "file", "link"])
def test_what_is_no_export_is_never_replaced(bench_folder: Path, tmp_path: Path, taken: str) -> None:
    out = tmp_path / "out"
    if taken == "folder":
        out.mkdir()
        (out / "thesis.txt").write_text("years of work")
    elif taken == "file":
        out.write_text("years of work")
    else:
        (tmp_path / "empty").mkdir()
        out.symlink_to(tmp_path / "empty")
    with pytest.raises(OutputError, match="out' exists and is not an export, so it will not be replaced"):
        export(bench_folder, out, format="desed", force=True)
    assert out.exists()


@pytest.mark.parametrize("inside", ["", "sub", ".."])
def test_benchmark_and_export_must_lie_apart(bench_copy: Path, inside: str) -> None:
    before = contents(bench_copy)
    with pytest.raises(OutputError, match="lie in each other"):
        export(bench_copy, bench_copy / inside, format="desed", force=True)
    assert contents(bench_copy) == before


def test_a_place_that_cannot_be_written_is_named(bench_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OutputError, match=r"Cannot write '.*file/out\.exporting/export\.json'"):
        export(bench_folder, tmp_path / "file" / "out", format="desed")


def test_a_folder_without_permission_is_named(bench_folder: Path, tmp_path: Path, plain_user: None) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(OutputError, match=r"Cannot write '.*locked/out\.exporting/export\.json': Permission denied"):
        export(bench_folder, tmp_path / "locked" / "out", format="desed")


# --- names ---


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", ".hidden", "a/b", "a b", "..", "ein-ö", "a\n"])
def test_a_clip_name_that_is_no_file_name_is_refused(bench_copy: Path, tmp_path: Path, name: str) -> None:
    edit_scenes(bench_copy, "clip_id", name)
    with pytest.raises(BenchmarkError, match=f"clip {re.escape(repr(name))}: the name must be letters"):
        export(bench_copy, tmp_path / "out", format="audacity")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bench"]


def test_clip_names_that_differ_by_case_are_refused(bench_copy: Path, tmp_path: Path) -> None:
    edit_scenes(bench_copy, "clip_id", "Same", row=0)
    edit_scenes(bench_copy, "clip_id", "same", row=1)
    with pytest.raises(BenchmarkError, match="clip 'same': differs from clip 'Same' by case alone"):
        export(bench_copy, tmp_path / "out", format="audacity")


def test_a_dot_in_a_clip_name_is_refused_by_webdataset_alone(bench_copy: Path, tmp_path: Path) -> None:
    edit_scenes(bench_copy, "clip_id", "take.2")
    with pytest.raises(BenchmarkError, match=r"clip 'take\.2': webdataset takes what follows a '\.'"):
        export(bench_copy, tmp_path / "out", format="webdataset")
    export(bench_copy, tmp_path / "out", format="audacity")
    assert (tmp_path / "out" / "labels" / "take.2.txt").is_file()


# --- stopped and gone on with ---


def stopped(bench_folder: Path, out: Path, format: str) -> Path:
    """Stop an export when its first part is written, and return the folder it worked in."""

    def interrupt(stage: str, done: int, wanted: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(bench_folder, out, format=format, progress=interrupt)
    assert not out.exists()
    return out.with_name(f"{out.name}.exporting")


def test_a_killed_export_is_gone_on_with(exported: Callable[[str], Path], bench_folder: Path, tmp_path: Path) -> None:
    out, work = tmp_path / "out", tmp_path / "out.exporting"
    command = [sys.executable, "-c", KILLED, str(bench_folder), str(out), "flac"]
    assert subprocess.run(command, check=False).returncode == -9
    assert not out.exists()
    (work / "audio" / ".half.flac.123.partial").write_bytes(b"half")
    with pytest.raises(OutputError, match="was stopped: go on with --resume, or begin anew with --force"):
        export(bench_folder, out, format="flac")
    assert (work / "audio" / ".half.flac.123.partial").exists(), "it may be another process's, at work"
    dates = {path.name: path.stat().st_mtime_ns for path in (work / "audio").glob("*.flac")}
    assert len(dates) == 50
    export(bench_folder, out, format="flac", resume=True)
    assert contents(out) == contents(exported("flac"))
    assert {name: (out / "audio" / name).stat().st_mtime_ns for name in dates} == dates


def test_parts_that_were_damaged_are_written_again(
    exported: Callable[[str], Path], bench_folder: Path, tmp_path: Path
) -> None:
    work = stopped(bench_folder, tmp_path / "out", "wav")
    first = min((work / "audio").iterdir())
    first.write_bytes(first.read_bytes()[:-100] + bytes(100))
    export(bench_folder, tmp_path / "out", format="wav", resume=True)
    assert contents(tmp_path / "out") == contents(exported("wav"))


def test_a_note_that_was_torn_counts_for_nothing(
    exported: Callable[[str], Path], bench_folder: Path, tmp_path: Path
) -> None:
    work = stopped(bench_folder, tmp_path / "out", "audacity")
    (work / "parts" / "00000.json").write_bytes(b"")
    export(bench_folder, tmp_path / "out", format="audacity", resume=True)
    assert contents(tmp_path / "out") == contents(exported("audacity"))


def test_what_was_stopped_holds_whole_files_only(
    exported: Callable[[str], Path], bench_folder: Path, tmp_path: Path
) -> None:
    work = stopped(bench_folder, tmp_path / "out", "flac")
    begun = {name: data for name, data in contents(work).items() if not name.startswith("parts/")}
    assert len(begun) == 51
    assert begun.items() <= contents(exported("flac")).items()


def test_only_the_same_export_is_gone_on_with(bench_copy: Path, tmp_path: Path) -> None:
    stopped(bench_copy, tmp_path / "out", "wav")
    with pytest.raises(OutputError, match="was begun with another format: "):
        export(bench_copy, tmp_path / "out", format="flac", resume=True)
    edit_scenes(bench_copy, "scale", 0.5)
    with pytest.raises(OutputError, match="was begun with another sha256: "):
        export(bench_copy, tmp_path / "out", format="wav", resume=True)


def test_force_begins_anew(exported: Callable[[str], Path], bench_folder: Path, tmp_path: Path) -> None:
    stopped(bench_folder, tmp_path / "out", "wav")
    export(bench_folder, tmp_path / "out", format="audacity", force=True)
    assert contents(tmp_path / "out") == contents(exported("audacity"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize(("format", "file"), [("wav", r"audio/.*\.wav"), ("webdataset", r"clips-00000\.tar")])
def test_a_full_disk_is_an_error_that_names_the_file(
    exported: Callable[[str], Path], bench_folder: Path, tmp_path: Path, format: str, file: str
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", CRAMPED, str(bench_folder), str(out), format]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert re.match(rf"No space left while writing '.*out\.exporting/{file}'", done.stderr), done.stderr
    export(bench_folder, out, format=format, resume=True)
    assert contents(out) == contents(exported(format))


def test_a_card_without_front_matter_is_given_one(bench_copy: Path, tmp_path: Path) -> None:
    (bench_copy / "README.md").write_text("# Mine\n\nBy hand.\n", encoding="utf-8")
    export(bench_copy, tmp_path / "out", format="webdataset")
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nconfigs:\n- config_name: clips\n")
    assert "\n---\n\n# Mine\n\nBy hand.\n" in card
