"""``earwitness fit``: a listener from a sound bank."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from earwitness.cli.talk import progress_bars, say, say_json

__all__ = ["Head", "fit"]

Head = Literal["mlp", "conv"]


def fit(
    out: Annotated[Path, typer.Option(help="The listener's folder to make.")],
    *,
    sounds: Annotated[
        list[str], typer.Option("--sounds", help="A sound bank, as for 'earwitness build'. May be given several times.")
    ],
    split: Annotated[str, typer.Option(help="Which recordings: 'train', 'test' or 'all'.")] = "train",
    listener: Annotated[
        str, typer.Option(help="The backbone: 'yamnet', 'logmel', 'ast[:PLACE]' or 'clap[:PLACE]'.")
    ] = "yamnet",
    model: Annotated[
        Path | None, typer.Option(help="The backbone's weights, a file or folder, where they are not in the cache.")
    ] = None,
    hop: Annotated[float, typer.Option(help="The time from one frame to the next, in seconds.")] = 0.25,
    head: Annotated[
        Head, typer.Option(help="What is fitted: 'mlp', by scikit-learn, or 'conv', convolutions, by torch.")
    ] = "mlp",
    scenes: Annotated[
        int | None,
        typer.Option(min=10, help="How many scenes are learned from; unless told 2,000, or 40 a label if more."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same listener.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes; the result does not depend on it.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Fit a listener: compose scenes from recordings, hear them, and learn what is heard and how it lies in time."""
    from earwitness.listen.fit import FitSettings, fit_listener
    from earwitness.listen.fitted import save_listener
    from earwitness.listen.models import open_backbone
    from earwitness.sounds.bank import check_labels, merge_banks, select_split
    from earwitness.sounds.layouts import open_bank

    bank = merge_banks([open_bank(path) for path in sounds])
    check_labels(bank.labels)
    backbone = open_backbone(listener, hop_s=hop, model=model)
    settings = FitSettings(seed=seed, scenes=scenes, network=head, jobs=jobs)
    with progress_bars(quiet=False) as progress:
        fitted = fit_listener(select_split(bank, split=split), backbone, settings=settings, progress=progress)
    save_listener(fitted, out)
    if json:
        say_json({"folder": str(out), "labels": list(fitted.labels), **fitted.about})
        return
    say(f"{out}: hears {len(fitted.labels)} sounds with {backbone.name}, a frame every {backbone.hop_s:g} s.")
    say(f"Try it: earwitness evaluate BENCH --system listen:{out} --out RUN")
