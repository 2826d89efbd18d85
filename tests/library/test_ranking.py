"""Ranking: what was heard frame by frame is judged by soft logic, in clips and around the sounds of long recordings."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from earwitness.errors import LibraryError
from earwitness.library import ranking
from earwitness.library.accounts import LEAST_POSTERIOR, posteriors_in
from earwitness.library.asking import Asked
from earwitness.library.search import Library, open_library
from earwitness.listen.boxes import BoxModel, fit_boxes
from earwitness.listen.evidence import ClipEvidence, PresenceModel, fit_presence
from earwitness.listen.relations import RelationModel, fit_relations
from earwitness.logic.events import Event, Timeline
from earwitness.logic.parsing import parse
from earwitness.logic.soft import soft
from library.indexes import heard_index
from listen import synthetic

HOP_S = 0.25
LABELS = ("ant", "bee", "cow", "dog")
N = 60
Rules = tuple[PresenceModel, RelationModel, BoxModel]
CLAIMS = [
    "present(ant)",
    "before(ant, bee)",
    "all(before(ant, bee), absent(cow))",
    "overlap(bee, cow)",
    "all(longer(ant, dog), absent(bee))",
    "any(absent(ant), count(bee, at_least=2))",
    "not(any(present(cow), present(dog)))",
    "absent(dog)",
    "lasts(cow, at_least=2)",
]


def heard(seed: int, n: int) -> tuple[list[Timeline], np.ndarray]:
    rng = np.random.default_rng(seed)
    timelines = synthetic.timelines(n, LABELS, rng=rng)
    return timelines, synthetic.posteriors(timelines, LABELS, hop_s=HOP_S, rng=rng)


@pytest.fixture(scope="module")
def rules() -> Rules:
    timelines, probs = heard(1, 300)
    known = (probs, LABELS, timelines)
    return (
        fit_presence(*known, hop_s=HOP_S, apart=True),
        fit_relations(*known, hop_s=HOP_S, seed=1),
        fit_boxes(*known, hop_s=HOP_S),
    )


@pytest.fixture(scope="module")
def clips() -> np.ndarray:
    return heard(2, N)[1]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, rules: Rules, clips: np.ndarray) -> Library:
    folder = tmp_path_factory.mktemp("heard") / "index"
    heard_index(folder, {f"{clip:03d}.wav": probs for clip, probs in enumerate(clips)}, LABELS, rules=rules)
    return open_library(folder)


def asked(claim: str) -> Asked:
    return Asked(claim, parse(claim), ())


def kept(probs: np.ndarray) -> np.ndarray:
    """What an index keeps of posteriors: a byte each, of labels that are heard at all."""
    levels = posteriors_in(np.arange(256, dtype=np.uint8))
    odds = np.log(probs / (1.0 - probs))
    rounded = levels[np.clip(np.rint(odds * 16) + 128, 0, 255).astype(int)]
    return np.where(rounded.max(axis=0) >= LEAST_POSTERIOR, rounded, np.float32(0.0))


@pytest.mark.parametrize("claim", CLAIMS)
def test_clips_are_judged_as_in_benchmarks(library: Library, rules: Rules, clips: np.ndarray, claim: str) -> None:
    presence, relations, _ = rules
    evidence = ClipEvidence(
        np.stack([kept(clip) for clip in clips]),
        LABELS,
        hop_s=HOP_S,
        presence_model=presence,
        relation_model=relations,
        power=1.0,
    )
    wanted = np.exp(soft(parse(claim), evidence))
    moments = library.find(asked(claim), limit=None)
    told = {moment.path: moment.confidence for moment in moments}
    for clip, probability in enumerate(wanted):
        path = f"{clip:03d}.wav"
        # Presences below 0.05 are not in the table, and a recording that has none above it is not looked at.
        assert told.get(path, 0.0) == pytest.approx(probability, abs=1e-4 if path in told else 0.05)
    confidence = [moment.confidence or 0.0 for moment in moments]
    assert confidence == sorted(confidence, reverse=True)
    assert len(moments) >= N / 2


def test_only_the_most_probable_are_judged(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = asked("all(present(ant), absent(bee))")
    every = library.find(claim, limit=5)
    monkeypatch.setattr(ranking, "_JUDGED", 1)
    monkeypatch.setattr(ranking, "_JUDGED_EACH", 3)
    judged = []
    monkeypatch.setattr(ranking, "soft", lambda *args: judged.append(args[1].n_clips) or soft(*args))
    assert library.find(claim, limit=5) == every
    assert judged[0] == 15


def test_however_few_are_looked_at_at_once(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = asked("all(before(ant, bee), absent(cow))")
    every = library.find(claim, limit=None)
    monkeypatch.setattr(ranking, "_VALUES", 300)
    few = library.find(claim, limit=None)
    assert [moment.path for moment in few] == [moment.path for moment in every]
    assert [m.confidence for m in few] == pytest.approx([m.confidence for m in every], rel=1e-6)


def test_each_clause_has_its_verdict(library: Library) -> None:
    moments = library.find(asked("all(before(ant, bee), absent(cow))"), limit=None)
    for moment in moments:
        assert [(v.clause, v.denied) for v in moment.verdicts] == [("before(ant, bee)", False), ("absent(cow)", True)]
        for verdict in moment.verdicts:
            assert verdict.probability >= (moment.confidence or 0.0) - 1e-9
            if verdict.told == "fails":
                assert (moment.confidence or 0.0) < 0.5
    told = {verdict.told for moment in moments for verdict in moment.verdicts}
    assert told == {"holds", "fails", "cannot tell"}
    assert all(v.told != "cannot tell" for moment in moments for v in moment.verdicts if not v.denied)


# --- long recordings ---


def passage(*events: Event, length_s: float) -> np.ndarray:
    probs = np.full((round(length_s / HOP_S), len(LABELS)), 0.001, np.float32)
    for event in events:
        probs[round(event.onset / HOP_S) : round(event.offset / HOP_S), LABELS.index(event.label)] = 0.98
    return probs


HOUR = passage(
    *(Event(t, t + 2, "ant") for t in (100, 1_000, 2_000)),
    *(Event(t, t + 2, "bee") for t in (110, 990, 2_300)),
    Event(3_000, 3_004, "cow"),
    length_s=3_600,
)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory, rules: Rules) -> Library:
    quiet = passage(Event(200, 202, "ant"), Event(205, 207, "bee"), length_s=600)
    folder = tmp_path_factory.mktemp("long") / "index"
    heard_index(folder, {"hour.wav": HOUR, "quiet.wav": quiet}, LABELS, rules=rules)
    return open_library(folder)


def where(library: Library, question: str, least: float = 0.5) -> list[tuple[str, int]]:
    moments = library.find(library.ask(question), least=least)
    return sorted((moment.path, round(moment.onset_us / 1e6)) for moment in moments)


def test_a_long_recording_has_several_moments(long: Library) -> None:
    assert where(long, "ant") == [("hour.wav", 100), ("hour.wav", 1_000), ("hour.wav", 2_000), ("quiet.wav", 200)]
    # Not where the bee comes first, nor where it comes minutes later.
    assert where(long, "an ant before a bee") == [("hour.wav", 100), ("quiet.wav", 200)]
    assert where(long, "a bee before an ant") == [("hour.wav", 990)]


def test_one_sound_or_another_has_the_moments_of_both(long: Library) -> None:
    ants, bees = where(long, "ant"), where(long, "bee")
    assert len(ants) == len(bees) == 4
    # In the quiet one they are three seconds apart, and in one moment.
    assert where(long, "ant or bee") == sorted({*ants, *bees} - {("quiet.wav", 205)})


def test_what_may_hold_where_nothing_is_heard_is_about_all_of_a_recording(long: Library) -> None:
    assert where(long, "no cow") == [("quiet.wav", 0)]
    claim = asked("any(absent(cow), present(dog))")
    assert [(m.path, m.onset_us, m.offset_us) for m in long.find(claim, least=0.5)] == [("quiet.wav", 0, 600_000_000)]


def test_a_label_that_nobody_listened_for_is_refused(long: Library) -> None:
    with pytest.raises(LibraryError, match="knows no label 'yak'; it knows ant; bee; cow; dog"):
        long.find(asked("present(yak)"))


def test_what_must_not_be_heard_must_not_be_heard_anywhere(long: Library) -> None:
    assert where(long, "an ant before a bee, no cow") == [("quiet.wav", 200)]
    (miss,) = (
        m for m in long.find(long.ask("an ant before a bee, no cow")) if m.path == "hour.wav" and m.onset_us < 2e8
    )
    assert [verdict.told for verdict in miss.verdicts] == ["holds", "fails"]


def test_moments_of_a_recording_do_not_meet(long: Library) -> None:
    for question in ("ant", "ant or bee", "no dog", "ant before bee within 2000 s"):
        moments = long.find(long.ask(question), limit=None)
        for path in ("hour.wav", "quiet.wav"):
            spans = sorted((m.onset_us, m.offset_us) for m in moments if m.path == path)
            assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(spans)), question


# --- what is damaged ---


def test_a_damaged_index_is_told_of(tmp_path: Path, rules: Rules, clips: np.ndarray) -> None:
    index = heard_index(tmp_path / "index", {"a.wav": clips[0]}, LABELS, rules=rules)
    frames = index.table("frames").with_suffix(".bin")
    whole = frames.read_bytes()
    frames.write_bytes(whole[:-1])
    library = open_library(index.folder)
    with pytest.raises(LibraryError, match=r"frames\.bin' is damaged: expected [\d,]+ bytes or more; got"):
        library.find(library.ask("ant or bee or cow or dog"))
    frames.write_bytes(whole)
    assert library.find(library.ask("ant or bee or cow or dog"))
    (index.folder / "evidence.npz").write_bytes(b"no archive")
    with pytest.raises(LibraryError, match=r"is damaged: .*evidence\.npz"):
        open_library(index.folder)


def test_only_recordings_that_hold_a_label(library: Library) -> None:
    assert open_library(library.index.folder, holding=["ant"]).n_recordings < library.n_recordings
    with pytest.raises(LibraryError, match="knows no label 'yak'"):
        open_library(library.index.folder, holding=["yak"])
