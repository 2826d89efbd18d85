"""Judges as a test wants them: they reply to prompts as models do, without one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from earwitness.errors import AnswerError
from earwitness.mmar.items import Criterion, Item, Items
from earwitness.systems.answerer import Question, Reply
from earwitness.systems.base import About
from mmar.made import items_of

_N = re.compile(r"each of the (\d+) criteria")
_LINE = re.compile(r"^(\d+)\. (.*): (Award .*)$", re.MULTILINE)
_QUOTED = re.compile(r"^===== (\w+) begins: .*? =====\n(.*?)\n===== \1 ends: .*? =====$", re.DOTALL | re.MULTILINE)

NAMES = (
    ("Cue Identification: Bell", "Award 1 point if the test-taker identifies the bell."),
    ("Sound Identification: Gulls", "Award 1 point if the test-taker identifies gulls."),
    ("Cultural Knowledge", "Award 1 point if the test-taker knows of harbour bells."),
    ("Integration of Cues", "Award 1 point if the test-taker combines both."),
    ("Final Answer Selection", "Award 1 point if the test-taker selects 'choice 0' as the answer."),
)
RUBRIC = tuple(Criterion(name, wanted, "") for name, wanted in NAMES)


def judged_items(n: int, *, sources: list[str] | None = None) -> Items:
    """Return items with the same rubric each: two points to hear, one to know, one to reason, one to answer."""
    made = items_of([4] * n, sources=sources)
    rows = tuple(
        Item(each.id, each.question, each.choices, each.gold, source=each.source, thinking="A harbour.", rubric=RUBRIC)
        for each in made
    )
    return Items(made.path, made.sha256, rows)


def points_reply(points: list[int]) -> str:
    """Return a reply that gives points, in the order of the rubric."""
    rows = [{"number": n, "point": point, "ground": f"ground {n}"} for n, point in enumerate(points, start=1)]
    return json.dumps({"criteria": rows})


def shown(text: str) -> str:
    """Return what stands between the marked lines of a prompt: what the judged model wrote."""
    return "\n".join(part[1] for part in _QUOTED.findall(text))


def criteria_of(text: str) -> list[tuple[int, str]]:
    """Return the numbers and names of the criteria, in the order in which a prompt lists them."""
    return [(int(number), name) for number, name, _ in _LINE.findall(text.partition("The criteria:\n")[2])]


def n_criteria(text: str) -> int:
    """Return how many criteria a prompt asks for."""
    found = _N.search(text)
    assert found, text
    return int(found[1])


def strict(text: str) -> str:
    """Give nothing."""
    return points_reply([0] * n_criteria(text))


def lenient(text: str) -> str:
    """Give everything."""
    return points_reply([1] * n_criteria(text))


def keyword(text: str) -> str:
    """Give a point where the last word of a criterion's name stands in what the model wrote."""
    written = shown(text).lower()
    given = {number: int(name.split()[-1].lower() in written) for number, name in criteria_of(text)}
    return points_reply([given[number] for number in sorted(given)])


class Judge:
    """A judge that replies as a function says, and remembers what it was asked."""

    def __init__(self, name: str, says: Callable[[str], str], *, version: str = "1") -> None:
        self.about = About(name, f"python:{name}", "other", False, version)
        self.says = says
        self.asked: list[str] = []

    def answer(self, question: Question) -> Reply:
        assert question.audio is None
        self.asked.append(question.text)
        return Reply(self.says(question.text))


def failing(kind: str) -> Callable[[str], str]:
    """Return what fails in a way."""

    def says(_: str) -> str:
        raise AnswerError(kind, "made to fail")

    return says
