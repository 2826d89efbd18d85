"""An index of what people labelled by hand, searched like one of what a listener heard.

All events are sure: confidence 1, and presence 1 where there is an event. What is not labelled is taken for absent,
also in recordings that have no label at all: "no siren" is as good an answer as the labelling is complete.

Nothing is listened to: of recordings only lengths and rates are read, from their headers, and only of those that
changed. Labels are read anew each time, so the index is always what it would be if it were made for the first time. A
label is said of a recording's path and not of its content: of two copies, one may be labelled and the other not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from earwitness.errors import AudioError, LibraryError
from earwitness.library.accounts import Account
from earwitness.library.imports import Imported, import_labels, label_files
from earwitness.library.moments import path_to_text, text_to_path
from earwitness.library.store import PEOPLE, Heard, Index, index_there, make_tables, writing
from earwitness.library.walking import AudioPlace, Fault, walked
from earwitness.parallel import Progress, stage_of
from earwitness.records import sha256_of_bytes
from earwitness.sounds.audio import stream_audio
from earwitness.sounds.labels import one_line

__all__ = ["Labelled", "index_labels"]

_MOST_LABELS = np.iinfo(np.int16).max + 1  # how many the files under heard/ can number
_VALUES_AT_ONCE = 4_000_000  # presences, of every label in every recording, that are in the memory together


@dataclass(frozen=True)
class Labelled:
    """What was done to make an index of labels, or to bring it up to date."""

    index: Index
    """The index, with its new tables."""
    recordings: int
    """How many recordings it holds."""
    measured: int
    """Of how many of these the header was read; the others are as they were."""
    unlabelled: int
    """How many of these have no label."""
    gone: int
    """How many were in the index and are no longer there."""
    faults: tuple[Fault, ...]
    """The files that are not in the index."""
    imported: Imported
    """The labels: their events, and which could not be used."""
    alike: tuple[tuple[str, ...], ...]
    """Labels that are the same but for capital letters and spaces. They are taken for different sounds."""


class _Length(NamedTuple):
    duration_us: int
    sample_rate: int


def index_labels(
    library: str | Path,
    out: str | Path,
    *,
    labels: str | Path | Sequence[str | Path],
    label_column: str | None = None,
    progress: Progress | None = None,
) -> Labelled:
    """Make an index of a library that people labelled, or bring it up to date.

    Parameters
    ----------
    library
        The folder of the recordings; folders in it are walked as well.
    out
        The index's folder. One that is there is brought up to date.
    labels
        Files of labels, or folders of them: what ``imports.import_labels`` reads. They may lie in the library.
    label_column
        As for ``imports.import_labels``.
    progress
        Called with a stage, how much is done and how much there is, in files.

    Raises
    ------
    LibraryError
        When there is no such folder, there are no files of labels, the index is a listener's or another library's, it
        is damaged, or somebody else writes to it. A recording or a label that cannot be used is no error: it is told
        of among the faults.
    OutputError
        When the index cannot be written.
    """
    library, out = Path(library), Path(out)
    given = [Path(each) for each in ([labels] if isinstance(labels, str | Path) else labels)]
    if not library.is_dir():
        raise LibraryError(f"'{library}' is not a folder of recordings.")
    if not label_files(given):
        raise LibraryError(f"No labels in {', '.join(repr(str(each)) for each in given)}: expected .txt, .tsv or .csv.")
    with writing(out):
        index = _there(library, out)
        before = {} if index is None else _measured(index)
        every = list(walked(library))
        places = [each for each in every if isinstance(each, AudioPlace)]
        faults = [each for each in every if isinstance(each, Fault)]
        lengths = _lengths(library, places, before, faults, stage_of(progress, "lengths"))
        imported = import_labels(
            given,
            [each.path for each in every],
            library=library,
            lengths_us={place.path: length.duration_us for place, length in lengths.items()},
            label_column=label_column,
            progress=stage_of(progress, "labels"),
        )
        names = sorted(set(imported.events["label"].to_pylist()))
        if len(names) > _MOST_LABELS:
            raise LibraryError(f"Expected at most {_MOST_LABELS:,} different labels; got {len(names):,}.")
        phrases = {label: one_line(label) for label in names}
        number = None if index is None else index.tables
        heard = Heard(out)
        for old in heard.files():
            Path(old).unlink()
        _write_down(heard, lengths, names, imported)
        made = make_tables(
            Index(out, library.resolve(), PEOPLE, tuple(names), phrases, 0.0, number),
            heard,
            found=[(place, _digest(place)) for place in lengths],
            faults=[*faults, *_not_used(imported)],
        )
    paths = {place.path for place in places}
    return Labelled(
        made,
        recordings=len(lengths),
        measured=sum(place not in before for place in lengths),
        unlabelled=len(lengths) - len(set(imported.events["path"].to_pylist())),
        gone=sum(place.path not in paths for place in before),
        faults=tuple(sorted(faults)),
        imported=imported,
        alike=_alike(names),
    )


def _there(library: Path, out: Path) -> Index | None:
    """Return the index that is there, if it is one of labels of this library."""
    index = index_there(library, out)
    if index is not None and not index.by_people:
        raise LibraryError(
            f"'{out}' holds what a listener heard (version {index.listener[:12]}) and not labels: give these another "
            "--out, or delete the index."
        )
    return index


# --- how long recordings are ---


def _measured(index: Index) -> dict[AudioPlace, _Length]:
    """Return the recordings that the current tables hold, and how long each is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = ["path", "n_bytes", "modified_ns", "duration_us", "sample_rate"]
    path = index.table("recordings")
    try:
        table = pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise LibraryError(f"'{path}' is damaged: {error}. Delete the index, and make it anew.") from error
    rows = zip(*(table[column].to_pylist() for column in columns), strict=True)
    return {AudioPlace(*place): _Length(duration_us, rate) for *place, duration_us, rate in rows}


def _lengths(
    library: Path,
    places: Sequence[AudioPlace],
    before: Mapping[AudioPlace, _Length],
    faults: list[Fault],
    progress: Callable[[int, int], None] | None,
) -> dict[AudioPlace, _Length]:
    """Return how long each recording is; those that cannot be read are faults."""
    lengths: dict[AudioPlace, _Length] = {}
    for number, place in enumerate(places, start=1):
        try:
            lengths[place] = before.get(place) or _length(library / text_to_path(place.path))
        except AudioError as error:
            faults.append(Fault(place.path, str(error)))
        if progress is not None:
            progress(number, len(places))
    return lengths


def _length(path: Path) -> _Length:
    """Return how long a recording is, by its header; one that does not say it is decoded to its end."""
    with stream_audio(path) as audio:
        duration_s = audio.duration_s
        if duration_s is None:
            duration_s = sum(len(block) for block in audio.blocks) / audio.sample_rate
        elif audio.missing:
            # What is labelled after its end was never heard.
            raise AudioError("truncated", f"{str(path)!r} lacks {audio.missing} bytes that its header promises")
        duration_us = round(1e6 * duration_s)
        if duration_us <= 0:
            raise AudioError("empty", f"{str(path)!r} holds no samples")
        return _Length(duration_us, audio.sample_rate)


# --- what the tables are made of ---


def _digest(place: AudioPlace) -> str:
    """Return what stands for a recording where other indexes have the SHA-256 of its bytes, which nobody read."""
    return sha256_of_bytes(place.path.encode())


def _write_down(heard: Heard, lengths: Mapping[AudioPlace, _Length], names: Sequence[str], imported: Imported) -> None:
    """Keep the labels of each recording as an account of it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    events = imported.events
    paths = pa.array([place.path for place in lengths], pa.string())
    recording = pc.index_in(events["path"], value_set=paths).to_numpy()
    label = pc.index_in(events["label"], value_set=pa.array(names, pa.string())).to_numpy().astype(np.int16)
    onset_us, offset_us = events["onset_us"].to_numpy(), events["offset_us"].to_numpy()
    order = np.lexsort((onset_us, label, recording))
    parts = np.split(order, np.searchsorted(recording[order], np.arange(1, len(lengths))))
    waiting: dict[str, Account] = {}
    at_once = max(1, _VALUES_AT_ONCE // max(1, len(names)))
    for (place, length), part in zip(lengths.items(), parts, strict=bool(lengths)):
        presence = np.zeros(len(names), np.float32)
        presence[label[part]] = 1.0
        waiting[_digest(place)] = Account(
            duration_us=length.duration_us,
            sample_rate=length.sample_rate,
            label=label[part],
            onset_us=onset_us[part],
            offset_us=offset_us[part],
            confidence=np.ones(len(part), np.float32),
            presence=presence,
            framed=np.zeros(0, np.int16),
            frames=np.zeros((0, 0), np.uint8),
        )
        if len(waiting) == at_once:
            heard.add(waiting)
            waiting = {}
    if waiting:
        heard.add(waiting)


def _not_used(imported: Imported) -> Iterator[Fault]:
    """Yield the labels that could not be used, as faults of their files."""
    for each in imported.faults:
        reason = f"line {each.line}: expected {each.expected}; got {each.got}"
        yield Fault(path_to_text(each.file), reason)


def _alike(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(" ".join(name.casefold().split()), []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)
