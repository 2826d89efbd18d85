"""Text inside of an SQL statement: data, whatever it holds."""

from __future__ import annotations

from earwitness.errors import LibraryError

__all__ = ["quoted_text"]


def quoted_text(text: str) -> str:
    """Return text, such as a label or a path, as a string literal.

    Raises
    ------
    LibraryError
        When it cannot be written in UTF-8.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise LibraryError(f"A label must be text that UTF-8 can hold; got {text!r}.") from error
    # Many tools take a zero character for the end of the statement.
    parts = ["'" + part.replace("'", "''") + "'" for part in text.split("\0")]
    return parts[0] if len(parts) == 1 else f"({' || CHR(0) || '.join(parts)})"
