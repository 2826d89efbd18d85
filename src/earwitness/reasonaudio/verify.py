"""``verify``: everything that a benchmark claims, proved again from its folder alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from earwitness.errors import BenchmarkError, RecipeError
from earwitness.parallel import Progress
from earwitness.reasonaudio.audit import Audit, Finding, audit_labels
from earwitness.reasonaudio.folder import FILES, read_benchmark
from earwitness.reasonaudio.hearing import Quality, audit_audio
from earwitness.records import read_json, sha256_of_file

__all__ = ["Verification", "verify"]


@dataclass(frozen=True)
class Verification:
    """What was checked and what was found."""

    folder: Path
    """The benchmark folder."""
    findings: tuple[Finding, ...]
    """Every check, in the order in which it was made."""
    quality: Quality | None
    """What was measured on the rendered audio; None when it was not rendered."""

    @property
    def faults(self) -> tuple[str, ...]:
        """All faults of all checks."""
        return tuple(fault for finding in self.findings for fault in finding.faults)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return {
            "folder": str(self.folder),
            "ok": not self.faults,
            "checks": [{"check": f.check, "looked_at": f.looked_at, "faults": list(f.faults)} for f in self.findings],
            "quality": None if self.quality is None else asdict(self.quality),
        }


def verify(folder: Path, *, audio: bool = True, jobs: int = 1, progress: Progress | None = None) -> Verification:
    """Prove a benchmark again, from its folder alone.

    Parameters
    ----------
    folder
        The benchmark folder.
    audio
        Whether to render every clip and measure it as well.
    jobs
        Worker processes; the result does not depend on it.
    progress
        Called with a check's name, the number done and the number wanted.

    Raises
    ------
    BenchmarkError
        When there is no benchmark in the folder at all. A benchmark that is there but damaged is a finding.
    """
    about = folder / "benchmark.json"
    if not about.is_file():
        raise BenchmarkError(f"'{folder}' is not a benchmark: it has no benchmark.json.")
    findings = [_checksums(folder)]
    try:
        audit = Audit(read_benchmark(folder))
        audit.recipe  # noqa: B018 - read now, so that a damaged recipe is one finding and not many
    except (BenchmarkError, RecipeError) as error:
        return Verification(folder, (*findings, Finding("files can be read", len(FILES), (str(error),))), None)
    findings += audit_labels(audit, jobs=jobs, progress=progress)
    quality = None
    if audio and not findings[1].faults:
        heard, quality = audit_audio(audit, jobs=jobs, progress=progress)
        findings += heard
    return Verification(folder, tuple(findings), quality)


def _checksums(folder: Path) -> Finding:
    try:
        stated = read_json(folder / "benchmark.json").get("sha256")
    except BenchmarkError as error:
        return Finding("checksums of every file", 0, (str(error),))
    if not isinstance(stated, dict):
        return Finding("checksums of every file", 0, ("benchmark.json: 'sha256' must name every other file",))
    faults = [f"benchmark.json: 'sha256' does not name {name}" for name in FILES if name not in stated]
    faults += [fault for name, digest in stated.items() for fault in _checksum_faults(folder, name, digest)]
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    faults += [f"{name} is not part of the benchmark" for name in sorted(present - set(stated) - {"benchmark.json"})]
    return Finding("checksums of every file", len(stated), tuple(faults))


def _checksum_faults(folder: Path, name: str, digest: object) -> list[str]:
    path, parts = folder / name, PurePosixPath(name).parts
    try:
        inside = not PurePosixPath(name).is_absolute() and ".." not in parts
        if not inside or not path.resolve().is_relative_to(folder.resolve()):
            return [f"benchmark.json: {name!r} lies outside the folder"]
        if not path.is_file():
            return [f"{name} is missing"]
        if sha256_of_file(path) != digest:
            return [f"{name} has another SHA-256 than benchmark.json says"]
    except (OSError, ValueError, BenchmarkError) as error:  # a name that no file can have, a file that cannot be read
        return [f"benchmark.json: {name!r}: {error}"]
    return []
