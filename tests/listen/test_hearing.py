"""Hearing many clips once each, and recordings of any length in constant memory."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.cache import ArrayCache
from earwitness.errors import OutputError
from earwitness.listen.base import Posteriors, Samples
from earwitness.listen.fitted import FittedListener, save_listener
from earwitness.listen.hearing import hear, hear_file, posterior_cache
from earwitness.listen.models import at_rate
from earwitness.parallel import one_blas_thread
from earwitness.reasonaudio.folder import Benchmark
from earwitness.systems.base import clips_of
from earwitness.systems.registry import open_system
from listen.untaught import LABELS, untaught


class Clips:
    """Clips of noise, the place of each of which says what is in it; counts how often each is asked for."""

    sample_rate = 16_000

    def __init__(self, contents: list[int]) -> None:
        self.contents = contents
        self.sha256 = [hashlib.sha256(str(content).encode()).hexdigest() for content in contents]
        self.asked: list[int] = []

    def __len__(self) -> int:
        return len(self.contents)

    def __getitem__(self, place: int) -> Samples:
        content = self.contents[place]
        self.asked.append(content)
        n = 4_000 * (1 + content % 5)
        return np.random.default_rng(content).standard_normal(n).astype(np.float32) * np.float32(0.1)


def same(ours: list[Posteriors], theirs: list[Posteriors]) -> bool:
    return [each.probs.tobytes() for each in ours] == [each.probs.tobytes() for each in theirs]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.npz"))}


# --- many clips ---


def test_each_clip_is_heard_once_and_as_listen_hears_it() -> None:
    listener, clips = untaught(), Clips([3, 1, 3, 4, 1])
    heard = hear(listener, clips)
    assert clips.asked == [3, 1, 4]
    assert same(heard, [listener.listen(clips[place], clips.sample_rate) for place in range(len(clips))])
    assert [(each.labels, each.hop_s) for each in heard] == [(LABELS, 0.25)] * 5
    assert hear(listener, Clips([])) == []


@pytest.mark.parametrize("jobs", [2, 3, 16])
def test_threads_change_nothing(jobs: int, tmp_path: Path) -> None:
    listener, contents = untaught(), [*range(12), 5, 5]
    alone = hear(listener, Clips(contents), cache=posterior_cache(tmp_path / "one"))
    assert same(hear(listener, Clips(contents), cache=posterior_cache(tmp_path / "many"), jobs=jobs), alone)
    assert files(tmp_path / "one") == files(tmp_path / "many")


class Single:
    """A listener that one thread at a time may ask."""

    labels, hop_s, version = ("anything",), 0.25, "single 1"

    def __init__(self) -> None:
        self.busy = False

    def listen(self, samples: Samples, sample_rate: int) -> Posteriors:
        assert not self.busy
        self.busy = True
        time.sleep(0.005)
        self.busy = False
        return Posteriors(self.labels, self.hop_s, np.abs(samples[:1, None]))


def test_no_listener_is_asked_by_two_threads_and_no_clips_are() -> None:
    class Slow(Clips):
        busy = False

        def __getitem__(self, place: int) -> Samples:
            assert not self.busy
            self.busy = True
            time.sleep(0.002)
            self.busy = False
            return super().__getitem__(place)

    assert len(hear(Single(), Slow([*range(20)]), jobs=4)) == 20


def test_yamnet_hears_the_same_in_two_threads(shared: Path) -> None:
    listener = untaught(backbone="yamnet", model=shared / "data" / "models" / "yamnet.tflite")
    assert same(hear(listener, Clips([0, 1, 2, 3]), jobs=2), hear(listener, Clips([0, 1, 2, 3])))


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    hear(untaught(), Clips([1, 2, 1, 3]), progress=lambda *each: told.append(each))
    assert told == [("hear", 1, 3), ("hear", 2, 3), ("hear", 3, 3)]


def test_a_fault_in_a_thread_is_told_and_what_was_heard_is_kept(tmp_path: Path) -> None:
    class Broken(Clips):
        def __getitem__(self, place: int) -> Samples:
            if place == 7:
                raise ZeroDivisionError("while rendering")
            return super().__getitem__(place)

    broken = Broken([*range(400)])
    with pytest.raises(ZeroDivisionError, match="while rendering"):
        hear(untaught(), broken, cache=posterior_cache(tmp_path), jobs=2)
    # What had not begun was not heard any more.
    assert len(broken.asked) < 399
    whole = Clips([*range(9)])
    hear(untaught(), whole, cache=posterior_cache(tmp_path))
    assert 7 in whole.asked and len(whole.asked) < 9


# --- the cache ---


def test_what_was_heard_is_not_heard_again(tmp_path: Path) -> None:
    listener = untaught()
    first = hear(listener, Clips([1, 2, 3]), cache=posterior_cache(tmp_path))
    again = Clips([3, 2, 1, 4])
    heard = hear(untaught(), again, cache=posterior_cache(tmp_path))
    assert again.asked == [4] and same(heard[:3], first[::-1])
    assert len(files(tmp_path)) == 4
    cache, others = posterior_cache(tmp_path), Clips([1, 2, 3, 4])
    for _ in range(2):
        hear(listener, others, cache=cache)
    assert others.asked == []


def test_another_listener_and_another_rate_hear_anew(tmp_path: Path) -> None:
    hear(untaught(), Clips([1]), cache=posterior_cache(tmp_path))
    other = Clips([1])
    hear(untaught(seed=1), other, cache=posterior_cache(tmp_path))
    hear(untaught(hop_s=0.1), other, cache=posterior_cache(tmp_path))
    other.sample_rate = 8_000
    hear(untaught(), other, cache=posterior_cache(tmp_path))
    assert other.asked == [1, 1, 1] and len(files(tmp_path)) == 4


def test_every_damaged_byte_is_warned_of_and_heard_again(tmp_path: Path, rng: np.random.Generator) -> None:
    heard = hear(untaught(), Clips([1]), cache=posterior_cache(tmp_path))
    (path,) = tmp_path.rglob("*.npz")
    whole = path.read_bytes()
    damaged = [b"", whole[:-1], whole + b"\x00"]
    damaged += [whole[:at] + bytes([whole[at] ^ 0x20]) + whole[at + 1 :] for at in rng.choice(len(whole), 20)]
    for content in damaged:
        path.write_bytes(content)
        clips = Clips([1])
        with pytest.warns(RuntimeWarning, match=rf"file of posteriors '.*{path.name}' is damaged: .*made again"):
            assert same(hear(untaught(), clips, cache=posterior_cache(tmp_path)), heard)
        assert clips.asked == [1] and path.read_bytes() == whole


def test_what_is_damaged_and_not_wanted_is_gone(tmp_path: Path) -> None:
    hear(untaught(), Clips([1]), cache=posterior_cache(tmp_path))
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(b"scribbled over")
    with pytest.warns(RuntimeWarning, match="It is deleted, and what it held is made again"):
        hear(untaught(), Clips([2]), cache=posterior_cache(tmp_path))
    assert not path.exists() and len(files(tmp_path)) == 1


def test_what_is_damaged_while_it_is_in_use_is_heard_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earwitness.cache._HELD_BYTES", 0)
    cache = posterior_cache(tmp_path)
    heard = hear(untaught(), Clips([1, 2]), cache=cache)
    path = sorted(tmp_path.rglob("*.npz"))[0]
    path.write_bytes(b"scribbled over")
    clips = Clips([1, 2])
    with pytest.warns(RuntimeWarning, match="is damaged"):
        assert same(hear(untaught(), clips, cache=cache), heard)
    assert len(clips.asked) == 1 and len(files(tmp_path)) == 2


def test_a_cache_greater_than_what_is_held_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = hear(untaught(), Clips([*range(9)]), cache=posterior_cache(tmp_path))
    monkeypatch.setattr("earwitness.cache._HELD_BYTES", 3 * heard[4].probs.nbytes)
    cache, clips = posterior_cache(tmp_path), Clips([*range(9)])
    assert same(hear(untaught(), clips, cache=cache), heard) and clips.asked == []
    assert sum(arrays.nbytes for _, arrays in cache._held.values()) <= 3 * heard[4].probs.nbytes


def test_a_file_where_the_cache_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"The cache of posteriors '.*file' must be a folder; it is a file"):
        hear(untaught(), Clips([1]), cache=posterior_cache(tmp_path / "file"))


def test_in_memory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cache, clips = ArrayCache(None, holds="posteriors"), Clips([1, 2])
    assert same(hear(untaught(), clips, cache=cache), hear(untaught(), clips, cache=cache))
    assert clips.asked == [1, 2] and list(tmp_path.iterdir()) == []


def test_a_second_evaluation_hears_nothing(bench: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_listener(untaught(), tmp_path / "ear")
    texts, clips = ["A dog, without a siren."], clips_of(bench).part(0, 9)

    def scored() -> list[list[float]]:
        system = open_system(f"listen:{tmp_path / 'ear'}", bench, embeddings=tmp_path / "kept")
        scores: list[list[float]] = system.retriever.scores(texts, clips).tolist()
        return scores

    first = scored()
    monkeypatch.setattr(FittedListener, "listen", None)
    assert scored() == first and len(set(first[0])) > 5
    other = clips_of(bench).part(9, 10)
    with pytest.raises(TypeError):
        open_system(f"listen:{tmp_path / 'ear'}", bench, embeddings=tmp_path / "kept").retriever.scores(texts, other)


PROGRAM = """
import sys, time
from pathlib import Path
from earwitness.listen.hearing import hear, posterior_cache
from listen.test_hearing import Clips
from listen.untaught import untaught

class Slow(Clips):
    def __getitem__(self, place):
        time.sleep(float(sys.argv[2]))
        return super().__getitem__(place)

clips = Slow([*range(40)])
hear(untaught(), clips, cache=posterior_cache(Path(sys.argv[1])))
print(len(clips.asked))
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip


def test_a_kill_loses_only_the_clip_in_work(tmp_path: Path, rng: np.random.Generator) -> None:
    undisturbed = hear(untaught(), Clips([*range(40)]), cache=posterior_cache(tmp_path / "whole"))
    folder, n_before = tmp_path / "killed", 0
    for _ in range(2):
        process = start(PROGRAM, folder, 0.02)
        deadline = time.monotonic() + 60
        while len(files(folder)) <= n_before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert n_before < len(files(folder)) < 40
        assert files(folder).items() <= files(tmp_path / "whole").items()
        n_before = len(files(folder))
    process = start(PROGRAM, folder, 0)
    assert int(process.communicate()[0]) == 40 - n_before
    assert files(folder) == files(tmp_path / "whole")
    assert same(hear(untaught(), Clips([*range(40)]), cache=posterior_cache(folder)), undisturbed)


# --- recordings of any length ---


def noise(n: int, *, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).standard_normal(n).astype(np.float32) * np.float32(0.1)


def cut(samples: Samples, lengths: list[int]) -> Iterator[Samples]:
    """Yield blocks of these lengths, over and over, up to the end."""
    at = turn = 0
    while at < len(samples):
        yield samples[at : at + lengths[turn % len(lengths)]]
        at += lengths[turn % len(lengths)]
        turn += 1


@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("lengths", [[977], [1, 0, 7, 100_003], [16_000], [10**7]])
def test_a_stream_hears_exactly_what_is_heard_at_once(sample_rate: int, lengths: list[int]) -> None:
    listener, samples = untaught(), noise(41 * sample_rate + 333)
    whole = listener.listen(samples, sample_rate)
    pieces = list(listener.stream(cut(samples, lengths), sample_rate))
    assert len(pieces) > 2 and {(each.labels, each.hop_s) for each in pieces} == {(LABELS, 0.25)}
    assert np.concatenate([each.probs for each in pieces]).tobytes() == whole.probs.tobytes()


def test_a_stream_of_yamnet_hears_exactly_what_is_heard_at_once(shared: Path) -> None:
    listener = untaught(backbone="yamnet", model=shared / "data" / "models" / "yamnet.tflite")
    samples = noise(20 * 16_000 + 1)
    pieces = [each.probs for each in listener.stream(cut(samples, [1_013, 5, 70_001]), 16_000)]
    assert np.concatenate(pieces).tobytes() == listener.listen(samples, 16_000).probs.tobytes()


def test_what_is_heard_is_what_backbone_and_head_make_of_it() -> None:
    listener, samples = untaught(), noise(300_000)
    features = listener.backbone.frames(at_rate(samples, 32_000)).features
    assert np.abs(listener.listen(samples, 32_000).probs - listener.head.probs(features)).max() < 1e-5


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_a_file_is_heard_as_its_samples_are(suffix: str, tmp_path: Path) -> None:
    listener, path = untaught(), tmp_path / f"noise.{suffix}"
    soundfile.write(path, np.stack([noise(700_001), noise(700_001, seed=1)], axis=1), 22_050)
    samples, sample_rate = soundfile.read(path, dtype="float32")
    pieces = list(hear_file(listener, path))
    whole = listener.listen(samples.astype(np.float64).mean(axis=1).astype(np.float32), sample_rate)
    # Some decoders' last bits depend on how much is read at once.
    assert np.abs(np.concatenate([each.posteriors.probs for each in pieces]) - whole.probs).max() < 1e-5
    told = [each.until_s for each in pieces]
    assert told == sorted(told) and told[-1] == len(samples) / 22_050
    assert {each.duration_s for each in pieces} == {len(samples) / 22_050}


MEMORY = """
import resource, sys
from listen.untaught import untaught
from earwitness.listen.hearing import hear_file

print(sum(len(each.posteriors.probs) for each in hear_file(untaught(), sys.argv[1])))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_a_recording_six_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    """Ten minutes and an hour; decoded, the hour alone would be 230 MB, and 330 MB of features."""
    peaks = []
    for minutes in (10, 60):
        path = tmp_path / f"{minutes}.flac"
        with soundfile.SoundFile(path, "w", 16_000, 1, subtype="PCM_16") as file:
            for minute in range(minutes):
                file.write(noise(60 * 16_000, seed=minute % 3))
        n_frames, kilobytes = map(int, start(MEMORY, path).communicate()[0].split())
        assert n_frames == minutes * 240
        peaks.append(kilobytes * (1 if sys.platform == "linux" else 1 / 1024) / 1024)
    assert peaks[1] < peaks[0] + 20, peaks


# --- one BLAS thread ---


def test_the_limit_of_blas_threads_is_lifted_by_the_last() -> None:
    from threadpoolctl import threadpool_info, threadpool_limits

    def limits() -> set[int]:
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

    with threadpool_limits(limits=2, user_api="blas"):
        assert limits() == {2}
        with one_blas_thread:
            with pytest.raises(ZeroDivisionError), one_blas_thread:
                raise ZeroDivisionError
            assert limits() == {1}
        assert limits() == {2}
