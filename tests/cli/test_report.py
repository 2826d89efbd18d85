"""``earwitness report`` at the shell: where the page is, what stands on it, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli.conftest import Command
from earwitness.reasonaudio.folder import read_benchmark
from earwitness.scores.evaluate import evaluate
from earwitness.scores.judged import checksum_of
from earwitness.systems.registry import open_systems

TOY = """
import numpy as np

class Toy:
    paradigm = "CLIP-style"
    n_parameters = 1_000_000

    def embed_texts(self, texts):
        return np.array([[len(text), text.count("o"), text.count(" ")] for text in texts], dtype=np.float32)

    def embed_audio(self, audio, sample_rate):
        return np.array([[np.abs(x).max(), np.abs(np.diff(x)).max(), 1.0] for x in audio], dtype=np.float32)

def broken(texts, clips):
    raise ValueError("the model gave up")
"""


@pytest.fixture(scope="module")
def evaluated(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs of one benchmark, to be read only."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "toy.py").write_text(TOY, encoding="utf-8")
    bench = read_benchmark(small_folder)
    wanted = {
        "run": ["chance", "matcher", f"toy=python:{folder / 'toy.py'}:Toy"],
        "more": ["oracle", f"broken=python:{folder / 'toy.py'}:broken"],
    }
    for name, specs in wanted.items():
        systems = open_systems(specs, bench, embeddings=folder / name / "embeddings")
        evaluate(bench, systems, folder / name)
    return folder


def data_of(page: Path) -> dict[str, object]:
    text = page.read_text(encoding="utf-8")
    start = text.index('id="page-data">') + len('id="page-data">')
    value: dict[str, object] = json.loads(text[start : text.index("</script>", start)])
    return value


def test_the_page_of_two_runs_is_written_and_its_place_told(run: Command, evaluated: Path, tmp_path: Path) -> None:
    out = tmp_path / "pages" / "report.html"
    done = run("report", evaluated / "run", evaluated / "more", "--out", out)
    assert done.code == 0, done.err
    first, last = done.out.splitlines()
    assert first.startswith(f"{out}: 5 systems, ")
    assert last == f"open it: {out.as_uri()}"
    text = out.read_text(encoding="utf-8")
    assert "broken has no scores: ValueError: the model gave up" in text
    assert f"earwitness report {evaluated / 'run'} {evaluated / 'more'} --out {out}" in text
    assert [path.name for path in out.parent.iterdir()] == ["report.html"]


def test_embeddings_that_the_run_kept_are_drawn(run: Command, evaluated: Path, tmp_path: Path) -> None:
    run("report", evaluated / "run", "--out", tmp_path / "report.html")
    found = data_of(tmp_path / "report.html")["alignment"]
    assert isinstance(found, list)
    assert {each["name"]: list(each["pictures"]) for each in found} == {
        "toy": ["PCA", "t-SNE", "scores"],
        "chance": ["scores"],
        "matcher": ["scores"],
    }


def test_embeddings_that_were_kept_elsewhere_are_found_where_they_are(
    run: Command, evaluated: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "run"
    shutil.copytree(evaluated / "run", moved)
    (moved / "embeddings").rename(tmp_path / "vectors")
    bench = read_benchmark_folder(evaluated)
    for options, pictures in (((), 1), (("--embeddings", tmp_path / "vectors"), 3)):
        assert run("report", moved, "--out", tmp_path / "r.html", "--bench", bench, *options).code == 0
        (toy,) = [each for each in data_of(tmp_path / "r.html")["alignment"] if each["name"] == "toy"]  # type: ignore[attr-defined]
        assert len(toy["pictures"]) == pictures


def read_benchmark_folder(evaluated: Path) -> str:
    return str(json.loads((evaluated / "run" / "run.json").read_text(encoding="utf-8"))["benchmark"]["absolute"])


def test_json(run: Command, evaluated: Path, tmp_path: Path) -> None:
    done = run("report", evaluated / "run", "--out", tmp_path / "report.html", "--json")
    told = json.loads(done.out)
    assert told == {
        "report": str(tmp_path / "report.html"),
        "bytes": (tmp_path / "report.html").stat().st_size,
        "systems": ["chance", "matcher", "toy"],
    }


def test_a_benchmark_that_changed_is_refused_with_both_checksums(
    run: Command, evaluated: Path, small_copy: Path, tmp_path: Path
) -> None:
    before = checksum_of(read_benchmark(small_copy))
    with (small_copy / "qrels.tsv").open("a", encoding="utf-8") as file:
        query, clip = read_benchmark(small_copy).queries[0].query_id, _unjudged(small_copy)
        file.write(f"{query}\t0\t{clip}\t0\n")
    after = checksum_of(read_benchmark(small_copy))
    done = run("report", evaluated / "run", "--out", tmp_path / "report.html", "--bench", small_copy)
    assert done.code == 2 and done.out == ""
    said = "".join(done.err.split())
    assert before in said and after in said
    assert not (tmp_path / "report.html").exists()


def _unjudged(folder: Path) -> str:
    bench = read_benchmark(folder)
    query = bench.queries[0].query_id
    return next(scene.clip_id for scene in bench.scenes if (query, scene.clip_id) not in bench.qrels)


@pytest.mark.parametrize("options", [(), ("--bench", "nowhere")])
def test_what_is_not_there_is_named(run: Command, tmp_path: Path, options: tuple[str, ...]) -> None:
    done = run("report", tmp_path / "no-run", "--out", tmp_path / "report.html", *options)
    assert done.code == 2 and "no-run" in done.err and "Traceback" not in done.err


def test_five_queries_are_drawn_as_a_picture(run: Command, evaluated: Path, tmp_path: Path) -> None:
    done = run("report", evaluated / "run", "--out", tmp_path / "r.html", "--alignment", tmp_path / "five.png")
    assert done.code == 0, done.err
    assert (tmp_path / "five.png").read_bytes().startswith(b"\x89PNG")
    done = run("report", evaluated / "more", "--out", tmp_path / "r.html", "--alignment", tmp_path / "none.png")
    assert done.code == 2
    assert "none of the systems has any: expected one with embed_texts" in done.err
    assert not (tmp_path / "none.png").exists()
