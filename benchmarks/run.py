"""Run every benchmark and write ``benchmarks/RESULTS.md``.

Run ``make bench``, or ``python benchmarks/run.py --shared ../shared --scaper .venv-scaper/bin/python --ranx
.venv-ranx/bin/python``. What needs something that is not there is left out, and the page says so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import machine

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", default=os.environ.get("EARWITNESS_SHARED", "../shared"))
    parser.add_argument("--scaper", default=".venv-scaper/bin/python")
    parser.add_argument("--ranx", default=".venv-ranx/bin/python")
    options = parser.parse_args()
    sounds = Path(options.shared) / "data" / "sounds"
    real = [word for bank in ("animals", "studio", "digits") for word in ("--sounds", str(sounds / bank))]
    with tempfile.TemporaryDirectory() as work:
        commands: list[tuple[str, list[str], bool]] = [
            (
                "The built-in sounds",
                ["builtin_sounds.py", "--shared", options.shared, "--page", str(HERE.parent / "docs" / "sounds.md")],
                (Path(options.shared) / "data" / "models").is_dir(),
            ),
            (
                "Recipe `paper`, built-in sounds",
                ["paper_recipe.py", "--sounds", "builtin", "--work", f"{work}/b"],
                True,
            ),
            ("Recipe `paper`, real recordings", ["paper_recipe.py", *real, "--work", f"{work}/r"], sounds.is_dir()),
            (
                "Evaluating, recipe `paper`",
                ["evaluate_paper.py", "--bench", f"{work}/b/paper", "--work", f"{work}/e"],
                True,
            ),
            (
                "Measures against pytrec_eval and ranx",
                ["retrieval_measures.py", "--ranx", options.ranx],
                Path(options.ranx).exists(),
            ),
            ("Exact search", ["search_floor.py"], True),
            ("Fifty times killed", ["kill_evaluate.py"], (HERE.parent / "demo" / "bench").is_dir()),
            *_listening(options.shared, work),
            *_choices(options.shared),
            ("Inner loops", ["kernels.py", "--bench", f"{work}/b/paper"], True),
            (
                "Against scaper",
                ["against_scaper.py", "--sounds", str(sounds / "animals"), "--scaper", options.scaper],
                sounds.is_dir() and Path(options.scaper).exists(),
            ),
            ("Starting", ["import_cost.py"], True),
        ]
        sections = ["# Results", "", f"Measured by `make bench`: {machine()}."]
        for title, command, possible in commands:
            print(f"{title} ...", file=sys.stderr)
            shown = " ".join(command).replace(work, "WORK").replace(f"{HERE.parent}/", "")
            sections += ["", f"## {title}", "", f"`python benchmarks/{shown}`", ""]
            sections.append(_output(command) if possible else "Left out: what it needs is not on this machine.")
    (HERE / "RESULTS.md").write_text("\n".join(sections) + "\n", encoding="utf-8")


def _listening(shared: str, work: str) -> list[tuple[str, list[str], bool]]:
    """Return the benchmarks of listeners, of which some take what the first made."""
    there = (Path(shared) / "data" / "sounds").is_dir()
    titles = {
        "animals": "Listening: ten labels of real recordings",
        "zero-shot": "Listening: nothing fitted, eight labels of real recordings",
        "digits": "Listening: animals and spoken digits",
        "builtin": "Listening: two hundred built-in sounds",
    }
    listening = [
        (title, ["listening.py", "--bank", bank, "--shared", shared, "--work", f"{work}/l-{bank}"], there)
        for bank, title in titles.items()
    ]
    model = ("--model", f"{shared}/data/models/yamnet.tflite")
    made = ("--bench", f"{work}/l-animals/bench", "--listener", f"{work}/l-animals/listener")
    conv = ["listening.py", "--bank", "animals", "--shared", shared, "--work", f"{work}/l-conv", "--head", "conv"]
    return [
        *listening,
        ("Listening: ten labels of real recordings, a head of convolutions", conv, there),
        ("Listening: what each part is worth", ["ablation.py", "--shared", shared, *made[:2]], there),
        ("Hearing: speed, cache, memory", ["hearing.py", *made, "--work", f"{work}/h", *model], there),
        ("Indexing", ["indexing.py", *made[2:], *model, "--libraries", f"{shared}/data/recordings"], there),
        ("Searching: ranking", ["library_ranking.py", *made, *model, "--work", f"{work}/s"], there),
        ("Searching: statements over an events table", ["library_sql.py", "--clips", "10000", "1000000"], True),
        ("Searching: questions that mean nothing", ["asking_fuzz.py"], True),
        ("Events from posteriors", ["boxes.py", *made, *model], there),
    ]


def _choices(shared: str) -> list[tuple[str, list[str], bool]]:
    """Return the benchmarks of questions with choices."""
    items = f"{shared}/data/mmar"
    there = Path(items).is_dir()
    return [
        ("MMAR: from words to a choice", ["extractors.py", "--items", items], there),
        ("MMAR: scoring", ["scoring.py", "--shared", shared], there),
        ("MMAR: chance, pairs, orders", ["choice_statistics.py", "--items", items], there),
        ("MMAR: what reading alone tells", ["language_prior.py", "--shared", shared], there),
        ("MMAR: recordings and arms", ["mmar_recordings.py"], True),
        ("MMAR: asking a model", ["asking_models.py"], True),
        ("MMAR: asking, item by item", ["asking.py"], True),
        ("MMAR: asking, fifty times killed", ["asking_killed.py"], True),
    ]


def _output(command: list[str]) -> str:
    script, *arguments = command
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    main()
