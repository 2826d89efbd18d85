"""``earwitness build`` at the shell: what is printed, what is refused by name, and with which exit code."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cli.conftest import Command, Run
from earwitness.records import sha256_of_file
from earwitness.rng import generator
from reasonaudio.conftest import SEED, call

RATE = 16_000
COUNTS = ("--clips", "80", "--queries", "5", "--pairs", "3", "--seed", str(SEED))


def refused(run: Run, *words: str) -> None:
    """Assert one plain complaint on standard error, and exit code 2."""
    assert run.code == 2, run.err
    assert run.out == ""
    assert "Traceback" not in run.err
    said = " ".join(run.err.split())
    for word in words:
        assert word in said, said


def write(path: Path, samples: np.ndarray, *, rate: int = RATE, subtype: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


@pytest.fixture
def own(bank_folder: Path, tmp_path: Path) -> Path:
    """A copy of the bank that a test may spoil."""
    return Path(shutil.copytree(bank_folder, tmp_path / "own"))


# --- what goes well ---


def test_a_benchmark_is_built_and_told(run: Command, bank_folder: Path, small_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "bench"
    done = run("build", out, "--sounds", bank_folder, *COUNTS)
    assert done.code == 0, done.err
    assert "80 clips with" in done.out
    assert "12 labels; 5 queries; 400 pairs judged" in done.out
    assert "15 two-option pairs" in done.out
    assert "not needed" in done.out
    assert sha256_of_file(out / "benchmark.json") == sha256_of_file(small_folder / "benchmark.json")


def test_json_holds_the_report(run: Command, own: Path, tmp_path: Path) -> None:
    (own / "cat").mkdir()
    (own / "cat" / "meow.wav").write_text("meow")
    done = run("build", tmp_path / "bench", "--sounds", own, *COUNTS, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["folder"] == str(tmp_path / "bench")
    assert report["counts"]["clips"] == 80
    assert report["labels_without_atom"] == ["cat"]
    (rejection,) = report["rejected"]
    assert (rejection["name"], rejection["reason"]) == ("cat/meow.wav", "not decodable")


def test_a_recipe_from_a_file_and_two_banks(run: Command, bank_folder: Path, tmp_path: Path) -> None:
    for name, labels in (("one", ("dog", "owl", "hum")), ("two", ("frog", "zip", "brook"))):
        for label in labels:
            shutil.copytree(bank_folder / label, tmp_path / name / label)
    (tmp_path / "order.toml").write_text('clips = 30\nqueries = 3\npairs = 2\n[forms]\nOrder = ["before(A, B)"]\n')
    banks = ("--sounds", tmp_path / "one", "--sounds", tmp_path / "two")
    done = run("build", tmp_path / "bench", *banks, "--recipe", tmp_path / "order.toml", "--json")
    assert done.code == 0, done.err
    counts = json.loads(done.out)["counts"]
    assert (counts["clips"], counts["queries"], counts["pairs"]) == (30, {"Order": 3}, {"Order": 2})


def test_a_label_table_renames_and_phrases(run: Command, bank_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("label,name,phrase\ndog,hound,a hound baying\n", encoding="utf-8")
    done = run("build", tmp_path / "bench", "--sounds", bank_folder, *COUNTS, "--labels", tmp_path / "labels.csv")
    assert done.code == 0, done.err
    phrases = json.loads((tmp_path / "bench" / "benchmark.json").read_text())["recipe"]["phrases"]
    assert phrases["hound"] == "a hound baying"
    assert "dog" not in phrases


def test_channels_and_rates_of_any_kind_are_taken(run: Command, own: Path, tmp_path: Path) -> None:
    one = call("dog", 9, seconds=1.0)
    many = np.repeat(np.stack([one] * 8, axis=1), 12, axis=0) * 0.1
    write(own / "cat" / "eight.wav", many, rate=192_000, subtype="PCM_24")
    write(own / "cat" / "float.wav", 3.0 * call("owl", 9, seconds=0.7), subtype="FLOAT")
    write(own / "cat" / "packed.flac", 0.3 * call("frog", 9, seconds=0.9), rate=22_050)
    write(own / "cat" / "packed.ogg", 0.3 * call("zip", 9, seconds=0.8), rate=44_100)
    done = run("build", tmp_path / "bench", "--sounds", own, *COUNTS, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert report["rejected"] == []
    assert report["counts"]["recordings"]["atom"] == 12 * 6 + 4


# --- recordings that cannot be used are told, and the rest is used ---


def silence() -> np.ndarray:
    return np.zeros(RATE)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("text.wav", "not decodable"),
        ("truncated.flac", "truncated"),
        ("nan.wav", "not finite"),
        ("none.wav", "empty"),
        ("silent.wav", "silent"),
        ("short.wav", "too short"),
        ("twice.wav", "several segments"),
    ],
)
def test_a_recording_that_cannot_be_used_is_told(
    name: str, reason: str, run: Command, own: Path, tmp_path: Path
) -> None:
    path = own / "dog" / name
    sound = 0.3 * call("dog", 9, seconds=1.0)
    if name == "text.wav":
        path.write_text("this is no sound")
    elif name == "truncated.flac":
        content = write(path, generator(0).uniform(-0.5, 0.5, 4 * RATE)).read_bytes()
        path.write_bytes(content[: len(content) // 3])
    elif name == "nan.wav":
        write(path, np.where(np.arange(len(sound)) == 5000, np.nan, sound), subtype="FLOAT")
    elif name == "none.wav":
        write(path, np.zeros(0))
    elif name == "silent.wav":
        write(path, silence())
    elif name == "short.wav":
        write(path, sound[: RATE // 10])
    else:
        write(path, np.concatenate([sound, silence(), sound]))
    recipe = tmp_path / "all.toml"
    recipe.write_text("atoms_per_label = 20\n")  # so that every recording is looked at
    done = run("build", tmp_path / "bench", "--sounds", own, "--recipe", recipe, *COUNTS, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    (rejection,) = report["rejected"]
    assert rejection["name"] == f"dog/{name}"
    assert rejection["label"] == "dog"
    assert rejection["reason"] == reason
    assert report["counts"]["recordings"] == {"atom": 96, reason: 1}


def test_the_table_names_what_was_rejected(run: Command, own: Path, tmp_path: Path) -> None:
    (own / "dog" / "0.wav").write_text("this is no sound")
    (tmp_path / "all.toml").write_text("atoms_per_label = 20\n")
    done = run("build", tmp_path / "bench", "--sounds", own, "--recipe", tmp_path / "all.toml", *COUNTS)
    assert done.code == 0, done.err
    assert "not decodable" in done.out
    assert "dog/0.wav" in done.out


# --- banks that cannot be used ---


def test_a_missing_folder_is_named(run: Command, tmp_path: Path) -> None:
    refused(run("build", tmp_path / "bench", "--sounds", tmp_path / "nothing"), "There is no sound bank at", "nothing'")


def test_an_empty_folder_is_named(run: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(run("build", tmp_path / "bench", "--sounds", tmp_path / "empty"), "empty'", "no audio file")


def test_one_label_is_not_enough(run: Command, bank_folder: Path, tmp_path: Path) -> None:
    shutil.copytree(bank_folder / "dog", tmp_path / "one" / "dog")
    refused(run("build", tmp_path / "bench", "--sounds", tmp_path / "one"), "one'", "at least two labels", "'dog'")


def test_labels_that_differ_by_case_are_named(run: Command, own: Path, tmp_path: Path) -> None:
    shutil.copytree(own / "dog", own / "Dog")
    refused(run("build", tmp_path / "bench", "--sounds", own), "differ only by case", "'Dog'", "'dog'")


def test_one_recording_under_two_labels_is_named(run: Command, own: Path, tmp_path: Path) -> None:
    shutil.copy(own / "dog" / "3.wav", own / "owl" / "x.wav")
    recipe = tmp_path / "all.toml"
    recipe.write_text("atoms_per_label = 20\n")
    done = run("build", tmp_path / "bench", "--sounds", own, "--recipe", recipe, *COUNTS)
    refused(done, "The same sound under two labels", "dog/3.wav", "owl/x.wav")
    assert not (tmp_path / "bench").exists()


def test_the_same_label_in_two_banks_is_named(run: Command, own: Path, bank_folder: Path, tmp_path: Path) -> None:
    done = run("build", tmp_path / "bench", "--sounds", own, "--sounds", bank_folder)
    refused(done, "The same label in two banks", "'dog'")


@pytest.mark.parametrize("path", ["../secret.wav", "/etc/passwd", "a/../../secret.wav"])
def test_a_manifest_that_climbs_out_is_refused(path: str, run: Command, tmp_path: Path) -> None:
    write(tmp_path / "secret.wav", call("dog", 1, seconds=0.5))
    write(tmp_path / "bank" / "a" / "1.wav", call("dog", 2, seconds=0.5))
    text = f"path,label,licence,source\na/1.wav,dog,CC0,x\n{path},owl,CC0,y\n"
    (tmp_path / "bank" / "manifest.csv").write_text(text)
    refused(run("build", tmp_path / "bench", "--sounds", tmp_path / "bank"), "manifest.csv' line 3", path)


def test_labels_that_entail_each_other_are_named(run: Command, own: Path, tmp_path: Path) -> None:
    nodes = [
        {"id": "/1", "name": "dog", "child_ids": ["/2"]},
        {"id": "/2", "name": "owl", "child_ids": []},
    ]
    (tmp_path / "ontology.json").write_text(json.dumps(nodes))
    done = run("build", tmp_path / "bench", "--sounds", own, "--ontology", tmp_path / "ontology.json")
    refused(done, "Labels that entail each other", "'owl' is a kind of 'dog'")


def test_recordings_that_cannot_be_read_are_told(run: Command, own: Path, tmp_path: Path, plain_user: None) -> None:
    (own / "dog" / "0.wav").chmod(0)
    done = run("build", tmp_path / "bench", "--sounds", own, *COUNTS, "--json")
    assert [each["name"] for each in json.loads(done.out)["rejected"]] == ["dog/0.wav"]


# --- options and places ---


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--recipe", "papre"), ("No recipe 'papre'", "Did you mean 'paper'?")),
        (("--recipe", "missing.toml"), ("Cannot read the recipe 'missing.toml'",)),
        (("--clips", "0"), ("the options: 'clips' must be a whole number, 1 or more; got 0",)),
        (("--pairs", "-1"), ("the options: 'pairs' must be a whole number, 0 or more; got -1",)),
        (("--sample-rate", "22050"), ("multiple of 100 from 8000 to 48000 Hz, got 22050",)),
        (("--split", "dev"), ("split must be 'train', 'test' or 'all', got 'dev'",)),
        (("--labels", "missing.csv"), ("Cannot read 'missing.csv'",)),
        (("--ontology", "missing.json"), ("Cannot read the ontology 'missing.json'",)),
        (("--clips", "3"), ("asks for 3 clips, but its", "Short by")),
        (("--pairs", "1000"), ("asks for 1000 pairs a task, but the", "short by")),
        (("--jobs", "0"), ("--jobs",)),
        (("--seed", "first"), ("--seed",)),
        (("--sounds",), ("--sounds",)),
        (("--colour", "red"), ("--colour",)),
    ],
    ids=lambda value: " ".join(value) if value and value[0].startswith("--") else "",
)
def test_bad_options_are_named(
    options: tuple[str, ...], words: tuple[str, ...], run: Command, bank_folder: Path, tmp_path: Path
) -> None:
    counts = tuple(COUNTS)
    if options[0] in counts:
        place = counts.index(options[0])
        counts = counts[:place] + counts[place + 2 :]
    refused(run("build", tmp_path / "bench", "--sounds", bank_folder, *counts, *options), *words)
    assert not (tmp_path / "bench").exists()


def test_sounds_must_be_named(run: Command, tmp_path: Path) -> None:
    refused(run("build", tmp_path / "bench"), "--sounds")


def test_a_folder_that_is_taken_is_named(run: Command, bank_folder: Path, small_copy: Path) -> None:
    before = sha256_of_file(small_copy / "benchmark.json")
    refused(run("build", small_copy, "--sounds", bank_folder, *COUNTS), "bench' exists already", "--force")
    other = run("build", small_copy, "--sounds", bank_folder, "--resume", "--seed", "99")
    refused(other, "is complete, and was built with other settings", "seed")
    same = run("build", small_copy, "--sounds", bank_folder, *COUNTS, "--resume")
    assert (same.code, "80 clips with" in same.out) == (0, True)
    assert sha256_of_file(small_copy / "benchmark.json") == before


def test_a_foreign_folder_is_never_replaced(run: Command, bank_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.tex").write_text("years of work")
    done = run("build", tmp_path / "thesis", "--sounds", bank_folder, *COUNTS, "--force")
    refused(done, "thesis' exists and is not a benchmark, so it will not be replaced")
    assert (tmp_path / "thesis" / "thesis.tex").read_text() == "years of work"


def test_a_place_below_a_file_is_named(run: Command, bank_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused(run("build", tmp_path / "file" / "bench", "--sounds", bank_folder, *COUNTS), "file/bench.building")


def test_a_disk_that_is_full_is_named_and_nothing_is_lost(
    bank_folder: Path, small_folder: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", "from earwitness.cli import main; main()", "build", str(tmp_path / "bench")]
    command += ["--sounds", str(bank_folder), *COUNTS]

    def no_file_over_8_kib() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=no_file_over_8_kib)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "bench.building" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bench.building"]
    again = subprocess.run([*command, "--resume"], capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert sha256_of_file(tmp_path / "bench" / "benchmark.json") == sha256_of_file(small_folder / "benchmark.json")


def test_talk_goes_to_standard_error(bank_folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from earwitness.cli import main; main()", "build", str(tmp_path / "bench")]
    done = subprocess.run(
        [*command, "--sounds", str(bank_folder), *COUNTS, "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["clips"] == 80
