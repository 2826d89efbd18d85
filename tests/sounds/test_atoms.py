"""Atoms: their names, their preparation in many processes, and their way to disk and back."""

from __future__ import annotations

import hashlib
import pickle
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from earwitness.errors import AudioError, BankError, BenchmarkError, OutputError, SoundsError
from earwitness.sounds.atoms import (
    Atom,
    Preparation,
    atom_rows,
    check_sample_rate,
    preparation_counts,
    prepare,
    prepare_all,
    read_atoms,
    write_atoms,
)
from earwitness.sounds.audio import AudioFile
from earwitness.sounds.bank import Bank, Recording, merge_banks, split_of
from earwitness.sounds.layouts import open_bank

RATE = 16000


def sound(path: Path, *, seed: int, seconds: float = 0.5) -> Recording:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.random.default_rng(seed).uniform(-1, 1, round(seconds * RATE)), RATE)
    name = f"{path.parent.name}/{path.name}"
    return Recording(path.parent.name, name.removesuffix(path.suffix), "CC0", name, AudioFile(path))


@pytest.fixture
def zoo(tmp_path: Path) -> Bank:
    """Five dogs, of which one is too short and one the twin of another, and three cats."""
    root = tmp_path / "zoo"
    recordings = [sound(root / "dog" / f"{k}.wav", seed=k) for k in range(3)]
    recordings += [sound(root / "dog" / "short.wav", seed=9, seconds=0.1), sound(root / "dog" / "twin.wav", seed=1)]
    recordings += [sound(root / "cat" / f"{k}.wav", seed=20 + k) for k in range(3)]
    return Bank("zoo", tuple(recordings))


def prepare_zoo(bank: Bank, **options: Any) -> Preparation:
    return prepare_all(bank, **{"sample_rate": RATE, "max_per_label": None, "jobs": 1, **options})


def test_an_atom_says_where_it_comes_from(zoo: Bank) -> None:
    recording = zoo.recordings[0]
    atom = prepare(recording, sample_rate=RATE)
    assert (atom.label, atom.licence, atom.source, atom.sample_rate) == ("cat", "CC0", "cat/0", RATE)
    assert atom.split == split_of("cat/0")
    assert atom.ticks == 50
    assert atom.sha256 == hashlib.sha256(atom.pcm.astype("<i2").tobytes()).hexdigest()
    assert not atom.steady
    with pytest.raises(ValueError, match="read-only"):
        atom.pcm[0] = 1
    assert prepare(recording, sample_rate=RATE) == atom
    assert hash(prepare(recording, sample_rate=RATE)) == hash(atom)
    assert prepare(recording, sample_rate=8000) != atom


def test_ids_are_safe_and_depend_on_label_source_and_name_only(zoo: Bank) -> None:
    recording = zoo.recordings[0]
    # Written down on purpose: ids of published benchmarks must not change.
    assert prepare(recording, sample_rate=RATE).atom_id == "cat-b4b57f72"
    odd = prepare(replace(recording, label='Käse "🧀"_2/x'), sample_rate=RATE).atom_id
    assert odd.startswith("K-se----_2-x-")
    others = [replace(recording, source="x"), replace(recording, name="x"), replace(recording, licence="x")]
    ids = [prepare(other, sample_rate=RATE).atom_id for other in others]
    assert len({*ids, "cat-b4b57f72"}) == 3
    assert ids[2] == "cat-b4b57f72"


@pytest.mark.parametrize("rate", [7900, 11025, 22050, 48100, 0, -16000])
def test_sample_rates_on_which_ten_milliseconds_are_no_samples(zoo: Bank, rate: int) -> None:
    with pytest.raises(SoundsError, match=f"multiple of 100 from 8000 to 48000 Hz, got {rate}"):
        check_sample_rate(rate)
    with pytest.raises(SoundsError, match="multiple of 100"):
        prepare(zoo.recordings[0], sample_rate=rate)
    with pytest.raises(SoundsError, match="multiple of 100"):
        prepare_zoo(zoo, sample_rate=rate)


def test_a_bank_is_prepared_with_the_reasons(zoo: Bank) -> None:
    result = prepare_zoo(zoo)
    assert [atom.label for atom in result.atoms] == ["cat"] * 3 + ["dog"] * 3
    assert preparation_counts(result) == [("atom", 6), ("duplicate", 1), ("too short", 1)]
    twin = next(r for r in result.rejections if r.reason == "duplicate")
    assert {twin.name, twin.detail.split(" as ")[1]} == {"dog/1.wav", "dog/twin.wav"}


@pytest.mark.parametrize("wanted", [1, 2, 3, 9])
def test_no_more_is_decoded_than_needed(zoo: Bank, wanted: int) -> None:
    whole = prepare_zoo(zoo)
    result = prepare_zoo(zoo, max_per_label=wanted)
    for label in ("cat", "dog"):
        assert sum(atom.label == label for atom in result.atoms) == min(wanted, 3)
    assert set(result.atoms) <= set(whole.atoms)
    assert sum(count for _, count in preparation_counts(result)) == len(zoo.recordings)
    dogs = Bank("zoo", tuple(recording for recording in zoo.recordings if recording.label == "dog"))
    fewer = prepare_zoo(dogs, max_per_label=wanted)
    assert set(fewer.atoms) == {atom for atom in result.atoms if atom.label == "dog"}


def test_jobs_and_order_change_nothing(zoo: Bank) -> None:
    expected = prepare_zoo(zoo, max_per_label=2)
    done: list[tuple[int, int]] = []
    again = prepare_zoo(
        Bank("zoo", zoo.recordings[::-1]), max_per_label=2, jobs=2, progress=lambda n, of: done.append((n, of))
    )
    assert again == expected
    assert [atom.pcm.tobytes() for atom in again.atoms] == [atom.pcm.tobytes() for atom in expected.atoms]
    assert done[-1][0] == done[-1][1] == len(zoo.recordings) - expected.not_needed
    assert done == sorted(done)


@pytest.mark.parametrize(("option", "value"), [("jobs", 0), ("max_per_label", 0), ("jobs", -1)])
def test_numbers_must_be_positive(zoo: Bank, option: str, value: int) -> None:
    with pytest.raises(SoundsError, match=f"{option} must be at least 1, got {value}"):
        prepare_zoo(zoo, **{option: value})


def test_one_sound_under_two_labels_is_refused_with_every_pair(zoo: Bank, tmp_path: Path) -> None:
    more = [sound(tmp_path / "zoo" / "wolf" / f"{k}.wav", seed=seed) for k, seed in enumerate([0, 2, 77])]
    with pytest.raises(BankError, match="The same sound under two labels") as caught:
        prepare_zoo(Bank("zoo", (*zoo.recordings, *more)))
    assert "'dog/0.wav' ('dog') and 'wolf/0.wav' ('wolf')" in str(caught.value)
    assert "'dog/2.wav' ('dog') and 'wolf/1.wav' ('wolf')" in str(caught.value)
    assert "wolf/2.wav" not in str(caught.value)


def test_equal_ids_are_refused(zoo: Bank) -> None:
    first, second = zoo.recordings[0], zoo.recordings[1]
    same = replace(second, source=first.source, name=first.name)
    with pytest.raises(BankError, match=r"Two recordings give the id cat-\w{8}"):
        prepare_zoo(Bank("zoo", (first, same)))


def test_bad_files_are_counted_and_lose_nothing(zoo: Bank, tmp_path: Path) -> None:
    root = tmp_path / "zoo" / "dog"
    (root / "text.wav").write_text("no audio", encoding="utf-8")
    soundfile.write(root / "nan.wav", np.full(RATE, np.nan), RATE, subtype="FLOAT")
    soundfile.write(root / "none.wav", np.zeros(0), RATE)
    soundfile.write(root / "zero.wav", np.zeros(RATE), RATE)
    soundfile.write(root / "cut.flac", np.random.default_rng(0).uniform(-0.1, 0.1, RATE), RATE)
    content = (root / "cut.flac").read_bytes()
    (root / "cut.flac").write_bytes(content[: len(content) // 2])
    (root / "gone.wav").symlink_to(root / "nothing.wav")
    counts = dict(preparation_counts(prepare_zoo(open_bank(tmp_path / "zoo"))))
    assert counts == {
        "atom": 6,
        **dict.fromkeys(["duplicate", "too short", "not decodable", "not finite", "empty", "silent"], 1),
        **dict.fromkeys(["truncated", "not readable"], 1),
    }


def test_a_kept_preparation_is_used_again_until_the_file_changes(
    zoo: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "work" / "cache"
    first = prepare_zoo(zoo, cache=cache)
    assert prepare_zoo(zoo) == first
    sound(tmp_path / "zoo" / "cat" / "0.wav", seed=55, seconds=0.7)
    changed = prepare_zoo(zoo)
    decoded: list[str] = []
    decode = AudioFile.__call__
    monkeypatch.setattr(AudioFile, "__call__", lambda self: decoded.append(self.path.name) or decode(self))
    again = prepare_zoo(zoo, cache=cache)
    assert decoded == ["0.wav"]
    assert again == changed != first
    assert [atom.pcm.tobytes() for atom in again.atoms] == [atom.pcm.tobytes() for atom in changed.atoms]
    assert not list(cache.glob(".*"))


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"sha256": "00"}', b"[1]"])
def test_damage_in_the_cache_does_no_harm(zoo: Bank, tmp_path: Path, damage: bytes) -> None:
    expected = prepare_zoo(zoo, cache=tmp_path / "cache")
    for path in (tmp_path / "cache").glob("*.json"):
        path.write_bytes(damage)
    assert prepare_zoo(zoo, cache=tmp_path / "cache") == expected
    for path in (tmp_path / "cache").glob("*.flac"):
        path.write_bytes(damage)
    assert prepare_zoo(zoo, cache=tmp_path / "cache") == expected


def test_a_cache_that_cannot_be_written_is_named(zoo: Bank, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"Cannot write '.*file/cache/\w+\.flac'"):
        prepare_zoo(zoo, cache=tmp_path / "file" / "cache")


Written = tuple[Path, list[dict[str, Any]], tuple[Atom, ...]]


@pytest.fixture
def written(zoo: Bank, tmp_path: Path) -> Written:
    atoms = prepare_zoo(zoo).atoms
    write_atoms(atoms, tmp_path / "bench")
    return tmp_path / "bench", atom_rows(atoms), atoms


def test_atoms_come_back_as_they_were(written: Written) -> None:
    folder, rows, atoms = written
    assert [list(row) for row in rows] == [
        ["atom_id", "label", "split", "licence", "source", "sample_rate", "sha256", "parameters"]
    ] * len(atoms)
    back = read_atoms(folder, rows)
    assert list(back) == [atom.atom_id for atom in atoms]
    for atom in atoms:
        assert (folder / "atoms" / atom.label / f"{atom.atom_id}.flac").is_file()
        assert back[atom.atom_id] == atom
        assert np.array_equal(back[atom.atom_id].pcm, atom.pcm)
        assert (back[atom.atom_id].steady, back[atom.atom_id].split) == (atom.steady, atom.split)
        assert not back[atom.atom_id].pcm.flags.writeable
    assert pickle.loads(pickle.dumps(atoms)) == atoms  # noqa: S301 - our own bytes


def test_damaged_atoms_are_named(written: Written) -> None:
    folder, rows, atoms = written
    path = folder / "atoms" / atoms[0].label / f"{atoms[0].atom_id}.flac"
    whole = path.read_bytes()

    def refused(message: str) -> None:
        with pytest.raises(BenchmarkError, match=message) as caught:
            read_atoms(folder, rows)
        assert str(path) in str(caught.value)

    changed = atoms[0].pcm.copy()
    changed[100] += 1
    soundfile.write(path, changed, RATE, subtype="PCM_16")
    refused("does not hold the samples of SHA-256")
    soundfile.write(path, atoms[0].pcm, 8000, subtype="PCM_16")
    refused("has 8000 Hz, expected 16000")
    soundfile.write(path, np.stack([atoms[0].pcm] * 2, axis=1), RATE, subtype="PCM_16")
    refused("is not mono audio: 2 channels")
    path.write_bytes(whole[: len(whole) // 3])
    refused("SHA-256|mono audio")
    path.write_bytes(b"no audio")
    refused("is not mono audio")
    path.unlink()
    refused("Cannot read the atom")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "../up"}, "cannot have a file: The label '../up'"),
        ({"label": ".."}, "cannot have a file"),
        ({"atom_id": "../../x"}, "cannot name a file"),
        ({"atom_id": ""}, "cannot name a file"),
    ],
)
def test_nothing_leaves_the_folder(written: Written, changes: dict[str, str], message: str) -> None:
    folder, rows, atoms = written
    with pytest.raises(BenchmarkError, match=message):
        read_atoms(folder, [{**rows[0], **changes}])
    with pytest.raises(BenchmarkError, match=message):
        write_atoms([replace(atoms[0], **changes)], folder)


def test_rows_must_be_whole_and_distinct(written: Written) -> None:
    folder, rows, _ = written
    with pytest.raises(BenchmarkError, match="row 1 lacks licence"):
        read_atoms(folder, [{key: value for key, value in rows[0].items() if key != "licence"}])
    with pytest.raises(BenchmarkError, match=r"row 2: the id 'cat-\w+' is there twice"):
        read_atoms(folder, [rows[0], rows[0]])


def test_a_folder_that_cannot_be_written_is_named(zoo: Bank, tmp_path: Path) -> None:
    (tmp_path / "bench").touch()
    with pytest.raises(OutputError, match=r"Cannot write '.*bench/atoms/cat/cat-\w+\.flac'"):
        write_atoms(prepare_zoo(zoo).atoms, tmp_path / "bench")


def test_a_recording_that_vanishes_is_a_rejection(zoo: Bank, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "zoo" / "dog")
    with pytest.raises(AudioError, match="not readable"):
        prepare(zoo.recordings[-1], sample_rate=RATE)
    for cache in (None, tmp_path / "cache"):
        assert dict(preparation_counts(prepare_zoo(zoo, cache=cache)))["not readable"] == 5


DIGEST = """
import hashlib, sys
from pathlib import Path
from earwitness.sounds.atoms import prepare_all
from earwitness.sounds.bank import merge_banks
from earwitness.sounds.layouts import open_bank
bank = merge_banks([open_bank(Path(sys.argv[1]) / name) for name in ("animals", "studio", "digits")])
result = prepare_all(bank, sample_rate=16000, max_per_label=2, jobs=1)
rows = [(atom.atom_id, atom.sha256, atom.steady) for atom in result.atoms]
print(len(rows), hashlib.sha256(repr((rows, result.rejections)).encode()).hexdigest())
"""


def test_numpy_1_gives_the_same_atoms(shared: Path, numpy1_python: Path) -> None:
    bank = shared / "data" / "sounds"
    source = Path(__file__).resolve().parents[2] / "src"
    old = subprocess.run(
        [numpy1_python, "-c", DIGEST, bank],
        env={"PYTHONPATH": str(source), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert old.returncode == 0, old.stderr
    names = [open_bank(bank / name) for name in ("animals", "studio", "digits")]
    result = prepare_all(merge_banks(names), sample_rate=RATE, max_per_label=2, jobs=1)
    rows = [(atom.atom_id, atom.sha256, atom.steady) for atom in result.atoms]
    digest = hashlib.sha256(repr((rows, result.rejections)).encode()).hexdigest()
    assert old.stdout.split() == [str(len(rows)), digest]


def test_real_recordings_give_atoms_and_reasons(shared: Path) -> None:
    counts = {}
    for name in ("animals", "studio", "digits"):
        bank = open_bank(shared / "data" / "sounds" / name)
        result = prepare_zoo(bank)
        table = preparation_counts(result)
        assert sum(count for _, count in table) == len(bank.recordings)
        counts[name] = dict(table)["atom"]
    assert counts == {"animals": 224, "studio": 116, "digits": 202}
