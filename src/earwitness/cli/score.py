"""``earwitness score``: predictions that somebody has, scored by item, by group, and against chance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from earwitness.cli.talk import say, say_json, say_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from earwitness.mmar.items import Items
    from earwitness.mmar.marking import Prediction
    from earwitness.mmar.scorecard import Scorecard

__all__ = ["print_scorecard", "score"]

_SHOWN = ("layer", "modality")
_NAMED = 3  # ids that a note names


class _Source(NamedTuple):
    """One system's predictions, and what was told of where they come from."""

    name: str
    by_id: Mapping[str, Prediction]
    told: Mapping[str, Any]


def score(
    predictions: Annotated[
        list[str],
        typer.Argument(
            help="Files of predictions, or run folders of 'earwitness evaluate'; NAME=FILE calls a system NAME."
        ),
    ],
    *,
    benchmark: Annotated[
        Path, typer.Option(help="The items: MMAR's or MMAU's metadata file, or the folder that holds it.")
    ],
    extractor: Annotated[
        str,
        typer.Option(help="Who takes answers for choices: 'robust', 'letter', 'official' or 'official-fixed'."),
    ] = "robust",
    format: Annotated[
        str | None,
        typer.Option(help="mmar, mmau, rows, lmms-eval, ultraeval, inspect or csv; told from the file unless given."),
    ] = None,
    field: Annotated[
        str | None, typer.Option(help="The field of JSON or CSV that holds the answers, where it is an unusual one.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Groups to show: layer, modality, sub-category or language. May be given several times."),
    ] = None,
    items: Annotated[bool, typer.Option("--items", help="Print each item's verdict instead of the score.")] = False,
    seed: Annotated[int, typer.Option(help="Of the bootstrap that compares systems.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Score predictions. Every item counts, whatever a file leaves out.

    Exits with 1 when one of them holds no answer at all.
    """
    from earwitness.errors import PredictionsError
    from earwitness.mmar.answers import EXTRACTORS
    from earwitness.mmar.items import read_items

    if extractor not in EXTRACTORS:
        raise PredictionsError(f"There is no extractor '{extractor}'; expected one of {', '.join(EXTRACTORS)}.")
    asked, families = read_items(benchmark), _families(by)
    sources = list(_sources(predictions, asked, format=format, field=field))
    names = [source.name for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise PredictionsError(f"Several systems are called {', '.join(twice)}: name them, as in NAME=FILE.")
    if items:
        all_answered = _print_items(sources, asked, extractor=extractor, json=json)
    else:
        all_answered = _print_score(sources, asked, extractor=extractor, seed=seed, families=None if json else families)
    if not all_answered:
        raise typer.Exit(1)


def _families(by: Sequence[str] | None) -> tuple[str, ...]:
    from earwitness.errors import PredictionsError
    from earwitness.mmar.chance import FAMILIES

    wrong = [family for family in by or () if family not in FAMILIES]
    if wrong:
        raise PredictionsError(f"Items are not grouped by {wrong[0]!r}; expected {', '.join(FAMILIES)}.")
    return tuple(by or _SHOWN)


def _sources(places: Sequence[str], items: Items, *, format: str | None, field: str | None) -> Iterator[_Source]:
    """Yield the systems of files and run folders."""
    from earwitness.errors import PredictionsError
    from earwitness.mmar.predictions import read_predictions

    for place in places:
        called, equals, rest = place.partition("=")
        named = bool(equals) and not Path(place).exists()
        path = Path(rest if named else place)
        if not path.exists():
            raise PredictionsError(f"'{path}' is missing: expected a file of predictions, or a run folder.")
        if path.is_dir():
            yield from _asked(path, items, called=called if named else "")
            continue
        read = read_predictions(path, items, format=format, field=field, name=called if named else None)
        told = {
            "path": str(read.path),
            "format": read.format,
            "items": len(read.by_id),
            "unknown": list(read.unknown),
            "duplicates": list(read.duplicates),
            "notes": list(read.notes),
        }
        yield _Source(read.name, read.by_id, told)


def _asked(folder: Path, items: Items, *, called: str) -> Iterator[_Source]:
    """Yield what models gave back in a run, each arm by itself, with the choices in the items' own order."""
    from earwitness.errors import PredictionsError
    from earwitness.mmar.asked import open_asked

    run = open_asked(folder, items=items)
    own = [each for each in run.systems if each.order == 0]
    if not own:
        raise PredictionsError(f"The run '{folder}' holds no answers yet: nobody was asked.")
    arms, models = {each.arm for each in own}, {each.about.name for each in own}
    for each in own:
        by_id = run.predictions(each.about.name, each.arm, each.order)
        turned = sum(other.about == each.about and other.arm == each.arm for other in run.systems) - 1
        notes = [f"{turned} more orders of the choices were asked, and are not part of this score"] if turned else []
        told = {"path": str(folder), "format": "run", "items": len(by_id), "unknown": [], "duplicates": []}
        model = each.about.name if len(models) > 1 or not called else ""
        name = "/".join(filter(None, (called, model))) + (f" [{each.arm}]" if len(arms) > 1 else "")
        yield _Source(name, by_id, {**told, "notes": notes})


def _print_items(sources: Sequence[_Source], items: Items, *, extractor: str, json: bool) -> bool:
    """Print the verdicts of each system; return whether each answered something."""
    from earwitness.mmar.marking import marked

    for source in sources:
        for note in _notes(source):
            typer.echo(f"note: {source.name}: {note}.", err=True)
    cards = [marked(items, source.by_id, name=source.name, extractor=extractor) for source in sources]
    rows = [
        [
            {"id": item.id, "verdict": verdict, "choice": None if place is None else item.choices[place]}
            for item, (verdict, place) in zip(items, card.marks, strict=True)
        ]
        for card in cards
    ]
    if json and len(cards) == 1:
        say_json({"items": rows[0]})
    elif json:
        say_json({"systems": [{"name": card.name, "items": each} for card, each in zip(cards, rows, strict=True)]})
    else:
        for card, each in zip(cards, rows, strict=True):
            before = f"{card.name}\t" if len(cards) > 1 else ""
            for row in each:
                typer.echo(f"{before}{row['id']}\t{row['verdict']}\t{row['choice'] or ''}")
    return all(card.counts["right"] + card.counts["wrong"] for card in cards)


def _print_score(
    sources: Sequence[_Source], items: Items, *, extractor: str, seed: int, families: Sequence[str] | None
) -> bool:
    """Print the score, as JSON where no families are to be shown; return whether each system answered something."""
    from earwitness.mmar.scorecard import scorecard

    given = {source.name: source.by_id for source in sources}
    card = scorecard(items, given, extractor=extractor, seed=seed)
    if families is None:
        say_json({"read": [{"name": source.name, **source.told} for source in sources], **card.to_json()})
    else:
        for source in sources:
            told = source.told
            say(f"{source.name}: {told['items']:,} of {len(items):,} items in '{told['path']}' ({told['format']}).")
            for note in _notes(source):
                say(f"note: {note}.")
        print_scorecard(card, families=families)
    return all(system.n_scored for system in card.systems)


def _notes(source: _Source) -> Iterator[str]:
    """Yield what must be known of a file besides its score."""
    unknown, duplicates = source.told["unknown"], source.told["duplicates"]
    if unknown:
        yield f"{_counted(unknown, 'row')} of no item of the benchmark, not scored: {_some(unknown)}"
    if duplicates:
        yield f"{_counted(duplicates, 'item')} told of more than once: {_some(duplicates)}"
    yield from (note.rstrip(".") for note in source.told["notes"])


def print_scorecard(card: Scorecard, *, families: Sequence[str] = _SHOWN) -> None:
    """Print a scorecard for people: its tables, and after the first two what they say in words.

    Parameters
    ----------
    card
        What systems scored.
    families
        By what their items are grouped.
    """
    from earwitness.mmar.tables import score_tables, sentences, verdict_table

    if not card.systems:
        return
    counts = verdict_table(card)
    say_table(counts.title, counts.head, counts.rows)
    for each in card.systems:
        for sentence in sentences(each):
            say(sentence)
    say("")
    for table in score_tables(card, families=families):
        say_table(table.title, table.head, table.rows)
        if table.note:
            say(f"{table.note}\n")


def _counted(things: Sequence[str], name: str) -> str:
    return f"{len(things):,} {name}{'' if len(things) == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_NAMED])) + (" ..." if len(names) > _NAMED else "")
