"""Playing moments, one after the other, through a player that this machine has.

Which one: afplay is the Mac's own. mpv and ffplay find the sound system that works by themselves, and mpv says when
there is none. paplay reaches PulseAudio, and PipeWire where that stands in for it; pw-play reaches PipeWire alone,
which may run without having the sound. aplay comes last: it goes to ALSA below them both, and may find the device
taken. Windows plays by itself.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import soundfile

from earwitness.errors import LibraryError
from earwitness.library.excerpts import excerpt_of
from earwitness.library.moments import Moment

__all__ = ["PLAYERS", "play"]

PLAYERS: dict[str, tuple[str, ...]] = {
    "afplay": (),
    "mpv": ("--no-config", "--no-video", "--no-terminal", "--really-quiet"),
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error"),
    "paplay": (),
    "pw-play": (),
    "aplay": ("--quiet",),
}
"""The programs that are looked for, in this order, and the options that make each play a file and end."""

_SLACK_S = 30.0  # what a player may take beyond the sound's length: a loudspeaker without a wire wakes up slowly
_LEAST_SHARE = 0.5  # of the sound's length: who ends sooner has not played it, as ffplay does where there is no device
_LAST_WORDS = 300


def play(
    moments: Iterable[Moment],
    *,
    library: Path,
    lead_s: float = 1.0,
    tail_s: float = 1.0,
    told: Callable[[Moment], None] | None = None,
) -> int:
    """Play moments aloud, one after the other; Ctrl-C ends it.

    Parameters
    ----------
    moments
        The moments, the first one first.
    library
        The folder that paths of recordings start from.
    lead_s, tail_s
        How much is played before and after each, in seconds, where its recording has it.
    told
        Called with each moment when it begins.

    Returns
    -------
    int
        How many were played.

    Raises
    ------
    LibraryError
        When there is no player, or it fails; or when a recording is not there, leads out of the library, or cannot be
        read.
    """
    sound = _on_windows if sys.platform == "win32" else _by_program(*_found())
    n_played = 0
    with tempfile.TemporaryDirectory(prefix="earwitness-") as folder:
        for moment in moments:
            excerpt = excerpt_of(moment, library=library, before_s=lead_s, after_s=tail_s)
            path = Path(folder) / "moment.wav"  # a name of ours: that of a recording might be taken for an option
            # Sixteen bits, whatever the recording has: there is no player that does not take them.
            soundfile.write(path, excerpt.samples, excerpt.sample_rate, subtype="PCM_16", format="WAV")
            if told is not None:
                told(moment)
            sound(path, len(excerpt.samples) / excerpt.sample_rate)
            n_played += 1
    return n_played


def _found() -> tuple[str, tuple[str, ...]]:
    """Return where the first player is that is there, and its options."""
    for name, options in PLAYERS.items():
        path = shutil.which(name)
        if path is not None:
            return path, options
    raise LibraryError(f"There is no player on the PATH to play with; looked for {', '.join(PLAYERS)}.")


def _by_program(player: str, options: Sequence[str]) -> Callable[[Path, float], None]:
    """Return what plays a file of so many seconds by a program, to its end."""

    def sound(path: Path, length_s: float) -> None:
        began_s, limit_s = time.monotonic(), length_s + _SLACK_S
        try:
            process = subprocess.Popen(
                [player, *options, str(path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        except OSError as error:
            raise LibraryError(f"'{player}' cannot be run: {error.strerror or error}.") from error
        with process:
            try:
                _, said = process.communicate(timeout=limit_s)
            except subprocess.TimeoutExpired as error:
                raise LibraryError(f"'{player}' did not end: {limit_s:.0f} s for {length_s:.1f} s of sound.") from error
            finally:  # also when Ctrl-C ends the waiting
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if process.returncode or time.monotonic() - began_s < _LEAST_SHARE * length_s:
            words = " ".join(said.decode("utf-8", "replace").split())[-_LAST_WORDS:]
            raise LibraryError(f"'{player}' did not play, code {process.returncode}: {words or 'it said nothing'}")

    return sound


def _on_windows(path: Path, length_s: float) -> None:
    if sys.platform == "win32":
        import winsound

        winsound.PlaySound(str(path), winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
        try:
            time.sleep(length_s)  # PlaySound could wait by itself, but Ctrl-C would not end that
        finally:
            winsound.PlaySound(None, 0)
