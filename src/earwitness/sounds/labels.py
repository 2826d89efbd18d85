"""Labelled times of one recording in the formats of other tools: Audacity's label track, JAMS.

Times are whole microseconds, which both formats hold exactly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from earwitness import __version__

__all__ = ["audacity_track", "jams_annotation", "jams_document", "jams_observation", "one_line", "seconds_text"]

_US_PER_S = 1_000_000
_JAMS_VERSION = "0.3.5"
# Control characters, and what Unicode ends lines and paragraphs with.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    r"""Return a text that can stand in one cell of a line: tabs, line ends and control characters become spaces.

    Examples
    --------
    >>> one_line("dog\tbarks\r\n")
    'dog barks'
    """
    return _BREAKS.sub(" ", text).strip()


def seconds_text(time_us: int) -> str:
    """Return a time in seconds, exactly.

    Examples
    --------
    >>> seconds_text(1_500_000)
    '1.500000'
    """
    return f"{time_us // _US_PER_S}.{time_us % _US_PER_S:06d}"


def audacity_track(events: Iterable[tuple[int, int, str]]) -> str:
    r"""Return events as a label track that Audacity imports: onset, offset, label; no header.

    Parameters
    ----------
    events
        Onset and offset in microseconds, and the label; what would break its line becomes a space.

    Examples
    --------
    >>> audacity_track([(0, 1_500_000, "dog")])
    '0.000000\t1.500000\tdog\n'
    """
    return "".join(
        f"{seconds_text(onset)}\t{seconds_text(offset)}\t{one_line(label)}\n" for onset, offset, label in events
    )


def jams_observation(onset_us: int, offset_us: int, value: object, *, confidence: float | None = 1.0) -> dict[str, Any]:
    """Return one observation of a JAMS annotation; a confidence of None is one that nobody stated."""
    duration_s = (offset_us - onset_us) / _US_PER_S
    return {"time": onset_us / _US_PER_S, "duration": duration_s, "value": value, "confidence": confidence}


def jams_annotation(
    namespace: str,
    observations: Sequence[Mapping[str, Any]],
    *,
    corpus: str,
    duration_us: int,
    sandbox: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return one annotation of a whole recording, made by this program.

    Parameters
    ----------
    namespace
        What the values are, in the words of JAMS.
    observations
        From ``jams_observation``.
    corpus
        What the recording belongs to.
    duration_us
        Length of the recording, in microseconds.
    sandbox
        What JAMS has no field for.
    """
    about = {"corpus": corpus, "annotation_tools": f"earwitness {__version__}", "data_source": "program"}
    return {
        "annotation_metadata": about,
        "time": 0.0,
        "duration": duration_us / _US_PER_S,
        "namespace": namespace,
        "data": list(observations),
        "sandbox": dict(sandbox or {}),
    }


def jams_document(
    annotations: Sequence[Mapping[str, Any]], *, title: str, duration_us: int, identifiers: Mapping[str, str]
) -> str:
    """Return the text of a JAMS file.

    Parameters
    ----------
    annotations
        From ``jams_annotation``.
    title
        The recording's name.
    duration_us
        Its length, in microseconds.
    identifiers
        What else it is known by.
    """
    about = {
        "title": title,
        "duration": duration_us / _US_PER_S,
        "identifiers": dict(identifiers),
        "jams_version": _JAMS_VERSION,
    }
    value = {"annotations": list(annotations), "file_metadata": about, "sandbox": {}}
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"
