"""Work spread over processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from earwitness.errors import AudioError, SoundsError
from earwitness.parallel import map_chunks, worker_pool


def squares(numbers: Sequence[int]) -> list[int]:
    return [number * number for number in numbers]


def fail_at_seven(numbers: Sequence[int]) -> list[int]:
    if 7 in numbers:
        raise AudioError("silent", "seven")
    return list(numbers)


def die(numbers: Sequence[int]) -> list[int]:
    os._exit(1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_keep_the_order_of_the_work(jobs: int) -> None:
    done: list[int] = []
    with worker_pool(jobs) as pool:
        assert map_chunks(pool, squares, range(20), chunk=3, progress=done.append) == [k * k for k in range(20)]
        assert map_chunks(pool, squares, [], chunk=3) == []
    assert done == sorted(done)
    assert done[-1] == 20
    assert len(done) == 7


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_arrives_whole(jobs: int) -> None:
    with pytest.raises(AudioError, match="silent: seven") as caught, worker_pool(jobs) as pool:
        map_chunks(pool, fail_at_seven, range(20), chunk=3)
    assert (caught.value.reason, caught.value.detail) == ("silent", "seven")


def test_a_killed_worker_is_named_and_not_waited_for() -> None:
    with pytest.raises(SoundsError, match=r"One of 2 worker processes was killed.*fewer jobs"), worker_pool(2) as pool:
        map_chunks(pool, die, range(4), chunk=1)


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "busy.py"
    script.write_text(
        textwrap.dedent(
            """
            import os, sys, time
            from earwitness.parallel import map_chunks, worker_pool
            def wait(items):
                print(os.getpid(), flush=True)
                time.sleep(60)
                return items
            if __name__ == "__main__":
                with worker_pool(2) as pool:
                    map_chunks(pool, wait, range(2), chunk=1)
            """
        ),
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
    deadline = time.monotonic() + 20
    while alive := [pid for pid in workers if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, f"workers {alive} outlived their parent"
        time.sleep(0.05)
