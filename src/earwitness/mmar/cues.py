"""What each point of a rubric is for: something heard, something known, a step of reasoning, or the answer itself.

MMAR writes its criteria freely: five thousand of them under nearly four thousand names. Four kinds are told apart by
rules, read in order, each of which looks at a criterion's name or at what its text wants done, "if the test-taker
identifies ..." for instance. The first that knows decides. What none knows is ``"other"``, and is counted as that.

- perception: a sound, voice, word, instrument, language, tone, number or order of events is named as heard;
- knowledge: what the recording does not tell is brought to it: culture, history, a profession, the theory of music;
- reasoning: what was heard and known is combined, compared, interpreted, or turned against a choice;
- answer: the right choice is selected.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from earwitness.mmar.items import Criterion, Item, Items

__all__ = ["KINDS", "Coverage", "Kind", "coverage", "kind_of", "kinds_of"]

KINDS = ("perception", "knowledge", "reasoning", "answer", "other")
"""What a point can be for; ``"other"`` where no rule says it."""


class Kind(NamedTuple):
    """What a point is for."""

    kind: str
    """One of ``KINDS``."""
    by: str
    """Whether its ``"name"`` or its ``"text"`` says so; empty for ``"other"``."""


@dataclass(frozen=True)
class Coverage:
    """How the criteria of a benchmark were told apart."""

    criteria: int
    """How many there are."""
    by: Mapping[str, int]
    """How many were told by ``"name"``, by ``"text"``, and not at all: ``"other"``."""
    kinds: Mapping[str, int]
    """How many are of each of ``KINDS``."""
    items: int
    """How many items have a rubric."""
    without: Mapping[str, int]
    """How many of these have no criterion of a kind."""


_CHOICE = r"(?:answers?|options?|choices?|alternatives?)"
# What is brought to a recording, and not told by it.
_KNOWN = (
    r"cultur\w+|(?<!audio )(?<!conversational )histor\w+|knowledge|profession\w*|terminolog\w+|theor\w+|geograph\w+|"
    r"tradition\w*|folklor\w*|religio\w*|idiom\w*|slang|literar\w+|literature|common[ -]?sense|expertise|domain|"
    r"composers?|biograph\w*|mytholog\w+|definitions?|principles?|physics|genre conventions?|"
    r"acronyms?|jargon"
)
# What is heard, and what hearing it is called.
_HEARD = (
    r"cues?|clues?|keywords?|sounds?|noises?|voices?|vocal\w*|speech|speakers?|spoken|audio|auditory|acoustic\w*|"
    r"instrument\w*|pitch\w*|ton(?:e|es|al)|timbre\w*|tempo|rhythm\w*|beats?|melod\w+|chords?|notes?|keys?|lyrics?|singing|"
    r"accents?|dialects?|languages?|pronunciation|intonation|laugh\w*|words?|phrases?|dialogues?|emotion\w*|mood|volume|"
    r"loudness|pace|speed|events?|segments?|background|environment\w*|(?:non-?)?verbal|gender|count\w*|frequenc\w+|"
    r"durations?|pauses?|repetitions?|patterns?|changes?|transitions?|shifts?|sequen\w+|timing|tempor\w+|directions?|"
    r"spatial|stereo|channels?|footsteps?|music\w*|songs?|content|details?|elements?|features?|characteristics|signals?|"
    r"mentions?|statements?|references?|names?|numbers?|numerical|drum\w*|engines?|water|crowd|effects?|harmon\w+|"
    r"scales?|registers?|techniques?|styles?|layers?|silences?|breath\w*|questions?|responses?|reactions?|actions?|roles?|"
    r"sources?|terms?"
)
_HEARING = (
    r"identif\w+|recogni\w+|detect\w*|perce\w+|discriminat\w+|differentiat\w+|distin\w+|extract\w*|segmentation|"
    r"locali[sz]ation|tracking|count\w*|awareness|noticing|noting|observ\w+|isolat\w+|discern\w*|separat\w+|"
    r"classif\w+|categori\w+|comprehension|attention|focus\w*|analy\w+|assess\w+|estimat\w+|acknowledg\w+|listening|"
    r"understanding|quantif\w+|presence"
)
_STEP = (
    r"inferen\w+|infer\w*|deduc\w+|integrat\w+|synthesi\w+|combin\w+|reason\w*|logic\w*|interpret\w*|associat\w+|connect\w*|"
    r"link\w*|correlat\w+|mapping|map|match\w*|compar\w+|contrast\w*|contradict\w+|consisten\w+|coheren\w+|conclu\w+|"
    r"justif\w+|explanation|evaluat\w+|attribut(?:ion|ing)|relationships?|caus\w+|calculat\w+|comput\w+|arithmetic|summation|"
    r"resol\w+|judg\w+|predict\w*|hypothes\w+|verif\w+|validat\w+|decision|implicat\w+|implie[ds]|inten[dt]\w*|purpose|"
    r"motiv\w+|contextual\w*|plausib\w+|ambigu\w+|abstraction|misinterpret\w*|prioriti\w+|sarcasm|humou?r|irony|misleading|"
    r"scenario|relevance|correspondence"
)
_RULED_OUT = (
    r"eliminat\w+|exclu\w+|reject\w*|ruling|rul(?:es?|ed)(?: \w+)? out|dismiss\w*|disregard\w*|discard\w*|avoid\w*|"
    r"ignor\w+|narrow\w*"
)

_RULES: tuple[tuple[str, str, str], ...] = (
    # What is done outweighs what it is called: to select, and to rule out, are said plainly.
    ("answer", "verb", r"select(?:s|ed)?|choos\w+|chose|picks?"),
    ("reasoning", "name", r"\b(?:justif\w+|integrat\w+|synthesi\w+)\b"),
    (
        "answer",
        "text",
        rf"\b(?:as|is|provides|gives|at|with) (?:the|their) (?:\w+ )?(?:correct|final|right|best) {_CHOICE}\b|"
        r"\bselect(?:s|ing) (?:the|')|\bas (?:the|their) (?:final )?answer\b",
    ),
    ("reasoning", "verb", _RULED_OUT),
    ("reasoning", "name", rf"\b(?:{_RULED_OUT}|filter\w*|distract\w+|irrelevan\w+|implausib\w+|incorrect {_CHOICE})\b"),
    (
        "answer",
        "name",
        rf"\b(?:answers?|ground[ -]truth|select(?:ion|ing)?)\b|\b(?:final|correct|accurate) (?:\w+ )?(?:conclu|choice|"
        rf"option|decision|judg|deduc|identif|classif|infer)|\b{_CHOICE} (?:align|map|match|accura|valid)|"
        rf"\b(?:to|with|of) (?:\w+ ){{0,2}}{_CHOICE}\b|\bconclusion (?:accuracy|alignment)\b",
    ),
    ("perception", "name", r"\b(?:cues?|clues?|keywords?|sounds?)\W+(?:identif|recogni|detect|extract)"),
    (
        "perception",
        "name",
        r"\b(?:identif\w+|recogni\w+|detect\w+|extract\w+) (?:of )?(?:\w+ ){0,2}(?:cues?|clues?|sounds?)\b",
    ),
    ("knowledge", "name", rf"\b(?:{_KNOWN})\b"),
    ("knowledge", "text", r"\b(?:knowledge|familiarity with|common sense|cultural(?:ly)?|historical(?:ly)?|theory)\b"),
    (
        "reasoning",
        "verb",
        r"infer\w*|deduc\w+|conclud\w+|integrat\w+|combin\w+|synthesi\w+|connect\w*|link\w*|compar\w+|calculat\w+|explain\w*|"
        r"associat\w+|correlat\w+|reason\w*|justif\w+|match\w*|map(?:s|ped)?|relat\w+|resolv\w+|maintain\w*|validat\w+",
    ),
    ("reasoning", "name", rf"\b(?:{_STEP})\b"),
    ("perception", "name", rf"\b(?:{_HEARING})\b.*\b(?:{_HEARD})\b|\b(?:{_HEARD})\b.*\b(?:{_HEARING})\b"),
    (
        "reasoning",
        "text",
        r"\b(?:impl(?:ies|ied|y)|suggest\w*|indicat(?:es?|ing) that|significance|intention|purpose|because)\b",
    ),
    (
        "perception",
        "verb",
        r"identif\w+|recogni\w+|notic\w+|not(?:es?|ed)|detect\w*|hears?|perceiv\w+|count\w*|distinguish\w*|differentiat\w+|"
        r"discern\w*|acknowledg\w+|mention\w*|referenc\w+|refers?|observ\w+|describ\w+|isolat\w+|segment\w*|transcrib\w+|"
        r"locat\w+|track\w*|focus\w*|determin\w+|classif\w+|categori\w+|extract\w*|recalls?|reali[sz]es|"
        r"confirms?|names|lists|states|documents|registers?",
    ),
    (
        "reasoning",
        "verb",
        r"interpret\w*|consider\w*|evaluat\w+|weigh\w*|prioriti\w+|establish\w*|attribut\w+|align\w*|verif\w+|understand\w*|"
        r"demonstrat\w+|incorporat\w+|appl(?:y|ies)|appli\w+|uses?|provid\w+|makes?|construct\w*|follow\w*|accounts?|"
        r"predict\w*|estimat\w+|assess\w*|analy\w+|groups?|contrast\w*|articulat\w+|ranks?|subtracts?|"
        r"adds?|sums?|generali[sz]es|discuss\w*|draws|forms?|restores?",
    ),
)
# What is done, in a text such as "Award 1 point if the test-taker explicitly identifies ...".
_VERBS = "|".join(pattern for _, where, pattern in _RULES if where == "verb")
_DONE = re.compile(rf"\b(?:{_VERBS})\b", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:if|for|when)\b(.*)", re.IGNORECASE | re.DOTALL)


class _Rule(NamedTuple):
    """A kind, and where which words say it."""

    kind: str
    where: str
    pattern: re.Pattern[str]


_READ = tuple(_Rule(kind, where, re.compile(pattern, re.IGNORECASE)) for kind, where, pattern in _RULES)


def kind_of(criterion: Criterion) -> Kind:
    """Return what a criterion's point is for.

    Examples
    --------
    >>> kind_of(Criterion("Cue Identification: Bells", "Award 1 point if the test-taker identifies the bells.", ""))
    Kind(kind='perception', by='name')
    """
    return _kind(criterion.name, criterion.wanted)


@lru_cache(maxsize=65_536)
def _kind(name: str, wanted: str) -> Kind:
    condition = _CONDITION.search(wanted)
    text = condition[1] if condition else wanted
    done = _DONE.search(text)
    verb = done[0] if done else ""
    for rule in _READ:
        found = (
            rule.pattern.fullmatch(verb)
            if rule.where == "verb"
            else rule.pattern.search(name if rule.where == "name" else text)
        )
        if found:
            return Kind(rule.kind, "name" if rule.where == "name" else "text")
    return Kind("other", "")


def kinds_of(item: Item) -> tuple[Kind, ...]:
    """Return what each criterion of an item's rubric is for, in its order."""
    return tuple(kind_of(each) for each in item.rubric)


def coverage(items: Items) -> Coverage:
    """Count how the criteria of a benchmark are told apart, and what is not."""
    with_rubric = [item for item in items if item.rubric]
    found = [kinds_of(item) for item in with_rubric]
    by = Counter(kind.by or "other" for kinds in found for kind in kinds)
    counts = Counter(kind.kind for kinds in found for kind in kinds)
    has = [{kind.kind for kind in kinds} for kinds in found]
    return Coverage(
        criteria=sum(counts.values()),
        by={name: by[name] for name in ("name", "text", "other")},
        kinds={name: counts[name] for name in KINDS},
        items=len(with_rubric),
        without={name: sum(name not in each for each in has) for name in KINDS},
    )
