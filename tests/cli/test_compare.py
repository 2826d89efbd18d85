"""``earwitness compare``, and the models that the documents show."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from cli.conftest import Command

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def evaluated(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three references and a model, to be read only."""
    from earwitness.reasonaudio.folder import read_benchmark
    from earwitness.scores.evaluate import evaluate
    from earwitness.systems.registry import open_systems

    folder = tmp_path_factory.mktemp("evaluated")
    model = folder / "loudness.py"
    model.write_text(shown_model(ROOT / "README.md"), encoding="utf-8")
    bench = read_benchmark(small_folder)
    wanted = ["matcher", "oracle", "reversed", f"loud=python:{model}:scores"]
    evaluate(bench, open_systems(wanted, bench, seed=1), folder / "run", seed=1)
    return folder / "run"


def shown_model(page: Path) -> str:
    (block,) = re.findall(r"```python\n(# loudness.py.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return str(block)


def test_both_pages_show_the_same_model_in_ten_lines() -> None:
    code = [
        [line.split("#")[0].rstrip() for line in shown_model(page).splitlines() if not line.startswith("#")]
        for page in (ROOT / "README.md", ROOT / "docs" / "evaluating.md")
    ]
    assert code[0] == code[1]
    assert len(code[0]) <= 10


def test_tables_say_who_is_who(run: Command, evaluated: Path) -> None:
    done = run("compare", evaluated)
    assert done.code == 0
    for title in (
        "Acc@1, %",
        "nDCG@10, %",
        "2AFC, %",
        "Differences of the means",
        "What the first clip breaks",
        "Polarity",
    ):
        assert title in done.out
    lines = done.out.splitlines()
    ranked = [line.split()[0] for line in lines[lines.index(next(x for x in lines if "───" in x)) + 1 :][:5]]
    assert ranked == ["loud", "(matcher)", "(oracle)", "(reversed)", "chance"]
    assert max(len(line) for line in lines if "(oracle)" in line) <= 80


def test_json_has_the_shape_that_was_promised(run: Command, evaluated: Path) -> None:
    found = json.loads(run("compare", evaluated, "--json").out)
    tasks = ["Negation", "Order", "Overlap", "Duration", "Mix", "mean"]
    assert list(found["systems"]) == ["matcher", "oracle", "reversed", "loud"]
    for system in found["systems"].values():
        for measure in ("Acc@1", "nDCG@10", "2AFC"):
            assert list(system[measure]) == tasks
            assert all(low <= system[measure][task] <= high for task, (low, high) in system["ci"][measure].items())
    assert found["systems"]["oracle"]["Acc@1"]["mean"] == 100.0
    assert found["systems"]["reversed"]["2AFC"]["Order"] == 0.0


def test_the_same_system_in_two_runs_counts_once(run: Command, evaluated: Path, tmp_path: Path) -> None:
    again = shutil.copytree(evaluated, tmp_path / "again")
    path = again / "run.json"
    about = json.loads(path.read_text())
    about["benchmark"]["relative"] = "nowhere"  # the copy lies elsewhere; the absolute path holds
    path.write_text(json.dumps(about))
    found = json.loads(run("compare", evaluated, again, "--json").out)
    assert list(found["systems"]) == ["matcher", "oracle", "reversed", "loud"]


def test_two_systems_of_one_name_are_refused(run: Command, evaluated: Path, small_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(shown_model(ROOT / "README.md").replace("samples**2", "abs(samples)"))
    other = f"loud=python:{tmp_path / 'other.py'}:scores"
    assert run("evaluate", small_folder, "--system", other, "--out", tmp_path / "run").code == 0
    done = run("compare", evaluated, tmp_path / "run")
    assert done.code == 2
    assert "both hold a system 'loud', but not the same one" in done.err


def test_a_benchmark_that_changed_is_refused_with_both_checksums(
    run: Command, evaluated: Path, small_copy: Path
) -> None:
    text = (small_copy / "queries.jsonl").read_text(encoding="utf-8")
    (small_copy / "queries.jsonl").write_text(text.replace("Find", "Search", 1), encoding="utf-8")
    done = run("compare", evaluated, "--bench", small_copy)
    assert done.code == 2
    assert len(set(re.findall(r"[0-9a-f]{64}", done.err))) == 2


def test_what_is_no_run_is_refused(run: Command, tmp_path: Path) -> None:
    done = run("compare", tmp_path / "nothing")
    assert done.code == 2
    assert "is not a run: there is no such folder" in done.err
