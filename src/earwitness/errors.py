"""Everything that Earwitness raises on purpose.

::

    EarwitnessError
    ├── LogicError            a thing that cannot be said or meant
    │   ├── EventError        an event without length, or before time zero
    │   ├── ConstraintError   constraint text or tree that is malformed
    │   ├── WordingError      a constraint for which there is no English
    │   └── ReadingError      English that cannot be read into one constraint
    ├── SoundsError
    │   ├── AudioError        one recording that cannot be used, with the reason
    │   └── BankError         a folder of recordings that cannot be used
    ├── RecipeError           a recipe that is malformed, or asks for more than the bank can give
    ├── BenchmarkError        a benchmark folder that is unfinished, damaged or of another kind
    ├── ListenError           a model that cannot be had, or that cannot hear what it is given
    ├── SystemFault           a system that cannot be opened, or gives what cannot be scored
    ├── AnswerError           a model that was asked and gave no answer, with the reason
    ├── PredictionsError      a file of predictions that cannot be scored
    ├── RunError              a run folder that is damaged, or of another benchmark
    ├── MeasureError          the name of a measure that there is not
    ├── LibraryError          an index that cannot be used, or a search of it that cannot be made
    ├── OutputError           a result that cannot be written where it was asked for
    └── MissingExtra          a package that is only needed for this is not installed

A message says what, where, what was expected and what came. The command line prints it and exits with 2.
"""

from __future__ import annotations

import importlib
from types import ModuleType

__all__ = [
    "AnswerError",
    "AudioError",
    "BankError",
    "BenchmarkError",
    "ConstraintError",
    "EarwitnessError",
    "EventError",
    "LibraryError",
    "ListenError",
    "LogicError",
    "MeasureError",
    "MissingExtra",
    "OutputError",
    "PredictionsError",
    "ReadingError",
    "RecipeError",
    "RunError",
    "SoundsError",
    "SystemFault",
    "WordingError",
    "import_extra",
]


class EarwitnessError(Exception):
    """Anything that Earwitness raises on purpose."""


class LogicError(EarwitnessError, ValueError):
    """A thing that cannot be said or meant."""


class EventError(LogicError):
    """An event without length, without label, or before time zero."""


class ConstraintError(LogicError):
    """Constraint text or a constraint tree that is malformed."""


class WordingError(LogicError):
    """A constraint for which there is no English."""


class ReadingError(LogicError):
    """English that cannot be read into exactly one constraint."""


class SoundsError(EarwitnessError):
    """Recordings that cannot be used."""


class AudioError(SoundsError):
    """One recording that cannot be used.

    Parameters
    ----------
    reason
        A short word for the report's table: ``"not decodable"``, ``"silent"``, ``"too short"`` ...
    detail
        What was found, where, and what was expected.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[AudioError], tuple[str, str]]:
        """Pickle by both arguments: worker processes send these back."""
        return AudioError, (self.reason, self.detail)


class BankError(SoundsError):
    """A folder of recordings that cannot be used as a sound bank."""


class RecipeError(EarwitnessError):
    """A recipe that is malformed, or that asks for more than the bank can give."""


class BenchmarkError(EarwitnessError):
    """A benchmark folder that is unfinished, damaged or of another kind."""


class ListenError(EarwitnessError):
    """A model that listens which cannot be had or used, or samples that it cannot hear."""


class SystemFault(EarwitnessError):
    """A system that cannot be opened, or that gives what cannot be scored."""


class AnswerError(EarwitnessError):
    """A model that was asked and gave no answer.

    Parameters
    ----------
    kind
        A short word to count by: ``"timeout"``, ``"server"``, ``"refused"`` ...
    detail
        What happened, where, and what was expected; without any key.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail

    def __reduce__(self) -> tuple[type[AnswerError], tuple[str, str]]:
        """Pickle by both arguments."""
        return AnswerError, (self.kind, self.detail)


class PredictionsError(EarwitnessError):
    """A file of predictions that cannot be scored."""


class RunError(EarwitnessError):
    """A run folder that is damaged, or that belongs to another benchmark."""


class MeasureError(EarwitnessError, ValueError):
    """The name of a measure that there is not."""


class LibraryError(EarwitnessError):
    """An index of recordings that cannot be used, or a search of it that cannot be made."""


class OutputError(EarwitnessError):
    """A result that cannot be written where it was asked for."""


class MissingExtra(EarwitnessError, ImportError):
    """A package that is needed for this feature only is not installed."""


def import_extra(module: str, *, extra: str, feature: str) -> ModuleType:
    """Import a package of an optional extra, or say how to install it.

    Parameters
    ----------
    module
        The module's full name.
    extra
        The extra of this package that brings it.
    feature
        What it is needed for, as a noun phrase.

    Raises
    ------
    MissingExtra
        When the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(
            f"{feature} needs the package '{module.partition('.')[0]}': pip install 'earwitness[{extra}]'"
        ) from error
