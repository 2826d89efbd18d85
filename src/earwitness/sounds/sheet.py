"""A contact sheet: the spectrograms of many sounds on one picture, to see at a glance what a bank holds."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import SoundsError, import_extra
from earwitness.records import atomic_path
from earwitness.sounds.spectrogram import log_mel

__all__ = ["Thumbnail", "draw_sheet", "import_drawing"]

_BANDS, _COLUMNS = 64, 150  # of one thumbnail: mel bands, time steps
_SHOWN_S = 3.0
_RANGE_DB = 65.0
_CELL_IN = (1.62, 0.98)  # inches
_DPI = 100
_COLOURS = 8  # of the map "Dark2": groups take them in turn


class Thumbnail(NamedTuple):
    """One cell of a sheet."""

    title: str
    """What stands over it."""
    group: str
    """Cells of one group have frames of one colour; its name stands where it begins."""
    samples: npt.NDArray[np.floating]
    """The sound, shape (n,)."""


def import_drawing() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Import what a sheet is drawn with: matplotlib, its figures, and Pillow's images.

    ``draw_sheet`` does so itself; who renders many sounds for a sheet calls this first, to learn in time.

    Raises
    ------
    MissingExtra
        When one of them is not installed.
    """
    matplotlib, figure, image = (
        import_extra(name, extra="plots", feature="Drawing a contact sheet")
        for name in ("matplotlib", "matplotlib.figure", "PIL.Image")
    )
    return matplotlib, figure, image


def draw_sheet(
    thumbnails: Sequence[Thumbnail], path: Path, *, sample_rate: int, title: str = "", columns: int = 10
) -> None:
    """Draw the log-mel spectrograms of sounds into one PNG, from 40 Hz to 8 kHz, the first 3 s of each.

    Parameters
    ----------
    thumbnails
        The sounds, in the order in which they are drawn, row by row; at least one.
    path
        The file to write.
    sample_rate
        Samples a second of all of them.
    title
        What stands over all of it.
    columns
        How many sounds stand side by side.

    Raises
    ------
    SoundsError
        When there is no sound to draw.
    MissingExtra
        When matplotlib or Pillow is not installed.
    """
    if not thumbnails:
        raise SoundsError(f"Contact sheet {str(path)!r}: expected at least one sound to draw, got none.")
    matplotlib, figure_module, pillow = import_drawing()
    colours = matplotlib.colormaps["Dark2"]
    columns = min(columns, len(thumbnails))
    rows = math.ceil(len(thumbnails) / columns)
    head = 0.45 if title else 0.05
    size = (columns * _CELL_IN[0] + 0.1, rows * _CELL_IN[1] + head + 0.25)
    figure = figure_module.Figure(figsize=size, dpi=_DPI, facecolor="white")
    groups = list(dict.fromkeys(thumbnail.group for thumbnail in thumbnails))
    if title:
        figure.text(0.05 / size[0] * 2, 1.0 - 0.2 / size[1], title, fontsize=13, fontweight="bold", va="center")
    for place, thumbnail in enumerate(thumbnails):
        row, column = divmod(place, columns)
        left = 0.05 + column * _CELL_IN[0]
        bottom = size[1] - head - (row + 1) * _CELL_IN[1]
        box = (left / size[0], bottom / size[1], (_CELL_IN[0] - 0.08) / size[0], (_CELL_IN[1] - 0.24) / size[1])
        axes = figure.add_axes(box)
        axes.imshow(_image(thumbnail.samples, sample_rate), cmap="magma", aspect="auto", origin="lower", vmin=0, vmax=1)
        axes.set_xticks([])
        axes.set_yticks([])
        colour = colours(groups.index(thumbnail.group) % _COLOURS)
        for side in axes.spines.values():
            side.set_edgecolor(colour)
            side.set_linewidth(1.6)
        axes.set_title(thumbnail.title, fontsize=7.5, pad=2.5, loc="left")
        if place == 0 or thumbnail.group != thumbnails[place - 1].group:
            axes.set_title(thumbnail.group, fontsize=6.5, pad=2.5, loc="right", color=colour, fontweight="bold")
    note = f"log-mel, 40 Hz to 8 kHz, the first {_SHOWN_S:g} s, {_RANGE_DB:g} dB; a new family, a new colour of frame"
    figure.text(0.1 / size[0], 0.1 / size[1], note, fontsize=7.5, color="#555555", va="center")
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    with atomic_path(path) as partial:
        # 128 colours are a third of the bytes, and look the same.
        pillow.open(picture).convert("RGB").quantize(128).save(partial, format="png", optimize=True)


def _image(samples: npt.NDArray[np.floating], sample_rate: int) -> npt.NDArray[np.float64]:
    """Return the picture of a sound: shape (bands, columns), 0 to 1, dark where it is over."""
    hop_s = _SHOWN_S / _COLUMNS
    shown = samples[: round(_SHOWN_S * sample_rate)]
    level = log_mel(shown, sample_rate=sample_rate, bands=_BANDS, hop_s=hop_s).T
    image = np.zeros((_BANDS, _COLUMNS))
    image[:, : level.shape[1]] = np.clip((level - level.max()) / _RANGE_DB + 1.0, 0.0, 1.0)[:, :_COLUMNS]
    return image
