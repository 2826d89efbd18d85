"""Banks as they lie on disk: every layout in miniature, and everything that can be wrong with one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.errors import BankError
from earwitness.sounds.bank import Bank, split_of
from earwitness.sounds.layouts import open_bank


def sound(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = "WAV" if path.suffix in {".wav", ".WAV"} else None
    soundfile.write(path, 0.1 * np.ones(1600), 16000, format=kind)
    return path


def summary(bank: Bank) -> list[tuple[str, str, str, str]]:
    return [(r.label, r.source, r.licence, r.name) for r in bank.recordings]


def write(path: Path, lines: Iterable[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_folder_per_label(tmp_path: Path) -> None:
    root = tmp_path / "zoo"
    for name in ("dog/1.wav", "dog/deep/er/2.FLAC", "cat/é 'x'.ogg", "cat/3.aiff", "cow/4.mp3"):
        sound(root / name)
    for name in ("dog/notes.txt", "dog/.hidden.wav", ".git/a.wav", "LICENSE", "loose.wav", "empty/readme.csv"):
        write(root / name, ["x"])
    bank = open_bank(root)
    assert bank.name == "zoo"
    assert summary(bank) == [
        ("cat", "cat/3", "unknown", "cat/3.aiff"),
        ("cat", "cat/é 'x'", "unknown", "cat/é 'x'.ogg"),
        ("cow", "cow/4", "unknown", "cow/4.mp3"),
        ("dog", "dog/1", "unknown", "dog/1.wav"),
        ("dog", "dog/deep/er/2", "unknown", "dog/deep/er/2.FLAC"),
    ]
    assert bank.recordings[0].read().sample_rate == 16000


def test_names_do_not_depend_on_where_a_bank_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for root in (tmp_path / "here", tmp_path / "some" / "where else"):
        for name in ("dog/1.wav", "cat/2.wav"):
            sound(root / name)
    expected = summary(open_bank(tmp_path / "here"))
    assert summary(open_bank(tmp_path / "some" / "where else")) == expected
    assert summary(open_bank(str(tmp_path / "here") + "/")) == expected
    monkeypatch.chdir(tmp_path / "here" / "dog")
    assert summary(open_bank("..")) == expected
    assert open_bank("..").name == "here"


def test_decomposed_letters_are_one_label(tmp_path: Path) -> None:
    sound(tmp_path / "fe\u0301e" / "1.wav")
    sound(tmp_path / "cat" / "1.wav")
    assert open_bank(tmp_path).labels == ("cat", "f\u00e9e")


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    root = tmp_path / "zoo"
    sound(root / "dog" / "1.wav")
    sound(tmp_path / "elsewhere" / "2.wav")
    (root / "cat").symlink_to(tmp_path / "elsewhere")
    (root / "dog" / "again").symlink_to(root)
    (root / "dog" / "self").symlink_to(root / "dog")
    (root / "dog" / "broken.wav").symlink_to(root / "gone.wav")
    assert [r.name for r in open_bank(root).recordings] == ["cat/2.wav", "dog/1.wav", "dog/broken.wav"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "holds no audio file: expected a folder per label"),
        (["dog/a.txt"], "holds no audio file: expected a folder per label"),
        (["a.wav", "b.wav"], "holds 2 audio files in no label's folder: expected a folder per label"),
        (["dog/a.wav"], "at least two labels, found only 'dog'"),
        (["dog/a.wav", "Dog/b.wav"], "differ only by case: 'Dog' / 'dog'"),
        (["dog/a.wav", " cat/b.wav"], "' cat' .* white space"),
    ],
)
def test_folders_that_are_no_bank(tmp_path: Path, files: list[str], message: str) -> None:
    root = tmp_path / "zoo"
    root.mkdir()
    for name in files:
        sound(root / name) if name.endswith("wav") else write(root / name, ["x"])
    with pytest.raises(BankError, match=message) as caught:
        open_bank(root)
    assert str(root) in str(caught.value)


def test_paths_that_are_no_bank(tmp_path: Path) -> None:
    with pytest.raises(BankError, match=r"There is no sound bank at .*gone'.*folder per label"):
        open_bank(tmp_path / "gone")
    with pytest.raises(BankError, match=r"a\.wav' is not a sound bank"):
        open_bank(sound(tmp_path / "a.wav"))


def test_a_file_name_that_is_no_unicode_is_named(tmp_path: Path) -> None:
    (tmp_path / "dog").mkdir()
    with open(os.fsencode(tmp_path) + b"/dog/\xff.wav", "wb"):
        pass
    with pytest.raises(BankError, match=r"dog/.*udcff\.wav' in .* is not valid Unicode"):
        open_bank(tmp_path)


def test_a_folder_that_may_not_be_entered_is_named(tmp_path: Path, plain_user: None) -> None:
    sound(tmp_path / "dog" / "1.wav")
    (tmp_path / "dog").chmod(0)
    with pytest.raises(BankError, match=r"Cannot look into the folder .*dog"):
        open_bank(tmp_path)
    (tmp_path / "dog").chmod(0o755)


def manifest(tmp_path: Path, *lines: str) -> Path:
    for name in ("a.wav", "b.wav", "sub/c.wav", "d, e.wav"):
        sound(tmp_path / "bank" / name)
    sound(tmp_path / "outside.wav")
    return write(tmp_path / "bank" / "manifest.csv", lines)


def test_a_manifest(tmp_path: Path) -> None:
    path = manifest(
        tmp_path,
        "\ufeffpath,label,licence,source",
        "a.wav,dog,CC0,take 1",
        "",
        "b.wav,dog,,take 1",
        'sub/c.wav,cat,"CC BY 4.0",',
        '"d, e.wav",cat,,',
    )
    expected = [
        ("cat", "d, e.wav", "unknown", "d, e.wav"),
        ("cat", "sub/c.wav", "CC BY 4.0", "sub/c.wav"),
        ("dog", "take 1", "CC0", "a.wav"),
        ("dog", "take 1", "unknown", "b.wav"),
    ]
    assert summary(open_bank(path)) == expected
    assert summary(open_bank(path.parent)) == expected
    assert open_bank(path.parent).name == "bank"


def test_a_manifest_needs_only_path_and_label(tmp_path: Path) -> None:
    bank = open_bank(manifest(tmp_path, "label,path", "dog,a.wav", "cat,b.wav"))
    assert summary(bank) == [("cat", "b.wav", "unknown", "b.wav"), ("dog", "a.wav", "unknown", "a.wav")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("/etc/passwd,dog", "line 3: expected a path below the manifest's folder, got '/etc/passwd'"),
        ("../outside.wav,dog", "line 3: expected a path below"),
        ("sub/../../outside.wav,dog", "line 3: expected a path below"),
        ("link.wav,dog", r"line 3: 'link.wav' leads out of the manifest's folder, to .*outside\.wav"),
        ("linked/outside.wav,dog", "line 3: 'linked/outside.wav' leads out"),
        ("gone.wav,dog", "line 3: there is no file 'gone.wav'"),
        ("sub,dog", "line 3: there is no file 'sub'"),
        ("a.wav,dog", "line 3: 'a.wav' stands already in line 2"),
        ("inner.wav,dog", "line 3: 'inner.wav' stands already in line 2"),
        (",dog", "line 3: path and label must not be empty"),
        ("b.wav,", "line 3: path and label must not be empty"),
        ("b.wav,dog,CC0", "line 3: expected 2 fields, got 3"),
        ('b.wav,"dog', "line 3: malformed CSV"),
        ("b.wav,dog/hound", "'dog/hound' cannot be used as a folder name"),
    ],
)
def test_a_wrong_manifest_is_refused_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = manifest(tmp_path, "path,label", "a.wav,cat", line)
    (path.parent / "link.wav").symlink_to(tmp_path / "outside.wav")
    (path.parent / "linked").symlink_to(tmp_path)
    (path.parent / "inner.wav").symlink_to(path.parent / "a.wav")
    with pytest.raises(BankError, match=message) as caught:
        open_bank(path)
    assert str(path) in str(caught.value)


def test_a_manifest_without_rows_or_with_other_columns(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="lists no recording"):
        open_bank(manifest(tmp_path, "path,label"))
    with pytest.raises(BankError, match=r"expected path,label and perhaps licence,source; got .*license"):
        open_bank(manifest(tmp_path, "path,label,license", "a.wav,dog,CC0"))


def esc50(root: Path) -> Path:
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    for name, category, esc10, source in (
        ("1-100032-A-0.wav", "dog", "True", "100032"),
        ("1-100032-B-0.wav", "dog", "True", "100032"),
        ("1-100038-A-14.wav", "chirping_birds", "False", "100038"),
    ):
        sound(root / "audio" / name)
        rows.append(f"{name},1,0,{category},{esc10},{source},A")
    write(root / "meta" / "esc50.csv", rows)
    return root


def test_esc50(tmp_path: Path) -> None:
    assert summary(open_bank(esc50(tmp_path))) == [
        ("chirping_birds", "freesound:100038", "CC BY-NC 3.0", "audio/1-100038-A-14.wav"),
        ("dog", "freesound:100032", "CC BY 3.0", "audio/1-100032-A-0.wav"),
        ("dog", "freesound:100032", "CC BY 3.0", "audio/1-100032-B-0.wav"),
    ]


def test_a_published_set_must_be_whole(tmp_path: Path) -> None:
    (esc50(tmp_path) / "audio" / "1-100032-B-0.wav").unlink()
    with pytest.raises(BankError, match=r"esc50.csv' line 3: there is no file audio/1-100032-B-0.wav"):
        open_bank(tmp_path)
    write(tmp_path / "meta" / "esc50.csv", ["filename,category,esc10,src_file", "../../x.wav,dog,True,1"])
    with pytest.raises(BankError, match=r"line 2: there is no file audio/\.\./\.\./x\.wav"):
        open_bank(tmp_path)


def test_urbansound8k(tmp_path: Path) -> None:
    rows = ["slice_file_name,fsID,start,end,salience,fold,classID,class"]
    for name, source, fold, label in (
        ("100032-3-0-0.wav", "100032", 5, "dog_bark"),
        ("102106-3-0-0.wav", "102106", 10, "siren"),
    ):
        sound(tmp_path / "audio" / f"fold{fold}" / name)
        rows.append(f"{name},{source},0.0,0.317551,1,{fold},3,{label}")
    write(tmp_path / "metadata" / "UrbanSound8K.csv", rows)
    assert summary(open_bank(tmp_path)) == [
        ("dog_bark", "freesound:100032", "CC BY-NC 3.0", "audio/fold5/100032-3-0-0.wav"),
        ("siren", "freesound:102106", "CC BY-NC 3.0", "audio/fold10/102106-3-0-0.wav"),
    ]


def test_one_freesound_clip_is_on_one_side_in_every_set(tmp_path: Path) -> None:
    esc = open_bank(esc50(tmp_path))
    assert {split_of(r.source) for r in esc.recordings if r.label == "dog"} == {split_of("freesound:100032")}


BARK = "Bark,Dog,Domestic_animals_and_pets,Animal"
CLIPS = {
    "dev": {
        "1": BARK,
        "2": BARK,
        "3": f"{BARK},Rain,Water",  # rain has no leaf of its own here: a second sound all the same
        "4": "Bird,Wild_animals,Animal",  # no leaf
        "5": "Bark,Meow,Dog,Cat,Domestic_animals_and_pets,Animal",  # two leaves
        "6": "Bicycle_bell,Alarm,Bicycle,Vehicle,Bell",
        "7": "Bicycle,Vehicle",
    },
    "eval": {"8": "Meow,Cat,Domestic_animals_and_pets,Animal", "9": BARK},
}


def fsd50k(root: Path, clips: dict[str, dict[str, str]]) -> Path:
    for part, rows in clips.items():
        lines = ["fname,labels,mids" + ",split" * (part == "dev")]
        lines += [f'{name},"{labels}","/m/1"' + ",train" * (part == "dev") for name, labels in rows.items()]
        write(root / "FSD50K.ground_truth" / f"{part}.csv", lines)
        for name in rows:
            sound(root / f"FSD50K.{part}_audio" / f"{name}.wav")
        about = {name: {"title": "x", "license": f"http://licence/{name}", "uploader": "u"} for name in rows}
        write(root / "FSD50K.metadata" / f"{part}_clips_info_FSD50K.json", [json.dumps(about)])
    return root


def test_fsd50k_keeps_clips_with_one_leaf_and_nothing_else(tmp_path: Path) -> None:
    assert summary(open_bank(fsd50k(tmp_path, CLIPS))) == [
        ("Bark", "freesound:1", "http://licence/1", "FSD50K.dev_audio/1.wav"),
        ("Bark", "freesound:2", "http://licence/2", "FSD50K.dev_audio/2.wav"),
        ("Bark", "freesound:9", "http://licence/9", "FSD50K.eval_audio/9.wav"),
        ("Bicycle_bell", "freesound:6", "http://licence/6", "FSD50K.dev_audio/6.wav"),
        ("Meow", "freesound:8", "http://licence/8", "FSD50K.eval_audio/8.wav"),
    ]


def test_fsd50k_sees_what_is_above_what_even_without_the_list(tmp_path: Path) -> None:
    clips = {str(k): "Woof,Hound" for k in range(20)} | {"20": "Hound", "21": "Meow,Cat", "22": "Meow,Cat"}
    assert open_bank(fsd50k(tmp_path, {"dev": clips})).labels == ("Meow", "Woof")


def test_half_of_fsd50k_is_enough(tmp_path: Path) -> None:
    root = fsd50k(tmp_path, {"dev": CLIPS["dev"]})
    (root / "FSD50K.metadata" / "dev_clips_info_FSD50K.json").unlink()
    bank = open_bank(root)
    assert bank.labels == ("Bark", "Bicycle_bell")
    assert {r.licence for r in bank.recordings} == {"unknown"}


def test_fsd50k_without_audio_or_with_broken_metadata(tmp_path: Path) -> None:
    root = fsd50k(tmp_path / "a", CLIPS)
    write(root / "FSD50K.metadata" / "dev_clips_info_FSD50K.json", ['{"1": 3}'])
    with pytest.raises(BankError, match=r"dev_clips_info_FSD50K.json' is not FSD50K's list of clips"):
        open_bank(root)
    write(tmp_path / "b" / "FSD50K.ground_truth" / "dev.csv", ["fname,labels", "1,Bark"])
    with pytest.raises(BankError, match=r"holds neither FSD50K\.dev_audio nor FSD50K\.eval_audio"):
        open_bank(tmp_path / "b")
    (tmp_path / "b" / "FSD50K.dev_audio").mkdir()
    with pytest.raises(BankError, match=r"dev.csv' line 2: there is no file FSD50K.dev_audio/1.wav"):
        open_bank(tmp_path / "b")


def test_the_builtin_bank() -> None:
    bank = open_bank("builtin")
    assert bank.name == "builtin"
    assert len(bank.labels) >= 24
    assert set(bank.phrases) <= set(bank.labels)


@pytest.mark.parametrize(
    ("name", "recordings", "labels"), [("animals", 440, 10), ("studio", 165, 135), ("digits", 240, 10)]
)
def test_real_banks(shared: Path, name: str, recordings: int, labels: int) -> None:
    bank = open_bank(shared / "data" / "sounds" / name)
    assert (len(bank.recordings), len(bank.labels)) == (recordings, labels)
