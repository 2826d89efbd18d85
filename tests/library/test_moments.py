from __future__ import annotations

import doctest
import os
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness import __version__
from earwitness.errors import LibraryError
from earwitness.library import exports, moments
from earwitness.library.moments import Moment, Provenance, path_to_text, path_to_uri, text_to_path

# What os.fsdecode gives: bytes that are no UTF-8 are lone surrogates.
PATHS = st.binary(min_size=1, max_size=12).filter(lambda name: b"\0" not in name).map(os.fsdecode)


@given(path=PATHS | st.sampled_from(["file:a", "file:///a", "//a", "/ä", "a%20b", "na\udcefve.wav", "/\udcff"]))
def test_a_path_and_its_text_are_one(path: str) -> None:
    text = path_to_text(path)
    text.encode()
    assert text_to_path(text) == path
    assert text_to_path(path_to_uri(path)) == path


def test_ordinary_paths_are_their_own_text() -> None:
    assert path_to_text("a b/Grünspecht 🐦\n%41.wav") == "a b/Grünspecht 🐦\n%41.wav"
    assert text_to_path("file:///home/a%20b.wav") == "/home/a b.wav"


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(LibraryError, match="'file:a%00b' holds a NUL"):
        text_to_path("file:a%00b")


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"onset_us": -1}, "must start at zero or later and have a length; got -1 to 2 us"),
        ({"offset_us": 1}, "must start at zero or later and have a length; got 1 to 1 us"),
        ({"path": "\udcff.wav"}, r"A moment in '\\udcff\.wav': expected the path as a text of path_to_text"),
        ({"label": ""}, "needs a label of Unicode text that can be seen; got ''"),
        ({"label": "\t\0"}, "needs a label"),
        ({"label": "\udcff"}, "needs a label"),
        ({"confidence": 1.5}, "confidence must be 0 to 1; got 1.5"),
        ({"confidence": float("nan")}, "confidence must be 0 to 1; got nan"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(changed: dict[str, object], match: str) -> None:
    with pytest.raises(LibraryError, match=match):
        Moment(**{"path": "a.wav", "onset_us": 1, "offset_us": 2, "label": "dog", **changed})


def test_provenance_is_text() -> None:
    with pytest.raises(LibraryError, match="came from as Unicode text"):
        Provenance(index="\udcff")


def test_provenance_says_what_is_known() -> None:
    assert Provenance().as_dict() == {"earwitness": __version__}
    assert str(Provenance(listener="yamnet 1", query="present(dog)")) == (
        f"earwitness {__version__}; listener yamnet 1; query present(dog)"
    )


@pytest.mark.parametrize("module", [moments, exports])
def test_the_examples_are_true(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
