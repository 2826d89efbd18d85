"""``earwitness ground``: which of a listener's classes a phrase means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import complain, say, say_json, say_table

if TYPE_CHECKING:
    from earwitness.listen.grounding import Grounder

__all__ = ["ground"]


def ground(
    phrases: Annotated[list[str], typer.Argument(help="What queries say: 'a dog barking'.")],
    *,
    listener: Annotated[
        str, typer.Option(help="'yamnet', or the folder of a listener that 'earwitness fit' made.")
    ] = "yamnet",
    model: Annotated[Path | None, typer.Option(help="The backbone's weights, where they are not in the cache.")] = None,
    sentences: Annotated[
        Path | None,
        typer.Option(help="The folder of a sentence model, for what words alone do not tell. Needs the extra 'text'."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A JSON file to write; edit it, and evaluate with --system listen:FILE.json.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show which of a listener's classes phrases mean."""
    from earwitness.errors import ListenError
    from earwitness.listen.grounding import write_groundings

    grounder = _grounder(listener, model=model, sentences=sentences)
    found, refused = [], {}
    for phrase in phrases:
        try:
            found.append(grounder.ground(phrase))
        except ListenError as error:
            refused[phrase] = str(error)
    if json:
        rows = {each.phrase: {"classes": dict(each.classes), "why": dict(each.why)} for each in found}
        say_json({"listener": listener, "phrases": rows, "refused": refused})
    elif found:
        lines = [(each.phrase, name, f"{each.classes[name]:g}", each.why[name]) for each in found for name in each.why]
        say_table(f"What phrases mean to {listener}", ("phrase", "class", "weight", "why"), lines)
    if refused:
        if not json:
            for line in refused.values():
                complain(line)
        raise typer.Exit(2)
    if out is not None:
        write_groundings(out, listener, found)
        if not json:
            say(f"{out}: edit it, then: earwitness evaluate BENCH --system listen:{out} --out RUN")


def _grounder(listener: str, *, model: Path | None, sentences: Path | None) -> Grounder:
    from earwitness.listen.fitted import load_listener
    from earwitness.listen.grounding import Grounder
    from earwitness.listen.ontology import audioset
    from earwitness.listen.sentences import open_sentences
    from earwitness.listen.yamnet import class_names
    from earwitness.listen.zero_shot import ZERO_SHOT

    meaning = None if sentences is None else open_sentences(sentences)
    if listener in ZERO_SHOT:
        return Grounder(class_names(), audioset(), sentences=meaning)
    fitted = load_listener(Path(listener), model=model)
    return Grounder(fitted.labels, phrases=fitted.phrases, sentences=meaning)
