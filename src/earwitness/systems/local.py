"""A user's own model that answers questions: ``python:MODULE:NAME``.

MODULE is importable from the working directory, or the path of a Python file (``./my_model.py``). NAME is a function,
or an object, or a class made without arguments, with a method ``answer``. It is called with those of these arguments
that it names:

``text``         all that the model is told in words; it must name this one
``audio``        the recording's samples, float32, shape (n, channels), full scale at 1; None where there is none
``sample_rate``  samples a second; None where there is no recording
``wav``          the whole WAV file as bytes, or None
``path``         the path of that file, which is gone after the answer, or None

It returns the answer as text, or ``{"text": ..., "reasoning": ...}``, or a ``Reply``. What it raises is no answer. One
thread asks it at a time, unless it has the attribute ``parallel = True``.
"""

from __future__ import annotations

import inspect
import io
import os
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from earwitness.errors import AnswerError, SystemFault
from earwitness.systems.addresses import hidden, keys_in_use
from earwitness.systems.answerer import FAULTS, Question, Reply
from earwitness.systems.callables import about_loaded, flag, load

__all__ = ["ARGUMENTS", "LocalAnswerer"]

ARGUMENTS = ("text", "audio", "sample_rate", "wav", "path")
"""What a user's function may ask for by name."""

_EXPECTED = (
    "a function, or an object or a class made without arguments with a method 'answer', that takes 'text' and those of "
    "'audio', 'sample_rate', 'wav' and 'path' that it needs"
)
_MOST_SHOWN = 300


class LocalAnswerer:
    """A user's own model.

    Parameters
    ----------
    argument
        ``MODULE:NAME``.

    Raises
    ------
    SystemFault
        When the module cannot be imported, has no such name, or that cannot be asked; saying what was expected.
    """

    def __init__(self, argument: str) -> None:
        loaded = load(argument, expected=_EXPECTED)
        function = getattr(loaded.model, "answer", None)
        function = function if callable(function) else loaded.model
        if not callable(function):
            got = f"{type(loaded.model).__name__} {str(loaded.model)[:60]!r}"
            raise SystemFault(f"'{loaded.spec}' is {got}; expected {_EXPECTED}.")
        self._function: Callable[..., object] = function
        self._named = _named(function, loaded.spec)
        self._one_at_a_time: AbstractContextManager[Any] = (
            nullcontext() if flag(loaded, "parallel") else threading.Lock()
        )
        self._spec = loaded.spec
        self.about = about_loaded(loaded)

    def answer(self, question: Question) -> Reply:
        """Return what the model says.

        Raises
        ------
        AnswerError
            When it raises, or returns what is no answer, or the recording cannot be decoded.
        """
        given: dict[str, Any] = {"text": question.text, "wav": question.audio}
        if "audio" in self._named or "sample_rate" in self._named:
            given["audio"], given["sample_rate"] = _samples(question.audio)
        path = _written(question.audio) if "path" in self._named else None
        try:
            given["path"] = path
            with self._one_at_a_time:
                said = self._called({name: given[name] for name in self._named})
        finally:
            if path is not None:
                os.unlink(path)
        return self._reply(said)

    def _called(self, arguments: Mapping[str, Any]) -> object:
        try:
            return self._function(**arguments)
        except (Exception, SystemExit) as error:
            if isinstance(error, AnswerError) and error.kind in FAULTS:
                raise
            raise self._raised(error) from error

    def _raised(self, error: BaseException) -> AnswerError:
        """Return what a model raised, with the last of its own lines that was being run."""
        what = traceback.format_exception_only(error)[-1].strip()
        what = what if len(what) <= _MOST_SHOWN else f"{what[:_MOST_SHOWN]}..."
        frames = traceback.extract_tb(error.__traceback__)
        where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if len(frames) > 1 else ""
        return AnswerError("model", hidden(f"'{self._spec}' raised {what}{where}", keys_in_use()))

    def _reply(self, said: object) -> Reply:
        match said:
            case Reply():
                return said
            case str(text):
                return Reply(text)
            case {"text": str(text), **rest} if isinstance(rest.get("reasoning", ""), str):
                return Reply(text, reasoning=str(rest.get("reasoning", "")))
        raise AnswerError(
            "model",
            f"'{self._spec}' must return a text, or {{'text': ..., 'reasoning': ...}}; "
            f"got {type(said).__name__} {hidden(str(said)[:80], keys_in_use())!r}.",
        )


def _named(function: Callable[..., object], spec: str) -> tuple[str, ...]:
    """Return which of ``ARGUMENTS`` a function takes."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ("text", "audio", "sample_rate")  # written in C, which need not tell
    by_name = {each.name: each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
    named = tuple(name for name in ARGUMENTS if name in by_name)
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        named = tuple(dict.fromkeys((*named, "text", "audio", "sample_rate")))
    unmet = [
        each.name
        for each in parameters
        if each.default is each.empty
        and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
        and (each.name not in named or each.kind is each.POSITIONAL_ONLY)
    ]
    if "text" not in named or unmet:
        raise SystemFault(f"'{spec}' takes {inspect.signature(function)}; expected {_EXPECTED}, each by its name.")
    return named


def _samples(wav: bytes | None) -> tuple[Any, int | None]:
    """Return the samples of a recording and their rate."""
    if wav is None:
        return None, None
    # Imported here: a model that reads the file itself does without.
    import soundfile

    try:
        samples, sample_rate = soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AnswerError("audio", f"The recording cannot be decoded: {error}") from error
    return samples, sample_rate


def _written(wav: bytes | None) -> str | None:
    """Write a recording to a file of its own and return its path."""
    if wav is None:
        return None
    handle, path = tempfile.mkstemp(suffix=".wav", prefix="earwitness-")
    with os.fdopen(handle, "wb") as file:
        file.write(wav)
    return path
