"""``earwitness mmar check``, ``earwitness mmar probe`` and ``earwitness fetch mmar`` at the shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Command
from earwitness.mmar.fetch import ARCHIVE
from mmar.audio_items import items_in, samples, write_wave
from mmar.hub import COMMIT, FakeHub, mmar_files


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")


def test_check_says_what_there_is(run: Command, tmp_path: Path) -> None:
    for k in range(4):
        write_wave(tmp_path / f"{k}.wav", samples(16_000 + 800 * k, 1 + k % 2, seed=k), 8_000)
    items_in(tmp_path, {str(k): f"{k}.wav" for k in range(4)})
    told = run("mmar", "check", tmp_path, "-q")
    assert told.code == 0, told.err
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert f"{tmp_path / 'items.jsonl'}: 4 items, the recordings of 4 can be used (0.00 hours)." in lines
    assert "They last 2.00 to 2.30 s, half of them 2.15 s or more." in lines
    assert "8000 1 2" in lines and "8000 2 2" in lines
    assert "2 several channels: 1, 3" in lines


def test_check_names_what_cannot_be_used_and_exits_with_1(run: Command, tmp_path: Path) -> None:
    write_wave(tmp_path / "good.wav", samples(800))
    items_in(tmp_path, {"a": "good.wav", "b": "../../etc/passwd", **{f"c{k}": f"{k}.wav" for k in range(30)}})
    told = run("mmar", "check", tmp_path / "items.jsonl", "--jobs", 2, "-q")
    said = " ".join(told.out.split())
    assert told.code == 1 and told.err == ""
    assert "32 items, the recordings of 1 can be used" in said
    assert "Cannot be used: 31; their rows will be errors" in said
    assert "b outside" in said and "c0 missing" in said and "... and 11 more; --json lists all." in said


def test_check_as_json(run: Command, tmp_path: Path) -> None:
    write_wave(tmp_path / "good.wav", samples(800, 2))
    items_in(tmp_path, {"a": "good.wav", "b": "bad.wav"})
    told = run("mmar", "check", tmp_path, "--json")
    assert told.code == 1
    result = json.loads(told.out)
    assert (result["n"], result["usable"]) == (2, 1)
    assert result["faults"] == {"missing": 1} and result["flags"] == {"stereo": 1}
    good, bad = result["recordings"]
    assert (good["id"], good["channels"], good["sample_rate"], good["seconds"]) == ("a", 2, 8_000, 0.1)
    assert (bad["id"], bad["fault"], bad["sha256"]) == ("b", "missing", "")


def test_check_of_what_is_no_benchmark(run: Command, tmp_path: Path) -> None:
    told = run("mmar", "check", tmp_path)
    assert told.code == 2 and "holds no items" in told.err


def test_probe_says_where_it_is_cut(run: Command) -> None:
    told = run("mmar", "probe", "--model", "truncating:6", "--lengths", "3,6,8", "--questions", 8, "-q")
    assert told.code == 0, told.err
    assert "truncating:6: hears the end of 6 s, not of 8 s: the server or the model cuts at about 6 s.\n" in told.out
    lines = [" ".join(line.split()) for line in told.out.splitlines()]
    assert "A guess is right 25% of the time." in lines
    assert any(line.startswith("6 end 8 8 0 0 ") and line.endswith(" heard") for line in lines)


def test_probe_as_json(run: Command) -> None:
    told = run("mmar", "probe", "--model", "short=truncating:4", "--lengths", "3,5", "--questions", 8, "--json", "-q")
    result = json.loads(told.out)
    assert (result["model"], result["spec"]) == ("short", "truncating:4")
    assert (result["hears_to_s"], result["cut_before_s"], result["chance"]) == (3.0, 5.0, 0.25)
    assert [(row["seconds"], row["place"], row["heard"]) for row in result["rows"]] == [
        *((3.0, "beginning", True), (3.0, "end", True)),
        *((5.0, "beginning", True), (5.0, "end", False)),
    ]


MODEL = """
import sys

def answer(text, audio, sample_rate):
    print("talk")
    raise ValueError("out of memory")
"""


def test_probe_of_a_model_that_gives_no_answer_exits_with_1(run: Command, tmp_path: Path) -> None:
    (tmp_path / "broken_model.py").write_text(MODEL)
    spec = f"python:{tmp_path / 'broken_model.py'}:answer"
    told = run("mmar", "probe", "--model", spec, "--lengths", "3", "--questions", 2, "--json", "-q")
    assert told.code == 1, told.err
    result = json.loads(told.out)
    assert result["verdict"].startswith("cannot tell: no question was answered (model: ")
    assert "out of memory" in result["faults"]["model"] and "talk" in told.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--model", "nobody"), "nobody"),
        (("--model", "oracle", "--lengths", "5,x"), "--lengths"),
        (("--model", "oracle", "--lengths", "1"), "2 seconds or more"),
        (("--model", "oracle", "--lengths", "nan"), "2 seconds or more"),
        (("--model", "oracle", "--audio-as", "vinyl"), "vinyl"),
    ],
)
def test_probe_refuses_what_makes_no_sense(run: Command, options: tuple[str, ...], said: str) -> None:
    told = run("mmar", "probe", *options)
    assert told.code == 2 and said in told.err and told.out == ""


def test_fetch(run: Command, tmp_path: Path) -> None:
    with FakeHub(mmar_files(3)) as hub:
        told = run("fetch", "mmar", "--out", tmp_path / "mmar", "--hub", hub.base, "-q")
        assert told.code == 0, told.err
        assert "3 items, the recordings of 3 can be used" in told.out
        assert f"3 items, commit {COMMIT}." in told.out
        assert told.out.count("downloaded, as the hub says it is; SHA-256") == 2
        assert f"earwitness mmar audit {tmp_path / 'mmar'}" in told.out
        again = run("fetch", "mmar", "--out", tmp_path / "mmar", "--hub", hub.base, "--json", "-q")
    result = json.loads(again.out)
    assert (result["n_items"], result["usable"], result["commit"]) == (3, 3, COMMIT)
    assert [(file["name"], file["new"], file["held"]) for file in result["files"]] == [("MMAR-meta.json", False, True)]
    assert run("mmar", "check", tmp_path / "mmar", "-q").code == 0


def test_fetch_of_another_revision_and_of_the_items_alone(run: Command, tmp_path: Path) -> None:
    with FakeHub(mmar_files(3)) as hub:
        options = ("--revision", "main", "--metadata-only", "--json", "-q")
        told = run("fetch", "mmar", "--out", tmp_path, "--hub", hub.base, *options)
        assert "/revision/main?blobs=true" in hub.asked[0].path
    result = json.loads(told.out)
    assert told.code == 0 and result["n_items"] == 3 and "recordings" not in result
    assert not (tmp_path / ARCHIVE).exists()


def test_fetch_without_a_hub_says_what_to_do(run: Command, tmp_path: Path) -> None:
    told = run("fetch", "mmar", "--out", tmp_path, "--hub", "http://example.org")
    assert told.code == 2 and "https://" in told.err
