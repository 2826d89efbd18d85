"""Measure whether the built-in sounds are distinct, recognisable and fast.

Run ``python benchmarks/builtin_sounds.py [--shared ../shared] [--page docs/sounds.md]``.

Distinct: every recording is cut to its atom, as a build does it, and described by its log-mel statistics: mean and
deviation of 64 bands, and how strongly eight groups of bands are modulated in six octaves of rates. A linear
classifier (Fisher's discriminant with Ledoit-Wolf shrinkage, nothing tuned) is fitted to ``--train`` variants of each
label and tested on ``--test`` variants, whose parameters come from another part of their ranges.

Recognisable: YAMNet, trained on real recordings only, scores ten recordings of each label; the label is recognised
when its AudioSet class or that class's parent is among the five best of the mean of the ten. (Ranges of the table were
chosen with these scores in view: it tells how near the sounds come to real ones, not how a listener would do unseen.)

Fast: CPU time of rendering, one core; wall time of ten recordings of every label on two.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from earwitness.errors import AudioError
from earwitness.parallel import map_chunks, worker_pool
from earwitness.sounds import builtin
from earwitness.sounds.audio import resample
from earwitness.sounds.bank import split_of
from earwitness.sounds.builtin.table import TABLE
from earwitness.sounds.cutting import cut_event
from earwitness.sounds.spectrogram import log_mel
from measure import table, verdict
from yamnet import RATE, Yamnet

JOBS = 2
MARKERS = ("<!-- measured: begin -->", "<!-- measured: end -->")
_MODULATION_HZ = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 50.0)


class Heard(NamedTuple):
    """What one recording gave."""

    label: str
    split: str
    fault: str  # why it gave no atom; empty when it gave one
    features: npt.NDArray[np.float64] | None
    scores: npt.NDArray[np.float64] | None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", default=os.environ.get("EARWITNESS_SHARED", "../shared"))
    parser.add_argument("--train", type=int, default=30)
    parser.add_argument("--test", type=int, default=10)
    parser.add_argument("--family", help="only the labels of one family (a look while working)")
    parser.add_argument("--page", type=Path, help="a page whose measured part is replaced")
    options = parser.parse_args()
    models = Path(options.shared) / "data" / "models"
    labels = [row.label for row in TABLE if options.family in (None, row.family)]
    parts = [_speed(labels), *_hearing(labels, models, train=options.train, test=options.test)]
    print("\n\n".join(parts))
    if options.page:
        text = options.page.read_text(encoding="utf-8")
        before, _, rest = text.partition(MARKERS[0])
        _, _, after = rest.partition(MARKERS[1])
        page = "\n\n".join((before.rstrip() + f"\n\n{MARKERS[0]}", *parts[1:], MARKERS[1] + after))
        options.page.write_text(page, encoding="utf-8")


def _speed(labels: Sequence[str]) -> str:
    names = [(r.label, int(r.name.rpartition("/")[2])) for r in builtin.recordings(labels=labels)]
    start = time.perf_counter()
    with worker_pool(JOBS) as pool:
        costs = map_chunks(pool, _render, names, chunk=8)
    wall = time.perf_counter() - start
    seconds, spent = defaultdict(float), defaultdict(float)
    for label, lasts, cpu in costs:
        seconds[label] += lasts
        spent[label] += cpu
    speeds = sorted((seconds[label] / spent[label], label) for label in labels)
    mean = sum(seconds.values()) / sum(spent.values())
    slowest = ", ".join(f"{label} {speed:.0f}" for speed, label in speeds[:5])
    rows = [
        (
            f"{len(names):,} recordings ({len(labels)} labels x 10), {sum(seconds.values()):,.0f} s, on two cores",
            f"{wall:.1f} s",
            f"<= 120 s: {verdict(wall, 120)}",
        ),
        ("times real time, one core, all together", f"{mean:.0f}", f">= 40: {verdict(mean, 40, least=True)}"),
        (f"the slowest: {slowest}", f"{speeds[0][0]:.0f}", f">= 5: {verdict(speeds[0][0], 5, least=True)}"),
        ("CPU a recording", f"{1000 * sum(spent.values()) / len(names):.1f} ms", ""),
    ]
    return table(("rendering", "measured", "target"), rows)


def _render(names: Sequence[tuple[str, int]]) -> list[tuple[str, float, float]]:
    costs = []
    for label, k in names:
        read = builtin.recording(label, k).read
        start = time.process_time()
        audio = read()
        costs.append((label, len(audio.samples) / audio.sample_rate, time.process_time() - start))
    return costs


def _hearing(labels: Sequence[str], models: Path, *, train: int, test: int) -> list[str]:
    wanted = builtin.recordings(labels=labels, train=train, test=test)
    ten = {r.name for r in builtin.recordings()}
    names = [(r.label, int(r.name.rpartition("/")[2]), r.name in ten) for r in wanted]
    with worker_pool(JOBS) as pool:
        heard = map_chunks(pool, functools.partial(_hear, models=models), names, chunk=16, progress=_progress(names))
    return [_distinct(heard), _recognised(heard, labels, Yamnet(models))]


def _progress(names: Sequence[object]) -> functools.partial[None]:
    def report(wanted: int, done: int) -> None:
        print(f"\rheard {done:,} of {wanted:,}", end="\n" if done == wanted else "", file=sys.stderr)

    return functools.partial(report, len(names))


def _hear(names: Sequence[tuple[str, int, bool]], *, models: Path) -> list[Heard]:
    listener = _listener(models)
    return [_hear_one(label, k, listener if listen else None) for label, k, listen in names]


@functools.cache
def _listener(models: Path) -> Yamnet:
    return Yamnet(models)


def _hear_one(label: str, k: int, listener: Yamnet | None) -> Heard:
    recording = builtin.recording(label, k)
    audio, split = recording.read(), split_of(recording.source)
    scores = None
    if listener is not None:
        mono = resample(audio.samples[:, 0].astype(np.float64), from_rate=audio.sample_rate, to_rate=RATE)
        scores = listener.scores(mono.astype(np.float32))
    try:
        pcm = cut_event(audio, recording.name, sample_rate=RATE)
    except AudioError as error:
        return Heard(label, split, error.reason, None, scores)
    return Heard(label, split, "", statistics(pcm / 32_768.0), scores)


def statistics(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return what a sound is on the whole, shape (176,): nothing of the order in which things happen in it."""
    level = np.maximum(log_mel(samples, sample_rate=RATE), -90.0)
    groups = level.reshape(len(level), 8, -1).mean(axis=2)
    groups = groups - groups.mean(axis=0)
    spectrum = np.abs(np.fft.rfft(groups * np.hanning(len(groups))[:, None], n=1024, axis=0)) / np.sqrt(len(groups))
    rates = np.fft.rfftfreq(1024, d=0.01)
    modulation = [
        np.sqrt(np.mean(spectrum[(rates >= low) & (rates < high)] ** 2, axis=0))
        for low, high in itertools.pairwise(_MODULATION_HZ)
    ]
    return np.concatenate([level.mean(axis=0), level.std(axis=0), np.log(np.concatenate(modulation) + 1e-3)])


def _distinct(heard: Sequence[Heard]) -> str:
    atoms = [h for h in heard if not h.fault]
    train, test = ([h for h in atoms if h.split == split] for split in ("train", "test"))
    scale = np.std([h.features for h in train], axis=0)
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    model.fit(np.array([h.features for h in train]) / scale, [h.label for h in train])
    guesses = model.predict(np.array([h.features for h in test]) / scale)
    asked = Counter(h.label for h in test)
    wrong = Counter((h.label, str(guess)) for h, guess in zip(test, guesses, strict=True) if h.label != guess)
    right = 1.0 - sum(wrong.values()) / len(test)
    faults = Counter((h.label, h.fault) for h in heard if h.fault)
    lines = [
        f"Linear classifier on log-mel statistics: **{100 * right:.1f} %** top-1 over {len(asked)} labels "
        f"({len(train):,} train, {len(test):,} test recordings; target >= 95 %: "
        f"{verdict(right, 0.95, least=True)}). Recordings that gave no atom: {sum(faults.values())} of {len(heard):,}"
        + (f" ({', '.join(f'{label} {n} ({why})' for (label, why), n in faults.most_common(8))})." if faults else "."),
        "",
    ]
    pairs = [(a, b, n, asked[a]) for (a, b), n in wrong.most_common() if n / asked[a] > 0.1]
    if not pairs:
        return "\n".join([*lines, "No pair of labels is confused in more than 10 % of the test recordings."])
    rows = [(a, b, f"{n} of {of}") for a, b, n, of in pairs]
    return "\n".join([*lines, table(("label", "taken for", "how often (above 10 %)"), rows)])


def _recognised(heard: Sequence[Heard], labels: Sequence[str], listener: Yamnet) -> str:
    scores: dict[str, list[npt.NDArray[np.float64]]] = defaultdict(list)
    for h in heard:
        if h.scores is not None:
            scores[h.label].append(h.scores)
    of_family: dict[str, list[tuple[int, float, str, str]]] = defaultdict(list)
    without: Counter[str] = Counter()
    for label in labels:
        row = builtin.entry(label)
        if row.audioset is None:
            without[row.family] += 1
            continue
        rank = listener.rank(np.mean(scores[label], axis=0), row.audioset)
        each = float(np.mean([listener.rank(s, row.audioset) <= 5 for s in scores[label]]))
        of_family[row.family].append((rank, each, label, row.audioset))
    rows, everything = [], [entry for entries in of_family.values() for entry in entries]
    for family in dict.fromkeys(row.family for row in TABLE):
        entries = sorted(of_family[family])
        if not entries and not without[family]:
            continue
        missed = ", ".join(f"{label} ({rank})" for rank, _, label, _ in entries if rank > 5)
        known = sum(rank <= 5 for rank, *_ in entries)
        share = f"{100 * np.mean([each for _, each, *_ in entries]):.0f} %" if entries else ""
        rows.append((family, len(entries), known, share, without[family], missed))
    known = sum(rank <= 5 for rank, *_ in everything)
    share = known / len(everything)
    rows.append(
        (
            "**all**",
            len(everything),
            f"**{known}**",
            f"{100 * np.mean([e[1] for e in everything]):.0f} %",
            sum(without.values()),
            "",
        )
    )
    head = ("family", "labels with a class", "recognised", "single recordings", "no class", "not recognised (rank)")
    return (
        f"YAMNet has the class or its parent among its top 5 of 521 for **{known} of {len(everything)}** labels that "
        f"have an AudioSet class: {100 * share:.0f} % (target >= 50 %: {verdict(share, 0.5, least=True)}).\n\n"
        + table(head, rows)
    )


if __name__ == "__main__":
    main()
