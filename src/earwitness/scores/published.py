"""What others published about ReasonAudio, as data to stand beside measured rows, and never to be ranked with them.

The figures are those of arXiv 2605.03361 (May 2026), copied from a public digest of its Table 2. They were measured on
another instance of the benchmark: other recordings, other clips, other queries. All are percentages.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

from earwitness.logic.constraint import TASKS

__all__ = ["CAVEAT", "PUBLISHED", "SOURCE", "PublishedRow"]

SOURCE = "arXiv 2605.03361, Table 2, copied from a public digest of the paper"
"""Where the figures come from."""
CAVEAT = (
    "These figures were published for another instance of the benchmark, with other recordings, clips and queries, and "
    "were copied from a digest of the paper, not from the paper. Compare their pattern, not their last digit."
)
"""What a reader of the figures must know."""


@dataclass(frozen=True)
class PublishedRow:
    """One row of the published table."""

    system: str
    """How the paper calls it."""
    paradigm: str
    """One of ``systems.base.PARADIGMS``."""
    acc1: Mapping[str, float]
    """Acc@1 for each task, in percent."""
    ndcg10: Mapping[str, float]
    """nDCG@10 for each task, in percent."""
    n_parameters: int | None = None
    """How many parameters it has, where its name says so."""
    two_option: Mapping[str, float] = field(default_factory=dict)
    """The two-option test for the tasks of which a figure is known, in percent."""

    @property
    def mean_acc1(self) -> float:
        """The mean of Acc@1 over the tasks, in percent."""
        return statistics.fmean(self.acc1.values())

    @property
    def average(self) -> float:
        """What the paper calls "Avg.": the mean of all Acc@1 and nDCG@10 together, in percent."""
        return statistics.fmean((*self.acc1.values(), *self.ndcg10.values()))


def _row(
    system: str,
    paradigm: str,
    figures: tuple[tuple[float, float], ...],
    *,
    n_parameters: int | None = None,
    two_option: Mapping[str, float] | None = None,
) -> PublishedRow:
    """Take (Acc@1, nDCG@10) for each task, as the table prints them."""
    acc1, ndcg10 = ({task: pair[place] for task, pair in zip(TASKS, figures, strict=True)} for place in (0, 1))
    return PublishedRow(system, paradigm, acc1, ndcg10, n_parameters, two_option or {})


_3B, _7B = 3_000_000_000, 7_000_000_000

# Negation, Order, Overlap, Duration, Mix.
PUBLISHED = (
    _row("Qwen2-Audio + BGE-M3", "two-stage", ((0.0, 0.0), (0.5, 1.7), (0.0, 0.0), (0.5, 0.5), (0.0, 0.0))),
    _row("Qwen2-Audio + Qwen3-Embedding", "two-stage", ((0.0, 0.0), (0.5, 0.5), (0.0, 0.0), (1.5, 0.7), (0.0, 0.0))),
    _row("Step-Audio + BGE-M3", "two-stage", ((2.0, 1.4), (0.5, 0.5), (2.5, 3.8), (8.5, 7.4), (1.0, 2.4))),
    _row("Step-Audio + Qwen3-Embedding", "two-stage", ((4.0, 2.7), (1.5, 2.4), (4.0, 5.8), (6.0, 7.5), (3.0, 4.9))),
    _row("CLAP", "CLIP-style", ((2.0, 1.2), (3.5, 6.6), (9.5, 17.8), (11.0, 9.5), (6.0, 12.5))),
    _row("AudioCLIP", "CLIP-style", ((0.7, 0.0), (1.4, 0.6), (1.0, 4.0), (2.5, 3.0), (0.0, 0.7))),
    _row("Wav2CLIP", "CLIP-style", ((0.0, 0.2), (0.0, 0.0), (0.0, 0.0), (1.0, 1.8), (0.0, 0.2))),
    _row(
        "LCO-Embedding-3B",
        "MLLM",
        ((3.0, 5.0), (16.0, 26.2), (21.5, 29.5), (10.5, 10.5), (6.0, 14.8)),
        n_parameters=_3B,
    ),
    _row(
        "LCO-Embedding-7B",
        "MLLM",
        ((2.0, 2.8), (23.0, 31.8), (29.5, 40.0), (14.5, 10.6), (15.5, 25.1)),
        n_parameters=_7B,
    ),
    _row(
        "e5-omni-7B",
        "MLLM",
        ((10.0, 10.0), (22.0, 30.2), (7.0, 12.3), (9.0, 8.4), (15.0, 25.7)),
        n_parameters=_7B,
    ),
    _row(
        "OmniEmbed-7B",
        "MLLM",
        ((5.5, 7.0), (24.5, 36.2), (18.0, 26.4), (6.5, 8.5), (28.0, 40.1)),
        n_parameters=_7B,
        two_option={"Negation": 27.5, "Duration": 50.8},
    ),
)
"""The published rows, in the order of the paper's table."""
