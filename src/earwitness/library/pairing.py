"""Which recording of a library another tool means, by the path or the name that it gives."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from earwitness.errors import LibraryError
from earwitness.library.moments import path_to_text, text_to_path

__all__ = ["Recordings", "Unusable"]


class Unusable(Exception):
    """Why something that another tool wrote cannot be used.

    Parameters
    ----------
    expected
        What should stand there.
    got
        What does.
    """

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(expected, got)
        self.expected = expected
        self.got = got


class Recordings:
    """The recordings of a library, found by what other tools call them.

    Parameters
    ----------
    texts
        Their paths, as texts of ``path_to_text``.
    library
        The folder that these paths start from, for tools that name recordings by their whole path.

    Raises
    ------
    LibraryError
        When a path is not a text of ``path_to_text``.
    """

    def __init__(self, texts: Sequence[str], library: Path | None) -> None:
        self.texts = dict.fromkeys(texts)
        """The paths, each once."""
        self._root = None if library is None else os.path.abspath(library)
        self._names, self._stems = _Ends(), _Ends()
        self._found: dict[tuple[str, tuple[str, ...] | None], str] = {}
        for text in self.texts:
            path = text_to_path(text)
            if path_to_text(path) != text:
                raise LibraryError(f"Expected paths as texts of path_to_text; got {text!r}.")
            if self._root and os.path.isabs(path):
                path = os.path.relpath(path, self._root)
            parts = PurePath(path).parts
            if parts:
                folders = tuple(part for part in parts[:-1] if part not in (os.sep, ".", ".."))
                self._names.add(folders, parts[-1], text)
                self._stems.add(folders, PurePath(parts[-1]).stem, text)

    def folders_of(self, file: Path, within: Path) -> tuple[str, ...]:
        """Return the folders that a file lies in: from the library on, or else from the folder ``within`` on."""
        whole, start = os.path.abspath(file), os.path.abspath(within)
        if self._root and whole.startswith(os.path.join(self._root, "")):
            start = self._root
        return PurePath(os.path.relpath(whole, start)).parts[:-1]

    def of_path(self, text: str) -> str:
        """Return the recording that a table names by its path, perhaps on another machine.

        Raises
        ------
        Unusable
            When it is none of the recordings, or may be several.
        """
        return text if text in self.texts else self._named(text, None)

    def of_name(self, text: str, folders: tuple[str, ...]) -> str:
        """Return the recording that a table names by its name alone: of several, the one that lies like the table.

        Raises
        ------
        Unusable
            When it is none of the recordings, or may be several.
        """
        return self._named(text, folders)

    def of_file(self, file: str, folders: tuple[str, ...]) -> str:
        """Return the recording that a file, in these folders, is called like.

        Raises
        ------
        Unusable
            When it is none of the recordings, or may be several.
        """
        prefix = file
        while (prefix := prefix.rpartition(".")[0]) != "":
            for ends in (self._names, self._stems):
                if ends.all(prefix):
                    return _only(ends.nearest(folders, prefix), f"a file called {file!r}")
        return _only([], f"a file called {file!r}")

    def _named(self, text: str, folders: tuple[str, ...] | None) -> str:
        if (text, folders) not in self._found:
            self._found[text, folders] = self._looked_for(text, folders)
        return self._found[text, folders]

    def _looked_for(self, text: str, folders: tuple[str, ...] | None) -> str:
        try:
            path = text_to_path(text)
        except LibraryError as error:
            raise Unusable("the path of a recording", str(error)) from error
        inside = path_to_text(os.path.relpath(path, self._root)) if self._root and os.path.isabs(path) else ""
        if inside in self.texts:
            return inside
        # Tables travel: what was written on Windows has backslashes.
        parts = PurePath(path).parts
        if parts and not self._names.all(parts[-1]):
            parts = tuple(part for part in re.split(r"[\\/]", path) if part)
        if not parts:
            return _only([], repr(text))
        *above, name = parts
        if above or folders is None:
            return _only(self._names.nearest(tuple(above), name), repr(text))
        found = self._names.all(name)
        return _only(found if len(found) == 1 else self._names.alike(folders, name) or found, repr(text))


class _Ends:
    """Paths, found by how they end: in time that does not grow with how many are called alike."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, ...], list[str]] = {}
        self._ends: dict[tuple[str, ...], list[str]] = {}

    def add(self, folders: tuple[str, ...], name: str, text: str) -> None:
        """Put in a path, which stands for a text."""
        path = (*folders, name)
        self._whole.setdefault(path, []).append(text)
        for start in range(len(path)):
            texts = self._ends.setdefault(path[start:], [])
            if len(texts) < 2:  # of more it need only be known that they are several
                texts.append(text)

    def all(self, name: str) -> list[str]:
        """Return what stands for all paths that end in a name, or two of them."""
        return self._ends.get((name,), [])

    def alike(self, folders: tuple[str, ...], name: str) -> list[str]:
        """Return what stands for the paths in the most alike folders: these, or else the last of them."""
        found = self._whole.get((*folders, name), [])
        for start in range(len(folders)):
            found = found or self._ends.get((*folders[start:], name), [])
        return found

    def nearest(self, folders: tuple[str, ...], name: str) -> list[str]:
        """Return the same, but no folders, here or there, are like any."""
        found = self.alike(folders, name) or self._whole.get((name,), [])
        return found if found or folders else self.all(name)


def _only(found: Sequence[str], got: str) -> str:
    if not found:
        raise Unusable("the name of a recording of the library", got)
    if len(found) > 1:
        raise Unusable("the name of one recording", f"{got}, which may be {found[0]!r} or {found[1]!r}")
    return found[0]
