"""``earwitness show``: a benchmark at a glance, a query with its clips, or a clip with its lanes."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from earwitness.cli.talk import say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from earwitness.reasonaudio.folder import Benchmark, QueryRow
    from earwitness.scenes.spec import Scene

__all__ = ["show"]

_NARROWEST, _WIDEST = 20, 100
_TIMES_WIDTH = 12


def show(
    bench: Annotated[Path, typer.Argument(help="A benchmark folder.")],
    *,
    name: Annotated[str | None, typer.Argument(help="A query or a clip; all at a glance when left out.")] = None,
    png: Annotated[Path | None, typer.Option("--png", help="Draw spectrogram and lanes into this file.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many clips of each sort are shown for a query.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show a benchmark, a query with its clips, or a clip."""
    from earwitness.errors import BenchmarkError
    from earwitness.reasonaudio.folder import read_benchmark

    benchmark = read_benchmark(bench)
    if name is None:
        if png is not None:
            raise BenchmarkError("--png needs the name of a query or a clip.")
        _show_all(benchmark, json=json)
    elif name in benchmark.query_of:
        _show_query(benchmark, benchmark.query_of[name], png, limit=limit, json=json)
    elif name in benchmark.scene_of:
        _show_clip(benchmark, benchmark.scene_of[name], png, json=json)
    else:
        known = [*benchmark.query_of, *benchmark.scene_of]
        near = ", ".join(difflib.get_close_matches(name, known, n=3, cutoff=0.3)) or ", ".join(known[:3])
        raise BenchmarkError(f"'{bench}' has no query and no clip '{name}'. Near it: {near}.")


def _show_all(bench: Benchmark, *, json: bool) -> None:
    counts = bench.about["counts"]
    if json:
        say_json({"kind": bench.about["kind"], "seed": bench.about["seed"], "counts": counts})
        return
    recipe = bench.about["recipe"]
    say(
        f"{bench.folder}: {counts['clips']:,} clips with {counts['events']:,} events of {counts['labels']} labels, "
        f"{recipe['sample_rate']:,} Hz; recipe {recipe['name']}, seed {bench.about['seed']}"
    )
    rows = []
    for task, number in counts["queries"].items():
        first = next(query for query in bench.queries if query.task == task)
        rows.append((task, number, counts["pairs"].get(task, 0), first.query_id, first.text))
    say_table("Tasks", ("task", "queries", "pairs", "first", "asks"), rows)
    say(f"Look at one: earwitness show {bench.folder} {bench.queries[0].query_id}")


def _show_query(bench: Benchmark, query: QueryRow, png: Path | None, *, limit: int, json: bool) -> None:
    from earwitness.logic.constraint import breakable, broken, clauses_of, labels_of
    from earwitness.logic.judge import judge

    # Clips of a two-option pair come first: they are of one family and differ in nothing but the claim.
    paired = [
        clip for pair in bench.pairs if pair.query_id == query.query_id for clip in (pair.positive, pair.negative)
    ]
    relevant = sorted(bench.with_relevance(query.query_id, 1), key=lambda clip: _rank(clip, paired))
    hard = sorted(bench.with_relevance(query.query_id, 0), key=lambda clip: _rank(clip, paired))
    clauses = clauses_of(query.constraint)
    by_clause = {
        str(clauses[clause]): [
            clip for clip in hard if judge(broken(query.constraint, clause), bench.scene_of[clip].timeline)
        ]
        for clause in breakable(query.constraint)
    }
    if json:
        about: Mapping[str, Any] = {
            "query_id": query.query_id,
            "task": query.task,
            "text": query.text,
            "paraphrases": list(query.paraphrases),
            "constraint": str(query.constraint),
            "relevant": list(relevant),
            "hard_negatives": by_clause,
        }
        say_json(about)
    else:
        named = labels_of(query.constraint)
        say(f'{query.query_id} ({query.task})  "{query.text}"')
        for text in query.paraphrases:
            say(f'    also: "{text}"')
        say(f"    means: {query.constraint}")
        for clip in relevant[:limit]:
            _say_lanes(bench.scene_of[clip], f"relevant, one of {len(relevant):,}", named)
        for clause, clips in by_clause.items():
            for clip in clips[:limit]:
                _say_lanes(bench.scene_of[clip], f"hard negative, breaks {clause}, one of {len(clips)}", named)
    if png is not None:
        chosen = [(f"relevant: {clip}", clip) for clip in relevant[:limit]]
        chosen += [(f"breaks {clause}: {clip}", clip) for clause, clips in by_clause.items() for clip in clips[:limit]]
        _draw(bench, chosen, png, title=f"“{query.text}”", named=labels_of(query.constraint), json=json)


def _show_clip(bench: Benchmark, scene: Scene, png: Path | None, *, json: bool) -> None:
    answers = [query for query in bench.queries if bench.qrels.get((query.query_id, scene.clip_id)) == 1]
    if json:
        events = [{"label": e.label, "onset_s": e.onset, "offset_s": e.offset} for e in scene.timeline.events]
        about = {"clip_id": scene.clip_id, "duration_s": scene.duration_s, "events": events}
        say_json({**about, "answers": [query.query_id for query in answers]})
    else:
        _say_lanes(scene, f"{scene.duration_s:g} s, answers {len(answers)} of the queries", ())
        for query in answers[:5]:
            say(f'    {query.query_id}  "{query.text}"')
    if png is not None:
        _draw(bench, [(scene.clip_id, scene.clip_id)], png, title="", named=(), json=json)


def _rank(clip: str, first: list[str]) -> tuple[int, str]:
    return first.index(clip) if clip in first else len(first), clip


def _say_lanes(scene: Scene, about: str, named: Collection[str]) -> None:
    from earwitness.reasonaudio.lanes import lanes, ruler

    console = Console(highlight=False, markup=False)
    widest = max((len(event.label) for event in scene.events), default=0)
    width = max(_NARROWEST, min(_WIDEST, console.width - widest - _TIMES_WIDTH - 6))
    console.print()
    console.print(Text(f"{scene.clip_id}  ", style="bold").append(about, style="default"), soft_wrap=True)
    console.print(Text(" " * (widest + 3) + ruler(scene.duration_s, width=width), style="dim"), soft_wrap=True)
    for lane in lanes(scene, width=width):
        style = "bold cyan" if lane.label in named else "dim"
        line = Text(f"  {lane.label:>{widest}} ", style=style).append(lane.bar, style=style)
        console.print(line.append(f"  {lane.times}", style="dim"), soft_wrap=True)


def _draw(
    bench: Benchmark, chosen: list[tuple[str, str]], png: Path, *, title: str, named: Collection[str], json: bool
) -> None:
    from earwitness.reasonaudio.picture import Panel, draw
    from earwitness.scenes.render import Renderer

    renderer = Renderer(bench.atoms(), sample_rate=bench.sample_rate)
    panels = [Panel(about, bench.scene_of[clip], renderer.pcm(bench.scene_of[clip]), named) for about, clip in chosen]
    draw(panels, png, sample_rate=bench.sample_rate, title=title)
    if not json:
        say(f"Drawn: {png}")
