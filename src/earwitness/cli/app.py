"""The commands of ``earwitness``, gathered."""

from __future__ import annotations

import typer

from earwitness import __version__
from earwitness.cli import (
    audit,
    build,
    check,
    compare,
    evaluate,
    export,
    fetch,
    fit,
    ground,
    index,
    leaderboard,
    listen,
    probe,
    report,
    rubrics,
    score,
    search,
    show,
    sounds,
    verify,
)

__all__ = ["app", "mmar"]

app = typer.Typer(
    name="earwitness",
    help="Tells whether a claim about what was heard is true: audio-reasoning benchmarks whose labels are proofs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all is well; 1 verify found a fault, every system failed, or predictions hold no answer; "
    "2 input or options that cannot be used; 130 Ctrl-C.",
)
mmar = typer.Typer(
    name="mmar", help="Questions about real audio: the board, the audit, rubrics, recordings.", no_args_is_help=True
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"earwitness {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True, callback=_version),
) -> None:
    pass


app.command("build")(build.build)
app.command("verify")(verify.verify)
app.command("show")(show.show)
app.command("export")(export.export)
app.add_typer(fetch.app)
app.command("fit")(fit.fit)
app.command("listen")(listen.listen)
app.command("ground")(ground.ground)
app.command("index")(index.index)
app.command("search")(search.search)
app.command("evaluate")(evaluate.evaluate)
app.command("score")(score.score)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.add_typer(sounds.app, name="sounds")
app.add_typer(mmar)
mmar.command("leaderboard")(leaderboard.leaderboard)
mmar.command("audit")(audit.audit)
mmar.command("check")(check.check)
mmar.command("probe")(probe.probe)
mmar.command("rubrics")(rubrics.rubrics)
