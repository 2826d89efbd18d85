"""How fast a library is indexed, beside the listener alone on the same samples; and that nothing is heard twice.

Run ``python benchmarks/indexing.py --listener LISTENER --model WEIGHTS --libraries FOLDER...``. The bare listener is
given the samples, decoded before, by as many threads; "from the files" it decodes them itself; indexing reads, checks,
decodes, hears, cuts events, judges presence and writes all tables.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np

from earwitness.library.indexing import index_library
from earwitness.library.moments import text_to_path
from earwitness.library.walking import AudioPlace, walked
from earwitness.listen.hearing import LibraryListener, each_asked, hear_file
from earwitness.listen.vocabulary import open_listener
from earwitness.parallel import one_blas_thread, usable_cores
from earwitness.sounds.audio import read_audio, to_mono
from measure import table, verdict

SHARE = 0.9
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listener", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--libraries", type=Path, nargs="+", required=True)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    listener = open_listener(options.listener, model=options.model)
    rows = []
    for library in options.libraries:
        rows += measured(listener, library, repeats=options.repeats)
    print(f"{usable_cores()} threads, {len(listener.labels)} labels; the best of {options.repeats} runs.\n")
    print(table(("library", "what", "wall", "real time", "target"), rows))


def measured(listener: LibraryListener, library: Path, *, repeats: int) -> list[tuple[str, ...]]:
    """Measure one library."""
    places = [each for each in walked(library) if isinstance(each, AudioPlace)]
    samples = []
    for place in places:
        audio = read_audio(library / text_to_path(place.path))
        samples.append((to_mono(audio.samples).astype(np.float32), audio.sample_rate))
    seconds = sum(len(mono) / rate for mono, rate in samples)
    files = [library / text_to_path(place.path) for place in places]
    alone, decoding, indexed, again = [], [], [], []
    for _ in range(repeats):
        alone.append(taken_by(listener, samples, lambda mine, one: mine.listen(*one)))
        decoding.append(taken_by(listener, files, lambda mine, one: sum(1 for _ in hear_file(mine, one))))
        with TemporaryDirectory() as folder:
            for taken in (indexed, again):
                start = time.perf_counter()
                index_library(library, Path(folder) / "index", listener=listener, jobs=usable_cores())
                taken.append(time.perf_counter() - start)
    share = min(alone) / min(indexed)
    name = f"`{library.name}`: {len(places):,} files, {seconds:,.0f} s"
    return [
        (name, "the listener alone", f"{min(alone):.1f} s", f"{seconds / min(alone):.0f} x", ""),
        ("", "the listener from the files", f"{min(decoding):.1f} s", f"{seconds / min(decoding):.0f} x", ""),
        ("", "indexing", f"{min(indexed):.1f} s", f"{seconds / min(indexed):.0f} x",
         f"{100 * share:.0f} % of the listener's speed (>= 90 %: {verdict(share, SHARE, least=True)})"),
        ("", "again, nothing changed", f"{min(again):.2f} s", "", ""),
    ]  # fmt: skip


def taken_by(listener: LibraryListener, things: Sequence[T], asked: Callable[[LibraryListener, T], object]) -> float:
    """Return how long it takes to ask the listener of each of many things."""
    start = time.perf_counter()
    with one_blas_thread:
        for _ in each_asked(listener, things, asked, jobs=usable_cores()):
            pass
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
