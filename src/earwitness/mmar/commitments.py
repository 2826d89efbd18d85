"""The words by which a text commits itself to an answer, draws a conclusion, or rejects a choice."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from earwitness.mmar.naming import UNCLEAR, Mention
from earwitness.mmar.reading import Said, counted_at, denied, letter_at, read
from earwitness.mmar.words import LINE, SENTENCE, word_set

__all__ = ["Statement", "every_mention", "joined", "last_conclusion", "last_statement", "rejected", "rejections"]

_MARK = r"[*_\"'`)\]}]*"
_FIT = (
    r"(?:correct|right|best|final|proper|true|actual|accurate|appropriate|suitable|likely|probable|plausible"
    r"|reasonable|logical"
    r"|fitting|closest|chosen|selected|remaining|valid|ideal|my|our|predicted|intended)"
)
_THING = (
    r"(?:answer|choice|option|selection|match|response|pick|conclusion|guess|candidate|description|classification"
    r"|interpretation|label|fit|one|verdict|prediction)"
)
_IS = (
    r"(?:\b(?:is|are|was|were|would be|will be|should be|must be|has to be|have to be|ought to be|can only be"
    r"|seems to be"
    r"|appears to be|lies with|therefore is)(?![\w'])(?:\s*:)?|'s\b|[:=]|-+>|=+>|\u2192|\u2014|\s-(?=\s))"
)
_ANSWER = re.compile(
    rf"\b(?:(?:{_FIT}\s+){{1,2}}(?:\w+\s+)?{_THING}|answer|ans)\b{_MARK}"
    rf"(?:\s+(?:here|option|choice|letter|to|for|of|from|among|in|based on|given|therefore|thus|then|i choose"
    rf"|that fits"
    rf"|that best)\b[^.,:;!?\n]{{0,70}}?)?{_MARK}\s*{_IS}"
    rf"|^[\W_]*(?:conclusion|verdict|choice|option|selection|selected|result|prediction|correct){_MARK}\s*:"
    rf"|(?:^|[.!?]\s)\W*(?:final )?(?:answer|ans)\b{_MARK}[ .]?\s?(?=\(?[A-Z]\)?\s*(?:[.)]|$))",
    re.I | re.M,
)
_CHOOSE = re.compile(
    r"(?:\b(?:i|we)(?:'\w+)?(?:\s(?!not\b|never\b|cannot\b|can\b)\w+){0,3}?\s"
    r"(?:choose|chose|chosen|pick|picked|select|selected|answer|answered|go(?:ing)? with|went with|opt(?:ed|ing)? for"
    r"|go for|going for|settled? on|vote for|guess|conclude|bet on|choosing|selecting|picking|mark)\b"
    r"|(?:^|[.!?,]\s+|\b(?:so|therefore|thus|hence|to|let's|and|would|will)\s)[*_]*"
    r"(?:choose|pick|select|go with|choosing|selecting|picking)\b)"
    r"(?:\s+(?:that|with))?(?:\s+(?:the\s+)?(?:correct |final |right )?(?:answer|it|this|option|choice"
    r"|one)(?:\s+(?:is|as|would be|must be|should be))?\b)?\s*:?\s*",
    re.I | re.M,
)
_OTHER = re.compile(
    r"(?:答案|正解|答え|解答|正确(?:的)?选项|正確(?:的)?選項|正解の選択肢)[^\n。,:]{0,6}?(?:应该是|應該是|应为|應為|就是|是|为|為|选|選|は|が|[:=])+\s*"
    r"|(?:选择|選擇|应选|應選|故选|故選|我选|我選|所以选|因此选|则选|就选|可选|选|選)(?!项|項|择|擇|中|取|出|自|手|用)[了:]?\s*"
    r"|(?:정답|답|답변)(?:은|는|이|:)+\s*"
    r"|\b(?:respuesta|opci[oó]n)(?: (?:correcta|final|adecuada|m[aá]s \w+))*(?: (?:es|ser[ií]a)|\s*:)\s*"
    r"|\b(?:r[eé]ponse|option)(?: (?:correcte|finale|exacte|juste))*(?: (?:est|serait)|\s*:)\s*"
    r"|\b(?:antwort|l[oö]sung)(?: (?:ist|lautet|w[aä]re)|\s*:)\s*"
    r"|\b(?:resposta|op[cç][aã]o)(?: (?:correta|certa|final))*(?: (?:[eé]|seria)|\s*:)\s*"
    r"|\b(?:risposta|opzione)(?: (?:corretta|giusta|esatta|finale))*(?: (?:[eè]|sarebbe)|\s*:)\s*"
    r"|(?:правильный )?(?:ответ|вариант)(?: \w+)?\s*[:\u2014-]\s*",
    re.I,
)
_CONCLUDE = re.compile(
    r"(?<!okay, )(?<!okay )(?<!ok, )(?<!alright, )\b(?:so|therefore|thus|hence|consequently|accordingly|ergo"
    r"|in conclusion|in summary|to conclude|to sum up|overall|ultimately|finally"
    r"|all in all|as a result|must be|must have been|has to be|have to be|most likely|most probably|most plausibly"
    r"|best (?:matches|fits|described|describes|matched|answered"
    r"|represented|represents|explained|explains|characteri[sz]ed|corresponds|aligns)"
    r"|leaves(?: us)?(?: only)?(?: with)?|leaving(?: us)?(?: only)?(?: with)?|left with|i (?:think|believe"
    r"|would say|'d say)"
    r"|i'd (?:say|guess)|it's clear(?:ly)?|clearly|points to|pointing to|suggests|suggesting|indicates|indicating"
    r"|consistent with|identified as)\b"
    r"|(?:^|[.!?]\s)\W*(?:based on|according to|from|given|judging (?:by|from)|considering|after (?:listening"
    r"|hearing|analy[sz]ing))\s[^.!?\n,:]{0,120}[,:]"
    r"|我(?:认为|觉得|猜)|因此|所以|综上|故而|最可能是|应该是|よって|したがって|따라서",
    re.I | re.M,
)
_HEADING = re.compile(
    r"^[\W_]*(?:(?:so|thus|therefore|the|my|and)[, ]+)*(?:(?:final|correct|short|direct|best) )?(?:answer"
    r"|conclusion|choice|verdict|selection|答案|最终答案)[\W_]*$",
    re.I | re.M,
)
# Before "answer is": words that make it another's answer, or none.
_NOT_MINE = re.compile(
    r"(?:\b(?:wrong|incorrect|bad|false|possible|potential|plausible|alternative|other|another|an|each|every|any"
    r"|no|whose|previous|initial|earlier"
    r"|unlikely|common|tempting|likely|not|n't|never|than|first|second)\s+(?:the\s+|a\s+)?(?:\w+\s+)?"
    r"|\b(?:if|whether|suppose|assuming|unless|why|how|that|say)\s+(?:the\s+)?(?:\w+\s+)?)$",
    re.I,
)
_IF = re.compile(r"\b(?:if|whether|suppose|assuming|unless)\b[^.,;\n]{0,40}$", re.I)
_TURN = re.compile(
    r"[,、;:()\[\]\u2014|\uff0c]|\s-\s|\bbut\b|\bhowever\b|\byet\b|\binstead\b(?!\s+of)|\brather\b(?!\s+than)|\bwhile\b|\bwhereas\b|\btherefore\b|\bso\b|\bbecause\b|而是",
    re.I,
)
_REJECT_BEFORE = re.compile(
    r"(?:\bnot\b(?! only| just)|n't\b|\bnever\b|\bneither\b|\bnor\b|\bno\b(?! doubt| other| question)"
    r"|\brather than\b|\binstead of\b|\bunlike\b|\bas opposed to\b|\bopposed to\b"
    r"|\brul(?:e|es|ed|ing)\b(?: \w+)? ?out\b|\brul(?:e|es|ed|ing)\b|\beliminat\w+|\bexclud\w+|\breject\w*"
    r"|\bdiscard\w*|\bdismiss\w*|\bexcept\b|\bwithout\b|\bthan\b|\bwrong\b|\bincorrect\b"
    r"|\black\w*|\babsence of\b|\bcannot\b|\bdifferent from\b|\bdiffers? from\b|\bcontrast\w* (?:to|with)\b"
    r"|\bversus\b|\bvs\b|\bmistak\w+|\bconfus\w+|\bunlikely\b|\bless likely\b"
    r"|\bfar from\b|\bcontradict\w*|\bat first\b|\binitially\b|\bmight think\b|\bone might\b|\bmight seem\b"
    r"|\bmay seem\b|\bwould (?:be|have|require|need|imply|mean|involve|sound|suggest|include|feature)\b"
    r"|\bcould have been\b|\btempt\w+|\bfirst thought\b|\bthought of\b|\bconsidered\b|\bas well as\b"
    r"|不是|并非|並非|而非|排除|不会是|不可能|不属于|不像|ではなく|아니라)",
    re.I,
)
_KEEP = re.compile(
    r"\b(?:not only|no doubt|nothing but|none other than|cannot be anything (?:but|other than)|can't be anything (?:but|other than)|isn't anything but|no other than)\b",
    re.I,
)
_VERB = r"(?:is|are|was|were|can|could|would|does|do|did|has|have|had|seems?|sounds?|looks?|appears?|might|may|will|should|must)"
_REJECT_AFTER = re.compile(
    rf"^[\s*_\"'`()\[\]}}:,-]*(?:option|choice|answer)?[\s*_\"'`()\[\]}}:,-]*(?:(?:which|that|this|it|these"
    rf"|they)\s+)?(?:"
    rf"{_VERB}(?:\s+(?:also|be|been|clearly|therefore|thus|definitely|simply|likely|probably|just|quite|very"
    rf"|somewhat|to|seem|the|a|an|more|easily|hence|both|all|too|too much)){{0,3}}"
    rf"\s*(?:\bnot\b|n't\b|wrong|incorrect|false|unlikely|less|ruled out|eliminat\w+|excluded|rejected|dismissed"
    rf"|discarded|out\b|inconsistent|unsupported|impossible|inaccurate|improbable|implausible"
    rf"|irrelevant|unrelated|contradict\w+|absent|missing|mistaken|invalid|distractor\w*|too\b|opposite|different)"
    rf"|(?:cannot|can't|isn't|aren't|wasn't|doesn't|don't|didn't|won't|wouldn't|couldn't|never|lacks?|contradicts?"
    rf"|fails?|conflicts?)\b"
    rf"|would\b(?! (?:be|seem|appear)(?: \w+)? (?:the |my )?(?:best|correct|right|answer|most))"
    rf"|(?:wrong|incorrect|false|unlikely|ruled out|eliminated|excluded)\b(?=\s*(?:[.,;:)!]|$|because|since|as|-))"
    rf"|(?:no|not)\b(?=\s*(?:[.;)!]|$))"
    rf"|\bnot\s+(?:supported|correct|likely|right|possible|present|heard|mentioned|consistent|accurate|applicable)"
    rf"|[\u274c\u2717\u2718\u2716]"
    rf"|(?:是)?(?:错误|錯誤|不对|不正确|不符|不是|不符合|被排除|可以排除|ではな|ではありません)"
    rf")"
    rf"|^[^.!?\n]{{0,70}}\b(?:rule[sd]?|ruling|rules)\s+(?:that|this|it|these|those|them|both|all)\s+out\b"
    rf"|^[^.!?\n]{{0,60}}\b(?:can be|is|are|was|were|been|be)\s+(?:\w+\s+)?(?:ruled out|eliminated|excluded"
    rf"|rejected|dismissed|discarded)\b",
    re.I,
)
_RIGHT_AFTER = re.compile(
    r"^[\s*_\"'`)\]}.,:;-]*(?:(?:which|this|that|option|choice|answer)\s+)?(?:(?:is|are|was|would be|must be"
    r"|has to be|should be|seems(?: to be)?|appears(?: to be)?|stands out as|remains|becomes|as)\s+"
    r"(?:\w+ly\s+|also\s+|indeed\s+|thus\s+)?(?:the\s+|my\s+|our\s+)?(?:only\s+|single\s+|most\s+"
    r"|more\s+)?(?:\w+ly\s+)?(?:correct|right|best|accurate|plausible|likely|probable|suitable|appropriate"
    r"|reasonable|logical|fitting|answer\b|final answer|true)(?!\s+in\s+that)"
    r"|(?:best\s+)?(?:fits|matches|describes|aligns|corresponds|captures|represents|suits|answers"
    r"|explains)\s+(?:\w+\s+){0,2}(?:best|the|this|what|most|with|to|perfectly|exactly|well)\b"
    r"|it is\b(?=\W*$)|\(?(?:correct|right answer|correct answer)\b|[\u2713\u2714\u2705\u2611]"
    r"|(?:是)?(?:正确|正確|对的|最合适|最符合))",
    re.I,
)
_BARE_AFTER = word_set("is fits matches seems describes best would was appears makes must has stands")
_BARE_BEFORE = word_set(
    "that so think believe therefore thus hence because and but clearly then only answer say only with leaves leaving"
)
_NAMES = word_set("option choice letter answer")
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
    cues = [
        (cue.start(), cue, pattern is not _ANSWER)
        for pattern in (_ANSWER, _CHOOSE, _OTHER)
        for cue in pattern.finditer(text)
    ]
    found, unnamed = None, None
    for _, cue, strict in sorted(cues, key=lambda each: each[0], reverse=True)[:_CUES]:
        if _foreign(text, cue) or _within(said, cue):
            continue
        told = _after_cue(said, cue, strict=strict)
        if told is not None and told.place is not None:
            found = told
            break
        unnamed = unnamed or told
    for cue in reversed(list(_HEADING.finditer(text))[-_CUES:]):
        start = said.word_at(cue.end())
        if start >= len(said) or (found is not None and start <= found.at):
            continue
        told = _told(said, start, said.end_of(start), strict=True)
        if told is not None:
            found = told
            break
    return _called_right(said, since=found.at if found else 0) or found or unnamed


def last_conclusion(said: Said, kept: Sequence[Mention]) -> Statement | None:
    """Return the last place where a text draws a conclusion that names one choice, of those that it does not "
    "reject.
    """
    for cue in reversed(list(_CONCLUDE.finditer(said.words.text))[-_CUES:]):
        start = said.word_at(cue.end())
        if start >= len(said) or _within(said, cue):
            continue
        end = said.end_of(max(said.word_at(cue.start()), start - 1))
        if start >= end or said.asks(end) or denied(said, start, end):
            continue
        stop = min(end, start + _LONG)
        places = {each.place for each in kept[bisect_left(kept, (start,)) : bisect_left(kept, (stop,))]}
        answer = read(said, start, stop)
        if answer is not None and not rejected(said, answer, since=start):
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
        _NOT_MINE.search(before) is not None
        or _IF.search(before) is not None
        or "n't" in cue.group()
        or " not " in cue.group()
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
        stop = said.end_of(last)
        if (
            not _RIGHT_AFTER.match(_until(said, said.words.ends[last], stop))
            or said.asks(stop)
            or rejected(said, mention)
        ):
            continue
        start = said.words.starts[mention.start]
        if _IF.search(said.words.text[max(0, start - 60) : start]):
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
            if place in taken and before not in _NAMES:
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
    starts = words.breaks[place] >= SENTENCE
    if starts and (after.lstrip("*_")[:1] in (".", ")", ":") or words.breaks[place + 1] == LINE):
        return True
    following = said.text_at.get(place + 1)
    if (
        following is not None
        and after.lstrip("*_")[:1] in (".", ")", ":")
        and following.place == ord(words.raw[place].upper()) - 65
    ):
        return True
    verb = place + 1 < len(said) and words.keys[place + 1] in _BARE_AFTER and not after.strip()
    return verb and words.raw[place].isupper() and (starts or words.breaks[place] > 0 or key in _BARE_BEFORE)


def _after_name(said: Said, place: int) -> bool:
    """Return whether "option" or the like stands right before a word."""
    key = said.words.keys[place - 1] if place else ""
    return (key in _NAMES or key in ("项", "項", "肢")) and said.words.breaks[place] < SENTENCE


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
    clause = _KEEP.sub("", _TURN.split(before)[-1])
    if _REJECT_BEFORE.search(clause[-60:]):
        return True
    if since is not None:
        return False
    stop = said.end_of(mention.end - 1)
    at = bisect_left(said.texts, (mention.end,))
    cut = at < len(said.texts) and said.texts[at].start < stop
    stop = said.texts[at].start if cut else stop
    return _REJECT_AFTER.match(_until(said, words.ends[mention.end - 1], stop) + "\0" * cut) is not None


def rejections(said: Said, mentions: Sequence[Mention]) -> list[bool]:
    """Return of each mention, in order, whether it is rejected, or stands beside one that is, or in a question."""
    out = [rejected(said, each) or said.asks(said.end_of(each.end - 1)) for each in mentions]
    pairs = [k for k in range(1, len(mentions)) if joined(said, mentions[k - 1], mentions[k])]
    for k in pairs:
        out[k] = out[k] or out[k - 1]
    for k in reversed(pairs):
        out[k - 1] = out[k - 1] or out[k]
    return out
