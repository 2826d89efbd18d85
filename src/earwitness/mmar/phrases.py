"""The phrases by which a text commits itself to an answer, draws a conclusion, or rejects a choice.

Every repetition is bounded, so that no text takes more than linear time.
"""

from __future__ import annotations

import re

from earwitness.mmar.words import word_set

__all__ = [
    "ANSWER_ELSEWHERE",
    "ANSWER_IS",
    "HEADING",
    "IF",
    "I_CHOOSE",
    "LETTER_AFTER",
    "LETTER_BEFORE",
    "NAMES",
    "NEGATED",
    "NOT_AFTER",
    "NOT_A_NOT",
    "NOT_BEFORE",
    "NOT_MINE",
    "RIGHT_AFTER",
    "THEREFORE",
    "TURN",
]


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
ANSWER_IS = re.compile(
    rf"\b(?:(?:{_FIT}\s+){{1,2}}(?:\w+\s+)?{_THING}|answer|ans)\b{_MARK}"
    rf"(?:\s+(?:here|option|choice|letter|to|for|of|from|among|in|based on|given|therefore|thus|then|i choose"
    rf"|that fits"
    rf"|that best)\b[^.,:;!?\n]{{0,70}}?)?{_MARK}\s*{_IS}"
    rf"|\bthe (?:one|option|choice|only option) (?:that|which) [^.,:;!?\n]{{0,60}}?\bis\b"
    rf"|^[\W_]*(?:conclusion|verdict|choice|option|selection|selected|result|prediction|correct){_MARK}\s*:"
    rf"|(?:^|[.!?]\s)\W*(?:final )?(?:answer|ans)\b{_MARK}[ .]?\s?(?=\(?[A-Z]\)?\s*(?:[.)]|$))",
    re.I | re.M,
)
""""The answer is", "Answer:" and the like; what is meant follows."""
I_CHOOSE = re.compile(
    r"(?:\b(?:i|we)(?:'\w+)?(?:\s(?!not\b|never\b|cannot\b|can\b)\w+){0,3}?\s"
    r"(?:choose|chose|chosen|pick|picked|select|selected|answer|answered|go(?:ing)? with|went with|opt(?:ed|ing)? for"
    r"|go for|going for|settled? on|vote(?: for)?|say|lean(?:ing)? (?:towards?|to)"
    r"|guess|conclude|bet on|choosing|selecting|picking|mark)\b"
    r"|(?:^|[.!?,]\s+|\b(?:so|therefore|thus|hence|to|let's|and|would|will)\s)[*_]*"
    r"(?:choose|pick|select|go with|going with|choosing|selecting|picking)\b)"
    r"(?:\s+(?:that|with))?(?:\s+(?:the\s+)?(?:correct |final |right )?(?:answer|it|this|option|choice"
    r"|one)(?:\s+(?:is|as|would be|must be|should be))?\b)?\s*:?\s*",
    re.I | re.M,
)
""""I choose", "I would go with" and the like."""
ANSWER_ELSEWHERE = re.compile(
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
"""The same in Chinese, Japanese, Korean, Spanish, French, German, Portuguese, Italian and Russian."""
THEREFORE = re.compile(
    r"(?<!okay, )(?<!okay )(?<!ok, )(?<!alright, )\b(?:so(?! (?:is|are|was|were|do|does|did|can|also)\b)|therefore|thus"
    r"|hence|consequently|accordingly|ergo"
    r"|in conclusion|in summary|to conclude|to sum up|overall|ultimately|finally"
    r"|all in all|as a result|must be|must have been|has to be|have to be|probably|(?:most|more) likely"
    r"|if i (?:have|had|must|need|was|were)\b[^,.\n]{0,40},|most probably|most plausibly"
    r"|best (?:matches|fits|described|describes|matched|answered"
    r"|represented|represents|explained|explains|characteri[sz]ed|corresponds|aligns)"
    r"|leaves(?: us)?(?: only)?(?: with)?|leaving(?: us)?(?: only)?(?: with)?|left with|i (?:think|believe"
    r"|would say|'d say)"
    r"|i'd (?:say|guess)|it's clear(?:ly)?|clearly|points to|pointing to|suggests|suggesting|indicates|indicating"
    r"|consistent with|identified as)\b"
    r"|(?:^|[.!?]\s)\W*(?:based on|according to|from|given|judging (?:by|from)|considering|after (?:listening"
    r"|hearing|analy[sz]ing))\s[^.!?\n,:]{0,120}[,:]"
    r"|\bnot\s(?!only\b|just\b)[^.!?\n]{1,60}?(?:,?\s+but(?: rather)?|[,;]\s+(?:it's|it is|rather))\s"
    r"|我(?:认为|觉得|猜)|因此|所以|综上|故而|最可能是|应该是|よって|したがって|따라서",
    re.I | re.M,
)
"""What a conclusion begins with, or what it is drawn by."""
HEADING = re.compile(
    r"^[\W_]*(?:(?:so|thus|therefore|the|my|and)[, ]+)*(?:(?:final|correct|short|direct|best) )?(?:answer"
    r"|conclusion|choice|verdict|selection|答案|最终答案)[\W_]*$",
    re.I | re.M,
)
"""A line that only announces the answer."""
NOT_MINE = re.compile(
    r"(?:\b(?:wrong|incorrect|bad|false|possible|potential|plausible|alternative|other|another|an|each|every|any"
    r"|no|whose|previous|initial|earlier"
    r"|unlikely|common|tempting|likely|not|n't|never|than|first|second)\s+(?:the\s+|a\s+)?(?:\w+\s+)?"
    r"|\b(?:if|whether|suppose|assuming|unless|why|how)\s+(?:the\s+)?(?:\w+\s+)?"
    r"|\b(?:some|many|one|people|others|someone)\b[^.\n]{0,30}\b(?:argue|say|think|claim|believe|guess|suggest|assume"
    r"|conclude)\w*\s+(?:that\s+)?(?:the\s+)?)$",
    re.I,
)
"""Before "answer is": words that make it another's answer, or none."""
NEGATED = re.compile(r"\b(?:not|wrong|incorrect|false|unlikely|least)\b|n't\b", re.I)
"""In "the one that ... is": it is not the answer's."""
IF = re.compile(r"\b(?:if|whether|suppose|assuming|unless)\b[^.,;\n]{0,40}$", re.I)
"""Before "answer is": only supposed."""
TURN = re.compile(
    r"[,、;:()\[\]\u2014|\uff0c]|\s-\s|\bbut\b|\bhowever\b|\byet\b|\binstead\b(?!\s+of)|\brather\b(?!\s+than)|\bwhile\b|\bwhereas\b|\btherefore\b|\bso\b|\bbecause\b|而是",
    re.I,
)
"""Where a clause turns, so that a "not" before it says nothing of what follows."""
NOT_BEFORE = re.compile(
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
"""Before a choice, in its clause: it is not the answer."""
NOT_A_NOT = re.compile(
    r"\b(?:not only|no doubt|nothing but|none other than|(?:cannot|can't) be anything (?:but|other than)"
    r"|isn't anything but|no other than)\b",
    re.I,
)
"""A "not" that affirms."""
_VERB = (
    r"(?:is|are|was|were|can|could|would|does|do|did|has|have|had|seems?|sounds?|looks?|appears?|might|may|will|should"
    r"|must)"
)
NOT_AFTER = re.compile(
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
"""Right after a choice: it is not the answer."""
RIGHT_AFTER = re.compile(
    r"^[\s*_\"'`)\]}.,:;-]*(?:(?:which|this|that|option|choice|answer)\s+)?(?:(?:is|are|was|would be|must be"
    r"|has to be|should be|seems(?: to be)?|appears(?: to be)?|stands out as|remains|becomes|as)\s+"
    r"(?:\w+ly\s+|also\s+|indeed\s+|thus\s+)?(?:the\s+|my\s+|our\s+)?(?:only\s+|single\s+|most\s+"
    r"|more\s+)?(?:\w+ly\s+)?(?:correct|right|best|accurate|plausible|likely|probable|suitable|appropriate"
    r"|reasonable|logical|fitting|answer\b|final answer|true)(?!\s+in\s+that)"
    r"|(?:best\s+)?(?:fits|matches|describes|aligns|corresponds|captures|represents|suits|answers"
    r"|explains)\s+(?:\w+\s+){0,2}(?:best|the|this|what|most|with|to|perfectly|exactly|well)\b"
    r"|it is\b(?=\W*$)|\(?(?:correct|right answer|correct answer)\b|true\b(?=\W*$)|[\u2713\u2714\u2705\u2611]"
    r"|(?:是)?(?:正确|正確|对的|最合适|最符合))",
    re.I,
)
"""Right after a choice: it is the answer."""
LETTER_BEFORE = word_set("is it fits matches seems describes best would was appears makes must has stands")
"""Words before which a letter by itself names a choice: "B fits"."""
LETTER_AFTER = word_set(
    "that so think believe therefore thus hence because and but clearly then only answer say only with leaves leaving"
)
"""Words after which it does: "so B is"."""
NAMES = word_set("option choice letter answer")
"""What a choice is called."""
