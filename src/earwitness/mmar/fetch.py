"""Fetching MMAR: its items and its recordings, from the hub where its authors put them, checked when they are there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from earwitness.errors import BenchmarkError, OutputError
from earwitness.mmar.archives import unpack
from earwitness.mmar.downloads import HUB, Hub, HubFile, Listing, Unreachable, is_whole
from earwitness.mmar.items import Items, read_items
from earwitness.mmar.recordings import Checked, check_recordings, sound_path
from earwitness.parallel import Progress, stage_of
from earwitness.records import read_json, sha256_of_file, write_json

if TYPE_CHECKING:
    import httpx

__all__ = ["ARCHIVE", "DATASET", "METADATA", "RECORD", "REVISION", "Fetched", "FetchedFile", "fetch_mmar"]

DATASET = "BoJack/MMAR"
"""Where MMAR's authors keep it on the hub."""
REVISION = "3bd051123480e80d273ae9e8e9f1653f49010ac7"
"""The commit that is fetched unless another is named, so that it means the same items and recordings tomorrow."""
ARCHIVE = "mmar-audio.tar.gz"
"""The recordings."""
METADATA = ("MMAR-meta.jsonl", "MMAR-meta.json")
"""The items, under one of these names; where there are both, the first is fetched."""
RECORD = "fetched.json"
"""What is written beside them: the commit, the checksums of what was fetched and of each recording."""


@dataclass(frozen=True)
class FetchedFile:
    """A file of the data set that is there now."""

    name: str
    """Its name."""
    n_bytes: int
    """Its size."""
    sha256: str
    """The SHA-256 of its bytes."""
    held: bool
    """Whether it is what the hub says it is; False where the hub could not be asked, or does not have it."""
    new: bool
    """Whether it was downloaded now."""


@dataclass(frozen=True)
class Fetched:
    """What is there now."""

    folder: Path
    """Where."""
    items: Items
    """The items."""
    commit: str
    """Of the data set; empty where the hub could not be asked."""
    files: tuple[FetchedFile, ...]
    """The items' file, and the archive where it was needed."""
    checked: tuple[Checked, ...]
    """What was found of each recording; none where only the items were wanted."""


def fetch_mmar(
    out: str | Path,
    *,
    metadata_only: bool = False,
    revision: str = REVISION,
    hub: str = HUB,
    jobs: int = 1,
    progress: Progress | None = None,
    wait_s: float = 1.0,
    transport: httpx.BaseTransport | None = None,
) -> Fetched:
    """Fetch MMAR's items and recordings into a folder, and check every recording.

    What is there already and is right is kept; what was stopped is gone on with. A token in the environment's
    ``HF_TOKEN`` is sent to huggingface.co alone. Where the hub cannot be reached, files that were put into the folder
    by hand are used as they are.

    Parameters
    ----------
    out
        The folder; made when it is missing.
    metadata_only
        Only the items.
    revision
        Of the data set: a commit, a branch or a tag.
    hub
        The hub's address.
    jobs
        Threads that check recordings.
    progress
        Told of the stages ``"download"`` and ``"unpack"``, in MiB, and ``"recordings"``.
    wait_s
        How long to wait before something is tried again; twice as long each time that nothing came.
    transport
        What sends requests; None: the network.

    Raises
    ------
    BenchmarkError
        When the hub cannot be reached and the files are not there by hand, says no, or gives something else than it
        says; when the archive is damaged; or another process is fetching into the folder.
    OutputError
        When the folder cannot be written.
    """
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make '{folder}': {error.strerror or error}.") from error
    token = os.environ.get("HF_TOKEN", "").strip() or None
    lock = FileLock(folder / ".fetch.lock", timeout=0)
    try:
        with lock, Hub(DATASET, base=hub, token=token, wait_s=wait_s, transport=transport) as opened:
            return _Fetching(folder, opened, revision, progress).all(metadata_only=metadata_only, jobs=jobs)
    except Timeout as error:
        raise BenchmarkError(f"Another process is fetching into '{folder}'.") from error
    except OSError as error:
        raise OutputError(f"Cannot write to '{folder}': {error.strerror or error}.") from error


class _Fetching:
    """One folder that is being filled."""

    def __init__(self, folder: Path, hub: Hub, revision: str, progress: Progress | None) -> None:
        self._folder, self._hub, self._revision, self._progress = folder, hub, revision, progress
        self._files: list[FetchedFile] = []
        self._listing: Listing | None = None

    def all(self, *, metadata_only: bool, jobs: int) -> Fetched:
        """Fetch what is wanted, and say what is there."""
        try:
            self._listing = self._hub.listing(self._revision, names=(*METADATA, ARCHIVE))
        except Unreachable as error:
            self._check_by_hand(error, metadata_only=metadata_only)
        items = read_items(self._metadata())
        checked: tuple[Checked, ...] = ()
        if not metadata_only:
            checked = self._recordings(items, jobs)
        commit = self._listing.commit if self._listing else ""
        self._write_record(commit, checked)
        return Fetched(self._folder, items, commit, tuple(self._files), checked)

    def _check_by_hand(self, error: Unreachable, *, metadata_only: bool) -> None:
        """Go on without the hub if all that is needed is there; else say what to do by hand."""
        there = [name for name in METADATA if (self._folder / name).is_file()]
        lacking = [] if there else [METADATA[-1]]
        packed = (self._folder / ARCHIVE).is_file()
        if not (metadata_only or packed) and (lacking or not _all_there(read_items(self._folder / there[0]))):
            lacking.append(ARCHIVE)
        if lacking:
            addresses = "\n".join(f"  {self._hub.address(name, revision=self._revision)}" for name in lacking)
            raise BenchmarkError(
                f"{error}\nWithout the hub: download\n{addresses}\nelsewhere, put what you get into '{self._folder}' "
                "under these names, and run this command again: it unpacks and checks what is there."
            ) from error

    def _metadata(self) -> Path:
        """Return the file of the items, downloaded where the hub has another."""
        files = self._listing.files if self._listing else {}
        name = next((name for name in METADATA if name in files), None)
        there = next((path for each in METADATA if (path := self._folder / each).is_file()), None)
        if there is not None and there.name not in files:  # by hand: another of them beside it would be the items twice
            self._files.append(_known(there, held=False))
            return there
        if name is None:
            raise BenchmarkError(
                f"{DATASET} has none of {', '.join(METADATA)} at {self._revision!r}: name another --revision."
            )
        self._fetch(files[name])
        return self._folder / name

    def _recordings(self, items: Items, jobs: int) -> tuple[Checked, ...]:
        """Return what was found of each recording, unpacked from the archive where one lacks or was changed."""
        archive = self._listing.files.get(ARCHIVE) if self._listing else None
        if self._listing and archive is None:
            raise BenchmarkError(f"{DATASET} has no {ARCHIVE} at {self._revision!r}: name another --revision.")
        before = self._record()
        known: Mapping[str, str] = before.get("recordings") or {}
        unpacked = bool(known) and (archive is None or before.get("archive") == archive.checksum)
        if unpacked or (archive is None and not (self._folder / ARCHIVE).is_file()):
            checked = check_recordings(items, jobs=jobs, progress=self._progress)
            if not unpacked or all(known.get(each.path) == each.sha256 for each in checked):
                return checked
        if archive is None:
            self._files.append(_known(self._folder / ARCHIVE, held=False))
        else:
            self._fetch(archive)
        self._unpack(items)
        return check_recordings(items, jobs=jobs, progress=self._progress)

    def _fetch(self, file: HubFile) -> None:
        """Download a file, unless it is there."""
        path = self._folder / file.name
        new = not is_whole(path, file)
        if new:
            self._check_room(file)
            told = stage_of(self._progress, "download")
            self._hub.download(
                file, path, commit=self._listing.commit if self._listing else self._revision, progress=_in_mib(told)
            )
        self._files.append(_known(path, held=True, new=new))

    def _check_room(self, file: HubFile) -> None:
        free = shutil.disk_usage(self._folder).free
        if free < file.n_bytes:
            raise OutputError(
                f"'{self._folder}' has {free / 1e9:.1f} GB free; {file.name} alone takes {file.n_bytes / 1e9:.1f} GB."
            )

    def _unpack(self, items: Items) -> None:
        archive = self._folder / ARCHIVE
        places: dict[str, Path] = {}
        for place in _places(items):
            if places.setdefault(place.name, place) != place:
                raise BenchmarkError(f"'{items.path}' names two recordings {place.name!r} in different folders.")
        found = unpack(archive, places, progress=_in_mib(stage_of(self._progress, "unpack")))
        if not found:
            raise BenchmarkError(f"'{archive}' holds none of the recordings that '{items.path}' names.")

    def _record(self) -> dict[str, Any]:
        path = self._folder / RECORD
        return read_json(path) if path.is_file() else {}

    def _write_record(self, commit: str, checked: tuple[Checked, ...]) -> None:
        """Write what is there, keeping what was known of recordings that were not looked at now."""
        before = self._record()
        archive = self._listing.files.get(ARCHIVE) if self._listing else None
        seen = {each.path: each.sha256 for each in checked} or before.get("recordings", {})
        write_json(
            self._folder / RECORD,
            {
                "dataset": DATASET,
                "commit": commit or before.get("commit", ""),
                "files": {file.name: {"n_bytes": file.n_bytes, "sha256": file.sha256} for file in self._files},
                "archive": archive.checksum if archive and checked else before.get("archive", ""),
                "recordings": seen,
            },
        )


def _places(items: Items) -> list[Path]:
    """Return where recordings belong; a path that leads out of the folder belongs nowhere, and its check says so."""
    places = []
    for item in items:
        with suppress(BenchmarkError):
            places.append(sound_path(items, item))
    return places


def _all_there(items: Items) -> bool:
    return all(place.is_file() for place in _places(items))


def _known(path: Path, *, held: bool, new: bool = False) -> FetchedFile:
    return FetchedFile(path.name, path.stat().st_size, sha256_of_file(path), held, new)


def _in_mib(told: Any) -> Any:
    """Return what is told bytes, and tells MiB."""
    return None if told is None else lambda done, wanted: told(done >> 20, max(1, wanted >> 20))
