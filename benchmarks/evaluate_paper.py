"""Evaluate the references and a model of fifty lines on a benchmark of the paper's size, and check what must hold.

Run ``python benchmarks/evaluate_paper.py --bench BENCH --work FOLDER``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

from measure import earwitness, run, table, verdict

ROOT = Path(__file__).resolve().parent.parent
SYSTEMS = ("chance", "matcher", "bm25", "spectra=python:{root}/examples/spectra.py:Spectra", "reversed", "oracle")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--work", required=True)
    options = parser.parse_args()
    out, page = f"{options.work}/run", f"{options.work}/report.html"
    asked = [word for system in SYSTEMS for word in ("--system", system.format(root=ROOT))]
    evaluate = earwitness("evaluate", options.bench, *asked, "--out", out)
    first, again = run(evaluate), run(evaluate)
    compared, reported = run(earwitness("compare", out)), run(earwitness("report", out, "--out", page))
    rows = [
        (what, f"{cost.wall_s:.1f}", f"{cost.peak_mib:,.0f}")
        for what, cost in (
            ("evaluate six systems, audio rendered once for `spectra`", first),
            ("the same again: every block read and checked, nothing asked", again),
            ("compare", compared),
            (f"report ({Path(page).stat().st_size / 2**20:.1f} MiB)", reported),
        )
    ]
    print(table(("command", "wall s", "peak MiB"), rows) + "\n")
    shown = subprocess.run(earwitness("compare", out, "--json"), stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(shown.stdout)
    tasks = [*(task for task in found["benchmark"]["chance"]["Acc@1"])]
    for measure in ("Acc@1", "nDCG@10", "2AFC"):
        lines = [
            _row(name, system[measure], system["ci"][measure]["mean"], tasks)
            for name, system in found["systems"].items()
        ]
        lines.append(("*chance, exact*", *(f"{found['benchmark']['chance'][measure][task]:.2f}" for task in tasks), ""))
        print(table((f"{measure}, %", *tasks, "95 %"), lines) + "\n")
    print(table(("must hold", "measured", ""), _held(found["systems"], found["benchmark"]["chance"])))


def _row(name: str, values: dict[str, float], interval: list[float], tasks: list[str]) -> tuple[str, ...]:
    return (name, *(f"{values[task]:.1f}" for task in tasks), f"{interval[0]:.1f}-{interval[1]:.1f}")


def _held(systems: dict, chance: dict) -> list[tuple[str, str, str]]:
    oracle = min(
        value for measure in ("Acc@1", "nDCG@10", "MRR", "AP", "2AFC") for value in systems["oracle"][measure].values()
    )
    order, pairs = systems["reversed"]["2AFC"]["Order"], set(systems["matcher"]["2AFC"].values())
    outside = [
        f"{measure} {task}"
        for measure in ("Acc@1", "nDCG@10", "2AFC")
        for task, (low, high) in systems["chance"]["ci"][measure].items()
        if not low <= chance[measure][task] <= high
    ]
    return [
        ("the oracle's least of Acc@1, nDCG@10, MRR, AP, 2AFC", f"{oracle:g}", verdict(oracle, 100, least=True)),
        ("`reversed` is 0 on Order in 2AFC", f"{order:g}", verdict(order, 0)),
        ("`matcher` is 50 on every task in 2AFC", ", ".join(f"{value:g}" for value in sorted(pairs)),
         "reached" if pairs == {50.0} else "MISSED"),
        ("18 intervals of `chance` hold the exact value, but for the one in twenty that may not",
         f"outside: {', '.join(outside) or 'none'}", verdict(len(outside), 2)),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
