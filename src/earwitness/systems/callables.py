"""A user's own model: ``python:MODULE:NAME``.

MODULE is importable from the working directory, or the path of a Python file (``./my_model.py``). NAME is one of

- a function ``(texts, clips) -> scores``;
- an object, or a class that is made without arguments, with a method ``scores(texts, clips)``;
- the same with the methods ``embed_texts(texts)`` and ``embed_audio(audio, sample_rate)``.

What the module needs from its own folder it imports at its top: the folder is only importable meanwhile. The model may
say more of itself in the attributes ``paradigm`` (one of ``base.PARADIGMS``), ``n_parameters``,
``whole_corpus``, ``version`` and ``details``, which end in the results.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, NoReturn

import numpy as np

from earwitness.errors import EarwitnessError, SystemFault
from earwitness.records import sha256_of_bytes, sha256_of_file
from earwitness.systems.base import PARADIGMS, About, Clips, Retriever, Scores, System
from earwitness.systems.embedding import EmbeddingCache, EmbeddingRetriever

__all__ = ["Loaded", "about_loaded", "flag", "load", "python_system"]

_EXPECTED = (
    "a function of (texts, clips), or an object or a class made without arguments that has the method "
    "'scores(texts, clips)', or both 'embed_texts(texts)' and 'embed_audio(audio, sample_rate)'"
)


def python_system(argument: str, *, embeddings: Path | None = None) -> System:
    """Return the system that a Python module holds.

    Parameters
    ----------
    argument
        ``MODULE:NAME``.
    embeddings
        The folder in which an embedder's vectors are kept; None keeps them in memory only.

    Raises
    ------
    SystemFault
        When the module cannot be imported, has no such name, or that is no model; saying what was expected.
    """
    loaded = load(argument, expected=_EXPECTED)
    model, spec = loaded.model, loaded.spec
    asked = _asked(model, spec)
    retriever: Retriever = (
        EmbeddingRetriever(model, f"{spec}\n{loaded.version}", EmbeddingCache(embeddings))
        if asked is None
        else _Asked(asked, spec)
    )
    about = about_loaded(loaded)
    return System(about, retriever, flag(loaded, "whole_corpus"))


class Loaded(NamedTuple):
    """What a user's module holds under a name."""

    model: Any
    """The object; of a class, one that was made without arguments."""
    name: str
    """Its name there."""
    spec: str
    """``python:MODULE:NAME``."""
    source: str
    """The SHA-256 of the module's file."""

    @property
    def version(self) -> str:
        """The SHA-256 of the module's file, and what the object says of its own version."""
        return ", ".join(filter(None, (self.source, _text(self.model, "version", self.spec))))


def load(argument: str, *, expected: str) -> Loaded:
    """Import a user's module and take from it what is named.

    Parameters
    ----------
    argument
        ``MODULE:NAME``.
    expected
        What the name should stand for, in words.

    Raises
    ------
    SystemFault
        When the module cannot be imported, or has no such name.
    """
    where, _, name = argument.rpartition(":")
    spec = f"python:{argument}"
    if not where or not name:
        raise SystemFault(f"'{spec}' must name a module and what is in it: python:MODULE:NAME.")
    module = _module(where)
    if not hasattr(module, name):
        public = [each for each, value in vars(module).items() if callable(value) and not each.startswith("_")]
        near = get_close_matches(name, public, n=1)
        advice = f" Did you mean '{near[0]}'?" if near else ""
        raise SystemFault(f"'{where}' has no '{name}'; expected {expected}.{advice}")
    model = getattr(module, name)
    if inspect.isclass(model):
        model = _made(model, f"{where}:{name}")
    return Loaded(model, name, spec, _source_sha256(module))


def about_loaded(loaded: Loaded) -> About:
    """Return what is recorded of a user's own model, with what it says of itself.

    Raises
    ------
    SystemFault
        When one of its attributes says what it cannot mean.
    """
    model, spec = loaded.model, loaded.spec
    paradigm = getattr(model, "paradigm", "other")
    if paradigm not in PARADIGMS:
        _refuse(spec, "paradigm", f"one of {', '.join(PARADIGMS)}", paradigm)
    return About(
        name=loaded.name,
        spec=spec,
        paradigm=paradigm,
        reference=paradigm == "reference",
        version=loaded.version,
        n_parameters=_n_parameters(model, spec),
        details=_details(model, spec),
    )


def flag(loaded: Loaded, attribute: str) -> bool:
    """Return an attribute of a user's model that is True or False, and False where there is none.

    Raises
    ------
    SystemFault
        When it is neither.
    """
    value = getattr(loaded.model, attribute, False)
    if not isinstance(value, bool):
        _refuse(loaded.spec, attribute, "True or False", value)
    return value


# --- import ---


def _module(where: str) -> ModuleType:
    """Import a module by its name or its path; whatever it raises is told with its name."""
    by_path = where.endswith(".py") or "/" in where
    try:
        return _from_file(Path(where)) if by_path else _by_name(where)
    except EarwitnessError:
        raise
    except ModuleNotFoundError as error:
        if not by_path and error.name is not None and f"{where}.".startswith(f"{error.name}."):
            raise SystemFault(
                f"There is no module '{where}' in '{Path.cwd()}' or among the installed packages; "
                "a file is named by its path, for instance python:./my_model.py:NAME."
            ) from error
        raise SystemFault(f"'{where}' cannot be imported: it needs the module '{error.name}'.") from error
    except (Exception, SystemExit) as error:
        raise SystemFault(f"'{where}' cannot be imported: {type(error).__name__}: {error}") from error


def _by_name(name: str) -> ModuleType:
    with _importable(Path.cwd()):
        return importlib.import_module(name)


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise SystemFault(f"There is no Python file '{path}'.")
    # The name is the contents', so a file is run once however often it is named, and again when it has changed.
    name = f"_earwitness_{sha256_of_bytes(str(path.resolve()).encode())[:16]}_{sha256_of_file(path)[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise SystemFault(f"'{path}' must be a Python file, with a name that ends in .py.")
    module = importlib.util.module_from_spec(found)
    # Dataclasses and pickle look a class's module up there.
    sys.modules[name] = module
    try:
        with _importable(path.resolve().parent):
            found.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules be imported from a folder for a while."""
    entry = str(folder)
    sys.path.insert(0, entry)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if entry in sys.path:
            sys.path.remove(entry)


def _source_sha256(module: ModuleType) -> str:
    """Return the SHA-256 of a module's own file; a module without one is named."""
    path = getattr(module, "__file__", None)
    return sha256_of_file(Path(path)) if path else f"module {module.__name__}"


# --- what it is ---


def _made(model: type, who: str) -> Any:
    try:
        return model()
    except EarwitnessError:
        raise
    except (Exception, SystemExit) as error:
        raise SystemFault(
            f"The class '{who}' cannot be made without arguments: {type(error).__name__}: {error}"
        ) from error


def _asked(model: Any, spec: str) -> Callable[..., object] | None:
    """Return the function that gives a model's scores, None where it is an embedder."""
    if callable(getattr(model, "scores", None)):
        _check_takes(model.scores, spec, ("texts", "clips"), what="scores")
        scores: Callable[..., object] = model.scores
        return scores
    embeds = [name for name in ("embed_texts", "embed_audio") if callable(getattr(model, name, None))]
    if len(embeds) == 2:
        _check_takes(model.embed_texts, spec, ("texts",), what="embed_texts")
        _check_takes(model.embed_audio, spec, ("audio", "sample_rate"), what="embed_audio")
        return None
    if embeds:
        lacking = "embed_audio" if embeds == ["embed_texts"] else "embed_texts"
        raise SystemFault(f"'{spec}' has '{embeds[0]}' and lacks '{lacking}'; an embedder needs both.")
    if not callable(model):
        raise SystemFault(f"'{spec}' is {type(model).__name__} {str(model)[:60]!r}; expected {_EXPECTED}.")
    _check_takes(model, spec, ("texts", "clips"), what="it")
    function: Callable[..., object] = model
    return function


def _check_takes(function: Callable[..., object], spec: str, arguments: tuple[str, ...], *, what: str) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        # Something that is written in C need not tell.
        return
    try:
        signature.bind(*arguments)
    except TypeError as error:
        raise SystemFault(
            f"'{spec}': {what} must take ({', '.join(arguments)}) by position; it takes {signature}: {error}."
        ) from error


class _Asked:
    """A user's function, whose answers are checked for their shape."""

    def __init__(self, function: Callable[[Sequence[str], Clips], object], spec: str) -> None:
        self._function = function
        self._spec = spec

    def scores(self, texts: Sequence[str], clips: Clips) -> Scores:
        given: Any = self._function(texts, clips)
        shape = (len(texts), len(clips))
        expected = f"scores of shape {shape}, a row for each text and a column for each clip"
        try:
            scores = np.asarray(given)
        except (ValueError, TypeError, RuntimeError) as error:
            raise SystemFault(
                f"'{self._spec}' must return {expected}; got {type(given).__name__}, of which no array can be made: "
                f"{error}"
            ) from error
        if scores.shape != shape or scores.dtype.kind not in "fiu":
            raise SystemFault(f"'{self._spec}' must return {expected}; got {scores.dtype} of shape {scores.shape}.")
        with np.errstate(over="ignore"):
            return np.ascontiguousarray(scores, dtype=np.float32)


# --- what it says of itself ---


def _refuse(spec: str, attribute: str, expected: str, got: object) -> NoReturn:
    raise SystemFault(f"'{spec}': its attribute '{attribute}' must be {expected}; got {str(got)[:80]!r}.")


def _text(model: Any, attribute: str, spec: str) -> str:
    value = getattr(model, attribute, "")
    if not isinstance(value, str):
        _refuse(spec, attribute, "a text", value)
    return value


def _n_parameters(model: Any, spec: str) -> int | None:
    value = getattr(model, "n_parameters", None)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        _refuse(spec, "n_parameters", "a whole number above zero, or None", value)
    return value


def _details(model: Any, spec: str) -> dict[str, Any]:
    value = getattr(model, "details", {})
    if not isinstance(value, Mapping):
        _refuse(spec, "details", "a mapping", value)
    try:
        details: dict[str, Any] = json.loads(json.dumps(dict(value), allow_nan=False))
    except (TypeError, ValueError) as error:
        _refuse(spec, "details", f"what JSON can hold ({error})", value)
    return details
