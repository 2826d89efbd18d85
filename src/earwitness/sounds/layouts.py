"""The forms in which sound banks lie on disk, and how each is recognised and read.

In the order in which they are tried: FSD50K, ESC-50 and UrbanSound8K by their own metadata files; a CSV manifest;
a folder per label. A recording's ``name`` and ``source`` never depend on where the bank lies nor on how its path was
written, so that every command, on every machine, names and splits its recordings alike.

The three published sets take their clips from Freesound. Their ``source`` is ``freesound:ID``, so that a recording
that occurs in two of them is on one side of every split.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from earwitness.errors import BankError
from earwitness.sounds.audio import AudioFile
from earwitness.sounds.bank import Bank, Recording, check_labels, read_rows

__all__ = ["open_bank"]

_AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc"})
_FORMS = (
    "a folder per label with WAV, FLAC, OGG, MP3 or AIFF files in it, a manifest.csv (path,label,licence,source), "
    "or the layout of ESC-50, FSD50K or UrbanSound8K"
)
# https://github.com/karolpiczak/ESC-50, README and LICENSE: CC BY-NC, the clips of ESC-10 CC BY.
_ESC10_LICENCE, _ESC50_LICENCE = "CC BY 3.0", "CC BY-NC 3.0"
# UrbanSound8K_README.txt: "Creative Commons Attribution Noncommercial License (by-nc), version 3.0".
_URBANSOUND_LICENCE = "CC BY-NC 3.0"

# FSD50K has 200 labels and writes every label that is above another beside it, but no file says which are above
# others. These are the labels of its vocabulary.csv below which AudioSet's ontology has another of them. Its README
# counts 56 and so 144 leaves; Bicycle is the 57th here, because every Bicycle_bell carries it: "no bicycle" and "a
# bicycle bell" must not stand beside each other.
_FSD50K_INTERMEDIATE = frozenset(
    """
    Aircraft Alarm Animal Bell Bicycle Bird Bird_vocalization_and_bird_call_and_bird_song Brass_instrument
    Breathing Car Cat Chime Clock Cymbal Dog Domestic_animals_and_pets Domestic_sounds_and_home_sounds Door Drum
    Engine Explosion Fire Fowl Glass Guitar Hands Human_group_actions Human_voice Insect Keyboard_(musical)
    Laughter Liquid Livestock_and_farm_animals_and_working_animals Mallet_percussion Mechanisms
    Motor_vehicle_(road) Music Musical_instrument Ocean Percussion Plucked_string_instrument Pour Power_tool
    Rail_transport Rain Respiratory_sounds Shout Singing Speech Telephone Thunderstorm Tools Typing Vehicle
    Water Wild_animals Wood
    """.split()  # noqa: SIM905 - so many names are read as a paragraph
)


_MANY_CLIPS = 20


def open_bank(path: str | os.PathLike[str]) -> Bank:
    """Open a sound bank.

    Parameters
    ----------
    path
        ``"builtin"``; a folder in any of the forms above; or a CSV manifest. A folder that is itself called
        ``builtin`` is opened as ``./builtin``.

    Returns
    -------
    Bank
        With at least two labels; nothing is decoded yet.

    Raises
    ------
    BankError
        Naming the folder or the file and line, when it is missing, empty, of no known form, contradicts itself, or
        has labels that cannot be used.
    """
    if path == "builtin":
        return _builtin_bank()
    root = Path(os.path.abspath(path))
    if root.is_dir():
        recordings = _folder_reader(root)(root)
    elif root.suffix.lower() == ".csv" and root.is_file():
        recordings = _read_manifest(root)
    elif root.exists():
        raise BankError(f"{str(path)!r} is not a sound bank: expected {_FORMS}.")
    else:
        raise BankError(f"There is no sound bank at {str(path)!r}: expected {_FORMS}.")
    bank = Bank(name=root.stem if root.is_file() else root.name, recordings=tuple(recordings))
    try:
        check_labels(bank.labels)
    except BankError as error:
        raise BankError(f"The sound bank {str(path)!r}: {error}") from error
    return bank


def _builtin_bank() -> Bank:
    # Imported here because it brings scipy's filters and every sound's recipe, which no bank on disk needs.
    from earwitness.sounds import builtin

    return Bank(name="builtin", recordings=builtin.recordings(), phrases=builtin.phrases())


def _folder_reader(root: Path) -> Callable[[Path], Iterable[Recording]]:
    if (root / "FSD50K.ground_truth").is_dir():
        return _read_fsd50k
    if (root / "meta" / "esc50.csv").is_file():
        return _read_esc50
    if (root / "metadata" / "UrbanSound8K.csv").is_file():
        return _read_urbansound8k
    if (root / "manifest.csv").is_file():
        return lambda folder: _read_manifest(folder / "manifest.csv")
    return _read_label_folders


def _portable(path: Path, root: Path) -> str:
    """Return a path inside a bank as it is written everywhere: slashes, and composed letters (macOS parts them)."""
    text = unicodedata.normalize("NFC", path.relative_to(root).as_posix())
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BankError(f"The file name {text!r} in {str(root)!r} is not valid Unicode.") from error
    return text


def _read_label_folders(root: Path) -> list[Recording]:
    recordings = []
    loose = 0
    for path in _audio_files(root, above=()):
        name = _portable(path, root)
        label, slash, _ = name.partition("/")
        if not slash:
            loose += 1
            continue
        source = name[: -len(path.suffix)]
        recordings.append(Recording(label, source, "unknown", name, AudioFile(path)))
    if not recordings:
        found = f"{loose} audio files in no label's folder" if loose else "no audio file"
        raise BankError(f"The sound bank {str(root)!r} holds {found}: expected {_FORMS}.")
    return recordings


def _audio_files(folder: Path, *, above: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the audio files in and below a folder, by name; links are followed unless they lead back up."""
    real = folder.resolve()
    if real in above:
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise BankError(f"Cannot look into the folder {str(folder)!r}: {error.strerror}.") from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _audio_files(folder / entry.name, above=(*above, real))
        elif os.path.splitext(entry.name)[1].lower() in _AUDIO_SUFFIXES:
            yield folder / entry.name


def _read_manifest(manifest: Path) -> list[Recording]:
    root = manifest.parent
    real_root = root.resolve()
    recordings = []
    seen: dict[Path, int] = {}
    for line, row in read_rows(manifest, required=["path", "label"], optional=["licence", "source"]):
        where = f"{str(manifest)!r} line {line}"
        if not row["path"] or not row["label"]:
            raise BankError(f"{where}: path and label must not be empty, got {row['path']!r} and {row['label']!r}.")
        written = Path(row["path"])
        if written.is_absolute() or ".." in written.parts or "\0" in row["path"]:
            raise BankError(f"{where}: expected a path below the manifest's folder, got {row['path']!r}.")
        path = root / written
        real = path.resolve()
        if not real.is_relative_to(real_root):
            raise BankError(f"{where}: {row['path']!r} leads out of the manifest's folder, to {str(real)!r}.")
        if not path.is_file():
            raise BankError(f"{where}: there is no file {row['path']!r}.")
        if real in seen:
            raise BankError(f"{where}: {row['path']!r} stands already in line {seen[real]}.")
        seen[real] = line
        name = _portable(path, root)
        source, licence = row["source"].strip() or name, row["licence"].strip() or "unknown"
        recordings.append(Recording(unicodedata.normalize("NFC", row["label"]), source, licence, name, AudioFile(path)))
    if not recordings:
        raise BankError(f"The manifest {str(manifest)!r} lists no recording.")
    return recordings


def _read_esc50(root: Path) -> list[Recording]:
    table = root / "meta" / "esc50.csv"
    columns = ["filename", "category", "esc10", "src_file"]
    recordings = []
    for line, row in read_rows(table, required=columns, optional=["fold", "target", "take"]):
        licence = _ESC10_LICENCE if row["esc10"] == "True" else _ESC50_LICENCE
        path = _listed_file(root, "audio", row["filename"], where=f"{str(table)!r} line {line}")
        source = f"freesound:{row['src_file']}"
        recordings.append(Recording(row["category"], source, licence, _portable(path, root), AudioFile(path)))
    return recordings


def _read_urbansound8k(root: Path) -> list[Recording]:
    table = root / "metadata" / "UrbanSound8K.csv"
    columns = ["slice_file_name", "fsID", "fold", "class"]
    recordings = []
    for line, row in read_rows(table, required=columns, optional=["start", "end", "salience", "classID"]):
        where = f"{str(table)!r} line {line}"
        path = _listed_file(root, f"audio/fold{row['fold']}", row["slice_file_name"], where=where)
        source = f"freesound:{row['fsID']}"
        recordings.append(Recording(row["class"], source, _URBANSOUND_LICENCE, _portable(path, root), AudioFile(path)))
    return recordings


def _listed_file(root: Path, folder: str, name: str, *, where: str) -> Path:
    """Return the file that a published table lists; a set that is only partly there is no set to build from."""
    path = root / folder / name
    if "/" in name or "\\" in name or ".." in folder or not path.is_file():
        raise BankError(f"{where}: there is no file {folder}/{name} in {str(root)!r}.")
    return path


def _read_fsd50k(root: Path) -> list[Recording]:
    """Read the clips that hold one leaf label and nothing besides.

    A clip's labels are its leaf and all that is above it. What has another label besides holds a second sound, be it
    one without a leaf of its own (an owl is only ``Bird``): such a clip is not used.
    """
    clips = [
        (part, line, row["fname"], frozenset(row["labels"].split(",")))
        for part in ("dev", "eval")
        if (root / f"FSD50K.{part}_audio").is_dir()
        for line, row in read_rows(
            root / "FSD50K.ground_truth" / f"{part}.csv", required=["fname", "labels"], optional=["mids", "split"]
        )
    ]
    if not clips:
        raise BankError(f"{str(root)!r} holds neither FSD50K.dev_audio nor FSD50K.eval_audio with its ground truth.")
    above = _labels_above([labels for *_, labels in clips])
    licences = {part: _fsd50k_licences(root, part) for part in {clip[0] for clip in clips}}
    recordings = []
    for part, line, fname, labels in clips:
        leaves = labels & above.keys()
        if len(leaves) != 1:
            continue
        (leaf,) = leaves
        if labels != above[leaf]:
            continue
        where = f"{str(root / 'FSD50K.ground_truth' / f'{part}.csv')!r} line {line}"
        path = _listed_file(root, f"FSD50K.{part}_audio", f"{fname}.wav", where=where)
        licence = licences[part].get(fname, "unknown")
        recordings.append(Recording(leaf, f"freesound:{fname}", licence, _portable(path, root), AudioFile(path)))
    return recordings


def _labels_above(clips: list[frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return for each leaf label the labels of every clip that has it: itself and all that is above it."""
    common: dict[str, frozenset[str]] = {}
    counts: Counter[str] = Counter()
    for labels in clips:
        for label in labels:
            common[label] = common.get(label, labels) & labels
        counts.update(labels)
    inner = set(_FSD50K_INTERMEDIATE)
    for label, always in common.items():
        # What all of many clips of one label carry is above it, whether the list knows it or not.
        if counts[label] >= _MANY_CLIPS:
            inner |= always - {label}
    return {label: always for label, always in common.items() if label not in inner}


def _fsd50k_licences(root: Path, part: str) -> Mapping[str, str]:
    path = root / "FSD50K.metadata" / f"{part}_clips_info_FSD50K.json"
    try:
        about = json.loads(path.read_bytes())
        return {fname: str(clip["license"]) for fname, clip in about.items()}
    except FileNotFoundError:
        return {}  # the metadata is a download of its own
    except OSError as error:
        raise BankError(f"Cannot read {str(path)!r}: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BankError(f"{str(path)!r} is not FSD50K's list of clips with their licences: {error}.") from error
