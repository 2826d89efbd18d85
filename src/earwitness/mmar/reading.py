"""Reading an answer that stands at a place of a text: a letter, the words of a choice, both, or its number."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earwitness.mmar.naming import UNCLEAR, Choices, Mention, smooth, text_mentions
from earwitness.mmar.words import LINE, SENTENCE, Words, split_words, word_set

__all__ = ["Said", "counted_at", "cut_short", "denied", "heard", "letter_at", "read", "whole_answer"]

# What may stand between "the answer is" and the answer.
_FILLERS = word_set(
    "the a an option options choice letter answer is it its 's this that be to would most likely probably "
    "definitely clearly simply indeed as follows follow following correct best right with either therefore thus "
    "so just only actually obviously certainly i think believe you should choose select being labeled labelled 1 "
    "of possibly then namely given below here they he she there in fact final number description describing close "
    "closest called known la el le les der die das den il lo o os los las un "
    "是 为 為 選 选 择 擇 项 項 应 該 该 の は が 个 個 "
    "une ein eine uma una opcion option opzione opcao respuesta reponse antwort"
)
_NOT = word_set(
    "not isnt arent wasnt neither nor cannot cant never doesnt wouldnt unlikely incorrect wrong nicht pas nao 不 非"
)
# After a letter, a word that shows that it was one: a note or an article is followed by others.
_AFTER = word_set(
    "because since is and or for due given based which where not rather instead while but here as with would was "
    "has seems being fits matches describes best most makes it its this that i so should can will according from "
    "also to"
)
_AFTER_A = word_set(
    "because since is due given based which and or rather instead would was fits matches seems best should"
)
_NOTES = frozenset("大小调調長短和音段級级型座")  # after a letter without a space: no letter of a choice
_FIRST = "first second third fourth fifth sixth seventh eighth ninth tenth"
_1ST = "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th"
_ORDINALS: Mapping[str, int] = {
    **{word: place for words in (_FIRST, _1ST) for place, word in enumerate(words.split())},
    "last": -1,
}
_SHORT = 3  # words of a choice that may be called by one of them
_KINDS = word_set("option choice alternative statement possibility candidate item entry")
_YES = word_set("yes no yeah yep nope")
_OPEN, _CLOSE = "([{\"'`*_$", ")]}\"'`*_$"
_ENDS = re.compile(r"\s*(?:[)\]}\"'`*_$.:,;!(|>\u3001\u3002]|[-=]+>|\u2014|\n)|\s+[-=]\s")
_CLAUSES = re.compile(r"[,;:.(]|\s[-\u2014]\s")


@dataclass(frozen=True)
class Said:
    """A text, and where it names the choices of a question in their own words."""

    words: Words
    """Its words."""
    choices: Choices
    """What could be answered."""
    texts: Sequence[Mention]
    """Where choices are named in their own words, in order."""
    text_at: Mapping[int, Mention]
    """The same by their first words."""
    sentences: Sequence[int]
    """The words with which sentences begin."""
    lines: Sequence[int]
    """The words with which lines begin."""

    def __len__(self) -> int:
        """Return how many words there are."""
        return len(self.words.raw)

    def word_at(self, offset: int) -> int:
        """Return the first word that begins at a place of the text or after it."""
        return bisect_left(self.words.starts, offset)

    def end_of(self, place: int, *, line: bool = False) -> int:
        """Return before which word the sentence ends, or the line, that a word stands in."""
        starts = self.lines if line else self.sentences
        at = bisect_right(starts, place)
        return starts[at] if at < len(starts) else len(self)

    def start_of(self, place: int, *, line: bool = False) -> int:
        """Return with which word the sentence begins, or the line, that a word stands in."""
        starts = self.lines if line else self.sentences
        return starts[max(0, bisect_right(starts, place) - 1)]

    def asks(self, end: int) -> bool:
        """Return whether the sentence that ends before a word is a question."""
        return "?" in self.words.gap(end)


def heard(text: str, named: Choices) -> Said:
    """Return a text in its normal form as something that was said to a question with choices."""
    words = split_words(text)
    mentions = [_unless_counted(words, each, named) for each in text_mentions(words, named)]
    smooth(words, mentions)
    inner = words.breaks[: len(words.raw)]
    sentences = [place for place, depth in enumerate(inner) if depth >= SENTENCE]
    lines = [place for place, depth in enumerate(inner) if depth == LINE]
    return Said(words, named, mentions, {mention.start: mention for mention in mentions}, sentences, lines)


def _unless_counted(words: Words, mention: Mention, named: Choices) -> Mention:
    """Return a mention, UNCLEAR where it is "first" before "option", and another choice stands first."""
    which = _ORDINALS.get(words.keys[mention.start]) if mention.end - mention.start == 1 else None
    counts = which is not None and mention.end < len(words.raw) and words.keys[mention.end] in _KINDS
    if not counts or which is None or which % len(named) == mention.place:
        return mention
    return Mention(mention.start, mention.end + 1, UNCLEAR, False)


def letter_at(said: Said, place: int, *, stop: int) -> int | None:
    """Return which choice a word names as a letter, UNCLEAR for a letter that none has, None when it is no letter.

    "A" before a word is an article, and a letter before a word that goes with notes ("B flat") is a note.
    """
    words = said.words
    raw = words.raw[place]
    if len(raw) != 1 or not ("A" <= raw <= "Z" or "a" <= raw <= "z"):
        return None
    before, after = words.gap(place), words.gap(place + 1)
    enclosed = before[-1:] in _OPEN and before != "" and after.lstrip(".: ")[:1] in _CLOSE and after != ""
    last = place + 1 >= stop
    unspaced = not last and not after and not words.keys[place + 1].isascii() and words.keys[place + 1] not in _NOTES
    if not (enclosed or last or unspaced or _ENDS.match(after)):
        follows = _AFTER_A if raw == "A" else _AFTER if raw.isupper() and raw != "I" else frozenset()
        if words.keys[place + 1] not in follows or after.strip():
            return None
    elif (
        not enclosed
        and ((raw == "a" and not last and after[:1] not in ").:") or (raw in "iI" and len(said.choices) < 9))
    ) or (after[:1] in ("'", "/") and not enclosed):
        return None
    which = ord(raw.upper()) - ord("A")
    return which if which < len(said.choices) else UNCLEAR


def counted_at(said: Said, place: int, *, stop: int) -> Mention | None:
    """Return the choice that is named by its number: "the second option", "option 2", "choice number 2".

    Where the numbers are words of a choice themselves, this is told for none.
    """
    keys, n = said.words.keys, len(said.choices)
    key = keys[place]
    if not said.choices.counted:
        return None
    which = _ORDINALS.get(key)
    if which is not None and place + 1 < stop:
        following = keys[place + 1]
        if following not in _KINDS and not (following == "1" and place + 2 >= stop):
            return None
        short = _SHORT if following in _KINDS else len(said.words.keys)
        if which >= n or _a_word_of(said, key, beside=which % n, longest=short):
            return Mention(place, place + 2, UNCLEAR, True) if which >= n else None
        return Mention(place, place + 2, which % n, True)
    if key in _KINDS and place + 1 < stop:
        at = place + 2 if keys[place + 1] in ("number", "no") and place + 2 < stop else place + 1
        if keys[at].isdecimal() and len(keys[at]) < 3 and said.words.gap(at).strip(" #.*(") == "":
            return Mention(place, at + 1, _numbered(said, keys[at]), True)
    return None


def _a_word_of(said: Said, key: str, *, beside: int, longest: int) -> bool:
    """Return whether a choice of few words, other than one, holds a word: it may be that one that is meant by it."""
    rows = said.choices.rows
    return any(key in row.keys and len(row.keys) <= longest for place, row in enumerate(rows) if place != beside)


def _numbered(said: Said, key: str) -> int:
    """Return which choice a number stands for: its place, unless the number may be the words of another."""
    which = int(key) - 1
    if not 0 <= which < len(said.choices):
        return UNCLEAR
    return UNCLEAR if _a_word_of(said, key, beside=which, longest=_SHORT) else which


def read(said: Said, start: int, stop: int) -> Mention | None:
    """Return the answer that begins at a word, words that only lead to it aside; None where there is none.

    A letter and words that mean another choice, and one choice beside another ("B or C"), are UNCLEAR.
    """
    words = said.words
    for place in range(start, min(stop, start + 12)):
        mention = said.text_at.get(place)
        if mention is not None and mention.end <= stop:
            return _beside(said, _both(said, mention, stop), stop)
        which = letter_at(said, place, stop=stop)
        if which is not None:
            return _beside(said, _lettered(said, place, which, stop), stop)
        beside = _unmarked(said, place, stop)
        if beside is not None:
            return _beside(said, beside, stop)
        counted = counted_at(said, place, stop=stop) or _count_label(said, place, start, stop)
        if counted is not None:
            return _beside(said, _with_text(said, counted, stop), stop)
        if words.keys[place] in _NOT:
            return None
        if words.keys[place] not in _FILLERS or (words.keys[place] == "a" and words.gap(place + 1).strip()):
            break
    which = whole_answer(said, start, stop)
    return None if which is None else Mention(start, stop, which, False)


def _unmarked(said: Said, place: int, stop: int) -> Mention | None:
    """Return the choice named by "B text", where nothing marks the letter but the words of a choice after it."""
    raw, following = said.words.raw[place], said.text_at.get(place + 1)
    if not (len(raw) == 1 and "B" <= raw <= "Z") or following is None or following.end > stop:
        return None
    if said.words.gap(place + 1) != " " or ord(raw) - ord("A") >= len(said.choices):
        return None
    agreed = following.place == ord(raw) - ord("A")
    return Mention(place, following.end, following.place if agreed else UNCLEAR, True)


def denied(said: Said, start: int, stop: int) -> bool:
    """Return whether what begins at a word is said not to be."""
    for place in range(start, min(stop, start + 6)):
        if place in said.text_at:
            return False
        if said.words.keys[place] in _NOT:
            return True
        if said.words.keys[place] not in _FILLERS:
            return False
    return False


def _count_label(said: Said, place: int, start: int, stop: int) -> Mention | None:
    """Return the choice named by "2)", "(2)" or "2." with text, where no choice holds a number of its own there."""
    words = said.words
    key = words.keys[place]
    if (
        not said.choices.counted
        or place != start
        or not key.isdecimal()
        or len(key) > 2
        or not words.raw[place].isdecimal()
    ):
        return None
    after = words.gap(place + 1)
    if after[:1] == ")" or (after[:1] in ".:" and place + 1 < stop):
        return Mention(place, place + 1, _numbered(said, key), True)
    return None


def _both(said: Said, mention: Mention, stop: int) -> Mention:
    """Return a choice that is named in its words together with the letter in brackets after it."""
    words, place = said.words, mention.end
    label = _label_too(said, mention, stop)
    if label is not None and label != mention.place:
        # The words of one choice are what another is called: "C" of the notes D, E, C; "2)" of 4, 2, 3.
        if mention.start and words.keys[mention.start - 1] in ("option", "choice", "letter"):
            return mention._replace(place=label, lettered=True)
        following = said.text_at.get(place)
        if following is not None and following.place == label and words.gap(place).strip()[:1] in (".", ")", ":"):
            return Mention(mention.start, following.end, label, True)
        return mention._replace(place=UNCLEAR)
    while place < min(stop, mention.end + 4) and words.keys[place] in _LEADS_TO_LETTER:
        place += 1
    named = place > mention.end and words.keys[place - 1] in ("option", "choice", "letter")
    if place < stop and (named or words.gap(place).strip()[:1] in ("(", "[")):
        which = letter_at(said, place, stop=stop)
        if which is not None and (named or words.gap(place + 1)[:1] in (")", "]")):
            return Mention(mention.start, place + 1, which if mention.place == which else UNCLEAR, True)
    return mention


_LEADS_TO_LETTER = word_set("which that is option choice letter so i e")


def _label_too(said: Said, mention: Mention, stop: int) -> int | None:
    """Return which choice the words of a choice name as a letter or as a number with a bracket; None for none."""
    if mention.end - mention.start > 1 or mention.place == UNCLEAR:
        return None
    raw, place = said.words.raw[mention.start], mention.start
    if raw.isdecimal() and len(raw) < 3 and said.words.gap(place + 1)[:1] == ")":
        return int(raw) - 1 if 1 <= int(raw) <= len(said.choices) else None
    which = letter_at(said, place, stop=stop)
    return None if which == UNCLEAR else which


def _lettered(said: Said, place: int, which: int, stop: int) -> Mention:
    """Return a choice that is named by a letter together with its words after it."""
    return _with_text(said, Mention(place, place + 1, which, True), stop)


def _with_text(said: Said, label: Mention, stop: int) -> Mention:
    """Return a choice that is named by a letter or a number, with the words that follow: they may not say another."""
    words, place = said.words, label.end
    stop = max(stop, place)
    if place >= len(said) or words.breaks[place] == LINE:
        return label
    following = said.text_at.get(place)
    parted = words.gap(place).strip() != ""
    end = said.end_of(place) if place >= stop else stop
    if following is None:
        if place >= stop or not parted:
            return label
        other = whole_answer(said, place, end)
        agreed = other is None or other == label.place
        return label if agreed else label._replace(place=UNCLEAR)
    if following.place == label.place:
        return label._replace(end=following.end)
    closed = following.end >= end or words.gap(following.end).strip(" *_`\"'$") != ""
    if place >= stop and not (closed and following.end >= end):
        return label  # the next sentence, about another choice
    return label._replace(end=following.end, place=UNCLEAR) if parted or closed else label


_JOINS = word_set("or and nor versus vs 或 和 与 및 oder und ou et o y e или и to")


def _beside(said: Said, mention: Mention, stop: int) -> Mention:
    """Return the mention, UNCLEAR where another choice stands beside it as its equal."""
    words, place = said.words, mention.end
    if place >= stop:
        return mention
    gap = words.gap(place).strip(" *_`\"'$.()[]{}")
    joined = gap == "-" or any(sign in gap for sign in ",/&+;|\u3001") or (not gap and words.keys[place] in _JOINS)
    if not joined:
        return mention
    while place < stop and (
        words.keys[place] in _JOINS
        or words.keys[place]
        in ("option", "choice", "a", "an", "the", "also", "either", "possibly", "maybe", "perhaps", "even")
    ):
        if place in said.text_at or letter_at(said, place, stop=stop) is not None:
            break
        place += 1
    if place >= stop:
        return mention
    other = said.text_at.get(place)
    which = other.place if other is not None else letter_at(said, place, stop=stop)
    if which is None or which == mention.place:
        return mention
    return Mention(mention.start, place + 1, UNCLEAR, mention.lettered)


def whole_answer(said: Said, start: int, stop: int) -> int | None:
    """Return which choice words are, taken together: all of its words, its "No", its first clause, or its number.

    None where they are none; UNCLEAR where they are as much of one choice as of another.
    """
    words, choices = said.words, said.choices
    if stop - start > 80:
        return None
    keys = words.keys[start:stop]
    for skip in range(len(keys)):
        which = choices.whole.get("".join(keys[skip:]))
        if which is not None:
            return which
        if keys[skip] not in _FILLERS:
            break
    if not keys:
        return None
    if keys[0] in _YES and (
        len(keys) == 1 or words.gap(start + 1).strip(" *_")[:1] in (",", ".", ";", ":", "-", "\u2014", "!")
    ):
        begin = [place for place, row in enumerate(choices.rows) if row.keys and row.keys[0] == keys[0]]
        if len(begin) == 1:
            return begin[0]
    begin = [place for place, row in enumerate(choices.rows) if _first_clause(row, keys)]
    if len(begin) == 1 and len(keys) > 1:
        return begin[0]
    if len(keys) == 1 and keys[0].isdecimal():
        begin = [
            place for place, row in enumerate(choices.rows) if [key for key in row.keys if key.isdecimal()] == keys
        ]
        others = [row for row in choices.rows if keys[0] in row.keys]
        return begin[0] if len(begin) == len(others) == 1 else None
    return None


def _first_clause(row: Words, keys: Sequence[str]) -> bool:
    """Return whether words are a choice up to a comma or the like."""
    n = len(keys)
    return n < len(row.keys) and list(row.keys[:n]) == list(keys) and _CLAUSES.match(row.gap(n)) is not None


def cut_short(said: Said) -> int | None:
    """Return of which choice a whole text is the beginning, if it is most of it and of one alone."""
    joined = "".join(said.words.keys)
    if len(said) < 3:
        return None
    begin = [place for place, row in enumerate(said.choices.rows) if "".join(row.keys).startswith(joined)]
    if len(begin) != 1 or len(joined) < 0.6 * len("".join(said.choices.rows[begin[0]].keys)):
        return None
    return begin[0]
