"""Where a text commits itself to an answer, draws a conclusion, names a choice, or rejects one."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from earwitness.mmar.naming import UNCLEAR, Mention
from earwitness.mmar.phrases import (
    ANSWER_ELSEWHERE,
    ANSWER_IS,
    HEADING,
    I_CHOOSE,
    IF,
    LETTER_AFTER,
    LETTER_BEFORE,
    NAMES,
    NEGATED,
    NOT_A_NOT,
    NOT_AFTER,
    NOT_BEFORE,
    NOT_MINE,
    RIGHT_AFTER,
    THEREFORE,
    TURN,
)
from earwitness.mmar.reading import Said, counted_at, denied, letter_at, read
from earwitness.mmar.words import LINE, NONE, SENTENCE, word_set

__all__ = ["Statement", "every_mention", "joined", "last_conclusion", "last_statement", "rejected", "rejections"]

_CUES = 200  # of a kind that are looked at, the last first
_LONG = 60  # words that a conclusion may take
_REACH = 8  # words between "the answer is" and the first choice that is named


class Statement(NamedTuple):
    """Something a text says about the answer."""

    at: int
    """The word at which it is said."""
    place: int | None
    """The choice; UNCLEAR when it cannot be told; None when what it names is none."""


def last_statement(said: Said) -> Statement | None:
    """Return the last place where a text says outright what the answer is.

    Where it does nowhere so that a choice can be told, but says that the answer is something, the place is None.
    """
    text = said.words.text
    found, unnamed = None, None
    for cue, strict in _cues_in(text):
        if _foreign(text, cue) or _within(said, cue):
            continue
        told = _after_cue(said, cue, strict=strict)
        if told is not None and told.place is not None:
            found = told
            break
        unnamed = unnamed or told
    for cue in reversed(list(HEADING.finditer(text))[-_CUES:]):
        start = said.word_at(cue.end())
        if start >= len(said) or (found is not None and start <= found.at):
            continue
        told = _told(said, start, said.end_of(start), strict=True)
        if told is not None:
            found = told
            break
    return _called_right(said, since=found.at if found else 0) or found or unnamed


@lru_cache(maxsize=8)  # one extractor after the other reads the same text
def _cues_in(text: str) -> Sequence[tuple[re.Match[str], bool]]:
    """Return where a text begins to say what the answer is, the last first, and whether only a plain answer counts."""
    cues = [
        (cue, pattern is not ANSWER_IS)
        for pattern in (ANSWER_IS, I_CHOOSE, ANSWER_ELSEWHERE)
        for cue in pattern.finditer(text)
    ]
    return sorted(cues, key=lambda each: each[0].start(), reverse=True)[:_CUES]


def last_conclusion(said: Said, kept: Sequence[Mention]) -> Statement | None:
    """Return the last place where a text draws a conclusion that names one of the choices that it keeps."""
    for cue in reversed(list(THEREFORE.finditer(said.words.text))[-_CUES:]):
        start = said.word_at(cue.end())
        if start >= len(said) or _within(said, cue):
            continue
        end = said.end_of(max(said.word_at(cue.start()), start - 1))
        if start >= end or said.asks(end) or denied(said, start, end):
            continue
        stop = min(end, start + _LONG)
        places = {each.place for each in kept[bisect_left(kept, (start,)) : bisect_left(kept, (stop,))]}
        answer = read(said, start, stop)
        if answer is not None and not rejected(said, answer):
            places.add(answer.place)
        if len(places) == 1:
            return Statement(start, places.pop())
    return None


def _within(said: Said, cue: re.Match[str]) -> bool:
    """Return whether a cue lies in the words of a choice."""
    at = bisect_right(said.texts, said.word_at(cue.start()), key=lambda each: each.start)
    if not at:
        return False
    first, last = said.texts[at - 1].start, said.texts[at - 1].end - 1
    return said.words.starts[first] <= cue.start() and len(cue.group().rstrip()) + cue.start() <= said.words.ends[last]


def _foreign(text: str, cue: re.Match[str]) -> bool:
    """Return whether "answer is" is said of another's answer, of a wrong one, or of none."""
    before = text[max(0, cue.start() - 60) : cue.start()]
    return (
        NOT_MINE.search(before) is not None or IF.search(before) is not None or NEGATED.search(cue.group()) is not None
    )


def _after_cue(said: Said, cue: re.Match[str], *, strict: bool) -> Statement | None:
    """Return what is said after "the answer is", on the same line or, where that ends, on the next."""
    start = said.word_at(cue.end())
    for place in range(max(said.word_at(cue.start()) + 1, start - _LONG), start):
        if place in said.text_at and said.text_at[place].end >= start:
            start = place  # "I choose one": the cue has taken a word of the choice itself
            break
    return _told(said, start, said.end_of(start), strict=strict) if start < len(said) else None


def _told(said: Said, start: int, stop: int, *, strict: bool) -> Statement | None:
    """Return what is said to be the answer from one word to before another; strict: only where it is a choice."""
    if said.asks(stop):
        return None
    if denied(said, start, stop):
        after = _after_but(said, start, stop)
        if after is None:
            return None
        start = after
    answer = read(said, start, stop)
    if answer is not None:
        return Statement(answer.start, answer.place)
    for place in range(start, min(stop, start + _REACH)):
        mention = said.text_at.get(place) or counted_at(said, place, stop=stop)
        marked = said.words.gap(place)[-1:] in ("(", "*") or ":" in said.words.gap(place) or _after_name(said, place)
        if mention is None and marked:
            which = letter_at(said, place, stop=stop)
            mention = None if which is None else Mention(place, place + 1, which, True)
        if mention is not None:
            if rejected(said, mention, since=start):
                return None
            return Statement(place, (read(said, place, stop) or mention).place)
    return None if strict else Statement(start, None)


def _after_but(said: Said, start: int, stop: int) -> int | None:
    """Return the word after "but", where what comes first is denied."""
    for place in range(start, min(stop, start + _LONG)):
        if said.words.keys[place] in ("but", "instead") and place + 1 < stop:
            return place + 1
    return None


def _called_right(said: Said, *, since: int) -> Statement | None:
    """Return the last choice after a word that is followed by "is correct" or the like."""
    mentions = every_mention(said)
    for k in range(len(mentions) - 1, -1, -1):
        mention = mentions[k]
        if mention.start <= since and since:
            return None
        last = mention.end - 1
        at = bisect_left(said.texts, (mention.end,))
        stop = min([said.end_of(last), *(each.start for each in said.texts[at : at + 1])])
        if (
            not RIGHT_AFTER.match(_until(said, said.words.ends[last], stop))
            or said.asks(stop)
            or rejected(said, mention)
        ):
            continue
        start = said.words.starts[mention.start]
        if IF.search(said.words.text[max(0, start - 60) : start]):
            continue
        paired = k > 0 and mentions[k - 1].place != mention.place and joined(said, mentions[k - 1], mention)
        return Statement(mention.start, UNCLEAR if paired else mention.place)
    return None


def _until(said: Said, offset: int, stop: int) -> str:
    """Return the text from a place to before a word, not more than a clause or two of it."""
    end = said.words.starts[stop] if stop < len(said) else len(said.words.text)
    return said.words.text[offset : min(end, offset + 140)]


def joined(said: Said, first: Mention, second: Mention) -> bool:
    """Return whether nothing but "or", "and", commas and articles stands between two mentions."""
    if second.start - first.end > _REACH:
        return False
    between = said.words.keys[first.end : second.start]
    within = all(depth < SENTENCE for depth in said.words.breaks[first.end : second.start + 1])
    return within and set(between) <= {
        "or",
        "and",
        "nor",
        "a",
        "an",
        "the",
        "option",
        "choice",
        "either",
        "both",
        "和",
        "或",
    }


def every_mention(said: Said) -> list[Mention]:
    """Return where choices are named in any way that shows without what stands before it, in order."""
    found = list(said.texts)
    taken = {place for each in said.texts for place in range(each.start, each.end)}
    keys, words = said.words.keys, said.words
    for place, raw in enumerate(words.raw):
        if len(raw) == 1 and raw.isascii() and raw.isalpha():
            before = keys[place - 1] if place else ""
            if place in taken and before not in NAMES:
                continue
            stop = said.end_of(place, line=True)
            which = letter_at(said, place, stop=stop)
            if which is None and before in ("option", "choice") and raw.isupper():
                which = ord(raw) - ord("A") if ord(raw) - ord("A") < len(said.choices) else UNCLEAR
            if which is not None and _shown(said, place):
                found.append(Mention(place, place + 1, which, True))
        elif keys[place] in _SPOKEN and place not in taken:
            counted = counted_at(said, place, stop=len(said))
            if counted is not None and counted.start + 1 not in taken:
                found.append(counted)
    return _merged(said, sorted(found))


_TICKS = tuple("\u2713\u2714\u2705\u2611\u274c\u2717\u2718\u2716")
_SPOKEN = word_set("first second third fourth fifth sixth seventh eighth last 1st 2nd 3rd 4th 5th 6th option choice")


def _shown(said: Said, place: int) -> bool:
    """Return whether a single letter shows by itself that it names a choice."""
    words = said.words
    before, after = words.gap(place), words.gap(place + 1)
    key = words.keys[place - 1] if place else ""
    spaced = after[:1] == "" and place + 1 < len(said)
    if key and not key.isascii() and not before and not spaced:
        return True  # "不是A，而是B", but not a note: "C大调"
    if _after_name(said, place):
        return True
    if before[-1:] in ("(", "[") and after[:1] in (")", "]") and words.raw[place].isupper():
        return True
    if before.endswith("**") and ("**" in after[:4]):
        return True
    if after.strip()[:1] in _TICKS:
        return True
    starts = words.breaks[place] >= SENTENCE
    if starts and not after and place + 1 < len(said) and not words.keys[place + 1].isascii():
        return True
    if starts and (after.lstrip("*_")[:1] in (".", ")", ":") or words.breaks[place + 1] == LINE):
        return True
    following = said.text_at.get(place + 1)
    if (
        following is not None
        and words.breaks[place] > NONE
        and after.lstrip("*_")[:1] in (".", ")", ":")
        and following.place == ord(words.raw[place].upper()) - 65
    ):
        return True
    verb = place + 1 < len(said) and words.keys[place + 1] in LETTER_BEFORE and not after.strip()
    return verb and words.raw[place].isupper() and (starts or words.breaks[place] > 0 or key in LETTER_AFTER)


def _after_name(said: Said, place: int) -> bool:
    """Return whether "option" or the like stands right before a word."""
    key = said.words.keys[place - 1] if place else ""
    return (key in NAMES or key in ("项", "項", "肢")) and said.words.breaks[place] < SENTENCE


def _merged(said: Said, found: list[Mention]) -> list[Mention]:
    """Return mentions with a letter and the words of the same choice made one."""
    kept: list[Mention] = []
    for each in found:
        last = kept[-1] if kept else None
        if (
            last is not None
            and each.start == last.end
            and last.lettered != each.lettered
            and said.words.breaks[each.start] < LINE
            and last.place == each.place
        ):
            kept[-1] = Mention(last.start, each.end, each.place, True)
        elif last is None or each.start >= last.end:
            kept.append(each)
    return kept


def rejected(said: Said, mention: Mention, *, since: int | None = None) -> bool:
    """Return whether the words before a choice, in its clause, or those right after it say that it is not the answer.

    The words of other choices do not count.

    Parameters
    ----------
    said
        The text.
    mention
        Where the choice is named.
    since
        The word from which on words count as being before it, and none after it; None: from where its sentence begins.
    """
    words = said.words
    first = said.start_of(mention.start) if since is None else since
    begin, end = words.starts[min(first, mention.start)], words.starts[mention.start]
    at = bisect_left(said.texts, (mention.start,))
    if at and words.ends[said.texts[at - 1].end - 1] <= end:
        begin = max(begin, words.ends[said.texts[at - 1].end - 1])
    before = words.text[max(begin, end - 120) : end]
    clause = NOT_A_NOT.sub("", TURN.split(before)[-1])
    if NOT_BEFORE.search(clause[-60:]):
        return True
    if since is not None:
        return False
    stop = said.end_of(mention.end - 1)
    at = bisect_left(said.texts, (mention.end,))
    cut = at < len(said.texts) and said.texts[at].start < stop
    stop = said.texts[at].start if cut else stop
    return NOT_AFTER.match(_until(said, words.ends[mention.end - 1], stop) + "\0" * cut) is not None


def rejections(said: Said, mentions: Sequence[Mention]) -> list[bool]:
    """Return of each mention, in order, whether it is rejected, or stands beside one that is, or in a question."""
    out = [rejected(said, each) or said.asks(said.end_of(each.end - 1)) for each in mentions]
    pairs = [k for k in range(1, len(mentions)) if joined(said, mentions[k - 1], mentions[k])]
    for k in pairs:
        out[k] = out[k] or out[k - 1]
    for k in reversed(pairs):
        out[k - 1] = out[k - 1] or out[k]
    return out
