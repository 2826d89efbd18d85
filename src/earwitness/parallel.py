"""Work spread over processes, in chunks, with results in the order of the work."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from earwitness.errors import SoundsError

__all__ = ["Progress", "map_chunks", "one_blas_thread", "out_of", "stage_of", "usable_cores", "worker_pool"]

Progress = Callable[[str, int, int], None]
"""Told of long work: the stage's name, how much is done, how much there is."""


T = TypeVar("T")
R = TypeVar("R")


def stage_of(progress: Progress | None, stage: str) -> Callable[[int, int], None] | None:
    """Return what is told of one stage, (done, wanted); None when nobody is told."""
    return None if progress is None else functools.partial(progress, stage)


def out_of(progress: Callable[[int, int], None] | None, wanted: int) -> Callable[[int], None] | None:
    """Return what is told how much is done of so much; None when nobody is told."""
    return None if progress is None else lambda done: progress(done, wanted)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _OneBlasThread:
    """A limit that is set by the first of several threads and lifted by the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._controller: Any = None
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                if self._controller is None:
                    from threadpoolctl import ThreadpoolController

                    self._controller = ThreadpoolController()
                self._limit = self._controller.limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limit.restore_original_limits()


one_blas_thread = _OneBlasThread()
"""A context in which NumPy's products are worked out by one thread. On small matrices BLAS threads wait for one another
longer than they work: a listener hears five times as much in the same time with one."""


@contextmanager
def worker_pool(jobs: int) -> Iterator[ProcessPoolExecutor | None]:
    """Give worker processes for the time of a block, or None when one job means this process.

    Leaving the block by an error or by Ctrl-C drops the chunks that have not begun; workers end by themselves when
    this process is killed.

    Parameters
    ----------
    jobs
        How many processes.

    Raises
    ------
    SoundsError
        When a worker was killed, as the system does when memory runs out.
    """
    if jobs == 1:
        yield None
        return
    # Not fork: this process may run threads (a progress display, pyarrow), and a fork copies their locks as they stand.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_worker)
    try:
        yield pool
    except BrokenProcessPool as error:
        raise SoundsError(
            f"One of {jobs} worker processes was killed, perhaps for want of memory; try fewer jobs."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    # Ctrl-C reaches every process of the terminal; the main process ends the work, a worker only finishes its chunk.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def map_chunks(
    pool: ProcessPoolExecutor | None,
    function: Callable[[Sequence[T]], Sequence[R]],
    items: Sequence[T],
    *,
    chunk: int,
    progress: Callable[[int], None] | None = None,
) -> list[R]:
    """Return ``function(items)``, worked out chunk by chunk.

    Parameters
    ----------
    pool
        From ``worker_pool``.
    function
        Turns a sequence of items into as many results; picklable.
    items
        What to work on; picklable.
    chunk
        How many items a worker is handed at once.
    progress
        Called with the number of items that are done, in this process.
    """
    starts = range(0, len(items), chunk)
    results: dict[int, Sequence[R]] = {}
    done = 0
    if pool is None:
        for start in starts:
            results[start] = function(items[start : start + chunk])
            done += len(results[start])
            if progress is not None:
                progress(done)
    else:
        futures = {pool.submit(function, items[start : start + chunk]): start for start in starts}
        for future in as_completed(futures):
            start = futures[future]
            results[start] = future.result()
            done += len(results[start])
            if progress is not None:
                progress(done)
    return [result for start in starts for result in results[start]]
