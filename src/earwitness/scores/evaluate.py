"""Asking systems for their scores, block by block, into a run folder.

What a system is given is the queries' texts and the clips' audio. A system that fails is one row of the result, and
the others go on; a disk that is full, a damaged benchmark and Ctrl-C end the whole evaluation, and what is written
stays.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from earwitness.errors import BenchmarkError, OutputError, RunError, SoundsError, SystemFault
from earwitness.parallel import Progress
from earwitness.reasonaudio.folder import Benchmark
from earwitness.scores.judged import judged
from earwitness.scores.measures import checked
from earwitness.scores.runs import Block, Run, create_run
from earwitness.systems.base import Clips, Scores, System, clips_of

__all__ = ["evaluate"]

_TAIL = 6  # as many of the innermost frames of a traceback are recorded


def evaluate(
    benchmark: Benchmark,
    systems: Sequence[System],
    out: str | Path,
    *,
    block: int = 500,
    seed: int = 0,
    progress: Progress | None = None,
    notice: Callable[[str], None] | None = None,
) -> Run:
    """Ask systems for the scores of every query and clip, and write them into a run folder.

    Whole blocks that are there are not asked for again, so a run that was stopped goes on where it was. What failed
    is asked for again in the next call.

    Parameters
    ----------
    benchmark
        What is asked and heard.
    systems
        Who is asked; their names differ.
    out
        The run folder: a new one, or one of this benchmark and seed.
    block
        How many clips a system is given at once, unless it asks for the whole corpus.
    seed
        What chance depends on.
    progress
        Told of (system, clips done, clips wanted).
    notice
        Told, in a sentence, of each system that failed and of each damaged block that is asked for again; both are
        lines of ``failures.jsonl`` too.

    Returns
    -------
    Run
        The run; its ``systems`` say which are complete.

    Raises
    ------
    BenchmarkError, SoundsError
        When there is nothing to evaluate, or the benchmark is damaged.
    SystemFault
        When no system is given, or two have one name.
    RunError
        When the folder is no run, or one of another benchmark, seed or system of that name.
    OutputError
        When the disk is full.
    """
    if block < 1:
        raise RunError(f"A block must hold at least one clip; got {block}.")
    names = [system.about.name for system in systems]
    if not names:
        raise SystemFault("There is no system to evaluate: give at least one.")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise SystemFault(f"Two systems are called '{twice[0]}': give one another name with --system LABEL=SPEC.")
    known = judged(benchmark)
    run = create_run(Path(out), benchmark, known, seed=seed)
    run.sweep(names)
    clips = clips_of(benchmark)
    # All are recorded before any is asked: what cannot be used is told at once, and a run that is killed already
    # knows the order of its systems.
    layouts = [run.record(system, clips, texts=known.texts, block=block) for system in systems]
    for system, blocks in zip(systems, layouts, strict=True):
        _Asked(run, system, known.texts, clips, notice or _unheard).fill(blocks, progress)
    return run


def _unheard(_: str) -> None:
    pass


class _Asked:
    """One system while it is asked."""

    def __init__(
        self, run: Run, system: System, texts: tuple[str, ...], clips: Clips, notice: Callable[[str], None]
    ) -> None:
        self.run = run
        self.system = system
        self.name = system.about.name
        self.texts = texts
        self.clips = clips
        self.notice = notice

    def fill(self, blocks: Sequence[Block], progress: Progress | None) -> None:
        """Ask for the blocks that are missing, up to the first that the system cannot give."""
        if progress is not None:
            progress(self.name, 0, len(self.clips))
        for block in blocks:
            if not self.is_whole(block):
                scores = self.ask(block)
                if scores is None:
                    return
                self.run.write_block(self.name, block, scores)
            if progress is not None:
                progress(self.name, block.stop, len(self.clips))

    def is_whole(self, block: Block) -> bool:
        """Return whether a block is there and can be read; a damaged one is told of."""
        if not self.run.has_block(self.name, block):
            return False
        try:
            self.run.read_block(self.name, block)
        except RunError as error:
            self.tell(block, error)
            return False
        return True

    def ask(self, block: Block) -> Scores | None:
        """Return the scores of a block, or record why there are none."""
        part = self.clips.part(block.start, block.stop)
        try:
            return self.usable(self.system.retriever.scores(self.texts, part), part)
        except (BenchmarkError, SoundsError, RunError, OutputError):
            # The benchmark, a cache or the disk: no fault of the system's.
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a model may raise anything, and it is told in full
            self.tell(block, error)
        return None

    def usable(self, given: object, part: Clips) -> Scores:
        """Return what a system gave as float32, or say what is wrong with it."""
        where = f"System '{self.name}' gave, for {part.names[0]} to {part.names[-1]},"
        expected = (len(self.texts), len(part))
        wanted = f"expected numbers of shape {expected}, a row for each query and a column for each clip"
        scores = np.asarray(given)
        if scores.dtype.kind not in "fiub":
            raise SystemFault(f"{where} {type(given).__name__} of {scores.dtype}; {wanted}.")
        if scores.shape != expected:
            raise SystemFault(f"{where} scores of shape {scores.shape}; {wanted}.")
        with np.errstate(over="ignore"):
            narrow = scores.astype(np.float32)
        if scores.dtype.kind == "f" and scores.dtype.itemsize > 4:
            lost = np.isinf(narrow) & np.isfinite(scores)
            if lost.any():
                raise SystemFault(f"{where} {scores[lost][0]:g}, which is beyond what float32 holds (3.4e38).")
        return checked(narrow, system=self.name, clip_ids=part.names)

    def tell(self, block: Block, error: BaseException) -> None:
        """Record and tell what went wrong."""
        kind, message = type(error).__name__, str(error)
        frames = traceback.extract_tb(error.__traceback__)[-_TAIL:]
        lines = [f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}" for frame in frames]
        self.run.add_failure(self.name, block=block, error=kind, message=message, traceback=lines)
        self.notice(f"System '{self.name}', clips {block.start + 1:,} to {block.stop:,}: {kind}: {message}")
