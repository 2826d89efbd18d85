"""``earwitness evaluate ITEMS --model ...`` at the shell: what is printed, refused and kept; exit codes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from cli.conftest import Command, Run
from earwitness.mmar.asked import open_asked
from earwitness.mmar.items import Items
from earwitness.mmar.marking import marked
from earwitness.mmar.prompts import PROMPTS, prompt_text
from mmar.askable import askable, loopback, wave_of

MODEL = """
def toy(text, audio, sample_rate):
    print("loading weights")
    return "ANSWER: B"

def broken(text, audio, sample_rate):
    raise ValueError("the model gave up")

def nobody(text, audio, sample_rate):
    raise AssertionError("nobody was to be asked")

def eared(text, audio, sample_rate):
    return "a dog barks" if "Describe" in text else "ANSWER: A" if "a dog barks" in text else "?"
"""


@pytest.fixture
def items(tmp_path: Path) -> Items:
    return askable(tmp_path / "items")


@pytest.fixture
def model(tmp_path: Path) -> str:
    """The path of a module with models of a user's own."""
    (tmp_path / "my_model.py").write_text(MODEL)
    return f"python:{tmp_path / 'my_model.py'}"


def refused(run: Run, *words: str) -> None:
    """Assert one plain complaint on standard error, and exit code 2."""
    assert run.code == 2, run.err
    assert run.out == "" and "Traceback" not in run.err
    said = " ".join(run.err.split())
    for word in words:
        assert word in said, said


# --- what goes well ---


def test_models_are_asked_and_scored(run: Command, items: Items, model: str, tmp_path: Path) -> None:
    names = ("--model", "oracle", "--model", f"Mine={model}:toy")
    done = run("evaluate", items.folder, *names, "--out", tmp_path / "run", "--orders", 2)
    assert done.code == 0, done.err
    assert "loading weights" not in done.out and "loading weights" in done.err
    lines = [line.split() for line in done.out.splitlines()]
    assert ["oracle", "12", "0", "0", "0", "12"] in lines and ["Mine", "12", "0", "0", "0", "12"] in lines
    assert any(line[:2] == ["oracle", "100.0"] for line in lines)
    assert "With the choices in several orders" in done.out
    asked = open_asked(tmp_path / "run")
    assert {(each.about.name, each.order) for each in asked.systems} == {
        *(("oracle", 0), ("oracle", 1), ("Mine", 0), ("Mine", 1))
    }


def test_json_alone_stands_on_standard_output(items: Items, model: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "earwitness", "evaluate", str(items.path), "--out", str(tmp_path / "run")]
    options = ["--model", f"{model}:toy", "--arm", "audio", "--arm", "text", "--orders", "2", "--json"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["asked"][0]["counts"] == {"answered": 24, "refused": 0, "error": 0, "not run": 0}
    assert [each["arm"] for each in found["arms"]] == ["audio", "text"]
    assert [[system["name"] for system in each["systems"]] for each in found["arms"]] == [["toy"], ["toy"]]
    assert len(found["orders"]) == 2 and len(found["gains_over_text"]) == 1 and found["cost"] is None
    asked = open_asked(tmp_path / "run")
    right = [marked(items, asked.predictions("toy", "text", order), name="toy").right for order in (0, 1)]
    solved = found["shortcuts"]["toy"]
    assert solved["ids"] == [item.id for item, *each in zip(items, *right, strict=True) if all(each)]
    assert (solved["orders"], solved["solved"]["count"]) == (2, len(solved["ids"]))


def test_the_same_command_goes_on(run: Command, items: Items, model: str, tmp_path: Path) -> None:
    wave_of(items.folder, 0).rename(tmp_path / "away.wav")
    command = ("evaluate", items.path, "--model", f"{model}:toy", "--out", tmp_path / "run")
    first = run(*command)
    assert first.code == 0 and "1 audio" in first.out and "cannot be used (1 missing)" in first.err
    (tmp_path / "away.wav").rename(wave_of(items.folder, 0))
    again = run(*command)
    assert again.code == 0 and ["toy", "6", "0", "0", "0", "1"] in [line.split() for line in again.out.splitlines()]


def test_a_run_is_scored_again_by_score(run: Command, items: Items, tmp_path: Path) -> None:
    run("evaluate", items.path, "--model", "oracle", "--out", tmp_path / "run")
    done = run("score", tmp_path / "run", "--benchmark", items.path, "--items", "--json")
    assert done.code == 0, done.err
    assert [each["verdict"] for each in json.loads(done.out)["items"]] == ["right"] * 6


def test_a_cascade(run: Command, items: Items, model: str, tmp_path: Path) -> None:
    eared = ("--captioner", f"{model}:eared", "--arm", "caption")
    done = run("evaluate", items.path, "--model", f"reader={model}:eared", *eared, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    texts = {each.text for each in open_asked(tmp_path / "run").predictions("reader", "caption", 0).values()}
    assert texts == {"ANSWER: A"}


def test_a_prompt_of_ones_own(run: Command, items: Items, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("{question}\n{choices}\nA letter, please.")
    done = run(
        "evaluate", items.path, "--model", "oracle", "--prompt", tmp_path / "mine.txt", "--out", tmp_path / "run"
    )
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "run" / "run.json").read_text())["prompt"]["name"] == "mine"


def test_there_is_no_score_while_items_are_not_run(run: Command, items: Items, tmp_path: Path) -> None:
    names = ("evaluate", items.path, "--model", "oracle", "--out", tmp_path / "run")
    done = run(*names, "--limit", 2)
    assert done.code == 0 and "no score while items are not run" in done.out and "chance" not in done.out
    assert ["oracle", "audio", "0", "2", "0", "0", "0", "0", "4"] in [line.split() for line in done.out.splitlines()]
    found = json.loads(run(*names, "--only", "item-5", "--json").out)
    assert found["so_far"][0]["right"] == 3 and found["so_far"][0]["not_run"] == 3
    assert found["arms"] == [{**found["arms"][0], "systems": [], "pairs": []}]
    assert "100.0" in run(*names).out


# --- nobody is asked ---


def test_a_dry_run_asks_nobody_and_writes_nothing(run: Command, items: Items, model: str, tmp_path: Path) -> None:
    options = ("--arm", "audio", "--arm", "text", "--price-in", 1, "--price-out", 10, "--dry-run", "--json")
    named = ("--model", f"{model}:nobody", "--out", tmp_path / "run")
    found = json.loads(run("evaluate", items.path, *named, *options).out)
    audio, text = found["estimates"]
    sizes = [wave_of(items.folder, number).stat().st_size for number in range(6)]
    assert (audio["arm"], audio["n_requests"], audio["n_kept"]) == ("audio", 6, 0)
    assert audio["n_bytes"] == sum(-(-size // 3) * 4 for size in sizes) and audio["seconds"] == pytest.approx(0.6)
    assert (text["n_requests"], text["n_bytes"], text["seconds"]) == (6, 0, 0)
    texts = sum(len(prompt_text(PROMPTS["reason"], item)) for item in items)
    assert text["n_in"] == pytest.approx(texts / 4, abs=6) and text["n_out"] == 6 * 300
    assert found["cost"] == pytest.approx(sum(each["n_in"] + 10 * each["n_out"] for each in (audio, text)) / 1e6)
    assert any("25 tokens a second" in each for each in found["assumptions"])
    assert not (tmp_path / "run").exists()


def test_a_dry_run_counts_what_is_kept(run: Command, items: Items, model: str, tmp_path: Path) -> None:
    named = ("evaluate", items.path, "--model", f"{model}:toy", "--out", tmp_path / "run")
    assert run(*named, "--limit", 4).code == 0
    done = run(*named, "--arm", "audio", "--dry-run")
    assert done.code == 0, done.err
    assert ["toy", "audio", "2", "4", "0"] in [line.split()[:5] for line in done.out.splitlines()]
    assert "Nobody was asked" in done.out and "Assumed:" in done.out


# --- what goes wrong ---


def test_when_all_fail_nothing_is_scored_and_the_exit_code_tells(
    run: Command, items: Items, model: str, tmp_path: Path
) -> None:
    done = run("evaluate", items.path, "--model", f"{model}:broken", "--out", tmp_path / "run")
    assert done.code == 1
    assert "0 scored" in done.out and "6 model" in done.out
    assert "Traceback" not in done.err + done.out
    found = json.loads(run("evaluate", items.path, "--model", f"{model}:broken", "--out", tmp_path / "r", "--json").out)
    counts = found["arms"][0]["systems"][0]["counts"]
    assert counts["right"] == 0 and counts["error"] == 6


def test_one_that_fails_beside_one_that_answers(run: Command, items: Items, model: str, tmp_path: Path) -> None:
    names = ("--model", f"{model}:broken", "--model", "oracle")
    done = run("evaluate", items.path, *names, "--out", tmp_path / "run")
    assert done.code == 1 and "100.0" in done.out


def test_a_server_that_is_not_there_is_given_up(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earwitness.systems.chat.Settings.patience", _hurry())
    items = askable(tmp_path / "many", 40)
    url = ("--url", "http://127.0.0.1:9/v1", "--jobs", 2)
    done = run("evaluate", items.path, "--model", "openai:m", *url, "--arm", "text", "--out", tmp_path / "run")
    assert done.code == 1 and "requests in a row had no answer" in done.err and "not run" in done.out


def _hurry() -> property:
    from earwitness.systems.servers import Patience

    return property(lambda self: Patience(1.0, 1, 0.0))


def test_a_benchmark_and_items_are_not_mixed_up(run: Command, items: Items, bench_folder: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "run")
    refused(run("evaluate", bench_folder, "--model", "oracle", *out), "retrieval benchmark", "--system", "--model is")
    refused(run("evaluate", bench_folder, *out), "retrieval benchmark", "named with --system")
    refused(run("evaluate", items.path, *out), "named with --model")
    refused(run("evaluate", items.folder, "--model", "oracle", "--block", 3, *out), "--block is for a retrieval")
    both = ("--system", "chance", "--model", "oracle")
    refused(run("evaluate", items.folder, *both, *out), "--system is for a retrieval")
    refused(
        run("evaluate", bench_folder, "--system", "chance", "--arm", "text", "--rate", 3, *out), "--arm, --rate are"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--model", "orakel"], ["orakel", "oracle"]),
        (["--model", "oracle", "--model", "oracle"], ["oracle"]),
        (["--model", "oracle", "--arm", "smell"], ["no arm 'smell'"]),
        (["--model", "oracle", "--arm", "caption"], ["--captions", "--captioner"]),
        (["--model", "oracle", "--prompt", "nice"], ["no prompt 'nice'", "reason"]),
        (["--model", "oracle", "--only", "item-77"], ["'item-77'"]),
        (["--model", "oracle", "--budget", "1"], ["needs prices"]),
        (["--model", "oracle", "--extractor", "psychic"], ["'psychic'"]),
        (["--model", "oracle", "--rate", "0"], ["more than 0 requests"]),
        (["--model", "oracle", "--captions", "none.jsonl"], ["Cannot read 'none.jsonl'"]),
        (["--model", "openai:m"], ["--url"]),
        (["--model", "oracle", "--extra", "seed=1"], ["--extra must be a JSON object"]),
        (["--model", "oracle", "--extra", "[1]"], ["--extra must be a JSON object"]),
    ],
)
def test_what_cannot_be_used_is_told(
    run: Command, items: Items, tmp_path: Path, options: list[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    refused(run("evaluate", items.path, *options, "--out", tmp_path / "run"), *words)


def test_items_that_cannot_be_scored_are_named(run: Command, items: Items, tmp_path: Path) -> None:
    items.path.write_text(items.path.read_text().replace('"answer": "sound 3.1"', '"answer": "a cow"'))
    refused(run("evaluate", items.path, "--model", "oracle", "--out", tmp_path / "run"), "item-3", "a cow")


# --- Ctrl-C ---


def command_of(items: Items, url: str, out: Path) -> list[str]:
    command = [sys.executable, "-m", "earwitness", "evaluate", str(items.path), "--model", "openai:m", "--url", url]
    return [*command, "--out", str(out), "--jobs", "4", "--timeout", "5", "--json"]


def lines_of(out: Path, file: str = "answers.jsonl") -> list[dict[str, object]]:
    path = out / "models" / "m" / file
    # A line that a kill left unfinished is none.
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.is_file() else []


def start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def until(out: Path, n: int, process: subprocess.Popen[str]) -> None:
    """Wait until so many answers are written."""
    end = time.monotonic() + 60
    while len(lines_of(out)) < n and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_ctrl_c_ends_with_130_and_loses_nothing(tmp_path: Path) -> None:
    items = askable(tmp_path / "items", 60)
    log = tmp_path / "log"
    with loopback("--log", str(log), "--think", "0.1") as url:
        process = start(command_of(items, url, tmp_path / "run"))
        until(tmp_path / "run", 6, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130 and "is kept in" in said and "Traceback" not in said
        kept = len(lines_of(tmp_path / "run"))
        assert 6 <= kept < 60
        assert Counter(line.split()[0] for line in log.read_text().splitlines()) == {"asked": kept, "answered": kept}
        again = start(command_of(items, url, tmp_path / "run"))
        again.communicate(timeout=60)
        assert again.returncode == 0 and len(lines_of(tmp_path / "run")) == 60
        assert Counter(line.split()[0] for line in log.read_text().splitlines())["asked"] == 60
