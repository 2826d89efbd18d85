"""What people ask a library of recordings, read into a constraint: "glass breaks, then a scream, no music".

Three ways of asking lead to the same constraint:

1. its text form, ``before(dog, horn)``;
2. the sentences that ``logic.wording`` writes, by ``logic.reading``, where the names of the sounds are known;
3. the words that people type, by the grammar of this room.

What was understood is shown as chips, and what was not said and is taken so as notes. What is not understood, cannot
be said, contradicts itself or can be read in two ways is refused, with the nearest readings. A refusal is a
``ReadingError``, as in ``logic.reading``: the words are at fault, and the index is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from earwitness.errors import ConstraintError, ReadingError
from earwitness.library.chips import chips_of, said
from earwitness.library.contradiction import contradiction
from earwitness.library.grammar import LONGEST, Unread, is_one_sound
from earwitness.library.names import Resolve, Resolved
from earwitness.library.question import Question
from earwitness.listen.words import stems
from earwitness.logic.constraint import All, Before, Boolean, Constraint, Not, labels_of, nodes_of, renamed
from earwitness.logic.parsing import parse
from earwitness.logic.reading import Reader, sound_name

__all__ = ["Asked", "QuestionReader", "bounded", "understood"]

_MOST_SHOWN = 200
_MOST_OFFERED = 3
_MOST_NAMED = 2
_MOST_KNOWN = 8
_WIDEST = 4
_LONGEST_MENDED = 500
_DENIES = re.compile(r"\W*(?:(?:and|but)\s+)?(?:without|with no|not?|never|neither|nor|zero)\b.*", re.IGNORECASE)
_TEXT_FORM = re.compile(r"\s*(?:present|absent|before|overlap|during|lasts|longer|count|all|any|not)\(")


@dataclass(frozen=True)
class Asked:
    """A question that was understood."""

    text: str
    """The question as it was asked."""
    constraint: Constraint
    """What it means."""
    chips: tuple[str, ...]
    """Each clause that must hold, in few words: ``"dog before horn"``, ``"no siren anywhere"``."""
    notes: tuple[str, ...] = ()
    """What was not said and is taken so."""
    model: str | None = None
    """The language model that read it; None where the grammar did."""


class _Unknown(Unread):
    """A name that is like none of the index."""


class QuestionReader:
    """Reads questions about the sounds of an index.

    Parameters
    ----------
    resolve
        Says which label a phrase means, such as a ``names.Names``.
    known
        Names that are read as one sound even where they hold words such as "and", and the phrases of the sentences
        that ``logic.wording`` writes: ``names.known``.

    Examples
    --------
    >>> from earwitness.library.names import Names
    >>> names = Names([("dog", "a dog barking"), ("horn", "a car horn"), ("siren", "a siren")])
    >>> asked = QuestionReader(names, known=names.known).read("a dog barks, then a car horn, no sirens")
    >>> str(asked.constraint)
    'all(before(dog, horn), absent(siren))'
    >>> asked.chips
    ('dog before horn', 'no siren anywhere')
    """

    def __init__(self, resolve: Resolve, *, known: Iterable[str] = ()) -> None:
        self._resolve = resolve
        names = [name for name in known if name.strip()]
        self._names = tuple(dict.fromkeys(names))
        self._known = frozenset(map(sound_name, names))
        self._formal = Reader({phrase: phrase for phrase in {" ".join(name.casefold().split()) for name in names}})
        joining = sorted({name for name in names if not is_one_sound(name) and '"' not in name}, key=len, reverse=True)
        either = "|".join(map(re.escape, joining))
        self._joining = re.compile(rf"(?<![\w\"])(?:{either})(?![\w\"])", re.IGNORECASE) if joining else None

    def read(self, text: str, *, within_s: float | None = None) -> Asked:
        """Read one question.

        Parameters
        ----------
        text
            A question in English, or the text form of a constraint.
        within_s
            Where given, sounds in an order are at most so many seconds apart unless the question says a distance
            itself (see :func:`bounded`); the chips and a note tell so.

        Raises
        ------
        ReadingError
            When it is not understood, cannot be said, contradicts itself, can be read in two ways, or names a sound
            that there is not. It says which words, where, and offers the nearest readings.
        """
        try:
            constraint, notes = self._meant(text)
            _check_consistent(constraint, text)
        except Unread as unread:
            known = _some(self._names) if isinstance(unread, _Unknown) else ""
            raise ReadingError(_refusal(text, unread, self._nearest(text, unread)) + known) from None
        return understood(text, constraint, notes=notes, within_s=within_s)

    def _meant(self, text: str) -> tuple[Constraint, list[str]]:
        """Return what a question means, with its notes."""
        wrong: ConstraintError | None = None
        if len(text) <= LONGEST:
            if _TEXT_FORM.match(text):
                try:
                    return self._named(parse(text), text)
                except ConstraintError as error:
                    wrong = error
            try:
                return self._named(self._formal.read(text), text)
            except ReadingError:
                pass  # none of those sentences: the grammar has the word
        try:
            return self._asked(text)
        except Unread as unread:
            if wrong is None or text.lstrip().startswith("not("):
                raise unread
            reason = str(wrong).removeprefix(f"Constraint {text!r}").lstrip(":, ").rstrip(".")
            raise Unread(reason, 0, len(text)) from None

    def _named(self, constraint: Constraint, text: str) -> tuple[Constraint, list[str]]:
        """Give the sounds of a constraint the labels that they mean."""
        notes: list[str] = []
        names = {}
        for label in labels_of(constraint):
            place = max(text.casefold().find(label.casefold()), 0)
            names[label] = self._label(label, place, place + len(label), notes)
        try:
            return renamed(constraint, names), notes
        except ConstraintError as error:
            raise Unread(f"that has no meaning: {str(error).rstrip('.')}", 0, len(text)) from None

    def _asked(self, text: str) -> tuple[Constraint, list[str]]:
        """Read by the grammar; a name that holds words of the grammar may be one sound, or not."""
        quoted = text if self._joining is None else self._joining.sub(lambda match: f'"{match[0]}"', text)
        if quoted == text:
            return Question(text, self._label).meaning()
        try:
            as_names = Question(quoted, self._label).meaning()
        except Unread:
            return Question(text, self._label).meaning()
        try:
            as_words = Question(text, self._label).meaning()
        except Unread:
            return as_names
        if as_words[0] != as_names[0]:
            raise Unread("it can be read in 2 ways", 0, len(text), offers=[as_names[0], as_words[0]])
        return as_names

    def _label(self, phrase: str, start: int, end: int, notes: list[str]) -> str:
        found = self._resolve(phrase)
        if found.label is None:
            refused = Unread if found.near else _Unknown
            raise refused(_unknown(phrase, found), start, end, foreign=True, near=found.near)
        if sound_name(phrase) not in self._known and stems(phrase) != stems(found.label):
            notes.append(f"'{phrase}' is taken as '{found.label}'")
        return found.label

    def _nearest(self, text: str, unread: Unread) -> list[str]:
        """Return the readings that a refusal offers: with a near name in place of an unknown one, or without it."""
        if unread.offers:
            offered = map(said, unread.offers[:_MOST_OFFERED])
            return [each for each in offered if len(each) <= _LONGEST_MENDED]
        if len(text) > _LONGEST_MENDED or not unread.foreign:
            return []
        named = (f'{text[: unread.start]}"{name}"{text[unread.end :]}' for name in unread.near)
        return self._read_first(named, _MOST_NAMED) or self._read_first(_without(text, unread.start, unread.end), 1)

    def _read_first(self, texts: Iterable[str], number: int) -> list[str]:
        """Return the first few of several questions that the grammar reads."""
        found: list[str] = []
        for text in texts:
            try:
                constraint, _ = self._asked(text)
                _check_consistent(constraint, text)
            except Unread:
                continue
            found.append(said(constraint))
            if len(found) == number:
                break
        return found


def understood(
    text: str,
    constraint: Constraint,
    *,
    notes: Iterable[str] = (),
    within_s: float | None = None,
    model: str | None = None,
) -> Asked:
    """Return a question with what it means, and with what was not said and is taken so.

    Parameters
    ----------
    text
        The question as it was asked.
    constraint
        What it means.
    notes
        What was taken so in reading it.
    within_s
        As for :meth:`QuestionReader.read`.
    model
        The language model that read it.
    """
    taken = list(notes)
    orders = [node for node in nodes_of(constraint) if isinstance(node, Before)]
    if within_s is not None and any(order.within is None for order in orders):
        constraint = bounded(constraint, within_s)
        taken.append(f"an order without a distance is within {within_s:g} s")
    elif any(order.within is None for order in orders):
        taken.append("an order holds at any distance within one recording")
    if any(isinstance(node, All) and len(node.inner) == 1 for node in nodes_of(constraint)):
        taken.append("'only' leaves other sounds free")
    return Asked(text, constraint, chips_of(constraint), tuple(dict.fromkeys(taken)), model)


def bounded(constraint: Constraint, within_s: float) -> Constraint:
    """Return the constraint with a greatest distance in every order that has none.

    In a recording of hours nearly every sound is before every other one; so "before" there means "shortly before". In
    a chain the distance is that of neighbours. An order that is denied is bounded too: no such pair so near.

    Examples
    --------
    >>> str(bounded(parse("all(before(dog, horn), before(a, b, within=2))"), 60))
    'all(before(dog, horn, within=60), before(a, b, within=2))'
    """
    if isinstance(constraint, Before) and constraint.within is None:
        return replace(constraint, within=within_s)
    if isinstance(constraint, Boolean):
        return replace(constraint, inner=tuple(bounded(part, within_s) for part in constraint.inner))
    return Not(bounded(constraint.inner, within_s)) if isinstance(constraint, Not) else constraint


def _check_consistent(constraint: Constraint, text: str) -> None:
    why = contradiction(constraint)
    if why:
        raise Unread(f"it contradicts itself: {why}", 0, len(text))


def _unknown(phrase: str, found: Resolved) -> str:
    near = f"nearest: {'; '.join(found.near)}" if found.near else "and none is like it"
    return f"'{_short(phrase)}' is no sound of this library; {near}"


def _some(names: tuple[str, ...]) -> str:
    """Return the first names that are known, for whoever does not know any."""
    if not names:
        return " It knows no sound."
    more = f"; and {len(names) - _MOST_KNOWN:,} more" if len(names) > _MOST_KNOWN else ""
    # Names may hold commas: "Vehicle horn, car horn, honking".
    return f" Names that it knows: {'; '.join(map(_short, names[:_MOST_KNOWN]))}{more}."


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


def _refusal(text: str, unread: Unread, nearest: list[str]) -> str:
    whole = unread.end - unread.start >= len(text.strip()) or unread.start >= unread.end
    first, last = unread.start + 1, unread.end
    place = "" if whole else f" (characters {first} to {last})" if last > first else f" (character {first})"
    asks = "Did you mean" if whole or not unread.offers else "Did you mean there"
    offered = f" {asks}: {'; or: '.join(nearest)}?" if nearest else ""
    return f"Cannot read {_short(text)!r}: {unread.reason}{place}.{offered}"


def _without(text: str, start: int, end: int) -> Iterator[str]:
    """Yield a question without some of its words, and without the words beside them that relate them to the rest."""
    words = [match.span() for match in re.finditer(r"\d+\.\d+|[\w'’-]+|[^\w\s]", text)]
    inside = [place for place, (first, last) in enumerate(words) if first < end and last > start]
    left = inside[0] if inside else len(words)
    right = inside[-1] + 1 if inside else len(words)
    wider = [(left, right)]
    wider += [(max(left - more, 0), right) for more in range(1, _WIDEST + 1)]
    wider += [(left, min(right + more, len(words))) for more in range(1, _WIDEST + 1)]
    if _DENIES.fullmatch(text[start:end].strip()):
        # Without its "no" it would say the contrary: what stands before it goes instead.
        wider = [(max(left - more, 0), left) for more in range(1, _WIDEST + 1)]
    for first, last in dict.fromkeys(wider):
        left_out = [text[a:b].casefold() for a, b in words[first:last]]
        # Without a "no" alone it would say the contrary.
        if 0 < len(left_out) < len(words) and not all(map(_DENIES.fullmatch, left_out)):
            rest = [*words[:first], *words[last:]]
            yield " ".join(text[a:b] for a, b in rest)
