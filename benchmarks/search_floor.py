"""Exact top-10 search in chunks, beside the bare matrix product that it cannot do without.

Run ``python benchmarks/search_floor.py``; some minutes and 2.2 GB of memory for the larger case.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from earwitness.scores.search import top_k
from measure import machine, table, verdict

CASES = ((1_000, 10_000, 512), (100, 1_000_000, 512))
K = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    print(machine(), end="\n\n")
    rows = [_row(*case, repeats=options.repeats) for case in CASES]
    head = ("queries x corpus x dimensions", "matrix product", "top-10 search", "ratio", "target")
    print(table(head, rows))


def _row(n: int, m: int, d: int, *, repeats: int) -> tuple[str, ...]:
    """Time both in turn, so that what else the machine does befalls both alike; the median of each."""
    rng = np.random.default_rng(0)
    queries, corpus = (rng.standard_normal((size, d), dtype=np.float32) for size in (n, m))
    scores = np.empty((n, m), np.float32)
    taken: dict[str, list[float]] = {"product": [], "search": []}
    for _ in range(repeats + 1):
        for name in taken:
            start = time.perf_counter()
            if name == "product":
                np.matmul(queries, corpus.T, out=scores)
            else:
                found = top_k(queries, corpus, k=K)
            taken[name].append(time.perf_counter() - start)
    # What was found is what there is: as many vectors score above the last one as should.
    assert (np.count_nonzero(scores > found.scores[:, -1:] + 1e-4, axis=1) < K).all()
    assert (np.count_nonzero(scores >= found.scores[:, -1:] - 1e-4, axis=1) >= K).all()
    product, search = (sorted(seconds[1:])[repeats // 2] for seconds in taken.values())
    ratio = search / product
    cells = f"{n:,} x {m:,} x {d}", f"{product * 1000:,.0f} ms", f"{search * 1000:,.0f} ms", f"{ratio:.2f}"
    return (*cells, f"<= 2: {verdict(ratio, 2.0)}")


if __name__ == "__main__":
    main()
