"""A moment: a stretch of a recording where something was heard, or where a query holds; and where it came from.

Times are whole microseconds. Paths are texts: file names need not be Unicode, but tables must be, so a name that is
not is written as a URI (``path_to_text``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from earwitness import __version__
from earwitness.errors import LibraryError
from earwitness.sounds.labels import one_line

__all__ = ["Moment", "Provenance", "Verdict", "Witness", "path_to_text", "path_to_uri", "text_to_path"]

_SCHEME = "file:"


@dataclass(frozen=True, slots=True)
class Witness:
    """An event that shows why a clause of a query holds."""

    clause: str
    """The clause, in the text form of a constraint."""
    label: str
    """What is heard."""
    onset_us: int
    """When it begins, in microseconds."""
    offset_us: int
    """When it ends, in microseconds; the moment itself is outside."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a listener says of one clause of a query."""

    clause: str
    """The clause, in the text form of a constraint."""
    denied: bool
    """Whether it says that something is not so, such as that a sound is not heard."""
    probability: float
    """How probable it is that the clause holds, 0 to 1."""

    @property
    def told(self) -> str:
        """``"holds"``, ``"fails"``, or ``"cannot tell"``.

        It fails where its contrary is more probable. What is not heard may be masked by something louder: of that a
        listener must be nine times as sure as of the contrary, or it cannot tell.
        """
        if self.probability < 0.5:
            return "fails"
        return "cannot tell" if self.denied and self.probability < 0.9 else "holds"


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of a recording, ``[onset_us, offset_us)``.

    Raises
    ------
    LibraryError
        When it starts before zero or has no length, the path or the label is not Unicode, the label is blank, or the
        confidence is not from 0 to 1.
    """

    path: str
    """The recording, as the index has it: a text of ``path_to_text``."""
    onset_us: int
    """When it begins, in microseconds."""
    offset_us: int
    """When it ends, in microseconds; the moment itself is outside."""
    label: str
    """What is heard; for what a search found, the query."""
    confidence: float | None = None
    """How probable it is, 0 to 1; None when nobody said, as with what people labelled."""
    witness: tuple[Witness, ...] = ()
    """For what a search found: the events that show it, clause by clause."""
    verdicts: tuple[Verdict, ...] = ()
    """For what a listener's posteriors were searched for: what it says of each clause, also of what is not heard."""

    def __post_init__(self) -> None:
        where = f"A moment in {self.path!r}"
        if not _is_unicode(self.path):
            raise LibraryError(f"{where}: expected the path as a text of path_to_text.")
        if not 0 <= self.onset_us < self.offset_us:
            raise LibraryError(
                f"{where} must start at zero or later and have a length; got {self.onset_us} to {self.offset_us} us."
            )
        if not one_line(self.label) or not _is_unicode(self.label):
            raise LibraryError(f"{where} needs a label of Unicode text that can be seen; got {self.label!r}.")
        if self.confidence is not None and not 0.0 <= self.confidence <= 1.0:
            raise LibraryError(f"{where}, {self.label!r}: the confidence must be 0 to 1; got {self.confidence!r}.")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where moments came from; what is not known is empty.

    Raises
    ------
    LibraryError
        When something is not Unicode.
    """

    listener: str = ""
    """Name and version of the listener that heard the events."""
    index: str = ""
    """Name and version of the index that was searched."""
    query: str = ""
    """The query, in the text form of a constraint."""

    def __post_init__(self) -> None:
        for text in (self.listener, self.index, self.query):
            if not _is_unicode(text):
                raise LibraryError(f"Expected where moments came from as Unicode text; got {text!r}.")

    def as_dict(self) -> dict[str, str]:
        """Return what is known, with the version of this program."""
        known = {"listener": self.listener, "index": self.index, "query": self.query}
        return {"earwitness": __version__} | {name: value for name, value in known.items() if value}

    def __str__(self) -> str:
        return "; ".join(f"{name} {value}" for name, value in self.as_dict().items())


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def path_to_text(path: str | os.PathLike[str]) -> str:
    r"""Return a path as Unicode text: itself, or a URI with percent signs when its bytes are not UTF-8.

    ``text_to_path`` is the way back. Paths that themselves begin with ``file:`` are written as a URI too, so no two
    paths have one text.

    Examples
    --------
    >>> path_to_text("field/Rotkehlchen 🐦.wav")
    'field/Rotkehlchen 🐦.wav'
    >>> path_to_text("field/na\udcefve.wav")
    'file:field/na%EFve.wav'
    """
    text = os.fspath(path)
    return text if _is_unicode(text) and not text.startswith(_SCHEME) else path_to_uri(text)


def path_to_uri(path: str) -> str:
    """Return a path as a URI of ASCII letters."""
    root = "//" if path.startswith("/") else ""
    return _SCHEME + root + quote(os.fsencode(path))


def text_to_path(text: str) -> str:
    r"""Return the path that a text of ``path_to_text`` stands for.

    Raises
    ------
    LibraryError
        When it holds a NUL, which no file's name does.

    Examples
    --------
    >>> text_to_path("file:field/na%EFve.wav")
    'field/na\udcefve.wav'
    """
    path = text
    if text.startswith(_SCHEME):
        path = os.fsdecode(unquote_to_bytes(text.removeprefix(_SCHEME).removeprefix("//")))
    if "\0" in path:
        raise LibraryError(f"The path {text!r} holds a NUL, so it names no file.")
    return path
