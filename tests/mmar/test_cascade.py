"""Cascades: what one model describes of a recording, another reads in its place."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from earwitness.errors import BenchmarkError, RunError
from earwitness.mmar.asking import Terms, ask
from earwitness.mmar.items import Items
from earwitness.mmar.preparing import DESCRIBE, read_described
from mmar.askable import Model, askable, failing, wave_of


@pytest.fixture
def items(tmp_path: Path) -> Items:
    return askable(tmp_path / "items")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "run"


def test_a_captioner_hears_each_recording_once_and_the_model_reads(items: Items, out: Path) -> None:
    shutil.copy(wave_of(items.folder, 0), wave_of(items.folder, 5))
    hears = Model(lambda question: f"noise of {len(question.audio or b'')} bytes", name="ear")
    reads = Model()
    run = ask(items, [reads], out, arms=["caption"], orders=2, terms=Terms(captioner=hears))
    assert len(hears.asked) == 5 and {question.text for question in hears.asked} == {DESCRIBE["caption"]}
    assert all(question.audio is None for question in reads.asked) and len(reads.asked) == 12
    size = wave_of(items.folder, 0).stat().st_size
    assert sum(f"noise of {size} bytes" in question.text for question in reads.asked) >= 4
    assert run.captioner is not None and run.captioner.counts["answered"] == 6
    model = json.loads((out / "models" / "toy" / "model.json").read_text())
    assert model["asked"]["caption"]["described"]["name"] == "ear"
    # Both are kept: neither is asked again, and another model reads the same.
    again, other = Model(name="ear"), Model(name="other")
    ask(items, [Model(), other], out, arms=["caption"], terms=Terms(captioner=again))
    assert again.asked == [] and len(other.asked) == 6


def test_without_a_caption_there_is_an_error_and_no_question(items: Items, out: Path) -> None:
    shutil.copy(wave_of(items.folder, 0), wave_of(items.folder, 1))
    hears = Model(lambda question: failing() if question.audio == wave_of(items.folder, 0).read_bytes() else "wind")
    reads = Model(name="reads")
    run = ask(items, [reads], out, arms=["transcript"], terms=Terms(captioner=hears))
    assert len(reads.asked) == 4 and run.outcomes[0].errors == {"audio": 2}
    assert "transcript" in (out / "models" / "reads" / "errors.jsonl").read_text()


def test_captions_of_a_file(items: Items, out: Path, tmp_path: Path) -> None:
    path = tmp_path / "captions.jsonl"
    path.write_text("".join(json.dumps({"id": f"item-{n}", "caption": f"a dog {n}"}) + "\n" for n in range(5)))
    told = read_described(path, items)
    assert set(told) == {"caption"}
    model = Model()
    run = ask(items, [model], out, arms=["caption"], terms=Terms(captions=told))
    assert sorted(question.text.splitlines()[1] for question in model.asked) == [f"a dog {n}" for n in range(5)]
    assert run.outcomes[0].errors == {"audio": 1}
    assert not (out / "audio.jsonl").exists()
    path.write_text(path.read_text().replace("a dog 0", "a cat"))
    with pytest.raises(RunError, match="in the arm 'caption' the model was told of recordings by"):
        ask(items, [Model()], out, arms=["caption"], terms=Terms(captions=read_described(path, items)))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"id": "item-0"}', "line 1: expected texts"),
        ('{"id": "item-0", "caption": 1}', "line 1: expected texts"),
        ('{"id": "item-9", "caption": "x"}', "'item-9'"),
        ('{"id": "item-0", "caption": "x"}\n{"id": "item-0", "caption": "y"}', "line 2: there is a caption"),
        ("[", "line 1: not JSON"),
        ("", "holds no captions"),
        ("\x00", "not JSON"),
    ],
)
def test_captions_that_cannot_be_used(items: Items, tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "captions.jsonl").write_text(text)
    with pytest.raises(BenchmarkError, match=match):
        read_described(tmp_path / "captions.jsonl", items)


def test_a_captioner_that_is_given_up_leaves_rows_that_are_not_run(tmp_path: Path, out: Path) -> None:
    items = askable(tmp_path / "many", 30)
    reads = Model(name="reads")
    down = Terms(captioner=Model(lambda question: failing()))
    run = ask(items, [reads], out, arms=["text", "caption"], jobs=1, terms=down)
    assert run.captioner is not None and run.captioner.stopped is not None
    counts = {each.arm: dict(each.counts) for each in run.asked().systems}
    # Ten were asked for in vain, and are errors; of the others nobody knows yet.
    assert counts["caption"] == {"answered": 0, "refused": 0, "error": 10, "not run": 20}
    assert counts["text"]["answered"] == 30 == len(reads.asked)
    after = ask(items, [reads], out, arms=["caption"], terms=Terms(captioner=Model(lambda question: "wind")))
    assert after.outcomes[0].counts["answered"] == 30 and len(reads.asked) == 60
