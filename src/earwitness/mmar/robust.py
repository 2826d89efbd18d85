"""The choice that a text commits itself to, in whatever form models answer; nothing where that is not clear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from earwitness.mmar.commitments import every_mention, joined, last_conclusion, last_statement, rejected, rejections
from earwitness.mmar.final_part import after_thinking, boxed, named_values, tagged
from earwitness.mmar.naming import UNCLEAR, Choices, Mention, choices_of, letters_of
from earwitness.mmar.reading import Said, cut_short, heard, letter_at, read
from earwitness.mmar.refusals import declines, is_error
from earwitness.mmar.words import CLAUSE, SENTENCE, normal_text, word_set

__all__ = ["committed_choice", "committed_letter"]

_HEAD, _TAIL = 8_000, 32_000  # characters that are read of a longer text: where it begins, and where it ends
_FEW = 20  # boxes or values that are looked into, the last first
_FENCE = re.compile(r"```\w*")
# A model that goes on to ask itself the next question has answered the first before.
_AGAIN = re.compile(r"\n\W*(?:question|user|human|instruction|q)\b[ \d]{0,4}[:\uff1a]", re.I)
_BOLD = re.compile(r"\*\*([^*\n]{1,300})\*\*")
_BECAUSE = word_set("because since as due given")
_SHORT = 60  # words up to which a text may name its choice in passing
# Words that stand in sentences without naming the choice that they are.
_PASSING = word_set(
    "no yes 1 none both all neither other same like go high low left right far near hit first second third last "
    "not unknown different possible it i a 是 否 有 对 错"
)
# What is numbered: "speaker 2" does not say that there are two.
_NUMBERED = word_set(
    "speaker person voice singer segment section part clip audio track channel step note question option number "
    "line bar measure second minute page chapter round level grade type figure track sample choice"
)
_OPENER = re.compile(
    r"^\W*(?:let me|let's|lets|okay[,.]? (?:so|let)|alright|first(?:ly)?,|step 1|to (?:answer|determine|solve"
    r"|figure)|thinking|we (?:need|have) to|i (?:need|have) to|hmm|the user)\b",
    re.I,
)


def committed_choice(text: str, choices: Sequence[str]) -> int | None:
    """Return the place of the choice that a text commits itself to, None where that is none or not clear."""
    bare = text.strip()
    same = [place for place, choice in enumerate(choices) if choice.strip() and choice.strip() == bare]
    if len(same) == 1 and len(bare) > 1:
        return same[0]
    return _of_text(text, choices_of(tuple(choices)))


def committed_letter(text: str, count: int) -> int | None:
    """Return the place of the letter that a text commits itself to, of so many; None where it is not clear."""
    return _of_text(text, letters_of(count))


def _of_text(text: str, choices: Choices) -> int | None:
    """Return the choice of a text with its thinking."""
    if not text.strip() or is_error(text.strip()):
        return None
    part = after_thinking(text)
    answer = tagged(part)
    part = (part if answer is None else answer).strip()
    if not part or is_error(part):
        return None
    if len(part) > _HEAD + _TAIL:
        part = f"{part[:_HEAD]}\n\n{part[-_TAIL:]}"
    place = _of_part(part, choices)
    return None if place == UNCLEAR else place


def _of_part(part: str, choices: Choices) -> int | None:
    """Return the choice of the part of a text that answers."""
    if "```" in part:
        part = _FENCE.sub("", part).strip()
    for _, _, value in reversed(list(named_values(part))[-_FEW:]):
        place = _of_words(value.strip(), choices)
        if place is not None or part.startswith("{"):
            return place
    for _, _, inside in reversed(list(boxed(part))[-_FEW:]):
        place = _of_words(inside.strip(), choices)
        if place is not None:
            return place
    again = _AGAIN.search(part)
    if again is not None and again.start() > 0:
        place = _of_words(part[: again.start()].strip(), choices)
        if place is not None and place != UNCLEAR:
            return place
    return _of_words(part, choices)


def _of_words(part: str, choices: Choices) -> int | None:
    """Return the choice of a text without thinking, tags, boxes and JSON."""
    said = heard(normal_text(part), choices)
    if not len(said):
        signs = [place for place, own in enumerate(choices.texts) if own and own == said.words.text.strip()]
        return signs[0] if len(signs) == 1 else None
    whole = read(said, 0, len(said)) if len(said) <= 2 * _SHORT else None
    if whole is not None and whole.end >= len(said) and not said.asks(len(said)):
        return whole.place
    return _of_said(said)


def _of_said(said: Said) -> int | None:
    """Return the choice of a text that is more than the choice itself."""
    outright = last_statement(said)
    if outright is not None and outright.place is not None:
        return outright.place
    declined = declines(said.words.text)
    standing = _standing(said, lines_only=declined)
    if standing:
        return standing[0] if len(set(standing)) == 1 else UNCLEAR
    if declined:
        return None
    if (short := cut_short(said)) is not None:
        return short
    return _in_passing(said, blocked=outright is not None)


def _standing(said: Said, *, lines_only: bool) -> list[int]:
    """Return the choices that stand alone: first, on a line of their own, or in the last sentence."""
    listed = _listed(said)
    n = len(said)
    lines = said.lines
    places: list[int] = []
    for start in lines:
        if start in listed:
            continue
        stop = said.end_of(start, line=True)
        if said.asks(stop) or stop - start > _SHORT:
            continue
        answer = read(said, start, stop)
        if answer is not None and answer.end >= stop and (not lines_only or stop == n):
            places.append(answer.place)
    if lines_only:
        return places
    ends = {0, said.start_of(n - 1)} - listed
    if len(lines) > 1:
        ends |= {lines[-1]} - listed
    for start in ends:
        stop = said.end_of(start)
        answer = read(said, start, stop)
        if answer is None or said.asks(stop) or rejected(said, answer):
            continue
        after = said.words.gap(answer.end).lstrip(" *_`\"'$")[:1]
        because = answer.end < n and said.words.keys[answer.end] in _BECAUSE
        closed = after != "" and after in ",;:.)(-\u2014="
        if answer.end >= stop or ((closed or because) and _leads(said, answer)):
            places.append(answer.place)
    return places


def _leads(said: Said, mention: Mention) -> bool:
    """Return whether a choice before a comma is an answer: "First, I listen" is none, "No, he does not" is one."""
    key = said.words.keys[mention.start]
    return mention.lettered or mention.end - mention.start > 1 or key in ("yes", "no") or key not in _PASSING


def _listed(said: Said) -> set[int]:
    """Return the first words of lines that list the choices by letter, two or more one after the other."""
    lines = said.lines
    letters = []
    for start in lines:
        which = letter_at(said, start, stop=said.end_of(start, line=True))
        labelled = which is not None and said.words.gap(start + 1).lstrip(" *_`")[:1] in (".", ")", ":", "-")
        letters.append(which if labelled else None)
    listed = set()
    for place in range(1, len(lines)):
        first, second = letters[place - 1], letters[place]
        if first is not None and second is not None and second == first + 1:
            listed |= {lines[place - 1], lines[place]}
    return listed


def _in_passing(said: Said, *, blocked: bool) -> int | None:
    """Return the choice that a text concludes with, sets in bold, or is the only one to name."""
    listed = _listed(said)
    mentions = [each for each in every_mention(said) if said.start_of(each.start, line=True) not in listed]
    out = rejections(said, mentions)
    kept = [each for each, gone in zip(mentions, out, strict=True) if not gone]
    drawn = last_conclusion(said, kept)
    if drawn is not None:
        later = {each.place for each in kept if each.start > drawn.at}
        return drawn.place if later <= {drawn.place} else UNCLEAR
    bold = _in_bold(said)
    if bold is not None:
        return bold
    if blocked or not said.choices.counted or len(said) > _SHORT or _OPENER.match(said.words.text):
        return None
    if any(joined(said, first, second) and first.place != second.place for first, second in pairwise(kept)):
        return UNCLEAR
    against = {said.start_of(each.start) for each, gone in zip(mentions, out, strict=True) if gone}
    places = {each.place for each in kept if said.start_of(each.start) in against or _names(said, each)}
    return places.pop() if len(places) == 1 else None


def _names(said: Said, mention: Mention) -> bool:
    """Return whether a mention names its choice, and is not just a word that every sentence may hold."""
    if mention.lettered or mention.end - mention.start > 1:
        return True
    key = said.words.keys[mention.start]
    before = said.words.keys[mention.start - 1] if mention.start else ""
    if key.isdecimal() and before in _NUMBERED and said.words.gap(mention.start) == " ":
        return False
    if key in _PASSING or (len(key) == 1 and not key.isascii()):
        alone = CLAUSE if key in ("yes", "no") else SENTENCE
        return said.words.breaks[mention.start] >= SENTENCE and said.words.breaks[mention.end] >= alone
    return True


def _in_bold(said: Said) -> int | None:
    """Return the one choice that stands alone in bold."""
    places = set()
    for match in _BOLD.finditer(said.words.text):
        start = said.word_at(match.start())
        stop = said.word_at(match.end())
        if start >= stop:
            continue
        answer = read(said, start, stop)
        if answer is not None and answer.end >= stop and not rejected(said, answer):
            places.add(answer.place)
    return places.pop() if len(places) == 1 else None
