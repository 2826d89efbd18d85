"""``earwitness sounds``: the built-in sounds: what there is, how it sounds, how it looks, and recordings of it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.talk import progress_bars, say, say_json, say_table

if TYPE_CHECKING:
    from earwitness.sounds.audio import Audio
    from earwitness.sounds.builtin import Entry

__all__ = ["app", "list_sounds", "play", "render", "sheet"]

app = typer.Typer(
    help="The built-in sounds: list them, play one, render recordings, draw a contact sheet.", no_args_is_help=True
)

# What plays a WAV file and ends, on macOS, PipeWire, PulseAudio, ALSA, with FFmpeg or SoX.
_PLAYERS = (
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("play", "-q"),
)
_Family = Annotated[list[str] | None, typer.Option("--family", help="Only this family; may be repeated.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
_SEED_HELP = "Another seed is another recording."
_SECONDS_HELP = "Its length, 0.3 to 10; a natural one when left out. A sound that ends by itself refuses it."


@app.command("list")
def list_sounds(*, family: _Family = None, json: _Json = False) -> None:
    """List the built-in sounds."""
    from earwitness.sounds import builtin

    rows = _rows((), family)
    if json:
        sounds = [
            {
                "label": row.label,
                "phrase": row.phrase,
                "family": row.family,
                "audioset": row.audioset,
                "steady": row.steady,
                "any_length": row.fills,
            }
            for row in rows
        ]
        say_json({"version": builtin.VERSION, "sounds": sounds})
        return
    table = [(row.family, row.label, row.phrase, row.audioset or "", _lasts(row)) for row in rows]
    say_table(f"Built-in sounds: {len(rows)}", ("family", "label", "phrase", "AudioSet class", "lasts"), table)


def _lasts(row: Entry) -> str:
    return "steady" if row.steady else "repeats" if row.fills else "ends"


@app.command()
def play(
    label: Annotated[str, typer.Argument(help="A built-in sound.")],
    *,
    seed: Annotated[int, typer.Option(help=_SEED_HELP)] = 0,
    seconds: Annotated[float | None, typer.Option(help=_SECONDS_HELP)] = None,
) -> None:
    """Play a new recording of a sound."""
    from earwitness.errors import SoundsError
    from earwitness.rng import generator
    from earwitness.sounds import builtin

    if seconds is not None and not builtin.entry(label).fills:
        raise SoundsError(
            f"{label!r} ends by itself: leave --seconds out ('earwitness sounds list' says what does not)."
        )
    player = next(([found, *rest] for name, *rest in _PLAYERS if (found := shutil.which(name))), None)
    audio = builtin.sound(label, generator(seed, "sounds", label), duration_s=seconds)
    if player is None:
        known = ", ".join(name for name, *_ in _PLAYERS)
        raise SoundsError(
            f"Nothing here can play sound: expected one of {known}. "
            f"Write a file instead: earwitness sounds render OUT '{label}'"
        )
    _play(player, audio)


def _play(player: list[str], audio: Audio) -> None:
    import soundfile

    from earwitness.errors import SoundsError

    handle, name = tempfile.mkstemp(suffix=".wav", prefix="earwitness-")
    os.close(handle)
    try:
        soundfile.write(name, audio.samples, audio.sample_rate, subtype="PCM_16")
        done = subprocess.run([*player, name], stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.unlink(name)
    if done.returncode:
        why = next(iter(done.stderr.strip().splitlines()), "it does not say why")
        raise SoundsError(f"{player[0]!r} could not play it: {why}")


@app.command()
def render(
    out: Annotated[Path, typer.Argument(help="The folder to make; it is a sound bank then.")],
    *,
    labels: Annotated[list[str] | None, typer.Argument(help="Which sounds; all of them when left out.")] = None,
    family: _Family = None,
    train: Annotated[int, typer.Option(min=0, help="Recordings of each sound in the split 'train'.")] = 6,
    test: Annotated[int, typer.Option(min=0, help="Recordings of each sound in the split 'test'.")] = 4,
    format: Annotated[str, typer.Option("--format", help="'flac' or 'wav'.")] = "flac",
    sample_rate: Annotated[int, typer.Option(min=8000, max=48000, help="Samples a second.")] = 48_000,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes; the result does not depend on it.")] = 1,
    json: _Json = False,
) -> None:
    """Write recordings of the built-in sounds; run it again to go on where it was stopped."""
    from earwitness.sounds import builtin
    from earwitness.sounds.writing import write_recordings

    wanted = sorted(row.label for row in _rows(labels or (), family))
    recordings = builtin.recordings(labels=wanted, train=train, test=test)
    with progress_bars(quiet=False) as progress:
        tell = None if progress is None else lambda done, count: progress("render", done, count)
        report = write_recordings(recordings, out, format=format, sample_rate=sample_rate, jobs=jobs, progress=tell)
    if json:
        say_json({**report._asdict(), "folder": str(report.folder), "labels": len(wanted)})
        return
    new = f"{report.recordings - report.kept:,} of them new ({report.seconds:,.0f} s)"
    say(f"{out}: {report.recordings:,} recordings, {new}.")
    say(f"It is a sound bank: earwitness build BENCH --sounds {shlex.quote(str(out))}")


@app.command()
def sheet(
    out: Annotated[Path, typer.Argument(help="The PNG to write.")],
    *,
    labels: Annotated[list[str] | None, typer.Argument(help="Which sounds; all of them when left out.")] = None,
    family: _Family = None,
    variants: Annotated[int, typer.Option(min=1, help="How many recordings of each sound.")] = 1,
    json: _Json = False,
) -> None:
    """Draw a contact sheet of spectrograms."""
    from earwitness.sounds import builtin
    from earwitness.sounds.sheet import Thumbnail, draw_sheet, import_drawing

    rows = _rows(labels or (), family)
    import_drawing()
    thumbnails = []
    with progress_bars(quiet=False) as progress:
        for done, row in enumerate(rows, start=1):
            for k in range(variants):
                title = row.label if k == 0 else f"{row.label} {k + 1}"
                samples = builtin.recording(row.label, k).read().samples[:, 0]
                thumbnails.append(Thumbnail(title, row.family, samples))
            if progress is not None:
                progress("render", done, len(rows))
    title = f"Built-in sounds of Earwitness: {len(rows)}"
    draw_sheet(thumbnails, out, sample_rate=builtin.SAMPLE_RATE, title=title)
    if json:
        say_json({"file": str(out), "sounds": len(rows), "variants": variants})
    else:
        say(f"Drawn: {out}")


def _rows(labels: tuple[str, ...] | list[str], families: list[str] | None) -> list[Entry]:
    """Return the rows that are asked for, family by family."""
    from earwitness.errors import BankError
    from earwitness.sounds import builtin
    from earwitness.sounds.builtin.table import TABLE

    known = list(dict.fromkeys(row.family for row in TABLE))
    unknown = [family for family in families or () if family not in known]
    if unknown:
        raise BankError(f"There is no family {unknown[0]!r} of built-in sounds; there are {', '.join(known)}.")
    wanted = {builtin.entry(label).label for label in labels}
    rows = [row for row in TABLE if (not wanted or row.label in wanted) and (not families or row.family in families)]
    if not rows:
        asked = f"labels {', '.join(map(repr, labels))} and families {', '.join(map(repr, families or ()))}"
        raise BankError(f"Built-in sounds: expected a label of one of the families, got the {asked}: none is both.")
    return sorted(rows, key=lambda row: known.index(row.family))
