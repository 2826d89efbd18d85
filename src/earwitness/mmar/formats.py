"""The files that predictions come in, read into rows of one kind. Nothing of a prediction is run, opened or looked up.

What is read:

``mmar``
    What MMAR's own script scores: JSONL, or one JSON list, of MMAR's rows with ``answer_prediction``, and where it
    is, ``thinking_prediction``.
``mmau``
    What MMAU's own script scores: the same with ``model_output``, or ``model_prediction`` as its README says.
``rows``
    The same with the answer as ``prediction``, ``response``, ``output``, ``pred`` or ``model_answer``, or with the
    field that is named; or one JSON object that gives each id its answer.
``lmms-eval``
    The samples of ``--log_samples``: JSONL with ``doc_id``, the answer as ``resps``, or ``filtered_resps`` where both
    are alike; with ``doc`` in old files, which may be one JSON object with ``logs``, and without in new ones, where a
    measure's own object may hold the id.
``ultraeval``
    UltraEval-Audio's log: JSONL with ``type``, ``id`` and ``data``, a line for every step of every question.
``csv``
    A table with a header: an ``id`` and one of the fields above; commas, semicolons or tabs, whichever gives those. An
    empty cell is no answer.

Text is UTF-8, or UTF-16 that begins with its mark. Some tools write the text of an error where an answer belongs:
``[LMMS_EVAL_REQUEST_FAILED ...``, ``[ERROR] ...``. Those are errors in every format.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from earwitness.errors import PredictionsError
from earwitness.mmar.marking import Prediction

__all__ = ["FORMATS", "Found", "Row", "read_rows"]

FORMATS: Mapping[str, str] = {
    "mmar": "JSONL or JSON with answer_prediction, as MMAR's own script wants it",
    "mmau": "JSONL or JSON with model_output or model_prediction, as MMAU's own script wants it",
    "rows": "JSONL or JSON with prediction, response, output, pred or model_answer, or the field that --field names",
    "lmms-eval": "the samples that lmms-eval logs: JSONL with doc_id and resps or filtered_resps",
    "ultraeval": "the log of UltraEval-Audio: JSONL with type, id and data",
    "inspect": "a log of Inspect AI: .eval",
    "csv": "a table with a header, an id and one of those fields",
}
"""The formats, with what each is."""

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "mmar": ("answer_prediction",),
    "mmau": ("model_output", "model_prediction"),
    "rows": ("prediction", "response", "output", "pred", "model_answer"),
}
_ANSWERS = tuple(field for fields in _FIELDS.values() for field in fields)
_THOUGHT = ("thinking_prediction", "reasoning", "reasoning_content")
_FAILED = re.compile(r"\s*\[(LMMS_EVAL_REQUEST_FAILED\b|ERROR\])")
_DELIMITERS = ",;\t"
_SHOWN = 200  # characters of an error that are kept


@dataclass(frozen=True)
class Row:
    """One prediction of a file, and what the file says of the item that it belongs to."""

    where: str
    """Where it stands, for instance ``"line 3"``."""
    prediction: Prediction
    """What the model gave back."""
    id: str | None = None
    """The item, by its id."""
    place: int | None = None
    """The item, by its place in the data set that the tool had, from 0."""
    question: str = ""
    """The item's question."""
    choices: tuple[str, ...] = ()
    """The choices in the order in which they were shown, perhaps with their letters."""
    prompt: str = ""
    """What the model was told."""
    gold: str = ""
    """What the file takes for the right answer: a choice, or its letter."""


class Found(NamedTuple):
    """What a file holds."""

    format: str
    """Which of the ``FORMATS`` it has."""
    rows: tuple[Row, ...]
    """In the order of the file."""
    notes: tuple[str, ...]
    """What its reader should be told."""


class _Record(NamedTuple):
    where: str
    fields: Mapping[str, Any]


def read_rows(path: Path, *, format: str | None = None, field: str | None = None) -> Found:
    """Read the predictions of a text file.

    Parameters
    ----------
    path
        The file.
    format
        One of the ``FORMATS`` except ``inspect``; None: told from its fields.
    field
        The field that holds the answer, for the formats that are rows; None: the ones that those formats have.

    Raises
    ------
    PredictionsError
        When it cannot be read, naming the line; or is of none of the formats, naming the fields that it has.
    """
    text = _decoded(path)
    if not text.strip():
        raise PredictionsError(f"'{path}' is empty: expected predictions.")
    notes: list[str] = []
    looks_like_json = text.lstrip()[0] in "[{"
    if format == "csv" or (format is None and not looks_like_json):
        records = list(_table(path, text, field))
    else:
        records = _objects(path, text, notes)
    names = list(dict.fromkeys(name for record in records for name in record.fields))
    kind = format or ("csv" if not looks_like_json else _recognised(path, names, field))
    if kind == "lmms-eval":
        rows = [_of_lmms_eval(record) for record in _having(records, "doc_id", kind)]
    elif kind == "ultraeval":
        rows = _of_ultraeval(records)
    else:
        answer = field or next((name for name in _FIELDS.get(kind, _ANSWERS) if name in names), None)
        if answer is None or answer not in names:
            wanted = repr(field) if field else " or ".join(_FIELDS.get(kind, _ANSWERS))
            raise PredictionsError(f"'{path}': expected answers as {wanted}; its fields are {_listed(names)}.")
        others = [name for name in _ANSWERS if name in names and name != answer]
        if others:
            notes.append(f"the answers were read from '{answer}', and not from {_listed(others)}")
        rows = [_of_record(record, answer) for record in records]
    if not rows:
        raise PredictionsError(f"'{path}' holds no predictions.")
    return Found(kind, tuple(rows), tuple(notes))


def _recognised(path: Path, names: Sequence[str], field: str | None) -> str:
    """Return the format that rows with these fields have."""
    if field is not None:
        return "rows"
    if "doc_id" in names and ("resps" in names or "filtered_resps" in names):
        return "lmms-eval"
    for kind, fields in _FIELDS.items():
        if any(name in names for name in fields):
            return kind
    if {"type", "id", "data"} <= set(names):
        return "ultraeval"
    raise PredictionsError(
        f"'{path}' has none of the formats that are read; its fields are {_listed(names)}. Expected the answer as one "
        f"of {', '.join(_ANSWERS)}, or doc_id with resps (lmms-eval), or type, id and data (UltraEval-Audio); or name "
        "the field with --field."
    )


def _decoded(path: Path) -> str:
    """Return a file's text, or say at which line it is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PredictionsError(f"Cannot read '{path}': {error.strerror or error}.") from error
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise PredictionsError(f"'{path}' is UTF-32: save it as UTF-8.")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if wide else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        # Without the mark that the decoder has taken off.
        read, bad = error.object[: error.start], error.object[error.start]
        text = read.decode("utf-16" if wide else "utf-8")
        if error.end == len(error.object) and text.lstrip().startswith("{"):
            return text  # a line of JSON, torn off within a letter: its reader finds it torn
        name = "UTF-16" if wide else "UTF-8"
        raise PredictionsError(
            f"'{path}', line {text.count(chr(10)) + 1}: not {name} (the byte 0x{bad:02x} cannot stand there). Save the "
            "file as UTF-8; if it was put together from several files, one of them has another encoding."
        ) from error


def _objects(path: Path, text: str, notes: list[str]) -> list[_Record]:
    """Return the objects of JSON, or of JSON lines of which the last may be torn."""
    if text.lstrip().startswith("["):
        rows = _json(text, f"'{path}'")
        return [_record(f"item {number}", row, path) for number, row in enumerate(rows, start=1)]
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    whole = _one_object(text) if len(lines) > 1 and not _is_json(lines[0][1]) else None
    if whole is not None or len(lines) == 1:
        where = "its object" if whole is not None else f"line {lines[0][0]}"
        value = _json(text, f"'{path}', {where}") if whole is None else whole
        return [_record(where, each, path) for each in _of_mapping(value)]
    records: list[_Record] = []
    for number, line in lines:
        where = f"line {number}"
        if (number, line) == lines[-1] and not _is_json(line):
            notes.append(f"{where}, the last, is torn off and was left out: {line.strip()[:40]!r}")
            break
        records.append(_record(where, _json(line, f"'{path}', {where}"), path))
    return records


def _of_mapping(value: Any) -> Iterator[Any]:
    """Yield the rows of an object: itself, unless it holds lmms-eval's logs, or gives each id its answer."""
    known = {"id", "doc_id", "type", *_ANSWERS}
    if isinstance(value, dict) and isinstance(value.get("logs"), list):
        yield from value["logs"]
    elif (
        isinstance(value, dict) and value and not known & set(value) and all(isinstance(v, str) for v in value.values())
    ):
        yield from ({"id": name, "prediction": answer} for name, answer in value.items())
    else:
        yield value


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PredictionsError(f"{where}: not JSON: {error}.") from error


def _one_object(text: str) -> Any:
    return json.loads(text) if _is_json(text) else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _record(where: str, value: Any, path: Path) -> _Record:
    if not isinstance(value, dict):
        raise PredictionsError(f"'{path}', {where}: expected an object; got {type(value).__name__}.")
    return _Record(f"'{path}', {where}", value)


def _table(path: Path, text: str, field: str | None) -> Iterator[_Record]:
    """Yield the rows of a table with a header."""
    first = text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    wanted = (field,) if field else _ANSWERS
    for delimiter in _DELIMITERS:
        head = _header(first, delimiter)
        if "id" in head and any(name in head for name in wanted):
            break
    else:
        raise PredictionsError(
            f"'{path}' is neither JSON nor a table whose first line names an id and {' or '.join(wanted)}, between "
            f"commas, semicolons or tabs; it begins with {first[:120]!r}."
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        next(reader)
        for row in reader:
            where = f"'{path}', line {reader.line_num}"
            if not row:
                continue
            if len(row) != len(head):
                raise PredictionsError(f"{where}: expected {len(head)} columns, as the header has; got {len(row)}.")
            # An empty cell is what tools write for nothing.
            yield _Record(where, {name: cell or None for name, cell in zip(head, row, strict=True)})
    except csv.Error as error:
        raise PredictionsError(f"'{path}', line {reader.line_num}: not a table: {error}.") from error


def _header(line: str, delimiter: str) -> list[str]:
    """Return the names of a table's columns, none where the line cannot be a header."""
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []
    return ["id" if name.lower() == "id" else name for name in names]


def _having(records: Sequence[_Record], name: str, kind: str) -> Sequence[_Record]:
    """Return records, each of which must have a field."""
    for record in records:
        if name not in record.fields:
            names = _listed(list(record.fields))
            raise PredictionsError(f"{record.where}: expected a row of {kind}, with {name!r}; its fields are {names}.")
    return records


def _of_record(record: _Record, answer: str) -> Row:
    """Return a row of a benchmark's own format."""
    fields = record.fields
    text = _optional(record, answer)
    thought = next((_optional(record, name) for name in _THOUGHT if name in fields), None)
    error = fields.get("error")
    failed = _shortened(error) if not (text or "").strip() and isinstance(error, str | dict) and error else ""
    return Row(
        where=record.where,
        prediction=_prediction(text, error=failed, reasoning=thought or ""),
        id=_name(fields.get("id")),
        question=_as_text(fields.get("question")),
        choices=_as_texts(fields.get("choices")),
        gold=_as_text(fields.get("answer")),
    )


def _of_lmms_eval(record: _Record) -> Row:
    """Return a sample of lmms-eval."""
    fields = record.fields
    doc = fields["doc"] if isinstance(fields.get("doc"), dict) else {}
    measured = [value["id"] for value in fields.values() if isinstance(value, dict) and "id" in value and value != doc]
    place = fields["doc_id"]
    named = _name(doc.get("id")) or next(filter(None, map(_name, measured)), None)
    given = fields.get("resps", fields.get("filtered_resps"))
    texts = list(_leaves(given))
    if len(set(texts)) > 1:
        raise PredictionsError(f"{record.where}: {len(texts)} different answers to one question; expected one.")
    if not all(isinstance(text, str) for text in texts):
        raise PredictionsError(f"{record.where}: expected a text as the answer; got {texts[0]!r}.")
    return Row(
        where=record.where,
        prediction=_prediction(texts[0] if texts else None),
        id=named if named or isinstance(place, int) else _name(place),
        place=place if isinstance(place, int) else None,
        question=_as_text(doc.get("question")),
        choices=_as_texts(doc.get("choices")),
        prompt="\n".join(
            each for each in _leaves(fields.get("input", fields.get("arguments"))) if isinstance(each, str)
        ),
        gold=_as_text(fields.get("target")),
    )


def _of_ultraeval(records: Sequence[_Record]) -> list[Row]:
    """Return what UltraEval-Audio logged, the steps of each question put together."""
    steps: dict[Any, dict[str, Any]] = {}
    places: dict[Any, str] = {}
    for record in _having(_having(records, "type", "ultraeval"), "id", "ultraeval"):
        number, kind, data = record.fields["id"], record.fields["type"], record.fields.get("data")
        if not isinstance(number, int | str) or not isinstance(kind, str):
            raise PredictionsError(f"{record.where}: expected an id and a type; got {number!r} and {kind!r}.")
        of_number = steps.setdefault(number, {})
        content = data.get("content") if isinstance(data, dict) else None
        if kind == "inference" and kind in of_number and of_number[kind] != content:
            raise PredictionsError(f"{record.where}: another answer to question {number!r} than {places[number]} has.")
        of_number[kind] = data if kind in ("eval", "error") else content
        places.setdefault(number, record.where)
    return [_of_steps(number, each, places[number]) for number, each in steps.items()]


def _of_steps(number: Any, steps: Mapping[str, Any], where: str) -> Row:
    answer = steps.get("inference")
    # Models that speak as well give an object, some as text.
    if isinstance(answer, str) and answer.lstrip().startswith("{") and _is_json(answer):
        spoken = json.loads(answer)
        answer = spoken["text"] if isinstance(spoken.get("text"), str) else answer
    elif isinstance(answer, dict):
        answer = answer.get("text")
    failure = steps["error"].get("info") if isinstance(steps.get("error"), dict) else steps.get("error")
    lines = str(failure).strip().splitlines()
    scored = steps.get("eval")
    place = int(number) if isinstance(number, int) or str(number).isdecimal() else None
    return Row(
        where=where,
        prediction=_prediction(
            answer if isinstance(answer, str) else None,
            error="" if isinstance(answer, str) or "error" not in steps else (lines[-1] if lines else "an error"),
        ),
        id=None if place is not None else _name(number),
        place=place,
        prompt=_joined(steps.get("prompt")),
        gold=_as_text(scored.get("ref")) if isinstance(scored, dict) else "",
    )


def _prediction(text: str | None, *, error: str = "", reasoning: str = "") -> Prediction:
    """Return a prediction; the text of an error is not an answer."""
    if text is not None and _FAILED.match(text):
        return Prediction(None, error=_shortened(text.strip()), reasoning=reasoning)
    return Prediction(None if error else text, error=error, reasoning=reasoning)


def _shortened(error: Any) -> str:
    return (error if isinstance(error, str) else json.dumps(error, ensure_ascii=False))[:_SHOWN]


def _optional(record: _Record, name: str) -> str | None:
    value = record.fields.get(name)
    if value is not None and not isinstance(value, str):
        raise PredictionsError(f"{record.where}: expected a text as {name!r}; got {value!r}.")
    return value


def _name(value: Any) -> str | None:
    """Return an id as text; numbers are ids in some files."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _as_texts(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else ()


def _joined(prompt: Any) -> str:
    """Return the texts of a prompt that may be a list of messages and of their parts."""
    return "\n".join(each for each in _leaves(prompt) if isinstance(each, str))


def _leaves(value: Any) -> Iterator[Any]:
    """Yield what lists and objects hold at their ends."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    elif value is not None:
        yield value


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")
