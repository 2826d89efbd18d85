"""Embeddings: batches, cosines, and a cache that is never asked to trust what it did not write whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.errors import OutputError, RunError, SystemFault
from earwitness.systems.base import Clips, Embedder, Retriever
from earwitness.systems.embedding import EmbeddingCache, EmbeddingRetriever, embedded
from systems.toy import DIMENSIONS, RATE, HashingEmbedder, toy_clips

TEXTS = ("a dog barking", "a car horn", "a dog barking before a car horn", "a dog barking", "Rain")


def vectors_of(embedder: Any, items: Any, cache: EmbeddingCache | None = None, **options: Any) -> np.ndarray:
    cache = EmbeddingCache(None) if cache is None else cache
    return embedded(embedder, items, cache, identity=options.pop("identity", "toy 1"), **options)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.npz"))}


# --- vectors ---


def test_vectors_have_length_one_and_the_embedders_directions() -> None:
    toy = HashingEmbedder()
    for items, raw in (
        (TEXTS, HashingEmbedder().embed_texts(TEXTS)),
        (toy_clips(7), HashingEmbedder().embed_audio(list(toy_clips(7)), RATE)),
    ):
        vectors = vectors_of(toy, items)
        assert vectors.dtype == np.float32 and vectors.shape == (len(items), DIMENSIONS)
        expected = raw / np.linalg.norm(raw.astype(np.float64), axis=1, keepdims=True)
        assert np.abs(vectors - expected).max() < 1e-6
        assert np.linalg.norm(vectors.astype(np.float64), axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("items", [TEXTS, toy_clips(23, copies=2)], ids=["texts", "clips"])
def test_batches_change_nothing(items: Any) -> None:
    single = vectors_of(HashingEmbedder(), items, batch=1)
    for batch in (2, 3, 4, 5, 11, 12, 1_000):
        toy = HashingEmbedder()
        assert np.array_equal(vectors_of(toy, items, batch=batch), single)
        assert max(toy.batches) <= batch and all(size == batch for size in toy.batches[:-1])


def test_what_is_the_same_is_embedded_once() -> None:
    toy = HashingEmbedder()
    vectors = vectors_of(toy, TEXTS)
    assert toy.texts == ["a dog barking", "a car horn", "a dog barking before a car horn", "Rain"]
    assert np.array_equal(vectors[0], vectors[3])
    sounds = vectors_of(toy, toy_clips(12, copies=4))
    assert toy.sounds == 3
    assert len(np.unique(sounds, axis=0)) == 3 and np.array_equal(sounds[0], sounds[3])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_any_numbers_will_do(dtype: Any) -> None:
    class Plain:
        def embed_texts(self, texts: Any) -> Any:
            return np.array([[3, 4, 0]] * len(texts), dtype=dtype)

        embed_audio = None

    assert vectors_of(Plain(), ["a"]).tolist() == [[np.float32(0.6), np.float32(0.8), 0]]


def test_lists_will_do_and_so_will_very_long_and_very_short_vectors() -> None:
    class Lists:
        def embed_texts(self, texts: Any) -> Any:
            return [[3e38, 0.0, 3e38] if text == "long" else [0.0, -1e-40, 0.0] for text in texts]

    vectors = vectors_of(Lists(), ["long", "short"])
    assert vectors[0] == pytest.approx([0.5**0.5, 0, 0.5**0.5]) and vectors[1].tolist() == [0, -1, 0]


def test_an_embedder_may_use_its_array_again() -> None:
    class Reusing:
        def __init__(self) -> None:
            self.buffer = np.empty((2, 3), dtype=np.float32)

        def embed_texts(self, texts: Any) -> Any:
            for row, text in zip(self.buffer, texts, strict=False):
                row[:] = [len(text), 1, 0]
            return self.buffer[: len(texts)]

    texts = ["a", "bb", "ccc", "dddd", "eeeee"]
    vectors = vectors_of(Reusing(), texts, batch=2)
    assert vectors[:, 0] / vectors[:, 1] == pytest.approx([1, 2, 3, 4, 5])


def test_nothing_is_asked_about_nothing() -> None:
    toy = HashingEmbedder()
    assert len(vectors_of(toy, [])) == 0 and len(vectors_of(toy, toy_clips(0))) == 0
    assert toy.batches == []


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    vectors_of(HashingEmbedder(), toy_clips(7), batch=3, progress=lambda *each: told.append(each))
    assert told == [("embed sounds", 3, 7), ("embed sounds", 6, 7), ("embed sounds", 7, 7)]


# --- embedders that give what no cosine can be taken of ---


class Giving:
    """Gives one thing for its second batch."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.batches = 0

    def embed_texts(self, texts: Any) -> Any:
        self.batches += 1
        return self.given if self.batches == 2 else np.ones((len(texts), 3), dtype=np.float32)

    def embed_audio(self, audio: Any, sample_rate: int) -> Any:
        return self.embed_texts(audio)


def with_row(*row: float) -> np.ndarray:
    return np.array([[1, 1, 1], row], dtype=np.float64)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ones((1, 3)), r"shape \(2, d\), one row for each of the 2 .* got float64 of shape \(1, 3\)"),
        (np.ones((3, 3)), r"got float64 of shape \(3, 3\)"),
        (np.ones(3), r"got float64 of shape \(3,\)"),
        (np.ones((2, 3, 1)), r"of shape \(2, 3, 1\)"),
        (np.ones((2, 0)), r"of shape \(2, 0\)"),
        (np.ones((2, 4)), r"returned vectors of 4 numbers; others of it hold 3"),
        (np.ones((2, 3), dtype=complex), r"must return numbers .* got complex128"),
        (np.ones((2, 3), dtype=bool), r"must return numbers .* got bool"),
        ([["a", "b"], ["c", "d"]], r"must return numbers .* got <U1"),
        (None, r"must return numbers .* got object"),
        ([[1, 2, 3], [1, 2]], r"got list, of which none can be made"),
        (with_row(1, np.nan, 1), r"holds NaN or infinity; it has no direction"),
        (with_row(1, np.inf, 1), r"holds NaN or infinity"),
        (with_row(1, 1e300, 1), r"holds NaN or infinity"),
        (with_row(0, 0, 0), r"is zero; it has no direction"),
        (with_row(0, 1e-300, 0), r"is zero"),
    ],
)
def test_bad_vectors_are_refused_and_not_kept(given: Any, message: str, tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    with pytest.raises(SystemFault, match=rf"'embed_texts' of system 'toy 1' .*{message}"):
        vectors_of(Giving(given), ["a", "b", "c", "d", "e"], cache, batch=2)
    # The batch before it was whole, and is there.
    toy = Giving(None)
    toy.batches = 9
    assert len(vectors_of(toy, ["a", "b"], EmbeddingCache(tmp_path))) == 2 and toy.batches == 9
    assert len(files(tmp_path)) == 1


def test_the_text_or_the_clip_of_a_bad_vector_is_named() -> None:
    with pytest.raises(SystemFault, match=r"a vector for text 'ddd' that is zero"):
        vectors_of(Giving(with_row(0, 0, 0)), ["a", "b", "c", "ddd"], batch=2)
    with pytest.raises(SystemFault, match=r"a vector for text 'x{57}\.\.\.' that holds"):
        vectors_of(Giving(with_row(np.nan, 0, 0)), ["a", "b", "c", "x" * 61], batch=2)
    with pytest.raises(SystemFault, match=r"'embed_audio' .* a vector for clip 'clip-3' that is zero"):
        vectors_of(Giving(with_row(0, 0, 0)), toy_clips(5), batch=2)


def test_texts_and_sounds_must_lie_in_one_space() -> None:
    class Two(HashingEmbedder):
        def embed_audio(self, audio: Any, sample_rate: int) -> Any:
            return super().embed_audio(audio, sample_rate)[:, :-1]

    with pytest.raises(SystemFault, match=r"'embed_audio' .* vectors of 23 numbers; others of it hold 24"):
        EmbeddingRetriever(Two(), "two", EmbeddingCache(None)).scores(TEXTS, toy_clips(3))


def test_a_batch_holds_something() -> None:
    with pytest.raises(SystemFault, match="at least 1; got 0"):
        vectors_of(HashingEmbedder(), TEXTS, batch=0)


def test_what_an_embedder_raises_is_its_own() -> None:
    class Broken(HashingEmbedder):
        def embed_audio(self, audio: Any, sample_rate: int) -> Any:
            raise ZeroDivisionError("in the model")

    with pytest.raises(ZeroDivisionError, match="in the model"):
        vectors_of(Broken(), toy_clips(2))


# --- the cache ---


def test_what_is_there_is_not_embedded_again(tmp_path: Path) -> None:
    first = vectors_of(HashingEmbedder(), toy_clips(10), EmbeddingCache(tmp_path), batch=4)
    before = files(tmp_path)
    assert len(before) == 3
    toy = HashingEmbedder()
    again = vectors_of(toy, toy_clips(10, prefix="other"), EmbeddingCache(tmp_path), batch=3)
    assert np.array_equal(again, first) and toy.sounds == 0 and files(tmp_path) == before
    # Only what is new is embedded, and files that are there stay as they are.
    more = vectors_of(toy, toy_clips(13), EmbeddingCache(tmp_path), batch=100)
    assert toy.batches == [3] and np.array_equal(more[:10], first)
    assert before.items() <= files(tmp_path).items() and len(files(tmp_path)) == 4


def test_two_caches_filled_in_the_same_way_are_the_same(tmp_path: Path) -> None:
    for name in "ab":
        vectors_of(HashingEmbedder(), TEXTS, EmbeddingCache(tmp_path / name), batch=2)
    assert files(tmp_path / "a") == files(tmp_path / "b") and len(files(tmp_path / "a")) == 2


def test_a_key_is_of_the_embedder_the_kind_the_rate_and_the_contents(tmp_path: Path) -> None:
    cache, toy = EmbeddingCache(tmp_path), HashingEmbedder()
    clips = toy_clips(1)
    faster = Clips(clips.names, clips.sha256, sample_rate=2 * RATE, render=lambda name: np.ones(3, dtype=np.int16))
    vectors_of(toy, clips, cache)
    for items, identity in ((clips, "toy 2"), (faster, "toy 1"), ([clips.sha256[0]], "toy 1"), (["x"], "toy 1")):
        before = len(toy.batches)
        vectors_of(toy, items, cache, identity=identity)
        assert len(toy.batches) == before + 1, (items, identity)
    before = len(toy.batches)
    for items, identity in ((clips, "toy 2"), (faster, "toy 1"), (["x"], "toy 1"), (clips, "toy 1")):
        vectors_of(toy, items, cache, identity=identity)
    assert len(toy.batches) == before


def test_another_size_under_another_identity_is_no_matter(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path)
    assert vectors_of(HashingEmbedder(dimensions=4), TEXTS, cache, identity="small").shape[1] == 4
    assert vectors_of(HashingEmbedder(dimensions=9), TEXTS, cache, identity="large").shape[1] == 9
    with pytest.raises(SystemFault, match=r"vectors of 9 numbers; others of it hold 4"):
        vectors_of(HashingEmbedder(dimensions=9), ["new"], EmbeddingCache(tmp_path), identity="small")


def test_a_file_in_another_embedders_folder_is_of_no_use_to_it(tmp_path: Path) -> None:
    vectors_of(HashingEmbedder(), TEXTS, EmbeddingCache(tmp_path), identity="toy 1")
    (path,) = tmp_path.rglob("*.npz")
    vectors_of(HashingEmbedder(), ["x"], EmbeddingCache(tmp_path), identity="toy 2")
    (other,) = (folder for folder in tmp_path.iterdir() if folder != path.parent)
    (other / path.name).write_bytes(path.read_bytes())
    toy = HashingEmbedder()
    vectors_of(toy, TEXTS, EmbeddingCache(tmp_path), identity="toy 2")
    assert len(toy.texts) == 4


def test_in_memory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    toy, cache = HashingEmbedder(), EmbeddingCache(None)
    vectors_of(toy, TEXTS, cache)
    vectors_of(toy, TEXTS, cache)
    assert len(toy.texts) == 4 and list(tmp_path.iterdir()) == []


def test_every_damaged_byte_is_noticed(tmp_path: Path, rng: np.random.Generator) -> None:
    vectors_of(HashingEmbedder(dimensions=3), TEXTS, EmbeddingCache(tmp_path))
    (path,) = tmp_path.rglob("*.npz")
    whole = path.read_bytes()
    damaged = [b"", whole[:-1], whole[: len(whole) // 2], whole + b"\x00", b"\x00" * len(whole)]
    for place in rng.choice(len(whole), 50, replace=False):
        damaged.append(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(RunError, match=rf"{path.name}' is damaged: .* Delete it"):
            vectors_of(HashingEmbedder(dimensions=3), TEXTS, EmbeddingCache(tmp_path))
    path.unlink()
    toy = HashingEmbedder(dimensions=3)
    vectors_of(toy, TEXTS, EmbeddingCache(tmp_path))
    assert len(toy.texts) == 4 and path.read_bytes() == whole


def test_a_file_of_another_size_is_named(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    vectors_of(HashingEmbedder(dimensions=3), ["a"], EmbeddingCache(small))
    vectors_of(HashingEmbedder(dimensions=4), ["b"], EmbeddingCache(large))
    (path,) = large.rglob("*.npz")
    (small / path.relative_to(large)).write_bytes(path.read_bytes())
    with pytest.raises(RunError, match=r"\.npz' is damaged: its vectors hold [34] numbers, others [43]"):
        vectors_of(HashingEmbedder(dimensions=3), ["a"], EmbeddingCache(small))


def test_the_cache_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file' must be a folder"):
        vectors_of(HashingEmbedder(), TEXTS, EmbeddingCache(tmp_path / "file"))


def test_a_full_disk_keeps_what_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    replace_file, left = os.replace, iter(range(2))

    def replaced(*args: Any) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace_file(*args)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replaced)
        with pytest.raises(OutputError, match="No space left"):
            vectors_of(HashingEmbedder(), toy_clips(9), EmbeddingCache(tmp_path), batch=2)
    assert len(files(tmp_path)) == 2 and not list(tmp_path.rglob("*.partial"))
    toy = HashingEmbedder()
    vectors_of(toy, toy_clips(9), EmbeddingCache(tmp_path), batch=2)
    assert toy.sounds == 5


PROGRAM = """
import sys, time
from pathlib import Path
from earwitness.systems.embedding import EmbeddingCache, embedded
from systems.toy import HashingEmbedder, toy_clips

class Slow(HashingEmbedder):
    def embed_audio(self, audio, sample_rate):
        time.sleep(float(sys.argv[2]))
        return super().embed_audio(audio, sample_rate)

toy = Slow()
embedded(toy, toy_clips(60), EmbeddingCache(Path(sys.argv[1])), identity="toy 1", batch=2)
print(toy.sounds)
"""


def start(folder: Path, pause_s: float) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(pause_s)],
        stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip


def test_a_kill_loses_at_most_a_batch(tmp_path: Path, rng: np.random.Generator) -> None:
    undisturbed = vectors_of(HashingEmbedder(), toy_clips(60), EmbeddingCache(tmp_path / "whole"), batch=2)
    folder, n_before = tmp_path / "killed", 0
    for _ in range(3):
        process = start(folder, 0.004)
        deadline = time.monotonic() + 30
        # Somewhere in the first batches that this process adds.
        while len(files(folder)) <= n_before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        there = files(folder)
        assert n_before < len(there) < 30
        assert there.items() <= files(tmp_path / "whole").items()
        n_before = len(there)
    process = start(folder, 0)
    assert int(process.communicate()[0]) == 60 - 2 * n_before
    assert files(folder) == files(tmp_path / "whole")
    assert np.array_equal(vectors_of(None, toy_clips(60), EmbeddingCache(folder)), undisturbed)


def test_two_processes_may_fill_one_cache(tmp_path: Path) -> None:
    both = [start(tmp_path / "shared", 0.001) for _ in range(2)]
    assert [process.communicate()[0].strip() != "" and process.returncode for process in both] == [0, 0]
    expected = vectors_of(HashingEmbedder(), toy_clips(60))
    assert np.array_equal(vectors_of(None, toy_clips(60), EmbeddingCache(tmp_path / "shared")), expected)


# --- scores ---


def retriever(**options: Any) -> EmbeddingRetriever:
    return EmbeddingRetriever(HashingEmbedder(), "toy 1", EmbeddingCache(None), **options)


def test_scores_are_cosines() -> None:
    clips = toy_clips(40)
    scores = retriever().scores(TEXTS, clips)
    texts, sounds = (raw.astype(np.float64) for raw in (
        HashingEmbedder().embed_texts(TEXTS), HashingEmbedder().embed_audio(list(clips), RATE)))  # fmt: skip
    lengths = np.outer(np.linalg.norm(texts, axis=1), np.linalg.norm(sounds, axis=1))
    assert scores.dtype == np.float32 and np.abs(scores - texts @ sounds.T / lengths).max() < 1e-6


def test_scores_are_the_same_in_any_blocks_and_equal_sounds_tie(monkeypatch: pytest.MonkeyPatch) -> None:
    clips = toy_clips(150, copies=3)
    whole = retriever().scores(TEXTS, clips)
    assert np.array_equal(whole[:, 0::3], whole[:, 1::3]) and np.array_equal(whole[:, 0::3], whole[:, 2::3])
    assert np.array_equal(whole[0], whole[3])
    for size in (1, 7, 50):
        asked = retriever(batch=3)
        blocks = [asked.scores(TEXTS, clips.part(start, start + size)) for start in range(0, 150, size)]
        assert np.array_equal(np.concatenate(blocks, axis=1), whole)
    monkeypatch.setattr("earwitness.systems.embedding._CHUNK", 11)
    assert np.array_equal(retriever().scores(TEXTS, clips), whole)
    assert np.array_equal(retriever().scores(TEXTS[:1], clips)[0], whole[0])


def test_cosines_are_rounded_once() -> None:
    asked = EmbeddingRetriever(HashingEmbedder(dimensions=700), "toy 700", EmbeddingCache(None))
    texts, sounds = (vectors.astype(np.float64) for vectors in asked.embeddings(TEXTS, toy_clips(90)))
    assert np.array_equal(asked.scores(TEXTS, toy_clips(90)), (texts @ sounds.T).astype(np.float32))


def test_a_cosine_is_at_most_one() -> None:
    class Same(HashingEmbedder):
        def embed_audio(self, audio: Any, sample_rate: int) -> Any:
            return self.embed_texts([f"word-{round(samples[0] * 32768)}" for samples in audio])

    words = [f"word-{place}" for place in range(200)]
    asked = EmbeddingRetriever(Same(dimensions=4), "same", EmbeddingCache(None))
    texts, sounds = (vectors.astype(np.float64) for vectors in asked.embeddings(words, toy_clips(200)))
    assert ((texts * sounds).sum(axis=1).astype(np.float32) > 1).any()
    scores = asked.scores(words, toy_clips(200))
    assert scores.max() == 1 and scores.diagonal().min() > 1 - 1e-6


def test_it_offers_its_vectors() -> None:
    clips = toy_clips(9)
    texts, sounds = retriever().embeddings(TEXTS, clips)
    assert np.array_equal(texts, vectors_of(HashingEmbedder(), TEXTS))
    assert np.array_equal(sounds, vectors_of(HashingEmbedder(), clips))
    assert retriever().scores(TEXTS, clips) == pytest.approx(texts @ sounds.T, abs=1e-6)


def test_no_texts_or_no_clips() -> None:
    assert retriever().scores([], toy_clips(3)).shape == (0, 3)
    assert retriever().scores(TEXTS, toy_clips(0)).shape == (5, 0)


def test_they_are_what_the_protocols_ask_for() -> None:
    assert isinstance(HashingEmbedder(), Embedder) and isinstance(retriever(), Retriever)
