"""Drawing clips: the spectrogram, and under it the lanes of what is heard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from earwitness.errors import import_extra
from earwitness.records import atomic_path
from earwitness.scenes.spec import Scene
from earwitness.sounds.spectrogram import power_spectrogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Panel", "draw"]

_WINDOW_S, _HOP_S = 0.032, 0.008
_RANGE_DB = 70.0
_FAINTEST = 1e-4  # a sine of a hundredth of the least 16-bit step: silence has a level too
_NAMED, _OTHER = "#d1495b", "#8d99ae"
_LANE_HEIGHT = 0.24
_SPECTROGRAM_HEIGHT = 2.0


class Panel(NamedTuple):
    """One clip of a picture."""

    title: str
    """What stands over it."""
    scene: Scene
    """The clip."""
    pcm: npt.NDArray[np.int16]
    """Its samples, shape (n,)."""
    named: Collection[str] = ()
    """The labels that a query names; their lanes stand out."""


def draw(panels: Sequence[Panel], path: Path, *, sample_rate: int, title: str = "") -> None:
    """Draw clips one under another into a PNG.

    Parameters
    ----------
    panels
        The clips.
    path
        The file to write.
    sample_rate
        Samples a second.
    title
        What stands over all of it.

    Raises
    ------
    MissingExtra
        When matplotlib is not installed.
    """
    figure_module = import_extra("matplotlib.figure", extra="plots", feature="Drawing clips")
    rows = [max(1, len({event.label for event in panel.scene.events})) for panel in panels]
    heights = [height for n in rows for height in (_SPECTROGRAM_HEIGHT, _LANE_HEIGHT * n + 0.1)]
    figure = figure_module.Figure(
        figsize=(10, sum(heights) + 0.75 * len(panels) + (0.5 if title else 0.1)), layout="constrained", dpi=110
    )
    if title:
        figure.suptitle(title, fontsize=11, fontweight="bold", wrap=True)
    axes = figure.subplots(2 * len(panels), 1, height_ratios=heights, squeeze=False)[:, 0]
    for panel, above, below in zip(panels, axes[::2], axes[1::2], strict=True):
        _draw_spectrogram(above, panel, sample_rate)
        _draw_lanes(below, panel)
    with atomic_path(path) as partial:
        figure.savefig(partial, format="png")


def _draw_spectrogram(axes: Axes, panel: Panel, sample_rate: int) -> None:
    level_db, times, frequencies = _spectrogram(panel.pcm, sample_rate)
    axes.pcolormesh(times, frequencies, level_db, vmin=level_db.max() - _RANGE_DB, cmap="magma", rasterized=True)
    # Mel-like: equal steps look like equal steps of pitch from about 700 Hz up.
    axes.set_yscale("function", functions=(_hz_to_mel, _mel_to_hz))
    axes.set_yticks([f for f in (250, 1000, 2000, 4000, 8000, 16_000) if f <= sample_rate / 2])
    axes.set_yticklabels([f"{f / 1000:g} kHz" for f in axes.get_yticks()])
    axes.set_ylim(50, sample_rate / 2)
    axes.set_xlim(0, panel.scene.duration_s)
    axes.set_xticks([])
    axes.set_title(panel.title, fontsize=10, loc="left")
    axes.tick_params(labelsize=8)


def _draw_lanes(axes: Axes, panel: Panel) -> None:
    timeline = panel.scene.timeline
    labels = list(timeline.by_label)
    for row, label in enumerate(labels):
        spans = [(event.onset, event.offset - event.onset) for event in timeline.of(label)]
        axes.broken_barh(spans, (row - 0.36, 0.72), color=_NAMED if label in panel.named else _OTHER)
    axes.set_yticks(range(len(labels)), labels=labels)
    axes.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    axes.set_xlim(0, panel.scene.duration_s)
    axes.set_xlabel("seconds", fontsize=8)
    axes.grid(axis="x", alpha=0.3)
    axes.tick_params(labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _spectrogram(
    pcm: npt.NDArray[np.int16], sample_rate: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return levels in dB, shape (frequencies, frames), and the edges of both axes."""
    window, hop = round(_WINDOW_S * sample_rate), round(_HOP_S * sample_rate)
    power = power_spectrogram(pcm.astype(np.float64), window=window, hop=hop).T
    level_db: npt.NDArray[np.float64] = 10.0 * np.log10(np.maximum(power, _FAINTEST))
    times = (np.arange(level_db.shape[1] + 1) - 0.5) * hop / sample_rate
    step = sample_rate / window
    frequencies = np.maximum((np.arange(level_db.shape[0] + 1) - 0.5) * step, 0.0)
    return level_db, times, frequencies


def _hz_to_mel(hz: Any) -> Any:
    return 2595.0 * np.log10(1.0 + np.asarray(hz) / 700.0)


def _mel_to_hz(mel: Any) -> Any:
    return 700.0 * (10.0 ** (np.asarray(mel) / 2595.0) - 1.0)
